//! What a restore writes to the catalog, asked without a socket.

use serde_json::{Value, json};

use crate::sandbox::asked::{ask, column, get, status, store};
use crate::sandbox::store::Store;

/// The data of a write that must succeed.
fn made(store: &mut Store, method: &str, path: &str, body: &Value) -> Value {
    let reply = ask(store, method, path, &body.to_string());
    assert_eq!(reply.status, 200, "{method} {path}: {:?}", reply.body);
    reply.body.unwrap()["data"].clone()
}

fn refused(store: &mut Store, method: &str, path: &str, body: &Value) -> u16 {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    ask(store, method, path, &body).status
}

fn mug() -> Value {
    json!({"name": "New mug", "type": "physical", "weight": 1, "price": 5, "sku": "NEW-1"})
}

/// A product with an option of two values; its path, the option's id and the values'.
fn product(store: &mut Store) -> (String, u64, [u64; 2]) {
    let product = made(store, "POST", "/v3/catalog/products", &mug());
    let path = format!("/v3/catalog/products/{}", product["id"]);
    let body = json!({"display_name": "Size", "type": "dropdown", "option_values": [
        {"label": "S", "sort_order": 0}, {"label": "M", "sort_order": 1},
    ]});
    let option = made(store, "POST", &format!("{path}/options"), &body);
    let value = |at: usize| option["option_values"][at]["id"].as_u64().unwrap();
    (path, option["id"].as_u64().unwrap(), [value(0), value(1)])
}

#[test]
fn a_new_product_has_a_base_variant_and_an_id_never_used() {
    let mut store = store("demo");
    let path = "/v3/catalog/products";
    let first = made(&mut store, "POST", path, &mug());
    let one = format!("{path}/{}", first["id"]);
    let whole = get(&mut store, &format!("{one}?include=variants"))["data"].clone();
    assert_eq!(whole["base_variant_id"], whole["variants"][0]["id"]);
    assert_eq!(whole["variants"][0]["sku"], "NEW-1");
    assert_eq!(ask(&mut store, "DELETE", &one, "").status, 204);
    let second = made(&mut store, "POST", path, &mug());
    assert!(second["id"].as_u64() > first["id"].as_u64());
    assert!(second["base_variant_id"].as_u64() > whole["base_variant_id"].as_u64());
}

#[test]
fn a_product_that_clashes_or_points_nowhere_is_refused() {
    let mut store = store("demo");
    let path = "/v3/catalog/products";
    let (own, option, values) = product(&mut store);
    let body = json!({"sku": "VAR-1", "option_values": [{"id": values[0], "option_id": option}]});
    made(&mut store, "POST", &format!("{own}/variants"), &body);
    let cases = [
        (json!({"name": "NEW MUG", "sku": ""}), 409),
        (json!({"name": "Other", "sku": "new-1"}), 409),
        (json!({"name": "Other", "sku": "var-1"}), 409),
        (json!({"name": "Other", "sku": "", "brand_id": 9999}), 409),
        (
            json!({"name": "Other", "sku": "", "categories": [9999]}),
            409,
        ),
        (json!({"name": ""}), 422),
        (json!({"name": "Other", "id": 5}), 422),
        (json!({"name": "Other", "calculated_price": 5}), 422),
    ];
    for (change, status) in cases {
        let mut body = mug();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        assert_eq!(refused(&mut store, "POST", path, &body), status, "{change}");
    }
    // A SKU that only a variant has is taken for an update, too.
    let taken = json!({"sku": "Var-1"});
    assert_eq!(
        refused(&mut store, "PUT", &format!("{path}/104"), &taken),
        409
    );
    let many: Vec<Value> = (0..11).map(|_| json!({"id": 104})).collect();
    assert_eq!(refused(&mut store, "PUT", path, &json!(many)), 413);
}

#[test]
fn variants_are_made_of_the_values_that_there_are() {
    let mut store = store("demo");
    let (path, option, values) = product(&mut store);
    let variants = format!("{path}/variants");
    let body = |sku: &str, value: u64| json!({"sku": sku, "option_values": [{"id": value, "option_id": option}]});
    let first = made(&mut store, "POST", &variants, &body("A", values[0]));
    assert_eq!(first["option_values"][0]["label"], "S");
    let second = made(&mut store, "POST", &variants, &body("B", values[1]));
    for (wrong, status) in [
        (body("C", values[0]), 409),
        (body("a", values[1]), 409),
        (body("C", 1), 422),
        (json!({"sku": "C", "option_values": []}), 422),
    ] {
        assert_eq!(refused(&mut store, "POST", &variants, &wrong), status);
    }
    let one = format!("{variants}/{}", first["id"]);
    let put = made(&mut store, "PUT", &one, &json!({"sku": "A", "price": 7}));
    assert!(put["calculated_price"].is_number());
    assert_eq!(refused(&mut store, "PUT", &one, &body("A", values[1])), 422);
    let whole = get(&mut store, &format!("{path}?include=variants"))["data"].clone();
    assert_eq!(whole["base_variant_id"], Value::Null);
    assert_eq!(column(&whole["variants"], "sku"), ["\"A\"", "\"B\""]);
    // A variant goes with its value, and after the last comes a base variant anew.
    let value = format!("{path}/options/{option}/values/{}", values[0]);
    assert_eq!(refused(&mut store, "DELETE", &value, &Value::Null), 204);
    assert_eq!(status(&mut store, &one), 404);
    let last = format!("{variants}/{}", second["id"]);
    assert_eq!(refused(&mut store, "DELETE", &last, &Value::Null), 204);
    let whole = get(&mut store, &format!("{path}?include=variants"))["data"].clone();
    assert_eq!(whole["base_variant_id"], whole["variants"][0]["id"]);
    let base = format!("{variants}/{}", whole["base_variant_id"]);
    assert_eq!(refused(&mut store, "DELETE", &base, &Value::Null), 422);
}

