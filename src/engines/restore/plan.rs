//! The plan: what is wanted against what lives, as steps. Reads the store, changes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::batch::find_by_key;
use super::fields::{Eyes, beyond_reach, differences, is_rows, top};
use super::references::{ids, points, renumber};
use super::rows::{self, RowIds};
use super::{Options, Plan, Target, Want, document, number, relink};
use crate::api::Client;
use crate::engines::Error;
use crate::engines::capture::read_many;
use crate::engines::capture::shape::label;
use crate::engines::monitor::Monitor;
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, Step, StepStatus};
use crate::model::{ChangeKind, VersionNumber};
use crate::vault::{State, Vault};

/// What stands in the store now: by entity and present id.
type Live = HashMap<(&'static str, String), Value>;

/// Makes a plan. Nothing is sent that changes anything.
///
/// # Errors
///
/// When the store can't be read, or the vault.
pub async fn plan(
    client: &Client,
    vault: &Vault,
    targets: Vec<Target>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Plan, Error> {
    let mut planner = Planner {
        client,
        vault,
        options,
        monitor,
        live: Live::new(),
        plan: Plan {
            fields: options.fields.clone(),
            ..Plan::default()
        },
        planned: HashSet::new(),
        created: Vec::new(),
    };
    planner.settle(targets).await?;
    if options.relink {
        let steps = relink::find(&mut planner).await?;
        planner.plan.steps.extend(steps);
    }
    Ok(planner.into_plan())
}

/// A plan in the making.
pub(super) struct Planner<'a> {
    pub client: &'a Client,
    pub vault: &'a Vault,
    pub options: &'a Options,
    pub monitor: &'a dyn Monitor,
    pub live: Live,
    pub plan: Plan,
    /// Objects that have a step, by entity and the id that they have now.
    pub planned: HashSet<(&'static str, String)>,
    /// Objects that will be made anew: entity, the id they had, the version that is wanted.
    pub created: Vec<(&'static Entity, String, VersionNumber)>,
}

/// True where a narrow restore touches nothing but what the look-up itself answers: the parts that
/// are served elsewhere need not be read.
pub(super) fn is_flat(entity: &Entity, fields: &[String]) -> bool {
    !fields.is_empty()
        && fields.iter().all(|field| {
            let top = super::fields::top(field);
            entity.writes.members.contains(&top)
                && !entity.parts.iter().any(|part| part.members.contains(&top))
        })
}

impl Planner<'_> {
    /// Reads objects that are not read yet.
    pub async fn read(&mut self, entity: &'static Entity, ids: &[String]) -> Result<(), Error> {
        let parts = !is_flat(entity, &self.options.fields);
        let missing: Vec<String> = ids
            .iter()
            .filter(|id| !self.live.contains_key(&(entity.name, (*id).clone())))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let step = format!("reading {} in the store", missing.len());
        self.monitor.entity_step(entity.name, &step);
        for (id, doc) in read_many(self.client, entity, &missing, parts).await? {
            self.live.insert((entity.name, id), doc);
        }
        Ok(())
    }

    /// Plans the targets, and round after round what they need.
    async fn settle(&mut self, targets: Vec<Target>) -> Result<(), Error> {
        let mut round = targets;
        while !round.is_empty() {
            let mut by_entity: BTreeMap<usize, Vec<(Target, String)>> = BTreeMap::new();
            for target in round {
                let id = self.vault.current_id(target.entity.name, &target.id)?;
                if self.planned.insert((target.entity.name, id.clone())) {
                    let place = entities::all()
                        .iter()
                        .position(|e| e.name == target.entity.name);
                    let all = by_entity.entry(place.unwrap_or(usize::MAX)).or_default();
                    all.push((target, id));
                }
            }
            let mut needed = Vec::new();
            for all in by_entity.into_values() {
                needed.extend(self.entity(all).await?);
            }
            round = needed;
        }
        Ok(())
    }

    /// Plans the targets of one entity; answers what they need beside them.
    async fn entity(&mut self, all: Vec<(Target, String)>) -> Result<Vec<Target>, Error> {
        let Some(entity) = all.first().map(|(target, _)| target.entity) else {
            return Ok(Vec::new());
        };
        let present: Vec<String> = all.iter().map(|(_, id)| id.clone()).collect();
        self.read(entity, &present).await?;
        let mut wanted_anew: Vec<(Step, Value)> = Vec::new();
        let mut needs: Vec<(Value, u32)> = Vec::new();
        for (target, id) in all {
            let live = self.live.get(&(entity.name, id.clone())).cloned();
            let mut step = self.blank(entity, &id)?;
            let version = match target.want {
                Want::Absent => {
                    self.absent(entity, live.as_ref(), &mut step);
                    self.plan.steps.push(step);
                    continue;
                }
                Want::Version(version) => version,
            };
            step.version = Some(version);
            let Some(mut wanted) = document(self.vault, entity, &id, version)? else {
                step.reason = format!("v{version} is a deletion or is not there");
                step.lacking = target.asked;
                self.plan.steps.push(step);
                continue;
            };
            renumber(self.vault, entity, &mut wanted)?;
            step.label = label(entity, &wanted);
            match live {
                Some(live) => {
                    self.update(entity, &id, &wanted, &live, &mut step, target.asked)?;
                    if step.action == Action::Update {
                        let all = step.changes.iter().map(|change| change.path.clone());
                        let touched: Vec<String> = all.collect();
                        let mut part = serde_json::Map::new();
                        for path in touched {
                            let member = path[1..].split('/').next().unwrap_or_default();
                            if let Some(value) = wanted.get(member) {
                                part.insert(member.to_owned(), value.clone());
                            }
                        }
                        needs.push((Value::Object(part), step.n));
                    }
                    self.plan.steps.push(step);
                }
                None => wanted_anew.push((step, wanted)),
            }
        }
        let docs: Vec<&Value> = match wanted_anew.is_empty() || entity.writes.create.is_none() {
            true => Vec::new(),
            false => wanted_anew.iter().map(|(_, wanted)| wanted).collect(),
        };
        let mut twins = find_by_key(self.client, entity, &docs).await?.into_iter();
        let mut anew = Vec::new();
        for (mut step, wanted) in wanted_anew {
            let twin = twins.next().flatten();
            self.create(entity, &wanted, twin.as_ref(), &mut step);
            if step.action == Action::Create {
                needs.push((wanted.clone(), 0));
                if let Some(version) = step.version {
                    self.created.push((entity, step.id.clone(), version));
                }
            }
            anew.push((step, wanted));
        }
        self.plan.steps.extend(parents_first(entity, anew));
        self.needed(entity, &needs).await
    }

    fn blank(&self, entity: &Entity, id: &str) -> Result<Step, Error> {
        let label = self.vault.object(entity.name, id)?.map(|row| row.label);
        Ok(Step {
            n: 0,
            action: Action::Skip,
            entity: entity.name.to_owned(),
            id: id.to_owned(),
            new_id: None,
            label: label.unwrap_or_default(),
            reason: String::new(),
            status: StepStatus::Planned,
            error: None,
            lacking: false,
            changes: Vec::new(),
            conflicts: Vec::new(),
            losses: Vec::new(),
            version: None,
            safety: None,
            requests: 0,
        })
    }

    fn absent(&mut self, entity: &Entity, live: Option<&Value>, step: &mut Step) {
        match (live, &entity.writes.delete) {
            (None, _) => step.reason = "is not there any more".to_owned(),
            (Some(live), Some(_)) => {
                step.action = Action::Delete;
                step.label = label(entity, live);
                step.reason = "was not there then".to_owned();
                step.requests = 2;
                self.plan.deletions += 1;
            }
            (Some(_), None) => {
                step.reason = format!("{} can't be deleted through the API", entity.name);
                step.lacking = true;
            }
        }
    }

    fn update(
        &self,
        entity: &'static Entity,
        id: &str,
        wanted: &Value,
        live: &Value,
        step: &mut Step,
        asked: bool,
    ) -> Result<(), Error> {
        let fields = &self.options.fields;
        let mut changes = differences(entity, wanted, live, fields);
        if entity.writes.relink_named && !self.options.relink_orders {
            // What it points to is its history: left, unless that is asked for.
            let points = |path: &str| {
                let mut all = entity.references.iter();
                all.any(|reference| super::references::root(reference.member) == &path[1..])
            };
            changes.retain(|change| !fields.is_empty() || !points(&change.path));
        }
        let plain = changes.len();
        let mut row_ids = RowIds::default();
        let mut row_requests = 0;
        for rows in rows::lists(entity, fields) {
            let work = rows::compare(entity, rows, wanted, live, fields, false, &mut row_ids);
            let told = rows::changes(rows, &work);
            row_requests += told.len() as u32;
            step.losses.extend(work.lost);
            changes.extend(told);
        }
        for field in fields {
            let member = top(field);
            if !entity.writes.members.contains(&member) && !is_rows(entity, member) {
                step.losses.push(format!(
                    "{member}: can't be written through the API, or has no such name"
                ));
            }
        }
        if fields.is_empty() {
            for member in beyond_reach(entity, wanted, live) {
                let why = "can't be written through the API";
                step.losses.push(format!("{member}: {why}"));
            }
        }
        if changes.is_empty() {
            step.reason = match step.losses.is_empty() {
                true => "is as it was".to_owned(),
                false => "differs only in what the API does not let one write".to_owned(),
            };
            step.lacking = asked && !step.losses.is_empty();
            return Ok(());
        }
        if plain > 0 && entity.writes.update.is_none() {
            step.reason = entity.why_not().unwrap_or("can't be changed").to_owned();
            step.lacking = true;
            return Ok(());
        }
        step.action = Action::Update;
        step.reason = "differs from the wanted version".to_owned();
        step.conflicts = self.conflicts(entity, id, live, &changes)?;
        step.requests = u32::from(plain > 0) + row_requests + 2;
        step.changes = changes;
        Ok(())
    }

    /// Of the changes those that no version holds: the store was edited after its last backup.
    fn conflicts(
        &self,
        entity: &'static Entity,
        id: &str,
        live: &Value,
        changes: &[FieldChange],
    ) -> Result<Vec<FieldChange>, Error> {
        let Some(head) = self.vault.head(entity.name, id)? else {
            return Ok(Vec::new());
        };
        let Some(known) = document(self.vault, entity, id, head.version)? else {
            return Ok(Vec::new());
        };
        let eyes = Eyes::of(entity);
        let null = Value::Null;
        let unknown = |change: &&FieldChange| {
            let member = change.path[1..].split('/').next().unwrap_or_default();
            let of = |doc: &Value| doc.get(member).cloned().unwrap_or(null.clone());
            !eyes.same(member, &of(&known), &of(live))
        };
        Ok(changes.iter().filter(unknown).cloned().collect())
    }

    fn create(
        &self,
        entity: &'static Entity,
        wanted: &Value,
        twin: Option<&Value>,
        step: &mut Step,
    ) {
        let lacking = |step: &mut Step, why: String| {
            step.reason = why;
            step.lacking = true;
        };
        if !self.options.fields.is_empty() {
            step.reason = "is gone, and single fields don't make it anew".to_owned();
            step.lacking = true;
            return;
        }
        if entity.writes.create.is_none() {
            let why = entity.writes.no_create.or(entity.why_not());
            return lacking(step, why.unwrap_or("can't be made anew").to_owned());
        }
        for (member, text, why) in entity.writes.unmakeable {
            let told = wanted.get(*member).filter(|value| !value.is_null());
            if told.map_or(Some(""), Value::as_str) == Some(*text) {
                return lacking(step, (*why).to_owned());
            }
        }
        if let Some(twin) = twin {
            let id = twin
                .get(entity.id)
                .and_then(crate::engines::capture::shape::id_text)
                .unwrap_or_default();
            let why = format!(
                "its name is held by {} {id} now: rename that first",
                entity.singular
            );
            return lacking(step, why);
        }
        step.action = Action::Create;
        step.reason = "is gone".to_owned();
        let rows: usize = rows::lists(entity, &[])
            .filter_map(|rows| wanted.get(rows.member)?.as_array().map(Vec::len))
            .sum();
        step.requests = 2 + rows as u32;
        step.losses = entity
            .writes
            .lost
            .iter()
            .map(|lost| format!("{}: {}", lost.what, lost.why))
            .collect();
        let nothing = Value::Object(serde_json::Map::new());
        let mut row_ids = RowIds::default();
        for rows in rows::lists(entity, &[]) {
            let work = rows::compare(entity, rows, wanted, &nothing, &[], true, &mut row_ids);
            step.losses.extend(work.lost);
        }
    }

    /// What the objects refer to and the store does not have: to come back first.
    async fn needed(
        &mut self,
        entity: &'static Entity,
        needs: &[(Value, u32)],
    ) -> Result<Vec<Target>, Error> {
        let mut needed = Vec::new();
        for reference in entity.references {
            let Some(to) = entities::find(reference.to) else {
                continue; // a test of the descriptions forbids it
            };
            let mut pointed: Vec<String> = Vec::new();
            for (doc, _) in needs {
                for id in ids(doc, reference) {
                    let id = self.vault.current_id(to.name, &id)?;
                    let known = self.planned.contains(&(to.name, id.clone()));
                    if points(&id) && !known && !pointed.contains(&id) {
                        pointed.push(id);
                    }
                }
            }
            self.read_light(to, &pointed).await?;
            for id in pointed {
                if self.live.contains_key(&(to.name, id.clone())) {
                    continue;
                }
                let version = last_live(self.vault, to, &id)?;
                match version {
                    Some(version) if self.options.dependencies && to.writes.create.is_some() => {
                        needed.push(Target {
                            entity: to,
                            id,
                            want: Want::Version(version),
                            asked: false,
                        });
                    }
                    _ => self.plan.notes.push(format!(
                        "{} {id} is gone, and {} of this restore point to it",
                        to.singular, entity.name
                    )),
                }
            }
        }
        Ok(needed)
    }

    /// Reads whether objects are there, whole or not.
    async fn read_light(&mut self, entity: &'static Entity, ids: &[String]) -> Result<(), Error> {
        let missing: Vec<String> = ids
            .iter()
            .filter(|id| !self.live.contains_key(&(entity.name, (*id).clone())))
            .cloned()
            .collect();
        for (id, doc) in read_many(self.client, entity, &missing, true).await? {
            self.live.insert((entity.name, id), doc);
        }
        Ok(())
    }

    fn into_plan(mut self) -> Plan {
        let place = |step: &Step| {
            let at = entities::all().iter().position(|e| e.name == step.entity);
            let phase = match step.action {
                Action::Delete => 2,
                Action::Relink => 1,
                _ => 0,
            };
            // What others point to comes first; it goes last.
            let at = at.unwrap_or(usize::MAX);
            let anew = step.action != Action::Create;
            (phase, if phase == 2 { usize::MAX - at } else { at }, anew)
        };
        self.plan.steps.sort_by_key(place);
        number(&mut self.plan.steps);
        self.plan.requests = super::apply::requests(&self.plan.steps);
        self.plan.live = self.live;
        self.plan
    }
}

/// The newest version of an object that is no deletion.
pub(super) fn last_live(
    vault: &Vault,
    entity: &Entity,
    id: &str,
) -> Result<Option<VersionNumber>, Error> {
    if let Some(head) = vault.head(entity.name, id)?
        && head.state == State::Live
    {
        return Ok(Some(head.version));
    }
    let versions = vault.versions(entity.name, id)?;
    let live = versions.iter().rev();
    Ok(live
        .clone()
        .find(|row| row.change != ChangeKind::Deleted)
        .map(|row| row.version))
}

/// Steps in an order in which no object comes before one of its own kind that it points to.
fn parents_first(entity: &Entity, steps: Vec<(Step, Value)>) -> Vec<Step> {
    let own: Vec<_> = entity
        .references
        .iter()
        .filter(|reference| reference.to == entity.name)
        .collect();
    let mut waiting = steps;
    let mut ordered: Vec<Step> = Vec::new();
    while !waiting.is_empty() {
        let still: HashSet<String> = waiting.iter().map(|(step, _)| step.id.clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(step, doc)| {
            let mut pointed = own.iter().flat_map(|reference| ids(doc, reference));
            !pointed.any(|id| id != step.id && still.contains(&id))
        });
        let stuck = ready.is_empty();
        ordered.extend(ready.into_iter().map(|(step, _)| step));
        waiting = rest;
        if stuck {
            // They point to each other: any order is as good.
            ordered.extend(waiting.drain(..).map(|(step, _)| step));
        }
    }
    ordered
}
