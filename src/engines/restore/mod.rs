//! Restore: versions back into the store.
//!
//! A restore is a plan, then a journal. [`plan`] reads what lives now, compares it with what is
//! wanted and says what it would do; nothing is sent that changes anything. [`apply`] first keeps a
//! safety version of all that will be touched, then goes through the steps: each is written to the
//! journal before its request and after it, the object is read again just before (what a merchant
//! changed since the plan is left alone and named) and once more after. [`resume`] takes up a
//! journal that was cut short; [`undo_targets`] says what takes a run back.
//!
//! Images are sent from the bytes that the vault holds: those of a product are rows of a list
//! (`picture_rows`), the one of a brand, a category, a variant or a modifier's value is a step of
//! its own (`uploads`).
//!
//! This module must never send a request before the journal says so, never repeat one that makes
//! something without looking whether it was done, never overwrite what changed after the plan, and
//! never delete anything but an object that the plan names.

pub mod across;
mod apply;
mod batches;
mod became;
mod chunks;
mod compare;
mod copy;
mod create;
mod deletes;
mod fields;
mod gone;
mod hanging;
mod held;
mod judging;
mod nested;
mod order;
mod park;
mod picture_rows;
mod plan;
mod references;
mod relink;
mod relink_rows;
mod request;
mod row_ids;
mod row_together;
mod row_writes;
mod rows;
mod saved;
mod sever;
mod stand_in;
mod targets;
mod twins;
mod update;
mod uploads;

use std::collections::HashMap;

use serde_json::Value;

use crate::entities::Entity;
use crate::model::restore::{Action, Step};
use crate::model::{RunId, RunKind, VersionNumber};

pub use apply::{apply, apply_in, resume};
pub use plan::{last_live, plan};
pub use targets::{At, AtFilter, targets_at, undo_targets};

/// The state that is wanted of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// As it stood in this version; never a tombstone.
    Version(VersionNumber),
    /// Not there.
    Absent,
    /// No object of the entity, but one that its documents tell of under this member: not there.
    AbsentNested(&'static str),
}

/// One object and what is wanted of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its entity.
    pub entity: &'static Entity,
    /// Its id, a former one as good as the present one.
    pub id: String,
    /// What is wanted.
    pub want: Want,
    /// Only these fields of it, dotted; empty for what [`Options::fields`] says.
    pub only: Vec<String>,
    /// It was asked for by id: if it can't be had, the restore is partial.
    pub asked: bool,
}

/// How narrow or wide a restore is.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these fields, dotted (`price`, `custom_url.url`, `variants[].price`); empty for all.
    pub fields: Vec<String>,
    /// Bring back first what the objects need.
    pub dependencies: bool,
    /// Of these at least what is no entity, and so can't be named (a customer's group).
    pub nested: bool,
    /// Point to a re-created object again from all that pointed to it.
    pub relink: bool,
    /// The same from orders.
    pub relink_orders: bool,
    /// What is sent along with creates, by the flags that ask for it.
    pub on_request: Vec<&'static str>,
    /// Not the objects themselves: a hidden twin of each.
    pub copy: bool,
    /// An undo: ids are written as they stood, whatever restores made in their place since.
    pub literal: bool,
}

/// What a restore would do.
#[derive(Debug, Default)]
pub struct Plan {
    /// The steps, in the order of the work.
    pub steps: Vec<Step>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Requests that applying it takes.
    pub requests: u64,
    /// Deletions among the steps.
    pub deletions: usize,
    live: Live,
}

/// What stands in the store now: by entity and present id.
type Live = HashMap<(&'static str, String), Kept>;

/// An object as it was read, put by: as text it takes a fraction of the memory.
#[derive(Debug)]
struct Kept {
    text: String,
    whole: bool,
}

impl Kept {
    fn new(read: &Read) -> Self {
        Self {
            text: read.doc.to_string(),
            whole: read.whole,
        }
    }

    fn read(&self) -> Read {
        Read {
            // What was printed from a document is one.
            doc: serde_json::from_str(&self.text).unwrap_or_default(),
            whole: self.whole,
        }
    }
}

/// An object as it was read.
#[derive(Debug)]
struct Read {
    doc: Value,
    /// With the parts that are served elsewhere.
    whole: bool,
}

impl Plan {
    /// True when no step changes anything.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Skip)
    }

    /// Puts further steps (skips) in front; numbers all anew.
    pub fn prepend(&mut self, steps: Vec<Step>) {
        self.steps.splice(0..0, steps);
        number(&mut self.steps);
    }
}

fn number(steps: &mut [Step]) {
    for (n, step) in (1..).zip(steps) {
        step.n = n;
    }
}

/// The last restore or undo, where it was cut short while objects are called otherwise for a while: as
/// they stand now they are not to be taken for what a merchant made of them.
///
/// # Errors
///
/// When the vault can't be read.
pub fn cut_short(vault: &crate::vault::Vault) -> Result<Option<RunId>, super::Error> {
    let runs = vault.runs()?;
    let writers = runs
        .iter()
        .filter(|run| matches!(run.kind, RunKind::Restore | RunKind::Undo));
    let Some(last) = writers.max_by_key(|run| run.run) else {
        return Ok(None);
    };
    let steps = vault.journal(last.run)?.unwrap_or_default();
    let open = steps.iter().any(|(_, text)| {
        // What an older vortex wrote knows no such thing.
        let step = serde_json::from_str::<Step>(text).ok();
        step.is_some_and(|step| step.parked && chunks::open(&step))
    });
    Ok(open.then_some(last.run))
}

/// The document of a version as a value.
pub(super) fn document(
    vault: &crate::vault::Vault,
    entity: &Entity,
    id: &str,
    version: VersionNumber,
) -> Result<Option<Value>, super::Error> {
    let Some(bytes) = vault.document(entity.name, id, version)? else {
        return Ok(None);
    };
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|why| super::Error::Answer {
        what: format!("{}/{id} v{version}", entity.name),
        why: why.to_string(),
    })
}
