//! `watch` against a store that repeats, shuffles, delays and loses its events: nothing is lost,
//! nothing invented, nothing taken from strangers.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use vortex::engines::monitor::Silent;
use vortex::engines::watch::{self, Captured, Ensured, Options, Place, Summary, Watcher};
use vortex::entities::{self, Entity};
use vortex::model::{Clock, EntityStatus, RunReport, SystemClock};
use vortex::sandbox::Delivery;
use vortex::vault::inbox::Arrival;
use vortex::vault::{Inbox, Vault, Write as Stored};

use super::{Rig, written};

/// Nothing in here takes longer, unless it hangs.
const LONG: Duration = Duration::from_secs(60);

/// What the watcher was told, in order.
#[derive(Debug)]
enum Told {
    Listening,
    Hooks(Ensured),
    Captured(Captured),
    Swept(RunReport),
    Warning(String),
}

struct Teller(Mutex<Sender<Told>>);

impl Teller {
    fn tell(&self, told: Told) {
        // A test that has seen enough listens no more.
        let _ = self.0.lock().unwrap().send(told);
    }
}

impl Watcher for Teller {
    fn listening(&self, _at: SocketAddr, _admin: Option<SocketAddr>) {
        self.tell(Told::Listening);
    }
    fn hooks(&self, done: &Ensured) {
        self.tell(Told::Hooks(done.clone()));
    }
    fn captured(&self, what: &Captured) {
        self.tell(Told::Captured(what.clone()));
    }
    fn swept(&self, report: &RunReport) {
        self.tell(Told::Swept(report.clone()));
    }
    fn warning(&self, text: &str) {
        self.tell(Told::Warning(text.to_owned()));
    }
}

/// How a `watch` of a test differs from the usual.
#[derive(Clone)]
struct How {
    sweep: Duration,
    secret: Option<&'static str>,
    remove_hooks: bool,
    port: u16,
    entities: Vec<&'static Entity>,
    /// Certificate and key.
    tls: Option<(PathBuf, PathBuf)>,
}

impl Default for How {
    fn default() -> Self {
        Self {
            sweep: Duration::from_secs(3_600),
            secret: Some("sandbox-secret"),
            remove_hooks: false,
            port: 0,
            entities: entities::all().to_vec(),
            tls: None,
        }
    }
}

/// A `watch` at work on a thread of its own.
struct Watching {
    told: Receiver<Told>,
    /// What was told until it listened.
    before: Vec<Told>,
    at: SocketAddr,
    cancel: CancellationToken,
    thread: Option<std::thread::JoinHandle<Summary>>,
}

/// A port that nothing listens on now: hooks have to name it before the listener has it.
fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

impl Watching {
    fn start(rig: &Rig, how: How) -> Self {
        let (tell, told) = channel();
        let port = if how.port == 0 { free_port() } else { how.port };
        let (db, client) = (rig.db("a"), rig.client(rig.sandbox.token()));
        let hash = rig.sandbox.hash().to_owned();
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let options = Options {
                client,
                db: &db,
                store_hash: hash,
                entities: how.entities,
                public_url: format!("http://127.0.0.1:{port}/vortex"),
                place: Place {
                    listen: format!("127.0.0.1:{port}").parse().unwrap(),
                    admin: None,
                    tls: how.tls.map(|(cert, key)| watch::tls(&cert, &key).unwrap()),
                },
                sweep: how.sweep,
                remove_hooks: how.remove_hooks,
                client_secret: how.secret.map(Into::into),
                clock: Arc::new(SystemClock),
            };
            let teller = Teller(Mutex::new(tell));
            let work = watch::run(options, &teller, &Silent, &stop);
            runtime.block_on(work).unwrap()
        });
        let mut watching = Self {
            told,
            before: Vec::new(),
            at: format!("127.0.0.1:{port}").parse().unwrap(),
            cancel,
            thread: Some(thread),
        };
        watching.before = watching.until(|told| matches!(told, Told::Listening));
        watching
    }

    /// The same, after its first sweep.
    fn swept(rig: &Rig, how: How) -> Self {
        let mut watching = Self::start(rig, how);
        watching.until(|told| matches!(told, Told::Swept(_)));
        watching
    }

    /// Waits for something to be told; gives all that was told on the way.
    fn until(&mut self, mut enough: impl FnMut(&Told) -> bool) -> Vec<Told> {
        let deadline = Instant::now() + LONG;
        let mut all = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.told.recv_timeout(left) {
                Ok(told) => {
                    let done = enough(&told);
                    all.push(told);
                    if done {
                        return all;
                    }
                }
                Err(why) => panic!("it never came ({why}); told so far: {all:#?}"),
            }
        }
    }

    /// Waits until every entity was swept whole by runs that began after now.
    fn swept_after_now(&mut self) -> Vec<Told> {
        self.swept_but("")
    }

    /// The same for all but one.
    fn swept_but(&mut self, but: &str) -> Vec<Told> {
        let now = SystemClock.now();
        let mut left: BTreeSet<&str> = entities::all().iter().map(|e| e.name).collect();
        left.remove(but);
        self.until(move |told| {
            if let Told::Swept(report) = told
                && report.started_at.parse::<Timestamp>().unwrap() > now
            {
                for entity in &report.entities {
                    if entity.status == EntityStatus::Ok {
                        left.remove(entity.entity.as_str());
                    }
                }
            }
            left.is_empty()
        })
    }

    /// Waits for what is not told.
    fn eventually(&self, mut is: impl FnMut() -> bool) {
        let deadline = Instant::now() + LONG;
        while !is() {
            assert!(Instant::now() < deadline, "it never came true");
            let _ = self.told.recv_timeout(Duration::from_millis(10));
        }
    }

    fn stop(mut self) -> Summary {
        self.cancel.cancel();
        self.thread.take().unwrap().join().unwrap()
    }

    /// A raw request; the status line, or nothing when the connection was closed.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        // A listener that has heard enough closes before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        let mut text = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(body);
        status(&self.raw(text.as_bytes()))
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn metric(&self, name: &str) -> u64 {
        let text = self.get("/metrics");
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        let value = line
            .unwrap_or_else(|| panic!("no {name}:\n{text}"))
            .rsplit(' ')
            .next();
        value.unwrap().parse().unwrap()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn status(line: &str) -> u16 {
    line.split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0)
}

