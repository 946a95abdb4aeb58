//! Which steps are worked on together, and what that costs in requests: pure functions of the plan.

use std::ops::Range;

use serde_json::Value;

use super::hanging;
use super::plan::is_flat;
use crate::entities::entity::{Deleting, Rows, Source};
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, Step, StepStatus};

/// Objects in one re-read, write and read-back where the API takes one object a request. Also the
/// number of requests that may lie between an object's last reading and its own write.
const SINGLES: usize = 25;

/// Changed objects that are read back together: as many as a look-up takes well.
pub(super) const READ_BACK: usize = 100;

/// Requests that steps take, the reading before and after them included.
pub(super) fn requests(steps: &[Step]) -> u64 {
    let mut total = 0;
    let mut changed = 0;
    let mut at = 0;
    while at < steps.len() {
        let range = chunk(steps, at);
        let chunk = &steps[range.clone()];
        if chunk[0].hanging.is_some() {
            total += hanging::requests(chunk);
            at = range.end;
            continue;
        }
        let entity = entities::find(&chunk[0].entity);
        let rows = match chunk[0].action {
            Action::Upload => 0, // told by the step
            _ => entity.map_or(0, |entity| row_requests(entity, chunk)),
        };
        let many = entity.map_or(1, |entity| batch_of(entity, &chunk[0]));
        let len = chunk.len() as u64;
        total += entity.map_or(0, |entity| reading(entity, chunk));
        total += rows
            + match chunk[0].action {
                Action::Create | Action::Delete if chunk[0].nested.is_some() => 1,
                Action::Skip => 0,
                Action::Create if many <= 1 => chunk.iter().map(|s| u64::from(s.requests)).sum(),
                Action::Update | Action::Relink => {
                    changed += len;
                    let plain = chunk.iter().filter(|s| row_changes(s) < s.changes.len());
                    1 + (plain.count() as u64).div_ceil(many as u64)
                }
                Action::Delete => 1 + if many <= 1 { len } else { 1 },
                Action::Create => {
                    let own = chunk
                        .iter()
                        .map(|s| u64::from(s.requests.saturating_sub(1)));
                    2 + own.sum::<u64>()
                }
                Action::Upload => chunk.iter().map(|s| u64::from(s.requests)).sum(),
            };
        at = range.end;
    }
    total + changed.div_ceil(READ_BACK as u64) + parking(steps)
}

/// Requests that it takes to call objects otherwise for a while.
fn parking(steps: &[Step]) -> u64 {
    let mut total = 0;
    for entity in entities::all() {
        let own = steps.iter().filter(|step| step.entity == entity.name);
        let parked = own.filter(|step| !step.park.is_empty()).count();
        let batch = entity.writes.update.as_ref().map_or(1, |u| u.batch.max(1));
        total += 2 * parked.div_ceil(batch);
    }
    total as u64
}

/// Requests that the parts of a chunk's objects take which the API serves elsewhere: all are read
/// whole before and after what touches any.
fn reading(entity: &Entity, chunk: &[Step]) -> u64 {
    let n = chunk.len();
    let first = &chunk[0];
    match first.action {
        _ if first.nested.is_some() => 0,
        // Told by the step.
        Action::Create if batch_of(entity, first) <= 1 => 0,
        Action::Create => parts_of(entity, n),
        Action::Update | Action::Relink => {
            let mut touched: Vec<String> = Vec::new();
            let changes = chunk.iter().flat_map(|step| &step.changes);
            touched.extend(changes.map(|change| member(change).to_owned()));
            match is_flat(entity, &touched) {
                true => 0,
                false => 2 * parts_of(entity, n),
            }
        }
        _ => 0,
    }
}

/// Requests that the parts of so many objects take, as near as can be told without them.
fn parts_of(entity: &Entity, n: usize) -> u64 {
    let mut total = 0;
    for part in entity.parts {
        total += match &part.source {
            // Only where there are more than an include tells.
            Source::Overflow { .. } => 0,
            Source::Include { chunk, .. } => n.div_ceil((*chunk).max(1)),
            Source::PerObject { .. } => n,
            // A list of the whole store is read where that is quicker.
            Source::Bulk { .. } => 1,
        };
    }
    total as u64
}

