//! Lists within an object that are written row by row: which rows are made, changed and removed,
//! and the ids that rows have anew.
//!
//! A row of the wanted document is known again in the live one by its id, then by its key. Rows
//! that name other rows (a variant its options' values) are given those rows' present ids first.

use serde_json::{Map, Value};

use super::fields::{Eyes, below, in_play, top};
use super::picture_rows;
use super::references::like;
use super::request::{self, halts};
use super::row_ids::RowIds;
use crate::api::{self, Call, Change, Client, Method, Removal};
use crate::engines::Error;
use crate::engines::capture::read_many;
use crate::engines::capture::shape::id_text;
use crate::engines::pictures;
use crate::entities::Entity;
use crate::entities::entity::Rows;
use crate::model::restore::FieldChange;
use crate::model::{ApiVersion, Clock};
use crate::vault::Vault;

/// What is done to one list.
#[derive(Debug, Default)]
pub(super) struct RowWork {
    /// Wanted rows that are not there.
    pub create: Vec<Value>,
    /// Wanted rows that differ from the live row beside them.
    pub update: Vec<(Value, Value)>,
    /// Live rows that are not wanted.
    pub delete: Vec<Value>,
    /// Wanted rows that are not there and can't be made, each with the reason.
    pub lost: Vec<String>,
    /// Images are among the lost: it is said that something lacks.
    pub lacks: bool,
}

/// Lists in play: those named, else all but the ones that are written only when named.
pub(super) fn lists(
    entity: &'static Entity,
    fields: &[String],
) -> impl Iterator<Item = &'static Rows> {
    entity.writes.rows.iter().filter(move |rows| {
        let named = fields.iter().any(|field| top(field) == rows.member);
        named || (!rows.named_only && in_play(entity, rows.member, fields))
    })
}

/// Compares all lists in play, in the order in which they are written.
pub(super) fn compare_all(
    entity: &'static Entity,
    wanted: &Value,
    live: &Value,
    fields: &[String],
    fresh: bool,
) -> Vec<(&'static Rows, RowWork)> {
    let mut ids = RowIds::default();
    lists(entity, fields)
        .map(|rows| {
            let work = compare(entity, rows, wanted, live, fields, fresh, &mut ids);
            (rows, work)
        })
        .collect()
}

/// Which live rows the wanted ones are.
pub(super) fn pairs(entity: &'static Entity, wanted: &Value, live: &Value) -> RowIds {
    let mut ids = RowIds::default();
    for rows in lists(entity, &[]) {
        compare(entity, rows, wanted, live, &[], true, &mut ids);
    }
    ids
}

/// Compares one list by itself, which names no rows of others.
pub(super) fn compare_one(
    entity: &'static Entity,
    rows: &'static Rows,
    wanted: &Value,
    live: &Value,
    fields: &[String],
    fresh: bool,
) -> RowWork {
    compare(
        entity,
        rows,
        wanted,
        live,
        fields,
        fresh,
        &mut RowIds::default(),
    )
}

