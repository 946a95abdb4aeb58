//! What `-v` and `-vv` say beyond the commands' own words: every request, wait and retry. Lines go
//! to standard error past the bars. Nothing that is logged holds a token.

use tracing_subscriber::EnvFilter;

use super::render::Output;
use super::render::output::LogWriter;

/// Starts logging, if it was asked for. Only the first call in a process counts.
pub fn start(output: &Output) {
    let level = match output.verbose {
        0 => return,
        1 => "vortex=info",
        _ => "vortex=debug",
    };
    let writer = output.clone();
    // Colour is left to the stream, which knows whether anybody sees it.
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(move || LogWriter(writer.clone()))
        .with_target(false)
        .with_ansi(false)
        .try_init();
    if started.is_err() {
        // A line within the demo: the tour's own logging goes on.
        output.detail("logging had been started before");
    }
}
