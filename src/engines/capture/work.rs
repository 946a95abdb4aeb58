//! The work on one entity in one run: what it knows, counts and may stop at.

use std::collections::{BTreeMap, HashMap};

use super::bulk::Staged;
use super::deep::Plan;
use super::{Depth, blank};
use crate::api::{self, Client, ErrorKind};
use crate::engines::Error;
use crate::engines::monitor::Monitor;
use crate::entities::Entity;
use crate::model::fingerprint::Fingerprint;
use crate::model::mask::Mask;
use crate::model::{Cause, Clock, Count, EntityReport, RunId};
use crate::vault::{self, Vault};

/// After so many objects in a row that could not be completed the entity is given up for this run:
/// the cause is then no single object's.
const FAILURES_IN_A_ROW_MAX: u32 = 5;

/// What the next run has to know, by key.
pub(super) type State = Vec<(&'static str, String)>;

/// Value kept under the member's name of a part with a feature that the store was seen to have.
pub(super) const HAD: &str = "had";

/// Key of the description's shape in the vault's state.
const SHAPE: &str = "shape";

/// What of a description decides whether a document counts as changed.
fn shape_of(entity: &Entity) -> String {
    let said = (
        entity.volatile,
        entity.unordered,
        entity.stamped,
        entity.deep_members(),
    );
    blake3::hash(format!("{said:?}").as_bytes())
        .to_hex()
        .as_str()[..16]
        .to_owned()
}

/// Does the description say otherwise what counts as a change than it did in the last whole run?
/// Then what differs may be the description's doing: the stored documents tell that apart.
pub(super) fn is_reshaped(vault: &Vault, entity: &Entity) -> Result<bool, vault::Error> {
    let known = vault.state(entity.name, SHAPE)?;
    Ok(known.is_some_and(|known| known != shape_of(entity)))
}

/// One entity being captured.
pub(super) struct Work<'a> {
    pub client: &'a Client,
    pub vault: &'a mut Vault,
    pub entity: &'static Entity,
    pub run: RunId,
    pub monitor: &'a dyn Monitor,
    pub clock: &'a dyn Clock,
    pub report: EntityReport,
    pub masks: Masks,
    pub deep: Plan,
    /// The bulk parts' lists, as far as they were read.
    pub staged: Vec<Staged>,
    /// Live objects captured, by state, for the counts.
    pub states: BTreeMap<String, u64>,
    /// What the API counts, by state id: name and number.
    pub counted: Vec<(String, String, u64)>,
    /// Fingerprints of the first pass' objects, where a later pass holds overrides of them.
    pub base: HashMap<String, Fingerprint>,
    /// The description says since the last whole run otherwise what counts as a change.
    pub reshaped: bool,
    /// What it says, in short.
    shape: String,
    /// Objects of which a part answered 404 while they were read, and which part: asked by id
    /// when the listing has ended.
    pub vanished: Vec<(String, String)>,
    /// Objects that the API's counts leave out.
    pub beside: u64,
    /// True while such are taken in.
    pub uncounted: bool,
    /// Objects found gone after they had been listed.
    pub gone_since: u64,
    /// Objects that could not be captured whole: how many, and which.
    pub failed: u64,
    pub failed_ids: Vec<String>,
    /// Versions written by listings of this run before the present one.
    pub written_before: u64,
    requests_before: u64,
    failures_in_a_row: u32,
}

/// Problems that are told by name; more are counted.
const PROBLEMS_TOLD_MAX: usize = 100;

/// The description's patterns, compiled once.
pub(super) struct Masks {
    pub volatile: Mask,
    pub unordered: Mask,
    /// Volatile and deep members: what the main listing alone can tell.
    pub shallow: Mask,
    pub personal: Mask,
}

impl Masks {
    pub fn of(entity: &Entity) -> Self {
        let mut shallow: Vec<&str> = entity.volatile.to_vec();
        shallow.extend(entity.deep_members());
        Self {
            volatile: Mask::new(entity.volatile),
            unordered: Mask::new(entity.unordered),
            shallow: Mask::new(&shallow),
            personal: Mask::new(entity.personal),
        }
    }
}

/// Why the work on an entity ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// The store refused or failed.
    #[error("{0}")]
    Api(#[from] api::Error),
    /// The token lacks a scope.
    #[error(
        "{error}; the token lacks the scope {scope} (or the store hash is wrong): make an API \
         account that has it"
    )]
    Scope {
        /// What the store said.
        error: api::Error,
        /// The scope that is missing.
        scope: &'static str,
    },
    /// The version store failed: the run ends.
    #[error("{0}")]
    Vault(#[from] vault::Error),
    /// The list moved under the reading, three times over.
    #[error(
        "the list of {entity} would not stand still, three times over: {why}; nothing was \
             concluded from it, run the backup again when the store is quieter"
    )]
    Unsteady {
        /// Which list.
        entity: &'static str,
        /// What was seen.
        why: String,
    },
    /// An answer that is not as documented.
    #[error("{path}: {why}")]
    Answer {
        /// The path asked.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Too many single failures one after the other.
    #[error("given up after {FAILURES_IN_A_ROW_MAX} objects in a row failed, the last: {last}")]
    Failing {
        /// The last one.
        last: String,
    },
}

