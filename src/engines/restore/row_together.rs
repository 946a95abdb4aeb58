//! Rows of several objects that are set in common requests, where the API takes that.
//!
//! Never here: a row that is removed, or one of which the store would have to say which is at fault.

use std::collections::HashSet;

use serde_json::Value;

use super::fields::Eyes;
use super::request::{halts, is_own_fault};
use super::row_writes::{Place, changed_body, made_body};
use super::rows::{compare_all, cut};
use crate::api::{self, Call, Change, Method};
use crate::engines::capture::shape::id_text;
use crate::entities::entity::{Rows, Together};
use crate::model::ApiVersion;

/// What was set already, together with that of other objects.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Lists that are done with, but for what goes.
    pub lists: HashSet<String>,
    /// Rows that are, by their list and their id.
    pub rows: HashSet<(String, String)>,
}

/// One object's part in [`write_together`].
pub(super) struct Share<'a> {
    pub id: &'a str,
    pub wanted: &'a Value,
    /// What was read just now.
    pub live: &'a Value,
    pub fields: &'a [String],
}

/// Sets rows of several objects in common requests, where the API takes that. Answers the lists
/// that are done with, but for what goes; those that the store refused are left to [`super::row_writes::write`], which
/// tells which row is at fault: to set one twice is harmless. Which object `place` names is all one.
///
/// # Errors
///
/// Where the store can't be asked any more.
pub(super) async fn write_together(
    place: Place<'_>,
    shares: &[Share<'_>],
) -> Result<Sent, api::Error> {
    let (client, entity) = (place.client, place.entity);
    let mut sent = Sent::default();
    for rows in entity.writes.rows {
        if let Some(together) = &rows.together {
            set_together(place, rows, together, shares, &mut sent).await?;
        }
        if !rows.upsert {
            continue;
        }
        let Some(path) = rows.create else { continue };
        let mut bodies = Vec::new();
        for share in shares {
            let place = Place {
                id: share.id,
                ..place
            };
            let all = compare_all(entity, share.wanted, share.live, share.fields, false);
            for (_, work) in all.iter().filter(|(list, _)| list.place() == rows.place()) {
                let changed = work.update.iter();
                bodies.extend(changed.map(|(row, twin)| changed_body(place, rows, row, twin)));
                bodies.extend(work.create.iter().map(|row| made_body(place, rows, row)));
            }
        }
        let mut refused = bodies.len() < 2;
        for some in bodies.chunks(rows.batch.max(1)) {
            if refused {
                break;
            }
            let call = Call::new(ApiVersion::V3, path);
            let body = some.iter().cloned().map(Value::Object).collect();
            match client.send(&put(call, body)).await {
                Ok(_) => {}
                Err(error) if halts(&error) && !is_own_fault(&error) => return Err(error),
                Err(_) => refused = true,
            }
        }
        if !refused {
            sent.lists.insert(rows.place());
        }
    }
    Ok(sent)
}

/// Sets rows of which nothing differs but what a common request takes.
async fn set_together(
    place: Place<'_>,
    rows: &'static Rows,
    together: &Together,
    shares: &[Share<'_>],
    sent: &mut Sent,
) -> Result<(), api::Error> {
    let eyes = Eyes::of(place.entity);
    let mut bodies: Vec<(String, Value)> = Vec::new();
    for share in shares {
        let all = compare_all(place.entity, share.wanted, share.live, share.fields, false);
        for (_, work) in all.iter().filter(|(list, _)| list.place() == rows.place()) {
            for (row, twin) in &work.update {
                let is = |member: &str| twin.get(member).unwrap_or(&Value::Null);
                let mut body = cut(rows, row);
                body.retain(|member, want| !eyes.same_in_row(rows, member, want, is(member)));
                let takes = |(member, value): (&String, &Value)| {
                    together.members.contains(&member.as_str()) && !value.is_null()
                };
                if let Some(id) = twin.get(rows.id).and_then(id_text)
                    && body.iter().all(takes)
                {
                    body.insert(rows.id.to_owned(), twin[rows.id].clone());
                    bodies.push((id, Value::Object(body)));
                }
            }
        }
    }
    if bodies.len() < 2 {
        return Ok(());
    }
    for some in bodies.chunks(together.batch) {
        let call = Call::new(ApiVersion::V3, together.path);
        let list = some.iter().map(|(_, body)| body.clone()).collect();
        match place.client.send(&put(call, list)).await {
            Ok(_) => {
                let done = some.iter().map(|(id, _)| (rows.place(), id.clone()));
                sent.rows.extend(done);
            }
            Err(error) if halts(&error) && !is_own_fault(&error) => return Err(error),
            Err(_) => {} // one by one it is told which is at fault
        }
    }
    Ok(())
}

fn put(call: Call, body: Value) -> Change {
    Change {
        method: Method::Put,
        call,
        body,
        file: None,
    }
}
