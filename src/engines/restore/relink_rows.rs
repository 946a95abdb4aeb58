//! Links that stand in the rows of a list: values of an option that offer other products, templates
//! of a channel. A row is set as a whole, with nothing in it changed but the link.
//!
//! Never here: a row that a merchant removed since, unless the link is all that the row is about.

use serde_json::{Map, Value};

use super::chunks::member;
use super::references::{ids, walk};
use super::rows::cut;
use crate::engines::capture::shape::id_text;
use crate::entities::entity::{Reference, Rows};
use crate::model::restore::FieldChange;

/// The rows of a member.
fn rows_of(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a row holds this id where a reference looks for one.
fn holds(list: &Rows, row: &Value, reference: &Reference, id: &str) -> bool {
    let around = Map::from_iter([(list.member.to_owned(), Value::Array(vec![row.clone()]))]);
    ids(&Value::Object(around), reference)
        .iter()
        .any(|held| held == id)
}

/// The row of a list that is the same one as another.
fn same<'a>(list: &Rows, all: &'a [Value], row: &Value) -> Option<&'a Value> {
    all.iter().find(|other| match list.keyed {
        true => list.key.iter().all(|key| other.get(*key) == row.get(*key)),
        false => other.get(list.id) == row.get(list.id),
    })
}

/// The rows to set again: those that hold the old id still, those in which there is nothing at its
/// place by now, and those that went with it.
pub(super) fn changes(
    list: &Rows,
    reference: &Reference,
    id: &str,
    then: &Value,
    live: Option<&Value>,
) -> Vec<FieldChange> {
    let now = rows_of(live);
    let mut changes = Vec::new();
    for row in rows_of(Some(then)) {
        if !holds(list, row, reference, id) {
            continue;
        }
        let told = |row: &Value| Value::Object(cut(list, row));
        let there = same(list, now, row);
        let (from, to) = match there {
            Some(there) if holds(list, there, reference, id) => (told(there), told(there)),
            Some(there) => match filled(list, reference, there, row) {
                Some(row) => (told(there), told(&row)),
                None => continue, // another value now: the merchant's later choice
            },
            None if list.keyed => (Value::Null, told(row)),
            None => continue,
        };
        let own = there.unwrap_or(row).get(list.id).and_then(id_text);
        let path = format!("/{}/{}", list.member, own.unwrap_or_default());
        changes.push(FieldChange { path, from, to });
    }
    changes
}

/// A living row with what it held then in the places where it holds nothing now.
fn filled(list: &Rows, reference: &Reference, now: &Value, then: &Value) -> Option<Value> {
    let pattern = reference.member.strip_prefix(list.member)?;
    let pattern = pattern.strip_prefix("[].")?;
    let (at, inner) = pattern.split_once("[].")?;
    let mut row = now.clone();
    let mut set = false;
    for value in row.get_mut(at)?.as_array_mut()? {
        let own = value.get("id").and_then(id_text);
        let held = rows_of(then.get(at)).iter();
        let mut held = held.filter(|held| held.get("id").and_then(id_text) == own);
        let Some(held) = held.next().filter(|_| own.is_some()) else {
            continue;
        };
        let member = inner.split('.').next().unwrap_or(inner);
        let empty = match value.get(member) {
            None | Some(Value::Null) => true,
            Some(Value::Object(all)) => all.values().all(Value::is_null),
            _ => false,
        };
        if empty && held.get(member).is_some_and(|held| !held.is_null()) {
            value[member] = held[member].clone();
            set = true;
        }
    }
    set.then_some(row)
}

/// A list as it stands, with the rows of a step's links in their places. `now` gives what is pointed to
/// its present id.
pub(super) fn aimed(
    list: &Rows,
    live: &[Value],
    change: &FieldChange,
    mut link: Value,
) -> Vec<Value> {
    let id = change.path.rsplit('/').next().unwrap_or_default();
    let mut all = live.to_vec();
    let at = all
        .iter()
        .position(|row| row.get(list.id).and_then(id_text).as_deref() == Some(id));
    let mut row = Value::Null;
    walk(&mut link, &format!("{}[]", member(change)), &mut |value| {
        row = value.take()
    });
    // Where the key is what there is one of, the row with the old one goes.
    let at = match list.keyed {
        true => {
            if let Some(old) = at.filter(|at| same(list, &all[*at..=*at], &row).is_none()) {
                all.remove(old);
            }
            let now = |other: &Value| same(list, std::slice::from_ref(other), &row).is_some();
            all.iter().position(now)
        }
        false => at,
    };
    match at {
        Some(at) => {
            if let (Value::Object(own), Value::Object(set)) = (&mut all[at], row) {
                own.extend(set);
            }
        }
        // A row that was removed since stays away.
        None if list.keyed => all.push(row),
        None => {}
    }
    all
}

/// Whether a row is neither as the plan saw it nor as it shall be: someone's later edit.
pub(super) fn moved(list: &Rows, live: &[Value], change: &FieldChange, link: &Value) -> bool {
    let to = link.get(list.member).and_then(Value::as_array);
    let to = to.and_then(|rows| rows.first());
    let id = change.path.rsplit('/').next().unwrap_or_default();
    let by_id = || {
        live.iter()
            .find(|row| row.get(list.id).and_then(id_text).as_deref() == Some(id))
    };
    let told = |row: &Value| Value::Object(cut(list, row));
    let is = |row: &Value| told(row) == change.from || to.is_some_and(|to| told(row) == told(to));
    match list.keyed {
        // Whatever is there for the new one by now was set by this restore or by someone.
        true => to
            .and_then(|to| same(list, live, to))
            .is_some_and(|row| !is(row)),
        false => by_id().is_none_or(|row| !is(row)),
    }
}
