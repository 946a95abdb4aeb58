//! Applying a plan: safety versions, journal, requests, reading back.
//!
//! Before the first request everything that will be touched is in the vault as it stands, and every
//! step is in the journal. A step is marked begun before its request and done after it; what is
//! found begun is looked up in the store before anything is sent for it again.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value, json};

use super::batch::find_by_key;
use super::fields::{Eyes, create_body, differences, same_key, top, update_body};
use super::plan::is_flat;
use super::references::{ids, like, renumber, root};
use super::rows;
use super::{Plan, document};
use crate::api::{self, Call, Change, Client, ErrorKind, Method, Removal};
use crate::engines::Error;
use crate::engines::capture::shape::{each_host, id_text};
use crate::engines::capture::{read_many, record, record_gone};
use crate::engines::monitor::Monitor;
use crate::entities::entity::{self, Deleting, Sending};
use crate::entities::{self, Entity};
use crate::model::restore::{Action, Differing, FieldChange, RestoreReport, Step, StepStatus};
use crate::model::{ChangeKind, Clock, RunId, RunKind, RunStatus};
use crate::vault::{self, State, Vault};
use tokio_util::sync::CancellationToken;

/// Objects in one re-read, write and read-back where the API takes one object a request.
const SINGLES: usize = 25;

/// Requests that steps take, the reading before and after them included.
pub(super) fn requests(steps: &[Step]) -> u64 {
    let mut total = 0;
    let mut at = 0;
    while at < steps.len() {
        let range = chunk(steps, at);
        let chunk = &steps[range.clone()];
        let rows: u64 = chunk.iter().map(|step| row_changes(step) as u64).sum();
        let many = entities::find(&chunk[0].entity).map_or(1, |entity| batch_of(entity, &chunk[0]));
        let len = chunk.len();
        total += rows
            + match chunk[0].action {
                Action::Skip => 0,
                Action::Create if many <= 1 => chunk.iter().map(|s| u64::from(s.requests)).sum(),
                _ if many <= 1 => len as u64 + 2,
                _ => 3,
            };
        at = range.end;
    }
    total
}

/// Changes of a step that are rows'.
fn row_changes(step: &Step) -> usize {
    let rows = step.changes.iter().filter(|change| !is_plain(change));
    rows.count()
}

fn is_plain(change: &FieldChange) -> bool {
    !change.path[1..].contains('/')
}

fn batch_of(entity: &Entity, step: &Step) -> usize {
    let sending = match step.action {
        Action::Create => &entity.writes.create,
        Action::Update | Action::Relink => &entity.writes.update,
        _ => return 1,
    };
    sending.as_ref().map_or(1, |sending| sending.batch.max(1))
}

/// The steps from `at` on that are worked on together.
fn chunk(steps: &[Step], at: usize) -> Range<usize> {
    let first = &steps[at];
    let Some(entity) = entities::find(&first.entity) else {
        return at..at + 1;
    };
    let most = match batch_of(entity, first) {
        1 if matches!(first.action, Action::Update | Action::Relink) => SINGLES,
        many => many,
    };
    let flat = |step: &Step| row_changes(step) == 0;
    let alike = steps[at..]
        .iter()
        .take(most)
        .take_while(|step| {
            step.action == first.action
                && step.entity == first.entity
                && flat(step) == flat(first)
                && open(step) == open(first)
        })
        .count();
    at..at + alike.max(1)
}

/// Whether something is still to be done.
fn open(step: &Step) -> bool {
    step.action != Action::Skip && matches!(step.status, StepStatus::Planned | StepStatus::Begun)
}

