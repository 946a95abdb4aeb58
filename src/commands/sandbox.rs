//! `sandbox`: a BigCommerce-shaped store on loopback.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::failure::{Failure, Kind};
use crate::sandbox::{Error, Quota, Sandbox, SandboxOptions};

/// What to serve, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The sample data's name.
    pub sample: String,
    /// The port; none: any free one.
    pub port: Option<u16>,
    /// Requests allowed in BigCommerce's window of 30 s; none: no quota.
    pub quota: Option<u32>,
    /// What webhooks are signed with; none: the sandbox's own word for it.
    pub client_secret: Option<SecretString>,
}

/// How to reach it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The API origin.
    pub url: String,
    /// The store hash.
    pub store: String,
    /// The token: a fixed word that opens nothing else.
    pub token: String,
    /// The sample it began with.
    pub sample: String,
}

/// Starts serving, until the sandbox is dropped.
pub async fn start(options: Options) -> Result<(Sandbox, Report), Failure> {
    let sample = options.sample.clone();
    let mut with = SandboxOptions {
        port: options.port.unwrap_or(0),
        quota: options.quota.map(|requests| Quota {
            requests,
            ..Quota::STANDARD
        }),
        ..SandboxOptions::sample(&options.sample)
    };
    if let Some(secret) = options.client_secret {
        with.client_secret = Some(secret.expose_secret().to_owned());
    }
    // It makes a runtime of its own, which must not happen on a thread of ours.
    let started = tokio::task::spawn_blocking(move || Sandbox::start(with)).await;
    let started = started.map_err(|error| Failure::new(Kind::Internal, error.to_string()))?;
    let sandbox = started.map_err(|error| match &error {
        Error::UnknownSample(_) => Failure::new(Kind::Usage, error.to_string()),
        Error::Listen { source, .. } => {
            Failure::new(Kind::Io, format!("{error}: {source}")).hint("try another --port")
        }
    })?;
    let report = Report {
        url: sandbox.url(),
        store: sandbox.hash().to_owned(),
        token: sandbox.token().to_owned(),
        sample,
    };
    Ok((sandbox, report))
}
