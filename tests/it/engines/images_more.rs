//! Images together with what else a restore does: hidden twins have them, a variant that comes back
//! beside living ones has its own, and what something else holds keeps none of them away.

use serde_json::{Value, json};
use vortex::sandbox::{Fault, What};

use super::images_back::{bytes, called, doc, edit, import_images, seen, shop};
use crate::support::Shop;

fn good(report: &Value) {
    assert_eq!(
        (&report["status"], &report["differing"]),
        (&json!("ok"), &json!([])),
        "{report}"
    );
}

fn actions(report: &Value) -> Vec<&str> {
    let steps = report["steps"].as_array().unwrap().iter();
    steps.map(|step| step["action"].as_str().unwrap()).collect()
}

fn url_of_red(product: &Value) -> &Value {
    let mut variants = product["variants"].as_array().unwrap().iter();
    let red = variants.find(|variant| !variant["image_url"].as_str().unwrap_or("").is_empty());
    &red.unwrap()["image_url"]
}

fn twin(shop: &Shop, table: &'static str, name: &str) -> Value {
    let mut all = shop
        .sandbox
        .edit(|store| store.table(table).select(|row| row["name"] == name));
    assert_eq!(all.len(), 1, "{name}");
    all.remove(0)
}

#[test]
fn a_hidden_twin_has_images_of_its_own() {
    let shop = shop();
    let own = doc(&shop, "products", 101);
    let was = seen(&shop, &own);
    let variant = bytes(&shop, url_of_red(&own));
    let plan = shop
        .home
        .json("restore product 101 --version v1 --as-copy --dry-run");
    assert_eq!(actions(&plan), ["create", "upload"], "{plan}");
    let report = shop
        .home
        .json("restore product 101 --version v1 --as-copy --yes");
    good(&report);
    let copy = called(&shop, "Copper Saucepan (copy)");
    assert_eq!(seen(&shop, &copy), was);
    assert_eq!(bytes(&shop, url_of_red(&copy)), variant);
    assert_ne!(url_of_red(&copy), url_of_red(&own));
    assert_eq!(doc(&shop, "products", 101), own, "it stays as it was");

    let category = doc(&shop, "categories", 19);
    let made = shop
        .home
        .json("restore category 19 --version v1 --as-copy --yes");
    good(&made);
    let name = format!("{} (copy)", category["name"].as_str().unwrap());
    let copy = twin(&shop, "categories", &name);
    assert_eq!(
        bytes(&shop, &copy["image_url"]),
        bytes(&shop, &category["image_url"])
    );
    assert_eq!(doc(&shop, "categories", 19), category);

    // What was sent for them is known, and their histories are their own.
    let backup = shop.home.json("backup");
    assert_eq!(backup["images"]["fetched"], 0, "{backup}");
    for report in [&made, &report] {
        good(&shop.home.json(&format!("undo {} --yes", report["run"])));
    }
    assert_eq!(doc(&shop, "products", 101), own);
    assert_eq!(doc(&shop, "categories", 19), category);
}

#[test]
fn a_variant_that_comes_back_beside_living_ones_has_its_image() {
    let shop = shop();
    let own = doc(&shop, "products", 101);
    let variant = bytes(&shop, url_of_red(&own));
    edit(&shop, "products", 101, |product| {
        product["variants"].as_array_mut().unwrap().remove(1);
    });
    shop.home.ok("backup");
    let report = shop.home.json("restore product 101 --version v1 --yes");
    good(&report);
    // The last sets its price in a price list.
    assert_eq!(actions(&report), ["update", "upload", "relink"], "{report}");
    let after = doc(&shop, "products", 101);
    assert_eq!(bytes(&shop, url_of_red(&after)), variant);
    let again = shop.home.json("restore product 101 --version v1 --dry-run");
    assert_eq!(actions(&again), ["skip"], "{again}");
    good(&shop.home.json(&format!("undo {} --yes", report["run"])));
    let undone = doc(&shop, "products", 101);
    assert_eq!(
        undone["variants"].as_array().unwrap().len(),
        own["variants"].as_array().unwrap().len() - 1
    );
}

