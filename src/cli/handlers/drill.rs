//! `drill`: is the backup worth something?

use crate::cli::App;
use crate::cli::args::GlobalArgs;
use crate::cli::progress::Progress;
use crate::cli::render::{self, Output};
use crate::cli::settings::Settings;
use crate::commands::drill;
use crate::commands::failure::{Exit, Failure};

/// Runs it.
pub async fn run(app: &App, global: &GlobalArgs, output: &Output) -> Result<Exit, Failure> {
    let place = Settings::load(global, &app.environment)?.vault()?;
    let progress = Progress::new(output, None);
    let hash = place.hash.as_deref();
    let done = drill::run(
        &place.path,
        hash,
        &progress,
        &app.cancel,
        app.clock.as_ref(),
    )
    .await;
    progress.clear();
    let report = done?;
    match output.json {
        true => output.document(&report),
        false => render::restore::drill(output, &report),
    }
    Ok(match report.ok {
        true => Exit::Ok,
        false => Exit::Differs,
    })
}
