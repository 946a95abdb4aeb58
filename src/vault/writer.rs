//! Writing: batches of versions, tombstones and touches, each batch one transaction.
//!
//! Every write says which version it was compared with; if the object has moved on since, the whole
//! batch is refused ([`Error::Raced`]) and nothing of it written. A document whose fingerprint is
//! that of the live version before makes no version, whoever asks.

use std::cell::RefCell;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::bodies;
use super::encoding::{self, Codec};
use super::fault::Fault;
use super::heads::{self, Head, State};
use super::search;
use super::{Error, Vault};
use crate::model::fingerprint::Fingerprint;
use crate::model::{ChangeKind, ObjectKey, RunId, VersionNumber};

/// One thing to write.
#[derive(Debug, Clone, Copy)]
pub enum Write<'a> {
    /// A new state of an object.
    Version {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// The newest version when it was compared; `None` for an object never seen.
        expect: Option<VersionNumber>,
        /// What bore it; never [`ChangeKind::Deleted`].
        change: ChangeKind,
        /// The document as compact JSON.
        body: &'a [u8],
        /// The document's fingerprint.
        fingerprint: Fingerprint,
        /// The fingerprint of what the main listing alone tells.
        shallow: Fingerprint,
        /// Its deep parts still wait for their first reading.
        pending: bool,
        /// The API's own mark of change, where deep parts go by it.
        stamp: Option<&'a str>,
        /// What people call it.
        label: &'a str,
        /// The text that search finds it by.
        search: &'a str,
        /// What a dictionary may be trained on: the body without anything personal, or nothing.
        sample: Option<&'a [u8]>,
    },
    /// The object is proven gone.
    Tombstone {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// The newest version when it was proven.
        expect: Option<VersionNumber>,
    },
    /// The object is as it was; what is remembered about its deep parts moves.
    Touch {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// Its deep parts still wait for their first reading.
        pending: bool,
        /// The API's own mark of change.
        stamp: Option<&'a str>,
    },
    /// The object is as it was, but its fingerprints are taken in another way now (its description
    /// has learned of another volatile field).
    Reprint {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// The newest version, whose document has these fingerprints.
        expect: Option<VersionNumber>,
        /// The new fingerprint of the document.
        fingerprint: Fingerprint,
        /// The new fingerprint of what the main listing alone tells.
        shallow: Fingerprint,
    },
}

/// What became of a [`Write`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// This version was written.
    Version(VersionNumber),
    /// No version: the object stands at this one, with the same fingerprint.
    Same(VersionNumber),
    /// A touch.
    Touched,
}

/// The writes of one moment in one run.
pub(super) struct Batch<'a> {
    pub run: RunId,
    pub at: Timestamp,
    pub writes: Vec<Write<'a>>,
}

impl<'a> Write<'a> {
    pub(super) fn entity(&self) -> &'a str {
        match self {
            Self::Version { entity, .. }
            | Self::Tombstone { entity, .. }
            | Self::Touch { entity, .. }
            | Self::Reprint { entity, .. } => entity,
        }
    }

    pub(super) fn id(&self) -> &'a str {
        match self {
            Self::Version { id, .. }
            | Self::Tombstone { id, .. }
            | Self::Touch { id, .. }
            | Self::Reprint { id, .. } => id,
        }
    }

    /// What this write makes of an object that stands at `head`: the one place that decides it.
    pub(super) fn judge(&self, head: Option<&Head>) -> Result<Written, Fault> {
        let found = head.map(|head| head.version);
        let key = || ObjectKey::new(self.entity(), self.id());
        let next = found.unwrap_or(0) + 1;
        let live = head.filter(|head| head.state == State::Live);
        let expected = match self {
            Self::Touch { .. } => found,
            Self::Version { expect, .. }
            | Self::Tombstone { expect, .. }
            | Self::Reprint { expect, .. } => *expect,
        };
        if expected != found {
            return Err(Fault::Raced(key(), expected, found));
        }
        match (self, live) {
            (
                Self::Version {
                    change: ChangeKind::Deleted,
                    ..
                },
                _,
            ) => Err(Fault::Internal(format!(
                "{} is deleted by a tombstone only",
                key()
            ))),
            (Self::Version { fingerprint, .. }, Some(live)) if live.fingerprint == *fingerprint => {
                Ok(Written::Same(live.version))
            }
            (Self::Version { .. }, _) | (Self::Tombstone { .. }, Some(_)) => {
                Ok(Written::Version(next))
            }
            (Self::Touch { .. } | Self::Reprint { .. }, Some(_)) => Ok(Written::Touched),
            (_, None) => Err(Fault::Internal(format!("{} does not live", key()))),
        }
    }
}

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
    /// [`Vault::head`] and [`Vault::document`] is to see it, and at the end.
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
}

impl Pen<'_> {
    fn batch(&mut self, batch: &Batch<'_>, written: &mut Vec<Written>) -> Result<(), Fault> {
        let number = |sql| -> Result<i64, Fault> {
            Ok(self.db.prepare_cached(sql)?.query_row([], |r| r.get(0))?)
        };
        let number_of_batch = number("SELECT coalesce(max(batch), 0) + 1 FROM batches")?;
        let first = number("SELECT coalesce(max(seq), 0) + 1 FROM versions")?;
        let mut seq = first;
        for write in &batch.writes {
            let entity = self.vault.entered(write.entity())?;
            let row = heads::find(self.db, entity, write.id())?;
            let outcome = write.judge(row.as_ref().map(|row| &row.head))?;
            match (write, outcome) {
                (_, Written::Version(version)) => {
                    let place = Place {
                        entity,
                        seq,
                        version,
                        batch: number_of_batch,
                    };
                    self.version(write, row, &place)?;
                    seq += 1;
                }
                (_, Written::Same(_)) => self.same(write, row)?,
                (_, Written::Touched) => self.touch(write, row)?,
            }
            written.push(outcome);
        }
        if seq > first {
            self.db
                .prepare_cached(
                    "INSERT INTO batches (batch, run, captured_at, first_seq, last_seq)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    number_of_batch,
                    batch.run.0,
                    batch.at.as_millisecond(),
                    first,
                    seq - 1
                ])?;
        }
        Ok(())
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
                let dictionary = self.vault.dictionary(place.entity)?;
                let object = row.as_ref().map(|row| row.object);
                let codec = &mut self.codec.borrow_mut();
                let body = bodies::store(self.db, codec, object, dictionary, body)?;
                let words = search::words(search).join(" ");
                let mark = search::mark(&words);
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
                    search::put(self.db, object, &words, had.is_some())?;
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

/// A change as its column holds it.
pub(super) fn change_number(change: ChangeKind) -> i64 {
    match change {
        ChangeKind::Created => 0,
        ChangeKind::Updated => 1,
        ChangeKind::Deleted => 2,
        ChangeKind::Restored => 3,
    }
}

/// The change that a column holds.
pub(super) fn change_of(number: i64) -> Result<ChangeKind, Fault> {
    match number {
        0 => Ok(ChangeKind::Created),
        1 => Ok(ChangeKind::Updated),
        2 => Ok(ChangeKind::Deleted),
        3 => Ok(ChangeKind::Restored),
        other => Err(Fault::Damaged(format!("{other} is no kind of change"))),
    }
}