/// Carries a plan out. The caller holds the vault's lock.
///
/// # Errors
///
/// When the vault fails. What the store refuses is told in the report.
pub async fn apply(
    client: &Client,
    vault: &mut Vault,
    plan: Plan,
    kind: RunKind,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<RestoreReport, Error> {
    let before = client.requests();
    let run = vault.begin_run(kind, clock.now())?;
    let mut job = Job {
        client,
        vault,
        run,
        monitor,
        clock,
        fields: plan.fields,
        steps: plan.steps,
        differing: Vec::new(),
        halted: None,
    };
    let outcome = match job.keep_safe(&plan.live).await {
        Ok(()) => job.work(cancel).await,
        Err(error) => Err(error),
    };
    job.finish(outcome, plan.notes, plan.requests, before, cancel)
}

/// Goes on with a restore that was cut short. Nothing that was done is done again.
///
/// # Errors
///
/// When the run kept no journal; when the vault fails.
pub async fn resume(
    client: &Client,
    vault: &mut Vault,
    run: RunId,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<RestoreReport, Error> {
    let before = client.requests();
    let broken = |why: String| Error::Run { run: run.0, why };
    let Some((what, texts)) = vault.journal(run)? else {
        return Err(broken(
            "is no restore, or it sent nothing: there is nothing to go on with".to_owned(),
        ));
    };
    let what: Value = serde_json::from_str(&what).map_err(|why| broken(why.to_string()))?;
    let fields = serde_json::from_value(what["fields"].clone()).unwrap_or_default();
    let mut steps = Vec::new();
    for (_, text) in texts {
        steps.push(serde_json::from_str(&text).map_err(|why| broken(why.to_string()))?);
    }
    let planned = requests(&steps);
    let mut job = Job {
        client,
        vault,
        run,
        monitor,
        clock,
        fields,
        steps,
        differing: Vec::new(),
        halted: None,
    };
    let outcome = job.work(cancel).await;
    job.finish(outcome, Vec::new(), planned, before, cancel)
}

struct Job<'a> {
    client: &'a Client,
    vault: &'a mut Vault,
    run: RunId,
    monitor: &'a dyn Monitor,
    clock: &'a dyn Clock,
    fields: Vec<String>,
    steps: Vec<Step>,
    differing: Vec<Differing>,
    /// Why the work ended before its end.
    halted: Option<String>,
}

/// An update that is ready to be sent.
struct Ready {
    at: usize,
    id: String,
    live: Value,
    plain: Vec<FieldChange>,
}

impl Job<'_> {
    /// Keeps all that will be touched as it stands, then opens the journal.
    async fn keep_safe(
        &mut self,
        live: &HashMap<(&'static str, String), Value>,
    ) -> Result<(), Error> {
        for at in 0..self.steps.len() {
            let step = &self.steps[at];
            let touches = matches!(
                step.action,
                Action::Update | Action::Relink | Action::Delete
            );
            let Some(entity) = entities::find(&step.entity).filter(|_| touches) else {
                continue;
            };
            let id = step.id.clone();
            let Some(doc) = live.get(&(entity.name, id.clone())) else {
                continue;
            };
            let flat = is_flat(entity, &self.fields);
            let doc = self.whole(entity, &id, doc, flat).await?;
            let now = self.clock.now();
            let version = record(
                self.vault,
                entity,
                self.run,
                &id,
                &doc,
                ChangeKind::Updated,
                now,
            )?;
            self.steps[at].safety = Some(version);
        }
        let what = json!({ "fields": self.fields }).to_string();
        let mut texts = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            texts.push((step.n, text(step)?));
        }
        Ok(self.vault.journal_begin(self.run, &what, &texts)?)
    }

    /// A whole document. What was read without the parts served elsewhere takes them from the
    /// newest version, for a narrow restore touches none of them; where there is no such version
    /// it is read whole.
    async fn whole(
        &self,
        entity: &'static Entity,
        id: &str,
        doc: &Value,
        flat: bool,
    ) -> Result<Value, Error> {
        if !flat || entity.parts.is_empty() {
            return Ok(doc.clone());
        }
        if let Some(head) = self.vault.head(entity.name, id)?
            && head.state == State::Live
            && !head.pending
            && let Some(known) = document(self.vault, entity, id, head.version)?
        {
            let mut whole = doc.clone();
            for part in entity.parts {
                each_host(&mut whole, part.at, |host| {
                    let list = part.at.strip_suffix("[]").unwrap_or(part.at);
                    let from = match part.at.is_empty() {
                        true => Some(&known),
                        false => known
                            .get(list)
                            .and_then(Value::as_array)
                            .and_then(|all| all.iter().find(|row| row.get("id") == host.get("id"))),
                    };
                    for member in part.members {
                        if let Some(value) = from.and_then(|from| from.get(*member)) {
                            host.insert((*member).to_owned(), value.clone());
                        }
                    }
                });
            }
            return Ok(whole);
        }
        let again = read_many(self.client, entity, &[id.to_owned()], true).await?;
        Ok(again.into_values().next().unwrap_or_else(|| doc.clone()))
    }

    async fn work(&mut self, cancel: &CancellationToken) -> Result<(), Error> {
        let total = self.steps.iter().filter(|step| open(step)).count();
        let mut done = 0_u64;
        let mut at = 0;
        while at < self.steps.len() && self.halted.is_none() && !cancel.is_cancelled() {
            let range = chunk(&self.steps, at);
            at = range.end;
            let first = &self.steps[range.start];
            let Some(entity) = entities::find(&first.entity).filter(|_| open(first)) else {
                continue;
            };
            if done == 0 {
                self.monitor.entity_total(entity.name, total as u64);
            }
            let len = range.len() as u64;
            match first.action {
                Action::Create if range.len() > 1 => self.create_many(entity, range).await?,
                Action::Create => self.create(entity, range.start).await?,
                Action::Update | Action::Relink => self.update(entity, range).await?,
                Action::Delete => self.delete(entity, range.start).await?,
                Action::Skip | Action::Upload => {}
            }
            done += len;
            self.monitor.entity_progress(entity.name, done);
        }
        Ok(())
    }

    /// Notes a step in the journal.
    fn note(&mut self, at: usize, status: StepStatus) -> Result<(), Error> {
        self.steps[at].status = status;
        let step = &self.steps[at];
        Ok(self
            .vault
            .journal_steps(self.run, &[(step.n, text(step)?)])?)
    }

    fn fail(&mut self, at: usize, why: impl Into<String>) -> Result<(), Error> {
        self.steps[at].error = Some(why.into());
        self.note(at, StepStatus::Failed)
    }

    /// Fails a step for which nothing was sent: `undo` has nothing to take back.
    fn leave(&mut self, at: usize, why: impl Into<String>) -> Result<(), Error> {
        self.steps[at].safety = None;
        self.fail(at, why)
    }

    /// What an error of the API means for the work: one that would hit every further step ends it,
    /// with the step as it is, so that it can be taken up again.
    fn judge(&mut self, at: usize, error: &api::Error) -> Result<(), Error> {
        let of_all = error.is_temporary()
            || error.status() == Some(401)
            || error.kind() == ErrorKind::Cancelled;
        if of_all {
            self.halted.get_or_insert_with(|| error.to_string());
            return Ok(());
        }
        self.fail(at, error.to_string())
    }

    /// The changes of a step to plain members, with references as they are now.
    fn plain(&self, entity: &Entity, step: &Step) -> Result<Vec<FieldChange>, Error> {
        let mut plain = Vec::new();
        for change in step.changes.iter().filter(|change| is_plain(change)) {
            let member = change.path[1..].to_owned();
            let mut around = json!({});
            around[&member] = change.to.clone();
            renumber(self.vault, entity, &mut around)?;
            plain.push(FieldChange {
                to: around[&member].take(),
                ..change.clone()
            });
        }
        Ok(plain)
    }

    async fn update(&mut self, entity: &'static Entity, range: Range<usize>) -> Result<(), Error> {
        let all: Vec<String> = self.steps[range.clone()]
            .iter()
            .map(|step| step.id.clone())
            .collect();
        let named = self.steps[range.clone()].iter().flat_map(|s| &s.changes);
        let named: Vec<String> = named
            .map(|change| {
                top(&change.path[1..])
                    .split('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        let flat = is_flat(entity, &named);
        let now = match read_many(self.client, entity, &all, !flat).await {
            Ok(now) => now,
            Err(Error::Api(error)) => return self.judge(range.start, &error),
            Err(error) => return Err(error),
        };
        let eyes = Eyes::of(entity);
        let mut ready = Vec::new();
        for at in range {
            let id = self.steps[at].id.clone();
            let Some(live) = now.get(&id).cloned() else {
                self.leave(at, "is gone since the plan was made")?;
                continue;
            };
            let plain = self.plain(entity, &self.steps[at])?;
            let begun = self.steps[at].status == StepStatus::Begun;
            let moved: Vec<&str> = plain
                .iter()
                .filter(|change| {
                    let member = &change.path[1..];
                    let is = live.get(member).cloned().unwrap_or_default();
                    !begun
                        && !eyes.same(member, &is, &change.from)
                        && !eyes.same(member, &is, &change.to)
                })
                .map(|change| &change.path[1..])
                .collect();
            if !moved.is_empty() {
                let why = format!("left as it is: {} changed since the plan", moved.join(", "));
                self.leave(at, why)?;
                continue;
            }
            self.note(at, StepStatus::Begun)?;
            ready.push(Ready {
                at,
                id,
                live,
                plain,
            });
        }
        self.send_updates(entity, &ready).await?;
        if self.halted.is_some() {
            return Ok(());
        }
        for one in &ready {
            if row_changes(&self.steps[one.at]) == 0 || self.steps[one.at].error.is_some() {
                continue;
            }
            let Some(wanted) = self.wanted(entity, one.at)? else {
                continue;
            };
            let fields = self.fields.clone();
            let written = rows::write(
                self.client,
                entity,
                &one.id,
                &wanted,
                &one.live,
                &fields,
                false,
            )
            .await;
            match written {
                Ok(failed) if failed.is_empty() => {}
                Ok(failed) => self.steps[one.at].error = Some(failed.join("; ")),
                Err(Error::Api(error)) => {
                    self.halted.get_or_insert_with(|| error.to_string());
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        self.read_back(entity, ready, flat).await
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
                let member = &change.path[1..];
                let is = one.live.get(member).cloned().unwrap_or_default();
                !eyes.same(member, &is, &change.to)
            });
            differs.then(|| update_body(entity, &one.plain, &one.live))
        };
        let bodies: Vec<(usize, Map<String, Value>)> = (0..)
            .zip(ready.iter())
            .filter_map(|(at, one)| Some((at, body(one)?)))
            .collect();
        if bodies.is_empty() {
            return Ok(());
        }
        if sending.batch > 1 && bodies.len() > 1 {
            let list = bodies
                .iter()
                .map(|(at, body)| with_id(entity, &ready[*at], body.clone()))
                .collect();
            let send = request(sending, "", Value::Array(list));
            match self.client.send(&send).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_temporary() || error.status() == Some(401) => {
                    return self.judge(ready[bodies[0].0].at, &error);
                }
                // One of them is at fault: each by itself tells which. Setting twice is harmless.
                Err(_) => {}
            }
        }
        for (at, body) in bodies {
            let one = &ready[at];
            let body = match sending.batch {
                0 => Value::Object(body),
                _ => Value::Array(vec![with_id(entity, one, body)]),
            };
            let send = request(sending, &one.id, body);
            if let Err(error) = self.client.send(&send).await {
                let step = one.at;
                self.judge(step, &error)?;
                if self.halted.is_some() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Reads what was written, keeps it as versions and names what is not as it was wanted.
    async fn read_back(
        &mut self,
        entity: &'static Entity,
        ready: Vec<Ready>,
        flat: bool,
    ) -> Result<(), Error> {
        let all: Vec<String> = ready.iter().map(|one| one.id.clone()).collect();
        let after = match read_many(self.client, entity, &all, !flat).await {
            Ok(after) => after,
            Err(Error::Api(error)) => {
                self.halted.get_or_insert_with(|| error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let eyes = Eyes::of(entity);
        for one in ready {
            let failed = self.steps[one.at].error.is_some();
            let Some(doc) = after.get(&one.id) else {
                self.fail(one.at, "was gone when it was read back")?;
                continue;
            };
            let whole = self.whole(entity, &one.id, doc, flat).await?;
            let now = self.clock.now();
            let change = match failed && one.plain.is_empty() {
                true => ChangeKind::Updated,
                false => ChangeKind::Restored,
            };
            record(self.vault, entity, self.run, &one.id, &whole, change, now)?;
            if failed {
                self.note(one.at, StepStatus::Failed)?;
                continue;
            }
            for change in &one.plain {
                let member = &change.path[1..];
                let is = doc.get(member).cloned().unwrap_or_default();
                if !eyes.same(member, &change.to, &is) {
                    self.differs(entity, &one.id, &change.path, is, change.to.clone());
                }
            }
            if row_changes(&self.steps[one.at]) > 0
                && let Some(wanted) = self.wanted(entity, one.at)?
            {
                self.compare_rows(entity, &one.id, &wanted, doc, false);
            }
            self.note(one.at, StepStatus::Done)?;
        }
        Ok(())
    }

    fn differs(&mut self, entity: &Entity, id: &str, path: &str, is: Value, want: Value) {
        self.differing.push(Differing {
            entity: entity.name.to_owned(),
            id: id.to_owned(),
            field: FieldChange {
                path: path.to_owned(),
                from: is,
                to: want,
            },
        });
    }

    fn compare_rows(
        &mut self,
        entity: &'static Entity,
        id: &str,
        wanted: &Value,
        doc: &Value,
        fresh: bool,
    ) {
        let fields = self.fields.clone();
        let mut row_ids = rows::RowIds::default();
        for list in rows::lists(entity, &fields) {
            let left = rows::compare(entity, list, wanted, doc, &fields, fresh, &mut row_ids);
            for change in rows::changes(list, &left) {
                self.differs(entity, id, &change.path, change.from, change.to);
            }
        }
    }

    /// The wanted document of a step, with references as they are now.
    fn wanted(&self, entity: &Entity, at: usize) -> Result<Option<Value>, Error> {
        let step = &self.steps[at];
        let Some(version) = step.version else {
            return Ok(None);
        };
        let Some(mut wanted) = document(self.vault, entity, &step.id, version)? else {
            return Ok(None);
        };
        renumber(self.vault, entity, &mut wanted)?;
        Ok(Some(wanted))
    }

    /// What a create may say of its own kind: only what is there already.
    fn without_dangling(&self, entity: &Entity, body: &mut Map<String, Value>, at: usize) {
        let waiting: Vec<&str> = self.steps[at..]
            .iter()
            .filter(|step| step.action == Action::Create && step.new_id.is_none())
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

    async fn create(&mut self, entity: &'static Entity, at: usize) -> Result<(), Error> {
        let Some(sending) = &entity.writes.create else {
            return self.leave(at, "can't be made anew");
        };
        let Some(wanted) = self.wanted(entity, at)? else {
            return self.leave(at, "the wanted version is not there any more");
        };
        let begun = self.steps[at].status == StepStatus::Begun;
        let mut made = self.steps[at].new_id.clone();
        if made.is_none() && begun {
            // The answer was lost: it may have been made.
            made = self.twin(entity, &wanted).await?;
        }
        if self.halted.is_some() {
            return Ok(());
        }
        if made.is_none() {
            let mut body = create_body(entity, &wanted);
            self.without_dangling(entity, &mut body, at);
            self.note(at, StepStatus::Begun)?;
            let id = self.steps[at].id.clone();
            let body = match sending.batch {
                0 => Value::Object(body),
                _ => Value::Array(vec![Value::Object(body)]),
            };
            let send = request(sending, &id, body);
            made = match self.client.send(&send).await {
                Ok(_) if sending.path.contains("{id}") => Some(id),
                Ok(answer) => match first_id(entity, answer.json::<Value>(&send.call).ok()) {
                    Some(id) => Some(id),
                    None => self.twin(entity, &wanted).await?,
                },
                Err(error) if error.is_in_doubt() => {
                    let twin = self.twin(entity, &wanted).await?;
                    if twin.is_none() {
                        self.halted.get_or_insert_with(|| error.to_string());
                    }
                    twin
                }
                Err(error) => return self.judge(at, &error),
            };
            if self.halted.is_some() {
                return Ok(());
            }
        }
        let Some(new) = made else {
            return self.fail(at, "was sent, but is not to be found in the store");
        };
        self.settle(entity, at, &wanted, new).await
    }

    /// The id of the live object that a human would take for the wanted one.
    async fn twin(
        &mut self,
        entity: &'static Entity,
        wanted: &Value,
    ) -> Result<Option<String>, Error> {
        match find_by_key(self.client, entity, &[wanted]).await {
            Ok(found) => {
                let twin = found.into_iter().next().flatten();
                let id = twin.and_then(|doc| doc.get(entity.id).and_then(id_text));
                // What has a history of its own is another object.
                Ok(match id {
                    Some(id) if self.vault.object(entity.name, &id)?.is_none() => Some(id),
                    _ => None,
                })
            }
            Err(Error::Api(error)) => {
                self.halted.get_or_insert_with(|| error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Goes on with a step's object under its new id. False, and the step failed, where that id is
    /// another object's.
    fn adopt(&mut self, entity: &Entity, at: usize, new: &str) -> Result<bool, Error> {
        let old = self.steps[at].id.clone();
        if old != new {
            match self.vault.renumber(entity.name, &old, new) {
                Ok(()) => {}
                Err(error @ vault::Error::IdTaken { .. }) => {
                    self.fail(at, error.to_string())?;
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            }
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
        let outcome = self.complete(entity, at, wanted, &new).await;
        match outcome {
            Ok(()) => Ok(()),
            Err(Error::Api(error)) => {
                self.halted.get_or_insert_with(|| error.to_string());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn complete(
        &mut self,
        entity: &'static Entity,
        at: usize,
        wanted: &Value,
        new: &str,
    ) -> Result<(), Error> {
        let one = [new.to_owned()];
        let gone = "was made, but is not there when read back";
        let Some(mut live) = read_many(self.client, entity, &one, true)
            .await?
            .remove(new)
        else {
            return self.fail(at, gone);
        };
        let mut failed = Vec::new();
        let has_rows = has_rows(entity, wanted);
        if has_rows {
            failed = rows::write(self.client, entity, new, wanted, &live, &[], true).await?;
            live = match read_many(self.client, entity, &one, true)
                .await?
                .remove(new)
            {
                Some(live) => live,
                None => return self.fail(at, gone),
            };
        }
        let left = differences(entity, wanted, &live, &[]);
        if let Some(sending) = &entity.writes.update
            && !left.is_empty()
        {
            let body = update_body(entity, &left, &live);
            let ready = Ready {
                at,
                id: new.to_owned(),
                live,
                plain: Vec::new(),
            };
            let body = match sending.batch {
                0 => Value::Object(body),
                _ => Value::Array(vec![with_id(entity, &ready, body)]),
            };
            match self.client.send(&request(sending, new, body)).await {
                Ok(_) => {}
                Err(error) if error.is_temporary() => return Err(error.into()),
                Err(error) => failed.push(error.to_string()),
            }
            live = match read_many(self.client, entity, &one, true)
                .await?
                .remove(new)
            {
                Some(live) => live,
                None => return self.fail(at, gone),
            };
        }
        self.keep(entity, at, wanted, new, &live)?;
        if failed.is_empty() {
            self.note(at, StepStatus::Done)
        } else {
            self.fail(at, failed.join("; "))
        }
    }

    /// Keeps what was made as a version, and names what is not as it was wanted.
    fn keep(
        &mut self,
        entity: &'static Entity,
        at: usize,
        wanted: &Value,
        new: &str,
        live: &Value,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        record(
            self.vault,
            entity,
            self.run,
            new,
            live,
            ChangeKind::Restored,
            now,
        )?;
        // Links within its own kind are set when all of them are there.
        let own = |path: &str| {
            let mut own = entity.references.iter().filter(|r| r.to == entity.name);
            own.any(|r| root(r.member) == &path[1..])
        };
        let later = self.steps[at + 1..]
            .iter()
            .any(|s| s.action == Action::Create && s.entity == entity.name && open(s));
        for change in differences(entity, wanted, live, &[]) {
            if later && own(&change.path) {
                continue;
            }
            self.differs(entity, new, &change.path, change.from, change.to);
        }
        self.compare_rows(entity, new, wanted, live, true);
        Ok(())
    }

    /// Makes several objects in one request, where the API takes that.
    async fn create_many(
        &mut self,
        entity: &'static Entity,
        range: Range<usize>,
    ) -> Result<(), Error> {
        let Some(sending) = &entity.writes.create else {
            return self.leave(range.start, "can't be made anew");
        };
        let mut wanted = Vec::new();
        let mut list = Vec::new();
        let mut taken = Vec::new();
        for at in range.clone() {
            let Some(doc) = self.wanted(entity, at)? else {
                self.leave(at, "the wanted version is not there any more")?;
                continue;
            };
            let begun = self.steps[at].status == StepStatus::Begun;
            let points_inside = entity
                .references
                .iter()
                .filter(|r| r.to == entity.name)
                .flat_map(|r| ids(&doc, r))
                .any(|id| self.steps[range.clone()].iter().any(|s| s.id == id));
            if begun || points_inside {
                // By themselves, in their order, and looked up first where an answer was lost.
                for at in range.clone() {
                    if open(&self.steps[at]) && self.halted.is_none() {
                        self.create(entity, at).await?;
                    }
                }
                return Ok(());
            }
            list.push(Value::Object(create_body(entity, &doc)));
            wanted.push(doc);
            taken.push(at);
        }
        for at in &taken {
            self.note(*at, StepStatus::Begun)?;
        }
        let send = request(sending, "", Value::Array(list));
        let rows = match self.client.send(&send).await {
            Ok(answer) => {
                let value = answer.json::<Value>(&send.call).unwrap_or_default();
                let data = value.get("data").cloned().unwrap_or(value);
                data.as_array().cloned().unwrap_or_default()
            }
            Err(error) if error.is_in_doubt() || error.status() == Some(422) => Vec::new(),
            Err(error) if error.is_temporary() || error.status() == Some(401) => {
                self.halted.get_or_insert_with(|| error.to_string());
                return Ok(());
            }
            Err(_) => Vec::new(),
        };
        // Each row of the answer is one object, though a key may be shared by two.
        let mut rows = rows;
        let mut found: Vec<Option<String>> = Vec::with_capacity(wanted.len());
        for want in &wanted {
            let twin = rows.iter().position(|row| same_key(entity, want, row));
            let row = twin.map(|at| rows.remove(at));
            found.push(row.and_then(|row| row.get(entity.id).and_then(id_text)));
        }
        if found.contains(&None) {
            // Some may have been made all the same: look before any is sent again.
            let missing: Vec<&Value> = wanted
                .iter()
                .zip(&found)
                .filter(|(_, found)| found.is_none())
                .map(|(want, _)| want)
                .collect();
            let twins = match find_by_key(self.client, entity, &missing).await {
                Ok(twins) => twins,
                Err(Error::Api(error)) => {
                    self.halted.get_or_insert_with(|| error.to_string());
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            let mut twins = twins.into_iter();
            for slot in found.iter_mut().filter(|slot| slot.is_none()) {
                let twin = twins.next().flatten();
                let id = twin.and_then(|doc| doc.get(entity.id).and_then(id_text));
                *slot = match id {
                    Some(id) if self.vault.object(entity.name, &id)?.is_none() => Some(id),
                    _ => None,
                };
            }
        }
        let made: Vec<String> = found.iter().flatten().cloned().collect();
        for (at, new) in taken.iter().zip(&found) {
            let Some(new) = new else { continue };
            self.adopt(entity, *at, new)?;
        }
        let live = match read_many(self.client, entity, &made, true).await {
            Ok(live) => live,
            Err(Error::Api(error)) => {
                self.halted.get_or_insert_with(|| error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for ((at, want), new) in taken.into_iter().zip(&wanted).zip(found) {
            if self.steps[at].status == StepStatus::Failed {
                continue;
            }
            let Some(new) = new else {
                // Alone its own error is told.
                self.steps[at].status = StepStatus::Planned;
                self.create(entity, at).await?;
                continue;
            };
            match live.get(&new) {
                Some(doc)
                    if differences(entity, want, doc, &[]).is_empty()
                        && !has_rows(entity, want) =>
                {
                    self.keep(entity, at, want, &new, doc)?;
                    self.note(at, StepStatus::Done)?;
                }
                _ => self.settle(entity, at, want, new).await?,
            }
            if self.halted.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn delete(&mut self, entity: &'static Entity, at: usize) -> Result<(), Error> {
        let id = self.steps[at].id.clone();
        let api = entity.listing.api;
        let removal = match &entity.writes.delete {
            Some(Deleting::Path(path)) => Removal::one(api, path.replace("{id}", &id)),
            Some(Deleting::Filter { path, param, .. }) => {
                Removal::some(api, *path, param, std::slice::from_ref(&id))
            }
            None => return self.leave(at, "can't be deleted through the API"),
        };
        let removal = match removal {
            Ok(removal) => removal,
            Err(error) => return self.leave(at, error.to_string()),
        };
        self.note(at, StepStatus::Begun)?;
        if let Err(error) = self.client.remove(&removal).await {
            return self.judge(at, &error);
        }
        match read_many(self.client, entity, std::slice::from_ref(&id), false).await {
            Ok(left) if left.is_empty() => {
                let now = self.clock.now();
                record_gone(self.vault, entity, self.run, &id, now)?;
                self.note(at, StepStatus::Done)
            }
            Ok(_) => self.fail(at, "is still there after it was deleted"),
            Err(Error::Api(error)) => self.judge(at, &error),
            Err(error) => Err(error),
        }
    }

    fn finish(
        self,
        outcome: Result<(), Error>,
        mut notes: Vec<String>,
        planned: u64,
        before: u64,
        cancel: &CancellationToken,
    ) -> Result<RestoreReport, Error> {
        let requests = self.client.requests() - before;
        let now = self.clock.now();
        if let Err(error) = outcome {
            let _ = self
                .vault
                .finish_run(self.run, RunStatus::Failed, now, requests);
            return Err(error);
        }
        let failed = self
            .steps
            .iter()
            .any(|step| step.status == StepStatus::Failed);
        let open = self.steps.iter().any(open);
        let lacking = self.steps.iter().any(|step| step.lacking);
        let done = self
            .steps
            .iter()
            .any(|step| step.status == StepStatus::Done);
        let status = if cancel.is_cancelled() && open {
            RunStatus::Interrupted
        } else if !(failed || open || lacking) && self.differing.is_empty() {
            RunStatus::Ok
        } else if done || !(failed || open) {
            RunStatus::Partial
        } else {
            RunStatus::Failed
        };
        if let Some(why) = &self.halted {
            notes.push(why.clone());
        }
        if open {
            notes.push(format!("go on with: vortex restore --resume {}", self.run));
        }
        self.vault.finish_run(self.run, status, now, requests)?;
        Ok(RestoreReport {
            run: Some(self.run.0),
            dry_run: false,
            status,
            requests,
            requests_planned: planned,
            steps: self.steps,
            differing: self.differing,
            notes,
        })
    }
}

/// Whether a wanted document has rows that are written by requests of their own.
fn has_rows(entity: &'static Entity, wanted: &Value) -> bool {
    rows::lists(entity, &[]).any(|rows| {
        let list = wanted.get(rows.member).and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty())
    })
}

fn text(step: &Step) -> Result<String, Error> {
    serde_json::to_string(step).map_err(|why| Error::Answer {
        what: format!("step {}", step.n),
        why: why.to_string(),
    })
}

/// A request that writes.
fn request(sending: &Sending, id: &str, body: Value) -> Change {
    let (outer, id) = match (sending.channel, id.split_once('/')) {
        (Some(_), Some((outer, id))) => (Some(outer), id),
        _ => (None, id),
    };
    let mut call = Call::new(sending.api, sending.path.replace("{id}", id));
    if let (Some(channel), Some(outer)) = (sending.channel, outer) {
        call = call.with(channel, outer);
    }
    let method = match sending.method {
        entity::Method::Post => Method::Post,
        entity::Method::Put => Method::Put,
    };
    Change { method, call, body }
}

/// An element of a batch: the body with the object's id, in the form in which the store has it.
fn with_id(entity: &Entity, one: &Ready, mut body: Map<String, Value>) -> Value {
    if !body.contains_key(entity.id) && entity.writes.takes_id {
        let own = one.live.get(entity.id).cloned();
        let own = own.unwrap_or_else(|| like(&Value::from(0), &one.id));
        body.insert(entity.id.to_owned(), own);
    }
    Value::Object(body)
}

/// The id in an answer to a create.
fn first_id(entity: &Entity, answer: Option<Value>) -> Option<String> {
    let answer = answer?;
    let data = answer.get("data").unwrap_or(&answer);
    let row = data.as_array().map_or(Some(data), |all| all.first())?;
    row.get(entity.id).and_then(id_text)
}
