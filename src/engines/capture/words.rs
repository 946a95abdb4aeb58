//! What objects are found by: filled in anew where a description says otherwise than it did.
//!
//! A version brings its words along; what stood before a description learned of another member
//! lacks them until the next run. This module must never write a version.

use serde_json::Value;

use super::shape;
use crate::entities::Entity;
use crate::vault::{self, ObjectFilter, Vault};

/// Key of what the description said when the words were filled in last, in the vault's state.
const WORDS: &str = "words";

/// Objects filled in in one transaction.
const AT_ONCE: usize = 500;

/// What a description says of it, in short.
fn says(entity: &Entity) -> String {
    let said = format!("{:?}", (entity.label, entity.search));
    blake3::hash(said.as_bytes()).to_hex().as_str()[..16].to_owned()
}

/// True where every live object of the vault is found by all that its description names.
pub fn are_filled(vault: &Vault, entity: &Entity) -> Result<bool, vault::Error> {
    let known = vault.state(entity.name, WORDS)?;
    Ok(known.is_some_and(|known| known == says(entity)))
}

/// Fills in what the live objects lack; answers the state to keep, for the next run to know of it.
pub(super) fn fill(
    vault: &mut Vault,
    entity: &Entity,
) -> Result<(&'static str, String), vault::Error> {
    let state = (WORDS, says(entity));
    if are_filled(vault, entity)? {
        return Ok(state);
    }
    let mut all = Vec::new();
    vault.objects(entity.name, &ObjectFilter::default(), &mut |row| {
        all.push((row.id, row.version));
        std::ops::ControlFlow::Continue(())
    })?;
    for some in all.chunks(AT_ONCE) {
        let mut texts = Vec::with_capacity(some.len());
        for (id, version) in some {
            let body = vault.document(entity.name, id.as_str(), *version)?;
            let doc = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
            if let Some(doc) = doc {
                let text = shape::search_text(entity, &shape::label(entity, &doc), &doc);
                texts.push((id.as_str(), text));
            }
        }
        vault.fill_words(entity.name, &texts)?;
    }
    Ok(state)
}
