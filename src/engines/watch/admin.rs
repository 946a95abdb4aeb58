//! Health and metrics, for whoever looks after the service. This module must never change anything, nor
//! tell what an event was about.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use axum::routing::get;

use super::listener::Desk;
use crate::vault::Inbox;
use crate::vault::inbox::Waiting;

/// The counts of what waits are read from the disk this often at most.
const ASKED_EVERY: Duration = Duration::from_millis(500);

/// Where they are.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
}

/// What waits, read from the disk: on a blocking thread, for it may be busy, and once a second at
/// most. None when it can't be read.
async fn waiting(desk: &Arc<Desk>) -> Option<Waiting> {
    let mut last = desk.waiting.lock().await;
    if let Some((at, waiting)) = *last
        && at.elapsed() < ASKED_EVERY
    {
        return Some(waiting);
    }
    let (vault, watched) = (desk.vault.clone(), desk.watched.clone());
    let read = move || {
        let inbox = Inbox::open(&vault, None).ok().flatten()?;
        inbox.watching(&watched).waiting().ok()
    };
    let read = tokio::task::spawn_blocking(read).await.ok().flatten();
    *last = read.map(|waiting| (Instant::now(), waiting));
    read
}

async fn health(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let health = desk.metrics.health(waiting(&desk).await, desk.clock.now());
    let status = match health.serves() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = serde_json::to_string(&health).unwrap_or_default();
    told(status, "application/json", body)
}

async fn metrics(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let waiting = waiting(&desk).await.unwrap_or_default();
    let text = desk.metrics.text(waiting, desk.clock.now());
    told(StatusCode::OK, "text/plain; version=0.0.4", text)
}

fn told(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    let kind = axum::http::HeaderValue::from_static(kind);
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}
