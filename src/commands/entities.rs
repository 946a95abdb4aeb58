//! `entities`: what can be backed up, what can be brought back, and what the API token needs.

use serde::Serialize;

use super::failure::Failure;
use crate::entities::{self, Entity};

/// One entity.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its plural name.
    pub entity: &'static str,
    /// The part of the store it belongs to.
    pub group: &'static str,
    /// Do webhooks tell of its changes, or does only a backup find them?
    pub realtime: bool,
    /// Can it be brought back?
    pub restorable: bool,
    /// Why it can't, if it can't.
    pub why_not: Option<&'static str>,
    /// The scope that reading takes.
    pub scope_read: &'static str,
    /// The scope that writing takes.
    pub scope_write: &'static str,
    /// Its singular name.
    pub singular: &'static str,
    /// What is captured, in one line.
    pub holds: &'static str,
    /// What of it can't be brought back, where the rest can.
    pub except: Option<&'static str>,
    /// What of it is not backed up: what, and why.
    pub omits: Vec<Omitted>,
    /// What a backup costs in requests for N objects.
    pub cost: &'static str,
}

/// Something that is not backed up.
#[derive(Debug, Serialize)]
pub struct Omitted {
    /// What.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}

/// Every entity, in the order of the work.
pub fn run() -> Vec<Row> {
    let rows = entities::all().iter().map(|entity| {
        let restorable = entity.restorable();
        let why = entity.why_not();
        Row {
            entity: entity.name,
            group: entity.group,
            realtime: entity.realtime(),
            restorable,
            why_not: why.filter(|_| !restorable),
            scope_read: entity.scope_read,
            scope_write: entity.scope_write,
            singular: entity.singular,
            holds: entity.holds,
            except: why.filter(|_| restorable),
            omits: entity
                .omits
                .iter()
                .map(|o| Omitted {
                    what: o.what,
                    why: o.why,
                })
                .collect(),
            cost: entity.cost,
        }
    });
    rows.collect()
}

/// The entities that some words mean.
pub fn find_all(words: &[String]) -> Result<Vec<&'static Entity>, Failure> {
    words.iter().map(|word| find(word)).collect()
}

/// The entity that a word means.
pub fn find(word: &str) -> Result<&'static Entity, Failure> {
    entities::find(word).ok_or_else(|| Failure::unknown_entity(word, entities::nearest(word)))
}
