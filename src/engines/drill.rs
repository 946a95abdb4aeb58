//! The drill: is the backup worth something? The newest state of everything is restored into an
//! empty store, and what came of it is compared with what was wanted.
//!
//! It works on a copy of the version store and must never be given the merchant's own store.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Error;
use super::monitor::Monitor;
use super::restore::{self, At, AtFilter, Options, Want};
use crate::api::Client;
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, RestoreReport, Step, StepStatus};
use crate::model::{Clock, RunKind};
use crate::vault::{ObjectFilter, StateFilter, Vault};

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
        // All that lives is wanted by itself; what is gone must not come back beside it.
        dependencies: false,
        nested: true,
        ..Options::default()
    };
    let plan = restore::plan(client, vault, targets, &options, monitor).await?;
    let kind = RunKind::Restore;
    let report = restore::apply(client, vault, plan, kind, monitor, cancel, clock).await?;
    let mut rows = Vec::new();
    for entity in entities::all() {
        rows.push(judge(vault, entity, &report)?);
    }
    Ok(rows)
}

/// What became of an entity's objects.
fn judge(
    vault: &Vault,
    entity: &'static Entity,
    report: &RestoreReport,
) -> Result<Rehearsed, Error> {
    let steps = report.steps.iter();
    let steps: Vec<&Step> = steps.filter(|step| step.entity == entity.name).collect();
    // The copy is gone with the drill: objects are called by the ids that the backup knows.
    let mut known: HashMap<&str, &str> = HashMap::new();
    let mut restored = HashSet::new();
    let mut fields = 0;
    for step in steps.iter().filter(|step| step.nested.is_none()) {
        if let Some(new) = &step.new_id {
            known.insert(new, &step.id);
        }
        // What was there already as it should be was compared as well.
        let there = step.action == Action::Skip && !step.lacking;
        let done = there || step.status == StepStatus::Done;
        let Some(version) = step.version.filter(|_| done) else {
            continue;
        };
        // Bytes of an image are a step of their own.
        if !restored.insert(step.id.as_str()) {
            continue;
        }
        let id = step.new_id.as_ref().unwrap_or(&step.id);
        let wanted = restore::document(vault, entity, id, version)?.unwrap_or_default();
        let lists = entity.writes.rows.iter();
        let lists = lists.filter(|rows| rows.within.is_empty());
        let members = entity.writes.members.iter();
        fields += members
            .chain(lists.map(|rows| &rows.member))
            .filter(|member| wanted.get(**member).is_some())
            .count() as u64;
    }
    let called = |step: &Step| {
        let mut nested = entity.writes.nested.iter();
        let nested = nested.find(|nested| step.nested.as_deref() == Some(nested.held));
        let one = nested.map_or(entity.singular, |nested| nested.singular);
        format!("{one} {}", step.id)
    };
    let unfinished =
        |step: &&&Step| step.status == StepStatus::Failed || step.status == StepStatus::Begun;
    let mut differing: Vec<String> = steps
        .iter()
        .filter(unfinished)
        .map(|step| {
            let why = step.error.as_deref().unwrap_or("not finished");
            format!("{}: {why}", called(step))
        })
        .collect();
    let mut unequal = HashSet::new();
    for found in report.differing.iter().filter(|d| d.entity == entity.name) {
        let id = known.get(found.id.as_str()).copied().unwrap_or(&found.id);
        let path = &found.field.path;
        let member = path[1..].split(['/', '[']).next().unwrap_or_default();
        unequal.insert((id, member));
        differing.push(format!(
            "{} {id} {path}{}",
            entity.singular,
            told(&found.field)
        ));
    }
    let skipped = steps
        .iter()
        .find(|step| step.lacking && step.action == Action::Skip)
        .map(|step| format!("{}: {}", called(step), step.reason));
    Ok(Rehearsed {
        entity: entity.name.to_owned(),
        objects: vault.live_count(entity.name)?,
        restored: restored.len() as u64,
        fields,
        equal: fields.saturating_sub(unequal.len() as u64),
        differing,
        skipped: match &entity.writes.create {
            Some(_) => skipped,
            None => entity.writes.no_create.map(str::to_owned),
        },
    })
}

/// A difference in words, where it is one of plain values.
fn told(change: &FieldChange) -> String {
    let plain = |value: &Value| !value.is_object() && !value.is_array();
    match plain(&change.from) && plain(&change.to) {
        true => format!(": is {}, was {}", change.from, change.to),
        false => String::new(),
    }
}

/// Ids in one stretch of numbers: more than a drill gives.
const STRETCH: u64 = 1_000_000_000;
/// The first stretch that is looked at: below it are the ids of most stores.
const FIRST_STRETCH: u64 = 4;
/// Behind the last one requests take no ids.
const LAST_STRETCH: u64 = (1 << 52) / STRETCH - 1;

/// The beginning of a stretch of a thousand million numbers none of which stands in any document
/// that a version store holds, nor in an id: ids above it mean nothing there.
///
/// # Errors
///
/// When the vault can't be read, or has used all numbers.
pub fn free_ids(vault: &Vault) -> Result<u64, Error> {
    let mut used = BTreeSet::new();
    for row in vault.overview()? {
        let entity = row.entity.as_str();
        let mut ids = Vec::new();
        let all = ObjectFilter {
            state: StateFilter::All,
            ..ObjectFilter::default()
        };
        vault.objects(entity, &all, &mut |row| {
            ids.push(row.id);
            ControlFlow::Continue(())
        })?;
        for id in ids {
            let id = id.as_str();
            note(id.as_bytes(), &mut used);
            for former in vault.former_ids(entity, id)? {
                note(former.as_bytes(), &mut used);
            }
            for version in vault.versions(entity, id)? {
                if let Some(body) = vault.document(entity, id, version.version)? {
                    note(&body, &mut used);
                }
            }
        }
    }
    let mut free = (FIRST_STRETCH..=LAST_STRETCH).filter(|stretch| !used.contains(stretch));
    let free = free.next().ok_or_else(|| Error::Answer {
        what: "the version store".to_owned(),
        why: "its documents leave no numbers for the ids of a drill".to_owned(),
    })?;
    Ok(free * STRETCH)
}

/// Notes the stretches of all numbers in a text, wherever in it they stand.
fn note(text: &[u8], used: &mut BTreeSet<u64>) {
    let numbers = text.split(|byte| !byte.is_ascii_digit());
    // Shorter ones are below the first stretch.
    for digits in numbers.filter(|digits| digits.len() >= 10) {
        let number = std::str::from_utf8(digits).ok();
        if let Some(number) = number.and_then(|digits| digits.parse::<u64>().ok()) {
            used.insert(number / STRETCH);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_wherever_they_stand() {
        let mut used = BTreeSet::new();
        let text = br#"{"id":4000000001,"url":"/p/7123456789.jpg","n":999999999,"x":[5999999999]}"#;
        note(text, &mut used);
        note(b"8000000000", &mut used);
        note(b"123456789012345678901234567890", &mut used);
        assert_eq!(used.into_iter().collect::<Vec<_>>(), [4, 5, 7, 8]);
    }
}
