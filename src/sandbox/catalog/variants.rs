//! `/catalog/variants`: all variants of the store in one list.

use serde_json::Value;

use super::parts::rows_of;
use crate::sandbox::answer::{self, Outcome, USUAL};
use crate::sandbox::fields::{SHAPING, Shape};
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("id", Kind::Number),
    ("sku", Kind::Text),
    ("upc", Kind::Text),
    ("product_id:in", Kind::Number),
];

/// The most variants in one batch update.
const BATCH_MAX: usize = 50;

/// What a batch update may set.
const WRITABLE: &[&str] = &[
    "id",
    "cost_price",
    "price",
    "sale_price",
    "retail_price",
    "weight",
    "width",
    "height",
    "depth",
    "is_free_shipping",
    "fixed_cost_shipping_price",
    "purchasing_disabled",
    "purchasing_disabled_message",
    "upc",
    "inventory_level",
    "inventory_warning_level",
    "bin_picking_number",
    "product_id",
    "sku",
];

/// What this list leaves out, though the variants of one product have it.
const UNLISTED: &[&str] = &["mpn", "gtin", "image_url", "map_price", "calculated_weight"];

/// `GET /catalog/variants`.
pub fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&["page", "limit"], SHAPING, &filter::names(FILTERS)])?;
    let filters = Filters::read(req, store, FILTERS)?;
    let shape = Shape::read(req, &[])?;
    let mut rows = Vec::new();
    for (_, product) in store.table("products").iter() {
        let wanted = rows_of(&product, "variants")
            .iter()
            .filter(|variant| filters.pass(variant));
        rows.extend(wanted.map(|variant| {
            let mut row = shape.cut(variant, "id");
            if let Value::Object(members) = &mut row {
                members.retain(|name, _| !UNLISTED.contains(&name.as_str()));
            }
            row
        }));
    }
    answer::v3_list(req, rows, USUAL)
}

/// `PUT /catalog/variants`: all or nothing, at most fifty.
pub fn update_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let changes = req.json_array()?.to_vec();
    if changes.len() > BATCH_MAX {
        return Err(req.refuse(413, "The batch is too large. The maximum is 50 variants."));
    }
    let mut places = Vec::new();
    for change in &changes {
        let members = change
            .as_object()
            .ok_or_else(|| req.refuse(422, "Not a variant."))?;
        if let Some(name) = members
            .keys()
            .find(|name| !WRITABLE.contains(&name.as_str()))
        {
            return Err(answer::invalid(&[(
                name,
                "The field cannot be written to.",
            )]));
        }
        // Of numbers and booleans none may be null here, as far as the schema tells.
        let null = members
            .iter()
            .find(|(name, value)| value.is_null() && *name != "upc");
        if let Some((name, _)) = null {
            return Err(answer::invalid(&[(name, "It can't be null.")]));
        }
        let id = Key::of(&change["id"]).ok_or_else(|| answer::invalid(&[("id", "Required.")]))?;
        let owner = store.table("products").iter().find_map(|(key, product)| {
            let place = rows_of(&product, "variants")
                .iter()
                .position(|variant| Key::of(&variant["id"]).as_ref() == Some(&id))?;
            Some((key.clone(), place))
        });
        places.push(owner.ok_or_else(|| req.not_found())?);
    }
    let stamp = store.stamp();
    let mut updated = Vec::new();
    for (change, (product, place)) in changes.iter().zip(places) {
        let Some(product) = store.table_mut("products").get_mut(&product) else {
            continue;
        };
        let variant = &mut product["variants"][place];
        for (name, value) in change.as_object().into_iter().flatten() {
            variant[name] = value.clone();
        }
        if let Value::Number(price) = &variant["price"] {
            variant["calculated_price"] = Value::Number(price.clone());
        }
        updated.push(variant.clone());
        product["date_modified"] = Value::from(stamp.as_str());
    }
    Ok(answer::v3_all(updated))
}
