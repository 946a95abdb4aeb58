//! The listener: what it answers is a status and no body, and only to POSTs on the secret path;
//! beside that `/healthz` and `/metrics`, here or on an address of their own.
//!
//! It runs on a thread of its own, so that a capture's work never delays an acknowledgement. Heads,
//! bodies and idle connections have time limits, connections and bodies a cap. What is refused
//! costs a hash at most and leaves nothing behind.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::inflow::Inflow;
use super::metrics::{Metrics, Refusal, up};
use super::trust::{SECRET_HEADER, Signature, Signed, TEST_HEADER, TOLERANCE_SECONDS, Trust};
use super::{Error, admin};
use crate::entities::webhooks;
use crate::model::Clock;
use crate::vault::inbox::{Arrival, Taken, Waiting};

/// An event is some 300 bytes; one that names many rows may be longer.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// A request's head has to be there within this; an idle connection is closed after it as well.
const HEAD_WAIT: Duration = Duration::from_secs(20);
/// And its body within this.
const BODY_WAIT: Duration = Duration::from_secs(10);
/// A TLS handshake within this.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// Bytes of a request's head at most.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Open connections, where the system allows so many files.
const CONNECTIONS_MAX: usize = 4_096;
/// Files that the rest of the process may want.
const FILES_SPARED: usize = 128;
/// A `webhook-id` is some 30 characters.
const ID_CHARS_MAX: usize = 256;
/// A connection is closed after this, between two requests: none is held for ever.
const CONNECTION_LIFE: Duration = Duration::from_mins(3);
/// And then cut off after this, also where its answers are never read.
const FAREWELL_WAIT: Duration = Duration::from_secs(15);
/// Requests under way have so long to end when the listener goes down.
const DRAIN_WAIT: Duration = Duration::from_secs(4);

/// All that the listener works with.
pub struct Desk {
    /// By which an event is known.
    pub trust: Trust,
    /// The way to the disk.
    pub inflow: Inflow,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// For counts; opened for reading by whoever asks.
    pub vault: PathBuf,
    /// The entities that are watched: an event of others is acknowledged and goes no further.
    pub watched: Vec<&'static str>,
    /// What waited when it was last asked, for whoever asks often.
    pub waiting: tokio::sync::Mutex<Option<(Instant, Waiting)>>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

/// A listener that serves until it is stopped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Where to listen.
#[derive(Debug, Clone)]
pub struct Place {
    /// For events.
    pub listen: SocketAddr,
    /// For health and metrics; else they are beside the events.
    pub admin: Option<SocketAddr>,
    /// Certificate chain and key, where the listener speaks TLS by itself.
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

impl Listener {
    /// Binds and serves.
    ///
    /// # Errors
    ///
    /// When an address can't be had.
    pub fn start(place: Place, desk: Desk) -> Result<Self, Error> {
        let bind = |at: SocketAddr| {
            let bound = std::net::TcpListener::bind(at).and_then(|socket| {
                socket.set_nonblocking(true)?;
                Ok((socket.local_addr()?, socket))
            });
            bound.map_err(|source| Error::Listen { at, source })
        };
        let (address, socket) = bind(place.listen)?;
        let admin = place.admin.map(bind).transpose()?;
        let stop = CancellationToken::new();
        let (admin_address, admin_socket) = admin.unzip();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| Error::Listen {
                at: address,
                source,
            })?;
        let desk = Arc::new(desk);
        let cancelled = stop.clone();
        let tls = place.tls.map(TlsAcceptor::from);
        let thread = std::thread::Builder::new()
            .name("listener".to_owned())
            .spawn(move || {
                let events = routes(Arc::clone(&desk), admin_socket.is_none());
                let service = async {
                    let main = serve(socket, events, tls, &desk, &cancelled);
                    match admin_socket {
                        Some(socket) => {
                            let admin = admin::routes().with_state(Arc::clone(&desk));
                            let admin = serve(socket, admin, None, &desk, &cancelled);
                            tokio::join!(main, admin);
                        }
                        None => main.await,
                    }
                };
                runtime.block_on(service);
                runtime.shutdown_timeout(Duration::from_millis(100));
            })
            .map_err(|source| Error::Listen {
                at: address,
                source,
            })?;
        Ok(Self {
            address,
            admin: admin_address,
            stop,
            thread: Some(thread),
        })
    }

