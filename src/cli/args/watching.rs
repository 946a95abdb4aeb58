//! `watch` and `hooks`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::values::{EntityWord, OnlyEntities, duration};

/// Capture changes as they happen, from the store's webhooks, and sweep what webhooks never tell
///
/// Registers hooks that lead to --public-url, takes events in on --listen behind your reverse proxy
/// or tunnel, and turns each into a version within seconds. An event is acknowledged when it is on
/// the disk. What no webhook tells (see `vortex entities`) is found by a sweep at the start and
/// every --sweep.
///
/// Runs until it is told to stop (SIGTERM, Ctrl-C), then leaves within 10 s. The hooks stay: while
/// vortex is down BigCommerce keeps events for 48 hours.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex watch --public-url https://hooks.example.com/vortex
  vortex watch --public-url https://hooks.example.com/vortex --entity products,categories --sweep 1h
  vortex watch --public-url https://hooks.example.com --listen 0.0.0.0:443 \\
    --tls-cert fullchain.pem --tls-key privkey.pem --admin-listen 127.0.0.1:9090
  vortex watch --public-url https://hooks.example.com/vortex --json | jq -c .")]
pub struct WatchArgs {
    /// Where BigCommerce reaches this listener: https on port 443 (http for this machine only)
    #[arg(long, value_name = "URL")]
    pub public_url: String,

    /// Where to take events in
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The entities.
    #[command(flatten)]
    pub only: OnlyEntities,

    /// How often to sweep each entity, at most
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = sweep)]
    pub sweep: Duration,

    /// Remove the hooks at the end: events from then on are lost
    #[arg(long)]
    pub remove_hooks: bool,

    /// Serve /healthz and /metrics here instead of beside the events
    #[arg(long, value_name = "ADDR:PORT")]
    pub admin_listen: Option<SocketAddr>,

    /// Speak TLS by itself, with this certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// The share of the store's API quota to use, above 0 and up to 1 [default: 0.8]
    #[arg(long, value_name = "SHARE", value_parser = super::working::quota_share)]
    pub quota_share: Option<f64>,
}

/// Look at the webhooks, switch entities on and off, and test that events arrive
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex hooks list
  vortex hooks disable orders
  vortex hooks enable orders --public-url https://hooks.example.com/vortex
  vortex hooks test")]
pub struct HooksArgs {
    /// What to do
    #[command(subcommand)]
    pub command: HooksCommand,
}

/// What `hooks` can do.
#[derive(Debug, Subcommand)]
pub enum HooksCommand {
    /// A row per hook that this token sees: scope, where it leads, whether it is on
    #[command(after_help = "\
Examples:
  vortex hooks list
  vortex hooks list --json | jq '.[] | select(.active | not)'")]
    List,
    /// Register the hooks of these entities, and let their events be captured
    #[command(after_help = "\
Examples:
  vortex hooks enable products categories
  vortex hooks enable orders --public-url https://hooks.example.com/vortex")]
    Enable {
        /// Entities, singular or plural
        #[arg(required = true, value_name = "ENTITY", value_parser = EntityWord, hide_possible_values = true)]
        entity: Vec<String>,
        /// Where BigCommerce reaches the listener [default: that of the last `watch`]
        #[arg(long, value_name = "URL")]
        public_url: Option<String>,
    },
    /// Remove the hooks of these entities; their events and sweeps are ignored from this moment
    #[command(after_help = "\
Examples:
  vortex hooks disable orders customers")]
    Disable {
        /// Entities, singular or plural
        #[arg(required = true, value_name = "ENTITY", value_parser = EntityWord, hide_possible_values = true)]
        entity: Vec<String>,
    },
    /// Prove that the public URL leads to this version store's running `watch`
    #[command(after_help = "\
Examples:
  vortex hooks test
  vortex hooks test --json -q || mail -s 'webhooks do not arrive' me@example.com")]
    Test,
}

/// A sweep more often than this would do nothing but sweep.
const SWEEP_MIN: Duration = Duration::from_secs(5);

fn sweep(word: &str) -> Result<Duration, String> {
    let span = duration(word)?;
    if span < SWEEP_MIN {
        return Err(format!("at least {} s", SWEEP_MIN.as_secs()));
    }
    Ok(span)
}