fn rig() -> Rig {
    Rig::new("demo")
}

fn inbox(rig: &Rig) -> Inbox {
    Inbox::open(&rig.db("a"), None).unwrap().unwrap()
}

fn waiting(rig: &Rig) -> u64 {
    inbox(rig).waiting().unwrap().due
}

/// The destination and secret header of the hooks, as BigCommerce knows them.
fn secrets(rig: &Rig) -> (String, String) {
    rig.sandbox.edit(|store| {
        let (_, hook) = store
            .table("hooks")
            .iter()
            .next()
            .map(|(k, v)| (k.clone(), v.into_owned()))
            .unwrap();
        let destination = hook["destination"].as_str().unwrap();
        let path = destination
            .split_once("127.0.0.1")
            .unwrap()
            .1
            .split_once('/')
            .unwrap()
            .1;
        let secret = hook["headers"]["x-vortex-secret"].as_str().unwrap();
        (format!("/{path}"), secret.to_owned())
    })
}

fn event(scope: &str, data: &Value) -> String {
    json!({"scope": scope, "store_id": "1", "data": data, "hash": "x", "created_at": 1,
           "producer": "stores/sandbox"})
    .to_string()
}

/// An event of an object, as the listener has taken it in.
fn arrival(mark: u64, entity: &str, id: &str) -> Arrival {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mark.to_le_bytes());
    Arrival {
        mark: bytes,
        lasting: true,
        leads: vec![(entity.to_owned(), id.to_owned(), String::new())],
        scope: "store/test/updated".to_owned(),
    }
}

/// All objects of the API's side that a test edits: table and member whose text it counts up.
const EDITED: [(&str, &str, &str); 6] = [
    ("products", "products", "name"),
    ("brands", "brands", "name"),
    ("categories", "categories", "description"),
    ("customers", "customers", "company"),
    ("pages", "pages", "name"),
    ("coupons", "coupons", "name"),
];

