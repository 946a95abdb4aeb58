//! The parts of objects that were looked up by id: what the API serves elsewhere, in as few requests
//! as there are ways to ask for several objects at once.
//!
//! This module must never leave a part out in silence: what can't be had is an error, and half a
//! document is none.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::bulk::part_id;
use super::live::{encoded, filtered, one};
use super::parts::{is_short, lacking, nest, set};
use super::shape::{applies, each_host, id_text};
use super::work::Stop;
use crate::api::{Client, Listing};
use crate::engines::ask::{self, call, listing};
use crate::entities::Entity;
use crate::entities::entity::{Alone, Part, Source};
use crate::model::Paging;

/// Ids in one request where a filter takes several.
const ASKED_AT_ONCE: usize = 50;

/// An error, and the object over which it came.
type Fault = (String, Stop);

/// Documents by the id that they were looked up by.
type Docs = HashMap<String, Value>;

/// What a part has for its hosts, by what it looks them up by.
type Values = HashMap<String, Value>;

/// Fills all parts of documents. For a part that only a list of the whole store tells of, that list
/// is read as long as asking for each host would take longer.
pub(super) async fn fill(client: &Client, entity: &Entity, docs: &mut Docs) -> Result<(), Fault> {
    for part in entity.parts {
        if docs.is_empty() {
            return Ok(());
        }
        match &part.source {
            Source::Include { .. } => include(client, part, docs).await?,
            Source::Overflow { .. } => overflow(client, part, docs).await?,
            Source::Bulk { .. } | Source::PerObject { .. } => {
                nested(client, entity, part, docs).await?;
            }
        }
    }
    Ok(())
}

/// The ids of documents, in an order that does not change from run to run.
fn sorted<'a>(ids: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.cloned().collect();
    ids.sort_unstable();
    ids
}

fn first(ids: &[String]) -> String {
    ids.first().cloned().unwrap_or_default()
}

/// The same list with other includes, for some ids at a time.
async fn include(client: &Client, part: &Part, docs: &mut Docs) -> Result<(), Fault> {
    let Source::Include {
        path,
        query,
        param,
        chunk,
    } = &part.source
    else {
        return Ok(());
    };
    let answer = |id: &str, why: String| {
        let path = (*path).to_owned();
        (id.to_owned(), Stop::Answer { path, why })
    };
    for some in sorted(docs.keys()).chunks((*chunk).max(1)) {
        let rows = filtered(client, part.api, path, param, some, query).await;
        let rows = rows.map_err(|stop| (first(some), stop))?;
        let by_id = |row: Value| Some((row.get("id").and_then(id_text)?, row));
        let mut rows: HashMap<String, Value> = rows.into_iter().filter_map(by_id).collect();
        for id in some {
            let Some(mut row) = rows.remove(id) else {
                return Err(answer(id, format!("{id} vanished while it was read")));
            };
            let Some(doc) = docs.get_mut(id) else {
                continue;
            };
            for member in part.members {
                let Some(value) = row.get_mut(*member) else {
                    let why = format!("{member} was asked for and did not come");
                    return Err(answer(id, why));
                };
                set(doc, member, value.take());
            }
        }
    }
    Ok(())
}

/// Lists that an include cuts short, where there are more.
async fn overflow(client: &Client, part: &Part, docs: &mut Docs) -> Result<(), Fault> {
    let Source::Overflow {
        count,
        path,
        query,
        param,
        key,
        chunk,
    } = &part.source
    else {
        return Ok(());
    };
    let name = part.members[0]; // an overflowing list is one member
    let more = |doc: &Value| is_short(doc, count, name);
    let long = docs.iter().filter(|(_, doc)| more(doc)).map(|(id, _)| id);
    for some in sorted(long).chunks((*chunk).max(1)) {
        let mut list = listing(part.api, path, query, Paging::Offset, 250, "id");
        list.query.push(((*param).to_owned(), some.join(",")));
        let rows = ask::rows(client, &list).await;
        let rows = rows.map_err(|error| (first(some), Stop::Api(error)))?;
        let mut by_host = grouped(rows, key);
        for id in some {
            let fewer = |doc: &Value| {
                let path = (*path).to_owned();
                let why = format!("{id} has fewer of {name} than {count} tells");
                more(doc).then(|| (id.clone(), Stop::Answer { path, why }))
            };
            if let Some(doc) = docs.get_mut(id) {
                set(
                    doc,
                    name,
                    Value::Array(by_host.remove(id).unwrap_or_default()),
                );
                if let Some(fault) = fewer(doc) {
                    return Err(fault);
                }
            }
        }
    }
    Ok(())
}

