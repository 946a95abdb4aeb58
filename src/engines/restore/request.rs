//! From a description's words to requests that write, and what their answers and errors mean.

use serde_json::{Map, Value};

use super::references::like;
use crate::api::{self, Call, Change, ErrorKind, Method};
use crate::engines::capture::shape::id_text;
use crate::entities::Entity;
use crate::entities::entity::{self, Sending};

/// A request for one object: the body itself, or a list of one.
pub(super) fn one(
    entity: &Entity,
    sending: &Sending,
    id: &str,
    body: Map<String, Value>,
    live: Option<&Value>,
) -> Change {
    let body = match (sending.batch, live) {
        (0, _) => Value::Object(body),
        (_, Some(live)) => Value::Array(vec![with_id(entity, id, body, live)]),
        (_, None) => Value::Array(vec![Value::Object(body)]),
    };
    request(sending, id, body)
}

/// A request for several objects.
pub(super) fn many(sending: &Sending, rows: Vec<Value>) -> Change {
    request(sending, "", Value::Array(rows))
}

fn request(sending: &Sending, id: &str, body: Value) -> Change {
    let (outer, id) = match (sending.channel, id.split_once('/')) {
        (Some(_), Some((outer, id))) => (Some(outer), id),
        _ => (None, id),
    };
    let mut call = Call::new(sending.api, sending.path.replace("{id}", id));
    if let (Some(channel), Some(outer)) = (sending.channel, outer) {
        call = call.with(channel, outer);
    }
    let method = match sending.method {
        entity::Method::Post => Method::Post,
        entity::Method::Put => Method::Put,
    };
    Change {
        method,
        call,
        body,
        file: None,
    }
}

/// An element of a batch: the body with the object's id, in the form in which the store has it.
pub(super) fn with_id(
    entity: &Entity,
    id: &str,
    mut body: Map<String, Value>,
    live: &Value,
) -> Value {
    if !body.contains_key(entity.id) && entity.writes.takes_id {
        let own = live.get(entity.id).cloned();
        let own = own.unwrap_or_else(|| like(&Value::from(0), id));
        body.insert(entity.id.to_owned(), own);
    }
    Value::Object(body)
}

/// The objects in an answer to a request that made some.
pub(super) fn rows(answer: &api::Answer, call: &Call) -> Vec<Value> {
    let value = answer.json::<Value>(call).unwrap_or_default();
    match value.get("data").cloned().unwrap_or(value) {
        Value::Array(all) => all,
        one => vec![one],
    }
}

/// The id in the answer to a create.
pub(super) fn first_id(entity: &Entity, answer: &api::Answer, call: &Call) -> Option<String> {
    let rows = rows(answer, call);
    rows.first()?.get(entity.id).and_then(id_text)
}

/// Whether the store failed over this one request, as far as its answer tells: a 500, where an
/// outage would be a 502, a 503 or a 504.
pub(super) fn is_own_fault(error: &api::Error) -> bool {
    error.status() == Some(500)
}

/// Whether an error would hit every further step as well, so that the work ends there and can be
/// taken up again.
pub(super) fn halts(error: &api::Error) -> bool {
    error.is_temporary()
        || error.kind() == ErrorKind::Unauthorized
        || error.kind() == ErrorKind::Cancelled
}
