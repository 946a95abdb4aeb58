//! `/content/pages`. Errors of this family are `application/problem+json`.

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Page, Reply, USUAL};
use super::filter::{self, Filters, Kind};
use super::request::{Method, Req};
use super::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("channel_id", Kind::Number),
    ("id:in", Kind::Number),
    ("name", Kind::Text),
];

const WRITABLE: &[&str] = &[
    "channel_id",
    "name",
    "is_visible",
    "parent_id",
    "sort_order",
    "type",
    "body",
    "is_homepage",
    "is_customers_only",
    "email",
    "meta_title",
    "link",
    "contact_fields",
    "meta_keywords",
    "meta_description",
    "search_keywords",
    "url",
    "content_type",
];

const TYPES: &[&str] = &["page", "raw", "contact_form", "link", "blog"];

/// Routes below `/v3/content/pages`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    use Method::{Delete, Get, Post, Put};
    let segs = req.segs();
    let ["v3", "content", "pages", rest @ ..] = segs.as_slice() else {
        return None;
    };
    let outcome = match (req.method, rest) {
        (Get, []) => list(store, req),
        (Get, [id]) => one(store, req, id),
        (Post, []) => create(store, req),
        (Put, []) => update_many(store, req),
        (Put, [id]) => update_one(store, req, id),
        (Delete, []) => delete_many(store, req),
        (Delete, [id]) => delete_one(store, req, id),
        _ => return None,
    };
    Some(outcome.map_err(|refusal| Reply {
        content_type: "application/problem+json",
        ..refusal
    }))
}

/// Without `include=body` a page comes without exactly that.
fn shown(page: &Value, body: bool) -> Value {
    let mut sent = page.clone();
    if let (false, Value::Object(sent)) = (body, &mut sent) {
        sent.shift_remove("body");
    }
    sent
}

fn wants_body(req: &Req) -> Result<bool, Reply> {
    Ok(!req.words("include", &["body"])?.is_empty())
}

/// `GET /content/pages`. No order is documented: pages come as the menu shows them.
fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[
        &["page", "limit", "include", "name:like"],
        &filter::names(FILTERS),
    ])?;
    let body = wants_body(req)?;
    let filters = Filters::read(req, store, FILTERS)?;
    let like = req.query.get("name:like").map(str::to_lowercase);
    let mut rows = store.table("pages").select(|page| {
        // `name:like` searches the body as well: documented.
        filters.pass(page)
            && like.as_ref().is_none_or(|word| {
                ["name", "body"].iter().any(|field| {
                    page[field]
                        .as_str()
                        .is_some_and(|text| text.to_lowercase().contains(word))
                })
            })
    });
    rows.sort_by_key(|page| page["sort_order"].as_i64());
    let page = Page::read(req, USUAL)?;
    let range = page.range(rows.len());
    let data = rows[range].iter().map(|row| shown(row, body)).collect();
    Ok(answer::v3_page(req, page, rows.len(), data))
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["include"]])?;
    let body = wants_body(req)?;
    let page = store
        .table("pages")
        .get(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    Ok(answer::v3_one(shown(&page, body)))
}

/// `POST /content/pages`: one or an array. The valid entries are made even when another is not.
fn create(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["include"]])?;
    let body = wants_body(req)?;
    let (rows, array) = match req.json()? {
        Value::Array(rows) => (rows.clone(), true),
        one => (vec![one.clone()], false),
    };
    let mut made = Vec::new();
    let mut wrong = None;
    for row in &rows {
        match make(store, row) {
            Ok(page) => made.push(shown(&page, body)),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    if let Some(refusal) = wrong {
        return Err(refusal);
    }
    let data = if array {
        Value::Array(made)
    } else {
        made.into_iter().next().unwrap_or_default()
    };
    Ok(answer::v3_status(201, data))
}

fn make(store: &mut Store, row: &Value) -> Result<Value, Reply> {
    let given = writable(row)?;
    let name = row["name"].as_str().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| answer::invalid(&[("name", "The name is required.")]))?;
    let kind = row["type"].as_str().unwrap_or_default();
    if kind == "blog" {
        return Err(answer::invalid(&[(
            "type",
            "Only the control panel creates blog pages.",
        )]));
    }
    if !TYPES.contains(&kind) {
        return Err(answer::invalid(&[("type", "The type is required.")]));
    }
    unique(store, name, None)?;
    let id = store.next_id("pages");
    let mut page = json!({
        "id": id,
        "channel_id": 1,
        "name": name,
        "is_visible": false,
        "parent_id": 0,
        "sort_order": 0,
        "type": kind,
        "is_homepage": false,
        "is_customers_only": false,
        "url": format!("/page-{id}/"),
    });
    for (name, value) in given {
        page[name] = value;
    }
    check(&page)?;
    store.table_mut("pages").insert(id, page.clone());
    Ok(page)
}

