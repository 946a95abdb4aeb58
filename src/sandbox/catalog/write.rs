//! Changes to products, and what every write of the catalog shares.

use std::borrow::Cow;
use std::mem::discriminant;

use serde_json::{Map, Value, json};

use super::making;
use super::products::{View, matching};
use crate::sandbox::answer::{self, Outcome, Reply};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

/// The most products in one batch update.
const UPDATE_MAX: usize = 10;
/// The most products that one filtered deletion takes.
const DELETE_MAX: usize = 250;

/// What an update of a product may set. Its lists of parts are left to their own endpoints: what an
/// update does to them is not documented.
pub const WRITABLE: &[&str] = &[
    "name",
    "type",
    "sku",
    "description",
    "weight",
    "width",
    "depth",
    "height",
    "price",
    "cost_price",
    "retail_price",
    "sale_price",
    "map_price",
    "tax_class_id",
    "product_tax_code",
    "categories",
    "brand_id",
    "inventory_level",
    "inventory_warning_level",
    "inventory_tracking",
    "fixed_cost_shipping_price",
    "is_free_shipping",
    "is_visible",
    "is_featured",
    "related_products",
    "warranty",
    "bin_picking_number",
    "layout_file",
    "upc",
    "search_keywords",
    "availability_description",
    "availability",
    "gift_wrapping_options_type",
    "gift_wrapping_options_list",
    "sort_order",
    "condition",
    "is_condition_shown",
    "order_quantity_minimum",
    "order_quantity_maximum",
    "page_title",
    "meta_keywords",
    "meta_description",
    "preorder_release_date",
    "preorder_message",
    "is_preorder_only",
    "is_price_hidden",
    "price_hidden_label",
    "custom_url",
    "open_graph_type",
    "open_graph_title",
    "open_graph_description",
    "open_graph_use_meta_description",
    "open_graph_use_product_name",
    "open_graph_use_image",
    "gtin",
    "mpn",
];

/// The body as one object with nothing but these members.
pub fn object(req: &Req, writable: &[&str]) -> Result<Map<String, Value>, Reply> {
    members(req.json()?, writable)
}

/// A value as an object with nothing but these members; a read-only or unknown one is refused, not
/// dropped: the real API does either.
pub fn members(value: &Value, writable: &[&str]) -> Result<Map<String, Value>, Reply> {
    let Value::Object(given) = value else {
        return Err(answer::invalid(&[("body", "An object is expected.")]));
    };
    match given.keys().find(|name| !writable.contains(&name.as_str())) {
        Some(name) => Err(answer::invalid(&[(
            name,
            "The field cannot be written to.",
        )])),
        None => Ok(given.clone()),
    }
}

/// Sets members of a document. A value of another type than the one that is there is refused.
pub fn set(document: &mut Value, given: &Map<String, Value>) -> Result<(), Reply> {
    for (name, value) in given {
        let old = &document[name];
        let fits = old.is_null() || value.is_null() || discriminant(old) == discriminant(value);
        if !fits {
            return Err(answer::invalid(&[(name, "The value has the wrong type.")]));
        }
    }
    for (name, value) in given {
        document[name] = value.clone();
    }
    Ok(())
}

/// `PUT /catalog/products/{id}`.
pub fn update_one(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["include_fields"]])?;
    let given = object(req, WRITABLE)?;
    let key = Key::parse(id);
    let updated = update(store, req, &key, &given)?;
    Ok(answer::v3_one(View::plain().cut(Cow::Owned(updated))))
}

/// `PUT /catalog/products`: at most ten, each with its id.
pub fn update_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["include_fields"]])?;
    let changes = req.json_array()?.to_vec();
    if changes.len() > UPDATE_MAX {
        return Err(req.refuse(413, "The batch is too large. The maximum is 10 products."));
    }
    let mut wanted = Vec::new();
    for change in &changes {
        let key = Key::of(&change["id"]).ok_or_else(|| answer::invalid(&[("id", "Required.")]))?;
        let mut given = change.clone();
        if let Value::Object(given) = &mut given {
            given.shift_remove("id");
        }
        wanted.push((key, members(&given, WRITABLE)?));
    }
    let mut rows = Vec::new();
    for (key, given) in wanted {
        rows.push(View::plain().cut(Cow::Owned(update(store, req, &key, &given)?)));
    }
    let meta = json!({"pagination": {
        "total": rows.len(), "count": rows.len(), "per_page": rows.len(), "current_page": 1,
        "total_pages": 1, "links": {"current": ""},
    }});
    Ok(Reply::json(200, json!({"data": rows, "meta": meta})))
}

