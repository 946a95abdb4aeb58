//! Sends what is done to lists within objects: a row at a time, or as many as a request takes.
//!
//! Never here: what is to be done ([`super::rows`] says that); a deletion that does not name what
//! goes.

use serde_json::{Map, Value};

use super::fields::Eyes;
use super::park;
use super::picture_rows;
use super::references::like;
use super::request::{self, halts, is_own_fault};
use super::row_ids::RowIds;
use super::row_together::Sent;
use super::rows::{RowWork, compare, cut, differs, lists, rows_in};
use crate::api::{self, Call, Change, Client, Method, Removal};
use crate::engines::Error;
use crate::engines::capture::read_many;
use crate::engines::capture::shape::id_text;
use crate::engines::pictures;
use crate::entities::Entity;
use crate::entities::entity::Rows;
use crate::model::{ApiVersion, Clock};
use crate::vault::Vault;

/// Whose rows are written, and through what.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub client: &'a Client,
    pub entity: &'static Entity,
    /// The object's present id.
    pub id: &'a str,
    /// Where the bytes of images are.
    pub vault: &'a Vault,
    pub clock: &'a dyn Clock,
}

/// Writes the lists of one object, but for those that were `sent`. `live` is what was read just now.
/// Answers what could not be written, a line each; the other rows are written all the same.
///
/// # Errors
///
/// Where the store can't be asked any more: to be taken up again from what stands there by then.
pub(super) async fn write(
    place: Place<'_>,
    wanted: &Value,
    live: &Value,
    fields: &[String],
    fresh: bool,
    sent: &Sent,
) -> Result<Vec<String>, Error> {
    let entity = place.entity;
    let mut ids = RowIds::default();
    let mut failed = Vec::new();
    let mut live = live.clone();
    pictures::mark_held(place.vault, entity, &mut live)?;
    let mut stale = false;
    for rows in lists(entity, fields) {
        if rows.picture {
            let lines = picture_rows::write(place, rows, wanted, &live, fields, fresh);
            failed.extend(lines.await?);
            continue;
        }
        // Of what was just made nothing is unwanted: a list without wanted rows needs no reading.
        let wants = || rows_in(rows, wanted).is_some_and(|all| !all.is_empty());
        if stale && (!fresh || wants()) {
            // What was written before may have made rows of this list by itself.
            live = read_again(place, live).await?;
            stale = false;
        }
        let mut work = compare(entity, rows, wanted, &live, fields, fresh, &mut ids);
        stale |= rows.stirs && (!work.create.is_empty() || !work.delete.is_empty());
        let gone = remove_all(place, rows, &work.delete).await;
        note(&mut failed, rows, &named(rows, &work.delete), gone)?;
        if sent.lists.contains(&rows.place()) {
            continue;
        }
        work.update.retain(|(_, twin)| {
            let id = twin.get(rows.id).and_then(id_text).unwrap_or_default();
            !sent.rows.contains(&(rows.place(), id))
        });
        if rows.batch > 1 && work.create.len() + work.update.len() > 1 {
            let done = send_many(place, rows, &work, &ids).await?;
            if done {
                continue;
            }
            // Some may have been saved all the same.
            live = read_again(place, live).await?;
            work = compare(entity, rows, wanted, &live, fields, fresh, &mut ids);
        }
        let aside = park::rows_to_park(entity, rows, &work);
        for (aside, twin) in &aside {
            // Refused or not: the row itself is set next, and told of.
            let outcome = change(place, rows, aside, twin).await;
            note(&mut Vec::new(), rows, "", outcome)?;
        }
        for (row, twin) in &work.update {
            let row_id = twin.get(rows.id).and_then(id_text).unwrap_or_default();
            let outcome = change(place, rows, row, twin).await;
            let parked = outcome.is_err() && aside.iter().any(|(_, other)| other == twin);
            note(&mut failed, rows, &row_id, outcome)?;
            if parked && let Err(fault) = change(place, rows, twin, twin).await {
                let line = format!("{} {row_id} has another name now: {fault}", rows.place());
                failed.push(line);
            }
        }
        if rows.stirs
            && work
                .update
                .iter()
                .any(|(row, twin)| remakes(rows, row, twin))
        {
            // Values within a row may have been made anew: learn their ids.
            live = read_again(place, live).await?;
            compare(entity, rows, wanted, &live, fields, fresh, &mut ids);
        }
        for original in &work.create {
            let row = ids.renumbered(rows, original);
            let row_id = row.get(rows.id).and_then(id_text).unwrap_or_default();
            match make(place, rows, &row).await {
                Ok(None) => {}
                Ok(Some(made)) => {
                    ids.pair(rows, original, &made);
                    // Some of a row can only be said once it is there (a checkbox' adjusters).
                    let now = ids.own(rows, row);
                    if rows.update.is_some()
                        && !rows.upsert
                        && differs(&Eyes::of(entity), rows, &[], &now, &made)
                    {
                        let outcome = change(place, rows, &now, &made).await;
                        note(&mut failed, rows, &row_id, outcome)?;
                    }
                }
                Err(fault) => note(&mut failed, rows, &row_id, Err(fault))?,
            }
        }
    }
    Ok(failed)
}

