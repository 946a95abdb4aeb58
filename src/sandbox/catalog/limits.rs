//! What BigCommerce documents of a product's rows beyond their shape: lengths, ranges, what is
//! unique, what has to be there already.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::kinds::Kind;
use super::making::{conflict, lower, next_id};
use super::parts::rows_of;
use crate::sandbox::answer::{self, Reply};
use crate::sandbox::filter;
use crate::sandbox::store::Store;

/// The most variants of one product.
const VARIANTS_MAX: usize = 600;

/// The dates of a date modifier are written with their time (ISO 8601), and products show them
/// without.
pub fn plain_dates(row: &mut Value) -> Result<(), Reply> {
    if row["type"] != "date" {
        return Ok(());
    }
    for name in ["default_value", "date_earliest_value", "date_latest_value"] {
        let Some(date) = row["config"].get(name).and_then(Value::as_str) else {
            continue;
        };
        if date.is_empty() {
            continue;
        }
        let Some((day, _)) = date
            .split_once('T')
            .filter(|_| filter::moment(date).is_some())
        else {
            return Err(answer::invalid(&[(name, "It must be an ISO 8601 date.")]));
        };
        row["config"][name] = json!(day);
    }
    Ok(())
}

/// The sums over a product's reviews.
pub fn recount(product: &mut Value, kind: &Kind) {
    if kind.member == "reviews" {
        let ratings = rows_of(product, "reviews")
            .iter()
            .filter_map(|review| review["rating"].as_u64());
        let (count, sum) = ratings.fold((0, 0), |(n, sum), rating| (n + 1, sum + rating));
        product["reviews_count"] = json!(count);
        product["reviews_rating_sum"] = json!(sum);
    }
}

/// The limits and words that the descriptions give for a row.
pub fn sound(
    product: &Value,
    kind: &Kind,
    given: &Map<String, Value>,
    own: Option<usize>,
) -> Result<(), Reply> {
    let refuse = |name: &str, text: &str| Err(answer::invalid(&[(name, text)]));
    let long = |name: &str, most: usize| {
        let text = given.get(name).and_then(Value::as_str);
        text.is_some_and(|text| text.chars().count() > most)
    };
    let word = |name: &str, words: &[&str]| {
        given
            .get(name)
            .is_none_or(|word| words.iter().any(|known| word == known))
    };
    match kind.member {
        "custom_fields" => {
            for name in ["name", "value"] {
                if long(name, 250) || given.get(name).is_some_and(|text| text == "") {
                    return refuse(name, "It must have 1 to 250 characters.");
                }
            }
        }
        "videos" if long("video_id", 25) || long("title", 255) => {
            return refuse("video_id", "The id or the title is too long.");
        }
        "videos" if !word("type", &["youtube"]) => return refuse("type", "Unknown."),
        "reviews" => {
            if !word("status", &["approved", "disapproved", "pending"]) {
                return refuse("status", "Unknown.");
            }
            let rating = given.get("rating");
            if rating.is_some_and(|rating| rating.as_u64().is_none_or(|rating| rating > 5)) {
                return refuse("rating", "It must be a whole number from 0 to 5.");
            }
        }
        "variants" if long("sku", 255) || long("upc", 14) || long("gtin", 14) => {
            return refuse("sku", "The SKU, the UPC or the GTIN is too long.");
        }
        "variants" if own.is_none() && rows_of(product, "variants").len() >= VARIANTS_MAX => {
            return refuse("sku", "A product has at most 600 variants.");
        }
        "bulk_pricing_rules" => {
            if !word("type", &["price", "percent", "fixed"]) {
                return refuse("type", "Unknown.");
            }
            let old = own.map(|at| &product[kind.member][at]);
            let whole = |name: &str| {
                let value = given.get(name).or(old.map(|old| &old[name]));
                value.and_then(Value::as_u64)
            };
            let (Some(from), Some(to)) = (whole("quantity_min"), whole("quantity_max")) else {
                return refuse("quantity_min", "Whole numbers are required.");
            };
            if given.get("type").is_some_and(|kind| kind == "fixed") && from < 2 {
                return refuse("quantity_min", "A fixed price starts at 2 or more.");
            }
            // 0 stands for no upper bound.
            let end = |to: u64| if to == 0 { u64::MAX } else { to };
            if end(to) < from {
                return refuse("quantity_max", "It is below quantity_min.");
            }
            let mut rows = rows_of(product, kind.member).iter().enumerate();
            let overlaps = rows.any(|(at, row)| {
                let number = |name: &str| row[name].as_u64().unwrap_or(0);
                Some(at) != own
                    && number("quantity_min") <= end(to)
                    && from <= end(number("quantity_max"))
            });
            if overlaps {
                return Err(conflict("quantity_min", "The ranges overlap."));
            }
        }
        _ => {}
    }
    Ok(())
}

