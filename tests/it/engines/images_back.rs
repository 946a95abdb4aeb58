//! Images come back: of products in their order, of brands, categories, variants and modifiers'
//! values, byte for byte; and a restore of them can be cut short and taken back.

use serde_json::{Value, json};
use vortex::sandbox::{Fault, What};

use crate::support::Shop;

/// A picture that no name makes.
fn picture(shop: &Shop, url: &str, text: &str) {
    let path = url
        .split_once(".com/")
        .unwrap()
        .1
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let bytes = [b"\x89PNG\r\n", text.as_bytes()].concat();
    shop.sandbox.edit(|store| store.files.insert(path, bytes));
}

pub(super) fn edit(shop: &Shop, table: &'static str, id: u64, edit: impl FnOnce(&mut Value)) {
    assert!(shop.sandbox.edit(|store| store.edit(table, id, edit)));
}

pub(super) fn doc(shop: &Shop, table: &'static str, id: u64) -> Value {
    shop.sandbox
        .edit(|store| store.document(table, id))
        .unwrap()
}

/// A shop with an image at every kind of place, backed up.
pub(super) fn shop() -> Shop {
    let shop = Shop::demo();
    let base = "https://cdn11.bigcommerce.com/s-sandbox/product_images/of";
    let variant = format!("{base}/101/red__1.png?c=1");
    let value = format!("{base}/105/carved__2.png?c=1");
    picture(&shop, &variant, "a variant");
    picture(&shop, &value, "a value");
    edit(&shop, "products", 101, |product| {
        product["variants"][1]["image_url"] = json!(variant);
        product["images"][0]["description"] = json!("From the front");
        product["images"][0]["is_thumbnail"] = json!(false);
        product["images"][1]["is_thumbnail"] = json!(true);
        let third = product["images"][1].to_string().replace("10102", "10103");
        let mut third: Value = serde_json::from_str(&third.replace("detail", "lid")).unwrap();
        third["is_thumbnail"] = json!(false);
        // Two in one place, as an import leaves them.
        third["sort_order"] = json!(0);
        product["images"].as_array_mut().unwrap().push(third);
    });
    edit(&shop, "products", 105, |product| {
        product["modifiers"] = json!([{"id": 10551, "product_id": 105, "name": "x", "type": "dropdown",
            "required": false, "display_name": "Handle", "config": {}, "sort_order": 0,
            "option_values": [
                {"id": 7, "option_id": 10551, "label": "Plain", "sort_order": 0, "is_default": false,
                 "value_data": null, "adjusters": {"price": null, "weight": null, "image_url": "",
                 "purchasing_disabled": {"status": false, "message": ""}}},
                {"id": 8, "option_id": 10551, "label": "Carved", "sort_order": 1, "is_default": false,
                 "value_data": null, "adjusters": {"price": null, "weight": null, "image_url": value,
                 "purchasing_disabled": {"status": false, "message": ""}}}]}]);
    });
    edit(&shop, "categories", 19, |category| {
        category["image_url"] =
            json!("https://cdn11.bigcommerce.com/s-sandbox/product_images/pans.png?c=1");
    });
    shop.home.ok("backup");
    shop
}

/// Product images as a shopper sees them: order, text, thumbnail, bytes.
pub(super) fn seen(shop: &Shop, product: &Value) -> Vec<(String, bool, Vec<u8>)> {
    let mut rows = product["images"].as_array().unwrap().clone();
    rows.sort_by_key(|row| (row["sort_order"].as_i64(), row["id"].as_u64()));
    rows.iter()
        .map(|row| {
            let zoom = row["url_zoom"].as_str().unwrap();
            let original = zoom
                .replace(
                    &format!("/products/{}/images/", product["id"]),
                    &format!("/images/stencil/original/products/{}/", product["id"]),
                )
                .replace(".1280.1280.", ".");
            (
                row["description"].as_str().unwrap().to_owned(),
                row["is_thumbnail"] == true,
                shop.sandbox.image(&original).unwrap(),
            )
        })
        .collect()
}

pub(super) fn bytes(shop: &Shop, url: &Value) -> Option<Vec<u8>> {
    shop.sandbox.image(url.as_str().unwrap())
}

