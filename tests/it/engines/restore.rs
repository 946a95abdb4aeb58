//! Restore against a store: what was deleted comes back linked, nothing is made twice whatever
//! goes wrong, and an undo leaves things as they were.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use vortex::api::Removal;
use vortex::engines::monitor::Silent;
use vortex::engines::restore::{
    At, AtFilter, Options, Target, Want, apply, plan, resume, targets_at, undo_targets,
};
use vortex::entities::entity::Deleting;
use vortex::entities::{self, Entity};
use vortex::model::restore::{Action, RestoreReport, StepStatus};
use vortex::model::{RunId, RunKind, RunStatus, SystemClock};
use vortex::sandbox::{Fault, Key, What, When, cdn};
use vortex::vault::Vault;

use super::faults::small;
use super::{Rig, written};

pub fn entity(name: &str) -> &'static Entity {
    entities::find(name).unwrap()
}

pub fn usual() -> Options {
    Options {
        dependencies: true,
        relink: true,
        ..Options::default()
    }
}

impl Rig {
    pub fn vault(&self) -> Vault {
        Vault::create(&self.db("a"), self.sandbox.hash(), &SystemClock).unwrap()
    }

    pub fn restore(&self, targets: Vec<Target>, options: &Options) -> RestoreReport {
        self.carry_out(targets, options, RunKind::Restore)
    }

    pub fn carry_out(
        &self,
        targets: Vec<Target>,
        options: &Options,
        kind: RunKind,
    ) -> RestoreReport {
        let mut vault = self.vault();
        let client = self.client(self.sandbox.token());
        self.runtime.block_on(async {
            let plan = plan(&client, &vault, targets, options, &Silent)
                .await
                .unwrap();
            let cancel = CancellationToken::new();
            let done = apply(
                &client,
                &mut vault,
                plan,
                kind,
                &Silent,
                &cancel,
                &SystemClock,
            );
            done.await.unwrap()
        })
    }

    pub fn undo(&self, run: i64) -> RestoreReport {
        let targets = undo_targets(&self.vault(), RunId(run)).unwrap();
        let options = Options {
            literal: true,
            ..usual()
        };
        self.carry_out(targets, &options, RunKind::Undo)
    }

    pub fn go_on(&self, run: i64) -> RestoreReport {
        let mut vault = self.vault();
        let client = self.client(self.sandbox.token());
        let cancel = CancellationToken::new();
        let done = resume(
            &client,
            &mut vault,
            RunId(run),
            &Silent,
            &cancel,
            &SystemClock,
        );
        self.runtime.block_on(done).unwrap()
    }

    /// Deletes through the API, as a merchant's mistake would.
    pub fn delete(&self, name: &str, ids: &[String]) {
        let entity = entity(name);
        let client = self.client(self.sandbox.token());
        for id in ids {
            let api = entity.listing.api;
            let removal = match &entity.writes.delete {
                Some(Deleting::Path(path)) => Removal::one(api, path.replace("{id}", id)),
                Some(Deleting::Filter { path, param, .. }) => {
                    Removal::some(api, *path, param, std::slice::from_ref(id))
                }
                None => panic!("{name} can't be deleted"),
            };
            let removal = removal.unwrap();
            let gone = client.remove(&removal);
            self.runtime.block_on(gone).unwrap();
        }
    }

    pub fn ids(&self, table: &str) -> Vec<String> {
        self.sandbox.edit(|store| {
            // A promotion's code is listed among the coupons, too.
            let rows = store.table(table).iter();
            rows.filter(|(_, doc)| doc["type"] != "promotion")
                .map(|(key, _)| key.number().to_string())
                .collect()
        })
    }

