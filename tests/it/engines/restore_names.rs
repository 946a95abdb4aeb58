//! Names that change hands in one restore, objects that point to what can't come back, and work that
//! was cut short between two lines of the version store.

use serde_json::{Value, json};
use vortex::engines::restore::{At, AtFilter, Options, Target, Want, cut_short, targets_at};
use vortex::model::restore::{Action, RestoreReport, StepStatus};
use vortex::model::{RunId, RunStatus};
use vortex::sandbox::{Fault, What, When};

use super::faults::small;
use super::restore::{entity, failed, usual};
use super::{Rig, written};

pub fn one(name: &str, id: &str) -> Target {
    Target {
        entity: entity(name),
        id: id.to_owned(),
        want: Want::Version(1),
        only: Vec::new(),
        asked: true,
    }
}

pub fn whole(report: &RestoreReport) {
    assert_eq!(failed(report), Vec::<String>::new());
    assert_eq!(report.differing, vec![], "{:?}", report.differing);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.notes);
}

pub fn doc(rig: &Rig, table: &'static str, id: &str) -> Value {
    let found = rig.sandbox.edit(|store| store.document(table, id));
    found.unwrap_or_else(|| panic!("{table} has no {id}"))
}

pub fn set(rig: &Rig, table: &'static str, id: &str, edit: impl FnOnce(&mut Value)) {
    assert!(rig.sandbox.edit(|store| store.edit(table, id, edit)));
}

/// Names, addresses and SKUs of brands and products.
fn names(rig: &Rig) -> Vec<String> {
    rig.sandbox.edit(|store| {
        let mut all = Vec::new();
        for table in ["brands", "products"] {
            for (key, doc) in store.table(table).iter() {
                let variants = doc["variants"].as_array();
                let skus = variants.into_iter().flatten().map(|v| v["sku"].to_string());
                let skus: Vec<String> = skus.collect();
                all.push(format!(
                    "{table} {key} {} {} {} {}",
                    doc["name"],
                    doc["sku"],
                    doc["custom_url"]["url"],
                    skus.join(" ")
                ));
            }
        }
        all
    })
}

/// Products with several variants, and those with one.
pub fn sorts(rig: &Rig) -> (Vec<String>, Vec<String>) {
    let rich = |id: &String| {
        let doc = doc(rig, "products", id);
        doc["variants"].as_array().is_some_and(|all| all.len() > 2)
    };
    rig.ids("products").into_iter().partition(rich)
}

/// Moves a member of each document to the next one.
fn turn(rig: &Rig, table: &'static str, ids: &[String], pointers: &[&str]) {
    let docs: Vec<Value> = ids.iter().map(|id| doc(rig, table, id)).collect();
    for (at, id) in ids.iter().enumerate() {
        let next = &docs[(at + 1) % docs.len()];
        set(rig, table, id, |doc| {
            for pointer in pointers {
                let to = next.pointer(pointer).unwrap().clone();
                *doc.pointer_mut(pointer).unwrap() = to;
            }
        });
    }
}

/// A store whose names, SKUs and addresses an import moved one row down.
fn shuffled() -> (Rig, Vec<String>, Vec<Target>) {
    let rig = small();
    let (rich, plain) = sorts(&rig);
    rig.backup_of("a", &["brands", "products"], true);
    let before = names(&rig);
    let brands = rig.ids("brands");
    turn(&rig, "brands", &brands[..3], &["/name", "/custom_url/url"]);
    let own = ["/name", "/sku", "/variants/0/sku", "/custom_url/url"];
    turn(&rig, "products", &plain[..3], &own);
    set(&rig, "products", &rich[0], |doc| {
        let first = doc["variants"][0]["sku"].clone();
        doc["variants"][0]["sku"] = doc["variants"][1]["sku"].clone();
        doc["variants"][1]["sku"] = first;
    });
    let mut targets: Vec<Target> = brands[..3].iter().map(|id| one("brands", id)).collect();
    let products = plain[..3].iter().chain(&rich[..1]);
    targets.extend(products.map(|id| one("products", id)));
    rig.sandbox.clear_log();
    (rig, before, targets)
}

