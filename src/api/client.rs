//! The client: one call in, one sound answer or one error out, with pacing and retries between.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::address::{Origin, StoreHash};
use super::call::{Answer, Call, RateFacts};
use super::error::{Error, ErrorKind};
use super::pace::{Outcome, Pacer};
use super::paging::{Listing, PageLimits, Pages, Sizes};
use super::problem::Problem;
use super::retry::Patience;
use super::transport::{Http, Lost, Outgoing, Reply, Timeouts, Transport};
use super::wait::{TOLD_FROM, WaitObserver, WaitReason};
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
    shared: Arc<Shared>,
    /// This client's own count, then those of the clients it was forked from.
    meters: Arc<[Arc<AtomicU64>]>,
    cancel: CancellationToken,
    observer: Option<Arc<dyn WaitObserver>>,
}

struct Shared {
    transport: Box<dyn Transport>,
    origin: Origin,
    store: StoreHash,
    /// Only to strike it out of what a store answers.
    token: SecretString,
    pacer: Pacer,
    patience: Patience,
    sizes: Sizes,
    page_limits: PageLimits,
    dice: Mutex<StdRng>,
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
            }),
            meters: Arc::new([Arc::default()]),
            cancel: CancellationToken::new(),
            observer: None,
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
        let body = serde_json::to_vec(&send.body)
            .map_err(|why| send.call.error(ErrorKind::Refused, why.to_string()))?;
        let body = Bytes::from(body);
        self.exchange_with(
            send.method.verb(),
            Some(&body),
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

    /// Sends a call until an answer comes that `read` takes. What `read` refuses counts as
    /// malformed and is asked for again.
    pub(super) async fn exchange<T>(
        &self,
        call: &Call,
        body_max: usize,
        read: impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, Error> {
        self.exchange_with(Verb::Get, None, call, body_max, read)
            .await
    }

    async fn exchange_with<T>(
        &self,
        verb: Verb,
        json: Option<&Bytes>,
        call: &Call,
        body_max: usize,
        read: impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, Error> {
        let url = call.url(&self.shared.origin, &self.shared.store)?;
        let out = Outgoing {
            verb,
            url: &url,
            json,
            body_max,
        };
        let began = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let (error, rate) = match self.attempt(out, call, &read).await {
                Ok(value) => return Ok(value),
                Err((error, rate)) => (error.of_verb(verb), rate),
            };
            if verb == Verb::Post && error.is_temporary() && !surely_not_done(&error) {
                return Err(error.doubtful().with_tries(tries));
            }
            let chance = self.chance();
            let again =
                self.shared
                    .patience
                    .after(&error, rate.as_ref(), tries, began.elapsed(), chance);
            let Some(again) = again else {
                return Err(error.with_tries(tries));
            };
            tracing::debug!(
                path = error.path(),
                status = error.status(),
                wait_ms = again.wait.as_millis() as u64,
                "to be tried again: {}",
                error.title()
            );
            if again.all {
                // The queue waits, tells so, and goes on in order.
                self.shared.pacer.block(again.wait);
            } else {
                self.pause(call, again.wait, error.status()).await?;
            }
        }
    }

    async fn attempt<T>(
        &self,
        out: Outgoing<'_>,
        call: &Call,
        read: &impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, (Error, Option<RateFacts>)> {
        let cancelled = || (call.error(ErrorKind::Cancelled, "stopped"), None);
        let shared = &self.shared;
        let turn = shared
            .pacer
            .enter(call.api, &call.path, self.observer.as_ref());
        let permit = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(cancelled()),
            permit = turn => permit,
        };
        for meter in self.meters.iter() {
            meter.fetch_add(1, Ordering::Relaxed);
        }
        let began = Instant::now();
        let reply = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(cancelled()),
            reply = shared.transport.send(out) => reply,
        };
        let status = reply.as_ref().ok().map(|reply| reply.status);
        tracing::debug!(
            method = out.verb.as_str(),
            path = %format_args!("/{}{}", call.api.segment(), call.path),
            status,
            ms = began.elapsed().as_millis() as u64,
            "asked"
        );
        let rate = reply.as_ref().ok().map(|reply| reply.rate);
        let result = match &reply {
            Ok(reply) => self.judge(call, reply, read),
            Err(why) => Err(lost(call, *why)),
        };
        let strained = match &result {
            Ok(_) => false,
            Err(error) => error.is_temporary() && error.kind() != ErrorKind::Malformed,
        };
        let outcome = if strained {
            Outcome::Strained
        } else {
            Outcome::Fine
        };
        permit.done(rate.as_ref(), outcome);
        result.map_err(|error| (error, rate))
    }

    fn judge<T>(
        &self,
        call: &Call,
        reply: &Reply,
        read: &impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, Error> {
        let status = reply.status;
        if (200..300).contains(&status) {
            return read(reply).map_err(|why| call.malformed(why).with_status(status));
        }
        let mut problem = Problem::read(status, &reply.body);
        if status == 404 && problem.is_html {
            return Err(call.malformed(problem.title).with_status(status));
        }
        if let Some(location) = &reply.location
            && (300..400).contains(&status)
        {
            problem.title = format!("the store redirects to {location}");
        }
        self.strike_token(&mut problem);
        Err(Error::answered(call.api, &call.path, status, problem))
    }

    /// A store that repeats the token in its answer must not make us print it.
    fn strike_token(&self, problem: &mut Problem) {
        let token = self.shared.token.expose_secret();
        if token.is_empty() {
            return;
        }
        let strike = |text: &mut String| {
            if text.contains(token) {
                *text = text.replace(token, "[token]");
            }
        };
        strike(&mut problem.title);
        for (field, text) in &mut problem.fields {
            strike(field);
            strike(text);
        }
    }

    async fn pause(&self, call: &Call, wait: Duration, status: Option<u16>) -> Result<(), Error> {
        if let Some(observer) = &self.observer
            && wait >= TOLD_FROM
        {
            observer.waiting(wait, WaitReason::Retry { status });
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(call.error(ErrorKind::Cancelled, "stopped")),
            () = sleep(wait) => Ok(()),
        }
    }

    pub(super) fn page_limits(&self) -> &PageLimits {
        &self.shared.page_limits
    }

    fn chance(&self) -> f64 {
        let mut dice = self
            .shared
            .dice
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        dice.random()
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

/// Whether a failed POST can't have been done.
fn surely_not_done(error: &Error) -> bool {
    error.kind() == ErrorKind::RateLimited
        || error.title() == UNREACHABLE
        || error.title() == NO_HOST
}

const UNREACHABLE: &str = "the API can't be reached";
const NO_HOST: &str = "the API's host name can't be found";

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

fn lost(call: &Call, why: Lost) -> Error {
    let (kind, title) = match why {
        Lost::Unreachable => (ErrorKind::Network, UNREACHABLE),
        Lost::NoSuchHost => (ErrorKind::Network, NO_HOST),
        Lost::TimedOut => (ErrorKind::Network, "no answer in time"),
        Lost::CutOff => (ErrorKind::Network, "the connection broke off"),
        Lost::Garbled => (ErrorKind::Malformed, "the answer can't be unpacked"),
        Lost::TooLarge => (ErrorKind::TooLarge, "the answer is too large to take in"),
    };
    call.error(kind, title)
}
