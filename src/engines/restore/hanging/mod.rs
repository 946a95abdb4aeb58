//! What hangs on objects that are made anew, or on such rows of living ones, by their ids, and that
//! no version holds: read while planning under the old id, set under the new one when there is one. [`find`] reads, [`set`] sends.
//!
//! A step of its own carries the rows as they were read, so that a resume needs no more. The rows
//! under the old id are never touched. An undo has nothing to do for such a step: what it set hangs
//! on what the undo deletes.

mod find;
mod set;

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value};

pub(super) use find::{Remade, find};

use super::chunks::open;
use crate::engines::capture::shape::id_text;
use crate::entities::entity::Hanging;
use crate::entities::{self, Entity};
use crate::model::fingerprint::fingerprint;
use crate::model::mask::Mask;
use crate::model::restore::Step;

/// Steps that are worked on together at most: their rows go in common requests.
const STEPS_MAX: usize = 100;

/// The description that a step is about.
fn of(entity: &'static Entity, step: &Step) -> Option<&'static Hanging> {
    let name = step.hanging.as_deref()?;
    let mut all = entity.writes.hanging.iter();
    all.find(|hanging| hanging.name == name)
}

/// What is set of a row, for the object of this id.
fn body(hanging: &Hanging, row: &Value, id: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    for member in hanging.key.iter().chain(hanging.members) {
        if let Some(value) = row.get(*member).filter(|value| !value.is_null()) {
            body.insert((*member).to_owned(), value.clone());
        }
    }
    body.insert(hanging.names.to_owned(), id.clone());
    (hanging.shape)(&mut body, true);
    body
}

/// What tells a row from all others of its list: whatever the case, for currencies are written in
/// either.
fn key(hanging: &Hanging, row: &Value) -> Vec<String> {
    let told = std::iter::once(&hanging.names).chain(hanging.key);
    let text = |member: &&str| row.get(*member).and_then(id_text).unwrap_or_default();
    told.map(|member| text(member).to_lowercase()).collect()
}

/// The list that a row is of; empty where there is one list.
fn outer(hanging: &Hanging, row: &Value) -> String {
    row.get(hanging.within)
        .and_then(id_text)
        .unwrap_or_default()
}

/// Whether two rows set the same.
fn same(hanging: &Hanging, a: &Value, b: &Value) -> bool {
    let print = |row: &Value| {
        let mut body = body(hanging, row, &Value::Null);
        for member in hanging.key {
            let text = body.get(*member).and_then(id_text).unwrap_or_default();
            body.insert((*member).to_owned(), Value::from(text.to_lowercase()));
        }
        fingerprint(&Value::Object(body), &Mask::default(), &Mask::default())
    };
    print(a) == print(b)
}

/// The steps from `at` on that are worked on together.
pub(super) fn chunk(steps: &[Step], at: usize) -> Range<usize> {
    let first = &steps[at];
    let alike = steps[at..].iter().take(STEPS_MAX).take_while(|step| {
        step.hanging == first.hanging && step.entity == first.entity && open(step) == open(first)
    });
    at..at + alike.count().max(1)
}

/// Requests that such steps take: what stands there is read before and after.
pub(super) fn requests(chunk: &[Step]) -> u64 {
    let entity = chunk.first().and_then(|step| entities::find(&step.entity));
    let Some(hanging) = entity.and_then(|entity| of(entity, &chunk[0])) else {
        return 0;
    };
    let mut lists: HashMap<String, usize> = HashMap::new();
    for change in chunk
        .iter()
        .filter(|step| open(step))
        .flat_map(|step| &step.changes)
    {
        *lists.entry(outer(hanging, &change.to)).or_default() += 1;
    }
    let requests = lists.into_values().map(|rows| {
        let reads = rows.div_ceil(hanging.chunk.max(1));
        rows.div_ceil(hanging.batch.max(1)) + 2 * reads
    });
    requests.sum::<usize>() as u64
}
