//! Writing orders (v2): changing one, archiving, its addresses and shipments. Orders are never
//! deleted, and read-only fields are refused rather than ignored.

use serde_json::{Map, Value, json};

use super::parts::address_sent;
use super::shown::{self, Includes, part};
use super::statuses;
use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::body;
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples::commerce::blank;
use crate::sandbox::store::{Key, Store};

/// Fields that are written as they are read.
const PLAIN: [&str; 38] = [
    "base_handling_cost",
    "base_shipping_cost",
    "base_wrapping_cost",
    "channel_id",
    "customer_id",
    "customer_message",
    "date_created",
    "discount_amount",
    "ebay_order_id",
    "external_order_id",
    "external_source",
    "geoip_country",
    "geoip_country_iso2",
    "handling_cost_ex_tax",
    "handling_cost_inc_tax",
    "ip_address",
    "ip_address_v6",
    "items_shipped",
    "items_total",
    "order_is_digital",
    "order_source",
    "payment_method",
    "payment_provider_id",
    "refunded_amount",
    "shipping_cost_ex_tax",
    "shipping_cost_inc_tax",
    "staff_notes",
    "status_id",
    "subtotal_ex_tax",
    "subtotal_inc_tax",
    "tax_provider_id",
    "customer_locale",
    "total_ex_tax",
    "total_inc_tax",
    "wrapping_cost_ex_tax",
    "wrapping_cost_inc_tax",
    "billing_address",
    "is_email_opt_in",
];

const LINE: [&str; 14] = [
    "id",
    "product_id",
    "variant_id",
    "name",
    "name_customer",
    "name_merchant",
    "sku",
    "upc",
    "quantity",
    "price_inc_tax",
    "price_ex_tax",
    "wrapping_id",
    "wrapping_name",
    "wrapping_message",
];

const ADDRESS: [&str; 14] = [
    "first_name",
    "last_name",
    "company",
    "street_1",
    "street_2",
    "city",
    "state",
    "zip",
    "country",
    "country_iso2",
    "phone",
    "email",
    "shipping_method",
    "form_fields",
];

const FEE: [&str; 9] = [
    "id",
    "type",
    "display_name_customer",
    "display_name_merchant",
    "source",
    "cost_ex_tax",
    "cost_inc_tax",
    "cost_tax",
    "tax_class_id",
];

/// Answers for writes to orders.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Put, ["v2", "orders", id]) => Some(update(store, req, id)),
        (Method::Delete, ["v2", "orders", id]) => Some(archive(store, req, id)),
        (Method::Delete, ["v2", "orders"]) => Some(archive_many(store, req)),
        (Method::Put, ["v2", "orders", id, "shipping_addresses", address]) => {
            Some(update_address(store, req, id, address))
        }
        _ => super::shipments::route(store, req),
    }
}

/// The moment of a write as orders spell it.
pub fn stamp(store: &Store) -> Value {
    json!(
        store
            .now()
            .strftime("%a, %d %b %Y %H:%M:%S +0000")
            .to_string()
    )
}

/// Edits an order and stamps it; 404 when there is none.
pub fn edit(
    store: &mut Store,
    req: &Req,
    id: &str,
    edit: impl FnOnce(&mut Value),
) -> Result<(), Reply> {
    let stamp = stamp(store);
    let found = store.edit("orders", id, |order| {
        edit(order);
        order["date_modified"] = stamp;
    });
    if found { Ok(()) } else { Err(req.not_found()) }
}

fn order_sent(store: &Store, req: &Req, id: &str) -> Outcome {
    let order = store
        .document("orders", id)
        .ok_or_else(|| req.not_found())?;
    Ok(Reply::json(
        200,
        shown::order(store, &order, Includes::default()),
    ))
}

fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    let parts = ["products", "fees", "shipping_addresses"];
    let writable: Vec<&str> = PLAIN.into_iter().chain(parts).collect();
    body::only(req, fields, &writable)?;
    if fields
        .get("status_id")
        .is_some_and(|status| !statuses::known(store, status))
    {
        return Err(body::refuse_field(req, "status_id", "names no status"));
    }
    for (name, members) in [
        ("products", &LINE[..]),
        ("fees", &FEE[..]),
        ("shipping_addresses", &[&ADDRESS[..], &["id"]].concat()[..]),
    ] {
        for row in list_of(fields, name) {
            body::only(req, body::object(req, row)?, members)?;
        }
    }
    let mut ids = (next_id(store, "products"), next_id(store, "fees"));
    edit(store, req, id, |order| {
        for (name, value) in fields
            .iter()
            .filter(|(name, _)| PLAIN.contains(&name.as_str()))
        {
            match (value, order.get_mut(name.as_str())) {
                (Value::Object(new), Some(old @ Value::Object(_))) => body::merge(old, new),
                _ => order[name.as_str()] = value.clone(),
            }
        }
        for row in list_of(fields, "products") {
            write_line(order, row, &mut ids.0);
        }
        for row in list_of(fields, "shipping_addresses") {
            merge_row(order, "shipping_addresses", row);
        }
        if fields.contains_key("fees") {
            replace_fees(order, list_of(fields, "fees"), &mut ids.1);
        }
    })?;
    order_sent(store, req, id)
}

