//! Heads: where each object's history stands. A capture asks for one per object it sees, so this
//! is the vault's hottest path: one lookup by index, one row.

use rusqlite::{Connection, OptionalExtension};

use super::fault::Fault;
use super::{Error, Vault, journal};
use crate::model::VersionNumber;
use crate::model::fingerprint::Fingerprint;

/// Whether an object stands in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was there when last captured.
    Live,
    /// It is proven gone: its newest version is a tombstone.
    Deleted,
}

/// Where an object's history stands, and what the next capture compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its newest version.
    pub version: VersionNumber,
    /// Whether that is a tombstone.
    pub state: State,
    /// The fingerprint of its newest document.
    pub fingerprint: Fingerprint,
    /// The fingerprint of what the main listing alone tells.
    pub shallow: Fingerprint,
    /// Its deep parts still wait for their first reading.
    pub pending: bool,
    /// The API's own mark of change at the last reading of its deep parts.
    pub stamp: Option<String>,
}

/// A head with what only the vault needs.
pub(super) struct Row {
    pub object: i64,
    pub words: i64,
    pub head: Head,
}

/// The parts of an id that its index sorts by: how many digits a number has (99: no number), and
/// those digits without leading zeros. The same as the generated columns of `objects`.
pub(super) fn place(id: &str) -> (i64, &str) {
    let number = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let digits = id.trim_start_matches('0');
    if number && digits.len() <= 38 {
        (digits.len() as i64, digits)
    } else {
        (99, "")
    }
}

/// The object that has an id now, else the one that had it before it was made anew.
pub(super) fn find(db: &Connection, entity: i64, id: &str) -> Result<Option<Row>, Fault> {
    if let Some(row) = find_now(db, entity, id)? {
        return Ok(Some(row));
    }
    let Some(object) = journal::former(db, entity, id)? else {
        return Ok(None);
    };
    let mut statement = db.prepare_cached("SELECT id FROM objects WHERE object = ?1")?;
    let id: String = statement.query_row([object], |r| r.get(0))?;
    find_now(db, entity, &id)
}

fn find_now(db: &Connection, entity: i64, id: &str) -> Result<Option<Row>, Fault> {
    let (rank, digits) = place(id);
    let mut statement = db.prepare_cached(
        "SELECT object, words, version, live, fingerprint, shallow, pending, stamp
         FROM objects WHERE entity = ?1 AND rank = ?2 AND digits = ?3 AND id = ?4",
    )?;
    let row = statement
        .query_row((entity, rank, digits, id), |r| {
            Ok(Row {
                object: r.get(0)?,
                words: r.get(1)?,
                head: Head {
                    version: r.get(2)?,
                    state: if r.get(3)? {
                        State::Live
                    } else {
                        State::Deleted
                    },
                    fingerprint: Fingerprint(r.get(4)?),
                    shallow: Fingerprint(r.get(5)?),
                    pending: r.get(6)?,
                    stamp: r.get(7)?,
                },
            })
        })
        .optional()?;
    Ok(row)
}

impl Vault {
    /// Where an object's history stands; `None` when it was never seen. Sees what is held back.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn head(&self, entity: &str, id: &str) -> Result<Option<Head>, Error> {
        if let Some(head) = self.held.head(entity, id) {
            return Ok(Some(head.clone()));
        }
        if !self.held.is_empty() {
            // What is held back is held under the id of now.
            let current = self.current_id(entity, id)?;
            if let Some(head) = self.held.head(entity, &current) {
                return Ok(Some(head.clone()));
            }
        }
        self.reading(
            || format!("looking up {entity}/{id}"),
            || {
                let Some(entity) = self.entity(entity)? else {
                    return Ok(None);
                };
                Ok(find(&self.db, entity, id)?.map(|row| row.head))
            },
        )
    }
}
