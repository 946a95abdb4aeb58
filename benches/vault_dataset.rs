//! A shop of 5,000 products over 21 nights, put through the vault: how large, how fast.
//!
//! ```text
//! cargo bench --bench vault_dataset                   the shop
//! cargo bench --bench vault_dataset -- scale 2000000  many small objects, and the memory they take
//! ```
//!
//! The shop is made from a seed: products of about 7.8 KB with variants, images, options and custom
//! fields; each night 2 % are edited (60 % prices, 30 % stock, 10 % text), five added and two
//! deleted, and on the tenth every price goes up by a tenth. It prints the figures beside their
//! limits, and fails when one is passed.

// A benchmark prints its figures and runs on the machine as it is.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods)]

#[path = "vault_dataset/measure.rs"]
mod measure;
#[path = "vault_dataset/shop.rs"]
mod shop;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use measure::{Limits, cpu, io_written, peak_kib};
use shop::{Product, Shop};
use vortex::model::fingerprint::Fingerprint;
use vortex::model::{ChangeKind, EntityReport, EntityStatus, RunKind, RunStatus, SystemClock};
use vortex::vault::{Depth, ObjectFilter, State, StateFilter, Vault, Write};

const NIGHTS: u64 = 21;
const BULK_NIGHT: u64 = 10;
const PAGE: usize = 250;

fn main() {
    let mut args = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"));
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("shop.db");
    match args.next().as_deref() {
        Some("scale") => {
            let objects = args
                .next()
                .and_then(|n| n.parse().ok())
                .unwrap_or(2_000_000);
            scale(&path, objects);
        }
        _ => nights(&path),
    }
}

/// What a night cost the vault.
#[derive(Default)]
struct Night {
    wall: Duration,
    cpu: Duration,
    versions: u64,
    written: u64,
}

/// Every distinct state of every product, oldest first.
type History = BTreeMap<u64, Vec<Vec<u8>>>;

fn nights(path: &Path) {
    let mut shop = Shop::open();
    let mut nights = Vec::new();
    let mut history = History::new();
    for night in 0..NIGHTS {
        if night > 0 {
            shop.trade(night, night == BULK_NIGHT);
        }
        let observed = observe(&shop);
        for seen in &observed {
            let versions = history.entry(seen.number).or_default();
            if versions.last() != Some(&seen.body) {
                versions.push(seen.body.clone());
            }
        }
        nights.push(capture(path, &observed, night));
    }
    let unchanged = capture(path, &observe(&shop), NIGHTS);
    report(path, &nights, &unchanged, &history);
}

/// A product as a backup sees it, compared and ready.
struct Observed {
    number: u64,
    id: String,
    body: Vec<u8>,
    print: Fingerprint,
    label: String,
    search: String,
    stamp: String,
}

fn observe(shop: &Shop) -> Vec<Observed> {
    let one = |product: &Product| {
        let body = product.document();
        Observed {
            number: product.id,
            id: product.id.to_string(),
            print: Fingerprint(*blake3::hash(&body).as_bytes()),
            label: product.name(),
            search: product.search(),
            stamp: product.modified(),
            body,
        }
    };
    shop.products().map(one).collect()
}

/// One night as a backup does it, all but the asking and the comparing: heads, writes, deletions,
/// the run's books, opening and closing.
fn capture(path: &Path, observed: &[Observed], night: u64) -> Night {
    let start = Timestamp::from_second(1_790_000_000).expect("a time in range");
    let at = start + SignedDuration::from_hours(24 * night as i64);
    let io_before = io_written();
    let (began, cpu_before) = (Instant::now(), cpu());
    let mut vault = Vault::create(path, "abc123", &SystemClock).expect("a vault");
    let run = vault.begin_run(RunKind::Backup, at).expect("a run");
    vault.seen_reset("products").expect("reset");
    let mut versions = 0;
    for page in observed.chunks(PAGE) {
        let ids: Vec<&str> = page.iter().map(|seen| seen.id.as_str()).collect();
        vault.seen_add("products", &ids).expect("seen");
        let writes: Vec<Write<'_>> = page
            .iter()
            .filter_map(|seen| compare(&vault, seen))
            .collect();
        versions += writes.len() as u64;
        if !writes.is_empty() {
            vault.write(run, at, &writes).expect("a write");
        }
    }
    vault.flush().expect("a flush");
    versions += bury(&mut vault, run, at);
    let mut report = blank(observed.len() as u64);
    report.updated = versions;
    let state = [("rotation", night.to_string())];
    vault
        .end_entity(run, &report, true, at, at, &state)
        .expect("an end");
    vault
        .finish_run(run, RunStatus::Ok, at, 21)
        .expect("a finish");
    vault.close().expect("a close");
    Night {
        wall: began.elapsed(),
        cpu: cpu().saturating_sub(cpu_before),
        versions,
        written: io_written() - io_before,
    }
}

