//! Steps that delete what was not there then.
//!
//! This module must never build a request that names nothing: a deletion is made of the ids that go.

use std::ops::Range;

use super::apply::Job;
use super::request::{halts, is_own_fault};
use super::row_writes;
use crate::api::Removal;
use crate::engines::Error;
use crate::engines::capture::record_gone;
use crate::entities::Entity;
use crate::entities::entity::Deleting;
use crate::model::restore::StepStatus;

impl Job<'_> {
    pub(super) async fn delete(
        &mut self,
        entity: &'static Entity,
        range: Range<usize>,
    ) -> Result<(), Error> {
        let all: Vec<usize> = range.collect();
        let ids: Vec<String> = all.iter().map(|at| self.steps[*at].id.clone()).collect();
        let api = entity.listing.api;
        let removal = match (&entity.writes.delete, ids.as_slice()) {
            (Some(Deleting::Path(path)), [id]) => Removal::one(api, path.replace("{id}", id)),
            (Some(Deleting::Filter { path, param, .. }), ids) => {
                Removal::some(api, *path, param, ids)
            }
            _ => return self.leave_all(&all, "can't be deleted through the API"),
        };
        let removal = match removal {
            Ok(removal) => removal,
            Err(error) => return self.leave_all(&all, &error.to_string()),
        };
        self.note_all(&all, StepStatus::Begun)?;
        if entity.writes.rows.iter().any(|rows| rows.before_delete) {
            let Some(now) = self.look(entity, &ids, true).await? else {
                return Ok(());
            };
            for (at, id) in all.iter().zip(&ids) {
                if let Some(read) = now.get(id)
                    && let Err(error) = row_writes::clear(self.place(entity, id), &read.doc).await
                {
                    return self.judge(entity, *at, &error).await;
                }
            }
        }
        // What a refusal left undone is seen by looking; some may be gone all the same.
        let refused = self.client.remove(&removal).await.err();
        if let Some(error) = refused
            .as_ref()
            .filter(|error| halts(error) && !is_own_fault(error))
        {
            self.halt(error);
            return Ok(());
        }
        let Some(left) = self.look(entity, &ids, false).await? else {
            return Ok(());
        };
        for (at, id) in all.into_iter().zip(ids) {
            if !left.contains_key(&id) {
                let now = self.clock.now();
                record_gone(self.vault, entity, self.run, &id, now)?;
                self.note(at, StepStatus::Done)?;
            } else if let Some(error) = &refused {
                self.judge(entity, at, error).await?;
            } else {
                self.fail(at, "is still there after it was deleted")?;
            }
        }
        Ok(())
    }
}
