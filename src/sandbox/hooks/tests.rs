//! Hooks over real sockets: how they are managed, and what comes to a receiver.

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
use std::time::Duration;

use super::queue::RETRIES_S;
use super::*;
use crate::sandbox::{Sandbox, SandboxOptions};

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
