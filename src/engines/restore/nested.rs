//! Objects that are no entity of their own: told by the documents of those that point to them, and
//! made anew with these, once, where they are gone.
//!
//! One of the same name that lives now is taken for the one that is gone. What has such an object's
//! place in the journal is a step of the entity that points to it, with [`Step::nested`] set: its id
//! is never mistaken for an object's of that entity.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::apply::Job;
use super::plan::Planner;
use super::references::{ids, like, points, renumber_by};
use super::request::{self, halts};
use super::{Options, Plan};
use crate::api::{Call, Change, ErrorKind, Listing, Method, Removal};
use crate::engines::Error;
use crate::engines::ask::{self, listing};
use crate::engines::capture::shape::id_text;
use crate::entities::entity::Nested;
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, Step, StepStatus};

/// What lives now, and what the objects of a plan need.
#[derive(Debug, Default)]
pub(super) struct Nests {
    /// By the member that tells of them; none where the store does not have the feature.
    alive: HashMap<&'static str, Option<Vec<Value>>>,
    /// For an object (entity, id): the steps that its nested objects take.
    needed: HashMap<(&'static str, String), Vec<Step>>,
}

fn id_of(row: &Value) -> Option<String> {
    row.get("id").and_then(id_text)
}

fn name_of(nested: &Nested, row: &Value) -> Option<String> {
    let name = row.get(nested.label).and_then(Value::as_str)?;
    Some(name.trim().to_lowercase()).filter(|name| !name.is_empty())
}

/// The id that a document points to, if to any.
fn pointed(nested: &Nested, doc: &Value) -> Option<String> {
    doc.get(nested.pointer)
        .and_then(id_text)
        .filter(|id| points(id))
}

fn step(entity: &Entity, nested: &Nested, id: &str, held: Option<&Value>) -> Step {
    let name = held.and_then(|held| held.get(nested.label).and_then(Value::as_str));
    let mut step = Step::skip(entity.name, id, name.unwrap_or_default(), "");
    step.nested = Some(nested.held.to_owned());
    step
}

impl Planner<'_> {
    /// Reads what lives, once.
    pub(super) async fn read_nested(
        &mut self,
        entity: &'static Entity,
        options: &Options,
    ) -> Result<(), Error> {
        for nested in entity.writes.nested {
            let named = options.fields.is_empty()
                || options.fields.iter().any(|field| field == nested.pointer);
            if !named || self.nests.alive.contains_key(nested.held) {
                continue;
            }
            let rows = match ask::rows(self.client, &list_of(nested)).await {
                Ok(rows) => Some(rows),
                Err(error)
                    if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) =>
                {
                    let what = nested.singular;
                    self.plan.notes.push(format!(
                        "{what}s can't be read here ({error}): ids of them are sent as they were"
                    ));
                    None
                }
                Err(error) => return Err(error.into()),
            };
            self.nests.alive.insert(nested.held, rows);
        }
        Ok(())
    }

    /// Points a wanted document to what lives, and remembers what has to be made for it.
    pub(super) fn resolve(
        &mut self,
        entity: &'static Entity,
        id: &str,
        wanted: &mut Value,
        live: Option<&Value>,
    ) {
        for nested in entity.writes.nested {
            let Some(Some(alive)) = self.nests.alive.get(nested.held) else {
                continue;
            };
            let Some(old) = pointed(nested, wanted) else {
                continue;
            };
            if live.is_some_and(|live| pointed(nested, live).as_ref() == Some(&old)) {
                continue; // points to nothing, as it did then
            }
            if alive.iter().any(|row| id_of(row).as_ref() == Some(&old)) {
                continue;
            }
            let now = self.vault.became(entity.name, nested.held, &old);
            let now = now.ok().filter(|now| !self.options.literal && *now != old);
            if let Some(now) =
                now.filter(|now| alive.iter().any(|row| id_of(row).as_ref() == Some(now)))
            {
                wanted[nested.pointer] = like(&wanted[nested.pointer], &now);
                continue;
            }
            let held = wanted.get(nested.held).filter(|held| held.is_object());
            let name = held.and_then(|held| name_of(nested, held));
            let twin = alive
                .iter()
                .find(|row| name.is_some() && name_of(nested, row) == name)
                .and_then(id_of);
            let mut step = step(entity, nested, &old, held);
            match (twin, held) {
                (Some(twin), _) => {
                    step.reason = "is gone; one of the same name lives, and is taken for it".into();
                    wanted[nested.pointer] = like(&wanted[nested.pointer], &twin);
                    step.new_id = Some(twin);
                }
                (None, Some(held)) => {
                    step.action = Action::Create;
                    step.reason = "is gone".to_owned();
                    step.requests = 1;
                    step.losses = nested
                        .lost
                        .iter()
                        .map(|l| format!("{}: {}", l.what, l.why))
                        .collect();
                    step.changes = vec![FieldChange {
                        path: format!("/{}", nested.held),
                        from: Value::Null,
                        to: held.clone(),
                    }];
                }
                (None, None) => {
                    step.lacking = true;
                    step.reason = "is gone, and no version holds it".to_owned();
                    if let Some(members) = wanted.as_object_mut() {
                        members.remove(nested.pointer);
                    }
                }
            }
            let needed = self.nests.needed.entry((entity.name, id.to_owned()));
            needed.or_default().push(step);
        }
    }

    /// Plans what a step's object needs, unless that is planned already. A change that does not
    /// touch the pointer needs nothing.
    pub(super) fn plan_nested(&mut self, entity: &'static Entity, own: &Step) {
        let key = (entity.name, own.id.clone());
        for mut step in self.nests.needed.remove(&key).unwrap_or_default() {
            let nested = of_entity(entity, &step);
            let pointer = nested.map(|nested| format!("/{}", nested.pointer));
            let touches = own.action == Action::Create
                || step.lacking
                || own
                    .changes
                    .iter()
                    .any(|change| Some(&change.path) == pointer.as_ref());
            let same = |other: &&Step| {
                other.nested == step.nested && other.entity == step.entity && other.id == step.id
            };
            if !touches || self.plan.steps.iter().any(|other| same(&other)) {
                continue;
            }
            let wanted = self.options.dependencies || self.options.nested;
            if step.action == Action::Create && !wanted {
                step.action = Action::Skip;
                step.lacking = true;
                step.changes.clear();
            }
            self.plan.steps.push(step);
        }
    }

    /// Says which of them, alive, point to what is made anew: nothing links them again.
    pub(super) async fn tell_nested(&mut self) {
        let made = self.created.iter();
        let made: HashSet<(&str, &str)> = made.map(|(to, id, _)| (to.name, id.as_str())).collect();
        let mut told = Vec::new();
        for nested in entities::all().iter().flat_map(|e| e.writes.nested) {
            let pointers = nested.references.iter();
            let towards: Vec<_> = pointers
                .filter(|r| made.iter().any(|(to, _)| *to == r.to))
                .collect();
            if towards.is_empty() || !self.options.relink {
                continue;
            }
            // What this token may not read is not told of.
            let rows = ask::rows(self.client, &list_of(nested)).await;
            for row in rows.unwrap_or_default() {
                let name = row.get(nested.label).and_then(Value::as_str);
                let (one, name) = (nested.singular, name.unwrap_or_default());
                let named = towards
                    .iter()
                    .flat_map(|r| ids(&row, r).into_iter().map(|id| (r.to, id)));
                told.extend(named.filter(|(to, id)| made.contains(&(*to, id))).map(|(to, id)| {
                    format!("{one} \"{name}\" names {to} {id}, which is made anew: point it to the new one")
                }));
            }
        }
        self.plan.notes.extend(told);
    }

    /// The step that deletes one that a restore made.
    pub(super) fn without(&mut self, entity: &'static Entity, held: &str, id: &str) {
        let mut all = entity.writes.nested.iter();
        let Some(nested) = all.find(|nested| nested.held == held) else {
            return;
        };
        let alive = self.nests.alive.get(nested.held).and_then(Option::as_ref);
        let row = alive.and_then(|rows| rows.iter().find(|row| id_of(row).as_deref() == Some(id)));
        let mut step = step(entity, nested, id, row);
        step.reason = "is not there any more".to_owned();
        if row.is_some() {
            step.action = Action::Delete;
            step.reason = "was not there then".to_owned();
            step.requests = 1;
        }
        let plan: &mut Plan = &mut self.plan;
        plan.deletions += usize::from(step.action == Action::Delete);
        plan.steps.push(step);
    }
}