    /// What people would see: each object by its natural key, with the names of what it points to.
    pub fn seen(&self) -> BTreeMap<String, Value> {
        self.sandbox.edit(|store| {
            let name = |table: &str, id: &Value| -> Value {
                let found = Key::of(id).and_then(|key| store.table(table).get(&key));
                found.map(|doc| doc["name"].clone()).unwrap_or_default()
            };
            let picture = |url: &Value| -> Value {
                let path = url.as_str().unwrap().split('?').next().unwrap();
                let path = path.strip_prefix(cdn::PREFIX);
                let bytes = path.and_then(|path| cdn::bytes(store, path));
                bytes.map_or(Value::Null, |bytes| json!(bytes.len()))
            };
            let mut seen = BTreeMap::new();
            for (table, key, skip) in [
                ("brands", "name", &["id", "image_url"][..]),
                (
                    "categories",
                    "name",
                    &[
                        "category_id",
                        "category_uuid",
                        "parent_id",
                        "views",
                        "image_url",
                    ],
                ),
                ("redirects", "from_path", &["id", "to"]),
                (
                    "coupons",
                    "code",
                    &["id", "num_uses", "date_created", "applies_to"],
                ),
            ] {
                for (_, doc) in store.table(table).iter() {
                    let mut doc = doc.into_owned();
                    let label = format!("{table}/{}", doc[key]);
                    if table == "categories" {
                        doc["parent"] = name("categories", &doc["parent_id"]);
                    }
                    if doc.get("image_url").is_some() {
                        doc["picture"] = picture(&doc["image_url"]);
                    }
                    for member in skip {
                        doc.as_object_mut().unwrap().remove(*member);
                    }
                    assert!(
                        seen.insert(label.clone(), doc).is_none(),
                        "{label} is there twice"
                    );
                }
            }
            for (_, doc) in store.table("products").iter() {
                let categories = doc["categories"].as_array().unwrap().iter();
                let mut categories: Vec<String> = categories
                    .map(|id| name("categories", id).to_string())
                    .collect();
                categories.sort();
                let list = |member: &str, show: &dyn Fn(&Value) -> Value| {
                    let rows = doc[member].as_array().cloned().unwrap_or_default();
                    let mut rows: Vec<String> = rows.iter().map(|row| show(row).to_string()).collect();
                    rows.sort();
                    rows
                };
                let values = |row: &Value| {
                    let values = row["option_values"].as_array().cloned().unwrap_or_default();
                    let label = |value: Value| json!([value["label"], value["adjusters"]["price"]]);
                    values.into_iter().map(label).collect::<Vec<Value>>()
                };
                let shown = json!({
                    "brand": name("brands", &doc["brand_id"]),
                    "categories": categories,
                    "plain": [doc["sku"], doc["price"], doc["description"], doc["custom_url"]],
                    "options": list("options", &|row| json!([row["display_name"], row["type"], values(row)])),
                    "variants": list("variants", &|row| json!([row["sku"], row["price"], values(row)])),
                    "modifiers": list("modifiers", &|row| json!([row["display_name"], row["config"], values(row)])),
                    "rules": list("complex_rules", &|row| json!([row["price_adjuster"], row["sort_order"]])),
                    "custom fields": list("custom_fields", &|row| json!([row["name"], row["value"]])),
                    "bulk": list("bulk_pricing_rules", &|row| json!([row["quantity_min"], row["amount"]])),
                    "images": list("images", &|row| json!([row["sort_order"], row["is_thumbnail"], row["description"], picture(&row["url_zoom"])])),
                    "videos": list("videos", &|row| row["video_id"].clone()),
                    "related": list("related_products", &|id| match id.as_i64() {
                        Some(-1) => json!("chosen by the store"),
                        _ => name("products", id),
                    }),
                });
                seen.insert(format!("products/{}", doc["name"]), shown);
            }
            seen
        })
    }
}

pub fn everything_at(rig: &Rig, run: i64) -> Vec<Target> {
    let all: Vec<_> = entities::all()
        .iter()
        .copied()
        .filter(|e| e.restorable())
        .collect();
    let vault = rig.vault();
    targets_at(&vault, &all, At::Run(RunId(run)), &AtFilter::default())
        .unwrap()
        .0
}

/// Names what differs, not everything.
pub fn same(found: &BTreeMap<String, Value>, wanted: &BTreeMap<String, Value>) {
    for (key, want) in wanted {
        assert_eq!(found.get(key), Some(want), "{key}");
    }
    assert_eq!(found.len(), wanted.len());
}

pub fn failed(report: &RestoreReport) -> Vec<String> {
    let steps = report.steps.iter();
    steps
        .filter(|step| step.status == StepStatus::Failed || step.status == StepStatus::Begun)
        .map(|step| format!("{} {}: {:?}", step.entity, step.id, step.error))
        .collect()
}

#[test]
fn all_that_was_deleted_comes_back_linked_after_a_nightly_backup() {
    let rig = Rig::new("demo");
    rig.backup("a");
    let before = rig.seen();
    for (name, table) in [
        ("categories", "categories"),
        ("brands", "brands"),
        ("redirects", "redirects"),
        ("coupons", "coupons"),
        ("gift-certificates", "gift_certificates"),
        ("customers", "customers"),
        ("blog-posts", "blog_posts"),
    ] {
        rig.delete(name, &rig.ids(table));
    }
    rig.backup("a");
    assert_ne!(rig.seen(), before);
    let report = rig.restore(everything_at(&rig, 1), &usual());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.differing, vec![], "{:?}", report.differing);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.notes);
    same(&rig.seen(), &before);
    let orders = report.steps.iter().filter(|step| step.entity == "orders");
    assert!(orders.clone().count() > 0);
    for step in orders {
        assert_eq!(step.action, Action::Skip, "an order was touched: {step:?}");
    }
    // The versions that the restore wrote are those that a backup finds.
    let next = rig.backup("a");
    assert_eq!(written(&next), 0, "{next:?}");
}

