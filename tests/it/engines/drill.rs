//! The drill tells what differs and nothing else: whatever ids the backup has, and whatever became
//! of the store before it.

use serde_json::{Value, json};
use vortex::sandbox::{SandboxOptions, Store};

use crate::support::Shop;

/// Tables whose rows the store's owner may lose, with all that hangs on them.
const LOST: [&str; 15] = [
    "products",
    "categories",
    "brands",
    "customers",
    "customer_addresses",
    "customer_attribute_values",
    "customer_metafields",
    "customer_groups",
    "product_metafields",
    "variant_metafields",
    "category_metafields",
    "brand_metafields",
    "promotions",
    "promotion_codes",
    "coupons",
];

/// What can't come back of the awkward sample, as documented: a blog post without a body, and a state
/// that nobody can set.
const TRUE_ONES: [&str; 0] = [];

fn differing(shop: &Shop) -> Vec<String> {
    let report = shop.home.run(["drill", "--json"]);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let rows = report["entities"].as_array().unwrap().iter();
    let mut lines = Vec::new();
    for row in rows {
        let (objects, restored) = (&row["objects"], &row["restored"]);
        assert!(restored.as_u64() <= objects.as_u64(), "{row}");
        let own = row["differing"].as_array().unwrap().iter();
        lines.extend(own.map(|line| line.as_str().unwrap().to_owned()));
    }
    lines
}

/// Loses everything and has it back, under ids above this one.
fn lose_and_restore(shop: &Shop, above: u64) {
    shop.home.ok("backup");
    shop.sandbox.edit(|store| {
        for table in LOST {
            store.table_mut(table).take(|_| true);
        }
        store.ids_above(above);
    });
    shop.home.ok("backup");
    // Some of it can't come back: exit 3.
    shop.home.run("restore --all --at run:1 --yes".split(' '));
    shop.home.ok("backup");
}

fn awkward() -> Shop {
    Shop::with(SandboxOptions::sample("awkward"))
}

/// Every `id` within a document.
fn ids_in(doc: &Value, found: &mut Vec<u64>) {
    match doc {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            if matches!(name.as_str(), "id" | "category_id") {
                found.extend(value.as_u64());
            }
            ids_in(value, found);
        }),
        Value::Array(all) => all.iter().for_each(|value| ids_in(value, found)),
        _ => {}
    }
}

#[test]
fn every_id_that_the_sandbox_gives_is_above_the_floor() {
    const FLOOR: u64 = 6_000_000_000;
    let shop = awkward();
    lose_and_restore(&shop, FLOOR);
    let rows = |store: &mut Store| {
        let mut rows = Vec::new();
        for table in LOST {
            let own = store.table(table).iter();
            rows.extend(own.map(|(key, doc)| (table, key.number(), doc.into_owned())));
        }
        rows
    };
    let rows = shop.sandbox.edit(rows);
    for table in LOST {
        assert!(rows.iter().any(|row| row.0 == table), "no {table}");
    }
    for (table, key, mut doc) in rows {
        // These say ids of others.
        for member in ["channels", "rules", "customer"] {
            doc[member] = Value::Null;
        }
        let mut ids = vec![key];
        ids_in(&doc, &mut ids);
        assert!(ids.iter().all(|id| *id > FLOOR), "{table}: {ids:?} {doc}");
    }
}

#[test]
fn only_true_differences_are_told_whatever_ids_the_backup_has() {
    assert_eq!(differing_after(None), TRUE_ONES);
    // As a store gives them, among those that a drill would give, and beyond.
    for above in [0, 3_999_999_990, 1 << 51] {
        // The promotion came back as it could; so it is in the backup by now.
        let left = differing_after(Some(above));
        assert_eq!(left, Vec::<String>::new(), "ids above {above}");
    }
}

fn differing_after(above: Option<u64>) -> Vec<String> {
    let shop = awkward();
    match above {
        Some(above) => lose_and_restore(&shop, above),
        None => drop(shop.home.ok("backup")),
    }
    differing(&shop)
}

#[test]
fn what_was_deleted_and_what_was_made_again_by_hand_is_no_difference() {
    let shop = Shop::demo();
    lose_and_restore(&shop, 0);
    let (brand, product) = (shop.first("brands"), shop.first("products"));
    // One is gone for good, and another has its name, its number and its address by now.
    shop.delete("brands", &brand);
    shop.sandbox.edit(|store| {
        let mut again = store.document("products", product.as_str()).unwrap();
        store.table_mut("products").remove(&product.as_str().into());
        again["id"] = json!(4_000_000_001_u64);
        store.table_mut("products").insert(4_000_000_001, again);
        store.table_mut("products").edit_all(|doc| {
            let its = doc["brand_id"].as_u64() == brand.parse().ok();
            if its {
                doc["brand_id"] = json!(0);
            }
            its
        });
    });
    shop.home.ok("backup");
    assert_eq!(differing(&shop), Vec::<String>::new());
}

#[test]
fn an_options_name_is_compared_where_it_is_the_options_own() {
    let shop = Shop::demo();
    let edited = shop.sandbox.edit(|store| {
        store.table_mut("products").edit_all(|doc| {
            let mut edited = false;
            for variant in doc["variants"].as_array_mut().unwrap() {
                for value in variant["option_values"].as_array_mut().unwrap() {
                    value["option_display_name"] = json!("As the API once spelt it");
                    edited = true;
                }
            }
            edited
        })
    });
    assert!(edited > 0);
    shop.home.ok("backup");
    assert_eq!(differing(&shop), Vec::<String>::new());
    // The restore agrees: as the store spells it now, nothing is to be done.
    shop.sandbox.edit(|store| {
        store.table_mut("products").edit_all(|doc| {
            let mut edited = false;
            for variant in doc["variants"].as_array_mut().unwrap() {
                for value in variant["option_values"].as_array_mut().unwrap() {
                    value["option_display_name"] = json!("As it spells it now");
                    edited = true;
                }
            }
            edited
        })
    });
    shop.sandbox.clear_log();
    shop.home.ok("restore --entity products --at run:1 --yes");
    let log = shop.sandbox.log();
    assert!(log.iter().all(|entry| entry.method == "GET"), "{log:?}");
    // An option's own name is one.
    let renamed = shop.sandbox.edit(|store| {
        store.table_mut("products").edit_all(|doc| {
            let option = doc.pointer_mut("/options/0/display_name");
            option.map(|name| *name = json!("Renamed")).is_some()
        })
    });
    let plan = shop
        .home
        .json("restore --entity products --at run:1 --dry-run");
    let steps = plan["steps"].as_array().unwrap().iter();
    let updates = steps.filter(|step| step["action"] == "update");
    let updates: Vec<&Value> = updates.collect();
    assert_eq!(updates.len(), renamed, "{plan}");
    let lists = updates
        .iter()
        .flat_map(|step| step["changes"].as_array().unwrap());
    for change in lists {
        let path = change["path"].as_str().unwrap();
        assert!(path.starts_with("/options/"), "{change}");
    }
}
