//! What fires and what stays silent, without any socket.

use super::*;
use crate::sandbox::samples;

/// The events of an edit of the awkward sample.
fn events_of(edit: impl FnOnce(&mut Store)) -> Vec<events::Event> {
    let mut store = Store::empty("test");
    samples::fill(&mut store, "awkward").unwrap();
    store.watch(true);
    edit(&mut store);
    let changes = store.changes();
    changes
        .iter()
        .flat_map(|change| events::of(&store, change))
        .collect()
}

fn scopes_of(edit: impl FnOnce(&mut Store)) -> Vec<String> {
    let events = events_of(edit);
    events.into_iter().map(|event| event.scope).collect()
}

/// The events of one member set.
fn set(table: &'static str, key: u64, member: &str, value: Value) -> Vec<String> {
    scopes_of(|store| {
        assert!(store.edit(table, key, |row| {
            assert_ne!(row[member], value, "{table} {key} {member} is so already");
            row[member] = value;
        }));
    })
}

fn first(table: &str) -> u64 {
    let mut store = Store::empty("test");
    samples::fill(&mut store, "awkward").unwrap();
    store.table(table).keys().next().unwrap().number()
}

#[test]
fn what_is_documented_as_silent_is_silent() {
    let product = first("products");
    for (member, value) in [
        ("mpn", json!("another")),
        ("gtin", json!("another")),
        ("product_tax_code", json!("another")),
        ("images", json!([])),
        (
            "custom_fields",
            json!([{"id": 1, "name": "n", "value": "v"}]),
        ),
        ("videos", json!([{"id": 1}])),
        ("bulk_pricing_rules", json!([{"id": 1}])),
        ("view_count", json!(987)),
    ] {
        let scopes = scopes_of(|store| {
            store.edit("products", product, |row| row[member] = value);
        });
        assert_eq!(scopes, Vec::<String>::new(), "{member}");
    }
    assert!(set("categories", first("categories"), "views", json!(12345)).is_empty());
    let hidden = scopes_of(|store| {
        store.edit("categories", first("categories"), |row| {
            row["is_visible"] = json!(row["is_visible"] != true);
        });
    });
    assert!(hidden.is_empty());
    for table in [
        "brands",
        "coupons",
        "promotions",
        "gift_certificates",
        "blog_posts",
        "customer_attributes",
        "customer_attribute_values",
        "customer_groups",
        "listings",
        "customs",
        "template_associations",
    ] {
        let scopes = scopes_of(|store| {
            let key = store.table(table).keys().next().unwrap().clone();
            store.edit(table, key.clone(), |row| row["name"] = json!("another"));
            store.table_mut(table).remove(&key);
            store.table_mut(table).insert(77_777, json!({"id": 77_777}));
        });
        assert!(scopes.is_empty(), "{table}: {scopes:?}");
    }
    for table in ["pages", "redirects", "orders"] {
        let gone = scopes_of(|store| {
            let key = store.table(table).keys().next().unwrap().clone();
            store.table_mut(table).remove(&key);
        });
        assert!(gone.is_empty(), "{table}: {gone:?}");
    }
    let made = scopes_of(|store| {
        store
            .table_mut("redirects")
            .insert(9_999, json!({"id": 9_999}))
    });
    assert!(made.is_empty());
    assert!(set("orders", first("orders"), "staff_notes", json!("another")).is_empty());
    assert!(
        set(
            "customers",
            first("customers"),
            "form_fields",
            json!([{"name": "n", "value": "another"}])
        )
        .is_empty()
    );
    let global = scopes_of(|store| {
        let key = store
            .table("email_templates")
            .keys()
            .next()
            .unwrap()
            .clone();
        store.edit("email_templates", key, |row| {
            row["subject"] = json!("another")
        });
    });
    assert!(global.is_empty());
}

#[test]
fn touched_without_a_change_is_no_event() {
    let scopes = scopes_of(|store| {
        let key = store.table("products").keys().next().unwrap().clone();
        store.edit("products", key, |_| ());
    });
    assert!(scopes.is_empty());
}