#[test]
fn products_come_back_with_options_variants_modifiers_and_rules() {
    let rig = small();
    rig.sandbox.edit(|store| {
        // The small store keeps the first dozen: plain ones. Take some with all kinds of parts.
        let full = vortex::sandbox::Sandbox::start(vortex::sandbox::SandboxOptions::sample("demo"));
        let rich: Vec<Value> = full.unwrap().edit(|other| {
            let rows = other
                .table("products")
                .iter()
                .map(|(_, row)| row.into_owned());
            rows.filter(|row| {
                let some = |member: &str| row[member].as_array().is_some_and(|l| !l.is_empty());
                some("complex_rules") || some("modifiers") || some("bulk_pricing_rules")
            })
            .take(12)
            .collect()
        });
        for row in rich {
            let id = row["id"].as_u64().unwrap();
            store.table_mut("products").insert(id, row);
        }
    });
    // Two products that point to each other: neither can name the other when it is made first.
    let ids = rig.ids("products");
    rig.sandbox.edit(|store| {
        for (one, other) in [(0, 1), (1, 0)] {
            let other: u64 = ids[other].parse().unwrap();
            store.edit("products", ids[one].as_str(), |doc| {
                doc["related_products"] = json!([other]);
            });
        }
    });
    rig.backup("a");
    let before = rig.seen();
    let rules = before
        .values()
        .filter(|doc| doc["rules"] != json!([]))
        .count();
    let variants = before
        .values()
        .filter(|doc| doc["options"] != json!([]))
        .count();
    assert!(rules > 0 && variants > 0 && before.len() > 20);
    rig.delete("products", &rig.ids("products"));
    rig.delete("brands", &rig.ids("brands"));
    rig.backup("a");
    let report = rig.restore(everything_at(&rig, 1), &usual());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.differing, vec![], "{:?}", report.differing);
    same(&rig.seen(), &before);
    assert_eq!(written(&rig.backup("a")), 0);
}

#[test]
fn metafields_of_channels_and_orders_and_attributes_of_customers_come_back() {
    const KEPT: &[&str] = &["channels", "orders", "customers"];
    let rig = Rig::new("awkward");
    let rows = |rig: &Rig, table: &str, members: &[&str]| {
        rig.sandbox.edit(|store| {
            let rows = store.table(table).iter();
            let mut rows: Vec<String> = rows
                .map(|(_, row)| members.iter().map(|m| format!("{} ", row[*m])).collect())
                .collect();
            rows.sort();
            rows
        })
    };
    let field = ["namespace", "key", "value", "resource_id"];
    let all = |rig: &Rig| {
        let of_customers = rows(
            rig,
            "customer_attribute_values",
            &["attribute_id", "attribute_value"],
        );
        (
            rows(rig, "channel_metafields", &field),
            rows(rig, "order_metafields", &field),
            of_customers,
        )
    };
    rig.backup_of("a", KEPT, true);
    let before = all(&rig);
    assert!(!before.0.is_empty() && !before.1.is_empty() && !before.2.is_empty());
    let customers: Vec<String> = vec!["7".to_owned()];
    rig.sandbox.edit(|store| {
        for table in ["channel_metafields", "order_metafields"] {
            let mut seen = 0;
            store.table_mut(table).take(|_| {
                seen += 1;
                seen == 1
            });
        }
    });
    rig.delete("customers", &customers);
    rig.backup_of("a", KEPT, true);
    assert_ne!(all(&rig), before);
    let wanted = everything_at(&rig, 1).into_iter().filter(|target| {
        let deleted = target.entity.name != "customers" || customers.contains(&target.id);
        KEPT.contains(&target.entity.name) && deleted
    });
    let report = rig.restore(wanted.collect(), &usual());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(all(&rig), before);
}

