//! References within a document: finding them by a description's patterns, and giving them the ids
//! that their targets have now.

use serde_json::Value;

use crate::engines::Error;
use crate::engines::capture::shape::{at, id_text};
use crate::entities::Entity;
use crate::entities::entity::Reference;
use crate::vault::Vault;

/// Calls `f` on each value at a dotted pattern: `x[]` is every element of a list, an empty segment
/// (`..`) any depth.
pub(super) fn walk(value: &mut Value, pattern: &str, f: &mut dyn FnMut(&mut Value)) {
    let segments: Vec<&str> = pattern.split('.').collect();
    descend(value, &segments, f);
}

fn descend(value: &mut Value, segments: &[&str], f: &mut dyn FnMut(&mut Value)) {
    let Some((first, rest)) = segments.split_first() else {
        f(value);
        return;
    };
    if first.is_empty() {
        descend(value, rest, f);
        match value {
            Value::Array(all) => all.iter_mut().for_each(|v| descend(v, segments, f)),
            Value::Object(all) => all.values_mut().for_each(|v| descend(v, segments, f)),
            _ => {}
        }
        return;
    }
    if let Some(member) = first.strip_suffix("[]") {
        let list = value.get_mut(member).and_then(Value::as_array_mut);
        for element in list.into_iter().flatten() {
            descend(element, rest, f);
        }
    } else if let Some(inner) = value.get_mut(*first) {
        descend(inner, rest, f);
    }
}

/// Whether a reference is one in this document.
pub(super) fn applies(doc: &Value, reference: &Reference) -> bool {
    reference.when.is_none_or(|(member, text)| {
        let told = at(doc, member).and_then(Value::as_str);
        told.is_some_and(|told| told.eq_ignore_ascii_case(text))
    })
}

/// The ids that a reference holds; 0 and other words for "none" or "all" are left out.
pub(super) fn ids(doc: &Value, reference: &Reference) -> Vec<String> {
    if !applies(doc, reference) {
        return Vec::new();
    }
    held(doc, reference.member)
}

/// The ids at a pattern.
fn held(doc: &Value, pattern: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&mut doc.clone(), pattern, &mut |value| {
        found.extend(id_text(value).filter(|id| points(id)));
    });
    found
}

/// Whether an id points anywhere: 0 is none, -1 "chosen by the store", `*` all.
pub(super) fn points(id: &str) -> bool {
    !matches!(id, "0" | "" | "*") && !id.starts_with('-')
}

/// An id in the form that the value before had.
pub(super) fn like(before: &Value, id: &str) -> Value {
    match before {
        Value::Number(_) => serde_json::from_str(id).unwrap_or_else(|_| Value::from(id)),
        _ => Value::from(id),
    }
}

/// Gives every reference in a document the id that its target has now.
pub(super) fn renumber(vault: &Vault, entity: &Entity, doc: &mut Value) -> Result<(), Error> {
    renumber_by(vault, entity.references, doc)
}

/// The same, for these references.
pub(super) fn renumber_by(
    vault: &Vault,
    references: &'static [Reference],
    doc: &mut Value,
) -> Result<(), Error> {
    for reference in references {
        if !applies(doc, reference) {
            continue;
        }
        let mut failed = None;
        walk(doc, reference.member, &mut |value| {
            let Some(old) = id_text(value).filter(|id| points(id)) else {
                return;
            };
            match vault.current_id(reference.to, &old) {
                Ok(new) if new != old => *value = like(value, &new),
                Ok(_) => {}
                Err(error) => failed = Some(error),
            }
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Takes out of a document what points to objects that are not there: whole members, and elements
/// of lists of ids. A list that would be empty goes as a whole, for an empty one may mean something
/// of its own ("everywhere"). Answers what stands deeper, in rules: without it the object would be
/// something else, so it is left in.
pub(super) fn leave_out(
    entity: &Entity,
    doc: &mut Value,
    gone: &dyn Fn(&'static Reference, &str) -> bool,
) -> Vec<(&'static Reference, String)> {
    let mut deep = Vec::new();
    for reference in entity.references {
        if !applies(doc, reference) {
            continue;
        }
        let member = root(reference.member);
        let lost = |value: &Value| {
            let id = id_text(value).filter(|id| points(id));
            id.filter(|id| gone(reference, id))
        };
        let Some(members) = doc.as_object_mut() else {
            continue;
        };
        match reference.member.strip_prefix(member) {
            Some("") => {
                if members
                    .get(member)
                    .is_some_and(|value| lost(value).is_some())
                {
                    members.remove(member);
                }
            }
            Some("[]") => {
                let list = members.get_mut(member).and_then(Value::as_array_mut);
                let Some(list) = list else { continue };
                let before = list.len();
                list.retain(|value| lost(value).is_none());
                if list.is_empty() && before > 0 {
                    members.remove(member);
                }
            }
            _ => walk(doc, reference.member, &mut |value| {
                deep.extend(lost(value).map(|id| (reference, id)));
            }),
        }
    }
    deep
}

/// The top-level member of a pattern.
pub(super) fn root(pattern: &str) -> &str {
    let first = pattern.split('.').next().unwrap_or(pattern);
    first.strip_suffix("[]").unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_finds_plain_members_list_elements_and_any_depth() {
        let doc = json!({"brand_id": 7, "categories": [1, 0, 2], "channels": [{"id": 1}],
            "rules": [{"condition": {"cart": {"items": {"and": [{"products": [5]}]}}}}]});
        assert_eq!(held(&doc, "brand_id"), ["7"]);
        assert_eq!(held(&doc, "categories[]"), ["1", "2"]);
        assert_eq!(held(&doc, "channels[].id"), ["1"]);
        assert_eq!(held(&doc, "rules[]..products[]"), ["5"]);
        assert!(held(&doc, "nothing[].here").is_empty());
        assert_eq!(root("rules[]..products[]"), "rules");
    }
}