    /// Where events are taken in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where health and metrics are, if not beside the events.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Does it still serve?
    pub fn is_up(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    /// Takes no more connections, and ends when the requests under way are answered.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to be waited for.
            let _ = thread.join();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.end();
    }
}

fn routes(desk: Arc<Desk>, with_admin: bool) -> Router {
    let events = Router::new().fallback(event);
    let events = match with_admin {
        true => events.merge(admin::routes()),
        false => events,
    };
    events.with_state(desk)
}

/// Accepts until cancelled, then lets what is under way end.
async fn serve(
    socket: std::net::TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    desk: &Desk,
    cancel: &CancellationToken,
) {
    let Ok(listener) = TcpListener::from_std(socket) else {
        return; // only outside of a runtime
    };
    let room = Arc::new(Semaphore::new(connections_max()));
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = cancel.cancelled() => break,
        };
        let Ok((stream, _)) = accepted else {
            // No files left, or a connection that was gone before it was taken: others will come.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            desk.metrics.refuse(Refusal::Crowded);
            continue;
        };
        let (router, tls, cancel) = (router.clone(), tls.clone(), cancel.clone());
        tasks.spawn(async move {
            connection(stream, router, tls, cancel).await;
            drop(permit);
        });
    }
    drop(listener);
    tasks.close();
    // What has not ended by then was no request of BigCommerce's.
    let _ = tokio::time::timeout(DRAIN_WAIT, tasks.wait()).await;
}

async fn connection(
    stream: TcpStream,
    router: Router,
    tls: Option<TlsAcceptor>,
    cancel: CancellationToken,
) {
    // Answers are a few bytes: they must not wait for more.
    let _ = stream.set_nodelay(true);
    match tls {
        None => exchange(stream, router, cancel).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_WAIT, tls.accept(stream)).await {
                exchange(stream, router, cancel).await;
            }
        }
    }
}

async fn exchange<S>(stream: S, router: Router, cancel: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_buf_size(HEAD_BYTES_MAX);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is of no interest: what was acknowledged is on the disk.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = cancel.cancelled() => {}
        () = tokio::time::sleep(CONNECTION_LIFE) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(FAREWELL_WAIT, connection).await;
}

#[cfg(unix)]
fn connections_max() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limits = getrlimit(Resource::Nofile);
    // As many as the administrator allows; a refusal leaves what there was.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limits.maximum,
            ..limits
        },
    );
    let files = getrlimit(Resource::Nofile).current;
    let files = files.map_or(CONNECTIONS_MAX, |n| {
        usize::try_from(n).unwrap_or(CONNECTIONS_MAX)
    });
    files
        .saturating_sub(FILES_SPARED)
        .clamp(16, CONNECTIONS_MAX)
}

#[cfg(not(unix))]
fn connections_max() -> usize {
    CONNECTIONS_MAX
}

/// An event's envelope; the data stay as they are.
#[derive(Deserialize)]
struct Envelope {
    scope: String,
    producer: String,
    #[serde(default)]
    data: Value,
}

async fn event(State(desk): State<Arc<Desk>>, request: Request) -> Response<Body> {
    match judge(&desk, request).await {
        Ok(answer) => answer,
        Err(refusal) => {
            desk.metrics.refuse(refusal);
            bare(match refusal {
                Refusal::Path => StatusCode::NOT_FOUND,
                Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
                Refusal::Secret | Refusal::Signature => StatusCode::UNAUTHORIZED,
                Refusal::Producer => StatusCode::FORBIDDEN,
                Refusal::Malformed => StatusCode::BAD_REQUEST,
                Refusal::Oversized => StatusCode::PAYLOAD_TOO_LARGE,
                Refusal::Slow => StatusCode::REQUEST_TIMEOUT,
                Refusal::Crowded | Refusal::Disk => StatusCode::SERVICE_UNAVAILABLE,
            })
        }
    }
}

