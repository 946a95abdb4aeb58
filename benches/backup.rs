//! What a backup without images costs: requests, own CPU, peak memory, bytes written; each in a process of its
//! own, against the sandbox in another.
//!
//! `cargo bench --bench backup [-- PRODUCTS]` (5,000 unless said otherwise; Linux: it reads /proc).

// A benchmark prints its figures and runs on the machine as it is.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a child process used: user and system seconds, wall seconds, peak MiB.
struct Used {
    cpu: f64,
    wall: f64,
    peak_mib: f64,
    report: Value,
}

fn main() {
    let products: u64 = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(5_000);
    let vortex = env!("CARGO_BIN_EXE_vortex");
    let mut sandbox = Command::new(vortex)
        .args([
            "sandbox",
            "--sample",
            &format!("large:{products}"),
            "--json",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the sandbox starts");
    let pipe = BufReader::new(sandbox.stdout.take().expect("a pipe"));
    let url = pipe
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            Some(
                line.split_once("\"url\": \"")?
                    .1
                    .split('"')
                    .next()?
                    .to_owned(),
            )
        })
        .expect("the sandbox says where it is");
    let _sandbox = Killed(sandbox);
    let folder = tempfile::tempdir().expect("a folder");
    let db = folder.path().join("bench.db");

    println!("{products} products, all parts");
    for (name, words) in [
        ("first", vec!["--entity", "products"]),
        ("unchanged", vec!["--entity", "products"]),
        ("unchanged, --full", vec!["--entity", "products", "--full"]),
    ] {
        let before = size(&db);
        let used = run(vortex, &url, &db, &words);
        let entity = &used.report["entities"][0];
        println!(
            "{name:>18}: {:>6} requests, {:>6.2} s CPU, {:>6.2} s wall, {:>6.1} MiB peak, \
             {:>9} bytes grown, created {} updated {} unchanged {}",
            used.report["requests"],
            used.cpu,
            used.wall,
            used.peak_mib,
            size(&db) - before,
            entity["created"],
            entity["updated"],
            entity["unchanged"],
        );
    }
}

fn size(db: &Path) -> i64 {
    std::fs::metadata(db).map_or(0, |m| i64::try_from(m.len()).unwrap_or(i64::MAX))
}

/// Runs a backup and reads what it used from /proc when it is about to end.
fn run(vortex: &str, url: &str, db: &Path, words: &[&str]) -> Used {
    let started = Instant::now();
    let out = db.with_extension("json");
    let script = "TIMEFORMAT='%U %S'; time \"$@\" >\"$OUT\" & pid=$!; wait $pid";
    let child = Command::new("bash")
        .args([
            "-c",
            script,
            "bash",
            vortex,
            "backup",
            "--json",
            "-q",
            "--no-images",
        ])
        .args(words)
        .env("OUT", &out)
        .env("VORTEX_API_URL", url)
        .env("VORTEX_DB", db)
        .env("VORTEX_STORE_HASH", "sandbox")
        .env("VORTEX_TOKEN", "sandbox-token")
        .env("HOME", db.parent().expect("a folder"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("bash starts");
    let shell = child.id();
    let watcher = std::thread::spawn(move || peak(shell));
    let output = child.wait_with_output().expect("the backup ends");
    let wall = started.elapsed().as_secs_f64();
    let times = String::from_utf8_lossy(&output.stderr);
    let seconds = times.lines().last().unwrap_or_default().split_whitespace();
    let cpu = seconds.filter_map(|word| word.parse::<f64>().ok()).sum();
    let report = std::fs::read_to_string(&out).expect("a report");
    Used {
        cpu,
        wall,
        peak_mib: watcher.join().expect("the watcher ends"),
        report: serde_json::from_str(&report).unwrap_or_else(|_| panic!("{report}\n{times}")),
    }
}

/// The highest peak of resident memory among a shell's children, in MiB, sampled while they live.
fn peak(shell: u32) -> f64 {
    let mut most = 0.0_f64;
    while Path::new(&format!("/proc/{shell}/stat")).exists() {
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            if !status.starts_with("Name:\tvortex") || !descends(&status, shell) {
                continue;
            }
            let kib = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))
                .and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
            most = most.max(kib.unwrap_or(0.0) / 1024.0);
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    most
}

fn descends(status: &str, shell: u32) -> bool {
    let parent = |status: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("PPid:"))?
            .trim()
            .to_owned();
        line.parse::<u32>().ok()
    };
    let mut at = parent(status);
    while let Some(pid) = at {
        if pid == shell {
            return true;
        }
        let above = std::fs::read_to_string(format!("/proc/{pid}/status")).ok();
        at = above
            .and_then(|status| parent(&status))
            .filter(|pid| *pid > 1);
    }
    false
}
