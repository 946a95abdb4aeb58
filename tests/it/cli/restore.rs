//! `restore` and `undo` through the binary: who is asked, what is refused, what comes out.

use serde_json::Value;

use crate::support::{Shop, says};

/// A shop whose first brand was deleted, and that was backed up before and after.
fn bereft() -> (Shop, String) {
    let shop = Shop::demo();
    shop.home.ok("backup");
    let brand = shop.first("brands");
    shop.sandbox.edit(|store| {
        let id = brand.parse::<u64>().unwrap();
        store
            .table_mut("brands")
            .remove(&vortex::sandbox::Key::Number(id));
        store.table_mut("products").edit_all(|product| {
            let its = product["brand_id"] == id;
            if its {
                product["brand_id"] = 0.into();
            }
            its
        });
    });
    shop.home.ok("backup");
    (shop, brand)
}

#[test]
fn without_a_terminal_a_restore_has_to_be_meant() {
    let (shop, brand) = bereft();
    let before = shop.sandbox.requests();
    let error = shop.home.fails(&format!("restore brand {brand}"), 2);
    says(&error, "usage", "--dry-run");
    says(&shop.home.fails("undo 1", 2), "usage", "--yes");
    assert_eq!(shop.sandbox.requests(), before, "something was sent");
}

#[test]
fn a_dry_run_shows_the_plan_and_sends_nothing() {
    let (shop, brand) = bereft();
    shop.sandbox.clear_log();
    let plan = shop.home.json(&format!("restore brand {brand} --dry-run"));
    assert_eq!(plan["dry_run"], true);
    assert_eq!(plan["run"], Value::Null);
    assert_eq!(plan["steps"][0]["action"], "create");
    assert_eq!(plan["steps"][0]["status"], "planned");
    assert_eq!(plan["steps"][1]["action"], "upload");
    assert_eq!(plan["steps"][2]["action"], "relink");
    assert!(shop.sandbox.log().iter().all(|entry| entry.method == "GET"));
    let runs = shop.home.json("runs");
    assert_eq!(
        runs.as_array().unwrap().len(),
        2,
        "a dry run takes no number"
    );
}

#[test]
fn a_brand_comes_back_with_its_products_and_an_undo_takes_it_away() {
    let (shop, brand) = bereft();
    let done = shop.home.json(&format!("restore brand {brand} --yes"));
    assert_eq!(done["status"], "ok");
    let new = done["steps"][0]["new_id"].as_str().unwrap();
    let linked = |id: &str| {
        let id: u64 = id.parse().unwrap();
        shop.sandbox.edit(|store| {
            let products = store.table("products").iter();
            products.filter(|(_, doc)| doc["brand_id"] == id).count()
        })
    };
    assert!(linked(new) > 0);
    let history = shop.home.json(&format!("list brand {brand}"));
    assert_eq!(history[2]["change"], "restored");
    assert_eq!(shop.home.json(&format!("list brand {new}")), history);
    let undone = shop.home.json(&format!("undo {} --yes", done["run"]));
    assert_eq!(undone["status"], "ok");
    assert_eq!(linked(new), 0);
}

#[test]
fn what_was_never_seen_and_what_says_nothing_are_told_apart() {
    let (shop, _) = bereft();
    let error = shop.home.fails("restore brand 999999 --yes", 1);
    says(&error, "unknown_object", "before the first backup");
    says(&shop.home.fails("restore --yes", 2), "usage", "--help");
    says(
        &shop.home.fails("restore --entity brands --yes", 2),
        "usage",
        "--at",
    );
    says(
        &shop.home.fails("undo 1 --yes", 1),
        "unknown_version",
        "vortex runs",
    );
    says(
        &shop.home.fails("restore brand 1 --version live --yes", 2),
        "bad_version",
        "",
    );
    for misspelt in [
        "pirce",
        "price..x",
        "variants[0].price",
        "options[].option_values[].label",
    ] {
        let line = format!("restore --entity products --at run:1 --field {misspelt} --yes");
        says(&shop.home.fails(&line, 2), "bad_field", "docs/restore.md");
    }
    for newer in ["2001-01-01", "run:99"] {
        let line = format!("restore --all --at {newer} --delete-newer --yes");
        let error = shop.home.fails(&line, 1);
        says(&error, "unknown_version", "vortex runs");
    }
    says(&shop.home.fails("restore --resume 1", 2), "usage", "--yes");
}

#[test]
fn an_order_that_is_as_it_was_needs_nothing_and_an_unmakeable_one_is_named() {
    let (shop, _) = bereft();
    let order = shop.first("orders");
    let done = shop.home.json(&format!("restore order {order} --yes"));
    assert_eq!(done["steps"][0]["action"], "skip");
    assert_eq!(done["run"], Value::Null);
}

#[test]
fn the_drill_says_what_would_come_back() {
    let shop = Shop::demo();
    shop.home.ok("backup");
    let drill = shop.home.json("drill");
    assert_eq!(drill["ok"], true, "{drill}");
    let of = |name: &str| {
        let all = drill["entities"].as_array().unwrap();
        all.iter()
            .find(|row| row["entity"] == name)
            .unwrap()
            .clone()
    };
    for name in ["brands", "products", "redirects", "coupons"] {
        let row = of(name);
        assert!(row["objects"].as_u64().unwrap() > 0, "{row}");
        assert_eq!(row["fields"], row["equal"], "{row}");
    }
    assert!(
        of("orders")["skipped"]
            .as_str()
            .unwrap()
            .contains("never made anew")
    );
}

