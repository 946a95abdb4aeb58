//! What a plan makes anew, or takes for what is gone, and when it was last seen: what pointed to it
//! then is linked again by [`super::relink`].

use serde_json::Value;

use super::document;
use super::nested;
use super::plan::Planner;
use super::stand_in;
use crate::engines::Error;
use crate::engines::capture::shape::id_text;
use crate::entities::Entity;
use crate::entities::entity::{Nested, Reference};
use crate::model::restore::Action;
use crate::model::{ChangeKind, RunId};
use crate::vault::{RunRow, Vault};

/// Something that is made anew, or taken for what is gone.
pub(super) struct Gone {
    entity: &'static Entity,
    /// The member of that entity's documents which tells of it; empty for an object of the entity.
    held: &'static str,
    id: String,
    /// The last run that saw it alive; none where how things stand in the vault counts.
    pub seen: Option<RunId>,
    /// It has no history that goes on: a list takes it up again only where all else in it is as then.
    pub strict: bool,
}

impl Gone {
    /// The members of an entity's documents that may point to it.
    pub fn pointers(&self, entity: &Entity) -> Vec<Reference> {
        let to = self.entity.name;
        let own = entity
            .references
            .iter()
            .filter(|r| r.to == to && self.held.is_empty());
        let own = own.map(|r| (r.member, r.when));
        let told = entity.writes.local.iter();
        let told = told.filter(|local| local.told_by == Some((to, self.held)));
        let told = told.map(|local| (local.member, None));
        own.chain(told)
            .map(|(member, when)| Reference {
                member,
                to,
                when,
                needed: false,
            })
            .collect()
    }

    /// What its own id, and each that it had, comes to.
    pub fn key(&self, vault: &Vault) -> Result<Key, Error> {
        let (to, held) = (self.entity.name, self.held);
        let now = match held {
            "" => self.id.clone(),
            _ => now(vault, to, held, &self.id)?,
        };
        Ok((to, held, now))
    }

    /// The member of its entity's documents that tells of it; empty for an object.
    pub fn held(&self) -> &'static str {
        self.held
    }
}

/// The entity, the member that tells of it, the id that it has now.
pub(super) type Key = (&'static str, &'static str, String);

/// The id that something has now.
pub(super) fn now(vault: &Vault, to: &str, held: &str, id: &str) -> Result<String, Error> {
    Ok(match held {
        "" => vault.current_id(to, id)?,
        held => vault.became(to, held, id)?,
    })
}

/// All that the plan makes anew, or takes for what is gone.
pub(super) fn all(planner: &Planner<'_>) -> Result<Vec<Gone>, Error> {
    let mut gone = Vec::new();
    let created = planner.created.iter().map(|made| (made, false));
    let replaced = planner.replaced.iter().map(|made| (made, true));
    let runs = planner.vault.runs()?;
    for ((entity, id, _), strict) in created.chain(replaced) {
        let seen = seen_last(planner.vault, &runs, entity, id)?;
        let (id, held) = (id.clone(), "");
        gone.push(Gone {
            entity,
            held,
            id,
            seen,
            strict,
        });
    }
    for step in &planner.plan.steps {
        let Some((entity, nested)) = nested::of(step) else {
            continue;
        };
        if step.action == Action::Create || step.new_id.is_some() {
            gone.push(Gone {
                entity,
                held: nested.held,
                id: step.id.clone(),
                seen: last_told(planner, entity, nested, &step.id)?,
                strict: true,
            });
        }
    }
    Ok(gone)
}

/// The last run that saw an object alive: the last whole look at its entity before the run that
/// wrote its tombstone, or first saw it to be over. `None` where neither is written yet: then how
/// things stood last counts.
pub(super) fn last_seen(vault: &Vault, entity: &Entity, id: &str) -> Result<Option<RunId>, Error> {
    seen_last(vault, &vault.runs()?, entity, id)
}

/// The same, with the runs at hand.
fn seen_last(
    vault: &Vault,
    runs: &[RunRow],
    entity: &Entity,
    id: &str,
) -> Result<Option<RunId>, Error> {
    let versions = vault.versions(entity.name, id)?;
    let mut end = None;
    let mut born = None;
    for row in versions.iter().rev() {
        let over = row.change == ChangeKind::Deleted
            || (entity.writes.stand_in.is_some()
                && document(vault, entity, id, row.version)?
                    .is_some_and(|doc| stand_in::is_over(entity, &doc)));
        if !over {
            born = Some(row.run);
            break;
        }
        end = Some(row.run);
    }
    Ok(end.map(|end| seen_before(runs, entity, end, born)))
}

/// The last whole look at an entity before a run, at the earliest the run in which the object was
/// `born`.
fn seen_before(runs: &[RunRow], entity: &Entity, end: RunId, born: Option<RunId>) -> RunId {
    let before = runs.iter().filter(|run| run.run < end);
    let whole = before
        .filter(|run| {
            let mut looked = run.entities.iter();
            looked.any(|row| row.report.entity == entity.name && row.whole)
        })
        .map(|run| run.run)
        .max();
    whole.max(born).unwrap_or(RunId(end.0 - 1))
}

/// The last run in which one of the plan's objects told of something that is no object, and pointed
/// to it; none where one does so still.
fn last_told(
    planner: &Planner<'_>,
    entity: &Entity,
    nested: &Nested,
    id: &str,
) -> Result<Option<RunId>, Error> {
    let vault = planner.vault;
    let runs = vault.runs()?;
    let mut last = None;
    for step in &planner.plan.steps {
        let own = step.entity == entity.name && step.nested.is_none() && step.copy.is_none();
        let Some(version) = step.version.filter(|_| own) else {
            continue;
        };
        let doc = document(vault, entity, &step.id, version)?;
        let points = |doc: Value| doc.get(nested.pointer).and_then(id_text).as_deref() == Some(id);
        if !doc.is_some_and(points) {
            continue;
        }
        let versions = vault.versions(entity.name, &step.id)?;
        let at = versions.iter().position(|row| row.version == version);
        let next = at.and_then(|at| versions.get(at + 1));
        let Some(next) = next else {
            return Ok(None);
        };
        let born = at.map(|at| versions[at].run);
        last = last.max(Some(seen_before(&runs, entity, next.run, born)));
    }
    Ok(last)
}