#[test]
fn after_the_next_sweep_the_vault_is_the_store_and_every_version_was_once_true() {
    let rig = rig();
    let port = free_port();
    let first = How {
        port,
        ..How::default()
    };
    let watching = Watching::swept(&rig, first);
    watching.stop();
    rig.sandbox.set_delivery(Delivery {
        repeat: 0.3,
        drop: 0.2,
        shuffle: true,
        delay_ms_max: 120,
        seed: 7,
        hold: false,
    });
    let how = How {
        sweep: Duration::from_millis(700),
        port,
        ..How::default()
    };
    let mut watching = Watching::start(&rig, how);
    let keys: Vec<Vec<vortex::sandbox::Key>> = EDITED
        .iter()
        .map(|(table, ..)| {
            rig.sandbox
                .edit(|store| store.table(table).keys().take(12).cloned().collect())
        })
        .collect();
    // Each edit counts one field of one object up, so that a version tells which state it is of.
    for n in 0..10_000_usize {
        let kind = n % EDITED.len();
        let (table, _, member) = EDITED[kind];
        let key = keys[kind][(n / 7) % keys[kind].len()].clone();
        rig.sandbox
            .edit(|store| store.edit(table, key, |doc| doc[member] = json!(format!("{n:06}"))));
        if n == 4_000 {
            // And some go, and one comes back.
            rig.sandbox
                .edit(|store| store.table_mut("products").remove(&keys[0][3]));
            rig.sandbox
                .edit(|store| store.table_mut("coupons").remove(&keys[5][0]));
        }
    }
    assert!(rig.sandbox.settle(LONG));
    watching.swept_after_now();
    let summary = watching.stop();
    assert!(summary.received > 100, "{summary:?}");
    assert_eq!((summary.refused, summary.parked), (0, 0), "{summary:?}");
    assert_eq!(written(&rig.backup("a")), 0, "something was missed");
    let mut several = 0;
    for (key, versions) in rig.dump("a") {
        let (entity, _) = key.split_once('/').unwrap();
        let Some((.., member)) = EDITED.iter().find(|(_, name, _)| *name == entity) else {
            continue;
        };
        let counts: Vec<String> = versions
            .iter()
            .filter_map(|(_, _, doc)| doc.as_ref()?[*member].as_str().map(str::to_owned))
            .filter(|text| text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()))
            .collect();
        several += usize::from(counts.len() > 1);
        assert!(
            counts.windows(2).all(|two| two[0] < two[1]),
            "{key} went back in time or repeats itself: {counts:?}"
        );
    }
    assert!(
        several > 3,
        "no object has a history: the test shows nothing"
    );
}

#[test]
fn strangers_are_refused_and_leave_nothing_behind() {
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    let (path, secret) = secrets(&rig);
    let body = event(
        "store/product/updated",
        &json!({"type": "product", "id": 101}),
    );
    let known = ("x-vortex-secret", secret.as_str());
    let signed = [
        known,
        ("webhook-id", "msg"),
        ("webhook-timestamp", "1700000000"),
        ("webhook-signature", "v1,AAAA"),
    ];
    assert_eq!(watching.post("/", &[known], &body), 404);
    assert_eq!(watching.post("/vortex/0000", &[known], &body), 404);
    assert_eq!(watching.post(&path, &[], &body), 401);
    assert_eq!(
        watching.post(&path, &[("x-vortex-secret", "guess")], &body),
        401
    );
    assert_eq!(watching.post(&path, &[known], &body), 401, "unsigned");
    assert_eq!(
        watching.post(&path, &signed, &body),
        401,
        "signed by another"
    );
    let head = |rest: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nx-vortex-secret: {secret}\r\n{rest}\r\n\r\n")
    };
    let told = head("Content-Length: 104857600");
    assert_eq!(
        status(&watching.raw(told.as_bytes())),
        413,
        "a length that is told"
    );
    let mut chunks = head("Transfer-Encoding: chunked").into_bytes();
    for _ in 0..64 {
        chunks.extend_from_slice(b"4000\r\n");
        chunks.extend(std::iter::repeat_n(b'x', 0x4000));
        chunks.extend_from_slice(b"\r\n");
    }
    let answer = status(&watching.raw(&chunks));
    assert!(
        answer == 413 || answer == 0,
        "a length that is not told: {answer}"
    );
    assert_eq!(
        status(&watching.raw(b"\x16\x03\x01\x02garbage\r\n\r\n")),
        400
    );
    assert_eq!(
        status(&watching.raw(format!("PUT {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())),
        405
    );
    // Connections that say nothing hold nobody up.
    let silent: Vec<TcpStream> = (0..60)
        .map(|_| TcpStream::connect(watching.at).unwrap())
        .collect();
    for mut stream in &silent {
        stream.write_all(b"POST /vort").unwrap();
    }
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "101"));
    assert!(watching.get("/healthz").starts_with("HTTP/1.1 200"));
    let summary = watching.stop();
    drop(silent);
    assert!(summary.refused >= 9, "{summary:?}");
    assert_eq!(summary.captured, 1, "{summary:?}");
}

