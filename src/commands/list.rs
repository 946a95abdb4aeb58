//! `list`: what the version store holds.

use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::failure::Failure;
use crate::engines::history::History;
use crate::entities::{self, Entity};
use crate::model::clock::rfc3339_millis;
use crate::model::{ChangeKind, RunId, VersionNumber};
use crate::vault::{self, Vault};

/// Which objects are asked for.
pub use crate::vault::{ObjectFilter, StateFilter};

/// One entity.
#[derive(Debug, Serialize)]
pub struct EntityRow {
    /// Its name.
    pub entity: String,
    /// Live objects.
    pub live: u64,
    /// Deleted ones.
    pub deleted: u64,
    /// Versions, tombstones among them.
    pub versions: u64,
    /// When its last whole listing ended.
    pub last_seen_at: Option<String>,
    /// The last run that looked at it.
    pub last_run: Option<RunId>,
}

/// One object.
#[derive(Debug, Serialize)]
pub struct ObjectRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// How many versions.
    pub versions: u64,
    /// `live` or `deleted`.
    pub state: &'static str,
    /// When its newest version was captured.
    pub changed_at: String,
    /// When the store was last seen to have it.
    pub seen_at: Option<String>,
    /// Its deep parts still wait for their first reading.
    pub pending: bool,
}

/// One version.
#[derive(Debug, Serialize)]
pub struct VersionRow {
    /// Its number.
    pub version: VersionNumber,
    /// What it records.
    pub change: ChangeKind,
    /// When it was captured.
    pub captured_at: String,
    /// The run that captured it.
    pub run: RunId,
    /// The document's size before compression.
    pub bytes: u64,
    /// Pointers to what changed since the version before.
    pub fields: Vec<String>,
}

/// A row for every entity, in the order of the work; those that the version store holds and this
/// build does not know come last.
pub fn overview(db: &Path, hash: Option<&str>) -> Result<Vec<EntityRow>, Failure> {
    let vault = Vault::open(db, hash)?;
    let mut held = vault.overview()?;
    let mut rows: Vec<EntityRow> = Vec::with_capacity(held.len());
    for entity in entities::all() {
        let at = held.iter().position(|row| row.entity == entity.name);
        rows.push(match at {
            Some(at) => entity_row(held.remove(at)),
            None => EntityRow {
                entity: entity.name.to_owned(),
                live: 0,
                deleted: 0,
                versions: 0,
                last_seen_at: None,
                last_run: None,
            },
        });
    }
    rows.extend(held.into_iter().map(entity_row));
    Ok(rows)
}

fn entity_row(held: vault::EntityOverview) -> EntityRow {
    EntityRow {
        entity: held.entity,
        live: held.live,
        deleted: held.deleted,
        versions: held.versions,
        last_seen_at: held.last_seen_at.map(rfc3339_millis),
        last_run: held.last_run,
    }
}

/// Shows `visit` an entity's objects one by one, in the order of their ids, until it has had
/// enough. Returns how many it was shown.
pub fn objects(
    db: &Path,
    hash: Option<&str>,
    entity: &Entity,
    filter: &ObjectFilter,
    visit: &mut dyn FnMut(ObjectRow) -> ControlFlow<()>,
) -> Result<u64, Failure> {
    let vault = Vault::open(db, hash)?;
    let mut shown = 0;
    vault.objects(entity.name, filter, &mut |row| {
        shown += 1;
        visit(ObjectRow {
            id: row.id.as_str().to_owned(),
            label: row.label,
            versions: row.versions,
            state: match row.state {
                vault::State::Live => "live",
                vault::State::Deleted => "deleted",
            },
            changed_at: rfc3339_millis(row.changed_at),
            seen_at: row.seen_at.map(rfc3339_millis),
            pending: row.pending,
        })
    })?;
    Ok(shown)
}

/// One object's versions, oldest first, each with what changed since the one before.
pub fn versions(
    db: &Path,
    hash: Option<&str>,
    entity: &Entity,
    id: &str,
) -> Result<Vec<VersionRow>, Failure> {
    let vault = Vault::open(db, hash)?;
    let entries = History::new(&vault, entity, false).versions(id)?;
    let rows = entries.into_iter().map(|entry| VersionRow {
        version: entry.row.version,
        change: entry.row.change,
        captured_at: rfc3339_millis(entry.row.captured_at),
        run: entry.row.run,
        bytes: entry.row.bytes,
        fields: entry.fields,
    });
    Ok(rows.collect())
}
