//! Writing shipments (v2). How much of an order was shipped follows from them; its status does not.

use serde_json::{Value, json};

use super::parts::shipment_sent;
use super::shown::part;
use super::writes::{edit, merge_row, next_id, rows_mut, stamp};
use crate::sandbox::answer::{self, Outcome, Reply};
use crate::sandbox::body;
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples::commerce::blank;
use crate::sandbox::store::{Key, Store};

const SHIPMENT: [&str; 8] = [
    "order_address_id",
    "tracking_number",
    "tracking_link",
    "merchant_shipping_cost",
    "shipping_method",
    "shipping_provider",
    "tracking_carrier",
    "comments",
];

/// Answers for writes to an order's shipments.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Post, ["v2", "orders", id, "shipments"]) => Some(ship(store, req, id)),
        (Method::Put, ["v2", "orders", id, "shipments", shipment]) => {
            Some(update(store, req, id, shipment))
        }
        (Method::Delete, ["v2", "orders", id, "shipments"]) => Some(delete(store, req, id, None)),
        (Method::Delete, ["v2", "orders", id, "shipments", shipment]) => {
            Some(delete(store, req, id, Some(Key::parse(shipment))))
        }
        _ => None,
    }
}

fn ship(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    let writable: Vec<&str> = SHIPMENT.into_iter().chain(["items"]).collect();
    body::only(req, fields, &writable)?;
    body::required(req, fields, &["order_address_id", "items"])?;
    let order = store
        .document("orders", id)
        .ok_or_else(|| req.not_found())?;
    let mut shipment = blank("order_shipments");
    body::merge(&mut shipment, fields);
    shipment["id"] = json!(next_id(store, "shipments"));
    shipment["order_id"] = order["id"].clone();
    shipment["customer_id"] = order["customer_id"].clone();
    shipment["date_created"] = stamp(store);
    for item in shipment["items"].as_array_mut().into_iter().flatten() {
        let line = part(&order, "products")
            .iter()
            .find(|l| l["id"] == item["order_product_id"]);
        let line = line.ok_or_else(|| body::refuse_field(req, "items", "names no line"))?;
        item["product_id"] = line["product_id"].clone();
    }
    let sent = shipment_sent(&order, &shipment);
    edit(store, req, id, |order| {
        if let Some(rows) = rows_mut(order, "shipments") {
            rows.push(shipment);
        }
        recount(order);
    })?;
    Ok(Reply::json(201, sent))
}

fn update(store: &mut Store, req: &Req, id: &str, shipment: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &SHIPMENT)?;
    let shipment = json!(Key::parse(shipment).number());
    let mut row = Value::Object(fields.clone());
    row["id"] = shipment.clone();
    let mut found = false;
    edit(store, req, id, |order| {
        found = merge_row(order, "shipments", &row)
    })?;
    let order = store.document("orders", id).unwrap_or_default();
    let rows = part(&order, "shipments");
    match rows.iter().find(|row| found && row["id"] == shipment) {
        Some(row) => Ok(Reply::json(200, shipment_sent(&order, row))),
        None => Err(req.not_found()),
    }
}

/// The order's status stays what it was.
fn delete(store: &mut Store, req: &Req, id: &str, only: Option<Key>) -> Outcome {
    req.allow(&[])?;
    let mut gone = 0;
    edit(store, req, id, |order| {
        if let Some(rows) = rows_mut(order, "shipments") {
            let before = rows.len();
            rows.retain(|row| only.is_some() && Key::of(&row["id"]) != only);
            gone = before - rows.len();
        }
        recount(order);
    })?;
    if only.is_some() && gone == 0 {
        Err(req.not_found())
    } else {
        Ok(answer::no_content())
    }
}

/// How much of each line was shipped, and of all, follows from the shipments.
fn recount(order: &mut Value) {
    let shipped: Vec<(Value, u64)> = part(order, "shipments")
        .iter()
        .flat_map(|shipment| shipment["items"].as_array().into_iter().flatten())
        .map(|item| {
            (
                item["order_product_id"].clone(),
                item["quantity"].as_u64().unwrap_or_default(),
            )
        })
        .collect();
    for line in rows_mut(order, "products").into_iter().flatten() {
        let of_line = shipped.iter().filter(|(id, _)| *id == line["id"]);
        line["quantity_shipped"] = json!(of_line.map(|(_, quantity)| quantity).sum::<u64>());
    }
    order["items_shipped"] = json!(shipped.iter().map(|(_, quantity)| quantity).sum::<u64>());
}
