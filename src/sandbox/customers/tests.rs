use serde_json::{Value, json};

use crate::sandbox::asked::{ask, column, get, status, store};

const ALL: &str =
    "include=addresses,storecredit,attributes,formfields,shopper_profile_id,segment_ids";

#[test]
fn a_customer_carries_ten_addresses_and_the_count_tells_of_twelve() {
    let mut store = store("awkward");
    let answer = get(&mut store, &format!("/v3/customers?id:in=1&{ALL}"));
    let customer = &answer["data"][0];
    assert_eq!(customer["addresses"].as_array().unwrap().len(), 10);
    assert_eq!(customer["address_count"], 12);
    assert_eq!(customer["attributes"].as_array().unwrap().len(), 10);
    assert_eq!(customer["attribute_count"], 12);
    let rest = get(
        &mut store,
        "/v3/customers/addresses?customer_id:in=1&include=formfields",
    );
    assert_eq!(rest["data"].as_array().unwrap().len(), 12);
    let values = get(
        &mut store,
        "/v3/customers/attribute-values?customer_id:in=1",
    );
    assert_eq!(values["data"].as_array().unwrap().len(), 12);
}

#[test]
fn what_is_not_included_is_not_there() {
    let mut store = store("awkward");
    let answer = get(&mut store, "/v3/customers?id:in=1");
    let names = [
        "addresses",
        "attributes",
        "form_fields",
        "store_credit_amounts",
        "segment_ids",
    ];
    for name in names {
        assert!(answer["data"][0].get(name).is_none(), "{name}");
    }
    assert_eq!(answer["data"][0]["address_count"], 12);
}

#[test]
fn a_global_login_is_null_and_not_an_empty_list() {
    let mut store = store("awkward");
    let answer = get(&mut store, "/v3/customers?id:in=5,4");
    assert_eq!(column(&answer["data"], "channel_ids"), ["[1,2]", "null"]);
}

#[test]
fn the_cursor_walks_every_customer_once() {
    let mut store = store("awkward");
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let answer = get(&mut store, &format!("/v3/customers?limit=4{query}"));
        seen.extend(column(&answer["data"], "id"));
        let block = &answer["meta"]["cursor_pagination"];
        assert_eq!(answer["meta"].get("pagination").is_some(), query.is_empty());
        if block["links"].get("next").is_none() {
            break;
        }
        query = format!("&after={}", block["end_cursor"].as_str().unwrap());
    }
    let all: Vec<String> = store
        .table("customers")
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(seen, all);
}

#[test]
fn filters_that_cannot_be_meant_are_refused() {
    let mut store = store("awkward");
    assert_eq!(status(&mut store, "/v3/customers?id:in=one"), 422);
    assert_eq!(
        status(&mut store, "/v3/customers?date_modified:min=yesterday"),
        422
    );
    assert_eq!(status(&mut store, "/v3/customers?include=everything"), 422);
    assert_eq!(
        status(&mut store, "/v3/customers?email=zoe@example.com"),
        400
    );
    assert_eq!(status(&mut store, "/v3/customers?limit=251"), 413);
    assert_eq!(status(&mut store, "/v3/customers/1"), 404);
}

#[test]
fn definitions_come_in_pages_without_a_total() {
    let mut store = store("awkward");
    let answer = get(&mut store, "/v3/customers/attributes?limit=10&page=2");
    assert_eq!(answer["data"].as_array().unwrap().len(), 3);
    assert_eq!(answer["meta"], json!({}));
}

#[test]
fn form_field_values_are_walked_without_ids() {
    let mut store = store("awkward");
    let whole = get(&mut store, "/v3/customers/form-field-values");
    let first = get(&mut store, "/v3/customers/form-field-values?limit=3");
    let after = first["meta"]["cursor_pagination"]["end_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let rest = get(
        &mut store,
        &format!("/v3/customers/form-field-values?after={after}"),
    );
    let (mut rows, rest) = (
        first["data"].as_array().unwrap().clone(),
        rest["data"].clone(),
    );
    rows.extend(rest.as_array().unwrap().iter().cloned());
    assert_eq!(Value::Array(rows), whole["data"]);
    assert!(whole["data"][0].get("id").is_none());
}

