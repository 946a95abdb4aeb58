//! Verifying: does every version still give the document that was captured?
//!
//! Quick asks SQLite whether its pages and the references between rows are sound. Normal also
//! decodes every body and compares it with its hash, and looks for every image's file. Deep also
//! checks the indexes against their tables, every chain against its promises, that the newest
//! documents are JSON, and every image's file against its hash.

use std::collections::HashMap;

use rusqlite::Connection;

use super::bodies::{self, CHAIN_MAX};
use super::encoding::Codec;
use super::fault::Fault;
use super::{Error, Vault};

/// How much to verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Depth {
    /// Pages and references.
    Quick,
    /// And every stored byte against its hash.
    #[default]
    Normal,
    /// And indexes, chains, and the newest documents as JSON.
    Deep,
}

/// Something that isn't as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The entity, where an object is concerned.
    pub entity: Option<String>,
    /// The object.
    pub id: Option<String>,
    /// Its version.
    pub version: Option<u32>,
    /// What is wrong.
    pub what: String,
    /// An image's file is concerned, and no document.
    pub image: bool,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Nothing is wrong.
    pub ok: bool,
    /// Versions held, tombstones included.
    pub versions: u64,
    /// Bodies held; a body may serve several versions.
    pub blobs: u64,
    /// Bytes of the documents, before compression, that were checked (all of them unless quick).
    pub bytes: u64,
    /// What is wrong; of a ruined file only the beginning.
    pub problems: Vec<Problem>,
}

/// A ruined file has as many problems as rows; the first so many say enough.
const PROBLEMS_MAX: usize = 1_000;

impl Vault {
    /// Verifies the vault. `progress` hears how many versions of how many are done.
    ///
    /// # Errors
    ///
    /// Only when nothing could be verified at all: damage is told in the report.
    pub fn verify(
        &self,
        depth: Depth,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<VerifyReport, Error> {
        let mut check = Check {
            db: &self.db,
            codec: &mut self.codec.borrow_mut(),
            depth,
            report: VerifyReport::default(),
        };
        check.phase("counting", Check::count);
        check.phase("SQLite's own check", Check::pages);
        check.phase("references", Check::references);
        if depth >= Depth::Normal {
            check.phase("reading every version", |check| check.bodies(progress));
        }
        if depth >= Depth::Normal {
            check.phase("looking for images", |check| {
                self.verify_media(depth, &mut check.report.problems)
            });
        }
        let mut report = check.report;
        report.ok = report.problems.is_empty();
        Ok(report)
    }
}

struct Check<'a> {
    db: &'a Connection,
    codec: &'a mut Codec,
    depth: Depth,
    report: VerifyReport,
}

/// A version on its way through the check.
struct Version {
    entity: String,
    id: String,
    version: u32,
    body: i64,
    is_head: bool,
}

/// A body of the object at hand, decoded.
struct Decoded {
    bytes: Vec<u8>,
    links: u32,
}

