//! `backup`: one store, or every store of the config side by side.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde::Serialize;

use crate::api::WaitReason;
use crate::cli::App;
use crate::cli::args::{BackupArgs, GlobalArgs};
use crate::cli::progress::Progress;
use crate::cli::render::{self, Output};
use crate::cli::settings::{Settings, Store};
use crate::cli::token;
use crate::commands::backup::{self, Options};
use crate::commands::failure::{Exit, Failure};
use crate::commands::store::Access;
use crate::model::{RunReport, RunStatus};

/// Stores backed up at once: each has its own quota, but all share this machine.
const STORES_AT_ONCE_MAX: usize = 4;

/// Runs it.
pub async fn run(
    app: &App,
    global: &GlobalArgs,
    args: &BackupArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    // A misspelt entity is told before anything is read.
    backup::choose(&args.only.entity, &args.exclude, &[])?;
    let settings = Settings::load(global, &app.environment)?;
    let stores = if args.all_stores {
        settings.all_stores()?
    } else {
        vec![settings.store()?]
    };
    let job = Job {
        app,
        global,
        args,
        output,
        alone: stores.len() == 1,
    };
    let store = match stores.as_slice() {
        [store] if !args.all_stores => store,
        stores => return job.all(stores).await,
    };
    let report = job.one(store, None).await?;
    let failure = render::backup::failure(&report);
    if output.json {
        output.document(&report);
    } else if failure.is_none() {
        render::backup::text(output, &report);
    }
    match (failure, render::backup::exit(&report)) {
        (Some(failure), _) => Err(failure),
        // Said as an error too: neither `-q` nor a reader of JSON alone would hear of it.
        (None, Exit::Interrupted) => Err(Failure::interrupted()),
        (None, exit) => Ok(exit),
    }
}

struct Job<'a> {
    app: &'a App,
    global: &'a GlobalArgs,
    args: &'a BackupArgs,
    output: &'a Output,
    /// Only one store is backed up: what the environment names is meant for it.
    alone: bool,
}

/// What became of one of several stores.
#[derive(Serialize)]
#[serde(untagged)]
enum OneOfAll {
    Ran(RunReport),
    Failed {
        store: String,
        status: RunStatus,
        error: Failure,
    },
}

impl OneOfAll {
    fn exit(&self) -> Exit {
        match self {
            Self::Ran(report) => render::backup::exit(report),
            Self::Failed { error, .. } => error.exit(),
        }
    }
}

impl Job<'_> {
    /// Backs one store up. With `name`, its lines are told from those of others at work.
    async fn one(&self, store: &Store, name: Option<&str>) -> Result<RunReport, Failure> {
        let (app, args) = (self.app, self.args);
        let found = token::find(store, &app.environment, self.alone)?;
        if let Some(warning) = found.warning {
            self.output.warn(warning);
        }
        let progress = Arc::new(Progress::new(self.output, name));
        let waits = {
            let progress = Arc::clone(&progress);
            move |wait: Duration, why: WaitReason| progress.waiting(wait, why)
        };
        let options = Options {
            access: Access {
                hash: store.hash.clone(),
                api_url: store.api_url.clone(),
                token: found.token,
                quota_share: args.quota_share.unwrap_or(store.quota_share),
                waits: Some(Arc::new(waits)),
            },
            db: &store.db,
            entities: backup::choose(&args.only.entity, &args.exclude, &store.exclude)?,
            full: args.full,
            images: args.images().unwrap_or(store.images),
            wait: self.global.wait,
            waiting: &|busy| self.output.note(format!("{busy}; waiting for it")),
            warning: &|text| self.output.warn(text),
        };
        let report = backup::run(options, progress.as_ref(), &app.cancel, app.clock.as_ref()).await;
        progress.clear();
        report
    }

    async fn all(&self, stores: &[Store]) -> Result<Exit, Failure> {
        let work = stores.iter().map(|store| async move {
            let name = store.name.as_deref().unwrap_or(&store.hash);
            match self.one(store, Some(name)).await {
                Ok(report) => OneOfAll::Ran(report),
                Err(error) => {
                    let store = store.hash.clone();
                    OneOfAll::Failed {
                        store,
                        status: match error.exit() {
                            Exit::Interrupted => RunStatus::Interrupted,
                            _ => RunStatus::Failed,
                        },
                        error,
                    }
                }
            }
        });
        let outcomes: Vec<OneOfAll> = futures_util::stream::iter(work)
            .buffered(STORES_AT_ONCE_MAX)
            .collect()
            .await;
        if self.output.json {
            self.output.document(&outcomes);
        } else {
            for outcome in &outcomes {
                match outcome {
                    OneOfAll::Ran(report) => render::backup::text(self.output, report),
                    OneOfAll::Failed { store, error, .. } => {
                        self.output.problem(format!("{store}: {error}"));
                        if let Some(hint) = &error.hint {
                            self.output.note(format!("hint: {hint}"));
                        }
                    }
                }
            }
        }
        match together(outcomes.iter().map(OneOfAll::exit)) {
            Exit::Interrupted => Err(Failure::interrupted()),
            exit => Ok(exit),
        }
    }
}

/// One exit code for several: theirs when they agree; an interruption wins; else done in part.
fn together(exits: impl Iterator<Item = Exit>) -> Exit {
    let exits: Vec<Exit> = exits.collect();
    let first = exits.first().copied().unwrap_or(Exit::Ok);
    if exits.contains(&Exit::Interrupted) {
        Exit::Interrupted
    } else if exits.iter().all(|exit| *exit == first) {
        first
    } else {
        Exit::Partial
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_stores_end_with_the_code_they_share_or_in_part() {
        let code = |exits: &[Exit]| together(exits.iter().copied());
        assert_eq!(code(&[Exit::Ok, Exit::Ok]), Exit::Ok);
        assert_eq!(code(&[Exit::Refused, Exit::Refused]), Exit::Refused);
        assert_eq!(code(&[Exit::Ok, Exit::Refused]), Exit::Partial);
        assert_eq!(code(&[Exit::Ok, Exit::Interrupted]), Exit::Interrupted);
    }
}
