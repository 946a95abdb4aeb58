//! Watch: events into versions within seconds, and sweeps for what events never tell.
//!
//! ```text
//! listener   HTTP on a thread of its own: who may come in (trust), what is counted (metrics), TLS
//!            (certificate)
//! inflow     one thread puts events on the disk, many in a transaction
//! worker     what is due, gathered by entity    batch   read each object as it is now, capture it
//! sweep      entity by entity, by the cheapest listings, within a share of the quota
//! hooks      what is registered with BigCommerce    address   where hooks lead, and their secrets
//! upkeep     what is looked at now and then    turn   the version store's lock, job by job
//! ```
//!
//! The vault's lock is held for a job and never between two, so that `backup` and `restore` have
//! their turn. This module must never acknowledge what is not on the disk, never write a version of
//! an entity that is disabled, and never take an event's word for what happened.

mod address;
mod admin;
mod batch;
mod certificate;
mod hooks;
mod inflow;
mod listener;
mod metrics;
mod sweep;
mod telling;
mod trust;
mod turn;
mod upkeep;
mod worker;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::{self, Client, ErrorKind};
use crate::engines;
use crate::engines::monitor::Monitor;
use crate::entities::Entity;
use crate::model::Clock;
use crate::vault::{self, Inbox};

pub use address::Address;
pub use certificate::tls;
pub use hooks::{Ensured, Hook, ensure, list, remove, wanted};
pub use listener::Place;
pub use sweep::is_early;
pub use telling::{Captured, Summary, Watcher};
pub use trust::{SECRET_HEADER, TEST_HEADER, proof};
pub use upkeep::{FRESH, note_gaps};

use inflow::Inflow;
use listener::{Desk, Listener};
use metrics::{Metrics, read};
use trust::Trust;

/// What others are told that holds the vault's lock, while it is a job of `watch`.
pub const JOB: &str = "watch";

/// The loop looks around this often, whatever happens.
const TICK: Duration = Duration::from_millis(500);
/// How often hooks are looked at, at least: one request.
const HOOKS_EVERY: Duration = Duration::from_mins(5);
/// After a failure of the store's the next try waits so long, then twice that, and so on,
const BACKOFF: Duration = Duration::from_secs(2);
/// up to this.
const BACKOFF_MAX: Duration = Duration::from_mins(2);
/// Hooks are removed at the end within this, or left.
const REMOVAL_WAIT: Duration = Duration::from_secs(8);
/// At the very first start the hooks of an earlier run are looked for so long.
const FIRST_LOOK: Duration = Duration::from_secs(20);

/// Why `watch` could not begin, or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address can't be listened on.
    #[error("can't listen on {at}: {source}")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A certificate or key does not serve.
    #[error("can't use {}: {why}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The version store or the inbox failed.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// An engine below failed.
    #[error(transparent)]
    Engine(#[from] engines::Error),
    /// The store refused.
    #[error(transparent)]
    Api(#[from] api::Error),
}

impl Error {
    /// A full disk, or another process that kept the file busy: tried again, not given up.
    fn may_pass(&self) -> bool {
        let (Self::Vault(error) | Self::Engine(engines::Error::Vault(error))) = self else {
            return false;
        };
        matches!(error, vault::Error::Full { .. } | vault::Error::Busy { .. })
    }
}

/// What to watch, and how.
pub struct Options<'a> {
    /// The way to the store; not cancelled by `cancel`.
    pub client: Client,
    /// The version store's file.
    pub db: &'a Path,
    /// The store hash.
    pub store_hash: String,
    /// The entities.
    pub entities: Vec<&'static Entity>,
    /// Where BigCommerce reaches the listener.
    pub public_url: String,
    /// Where to listen.
    pub place: Place,
    /// How often to sweep.
    pub sweep: Duration,
    /// Remove the hooks at the end.
    pub remove_hooks: bool,
    /// By which events are signed, where it is known.
    pub client_secret: Option<SecretString>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

/// The loop's own state.
pub(crate) struct Watch<'a> {
    inbox: Inbox,
    db: &'a Path,
    store_hash: String,
    entities: Vec<&'static Entity>,
    sweep_every: Duration,
    clock: &'a dyn Clock,
    cancel: &'a CancellationToken,
    watcher: &'a dyn Watcher,
    monitor: &'a dyn Monitor,
    metrics: Arc<Metrics>,
    open: Option<worker::Open>,
    released: Arc<Mutex<Option<Instant>>>,
    plans: HashMap<&'static str, sweep::Planned>,
    /// Where the walk over images goes on.
    pictures: HashMap<&'static str, String>,
    /// The hooks were looked at.
    looked: bool,
    began: Timestamp,
}

