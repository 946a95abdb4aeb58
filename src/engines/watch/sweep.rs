//! Sweeps: what no webhook tells is found by listing, entity by entity, as `backup` does it.
//!
//! Each entity has its own time: as often as asked, but never so often that its listing takes more
//! than a quarter of our share of the quota. Deep parts are read in rotation within a budget. Between
//! two entities what events told of has its turn.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::batch::is_young;
use super::metrics::up;
use super::worker::{LONGEST, QUIET};
use super::{Error, Watch};
use crate::api::Client;
use crate::engines::capture::{Capturing, Depth, Pictures};
use crate::entities::Entity;
use crate::model::{EntityStatus, RunKind};
use crate::vault::inbox::Due;
use crate::vault::{self, Vault};

/// After so long a sweep lets others have the version store, and goes on with its next entity later.
const HELD_MAX: Duration = Duration::from_secs(20);
/// A listing may take one part in so many of what our share of the quota gives.
const PART_OF_QUOTA: u64 = 4;
/// Requests that deep parts may take of a sweep, an entity, where the store has told of no quota.
const DEEP_REQUESTS: u64 = 200;
/// How often it is looked whether the entity being swept was disabled.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A sweep is overdue when it is late by this beside its own period.
const GRACE: Duration = Duration::from_mins(2);

/// A sweep that failed comes again after this, then twice that, and so on up to its period.
const FAILED_AGAIN: Duration = Duration::from_mins(1);
/// Where a listing itself failed, objects are read one by one for so long.
const LISTING_FAILS: Duration = Duration::from_mins(5);
/// Rows that a sweep could not settle are not due before this.
const LATER: Duration = Duration::from_secs(10);

/// How an entity's sweep ended.
struct Outcome {
    status: EntityStatus,
    why: Option<String>,
    /// Where the listing was whole: the objects that could not be captured.
    failed_ids: Option<Vec<String>>,
}

/// An object that was told of just now and that no version knows: it may not be in every list yet, so
/// a listing that lacks it settles nothing.
///
/// # Errors
///
/// When the vault can't be read.
pub fn is_early(vault: &Vault, row: &Due, now: Timestamp) -> Result<bool, vault::Error> {
    let names_one = row.child.is_empty() && !row.id.is_empty();
    Ok(names_one && is_young(row, now) && vault.head(&row.entity, &row.id)?.is_none())
}

/// When an entity is swept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    /// The next time.
    pub next: Timestamp,
    /// When the last one began, whatever became of it.
    pub began: Option<Timestamp>,
    /// When the last whole one ended.
    pub whole: Option<Timestamp>,
    /// From one to the next.
    pub period: Duration,
    /// How many have failed in a row.
    pub failures: u32,
    /// The listing itself failed: until then objects are read one by one.
    pub fails_until: Option<Timestamp>,
}

