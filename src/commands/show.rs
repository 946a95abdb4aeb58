//! `show`: an object's document.

use serde_json::Value;

use super::failure::{Failure, Kind};
use super::field::FieldPath;
use super::reading::Place;
use crate::engines::history::History;
use crate::entities::Entity;
use crate::model::VersionWord;

/// Which document.
pub struct Asked<'a> {
    /// The entity.
    pub entity: &'static Entity,
    /// The object's id.
    pub id: &'a str,
    /// The version.
    pub word: &'a VersionWord,
    /// Only this value of it.
    pub field: Option<&'a FieldPath>,
}

/// Reads it.
pub async fn run(place: &Place<'_>, asked: &Asked<'_>) -> Result<Value, Failure> {
    let document = match asked.word {
        // What is live can be read before there is any version store.
        VersionWord::Live => live(place, asked).await?,
        word => {
            let vault = place.vault()?;
            let history = History::new(&vault, asked.entity, false);
            let state = history.state(asked.id, word)?;
            history.shown(asked.id, state)?
        }
    };
    let Some(field) = asked.field else {
        return Ok(document);
    };
    field.find(&document).cloned().ok_or_else(|| {
        let (entity, id) = (asked.entity.singular, asked.id);
        Failure::new(
            Kind::UnknownField,
            format!("{entity} {id} has no field {field}"),
        )
        .hint(format!("`vortex show {entity} {id}` prints all of it"))
    })
}

async fn live(place: &Place<'_>, asked: &Asked<'_>) -> Result<Value, Failure> {
    let (entity, id) = (asked.entity, asked.id);
    let state = place.live(entity, id).await?;
    state.document.ok_or_else(|| {
        let failure = Failure::new(
            Kind::Deleted,
            format!("the store has no {} {id} now", entity.singular),
        );
        let (one, all) = (entity.singular, entity.name);
        failure.hint(match captured(place, entity, id) {
            true => format!("`vortex list {one} {id}` shows what was captured of it"),
            false => format!("it was never captured either; `vortex list {all}` shows which were"),
        })
    })
}

/// Does the version store hold anything of the object? There need be none yet.
fn captured(place: &Place<'_>, entity: &Entity, id: &str) -> bool {
    place.vault().is_ok_and(|vault| {
        let history = History::new(&vault, entity, false);
        history.state(id, &VersionWord::Latest).is_ok()
    })
}