#[test]
fn names_that_were_moved_in_a_circle_go_back() {
    let (rig, before, targets) = shuffled();
    assert_ne!(names(&rig), before);
    let report = rig.restore(targets, &usual());
    whole(&report);
    assert_eq!(names(&rig), before);
    let log = rig.sandbox.log();
    let refused: Vec<_> = log.iter().filter(|line| line.status >= 400).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let undone = rig.undo(report.run.unwrap());
    whole(&undone);
    assert_ne!(names(&rig), before);
    whole(&rig.undo(undone.run.unwrap()));
    assert_eq!(names(&rig), before);
}

#[test]
fn names_in_a_circle_go_back_though_the_work_is_cut_anywhere() {
    let (rig, _, targets) = shuffled();
    rig.restore(targets, &usual());
    let log = rig.sandbox.log();
    let writes = (1..).zip(&log).filter(|(_, entry)| entry.method != "GET");
    let writes: Vec<u64> = writes.map(|(n, _)| n).collect();
    assert!(writes.len() >= 6, "{log:?}");
    for n in writes.iter().flat_map(|n| [*n, *n + 1]) {
        for what in [What::Reset, What::CutBody] {
            let (rig, before, targets) = shuffled();
            let faults = (n..n + 12).map(|n| Fault::at(n, what.clone()));
            rig.sandbox.set_faults(faults.collect());
            let mut report = rig.restore(targets, &usual());
            rig.sandbox.set_faults(vec![]);
            if report.status != RunStatus::Ok {
                report = rig.go_on(report.run.unwrap());
            }
            assert_eq!(failed(&report), Vec::<String>::new(), "{what:?} at {n}");
            assert_eq!(names(&rig), before, "{what:?} at {n}: {report:?}");
        }
    }
}

#[test]
fn one_that_takes_the_name_of_what_is_gone_gives_it_back_and_goes() {
    let rig = small();
    let brands = rig.ids("brands");
    let all = ["brands", "products"];
    rig.backup_of("a", &all, true);
    let before = rig.seen();
    let old = doc(&rig, "brands", &brands[0]);
    // What an import does that knows no ids.
    rig.delete("brands", &brands[..1]);
    rig.sandbox.edit(|store| {
        let mut new = old.clone();
        new["id"] = json!(9_000);
        store.table_mut("brands").insert(9_000, new);
    });
    rig.backup_of("a", &all, true);
    let filter = AtFilter {
        delete_newer: true,
        ..AtFilter::default()
    };
    let at = At::Run(RunId(1));
    let targets = targets_at(&rig.vault(), &[entity("brands")], at, &filter).unwrap();
    let report = rig.restore(targets.0, &usual());
    whole(&report);
    assert_eq!(rig.seen(), before);
    assert!(!rig.ids("brands").contains(&"9000".to_owned()));
    whole(&rig.undo(report.run.unwrap()));
    let now = rig.seen();
    assert_eq!(now.len(), before.len(), "{now:?}");
}

#[test]
fn one_whose_change_is_refused_has_its_name_back() {
    let rig = small();
    let brands = rig.ids("brands");
    rig.backup_of("a", &["brands"], true);
    turn(&rig, "brands", &brands[..2], &["/name"]);
    let turned = names(&rig);
    rig.sandbox.clear_log();
    rig.restore(
        vec![one("brands", &brands[0]), one("brands", &brands[1])],
        &usual(),
    );
    let log = rig.sandbox.log();
    let puts = (1..).zip(&log).filter(|(_, entry)| entry.method == "PUT");
    let puts: Vec<u64> = puts.map(|(n, _)| n).collect();
    assert_eq!(puts.len(), 4, "two are parked, two are set: {log:?}");
    turn(&rig, "brands", &brands[..2], &["/name"]);
    assert_eq!(names(&rig), turned);
    rig.backup_of("a", &["brands"], true);
    rig.sandbox.clear_log();
    // Both parked, neither set.
    let faults = puts[2..].iter().map(|n| Fault::at(*n, What::Status(422)));
    rig.sandbox.set_faults(faults.collect());
    let targets = vec![one("brands", &brands[0]), one("brands", &brands[1])];
    let report = rig.restore(targets, &usual());
    assert_eq!(failed(&report).len(), 2, "{report:?}");
    assert_eq!(names(&rig), turned, "{:?}", report.notes);
}

