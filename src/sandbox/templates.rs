//! `/storefront/custom-template-associations`: which theme file shows a product, category, brand or
//! page on a channel. Written from `custom-template-associations.v3.yml`.
//!
//! The document names no cascade: a row of an object that was deleted stays, and its `is_valid`
//! turns false. Which it is is worked out at every reading, never kept.

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::body;
use super::filter::{self, Filters, Kind};
use super::request::{Method, Req};
use super::store::{Key, Store};

/// The table of associations.
pub const TABLE: &str = "template_associations";

const LISTED: &[(&str, Kind)] = &[
    ("channel_id", Kind::Number),
    ("entity_id:in", Kind::Number),
    ("type", Kind::Text),
    ("is_valid", Kind::Flag),
];

const DELETED: &[(&str, Kind)] = &[
    ("id:in", Kind::Number),
    ("channel_id", Kind::Number),
    ("type", Kind::Text),
    ("entity_id:in", Kind::Number),
];

const FIELDS: [&str; 4] = ["channel_id", "entity_type", "entity_id", "file_name"];

/// Kinds of entities and the tables that hold them.
const TYPES: [(&str, &str); 4] = [
    ("product", "products"),
    ("category", "categories"),
    ("brand", "brands"),
    ("page", "pages"),
];

/// Rows in one upsert.
const BATCH_MAX: usize = 100;

/// A file that the sandbox's themes don't have: an association with it is not valid.
const NOT_IN_THEME: &str = "not-in-theme";

/// Routes below `/v3/storefront/custom-template-associations`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let ["v3", "storefront", "custom-template-associations"] = req.segs()[..] else {
        return None;
    };
    Some(match req.method {
        Method::Get => list(store, req),
        Method::Put => upsert(store, req),
        Method::Delete => delete(store, req),
        Method::Post => return None,
    })
}

/// A row as it is answered.
fn shown(store: &Store, row: &Value) -> Value {
    let mut row = row.clone();
    let table = TYPES.iter().find(|(kind, _)| row["entity_type"] == *kind);
    let there =
        |table: &str, id: &Value| Key::of(id).is_some_and(|id| store.table(table).contains(&id));
    let file = row["file_name"].as_str().unwrap_or_default();
    let valid = table.is_some_and(|(_, table)| there(table, &row["entity_id"]))
        && there("channels", &row["channel_id"])
        && !file.contains(NOT_IN_THEME);
    row["is_valid"] = json!(valid);
    row
}

/// The filters of a request; `type` is the member `entity_type`.
fn filters(store: &Store, req: &Req, known: &[(&str, Kind)]) -> Result<Filters, Reply> {
    if req.query.has("entity_id:in") && !req.query.has("type") {
        return Err(answer::invalid(&[(
            "type",
            "entity_id:in must be used together with type.",
        )]));
    }
    if let Some(kind) = req.query.get("type")
        && TYPES.iter().all(|(known, _)| *known != kind)
    {
        return Err(req.wrong_type("type"));
    }
    let mut renamed = req.clone();
    for (name, _) in &mut renamed.query.pairs {
        if name == "type" {
            "entity_type".clone_into(name);
        }
    }
    let mut known = known.to_vec();
    known.push(("entity_type", Kind::Text));
    Filters::read(&renamed, store, &known)
}

/// `GET`: no default order is documented, they come by id.
fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&["page", "limit"], &filter::names(LISTED)])?;
    let filters = filters(store, req, LISTED)?;
    let rows = store.table(TABLE).iter();
    let rows = rows.map(|(_, row)| shown(store, &row));
    answer::v3_list(req, rows.filter(|row| filters.pass(row)).collect(), USUAL)
}

/// `PUT`: 1 to 100 rows, one for each channel and entity; one that is there is overwritten. What is
/// wrong is told row by row, and then nothing is saved.
fn upsert(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let rows = req.json_array()?.to_vec();
    if rows.is_empty() {
        return Err(answer::invalid(&[("body", "At least one is required.")]));
    }
    body::at_most(req, &rows, BATCH_MAX)?;
    let mut wrong = Map::new();
    for (at, row) in rows.iter().enumerate() {
        let twice = rows[..at].iter().any(|other| key(other) == key(row));
        let why = match check(store, row) {
            Err(why) => why,
            Ok(()) if twice => "The same association stands there twice.".to_owned(),
            Ok(()) => continue,
        };
        wrong.insert(at.to_string(), json!(why));
    }
    if !wrong.is_empty() {
        let mut reply = answer::invalid(&[]);
        if let Some(body) = &mut reply.body {
            body["errors"] = Value::Object(wrong);
        }
        return Err(reply);
    }
    let stamp = store.stamp();
    for mut row in rows {
        let next = store.next_id(TABLE);
        let table = store.table_mut(TABLE);
        let old = table.iter().find_map(|(key_of_row, old)| {
            let created = old["date_created"].clone();
            (key(&old) == key(&row)).then(|| (key_of_row.number(), created))
        });
        let (id, created) = old.unwrap_or_else(|| (next, json!(stamp)));
        let own = row.as_object_mut().map(std::mem::take).unwrap_or_default();
        let mut whole = json!({"id": id});
        body::merge(&mut whole, &own);
        whole["date_created"] = created;
        whole["date_modified"] = json!(stamp);
        table.insert(id, whole);
    }
    Ok(Reply::json(200, json!({})))
}

/// What there is one association for.
fn key(row: &Value) -> [&Value; 3] {
    [&row["channel_id"], &row["entity_type"], &row["entity_id"]]
}

fn check(store: &Store, row: &Value) -> Result<(), String> {
    let fields = row.as_object().ok_or("No object.")?;
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!("The field '{name}' cannot be written to."));
    }
    for name in FIELDS {
        if fields.get(name).is_none_or(Value::is_null) {
            return Err(format!("The field '{name}' is required."));
        }
    }
    let number = |name: &str| row[name].as_u64().filter(|id| *id > 0).map(Key::Number);
    let (Some(channel), Some(id)) = (number("channel_id"), number("entity_id")) else {
        return Err("Ids are whole numbers.".to_owned());
    };
    let file = row["file_name"].as_str().unwrap_or_default();
    if !file.ends_with(".html") || file.contains('/') {
        return Err("The field 'file_name' is no file of a theme.".to_owned());
    }
    let table = TYPES.iter().find(|(kind, _)| row["entity_type"] == *kind);
    let (_, table) = table.ok_or("The field 'entity_type' is none of the four.")?;
    if !store.table("channels").contains(&channel) {
        return Err("The channel does not exist.".to_owned());
    }
    if !store.table(table).contains(&id) {
        return Err("The entity does not exist.".to_owned());
    }
    Ok(())
}

/// `DELETE`: at least one query parameter is demanded.
fn delete(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&filter::names(DELETED)])?;
    let filters = filters(store, req, DELETED)?;
    if filters.is_empty() {
        return Err(answer::invalid(&[(
            "id:in",
            "At least one query parameter must be used.",
        )]));
    }
    store.table_mut(TABLE).take(|row| filters.pass(row));
    Ok(answer::no_content())
}
