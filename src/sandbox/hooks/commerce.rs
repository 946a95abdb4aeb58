//! What changes of customers, orders, channels and content fire.
//!
//! Coupons, promotions, gift certificates, banners, posts, attributes, groups and listings have no
//! scope, and so no line here. Nothing may be added that no table of events names.

use serde_json::{Value, json};

use super::events::{Fired, Pair, channels_of, parts};
use crate::sandbox::store::{Change, Key, Store};

/// Adds the events of a row that is not of the catalog.
pub fn events(store: &Store, change: &Change, pair: &Pair<'_>, fired: &mut Fired) {
    let id = change.key.number();
    match change.table {
        "customers" => customer(id, pair, fired),
        "customer_addresses" => {
            let data = json!({
                "type": "customer",
                "id": id,
                "address": {"customer_id": pair.any()["customer_id"]},
            });
            fired.add(&format!("customer/address/{}", pair.verb()), data);
        }
        "orders" => order(id, pair, fired),
        "refunds" if pair.old.is_null() => refund(store, id, pair.new, fired),
        "channels" => channel(id, pair, fired),
        "sites" => site(id, pair, fired),
        "pages" if !pair.new.is_null() => {
            let channel = channel_of(pair.new);
            let scope = format!("page/{}", pair.verb());
            fired.per_channel(&channel, &scope, &json!({"page_id": id}));
        }
        "email_overrides" => email(&change.key, pair, fired),
        "redirects" if pair.verb() == "updated" => {
            let row = pair.new;
            let data = json!({
                "id": id,
                "site_id": row["site_id"],
                "from_path": row["from_path"],
                "to": row["to"],
            });
            fired.add("redirects/updated", data);
        }
        "store" if pair.changed(PROFILE) => {
            fired.add("information/updated", json!({"type": "store"}))
        }
        _ => {}
    }
}

/// Fields named as firing `store/information/updated`.
const PROFILE: &[&str] = &[
    "name",
    "address",
    "country",
    "country_code",
    "admin_email",
    "order_email",
    "phone",
];

fn channel_of(row: &Value) -> Vec<u64> {
    row["channel_id"].as_u64().into_iter().collect()
}

/// Silent of a customer: form fields once there is an account, and what is kept elsewhere.
const SILENT_OF_CUSTOMER: &[&str] = &[
    "form_fields",
    "addresses",
    "address_count",
    "attributes",
    "attribute_count",
    "date_modified",
    "segment_ids",
    "shopper_profile_id",
];

fn customer(id: u64, pair: &Pair<'_>, fired: &mut Fired) {
    let verb = pair.verb();
    if verb == "updated" && !pair.changed_beside(SILENT_OF_CUSTOMER) {
        return;
    }
    let mut data = json!({"type": "customer", "id": id});
    if verb != "deleted" {
        data["origin_channel_id"] = pair.new["origin_channel_id"].clone();
        data["channel_ids"] = pair.new["channel_ids"].clone();
    }
    fired.add(&format!("customer/{verb}"), data);
    if verb == "updated" && pair.changed(&["channel_ids"]) {
        let channels = channels_of(&pair.new["channel_ids"]);
        let data = json!({"customer_id": id, "channel_ids": channels});
        fired.add("customer/channel/login/access/updated", data);
    }
}

/// What is named as firing `store/order/updated`, as far as an order has it: its status, its
/// coupon, its addresses and what is said of its products.
const ORDER: &[&str] = &["status_id", "status", "coupon_discount", "billing_address"];
/// The same, of an order's parts.
const ORDER_PARTS: &[&str] = &["coupons", "shipping_addresses", "products"];

