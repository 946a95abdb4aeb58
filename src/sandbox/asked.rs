//! Asks a store without a socket, for the tests of families of routes.

use serde_json::Value;

use super::answer::Reply;
use super::request::{Method, Query, Req};
use super::samples;
use super::store::Store;
use crate::model::ApiVersion;

/// A store with a sample in it.
pub fn store(sample: &str) -> Store {
    let mut store = Store::empty("test");
    samples::fill(&mut store, sample).unwrap();
    store
}

/// Asks for `GET /v2/orders?limit=1` and the like; a body is JSON, or empty.
pub fn ask(store: &mut Store, method: &str, target: &str, body: &str) -> Reply {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let req = Req {
        method: Method::parse(method).unwrap(),
        api: if path.starts_with("/v2/") {
            ApiVersion::V2
        } else {
            ApiVersion::V3
        },
        path: path.to_owned(),
        query: Query::parse(query),
        body: (!body.is_empty()).then(|| serde_json::from_str(body).unwrap()),
        client: "client".to_owned(),
        form: None,
        shift: 0,
    };
    super::route(store, &req)
}

/// The body of a read that must succeed.
pub fn get(store: &mut Store, target: &str) -> Value {
    let reply = ask(store, "GET", target, "");
    assert_eq!(reply.status, 200, "{target}: {:?}", reply.body);
    reply.body.unwrap()
}

/// The status of a read.
pub fn status(store: &mut Store, target: &str) -> u16 {
    ask(store, "GET", target, "").status
}

/// One member of each row, as text.
pub fn column(rows: &Value, name: &str) -> Vec<String> {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row[name].to_string())
        .collect()
}
