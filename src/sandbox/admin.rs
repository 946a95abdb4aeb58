//! `/__admin/...`: the sandbox's own door, outside the store's paths, for scripts and tests that
//! run it as a process. It needs no token: it exists on loopback only.
//!
//! ```text
//! GET  /__admin/log      the requests so far
//! GET  /__admin/tables   the tables and how many rows each has
//! POST /__admin/faults   [{"when": {"request": 3}, "what": "reset"}, ...]
//! POST /__admin/edit     [{"table": "brands", "key": 7, "merge": {"name": "New"}}, {..., "delete": true}]
//! POST /__admin/delivery    {"repeat": 0.1, "drop": 0.1, "shuffle": true, "delay_ms_max": 50, "seed": 7, "hold": false}
//! GET  /__admin/deliveries  webhooks fired, delivered, repeated, failed, dropped, lost, waiting
//! POST /__admin/replay      {"last": 10}: the last ones once more
//! ```

use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::faults::Fault;
use super::hooks::Delivery;
use super::render::plain;
use super::server::Handle;
use super::store::{Key, Store};

/// One edit of a document, behind the API's back.
#[derive(Debug, Deserialize)]
struct Edit {
    table: String,
    key: Value,
    /// Members to set; the document is made when there is none.
    #[serde(default)]
    merge: Map<String, Value>,
    /// Take the document out.
    #[serde(default)]
    delete: bool,
}

/// Messages that are to be delivered once more.
#[derive(Debug, Deserialize)]
struct Replay {
    last: usize,
}

/// Answers one admin request.
pub fn answer(handle: &Handle, method: &str, path: &str, body: &[u8]) -> Response<Body> {
    let mut state = handle.lock();
    let done = match (method, path) {
        ("GET", "log") => serde_json::to_value(&state.log).map_err(|e| e.to_string()),
        ("GET", "tables") => {
            let store = &state.store;
            let sizes: Map<String, Value> = store
                .table_names()
                .map(|name| (name.to_owned(), json!(store.table(name).len())))
                .collect();
            Ok(Value::Object(sizes))
        }
        ("POST", "faults") => serde_json::from_slice::<Vec<Fault>>(body)
            .map(|faults| {
                state.set_faults(faults);
                json!({"ok": true})
            })
            .map_err(|e| e.to_string()),
        ("POST", "edit") => serde_json::from_slice::<Vec<Edit>>(body)
            .map_err(|e| e.to_string())
            .and_then(|edits| apply(&mut state.store, edits)),
        ("POST", "delivery") => serde_json::from_slice::<Delivery>(body)
            .map(|delivery| {
                state.courier.set_trouble(delivery);
                json!({"ok": true})
            })
            .map_err(|e| e.to_string()),
        ("GET", "deliveries") => {
            serde_json::to_value(state.courier.counts()).map_err(|e| e.to_string())
        }
        ("POST", "replay") => serde_json::from_slice::<Replay>(body)
            .map(|replay| json!({"replayed": state.courier.replay(replay.last)}))
            .map_err(|e| e.to_string()),
        _ => return plain(404, "text/plain", "no such admin call\n"),
    };
    // An edit that failed may have been made in part.
    state.flush();
    match done {
        Ok(value) => plain(200, "application/json", value.to_string()),
        Err(message) => plain(400, "text/plain", message + "\n"),
    }
}

fn apply(store: &mut Store, edits: Vec<Edit>) -> Result<Value, String> {
    for edit in edits {
        let table = store
            .existing_mut(&edit.table)
            .ok_or_else(|| format!("no table is called '{}'", edit.table))?;
        let key = Key::of(&edit.key).ok_or("a key is a number or a string")?;
        if edit.delete {
            table
                .remove(&key)
                .ok_or_else(|| format!("{} has no {key}", edit.table))?;
            continue;
        }
        match table.get_mut(&key) {
            Some(Value::Object(document)) => document.extend(edit.merge),
            Some(_) => return Err(format!("{} {key} is not an object", edit.table)),
            None => table.insert(key, Value::Object(edit.merge)),
        }
    }
    Ok(json!({"ok": true}))
}
