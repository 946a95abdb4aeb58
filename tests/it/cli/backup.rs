//! `backup` through the binary: its report, its exit codes, its lock, its signals.

use serde_json::{Value, json};
use vortex::sandbox::{Fault, SandboxOptions, What};

use crate::support::{Shop, says};

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn the_report_has_the_promised_fields_in_json() {
    let shop = Shop::demo();
    let report = shop.home.json("backup");
    assert_eq!(report["run"], 1);
    assert_eq!(report["store"], shop.sandbox.hash());
    assert_eq!(report["status"], "ok");
    let promised = [
        "run",
        "store",
        "status",
        "started_at",
        "finished_at",
        "requests",
    ];
    assert_eq!(keys(&report)[..6], promised);
    assert_eq!(report["requests"], shop.sandbox.requests());
    assert!(report["started_at"].as_str().unwrap().ends_with('Z'));
    let brands = report["entities"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["entity"] == "brands");
    let brands = brands.unwrap();
    let promised = [
        "entity",
        "status",
        "seen",
        "created",
        "updated",
        "deleted",
        "unchanged",
        "requests",
    ];
    assert_eq!(keys(brands)[..8], promised);
    assert_eq!(brands["error"], Value::Null);
    assert_eq!(brands["seen"], brands["created"]);
}

#[test]
fn a_second_backup_of_an_unchanged_store_writes_nothing() {
    let shop = Shop::demo();
    shop.home.ok("backup --full");
    let report = shop.home.json("backup --full");
    for entity in report["entities"].as_array().unwrap() {
        for what in ["created", "updated", "deleted"] {
            assert_eq!(entity[what], 0, "{entity}");
        }
        assert_eq!(entity["seen"], entity["unchanged"]);
    }
}

#[test]
fn each_edit_creation_and_deletion_is_one_version() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    let (edited, gone) = shop.sandbox.edit(|store| {
        let mut ids = store.table("brands").keys().map(ToString::to_string);
        (ids.next().unwrap(), ids.next().unwrap())
    });
    shop.set("brands", &edited, "name", json!("Renamed"));
    shop.delete("brands", &gone);
    let report = shop.home.json("backup --entity brand");
    let brands = &report["entities"][0];
    assert_eq!(brands["updated"], 1, "{brands}");
    assert_eq!(brands["deleted"], 1, "{brands}");
    assert_eq!(brands["created"], 0, "{brands}");
}

