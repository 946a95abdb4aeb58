//! Writing: batches of versions, tombstones and touches, each batch one transaction.
//!
//! Every write says which version it was compared with; if the object has moved on since, the whole
//! batch is refused ([`Error::Raced`]) and nothing of it written. A document whose fingerprint is
//! that of the live version before makes no version, whoever asks.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::bodies;
use super::encoding::{self, Codec};
use super::fault::Fault;
use super::write::{Batch, Write, Written, change_number};
use super::{Error, Vault, heads, search};
use crate::model::fingerprint::Fingerprint;
use crate::model::{ChangeKind, RunId, VersionNumber};

impl Vault {
    /// Writes a batch in one transaction; answers what became of each write, in order. While an
    /// entity's first documents are gathered for its dictionary they are held in memory: see
    /// [`Vault::flush`].
    ///
    /// # Errors
    ///
    /// [`Error::Raced`] when an object has moved on; nothing of the batch is written then. What a
    /// disk can do.
    pub fn write(
        &mut self,
        run: RunId,
        at: Timestamp,
        writes: &[Write<'_>],
    ) -> Result<Vec<Written>, Error> {
        self.must_be_writable("writing versions")?;
        if self.is_to_be_held(writes)? {
            return self.hold(run, at, writes);
        }
        self.flush()?;
        self.write_now(run, at, writes)
    }

    pub(super) fn write_now(
        &mut self,
        run: RunId,
        at: Timestamp,
        writes: &[Write<'_>],
    ) -> Result<Vec<Written>, Error> {
        let batch = Batch {
            run,
            at,
            writes: writes.to_vec(),
        };
        self.commit(&[batch], &[])
    }

    /// Writes what is held back, in one transaction. To be called before anything but
    /// [`Vault::head`] and [`Vault::document`] is to see it, and at the end. What can't be written
    /// is let go: the next run captures it again.
    ///
    /// # Errors
    ///
    /// As [`Vault::write`].
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        self.commit(&held.batches(), &held.samples()).map(drop)
    }

    /// One transaction: dictionaries for the sampled entities, the batches, ends of entities.
    fn commit(
        &mut self,
        batches: &[Batch<'_>],
        samples: &[(&str, Vec<&[u8]>)],
    ) -> Result<Vec<Written>, Error> {
        let trained: Vec<(&str, Vec<u8>)> = samples
            .iter()
            .filter_map(|(entity, samples)| Some((*entity, encoding::train(samples)?)))
            .collect();
        self.enter_entities(batches)
            .map_err(|fault| fault.at(&self.path, "writing versions"))?;
        let done = self.transact(|vault, tx| {
            for (entity, data) in &trained {
                let entity = vault.entered(entity)?;
                tx.prepare_cached("INSERT INTO dictionaries (entity, data) VALUES (?1, ?2)")?
                    .execute(params![entity, data])?;
            }
            let mut pen = Pen {
                db: tx,
                codec: &vault.codec,
                vault,
                dictionaries: HashMap::new(),
            };
            let mut written = Vec::new();
            for batch in batches {
                pen.batch(batch, &mut written)?;
            }
            vault.write_ended(tx)?;
            Ok(written)
        });
        if done.is_ok() {
            self.ended.clear();
        } else {
            // A dictionary of the transaction that failed must not be used in the next.
            self.codec.borrow_mut().forget();
        }
        done.map_err(|fault| fault.at(&self.path, "writing versions"))
    }

    fn enter_entities(&self, batches: &[Batch<'_>]) -> Result<(), Fault> {
        let mut last = "";
        for write in batches.iter().flat_map(|batch| &batch.writes) {
            if write.entity() != last {
                last = write.entity();
                self.enter_entity(last)?;
            }
        }
        Ok(())
    }

    /// Runs `work` in an immediate transaction: all of it is committed, or nothing.
    pub(super) fn transact<T>(
        &self,
        work: impl FnOnce(&Self, &Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        let outcome = work(self, &tx)?;
        tx.commit()?;
        Ok(outcome)
    }

    /// The same, and on the disk when it returns: a run that has said "ok" survives a power cut.
    /// The batches before it are on the disk then, too; a power cut in the middle of a run takes
    /// the last of them back, whole, as if it had been killed a little earlier.
    pub(super) fn transact_durably<T>(
        &self,
        work: impl FnOnce(&Self, &Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.db.execute_batch("PRAGMA synchronous = FULL")?;
        let outcome = self.transact(work);
        self.db.execute_batch("PRAGMA synchronous = NORMAL")?;
        outcome
    }

    /// The newest dictionary of an entity.
    pub(super) fn dictionary(&self, entity: i64) -> Result<Option<i64>, Fault> {
        let mut statement = self
            .db
            .prepare_cached("SELECT max(dictionary) FROM dictionaries WHERE entity = ?1")?;
        Ok(statement.query_row([entity], |r| r.get(0))?)
    }
}

/// Writes within a transaction.
struct Pen<'a> {
    db: &'a Connection,
    codec: &'a RefCell<Codec>,
    vault: &'a Vault,
    /// The newest dictionary of each entity, looked up once a transaction.
    dictionaries: HashMap<i64, Option<i64>>,
}

impl Pen<'_> {
    fn batch(&mut self, batch: &Batch<'_>, written: &mut Vec<Written>) -> Result<(), Fault> {
        let (mut number, mut seq) = (None, 0);
        for (index, write) in batch.writes.iter().enumerate() {
            let entity = self.vault.entered(write.entity())?;
            let row = heads::find(self.db, entity, write.id())?;
            let outcome = write.judge(row.as_ref().map(|row| &row.head))?;
            match (write, outcome) {
                (_, Written::Version(version)) => {
                    let number = match number {
                        Some(number) => number,
                        None => {
                            let room = batch.writes.len() - index;
                            let begun = self.begin_batch(batch, room)?;
                            seq = begun.1;
                            *number.insert(begun.0)
                        }
                    };
                    let place = Place {
                        entity,
                        seq,
                        version,
                        batch: number,
                    };
                    self.version(write, row, &place)?;
                    seq += 1;
                }
                (_, Written::Same(_)) => self.same(write, row)?,
                (_, Written::Touched) => self.touch(write, row)?,
            }
            written.push(outcome);
        }
        Ok(())
    }

    /// Enters a batch with room for so many versions; answers its number and the first of theirs.
    fn begin_batch(&self, batch: &Batch<'_>, room: usize) -> Result<(i64, i64), Fault> {
        let last = self
            .db
            .prepare_cached("SELECT batch, last_seq FROM batches ORDER BY batch DESC LIMIT 1")?
            .query_row([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?)))
            .optional()?;
        let (number, first) = last.map_or((1, 1), |(batch, seq)| (batch + 1, seq + 1));
        self.db
            .prepare_cached(
                "INSERT INTO batches (batch, run, captured_at, first_seq, last_seq)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                number,
                batch.run.0,
                batch.at.as_millisecond(),
                first,
                first - 1 + room as i64
            ])?;
        Ok((number, first))
    }

    fn version(
        &mut self,
        write: &Write<'_>,
        row: Option<heads::Row>,
        place: &Place,
    ) -> Result<(), Fault> {
        match *write {
            Write::Version {
                id,
                change,
                body,
                fingerprint,
                shallow,
                pending,
                stamp,
                label,
                search,
                ..
            } => {
                let dictionary = self.dictionary(place.entity)?;
                let object = row.as_ref().map(|row| row.object);
                let codec = &mut self.codec.borrow_mut();
                let body = bodies::store(self.db, codec, object, dictionary, body)?;
                let mark = search::mark(search);
                let had = row.as_ref().map(|row| row.words);
                let facts = params![
                    place.version,
                    place.seq,
                    pending,
                    mark,
                    fingerprint.0,
                    shallow.0,
                    label,
                    stamp
                ];
                let object = match object {
                    Some(object) => self.move_head(object, facts)?,
                    None => self.new_object(place.entity, id, facts)?,
                };
                if had != Some(mark) {
                    search::put(self.db, object, search, had.is_some())?;
                }
                self.link(object, place, change, Some(body))
            }
            Write::Tombstone { .. } => {
                let Some(row) = row else { return Ok(()) }; // judged: it lives
                self.db
                    .prepare_cached(
                        "UPDATE objects SET version = ?2, head = ?3, versions = versions + 1,
                         live = 0, pending = 0 WHERE object = ?1",
                    )?
                    .execute(params![row.object, place.version, place.seq])?;
                self.link(row.object, place, ChangeKind::Deleted, None)
            }
            Write::Touch { .. } | Write::Reprint { .. } => Ok(()), // judged: no version
        }
    }

    fn dictionary(&mut self, entity: i64) -> Result<Option<i64>, Fault> {
        if let Some(known) = self.dictionaries.get(&entity) {
            return Ok(*known);
        }
        let newest = self.vault.dictionary(entity)?;
        self.dictionaries.insert(entity, newest);
        Ok(newest)
    }

    fn new_object(
        &self,
        entity: i64,
        id: &str,
        facts: &[&dyn rusqlite::ToSql],
    ) -> Result<i64, Fault> {
        let mut all: Vec<&dyn rusqlite::ToSql> = facts.to_vec();
        all.push(&entity);
        all.push(&id);
        self.db
            .prepare_cached(
                "INSERT INTO objects (version, head, pending, words, fingerprint, shallow, label,
                                      stamp, entity, id, versions, live)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, 1)",
            )?
            .execute(all.as_slice())?;
        Ok(self.db.last_insert_rowid())
    }

    fn move_head(&self, object: i64, facts: &[&dyn rusqlite::ToSql]) -> Result<i64, Fault> {
        let mut all: Vec<&dyn rusqlite::ToSql> = facts.to_vec();
        all.push(&object);
        self.db
            .prepare_cached(
                "UPDATE objects SET version = ?1, head = ?2, pending = ?3, words = ?4,
                 fingerprint = ?5, shallow = ?6, label = ?7, stamp = ?8,
                 versions = versions + 1, live = 1 WHERE object = ?9",
            )?
            .execute(all.as_slice())?;
        Ok(object)
    }

    fn link(
        &self,
        object: i64,
        place: &Place,
        change: ChangeKind,
        body: Option<i64>,
    ) -> Result<(), Fault> {
        self.db
            .prepare_cached(
                "INSERT INTO versions (seq, object, version, batch, change, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                place.seq,
                object,
                place.version,
                place.batch,
                change_number(change),
                body
            ])?;
        Ok(())
    }

    /// The document is as it was; its deep parts or its mark may still have moved.
    fn same(&self, write: &Write<'_>, row: Option<heads::Row>) -> Result<(), Fault> {
        let (
            Write::Version {
                shallow,
                pending,
                stamp,
                ..
            },
            Some(row),
        ) = (write, row)
        else {
            return Ok(()); // judged: a version of an object that lives
        };
        self.remember(&row, *pending, *stamp)?;
        if row.head.shallow != *shallow {
            self.print(row.object, &row.head.fingerprint, shallow)?;
        }
        Ok(())
    }

    fn touch(&self, write: &Write<'_>, row: Option<heads::Row>) -> Result<(), Fault> {
        let Some(row) = row else { return Ok(()) }; // judged: it lives
        match write {
            Write::Touch { pending, stamp, .. } => self.remember(&row, *pending, *stamp),
            Write::Reprint {
                fingerprint,
                shallow,
                ..
            } => self.print(row.object, fingerprint, shallow),
            Write::Version { .. } | Write::Tombstone { .. } => Ok(()),
        }
    }

    fn remember(&self, row: &heads::Row, pending: bool, stamp: Option<&str>) -> Result<(), Fault> {
        if row.head.pending == pending && row.head.stamp.as_deref() == stamp {
            return Ok(()); // not worth a page
        }
        self.db
            .prepare_cached("UPDATE objects SET pending = ?2, stamp = ?3 WHERE object = ?1")?
            .execute(params![row.object, pending, stamp])?;
        Ok(())
    }

    fn print(
        &self,
        object: i64,
        fingerprint: &Fingerprint,
        shallow: &Fingerprint,
    ) -> Result<(), Fault> {
        self.db
            .prepare_cached("UPDATE objects SET fingerprint = ?2, shallow = ?3 WHERE object = ?1")?
            .execute(params![object, fingerprint.0, shallow.0])?;
        Ok(())
    }
}

/// Where a version goes.
struct Place {
    entity: i64,
    seq: i64,
    version: VersionNumber,
    batch: i64,
}
