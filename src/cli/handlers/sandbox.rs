//! `sandbox`: serves until a signal comes.

use crate::cli::App;
use crate::cli::args::SandboxArgs;
use crate::cli::render::{self, Output};
use crate::commands::failure::{Exit, Failure};
use crate::commands::sandbox::{self, Options};

/// Runs it.
pub async fn run(app: &App, args: &SandboxArgs, output: &Output) -> Result<Exit, Failure> {
    let options = Options {
        sample: args.sample.clone(),
        port: args.port,
        quota: args.quota,
        client_secret: app
            .environment
            .text("VORTEX_CLIENT_SECRET")?
            .map(Into::into),
    };
    let (serving, report) = sandbox::start(options).await?;
    match output.json {
        true => output.document(&report),
        false => render::sandbox(output, &report),
    }
    app.cancel.cancelled().await;
    drop(serving);
    Ok(Exit::Ok)
}
