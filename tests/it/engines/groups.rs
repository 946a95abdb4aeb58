//! Promotions that name a customer group which is made anew: in the same restore, and later.

use serde_json::{Value, json};
use vortex::engines::restore::{Options, Target};
use vortex::model::RunStatus;
use vortex::model::restore::{Action, StepStatus};
use vortex::sandbox::{Fault, What};

use super::restore::{everything_at, failed, usual};
use super::restore_more::{asked, delete_group, grouped, groups, one, whole};
use super::{Rig, written};

/// Each promotion's groups, by name; a group that is not there by its number.
fn named(rig: &Rig) -> Vec<String> {
    rig.sandbox.edit(|store| {
        let rows = store.table("promotions").iter();
        let mut rows: Vec<String> = rows
            .map(|(_, doc)| {
                let list = |member: &str| {
                    let all = doc["customer"][member].as_array().cloned();
                    let names = all.unwrap_or_default().into_iter().map(|id| {
                        let group = store.document("customer_groups", id.as_u64().unwrap());
                        group.map_or(id, |group| group["name"].clone())
                    });
                    names.collect::<Vec<Value>>()
                };
                let (only, but) = (list("group_ids"), list("excluded_group_ids"));
                json!([doc["name"], only, but]).to_string()
            })
            .collect();
        rows.sort();
        rows
    })
}

/// A store with promotions for groups, of which the first was deleted since; and the promotions' ids.
fn bereft() -> (Rig, Vec<String>, Vec<String>) {
    bereft_of(1)
}

/// The same; the group had so many rules for everything, of which the API takes one.
fn bereft_of(rules: usize) -> (Rig, Vec<String>, Vec<String>) {
    let (rig, customers) = grouped();
    rig.sandbox.edit(|store| {
        store.edit("customer_groups", 41, |group| {
            let rule = group["discount_rules"][0].clone();
            group["discount_rules"] = Value::Array(vec![rule; rules]);
        });
    });
    rig.sandbox.edit(|store| {
        let all = store
            .table("promotions")
            .select(|row| row["redemption_type"] == "AUTOMATIC");
        store.table_mut("promotions").take(|_| true);
        store.table_mut("promotion_codes").take(|_| true);
        for id in 1..=4u64 {
            let mut row = all[0].clone();
            (row["id"], row["name"]) = (json!(id), json!(format!("Promotion {id}")));
            store.table_mut("promotions").insert(id, row);
        }
    });
    let ids = rig.ids("promotions");
    rig.sandbox.edit(|store| {
        for (n, id) in ids.iter().enumerate() {
            store.edit("promotions", id.as_str(), |doc| {
                doc["customer"] = match n {
                    0 => json!({"group_ids": [41], "minimum_order_count": 0, "segments": null}),
                    1 => json!({"group_ids": [42, 41], "minimum_order_count": 0, "segments": null}),
                    2 => json!({"excluded_group_ids": [41], "minimum_order_count": 0, "segments": null}),
                    _ => json!({"group_ids": [41], "minimum_order_count": 2, "segments": null}),
                };
            });
        }
    });
    rig.backup("a");
    delete_group(&rig, 41);
    (rig, customers, ids)
}

fn customers_at(rig: &Rig, run: i64) -> Vec<Target> {
    let all = everything_at(rig, run).into_iter();
    all.filter(|target| target.entity.name == "customers")
        .collect()
}

#[test]
fn promotions_that_name_a_group_which_is_made_anew_name_the_new_one() {
    let (rig, customers, ids) = bereft();
    let before = {
        // As it was with the group.
        let rows = named(&rig).into_iter();
        rows.map(|row| row.replace("41", "\"Wholesale\""))
            .collect::<Vec<_>>()
    };
    rig.delete("customers", &customers[..1]);
    rig.delete("promotions", &ids[3..4]);
    rig.sandbox.edit(|store| {
        // The store let go of one.
        store.edit("promotions", ids[1].as_str(), |doc| {
            doc["customer"]["group_ids"] = json!([42]);
        });
    });
    rig.backup("a");
    let edited = (named(&rig), groups(&rig));
    let report = rig.restore(everything_at(&rig, 2), &usual());
    whole(&report);
    assert_eq!(named(&rig), before);
    assert_eq!(asked(&rig, "POST", "/customer_groups"), 1);
    let relinked = |step: &&vortex::model::restore::Step| {
        step.entity == "promotions" && step.action == Action::Relink
    };
    assert!(
        report.steps.iter().filter(relinked).count() >= 2,
        "{:?}",
        report.steps
    );
    assert_eq!(written(&rig.backup("a")), 0);
    let again = rig.restore(everything_at(&rig, 2), &usual());
    let touched: Vec<_> = again
        .steps
        .iter()
        .filter(|s| s.action != Action::Skip)
        .collect();
    assert!(touched.is_empty(), "{touched:?}");

    let undone = rig.undo(report.run.unwrap());
    whole(&undone);
    assert_eq!((named(&rig), groups(&rig)), edited);
    // And that taken back: another group, and all name that.
    whole(&rig.undo(undone.run.unwrap()));
    assert_eq!(named(&rig), before);
}