/// Whether a change of a row makes rows within it, which then have ids of their own.
fn remakes(rows: &Rows, row: &Value, twin: &Value) -> bool {
    let ids = |row: &Value, member: &str| -> Option<Vec<Option<String>>> {
        let inner = row.get(member)?.as_array()?.iter();
        let mut ids: Vec<_> = inner.map(|one| one.get("id").and_then(id_text)).collect();
        ids.sort_unstable();
        Some(ids)
    };
    let mut members = rows.members.iter();
    members.any(|member| ids(row, member) != ids(twin, member))
}

/// The object as it is now, marked with what is held of its images.
async fn read_again(place: Place<'_>, before: Value) -> Result<Value, Error> {
    let ids = [place.id.to_owned()];
    let again = read_many(place.client, place.entity, &ids, true).await?;
    let mut live = again.into_values().next().unwrap_or(before);
    pictures::mark_held(place.vault, place.entity, &mut live)?;
    Ok(live)
}

/// Sends one list's rows in as few requests as it takes; false where the store refused one.
async fn send_many(
    place: Place<'_>,
    rows: &Rows,
    work: &RowWork,
    ids: &RowIds,
) -> Result<bool, Error> {
    let changed = work.update.iter();
    let changed: Vec<_> = changed
        .map(|(row, twin)| changed_body(place, rows, row, twin))
        .collect();
    let made = work.create.iter().map(|row| ids.renumbered(rows, row));
    let made: Vec<_> = made.map(|row| made_body(place, rows, &row)).collect();
    let making = match rows.upsert {
        true => Method::Put,
        false => Method::Post,
    };
    for (method, path, bodies) in [
        (Method::Put, rows.update, changed),
        (making, rows.create, made),
    ] {
        let Some(path) = path else {
            if bodies.is_empty() {
                continue;
            }
            return Ok(false); // one by one it is told why
        };
        for some in bodies.chunks(rows.batch) {
            let send = Change {
                method,
                call: Call::new(ApiVersion::V3, path.replace("{id}", place.id)),
                body: some.iter().cloned().map(Value::Object).collect(),
                file: None,
            };
            match place.client.send(&send).await {
                Ok(_) => {}
                Err(error) if halts(&error) && !is_own_fault(&error) => return Err(error.into()),
                Err(_) => return Ok(false),
            }
        }
    }
    Ok(true)
}

