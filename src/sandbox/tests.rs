//! The sandbox over a real socket: what a client sees, faults included. A client of a few lines
//! stands in for the program's own, which must not be trusted to judge its stand-in.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;

/// What came back, as far as it came.
struct Seen {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

fn send(sandbox: &Sandbox, method: &str, path: &str, token: &str, body: &str) -> Option<Seen> {
    send_with(sandbox, method, path, token, body, "")
}

fn send_with(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
    extra: &str,
) -> Option<Seen> {
    let mut stream = TcpStream::connect(("127.0.0.1", sandbox.port())).unwrap();
    let hash = sandbox.hash();
    let length = body.len();
    let token = if token.is_empty() {
        String::new()
    } else {
        format!("X-Auth-Token: {token}\r\n")
    };
    write!(
        stream,
        "{method} /stores/{hash}{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         {token}{extra}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut bytes = Vec::new();
    // A reset may come before or after the first byte: either way there is no answer.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let headers = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    Some(Seen {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    })
}

fn get(sandbox: &Sandbox, path: &str) -> Seen {
    send(sandbox, "GET", path, sandbox.token(), "").unwrap()
}

fn awkward() -> Sandbox {
    Sandbox::start(SandboxOptions::sample("awkward")).unwrap()
}

fn ids(page: &Value) -> Vec<u64> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_u64().unwrap())
        .collect()
}

#[test]
fn who_has_no_token_or_scope_is_told_so_in_the_shape_of_that_generation() {
    let lacking = scopes(&["store_v2_products_read_only"]);
    let sandbox = Sandbox::start(SandboxOptions {
        tokens: vec![
            Token::new("all", "owner", Scopes::All),
            Token::new("some", "partial", Scopes::Without(lacking)),
            Token::new("reader", "reader", Scopes::ReadOnly),
        ],
        ..SandboxOptions::sample("demo")
    })
    .unwrap();
    let status = |path: &str, token: &str| send(&sandbox, "GET", path, token, "").unwrap();
    assert_eq!(status("/v3/catalog/brands", "").status, 401);
    assert_eq!(status("/v2/store", "nobody").json()[0]["status"], 401);
    let refused = status("/v3/catalog/brands", "some");
    assert_eq!(refused.status, 403);
    let title = "You don't have a required scope to access the endpoint";
    assert_eq!(refused.json()["title"], title);
    assert_eq!(status("/v2/store", "some").status, 200);
    let written = send(&sandbox, "DELETE", "/v3/catalog/brands/35", "reader", "").unwrap();
    assert_eq!(written.status, 403);
    let tokens: Vec<String> = sandbox.log().into_iter().map(|entry| entry.token).collect();
    assert_eq!(tokens, ["none", "wrong", "partial", "partial", "reader"]);
}

#[test]
fn a_keyset_walk_meets_every_product_once_and_pages_say_what_they_hold() {
    let sandbox = awkward();
    let mut met = Vec::new();
    loop {
        let last = met.last().copied().unwrap_or(0);
        let path = format!("/v3/catalog/products?sort=id&direction=asc&limit=9&id:greater={last}");
        let page = get(&sandbox, &path).json();
        let rows = ids(&page);
        assert_eq!(page["meta"]["pagination"]["count"], rows.len());
        if rows.is_empty() {
            break;
        }
        met.extend(rows);
    }
    let all: Vec<u64> =
        sandbox.edit(|store| store.table("products").keys().map(Key::number).collect());
    assert_eq!(met, all);
    assert_eq!(met.last(), Some(&9_007_199_254_740_993));
}

#[test]
fn numbers_keep_their_digits() {
    let sandbox = awkward();
    let body = get(&sandbox, "/v3/catalog/products/201").body;
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains("\"price\":19.9900,"), "{text}");
}