/// Compares one list. `fresh` is true where the object was just made: nothing in it is unwanted.
fn compare(
    entity: &Entity,
    rows: &Rows,
    wanted: &Value,
    live: &Value,
    fields: &[String],
    fresh: bool,
    ids: &mut RowIds,
) -> RowWork {
    let eyes = Eyes::of(entity);
    let empty = Vec::new();
    let list = |doc: &Value| doc.get(rows.member).and_then(Value::as_array).cloned();
    let Some(want) = list(wanted) else {
        return RowWork::default(); // not known then
    };
    let is = list(live).unwrap_or(empty);
    let mut taken = vec![false; is.len()];
    let narrow: Vec<&str> = fields
        .iter()
        .filter(|field| top(field) == rows.member)
        .map(|field| top(below(field)))
        .filter(|member| !member.is_empty())
        .collect();
    let mut work = RowWork::default();
    let want: Vec<(Value, Value)> = want
        .into_iter()
        .map(|row| (ids.renumbered(rows, &row), row))
        .collect();
    let mut want = want;
    let mut twins: Vec<Option<usize>> = match rows.picture {
        true => picture_rows::twins(rows, &want, &is, &mut taken, fresh),
        false => want
            .iter()
            .map(|(row, _)| {
                let at = is.iter().position(|l| row.get(rows.id) == l.get(rows.id))?;
                taken[at] = true;
                Some(at)
            })
            .collect(),
    };
    if rows.picture {
        picture_rows::spread(&mut want, &twins, &is);
    }
    for (at, (row, _)) in want.iter().enumerate() {
        if twins[at].is_some() || rows.key.is_empty() {
            continue;
        }
        let same = |live: &Value| {
            rows.key.iter().all(|member| {
                let null = Value::Null;
                let of = |doc: &Value| doc.get(*member).cloned().unwrap_or(null.clone());
                eyes.same_in_row(rows.member, member, &of(row), &of(live))
            })
        };
        if let Some(found) = (0..is.len()).find(|i| !taken[*i] && same(&is[*i])) {
            taken[found] = true;
            twins[at] = Some(found);
        }
    }
    for ((row, original), twin) in want.into_iter().zip(twins) {
        let Some(twin) = twin.map(|at| &is[at]) else {
            let id = original.get(rows.id).and_then(id_text).unwrap_or_default();
            match (rows.unmakeable)(&original) {
                Some(why) => {
                    work.lost.push(format!("{} {id}: {why}", rows.member));
                    work.lacks |= rows.picture;
                }
                // An image goes to the place that it was given here.
                None if narrow.is_empty() && rows.picture => work.create.push(row),
                None if narrow.is_empty() => work.create.push(original),
                None => {}
            }
            continue;
        };
        ids.pair(rows, &original, twin);
        let row = ids.own(rows, row);
        if differs(&eyes, rows, &narrow, &row, twin) {
            let mut row = row;
            if !narrow.is_empty() {
                let mut kept = twin.clone();
                for member in &narrow {
                    kept[*member] = row.get(*member).cloned().unwrap_or_default();
                }
                row = kept;
            }
            work.update.push((row, twin.clone()));
        }
    }
    if !fresh && narrow.is_empty() {
        let unwanted = is.into_iter().zip(taken).filter(|(_, taken)| !taken);
        let unwanted = unwanted.map(|(row, _)| row);
        // An undo could not bring those back.
        work.delete = unwanted
            .filter(|row| (rows.unmakeable)(row).is_none())
            .collect();
    }
    work
}

/// Whether a row is not as it is wanted, in the named members or in any.
fn differs(eyes: &Eyes, rows: &Rows, narrow: &[&str], row: &Value, twin: &Value) -> bool {
    rows.members.iter().any(|member| {
        let named = narrow.is_empty() || narrow.contains(member);
        let null = Value::Null;
        let is = twin.get(*member).unwrap_or(&null);
        let want = row.get(*member);
        named && want.is_some_and(|want| !eyes.same_in_row(rows.member, member, want, is))
    })
}

/// What a plan says of a list: a change a row.
pub(super) fn changes(rows: &Rows, work: &RowWork) -> Vec<FieldChange> {
    let id = |row: &Value| row.get(rows.id).and_then(id_text).unwrap_or_default();
    let path = |row: &Value| format!("/{}/{}", rows.member, id(row));
    let told = |row: &Value| pictures::unmarked(Value::Object(cut(rows, row)));
    let made = work.create.iter().map(|row| FieldChange {
        path: path(row),
        from: Value::Null,
        to: told(row),
    });
    let changed = work.update.iter().map(|(row, live)| FieldChange {
        path: path(live),
        from: told(live),
        to: told(row),
    });
    let gone = work.delete.iter().map(|row| FieldChange {
        path: path(row),
        from: told(row),
        to: Value::Null,
    });
    made.chain(changed).chain(gone).collect()
}

