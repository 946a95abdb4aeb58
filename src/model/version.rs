//! Versions: their numbers, what kind of change bore them, and the words that ask for one.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::run::{RunId, words};
use serde::{Serialize, Serializer};

/// A version's number within its object, from 1.
pub type VersionNumber = u32;

words! {
    /// What a version records.
    ChangeKind {
        /// The object was seen for the first time, or came back after a deletion by itself.
        Created = "created",
        /// Something that is not volatile differs from the version before.
        Updated = "updated",
        /// The object is proven gone: a tombstone.
        Deleted = "deleted",
        /// Written by `restore` or `undo`.
        Restored = "restored",
    }
}

/// A word by which a version is asked for (`cli.md`, "Names").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionWord {
    /// `v3` or `3`.
    Number(VersionNumber),
    /// `latest`: the newest version, be it a tombstone.
    Latest,
    /// `live`: read from the store now.
    Live,
    /// `@T`: the newest version captured at or before the time.
    At(Timestamp),
    /// `run:N`: what that run saw.
    Run(RunId),
}

/// Why a word is no version.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{word}' is not a version: {why}")]
pub struct BadVersionWord {
    /// What was given.
    pub word: String,
    /// What is wrong with it.
    pub why: String,
}

impl VersionWord {
    /// Reads a word. `parse_time` turns the text behind `@` into a moment: it knows the zone and the
    /// present time, which this layer does not.
    pub fn parse(
        word: &str,
        parse_time: impl FnOnce(&str) -> Result<Timestamp, String>,
    ) -> Result<Self, BadVersionWord> {
        let bad = |why: String| BadVersionWord {
            word: word.to_owned(),
            why,
        };
        match word {
            "latest" => return Ok(Self::Latest),
            "live" => return Ok(Self::Live),
            _ => {}
        }
        if let Some(time) = word.strip_prefix('@') {
            return parse_time(time).map(Self::At).map_err(bad);
        }
        if let Some(run) = word.strip_prefix("run:") {
            let number = i64::from_str(run).ok().filter(|n| *n > 0);
            let number = number.ok_or_else(|| bad("run: takes a run's number".into()))?;
            return Ok(Self::Run(RunId(number)));
        }
        let digits = word.strip_prefix('v').unwrap_or(word);
        let number = u32::from_str(digits).ok().filter(|n| *n > 0);
        number
            .map(Self::Number)
            .ok_or_else(|| bad("use v3, latest, live, @2026-11-01, @2h or run:17".into()))
    }
}

impl fmt::Display for VersionWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "v{n}"),
            Self::Latest => f.write_str("latest"),
            Self::Live => f.write_str("live"),
            Self::At(at) => write!(f, "@{at}"),
            Self::Run(run) => write!(f, "run:{run}"),
        }
    }
}
