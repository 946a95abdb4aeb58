//! The two streams. Results go to standard output; all else to standard error, past the progress
//! bars. A reader that went away (`vortex list | head`) ends the printing and nothing else.

use std::fmt::Display;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;

use crate::cli::environment::Environment;
use crate::commands::failure::Failure;

/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What deserves a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// What went well; what was added.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What was taken away.
pub const GONE: Style = AnsiColor::Red.on_default();
/// What is said beside.
pub const DIM: Style = Style::new().dimmed();
/// What stands out.
pub const BOLD: Style = Style::new().bold();

/// Text in a style. The stream drops the style where there is no colour.
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Where and how one command prints. Cheap to clone.
#[derive(Clone)]
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
    /// Only errors.
    pub quiet: bool,
    /// How much more to say.
    pub verbose: u8,
    /// Is a person reading standard output?
    pub stdout_terminal: bool,
    /// Is a person reading standard error?
    pub stderr_terminal: bool,
    /// The bars on standard error; hidden where nobody would see them.
    pub bars: MultiProgress,
    /// Nobody reads standard output, or nobody may.
    closed: Arc<AtomicBool>,
    /// Notes that wait for the end.
    held: Arc<Mutex<String>>,
}

impl Output {
    /// Output for one command line.
    pub fn new(environment: &Environment, json: bool, quiet: bool, verbose: u8) -> Self {
        let bars = environment.stderr_terminal && !quiet && !json && !environment.muted;
        let target = if bars {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            json,
            quiet: quiet || environment.muted,
            verbose,
            stdout_terminal: environment.stdout_terminal,
            stderr_terminal: environment.stderr_terminal,
            bars: MultiProgress::with_draw_target(target),
            closed: Arc::new(AtomicBool::new(environment.muted)),
            held: Arc::default(),
        }
    }

    /// Prints a part of the result. `Break` when nobody reads any more.
    pub fn print(&self, text: &str) -> ControlFlow<()> {
        if self.closed.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let written = self.bars.suspend(|| {
            let mut stream = stdout();
            stream
                .write_all(text.as_bytes())
                .and_then(|()| stream.flush())
        });
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                if error.kind() != io::ErrorKind::BrokenPipe {
                    self.write_error(&format!("error: can't write to standard output: {error}\n"));
                }
                self.closed.store(true, Ordering::Relaxed);
                ControlFlow::Break(())
            }
        }
    }

    /// Does standard output show colour?
    pub fn stdout_colour(&self) -> bool {
        stdout().current_choice() != anstream::ColorChoice::Never
    }

    /// The columns of the terminal that standard output is.
    pub fn columns(&self) -> Option<u16> {
        if !self.stdout_terminal {
            return None;
        }
        console_columns()
    }

    /// Prints a line of the result.
    pub fn line(&self, text: impl Display) {
        let _ = self.print(&format!("{text}\n"));
    }

    /// Prints the result as one JSON document.
    pub fn document(&self, value: &impl Serialize) {
        // Our reports are plain data; a map key that is no string can't occur in them.
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|error| {
            format!("{{\"error\":{{\"kind\":\"internal\",\"message\":\"{error}\"}}}}")
        });
        self.line(text);
    }

    /// Says something beside the result, unless `-q`. With `--json` it waits for the end: should
    /// the command fail, standard error holds the one error object and nothing else.
    pub fn note(&self, text: impl Display) {
        match (self.quiet, self.json) {
            (true, _) => {}
            (false, true) => self.held().push_str(&format!("{text}\n")),
            (false, false) => self.write_error(&format!("{text}\n")),
        }
    }

    /// The command has succeeded: what waited is said.
    pub fn succeeded(&self) {
        let held = std::mem::take(&mut *self.held());
        if !held.is_empty() {
            self.write_error(&held);
        }
    }

    fn held(&self) -> MutexGuard<'_, String> {
        // Text that a panicking thread left is as good as any.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something that only `-v` asks for.
    pub fn detail(&self, text: impl Display) {
        if self.verbose > 0 {
            self.write_error(&format!("{text}\n"));
        }
    }

    /// Warns, unless `-q`.
    pub fn warn(&self, text: impl Display) {
        self.note(format!("{} {text}", styled(WARN, "warning:")));
    }

    /// Names something that failed while the rest went on.
    pub fn problem(&self, text: impl Display) {
        self.write_error(&format!("{} {text}\n", styled(BAD, "error:")));
    }

    /// Prints a failure: one line and a hint, or one JSON object.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            let object = serde_json::json!({ "error": failure });
            self.write_error(&format!("{object}\n"));
            return;
        }
        let mut text = format!("{} {}\n", styled(BAD, "error:"), failure.message);
        if let Some(hint) = &failure.hint {
            text += &format!("{} {hint}\n", styled(GOOD, "hint:"));
        }
        self.write_error(&text);
    }

    /// Writes to standard error past the bars.
    pub fn write_error(&self, text: &str) {
        // When even standard error is gone there is nobody left to tell.
        let _ = self.bars.suspend(|| stderr().write_all(text.as_bytes()));
    }
}

#[allow(clippy::disallowed_methods)]
fn stdout() -> anstream::AutoStream<io::Stdout> {
    anstream::AutoStream::auto(io::stdout())
}

#[allow(clippy::disallowed_methods)]
fn stderr() -> anstream::AutoStream<io::Stderr> {
    anstream::AutoStream::auto(io::stderr())
}

fn console_columns() -> Option<u16> {
    comfy_table::Table::new().width()
}

/// Lets `tracing` write through an [`Output`].
#[derive(Clone)]
pub struct LogWriter(pub Output);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_error(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