fn grouped(rows: Vec<Value>, key: &str) -> HashMap<String, Vec<Value>> {
    let mut by_host: HashMap<String, Vec<Value>> = HashMap::new();
    for row in rows {
        if let Some(host) = row.get(key).and_then(id_text) {
            by_host.entry(host).or_default().push(row);
        }
    }
    by_host
}

/// Something of a document, or of a host within one, that has a part to be asked for.
struct Host {
    /// The document.
    doc: String,
    /// What it is looked up by.
    key: String,
}

/// What each host of a document is looked up by; none where it has no such part.
fn keys(entity: &Entity, part: &Part, id: &str, doc: &mut Value) -> Vec<Option<String>> {
    let member = match &part.source {
        Source::Bulk { host, .. } => host,
        _ => "id",
    };
    let mut keys = Vec::new();
    each_host(doc, part.at, |host| {
        let key = match part.at.is_empty() && member == entity.id {
            true => Some(id.to_owned()),
            false => host.get(member).and_then(id_text),
        };
        keys.push(key.filter(|_| applies(&part.only, host)));
    });
    keys
}

/// Parts that are nested in the document or in each of some hosts within it.
async fn nested(
    client: &Client,
    entity: &Entity,
    part: &'static Part,
    docs: &mut Docs,
) -> Result<(), Fault> {
    let name = part.members[0]; // such a part fills one member
    let ids = sorted(docs.keys());
    let mut hosts: Vec<Host> = Vec::new();
    let mut known = HashSet::new();
    for id in &ids {
        let Some(doc) = docs.get_mut(id) else {
            continue;
        };
        for key in keys(entity, part, id, doc).into_iter().flatten() {
            if known.insert(key.clone()) {
                hosts.push(Host {
                    doc: id.clone(),
                    key,
                });
            }
        }
    }
    let Some(mut values) = values(client, part, &hosts).await? else {
        return Ok(()); // what can't be read is not said to be empty
    };
    let many = !matches!(part.source, Source::Bulk { many: false, .. });
    for id in &ids {
        let Some(doc) = docs.get_mut(id) else {
            continue;
        };
        let mut keys = keys(entity, part, id, doc).into_iter();
        each_host(doc, part.at, |host| {
            let value = keys
                .next()
                .flatten()
                .and_then(|key| match part.at.is_empty() {
                    // Several documents may look the same one up.
                    true => values.get(&key).cloned(),
                    false => values.remove(&key),
                });
            let nothing = match many {
                true => Value::Array(Vec::new()),
                false => Value::Null,
            };
            nest(host, part, name, value.unwrap_or(nothing));
        });
    }
    Ok(())
}

/// What the part has for each of some hosts, nothing for one that has none; none at all where the store
/// refuses it, as the description foresees.
async fn values(
    client: &Client,
    part: &'static Part,
    hosts: &[Host],
) -> Result<Option<Values>, Fault> {
    match asked(client, part, hosts).await {
        Err((_, Stop::Api(error))) if lacking(part, &error) => Ok(None),
        values => values.map(Some),
    }
}