#[test]
fn what_something_else_holds_keeps_no_image_away() {
    let shop = shop();
    let own = doc(&shop, "products", 101);
    let was = seen(&shop, &own);
    let variant = bytes(&shop, url_of_red(&own));
    edit(&shop, "products", 101, |product| {
        product["name"] = json!("Renamed");
        product["images"].as_array_mut().unwrap().remove(1);
        product["variants"][1]["image_url"] = json!("");
    });
    edit(&shop, "products", 105, |product| {
        product["name"] = own["name"].clone();
    });
    let line = "restore product 101 --version v1 --yes --json";
    let outcome = shop.home.run(line.split(' '));
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(actions(&report), ["update", "upload"], "{report}");
    assert!(
        outcome.stdout.contains("name is held by product 105"),
        "{report}"
    );
    let after = doc(&shop, "products", 101);
    assert_eq!(after["name"], "Renamed");
    assert_eq!(seen(&shop, &after), was);
    assert_eq!(bytes(&shop, url_of_red(&after)), variant);
}

#[test]
fn a_field_that_is_named_leaves_images_alone_that_are_not() {
    let shop = shop();
    edit(&shop, "products", 101, |product| {
        product["variants"][1]["image_url"] = json!("");
        product["variants"][1]["price"] = json!(3.5);
    });
    let narrow = "restore product 101 --version v1 --dry-run --field";
    let plan = |field: &str| shop.home.json(&format!("{narrow} {field}"));
    for (field, steps) in [
        ("variants[].price", &["update"][..]),
        ("variants[].image_url", &["upload"]),
        ("variants", &["update", "upload"]),
        ("price", &["skip"]),
    ] {
        let plan = plan(field);
        assert_eq!(actions(&plan), steps, "{field}: {plan}");
    }
}

/// A product whose images, variants and custom fields a bad import changed; restored with this
/// fault, and gone on with where it was cut. Answers the requests, a line each.
fn import_undone(fault: Option<Fault>) -> Vec<String> {
    let shop = shop();
    let was = doc(&shop, "products", 101);
    let images = seen(&shop, &was);
    edit(&shop, "products", 101, |product| {
        import_images(product);
        product["name"] = json!("Imported");
        product["custom_fields"] = json!([]);
        product["variants"][0]["price"] = json!(1);
        product["options"][0]["display_name"] = json!("Imported");
    });
    shop.sandbox.clear_log();
    let told = format!("{fault:?}");
    shop.sandbox.set_faults(fault.into_iter().collect());
    let line = "restore product 101 --version v1 --yes --json";
    let outcome = shop.home.run(line.split(' '));
    assert!(shop.sandbox.unreached_faults().is_empty());
    shop.sandbox.set_faults(Vec::new());
    if outcome.code != 0 {
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let run = report["run"].to_string();
        let outcome = shop
            .home
            .run(["restore", "--resume", &run, "--yes", "--json"]);
        assert_eq!(outcome.code, 0, "{told}: {outcome:?}");
    }
    let now = doc(&shop, "products", 101);
    assert_eq!(seen(&shop, &now), images, "{told}");
    assert_eq!(now["name"], was["name"], "{told}");
    assert_eq!(now["options"], was["options"], "{told}");
    assert_eq!(now["variants"], was["variants"], "{told}");
    let fields = |doc: &Value| {
        let fields = doc["custom_fields"].as_array().unwrap().iter();
        fields
            .map(|field| format!("{} {}", field["name"], field["value"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(&now), fields(&was), "{told}");
    let log = shop.sandbox.log();
    log.iter().map(|entry| entry.line()).collect()
}

#[test]
fn a_living_product_is_brought_back_whole_though_cut_at_any_write() {
    let lines = import_undone(None);
    let writes: Vec<usize> = (0..lines.len())
        .filter(|at| !lines[*at].starts_with("GET"))
        .collect();
    assert!(writes.len() >= 7, "{lines:#?}");
    for at in writes {
        for what in [What::Reset, What::CutBody, What::Status(500)] {
            import_undone(Some(Fault::at(at as u64 + 1, what)));
        }
        import_undone(Some(Fault::at(at as u64 + 2, What::Status(500))));
    }
}
