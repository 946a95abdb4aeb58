//! The inbox: events of webhooks on the disk, before they are acknowledged and until they are
//! worked off; beside them what `watch` and `hooks` have to agree on.
//!
//! It is a file of its own beside the vault (`<db>.inbox`), so that an acknowledgement never waits
//! for a capture's transaction, nor for the job lock. Events of one object are one row: a flood
//! takes a row for each object, and some 40 bytes an event by which a repeat is known. A row goes only when its object was captured after
//! the last event that the reading knew of; what can't be captured is parked, never dropped.
//!
//! This module must never say that an event has arrived before it is on the disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::error::Error;
use super::fault::Fault;
use super::files::{self, Look};
use super::moment;
use crate::model::Clock;

mod due;
mod standing;
#[cfg(test)]
mod tests;

pub use standing::Gap;

/// `vrti` in ASCII, in the header of every inbox.
const APPLICATION_ID: i64 = 0x7672_7469;
/// The layout that this build writes.
const LAYOUT: i64 = 1;
/// Marks forgotten in one transaction.
const FORGOTTEN_AT_ONCE: i64 = 2_000;
/// How long a statement waits for another connection; each of ours holds it for milliseconds.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// An event as it arrives.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Hash by which a repeat is known.
    pub mark: [u8; 16],
    /// The mark is of a `webhook-id`: a repeat is one for days. Else of the body: only until the
    /// object is worked off, for two true changes may look alike.
    pub lasting: bool,
    /// What it leads to: entity, id (empty for the whole entity), and the described scope by which
    /// a child's parent is asked for (else empty).
    pub leads: Vec<(String, String, String)>,
    /// Its scope.
    pub scope: String,
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is on the disk.
    New,
    /// It was there already.
    Again,
    /// Its entity is disabled.
    Ignored,
}

/// An object that is to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The entity.
    pub entity: String,
    /// The id; empty for the whole entity.
    pub id: String,
    /// The described scope, where the id is a child's; else empty.
    pub child: String,
    /// When the first event that is not worked off arrived.
    pub since: Timestamp,
    /// When the newest arrived.
    pub last: Timestamp,
    /// How many events.
    pub events: u64,
    /// The newest one's scope.
    pub scope: String,
    /// How often it failed.
    pub tries: u32,
    /// Why it failed last.
    pub error: Option<String>,
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Objects to be read again.
    pub due: u64,
    /// Objects that were given up for now.
    pub parked: u64,
    /// The oldest event that is not worked off.
    pub oldest: Option<Timestamp>,
}

