//! The one narrow door to the network: a request goes out, a status, some facts and a whole body
//! come back, or one of a few failures. No retry, no pacing, no meaning here.
//!
//! Images come through a client of their own, which has never seen the token.
//!
//! Promises: the token goes to the origin that the client was made for and to no other, since
//! redirects are not followed and a loopback origin uses no proxy; a body larger than asked for is
//! given up while it arrives; a body that was cut off is never handed out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::address::Origin;
use super::call::RateFacts;
use super::images::{Got, ImageSink, Missed};
use super::write::Verb;

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// For a whole answer.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(120),
        }
    }
}

/// An answer as it came, body decoded and whole.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub status: u16,
    pub rate: RateFacts,
    /// Where a redirect leads, without its query.
    pub location: Option<String>,
    pub body: Bytes,
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// Nobody there.
    Unreachable,
    /// A name that doesn't resolve.
    NoSuchHost,
    /// Too late.
    TimedOut,
    /// Closed or reset before the answer was whole.
    CutOff,
    /// Larger than was asked for at most; given up.
    TooLarge,
    /// Not HTTP, or a body that can't be unpacked.
    Garbled,
}

/// What goes out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub verb: Verb,
    pub url: &'a Url,
    /// A body and its type, for what writes.
    pub body: Option<(&'a str, &'a Bytes)>,
    /// Bounds the decoded body of the answer, in bytes.
    pub body_max: usize,
}

/// Sends one request.
pub(super) trait Transport: Send + Sync {
    fn send<'a>(&'a self, out: Outgoing<'a>) -> BoxFuture<'a, Result<Reply, Lost>>;

    /// Fetches an image of at most `most` bytes, without the token.
    fn fetch<'a>(
        &'a self,
        url: &'a Url,
        most: u64,
        sink: &'a mut dyn ImageSink,
    ) -> BoxFuture<'a, Result<Got, Missed>> {
        let _ = (url, most, sink);
        Box::pin(async { Err(Missed::Lost(Lost::Unreachable)) })
    }
}

/// The network, through reqwest and rustls.
pub(super) struct Http {
    client: reqwest::Client,
    /// For images: it has never seen the token.
    images: reqwest::Client,
    token: SecretString,
}

