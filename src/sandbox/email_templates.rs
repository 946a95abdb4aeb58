//! `/marketing/email-templates`: the global ones, and a channel's own over them. Which of a
//! channel's are its own, the answer does not tell.

use serde_json::{Value, json};

use super::answer::{self, Outcome, Reply};
use super::request::{Method, Req};
use super::store::{Key, Store};

/// A longer body is refused.
const BODY_MAX: usize = 65_536;
/// A longer subject is refused.
const SUBJECT_MAX: usize = 255;

/// Routes below `/v3/marketing/email-templates`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    let ["v3", "marketing", "email-templates", rest @ ..] = segs.as_slice() else {
        return None;
    };
    Some(match (req.method, rest) {
        (Method::Get, []) => list(store, req),
        (Method::Get, [name]) => one(store, req, name),
        (Method::Put, [name]) => update(store, req, name),
        (Method::Delete, [name]) => revert(store, req, name),
        _ => return None,
    })
}

/// The channel that `channel_id` names; an unknown one is refused.
fn channel(store: &Store, req: &Req) -> Result<Option<u64>, Reply> {
    req.allow(&[&["channel_id"]])?;
    match req.positive("channel_id")? {
        Some(id) if !store.table("channels").contains(&Key::Number(id)) => Err(req.not_found()),
        channel => Ok(channel),
    }
}

fn own_key(channel: u64, name: &str) -> Key {
    Key::Text(format!("{channel}/{name}"))
}

/// The template as that channel, or the whole store, sends it.
fn effective(store: &Store, channel: Option<u64>, name: &str) -> Option<Value> {
    let own = channel.and_then(|id| store.table("email_overrides").get(&own_key(id, name)));
    own.or_else(|| {
        store
            .table("email_templates")
            .get(&Key::Text(name.to_owned()))
    })
    .map(std::borrow::Cow::into_owned)
}

fn list(store: &Store, req: &Req) -> Outcome {
    let channel = channel(store, req)?;
    let names: Vec<String> = store
        .table("email_templates")
        .keys()
        .map(ToString::to_string)
        .collect();
    Ok(answer::v3_all(
        names
            .iter()
            .filter_map(|n| effective(store, channel, n))
            .collect(),
    ))
}

fn one(store: &Store, req: &Req, name: &str) -> Outcome {
    let channel = channel(store, req)?;
    effective(store, channel, name)
        .map(answer::v3_one)
        .ok_or_else(|| req.not_found())
}

/// `PUT`: with `channel_id` it makes or changes the channel's own, without it the global one.
fn update(store: &mut Store, req: &Req, name: &str) -> Outcome {
    let channel = channel(store, req)?;
    let mut template = effective(store, channel, name).ok_or_else(|| req.not_found())?;
    let given = req.json()?;
    for (field, longest) in [("subject", SUBJECT_MAX), ("body", BODY_MAX)] {
        match &given[field] {
            Value::Null => {}
            Value::String(text) if text.chars().count() <= longest => template[field] = json!(text),
            _ => return Err(req.refuse(400, &format!("Email {field} too large"))),
        }
    }
    if given["translations"].is_array() {
        template["translations"] = given["translations"].clone();
    }
    match channel {
        Some(id) => store
            .table_mut("email_overrides")
            .insert(own_key(id, name), template.clone()),
        None => store
            .table_mut("email_templates")
            .insert(Key::Text(name.to_owned()), template.clone()),
    }
    Ok(answer::v3_one(template))
}

/// `DELETE`: only a channel's own can go; the global one cannot. 200 without a body.
fn revert(store: &mut Store, req: &Req, name: &str) -> Outcome {
    let Some(channel) = channel(store, req)? else {
        return Err(req.refuse(400, "channel_id is required."));
    };
    store
        .table_mut("email_overrides")
        .remove(&own_key(channel, name))
        .map(|_| Reply {
            status: 200,
            ..answer::no_content()
        })
        .ok_or_else(|| req.not_found())
}
