//! Capture: the store's present state into versions.
//!
//! One run looks at several entities, one after the other, and each is independent: what fails
//! for one is told in its report and the next goes on. Within an entity:
//!
//! 1. counts that the API gives by itself are read, and the parts that one list serves for the
//!    whole store are put aside in temporary tables;
//! 2. the objects are listed page by page. Each page's objects are completed with their parts,
//!    compared by fingerprint with what the vault holds, and what changed is written, all in one
//!    transaction: a killed run keeps what it had;
//! 3. only if the listing was whole, what it lacked is asked for by id, and only "not there" makes
//!    a tombstone;
//! 4. the bytes of images that are not held yet are fetched.
//!
//! This module must never conclude a deletion from anything else, never write an object of which a
//! part is missing, and never write a version whose fingerprint is that of the one before.

mod assemble;
mod bulk;
mod deep;
mod deletions;
mod fill;
pub(super) mod images;
mod listing;
mod live;
mod parts;
mod record;
pub mod shape;
pub(super) mod words;
mod work;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::api::Client;
use crate::engines::Error;
use crate::engines::monitor::Monitor;
use crate::entities::Entity;
use crate::model::clock::rfc3339_millis;
use crate::model::{
    Cause, Clock, EntityReport, EntityStatus, ImagesReport, RunId, RunKind, RunReport, RunStatus,
};
use crate::vault::Vault;

pub use live::{read_live, read_many, scan};
pub use record::{record, record_gone};
use work::{State, Stop, Work};

/// After so many entities in a row of which nothing was answered the run asks no more. One alone
/// may be one bad endpoint, and the others go on.
const UNANSWERED_MAX: u32 = 2;

/// What to capture, and how thoroughly.
#[derive(Debug)]
pub struct BackupOptions {
    /// The entities, in the order of the work.
    pub entities: Vec<&'static Entity>,
    /// How much of the deep parts.
    pub deep: Depth,
    /// Fetch the bytes of images as well.
    pub images: bool,
    /// Ids of objects, by entity, whose deep parts are read in any case.
    pub touched: HashMap<&'static str, HashSet<String>>,
}

/// How much of the deep parts is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What changed, first readings, and a seventh of the rest.
    Rotation,
    /// All of them, now.
    Full,
    /// What changed, and of the rest no more than so many requests an entity: for a listing that
    /// comes again within minutes.
    Budget(u64),
}

/// Which images' bytes a run fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pictures {
    /// None.
    Left,
    /// Those that are not held.
    New,
    /// Some hundreds of those that are not held, an entity, for some seconds: the next run goes on,
    /// from where these were left (an object's id by entity).
    Few(HashMap<&'static str, String>),
    /// Those, and those whose files are missing.
    All,
}

/// Runs one backup. The caller holds the vault's lock.
///
/// # Errors
///
/// Only when the vault fails: what the store refuses is told in the report.
pub async fn backup(
    client: &Client,
    vault: &mut Vault,
    options: &BackupOptions,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<RunReport, Error> {
    let kind = RunKind::Backup;
    let images = match (options.images, options.deep) {
        (false, _) => Pictures::Left,
        (true, Depth::Full) => Pictures::All,
        (true, _) => Pictures::New,
    };
    let mut capturing = Capturing::begin(client, vault, kind, images, monitor, cancel, clock)?;
    for entity in options.entities.iter().copied() {
        let touched = options.touched.get(entity.name).cloned();
        let touched = touched.unwrap_or_default();
        capturing
            .entity(vault, entity, options.deep, touched)
            .await?;
    }
    capturing.finish(vault)
}

/// A run under way, entity by entity. The caller holds the vault's lock from the beginning to the
/// end.
pub struct Capturing<'a> {
    client: &'a Client,
    monitor: &'a dyn Monitor,
    cancel: &'a CancellationToken,
    clock: &'a dyn Clock,
    run: RunId,
    started: Timestamp,
    requests_before: u64,
    reports: Vec<EntityReport>,
    images: Option<images::Images<'a>>,
    refused: Option<(String, Cause)>,
    unanswered: u32,
}

impl std::fmt::Debug for Capturing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capturing")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

