//! Reading one object: its versions, its documents, what stood at a time.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::bodies;
use super::fault::Fault;
use super::write::change_of;
use super::{Error, Vault, heads, journal, moment};
use crate::model::{ChangeKind, RunId, VersionNumber};

/// One version of an object, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Its number within the object.
    pub version: VersionNumber,
    /// What bore it.
    pub change: ChangeKind,
    /// When.
    pub captured_at: Timestamp,
    /// In which run.
    pub run: RunId,
    /// Size of the document before compression; 0 for a tombstone.
    pub bytes: u64,
    /// BLAKE3 of the document's bytes; `None` for a tombstone. Equal hashes are equal documents.
    pub hash: Option<[u8; 32]>,
}

impl Vault {
    /// All versions of an object, oldest first; empty when it was never seen.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn versions(&self, entity: &str, id: &str) -> Result<Vec<VersionRow>, Error> {
        self.reading(
            || format!("listing the versions of {entity}/{id}"),
            || {
                let Some(object) = self.object_number(entity, id)? else {
                    return Ok(Vec::new());
                };
                let mut statement = self.db.prepare_cached(
                    "SELECT v.version, v.change, b.captured_at, b.run, d.size, d.hash
                     FROM versions v JOIN batches b USING (batch)
                     LEFT JOIN bodies d ON d.body = v.body
                     WHERE v.object = ?1 ORDER BY v.version",
                )?;
                let mut rows = statement.query([object])?;
                let mut versions = Vec::new();
                while let Some(row) = rows.next()? {
                    versions.push(VersionRow {
                        version: row.get(0)?,
                        change: change_of(row.get(1)?)?,
                        captured_at: moment(row.get(2)?)?,
                        run: RunId(row.get(3)?),
                        bytes: row.get::<_, Option<i64>>(4)?.unwrap_or(0).unsigned_abs(),
                        hash: row.get(5)?,
                    });
                }
                Ok(versions)
            },
        )
    }

    /// The document of a version, byte for byte as it was captured, checked against its hash.
    /// `None` for a tombstone and for a version that isn't there: [`Vault::versions`] tells which.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] when the stored bytes don't give the document; when the file can't be
    /// read.
    pub fn document(
        &self,
        entity: &str,
        id: &str,
        version: VersionNumber,
    ) -> Result<Option<Vec<u8>>, Error> {
        if !self.held.is_empty() {
            let current = self.current_id(entity, id)?;
            if let Some(body) = self.held.document(entity, &current, version) {
                return Ok(Some(body.to_vec()));
            }
        }
        self.reading(
            || format!("reading {entity}/{id} v{version}"),
            || {
                let Some(object) = self.object_number(entity, id)? else {
                    return Ok(None);
                };
                let body: Option<Option<i64>> = self
                    .db
                    .prepare_cached("SELECT body FROM versions WHERE object = ?1 AND version = ?2")?
                    .query_row(params![object, version], |r| r.get(0))
                    .optional()?;
                let Some(body) = body.flatten() else {
                    return Ok(None);
                };
                let codec = &mut self.codec.borrow_mut();
                Ok(Some(bodies::load(&self.db, codec, body)?.bytes))
            },
        )
    }

    /// The newest version of an object captured at or before a time. (Should the clock have been
    /// set back between two captures: one captured by then, if not surely the newest.)
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn version_at(
        &self,
        entity: &str,
        id: &str,
        at: Timestamp,
    ) -> Result<Option<VersionNumber>, Error> {
        let at = at.as_millisecond();
        self.newest_where(entity, id, |captured_at, _| captured_at <= at)
    }

    /// The newest version of an object when a run ended: what that run saw.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn version_at_run(
        &self,
        entity: &str,
        id: &str,
        run: RunId,
    ) -> Result<Option<VersionNumber>, Error> {
        self.newest_where(entity, id, |_, in_run| in_run <= run.0)
    }

    /// Looks the newest version up that was captured early enough. Halves the numbers, so that a
    /// long history costs a few steps; numbers that were pruned away are stepped over.
    fn newest_where(
        &self,
        entity: &str,
        id: &str,
        early_enough: impl Fn(i64, i64) -> bool,
    ) -> Result<Option<VersionNumber>, Error> {
        self.reading(
            || format!("looking up a version of {entity}/{id}"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(None);
                };
                let Some(row) = heads::find(&self.db, number, id)? else {
                    return Ok(None);
                };
                let mut statement = self.db.prepare_cached(
                    "SELECT v.version, b.captured_at, b.run FROM versions v
                     JOIN batches b USING (batch)
                     WHERE v.object = ?1 AND v.version <= ?2 ORDER BY v.version DESC LIMIT 1",
                )?;
                let (mut low, mut high) = (0, row.head.version);
                let mut found = None;
                while low < high {
                    let middle = high - (high - low) / 2;
                    let at: Option<(VersionNumber, i64, i64)> = statement
                        .query_row(params![row.object, middle], |r| {
                            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
                        })
                        .optional()?;
                    match at {
                        Some((version, captured_at, run)) if early_enough(captured_at, run) => {
                            found = found.max(Some(version));
                            low = middle;
                        }
                        Some((version, _, _)) => high = version.saturating_sub(1).max(low),
                        None => low = middle,
                    }
                }
                Ok(found)
            },
        )
    }

    pub(super) fn object_number(&self, entity: &str, id: &str) -> Result<Option<i64>, Fault> {
        let Some(entity) = self.entity(entity)? else {
            return Ok(None);
        };
        let (rank, digits) = heads::place(id);
        let mut statement = self.db.prepare_cached(
            "SELECT object FROM objects
             WHERE entity = ?1 AND rank = ?2 AND digits = ?3 AND id = ?4",
        )?;
        let found = statement
            .query_row((entity, rank, digits, id), |r| r.get(0))
            .optional()?;
        match found {
            Some(object) => Ok(Some(object)),
            None => journal::former(&self.db, entity, id),
        }
    }
}
