//! A plan, and what became of it, in the words of someone who has two stores before them.

use std::collections::HashSet;

use serde_json::Value;

use super::Taken;
use crate::engines::Error;
use crate::engines::restore::chunks::{self, is_plain, member};
use crate::engines::restore::fields::Eyes;
use crate::engines::restore::references::root;
use crate::engines::restore::{Plan, document};
use crate::entities;
use crate::model::away::{self, home, is_away};
use crate::model::restore::{Action, RestoreReport, Step};
use crate::vault::Vault;

impl Taken {
    /// Says in a plan what is taken for what, what is lost on the way, and which fields someone has
    /// edited since the last restore into that store.
    ///
    /// # Errors
    ///
    /// When the version store fails.
    pub fn tell(&self, plan: &mut Plan, pair: &Vault) -> Result<(), Error> {
        let all = self.by_id(pair)?;
        for step in &mut plan.steps {
            if step.nested.is_some() {
                step.reason = step.reason.replace("is gone; one", "one");
                step.reason = step.reason.replace("is gone", "is not there yet");
                continue;
            }
            let Some(entity) = entities::find(&step.entity) else {
                continue;
            };
            let Some(entry) = all.get(&(entity.name, step.id.clone())) else {
                continue;
            };
            if !matches!(step.action, Action::Create | Action::Update | Action::Skip) {
                continue;
            }
            let there = match is_away(&step.id) {
                true => "is not there yet",
                false => "was there, and is gone",
            };
            step.reason = step.reason.replace("is gone", there);
            let one = entity.singular;
            if !is_away(&entry.id) {
                step.reason += &format!("; {one} {} is the same in every store", entry.id);
            }
            if let Some((twin, by)) = &entry.twin {
                step.reason += &format!("; taken for {one} {twin} there, by its {by}");
            }
            step.losses.extend(entry.lost.iter().cloned());
            step.lacking |= !entry.lost.is_empty();
            step.conflicts.clear();
            let before = step.version.unwrap_or_default().saturating_sub(1);
            if before > 0
                && let Some(known) = document(pair, entity, &step.id, before)?
            {
                let eyes = Eyes::of(entity);
                let edited = |change: &&_| {
                    let name = member(change);
                    let was = known.get(name).unwrap_or(&Value::Null);
                    is_plain(change) && !eyes.same(name, was, &change.from)
                };
                step.conflicts = step.changes.iter().filter(edited).cloned().collect();
            }
        }
        self.tell_left(plan, pair)?;
        for entry in self.entries.iter().filter(|entry| !entry.is_target()) {
            if let Some((twin, by)) = &entry.twin {
                let (one, called) = (entry.entity.singular, &entry.label);
                plan.notes.push(format!(
                    "{one} {} ({called}) is taken for {one} {twin} there, by its {by}, which stays \
                     as it is",
                    entry.id
                ));
            }
        }
        plan.requests = chunks::requests(&plan.steps);
        Ok(())
    }

    /// What is not made takes with it what can't be without it, and is missed by the rest.
    fn tell_left(&self, plan: &mut Plan, pair: &Vault) -> Result<(), Error> {
        let all = self.by_id(pair)?;
        loop {
            let made = |step: &&Step| step.action == Action::Create && step.nested.is_none();
            let made: HashSet<(String, String)> = plan
                .steps
                .iter()
                .filter(made)
                .map(|step| (step.entity.clone(), step.id.clone()))
                .collect();
            let mut again = false;
            for step in &mut plan.steps {
                let works = matches!(step.action, Action::Create | Action::Update);
                let Some(entity) =
                    entities::find(&step.entity).filter(|_| works && step.nested.is_none())
                else {
                    continue;
                };
                let Some(entry) = all.get(&(entity.name, step.id.clone())) else {
                    continue;
                };
                for (reference, id) in &entry.points {
                    {
                        let now = pair.current_id(reference.to, id)?;
                        let key = (reference.to.to_owned(), now);
                        if !is_away(&key.1) || made.contains(&key) {
                            continue;
                        }
                        let to = entities::find(reference.to);
                        let one = to.map_or(reference.to, |to| to.singular);
                        let name = root(reference.member);
                        let loss = format!("{name}: {one} {id} is not made there");
                        let deep = reference.member.strip_prefix(name);
                        if !matches!(deep, Some("" | "[]")) {
                            step.action = Action::Skip;
                            step.reason = loss.clone();
                            step.changes.clear();
                            step.requests = 0;
                            again = true;
                        }
                        step.lacking = true;
                        if !step.losses.contains(&loss) {
                            step.losses.push(loss);
                        }
                    }
                }
            }
            if !again {
                return Ok(());
            }
        }
    }
}

/// Gives a report the ids that each store gave, and says where it is gone on with.
pub fn told(report: &mut RestoreReport, store: &str) {
    let text = |text: &mut String| *text = away::told(text);
    for step in &mut report.steps {
        step.id = home(&step.id).unwrap_or_else(|| step.id.clone());
        text(&mut step.reason);
        step.error.iter_mut().for_each(text);
        step.losses.iter_mut().for_each(text);
        for change in step.changes.iter_mut().chain(&mut step.conflicts) {
            text(&mut change.path);
            away::tell(&mut change.from);
            away::tell(&mut change.to);
        }
    }
    for differing in &mut report.differing {
        text(&mut differing.id);
        text(&mut differing.field.path);
        away::tell(&mut differing.field.from);
        away::tell(&mut differing.field.to);
    }
    for note in &mut report.notes {
        text(note);
        if note.contains("vortex restore --resume") {
            *note += &format!(" --to-store {store}");
        }
    }
    report.to_store = Some(store.to_owned());
}
