//! `/v3/hooks`: an account's webhooks, and `/v3/hooks/admin`: who is told of trouble.
//!
//! The one leniency towards the documents: plain http to a loopback address, on any port. Never
//! may an account see or touch a hook of another one, or the store take an id from a client.

use std::net::IpAddr;

use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::scopes;
use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{HOOKS, Key, Store};

/// Hooks of one scope that an account may have.
const PER_SCOPE_MAX: usize = 10;
/// Ids begin above this one.
const FIRST_ID: u64 = 20_000_000;
/// Addresses of those who are told, by account.
const ADMIN: &str = "hook_admin";

/// Answers for hooks.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    Some(match (req.method, segs.as_slice()) {
        (Method::Get, ["v3", "hooks"]) => list(store, req),
        (Method::Post, ["v3", "hooks"]) => create(store, req),
        (Method::Get, ["v3", "hooks", "admin"]) => admin(store, req),
        (Method::Put, ["v3", "hooks", "admin"]) => set_admin(store, req),
        (Method::Get, ["v3", "hooks", id]) => one(store, req, id),
        (Method::Put, ["v3", "hooks", id]) => update(store, req, id),
        (Method::Delete, ["v3", "hooks", id]) => delete(store, req, id),
        _ => return None,
    })
}

/// A hook as it is sent: without what only the store knows of it.
fn shown(hook: &Value) -> Value {
    let mut hook = hook.clone();
    if let Value::Object(members) = &mut hook {
        members.shift_remove("deactivated");
    }
    hook
}

fn own(store: &Store, req: &Req) -> Vec<Value> {
    let hooks = store.table(HOOKS);
    hooks.select(|hook| hook["client_id"] == req.client.as_str())
}

fn asked_active(req: &Req) -> Result<Option<bool>, Reply> {
    match req.query.get("is_active") {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(req.wrong_type("is_active")),
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&["page", "limit", "is_active", "scope", "destination"]])?;
    let active = asked_active(req)?;
    let mut rows = own(store, req);
    rows.retain(|hook| {
        active.is_none_or(|active| hook["is_active"] == active)
            && ["scope", "destination"]
                .iter()
                .all(|name| req.query.get(name).is_none_or(|asked| hook[*name] == asked))
    });
    answer::v3_list(req, rows.iter().map(shown).collect(), USUAL)
}

fn find(store: &Store, req: &Req, id: &str) -> Result<(Key, Value), Reply> {
    let key = Key::parse(id);
    let hook = store.table(HOOKS).get(&key);
    match hook.filter(|hook| hook["client_id"] == req.client.as_str()) {
        Some(hook) => Ok((key, hook.into_owned())),
        None => Err(req.refuse(404, &format!("Webhook with id [{id}] not found"))),
    }
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    Ok(answer::v3_one(shown(&find(store, req, id)?.1)))
}

/// `POST /hooks`: one at a time.
fn create(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let given = given(req)?;
    for name in ["scope", "destination"] {
        if !given.contains_key(name) {
            return Err(answer::invalid(&[(name, "error.path.missing")]));
        }
    }
    let id = store.next_id(HOOKS).max(FIRST_ID + 1);
    let now = store.now().as_second();
    let hook = json!({
        "id": id,
        "client_id": req.client,
        "store_hash": store.hash,
        "created_at": now,
        "updated_at": now,
        "scope": given["scope"],
        "destination": given["destination"],
        "is_active": given.get("is_active").unwrap_or(&Value::Bool(true)),
        "headers": given.get("headers").unwrap_or(&Value::Null),
    });
    room_for(store, req, &hook)?;
    store.table_mut(HOOKS).insert(id, hook.clone());
    Ok(answer::v3_one(hook))
}

/// `PUT /hooks/{id}`: any part of it. `is_active: true` puts a deactivated hook back to work.
fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let (key, mut hook) = find(store, req, id)?;
    let given = given(req)?;
    if given.is_empty() {
        return Err(answer::invalid(&[(
            "body",
            "At least one field is required.",
        )]));
    }
    for (name, value) in given {
        hook[name] = value.clone();
    }
    room_for(store, req, &hook)?;
    if hook["is_active"] == true
        && let Value::Object(members) = &mut hook
    {
        members.shift_remove("deactivated");
    }
    hook["updated_at"] = json!(store.now().as_second());
    store.table_mut(HOOKS).insert(key, hook.clone());
    Ok(answer::v3_one(shown(&hook)))
}

fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let (key, hook) = find(store, req, id)?;
    store.table_mut(HOOKS).remove(&key);
    Ok(answer::v3_one(shown(&hook)))
}

/// The body's members, each what it has to be.
fn given(req: &Req) -> Result<&Map<String, Value>, Reply> {
    let Value::Object(given) = req.json()? else {
        return Err(answer::invalid(&[("body", "error.expected.jsobject")]));
    };
    for (name, value) in given {
        let wrong = match (name.as_str(), value) {
            ("scope", Value::String(scope)) => {
                (!scopes::known(scope)).then_some("There is no such scope.")
            }
            ("destination", Value::String(address)) => destination_fault(address),
            ("is_active", Value::Bool(_)) | ("headers", Value::Null) => None,
            ("headers", Value::Object(headers)) => headers_fault(headers),
            ("scope" | "destination", _) => Some("error.expected.jsstring"),
            ("is_active", _) => Some("error.expected.jsboolean"),
            ("headers", _) => Some("error.expected.jsobject"),
            _ => Some("The field cannot be written to."),
        };
        if let Some(wrong) = wrong {
            return Err(answer::invalid(&[(name, wrong)]));
        }
    }
    Ok(given)
}

/// What is wrong with an address that events are to be sent to.
fn destination_fault(address: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(address) else {
        return Some("The destination is no URL.");
    };
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match (url.scheme(), url.port()) {
        ("https", None) => None,
        ("http", _) if loopback => None,
        ("https", Some(_)) => Some("The destination must be served on port 443."),
        _ => Some("The destination must be an https URL."),
    }
}

fn headers_fault(headers: &Map<String, Value>) -> Option<&'static str> {
    for (name, value) in headers {
        let Some(value) = value.as_str() else {
            return Some("Each header's value must be a string.");
        };
        if reqwest::header::HeaderName::try_from(name.as_str()).is_err()
            || reqwest::header::HeaderValue::try_from(value).is_err()
        {
            return Some("No such header can be sent.");
        }
    }
    None
}

/// One hook for a scope and destination, ten for a scope: 422, the only refusal of the document.
fn room_for(store: &Store, req: &Req, hook: &Value) -> Result<(), Reply> {
    let mut others = own(store, req);
    others.retain(|other| other["id"] != hook["id"] && other["scope"] == hook["scope"]);
    if others
        .iter()
        .any(|other| other["destination"] == hook["destination"])
    {
        let text = "This scope has a hook for the destination already.";
        return Err(answer::invalid(&[("destination", text)]));
    }
    if others.len() >= PER_SCOPE_MAX {
        let text = "The scope has as many hooks as one account may have.";
        return Err(answer::invalid(&[("scope", text)]));
    }
    Ok(())
}

fn admin(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&["is_active"]])?;
    let active = asked_active(req)?;
    let mut hooks = own(store, req);
    hooks.retain(|hook| active.is_none_or(|active| hook["is_active"] == active));
    let listed: Vec<Value> = hooks
        .iter()
        .map(|hook| {
            let status = match (&hook["is_active"], &hook["deactivated"]) {
                (Value::Bool(true), _) => "active",
                (_, Value::Bool(true)) => "deactivated",
                _ => "inactive",
            };
            let mut hook = shown(hook);
            hook["status"] = json!(status);
            hook
        })
        .collect();
    let row = store.table(ADMIN).get(&Key::Text(req.client.clone()));
    let emails = row.map_or_else(|| json!([]), |row| row["emails"].clone());
    Ok(answer::v3_one(json!({
        "emails": emails,
        "hooks_list": listed,
        "blocked_domains": store.blocked_domains,
    })))
}

fn set_admin(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let body = req.json()?;
    let emails = body["emails"].as_array();
    let right = emails.is_some_and(|emails| {
        emails.iter().all(|email| {
            let parts = email.as_str().and_then(|email| email.split_once('@'));
            parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        })
    });
    if !right || body.as_object().is_none_or(|members| members.len() > 1) {
        return Err(answer::invalid(&[(
            "emails",
            "A list of addresses is expected.",
        )]));
    }
    let row = json!({"emails": body["emails"]});
    store
        .table_mut(ADMIN)
        .insert(Key::Text(req.client.clone()), row);
    Ok(answer::no_content())
}
