//! Applying a plan: safety versions, journal, the steps one after the other, the report.
//!
//! Before the first request everything that will be touched is in the vault as it stands, and every
//! step is in the journal. A step is marked begun before its request and done after it; what is
//! found begun is looked up in the store before anything is sent for it again.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::became;
use super::chunks::{chunk, open, requests};
use super::copy::twin;
use super::held::strip;
use super::references::renumber;
use super::row_writes::Place;
use super::rows;
use super::sever;
use super::update::Awaiting;
use super::{Plan, Read, across, document};
use crate::api::{self, Client, ErrorKind};
use crate::engines::Error;
use crate::engines::capture::shape::{each_host, id_text};
use crate::engines::capture::{read_many, record};
use crate::engines::monitor::Monitor;
use crate::engines::pictures;
use crate::entities::{self, Entity};
use crate::model::away::is_away;
use crate::model::restore::{Action, Differing, FieldChange, RestoreReport, Step, StepStatus};
use crate::model::{ChangeKind, Clock, RunId, RunKind, RunStatus};
use crate::vault::{State, Vault};

/// What the bar of a restore is called.
const BAR: &str = "restore";

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
    let run = vault.begin_run(kind, clock.now())?;
    apply_in(client, vault, run, plan, monitor, cancel, clock).await
}

