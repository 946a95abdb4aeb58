//! The values of options and modifiers: as they come with a whole option or modifier, and one at a
//! time below `/values`. Ids are never taken from the client.

use serde_json::{Map, Value, json};

use super::making::{conflict, drop_rules, drop_variants_with, keep, next_id, product_of};
use super::parts::rows_of;
use super::write;
use crate::sandbox::answer::{self, Outcome, Reply};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

/// The most values of one option.
const VALUES_MAX: usize = 250;

/// The types of which the buyer picks one of several values.
const CHOSEN: &[&str] = &[
    "radio_buttons",
    "rectangles",
    "dropdown",
    "product_list",
    "product_list_with_images",
    "swatch",
];

/// What buyers fill in: modifiers only, without values.
const FILLED: &[&str] = &[
    "date",
    "file",
    "text",
    "multi_line_text",
    "numbers_only_text",
];

/// Routes that write below `/catalog/products/{id}/options/{row}/values`, and modifiers' alike.
pub fn route(
    store: &mut Store,
    req: &Req,
    product: &str,
    member: &'static str,
    row: &str,
    rest: &[&str],
) -> Option<Outcome> {
    match (req.method, rest) {
        (Method::Post, []) => Some(post(store, req, product, member, row)),
        (Method::Put, [value]) => Some(put(store, req, product, member, row, value)),
        (Method::Delete, [value]) => Some(delete(store, req, product, member, row, value)),
        _ => None,
    }
}

/// What a value may be written with.
fn writable(member: &str) -> &'static [&'static str] {
    match member {
        "modifiers" => &[
            "label",
            "sort_order",
            "is_default",
            "value_data",
            "adjusters",
        ],
        _ => &["label", "sort_order", "is_default", "value_data"],
    }
}

/// A list's row by the id in the path.
fn place(req: &Req, rows: &[Value], id: &str) -> Result<usize, Reply> {
    let wanted = Key::parse(id);
    rows.iter()
        .position(|row| Key::of(&row["id"]).as_ref() == Some(&wanted))
        .ok_or_else(|| req.not_found())
}

/// The body, with the two fields that both writes need.
fn body(req: &Req, member: &str) -> Result<Map<String, Value>, Reply> {
    let given = write::object(req, writable(member))?;
    for name in ["label", "sort_order"] {
        if given.get(name).is_none_or(Value::is_null) {
            return Err(answer::invalid(&[(name, "Required.")]));
        }
    }
    Ok(given)
}

fn post(store: &mut Store, req: &Req, product: &str, member: &str, row: &str) -> Outcome {
    req.allow(&[])?;
    let given = body(req, member)?;
    let (key, mut product) = product_of(store, req, product)?;
    let at = place(req, rows_of(&product, member), row)?;
    let mut row = product[member][at].clone();
    if row["type"] == "checkbox" {
        let text = "A checkbox has the two values that it made.";
        return Err(answer::invalid(&[("option_values", text)]));
    }
    let old = rows_of(&row, "option_values").to_vec();
    let mut all = old.clone();
    all.push(Value::Object(given));
    row["option_values"] = Value::Array(all);
    settle(store, &mut row, &old, member)?;
    let made = row["option_values"][old.len()].clone();
    product[member][at] = row;
    keep(store, &key, product);
    Ok(answer::v3_one(made))
}

fn put(
    store: &mut Store,
    req: &Req,
    product: &str,
    member: &str,
    row: &str,
    value: &str,
) -> Outcome {
    req.allow(&[])?;
    let given = body(req, member)?;
    let (key, mut product) = product_of(store, req, product)?;
    let at = place(req, rows_of(&product, member), row)?;
    let mut row = product[member][at].clone();
    let old = rows_of(&row, "option_values").to_vec();
    let found = place(req, &old, value)?;
    for (name, value) in given {
        row["option_values"][found][name] = value;
    }
    settle(store, &mut row, &old, member)?;
    let changed = row["option_values"][found].clone();
    if member == "options" {
        relabel(&mut product, &changed);
    }
    product[member][at] = row;
    keep(store, &key, product);
    Ok(answer::v3_one(changed))
}

fn delete(
    store: &mut Store,
    req: &Req,
    product: &str,
    member: &str,
    row: &str,
    value: &str,
) -> Outcome {
    req.allow(&[])?;
    let (key, mut product) = product_of(store, req, product)?;
    let at = place(req, rows_of(&product, member), row)?;
    let values = rows_of(&product[member][at], "option_values");
    let found = place(req, values, value)?;
    if values.len() == 1 || product[member][at]["type"] == "checkbox" {
        let text = "What is chosen from needs its values.";
        return Err(answer::invalid(&[("option_values", text)]));
    }
    let Some(values) = product[member][at]["option_values"].as_array_mut() else {
        return Err(req.not_found());
    };
    let gone = values.remove(found);
    if member == "options" {
        drop_variants_with(store, &mut product, &[gone]);
    } else {
        drop_rules(&mut product, "modifier_value_id", &gone["id"]);
    }
    keep(store, &key, product);
    Ok(answer::no_content())
}

