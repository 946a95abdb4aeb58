//! The rules of truth: documents are what the store sent, versions are born of real changes only,
//! deletions are proven, objects are captured whole or not at all.

use serde_json::{Value, json};
use vortex::model::{Cause, EntityStatus, RunStatus};
use vortex::sandbox::{Fault, Key, Scopes, Token, What, When, scopes};

use super::{Rig, of, written};

/// The newest document of an object.
fn newest(rig: &Rig, key: &str) -> Value {
    let dump = rig.dump("a");
    dump[key].last().unwrap().2.clone().unwrap()
}

#[test]
fn documents_hold_every_field_that_the_api_sent() {
    let rig = Rig::new("awkward");
    let report = rig.backup("a");
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    let dump = rig.dump("a");
    for table in ["brands", "redirects", "pages"] {
        let stored = rig.sandbox.edit(|store| {
            store
                .table(table)
                .iter()
                .map(|(_, doc)| doc.into_owned())
                .collect::<Vec<Value>>()
        });
        assert!(!stored.is_empty(), "no {table} in the sample");
        for sent in stored {
            let key = format!("{table}/{}", sent["id"]);
            let kept = dump[&key][0].2.as_ref().unwrap();
            // Images are served by this machine.
            let here = format!("\"{}/cdn/", rig.sandbox.url());
            let sent = sent
                .to_string()
                .replace("\"https://cdn11.bigcommerce.com/", &here);
            let sent: Value = serde_json::from_str(&sent).unwrap();
            for (member, value) in sent.as_object().unwrap() {
                assert_eq!(kept.get(member), Some(value), "{key} {member}");
            }
        }
    }
}

#[test]
fn digits_are_kept_as_they_were_sent() {
    let rig = Rig::new("awkward");
    rig.backup("a");
    let bodies = rig.bodies("a");
    assert!(
        bodies.contains("9007199254740993"),
        "a 64-bit id lost its last digit"
    );
    assert!(bodies.contains("19.9900"), "a price lost its zeros");
}

#[test]
fn every_entity_of_the_sample_is_there() {
    for sample in ["demo", "awkward"] {
        let rig = Rig::new(sample);
        let report = rig.backup("a");
        assert_eq!(report.entities.len(), 13);
        for entity in &report.entities {
            assert_eq!(entity.status, EntityStatus::Ok, "{entity:?}");
            assert!(entity.created > 0, "{sample}: no {}", entity.entity);
            assert_eq!(entity.pending, 0);
        }
    }
}

#[test]
fn a_second_backup_of_an_unchanged_store_writes_nothing() {
    for sample in ["demo", "awkward"] {
        let rig = Rig::new(sample);
        let first = rig.backup("a");
        for full in [true, false] {
            let again = rig.backup_of("a", &[], full);
            assert_eq!(written(&again), 0, "{again:?}");
            for (before, after) in first.entities.iter().zip(&again.entities) {
                assert_eq!(before.seen, after.unchanged, "{}", before.entity);
            }
        }
    }
}

#[test]
fn what_changes_by_itself_makes_no_version() {
    let rig = Rig::new("demo");
    rig.backup("a");
    let edited = rig.sandbox.edit(|store| {
        store.table_mut("products").edit_all(|doc| {
            doc["total_sold"] = json!(4711);
            doc["view_count"] = json!(99);
            doc["date_modified"] = json!("2026-11-20T10:00:00+00:00");
            doc["inventory_level"] = json!(3);
            true
        })
    });
    assert!(edited > 0);
    assert_eq!(written(&rig.backup("a")), 0);
}

