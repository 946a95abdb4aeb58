//! Price lists and template associations, asked without a socket.

use serde_json::{Value, json};

use crate::sandbox::asked::{ask, column, get, status, store};
use crate::sandbox::store::Store;

const TEMPLATES: &str = "/v3/storefront/custom-template-associations";

fn put(store: &mut Store, target: &str, body: &Value) -> (u16, Value) {
    let reply = ask(store, "PUT", target, &body.to_string());
    (reply.status, reply.body.unwrap_or_default())
}

#[test]
fn an_association_is_set_once_for_channel_and_entity_and_outlives_it_invalid() {
    let mut store = store("demo");
    let asked = format!("{TEMPLATES}?type=product&entity_id:in=101,103");
    let before = get(&mut store, &asked);
    assert_eq!(column(&before["data"], "is_valid"), ["true", "true"]);
    assert_eq!(before["meta"]["pagination"]["total"], 2);
    let row = json!({"channel_id": 1, "entity_type": "product", "entity_id": 101, "file_name": "new.html"});
    assert_eq!(put(&mut store, TEMPLATES, &json!([row])).0, 200);
    let after = get(&mut store, &asked);
    assert_eq!(column(&after["data"], "id"), column(&before["data"], "id"));
    assert_eq!(after["data"][0]["file_name"], "new.html");
    assert_eq!(
        ask(&mut store, "DELETE", "/v3/catalog/products/101", "").status,
        204
    );
    let left = get(&mut store, &asked);
    assert_eq!(column(&left["data"], "is_valid"), ["false", "true"]);
    let invalid = get(&mut store, &format!("{TEMPLATES}?is_valid=false"));
    assert_eq!(column(&invalid["data"], "entity_id"), ["101"]);
}

#[test]
fn what_is_wrong_with_associations_is_told_row_by_row_and_nothing_is_saved() {
    let mut store = store("demo");
    let good =
        json!({"channel_id": 1, "entity_type": "brand", "entity_id": 36, "file_name": "b.html"});
    let mut other = good.clone();
    other["entity_id"] = json!(37);
    let but = |name: &str, value: Value| {
        let mut row = good.clone();
        row[name] = value;
        row
    };
    for (row, word) in [
        (but("entity_id", json!(999)), "entity"),
        (but("channel_id", json!(999)), "channel"),
        (but("entity_id", json!("36")), "whole"),
        (but("entity_type", json!("post")), "four"),
        (but("file_name", json!("b")), "file"),
        (but("file_name", Value::Null), "required"),
        (but("is_valid", json!(true)), "written"),
        (but("id", json!(1)), "written"),
    ] {
        let (status, body) = put(&mut store, TEMPLATES, &json!([row, other]));
        assert_eq!(status, 422, "{row}");
        let told = body["errors"]["0"].as_str().unwrap();
        assert!(told.contains(word), "{told}");
        assert!(body["errors"].get("1").is_none());
    }
    assert_eq!(put(&mut store, TEMPLATES, &json!([good, good])).0, 422);
    assert_eq!(put(&mut store, TEMPLATES, &json!([])).0, 422);
    assert_eq!(put(&mut store, TEMPLATES, &json!(vec![good; 101])).0, 413);
    assert_eq!(store.table("template_associations").len(), 5);
}

#[test]
fn associations_are_deleted_by_a_filter_only_and_their_ids_asked_for_with_a_type_only() {
    let mut store = store("demo");
    for target in ["", "?entity_id:in=101"] {
        let reply = ask(&mut store, "DELETE", &format!("{TEMPLATES}{target}"), "");
        assert_eq!(reply.status, 422);
    }
    assert_eq!(
        status(&mut store, &format!("{TEMPLATES}?entity_id:in=101")),
        422
    );
    assert_eq!(status(&mut store, &format!("{TEMPLATES}?type=post")), 422);
    let reply = ask(&mut store, "DELETE", &format!("{TEMPLATES}?id:in=1,2"), "");
    assert_eq!(reply.status, 204);
    assert_eq!(
        column(&get(&mut store, TEMPLATES)["data"], "id"),
        ["3", "4", "5"]
    );
}