fn update_one(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["include"]])?;
    let body = wants_body(req)?;
    let given = writable(req.json()?)?;
    Ok(answer::v3_one(shown(
        &change(store, req, &Key::parse(id), given)?,
        body,
    )))
}

/// `PUT /content/pages`: one or an array, each with its id; 404 if one is missing.
fn update_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["include"]])?;
    let body = wants_body(req)?;
    let (rows, array) = match req.json()? {
        Value::Array(rows) => (rows.clone(), true),
        one => (vec![one.clone()], false),
    };
    let mut done = Vec::new();
    for mut row in rows {
        let key = Key::of(&row["id"]).ok_or_else(|| answer::invalid(&[("id", "Required.")]))?;
        if let Value::Object(members) = &mut row {
            members.shift_remove("id");
        }
        let given = writable(&row)?;
        done.push(shown(&change(store, req, &key, given)?, body));
    }
    let data = if array {
        Value::Array(done)
    } else {
        done.into_iter().next().unwrap_or_default()
    };
    Ok(answer::v3_one(data))
}

fn change(
    store: &mut Store,
    req: &Req,
    key: &Key,
    given: Map<String, Value>,
) -> Result<Value, Reply> {
    let mut page = store
        .table("pages")
        .get(key)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| req.not_found())?;
    if let Some(name) = given.get("name").and_then(Value::as_str) {
        unique(store, name, Some(key))?;
    }
    if page["type"] == "raw" && !given.contains_key("body") {
        return Err(answer::invalid(&[(
            "body",
            "missing the required field: body",
        )]));
    }
    for (name, value) in given {
        page[name] = value;
    }
    check(&page)?;
    store.table_mut("pages").insert(key.clone(), page.clone());
    Ok(page)
}

/// `DELETE /content/pages?id:in=`: what exists goes, and 404 tells that something did not.
fn delete_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["id:in", "delete_children"]])?;
    let ids: Vec<Key> = req
        .query
        .list("id:in")
        .iter()
        .map(|id| Key::parse(id))
        .collect();
    if ids.is_empty() {
        return Err(req.refuse(400, "id:in is required."));
    }
    let below = req.query.get("delete_children") == Some("true");
    let missing = ids.iter().filter(|id| !remove(store, id, below)).count();
    if missing > 0 {
        Err(req.not_found())
    } else {
        Ok(answer::no_content())
    }
}

fn delete_one(store: &mut Store, req: &Req, id: &str) -> Outcome {
    if remove(store, &Key::parse(id), false) {
        Ok(answer::no_content())
    } else {
        Err(req.not_found())
    }
}

/// Takes a page out. Its children go with it, or are moved to the root and hidden.
fn remove(store: &mut Store, key: &Key, below: bool) -> bool {
    if store.table_mut("pages").remove(key).is_none() {
        return false;
    }
    let child = |page: &Value| Key::of(&page["parent_id"]).as_ref() == Some(key);
    if below {
        let children: Vec<Key> = store
            .table("pages")
            .select(child)
            .iter()
            .filter_map(|p| Key::of(&p["id"]))
            .collect();
        for id in children {
            remove(store, &id, true);
        }
    } else {
        store.table_mut("pages").edit_all(|page| {
            let orphan = child(page);
            if orphan {
                page["parent_id"] = json!(0);
                page["is_visible"] = json!(false);
            }
            orphan
        });
    }
    true
}

fn writable(row: &Value) -> Result<Map<String, Value>, Reply> {
    let Value::Object(given) = row else {
        return Err(answer::invalid(&[("body", "An object is expected.")]));
    };
    match given.keys().find(|name| !WRITABLE.contains(&name.as_str())) {
        Some(name) => Err(answer::invalid(&[(
            name,
            "The field cannot be written to.",
        )])),
        None => Ok(given.clone()),
    }
}

fn check(page: &Value) -> Result<(), Reply> {
    let needed = match page["type"].as_str() {
        Some("link") => "link",
        Some("raw") => "body",
        _ => return Ok(()),
    };
    match page[needed].as_str() {
        Some(_) => Ok(()),
        None => Err(answer::invalid(&[(needed, "This type of page needs it.")])),
    }
}

fn unique(store: &Store, name: &str, own: Option<&Key>) -> Result<(), Reply> {
    let taken = store
        .table("pages")
        .iter()
        .any(|(key, page)| Some(key) != own && page["name"] == name);
    if taken {
        return Err(answer::invalid(&[("name", "Another page has it.")]));
    }
    Ok(())
}
