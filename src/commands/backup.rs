//! `backup`: one store into its version store.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::entities::find_all;
use super::failure::{Failure, Kind};
use super::store::{Access, lock};
use crate::engines::capture::{self, BackupOptions, Depth};
use crate::engines::monitor::Monitor;
use crate::engines::restore;
use crate::engines::watch::is_early;
use crate::entities::{self, Entity};
use crate::model::{Clock, EntityReport, EntityStatus, RunReport};
use crate::vault::inbox::Due;
use crate::vault::{self, Inbox, Vault};

/// What to back up, from where to where.
pub struct Options<'a> {
    /// The way to the store.
    pub access: Access,
    /// The version store's file.
    pub db: &'a Path,
    /// The entities, in the order of the work.
    pub entities: Vec<&'static Entity>,
    /// Read every deep part.
    pub full: bool,
    /// Fetch the bytes of images as well.
    pub images: bool,
    /// How long to wait for another vortex: not at all, so long, or as long as it takes.
    pub wait: Option<Option<Duration>>,
    /// Is told, once, that another vortex is waited for.
    pub waiting: &'a (dyn Fn(&Failure) + Sync),
    /// Is told what is wrong beside the backup, which goes on.
    pub warning: &'a (dyn Fn(&str) + Sync),
}

/// The entities that are meant: those named, or all; without those left out. What a profile leaves
/// out comes back when it is named.
pub fn choose(
    named: &[String],
    left_out: &[String],
    by_profile: &[String],
) -> Result<Vec<&'static Entity>, Failure> {
    let named = find_all(named)?;
    let left_out = find_all(left_out)?;
    let by_profile = find_all(by_profile)?;
    let is_in = |list: &[&Entity], entity: &Entity| list.iter().any(|e| e.name == entity.name);
    let chosen: Vec<&'static Entity> = entities::all()
        .iter()
        .copied()
        .filter(|entity| match named.is_empty() {
            true => !is_in(&by_profile, entity),
            false => is_in(&named, entity),
        })
        .filter(|entity| !is_in(&left_out, entity))
        .collect();
    if chosen.is_empty() {
        return Err(Failure::new(Kind::Usage, "no entity is left to back up")
            .hint("look at --entity, --exclude and the profile's exclude"));
    }
    Ok(chosen)
}

/// Runs it.
pub async fn run(
    options: Options<'_>,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<RunReport, Failure> {
    let client = options.access.client(cancel)?;
    let _lock = lock(options.db, "backup", options.wait, options.waiting, cancel).await?;
    let mut vault = Vault::create(options.db, &options.access.hash, clock)?;
    let mut capture = BackupOptions {
        entities: options.entities,
        deep: match options.full {
            true => Depth::Full,
            false => Depth::Rotation,
        },
        images: options.images,
        touched: HashMap::new(),
    };
    if let Some(run) = restore::cut_short(&vault).map_err(Failure::from)? {
        (options.warning)(&super::restore::cut_short(run));
    }
    // What events told of and nobody has read yet is read now, whether or not `watch` runs. The backup
    // itself needs none of that.
    let began = clock.now();
    let told = match events(options.db, &options.access.hash, &capture.entities) {
        Ok(told) => told,
        Err(error) => {
            (options.warning)(&format!("the events of `watch` are left aside: {error}"));
            None
        }
    };
    for (entity, rows) in told.iter().flat_map(|told| &told.rows) {
        let ids = rows.iter().map(|row| row.id.clone()).collect();
        capture.touched.insert(entity, ids);
    }
    let report = capture::backup(&client, &mut vault, &capture, monitor, cancel, clock).await?;
    if let Some(told) = told
        && let Err(error) = told.settle(&vault, &report, began, clock)
    {
        (options.warning)(&format!("the events of `watch` stay for now: {error}"));
    }
    Ok(report)
}

/// What events told of when the backup began.
struct Told {
    inbox: Inbox,
    rows: Vec<(&'static str, Vec<Due>)>,
}

fn events(
    db: &Path,
    hash: &str,
    entities: &[&'static Entity],
) -> Result<Option<Told>, vault::Error> {
    let Some(inbox) = Inbox::open(db, Some(hash))? else {
        return Ok(None);
    };
    let rows = entities
        .iter()
        .map(|entity| Ok((entity.name, inbox.due_of(entity.name)?)))
        .collect::<Result<_, vault::Error>>()?;
    Ok(Some(Told { inbox, rows }))
}

impl Told {
    /// Takes away what entities that were read whole have answered.
    fn settle(
        self,
        vault: &Vault,
        report: &RunReport,
        began: Timestamp,
        clock: &dyn Clock,
    ) -> Result<(), vault::Error> {
        for (entity, rows) in self.rows {
            let whole = |of: &EntityReport| of.entity == entity && of.status == EntityStatus::Ok;
            if !report.entities.iter().any(whole) {
                continue;
            }
            let mut read = Vec::with_capacity(rows.len());
            for row in rows {
                if !is_early(vault, &row, clock.now())? {
                    read.push(row);
                }
            }
            self.inbox.done(&read)?;
            self.inbox.close_gaps(entity, began)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(named: &[&str], left_out: &[&str], by_profile: &[&str]) -> Vec<&'static str> {
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let chosen = choose(&owned(named), &owned(left_out), &owned(by_profile)).unwrap();
        chosen.into_iter().map(|entity| entity.name).collect()
    }

    #[test]
    fn all_is_backed_up_unless_somebody_says_otherwise() {
        assert_eq!(names(&[], &[], &[]).len(), entities::all().len());
        assert!(!names(&[], &["order"], &[]).contains(&"orders"));
        assert!(!names(&[], &[], &["orders"]).contains(&"orders"));
        assert_eq!(
            names(&["brand", "products"], &[], &[]),
            ["brands", "products"]
        );
    }

    #[test]
    fn what_a_profile_leaves_out_comes_back_when_it_is_named() {
        assert_eq!(names(&["orders"], &[], &["orders"]), ["orders"]);
    }

    #[test]
    fn the_order_is_that_of_the_work_and_nothing_is_done_twice() {
        assert_eq!(
            names(&["products", "brands", "product"], &[], &[]),
            ["brands", "products"]
        );
    }

    #[test]
    fn nothing_left_is_a_usage_error() {
        let word = ["brands".to_owned()];
        assert_eq!(choose(&word, &word, &[]).unwrap_err().kind, Kind::Usage);
    }
}
