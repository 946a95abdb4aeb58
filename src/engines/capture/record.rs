//! One document that was read from the store into the vault, outside of a listing: what a restore
//! keeps before it touches an object and after, and what an event told of.
//!
//! The fingerprints are those of every other capture, so that the next backup finds nothing new.

use jiff::Timestamp;
use serde_json::Value;

use super::shape;
use super::work::{Masks, is_reshaped};
use crate::engines::Error;
use crate::entities::Entity;
use crate::model::fingerprint::{Fingerprint, fingerprint, fingerprint_at};
use crate::model::{ChangeKind, RunId, VersionNumber};
use crate::vault::{self, State, Vault, Write, Written};

impl Masks {
    /// The fingerprint of a whole document.
    pub fn print(&self, entity: &Entity, doc: &Value) -> Fingerprint {
        self.with_deep(entity, doc, self.shallow_print(entity, doc))
    }

    /// The same, from what the main listing alone told: only the deep parts are gone through.
    pub fn with_deep(&self, entity: &Entity, doc: &Value, shallow: Fingerprint) -> Fingerprint {
        if entity.deep_parts().next().is_none() {
            return shallow;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&shallow.0);
        for member in entity.deep_members() {
            if let Some(value) = doc.get(member) {
                let volatile = self.volatile.root().member(member);
                let unordered = self.unordered.root().member(member);
                hasher.update(member.as_bytes());
                hasher.update(&[0]);
                hasher.update(&fingerprint_at(value, volatile, unordered).0);
            }
        }
        Fingerprint(*hasher.finalize().as_bytes())
    }

    /// True when a version's document, fingerprinted as today, is `print`: the description has
    /// changed since, not the object.
    pub(super) fn stands(
        &self,
        vault: &Vault,
        entity: &Entity,
        id: &str,
        version: VersionNumber,
        print: &Fingerprint,
    ) -> Result<bool, vault::Error> {
        let body = vault.document(entity.name, id, version)?;
        let doc = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
        Ok(doc.is_some_and(|doc| self.print(entity, &doc) == *print))
    }

    /// The fingerprint of what the main listing alone tells.
    pub fn shallow_print(&self, entity: &Entity, doc: &Value) -> Fingerprint {
        let print = fingerprint(doc, &self.shallow, &self.unordered);
        if entity.stamped.is_empty() {
            return print;
        }
        // The file names of CDN addresses, without host and query.
        let mut hasher = blake3::Hasher::new();
        hasher.update(&print.0);
        for pattern in entity.stamped {
            for value in shape::all_at(doc, pattern) {
                let url = value.as_str().unwrap_or_default();
                let path = url.split(['?', '#']).next().unwrap_or_default();
                hasher.update(path.rsplit('/').next().unwrap_or_default().as_bytes());
                hasher.update(&[0]);
            }
        }
        Fingerprint(*hasher.finalize().as_bytes())
    }
}

/// Writes a document as the object's newest version, if it differs from the one before. Answers
/// the version that the object then stands at.
///
/// The document is whole. `parts_read` is false where its parts are those of the newest version,
/// for what was done to the object touches none of them: the API's own mark of change is then kept
/// as it was, so that the next backup reads the deep parts again.
///
/// # Errors
///
/// When the vault fails.
#[allow(clippy::too_many_arguments)] // one version, and what bore it
pub fn record(
    vault: &mut Vault,
    entity: &Entity,
    run: RunId,
    id: &str,
    doc: &Value,
    parts_read: bool,
    change: ChangeKind,
    at: Timestamp,
) -> Result<VersionNumber, Error> {
    let masks = Masks::of(entity);
    let body = serde_json::to_vec(doc).map_err(|why| Error::Answer {
        what: format!("{}/{id}", entity.name),
        why: why.to_string(),
    })?;
    let head = vault.head(entity.name, id)?;
    let label = shape::label(entity, doc);
    let search = shape::search_text(entity, &label, doc);
    // Deep parts that wait for their first reading go on waiting.
    let pending = !parts_read && head.as_ref().is_some_and(|head| head.pending);
    let stamp = match &head {
        Some(head) if !parts_read => head.stamp.clone(),
        _ => entity
            .modified
            .and_then(|member| doc.get(member))
            .and_then(shape::id_text),
    };
    let change = match (&head, change) {
        (Some(head), ChangeKind::Updated) if head.state == State::Deleted => ChangeKind::Created,
        (None, ChangeKind::Updated) => ChangeKind::Created,
        (_, change) => change,
    };
    let (print, shallow) = (masks.print(entity, doc), masks.shallow_print(entity, doc));
    if let Some(live) = head.as_ref().filter(|head| head.state == State::Live)
        && live.fingerprint != print
        && is_reshaped(vault, entity)?
        && masks.stands(vault, entity, id, live.version, &print)?
    {
        let write = Write::Reprint {
            entity: entity.name,
            id,
            expect: Some(live.version),
            fingerprint: print,
            shallow,
        };
        vault.write(run, at, &[write])?;
        vault.flush()?;
        return Ok(live.version);
    }
    let write = Write::Version {
        entity: entity.name,
        id,
        expect: head.map(|head| head.version),
        change,
        body: &body,
        fingerprint: print,
        shallow,
        pending,
        stamp: stamp.as_deref(),
        label: &label,
        search: &search,
        sample: None,
    };
    let written = vault.write(run, at, &[write])?;
    vault.flush()?;
    match written.first() {
        Some(Written::Version(version) | Written::Same(version)) => Ok(*version),
        _ => Ok(0), // one write has one outcome, and it is no touch
    }
}

/// Writes that an object is gone. The caller has proof: the store answered its id with "not there".
///
/// # Errors
///
/// When the vault fails.
pub fn record_gone(
    vault: &mut Vault,
    entity: &Entity,
    run: RunId,
    id: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let Some(head) = vault.head(entity.name, id)? else {
        return Ok(());
    };
    if head.state == State::Live {
        let expect = Some(head.version);
        let entity = entity.name;
        vault.write(run, at, &[Write::Tombstone { entity, id, expect }])?;
        vault.flush()?;
    }
    Ok(())
}
