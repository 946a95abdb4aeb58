//! `/catalog/trees/categories`, and the product order below the older `/catalog/categories`.

use serde_json::{Value, json};

use super::write;
use crate::sandbox::answer::{self, Caps, Outcome, Reply, USUAL};
use crate::sandbox::fields::{self, SHAPING, Shape};
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("category_uuid:in", Kind::Text),
    ("category_uuid:not_in", Kind::Text),
    ("category_id:in", Kind::Number),
    ("category_id:not_in", Kind::Number),
    ("tree_id:in", Kind::Number),
    ("tree_id:not_in", Kind::Number),
    ("parent_id:in", Kind::Number),
    ("parent_id:not_in", Kind::Number),
    ("page_title", Kind::Text),
    ("page_title:like", Kind::Text),
    ("name", Kind::Text),
    ("name:like", Kind::Text),
    ("is_visible", Kind::Flag),
];

const WRITABLE: &[&str] = &[
    "category_id",
    "name",
    "tree_id",
    "parent_id",
    "description",
    "views",
    "sort_order",
    "page_title",
    "search_keywords",
    "meta_keywords",
    "meta_description",
    "layout_file",
    "is_visible",
    "default_product_sort",
    "url",
    "image_url",
];

/// The most categories in one write: no cap is documented, so the sandbox takes the smallest that
/// any batch of the catalog has.
const BATCH_MAX: usize = 50;

/// `GET /catalog/trees/categories`. No order is documented: siblings come by `sort_order`.
pub fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[
        &["page", "limit", "keyword"],
        SHAPING,
        &filter::names(FILTERS),
    ])?;
    let filters = Filters::read(req, store, FILTERS)?;
    let shape = Shape::read(req, &[])?;
    let keyword = req.query.get("keyword").map(str::to_lowercase);
    let mut rows = store.table("categories").select(|row| {
        filters.pass(row)
            && keyword.as_ref().is_none_or(|word| {
                ["name", "description", "search_keywords"]
                    .iter()
                    .any(|field| {
                        row[field]
                            .as_str()
                            .is_some_and(|text| text.to_lowercase().contains(word))
                    })
            })
    });
    fields::sort(&mut rows, "sort_order", false);
    fields::sort(&mut rows, "parent_id", false);
    let rows = rows
        .iter()
        .map(|row| shape.cut(row, "category_id"))
        .collect();
    answer::v3_list(req, rows, USUAL)
}

/// `PUT /catalog/trees/categories`: answers counts only, never the categories.
pub fn update_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let changes = batch(req)?;
    let mut done = Vec::new();
    for change in &changes {
        let given = write::members(change, WRITABLE)?;
        let key = Key::of(&change["category_id"])
            .filter(|key| store.table("categories").contains(key))
            .ok_or_else(|| answer::invalid(&[("category_id", "The category does not exist.")]))?;
        done.push((key, given));
    }
    let total = done.len();
    for (key, given) in done {
        if let Some(row) = store.table_mut("categories").get_mut(&key) {
            write::set(row, &given)?;
        }
    }
    Ok(counts(200, total))
}