/// An open inbox.
pub struct Inbox {
    db: Connection,
    path: PathBuf,
    /// Which file it is, where the system tells.
    file: Option<(u64, u64)>,
    /// The entities that whoever opened it works off, as a JSON list; none for all.
    watched: Option<String>,
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Inbox {
    /// Where the inbox of a vault is.
    pub fn place(vault: &Path) -> PathBuf {
        super::lock::beside(vault, ".inbox")
    }

    /// Opens the inbox of the vault at `vault`, or makes it (0600).
    ///
    /// # Errors
    ///
    /// As opening a vault: a file that isn't ours, another store's, what a disk can do.
    pub fn create(vault: &Path, store_hash: &str, clock: &dyn Clock) -> Result<Self, Error> {
        let path = Self::place(vault);
        if let Look::Other(why) = files::look(&path)? {
            return Err(super::foreign(&path, why));
        }
        files::make_folder(&path)?;
        files::make_file(&path)?;
        files::make_private(&path)?;
        let inbox = Self::at(path)?;
        let now = clock.now().as_millisecond();
        inbox.working("opening", |db| {
            // FULL: an event is acknowledged when its transaction is on the disk.
            db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
            let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
            let layout: i64 = tx.query_row("PRAGMA user_version", [], |r| r.get(0))?;
            if layout == 0 {
                tx.execute_batch(include_str!("schema.sql"))?;
                tx.execute_batch(&format!(
                    "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {LAYOUT}"
                ))?;
                tx.execute(
                    "INSERT INTO inbox (only, store_hash, created_at) VALUES (1, ?1, ?2)",
                    params![store_hash, now],
                )?;
            }
            tx.commit()?;
            Ok(())
        })?;
        inbox.belongs_to(Some(store_hash))?;
        Ok(inbox)
    }

    /// Opens the inbox of a vault where there is one; makes none.
    ///
    /// # Errors
    ///
    /// As [`Inbox::create`].
    pub fn open(vault: &Path, store_hash: Option<&str>) -> Result<Option<Self>, Error> {
        let path = Self::place(vault);
        match files::look(&path)? {
            Look::Nothing => return Ok(None),
            Look::Database => {}
            Look::Other(why) => return Err(super::foreign(&path, why)),
        }
        let inbox = Self::at(path)?;
        let layout: i64 = inbox.working("opening", |db| {
            db.execute_batch("PRAGMA synchronous = FULL")?;
            Ok(db.query_row("PRAGMA user_version", [], |r| r.get(0))?)
        })?;
        if layout == 0 {
            return Ok(None); // made and not yet filled: it was killed before its first page
        }
        inbox.belongs_to(store_hash)?;
        Ok(Some(inbox))
    }

    fn at(path: PathBuf) -> Result<Self, Error> {
        let failed = |e| Error::sqlite("opening", &path, e);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&path, flags).map_err(failed)?;
        db.busy_timeout(BUSY_WAIT).map_err(failed)?;
        db.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4096;")
            .map_err(failed)?;
        let file = identity(&path);
        Ok(Self {
            db,
            path,
            file,
            watched: None,
        })
    }

    /// What is due, and how much waits, is asked of these entities only. What has arrived for others
    /// stays where it is.
    #[must_use]
    pub fn watching(mut self, entities: &[&str]) -> Self {
        self.watched = Some(serde_json::Value::from(entities.to_vec()).to_string());
        self
    }

    /// Is it still the file that was opened? One that was removed or replaced takes events in that
    /// nobody will find.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] when it is not.
    pub fn still_there(&self) -> Result<(), Error> {
        if identity(&self.path) == self.file {
            return Ok(());
        }
        Err(Error::Gone {
            path: self.path.clone(),
        })
    }

