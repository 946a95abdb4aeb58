//! The HTTP side: one handler that lets a request in, asks the families of routes in turn, and
//! puts the scripted faults where the network would.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::access::Token;
use super::admin;
use super::answer::{self, Reply};
use super::faults::{self, Script, What};
use super::log::Entry;
use super::quota::{Standing, Window};
use super::request::{Method, Query, Req};
use super::store::Store;
use super::wire::Scissors;
use crate::model::ApiVersion;

/// Bodies of requests beyond this are refused: the largest documented batch is far smaller.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Shorter answers are not worth compressing.
const GZIP_BYTES_MIN: usize = 512;
/// How long a cut body waits between its half and the end of the connection, so that the half
/// really leaves this machine's buffers.
const CUT_AFTER: Duration = Duration::from_millis(5);

/// Everything behind the socket.
#[derive(Debug)]
pub struct State {
    /// The store itself.
    pub store: Store,
    /// The faults to come.
    pub script: Script,
    /// The quota's window; none: no quota, and no rate headers.
    pub window: Option<Window>,
    /// What was asked.
    pub log: Vec<Entry>,
    /// Who may come in.
    pub tokens: Vec<Token>,
    /// Whether answers are compressed for those who accept it.
    pub gzip: bool,
}

/// The state as the handler and the tests share it.
#[derive(Debug, Clone)]
pub struct Handle(Arc<Mutex<State>>);

impl Handle {
    /// Shares a state.
    pub fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// The state, for as long as the guard lives. A test's closure that panicked has left it whole
    /// enough to go on.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service: every path goes to one handler.
pub fn router(handle: Handle) -> Router {
    Router::new().fallback(answer_any).with_state(handle)
}

async fn answer_any(
    Shared(handle): Shared<Handle>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await else {
        return plain(413, "text/plain", "the request's body is too large");
    };
    let path = parts.uri.path();
    if let Some(admin_path) = path.strip_prefix("/__admin/") {
        return admin::answer(&handle, parts.method.as_str(), admin_path, &bytes);
    }
    let Some((hash, below)) = path.strip_prefix("/stores/").and_then(|rest| {
        let slash = rest.find('/')?;
        Some(rest.split_at(slash))
    }) else {
        return plain(404, "text/html", "<html><body>Not Found</body></html>");
    };
    let call = Call {
        method: parts.method.as_str(),
        hash,
        path: below,
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body: &bytes,
    };
    let (response, wait, reset) = call.answer(&handle);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    if reset {
        scissors.cut();
    }
    response
}

/// One request below `/stores/`, not yet let in.
struct Call<'a> {
    method: &'a str,
    hash: &'a str,
    path: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl Call<'_> {
    /// The answer, how late it is to come, and whether the connection is to be reset instead.
    fn answer(&self, handle: &Handle) -> (Response<Body>, Duration, bool) {
        let mut guard = handle.lock();
        let state = &mut *guard;
        let (whats, edits) = state.script.strike(self.path);
        for edit in edits {
            edit(&mut state.store);
        }
        let reset = whats.contains(&What::Reset);
        let token = state.tokens.iter().find(|token| {
            self.header("x-auth-token")
                .is_some_and(|secret| secret == token.secret)
        });
        let token_name = match (token, self.header("x-auth-token")) {
            (Some(token), _) => token.name.clone(),
            (None, Some(_)) => "wrong".to_owned(),
            (None, None) => "none".to_owned(),
        };
        let mut standing = None;
        let reply = match self.admit(state, &mut standing) {
            Err(refusal) => refusal,
            Ok(mut req) => match scripted(&req, &whats) {
                Some(reply) => {
                    if whats.contains(&What::TooMany)
                        && let Some(window) = &mut state.window
                    {
                        window.spend();
                    }
                    reply
                }
                None => {
                    req.shift = whats.iter().map(shift).sum();
                    let mut reply = super::route(&mut state.store, &req);
                    if reply.status == 200 && req.method == Method::Get {
                        reply.body = reply.body.map(|body| {
                            state
                                .script
                                .page(self.path, whats.contains(&What::Repeat), body)
                        });
                    }
                    reply
                }
            },
        };
        let number = state.log.len() as u64 + 1;
        state.log.push(Entry {
            number,
            method: self.method.to_owned(),
            path: self.path.to_owned(),
            query: self.query.to_owned(),
            status: if reset { 0 } else { reply.status },
            token: token_name,
            user_agent: self.header("user-agent").unwrap_or_default().to_owned(),
        });
        let gzip = state.gzip && self.accepts_gzip();
        drop(guard);
        let mut response = self.render(reply, &whats, gzip);
        rate_headers(response.headers_mut(), standing.as_ref(), &whats);
        (response, faults::delay(&whats), reset)
    }

