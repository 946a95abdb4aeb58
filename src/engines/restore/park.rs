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
use crate::api;
use crate::engines::Error;
use crate::engines::capture::shape::all_at;
use crate::entities::entity::Rows;
use crate::entities::{self, Entity};
use crate::model::ChangeKind;
use crate::model::restore::{Action, FieldChange, Parked, Step, StepStatus};

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

/// A document as it was before these of its texts were parked; true where any was.
pub(super) fn unparked(entity: &Entity, doc: &mut Value, park: &[Parked]) -> bool {
    let mut any = false;
    for group in entity.writes.unique {
        for pattern in *group {
            walk(doc, pattern, &mut |value| {
                let text = value.as_str().and_then(own);
                if let Some(text) = text.filter(|text| is_parked(group, text, park)) {
                    *value = text.into();
                    any = true;
                }
            });
        }
    }
    any
}

/// Whether a text is one of those that are given away.
fn is_parked(group: &[&str], text: &str, park: &[Parked]) -> bool {
    let text = text.to_lowercase();
    let kind = group.first().copied().unwrap_or_default();
    park.iter().any(|one| one.kind == kind && one.text == text)
}

/// All texts of a document of which there is one each: what may have been parked of its rows.
pub(super) fn texts(entity: &Entity, doc: &Value) -> Vec<Parked> {
    let mut all = Vec::new();
    for group in entity.writes.unique {
        for value in group.iter().flat_map(|pattern| all_at(doc, pattern)) {
            if let (Some(kind), Some(text)) = (group.first(), value.as_str()) {
                let (kind, text) = ((*kind).to_owned(), text.to_lowercase());
                all.push(Parked { kind, text });
            }
        }
    }
    all
}

