//! The prices of a list: one for each variant and currency.
//!
//! A record has no id. It is kept under a number of its own, which no answer shows; the cursor is
//! made of it.

use serde_json::{Map, Value, json};

use super::{PAGING, RECORDS, named};
use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::body;
use crate::sandbox::catalog::rows_of;
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("variant_id:in", Kind::Number),
    ("product_id:in", Kind::Number),
    ("currency", Kind::Text),
    ("currency:in", Kind::Text),
    ("sku", Kind::Text),
    ("sku:in", Kind::Text),
    ("price", Kind::Number),
    ("price:min", Kind::Number),
    ("price:max", Kind::Number),
    ("sale_price", Kind::Number),
    ("sale_price:min", Kind::Number),
    ("sale_price:max", Kind::Number),
    ("retail_price", Kind::Number),
    ("retail_price:min", Kind::Number),
    ("retail_price:max", Kind::Number),
    ("map_price", Kind::Number),
    ("map_price:min", Kind::Number),
    ("map_price:max", Kind::Number),
    ("calculated_price", Kind::Number),
    ("calculated_price:min", Kind::Number),
    ("calculated_price:max", Kind::Number),
    ("date_created", Kind::Date),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
];

const DELETED: &[(&str, Kind)] = &[
    ("currency", Kind::Text),
    ("variant_id:in", Kind::Number),
    ("sku:in", Kind::Text),
];

/// What is shown only where it is asked for.
const INCLUDES: [&str; 2] = ["bulk_pricing_tiers", "sku"];

const PRICES: [&str; 4] = ["price", "sale_price", "retail_price", "map_price"];

/// Records in one upsert.
const BATCH_MAX: usize = 1000;

/// The number that a record is kept under.
const PLACE: &str = "_place";

/// `GET /pricelists/{id}/records`.
pub fn list(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[PAGING, &["include"], &filter::names(FILTERS)])?;
    let list = named(store, req, id)?;
    let filters = Filters::read(req, store, FILTERS)?;
    let asked = req.words("include", &INCLUDES)?;
    let own = |row: &Value| row["price_list_id"] == list && filters.pass(row);
    let mut reply = answer::v3_cursor_list(req, store.table(RECORDS).select(own), PLACE, USUAL)?;
    let rows = reply.body.as_mut().map(|body| &mut body["data"]);
    for row in rows.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(members) = row {
            let hidden = |name: &str| {
                name == PLACE || INCLUDES.contains(&name) && !asked.iter().any(|a| a == name)
            };
            members.retain(|name, _| !hidden(name));
        }
    }
    Ok(reply)
}

/// The product and SKU of a variant, found by its id or its SKU.
fn variant(store: &Store, row: &Map<String, Value>) -> Result<(u64, u64, Value), &'static str> {
    let (id, sku) = (row.get("variant_id"), row.get("sku"));
    if id.is_none() && sku.is_none() {
        return Err("variant_id");
    }
    let same = |variant: &Value| {
        id.is_none_or(|id| variant["id"] == *id) && sku.is_none_or(|sku| variant["sku"] == *sku)
    };
    let found = store.table("products").iter().find_map(|(key, product)| {
        let variant = rows_of(&product, "variants").iter().find(|v| same(v))?;
        Some((
            variant["id"].as_u64()?,
            key.number(),
            variant["sku"].clone(),
        ))
    });
    found.ok_or(if id.is_some() { "variant_id" } else { "sku" })
}

