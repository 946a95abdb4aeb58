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
use crate::vault::{RunRow, Vault};

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
    };
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
        known.pending = report.pending;
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
