//! The way to a store: a client made of plain values.

use std::sync::Arc;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, Kind};
use crate::api::{AddressError, Client, ClientOptions, Origin, StoreHash, WaitObserver};

/// All that is needed to talk to a store.
#[derive(Clone)]
pub struct Access {
    /// The store hash.
    pub hash: String,
    /// The API origin.
    pub api_url: String,
    /// The access token.
    pub token: SecretString,
    /// The share of the quota to use.
    pub quota_share: f64,
    /// Who is told of waits.
    pub waits: Option<Arc<dyn WaitObserver>>,
}

impl Access {
    /// A client for it, that stops when the token is cancelled.
    pub fn client(&self, cancel: &CancellationToken) -> Result<Client, Failure> {
        let origin = check_origin(&self.api_url)?;
        let hash = StoreHash::parse(&self.hash).map_err(|error| address(Kind::BadHash, &error))?;
        let mut options = ClientOptions::new(origin, hash, self.token.clone());
        options.quota_share = self.quota_share;
        let client = Client::new(options)?.with_cancel(cancel.clone());
        Ok(match &self.waits {
            Some(observer) => client.with_observer(Arc::clone(observer)),
            None => client,
        })
    }
}

/// An origin that a token may go to.
pub fn check_origin(url: &str) -> Result<Origin, Failure> {
    Origin::parse(url).map_err(|error| address(Kind::BadUrl, &error))
}

fn address(kind: Kind, error: &AddressError) -> Failure {
    Failure::new(kind, error.to_string()).hint(error.hint())
}
