//! The catalog's part of a sample: products, brands, trees and categories, metafields, customs.

use serde_json::{Value, json};

use super::{Sample, documents, load, products};
use crate::sandbox::store::Store;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/entities/", $path))
    };
}

/// The first product of a large sample.
const FIRST_MADE: u64 = 101;
/// Products made beside the awkward ones, so that lists have more than one page.
const AWKWARD_MADE: u64 = 40;
/// Brands and categories of a large sample.
const MADE_BRANDS: u64 = 40;
const MADE_CATEGORIES: u64 = 60;

/// Fills the catalog's tables.
pub fn fill(store: &mut Store, sample: Sample) {
    match sample {
        Sample::Empty => load(store, "trees", "id", fixture!("categories/trees-demo.json")),
        Sample::Demo => {
            load_products(store, fixture!("products/demo.json"));
            load(store, "brands", "id", fixture!("brands/demo.json"));
            load(
                store,
                "categories",
                "category_id",
                fixture!("categories/demo.json"),
            );
            load(store, "trees", "id", fixture!("categories/trees-demo.json"));
            load(
                store,
                "product_metafields",
                "id",
                fixture!("metafields/products-demo.json"),
            );
        }
        Sample::Awkward => awkward(store),
        Sample::Large(count) => large(store, count),
    }
    relate(store, sample);
}

fn load_products(store: &mut Store, json: &str) {
    for given in documents(json) {
        let product = products::expand(&given);
        let id = given["id"].as_u64().unwrap_or(0);
        store.table_mut("products").insert(id, product);
    }
}

fn awkward(store: &mut Store) {
    load_products(store, fixture!("products/awkward.json"));
    for id in 301..=300 + AWKWARD_MADE {
        store.table_mut("products").insert_made(id, made_in_awkward);
    }
    load(store, "brands", "id", fixture!("brands/awkward.json"));
    load(
        store,
        "categories",
        "category_id",
        fixture!("categories/awkward.json"),
    );
    load(
        store,
        "trees",
        "id",
        fixture!("categories/trees-awkward.json"),
    );
    load(
        store,
        "customs",
        "product_id",
        fixture!("products/customs-awkward.json"),
    );
    load(
        store,
        "product_metafields",
        "id",
        fixture!("metafields/products-awkward.json"),
    );
    load(
        store,
        "variant_metafields",
        "id",
        fixture!("metafields/variants-awkward.json"),
    );
    load(
        store,
        "category_metafields",
        "id",
        fixture!("metafields/categories-awkward.json"),
    );
    load(
        store,
        "brand_metafields",
        "id",
        fixture!("metafields/brands-awkward.json"),
    );
    load(
        store,
        "channel_metafields",
        "id",
        fixture!("metafields/channels-awkward.json"),
    );
}

/// A made product that points only to what the awkward store has.
fn made_in_awkward(id: u64) -> Value {
    let mut product = products::made(id);
    product["brand_id"] = json!([0, 35, 36, 37][(id % 4) as usize]);
    product["categories"] = json!([18 + id % 10]);
    product["channels"] = json!([1 + id % 2]);
    product
}

fn large(store: &mut Store, count: u64) {
    for id in FIRST_MADE..FIRST_MADE + count {
        store.table_mut("products").insert_made(id, products::made);
        if id.is_multiple_of(10) {
            store
                .table_mut("product_metafields")
                .insert_made(id, metafield);
        }
        if id.is_multiple_of(20) {
            store.table_mut("customs").insert_made(id, customs);
        }
    }
    let mut brands = documents(fixture!("brands/demo.json"));
    let mut categories = documents(fixture!("categories/demo.json"));
    for place in 0..MADE_BRANDS {
        let mut brand = brands.swap_remove(0);
        brand["id"] = json!(35 + place);
        brand["name"] = json!(format!("Brand {place:02}"));
        brand["custom_url"] = json!({"url": format!("/brand-{place:02}/"), "is_customized": false});
        store.table_mut("brands").insert(35 + place, brand.clone());
        brands.push(brand);
    }
    for place in 0..MADE_CATEGORIES {
        let (id, mut category) = (18 + place, categories.swap_remove(0));
        category["category_id"] = json!(id);
        category["category_uuid"] = json!(format!("d1964756-5e1d-4c72-9fa0-{id:012x}"));
        category["parent_id"] = json!(if place < 10 { 0 } else { 18 + place % 10 });
        category["name"] = json!(format!("Category {place:02}"));
        category["url"] = json!({"path": format!("/category-{place:02}/"), "is_customized": false});
        store.table_mut("categories").insert(id, category.clone());
        categories.push(category);
    }
    load(store, "trees", "id", fixture!("categories/trees-demo.json"));
}

fn metafield(id: u64) -> Value {
    json!({
        "id": id,
        "key": "place",
        "value": format!("shelf {}", id % 77),
        "namespace": "warehouse",
        "permission_set": "read",
        "resource_type": "product",
        "resource_id": id,
        "description": "",
        "date_created": "2026-01-02T03:04:05+00:00",
        "date_modified": "2026-01-02T03:04:05+00:00",
        "owner_client_id": "sandboxclientid0000000000000000",
    })
}

fn customs(id: u64) -> Value {
    json!({
        "product_id": id,
        "country_of_origin": "GB",
        "commodity_description": "Household goods",
        "international_shipping": true,
        "hs_codes": {"ALL": "691200"},
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z",
    })
}

/// What one product says of another: `parent_relations` of the products that an option's list
/// names.
fn relate(store: &mut Store, sample: Sample) {
    if sample != Sample::Awkward {
        return;
    }
    let relation = json!([{"type": "variant_option", "product_id": 203, "attribute_id": 20302}]);
    for id in [201u64, 202] {
        store.edit("products", id, |product| {
            product["parent_relations"] = relation.clone()
        });
    }
}
