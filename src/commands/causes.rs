//! Errors of the layers below as failures: what a person can do about each.

use super::failure::{Failure, Kind};
use crate::{api, engines, vault};

/// What to look at when nothing answers.
pub const NO_ANSWER: &str = "check the network of this machine, and that --api-url (or \
                             VORTEX_API_URL, or the profile's api_url) names the right host and \
                             port; then run again";

impl From<api::Error> for Failure {
    fn from(error: api::Error) -> Self {
        use api::ErrorKind as Api;
        let kind = match error.kind() {
            Api::Unauthorized => Kind::Unauthorized,
            Api::Forbidden => Kind::Forbidden,
            Api::RateLimited => Kind::RateLimited,
            Api::Network => Kind::Network,
            Api::Cancelled => return Self::interrupted(),
            // With a status it is a redirect that was not followed, without one an odd id.
            Api::Refused if error.status().is_none() => Kind::Usage,
            Api::Refused
            | Api::NotFound
            | Api::TooLarge
            | Api::Server
            | Api::Malformed
            | Api::Invalid
            | Api::LoopingPages => Kind::Store,
        };
        let hint = match kind {
            Kind::Network => NO_ANSWER,
            _ => error.hint(),
        };
        Self::new(kind, error.to_string()).hint(hint)
    }
}

impl From<vault::Error> for Failure {
    fn from(error: vault::Error) -> Self {
        use vault::Error as Vault;
        let kind = match &error {
            Vault::Missing { .. } => Kind::NoVault,
            Vault::Gone { .. } => Kind::Io,
            Vault::Foreign { .. } => Kind::Foreign,
            Vault::OtherStore { .. } => Kind::OtherStore,
            Vault::TooNew { .. } => Kind::TooNew,
            Vault::ReadOnlyFolder { .. } => Kind::ReadOnly,
            Vault::Locked { .. } | Vault::Busy { .. } => Kind::Busy,
            Vault::Full { .. } => Kind::DiskFull,
            Vault::Corrupt { .. } => Kind::Corrupt,
            Vault::Io { .. } | Vault::Sqlite { .. } => Kind::Io,
            Vault::IdTaken { .. } => Kind::Store,
            Vault::Raced { .. } | Vault::Misuse { .. } => Kind::Internal,
        };
        let failure = Self::new(kind, error.to_string().replace('\n', " "));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
impl From<engines::Error> for Failure {
    fn from(error: engines::Error) -> Self {
        match error {
            engines::Error::Api(error) => error.into(),
            engines::Error::Vault(error) => error.into(),
            error @ engines::Error::NothingThen { .. } => {
                Self::new(Kind::UnknownVersion, error.to_string())
                    .hint("`vortex runs` lists the runs; --at takes a later time, or run:N")
            }
            error @ engines::Error::Run { .. } => {
                Self::new(Kind::UnknownVersion, error.to_string())
                    .hint("`vortex runs` lists the runs")
            }
            other => Self::new(Kind::Store, other.to_string()),
        }
    }
}