#[test]
fn an_old_id_finds_the_history_and_the_new_one_too() {
    let rig = small();
    rig.backup("a");
    let old = rig.ids("brands")[0].clone();
    rig.delete("brands", std::slice::from_ref(&old));
    rig.backup("a");
    let target = Target {
        entity: entity("brands"),
        id: old.clone(),
        want: Want::Version(1),
        only: Vec::new(),
        asked: true,
    };
    let report = rig.restore(vec![target], &usual());
    let step = &report.steps[0];
    let new = step.new_id.clone().unwrap();
    assert_ne!(new, old);
    let vault = rig.vault();
    let by_old = vault.versions("brands", &old).unwrap();
    assert_eq!(by_old, vault.versions("brands", &new).unwrap());
    // Made, deleted, made anew, and then with its image.
    assert_eq!(by_old.len(), 4);
    assert_eq!(vault.current_id("brands", &old).unwrap(), new);
    assert_eq!(
        vault.former_ids("brands", &new).unwrap(),
        std::slice::from_ref(&old)
    );
    assert_eq!(
        vault.object("brands", &old).unwrap().unwrap().id.as_str(),
        new
    );
}

#[test]
fn only_the_named_field_is_brought_back() {
    let rig = small();
    rig.backup("a");
    let id = rig.ids("products")[0].clone();
    let read = |rig: &Rig| {
        rig.sandbox
            .edit(|store| store.document("products", id.as_str()).unwrap())
    };
    let before = read(&rig);
    rig.sandbox.edit(|store| {
        store.edit("products", id.as_str(), |doc| {
            doc["price"] = json!(1);
            doc["name"] = json!("Renamed by the merchant");
        })
    });
    let options = Options {
        fields: vec!["price".to_owned()],
        ..usual()
    };
    let target = Target {
        entity: entity("products"),
        id: id.clone(),
        want: Want::Version(1),
        only: Vec::new(),
        asked: true,
    };
    let report = rig.restore(vec![target], &options);
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    assert_eq!(read(&rig)["price"], before["price"]);
    assert_eq!(read(&rig)["name"], "Renamed by the merchant");
    // Both the merchant's state and ours are versions now, and the undo goes back to the former.
    let undone = rig.undo(report.run.unwrap());
    assert_eq!(undone.status, RunStatus::Ok, "{undone:?}");
    assert_eq!(read(&rig)["price"], json!(1));
    assert_eq!(read(&rig)["name"], "Renamed by the merchant");
    assert_eq!(written(&rig.backup("a")), 0);
}

#[test]
fn what_changes_after_the_plan_is_left_and_named() {
    let rig = small();
    rig.backup("a");
    let ids = rig.ids("brands");
    let edit = |text: &str| {
        rig.sandbox.edit(|store| {
            for id in &ids {
                store.edit("brands", id.as_str(), |doc| doc["page_title"] = json!(text));
            }
        });
    };
    edit("Broken by an import");
    let targets: Vec<Target> = ids[..2]
        .iter()
        .map(|id| Target {
            entity: entity("brands"),
            id: id.clone(),
            want: Want::Version(1),
            only: Vec::new(),
            asked: true,
        })
        .collect();
    let mut vault = rig.vault();
    let client = rig.client(rig.sandbox.token());
    let report = rig.runtime.block_on(async {
        let plan = plan(&client, &vault, targets, &usual(), &Silent)
            .await
            .unwrap();
        rig.sandbox.edit(|store| {
            store.edit("brands", ids[0].as_str(), |doc| {
                doc["page_title"] = json!("Later")
            });
        });
        let (cancel, clock) = (CancellationToken::new(), SystemClock);
        apply(
            &client,
            &mut vault,
            plan,
            RunKind::Restore,
            &Silent,
            &cancel,
            &clock,
        )
        .await
        .unwrap()
    });
    assert_eq!(report.status, RunStatus::Partial);
    assert!(
        report.steps[0]
            .error
            .as_ref()
            .unwrap()
            .contains("page_title changed since")
    );
    assert_eq!(report.steps[1].status, StepStatus::Done);
    let title = |id: &str| {
        rig.sandbox
            .edit(|store| store.document("brands", id).unwrap()["page_title"].clone())
    };
    assert_eq!(title(&ids[0]), "Later");
    assert_ne!(title(&ids[1]), "Broken by an import");
}

#[test]
fn an_undo_takes_back_what_was_made_linked_and_changed() {
    let rig = small();
    rig.backup("a");
    let brands = rig.ids("brands");
    rig.delete("brands", &brands[..2]);
    rig.sandbox.edit(|store| {
        store.edit("redirects", rig_first(store, "redirects"), |doc| {
            doc["to"] = json!({"type": "url", "url": "/elsewhere"});
        });
    });
    rig.backup("a");
    let before = rig.seen();
    let report = rig.restore(everything_at(&rig, 1), &usual());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    assert_ne!(rig.seen(), before);
    let undone = rig.undo(report.run.unwrap());
    assert_eq!(failed(&undone), Vec::<String>::new());
    assert_eq!(rig.seen(), before);
    assert_eq!(written(&rig.backup("a")), 0);
}

