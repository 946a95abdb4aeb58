//! What changed in the whole store between two times, each object's changes folded into one.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Serialize;

use super::{Error, History, pointers};
use crate::entities::Entity;
use crate::model::clock::rfc3339_millis;
use crate::model::{ChangeKind, ObjectId, VersionNumber};
use crate::vault::{Changed, Vault};

/// One object that changed. Serialized it is a row of `diff --since --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoreChange {
    /// The entity's name.
    pub entity: String,
    /// The object's id.
    pub id: ObjectId,
    /// What people call it.
    pub label: String,
    /// Created, updated or deleted, from the first time to the second.
    pub change: ChangeKind,
    /// What stood at the first time (`v2`); `None` where it had not been seen.
    pub from: Option<String>,
    /// What stood at the second time.
    pub to: String,
    /// When that was captured.
    pub captured_at: String,
    /// Pointers to what differs; none where one of the two is no document, nor where the object
    /// was changed and changed back.
    pub fields: Vec<String>,
}

/// Shows `visit` every object of `entities` that has versions captured after `since` and not after
/// `until` (without one: up to now), in the order of entities' names and ids, until it has had
/// enough.
///
/// # Errors
///
/// When the vault can't be read.
pub fn changes_since(
    vault: &Vault,
    entities: &[&Entity],
    since: Timestamp,
    until: Option<Timestamp>,
    all_fields: bool,
    visit: &mut dyn FnMut(StoreChange) -> ControlFlow<()>,
) -> Result<(), Error> {
    // To the vault an empty list means all.
    if entities.is_empty() {
        return Ok(());
    }
    let histories: Vec<History> = entities
        .iter()
        .map(|entity| History::new(vault, entity, all_fields))
        .collect();
    let names: Vec<&str> = entities.iter().map(|entity| entity.name).collect();
    let mut failed = None;
    vault.changes(since, until, &names, &mut |changed| {
        let history = histories
            .iter()
            .find(|history| history.entity.name == changed.key.entity);
        let Some(history) = history else {
            return ControlFlow::Continue(());
        };
        match told(history, changed) {
            Ok(change) => visit(change),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(()), Err)
}

fn told(history: &History<'_>, changed: Changed) -> Result<StoreChange, Error> {
    let id = changed.key.id.as_str();
    let fields = match (changed.change, changed.from) {
        (ChangeKind::Updated, Some(from)) => {
            let (from, to) = (
                history.document(id, from)?,
                history.document(id, changed.to)?,
            );
            match (from, to) {
                (Some(from), Some(to)) => pointers(history.lens.diff(&from, &to)),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    let numbered = |number: VersionNumber| format!("v{number}");
    Ok(StoreChange {
        entity: changed.key.entity,
        label: changed.label,
        change: changed.change,
        from: changed.from.map(numbered),
        to: numbered(changed.to),
        captured_at: rfc3339_millis(changed.captured_at),
        fields,
        id: changed.key.id,
    })
}
