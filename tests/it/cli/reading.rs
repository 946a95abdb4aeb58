//! What the reading commands print, in text and in JSON.

use serde_json::{Value, json};

use crate::support::Shop;

/// A shop whose brands have a history: one renamed twice, one deleted.
struct Told {
    shop: Shop,
    renamed: String,
    gone: String,
}

fn told() -> Told {
    let shop = Shop::demo();
    let (renamed, gone) = shop.sandbox.edit(|store| {
        let mut ids = store.table("brands").keys().map(ToString::to_string);
        (ids.next().unwrap(), ids.next().unwrap())
    });
    shop.set("brands", &renamed, "name", json!("First Name"));
    shop.home.ok("backup --entity brands,pages");
    shop.set("brands", &renamed, "name", json!("Second Name"));
    shop.delete("brands", &gone);
    shop.home.ok("backup --entity brands,pages");
    Told {
        shop,
        renamed,
        gone,
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect()
}

#[test]
fn the_overview_has_a_row_per_entity() {
    let Told { shop, .. } = told();
    let rows = shop.home.json("list");
    let brands = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["entity"] == "brands")
        .unwrap();
    let promised = [
        "entity",
        "live",
        "deleted",
        "versions",
        "last_seen_at",
        "last_run",
    ];
    assert_eq!(keys(brands)[..6], promised);
    assert_eq!(brands["deleted"], 1);
    assert_eq!(brands["versions"], brands["live"].as_u64().unwrap() + 3);
    assert_eq!(brands["last_run"], 2);
    let text = shop.home.ok("list");
    assert!(
        text.lines().next().unwrap().starts_with("entity "),
        "{text}"
    );
}

#[test]
fn objects_are_listed_live_deleted_or_both() {
    let Told {
        shop,
        renamed,
        gone,
    } = told();
    let live = shop.home.json("list brands");
    let promised = ["id", "label", "versions", "state", "changed_at", "seen_at"];
    assert_eq!(keys(&live[0])[..6], promised);
    assert!(ids(&live).contains(&renamed.as_str()) && !ids(&live).contains(&gone.as_str()));
    let deleted = shop.home.json("list brands --deleted");
    assert_eq!(ids(&deleted), [gone.as_str()]);
    assert_eq!(deleted[0]["state"], "deleted");
    assert_eq!(deleted[0]["versions"], 2);
    let all = shop.home.json("list brands --all");
    assert_eq!(
        all.as_array().unwrap().len(),
        live.as_array().unwrap().len() + 1
    );
    let none = shop.home.json("list pages --deleted");
    assert_eq!(none, json!([]));
}

#[test]
fn objects_are_found_by_words_by_time_and_cut_off_by_a_limit() {
    let Told { shop, renamed, .. } = told();
    assert_eq!(
        ids(&shop.home.json("list brands --search second")),
        [renamed.as_str()]
    );
    assert_eq!(shop.home.json("list brands --search nosuchword"), json!([]));
    assert_eq!(
        shop.home
            .json("list brands --limit 1")
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(shop.home.json("list brands --limit 0"), json!([]));
    let runs = shop.home.json("runs");
    let second = runs[1]["started_at"].as_str().unwrap();
    let changed = shop
        .home
        .json(&format!("list brands --all --changed-since {second}"));
    assert_eq!(changed.as_array().unwrap().len(), 2, "{changed}");
    assert_eq!(
        shop.home
            .json("list brands --changed-since 2999-01-01T00:00:00Z"),
        json!([])
    );
}

#[test]
fn versions_are_listed_with_what_changed() {
    let Told {
        shop,
        renamed,
        gone,
    } = told();
    let rows = shop.home.json(&format!("list brand {renamed}"));
    let promised = ["version", "change", "captured_at", "run", "bytes", "fields"];
    assert_eq!(keys(&rows[0])[..6], promised);
    let by_number = |n: u64| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["version"] == n)
    };
    let (first, second) = (by_number(1).unwrap(), by_number(2).unwrap());
    assert_eq!(
        (&first["change"], &second["change"]),
        (&json!("created"), &json!("updated"))
    );
    assert_eq!(second["fields"], json!(["/name"]));
    let rows = shop.home.json(&format!("list brand {gone}"));
    let last = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["version"] == 2)
        .unwrap();
    assert_eq!(last["change"], "deleted");
}

