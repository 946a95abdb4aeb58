//! The binary: parse, run, render, exit. All of it is in the library, so that tests need no process.

use std::process::ExitCode;

use vortex::cli::App;

#[allow(clippy::disallowed_methods)]
fn main() -> ExitCode {
    let exit = App::of_process().main(std::env::args_os().collect());
    ExitCode::from(exit.code())
}
