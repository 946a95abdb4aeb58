//! One object read from the store now, whole: for `show ... live` and `diff ... live`.

use std::collections::HashMap;

use serde_json::Value;

use super::parts::{lacking, nest, set};
use super::shape::{applies, each_host, id_text};
use super::through::Through;
use super::work::Stop;
use crate::api::Client;
use crate::engines::Error;
use crate::engines::ask::{self, call, listing};
use crate::entities::Entity;
use crate::entities::entity::{Alone, Lookup, Over, Part, Query, Source};
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
        // A list that tells its rows only as a whole is read once for all of them, one that takes
        // several ids is asked for many.
        let mut through = Through::default();
        for part in entity.parts {
            let asked = through.ask(client, entity, part, &found).await;
            asked.map_err(|stop| error(entity, &ids[0], stop))?;
        }
        for (id, doc) in &mut found {
            for part in entity.parts {
                let filled = fill(client, entity, part, id, doc, &mut through).await;
                filled.map_err(|stop| error(entity, id, stop))?;
            }
        }
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
    let Some(mut doc) = find(client, entity, id).await? else {
        return Ok(None);
    };
    let mut through = Through::default();
    for part in entity.parts {
        fill(client, entity, part, id, &mut doc, &mut through).await?;
    }
    Ok(Some(doc))
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

async fn filtered(
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
fn one(api: ApiVersion, mut answer: Value) -> Value {
    match api {
        ApiVersion::V3 => answer.get_mut("data").map(Value::take).unwrap_or(answer),
        ApiVersion::V2 => answer,
    }
}

/// An id as a path segment: what BigCommerce's ids hold beside letters and digits is escaped.
fn encoded(id: &str) -> String {
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

async fn fill(
    client: &Client,
    entity: &Entity,
    part: &'static Part,
    id: &str,
    doc: &mut Value,
    through: &mut Through,
) -> Result<(), Stop> {
    match &part.source {
        Source::Include {
            path, query, param, ..
        } => {
            let rows = filtered(client, part.api, path, param, &[id.to_owned()], query).await?;
            let answer = |why: String| Stop::Answer {
                path: (*path).to_owned(),
                why,
            };
            let Some(row) = rows.into_iter().next() else {
                return Err(answer(format!("{id} vanished while it was read")));
            };
            for member in part.members {
                let Some(value) = row.get(*member) else {
                    return Err(answer(format!("{member} was asked for and did not come")));
                };
                set(doc, member, value.clone());
            }
        }
        Source::Overflow {
            count,
            path,
            query,
            param,
            ..
        } => {
            let name = part.members[0]; // an overflowing list is one member
            let told = doc
                .get(*count)
                .and_then(id_text)
                .and_then(|n| n.parse::<usize>().ok());
            let came = doc.get(name).and_then(Value::as_array).map_or(0, Vec::len);
            if told.is_some_and(|told| told > came) {
                let mut list = listing(part.api, path, query, Paging::Offset, 250, "id");
                list.query.push(((*param).to_owned(), id.to_owned()));
                set(doc, name, Value::Array(ask::rows(client, &list).await?));
            }
        }
        Source::Bulk { .. } | Source::PerObject { .. } => {
            nested(client, entity, part, id, doc, through).await?;
        }
    }
    Ok(())
}

/// Parts that are nested in the document or in each of some hosts within it.
async fn nested(
    client: &Client,
    entity: &Entity,
    part: &'static Part,
    id: &str,
    doc: &mut Value,
    through: &mut Through,
) -> Result<(), Stop> {
    let name = part.members[0]; // such a part fills one member
    let member = match &part.source {
        Source::Bulk { host, .. } => host,
        _ => "id",
    };
    let mut hosts = Vec::new();
    each_host(doc, part.at, |host| {
        let own = part.at.is_empty() && member == entity.id;
        let key = if own {
            Some(id.to_owned())
        } else {
            host.get(member).and_then(id_text)
        };
        hosts.push(key.filter(|_| applies(&part.only, host)));
    });
    let mut values = Vec::with_capacity(hosts.len());
    let few = hosts.iter().flatten().count() <= FEW_HOSTS;
    for key in &hosts {
        values.push(match key {
            Some(key) => match within(part).filter(|_| few) {
                Some((path, query, paging, limit)) => {
                    let path = path.replace("{outer}", &encoded(id));
                    let path = path.replace("{id}", &encoded(key));
                    let list = listing(part.api, &path, query, paging, limit, "id");
                    Some(Value::Array(ask::rows(client, &list).await?))
                }
                None => alone(client, part, key, through).await?,
            },
            None => Some(Value::Null),
        });
    }
    let mut values = values.into_iter();
    each_host(doc, part.at, |host| {
        let Some(value) = values.next().flatten() else {
            return; // what can't be read is not said to be empty
        };
        let many = !matches!(part.source, Source::Bulk { many: false, .. });
        let value = if value.is_null() && many {
            Value::Array(Vec::new())
        } else {
            value
        };
        nest(host, part, name, value);
    });
    Ok(())
}

/// So many hosts within one document are asked for one by one, rather than reading a list through.
const FEW_HOSTS: usize = 10;

/// The path by which a host within a document is asked for by itself.
fn within(part: &Part) -> Option<(&'static str, Query, Paging, u32)> {
    match part.source {
        Source::Bulk {
            alone: Alone::Within(path),
            query,
            paging,
            limit,
            ..
        } => Some((path, query, paging, limit)),
        _ => None,
    }
}

/// A part's value for one host; none where the store refuses it, as the description foresees.
async fn alone(
    client: &Client,
    part: &'static Part,
    key: &str,
    through: &mut Through,
) -> Result<Option<Value>, Stop> {
    let of_host = |rows: Vec<Value>, key_member: &str, many: bool| {
        let mut rows = rows
            .into_iter()
            .filter(|row| row.get(key_member).and_then(id_text).as_deref() == Some(key));
        if many {
            Value::Array(rows.collect())
        } else {
            rows.next().unwrap_or_default()
        }
    };
    match &part.source {
        Source::PerObject {
            path,
            query,
            paging,
            limit,
        } => {
            let path = path.replace("{id}", &encoded(key));
            let list = listing(part.api, &path, query, *paging, *limit, "id");
            Ok(Some(Value::Array(ask::rows(client, &list).await?)))
        }
        Source::Bulk {
            query,
            paging,
            limit,
            key: member,
            many,
            alone,
            ..
        } => match alone {
            Alone::Path(path) => {
                let path = path.replace("{id}", &encoded(key));
                let list = listing(part.api, &path, query, *paging, *limit, "id");
                Ok(Some(Value::Array(ask::rows(client, &list).await?)))
            }
            Alone::Single(path) => {
                let call = call(part.api, &path.replace("{id}", &encoded(key)), &[]);
                let answer = match client.find(&call).await {
                    Err(error) if lacking(part, &error) => None,
                    answer => answer?,
                };
                Ok(Some(match answer {
                    Some(answer) => one(part.api, answer.json(&call)?),
                    None => Value::Null,
                }))
            }
            Alone::Filter(param) => {
                let rows = through.asked(client, part, param, key).await?;
                Ok(rows.map(|rows| of_host(rows, member, *many)))
            }
            Alone::Within(_) | Alone::Through => {
                let rows = through.read(client, part, key).await?;
                Ok(rows.map(|rows| of_host(rows, member, *many)))
            }
        },
        Source::Include { .. } | Source::Overflow { .. } => Ok(Some(Value::Null)),
    }
}
