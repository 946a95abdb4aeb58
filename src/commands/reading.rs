//! What `show` and `diff` share: an object's state as a word asks for it, out of the version store
//! or read from the store now.

use std::path::Path;

use super::failure::{Failure, Kind};
use crate::api::Client;
use crate::engines::capture::read_live;
use crate::engines::history::{self, History, State};
use crate::entities::Entity;
use crate::model::VersionWord;
use crate::vault::Vault;

/// Where to read.
pub struct Place<'a> {
    /// The version store's file.
    pub db: &'a Path,
    /// The store that it must belong to, if one was named.
    pub hash: Option<&'a str>,
    /// The way to the store, where `live` was asked for.
    pub client: Option<&'a Client>,
}

impl Place<'_> {
    /// Opens the version store.
    pub fn vault(&self) -> Result<Vault, Failure> {
        Ok(Vault::open(self.db, self.hash)?)
    }

    /// The object's state in the store now.
    pub async fn live(&self, entity: &Entity, id: &str) -> Result<State, Failure> {
        let client = self.client.ok_or_else(|| {
            Failure::new(
                Kind::Internal,
                "no way to the store was given for what is live",
            )
        })?;
        Ok(State::live(read_live(client, entity, id).await?))
    }

    /// The object's state as a word asks for it.
    pub async fn state(
        &self,
        history: &History<'_>,
        entity: &Entity,
        id: &str,
        word: &VersionWord,
    ) -> Result<State, Failure> {
        match word {
            VersionWord::Live => self.live(entity, id).await,
            word => Ok(history.state(id, word)?),
        }
    }
}

impl From<history::Error> for Failure {
    fn from(error: history::Error) -> Self {
        use history::Error as History;
        let kind = match &error {
            History::NeverSeen { .. } => Kind::UnknownObject,
            History::NoVersion { .. }
            | History::NothingThen { .. }
            | History::NoRun { .. }
            | History::OnlyOne { .. } => Kind::UnknownVersion,
            History::Deleted { .. } | History::NotLive { .. } => Kind::Deleted,
            History::Unreadable { .. } => Kind::Corrupt,
            History::LiveIsElsewhere => Kind::Internal,
            History::Vault(_) => Kind::Io,
        };
        if let History::Vault(error) = error {
            return error.into();
        }
        let failure = Self::new(kind, error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