#[test]
fn a_document_is_shown_as_it_was_sent() {
    let shop = Shop::demo();
    let id = shop.first("brands");
    let odd: Value = serde_json::from_str(r#"{"price":19.9900,"id":9007199254740993}"#).unwrap();
    shop.set("brands", &id, "odd", odd);
    shop.home.ok("backup --entity brands");
    let text = shop.home.ok(&format!("show brand {id}"));
    assert!(text.contains("\"price\": 19.9900"), "{text}");
    assert!(text.contains("\"id\": 9007199254740993"), "{text}");
    assert_eq!(text, shop.home.ok(&format!("show brands {id} v1 --json")));
    assert_eq!(
        shop.home.ok(&format!("show brand {id} --field odd.price")),
        "19.9900\n"
    );
    let name = shop.home.ok(&format!("show brand {id} --field name"));
    assert!(!name.starts_with('"'), "{name}");
    assert!(
        shop.home
            .ok(&format!("show brand {id} --field name --json"))
            .starts_with('"')
    );
}

#[test]
fn every_word_for_a_version_finds_it() {
    let Told { shop, renamed, .. } = told();
    let name = |version: &str| {
        shop.home
            .ok(&format!("show brand {renamed} {version} --field name"))
            .trim()
            .to_owned()
    };
    let second = shop.home.json("runs")[1]["started_at"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(name("v1"), "First Name");
    assert_eq!(name("1"), "First Name");
    assert_eq!(name("run:1"), "First Name");
    assert_eq!(name(&format!("@{second}")), "First Name");
    assert_eq!(name("latest"), "Second Name");
    assert_eq!(name("run:2"), "Second Name");
    assert_eq!(name("@now"), "Second Name");
    shop.set("brands", &renamed, "name", json!("Third Name"));
    assert_eq!(name("live"), "Third Name");
}

#[test]
fn what_a_time_was_understood_as_is_said_on_standard_error() {
    let Told { shop, renamed, .. } = told();
    let outcome = shop.home.run(["show", "brand", &renamed, "@2999-01-01"]);
    assert!(
        outcome.stderr.contains("2999-01-01T00:00:00.000Z"),
        "{outcome:?}"
    );
    let exact = shop
        .home
        .run(["show", "brand", &renamed, "@2999-01-01T00:00:00Z"]);
    assert_eq!(exact.stderr, "");
}

#[test]
fn a_difference_is_told_in_every_form() {
    let Told { shop, renamed, .. } = told();
    let line = |format: &str| shop.home.ok(&format!("diff brand {renamed} {format}"));
    assert!(
        line("").contains("name First Name → Second Name"),
        "{}",
        line("")
    );
    assert!(line("--format source").contains("-  \"name\": \"First Name\""));
    assert!(line("--format side-by-side").contains(" | "));
    let page = line("--format html");
    assert!(
        page.starts_with("<!doctype html>") && page.contains("First Name"),
        "{page}"
    );
    let json = shop.home.json(&format!("diff brand {renamed}"));
    assert_eq!(keys(&json)[..5], ["entity", "id", "from", "to", "changes"]);
    assert_eq!((&json["from"], &json["to"]), (&json!("v1"), &json!("v2")));
    assert_eq!(
        json["changes"],
        json!([{ "op": "replace", "path": "/name", "old": "First Name", "new": "Second Name" }])
    );
}

#[test]
fn a_patch_turns_one_document_into_the_other() {
    let Told { shop, renamed, .. } = told();
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let mut document = read(shop.home.ok(&format!("show brand {renamed} v1")));
    let patch = shop
        .home
        .ok(&format!("diff brand {renamed} --format json-patch"));
    let patch: json_patch::Patch = serde_json::from_str(&patch).unwrap();
    json_patch::patch(&mut document, &patch).unwrap();
    assert_eq!(
        document,
        read(shop.home.ok(&format!("show brand {renamed} v2")))
    );
}

#[test]
fn exit_6_tells_a_script_that_there_are_differences() {
    let Told { shop, renamed, .. } = told();
    let code = |line: &str| {
        shop.home
            .run(
                format!("diff {line} --exit-code")
                    .split_whitespace()
                    .map(String::from),
            )
            .code
    };
    assert_eq!(code(&format!("brand {renamed}")), 6);
    assert_eq!(code(&format!("brand {renamed} v2 v2")), 0);
    assert_eq!(code(&format!("brand {renamed} latest live")), 0);
    assert_eq!(code("--since 1h"), 6);
    assert_eq!(code("--since now"), 0);
}

#[test]
fn a_deletion_is_one_remove_of_everything() {
    let Told { shop, gone, .. } = told();
    let json = shop.home.json(&format!("diff brand {gone}"));
    assert_eq!(json["changes"].as_array().unwrap().len(), 1);
    assert_eq!(json["changes"][0]["op"], "remove");
    assert_eq!(json["changes"][0]["path"], "");
    assert!(
        shop.home
            .ok(&format!("diff brand {gone}"))
            .contains("deleted")
    );
}

#[test]
fn the_whole_store_is_compared_since_a_time() {
    let Told {
        shop,
        renamed,
        gone,
    } = told();
    let second = shop.home.json("runs")[1]["started_at"]
        .as_str()
        .unwrap()
        .to_owned();
    let rows = shop.home.json(&format!("diff --since {second}"));
    let promised = [
        "entity",
        "id",
        "label",
        "change",
        "from",
        "to",
        "captured_at",
        "fields",
    ];
    assert_eq!(keys(&rows[0])[..8], promised);
    let of = |id: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == id)
            .unwrap_or(&Value::Null)
            .clone()
    };
    assert_eq!(of(&renamed)["change"], "updated");
    assert_eq!(of(&renamed)["fields"], json!(["/name"]));
    assert_eq!(
        (&of(&renamed)["from"], &of(&renamed)["to"]),
        (&json!("v1"), &json!("v2"))
    );
    assert_eq!(of(&gone)["change"], "deleted");
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows}");
    assert_eq!(
        shop.home
            .json(&format!("diff --since {second} --entity pages")),
        json!([])
    );
    assert_eq!(
        shop.home
            .json(&format!("diff --since 1h --until {second} --entity brands"))
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["change"] != "created")
            .count(),
        0
    );
}

