//! New products and changes to a product's own lists: options, modifiers, variants, complex rules,
//! custom fields, bulk prices, videos and reviews, one row at a time as the API has it.
//!
//! Ids are given by the store and never used twice.

use serde_json::{Map, Value, json};

use super::choices;
use super::kinds::{KINDS, Kind};
use super::limits::{chosen, conditions, plain_dates, recount, sound, unique};
use super::parts::rows_of;
use super::products::View;
use super::write;
use crate::sandbox::answer::{self, Outcome, Reply};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples;
use crate::sandbox::store::{Key, Store};

/// Above the ids of every part in the samples.
const FIRST_ID: u64 = 70_000_000;

/// A part's id: never used before.
pub fn next_id(store: &mut Store) -> u64 {
    let id = store.next_id("part_ids").max(FIRST_ID);
    store.table_mut("part_ids").insert(id, Value::Null);
    id
}

/// 409 for one field.
pub fn conflict(name: &str, text: &str) -> Reply {
    answer::problem(409, "Conflict", &[(name, text)])
}

/// `POST /catalog/products`: one product, with its base variant. Its lists of parts have their own
/// requests.
pub fn create(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["include_fields"]])?;
    let given = write::object(req, write::WRITABLE)?;
    for name in ["name", "type", "weight", "price"] {
        if given
            .get(name)
            .is_none_or(|value| value.is_null() || value == "")
        {
            return Err(answer::invalid(&[(name, "Required.")]));
        }
    }
    let id = store.next_id("products");
    let key = Key::Number(id);
    write::check_references(store, &key, &given)?;
    let sku = given.get("sku").cloned().unwrap_or_default();
    if has_sku(store, &sku, None) {
        return Err(conflict("sku", "Another product or variant has it."));
    }
    let path = given.get("custom_url").map(|url| url["url"].clone());
    // One address is one thing's, whatever that is.
    let taken = [
        ("products", "/custom_url/url"),
        ("brands", "/custom_url/url"),
        ("categories", "/url/path"),
        ("pages", "/url"),
    ];
    if path.filter(Value::is_string).is_some_and(|path| {
        taken.iter().any(|(table, at)| {
            let mut rows = store.table(table).iter();
            rows.any(|(_, row)| row.pointer(at) == Some(&path))
        })
    }) {
        return Err(conflict("custom_url", "Something else has it."));
    }
    let stamp = store.stamp();
    let mut product = samples::blank_product(id, &given);
    write::set(&mut product, &given)?;
    product["date_created"] = json!(stamp);
    product["date_modified"] = json!(stamp);
    let variant = next_id(store);
    product["variants"][0]["id"] = json!(variant);
    product["base_variant_id"] = json!(variant);
    write::reprice(&mut product);
    store.table_mut("products").insert(id, product.clone());
    Ok(answer::v3_one(
        View::plain().cut(std::borrow::Cow::Owned(product)),
    ))
}

/// SKUs are unique over products and variants, whatever the case. `but` is the id of the variant
/// that may have it already; a product may share it with its base variant only.
pub fn has_sku(store: &Store, sku: &Value, but: Option<&Value>) -> bool {
    let wanted = lower(sku);
    !wanted.is_empty()
        && store.table("products").iter().any(|(_, product)| {
            let base = &product["base_variant_id"];
            let own = !base.is_null() && but == Some(base);
            let mut variants = rows_of(&product, "variants").iter();
            !own && lower(&product["sku"]) == wanted
                || variants.any(|row| lower(&row["sku"]) == wanted && Some(&row["id"]) != but)
        })
}

/// Routes that write below `/catalog/products/{id}/{part}`.
pub fn route(
    store: &mut Store,
    req: &Req,
    product: &str,
    segment: &str,
    rest: &[&str],
) -> Option<Outcome> {
    let kind = KINDS.iter().find(|kind| kind.segment == segment)?;
    match (req.method, rest) {
        (Method::Post, []) => Some(post(store, req, product, kind)),
        (Method::Put, [row]) => Some(put(store, req, product, kind, row)),
        (Method::Delete, [row]) => Some(delete(store, req, product, kind, row)),
        (_, [row, "values", rest @ ..]) if matches!(kind.member, "options" | "modifiers") => {
            choices::route(store, req, product, kind.member, row, rest)
        }
        _ => None,
    }
}

