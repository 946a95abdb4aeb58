//! Twins that take the place of an object that is over for good, on request: which objects are over,
//! and what comes with such a twin. What pointed to the old one is linked to it by [`super::relink`].
//!
//! The old one's history ends, though the store may list it still, so it is never renumbered; what it
//! became is in the vault ([`super::became`]). This module must never plan one that was not asked for.

use std::ops::ControlFlow;

use serde_json::Value;

use super::Kept;
use super::apply::Job;
use super::copy::twin;
use super::gone::last_seen;
use super::plan::Planner;
use crate::engines::Error;
use crate::engines::capture::shape::label;
use crate::entities::entity::Omission;
use crate::entities::{self, Entity};
use crate::model::restore::{Action, Step};
use crate::vault::{ObjectFilter, StateFilter};

/// Whether an object is over: a document that says so.
pub(super) fn is_over(entity: &Entity, doc: &Value) -> bool {
    let stand_in = entity.writes.stand_in.as_ref();
    stand_in.is_some_and(|stand_in| stand_in.is_over(doc))
}

/// Says that objects of a restore point to one that is over, where that is so.
pub(super) fn points_there(entity: &Entity, to: &Entity, id: &str, live: &Kept) -> Option<String> {
    to.writes.stand_in.as_ref()?;
    let (one, many) = (to.singular, entity.name);
    is_over(to, &live.read().doc).then(|| {
        format!(
            "{one} {id} is over for good, and {many} of this restore point to it: \
             `vortex restore {one} {id} --as-copy` makes a new one in its place"
        )
    })
}

fn told(omissions: &[Omission]) -> impl Iterator<Item = String> {
    omissions.iter().map(|o| format!("{}: {}", o.what, o.why))
}

impl Planner<'_> {
    /// Says what a twin's step is where it may take its object's place, and plans what comes with it.
    pub(super) async fn stand_in(
        &mut self,
        entity: &'static Entity,
        step: &mut Step,
        wanted: &Value,
    ) -> Result<(), Error> {
        let Some(stand_in) = &entity.writes.stand_in else {
            return Ok(());
        };
        step.losses = told(stand_in.lost).collect();
        let one = entity.singular;
        let made = twin(entity, wanted, step.copy.unwrap_or(1));
        let (member, name) = (stand_in.over.0, label(entity, &made));
        let told_by = made.get(member).and_then(Value::as_str).unwrap_or("");
        let called = format!("{name}, with {member} {told_by}");
        step.reason =
            format!("a hidden twin to look at ({called}); the object itself stays as it is");
        if let Some(n) = step.copy.filter(|n| *n > 1) {
            let id = &step.id;
            self.plan.notes.push(format!(
                "a copy of {one} {id} is there already: this makes another, number {n}"
            ));
        }
        let key = (entity.name, step.id.clone());
        self.read(entity, std::slice::from_ref(&step.id), false)
            .await?;
        let live = self.live.get(&key).map(|kept| kept.read().doc);
        if live.is_some_and(|live| !stand_in.is_over(&live)) || !self.options.relink {
            return Ok(());
        }
        step.instead = true;
        step.reason = format!("is over for good: a new one ({called}) takes its place");
        step.losses.extend(told(stand_in.left));
        self.replaced
            .push((entity, step.id.clone(), wanted.clone()));
        self.stands_within(entity, &step.id)
    }

    /// The step of an object that is over, where no twin was asked for: nothing can be written to it.
    pub(super) fn over(&self, entity: &Entity, mut step: Step, wanted: &Value) -> Step {
        if is_over(entity, wanted) {
            step.reason = "is as it was".to_owned();
            return step;
        }
        let why = entity.writes.no_create.or(entity.why_not());
        let (one, id) = (entity.singular, &step.id);
        step.reason = format!(
            "{}; `vortex restore {one} {id} --as-copy` makes a new one in its place",
            why.unwrap_or("is over for good")
        );
        step.lacking = true;
        step
    }

    /// Plans what stood in such an object when it was last seen alive: made for the twin.
    fn stands_within(&mut self, entity: &'static Entity, id: &str) -> Result<(), Error> {
        let seen = last_seen(self.vault, entity, id)?;
        let all = entities::all().iter().copied();
        for inner in all.filter(|inner| inner.writes.within == Some(entity.name)) {
            let mut own = Vec::new();
            let filter = ObjectFilter {
                state: StateFilter::All,
                ..ObjectFilter::default()
            };
            self.vault.objects(inner.name, &filter, &mut |row| {
                let within = row.id.as_str().split_once('/');
                if within.is_some_and(|(outer, _)| outer == id) {
                    own.push(row.id.to_string());
                }
                ControlFlow::Continue(())
            })?;
            for within in own {
                let version = match seen {
                    Some(run) => self.vault.version_at_run(inner.name, &within, run)?,
                    None => self
                        .vault
                        .head(inner.name, &within)?
                        .map(|head| head.version),
                };
                let Some(version) = version else { continue };
                let Some(doc) = super::document(self.vault, inner, &within, version)? else {
                    continue; // gone before
                };
                let why = format!("stands in {} {id}: made for the new one", entity.singular);
                let mut step = Step::skip(inner.name, &within, &label(inner, &doc), &why);
                step.action = Action::Create;
                step.version = Some(version);
                (step.copy, step.instead) = (Some(1), true);
                step.requests = 2;
                self.within.push(step);
            }
        }
        Ok(())
    }
}

impl Job<'_> {
    /// The id under which a step's object is made where its path names one: within what took the
    /// place of the one that it stood in. None where that was not made.
    pub(super) fn made_under(&self, entity: &Entity, at: usize) -> Option<String> {
        let step = &self.steps[at];
        let (Some(outer), true) = (entity.writes.within, step.instead) else {
            return Some(step.id.clone());
        };
        let (old, own) = step.id.split_once('/')?;
        let new = self.replacement(outer, "", old)?.new_id.as_ref()?;
        Some(format!("{new}/{own}"))
    }

    /// Forgets what an undo takes back, as far as it does: what became it is itself again.
    pub(super) fn forget_stand_ins(&mut self) -> Result<(), Error> {
        if !self.literal {
            return Ok(());
        }
        for step in &self.steps {
            let entity = entities::find(&step.entity);
            let unmade = step.version.is_none() && step.nested.is_none();
            if unmade && entity.is_some_and(|entity| entity.writes.stand_in.is_some()) {
                self.vault.became_not(&step.entity, "", &step.id)?;
            }
        }
        Ok(())
    }
}
