//! Runs: one row each, one row for every entity that it looked at, and what a capture wants to
//! remember from one run to the next.
//!
//! An entity's end is committed at once when anything of it changed. Ends without a change wait for
//! the next transaction, the run's last at the latest: a nightly run over an unchanged store then
//! writes a handful of pages, and a kill loses only the news that nothing was new.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::lock::JobLock;
use super::{Error, Vault, count, moment};
use crate::model::{Count, EntityReport, EntityStatus, RunId, RunKind, RunStatus};

/// An entity's end waits no longer than this for another transaction.
const END_WAITS_MAX: Duration = Duration::from_mins(1);

/// A run as it is told.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// Its number.
    pub run: RunId,
    /// What kind of work it was.
    pub kind: RunKind,
    /// How it ended.
    pub status: RunStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it works and when it died.
    pub finished_at: Option<Timestamp>,
    /// Attempts sent to the API origin.
    pub requests: u64,
    /// The entities that it came to an end with.
    pub entities: Vec<EntityRow>,
}

/// What a run did with one entity.
#[derive(Debug, Clone)]
pub struct EntityRow {
    /// The figures and what failed.
    pub report: EntityReport,
    /// Its listing was whole.
    pub whole: bool,
    /// When the work on it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
}

/// The end of an entity's work in a run.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    run: RunId,
    row: EntityRow,
    state: Vec<(String, String)>,
}

/// The parts of a report that are text.
#[derive(Serialize, Deserialize, Default)]
struct Details {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    counts: Vec<Count>,
}