#[test]
fn without_a_client_secret_the_header_alone_decides_and_odd_bodies_are_refused() {
    let rig = rig();
    let how = How {
        secret: None,
        ..How::default()
    };
    let mut watching = Watching::swept(&rig, how);
    let (path, secret) = secrets(&rig);
    let known = [("x-vortex-secret", secret.as_str())];
    let post = |body: &str| watching.post(&path, &known, body);
    let of_product = |id: Value| {
        event(
            "store/product/updated",
            &json!({"type": "product", "id": id}),
        )
    };
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{\"scope\":1}",
        "{\"scope\":\"store/product/updated\"}",
    ] {
        assert_eq!(post(body), 400, "{body}");
    }
    let other = of_product(json!(101)).replace("stores/sandbox", "stores/other");
    assert_eq!(post(&other), 403);
    // What is authentic and leads nowhere is acknowledged, so that it does not come again.
    assert_eq!(post(&of_product(json!("101,102"))), 200);
    assert_eq!(
        post(&event("store/cart/created", &json!({"id": "abc"}))),
        200
    );
    assert_eq!(watching.metric("vortex_events_ignored_total"), 2);
    assert_eq!(watching.metric("vortex_events_received_total"), 0);
    // The same bytes twice, with no id to tell them apart: one, as long as it waits.
    assert_eq!(
        (post(&of_product(json!(101))), post(&of_product(json!(101)))),
        (200, 200)
    );
    assert_eq!(watching.metric("vortex_events_received_total"), 1);
    assert_eq!(watching.metric("vortex_events_duplicate_total"), 1);
    // It says "updated", and nothing has changed.
    rig.sandbox
        .edit(|store| store.edit("products", 102, |doc| doc["price"] = json!(3)));
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "102"));
    watching.eventually(|| waiting(&rig) == 0);
    assert_eq!(rig.dump("a")["products/101"].len(), 1);
}

#[test]
fn a_replay_is_acknowledged_and_changes_nothing() {
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    watching.until(|told| matches!(told, Told::Captured(_)));
    assert!(rig.sandbox.settle(LONG));
    let received = watching.metric("vortex_events_received_total");
    let before = rig.dump("a");
    assert!(rig.sandbox.replay(1_000) > 0);
    assert!(rig.sandbox.settle(LONG));
    assert!(watching.metric("vortex_events_duplicate_total") > 0);
    assert_eq!(watching.metric("vortex_events_received_total"), received);
    watching.stop();
    assert_eq!(rig.dump("a"), before);
}

#[test]
fn a_disabled_entity_has_no_version_and_an_enabled_one_is_swept_at_once() {
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    let inbox = inbox(&rig);
    inbox.disable("products", SystemClock.now()).unwrap();
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    rig.sandbox
        .edit(|store| store.edit("customers", 1, |doc| doc["company"] = json!("Other")));
    watching.until(|told| matches!(told, Told::Captured(what) if what.entity == "customers"));
    assert!(rig.sandbox.settle(LONG));
    assert_eq!(rig.dump("a")["products/101"].len(), 1);
    inbox.enable("products", SystemClock.now()).unwrap();
    let told = watching.until(|told| matches!(told, Told::Swept(_)));
    assert_eq!(rig.dump("a")["products/101"].len(), 2, "{told:?}");
    let open = inbox.open_gaps().unwrap();
    assert!(open.iter().all(|gap| gap.why == watch::FRESH), "{open:?}");
}

/// Requests to the hooks that changed something.
fn hook_writes(rig: &Rig) -> Vec<String> {
    rig.sandbox
        .log()
        .iter()
        .filter(|entry| entry.path.starts_with("/v3/hooks") && entry.method != "GET")
        .map(|entry| entry.method.clone())
        .collect()
}

#[test]
fn hooks_are_adopted_switched_on_again_and_removed_when_asked() {
    let rig = rig();
    let port = free_port();
    let how = How {
        port,
        ..How::default()
    };
    let watching = Watching::swept(&rig, how.clone());
    watching.stop();
    let made = hook_writes(&rig).len();
    assert!(made > 20 && hook_writes(&rig).iter().all(|method| method == "POST"));
    // The same again, and once more without what was kept: nothing is made twice.
    for forget in [false, true] {
        if forget {
            std::fs::remove_file(Inbox::place(&rig.db("a"))).unwrap();
        }
        rig.sandbox.clear_log();
        let watching = Watching::swept(&rig, how.clone());
        watching.stop();
        assert!(hook_writes(&rig).is_empty(), "{:?}", hook_writes(&rig));
    }
    // BigCommerce switches one off while an edit happens.
    let hook = rig.sandbox.edit(|store| {
        let hook = store
            .table("hooks")
            .iter()
            .find(|(_, hook)| hook["scope"] == "store/product/*")
            .map(|(key, _)| key.clone())
            .unwrap();
        store.edit("hooks", hook.clone(), |hook| {
            hook["is_active"] = json!(false)
        });
        hook
    });
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    rig.sandbox.clear_log();
    let remove = How {
        remove_hooks: true,
        ..how
    };
    let mut watching = Watching::start(&rig, remove);
    let told = watching.until(|told| matches!(told, Told::Swept(_)));
    let reactivated = told.iter().any(|told| {
        matches!(told, Told::Hooks(done) if done.reactivated.iter().any(|(scope, ..)| scope == "store/product/*"))
    });
    assert!(reactivated, "{told:?}");
    assert_eq!(hook_writes(&rig), ["PUT"]);
    let active = rig
        .sandbox
        .edit(|store| store.document("hooks", hook).unwrap()["is_active"].clone());
    assert_eq!(active, true);
    assert_eq!(rig.dump("a")["products/101"].len(), 2);
    watching.stop();
    assert_eq!(rig.sandbox.edit(|store| store.table("hooks").len()), 0);
}