fn compare<'a>(vault: &Vault, seen: &'a Observed) -> Option<Write<'a>> {
    let head = vault.head("products", &seen.id).expect("a head");
    let live = head.as_ref().filter(|head| head.state == State::Live);
    if live.is_some_and(|head| head.fingerprint == seen.print) {
        return None;
    }
    Some(Write::Version {
        entity: "products",
        id: &seen.id,
        expect: head.as_ref().map(|head| head.version),
        change: if live.is_some() {
            ChangeKind::Updated
        } else {
            ChangeKind::Created
        },
        body: &seen.body,
        fingerprint: seen.print,
        shallow: seen.print,
        pending: false,
        stamp: Some(&seen.stamp),
        label: &seen.label,
        search: &seen.search,
        sample: head.is_none().then_some(seen.body.as_slice()),
    })
}

/// Tombstones for what the listing lacked.
fn bury(vault: &mut Vault, run: vortex::model::RunId, at: Timestamp) -> u64 {
    let gone = vault
        .unseen_live("products", None, 1_000)
        .expect("the unseen");
    let heads: Vec<u32> = gone
        .iter()
        .filter_map(|id| vault.head("products", id.as_str()).expect("a head"))
        .map(|head| head.version)
        .collect();
    let tombstones: Vec<Write<'_>> = gone
        .iter()
        .zip(&heads)
        .map(|(id, version)| Write::Tombstone {
            entity: "products",
            id: id.as_str(),
            expect: Some(*version),
        })
        .collect();
    if !tombstones.is_empty() {
        vault.write(run, at, &tombstones).expect("tombstones");
    }
    tombstones.len() as u64
}

fn blank(seen: u64) -> EntityReport {
    EntityReport {
        entity: "products".into(),
        status: EntityStatus::Ok,
        seen,
        created: 0,
        updated: 0,
        deleted: 0,
        unchanged: 0,
        requests: 21,
        pending: 0,
        error: None,
        problems: Vec::new(),
        failed_ids: None,
        notes: Vec::new(),
        counts: Vec::new(),
        cause: None,
    }
}

/// Prints the figures, and fails when a limit is passed.
fn report(path: &Path, nights: &[Night], unchanged: &Night, history: &History) {
    let versions: u64 = nights.iter().map(|night| night.versions).sum();
    let distinct: usize = history.values().flatten().map(Vec::len).sum();
    let bodies: usize = history.values().map(Vec::len).sum();
    println!(
        "{versions} versions, {:.1} MB of distinct JSON,",
        distinct as f64 / 1e6
    );
    println!(
        "{:.0} bytes a document; the same by simpler means:",
        distinct as f64 / bodies as f64
    );
    comparisons(history);
    let mut limits = Limits::default();
    report_sizes(path, &mut limits);
    report_nights(nights, unchanged, &mut limits);
    report_reading(path, history, &mut limits);
    limits.end();
}

/// The same documents each by itself, to compare this set with others of its kind.
fn comparisons(history: &History) {
    let each = |f: &mut dyn FnMut(&[u8]) -> usize| -> usize {
        history.values().flatten().map(|document| f(document)).sum()
    };
    let alone = each(&mut |d| zstd::bulk::compress(d, 3).map_or(0, |c| c.len()));
    println!("    zstd-3                   {alone:>9}");
    let samples: Vec<&Vec<u8>> = history.values().flatten().step_by(12).collect();
    let dictionary = zstd::dict::from_samples(&samples, 110 << 10).expect("a dictionary");
    for level in [3, 9] {
        let mut compressor =
            zstd::bulk::Compressor::with_dictionary(level, &dictionary).expect("a compressor");
        let with = each(&mut |d| compressor.compress(d).map_or(0, |c| c.len()));
        println!("    zstd-{level} with a dictionary {with:>9}");
    }
}

fn report_sizes(path: &Path, limits: &mut Limits) {
    let file = std::fs::metadata(path).expect("the file").len();
    let db = rusqlite::Connection::open(path).expect("the file");
    let mut statement = db
        .prepare("SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC")
        .expect("dbstat");
    let rows = statement
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .expect("sizes");
    let mut held = 0;
    println!("the file, by table and index (bytes, of which unused):");
    for row in rows {
        let (name, bytes, unused): (String, i64, i64) = row.expect("sizes");
        if ["bodies", "versions", "dictionaries", "batches"].contains(&name.as_str()) {
            held += bytes;
        }
        println!("    {name:<24} {bytes:>9} {unused:>9}");
    }
    let data: i64 = db
        .query_row(
            "SELECT sum(length(data)) FROM bodies WHERE base IS NOT NULL",
            [],
            |r| r.get(0),
        )
        .expect("sizes");
    let whole: i64 = db
        .query_row(
            "SELECT sum(length(data)) FROM bodies WHERE base IS NULL",
            [],
            |r| r.get(0),
        )
        .expect("sizes");
    println!("frames of whole copies {whole}, of differences {data}");
    limits.check("bodies and versions, MB", held as f64 / 1e6, 7.0);
    limits.check("file, MB", file as f64 / 1e6, 8.5);
}

