//! The vault: every version of every object of one store, in one SQLite file.
//!
//! What it promises:
//!
//! - **Append-only.** Versions and bodies are never changed or taken away; triggers in the file
//!   hold that, whoever writes. An erasure is the one exception and opens it for its own
//!   transaction only.
//! - **Whole or not at all.** Work is written in batches, each one transaction. A killed process, a
//!   full disk, a lost machine leave what the last committed batch left.
//! - **One store.** A vault is bound to a store hash at its creation, so that a wrong path can't
//!   bury a store under another's deletions.
//! - **Private.** 0600, its lock too; folders that it makes are 0700.
//! - **Flat.** Lists are streams; memory does not grow with the number of objects.
//!
//! How it is laid out (`migrations/*.sql` has the tables):
//!
//! - `objects` has a row per object: where its history stands, and what the next capture compares
//!   with. `versions` has a row per version, numbered over the whole file in the order of writing;
//!   `batches` says which range of those numbers was written when and in which run. A time is
//!   looked up, not searched for.
//! - `bodies` holds documents by their hash, as zstd frames: an object's first one leans on a
//!   dictionary trained for its entity (never on personal data), later ones on the body before,
//!   and at least every sixteenth stands alone. Chains never leave their object.
//! - "Last seen" is no column: it is the last whole listing in `run_entities`.
//! - `search` is an FTS5 index over names, SKUs, addresses and codes that keeps no text.
//! - `images` says which image of an object has which bytes; the bytes are files beside the
//!   database, named by their hash (`media`).
//!
//! One process writes at a time ([`JobLock`], held per job); readers come and go as they like. This
//! module must never know what an entity is, and never talk to a store.

mod became;
mod bodies;
mod changes;
mod encoding;
mod erase;
mod error;
mod fault;
mod files;
mod heads;
mod held;
pub mod inbox;
mod journal;
mod listing;
mod lock;
mod media;
mod mending;
mod reader;
mod runs;
mod schema;
mod search;
mod staging;
#[cfg(test)]
mod tests;
mod training;
mod verify;
mod write;
mod writer;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::model::Clock;
use encoding::Codec;
use fault::Fault;
use files::Look;
use held::Held;
use schema::Mark;

pub use changes::Changed;
pub use error::Error;
pub use heads::{Head, State};
pub use inbox::Inbox;
pub use listing::{EntityOverview, ObjectFilter, ObjectRow, StateFilter};
pub use lock::{Holder, JobLock};
pub use media::{Draft, HeldImage, Media, MediaHash, NewImage, Unpictured};
pub use reader::VersionRow;
pub use runs::{EntityRow, RunRow};
pub use verify::{Depth, Problem, VerifyReport};
pub use write::{Write, Written};

/// How long a statement waits for another process' transaction; ours take well under a second.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// Pages of the file that SQLite keeps in memory, in KiB.
const CACHE_KIB: u32 = 8 << 10;

/// Prepared statements kept; there are fewer in all.
const STATEMENTS_KEPT: usize = 128;