/// `POST /catalog/trees/categories`.
pub fn create_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let wanted = batch(req)?;
    let mut made = Vec::new();
    for row in &wanted {
        let given = write::members(row, WRITABLE)?;
        if given.contains_key("category_id") {
            return Err(answer::invalid(&[(
                "category_id",
                "Ids are given by the store.",
            )]));
        }
        if row["name"].as_str().is_none_or(str::is_empty) {
            return Err(answer::invalid(&[("name", "The name is required.")]));
        }
        let (Some(parent), Some(tree)) = (row["parent_id"].as_u64(), row["tree_id"].as_u64())
        else {
            return Err(answer::invalid(&[(
                "tree_id",
                "tree_id and parent_id are required.",
            )]));
        };
        let known = match store.table("categories").get(&Key::Number(parent)) {
            Some(parent) => parent["tree_id"] == tree,
            None => parent == 0 && store.table("trees").contains(&Key::Number(tree)),
        };
        if !known {
            return Err(answer::invalid(&[(
                "parent_id",
                "There is no such parent in the tree.",
            )]));
        }
        let id = store.next_id("categories");
        let mut category = json!({
            "category_id": id,
            "category_uuid": format!("00000000-0000-4000-8000-{id:012x}"),
            "parent_id": parent,
            "tree_id": tree,
            "name": "",
            "description": "",
            "views": 0,
            "sort_order": 0,
            "page_title": "",
            "search_keywords": "",
            "meta_keywords": [""],
            "meta_description": "",
            "layout_file": "category.html",
            "is_visible": true,
            "default_product_sort": "use_store_settings",
            "url": {"path": format!("/category-{id}/"), "is_customized": false},
            "image_url": "",
        });
        write::set(&mut category, &given)?;
        store.table_mut("categories").insert(id, category.clone());
        made.push(category);
    }
    Ok(Reply::json(201, json!({"data": made, "meta": {}})))
}

/// `DELETE /catalog/trees/categories`: 202 and counts. A category goes with all below it; products
/// lose those categories. Without a filter nothing is deleted: that is refused.
pub fn delete_many(store: &mut Store, req: &Req) -> Outcome {
    const DELETES: &[(&str, Kind)] = &[
        ("category_id:in", Kind::Number),
        ("category_uuid:in", Kind::Text),
        ("tree_id:in", Kind::Number),
        ("parent_id:in", Kind::Number),
    ];
    req.allow(&[&filter::names(DELETES)])?;
    let filters = Filters::read(req, store, DELETES)?;
    if filters.is_empty() {
        return Err(answer::invalid(&[(
            "filter",
            "At least one filter is required.",
        )]));
    }
    let ids = |rows: &[Value]| -> Vec<Key> {
        rows.iter()
            .filter_map(|row| Key::of(&row["category_id"]))
            .collect()
    };
    let mut gone = ids(&store.table_mut("categories").take(|row| filters.pass(row)));
    let named = gone.len();
    let mut parents = gone.clone();
    while !parents.is_empty() {
        let below = store
            .table_mut("categories")
            .take(|row| Key::of(&row["parent_id"]).is_some_and(|id| parents.contains(&id)));
        parents = ids(&below);
        gone.extend(parents.iter().cloned());
    }
    store.table_mut("products").edit_all(|product| {
        let Some(Value::Array(own)) = product.get_mut("categories") else {
            return false;
        };
        let before = own.len();
        own.retain(|id| !Key::of(id).is_some_and(|id| gone.contains(&id)));
        own.len() < before
    });
    store
        .table_mut("category_metafields")
        .take(|field| Key::of(&field["resource_id"]).is_some_and(|id| gone.contains(&id)));
    Ok(counts(202, named))
}

/// `GET /catalog/categories/{id}/products/sort-order`: by product; never moved ones are null.
pub fn product_order(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["page"]])?;
    let key = Key::parse(id);
    if !store.table("categories").contains(&key) {
        return Err(req.not_found());
    }
    let mut rows = Vec::new();
    for (product, row) in store.table("products").iter() {
        let own = row["categories"].as_array();
        if own.is_some_and(|own| own.iter().any(|id| Key::of(id).as_ref() == Some(&key))) {
            rows.push(json!({"product_id": product.number(), "sort_order": row["sort_order"]}));
        }
    }
    answer::v3_list(
        req,
        rows,
        Caps {
            default: 250,
            max: 250,
        },
    )
}

fn batch(req: &Req) -> Result<Vec<Value>, Reply> {
    let rows = req.json_array()?;
    if rows.len() > BATCH_MAX {
        return Err(req.refuse(413, "The batch is too large. The maximum is 50 categories."));
    }
    Ok(rows.to_vec())
}

fn counts(status: u16, total: usize) -> Reply {
    let meta = json!({"total": total, "success": total, "failed": 0});
    Reply::json(status, json!({"meta": meta}))
}
