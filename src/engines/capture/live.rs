//! Objects read from the store now, by id: for `show ... live` and `diff ... live`, for events, and
//! around a restore.

use std::collections::HashMap;

use serde_json::Value;

use super::fill::fill;
use super::shape::id_text;
use super::work::Stop;
use crate::api::Client;
use crate::engines::Error;
use crate::engines::ask::{self, call, listing};
use crate::entities::Entity;
use crate::entities::entity::{Lookup, Over, Query};
use crate::model::away::is_away;
use crate::model::{ApiVersion, Paging};

/// Reads one object with all its parts; `None` when the store does not have it.
///
/// # Errors
///
/// When the store refuses or fails, for the object or any part of it: half a document is none.
pub async fn read_live(client: &Client, entity: &Entity, id: &str) -> Result<Option<Value>, Error> {
    let read = whole(client, entity, id).await;
    read.map_err(|stop| error(entity, id, stop))
}

/// Reads several objects at once, as few requests as their look-up allows; those that the store
/// does not have are missing in the answer. With `parts` each is whole, without they are as the
/// look-up answers.
///
/// # Errors
///
/// When the store refuses or fails for any of them.
pub async fn read_many(
    client: &Client,
    entity: &Entity,
    ids: &[String],
    parts: bool,
) -> Result<HashMap<String, Value>, Error> {
    let mut found = HashMap::new();
    // No store gives such an id: nothing lives under it.
    let ids: Vec<String> = ids.iter().filter(|id| !is_away(id)).cloned().collect();
    let ids = &ids;
    if let Lookup::Filter {
        path,
        param,
        chunk,
        full,
        ..
    } = &entity.lookup
    {
        for some in ids.chunks((*chunk).max(1)) {
            let rows = filtered(client, entity.listing.api, path, param, some, full).await;
            for row in rows.map_err(|stop| error(entity, &some[0], stop))? {
                if let Some(id) = row.get(entity.id).and_then(id_text) {
                    found.insert(id, row);
                }
            }
        }
        found.retain(|id, _| ids.contains(id));
    } else {
        for id in ids {
            let one = find(client, entity, id).await;
            if let Some(doc) = one.map_err(|stop| error(entity, id, stop))? {
                found.insert(id.clone(), doc);
            }
        }
    }
    if parts {
        let filled = fill(client, entity, &mut found).await;
        filled.map_err(|(id, stop)| error(entity, &id, stop))?;
    }
    Ok(found)
}

/// Shows `visit` each row of an entity's main list, as the list tells it; of what it can include
/// only `lists`.
///
/// # Errors
///
/// When the store refuses or fails.
pub async fn scan(
    client: &Client,
    entity: &Entity,
    lists: &[&str],
    visit: &mut (dyn FnMut(Value) + Send),
) -> Result<(), Error> {
    let Some(pass) = entity.listing.passes.first() else {
        return Ok(());
    };
    let api = entity.listing.api;
    let mut outer = vec![None];
    if let Over::Each {
        path,
        query,
        paging,
        limit,
        id,
        param,
    } = pass.over
    {
        let list = listing(ApiVersion::V3, path, query, paging, limit, id);
        let rows = ask::rows(client, &list).await?;
        let ids = rows.iter().filter_map(|row| row.get(id).and_then(id_text));
        outer = ids.map(|id| Some((param, id))).collect();
    }
    for one in outer {
        let mut list = listing(
            api,
            pass.path,
            pass.query,
            pass.paging,
            pass.limit,
            entity.id,
        );
        for (name, value) in &mut list.query {
            if name == "include" {
                let kept = value.split(',').filter(|word| lists.contains(word));
                *value = kept.collect::<Vec<_>>().join(",");
            }
        }
        list.query
            .retain(|(name, value)| name != "include" || !value.is_empty());
        list.query
            .extend(one.map(|(param, id)| (param.to_owned(), id)));
        for row in ask::rows(client, &list).await? {
            visit(row);
        }
    }
    Ok(())
}

fn error(entity: &Entity, id: &str, stop: Stop) -> Error {
    match stop {
        Stop::Api(error) | Stop::Scope { error, .. } => Error::Api(error),
        Stop::Vault(error) => Error::Vault(error),
        other => Error::Answer {
            what: format!("{}/{id}", entity.name),
            why: other.to_string(),
        },
    }
}

async fn whole(client: &Client, entity: &Entity, id: &str) -> Result<Option<Value>, Stop> {
    let Some(doc) = find(client, entity, id).await? else {
        return Ok(None);
    };
    let mut one = HashMap::from([(id.to_owned(), doc)]);
    fill(client, entity, &mut one)
        .await
        .map_err(|(_, stop)| stop)?;
    Ok(one.remove(id))
}

/// One object as its look-up answers, without the parts served elsewhere.
pub(super) async fn find(
    client: &Client,
    entity: &Entity,
    id: &str,
) -> Result<Option<Value>, Stop> {
    let api = entity.listing.api;
    match &entity.lookup {
        Lookup::Path {
            path,
            full,
            channel,
        } => {
            let (outer, id) = match (channel, id.split_once('/')) {
                (Some(_), Some((outer, id))) => (Some(outer), id),
                _ => (None, id),
            };
            let mut call = call(api, &path.replace("{id}", &encoded(id)), full);
            if let (Some(channel), Some(outer)) = (channel, outer) {
                call.query.push(((*channel).to_owned(), outer.to_owned()));
            }
            match client.find(&call).await? {
                Some(answer) => Ok(Some(one(api, answer.json(&call)?))),
                None => Ok(None),
            }
        }
        Lookup::Filter {
            path, param, full, ..
        }
        | Lookup::One { path, param, full } => {
            let rows = filtered(client, api, path, param, &[id.to_owned()], full).await?;
            Ok(rows
                .into_iter()
                .find(|row| row.get(entity.id).and_then(id_text).as_deref() == Some(id)))
        }
    }
}

pub(super) async fn filtered(
    client: &Client,
    api: ApiVersion,
    path: &str,
    param: &str,
    ids: &[String],
    query: Query,
) -> Result<Vec<Value>, Stop> {
    let paging = match api {
        ApiVersion::V3 => Paging::Offset,
        ApiVersion::V2 => Paging::Until204,
    };
    let mut list = listing(api, path, query, paging, 250, "id");
    list.query.push((param.to_owned(), ids.join(",")));
    // the answer to so few ids is one page: no second request to see that nothing follows
    list.expected = Some(ids.len() as u64);
    Ok(ask::rows(client, &list).await?)
}

/// v3 wraps one object as it wraps a list.
pub(super) fn one(api: ApiVersion, mut answer: Value) -> Value {
    match api {
        ApiVersion::V3 => answer.get_mut("data").map(Value::take).unwrap_or(answer),
        ApiVersion::V2 => answer,
    }
}

/// An id as a path segment: what BigCommerce's ids hold beside letters and digits is escaped.
pub(super) fn encoded(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
