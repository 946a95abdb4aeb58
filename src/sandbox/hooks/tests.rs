//! Hooks over real sockets where that is the point, and the events and the queue by themselves.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use hmac::{KeyInit, Mac};

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::{Hook, Message, Queue, RETRIES_S, Step};
use super::*;
use crate::sandbox::{Sandbox, SandboxOptions, samples};

const SOON: Duration = Duration::from_secs(30);

/// What came to a receiver.
#[derive(Clone)]
struct Got {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn scope(&self) -> String {
        self.json()["scope"].as_str().unwrap().to_owned()
    }

    fn id(&self) -> String {
        self.headers["webhook-id"].clone()
    }
}

/// A receiver that keeps what it gets and answers as it is told.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
    status: Arc<AtomicU16>,
    _runtime: tokio::runtime::Runtime,
}

impl Receiver {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))
            .unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(200));
        let (kept, told) = (Arc::clone(&got), Arc::clone(&status));
        let app = axum::Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            let body = body.to_vec();
            kept.lock().unwrap().push(Got { headers, body });
            let status = StatusCode::from_u16(told.load(Ordering::SeqCst)).unwrap();
            async move { status }
        });
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            url,
            got,
            status,
            _runtime: runtime,
        }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    fn take(&self) -> Vec<Got> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }

    fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<String> = self.take().iter().map(Got::scope).collect();
        scopes.sort_unstable();
        scopes
    }
}

