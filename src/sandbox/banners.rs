//! Banners (v2): all their fields are strings.

use serde_json::{Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::body;
use super::request::{Method, Req};
use super::samples::commerce::blank;
use super::store::{Key, Store};

const WRITABLE: [&str; 9] = [
    "name",
    "content",
    "page",
    "location",
    "date_type",
    "date_from",
    "date_to",
    "visible",
    "item_id",
];

const NEEDED: [&str; 5] = ["name", "content", "page", "location", "date_type"];

/// Answers for `/v2/banners`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v2", "banners"]) => Some(list(store, req)),
        (Method::Get, ["v2", "banners", "count"]) => Some(count(store, req)),
        (Method::Get, ["v2", "banners", id]) => Some(one(store, req, id)),
        (Method::Post, ["v2", "banners"]) => Some(create(store, req)),
        (Method::Put, ["v2", "banners", id]) => Some(update(store, req, id)),
        (Method::Delete, ["v2", "banners"]) => Some(delete_all(store, req)),
        (Method::Delete, ["v2", "banners", id]) => Some(delete(store, req, id)),
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&["page", "limit", "min_id", "max_id"]])?;
    let least = req.positive("min_id")?.unwrap_or_default();
    let most = req.positive("max_id")?.unwrap_or(u64::MAX);
    let id = |row: &Value| row["id"].as_u64().unwrap_or_default();
    let rows = store
        .table("banners")
        .select(|row| (least..=most).contains(&id(row)));
    answer::v2_list(req, rows, USUAL)
}

fn count(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        json!({"count": store.table("banners").len()}),
    ))
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        store
            .document("banners", id)
            .ok_or_else(|| req.not_found())?,
    ))
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    body::required(req, fields, &NEEDED)?;
    let id = store.next_id("banners");
    let mut banner = blank("banners");
    body::merge(&mut banner, fields);
    banner["id"] = json!(id);
    banner["date_created"] = json!(store.now().as_second().to_string());
    store.table_mut("banners").insert(id, banner.clone());
    Ok(Reply::json(200, banner))
}

fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    let found = store.edit("banners", id, |banner| body::merge(banner, fields));
    if found {
        one(store, req, id)
    } else {
        Err(req.not_found())
    }
}

fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    store
        .table_mut("banners")
        .remove(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    Ok(answer::no_content())
}

/// Documented as deleting all of them, and that is what it does.
fn delete_all(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    store.table_mut("banners").take(|_| true);
    Ok(answer::no_content())
}
