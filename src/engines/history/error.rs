//! Why a version, or a difference of two, can't be shown.

use jiff::Timestamp;

use crate::model::clock::rfc3339_millis;
use crate::model::{ObjectKey, RunId, VersionNumber};
use crate::vault;

/// What stands in the way. None of these is a fault of the command line's form; that is settled
/// before the vault is asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The version store could not be read.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// No capture ever saw the object.
    #[error("{key} was never seen")]
    NeverSeen {
        /// The object.
        key: ObjectKey,
    },
    /// The object has no version of that number.
    #[error("{key} has no v{asked}; it has {}", spans(there))]
    NoVersion {
        /// The object.
        key: ObjectKey,
        /// What was asked for.
        asked: VersionNumber,
        /// The versions there are, ascending.
        there: Vec<VersionNumber>,
    },
    /// The object was captured later only.
    #[error(
        "{key} had not been captured {asked}; its first version is v{first} of run {run}, {}",
        rfc3339_millis(*at)
    )]
    NothingThen {
        /// The object.
        key: ObjectKey,
        /// The moment or run asked for, with its preposition.
        asked: String,
        /// The first version there is.
        first: VersionNumber,
        /// The run that captured it.
        run: RunId,
        /// When.
        at: Timestamp,
    },
    /// There was no such run.
    #[error("there is no run {run}{}", newest.map_or(String::new(), |n| format!("; the newest is run {n}")))]
    NoRun {
        /// The run asked for.
        run: RunId,
        /// The newest there is.
        newest: Option<RunId>,
    },
    /// The version records a deletion: there is no document to show.
    #[error(
        "{key} v{version} is its deletion, seen {}{}",
        rfc3339_millis(*at),
        last_live.map_or(String::new(), |n| format!("; the last live version is v{n}"))
    )]
    Deleted {
        /// The object.
        key: ObjectKey,
        /// The tombstone.
        version: VersionNumber,
        /// When it was captured.
        at: Timestamp,
        /// The last version with a document.
        last_live: Option<VersionNumber>,
    },
    /// The store does not have the object now.
    #[error("the store has no {key} now")]
    NotLive {
        /// The object.
        key: ObjectKey,
    },
    /// There is only one version, and two are needed.
    #[error("{key} has only v{version}: there is nothing to compare it with")]
    OnlyOne {
        /// The object.
        key: ObjectKey,
        /// Its version.
        version: VersionNumber,
    },
    /// The stored bytes are no document.
    #[error("{key} v{version}: the stored document can't be read: {why}")]
    Unreadable {
        /// The object.
        key: ObjectKey,
        /// The version.
        version: VersionNumber,
        /// What is wrong.
        why: String,
    },
    /// `live` was asked of the version store, which does not know it.
    #[error("what is live is read from the store, not from the version store")]
    LiveIsElsewhere,
}

impl Error {
    /// A short word for the kind, as it stands in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Vault(error) => error.kind(),
            Self::NeverSeen { .. } => "unknown_object",
            Self::NoVersion { .. }
            | Self::NothingThen { .. }
            | Self::NoRun { .. }
            | Self::OnlyOne { .. } => "unknown_version",
            Self::Deleted { .. } | Self::NotLive { .. } => "deleted",
            Self::Unreadable { .. } => "corrupt",
            Self::LiveIsElsewhere => "internal",
        }
    }

    /// What the user can do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Vault(error) => return error.hint(),
            Self::NeverSeen { key } => {
                format!(
                    "`vortex list {} --all` shows every id that was captured",
                    key.entity
                )
            }
            Self::NoVersion { key, .. } | Self::NothingThen { key, .. } => {
                format!(
                    "`vortex list {} {}` shows its versions and their times",
                    key.entity, key.id
                )
            }
            Self::NoRun { .. } => "`vortex runs` shows every run".to_owned(),
            Self::Deleted {
                key,
                last_live: Some(version),
                ..
            } => {
                format!(
                    "`vortex show {} {} v{version}` shows it",
                    key.entity, key.id
                )
            }
            Self::NotLive { key } => {
                format!(
                    "`vortex show {} {}` shows what was captured of it",
                    key.entity, key.id
                )
            }
            Self::OnlyOne { key, .. } => {
                format!(
                    "`vortex diff {} {} latest live` compares it with the store",
                    key.entity, key.id
                )
            }
            Self::Unreadable { .. } => "run `vortex verify --deep`".to_owned(),
            Self::Deleted { .. } | Self::LiveIsElsewhere => return None,
        };
        Some(text)
    }
}

/// `v1-v3, v5`: ascending numbers in spans.
fn spans(numbers: &[VersionNumber]) -> String {
    let mut spans: Vec<(VersionNumber, VersionNumber)> = Vec::new();
    for number in numbers {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => spans.push((*number, *number)),
        }
    }
    let shown = spans.iter().map(|(first, last)| match first == last {
        true => format!("v{first}"),
        false => format!("v{first}-v{last}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}