/// An open vault.
pub struct Vault {
    db: Connection,
    path: PathBuf,
    store_hash: String,
    writable: bool,
    entities: RefCell<HashMap<String, i64>>,
    codec: RefCell<Codec>,
    held: Held,
    /// Ends of entities that changed nothing, written with the next transaction.
    ended: Vec<runs::Ended>,
    seen: staging::Seen,
    /// Another vault's folder of media, read where our own lacks a file.
    lender: Option<PathBuf>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens the vault of `store_hash` for writing, or creates it: the folder (0700), the file
    /// (0600), the tables. The caller holds the [`JobLock`].
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`], [`Error::OtherStore`], [`Error::TooNew`], [`Error::ReadOnlyFolder`] and
    /// what a disk can do. A file that isn't ours is never changed.
    pub fn create(path: &Path, store_hash: &str, clock: &dyn Clock) -> Result<Self, Error> {
        if let Look::Other(why) = files::look(path)? {
            return Err(foreign(path, why));
        }
        files::make_folder(path)?;
        files::make_file(path)?;
        let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let found = schema::mark(&db, path)?;
        if let Mark::Foreign = found {
            return Err(foreign(path, "it is another program's SQLite database"));
        }
        files::make_private(path)?;
        if let Mark::Blank = found {
            schema::before_first_page(&db, path)?;
        }
        for_writing(&db, path)?;
        let now = clock.now().as_millisecond();
        bring_up_to_date(&db, path, &found, |tx| {
            tx.execute(
                "INSERT INTO vault (only, store_hash, created_at) VALUES (1, ?1, ?2)",
                params![store_hash, now],
            )
            .map(drop)
        })?;
        Self::with(db, path, Some(store_hash), true)
    }

    /// Opens a vault for reading. With `store_hash`, insists that it is that store's.
    ///
    /// # Errors
    ///
    /// As [`Vault::create`], and [`Error::Missing`] where there is none: reading creates nothing.
    pub fn open(path: &Path, store_hash: Option<&str>) -> Result<Self, Error> {
        match files::look(path)? {
            Look::Database => {}
            Look::Nothing => {
                let path = path.to_owned();
                return Err(Error::Missing { path });
            }
            Look::Other(why) => return Err(foreign(path, why)),
        }
        let (db, found) = connect_for_reading(path)?;
        match found {
            Mark::Vault(_) => {}
            Mark::Blank => {
                let path = path.to_owned();
                return Err(Error::Missing { path });
            }
            Mark::Foreign => {
                return Err(foreign(path, "it is another program's SQLite database"));
            }
        }
        fit_for_reading(&db, path, &found)?;
        Self::with(db, path, store_hash, false)
    }

    fn with(
        db: Connection,
        path: &Path,
        asked: Option<&str>,
        writable: bool,
    ) -> Result<Self, Error> {
        let failed = |e| Error::sqlite("opening", path, e);
        let bound: Option<String> = db
            .query_row("SELECT store_hash FROM vault", [], |r| r.get(0))
            .optional()
            .map_err(failed)?;
        let store_hash = bound.ok_or_else(|| Error::Corrupt {
            doing: "opening".to_owned(),
            path: path.to_owned(),
            what: "it does not say whose it is".to_owned(),
        })?;
        if let Some(asked) = asked.filter(|asked| *asked != store_hash) {
            return Err(Error::OtherStore {
                path: path.to_owned(),
                bound: store_hash,
                asked: asked.to_owned(),
            });
        }
        staging::prepare(&db).map_err(failed)?;
        Ok(Self {
            db,
            path: path.to_owned(),
            store_hash,
            writable,
            entities: RefCell::default(),
            codec: RefCell::new(Codec::new()),
            held: Held::default(),
            ended: Vec::new(),
            seen: staging::Seen::default(),
            lender: None,
        })
    }

    /// Writes all that the database holds into a new file, as one consistent moment. The files of
    /// images are not doubled: see [`Vault::borrow_media`].
    ///
    /// # Errors
    ///
    /// When the file is there already, or what a disk can do.
    pub fn copy_to(&self, path: &Path) -> Result<(), Error> {
        let failed = |e| Error::sqlite("copying to", path, e);
        let name = path.to_string_lossy();
        self.db
            .execute("VACUUM INTO ?1", [name.as_ref()])
            .map_err(failed)?;
        files::make_private(path)
    }

    /// The store that this vault belongs to.
    pub fn store_hash(&self) -> &str {
        &self.store_hash
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what is held back and closes the file, so that a failure is seen. A vault that is
    /// only dropped keeps what was committed.
    ///
    /// # Errors
    ///
    /// When that writing fails.
    pub fn close(mut self) -> Result<(), Error> {
        self.flush()?;
        self.db
            .close()
            .map_err(|(_, e)| Error::sqlite("closing", &self.path, e))
    }

    /// The number of an entity that the vault has met.
    fn entity(&self, name: &str) -> Result<Option<i64>, Fault> {
        if let Some(number) = self.entities.borrow().get(name) {
            return Ok(Some(*number));
        }
        let number = self
            .db
            .prepare_cached("SELECT entity FROM entities WHERE name = ?1")?
            .query_row([name], |r| r.get(0))
            .optional()?;
        if let Some(number) = number {
            self.entities.borrow_mut().insert(name.to_owned(), number);
        }
        Ok(number)
    }

    /// The same, for writing: gives it a number when it is met for the first time. Outside of any
    /// transaction, so that a number once handed out is never rolled back.
    fn enter_entity(&self, name: &str) -> Result<i64, Fault> {
        if let Some(number) = self.entity(name)? {
            return Ok(number);
        }
        self.db
            .execute("INSERT OR IGNORE INTO entities (name) VALUES (?1)", [name])?;
        self.entered(name)
    }

    /// The number of an entity that has been entered.
    fn entered(&self, name: &str) -> Result<i64, Fault> {
        let number = self.entity(name)?;
        number.ok_or_else(|| Fault::Internal(format!("the entity {name} was not entered")))
    }

    /// Runs a reading and says in a failure what was being done.
    fn reading<T>(
        &self,
        doing: impl FnOnce() -> String,
        read: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Error> {
        read().map_err(|fault| fault.at(&self.path, doing()))
    }

    fn must_be_writable(&self, doing: &str) -> Result<(), Error> {
        if self.writable {
            return Ok(());
        }
        Err(Error::Misuse {
            doing: doing.to_owned(),
            why: "the version store was opened for reading".to_owned(),
        })
    }
}

fn foreign(path: &Path, why: &str) -> Error {
    Error::Foreign {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|e| Error::sqlite("opening", path, e))?;
    settle(&db).map_err(|e| Error::sqlite("opening", path, e))?;
    Ok(db)
}

fn settle(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY_WAIT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Plans must not depend on the values given: SQLite would make a new one for each.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Temporary tables go to unnamed files: they may hold the ids of a whole store.
    db.execute_batch(&format!(
        "PRAGMA temp_store = FILE; PRAGMA cache_size = -{CACHE_KIB};
         PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;
         PRAGMA trusted_schema = OFF;"
    ))
}

/// A reader joins writers through the write-ahead log, which takes the right to write beside the
/// file. Where that is lacking (a read-only disk), a file without such a log can be read as it is.
fn connect_for_reading(path: &Path) -> Result<(Connection, Mark), Error> {
    let ordinary = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|db| schema::mark(&db, path).map(|mark| (db, mark)));
    match ordinary {
        Err(Error::ReadOnlyFolder { .. }) => {
            let log = {
                let mut name = path.as_os_str().to_owned();
                name.push("-wal");
                PathBuf::from(name)
            };
            let log_bytes = std::fs::metadata(log).map_or(0, |meta| meta.len());
            let (flags, target) = if log_bytes == 0 {
                (OpenFlags::SQLITE_OPEN_URI, immutable(path))
            } else {
                (OpenFlags::empty(), path.to_owned())
            };
            let db = connect(&target, OpenFlags::SQLITE_OPEN_READ_ONLY | flags)?;
            let mark = schema::mark(&db, path)?;
            Ok((db, mark))
        }
        other => other,
    }
}

/// The URI by which SQLite reads a file that nobody writes.
fn immutable(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            other => uri += &format!("%{other:02X}"),
        }
    }
    PathBuf::from(uri + "?immutable=1")
}

fn for_writing(db: &Connection, path: &Path) -> Result<(), Error> {
    // NORMAL: batches are not synced one by one; see `Vault::transact_durably`.
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        .map_err(|e| Error::sqlite("opening", path, e))
}

fn bring_up_to_date(
    db: &Connection,
    path: &Path,
    found: &Mark,
    first: impl Fn(&Connection) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let known = schema::newest();
    match found {
        Mark::Vault(layout) if *layout > known => Err(Error::TooNew {
            path: path.to_owned(),
            found: *layout,
            known,
        }),
        Mark::Vault(layout) if *layout == known => Ok(()),
        _ => schema::migrate(db, path, schema::MIGRATIONS, first),
    }
}

/// An older file is brought up to date by whoever opens it; where it can't be written, what it
/// lacks is stood in for, so that an archived one stays readable.
fn fit_for_reading(db: &Connection, path: &Path, found: &Mark) -> Result<(), Error> {
    match (bring_up_to_date(db, path, found, |_| Ok(())), found) {
        (Err(Error::ReadOnlyFolder { .. }), Mark::Vault(layout)) => {
            schema::stand_in(db, path, *layout)
        }
        (outcome, _) => outcome,
    }
}

/// SQLite's integers are signed; no count comes near the difference.
fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A stored time.
fn moment(millis: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_millisecond(millis).map_err(|_| Fault::Damaged(format!("{millis} is no time")))
}