/// A product and its brand gone, and the brand's name someone else's.
fn bereft() -> (Rig, String, String) {
    let rig = small();
    let branded = rig.sandbox.edit(|store| {
        let mut all = store.table("products").iter();
        let found = all.find(|(_, doc)| doc["brand_id"].as_u64().is_some_and(|id| id > 0));
        let (key, doc) = found.unwrap();
        (key.number().to_string(), doc["brand_id"].to_string())
    });
    rig.backup_of("a", &["brands", "products"], true);
    rig.delete("products", std::slice::from_ref(&branded.0));
    rig.delete("brands", std::slice::from_ref(&branded.1));
    (rig, branded.0, branded.1)
}

fn newest(rig: &Rig) -> Value {
    let ids = rig.ids("products");
    let newest = ids.iter().max_by_key(|id| id.parse::<u64>().unwrap());
    doc(rig, "products", newest.unwrap())
}

#[test]
fn what_points_to_one_that_can_not_come_back_comes_back_without_it() {
    let (rig, product, brand) = bereft();
    let vault = rig.vault();
    let name = vault.object("brands", &brand).unwrap().unwrap().label;
    drop(vault);
    rig.sandbox.edit(|store| {
        let other = store.table("brands").keys().next().unwrap().number();
        store.edit("brands", other, |doc| doc["name"] = json!(name))
    });
    let report = rig.restore(vec![one("products", &product)], &usual());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.status, RunStatus::Partial, "the brand is not there");
    assert_eq!(report.differing, vec![]);
    let made = report
        .steps
        .iter()
        .find(|s| s.entity == "products")
        .unwrap();
    let told = format!("brand_id: brand {brand} is gone and does not come back, so it is left out");
    assert!(made.losses.contains(&told), "{:?}", made.losses);
    assert_eq!(newest(&rig)["brand_id"], 0);
}

#[test]
fn without_what_it_needs_an_object_comes_back_and_lives_on() {
    let (rig, product, brand) = bereft();
    let alone = Options {
        dependencies: false,
        ..usual()
    };
    let report = rig.restore(vec![one("products", &product)], &alone);
    whole(&report);
    let made = newest(&rig);
    assert_eq!(made["brand_id"], 0);
    // Of one that lives all else is changed.
    let id = made["id"].to_string();
    set(&rig, "products", &id, |doc| doc["price"] = json!(1));
    let report = rig.restore(vec![one("products", &product)], &alone);
    whole(&report);
    assert_ne!(doc(&rig, "products", &id)["price"], 1);
    assert!(
        report.steps[0].losses[0].contains(&format!("brand {brand} is gone")),
        "{report:?}"
    );
}

#[test]
fn what_points_to_one_that_the_store_refuses_comes_back_without_it() {
    let (rig, product, _) = bereft();
    rig.sandbox.clear_log();
    rig.restore(vec![one("products", &product)], &usual());
    let log = rig.sandbox.log();
    let makes = |path: &str| path.ends_with("/catalog/brands");
    let made = log
        .iter()
        .position(|e| e.method == "POST" && makes(&e.path));
    let (rig, product, brand) = bereft();
    let refused = Fault::at(made.unwrap() as u64 + 1, What::Status(422));
    rig.sandbox.set_faults(vec![refused]);
    let report = rig.restore(vec![one("products", &product)], &usual());
    let rest = failed(&report);
    assert!(rest[0].contains("422"), "{rest:?}");
    let others =
        |line: &String| line.contains("could not be made") || line.contains("is not there");
    assert!(rest[1..].iter().all(others), "{rest:?}");
    assert_eq!(report.status, RunStatus::Partial);
    assert_eq!(newest(&rig)["brand_id"], 0);
    let told = format!("brands/{brand} could not be made");
    assert!(
        report.notes.iter().any(|note| note.contains(&told)),
        "{:?}",
        report.notes
    );
}

