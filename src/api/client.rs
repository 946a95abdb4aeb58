//! The client: one call in, one sound answer or one error out, with pacing and retries between.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::address::{Origin, StoreHash};
use super::call::{Answer, Call};
use super::error::{Error, ErrorKind};
use super::form::form;
use super::pace::Pacer;
use super::paging::{Listing, PageLimits, Pages, Sizes};
use super::retry::Patience;
use super::transport::{Http, Reply, Timeouts, Transport};
use super::wait::WaitObserver;
use super::write::{Change, Removal, Verb};

/// Largest body taken in where nothing smaller can be asked for.
pub(super) const BODY_MAX: usize = 64 * 1024 * 1024;

/// All that a client is made of.
pub struct ClientOptions {
    /// Where the API is.
    pub origin: Origin,
    /// Whose data.
    pub store: StoreHash,
    /// The access token. Sent to the origin only, never shown.
    pub token: SecretString,
    /// Part of the store's quota that we use, 0 to 1.
    pub quota_share: f64,
    /// How we name ourselves.
    pub user_agent: String,
    /// Requests under way at once, at most.
    pub at_once: u32,
    /// How long to wait for answers.
    pub timeouts: Timeouts,
    /// How often to try again.
    pub patience: Patience,
    /// How large pages may be.
    pub sizes: Sizes,
    /// Makes the jitter of back-offs repeatable.
    pub seed: Option<u64>,
}

impl ClientOptions {
    /// The usual values.
    pub fn new(origin: Origin, store: StoreHash, token: SecretString) -> Self {
        Self {
            origin,
            store,
            token,
            quota_share: 0.8,
            user_agent: concat!("vortex/", env!("CARGO_PKG_VERSION")).to_owned(),
            at_once: 8,
            timeouts: Timeouts::default(),
            patience: Patience::default(),
            sizes: Sizes::default(),
            seed: None,
        }
    }
}

/// BigCommerce's API as one store's token sees it. Cheap to clone: clones share connections, quota
/// and concurrency.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    /// This client's own count, then those of the clients it was forked from.
    pub(super) meters: Arc<[Arc<AtomicU64>]>,
    pub(super) cancel: CancellationToken,
    pub(super) observer: Option<Arc<dyn WaitObserver>>,
    /// Set where little patience is had.
    pub(super) hurry: Option<Hurry>,
}

/// Little patience, for work that others wait behind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hurry {
    pub patience: Patience,
    /// One attempt takes no longer.
    pub attempt: Duration,
}

