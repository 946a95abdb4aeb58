//! From the version store of one store into another store.
//!
//! What is done there is kept in a version store of its own for the pair: it belongs to the store
//! that is restored into, and holds beside what was done there the wanted documents of the other
//! store, under ids that no store gives. When an object is made, or one that lives there is taken
//! for it, its history goes on under that one's id: this is the map of ids, by which a second
//! restore finds the same object again. All else is a restore as any other.
//!
//! This module must never write to the version store that it takes from, never take an object for
//! another because their ids are equal, and never let an id of the other store be sent.

mod gather;
mod tell;
mod translate;

use std::collections::HashMap;

use serde_json::Value;

use super::references::{leave_out, root};
use super::{Target, Want, document};
use crate::engines::Error;
use crate::engines::capture::record;
use crate::engines::capture::shape::id_text;
use crate::engines::pictures;
use crate::entities::Entity;
use crate::entities::entity::Reference;
use crate::model::away::is_away;
use crate::model::restore::Step;
use crate::model::{ChangeKind, Clock, RunId, VersionNumber};
use crate::vault::{NewImage, Vault};

pub use gather::gather;
pub use tell::told;

/// What is taken from one store for another.
#[derive(Debug, Default)]
pub struct Taken {
    entries: Vec<Entry>,
    /// What can't be had, as steps that do nothing.
    pub skips: Vec<Step>,
}

/// One object that is taken.
#[derive(Debug)]
struct Entry {
    entity: &'static Entity,
    /// The id under which the pair's version store knows it.
    id: String,
    /// The id that the other store has for it.
    own: String,
    /// The version of the other store.
    version: VersionNumber,
    /// What people call it.
    label: String,
    /// As it is wanted here: as text it takes a fraction of the memory.
    doc: String,
    /// What that points to.
    points: Vec<(&'static Reference, String)>,
    lost: Vec<String>,
    refused: Option<String>,
    only: Vec<String>,
    /// It was asked for; else another one needs it.
    wanted: bool,
    asked: bool,
    /// It is in the map from an earlier restore.
    mapped: bool,
    /// The object here that is taken for it, and by what.
    twin: Option<(String, String)>,
}

impl Entry {
    /// What is needed only to be pointed to, and lives there, is left as it is.
    fn is_target(&self) -> bool {
        self.wanted || (self.twin.is_none() && !self.mapped)
    }
}

impl Taken {
    /// Enters the documents and the twins into the pair's version store, in a run that was begun;
    /// answers what is to be restored.
    ///
    /// # Errors
    ///
    /// When either version store fails.
    pub fn enter(
        &self,
        source: &Vault,
        pair: &mut Vault,
        run: RunId,
        clock: &dyn Clock,
    ) -> Result<Vec<Target>, Error> {
        let mut targets = Vec::new();
        for entry in &self.entries {
            let (entity, id) = (entry.entity, &entry.id);
            let (change, now) = (ChangeKind::Updated, clock.now());
            let doc = entry.doc()?;
            let version = record(pair, entity, run, id, &doc, true, change, now)?;
            if let Some((twin, _)) = &entry.twin {
                pair.renumber(entity.name, id, twin)?;
            }
            entry.enter_images(&doc, source, pair, clock)?;
            if entry.is_target() {
                targets.push(Target {
                    entity,
                    id: id.clone(),
                    want: Want::Version(version),
                    only: entry.only.clone(),
                    asked: entry.asked,
                });
            }
        }
        Ok(targets)
    }

    /// The documents by the id that the pair's version store has for them now.
    fn by_id(&self, pair: &Vault) -> Result<HashMap<(&'static str, String), &Entry>, Error> {
        let mut all = HashMap::new();
        for entry in &self.entries {
            let id = pair.current_id(entry.entity.name, &entry.id)?;
            all.insert((entry.entity.name, id), entry);
        }
        Ok(all)
    }
}

impl Entry {
    fn doc(&self) -> Result<Value, Error> {
        let doc = serde_json::from_str(&self.doc);
        doc.map_err(|why| Error::Answer {
            what: format!("{}/{}", self.entity.name, self.id),
            why: why.to_string(),
        })
    }

    /// What is held of its images is held for the pair as well.
    fn enter_images(
        &self,
        doc: &Value,
        source: &Vault,
        pair: &Vault,
        clock: &dyn Clock,
    ) -> Result<(), Error> {
        let Some(from) = document(source, self.entity, &self.own, self.version)? else {
            return Ok(());
        };
        let theirs = pictures::named(self.entity, &from);
        let ours = pictures::named(self.entity, doc);
        if theirs.len() != ours.len() {
            return Ok(()); // an image's place was left out: none can be told from another
        }
        for (theirs, ours) in theirs.iter().zip(&ours) {
            let Some(held) = source
                .image(&theirs.key)?
                .filter(|held| source.has_media(held))
            else {
                continue;
            };
            pair.share_media(source, &held)?;
            let new = NewImage {
                entity: self.entity.name,
                id: &self.id,
                key: &ours.key,
                held,
            };
            pair.keep_images(clock.now(), &[new], &[], "")?;
        }
        Ok(())
    }
}

/// Takes out of a wanted document what still points into another store: what it pointed to did not
/// come along. Answers why the object can't be without it, where that is so.
pub(super) fn strip(entity: &Entity, doc: &mut Value) -> Option<String> {
    let deep = leave_out(entity, doc, &|_, id| is_away(id));
    let why = deep.last().map(|(reference, left)| {
        let (member, to) = (root(reference.member), reference.to);
        format!("{member} points to {to} {left}, which did not come along")
    });
    for nested in entity.writes.nested {
        let id = doc.get(nested.pointer).and_then(id_text);
        if id.is_some_and(|id| is_away(&id))
            && let Some(members) = doc.as_object_mut()
        {
            members.remove(nested.pointer);
        }
    }
    why
}
