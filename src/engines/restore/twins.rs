//! Finding objects by what they are called: what a lost answer may have made.

use serde_json::Value;

use super::fields::same_key;
use crate::api::Client;
use crate::engines::Error;
use crate::engines::capture::scan;
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
    scan(client, entity, &[], &mut |row| {
        for (want, found) in wanted.iter().zip(&mut found) {
            if found.is_none() && same_key(entity, want, &row) {
                *found = Some(row.clone());
            }
        }
    })
    .await?;
    Ok(found)
}
