//! New products and changes to a product's own lists: options, modifiers, variants, complex rules,
//! custom fields, bulk prices, videos and reviews, one row at a time as the API has it.
//!
//! Ids are given by the store and never used twice.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::choices;
use super::parts::rows_of;
use super::products::View;
use super::write;
use crate::sandbox::answer::{self, Outcome, Reply};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples;
use crate::sandbox::store::{Key, Store};

/// Above the ids of every part in the samples.
const FIRST_ID: u64 = 70_000_000;

/// The most variants of one product.
const VARIANTS_MAX: usize = 600;

/// How the rows of one list are written.
struct Kind {
    segment: &'static str,
    member: &'static str,
    writable: &'static [&'static str],
    required: &'static [&'static str],
    /// No two rows of a product agree in all of these.
    unique: &'static [&'static str],
    /// What a row has that a write does not say.
    usual: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        segment: "options",
        member: "options",
        writable: &[
            "display_name",
            "type",
            "config",
            "sort_order",
            "option_values",
            "image_url",
        ],
        required: &["display_name", "type", "option_values"],
        unique: &["display_name"],
        usual: r#"{"config":{},"sort_order":0}"#,
    },
    Kind {
        segment: "modifiers",
        member: "modifiers",
        writable: &[
            "display_name",
            "type",
            "required",
            "config",
            "sort_order",
            "option_values",
        ],
        required: &["display_name", "type", "required"],
        unique: &["display_name"],
        usual: r#"{"config":{},"sort_order":0,"option_values":[]}"#,
    },
    Kind {
        segment: "variants",
        member: "variants",
        writable: &[
            "cost_price",
            "price",
            "sale_price",
            "retail_price",
            "map_price",
            "weight",
            "width",
            "height",
            "depth",
            "is_free_shipping",
            "fixed_cost_shipping_price",
            "purchasing_disabled",
            "purchasing_disabled_message",
            "upc",
            "mpn",
            "gtin",
            "inventory_level",
            "inventory_warning_level",
            "bin_picking_number",
            "image_url",
            "sku",
            "option_values",
        ],
        required: &["sku", "option_values"],
        unique: &[],
        usual: "{}",
    },
    Kind {
        segment: "complex-rules",
        member: "complex_rules",
        writable: &[
            "sort_order",
            "enabled",
            "stop",
            "purchasing_disabled",
            "purchasing_disabled_message",
            "purchasing_hidden",
            "image_url",
            "price_adjuster",
            "weight_adjuster",
            "conditions",
        ],
        required: &["conditions"],
        unique: &[],
        usual: r#"{"sort_order":0,"enabled":true,"stop":false,"purchasing_disabled":false,
            "purchasing_disabled_message":"","purchasing_hidden":false,"image_url":"",
            "price_adjuster":null,"weight_adjuster":null}"#,
    },
    Kind {
        segment: "custom-fields",
        member: "custom_fields",
        writable: &["name", "value"],
        required: &["name", "value"],
        unique: &["name", "value"],
        usual: "{}",
    },
    Kind {
        segment: "bulk-pricing-rules",
        member: "bulk_pricing_rules",
        writable: &["quantity_min", "quantity_max", "type", "amount"],
        required: &["quantity_min", "quantity_max", "type", "amount"],
        unique: &["quantity_min"],
        usual: "{}",
    },
    Kind {
        segment: "videos",
        member: "videos",
        writable: &["title", "description", "sort_order", "type", "video_id"],
        required: &["video_id"],
        unique: &[],
        usual: r#"{"title":"","description":"","sort_order":0,"type":"youtube","length":"03:25"}"#,
    },
    Kind {
        segment: "reviews",
        member: "reviews",
        writable: &[
            "title",
            "text",
            "status",
            "rating",
            "email",
            "name",
            "date_reviewed",
        ],
        required: &["title", "date_reviewed"],
        unique: &[],
        usual: r#"{"text":"","status":"pending","rating":0,"email":"","name":""}"#,
    },
];

/// A part's id: never used before.
pub fn next_id(store: &mut Store) -> u64 {
    let table = store.table_mut("part_ids");
    let id = table.next_id().max(FIRST_ID);
    table.insert(id, Value::Null);
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
    let id = store.table("products").next_id();
    let key = Key::Number(id);
    write::check_references(store, &key, &given)?;
    let sku = given.get("sku").cloned().unwrap_or_default();
    if has_sku(store, &sku, None) {
        return Err(conflict("sku", "Another product or variant has it."));
    }
    let path = given.get("custom_url").map(|url| url["url"].clone());
    let taken = store.table("products").iter();
    if path.is_some_and(|path| {
        let mut taken = taken.map(|(_, row)| row["custom_url"]["url"].clone());
        taken.any(|other| other == path)
    }) {
        return Err(conflict("custom_url", "Another product has it."));
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
    if let Some(rows) = product[kind.member].as_array_mut() {
        rows.push(row.clone());
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
    product[kind.member][found] = changed.clone();
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

/// The sums over a product's reviews.
fn recount(product: &mut Value, kind: &Kind) {
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
fn sound(
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

fn unique(
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

/// Text without regard to case.
pub fn lower(value: &Value) -> String {
    value.as_str().map(str::to_lowercase).unwrap_or_default()
}

/// The values that a new variant names, as the product has them.
fn chosen(product: &Value, named: &Value) -> Result<Vec<Value>, Reply> {
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
fn conditions(store: &mut Store, product: &Value, row: &mut Value) -> Result<(), Reply> {
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