/// What a step is about, where that is no object.
pub(super) fn of(step: &Step) -> Option<(&'static Entity, &'static Nested)> {
    let entity = entities::find(&step.entity)?;
    Some((entity, of_entity(entity, step)?))
}

/// The description that a step is about.
fn of_entity(entity: &'static Entity, step: &Step) -> Option<&'static Nested> {
    let held = step.nested.as_deref()?;
    entity
        .writes
        .nested
        .iter()
        .find(|nested| nested.held == held)
}

impl Job<'_> {
    /// Points a document to what was made or found; takes the pointer out where that failed.
    pub(super) fn point(&self, entity: &Entity, doc: &mut Value) -> Result<(), Error> {
        for nested in entity.writes.nested {
            let Some(old) = pointed(nested, doc) else {
                continue;
            };
            let step = self.replacement(entity.name, nested.held, &old);
            match step.map(|step| step.new_id.as_ref()) {
                None => {
                    let now = self.became(entity.name, nested.held, &old)?;
                    doc[nested.pointer] = like(&doc[nested.pointer], &now);
                }
                Some(Some(new)) => doc[nested.pointer] = like(&doc[nested.pointer], new),
                Some(None) => {
                    if let Some(members) = doc.as_object_mut() {
                        members.remove(nested.pointer);
                    }
                }
            }
        }
        self.point_anew(entity, doc)
    }

    /// Makes or deletes one.
    pub(super) async fn nested(&mut self, entity: &'static Entity, at: usize) -> Result<(), Error> {
        let Some(nested) = of_entity(entity, &self.steps[at]) else {
            return self.leave(at, "is not known to this version of vortex");
        };
        match self.steps[at].action {
            Action::Create => self.make_nested(entity, nested, at).await,
            Action::Delete => self.delete_nested(entity, nested, at).await,
            _ => Ok(()),
        }
    }

    async fn make_nested(
        &mut self,
        entity: &Entity,
        nested: &'static Nested,
        at: usize,
    ) -> Result<(), Error> {
        let mut held = self.steps[at]
            .changes
            .first()
            .map(|change| change.to.clone())
            .unwrap_or_default();
        if self.steps[at].status == StepStatus::Begun
            && let Some(found) = self.namesake(nested, &held).await?
        {
            return self.made_nested(entity, nested, at, found);
        }
        if self.has_halted() {
            return Ok(());
        }
        renumber_by(self.vault, nested.references, &mut held)?;
        let mut body = Map::new();
        for member in nested.members {
            let value = held.get(*member).filter(|value| !value.is_null());
            if let Some(value) =
                value.filter(|value| value.as_array().is_none_or(|all| !all.is_empty()))
            {
                body.insert((*member).to_owned(), value.clone());
            }
        }
        self.note(at, StepStatus::Begun)?;
        let send = Change {
            method: Method::Post,
            call: Call::new(nested.api, nested.list),
            body: Value::Object(body),
            file: None,
        };
        let made = match self.client.send(&send).await {
            Ok(answer) => request::rows(&answer, &send.call).first().and_then(id_of),
            Err(error) if error.is_in_doubt() => {
                let found = self.namesake(nested, &held).await?;
                if found.is_none() {
                    self.halt(&error);
                    return Ok(());
                }
                found
            }
            Err(error) if halts(&error) => {
                self.halt(&error);
                return Ok(());
            }
            // The others can be written all the same.
            Err(error) => return self.fail(at, error.to_string()),
        };
        match made {
            Some(id) => self.made_nested(entity, nested, at, id),
            None => self.fail(at, "was sent, but the answer does not tell its id"),
        }
    }

    fn made_nested(
        &mut self,
        entity: &Entity,
        nested: &Nested,
        at: usize,
        id: String,
    ) -> Result<(), Error> {
        let old = self.steps[at].id.clone();
        self.vault.becomes(entity.name, nested.held, &old, &id)?;
        self.steps[at].new_id = Some(id);
        self.note(at, StepStatus::Done)
    }

    /// The one of that name that lives, after a lost answer.
    async fn namesake(&mut self, nested: &Nested, held: &Value) -> Result<Option<String>, Error> {
        match ask::rows(self.client, &list_of(nested)).await {
            Ok(rows) => {
                let name = name_of(nested, held);
                let mut rows = rows.iter();
                let found = rows.find(|row| name.is_some() && name_of(nested, row) == name);
                Ok(found.and_then(id_of))
            }
            Err(error) => {
                self.halt(&error);
                Ok(None)
            }
        }
    }

    async fn delete_nested(
        &mut self,
        entity: &Entity,
        nested: &'static Nested,
        at: usize,
    ) -> Result<(), Error> {
        let path = nested.one.replace("{id}", &self.steps[at].id);
        let removal = match Removal::one(nested.api, path) {
            Ok(removal) => removal,
            Err(error) => return self.leave(at, error.to_string()),
        };
        self.note(at, StepStatus::Begun)?;
        match self.client.remove(&removal).await {
            Err(error) if error.kind() != ErrorKind::NotFound && !halts(&error) => {
                self.fail(at, error.to_string())
            }
            Err(error) if halts(&error) => {
                self.halt(&error);
                Ok(())
            }
            Ok(_) | Err(_) => {
                let own = self.steps[at].id.clone();
                self.vault.became_not(entity.name, nested.held, &own)?;
                self.note(at, StepStatus::Done)
            }
        }
    }
}

fn list_of(nested: &Nested) -> Listing {
    listing(nested.api, nested.list, &[], nested.paging, 250, "id")
}