impl Stop {
    pub fn cause(&self) -> Cause {
        match self {
            Self::Scope { .. } => Cause::Scope,
            Self::Api(error) if error.kind() == ErrorKind::Unauthorized => Cause::Credentials,
            Self::Api(error) if error.kind() == ErrorKind::Forbidden => Cause::Scope,
            Self::Api(error) if error.kind() == ErrorKind::Network && error.status().is_none() => {
                Cause::Unreachable
            }
            _ => Cause::Other,
        }
    }

    /// True for what no other object of the entity would fare better with: a refusal, a signal,
    /// broken ground.
    pub fn ends_the_entity(&self) -> bool {
        match self {
            Self::Api(error) => {
                matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Cancelled)
            }
            Self::Scope { .. } | Self::Vault(_) => true,
            _ => false,
        }
    }

    /// True for a 404.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(error) if error.kind() == ErrorKind::NotFound)
    }

    /// The same for a request that takes another scope than the entity's own.
    pub fn of_scope(self, scope: &'static str) -> Self {
        match self {
            Self::Api(error) => Self::asking(error, scope),
            other => other,
        }
    }

    /// An API error of a request that takes `scope`.
    pub fn asking(error: api::Error, scope: &'static str) -> Self {
        if error.kind() == ErrorKind::Forbidden {
            Self::Scope { error, scope }
        } else {
            Self::Api(error)
        }
    }
}

impl<'a> Work<'a> {
    pub fn new(
        client: &'a Client,
        vault: &'a mut Vault,
        entity: &'static Entity,
        run: RunId,
        depth: Depth,
        monitor: &'a dyn Monitor,
        clock: &'a dyn Clock,
    ) -> Result<Self, Error> {
        let deep = Plan::of(entity, vault, depth)?;
        let shape = shape_of(entity);
        let reshaped = is_reshaped(vault, entity)?;
        vault.stage_reset()?;
        Ok(Self {
            requests_before: client.requests(),
            client,
            vault,
            entity,
            run,
            monitor,
            clock,
            report: blank(entity),
            masks: Masks::of(entity),
            deep,
            staged: entity.parts.iter().map(|_| Staged::default()).collect(),
            states: BTreeMap::new(),
            counted: Vec::new(),
            base: HashMap::new(),
            reshaped,
            shape,
            vanished: Vec::new(),
            beside: 0,
            uncounted: false,
            gone_since: 0,
            failed: 0,
            failed_ids: Vec::new(),
            written_before: 0,
            failures_in_a_row: 0,
        })
    }

    /// The whole of it: counts, bulk parts, listing, deletions.
    pub async fn capture(&mut self) -> Result<(), Stop> {
        self.read_counts().await?;
        self.stage_bulk_parts().await?;
        self.list_until_whole().await?;
        self.prove_deletions().await?;
        self.vault.flush()?;
        Ok(())
    }

    /// One object could not be captured whole: its last version stands, the run says so.
    pub fn problem(&mut self, id: &str, why: &str) -> Result<(), Stop> {
        self.failed += 1;
        self.failed_ids.push(id.to_owned());
        if self.report.problems.len() < PROBLEMS_TOLD_MAX {
            self.report
                .problems
                .push(format!("{}/{id}: {why}", self.entity.name));
        }
        self.failures_in_a_row += 1;
        if self.failures_in_a_row >= FAILURES_IN_A_ROW_MAX {
            return Err(Stop::Failing {
                last: why.to_owned(),
            });
        }
        Ok(())
    }

    /// An object was completed: the row of failures is broken.
    pub fn completed(&mut self) {
        self.failures_in_a_row = 0;
    }

    /// Closes the books: the report, and what the next run has to know if this one was whole.
    pub fn into_report(mut self) -> Result<(EntityReport, State), Error> {
        // What was held back for a dictionary is good work: an interrupted run keeps it too.
        self.vault.flush()?;
        let report = &mut self.report;
        report.seen = self.vault.seen_count(self.entity.name)?;
        report.seen = report.seen.saturating_sub(self.gone_since);
        report.unchanged = report.unchanged.saturating_sub(self.written_before);
        report.requests = self.client.requests() - self.requests_before;
        report.pending = self.vault.pending_count(self.entity.name)?;
        let one_number = |(_, name, store): &(String, String, u64)| Count {
            label: name.clone(),
            store: *store,
            held: report.seen,
        };
        report.counts = match self
            .entity
            .counts
            .as_ref()
            .and_then(|c| c.by_state.as_ref())
        {
            None => self.counted.iter().map(one_number).collect(),
            Some(_) => self
                .counted
                .iter()
                .map(|(id, name, store)| Count {
                    label: name.clone(),
                    store: *store,
                    held: self.states.get(id).copied().unwrap_or(0),
                })
                .collect(),
        };
        let mut state = vec![self.deep.next_rotation(), (SHAPE, self.shape)];
        let parts = self.entity.parts.iter().zip(&self.staged);
        for (part, _) in parts.filter(|(part, staged)| part.feature.is_some() && staged.any()) {
            state.extend(part.members.iter().map(|member| (*member, HAD.to_owned())));
        }
        if self.beside > 0 {
            self.report.counts.push(Count {
                label: "kept beside the store's count (archived)".to_owned(),
                store: 0,
                held: self.beside,
            });
        }
        Ok((self.report, state))
    }
}
