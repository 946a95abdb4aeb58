//! What hangs on objects by their ids: custom templates, prices of price lists, who is given which
//! list.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vortex::engines::restore::{Target, Want};
use vortex::model::restore::{Action, RestoreReport, StepStatus};
use vortex::model::{EntityStatus, RunStatus};
use vortex::sandbox::{Fault, Key, SandboxOptions, Scopes, Store, Token, What, When, scopes};

use super::killed::{shot_at, start};
use super::restore::{entity, everything_at, failed, usual};
use super::restore_more::asked;
use super::{Rig, of, written};

const TEMPLATES: &str = "template_associations";

const KINDS: [(&str, &str); 4] = [
    ("product", "products"),
    ("category", "categories"),
    ("brand", "brands"),
    ("page", "pages"),
];

fn whole(report: &RestoreReport) {
    assert_eq!(failed(report), Vec::<String>::new());
    assert_eq!(report.differing, vec![], "{:?}", report.differing);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.notes);
}

/// The templates of what lives, by its name; what was deleted may leave rows behind.
fn templates(rig: &Rig) -> BTreeSet<String> {
    rig.sandbox.edit(|store| {
        let rows = store.table(TEMPLATES).iter();
        let named = rows.filter_map(|(_, row)| {
            let (kind, table) = KINDS.iter().find(|(kind, _)| row["entity_type"] == *kind)?;
            let own = store.table(table).get(&Key::of(&row["entity_id"])?)?;
            let (name, channel, file) = (&own["name"], &row["channel_id"], &row["file_name"]);
            Some(format!("{kind} {name} on {channel}: {file}"))
        });
        let all: Vec<String> = named.collect();
        let one_each: BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(all.len(), one_each.len(), "{all:?}");
        one_each
    })
}

fn association(id: u64, channel: u64, kind: &str, of: u64, file: &str) -> Value {
    json!({"id": id, "channel_id": channel, "entity_type": kind, "entity_id": of,
        "file_name": file, "date_created": "2026-01-06T09:00:00Z",
        "date_modified": "2026-01-06T09:00:00Z"})
}

#[test]
fn templates_come_back_with_the_deleted_and_are_set_right_on_the_living() {
    let rig = Rig::new("demo");
    rig.backup("a");
    let before = templates(&rig);
    assert_eq!(before.len(), 5);
    for (name, id) in [
        ("products", "101"),
        ("categories", "20"),
        ("brands", "35"),
        ("pages", "5"),
    ] {
        rig.delete(name, &[id.to_owned()]);
    }
    rig.sandbox.edit(|store| {
        // One changed, one gone, and some that were not there, on what lives.
        store.edit(TEMPLATES, 5, |row| row["file_name"] = json!("other.html"));
        let table = store.table_mut(TEMPLATES);
        for (id, kind, of) in [
            (50, "product", 103),
            (51, "product", 104),
            (52, "brand", 36),
        ] {
            table.insert(id, association(id, 664, kind, of, "new.html"));
        }
    });
    rig.backup("a");
    let edited = templates(&rig);
    assert_eq!(edited.len(), 4);
    let path = "/custom-template-associations";
    let puts = asked(&rig, "PUT", path);
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(templates(&rig), before);
    // Each of the four made anew and the one that lives.
    assert_eq!(asked(&rig, "PUT", path) - puts, 5);
    assert_eq!(written(&rig.backup("a")), 0);
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(templates(&rig), edited);
    assert_eq!(written(&rig.backup("a")), 0);
}

#[test]
fn templates_of_many_that_live_are_set_in_one_request() {
    let rig = Rig::new("demo");
    rig.sandbox.edit(|store| {
        for id in 105..=114 {
            let row = association(id, 1, "product", id, "wide.html");
            store.table_mut(TEMPLATES).insert(id, row);
        }
    });
    rig.backup("a");
    let before = templates(&rig);
    rig.sandbox.edit(|store| {
        store.table_mut(TEMPLATES).edit_all(|row| {
            let own = row["file_name"] == "wide.html";
            if own {
                row["file_name"] = json!("wrong.html");
            }
            own
        })
    });
    let puts = asked(&rig, "PUT", "/custom-template-associations");
    whole(&rig.restore(everything_at(&rig, 1), &usual()));
    assert_eq!(templates(&rig), before);
    let puts = asked(&rig, "PUT", "/custom-template-associations") - puts;
    assert_eq!(puts, 1);
}

