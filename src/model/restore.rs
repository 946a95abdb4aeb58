//! A restore as plain data: the steps of its plan, what became of them, and its report.
//!
//! The same values are shown before anything is sent, kept in the version store's journal, and told
//! at the end; so a step says all that is needed to do it again after a crash, or to take it back.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::run::{RunStatus, words};
use super::version::VersionNumber;

words! {
    /// What a step does.
    Action {
        /// The object is gone and is made anew.
        Create = "create",
        /// The object lives and is changed in place.
        Update = "update",
        /// The object is deleted.
        Delete = "delete",
        /// An object that pointed to a re-created one points to it again.
        Relink = "relink",
        /// Bytes are sent.
        Upload = "upload",
        /// Nothing is done, for a reason.
        Skip = "skip",
    }
}

words! {
    /// How far a step is.
    StepStatus {
        /// Not begun.
        Planned = "planned",
        /// A request may have been sent; whether it was done has to be looked up.
        Begun = "begun",
        /// Done.
        Done = "done",
        /// Not done, for the reason in its error.
        Failed = "failed",
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::from_word(&word).ok_or_else(|| D::Error::custom(format!("{word:?} is no action")))
    }
}

impl<'de> Deserialize<'de> for StepStatus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::from_word(&word).ok_or_else(|| D::Error::custom(format!("{word:?} is no status")))
    }
}

/// One field of an object, as it is and as it shall be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// RFC 6901 pointer into the document.
    pub path: String,
    /// The value in the store; null where there is none.
    pub from: Value,
    /// The value that is wanted; null where there shall be none.
    pub to: Value,
}

/// A text of which there is one each and that an object gives away to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The place that tells which kind of text: the first of those that share one.
    pub kind: String,
    /// The text in lower case.
    pub text: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its place, from 1.
    pub n: u32,
    /// What it does.
    pub action: Action,
    /// Entity of the object.
    pub entity: String,
    /// Set where it is about no object of that entity but about one that their documents tell of,
    /// under this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nested: Option<String>,
    /// Set where it is about rows of another list that hang on the object by its id: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hanging: Option<String>,
    /// The object's id when the step was planned.
    pub id: String,
    /// The id that it was re-created under.
    pub new_id: Option<String>,
    /// What people call it.
    pub label: String,
    /// Why, in a merchant's words; for a skip: why not.
    pub reason: String,
    /// How far it is.
    pub status: StepStatus,
    /// What went wrong.
    pub error: Option<String>,
    /// True for a skip of what was asked for and can't be had: the restore is then partial.
    pub lacking: bool,
    /// Fields that are changed.
    pub changes: Vec<FieldChange>,
    /// Fields that were edited in the store after the wanted version was captured.
    pub conflicts: Vec<FieldChange>,
    /// What does not come back, each with its reason.
    pub losses: Vec<String>,
    /// The fields that are in play, dotted; empty for all.
    #[serde(default)]
    pub only: Vec<String>,
    /// Fields that are left as they are, dotted: something else holds what they are to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// What a flag asked to send along when the object is made, by the flag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_request: Vec<String>,
    /// Texts that the object gives away to another in the same restore: it is called
    /// something else for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub park: Vec<Parked>,
    /// That was begun: the object may be called so now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
    /// Objects (`brands/7`) that what is wanted points to and that neither live nor come back: it
    /// comes back without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dead: Vec<String>,
    /// Set where a hidden twin is made beside the object: which of them, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<u32>,
    /// True where that twin takes the place of its object, which is over for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub instead: bool,
    /// The version that is wanted.
    pub version: Option<VersionNumber>,
    /// The version that holds what stood before the step: what `undo` goes back to.
    pub safety: Option<VersionNumber>,
    /// Requests that it takes.
    pub requests: u32,
}

impl Step {
    /// A step that does nothing, for a reason.
    pub fn skip(entity: &str, id: &str, label: &str, reason: &str) -> Self {
        Self {
            n: 0,
            action: Action::Skip,
            entity: entity.to_owned(),
            nested: None,
            hanging: None,
            id: id.to_owned(),
            new_id: None,
            label: label.to_owned(),
            reason: reason.to_owned(),
            status: StepStatus::Planned,
            error: None,
            lacking: false,
            changes: Vec::new(),
            conflicts: Vec::new(),
            losses: Vec::new(),
            only: Vec::new(),
            without: Vec::new(),
            on_request: Vec::new(),
            park: Vec::new(),
            parked: false,
            dead: Vec::new(),
            copy: None,
            instead: false,
            version: None,
            safety: None,
            requests: 0,
        }
    }
}

/// Something that is not as it was wanted, found on reading back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Differing {
    /// Entity.
    pub entity: String,
    /// The object's id now.
    pub id: String,
    /// The field, wanted (`to`) and found (`from`).
    pub field: FieldChange,
}

/// What a restore or an undo would do or did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestoreReport {
    /// Its run; none for a dry run.
    pub run: Option<i64>,
    /// Nothing was sent.
    pub dry_run: bool,
    /// How it ended.
    pub status: RunStatus,
    /// Requests sent so far, reading included.
    pub requests: u64,
    /// Requests that applying the plan takes, reading before and after included.
    pub requests_planned: u64,
    /// How long that takes at the store's quota, in seconds; none where the store told of no quota.
    pub seconds_planned: Option<u64>,
    /// The other store that it is restored into, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_store: Option<String>,
    /// Nothing was done because the store refused the token or its scopes.
    #[serde(skip)]
    pub refused: bool,
    /// The steps.
    pub steps: Vec<Step>,
    /// What differs from what was wanted after reading back.
    pub differing: Vec<Differing>,
    /// What the user should know.
    pub notes: Vec<String>,
}
