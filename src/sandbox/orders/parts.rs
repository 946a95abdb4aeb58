//! What belongs to one order, each under its own path (v2).

use serde_json::{Value, json};

use super::consignments;
use super::shown::{link, part};
use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::filter::{self, Decimal};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

const PAGING: [&str; 2] = ["page", "limit"];

/// Fields of a tax that only `details=true` brings.
const TAX_DETAILS: [&str; 2] = ["order_product_id", "line_item_type"];

/// Answers for reads below `/v2/orders/{id}`.
pub fn route(store: &Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    let ["v2", "orders", id, rest @ ..] = segs.as_slice() else {
        return None;
    };
    if req.method != Method::Get || rest.is_empty() {
        return None;
    }
    let Some(order) = store.table("orders").get(&Key::parse(id)) else {
        return Some(Err(req.not_found()));
    };
    let order = order.as_ref();
    Some(match rest {
        ["products"] => rows(req, part(order, "products").to_vec()),
        ["products", id] => row(req, order, "products", id),
        ["coupons"] => rows(req, part(order, "coupons").to_vec()),
        ["taxes"] => taxes(req, order),
        ["shipments"] => rows(req, shipments(order)),
        ["shipments", "count"] => count(req, order, "shipments"),
        ["shipments", id] => shipment(req, order, id),
        ["shipping_addresses"] => rows(req, addresses(store, order)),
        ["shipping_addresses", id] => address(store, req, order, id),
        ["shipping_addresses", id, "shipping_quotes"]
        | ["consignments", "shipping", id, "shipping_quotes"] => quotes(req, order, id),
        ["consignments"] => consignments_of(store, req, order),
        ["fees"] => fees(req, order),
        ["messages"] => messages(req, order),
        _ => return None,
    })
}

fn rows(req: &Req, rows: Vec<Value>) -> Outcome {
    req.allow(&[&PAGING])?;
    answer::v2_list(req, rows, USUAL)
}

fn found<'a>(req: &Req, order: &'a Value, name: &str, id: &str) -> Result<&'a Value, Reply> {
    let wanted = Some(Key::parse(id));
    let row = part(order, name)
        .iter()
        .find(|row| Key::of(&row["id"]) == wanted);
    row.ok_or_else(|| req.not_found())
}

fn row(req: &Req, order: &Value, name: &str, id: &str) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(200, found(req, order, name, id)?.clone()))
}

fn count(req: &Req, order: &Value, name: &str) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(200, json!({"count": part(order, name).len()})))
}

fn taxes(req: &Req, order: &Value) -> Outcome {
    req.allow(&[&PAGING, &["details"]])?;
    let details = match req.query.get("details") {
        Some("true") => true,
        None | Some("false") => false,
        Some(_) => return Err(req.wrong_type("details")),
    };
    let mut taxes = part(order, "taxes").to_vec();
    if !details {
        for members in taxes.iter_mut().filter_map(Value::as_object_mut) {
            for name in TAX_DETAILS {
                members.shift_remove(name);
            }
        }
    }
    answer::v2_list(req, taxes, USUAL)
}

/// A shipment repeats the order's addresses.
pub fn shipment_sent(order: &Value, shipment: &Value) -> Value {
    let mut out = shipment.clone();
    let bare = |address: &Value| {
        let mut address = address.clone();
        if let Value::Object(members) = &mut address {
            const KEPT: [&str; 12] = [
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
            ];
            members.retain(|name, _| KEPT.contains(&name.as_str()));
        }
        address
    };
    let to = part(order, "shipping_addresses")
        .iter()
        .find(|address| address["id"] == shipment["order_address_id"]);
    out["billing_address"] = bare(&order["billing_address"]);
    out["shipping_address"] = to.map_or_else(|| json!({}), bare);
    out
}

fn shipments(order: &Value) -> Vec<Value> {
    part(order, "shipments")
        .iter()
        .map(|shipment| shipment_sent(order, shipment))
        .collect()
}

fn shipment(req: &Req, order: &Value, id: &str) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        shipment_sent(order, found(req, order, "shipments", id)?),
    ))
}

/// A shipping address with the link to its quotes.
pub fn address_sent(store: &Store, address: &Value) -> Value {
    let mut out = address.clone();
    let quotes = format!(
        "/orders/{}/shippingaddresses/{}/shippingquotes",
        address["order_id"], address["id"]
    );
    out["shipping_quotes"] = link(store, &quotes);
    out
}

fn addresses(store: &Store, order: &Value) -> Vec<Value> {
    let rows = part(order, "shipping_addresses").iter();
    rows.map(|address| address_sent(store, address)).collect()
}

fn address(store: &Store, req: &Req, order: &Value, id: &str) -> Outcome {
    req.allow(&[])?;
    let address = found(req, order, "shipping_addresses", id)?;
    Ok(Reply::json(200, address_sent(store, address)))
}

/// Quotes of a shipping provider; orders that no shopper made have none.
fn quotes(req: &Req, order: &Value, id: &str) -> Outcome {
    req.allow(&[])?;
    found(req, order, "shipping_addresses", id)?;
    Ok(answer::no_content())
}

fn consignments_of(store: &Store, req: &Req, order: &Value) -> Outcome {
    req.allow(&[&["include"]])?;
    let lines = !req
        .words("include", &["consignments.line_items"])?
        .is_empty();
    Ok(Reply::json(200, consignments::of(store, order, lines)))
}

fn fees(req: &Req, order: &Value) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(200, json!({"fees": part(order, "fees")})))
}

fn messages(req: &Req, order: &Value) -> Outcome {
    const FILTERS: [&str; 7] = [
        "min_id",
        "max_id",
        "customer_id",
        "min_date_created",
        "max_date_created",
        "is_flagged",
        "status",
    ];
    req.allow(&[&PAGING, &FILTERS])?;
    let mut messages = part(order, "messages").to_vec();
    for (name, value) in &req.query.pairs {
        let number = || Decimal::parse(value).ok_or_else(|| req.wrong_type(name));
        let moment = || filter::moment(value).ok_or_else(|| req.wrong_type(name));
        let own = |row: &Value, field: &str| row[field].as_number().and_then(Decimal::of);
        let made = |row: &Value| row["date_created"].as_str().and_then(filter::moment);
        match name.as_str() {
            "min_id" => {
                let least = Some(number()?);
                messages.retain(|row| own(row, "id") >= least);
            }
            "max_id" => {
                let most = number()?;
                messages.retain(|row| own(row, "id").is_some_and(|id| id <= most));
            }
            "customer_id" => {
                let wanted = Some(number()?);
                messages.retain(|row| own(row, "customer_id") == wanted);
            }
            "min_date_created" => {
                let from = Some(moment()?);
                messages.retain(|row| made(row) >= from);
            }
            "max_date_created" => {
                let to = moment()?;
                messages.retain(|row| made(row).is_some_and(|at| at <= to));
            }
            "is_flagged" => {
                let wanted = value.parse::<bool>().map_err(|_| req.wrong_type(name))?;
                messages.retain(|row| row["is_flagged"] == wanted);
            }
            "status" if ["read", "unread"].contains(&value.as_str()) => {
                messages.retain(|row| row["status"] == value.as_str());
            }
            "status" => return Err(req.wrong_type(name)),
            _ => {}
        }
    }
    answer::v2_list(req, messages, USUAL)
}
