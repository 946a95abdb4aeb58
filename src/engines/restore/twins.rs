//! Finding objects by what they are called: what a lost answer may have made, and what now holds a
//! name that is to come back.

use serde_json::Value;

use super::fields::same_key;
use crate::api::Client;
use crate::engines::Error;
use crate::engines::capture::scan;
use crate::engines::capture::shape::{at, id_text};
use crate::entities::Entity;

/// For each wanted document the live object with the same natural key, if there is one. Goes
/// through the whole list once.
pub(super) async fn find_by_key(
    client: &Client,
    entity: &Entity,
    wanted: &[&Value],
) -> Result<Vec<Option<Value>>, Error> {
    let mut found: Vec<Option<Value>> = vec![None; wanted.len()];
    if entity.natural_key.is_empty() || wanted.is_empty() {
        return Ok(found);
    }
    scan(client, entity, &mut |row| {
        for (want, found) in wanted.iter().zip(&mut found) {
            if found.is_none() && same_key(entity, want, &row) {
                *found = Some(row.clone());
            }
        }
    })
    .await?;
    Ok(found)
}

/// For each wanted document the first live object that holds what it alone may hold: the member,
/// and the object's id. Goes through the whole list once.
pub(super) async fn holders(
    client: &Client,
    entity: &Entity,
    wanted: &[&Value],
) -> Result<Vec<Option<(&'static str, String)>>, Error> {
    let mut found: Vec<Option<(&'static str, String)>> = vec![None; wanted.len()];
    if wanted.is_empty() {
        return Ok(found);
    }
    let text = |doc: &Value, member: &str| {
        let text = at(doc, member).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_lowercase)
    };
    let key = entity.natural_key.first().copied().unwrap_or_default();
    scan(client, entity, &mut |row| {
        let Some(id) = row.get(entity.id).and_then(id_text) else {
            return;
        };
        for (want, found) in wanted.iter().zip(&mut found) {
            if found.is_some() {
                continue;
            }
            let mut unique = entity.writes.unique.iter().copied();
            let held = unique.find(|member| {
                text(want, member).is_some_and(|own| text(&row, member).as_ref() == Some(&own))
            });
            let held = held.or_else(|| same_key(entity, want, &row).then_some(key));
            *found = held.map(|member| (member, id.clone()));
        }
    })
    .await?;
    Ok(found)
}
