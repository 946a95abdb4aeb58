//! The order of a plan's steps: what others point to comes first and goes last.

use std::collections::HashSet;

use serde_json::Value;

use super::references::{ids, root};
use crate::entities::{self, Entity};
use crate::model::restore::{Action, Step};

/// The other way round, for what goes: nothing before what stands in it.
pub(super) fn children_first(entity: &Entity, steps: Vec<(Step, Value)>) -> Vec<Step> {
    let mut ordered = parents_first(entity, steps);
    ordered.reverse();
    ordered
}

/// Puts steps in the order of the work; those of one kind stay in theirs.
pub(super) fn settle(steps: &mut [Step]) {
    // What is nested in an entity's objects comes before them, and goes after.
    steps.sort_by_key(|step| step.nested.is_some() == (step.action == Action::Delete));
    steps.sort_by_key(|step| {
        let at = entities::all().iter().position(|e| e.name == step.entity);
        let at = at.unwrap_or(usize::MAX);
        match step.action {
            Action::Delete => (2, usize::MAX - at, true),
            // After what they hang on, and after what is linked again.
            _ if step.hanging.is_some() => (1, usize::MAX, true),
            // What others point to, though it stands in them.
            _ if step.nested.is_some() => (0, at, false),
            Action::Relink => (1, at, true),
            action => (0, at, action != Action::Create),
        }
    });
}

/// Steps in an order in which no object comes before one of its own kind that it points to. Those
/// that point to each other come in any order.
pub(super) fn parents_first(entity: &Entity, steps: Vec<(Step, Value)>) -> Vec<Step> {
    let own: Vec<_> = entity
        .references
        .iter()
        .filter(|reference| reference.to == entity.name)
        // A plain list of fellows is set when all of them are there.
        .filter(|reference| reference.member != format!("{}[]", root(reference.member)))
        .collect();
    let mut waiting = steps;
    let mut ordered: Vec<Step> = Vec::new();
    while !waiting.is_empty() {
        let still: HashSet<String> = waiting.iter().map(|(step, _)| step.id.clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(step, doc)| {
            let mut pointed = own.iter().flat_map(|reference| ids(doc, reference));
            !pointed.any(|id| id != step.id && still.contains(&id))
        });
        let stuck = ready.is_empty();
        ordered.extend(ready.into_iter().map(|(step, _)| step));
        waiting = rest;
        if stuck {
            ordered.extend(waiting.drain(..).map(|(step, _)| step));
        }
    }
    ordered
}
