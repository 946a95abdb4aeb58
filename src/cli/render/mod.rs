//! How reports look: text for people, JSON for programs. The only place that prints.

pub mod backup;
pub mod diff;
pub mod entities;
mod html;
mod json;
pub mod list;
pub mod login;
pub mod output;
pub mod restore;
pub mod status;
pub mod table;
pub mod watch;
pub mod words;

pub use output::Output;
pub use table::{Cell, Table};

use crate::commands;

/// How to reach the sandbox, and how to try vortex on it.
pub fn sandbox(output: &Output, report: &commands::sandbox::Report) {
    output.line(format!(
        "A store called {} is served at {} until you press Ctrl-C. In another terminal:\n\n  \
         export VORTEX_API_URL={} VORTEX_STORE_HASH={} VORTEX_TOKEN={}\n  vortex backup --db \
         sandbox.db",
        report.store, report.url, report.url, report.store, report.token
    ));
}
