//! `list`: what the version store holds.

use std::ops::ControlFlow;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::failure::{Failure, Kind};
use crate::engines::history;
use crate::entities::Entity;
use crate::model::clock::rfc3339_millis;
use crate::model::{ChangeKind, RunId, VersionNumber};
use crate::vault::{self, Vault};

/// Which objects are asked for.
pub use crate::vault::ObjectFilter;

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
