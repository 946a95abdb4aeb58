//! Customers, orders and gift certificates of a large sample: made from their ids when they are
//! read, so that they cost no memory.

use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use super::commerce::{blank, over};
use crate::sandbox::store::Store;

/// In a large sample there is one customer to so many products, ...
const PRODUCTS_PER_CUSTOMER: u64 = 5;
/// ... one order to so many, ...
const PRODUCTS_PER_ORDER: u64 = 10;
/// ... and one gift certificate.
const PRODUCTS_PER_CERTIFICATE: u64 = 100;
/// Large samples begin to count orders here.
const FIRST_ORDER: u64 = 1_000;

/// Adds them, in proportion to the number of products.
pub fn fill(store: &mut Store, products: u64) {
    for id in 1..=products / PRODUCTS_PER_CUSTOMER {
        store.table_mut("customers").insert_made(id, customer);
        store
            .table_mut("customer_addresses")
            .insert_made(id, address);
    }
    for id in 0..products / PRODUCTS_PER_ORDER {
        store
            .table_mut("orders")
            .insert_made(FIRST_ORDER + id, order);
    }
    for id in 1..=products / PRODUCTS_PER_CERTIFICATE {
        store
            .table_mut("gift_certificates")
            .insert_made(id, certificate);
    }
}

const NAMES: [&str; 8] = [
    "Ada", "Björn", "Chloé", "Dmitri", "Emre", "Fatima", "Grace", "Hiro",
];
const FAMILIES: [&str; 7] = [
    "Lovelace", "Ek", "Dubois", "Orlov", "Yılmaz", "Haddad", "Ōkawa",
];

fn pick<'a>(words: &[&'a str], id: u64) -> &'a str {
    words[usize::try_from(id % words.len() as u64).unwrap_or_default()]
}

/// A moment of its own for each id, after 1 January 2024.
fn moment(id: u64) -> Timestamp {
    let start = Timestamp::UNIX_EPOCH + Span::new().seconds(1_704_067_200);
    start + Span::new().seconds(i64::try_from(id * 977 % 60_000_000).unwrap_or_default())
}

fn customer(id: u64) -> Value {
    let stamp = moment(id).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let row = json!({
        "id": id,
        "email": format!("customer{id}@example.com"),
        "first_name": pick(&NAMES, id),
        "last_name": pick(&FAMILIES, id / 3),
        "phone": format!("555-{:07}", id % 10_000_000),
        "date_created": stamp,
        "date_modified": stamp,
    });
    over(&blank("customers"), &row)
}

fn address(id: u64) -> Value {
    let row = json!({
        "id": id,
        "customer_id": id,
        "first_name": pick(&NAMES, id),
        "last_name": pick(&FAMILIES, id / 3),
        "address1": format!("{} Main Street", id % 9_999 + 1),
        "city": "Austin",
        "state_or_province": "Texas",
        "postal_code": format!("{:05}", 70_000 + id % 9_999),
    });
    over(&blank("customer_addresses"), &row)
}

/// An order of one or two lines; every fifth has a transaction, a tax and a shipment besides.
fn order(id: u64) -> Value {
    let customer = id % 1_000 + 1;
    let stamp = moment(id)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string();
    let settled = id.is_multiple_of(5);
    let person = json!({
        "first_name": pick(&NAMES, customer),
        "last_name": pick(&FAMILIES, customer / 3),
        "street_1": format!("{} Main Street", customer + 1),
        "city": "Austin",
        "state": "Texas",
        "zip": "78751",
        "email": format!("customer{customer}@example.com"),
    });
    let lines: Vec<Value> = (0..=id % 2)
        .map(|place| {
            let price = format!("{}.{:02}00", 5 + id % 40, id % 100);
            let row = json!({
                "id": id * 2 + place,
                "order_id": id,
                "product_id": 101 + (id * 7 + place) % 1_000,
                "order_address_id": id,
                "name": format!("Article {}", (id * 7 + place) % 1_000),
                "sku": format!("ART-{:05}", (id * 7 + place) % 1_000),
                "base_price": price, "price_ex_tax": price, "price_inc_tax": price,
                "base_total": price, "total_ex_tax": price, "total_inc_tax": price,
                "quantity_shipped": u64::from(settled),
            });
            over(&blank("order_products"), &row)
        })
        .collect();
    let count = lines.len();
    let ship = over(
        &over(&blank("order_shipping_addresses"), &person),
        &json!({"id": id, "order_id": id, "items_total": count}),
    );
    let mut parts = json!({"products": lines, "shipping_addresses": [ship]});
    if settled {
        let items: Vec<Value> = (0..=id % 2)
            .map(|place| json!({"order_product_id": id * 2 + place, "quantity": 1}))
            .collect();
        let shipment = json!({"id": id, "order_id": id, "customer_id": customer,
            "order_address_id": id, "items": items});
        let tax = json!({"id": id, "order_id": id, "order_address_id": id,
            "line_amount": "0.4000", "priority_amount": "0.4000"});
        let transaction = json!({"id": id, "order_id": id.to_string(), "amount": 12});
        parts["shipments"] = json!([over(&blank("order_shipments"), &shipment)]);
        parts["taxes"] = json!([over(&blank("order_taxes"), &tax)]);
        parts["transactions"] = json!([over(&blank("order_transactions"), &transaction)]);
    }
    let row = json!({
        "id": id,
        "customer_id": customer,
        "date_created": stamp,
        "date_modified": stamp,
        "status_id": if settled { 2 } else { 11 },
        "items_total": count,
        "items_shipped": if settled { count } else { 0 },
        "total_tax": if settled { "0.4000" } else { "0.0000" },
        "payment_status": if settled { "captured" } else { "" },
        "billing_address": person,
        "parts": parts,
    });
    over(&blank("orders"), &row)
}

fn certificate(id: u64) -> Value {
    let row = json!({
        "id": id,
        "code": format!("GC{id:06}"),
        "to_name": pick(&NAMES, id),
        "to_email": format!("customer{id}@example.com"),
        "from_name": pick(&NAMES, id + 1),
        "from_email": format!("customer{}@example.com", id + 1),
        "amount": "25.0000",
        "balance": "25.0000",
    });
    over(&blank("gift_certificates"), &row)
}
