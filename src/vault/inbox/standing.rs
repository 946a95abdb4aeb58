//! What `watch`, `hooks` and `status` have to agree on: entities that are off, and gaps.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::super::error::Error;
use super::super::fault::Fault;
use super::super::moment;
use super::Inbox;

/// A span in which events may have been lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The entity.
    pub entity: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was found to end: before, no listing closes it.
    pub found: Timestamp,
    /// Why.
    pub why: String,
}

/// The entities that are off.
pub(super) fn disabled(db: &Connection) -> Result<Vec<(String, Timestamp)>, Fault> {
    let mut statement = db.prepare_cached("SELECT entity, since FROM disabled ORDER BY entity")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push((row.get(0)?, moment(row.get(1)?)?));
    }
    Ok(all)
}

impl Inbox {
    /// The entities that are off, and since when.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn disabled(&self) -> Result<Vec<(String, Timestamp)>, Error> {
        self.working("reading what is disabled", disabled)
    }

    /// Switches an entity off: what arrives for it from now on is ignored, and what waits is let
    /// go.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn disable(&self, entity: &str, at: Timestamp) -> Result<(), Error> {
        self.writing("disabling", |db| {
            db.execute(
                "INSERT OR IGNORE INTO disabled (entity, since) VALUES (?1, ?2)",
                params![entity, at.as_millisecond()],
            )?;
            db.execute("DELETE FROM due WHERE entity = ?1", [entity])?;
            db.execute("DELETE FROM marks WHERE entity = ?1", [entity])?;
            Ok(())
        })
    }

    /// Switches an entity on again. What happened meanwhile is a gap, closed by its next listing.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn enable(&self, entity: &str, at: Timestamp) -> Result<(), Error> {
        let off = self
            .disabled()?
            .into_iter()
            .find(|(name, _)| name == entity);
        let Some((_, since)) = off else {
            return Ok(());
        };
        self.writing("enabling", |db| {
            db.execute("DELETE FROM disabled WHERE entity = ?1", [entity])?;
            db.execute(
                "INSERT INTO gaps (entity, since, found, why) VALUES (?1, ?2, ?3, ?4)",
                params![
                    entity,
                    since.as_millisecond(),
                    at.as_millisecond(),
                    "it was disabled"
                ],
            )?;
            Ok(())
        })
    }

    /// Notes that events of an entity may have been lost since some time; only a listing that begins
    /// at `found` or later closes that.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn open_gap(
        &self,
        entity: &str,
        since: Timestamp,
        found: Timestamp,
        why: &str,
    ) -> Result<(), Error> {
        self.writing("noting a gap", |db| {
            db.execute(
                "INSERT INTO gaps (entity, since, found, why) VALUES (?1, ?2, ?3, ?4)",
                params![entity, since.as_millisecond(), found.as_millisecond(), why],
            )?;
            Ok(())
        })
    }

    /// A whole listing of an entity that began at `began` has closed the gaps found before it.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn close_gaps(&self, entity: &str, began: Timestamp) -> Result<(), Error> {
        self.writing("closing gaps", |db| {
            db.execute(
                "DELETE FROM gaps WHERE entity = ?1 AND found <= ?2",
                params![entity, began.as_millisecond()],
            )?;
            Ok(())
        })
    }

    /// The gaps that no listing has closed yet.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn open_gaps(&self) -> Result<Vec<Gap>, Error> {
        self.working("reading the gaps", |db| {
            let mut statement =
                db.prepare_cached("SELECT entity, since, found, why FROM gaps ORDER BY gap")?;
            let mut rows = statement.query([])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(Gap {
                    entity: row.get(0)?,
                    since: moment(row.get(1)?)?,
                    found: moment(row.get(2)?)?,
                    why: row.get(3)?,
                });
            }
            Ok(all)
        })
    }
}
