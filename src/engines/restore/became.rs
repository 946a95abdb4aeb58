//! Pointers to what has no history to go on with and was made anew by a restore: a customer's group,
//! a deleted channel. What became of each is in the vault, for restores to come, and in the steps of
//! the one at work.
//!
//! Never here: an object that goes on under a new id; [`super::references::renumber`] sees to that.

use serde_json::{Map, Value};

use super::apply::Job;
use super::chunks::{is_plain, member};
use super::references::{applies, like, points, renumber as renumber_plain, walk};
use super::relink_rows;
use crate::engines::Error;
use crate::engines::capture::shape::id_text;
use crate::entities::entity::{Form, Rows};
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, Step};
use crate::vault::Vault;

/// Says what a thing is now: its entity, the member that tells of it (empty for an object), its id.
type Ask<'a> = &'a mut dyn FnMut(&'static str, &'static str, &str) -> Result<String, Error>;

/// Asks for each pointer of a document that leads to such a thing, and sets it.
fn each(entity: &Entity, doc: &mut Value, ask: Ask<'_>) -> Result<(), Error> {
    let mut failed = None;
    let mut set = |value: &mut Value, to: &'static str, held: &'static str| {
        let Some(old) = id_text(value).filter(|id| points(id)) else {
            return;
        };
        match ask(to, held, &old) {
            Ok(new) if new != old => *value = like(value, &new),
            Ok(_) => {}
            Err(error) => failed = Some(error),
        }
    };
    for reference in entity.references {
        let to = entities::find(reference.to);
        if to.is_some_and(|to| to.writes.stand_in.is_some()) && applies(doc, reference) {
            walk(doc, reference.member, &mut |value| {
                set(value, reference.to, "")
            });
        }
    }
    for local in entity.writes.local {
        if let Some((to, held)) = local.told_by {
            walk(doc, local.member, &mut |value| set(value, to, held));
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Points a document to what was made by the restores before.
pub(super) fn renumber(vault: &Vault, entity: &Entity, doc: &mut Value) -> Result<(), Error> {
    each(entity, doc, &mut |to, held, id| {
        Ok(vault.became(to, held, id)?)
    })
}

/// Whether a step makes, or takes, one thing for another that has no history to go on with.
fn replaces(step: &Step) -> bool {
    match step.nested {
        Some(_) => step.action != Action::Delete,
        None => step.instead && step.action == Action::Create,
    }
}

/// The places of such steps.
pub(super) fn replacing(steps: &[Step]) -> Vec<usize> {
    let all = steps.iter().enumerate();
    all.filter(|(_, step)| replaces(step))
        .map(|(at, _)| at)
        .collect()
}

impl Job<'_> {
    /// The step of this restore that makes what is pointed to by this id.
    pub(super) fn replacement(&self, entity: &str, held: &str, id: &str) -> Option<&Step> {
        let mut all = self.replacing.iter().map(|at| &self.steps[*at]);
        all.find(|step| {
            step.entity == entity && step.nested.as_deref().unwrap_or("") == held && step.id == id
        })
    }

    /// What a thing is now, by this restore or by those before. An undo writes ids as they stood, but
    /// for what it makes itself.
    pub(super) fn became(&self, entity: &str, held: &str, id: &str) -> Result<String, Error> {
        if let Some(step) = self.replacement(entity, held, id) {
            return Ok(step.new_id.clone().unwrap_or_else(|| id.to_owned()));
        }
        match self.literal {
            true => Ok(id.to_owned()),
            false => Ok(self.vault.became(entity, held, id)?),
        }
    }

    /// Remembers what is taken for what is gone, as it lives under the same name.
    pub(super) fn remember_taken(&mut self) -> Result<(), Error> {
        for at in self.replacing.clone() {
            let step = &self.steps[at];
            let taken = step.action == Action::Skip && !self.literal;
            if let (Some(held), Some(new), true) = (&step.nested, &step.new_id, taken) {
                self.vault.becomes(&step.entity, held, &step.id, new)?;
            }
        }
        Ok(())
    }

    /// Points a document to what was made.
    pub(super) fn point_anew(&self, entity: &Entity, doc: &mut Value) -> Result<(), Error> {
        each(entity, doc, &mut |to, held, id| self.became(to, held, id))
    }

    /// Whether a step would point to what this restore was to make and has not made.
    pub(super) fn points_to_unmade(
        &self,
        entity: &'static Entity,
        at: usize,
    ) -> Result<bool, Error> {
        let mut unmade = false;
        for change in &self.steps[at].changes {
            each(entity, &mut linked(entity, change), &mut |to, held, id| {
                let step = self.replacement(to, held, id);
                unmade |= step.is_some_and(|step| step.new_id.is_none());
                Ok(id.to_owned())
            })?;
        }
        Ok(unmade)
    }

    /// Lists of which a row that is to be linked again was edited since the plan.
    pub(super) fn moved_links(
        &self,
        entity: &'static Entity,
        at: usize,
        live: &Value,
    ) -> Result<Vec<String>, Error> {
        let mut moved = Vec::new();
        for change in &self.steps[at].changes {
            let Some(list) = listed(entity, change) else {
                continue;
            };
            let mut link = linked(entity, change);
            renumber_plain(self.vault, entity, &mut link)?;
            self.point_anew(entity, &mut link)?;
            let now = live.get(list.member).and_then(Value::as_array);
            let now = now.map_or(&[][..], Vec::as_slice);
            if relink_rows::moved(list, now, change, &link) {
                moved.push(list.place());
            }
        }
        Ok(moved)
    }

    /// What is wanted of the lists of a step's object: as its version has them; of one that is linked
    /// again what stands there, and the links.
    pub(super) fn aimed(
        &self,
        entity: &'static Entity,
        at: usize,
        live: &Value,
    ) -> Result<Option<Value>, Error> {
        if self.steps[at].action != Action::Relink {
            return self.wanted(entity, at);
        }
        let mut doc = Map::new();
        let rows = self.steps[at].changes.iter().filter(|c| !is_plain(c));
        for change in rows {
            let mut link = linked(entity, change);
            renumber_plain(self.vault, entity, &mut link)?;
            self.point_anew(entity, &mut link)?;
            let name = member(change);
            let there = || live.get(name).cloned().unwrap_or_default();
            let list = doc.entry(name).or_insert_with(there);
            if let Some(rows) = listed(entity, change) {
                let now = list.as_array().cloned().unwrap_or_default();
                *list = Value::Array(relink_rows::aimed(rows, &now, change, link));
            } else if let (Value::Array(list), Value::Array(more)) = (list, link[name].take()) {
                let gone = row_ids(&change.from);
                list.retain(|id| !gone.contains(id) && !more.contains(id));
                list.extend(more);
            }
        }
        Ok(Some(Value::Object(doc)))
    }
}

/// The id that is all there is of a row.
fn row_ids(row: &Value) -> Vec<Value> {
    let members = row.as_object().into_iter().flatten();
    members.map(|(_, id)| id.clone()).collect()
}

/// The list whose row a change is about, where its rows are more than another object's id.
fn listed(entity: &'static Entity, change: &FieldChange) -> Option<&'static Rows> {
    let mut lists = entity.writes.rows.iter();
    lists
        .find(|rows| rows.form == Form::List && !is_plain(change) && rows.place() == member(change))
}

/// A change's value in a document of its own. A row that is but another object's id is that id.
fn linked(entity: &'static Entity, change: &FieldChange) -> Value {
    let value = match is_plain(change) {
        true => change.to.clone(),
        false if listed(entity, change).is_some() => Value::Array(vec![change.to.clone()]),
        false => Value::Array(row_ids(&change.to)),
    };
    Value::Object(Map::from_iter([(member(change).to_owned(), value)]))
}