#[test]
fn runs_are_listed_in_their_order() {
    let Told { shop, .. } = told();
    let rows = shop.home.json("runs");
    let promised = [
        "run",
        "kind",
        "status",
        "started_at",
        "finished_at",
        "requests",
    ];
    assert_eq!(keys(&rows[0])[..6], promised);
    assert_eq!((&rows[0]["run"], &rows[1]["run"]), (&json!(1), &json!(2)));
    assert_eq!(rows[0]["kind"], "backup");
    assert_eq!(shop.home.ok("runs").lines().count(), 3);
}

#[test]
fn status_is_healthy_only_when_every_entity_is_fresh() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    let outcome = shop.home.run(["status", "--json"]);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["healthy"], false);
    let entity = |name: &str| {
        report["entities"]
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["entity"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        keys(&entity("brands"))[..4],
        ["entity", "last_ok_at", "age_seconds", "state"]
    );
    assert_eq!(entity("brands")["state"], "fresh");
    assert_eq!(entity("pages")["state"], "never");

    shop.home.ok("backup");
    assert_eq!(shop.home.json("status")["healthy"], true);
    let late = shop.home.run(["status", "--max-age", "0s"]);
    assert_eq!(late.code, 6, "{late:?}");
}

#[test]
fn a_failed_entity_makes_the_status_unhealthy() {
    let shop = Shop::lacking(&["store_v2_marketing_read_only", "store_v2_marketing"]);
    shop.home.run(["backup"]);
    let outcome = shop.home.run(["status", "--json"]);
    assert_eq!(outcome.code, 6);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let entities = report["entities"].as_array().unwrap();
    let coupons = entities.iter().find(|e| e["entity"] == "coupons").unwrap();
    assert_eq!(coupons["state"], "failing");
}

#[test]
fn status_shows_the_orders_that_the_store_counts_beside_those_held() {
    let shop = Shop::demo();
    shop.home.ok("backup");
    let text = shop.home.ok("status");
    assert!(text.contains("orders by status"), "{text}");
}

#[test]
fn verify_finds_nothing_wrong_with_a_good_version_store() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    for depth in ["", "--quick", "--deep"] {
        let report = shop.home.json(&format!("verify {depth}"));
        assert_eq!(
            keys(&report)[..5],
            ["ok", "versions", "blobs", "bytes", "problems"]
        );
        assert_eq!(
            (&report["ok"], &report["problems"]),
            (&json!(true), &json!([]))
        );
    }
}

#[test]
fn entities_are_listed_with_scopes_and_reasons() {
    let rows = Shop::demo().home.json("entities");
    let promised = [
        "entity",
        "group",
        "realtime",
        "restorable",
        "why_not",
        "scope_read",
        "scope_write",
    ];
    assert_eq!(keys(&rows[0])[..7], promised);
    assert!(rows.as_array().unwrap().len() >= 13);
}
