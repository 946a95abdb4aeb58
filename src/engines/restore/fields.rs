//! What of an object differs, and what is sent for it: pure functions of two documents and a
//! description.

use serde_json::{Map, Value};

use crate::entities::Entity;
use crate::entities::entity::{Form, HELD, Rows, Unsettable};
use crate::model::fingerprint::fingerprint_at;
use crate::model::mask::{Cursor, Mask};
use crate::model::restore::FieldChange;

/// The masks by which two documents of an entity are compared.
pub(super) struct Eyes {
    volatile: Mask,
    unordered: Mask,
    blank: &'static [&'static str],
}

impl Eyes {
    pub fn of(entity: &Entity) -> Self {
        // Images are compared by themselves.
        let addresses: Vec<String> = entity
            .pictures
            .iter()
            .flat_map(|p| {
                let urls = p.urls.iter().filter(|_| p.upload.is_some());
                let members = urls.chain(std::iter::once(&HELD));
                members.map(|member| format!("{}.{member}", p.at))
            })
            .collect();
        let addresses = addresses
            .iter()
            .map(|address| address.trim_start_matches('.'));
        // What rows repeat of others is compared where it is theirs.
        let echoes = entity.writes.rows.iter().flat_map(|rows| {
            let members = rows.echoes.iter();
            members.map(|member| format!("{}[].{member}", rows.place()))
        });
        let echoes: Vec<String> = echoes.collect();
        let echoes = echoes.iter().map(String::as_str);
        let volatile = entity.volatile.iter().copied();
        let volatile: Vec<&str> = volatile.chain(addresses).chain(echoes).collect();
        Self {
            volatile: Mask::new(&volatile),
            unordered: Mask::new(entity.unordered),
            blank: entity.writes.blank,
        }
    }

    /// Whether a top-level member is the same in both.
    pub fn same(&self, member: &str, a: &Value, b: &Value) -> bool {
        if self.blank.contains(&member) && says_none(a) && says_none(b) {
            return true;
        }
        let volatile = || self.volatile.root().member(member);
        let unordered = || self.unordered.root().member(member);
        fingerprint_at(a, volatile(), unordered()) == fingerprint_at(b, volatile(), unordered())
    }

    /// Whether a member of a list's row is the same in both.
    pub fn same_in_row(&self, rows: &Rows, member: &str, a: &Value, b: &Value) -> bool {
        fn within<'m>(mask: &'m Mask, rows: &Rows, member: &str) -> Cursor<'m> {
            let mut at = mask.root();
            if !rows.within.is_empty() {
                at = at.member(rows.within).element();
            }
            at = at.member(rows.member);
            match rows.form {
                Form::Single => at.member(member),
                Form::List | Form::Ids => at.element().member(member),
            }
        }
        let volatile = || within(&self.volatile, rows, member);
        let unordered = || within(&self.unordered, rows, member);
        fingerprint_at(a, volatile(), unordered()) == fingerprint_at(b, volatile(), unordered())
    }
}