    /// Lets the request in, or says why not, in the order of a gateway: who, how often, what.
    fn admit(&self, state: &mut State, standing: &mut Option<Standing>) -> Result<Req, Reply> {
        let api = match self.path.split('/').nth(1) {
            Some("v2") => ApiVersion::V2,
            Some("v3") => ApiVersion::V3,
            _ => return Err(answer::problem(404, "Not Found", &[])),
        };
        let mut req = Req {
            method: Method::Get,
            api,
            path: self.path.to_owned(),
            query: Query::parse(self.query),
            body: None,
            shift: 0,
        };
        let secret = self.header("x-auth-token");
        let token = state
            .tokens
            .iter()
            .find(|token| Some(token.secret.as_str()) == secret);
        let Some(token) = token else {
            return Err(req.refuse(401, "Unauthorized: the X-Auth-Token is missing or wrong."));
        };
        if self.hash != state.store.hash {
            return Err(req.refuse(403, "The store hash in the URL is wrong."));
        }
        if let Some(window) = &mut state.window {
            let taken = window.take(Instant::now());
            *standing = Some(taken);
            if !taken.allowed {
                return Err(req.refuse(429, "Too Many Requests"));
            }
        }
        let Some(method) = Method::parse(self.method) else {
            return Err(req.refuse(501, "The method is not supported."));
        };
        req.method = method;
        if !token.may(method, self.path) {
            let title = "You don't have a required scope to access the endpoint";
            return Err(req.refuse(403, title));
        }
        if self.path.ends_with('/') {
            return Err(req.not_found());
        }
        self.check_types(&req)?;
        if !self.body.is_empty() && !self.is_multipart() {
            let parsed = serde_json::from_slice::<Value>(self.body);
            req.body = Some(parsed.map_err(|_| req.refuse(400, "The body is not valid JSON."))?);
        }
        Ok(req)
    }

    /// 406 and 415 as the general table of status codes has them.
    fn check_types(&self, req: &Req) -> Result<(), Reply> {
        let accept = self.header("accept").unwrap_or("*/*");
        if !["json", "*/*", "application/*"]
            .iter()
            .any(|kind| accept.contains(kind))
        {
            return Err(req.refuse(406, "Only application/json can be answered."));
        }
        let sent = self.header("content-type").unwrap_or_default();
        if !self.body.is_empty() && !sent.contains("json") && !self.is_multipart() {
            return Err(req.refuse(415, "The Content-Type must be application/json."));
        }
        Ok(())
    }

    fn is_multipart(&self) -> bool {
        self.header("content-type")
            .is_some_and(|kind| kind.starts_with("multipart/form-data"))
    }

    fn accepts_gzip(&self) -> bool {
        self.header("accept-encoding")
            .is_some_and(|accepted| accepted.contains("gzip"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The reply as bytes, damaged as the script wants it.
    fn render(&self, mut reply: Reply, whats: &[What], gzip: bool) -> Response<Body> {
        if whats.contains(&What::HtmlBadGateway) {
            let page = "<html><head><title>502 Bad Gateway</title></head>\
                        <body><center><h1>502 Bad Gateway</h1></center></body></html>";
            return plain(502, "text/html", page);
        }
        if let Some(body) = &mut reply.body {
            whats.iter().for_each(|what| faults::shorten(body, what));
            if whats.contains(&What::OddJson) {
                *body = json!({"unexpected": true});
            }
        }
        let mut bytes = match &reply.body {
            Some(body) => body.to_string().into_bytes(),
            None => Vec::new(),
        };
        if whats.contains(&What::WrongJson) {
            bytes.truncate(bytes.len() / 2);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = reply.status.try_into().unwrap_or_default();
        if reply.body.is_none() {
            return response;
        }
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(reply.content_type),
        );
        if gzip
            && bytes.len() >= GZIP_BYTES_MIN
            && let Ok(packed) = pack(&bytes)
        {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            bytes = packed;
        }
        if whats.contains(&What::CutBody) {
            headers.insert(header::CONTENT_LENGTH, bytes.len().into());
            bytes.truncate(bytes.len() / 2);
            *response.body_mut() = cut_short(bytes);
        } else {
            *response.body_mut() = Body::from(bytes);
        }
        response
    }
}

/// The answer that a fault puts in the place of the store's own.
fn scripted(req: &Req, whats: &[What]) -> Option<Reply> {
    whats.iter().find_map(|what| match what {
        What::TooMany | What::BareTooMany => Some(req.refuse(429, "Too Many Requests")),
        What::Status(status) => Some(req.refuse(*status, "The server could not answer.")),
        _ => None,
    })
}

fn shift(what: &What) -> usize {
    if let What::Shift(rows) = what {
        *rows
    } else {
        0
    }
}

fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// A body that sends what it has and then fails, so that the connection ends early.
fn cut_short(bytes: Vec<u8>) -> Body {
    let half = stream::once(async move { Ok(Bytes::from(bytes)) });
    let end = stream::once(async {
        tokio::time::sleep(CUT_AFTER).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(half.chain(end))
}

fn rate_headers(headers: &mut HeaderMap, standing: Option<&Standing>, whats: &[What]) {
    if whats.contains(&What::BareTooMany) {
        return;
    }
    let scripted = whats.contains(&What::TooMany);
    let fields = match standing {
        Some(now) => [
            now.window_ms,
            now.reset_ms,
            now.quota.into(),
            now.left.into(),
        ],
        // A scripted 429 of a store without a quota speaks of a short window.
        None if scripted => [1_000, 1_000, 150, 0],
        None => return,
    };
    let names = [
        "time-window-ms",
        "time-reset-ms",
        "requests-quota",
        "requests-left",
    ];
    for (name, value) in names.into_iter().zip(fields) {
        let value = if scripted && name == "requests-left" {
            0
        } else {
            value
        };
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(format!("x-rate-limit-{name}")),
            HeaderValue::try_from(value.to_string()),
        ) {
            headers.insert(name, value);
        }
    }
    if scripted || standing.is_some_and(|now| !now.allowed) {
        let seconds = u64::try_from(fields[1].div_ceil(1_000)).unwrap_or(1);
        headers.insert("x-retry-after", seconds.into());
    }
}

/// An answer that is not the API's.
pub fn plain(status: u16, content_type: &'static str, text: impl Into<String>) -> Response<Body> {
    let mut response = Response::new(Body::from(text.into()));
    *response.status_mut() = status.try_into().unwrap_or_default();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
