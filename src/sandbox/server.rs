//! The HTTP side: one handler that lets a request in, asks the families of routes in turn, and
//! puts the scripted faults where the network would.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response};
use serde_json::Value;

use super::access::Token;
use super::admin;
use super::answer::{self, Reply};
use super::cdn;
use super::crowd::Crowd;
use super::faults::{self, Edit, Fault, Script, What, When};
use super::hooks::{self, delivery::Courier};
use super::log::Entry;
use super::multipart;
use super::quota::{Standing, Window};
use super::render::{plain, rate_headers, render};
use super::request::{Method, Query, Req};
use super::store::Store;
use super::wire::Scissors;
use crate::model::ApiVersion;

/// Bodies of requests beyond this are refused: the largest documented batch is far smaller.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Everything behind the socket.
#[derive(Debug)]
pub struct State {
    /// The store itself.
    pub store: Store,
    /// The faults to come.
    pub script: Script,
    /// The quota's window; none: no quota, and no rate headers.
    pub window: Option<Window>,
    /// Requests under way, where that is capped.
    pub crowd: Crowd,
    /// What was asked.
    pub log: Vec<Entry>,
    /// The images that were asked for.
    pub cdn_log: Vec<Entry>,
    /// The faults to come of requests for images.
    pub cdn_script: Script,
    /// This machine's address, known when the port is.
    pub origin: String,
    /// Who may come in.
    pub tokens: Vec<Token>,
    /// Whether answers are compressed for those who accept it.
    pub gzip: bool,
    /// Who sends webhooks.
    pub courier: Arc<Courier>,
}

impl State {
    /// Lets the courier know what changed in the store. After every change, under the same lock.
    pub fn flush(&mut self) {
        hooks::flush(&mut self.store, &self.courier);
    }
}

impl State {
    /// Sets the script: what is to happen to requests for images goes to theirs.
    pub fn set_faults(&mut self, faults: Vec<Fault>) {
        let is_cdn = |fault: &Fault| matches!(&fault.when, When::Path { path, .. } if path.starts_with(cdn::PATH));
        let (images, rest) = faults.into_iter().partition(is_cdn);
        self.cdn_script.set(images);
        self.script.set(rest);
    }