impl<'a> Capturing<'a> {
    /// Begins a run.
    ///
    /// # Errors
    ///
    /// When the vault fails.
    pub fn begin(
        client: &'a Client,
        vault: &mut Vault,
        kind: RunKind,
        images: Pictures,
        monitor: &'a dyn Monitor,
        cancel: &'a CancellationToken,
        clock: &'a dyn Clock,
    ) -> Result<Self, Error> {
        let started = clock.now();
        Ok(Self {
            run: vault.begin_run(kind, started)?,
            client,
            monitor,
            cancel,
            clock,
            started,
            requests_before: client.requests(),
            reports: Vec::new(),
            images: match images {
                Pictures::Left => None,
                which => Some(images::Images::new(
                    client,
                    monitor,
                    cancel,
                    clock,
                    which == Pictures::All,
                    match which {
                        Pictures::Few(_) => images::PAGES_OF_FEW,
                        _ => usize::MAX,
                    },
                    match which {
                        Pictures::Few(_) => Some(images::SPAN_OF_FEW),
                        _ => None,
                    },
                    match which {
                        Pictures::Few(cursors) => cursors,
                        _ => HashMap::new(),
                    },
                )),
            },
            refused: None,
            unanswered: 0,
        })
    }

    /// Captures one entity; what becomes of it is in the run's report. Of the objects with the
    /// `touched` ids the deep parts are read whatever the listing tells.
    ///
    /// # Errors
    ///
    /// When the vault fails; the run has failed with it.
    pub async fn entity(
        &mut self,
        vault: &mut Vault,
        entity: &'static Entity,
        deep: Depth,
        touched: HashSet<String>,
    ) -> Result<&EntityReport, Error> {
        let outcome = self.of_entity(vault, entity, deep, touched).await;
        if outcome.is_err() {
            // The vault failed: if it can take one more line, that says so. Else the next run does.
            let requests = self.client.requests() - self.requests_before;
            let _ = vault.finish_run(self.run, RunStatus::Failed, self.clock.now(), requests);
        }
        let report = outcome?;
        self.monitor.entity_finished(&report);
        self.reports.push(report);
        Ok(&self.reports[self.reports.len() - 1]) // pushed on the line before
    }

    async fn of_entity(
        &mut self,
        vault: &mut Vault,
        entity: &'static Entity,
        deep: Depth,
        touched: HashSet<String>,
    ) -> Result<EntityReport, Error> {
        let Self {
            client,
            monitor,
            cancel,
            clock,
            run,
            ..
        } = *self;
        monitor.entity_started(entity.name);
        let began = clock.now();
        let not_tried = if cancel.is_cancelled() {
            Some(EntityReport {
                status: EntityStatus::Interrupted,
                ..blank(entity)
            })
        } else {
            // It would be refused, or unanswered, again: not worth a request.
            self.refused.clone().map(|(error, cause)| EntityReport {
                status: EntityStatus::Failed,
                error: Some(error),
                cause: Some(cause),
                ..blank(entity)
            })
        };
        if let Some(report) = not_tried {
            vault.end_entity(run, &report, false, began, clock.now(), &[])?;
            return Ok(report);
        }
        let words = words::fill(vault, entity)?;
        let mut work = Work::new(client, vault, entity, run, deep, monitor, clock)?;
        work.deep.touched = touched;
        let outcome = work.capture().await;
        let (report, mut state) = finish(work, outcome, cancel)?;
        state.push(words);
        let whole = report.status == EntityStatus::Ok;
        vault.end_entity(run, &report, whole, began, clock.now(), &state)?;
        self.unanswered = match report.cause {
            Some(Cause::Unreachable) if report.seen == 0 => self.unanswered + 1,
            _ => 0,
        };
        let hopeless = match report.cause {
            Some(Cause::Unreachable) => self.unanswered >= UNANSWERED_MAX,
            cause => cause == Some(Cause::Credentials),
        };
        if let Some(cause) = report.cause.filter(|_| hopeless) {
            self.refused = report.error.clone().map(|error| (error, cause));
        }
        if let Some(images) = &mut self.images
            && !hopeless
            && !cancel.is_cancelled()
        {
            images.of(vault, entity).await?;
        }
        Ok(report)
    }

