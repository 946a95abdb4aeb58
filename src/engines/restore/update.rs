//! Steps that change what lives: read again, compared with the plan, sent, read back.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value};

use super::across;
use super::apply::Job;
use super::chunks::{READ_BACK, is_plain, member, row_changes};
use super::document;
use super::fields::{Eyes, update_body};
use super::park;
use super::plan::is_flat;
use super::references::renumber;
use super::request::{self, halts, is_own_fault};
use super::row_together::{self, Sent, Share};
use super::row_writes;
use super::rows;
use super::sever;
use crate::api::ErrorKind;
use crate::engines::Error;
use crate::engines::pictures;
use crate::entities::Entity;
use crate::model::ChangeKind;
use crate::model::restore::{Action, FieldChange, Step, StepStatus};

/// What was changed and is yet to be read back: of one entity, read in one way.
#[derive(Default)]
pub(super) struct Awaiting {
    of: Option<(&'static Entity, bool)>,
    ready: Vec<Ready>,
}

impl Awaiting {
    /// Whether what comes next may be read back together with what waits.
    pub fn takes(&self, entity: &Entity, action: Action) -> bool {
        let same = self.of.is_none_or(|(of, _)| of.name == entity.name);
        same && matches!(action, Action::Update | Action::Relink)
    }
}

/// A change that is ready to be sent, or was.
struct Ready {
    at: usize,
    id: String,
    live: Value,
    plain: Vec<FieldChange>,
}

impl Job<'_> {
    pub(super) async fn update(
        &mut self,
        entity: &'static Entity,
        range: Range<usize>,
    ) -> Result<(), Error> {
        let mut all = Vec::new();
        let mut touched: Vec<String> = Vec::new();
        for step in &self.steps[range.clone()] {
            all.push(self.vault.current_id(entity.name, &step.id)?);
            touched.extend(step.changes.iter().map(|change| member(change).to_owned()));
        }
        // What is to be done to rows is compared with all that are in play.
        let rows = |step: &Step| {
            let set = step.action != Action::Relink && row_changes(step) > 0;
            set && !is_flat(entity, &step.only)
        };
        let parts = !is_flat(entity, &touched) || self.steps[range.clone()].iter().any(rows);
        let Some(now) = self.look(entity, &all, parts).await? else {
            return Ok(());
        };
        let mut ready = Vec::new();
        for (at, id) in range.zip(all) {
            let Some(live) = now.get(&id).map(|read| read.doc.clone()) else {
                self.leave(at, "is gone since the plan was made")?;
                continue;
            };
            let (plain, short) = self.plain(entity, &self.steps[at])?;
            if short && plain.is_empty() && self.steps[at].action == Action::Relink {
                self.leave(at, "what it is to point to could not be made")?;
                continue;
            }
            let mut pointing = plain.iter();
            if let Some(why) = pointing.find_map(|change| {
                let around = Map::from_iter([(member(change).to_owned(), change.to.clone())]);
                across::strip(entity, &mut Value::Object(around))
            }) {
                self.leave(at, why)?;
                continue;
            }
            if self.steps[at].action == Action::Relink && self.points_to_unmade(entity, at)? {
                self.leave(at, "what it is to point to was not made")?;
                continue;
            }
            let moved = self.moved(entity, at, &plain, &live)?;
            if !moved.is_empty() {
                let why = format!("left as it is: {} changed since the plan", moved.join(", "));
                match self.steps[at].status {
                    StepStatus::Begun => self.fail(at, why)?,
                    _ => self.leave(at, why)?,
                }
                continue;
            }
            ready.push(Ready {
                at,
                id,
                live,
                plain,
            });
        }
        let begun: Vec<usize> = ready.iter().map(|one| one.at).collect();
        self.note_all(&begun, StepStatus::Begun)?;
        self.send_updates(entity, &ready).await?;
        let sent = self.send_shared(entity, &ready).await?;
        for one in &ready {
            if self.has_halted() {
                return Ok(());
            }
            if row_changes(&self.steps[one.at]) == 0 || self.steps[one.at].error.is_some() {
                continue;
            }
            let Some(wanted) = self.aimed(entity, one.at, &one.live)? else {
                continue;
            };
            let (at, id, live) = (one.at, &one.id, &one.live);
            let written = self.write_rows(entity, at, id, &wanted, live, false, &sent);
            match written.await? {
                Some(failed) if !failed.is_empty() => {
                    self.steps[one.at].error = Some(failed.join("; "));
                }
                _ => {}
            }
        }
        if self.has_halted() {
            return Ok(());
        }
        if self.awaiting.of.is_some_and(|(_, way)| way != parts) {
            self.read_back().await?;
        }
        self.awaiting.of = Some((entity, parts));
        self.awaiting.ready.extend(ready);
        if self.awaiting.ready.len() >= READ_BACK {
            self.read_back().await?;
        }
        Ok(())
    }

