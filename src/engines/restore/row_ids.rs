//! Which rows of a wanted document are which in the store, and what that makes of ids that name
//! them: pure functions of rows that were paired.

use std::collections::HashMap;

use serde_json::Value;

use super::references::{like, walk};
use crate::engines::capture::shape::id_text;
use crate::entities::entity::Rows;
use crate::model::away::is_away;

/// Which of `there` each of `wanted` is: by its id, else by its label; by its place only where
/// none has either and as many are there. No one is taken for two.
fn twins<'a>(wanted: &[Value], there: &'a [Value]) -> Vec<Option<&'a Value>> {
    let mut taken = vec![false; there.len()];
    let mut found: Vec<Option<usize>> = vec![None; wanted.len()];
    for member in ["id", "label"] {
        for (row, place) in wanted.iter().zip(&mut found) {
            let Some(value) = row.get(member).filter(|_| place.is_none()) else {
                continue;
            };
            let twin =
                (0..there.len()).find(|at| !taken[*at] && there[*at].get(member) == Some(value));
            if let Some(at) = twin {
                taken[at] = true;
                *place = Some(at);
            }
        }
    }
    if wanted.len() == there.len() && found.iter().all(Option::is_none) {
        for (at, place) in found.iter_mut().enumerate() {
            if place.is_none() && !taken[at] {
                taken[at] = true;
                *place = Some(at);
            }
        }
    }
    found
        .into_iter()
        .map(|at| at.map(|at| &there[at]))
        .collect()
}

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
            for (row, twin) in inner.iter().zip(twins(inner, there)) {
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
            // Such ids are another list's, and stand as they are now already.
            let list = format!("{member}[]");
            let points = rows.inner.iter().any(|(place, _)| place.starts_with(&list));
            for value in inner.as_array_mut().into_iter().flatten() {
                let old = value.get("id").and_then(id_text);
                match old.as_ref().map(|old| (known.get(old), is_away(old))) {
                    Some((Some(new), _)) => value["id"] = new.clone(),
                    // It is gone, or another store's: here it is a new one.
                    Some((None, away)) if away || !points => {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(wanted: &Value, there: &Value) -> Vec<Option<u64>> {
        let list = |value: &Value| value.as_array().unwrap().clone();
        let (wanted, there) = (list(wanted), list(there));
        let twins = twins(&wanted, &there);
        twins
            .into_iter()
            .map(|twin| twin?.get("id")?.as_u64())
            .collect()
    }

    #[test]
    fn a_value_that_is_gone_is_not_taken_for_its_neighbour() {
        let wanted =
            json!([{"id": 1, "label": "a"}, {"id": 2, "label": "b"}, {"id": 3, "label": "c"}]);
        assert_eq!(
            ids(
                &wanted,
                &json!([{"id": 2, "label": "b"}, {"id": 3, "label": "c"}])
            ),
            [None, Some(2), Some(3)]
        );
        // One gone and another added: the ids that are there tell that.
        assert_eq!(
            ids(
                &wanted,
                &json!([{"id": 2, "label": "b"}, {"id": 3, "label": "c"}, {"id": 9, "label": "z"}])
            ),
            [None, Some(2), Some(3)]
        );
        // Made anew: by their labels; renamed in place: by the id.
        assert_eq!(
            ids(
                &wanted,
                &json!([{"id": 11, "label": "b"}, {"id": 12, "label": "a"}, {"id": 13, "label": "c"}])
            ),
            [Some(12), Some(11), Some(13)]
        );
        assert_eq!(
            ids(
                &wanted,
                &json!([{"id": 1, "label": "x"}, {"id": 2, "label": "b"}, {"id": 3, "label": "c"}])
            ),
            [Some(1), Some(2), Some(3)]
        );
    }
}
