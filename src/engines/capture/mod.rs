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
//!    a tombstone.
//!
//! This module must never conclude a deletion from anything else, never write an object of which a
//! part is missing, and never write a version whose fingerprint is that of the one before.

mod assemble;
mod bulk;
mod deep;
mod deletions;
mod listing;
mod live;
mod parts;
mod record;
pub mod shape;
mod work;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::api::Client;
use crate::engines::Error;
use crate::engines::monitor::Monitor;
use crate::entities::Entity;
use crate::model::clock::rfc3339_millis;
use crate::model::{
    Cause, Clock, EntityReport, EntityStatus, RunId, RunKind, RunReport, RunStatus,
};
use crate::vault::Vault;

pub use live::{list_plain, read_live, read_many, scan};
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
    /// Read every deep part now, instead of what changed and a seventh of the rest.
    pub full: bool,
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
    let started = clock.now();
    let run = vault.begin_run(RunKind::Backup, started)?;
    let before = client.requests();
    let outcome = of_run(run, started, client, vault, options, monitor, cancel, clock).await;
    if outcome.is_err() {
        // The vault failed: if it can take one more line, that says so. Else the next run does.
        let requests = client.requests() - before;
        let _ = vault.finish_run(run, RunStatus::Failed, clock.now(), requests);
    }
    outcome
}

#[allow(clippy::too_many_arguments)] // what `backup` was given, and the run it began
async fn of_run(
    run: RunId,
    started: Timestamp,
    client: &Client,
    vault: &mut Vault,
    options: &BackupOptions,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<RunReport, Error> {
    let requests_before = client.requests();
    let mut reports = Vec::new();
    let mut refused: Option<(String, Cause)> = None;
    let mut unanswered = 0_u32;
    for entity in options.entities.iter().copied() {
        monitor.entity_started(entity.name);
        let entity_started = clock.now();
        let report = if cancel.is_cancelled() {
            EntityReport {
                status: EntityStatus::Interrupted,
                ..blank(entity)
            }
        } else if let Some((error, cause)) = refused.clone() {
            // It would be refused, or unanswered, again: not worth a request.
            EntityReport {
                status: EntityStatus::Failed,
                error: Some(error),
                cause: Some(cause),
                ..blank(entity)
            }
        } else {
            let mut work = Work::new(client, vault, entity, run, options.full, monitor, clock)?;
            let outcome = work.capture().await;
            let (report, state) = finish(work, outcome, cancel)?;
            vault.end_entity(
                run,
                &report,
                report.status == EntityStatus::Ok,
                entity_started,
                clock.now(),
                &state,
            )?;
            unanswered = match report.cause {
                Some(Cause::Unreachable) if report.seen == 0 => unanswered + 1,
                _ => 0,
            };
            let hopeless = match report.cause {
                Some(Cause::Unreachable) => unanswered >= UNANSWERED_MAX,
                cause => cause == Some(Cause::Credentials),
            };
            if let Some(cause) = report.cause.filter(|_| hopeless) {
                refused = report.error.clone().map(|error| (error, cause));
            }
            monitor.entity_finished(&report);
            reports.push(report);
            continue;
        };
        vault.end_entity(run, &report, false, entity_started, clock.now(), &[])?;
        monitor.entity_finished(&report);
        reports.push(report);
    }
    let requests = client.requests() - requests_before;
    let status = overall(&reports, cancel.is_cancelled());
    let finished = clock.now();
    vault.finish_run(run, status, finished, requests)?;
    Ok(RunReport {
        run,
        store: vault.store_hash().to_owned(),
        status,
        started_at: rfc3339_millis(started),
        finished_at: rfc3339_millis(finished),
        requests,
        pending: reports.iter().map(|r| r.pending).sum(),
        entities: reports,
    })
}

/// Turns what became of an entity into its report and the state to keep with it.
fn finish(
    work: Work<'_>,
    outcome: Result<(), Stop>,
    cancel: &CancellationToken,
) -> Result<(EntityReport, State), Error> {
    let failed = work.failed;
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
            report.cause = Some(Cause::Other);
            let first = &report.problems[0]; // not empty: the arm above took that case
            report.error = Some(match failed {
                1 => first.clone(),
                more => format!("{more} objects could not be captured whole, the first: {first}"),
            });
            // One bad object must not hold up the others' turns.
            state = next
                .into_iter()
                .filter(|(key, _)| *key == deep::ROTATION)
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

/// A report of nothing yet.
fn blank(entity: &Entity) -> EntityReport {
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
        notes: Vec::new(),
        counts: Vec::new(),
        cause: None,
    }
}