#[test]
fn one_that_was_renumbered_before_the_journal_was_told_is_not_made_again() {
    let (rig, _, brand) = bereft();
    let report = rig.restore(vec![one("brands", &brand)], &usual());
    whole(&report);
    let run = report.run.unwrap();
    let ids = rig.ids("brands");
    let mut vault = rig.vault();
    let mut step = report.steps[0].clone();
    assert_eq!(step.action, Action::Create);
    (step.status, step.new_id) = (StepStatus::Begun, None);
    let text = serde_json::to_string(&step).unwrap();
    vault.journal_steps(RunId(run), &[(step.n, text)]).unwrap();
    drop(vault);
    whole(&rig.go_on(run));
    assert_eq!(rig.ids("brands"), ids);
    let next = rig.backup_of("a", &["brands"], true);
    assert_eq!(written(&next), 0, "{next:?}");
}

/// Two brands are gone; restored with these requests answered by a 500.
fn faulty(at: &[u64]) -> (Rig, RestoreReport) {
    let rig = small();
    let brands = rig.ids("brands");
    rig.backup_of("a", &["brands"], true);
    rig.delete("brands", &brands[..2]);
    rig.sandbox.clear_log();
    let faults = at.iter().map(|n| Fault::at(*n, What::Status(500)));
    rig.sandbox.set_faults(faults.collect());
    let targets = vec![one("brands", &brands[0]), one("brands", &brands[1])];
    let report = rig.restore(targets, &usual());
    (rig, report)
}

#[test]
fn one_that_the_store_fails_over_for_good_does_not_end_the_rest() {
    let (rig, report) = faulty(&[]);
    whole(&report);
    let log = rig.sandbox.log();
    let posts = (1..).zip(&log).filter(|(_, entry)| entry.method == "POST");
    let first = posts.map(|(n, _)| n).next().unwrap();
    let all = rig.ids("brands").len();
    // Looked for, and sent once more.
    let (rig, report) = faulty(&[first]);
    whole(&report);
    assert_eq!(rig.ids("brands").len(), all);
    let (rig, report) = faulty(&[first, first + 2]);
    assert_eq!(report.status, RunStatus::Partial, "{report:?}");
    let rest = failed(&report);
    assert!(rest[0].contains("500"), "{rest:?}");
    // Its image has nowhere to go.
    let others = |line: &String| line.contains("is not there");
    assert!(rest[1..].iter().all(others), "{rest:?}");
    assert_eq!(rig.ids("brands").len(), all - 1);
}

/// A product whose modifier offers another product, which is deleted; what became of the value then.
fn offered(emptied: bool) -> (Rig, Value) {
    let rig = small();
    let (_, plain) = sorts(&rig);
    let (offers, offered) = (plain[0].clone(), plain[1].clone());
    let value = |id: u64, label: &str, data: Value| {
        json!({"id": id, "option_id": 9100, "label": label, "sort_order": 0, "is_default": false,
            "value_data": data, "adjusters": {"price": null, "weight": null, "image_url": "",
            "purchasing_disabled": {"status": false, "message": ""}}})
    };
    set(&rig, "products", &offers, |doc| {
        doc["modifiers"] = json!([{"id": 9100, "product_id": doc["id"], "name": "Lid",
            "display_name": "Lid", "type": "product_list", "required": false, "sort_order": 0,
            "config": {"product_list_adjusts_inventory": true, "product_list_adjusts_pricing": true,
                "product_list_shipping_calc": "none"},
            "option_values": [
                value(9101, "That one", json!({"product_id": offered.parse::<u64>().unwrap()})),
                value(9102, "None", Value::Null)]}]);
    });
    rig.backup_of("a", &["products"], true);
    rig.delete("products", std::slice::from_ref(&offered));
    if emptied {
        set(&rig, "products", &offers, |doc| {
            doc["modifiers"][0]["option_values"][0]["value_data"] = Value::Null;
        });
    }
    rig.backup_of("a", &["products"], true);
    let report = rig.restore(vec![one("products", &offered)], &usual());
    whole(&report);
    let made = report.steps.iter().find_map(|step| step.new_id.clone());
    let now = doc(&rig, "products", &offers);
    let value = &now["modifiers"][0]["option_values"][0];
    assert_eq!(value["label"], "That one");
    assert_eq!(value["value_data"]["product_id"].to_string(), made.unwrap());
    let next = rig.backup_of("a", &["products"], true);
    assert_eq!(written(&next), 0, "{next:?}");
    (rig, now)
}