#[test]
fn what_is_refused_for_good_is_parked_and_told_and_the_rest_goes_on() {
    use vortex::sandbox::{Fault, What};
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    rig.sandbox
        .set_faults(vec![Fault::on("/v3/customers", 0, What::Status(403))]);
    rig.sandbox
        .edit(|store| store.edit("customers", 1, |doc| doc["company"] = json!("Other")));
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    let told =
        watching.until(|told| matches!(told, Told::Warning(text) if text.contains("customers/1")));
    let captured = |told: &Told| matches!(told, Told::Captured(what) if what.entity == "products");
    if !told.iter().any(captured) {
        watching.until(captured);
    }
    let inbox = inbox(&rig);
    let parked = inbox.parked().unwrap();
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0].error.as_ref().unwrap().contains("403"),
        "{parked:?}"
    );
    // The scope is there again: the next sweep takes it.
    rig.sandbox.set_faults(vec![]);
    watching.stop();
    let watching = Watching::swept(&rig, How::default());
    watching.stop();
    assert!(inbox.parked().unwrap().is_empty());
    assert_eq!(rig.dump("a")["customers/1"].len(), 2);
}

#[test]
fn while_the_store_does_not_answer_events_stay_on_the_disk() {
    use vortex::sandbox::{Fault, What, When};
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    rig.sandbox.set_faults(vec![Fault {
        when: When::From(1),
        what: What::Reset,
    }]);
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    watching.until(|told| matches!(told, Told::Warning(text) if text.contains("trying again")));
    assert_eq!(waiting(&rig), 1);
    rig.sandbox.set_faults(vec![]);
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "101"));
    watching.eventually(|| waiting(&rig) == 0);
}

#[test]
fn only_what_is_watched_is_asked_for() {
    let named: Vec<&'static Entity> = vec![entities::find("brands").unwrap()];
    let wanted = watch::wanted(&named, Some(&["1".to_owned()]));
    assert_eq!(
        wanted.keys().collect::<Vec<_>>(),
        ["store/brand/metafield/*"]
    );
}

#[test]
fn a_certificate_of_ones_own_serves_and_a_wrong_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["hooks.example.com".to_owned()]).unwrap();
    let (cert, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&cert, own.cert.pem()).unwrap();
    std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let rig = rig();
    let how = How {
        tls: Some((cert, key)),
        ..How::default()
    };
    let watching = Watching::start(&rig, how);
    let mut roots = rustls::RootCertStore::empty();
    roots.add(own.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "hooks.example.com".try_into().unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(watching.at).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    let mut stream = rustls::StreamOwned::new(session, socket);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    // Not every peer says good-bye before it closes.
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    assert!(answer.contains("\"status\""), "{answer}");
    // Nothing is said in the open.
    let plain = watching.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(!plain.starts_with("HTTP/1.1 200"), "{plain}");
    watching.stop();

    let missing = folder.path().join("none.pem");
    let told = watch::tls(&missing, &missing).unwrap_err().to_string();
    assert!(told.contains("none.pem"), "{told}");
    std::fs::write(&missing, "not a certificate").unwrap();
    assert!(watch::tls(&missing, &missing).is_err());
}

#[test]
fn a_burst_of_edits_is_one_reading_or_two() {
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    rig.sandbox.clear_log();
    // A burst of fifty edits of one product is one reading or two.
    for n in 0..50 {
        rig.sandbox
            .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(n)));
    }
    assert!(rig.sandbox.settle(LONG));
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "101"));
    let reads = |rig: &Rig| {
        let log = rig.sandbox.log();
        let read = |entry: &&vortex::sandbox::Entry| {
            entry.path == "/v3/catalog/products" && entry.query.contains("id:in=101")
        };
        log.iter().filter(read).count()
    };
    rig.sandbox
        .edit(|store| store.edit("products", 102, |doc| doc["price"] = json!(1)));
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "102"));
    assert!((1..=6).contains(&reads(&rig)), "{} readings", reads(&rig));
}

