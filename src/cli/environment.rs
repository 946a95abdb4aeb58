//! The one place that reads the process' environment: variables, standard folders, terminals.
//!
//! All else takes an [`Environment`], so that a test or the demo can make one up.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

use directories::BaseDirs;

use crate::commands::failure::{Failure, Kind};

/// The variables that vortex looks at.
pub const VARIABLES: [&str; 9] = [
    "VORTEX_STORE_HASH",
    "VORTEX_TOKEN",
    "VORTEX_TOKEN_FILE",
    "VORTEX_TO_TOKEN",
    "VORTEX_CLIENT_SECRET",
    "VORTEX_CLIENT_SECRET_FILE",
    "VORTEX_API_URL",
    "VORTEX_DB",
    "VORTEX_CONFIG",
];

/// What the process was started with.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    /// The user's own folder, `~`.
    pub home: Option<PathBuf>,
    /// The user's folder for programs' data, if the system has one.
    pub data_dir: Option<PathBuf>,
    /// The user's folder for programs' settings, if the system has one.
    pub config_dir: Option<PathBuf>,
    /// May the operating system's keyring be asked?
    pub keyring: bool,
    /// Is a person reading standard output?
    pub stdout_terminal: bool,
    /// Is a person reading standard error?
    pub stderr_terminal: bool,
    /// Can a person be asked?
    pub stdin_terminal: bool,
    /// Did the user ask for no colour (`NO_COLOR`)? Then no tables are drawn and no bars either.
    pub no_colour: bool,
    /// Are results swallowed? Only within the demo, when it is to print one document.
    pub muted: bool,
}

impl Environment {
    /// Reads the process' own.
    #[allow(clippy::disallowed_methods)]
    pub fn of_process() -> Self {
        let dirs = BaseDirs::new();
        let set = |name: &&str| Some(((*name).to_owned(), std::env::var_os(name)?));
        Self {
            variables: VARIABLES.iter().filter_map(set).collect(),
            home: dirs.as_ref().map(|dirs| dirs.home_dir().to_owned()),
            data_dir: dirs.as_ref().map(|dirs| dirs.data_dir().to_owned()),
            config_dir: dirs.as_ref().map(|dirs| dirs.config_dir().to_owned()),
            keyring: true,
            stdout_terminal: std::io::stdout().is_terminal(),
            stderr_terminal: std::io::stderr().is_terminal(),
            stdin_terminal: std::io::stdin().is_terminal(),
            no_colour: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
            muted: false,
        }
    }

    /// The same with a variable set.
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// The same terminals and nothing else: no variables, no folders, no keyring.
    pub fn bare(&self) -> Self {
        Self {
            stdout_terminal: self.stdout_terminal,
            stderr_terminal: self.stderr_terminal,
            no_colour: self.no_colour,
            ..Self::default()
        }
    }

    /// A variable's text. Empty counts as unset: `VORTEX_DB= vortex list` is how one unsets it.
    pub fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(value) = self.variables.get(name).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let text = value.to_str().map(|text| Some(text.to_owned()));
        text.ok_or_else(|| Failure::new(Kind::Usage, format!("{name} is not valid UTF-8")))
    }

    /// A variable's value as a path, which need not be text.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables
            .get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }
}

/// Names only: a token is among the values.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("Environment")
            .field("variables", &names)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment = Environment::default().with("VORTEX_DB", "");
        assert_eq!(environment.text("VORTEX_DB").unwrap(), None);
        assert_eq!(environment.path("VORTEX_DB"), None);
    }

    #[test]
    fn debug_output_holds_no_value() {
        let environment = Environment::default().with("VORTEX_TOKEN", "s3cret");
        assert!(!format!("{environment:?}").contains("s3cret"));
    }
}