/// A product by the id in the path.
pub fn product_of(store: &Store, req: &Req, id: &str) -> Result<(Key, Value), Reply> {
    let key = Key::parse(id);
    let product = store.table("products").get(&key);
    let product = product.ok_or_else(|| req.not_found())?.into_owned();
    Ok((key, product))
}

/// Puts a changed product back.
pub fn keep(store: &mut Store, key: &Key, mut product: Value) {
    product["date_modified"] = json!(store.stamp());
    write::reprice(&mut product);
    store.table_mut("products").insert(key.clone(), product);
}

fn post(store: &mut Store, req: &Req, id: &str, kind: &Kind) -> Outcome {
    req.allow(&[])?;
    let given = write::object(req, kind.writable)?;
    let (key, mut product) = product_of(store, req, id)?;
    for name in kind.required {
        if given.get(*name).is_none_or(Value::is_null) {
            return Err(answer::invalid(&[(name, "Required.")]));
        }
    }
    unique(&product, kind, &given, None)?;
    sound(&product, kind, &given, None)?;
    let row_id = next_id(store);
    let mut row: Value = serde_json::from_str(kind.usual).unwrap_or_default();
    row["id"] = json!(row_id);
    match kind.member {
        "variants" => {
            let values = chosen(&product, &given["option_values"])?;
            if has_sku(store, &given["sku"], None) {
                return Err(conflict("sku", "Another variant has it."));
            }
            row = samples::blank_variant(&product);
            row["id"] = json!(row_id);
            row["sku_id"] = json!(row_id);
            merge(&mut row, &given);
            row["option_values"] = Value::Array(values);
            // With variants of its own a product has no base variant.
            if let Some(variants) = product["variants"].as_array_mut() {
                variants.retain(|row| !rows_of(row, "option_values").is_empty());
            }
            product["base_variant_id"] = Value::Null;
        }
        "custom_fields" | "bulk_pricing_rules" => merge(&mut row, &given),
        member => {
            row["product_id"] = json!(key.number());
            merge(&mut row, &given);
            if matches!(member, "options" | "modifiers") {
                let name = given["display_name"].as_str().unwrap_or_default();
                row["name"] = json!(format!("{name}1750000000-{}", key.number()));
                choices::settle(store, &mut row, &[], member)?;
            }
            if member == "complex_rules" {
                conditions(store, &product, &mut row)?;
            }
            if member == "reviews" {
                row["date_created"] = json!(store.stamp());
                row["date_modified"] = json!(store.stamp());
            }
        }
    }
    let mut kept = row.clone();
    plain_dates(&mut kept)?;
    if let Some(rows) = product[kind.member].as_array_mut() {
        rows.push(kept);
    }
    recount(&mut product, kind);
    keep(store, &key, product);
    Ok(answer::v3_one(row))
}

fn put(store: &mut Store, req: &Req, id: &str, kind: &Kind, row: &str) -> Outcome {
    req.allow(&[])?;
    let given = write::object(req, kind.writable)?;
    let (key, mut product) = product_of(store, req, id)?;
    let found = place(&product, kind, row).ok_or_else(|| req.not_found())?;
    unique(&product, kind, &given, Some(found))?;
    if kind.member == "variants" {
        if given.contains_key("option_values") {
            let text = "The values of a variant can't be changed.";
            return Err(answer::invalid(&[("option_values", text)]));
        }
        let variant = product["variants"][found].clone();
        if let Some(sku) = given.get("sku")
            && lower(sku) != lower(&variant["sku"])
            && has_sku(store, sku, Some(&variant["id"]))
        {
            return Err(conflict("sku", "Another variant has it."));
        }
    }
    if kind.member == "videos" && given.contains_key("video_id") {
        return Err(answer::invalid(&[("video_id", "It can't be changed.")]));
    }
    if matches!(kind.member, "options" | "modifiers")
        && given
            .get("type")
            .is_some_and(|kind_of| *kind_of != product[kind.member][found]["type"])
    {
        return Err(answer::invalid(&[("type", "It can't be changed.")]));
    }
    sound(&product, kind, &given, Some(found))?;
    let mut changed = product[kind.member][found].clone();
    merge(&mut changed, &given);
    if given.contains_key("option_values") {
        let old = rows_of(&product[kind.member][found], "option_values");
        choices::settle(store, &mut changed, old, kind.member)?;
    }
    if given.contains_key("conditions") {
        conditions(store, &product, &mut changed)?;
    }
    if kind.member == "variants" && changed["id"] == product["base_variant_id"] {
        // The base variant's SKU is its product's.
        product["sku"] = changed["sku"].clone();
    }
    let mut kept = changed.clone();
    if given.contains_key("config") {
        plain_dates(&mut kept)?;
    }
    product[kind.member][found] = kept;
    recount(&mut product, kind);
    keep(store, &key, product);
    Ok(answer::v3_one(changed))
}