pub(super) fn cut(rows: &Rows, row: &Value) -> Map<String, Value> {
    let members = rows.members.iter();
    members
        .filter_map(|member| Some(((*member).to_owned(), row.get(*member)?.clone())))
        .collect()
}

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

/// Writes the lists of one object. `live` is what was read just now. Answers what could not be
/// written, a line each; the other rows are written all the same.
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
) -> Result<Vec<String>, Error> {
    let (entity, id) = (place.entity, place.id);
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
        if stale {
            // What was written before may have made rows of this list by itself.
            let again = read_many(place.client, entity, &[id.to_owned()], true).await?;
            live = again.into_values().next().unwrap_or(live);
            pictures::mark_held(place.vault, entity, &mut live)?;
        }
        let work = compare(entity, rows, wanted, &live, fields, fresh, &mut ids);
        stale = !work.create.is_empty() || !work.delete.is_empty();
        for row in &work.delete {
            let row_id = row.get(rows.id).and_then(id_text).unwrap_or_default();
            let outcome = match rows.delete {
                Some(path) => remove(place.client, path, id, &row_id).await,
                None => Err(Fault::Never("BigCommerce has no way to remove it")),
            };
            note(&mut failed, rows, &row_id, outcome)?;
        }
        for (row, twin) in &work.update {
            let row_id = twin.get(rows.id).and_then(id_text).unwrap_or_default();
            let outcome = change(place, rows, row, twin).await;
            note(&mut failed, rows, &row_id, outcome)?;
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
                    if rows.update.is_some() && differs(&Eyes::of(entity), rows, &[], &now, &made) {
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

/// Removes the rows without which an object can be deleted.
pub(super) async fn clear(
    client: &Client,
    entity: &'static Entity,
    id: &str,
    live: &Value,
) -> Result<(), api::Error> {
    for rows in entity.writes.rows.iter().filter(|rows| rows.before_delete) {
        let list = live.get(rows.member).and_then(Value::as_array);
        for row in list.into_iter().flatten() {
            let row_id = row.get(rows.id).and_then(id_text).unwrap_or_default();
            if let Some(path) = rows.delete
                && let Err(Fault::Api(error)) = remove(client, path, id, &row_id).await
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
        Err(fault) => failed.push(format!("{} {row}: {fault}", rows.member)),
    }
    Ok(())
}

pub(super) async fn remove(client: &Client, path: &str, id: &str, row: &str) -> Result<(), Fault> {
    let path = path.replace("{id}", id).replace("{row}", row);
    let removal = match path.split_once('?') {
        Some((list, param)) => Removal::some(ApiVersion::V3, list, param, &[row.to_owned()])?,
        None => Removal::one(ApiVersion::V3, path)?,
    };
    Ok(client.remove(&removal).await?)
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
    let mut row = row.clone();
    pictures::keep_addresses(place.entity, rows.member, &mut row, twin);
    let mut body = cut(rows, &row);
    if rows.picture {
        picture_rows::changed(&mut body, twin);
    }
    (rows.shape)(&mut body, false);
    let id = twin.get(rows.id).cloned().unwrap_or_default();
    if rows.listed {
        body.insert(rows.id.to_owned(), id.clone());
    }
    let path = path.replace("{row}", &id_text(&id).unwrap_or_default());
    send(place, Method::Put, path, rows, body).await.map(drop)
}

/// Makes a row; answers it as the store has it, where the answer tells.
async fn make(place: Place<'_>, rows: &Rows, row: &Value) -> Result<Option<Value>, Fault> {
    let Some(path) = rows.create else {
        return Err(Fault::Never("BigCommerce has no way to make it anew"));
    };
    let mut body = cut(rows, row);
    body.retain(|_, value| !value.is_null());
    (rows.shape)(&mut body, true);
    if let Some(owner) = rows.owner {
        body.insert(owner.to_owned(), like(&Value::from(0), place.id));
    }
    send(place, Method::Post, path.to_owned(), rows, body).await
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
