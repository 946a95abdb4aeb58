//! The subcommands that talk to a store, write to disk, or print what other programs read.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::values::{EntityWord, OnlyEntities};

/// Keep a store hash and an API token, after trying them
///
/// Asks for what is not given, tries the token with one small read per API scope, says which
/// entities it can read, keeps the token in the operating system's keyring and the profile in the
/// config file. Reading scopes are enough for a backup. A client secret, by which webhooks are
/// signed, goes into the keyring as well: that of VORTEX_CLIENT_SECRET, or one that is typed.
///
/// On a machine without a keyring (cron, CI, a container) use --token-file, or set VORTEX_TOKEN or
/// VORTEX_TOKEN_FILE instead of logging in.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex login
  vortex login --store abc123 --name main
  pass show bigcommerce/token | vortex login --store abc123 --token-stdin
  vortex login --store abc123 --token-stdin --token-file /etc/vortex/token < token")]
pub struct LoginArgs {
    /// Read the token from standard input
    #[arg(long)]
    pub token_stdin: bool,

    /// Keep the token in this file (made readable by its owner only) instead of the keyring
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// The profile's name in the config file [default: the store hash]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Back the store up: read it and keep a version of all that changed
///
/// Everything by default. An entity whose scope the token lacks is named as failed and the others
/// go on (exit 3). Interrupted, the next run goes on from there.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex backup
  vortex backup --entity products --entity brands
  vortex backup --exclude orders --quota-share 0.5
  vortex backup --no-images
  vortex backup --all-stores --wait 10m -q")]
pub struct BackupArgs {
    /// The entities.
    #[command(flatten)]
    pub only: OnlyEntities,

    /// All but this entity (may be repeated, or comma-separated)
    #[arg(
        long,
        value_name = "ENTITY",
        value_delimiter = ',',
        value_parser = EntityWord,
        hide_possible_values = true
    )]
    pub exclude: Vec<String>,

    /// Read all parts of all objects anew, the expensive ones too, and every image held; skip nothing
    #[arg(long)]
    pub full: bool,

    /// Fetch the bytes of images that are not held yet (this is the default)
    #[arg(long, overrides_with = "no_images")]
    pub images: bool,

    /// Leave the bytes of images out: what is deleted comes back without pictures
    #[arg(long, overrides_with = "images")]
    pub no_images: bool,

    /// The share of the store's API quota to use, above 0 and up to 1 [default: 0.8]
    #[arg(long, value_name = "SHARE", value_parser = quota_share)]
    pub quota_share: Option<f64>,

    /// Back up every profile of the config file, side by side
    #[arg(long, conflicts_with_all = ["store", "db"])]
    pub all_stores: bool,
}

impl BackupArgs {
    /// Whether images were asked for or left out; none where neither was said.
    pub fn images(&self) -> Option<bool> {
        match (self.images, self.no_images) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

/// Bring objects, or whole entities, back to what they were
///
/// Plans first: reads what lives now, says what would be made, changed field by field, linked again
/// and left out, and asks. Then keeps a safety version of all that it touches, and works step by
/// step with a journal. An object that lives is changed in place; one that is gone is made anew
/// under a new id, and what pointed to it points to it again. `vortex undo` takes a restore back.
///
/// Without --yes it asks, and without a terminal it refuses.
#[derive(Debug, Args)]
#[command(override_usage = "\
vortex restore [OPTIONS] <ENTITY> <ID>... [--version <V>]
       vortex restore [OPTIONS] --entity <E>... --at <TIME> [--deleted-only] [--delete-newer]
       vortex restore [OPTIONS] --all --at <TIME> [--deleted-only] [--delete-newer]
       vortex restore --resume <RUN>")]
#[command(after_help = "\
Examples:
  vortex restore product 123 --dry-run
  vortex restore product 123 --version v3 --field price,sale_price
  vortex restore brands 12 15 --yes
  vortex restore product 123 --version v3 --as-copy
  vortex restore product 123 --to-store sandbox
  vortex restore --entity products --at 2h --field price
  vortex restore --all --at 2026-11-01 --deleted-only
  vortex restore --entity categories --changed-since 30m
  vortex restore --resume 9")]
pub struct RestoreArgs {
    /// The entity of single objects, singular or plural
    #[arg(
        value_name = "ENTITY",
        value_parser = EntityWord,
        hide_possible_values = true,
        requires = "ids",
        conflicts_with_all = ["entity", "all", "resume"]
    )]
    pub of: Option<String>,

    /// Ids of objects; an id from before a restore is as good as the new one
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,

    /// The version of single objects: v3, @TIME, run:N [default: the last that was no deletion]
    #[arg(long, value_name = "V", requires = "ids", allow_hyphen_values = true)]
    pub version: Option<String>,