fn rig_first(store: &vortex::sandbox::Store, table: &str) -> u64 {
    store.table(table).keys().next().unwrap().number()
}

/// What a restore of these mistakes reads and writes.
pub const HURT: &[&str] = &["categories", "brands", "products", "redirects"];

/// A store in which brands with products, a subtree of categories and redirects were deleted.
pub fn hurt() -> (Rig, BTreeMap<String, Value>) {
    let rig = small();
    rig.backup_of("a", HURT, true);
    let before = rig.seen();
    rig.delete("brands", &rig.ids("brands")[..1]);
    let redirects = rig.ids("redirects");
    rig.delete("redirects", &redirects[..2]);
    let categories = rig.ids("categories");
    rig.delete("categories", &categories[..2]);
    rig.backup_of("a", HURT, true);
    rig.sandbox.clear_log();
    (rig, before)
}

#[test]
fn whatever_goes_wrong_at_any_request_nothing_is_made_twice() {
    let (rig, before) = hurt();
    let report = rig.restore(everything_at(&rig, 1), &usual());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    assert_eq!(rig.seen(), before);
    let log = rig.sandbox.log();
    let writes: Vec<u64> = (1..)
        .zip(&log)
        .filter(|(_, entry)| entry.method != "GET")
        .map(|(n, _)| n)
        .collect();
    assert!(writes.len() >= 4, "{log:?}");
    for what in [
        What::Reset,
        What::CutBody,
        What::WrongJson,
        What::Status(500),
        What::TooMany,
    ] {
        for n in writes.iter().flat_map(|n| [*n, *n + 1]) {
            let (rig, before) = hurt();
            rig.sandbox.set_faults(vec![Fault::at(n, what.clone())]);
            let mut report = rig.restore(everything_at(&rig, 1), &usual());
            rig.sandbox.set_faults(vec![]);
            if report.status != RunStatus::Ok {
                report = rig.go_on(report.run.unwrap());
            }
            assert_eq!(report.status, RunStatus::Ok, "{what:?} at {n}: {report:?}");
            assert_eq!(rig.seen(), before, "{what:?} at {n}");
            let next = rig.backup_of("a", HURT, true);
            assert_eq!(written(&next), 0, "{what:?} at {n}: {next:?}");
        }
    }
}

#[test]
fn a_restore_that_is_stopped_anywhere_goes_on_from_there() {
    for n in 1..=60 {
        let (rig, before) = hurt();
        let cancel = CancellationToken::new();
        let mut vault = rig.vault();
        let client = rig.client(rig.sandbox.token()).with_cancel(cancel.clone());
        let report = rig.runtime.block_on(async {
            let targets = everything_at(&rig, 1);
            let plan = plan(&client, &vault, targets, &usual(), &Silent)
                .await
                .unwrap();
            rig.sandbox.set_faults(vec![]);
            rig.sandbox.clear_log();
            let stop = cancel.clone();
            rig.sandbox
                .edit_at(When::Request(n), move |_| stop.cancel());
            let (kind, clock) = (RunKind::Restore, SystemClock);
            apply(&client, &mut vault, plan, kind, &Silent, &cancel, &clock)
                .await
                .unwrap()
        });
        drop(vault);
        let reached = cancel.is_cancelled();
        rig.sandbox.set_faults(vec![]);
        let report = match report.status {
            RunStatus::Ok => report,
            _ => rig.go_on(report.run.unwrap()),
        };
        assert_eq!(report.status, RunStatus::Ok, "stopped at {n}: {report:?}");
        assert_eq!(rig.seen(), before, "stopped at {n}");
        if !reached {
            assert!(n > 4, "never stopped at {n}: {:?}", rig.sandbox.log());
            return;
        }
    }
    panic!("the restore takes more requests than were tried");
}

#[test]
fn many_changes_go_out_in_batches() {
    let mut rig = Rig::new("large:600");
    rig.images = false;
    rig.backup_of("a", &["products"], true);
    rig.sandbox.edit(|store| {
        store.table_mut("products").edit_all(|doc| {
            doc["price"] = json!(1);
            true
        })
    });
    let options = Options {
        fields: vec!["price".to_owned()],
        ..usual()
    };
    rig.sandbox.clear_log();
    let targets = targets_at(
        &rig.vault(),
        &[entity("products")],
        At::Run(RunId(1)),
        &AtFilter::default(),
    );
    let report = rig.restore(targets.unwrap().0, &options);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.notes);
    let updates = report
        .steps
        .iter()
        .filter(|s| s.action == Action::Update)
        .count();
    let log = rig.sandbox.log();
    let puts = log.iter().filter(|entry| entry.method == "PUT").count();
    assert_eq!(puts, updates.div_ceil(10));
}

