//! `/catalog/brands`.

use serde_json::{Value, json};

use super::write;
use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::fields::{self, SHAPING, Shape};
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("id", Kind::Number),
    ("id:in", Kind::Number),
    ("id:not_in", Kind::Number),
    ("id:min", Kind::Number),
    ("id:max", Kind::Number),
    ("id:greater", Kind::Number),
    ("id:less", Kind::Number),
    ("name", Kind::Text),
    ("name:like", Kind::Text),
    ("page_title", Kind::Text),
];

const WRITABLE: &[&str] = &[
    "name",
    "page_title",
    "meta_keywords",
    "meta_description",
    "search_keywords",
    "image_url",
    "custom_url",
];

/// `GET /catalog/brands`. No default order is documented; the sandbox has one by name, so that
/// nobody can rely on ids.
pub fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[
        &["page", "limit", "sort", "direction"],
        SHAPING,
        &filter::names(FILTERS),
    ])?;
    let filters = Filters::read(req, store, FILTERS)?;
    let shape = Shape::read(req, &[])?;
    let (field, down) = fields::order(req, &["name"])?.unwrap_or(("name", false));
    let mut rows = store.table("brands").select(|brand| filters.pass(brand));
    fields::sort(&mut rows, field, down);
    let rows = rows.iter().map(|brand| shape.cut(brand, "id")).collect();
    answer::v3_list(req, rows, USUAL)
}

/// `GET /catalog/brands/{id}`.
pub fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[SHAPING])?;
    let shape = Shape::read(req, &[])?;
    let brand = store
        .table("brands")
        .get(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    Ok(answer::v3_one(shape.cut(&brand, "id")))
}

/// `POST /catalog/brands`: one, with a name that no other has.
pub fn create(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let given = write::object(req, WRITABLE)?;
    let name = given
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if name.is_empty() {
        return Err(answer::invalid(&[("name", "The name is required.")]));
    }
    unique(store, &name, None)?;
    let id = store.next_id("brands");
    let mut brand = json!({
        "id": id,
        "name": name,
        "page_title": "",
        "meta_keywords": [""],
        "meta_description": "",
        "search_keywords": "",
        "image_url": "",
        "custom_url": {"url": format!("/brands/{id}/"), "is_customized": false},
    });
    write::set(&mut brand, &given)?;
    store.table_mut("brands").insert(id, brand.clone());
    Ok(answer::v3_one(brand))
}

/// `PUT /catalog/brands/{id}`.
pub fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let given = write::object(req, WRITABLE)?;
    let key = Key::parse(id);
    if !store.table("brands").contains(&key) {
        return Err(req.not_found());
    }
    // The description requires the name of an update too.
    match given.get("name").and_then(Value::as_str) {
        Some(name) if !name.is_empty() => unique(store, name, Some(&key))?,
        _ => return Err(answer::invalid(&[("name", "The name is required.")])),
    }
    let brand = store
        .table_mut("brands")
        .get_mut(&key)
        .ok_or_else(|| req.not_found())?;
    write::set(brand, &given)?;
    Ok(answer::v3_one(brand.clone()))
}

/// `DELETE /catalog/brands/{id}`: its products lose it, its metafields go with it.
pub fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let key = Key::parse(id);
    store
        .table_mut("brands")
        .remove(&key)
        .ok_or_else(|| req.not_found())?;
    store.table_mut("products").edit_all(|product| {
        let loses = Key::of(&product["brand_id"]).as_ref() == Some(&key);
        if loses {
            product["brand_id"] = json!(0);
        }
        loses
    });
    store
        .table_mut("brand_metafields")
        .take(|field| Key::of(&field["resource_id"]).as_ref() == Some(&key));
    Ok(answer::no_content())
}

/// 409 when another brand has the name, whatever its case.
fn unique(store: &Store, name: &str, own: Option<&Key>) -> Result<(), Reply> {
    let taken = store.table("brands").iter().any(|(key, brand)| {
        Some(key) != own
            && brand["name"]
                .as_str()
                .is_some_and(|other| other.to_lowercase() == name.to_lowercase())
    });
    if taken {
        return Err(answer::problem(
            409,
            "Conflict",
            &[("name", "The name is already used.")],
        ));
    }
    Ok(())
}
