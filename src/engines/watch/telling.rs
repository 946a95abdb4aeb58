//! What `watch` tells while it works, and at the end. This module must never carry a secret or what a
//! document holds.

use std::net::SocketAddr;

use jiff::Timestamp;

use super::hooks::Ensured;
use crate::model::{ChangeKind, RunReport, VersionNumber};

/// A version that an event brought.
#[derive(Debug, Clone)]
pub struct Captured {
    /// The entity.
    pub entity: &'static str,
    /// The object's id.
    pub id: String,
    /// Its version.
    pub version: VersionNumber,
    /// What kind.
    pub change: ChangeKind,
    /// The newest event's scope.
    pub scope: String,
    /// Milliseconds from the first event's arrival to the version.
    pub lag_ms: u64,
    /// When.
    pub at: Timestamp,
}

/// Who is told of what happens.
pub trait Watcher: Send + Sync {
    /// Events are taken in, there and (health and metrics) there.
    fn listening(&self, _at: SocketAddr, _admin: Option<SocketAddr>) {}
    /// Hooks were looked at, and changed.
    fn hooks(&self, _done: &Ensured) {}
    /// An event became a version.
    fn captured(&self, _what: &Captured) {}
    /// A sweep ended.
    fn swept(&self, _report: &RunReport) {}
    /// Something is wrong, and the work goes on.
    fn warning(&self, _text: &str) {}
    /// It works: called a few times a second.
    fn alive(&self) {}
    /// It goes down.
    fn draining(&self) {}
}

/// What was done, at the end.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct Summary {
    /// Events acknowledged, repeats left out.
    pub received: u64,
    /// Repeats.
    pub duplicate: u64,
    /// Requests refused.
    pub refused: u64,
    /// Versions that events brought.
    pub captured: u64,
    /// Sweeps.
    pub sweeps: u64,
    /// Versions that sweeps brought.
    pub swept: u64,
    /// Objects that still wait.
    pub queued: u64,
    /// Objects given up for now.
    pub parked: u64,
}