fn report_nights(nights: &[Night], unchanged: &Night, limits: &mut Limits) {
    // The first backup also trains the dictionary and writes sixty times as much.
    let first = (&nights[0], "first night", 0.5);
    let bulk = (&nights[BULK_NIGHT as usize], "bulk night", 0.3);
    for (night, name, limit) in [first, bulk] {
        limits.check(&format!("{name}, s"), night.wall.as_secs_f64(), limit);
        let written = night.written / 1024;
        println!("         cpu {:?}, {written} KiB written", night.cpu);
    }
    let ordinary = nights
        .iter()
        .enumerate()
        .filter(|(n, _)| ![0, BULK_NIGHT].contains(&(*n as u64)));
    let slowest = ordinary
        .map(|(_, night)| night.wall)
        .max()
        .unwrap_or_default();
    limits.check("slowest ordinary night, s", slowest.as_secs_f64(), 0.3);
    limits.check("unchanged run, s", unchanged.wall.as_secs_f64(), 0.3);
    limits.check(
        "unchanged run writes, KiB",
        unchanged.written as f64 / 1024.0,
        64.0,
    );
}

fn report_reading(path: &Path, history: &History, limits: &mut Limits) {
    let vault = Vault::open(path, Some("abc123")).expect("the vault");
    let (mut slowest, mut all, mut opened) = (Duration::ZERO, Duration::ZERO, 0_u32);
    for (id, documents) in history {
        let id = id.to_string();
        for (n, document) in documents.iter().enumerate() {
            let began = Instant::now();
            let read = vault
                .document("products", &id, n as u32 + 1)
                .expect("a read");
            let took = began.elapsed();
            assert_eq!(read.as_ref(), Some(document), "products/{id} v{}", n + 1);
            (all, opened) = (all + took, opened + 1);
            slowest = slowest.max(took);
        }
    }
    limits.check(
        "an old version, ms",
        all.as_secs_f64() * 1e3 / f64::from(opened),
        1.0,
    );
    println!("         {opened} opened, the slowest in {slowest:?}");
    let began = Instant::now();
    for id in history.keys() {
        vault.head("products", &id.to_string()).expect("a head");
    }
    println!("a head in {:?}", began.elapsed() / history.len() as u32);
    for (name, depth) in [
        ("quick", Depth::Quick),
        ("normal", Depth::Normal),
        ("deep", Depth::Deep),
    ] {
        let began = Instant::now();
        let report = vault.verify(depth, &mut |_, _| ()).expect("a report");
        assert!(report.ok, "{:?}", report.problems);
        println!("verified ({name}) in {:?}", began.elapsed());
    }
}

/// Many small objects: time by the object, and memory, which must not grow with them.
fn scale(path: &Path, objects: u64) {
    let at = Timestamp::from_second(1_790_000_000).expect("a time in range");
    let mut vault = Vault::create(path, "abc123", &SystemClock).expect("a vault");
    let run = vault.begin_run(RunKind::Backup, at).expect("a run");
    let began = Instant::now();
    for first in (0..objects).step_by(PAGE) {
        let page: Vec<(String, String)> = (first..objects.min(first + PAGE as u64))
            .map(|n| {
                (
                    n.to_string(),
                    format!(r#"{{"id":{n},"name":"Customer {n}"}}"#),
                )
            })
            .collect();
        let ids: Vec<&str> = page.iter().map(|(id, _)| id.as_str()).collect();
        vault.seen_add("customers", &ids).expect("seen");
        let writes: Vec<Write<'_>> = page.iter().map(|(id, body)| small(id, body)).collect();
        vault.write(run, at, &writes).expect("a write");
    }
    println!("{objects} objects written in {:?}", began.elapsed());
    println!("peak memory: {} MiB", peak_kib() / 1024);
    let began = Instant::now();
    assert_eq!(vault.unseen_count("customers").expect("a count"), 0);
    println!("compared with the listing in {:?}", began.elapsed());
    let timed = |what: &str, filter: &ObjectFilter| {
        let began = Instant::now();
        let mut listed = 0_u64;
        let mut count = |_| {
            listed += 1;
            ControlFlow::Continue(())
        };
        vault
            .objects("customers", filter, &mut count)
            .expect("a list");
        println!("{what}: {listed} in {:?}", began.elapsed());
    };
    timed(
        "listed",
        &ObjectFilter {
            state: StateFilter::All,
            ..ObjectFilter::default()
        },
    );
    let search = Some(format!("customer {}", objects / 2));
    timed(
        "found",
        &ObjectFilter {
            search,
            ..ObjectFilter::default()
        },
    );
    let began = Instant::now();
    vault.overview().expect("an overview");
    println!("overview in {:?}", began.elapsed());
    println!("peak memory: {} MiB", peak_kib() / 1024);
}

fn small<'a>(id: &'a str, body: &'a str) -> Write<'a> {
    let print = Fingerprint(*blake3::hash(body.as_bytes()).as_bytes());
    Write::Version {
        entity: "customers",
        id,
        expect: None,
        change: ChangeKind::Created,
        body: body.as_bytes(),
        fingerprint: print,
        shallow: print,
        pending: false,
        stamp: None,
        label: body,
        search: body,
        sample: None,
    }
}
