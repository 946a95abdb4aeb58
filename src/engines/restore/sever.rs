//! What points to objects that neither live nor come back: the rest of such an object comes back
//! without them, and the plan says so. The store would refuse it as a whole otherwise.
//!
//! This module must never take out what makes an object another one: what stands in rules stays in,
//! and the store judges it.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::apply::Job;
use super::chunks::{is_plain, member};
use super::fields::Eyes;
use super::plan::Planner;
use super::references::{leave_out, root};
use crate::entities::Entity;
use crate::entities::entity::Reference;
use crate::model::away::is_away;
use crate::model::restore::{Action, Step, StepStatus};

/// An object of the plan that points to one that was not there.
pub(super) struct Dangling {
    pub from: &'static Entity,
    pub own: String,
    pub reference: &'static Reference,
    pub to: &'static Entity,
    pub id: String,
}

impl Dangling {
    fn key(&self) -> String {
        key(self.to.name, &self.id)
    }

    fn told(&self) -> String {
        let (member, one, id) = (root(self.reference.member), self.to.singular, &self.id);
        format!("{member}: {one} {id} is gone and does not come back, so it is left out")
    }

    /// It stands in the object itself or in a list of ids, not in a rule.
    fn is_shallow(&self) -> bool {
        let pattern = self.reference.member;
        let rest = pattern.strip_prefix(root(pattern));
        matches!(rest, Some("" | "[]"))
    }
}

pub(super) fn key(entity: &str, id: &str) -> String {
    format!("{entity}/{id}")
}

/// Whether a step makes an object of its own history.
fn makes(step: &Step) -> bool {
    step.action == Action::Create && step.nested.is_none() && step.copy.is_none()
}

impl Planner<'_> {
    /// Takes what does not come back out of all that points to it.
    pub(super) fn sever(&mut self) {
        let makers = self.plan.steps.iter().filter(|step| makes(step));
        let coming: HashSet<String> = makers.map(|step| key(&step.entity, &step.id)).collect();
        let mut lost: HashMap<String, Vec<Dangling>> = HashMap::new();
        for one in std::mem::take(&mut self.dangling) {
            let comes = coming.contains(&one.key()) || self.is_there(one.to, &one.id);
            // Where it was taken from another store, that is told there.
            if !comes && !is_away(&one.id) && one.is_shallow() {
                let all = lost.entry(key(one.from.name, &one.own)).or_default();
                all.push(one);
            }
        }
        for step in &mut self.plan.steps {
            let takes = matches!(
                step.action,
                Action::Create | Action::Update | Action::Relink
            );
            let own = key(&step.entity, &step.id);
            let takes = takes && step.nested.is_none() && step.hanging.is_none();
            let all = lost.get(&own).filter(|_| takes);
            if let Some(all) = all {
                let needed = all.iter().find(|one| one.reference.needed);
                match needed.filter(|_| step.action == Action::Create) {
                    Some(one) => without(step, one),
                    None => cut(step, all),
                }
            }
        }
    }
}

/// Leaves an object away that would be something else without what it points to.
fn without(step: &mut Step, one: &Dangling) {
    let (member, to, id) = (root(one.reference.member), one.to.singular, &one.id);
    step.action = Action::Skip;
    step.lacking = true;
    step.requests = 0;
    step.losses.clear();
    step.reason = format!("{member}: {to} {id} is gone, and without it this would be another");
}

/// Takes out of a step what it points to in vain.
fn cut(step: &mut Step, all: &[Dangling]) {
    for one in all {
        if !step.dead.contains(&one.key()) {
            step.dead.push(one.key());
            step.losses.push(one.told());
        }
    }
    let Some(entity) = all.first().map(|one| one.from) else {
        return;
    };
    let eyes = Eyes::of(entity);
    let dead = step.dead.clone();
    step.changes.retain_mut(|change| {
        if !is_plain(change) {
            return true;
        }
        let member = member(change).to_owned();
        let mut around = Map::from_iter([(member.clone(), change.to.take())]);
        let mut doc = Value::Object(std::mem::take(&mut around));
        leave_out(entity, &mut doc, &|reference, id| {
            dead.contains(&key(reference.to, id))
        });
        match doc.get_mut(&member) {
            None => false,
            Some(to) => {
                change.to = to.take();
                !eyes.same(&member, &change.to, &change.from)
            }
        }
    });
    if step.changes.is_empty() && step.action != Action::Create {
        step.action = Action::Skip;
        step.requests = 0;
        step.reason = "differs only in what points to objects that don't come back".to_owned();
    }
}

impl Job<'_> {
    /// Takes out of a document what neither lives nor comes back: as planned, and what could not be
    /// made after all. True where anything was.
    pub(super) fn sever(&self, entity: &Entity, step: &Step, doc: &mut Value) -> bool {
        if step.dead.is_empty() && self.unmade.is_empty() {
            return false;
        }
        let before = doc.clone();
        leave_out(entity, doc, &|reference, id| {
            let key = key(reference.to, id);
            step.dead.contains(&key) || self.unmade.contains(&key)
        });
        *doc != before
    }

    /// Forgets that a step's object could not be made: it is to be tried again.
    pub(super) fn note_made(&mut self, at: usize) {
        let step = &self.steps[at];
        self.unmade.remove(&key(&step.entity, &step.id));
    }

    /// Remembers that a step's object could not be made.
    pub(super) fn note_unmade(&mut self, at: usize) {
        let step = &self.steps[at];
        if makes(step) && step.status == StepStatus::Failed && step.new_id.is_none() {
            self.unmade.insert(key(&step.entity, &step.id));
        }
    }
}

/// The objects that these steps make.
pub(super) fn makers(steps: &[Step]) -> HashSet<String> {
    let makers = steps.iter().filter(|step| makes(step));
    makers.map(|step| key(&step.entity, &step.id)).collect()
}

/// The objects that earlier work on these steps could not make.
pub(super) fn unmade(steps: &[Step]) -> BTreeSet<String> {
    let failed =
        |step: &&Step| makes(step) && step.status == StepStatus::Failed && step.new_id.is_none();
    let failed = steps.iter().filter(failed);
    failed.map(|step| key(&step.entity, &step.id)).collect()
}
