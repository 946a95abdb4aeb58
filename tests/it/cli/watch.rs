//! `watch` and `hooks` through the binary: what a service manager, a script and a person see.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use vortex::sandbox::{Delivery, SandboxOptions};
use vortex::vault::Inbox;

use crate::support::{Shop, says};

const LONG: Duration = Duration::from_secs(60);

/// A `vortex watch --json` at work.
struct Service {
    child: Child,
    lines: Receiver<Value>,
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

fn shop() -> (Shop, u16) {
    let mut shop = Shop::with(SandboxOptions::default());
    shop.home.set("VORTEX_CLIENT_SECRET", "sandbox-secret");
    (shop, free_port())
}

fn lines(stdout: ChildStdout) -> Receiver<Value> {
    let (tell, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            if tell.send(value).is_err() {
                break;
            }
        }
    });
    lines
}

impl Service {
    fn start(shop: &Shop, port: u16, more: &[&str]) -> Self {
        let mut command = shop.home.command();
        command
            .args(["watch", "--json", "--sweep", "1h"])
            .args(["--public-url", &format!("http://127.0.0.1:{port}/hooks")])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = lines(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn until(&self, event: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + LONG;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|why| panic!("no {event}: {why}"));
            if line["event"] == event && wanted(&line) {
                return line;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    fn end(&mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        let mut errors = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        (status.code().unwrap_or(-1), errors)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // A test that failed leaves no service behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_service_that_captures_tells_and_leaves_when_it_is_told_to() {
    let (shop, port) = shop();
    let mut service = Service::start(&shop, port, &[]);
    service.until("listening", |_| true);
    let swept = service.until("swept", |_| true);
    assert_eq!((&swept["status"], &swept["run"]), (&json!("ok"), &json!(1)));
    shop.set("products", "101", "price", json!(3));
    let captured = service.until("captured", |line| line["id"] == "101");
    assert_eq!(captured["entity"], "products");
    assert_eq!(
        (&captured["version"], &captured["change"]),
        (&json!(2), &json!("updated"))
    );
    assert!(captured["lag_ms"].as_u64().unwrap() < 5_000, "{captured}");

    // Others have their turn while it runs: no --wait is needed.
    let report = shop.home.json("backup");
    assert_eq!(report["status"], "ok");
    assert!(
        report["entities"]
            .as_array()
            .unwrap()
            .iter()
            .all(|e| e["updated"] == 0)
    );
    let status = shop.home.json("status");
    assert_eq!(status["watch"]["running"], true);
    assert_eq!(status["healthy"], true);
    let runs = shop.home.json("runs");
    let kinds: Vec<&str> = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "sweep").count(),
        2,
        "{kinds:?}"
    );
    // But there is one `watch` a version store.
    let second = [
        "watch",
        "--public-url",
        "http://127.0.0.1:1/x",
        "--listen",
        "127.0.0.1:0",
    ];
    assert_eq!(shop.home.run(second).code, 5);
    // It waits as long as it is told to, and takes over when the first one ends.
    let waits = [&second[..], &["--wait", "1s"]].concat();
    let waited = shop.home.run(waits);
    assert_eq!(waited.code, 5);
    assert!(
        waited.stderr.contains("waiting for it"),
        "{}",
        waited.stderr
    );

    let tested = shop.home.json("hooks test");
    assert_eq!(tested["ok"], true, "{tested}");
    let hooks = shop.home.json("hooks list");
    let hooks = hooks.as_array().unwrap();
    assert!(
        hooks.len() > 20
            && hooks
                .iter()
                .all(|hook| hook["ours"] == true && hook["active"] == true)
    );
    assert!(
        hooks
            .iter()
            .all(|hook| hook["destination"].as_str().unwrap().ends_with("/…"))
    );

    let told = Instant::now();
    service.signal(Signal::TERM);
    let ended = service.until("ended", |_| true);
    assert!(ended["received"].as_u64().unwrap() >= 1, "{ended}");
    let (code, errors) = service.end();
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(told.elapsed() < Duration::from_secs(10));
    // The hooks stay: BigCommerce keeps the events while it is down.
    assert_eq!(
        shop.home.json("hooks list").as_array().unwrap().len(),
        hooks.len()
    );
    let outcome = shop.home.run(["hooks", "test"]);
    assert_eq!(outcome.code, 6, "{outcome:?}");
}

#[test]
fn whatever_was_acknowledged_before_a_kill_is_worked_off_after_it() {
    let (shop, port) = shop();
    let mut service = Service::start(&shop, port, &[]);
    service.until("swept", |_| true);
    // Sent, acknowledged, and killed before it is quiet long enough to be read.
    for id in ["101", "102", "103", "104"] {
        shop.set("products", id, "price", json!(7));
    }
    assert!(shop.sandbox.settle(LONG));
    service.signal(Signal::KILL);
    service.end();
    let delivered = shop.sandbox.deliveries().delivered;
    assert!(delivered >= 4);
    let db = shop.home.path("data/vortex/sandbox.db");
    let inbox = Inbox::open(&db, None).unwrap().unwrap();
    assert_eq!(inbox.waiting().unwrap().due, 4);
    // What it told while it was down is not told again: the vault has to know by itself.
    shop.sandbox.set_delivery(Delivery {
        drop: 1.0,
        ..Delivery::default()
    });
    let mut service = Service::start(&shop, port, &[]);
    // By reading each, or by the sweep at the start: whichever comes first.
    service.until("swept", |_| true);
    let deadline = Instant::now() + LONG;
    while inbox.waiting().unwrap().due > 0 {
        assert!(Instant::now() < deadline, "it is never worked off");
        let _ = service.lines.recv_timeout(Duration::from_millis(20));
    }
    service.signal(Signal::TERM);
    service.end();
    assert_eq!(inbox.waiting().unwrap().due, 0);
    for id in 101..=104 {
        assert_eq!(
            shop.home
                .json(&format!("list product {id}"))
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}

#[test]
fn a_restores_own_changes_come_back_as_events_and_make_no_version() {
    let (shop, port) = shop();
    let mut service = Service::start(&shop, port, &[]);
    service.until("swept", |_| true);
    shop.set("products", "101", "price", json!(3));
    service.until("captured", |line| line["id"] == "101");
    shop.home.ok("restore product 101 --version v1 --yes");
    assert!(shop.sandbox.settle(LONG));
    shop.set("products", "102", "price", json!(3));
    service.until("captured", |line| line["id"] == "102");
    let versions = shop.home.json("list product 101");
    let changes: Vec<&Value> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["change"])
        .collect();
    assert_eq!(changes, ["created", "updated", "restored"]);
    service.signal(Signal::TERM);
    service.end();
}

#[test]
fn hooks_are_switched_off_at_once_and_on_again() {
    let (shop, port) = shop();
    let mut service = Service::start(&shop, port, &[]);
    service.until("swept", |_| true);
    let off = shop.home.json("hooks disable product orders");
    assert_eq!(off["entities"], json!(["products", "orders"]));
    assert_eq!(off["enabled"], false);
    assert!(
        off["removed"]
            .as_array()
            .unwrap()
            .contains(&json!("store/product/*")),
        "{off}"
    );
    shop.set("products", "101", "price", json!(3));
    shop.set("customers", "1", "company", json!("Other"));
    service.until("captured", |line| line["entity"] == "customers");
    assert_eq!(
        shop.home.json("list product 101").as_array().unwrap().len(),
        1
    );
    assert_eq!(
        shop.home.json("status")["watch"]["disabled"],
        json!(["orders", "products"])
    );
    let on = shop.home.json("hooks enable products");
    assert!(
        on["created"]
            .as_array()
            .unwrap()
            .contains(&json!("store/product/*")),
        "{on}"
    );
    service.until("swept", |line| line["entities"] == json!(["products"]));
    assert_eq!(
        shop.home.json("list product 101").as_array().unwrap().len(),
        2
    );
    service.signal(Signal::TERM);
    service.end();
}

#[test]
fn what_can_not_be_is_told_before_anything_is_done() {
    let (shop, _) = shop();
    for (url, why) in [
        ("http://hooks.example.com", "https only"),
        ("https://hooks.example.com:8443/x", "443"),
        ("nonsense", "no URL"),
    ] {
        let error = shop.home.fails(&format!("watch --public-url {url}"), 2);
        assert!(error["message"].as_str().unwrap().contains(why), "{error}");
        says(&error, "usage", "https://");
    }
    shop.home.fails(
        "watch --public-url https://a.example.com --entity prodcuts",
        2,
    );
    shop.home
        .fails("watch --public-url https://a.example.com --sweep 1s", 2);
    shop.home.fails(
        "watch --public-url https://a.example.com --tls-cert a.pem",
        2,
    );
    let error = shop.home.fails(
        "watch --public-url https://a.example.com --tls-cert a.pem --tls-key b.pem",
        2,
    );
    assert!(
        error["message"].as_str().unwrap().contains("a.pem"),
        "{error}"
    );
    shop.home.fails("watch", 2);
    shop.home.fails("hooks enable products", 2);
    says(
        &shop.home.fails("hooks test", 1),
        "no_version_store",
        "vortex watch",
    );
    assert_eq!(shop.sandbox.requests(), 0);
    // A port that another has.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!(
        "watch --public-url http://127.0.0.1:1/x --listen {}",
        taken.local_addr().unwrap()
    );
    says(&shop.home.fails(&line, 1), "io", "--listen");
}

#[test]
fn a_wrong_token_ends_it_at_once() {
    let (mut shop, port) = shop();
    shop.home.set("VORTEX_TOKEN", "wrong");
    shop.home.fails(
        &format!("watch --public-url http://127.0.0.1:{port}/x --listen 127.0.0.1:{port}"),
        4,
    );
    shop.home.fails("hooks list", 4);
}

#[test]
fn an_inbox_that_is_taken_away_ends_it() {
    let (shop, port) = shop();
    let mut service = Service::start(&shop, port, &[]);
    service.until("swept", |_| true);
    let inbox = Inbox::place(&shop.home.path("data/vortex/sandbox.db"));
    std::fs::remove_file(&inbox).unwrap();
    let (code, errors) = service.end();
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("removed or replaced"), "{errors}");
}

#[test]
fn an_inbox_that_is_none_of_ours_stops_no_backup() {
    let (shop, _) = shop();
    shop.home.json("backup --entity brands");
    let inbox = Inbox::place(&shop.home.path("data/vortex/sandbox.db"));
    std::fs::write(&inbox, "not ours").unwrap();
    let done = shop.home.run(["backup", "--entity", "brands"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.contains("left aside"), "{}", done.stderr);
    assert_eq!(std::fs::read(&inbox).unwrap(), b"not ours");
}
