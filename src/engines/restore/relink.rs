//! Re-linking: what pointed to an object that is made anew, when that object was last seen alive,
//! and points nowhere now, is to point to it again.
//!
//! BigCommerce clears such references when the target is deleted, and the next backup sees them
//! cleared. So the version store is asked how things stood in the last run that saw the target
//! alive. A reference that holds another value now is a merchant's later choice: it is left.

use std::collections::HashSet;
use std::ops::ControlFlow;

use serde_json::Value;

use super::document;
use super::fields::in_play;
use super::plan::Planner;
use super::references::{ids, like, points, root};
use crate::engines::Error;
use crate::engines::capture::shape::{id_text, label};
use crate::entities::entity::Reference;
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, Step};
use crate::model::{ChangeKind, RunId};
use crate::vault::{ObjectFilter, StateFilter, Vault};

/// One object that pointed to one that is made anew.
struct Referrer {
    id: String,
    /// The member pattern and the id that it held.
    held: Vec<(&'static Reference, String)>,
}

/// The steps that link again what the plan's creations leave unlinked.
pub(super) async fn find(planner: &mut Planner<'_>) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    if planner.created.is_empty() {
        return Ok(steps);
    }
    let mut gone: Vec<(&'static Entity, String, Option<RunId>)> = Vec::new();
    for (entity, id, _) in &planner.created {
        gone.push((*entity, id.clone(), last_seen(planner.vault, entity, id)?));
    }
    steps.extend(among_themselves(planner));
    for entity in entities::all().iter().copied() {
        let towards: Vec<_> = gone
            .iter()
            .filter(|(to, _, _)| entity.references.iter().any(|r| r.to == to.name))
            .collect();
        if towards.is_empty()
            || entity.writes.update.is_none()
            || (entity.writes.relink_named && !planner.options.relink_orders)
        {
            continue;
        }
        let referrers = referrers(planner, entity, &towards)?;
        let present: Vec<String> = referrers.iter().map(|r| r.id.clone()).collect();
        // What is set is in the look-up's own answer.
        planner.read(entity, &present, !reaches(entity)).await?;
        for referrer in referrers {
            let key = (entity.name, referrer.id.clone());
            let Some(live) = planner.live.get(&key).map(|kept| kept.read().doc) else {
                continue; // gone itself
            };
            let mut changes = changes(entity, &referrer, &live);
            let mut own = planner.plan.steps.iter_mut();
            let own = own.find(|step| {
                let same = step.action == Action::Update && step.nested.is_none();
                same && step.entity == entity.name && step.id == referrer.id
            });
            if let Some(own) = own {
                // It is changed anyhow: in one request, and taken back in one.
                let known = |path: &str| own.changes.iter().any(|change| change.path == path);
                changes.retain(|change| own.only.is_empty() && !known(&change.path));
                own.changes.append(&mut changes);
            }
            if changes.is_empty() {
                continue;
            }
            let why = "pointed to what is made anew";
            let mut step = Step::skip(entity.name, &referrer.id, &label(entity, &live), why);
            step.action = Action::Relink;
            step.requests = 3;
            step.changes = changes;
            steps.push(step);
        }
    }
    Ok(steps)
}

/// Whether all that refers to others stands in what the look-up answers, so that the parts served
/// elsewhere need not be read.
fn reaches(entity: &Entity) -> bool {
    let mut roots = entity.references.iter().map(|r| root(r.member));
    roots.all(|root| !entity.parts.iter().any(|part| part.members.contains(&root)))
}

/// Objects that are made anew and point to each other in lists: a create can name only what is
/// there by then, so the lists are set when all of them are.
fn among_themselves(planner: &Planner<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (entity, id, wanted) in &planner.created {
        let fellow = |id: &str| {
            let mut created = planner.created.iter();
            created.any(|(other, fellow, _)| other.name == entity.name && fellow == id)
        };
        let mut changes: Vec<FieldChange> = Vec::new();
        for reference in entity.references.iter().filter(|r| r.to == entity.name) {
            let member = root(reference.member);
            let listed = reference.member == format!("{member}[]");
            if listed && ids(wanted, reference).iter().any(|id| fellow(id)) {
                changes.push(FieldChange {
                    path: format!("/{member}"),
                    from: Value::Null,
                    to: wanted[member].clone(),
                });
            }
        }
        if !changes.is_empty() {
            let why = "points to others that are made anew";
            let mut step = Step::skip(entity.name, id, &label(entity, wanted), why);
            step.action = Action::Relink;
            step.requests = 3;
            step.changes = changes;
            steps.push(step);
        }
    }
    steps
}

/// The last run that saw an object alive: the last whole look at its entity before the run that
/// wrote its tombstone. `None` where no tombstone is written yet: then how things stood last counts.
fn last_seen(vault: &Vault, entity: &Entity, id: &str) -> Result<Option<RunId>, Error> {
    let versions = vault.versions(entity.name, id)?;
    let Some(tomb) = versions.last().filter(|v| v.change == ChangeKind::Deleted) else {
        return Ok(None);
    };
    let runs = vault.runs()?;
    let before = runs.iter().filter(|run| run.run < tomb.run);
    let whole = before
        .filter(|run| {
            let mut looked = run.entities.iter();
            looked.any(|row| row.report.entity == entity.name && row.whole)
        })
        .map(|run| run.run)
        .max();
    let born = versions
        .iter()
        .rev()
        .find(|v| v.change != ChangeKind::Deleted)
        .map(|v| v.run);
    Ok(whole.max(born).or(Some(RunId(tomb.run.0 - 1))))
}

/// The objects of an entity that pointed to one of those that are gone.
fn referrers(
    planner: &Planner<'_>,
    entity: &'static Entity,
    towards: &[&(&'static Entity, String, Option<RunId>)],
) -> Result<Vec<Referrer>, Error> {
    let vault = planner.vault;
    let own = planner.plan.steps.iter().filter(|step| {
        let made = matches!(step.action, Action::Create | Action::Delete);
        let own = step.nested.is_none() && step.copy.is_none();
        made && own && step.entity == entity.name
    });
    let busy: HashSet<String> = own.map(|step| step.id.clone()).collect();
    let mut all = Vec::new();
    let filter = ObjectFilter {
        state: StateFilter::Live,
        ..ObjectFilter::default()
    };
    vault.objects(entity.name, &filter, &mut |row| {
        all.push(row.id.to_string());
        ControlFlow::Continue(())
    })?;
    let mut found = Vec::new();
    for id in all {
        if busy.contains(&id) {
            continue; // made anew or deleted: its own step has its references
        }
        let mut held: Vec<(&'static Reference, String)> = Vec::new();
        let mut read: Option<(Option<u32>, Option<Value>)> = None;
        for (to, gone, seen) in towards {
            let version = match seen {
                Some(run) => vault.version_at_run(entity.name, &id, *run)?,
                None => vault.head(entity.name, &id)?.map(|head| head.version),
            };
            let Some(number) = version else {
                continue;
            };
            if read.as_ref().map(|(v, _)| *v) != Some(version) {
                read = Some((version, document(vault, entity, &id, number)?));
            }
            let Some((_, Some(doc))) = &read else {
                continue;
            };
            for reference in entity.references.iter().filter(|r| r.to == to.name) {
                for pointed in ids(doc, reference) {
                    if vault.current_id(to.name, &pointed)? == *gone {
                        held.push((reference, pointed));
                    }
                }
            }
        }
        if !held.is_empty() {
            found.push(Referrer { id, held });
        }
    }
    Ok(found)
}

/// The members to set again, each with the id that the target had: the present one is put in its
/// place when it is sent.
fn changes(entity: &Entity, referrer: &Referrer, live: &Value) -> Vec<FieldChange> {
    let mut changes: Vec<FieldChange> = Vec::new();
    for (reference, id) in &referrer.held {
        let pattern = reference.member;
        let member = root(pattern);
        if !entity.writes.members.contains(&member) || !in_play(entity, member, &[]) {
            continue;
        }
        let is = live.get(member).cloned().unwrap_or_default();
        let path = format!("/{member}");
        let known = changes.iter().position(|change| change.path == path);
        let before = known.map_or(&is, |at| &changes[at].to).clone();
        let dangling = ids(live, reference).contains(id);
        let to = if dangling {
            before // holds the old id: renumbered when it is sent
        } else if pattern == format!("{member}[]") {
            let mut list = before.as_array().cloned().unwrap_or_default();
            let sample = list.first().cloned().unwrap_or(Value::from(0));
            list.push(like(&sample, id));
            Value::Array(list)
        } else if pattern == member && id_text(&is).is_none_or(|now| !points(&now)) {
            like(&Value::from(0), id)
        } else {
            continue; // another value now: the merchant's later choice
        };
        match known {
            Some(at) => changes[at].to = to,
            None => changes.push(FieldChange { path, from: is, to }),
        }
    }
    changes
}