impl Check<'_> {
    /// Runs one part; what stops it is a problem, and the next part goes on.
    fn phase(&mut self, name: &str, run: impl FnOnce(&mut Self) -> Result<(), Fault>) {
        let problem = match run(self) {
            Ok(()) => return,
            Err(Fault::Damaged(what) | Fault::Internal(what)) => what,
            Err(Fault::Sql(error)) => error.to_string(),
            Err(Fault::Raced(key, ..)) => format!("{key} changed"),
        };
        self.general(format!("{name} stopped: {problem}"));
    }

    fn general(&mut self, what: String) {
        self.problem(Problem {
            entity: None,
            id: None,
            version: None,
            what,
            image: false,
        });
    }

    fn problem(&mut self, problem: Problem) {
        if self.report.problems.len() < PROBLEMS_MAX {
            self.report.problems.push(problem);
        }
    }

    fn count(&mut self) -> Result<(), Fault> {
        let count = |table: &str| -> Result<u64, Fault> {
            let sql = format!("SELECT count(*) FROM {table}");
            let n: i64 = self.db.query_row(&sql, [], |r| r.get(0))?;
            Ok(n.unsigned_abs())
        };
        let (versions, blobs) = (count("versions")?, count("bodies")?);
        self.report.versions = versions;
        self.report.blobs = blobs;
        Ok(())
    }

    fn pages(&mut self) -> Result<(), Fault> {
        let pragma = match self.depth {
            Depth::Quick | Depth::Normal => "PRAGMA quick_check",
            Depth::Deep => "PRAGMA integrity_check",
        };
        for line in self.lines(pragma)? {
            if line != "ok" {
                self.general(format!("SQLite: {line}"));
            }
        }
        Ok(())
    }

    fn lines(&self, sql: &str) -> Result<Vec<String>, Fault> {
        let mut statement = self.db.prepare(sql)?;
        let lines = statement.query_map([], |r| r.get(0))?;
        Ok(lines.collect::<rusqlite::Result<_>>()?)
    }

    /// Each of these statements finds rows that contradict the layout's promises.
    fn references(&mut self) -> Result<(), Fault> {
        const BROKEN: &[(&str, &str)] = &[
            (
                "a row refers to one that isn't there",
                "SELECT \"table\" || ' -> ' || parent FROM pragma_foreign_key_check",
            ),
            (
                "an object's newest version is not the one it names",
                "SELECT e.name || '/' || o.id FROM objects o JOIN entities e USING (entity)
                 LEFT JOIN versions v ON v.seq = o.head
                 WHERE v.object IS NOT o.object OR v.version IS NOT o.version
                    OR o.live IS NOT (v.change != 2)",
            ),
            (
                "an object holds another number of versions than it says",
                "SELECT e.name || '/' || o.id FROM objects o JOIN entities e USING (entity)
                 WHERE o.versions != (SELECT count(*) FROM versions v WHERE v.object = o.object)",
            ),
            (
                "a version stands outside of its batch",
                "SELECT 'version ' || v.seq FROM versions v JOIN batches b USING (batch)
                 WHERE v.seq NOT BETWEEN b.first_seq AND b.last_seq",
            ),
            (
                "a body belongs to no version",
                "SELECT 'body ' || body FROM bodies
                 WHERE body NOT IN (SELECT body FROM versions WHERE body IS NOT NULL)",
            ),
            (
                "a former id leads to no object of its entity, or to one that has it still",
                "SELECT e.name || '/' || f.id FROM former_ids f JOIN entities e USING (entity)
                 LEFT JOIN objects o ON o.object = f.object
                 WHERE o.entity IS NOT f.entity OR o.id = f.id",
            ),
            (
                "a journal holds what is no JSON",
                "SELECT * FROM (
                     SELECT 'run ' || run FROM journals WHERE NOT json_valid(what)
                     UNION ALL
                     SELECT 'run ' || run || ', step ' || n FROM journal_steps
                     WHERE NOT json_valid(step))",
            ),
        ];
        for (what, sql) in BROKEN {
            for place in self.lines(&format!("{sql} LIMIT {PROBLEMS_MAX}"))? {
                self.general(format!("{what}: {place}"));
            }
        }
        Ok(())
    }

    /// Decodes every version, object by object, so that each body is decoded once.
    fn bodies(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), Fault> {
        let db = self.db;
        let mut statement = db.prepare(
            "SELECT v.object, v.version, v.body, o.head = v.seq, e.name, o.id
             FROM versions v JOIN objects o USING (object) JOIN entities e USING (entity)
             ORDER BY v.object, v.version",
        )?;
        let mut rows = statement.query([])?;
        let mut object = None;
        let mut decoded: HashMap<i64, Decoded> = HashMap::new();
        let mut done = 0;
        while let Some(row) = rows.next()? {
            let this: i64 = row.get(0)?;
            if object != Some(this) {
                object = Some(this);
                decoded.clear();
            }
            if let Some(body) = row.get::<_, Option<i64>>(2)? {
                let version = Version {
                    entity: row.get(4)?,
                    id: row.get(5)?,
                    version: row.get(1)?,
                    body,
                    is_head: row.get(3)?,
                };
                self.version(&version, &mut decoded)?;
            }
            done += 1;
            progress(done, self.report.versions);
        }
        Ok(())
    }

    fn version(
        &mut self,
        version: &Version,
        decoded: &mut HashMap<i64, Decoded>,
    ) -> Result<(), Fault> {
        let outcome = match decoded.contains_key(&version.body) {
            true => Ok(()),
            false => self.body(version.body, decoded),
        };
        let what = match outcome {
            Ok(()) => match decoded.get(&version.body) {
                Some(found) if self.depth == Depth::Deep && version.is_head => {
                    serde_json::from_slice::<serde::de::IgnoredAny>(&found.bytes)
                        .err()
                        .map(|e| format!("its document is no JSON: {e}"))
                }
                _ => None,
            },
            Err(Fault::Damaged(what)) => Some(what),
            // One row of a damaged page can't be read; the others may.
            Err(Fault::Sql(error)) => Some(error.to_string()),
            Err(fault) => return Err(fault),
        };
        if let Some(what) = what {
            self.problem(Problem {
                entity: Some(version.entity.clone()),
                id: Some(version.id.clone()),
                version: Some(version.version),
                what,
                image: false,
            });
        }
        // Later versions lean on the last sixteen bodies at most.
        if decoded.len() > CHAIN_MAX as usize {
            let oldest = decoded.keys().min().copied();
            oldest.map(|oldest| decoded.remove(&oldest));
        }
        Ok(())
    }

    /// Decodes a body whose base is among those of its object that were decoded before.
    fn body(&mut self, body: i64, decoded: &mut HashMap<i64, Decoded>) -> Result<(), Fault> {
        let stored = bodies::row(self.db, body)?;
        let base = match stored.base {
            None => None,
            Some(base) => Some(decoded.get(&base).ok_or_else(|| {
                Fault::Damaged(format!(
                    "body {body} leans on body {base}, which is damaged or another object's"
                ))
            })?),
        };
        let links = base.map_or(0, |base| base.links) + 1;
        let bytes = bodies::decode(
            self.db,
            self.codec,
            body,
            &stored,
            base.map(|base| base.bytes.as_slice()),
        )?;
        if *blake3::hash(&bytes).as_bytes() != stored.hash {
            return Err(Fault::Damaged(format!(
                "body {body} does not match its hash"
            )));
        }
        if self.depth == Depth::Deep && links > CHAIN_MAX {
            return Err(Fault::Damaged(format!(
                "the chain of body {body} has {links} links"
            )));
        }
        self.report.bytes += bytes.len() as u64;
        decoded.insert(body, Decoded { bytes, links });
        Ok(())
    }
}
