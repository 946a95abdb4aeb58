//! Texts of which there is one each and that change hands in one restore: names that an import has
//! shuffled, a name that goes with an object which is deleted to one that comes back. Whoever gives
//! one away is called something else for a while, so that the store refuses nobody.
//!
//! Such a text is marked so that it can be told from any other: what a killed restore left marked is
//! known again by a resume, and given its own text back where its object's step failed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::apply::Job;
use super::chunks::{is_plain, member};
use super::fields::{top, update_body};
use super::held::Held;
use super::references::{root, walk};
use super::request;
use super::row_writes;
use super::rows::{self, rows_in};
use crate::engines::Error;
use crate::engines::capture::shape::all_at;
use crate::entities::entity::Rows;
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, Step, StepStatus};

const MARK: &str = "-restoring";

/// What a text is called while it changes hands.
pub(super) fn parked(text: &str) -> String {
    match text.strip_suffix('/') {
        Some(path) => format!("{path}{MARK}/"),
        None => format!("{text}{MARK}"),
    }
}

/// The text of a parked one.
fn own(text: &str) -> Option<String> {
    match text.strip_suffix('/') {
        Some(path) => path.strip_suffix(MARK).map(|path| format!("{path}/")),
        None => text.strip_suffix(MARK).map(str::to_owned),
    }
}

/// A document as it was before its texts were parked.
pub(super) fn unparked(entity: &Entity, doc: &mut Value) -> bool {
    let mut any = false;
    for pattern in entity.writes.unique.iter().copied().flatten() {
        walk(doc, pattern, &mut |value| {
            if let Some(text) = value.as_str().and_then(own) {
                *value = text.into();
                any = true;
            }
        });
    }
    any
}

/// Whether a step gives away in this restore what is held by its object, so that another may have it.
pub(super) fn gives(step: &Step, held: &Held) -> bool {
    if step.nested.is_some() || step.entity != held.by.name || step.id != held.id {
        return false;
    }
    let writes = &held.by.writes;
    let mut groups = writes.unique.iter();
    let Some(group) = groups.find(|group| group.contains(&held.member)) else {
        return false;
    };
    let writable = |pattern: &&str| {
        let mut lists = writes.rows.iter();
        writes.members.contains(&root(pattern)) || lists.any(|list| list.member == root(pattern))
    };
    match step.action {
        Action::Update => step.changes.iter().any(|change| {
            group
                .iter()
                .any(|pattern| lets_go(change, pattern, &held.text))
        }),
        Action::Delete => writes.update.is_some() && group.iter().all(writable),
        _ => false,
    }
}

/// Whether a change takes a text away from a place.
fn lets_go(change: &FieldChange, pattern: &str, text: &str) -> bool {
    let list = pattern.split_once("[].");
    let at = root(pattern);
    let has = |value: &Value| {
        let texts = match list {
            Some((_, inner)) if !is_plain(change) => vec![value.get(inner).cloned()],
            None if is_plain(change) => {
                let around = Value::Object(Map::from_iter([(at.to_owned(), value.clone())]));
                let found = all_at(&around, pattern);
                found.into_iter().map(|value| Some(value.clone())).collect()
            }
            _ => Vec::new(),
        };
        let mut texts = texts.into_iter().flatten();
        texts.any(|value| value.as_str().is_some_and(|is| is.to_lowercase() == text))
    };
    top(member(change)) == at && has(&change.from) && !has(&change.to)
}

/// The places of a document that hold one of these texts: patterns of the top level, and those of
/// rows.
fn places(entity: &Entity, doc: &Value, texts: &[String]) -> Vec<&'static str> {
    let holds = |value: &Value| {
        let text = value.as_str().map(str::to_lowercase);
        text.is_some_and(|text| texts.contains(&text))
    };
    let patterns = entity.writes.unique.iter().copied().flatten().copied();
    patterns
        .filter(|pattern| all_at(doc, pattern).iter().any(|value| holds(value)))
        .collect()
}

