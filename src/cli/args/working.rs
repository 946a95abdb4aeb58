//! The subcommands that talk to a store, write to disk, or print what other programs read.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::values::EntityWord;

/// Keep a store hash and an API token, after trying them
///
/// Asks for what is not given, tries the token with one small read per API scope, says which
/// entities it can read, keeps the token in the operating system's keyring and the profile in the
/// config file. Reading scopes are enough for a backup.
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
  vortex backup --all-stores --wait 10m -q")]
pub struct BackupArgs {
    /// Only this entity (may be repeated, or comma-separated)
    #[arg(
        long,
        value_name = "ENTITY",
        value_delimiter = ',',
        value_parser = EntityWord,
        hide_possible_values = true
    )]
    pub entity: Vec<String>,

    /// All but this entity (may be repeated, or comma-separated)
    #[arg(
        long,
        value_name = "ENTITY",
        value_delimiter = ',',
        value_parser = EntityWord,
        hide_possible_values = true
    )]
    pub exclude: Vec<String>,

    /// Read all parts of all objects anew, the expensive ones too, and skip nothing
    #[arg(long)]
    pub full: bool,

    /// The share of the store's API quota to use, above 0 and up to 1 [default: 0.8]
    #[arg(long, value_name = "SHARE", value_parser = quota_share)]
    pub quota_share: Option<f64>,

    /// Back up every profile of the config file, side by side
    #[arg(long, conflicts_with_all = ["store", "db"])]
    pub all_stores: bool,
}

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
/// Backup, a merchant's mistakes, a second backup, list, diff, status, verify: each command is
/// printed as it would be typed, then run. Nothing of yours is read or written.
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
fn quota_share(word: &str) -> Result<f64, String> {
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
