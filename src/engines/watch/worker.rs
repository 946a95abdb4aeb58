//! From what is due to runs: gathered by entity, worked off under the vault's lock in one run, or left
//! to a listing where that is cheaper. A row leaves the inbox only when its object's version is on
//! the disk.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::batch::Batch;
use super::{Error, Watch};
use crate::api::{self, Client};
use crate::entities::entity::Source;
use crate::entities::{self, Entity};
use crate::model::{EntityReport, EntityStatus, RunId, RunKind, RunStatus};
use crate::vault::Vault;
use crate::vault::inbox::Due;

/// An object is read when nothing was heard of it for so long,
pub const QUIET: Duration = Duration::from_millis(600);
/// or when it has waited for so long.
pub const LONGEST: Duration = Duration::from_millis(2_500);
/// Rows worked off in one go: at the smallest quota that takes a few minutes at most.
const ROWS_MAX: u32 = 400;
/// Fewer objects than this are always read one by one.
const FEW: u64 = 50;
/// An object that failed is tried again after so long, then twice that, and so on,
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// and parked after so many tries.
const TRIES_MAX: u32 = 6;
/// A run is gone on with for so long, so that a busy day is no thousand runs.
const RUN_SPAN: Duration = Duration::from_mins(15);

/// The run that events are captured in, as long as no other one begins.
#[derive(Debug)]
pub(super) struct Open {
    pub run: RunId,
    began: Timestamp,
    requests: u64,
    pub counts: BTreeMap<&'static str, EntityReport>,
}

/// What became of a round.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Entities that have to be listed again.
    pub listings: HashSet<&'static str>,
    /// The store does not answer, or refuses: nothing more is asked for a while.
    pub stopped: Option<api::Error>,
}

impl Watch<'_> {
    /// Works off what is due.
    pub(super) async fn work_off(&mut self, client: &Client) -> Result<Round, Error> {
        // Others wait behind each of these requests.
        let client = &client.hurried();
        let mut round = Round::default();
        let due = self.inbox.due(self.clock.now(), QUIET, LONGEST, ROWS_MAX)?;
        if due.is_empty() {
            return Ok(round);
        }
        let mut by_entity: BTreeMap<usize, Vec<Due>> = BTreeMap::new();
        let mut listed: HashSet<usize> = HashSet::new();
        for row in due {
            let place = entities::all()
                .iter()
                .position(|entity| entity.name == row.entity);
            match place {
                // The listing takes the rows away when it has read them.
                Some(place) if row.id.is_empty() => {
                    listed.insert(place);
                }
                Some(place) => by_entity.entry(place).or_default().push(row),
                None => {} // only what is watched is due, and that is described
            }
        }
        by_entity.retain(|place, _| !listed.contains(place));
        round.listings = listed
            .iter()
            .map(|place| entities::all()[*place].name)
            .collect();
        if by_entity.is_empty() {
            return Ok(round);
        }
        let Some(_turn) = self.lock().await? else {
            return Ok(round);
        };
        let mut vault = Vault::create(self.db, &self.store_hash, self.clock)?;
        let mut open = self.open_run(&mut vault)?;
        let before = client.requests();
        let mut settled = Vec::new();
        let mut outcome = Ok(());
        for (place, rows) in by_entity {
            let entity = entities::all()[place]; // a place found above
            if self.is_disabled(entity.name)? || self.cancel.is_cancelled() {
                continue;
            }
            // Where a listing has just failed, each is read by itself.
            if self.is_cheaper_listed(&vault, entity)? && !self.listing_fails(entity.name) {
                round.listings.insert(entity.name);
                continue;
            }
            let mut batch = Batch {
                watch: self,
                client,
                vault: &mut vault,
                entity,
                open: &mut open,
                settled: &mut settled,
                answered: None,
                blamed: 0,
            };
            match batch.work(rows).await {
                Ok(None) => {}
                Ok(Some(stopped)) => {
                    round.stopped = Some(stopped);
                    break;
                }
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        open.requests += client.requests() - before;
        self.close_run(&mut vault, open)?;
        outcome?;
        // The versions are on the disk: only now may the events go.
        self.inbox.done(&settled)?;
        Ok(round)
    }

    fn open_run(&mut self, vault: &mut Vault) -> Result<Open, Error> {
        let now = self.clock.now();
        if let Some(open) = self.open.take()
            && now.duration_since(open.began).unsigned_abs() < RUN_SPAN
            && vault.reopen_run(open.run)?
        {
            return Ok(open);
        }
        Ok(Open {
            run: vault.begin_run(RunKind::Sweep, now)?,
            began: now,
            requests: 0,
            counts: BTreeMap::new(),
        })
    }

    fn close_run(&mut self, vault: &mut Vault, open: Open) -> Result<(), Error> {
        let now = self.clock.now();
        let mut status = RunStatus::Ok;
        for report in open.counts.values() {
            if report.status == EntityStatus::Failed {
                status = RunStatus::Partial;
            }
            // Not whole: nothing was listed, so nothing else counts as seen.
            vault.end_entity(open.run, report, false, open.began, now, &[])?;
        }
        vault.finish_run(open.run, status, now, open.requests)?;
        self.open = Some(open);
        Ok(())
    }

    /// When what has failed so often before is tried again; none when it is to be parked.
    pub(super) fn again(&self, tries: u32) -> Option<Timestamp> {
        let tried = tries + 1;
        let wait = AGAIN_AFTER.saturating_mul(1 << tried.min(8));
        let again = self.clock.now().checked_add(wait).ok();
        again.filter(|_| tried < TRIES_MAX)
    }

    /// Would a listing of the entity cost less than reading each of its due objects?
    fn is_cheaper_listed(&self, vault: &Vault, entity: &Entity) -> Result<bool, Error> {
        let rows = self.inbox.count_of(entity.name)?;
        if rows <= FEW {
            return Ok(false);
        }
        let live = vault.live_count(entity.name)?;
        let page = |limit: u32| live / u64::from(limit.max(1)) + 1;
        let mut listing: u64 = entity
            .listing
            .passes
            .iter()
            .map(|pass| page(pass.limit))
            .sum();
        let mut each = 1;
        for part in entity.parts {
            match part.source {
                Source::Bulk { limit, .. } => {
                    listing += page(limit);
                    each += 1;
                }
                Source::Include { .. } | Source::PerObject { .. } => {
                    each += 1;
                    listing += rows; // read for what changed, whichever way
                }
                Source::Overflow { .. } => {}
            }
        }
        Ok(rows * each > listing)
    }
}

/// Ends as soon as the token does or the future is done, whichever comes first.
pub(super) async fn or_cancelled<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = cancel.cancelled() => None,
    }
}