fn update(
    store: &mut Store,
    req: &Req,
    key: &Key,
    given: &Map<String, Value>,
) -> Result<Value, Reply> {
    if !store.table("products").contains(key) {
        return Err(req.not_found());
    }
    check_references(store, key, given)?;
    if let Some(sku) = given.get("sku")
        && let Some(product) = store.table("products").get(key)
        && making::lower(sku) != making::lower(&product["sku"])
        && making::has_sku(store, sku, Some(&product["base_variant_id"]))
    {
        return Err(making::conflict("sku", "A variant has it."));
    }
    let stamp = store.stamp();
    let product = store
        .table_mut("products")
        .get_mut(key)
        .ok_or_else(|| req.not_found())?;
    let old_path = product["custom_url"]["url"].clone();
    set(product, given)?;
    if !product["base_variant_id"].is_null()
        && let Some(sku) = given.get("sku")
    {
        // The base variant has no SKU of its own.
        product["variants"][0]["sku"] = sku.clone();
    }
    product["date_modified"] = json!(stamp);
    reprice(product);
    // Only ever written: it asks for a redirect from the address that the product had.
    let redirect = match product["custom_url"].as_object_mut() {
        Some(url) => url.shift_remove("create_redirect") == Some(json!(true)),
        None => false,
    };
    let product = product.clone();
    if redirect && product["custom_url"]["url"] != old_path {
        let id = store.next_id("redirects");
        let to = json!({"type": "product", "entity_id": key.number()});
        let row = json!({"id": id, "site_id": 1000, "from_path": old_path, "to": to});
        store.table_mut("redirects").insert(id, row);
    }
    Ok(product)
}

/// Documented of products: 409 for a name or SKU that another has, or for a brand or category that
/// is not there.
pub fn check_references(store: &Store, key: &Key, given: &Map<String, Value>) -> Result<(), Reply> {
    let conflict = |name: &str, text: &str| Err(answer::problem(409, "Conflict", &[(name, text)]));
    if let Some(brand) = given.get("brand_id").and_then(Key::of)
        && brand != Key::Number(0)
        && !store.table("brands").contains(&brand)
    {
        return conflict("brand_id", "The brand does not exist.");
    }
    for category in given
        .get("categories")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if !Key::of(category).is_some_and(|id| store.table("categories").contains(&id)) {
            return conflict("categories", "The category does not exist.");
        }
    }
    let lower = |value: &Value| value.as_str().map(str::to_lowercase);
    for field in ["name", "sku"] {
        let Some(wanted) = given
            .get(field)
            .and_then(lower)
            .filter(|text| !text.is_empty())
        else {
            continue;
        };
        let taken = store
            .table("products")
            .iter()
            .any(|(other, row)| other != key && lower(&row[field]).as_ref() == Some(&wanted));
        if taken {
            return conflict(field, "Another product has it.");
        }
    }
    Ok(())
}

/// The derived prices after a change: the sale price where there is one, and the product's own for
/// every variant without one.
pub fn reprice(product: &mut Value) {
    let on_sale = product["sale_price"]
        .as_f64()
        .is_some_and(|price| price > 0.0);
    let own = product[if on_sale { "sale_price" } else { "price" }].clone();
    product["calculated_price"] = own.clone();
    for variant in product["variants"].as_array_mut().into_iter().flatten() {
        let price = &variant["price"];
        variant["calculated_price"] = if price.is_null() {
            own.clone()
        } else {
            price.clone()
        };
    }
}

/// `DELETE /catalog/products/{id}`.
pub fn delete_one(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let key = Key::parse(id);
    if !remove(store, &key) {
        return Err(req.not_found());
    }
    Ok(answer::no_content())
}

/// `DELETE /catalog/products`: by filter, which is demanded.
pub fn delete_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&[
        "id:in",
        "name",
        "sku",
        "price",
        "weight",
        "condition",
        "brand_id",
        "is_visible",
        "is_featured",
        "inventory_level",
        "total_sold",
        "type",
        "categories",
        "keyword",
    ]])?;
    if req.query.pairs.is_empty() {
        return Err(answer::invalid(&[(
            "filter",
            "At least one filter is required.",
        )]));
    }
    let named: Vec<Key> = matching(store, req)?
        .into_iter()
        .take(DELETE_MAX)
        .cloned()
        .collect();
    for key in &named {
        remove(store, key);
    }
    Ok(answer::no_content())
}

/// Takes a product out with its metafields, its variants' and its customs information.
fn remove(store: &mut Store, key: &Key) -> bool {
    let Some(product) = store.table_mut("products").remove(key) else {
        return false;
    };
    let variants: Vec<Key> = super::parts::rows_of(&product, "variants")
        .iter()
        .filter_map(|variant| Key::of(&variant["id"]))
        .collect();
    let owner = |field: &Value| Key::of(&field["resource_id"]);
    store
        .table_mut("product_metafields")
        .take(|field| owner(field).as_ref() == Some(key));
    store
        .table_mut("variant_metafields")
        .take(|field| owner(field).is_some_and(|id| variants.contains(&id)));
    store.table_mut("customs").remove(key);
    true
}
