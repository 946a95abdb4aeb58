//! Codes of promotions (v3): walked by cursor, never updated, only made and deleted.

use serde_json::{Value, json};

use super::bulk;
use crate::sandbox::answer::{self, Outcome, USUAL};
use crate::sandbox::body;
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples::commerce::blank;
use crate::sandbox::store::{Key, Store};

/// How many codes one call deletes at most.
const DELETED: usize = 250;
/// How long a code may be.
const LENGTH: usize = 50;

/// Answers for codes.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v3", "promotions", "codes"]) => Some(find(store, req)),
        (Method::Delete, ["v3", "promotions", "codes"]) => Some(delete_by_code(store, req)),
        (Method::Get, ["v3", "promotions", id, "codes"]) => Some(list(store, req, id)),
        (Method::Post, ["v3", "promotions", id, "codes"]) => Some(create(store, req, id)),
        (Method::Delete, ["v3", "promotions", id, "codes"]) => Some(delete_many(store, req, id)),
        (Method::Delete, ["v3", "promotions", id, "codes", code]) => {
            Some(delete(store, req, id, code))
        }
        _ => None,
    }
}

fn sent(mut code: Value) -> Value {
    if let Value::Object(members) = &mut code {
        members.shift_remove("promotion_id");
    }
    code
}

fn of(code: &Value, promotion: &Key) -> bool {
    Key::of(&code["promotion_id"]).as_ref() == Some(promotion)
}

fn exists(store: &Store, req: &Req, id: &str) -> Result<Key, answer::Reply> {
    let key = Key::parse(id);
    if store.table("promotions").contains(&key) {
        Ok(key)
    } else {
        Err(req.not_found())
    }
}

/// `page` is deprecated here, and may not stand beside a cursor.
fn list(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["before", "after", "page", "limit", "code"]])?;
    if req.query.has("page") && (req.query.has("after") || req.query.has("before")) {
        return Err(req.wrong_type("page"));
    }
    let key = exists(store, req, id)?;
    let wanted = req.query.get("code");
    let rows = store
        .table("promotion_codes")
        .select(|code| of(code, &key) && wanted.is_none_or(|wanted| code["code"] == wanted));
    paged(req, rows)
}

fn find(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&["code"]])?;
    let wanted = req.query.get("code").filter(|code| !code.is_empty());
    let wanted = wanted.ok_or_else(|| body::refuse_field(req, "code", "is required"))?;
    paged(
        req,
        store
            .table("promotion_codes")
            .select(|code| code["code"] == wanted),
    )
}

/// The links have no `current` here, and an empty list has no cursors at all.
fn paged(req: &Req, rows: Vec<Value>) -> Outcome {
    let rows: Vec<Value> = rows.into_iter().map(sent).collect();
    let mut reply = answer::v3_cursor_list(req, rows, "id", USUAL)?;
    if let Some(body) = &mut reply.body {
        let empty = body["data"].as_array().is_some_and(Vec::is_empty);
        if let Some(Value::Object(block)) = body["meta"].get_mut("cursor_pagination") {
            if empty {
                block.shift_remove("start_cursor");
                block.shift_remove("end_cursor");
            }
            if let Some(Value::Object(links)) = block.get_mut("links") {
                links.shift_remove("current");
            }
        }
    }
    Ok(reply)
}

fn create(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let key = exists(store, req, id)?;
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &["code", "max_uses", "max_uses_per_customer"])?;
    body::required(req, fields, &["code"])?;
    let code = fields["code"].as_str().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || " _-".contains(c);
    if code.is_empty() || code.chars().count() > LENGTH || !code.chars().all(plain) {
        return Err(body::refuse_field(req, "code", "is not a code"));
    }
    if store
        .table("promotion_codes")
        .iter()
        .any(|(_, other)| other["code"] == code)
    {
        return Err(req.refuse(409, "The code is already in use."));
    }
    let id = store.next_id("promotion_codes");
    let mut row = blank("promotion_codes");
    body::merge(&mut row, fields);
    row["id"] = json!(id);
    row["promotion_id"] = json!(key.number());
    row["created"] = json!(super::stamp(store));
    store.table_mut("promotion_codes").insert(id, row.clone());
    Ok(answer::v3_status(201, sent(row)))
}

fn delete(store: &mut Store, req: &Req, id: &str, code: &str) -> Outcome {
    req.allow(&[])?;
    let key = exists(store, req, id)?;
    let code = Key::parse(code);
    if store
        .table("promotion_codes")
        .get(&code)
        .is_none_or(|row| !of(&row, &key))
    {
        return Err(req.not_found());
    }
    store.table_mut("promotion_codes").remove(&code);
    Ok(answer::no_content())
}

fn delete_by_code(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["code"]])?;
    let wanted = req.query.get("code").filter(|code| !code.is_empty());
    let wanted = wanted.ok_or_else(|| body::refuse_field(req, "code", "is required"))?;
    store
        .table_mut("promotion_codes")
        .take(|row| row["code"] == wanted);
    Ok(answer::no_content())
}

fn delete_many(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["id:in"]])?;
    let key = exists(store, req, id)?;
    let ids = body::ids(req, "id:in")?;
    if ids.is_empty() {
        return Err(bulk(
            0,
            "Parameter id:in is required",
            serde_json::Map::new(),
        ));
    }
    if ids.len() > DELETED {
        return Err(req.refuse(413, "The maximum number of items is 250."));
    }
    store
        .table_mut("promotion_codes")
        .take(|row| of(row, &key) && row["id"].as_u64().is_some_and(|id| ids.contains(&id)));
    Ok(answer::no_content())
}