async fn judge(desk: &Desk, request: Request) -> Result<Response<Body>, Refusal> {
    let (head, body) = request.into_parts();
    if !desk.trust.is_path(head.uri.path()) {
        return Err(Refusal::Path);
    }
    if head.method != Method::POST {
        return Err(Refusal::Method);
    }
    let header = |name: &str| head.headers.get(name).map(|value| value.as_bytes());
    if !desk.trust.is_secret(header(SECRET_HEADER)) {
        return Err(Refusal::Secret);
    }
    if let Some(nonce) = text(&head.headers, TEST_HEADER) {
        return Ok(Response::new(Body::from(desk.trust.proof(nonce))));
    }
    let body = read_body(body).await?;
    let id = text(&head.headers, "webhook-id").filter(|id| id.len() <= ID_CHARS_MAX);
    let timestamp = text(&head.headers, "webhook-timestamp");
    let signed = match (id, timestamp, text(&head.headers, "webhook-signature")) {
        (Some(id), Some(timestamp), Some(signature)) => Some(Signed {
            id,
            timestamp,
            signature,
        }),
        _ => None,
    };
    if desk.trust.judge(signed, &body) == Signature::Wrong {
        return Err(Refusal::Signature);
    }
    let envelope: Envelope = serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)?;
    if !desk.trust.is_producer(&envelope.producer) {
        return Err(Refusal::Producer);
    }
    let now = desk.clock.now().as_second();
    let said = timestamp.and_then(|text| text.parse::<i64>().ok());
    if said.is_some_and(|said| said.abs_diff(now) > TOLERANCE_SECONDS.unsigned_abs()) {
        // Taken all the same: whatever it says, it only makes vortex read the object again.
        up(&desk.metrics.late);
    }
    let mut leads = webhooks::leads(&envelope.scope, &envelope.data);
    leads.retain(|lead| desk.watched.contains(&lead.entity.name));
    if leads.is_empty() {
        up(&desk.metrics.ignored);
        return Ok(bare(StatusCode::OK));
    }
    let (mark, lasting) = match id {
        Some(id) => (mark(b"id", id.as_bytes()), true),
        None => (mark(b"body", &body), false),
    };
    let arrival = Arrival {
        mark,
        lasting,
        leads: leads
            .into_iter()
            .map(|lead| {
                let child = lead.child.map_or("", |hook| hook.scope);
                (lead.entity.name.to_owned(), lead.id, child.to_owned())
            })
            .collect(),
        scope: envelope.scope,
    };
    let taken = desk.inflow.take(arrival).await;
    let fails = taken.is_none();
    desk.metrics.disk_fails.store(fails, Ordering::Relaxed);
    match taken {
        Some(Taken::New) => up(&desk.metrics.received),
        Some(Taken::Again) => up(&desk.metrics.duplicate),
        Some(Taken::Ignored) => up(&desk.metrics.ignored),
        None => return Err(Refusal::Disk),
    }
    Ok(bare(StatusCode::OK))
}

async fn read_body(body: Body) -> Result<bytes::Bytes, Refusal> {
    use axum::body::HttpBody;
    // A length that is told is believed at once; else the bytes are counted as they come.
    let told = body.size_hint().lower();
    if told > BODY_BYTES_MAX as u64 {
        return Err(Refusal::Oversized);
    }
    let read = Limited::new(body, BODY_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_WAIT, read).await {
        Err(_) => Err(Refusal::Slow),
        Ok(Ok(read)) => Ok(read.to_bytes()),
        Ok(Err(why)) if why.downcast_ref::<LengthLimitError>().is_some() => Err(Refusal::Oversized),
        Ok(Err(_)) => Err(Refusal::Malformed),
    }
}

fn mark(kind: &[u8], of: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind);
    hasher.update(of);
    let hash = hasher.finalize();
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn bare(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("ready", &self.metrics.ready.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}
