//! What a run puts aside: the ids that a listing showed, and parts that one list serves for the
//! whole store until their objects come by. Temporary tables in unnamed files: memory stays flat,
//! and nothing of it outlives the process.

use std::collections::HashMap;

use rusqlite::{Connection, TransactionBehavior, params};

use super::fault::Fault;
use super::heads::place;
use super::{Error, Vault};
use crate::model::ObjectId;

/// How many ids each entity's listing showed: counted here, since a count of the table is a scan.
#[derive(Default)]
pub(super) struct Seen(HashMap<String, u64>);

pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    // No journal: these tables die with the process anyway.
    db.execute_batch(
        "PRAGMA temp.journal_mode = OFF;
         CREATE TABLE temp.seen (
             entity TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (entity, id)
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE temp.staged (part TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL);
         CREATE INDEX temp.staged_key ON staged (part, key);",
    )
}

impl Vault {
    /// Forgets which objects of an entity were seen: a listing begins.
    ///
    /// # Errors
    ///
    /// When the temporary file fails.
    pub fn seen_reset(&mut self, entity: &str) -> Result<(), Error> {
        self.seen.0.remove(entity);
        self.reading(
            || format!("beginning the list of {entity}"),
            || {
                self.db
                    .prepare_cached("DELETE FROM temp.seen WHERE entity = ?1")?
                    .execute([entity])?;
                Ok(())
            },
        )
    }

    /// Notes ids as seen; answers how many of them are new to this listing.
    ///
    /// # Errors
    ///
    /// When the temporary file fails.
    pub fn seen_add(&mut self, entity: &str, ids: &[impl AsRef<str>]) -> Result<usize, Error> {
        let fresh = self.reading(
            || format!("noting the list of {entity}"),
            || {
                let mut statement = self.db.prepare_cached(
                    "INSERT OR IGNORE INTO temp.seen (entity, id) VALUES (?1, ?2)",
                )?;
                let mut fresh = 0;
                for id in ids {
                    fresh += statement.execute([entity, id.as_ref()])?;
                }
                Ok(fresh)
            },
        )?;
        *self.seen.0.entry(entity.to_owned()).or_default() += fresh as u64;
        Ok(fresh)
    }

    /// Takes ids out of what was seen: no object has them any more.
    pub(super) fn seen_forget(&mut self, entity: &str, ids: &[String]) -> Result<(), Error> {
        let gone = self.reading(
            || format!("correcting the list of {entity}"),
            || {
                let mut statement = self
                    .db
                    .prepare_cached("DELETE FROM temp.seen WHERE entity = ?1 AND id = ?2")?;
                let mut gone = 0;
                for id in ids {
                    gone += statement.execute([entity, id])?;
                }
                Ok(gone as u64)
            },
        )?;
        if let Some(count) = self.seen.0.get_mut(entity) {
            *count = count.saturating_sub(gone);
        }
        Ok(())
    }