/// A rig whose second token has no scope of themes.
fn without_themes() -> Rig {
    let missing = scopes(&["store_themes_read_only", "store_themes_manage"]);
    Rig::with(SandboxOptions {
        tokens: vec![
            Token::new("whole", "owner", Scopes::All),
            Token::new("narrow", "narrow", Scopes::Without(missing)),
        ],
        ..SandboxOptions::sample("demo")
    })
}

#[test]
fn a_token_without_the_scope_of_themes_backs_up_all_else_and_says_so() {
    let rig = without_themes();
    let cancel = tokio_util::sync::CancellationToken::new();
    let back_up = |token: &str| rig.backup_with("a", &[], true, token, &cancel);
    let first = back_up("narrow");
    assert_eq!(first.status, RunStatus::Ok, "{first:?}");
    for (_, name) in KINDS {
        let notes = &of(&first, name).notes;
        let told = notes
            .iter()
            .filter(|note| note.contains("store_themes_read_only"));
        assert_eq!(told.count(), 1, "{name}: {notes:?}");
    }
    assert!(!rig.bodies("a").contains("custom_template_associations"));
    assert_eq!(written(&back_up("narrow")), 0);

    // With the scope: a version of what has any, and of nothing else.
    let second = back_up("whole");
    let updated = |name: &str| of(&second, name).updated;
    assert_eq!(KINDS.map(|(_, name)| updated(name)), [2, 1, 1, 1]);
    assert_eq!(written(&second), 5);
    assert_eq!(written(&back_up("whole")), 0);

    // What was there is not believed to be gone because it can't be read any more.
    let third = back_up("narrow");
    assert_eq!(of(&third, "brands").status, EntityStatus::Failed);
    let error = of(&third, "brands").error.clone().unwrap_or_default();
    assert!(error.contains("store_themes_read_only"), "{error}");
    assert_eq!(written(&third), 0);
}

const PRICES: &str = "price_records";

/// The prices of variants that are there, by SKU; those of others are left out.
fn prices(rig: &Rig) -> BTreeSet<String> {
    rig.sandbox.edit(|store| {
        let mut skus = std::collections::HashMap::new();
        for (_, product) in store.table("products").iter() {
            for variant in product["variants"].as_array().into_iter().flatten() {
                skus.insert(variant["id"].to_string(), variant["sku"].clone());
            }
        }
        let mut all = BTreeSet::new();
        for (_, row) in store.table(PRICES).iter() {
            let Some(sku) = skus.get(&row["variant_id"].to_string()) else {
                continue;
            };
            let members = [
                "price",
                "sale_price",
                "retail_price",
                "map_price",
                "bulk_pricing_tiers",
            ];
            let told: Vec<String> = members.iter().map(|m| row[*m].to_string()).collect();
            let (list, currency) = (&row["price_list_id"], &row["currency"]);
            let line = format!("{list} {sku} {currency}: {told:?}");
            assert!(all.insert(line.clone()), "twice: {line}");
        }
        all
    })
}

/// Who is given which list: of groups that are there, by their name.
fn assigned(rig: &Rig) -> BTreeSet<String> {
    rig.sandbox.edit(|store| {
        let rows = store.table("price_list_assignments").iter();
        let told = rows.filter_map(|(_, row)| {
            let group = Key::of(&row["customer_group_id"])?;
            let name = store.table("customer_groups").get(&group)?["name"].clone();
            Some(format!(
                "{name}: {} on {}",
                row["price_list_id"], row["channel_id"]
            ))
        });
        told.collect()
    })
}

fn rows(rig: &Rig, table: &str) -> usize {
    rig.sandbox.edit(|store| store.table(table).len())
}

fn target(name: &str, id: &str, version: u32) -> Target {
    Target {
        entity: entity(name),
        id: id.to_owned(),
        want: Want::Version(version),
        only: Vec::new(),
        asked: true,
    }
}

/// Two products with prices and a group with a list are gone since a backup; a product's templates
/// were not read then.
fn hurt() -> Rig {
    let rig = without_themes();
    let cancel = tokio_util::sync::CancellationToken::new();
    let few = ["products", "customers"];
    rig.backup_with("a", &few, true, "narrow", &cancel);
    rig.delete("products", &["101".to_owned(), "103".to_owned()]);
    rig.delete("customers", &["12".to_owned()]);
    rig.sandbox
        .edit(|store| store.table_mut("customer_groups").remove(&Key::Number(2)));
    rig.backup_with("a", &few, true, "narrow", &cancel);
    rig
}

