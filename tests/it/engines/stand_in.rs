//! Channels that are deleted for good: a copy takes their place on request, what belonged to them is
//! linked to it, and no second one is made whatever goes wrong.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vortex::api::{Call, Change, Method};
use vortex::engines::restore::{Options, Target, Want, last_live};
use vortex::model::restore::{Action, RestoreReport, StepStatus};
use vortex::model::{ApiVersion, RunStatus};
use vortex::sandbox::{Fault, What};

use super::restore::{entity, everything_at, failed, usual};
use super::{Rig, written};

fn copy() -> Options {
    Options {
        copy: true,
        ..usual()
    }
}

/// The channel as it last stood alive.
fn wanted(rig: &Rig, id: &str) -> Vec<Target> {
    let entity = entity("channels");
    let version = last_live(&rig.vault(), entity, id).unwrap().unwrap();
    vec![Target {
        entity,
        id: id.to_owned(),
        want: Want::Version(version),
        only: Vec::new(),
        asked: true,
    }]
}

fn put(rig: &Rig, path: &str, body: Value) -> Result<vortex::api::Answer, vortex::api::Error> {
    let send = Change {
        method: Method::Put,
        call: Call::new(ApiVersion::V3, path),
        body,
        file: None,
    };
    rig.run(rig.client(rig.sandbox.token()).send(&send))
}

/// What belongs to a channel, by what the store says of each.
fn belongings(rig: &Rig, channel: u64) -> BTreeMap<String, Value> {
    rig.sandbox.edit(|store| {
        let mut found = BTreeMap::new();
        for (table, member) in [
            ("products", "channels"),
            ("customers", "channel_ids"),
            ("promotions", "channels"),
            ("pages", "channel_id"),
        ] {
            for (key, doc) in store.table(table).iter() {
                let own = match &doc[member] {
                    Value::Array(all) => all
                        .iter()
                        .any(|one| *one == channel || one["id"] == channel),
                    one => *one == channel,
                };
                if own {
                    found.insert(format!("{table}/{}", key.number()), json!(true));
                }
            }
        }
        for (_, row) in store.table("channel_metafields").iter() {
            if row["resource_id"] == channel {
                found.insert(format!("metafields/{}", row["key"]), row["value"].clone());
            }
        }
        for name in ["invoice_email", "return_confirmation_email"] {
            let id = format!("{channel}/{name}");
            if let Some(doc) = store.document("email_overrides", id.as_str()) {
                found.insert(format!("email/{name}"), doc["subject"].clone());
            }
        }
        found
    })
}

/// A store whose second storefront has products, customers, promotions, pages, a text of its own and
/// a metafield. Backed up.
fn peopled() -> Rig {
    let rig = Rig::new("awkward");
    let (products, promotions) = (rig.ids("products"), rig.ids("promotions"));
    rig.sandbox.edit(|store| {
        for (n, id) in products.iter().enumerate() {
            store.edit("products", id.as_str(), |doc| {
                doc["channels"] = [json!([1, 2]), json!([2]), json!([1])][n % 3].clone();
            });
        }
        for (n, id) in promotions.iter().enumerate() {
            store.edit("promotions", id.as_str(), |doc| {
                doc["channels"] =
                    [json!([{"id": 2}]), json!([{"id": 1}, {"id": 2}]), json!([])][n % 3].clone();
            });
        }
        let mut field = store.document("channel_metafields", 41).unwrap();
        (field["id"], field["resource_id"]) = (json!(43), json!(2));
        store.table_mut("channel_metafields").insert(43, field);
    });
    rig.backup("a");
    rig
}

fn delete(rig: &Rig, channel: u64) {
    let path = format!("/channels/{channel}");
    put(rig, &path, json!({"status": "deleted"})).unwrap();
}

fn new_id(report: &RestoreReport) -> u64 {
    let mut steps = report.steps.iter();
    let made = steps.find(|step| step.entity == "channels").unwrap();
    made.new_id.as_ref().unwrap().parse().unwrap()
}

fn channel(rig: &Rig, id: u64) -> Value {
    rig.sandbox
        .edit(|store| store.document("channels", id).unwrap())
}

#[test]
fn a_copy_takes_the_place_of_a_deleted_channel_and_an_undo_gives_it_back() {
    let rig = peopled();
    let before = belongings(&rig, 2);
    assert!(before.len() > 12, "{before:?}");
    for kind in [
        "products",
        "customers",
        "promotions",
        "pages",
        "email",
        "metafields",
    ] {
        assert!(before.keys().any(|key| key.starts_with(kind)), "{kind}");
    }
    delete(&rig, 2);
    rig.backup("a");
    let left = rig
        .sandbox
        .edit(|store| store.table("channels").iter().count());
    rig.sandbox.clear_log();

    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.differing, vec![], "{:?}", report.differing);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.notes);
    let refused = rig
        .sandbox
        .log()
        .into_iter()
        .filter(|line| line.status >= 400);
    assert_eq!(refused.count(), 0);
    let new = new_id(&report);
    assert_eq!(belongings(&rig, new), before);
    let made = channel(&rig, new);
    let told = [
        "name",
        "status",
        "type",
        "platform",
        "external_id",
        "is_visible",
    ];
    let told: Vec<&Value> = told.iter().map(|name| &made[*name]).collect();
    assert_eq!(
        json!(told),
        json!([
            "Outlet-copy",
            "inactive",
            "storefront",
            "catalyst",
            "outlet-eu",
            true
        ])
    );
    // What can't be taken along is said.
    let step = &report.steps[0];
    for what in ["sites", "redirects", "category tree", "orders"] {
        assert!(
            step.losses.iter().any(|loss| loss.contains(what)),
            "{what}: {:?}",
            step.losses
        );
    }
    assert_eq!(written(&rig.backup("a")), 0);
    assert_eq!(channel(&rig, 2)["status"], "deleted");
    let products = rig.sandbox.edit(|store| {
        let all = store
            .table("products")
            .select(|doc| doc["channels"] == json!([1, new]));
        all.len()
    });
    assert!(products > 0, "the new one stands in the old one's place");

    // What is restored later goes on with the new one.
    let again = rig.restore(everything_at(&rig, 1), &usual());
    let touched: Vec<_> = again
        .steps
        .iter()
        .filter(|s| s.action != Action::Skip)
        // One that is invalid can only be written as disabled.
        .filter(|s| s.changes.iter().any(|change| change.to != "INVALID"))
        .collect();
    assert!(touched.is_empty(), "{touched:?}");
    let old = again
        .steps
        .iter()
        .find(|s| s.entity == "channels" && s.id == "2")
        .unwrap();
    assert!(old.lacking && old.reason.contains("--as-copy"), "{old:?}");

    let undone = rig.undo(report.run.unwrap());
    assert_eq!(failed(&undone), Vec::<String>::new());
    assert_eq!(undone.differing, vec![]);
    let now = belongings(&rig, new);
    let kept: Vec<&String> = now.keys().collect();
    assert_eq!(kept, ["email/invoice_email", "metafields/\"accent\""]);
    let lacking: Vec<&str> = undone
        .steps
        .iter()
        .filter(|step| step.lacking)
        .map(|step| step.reason.as_str())
        .collect();
    assert!(
        lacking.iter().any(|why| why.contains("final")),
        "{lacking:?}"
    );
    assert_eq!(channel(&rig, new)["status"], "inactive");
    assert_eq!(
        belongings(&rig, 2).keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>()
    );
    assert_eq!(
        rig.sandbox
            .edit(|store| store.table("channels").iter().count()),
        left + 1
    );
    assert_eq!(written(&rig.backup("a")), 0);
}
