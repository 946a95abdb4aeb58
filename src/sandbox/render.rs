//! Replies as bytes: JSON, compressed when asked, with the quota's headers, damaged as scripted.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::answer::Reply;
use super::faults::{self, What};
use super::quota::Standing;

/// Shorter answers are not worth compressing.
const GZIP_BYTES_MIN: usize = 512;
/// How long a cut body waits between its half and the end of the connection, so that the half
/// really leaves this machine's buffers.
const CUT_AFTER: Duration = Duration::from_millis(5);

/// The reply as bytes, damaged as the script wants it.
pub fn render(mut reply: Reply, whats: &[What], gzip: bool) -> Response<Body> {
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

fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// A body that sends what it has and then fails, so that the connection ends early.
pub fn cut_short(bytes: Vec<u8>) -> Body {
    let half = stream::once(async move { Ok(Bytes::from(bytes)) });
    let end = stream::once(async {
        tokio::time::sleep(CUT_AFTER).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(half.chain(end))
}

/// Tells of the quota as documented; a bare 429 tells nothing.
pub fn rate_headers(headers: &mut HeaderMap, standing: Option<&Standing>, whats: &[What]) {
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