/// What an import does to a product's images: one gone, one said otherwise, one too many.
pub(super) fn import_images(product: &mut Value) {
    let images = product["images"].as_array_mut().unwrap();
    images.remove(1);
    images[0]["description"] = json!("Changed");
    let mut new = images[0].clone();
    new["id"] = json!(99);
    new["image_file"] = json!("n/9/new__99.jpg");
    new["sort_order"] = json!(7);
    new["is_thumbnail"] = json!(false);
    for url in ["url_zoom", "url_standard", "url_thumbnail", "url_tiny"] {
        let text = new[url].as_str().unwrap();
        new[url] = json!(text.replace("images/10101/", "images/99/"));
    }
    images.push(new);
}

/// The one product of that name.
pub(super) fn called(shop: &Shop, name: &str) -> Value {
    let mut all = shop
        .sandbox
        .edit(|store| store.table("products").select(|row| row["name"] == name));
    assert_eq!(all.len(), 1, "{name}");
    all.remove(0)
}

fn uploads(shop: &Shop) -> usize {
    let log = shop.sandbox.log();
    let sent = log
        .iter()
        .filter(|e| e.method == "POST" && e.path.ends_with("/images"));
    sent.count()
}

#[test]
fn a_deleted_product_comes_back_with_its_images() {
    let shop = shop();
    let before = doc(&shop, "products", 101);
    let was = seen(&shop, &before);
    let variant = bytes(&shop, &before["variants"][1]["image_url"]).unwrap();
    shop.delete("products", "101");
    assert_eq!(
        bytes(&shop, &before["images"][0]["url_zoom"]),
        None,
        "the CDN has lost it"
    );
    shop.home.ok("backup");
    let plan = shop.home.json("restore product 101 --dry-run");
    let actions: Vec<_> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["action"])
        .collect();
    // Prices in a price list are set again as well.
    assert_eq!(actions, ["create", "upload", "relink"], "{plan}");
    let report = shop.home.json("restore product 101 --yes");
    assert_eq!(
        (&report["status"], &report["differing"]),
        (&json!("ok"), &json!([])),
        "{report}"
    );
    let after = called(&shop, "Copper Saucepan");
    assert_eq!(seen(&shop, &after), was);
    assert_eq!(
        bytes(&shop, &after["variants"][1]["image_url"]).unwrap(),
        variant
    );
    assert_eq!(after["variants"][0]["image_url"], "");
    assert_eq!(uploads(&shop), 3);
    assert!(
        shop.sandbox
            .cdn_log()
            .iter()
            .all(|entry| entry.token == "none")
    );

    // What was sent is known: nothing is fetched again, and there is nothing left to do.
    shop.sandbox.clear_cdn_log();
    let backup = shop.home.json("backup");
    assert_eq!(
        (&backup["status"], &backup["images"]["fetched"]),
        (&json!("ok"), &json!(0))
    );
    assert!(shop.sandbox.cdn_log().is_empty());
    let again = shop.home.json("restore product 101 --version v1 --yes");
    assert_eq!(again["steps"][0]["reason"], "is as it was", "{again}");
    assert_eq!(uploads(&shop), 3);
}

