//! The drill: is the backup worth something? The newest state of everything is restored into an
//! empty store, and what came of it is compared with what was wanted.
//!
//! It works on a copy of the version store and must never be given the merchant's own store.

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Error;
use super::monitor::Monitor;
use super::restore::{self, At, AtFilter, Options, Want};
use crate::api::Client;
use crate::entities;
use crate::model::restore::{Action, StepStatus};
use crate::model::{Clock, RunKind};
use crate::vault::Vault;

/// What became of one entity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rehearsed {
    /// Its name.
    pub entity: String,
    /// Live objects in the backup.
    pub objects: u64,
    /// Objects that were made, or were there already as they should be.
    pub restored: u64,
    /// Fields compared: those of the objects made that the API lets one write.
    pub fields: u64,
    /// Of these, equal.
    pub equal: u64,
    /// What differs or could not be made, a line each.
    pub differing: Vec<String>,
    /// Why none of its objects is made, where that is so by nature.
    pub skipped: Option<String>,
}

/// Restores all that a version store holds as live into the store behind `client`.
///
/// # Errors
///
/// When the vault or the store fails.
pub async fn drill(
    client: &Client,
    vault: &mut Vault,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<Vec<Rehearsed>, Error> {
    let all: Vec<_> = entities::all()
        .iter()
        .copied()
        .filter(|entity| entity.writes.create.is_some())
        .collect();
    let (mut targets, _) =
        restore::targets_at(vault, &all, At::Time(clock.now()), &AtFilter::default())?;
    targets.retain(|target| matches!(target.want, Want::Version(_)));
    let options = Options {
        dependencies: false,
        ..Options::default()
    };
    let plan = restore::plan(client, vault, targets, &options, monitor).await?;
    let kind = RunKind::Restore;
    let report = restore::apply(client, vault, plan, kind, monitor, cancel, clock).await?;
    let mut rows = Vec::new();
    for entity in entities::all() {
        let live = vault.live_count(entity.name)?;
        let steps = || {
            report
                .steps
                .iter()
                .filter(|step| step.entity == entity.name)
        };
        let mut restored = 0;
        let mut fields = 0;
        for step in steps() {
            // What was there already as it should be was compared as well.
            let there = step.action == Action::Skip && !step.lacking;
            let Some(version) = step
                .version
                .filter(|_| there || step.status == StepStatus::Done)
            else {
                continue;
            };
            restored += 1;
            let id = step.new_id.as_ref().unwrap_or(&step.id);
            let wanted = restore::document(vault, entity, id, version)?.unwrap_or_default();
            let rows = entity.writes.rows.iter().map(|rows| &rows.member);
            let members = entity.writes.members.iter().chain(rows);
            fields += members
                .filter(|member| wanted.get(**member).is_some())
                .count() as u64;
        }
        let mut differing: Vec<String> = steps()
            .filter(|step| step.status == StepStatus::Failed || step.status == StepStatus::Begun)
            .map(|step| {
                let why = step.error.as_deref().unwrap_or("not finished");
                format!("{} {}: {why}", entity.singular, step.id)
            })
            .collect();
        let found = report.differing.iter().filter(|d| d.entity == entity.name);
        let found: Vec<String> = found
            .map(|d| format!("{} {} {}", entity.singular, d.id, d.field.path))
            .collect();
        let equal = fields.saturating_sub(found.len() as u64);
        differing.extend(found);
        rows.push(Rehearsed {
            entity: entity.name.to_owned(),
            objects: live,
            restored,
            fields,
            equal,
            differing,
            skipped: match &entity.writes.create {
                Some(_) => steps()
                    .find(|step| step.lacking && step.action == Action::Skip)
                    .map(|step| format!("{} {}: {}", entity.singular, step.id, step.reason)),
                None => entity.writes.no_create.map(str::to_owned),
            },
        });
    }
    Ok(rows)
}
