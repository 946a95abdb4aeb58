use serde_json::json;

use crate::sandbox::asked::{ask, column, get, status, store};
use crate::sandbox::store::ArchivedOrders;

const WHOLE: &str =
    "include=consignments,consignments.line_items,fees&consignment_structure=object";

#[test]
fn the_list_is_walked_by_id_and_leaves_archived_orders_out() {
    let mut store = store("awkward");
    let (mut seen, mut least) = (Vec::new(), 0);
    loop {
        let reply = ask(
            &mut store,
            "GET",
            &format!("/v2/orders?min_id={least}&limit=4&sort=id:asc"),
            "",
        );
        let Some(rows) = reply.body else {
            assert_eq!(reply.status, 204);
            break;
        };
        seen.extend(column(&rows, "id"));
        least = seen.last().unwrap().parse::<u64>().unwrap() + 1;
    }
    let live: Vec<String> = store
        .table("orders")
        .iter()
        .filter(|(_, order)| order["is_deleted"] == false)
        .map(|(key, _)| key.to_string())
        .collect();
    assert_eq!(seen, live);
    assert!(!seen.contains(&"104".to_owned()));
    assert_eq!(get(&mut store, "/v2/orders/104")["is_deleted"], true);
}

#[test]
fn incomplete_and_declined_orders_are_in_the_list_and_counted() {
    let mut store = store("awkward");
    assert_eq!(
        column(&get(&mut store, "/v2/orders?status_id=0"), "id"),
        ["102"]
    );
    let counts = get(&mut store, "/v2/orders/count");
    let of = |id: u64| {
        let rows = counts["statuses"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap()["count"].clone()
    };
    assert_eq!((of(0), of(6), of(4)), (json!(1), json!(1), json!(1)));
    let live = store
        .table("orders")
        .select(|order| order["is_deleted"] == false)
        .len();
    assert_eq!(counts["count"], live);
}

#[test]
fn what_is_deleted_means_is_the_stores_own_affair() {
    let mut store = store("awkward");
    let archived = "/v2/orders?is_deleted=true";
    assert_eq!(column(&get(&mut store, archived), "id"), ["104", "114"]);
    store.archived_orders = ArchivedOrders::Ignored;
    let plain = get(&mut store, "/v2/orders");
    assert_eq!(get(&mut store, archived), plain);
    store.archived_orders = ArchivedOrders::Refused;
    assert_eq!(status(&mut store, archived), 400);
}

#[test]
fn parts_are_links_until_they_are_included() {
    let mut store = store("awkward");
    let plain = get(&mut store, "/v2/orders/100");
    for name in [
        "products",
        "shipping_addresses",
        "coupons",
        "fees",
        "consignments",
    ] {
        assert!(plain[name]["resource"].is_string(), "{name}");
    }
    assert!(plain.get("parts").is_none());
    let whole = get(&mut store, &format!("/v2/orders/100?{WHOLE}"));
    let shipping = &whole["consignments"]["shipping"][0];
    assert_eq!(shipping["line_items"].as_array().unwrap().len(), 2);
    assert_eq!(shipping["base_cost"].to_string(), "12.9900");
    assert_eq!(whole["fees"], json!([]));
    assert_eq!(status(&mut store, "/v2/orders?include=consignments"), 400);
}

#[test]
fn an_include_brings_fifty_lines_and_the_pages_bring_all() {
    let mut store = store("awkward");
    let order = get(&mut store, &format!("/v2/orders/101?{WHOLE}"));
    let shipping = order["consignments"]["shipping"].as_array().unwrap();
    let lines: usize = shipping
        .iter()
        .map(|one| one["line_items"].as_array().unwrap().len())
        .sum();
    assert_eq!((lines, &order["items_total"]), (50, &json!(55)));
    let first = get(&mut store, "/v2/orders/101/products?page=1");
    let second = get(&mut store, "/v2/orders/101/products?page=2");
    assert_eq!(
        first.as_array().unwrap().len() + second.as_array().unwrap().len(),
        55
    );
    assert_eq!(status(&mut store, "/v2/orders/101/products?page=3"), 204);
}

#[test]
fn every_way_to_the_customer_has_its_consignment() {
    let mut store = store("awkward");
    let mut of =
        |id: u64| get(&mut store, &format!("/v2/orders/{id}?{WHOLE}"))["consignments"].clone();
    assert_eq!(
        of(107)["downloads"][0]["recipient_email"],
        "zoe@example.com"
    );
    let certificate = &of(108)["email"]["gift_certificates"][0];
    assert_eq!(certificate["line_items"][0]["type"], "giftcertificate");
    let pickup = &of(109)["pickups"][0];
    assert_eq!(pickup["line_items"].as_array().unwrap().len(), 1);
    assert_eq!(of(112)["shipping"], json!([]));
}

#[test]
fn parts_that_are_not_there_are_204_and_orders_that_are_not_there_404() {
    let mut store = store("awkward");
    for part in ["coupons", "taxes", "shipments", "messages"] {
        assert_eq!(
            status(&mut store, &format!("/v2/orders/102/{part}")),
            204,
            "{part}"
        );
        assert_eq!(
            status(&mut store, &format!("/v2/orders/9/{part}")),
            404,
            "{part}"
        );
    }
    assert_eq!(status(&mut store, "/v3/orders/102/transactions"), 204);
    assert_eq!(status(&mut store, "/v3/orders/9/transactions"), 404);
    assert_eq!(get(&mut store, "/v2/orders/102/fees"), json!({"fees": []}));
}

#[test]
fn taxes_tell_their_lines_only_when_asked_for_details() {
    let mut store = store("awkward");
    let plain = get(&mut store, "/v2/orders/100/taxes");
    assert!(plain[0].get("line_item_type").is_none());
    let details = get(&mut store, "/v2/orders/100/taxes?details=true");
    assert_eq!(details[0]["order_product_id"], "501");
}

#[test]
fn refunds_come_in_pages_without_a_total() {
    let mut store = store("awkward");
    let path = "/v3/orders/payment_actions/refunds";
    let answer = get(&mut store, &format!("{path}?limit=2"));
    assert_eq!(
        (answer["data"].as_array().unwrap().len(), &answer["meta"]),
        (2, &json!({}))
    );
    let of_order = get(&mut store, &format!("{path}?order_id:in=106"));
    assert_eq!(column(&of_order["data"], "order_id"), ["106", "106"]);
    let id = of_order["data"][0]["id"].clone();
    let one = get(&mut store, &format!("{path}/{id}"));
    assert_eq!(one["data"]["items"][0]["requested_amount"], "19.9900");
}

#[test]
fn an_archived_order_leaves_the_list_and_its_date_moves() {
    let mut store = store("awkward");
    let before = get(&mut store, "/v2/orders/103");
    assert_eq!(ask(&mut store, "DELETE", "/v2/orders/103", "").status, 204);
    let after = get(&mut store, "/v2/orders/103");
    assert_eq!(after["is_deleted"], true);
    assert_ne!(after["date_modified"], before["date_modified"]);
    assert_eq!(status(&mut store, "/v2/orders?status_id=6"), 204);
}

#[test]
fn read_only_fields_are_refused_and_the_status_follows_its_id() {
    let mut store = store("awkward");
    for field in [
        "id",
        "date_modified",
        "status",
        "is_deleted",
        "total_tax",
        "coupon_discount",
    ] {
        let body = json!({field: "x"}).to_string();
        assert_eq!(
            ask(&mut store, "PUT", "/v2/orders/110", &body).status,
            400,
            "{field}"
        );
    }
    let body = r#"{"status_id": 10, "billing_address": {"city": "Waco"}}"#;
    let order = ask(&mut store, "PUT", "/v2/orders/110", body).body.unwrap();
    assert_eq!(
        (&order["status"], &order["custom_status"]),
        (&json!("Completed"), &json!("Färdig <b>klar</b>"))
    );
    assert_eq!(
        (
            &order["billing_address"]["city"],
            &order["billing_address"]["zip"]
        ),
        (&json!("Waco"), &json!("78751"))
    );
}

#[test]
fn fees_are_replaced_as_a_whole_and_lines_are_not() {
    let mut store = store("awkward");
    let body = r#"{"fees": [{"id": 502, "cost_ex_tax": 9}], "products": [{"name": "More",
        "quantity": 2, "price_ex_tax": 1.5, "price_inc_tax": 1.5}]}"#;
    assert_eq!(ask(&mut store, "PUT", "/v2/orders/110", body).status, 200);
    let fees = get(&mut store, "/v2/orders/110/fees");
    assert_eq!(column(&fees["fees"], "id"), ["502"]);
    let lines = get(&mut store, "/v2/orders/110/products");
    assert_eq!(
        column(&lines, "price_ex_tax"),
        [r#""12.3000""#, r#""1.5000""#]
    );
    assert_eq!(column(&lines, "order_id"), ["110", "110"]);
}

