//! `/v2/store` and `/v2/time`.

use serde_json::json;

use super::answer::{Outcome, Reply};
use super::request::{Method, Req};
use super::store::{Key, Store};

/// Both routes; only to be read.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    if req.method != Method::Get {
        return None;
    }
    match segs.as_slice() {
        ["v2", "time"] => Some(time(store, req)),
        ["v2", "store"] => Some(profile(store, req)),
        _ => None,
    }
}

fn time(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(200, json!({"time": store.now().as_second()})))
}

fn profile(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let row = store.table("store").get(&Key::Text("store".to_owned()));
    let mut profile = row.ok_or_else(|| req.not_found())?.into_owned();
    profile["id"] = json!(store.hash);
    Ok(Reply::json(200, profile))
}
