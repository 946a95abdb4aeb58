//! The due objects of one entity: read whole from the store as it is now, and captured.
//!
//! The caller holds the vault's lock from before the first reading until after the last writing, so
//! that an older reading never comes after a newer one. This module must never let one object's
//! trouble hold others up, nor believe a single "not there".

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;

use super::metrics::up;
use super::worker::Open;
use super::{Captured, Error, Watch, hooks};
use crate::api::{self, Client, ErrorKind};
use crate::engines;
use crate::engines::ask::call;
use crate::engines::capture::{read_many, record, record_gone};
use crate::entities::{self, Entity, webhooks};
use crate::model::{ApiVersion, ChangeKind, EntityReport, EntityStatus};
use crate::vault::inbox::Due;
use crate::vault::{State, Vault};

/// Objects read together.
const TOGETHER: usize = 20;
/// Readings under way at once.
const AT_ONCE: usize = 4;
/// After so many objects of one kind for which it failed all the same, the others of that kind wait
const BLAMED_MAX: u32 = 2;
/// for so long.
const PUT_OFF: Duration = Duration::from_mins(2);

/// A store that was seen to answer is taken to do so for this long.
const ANSWERED_FOR: Duration = Duration::from_mins(1);

/// A "not there" of an object that no version knows is not believed so early: it may just have been
/// made, and not be everywhere yet.
const YOUNG: Duration = Duration::from_mins(1);
/// It is asked for again after this.
const NOT_YET: Duration = Duration::from_secs(5);

/// Has it been told of so lately that "not there" proves nothing?
pub(super) fn is_young(row: &Due, now: Timestamp) -> bool {
    now.duration_since(row.last).unsigned_abs() < YOUNG
}

/// The due objects of one entity.
pub(super) struct Batch<'a, 'w> {
    pub watch: &'a Watch<'w>,
    pub client: &'a Client,
    pub vault: &'a mut Vault,
    pub entity: &'static Entity,
    pub open: &'a mut Open,
    pub settled: &'a mut Vec<Due>,
    /// When the store was last seen to answer, after something had failed.
    pub answered: Option<Instant>,
    /// Objects for which the store failed while it answered otherwise.
    pub blamed: u32,
}

/// What reading some objects gave.
type Read = Result<HashMap<String, Value>, engines::Error>;

impl Batch<'_, '_> {
    /// Works them off; an error that no other object would fare better with ends it.
    pub async fn work(&mut self, rows: Vec<Due>) -> Result<Option<api::Error>, Error> {
        // By the object: a child's event and the object's own are one reading.
        let mut by_id: BTreeMap<String, Vec<Due>> = BTreeMap::new();
        let mut rows = rows.into_iter();
        while let Some(row) = rows.next() {
            match self.parent(&row).await {
                Ok(Some(id)) => by_id.entry(id).or_default().push(row),
                Ok(None) if self.is_young(&row) => {
                    self.put_off(vec![row], NOT_YET)?;
                }
                // The child is gone, and its parent's own events and the sweep tell of that.
                Ok(None) => self.settled.push(row),
                Err(error) => {
                    let (text, kind) = (error.to_string(), error.kind());
                    if let Some(stopped) = self.stops(&error.into()).await {
                        return Ok(Some(stopped));
                    }
                    self.blame(kind);
                    self.failed(&row, &text, kind)?;
                    if self.blamed >= BLAMED_MAX {
                        let rest = by_id.into_values().flatten().chain(rows).collect();
                        return self.put_off(rest, PUT_OFF).map(|()| None);
                    }
                }
            }
        }
        let ids: Vec<String> = by_id.keys().cloned().collect();
        for some in ids.chunks(TOGETHER * AT_ONCE) {
            let (client, entity) = (self.client, self.entity);
            let reads = some
                .chunks(TOGETHER.min(some.len().div_ceil(AT_ONCE)))
                .map(|few| async move { (few, read_many(client, entity, few, true).await) });
            let reads: Vec<(&[String], Read)> =
                stream::iter(reads).buffered(AT_ONCE).collect().await;
            for (few, read) in reads {
                if let Some(stopped) = self.take(few, read, &mut by_id).await? {
                    return Ok(Some(stopped));
                }
                if self.blamed >= BLAMED_MAX {
                    let rest = by_id.into_values().flatten().collect();
                    return self.put_off(rest, PUT_OFF).map(|()| None);
                }
            }
        }
        Ok(None)
    }