    /// Where the walk over images goes on in the next run of its kind.
    pub fn pictures_left(&self) -> HashMap<&'static str, String> {
        let images = self.images.as_ref();
        images
            .map(|images| images.cursors.clone())
            .unwrap_or_default()
    }

    /// Ends the run.
    ///
    /// # Errors
    ///
    /// When the vault fails.
    pub fn finish(self, vault: &mut Vault) -> Result<RunReport, Error> {
        let requests = self.client.requests() - self.requests_before;
        let mut status = overall(&self.reports, self.cancel.is_cancelled());
        let images = match self.images {
            Some(images) => Some(ImagesReport {
                held: vault.images_held()?,
                ..images.report
            }),
            None => None,
        };
        let unhad = images.as_ref().is_some_and(|i| i.unhad + i.untried > 0);
        if status == RunStatus::Ok && unhad {
            status = RunStatus::Partial;
        }
        let finished = self.clock.now();
        vault.finish_run(self.run, status, finished, requests)?;
        Ok(RunReport {
            run: self.run,
            store: vault.store_hash().to_owned(),
            status,
            started_at: rfc3339_millis(self.started),
            finished_at: rfc3339_millis(finished),
            requests,
            pending: self.reports.iter().map(|r| r.pending).sum(),
            images,
            entities: self.reports,
        })
    }
}

/// Turns what became of an entity into its report and the state to keep with it.
fn finish(
    work: Work<'_>,
    outcome: Result<(), Stop>,
    cancel: &CancellationToken,
) -> Result<(EntityReport, State), Error> {
    let failed = work.failed;
    let failed_ids = work.failed_ids.clone();
    let known = work.vault.live_count(work.entity.name)?;
    let list = work
        .entity
        .listing
        .passes
        .first()
        .map_or("", |pass| pass.path);
    let (mut report, next) = work.into_report()?;
    let mut state = Vec::new();
    match outcome {
        Ok(()) if report.problems.is_empty() => {
            report.status = EntityStatus::Ok;
            state = next;
        }
        Ok(()) => {
            report.status = EntityStatus::Failed;
            report.failed_ids = Some(failed_ids);
            report.cause = Some(Cause::Other);
            let first = &report.problems[0]; // not empty: the arm above took that case
            report.error = Some(match failed {
                1 => first.clone(),
                more => format!("{more} objects could not be captured whole, the first: {first}"),
            });
            // One bad object must not hold up the others' turns.
            state = next
                .into_iter()
                .filter(|(key, _)| [deep::ROTATION, deep::BUDGETED].contains(key))
                .collect();
        }
        // A list that the store does not know, of an entity that it never had.
        Err(Stop::Api(error))
            if known == 0
                && matches!(error.status(), Some(404 | 405 | 501))
                && error.path().ends_with(list) =>
        {
            report.status = EntityStatus::Skipped;
            report
                .notes
                .push(format!("this store does not have it: {error}"));
        }
        Err(Stop::Vault(error)) => return Err(error.into()),
        Err(_) if cancel.is_cancelled() => report.status = EntityStatus::Interrupted,
        Err(stop) => {
            report.cause = Some(stop.cause());
            report.status = EntityStatus::Failed;
            report.error = Some(stop.to_string());
        }
    }
    Ok((report, state))
}

/// The run's status from its entities'.
fn overall(reports: &[EntityReport], interrupted: bool) -> RunStatus {
    let failed = |r: &&EntityReport| r.status == EntityStatus::Failed;
    if interrupted {
        return RunStatus::Interrupted;
    }
    if !reports.iter().any(|r| failed(&r)) {
        return RunStatus::Ok;
    }
    let got_something = |r: &EntityReport| {
        matches!(r.status, EntityStatus::Ok | EntityStatus::Skipped)
            || r.created + r.updated + r.deleted + r.unchanged > 0
    };
    if reports.iter().any(got_something) {
        RunStatus::Partial
    } else {
        RunStatus::Failed
    }
}

/// A report of nothing yet: failed, until something is known.
pub fn blank(entity: &Entity) -> EntityReport {
    EntityReport {
        entity: entity.name.to_owned(),
        status: EntityStatus::Failed,
        seen: 0,
        created: 0,
        updated: 0,
        deleted: 0,
        unchanged: 0,
        requests: 0,
        pending: 0,
        error: None,
        problems: Vec::new(),
        failed_ids: None,
        notes: Vec::new(),
        counts: Vec::new(),
        cause: None,
    }
}
