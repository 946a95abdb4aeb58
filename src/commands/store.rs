//! The way to a store: a client made of plain values.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, Kind};
use crate::api::{AddressError, Client, ClientOptions, Origin, StoreHash, WaitObserver};
use crate::engines::watch::JOB;
use crate::vault::{self, JobLock};

/// All that is needed to talk to a store.
#[derive(Clone)]
pub struct Access {
    /// The store hash.
    pub hash: String,
    /// The API origin.
    pub api_url: String,
    /// The access token.
    pub token: SecretString,
    /// The share of the quota to use.
    pub quota_share: f64,
    /// Who is told of waits.
    pub waits: Option<Arc<dyn WaitObserver>>,
}

impl Access {
    /// A client for it, that stops when the token is cancelled.
    pub fn client(&self, cancel: &CancellationToken) -> Result<Client, Failure> {
        let origin = check_origin(&self.api_url)?;
        let hash = StoreHash::parse(&self.hash).map_err(|error| address(Kind::BadHash, &error))?;
        let mut options = ClientOptions::new(origin, hash, self.token.clone());
        options.quota_share = self.quota_share;
        let client = Client::new(options)?.with_cancel(cancel.clone());
        Ok(match &self.waits {
            Some(observer) => client.with_observer(Arc::clone(observer)),
            None => client,
        })
    }
}

/// An origin that a token may go to.
pub fn check_origin(url: &str) -> Result<Origin, Failure> {
    Origin::parse(url).map_err(|error| address(Kind::BadUrl, &error))
}

fn address(kind: Kind, error: &AddressError) -> Failure {
    Failure::new(kind, error.to_string()).hint(error.hint())
}
/// A lock whose holder has no name is looked at again for so long.
const NAMELESS_WAIT: Duration = Duration::from_secs(2);
/// How often a held lock is looked at again.
const LOCK_LOOK_EVERY: Duration = Duration::from_millis(250);

/// Takes the version store's lock, or waits for it as long as is allowed; for a job of `watch`,
/// which lets others in between two, it waits anyhow.
pub async fn lock(
    db: &Path,
    what: &str,
    wait: Option<Option<Duration>>,
    waiting: &(dyn Fn(&Failure) + Sync),
    cancel: &CancellationToken,
) -> Result<JobLock, Failure> {
    let began = Instant::now();
    let mut told = false;
    loop {
        let error = match JobLock::try_acquire(db, what) {
            Ok(lock) => return Ok(lock),
            Err(error) => error,
        };
        // `watch` holds it for a job and lets others in between two.
        let takes_turns = match &error {
            vault::Error::Locked { holder, .. } => match holder {
                Some(holder) => holder.what == JOB,
                // Just taken, or about to be let go: its name is not written yet, or is no more.
                None => began.elapsed() < NAMELESS_WAIT,
            },
            _ => false,
        };
        let failure = Failure::from(error);
        let patient = match wait {
            None => takes_turns,
            Some(None) => true,
            Some(Some(limit)) => began.elapsed() < limit,
        };
        if failure.kind != Kind::Busy || !patient {
            return Err(failure);
        }
        if !std::mem::replace(&mut told, true) {
            waiting(&failure);
        }
        tokio::select! {
            () = tokio::time::sleep(LOCK_LOOK_EVERY) => {}
            () = cancel.cancelled() => return Err(Failure::interrupted()),
        }
    }
}