/// A document with these texts parked wherever they stand.
fn park_in(entity: &Entity, doc: &Value, texts: &[String]) -> Value {
    let mut doc = doc.clone();
    for pattern in places(entity, &doc, texts) {
        walk(&mut doc, pattern, &mut |value| {
            if let Some(text) = value.as_str()
                && texts.contains(&text.to_lowercase())
            {
                *value = parked(text).into();
            }
        });
    }
    doc
}

/// From one document to another: the members in which they differ among those that hold texts of
/// which there is one each.
fn between(entity: &Entity, from: &Value, to: &Value) -> Vec<FieldChange> {
    let patterns = entity.writes.unique.iter().copied().flatten();
    let mut changes: Vec<FieldChange> = Vec::new();
    for pattern in patterns.filter(|pattern| !pattern.contains("[]")) {
        let member = root(pattern);
        let path = format!("/{member}");
        if from.get(member) != to.get(member) && !changes.iter().any(|c| c.path == path) {
            let of = |doc: &Value| doc.get(member).cloned().unwrap_or_default();
            let (from, to) = (of(from), of(to));
            changes.push(FieldChange { path, from, to });
        }
    }
    changes
}

/// The rows of a list that differ between two documents, as they are to be and as they are.
fn rows_between(list: &Rows, from: &Value, to: &Value) -> Vec<(Value, Value)> {
    let rows = |doc| rows_in(list, doc).unwrap_or_default();
    let pairs = rows(to).into_iter().zip(rows(from));
    pairs.filter(|(to, from)| to != from).collect()
}

