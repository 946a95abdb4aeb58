//! What may be written and removed, what is sent twice, and what stays in doubt.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::server::{Server, Wire, http};
use super::*;

const OK: &str = r#"{"data":{"id":7},"meta":{}}"#;
const UUID: &str = "3f0c6e1a-58f4-4b52-9c3e-0a1b2c3d4e5f";

fn post(path: &str) -> Write {
    Write::new(Method::Post, v3(path), json!({"name": "x"}))
}

fn put(path: &str) -> Write {
    Write::new(Method::Put, v3(path), json!({"name": "x"}))
}

fn removal() -> Removal {
    Removal::one(ApiVersion::V2, "/coupons/5").unwrap()
}

/// Fails with `step` once, then answers well.
fn failing(step: fn() -> Step) -> Fake {
    Fake::new(move |n, _| if n == 1 { step() } else { answer(201, OK) })
}

/// Failures after which the store may have done it, all of them temporary.
const DOUBTS: &[fn() -> Step] = &[
    || Step::Lost(Lost::CutOff),
    || Step::Lost(Lost::TimedOut),
    || Step::Lost(Lost::Garbled),
    || answer(500, ""),
    || answer(502, "<html>bad gateway</html>"),
    || answer(503, ""),
    || answer(504, ""),
    || answer(404, "<html>not found</html>"),
    || answer(200, r#"{"data":{"id":7"#),
    || answer(200, "<html>please log in</html>"),
];

/// Failures after which it was certainly not done, all of them temporary.
const UNDONE: &[fn() -> Step] = &[
    || answer(429, ""),
    || Step::Lost(Lost::Unreachable),
    || Step::Lost(Lost::NoSuchHost),
];

#[tokio::test(start_paused = true)]
async fn a_post_whose_answer_was_lost_is_not_sent_again_and_is_in_doubt() {
    for (at, step) in DOUBTS.iter().enumerate() {
        let fake = failing(*step);
        let error = fake.client().send(&post("/x")).await.unwrap_err();
        assert!(error.is_in_doubt(), "step {at}: {error}");
        assert_eq!((fake.asked().len(), error.tries()), (1, 1), "step {at}");
        assert_eq!(error.method(), "POST");
        assert!(error.to_string().starts_with("POST /v3/x: "), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_that_was_not_done_is_sent_again() {
    for (at, step) in UNDONE.iter().enumerate() {
        let fake = failing(*step);
        let answer = fake.client().send(&post("/x")).await;
        let answer = answer.unwrap_or_else(|why| panic!("step {at}: {why}"));
        assert_eq!(answer.status, 201);
        let sent = ("POST", Some(r#"{"name":"x"}"#.to_owned()));
        assert_eq!(fake.sent(), [sent.clone(), sent], "step {at}");
    }
    let fake = Fake::new(|_, _| answer(429, ""));
    let error = fake.client().send(&post("/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(!error.is_in_doubt() && error.tries() > 1);
}

#[tokio::test(start_paused = true)]
async fn a_put_and_a_removal_are_sent_again_whatever_may_pass() {
    for (at, step) in DOUBTS.iter().chain(UNDONE).enumerate() {
        let fake = failing(*step);
        let answer = fake.client().send(&put("/x/7")).await;
        assert!(answer.is_ok(), "step {at}: {answer:?}");
        let methods: Vec<_> = fake.sent().into_iter().map(|sent| sent.0).collect();
        assert_eq!(methods, ["PUT", "PUT"], "step {at}");

        let fake = failing(*step);
        let answer = fake.client().remove(&removal()).await;
        assert!(answer.is_ok(), "step {at}: {answer:?}");
        assert_eq!(
            fake.sent(),
            [("DELETE", None), ("DELETE", None)],
            "step {at}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn doubt_is_not_forgotten_over_later_attempts() {
    let script = |n, _: &Url| match n {
        1 => Step::Lost(Lost::CutOff),
        _ => answer(401, ""),
    };
    let fake = Fake::new(script);
    let error = fake.client().send(&put("/x/7")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.is_in_doubt());
    assert_eq!((error.method(), error.tries()), ("PUT", 2));
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_not_in_doubt_and_nothing_read_ever_is() {
    for status in [301, 400, 401, 403, 404, 405, 409, 413, 422, 501, 507] {
        let fake = Fake::new(move |_, _| answer(status, ""));
        let error = fake.client().send(&post("/x")).await.unwrap_err();
        assert!(!error.is_in_doubt(), "{status}");
        assert_eq!(fake.asked().len(), 1, "{status}");
    }
    for step in DOUBTS {
        let fake = Fake::new(|_, _| step());
        let error = fake.client().get(&v3("/x")).await.unwrap_err();
        assert!(!error.is_in_doubt(), "{error}");
        assert_eq!(error.method(), "GET");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_be_empty_and_a_removal_may_find_nothing() {
    for (status, body) in [(204, ""), (200, ""), (200, " \n"), (207, OK)] {
        let fake = Fake::new(move |_, _| answer(status, body));
        let client = fake.client();
        let sent = client.send(&put("/x/7")).await.unwrap();
        assert_eq!((sent.status, &sent.body[..]), (status, body.as_bytes()));
        let gone = client.remove(&removal()).await.unwrap();
        assert_eq!(gone.status, status);
    }
    let body = r#"{"status":404,"title":"none"}"#;
    let fake = Fake::new(move |_, _| answer(404, body));
    let gone = fake.client().remove(&removal()).await.unwrap();
    assert_eq!((gone.status, &gone.body[..]), (404, body.as_bytes()));
    let fake = Fake::new(|_, _| answer(422, ""));
    let error = fake.client().remove(&removal()).await.unwrap_err();
    assert_eq!(error.to_string(), "DELETE /v2/coupons/5: 422 invalid values");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_what_was_made_is_in_doubt() {
    let fake = Fake::new(|_, _| answer(201, r#"{"meta":{}}"#));
    let send = post("/x");
    let answer = fake.client().send(&send).await.unwrap();
    let error = answer.document(&send.call).unwrap_err();
    assert!(error.is_in_doubt());
    assert_eq!(error.method(), "POST");
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_refusal_is_kept_and_never_shown() {
    let body = format!(r#"{{"title":"Bad","errors":{{}},"x":"quiet {TOKEN}"}}"#);
    let kept = body.replace(TOKEN, "[token]");
    let fake = Fake::new(move |_, _| answer(422, body.clone()));
    let error = fake.client().send(&post("/x")).await.unwrap_err();
    assert_eq!(error.body(), Some(kept.as_str()));
    assert!(!format!("{error} {error:?}").contains("quiet"));

    // The token lies across the cut.
    let long = format!("{}{TOKEN}{}", "a".repeat(64 * 1024 - 9), "ä".repeat(9));
    let fake = Fake::new(move |_, _| answer(400, long.clone()));
    let error = fake.client().send(&post("/x")).await.unwrap_err();
    let body = error.body().unwrap();
    assert!(body.len() <= 64 * 1024 && body.ends_with("a[token]"));
    let fake = Fake::new(|_, _| answer(501, "x"));
    let error = fake.client().send(&post("/x")).await.unwrap_err();
    assert_eq!(error.body(), None);
}

#[tokio::test(start_paused = true)]
async fn a_write_under_way_is_waited_for_a_little_when_stopped() {
    let fake = Fake::new(|_, _| Step::Hang);
    let cancel = CancellationToken::new();
    let client = fake.client().with_cancel(cancel.clone());
    let stopped = client.clone();
    let task = tokio::spawn(async move { client.send(&put("/x/7")).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    cancel.cancel();
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.is_in_doubt() && error.method() == "PUT");
    assert!(began.elapsed() < Duration::from_secs(6));
    // What was never sent is in no doubt.
    let error = stopped.send(&post("/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(!error.is_in_doubt());
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn digits_and_order_go_out_as_they_are() {
    let server = Server::start(|_| Wire::Write(http("204 No Content", &[], b""))).await;
    let client = Client::new(options(&server.origin())).unwrap();
    let text = r#"{"z":19.9900,"a":9007199254740993123,"e":1E+2}"#;
    let body = serde_json::from_str(text).unwrap();
    let call = v3("/x/7").with("include", "y");
    client
        .send(&Write::new(Method::Put, call, body))
        .await
        .unwrap();
    let request = &server.requests()[0];
    let first = "put /stores/abc123/v3/x/7?include=y http/1.1\r\n";
    assert!(request.starts_with(first), "{request}");
    assert!(request.contains("content-type: application/json\r\n"));
    assert!(request.contains(&format!("content-length: {}\r\n", text.len())));
    let body = request.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(body, text.to_lowercase().replace("1e2", "1e+2"));
}

#[tokio::test]
async fn a_removal_goes_out_with_what_it_names() {
    let server = Server::start(|_| Wire::Write(http("204 No Content", &[], b""))).await;
    let client = Client::new(options(&server.origin())).unwrap();
    client.remove(&removal()).await.unwrap();
    let ids = ["7".to_owned(), UUID.to_owned()];
    let some = Removal::some(ApiVersion::V3, "/segments", "id:in", &ids).unwrap();
    client.remove(&some).await.unwrap();
    let requests = server.requests();
    assert!(requests[0].starts_with("delete /stores/abc123/v2/coupons/5 http/1.1\r\n"));
    let line = format!("delete /stores/abc123/v3/segments?id:in=7,{UUID} http/1.1\r\n");
    assert!(requests[1].starts_with(&line), "{}", requests[1]);
}

#[tokio::test]
async fn a_post_over_a_broken_connection_is_sent_once() {
    let server = Server::start(|_| Wire::WriteAndReset(Vec::new())).await;
    let client = Client::new(options(&server.origin())).unwrap();
    let error = client.send(&post("/x")).await.unwrap_err();
    assert!(error.is_in_doubt(), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_removal_names_what_goes_or_cannot_be_made() {
    let one = |path: &str| Removal::one(ApiVersion::V2, path);
    let uuid = format!("/segments/{UUID}");
    for path in ["/orders/5", "/orders/5/shipments/9", uuid.as_str()] {
        assert!(one(path).is_ok(), "{path}");
    }
    for path in [
        "/orders",
        "/coupons",
        "/orders/5/shipments",
        "/orders/",
        "/orders/5/",
        "/orders/all",
        "/orders/0",
        "/orders/-5",
        "/orders/5a",
        "/orders/5,6",
        "/orders/٥",
        "/orders?id=5",
        "/orders/5?x=6",
        "/orders/../5",
        "/orders/3f0c6e1a-58f4-4b52-9c3e",
        "/orders/3f0c6e1a-58f4-4b52-9c3e-0a1b2c3d4e5g",
        "/5",
        "5",
        "/",
        "",
    ] {
        let refused = one(path).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused, "{path}");
        assert_eq!(refused.method(), "DELETE");
    }
}

#[test]
fn a_removal_of_some_lists_ids_or_cannot_be_made() {
    let some = |path: &str, param: &str, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        Removal::some(ApiVersion::V3, path, param, &ids)
    };
    assert!(some("/customers", "id:in", &["1", "2"]).is_ok());
    assert!(some("/catalog/trees/categories", "category_id:in", &["1"]).is_ok());
    type Case = (&'static str, &'static str, &'static [&'static str]);
    let cases: &[Case] = &[
        ("/customers", "id:in", &[]),
        ("/customers", "id:in", &[""]),
        ("/customers", "id:in", &["1", ""]),
        ("/customers", "id:in", &["1,2"]),
        ("/customers", "id:in", &["*"]),
        ("/customers", "id:in", &["0"]),
        ("/customers", "", &["1"]),
        ("/customers", "id", &["1"]),
        ("/customers", "name:in", &["1"]),
        ("/customers", "paid:in", &["1"]),
        ("/customers", "id:not_in", &["1"]),
        ("/customers", "x&id:in", &["1"]),
        ("/customers/5", "id:in", &["1"]),
        ("/customers?id:in=2", "id:in", &["1"]),
        ("", "id:in", &["1"]),
    ];
    for (path, param, ids) in cases {
        let refused = some(path, param, ids);
        let refused = refused.expect_err(&format!("{path} {param} {ids:?}"));
        assert_eq!(refused.kind(), ErrorKind::Refused);
    }
    let ids = ["1".to_owned()];
    assert!(Removal::some(ApiVersion::V2, "/coupons", "id:in", &ids).is_err());
}

#[tokio::test]
async fn what_moves_money_or_goods_is_never_posted() {
    let fake = Fake::new(|_, _| answer(200, OK));
    let client = fake.client();
    for path in [
        "/orders/5/payment_actions/capture",
        "/orders/5/payment_actions/refunds",
        "/promotions/5/codegen",
        "/orders/5/shipments",
        "/orders/5/Shipments",
        "/orders/5/refunds",
        "/orders/../x",
        "/x?y=1",
    ] {
        let refused = client.send(&post(path)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused, "{path}");
        assert_eq!(refused.method(), "POST", "{path}");
        assert!(!refused.is_in_doubt());
    }
    assert_eq!(fake.asked().len(), 0);
    assert!(client.send(&put("/orders/5/shipments/6")).await.is_ok());
}

/// All of our sources with their paths below `src`, tests and the sandbox's server left out.
fn sources(folder: &Path, out: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if name != "tests" && name != "sandbox" {
                sources(&path, out);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&path).unwrap();
            // A file's own tests stand at its end.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            out.push((path, code.to_owned()));
        }
    }
}

#[test]
fn nothing_reaches_the_store_around_this_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    sources(&root, &mut all);
    let holders = |word: &str, skip_sql: bool| -> Vec<String> {
        let holds = |text: &str| {
            text.lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| line.contains(word) && !(skip_sql && line.contains("DELETE FROM ")))
        };
        let mut files: Vec<String> = all
            .iter()
            .filter(|(_, text)| holds(text))
            .map(|(path, _)| path.strip_prefix(&root).unwrap().display().to_string())
            .collect();
        files.sort();
        files
    };
    assert!(all.len() > 50, "the sources were not found");
    // The one door.
    assert_eq!(holders("reqwest", false), ["api/transport.rs"]);
    assert_eq!(holders("Method::DELETE", false), ["api/transport.rs"]);
    assert_eq!(holders("\"DELETE", true), ["api/transport.rs"]);
    // The one way to have it opened for a removal.
    assert_eq!(holders("Verb::Delete", false), ["api/removal.rs"]);
    assert_eq!(holders("TcpStream::connect", false), [""; 0]);
    assert_eq!(holders("hyper", false), [""; 0]);
}