pub fn unique(
    product: &Value,
    kind: &Kind,
    given: &Map<String, Value>,
    own: Option<usize>,
) -> Result<(), Reply> {
    let Some(first) = kind.unique.first() else {
        return Ok(());
    };
    if *first == "display_name" {
        // Options and modifiers share their names.
        let wanted = given.get("display_name").map(lower).unwrap_or_default();
        let mut rows = ["options", "modifiers"].into_iter().flat_map(|member| {
            let rows = rows_of(product, member).iter().enumerate();
            rows.map(move |(at, row)| ((member == kind.member).then_some(at), row))
        });
        let taken = rows
            .any(|(at, row)| (at.is_none() || at != own) && lower(&row["display_name"]) == wanted);
        return match taken && !wanted.is_empty() {
            true => Err(conflict(first, "The product has such a row already.")),
            false => Ok(()),
        };
    }
    let rows = rows_of(product, kind.member).iter().enumerate();
    let taken = rows.filter(|(at, _)| Some(*at) != own).any(|(_, row)| {
        let mut all = kind.unique.iter();
        all.all(|name| given.get(*name).is_some_and(|value| row[*name] == *value))
    });
    match taken {
        // Of custom fields no 409 is documented.
        true if kind.member == "custom_fields" => {
            Err(answer::invalid(&[(first, "The product has it already.")]))
        }
        true => Err(conflict(first, "The product has such a row already.")),
        false => Ok(()),
    }
}

/// The values that a new variant names, as the product has them.
pub fn chosen(product: &Value, named: &Value) -> Result<Vec<Value>, Reply> {
    let unknown = || answer::invalid(&[("option_values", "The product has no such value.")]);
    let mut chosen = Vec::new();
    for named in named.as_array().into_iter().flatten() {
        let mut options = rows_of(product, "options").iter();
        let option = options
            .find(|o| o["id"] == named["option_id"])
            .ok_or_else(unknown)?;
        let mut values = rows_of(option, "option_values").iter();
        let value = values
            .find(|v| v["id"] == named["id"])
            .ok_or_else(unknown)?;
        chosen.push(json!({
            "id": value["id"],
            "label": value["label"],
            "option_id": option["id"],
            "option_display_name": option["display_name"],
        }));
    }
    let ids = |values: &[Value]| -> Vec<String> {
        let mut ids: Vec<String> = values.iter().map(|v| v["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let same = |row: &Value| ids(rows_of(row, "option_values")) == ids(&chosen);
    if chosen.is_empty() {
        return Err(unknown());
    }
    if rows_of(product, "variants").iter().any(same) {
        return Err(conflict(
            "option_values",
            "The product has this variant already.",
        ));
    }
    Ok(chosen)
}

/// A rule needs two conditions or more on things that the product has.
pub fn conditions(store: &mut Store, product: &Value, row: &mut Value) -> Result<(), Reply> {
    let refuse = |text: &str| Err(answer::invalid(&[("conditions", text)]));
    let mut list = rows_of(row, "conditions").to_vec();
    let ids = |name: &str| -> Vec<String> {
        let ids = list.iter().map(|condition| &condition[name]);
        ids.filter(|id| !id.is_null())
            .map(Value::to_string)
            .collect()
    };
    let modifiers = ids("modifier_id");
    let variants = ids("variant_id");
    let distinct: BTreeSet<&String> = modifiers.iter().collect();
    let enough = modifiers.len() >= 2 || (!modifiers.is_empty() && !variants.is_empty());
    if !enough || distinct.len() < modifiers.len() || variants.len() > 1 {
        return refuse("A rule needs two modifiers, or a variant and a modifier.");
    }
    let values_of = |conditions: &[Value]| -> BTreeSet<String> {
        let conditions = conditions.iter();
        conditions
            .map(|c| format!("{} {}", c["modifier_value_id"], c["variant_id"]))
            .collect()
    };
    let wanted = values_of(&list);
    let mut others = rows_of(product, "complex_rules").iter();
    if others
        .any(|other| other["id"] != row["id"] && values_of(rows_of(other, "conditions")) == wanted)
    {
        return Err(conflict(
            "conditions",
            "Another rule has the same conditions.",
        ));
    }
    for condition in &mut list {
        let modifier = rows_of(product, "modifiers")
            .iter()
            .find(|m| m["id"] == condition["modifier_id"]);
        let value = modifier.is_some_and(|modifier| {
            let mut values = rows_of(modifier, "option_values").iter();
            values.any(|v| v["id"] == condition["modifier_value_id"])
        });
        let mut variants = rows_of(product, "variants").iter();
        let variant = variants.any(|v| v["id"] == condition["variant_id"]);
        if !(value || variant) {
            return refuse("The product has no such modifier or variant.");
        }
        condition["id"] = json!(next_id(store));
        condition["rule_id"] = row["id"].clone();
        for name in [
            "modifier_id",
            "modifier_value_id",
            "variant_id",
            "combination_id",
        ] {
            if condition.get(name).is_none() {
                condition[name] = Value::Null;
            }
        }
    }
    row["conditions"] = Value::Array(list);
    Ok(())
}