#[test]
fn single_images_of_living_things_come_back_and_undo_takes_them_away() {
    let shop = shop();
    let brand = doc(&shop, "brands", 35);
    let category = doc(&shop, "categories", 19);
    let value = "/modifiers/0/option_values/1/adjusters/image_url";
    let knife = doc(&shop, "products", 105);
    let was = [
        bytes(&shop, &brand["image_url"]).unwrap(),
        bytes(&shop, &category["image_url"]).unwrap(),
        bytes(&shop, knife.pointer(value).unwrap()).unwrap(),
    ];
    let other = "https://cdn11.bigcommerce.com/s-sandbox/product_images/other.png?c=1";
    picture(
        &shop,
        other,
        "another brand image, which no backup has seen",
    );
    edit(&shop, "brands", 35, |brand| {
        brand["image_url"] = json!(other)
    });
    edit(&shop, "categories", 19, |category| {
        category["image_url"] = json!("")
    });
    edit(&shop, "products", 105, |product| {
        *product.pointer_mut(value).unwrap() = json!("")
    });
    let mut runs = Vec::new();
    for line in ["brand 35", "category 19", "product 105"] {
        let report = shop
            .home
            .json(&format!("restore {line} --version v1 --yes"));
        assert_eq!(
            (&report["status"], &report["differing"]),
            (&json!("ok"), &json!([])),
            "{report}"
        );
        assert_eq!(report["steps"].as_array().unwrap().len(), 1, "{report}");
        assert_eq!(report["steps"][0]["action"], "upload");
        runs.push(report["run"].as_i64().unwrap());
    }
    let now = |shop: &Shop| {
        [
            bytes(shop, &doc(shop, "brands", 35)["image_url"]),
            bytes(shop, &doc(shop, "categories", 19)["image_url"]),
            bytes(shop, doc(shop, "products", 105).pointer(value).unwrap()),
        ]
    };
    assert_eq!(now(&shop), was.clone().map(Some));
    // The brand's other image was saved before it was replaced; the category had none.
    for run in &runs[..2] {
        let report = shop.home.json(&format!("undo {run} --yes"));
        assert_eq!(report["status"], "ok", "{report}");
    }
    let brand = doc(&shop, "brands", 35);
    let text = String::from_utf8_lossy(&bytes(&shop, &brand["image_url"]).unwrap()).into_owned();
    assert!(text.contains("no backup has seen"), "{text}");
    assert_eq!(doc(&shop, "categories", 19)["image_url"], "");
    // A value's image can't be taken away: that is said, and it stays.
    let outcome = shop
        .home
        .run(["undo", &runs[2].to_string(), "--yes", "--json"]);
    assert!(
        outcome.stdout.contains("no way to take the image away"),
        "{outcome:?}"
    );
    assert_eq!(now(&shop)[2], Some(was[2].clone()));
}

#[test]
fn deleted_brands_and_categories_come_back_with_their_images() {
    let shop = shop();
    let brand = bytes(&shop, &doc(&shop, "brands", 36)["image_url"]);
    let category = bytes(&shop, &doc(&shop, "categories", 19)["image_url"]);
    shop.delete("brands", "36");
    shop.delete("categories", "19");
    shop.home.ok("backup");
    shop.home.ok("restore brand 36 --yes");
    shop.home.ok("restore category 19 --yes");
    let newest = |table: &'static str| {
        shop.sandbox.edit(|store| {
            let key = store.table(table).keys().next_back().cloned().unwrap();
            store.document(table, key).unwrap()
        })
    };
    assert_eq!(bytes(&shop, &newest("brands")["image_url"]), brand);
    assert_eq!(bytes(&shop, &newest("categories")["image_url"]), category);
}

#[test]
fn images_of_a_living_product_are_sent_set_and_removed_as_needed() {
    let shop = shop();
    let was = seen(&shop, &doc(&shop, "products", 101));
    edit(&shop, "products", 101, |product| {
        import_images(product);
        product["images"][0]["is_thumbnail"] = json!(true);
    });
    let edited = seen(&shop, &doc(&shop, "products", 101));
    shop.sandbox.clear_log();
    let report = shop.home.json("restore product 101 --version v1 --yes");
    assert_eq!(
        (&report["status"], &report["differing"]),
        (&json!("ok"), &json!([])),
        "{report}"
    );
    assert_eq!(seen(&shop, &doc(&shop, "products", 101)), was);
    assert_eq!(uploads(&shop), 1, "what is there is not sent again");
    // The new one was fetched before it was removed.
    let report = shop.home.json(&format!("undo {} --yes", report["run"]));
    assert_eq!(report["status"], "ok", "{report}");
    assert_eq!(seen(&shop, &doc(&shop, "products", 101)), edited);
}

#[test]
fn a_row_that_is_changed_keeps_the_images_within_it() {
    let shop = shop();
    let value = "/modifiers/0/option_values/1/adjusters/image_url";
    let url = doc(&shop, "products", 105).pointer(value).unwrap().clone();
    edit(&shop, "products", 105, |product| {
        product["modifiers"][0]["option_values"][0]["label"] = json!("Bare");
    });
    let report = shop.home.json("restore product 105 --version v1 --yes");
    assert_eq!(
        (&report["status"], &report["differing"]),
        (&json!("ok"), &json!([])),
        "{report}"
    );
    let text = report.to_string();
    assert!(text.contains("Bare") && !text.contains("held"), "{text}");
    let after = doc(&shop, "products", 105);
    assert_eq!(after["modifiers"][0]["option_values"][0]["label"], "Plain");
    assert_eq!(after.pointer(value), Some(&url));
    let journal = shop
        .home
        .json(&format!("undo {} --dry-run", report["run"]))
        .to_string();
    assert!(!journal.contains("held"), "{journal}");
}