#[test]
fn options_or_modifiers_cut_a_page_of_products_to_ten() {
    let sandbox = awkward();
    for include in ["options", "images,modifiers"] {
        let path = format!("/v3/catalog/products?limit=250&include={include}");
        let page = get(&sandbox, &path).json();
        assert_eq!(ids(&page).len(), 10);
        assert_eq!(page["meta"]["pagination"]["per_page"], 10);
    }
    let page = get(&sandbox, "/v3/catalog/products?limit=250&include=images").json();
    assert!(ids(&page).len() > 40);
    assert!(
        page["data"][0].get("variants").is_none(),
        "only what was asked for"
    );
}

#[test]
fn what_is_not_documented_is_refused() {
    let sandbox = awkward();
    for (path, status) in [
        ("/v3/catalog/products?limit=251", 413),
        ("/v3/catalog/products?sort=popularity", 422),
        ("/v3/catalog/products?updated_since=1", 400),
        ("/v3/catalog/products?include=everything", 422),
        ("/v3/catalog/products/", 404),
        ("/v3/catalog/products/999999", 404),
        ("/v3/catalog/trees/categories?sort=id", 400),
        ("/v3/content/pages?date_modified:min=2026-01-01", 400),
        ("/v3/storefront/redirects/3", 404),
        ("/v3/nothing", 404),
    ] {
        assert_eq!(get(&sandbox, path).status, status, "{path}");
    }
    let title = get(&sandbox, "/v3/catalog/products?limit=999").json()["title"].clone();
    assert!(
        title.as_str().unwrap().contains("250"),
        "{title} names the allowed number"
    );
    let posted = send(
        &sandbox,
        "POST",
        "/v3/storefront/redirects",
        sandbox.token(),
        "[]",
    )
    .unwrap();
    assert_eq!(posted.status, 405);
}

#[test]
fn cursors_walk_metafields_to_their_end() {
    let sandbox = awkward();
    let (mut met, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(
            &sandbox,
            &format!("/v3/catalog/products/metafields?limit=2{after}"),
        )
        .json();
        met.extend(ids(&page));
        let cursors = &page["meta"]["cursor_pagination"];
        if cursors["links"].get("next").is_none() {
            break;
        }
        after = format!("&after={}", cursors["end_cursor"].as_str().unwrap());
    }
    assert_eq!(met, [1, 2, 7, 8, 9]);
    let paged = get(&sandbox, "/v3/catalog/products/metafields?page=1").json();
    assert!(
        paged["meta"].get("cursor_pagination").is_none(),
        "a page gets no cursors"
    );
}

#[test]
fn a_deleted_brand_and_category_leave_the_products_that_had_them() {
    let sandbox = Sandbox::start(SandboxOptions::sample("demo")).unwrap();
    let token = sandbox.token();
    let gone = send(&sandbox, "DELETE", "/v3/catalog/brands/36", token, "").unwrap();
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    let path = "/v3/catalog/trees/categories?category_id:in=18";
    assert_eq!(
        send(&sandbox, "DELETE", path, token, "").unwrap().status,
        202
    );
    assert_eq!(
        send(
            &sandbox,
            "DELETE",
            "/v3/catalog/trees/categories",
            token,
            ""
        )
        .unwrap()
        .status,
        422
    );
    let product = get(&sandbox, "/v3/catalog/products/101").json();
    assert_eq!(product["data"]["brand_id"], 0);
    // Its own category was below the one that went, and went with it.
    assert_eq!(product["data"]["categories"], json!([]));
    assert_eq!(get(&sandbox, "/v3/catalog/brands/36").status, 404);
}

