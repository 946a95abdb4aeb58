//! `restore` and `undo`: a plan, a question, and the work.

use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, Kind};
use super::store::{Access, lock};
use crate::api::Client;
use crate::engines::history::History;
use crate::engines::monitor::Monitor;
use crate::engines::restore::{self, At, AtFilter, Plan, Target, Want};
use crate::entities::Entity;
use crate::model::restore::{RestoreReport, Step};
use crate::model::{Clock, RunId, RunKind, RunStatus, VersionWord};
use crate::vault::Vault;

/// What is to be brought back.
#[derive(Debug)]
pub enum Job {
    /// Single objects.
    Objects {
        /// Their entity.
        entity: &'static Entity,
        /// Their ids.
        ids: Vec<String>,
        /// The version; none for the last that was no deletion.
        word: Option<VersionWord>,
        /// Only those that changed at this time or later.
        changed_since: Option<Timestamp>,
    },
    /// Whole entities.
    Entities {
        /// Which.
        entities: Vec<&'static Entity>,
        /// The moment.
        at: At,
        /// Which of their objects.
        filter: AtFilter,
    },
    /// What a restore or an undo did is taken back.
    Undo(RunId),
    /// A restore that was cut short goes on.
    Resume(RunId),
}

/// How, and where.
pub struct Options<'a> {
    /// The way to the store.
    pub access: Access,
    /// The version store's file.
    pub db: &'a Path,
    /// How narrow or wide.
    pub narrow: restore::Options,
    /// Only the plan.
    pub dry_run: bool,
    /// How long to wait for another vortex.
    pub wait: Option<Option<Duration>>,
    /// Another version store whose images may be read where this one's are lacking.
    pub lender: Option<&'a Path>,
    /// Is told, once, that another vortex is waited for.
    pub waiting: &'a (dyn Fn(&Failure) + Sync),
}

/// Asked with the plan and the number of deletions in it; false leaves everything as it is.
pub type Confirm<'a> = &'a dyn Fn(&RestoreReport, usize) -> Result<bool, Failure>;

/// Runs it. `None` where the user said no.
pub async fn run(
    options: Options<'_>,
    job: Job,
    confirm: Confirm<'_>,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<Option<RestoreReport>, Failure> {
    let client = options.access.client(cancel)?;
    let what = match job {
        Job::Undo(_) => "undo",
        _ => "restore",
    };
    // There must be one already: a lock beside nothing would be left behind.
    let mut vault = Vault::open(options.db, Some(&options.access.hash))?;
    check_fields(&options.narrow.fields, &job)?;
    if options.narrow.copy {
        check_copy(&job)?;
    }
    let _lock = lock(options.db, what, options.wait, options.waiting, cancel).await?;
    // A dry run writes nothing.
    if !options.dry_run {
        drop(vault);
        vault = Vault::create(options.db, &options.access.hash, clock)?;
    }
    if let Some(lender) = options.lender {
        vault.borrow_media(lender);
    }
    let kind = match job {
        Job::Undo(_) => RunKind::Undo,
        _ => RunKind::Restore,
    };
    let (targets, skips) = match job {
        Job::Resume(run) => {
            let report = restore::resume(&client, &mut vault, run, monitor, cancel, clock);
            return Ok(Some(report.await?));
        }
        Job::Undo(run) => (restore::undo_targets(&vault, run)?, Vec::new()),
        job => targets(&vault, job)?,
    };
    let before = client.requests();
    let planned = restore::plan(&client, &vault, targets, &options.narrow, monitor).await;
    let mut plan = match planned {
        Ok(plan) => plan,
        Err(_) if cancel.is_cancelled() => return Err(Failure::interrupted()),
        Err(error) => return Err(error.into()),
    };
    plan.prepend(skips);
    if let Some(run) = restore::cut_short(&vault)? {
        plan.notes.push(cut_short(run));
    }
    if let Break(end) = show(&options, &plan, &client, before, confirm)? {
        return Ok(end);
    }
    let report = restore::apply(&client, &mut vault, plan, kind, monitor, cancel, clock).await?;
    vault.close()?;
    Ok(Some(report))
}

/// What is said of a run that left names changed.
pub(super) fn cut_short(run: RunId) -> String {
    format!(
        "run {run} was cut short while names changed hands: some end in -restoring now; finish it first \
         with: vortex restore --resume {run}"
    )
}

/// Shows a plan for which the client has sent what came after `before` requests: the end, where it is
/// all that is wanted, or was refused.
pub(super) fn show(
    options: &Options<'_>,
    plan: &Plan,
    client: &Client,
    before: u64,
    confirm: Confirm<'_>,
) -> Result<ControlFlow<Option<RestoreReport>>, Failure> {
    let mut shown = told(plan, client.requests() - before);
    shown.seconds_planned = client.seconds_for(plan.requests);
    if options.dry_run || plan.is_empty() {
        shown.dry_run = options.dry_run;
        return Ok(Break(Some(shown)));
    }
    Ok(match confirm(&shown, plan.deletions)? {
        true => Continue(()),
        false => Break(None),
    })
}

