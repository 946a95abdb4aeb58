//! What a restore leaves in the vault beside versions: its journal, and the ids that objects had
//! before they were made anew.
//!
//! A journal line is on the disk when the call returns: what was sent to a store is never unknown
//! here after a crash.

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use super::{Error, Vault, heads};
use crate::model::RunId;

/// The object that had an id before. Not when the listing at hand shows that id: names are given
/// up and taken again, and what lives under one is an object of its own even before its first
/// version is written.
pub(super) fn former(db: &Connection, entity: i64, id: &str) -> Result<Option<i64>, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT object FROM former_ids WHERE entity = ?1 AND id = ?2
         AND NOT EXISTS (
             SELECT 1 FROM temp.seen s JOIN entities e ON e.name = s.entity
             WHERE e.entity = ?1 AND s.id = ?2)",
    )?;
    Ok(statement
        .query_row(params![entity, id], |r| r.get(0))
        .optional()?)
}

/// A journal's own line: nothing concerns the run as a whole yet.
const NOTHING: &str = "{}";

impl Vault {
    /// The object `old` goes on under the id `new`: one history, and both ids find it.
    ///
    /// # Errors
    ///
    /// [`Error::IdTaken`] when `new` is another object already; when the file can't be written.
    pub fn renumber(&mut self, entity: &str, old: &str, new: &str) -> Result<(), Error> {
        self.flush()?;
        let taken = match (self.number(entity, old)?, self.number(entity, new)?) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        if taken {
            return Err(Error::IdTaken {
                entity: entity.to_owned(),
                old: old.to_owned(),
                new: new.to_owned(),
            });
        }
        self.writing(
            format!("giving {entity}/{old} the id {new}"),
            |vault, db| {
                let number = vault.entered(entity)?;
                let Some(row) = heads::find(db, number, old)? else {
                    return Ok(());
                };
                let id: String = db.query_row(
                    "SELECT id FROM objects WHERE object = ?1",
                    [row.object],
                    |r| r.get(0),
                )?;
                if id == new {
                    return Ok(());
                }
                db.execute(
                    "DELETE FROM former_ids WHERE entity = ?1 AND id = ?2",
                    params![number, new],
                )?;
                db.execute(
                    "INSERT OR REPLACE INTO former_ids (entity, id, object) VALUES (?1, ?2, ?3)",
                    params![number, id, row.object],
                )?;
                db.execute(
                    "UPDATE objects SET id = ?2 WHERE object = ?1",
                    params![row.object, new],
                )?;
                Ok(())
            },
        )?;
        // Only now: the temporary tables have no journal, so they must not be part of what may be
        // taken back.
        let former = self.former_ids(entity, new)?;
        self.seen_forget(entity, &former)
    }

    /// The id that an object has now: `id` itself unless it was made anew under another.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn current_id(&self, entity: &str, id: &str) -> Result<String, Error> {
        let found = self.reading(
            || format!("looking up {entity}/{id}"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(None);
                };
                self.now_called(number, id).map(Some)
            },
        )?;
        Ok(found.unwrap_or_else(|| id.to_owned()))
    }

    /// The ids that an object had before, none for most.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn former_ids(&self, entity: &str, id: &str) -> Result<Vec<String>, Error> {
        self.reading(
            || format!("looking up {entity}/{id}"),
            || {
                let Some(object) = self.object_number(entity, id)? else {
                    return Ok(Vec::new());
                };
                let mut statement = self
                    .db
                    .prepare_cached("SELECT id FROM former_ids WHERE object = ?1 ORDER BY id")?;
                let ids = statement.query_map([object], |r| r.get(0))?;
                Ok(ids.collect::<Result<_, _>>()?)
            },
        )
    }

    /// Opens a run's journal with the steps that it sets out to do.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn journal_begin(&mut self, run: RunId, steps: &[(u32, String)]) -> Result<(), Error> {
        self.flush()?;
        self.writing("opening a journal".to_owned(), |_, db| {
            db.execute(
                "INSERT INTO journals VALUES (?1, ?2)",
                params![run.0, NOTHING],
            )?;
            let mut insert = db.prepare("INSERT INTO journal_steps VALUES (?1, ?2, ?3)")?;
            for (n, step) in steps {
                insert.execute(params![run.0, n, step])?;
            }
            Ok(())
        })
    }

    /// Writes steps as they stand now.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn journal_steps(&mut self, run: RunId, steps: &[(u32, String)]) -> Result<(), Error> {
        self.writing("writing the journal".to_owned(), |_, db| {
            let mut update =
                db.prepare("UPDATE journal_steps SET step = ?3 WHERE run = ?1 AND n = ?2")?;
            for (n, step) in steps {
                update.execute(params![run.0, n, step])?;
            }
            Ok(())
        })
    }

    /// The steps of a run's journal as they stand, by number. `None` for a run that kept none.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn journal(&self, run: RunId) -> Result<Option<Vec<(u32, String)>>, Error> {
        self.reading(
            || format!("reading the journal of run {run}"),
            || {
                let kept: bool = self.db.query_row(
                    "SELECT EXISTS (SELECT 1 FROM journals WHERE run = ?1)",
                    [run.0],
                    |r| r.get(0),
                )?;
                if !kept {
                    return Ok(None);
                }
                let mut statement = self
                    .db
                    .prepare("SELECT n, step FROM journal_steps WHERE run = ?1 ORDER BY n")?;
                let steps = statement.query_map([run.0], |r| Ok((r.get(0)?, r.get(1)?)))?;
                Ok(Some(steps.collect::<Result<_, _>>()?))
            },
        )
    }

    /// The id that the object with this id, now or before, has now.
    pub(super) fn now_called(&self, entity: i64, id: &str) -> Result<String, Fault> {
        let Some(row) = heads::find(&self.db, entity, id)? else {
            return Ok(id.to_owned());
        };
        let mut statement = self
            .db
            .prepare_cached("SELECT id FROM objects WHERE object = ?1")?;
        Ok(statement.query_row([row.object], |r| r.get(0))?)
    }

    fn number(&self, entity: &str, id: &str) -> Result<Option<i64>, Error> {
        self.reading(
            || format!("looking up {entity}/{id}"),
            || self.object_number(entity, id),
        )
    }

    /// One durable transaction.
    pub(super) fn writing(
        &self,
        doing: String,
        work: impl FnOnce(&Self, &Connection) -> Result<(), Fault>,
    ) -> Result<(), Error> {
        self.must_be_writable("writing the journal")?;
        self.transact_durably(work)
            .map_err(|fault| fault.at(self.path(), doing))
    }
}