impl Http {
    pub fn new(
        origin: &Origin,
        token: SecretString,
        user_agent: &str,
        timeouts: Timeouts,
    ) -> Result<Self, String> {
        // An error means that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        // Without it v2 may answer XML.
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // Checked here, so that a token with a line break is an error now and not in each request.
        auth_value(&token)?;
        let client = builder(origin, user_agent, timeouts)
            .default_headers(headers)
            .build()
            .map_err(|why| why.to_string())?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("image/*"));
        let images = builder(origin, user_agent, timeouts)
            .default_headers(headers)
            // What is kept is what was sent.
            .gzip(false)
            .build()
            .map_err(|why| why.to_string())?;
        Ok(Self {
            client,
            images,
            token,
        })
    }

    async fn fetch_image(
        &self,
        url: &Url,
        most: u64,
        sink: &mut dyn ImageSink,
    ) -> Result<Got, Missed> {
        let gone = |why: reqwest::Error| Missed::Lost(lost(&why));
        let sent = self.images.get(url.clone()).send().await;
        let mut response = sent.map_err(gone)?;
        let status = response.status().as_u16();
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        if status != 200 {
            let wait = text(RETRY_AFTER).and_then(|text| text.trim().parse().ok());
            return Ok(Got::Status(status, wait.map(Duration::from_secs)));
        }
        let kind = text(CONTENT_TYPE).unwrap_or_default();
        let mut taken = 0;
        while let Some(piece) = response.chunk().await.map_err(gone)? {
            taken += piece.len() as u64;
            if taken > most {
                return Err(Missed::Lost(Lost::TooLarge));
            }
            sink.take(&piece).map_err(Missed::Disk)?;
        }
        if taken == 0 {
            return Err(Missed::Lost(Lost::CutOff));
        }
        Ok(Got::Image(kind))
    }

    async fn exchange(&self, out: Outgoing<'_>) -> Result<Reply, Lost> {
        let auth = auth_value(&self.token).map_err(|_| Lost::Garbled)?;
        let method = match out.verb {
            Verb::Get => reqwest::Method::GET,
            Verb::Post => reqwest::Method::POST,
            Verb::Put => reqwest::Method::PUT,
            Verb::Delete => reqwest::Method::DELETE,
        };
        let mut request = self
            .client
            .request(method, out.url.clone())
            .header(AUTH, auth);
        if let Some((kind, body)) = out.body {
            request = request.header(CONTENT_TYPE, kind).body(body.clone());
        }
        let mut response = request.send().await.map_err(|why| lost(&why))?;
        let status = response.status().as_u16();
        let rate = rate_facts(response.headers());
        let location = response.headers().get(LOCATION).and_then(|to| {
            let mut to = out.url.join(to.to_str().ok()?).ok()?;
            to.set_query(None);
            to.set_fragment(None);
            Some(to.to_string())
        });
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(|why| lost(&why))? {
            if body.len() + piece.len() > out.body_max {
                return Err(Lost::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Reply {
            status,
            rate,
            location,
            body: body.freeze(),
        })
    }
}

/// A client with what both have in common.
fn builder(origin: &Origin, user_agent: &str, timeouts: Timeouts) -> reqwest::ClientBuilder {
    let loopback = |ip: IpAddr| SocketAddr::new(ip, 0);
    let builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.idle)
        .timeout(timeouts.whole)
        .gzip(true)
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        // Each attempt is counted, so none may happen behind our back.
        .retry(reqwest::retry::never())
        .resolve_to_addrs(
            "localhost",
            &[
                loopback(Ipv4Addr::LOCALHOST.into()),
                loopback(Ipv6Addr::LOCALHOST.into()),
            ],
        );
    if origin.is_loopback() {
        builder.no_proxy()
    } else {
        builder.https_only(true)
    }
}

impl Transport for Http {
    fn send<'a>(&'a self, out: Outgoing<'a>) -> BoxFuture<'a, Result<Reply, Lost>> {
        Box::pin(self.exchange(out))
    }

    fn fetch<'a>(
        &'a self,
        url: &'a Url,
        most: u64,
        sink: &'a mut dyn ImageSink,
    ) -> BoxFuture<'a, Result<Got, Missed>> {
        Box::pin(self.fetch_image(url, most, sink))
    }
}

const AUTH: HeaderName = HeaderName::from_static("x-auth-token");

/// Marked sensitive, so that no log below us prints it.
fn auth_value(token: &SecretString) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(token.expose_secret())
        .map_err(|_| "the access token holds characters that no header can carry".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

fn lost(why: &reqwest::Error) -> Lost {
    if why.is_timeout() {
        Lost::TimedOut
    } else if why.is_dns() {
        Lost::NoSuchHost
    } else if why.is_connect() {
        Lost::Unreachable
    } else if why.is_decode() && !is_cut(why) {
        Lost::Garbled
    } else {
        Lost::CutOff
    }
}

/// A body that ends too early reports as one that can't be decoded; its cause tells.
fn is_cut(why: &reqwest::Error) -> bool {
    use std::error::Error as _;
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
    let mut cause = why.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && matches!(
                io.kind(),
                UnexpectedEof | ConnectionReset | ConnectionAborted
            )
        {
            return true;
        }
        cause = error.source();
    }
    false
}

fn rate_facts(headers: &HeaderMap) -> RateFacts {
    let number =
        |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    let count = |name: &str| number(name).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let millis = |name: &str| number(name).map(Duration::from_millis);
    RateFacts {
        quota: count("x-rate-limit-requests-quota"),
        left: count("x-rate-limit-requests-left"),
        window: millis("x-rate-limit-time-window-ms"),
        reset: millis("x-rate-limit-time-reset-ms"),
        retry_after: number("x-retry-after")
            .or_else(|| number(RETRY_AFTER.as_str()))
            .map(Duration::from_secs),
    }
}