pub(super) struct Shared {
    pub transport: Box<dyn Transport>,
    pub origin: Origin,
    pub store: StoreHash,
    /// Only to strike it out of what a store answers.
    pub token: SecretString,
    pub pacer: Pacer,
    pub patience: Patience,
    pub sizes: Sizes,
    pub page_limits: PageLimits,
    pub dice: Mutex<StdRng>,
    /// Turns for images, which are asked elsewhere.
    pub images: tokio::sync::Semaphore,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("origin", &self.shared.origin)
            .field("store", &self.shared.store)
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("origin", &self.origin)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for one store. Fails where the token can't stand in a header or TLS can't start.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let http = Http::new(
            &options.origin,
            options.token.clone(),
            &options.user_agent,
            options.timeouts,
        );
        let http = http.map_err(|why| {
            let nowhere = Call::new(crate::model::ApiVersion::V3, "");
            nowhere.error(ErrorKind::Refused, why)
        })?;
        Ok(Self::over(Box::new(http), options))
    }

    pub(super) fn over(transport: Box<dyn Transport>, options: ClientOptions) -> Self {
        let seed = options.seed.unwrap_or_else(rand::random);
        Self {
            shared: Arc::new(Shared {
                transport,
                origin: options.origin,
                store: options.store,
                token: options.token,
                pacer: Pacer::new(options.quota_share, options.at_once),
                patience: options.patience,
                sizes: options.sizes,
                page_limits: PageLimits::default(),
                dice: Mutex::new(StdRng::seed_from_u64(seed)),
                images: tokio::sync::Semaphore::new(super::images::IMAGES_AT_ONCE),
            }),
            meters: Arc::new([Arc::default()]),
            cancel: CancellationToken::new(),
            observer: None,
            hurry: None,
        }
    }

    /// The same client with little patience: a few tries, none of them long. For work that others
    /// wait behind; what fails is to be tried again later.
    pub fn hurried(&self) -> Self {
        let usual = self.shared.patience;
        let patience = Patience {
            tries: usual.tries.min(3),
            tries_malformed: usual.tries_malformed.min(2),
            backoff_max: usual.backoff_max.min(Duration::from_secs(5)),
            overall: usual.overall.min(Duration::from_secs(25)),
            ..usual
        };
        Self {
            hurry: Some(Hurry {
                patience,
                attempt: Duration::from_secs(12),
            }),
            ..self.clone()
        }
    }

    /// The same client, all of whose waits and requests end when `cancel` does.
    pub fn with_cancel(&self, cancel: CancellationToken) -> Self {
        Self {
            cancel,
            ..self.clone()
        }
    }

    /// The same client, which tells `observer` of its waits.
    pub fn with_observer(&self, observer: Arc<dyn WaitObserver>) -> Self {
        Self {
            observer: Some(observer),
            ..self.clone()
        }
    }

    /// The same client with a count of its own that begins at 0. What it sends counts in the client
    /// it was forked from as well.
    pub fn fork(&self) -> Self {
        let own = std::iter::once(Arc::default());
        Self {
            meters: own.chain(self.meters.iter().cloned()).collect(),
            ..self.clone()
        }
    }

    /// Attempts sent to the API so far, retries included.
    pub fn requests(&self) -> u64 {
        // A client is made with at least one meter.
        self.meters
            .first()
            .map_or(0, |own| own.load(Ordering::Relaxed))
    }

    /// How many seconds so many requests take at our share of the store's quota; none where the
    /// store has told of no quota yet.
    pub fn seconds_for(&self, requests: u64) -> Option<u64> {
        let (ours, span) = self.shared.pacer.pace()?;
        Some((requests / u64::from(ours.max(1))).saturating_mul(span.as_secs()))
    }

    /// The store that this client reads.
    pub fn store(&self) -> &StoreHash {
        &self.shared.store
    }

    /// One answer, whatever its shape: valid JSON, or empty with 204.
    pub async fn get(&self, call: &Call) -> Result<Answer, Error> {
        self.exchange(call, BODY_MAX, |reply| {
            if reply.status != 204 {
                sound_json(&reply.body)?;
            }
            Ok(Answer {
                status: reply.status,
                body: reply.body.clone(),
                rate: reply.rate,
            })
        })
        .await
    }

    /// One answer, or none where the API itself says 404. A web page with 404 comes from something
    /// in between and is an error: absence is only what BigCommerce says.
    pub async fn find(&self, call: &Call) -> Result<Option<Answer>, Error> {
        absent_is_none(self.get(call).await)
    }

    /// One document, or none where the API itself says 404: v3's `data`, v2's body, as sent. An
    /// answer without one is malformed, never an absence.
    pub async fn document(
        &self,
        call: &Call,
    ) -> Result<Option<Box<serde_json::value::RawValue>>, Error> {
        let document = self
            .exchange(call, BODY_MAX, |reply| {
                let answer = Answer {
                    status: reply.status,
                    body: reply.body.clone(),
                    rate: reply.rate,
                };
                answer.document(call).map_err(|why| why.title().to_owned())
            })
            .await;
        absent_is_none(document)
    }

    /// Makes or sets something. A PUT is repeated like a GET; a POST only where it was surely not
    /// done (a 429, no connection): else the error is in doubt, and the caller looks first.
    ///
    /// # Errors
    ///
    /// `Refused`, without being sent, for what is never to be written; what the store answers.
    pub async fn send(&self, send: &Change) -> Result<Answer, Error> {
        send.check()?;
        let (kind, body) = match &send.file {
            Some(file) => form(file, &send.body, rand::random()),
            None => {
                let body = serde_json::to_vec(&send.body)
                    .map_err(|why| send.call.error(ErrorKind::Refused, why.to_string()))?;
                ("application/json".to_owned(), Bytes::from(body))
            }
        };
        self.exchange_with(
            send.method.verb(),
            Some((&kind, &body)),
            &send.call,
            BODY_MAX,
            written,
        )
        .await
    }

    /// Deletes what is named. That it is gone already is no error.
    ///
    /// # Errors
    ///
    /// What the store answers.
    pub async fn remove(&self, removal: &Removal) -> Result<(), Error> {
        let done = self.exchange_with(Verb::Delete, None, removal.call(), BODY_MAX, written);
        absent_is_none(done.await).map(drop)
    }

    /// Walks a list, page by page.
    pub fn pages(&self, listing: Listing) -> Pages {
        Pages::new(self.clone(), listing, self.shared.sizes)
    }

    pub(super) fn page_limits(&self) -> &PageLimits {
        &self.shared.page_limits
    }

    #[cfg(test)]
    pub(super) fn pacer(&self) -> &Pacer {
        &self.shared.pacer
    }
}

/// An answer to a request that writes: JSON, or nothing.
fn written(reply: &Reply) -> Result<Answer, String> {
    if !reply.body.trim_ascii().is_empty() {
        sound_json(&reply.body)?;
    }
    Ok(Answer {
        status: reply.status,
        body: reply.body.clone(),
        rate: reply.rate,
    })
}

fn absent_is_none<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// True JSON to its end: a cut or altered body must not pass as an answer.
fn sound_json(body: &[u8]) -> Result<(), String> {
    serde_json::from_slice::<&serde_json::value::RawValue>(body)
        .map(|_| ())
        .map_err(|why| not_json(body, &why))
}

/// What came instead of JSON.
pub(super) fn not_json(body: &[u8], why: &serde_json::Error) -> String {
    let body = body.trim_ascii_start();
    if body.is_empty() {
        "an empty body".to_owned()
    } else if body.starts_with(b"<") {
        "a web page came instead of the API's answer".to_owned()
    } else {
        format!("not the JSON that was expected: {why}")
    }
}