/// Runs until `cancel`. The caller holds the lock of the inbox: one `watch` a vault.
///
/// # Errors
///
/// When it can't begin (address, certificate, token), or the version store fails for good. What the
/// store refuses later is told, and tried again.
pub async fn run(
    options: Options<'_>,
    watcher: &dyn Watcher,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
) -> Result<Summary, Error> {
    let clock = options.clock.as_ref();
    let client = options.client.with_cancel(cancel.clone());
    let names: Vec<&'static str> = options.entities.iter().map(|e| e.name).collect();
    let inbox = Inbox::create(options.db, &options.store_hash, clock)?.watching(&names);
    for (entity, objects) in inbox.unwatched()? {
        watcher.warning(&format!(
            "events of {objects} {entity} wait and are not watched any more: `vortex backup \
             --entity {entity}` captures them"
        ));
    }
    let found = match Address::kept(&inbox)? {
        // Events are taken in first of all, whether or not the store answers.
        Some(_) => Vec::new(),
        None => {
            let listed = tokio::time::timeout(FIRST_LOOK, list(&client));
            match worker::or_cancelled(cancel, listed).await {
                None => return Ok(Summary::default()),
                Some(Ok(Ok(hooks))) => hooks,
                Some(Ok(Err(error))) if error.kind() == ErrorKind::Unauthorized => {
                    return Err(error.into());
                }
                Some(Ok(Err(error))) => {
                    watcher.warning(&format!("the hooks can't be looked at: {error}"));
                    Vec::new()
                }
                Some(Err(_)) => {
                    watcher.warning("the hooks can't be looked at: the store does not answer");
                    Vec::new()
                }
            }
        }
    };
    let address = Address::settle(&inbox, &options.public_url, &found)?;
    let metrics = Arc::new(Metrics::default());
    let wake = Arc::new(Notify::new());
    let taking = Inbox::create(options.db, &options.store_hash, clock)?;
    let (inflow, inflow_thread) =
        Inflow::start(taking, Arc::clone(&options.clock), Arc::clone(&wake)).map_err(|source| {
            Error::Listen {
                at: options.place.listen,
                source,
            }
        })?;
    let desk = Desk {
        trust: Trust::new(
            address.path().expose_secret(),
            address.secret.clone(),
            options.client_secret,
            &options.store_hash,
        ),
        inflow,
        metrics: Arc::clone(&metrics),
        vault: options.db.to_owned(),
        watched: names,
        waiting: tokio::sync::Mutex::default(),
        clock: Arc::clone(&options.clock),
    };
    let listener = Listener::start(options.place, desk)?;
    metrics.ready.store(true, Ordering::Relaxed);
    watcher.listening(listener.address(), listener.admin());
    let mut watch = Watch {
        inbox,
        db: options.db,
        store_hash: options.store_hash,
        entities: options.entities,
        sweep_every: options.sweep,
        clock,
        cancel,
        watcher,
        monitor,
        metrics: Arc::clone(&metrics),
        open: None,
        released: Arc::default(),
        plans: HashMap::new(),
        pictures: HashMap::new(),
        looked: false,
        began: clock.now(),
    };
    let outcome = {
        let looping = watch.until_cancelled(&client, &address, &wake);
        let mut looping = std::pin::pin!(looping);
        loop {
            // The ticks prove that this thread is not stuck, also while one job takes long.
            tokio::select! {
                outcome = looping.as_mut() => break outcome,
                () = tokio::time::sleep(TICK) => {
                    if listener.is_up() && !inflow_thread.is_finished() {
                        watcher.alive();
                    }
                }
            }
        }
    };
    metrics.draining.store(true, Ordering::Relaxed);
    watcher.draining();
    let stopped = tokio::task::spawn_blocking(move || {
        listener.stop();
        // The listener held the last way in: the thread ends when all is on the disk.
        let _ = inflow_thread.join();
    });
    // After a failure the events of what follows are wanted.
    if options.remove_hooks && outcome.is_ok() {
        let removal = hooks::remove_ours(&options.client, &address);
        match tokio::time::timeout(REMOVAL_WAIT, removal).await {
            Ok(Ok(done)) => watcher.hooks(&done),
            Ok(Err(error)) => watcher.warning(&format!("the hooks could not be removed: {error}")),
            Err(_) => watcher
                .warning("the hooks could not be removed in time; `vortex hooks disable` does"),
        }
    }
    // A thread that panicked has told so by itself.
    let _ = stopped.await;
    outcome?;
    let waiting = watch.inbox.waiting()?;
    Ok(Summary {
        received: read(&metrics.received),
        duplicate: read(&metrics.duplicate),
        refused: metrics.refusals(),
        captured: read(&metrics.captured),
        sweeps: read(&metrics.sweeps),
        swept: read(&metrics.swept),
        queued: waiting.due,
        parked: waiting.parked,
    })
}