/// The same in a run that was begun already.
///
/// # Errors
///
/// As [`apply`].
pub async fn apply_in(
    client: &Client,
    vault: &mut Vault,
    run: RunId,
    plan: Plan,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<RestoreReport, Error> {
    let before = client.requests();
    let mut job = Job::new(client, vault, run, monitor, clock, plan.steps)?;
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
    let Some(texts) = vault.journal(run)? else {
        return Err(broken(
            "is no restore, or it sent nothing: there is nothing to go on with".to_owned(),
        ));
    };
    let mut steps = Vec::new();
    for (_, text) in texts {
        steps.push(serde_json::from_str(&text).map_err(|why| broken(why.to_string()))?);
    }
    let planned = requests(&steps);
    let mut job = Job::new(client, vault, run, monitor, clock, steps)?;
    let outcome = job.work(cancel).await;
    job.finish(outcome, Vec::new(), planned, before, cancel)
}

/// A restore at work.
pub(super) struct Job<'a> {
    pub client: &'a Client,
    pub vault: &'a mut Vault,
    pub run: RunId,
    pub clock: &'a dyn Clock,
    pub steps: Vec<Step>,
    /// Steps that make what takes another thing's place.
    pub replacing: Vec<usize>,
    /// An undo: ids are written as they stood.
    pub literal: bool,
    monitor: &'a dyn Monitor,
    differing: Vec<Differing>,
    /// What was changed and is yet to be read back.
    pub awaiting: Awaiting,
    /// Why the work ended before its end.
    halted: Option<String>,
    /// Entities for which the store refused the token's scopes: not asked again.
    pub refused: HashSet<&'static str>,
    /// Objects that one request takes, where the store refused more.
    pub batches: HashMap<&'static str, usize>,
    /// Steps in a row over which the store failed with a 500.
    pub streak: Vec<usize>,
    /// Steps of objects that were found to be called otherwise still.
    pub marked: HashSet<usize>,
    /// Objects (`brands/7`) that are made by this restore.
    pub makes: HashSet<String>,
    /// Objects (`brands/7`) that could not be made, as they are told.
    pub unmade: BTreeSet<String>,
    /// The store does not know the token.
    unauthorized: bool,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl<'a> Job<'a> {
    fn new(
        client: &'a Client,
        vault: &'a mut Vault,
        run: RunId,
        monitor: &'a dyn Monitor,
        clock: &'a dyn Clock,
        steps: Vec<Step>,
    ) -> Result<Self, Error> {
        let runs = vault.runs()?;
        let own = runs.iter().find(|row| row.run == run);
        Ok(Self {
            literal: own.is_some_and(|row| row.kind == RunKind::Undo),
            replacing: became::replacing(&steps),
            client,
            vault,
            run,
            clock,
            monitor,
            differing: Vec::new(),
            awaiting: Awaiting::default(),
            halted: None,
            refused: HashSet::new(),
            batches: HashMap::new(),
            streak: Vec::new(),
            marked: HashSet::new(),
            makes: sever::makers(&steps),
            unmade: sever::unmade(&steps),
            unauthorized: false,
            notes: Vec::new(),
            steps,
        })
    }

    /// Keeps a document as a version. One that was read without the parts served elsewhere takes
    /// them from the newest version, for what is done to the object touches none of them; where
    /// there is no such version it is read whole.
    pub async fn keep(
        &mut self,
        entity: &'static Entity,
        id: &str,
        read: &Read,
        change: ChangeKind,
    ) -> Result<u32, Error> {
        let mut doc = read.doc.clone();
        let mut parts_read = true;
        if !read.whole {
            match self.known(entity, id)? {
                Some(known) => {
                    take_parts(entity, &mut doc, &known);
                    parts_read = false;
                }
                None => {
                    let again = read_many(self.client, entity, &[id.to_owned()], true).await?;
                    doc = again.into_values().next().unwrap_or(doc);
                }
            }
        }
        // What the store refuses to show to this token is not said to be gone.
        let optional = entity.parts.iter().filter(|part| part.feature.is_some());
        let optional = optional.filter(|part| part.at.is_empty());
        let refused: Vec<&str> = optional
            .flat_map(|part| part.members.iter().copied())
            .filter(|member| doc.get(*member).is_none())
            .collect();
        if !refused.is_empty()
            && let Some(known) = self.known(entity, id)?
        {
            for member in refused {
                if let Some(value) = known.get(member) {
                    doc[member] = value.clone();
                }
            }
        }
        let (run, now) = (self.run, self.clock.now());
        record(self.vault, entity, run, id, &doc, parts_read, change, now)
    }

    /// The newest document of an object that lives.
    fn known(&self, entity: &Entity, id: &str) -> Result<Option<Value>, Error> {
        match self.vault.head(entity.name, id)? {
            Some(head) if head.state == State::Live => {
                let known = document(self.vault, entity, id, head.version)?;
                // What was taken from another store tells nothing of how this one stands.
                let taken = |doc: &Value| {
                    doc.get(entity.id)
                        .and_then(id_text)
                        .is_some_and(|id| is_away(&id))
                };
                Ok(known.filter(|doc| !taken(doc)))
            }
            _ => Ok(None),
        }
    }

    async fn work(&mut self, cancel: &CancellationToken) -> Result<(), Error> {
        let total = self.steps.iter().filter(|step| open(step)).count();
        self.monitor.entity_started(BAR);
        self.monitor.entity_total(BAR, total as u64);
        self.park().await?;
        let mut done = 0_u64;
        let mut at = 0;
        while at < self.steps.len() && !self.has_halted() && !cancel.is_cancelled() {
            let range = chunk(&self.steps, at);
            at = range.end;
            let first = &self.steps[range.start];
            let Some(entity) = entities::find(&first.entity).filter(|_| open(first)) else {
                continue;
            };
            let len = range.len() as u64;
            let (action, nested) = (first.action, first.nested.is_some());
            self.monitor.entity_step(BAR, entity.name);
            if !self.awaiting.takes(entity, action) {
                self.read_back().await?;
            }
            match action {
                _ if self.refused.contains(entity.name) => {
                    let why = format!("not tried: the store refused to write {}", entity.name);
                    self.leave_all(&range.collect::<Vec<_>>(), &why)?;
                }
                Action::Relink if self.steps[range.start].hanging.is_some() => {
                    self.hang(entity, range).await?;
                }
                _ if nested => self.nested(entity, range.start).await?,
                Action::Create if range.len() > 1 => self.create_many(entity, range).await?,
                Action::Create => self.create(entity, range.start).await?,
                Action::Update | Action::Relink => self.update(entity, range).await?,
                Action::Delete => self.delete(entity, range).await?,
                Action::Upload => self.upload(entity, range.start).await?,
                Action::Skip => {}
            }
            done += len;
            self.monitor.entity_progress(BAR, done);
        }
        if cancel.is_cancelled() {
            return Ok(());
        }
        self.read_back().await?;
        self.unpark().await
    }

    /// True when nothing more is to be sent.
    pub fn has_halted(&self) -> bool {
        self.halted.is_some()
    }

    /// Ends the work, with the steps as they are, so that they can be taken up again.
    pub fn halt(&mut self, error: &api::Error) {
        self.unauthorized |= error.kind() == ErrorKind::Unauthorized;
        self.halted.get_or_insert_with(|| error.to_string());
    }

    /// Reads objects; none, and the work ends, where the store can't be asked.
    pub async fn look(
        &mut self,
        entity: &'static Entity,
        ids: &[String],
        parts: bool,
    ) -> Result<Option<HashMap<String, Read>>, Error> {
        let whole = parts || entity.parts.is_empty();
        match read_many(self.client, entity, ids, parts).await {
            Ok(found) => {
                let found = found.into_iter();
                Ok(Some(
                    found.map(|(id, doc)| (id, Read { doc, whole })).collect(),
                ))
            }
            Err(Error::Api(error)) => {
                self.halt(&error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes a step in the journal.
    pub fn note(&mut self, at: usize, status: StepStatus) -> Result<(), Error> {
        self.note_all(&[at], status)
    }

    /// Notes several steps in the journal, in one transaction.
    pub fn note_all(&mut self, all: &[usize], status: StepStatus) -> Result<(), Error> {
        if status == StepStatus::Done && !all.is_empty() {
            self.answers();
        }
        let mut texts = Vec::with_capacity(all.len());
        for at in all {
            self.steps[*at].status = status;
            texts.push((self.steps[*at].n, text(&self.steps[*at])?));
        }
        Ok(self.vault.journal_steps(self.run, &texts)?)
    }

    pub fn differs(&mut self, entity: &Entity, id: &str, field: FieldChange) {
        self.differing.push(Differing {
            entity: entity.name.to_owned(),
            id: id.to_owned(),
            field,
        });
    }

    /// Names the rows of a step's object that are not as they were wanted.
    pub fn compare_rows(
        &mut self,
        entity: &'static Entity,
        at: usize,
        id: &str,
        wanted: &Value,
        doc: &Value,
        fresh: bool,
    ) {
        let only = self.steps[at].only.clone();
        let mut doc = doc.clone();
        if pictures::mark_held(self.vault, entity, &mut doc).is_err() {
            return self
                .notes
                .push(format!("{id}: what is held of its images can't be read"));
        }
        for (list, left) in rows::compare_all(entity, wanted, &doc, &only, fresh) {
            for change in rows::changes(list, &left) {
                self.differs(entity, id, change);
            }
        }
    }

    /// The wanted document of a step, with references as they are now.
    pub fn wanted(&self, entity: &Entity, at: usize) -> Result<Option<Value>, Error> {
        let step = &self.steps[at];
        let Some(version) = step.version else {
            return Ok(None);
        };
        let Some(mut wanted) = document(self.vault, entity, &step.id, version)? else {
            return Ok(None);
        };
        renumber(self.vault, entity, &mut wanted)?;
        self.point(entity, &mut wanted)?;
        self.sever(entity, step, &mut wanted);
        strip(&mut wanted, &step.without);
        across::strip(entity, &mut wanted);
        if let Some(n) = step.copy {
            wanted = twin(entity, &wanted, n);
        }
        pictures::mark_held(self.vault, entity, &mut wanted)?;
        Ok(Some(wanted))
    }

    /// An object of the store, to be written to.
    pub fn place<'b>(&'b self, entity: &'static Entity, id: &'b str) -> Place<'b> {
        Place {
            client: self.client,
            entity,
            id,
            vault: self.vault,
            clock: self.clock,
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
            // If the vault can take one more line, that says so. Else the next run does.
            let _ = self
                .vault
                .finish_run(self.run, RunStatus::Failed, now, requests);
            return Err(error);
        }
        let any = |status: StepStatus| self.steps.iter().any(|step| step.status == status);
        let (failed, done) = (any(StepStatus::Failed), any(StepStatus::Done));
        let open = self.steps.iter().any(open);
        let lacking = self.steps.iter().any(|step| step.lacking);
        let status = if cancel.is_cancelled() && open {
            RunStatus::Interrupted
        } else if !(failed || open || lacking) && self.differing.is_empty() {
            RunStatus::Ok
        } else if done || !(failed || open) {
            RunStatus::Partial
        } else {
            RunStatus::Failed
        };
        notes.extend(self.notes);
        for lost in &self.unmade {
            notes.push(format!(
                "{lost} could not be made: what points to it came back without it"
            ));
        }
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
            seconds_planned: self.client.seconds_for(planned),
            to_store: None,
            refused: !done && (self.unauthorized || !self.refused.is_empty()),
            steps: self.steps,
            differing: self.differing,
            notes,
        })
    }
}

/// Puts the parts that are served elsewhere into a document, from one in which they were read.
fn take_parts(entity: &Entity, doc: &mut Value, known: &Value) {
    for part in entity.parts {
        each_host(doc, part.at, |host| {
            let list = part.at.strip_suffix("[]").unwrap_or(part.at);
            let id = host.get("id").and_then(id_text);
            let rows = known.get(list).and_then(Value::as_array);
            let from = match part.at.is_empty() {
                true => Some(known),
                false => rows.and_then(|rows| {
                    let mut rows = rows.iter();
                    rows.find(|row| row.get("id").and_then(id_text) == id)
                }),
            };
            for member in part.members {
                if let Some(value) = from.and_then(|from| from.get(*member)) {
                    host.insert((*member).to_owned(), value.clone());
                }
            }
        });
    }
}

pub(super) fn text(step: &Step) -> Result<String, Error> {
    let text = serde_json::to_string(step);
    text.map_err(|why| Error::Answer {
        what: format!("step {}", step.n),
        why: why.to_string(),
    })
}
