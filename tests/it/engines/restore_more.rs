//! Restore of what the API serves beside an object: assignments, values, rows within rows, groups.
//! And what is found out while planning, and twins beside the living.

use serde_json::{Value, json};
use vortex::engines::restore::{Options, Target, Want};
use vortex::model::RunStatus;
use vortex::model::restore::{Action, RestoreReport};
use vortex::sandbox::{Fault, What};

use super::restore::{entity, everything_at, failed, usual};
use super::{Rig, written};

pub fn one(name: &str, id: &str, version: u32) -> Target {
    Target {
        entity: entity(name),
        id: id.to_owned(),
        want: Want::Version(version),
        only: Vec::new(),
        asked: true,
    }
}

pub fn whole(report: &RestoreReport) {
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
pub fn asked(rig: &Rig, method: &str, end: &str) -> usize {
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

/// Rows of a table, cut to these members, in an order of their own.
fn rows(rig: &Rig, table: &str, members: &[&str]) -> Vec<String> {
    rig.sandbox.edit(|store| {
        let rows = store.table(table).iter();
        let mut rows: Vec<String> = rows
            .map(|(_, row)| members.iter().map(|m| format!("{} ", row[*m])).collect())
            .collect();
        rows.sort();
        rows
    })
}

#[test]
fn attributes_and_form_fields_come_back_more_than_ten_as_well() {
    let rig = Rig::new("demo");
    let ids = rig.ids("customers");
    let number = |id: &String| id.parse::<u64>().unwrap();
    rig.sandbox.edit(|store| {
        for id in 1..=12u64 {
            let name = format!("attribute {id}");
            let row = json!({"id": id, "name": name, "type": "string",
                "date_created": "2026-01-01T00:00:00Z", "date_modified": "2026-01-01T00:00:00Z"});
            store.table_mut("customer_attributes").insert(id, row);
        }
        let values = store.table_mut("customer_attribute_values");
        values.take(|_| true);
        // Two who live with three each, one who will be gone with twelve.
        let some = [(&ids[0], 3), (&ids[1], 3), (&ids[2], 12)];
        let all = some
            .iter()
            .flat_map(|(id, n)| (1..=*n).map(move |a| (number(id), a)));
        for (at, (customer, attribute)) in (500u64..).zip(all) {
            let row = json!({"id": at, "customer_id": customer, "attribute_id": attribute,
                "attribute_value": format!("value {attribute}"),
                "date_created": "2026-01-01T00:00:00Z", "date_modified": "2026-01-01T00:00:00Z"});
            values.insert(at, row);
        }
        store.edit("customers", ids[0].as_str(), |doc| {
            doc["form_fields"] =
                json!([{"name": "Shoe size", "value": "42", "customer_id": number(&ids[0])}]);
        });
    });
    rig.backup("a");
    let seen = |rig: &Rig| {
        let values = rows(
            rig,
            "customer_attribute_values",
            &["attribute_id", "attribute_value"],
        );
        let fields = rig.sandbox.edit(|store| {
            let doc = store.document("customers", ids[0].as_str()).unwrap();
            doc["form_fields"][0]["value"].clone()
        });
        (values, fields)
    };
    let before = seen(&rig);
    rig.delete("customers", &ids[2..3]);
    rig.sandbox.edit(|store| {
        // Changed, gone, and one too many.
        let values = store.table_mut("customer_attribute_values");
        for customer in [&ids[0], &ids[1]].map(number) {
            values.take(|row| row["customer_id"] == customer && row["attribute_id"] == 2);
            values.edit_all(|row| {
                let hit = row["customer_id"] == customer && row["attribute_id"] == 1;
                if hit {
                    row["attribute_value"] = json!("wrong");
                }
                hit
            });
            let row = json!({"id": 700 + customer, "customer_id": customer, "attribute_id": 9,
                "attribute_value": "new", "date_created": "2026-01-01T00:00:00Z",
                "date_modified": "2026-01-01T00:00:00Z"});
            values.insert(700 + customer, row);
        }
        store.edit("customers", ids[0].as_str(), |doc| {
            doc["form_fields"][0]["value"] = json!("24");
        });
    });
    rig.backup("a");
    let edited = seen(&rig);
    let puts = asked(&rig, "PUT", "/customers/attribute-values");
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(seen(&rig), before);
    // The two living together; the eleventh and twelfth of the one made anew.
    assert_eq!(asked(&rig, "PUT", "/customers/attribute-values") - puts, 2);
    assert_eq!(written(&rig.backup("a")), 0);
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(seen(&rig), edited);
}

#[test]
fn metafields_of_variants_come_back_under_the_variants_new_ids() {
    let rig = Rig::new("demo");
    // A product with three variants that have metafields, another that will be gone whole.
    let some: Vec<(String, Vec<u64>)> = rig.sandbox.edit(|store| {
        let rich = store.table("products").iter().filter_map(|(key, doc)| {
            let variants = doc["variants"].as_array()?.iter();
            let ids: Vec<u64> = variants.filter_map(|v| v["id"].as_u64()).collect();
            (ids.len() >= 3).then(|| (key.number().to_string(), ids))
        });
        rich.take(2).collect()
    });
    rig.sandbox.edit(|store| {
        let all = some.iter().flat_map(|(_, ids)| &ids[..3]);
        for (at, id) in (900u64..).zip(all.flat_map(|id| [*id, *id])) {
            let row = json!({"id": at, "key": format!("key {}", at % 2), "value": format!("of {id}"),
                "namespace": "n", "permission_set": "read", "resource_type": "variant",
                "resource_id": id, "description": "", "date_created": "2026-01-01T00:00:00Z",
                "date_modified": "2026-01-01T00:00:00Z",
                "owner_client_id": "sandboxclientid0000000000000000"});
            store.table_mut("variant_metafields").insert(at, row);
        }
    });
    rig.backup("a");
    let members = ["namespace", "key", "value", "permission_set"];
    let seen = |rig: &Rig| {
        // By the variant's SKU: its id may be new.
        rig.sandbox.edit(|store| {
            let mut all = Vec::new();
            for (_, doc) in store.table("products").iter() {
                for variant in doc["variants"].as_array().unwrap() {
                    let own = store
                        .table("variant_metafields")
                        .select(|row| row["resource_id"] == variant["id"]);
                    for row in own {
                        let cut: String = members.iter().map(|m| row[*m].to_string()).collect();
                        all.push(format!("{} {cut}", variant["sku"]));
                    }
                }
            }
            all.sort();
            all
        })
    };
    let before = seen(&rig);
    assert!(before.len() >= 12);
    let first = &some[0];
    let client = rig.client(rig.sandbox.token());
    let variant = format!("/catalog/products/{}/variants/{}", first.0, first.1[0]);
    let removal = vortex::api::Removal::one(vortex::model::ApiVersion::V3, variant).unwrap();
    rig.run(client.remove(&removal)).unwrap();
    rig.sandbox.edit(|store| {
        let gone = first.1[0];
        store
            .table_mut("variant_metafields")
            .take(|row| row["resource_id"] == gone);
        // One changed, one gone, one too many on variants that live.
        store.edit("variant_metafields", 902, |row| {
            row["value"] = json!("wrong")
        });
        store
            .table_mut("variant_metafields")
            .take(|row| row["id"] == 903);
        let mut row = store.document("variant_metafields", 902).unwrap();
        row["id"] = json!(990);
        row["key"] = json!("new");
        store.table_mut("variant_metafields").insert(990, row);
        let other = some[1].1.clone();
        store
            .table_mut("variant_metafields")
            .take(|row| other.iter().any(|id| row["resource_id"] == *id));
    });
    rig.delete(
        "products",
        &some[1..]
            .iter()
            .map(|(id, _)| id.clone())
            .collect::<Vec<_>>(),
    );
    rig.backup("a");
    let edited = seen(&rig);
    let posts = asked(&rig, "POST", "/catalog/variants/metafields");
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(seen(&rig), before);
    assert_eq!(
        asked(&rig, "POST", "/catalog/variants/metafields") - posts,
        2
    );
    assert_eq!(written(&rig.backup("a")), 0);
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(seen(&rig), edited);

    // Only these, and nothing else of the variants.
    let options = Options {
        fields: vec!["variants[].metafields".to_owned()],
        ..usual()
    };
    let version = rig.dump("a")[&format!("products/{}", first.0)][0].0;
    let report = rig.restore(vec![one("products", &first.0, version)], &options);
    let step = report
        .steps
        .iter()
        .find(|step| step.action == Action::Update)
        .unwrap();
    let mut paths = step.changes.iter().map(|change| &change.path);
    assert!(
        paths.all(|path| path.starts_with("/variants[].metafields/")),
        "{step:?}"
    );
}

#[test]
fn customs_information_comes_back() {
    let rig = Rig::new("demo");
    let ids: Vec<u64> = rig.ids("products")[..5]
        .iter()
        .map(|id| id.parse().unwrap())
        .collect();
    let customs = |id: u64, text: &str| {
        json!({"product_id": id, "country_of_origin": "GB", "commodity_description": text,
            "international_shipping": true, "hs_codes": {"ALL": "691200"},
            "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"})
    };
    rig.sandbox.edit(|store| {
        let table = store.table_mut("customs");
        for id in &ids[..4] {
            table.insert(*id, customs(*id, "Household goods"));
        }
    });
    rig.backup("a");
    let seen = |rig: &Rig| {
        rows(
            rig,
            "customs",
            &["country_of_origin", "commodity_description", "hs_codes"],
        )
    };
    let before = seen(&rig);
    rig.delete("products", &[ids[0].to_string()]);
    rig.sandbox.edit(|store| {
        let table = store.table_mut("customs");
        for id in &ids[..3] {
            table.take(|row| row["product_id"] == *id);
        }
        table.insert(ids[3], customs(ids[3], "Wrong"));
        table.insert(ids[4], customs(ids[4], "Not there then"));
    });
    rig.backup("a");
    let edited = seen(&rig);
    let puts = asked(&rig, "PUT", "/customs-information");
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(seen(&rig), before);
    assert_eq!(asked(&rig, "PUT", "/customs-information") - puts, 2);
    assert_eq!(written(&rig.backup("a")), 0);
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(seen(&rig), edited);
}

/// A store with two groups, and the customers in the first, the second and none.
pub fn grouped() -> (Rig, Vec<String>) {
    let rig = Rig::new("demo");
    let ids = rig.ids("customers");
    rig.sandbox.edit(|store| {
        store.table_mut("customer_groups").take(|_| true);
        for (id, name) in [(41, "Wholesale"), (42, "Press")] {
            let group = json!({"id": id, "name": name, "is_default": false,
                "category_access": {"type": "all"}, "is_group_for_guests": false,
                "discount_rules": [{"type": "all", "method": "percent", "amount": "5.0000"}],
                "date_created": "2026-01-01 00:00:00", "date_modified": "2026-01-01 00:00:00"});
            store.table_mut("customer_groups").insert(id, group);
        }
        for (n, id) in ids.iter().enumerate() {
            let group = [41, 42, 0].get(n / 2).copied().unwrap_or_default();
            store.edit("customers", id.as_str(), |doc| {
                doc["customer_group_id"] = json!(group)
            });
        }
    });
    rig.backup("a");
    (rig, ids)
}

/// Each customer's group, by e-mail address and name.
pub fn groups(rig: &Rig) -> Vec<String> {
    rig.sandbox.edit(|store| {
        let rows = store.table("customers").iter();
        let mut rows: Vec<String> = rows
            .map(|(_, doc)| {
                let id = doc["customer_group_id"].as_u64().unwrap();
                let group = store.document("customer_groups", id);
                let name = group.map(|group| group["name"].to_string());
                format!("{} {}", doc["email"], name.unwrap_or(format!("({id})")))
            })
            .collect();
        rows.sort();
        rows
    })
}

pub fn delete_group(rig: &Rig, id: u64) {
    let path = format!("/customer_groups/{id}");
    let removal = vortex::api::Removal::one(vortex::model::ApiVersion::V2, path).unwrap();
    rig.run(rig.client(rig.sandbox.token()).remove(&removal))
        .unwrap();
}

#[test]
fn a_customer_group_that_is_gone_is_made_once_and_all_are_linked() {
    let (rig, ids) = grouped();
    let before = groups(&rig);
    // One group with a customer of it, and a customer in no group.
    delete_group(&rig, 41);
    rig.delete("customers", &[ids[0].clone(), ids[4].clone()]);
    rig.backup("a");
    let edited = groups(&rig);
    assert_ne!(edited, before);
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(groups(&rig), before);
    assert_eq!(asked(&rig, "POST", "/customer_groups"), 1);
    assert_eq!(written(&rig.backup("a")), 0);
    let group = rig.sandbox.edit(|store| {
        let rows = store
            .table("customer_groups")
            .select(|row| row["name"] == "Wholesale");
        rows[0].clone()
    });
    assert_eq!(group["discount_rules"][0]["amount"], "5.0000");
    // A second time nothing is to be done: the group of that name is the group.
    let again = rig.restore(everything_at(&rig, 1), &usual());
    assert!(
        again.steps.iter().all(|step| step.action == Action::Skip),
        "{:?}",
        again.steps
    );

    let undone = rig.undo(report.run.unwrap());
    whole(&undone);
    assert_eq!(groups(&rig), edited);
    assert_eq!(rig.ids("customer_groups"), ["42"]);
    // And that taken back: the group comes again.
    whole(&rig.undo(undone.run.unwrap()));
    assert_eq!(groups(&rig), before);
}

#[test]
fn a_group_that_was_made_again_by_hand_is_taken_for_the_old_one() {
    let (rig, ids) = grouped();
    let before = groups(&rig);
    delete_group(&rig, 41);
    rig.sandbox.edit(|store| {
        let mut group = store.document("customer_groups", 42).unwrap();
        group["id"] = json!(77);
        group["name"] = json!("wholesale ");
        store.table_mut("customer_groups").insert(77, group);
    });
    rig.delete("customers", &ids[..1]);
    rig.backup("a");
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(asked(&rig, "POST", "/customer_groups"), 0);
    let named = before
        .iter()
        .map(|line| line.replace("Wholesale", "wholesale "));
    assert_eq!(groups(&rig), named.collect::<Vec<_>>());
}

#[test]
fn where_a_group_can_not_be_had_the_rest_of_the_customer_comes_back() {
    let (rig, ids) = grouped();
    delete_group(&rig, 41);
    rig.delete("customers", &ids[..2]);
    rig.backup("a");
    let options = Options {
        dependencies: false,
        ..usual()
    };
    let report = rig.restore(everything_at(&rig, 1), &options);
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.status, RunStatus::Partial);
    let mut lacking = report.steps.iter().filter(|step| step.lacking);
    let step = lacking.next().unwrap();
    assert_eq!(
        (step.nested.as_deref(), step.id.as_str()),
        (Some("customer_groups"), "41")
    );
    assert!(lacking.next().is_none());
    assert_eq!(rig.ids("customers").len(), ids.len());

    // The same where the store refuses to make it: no customer is lost for that.
    let (rig, ids) = grouped();
    rig.sandbox.edit(|store| {
        // Two rules for everything: the control panel's doing, and none of the API's.
        store.edit("customer_groups", 41, |doc| {
            let rule = doc["discount_rules"][0].clone();
            doc["discount_rules"] = json!([rule, rule]);
        });
    });
    rig.backup("a");
    delete_group(&rig, 41);
    rig.delete("customers", &ids[..2]);
    let report = rig.restore(everything_at(&rig, 2), &usual());
    assert_eq!(failed(&report).len(), 1, "{:?}", failed(&report));
    assert_eq!(rig.ids("customers").len(), ids.len());
}

#[test]
fn what_something_else_holds_by_now_is_found_while_planning() {
    let rig = Rig::new("demo");
    let several = |rig: &Rig| -> Vec<String> {
        rig.sandbox.edit(|store| {
            let rich = store
                .table("products")
                .iter()
                .filter(|(_, doc)| doc["variants"].as_array().is_some_and(|all| all.len() > 2));
            rich.map(|(key, _)| key.number().to_string()).collect()
        })
    };
    let rich = several(&rig);
    let plain: Vec<String> = rig
        .ids("products")
        .into_iter()
        .filter(|id| !rich.contains(id))
        .collect();
    rig.backup("a");
    let doc = |id: &str| {
        rig.sandbox
            .edit(|store| store.document("products", id).unwrap())
    };
    let (gone, named, moved) = (doc(&rich[0]), doc(&plain[0]), doc(&plain[1]));
    rig.delete("products", &[rich[0].clone(), plain[0].clone()]);
    rig.sandbox.edit(|store| {
        // A variant's SKU, an address, a living product's SKU: all of them someone else's by now.
        store.edit("products", rich[1].as_str(), |doc| {
            doc["variants"][1]["sku"] = gone["variants"][2]["sku"].clone();
        });
        let category = store.table("categories").iter().next().unwrap().0.number();
        store.edit("categories", category, |doc| {
            doc["url"]["path"] = named["custom_url"]["url"].clone()
        });
        store.edit("products", plain[1].as_str(), |doc| {
            doc["sku"] = json!("SOMETHING-ELSE");
            doc["variants"][0]["sku"] = json!("SOMETHING-ELSE");
            doc["price"] = json!(1);
        });
        store.edit("products", plain[2].as_str(), |doc| {
            doc["sku"] = moved["sku"].clone();
            doc["variants"][0]["sku"] = moved["sku"].clone();
        });
    });
    // The store knows what no backup does; of other entities' addresses the last backup tells.
    rig.backup_of("a", &["categories"], true);
    rig.sandbox.clear_log();
    let targets = [&rich[0], &plain[0], &plain[1]].map(|id| one("products", id, 1));
    let report = rig.restore(targets.to_vec(), &usual());
    assert_eq!(failed(&report), Vec::<String>::new());
    assert_eq!(report.status, RunStatus::Partial);
    assert_eq!(report.differing, vec![]);
    let of = |id: &str| report.steps.iter().find(|step| step.id == id).unwrap();
    let by = |id: &str, step: &str| format!("its {step} is held by {id} now: change that first");
    let variant = of(&rich[0]);
    assert_eq!((variant.action, variant.lacking), (Action::Skip, true));
    assert_eq!(
        variant.reason,
        by(&format!("product {}", rich[1]), "variants[].sku")
    );
    let address = of(&plain[0]);
    assert_eq!((address.action, address.lacking), (Action::Skip, true));
    assert!(
        address
            .reason
            .starts_with("its custom_url.url is held by category "),
        "{}",
        address.reason
    );
    let sku = of(&plain[1]);
    assert_eq!((sku.action, sku.lacking), (Action::Update, true));
    assert_eq!(sku.losses, [by(&format!("product {}", plain[2]), "sku")]);
    let after = doc(&plain[1]);
    assert_eq!(
        (&after["price"], &after["sku"]),
        (&moved["price"], &json!("SOMETHING-ELSE"))
    );
    let refused = rig.sandbox.log();
    let refused: Vec<_> = refused.iter().filter(|line| line.status >= 400).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn names_that_are_given_away_in_the_same_restore_are_free() {
    let rig = Rig::new("demo");
    let ids = rig.ids("brands");
    rig.backup("a");
    let names = |rig: &Rig| rows(rig, "brands", &["id", "name"]);
    let before = names(&rig);
    rig.sandbox.edit(|store| {
        let first = store.document("brands", ids[0].as_str()).unwrap();
        store.edit("brands", ids[0].as_str(), |doc| {
            doc["name"] = json!("Renamed")
        });
        store.edit("brands", ids[1].as_str(), |doc| {
            doc["name"] = first["name"].clone()
        });
    });
    // The one that has the name gives it away before the other takes it.
    let targets = [&ids[1], &ids[0]].map(|id| one("brands", id, 1));
    whole(&rig.restore(targets.to_vec(), &usual()));
    assert_eq!(names(&rig), before);
}

#[test]
fn a_copy_is_a_hidden_twin_with_a_history_of_its_own() {
    let rig = Rig::new("demo");
    let product = rig.sandbox.edit(|store| {
        let mut rows = store.table("products").iter();
        let rich = rows.find(|(_, doc)| {
            doc["options"].as_array().is_some_and(|all| !all.is_empty())
                && doc["is_visible"] == true
        });
        rich.unwrap().0.number().to_string()
    });
    rig.sandbox.edit(|store| {
        store.edit("products", product.as_str(), |doc| doc["price"] = json!(77));
    });
    rig.backup("a");
    rig.sandbox.edit(|store| {
        store.edit("products", product.as_str(), |doc| doc["price"] = json!(88));
    });
    rig.backup("a");
    let (category, page, post) = (
        rig.ids("categories")[0].clone(),
        rig.ids("pages")[0].clone(),
        rig.ids("blog_posts")[0].clone(),
    );
    let coupon = rig.ids("coupons")[0].clone();
    let targets = [
        one("products", &product, 1),
        one("categories", &category, 1),
        one("pages", &page, 1),
        one("blog-posts", &post, 1),
        one("coupons", &coupon, 1),
    ];
    let options = Options {
        copy: true,
        ..usual()
    };
    let before = rig.seen();
    let report = rig.restore(targets.to_vec(), &options);
    whole(&report);
    assert_eq!(report.steps.len(), 5);
    let new = |report: &RestoreReport, entity: &str| {
        let step = report
            .steps
            .iter()
            .find(|step| step.entity == entity)
            .unwrap();
        step.new_id.clone().unwrap()
    };
    let doc = |table: &str, id: &str| rig.sandbox.edit(|store| store.document(table, id).unwrap());
    let (own, twin) = (
        doc("products", &product),
        doc("products", &new(&report, "products")),
    );
    assert_eq!((&own["price"], &twin["price"]), (&json!(88), &json!(77)));
    assert_eq!(
        (&own["is_visible"], &twin["is_visible"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        twin["name"],
        format!("{} (copy)", own["name"].as_str().unwrap())
    );
    assert_eq!(
        twin["variants"].as_array().unwrap().len(),
        own["variants"].as_array().unwrap().len()
    );
    for (table, hidden) in [
        ("categories", ("is_visible", false)),
        ("pages", ("is_visible", false)),
        ("blog_posts", ("is_published", false)),
        ("coupons", ("enabled", false)),
    ] {
        let id = new(&report, &table.replace('_', "-"));
        assert_eq!(doc(table, &id)[hidden.0], hidden.1, "{table}");
    }
    // The objects themselves are as they were, in the store and in the vault.
    let after = rig.seen();
    for (key, was) in &before {
        assert_eq!(after.get(key), Some(was), "{key}");
    }
    let dump = rig.dump("a");
    assert_eq!(dump[&format!("products/{product}")].len(), 2);
    let history = &dump[&format!("products/{}", new(&report, "products"))];
    // As it was made, and with the images that were sent for it then.
    assert_eq!(history.len(), 2);
    assert!(history.iter().all(|version| version.1 == "restored"));
    assert_eq!(written(&rig.backup("a")), 0);

    // A second twin is called otherwise again.
    let again = rig.restore(vec![one("products", &product, 1)], &options);
    whole(&again);
    let second = doc("products", &new(&again, "products"));
    assert_eq!(
        second["name"],
        format!("{} (copy 2)", own["name"].as_str().unwrap())
    );
    whole(&rig.undo(again.run.unwrap()));
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(rig.seen(), before);
}

#[test]
fn a_copy_whose_answer_was_lost_is_not_made_twice() {
    let rig = Rig::new("demo");
    rig.backup("a");
    let id = rig.ids("products")[0].clone();
    let many = rig.ids("products").len();
    // The second request to the list itself: the first looked for what holds the name.
    let options = Options {
        copy: true,
        ..usual()
    };
    for nth in 1..8 {
        rig.sandbox
            .set_faults(vec![Fault::on("/v3/catalog/products", nth, What::CutBody)]);
        let report = rig.restore(vec![one("products", &id, 1)], &options);
        rig.sandbox.set_faults(Vec::new());
        let run = report.run.unwrap();
        if report.status != RunStatus::Ok {
            rig.go_on(run);
        }
        assert_eq!(rig.ids("products").len(), many + 1, "at {nth}");
        whole(&rig.undo(run));
        assert_eq!(rig.ids("products").len(), many);
    }
}

#[test]
fn an_answer_that_is_lost_makes_no_second_group_and_leaves_no_assignment_out() {
    for (path, times) in [
        ("/v2/customer_groups", 6),
        ("/v3/customers/attribute-values", 3),
        ("/v3/catalog/products/channel-assignments", 3),
    ] {
        for nth in 1..times {
            let (rig, ids) = grouped();
            let products = rig.ids("products");
            let before = (groups(&rig), of_products(&rig, "channels"));
            let values = rows(
                &rig,
                "customer_attribute_values",
                &["attribute_id", "attribute_value"],
            );
            delete_group(&rig, 41);
            rig.delete("customers", &ids[..1]);
            rig.sandbox.edit(|store| {
                store.table_mut("customer_attribute_values").take(|_| true);
                for id in &products[..12] {
                    store.edit("products", id.as_str(), |doc| doc["channels"] = json!([]));
                }
            });
            let targets = everything_at(&rig, 1).into_iter();
            let targets = targets.filter(|t| ["customers", "products"].contains(&t.entity.name));
            rig.sandbox
                .set_faults(vec![Fault::on(path, nth, What::CutBody)]);
            let report = rig.restore(targets.collect(), &usual());
            rig.sandbox.set_faults(Vec::new());
            let report = match report.status {
                RunStatus::Ok => report,
                _ => rig.go_on(report.run.unwrap()),
            };
            assert_eq!(failed(&report), Vec::<String>::new(), "{path} {nth}");
            assert_eq!(
                (groups(&rig), of_products(&rig, "channels")),
                before,
                "{path} {nth}"
            );
            let now = rows(
                &rig,
                "customer_attribute_values",
                &["attribute_id", "attribute_value"],
            );
            assert_eq!(now, values, "{path} {nth}");
            assert_eq!(rig.ids("customer_groups").len(), 2, "{path} {nth}");
        }
    }
}

#[test]
fn an_option_value_that_is_gone_is_made_anew_and_not_under_its_neighbours_id() {
    let rig = Rig::new("demo");
    rig.backup("a");
    let values = |rig: &Rig| {
        let product = rig
            .sandbox
            .edit(|store| store.document("products", 102))
            .unwrap();
        let values = product["options"][0]["option_values"]
            .as_array()
            .unwrap()
            .clone();
        values
            .iter()
            .map(|value| {
                (
                    value["id"].as_u64().unwrap(),
                    value["label"].as_str().unwrap().to_owned(),
                )
            })
            .collect::<Vec<_>>()
    };
    let before = values(&rig);
    let (lost, label) = before[1].clone();
    rig.sandbox.edit(|store| {
        store.edit("products", 102, |product| {
            let values = product["options"][0]["option_values"]
                .as_array_mut()
                .unwrap();
            values.retain(|value| value["id"] != lost);
            let variants = product["variants"].as_array_mut().unwrap();
            variants.retain(|variant| variant["option_values"][0]["id"] != lost);
        })
    });
    let report = rig.restore(vec![one("products", "102", 1)], &Options::default());
    whole(&report);
    let after = values(&rig);
    let ids: std::collections::BTreeSet<u64> = after.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), before.len(), "{after:?}");
    for (id, name) in &before {
        let there = after
            .iter()
            .any(|(now, label)| label == name && (now == id || *id == lost));
        assert!(there, "{name}: {after:?}");
    }
    let undone = rig.undo(report.run.unwrap());
    whole(&undone);
    assert!(values(&rig).iter().all(|(_, name)| *name != label));
}
