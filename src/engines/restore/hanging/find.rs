//! Reading what hangs on the objects of a plan that will be made anew.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::super::plan::{Planner, last_live};
use super::super::references::{like, points};
use super::super::{document, rows};
use super::{key, outer};
use crate::api::{self, Client, ErrorKind};
use crate::engines::Error;
use crate::engines::ask::{self, listing};
use crate::engines::capture::shape::{all_at, id_text};
use crate::entities::entity::Hanging;
use crate::entities::{self, Entity};
use crate::model::away::is_away;
use crate::model::restore::{Action, FieldChange, Step};

/// An id that rows may name.
struct Asked {
    /// The object's place in the plan.
    at: usize,
    /// Its id when the plan was made.
    of: String,
    /// The id in the wanted document that it stands for.
    wanted: String,
}

/// Ids that rows may name; where two stand for the same, the newer comes first.
#[derive(Default)]
struct Ids {
    order: Vec<String>,
    all: HashMap<String, Asked>,
}

impl Ids {
    fn ask(&mut self, id: String, of: (usize, &str), wanted: String) {
        if points(&id) && !is_away(&id) && !self.all.contains_key(&id) {
            self.order.push(id.clone());
            let (at, of) = (of.0, of.1.to_owned());
            self.all.insert(id, Asked { at, of, wanted });
        }
    }
}

/// Rows of a living object that will be made anew.
#[derive(Debug)]
pub(in super::super) struct Remade {
    entity: &'static Entity,
    /// What names them.
    hanging: &'static str,
    /// The object.
    id: String,
    /// The ids that they had.
    gone: Vec<String>,
}

impl Planner<'_> {
    /// Remembers which rows a change in place will make anew, where others name such rows.
    pub(in super::super) fn remake(
        &mut self,
        entity: &'static Entity,
        step: &Step,
        wanted: &Value,
        live: &Value,
    ) {
        let all = entity.writes.hanging.iter();
        for hanging in all.filter(|hanging| hanging.of.is_none() && hanging.ids != entity.id) {
            let place = hanging.ids.strip_suffix(".id").unwrap_or_default();
            let list = format!("/{}/", place.trim_end_matches("[]"));
            let mut changes = step.changes.iter();
            if !changes.any(|change| change.from.is_null() && change.path.starts_with(&list)) {
                continue;
            }
            let pairs = rows::pairs(entity, wanted, live);
            let ids = all_at(wanted, hanging.ids).into_iter().filter_map(id_text);
            let gone = ids.filter(|id| pairs.chain(place, std::slice::from_ref(id)).is_none());
            self.remade.push(Remade {
                entity,
                hanging: hanging.name,
                id: step.id.clone(),
                gone: gone.collect(),
            });
        }
    }
}