#[test]
fn a_price_change_moves_what_is_derived_from_it() {
    let sandbox = Sandbox::start(SandboxOptions::sample("demo")).unwrap();
    let before = get(&sandbox, "/v3/catalog/products/104").json();
    let body = r#"{"price": 24.9900}"#;
    let put = send(
        &sandbox,
        "PUT",
        "/v3/catalog/products/104",
        sandbox.token(),
        body,
    )
    .unwrap();
    assert_eq!(put.status, 200);
    let after = get(&sandbox, "/v3/catalog/products/104?include=variants").json();
    let product = &after["data"];
    for price in [&product["price"], &product["calculated_price"]] {
        assert_eq!(price.to_string(), "24.9900");
    }
    assert_eq!(
        product["variants"][0]["calculated_price"].to_string(),
        "24.9900"
    );
    assert_ne!(product["date_modified"], before["data"]["date_modified"]);
    for (body, status) in [
        (r#"{"id": 5}"#, 422),
        (r#"{"price": "dear"}"#, 422),
        (r#"{"brand_id": 999}"#, 409),
        ("{", 400),
    ] {
        let put = send(
            &sandbox,
            "PUT",
            "/v3/catalog/products/104",
            sandbox.token(),
            body,
        )
        .unwrap();
        assert_eq!(put.status, status, "{body}");
    }
}

#[test]
fn the_quota_is_told_and_kept() {
    let quota = Quota {
        requests: 3,
        window: Duration::from_secs(60),
    };
    let sandbox = Sandbox::start(SandboxOptions {
        quota: Some(quota),
        ..SandboxOptions::default()
    })
    .unwrap();
    for left in ["2", "1", "0"] {
        let seen = get(&sandbox, "/v2/time");
        assert_eq!(seen.status, 200);
        assert_eq!(seen.header("X-Rate-Limit-Requests-Left"), Some(left));
        assert_eq!(seen.header("X-Rate-Limit-Requests-Quota"), Some("3"));
        assert_eq!(seen.header("X-Rate-Limit-Time-Window-Ms"), Some("60000"));
    }
    let refused = get(&sandbox, "/v2/time");
    assert_eq!(refused.status, 429);
    assert!(refused.header("X-Rate-Limit-Time-Reset-Ms").is_some());
    assert!(refused.header("X-Retry-After").is_some());
    assert_eq!(sandbox.overspent(), 1);
}

#[test]
fn answers_are_compressed_for_those_who_ask() {
    let sandbox = awkward();
    let path = "/v3/catalog/products/201";
    let accept = "Accept-Encoding: gzip\r\n";
    let packed = send_with(&sandbox, "GET", path, sandbox.token(), "", accept).unwrap();
    assert_eq!(packed.header("Content-Encoding"), Some("gzip"));
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice())
        .read_to_end(&mut text)
        .unwrap();
    assert_eq!(text, get(&sandbox, path).body);
}

/// Every fault at the second request; the first and third are as ever.
#[test]
fn each_fault_strikes_where_it_is_scripted_and_nowhere_else() {
    let path = "/v3/catalog/brands?limit=250";
    let sandbox = Sandbox::start(SandboxOptions::sample("demo")).unwrap();
    let whole = get(&sandbox, path).body;
    let strike = |what: What| {
        sandbox.set_faults(vec![Fault::at(2, what.clone())]);
        assert_eq!(get(&sandbox, path).body, whole);
        let seen = send(&sandbox, "GET", path, sandbox.token(), "");
        assert!(sandbox.unreached_faults().is_empty());
        if what != What::Repeat {
            assert_eq!(get(&sandbox, path).body, whole, "after {what:?}");
        }
        seen
    };
    let seen = strike(What::TooMany).unwrap();
    assert_eq!(
        (seen.status, seen.header("X-Rate-Limit-Requests-Left")),
        (429, Some("0"))
    );
    let seen = strike(What::BareTooMany).unwrap();
    assert_eq!(
        (seen.status, seen.header("X-Rate-Limit-Requests-Left")),
        (429, None)
    );
    assert_eq!(strike(What::Status(503)).unwrap().status, 503);
    let seen = strike(What::HtmlBadGateway).unwrap();
    assert!(seen.status == 502 && seen.body.starts_with(b"<html>"));
    let seen = strike(What::CutBody).unwrap();
    let promised: usize = seen.header("Content-Length").unwrap().parse().unwrap();
    assert!(seen.status == 200 && promised == whole.len() && seen.body.len() < promised);
    assert!(strike(What::Reset).is_none());
    let seen = strike(What::WrongJson).unwrap();
    assert!(seen.status == 200 && serde_json::from_slice::<Value>(&seen.body).is_err());
    assert_eq!(
        strike(What::OddJson).unwrap().json(),
        json!({"unexpected": true})
    );
    let seen = strike(What::Shrink(3)).unwrap().json();
    assert_eq!(
        (ids(&seen).len(), &seen["meta"]["pagination"]["total"]),
        (5, &json!(5))
    );
    let seen = strike(What::Miscount(3)).unwrap().json();
    assert_eq!(
        (ids(&seen).len(), &seen["meta"]["pagination"]["count"]),
        (5, &json!(8))
    );
    assert_eq!(ids(&strike(What::Shift(2)).unwrap().json()).len(), 6);
    let start = Instant::now();
    assert_eq!(strike(What::Delay(40)).unwrap().body, whole);
    assert!(start.elapsed() >= Duration::from_millis(40));
}

#[test]
fn a_repeated_page_comes_for_ever() {
    let sandbox = Sandbox::start(SandboxOptions::sample("demo")).unwrap();
    sandbox.set_faults(vec![Fault::on("/v3/catalog/brands", 2, What::Repeat)]);
    let page = |number: u64| {
        let path = format!("/v3/catalog/brands?limit=2&page={number}");
        ids(&get(&sandbox, &path).json())
    };
    let first = page(1);
    assert_eq!(
        [page(2), page(3), page(4)],
        [first.clone(), first.clone(), first]
    );
}

#[test]
fn an_edit_falls_between_two_pages() {
    let sandbox = Sandbox::start(SandboxOptions::sample("demo")).unwrap();
    sandbox.edit_at(When::Request(2), |store| {
        store.table_mut("brands").remove(&Key::Number(35));
    });
    let total = || {
        get(&sandbox, "/v3/catalog/brands?limit=2").json()["meta"]["pagination"]["total"].clone()
    };
    assert_eq!([total(), total(), total()], [json!(8), json!(7), json!(7)]);
}

#[test]
fn a_large_store_is_the_same_however_often_it_is_read() {
    let sandbox = Sandbox::start(SandboxOptions::sample("large:500")).unwrap();
    let path = "/v3/catalog/products?sort=id&limit=250&id:greater=400&include=images,variants";
    let first = get(&sandbox, path);
    assert_eq!(ids(&first.json()), (401..=600).collect::<Vec<u64>>());
    assert_eq!(get(&sandbox, path).body, first.body);
    let size = first.body.len() / 200;
    assert!((6_000..10_000).contains(&size), "{size} bytes a product");
}

#[test]
fn every_sample_points_only_to_what_it_has() {
    for name in ["demo", "awkward", "large:300"] {
        let sandbox = Sandbox::start(SandboxOptions::sample(name)).unwrap();
        sandbox.edit(|store| {
            for (_, product) in store.table("products").iter() {
                let brand = Key::of(&product["brand_id"]).unwrap();
                assert!(
                    brand == Key::Number(0) || store.table("brands").contains(&brand),
                    "{name}: {} of {}",
                    product["brand_id"],
                    product["id"]
                );
                for category in product["categories"].as_array().unwrap() {
                    let category = Key::of(category).unwrap();
                    assert!(
                        store.table("categories").contains(&category),
                        "{name}: {category}"
                    );
                }
                for channel in product["channels"].as_array().unwrap() {
                    assert!(store.table("channels").contains(&Key::of(channel).unwrap()));
                }
            }
            assert_eq!(store.table("email_templates").len(), 12);
        });
    }
    assert!(Sandbox::start(SandboxOptions::sample("nonsense")).is_err());
}

#[tokio::test]
async fn a_sandbox_can_be_started_and_dropped_inside_a_runtime() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let port = sandbox.port();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    drop(sandbox);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}