#[test]
fn shipments_say_how_much_was_shipped() {
    let mut store = store("awkward");
    let order = store.document("orders", 105).unwrap();
    let line = &order["parts"]["products"][0]["id"];
    let address = &order["parts"]["shipping_addresses"][0]["id"];
    let body = json!({"order_address_id": address,
        "items": [{"order_product_id": line, "quantity": 1}]});
    let reply = ask(
        &mut store,
        "POST",
        "/v2/orders/105/shipments",
        &body.to_string(),
    );
    assert_eq!(reply.status, 201);
    let id = reply.body.unwrap()["id"].clone();
    assert_eq!(get(&mut store, "/v2/orders/105")["items_shipped"], 1);
    let one = format!("/v2/orders/105/shipments/{id}");
    assert_eq!(
        get(&mut store, &one)["shipping_address"]["first_name"],
        "李"
    );
    assert_eq!(ask(&mut store, "DELETE", &one, "").status, 204);
    assert_eq!(get(&mut store, "/v2/orders/105")["items_shipped"], 0);
}

#[test]
fn money_is_never_moved() {
    let mut store = store("awkward");
    for action in ["capture", "void", "refunds"] {
        let path = format!("/v3/orders/100/payment_actions/{action}");
        assert!(
            ask(&mut store, "POST", &path, "{}").status >= 400,
            "{action}"
        );
    }
    assert_eq!(store.table("refunds").len(), 3);
}