    /// How many distinct objects the listing has shown.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn seen_count(&self, entity: &str) -> Result<u64, Error> {
        Ok(self.seen.0.get(entity).copied().unwrap_or(0))
    }

    /// Live objects that the listing did not show, in the order of ids, `limit` of them after the
    /// id `after`. They may be gone, or not: asking by id tells.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn unseen_live(
        &self,
        entity: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectId>, Error> {
        self.reading(
            || format!("looking for what the list of {entity} lacks"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(Vec::new());
                };
                let (rank, digits) = after.map_or((-1, ""), place);
                let mut statement = self.db.prepare_cached(
                    "SELECT o.id FROM objects o
                     WHERE o.entity = ?1 AND (o.rank, o.digits, o.id) > (?3, ?4, ?5)
                       AND o.live = 1
                       AND NOT EXISTS (
                           SELECT 1 FROM temp.seen s WHERE s.entity = ?2 AND s.id = o.id)
                     ORDER BY o.rank, o.digits, o.id LIMIT ?6",
                )?;
                let after = after.unwrap_or("");
                let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                let ids = statement
                    .query_map(params![number, entity, rank, digits, after, limit], |r| {
                        r.get::<_, String>(0)
                    })?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                Ok(ids.into_iter().map(ObjectId::new).collect())
            },
        )
    }

    /// How many live objects the listing did not show.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn unseen_count(&self, entity: &str) -> Result<u64, Error> {
        self.counted(
            entity,
            "SELECT count(*) FROM objects o JOIN entities e USING (entity)
             WHERE o.entity = ?1 AND o.live = 1 AND NOT EXISTS (
                 SELECT 1 FROM temp.seen s WHERE s.entity = e.name AND s.id = o.id)",
        )
    }

    /// How many objects of an entity are live.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn live_count(&self, entity: &str) -> Result<u64, Error> {
        // Two counts over indexes; the objects themselves are not read.
        self.counted(
            entity,
            "SELECT (SELECT count(*) FROM objects WHERE entity = ?1)
                  - (SELECT count(*) FROM objects WHERE entity = ?1 AND live = 0)",
        )
    }

    /// How many objects' deep parts wait for their first reading.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn pending_count(&self, entity: &str) -> Result<u64, Error> {
        self.counted(
            entity,
            "SELECT count(*) FROM objects WHERE entity = ?1 AND pending = 1",
        )
    }

    fn counted(&self, entity: &str, sql: &str) -> Result<u64, Error> {
        self.reading(
            || format!("counting {entity}"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(0);
                };
                let n: i64 = self
                    .db
                    .prepare_cached(sql)?
                    .query_row([number], |r| r.get(0))?;
                Ok(n.unsigned_abs())
            },
        )
    }

    /// From which id on an object is among the `newest` pending ones, newest meaning the highest
    /// numeric id. With fewer pending than that, the lowest of them; `None` when nothing is pending.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn pending_floor(&self, entity: &str, newest: u64) -> Result<Option<ObjectId>, Error> {
        self.reading(
            || format!("looking for pending {entity}"),
            || {
                let (Some(number), 1..) = (self.entity(entity)?, newest) else {
                    return Ok(None);
                };
                let mut statement = self.db.prepare_cached(
                    "SELECT id FROM (
                         SELECT id, rank, digits FROM objects
                         WHERE entity = ?1 AND pending = 1 AND rank < 99
                         ORDER BY rank DESC, digits DESC, id DESC LIMIT ?2)
                     ORDER BY rank, digits, id LIMIT 1",
                )?;
                let newest = i64::try_from(newest).unwrap_or(i64::MAX);
                let mut rows = statement.query([number, newest])?;
                let id = rows
                    .next()?
                    .map(|row| row.get::<_, String>(0))
                    .transpose()?;
                Ok(id.map(ObjectId::new))
            },
        )
    }

    /// Empties the place for parts.
    ///
    /// # Errors
    ///
    /// When the temporary file fails.
    pub fn stage_reset(&mut self) -> Result<(), Error> {
        self.reading(
            || "emptying temporary tables".to_owned(),
            || {
                self.db.execute("DELETE FROM temp.staged", [])?;
                Ok(())
            },
        )
    }

    /// Puts rows of a part aside, each with the key it will be asked for by.
    ///
    /// # Errors
    ///
    /// When the temporary file fails.
    pub fn stage(&mut self, part: &str, rows: &[(String, String)]) -> Result<(), Error> {
        let stage = || -> Result<(), Fault> {
            let tx = rusqlite::Transaction::new_unchecked(&self.db, TransactionBehavior::Deferred)?;
            let mut statement =
                tx.prepare_cached("INSERT INTO temp.staged (part, key, json) VALUES (?1, ?2, ?3)")?;
            for (key, json) in rows {
                statement.execute([part, key, json])?;
            }
            drop(statement);
            Ok(tx.commit()?)
        };
        self.reading(|| "putting parts aside".to_owned(), stage)
    }

    /// The rows of a part with a key, in the order of their arrival.
    ///
    /// # Errors
    ///
    /// When the temporary file fails.
    pub fn staged(&self, part: &str, key: &str) -> Result<Vec<String>, Error> {
        self.reading(
            || "fetching parts put aside".to_owned(),
            || {
                let mut statement = self.db.prepare_cached(
                    "SELECT json FROM temp.staged WHERE part = ?1 AND key = ?2 ORDER BY rowid",
                )?;
                let rows = statement.query_map([part, key], |r| r.get(0))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            },
        )
    }
}