/// Requests that the rows of a chunk's objects take.
fn row_requests(entity: &Entity, chunk: &[Step]) -> u64 {
    let mut total = 0;
    for rows in entity.writes.rows {
        let (place, batch) = (rows.place(), rows.batch.max(1));
        let mut set = 0;
        let mut together = 0;
        for step in chunk {
            let own = step.changes.iter().filter(|change| !is_plain(change));
            let (gone, there): (Vec<_>, Vec<_>) = own
                .filter(|change| member(change) == place)
                .partition(|change| change.to.is_null());
            let at_once = if rows.delete.is_some_and(|path| path.contains('?')) {
                batch
            } else {
                1
            };
            total += gone.len().div_ceil(at_once);
            let common = there.iter().filter(|change| goes_together(rows, change));
            let common = common.count();
            together += common;
            match rows.upsert {
                true => set += there.len(),
                false => total += (there.len() - common).div_ceil(batch),
            }
        }
        total += set.div_ceil(batch);
        total += match &rows.together {
            Some(common) if together > 1 => together.div_ceil(common.batch),
            _ => together,
        };
    }
    total as u64
}

/// Whether a row is set in a request together with those of other objects.
fn goes_together(rows: &Rows, change: &FieldChange) -> bool {
    let (Some(together), Value::Object(from)) = (&rows.together, &change.from) else {
        return false;
    };
    let to = change.to.as_object().into_iter().flatten();
    let mut changed = to.filter(|(member, want)| from.get(*member) != Some(*want));
    changed.all(|(member, want)| together.members.contains(&member.as_str()) && !want.is_null())
}

/// Changes of a step that are rows'.
pub(super) fn row_changes(step: &Step) -> usize {
    let rows = step.changes.iter().filter(|change| !is_plain(change));
    rows.count()
}

/// Whether a change is one of a top-level member, not of a row.
pub(super) fn is_plain(change: &FieldChange) -> bool {
    !change.path[1..].contains('/')
}

/// The top-level member of a change.
pub(super) fn member(change: &FieldChange) -> &str {
    change.path[1..].split('/').next().unwrap_or_default()
}

fn batch_of(entity: &Entity, step: &Step) -> usize {
    let sending = match step.action {
        Action::Create => &entity.writes.create,
        Action::Update | Action::Relink => &entity.writes.update,
        Action::Delete => return deleted_at_once(entity),
        _ => return 1,
    };
    sending.as_ref().map_or(1, |sending| sending.batch.max(1))
}

/// Objects that go in one request. Those that stand in each other go one at a time, the inner ones
/// first: what becomes of them otherwise is not documented.
fn deleted_at_once(entity: &Entity) -> usize {
    let mut fellows = entity.references.iter().filter(|r| r.to == entity.name);
    let nested = fellows.any(|r| !r.member.contains("[]"));
    match &entity.writes.delete {
        Some(Deleting::Filter { chunk, .. }) if !nested => (*chunk).max(1),
        _ => 1,
    }
}

/// The steps from `at` on that are worked on together.
pub(super) fn chunk(steps: &[Step], at: usize) -> Range<usize> {
    let first = &steps[at];
    if first.hanging.is_some() {
        return hanging::chunk(steps, at);
    }
    let found = entities::find(&first.entity).filter(|_| first.nested.is_none());
    let Some(entity) = found else {
        return at..at + 1;
    };
    let flat = |step: &Step| row_changes(step) == 0;
    let rows_only = |step: &Step| row_changes(step) == step.changes.len();
    let many = batch_of(entity, first);
    // Where nothing but rows is set, no batch of objects bounds them.
    let most = match first.action {
        Action::Update | Action::Relink if many == 1 => SINGLES,
        Action::Update | Action::Relink if steps[at..].iter().take(SINGLES).all(rows_only) => {
            SINGLES.max(many)
        }
        _ => many,
    };
    let alike = steps[at..]
        .iter()
        .take(most)
        .take_while(|step| {
            step.action == first.action
                && step.nested.is_none()
                && step.entity == first.entity
                && flat(step) == flat(first)
                && open(step) == open(first)
        })
        .count();
    at..at + alike.max(1)
}

/// Whether something is still to be done.
pub(super) fn open(step: &Step) -> bool {
    step.action != Action::Skip && matches!(step.status, StepStatus::Planned | StepStatus::Begun)
}