#[test]
fn a_promotion_that_is_restored_later_names_the_new_group() {
    let (rig, customers, ids) = bereft();
    rig.delete("promotions", &ids[..1]);
    rig.delete("customers", &customers[..1]);
    rig.backup("a");
    let report = rig.restore(customers_at(&rig, 2), &usual());
    whole(&report);
    let late = rig.restore(vec![one("promotions", &ids[0], 2)], &usual());
    whole(&late);
    let all = named(&rig);
    assert!(all.iter().all(|row| !row.contains("41")), "{all:?}");
    let wholesale = all.iter().filter(|row| row.contains("Wholesale")).count();
    assert_eq!(wholesale, ids.len(), "{all:?}");

    // Taken back, the group is gone, and nothing says that it became another.
    whole(&rig.undo(late.run.unwrap()));
    whole(&rig.undo(report.run.unwrap()));
    assert!(named(&rig).iter().all(|row| !row.contains("Wholesale")));
    whole(&rig.restore(vec![one("promotions", &ids[0], 2)], &usual()));
    assert!(
        named(&rig).iter().any(|row| row.contains("[41]")),
        "{:?}",
        named(&rig)
    );
}

#[test]
fn what_names_another_group_by_now_stays_and_so_does_what_was_restored_without_customers() {
    let (rig, customers, ids) = bereft();
    rig.delete("customers", &customers[..1]);
    rig.sandbox.edit(|store| {
        store.edit("promotions", ids[0].as_str(), |doc| {
            doc["customer"]["group_ids"] = json!([42]);
        });
        store.edit("promotions", ids[3].as_str(), |doc| {
            doc["customer"]["group_ids"] = json!([]);
        });
    });
    rig.backup("a");
    whole(&rig.restore(customers_at(&rig, 2), &usual()));
    let all = named(&rig);
    let of = |id: &str| {
        let doc = rig
            .sandbox
            .edit(|store| store.document("promotions", id).unwrap());
        let name = doc["name"].to_string();
        all.iter().find(|row| row.contains(&name)).unwrap().clone()
    };
    assert!(
        of(&ids[0]).contains("Press") && !of(&ids[0]).contains("Wholesale"),
        "{all:?}"
    );
    assert!(of(&ids[3]).contains("Wholesale"), "{all:?}");
}

#[test]
fn a_group_of_the_same_name_is_named_by_the_promotions_as_well() {
    let (rig, customers, ids) = bereft();
    rig.sandbox.edit(|store| {
        let mut group = store.document("customer_groups", 42).unwrap();
        (group["id"], group["name"]) = (json!(77), json!("Wholesale"));
        store.table_mut("customer_groups").insert(77, group);
    });
    rig.delete("customers", &customers[..1]);
    rig.backup("a");
    whole(&rig.restore(customers_at(&rig, 2), &usual()));
    assert_eq!(asked(&rig, "POST", "/customer_groups"), 0);
    let wholesale = named(&rig)
        .iter()
        .filter(|row| row.contains("Wholesale"))
        .count();
    assert_eq!(wholesale, ids.len());
    // What is restored after that finds it as well, whatever it is called by then.
    rig.sandbox.edit(|store| {
        store.edit("customer_groups", 77, |group| {
            group["name"] = json!("Trade")
        });
    });
    rig.delete("promotions", &ids[..1]);
    rig.delete("customers", &customers[1..2]);
    rig.backup("a");
    whole(&rig.restore(everything_at(&rig, 2), &usual()));
    assert_eq!(asked(&rig, "POST", "/customer_groups"), 0);
    assert_eq!(
        named(&rig)
            .iter()
            .filter(|row| row.contains("Trade"))
            .count(),
        ids.len()
    );
}

#[test]
fn where_the_group_is_refused_the_promotions_stay_as_they_are() {
    let (rig, customers, _) = bereft();
    rig.delete("customers", &customers[..1]);
    rig.backup("a");
    let options = Options {
        dependencies: false,
        ..usual()
    };
    let before = named(&rig);
    let report = rig.restore(everything_at(&rig, 2), &options);
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.status, RunStatus::Partial);
    assert_eq!(named(&rig), before);

    let (rig, customers, _) = bereft_of(2);
    rig.delete("customers", &customers[..1]);
    rig.backup("a");
    let before = named(&rig);
    let report = rig.restore(everything_at(&rig, 2), &usual());
    let group = report
        .steps
        .iter()
        .find(|step| step.nested.is_some())
        .unwrap();
    assert_eq!(group.status, StepStatus::Failed, "{group:?}");
    let relinks: Vec<_> = report
        .steps
        .iter()
        .filter(|s| s.action == Action::Relink && s.entity == "promotions")
        .collect();
    assert!(relinks.len() > 2);
    for step in relinks {
        let why = step.error.as_deref().unwrap_or_default();
        assert!(
            why.contains("was not made") && step.safety.is_none(),
            "{step:?}"
        );
    }
    assert_eq!(named(&rig), before);
}

#[test]
fn a_lost_answer_makes_no_second_group_and_leaves_no_promotion_out() {
    for (path, times) in [("/v2/customer_groups", 5), ("/v3/promotions", 6)] {
        for nth in 1..times {
            let (rig, customers, ids) = bereft();
            rig.delete("customers", &customers[..1]);
            rig.backup("a");
            rig.sandbox
                .set_faults(vec![Fault::on(path, nth, What::CutBody)]);
            let mut report = rig.restore(customers_at(&rig, 2), &usual());
            rig.sandbox.set_faults(vec![]);
            if report.status != RunStatus::Ok {
                report = rig.go_on(report.run.unwrap());
            }
            assert_eq!(failed(&report), Vec::<String>::new(), "{path} {nth}");
            let wholesale = named(&rig)
                .iter()
                .filter(|row| row.contains("Wholesale"))
                .count();
            assert_eq!(wholesale, ids.len(), "{path} {nth}");
            assert_eq!(rig.ids("customer_groups").len(), 2, "{path} {nth}");
        }
    }
}
