//! History: what the vault knows of an object, told as versions, documents and differences.
//!
//! A [`History`] looks at one entity. It turns a [`VersionWord`] into a version, a version into a
//! document, two states into their difference; [`changes_since`] does so for a whole store. What is
//! `live` comes from the caller as a ready document: this engine reads the vault only, and changes
//! nothing.

mod error;
mod since;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::entities::Entity;
use crate::model::clock::rfc3339_millis;
use crate::model::diff::{Change, Lens};
use crate::model::{ChangeKind, ObjectId, ObjectKey, VersionNumber, VersionWord};
use crate::vault::{Vault, VersionRow};

pub use error::Error;
pub use since::{StoreChange, changes_since};

/// One entity's history.
#[derive(Debug)]
pub struct History<'v> {
    vault: &'v Vault,
    entity: &'v Entity,
    lens: Lens,
}

/// One version and what it changed.
#[derive(Debug, Clone)]
pub struct VersionEntry {
    /// Number, time, run, size.
    pub row: VersionRow,
    /// Pointers to what differs from the version before: into that one for what was removed or
    /// replaced, into this one for what was added. Empty where either is no document.
    pub fields: Vec<String>,
}

/// An object at some moment.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The version; `None` for what is live.
    pub version: Option<VersionNumber>,
    /// When it was captured; `None` for what is live.
    pub captured_at: Option<Timestamp>,
    /// The document; `None` where the object is not there.
    pub document: Option<Value>,
}

/// The difference of two states of one object. Serialized it is `diff --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The entity's name.
    pub entity: String,
    /// The object's id.
    pub id: ObjectId,
    /// The first state: `v2` or `live`.
    pub from: String,
    /// The second state.
    pub to: String,
    /// What differs.
    pub changes: Vec<Change>,
}

impl State {
    /// What the store answered when asked now.
    pub fn live(document: Option<Value>) -> Self {
        Self {
            version: None,
            captured_at: None,
            document,
        }
    }

    /// `v3` or `live`.
    pub fn name(&self) -> String {
        self.version
            .map_or_else(|| "live".to_owned(), |number| format!("v{number}"))
    }
}

/// How an entity's documents are compared: without its volatile fields, unless all are asked for.
pub fn lens(entity: &Entity, all_fields: bool) -> Lens {
    match all_fields {
        true => Lens::new(&[], entity.unordered, &[]),
        false => Lens::new(entity.volatile, entity.unordered, entity.stamped),
    }
}

impl<'v> History<'v> {
    /// Looks at one entity of a vault; `all_fields` compares volatile ones too.
    pub fn new(vault: &'v Vault, entity: &'v Entity, all_fields: bool) -> Self {
        Self {
            vault,
            entity,
            lens: lens(entity, all_fields),
        }
    }

    /// How documents are compared here, for the forms in [`crate::model::diff`].
    pub fn lens(&self) -> &Lens {
        &self.lens
    }

    /// All versions of an object, oldest first, each with what it changed.
    ///
    /// # Errors
    ///
    /// [`Error::NeverSeen`], or when the vault can't be read.
    pub fn versions(&self, id: &str) -> Result<Vec<VersionEntry>, Error> {
        let rows = self.rows(id)?;
        let mut entries: Vec<VersionEntry> = Vec::with_capacity(rows.len());
        let mut before: Option<Value> = None;
        for row in rows {
            let document = match row.change {
                ChangeKind::Deleted => None,
                _ => self.document(id, row.version)?,
            };
            let fields = match (&before, &document) {
                (Some(from), Some(to)) => pointers(self.lens.diff(from, to)),
                _ => Vec::new(),
            };
            entries.push(VersionEntry { row, fields });
            before = document;
        }
        Ok(entries)
    }

    /// The version that a word asks for, be it a tombstone.
    ///
    /// # Errors
    ///
    /// Says which object, version, time or run there is not; [`Error::LiveIsElsewhere`] for `live`.
    pub fn resolve(&self, id: &str, word: &VersionWord) -> Result<VersionNumber, Error> {
        let name = self.entity.name;
        if self.vault.object(name, id)?.is_none() {
            return Err(Error::NeverSeen { key: self.key(id) });
        }
        let (found, asked) = match word {
            VersionWord::Live => return Err(Error::LiveIsElsewhere),
            VersionWord::Latest => {
                let newest = self.rows(id)?.last().map(|row| row.version);
                return newest.ok_or_else(|| Error::NeverSeen { key: self.key(id) });
            }
            VersionWord::Number(number) => return self.numbered(id, *number),
            VersionWord::At(at) => {
                let asked = format!("by {}", rfc3339_millis(*at));
                (self.vault.version_at(name, id, *at)?, asked)
            }
            VersionWord::Run(run) => {
                if self.vault.run(*run)?.is_none() {
                    let newest = self.vault.runs()?.iter().map(|row| row.run).max();
                    return Err(Error::NoRun { run: *run, newest });
                }
                (
                    self.vault.version_at_run(name, id, *run)?,
                    format!("by run {run}"),
                )
            }
        };
        match found {
            Some(version) => Ok(version),
            None => Err(self.nothing_then(id, asked)?),
        }
    }