impl Watch<'_> {
    fn planned(&mut self, entity: &'static str) -> &mut Planned {
        let (began, period) = (self.began, self.sweep_every);
        self.plans.entry(entity).or_insert(Planned {
            next: began,
            began: None,
            whole: None,
            period,
            failures: 0,
            fails_until: None,
        })
    }

    /// Has the entity's listing failed just now?
    pub(super) fn listing_fails(&self, entity: &str) -> bool {
        let planned = self.plans.get(entity);
        let until = planned.and_then(|planned| planned.fails_until);
        until.is_some_and(|until| self.clock.now() < until)
    }

    /// The entity is to be swept at once.
    pub(super) fn sweep_now(&mut self, entity: &'static str) {
        let now = self.clock.now();
        let planned = self.planned(entity);
        planned.next = planned.next.min(now);
    }

    /// Gaps that were found since an entity's last sweep began are swept at once.
    pub(super) fn plan_gaps(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        for gap in self.inbox.open_gaps()? {
            if gap.found > now {
                continue;
            }
            let Some(entity) = self.entities.iter().find(|e| e.name == gap.entity) else {
                continue;
            };
            let name = entity.name;
            if self
                .planned(name)
                .began
                .is_none_or(|began| began < gap.found)
            {
                self.sweep_now(name);
            }
        }
        Ok(())
    }

    /// The entities whose time has come; and whether one is overdue.
    pub(super) fn sweeps_due(&mut self) -> Result<Vec<&'static Entity>, Error> {
        let now = self.clock.now();
        let began = self.began;
        let mut due = Vec::new();
        // When an entity will be overdue if nothing happens: the listener tells it by itself.
        let mut overdue_at = i64::MAX;
        for entity in self.enabled()? {
            let planned = *self.planned(entity.name);
            // Later than its own period from now: the clock was set back.
            let last = now.checked_add(planned.period).unwrap_or(now);
            if planned.next <= now || planned.next > last {
                due.push((planned.next, entity));
            }
            let since = planned.whole.unwrap_or(began).as_second();
            let span = (planned.period * 2 + GRACE).as_secs();
            overdue_at = overdue_at.min(since.saturating_add_unsigned(span));
        }
        self.metrics.overdue_at.store(overdue_at, Ordering::Relaxed);
        // The one that has waited longest is first: none starves behind another.
        due.sort_by_key(|(next, _)| *next);
        Ok(due.into_iter().map(|(_, entity)| entity).collect())
    }

    /// Sweeps one entity after the other in one run, until all are done, events are due or the work
    /// is cancelled. What is left keeps its time.
    pub(super) async fn sweep(
        &mut self,
        client: &Client,
        entities: Vec<&'static Entity>,
    ) -> Result<(), Error> {
        let Some(_turn) = self.lock().await? else {
            return Ok(());
        };
        let (clock, monitor) = (self.clock, self.monitor);
        let mut vault = Vault::create(self.db, &self.store_hash, clock)?;
        // Ends with the work, and when the entity that is being swept is disabled.
        let cancel = self.cancel.child_token();
        let client = client.fork().with_cancel(cancel.clone());
        let kind = RunKind::Sweep;
        let images = Pictures::Few(std::mem::take(&mut self.pictures));
        let mut run = Capturing::begin(&client, &mut vault, kind, images, monitor, &cancel, clock)?;
        let held_since = Instant::now();
        let mut versions = 0;
        let mut closed = Vec::new();
        let mut captured: Vec<Due> = Vec::new();
        for entity in entities {
            if self.is_disabled(entity.name)? {
                continue;
            }
            let began = clock.now();
            let rows = self.inbox.due_of(entity.name)?;
            let touched: HashSet<String> = rows.iter().map(|row| row.id.clone()).collect();
            let deep = Depth::Budget(self.budget(&client));
            let before = client.requests();
            let work = run.entity(&mut vault, entity, deep, touched);
            let work = unless_disabled(work, &cancel, || self.is_disabled(entity.name));
            let report = work.await?;
            let cost = client.requests() - before;
            let status = report.status;
            let outcome = Outcome {
                status,
                why: report.error.clone(),
                failed_ids: report.failed_ids.clone(),
            };
            versions += report.created + report.updated + report.deleted;
            let ended = clock.now();
            vault.flush()?;
            let whole = matches!(status, EntityStatus::Ok | EntityStatus::Skipped);
            if whole {
                closed.push((entity.name, began));
            }
            let unlisted = status == EntityStatus::Failed && outcome.failed_ids.is_none();
            captured.extend(self.sort(&vault, rows, outcome)?);
            let every = self.sweep_every;
            let quota = client.seconds_for(cost.saturating_mul(PART_OF_QUOTA));
            let planned = self.planned(entity.name);
            planned.period = every.max(Duration::from_secs(quota.unwrap_or(0)));
            planned.began = Some(began);
            let mut wait = planned.period;
            if whole {
                planned.whole = Some(ended);
                planned.failures = 0;
            } else {
                // Sooner than its turn, and not at once.
                wait = wait.min(FAILED_AGAIN.saturating_mul(1 << planned.failures.min(10)));
                planned.failures += 1;
            }
            planned.fails_until = match unlisted {
                true => ended.checked_add(LISTING_FAILS).ok(),
                false => None,
            };
            planned.next = ended.checked_add(wait).unwrap_or(ended);
            let enough = held_since.elapsed() >= HELD_MAX;
            if enough || cancel.is_cancelled() || !self.ready(clock.now())?.is_empty() {
                break;
            }
        }
        self.pictures = run.pictures_left();
        let report = run.finish(&mut vault)?;
        // The versions are on the disk: only now may the events go.
        self.inbox.done(&captured)?;
        for (entity, began) in closed {
            self.inbox.close_gaps(entity, began)?;
        }
        up(&self.metrics.sweeps);
        self.metrics.swept.fetch_add(versions, Ordering::Relaxed);
        self.metrics
            .swept_at
            .store(clock.now().as_second(), Ordering::Relaxed);
        self.watcher.swept(&report);
        Ok(())
    }

    /// What becomes of the rows that waited for an entity when its listing has ended: those answered
    /// are captured; the others stay, put off or tried again later.
    fn sort(&self, vault: &Vault, rows: Vec<Due>, outcome: Outcome) -> Result<Vec<Due>, Error> {
        let now = self.clock.now();
        let (mut done, mut later) = (Vec::new(), Vec::new());
        let failed_ids = outcome.failed_ids.map(HashSet::<String>::from_iter);
        for row in rows {
            let failed = match (outcome.status, &failed_ids) {
                (EntityStatus::Interrupted, _) => continue,
                (EntityStatus::Ok | EntityStatus::Skipped, _) => Some(false),
                // A child's row names no object that the listing could have told of.
                (EntityStatus::Failed, Some(_)) if !row.child.is_empty() => None,
                (EntityStatus::Failed, Some(ids)) => {
                    Some(row.id.is_empty() || ids.contains(&row.id))
                }
                // Nothing is known of single objects.
                (EntityStatus::Failed, None) => row.id.is_empty().then_some(true),
            };
            match failed {
                Some(true) => {
                    let why = outcome.why.as_deref().unwrap_or("the sweep failed");
                    let again = self.again(row.tries);
                    self.inbox.failed(std::slice::from_ref(&row), why, again)?;
                }
                Some(false) if !is_early(vault, &row, now)? => done.push(row),
                _ => later.push(row),
            }
        }
        let until = now.checked_add(LATER).unwrap_or(now);
        self.inbox.put_off(&later, until)?;
        Ok(done)
    }

    fn ready(&self, now: Timestamp) -> Result<Vec<Due>, Error> {
        Ok(self.inbox.due(now, QUIET, LONGEST, 1)?)
    }

    /// Requests that the deep parts of one entity may take of a sweep: a tenth of what our share of
    /// the quota gives within its period.
    fn budget(&self, client: &Client) -> u64 {
        match client.seconds_for(1_000) {
            Some(seconds) if seconds > 0 => {
                (self.sweep_every.as_secs() * 1_000 / seconds / 10).max(DEEP_REQUESTS / 10)
            }
            _ => DEEP_REQUESTS,
        }
    }
}

/// Does the work; asks now and then whether it is still wanted, and cancels it when it is not.
async fn unless_disabled<T>(
    work: impl Future<Output = T>,
    cancel: &CancellationToken,
    disabled: impl Fn() -> Result<bool, Error>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = work.as_mut() => return done,
            () = tokio::time::sleep(LOOK_EVERY) => {
                if disabled().unwrap_or(false) {
                    cancel.cancel();
                }
            }
        }
    }
}
