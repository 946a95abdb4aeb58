//! Reading and filling documents as a description says: ids, labels, search text, hosts of nested
//! parts. Pure functions of values; nothing here asks the store or the vault.

use serde_json::{Map, Value};

use crate::entities::Entity;
use crate::entities::entity::Only;

/// An id as text: a number's digits or a string as it is. Nothing else is an id.
pub fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::Number(n) => Some(n.to_string()),
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        _ => None,
    }
}

/// The value at a dotted member path without lists.
pub fn at<'a>(doc: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(doc, |value, segment| value.get(segment))
}

/// All values at a dotted path in which `[]` stands for any element.
pub fn all_at<'a>(doc: &'a Value, path: &str) -> Vec<&'a Value> {
    doc.as_object()
        .map(|members| all_in(members, path))
        .unwrap_or_default()
}

/// The same within an object's members.
fn all_in<'a>(members: &'a Map<String, Value>, path: &str) -> Vec<&'a Value> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let mut values: Vec<&Value> = members
        .get(first.strip_suffix("[]").unwrap_or(first))
        .into_iter()
        .collect();
    if first.ends_with("[]") {
        values = values
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .collect();
    }
    for segment in rest.split('.').filter(|segment| !segment.is_empty()) {
        let (member, list) = match segment.strip_suffix("[]") {
            Some(member) => (member, true),
            None => (segment, false),
        };
        values = values
            .into_iter()
            .filter_map(|value| value.get(member))
            .collect();
        if list {
            values = values
                .into_iter()
                .filter_map(Value::as_array)
                .flatten()
                .collect();
        }
    }
    values
}

/// Calls `f` on each object in which a part is nested: the document itself for an empty `at`, each
/// element for `variants[]`.
pub fn each_host(doc: &mut Value, at: &str, mut f: impl FnMut(&mut Map<String, Value>)) {
    if at.is_empty() {
        if let Some(host) = doc.as_object_mut() {
            f(host);
        }
        return;
    }
    let member = at.strip_suffix("[]").unwrap_or(at);
    let hosts = doc.get_mut(member).and_then(Value::as_array_mut);
    for host in hosts.into_iter().flatten() {
        if let Some(host) = host.as_object_mut() {
            f(host);
        }
    }
}

/// The label: the description's members joined by a space, on one line.
pub fn label(entity: &Entity, doc: &Value) -> String {
    let mut words = Vec::new();
    for member in entity.label {
        if let Some(text) = at(doc, member).and_then(plain) {
            words.push(text);
        }
    }
    words
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What `list --search` finds the object by: label and the description's search members.
pub fn search_text(entity: &Entity, label: &str, doc: &Value) -> String {
    let mut text = label.to_owned();
    for member in entity.search {
        for value in all_at(doc, member) {
            if let Some(word) = plain(value) {
                text.push(' ');
                text.push_str(&word);
            }
        }
    }
    text
}

/// True where a part can have anything for this host.
pub fn applies(only: &Only, host: &Map<String, Value>) -> bool {
    match only {
        Only::Always => true,
        Only::AnyOf(members) => members.iter().any(|member| {
            host.get(*member)
                .and_then(Value::as_array)
                .is_some_and(|l| !l.is_empty())
        }),
        Only::NotZero(member) => host.get(*member).is_some_and(|value| !is_zero(value)),
        Only::Short { told, came } => {
            let number = |value: &Value| id_text(value)?.parse::<i64>().ok();
            let told = host.get(*told).and_then(number);
            let doc = || {
                came.iter()
                    .flat_map(|path| all_in(host, path))
                    .filter_map(number)
                    .sum::<i64>()
            };
            told.is_some_and(|told| told != doc())
        }
        Only::Equals(member, text) => same_word(host.get(*member), text),
        Only::Differs(member, text) => !same_word(host.get(*member), text),
    }
}

/// The state member's value as it prints.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.trim().is_empty() => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn same_word(value: Option<&Value>, text: &str) -> bool {
    value
        .and_then(plain)
        .is_some_and(|word| word.eq_ignore_ascii_case(text))
}

/// Zero, empty, null: a number or a number in text with no digit but `0`.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::Number(n) => !n.to_string().bytes().any(|b| (b'1'..=b'9').contains(&b)),
        Value::String(s) => !s.bytes().any(|b| (b'1'..=b'9').contains(&b)),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_reach_into_lists() {
        let doc = json!({"variants": [{"sku": "A"}, {"sku": ""}, {"sku": "B"}], "tags": ["x"]});
        let skus: Vec<_> = all_at(&doc, "variants[].sku")
            .into_iter()
            .filter_map(plain)
            .collect();
        assert_eq!(skus, ["A", "B"]);
        assert_eq!(all_at(&doc, "tags[]"), [&json!("x")]);
        assert!(all_at(&doc, "nothing[].here").is_empty());
    }

    #[test]
    fn zero_is_told_from_money_in_text() {
        let host = json!({"a": "0.0000", "b": "0.0100", "c": null, "d": 0, "e": 7});
        let host = host.as_object().unwrap();
        let not_zero = |m| applies(&Only::NotZero(m), host);
        assert!(!not_zero("a") && !not_zero("c") && !not_zero("d") && !not_zero("missing"));
        assert!(not_zero("b") && not_zero("e"));
    }

    #[test]
    fn parts_are_nested_in_every_host() {
        let mut doc = json!({"variants": [{"id": 1}, {"id": 2}]});
        each_host(&mut doc, "variants[]", |host| {
            host.insert("seen".into(), Value::Bool(true));
        });
        assert_eq!(
            doc,
            json!({"variants": [{"id": 1, "seen": true}, {"id": 2, "seen": true}]})
        );
    }
}
