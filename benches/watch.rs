//! How many events a second `vortex watch` acknowledges, how fast, in how much memory, and whether
//! each that was acknowledged is worked off after `kill -9`.
//!
//! `cargo bench --bench watch -- [EVENTS_PER_SECOND] [SECONDS] [PRODUCTS]`: starts the binary against
//! a sandbox in this process, sends signed events over 64 connections at a steady rate (a late
//! request counts from when it was due), kills the binary in the middle of a second flood, starts
//! it again, and waits until nothing is left.

// A benchmark prints its figures and runs on the machine as it is.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vortex::model::{Clock, SystemClock};
use vortex::sandbox::{Sandbox, SandboxOptions};
use vortex::vault::Inbox;

const CONNECTIONS: u64 = 64;
const SECRET: &str = "bench-secret";

struct Load {
    port: u16,
    path: String,
    header: String,
    products: Vec<u64>,
}

#[derive(Default)]
struct Tally {
    micros: Vec<u64>,
    refused: u64,
    lost: u64,
}

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let rate = numbers.first().copied().unwrap_or(5_000);
    let seconds = numbers.get(1).copied().unwrap_or(20);
    let products = numbers.get(2).copied().unwrap_or(1_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(SandboxOptions {
        client_secret: Some(SECRET.to_owned()),
        ..SandboxOptions::sample(&format!("large:{products}"))
    })
    .expect("a sandbox");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("a port")
        .port();
    let db = folder.path().join("v.db");
    let start = || start(&sandbox, port, &db);
    let mut child = start();
    let load = Arc::new(load(&sandbox, port));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    println!("{rate} events/s for {seconds} s, {products} products, {CONNECTIONS} connections");

    let before = rss_kib(child.id());
    let began = Instant::now();
    let mut tally = runtime.block_on(flood(&load, rate, seconds, 1, &AtomicU64::new(0)));
    let took = began.elapsed();
    tally.micros.sort_unstable();
    let at = |share: f64| {
        let place = (tally.micros.len() as f64 * share) as usize;
        tally
            .micros
            .get(place.min(tally.micros.len().saturating_sub(1)))
            .map_or(0.0, |us| *us as f64 / 1000.0)
    };
    println!(
        "acknowledged {} of {} in {:.1} s ({:.0}/s); refused {}, lost {}",
        tally.micros.len(),
        rate * seconds,
        took.as_secs_f64(),
        tally.micros.len() as f64 / took.as_secs_f64(),
        tally.refused,
        tally.lost
    );
    println!(
        "p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, max {:.1} ms",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
    println!(
        "memory {} KiB before, {} KiB after, {} KiB peak",
        before,
        rss_kib(child.id()),
        peak_kib(child.id())
    );
    println!(
        "worked off {:.1} s after the last event",
        drained(&db).as_secs_f64()
    );

    // Killed half-way through a second flood.
    let acknowledged = AtomicU64::new(0);
    let victim = child.id();
    let half = Duration::from_secs((seconds / 4).max(1));
    let tally = runtime.block_on(async {
        let kill = async {
            tokio::time::sleep(half).await;
            let pid = rustix::process::Pid::from_raw(victim as i32).expect("a pid");
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
        };
        tokio::join!(
            flood(&load, rate, half.as_secs() * 2, 2, &acknowledged),
            kill
        )
        .0
    });
    let _ = child.wait();
    let inbox = Inbox::open(&db, None).ok().flatten().expect("the inbox");
    let kept = inbox.waiting().expect("readable").due;
    println!(
        "killed after {} s: {} acknowledged, {} never were; {} objects wait on the disk",
        half.as_secs(),
        tally.micros.len(),
        tally.lost + tally.refused,
        kept
    );
    let mut child = start();
    println!(
        "after a restart all is worked off in {:.1} s",
        drained(&db).as_secs_f64()
    );
    let _ = child.kill();
    let _ = child.wait();
}

fn start(sandbox: &Sandbox, port: u16, db: &std::path::Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vortex"))
        .args(["watch", "--sweep", "1h", "--entity", "products"])
        .args(["--public-url", &format!("http://127.0.0.1:{port}/vortex")])
        .args(["--listen", &format!("127.0.0.1:{port}"), "--db"])
        .arg(db)
        .env_clear()
        .env("HOME", db.parent().expect("a folder"))
        .env("VORTEX_API_URL", sandbox.url())
        .env("VORTEX_STORE_HASH", sandbox.hash())
        .env("VORTEX_TOKEN", sandbox.token())
        .env("VORTEX_CLIENT_SECRET", SECRET)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    for line in lines.by_ref().map_while(Result::ok) {
        if line.contains("sweep") {
            break;
        }
    }
    // Read on, so that the pipe never fills.
    std::thread::spawn(move || lines.for_each(drop));
    child
}

fn load(sandbox: &Sandbox, port: u16) -> Load {
    sandbox.edit(|store| {
        let hook = store
            .table("hooks")
            .iter()
            .next()
            .map(|(_, hook)| hook.into_owned());
        let hook = hook.expect("a hook");
        let destination = hook["destination"].as_str().unwrap_or_default();
        let path = destination.splitn(4, '/').nth(3).unwrap_or_default();
        Load {
            port,
            path: format!("/{path}"),
            header: hook["headers"]["x-vortex-secret"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            products: store
                .table("products")
                .keys()
                .map(vortex::sandbox::Key::number)
                .collect(),
        }
    })
}

async fn flood(load: &Arc<Load>, rate: u64, seconds: u64, round: u64, done: &AtomicU64) -> Tally {
    let each = rate * seconds / CONNECTIONS;
    let gap = Duration::from_nanos(1_000_000_000 * CONNECTIONS / rate);
    let begin = tokio::time::Instant::now() + Duration::from_millis(50);
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|n| {
            let load = Arc::clone(load);
            tokio::spawn(async move {
                let first = begin + gap / CONNECTIONS as u32 * n as u32;
                connection(
                    &load,
                    first,
                    gap,
                    each,
                    round * 1_000_000_000 + n * 10_000_000,
                )
                .await
            })
        })
        .collect();
    let mut all = Tally::default();
    for task in tasks {
        let tally = task.await.expect("a connection");
        all.micros.extend(tally.micros);
        all.refused += tally.refused;
        all.lost += tally.lost;
    }
    done.store(all.micros.len() as u64, Ordering::Relaxed);
    all
}

async fn connection(
    load: &Load,
    first: tokio::time::Instant,
    gap: Duration,
    each: u64,
    number: u64,
) -> Tally {
    let mut tally = Tally::default();
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", load.port)).await else {
        tally.lost = each;
        return tally;
    };
    let _ = stream.set_nodelay(true);
    let mut answer = [0_u8; 512];
    for n in 0..each {
        let due = first + gap * n as u32;
        tokio::time::sleep_until(due).await;
        let request = request(load, number + n);
        if stream.write_all(request.as_bytes()).await.is_err() {
            tally.lost += each - n;
            break;
        }
        match stream.read(&mut answer).await {
            Ok(bytes) if answer[..bytes].starts_with(b"HTTP/1.1 200") => {
                tally.micros.push(due.elapsed().as_micros() as u64);
            }
            Ok(0) | Err(_) => {
                tally.lost += each - n;
                break;
            }
            Ok(_) => tally.refused += 1,
        }
    }
    tally
}

