//! Consignments: an order's lines by the way they reach the customer.

use serde_json::{Map, Number, Value, json};

use super::shown::{link, part};
use crate::sandbox::store::{Key, Store};

/// How many lines an include brings at most. It is documented as the answer of the order's
/// products endpoint, whose page without a limit has so many; whether the real one has more is not
/// documented.
const LINES: usize = 50;

/// Costs that a shipping address has as strings, and a consignment as numbers.
const COSTS: [&str; 8] = [
    "base_cost",
    "cost_ex_tax",
    "cost_inc_tax",
    "cost_tax",
    "base_handling_cost",
    "handling_cost_ex_tax",
    "handling_cost_inc_tax",
    "handling_cost_tax",
];

/// The consignments of an order, with whole lines or with links to them.
pub fn of(store: &Store, order: &Value, whole: bool) -> Value {
    let all = part(order, "products");
    let lines = &all[..if whole {
        all.len().min(LINES)
    } else {
        all.len()
    }];
    let chosen = |wanted: &dyn Fn(&Value) -> bool| -> Value {
        let rows = lines.iter().filter(|line| wanted(line));
        rows.map(|line| {
            if whole {
                line.clone()
            } else {
                line_link(store, line)
            }
        })
        .collect()
    };
    let pickups: Vec<Value> = part(order, "pickups")
        .iter()
        .map(|pickup| {
            let mut out = without(pickup, "order_id");
            let lines = chosen(&|line| line["order_pickup_method_id"] == pickup["id"]);
            out.insert("line_items".to_owned(), lines);
            Value::Object(out)
        })
        .collect();
    let shipping: Vec<Value> = part(order, "shipping_addresses")
        .iter()
        .map(|address| {
            let mut out = without(address, "order_id");
            let lines = chosen(&|line| {
                line["type"] == "physical" && line["order_address_id"] == address["id"]
            });
            out.insert("line_items".to_owned(), lines);
            for cost in COSTS {
                out.insert(cost.to_owned(), number(&address[cost]));
            }
            let quotes = format!(
                "/orders/{}/consignments/shipping/{}/shipping_quotes",
                order["id"], address["id"]
            );
            out.insert("shipping_quotes".to_owned(), link(store, &quotes));
            Value::Object(out)
        })
        .collect();
    let digital = |line: &Value| line["type"] == "digital";
    let downloads: Vec<Value> = if lines.iter().any(digital) {
        let recipient = &order["billing_address"]["email"];
        vec![json!({"recipient_email": recipient, "line_items": chosen(&digital)})]
    } else {
        Vec::new()
    };
    let certificates: Vec<Value> = lines
        .iter()
        .filter(|line| line["type"] == "giftcertificate")
        .map(|line| {
            let recipient = recipient(store, order, line);
            let lines = chosen(&|other| other["id"] == line["id"]);
            json!({"recipient_email": recipient, "line_items": lines})
        })
        .collect();
    json!({
        "pickups": pickups,
        "shipping": shipping,
        "downloads": downloads,
        "email": {"gift_certificates": certificates},
    })
}

fn line_link(store: &Store, line: &Value) -> Value {
    link(
        store,
        &format!("/orders/{}/products/{}", line["order_id"], line["id"]),
    )
}

fn without(row: &Value, name: &str) -> Map<String, Value> {
    let mut out = row.as_object().cloned().unwrap_or_default();
    out.shift_remove(name);
    out
}

/// The digits of a money string as a number.
fn number(text: &Value) -> Value {
    let digits = text.as_str().unwrap_or("0").parse::<Number>();
    Value::Number(digits.unwrap_or_else(|_| Number::from(0)))
}

/// A gift certificate goes to whom it is made out.
fn recipient(store: &Store, order: &Value, line: &Value) -> Value {
    let key = Key::of(&line["gift_certificate_id"]);
    let certificate = key.and_then(|key| store.table("gift_certificates").get(&key));
    certificate.map_or_else(
        || order["billing_address"]["email"].clone(),
        |certificate| certificate["to_email"].clone(),
    )
}
