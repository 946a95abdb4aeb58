//! A restore sends as few requests as the store takes, and no more in one than it takes.

use serde_json::{Value, json};
use vortex::sandbox::{Fault, What};

use super::Rig;
use super::restore::{failed, usual};
use super::restore_names::{doc, one, set, sorts, whole};

#[test]
fn variants_of_several_products_go_back_in_one_request() {
    let rig = Rig::new("demo");
    let (rich, _) = sorts(&rig);
    assert!(rich.len() >= 3);
    let weigh = |weight: u64, disabled: bool| {
        for id in &rich[..3] {
            set(&rig, "products", id, |doc| {
                for variant in doc["variants"].as_array_mut().unwrap() {
                    variant["weight"] = json!(weight);
                    variant["purchasing_disabled"] = json!(disabled);
                }
            });
        }
    };
    weigh(5, false);
    rig.backup_of("a", &["products"], true);
    let variants = |rig: &Rig| -> Vec<Value> {
        let docs = rich[..3].iter().map(|id| doc(rig, "products", id));
        docs.map(|doc| doc["variants"].clone()).collect()
    };
    let before = variants(&rig);
    weigh(77, true);
    // The common request does not know this one.
    set(&rig, "products", &rich[0], |doc| {
        doc["variants"][0]["mpn"] = json!("imported")
    });
    rig.sandbox.clear_log();
    let targets = rich[..3].iter().map(|id| one("products", id));
    let report = rig.restore(targets.collect(), &usual());
    whole(&report);
    assert_eq!(variants(&rig), before);
    let log = rig.sandbox.log();
    let puts = log.iter().filter(|entry| entry.method == "PUT");
    let puts: Vec<&str> = puts.map(|entry| entry.path.as_str()).collect();
    assert_eq!(puts.len(), 2, "{puts:?}");
    assert!(puts[0].ends_with("/catalog/variants"), "{puts:?}");
    assert!(puts[1].contains("/variants/"), "{puts:?}");
    assert!(report.requests_planned >= report.requests, "{report:?}");
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(doc(&rig, "products", &rich[0])["variants"][0]["weight"], 77);
}

/// A store with 120 redirects that an import spoilt; the requests that a restore of them writes.
fn redirects(fault: Option<Fault>) -> Vec<String> {
    let rig = Rig::new("demo");
    let ids: Vec<u64> = (9_000..9_120).collect();
    rig.sandbox.edit(|store| {
        for id in &ids {
            let to = json!({"type": "url", "url": format!("https://shop.example/{id}")});
            let row =
                json!({"id": id, "site_id": 1000, "from_path": format!("/old/{id}"), "to": to});
            store.table_mut("redirects").insert(*id, row);
        }
    });
    rig.backup_of("a", &["redirects"], true);
    for id in &ids {
        set(&rig, "redirects", &id.to_string(), |doc| {
            doc["to"] = json!({"type": "url", "url": "https://spoilt.example/"});
        });
    }
    rig.sandbox.clear_log();
    rig.sandbox.set_faults(fault.into_iter().collect());
    let targets = ids.iter().map(|id| one("redirects", &id.to_string()));
    let report = rig.restore(targets.collect(), &usual());
    whole(&report);
    assert_eq!(failed(&report), Vec::<String>::new());
    for id in &ids {
        let to = doc(&rig, "redirects", &id.to_string())["to"]["url"].clone();
        assert_eq!(to, json!(format!("https://shop.example/{id}")));
    }
    let log = rig.sandbox.log();
    log.iter().map(|entry| entry.line()).collect()
}

#[test]
fn a_batch_that_is_too_large_is_halved_and_so_are_those_after_it() {
    let is_put = |line: &&String| line.starts_with("PUT");
    let lines = redirects(None);
    assert_eq!(lines.iter().filter(is_put).count(), 3, "{lines:#?}");
    let first = lines.iter().position(|line| is_put(&line)).unwrap() as u64 + 1;
    let lines = redirects(Some(Fault::at(first, What::Status(413))));
    // Fifty refused; then 25 and 25, 25 and 25, 20.
    assert_eq!(lines.iter().filter(is_put).count(), 6, "{lines:#?}");
}
