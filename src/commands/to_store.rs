//! `restore ... --to-store`: from one store's version store into another store.
//!
//! The version store that is taken from is only read. What is done in the other store is kept in
//! one of its own for the two (see [`place`]), so that a second restore finds what the first one
//! made, and `--resume` and `undo` work there as anywhere.

use std::ops::ControlFlow::Break;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::failure::{Failure, Kind};
use super::restore::{self as usual, Confirm, Job, Options};
use super::store::lock;
use crate::engines::monitor::Monitor;
use crate::engines::restore::{self, across};
use crate::model::restore::RestoreReport;
use crate::model::{Clock, RunKind};
use crate::vault::Vault;

/// Where the two stores are, beside what a restore needs. [`Options::access`] is the way to the
/// store that is restored into, [`Options::db`] the version store that is taken from.
#[derive(Debug, Clone, Copy)]
pub struct Between<'a> {
    /// The hash of the store that is taken from.
    pub from: &'a str,
    /// What the user calls the store that is restored into.
    pub name: &'a str,
}

impl Between<'_> {
    /// Two stores are two.
    pub fn check(&self, target: &str) -> Result<(), Failure> {
        if target != self.from {
            return Ok(());
        }
        let what = format!("--to-store {}: that is the store itself", self.name);
        Err(Failure::new(Kind::Usage, what).hint("leave --to-store out to restore in place"))
    }
}

/// The version store of two stores: beside the one that is taken from, named by both.
pub fn place(db: &Path, target: &str) -> PathBuf {
    let stem = db.file_stem().unwrap_or(db.as_os_str()).to_string_lossy();
    db.with_file_name(format!("{stem}-to-{target}.db"))
}

/// Runs it. `None` where the user said no.
pub async fn run(
    options: Options<'_>,
    between: Between<'_>,
    job: Job,
    confirm: Confirm<'_>,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<Option<RestoreReport>, Failure> {
    let hash = options.access.hash.clone();
    between.check(&hash)?;
    let pair = place(options.db, &hash);
    let confirm = |report: &RestoreReport, deletions: usize| {
        let mut report = report.clone();
        across::told(&mut report, between.name);
        confirm(&report, deletions)
    };
    let done = match job {
        Job::Undo(_) | Job::Resume(_) => {
            if !pair.exists() {
                let what = format!("nothing was restored into {} yet", between.name);
                let hint = format!("what is done there is kept in {}", pair.display());
                return Err(Failure::new(Kind::NoVault, what).hint(hint));
            }
            let options = Options {
                db: &pair,
                lender: Some(options.db),
                ..options
            };
            usual::run(options, job, &confirm, monitor, cancel, clock).await
        }
        job => {
            take(
                options, between, &pair, job, &confirm, monitor, cancel, clock,
            )
            .await
        }
    };
    Ok(done?.map(|mut report| {
        across::told(&mut report, between.name);
        report
    }))
}

#[allow(clippy::too_many_arguments)] // those of `run`, and the place
async fn take(
    options: Options<'_>,
    between: Between<'_>,
    pair: &Path,
    job: Job,
    confirm: Confirm<'_>,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<Option<RestoreReport>, Failure> {
    let client = options.access.client(cancel)?;
    let hash = &options.access.hash;
    let source = Vault::open(options.db, Some(between.from))?;
    usual::check_fields(&options.narrow.fields, &job)?;
    let what = "restore";
    // A lock beside nothing would be left behind.
    let _lock = match options.dry_run && !pair.exists() {
        true => None,
        false => Some(lock(pair, what, options.wait, options.waiting, cancel).await?),
    };
    let (targets, mut skips) = usual::targets(&source, job)?;
    // The plan is made on a copy: where the answer is no, nothing was entered into the map.
    let folder = tempfile::tempdir()
        .map_err(|why| Failure::new(Kind::Io, format!("making a temporary folder: {why}")))?;
    let draft = folder.path().join("plan.db");
    if pair.exists() {
        Vault::open(pair, Some(hash))?.copy_to(&draft)?;
    }
    let mut draft = Vault::create(&draft, hash, clock)?;
    draft.borrow_media(options.db);
    let before = client.requests();
    let narrow = &options.narrow;
    let planned = async {
        let taken = across::gather(&client, &source, &draft, targets, narrow, monitor).await?;
        let run = draft.begin_run(RunKind::Restore, clock.now())?;
        let targets = taken.enter(&source, &mut draft, run, clock)?;
        let mut plan = restore::plan(&client, &draft, targets, narrow, monitor).await?;
        taken.tell(&mut plan, &draft)?;
        Ok::<_, crate::engines::Error>((taken, plan))
    };
    let (taken, mut plan) = match planned.await {
        Ok(planned) => planned,
        Err(_) if cancel.is_cancelled() => return Err(Failure::interrupted()),
        Err(error) => return Err(error.into()),
    };
    skips.extend(taken.skips.iter().cloned());
    plan.prepend(skips);
    plan.notes.push(format!(
        "into {} ({hash}); ids and what is done there are kept in {}",
        between.name,
        pair.display()
    ));
    if let Break(end) = usual::show(&options, &plan, &client, before, confirm)? {
        return Ok(end);
    }
    let mut vault = Vault::create(pair, hash, clock)?;
    vault.borrow_media(options.db);
    let run = vault.begin_run(RunKind::Restore, clock.now())?;
    taken.enter(&source, &mut vault, run, clock)?;
    let report = restore::apply_in(&client, &mut vault, run, plan, monitor, cancel, clock).await?;
    vault.close()?;
    Ok(Some(report))
}