/// Removes the rows without which an object can be deleted.
pub(super) async fn clear(place: Place<'_>, live: &Value) -> Result<(), api::Error> {
    let all = place.entity.writes.rows.iter();
    for rows in all.filter(|rows| rows.before_delete) {
        let list = live.get(rows.member).and_then(Value::as_array);
        for row in list.into_iter().flatten() {
            if let Err(Fault::Api(error)) = remove_all(place, rows, std::slice::from_ref(row)).await
            {
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Why a row was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The API has no request for it.
    #[error("{0}")]
    Never(&'static str),
    /// Something of ours failed: the bytes of an image can't be read.
    #[error("{0}")]
    Said(String),
    /// The store refused, or could not be asked.
    #[error("{0}")]
    Api(#[from] api::Error),
}

fn named(rows: &Rows, all: &[Value]) -> String {
    let ids = all
        .iter()
        .filter_map(|row| row.get(rows.id).and_then(id_text));
    ids.collect::<Vec<_>>().join(", ")
}

/// Notes what became of a row. What would hit every further one ends the work.
pub(super) fn note(
    failed: &mut Vec<String>,
    rows: &Rows,
    row: &str,
    outcome: Result<(), Fault>,
) -> Result<(), Error> {
    match outcome {
        Ok(()) => {}
        Err(Fault::Api(error)) if halts(&error) => return Err(error.into()),
        Err(fault) => failed.push(format!("{} {row}: {fault}", rows.place())),
    }
    Ok(())
}

/// Removes rows: together where a filter takes their ids. Goes on past one that is refused, and
/// answers the last refusal.
pub(super) async fn remove_all(place: Place<'_>, rows: &Rows, gone: &[Value]) -> Result<(), Fault> {
    if gone.is_empty() {
        return Ok(());
    }
    let Some(path) = rows.delete else {
        return Err(Fault::Never("BigCommerce has no way to remove it"));
    };
    let mut removals = Vec::new();
    if let Some((list, params)) = path.split_once('?') {
        let ids: Vec<String> = gone
            .iter()
            .filter_map(|row| row.get(rows.id).and_then(id_text))
            .collect();
        for some in ids.chunks(rows.batch.max(1)) {
            removals.push(match params.split_once('&') {
                Some((owner, param)) => {
                    let own = [place.id.to_owned()];
                    Removal::some(ApiVersion::V3, list, owner, &own)?.and(param, some)?
                }
                None => Removal::some(ApiVersion::V3, list, params, some)?,
            });
        }
    } else {
        for row in gone {
            let mut path = path.replace("{id}", place.id);
            for (member, value) in row.as_object().into_iter().flatten() {
                if let Some(text) = id_text(value) {
                    path = path.replace(&format!("{{{member}}}"), &text);
                }
            }
            let id = row.get(rows.id).and_then(id_text).unwrap_or_default();
            removals.push(Removal::one(ApiVersion::V3, path.replace("{row}", &id))?);
        }
    }
    let mut refused = None;
    for removal in removals {
        match place.client.remove(&removal).await {
            Ok(_) => {}
            Err(error) if halts(&error) => return Err(error.into()),
            Err(error) => refused = Some(error),
        }
    }
    refused.map_or(Ok(()), |error| Err(error.into()))
}

/// What is sent to set a row that is there.
pub(super) fn changed_body(
    place: Place<'_>,
    rows: &Rows,
    row: &Value,
    twin: &Value,
) -> Map<String, Value> {
    let mut row = row.clone();
    pictures::keep_addresses(place.entity, &rows.place(), &mut row, twin);
    let mut body = cut(rows, &row);
    if rows.picture {
        picture_rows::changed(&mut body, twin);
    }
    (rows.shape)(&mut body, false);
    if rows.listed && !rows.keyed {
        let id = twin.get(rows.id).cloned().unwrap_or_default();
        body.insert(rows.id.to_owned(), id);
    }
    if rows.upsert {
        own(place, rows, &mut body);
    }
    body
}

/// What is sent to make a row.
pub(super) fn made_body(place: Place<'_>, rows: &Rows, row: &Value) -> Map<String, Value> {
    let mut body = cut(rows, row);
    body.retain(|_, value| !value.is_null());
    (rows.shape)(&mut body, true);
    own(place, rows, &mut body);
    body
}

fn own(place: Place<'_>, rows: &Rows, body: &mut Map<String, Value>) {
    if let Some(owner) = rows.owner {
        body.insert(owner.to_owned(), like(&Value::from(0), place.id));
    }
}

/// Sets a row that is there.
pub(super) async fn change(
    place: Place<'_>,
    rows: &Rows,
    row: &Value,
    twin: &Value,
) -> Result<(), Fault> {
    let Some(path) = rows.update else {
        return Err(Fault::Never("BigCommerce has no way to change it"));
    };
    let id = twin.get(rows.id).and_then(id_text).unwrap_or_default();
    let body = changed_body(place, rows, row, twin);
    let path = path.replace("{row}", &id);
    send(place, Method::Put, path, rows, body).await.map(drop)
}

/// Makes a row; answers it as the store has it, where the answer tells.
async fn make(place: Place<'_>, rows: &Rows, row: &Value) -> Result<Option<Value>, Fault> {
    let Some(path) = rows.create else {
        return Err(Fault::Never("BigCommerce has no way to make it anew"));
    };
    let method = match rows.upsert {
        true => Method::Put,
        false => Method::Post,
    };
    let body = made_body(place, rows, row);
    send(place, method, path.to_owned(), rows, body).await
}

async fn send(
    place: Place<'_>,
    method: Method,
    path: String,
    rows: &Rows,
    body: Map<String, Value>,
) -> Result<Option<Value>, Fault> {
    let body = Value::Object(body);
    let send = Change {
        method,
        call: Call::new(ApiVersion::V3, path.replace("{id}", place.id)),
        body: match rows.listed {
            true => Value::Array(vec![body]),
            false => body,
        },
        file: None,
    };
    let answer = place.client.send(&send).await?;
    Ok(request::rows(&answer, &send.call)
        .into_iter()
        .find(Value::is_object))
}