#[test]
fn text_in_a_pipe_is_a_plain_table_and_a_line() {
    let shop = Shop::demo();
    let outcome = shop.home.run(["backup", "--entity", "brands"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{outcome:?}");
    assert_eq!(lines[2], "images: 8 fetched, 8 held");
    assert!(lines[0].starts_with("entity  status"), "{outcome:?}");
    assert!(lines[1].starts_with("brands  ok"), "{outcome:?}");
    assert!(
        lines[3].starts_with("run 1 of store sandbox: ok, "),
        "{outcome:?}"
    );
    assert!(!outcome.stdout.contains('\u{1b}') && !outcome.stderr.contains('\u{1b}'));
}

#[test]
fn images_are_told_in_json_and_can_be_left_out_by_flag_or_profile() {
    let shop = Shop::demo();
    let left_out = shop.home.json("backup --entity brands --no-images");
    assert_eq!(left_out.get("images"), None);
    let hash = shop.sandbox.hash();
    shop.home.write(
        "config/vortex/config.toml",
        &format!("[stores.main]\nhash = '{hash}'\nimages = false\n"),
    );
    assert_eq!(shop.home.json("backup --entity brands").get("images"), None);
    assert!(shop.sandbox.cdn_log().is_empty());
    let path = "/cdn/s-sandbox/product_images/brand-35.png";
    shop.sandbox
        .set_faults(vec![Fault::on(path, 0, What::Status(403))]);
    let outcome = shop
        .home
        .run("backup --entity brands --images --json".split(' '));
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let images = &report["images"];
    assert_eq!(
        (&images["fetched"], &images["held"]),
        (&json!(7), &json!(7))
    );
    let url = format!("{}{path}", shop.sandbox.url());
    let failed = json!([{"entity": "brands", "id": "35", "url": url, "reason": "status 403"}]);
    assert_eq!(images["failed"], failed);
    let text = shop
        .home
        .run("backup --entity brands --images -q".split(' '));
    assert!(text.stderr.contains("image of brands 35: http"), "{text:?}");
}

#[test]
fn quiet_says_nothing_when_all_is_well_and_names_what_failed() {
    let shop = Shop::lacking(&["store_v2_marketing_read_only", "store_v2_marketing"]);
    let good = shop.home.run(["backup", "-q", "--entity", "brands"]);
    assert_eq!(
        (good.code, good.stdout.as_str(), good.stderr.as_str()),
        (0, "", "")
    );
    let bad = shop
        .home
        .run(["backup", "-q", "--entity", "brands,coupons"]);
    assert_eq!(bad.code, 3, "{bad:?}");
    assert_eq!(bad.stdout, "");
    assert!(
        bad.stderr.contains("coupons") && bad.stderr.contains("store_v2_marketing"),
        "{bad:?}"
    );
}

#[test]
fn one_scope_missing_fails_its_entities_and_the_others_go_on() {
    let shop = Shop::lacking(&["store_v2_marketing_read_only", "store_v2_marketing"]);
    let outcome = shop.home.run(["backup", "--json"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["status"], "partial");
    for entity in report["entities"].as_array().unwrap() {
        let lacks = ["coupons", "promotions", "gift-certificates"]
            .contains(&entity["entity"].as_str().unwrap());
        assert_eq!(
            entity["status"],
            if lacks { "failed" } else { "ok" },
            "{entity}"
        );
        if lacks {
            let error = entity["error"].as_str().unwrap();
            assert!(error.contains("store_v2_marketing_read_only"), "{error}");
        }
    }
}

#[test]
fn a_token_without_any_scope_that_was_asked_for_exits_4_and_names_it() {
    let shop = Shop::lacking(&["store_v2_marketing_read_only", "store_v2_marketing"]);
    let error = shop.home.fails("backup --entity coupons", 4);
    says(&error, "forbidden", "hash");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("store_v2_marketing_read_only"),
        "{error}"
    );
}

#[test]
fn a_wrong_token_exits_4_after_one_request() {
    let shop = Shop::demo();
    let home = shop.home.with("VORTEX_TOKEN", "wrong-token");
    let outcome = home.run(["backup"]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert_eq!(shop.sandbox.requests(), 1);
    assert_eq!(outcome.stdout, "");
    says(&home.fails("backup", 4), "unauthorized", "vortex login");
}

#[test]
fn no_output_ever_holds_the_token() {
    let shop = Shop::demo();
    let token = shop.sandbox.token().to_owned();
    shop.sandbox.set_faults(vec![
        Fault::at(2, What::Status(500)),
        Fault::at(4, What::Reset),
    ]);
    for line in [
        "backup -vv --entity brands,pages",
        "status -vv",
        "show brand 1 live -vv",
    ] {
        let outcome = shop.home.run(line.split_whitespace());
        let all = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!all.contains(&token), "{line}: {all}");
    }
}

/// Starts a backup of a shop whose products don't come, and sends it a signal while it waits.
fn interrupted(shop: &Shop, flag: &str, signal: rustix::process::Signal) -> std::process::Output {
    shop.sandbox.clear_log();
    shop.sandbox.set_faults(vec![Fault::on(
        "/v3/catalog/products",
        1,
        What::Delay(60_000),
    )]);
    let child = shop
        .home
        .command()
        .args(["backup", flag, "--entity", "brands,products"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The slow page has been asked for: the backup waits for it.
    let asked = || {
        shop.sandbox
            .log()
            .iter()
            .any(|e| e.path.starts_with("/v3/catalog/products"))
    };
    let began = std::time::Instant::now();
    while !asked() {
        assert!(
            began.elapsed().as_secs() < 60,
            "the products were never asked for"
        );
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, signal).unwrap();
    let signalled = std::time::Instant::now();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(
        signalled.elapsed().as_secs_f32() < 2.0,
        "took {:?}",
        signalled.elapsed()
    );
    output
}

#[test]
fn an_interrupted_backup_says_so_as_an_error() {
    let shop = Shop::demo();
    let quiet = interrupted(&shop, "-q", rustix::process::Signal::INT);
    let told = String::from_utf8(quiet.stderr).unwrap();
    assert!(told.starts_with("error: interrupted"), "{told}");
    assert!(quiet.stdout.is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_goes_away_stops_a_backup_cleanly() {
    let shop = Shop::demo();
    interrupted(&shop, "--json", rustix::process::Signal::HUP);
    assert_eq!(shop.home.json("runs")[0]["status"], "interrupted");
}

#[test]
fn a_store_that_does_not_answer_is_told_of_while_it_is_waited_for() {
    let mut shop = Shop::demo();
    // A port that nothing listens on.
    shop.home.set("VORTEX_API_URL", "http://127.0.0.1:1");
    let outcome = shop.home.run(["backup", "--entity", "brands"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert_eq!(
        outcome.stderr.matches("warning: waiting").count(),
        1,
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("--api-url"), "{outcome:?}");
}

#[test]
fn an_interrupted_backup_exits_130_and_the_next_one_completes() {
    let shop = Shop::demo();
    let output = interrupted(&shop, "--json", rustix::process::Signal::TERM);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["status"], "interrupted");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "interrupted", "{error}");
    assert_eq!(error["error"]["exit_code"], 130, "{error}");

    shop.sandbox.set_faults(Vec::new());
    let runs = shop.home.json("runs");
    assert_eq!(runs[0]["status"], "interrupted", "{runs}");
    let report = shop.home.json("backup --entity brands,products");
    assert_eq!(report["status"], "ok");
    assert_eq!(
        report["entities"][0]["created"], 0,
        "the brands had been kept: {report}"
    );
}

#[test]
fn every_store_of_the_config_is_backed_up_into_its_own_file() {
    let one = Shop::demo();
    let two = Shop::with(SandboxOptions {
        hash: "second".into(),
        ..SandboxOptions::default()
    });
    let home = crate::support::Home::empty();
    home.write("config/vortex/one.token", one.sandbox.token());
    home.write(
        "config/vortex/config.toml",
        &format!(
            "[stores.one]\nhash = 'sandbox'\napi_url = '{}'\ntoken_file = 'one.token'\n\
             [stores.two]\nhash = 'second'\napi_url = '{}'\ntoken_file = 'two.token'\n",
            one.sandbox.url(),
            two.sandbox.url()
        ),
    );
    let half = home.run(["backup", "--all-stores", "--json", "--entity", "brands"]);
    assert_eq!(half.code, 3, "{half:?}");
    let report: Value = serde_json::from_str(&half.stdout).unwrap();
    assert_eq!(report[0]["status"], "ok", "{report}");
    assert_eq!(report[1]["store"], "second", "{report}");
    assert_eq!(report[1]["error"]["kind"], "no_token", "{report}");

    home.write("config/vortex/two.token", two.sandbox.token());
    let whole = home.json("backup --all-stores --entity brands");
    assert!(
        whole
            .as_array()
            .unwrap()
            .iter()
            .all(|report| report["status"] == "ok"),
        "{whole}"
    );
    assert!(home.path("data/vortex/sandbox.db").is_file());
    assert!(home.path("data/vortex/second.db").is_file());
}
