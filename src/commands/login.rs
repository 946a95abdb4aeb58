//! `login`: tries a token, and tells what it can read. What a token may write can't be found out
//! without writing, so nobody asks.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::failure::Failure;
use crate::api::{self, Call, Client};
use crate::entities::entity::{Over, Source};
use crate::entities::{self, Entity};
use crate::model::ApiVersion;

/// Whether something can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Readable {
    /// All of it.
    Yes,
    /// Some of its parts need a scope that the token lacks.
    Partly,
    /// The token lacks the scope.
    No,
    /// The store failed, or had nothing to try the scope on.
    Unknown,
}

/// What the token can do with one entity.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The entity.
    pub entity: &'static str,
    /// Can it be read?
    pub read: Readable,
    /// The scope that reading takes.
    pub scope_read: &'static str,
    /// Scopes that the token lacks for it, those of its parts too.
    pub lacks: Vec<&'static str>,
    /// Why it is not known.
    pub error: Option<String>,
    /// The scope that bringing it back takes; whether the token has it can't be read off.
    pub scope_write: &'static str,
}

/// Tries the token: first whether the store takes it at all, then every scope once.
pub async fn probe(client: &Client) -> Result<Vec<Row>, Failure> {
    client.get(&Call::new(ApiVersion::V2, "/time")).await?;
    let mut known: BTreeMap<&'static str, Tried> = BTreeMap::new();
    let mut rows = Vec::new();
    for entity in entities::all() {
        rows.push(row(client, entity, &mut known).await?);
    }
    Ok(rows)
}

/// What became of trying a scope.
#[derive(Debug, Clone)]
enum Tried {
    Granted,
    Lacking,
    Unknown(Option<String>),
}

async fn row(
    client: &Client,
    entity: &'static Entity,
    known: &mut BTreeMap<&'static str, Tried>,
) -> Result<Row, Failure> {
    let mut first = None;
    let own = match known.get(entity.scope_read) {
        // A part with a scope of its own is tried on some object, so one has to be found.
        Some(tried) if own_scopes(entity).next().is_none() => tried.clone(),
        _ => {
            let (tried, value) = ask(client, &list_call(entity)).await?;
            first = value
                .as_ref()
                .and_then(first_row)
                .and_then(|row| row.get(entity.id).cloned());
            known.insert(entity.scope_read, tried.clone());
            tried
        }
    };
    let mut lacks = Vec::new();
    let (mut read, error) = match own {
        Tried::Granted => (Readable::Yes, None),
        Tried::Lacking => {
            lacks.push(entity.scope_read);
            (Readable::No, None)
        }
        Tried::Unknown(error) => (Readable::Unknown, error),
    };
    if read == Readable::Yes {
        for (scope, path) in own_scopes(entity) {
            let tried = match known.get(scope) {
                Some(tried) => tried.clone(),
                None => of_part(client, path, first.as_ref()).await?,
            };
            if matches!(tried, Tried::Lacking) && !lacks.contains(&scope) {
                lacks.push(scope);
                read = Readable::Partly;
            }
            known.insert(scope, tried);
        }
    }
    let (scope_read, scope_write) = (entity.scope_read, entity.scope_write);
    Ok(Row {
        entity: entity.name,
        read,
        scope_read,
        lacks,
        error,
        scope_write,
    })
}

/// Scopes that single parts need beyond the entity's own, each with a path to try it on. A path
/// below another part's rows has no object of ours to be tried on.
fn own_scopes(entity: &'static Entity) -> impl Iterator<Item = (&'static str, Path)> {
    entity
        .parts
        .iter()
        .filter(|part| part.at.is_empty())
        .filter_map(|part| {
            let path = match &part.source {
                Source::Bulk { path, .. } | Source::PerObject { path, .. } => *path,
                Source::Include { .. } | Source::Overflow { .. } => return None,
            };
            Some((
                part.scope_read?,
                Path {
                    api: part.api,
                    path,
                },
            ))
        })
}

#[derive(Debug, Clone, Copy)]
struct Path {
    api: ApiVersion,
    path: &'static str,
}

async fn of_part(client: &Client, path: Path, first: Option<&Value>) -> Result<Tried, Failure> {
    let text = match (path.path.contains("{id}"), first) {
        (false, _) => path.path.to_owned(),
        (true, Some(id)) => path.path.replace("{id}", &plain(id)),
        (true, None) => return Ok(Tried::Unknown(None)),
    };
    Ok(ask(client, &Call::new(path.api, text).with("limit", "1"))
        .await?
        .0)
}

/// The smallest request that needs an entity's scope.
fn list_call(entity: &Entity) -> Call {
    let api = entity.listing.api;
    // Every entity has a pass; a test of the descriptions says so.
    let pass = &entity.listing.passes[0];
    let (path, limit) = match &pass.over {
        Over::Once => (pass.path, pass.limit),
        Over::Each { path, limit, .. } => (*path, *limit),
    };
    let call = Call::new(api, path);
    if limit > 0 {
        call.with("limit", "1")
    } else {
        call
    }
}

/// One try. Credentials that are refused, a lost connection and a signal end it all; a 403 and
/// whatever else the store says about one family are told of that family.
async fn ask(client: &Client, call: &Call) -> Result<(Tried, Option<Value>), Failure> {
    use api::ErrorKind::{Cancelled, Forbidden, Network, NotFound, Unauthorized};
    match client.get(call).await {
        Ok(answer) => Ok((Tried::Granted, answer.json(call).ok())),
        Err(error) => match error.kind() {
            Forbidden => Ok((Tried::Lacking, None)),
            // The path is not there, and the gateway let us look: the scope is.
            NotFound => Ok((Tried::Granted, None)),
            Unauthorized | Cancelled | Network => Err(error.into()),
            _ => Ok((Tried::Unknown(Some(error.to_string())), None)),
        },
    }
}

fn first_row(value: &Value) -> Option<&Value> {
    value.get("data").unwrap_or(value).get(0)
}

fn plain(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
