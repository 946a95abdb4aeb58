//! The file's layout: how it is marked, and how an older one is brought up to date.
//!
//! `application_id` marks the file as ours, `user_version` numbers its layout. A migration is an
//! SQL file that is never edited once released; each is applied in one transaction with the number
//! it leads to, so a killed one never happened.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::Error;

/// `vrtx` in ASCII, in the header of every vault.
pub(super) const APPLICATION_ID: i64 = 0x7672_7478;

/// The migrations in order; the n-th leads to layout n.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
];

/// Bytes to a page. Bodies of a kilobyte leave an eighth of a 4 KiB page empty; larger pages than
/// this would make an unchanged run, which touches few rows, write too much.
const PAGE_BYTES: u32 = 8192;

/// The newest layout that this build knows.
pub(super) fn newest() -> i64 {
    MIGRATIONS.len() as i64
}

/// What a database's header says it is.
pub(super) enum Mark {
    /// Nothing in it yet.
    Blank,
    /// A vault of this layout.
    Vault(i64),
    /// Someone else's database.
    Foreign,
}

/// Reads the marks.
pub(super) fn mark(db: &Connection, path: &Path) -> Result<Mark, Error> {
    let number = |pragma: &str| db.query_row(&format!("PRAGMA {pragma}"), [], |r| r.get(0));
    let tables = || db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0));
    let read = || -> rusqlite::Result<(i64, i64, i64)> {
        Ok((
            number("application_id")?,
            number("user_version")?,
            tables()?,
        ))
    };
    let (id, layout, tables) = read().map_err(|e| Error::sqlite("opening", path, e))?;
    Ok(match (id, layout, tables) {
        (APPLICATION_ID, layout, _) if layout > 0 => Mark::Vault(layout),
        (0, 0, 0) => Mark::Blank,
        _ => Mark::Foreign,
    })
}

/// Settings that must stand before the first page is written.
pub(super) fn before_first_page(db: &Connection, path: &Path) -> Result<(), Error> {
    db.execute_batch(&format!("PRAGMA page_size = {PAGE_BYTES}"))
        .map_err(|e| Error::sqlite("creating", path, e))
}

/// Brings a file from layout `from` to the last of `migrations`. `first` runs within the
/// transaction that creates the tables.
pub(super) fn migrate(
    db: &Connection,
    path: &Path,
    migrations: &[&str],
    first: impl Fn(&Connection) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let run = || -> rusqlite::Result<()> {
        // Immediate, and the number read again inside: two processes may both have found it old.
        let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
        let from: i64 = tx.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        for (done, sql) in migrations.iter().enumerate().skip(from.max(0) as usize) {
            tx.execute_batch(sql)?;
            tx.execute_batch(&format!("PRAGMA user_version = {}", done + 1))?;
        }
        if from == 0 {
            tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
            first(&tx)?;
        }
        tx.commit()
    };
    run().map_err(|e| Error::sqlite("bringing the layout up to date", path, e))
}

/// The tables that each layout added, empty and temporary: what a reader of an older file that
/// can't be written has in their place.
const STAND_INS: &[(i64, &str)] = &[
    (
        2,
        "CREATE TEMP TABLE former_ids (entity INTEGER, id TEXT, object INTEGER);
         CREATE TEMP TABLE journals (run INTEGER, what TEXT);
         CREATE TEMP TABLE journal_steps (run INTEGER, n INTEGER, step TEXT);",
    ),
    (
        3,
        "CREATE TEMP TABLE media (hash BLOB, bytes INTEGER, content_type TEXT);
         CREATE TEMP TABLE images (image INTEGER, object INTEGER, key TEXT, hash BLOB,
                                   rendition TEXT, captured_at INTEGER);
         CREATE TEMP TABLE pictured (object INTEGER, version INTEGER, places TEXT);",
    ),
];

/// Makes a file of an older layout readable without a change to it.
pub(super) fn stand_in(db: &Connection, path: &Path, layout: i64) -> Result<(), Error> {
    for (_, sql) in STAND_INS.iter().filter(|(since, _)| *since > layout) {
        db.execute_batch(sql)
            .map_err(|e| Error::sqlite("opening", path, e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_is_applied_once_and_in_order() {
        let db = Connection::open_in_memory().unwrap();
        let path = Path::new("memory");
        let one = ["CREATE TABLE a (x INTEGER)"];
        migrate(&db, path, &one, |tx| {
            tx.execute_batch("INSERT INTO a VALUES (7)")
        })
        .unwrap();
        assert!(matches!(mark(&db, path).unwrap(), Mark::Vault(1)));
        let two = [
            one[0],
            "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1",
        ];
        for _ in 0..2 {
            migrate(&db, path, &two, |_| panic!("not new any more")).unwrap();
        }
        let y: i64 = db.query_row("SELECT y FROM a", [], |r| r.get(0)).unwrap();
        assert_eq!(y, 8);
        assert!(matches!(mark(&db, path).unwrap(), Mark::Vault(2)));
    }

    #[test]
    fn a_migration_that_fails_never_happened() {
        let db = Connection::open_in_memory().unwrap();
        let path = Path::new("memory");
        let broken = [
            "CREATE TABLE a (x INTEGER)",
            "CREATE TABLE b (x INTEGER); nonsense",
        ];
        migrate(&db, path, &broken, |_| Ok(())).unwrap_err();
        assert!(matches!(mark(&db, path).unwrap(), Mark::Blank));
    }
}
