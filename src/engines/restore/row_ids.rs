//! Which rows of a wanted document are which in the store, and what that makes of ids that name
//! them: pure functions of rows that were paired.

use std::collections::HashMap;

use serde_json::Value;

use super::references::{like, walk};
use crate::engines::capture::shape::id_text;
use crate::entities::entity::Rows;
use crate::model::away::is_away;

/// Ids of wanted rows and the ids that they have in the store, by place (`options[].id`).
#[derive(Debug, Default)]
pub(super) struct RowIds(HashMap<String, HashMap<String, Value>>);

impl RowIds {
    fn put(&mut self, place: String, old: &Value, new: &Value) {
        if let Some(old) = id_text(old) {
            self.0.entry(place).or_default().insert(old, new.clone());
        }
    }

    /// Learns that a wanted row is this live one, and so for the values within it.
    pub(super) fn pair(&mut self, rows: &Rows, wanted: &Value, live: &Value) {
        let (Some(old), Some(new)) = (wanted.get(rows.id), live.get(rows.id)) else {
            return;
        };
        let place = rows.place();
        self.put(format!("{place}[].id"), old, new);
        for (member, inner) in wanted.as_object().into_iter().flatten() {
            let (Some(inner), Some(there)) =
                (inner.as_array(), live.get(member).and_then(Value::as_array))
            else {
                continue;
            };
            for (at, row) in inner.iter().enumerate() {
                let label = row.get("label");
                let twin = there
                    .iter()
                    .find(|other| label.is_some() && other.get("label") == label)
                    .or_else(|| there.get(at));
                if let (Some(old), Some(new)) = (row.get("id"), twin.and_then(|t| t.get("id"))) {
                    self.put(format!("{place}[].{member}[].id"), old, new);
                }
            }
        }
    }

    /// The ids that the rows on the way to a place (`modifiers[].option_values[]`) have now; none
    /// where one of them is not there.
    pub(super) fn chain(&self, place: &str, ids: &[String]) -> Option<Vec<String>> {
        let mut now = Vec::with_capacity(ids.len());
        let mut way = String::new();
        let segments = place.split('.').filter(|segment| !segment.is_empty());
        for (segment, id) in segments.zip(ids) {
            way.push_str(segment);
            let known = self.0.get(&format!("{way}.id"))?;
            now.push(id_text(known.get(id)?)?);
            way.push('.');
        }
        Some(now)
    }

    /// The row with the ids that the values within it have now.
    pub(super) fn own(&self, rows: &Rows, mut row: Value) -> Value {
        for (member, inner) in row.as_object_mut().into_iter().flatten() {
            let place = format!("{}[].{member}[].id", rows.place());
            let Some(known) = self.0.get(&place) else {
                continue;
            };
            for value in inner.as_array_mut().into_iter().flatten() {
                let old = value.get("id").and_then(id_text);
                match old.as_ref().map(|old| (known.get(old), is_away(old))) {
                    Some((Some(new), _)) => value["id"] = new.clone(),
                    // Another store's: here it is a new one.
                    Some((None, true)) => {
                        value.as_object_mut().map(|value| value.remove("id"));
                    }
                    _ => {}
                }
            }
        }
        row
    }

    /// The row with its inner references as they are now.
    pub(super) fn renumbered(&self, rows: &Rows, row: &Value) -> Value {
        let mut row = row.clone();
        for (member, place) in rows.inner {
            let Some(known) = self.0.get(*place) else {
                continue;
            };
            walk(&mut row, member, &mut |value| {
                if let Some(new) = id_text(value).and_then(|old| known.get(&old)) {
                    *value = match id_text(new) {
                        Some(id) => like(value, &id),
                        None => new.clone(),
                    };
                }
            });
        }
        row
    }
}