impl Vault {
    /// Begins a run and gives it its number. The caller holds the job lock: a run that is still
    /// `running` has died, and becomes `interrupted`.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn begin_run(&mut self, kind: RunKind, at: Timestamp) -> Result<RunId, Error> {
        self.must_be_writable("beginning a run")?;
        self.transact(|_, tx| {
            tx.execute(
                "UPDATE runs SET status = ?1 WHERE status = ?2",
                [RunStatus::Interrupted.as_str(), RunStatus::Running.as_str()],
            )?;
            tx.execute(
                "INSERT INTO runs (kind, status, started_at) VALUES (?1, ?2, ?3)",
                params![
                    kind.as_str(),
                    RunStatus::Running.as_str(),
                    at.as_millisecond()
                ],
            )?;
            Ok(RunId(tx.last_insert_rowid()))
        })
        .map_err(|fault| fault.at(&self.path, "beginning a run"))
    }

    /// Goes on with a run that has ended, as long as no later one has begun: false when one has, or
    /// when there is no such run. The caller holds the job lock.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn reopen_run(&mut self, run: RunId) -> Result<bool, Error> {
        self.must_be_writable("going on with a run")?;
        self.transact(|_, tx| {
            let reopened = tx.execute(
                "UPDATE runs SET status = ?2, finished_at = NULL
                 WHERE run = ?1 AND run = (SELECT max(run) FROM runs)",
                params![run.0, RunStatus::Running.as_str()],
            )?;
            Ok(reopened == 1)
        })
        .map_err(|fault| fault.at(&self.path, "going on with a run"))
    }

    /// Ends the work on an entity: its report, and `state` (key and value) to be found again by
    /// [`Vault::state`]. `whole`: its listing reached its end, so what it saw counts as seen.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn end_entity(
        &mut self,
        run: RunId,
        report: &EntityReport,
        whole: bool,
        started: Timestamp,
        finished: Timestamp,
        state: &[(&str, String)],
    ) -> Result<(), Error> {
        self.must_be_writable("ending an entity")?;
        self.flush()?;
        let doing = || format!("recording the end of {}", report.entity);
        self.enter_entity(&report.entity)
            .map_err(|fault| fault.at(&self.path, doing()))?;
        self.ended.push(Ended {
            run,
            row: EntityRow {
                report: report.clone(),
                whole,
                started_at: started,
                finished_at: finished,
            },
            state: state
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.clone()))
                .collect(),
        });
        let changed = report.created + report.updated + report.deleted > 0;
        let failed = report.status == EntityStatus::Failed;
        let oldest = self
            .ended
            .first()
            .map_or(finished, |ended| ended.row.finished_at);
        let waited = finished.duration_since(oldest).unsigned_abs() >= END_WAITS_MAX;
        if changed || failed || waited {
            self.transact_durably(|vault, tx| vault.write_ended(tx))
                .map_err(|fault| fault.at(&self.path, doing()))?;
            self.ended.clear();
        }
        Ok(())
    }

    /// Ends a run.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn finish_run(
        &mut self,
        run: RunId,
        status: RunStatus,
        at: Timestamp,
        requests: u64,
    ) -> Result<(), Error> {
        self.must_be_writable("finishing a run")?;
        self.flush()?;
        self.transact_durably(|vault, tx| {
            vault.write_ended(tx)?;
            tx.execute(
                "UPDATE runs SET status = ?2, finished_at = ?3, requests = ?4 WHERE run = ?1",
                params![run.0, status.as_str(), at.as_millisecond(), count(requests)],
            )?;
            Ok(())
        })
        .map_err(|fault| fault.at(&self.path, "finishing a run"))?;
        self.ended.clear();
        Ok(())
    }

    /// Writes the ends that wait; the caller clears them once the transaction stands.
    pub(super) fn write_ended(&self, tx: &Connection) -> Result<(), Fault> {
        for ended in &self.ended {
            let EntityRow {
                report,
                whole,
                started_at,
                finished_at,
            } = &ended.row;
            let entity = self.entered(&report.entity)?;
            tx.prepare_cached(
                "INSERT OR REPLACE INTO run_entities (run, entity, whole, status, started_at,
                     finished_at, seen, created, updated, deleted, unchanged, requests, pending,
                     error, details)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                ended.run.0,
                entity,
                whole,
                report.status.as_str(),
                started_at.as_millisecond(),
                finished_at.as_millisecond(),
                count(report.seen),
                count(report.created),
                count(report.updated),
                count(report.deleted),
                count(report.unchanged),
                count(report.requests),
                count(report.pending),
                report.error,
                details(report)?
            ])?;
            for (key, value) in &ended.state {
                tx.prepare_cached(
                    "INSERT INTO state (entity, key, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET value = excluded.value
                     WHERE value != excluded.value",
                )?
                .execute(params![entity, key, value])?;
            }
        }
        Ok(())
    }

    /// What an earlier [`Vault::end_entity`] left under a key.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn state(&self, entity: &str, key: &str) -> Result<Option<String>, Error> {
        let waiting = self
            .ended
            .iter()
            .rev()
            .filter(|e| e.row.report.entity == entity);
        for ended in waiting {
            if let Some((_, value)) = ended.state.iter().find(|(k, _)| k == key) {
                return Ok(Some(value.clone()));
            }
        }
        self.reading(
            || format!("reading the state of {entity}"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(None);
                };
                let mut statement = self
                    .db
                    .prepare_cached("SELECT value FROM state WHERE entity = ?1 AND key = ?2")?;
                Ok(statement
                    .query_row(params![number, key], |r| r.get(0))
                    .optional()?)
            },
        )
    }

    /// The last run in which the entity ended `ok`, and when.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn last_ok(&self, entity: &str) -> Result<Option<(RunId, Timestamp)>, Error> {
        self.last(entity, "status = 'ok'", |row| {
            row.report.status == EntityStatus::Ok
        })
    }

    /// The last run in which the entity's listing was whole, and when.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn last_whole(&self, entity: &str) -> Result<Option<(RunId, Timestamp)>, Error> {
        self.last(entity, "whole = 1", |row| row.whole)
    }

    fn last(
        &self,
        entity: &str,
        condition: &str,
        waiting: impl Fn(&EntityRow) -> bool,
    ) -> Result<Option<(RunId, Timestamp)>, Error> {
        let mut ended = self.ended.iter().rev();
        if let Some(ended) = ended.find(|e| e.row.report.entity == entity && waiting(&e.row)) {
            return Ok(Some((ended.run, ended.row.finished_at)));
        }
        self.reading(
            || format!("looking up the last run of {entity}"),
            || {
                let Some(entity) = self.entity(entity)? else {
                    return Ok(None);
                };
                last_where(&self.db, entity, i64::MAX, condition)
            },
        )
    }

    /// All runs, oldest first.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn runs(&self) -> Result<Vec<RunRow>, Error> {
        self.reading(
            || "listing runs".to_owned(),
            || {
                let mut statement = self.db.prepare_cached(&format!("{RUNS} ORDER BY run"))?;
                let mut rows = statement.query([])?;
                let mut runs = Vec::new();
                while let Some(row) = rows.next()? {
                    runs.push(self.run_row(row)?);
                }
                Ok(runs)
            },
        )
    }

    /// One run.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn run(&self, run: RunId) -> Result<Option<RunRow>, Error> {
        self.reading(
            || format!("reading run {run}"),
            || {
                let mut statement = self.db.prepare_cached(&format!("{RUNS} WHERE run = ?1"))?;
                let mut rows = statement.query([run.0])?;
                rows.next()?.map(|row| self.run_row(row)).transpose()
            },
        )
    }

    fn run_row(&self, row: &rusqlite::Row<'_>) -> Result<RunRow, Fault> {
        let run = RunId(row.get(0)?);
        let status = match word(row, 2, RunStatus::from_word)? {
            // Nobody is at work: it died, and the next writer will note that.
            RunStatus::Running if !JobLock::is_held(&self.path) => RunStatus::Interrupted,
            status => status,
        };
        Ok(RunRow {
            run,
            kind: word(row, 1, RunKind::from_word)?,
            status,
            started_at: moment(row.get(3)?)?,
            finished_at: row.get::<_, Option<i64>>(4)?.map(moment).transpose()?,
            requests: row.get::<_, i64>(5)?.unsigned_abs(),
            entities: self.entity_rows(run)?,
        })
    }

    fn entity_rows(&self, run: RunId) -> Result<Vec<EntityRow>, Fault> {
        let mut statement = self.db.prepare_cached(
            "SELECT e.name, r.whole, r.status, r.started_at, r.finished_at, r.seen, r.created,
                    r.updated, r.deleted, r.unchanged, r.requests, r.pending, r.error, r.details
             FROM run_entities r JOIN entities e USING (entity) WHERE r.run = ?1
             ORDER BY r.started_at, r.entity",
        )?;
        let mut rows = statement.query([run.0])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let figure = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
            let details: Details = match row.get::<_, Option<String>>(13)? {
                None => Details::default(),
                Some(text) => serde_json::from_str(&text)
                    .map_err(|e| Fault::Damaged(format!("the details of run {run}: {e}")))?,
            };
            all.push(EntityRow {
                report: EntityReport {
                    entity: row.get(0)?,
                    status: word(row, 2, EntityStatus::from_word)?,
                    seen: figure(5)?,
                    created: figure(6)?,
                    updated: figure(7)?,
                    deleted: figure(8)?,
                    unchanged: figure(9)?,
                    requests: figure(10)?,
                    pending: figure(11)?,
                    error: row.get(12)?,
                    problems: details.problems,
                    failed_ids: None,
                    notes: details.notes,
                    counts: details.counts,
                    cause: None,
                },
                whole: row.get(1)?,
                started_at: moment(row.get(3)?)?,
                finished_at: moment(row.get(4)?)?,
            });
        }
        Ok(all)
    }
}

