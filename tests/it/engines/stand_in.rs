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

pub fn copy() -> Options {
    Options {
        copy: true,
        ..usual()
    }
}

/// The channel as it last stood alive.
pub fn wanted(rig: &Rig, id: &str) -> Vec<Target> {
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
pub fn belongings(rig: &Rig, channel: u64) -> BTreeMap<String, Value> {
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
        for (_, row) in store.table("template_associations").iter() {
            if row["channel_id"] == channel {
                let key = format!("templates/{}/{}", row["entity_type"], row["entity_id"]);
                found.insert(key, row["file_name"].clone());
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

/// What is looked at, where a whole backup would take long.
const KINDS: &[&str] = &[
    "channels",
    "categories",
    "brands",
    "products",
    "customers",
    "pages",
    "email-templates",
    "promotions",
];

/// A store whose second storefront has products, customers, promotions, pages, a text of its own and
/// a metafield. Backed up.
pub fn peopled() -> Rig {
    let mut rig = Rig::new("awkward");
    rig.images = false;
    rig.sandbox.edit(|store| {
        for (table, most) in [("products", 7), ("orders", 2), ("categories", 8)] {
            let mut n = 0;
            store.table_mut(table).take(|_| {
                n += 1;
                n > most
            });
        }
    });
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
    rig.backup_of("a", KINDS, true);
    rig
}

pub fn delete(rig: &Rig, channel: u64) {
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
    rig.backup("a");
    let before = belongings(&rig, 2);
    assert!(before.len() > 12, "{before:?}");
    for kind in [
        "products",
        "customers",
        "promotions",
        "pages",
        "email",
        "metafields",
        "templates",
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
    let again = rig.restore(everything_at(&rig, 2), &usual());
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
    assert_eq!(undone.notes, Vec::<String>::new());
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

/// The deletion was seen by a backup.
pub fn bereft() -> (Rig, BTreeMap<String, Value>) {
    let rig = peopled();
    let before = belongings(&rig, 2);
    delete(&rig, 2);
    rig.backup_of("a", KINDS, true);
    (rig, before)
}

/// The one channel that was made, and nothing of the old one's is left behind or held twice.
pub fn once(rig: &Rig, before: &BTreeMap<String, Value>, told: &str) {
    let made = rig.sandbox.edit(|store| {
        let made = store.table("channels").select(|row| {
            row["name"]
                .as_str()
                .is_some_and(|name| name.ends_with("-copy"))
        });
        made.iter()
            .map(|row| row["id"].as_u64().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(made.len(), 1, "{told}");
    assert_eq!(belongings(rig, made[0]), *before, "{told}");
    assert_eq!(written(&rig.backup_of("a", KINDS, true)), 0, "{told}");
}

#[test]
fn whatever_answer_is_lost_one_channel_is_made_and_all_is_linked_to_it() {
    let (rig, before) = bereft();
    rig.sandbox.clear_log();
    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    once(&rig, &before, "undisturbed");
    let log = rig.sandbox.log();
    // The first of each kind: the others are the same.
    let mut kinds = std::collections::BTreeSet::new();
    let mut writes: Vec<u64> = Vec::new();
    for (n, entry) in (1..).zip(&log).filter(|(_, entry)| entry.method != "GET") {
        let kind = entry.path.replace(|c: char| c.is_ascii_digit(), "");
        if kinds.insert((entry.method.clone(), kind)) {
            writes.push(n);
        }
    }
    assert!(writes.len() >= 7, "{log:?}");
    for (what, some) in [(What::CutBody, 1), (What::Reset, 3)] {
        for n in writes.iter().copied().step_by(some) {
            let (rig, before) = bereft();
            rig.sandbox.set_faults(vec![Fault::at(n, what.clone())]);
            let mut report = rig.restore(wanted(&rig, "2"), &copy());
            rig.sandbox.set_faults(vec![]);
            if report.status != RunStatus::Ok {
                report = rig.go_on(report.run.unwrap());
            }
            let told = format!("{what:?} at {n}");
            assert_eq!(report.status, RunStatus::Ok, "{told}: {report:?}");
            once(&rig, &before, &told);
        }
    }
}

#[test]
fn of_a_living_channel_a_closed_twin_is_made_and_nothing_is_linked_to_it() {
    let rig = peopled();
    let before = belongings(&rig, 2);
    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    assert_eq!(report.steps.len(), 1);
    assert_eq!(belongings(&rig, 2), before);
    let new = new_id(&report);
    assert_eq!(channel(&rig, new)["status"], "inactive");
    let own = belongings(&rig, new);
    assert_eq!(own.keys().collect::<Vec<_>>(), ["metafields/\"accent\""]);
    assert_eq!(written(&rig.backup_of("a", KINDS, true)), 0);

    // One that is no storefront is closed by another word.
    let market = rig.restore(wanted(&rig, "3"), &copy());
    assert_eq!(market.status, RunStatus::Ok, "{market:?}");
    let made = channel(&rig, new_id(&market));
    assert_eq!(
        (&made["status"], &made["name"]),
        (&json!("disconnected"), &json!("Marketplace-copy"))
    );
    // A second one is another.
    let again = rig.restore(wanted(&rig, "3"), &copy());
    assert_eq!(channel(&rig, new_id(&again))["name"], "Marketplace-copy2");
    assert!(
        again.notes.iter().any(|note| note.contains("already")),
        "{:?}",
        again.notes
    );
}

#[test]
fn where_the_store_refuses_the_channel_nothing_is_linked() {
    let (rig, before) = bereft();
    rig.sandbox.edit(|store| {
        // A channel of a kind that can't be made any more.
        store.edit("channels", 2, |doc| doc["status"] = json!("prelaunch"));
        store.edit("channels", 2, |doc| doc["platform"] = json!("magento"));
    });
    rig.backup_of("a", KINDS, true);
    delete(&rig, 2);
    rig.backup_of("a", KINDS, true);
    let held = belongings(&rig, 2);
    assert_eq!(held, before);
    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(report.status, RunStatus::Failed, "{report:?}");
    let made = &report.steps[0];
    assert_eq!(made.status, StepStatus::Failed);
    assert!(
        made.error
            .as_ref()
            .unwrap()
            .contains("[magento] is not supported"),
        "{made:?}"
    );
    for step in &report.steps[1..] {
        let why = step.error.as_deref().unwrap_or_default();
        assert!(
            step.safety.is_none() && why.contains("was not made"),
            "{step:?}"
        );
    }
    assert_eq!(belongings(&rig, 2), held);
    let log = rig.sandbox.log();
    let sent = log
        .iter()
        .filter(|line| line.method == "POST" || line.method == "DELETE");
    assert_eq!(sent.count(), 1);
}

#[test]
fn what_the_store_cleared_is_linked_again_and_a_later_choice_stays() {
    let rig = peopled();
    delete(&rig, 2);
    let (products, pages) = (rig.ids("products"), rig.ids("pages"));
    let promotions = rig.ids("promotions");
    let before = belongings(&rig, 2);
    let page = pages
        .iter()
        .find(|id| before.contains_key(&format!("pages/{id}")))
        .unwrap();
    let chosen = &promotions[1];
    rig.sandbox.edit(|store| {
        // The store lets go of the channel...
        store.table_mut("products").edit_all(|doc| {
            let list = doc["channels"].as_array_mut().unwrap();
            let before = list.len();
            list.retain(|id| *id != 2);
            list.len() < before
        });
        store.table_mut("promotions").edit_all(|doc| {
            let list = doc["channels"].as_array_mut().unwrap();
            let before = list.len();
            list.retain(|row| row["id"] != 2);
            list.len() < before
        });
        // ...and the merchant moves a page, a product and a promotion elsewhere.
        store.edit("pages", page.as_str(), |doc| doc["channel_id"] = json!(1));
        store.edit("products", products[1].as_str(), |doc| {
            doc["channels"] = json!([1, 3])
        });
        store.edit("promotions", chosen.as_str(), |doc| {
            doc["channels"] = json!([{"id": 3}])
        });
        store.table_mut("customers").edit_all(|doc| {
            let all = doc["channel_ids"].is_array();
            if all {
                doc["channel_ids"] = Value::Null;
            }
            all
        });
    });
    rig.backup_of("a", KINDS, true);
    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.differing, vec![]);
    let now = belongings(&rig, new_id(&report));
    let left = [
        format!("pages/{page}"),
        format!("products/{}", products[1]),
        format!("promotions/{chosen}"),
    ];
    for key in before.keys() {
        let stays = left.contains(key) || key.starts_with("customers");
        assert_eq!(now.contains_key(key), !stays, "{key}");
    }
    assert_eq!(written(&rig.backup_of("a", KINDS, true)), 0);
}

#[test]
fn one_that_is_listed_no_more_is_replaced_and_the_deletion_need_not_have_been_seen() {
    // Terminated, and gone from the lists altogether.
    let (rig, before) = bereft();
    rig.sandbox.edit(|store| {
        store.table_mut("channels").take(|row| row["id"] == 2);
    });
    rig.backup_of("a", KINDS, true);
    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    once(&rig, &before, "gone");

    // No backup ran since.
    let rig = peopled();
    let before = belongings(&rig, 2);
    delete(&rig, 2);
    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    let new = new_id(&report);
    assert_eq!(belongings(&rig, new), before);
    let next = rig.backup_of("a", KINDS, true);
    let channels = super::of(&next, "channels");
    assert_eq!(
        (channels.created, channels.updated),
        (0, 1),
        "only the deletion is news"
    );
}

#[test]
fn a_template_that_the_store_would_not_answer_for_is_made_by_the_resume() {
    let (rig, before) = bereft();
    let path = "/v3/marketing/email-templates/invoice_email";
    let faults = (1..=20).map(|nth| Fault::on(path, nth, What::Status(503)));
    rig.sandbox.set_faults(faults.collect());
    let report = rig.restore(wanted(&rig, "2"), &copy());
    rig.sandbox.set_faults(vec![]);
    let step = report.steps.iter().find(|s| s.entity == "email-templates");
    assert_eq!(step.unwrap().status, StepStatus::Begun, "{step:?}");
    let report = rig.go_on(report.run.unwrap());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    once(&rig, &before, "resumed");
}

#[test]
fn what_went_with_the_channel_comes_back_in_the_new_one() {
    let rig = peopled();
    let before = belongings(&rig, 2);
    delete(&rig, 2);
    // A page, a customer and a product that went as well.
    let of = |table: &str| {
        let ids = rig.ids(table).into_iter();
        let mut own = ids.filter(|id| before.contains_key(&format!("{table}/{id}")));
        own.next().unwrap()
    };
    let gone = ["pages", "customers", "products"].map(|table| (table, of(table)));
    for (table, id) in &gone {
        rig.delete(table, std::slice::from_ref(id));
    }
    rig.backup_of("a", KINDS, true);
    let targets = || {
        let one = |(name, id): &(&str, String)| Target {
            entity: entity(name),
            id: id.clone(),
            want: Want::Version(1),
            only: Vec::new(),
            asked: true,
        };
        gone.iter().map(one).collect::<Vec<_>>()
    };
    // Without a new channel the plan says what to do first.
    let vault = rig.vault();
    let client = rig.client(rig.sandbox.token());
    let (silent, usually) = (vortex::engines::monitor::Silent, usual());
    let plan = vortex::engines::restore::plan(&client, &vault, targets(), &usually, &silent);
    let plan = rig.run(plan).unwrap();
    let told = |note: &&String| note.contains("`vortex restore channel 2 --as-copy`");
    assert_eq!(
        plan.notes.iter().filter(told).count(),
        3,
        "{:?}",
        plan.notes
    );
    drop(vault);

    let report = rig.restore(wanted(&rig, "2"), &copy());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    let new = new_id(&report);
    let late = rig.restore(targets(), &usual());
    assert_eq!(failed(&late), Vec::<String>::new());
    assert_eq!(late.differing, vec![]);
    let now = belongings(&rig, new);
    let count = |all: &BTreeMap<String, Value>, kind: &str| {
        all.keys().filter(|key| key.starts_with(kind)).count()
    };
    for (table, _) in &gone {
        assert_eq!(count(&now, table), count(&before, table), "{table}");
    }
    assert_eq!(written(&rig.backup_of("a", KINDS, true)), 0);
}
