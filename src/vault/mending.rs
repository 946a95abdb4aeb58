//! Images whose files are lost or damaged: found, and entered again with the bytes that were had
//! anew.
//!
//! This module must never take a file or a row away before its successor stands.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::media::{MediaHash, folder_of, place, sound};
use super::verify::Depth;
use super::{Error, HeldImage, Vault};

/// Images looked at in one go: what bounds the memory.
const AT_ONCE: usize = 1000;

impl Vault {
    /// True where the file of these bytes is there and is what it was: it is read for that.
    pub fn media_sound(&self, image: &HeldImage) -> bool {
        let path = self.media_file(&image.hash);
        let sound = path.map(|path| sound(&path, &image.hash, image.bytes, Depth::Deep));
        matches!(sound, Some(Ok(true)))
    }

    /// Takes the word back that all images of an object are held, for the live objects of an entity
    /// of which a file is missing or of another length: the next walk over images comes to them.
    /// Looks at each file once, and reads none. Answers how many objects these are.
    ///
    /// # Errors
    ///
    /// When the database can't be read or written.
    pub fn unpicture_lost(&self, entity: &str) -> Result<usize, Error> {
        let doing = "looking for lost images";
        self.must_be_writable(doing)?;
        let mut after = 0;
        let mut unpictured = 0;
        loop {
            let some = self.reading(|| doing.to_owned(), || self.files_of(entity, after))?;
            let Some((last, ..)) = some.last() else {
                return Ok(unpictured);
            };
            after = *last;
            let there = |hash: &MediaHash, bytes: u64| {
                let path = self.media_file(hash)?;
                sound(&path, hash, bytes, Depth::Normal).ok()
            };
            let mut lost = some;
            lost.retain(|(_, _, hash, bytes)| there(hash, *bytes) != Some(true));
            if lost.is_empty() {
                continue;
            }
            let work = |_: &Self, db: &Connection| {
                let mut statement = db.prepare_cached("DELETE FROM pictured WHERE object = ?1")?;
                let mut gone = 0;
                for (_, object, ..) in &lost {
                    gone += statement.execute([object])?;
                }
                Ok(gone)
            };
            unpictured += self
                .transact(work)
                .map_err(|fault| fault.at(&self.path, doing))?;
        }
    }

    /// The images of live objects behind this one, in the order in which they were entered: number,
    /// object, hash and length.
    fn files_of(&self, entity: &str, after: i64) -> Result<Vec<(i64, i64, MediaHash, u64)>, Fault> {
        let Some(entity) = self.entity(entity)? else {
            return Ok(Vec::new());
        };
        let mut statement = self.db.prepare_cached(
            "SELECT i.image, i.object, i.hash, m.bytes
             FROM images i JOIN media m USING (hash) JOIN objects o USING (object)
             WHERE i.image > ?1 AND o.entity = ?2 AND o.live = 1
             ORDER BY i.image LIMIT ?3",
        )?;
        let rows = statement.query_map(params![after, entity, AT_ONCE as i64], |r| {
            let bytes = r.get::<_, i64>(3)?.unsigned_abs();
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, bytes))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Lets the image with this key have other bytes, whose file is kept, than those that are lost:
    /// the store may serve the same picture in other bytes today. What is left of the lost file goes
    /// then, where no other image names it.
    ///
    /// # Errors
    ///
    /// When the database can't be written.
    pub fn replace_media(
        &self,
        at: Timestamp,
        key: &str,
        lost: &HeldImage,
        new: &HeldImage,
    ) -> Result<(), Error> {
        self.must_be_writable("keeping images")?;
        let (lost, bytes) = (&lost.hash, lost.bytes);
        let work = |_: &Self, db: &Connection| {
            db.execute("INSERT INTO rewriting (reason) VALUES ('prune')", [])?;
            db.execute(
                "INSERT OR IGNORE INTO media VALUES (?1, ?2, ?3)",
                params![new.hash, new.bytes as i64, new.content_type],
            )?;
            db.execute(
                "INSERT OR REPLACE INTO images (object, key, hash, rendition, captured_at)
                 SELECT object, key, ?3, ?4, ?5 FROM images WHERE key = ?1 AND hash = ?2",
                params![key, lost, new.hash, new.rendition, at.as_millisecond()],
            )?;
            let unused = db.execute(
                "DELETE FROM media WHERE hash = ?1
                 AND NOT EXISTS (SELECT 1 FROM images i WHERE i.hash = media.hash)",
                [lost],
            )?;
            db.execute("DELETE FROM rewriting", [])?;
            Ok(unused > 0)
        };
        let unused = self
            .transact(work)
            .map_err(|fault| fault.at(&self.path, "keeping images"))?;
        let path = place(&folder_of(&self.path), lost);
        // One that only can't be read may be whole. Nothing names it any more.
        if unused && matches!(sound(&path, lost, bytes, Depth::Deep), Ok(false)) {
            let _ = std::fs::remove_file(path);
        }
        Ok(())
    }
}