const RUNS: &str = "SELECT run, kind, status, started_at, finished_at, requests FROM runs";

/// The last run before `before` in which an entity's row meets a condition, and when it ended.
pub(super) fn last_where(
    db: &Connection,
    entity: i64,
    before: i64,
    condition: &str,
) -> Result<Option<(RunId, Timestamp)>, Fault> {
    let found: Option<(i64, i64)> = db
        .prepare_cached(&format!(
            "SELECT run, finished_at FROM run_entities
             WHERE entity = ?1 AND run < ?2 AND {condition} ORDER BY run DESC LIMIT 1"
        ))?
        .query_row([entity, before], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    found
        .map(|(run, at)| Ok((RunId(run), moment(at)?)))
        .transpose()
}

fn word<T>(
    row: &rusqlite::Row<'_>,
    index: usize,
    from: impl Fn(&str) -> Option<T>,
) -> Result<T, Fault> {
    let text: String = row.get(index)?;
    from(&text).ok_or_else(|| Fault::Damaged(format!("'{text}' stands for nothing")))
}

fn details(report: &EntityReport) -> Result<Option<String>, Fault> {
    if report.problems.is_empty() && report.notes.is_empty() && report.counts.is_empty() {
        return Ok(None);
    }
    let details = Details {
        problems: report.problems.clone(),
        notes: report.notes.clone(),
        counts: report.counts.clone(),
    };
    serde_json::to_string(&details)
        .map(Some)
        .map_err(|e| Fault::Internal(e.to_string()))
}