#[test]
fn what_offers_a_product_offers_it_again_under_its_new_id() {
    offered(false);
    offered(true);
}

/// Three coupons whose name is their code; the codes were moved in a circle.
#[test]
fn what_is_called_the_same_in_another_place_keeps_that() {
    let rig = small();
    let ids: Vec<String> = rig.ids("coupons").into_iter().take(3).collect();
    for (n, id) in ids.iter().enumerate() {
        set(&rig, "coupons", id, |doc| {
            doc["code"] = json!(format!("CODE{n}"));
            doc["name"] = json!(format!("CODE{}", (n + 1) % 3));
        });
    }
    rig.backup_of("a", &["coupons"], true);
    let coupons = |rig: &Rig| -> Vec<String> {
        let docs = ids.iter().map(|id| doc(rig, "coupons", id));
        docs.map(|doc| format!("{} {}", doc["code"], doc["name"]))
            .collect()
    };
    let before = coupons(&rig);
    turn(&rig, "coupons", &ids, &["/code"]);
    let targets = ids.iter().map(|id| one("coupons", id));
    let report = rig.restore(targets.collect(), &usual());
    whole(&report);
    assert_eq!(coupons(&rig), before);
}

#[test]
fn what_a_merchant_adds_while_names_change_hands_is_not_removed() {
    // Counted once without, to know where the steps begin.
    let (rig, _, targets) = shuffled();
    rig.sandbox.clear_log();
    rig.restore(targets, &usual());
    let log = rig.sandbox.log();
    let parked = (1..).zip(&log).filter(|(_, entry)| entry.method == "PUT");
    let parked: Vec<u64> = parked.map(|(n, _)| n).collect();
    let last = log.len() as u64;
    for n in [parked[0] + 1, parked[1] + 1] {
        let (rig, _, targets) = shuffled();
        let product = targets.iter().find(|t| t.entity.name == "products");
        let product = product.unwrap().id.clone();
        let own = product.clone();
        rig.sandbox.set_faults(vec![]);
        rig.sandbox.edit_at(When::Request(n), move |store| {
            store.edit("products", own.as_str(), |doc| {
                let fields = doc["custom_fields"].as_array_mut().unwrap();
                fields.push(json!({"id": 77_777, "name": "later", "value": "kept"}));
            });
        });
        let report = rig.restore(targets, &usual());
        assert!(n < last, "{report:?}");
        let now = doc(&rig, "products", &product);
        let fields = now["custom_fields"].to_string();
        assert!(fields.contains("later"), "at {n}: {fields} {report:?}");
        let name = now["name"].as_str().unwrap();
        assert!(!name.contains("-restoring"), "at {n}: {now}");
    }
}

#[test]
fn an_outage_of_500s_ends_the_work_and_a_resume_makes_all() {
    let rig = small();
    let brands = rig.ids("brands");
    rig.backup_of("a", &["brands"], true);
    rig.delete("brands", &brands[..6]);
    let all = rig.ids("brands").len() + 6;
    rig.sandbox.clear_log();
    // Every POST fails, and every look is answered.
    let targets = || brands[..6].iter().map(|id| one("brands", id)).collect();
    rig.sandbox.set_faults(vec![Fault {
        when: When::Method("POST".to_owned()),
        what: What::Status(500),
    }]);
    let report = rig.restore(targets(), &usual());
    let open = report
        .steps
        .iter()
        .filter(|s| s.status == StepStatus::Failed);
    assert_eq!(open.count(), 0, "{:?}", failed(&report));
    rig.sandbox.set_faults(vec![]);
    whole(&rig.go_on(report.run.unwrap()));
    assert_eq!(rig.ids("brands").len(), all);
}