#[test]
fn records_show_what_is_asked_for_and_are_walked_by_cursor() {
    let mut store = store("demo");
    let lists = get(&mut store, "/v3/pricelists");
    assert_eq!(column(&lists["data"], "name"), ["\"Trade\"", "\"Autumn\""]);
    let plain = get(&mut store, "/v3/pricelists/1/records?limit=3");
    assert!(plain["data"][0].get("sku").is_none() && plain["data"][0].get("_place").is_none());
    let after = plain["meta"]["cursor_pagination"]["end_cursor"]
        .as_str()
        .unwrap();
    let target =
        format!("/v3/pricelists/1/records?limit=3&include=sku,bulk_pricing_tiers&after={after}");
    let rest = get(&mut store, &target);
    assert_eq!(column(&rest["data"], "variant_id"), ["113001"]);
    assert_eq!(
        rest["data"][0]["bulk_pricing_tiers"][0]["quantity_max"],
        Value::Null
    );
    let some = get(
        &mut store,
        "/v3/pricelists/1/records?variant_id:in=101001,103001&currency=USD",
    );
    assert_eq!(column(&some["data"], "variant_id"), ["101001", "103001"]);
    assert_eq!(status(&mut store, "/v3/pricelists/9/records"), 404);
}

#[test]
fn a_batch_of_records_saves_what_it_can_and_names_the_rest() {
    let mut store = store("demo");
    let good = json!({"variant_id": 101001, "currency": "USD", "price": 70});
    let bad = [
        json!({"variant_id": 999001, "currency": "usd", "price": 1}),
        json!({"currency": "usd", "price": 1}),
        json!({"variant_id": 101002, "price": 1}),
        json!({"variant_id": 101002, "currency": "usd", "price": 1, "calculated_price": 1}),
        json!({"variant_id": 101002, "currency": "usd", "price": 1, "sale_price": null}),
        json!({"variant_id": 101002, "currency": "usd", "price": 1, "bulk_pricing_tiers":
            [{"quantity_min": 1, "quantity_max": null, "type": "fixed", "amount": 1}]}),
    ];
    let mut rows = bad.to_vec();
    rows.push(good.clone());
    let (status, body) = put(&mut store, "/v3/pricelists/1/records", &json!(rows));
    assert_eq!(status, 422);
    assert_eq!(body["batch_errors"].as_array().unwrap().len(), bad.len());
    let now = get(
        &mut store,
        "/v3/pricelists/1/records?variant_id:in=101001&include=bulk_pricing_tiers",
    );
    assert_eq!(now["data"][0]["price"], 70);
    assert_eq!(now["data"][0]["bulk_pricing_tiers"], json!([]));
    // The first of the list still stands under its own number.
    assert_eq!(store.table("price_records").len(), 6);
    assert_eq!(
        put(&mut store, "/v3/pricelists/1/records", &json!([good])).0,
        200
    );
    assert_eq!(
        put(
            &mut store,
            "/v3/pricelists/1/records",
            &json!(vec![good; 1001])
        )
        .0,
        413
    );
}

#[test]
fn records_are_deleted_by_their_filters_and_outlive_their_product() {
    let mut store = store("demo");
    assert_eq!(
        ask(&mut store, "DELETE", "/v3/catalog/products/103", "").status,
        204
    );
    let left = get(&mut store, "/v3/pricelists/1/records?product_id:in=103");
    assert_eq!(column(&left["data"], "variant_id"), ["103001"]);
    let one = "/v3/pricelists/1/records?variant_id:in=103001&currency=usd";
    assert_eq!(ask(&mut store, "DELETE", one, "").status, 204);
    assert_eq!(store.table("price_records").len(), 5);
    assert_eq!(
        ask(&mut store, "DELETE", "/v3/pricelists/1/records", "").status,
        204
    );
    assert_eq!(store.table("price_records").len(), 2);
}

#[test]
fn an_assignment_needs_a_list_a_group_without_discounts_and_a_channel() {
    let mut store = store("demo");
    let set = |store: &mut Store, list: u64, group: u64, channel: u64| {
        let body = json!({"customer_group_id": group, "channel_id": channel});
        put(store, &format!("/v3/pricelists/{list}/assignments"), &body)
    };
    assert_eq!(set(&mut store, 1, 2, 664).0, 200);
    assert_eq!(set(&mut store, 1, 2, 664).1["data"]["id"], 2);
    assert_eq!(set(&mut store, 9, 2, 1).0, 404);
    assert_eq!(set(&mut store, 1, 9, 1).0, 404);
    assert_eq!(set(&mut store, 1, 2, 9).0, 404);
    assert_eq!(set(&mut store, 1, 1, 1).0, 422);
    let body = json!({"customer_group_id": 2});
    assert_eq!(
        put(&mut store, "/v3/pricelists/1/assignments", &body).0,
        422
    );
    let rows = get(
        &mut store,
        "/v3/pricelists/assignments?customer_group_id:in=2&channel_id=664",
    );
    assert_eq!(column(&rows["data"], "price_list_id"), ["1"]);
}
