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
