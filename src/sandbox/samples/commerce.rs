//! Customers, orders, marketing and the blog of a sample.
//!
//! Their fixtures hold, by table, what is unusual about each row; all the rest comes from the
//! entity's `blank.json`. Rows of orders' parts are put into their orders.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::Sample;
use crate::sandbox::store::{Key, Store};

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/entities/", $path, ".json"))
    };
}

const BLANK: [&str; 7] = [
    fixture!("customers/blank"),
    fixture!("orders/blank"),
    fixture!("coupons/blank"),
    fixture!("promotions/blank"),
    fixture!("gift-certificates/blank"),
    fixture!("banners/blank"),
    fixture!("blog-posts/blank"),
];

const AWKWARD: [&str; 7] = [
    fixture!("customers/awkward"),
    fixture!("orders/awkward"),
    fixture!("coupons/awkward"),
    fixture!("promotions/awkward"),
    fixture!("gift-certificates/awkward"),
    fixture!("banners/awkward"),
    fixture!("blog-posts/awkward"),
];

const DEMO: [&str; 6] = [
    fixture!("customers/demo"),
    fixture!("orders/demo"),
    fixture!("coupons/demo"),
    fixture!("promotions/demo"),
    fixture!("gift-certificates/demo"),
    fixture!("blog-posts/demo"),
];

/// The statuses that every store has.
const STATUSES: &str = fixture!("orders/statuses");

/// Tables whose rows are parts of orders, and what each is called there.
const PARTS: [(&str, &str); 9] = [
    ("order_products", "products"),
    ("order_shipping_addresses", "shipping_addresses"),
    ("order_pickups", "pickups"),
    ("order_fees", "fees"),
    ("order_coupons", "coupons"),
    ("order_taxes", "taxes"),
    ("order_shipments", "shipments"),
    ("order_messages", "messages"),
    ("order_transactions", "transactions"),
];

/// Tables whose rows stand for themselves.
const TABLES: [&str; 15] = [
    "customers",
    "customer_addresses",
    "customer_attributes",
    "customer_attribute_values",
    "customer_metafields",
    "customer_groups",
    "orders",
    "order_statuses",
    "order_metafields",
    "refunds",
    "coupons",
    "promotions",
    "promotion_codes",
    "gift_certificates",
    "blog_posts",
];

/// Fills the tables of this part of the store.
pub fn fill(store: &mut Store, sample: Sample) {
    if sample == Sample::Empty {
        return;
    }
    load(store, STATUSES);
    match sample {
        Sample::Empty => {}
        Sample::Demo => DEMO.iter().for_each(|fixture| load(store, fixture)),
        Sample::Awkward => AWKWARD.iter().for_each(|fixture| load(store, fixture)),
        Sample::Large(products) => super::many::fill(store, products),
    }
}

/// A new row of a table, with every field that is not said otherwise.
pub fn blank(table: &str) -> Value {
    static BLANKS: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    let blanks = BLANKS.get_or_init(|| BLANK.iter().flat_map(|json| members(json)).collect());
    blanks.get(table).cloned().unwrap_or_else(|| json!({}))
}

/// The members of a fixture that is an object.
pub(super) fn members(json: &str) -> Map<String, Value> {
    // Fixtures are part of the program; a test reads each of them.
    serde_json::from_str(json).expect("a fixture is a JSON object")
}

/// Puts a fixture's rows into their tables, and orders' parts into their orders.
fn load(store: &mut Store, json: &str) {
    let tables = members(json);
    for (name, rows) in &tables {
        let blank = blank(name);
        let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
        for row in rows.iter().map(|row| over(&blank, row)) {
            if let Some(table) = tables_known().find(|known| known == name) {
                if let Some(key) = Key::of(&row["id"]) {
                    store.table_mut(table).insert(key, row);
                }
            } else if let Some((_, part)) = PARTS.iter().find(|(table, _)| table == name)
                && let Some(key) = Key::of(&row["order_id"])
            {
                store.edit("orders", key, |order| push(order, part, row));
            }
        }
    }
}

fn tables_known() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().chain(["banners"])
}

fn push(order: &mut Value, part: &str, mut row: Value) {
    if let ("fees", Value::Object(members)) = (part, &mut row) {
        members.shift_remove("order_id");
    }
    match order["parts"][part].as_array_mut() {
        Some(rows) => rows.push(row),
        None => order["parts"][part] = json!([row]),
    }
}

/// The blank with a row's members written over it, objects member by member.
pub fn over(blank: &Value, row: &Value) -> Value {
    let (Value::Object(blank), Value::Object(row)) = (blank, row) else {
        return row.clone();
    };
    let mut out = blank.clone();
    for (name, value) in row {
        let merged = blank
            .get(name)
            .map_or_else(|| value.clone(), |blank| over(blank, value));
        out.insert(name.clone(), merged);
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(sample: Sample) -> Store {
        let mut store = Store::empty("test");
        fill(&mut store, sample);
        store
    }

    #[test]
    fn every_row_of_every_fixture_lands_in_a_table_or_in_an_order() {
        for fixtures in [&AWKWARD[..], &DEMO[..]] {
            for (name, rows) in fixtures.iter().flat_map(|json| members(json)) {
                let known = tables_known().any(|table| table == name)
                    || PARTS.iter().any(|(table, _)| *table == name);
                assert!(known, "{name} is no table");
                let blank = blank(&name);
                let strange = |row: &Value| {
                    let named = row
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(name, _)| name.clone());
                    named
                        .filter(|name| blank.get(name).is_none())
                        .collect::<Vec<_>>()
                };
                // Fields that not every row of their table has.
                let known = [
                    "priority",
                    "coupon_overrides_other_promotions",
                    "coupon_type",
                    "credit_card",
                    "reference_transaction_id",
                ];
                for row in rows.as_array().unwrap() {
                    let strange = strange(row);
                    let odd = strange.iter().find(|name| !known.contains(&name.as_str()));
                    assert_eq!(odd, None, "{name} {}", row["id"]);
                }
            }
        }
    }

    #[test]
    fn ids_of_parts_are_unique_over_all_orders() {
        for sample in [Sample::Awkward, Sample::Demo, Sample::Large(500)] {
            let store = store(sample);
            for (_, part) in PARTS {
                let mut ids: Vec<String> = store
                    .table("orders")
                    .iter()
                    .flat_map(|(_, order)| order["parts"][part].as_array().cloned())
                    .flatten()
                    .map(|row| row["id"].to_string())
                    .collect();
                let count = ids.len();
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), count, "{part} of {sample:?}");
            }
        }
    }

    #[test]
    fn money_and_large_ids_keep_their_digits() {
        let store = store(Sample::Awkward);
        let customer = store.document("customers", 1).unwrap();
        assert_eq!(
            customer["store_credit_amounts"].to_string(),
            r#"[{"amount":43.1500}]"#
        );
        assert!(
            store
                .document("gift_certificates", 9_007_199_254_740_993)
                .is_some()
        );
    }

    #[test]
    fn a_large_sample_has_customers_and_orders_in_proportion() {
        let store = store(Sample::Large(5_000));
        assert_eq!(store.table("customers").len(), 1_000);
        assert_eq!(store.table("orders").len(), 500);
    }
}
