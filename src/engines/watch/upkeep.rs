//! What is looked at now and then: that the hooks stand, what their changes mean for events, and
//! marks of repeats that nobody needs any more. This module must never take a gap for closed.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::address::Address;
use super::hooks::{Ensured, ensure, list};
use super::{Error, Watch};
use crate::api::{Client, ErrorKind};
use crate::vault::{self, Inbox};

/// A hook takes up to a minute until it works (webhooks overview): what it tells of is swept then.
const HOOKS_SETTLE: Duration = Duration::from_secs(65);
/// Why there is a gap then.
pub const FRESH: &str = "its hooks were made or changed, and take up to a minute to work";
/// Marks of repeats are kept this long: BigCommerce's retries end after 48 hours.
const MARKS_KEPT: Duration = Duration::from_hours(50);
/// Lots of old marks forgotten at one look at the hooks.
const FORGOTTEN_LOTS: usize = 50;
/// One look at the hooks takes no longer; what is missing is made at the next.
const HOOKS_WAIT: Duration = Duration::from_mins(2);

/// Keeps what a change of the hooks means for events: those of hooks that had been switched off may be
/// lost since then (`began`, where BigCommerce doesn't tell), and new ones take a while to work.
///
/// # Errors
///
/// When the inbox fails.
pub fn note_gaps(
    inbox: &Inbox,
    done: &Ensured,
    began: Timestamp,
    now: Timestamp,
) -> Result<(), vault::Error> {
    for (scope, since, entities) in &done.reactivated {
        for entity in entities {
            let since = since.unwrap_or(began).min(now);
            let why = format!("BigCommerce had switched the hook for {scope} off");
            inbox.open_gap(entity, since, now, &why)?;
        }
    }
    let settled = now.checked_add(HOOKS_SETTLE).unwrap_or(now);
    let back = done.reactivated.iter().map(|(.., names)| names);
    let mended = done.mended.iter().map(|(_, names)| names);
    let created = done.created.iter().map(|(_, names)| names);
    let fresh = created.chain(mended).chain(back);
    let mut fresh: Vec<&str> = fresh.flatten().copied().collect();
    fresh.sort_unstable();
    fresh.dedup();
    for entity in fresh {
        inbox.open_gap(entity, now, settled, FRESH)?;
    }
    Ok(())
}

impl Watch<'_> {
    /// Brings the hooks to what is watched. What fails is told and tried again at the next look; only
    /// a token that is refused at the first one is an error.
    pub(super) async fn look_at_hooks(
        &mut self,
        client: &Client,
        address: &Address,
    ) -> Result<(), Error> {
        let entities = self.enabled()?;
        let first = !std::mem::replace(&mut self.looked, true);
        let still = |names: &[&'static str]| {
            let on = |name: &&str| self.is_disabled(name).is_ok_and(|off| !off);
            names.iter().any(on)
        };
        // Events wait meanwhile.
        let client = &client.hurried();
        let mut done = Ensured::default();
        let look = async {
            let hooks = list(client).await?;
            ensure(client, address, &entities, &hooks, &still, &mut done).await
        };
        let looked = tokio::time::timeout(HOOKS_WAIT, look).await;
        let now = self.clock.now();
        note_gaps(&self.inbox, &done, self.began, now)?;
        self.watcher.hooks(&done);
        if self.cancel.is_cancelled() {
            return Ok(());
        }
        let mut missing = done.failed.len() as u64;
        match looked {
            Ok(Err(error)) if first && error.kind() == ErrorKind::Unauthorized => {
                return Err(error.into());
            }
            Ok(Err(error)) => {
                missing += 1;
                let text = format!("the hooks can't be looked at: {error}");
                self.watcher.warning(&text);
            }
            Err(_) => {
                missing += 1;
                let text = "the hooks could not be looked at in time; they are at the next look";
                self.watcher.warning(text);
            }
            Ok(Ok(())) => self.metrics.hooks.store(done.active, Ordering::Relaxed),
        }
        self.metrics
            .hooks_inactive
            .store(missing, Ordering::Relaxed);
        Ok(())
    }

    /// Forgets marks of repeats that can come no more.
    pub(super) async fn forget(&self, now: Timestamp) -> Result<(), Error> {
        if let Ok(before) = now.checked_sub(MARKS_KEPT) {
            // What is left is for the next look; what arrives has its turn between two lots.
            for _ in 0..FORGOTTEN_LOTS {
                if self.cancel.is_cancelled() || !self.inbox.forget_marks(before)? {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }
}