fn wanted() -> Vec<Target> {
    vec![
        target("products", "101", 1),
        target("products", "103", 1),
        target("customers", "12", 1),
    ]
}

/// All that hangs, of what is there.
fn seen(rig: &Rig) -> [BTreeSet<String>; 3] {
    [prices(rig), assigned(rig), templates(rig)]
}

#[test]
fn what_still_stands_under_an_old_id_is_set_for_the_new_one() {
    let rig = Rig::new("demo");
    let before = seen(&rig);
    assert_eq!(before.each_ref().map(BTreeSet::len), [6, 1, 5]);
    drop(rig);
    let rig = hurt();
    let gone = seen(&rig);
    assert_eq!(gone.each_ref().map(BTreeSet::len), [2, 0, 3]);
    rig.sandbox.clear_log();
    let report = rig.restore(wanted(), &usual());
    whole(&report);
    assert_eq!(seen(&rig), before);
    // Those under the old ids are left; a list's prices go in one request.
    assert_eq!(rows(&rig, PRICES), 6 + 4);
    assert_eq!(rows(&rig, "price_list_assignments"), 2);
    assert_eq!(asked(&rig, "PUT", "/pricelists/1/records"), 1);
    assert_eq!(asked(&rig, "PUT", "/pricelists/2/records"), 1);
    assert_eq!(asked(&rig, "GET", "/pricelists"), 1);
    let hung = report.steps.iter().filter(|step| step.hanging.is_some());
    let hung: Vec<_> = hung.collect();
    assert_eq!(hung.len(), 5);
    for step in &hung {
        assert_eq!(
            (step.action, step.status),
            (Action::Relink, StepStatus::Done)
        );
        assert!(step.reason.contains("still stand under an old id"));
    }
    assert!(hung.iter().any(|step| step.label == "Regulars"));
    let cancel = tokio_util::sync::CancellationToken::new();
    let next = rig.backup_with("a", &["products", "customers"], true, "whole", &cancel);
    assert_eq!(written(&next), 0, "{next:?}");

    // Taken back: what was made is gone, and what stood under the old ids stands.
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(seen(&rig), gone);
    let again = rig.restore(wanted(), &usual());
    whole(&again);
    assert_eq!(seen(&rig), before);
}

#[test]
fn nothing_that_hangs_is_read_or_told_where_nothing_is_made_anew() {
    let rig = Rig::new("demo");
    rig.backup("a");
    rig.sandbox.edit(|store| {
        store.edit("products", 101, |row| row["description"] = json!("edited"));
    });
    whole(&rig.restore(vec![target("products", "101", 1)], &usual()));
    assert_eq!(asked(&rig, "GET", "/pricelists"), 0);
}

#[test]
fn whatever_goes_wrong_on_the_way_what_hangs_is_set_once() {
    let rig = hurt();
    rig.sandbox.clear_log();
    whole(&rig.restore(wanted(), &usual()));
    let end = (
        seen(&rig),
        rows(&rig, PRICES),
        rows(&rig, "price_list_assignments"),
    );
    let log = rig.sandbox.log();
    let hung = |entry: &vortex::sandbox::Entry| {
        let path = &entry.path;
        path.contains("/pricelists") || path.contains("/custom-template")
    };
    let first = log.iter().position(|entry| entry.method != "GET").unwrap();
    let numbers = (1..).zip(&log).skip(first);
    let numbers: Vec<u64> = numbers
        .filter(|(_, entry)| hung(entry))
        .map(|(n, _)| n)
        .collect();
    assert!(numbers.len() >= 12, "{numbers:?}");
    for what in [What::Reset, What::CutBody, What::Status(500), What::TooMany] {
        // Such an answer asks for a wait of whole seconds: some of the requests will do.
        let step = match what {
            What::TooMany => 6,
            What::Status(_) => 3,
            _ => 1,
        };
        for n in numbers.iter().step_by(step) {
            let rig = hurt();
            rig.sandbox.set_faults(vec![Fault::at(*n, what.clone())]);
            let mut report = rig.restore(wanted(), &usual());
            assert!(
                rig.sandbox.unreached_faults().is_empty(),
                "{n} was not made"
            );
            rig.sandbox.set_faults(vec![]);
            if report.status != RunStatus::Ok {
                report = rig.go_on(report.run.unwrap());
            }
            whole(&report);
            let now = (
                seen(&rig),
                rows(&rig, PRICES),
                rows(&rig, "price_list_assignments"),
            );
            assert_eq!(now, end, "{what:?} at {n}");
        }
    }
}