#[test]
fn a_deletion_is_a_version_within_seconds_and_only_once_it_is_proven() {
    let rig = rig();
    let watching = Watching::swept(&rig, How::default());
    let (path, secret) = secrets(&rig);
    watching.stop();
    // An event says that 102 is gone, and it isn't: the header alone is trusted here.
    let how = How {
        secret: None,
        port: path_port(&rig),
        ..How::default()
    };
    let mut watching = Watching::swept(&rig, how);
    let lie = event(
        "store/product/deleted",
        &json!({"type": "product", "id": 102}),
    );
    assert_eq!(
        watching.post(&path, &[("x-vortex-secret", &secret)], &lie),
        200
    );
    rig.sandbox.edit(|store| {
        store
            .table_mut("products")
            .remove(&vortex::sandbox::Key::Number(103))
    });
    let told = watching.until(|told| matches!(told, Told::Captured(what) if what.id == "103"));
    let Some(Told::Captured(what)) = told.last() else {
        panic!("{told:?}")
    };
    assert_eq!(what.change.to_string(), "deleted");
    watching.eventually(|| waiting(&rig) == 0);
    assert_eq!(rig.dump("a")["products/102"].len(), 1);
}

/// The port that the hooks lead to.
fn path_port(rig: &Rig) -> u16 {
    rig.sandbox.edit(|store| {
        let hook = store
            .table("hooks")
            .iter()
            .next()
            .map(|(_, hook)| hook.into_owned())
            .unwrap();
        let url = hook["destination"].as_str().unwrap();
        let port = url.rsplit_once(':').unwrap().1.split('/').next().unwrap();
        port.parse().unwrap()
    })
}

#[test]
fn what_is_disabled_while_it_is_read_is_not_written() {
    use vortex::sandbox::When;
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    let db = rig.db("a");
    rig.sandbox.set_faults(vec![]);
    let first_reading = When::Path {
        path: "/v3/catalog/products".to_owned(),
        nth: 1,
    };
    rig.sandbox.edit_at(first_reading, move |_| {
        let inbox = Inbox::open(&db, None).unwrap().unwrap();
        inbox.disable("products", SystemClock.now()).unwrap();
    });
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    rig.sandbox
        .edit(|store| store.edit("customers", 1, |doc| doc["company"] = json!("Other")));
    watching.until(|told| matches!(told, Told::Captured(what) if what.entity == "customers"));
    watching.eventually(|| waiting(&rig) == 0);
    watching.stop();
    assert_eq!(rig.dump("a")["products/101"].len(), 1);
}

#[test]
fn a_product_that_vanishes_while_it_is_read_is_never_half_a_version() {
    use vortex::sandbox::{Key, When};
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    rig.sandbox.set_faults(vec![]);
    // The first request finds it, the second one, for its options, does not any more.
    let second = When::Path {
        path: "/v3/catalog/products".to_owned(),
        nth: 2,
    };
    rig.sandbox.edit_at(second, |store| {
        store.table_mut("products").remove(&Key::Number(101));
    });
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "101"));
    watching.eventually(|| waiting(&rig) == 0);
    watching.stop();
    let changes: Vec<_> = rig.dump("a")["products/101"]
        .iter()
        .map(|(_, change, _)| change.clone())
        .collect();
    assert_eq!(changes, ["created", "deleted"]);
}

#[test]
fn a_store_that_fails_is_down_and_no_object_is_blamed() {
    use vortex::sandbox::{Fault, What};
    let rig = rig();
    let mut watching = Watching::swept(&rig, How::default());
    rig.sandbox.set_faults(vec![Fault {
        when: vortex::sandbox::When::From(1),
        what: What::Status(500),
    }]);
    for id in 101..110_u64 {
        rig.sandbox
            .edit(|store| store.edit("products", id, |doc| doc["price"] = json!(3)));
    }
    watching.until(|told| matches!(told, Told::Warning(text) if text.contains("trying again")));
    let inbox = inbox(&rig);
    assert!(inbox.parked().unwrap().is_empty());
    rig.sandbox.set_faults(vec![]);
    watching.eventually(|| waiting(&rig) == 0);
    assert!((101..110).all(|id| rig.dump("a")[&format!("products/{id}")].len() == 2));
}

