//! How an engine tells of its progress without knowing who listens.
//!
//! Every method has an empty body: a listener overrides what it shows. An engine never prints.

use crate::model::EntityReport;

/// A listener to a run.
pub trait Monitor: Send + Sync {
    /// Work on an entity begins.
    fn entity_started(&self, _entity: &str) {}
    /// The API says how many objects there are to see.
    fn entity_total(&self, _entity: &str, _objects: u64) {}
    /// So many objects have been seen.
    fn entity_progress(&self, _entity: &str, _seen: u64) {}
    /// What is being done now, in a few words ("deep parts", "proving 3 deletions").
    fn entity_step(&self, _entity: &str, _step: &str) {}
    /// An entity is done.
    fn entity_finished(&self, _report: &EntityReport) {}
}

/// A listener that shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Monitor for Silent {}
