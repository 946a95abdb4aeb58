//! The subcommands that look at the version store and change nothing in it.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values::{EntityWord, duration};

/// How long a good backup may be old before `status` calls it stale: a nightly run, two hours late.
const MAX_AGE_DEFAULT: &str = "26h";

/// What can be backed up, and what can be brought back
///
/// A row per entity: the family it belongs to, whether webhooks tell of its changes (realtime) or
/// only a sweep finds them, whether it can be restored and if not why, and the API scopes needed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex entities
  vortex entities --json")]
pub struct EntitiesArgs {}

/// What the version store holds: entities, objects, or one object's versions
///
/// Without ENTITY a row per entity. With ENTITY a row per live object (--deleted: per deleted one,
/// --all: both). With ENTITY and ID a row per version of that object.
#[derive(Debug, Args)]
#[command(override_usage = "\
vortex list [OPTIONS]
       vortex list [OPTIONS] <ENTITY> [--deleted|--all] [--changed-since <TIME>] [--search <TEXT>]
       vortex list [OPTIONS] <ENTITY> <ID>")]
#[command(after_help = "\
Examples:
  vortex list
  vortex list products --search shirt
  vortex list brands --deleted
  vortex list customers --changed-since 2d --limit 20
  vortex list product 123")]
pub struct ListArgs {
    /// The entity, singular or plural (see `vortex entities`)
    #[arg(value_parser = EntityWord, hide_possible_values = true)]
    pub entity: Option<String>,

    /// One object's id: lists its versions
    #[arg(requires = "entity")]
    pub id: Option<String>,

    /// Only objects that are gone from the store
    #[arg(long, requires = "entity", conflicts_with_all = ["all", "id"])]
    pub deleted: bool,

    /// Live objects and deleted ones
    #[arg(long, requires = "entity", conflicts_with = "id")]
    pub all: bool,

    /// Only objects whose last change was captured at or after TIME (2026-11-01, 2d, ...)
    #[arg(long, value_name = "TIME", requires = "entity", conflicts_with = "id")]
    pub changed_since: Option<String>,

    /// Only objects with these words in their name, SKU, e-mail address, code, ...
    #[arg(long, value_name = "TEXT", requires = "entity", conflicts_with = "id")]
    pub search: Option<String>,

    /// At most N rows
    #[arg(long, value_name = "N", requires = "entity", conflicts_with = "id")]
    pub limit: Option<u64>,
}

/// The runs: when, what kind, how they ended
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex runs
  vortex runs --json")]
pub struct RunsArgs {}

/// Print an object's document as BigCommerce sent it
///
/// VERSION is v3 or 3, latest (the default), live (read from the store now), @TIME (what stood
/// then: @2026-11-01, @2026-11-01T10:00:00Z, @2h) or run:17 (what that run saw).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex show product 123
  vortex show product 123 v3
  vortex show product 123 @2026-11-01 --field variants[0].price
  vortex show category 7 live")]
pub struct ShowArgs {
    /// The entity, singular or plural (see `vortex entities`)
    #[arg(value_parser = EntityWord, hide_possible_values = true)]
    pub entity: String,

    /// The object's id
    pub id: String,

    /// Which version
    #[arg(default_value = "latest", allow_hyphen_values = true)]
    pub version: String,

    /// Only this value of the document: a.b[0].c
    #[arg(long, value_name = "FIELD")]
    pub field: Option<String>,
}

/// In which form a difference is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// Field by field, in words
    Summary,
    /// A unified diff of the two documents
    Source,
    /// The two documents beside each other
    SideBySide,
    /// RFC 6902: turns the one document into the other, all fields
    JsonPatch,
    /// A page for a browser: in words, then beside each other
    Html,
}

/// What changed in one object between two versions, or in the store since a time
///
/// With ENTITY and ID: the last two versions, or FROM and the latest, or FROM and TO. Versions are
/// v3 or 3, latest, live (read from the store now), @TIME or run:17. Fields that change without a
/// merchant's edit (view counts, modification dates, ...) are left out unless --all-fields asks.
///
/// With --since: a row per object that was created, updated or deleted since then.
#[derive(Debug, Args)]
#[command(override_usage = "\
vortex diff [OPTIONS] <ENTITY> <ID> [FROM] [TO]
       vortex diff [OPTIONS] --since <TIME> [--until <TIME>] [--entity <ENTITY>]...")]
#[command(after_help = "\
Examples:
  vortex diff product 123
  vortex diff product 123 v2 v5 --format side-by-side
  vortex diff product 123 v2 v5 --format html > difference.html
  vortex diff category 7 latest live --exit-code
  vortex diff --since 2d
  vortex diff --since 2026-11-01 --until 2026-11-08 --entity products")]
pub struct DiffArgs {
    /// The entity, singular or plural (see `vortex entities`)
    #[arg(
        value_parser = EntityWord,
        hide_possible_values = true,
        requires = "id",
        required_unless_present = "since"
    )]
    pub entity: Option<String>,

    /// The object's id
    pub id: Option<String>,

    /// The version to compare from
    pub from: Option<String>,

    /// The version to compare to
    pub to: Option<String>,

    /// Everything that changed in the store since TIME (2026-11-01, 2d, ...)
    #[arg(long, value_name = "TIME", conflicts_with = "entity")]
    pub since: Option<String>,

    /// ... and not after TIME
    #[arg(
        long,
        value_name = "TIME",
        requires = "since",
        conflicts_with = "entity"
    )]
    pub until: Option<String>,

    /// ... and only of this entity (may be repeated, or comma-separated)
    #[arg(
        long = "entity",
        id = "only",
        value_name = "ENTITY",
        value_delimiter = ',',
        value_parser = EntityWord,
        hide_possible_values = true,
        requires = "since",
        conflicts_with = "entity"
    )]
    pub only: Vec<String>,

    /// The form in which one object's difference is printed [default: summary]
    #[arg(long, value_enum, conflicts_with = "since")]
    pub format: Option<DiffFormat>,

    /// Show the fields too that change without a merchant's edit
    #[arg(long, conflicts_with = "since")]
    pub all_fields: bool,

    /// Exit with 6 when there are differences, with 0 when there are none
    #[arg(long)]
    pub exit_code: bool,
}

/// Is the backup healthy? The last good run per entity and its age
///
/// Exits with 6 when an entity was never backed up, failed in its last run, or is older than
/// --max-age. Says too how many orders the store reported by status beside what is held.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex status
  vortex status --max-age 2h --json")]
pub struct StatusArgs {
    /// How old the last good backup of an entity may be
    #[arg(long, value_name = "DURATION", default_value = MAX_AGE_DEFAULT, value_parser = duration)]
    pub max_age: Duration,
}

/// Check the version store: every stored byte against its hash, every reference
///
/// Reads every version, follows every reference and runs SQLite's own check; exits with 6 when
/// something is wrong, and names it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vortex verify
  vortex verify --quick
  vortex verify --deep --json")]
pub struct VerifyArgs {
    /// Only the references and SQLite's quick check; no stored body is opened
    #[arg(long, conflicts_with = "deep")]
    pub quick: bool,

    /// Also recompute every version's fingerprint from its document
    #[arg(long)]
    pub deep: bool,
}