#[test]
fn a_checkbox_makes_its_values_and_takes_none() {
    let mut store = store("demo");
    let (path, ..) = product(&mut store);
    let modifiers = format!("{path}/modifiers");
    let mut body = json!({"display_name": "Insure", "type": "checkbox", "required": false});
    let modifier = made(&mut store, "POST", &modifiers, &body);
    let values = &modifier["option_values"];
    assert_eq!(column(values, "label"), ["\"Yes\"", "\"No\""]);
    let value = format!("{modifiers}/{}/values/{}", modifier["id"], values[0]["id"]);
    let adjusters = json!({"price": {"adjuster": "relative", "adjuster_value": 4}});
    let put = json!({"label": "Yes", "sort_order": 0, "adjusters": adjusters});
    let put = made(&mut store, "PUT", &value, &put);
    assert_eq!(put["adjusters"]["price"]["adjuster_value"], 4);
    assert_eq!(put["value_data"]["checked_value"], true);
    body["display_name"] = json!("Again");
    body["option_values"] = json!([{"label": "Yes", "sort_order": 0}]);
    assert_eq!(refused(&mut store, "POST", &modifiers, &body), 422);
    // Options and modifiers share their names.
    let body = json!({"display_name": "sIZE", "type": "text", "required": false});
    assert_eq!(refused(&mut store, "POST", &modifiers, &body), 409);
}

#[test]
fn values_come_and_go_one_at_a_time() {
    let mut store = store("demo");
    let (path, option, values) = product(&mut store);
    let list = format!("{path}/options/{option}/values");
    let new = made(
        &mut store,
        "POST",
        &list,
        &json!({"label": "L", "sort_order": 2}),
    );
    assert!(new["id"].as_u64() > Some(values[1]));
    for (body, status) in [
        (json!({"label": "l", "sort_order": 3}), 409),
        (json!({"label": "XL"}), 422),
        (json!({"id": 1, "label": "XL", "sort_order": 3}), 422),
    ] {
        assert_eq!(refused(&mut store, "POST", &list, &body), status, "{body}");
    }
    let gone = format!("{list}/{}", values[0]);
    assert_eq!(refused(&mut store, "DELETE", &gone, &Value::Null), 204);
    let left = get(&mut store, &list);
    assert_eq!(column(&left["data"], "label"), ["\"M\"", "\"L\""]);
}

#[test]
fn rules_need_two_modifiers_or_a_variant_and_one() {
    let mut store = store("demo");
    let (path, ..) = product(&mut store);
    let mut conditions = Vec::new();
    for name in ["One", "Two"] {
        let body = json!({"display_name": name, "type": "checkbox", "required": false});
        let modifier = made(&mut store, "POST", &format!("{path}/modifiers"), &body);
        conditions.push(json!({
            "modifier_id": modifier["id"],
            "modifier_value_id": modifier["option_values"][0]["id"],
        }));
    }
    let rules = format!("{path}/complex-rules");
    let body = json!({"enabled": true, "conditions": conditions});
    let rule = made(&mut store, "POST", &rules, &body);
    assert_eq!(rule["conditions"][1]["rule_id"], rule["id"]);
    assert_eq!(refused(&mut store, "POST", &rules, &body), 409);
    let single = json!({"conditions": [conditions[0]]});
    assert_eq!(refused(&mut store, "POST", &rules, &single), 422);
    let doubled = json!({"conditions": [conditions[0], conditions[0]]});
    assert_eq!(refused(&mut store, "POST", &rules, &doubled), 422);
    let modifier = format!("{path}/modifiers/{}", conditions[0]["modifier_id"]);
    assert_eq!(refused(&mut store, "DELETE", &modifier, &Value::Null), 204);
    assert_eq!(get(&mut store, &rules)["data"], json!([]));
}