#[test]
fn a_token_that_may_only_read_is_told_so_once_and_exits_4() {
    let (mut shop, _) = bereft();
    shop.sandbox.edit(|store| {
        store.table_mut("redirects").take(|_| true);
    });
    shop.sandbox.clear_log();
    shop.home.set("VORTEX_TOKEN", "sandbox-reader");
    let outcome = shop
        .home
        .run("restore --entity redirects --at run:1 --yes".split(' '));
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("403"), "{outcome:?}");
    let log = shop.sandbox.log();
    let tried = log.iter().filter(|entry| entry.method != "GET").count();
    assert!(tried <= 2, "asked {tried} times what was refused");
    // What was refused is still there to be taken up with a better token.
    assert!(outcome.stdout.contains("failed"), "{outcome:?}");
}

#[test]
fn a_copy_of_what_can_have_none_is_refused_before_anything_is_sent() {
    let (shop, brand) = bereft();
    let before = shop.sandbox.requests();
    let error = shop
        .home
        .fails(&format!("restore brand {brand} --as-copy --dry-run"), 2);
    says(&error, "usage", "can't be hidden from shoppers");
    assert_eq!(shop.sandbox.requests(), before, "something was sent");
    let product = shop.first("products");
    let plan = shop
        .home
        .json(&format!("restore product {product} --as-copy --dry-run"));
    assert_eq!(plan["steps"][0]["action"], "create");
    assert_eq!(plan["steps"][0]["copy"], 1);
}

#[test]
fn a_deleted_channel_is_said_to_be_final_and_a_copy_is_offered() {
    let shop = Shop::demo();
    shop.home.ok("backup");
    shop.sandbox.edit(|store| {
        store.edit("channels", 664, |doc| doc["status"] = "deleted".into());
    });
    shop.home.ok("backup");
    shop.sandbox.clear_log();
    for line in [
        "restore channel 664 --yes --json",
        "restore channel 664 --version v1 --yes --json",
    ] {
        let told = shop.home.run(line.split(' '));
        let report: Value = serde_json::from_str(&told.stdout).unwrap();
        assert_eq!(
            (told.code, &report["steps"][0]["lacking"]),
            (3, &true.into()),
            "{told:?}"
        );
        let why = report["steps"][0]["reason"].as_str().unwrap();
        assert!(
            why.contains("is final") && why.contains("channel 664 --as-copy"),
            "{why}"
        );
    }
    let plan = shop.home.ok("restore channel 664 --as-copy --dry-run");
    assert!(
        plan.contains("a new one (Shop-counter-copy, with status disconnected) takes its place"),
        "{plan}"
    );
    assert!(
        plan.contains("the category tree: no update changes a tree's channel"),
        "{plan}"
    );
    assert!(shop.sandbox.log().iter().all(|entry| entry.method == "GET"));
    let done = shop.home.json("restore channel 664 --as-copy --yes");
    assert_eq!(
        (&done["status"], &done["steps"][0]["instead"]),
        (&"ok".into(), &true.into())
    );
    let new = done["steps"][0]["new_id"].as_str().unwrap();
    let made = shop.home.json(&format!("show channel {new}"));
    assert_eq!(
        (&made["name"], &made["status"]),
        (&"Shop-counter-copy".into(), &"disconnected".into())
    );
    let undone = shop
        .home
        .run(format!("undo {} --yes", done["run"]).split(' '));
    assert_eq!(undone.code, 3, "{undone:?}");
    assert!(undone.stdout.contains("closed to shoppers"), "{undone:?}");
}

#[test]
fn customers_that_are_made_anew_set_a_password_where_that_is_asked() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity customers");
    let living = shop.first("customers");
    shop.delete("customers", "3");
    shop.delete("customers", "4");
    let resets = |shop: &Shop| {
        shop.sandbox.edit(|store| {
            let all = store.table("customers").select(|row| {
                row["authentication"]["force_password_reset"] == serde_json::json!(true)
            });
            all.len()
        })
    };
    let before = resets(&shop);
    let line = format!("restore customers 3 4 {living} --force-password-reset --yes");
    let outcome = shop.home.run(line.split(' '));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(resets(&shop), before + 2);
    let plan = "restore customers 3 --force-password-reset --dry-run";
    let outcome = shop.home.run(plan.split(' '));
    assert!(outcome.stderr.contains("changes nothing"), "{outcome:?}");
}

#[test]
fn what_is_missing_and_what_changes_hands_is_told_to_people() {
    let (shop, brand) = bereft();
    let product = shop.first("products");
    shop.sandbox.edit(|store| {
        let id: u64 = brand.parse().unwrap();
        store.edit("products", product.as_str(), |doc| {
            doc["brand_id"] = id.into()
        })
    });
    shop.home.ok("backup --entity products");
    shop.delete("products", &product);
    let line = format!("restore product {product} --no-dependencies --yes");
    let outcome = shop.home.run(line.split(' '));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let told = format!("product {product} is without brands/{brand}: not there any more");
    assert!(outcome.stderr.contains(&told), "{outcome:?}");
    let brands = shop.home.json("list brands");
    let of = |n: usize| (brands[n]["id"].as_str().unwrap(), &brands[n]["label"]);
    let ((first, one), (second, other)) = (of(0), of(1));
    shop.set("brands", first, "name", other.clone());
    shop.set("brands", second, "name", one.clone());
    let line = format!("restore brands {first} {second} --dry-run");
    let plan = shop.home.run(line.split(' '));
    assert_eq!(
        plan.stdout
            .matches("goes to another in this restore")
            .count(),
        2,
        "{plan:?}"
    );
}