/// The steps that set again what still stands.
pub(in super::super) async fn find(planner: &mut Planner<'_>) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    if planner.options.copy {
        return Ok(steps); // nothing hangs on a twin
    }
    for entity in entities::all().iter().copied() {
        for hanging in entity.writes.hanging {
            let ids = match hanging.of {
                None => of_objects(planner, entity, hanging)?,
                Some(held) => of_nested(planner, entity, held),
            };
            if ids.order.is_empty() {
                continue;
            }
            let what = hanging.what;
            let step = format!("reading {what}");
            planner.monitor.entity_step(entity.name, &step);
            match standing(planner.client, hanging, &ids.order).await {
                Ok(rows) => steps.extend(told(planner, entity, hanging, &ids, rows)),
                Err(error)
                    if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) =>
                {
                    planner.plan.notes.push(format!(
                        "{what} can't be read here ({error}): they are not set for what is made anew"
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(steps)
}

/// The ids of objects that are made anew, or of rows within them: those of when the object was last
/// seen alive, then those of the wanted version where that is an older one.
fn of_objects(
    planner: &Planner<'_>,
    entity: &'static Entity,
    hanging: &Hanging,
) -> Result<Ids, Error> {
    let mut ids = Ids::default();
    let own = hanging.ids == entity.id;
    let place = hanging.ids.strip_suffix(".id").unwrap_or_default();
    let all = planner
        .created
        .iter()
        .filter(|(e, ..)| e.name == entity.name);
    for (at, (_, id, wanted)) in all.enumerate() {
        if hanging
            .unless
            .is_some_and(|member| wanted.get(member).is_some())
        {
            continue;
        }
        let there = all_at(wanted, hanging.ids).into_iter().filter_map(id_text);
        if own {
            for old in std::iter::once(id.clone()).chain(there) {
                ids.ask(old, (at, id), id.clone());
            }
            continue;
        }
        let version = wanted_version(planner, entity, id);
        let last = last_live(planner.vault, entity, id)?.filter(|last| Some(*last) != version);
        let last = match last {
            Some(last) => document(planner.vault, entity, id, last)?,
            None => None,
        };
        if let Some(last) = last {
            let pairs = rows::pairs(entity, &last, wanted);
            for newer in all_at(&last, hanging.ids).into_iter().filter_map(id_text) {
                let same = pairs.chain(place, std::slice::from_ref(&newer));
                if let Some(wanted) = same.and_then(|mut now| now.pop()) {
                    ids.ask(newer, (at, id), wanted);
                }
            }
        }
        for old in there {
            ids.ask(old.clone(), (at, id), old);
        }
    }
    let own =
        |remade: &&Remade| (remade.entity.name, remade.hanging) == (entity.name, hanging.name);
    let first = planner.created.len();
    for (at, remade) in (first..).zip(planner.remade.iter().filter(own)) {
        for old in &remade.gone {
            ids.ask(old.clone(), (at, &remade.id), old.clone());
        }
    }
    Ok(ids)
}

fn creates<'a>(planner: &'a Planner<'_>, entity: &Entity) -> impl Iterator<Item = &'a Step> {
    let name = entity.name;
    let steps = planner.plan.steps.iter();
    steps.filter(move |step| step.action == Action::Create && step.entity == name)
}

fn wanted_version(planner: &Planner<'_>, entity: &Entity, id: &str) -> Option<u32> {
    let mut own = creates(planner, entity).filter(|step| step.nested.is_none());
    own.find(|step| step.id == id)?.version
}

/// The ids of what the documents tell of and is made anew.
fn of_nested(planner: &Planner<'_>, entity: &'static Entity, held: &str) -> Ids {
    let mut ids = Ids::default();
    let all = creates(planner, entity);
    let all = all.filter(|step| step.nested.as_deref() == Some(held));
    for (at, step) in all.enumerate() {
        ids.ask(step.id.clone(), (at, &step.id), step.id.clone());
    }
    ids
}

/// All rows that name one of these ids, each with the list that it is of.
pub(super) async fn standing(
    client: &Client,
    hanging: &Hanging,
    ids: &[String],
) -> Result<Vec<Value>, api::Error> {
    let Some(over) = &hanging.over else {
        return within(client, hanging, None, ids).await;
    };
    let lists = listing(hanging.api, over.path, &[], hanging.paging, 250, "id");
    let mut all = Vec::new();
    for list in ask::rows(client, &lists).await? {
        if let Some(list) = list.get("id") {
            all.extend(within(client, hanging, Some(list), ids).await?);
        }
    }
    Ok(all)
}

/// The same in one list.
pub(super) async fn within(
    client: &Client,
    hanging: &Hanging,
    list: Option<&Value>,
    ids: &[String],
) -> Result<Vec<Value>, api::Error> {
    let outer = list.and_then(id_text).unwrap_or_default();
    let path = hanging.list.replace("{outer}", &outer);
    let mut all = Vec::new();
    for some in ids.chunks(hanging.chunk.max(1)) {
        let mut asked = listing(hanging.api, &path, hanging.query, hanging.paging, 250, "id");
        asked.query.push((hanging.param.to_owned(), some.join(",")));
        for mut row in ask::rows(client, &asked).await? {
            if let (Some(list), Some(members)) = (list, row.as_object_mut()) {
                members.insert(hanging.within.to_owned(), list.clone());
            }
            let named = row.get(hanging.names).and_then(id_text);
            if named.is_some_and(|id| some.contains(&id)) {
                all.push(row);
            }
        }
    }
    Ok(all)
}

/// A step for each object, with its rows under the ids of the wanted document.
fn told(
    planner: &Planner<'_>,
    entity: &'static Entity,
    hanging: &'static Hanging,
    ids: &Ids,
    mut rows: Vec<Value>,
) -> Vec<Step> {
    let named = |row: &Value| row.get(hanging.names).and_then(id_text).unwrap_or_default();
    let rank: HashMap<&String, usize> = ids.order.iter().zip(0..).collect();
    rows.sort_by_key(|row| rank.get(&named(row)).copied());
    let mut by_object: BTreeMap<usize, Step> = BTreeMap::new();
    let mut taken = HashSet::new();
    for mut row in rows {
        let old = named(&row);
        let Some(asked) = ids.all.get(&old) else {
            continue;
        };
        let step = by_object.entry(asked.at);
        let step = step.or_insert_with(|| blank(planner, entity, hanging, asked));
        row[hanging.names] = like(&row[hanging.names], &asked.wanted);
        if hanging
            .key
            .iter()
            .any(|member| row.get(*member).is_none_or(Value::is_null))
        {
            let lacks = hanging.key.join(", ");
            step.losses.push(format!(
                "{}: one without {lacks} can't be set",
                hanging.what
            ));
            continue;
        }
        let (list, key) = (outer(hanging, &row), key(hanging, &row));
        if !taken.insert((asked.of.clone(), list.clone(), key.clone())) {
            continue; // an older one
        }
        let list = Some(list).filter(|list| !list.is_empty());
        let path: Vec<String> = list.into_iter().chain(key).collect();
        step.changes.push(FieldChange {
            path: format!("/{}/{}", hanging.name, path.join("/")),
            from: Value::Null,
            to: Value::Object(cut(hanging, &row)),
        });
    }
    let mut steps: Vec<Step> = by_object.into_values().collect();
    for step in &mut steps {
        let what = hanging.what;
        if step.changes.is_empty() {
            step.action = Action::Skip;
            step.reason = format!("{what} stand under an old id, and none can be set");
            continue;
        }
        step.requests = 3;
        step.reason = format!(
            "{what} still stand under an old id ({}): set for the new one, the old are left",
            step.changes.len()
        );
    }
    steps
}

fn blank(planner: &Planner<'_>, entity: &Entity, hanging: &Hanging, asked: &Asked) -> Step {
    let mut all = planner.plan.steps.iter();
    let own = all.find(|step| {
        let same = step.entity == entity.name && step.id == asked.of;
        same && step.nested.as_deref() == hanging.of
    });
    let label = own.map(|step| step.label.clone()).unwrap_or_default();
    let mut step = Step::skip(entity.name, &asked.of, &label, "");
    step.action = Action::Relink;
    step.nested = hanging.of.map(str::to_owned);
    step.hanging = Some(hanging.name.to_owned());
    step
}

/// What of a row is needed to set it; what a merchant looks for comes first.
fn cut(hanging: &Hanging, row: &Value) -> Map<String, Value> {
    let names = [hanging.names, hanging.within];
    let kept = hanging.members.iter().chain(hanging.key).chain(&names);
    let kept = kept.filter_map(|member| Some(((*member).to_owned(), row.get(*member)?.clone())));
    kept.filter(|(_, value)| !value.is_null()).collect()
}
