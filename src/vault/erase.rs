//! Rewriting one object's history: the only exception to append-only, kept for erasures.
//!
//! Afterwards no byte of what was taken away is left in the file: not in a body (each is encoded
//! anew, and no other object leans on it), not in the search index (merged without it), not in
//! pages that SQLite has set aside (the file is rebuilt), not in the write-ahead log (emptied).

// Used by tests only until there is a command that erases; the format has to allow it from the
// start, so the proof stands here.
#![cfg_attr(not(test), allow(dead_code))]

use rusqlite::params;

use super::bodies::{self, CHAIN_MAX};
use super::encoding::With;
use super::fault::Fault;
use super::{Error, Vault, search};
use crate::model::VersionNumber;

/// What is left of an object after its history is rewritten.
pub(crate) struct Remains<'a> {
    /// Its label.
    pub label: &'a str,
    /// The text that search finds it by; empty: not at all.
    pub search: &'a str,
    /// A version's document in place of the one it had.
    pub document: &'a dyn Fn(VersionNumber, &[u8]) -> Vec<u8>,
}

impl Vault {
    /// Rewrites every document of an object, its label and its words, and removes every trace of
    /// the old ones from the file. Answers how many bodies were rewritten. The object keeps its
    /// versions, their numbers and times.
    ///
    /// # Errors
    ///
    /// What a disk can do. The file is rebuilt, which takes as much free space again; when that
    /// fails the history is rewritten, but traces may be left: do it again.
    pub(crate) fn rewrite_history(
        &mut self,
        entity: &str,
        id: &str,
        remains: &Remains<'_>,
    ) -> Result<usize, Error> {
        self.must_be_writable("rewriting a history")?;
        self.flush()?;
        let doing = || format!("rewriting {entity}/{id}");
        let mut unused = Vec::new();
        let rewritten = self
            .transact(|vault, tx| {
                let number = vault
                    .object_number(entity, id)?
                    .ok_or_else(|| Fault::Internal(format!("{entity}/{id} was never seen")))?;
                tx.execute("INSERT INTO rewriting (reason) VALUES ('erase')", [])?;
                let rewritten = vault.rewrite_bodies(number, remains)?;
                search::remove(tx, number)?;
                tx.execute(
                    "UPDATE objects SET label = ?2, words = ?3, stamp = NULL WHERE object = ?1",
                    params![number, remains.label, search::mark(remains.search)],
                )?;
                search::put(tx, number, remains.search, false)?;
                tx.execute("INSERT INTO search (search) VALUES ('optimize')", [])?;
                // The journals of restores quote fields of what they touched.
                tx.execute(
                    "DELETE FROM journal_steps
                     WHERE json_extract(step, '$.entity') = ?1
                       AND (json_extract(step, '$.id') IN
                                (SELECT id FROM objects WHERE object = ?2
                                 UNION SELECT id FROM former_ids WHERE object = ?2)
                            OR json_extract(step, '$.new_id') IN
                                (SELECT id FROM objects WHERE object = ?2))",
                    params![entity, number],
                )?;
                unused = vault.forget_images(tx, number)?;
                tx.execute("DELETE FROM rewriting", [])?;
                Ok(rewritten)
            })
            .map_err(|fault| fault.at(&self.path, doing()))?;
        for path in unused {
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io("erasing an image", &path, e));
                }
                _ => {}
            }
        }
        self.db
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
            .map_err(|e| Error::sqlite(doing(), &self.path, e))?;
        Ok(rewritten)
    }

    /// Oldest first, so that each body's base has its new bytes when the body is encoded.
    fn rewrite_bodies(&self, object: i64, remains: &Remains<'_>) -> Result<usize, Fault> {
        let mut statement = self.db.prepare(
            "SELECT body, min(version) FROM versions
             WHERE object = ?1 AND body IS NOT NULL GROUP BY body ORDER BY body",
        )?;
        let all = statement
            .query_map([object], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(i64, VersionNumber)>>>()?;
        // All are read before the first is changed: they lean on one another.
        let codec = &mut self.codec.borrow_mut();
        let mut documents = Vec::with_capacity(all.len());
        for (body, version) in &all {
            let old = bodies::load(&self.db, codec, *body)?.bytes;
            documents.push((*body, (remains.document)(*version, &old)));
        }
        let mut before: Option<(i64, &[u8])> = None;
        for (index, (body, document)) in documents.iter().enumerate() {
            let base = before.filter(|_| !(index as u32).is_multiple_of(CHAIN_MAX));
            let with = base.map_or(With::Nothing, |(_, bytes)| With::Bytes(bytes));
            let data = codec.compress(document, with).map_err(Fault::Internal)?;
            self.db.execute(
                "UPDATE bodies SET hash = ?2, size = ?3, base = ?4, dictionary = NULL, data = ?5
                 WHERE body = ?1",
                params![
                    body,
                    *blake3::hash(document).as_bytes(),
                    document.len() as i64,
                    base.map(|(body, _)| body),
                    data
                ],
            )?;
            before = Some((*body, document));
        }
        Ok(documents.len())
    }
}