/// What a job means in a version store, and what is skipped already; nothing for a run's own.
pub(super) fn targets(vault: &Vault, job: Job) -> Result<(Vec<Target>, Vec<Step>), Failure> {
    Ok(match job {
        Job::Entities {
            entities,
            at,
            filter,
        } => restore::targets_at(vault, &entities, at, &filter)?,
        Job::Objects {
            entity,
            ids,
            word,
            changed_since,
        } => {
            let targets = objects(vault, entity, &ids, word.as_ref(), changed_since)?;
            (targets, Vec::new())
        }
        Job::Undo(_) | Job::Resume(_) => (Vec::new(), Vec::new()),
    })
}

/// A field that none of the entities has would restore nothing, silently.
pub(super) fn check_fields(fields: &[String], job: &Job) -> Result<(), Failure> {
    let entities: &[&'static Entity] = match job {
        Job::Objects { entity, .. } => std::slice::from_ref(entity),
        Job::Entities { entities, .. } => entities,
        Job::Undo(_) | Job::Resume(_) => return Ok(()),
    };
    for field in fields {
        let names = |entity: &&'static Entity| match field.split_once("[]") {
            // A list's rows are restored all of them, whole or in one member.
            Some((list, rest)) => {
                let plain = rest.is_empty() || rest.strip_prefix('.').is_some_and(is_plain);
                let mut rows = entity.writes.rows.iter();
                plain && rows.any(|rows| rows.member == list)
            }
            None => {
                let top = field.split('.').next().unwrap_or_default();
                let rows = entity.writes.rows.iter().map(|rows| rows.member);
                let member = entity.writes.members.contains(&top);
                let images = entity
                    .pictures
                    .iter()
                    .filter(|p| p.upload.is_some() && p.at.is_empty());
                let member = member || images.into_iter().any(|p| p.urls.contains(&top));
                field.split('.').all(is_plain) && (member || rows.into_iter().any(|r| r == field))
            }
        };
        if !entities.iter().any(names) {
            let what = format!("no field '{field}' can be restored here");
            return Err(Failure::new(Kind::BadField, what).hint(
                "write it like price, custom_url.url or variants[].price; docs/restore.md lists \
                 the fields of each entity",
            ));
        }
    }
    Ok(())
}

/// Of some things there can be no twin.
fn check_copy(job: &Job) -> Result<(), Failure> {
    let Job::Objects { entity, .. } = job else {
        return Err(Failure::new(Kind::Usage, "--as-copy takes single objects"));
    };
    match entity.writes.twin {
        Ok(_) => Ok(()),
        Err(why) => {
            let one = entity.singular;
            let what = format!("no copy can be made of {} {one}", article(one));
            Err(Failure::new(Kind::Usage, what)
                .hint(format!("{why}; `vortex show` prints a version")))
        }
    }
}

fn article(word: &str) -> &'static str {
    match word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => "an",
        false => "a",
    }
}

/// A member's name and nothing else.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && !word.contains(['.', '[', ']'])
}

/// The targets of single objects.
fn objects(
    vault: &Vault,
    entity: &'static Entity,
    ids: &[String],
    word: Option<&VersionWord>,
    changed_since: Option<Timestamp>,
) -> Result<Vec<Target>, Failure> {
    let history = History::new(vault, entity, false);
    let mut targets = Vec::new();
    for id in ids {
        let Some(row) = vault.object(entity.name, id)? else {
            let what = format!("{} {id} was never seen", entity.singular);
            return Err(Failure::new(Kind::UnknownObject, what).hint(format!(
                "what was deleted before the first backup can't be brought back; `vortex list {} \
                 --all` shows what can",
                entity.name
            )));
        };
        if changed_since.is_some_and(|since| row.changed_at < since) {
            continue;
        }
        let version = match word {
            Some(word) => {
                let state = history.state(id, word)?;
                let version = state.version;
                // Says which version is the last that was no deletion.
                history.shown(id, state)?;
                version.ok_or_else(|| {
                    Failure::new(Kind::UnknownVersion, format!("{id} has no such version"))
                })?
            }
            None => restore::last_live(vault, entity, id)?.ok_or_else(|| {
                let what = format!("{} {id} has no version but deletions", entity.singular);
                Failure::new(Kind::UnknownVersion, what)
            })?,
        };
        targets.push(Target {
            entity,
            id: id.clone(),
            want: Want::Version(version),
            only: Vec::new(),
            asked: true,
        });
    }
    Ok(targets)
}

/// A plan as a report of nothing done yet.
fn told(plan: &Plan, requests: u64) -> RestoreReport {
    let lacking = plan.steps.iter().any(|step: &Step| step.lacking);
    RestoreReport {
        run: None,
        dry_run: true,
        status: if lacking {
            RunStatus::Partial
        } else {
            RunStatus::Ok
        },
        requests,
        requests_planned: plan.requests,
        seconds_planned: None,
        to_store: None,
        refused: false,
        steps: plan.steps.clone(),
        differing: Vec::new(),
        notes: plan.notes.clone(),
    }
}
