//! Lists within an object that are written row by row: which rows are made, changed and removed.
//! Pure functions of two documents and a description; what sends them is [`super::row_writes`].
//!
//! A row of the wanted document is known again in the live one by its id, then by its key. Rows
//! that name other rows (a variant its options' values) are given those rows' present ids first.

use serde_json::{Map, Value};

use super::fields::{Eyes, below, in_play, top};
use super::picture_rows;
use super::row_ids::RowIds;
use crate::engines::capture::shape::id_text;
use crate::engines::pictures;
use crate::entities::Entity;
use crate::entities::entity::{Form, Rows};
use crate::model::restore::FieldChange;

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

/// What a field says of a list's rows, if it names that list: a member, or nothing for all of them.
/// Naming a list names those within it as well.
fn named<'a>(rows: &Rows, field: &'a str) -> Option<&'a str> {
    let holder = match rows.within {
        "" => rows.member,
        within => within,
    };
    if top(field) != holder {
        return None;
    }
    let rest = below(field);
    if rows.within.is_empty() {
        let member = top(rest);
        // A list within the rows is one of its own (`variants[].metafields`).
        return (member.is_empty() || rows.members.contains(&member)).then_some(member);
    }
    if rest.is_empty() {
        return Some("");
    }
    (top(rest) == rows.member).then(|| top(below(rest)))
}

/// Lists in play: those named, else all but the ones that are written only when named.
pub(super) fn lists(
    entity: &'static Entity,
    fields: &[String],
) -> impl Iterator<Item = &'static Rows> {
    entity.writes.rows.iter().filter(move |rows| {
        let usual = || !rows.named_only && in_play(entity, rows.member, &[]);
        match fields.is_empty() {
            true => usual(),
            false => fields.iter().any(|field| named(rows, field).is_some()),
        }
    })
}

/// The rows of a list in a document; none where the document does not know of them.
pub(super) fn rows_in(rows: &Rows, doc: &Value) -> Option<Vec<Value>> {
    if !rows.within.is_empty() {
        let hosts = doc.get(rows.within)?.as_array()?;
        let known = hosts
            .iter()
            .filter_map(|host| host.get(rows.member)?.as_array());
        let known: Vec<&Vec<Value>> = known.collect();
        // Where a host has none, its document does not say so.
        return Some(known.into_iter().flatten().cloned().collect());
    }
    match (rows.form, doc.get(rows.member)?) {
        (Form::Single, Value::Null) => Some(Vec::new()),
        (Form::Single, row) => Some(vec![row.clone()]),
        (Form::Ids, list) => {
            let row =
                |id: &Value| Value::Object(Map::from_iter([(rows.id.to_owned(), id.clone())]));
            Some(list.as_array()?.iter().map(row).collect())
        }
        (Form::List, list) => list.as_array().cloned(),
    }
}

/// Whether a document has the row that a change of [`changes`] is about.
pub(super) fn has(rows: &Rows, doc: &Value, path: &str) -> bool {
    let id = path.rsplit('/').next();
    let all = rows_in(rows, doc).unwrap_or_default();
    all.iter()
        .any(|row| row.get(rows.id).and_then(id_text).as_deref() == id)
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

/// Whether any list is not as it is wanted.
pub(super) fn any_differ(entity: &'static Entity, wanted: &Value, live: &Value) -> bool {
    let all = compare_all(entity, wanted, live, &[], true);
    all.iter()
        .any(|(rows, work)| !changes(rows, work).is_empty())
}

/// Whether images are among what lacks.
pub(super) fn sends_pictures(entity: &'static Entity, wanted: &Value, live: &Value) -> bool {
    let all = compare_all(entity, wanted, live, &[], true);
    all.iter()
        .any(|(rows, work)| rows.picture && !work.create.is_empty())
}

/// Compares one list. `fresh` is true where the object was just made: nothing in it is unwanted.
pub(super) fn compare(
    entity: &Entity,
    rows: &Rows,
    wanted: &Value,
    live: &Value,
    fields: &[String],
    fresh: bool,
    ids: &mut RowIds,
) -> RowWork {
    let eyes = Eyes::of(entity);
    let Some(want) = rows_in(rows, wanted) else {
        return RowWork::default(); // not known then
    };
    let mut parts = entity.parts.iter();
    let optional = parts.any(|part| part.feature.is_some() && part.members.contains(&rows.member));
    if optional && !fresh && live.get(rows.member).is_none() {
        return RowWork::default(); // the store does not show it to this token
    }
    let is = rows_in(rows, live).unwrap_or_default();
    let mut taken = vec![false; is.len()];
    let mut narrow: Vec<&str> = fields
        .iter()
        .filter_map(|field| named(rows, field))
        .collect();
    if narrow.contains(&"") {
        narrow.clear(); // the list as a whole is among them
    }
    let mut work = RowWork::default();
    let mut want: Vec<(Value, Value)> = want
        .into_iter()
        .map(|row| (ids.renumbered(rows, &row), row))
        .collect();
    let by_id = |(row, _): &(Value, Value)| {
        let same = |l: &Value| rows.form == Form::Single || row.get(rows.id) == l.get(rows.id);
        // Where the key is what there is one of, the id says nothing.
        is.iter().position(same).filter(|_| !rows.keyed)
    };
    let mut twins: Vec<Option<usize>> = match rows.picture {
        true => picture_rows::twins(rows, &want, &is, &mut taken, fresh),
        false => want.iter().map(by_id).collect(),
    };
    for at in twins.iter().flatten() {
        taken[*at] = true;
    }
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
                eyes.same_in_row(rows, member, &of(row), &of(live))
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
                    work.lost.push(format!("{} {id}: {why}", rows.place()));
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
    if (!fresh || rows.form == Form::Ids) && narrow.is_empty() {
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
pub(super) fn differs(
    eyes: &Eyes,
    rows: &Rows,
    narrow: &[&str],
    row: &Value,
    twin: &Value,
) -> bool {
    rows.members.iter().any(|member| {
        let named = narrow.is_empty() || narrow.contains(member);
        let null = Value::Null;
        let is = twin.get(*member).unwrap_or(&null);
        let want = row.get(*member);
        named && want.is_some_and(|want| !eyes.same_in_row(rows, member, want, is))
    })
}

/// What a plan says of a list: a change a row.
pub(super) fn changes(rows: &Rows, work: &RowWork) -> Vec<FieldChange> {
    let id = |row: &Value| row.get(rows.id).and_then(id_text).unwrap_or_default();
    let path = |row: &Value| format!("/{}/{}", rows.place(), id(row));
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