#[test]
fn an_address_that_is_there_already_is_not_added_and_not_mentioned() {
    let mut store = store("awkward");
    let mut address = store.document("customer_addresses", 101).unwrap();
    for name in ["id", "country", "form_fields"] {
        address.as_object_mut().unwrap().shift_remove(name);
    }
    let body = json!([address]).to_string();
    let reply = ask(&mut store, "POST", "/v3/customers/addresses", &body);
    assert_eq!(
        (reply.status, &reply.body.unwrap()["data"]),
        (200, &json!([]))
    );
}

#[test]
fn a_deleted_customer_takes_its_parts_along_and_leaves_its_orders() {
    let mut store = store("awkward");
    assert_eq!(
        ask(&mut store, "DELETE", "/v3/customers?id:in=1", "").status,
        204
    );
    let addresses = get(&mut store, "/v3/customers/addresses?customer_id:in=1");
    assert_eq!(addresses["data"], json!([]));
    assert!(
        store
            .table("customer_metafields")
            .iter()
            .all(|(_, row)| row["resource_id"] != 1)
    );
    assert_eq!(get(&mut store, "/v2/orders/100")["customer_id"], 1);
}

#[test]
fn a_delete_without_ids_deletes_nobody() {
    let mut store = store("awkward");
    let before = store.table("customers").len();
    assert_eq!(ask(&mut store, "DELETE", "/v3/customers", "").status, 204);
    assert_eq!(store.table("customers").len(), before);
    assert_eq!(
        ask(&mut store, "DELETE", "/v3/customers/addresses", "").status,
        422
    );
}

#[test]
fn ids_and_passwords_are_never_taken_from_the_client() {
    let mut store = store("awkward");
    let customer = |extra: &str| {
        format!(r#"[{{"email": "n@example.com", "first_name": "N", "last_name": "M"{extra}}}]"#)
    };
    let with_id = customer(r#", "id": 7"#);
    assert_eq!(
        ask(&mut store, "POST", "/v3/customers", &with_id).status,
        422
    );
    let body = customer(r#", "authentication": {"new_password": "secret"}"#);
    let reply = ask(&mut store, "POST", "/v3/customers", &body)
        .body
        .unwrap();
    assert_eq!(
        reply["data"][0]["authentication"],
        json!({"force_password_reset": false})
    );
    assert!(!format!("{:?}", store.document("customers", 2_000_000_001)).contains("secret"));
}

#[test]
fn one_email_is_one_customer_in_each_channel() {
    let mut store = store("awkward");
    let on = |channel: u64| {
        json!([{"email": "ten@EXAMPLE.com", "first_name": "N", "last_name": "M",
            "channel_ids": [channel]}])
        .to_string()
    };
    // Customer 7 has this e-mail and is known in every channel.
    assert_eq!(ask(&mut store, "POST", "/v3/customers", &on(2)).status, 422);
    store.edit("customers", 7, |customer| {
        customer["channel_ids"] = json!([1])
    });
    assert_eq!(ask(&mut store, "POST", "/v3/customers", &on(2)).status, 200);
}

#[test]
fn a_deleted_group_leaves_its_customers_in_none() {
    let mut store = store("awkward");
    assert_eq!(
        ask(&mut store, "DELETE", "/v2/customer_groups/1", "").status,
        204
    );
    assert_eq!(
        store.document("customers", 1).unwrap()["customer_group_id"],
        0
    );
    assert_eq!(status(&mut store, "/v2/customer_groups/1"), 404);
}

#[test]
fn a_large_sample_makes_only_the_customers_of_the_page() {
    let mut store = store("large:1000");
    let answer = get(&mut store, &format!("/v3/customers?limit=50&page=2&{ALL}"));
    assert_eq!(answer["meta"]["pagination"]["total"], 200);
    let customer = &answer["data"][49];
    assert_eq!(
        (&customer["id"], &customer["addresses"][0]["customer_id"]),
        (&json!(100), &json!(100))
    );
    // An address that a merchant edits is still its customer's, and no other's.
    store.edit("customer_addresses", 100, |address| {
        address["city"] = json!("Waco")
    });
    let answer = get(&mut store, &format!("/v3/customers?id:in=99,100&{ALL}"));
    assert_eq!(answer["data"][0]["address_count"], 1);
    assert_eq!(answer["data"][1]["addresses"][0]["city"], "Waco");
}
