//! What can be written, and what it makes of an object: decided here, without a file.

use jiff::Timestamp;

use super::fault::Fault;
use super::heads::{Head, State};
use crate::model::fingerprint::Fingerprint;
use crate::model::{ChangeKind, ObjectKey, RunId, VersionNumber};

/// One thing to write.
#[derive(Debug, Clone, Copy)]
pub enum Write<'a> {
    /// A new state of an object.
    Version {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// The newest version when it was compared; `None` for an object never seen.
        expect: Option<VersionNumber>,
        /// What bore it; never [`ChangeKind::Deleted`].
        change: ChangeKind,
        /// The document as compact JSON.
        body: &'a [u8],
        /// The document's fingerprint.
        fingerprint: Fingerprint,
        /// The fingerprint of what the main listing alone tells.
        shallow: Fingerprint,
        /// Its deep parts still wait for their first reading.
        pending: bool,
        /// The API's own mark of change, where deep parts go by it.
        stamp: Option<&'a str>,
        /// What people call it.
        label: &'a str,
        /// The text that search finds it by.
        search: &'a str,
        /// What a dictionary may be trained on: the body without anything personal, or nothing.
        sample: Option<&'a [u8]>,
    },
    /// The object is proven gone.
    Tombstone {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// The newest version when it was proven.
        expect: Option<VersionNumber>,
    },
    /// The object is as it was; what is remembered about its deep parts moves.
    Touch {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// Its deep parts still wait for their first reading.
        pending: bool,
        /// The API's own mark of change.
        stamp: Option<&'a str>,
    },
    /// The object is as it was, but its fingerprints are taken in another way now (its description
    /// has learned of another volatile field).
    Reprint {
        /// Its entity.
        entity: &'a str,
        /// Its id.
        id: &'a str,
        /// The newest version, whose document has these fingerprints.
        expect: Option<VersionNumber>,
        /// The new fingerprint of the document.
        fingerprint: Fingerprint,
        /// The new fingerprint of what the main listing alone tells.
        shallow: Fingerprint,
    },
}

/// What became of a [`Write`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// This version was written.
    Version(VersionNumber),
    /// No version: the object stands at this one, with the same fingerprint.
    Same(VersionNumber),
    /// A touch.
    Touched,
}

/// The writes of one moment in one run.
pub(super) struct Batch<'a> {
    pub run: RunId,
    pub at: Timestamp,
    pub writes: Vec<Write<'a>>,
}

impl<'a> Write<'a> {
    pub(super) fn entity(&self) -> &'a str {
        match self {
            Self::Version { entity, .. }
            | Self::Tombstone { entity, .. }
            | Self::Touch { entity, .. }
            | Self::Reprint { entity, .. } => entity,
        }
    }

    pub(super) fn id(&self) -> &'a str {
        match self {
            Self::Version { id, .. }
            | Self::Tombstone { id, .. }
            | Self::Touch { id, .. }
            | Self::Reprint { id, .. } => id,
        }
    }

    /// What this write makes of an object that stands at `head`: the one place that decides it.
    pub(super) fn judge(&self, head: Option<&Head>) -> Result<Written, Fault> {
        let found = head.map(|head| head.version);
        let key = || ObjectKey::new(self.entity(), self.id());
        let next = found.unwrap_or(0) + 1;
        let live = head.filter(|head| head.state == State::Live);
        let expected = match self {
            Self::Touch { .. } => found,
            Self::Version { expect, .. }
            | Self::Tombstone { expect, .. }
            | Self::Reprint { expect, .. } => *expect,
        };
        if expected != found {
            return Err(Fault::Raced(key(), expected, found));
        }
        match (self, live) {
            (
                Self::Version {
                    change: ChangeKind::Deleted,
                    ..
                },
                _,
            ) => Err(Fault::Internal(format!(
                "{} is deleted by a tombstone only",
                key()
            ))),
            (Self::Version { fingerprint, .. }, Some(live)) if live.fingerprint == *fingerprint => {
                Ok(Written::Same(live.version))
            }
            (Self::Version { .. }, _) | (Self::Tombstone { .. }, Some(_)) => {
                Ok(Written::Version(next))
            }
            (Self::Touch { .. } | Self::Reprint { .. }, Some(_)) => Ok(Written::Touched),
            (_, None) => Err(Fault::Internal(format!("{} does not live", key()))),
        }
    }
}

/// A change as its column holds it.
pub(super) fn change_number(change: ChangeKind) -> i64 {
    match change {
        ChangeKind::Created => 0,
        ChangeKind::Updated => 1,
        ChangeKind::Deleted => 2,
        ChangeKind::Restored => 3,
    }
}

/// The change that a column holds.
pub(super) fn change_of(number: i64) -> Result<ChangeKind, Fault> {
    match number {
        0 => Ok(ChangeKind::Created),
        1 => Ok(ChangeKind::Updated),
        2 => Ok(ChangeKind::Deleted),
        3 => Ok(ChangeKind::Restored),
        other => Err(Fault::Damaged(format!("{other} is no kind of change"))),
    }
}
