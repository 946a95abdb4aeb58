//! What can go wrong with a vault: doing what, to which file or object, and why.
//!
//! The variants are the kinds: callers match on them, never on the text.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::ErrorCode;

use super::lock::Holder;
use crate::model::clock::rfc3339_millis;
use crate::model::{ObjectKey, VersionNumber};

/// Why the vault could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file (or an empty one), and reading creates none.
    #[error("no version store at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file was removed or replaced while it was open.
    #[error("{} was removed or replaced while it was in use", path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// The file is not a vault at all.
    #[error("{} is not a vortex version store: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// The vault belongs to another store.
    #[error(
        "{} holds the store '{bound}', not '{asked}'", path.display()
    )]
    OtherStore {
        /// The file.
        path: PathBuf,
        /// The store hash it was created for.
        bound: String,
        /// The store hash that was asked for.
        asked: String,
    },
    /// An object can't go on under an id that is another object's.
    #[error("{entity}/{old} can't go on under the id {new}: that is another object's history")]
    IdTaken {
        /// The entity.
        entity: String,
        /// The id it has.
        old: String,
        /// The id it was to have.
        new: String,
    },
    /// A newer vortex has changed the file's layout.
    #[error(
        "{} has layout {found}, this vortex knows layouts up to {known}", path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The layout it has.
        found: i64,
        /// The newest layout this build can read.
        known: i64,
    },
    /// The file or its folder may not be written.
    #[error("{doing} {}: the folder or the file is read-only ({why})", path.display())]
    ReadOnlyFolder {
        /// What was being done.
        doing: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Another vortex has the job lock.
    #[error("another vortex is working on {}{}", path.display(), told(holder.as_ref()))]
    Locked {
        /// The vault's file.
        path: PathBuf,
        /// Who holds it, where that could be read.
        holder: Option<Holder>,
    },
    /// Another process was writing for longer than our patience.
    #[error("{doing} in {}: another process kept it busy", path.display())]
    Busy {
        /// What was being done.
        doing: String,
        /// The file.
        path: PathBuf,
    },
    /// The disk is full. What was committed before stands.
    #[error("{doing} in {}: the disk is full", path.display())]
    Full {
        /// What was being done.
        doing: String,
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{doing} in {}: the file is damaged: {what}", path.display())]
    Corrupt {
        /// What was being done.
        doing: String,
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The object has changed since it was compared. Nothing of the batch was written.
    #[error(
        "writing {key}: it was compared with {}, but stands at {}",
        numbered(*expected), numbered(*found)
    )]
    Raced {
        /// The object.
        key: ObjectKey,
        /// The newest version when it was compared.
        expected: Option<VersionNumber>,
        /// The newest version now.
        found: Option<VersionNumber>,
    },
    /// A caller asked for something that makes no sense; a fault of vortex's own.
    #[error("{doing}: {why}")]
    Misuse {
        /// What was being done.
        doing: String,
        /// What is wrong with it.
        why: String,
    },
    /// The system refused a file operation.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: String,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// SQLite refused.
    #[error("{doing} in {}: {source}", path.display())]
    Sqlite {
        /// What was being done.
        doing: String,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
}

impl Error {
    /// A short word for the kind, as it stands in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "no_vault",
            Self::Gone { .. } => "io",
            Self::Foreign { .. } => "not_a_vault",
            Self::OtherStore { .. } => "other_store",
            Self::TooNew { .. } => "vault_too_new",
            Self::ReadOnlyFolder { .. } => "read_only",
            Self::Locked { .. } | Self::Busy { .. } => "locked",
            Self::Full { .. } => "disk_full",
            Self::Corrupt { .. } => "vault_damaged",
            Self::Raced { .. } => "raced",
            Self::IdTaken { .. } => "id_taken",
            Self::Misuse { .. } => "internal",
            Self::Io { .. } => "io",
            Self::Sqlite { .. } => "vault",
        }
    }

    /// What the user can do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Missing { .. } => "run `vortex backup` first, or name another file with --db",
            Self::Gone { .. } => {
                "start it again: events that were not worked off are BigCommerce's to send again, and the first sweep finds their changes"
            }
            Self::Foreign { .. } => "name a version store with --db, or a new file to create one",
            Self::OtherStore { bound, .. } => {
                return Some(format!(
                    "a version store belongs to one store for life: use --store {bound}, or \
                     another --db"
                ));
            }
            Self::TooNew { .. } => "update vortex to the version that wrote it, or a newer one",
            Self::ReadOnlyFolder { .. } => "choose a folder you may write to with --db",
            Self::Locked { .. } | Self::Busy { .. } => {
                "wait for it to end, or pass --wait to do so"
            }
            Self::Full { .. } => {
                "free some space and run again; everything captured so far is kept"
            }
            Self::Corrupt { .. } => {
                "copy the file away before anything else; then take another copy of the version store, or see what `vortex verify` and `sqlite3 FILE .recover` can still read"
            }
            Self::Raced { .. } => "run it again: the other writer's version is kept",
            Self::IdTaken { .. } => {
                "a backup has captured it under its new id already: look at both with `vortex list`"
            }
            Self::Misuse { .. } => "please report this as a bug",
            Self::Io { .. } | Self::Sqlite { .. } => return None,
        };
        Some(text.to_owned())
    }

    /// Sorts an SQLite failure into our kinds.
    pub(super) fn sqlite(doing: impl Into<String>, path: &Path, source: rusqlite::Error) -> Self {
        let (doing, path) = (doing.into(), path.to_owned());
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { doing, path },
            Some(ErrorCode::DatabaseCorrupt) => {
                let what = source.to_string();
                Self::Corrupt { doing, path, what }
            }
            Some(ErrorCode::NotADatabase) => {
                let why = "it is not an SQLite database".to_owned();
                Self::Foreign { path, why }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { doing, path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                let why = source.to_string();
                Self::ReadOnlyFolder { doing, path, why }
            }
            _ => Self::Sqlite {
                doing,
                path,
                source,
            },
        }
    }

    /// Sorts a failed file operation into our kinds.
    pub(super) fn io(doing: impl Into<String>, path: &Path, source: io::Error) -> Self {
        let (doing, path) = (doing.into(), path.to_owned());
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                let why = source.to_string();
                Self::ReadOnlyFolder { doing, path, why }
            }
            io::ErrorKind::StorageFull => Self::Full { doing, path },
            _ => Self::Io {
                doing,
                path,
                source,
            },
        }
    }
}

fn told(holder: Option<&Holder>) -> String {
    holder.map_or_else(String::new, |h| {
        let since = h.since.parse::<Timestamp>().map(rfc3339_millis);
        let since = since.unwrap_or_else(|_| h.since.clone());
        format!(": {}, process {}, since {since}", h.what, h.pid)
    })
}

fn numbered(version: Option<VersionNumber>) -> String {
    version.map_or_else(|| "nothing".to_owned(), |n| format!("v{n}"))
}