    fn belongs_to(&self, asked: Option<&str>) -> Result<(), Error> {
        let mark = |pragma: &str| -> rusqlite::Result<i64> {
            self.db
                .query_row(&format!("PRAGMA {pragma}"), [], |r| r.get(0))
        };
        let (id, layout) = self.working("opening", |_| {
            Ok((mark("application_id")?, mark("user_version")?))
        })?;
        if id != APPLICATION_ID {
            return Err(super::foreign(
                &self.path,
                "it is another program's SQLite database",
            ));
        }
        if layout > LAYOUT {
            return Err(Error::TooNew {
                path: self.path.clone(),
                found: layout,
                known: LAYOUT,
            });
        }
        let bound: String = self.working("opening", |db| {
            Ok(db.query_row("SELECT store_hash FROM inbox", [], |r| r.get(0))?)
        })?;
        match asked {
            Some(asked) if asked != bound => Err(Error::OtherStore {
                path: self.path.clone(),
                bound,
                asked: asked.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn working<T>(
        &self,
        doing: &str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        work(&self.db).map_err(|fault| fault.at(&self.path, doing.to_owned()))
    }

    fn writing<T>(
        &self,
        doing: &str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.working(doing, |db| {
            let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
            let outcome = work(&tx)?;
            tx.commit()?;
            Ok(outcome)
        })
    }

    /// Takes arrivals in, all in one transaction that is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// What a disk can do; none of them was taken in then.
    pub fn arrive(&self, at: Timestamp, arrivals: &[Arrival]) -> Result<Vec<Taken>, Error> {
        let now = at.as_millisecond();
        self.writing("taking events in", |db| {
            let disabled = standing::disabled(db)?;
            let mut taken = Vec::with_capacity(arrivals.len());
            for arrival in arrivals {
                let leads: Vec<_> = arrival
                    .leads
                    .iter()
                    .filter(|(entity, ..)| !disabled.iter().any(|(off, _)| off == entity))
                    .collect();
                let Some(first) = leads.first() else {
                    taken.push(Taken::Ignored);
                    continue;
                };
                let (entity, id) = match arrival.lasting {
                    true => (None, None),
                    false => (Some(&first.0), Some(&first.1)),
                };
                let new = db
                    .prepare_cached(
                        "INSERT OR IGNORE INTO marks (mark, at, entity, id)
                         VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![arrival.mark, now, entity, id])?;
                if new == 0 && arrival.lasting {
                    taken.push(Taken::Again);
                    continue;
                }
                // The same bytes may be another change, which the reading under way has not seen:
                // counted as a repeat, and yet the object is read once more.
                for (entity, id, child) in leads {
                    db.prepare_cached(
                        "INSERT INTO due (entity, id, child, since, last, events, scope)
                         VALUES (?1, ?2, ?3, ?4, ?4, 1, ?5)
                         ON CONFLICT DO UPDATE SET last = ?4, events = events + 1, scope = ?5,
                             since = iif(parked = 1, ?4, since), tries = iif(parked = 1, 0, tries),
                             not_before = iif(parked = 1, 0, not_before), parked = 0",
                    )?
                    .execute(params![
                        entity,
                        id,
                        child,
                        now,
                        arrival.scope
                    ])?;
                }
                taken.push(match new {
                    0 => Taken::Again,
                    _ => Taken::New,
                });
            }
            Ok(taken)
        })
    }

    /// How much waits.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn waiting(&self) -> Result<Waiting, Error> {
        self.working("counting what is due", |db| {
            let count = |parked: i64| -> Result<(i64, Option<i64>), Fault> {
                Ok(db
                    .prepare_cached(
                        "SELECT count(*), min(since) FROM due WHERE parked = ?1
                         AND (?2 IS NULL OR entity IN (SELECT value FROM json_each(?2)))",
                    )?
                    .query_row(params![parked, self.watched], |r| {
                        Ok((r.get(0)?, r.get(1)?))
                    })?)
            };
            let ((due, oldest), (parked, _)) = (count(0)?, count(1)?);
            Ok(Waiting {
                due: due.unsigned_abs(),
                parked: parked.unsigned_abs(),
                oldest: oldest.map(moment).transpose()?,
            })
        })
    }

    /// Forgets some marks older than `before`; true while there may be more. A few at a time, for
    /// events that arrive wait meanwhile.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn forget_marks(&self, before: Timestamp) -> Result<bool, Error> {
        self.writing("forgetting old marks", |db| {
            let gone = db.execute(
                "DELETE FROM marks WHERE mark IN (SELECT mark FROM marks WHERE at < ?1 LIMIT ?2)",
                params![before.as_millisecond(), FORGOTTEN_AT_ONCE],
            )?;
            Ok(gone as i64 == FORGOTTEN_AT_ONCE)
        })
    }

    /// A value kept under a name.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, Error> {
        self.working("reading a setting", |db| {
            Ok(db
                .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
                .query_row([key], |r| r.get(0))
                .optional()?)
        })
    }

    /// Keeps a value under a name.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn keep_setting(&self, key: &str, value: &str) -> Result<(), Error> {
        self.writing("keeping a setting", |db| {
            db.prepare_cached("INSERT OR REPLACE INTO settings (key, value) VALUES (?1, ?2)")?
                .execute([key, value])?;
            Ok(())
        })
    }
}

/// Device and number of a file.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<(u64, u64)> {
    path.is_file().then_some((0, 0))
}