    /// Objects wait, and nothing is held against them.
    fn put_off(&self, rows: Vec<Due>, span: Duration) -> Result<(), Error> {
        let now = self.watch.clock.now();
        let until = now.checked_add(span).unwrap_or(now);
        Ok(self.watch.inbox.put_off(&rows, until)?)
    }

    fn blame(&mut self, kind: ErrorKind) {
        self.blamed += u32::from(matches!(kind, ErrorKind::Network | ErrorKind::Server));
    }

    fn is_young(&self, row: &Due) -> bool {
        is_young(row, self.watch.clock.now())
    }

    /// Writes what was read together; where that failed, each is read by itself.
    async fn take(
        &mut self,
        ids: &[String],
        read: Read,
        by_id: &mut BTreeMap<String, Vec<Due>>,
    ) -> Result<Option<api::Error>, Error> {
        let error = match read {
            Ok(found) => return self.write_all(ids, &found, by_id).await,
            Err(error) => error,
        };
        if let Some(stopped) = self.stops(&error).await {
            return Ok(Some(stopped));
        }
        for id in ids {
            let one = std::slice::from_ref(id);
            let read = match ids {
                [_] => Err(None),
                _ => read_many(self.client, self.entity, one, true)
                    .await
                    .map_err(Some),
            };
            let again = match read {
                _ if self.blamed >= BLAMED_MAX => return Ok(None),
                Ok(found) => {
                    if let Some(stopped) = self.write_all(one, &found, by_id).await? {
                        return Ok(Some(stopped));
                    }
                    continue;
                }
                Err(again) => again,
            };
            let why = again.as_ref().unwrap_or(&error);
            if let Some(stopped) = self.stops(why).await {
                return Ok(Some(stopped));
            }
            // It may have vanished between its own reading and that of a part.
            if matches!(kind_of(why), ErrorKind::NotFound | ErrorKind::Malformed)
                && let Ok(none) = read_many(self.client, self.entity, one, false).await
                && none.is_empty()
            {
                if let Some(stopped) = self.write_all(one, &none, by_id).await? {
                    return Ok(Some(stopped));
                }
                continue;
            }
            let (text, kind) = (why.to_string(), kind_of(why));
            self.blame(kind);
            for row in by_id.remove(id).unwrap_or_default() {
                self.failed(&row, &text, kind)?;
            }
        }
        Ok(None)
    }

    /// The error, if no other object would fare better: the store refuses us, or does not answer. One
    /// whose own reading breaks off must not hold the others up, so the store is asked for something
    /// else before it is taken to be down.
    async fn stops(&mut self, error: &engines::Error) -> Option<api::Error> {
        let engines::Error::Api(error) = error else {
            return None;
        };
        match error.kind() {
            ErrorKind::Unauthorized | ErrorKind::RateLimited | ErrorKind::Cancelled => {
                Some(error.clone())
            }
            ErrorKind::Network | ErrorKind::Server => {
                let fresh = self.answered.is_some_and(|at| at.elapsed() < ANSWERED_FOR);
                if !fresh {
                    if hooks::list(self.client).await.is_err() {
                        return Some(error.clone());
                    }
                    self.answered = Some(Instant::now());
                }
                None
            }
            _ => None,
        }
    }

    /// Writes what was found. What was not is asked for once more before that is believed.
    async fn write_all(
        &mut self,
        ids: &[String],
        found: &HashMap<String, Value>,
        by_id: &mut BTreeMap<String, Vec<Due>>,
    ) -> Result<Option<api::Error>, Error> {
        for id in ids {
            if let Some(doc) = found.get(id) {
                self.write(id, Some(doc), by_id)?;
                continue;
            }
            let one = std::slice::from_ref(id);
            let there = match read_many(self.client, self.entity, one, false).await {
                Ok(again) => !again.is_empty(),
                Err(error) => {
                    if let Some(stopped) = self.stops(&error).await {
                        return Ok(Some(stopped));
                    }
                    true
                }
            };
            let known = self.vault.head(self.entity.name, id)?.is_some();
            let rows = by_id.get(id).into_iter().flatten();
            let young = rows.into_iter().any(|row| self.is_young(row));
            if there || !known && young {
                let rows = by_id.remove(id).unwrap_or_default();
                self.put_off(rows, NOT_YET)?;
                continue;
            }
            self.write(id, None, by_id)?;
        }
        Ok(None)
    }

