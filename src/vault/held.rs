//! Held back: an entity's first documents wait in memory until there are enough of them to train
//! a dictionary, so that even they are stored with it. Nothing is lost by a kill that the next run
//! would not capture again.

use std::collections::HashMap;

use jiff::Timestamp;

use super::fault::Fault;
use super::heads::{Head, State};
use super::write::{Batch, Write, Written};
use super::{Error, Vault};
use crate::model::fingerprint::Fingerprint;
use crate::model::{ChangeKind, RunId, VersionNumber};

/// So many documents are enough for a dictionary.
const DOCUMENTS_MAX: usize = 1_000;

/// More bytes than this are not held, however few documents they are.
const BYTES_MAX: usize = 8 << 20;

/// What waits.
#[derive(Default)]
pub(super) struct Held {
    batches: Vec<HeldBatch>,
    heads: HashMap<String, HashMap<String, Head>>,
    bodies: HashMap<(String, String), (usize, usize)>,
    count: usize,
    bytes: usize,
}

struct HeldBatch {
    run: RunId,
    at: Timestamp,
    versions: Vec<Version>,
}

/// A [`Write::Version`] that owns what it holds.
struct Version {
    entity: String,
    id: String,
    expect: Option<VersionNumber>,
    change: ChangeKind,
    body: Vec<u8>,
    fingerprint: Fingerprint,
    shallow: Fingerprint,
    pending: bool,
    stamp: Option<String>,
    label: String,
    search: String,
    sample: Sample,
}

/// What a dictionary may be trained on, without a second copy of a body that has nothing to hide.
enum Sample {
    None,
    Body,
    Other(Vec<u8>),
}

impl Held {
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    fn is_full(&self) -> bool {
        self.count >= DOCUMENTS_MAX || self.bytes >= BYTES_MAX
    }

    pub fn head(&self, entity: &str, id: &str) -> Option<&Head> {
        self.heads.get(entity)?.get(id)
    }

    /// The document of the version that is held for an object.
    pub fn document(&self, entity: &str, id: &str, version: VersionNumber) -> Option<&[u8]> {
        let head = self.head(entity, id)?;
        let (batch, place) = self.bodies.get(&(entity.to_owned(), id.to_owned()))?;
        let held = self.batches.get(*batch)?.versions.get(*place)?;
        (head.version == version).then_some(held.body.as_slice())
    }

    pub fn batches(&self) -> Vec<Batch<'_>> {
        self.batches
            .iter()
            .map(|held| Batch {
                run: held.run,
                at: held.at,
                writes: held.versions.iter().map(Version::as_write).collect(),
            })
            .collect()
    }

    /// The samples of each entity that has any.
    pub fn samples(&self) -> Vec<(&str, Vec<&[u8]>)> {
        let mut by_entity: Vec<(&str, Vec<&[u8]>)> = Vec::new();
        for version in self.batches.iter().flat_map(|batch| &batch.versions) {
            let Some(sample) = version.sample() else {
                continue;
            };
            match by_entity
                .iter_mut()
                .find(|(entity, _)| *entity == version.entity)
            {
                Some((_, samples)) => samples.push(sample),
                None => by_entity.push((&version.entity, vec![sample])),
            }
        }
        by_entity
    }

    fn push(&mut self, run: RunId, at: Timestamp, versions: Vec<Version>) {
        let batch = self.batches.len();
        for (place, version) in versions.iter().enumerate() {
            self.count += 1;
            self.bytes += version.body.len() + version.sample_bytes();
            let key = (version.entity.clone(), version.id.clone());
            self.bodies.insert(key, (batch, place));
            self.heads
                .entry(version.entity.clone())
                .or_default()
                .insert(version.id.clone(), version.head());
        }
        self.batches.push(HeldBatch { run, at, versions });
    }
}

impl Version {
    fn sample(&self) -> Option<&[u8]> {
        match &self.sample {
            Sample::None => None,
            Sample::Body => Some(&self.body),
            Sample::Other(bytes) => Some(bytes),
        }
    }