/// Whether a value may be how a store says "none".
fn says_none(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Top-level member of a field, dotted (`variants[].price` -> `variants`).
pub(super) fn top(field: &str) -> &str {
    field.split(['.', '[']).next().unwrap_or(field)
}

/// What stands behind the top-level member of a field (`custom_url.url` -> `url`).
pub(super) fn below(field: &str) -> &str {
    let rest = &field[top(field).len()..];
    let rest = match rest.strip_prefix('[') {
        Some(indexed) => indexed.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    rest.trim_start_matches('.')
}

/// Whether a member is in play: named, or nothing is named and it is not moved by trade.
pub(super) fn in_play(entity: &Entity, member: &str, fields: &[String]) -> bool {
    if fields.is_empty() {
        !entity.moving.iter().any(|moving| top(moving) == member)
    } else {
        fields.iter().any(|field| top(field) == member)
    }
}

const NULL: Value = Value::Null;

/// The writable members that differ, each with the whole value that is wanted.
pub(super) fn differences(
    entity: &Entity,
    wanted: &Value,
    live: &Value,
    fields: &[String],
) -> Vec<FieldChange> {
    let eyes = Eyes::of(entity);
    let mut changes = Vec::new();
    for member in entity.writes.members {
        if !in_play(entity, member, fields) || is_rows(entity, member) {
            continue;
        }
        let Some(want) = wanted.get(*member) else {
            continue; // not known then
        };
        let is = live.get(*member).unwrap_or(&NULL);
        if unsettable(entity, member, want).is_some() {
            continue;
        }
        let want = narrowed(member, want, is, fields);
        if !eyes.same(member, &want, is) {
            changes.push(FieldChange {
                path: format!("/{member}"),
                from: is.clone(),
                to: want,
            });
        }
    }
    changes
}

/// What a value can't be set to.
pub(super) fn unsettable(
    entity: &Entity,
    member: &str,
    value: &Value,
) -> Option<&'static Unsettable> {
    let mut all = entity.writes.unsettable.iter();
    all.find(|one| one.member == member && value.as_str() == Some(one.text))
}

/// The wanted value with only the named fields below it taken over.
fn narrowed(member: &str, want: &Value, is: &Value, fields: &[String]) -> Value {
    let mut paths = fields
        .iter()
        .filter(|field| top(field) == member)
        .map(|field| below(field))
        .peekable();
    if paths.peek().is_none() {
        return want.clone();
    }
    let mut value = is.clone();
    for path in paths {
        if path.is_empty() {
            return want.clone();
        }
        let pointer = format!("/{}", path.replace('.', "/"));
        if let (Some(to), Some(place)) = (want.pointer(&pointer), value.pointer_mut(&pointer)) {
            *place = to.clone();
        }
    }
    value
}

/// Members that differ but that BigCommerce does not let anyone write.
pub(super) fn beyond_reach(entity: &Entity, wanted: &Value, live: &Value) -> Vec<String> {
    let eyes = Eyes::of(entity);
    let silent = |member: &str| {
        let named = |list: &[&str]| list.contains(&member);
        named(entity.writes.members)
            || named(entity.read_only)
            || named(entity.volatile)
            || named(entity.stamped)
            || entity.moving.iter().any(|moving| top(moving) == member)
            || is_rows(entity, member)
            || member == entity.id
            || member == HELD
    };
    let members = wanted.as_object().into_iter().flatten();
    members
        .filter(|(member, _)| !silent(member))
        .filter(|(member, want)| !eyes.same(member, want, live.get(*member).unwrap_or(&NULL)))
        .map(|(member, _)| member.clone())
        .collect()
}

/// Whether a member is a list that is written row by row.
pub(super) fn is_rows(entity: &Entity, member: &str) -> bool {
    let mut rows = entity.writes.rows.iter();
    rows.any(|rows| rows.within.is_empty() && rows.member == member)
}

/// The body of an update: the changed members, and what has to go with them.
pub(super) fn update_body(
    entity: &Entity,
    changes: &[FieldChange],
    live: &Value,
) -> Map<String, Value> {
    let writes = &entity.writes;
    let changed = |member: &str| {
        let change = changes.iter().find(|change| change.path[1..] == *member);
        change.map(|change| change.to.clone())
    };
    let mut body = Map::new();
    for member in writes.members.iter().chain(writes.always) {
        if body.contains_key(*member) || is_rows(entity, member) {
            continue;
        }
        let along = writes.whole || writes.always.contains(member);
        let value = changed(member).or_else(|| live.get(*member).filter(|_| along).cloned());
        if let Some(value) = value {
            body.insert((*member).to_owned(), value);
        }
    }
    (writes.shape)(&mut body, false);
    body
}

/// The body of a create: all that a create takes of the document, and what flags ask for.
pub(super) fn create_body(
    entity: &Entity,
    wanted: &Value,
    on_request: &[String],
) -> Map<String, Value> {
    let writes = &entity.writes;
    let mut body = Map::new();
    for member in writes.members.iter().chain(writes.create_only) {
        if let Some(value) = wanted.get(*member).filter(|value| !value.is_null())
            // What of a list goes with a create needs no request of its own.
            && (!is_rows(entity, member) || writes.create_only.contains(member))
        {
            body.insert((*member).to_owned(), value.clone());
        }
    }
    (writes.shape)(&mut body, true);
    let asked = writes.on_request.iter();
    let asked = asked.filter(|asked| on_request.iter().any(|flag| flag == asked.flag));
    let asked = asked.map(|asked| (asked.member, asked.json));
    for (name, json) in writes.fixed.iter().copied().chain(asked) {
        let value = serde_json::from_str(json).unwrap_or_else(|_| Value::from(json));
        body.insert(name.to_owned(), value);
    }
    body
}

/// Whether two documents would be known for the same object by a human.
pub(super) fn same_key(entity: &Entity, a: &Value, b: &Value) -> bool {
    let eyes = Eyes::of(entity);
    !entity.natural_key.is_empty()
        && entity.natural_key.iter().all(|member| {
            let of = |doc: &Value| match doc.get(*member) {
                Some(Value::String(text)) => Value::from(text.to_lowercase()),
                Some(other) => other.clone(),
                None => Value::Null,
            };
            eyes.same(member, &of(a), &of(b))
        })
}