    /// Writes the rows of an object; where the store fails over one of them with a 500, once more from
    /// what stands by then. Answers what could not be written; none where the work ended.
    #[expect(clippy::too_many_arguments, reason = "those of what it calls")]
    pub(super) async fn write_rows(
        &mut self,
        entity: &'static Entity,
        at: usize,
        id: &str,
        wanted: &Value,
        live: &Value,
        fresh: bool,
        sent: &Sent,
    ) -> Result<Option<Vec<String>>, Error> {
        let only = match fresh {
            true => Vec::new(),
            false => self.steps[at].only.clone(),
        };
        let mut live = live.clone();
        let mut again = true;
        loop {
            let place = self.place(entity, id);
            let error = match row_writes::write(place, wanted, &live, &only, fresh, sent).await {
                Ok(lines) => {
                    self.answers();
                    return Ok(Some(lines));
                }
                Err(Error::Api(error)) => error,
                Err(error) => return Err(error),
            };
            if self.ends(entity, at, id, &error).await? {
                return Ok(None);
            }
            let ids = [id.to_owned()];
            let read = match again {
                true => self.look(entity, &ids, true).await?,
                false => Some(HashMap::new()),
            };
            match read.map(|mut read| read.remove(id)) {
                None => return Ok(None),
                Some(Some(read)) => live = read.doc,
                Some(None) => {
                    let line = format!("{error}; what comes after it was not tried");
                    return Ok(Some(vec![line]));
                }
            }
            again = false;
        }
    }

    /// The changes of a step to plain members, with references as they are now.
    /// True beside them where something of them can't be had.
    pub(super) fn plain(
        &self,
        entity: &Entity,
        step: &Step,
    ) -> Result<(Vec<FieldChange>, bool), Error> {
        let mut plain = Vec::new();
        let mut short = false;
        for change in step.changes.iter().filter(|change| is_plain(change)) {
            let mut around = Map::new();
            // What another member tells of a reference (a redirect's type) stands beside it.
            around.insert(member(change).to_owned(), change.to.clone());
            let mut around = Value::Object(around);
            renumber(self.vault, entity, &mut around)?;
            self.point(entity, &mut around)?;
            short |= self.sever(entity, step, &mut around);
            across::strip(entity, &mut around);
            if let Some(to) = around.get_mut(member(change)).map(Value::take) {
                let change = change.clone();
                plain.push(FieldChange { to, ..change });
            }
        }
        Ok((plain, short))
    }

    /// Members that are neither as the plan saw them nor as they shall be: someone else's edits.
    pub(super) fn moved(
        &self,
        entity: &'static Entity,
        at: usize,
        plain: &[FieldChange],
        live: &Value,
    ) -> Result<Vec<String>, Error> {
        let step = &self.steps[at];
        if self.makes.contains(&sever::key(&step.entity, &step.id)) {
            return Ok(Vec::new()); // made by this very restore
        }
        let before = self.stood(entity, step)?;
        let mut own = live.clone();
        // What the restore itself calls otherwise for a while is no one's edit.
        let mut park = step.park.clone();
        park.extend(before.iter().flat_map(|before| park::texts(entity, before)));
        if step.parked || before.is_some() {
            park::unparked(entity, &mut own, &park);
        }
        let live = &own;
        let eyes = Eyes::of(entity);
        let others = |change: &&FieldChange| {
            let is = live.get(member(change)).cloned().unwrap_or_default();
            !eyes.same(member(change), &is, &change.from)
                && !eyes.same(member(change), &is, &change.to)
        };
        let mut moved: Vec<String> = plain
            .iter()
            .filter(others)
            .map(|change| member(change).to_owned())
            .collect();
        if row_changes(step) > 0
            && step.action != Action::Relink
            && let Some(wanted) = self.wanted(entity, at)?
        {
            let mut live = live.clone();
            pictures::mark_held(self.vault, entity, &mut live)?;
            let mut stirred = false;
            // Whatever is to be done to a row now was to be done when the plan was made.
            for (list, work) in rows::compare_all(entity, &wanted, &live, &step.only, false) {
                let planned = |now: &FieldChange| {
                    let mut all = step.changes.iter();
                    all.any(|then| then.path == now.path && then.from == now.from)
                        // Half of it was done when the work was cut short: wanted rows that were not
                        // there before are its own, images move when others are sent, and options
                        // make rows of variants. What else is there by now is someone else's.
                        || before.as_ref().is_some_and(|before| {
                            let own = !now.to.is_null() || stirred;
                            own && (list.picture || !rows::has(list, before, &now.path))
                        })
                };
                if !rows::changes(list, &work).iter().all(planned) {
                    moved.push(list.place());
                }
                let place = format!("/{}/", list.place());
                let mut planned = step.changes.iter();
                stirred |= list.stirs && planned.any(|change| change.path.starts_with(&place));
            }
        }
        if step.action == Action::Relink {
            moved.extend(self.moved_links(entity, at, live)?);
        }
        Ok(moved)
    }

