//! Order statuses (v2): read-only, their labels are edited in the control panel only.

use serde_json::{Value, json};

use crate::sandbox::answer::{Outcome, Reply};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

/// Statuses have the fixed ids 0 to 14.
pub const COUNT: usize = 15;

/// Answers for `/v2/order_statuses`.
pub fn route(store: &Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v2", "order_statuses"]) => Some(list(store, req)),
        (Method::Get, ["v2", "order_statuses", id]) => Some(one(store, req, id)),
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        Value::Array(store.table("order_statuses").select(|_| true)),
    ))
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let status = store
        .document("order_statuses", id)
        .ok_or_else(|| req.not_found())?;
    Ok(Reply::json(200, status))
}

/// The statuses with how many orders are in each, in the order of the control panel.
pub fn counted(store: &Store, counts: &[u64]) -> Vec<Value> {
    let mut rows: Vec<Value> = store.table("order_statuses").select(|_| true);
    rows.sort_by_key(|row| row["order"].as_u64());
    for row in &mut rows {
        let id = row["id"]
            .as_u64()
            .and_then(|id| usize::try_from(id).ok())
            .unwrap_or_default();
        let sort_order = row["order"].clone();
        if let Value::Object(members) = row {
            members.shift_remove("order");
            members.insert(
                "count".to_owned(),
                json!(counts.get(id).copied().unwrap_or_default()),
            );
            members.insert("sort_order".to_owned(), sort_order);
        }
    }
    rows
}

/// What a status is called: by the system, and by the merchant.
pub fn labels(store: &Store, id: &Value) -> (Value, Value) {
    let status = Key::of(id).and_then(|key| store.table("order_statuses").get(&key));
    status.map_or((Value::Null, Value::Null), |status| {
        (
            status["system_label"].clone(),
            status["custom_label"].clone(),
        )
    })
}

/// True if there is a status of that id.
pub fn known(store: &Store, id: &Value) -> bool {
    Key::of(id).is_some_and(|key| store.table("order_statuses").contains(&key))
}
