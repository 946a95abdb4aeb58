//! Steps that make what is gone anew: sent once, found again where an answer was lost, completed
//! with its rows, read back.

use std::ops::Range;

use serde_json::{Map, Value};

use super::apply::Job;
use super::chunks::open;
use super::fields::{create_body, differences, same_key, update_body};
use super::references::{ids, root};
use super::request::{self, halts, is_own_fault};
use super::row_together::Sent;
use super::rows;
use super::twins::find_by_key;
use super::{Read, across};
use crate::api::ErrorKind;
use crate::engines::Error;
use crate::engines::capture::shape::id_text;
use crate::engines::pictures;
use crate::entities::Entity;
use crate::model::ChangeKind;
use crate::model::restore::{Action, StepStatus};
use crate::vault;

/// The live object that a human would take for one that was sent and whose answer was lost.
#[derive(Debug, Clone)]
enum Twin {
    /// There is none: it was not made.
    None,
    /// This one: it was.
    Made(String),
    /// This one, but the vault knows it as an object of its own: a backup ran in between, or it is
    /// someone else's. Whether it was made can't be told.
    Known(String),
}

const GONE: &str = "was made, but is not there when read back";

impl Job<'_> {
    pub(super) async fn create(&mut self, entity: &'static Entity, at: usize) -> Result<(), Error> {
        let Some(sending) = entity.writes.making(self.steps[at].copy.is_some()) else {
            return self.leave(at, "can't be made anew");
        };
        let Some(id) = self.made_under(entity, at) else {
            return self.leave(at, "what it stands in was not made");
        };
        let Some(wanted) = self.wanted(entity, at)? else {
            return self.leave(at, "the wanted version is not there any more");
        };
        if let Some(why) = across::strip(entity, &mut wanted.clone()) {
            return self.leave(at, why);
        }
        if let Some(made) = self.steps[at].new_id.clone() {
            return self.settle(entity, at, &wanted, made).await;
        }
        // A path with the id in it makes the object under that id: harmless when repeated.
        let named = sending.path.contains("{id}");
        if self.steps[at].status == StepStatus::Begun && !named {
            // The answer was lost: it may have been made.
            match self.twin(entity, at, &wanted).await? {
                None => return Ok(()),
                Some(Twin::Made(id)) => return self.settle(entity, at, &wanted, id).await,
                Some(Twin::Known(id)) => return self.fail(at, unclear(entity, &id)),
                Some(Twin::None) => {}
            }
        }
        let mut body = create_body(entity, &wanted, &self.steps[at].on_request);
        self.without_waiting(entity, &mut body, at);
        self.note(at, StepStatus::Begun)?;
        let send = request::one(entity, sending, &id, body, None);
        let mut again = true;
        let made = loop {
            match self.client.send(&send).await {
                Ok(_) if named => break Some(id),
                Ok(answer) => break request::first_id(entity, &answer, &send.call),
                Err(error) if error.is_in_doubt() && !named => {
                    match self.twin(entity, at, &wanted).await? {
                        Some(Twin::Made(id)) => return self.settle(entity, at, &wanted, id).await,
                        Some(Twin::Known(id)) => return self.fail(at, unclear(entity, &id)),
                        // It was looked for and is not there: sent once more.
                        Some(Twin::None) if is_own_fault(&error) && again => again = false,
                        Some(Twin::None) => return self.judge(entity, at, &error).await,
                        None => return Ok(()),
                    }
                }
                Err(error) => return self.judge(entity, at, &error).await,
            }
        };
        match made {
            Some(made) => self.settle(entity, at, &wanted, made).await,
            None => match self.twin(entity, at, &wanted).await? {
                None => Ok(()),
                Some(Twin::Made(id)) => self.settle(entity, at, &wanted, id).await,
                Some(Twin::Known(id)) => self.fail(at, unclear(entity, &id)),
                Some(Twin::None) => self.fail(at, "was sent, but is not to be found in the store"),
            },
        }
    }

    /// What a create may say of its own kind: only what is there already. The rest of the list is
    /// set by a step of its own.
    fn without_waiting(&self, entity: &Entity, body: &mut Map<String, Value>, at: usize) {
        let waiting: Vec<&str> = self.steps[at..]
            .iter()
            .filter(|step| step.action == Action::Create && step.new_id.is_none())
            .filter(|step| step.copy.is_none())
            .filter(|step| step.entity == entity.name)
            .map(|step| step.id.as_str())
            .collect();
        for reference in entity.references.iter().filter(|r| r.to == entity.name) {
            let member = root(reference.member);
            if reference.member == format!("{member}[]")
                && let Some(list) = body.get_mut(member).and_then(Value::as_array_mut)
            {
                list.retain(|v| id_text(v).is_none_or(|id| !waiting.contains(&id.as_str())));
            }
        }
    }

    /// The twins of several documents, in one walk through the store's list; none, and the work
    /// ends, where the store can't be asked.
    async fn twins(
        &mut self,
        entity: &'static Entity,
        wanted: &[(usize, &Value)],
    ) -> Result<Option<Vec<Twin>>, Error> {
        let docs: Vec<&Value> = wanted.iter().map(|(_, doc)| *doc).collect();
        let found = match find_by_key(self.client, entity, &docs).await {
            Ok(found) => found,
            Err(Error::Api(error)) => {
                self.halt(&error);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let mut twins = Vec::with_capacity(found.len());
        for (doc, (at, _)) in found.into_iter().zip(wanted) {
            let id = doc.and_then(|doc| doc.get(entity.id).and_then(id_text));
            twins.push(match id {
                None => Twin::None,
                Some(id) if self.vault.object(entity.name, &id)?.is_none() => Twin::Made(id),
                // The history was moved already when the work was cut short, the journal was not told.
                Some(id) if self.is_own(entity, *at, &id)? => Twin::Made(id),
                Some(id) => Twin::Known(id),
            });
        }
        Ok(Some(twins))
    }

    /// Whether a step's object goes on under this id.
    fn is_own(&self, entity: &Entity, at: usize, id: &str) -> Result<bool, Error> {
        let step = &self.steps[at];
        Ok(step.copy.is_none() && self.vault.current_id(entity.name, &step.id)? == id)
    }

    async fn twin(
        &mut self,
        entity: &'static Entity,
        at: usize,
        wanted: &Value,
    ) -> Result<Option<Twin>, Error> {
        let twins = self.twins(entity, &[(at, wanted)]).await?;
        Ok(twins.map(|twins| twins.into_iter().next().unwrap_or(Twin::None)))
    }

    /// Goes on with a step's object under its new id. False, and the step failed, where that id is
    /// another object's.
    fn adopt(&mut self, entity: &Entity, at: usize, new: &str) -> Result<bool, Error> {
        let old = self.steps[at].id.clone();
        // A twin has a history of its own.
        if old != new && self.steps[at].copy.is_none() {
            match self.vault.renumber(entity.name, &old, new) {
                Ok(()) => {}
                Err(error @ vault::Error::IdTaken { .. }) => {
                    self.fail(at, error.to_string())?;
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            }
        }
        if self.steps[at].instead && entity.writes.within.is_none() {
            self.vault.becomes(entity.name, "", &old, new)?;
        }
        self.steps[at].new_id = Some(new.to_owned());
        self.note(at, StepStatus::Begun)?;
        Ok(true)
    }

    /// An object was made under `new`: its history goes on there; its rows are written, and what
    /// a create leaves otherwise than wanted is set.
    async fn settle(
        &mut self,
        entity: &'static Entity,
        at: usize,
        wanted: &Value,
        new: String,
    ) -> Result<(), Error> {
        if self.steps[at].new_id.is_none() && !self.adopt(entity, at, &new)? {
            return Ok(());
        }
        let Some(mut live) = self.made(entity, at, &new).await? else {
            return Ok(());
        };
        let mut failed = Vec::new();
        let mut marked = live.doc.clone();
        pictures::mark_held(self.vault, entity, &mut marked)?;
        if rows::any_differ(entity, wanted, &marked) {
            if self.steps[at].copy.is_some() && rows::sends_pictures(entity, wanted, &marked) {
                // What is sent is remembered of an object that has a history.
                self.keep(entity, &new, &live, ChangeKind::Restored).await?;
            }
            let none = Sent::default();
            let written = self.write_rows(entity, at, &new, wanted, &live.doc, true, &none);
            match written.await? {
                Some(lines) => failed = lines,
                None => return Ok(()),
            }
            match self.made(entity, at, &new).await? {
                Some(read) => live = read,
                None => return Ok(()),
            }
        }
        let mut left = differences(entity, wanted, &live.doc, &[]);
        left.retain(|change| !self.is_set_later(at, &change.path));
        if let Some(sending) = &entity.writes.update
            && !left.is_empty()
        {
            let body = update_body(entity, &left, &live.doc);
            let send = request::one(entity, sending, &new, body, Some(&live.doc));
            match self.client.send(&send).await {
                Ok(_) => {}
                Err(error) => {
                    if self.ends(entity, at, &new, &error).await? {
                        return Ok(());
                    }
                    failed.push(error.to_string());
                }
            }
            match self.made(entity, at, &new).await? {
                Some(read) => live = read,
                None => return Ok(()),
            }
        }
        self.close(entity, at, wanted, &new, &live).await?;
        match failed.is_empty() {
            true => self.note(at, StepStatus::Done),
            false => self.fail(at, failed.join("; ")),
        }
    }

    /// What was made, read whole; none where that can't be had, and the step or the work ended.
    async fn made(
        &mut self,
        entity: &'static Entity,
        at: usize,
        new: &str,
    ) -> Result<Option<Read>, Error> {
        let Some(mut found) = self.look(entity, &[new.to_owned()], true).await? else {
            return Ok(None);
        };
        let read = found.remove(new);
        if read.is_none() {
            self.fail(at, GONE)?;
        }
        Ok(read)
    }

    /// Whether a list of fellows is set by a later step.
    fn is_set_later(&self, at: usize, path: &str) -> bool {
        let own = &self.steps[at];
        self.steps[at + 1..].iter().any(|step| {
            step.action == Action::Relink
                && step.entity == own.entity
                && step.id == own.id
                && step.changes.iter().any(|change| change.path == path)
        })
    }

    /// Keeps what was made as a version, and names what is not as it was wanted.
    async fn close(
        &mut self,
        entity: &'static Entity,
        at: usize,
        wanted: &Value,
        new: &str,
        live: &Read,
    ) -> Result<(), Error> {
        self.keep(entity, new, live, ChangeKind::Restored).await?;
        for change in differences(entity, wanted, &live.doc, &[]) {
            if !self.is_set_later(at, &change.path) {
                self.differs(entity, new, change);
            }
        }
        self.compare_rows(entity, at, new, wanted, &live.doc, true);
        Ok(())
    }

    /// Makes several objects in one request, where the API takes that.
    pub(super) async fn create_many(
        &mut self,
        entity: &'static Entity,
        range: Range<usize>,
    ) -> Result<(), Error> {
        let Some(sending) = &entity.writes.create else {
            for at in range {
                self.leave(at, "can't be made anew")?;
            }
            return Ok(());
        };
        let mut wanted = Vec::new();
        let mut taken = Vec::new();
        let mut alone = false;
        for at in range.clone() {
            let Some(doc) = self.wanted(entity, at)? else {
                self.leave(at, "the wanted version is not there any more")?;
                continue;
            };
            if let Some(why) = across::strip(entity, &mut doc.clone()) {
                self.leave(at, why)?;
                continue;
            }
            let step = &self.steps[at];
            let mut fellows = entity.references.iter().filter(|r| r.to == entity.name);
            let inside = |id: &String| self.steps[range.clone()].iter().any(|s| s.id == *id);
            alone |= step.status == StepStatus::Begun
                || fellows.any(|r| ids(&doc, r).iter().any(inside));
            wanted.push(doc);
            taken.push(at);
        }
        if alone {
            // By themselves, in their order, and looked up first where an answer was lost.
            for at in taken {
                if open(&self.steps[at]) && !self.has_halted() {
                    self.create(entity, at).await?;
                }
            }
            return Ok(());
        }
        self.note_all(&taken, StepStatus::Begun)?;
        let bodies = taken.iter().zip(&wanted).map(|(at, doc)| {
            let on_request = &self.steps[*at].on_request;
            Value::Object(create_body(entity, doc, on_request))
        });
        let bodies: Vec<Value> = bodies.collect();
        let (mut rows, error) = self.send_batch(entity, sending, bodies).await;
        match error {
            None => {}
            Some(error) if halts(&error) && !error.is_in_doubt() => {
                self.halt(&error);
                return Ok(());
            }
            Some(error) if error.kind() == ErrorKind::Forbidden && rows.is_empty() => {
                for at in taken {
                    self.judge(entity, at, &error).await?;
                }
                return Ok(());
            }
            // Lost, or refused: some may have been made all the same.
            Some(_) => {}
        }
        // Each row of the answer is one object, though a key may be shared by two.
        let mut twins: Vec<Twin> = Vec::with_capacity(wanted.len());
        for want in &wanted {
            let twin = rows.iter().position(|row| same_key(entity, want, row));
            let id = twin.and_then(|at| rows.remove(at).get(entity.id).and_then(id_text));
            twins.push(id.map_or(Twin::None, Twin::Made));
        }
        let missing: Vec<(usize, &Value)> = taken
            .iter()
            .zip(&wanted)
            .zip(&twins)
            .filter(|(_, twin)| matches!(twin, Twin::None))
            .map(|((at, want), _)| (*at, want))
            .collect();
        if !missing.is_empty() {
            let Some(found) = self.twins(entity, &missing).await? else {
                return Ok(());
            };
            let empty = twins.iter_mut().filter(|twin| matches!(twin, Twin::None));
            for (twin, found) in empty.zip(found) {
                *twin = found;
            }
        }
        let mut made = Vec::new();
        for (at, twin) in taken.iter().zip(&twins) {
            match twin {
                Twin::Made(id) => {
                    if self.adopt(entity, *at, id)? {
                        made.push(id.clone());
                    }
                }
                Twin::Known(id) => self.fail(*at, unclear(entity, id))?,
                Twin::None => {}
            }
        }
        let Some(live) = self.look(entity, &made, true).await? else {
            return Ok(());
        };
        let mut done = Vec::new();
        for ((at, want), twin) in taken.into_iter().zip(&wanted).zip(twins) {
            match twin {
                _ if !open(&self.steps[at]) || self.has_halted() => {}
                Twin::None => {
                    // Alone its own error is told. It was looked for just now.
                    self.steps[at].status = StepStatus::Planned;
                    self.create(entity, at).await?;
                }
                Twin::Made(new) | Twin::Known(new) => match live.get(&new) {
                    Some(read)
                        if differences(entity, want, &read.doc, &[]).is_empty()
                            && !rows::any_differ(entity, want, &read.doc) =>
                    {
                        self.close(entity, at, want, &new, read).await?;
                        done.push(at);
                    }
                    _ => self.settle(entity, at, want, new).await?,
                },
            }
        }
        self.note_all(&done, StepStatus::Done)
    }
}

fn unclear(entity: &Entity, id: &str) -> String {
    let one = entity.singular;
    format!(
        "the answer was lost, and {one} {id}, which is called the same, has a history of its own: it \
         may be the one that was made; look at `vortex list {one} {id}` before you restore again"
    )
}