    /// One object's present state into a version, if it is another one.
    fn write(
        &mut self,
        id: &str,
        doc: Option<&Value>,
        by_id: &mut BTreeMap<String, Vec<Due>>,
    ) -> Result<(), Error> {
        let rows = by_id.remove(id).unwrap_or_default();
        if self.watch.is_disabled(self.entity.name)? {
            return Ok(());
        }
        let now = self.watch.clock.now();
        let before = self.vault.head(self.entity.name, id)?;
        let (vault, entity, run) = (&mut *self.vault, self.entity, self.open.run);
        match doc {
            Some(doc) => {
                record(vault, entity, run, id, doc, true, ChangeKind::Updated, now)?;
            }
            None => record_gone(vault, entity, run, id, now)?,
        }
        let after = vault.head(entity.name, id)?;
        let count = count_of(self.open, entity);
        count.seen += 1;
        let metrics = &self.watch.metrics;
        up(&metrics.fetched);
        let versions = (
            before.as_ref().map(|h| h.version),
            after.as_ref().map(|h| h.version),
        );
        if let (true, Some(head)) = (versions.0 != versions.1, after) {
            let lived = before.is_some_and(|head| head.state == State::Live);
            let change = match (head.state, lived) {
                (State::Deleted, _) => ChangeKind::Deleted,
                (State::Live, true) => ChangeKind::Updated,
                (State::Live, false) => ChangeKind::Created,
            };
            match change {
                ChangeKind::Deleted => count.deleted += 1,
                ChangeKind::Created => count.created += 1,
                _ => count.updated += 1,
            }
            up(&metrics.captured);
            let first = rows.iter().map(|row| row.since).min().unwrap_or(now);
            let lag = now.duration_since(first).unsigned_abs();
            let lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
            metrics
                .lag_ms
                .store(lag_ms, std::sync::atomic::Ordering::Relaxed);
            self.watch.watcher.captured(&Captured {
                entity: entity.name,
                id: id.to_owned(),
                version: head.version,
                change,
                scope: rows.last().map(|row| row.scope.clone()).unwrap_or_default(),
                lag_ms,
                at: now,
            });
        } else {
            count.unchanged += 1;
        }
        self.settled.extend(rows);
        Ok(())
    }

    fn failed(&mut self, row: &Due, why: &str, kind: ErrorKind) -> Result<(), Error> {
        up(&self.watch.metrics.failed);
        // A missing scope is not mended by asking again.
        let again = match kind {
            ErrorKind::Forbidden => None,
            _ => self.watch.again(row.tries),
        };
        let parked = again.is_none();
        let rows = std::slice::from_ref(row);
        self.watch.inbox.failed(rows, why, again)?;
        if parked {
            let count = count_of(self.open, self.entity);
            count.status = EntityStatus::Failed;
            count.error = Some(why.to_owned());
        }
        let then = if parked {
            "given up until the next sweep"
        } else {
            "tried again"
        };
        self.watch.watcher.warning(&format!(
            "{}/{} could not be captured ({then}): {why}",
            self.entity.name, row.id
        ));
        Ok(())
    }

    /// The object that a row is of: its own id, or the parent of the child that it names.
    async fn parent(&self, row: &Due) -> Result<Option<String>, api::Error> {
        let via = match row.child.as_str() {
            "" => return Ok(Some(row.id.clone())),
            scope => webhooks::described(self.entity, scope).and_then(|hook| hook.via),
        };
        let Some(via) = via else {
            return Ok(None); // described otherwise by now
        };
        let mut call = call(ApiVersion::V3, via.path, &[]);
        call.query.push((via.param.to_owned(), row.id.clone()));
        let answer = self.client.get(&call).await?;
        if answer.status == 204 {
            return Ok(None);
        }
        let list: Value = answer.json(&call)?;
        let parent = list
            .pointer("/data/0")
            .and_then(|child| child.get(via.member))
            .and_then(Value::as_u64);
        Ok(parent.map(|id| id.to_string()))
    }
}

fn count_of<'a>(open: &'a mut Open, entity: &Entity) -> &'a mut EntityReport {
    // The key lives as long as the program: it is the description's own.
    let name = entities::find(entity.name).map_or("", |entity| entity.name);
    open.counts.entry(name).or_insert_with(|| EntityReport {
        status: EntityStatus::Ok,
        ..engines::capture::blank(entity)
    })
}

fn kind_of(error: &engines::Error) -> ErrorKind {
    match error {
        engines::Error::Api(error) => error.kind(),
        _ => ErrorKind::Malformed,
    }
}