    /// What stood before a step whose work was begun already; none of one that was not.
    fn stood(&self, entity: &Entity, step: &Step) -> Result<Option<Value>, Error> {
        match (step.status, step.safety) {
            (StepStatus::Begun, Some(safety)) => document(self.vault, entity, &step.id, safety),
            _ => Ok(None),
        }
    }

    async fn send_updates(
        &mut self,
        entity: &'static Entity,
        ready: &[Ready],
    ) -> Result<(), Error> {
        let Some(sending) = &entity.writes.update else {
            return Ok(());
        };
        let eyes = Eyes::of(entity);
        let body = |one: &Ready| {
            let differs = one.plain.iter().any(|change| {
                let is = one.live.get(member(change)).cloned().unwrap_or_default();
                !eyes.same(member(change), &is, &change.to)
            });
            differs.then(|| update_body(entity, &one.plain, &one.live))
        };
        let bodies: Vec<(&Ready, Map<String, Value>)> = ready
            .iter()
            .filter_map(|one| Some((one, body(one)?)))
            .collect();
        if sending.batch > 1 && bodies.len() > 1 {
            let list = bodies
                .iter()
                .map(|(one, body)| request::with_id(entity, &one.id, body.clone(), &one.live));
            let list: Vec<Value> = list.collect();
            match self.send_batch(entity, sending, list).await.1 {
                None => return Ok(()),
                Some(error) if halts(&error) && !is_own_fault(&error) => {
                    self.halt(&error);
                    return Ok(());
                }
                Some(error) if error.kind() == ErrorKind::Forbidden => {
                    for (one, _) in bodies {
                        self.judge(entity, one.at, &error).await?;
                    }
                    return Ok(());
                }
                // One of them is at fault: each by itself tells which. Setting twice is harmless.
                Some(_) => {}
            }
        }
        for (one, body) in bodies {
            let send = request::one(entity, sending, &one.id, body, Some(&one.live));
            match self.client.send(&send).await {
                Ok(_) => self.answers(),
                Err(error) => self.judge(entity, one.at, &error).await?,
            }
            if self.has_halted() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends rows that go together with those of other objects.
    async fn send_shared(
        &mut self,
        entity: &'static Entity,
        ready: &[Ready],
    ) -> Result<Sent, Error> {
        let mut all = Vec::new();
        for one in ready {
            let step = &self.steps[one.at];
            if row_changes(step) > 0
                && step.error.is_none()
                && let Some(wanted) = self.aimed(entity, one.at, &one.live)?
            {
                all.push((one, wanted));
            }
        }
        if all.is_empty() || self.has_halted() {
            return Ok(Sent::default());
        }
        let shares: Vec<Share<'_>> = all
            .iter()
            .map(|(one, wanted)| Share {
                id: &one.id,
                wanted,
                live: &one.live,
                fields: &self.steps[one.at].only,
            })
            .collect();
        match row_together::write_together(self.place(entity, ""), &shares).await {
            Ok(sent) => Ok(sent),
            Err(error) => {
                self.halt(&error);
                Ok(Sent::default())
            }
        }
    }

    /// Reads what was written, keeps it as versions and names what is not as it was wanted.
    pub(super) async fn read_back(&mut self) -> Result<(), Error> {
        let Awaiting { of, ready } = std::mem::take(&mut self.awaiting);
        let Some((entity, parts)) = of else {
            return Ok(());
        };
        if self.has_halted() {
            return Ok(()); // begun, and read by a resume
        }
        let all: Vec<String> = ready.iter().map(|one| one.id.clone()).collect();
        let Some(after) = self.look(entity, &all, parts).await? else {
            return Ok(());
        };
        let eyes = Eyes::of(entity);
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for one in ready {
            let Some(read) = after.get(&one.id) else {
                self.fail(one.at, "was gone when it was read back")?;
                continue;
            };
            self.keep(entity, &one.id, read, ChangeKind::Restored)
                .await?;
            let step = &self.steps[one.at];
            if step.parked && park::unparked(entity, &mut read.doc.clone(), &step.park) {
                self.marked.insert(one.at);
            }
            if self.steps[one.at].error.is_some() {
                failed.push(one.at);
                continue;
            }
            for change in one.plain {
                let is = read.doc.get(member(&change)).cloned().unwrap_or_default();
                if !eyes.same(member(&change), &change.to, &is) {
                    self.differs(entity, &one.id, FieldChange { from: is, ..change });
                }
            }
            if row_changes(&self.steps[one.at]) > 0
                && let Some(wanted) = self.aimed(entity, one.at, &read.doc)?
            {
                self.compare_rows(entity, one.at, &one.id, &wanted, &read.doc, false);
            }
            done.push(one.at);
        }
        self.note_all(&done, StepStatus::Done)?;
        self.note_all(&failed, StepStatus::Failed)
    }
}
