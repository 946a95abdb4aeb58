//! `restore` and `undo`: what is meant, the plan shown, the question, the outcome.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::api::WaitReason;
use crate::cli::App;
use crate::cli::args::{GlobalArgs, RestoreArgs, UndoArgs};
use crate::cli::progress::Progress;
use crate::cli::render::{self, Output};
use crate::cli::settings::Settings;
use crate::cli::{times, token};
use crate::commands::entities::{find, find_all};
use crate::commands::failure::{Exit, Failure, Kind};
use crate::commands::restore::{self, Job, Options};
use crate::commands::store::Access;
use crate::commands::to_store::{self, Between};
use crate::engines::restore::{At, AtFilter, Options as Narrow};
use crate::entities;
use crate::model::restore::RestoreReport;
use crate::model::{RunId, RunStatus, VersionWord};

/// `restore`.
pub async fn restore(
    app: &App,
    global: &GlobalArgs,
    args: &RestoreArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let job = job(app, args, output)?;
    let narrow = Narrow {
        fields: args.field.clone(),
        dependencies: !args.no_dependencies,
        nested: false,
        relink: true,
        relink_orders: args.relink_orders,
        on_request: match args.force_password_reset {
            true => vec!["force-password-reset"],
            false => Vec::new(),
        },
        copy: args.as_copy,
        literal: false,
    };
    let how = How {
        narrow,
        dry_run: args.dry_run,
        yes: args.yes,
        to_store: args.to_store.as_deref(),
    };
    run(app, global, job, how, output).await
}

/// What the flags say beside what is meant.
struct How<'a> {
    narrow: Narrow,
    dry_run: bool,
    yes: bool,
    to_store: Option<&'a str>,
}

/// `undo`.
pub async fn undo(
    app: &App,
    global: &GlobalArgs,
    args: &UndoArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let job = Job::Undo(RunId(args.run));
    let narrow = Narrow {
        relink: true,
        literal: true,
        ..Narrow::default()
    };
    let how = How {
        narrow,
        dry_run: args.dry_run,
        yes: args.yes,
        to_store: args.to_store.as_deref(),
    };
    run(app, global, job, how, output).await
}

/// What the arguments ask for.
fn job(app: &App, args: &RestoreArgs, output: &Output) -> Result<Job, Failure> {
    let usage = |text: &str| Failure::new(Kind::Usage, text);
    if let Some(run) = args.resume {
        return Ok(Job::Resume(RunId(run)));
    }
    let since = match &args.changed_since {
        Some(word) => Some(time(app, "--changed-since", word, output)?),
        None => None,
    };
    if let Some(word) = &args.of {
        let word_of_version = match (&args.version, since) {
            (Some(text), _) => Some(version(app, text, output)?),
            (None, since) => since.map(VersionWord::At),
        };
        return Ok(Job::Objects {
            entity: find(word)?,
            ids: args.ids.clone(),
            word: word_of_version,
            changed_since: since,
        });
    }
    let entities = match (args.all, args.entity.is_empty()) {
        (true, _) => entities::all()
            .iter()
            .copied()
            .filter(|entity| entity.restorable())
            .collect(),
        (false, false) => find_all(&args.entity)?,
        (false, true) => {
            return Err(
                usage("say what to restore: ENTITY and ID, --entity or --all")
                    .hint("`vortex restore --help` shows examples"),
            );
        }
    };
    let at = match (&args.at, since) {
        (Some(word), _) if word.starts_with("run:") => match version(app, word, output)? {
            VersionWord::Run(run) => At::Run(run),
            _ => return Err(usage("--at takes a time or run:N")),
        },
        (Some(word), _) => At::Time(time(app, "--at", word, output)?),
        (None, Some(since)) => At::Time(since),
        (None, None) => {
            return Err(usage("say to which moment: --at TIME").hint("for example --at 2h"));
        }
    };
    Ok(Job::Entities {
        entities,
        at,
        filter: AtFilter {
            deleted_only: args.deleted_only,
            delete_newer: args.delete_newer,
            changed_since: since,
        },
    })
}

fn time(app: &App, flag: &str, word: &str, output: &Output) -> Result<Timestamp, Failure> {
    let moment = times::flag(flag, word, app.clock.now(), &TimeZone::system())?;
    if let Some(note) = times::note(flag.trim_start_matches('-'), moment) {
        output.note(note);
    }
    Ok(moment.at)
}