fn order(id: u64, pair: &Pair<'_>, fired: &mut Fired) {
    let channels = channel_of(pair.any());
    let own = json!({"order_id": id});
    let data = json!({"type": "order", "id": id});
    let mut tell = |scope: &str, member: Option<(&str, Value)>| {
        let mut data = data.clone();
        if let Some((name, value)) = member {
            data[name] = value;
        }
        fired.add(&format!("order/{scope}"), data);
        fired.per_channel(&channels, &format!("order/{scope}"), &own);
    };
    if pair.new.is_null() {
        // Orders that are gone are silent.
        return;
    }
    if pair.old.is_null() {
        tell("created", None);
    } else {
        let part = |name: &&str| pair.old["parts"][*name] != pair.new["parts"][*name];
        if pair.changed(ORDER) || ORDER_PARTS.iter().any(part) {
            tell("updated", None);
        }
        if pair.changed(&["status_id"]) {
            let status = json!({
                "previous_status_id": pair.old["status_id"],
                "new_status_id": pair.new["status_id"],
            });
            tell("statusUpdated", Some(("status", status)));
        }
        if pair.changed(&["is_deleted"]) && pair.new["is_deleted"] == true {
            tell("archived", None);
        }
    }
    for message in parts(rows(pair.old, "messages"), rows(pair.new, "messages")) {
        let message = message.pair();
        if message.old.is_null() {
            let told = json!({"order_message_id": message.new["id"]});
            tell("message/created", Some(("message", told)));
        }
    }
    for shipment in parts(rows(pair.old, "shipments"), rows(pair.new, "shipments")) {
        let shipment = shipment.pair();
        if shipment.verb() == "updated" && !shipment.changed(&["tracking_number"]) {
            continue;
        }
        let data = json!({"type": "shipment", "id": shipment.any()["id"], "orderId": id});
        fired.add(&format!("shipment/{}", shipment.verb()), data);
    }
    for paid in parts(
        rows(pair.old, "transactions"),
        rows(pair.new, "transactions"),
    ) {
        let paid = paid.pair();
        if paid.new.is_null() {
            continue;
        }
        let data = json!({
            "type": "order",
            "order_id": id.to_string(),
            "transaction_id": paid.new["id"].to_string(),
            "transaction_status": paid.new["status"],
            "transaction_type": paid.new["event"],
            "result": {},
        });
        fired.add(&format!("order/transaction/{}", paid.verb()), data);
    }
}

fn rows(order: &Value, name: &str) -> Vec<Value> {
    order["parts"][name].as_array().cloned().unwrap_or_default()
}

fn refund(store: &Store, id: u64, row: &Value, fired: &mut Fired) {
    let order = &row["order_id"];
    let data = json!({"type": "order", "id": order, "refund": {"refund_id": id}});
    fired.add("order/refund/created", data);
    let known = Key::of(order).and_then(|key| store.table("orders").get(&key));
    let channels = known.map(|order| channel_of(&order)).unwrap_or_default();
    let own = json!({"order_id": order});
    fired.per_channel(&channels, "order/refund/created", &own);
}

/// Fields named as firing `store/channel/updated`.
const CHANNEL: &[&str] = &[
    "name",
    "external_id",
    "status",
    "is_listable_from_ui",
    "is_visible",
];

fn channel(id: u64, pair: &Pair<'_>, fired: &mut Fired) {
    let data = json!({"type": "channel", "id": id});
    match pair.verb() {
        "created" => fired.add("channel/created", data),
        // There is no event for a deletion but this one.
        "deleted" => fired.add("channel/updated", data),
        _ => {
            if pair.changed(CHANNEL) {
                fired.add("channel/updated", data);
            }
            if pair.changed(&["currencies"]) {
                fired.per_channel(&[id], "settings/currency/updated", &json!({}));
            }
        }
    }
}

fn site(id: u64, pair: &Pair<'_>, fired: &mut Fired) {
    let (channel, data) = (channel_of(pair.any()), json!({"site_id": id}));
    if pair.changed_beside(&["routes", "updated_at"]) {
        fired.per_channel(&channel, "settings/site/updated", &data);
    }
    if pair.changed(&["routes"]) {
        fired.per_channel(&channel, "settings/route/updated", &data);
    }
}

/// A channel's own template: `{channel}/{kind}`. Edits of the global ones are not documented.
fn email(key: &Key, pair: &Pair<'_>, fired: &mut Fired) {
    let spelt = key.to_string();
    let Some((channel, kind)) = spelt.split_once('/') else {
        return;
    };
    let verb = if pair.new.is_null() {
        "deleted"
    } else {
        "updated"
    };
    let channel: Vec<u64> = channel.parse().into_iter().collect();
    let scope = format!("email/templates/{verb}");
    fired.per_channel(&channel, &scope, &json!({"template_kind": kind}));
}
