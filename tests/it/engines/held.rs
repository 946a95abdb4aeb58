//! Addresses that objects of other entities hold: found by the vault's words where they are few, by
//! reading all where they are many or the words are not filled in, and the same ones either way.

use serde_json::{Value, json};
use vortex::engines::monitor::Silent;
use vortex::engines::restore::{Options, Target, Want, plan};
use vortex::entities;
use vortex::vault::{ObjectFilter, Vault};

use super::Rig;
use super::restore::entity;

fn raw(rig: &Rig, sql: &str) {
    let db = rusqlite::Connection::open(rig.db("a")).unwrap();
    db.execute_batch(sql).unwrap();
}

/// The vault as one that was written before descriptions named what products are found by now.
const AS_BEFORE: &str = "DELETE FROM state WHERE key = 'words';
    DELETE FROM search WHERE rowid IN (SELECT object FROM objects);
    INSERT INTO search (rowid, words) SELECT object, 'something' FROM objects;
    UPDATE objects SET words = 1;";

/// Of these brands, what the plan of their restore says holds their addresses.
fn held(rig: &Rig, ids: &[String]) -> Vec<(String, String)> {
    let targets = ids.iter().map(|id| Target {
        entity: entity("brands"),
        id: id.clone(),
        want: Want::Version(1),
        only: Vec::new(),
        asked: true,
    });
    let vault = Vault::open(&rig.db("a"), None).unwrap();
    let client = rig.client(rig.sandbox.token());
    let options = Options::default();
    let planned = plan(&client, &vault, targets.collect(), &options, &Silent);
    let planned = rig.run(planned).unwrap();
    let steps = planned.steps.into_iter();
    let held = steps.filter(|step| step.reason.contains(" is held by "));
    held.map(|step| (step.id, step.reason)).collect()
}

/// Brands that are gone and whose addresses products have by now, each as `written` makes it; the
/// last one's is nobody's.
fn taken(rig: &Rig, count: usize, written: fn(&str) -> String) -> Vec<String> {
    rig.sandbox.edit(|store| {
        let own = store.table("brands").iter().next().unwrap();
        let own = own.1.into_owned();
        for n in 0..count {
            let id = store.next_id("brands");
            let mut doc = own.clone();
            doc["id"] = json!(id);
            doc["name"] = json!(format!("Kettles {n}"));
            doc["custom_url"]["url"] = json!(format!("/sale-{n}/kettles-of-old/"));
            store.table_mut("brands").insert(id, doc);
        }
    });
    rig.backup("a");
    let ids: Vec<String> = rig.sandbox.edit(|store| {
        let gone = store.table_mut("brands").take(|doc| {
            let name = doc["name"].as_str().unwrap();
            name.starts_with("Kettles ")
        });
        let mut products = store.table_mut("products");
        let ids: Vec<_> = products.keys().cloned().collect();
        for (brand, id) in gone[..count - 1].iter().zip(&ids) {
            let path = brand["custom_url"]["url"].as_str().unwrap();
            products = store.table_mut("products");
            products.get_mut(id).unwrap()["custom_url"]["url"] = json!(written(path));
        }
        gone.iter().map(|doc| doc["id"].to_string()).collect()
    });
    rig.backup("a");
    ids
}

#[test]
fn an_address_is_found_whatever_its_case_and_however_the_vault_is_asked() {
    for written in [
        |path: &str| path.to_owned(),
        |path: &str| path.to_uppercase(),
        |path: &str| path.replace("sale", "sAlE"),
    ] {
        let rig = Rig::new("demo");
        let ids = taken(&rig, 4, written);
        let found = held(&rig, &ids);
        let who: Vec<&String> = found.iter().map(|(id, _)| id).collect();
        assert_eq!(who, ids[..3].iter().collect::<Vec<_>>(), "{found:?}");
        assert!(
            found[0]
                .1
                .starts_with("its custom_url.url is held by product ")
        );
        // All are read where the words can't be relied upon.
        raw(&rig, AS_BEFORE);
        assert_eq!(held(&rig, &ids), found);
        // The next run fills them in; it writes no version for that.
        let run = rig.backup_of("a", &["products"], false);
        assert_eq!(super::written(&run), 0);
        assert_eq!(held(&rig, &ids), found);
        let vault = Vault::open(&rig.db("a"), None).unwrap();
        let filter = ObjectFilter {
            search: Some("kettles-of-ol".to_owned()),
            ..ObjectFilter::default()
        };
        let mut listed = 0;
        let mut count = |_| {
            listed += 1;
            std::ops::ControlFlow::Continue(())
        };
        vault.objects("products", &filter, &mut count).unwrap();
        assert_eq!(listed, 3);
        drop(vault);
        // The words are what is asked: without them nothing is found.
        raw(&rig, AS_BEFORE.split_once(';').unwrap().1);
        assert_eq!(held(&rig, &ids), []);
    }
}

#[test]
fn many_addresses_are_found_in_one_walk() {
    let rig = Rig::new("demo");
    let ids = taken(&rig, 55, |path| path.to_uppercase());
    assert_eq!(held(&rig, &ids).len(), 54);
    // So many are not looked up one by one.
    raw(&rig, AS_BEFORE.split_once(';').unwrap().1);
    assert_eq!(held(&rig, &ids).len(), 54);
}

#[test]
fn an_address_without_a_word_and_one_in_other_letters_is_found() {
    let rig = Rig::new("demo");
    for (written, wanted) in [("/ÉTÉ-ΟΔΟΣ/", "/été-οδος/"), ("/-/", "/-/")] {
        let (brand, product) = rig.sandbox.edit(|store| {
            let brand = store.table("brands").keys().last().unwrap().clone();
            let product = store.table("products").keys().next().unwrap().clone();
            store.edit("brands", brand.clone(), |doc| {
                doc["custom_url"]["url"] = json!(wanted);
            });
            (brand, product)
        });
        rig.backup("a");
        let gone: Value = rig.sandbox.edit(|store| {
            let gone = store.table_mut("brands").remove(&brand).unwrap();
            store.edit("products", product.clone(), |doc| {
                doc["custom_url"]["url"] = json!(written);
            });
            gone
        });
        rig.backup("a");
        let vault = Vault::open(&rig.db("a"), None).unwrap();
        let versions = vault.versions("brands", &brand.to_string()).unwrap();
        drop(vault);
        let version = versions.iter().rev().nth(1).unwrap().version;
        let targets = vec![Target {
            entity: entity("brands"),
            id: brand.to_string(),
            want: Want::Version(version),
            only: Vec::new(),
            asked: true,
        }];
        let vault = Vault::open(&rig.db("a"), None).unwrap();
        let client = rig.client(rig.sandbox.token());
        let options = Options::default();
        let planned = rig.run(plan(&client, &vault, targets, &options, &Silent));
        let reason = planned.unwrap().steps[0].reason.clone();
        assert_eq!(
            reason,
            format!("its custom_url.url is held by product {product} now: change that first")
        );
        rig.sandbox.edit(|store| {
            store
                .table_mut("brands")
                .insert(brand.clone(), gone.clone());
        });
    }
}

#[test]
fn whatever_has_an_address_is_found_by_its_words() {
    for entity in entities::all() {
        let address = entity.writes.address;
        let found = address.is_none_or(|address| entity.search.contains(&address));
        assert!(found, "{}: {address:?} is not searched for", entity.name);
    }
}