#[test]
fn a_restore_killed_among_what_hangs_is_finished_by_a_resume() {
    let rig = hurt();
    let line = "restore product 101 103 --yes -q";
    rig.sandbox.clear_log();
    assert!(start(&rig, "a", line).status().unwrap().success());
    let end = (seen(&rig), rows(&rig, PRICES));
    let log = rig.sandbox.log();
    let hung = |entry: &vortex::sandbox::Entry| {
        let path = &entry.path;
        path.contains("/pricelists") || path.contains("/custom-template")
    };
    let numbers = (1..).zip(&log).filter(|(_, entry)| hung(entry));
    let numbers: Vec<u64> = numbers.map(|(n, _)| n).collect();
    assert!(numbers.len() >= 12, "{numbers:?}");
    for n in numbers {
        let rig = hurt();
        assert!(
            !shot_at(&rig, n, |rig| start(rig, "a", line))
                .wait()
                .unwrap()
                .success()
        );
        rig.sandbox.set_faults(vec![]);
        let vault = rig.vault();
        let run = vault
            .runs()
            .unwrap()
            .iter()
            .map(|row| row.run)
            .max()
            .unwrap();
        let again = match vault.journal(run).unwrap() {
            None => line.to_owned(),
            Some(_) => format!("restore --resume {run} --yes -q"),
        };
        drop(vault);
        assert!(
            start(&rig, "a", &again).status().unwrap().success(),
            "killed at {n}: {again}"
        );
        assert_eq!((seen(&rig), rows(&rig, PRICES)), end, "killed at {n}");
    }
}

/// The variants of the product of this SKU, as they are now.
fn variants(store: &Store, sku: &str) -> Vec<u64> {
    let mut all = store.table("products").iter();
    let found = all.find(|(_, row)| row["sku"] == sku).unwrap().1;
    let ids = found["variants"].as_array().unwrap().iter();
    ids.map(|variant| variant["id"].as_u64().unwrap()).collect()
}

#[test]
fn a_price_that_was_set_meanwhile_is_left_and_named() {
    let rig = hurt();
    // Read once for the plan, then just before it is set.
    let when = When::Path {
        path: "/v3/pricelists/1/records".to_owned(),
        nth: 2,
    };
    rig.sandbox.set_faults(vec![]);
    rig.sandbox.edit_at(when, |store| {
        let mut row = store.document(PRICES, 1).unwrap();
        let id = variants(store, "CK-PAN-16")[0];
        (row["variant_id"], row["_place"], row["price"]) = (json!(id), json!(99), json!(1));
        store.table_mut(PRICES).insert(99, row);
    });
    let report = rig.restore(wanted(), &usual());
    assert_eq!(report.status, RunStatus::Partial);
    let told = failed(&report).join("\n");
    assert!(told.contains("was set meanwhile"), "{told}");
    assert!(
        prices(&rig)
            .iter()
            .any(|line| line.contains("-001\" \"usd\": [\"1\""))
    );
    assert_eq!(prices(&rig).len(), 6);
}

#[test]
fn of_prices_under_two_former_ids_the_later_count() {
    let rig = hurt();
    whole(&rig.restore(vec![target("products", "101", 1)], &usual()));
    let before = prices(&rig);
    rig.sandbox.edit(|store| {
        let id = variants(store, "CK-PAN-16")[0];
        store.table_mut(PRICES).edit_all(|row| {
            let own = row["variant_id"] == id && row["price_list_id"] == 1;
            if own {
                row["price"] = json!(55);
            }
            own
        });
    });
    let edited = prices(&rig);
    assert_ne!(edited, before);
    let now = rig.vault().current_id("products", "101").unwrap();
    rig.delete("products", std::slice::from_ref(&now));
    rig.backup_of("a", &["products"], true);
    whole(&rig.restore(vec![target("products", "101", 1)], &usual()));
    assert_eq!(prices(&rig), edited);
}

