//! A vortex to run: the real binary, a home of its own, no variable of this process.

mod shop;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

pub use shop::Shop;

/// No command of a test takes longer, unless it hangs.
const RUN_SECONDS_MAX: u64 = 120;

/// A clean place to run the binary in.
pub struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a run left.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    /// An empty home, no store, no token.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            variables: Vec::new(),
        }
    }

    /// The same with a variable set from now on.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a variable from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A path in the home.
    pub fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Writes a file into the home, and the folders above it.
    pub fn write(&self, inside: &str, text: &str) -> PathBuf {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The command with its environment, not yet run.
    pub fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vortex"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TZ", "UTC");
        command
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_CONFIG_HOME", self.path("config"));
        command.current_dir(self.folder.path());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Runs `vortex` with these words.
    pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, words: I) -> Outcome {
        self.run_with(words, "")
    }

    /// Runs `vortex` with these words and this on standard input.
    pub fn run_with<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        &self,
        words: I,
        stdin: &str,
    ) -> Outcome {
        let mut command = assert_cmd::Command::from_std(self.command());
        command.timeout(Duration::from_secs(RUN_SECONDS_MAX));
        let output = command.args(words).write_stdin(stdin).output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a line as it would be typed (no quotes in it) and expects it to end well.
    pub fn ok(&self, line: &str) -> String {
        let outcome = self.run(line.split_whitespace());
        assert_eq!(outcome.code, 0, "vortex {line}\n{outcome:?}");
        outcome.stdout
    }

    /// The same with `--json`: the document.
    pub fn json(&self, line: &str) -> Value {
        let text = self.ok(&format!("{line} --json"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}\n{text}"))
    }

    /// Runs a line that must fail with this exit code, in text and in JSON; gives the JSON error.
    /// The text is one line that says the message, and one with the hint.
    pub fn fails(&self, line: &str, code: i32) -> Value {
        let text = self.run(line.split_whitespace());
        let json = self.run(line.split_whitespace().chain(["--json"]));
        for outcome in [&text, &json] {
            assert_eq!(outcome.code, code, "vortex {line}\n{outcome:?}");
        }
        let error: Value = serde_json::from_str(&json.stderr)
            .unwrap_or_else(|error| panic!("vortex {line} --json: {error}\n{}", json.stderr));
        let error = error["error"].clone();
        assert_eq!(error["exit_code"], code, "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.contains('\n'), "more than one line: {message}");
        assert!(
            text.stderr.contains(&format!("error: {message}\n")),
            "{}",
            text.stderr
        );
        if let Some(hint) = error["hint"].as_str() {
            assert!(
                text.stderr.contains(&format!("hint: {hint}\n")),
                "{}",
                text.stderr
            );
        }
        error
    }
}

/// Asserts that an error is of a kind and has a hint that says something.
#[track_caller]
pub fn says(error: &Value, kind: &str, hint: &str) {
    assert_eq!(error["kind"], kind, "{error}");
    let told = error["hint"].as_str().unwrap_or_default();
    assert!(
        told.contains(hint),
        "the hint does not say '{hint}': {error}"
    );
}