    /// A whole entity (may be repeated, or comma-separated)
    #[arg(
        long,
        value_name = "ENTITY",
        value_delimiter = ',',
        value_parser = EntityWord,
        hide_possible_values = true
    )]
    pub entity: Vec<String>,

    /// Every entity that can be brought back
    #[arg(long, conflicts_with = "entity")]
    pub all: bool,

    /// The moment to go back to: a time (2026-11-01, 2h) or run:N
    #[arg(long, value_name = "TIME", conflicts_with = "ids")]
    pub at: Option<String>,

    /// Only objects that are gone
    #[arg(long, conflicts_with = "ids")]
    pub deleted_only: bool,

    /// Delete what was created after that moment, after a question of its own
    #[arg(long, conflicts_with_all = ["ids", "deleted_only"])]
    pub delete_newer: bool,

    /// Only these fields (price, custom_url.url, variants[].price), comma-separated
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub field: Vec<String>,

    /// Only objects of which a change was captured at or after TIME; back to what stood then
    #[arg(long, value_name = "TIME")]
    pub changed_since: Option<String>,

    /// Print the plan and send nothing that changes anything
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    /// Ask nothing
    #[arg(short, long)]
    pub yes: bool,

    /// Leave what the objects need (a product's brand, a category's parent) where it is
    #[arg(long)]
    pub no_dependencies: bool,

    /// Let customers that are made anew set a password at their next login
    ///
    /// No version holds a password, so the old one is gone. No e-mail is sent. Customers that live keep
    /// theirs.
    #[arg(long)]
    pub force_password_reset: bool,

    /// Leave the object as it is; make a hidden twin of the version beside it, to look at
    ///
    /// Of a channel that is deleted for good: a new one, closed to shoppers, to which what belonged to
    /// the old one is linked.
    #[arg(
        long,
        requires = "ids",
        conflicts_with_all = ["entity", "all", "field", "changed_since", "relink_orders", "resume"]
    )]
    pub as_copy: bool,

    /// Restore into another store of the config, and leave this one as it is
    ///
    /// Its token comes from its profile or VORTEX_TO_TOKEN. What is an object there by its own name
    /// is changed in place after the plan says so; all else is made anew. What is done there is kept
    /// in a version store of its own beside this store's.
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["as_copy", "delete_newer", "relink_orders"]
    )]
    pub to_store: Option<String>,

    /// Point orders to a re-created customer, too
    #[arg(long)]
    pub relink_orders: bool,

    /// Go on with a restore that was cut short
    #[arg(
        long,
        value_name = "RUN",
        value_parser = clap::value_parser!(i64).range(1..),
        conflicts_with_all = [
            "entity", "all", "at", "field", "changed_since", "dry_run", "deleted_only",
            "delete_newer", "no_dependencies", "relink_orders", "force_password_reset"
        ]
    )]
    pub resume: Option<i64>,
}

/// Take a restore back, from the safety versions that it made first
///
/// What it changed or deleted is as it was before; what it made is deleted again. Plans, shows and
/// asks like a restore. An undo can be taken back, too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex undo 9 --dry-run
  vortex undo 9")]
pub struct UndoArgs {
    /// The restore's run (see `vortex runs`)
    #[arg(value_name = "RUN", value_parser = clap::value_parser!(i64).range(1..))]
    pub run: i64,

    /// The run is one of a restore into this store (`restore --to-store`)
    #[arg(long, value_name = "NAME")]
    pub to_store: Option<String>,

    /// Print the plan and send nothing that changes anything
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    /// Ask nothing
    #[arg(short, long)]
    pub yes: bool,
}

/// Rehearse: restore the newest state into an empty sandbox store, and compare
///
/// Works on a copy of the version store and a store on this machine: nothing of yours is changed,
/// and no token is needed. Exit code 6 where something that can come back did not come back equal.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex drill
  vortex drill --json -q || mail -s 'the drill failed' me@example.com")]
pub struct DrillArgs {}

/// Serve a BigCommerce-shaped store on this machine, to try vortex on
///
/// Prints its address, store hash and token, and serves until interrupted. Nothing is kept.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex sandbox
  vortex sandbox --port 8080 --sample awkward
  vortex sandbox --sample large:5000 --quota 150")]
pub struct SandboxArgs {
    /// The sample data to start with
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub sample: String,

    /// The port on 127.0.0.1 [default: any free one]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,

    /// Requests in 30 s that the store allows; the next ones are refused [default: no quota]
    ///
    /// BigCommerce allows 150 on its smaller plans and 450 on Pro.
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub quota: Option<u32>,
}

/// A tour in under a minute, on a sandbox store in a temporary folder
///
/// Backup, a merchant's mistakes, a second backup, list, diff, restore, drill, status, verify: each
/// command is printed as it would be typed, then run. Nothing of yours is read or written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex demo
  vortex demo --keep /tmp/vortex-demo")]
pub struct DemoArgs {
    /// Keep the demo's files in this folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// Print a shell's completion script
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex completions bash > ~/.local/share/bash-completion/completions/vortex
  vortex completions zsh > \"${fpath[1]}/_vortex\"
  vortex completions fish > ~/.config/fish/completions/vortex.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Print the manual page, or write one page per subcommand
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex man | man -l -
  vortex man backup | man -l -
  vortex man --out ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The subcommand whose page to print [default: the main page]
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub page: Option<String>,

    /// Write all pages into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A share of the quota: above 0, up to 1.
pub(super) fn quota_share(word: &str) -> Result<f64, String> {
    let share: f64 = word
        .parse()
        .map_err(|_| "write a number like 0.8".to_owned())?;
    if share > 0.0 && share <= 1.0 {
        Ok(share)
    } else {
        Err("must be above 0 and at most 1".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_above_nothing_and_at_most_the_whole() {
        assert_eq!(quota_share("1"), Ok(1.0));
        for word in ["0", "-0.1", "1.01", "NaN", "most"] {
            assert!(quota_share(word).is_err(), "{word} passed");
        }
    }
}
