//! A list whose rows are images: which row is which, in what order they go, and the form that sends
//! one.
//!
//! An image that is sent anew has another id, file name and address. It is known again by its bytes,
//! else by what the merchant called it. Nothing is sent before it was looked whether it is there.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::row_writes::{self, Fault, Place};
use super::rows;
use crate::api::{Call, Change, FilePart, Method};
use crate::engines::Error;
use crate::engines::capture::read_many;
use crate::engines::capture::shape::id_text;
use crate::engines::pictures::{self, LIVES, held_of, of_host, stem};
use crate::entities::entity::{FILE_FIELD, HELD, Pictures, Rows};
use crate::model::ApiVersion;
use crate::vault::{HeldImage, NewImage};

/// How often what a store moved by itself (the order of the others) is set again.
const ROUNDS_MAX: u32 = 3;

/// What the rendition of an image is called whose bytes we sent.
const SENT: &str = "sent";

/// The description of the images of a list.
fn described(place: &Place<'_>, rows: &Rows) -> Option<&'static Pictures> {
    let at = format!("{}[]", rows.member);
    place.entity.pictures.iter().find(|p| p.at == at)
}

/// How surely a wanted image is a live one; 0: it is not.
type Likeness<'a> = &'a dyn Fn(&Value, &Value) -> u32;

/// For each wanted image the live one that it is, if it is there.
pub(super) fn twins(
    rows: &Rows,
    want: &[(Value, Value)],
    is: &[Value],
    taken: &mut [bool],
    fresh: bool,
) -> Vec<Option<usize>> {
    let mut twins: Vec<Option<usize>> = vec![None; want.len()];
    let text = |row: &Value, member: &str| row.get(member).and_then(id_text);
    let hash = |row: &Value| held_of(row).map(|held| held.hash);
    let same = |a: &Value, b: &Value, member: &str| a.get(member) == b.get(member);
    let alike = |a: &Value, b: &Value| {
        u32::from(same(a, b, "description")) + u32::from(same(a, b, "sort_order"))
    };
    let file = |row: &Value| text(row, "image_file").unwrap_or_default();
    let in_place = |want: &Value, live: &Value| {
        let known = (same(want, live, rows.id) && file(want) == file(live)).then_some(1);
        known.unwrap_or(0)
    };
    let by_bytes = |want: &Value, live: &Value| match (hash(want), hash(live)) {
        (Some(a), Some(b)) if a == b => 1 + alike(want, live),
        _ => 0,
    };
    let by_name = |want: &Value, live: &Value| {
        let unknown = hash(want).is_none() || hash(live).is_none();
        // One that lives and can still be fetched is told by its bytes then.
        let waits = live.get(HELD).is_some_and(|held| *held == LIVES);
        let called = !stem(&file(want)).is_empty() && stem(&file(want)) == stem(&file(live));
        match called && unknown && !waits {
            true if fresh => 1 + alike(want, live),
            true => alike(want, live),
            false => 0,
        }
    };
    let passes: [Likeness<'_>; 3] = [&in_place, &by_bytes, &by_name];
    for likeness in passes {
        for (at, (row, _)) in want.iter().enumerate() {
            if twins[at].is_some() {
                continue;
            }
            let free = (0..is.len()).filter(|i| !taken[*i]);
            let best = free
                .map(|i| (likeness(row, &is[i]), i))
                .filter(|(likeness, _)| *likeness > 0)
                .max_by_key(|(likeness, i)| (*likeness, std::cmp::Reverse(*i)));
            if let Some((_, i)) = best {
                taken[i] = true;
                twins[at] = Some(i);
            }
        }
    }
    twins
}

/// Gives each wanted image a place of its own: a store moves others away from a place that is
/// given, so two can't have one. Where they have it already, it stays.
pub(super) fn spread(want: &mut [(Value, Value)], twins: &[Option<usize>], is: &[Value]) {
    let order = |row: &Value| row.get("sort_order").and_then(Value::as_i64);
    let mut by_order: Vec<usize> = (0..want.len()).collect();
    by_order.sort_by_key(|at| order(&want[*at].0));
    let mut last = None;
    for at in by_order {
        let Some(own) = order(&want[at].0) else {
            continue;
        };
        let free = last.map_or(own, |last: i64| own.max(last.saturating_add(1)));
        let now = twins[at].and_then(|twin| order(&is[twin]));
        let settled = match now {
            Some(now) if now == own || now == free => now,
            _ => free,
        };
        last = Some(last.map_or(settled, |last| last.max(settled)));
        want[at].0["sort_order"] = Value::from(settled);
    }
}

/// What differs of an image and has to be said: another becomes the thumbnail by being it.
pub(super) fn changed(body: &mut Map<String, Value>, twin: &Value) {
    body.retain(|name, value| twin.get(name) != Some(value));
    if body.get("is_thumbnail") == Some(&Value::Bool(false)) {
        body.remove("is_thumbnail");
    }
}

/// Writes the list: what is unwanted goes, what lacks is sent in its order, and what the store made
/// otherwise is set, until it stands.
pub(super) async fn write(
    place: Place<'_>,
    list: &'static Rows,
    wanted: &Value,
    live: &Value,
    fields: &[String],
    fresh: bool,
) -> Result<Vec<String>, Error> {
    let mut failed = Vec::new();
    let mut work = rows::compare_one(place.entity, list, wanted, live, fields, fresh);
    let mut stale = !work.delete.is_empty() || !work.create.is_empty();
    for row in &work.delete {
        let id = row.get(list.id).and_then(id_text).unwrap_or_default();
        let outcome = row_writes::remove_all(place, list, std::slice::from_ref(row)).await;
        row_writes::note(&mut failed, list, &id, outcome)?;
    }
    let mut create = std::mem::take(&mut work.create);
    create.sort_by_key(|row| row.get("sort_order").and_then(Value::as_i64));
    for row in &create {
        let id = row.get(list.id).and_then(id_text).unwrap_or_default();
        let outcome = upload(place, list, row).await;
        row_writes::note(&mut failed, list, &id, outcome)?;
    }
    // The list is in the look-up's own answer, unless a part brings it.
    let mut parts = place.entity.parts.iter();
    let elsewhere = parts.any(|part| part.members.contains(&list.member));
    for _ in 0..ROUNDS_MAX {
        if stale {
            let ids = [place.id.to_owned()];
            let found = read_many(place.client, place.entity, &ids, elsewhere).await?;
            let Some(mut live) = found.into_values().next() else {
                break;
            };
            pictures::mark_held(place.vault, place.entity, &mut live)?;
            work = rows::compare_one(place.entity, list, wanted, &live, fields, fresh);
        }
        // The thumbnail last: an image that becomes it takes it from the other.
        work.update.sort_by_key(|(row, _)| {
            let order = row.get("sort_order").and_then(Value::as_i64);
            (row.get("is_thumbnail") == Some(&Value::Bool(true)), order)
        });
        stale = false;
        for (row, twin) in &work.update {
            let id = twin.get(list.id).and_then(id_text).unwrap_or_default();
            let mut body = rows::cut(list, row);
            changed(&mut body, twin);
            if body.is_empty() {
                continue;
            }
            stale = true;
            let outcome = row_writes::change(place, list, row, twin).await;
            row_writes::note(&mut failed, list, &id, outcome)?;
        }
        if !stale || !failed.is_empty() {
            break;
        }
    }
    Ok(failed)
}

/// Sends one image of the list.
async fn upload(place: Place<'_>, list: &Rows, row: &Value) -> Result<(), Fault> {
    let (Some(path), Some(held)) = (list.create, held_of(row)) else {
        return Err(Fault::Never("its bytes are not held"));
    };
    let mut body = rows::cut(list, row);
    body.retain(|_, value| !value.is_null());
    let name = row.get("image_file").and_then(Value::as_str);
    let file = part(place, &held, name.unwrap_or_default())?;
    let path = path.replace("{id}", place.id);
    let made = send(place, path, Value::Object(body), file).await?;
    if let (Some(pictures), Some(made)) = (described(&place, list), made) {
        know(place, pictures, &made, held)?;
    }
    Ok(())
}

/// The file of a form, proven by its hash.
pub(super) fn part(place: Place<'_>, held: &HeldImage, name: &str) -> Result<FilePart, Fault> {
    let bytes = place
        .vault
        .media_bytes(held)
        .map_err(|error| Fault::Said(error.to_string()))?;
    Ok(FilePart {
        field: FILE_FIELD,
        name: file_name(name, &held.content_type),
        content_type: held.content_type.clone(),
        bytes: Bytes::from(bytes),
    })
}

/// Sends a form; answers the object in the answer.
pub(super) async fn send(
    place: Place<'_>,
    path: String,
    body: Value,
    file: FilePart,
) -> Result<Option<Value>, Fault> {
    let send = Change {
        method: Method::Post,
        call: Call::new(ApiVersion::V3, path),
        body,
        file: Some(file),
    };
    let answer = place.client.send(&send).await?;
    let rows = super::request::rows(&answer, &send.call);
    Ok(rows.into_iter().find(Value::is_object))
}

/// Enters what was sent under the name that it has now, so that it is known again.
pub(super) fn know(
    place: Place<'_>,
    pictures: &Pictures,
    made: &Value,
    held: HeldImage,
) -> Result<(), Fault> {
    let Some(named) = of_host(pictures, made) else {
        return Ok(());
    };
    let new = NewImage {
        entity: place.entity.name,
        id: place.id,
        key: &named.key,
        held: HeldImage {
            rendition: SENT.to_owned(),
            ..held
        },
    };
    place
        .vault
        .keep_images(place.clock.now(), &[new], &[], "")
        .map_err(|error| Fault::Said(error.to_string()))
}

/// What the file is called: as the merchant did, and ending as its type does.
fn file_name(name: &str, content_type: &str) -> String {
    let endings = HashMap::from([
        ("image/jpeg", &["jpg", "jpeg"][..]),
        ("image/png", &["png"][..]),
        ("image/gif", &["gif"][..]),
        ("image/webp", &["webp"][..]),
        ("image/bmp", &["bmp"][..]),
    ]);
    let own = name.split(['?', '#']).next().unwrap_or_default();
    let own = own
        .rsplit_once('.')
        .map_or("", |(_, own)| own)
        .to_lowercase();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let ending = match endings.get(kind) {
        Some(known) if !known.contains(&own.as_str()) => known[0], // none of them is empty
        _ if own.is_empty() => "jpg",
        _ => &own,
    };
    let stem: String = stem(name).chars().filter(|c| !c.is_control()).collect();
    match stem.is_empty() {
        true => format!("image.{ending}"),
        false => format!("{stem}.{ending}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_called_as_before_and_ends_as_its_type() {
        assert_eq!(file_name("a/1/front__12.JPG", "image/jpeg"), "front.jpg");
        assert_eq!(file_name("a/1/front__12.jpeg", "image/jpeg"), "front.jpeg");
        assert_eq!(file_name("front__12.jpg", "image/webp; x"), "front.webp");
        assert_eq!(file_name("", "image/png"), "image.png");
    }

    #[test]
    fn two_images_in_one_place_get_places_of_their_own_unless_they_stand_there() {
        let row = |id: u32, order: i64| json!({"id": id, "sort_order": order});
        let mut want: Vec<(Value, Value)> = [row(1, 0), row(2, 0), row(3, 1)]
            .map(|row| (row.clone(), row))
            .into();
        let orders = |want: &[(Value, Value)]| {
            let all = want
                .iter()
                .map(|(row, _)| row["sort_order"].as_i64().unwrap());
            all.collect::<Vec<_>>()
        };
        let there = want
            .clone()
            .into_iter()
            .map(|(row, _)| row)
            .collect::<Vec<_>>();
        spread(&mut want, &[Some(0), Some(1), Some(2)], &there);
        assert_eq!(orders(&want), [0, 0, 1]);
        spread(&mut want, &[None, None, None], &[]);
        assert_eq!(orders(&want), [0, 1, 2]);
    }
}
