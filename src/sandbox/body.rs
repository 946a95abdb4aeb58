//! What a write's body must be: an object, with the fields it needs and none that are unknown or
//! read-only. BigCommerce ignores some of those and refuses others; the sandbox refuses all.

use serde_json::{Map, Value};

use super::answer::Reply;
use super::request::Req;
use crate::model::ApiVersion;

/// The body (or one element of it) as an object.
pub fn object<'a>(req: &Req, value: &'a Value) -> Result<&'a Map<String, Value>, Reply> {
    value
        .as_object()
        .ok_or_else(|| refuse_field(req, "body", "must be an object"))
}

/// Refuses the first field that may not be written.
pub fn only(req: &Req, body: &Map<String, Value>, writable: &[&str]) -> Result<(), Reply> {
    match body.keys().find(|name| !writable.contains(&name.as_str())) {
        Some(name) => Err(refuse_field(req, name, "cannot be written to")),
        None => Ok(()),
    }
}

/// Refuses a body without one of these fields, or with an empty one.
pub fn required(req: &Req, body: &Map<String, Value>, names: &[&str]) -> Result<(), Reply> {
    let blank = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    match names.iter().find(|name| blank(body.get(**name))) {
        Some(name) => Err(refuse_field(req, name, "is required")),
        None => Ok(()),
    }
}

/// Refuses a list that is longer than the call takes: 413.
pub fn at_most(req: &Req, rows: &[Value], most: usize) -> Result<(), Reply> {
    if rows.len() > most {
        let title = format!("The maximum number of items allowed in the array is {most}.");
        return Err(req.refuse(413, &title));
    }
    Ok(())
}

/// One field is wrong: 400 in v2, 422 in v3.
pub fn refuse_field(req: &Req, name: &str, what: &str) -> Reply {
    match req.api {
        ApiVersion::V2 => req.refuse(400, &format!("The field '{name}' {what}.")),
        ApiVersion::V3 => super::answer::invalid(&[(name, &format!("The field '{name}' {what}."))]),
    }
}

/// Writes the body's fields over the document's.
pub fn merge(document: &mut Value, body: &Map<String, Value>) {
    for (name, value) in body {
        document[name.as_str()] = value.clone();
    }
}

/// The ids of an `id:in`; none at all when the parameter is missing or empty.
pub fn ids(req: &Req, name: &str) -> Result<Vec<u64>, Reply> {
    let words = req.query.list(name);
    words
        .iter()
        .map(|word| word.parse().map_err(|_| req.wrong_type(name)))
        .collect()
}
