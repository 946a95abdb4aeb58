//! Rows that are due: which may be worked off when, and what becomes of them.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::super::error::Error;
use super::super::fault::Fault;
use super::super::{count, moment};
use super::{Due, Inbox};

/// No try is put off for longer than this, milliseconds.
const AGAIN_WITHIN_MS: i64 = 3_600_000;

impl Inbox {
    /// What may be worked off now: objects of which nothing was heard for `quiet`, or that have
    /// waited for `longest` already; oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn due(
        &self,
        now: Timestamp,
        quiet: Duration,
        longest: Duration,
        limit: u32,
    ) -> Result<Vec<Due>, Error> {
        let now = now.as_millisecond();
        let before = |span: Duration| now - i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.working("reading what is due", |db| {
            let mut statement = db.prepare_cached(
                "SELECT entity, id, child, since, last, events, scope, tries, error FROM due
                 WHERE parked = 0 AND (not_before <= ?1 OR not_before > ?5)
                   AND (last <= ?2 OR since <= ?3 OR last > ?1)
                   AND (?6 IS NULL OR entity IN (SELECT value FROM json_each(?6)))
                 ORDER BY since LIMIT ?4",
            )?;
            // Times from the future are of a clock that was set back: nobody waits for them.
            let horizon = now + AGAIN_WITHIN_MS;
            let limits = params![
                now,
                before(quiet),
                before(longest),
                limit,
                horizon,
                self.watched
            ];
            let rows = statement.query(limits)?;
            dues(rows)
        })
    }

    /// What was given up for now, oldest first.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn parked(&self) -> Result<Vec<Due>, Error> {
        self.working("reading what is parked", |db| {
            let mut statement = db.prepare_cached(
                "SELECT entity, id, child, since, last, events, scope, tries, error FROM due
                 WHERE parked = 1 ORDER BY since",
            )?;
            let rows = statement.query([])?;
            dues(rows)
        })
    }

    /// Objects of an entity that are due, whenever: what a listing may settle at once.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn due_of(&self, entity: &str) -> Result<Vec<Due>, Error> {
        self.working("reading what is due", |db| {
            let mut statement = db.prepare_cached(
                "SELECT entity, id, child, since, last, events, scope, tries, error FROM due
                 WHERE entity = ?1",
            )?;
            let rows = statement.query([entity])?;
            dues(rows)
        })
    }

    /// When the next row that is not due yet may be worked off.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn next_due(&self, quiet: Duration, longest: Duration) -> Result<Option<Timestamp>, Error> {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4);
        self.working("reading what is due", |db| {
            let next: Option<i64> = db
                .prepare_cached(
                    "SELECT min(max(not_before, min(last + ?1, since + ?2))) FROM due
                     WHERE parked = 0
                       AND (?3 IS NULL OR entity IN (SELECT value FROM json_each(?3)))",
                )?
                .query_row(params![millis(quiet), millis(longest), self.watched], |r| {
                    r.get(0)
                })?;
            next.map(moment).transpose()
        })
    }

    /// Takes rows away that were worked off. One of which more events came since it was read stays,
    /// as if the newest of them were its first.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn done(&self, rows: &[Due]) -> Result<(), Error> {
        self.writing("working events off", |db| {
            for due in rows {
                let key = params![due.entity, due.id, due.child, count(due.events)];
                db.prepare_cached(
                    "DELETE FROM due WHERE entity = ?1 AND id = ?2 AND child = ?3 AND events = ?4",
                )?
                .execute(key)?;
                db.prepare_cached(
                    "UPDATE due SET since = last, tries = 0, not_before = 0, error = NULL
                     WHERE entity = ?1 AND id = ?2 AND child = ?3 AND events > ?4",
                )?
                .execute(key)?;
                db.prepare_cached("DELETE FROM marks WHERE entity = ?1 AND id = ?2")?
                    .execute([&due.entity, &due.id])?;
            }
            Ok(())
        })
    }

    /// Objects could not be captured: they are tried again at `again` (within an hour), or parked.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn failed(&self, rows: &[Due], why: &str, again: Option<Timestamp>) -> Result<(), Error> {
        self.writing("noting a failure", |db| {
            for due in rows {
                db.prepare_cached(
                    "UPDATE due SET tries = tries + 1, error = ?4, not_before = ?5, parked = ?6
                     WHERE entity = ?1 AND id = ?2 AND child = ?3 AND events = ?7",
                )?
                .execute(params![
                    due.entity,
                    due.id,
                    due.child,
                    why,
                    again.map_or(0, Timestamp::as_millisecond),
                    again.is_none(),
                    count(due.events)
                ])?;
                // An event that came meanwhile has its own tries.
                db.prepare_cached(
                    "UPDATE due SET tries = 0, error = ?4, not_before = 0
                     WHERE entity = ?1 AND id = ?2 AND child = ?3 AND events > ?5",
                )?
                .execute(params![
                    due.entity,
                    due.id,
                    due.child,
                    why,
                    count(due.events)
                ])?;
            }
            Ok(())
        })
    }

    /// Objects are not to be read before `until`; nothing is held against them.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn put_off(&self, rows: &[Due], until: Timestamp) -> Result<(), Error> {
        self.writing("putting events off", |db| {
            for due in rows {
                db.prepare_cached(
                    "UPDATE due SET not_before = ?4 WHERE entity = ?1 AND id = ?2 AND child = ?3",
                )?
                .execute(params![
                    due.entity,
                    due.id,
                    due.child,
                    until.as_millisecond()
                ])?;
            }
            Ok(())
        })
    }

    /// How many objects of an entity are due, whenever; those that are parked left out.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn count_of(&self, entity: &str) -> Result<u64, Error> {
        self.working("counting what is due", |db| {
            let count: i64 = db
                .prepare_cached("SELECT count(*) FROM due WHERE entity = ?1 AND parked = 0")?
                .query_row([entity], |r| r.get(0))?;
            Ok(count.unsigned_abs())
        })
    }

    /// What waits for other entities than those that are watched, objects an entity: kept until one
    /// who reads them comes.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn unwatched(&self) -> Result<Vec<(String, u64)>, Error> {
        self.working("counting what is not watched", |db| {
            let mut statement = db.prepare_cached(
                "SELECT entity, count(*) FROM due
                 WHERE entity NOT IN (SELECT value FROM json_each(?1)) GROUP BY entity",
            )?;
            let rows = statement.query_map([&self.watched], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn dues(mut rows: rusqlite::Rows<'_>) -> Result<Vec<Due>, Fault> {
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(Due {
            entity: row.get(0)?,
            id: row.get(1)?,
            child: row.get(2)?,
            since: moment(row.get(3)?)?,
            last: moment(row.get(4)?)?,
            events: row.get::<_, i64>(5)?.unsigned_abs(),
            scope: row.get(6)?,
            tries: row.get(7)?,
            error: row.get(8)?,
        });
    }
    Ok(all)
}