fn call_as(token: &str, sandbox: &Sandbox, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(("127.0.0.1", sandbox.port())).unwrap();
    let path = match path.starts_with("/__admin") {
        true => path.to_owned(),
        false => format!("/stores/{}{path}", sandbox.hash()),
    };
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Auth-Token: {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn call(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    call_as(sandbox.token(), sandbox, method, path, &body)
}

fn hook(sandbox: &Sandbox, scope: &str, destination: &str) -> u64 {
    let body = json!({"scope": scope, "destination": destination});
    let (status, answer) = call(sandbox, "POST", "/v3/hooks", &body);
    assert_eq!(status, 200, "{answer}");
    answer["data"]["id"].as_u64().unwrap()
}

fn demo() -> Sandbox {
    Sandbox::start(SandboxOptions::default()).unwrap()
}

#[test]
fn hooks_are_made_read_changed_and_deleted() {
    let sandbox = demo();
    let body = json!({
        "scope": "store/order/*",
        "destination": "https://shop.example/in",
        "headers": {"x-key": "k"},
    });
    let (status, made) = call(&sandbox, "POST", "/v3/hooks", &body);
    assert_eq!((status, &made["data"]["is_active"]), (200, &json!(true)));
    assert_eq!(made["data"]["store_hash"], "sandbox");
    assert_eq!(made["data"]["headers"], json!({"x-key": "k"}));
    let path = format!("/v3/hooks/{}", made["data"]["id"]);
    assert_eq!(call(&sandbox, "GET", &path, &Value::Null).1, made);
    for (query, count) in [
        ("", 1),
        ("?scope=store/order/*", 1),
        ("?scope=store/order/created", 0),
        ("?is_active=false", 0),
        ("?destination=https://shop.example/in&limit=5&page=1", 1),
    ] {
        let (status, list) = call(&sandbox, "GET", &format!("/v3/hooks{query}"), &Value::Null);
        assert_eq!(
            (status, list["data"].as_array().unwrap().len()),
            (200, count),
            "{query}"
        );
    }
    assert_eq!(call(&sandbox, "GET", "/v3/hooks?id=1", &Value::Null).0, 400);
    assert_eq!(call(&sandbox, "PUT", &path, &json!({})).0, 422);
    assert_eq!(call(&sandbox, "PUT", &path, &json!({"id": 7})).0, 422);
    let (_, off) = call(
        &sandbox,
        "PUT",
        &path,
        &json!({"is_active": false, "headers": null}),
    );
    assert_eq!(off["data"]["is_active"], false);
    assert_eq!(off["data"]["headers"], Value::Null);
    let (_, admin) = call(&sandbox, "GET", "/v3/hooks/admin", &Value::Null);
    assert_eq!(admin["data"]["hooks_list"][0]["status"], "inactive");
    // Another account sees none of it.
    let other = |method, path: &str| call_as("sandbox-reader", &sandbox, method, path, "");
    assert_eq!(other("GET", "/v3/hooks").1["data"], json!([]));
    assert_eq!(other("GET", &path).0, 404);
    assert_eq!(other("DELETE", &path).0, 404);
    let (status, gone) = call(&sandbox, "DELETE", &path, &Value::Null);
    assert_eq!((status, &gone), (200, &off));
    let (status, none) = call(&sandbox, "GET", &path, &Value::Null);
    assert_eq!(status, 404);
    assert!(
        none["title"]
            .as_str()
            .unwrap()
            .starts_with("Webhook with id [")
    );
}

#[test]
fn what_no_hook_may_be_is_refused() {
    let sandbox = demo();
    let post = |body: &Value| call(&sandbox, "POST", "/v3/hooks", body);
    let (status, missing) = post(&json!({"scope": "store/order/created"}));
    assert_eq!(
        (status, &missing["errors"]["destination"]),
        (422, &json!("error.path.missing"))
    );
    for (scope, destination) in [
        ("store/brand/created", "https://a.example/"),
        ("store/channel/*/page/created", "https://a.example/"),
        ("store/order/created", "https://a.example:8443/"),
        ("store/order/created", "http://a.example/"),
        ("store/order/created", "http://10.0.0.1:443/"),
        ("store/order/created", "a.example"),
    ] {
        let body = json!({"scope": scope, "destination": destination});
        assert_eq!(post(&body).0, 422, "{scope} {destination}");
    }
    let body = json!({"scope": "store/order/created", "destination": "https://a.example/", "headers": {"a": 1}});
    assert_eq!(post(&body).0, 422);
    assert_eq!(post(&json!([])).0, 422);
    for place in 0..10 {
        hook(
            &sandbox,
            "store/order/created",
            &format!("http://127.0.0.1:9/{place}"),
        );
    }
    let eleventh = json!({"scope": "store/order/created", "destination": "http://localhost:9/x"});
    assert_eq!(post(&eleventh).0, 422);
    let id = hook(&sandbox, "store/order/updated", "http://127.0.0.1:9/0");
    let again = json!({"scope": "store/order/updated", "destination": "http://127.0.0.1:9/0"});
    assert_eq!(post(&again).0, 422);
    // Nor can a change of another one lead there.
    let full = json!({"scope": "store/order/created"});
    assert_eq!(
        call(&sandbox, "PUT", &format!("/v3/hooks/{id}"), &full).0,
        422
    );
    let emails = json!({"emails": ["a@example.com"]});
    assert_eq!(call(&sandbox, "PUT", "/v3/hooks/admin", &emails).0, 204);
    assert_eq!(
        call(
            &sandbox,
            "PUT",
            "/v3/hooks/admin",
            &json!({"emails": ["a"]})
        )
        .0,
        422
    );
    let (_, admin) = call(&sandbox, "GET", "/v3/hooks/admin", &Value::Null);
    assert_eq!(admin["data"]["emails"], emails["emails"]);
}

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

#[test]
fn rows_that_are_made_stay_unmade_without_hooks_and_fire_with_them() {
    let receiver = Receiver::start();
    let sandbox = Sandbox::start(SandboxOptions::sample("large:50")).unwrap();
    let id = sandbox.edit(|store| store.table("products").keys().next_back().unwrap().number());
    sandbox.edit(|store| store.edit("products", id, |row| row["name"] = json!("Before")));
    assert_eq!(sandbox.deliveries(), Deliveries::default());
    hook(&sandbox, "store/product/*", &receiver.url);
    sandbox.edit(|store| {
        store.edit("products", id - 1, |row| row["name"] = json!("After"));
    });
    assert!(sandbox.settle(SOON));
    assert_eq!(
        receiver.take()[0].json()["data"],
        json!({"type": "product", "id": id - 1})
    );
    assert_eq!(
        sandbox.edit(|store| store.table("products").kept().count()),
        2
    );
}

#[test]
fn every_way_of_changing_fires_alike_and_is_signed() {
    let receiver = Receiver::start();
    let sandbox = demo();
    let body = json!({
        "scope": "store/product/*",
        "destination": receiver.url,
        "headers": {"x-key": "mine"},
    });
    assert_eq!(call(&sandbox, "POST", "/v3/hooks", &body).0, 200);
    hook(&sandbox, "store/product/updated", &receiver.url);
    let id = sandbox.edit(|store| store.table("products").keys().next().unwrap().number());
    let path = format!("/v3/catalog/products/{id}");
    assert_eq!(
        call(&sandbox, "PUT", &path, &json!({"name": "By the API"})).0,
        200
    );
    sandbox.edit(|store| store.edit("products", id, |row| row["name"] = json!("By edit")));
    sandbox.edit_at(crate::sandbox::When::From(1), move |store| {
        store.edit("products", id, |row| row["name"] = json!("By edit_at"));
    });
    assert_eq!(call(&sandbox, "GET", &path, &Value::Null).0, 200);
    let edit = json!([{"table": "products", "key": id, "merge": {"name": "By admin"}}]);
    assert_eq!(call(&sandbox, "POST", "/__admin/edit", &edit).0, 200);
    assert!(sandbox.settle(SOON));
    let got = receiver.take();
    // Two hooks, each with ids of its own.
    assert_eq!(got.len(), 8);
    let mut ids: Vec<String> = got.iter().map(Got::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 8);
    assert_eq!(
        got.iter()
            .filter(|got| got.headers.contains_key("x-key"))
            .count(),
        4
    );
    for got in &got {
        let body = got.json();
        assert_eq!(body["scope"], "store/product/updated");
        assert_eq!(body["producer"], "stores/sandbox");
        assert_eq!(body["data"], json!({"type": "product", "id": id}));
        assert!(body["store_id"].as_str().unwrap().parse::<u64>().is_ok());
        assert!(body["created_at"].is_i64());
        let digest = hex(&Sha1::digest(format!(r#"{{"type":"product","id":{id}}}"#)));
        assert_eq!(body["hash"], digest);
        let signed = [
            got.headers["webhook-id"].as_bytes(),
            got.headers["webhook-timestamp"].as_bytes(),
            &got.body,
        ]
        .join(&b"."[..]);
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"sandbox-secret").unwrap();
        mac.update(&signed);
        let engine = base64::engine::general_purpose::STANDARD;
        let wanted = format!("v1,{}", engine.encode(mac.finalize().into_bytes()));
        assert_eq!(got.headers["webhook-signature"], wanted);
    }
    assert_eq!(
        call(&sandbox, "GET", "/__admin/deliveries", &Value::Null).1["delivered"],
        8
    );
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let receiver = Receiver::start();
    let sandbox = Sandbox::start(SandboxOptions {
        client_secret: None,
        ..SandboxOptions::default()
    })
    .unwrap();
    hook(&sandbox, "store/channel/updated", &receiver.url);
    sandbox.edit(|store| store.edit("channels", 1, |row| row["name"] = json!("Another")));
    assert!(sandbox.settle(SOON));
    let got = receiver.take();
    assert_eq!(got.len(), 1);
    assert!(
        !got[0]
            .headers
            .keys()
            .any(|name| name.starts_with("webhook-"))
    );
}

#[test]
fn a_hook_whose_last_retry_fails_is_deactivated_and_can_be_put_back() {
    let receiver = Receiver::start();
    receiver.status.store(500, Ordering::SeqCst);
    let sandbox = Sandbox::start(SandboxOptions {
        hook_timing: HookTiming {
            scale: 1e-9,
            ..HookTiming::default()
        },
        ..SandboxOptions::default()
    })
    .unwrap();
    let id = hook(&sandbox, "store/channel/*", &receiver.url);
    let rename = |name: &str| {
        sandbox.edit(|store| store.edit("channels", 1, |row| row["name"] = json!(name)));
        assert!(sandbox.settle(SOON));
    };
    rename("One");
    let got = receiver.take();
    assert_eq!(got.len(), 1 + RETRIES_S.len());
    assert!(got.iter().all(|other| other.id() == got[0].id()));
    let counts = sandbox.deliveries();
    assert_eq!((counts.fired, counts.failed, counts.lost), (1, 12, 1));
    let (_, admin) = call(&sandbox, "GET", "/v3/hooks/admin", &Value::Null);
    assert_eq!(admin["data"]["hooks_list"][0]["status"], "deactivated");
    receiver.status.store(204, Ordering::SeqCst);
    rename("Lost");
    assert!(receiver.take().is_empty());
    let on = json!({"is_active": true});
    let (_, hook) = call(&sandbox, "PUT", &format!("/v3/hooks/{id}"), &on);
    assert_eq!(hook["data"]["is_active"], true);
    rename("Back");
    assert_eq!(receiver.scopes(), ["store/channel/updated"]);
}

#[test]
fn what_is_held_comes_when_it_is_let_go_and_again_when_replayed() {
    let receiver = Receiver::start();
    let sandbox = demo();
    hook(&sandbox, "store/channel/updated", &receiver.url);
    let hold = json!({"hold": true, "shuffle": true, "seed": 3});
    assert_eq!(call(&sandbox, "POST", "/__admin/delivery", &hold).0, 200);
    for place in 0..50 {
        sandbox.edit(|store| store.edit("channels", 1, |row| row["name"] = json!(place)));
    }
    assert_eq!(sandbox.deliveries().waiting, 50);
    assert!(!sandbox.settle(Duration::ZERO));
    assert!(receiver.got().is_empty());
    sandbox.set_delivery(Delivery {
        shuffle: true,
        seed: 3,
        ..Delivery::default()
    });
    assert!(sandbox.settle(SOON));
    let ids: Vec<String> = receiver.take().iter().map(Got::id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(ids.len(), 50);
    assert_ne!(ids, sorted);
    assert_eq!(
        call(&sandbox, "POST", "/__admin/replay", &json!({"last": 7})).1["replayed"],
        7
    );
    assert!(sandbox.settle(SOON));
    let again = receiver.take();
    assert_eq!(again.len(), 7);
    assert!(again.iter().all(|got| sorted.contains(&got.id())));
    assert_eq!(sandbox.deliveries().repeated, 7);
}

fn message(place: u64) -> Message {
    Message {
        hook: Arc::new(Hook {
            id: 1,
            scope: "store/order/created".to_owned(),
            destination: "https://a.example/".to_owned(),
            domain: "a.example".to_owned(),
            headers: Vec::new(),
        }),
        body: place.to_string().into(),
    }
}

fn queue(trouble: Delivery, now: Instant) -> Queue {
    let mut queue = Queue::new(HookTiming::default(), 0);
    queue.set_hooks(vec![message(0).hook]);
    queue.set_trouble(trouble, now);
    queue
}

/// Which of a thousand messages come, and how often, in ten minutes.
fn fates(seed: u64) -> BTreeMap<String, usize> {
    let now = Instant::now();
    let trouble = Delivery {
        repeat: 0.25,
        drop: 0.25,
        delay_ms_max: 500,
        seed,
        ..Delivery::default()
    };
    let mut queue = queue(trouble, now);
    for place in 0..1_000 {
        queue.post(message(place), now);
    }
    let later = now + Duration::from_secs(600);
    let mut came: BTreeMap<String, usize> = BTreeMap::new();
    while let Step::Send(job) = queue.next(later) {
        *came.entry(job.id.clone()).or_default() += 1;
        queue.finish(*job, true, later);
        if queue.is_idle() {
            break;
        }
    }
    let later = later + Duration::from_secs(1);
    while let Step::Send(job) = queue.next(later) {
        *came.entry(job.id.clone()).or_default() += 1;
        queue.finish(*job, true, later);
    }
    let counts = queue.counts();
    assert_eq!(counts.waiting, 0);
    assert_eq!(counts.delivered + counts.dropped, 1_000);
    assert_eq!(counts.delivered, came.len() as u64);
    assert!((150..350).contains(&counts.dropped), "{counts:?}");
    assert!((130..260).contains(&counts.repeated), "{counts:?}");
    came
}

#[test]
fn chance_is_the_same_with_the_same_seed() {
    assert_eq!(fates(7), fates(7));
    assert_ne!(fates(7), fates(8));
}

#[test]
fn retries_come_when_the_schedule_says() {
    let start = Instant::now();
    let mut queue = queue(Delivery::default(), start);
    queue.post(message(0), start);
    let mut now = start;
    for wait in RETRIES_S {
        let Step::Send(job) = queue.next(now) else {
            panic!("nothing is due")
        };
        assert!(!job.is_last());
        queue.finish(*job, false, now);
        now += Duration::from_secs(wait);
        let Step::Wait(Some(due)) = queue.next(now - Duration::from_millis(1)) else {
            panic!("it comes too early")
        };
        assert_eq!(due, now);
    }
    assert_eq!(now - start, Duration::from_secs(173_040));
    let Step::Send(job) = queue.next(now) else {
        panic!("nothing is due")
    };
    assert!(job.is_last());
    queue.finish(*job, false, now);
    assert_eq!(queue.counts().lost, 1);
}

#[test]
fn a_domain_that_fails_is_blocked_for_three_minutes() {
    let now = Instant::now();
    let mut queue = queue(Delivery::default(), now);
    for place in 0..100 {
        queue.post(message(place), now);
        let Step::Send(job) = queue.next(now) else {
            panic!("nothing is due")
        };
        assert!(queue.blocked(now).is_empty(), "after {place}");
        // 89 of a hundred succeed.
        queue.finish(*job, place % 9 != 0 || place == 99, now);
    }
    assert_eq!(queue.blocked(now).len(), 1);
    queue.post(message(100), now);
    let free = now + Duration::from_secs(180);
    let Step::Wait(Some(_)) = queue.next(now) else {
        panic!("a blocked domain gets something")
    };
    assert!(queue.blocked(free).is_empty());
    let mut came = Vec::new();
    while let Step::Send(job) = queue.next(free) {
        came.push(job.message.body.clone());
        queue.finish(*job, true, free);
    }
    // With it those that failed before.
    assert!(came.contains(&"100".into()));
    assert_eq!(queue.counts().waiting, 0);
}