    /// Adds an edit of the store at some request; at one for images where its path says so.
    pub fn edit_at(&mut self, when: When, edit: Edit) {
        match &when {
            When::Path { path, .. } if path.starts_with(cdn::PATH) => {
                self.cdn_script.edit_at(when, edit);
            }
            _ => self.script.edit_at(when, edit),
        }
    }
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
    if path.starts_with(cdn::PATH) {
        return image(&handle, &scissors, &parts).await;
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
    let sent = call.answer(&handle);
    if !sent.wait.is_zero() {
        tokio::time::sleep(sent.wait).await;
    }
    if let Some(kind) = sent.inside {
        handle.lock().crowd.leave(kind);
    }
    if sent.reset {
        scissors.cut();
    }
    sent.response
}

/// Answers a request for an image.
async fn image(handle: &Handle, scissors: &Scissors, parts: &Parts) -> Response<Body> {
    let path = parts.uri.path();
    let (response, whats) = {
        let mut guard = handle.lock();
        let state = &mut *guard;
        let (whats, edits) = state.cdn_script.strike("GET", path);
        for edit in edits {
            edit(&mut state.store);
        }
        let response = match parts.method.as_str() {
            "GET" => cdn::answer(&state.store, &path[cdn::PATH.len()..], &whats),
            _ => plain(405, "text/plain", "images are only read"),
        };
        let agent = parts.headers.get("user-agent");
        let agent = agent.and_then(|agent| agent.to_str().ok());
        state.cdn_log.push(Entry {
            number: state.cdn_log.len() as u64 + 1,
            method: parts.method.as_str().to_owned(),
            path: path.to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            status: response.status().as_u16(),
            token: cdn::secrets(&parts.headers),
            user_agent: agent.unwrap_or_default().to_owned(),
        });
        (response, whats)
    };
    let wait = faults::delay(&whats);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    if whats.contains(&What::Reset) {
        scissors.cut();
    }
    response
}

/// What becomes of one request.
struct Sent {
    response: Response<Body>,
    /// How late the answer is to come.
    wait: Duration,
    /// The connection is reset instead.
    reset: bool,
    /// What it counts as while it is under way.
    inside: Option<&'static str>,
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
    fn answer(&self, handle: &Handle) -> Sent {
        let mut guard = handle.lock();
        let state = &mut *guard;
        let (whats, edits) = state.script.strike(self.method, self.path);
        for edit in edits {
            edit(&mut state.store);
            state.flush();
        }
        let reset = whats.contains(&What::Reset);
        let token = self.token_name(state);
        let crowded = state.crowd.enter(self.method, self.path);
        let mut standing = None;
        let reply = match self.admit(state, &mut standing) {
            Err(refusal) => refusal,
            Ok(req) if crowded.is_err() => req.refuse(429, "Too many requests at once"),
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
                    if self.path == "/v3/hooks/admin" {
                        state.store.blocked_domains = state.courier.blocked();
                    }
                    let mut reply = super::route(&mut state.store, &req);
                    state.flush();
                    if reply.status == 200 && req.method == Method::Get {
                        // Lists of one path that differ in what they are of are lists by themselves.
                        let kind = req.query.get("type").unwrap_or_default();
                        let list = format!("{}?{kind}", self.path);
                        reply.body = reply.body.map(|body| {
                            state
                                .script
                                .page(&list, whats.contains(&What::Repeat), body)
                        });
                    }
                    reply
                }
            },
        };
        let mut reply = reply;
        if let Some(body) = &mut reply.body {
            cdn::localize(body, &state.origin);
        }
        let number = state.log.len() as u64 + 1;
        state.log.push(Entry {
            number,
            method: self.method.to_owned(),
            path: self.path.to_owned(),
            query: self.query.to_owned(),
            status: if reset {
                0
            } else {
                seen_status(&reply, &whats)
            },
            token,
            user_agent: self.header("user-agent").unwrap_or_default().to_owned(),
        });
        let gzip = state.gzip && self.accepts_gzip();
        drop(guard);
        let mut response = render(reply, &whats, gzip);
        rate_headers(response.headers_mut(), standing.as_ref(), &whats);
        Sent {
            response,
            wait: faults::delay(&whats),
            reset,
            inside: crowded.unwrap_or(None),
        }
    }

    /// What the log calls the token.
    fn token_name(&self, state: &State) -> String {
        let Some(secret) = self.header("x-auth-token") else {
            return "none".to_owned();
        };
        let known = state.tokens.iter().find(|token| token.secret == secret);
        known.map_or_else(|| "wrong".to_owned(), |token| token.name.clone())
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
            client: String::new(),
            form: None,
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
        req.client.clone_from(&token.client);
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
        if self.is_multipart() {
            let kind = self.header("content-type").unwrap_or_default();
            let form = multipart::parse(kind, self.body);
            req.form = Some(form.ok_or_else(|| req.refuse(400, "The body is no valid form."))?);
        } else if !self.body.is_empty() {
            let parsed = serde_json::from_slice::<Value>(self.body);
            let mut body = parsed.map_err(|_| req.refuse(400, "The body is not valid JSON."))?;
            cdn::globalize(&mut body, &state.origin);
            req.body = Some(body);
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
}

/// The answer that a fault puts in the place of the store's own.
fn scripted(req: &Req, whats: &[What]) -> Option<Reply> {
    whats.iter().find_map(|what| match what {
        What::TooMany | What::BareTooMany => Some(req.refuse(429, "Too Many Requests")),
        What::Status(status) => Some(req.refuse(*status, "The server could not answer.")),
        _ => None,
    })
}

/// The status that the client sees.
fn seen_status(reply: &Reply, whats: &[What]) -> u16 {
    if whats.contains(&What::HtmlBadGateway) {
        502
    } else {
        reply.status
    }
}

fn shift(what: &What) -> usize {
    if let What::Shift(rows) = what {
        *rows
    } else {
        0
    }
}