#[test]
fn an_image_that_was_never_had_is_named_in_the_plan() {
    let shop = Shop::demo();
    shop.home.ok("backup --no-images");
    shop.delete("products", "101");
    shop.delete("brands", "35");
    let outcome = shop
        .home
        .run("restore product 101 --dry-run --json".split(' '));
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let plan: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let step = &plan["steps"][0];
    assert_eq!(
        (&step["action"], &step["lacking"]),
        (&json!("create"), &json!(true))
    );
    let losses = step["losses"].to_string();
    assert!(
        losses.contains("images 10101: its bytes were never had"),
        "{losses}"
    );
    let outcome = shop.home.run("restore brand 35 --yes --json".split(' '));
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("image_url: the image's bytes were never had")
    );
}

/// Restores the deleted product with this fault, and goes on where it was cut; answers the requests
/// that it took, a line each.
fn cut(fault: Option<Fault>) -> Vec<String> {
    let shop = shop();
    let was = seen(&shop, &doc(&shop, "products", 101));
    shop.delete("products", "101");
    shop.home.ok("backup --entity products");
    shop.sandbox.clear_log();
    let told = format!("{fault:?}");
    shop.sandbox.set_faults(fault.into_iter().collect());
    let outcome = shop.home.run("restore product 101 --yes --json".split(' '));
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
    assert_eq!(
        seen(&shop, &called(&shop, "Copper Saucepan")),
        was,
        "{told}"
    );
    shop.sandbox
        .log()
        .iter()
        .map(|entry| entry.line())
        .collect()
}

#[test]
fn a_restore_cut_at_an_upload_sends_no_image_twice() {
    let lines = cut(None);
    let is_upload = |line: &String| line.starts_with("POST") && line.contains("/image");
    let uploads: Vec<usize> = (0..lines.len())
        .filter(|at| is_upload(&lines[*at]))
        .collect();
    assert_eq!(uploads.len(), 4, "{lines:#?}");
    for at in uploads {
        for what in [What::Reset, What::CutBody, What::Status(500)] {
            cut(Some(Fault::at(at as u64 + 1, what)));
        }
        cut(Some(Fault::at(at as u64 + 2, What::Status(503))));
    }
}

#[test]
fn verify_finds_a_damaged_and_a_missing_image() {
    let shop = shop();
    assert_eq!(shop.home.json("verify --deep")["ok"], true);
    let media = shop.home.path("data/vortex/sandbox.media");
    let file = || {
        let folder = std::fs::read_dir(&media)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        std::fs::read_dir(folder)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path()
    };
    let path = file();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[5] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let problem = |line: &str| {
        let outcome = shop.home.run(line.split(' '));
        assert_eq!(outcome.code, 6, "{outcome:?}");
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let hint = report["hint"].as_str().unwrap();
        assert!(hint.contains("vortex backup --full"), "{report}");
        report["problems"][0]["what"].as_str().unwrap().to_owned()
    };
    assert!(problem("verify --deep --json").contains("does not match its hash"));
    let text = shop.home.run("verify --deep".split(' '));
    assert!(text.stderr.contains("vortex backup --full"), "{text:?}");
    shop.home.ok("backup --full");
    assert_eq!(shop.home.json("verify --deep")["ok"], true);
    std::fs::remove_file(&path).unwrap();
    assert!(problem("verify --json").contains("is missing"));
    // A full backup fetches it again.
    shop.home.ok("backup --full");
    assert_eq!(shop.home.json("verify --deep")["ok"], true);
}

#[test]
fn the_drill_finds_images_and_touches_none() {
    let shop = shop();
    let report = shop.home.json("drill");
    assert_eq!(report["ok"], true, "{report}");
    assert!(!shop.home.path("data/vortex/drill.media").exists());
}