#[test]
fn one_act_fires_several_events() {
    let product = json!({
        "id": 9_000, "sku": "S", "inventory_tracking": "variant", "channels": [1], "categories": [],
        "variants": [{"id": 9_100, "sku": "S-1", "sku_id": 9_100, "inventory_level": 4}],
    });
    let created = events_of(|store| store.table_mut("products").insert(9_000, product.clone()));
    let scopes: Vec<&str> = created.iter().map(|event| event.scope.as_str()).collect();
    assert_eq!(
        scopes,
        [
            "store/product/created",
            "store/sku/created",
            "store/sku/inventory/updated",
            "store/channel/*/inventory/product/stock_changed",
            "store/channel/1/product/assigned",
        ]
    );
    let sku = &created[1].data;
    assert_eq!(
        sku["sku"],
        json!({"product_id": 9_000, "variant_id": 9_100})
    );
    assert!(sku["id"] != 9_000 && sku["id"] != 9_100, "{sku}");
    assert_eq!(
        created[2].data["inventory"],
        json!({"product_id": 9_000, "method": "absolute", "value": 4, "variant_id": 9_100})
    );
    let base = first("products");
    let moved = events_of(|store| {
        store.edit("products", base, |row| {
            row["inventory_tracking"] = json!("product");
            row["inventory_level"] = json!(41);
        });
    });
    let stock = moved
        .iter()
        .find(|event| event.scope == "store/product/inventory/updated");
    assert_eq!(
        stock.unwrap().data,
        json!({"type": "product", "id": base,
            "inventory": {"product_id": base, "method": "absolute", "value": 41}})
    );
}

#[test]
fn payloads_name_the_child_where_the_documents_do() {
    let address = first("customer_addresses");
    let events = events_of(|store| {
        store.edit("customer_addresses", address, |row| {
            row["city"] = json!("another")
        });
    });
    assert_eq!(events[0].scope, "store/customer/address/updated");
    assert_eq!(events[0].data["id"], address);
    assert!(events[0].data["address"]["customer_id"].is_u64());

    let order = first("orders");
    let events = events_of(|store| {
        store.edit("orders", order, |row| {
            row["channel_id"] = json!(1);
            row["parts"]["shipments"] = json!([{"id": 55_555, "tracking_number": "t"}]);
            row["parts"]["messages"] = json!([{"id": 66_666}]);
        });
    });
    let data = |scope: &str| {
        let event = events.iter().find(|event| event.scope == scope);
        event.unwrap_or_else(|| panic!("{scope}")).data.clone()
    };
    let shipment = json!({"type": "shipment", "id": 55_555, "orderId": order});
    assert_eq!(data("store/shipment/created"), shipment);
    let message = json!({"type": "order", "id": order, "message": {"order_message_id": 66_666}});
    assert_eq!(data("store/order/message/created"), message);
    assert_eq!(
        data("store/channel/1/order/message/created"),
        json!({"order_id": order})
    );

    let events = events_of(|store| {
        store.edit("orders", order, |row| {
            row["status_id"] = json!(5);
            row["is_deleted"] = json!(true);
        });
    });
    let scopes: Vec<&str> = events.iter().map(|event| event.scope.as_str()).collect();
    for verb in ["updated", "statusUpdated", "archived"] {
        assert!(
            scopes.contains(&format!("store/order/{verb}").as_str()),
            "{scopes:?}"
        );
    }

    let field = first("variant_metafields");
    let events = events_of(|store| {
        store.edit("variant_metafields", field, |row| {
            row["value"] = json!("another")
        });
    });
    assert_eq!(events[0].scope, "store/metafield/updated");
    assert_eq!(events[0].data["resource_type"], "variant");
    assert!(events[0].data["resource_id"].is_string());
    assert_eq!(events[1].scope, "store/product/variant/metafield/updated");

    let category = first("categories");
    let gone = events_of(|store| {
        store.table_mut("categories").remove(&category.into());
    });
    assert_eq!(
        gone[0].data,
        json!({"type": "category", "id": category.to_string()})
    );
    assert!(
        gone.iter()
            .any(|event| event.scope.ends_with("/categoryTree/updated"))
    );
}

#[test]
fn content_and_channels_fire_per_channel() {
    let page = set("pages", first("pages"), "name", json!("another"));
    assert!(page[0].ends_with("/page/updated"), "{page:?}");
    assert_eq!(
        set("channels", 1, "name", json!("another")),
        ["store/channel/updated"]
    );
    assert!(set("channels", 1, "icon_url", json!("another")).is_empty());
    assert_eq!(
        set("redirects", first("redirects"), "from_path", json!("/x")),
        ["store/redirects/updated"]
    );
    let mail = events_of(|store| {
        store
            .table_mut("email_overrides")
            .insert("1/some_kind", json!({}))
    });
    assert_eq!(mail[0].scope, "store/channel/1/email/templates/updated");
    assert_eq!(mail[0].data, json!({"template_kind": "some_kind"}));
}