#[test]
fn without_the_channels_scope_the_other_hooks_are_made() {
    use vortex::sandbox::{Fault, What};
    let rig = rig();
    rig.sandbox
        .set_faults(vec![Fault::on("/v3/channels", 0, What::Status(403))]);
    let mut watching = Watching::start(&rig, How::default());
    let told = watching.until(|told| matches!(told, Told::Hooks(_)));
    let Some(Told::Hooks(done)) = told.last() else {
        panic!("{told:?}")
    };
    assert!(done.active > 20, "{done:?}");
    assert!(done.failed[0].1.contains("403"), "{done:?}");
    rig.sandbox.set_faults(vec![]);
    watching.until(|told| matches!(told, Told::Swept(_)));
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "101"));
}

#[test]
fn a_backup_settles_what_events_told_of() {
    let rig = rig();
    let watching = Watching::swept(&rig, How::default());
    rig.sandbox.set_delivery(Delivery {
        hold: true,
        ..Delivery::default()
    });
    rig.sandbox
        .edit(|store| store.edit("orders", 1001, |doc| doc["staff_notes"] = json!("x")));
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    watching.stop();
    let inbox = inbox(&rig);
    let arrival = arrival(1, "products", "101");
    inbox.arrive(SystemClock.now(), &[arrival]).unwrap();
    assert_eq!(waiting(&rig), 1);
    let (db, cancel) = (rig.db("a"), CancellationToken::new());
    let run = vortex::commands::backup::run(
        vortex::commands::backup::Options {
            access: vortex::commands::store::Access {
                hash: rig.sandbox.hash().to_owned(),
                api_url: rig.sandbox.url(),
                token: rig.sandbox.token().to_owned().into(),
                quota_share: 1.0,
                waits: None,
            },
            db: &db,
            entities: entities::all().to_vec(),
            full: false,
            images: false,
            wait: None,
            waiting: &|_| {},
            warning: &|text| panic!("{text}"),
        },
        &Silent,
        &cancel,
        &SystemClock,
    );
    let report = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(run)
        .unwrap();
    assert_eq!(written(&report), 2);
    assert_eq!(waiting(&rig), 0);
    assert!(
        inbox
            .open_gaps()
            .unwrap()
            .iter()
            .all(|gap| gap.why == watch::FRESH)
    );
}

#[test]
fn an_event_for_every_object_of_the_oddest_store_invents_nothing() {
    for sample in ["awkward", "demo"] {
        let rig = Rig::new(sample);
        let watching = Watching::swept(&rig, How::default());
        let before = rig.dump("a");
        let inbox = inbox(&rig);
        let mut left: Vec<(String, String)> = before
            .keys()
            .map(|key| key.split_once('/').unwrap())
            .map(|(entity, id)| (entity.to_owned(), id.to_owned()))
            .collect();
        let mut mark = 0_u64;
        // A few of each entity at a time, so that each is read by itself and none listed.
        while !left.is_empty() {
            let mut of_each = std::collections::BTreeMap::<String, usize>::new();
            let (now, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|(entity, _)| {
                let count = of_each.entry(entity.clone()).or_default();
                *count += 1;
                *count <= 40
            });
            left = later;
            let arrivals: Vec<_> = now
                .into_iter()
                .map(|(entity, id)| {
                    mark += 1;
                    arrival(mark, &entity, &id)
                })
                .collect();
            inbox.arrive(SystemClock.now(), &arrivals).unwrap();
            watching.eventually(|| waiting(&rig) == 0);
        }
        let fetched = watching.metric("vortex_objects_fetched_total");
        assert_eq!(fetched, before.len() as u64, "{sample}");
        watching.stop();
        assert!(inbox.parked().unwrap().is_empty(), "{:?}", inbox.parked());
        assert_eq!(rig.dump("a"), before, "{sample}");
    }
}

#[test]
fn one_object_that_can_not_be_read_holds_no_other_up() {
    use vortex::sandbox::{Fault, What};
    let rig = rig();
    let how = How {
        sweep: Duration::from_millis(900),
        ..How::default()
    };
    let mut watching = Watching::swept(&rig, how);
    rig.sandbox
        .set_faults(vec![Fault::on("/v2/orders/1001", 0, What::Reset)]);
    rig.sandbox
        .edit(|store| store.edit("orders", 1001, |doc| doc["status_id"] = json!(2)));
    let inbox = inbox(&rig);
    watching.eventually(|| {
        inbox
            .due_of("orders")
            .unwrap()
            .iter()
            .any(|row| row.tries > 0)
    });
    rig.sandbox
        .edit(|store| store.edit("products", 101, |doc| doc["price"] = json!(3)));
    // By its event or by a sweep, whichever comes first.
    watching.eventually(|| rig.dump("a")["products/101"].len() == 2);
    watching.swept_but("orders");
    let due = inbox.due_of("orders").unwrap();
    assert!(due.iter().all(|row| row.tries > 0), "{due:?}");
}

