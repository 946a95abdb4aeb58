//! `diff`: what changed in one object, or in the whole store.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::Value;

use super::failure::Failure;
use super::reading::Place;
use crate::engines::history::{Difference, History, State, StoreChange, changes_since};
use crate::entities::Entity;
use crate::model::diff::{Lens, Line, LineOptions, json_patch, side_by_side, source, summary};
use crate::model::mask::Mask;
use crate::model::{ChangeKind, VersionWord};

/// Which difference.
pub struct Asked<'a> {
    /// The entity.
    pub entity: &'static Entity,
    /// The object's id.
    pub id: &'a str,
    /// The first version; none: the one before the second.
    pub from: Option<VersionWord>,
    /// The second version; none: the newest.
    pub to: Option<VersionWord>,
    /// Volatile fields too.
    pub all_fields: bool,
}

/// A difference of two states, in every form.
pub struct Report {
    /// Field by field, and as JSON.
    pub difference: Difference,
    from: State,
    to: State,
    lens: Lens,
}

/// Compares.
pub async fn run(place: &Place<'_>, asked: &Asked<'_>) -> Result<Report, Failure> {
    let vault = place.vault()?;
    let history = History::new(&vault, asked.entity, asked.all_fields);
    let (from, to) = history.compared(asked.id, asked.from.clone(), asked.to.clone())?;
    let from = place.state(&history, asked.entity, asked.id, &from).await?;
    let to = place.state(&history, asked.entity, asked.id, &to).await?;
    let difference = history.diff(asked.id, &from, &to);
    Ok(Report {
        difference,
        from,
        to,
        lens: history.lens().clone(),
    })
}

impl Report {
    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        self.difference.changes.is_empty()
    }

    /// Whether the object as a whole came or went.
    pub fn whole(&self) -> Option<ChangeKind> {
        match (&self.from.document, &self.to.document) {
            (Some(_), None) => Some(ChangeKind::Deleted),
            (None, Some(_)) => Some(ChangeKind::Created),
            _ => None,
        }
    }

    /// In words.
    pub fn summary(&self) -> Vec<Line> {
        summary(&self.difference.changes)
    }

    /// A unified diff of the documents.
    pub fn source(&self) -> Vec<Line> {
        source(&of(&self.from), &of(&self.to), &self.lens, &self.names(0))
    }

    /// The documents beside each other.
    pub fn side_by_side(&self, width: usize) -> Vec<Line> {
        side_by_side(
            &of(&self.from),
            &of(&self.to),
            &self.lens,
            &self.names(width),
        )
    }

    /// RFC 6902. Always of all fields, for it really turns one document into the other.
    pub fn patch(&self) -> Value {
        json_patch(&of(&self.from), &of(&self.to), &Mask::default())
    }

    fn names(&self, width: usize) -> LineOptions {
        let name = |state: &State| {
            let gone = if state.document.is_none() {
                " (deleted)"
            } else {
                ""
            };
            format!(
                "{}/{} {}{gone}",
                self.difference.entity,
                self.difference.id,
                state.name()
            )
        };
        LineOptions {
            from: name(&self.from),
            to: name(&self.to),
            width,
            ..LineOptions::default()
        }
    }
}

/// A document; an absence is `null`.
fn of(state: &State) -> Value {
    state.document.clone().unwrap_or(Value::Null)
}

/// What changed in the store between two times.
pub struct Since<'a> {
    /// The first time.
    pub since: Timestamp,
    /// The second; none: now.
    pub until: Option<Timestamp>,
    /// Which entities.
    pub entities: &'a [&'static Entity],
}

/// Shows `visit` every object that changed, until it has had enough. Returns how many it was shown.
pub fn since(
    place: &Place<'_>,
    asked: &Since<'_>,
    visit: &mut dyn FnMut(StoreChange) -> ControlFlow<()>,
) -> Result<u64, Failure> {
    let vault = place.vault()?;
    let entities: Vec<&Entity> = asked.entities.to_vec();
    let mut shown = 0;
    changes_since(
        &vault,
        &entities,
        asked.since,
        asked.until,
        false,
        &mut |change| {
            shown += 1;
            visit(change)
        },
    )?;
    Ok(shown)
}