    fn sample_bytes(&self) -> usize {
        if let Sample::Other(bytes) = &self.sample {
            bytes.len()
        } else {
            0
        }
    }

    fn head(&self) -> Head {
        Head {
            version: self.expect.unwrap_or(0) + 1,
            state: State::Live,
            fingerprint: self.fingerprint,
            shallow: self.shallow,
            pending: self.pending,
            stamp: self.stamp.clone(),
        }
    }

    fn of(write: &Write<'_>) -> Option<Self> {
        let Write::Version {
            entity,
            id,
            expect,
            change,
            body,
            fingerprint,
            shallow,
            pending,
            stamp,
            label,
            search,
            sample,
        } = *write
        else {
            return None;
        };
        Some(Self {
            entity: entity.to_owned(),
            id: id.to_owned(),
            expect,
            change,
            body: body.to_vec(),
            fingerprint,
            shallow,
            pending,
            stamp: stamp.map(str::to_owned),
            label: label.to_owned(),
            search: search.to_owned(),
            sample: match sample {
                None => Sample::None,
                Some(sample) if sample == body => Sample::Body,
                Some(sample) => Sample::Other(sample.to_vec()),
            },
        })
    }

    fn as_write(&self) -> Write<'_> {
        Write::Version {
            entity: &self.entity,
            id: &self.id,
            expect: self.expect,
            change: self.change,
            body: &self.body,
            fingerprint: self.fingerprint,
            shallow: self.shallow,
            pending: self.pending,
            stamp: self.stamp.as_deref(),
            label: &self.label,
            search: &self.search,
            sample: self.sample(),
        }
    }
}

impl Vault {
    /// True while samples of an entity that has no dictionary are worth keeping.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn wants_samples(&self, entity: &str) -> Result<bool, Error> {
        self.reading(
            || format!("looking for a dictionary of {entity}"),
            || match self.entity(entity)? {
                None => Ok(true),
                Some(entity) => Ok(self.dictionary(entity)?.is_none()),
            },
        )
    }

    /// A batch is held when it has nothing but versions, and one of them helps a dictionary that
    /// there isn't yet.
    pub(super) fn is_to_be_held(&self, writes: &[Write<'_>]) -> Result<bool, Error> {
        let mut helps = false;
        for write in writes {
            match write {
                Write::Version {
                    entity,
                    sample: Some(_),
                    ..
                } if !helps => {
                    if !self.wants_samples(entity)? {
                        return Ok(false);
                    }
                    helps = true;
                }
                Write::Version { .. } => {}
                _ => return Ok(false),
            }
        }
        Ok(helps)
    }

    /// Holds a batch, judged as if it were written now; writes all that is held once that is
    /// enough.
    pub(super) fn hold(
        &mut self,
        run: RunId,
        at: Timestamp,
        writes: &[Write<'_>],
    ) -> Result<Vec<Written>, Error> {
        let mut outcomes = Vec::with_capacity(writes.len());
        let mut versions = Vec::with_capacity(writes.len());
        for write in writes {
            let head = self.head(write.entity(), write.id())?;
            let outcome = write
                .judge(head.as_ref())
                .map_err(|fault: Fault| fault.at(&self.path, "writing versions"))?;
            outcomes.push(outcome);
            versions.extend(Version::of(write));
        }
        // What makes no version goes the ordinary way, as does an object named twice in a batch.
        // So does one named by a former id: what is held is found by the id of now.
        let mut plain = outcomes.iter().all(|o| matches!(o, Written::Version(_)));
        for write in writes {
            plain = plain && self.current_id(write.entity(), write.id())? == write.id();
        }
        let mut ids: Vec<_> = versions.iter().map(|v| (&v.entity, &v.id)).collect();
        ids.sort_unstable();
        ids.dedup();
        if !plain || ids.len() != versions.len() {
            self.flush()?;
            return self.write_now(run, at, writes);
        }
        self.held.push(run, at, versions);
        if self.held.is_full() {
            self.flush()?;
        }
        Ok(outcomes)
    }
}
