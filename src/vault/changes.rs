//! What changed in the store between two times: read by the range of versions written between
//! them, not by looking at every object.

use std::ops::ControlFlow;

use jiff::Timestamp;
use rusqlite::params;

use super::fault::Fault;
use super::writer::change_of;
use super::{Error, Vault, moment};
use crate::model::{ChangeKind, ObjectKey, RunId, VersionNumber};

/// An object that changed between two times: what it was at the first, what it is at the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The object.
    pub key: ObjectKey,
    /// What people call it.
    pub label: String,
    /// The difference between the two states: created, updated or deleted.
    pub change: ChangeKind,
    /// What stood at the first time; `None` when it had not been seen. May be a tombstone, when
    /// the object came back.
    pub from: Option<VersionNumber>,
    /// What stood at the second time.
    pub to: VersionNumber,
    /// When `to` was captured.
    pub captured_at: Timestamp,
    /// In which run.
    pub run: RunId,
}

impl Vault {
    /// Shows `visit` every object with versions captured after `since` and not after `until`, by
    /// entity and id, until it has had enough. No `until`: up to now. No `entities`: all.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn changes(
        &self,
        since: Timestamp,
        until: Option<Timestamp>,
        entities: &[&str],
        visit: &mut dyn FnMut(Changed) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.reading(
            || format!("listing changes since {since}"),
            || {
                let wanted = self.wanted(entities)?;
                // SQLite gathers and sorts in a temporary file when it is much.
                let mut statement = self.db.prepare_cached(
                    "WITH touched AS (
                         SELECT v.object AS object, min(v.version) AS oldest, max(v.seq) AS newest
                         FROM batches b
                         CROSS JOIN versions v ON v.seq BETWEEN b.first_seq AND b.last_seq
                         WHERE b.captured_at > ?1 AND b.captured_at <= ?2
                         GROUP BY v.object)
                     SELECT e.entity, e.name, o.id, o.label, n.version, n.change, b.captured_at,
                            b.run, p.version, p.change
                     FROM touched t
                     JOIN objects o ON o.object = t.object
                     JOIN entities e ON e.entity = o.entity
                     JOIN versions n ON n.seq = t.newest
                     JOIN batches b ON b.batch = n.batch
                     LEFT JOIN versions p ON p.object = t.object AND p.version = (
                         SELECT max(version) FROM versions
                         WHERE object = t.object AND version < t.oldest)
                     ORDER BY e.name, o.rank, o.digits, o.id",
                )?;
                let until = until.map_or(i64::MAX, Timestamp::as_millisecond);
                let mut rows = statement.query(params![since.as_millisecond(), until])?;
                while let Some(row) = rows.next()? {
                    let entity: i64 = row.get(0)?;
                    if wanted
                        .as_ref()
                        .is_some_and(|wanted| !wanted.contains(&entity))
                    {
                        continue;
                    }
                    if visit(changed(row)?).is_break() {
                        break;
                    }
                }
                Ok(())
            },
        )
    }

    fn wanted(&self, entities: &[&str]) -> Result<Option<Vec<i64>>, Fault> {
        if entities.is_empty() {
            return Ok(None);
        }
        let mut wanted = Vec::with_capacity(entities.len());
        for name in entities {
            wanted.extend(self.entity(name)?);
        }
        Ok(Some(wanted))
    }
}

fn changed(row: &rusqlite::Row<'_>) -> Result<Changed, Fault> {
    let to = change_of(row.get(5)?)?;
    let from = row.get::<_, Option<i64>>(9)?.map(change_of).transpose()?;
    let was_there = from.is_some_and(|change| change != ChangeKind::Deleted);
    let change = match (was_there, to) {
        (_, ChangeKind::Deleted) => ChangeKind::Deleted,
        (true, _) => ChangeKind::Updated,
        (false, _) => ChangeKind::Created,
    };
    Ok(Changed {
        key: ObjectKey::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
        label: row.get(3)?,
        change,
        from: row.get(8)?,
        to: row.get(4)?,
        captured_at: moment(row.get(6)?)?,
        run: RunId(row.get(7)?),
    })
}