impl Job<'_> {
    /// Parks what changes hands, before the first step is worked on.
    pub(super) async fn park(&mut self) -> Result<(), Error> {
        let mut by_entity: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, step) in self.steps.iter().enumerate() {
            let open = matches!(step.status, StepStatus::Planned | StepStatus::Begun);
            if !step.park.is_empty() && open {
                by_entity.entry(step.entity.clone()).or_default().push(at);
            }
        }
        for (name, all) in by_entity {
            let Some(entity) = entities::find(&name) else {
                continue;
            };
            let batch = entity.writes.update.as_ref().map_or(1, |u| u.batch.max(1));
            for some in all.chunks(batch) {
                if self.has_halted() {
                    return Ok(());
                }
                self.park_some(entity, some).await?;
            }
        }
        Ok(())
    }

    async fn park_some(&mut self, entity: &'static Entity, some: &[usize]) -> Result<(), Error> {
        let ids: Vec<String> = some.iter().map(|at| self.steps[*at].id.clone()).collect();
        let Some(now) = self.look(entity, &ids, true).await? else {
            return Ok(());
        };
        let mut to_send = Vec::new();
        for (at, id) in some.iter().zip(ids) {
            let Some(live) = now.get(&id).map(|read| &read.doc) else {
                continue; // its own step tells that it is gone
            };
            let aside = park_in(entity, live, &self.steps[*at].park);
            if aside != *live {
                to_send.push((*at, id, live.clone(), aside));
            }
        }
        let begun: Vec<usize> = to_send.iter().map(|(at, ..)| *at).collect();
        self.note_all(&begun, StepStatus::Begun)?;
        self.set(entity, &to_send).await
    }

    /// Sets texts as they are in the second document of each. What the store refuses here is refused
    /// again, and told, when the step itself is worked on.
    async fn set(
        &mut self,
        entity: &'static Entity,
        all: &[(usize, String, Value, Value)],
    ) -> Result<(), Error> {
        let Some(sending) = &entity.writes.update else {
            return Ok(());
        };
        let mut bodies = Vec::new();
        for (_, id, live, to) in all {
            let changes = between(entity, live, to);
            if !changes.is_empty() {
                bodies.push((id, update_body(entity, &changes, live), live));
            }
        }
        if sending.batch > 1 && bodies.len() > 1 {
            let rows = bodies
                .iter()
                .map(|(id, body, live)| request::with_id(entity, id, body.clone(), live));
            let send = request::many(sending, rows.collect());
            match self.client.send(&send).await {
                Ok(_) => bodies.clear(),
                Err(error) if request::halts(&error) => {
                    self.halt(&error);
                    return Ok(());
                }
                Err(_) => {} // one by one
            }
        }
        for (id, body, live) in bodies {
            let send = request::one(entity, sending, id, body, Some(live));
            if let Err(error) = self.client.send(&send).await
                && request::halts(&error)
            {
                self.halt(&error);
                return Ok(());
            }
        }
        for (_, id, live, to) in all {
            // A plain object's own text may be its only row's as well: it went with it.
            let own = between(entity, live, to);
            for list in entity
                .writes
                .rows
                .iter()
                .filter(|list| list.update.is_some())
            {
                let pattern = format!("{}[].", list.member);
                let mut unique = entity.writes.unique.iter().copied().flatten();
                if !own.is_empty() || !unique.any(|place| place.starts_with(&pattern)) {
                    continue;
                }
                for (row, twin) in rows_between(list, live, to) {
                    let place = self.place(entity, id);
                    if let Err(row_writes::Fault::Api(error)) =
                        row_writes::change(place, list, &row, &twin).await
                        && request::halts(&error)
                    {
                        self.halt(&error);
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives objects whose step failed their own texts back, where these are still free.
    pub(super) async fn unpark(&mut self) -> Result<(), Error> {
        for at in 0..self.steps.len() {
            let step = &self.steps[at];
            let failed = !step.park.is_empty() && step.status == StepStatus::Failed;
            let Some(entity) = entities::find(&step.entity).filter(|_| failed) else {
                continue;
            };
            if self.has_halted() {
                return Ok(());
            }
            let id = step.id.clone();
            let Some(now) = self.look(entity, std::slice::from_ref(&id), true).await? else {
                return Ok(());
            };
            let Some(live) = now.get(&id).map(|read| read.doc.clone()) else {
                continue;
            };
            let mut back = live.clone();
            if unparked(entity, &mut back) {
                let all = [(at, id.clone(), live, back)];
                self.set(entity, &all).await?;
                let after = self.look(entity, std::slice::from_ref(&id), true).await?;
                let after = after.and_then(|mut after| after.remove(&id));
                if after.is_some_and(|read| unparked(entity, &mut read.doc.clone())) {
                    self.notes.push(format!(
                        "{} {id} could not have its name back: it ends in {MARK} now",
                        entity.singular
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Rows of one list that take each other's texts: those that have to be parked before any is set.
pub(super) fn rows_to_park(
    entity: &Entity,
    list: &Rows,
    work: &rows::RowWork,
) -> Vec<(Value, Value)> {
    let pattern = format!("{}[].", list.member);
    let unique = entity.writes.unique.iter().copied().flatten();
    let mut all = Vec::new();
    for member in unique.filter_map(|place| place.strip_prefix(pattern.as_str())) {
        let text = |row: &Value| {
            let text = row.get(member).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_lowercase)
        };
        for (row, twin) in &work.update {
            let has = text(twin);
            let takers = || work.update.iter().map(|(row, _)| row).chain(&work.create);
            let taken =
                has.is_some() && text(row) != has && takers().any(|other| text(other) == has);
            if taken && let Some(now) = twin.get(member).and_then(Value::as_str) {
                let mut aside = twin.clone();
                aside[member] = parked(now).into();
                all.push((aside, twin.clone()));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_parked_is_known_again(text in "[a-zA-Z0-9 /_-]{1,20}") {
            prop_assert_eq!(own(&parked(&text)), Some(text));
        }
    }

    #[test]
    fn a_path_stays_one() {
        assert_eq!(parked("/kettle/"), "/kettle-restoring/");
        assert_eq!(own("/kettle/"), None);
    }
}