async fn asked(client: &Client, part: &'static Part, hosts: &[Host]) -> Result<Values, Fault> {
    let fault = |error, host: &Host| (host.doc.clone(), Stop::Api(error));
    let Source::Bulk {
        path,
        query,
        paging,
        limit,
        key,
        many,
        alone,
        ..
    } = &part.source
    else {
        return one_by_one(client, part, hosts).await;
    };
    let list = |path: &str| listing(part.api, path, query, *paging, *limit, part_id(part, key));
    let of_hosts = |rows: Vec<Value>| {
        let by_host = grouped(rows, key).into_iter();
        by_host.map(|(host, rows)| match many {
            true => (host, Value::Array(rows)),
            false => (host, rows.into_iter().next().unwrap_or_default()),
        })
    };
    match alone {
        Alone::Filter(param) => {
            let mut values = Values::new();
            let at_once = if param.ends_with(":in") {
                ASKED_AT_ONCE
            } else {
                1
            };
            for some in hosts.chunks(at_once) {
                let mut list = list(path);
                let keys: Vec<&str> = some.iter().map(|host| host.key.as_str()).collect();
                list.query.push(((*param).to_owned(), keys.join(",")));
                let rows = ask::rows(client, &list).await;
                values.extend(of_hosts(rows.map_err(|error| fault(error, &some[0]))?));
            }
            Ok(values)
        }
        Alone::Through => match hosts.first() {
            None => Ok(Values::new()),
            Some(host) => {
                let rows = ask::rows(client, &list(path)).await;
                Ok(of_hosts(rows.map_err(|error| fault(error, host))?).collect())
            }
        },
        Alone::Path(_) | Alone::Within(_) if hosts.len() > 1 => {
            match ask::few_rows(client, &list(path), hosts.len() / 2).await {
                Ok(Some(rows)) => Ok(of_hosts(rows).collect()),
                Ok(None) => one_by_one(client, part, hosts).await,
                Err(error) => Err(fault(error, &hosts[0])),
            }
        }
        _ => one_by_one(client, part, hosts).await,
    }
}

/// A request for each host.
async fn one_by_one(client: &Client, part: &'static Part, hosts: &[Host]) -> Result<Values, Fault> {
    let mut values = Values::new();
    for host in hosts {
        let fault = |error| (host.doc.clone(), Stop::Api(error));
        let value = match single(part) {
            Some(path) => {
                match at_path(client, part, &path.replace("{id}", &encoded(&host.key))).await {
                    Ok(value) => value,
                    Err(stop) => return Err((host.doc.clone(), stop)),
                }
            }
            None => {
                let Some(list) = list_of(part, host) else {
                    continue;
                };
                Value::Array(ask::rows(client, &list).await.map_err(fault)?)
            }
        };
        values.insert(host.key.clone(), value);
    }
    Ok(values)
}

/// The path that answers the one row itself.
fn single(part: &Part) -> Option<&'static str> {
    match part.source {
        Source::Bulk {
            alone: Alone::Single(path),
            ..
        } => Some(path),
        _ => None,
    }
}

async fn at_path(client: &Client, part: &Part, path: &str) -> Result<Value, Stop> {
    let call = call(part.api, path, &[]);
    let answer = match client.find(&call).await {
        Err(error) if lacking(part, &error) => None,
        answer => answer?,
    };
    match answer {
        Some(answer) => Ok(one(part.api, answer.json(&call)?)),
        None => Ok(Value::Null),
    }
}

/// The list of one host's rows.
fn list_of(part: &Part, host: &Host) -> Option<Listing> {
    let (path, query, paging, limit) = match &part.source {
        Source::PerObject {
            path,
            query,
            paging,
            limit,
        } => (path, query, paging, limit),
        Source::Bulk {
            query,
            paging,
            limit,
            alone: Alone::Path(path) | Alone::Within(path),
            ..
        } => (path, query, paging, limit),
        _ => return None,
    };
    let path = path.replace("{outer}", &encoded(&host.doc));
    let path = path.replace("{id}", &encoded(&host.key));
    Some(listing(part.api, &path, query, *paging, *limit, "id"))
}
