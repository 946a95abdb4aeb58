//! Failures deep inside, before anyone knows which file and which work they belong to.

use std::path::Path;

use super::error::Error;
use crate::model::{ObjectKey, VersionNumber};

/// What went wrong; [`Fault::at`] adds where.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite refused.
    Sql(rusqlite::Error),
    /// What is stored contradicts itself.
    Damaged(String),
    /// An object has moved on since it was compared.
    Raced(ObjectKey, Option<VersionNumber>, Option<VersionNumber>),
    /// A caller's mistake, or one of ours.
    Internal(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            // A column that doesn't hold what the layout says.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Damaged(error.to_string()),
            other => Self::Sql(other),
        }
    }
}

impl Fault {
    /// The error that callers see.
    pub fn at(self, path: &Path, doing: impl Into<String>) -> Error {
        let (doing, file) = (doing.into(), path.to_owned());
        match self {
            Self::Sql(error) => Error::sqlite(doing, path, error),
            Self::Damaged(what) => Error::Corrupt {
                doing,
                path: file,
                what,
            },
            Self::Raced(key, expected, found) => Error::Raced {
                key,
                expected,
                found,
            },
            Self::Internal(why) => Error::Misuse { doing, why },
        }
    }
}
