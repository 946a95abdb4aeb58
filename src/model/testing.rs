//! Random documents for the property tests: as awkward as BigCommerce's, and a little more.

use proptest::prelude::*;
use serde_json::Value;

/// Reads JSON that a test wrote itself.
pub fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn number() -> impl Strategy<Value = Value> {
    let fixed = prop::sample::select(vec![
        "0",
        "-0",
        "1",
        "19.99",
        "19.9900",
        "1.999e1",
        "9007199254740993",
        "9007199254740992",
        "18446744073709551615",
        "1e999999999",
        "0.1",
        "-3.50",
    ]);
    let free =
        (any::<i64>(), 0u32..9999).prop_map(|(whole, fraction)| format!("{whole}.{fraction:04}"));
    prop_oneof![
        fixed.prop_map(str::to_owned),
        free,
        (-3i64..30).prop_map(|n| n.to_string()),
    ]
    .prop_map(|text| parse(&text))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-e]",
        1 => Just("id".to_owned()),
        1 => Just("sku".to_owned()),
        1 => Just("a/b".to_owned()),
        1 => Just("m~n".to_owned()),
        1 => Just(String::new()),
    ]
}

/// Any value without others in it.
pub fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        "[ a-cé<>]{0,6}".prop_map(Value::String),
    ]
}

/// Any JSON value of a few levels.
pub fn document() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(name(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// RFC 6901 pointers to all leaves: scalars, and lists and objects with nothing in them.
pub fn leaves(value: &Value) -> Vec<String> {
    let nested: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    if nested.is_empty() {
        return vec![String::new()];
    }
    let below = |(step, value): (String, &Value)| -> Vec<String> {
        leaves(value)
            .into_iter()
            .map(|rest| format!("/{step}{rest}"))
            .collect()
    };
    nested.into_iter().flat_map(below).collect()
}

/// The document with one leaf replaced, or with a list's or object's parts put in other places.
pub fn edited(doc: Value) -> impl Strategy<Value = Value> {
    let paths = leaves(&doc);
    (any::<prop::sample::Index>(), document(), any::<u8>()).prop_map(move |(which, new, how)| {
        let mut doc = doc.clone();
        let mut path = which.get(paths.as_slice()).as_str();
        // Some edits go higher up than a leaf.
        for _ in 0..how % 3 {
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
        match doc.pointer_mut(path) {
            Some(Value::Array(list)) if how & 4 != 0 && !list.is_empty() => {
                let turn = usize::from(how) % list.len();
                list.rotate_left(turn);
            }
            Some(Value::Array(list)) if how & 8 != 0 && !list.is_empty() => {
                list.remove(usize::from(how) % list.len());
            }
            Some(Value::Array(list)) => list.insert(usize::from(how) % (list.len() + 1), new),
            Some(Value::Object(members)) => {
                members.insert("a".to_owned(), new);
            }
            Some(leaf) => *leaf = new,
            None => {}
        }
        doc
    })
}
