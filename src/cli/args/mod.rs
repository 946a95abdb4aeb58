//! What may be typed: every subcommand and flag, with its help. Typed values only; what they mean
//! together with environment and profile is [`super::settings`]' business.

// Doc comments in here are the help that people read: `[default: ...]` and `<FILE>` are meant so.
#![allow(
    rustdoc::bare_urls,
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags
)]

mod reading;
mod values;
mod watching;
mod working;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand};

pub use reading::VerifyArgs;
pub use reading::{DiffArgs, DiffFormat, EntitiesArgs, ListArgs, RunsArgs, ShowArgs, StatusArgs};
pub use values::{EntityWord, duration};
pub use watching::{HooksArgs, HooksCommand, WatchArgs};
pub use working::{BackupArgs, CompletionsArgs, DemoArgs, DrillArgs, LoginArgs, ManArgs};
pub use working::{RestoreArgs, SandboxArgs, UndoArgs};

/// The heading under which every page of help shows the flags that all subcommands share.
const GLOBAL: &str = "Global options";

const ABOUT: &str = "Back up, compare and restore a BigCommerce store from the command line";

const LONG_ABOUT: &str = "\
Back up, compare and restore a BigCommerce store from the command line.

vortex reads a store through BigCommerce's REST API and keeps every version of every product, \
category, customer, order and so on in one SQLite file on this machine: the version store. A \
second backup writes only what changed; a deletion is a version too.";

const AFTER_HELP: &str = "\
Examples:
  vortex demo                          the whole tour on a sandbox store, nothing of yours touched
  vortex login                         keep a store hash and an API token
  vortex backup                        everything into the version store
  vortex list                          what is there
  vortex list products --deleted       what is gone
  vortex diff product 123              what changed last
  vortex diff --since 2d               what changed in the whole store
  vortex restore product 123           bring it back, after showing the plan
  vortex undo 9                        take that restore back
  vortex watch --public-url URL        capture changes as they happen

Environment:
  VORTEX_STORE_HASH   the store hash, when --store is not given
  VORTEX_TOKEN        the API token; or VORTEX_TOKEN_FILE, a file that holds it
  VORTEX_TO_TOKEN     the token of the store that `restore --to-store` restores into
  VORTEX_CLIENT_SECRET  the app's client secret, for signed webhooks; or VORTEX_CLIENT_SECRET_FILE
  VORTEX_DB           the version store, when --db is not given
  VORTEX_CONFIG       the config file, when --config is not given
  VORTEX_API_URL      the API origin, when --api-url is not given
  NO_COLOR            no colour, even on a terminal

Exit codes:
  0     done, whole
  1     failed: nothing that was asked for succeeded
  2     the command line or the config is wrong
  3     done in part: what failed is named
  4     the store refused the credentials, or the token lacks the scope
  5     another vortex is working on this version store
  6     there are differences, or something is not healthy
  130   interrupted";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "vortex",
    bin_name = "vortex",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    max_term_width = 100,
    arg_required_else_help = true,
    subcommand_required = true
)]
pub struct Cli {
    /// The flags that every subcommand takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The flags that every subcommand takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = GLOBAL)]
pub struct GlobalArgs {
    /// The store: a profile's name or a store hash [env: VORTEX_STORE_HASH]
    // An empty word is a script's unset variable: no other store may step in for it.
    #[arg(
        long,
        global = true,
        value_name = "NAME|HASH",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub store: Option<String>,

    /// The version store's file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]
    #[arg(long, global = true, value_name = "FILE")]
    pub db: Option<PathBuf>,

    /// The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The API's origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub api_url: Option<String>,

    /// Print one JSON document instead of text; errors are JSON too, on standard error
    #[arg(long, global = true)]
    pub json: bool,

    /// Print only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more on standard error; twice: every request
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Wait for another vortex on the same version store, as long as it takes or for DURATION
    #[arg(long, global = true, value_name = "DURATION", num_args = 0..=1, value_parser = duration)]
    pub wait: Option<Option<Duration>>,
}

/// The subcommands, in the order in which help shows them.
#[derive(Debug, Subcommand)]
pub enum Command {
    Login(LoginArgs),
    Entities(EntitiesArgs),
    Backup(BackupArgs),
    List(ListArgs),
    Runs(RunsArgs),
    Show(ShowArgs),
    Diff(DiffArgs),
    Restore(RestoreArgs),
    Undo(UndoArgs),
    Drill(DrillArgs),
    Watch(WatchArgs),
    Hooks(HooksArgs),
    Status(StatusArgs),
    Verify(VerifyArgs),
    Sandbox(SandboxArgs),
    Demo(DemoArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_declaration_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_a_help_line_and_an_example() {
        for command in Cli::command().get_subcommands() {
            assert!(
                command.get_about().is_some(),
                "{} has no about",
                command.get_name()
            );
            let after = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                after.contains("Examples:"),
                "{} has no examples",
                command.get_name()
            );
        }
    }

    #[test]
    fn every_argument_of_every_subcommand_has_help() {
        for command in Cli::command().get_subcommands() {
            for arg in command.get_arguments() {
                assert!(
                    arg.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    arg.get_id()
                );
            }
        }
    }

    #[test]
    fn global_flags_stand_before_or_behind_the_subcommand() {
        assert!(parse("vortex --json list").unwrap().global.json);
        assert!(parse("vortex list --json").unwrap().global.json);
        let wait = parse("vortex backup --wait 5m").unwrap().global.wait;
        assert_eq!(wait, Some(Some(Duration::from_secs(300))));
        assert_eq!(
            parse("vortex backup --wait").unwrap().global.wait,
            Some(None)
        );
        assert_eq!(parse("vortex backup").unwrap().global.wait, None);
    }

    #[test]
    fn a_diff_is_of_one_object_or_since_a_time_but_not_both() {
        assert!(parse("vortex diff product 12").is_ok());
        assert!(parse("vortex diff product 12 v1 live").is_ok());
        assert!(parse("vortex diff --since 2d --entity brands").is_ok());
        assert!(parse("vortex diff").is_err());
        assert!(parse("vortex diff product").is_err());
        assert!(parse("vortex diff product 12 --since 2d").is_err());
        assert!(parse("vortex diff product 12 --until 2d").is_err());
    }

    #[test]
    fn quiet_and_verbose_exclude_each_other() {
        assert!(parse("vortex list -q -v").is_err());
        assert_eq!(parse("vortex list -vv").unwrap().global.verbose, 2);
    }
}