fn delete(store: &mut Store, req: &Req, id: &str, kind: &Kind, row: &str) -> Outcome {
    req.allow(&[])?;
    let (key, mut product) = product_of(store, req, id)?;
    let found = place(&product, kind, row).ok_or_else(|| req.not_found())?;
    if kind.member == "variants" && rows_of(&product["variants"][found], "option_values").is_empty()
    {
        let text = "The base variant can't be deleted.";
        return Err(answer::invalid(&[("variant_id", text)]));
    }
    let Some(rows) = product[kind.member].as_array_mut() else {
        return Err(req.not_found());
    };
    let gone = rows.remove(found);
    match kind.member {
        "variants" => drop_variants(store, &mut product, &[gone]),
        "options" => drop_variants_with(store, &mut product, rows_of(&gone, "option_values")),
        "modifiers" => drop_rules(&mut product, "modifier_id", &gone["id"]),
        _ => {}
    }
    recount(&mut product, kind);
    keep(store, &key, product);
    Ok(answer::no_content())
}

/// Takes the variants out that have one of these values.
pub fn drop_variants_with(store: &mut Store, product: &mut Value, values: &[Value]) {
    let (gone, left) = rows_of(product, "variants")
        .iter()
        .cloned()
        .partition::<Vec<Value>, _>(|variant| {
            rows_of(variant, "option_values")
                .iter()
                .any(|own| values.iter().any(|value| value["id"] == own["id"]))
        });
    product["variants"] = Value::Array(left);
    drop_variants(store, product, &gone);
}

/// What goes with variants that are gone: their metafields and the rules on them. A product is
/// never without a variant: after the last it has a new base variant.
fn drop_variants(store: &mut Store, product: &mut Value, gone: &[Value]) {
    for variant in gone {
        let owner = Key::of(&variant["id"]);
        store
            .table_mut("variant_metafields")
            .take(|field| Key::of(&field["resource_id"]) == owner);
        drop_rules(product, "variant_id", &variant["id"]);
    }
    if rows_of(product, "variants").is_empty() {
        let id = next_id(store);
        let mut base = samples::blank_variant(product);
        base["id"] = json!(id);
        product["variants"] = json!([base]);
        product["base_variant_id"] = json!(id);
    }
}

/// Takes the rules out that have a condition on this modifier, value or variant.
pub fn drop_rules(product: &mut Value, member: &str, id: &Value) {
    if let Some(rules) = product["complex_rules"].as_array_mut() {
        rules.retain(|rule| {
            let mut conditions = rows_of(rule, "conditions").iter();
            !conditions.any(|condition| condition[member] == *id)
        });
    }
}

fn place(product: &Value, kind: &Kind, row: &str) -> Option<usize> {
    let wanted = Key::parse(row);
    let mut rows = rows_of(product, kind.member).iter();
    rows.position(|row| Key::of(&row["id"]).as_ref() == Some(&wanted))
}

fn merge(row: &mut Value, given: &Map<String, Value>) {
    for (name, value) in given {
        row[name] = value.clone();
    }
}

/// Text without regard to case.
pub fn lower(value: &Value) -> String {
    value.as_str().map(str::to_lowercase).unwrap_or_default()
}