fn version(app: &App, text: &str, output: &Output) -> Result<VersionWord, Failure> {
    let parsed = VersionWord::parse(text, |word| {
        let moment = times::moment(word, app.clock.now(), &TimeZone::system())?;
        if let Some(note) = times::note(text, moment) {
            output.note(note);
        }
        Ok(moment.at)
    });
    match parsed {
        Ok(VersionWord::Live) => Err(Failure::new(
            Kind::BadVersion,
            "'live' is what the store has: there is nothing to restore to it",
        )),
        Ok(word) => Ok(word),
        Err(bad) => {
            let what = format!("'{}' is not a version", bad.word);
            Err(Failure::new(Kind::BadVersion, what).hint(bad.why))
        }
    }
}

async fn run(
    app: &App,
    global: &GlobalArgs,
    job: Job,
    how: How<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    let (dry_run, yes) = (how.dry_run, how.yes);
    let terminal = app.environment.stdin_terminal && app.environment.stderr_terminal;
    let resumes = matches!(job, Job::Resume(_));
    if !dry_run && !yes && !terminal {
        return Err(Failure::new(
            Kind::Usage,
            "there is no terminal to ask on: nothing was sent",
        )
        .hint(match resumes {
            true => "say --yes to go on with it",
            false => "look at the plan with --dry-run, then say --yes",
        }));
    }
    if output.json && !dry_run && !yes && !resumes {
        return Err(
            Failure::new(Kind::Usage, "--json leaves no place for a question")
                .hint("look at the plan with --dry-run, then say --yes"),
        );
    }
    let settings = Settings::load(global, &app.environment)?;
    let own = settings.store()?;
    let other = how.to_store.map(|word| settings.other(word)).transpose()?;
    let from = &own.hash;
    let between = how.to_store.map(|name| Between { from, name });
    if let (Some(between), Some(other)) = (between, &other) {
        between.check(&other.hash)?;
    }
    let found = match &other {
        Some(other) => token::find_other(other, &app.environment)?,
        None => token::find(&own, &app.environment, true)?,
    };
    let store = other.as_ref().unwrap_or(&own);
    if let Some(warning) = found.warning {
        output.warn(warning);
    }
    let progress = Arc::new(Progress::new(output, None));
    let waits = {
        let progress = Arc::clone(&progress);
        move |wait: Duration, why: WaitReason| progress.waiting(wait, why)
    };
    let options = Options {
        access: Access {
            hash: store.hash.clone(),
            api_url: store.api_url.clone(),
            token: found.token,
            quota_share: store.quota_share,
            waits: Some(Arc::new(waits)),
        },
        db: &own.db,
        narrow: how.narrow,
        dry_run,
        lender: None,
        wait: global.wait,
        waiting: &|busy| output.note(format!("{busy}; waiting for it")),
    };
    let confirm = |report: &RestoreReport, deletions: usize| {
        progress.clear();
        if yes {
            return Ok(true);
        }
        render::restore::plan(output, report);
        if !ask(output, "Apply this plan?")? {
            return Ok(false);
        }
        let objects = render::words::counted(deletions as u64, "object", "objects");
        let question = format!("It DELETES {objects} from the store. Really?");
        Ok(deletions == 0 || ask(output, &question)?)
    };
    let (bar, cancel, clock) = (progress.as_ref(), &app.cancel, app.clock.as_ref());
    let done = match between {
        None => restore::run(options, job, &confirm, bar, cancel, clock).await,
        Some(between) => to_store::run(options, between, job, &confirm, bar, cancel, clock).await,
    };
    progress.clear();
    let Some(report) = done? else {
        output.note("nothing was sent");
        return Ok(Exit::Ok);
    };
    if output.json {
        output.document(&report);
    } else if report.dry_run {
        render::restore::plan(output, &report);
    } else {
        render::restore::outcome(output, &report);
    }
    match report.status {
        RunStatus::Ok => Ok(Exit::Ok),
        RunStatus::Partial => Ok(Exit::Partial),
        RunStatus::Interrupted | RunStatus::Running => Err(match report.run {
            Some(run) => {
                let there = how.to_store.map(|name| format!(" --to-store {name}"));
                let there = there.unwrap_or_default();
                Failure::interrupted().hint(format!("vortex restore --resume {run}{there}"))
            }
            None => Failure::interrupted(),
        }),
        RunStatus::Failed if report.refused => Ok(Exit::Refused),
        RunStatus::Failed => Ok(Exit::Failed),
    }
}

/// A yes or a no from the terminal; anything but a yes is a no.
fn ask(output: &Output, question: &str) -> Result<bool, Failure> {
    output.write_error(&format!("{question} [y/N] "));
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|why| Failure::new(Kind::Io, format!("reading the answer: {why}")))?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