    /// The object as a word asks for it; its document is `None` where that is a deletion.
    ///
    /// # Errors
    ///
    /// As [`History::resolve`].
    pub fn state(&self, id: &str, word: &VersionWord) -> Result<State, Error> {
        let version = self.resolve(id, word)?;
        let rows = self.rows(id)?;
        let row = rows.iter().find(|row| row.version == version);
        Ok(State {
            version: Some(version),
            captured_at: row.map(|row| row.captured_at),
            document: self.document(id, version)?,
        })
    }

    /// The document of a state.
    ///
    /// # Errors
    ///
    /// [`Error::Deleted`], which names the last live version, or [`Error::NotLive`].
    pub fn shown(&self, id: &str, state: State) -> Result<Value, Error> {
        let State {
            version,
            captured_at,
            document,
        } = state;
        if let Some(document) = document {
            return Ok(document);
        }
        let (Some(version), Some(at)) = (version, captured_at) else {
            return Err(Error::NotLive { key: self.key(id) });
        };
        let before = |row: &&VersionRow| row.version < version && row.change != ChangeKind::Deleted;
        let last_live = self
            .rows(id)?
            .iter()
            .rev()
            .find(before)
            .map(|row| row.version);
        let key = self.key(id);
        Err(Error::Deleted {
            key,
            version,
            at,
            last_live,
        })
    }

    /// What `diff` compares when it is not told: nothing given, the last two versions; one word
    /// given, that with the newest.
    ///
    /// # Errors
    ///
    /// [`Error::OnlyOne`] where there are no two.
    pub fn compared(
        &self,
        id: &str,
        from: Option<VersionWord>,
        to: Option<VersionWord>,
    ) -> Result<(VersionWord, VersionWord), Error> {
        match (from, to) {
            (Some(from), to) => Ok((from, to.unwrap_or(VersionWord::Latest))),
            (None, to) => {
                let to = to.unwrap_or(VersionWord::Latest);
                let there: Vec<VersionNumber> =
                    self.rows(id)?.iter().map(|row| row.version).collect();
                let end = match &to {
                    VersionWord::Live => VersionNumber::MAX,
                    word => self.resolve(id, word)?,
                };
                match there.iter().rev().find(|number| **number < end) {
                    Some(before) => Ok((VersionWord::Number(*before), to)),
                    None => Err(Error::OnlyOne {
                        key: self.key(id),
                        version: end,
                    }),
                }
            }
        }
    }

    /// The difference of two states: field by field, or the whole where one is an absence.
    pub fn diff(&self, id: &str, from: &State, to: &State) -> Difference {
        let changes = self
            .lens
            .diff_states(from.document.as_ref(), to.document.as_ref());
        Difference {
            entity: self.entity.name.to_owned(),
            id: ObjectId::new(id),
            from: from.name(),
            to: to.name(),
            changes,
        }
    }

    fn key(&self, id: &str) -> ObjectKey {
        ObjectKey::new(self.entity.name, id)
    }

    fn rows(&self, id: &str) -> Result<Vec<VersionRow>, Error> {
        let rows = self.vault.versions(self.entity.name, id)?;
        if rows.is_empty() {
            return Err(Error::NeverSeen { key: self.key(id) });
        }
        Ok(rows)
    }

    fn numbered(&self, id: &str, asked: VersionNumber) -> Result<VersionNumber, Error> {
        let there: Vec<VersionNumber> = self.rows(id)?.iter().map(|row| row.version).collect();
        match there.contains(&asked) {
            true => Ok(asked),
            false => Err(Error::NoVersion {
                key: self.key(id),
                asked,
                there,
            }),
        }
    }

    fn nothing_then(&self, id: &str, asked: String) -> Result<Error, Error> {
        let key = self.key(id);
        Ok(match self.rows(id)?.first() {
            Some(first) => Error::NothingThen {
                key,
                asked,
                first: first.version,
                run: first.run,
                at: first.captured_at,
            },
            None => Error::NeverSeen { key },
        })
    }

    fn document(&self, id: &str, version: VersionNumber) -> Result<Option<Value>, Error> {
        let Some(bytes) = self.vault.document(self.entity.name, id, version)? else {
            return Ok(None);
        };
        let unreadable = |error: serde_json::Error| Error::Unreadable {
            key: self.key(id),
            version,
            why: error.to_string(),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(unreadable)
    }
}

fn pointers(changes: Vec<Change>) -> Vec<String> {
    changes.into_iter().map(|change| change.path).collect()
}