#[test]
fn an_undo_leaves_what_was_edited_since() {
    let rig = small();
    rig.backup("a");
    let id = rig.ids("products")[0].clone();
    let set = |member: &str, value: Value| {
        rig.sandbox
            .edit(|store| store.edit("products", id.as_str(), |doc| doc[member] = value));
    };
    let read = |member: &str| {
        rig.sandbox
            .edit(|store| store.document("products", id.as_str()).unwrap()[member].clone())
    };
    set("price", json!(1));
    let target = Target {
        entity: entity("products"),
        id: id.clone(),
        want: Want::Version(1),
        only: Vec::new(),
        asked: true,
    };
    let report = rig.restore(vec![target], &usual());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    set("name", json!("Renamed after the restore"));
    let undone = rig.undo(report.run.unwrap());
    assert_eq!(undone.status, RunStatus::Ok, "{undone:?}");
    assert_eq!(read("price"), json!(1));
    assert_eq!(read("name"), "Renamed after the restore");
}

#[test]
fn a_moved_field_is_restored_when_named_and_undone_with_it() {
    let rig = small();
    rig.backup("a");
    let id = rig.ids("gift_certificates")[0].clone();
    let balance = || {
        rig.sandbox.edit(|store| {
            store.document("gift_certificates", id.as_str()).unwrap()["balance"].clone()
        })
    };
    let before = balance();
    rig.sandbox.edit(|store| {
        store.edit("gift_certificates", id.as_str(), |doc| {
            doc["balance"] = json!("1.0000");
        })
    });
    rig.backup("a");
    let target = |fields: &[&str]| Target {
        entity: entity("gift-certificates"),
        id: id.clone(),
        want: Want::Version(1),
        only: fields.iter().map(|field| (*field).to_owned()).collect(),
        asked: true,
    };
    let all = rig.restore(vec![target(&[])], &usual());
    assert_eq!(all.steps[0].action, Action::Skip, "spent money came back");
    let named = rig.restore(vec![target(&["balance"])], &usual());
    assert_eq!(named.status, RunStatus::Ok, "{named:?}");
    assert_eq!(balance(), before);
    rig.undo(named.run.unwrap());
    assert_eq!(balance(), "1.0000");
}

#[test]
fn a_narrow_restore_does_not_hide_an_edit_of_what_it_did_not_read() {
    let rig = Rig::new("demo");
    rig.backup("a");
    let id = rig.sandbox.edit(|store| {
        let mut rows = store.table("products").iter();
        let row = rows.find(|(_, row)| row["options"].as_array().is_some_and(|o| !o.is_empty()));
        row.unwrap().0.number().to_string()
    });
    rig.sandbox.edit(|store| {
        let stamp = store.stamp();
        store.edit("products", id.as_str(), |doc| {
            doc["price"] = json!(1);
            doc["options"][0]["display_name"] = json!("Edited the same day");
            doc["date_modified"] = json!(stamp);
        })
    });
    let target = Target {
        entity: entity("products"),
        id: id.clone(),
        want: Want::Version(1),
        only: vec!["price".to_owned()],
        asked: true,
    };
    let report = rig.restore(vec![target], &usual());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    // Not a full backup: options are read again because the product's date moved.
    rig.backup_of("a", &["products"], false);
    let dump = rig.dump("a");
    let last = dump[&format!("products/{id}")].last().unwrap().2.clone();
    let name = last.unwrap()["options"][0]["display_name"].clone();
    assert_eq!(name, "Edited the same day");
}

#[test]
fn nothing_is_deleted_for_a_time_before_the_first_look() {
    let rig = small();
    let before_all = jiff::Timestamp::UNIX_EPOCH;
    rig.backup_of("a", &["brands"], true);
    rig.backup_of("a", &["brands", "redirects"], true);
    let vault = rig.vault();
    let newer = AtFilter {
        delete_newer: true,
        ..AtFilter::default()
    };
    let both = [entity("brands"), entity("redirects")];
    let refused = targets_at(&vault, &both, At::Time(before_all), &newer).unwrap_err();
    assert!(
        refused.to_string().contains("the first run is 1"),
        "{refused}"
    );
    assert!(targets_at(&vault, &both, At::Run(RunId(99)), &newer).is_err());
    // Run 1 looked at brands only: no redirect is known to be newer.
    let (targets, skips) = targets_at(&vault, &both, At::Run(RunId(1)), &newer).unwrap();
    assert!(
        targets
            .iter()
            .all(|t| t.want != Want::Absent && t.entity.name == "brands")
    );
    assert_eq!(skips.len(), rig.ids("redirects").len());
}