fn request(load: &Load, number: u64) -> String {
    let place = number.wrapping_mul(2_654_435_761) % load.products.len() as u64;
    let id = load.products[place as usize];
    let body = format!(
        "{{\"scope\":\"store/product/updated\",\"store_id\":\"1\",\"data\":{{\"type\":\"product\",\
         \"id\":{id}}},\"hash\":\"x\",\"created_at\":1,\"producer\":\"stores/sandbox\"}}"
    );
    let (name, time) = (format!("msg_{number}"), SystemClock.now().as_second());
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(format!("{name}.{time}.{body}").as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nx-vortex-secret: {}\r\n\
         webhook-id: {name}\r\nwebhook-timestamp: {time}\r\nwebhook-signature: v1,{signature}\r\n\r\n{body}",
        load.path,
        body.len(),
        load.header
    )
}

/// How long until nothing waits.
fn drained(db: &std::path::Path) -> Duration {
    let began = Instant::now();
    let (_keep, tick) = std::sync::mpsc::channel::<()>();
    loop {
        let inbox = Inbox::open(db, None).ok().flatten().expect("the inbox");
        if inbox.waiting().expect("readable").due == 0 {
            return began.elapsed();
        }
        assert!(
            began.elapsed() < Duration::from_secs(600),
            "it is never worked off"
        );
        let _ = tick.recv_timeout(Duration::from_millis(50));
    }
}

fn rss_kib(pid: u32) -> u64 {
    status_kib(pid, "VmRSS:")
}

fn peak_kib(pid: u32) -> u64 {
    status_kib(pid, "VmHWM:")
}

fn status_kib(pid: u32, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