/// Notes that a step gives away what is held by its object.
pub(super) fn give(step: &mut Step, held: &Held) {
    let mut groups = held.by.writes.unique.iter();
    let group = groups.find(|group| group.contains(&held.member));
    if let Some(kind) = group.and_then(|group| group.first()) {
        let (kind, text) = ((*kind).to_owned(), held.text.clone());
        let one = Parked { kind, text };
        if !step.park.contains(&one) {
            step.park.push(one);
        }
    }
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

/// A document with the texts parked that its step gives away, in the places that the step sets: what
/// it does not set would keep its mark.
fn park_in(entity: &Entity, doc: &Value, step: &Step) -> Value {
    let mut doc = doc.clone();
    for group in entity.writes.unique {
        for pattern in *group {
            let mut touched = step.changes.iter().map(|change| top(member(change)));
            if step.action != Action::Delete && !touched.any(|member| member == root(pattern)) {
                continue;
            }
            walk(&mut doc, pattern, &mut |value| {
                if let Some(text) = value.as_str()
                    && is_parked(group, text, &step.park)
                {
                    *value = parked(text).into();
                }
            });
        }
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

/// The rows of a list that differ between two documents, as they are to be and as they are; without
/// those whose text is the object's own and went with it.
fn rows_between(entity: &Entity, list: &Rows, from: &Value, to: &Value) -> Vec<(Value, Value)> {
    let rows = |doc| rows_in(list, doc).unwrap_or_default();
    let pairs = rows(to).into_iter().zip(rows(from));
    let went = |row: &Value, twin: &Value| {
        let mut groups = entity.writes.unique.iter();
        groups.any(|group| {
            let inner = group.iter().find_map(|place| inner_of(list, place));
            let (own, inner) = match (group.iter().find(|place| !place.contains("[]")), inner) {
                (Some(own), Some(inner)) => (own, inner),
                _ => return false,
            };
            let changed = row.get(inner) != twin.get(inner);
            let of = |doc: &Value| all_at(doc, own).first().map(|text| (*text).clone());
            changed && of(from) != of(to) && of(from).as_ref() == twin.get(inner)
        })
    };
    let differ = pairs.filter(|(to, from)| to != from);
    differ.filter(|(to, from)| !went(to, from)).collect()
}

/// The member of a list's rows that a place names.
fn inner_of<'a>(list: &Rows, place: &'a str) -> Option<&'a str> {
    place.strip_prefix(list.member)?.strip_prefix("[].")
}

/// Whether nothing more can be asked. What the store fails over alone is told by its own step.
fn ends(error: &api::Error) -> bool {
    request::halts(error) && !request::is_own_fault(error)
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
        let (mut to_send, mut parked) = (Vec::new(), Vec::new());
        for (at, id) in some.iter().zip(ids) {
            let Some(live) = now.get(&id).map(|read| &read.doc) else {
                continue; // its own step tells that it is gone
            };
            // What changed since the plan is left as it is, its name as well.
            let moved = match self.steps[*at].action {
                Action::Update => {
                    let (plain, _) = self.plain(entity, &self.steps[*at])?;
                    self.moved(entity, *at, &plain, live)?
                }
                _ => Vec::new(),
            };
            let aside = park_in(entity, live, &self.steps[*at]);
            if moved.is_empty() && aside != *live {
                to_send.push((id, live.clone(), aside));
                self.steps[*at].parked = true;
                parked.push(*at);
            }
        }
        for status in [StepStatus::Planned, StepStatus::Begun] {
            let own = parked.iter().copied();
            let own: Vec<usize> = own.filter(|at| self.steps[*at].status == status).collect();
            self.note_all(&own, status)?;
        }
        self.set(entity, &to_send).await
    }

    /// Sets texts as they are in the second document of each. What the store refuses here is refused
    /// again, and told, when the step itself is worked on.
    async fn set(
        &mut self,
        entity: &'static Entity,
        all: &[(String, Value, Value)],
    ) -> Result<(), Error> {
        let Some(sending) = &entity.writes.update else {
            return Ok(());
        };
        let mut bodies = Vec::new();
        for (id, live, to) in all {
            let changes = between(entity, live, to);
            if !changes.is_empty() {
                bodies.push((id, update_body(entity, &changes, live), live));
            }
        }
        if sending.batch > 1 && bodies.len() > 1 {
            let rows = bodies
                .iter()
                .map(|(id, body, live)| request::with_id(entity, id, body.clone(), live));
            let rows: Vec<Value> = rows.collect();
            match self.send_batch(entity, sending, rows).await.1 {
                None => bodies.clear(),
                Some(error) if ends(&error) => {
                    self.halt(&error);
                    return Ok(());
                }
                Some(_) => {} // one by one
            }
        }
        for (id, body, live) in bodies {
            let send = request::one(entity, sending, id, body, Some(live));
            if let Err(error) = self.client.send(&send).await
                && ends(&error)
            {
                self.halt(&error);
                return Ok(());
            }
        }
        for (id, live, to) in all {
            for list in entity
                .writes
                .rows
                .iter()
                .filter(|list| list.update.is_some())
            {
                let mut unique = entity.writes.unique.iter().copied().flatten();
                if !unique.any(|place| inner_of(list, place).is_some()) {
                    continue;
                }
                for (row, twin) in rows_between(entity, list, live, to) {
                    let place = self.place(entity, id);
                    if let Err(row_writes::Fault::Api(error)) =
                        row_writes::change(place, list, &row, &twin).await
                        && ends(&error)
                    {
                        self.halt(&error);
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives objects that were parked and whose step did not set them their own texts back, where these
    /// are still free.
    pub(super) async fn unpark(&mut self) -> Result<(), Error> {
        for at in 0..self.steps.len() {
            let step = &self.steps[at];
            let left = step.status == StepStatus::Failed || self.marked.contains(&at);
            let Some(entity) = entities::find(&step.entity).filter(|_| step.parked && left) else {
                continue;
            };
            if self.has_halted() {
                return Ok(());
            }
            let (id, park) = (step.id.clone(), step.park.clone());
            let ids = std::slice::from_ref(&id);
            let Some(now) = self.look(entity, ids, true).await? else {
                return Ok(());
            };
            let Some(live) = now.get(&id).map(|read| read.doc.clone()) else {
                continue;
            };
            let mut back = live.clone();
            if !unparked(entity, &mut back, &park) {
                continue;
            }
            self.set(entity, &[(id.clone(), live, back)]).await?;
            let Some(mut after) = self.look(entity, ids, true).await? else {
                return Ok(());
            };
            let Some(read) = after.remove(&id) else {
                continue;
            };
            self.keep(entity, &id, &read, ChangeKind::Restored).await?;
            if unparked(entity, &mut read.doc.clone(), &park) {
                let mut why = self.steps[at].error.take().unwrap_or_default();
                why.push_str("; its name is taken: it ends in ");
                why.push_str(MARK);
                why.push_str(" now, give it another");
                self.fail(at, why.trim_start_matches("; "))?;
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
