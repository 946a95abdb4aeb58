//! What a refusal or a failure of the store means: for a step, for those that follow, for the work.
//!
//! This module must never let one bad request end a restore, nor take an outage for one.

use super::apply::Job;
use super::request::{halts, is_own_fault};
use crate::api::{self, ErrorKind};
use crate::engines::Error;
use crate::entities::Entity;
use crate::model::restore::StepStatus;

/// Steps in a row over which the store may fail with a 500 before that is taken for an outage.
const FAULTS_MAX: usize = 3;

impl Job<'_> {
    pub fn fail(&mut self, at: usize, why: impl Into<String>) -> Result<(), Error> {
        self.steps[at].error = Some(why.into());
        self.steps[at].status = StepStatus::Failed;
        self.note_unmade(at);
        self.note(at, StepStatus::Failed)
    }

    /// Fails a step for which nothing was sent: `undo` has nothing to take back.
    pub fn leave(&mut self, at: usize, why: impl Into<String>) -> Result<(), Error> {
        if !self.steps[at].parked {
            self.steps[at].safety = None;
        }
        self.fail(at, why)
    }

    pub fn leave_all(&mut self, all: &[usize], why: &str) -> Result<(), Error> {
        for at in all {
            self.leave(*at, why)?;
        }
        Ok(())
    }

    /// Whether an error ends the work. A 500 that the store gives to a request, while it answers a
    /// look at the same object, is that step's own: the rest goes on, until some in a row have it. Then
    /// it was an outage all the time, and they are open again.
    pub async fn ends(
        &mut self,
        entity: &'static Entity,
        at: usize,
        id: &str,
        error: &api::Error,
    ) -> Result<bool, Error> {
        if !halts(error) {
            return Ok(false);
        }
        let counted = self.streak.contains(&at);
        if is_own_fault(error) && (counted || self.streak.len() < FAULTS_MAX) {
            let ids = [id.to_owned()];
            if self.look(entity, &ids, false).await?.is_some() {
                if !counted {
                    self.streak.push(at);
                }
                return Ok(false);
            }
        }
        for at in std::mem::take(&mut self.streak) {
            if self.steps[at].new_id.is_none() {
                self.note_made(at);
            }
            self.steps[at].error = None;
            self.note(at, StepStatus::Begun)?;
        }
        self.halt(error);
        Ok(true)
    }

    /// Notes that the store does what it is asked.
    pub fn answers(&mut self) {
        self.streak.clear();
    }

    /// What an error of the API means for a step: it fails, or the work ends.
    pub async fn judge(
        &mut self,
        entity: &'static Entity,
        at: usize,
        error: &api::Error,
    ) -> Result<(), Error> {
        let id = self.vault.current_id(entity.name, &self.steps[at].id)?;
        if self.ends(entity, at, &id, error).await? {
            return Ok(());
        }
        if error.kind() == ErrorKind::Forbidden {
            self.refused.insert(entity.name);
        }
        self.fail(at, error.to_string())
    }
}