/// Why a row can't be written: the field and the reason.
fn fault(row: &Map<String, Value>) -> Option<(String, &'static str)> {
    let known = |name: &str| {
        PRICES.contains(&name)
            || ["variant_id", "sku", "currency", "bulk_pricing_tiers"].contains(&name)
    };
    if let Some(name) = row.keys().find(|name| !known(name)) {
        return Some((name.clone(), "cannot be written to"));
    }
    let currency = row.get("currency").and_then(Value::as_str);
    let letters = |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    if !currency.is_some_and(letters) {
        return Some(("currency".to_owned(), "is required: three letters"));
    }
    let money = |value: &Value| value.as_f64().is_some_and(|amount| amount >= 0.0);
    let priced = row
        .iter()
        .filter(|(name, _)| PRICES.contains(&name.as_str()));
    for (name, value) in priced {
        if !money(value) {
            return Some((name.clone(), "is no amount"));
        }
    }
    if row.get("price").is_none() {
        return Some(("price".to_owned(), "is required"));
    }
    let tiers = match row.get("bulk_pricing_tiers") {
        None => &[][..],
        Some(Value::Array(tiers)) => tiers,
        Some(_) => return Some(("bulk_pricing_tiers".to_owned(), "is no list")),
    };
    let fits = |tier: &Value| {
        let members = tier.as_object().into_iter().flatten();
        members
            .into_iter()
            .all(|(name, value)| match name.as_str() {
                "quantity_min" | "quantity_max" => value.as_u64().is_some(),
                "type" => ["fixed", "price", "percent"]
                    .iter()
                    .any(|kind| value == kind),
                "amount" => money(value),
                _ => false,
            })
            && tier["quantity_min"].is_u64()
            && tier["amount"].is_number()
            && tier["type"].is_string()
    };
    (!tiers.iter().all(fits)).then(|| ("bulk_pricing_tiers".to_owned(), "is not as documented"))
}

/// `PUT /pricelists/{id}/records`: at most a thousand; one of the same variant and currency is
/// overwritten. What is wrong is told row by row, the others are saved.
pub fn put(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let list = named(store, req, id)?;
    let rows = req.json_array()?.to_vec();
    body::at_most(req, &rows, BATCH_MAX)?;
    let mut wrong = Vec::new();
    for row in &rows {
        let row = body::object(req, row)?;
        let refused = match (fault(row), variant(store, row)) {
            (Some((name, why)), _) => (name, why),
            (None, Err(name)) => (name.to_owned(), "names no variant"),
            (None, Ok(found)) => {
                save(store, list, row, &found);
                continue;
            }
        };
        let mut data = json!({"price_list_id": list});
        for name in ["variant_id", "sku", "currency"] {
            if let Some(value) = row.get(name) {
                data[name] = value.clone();
            }
        }
        let text = format!("The field '{}' {}.", refused.0, refused.1);
        wrong.push(json!({"data": data, "field_errors": {refused.0: text}}));
    }
    if wrong.is_empty() {
        return Ok(answer::v3_one(json!({})));
    }
    Err(Reply::json(422, json!({"batch_errors": wrong})))
}

fn save(store: &mut Store, list: u64, row: &Map<String, Value>, found: &(u64, u64, Value)) {
    let (variant, product, sku) = found;
    let currency = row["currency"].as_str().unwrap_or_default().to_lowercase();
    let stamp = store.stamp();
    let next = store.next_id(RECORDS);
    let table = store.table_mut(RECORDS);
    let same = |old: &Value| {
        old["price_list_id"] == list && old["variant_id"] == *variant && old["currency"] == currency
    };
    let old = table.iter().find(|(_, old)| same(old));
    let old = old.map(|(key, old)| (key.number(), old["date_created"].clone()));
    let (place, created) = old.unwrap_or_else(|| (next, json!(stamp)));
    let price = |name: &str| row.get(name).cloned().unwrap_or_default();
    let tiers = row.get("bulk_pricing_tiers").and_then(Value::as_array);
    let mut tiers = tiers.cloned().unwrap_or_default();
    for tier in &mut tiers {
        // No limit is read as null and written as nothing.
        *tier = json!({
            "quantity_min": tier["quantity_min"],
            "quantity_max": tier["quantity_max"],
            "type": tier["type"],
            "amount": tier["amount"],
        });
    }
    let sale = price("sale_price");
    let record = json!({
        PLACE: place,
        "calculated_price": if sale.is_null() { price("price") } else { sale },
        "date_created": created,
        "date_modified": stamp,
        "product_id": product,
        "price_list_id": list,
        "variant_id": variant,
        "sku": sku,
        "currency": currency,
        "price": price("price"),
        "sale_price": price("sale_price"),
        "retail_price": price("retail_price"),
        "map_price": price("map_price"),
        "bulk_pricing_tiers": tiers,
    });
    table.insert(Key::Number(place), record);
}

/// `DELETE /pricelists/{id}/records`: its filters are documented as optional, so that without one
/// every record of the list goes.
pub fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&filter::names(DELETED)])?;
    let list = named(store, req, id)?;
    let filters = Filters::read(req, store, DELETED)?;
    let gone = |row: &Value| row["price_list_id"] == list && filters.pass(row);
    store.table_mut(RECORDS).take(gone);
    Ok(answer::no_content())
}