#[test]
fn ranges_of_bulk_prices_keep_clear_of_each_other() {
    let mut store = store("demo");
    let (path, ..) = product(&mut store);
    let rules = format!("{path}/bulk-pricing-rules");
    let body = |from: u64, to: u64, kind: &str| json!({"quantity_min": from, "quantity_max": to, "type": kind, "amount": 1});
    let first = made(&mut store, "POST", &rules, &body(2, 5, "percent"));
    made(&mut store, "POST", &rules, &body(6, 0, "price"));
    assert_eq!(
        refused(&mut store, "POST", &rules, &body(5, 5, "price")),
        409
    );
    assert_eq!(
        refused(&mut store, "POST", &rules, &body(1, 1, "fixed")),
        422
    );
    let one = format!("{rules}/{}", first["id"]);
    made(&mut store, "PUT", &one, &body(3, 5, "percent"));
    assert_eq!(
        refused(&mut store, "PUT", &one, &body(3, 9, "percent")),
        409
    );
    assert_eq!(refused(&mut store, "DELETE", &one, &Value::Null), 204);
    assert_eq!(status(&mut store, &one), 404);
}

#[test]
fn the_smaller_parts_are_made_with_their_own_rules() {
    let mut store = store("demo");
    let (path, ..) = product(&mut store);
    let fields = format!("{path}/custom-fields");
    let field = json!({"name": "Glaze", "value": "matt"});
    made(&mut store, "POST", &fields, &field);
    // The list of errors of this one is documented: 422 and no 409.
    assert_eq!(refused(&mut store, "POST", &fields, &field), 422);
    let empty = json!({"name": "Glaze", "value": ""});
    assert_eq!(refused(&mut store, "POST", &fields, &empty), 422);
    let videos = format!("{path}/videos");
    let video = made(
        &mut store,
        "POST",
        &videos,
        &json!({"video_id": "z3fRu9pkuXE"}),
    );
    let one = format!("{videos}/{}", video["id"]);
    made(&mut store, "PUT", &one, &json!({"title": "Throwing"}));
    let other = json!({"video_id": "other"});
    assert_eq!(refused(&mut store, "PUT", &one, &other), 422);
    let review = json!({"title": "Good", "date_reviewed": "2026-01-02T03:04:05Z", "rating": 4});
    made(&mut store, "POST", &format!("{path}/reviews"), &review);
    let product = get(&mut store, &path)["data"].clone();
    assert_eq!(
        (&product["reviews_count"], &product["reviews_rating_sum"]),
        (&json!(1), &json!(4))
    );
    let field = json!({"namespace": "n", "key": "k", "value": "v", "permission_set": "write"});
    made(&mut store, "POST", &format!("{path}/metafields"), &field);
}

#[test]
fn assignments_are_added_and_taken_by_filter() {
    let mut store = store("demo");
    let (path, ..) = product(&mut store);
    let id: u64 = path.rsplit('/').next().unwrap().parse().unwrap();
    let path = "/v3/catalog/products/category-assignments";
    let body = json!([{"product_id": id, "category_id": 18}]);
    assert_eq!(refused(&mut store, "PUT", path, &body), 204);
    let own = format!("{path}?product_id:in={id}");
    assert_eq!(
        column(&get(&mut store, &own)["data"], "category_id"),
        ["18"]
    );
    for wrong in [
        json!([{"product_id": 99999, "category_id": 18}]),
        json!([{"product_id": id, "category_id": 99999}]),
        json!([{"product_id": id}]),
    ] {
        assert_eq!(refused(&mut store, "PUT", path, &wrong), 422, "{wrong}");
    }
    assert_eq!(refused(&mut store, "DELETE", path, &Value::Null), 422);
    assert_eq!(refused(&mut store, "DELETE", &own, &Value::Null), 204);
    assert_eq!(get(&mut store, &own)["data"], json!([]));
    let path = "/v3/catalog/products/channel-assignments";
    let wrong = json!([{"product_id": id, "channel_id": 99999}]);
    assert_eq!(refused(&mut store, "PUT", path, &wrong), 422);
}

#[test]
fn customs_information_is_made_overwritten_and_deleted() {
    let mut store = store("demo");
    let (path, ..) = product(&mut store);
    let id: u64 = path.rsplit('/').next().unwrap().parse().unwrap();
    let path = "/v3/shipping/products/customs-information";
    let row = json!({
        "product_id": id, "country_of_origin": "GB", "commodity_description": "Mugs",
        "international_shipping": true, "hs_codes": {"ALL": "691200"},
    });
    made(&mut store, "PUT", path, &json!([row]));
    let mut wrong = row.clone();
    wrong["hs_codes"] = json!({"ALL": "69"});
    assert_eq!(refused(&mut store, "PUT", path, &json!([wrong])), 422);
    let many = json!(vec![row; 51]);
    assert_eq!(refused(&mut store, "PUT", path, &many), 413);
    assert_eq!(refused(&mut store, "DELETE", path, &Value::Null), 422);
    let own = format!("{path}?product_id:in={id}");
    assert_eq!(get(&mut store, &own)["data"].as_array().unwrap().len(), 1);
    assert_eq!(refused(&mut store, "DELETE", &own, &Value::Null), 204);
    assert_eq!(get(&mut store, &own)["data"], json!([]));
}