impl Watch<'_> {
    async fn until_cancelled(
        &mut self,
        client: &Client,
        address: &Address,
        wake: &Notify,
    ) -> Result<(), Error> {
        let mut hooks_at = Instant::now();
        let mut not_before = Instant::now();
        let mut failures = 0_u32;
        while !self.cancel.is_cancelled() {
            let now = self.clock.now();
            if Instant::now() >= hooks_at {
                hooks_at = Instant::now() + HOOKS_EVERY.min(self.sweep_every);
                let looked = self.look_at_hooks(client, address).await;
                self.unless_passing(looked)?;
                let forgotten = self.forget(now).await;
                self.unless_passing(forgotten)?;
            }
            if Instant::now() >= not_before {
                let stopped = match self.one_round(client).await {
                    Ok(stopped) => stopped.map(|error| error.to_string()),
                    // What a merchant's disk can do, and undo.
                    Err(error) if error.may_pass() => Some(error.to_string()),
                    Err(error) => return Err(error),
                };
                self.metrics
                    .requests
                    .store(client.requests(), Ordering::Relaxed);
                match stopped {
                    None => failures = 0,
                    Some(_) if self.cancel.is_cancelled() => {}
                    Some(error) => {
                        let wait = BACKOFF
                            .saturating_mul(1 << failures.min(8))
                            .min(BACKOFF_MAX);
                        failures += 1;
                        not_before = Instant::now() + wait;
                        self.watcher.warning(&format!(
                            "{error}; trying again in {} s, events stay on the disk",
                            wait.as_secs()
                        ));
                    }
                }
            }
            let nap = self.nap();
            // While nothing may be tried, what is due does not wake us.
            let sleep = nap
                .unwrap_or(TICK)
                .max(not_before - Instant::now())
                .min(TICK);
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                () = wake.notified() => {}
                () = self.cancel.cancelled() => {}
            }
        }
        Ok(())
    }

    /// What a merchant's disk can do, and undo, is told and no end.
    fn unless_passing(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        match outcome {
            Err(error) if error.may_pass() => {
                self.watcher.warning(&error.to_string());
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// A sweep where one is due, then what events told of.
    async fn one_round(&mut self, client: &Client) -> Result<Option<api::Error>, Error> {
        self.inbox.still_there()?;
        let round = self.work_off(client).await?;
        for entity in round.listings {
            self.sweep_now(entity);
        }
        if round.stopped.is_some() {
            return Ok(round.stopped);
        }
        self.plan_gaps()?;
        let due = self.sweeps_due()?;
        if !due.is_empty() {
            self.sweep(client, due).await?;
        }
        Ok(None)
    }

    /// How long nothing is to be done.
    fn nap(&self) -> Result<Duration, Error> {
        let next = self.inbox.next_due(worker::QUIET, worker::LONGEST)?;
        let wait = next.map_or(TICK, |next| {
            let millis = next.as_millisecond() - self.clock.now().as_millisecond();
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        });
        Ok(wait.clamp(Duration::from_millis(20), TICK))
    }

    /// The entities that are watched and not disabled.
    fn enabled(&self) -> Result<Vec<&'static Entity>, Error> {
        let off = self.inbox.disabled()?;
        let on = |entity: &&'static Entity| !off.iter().any(|(name, _)| name == entity.name);
        Ok(self.entities.iter().copied().filter(on).collect())
    }

    fn is_disabled(&self, entity: &str) -> Result<bool, Error> {
        let off = self.inbox.disabled()?;
        let watched = self.entities.iter().any(|watched| watched.name == entity);
        Ok(!watched || off.iter().any(|(name, _)| name == entity))
    }
}
