//! The plan: what is wanted against what lives, as steps. Reads the store, changes nothing.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::chunks::{self, member};
use super::fields::top;
use super::held::{Held, Seek};
use super::nested::Nests;
use super::references::{ids, points};
use super::sever::Dangling;
use super::uploads;
use super::{Kept, Live, Options, Plan, Read, Target, Want, document, hanging};
use super::{number, order, relink, stand_in};
use crate::api::Client;
use crate::engines::Error;
use crate::engines::capture::read_many;
use crate::engines::monitor::Monitor;
use crate::entities::entity::{Form, Part, Source};
use crate::entities::{self, Entity};
use crate::model::restore::{Action, Step};
use crate::model::{ChangeKind, VersionNumber};
use crate::vault::{State, Vault};

/// Objects read and compared together: what bounds the memory that a plan takes.
const READ_AT_ONCE: usize = 500;

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
        plan: Plan::default(),
        there: HashSet::new(),
        planned: HashSet::new(),
        created: Vec::new(),
        replaced: Vec::new(),
        within: Vec::new(),
        nests: Nests::default(),
        remade: Vec::new(),
        dangling: Vec::new(),
    };
    planner.settle(targets).await?;
    let within = std::mem::take(&mut planner.within);
    planner.plan.steps.extend(within);
    if options.relink {
        let steps = relink::find(&mut planner).await?;
        planner.plan.steps.extend(steps);
        let steps = hanging::find(&mut planner).await?;
        planner.plan.steps.extend(steps);
    }
    planner.sever();
    planner.tell_nested().await;
    for flag in &options.on_request {
        let mut steps = planner.plan.steps.iter();
        if !steps.any(|step| step.on_request.iter().any(|asked| asked == flag)) {
            let note = format!("--{flag} changes nothing: nothing that it speaks of is made anew");
            planner.plan.notes.push(note);
        }
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
    /// Objects that live and are as they shall be: read, and let go.
    there: HashSet<(&'static str, String)>,
    /// Objects that have a step, by entity and the id that they have now.
    pub planned: HashSet<(&'static str, String)>,
    /// Objects that will be made anew: entity, the id they had, what is wanted.
    pub created: Vec<(&'static Entity, String, Value)>,
    /// Objects that are over, whose place a twin takes: entity, id, what is wanted.
    pub replaced: Vec<(&'static Entity, String, Value)>,
    /// Steps that make again what stood in those.
    pub within: Vec<Step>,
    /// What the documents tell of others that are no entity.
    pub nests: Nests,
    /// Rows of living objects that will be made anew, and that others name.
    pub remade: Vec<hanging::Remade>,
    /// What points to objects that were not there when they were looked for.
    pub dangling: Vec<Dangling>,
}

/// True where a narrow restore touches nothing but what the look-up itself answers: the parts that
/// are served elsewhere need not be read.
pub(super) fn is_flat(entity: &Entity, fields: &[String]) -> bool {
    !fields.is_empty()
        && fields.iter().all(|field| {
            let top = top(field);
            // A part that is looked up by a member changes with it.
            let hosts =
                |part: &Part| matches!(part.source, Source::Bulk { host, .. } if host == top);
            let mut parts = entity.parts.iter();
            let mut rows = entity.writes.rows.iter();
            let ids = rows.any(|rows| rows.form == Form::Ids && rows.member == top);
            (ids || entity.writes.members.contains(&top))
                && !parts.any(|part| part.members.contains(&top) || hosts(part))
        })
}

impl Planner<'_> {
    /// Reads objects that are not read yet; with `parts` whole, also those that were read without.
    pub async fn read(
        &mut self,
        entity: &'static Entity,
        ids: &[String],
        parts: bool,
    ) -> Result<(), Error> {
        let missing = |id: &&String| {
            let known = self.live.get(&(entity.name, (*id).clone()));
            known.is_none_or(|known| parts && !known.whole)
        };
        let missing: Vec<String> = ids.iter().filter(missing).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let step = format!("reading {} in the store", missing.len());
        self.monitor.entity_step(entity.name, &step);
        let whole = parts || entity.parts.is_empty();
        for (id, doc) in read_many(self.client, entity, &missing, parts).await? {
            let kept = Kept::new(&Read { doc, whole });
            self.live.insert((entity.name, id), kept);
        }
        Ok(())
    }

    /// What is in play for a target.
    pub(super) fn only(&self, target: &Target) -> Vec<String> {
        match target.only.is_empty() {
            true => self.options.fields.clone(),
            false => target.only.clone(),
        }
    }

    /// Plans the targets, and round after round what they need.
    async fn settle(&mut self, targets: Vec<Target>) -> Result<(), Error> {
        let mut round = match self.options.copy {
            true => self.copies(targets).await?,
            false => targets,
        };
        while !round.is_empty() {
            let mut by_entity: BTreeMap<usize, Vec<(Target, String)>> = BTreeMap::new();
            for target in round {
                if let Want::AbsentNested(held) = target.want {
                    self.read_nested(target.entity, &Options::default()).await?;
                    self.without(target.entity, held, &target.id);
                    continue;
                }
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
        if all.iter().any(|(target, _)| target.want != Want::Absent) {
            self.read_nested(entity, self.options).await?;
        }
        let mut wanted_anew: Vec<(Step, Value)> = Vec::new();
        let mut going: Vec<(Step, Value)> = Vec::new();
        let mut needs: Vec<(String, Value)> = Vec::new();
        let mut seeks: Vec<Seek> = Vec::new();
        let mut seeking: Vec<(usize, bool)> = Vec::new();
        for some in all.chunks(READ_AT_ONCE) {
            let (flat, deep): (Vec<_>, Vec<_>) = some
                .iter()
                .partition(|(target, _)| is_flat(entity, &self.only(target)));
            for (some, parts) in [(flat, false), (deep, true)] {
                let ids: Vec<String> = some.iter().map(|(_, id)| id.clone()).collect();
                self.read(entity, &ids, parts).await?;
            }
            for (target, id) in some {
                let (step, wanted) = self.compare(entity, target, id)?;
                let key = (entity.name, id.clone());
                let images = self.images(entity, &step, wanted.as_ref())?;
                match (step.action, wanted) {
                    (Action::Skip, Some(wanted)) if !self.live.contains_key(&key) => {
                        wanted_anew.push((step, wanted));
                        continue;
                    }
                    (Action::Delete, Some(live)) => {
                        going.push((step, live));
                        continue;
                    }
                    (Action::Update, Some(wanted)) => {
                        let live = self.live.get(&key).map(|kept| kept.read().doc);
                        let live = live.unwrap_or_default();
                        self.remake(entity, &step, &wanted, &live);
                        if let Some(seek) = Seek::changed(entity, &step, &wanted, &live) {
                            seeks.push(seek);
                            self.plan_nested(entity, &step);
                            seeking.push((self.plan.steps.len(), target.asked));
                        }
                        let mut touched = serde_json::Map::new();
                        for member in step.changes.iter().map(|c| top(member(c))) {
                            if let Some(value) = wanted.get(member) {
                                touched.insert(member.to_owned(), value.clone());
                            }
                        }
                        needs.push((id.clone(), Value::Object(touched)));
                    }
                    (Action::Skip, _) if images.is_some() => {}
                    // A large store's documents would not fit into memory; that it is there is
                    // enough to know.
                    (Action::Skip, _) if self.live.remove(&key).is_some() => {
                        self.there.insert(key);
                    }
                    _ => {}
                }
                self.plan_nested(entity, &step);
                // What else is as it was need not be said.
                if step.action != Action::Skip || step.lacking || images.is_none() {
                    self.plan.steps.push(step);
                }
                self.plan.steps.extend(images);
            }
        }
        self.plan.deletions += going.len();
        let going = order::children_first(entity, going);
        self.plan.steps.extend(going);
        // Only what could be made is looked for.
        for (step, wanted) in &mut wanted_anew {
            self.create(entity, wanted, step);
        }
        let anew = wanted_anew
            .iter()
            .filter(|(step, _)| step.action == Action::Create);
        seeks.extend(anew.map(|(_, wanted)| Seek::anew(entity, wanted)));
        let found = self.holding(entity, &seeks).await?;
        let held = loop {
            let held = self.lasting(&found);
            let mut settled = true;
            for (((at, asked), seek), held) in seeking.iter().zip(&seeks).zip(&held) {
                let mut step = self.plan.steps[*at].clone();
                let without = |held: &&Held| !step.without.iter().any(|p| p == held.member);
                let Some(held) = held
                    .iter()
                    .find(without)
                    .filter(|_| step.action == Action::Update)
                else {
                    continue;
                };
                self.leave(entity, &mut step, seek, held, *asked)?;
                self.plan.steps[*at] = step;
                // What it was to give away it keeps by now.
                settled = false;
            }
            if settled {
                break held;
            }
        };
        let mut held = held.into_iter().skip(seeking.len());
        for (step, wanted) in &mut wanted_anew {
            if step.action != Action::Create {
                continue;
            }
            if let Some(held) = held.next().and_then(|all| all.into_iter().next()) {
                step.action = Action::Skip;
                step.lacking = true;
                step.losses.clear();
                step.requests = 0;
                step.reason = held.told();
                continue;
            }
            self.plan_nested(entity, step);
            let images = uploads::compare(entity, wanted, None, &[], &[]);
            self.plan.steps.extend(uploads::step(step, images));
            needs.push((step.id.clone(), wanted.clone()));
            self.created.push((entity, step.id.clone(), wanted.clone()));
        }
        let steps = order::parents_first(entity, wanted_anew);
        self.plan.steps.extend(steps);
        self.needed(entity, &needs).await
    }

    /// Whether an object was found to live.
    pub(super) fn is_there(&self, entity: &Entity, id: &str) -> bool {
        let key = (entity.name, id.to_owned());
        self.there.contains(&key) || self.live.contains_key(&key)
    }

    /// What the objects refer to and the store does not have: to come back first.
    pub(super) async fn needed(
        &mut self,
        entity: &'static Entity,
        needs: &[(String, Value)],
    ) -> Result<Vec<Target>, Error> {
        let mut needed = Vec::new();
        for reference in entity.references {
            let Some(to) = entities::find(reference.to) else {
                continue; // a test of the descriptions forbids it
            };
            let mut pointed: Vec<String> = Vec::new();
            for (own, doc) in needs {
                for id in ids(doc, reference) {
                    let id = self.vault.current_id(to.name, &id)?;
                    if !self.is_there(to, &id) {
                        let (own, to, id) = (own.clone(), to, id.clone());
                        self.dangling.push(Dangling {
                            from: entity,
                            own,
                            reference,
                            to,
                            id,
                        });
                    }
                    let known = self.planned.contains(&(to.name, id.clone()));
                    if points(&id) && !known && !pointed.contains(&id) {
                        pointed.push(id);
                    }
                }
            }
            pointed.retain(|id| !self.there.contains(&(to.name, id.clone())));
            self.read(to, &pointed, false).await?;
            for id in pointed {
                if let Some(live) = self.live.get(&(to.name, id.clone())) {
                    let note = stand_in::points_there(entity, to, &id, live);
                    let new =
                        note.filter(|n| !self.options.literal && !self.plan.notes.contains(n));
                    self.plan.notes.extend(new);
                    continue;
                }
                let version = last_live(self.vault, to, &id)?;
                match version {
                    Some(version) if self.options.dependencies && to.writes.create.is_some() => {
                        needed.push(Target {
                            entity: to,
                            id,
                            want: Want::Version(version),
                            only: Vec::new(),
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

    fn into_plan(mut self) -> Plan {
        order::settle(&mut self.plan.steps);
        number(&mut self.plan.steps);
        self.plan.requests = chunks::requests(&self.plan.steps);
        self.plan.live = self.live;
        self.plan
    }
}

/// The newest version of an object that is no deletion, nor one that says it is over, where another
/// is held.
pub fn last_live(vault: &Vault, entity: &Entity, id: &str) -> Result<Option<VersionNumber>, Error> {
    if entity.writes.stand_in.is_some() {
        for row in vault.versions(entity.name, id)?.iter().rev() {
            let doc = document(vault, entity, id, row.version)?;
            if doc.is_some_and(|doc| !stand_in::is_over(entity, &doc)) {
                return Ok(Some(row.version));
            }
        }
    }
    if let Some(head) = vault.head(entity.name, id)?
        && head.state == State::Live
    {
        return Ok(Some(head.version));
    }
    let versions = vault.versions(entity.name, id)?;
    let mut live = versions.iter().rev();
    let live = live.find(|row| row.change != ChangeKind::Deleted);
    Ok(live.map(|row| row.version))
}
