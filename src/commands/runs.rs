//! `runs`: when vortex was at work, and how it ended.

use std::path::Path;

use serde::Serialize;

use super::failure::Failure;
use crate::model::clock::rfc3339_millis;
use crate::model::{RunId, RunKind, RunStatus};
use crate::vault::Vault;

/// One run.
#[derive(Debug, Serialize)]
pub struct RunRow {
    /// Its number.
    pub run: RunId,
    /// What kind of work.
    pub kind: RunKind,
    /// How it ended.
    pub status: RunStatus,
    /// When it began.
    pub started_at: String,
    /// When it ended; none while it is at work.
    pub finished_at: Option<String>,
    /// Attempts sent to the store's API.
    pub requests: u64,
    /// Versions that were an object's first, or its first after a deletion.
    pub created: u64,
    /// Further versions.
    pub updated: u64,
    /// Tombstones.
    pub deleted: u64,
    /// Entities that failed.
    pub failed: Vec<String>,
}

/// Every run, in the order of their numbers.
pub fn run(db: &Path, hash: Option<&str>) -> Result<Vec<RunRow>, Failure> {
    let vault = Vault::open(db, hash)?;
    let rows = vault.runs()?.into_iter().map(|run| {
        let sum = |of: fn(&crate::model::EntityReport) -> u64| {
            run.entities.iter().map(|entity| of(&entity.report)).sum()
        };
        let is_failed = |status| status == crate::model::EntityStatus::Failed;
        RunRow {
            run: run.run,
            kind: run.kind,
            status: run.status,
            started_at: rfc3339_millis(run.started_at),
            finished_at: run.finished_at.map(rfc3339_millis),
            requests: run.requests,
            created: sum(|report| report.created),
            updated: sum(|report| report.updated),
            deleted: sum(|report| report.deleted),
            failed: run
                .entities
                .iter()
                .filter(|entity| is_failed(entity.report.status))
                .map(|entity| entity.report.entity.clone())
                .collect(),
        }
    });
    Ok(rows.collect())
}