#[test]
fn a_run_that_was_cut_short_while_names_changed_hands_is_told_of() {
    let (rig, _, targets) = shuffled();
    rig.restore(targets, &usual());
    let log = rig.sandbox.log();
    let puts = (1..).zip(&log).filter(|(_, entry)| entry.method == "PUT");
    let parked = puts.map(|(n, _)| n).next().unwrap();
    let (rig, before, targets) = shuffled();
    assert_eq!(cut_short(&rig.vault()).unwrap(), None);
    let faults = (parked + 1..parked + 20).map(|n| Fault::at(n, What::Reset));
    rig.sandbox.set_faults(faults.collect());
    let report = rig.restore(targets, &usual());
    rig.sandbox.set_faults(vec![]);
    let run = RunId(report.run.unwrap());
    assert_ne!(report.status, RunStatus::Ok);
    assert_eq!(cut_short(&rig.vault()).unwrap(), Some(run));
    whole(&rig.go_on(run.0));
    assert_eq!(cut_short(&rig.vault()).unwrap(), None);
    assert_eq!(names(&rig), before);
}

/// Rows of a table, without what moves by itself.
fn fields_of(rig: &Rig, variant: u64) -> Vec<String> {
    rig.sandbox.edit(|store| {
        let all = store.table("variant_metafields").iter();
        let own = all.filter(|(_, row)| row["resource_id"] == variant);
        own.map(|(_, row)| format!("{} {}", row["key"], row["value"]))
            .collect()
    })
}

#[test]
fn an_undo_takes_the_metafield_of_a_variant_away_that_the_restore_made() {
    let rig = small();
    let (rich, _) = sorts(&rig);
    let product = doc(&rig, "products", &rich[0]);
    let variant = product["variants"][0]["id"].as_u64().unwrap();
    rig.sandbox.edit(|store| {
        let row = json!({"id": 55, "resource_id": variant, "resource_type": "variant",
            "permission_set": "read", "namespace": "n", "key": "only", "value": "v",
            "description": "", "owner_client_id": "sandboxclientid0000000000000000",
            "date_created": "2026-01-01T00:00:00+00:00", "date_modified": "2026-01-01T00:00:00+00:00"});
        store.table_mut("variant_metafields").insert(55, row);
    });
    rig.backup_of("a", &["products"], true);
    let before = fields_of(&rig, variant);
    assert_eq!(before.len(), 1);
    rig.sandbox.edit(|store| {
        store
            .table_mut("variant_metafields")
            .take(|row| row["resource_id"] == variant);
    });
    let report = rig.restore(vec![one("products", &rich[0])], &usual());
    whole(&report);
    assert_eq!(fields_of(&rig, variant), before);
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(fields_of(&rig, variant), Vec::<String>::new());
}

#[test]
fn what_is_offered_is_made_before_what_offers_it() {
    let (rig, _) = offered(false);
    // The offered one has a higher id than the one that offers it by now, and they are related.
    let (_, plain) = sorts(&rig);
    let offers = plain[0].clone();
    let live = doc(&rig, "products", &offers);
    let value = "/modifiers/0/option_values/0/value_data/product_id";
    let offered = live.pointer(value).unwrap().to_string();
    for (own, other) in [(&offers, &offered), (&offered, &offers)] {
        let other: u64 = other.parse().unwrap();
        set(&rig, "products", own, |doc| {
            doc["related_products"] = json!([other])
        });
    }
    let run = rig.backup_of("a", &["products"], true).run;
    rig.delete("products", &[offers, offered]);
    let at = At::Run(run);
    let filter = AtFilter::default();
    let targets = targets_at(&rig.vault(), &[entity("products")], at, &filter).unwrap();
    whole(&rig.restore(targets.0, &usual()));
}
