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

use super::words::{json_spelt_out, spelt_out, visible};
use crate::cli::environment::Environment;
use crate::commands::failure::{Exit, Failure, Kind};

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
    /// Are tables drawn, or plain lines printed?
    pub drawn: bool,
    /// Nobody reads standard output, or nobody may.
    closed: Arc<AtomicBool>,
    /// Why a part of the result could not be written.
    unwritten: Arc<Mutex<Option<Failure>>>,
    /// Notes that wait for the end.
    held: Arc<Mutex<String>>,
}

impl Output {
    /// Output for one command line.
    pub fn new(environment: &Environment, json: bool, quiet: bool, verbose: u8) -> Self {
        let still = quiet || json || environment.muted || environment.no_colour;
        let bars = environment.stderr_terminal && !still;
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
            drawn: environment.stdout_terminal && !environment.no_colour,
            closed: Arc::new(AtomicBool::new(environment.muted)),
            unwritten: Arc::default(),
            held: Arc::default(),
        }
    }

    /// Prints a part of the result, in vortex's own words and styles. `Break` when nobody reads any
    /// more.
    pub fn print(&self, text: &str) -> ControlFlow<()> {
        self.put(text, stdout())
    }

    /// Prints what is not vortex's own: a value, a page, a script. A program gets every byte of it;
    /// on a terminal, what would drive the terminal is spelt out.
    pub fn data(&self, text: &str) -> ControlFlow<()> {
        match self.stdout_terminal {
            true => self.put(&spelt_out(text), plain_stdout()),
            false => self.put(text, plain_stdout()),
        }
    }

    /// The same for JSON, where what would drive the terminal has an escape of its own.
    pub fn json_text(&self, text: &str) -> ControlFlow<()> {
        match self.stdout_terminal {
            true => self.put(&json_spelt_out(text), plain_stdout()),
            false => self.put(text, plain_stdout()),
        }
    }

    fn put(&self, text: &str, mut stream: impl Write) -> ControlFlow<()> {
        if self.closed.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let written = self.bars.suspend(|| {
            stream
                .write_all(text.as_bytes())
                .and_then(|()| stream.flush())
        });
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                if error.kind() != io::ErrorKind::BrokenPipe {
                    *self.unwritten_slot() = Some(unwritten(&error));
                }
                self.closed.store(true, Ordering::Relaxed);
                ControlFlow::Break(())
            }
        }
    }

    /// Why the result could not be written, if it could not. A reader that went away is no reason.
    pub fn unwritten(&self) -> Option<Failure> {
        self.unwritten_slot().clone()
    }

    fn unwritten_slot(&self) -> MutexGuard<'_, Option<Failure>> {
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        let _ = self.json_text(&format!("{text}\n"));
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
        self.failure_ending(failure, failure.exit());
    }

    /// The same for a command that ends with another code than the failure's own.
    pub fn failure_ending(&self, failure: &Failure, exit: Exit) {
        if self.json {
            let mut object = serde_json::json!({ "error": failure });
            object["error"]["exit_code"] = exit.code().into();
            self.write_error(&format!("{object}\n"));
            return;
        }
        let message = visible(&failure.message);
        let mut text = format!("{} {message}\n", styled(BAD, "error:"));
        if let Some(hint) = &failure.hint {
            text += &format!("{} {}\n", styled(GOOD, "hint:"), visible(hint));
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

/// Standard output as it is: nothing is taken out of what is written.
#[allow(clippy::disallowed_methods)]
fn plain_stdout() -> io::Stdout {
    io::stdout()
}

fn unwritten(error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull => Kind::DiskFull,
        _ => Kind::Io,
    };
    Failure::new(kind, format!("can't write to standard output: {error}"))
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
        // What is logged may quote what a store answered.
        self.0
            .write_error(&spelt_out(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_colour_on_a_terminal_means_plain_lines_and_no_bars() {
        let mut environment = Environment::default();
        environment.stdout_terminal = true;
        environment.stderr_terminal = true;
        assert!(Output::new(&environment, false, false, 0).drawn);
        environment.no_colour = true;
        let output = Output::new(&environment, false, false, 0);
        assert!(!output.drawn);
        assert!(output.bars.is_hidden());
    }
}