#[test]
fn an_assignment_to_no_channel_is_told() {
    let rig = hurt();
    rig.sandbox.edit(|store| {
        let row = json!({"id": 7, "price_list_id": 2, "customer_group_id": 2, "channel_id": null});
        store.table_mut("price_list_assignments").insert(7, row);
    });
    let report = rig.restore(vec![target("customers", "12", 1)], &usual());
    whole(&report);
    let mut steps = report.steps.iter();
    let step = steps.find(|step| step.hanging.is_some()).unwrap();
    assert!(step.losses[0].contains("channel_id"), "{step:?}");
    assert_eq!(assigned(&rig).len(), 1);
}

#[test]
fn prices_that_can_not_be_read_are_said_to_be_left() {
    let rig = hurt();
    rig.sandbox
        .set_faults(vec![Fault::on("/v3/pricelists", 1, What::Status(403))]);
    let report = rig.restore(vec![target("products", "103", 1)], &usual());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.status, RunStatus::Ok);
    let told = report
        .notes
        .iter()
        .any(|note| note.contains("prices in price lists can't be read"));
    assert!(told, "{:?}", report.notes);
}

#[test]
fn what_the_store_refuses_is_named_and_the_rest_is_set() {
    let rig = hurt();
    rig.sandbox.edit(|store| {
        // Read without a price: that can't be written.
        store.edit(PRICES, 2, |row| row["price"] = Value::Null);
        // A group that has discounts of its own by now takes no list.
        let row = json!({"id": 8, "price_list_id": 2, "customer_group_id": 1, "channel_id": 1});
        store.table_mut("price_list_assignments").insert(8, row);
        let group = store.table_mut("customer_groups").remove(&Key::Number(1));
        assert_ne!(group.unwrap()["discount_rules"], json!([]));
        store.table_mut("customers").edit_all(|row| {
            let own = row["customer_group_id"] == 1;
            if own {
                row["customer_group_id"] = json!(0);
            }
            own
        });
    });
    let mut targets = wanted();
    targets.push(target("customers", "3", 1));
    let report = rig.restore(targets, &usual());
    assert_eq!(report.status, RunStatus::Partial);
    let told = failed(&report);
    assert_eq!(told.len(), 2, "{told:?}");
    for path in [
        "/price_list_records/1/101002/usd",
        "/price_list_assignments/2/1/1",
    ] {
        let named = told.iter().filter(|line| line.contains(path));
        assert_eq!(named.count(), 1, "{told:?}");
    }
    assert!(!told.join("").contains("101001"), "{told:?}");
    assert_eq!(prices(&rig).len(), 5);
    assert_eq!(assigned(&rig).len(), 1);
}

#[test]
fn prices_of_variants_that_are_made_anew_within_a_living_product_are_set_again() {
    let rig = Rig::new("demo");
    rig.sandbox.edit(|store| {
        let mut row = store.document(PRICES, 2).unwrap();
        (row["variant_id"], row["_place"], row["sku"]) =
            (json!(102_002), json!(60), json!("HS-SKIL-002"));
        store.table_mut(PRICES).insert(60, row);
    });
    rig.backup("a");
    let before = prices(&rig);
    let client = rig.client(rig.sandbox.token());
    // One by itself; and all of another product's go with their option.
    for path in [
        "/catalog/products/102/variants/102002",
        "/catalog/products/101/options/10101",
    ] {
        let removal = vortex::api::Removal::one(vortex::model::ApiVersion::V3, path).unwrap();
        rig.run(client.remove(&removal)).unwrap();
    }
    rig.backup("a");
    let edited = prices(&rig);
    assert_eq!((before.len(), edited.len()), (7, 3));
    let targets = || vec![target("products", "101", 1), target("products", "102", 1)];
    let report = rig.restore(targets(), &usual());
    whole(&report);
    assert_eq!(prices(&rig), before);
    let hung = report.steps.iter().filter(|step| step.hanging.is_some());
    let hung: Vec<_> = hung.map(|step| (step.id.as_str(), step.safety)).collect();
    assert_eq!(hung, [("101", None), ("102", None)]);
    assert_eq!(written(&rig.backup("a")), 0);
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(prices(&rig), edited);
    whole(&rig.restore(targets(), &usual()));
    assert_eq!(prices(&rig), before);
}
