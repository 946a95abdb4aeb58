//! A run: one `backup`, sweep, `restore` or `undo`; what it looked at and whether it was whole.

use std::fmt;

use serde::{Serialize, Serializer};

/// A run's number: one sequence per version store, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// The word as it stands in JSON and in the version store.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value that a word stands for, if it stands for one.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.as_str()) }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What kind of work a run was.
    RunKind {
        /// `vortex backup`.
        Backup = "backup",
        /// A sweep of `vortex watch`.
        Sweep = "sweep",
        /// `vortex restore`.
        Restore = "restore",
        /// `vortex undo`.
        Undo = "undo",
    }
}

words! {
    /// How a run ended. `Running` is written at the start; a run found so without a living holder
    /// of the lock is turned into `Interrupted` by the next writer.
    RunStatus {
        /// At work now, or dead and not yet noticed.
        Running = "running",
        /// All that was asked for was had, whole.
        Ok = "ok",
        /// Something failed and is named; the rest was had.
        Partial = "partial",
        /// Nothing that was asked for succeeded.
        Failed = "failed",
        /// Stopped by a signal, or found dead.
        Interrupted = "interrupted",
    }
}

words! {
    /// How one entity fared in a run.
    EntityStatus {
        /// The listing was whole and every object was captured.
        Ok = "ok",
        /// Something of it could not be had; `error` says what.
        Failed = "failed",
        /// The store does not have the feature.
        Skipped = "skipped",
        /// The run was stopped before or within it.
        Interrupted = "interrupted",
    }
}

/// What one run did with one entity. Field names are the JSON's (`cli.md`, `backup --json`).
#[derive(Debug, Clone, Serialize)]
pub struct EntityReport {
    /// The entity's plural name.
    pub entity: String,
    /// How it fared.
    pub status: EntityStatus,
    /// Distinct objects in the listing.
    pub seen: u64,
    /// First versions written, reappearances included.
    pub created: u64,
    /// Further versions written.
    pub updated: u64,
    /// Tombstones written.
    pub deleted: u64,
    /// Objects seen again without a change.
    pub unchanged: u64,
    /// Attempts sent to the API origin for it, retries included.
    pub requests: u64,
    /// Objects whose deep parts still wait for their first reading.
    pub pending: u64,
    /// What failed, in one line, when something did.
    pub error: Option<String>,
    /// Single objects that could not be captured whole: key and reason. Their last versions stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Their ids, where the listing was whole: all others of it were captured.
    #[serde(skip)]
    pub failed_ids: Option<Vec<String>>,
    /// Plain facts worth telling: a probe's result, what the store does not offer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the store says it has beside what the vault holds, where the API counts (orders by
    /// status).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
    /// What kind of failure it was, for the exit code.
    #[serde(skip)]
    pub cause: Option<Cause>,
}

/// What kind of failure ended an entity's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// 401: the token is wrong, or not this store's.
    Credentials,
    /// 403: the token lacks a scope (or the store hash is wrong).
    Scope,
    /// The API did not answer at all, however often it was asked.
    Unreachable,
    /// Anything else.
    Other,
}

/// One line of "the store says / vortex holds".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Count {
    /// What is counted (an order status' name).
    pub label: String,
    /// How many the store reports.
    pub store: u64,
    /// How many live objects the version store holds.
    pub held: u64,
}

/// What a whole run did. Field names are the JSON's (`cli.md`, `backup --json`).
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// Its number.
    pub run: RunId,
    /// The store hash.
    pub store: String,
    /// How it ended.
    pub status: RunStatus,
    /// When it began, RFC 3339 with milliseconds.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// Attempts sent to the API origin, retries included.
    pub requests: u64,
    /// Objects whose deep parts still wait for their first reading, over all entities.
    pub pending: u64,
    /// What became of images; none where they were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<ImagesReport>,
    /// One report for each entity, in the order of the work.
    pub entities: Vec<EntityReport>,
}

/// What a run did with images. Field names are the JSON's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImagesReport {
    /// Images fetched in this run.
    pub fetched: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Images that the version store holds.
    pub held: u64,
    /// Images not asked for any more, since too many in a row had brought no answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub untried: u64,
    /// Failures beyond those that are told by name.
    #[serde(skip_serializing_if = "is_zero")]
    pub untold: u64,
    /// Those that could not be had.
    pub failed: Vec<ImageFailure>,
    /// How many of them were not simply gone.
    #[serde(skip)]
    pub unhad: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// An image that could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageFailure {
    /// Entity of the object that names it.
    pub entity: String,
    /// The object's id.
    pub id: String,
    /// Its address, without the query.
    pub url: String,
    /// Why not; begins with `lost` where it is gone.
    pub reason: String,
}