#[test]
fn a_backup_between_a_lost_answer_and_the_resume_makes_nothing_twice() {
    let (rig, _) = hurt();
    let redirects = rig.ids("redirects").len();
    let posts = rig.sandbox.edit(|store| store.table("blog_posts").len());
    rig.backup_of("a", &["blog-posts"], true);
    rig.delete("blog-posts", &rig.ids("blog_posts")[..1]);
    rig.backup_of("a", &["blog-posts"], true);
    let gone = rig.dump("a");
    let (key, _) = gone
        .iter()
        .find(|(key, versions)| {
            key.starts_with("blog-posts/") && versions.last().unwrap().1 == "deleted"
        })
        .unwrap();
    let target = Target {
        entity: entity("blog-posts"),
        id: key["blog-posts/".len()..].to_owned(),
        want: Want::Version(1),
        only: Vec::new(),
        asked: true,
    };
    // The post is made, its answer is cut, and the store can't be asked what became of it.
    let mut faults = vec![Fault::on("/v2/blog/posts", 3, What::CutBody)];
    faults.push(Fault {
        when: When::From(4),
        what: What::Status(503),
    });
    rig.sandbox.set_faults(faults);
    let report = rig.restore(vec![target], &usual());
    assert_ne!(report.status, RunStatus::Ok, "{report:?}");
    rig.sandbox.set_faults(vec![]);
    let made = rig.sandbox.edit(|store| store.table("blog_posts").len());
    rig.backup_of("a", &["blog-posts"], true);
    let resumed = rig.go_on(report.run.unwrap());
    let after = rig.sandbox.edit(|store| store.table("blog_posts").len());
    assert_eq!((made, after), (posts, posts), "{report:?}\n{resumed:?}");
    let error = resumed.steps[0].error.as_ref().unwrap();
    assert!(error.contains("has a history of its own"), "{error}");
    assert_eq!(rig.ids("redirects").len(), redirects);
}

#[test]
fn an_undo_deletes_a_promotion_with_its_codes() {
    let rig = Rig::new("demo");
    rig.backup_of("a", &["promotions"], true);
    let promotions = rig.ids("promotions");
    let client = rig.client(rig.sandbox.token());
    for (_, versions) in rig.dump("a") {
        let doc = versions[0].2.clone().unwrap();
        for code in doc["codes"].as_array().into_iter().flatten() {
            let path = format!("/promotions/{}/codes/{}", doc["id"], code["id"]);
            let removal = Removal::one(vortex::model::ApiVersion::V3, path).unwrap();
            rig.runtime.block_on(client.remove(&removal)).unwrap();
        }
    }
    rig.delete("promotions", &promotions);
    rig.backup_of("a", &["promotions"], true);
    let report = rig.restore(everything_at(&rig, 1), &usual());
    assert_eq!(report.status, RunStatus::Ok, "{report:?}");
    let codes = rig
        .sandbox
        .edit(|store| store.table("promotion_codes").len());
    assert!(codes > 0, "no promotion with codes in the sample");
    let undone = rig.undo(report.run.unwrap());
    assert_eq!(undone.status, RunStatus::Ok, "{undone:?}");
    assert!(rig.ids("promotions").is_empty());
}

#[test]
fn a_row_whose_answer_was_lost_is_found_again() {
    let rig = small();
    rig.backup_of("a", &["products"], true);
    let id = rig.sandbox.edit(|store| {
        let mut rows = store.table("products").iter();
        let row =
            rows.find(|(_, row)| row["custom_fields"].as_array().is_some_and(|l| l.len() > 1));
        row.unwrap().0.number().to_string()
    });
    let before = rig.seen();
    rig.delete("products", std::slice::from_ref(&id));
    rig.backup_of("a", &["products"], true);
    let path = "/v3/catalog/products/";
    for nth in 1..=12 {
        let target = Target {
            entity: entity("products"),
            id: id.clone(),
            want: Want::Version(1),
            only: Vec::new(),
            asked: true,
        };
        rig.sandbox
            .set_faults(vec![Fault::on(path, nth, What::CutBody)]);
        let mut report = rig.restore(vec![target], &usual());
        rig.sandbox.set_faults(vec![]);
        if report.status != RunStatus::Ok {
            report = rig.go_on(report.run.unwrap());
        }
        assert_eq!(report.status, RunStatus::Ok, "at {nth}: {report:?}");
        same(&rig.seen(), &before);
        let undone = rig.undo(report.run.unwrap());
        assert_eq!(undone.status, RunStatus::Ok, "at {nth}: {undone:?}");
    }
}

