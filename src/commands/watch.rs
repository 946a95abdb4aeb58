//! `watch`: one store's changes as they happen.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, Kind};
use super::store::{Access, lock};
use crate::api::check_public_url;
use crate::engines::monitor::Monitor;
use crate::engines::watch::{self, Error, Place, Summary, Watcher};
use crate::entities::Entity;
use crate::model::Clock;
use crate::vault::Inbox;

/// What to watch, and how.
pub struct Options<'a> {
    /// The way to the store.
    pub access: Access,
    /// The version store's file.
    pub db: &'a Path,
    /// The entities.
    pub entities: Vec<&'static Entity>,
    /// Where BigCommerce reaches the listener.
    pub public_url: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where health and metrics are, if not there.
    pub admin_listen: Option<SocketAddr>,
    /// Certificate chain and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// How often to sweep.
    pub sweep: Duration,
    /// Remove the hooks at the end.
    pub remove_hooks: bool,
    /// By which events are signed.
    pub client_secret: Option<SecretString>,
    /// How long to wait for another `watch` on the version store.
    pub wait: Option<Option<Duration>>,
    /// Is told, once, that one is waited for.
    pub waiting: &'a (dyn Fn(&Failure) + Sync),
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

/// What another `watch` on the same version store is told of this one. Not a job's word: it keeps
/// the inbox for as long as it runs.
const SERVICE: &str = "watch (the whole time)";

/// A public URL, or what is wrong with it.
pub fn public_url(text: &str) -> Result<String, Failure> {
    check_public_url(text).map_err(|why| {
        Failure::new(Kind::Usage, format!("--public-url can't be used: {why}"))
            .hint("for example https://hooks.example.com/vortex")
    })
}

/// Runs until `cancel`.
pub async fn run(
    options: Options<'_>,
    watcher: &dyn Watcher,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
) -> Result<Summary, Failure> {
    let public_url = public_url(&options.public_url)?;
    let tls = match &options.tls {
        Some((cert, key)) => Some(watch::tls(cert, key)?),
        None => None,
    };
    // Waits and requests of the loop end with `cancel`; the removal of hooks comes after it.
    let client = options.access.client(&CancellationToken::new())?;
    let inbox = Inbox::place(options.db);
    let _one = lock(&inbox, SERVICE, options.wait, options.waiting, cancel).await?;
    let options = watch::Options {
        client,
        db: options.db,
        store_hash: options.access.hash.clone(),
        entities: options.entities,
        public_url,
        place: Place {
            listen: options.listen,
            admin: options.admin_listen,
            tls,
        },
        sweep: options.sweep,
        remove_hooks: options.remove_hooks,
        client_secret: options.client_secret,
        clock: options.clock,
    };
    Ok(watch::run(options, watcher, monitor, cancel).await?)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Vault(error) => error.into(),
            Error::Engine(error) => error.into(),
            Error::Api(error) => error.into(),
            error @ Error::Listen { .. } => Self::new(Kind::Io, error.to_string())
                .hint("another program may have the port: choose one with --listen"),
            error @ Error::Tls { .. } => Self::new(Kind::Usage, error.to_string())
                .hint("--tls-cert takes the whole chain and --tls-key its key, both PEM"),
        }
    }
}