#[test]
fn one_bad_object_of_a_listing_leaves_the_others_captured() {
    use vortex::sandbox::{Fault, What};
    let rig = Rig::new("large:120");
    let mut watching = Watching::swept(&rig, How::default());
    let ids: Vec<u64> = rig.sandbox.edit(|store| {
        store
            .table("products")
            .keys()
            .take(60)
            .map(vortex::sandbox::Key::number)
            .collect()
    });
    let bad = format!("/v3/catalog/products/{}/", ids[7]);
    rig.sandbox
        .set_faults(vec![Fault::on(&bad, 0, What::Status(500))]);
    for id in &ids {
        rig.sandbox
            .edit(|store| store.edit("products", *id, |doc| doc["price"] = json!(3)));
    }
    // So many are listed rather than read one by one.
    watching.until(|told| matches!(told, Told::Swept(_)));
    watching.eventually(|| waiting(&rig) <= 1);
    let dump = rig.dump("a");
    let missed = ids
        .iter()
        .filter(|id| dump[&format!("products/{id}")].len() < 2)
        .count();
    assert!(missed <= 1, "{missed} were not captured");
}

#[test]
fn a_new_description_makes_no_versions_and_no_listings_while_events_come() {
    let rig = rig();
    Watching::swept(&rig, How::default()).stop();
    {
        // As an older vortex would have left it: other words of what counts, other fingerprints.
        let mut vault = Vault::create(&rig.db("a"), rig.sandbox.hash(), &SystemClock).unwrap();
        let now = SystemClock.now();
        let run = vault.begin_run(vortex::model::RunKind::Sweep, now).unwrap();
        for id in ["101", "102"] {
            let expect = vault.head("products", id).unwrap().map(|head| head.version);
            let write = Stored::Reprint {
                entity: "products",
                id,
                expect,
                fingerprint: Default::default(),
                shallow: Default::default(),
            };
            vault.write(run, now, &[write]).unwrap();
        }
        let mut report = vortex::engines::capture::blank(entities::find("products").unwrap());
        report.status = EntityStatus::Ok;
        let shape = [("shape", "another".to_owned())];
        vault
            .end_entity(run, &report, true, now, now, &shape)
            .unwrap();
        vault
            .finish_run(run, vortex::model::RunStatus::Ok, now, 0)
            .unwrap();
        vault.close().unwrap();
    }
    let brands = entities::find("brands").unwrap();
    let products = entities::find("products").unwrap();
    let how = How {
        entities: vec![brands, products],
        ..How::default()
    };
    rig.sandbox.set_faults(vec![vortex::sandbox::Fault {
        when: vortex::sandbox::When::Path {
            path: "/v3/catalog/products".to_owned(),
            nth: 1,
        },
        what: vortex::sandbox::What::Status(403),
    }]);
    // Products can't be listed at first, so that only events reprint them.
    let mut watching = Watching::start(&rig, how);
    watching.until(|told| matches!(told, Told::Swept(_)));
    let events = [arrival(1, "products", "101"), arrival(2, "products", "102")];
    rig.sandbox
        .edit(|store| store.edit("products", 102, |doc| doc["price"] = json!(3)));
    inbox(&rig).arrive(SystemClock.now(), &events).unwrap();
    watching.until(|told| matches!(told, Told::Captured(what) if what.id == "102"));
    watching.eventually(|| waiting(&rig) == 0);
    watching.stop();
    assert_eq!(rig.dump("a")["products/101"].len(), 1);
    assert_eq!(rig.dump("a")["products/102"].len(), 2);
}

#[test]
fn what_arrived_for_what_is_not_watched_any_more_is_kept() {
    let rig = rig();
    Watching::swept(&rig, How::default()).stop();
    let dump = rig.dump("a");
    let brand = dump.keys().find_map(|key| key.strip_prefix("brands/"));
    let events = [
        arrival(1, "products", "101"),
        arrival(2, "brands", brand.unwrap()),
    ];
    inbox(&rig).arrive(SystemClock.now(), &events).unwrap();
    let how = How {
        entities: vec![entities::find("brands").unwrap()],
        ..How::default()
    };
    let watching = Watching::swept(&rig, how);
    let warned = watching.before.iter().any(
        |told| matches!(told, Told::Warning(text) if text.contains("backup --entity products")),
    );
    assert!(warned, "{:?}", watching.before);
    watching.eventually(|| waiting(&rig) == 1);
    assert_eq!(watching.metric("vortex_objects_queued"), 0);
    watching.stop();
    let left = inbox(&rig).due_of("products").unwrap();
    assert_eq!(left.len(), 1);
}