/// One edit that a merchant might make, chosen by the dice.
fn edit_something(rig: &Rig, dice: &mut StdRng) {
    let tables = ["brands", "categories", "redirects", "coupons", "products"];
    let table = tables[dice.random_range(0..tables.len())];
    let ids = rig.ids(table);
    if ids.len() < 3 {
        return;
    }
    let id = ids[dice.random_range(0..ids.len())].clone();
    let word = format!("Edit {}", dice.random_range(0..1_000_000));
    let kind = dice.random_range(0..6);
    if kind == 0 {
        // Deleted as through the panel: what pointed to it points nowhere.
        let name = table.replace('_', "-");
        rig.delete(&name, std::slice::from_ref(&id));
        return;
    }
    let brands = rig.ids("brands");
    let brand: u64 = brands[dice.random_range(0..brands.len())].parse().unwrap();
    rig.sandbox.edit(|store| {
        store.edit(table, id.as_str(), |doc| match (table, kind) {
            ("brands", _) => doc["page_title"] = json!(word),
            ("categories", _) => doc["description"] = json!(word),
            ("redirects", _) => doc["to"] = json!({"type": "url", "url": format!("/{word}")}),
            ("coupons", _) => doc["amount"] = json!("7.0000"),
            (_, 1) => doc["price"] = json!(dice.random_range(1..500)),
            (_, 2) => doc["brand_id"] = json!(brand),
            (_, 3) => doc["custom_fields"] = json!([]),
            _ => doc["description"] = json!(word),
        })
    });
}

#[test]
fn after_random_edits_any_run_can_be_restored_to() {
    for seed in 0..6 {
        let mut dice = StdRng::seed_from_u64(seed);
        let rig = small();
        const ALL: &[&str] = &["categories", "brands", "products", "redirects", "coupons"];
        let mut runs = vec![(rig.backup_of("a", ALL, true).run, rig.seen())];
        for _ in 0..4 {
            for _ in 0..5 {
                edit_something(&rig, &mut dice);
            }
            runs.push((rig.backup_of("a", ALL, true).run, rig.seen()));
        }
        // Back and forth: to each of them, in an order of the dice.
        for _ in 0..3 {
            let (run, seen) = &runs[dice.random_range(0..runs.len())];
            let entities: Vec<_> = ALL.iter().map(|name| entity(name)).collect();
            let newer = AtFilter {
                delete_newer: true,
                ..AtFilter::default()
            };
            let targets = targets_at(&rig.vault(), &entities, At::Run(*run), &newer)
                .unwrap()
                .0;
            let report = rig.restore(targets, &usual());
            assert_eq!(
                failed(&report),
                Vec::<String>::new(),
                "seed {seed}, run {run}"
            );
            assert_eq!(report.differing, vec![], "seed {seed}, run {run}");
            same(&rig.seen(), seen);
            assert_eq!(written(&rig.backup_of("a", ALL, true)), 0, "seed {seed}");
        }
    }
}

#[test]
fn an_undo_deletes_the_inner_ones_first_and_the_rest_together() {
    let (rig, _) = hurt();
    let hurt = rig.seen();
    let report = rig.restore(everything_at(&rig, 1), &usual());
    let parents: BTreeMap<String, String> = rig.sandbox.edit(|store| {
        let rows = store.table("categories").iter();
        rows.map(|(key, row)| (key.number().to_string(), row["parent_id"].to_string()))
            .collect()
    });
    rig.sandbox.clear_log();
    let undone = rig.undo(report.run.unwrap());
    assert_eq!(undone.status, RunStatus::Ok, "{undone:?}");
    same(&rig.seen(), &hurt);
    let log = rig.sandbox.log();
    let of = |path: &str| -> Vec<String> {
        let deletes = log
            .iter()
            .filter(|e| e.method == "DELETE" && e.path.ends_with(path));
        deletes
            .map(|e| e.query.split('=').nth(1).unwrap().to_owned())
            .collect()
    };
    let gone = of("/trees/categories");
    assert!(gone.len() > 1, "{gone:?}");
    for (n, id) in gone.iter().enumerate() {
        assert!(
            !gone[n + 1..].iter().any(|later| parents[later] == *id),
            "{gone:?}"
        );
    }
    assert_eq!(
        of("/storefront/redirects").len(),
        1,
        "two redirects go in one request"
    );
}
