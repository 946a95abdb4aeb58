//! Restore of what the API serves beside an object: assignments, values, rows within rows, groups.
//! And what is found out while planning, and twins beside the living.

use serde_json::{Value, json};
use vortex::engines::monitor::Silent;
use vortex::engines::restore::{Options, Target, Want, plan};
use vortex::model::RunStatus;
use vortex::model::restore::{Action, RestoreReport};

use super::restore::{entity, everything_at, failed, usual};
use super::{Rig, written};

fn one(name: &str, id: &str, version: u32) -> Target {
    Target {
        entity: entity(name),
        id: id.to_owned(),
        want: Want::Version(version),
        only: Vec::new(),
        asked: true,
    }
}

fn whole(report: &RestoreReport) {
    assert_eq!(failed(report), Vec::<String>::new());
    assert_eq!(report.differing, vec![], "{:?}", report.differing);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.notes);
}

/// A member of each product, by name.
fn of_products(rig: &Rig, member: &str) -> Vec<(String, Value)> {
    rig.sandbox.edit(|store| {
        let rows = store.table("products").iter();
        let mut rows: Vec<_> = rows
            .map(|(_, row)| {
                let mut own = row[member].as_array().cloned().unwrap_or_default();
                own.sort_by_key(Value::to_string);
                (row["name"].to_string(), Value::Array(own))
            })
            .collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows
    })
}

/// Requests of a method to a path that ends so, since the log was looked at last.
fn asked(rig: &Rig, method: &str, end: &str) -> usize {
    let log = rig.sandbox.log();
    let all = log
        .iter()
        .filter(|line| line.method == method && line.path.ends_with(end));
    all.count()
}

#[test]
fn channel_assignments_come_back_of_the_living_and_of_the_re_created() {
    let rig = Rig::new("demo");
    let channels: Vec<u64> = rig
        .ids("channels")
        .iter()
        .map(|id| id.parse().unwrap())
        .collect();
    assert!(channels.len() > 1);
    let ids: Vec<String> = rig.ids("products").into_iter().take(24).collect();
    rig.sandbox.edit(|store| {
        for (n, id) in ids.iter().enumerate() {
            store.edit("products", id.as_str(), |doc| {
                doc["channels"] = match n % 3 {
                    0 => json!(channels),
                    1 => json!([channels[1]]),
                    _ => json!([]),
                };
            });
        }
    });
    rig.backup("a");
    let before = of_products(&rig, "channels");
    // A bulk edit gone wrong, and two products that are gone.
    rig.sandbox.edit(|store| {
        for (n, id) in ids.iter().enumerate() {
            store.edit("products", id.as_str(), |doc| {
                doc["channels"] = match n % 2 {
                    0 => json!([channels[0]]),
                    _ => json!([]),
                };
            });
        }
    });
    rig.delete("products", &ids[..3]);
    rig.backup("a");
    let edited = of_products(&rig, "channels");
    let (puts, deletions) = (
        asked(&rig, "PUT", "/channel-assignments"),
        asked(&rig, "DELETE", "/channel-assignments"),
    );
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(of_products(&rig, "channels"), before);
    assert_eq!(written(&rig.backup("a")), 0);
    // Three made, and the living ten at a time.
    let puts = asked(&rig, "PUT", "/channel-assignments") - puts;
    assert!(puts <= 7, "{puts} requests");
    let deletions = asked(&rig, "DELETE", "/channel-assignments") - deletions;
    assert!((1..=24).contains(&deletions), "{deletions} requests");

    let undone = rig.undo(report.run.unwrap());
    whole(&undone);
    assert_eq!(of_products(&rig, "channels"), edited);
}
