//! What is put by before anything is touched: the objects as they stand, and the bytes of images
//! that go. Undo has nothing else to go back to.

use serde_json::Value;

use super::Live;
use super::apply::{Job, text};
use crate::engines::Error;
use crate::engines::capture::images::fetch_one;
use crate::engines::pictures;
use crate::entities::{self, Entity};
use crate::model::ChangeKind;
use crate::model::restore::Action;
use crate::vault::NewImage;

impl Job<'_> {
    /// Keeps all that will be touched as it stands, then opens the journal.
    pub(super) async fn keep_safe(&mut self, live: &Live) -> Result<(), Error> {
        self.forget_stand_ins()?;
        self.remember_taken()?;
        for at in 0..self.steps.len() {
            let step = &self.steps[at];
            let touches = matches!(
                step.action,
                Action::Update | Action::Relink | Action::Delete | Action::Upload
            );
            // What is nested, or a twin, is no object of that id.
            let touches = touches && step.nested.is_none() && step.copy.is_none();
            // What hangs on it is in no version of it.
            let touches = touches && step.hanging.is_none();
            let Some(entity) = entities::find(&step.entity).filter(|_| touches) else {
                continue;
            };
            let id = step.id.clone();
            if let Some(kept) = live.get(&(entity.name, id.clone())) {
                let read = kept.read();
                let version = self.keep(entity, &id, &read, ChangeKind::Updated).await?;
                self.steps[at].safety = Some(version);
                self.save_images(entity, at, &read.doc).await?;
            }
        }
        let mut texts = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            texts.push((step.n, text(step)?));
        }
        Ok(self.vault.journal_begin(self.run, &texts)?)
    }

    /// Fetches the images that a step takes away or replaces, where they are not held: undo has
    /// to have them.
    async fn save_images(
        &mut self,
        entity: &'static Entity,
        at: usize,
        doc: &Value,
    ) -> Result<(), Error> {
        let step = &self.steps[at];
        let lists = entity.writes.rows.iter().filter(|rows| rows.picture);
        let lists: Vec<String> = lists.map(|rows| format!("/{}/", rows.member)).collect();
        let mut gone = step.changes.iter().filter(|change| !change.from.is_null());
        let touches = match step.action {
            Action::Delete | Action::Upload => true,
            _ => gone.any(|change| lists.iter().any(|list| change.path.starts_with(list))),
        };
        if !touches || entity.pictures.is_empty() {
            return Ok(());
        }
        let id = step.id.clone();
        let media = self.vault.media()?;
        for named in pictures::named(entity, doc) {
            let lost = self.vault.image(&named.key)?;
            if lost.as_ref().is_some_and(|held| self.vault.has_media(held)) {
                continue;
            }
            match fetch_one(self.client, &media, &named).await? {
                Ok(held) => {
                    let now = self.clock.now();
                    if let Some(lost) = lost.filter(|lost| lost.hash != held.hash) {
                        self.vault.replace_media(now, &named.key, &lost, &held)?;
                    }
                    let new = NewImage {
                        entity: entity.name,
                        id: &id,
                        key: &named.key,
                        held,
                    };
                    self.vault.keep_images(now, &[new], &[], "")?;
                }
                Err(unhad) => self.notes.push(format!(
                    "{} {id}: the image {} could not be had before it goes: {}",
                    entity.singular, unhad.url, unhad.error
                )),
            }
        }
        Ok(())
    }
}
