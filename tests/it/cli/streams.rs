//! Pipes: who reads, who goes away, what stands where.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::support::Shop;

#[test]
fn a_reader_that_goes_away_ends_the_listing_quietly() {
    let shop = Shop::with(vortex::sandbox::SandboxOptions::sample("large:3000"));
    shop.home.ok("backup --entity products");
    let mut child = shop
        .home
        .command()
        .args(["list", "products"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(told, "");
    assert!(first.starts_with("id"), "{first}");
}

#[test]
fn with_json_standard_output_is_one_document_and_nothing_else() {
    let shop = Shop::demo();
    for line in [
        "backup",
        "list",
        "list brands",
        "runs",
        "status",
        "verify",
        "entities",
    ] {
        let outcome = shop
            .home
            .run([line, "--json", "-v"].join(" ").split_whitespace());
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(&outcome.stdout);
        assert!(parsed.is_ok(), "{line}: {outcome:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_can_not_be_written_is_a_failure() {
    let shop = Shop::demo();
    shop.home.ok("backup");
    for line in [
        "list",
        "list products",
        "list products --json",
        "backup --json",
        "backup",
        "entities",
        "runs",
        "verify --json",
        "status",
        "man",
        "completions bash",
        "--help",
        "--version",
        "demo",
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = shop
            .home
            .command()
            .args(line.split_whitespace())
            .stdout(full)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {told}");
        if line.ends_with("--json") {
            let error: serde_json::Value = serde_json::from_str(&told).unwrap();
            assert_eq!(error["error"]["kind"], "disk_full", "{line}: {told}");
            assert_eq!(error["error"]["exit_code"], 1, "{line}: {told}");
        } else {
            assert_eq!(
                told.matches("error: can't write to standard output")
                    .count(),
                1,
                "{line}: {told}"
            );
        }
    }
}

#[test]
fn a_field_in_a_pipe_is_the_stored_value_byte_for_byte() {
    let shop = Shop::demo();
    let id = shop.first("brands");
    let name = "\u{1b}[31mred\u{1b}[0m \u{9b}2J\u{7f} bell\u{7}";
    shop.set("brands", &id, "name", name.into());
    shop.home.ok("backup --entity brands");
    let shown = shop.home.ok(&format!("show brand {id} --field name"));
    assert_eq!(shown, format!("{name}\n"));
    let document = shop.home.json(&format!("show brand {id}"));
    assert_eq!(document["name"], name);
}