fn list_of<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    fields
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub fn rows_mut<'a>(order: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    let rows = &mut order["parts"][name];
    if rows.is_null() {
        *rows = json!([]);
    }
    rows.as_array_mut()
}

/// The next id of a part, over all orders.
pub fn next_id(store: &Store, name: &str) -> u64 {
    let ids = store.table("orders").iter().filter_map(|(_, order)| {
        part(&order, name)
            .iter()
            .filter_map(|row| row["id"].as_u64())
            .max()
    });
    store.id_above(ids.max().unwrap_or_default())
}

/// Writes a row's fields over the part's row of the same id; false when there is none.
pub fn merge_row(order: &mut Value, name: &str, fields: &Value) -> bool {
    let row = rows_mut(order, name)
        .and_then(|rows| rows.iter_mut().find(|row| row["id"] == fields["id"]));
    match (row, fields.as_object()) {
        (Some(row), Some(fields)) => {
            body::merge(row, fields);
            true
        }
        _ => false,
    }
}

/// With an id a line is changed, without one added, with a quantity of 0 removed. A changed line
/// loses its discounts. Money is kept as strings of four places.
fn write_line(order: &mut Value, fields: &Value, next: &mut u64) {
    let mut fields = fields.clone();
    for name in ["price_inc_tax", "price_ex_tax"] {
        if let Some(amount) = fields[name].as_f64() {
            fields[name] = json!(format!("{amount:.4}"));
        } else if let Value::Object(members) = &mut fields
            && members.get(name).is_some_and(Value::is_null)
        {
            members.shift_remove(name);
        }
    }
    if fields["quantity"] == 0 {
        if let Some(rows) = rows_mut(order, "products") {
            rows.retain(|row| row["id"] != fields["id"]);
        }
        return;
    }
    if fields["id"].is_null() {
        let mut line = blank("order_products");
        fields["id"] = json!(*next);
        fields["order_id"] = order["id"].clone();
        *next += 1;
        body::merge(&mut line, fields.as_object().unwrap_or(&Map::new()));
        if let Some(rows) = rows_mut(order, "products") {
            rows.push(line);
        }
        return;
    }
    fields["applied_discounts"] = json!([]);
    merge_row(order, "products", &fields);
}

/// Fees that are not named are gone.
fn replace_fees(order: &mut Value, fees: &[Value], next: &mut u64) {
    let mut rows = Vec::new();
    for fee in fees {
        let known = part(order, "fees")
            .iter()
            .find(|row| row["id"] == fee["id"]);
        let mut row = known.cloned().unwrap_or_else(|| {
            let mut row = blank("order_fees");
            row["id"] = json!(*next);
            if let Value::Object(members) = &mut row {
                members.shift_remove("order_id");
            }
            *next += 1;
            row
        });
        for (name, value) in fee
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(n, _)| *n != "id")
        {
            row[name.as_str()] = value.clone();
        }
        rows.push(row);
    }
    order["parts"]["fees"] = Value::Array(rows);
}

fn archive(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    edit(store, req, id, |order| order["is_deleted"] = json!(true))?;
    Ok(answer::no_content())
}

/// Documented as archiving all, with a limit of 50 by default.
fn archive_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["limit"]])?;
    let limit = req
        .positive("limit")?
        .map_or(USUAL.default, |limit| limit as usize);
    let stamp = stamp(store);
    let mut left = limit;
    store.table_mut("orders").edit_all(|order| {
        let due = left > 0 && order["is_deleted"] != true;
        if due {
            left -= 1;
            order["is_deleted"] = json!(true);
            order["date_modified"] = stamp.clone();
        }
        due
    });
    Ok(answer::no_content())
}

fn update_address(store: &mut Store, req: &Req, id: &str, address: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &ADDRESS)?;
    let address = json!(Key::parse(address).number());
    let mut row = Value::Object(fields.clone());
    row["id"] = address.clone();
    let mut found = false;
    edit(store, req, id, |order| {
        found = merge_row(order, "shipping_addresses", &row)
    })?;
    let order = store.document("orders", id).unwrap_or_default();
    let rows = part(&order, "shipping_addresses");
    match rows.iter().find(|row| found && row["id"] == address) {
        Some(row) => Ok(Reply::json(200, address_sent(store, row))),
        None => Err(req.not_found()),
    }
}