#[test]
fn every_edit_creation_and_deletion_gives_exactly_one_version() {
    let rig = Rig::new("demo");
    let before = rig.backup("a");
    let (edited, gone) = rig.sandbox.edit(|store| {
        let id = store.next_id("brands");
        let brands = store.table_mut("brands");
        let ids: Vec<Key> = brands.keys().cloned().collect();
        brands.get_mut(&ids[0]).unwrap()["page_title"] = json!("Now with a title");
        brands.remove(&ids[1]);
        let mut twin = brands.get(&ids[0]).unwrap().into_owned();
        twin["id"] = json!(id);
        twin["name"] = json!("Brand new");
        brands.insert(id, twin);
        (ids[0].to_string(), ids[1].to_string())
    });
    let run = rig.backup_of("a", &["brands"], true);
    let brands = of(&run, "brands");
    assert_eq!(
        (brands.created, brands.updated, brands.deleted),
        (1, 1, 1),
        "{brands:?}"
    );
    assert_eq!(brands.seen, of(&before, "brands").seen);
    let dump = rig.dump("a");
    let changes = |id: &str| {
        dump[&format!("brands/{id}")]
            .iter()
            .map(|v| v.1.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(changes(&edited), ["created", "updated"]);
    assert_eq!(changes(&gone), ["created", "deleted"]);
    assert_eq!(written(&rig.backup("a")), 0);
}

#[test]
fn an_object_that_comes_back_goes_on_with_the_next_version() {
    let rig = Rig::new("demo");
    rig.backup_of("a", &["brands"], true);
    let (key, doc) = rig.sandbox.edit(|store| {
        let brands = store.table_mut("brands");
        let key = brands.keys().next().cloned().unwrap();
        let doc = brands.remove(&key).unwrap();
        (key, doc)
    });
    rig.backup_of("a", &["brands"], true);
    rig.sandbox
        .edit(|store| store.table_mut("brands").insert(key.clone(), doc));
    rig.backup_of("a", &["brands"], true);
    let versions = &rig.dump("a")[&format!("brands/{key}")];
    let changes: Vec<_> = versions.iter().map(|v| (v.0, v.1.as_str())).collect();
    assert_eq!(changes, [(1, "created"), (2, "deleted"), (3, "created")]);
}

#[test]
fn a_change_in_a_deep_part_is_found_within_seven_runs() {
    let rig = Rig::new("demo");
    rig.backup_of("a", &["products"], false);
    let id = rig.sandbox.edit(|store| {
        let products = store.table_mut("products");
        let with_modifiers = products
            .iter()
            .find(|(_, doc)| doc["modifiers"].as_array().is_some_and(|m| !m.is_empty()))
            .map(|(key, _)| key.clone())
            .expect("the sample has a product with modifiers");
        products.get_mut(&with_modifiers).unwrap()["modifiers"][0]["display_name"] =
            json!("Gift note");
        with_modifiers
    });
    let mut updates = 0;
    for _ in 0..7 {
        updates += of(&rig.backup_of("a", &["products"], false), "products").updated;
    }
    assert_eq!(updates, 1);
    assert_eq!(
        newest(&rig, &format!("products/{id}"))["modifiers"][0]["display_name"],
        "Gift note"
    );
}

#[test]
fn a_listing_that_did_not_end_deletes_nothing() {
    let rig = Rig::new("demo");
    rig.backup_of("a", &["brands"], true);
    rig.sandbox.edit(|store| {
        let brands = store.table_mut("brands");
        let key = brands.keys().next().cloned().unwrap();
        brands.remove(&key);
    });
    rig.sandbox
        .set_faults(vec![Fault::on("/v3/catalog/brands", 0, What::Status(500))]);
    let run = rig.backup_of("a", &["brands"], true);
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(of(&run, "brands").deleted, 0);
    assert!(
        rig.dump("a")
            .values()
            .all(|v| v.last().unwrap().1 != "deleted")
    );
    rig.sandbox.set_faults(vec![]);
    assert_eq!(
        of(&rig.backup_of("a", &["brands"], true), "brands").deleted,
        1
    );
}

#[test]
fn rows_that_a_page_lacked_are_asked_for_and_not_taken_for_deleted() {
    let rig = Rig::new("demo");
    // The second request to each path is the list: metafields or a count come first.
    for (entity, path) in [
        ("products", "/v3/catalog/products"),
        ("brands", "/v3/catalog/brands"),
        ("orders", "/v2/orders"),
        ("customers", "/v3/customers"),
    ] {
        rig.backup_of("a", &[entity], true);
        rig.sandbox
            .set_faults(vec![Fault::on(path, 2, What::Shrink(2))]);
        rig.sandbox.clear_log();
        let run = rig.backup_of("a", &[entity], true);
        assert!(rig.sandbox.unreached_faults().is_empty());
        assert_eq!(run.status, RunStatus::Ok, "{run:?}");
        assert_eq!(of(&run, entity).deleted, 0, "{run:?}");
        let by_id = |e: &vortex::sandbox::Entry| {
            e.query.contains("id:in")
                || e.query.contains("id%3Ain")
                || e.path.contains("/v2/orders/")
        };
        assert!(
            rig.sandbox.log().iter().any(by_id),
            "{entity}: nothing was asked by id"
        );
        rig.sandbox.set_faults(vec![]);
    }
    assert!(rig.dump("a").values().all(|v| v.len() == 1));
}

#[test]
fn a_mass_deletion_is_listed_twice_and_then_proven() {
    let rig = Rig::new("demo");
    rig.backup_of("a", &["redirects", "products"], true);
    let removed = rig.sandbox.edit(|store| {
        let mut n = 0;
        store.table_mut("products").take(|_| {
            n += 1;
            n % 2 == 0
        })
    });
    assert!(removed.len() > 10);
    rig.sandbox.clear_log();
    let run = rig.backup_of("a", &["products"], true);
    assert_eq!(of(&run, "products").deleted, removed.len() as u64);
    let listings = rig
        .sandbox
        .log()
        .iter()
        .filter(|e| e.path.ends_with("/catalog/products") && e.query.contains("variants"))
        .count();
    assert!(listings >= 2, "a mass deletion was believed at once");
}

#[test]
fn an_object_whose_part_cannot_be_had_keeps_its_last_version() {
    let rig = Rig::new("demo");
    rig.backup_of("a", &["products"], true);
    let before = rig.dump("a");
    rig.sandbox.edit(|store| {
        store.table_mut("products").edit_all(|doc| {
            doc["price"] = json!(1);
            true
        })
    });
    // The one request for a product's complex rules fails, for good.
    let rules = rig
        .sandbox
        .log()
        .iter()
        .find(|e| e.path.ends_with("/complex-rules"))
        .cloned();
    let path = rules.expect("some product has rules to ask for").path;
    let (_, path) = path.split_once("/v3").unwrap();
    rig.sandbox
        .set_faults(vec![Fault::on(&format!("/v3{path}"), 0, What::Status(500))]);
    let run = rig.backup_of("a", &["products"], true);
    assert_eq!(run.status, RunStatus::Partial);
    let id = path.split('/').nth(3).unwrap();
    let key = format!("products/{id}");
    assert!(
        of(&run, "products").problems[0].starts_with(&key),
        "{run:?}"
    );
    let after = rig.dump("a");
    assert_eq!(after[&key], before[&key], "half an object was written");
    let others = after
        .iter()
        .filter(|(k, v)| **k != key && v.len() == 2)
        .count();
    assert_eq!(others, after.len() - 1, "the others were not captured");
}

#[test]
fn a_missing_scope_fails_its_entity_by_name_and_no_other() {
    let all = [
        "store_v2_products_read_only",
        "store_v2_orders_read_only",
        "store_v2_content_read_only",
    ];
    let mut options = vortex::sandbox::SandboxOptions::sample("demo");
    options
        .tokens
        .push(Token::new("narrow", "narrow", Scopes::Only(scopes(&all))));
    let rig = Rig::with(options);
    let cancel = tokio_util::sync::CancellationToken::new();
    let run = rig.backup_with(
        "a",
        &["brands", "customers", "pages"],
        true,
        "narrow",
        &cancel,
    );
    assert_eq!(run.status, RunStatus::Partial);
    assert_eq!(of(&run, "brands").status, EntityStatus::Ok);
    assert_eq!(of(&run, "pages").status, EntityStatus::Ok);
    let customers = of(&run, "customers");
    assert_eq!(
        (customers.status, customers.cause),
        (EntityStatus::Failed, Some(Cause::Scope))
    );
    assert!(
        customers
            .error
            .as_ref()
            .unwrap()
            .contains("store_v2_customers_read_only")
    );
}

#[test]
fn a_wrong_token_fails_everything_and_is_not_tried_thirteen_times() {
    let rig = Rig::new("demo");
    let cancel = tokio_util::sync::CancellationToken::new();
    let run = rig.backup_with("a", &[], true, "wrong", &cancel);
    assert_eq!(run.status, RunStatus::Failed);
    assert!(
        run.entities
            .iter()
            .all(|e| e.cause == Some(Cause::Credentials))
    );
    assert!(rig.sandbox.requests() <= 2);
}

#[test]
fn products_edited_while_they_are_listed_are_neither_lost_nor_doubled() {
    let mut rig = Rig::new("large:5000");
    rig.images = false;
    let edited: Vec<u64> = rig.sandbox.edit(|store| {
        let keys: Vec<u64> = store.table("products").keys().map(Key::number).collect();
        keys.iter()
            .copied()
            .step_by(keys.len() / 10)
            .take(10)
            .collect()
    });
    for (n, id) in edited.iter().copied().enumerate() {
        rig.sandbox.edit_at(
            When::Path {
                path: "/v3/catalog/products".into(),
                nth: 2 + n as u64,
            },
            move |store| {
                if let Some(doc) = store.table_mut("products").get_mut(&Key::from(id)) {
                    doc["name"] = json!(format!("Edited {id}"));
                    doc["date_modified"] = json!("2026-11-24T10:00:00+00:00");
                }
            },
        );
    }
    let run = rig.backup_of("a", &["products"], false);
    let products = of(&run, "products");
    assert_eq!(
        (products.seen, products.created),
        (5000, 5000),
        "{products:?}"
    );
    rig.backup_of("a", &["products"], false);
    let dump = rig.dump("a");
    assert_eq!(dump.len(), 5000);
    for id in edited {
        let versions = &dump[&format!("products/{id}")];
        let names: Vec<_> = versions
            .iter()
            .map(|v| v.2.as_ref().unwrap()["name"].clone())
            .collect();
        assert_eq!(names.last().unwrap(), &json!(format!("Edited {id}")));
        assert!(versions.len() <= 2);
    }
}

#[test]
fn archived_incomplete_and_declined_orders_are_kept() {
    let rig = Rig::new("awkward");
    rig.backup_of("a", &["orders"], true);
    let dump = rig.dump("a");
    let docs: Vec<&Value> = dump.values().filter_map(|v| v[0].2.as_ref()).collect();
    for (what, found) in [
        ("incomplete", docs.iter().any(|d| d["status_id"] == 0)),
        ("declined", docs.iter().any(|d| d["status_id"] == 6)),
        ("archived", docs.iter().any(|d| d["is_deleted"] == true)),
    ] {
        assert!(found, "no {what} order was kept");
    }
}

#[test]
fn an_order_archived_later_is_updated_and_not_deleted() {
    let rig = Rig::new("demo");
    rig.backup_of("a", &["orders"], true);
    let key = rig.sandbox.edit(|store| {
        let orders = store.table_mut("orders");
        let key = orders
            .iter()
            .find(|(_, doc)| doc["is_deleted"] != true && doc["status_id"] != 0)
            .map(|(key, _)| key.clone())
            .unwrap();
        orders.get_mut(&key).unwrap()["is_deleted"] = json!(true);
        key
    });
    let run = rig.backup_of("a", &["orders"], true);
    assert_eq!(
        (of(&run, "orders").updated, of(&run, "orders").deleted),
        (1, 0),
        "{run:?}"
    );
    assert_eq!(newest(&rig, &format!("orders/{key}"))["is_deleted"], true);
}

#[test]
fn customers_have_all_their_addresses() {
    let rig = Rig::new("awkward");
    rig.backup_of("a", &["customers"], true);
    let most = rig
        .dump("a")
        .values()
        .filter_map(|v| v[0].2.as_ref()?["addresses"].as_array().map(Vec::len))
        .max();
    assert_eq!(most, Some(12));
}

#[test]
fn the_store_counts_orders_by_status_beside_what_is_held() {
    let rig = Rig::new("demo");
    let run = rig.backup_of("a", &["orders"], true);
    let counts = &of(&run, "orders").counts;
    assert!(!counts.is_empty());
    for count in counts {
        assert!(count.held >= count.store, "{count:?}");
    }
}
