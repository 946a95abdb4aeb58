//! Cutting documents to the fields that were asked for, and putting rows in order.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::answer::Reply;
use super::filter::{Decimal, moment};
use super::request::Req;

/// `include_fields` and `exclude_fields` of one request.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    only: Option<Vec<String>>,
    except: Vec<String>,
}

/// The two parameters, for [`Req::allow`].
pub const SHAPING: &[&str] = &["include_fields", "exclude_fields"];

impl Shape {
    /// Reads both parameters. `known` are the fields that may be named; when it is empty the
    /// document names none and any will do.
    pub fn read(req: &Req, known: &[&str]) -> Result<Self, Reply> {
        let read = |name: &str| {
            if known.is_empty() {
                return Ok(req.query.list(name));
            }
            req.words(name, known)
        };
        Ok(Self {
            only: req
                .query
                .has("include_fields")
                .then(|| read("include_fields"))
                .transpose()?,
            except: read("exclude_fields")?,
        })
    }

    /// True if the field is to be sent; the id always is.
    pub fn takes(&self, field: &str, id: &str) -> bool {
        field == id
            || self
                .only
                .as_ref()
                .is_none_or(|only| only.iter().any(|name| name == field))
                && !self.except.iter().any(|name| name == field)
    }

    /// The document with only those fields.
    pub fn cut(&self, document: &Value, id: &str) -> Value {
        match document {
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| self.takes(name, id))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect::<Map<String, Value>>()
                .into(),
            other => other.clone(),
        }
    }
}

/// Which of two members comes first: numbers by value, dates by moment, text without regard to
/// case, nulls first.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Decimal::of(a).cmp(&Decimal::of(b)),
        (Value::String(a), Value::String(b)) => match (moment(a), moment(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.to_lowercase().cmp(&b.to_lowercase()),
        },
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => a.is_null().cmp(&b.is_null()).reverse(),
    }
}

/// `sort` and `direction`: the field, and whether it runs down. None without `sort`.
pub fn order<'a>(req: &'a Req, known: &[&str]) -> Result<Option<(&'a str, bool)>, Reply> {
    let down = match req.query.get("direction") {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(req.wrong_type("direction")),
    };
    match req.query.get("sort") {
        Some(field) if known.contains(&field) => Ok(Some((field, down))),
        Some(_) => Err(req.wrong_type("sort")),
        None => Ok(None),
    }
}

/// Sorts rows by a member; equals keep their order.
pub fn sort(rows: &mut [Value], field: &str, down: bool) {
    rows.sort_by(|a, b| {
        let order = compare(&a[field], &b[field]);
        if down { order.reverse() } else { order }
    });
}