/// Variants repeat the labels of their values.
fn relabel(product: &mut Value, value: &Value) {
    let variants = product["variants"].as_array_mut().into_iter().flatten();
    for own in variants.flat_map(|variant| {
        let own = variant["option_values"].as_array_mut();
        own.into_iter().flatten()
    }) {
        if own["id"] == value["id"] {
            own["label"] = value["label"].clone();
        }
    }
}

/// Makes the values of an option or a modifier whole: new ones get ids, a checkbox makes its two by
/// itself. `old` are the values that it had: no other ids are known.
pub fn settle(
    store: &mut Store,
    row: &mut Value,
    old: &[Value],
    member: &str,
) -> Result<(), Reply> {
    let kind = row["type"].as_str().unwrap_or_default().to_owned();
    let mut list = rows_of(row, "option_values").to_vec();
    let refuse = |text: &str| Err(answer::invalid(&[("option_values", text)]));
    match kind.as_str() {
        "checkbox" if member == "modifiers" => {
            if old.is_empty() && !list.is_empty() {
                return refuse("A checkbox makes its values itself.");
            }
            if old.is_empty() {
                list = vec![
                    json!({"label": "Yes", "sort_order": 0, "value_data": {"checked_value": true}}),
                    json!({"label": "No", "sort_order": 1, "value_data": {"checked_value": false}}),
                ];
            }
        }
        kind if CHOSEN.contains(&kind) => {
            if list.is_empty() {
                return refuse("At least one value is required.");
            }
        }
        kind if member == "modifiers" && FILLED.contains(&kind) => {
            if !list.is_empty() {
                return refuse("This type has no values.");
            }
        }
        _ => return Err(answer::invalid(&[("type", "Unknown.")])),
    }
    if list.len() > VALUES_MAX {
        return refuse("There are at most 250 values.");
    }
    let owner = row["id"].clone();
    let mut labels = Vec::new();
    for value in &mut list {
        check(store, &kind, value, old)?;
        let label = value["label"].as_str().unwrap_or_default().to_lowercase();
        if labels.contains(&label) {
            return Err(conflict("label", "Two values have it."));
        }
        labels.push(label);
        if value["id"].is_null() {
            value["id"] = json!(next_id(store));
        }
        let usual = [
            ("sort_order", json!(0)),
            ("is_default", json!(false)),
            ("value_data", Value::Null),
        ];
        fill(value, &usual);
        if member == "modifiers" {
            value["option_id"] = owner.clone();
            if value["adjusters"].is_null() {
                value["adjusters"] = json!({});
            }
            let usual = [
                ("price", Value::Null),
                ("weight", Value::Null),
                ("image_url", json!("")),
                (
                    "purchasing_disabled",
                    json!({"status": false, "message": ""}),
                ),
            ];
            fill(&mut value["adjusters"], &usual);
        }
    }
    row["option_values"] = Value::Array(list);
    Ok(())
}

fn fill(document: &mut Value, usual: &[(&str, Value)]) {
    for (name, usual) in usual {
        if document[*name].is_null() {
            document[*name] = usual.clone();
        }
    }
}

fn check(store: &Store, kind: &str, value: &Value, old: &[Value]) -> Result<(), Reply> {
    let refuse = |name: &str, text: &str| Err(answer::invalid(&[(name, text)]));
    if value["label"].as_str().is_none_or(str::is_empty) {
        return refuse("label", "Required.");
    }
    let known = |value: &Value| old.iter().any(|old| old["id"] == value["id"]);
    if !value["id"].is_null() && !known(value) {
        return refuse("id", "Ids are given by the store.");
    }
    let data = &value["value_data"];
    match kind {
        "swatch" => {
            if value["is_default"] == true {
                return refuse("is_default", "A swatch has no default.");
            }
            let colors = rows_of(data, "colors");
            let hex = |color: &Value| {
                color.as_str().is_some_and(|color| {
                    color.strip_prefix('#').is_some_and(|digits| {
                        digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit())
                    })
                })
            };
            let painted = (1..=3).contains(&colors.len()) && colors.iter().all(hex);
            if !painted && !data["image_url"].is_string() {
                return refuse(
                    "value_data",
                    "A swatch needs one to three colours or an image.",
                );
            }
        }
        "product_list" | "product_list_with_images" if !data["product_id"].is_null() => {
            let product = Key::of(&data["product_id"]);
            if !product.is_some_and(|id| store.table("products").contains(&id)) {
                return refuse("value_data", "The product does not exist.");
            }
        }
        _ => {}
    }
    Ok(())
}
