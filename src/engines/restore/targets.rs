//! What a restore of whole entities at a time, or an undo, wants of which objects.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::chunks::member;
use super::{Target, Want};
use crate::engines::Error;
use crate::entities::{self, Entity};
use crate::model::clock::rfc3339_millis;
use crate::model::restore::{Action, Step, StepStatus};
use crate::model::{ChangeKind, RunId};
use crate::vault::{ObjectFilter, RunRow, State, StateFilter, Vault};

/// A moment in a store's history.
#[derive(Debug, Clone, Copy)]
pub enum At {
    /// What was captured by then.
    Time(Timestamp),
    /// What a run saw.
    Run(RunId),
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time(at) => f.write_str(&rfc3339_millis(*at)),
            Self::Run(run) => write!(f, "run {run}"),
        }
    }
}

/// Which objects of whole entities.
#[derive(Debug, Clone, Copy, Default)]
pub struct AtFilter {
    /// Only those that are gone now.
    pub deleted_only: bool,
    /// Delete what was created after.
    pub delete_newer: bool,
    /// Only those of which a version was captured at this time or later.
    pub changed_since: Option<Timestamp>,
}

/// The targets that bring entities back to a moment, and the skips that are known already.
///
/// # Errors
///
/// [`Error::NothingThen`] where none of the entities had been looked at whole by then; when the
/// vault can't be read.
pub fn targets_at(
    vault: &Vault,
    entities: &[&'static Entity],
    at: At,
    filter: &AtFilter,
) -> Result<(Vec<Target>, Vec<Step>), Error> {
    let mut targets = Vec::new();
    let mut skips = Vec::new();
    let runs = vault.runs()?;
    let unknown = matches!(at, At::Run(asked) if runs.iter().all(|run| run.run != asked));
    if unknown || !entities.iter().any(|e| was_looked_at(&runs, e, at)) {
        let first = runs.iter().min_by_key(|run| run.run);
        return Err(Error::NothingThen {
            at: at.to_string(),
            first: first.map(|run| format!("{}, of {}", run.run, rfc3339_millis(run.started_at))),
        });
    }
    for entity in entities.iter().copied() {
        let looked = was_looked_at(&runs, entity, at);
        let wanted = ObjectFilter {
            state: match filter.deleted_only {
                true => StateFilter::Deleted,
                false => StateFilter::All,
            },
            changed_since: filter.changed_since,
            ..ObjectFilter::default()
        };
        let mut rows = Vec::new();
        vault.objects(entity.name, &wanted, &mut |row| {
            rows.push((row.id.to_string(), row.label));
            ControlFlow::Continue(())
        })?;
        for (id, label) in rows {
            let version = match at {
                At::Time(time) => vault.version_at(entity.name, &id, time)?,
                At::Run(run) => vault.version_at_run(entity.name, &id, run)?,
            };
            let stood = match version {
                Some(version) => vault
                    .versions(entity.name, &id)?
                    .iter()
                    .any(|row| row.version == version && row.change != ChangeKind::Deleted)
                    .then_some(version),
                None => None,
            };
            let target = |want| Target {
                entity,
                id: id.clone(),
                want,
                only: Vec::new(),
                asked: false,
            };
            match stood {
                Some(version) => targets.push(target(Want::Version(version))),
                None if filter.delete_newer && looked => targets.push(target(Want::Absent)),
                None => {
                    let head = vault.head(entity.name, &id)?;
                    if head.is_some_and(|head| head.state == State::Live) {
                        let reason = match looked {
                            true => "created after",
                            false => "no backup had looked at all of its kind by then",
                        };
                        skips.push(Step::skip(entity.name, &id, &label, reason));
                    }
                }
            }
        }
    }
    Ok((targets, skips))
}

/// Whether a moment lies behind a whole look at an entity: only then is an object that has no
/// version by then one that came later.
fn was_looked_at(runs: &[RunRow], entity: &Entity, at: At) -> bool {
    runs.iter().any(|run| {
        let mut rows = run.entities.iter();
        rows.any(|row| {
            let by_then = match at {
                At::Time(time) => row.finished_at <= time,
                At::Run(asked) => run.run <= asked,
            };
            row.report.entity == entity.name && row.whole && by_then
        })
    })
}

/// The targets that take a restore (or an undo) back: what it made is to go, what it changed or
/// deleted is to be as its safety version has it.
///
/// # Errors
///
/// When the run kept no journal, or the vault can't be read.
pub fn undo_targets(vault: &Vault, run: RunId) -> Result<Vec<Target>, Error> {
    let Some(steps) = vault.journal(run)? else {
        return Err(Error::Run {
            run: run.0,
            why: "is no restore, or it sent nothing: there is nothing to take back".to_owned(),
        });
    };
    let mut targets: Vec<Target> = Vec::new();
    for (n, text) in steps.iter().rev() {
        let step: Step = serde_json::from_str(text).map_err(|why| Error::Answer {
            what: format!("the journal of run {run}, step {n}"),
            why: why.to_string(),
        })?;
        let sent = match step.status {
            StepStatus::Done => true,
            // A change may have been made before it was found to fail.
            StepStatus::Begun | StepStatus::Failed => {
                step.safety.is_some() || step.new_id.is_some()
            }
            // It may be called otherwise for the sake of another.
            StepStatus::Planned => step.parked && step.safety.is_some(),
        };
        let Some(entity) = entities::find(&step.entity).filter(|_| sent) else {
            continue;
        };
        let nested = step.nested.as_deref().and_then(|held| {
            let mut all = entity.writes.nested.iter();
            all.find(|nested| nested.held == held)
        });
        let (id, want) = match (step.action, step.safety) {
            (Action::Create, _) if step.nested.is_some() => match (nested, step.new_id) {
                (Some(nested), Some(id)) => (id, Want::AbsentNested(nested.held)),
                _ => continue,
            },
            _ if step.nested.is_some() => continue, // an undo's own deletion: made again as needed
            (Action::Create, _) => match step.new_id {
                Some(id) => (id, Want::Absent),
                None => continue,
            },
            (Action::Update | Action::Relink | Action::Delete | Action::Upload, Some(safety)) => {
                (step.id, Want::Version(safety))
            }
            _ => continue,
        };
        // What else was edited since stays.
        let mut only: Vec<String> = match step.action {
            Action::Update | Action::Relink | Action::Upload => {
                step.changes.iter().map(|c| member(c).to_owned()).collect()
            }
            _ => Vec::new(),
        };
        only.dedup();
        // Two steps of one object are taken back together.
        let same = |t: &&mut Target| t.entity.name == entity.name && t.id == id && t.want == want;
        if let Some(target) = targets.iter_mut().find(same) {
            only.retain(|member| !target.only.contains(member));
            target.only.extend(only);
            continue;
        }
        targets.push(Target {
            entity,
            id,
            want,
            only,
            asked: true,
        });
    }
    Ok(targets)
}
