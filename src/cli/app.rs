//! From a command line to an exit code: parse, run the command, render its report or its failure.

use std::ffi::OsString;
use std::sync::Arc;

use clap::Parser;
use tokio_util::sync::CancellationToken;

use super::args::{Cli, Command, GlobalArgs};
use super::render::Output;
use super::{Environment, generate, handlers, logging, signals, usage};
use crate::commands::failure::{Exit, Failure, Kind};
use crate::model::{Clock, SystemClock};

/// All that a command line is run with.
#[derive(Clone)]
pub struct App {
    /// Variables, folders, terminals.
    pub environment: Environment,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Cancelled by the first signal.
    pub cancel: CancellationToken,
}

impl App {
    /// The app of this process.
    pub fn of_process() -> Self {
        Self {
            environment: Environment::of_process(),
            clock: Arc::new(SystemClock),
            cancel: CancellationToken::new(),
        }
    }

    /// Runs one command line to its end on a runtime of its own.
    pub fn main(&self, line: Vec<OsString>) -> Exit {
        // One thread: a backup waits for the store, and what it computes would only be handed from
        // thread to thread.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(self.run(line, true)),
            Err(error) => {
                let failure = Failure::new(Kind::Internal, format!("can't start: {error}"));
                Output::new(&self.environment, false, false, 0).failure(&failure);
                failure.exit()
            }
        }
    }

    /// Runs one command line. `own_signals` is false for a line that runs inside another.
    pub async fn run(&self, line: Vec<OsString>, own_signals: bool) -> Exit {
        // Errors of parsing must know already whether they are to be JSON.
        let json = line
            .iter()
            .take_while(|word| *word != "--")
            .any(|word| word == "--json");
        let cli = match Cli::try_parse_from(line) {
            Ok(cli) => cli,
            Err(error) => return self.not_understood(&error, json),
        };
        let global = &cli.global;
        let output = Output::new(&self.environment, global.json, global.quiet, global.verbose);
        if own_signals
            && let Err(error) = signals::watch(self.cancel.clone(), graceful(&cli.command))
        {
            output.detail(format!("signals are not watched: {error}"));
        }
        logging::start(&output);
        match self.command(&cli, global, &output).await {
            Ok(exit) => ended(&output, exit),
            Err(failure) => {
                output.failure(&failure);
                failure.exit()
            }
        }
    }

    fn not_understood(&self, error: &clap::Error, json: bool) -> Exit {
        let output = Output::new(&self.environment, json, false, 0);
        if usage::asked_for(error) {
            let _ = output.print(&error.render().ansi().to_string());
            return ended(&output, Exit::Ok);
        }
        if usage::nothing_typed(error) && !json {
            output.write_error(&error.render().ansi().to_string());
            return Exit::Usage;
        }
        let failure = usage::failure(error);
        output.failure(&failure);
        failure.exit()
    }

    async fn command(
        &self,
        cli: &Cli,
        global: &GlobalArgs,
        output: &Output,
    ) -> Result<Exit, Failure> {
        match &cli.command {
            Command::Completions(args) => {
                let _ = output.data(&generate::completions(args.shell));
                Ok(Exit::Ok)
            }
            Command::Man(args) => {
                match &args.out {
                    Some(folder) => {
                        let pages = generate::write_pages(folder)?;
                        output.note(format!("{pages} pages in {}", folder.display()));
                    }
                    None => {
                        let _ = output.data(&generate::one_page(args.page.as_deref())?);
                    }
                }
                Ok(Exit::Ok)
            }
            Command::Entities(_) => Ok(handlers::reading::entities(output)),
            Command::List(args) => handlers::reading::list(self, global, args, output),
            Command::Runs(_) => handlers::reading::runs(self, global, output),
            Command::Show(args) => handlers::documents::show(self, global, args, output).await,
            Command::Diff(args) => handlers::documents::diff(self, global, args, output).await,
            Command::Status(args) => handlers::reading::status(self, global, args, output),
            Command::Verify(args) => handlers::reading::verify(self, global, args, output),
            Command::Backup(args) => handlers::backup::run(self, global, args, output).await,
            Command::Restore(args) => handlers::restore::restore(self, global, args, output).await,
            Command::Undo(args) => handlers::restore::undo(self, global, args, output).await,
            Command::Drill(_) => handlers::drill::run(self, global, output).await,
            Command::Watch(args) => handlers::watch::watch(self, global, args, output).await,
            Command::Hooks(args) => handlers::watch::hooks(self, global, args, output).await,
            Command::Sandbox(args) => handlers::sandbox::run(self, args, output).await,
            Command::Login(args) => handlers::login::run(self, global, args, output).await,
            Command::Demo(args) => handlers::demo::run(self, args, output).await,
        }
    }
}

/// The exit code of work that is done: a result that could not be written was asked for in vain,
/// unless the work itself ended with a code that says more.
fn ended(output: &Output, exit: Exit) -> Exit {
    let Some(failure) = output.unwritten() else {
        output.succeeded();
        return exit;
    };
    let exit = match exit {
        Exit::Ok | Exit::Differs => failure.exit(),
        other => other,
    };
    output.failure_ending(&failure, exit);
    exit
}

/// Commands that write must be let come to a stop; those that read may be cut off.
fn graceful(command: &Command) -> bool {
    matches!(
        command,
        Command::Backup(_)
            | Command::Restore(_)
            | Command::Undo(_)
            | Command::Drill(_)
            | Command::Watch(_)
            | Command::Hooks(_)
            | Command::Sandbox(_)
            | Command::Demo(_)
    )
}
