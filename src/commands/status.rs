//! `status`: is the backup healthy? The last good run of each entity, its age, and what the store
//! counts beside what is held.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::failure::Failure;
use crate::entities::{self, Entity};
use crate::model::clock::rfc3339_millis;
use crate::model::{Count, EntityStatus, RunId};
use crate::vault::{Inbox, JobLock, RunRow, Vault};

/// How an entity's backup stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its last good backup is young enough.
    Fresh,
    /// Its last good backup is too old.
    Stale,
    /// It was never backed up.
    Never,
    /// It failed when it was last tried.
    Failing,
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Never => "never",
            Self::Failing => "failing",
        })
    }
}

/// The whole report.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Every entity is fresh.
    pub healthy: bool,
    /// A row for each.
    pub entities: Vec<Row>,
    /// The store's own counts beside what is held, where the API counts by status.
    pub counts: Vec<Counts>,
    /// How `watch` stands, where it has ever run on this version store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
}

/// How `watch` stands.
#[derive(Debug, Serialize)]
pub struct Watch {
    /// It runs now.
    pub running: bool,
    /// Objects that events told of and that wait to be read.
    pub queued: u64,
    /// How long the oldest of them has waited.
    pub lag_seconds: u64,
    /// Objects that could not be captured, and wait for the next sweep.
    pub parked: Vec<Parked>,
    /// Spans in which events may have been lost, not yet closed by a whole listing.
    pub gaps: Vec<Gap>,
    /// Entities whose events and sweeps are off.
    pub disabled: Vec<String>,
}

/// An object that could not be captured.
#[derive(Debug, Serialize)]
pub struct Parked {
    /// The entity.
    pub entity: String,
    /// The id that the event named.
    pub id: String,
    /// Since when it waits.
    pub since: String,
    /// Why.
    pub error: Option<String>,
}

/// A span in which events may have been lost.
#[derive(Debug, Serialize)]
pub struct Gap {
    /// The entity.
    pub entity: String,
    /// Since when.
    pub since: String,
    /// Why.
    pub why: String,
}

/// One entity.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub entity: String,
    /// When its last good backup ended.
    pub last_ok_at: Option<String>,
    /// How long ago.
    pub age_seconds: Option<u64>,
    /// How it stands.
    pub state: State,
    /// Why it failed when it was last tried.
    pub error: Option<String>,
    /// Objects whose deep parts still wait for their first reading.
    pub pending: u64,
}

/// Counts of one entity by status.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// The entity.
    pub entity: String,
    /// The run that counted.
    pub run: RunId,
    /// A line per status.
    pub counts: Vec<Count>,
}

/// What is known of an entity from the runs.
#[derive(Debug, Default)]
struct Known {
    last_ok: Option<Timestamp>,
    failed: Option<String>,
    pending: u64,
    counts: Option<(RunId, Vec<Count>)>,
}

/// How to judge.
pub struct Options<'a> {
    /// How old a good backup may be.
    pub max_age: Duration,
    /// The present.
    pub now: Timestamp,
    /// The entities that the profile of a store hash leaves out.
    pub excluded: &'a dyn Fn(&str) -> Vec<String>,
}

/// Looks at the runs.
pub fn run(db: &Path, hash: Option<&str>, options: &Options<'_>) -> Result<Report, Failure> {
    let vault = Vault::open(db, hash)?;
    let runs = vault.runs()?;
    let left_out = super::entities::find_all(&(options.excluded)(vault.store_hash()))?;
    let expected = entities::all()
        .iter()
        .filter(|e| !left_out.iter().any(|l| l.name == e.name));
    let mut report = Report {
        healthy: true,
        entities: Vec::new(),
        counts: Vec::new(),
        watch: watch(db, hash, options.now)?,
    };
    if let Some(watch) = &report.watch {
        // What events told of and nobody reads is as bad as what can't be read.
        let left = watch.queued > 0 && !watch.running;
        report.healthy &= watch.parked.is_empty() && watch.gaps.is_empty() && !left;
    }
    for entity in expected {
        let known = known(entity, &runs);
        let row = row(entity, &known, options.max_age, options.now);
        report.healthy &= row.state == State::Fresh;
        report.entities.push(row);
        if let Some((run, counts)) = known.counts {
            report.counts.push(Counts {
                entity: entity.name.to_owned(),
                run,
                counts,
            });
        }
    }
    Ok(report)
}

fn watch(db: &Path, hash: Option<&str>, now: Timestamp) -> Result<Option<Watch>, Failure> {
    let Some(inbox) = Inbox::open(db, hash)? else {
        return Ok(None);
    };
    let waiting = inbox.waiting()?;
    let lag = waiting
        .oldest
        .map_or(0, |oldest| now.as_second() - oldest.as_second());
    Ok(Some(Watch {
        running: JobLock::is_held(&Inbox::place(db)),
        queued: waiting.due,
        lag_seconds: u64::try_from(lag).unwrap_or(0),
        parked: inbox
            .parked()?
            .into_iter()
            .map(|due| Parked {
                entity: due.entity,
                id: due.id,
                since: rfc3339_millis(due.since),
                error: due.error,
            })
            .collect(),
        gaps: inbox
            .open_gaps()?
            .into_iter()
            // One that ends only later is not late yet.
            .filter(|gap| gap.found <= now)
            .map(|gap| Gap {
                entity: gap.entity,
                since: rfc3339_millis(gap.since),
                why: gap.why,
            })
            .collect(),
        disabled: inbox
            .disabled()?
            .into_iter()
            .map(|(entity, _)| entity)
            .collect(),
    }))
}

fn known(entity: &Entity, runs: &[RunRow]) -> Known {
    let mut known = Known::default();
    for run in runs {
        let of_run = run
            .entities
            .iter()
            .find(|row| row.report.entity == entity.name);
        let Some(row) = of_run else { continue };
        let report = &row.report;
        match report.status {
            // Events were captured, nothing was listed: that says nothing about the rest.
            EntityStatus::Ok if !row.whole => {}
            // A feature that the store doesn't have is as well backed up as can be.
            EntityStatus::Ok | EntityStatus::Skipped => {
                known.last_ok = Some(row.finished_at);
                known.failed = None;
            }
            EntityStatus::Failed => {
                let why = report
                    .error
                    .clone()
                    .unwrap_or_else(|| "no reason was kept".to_owned());
                known.failed = Some(why);
            }
            // An interruption says nothing about the entity.
            EntityStatus::Interrupted => {}
        }
        if row.whole {
            known.pending = report.pending;
        }
        if entity
            .counts
            .as_ref()
            .is_some_and(|counts| counts.by_state.is_some())
            && !report.counts.is_empty()
        {
            known.counts = Some((run.run, report.counts.clone()));
        }
    }
    known
}

fn row(entity: &Entity, known: &Known, max_age: Duration, now: Timestamp) -> Row {
    let age = known
        .last_ok
        .map(|at| u64::try_from(now.as_second() - at.as_second()).unwrap_or(0));
    let state = match (age, &known.failed) {
        (_, Some(_)) => State::Failing,
        (None, None) => State::Never,
        (Some(age), None) if Duration::from_secs(age) < max_age => State::Fresh,
        (Some(_), None) => State::Stale,
    };
    Row {
        entity: entity.name.to_owned(),
        last_ok_at: known.last_ok.map(rfc3339_millis),
        age_seconds: age,
        state,
        error: known.failed.clone(),
        pending: known.pending,
    }
}
