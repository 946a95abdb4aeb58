//! Who may send when: one queue for all users of a client, in order of arrival.
//!
//! A request waits until fewer than the present width are under way, until its endpoint's own cap
//! has room, until a 429's wait is over and until the store's [`Window`] lets it go. The width
//! adapts: each good answer widens it a little, a bad one halves it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Queue, Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::call::RateFacts;
use super::caps::{self, CAPS};
use super::wait::{TOLD_FROM, WaitObserver, WaitReason};
use super::window::{Turn, Window};
use crate::model::ApiVersion;

/// Requests at once in the beginning: what BigCommerce bears well.
const WIDTH_START: f64 = 4.0;

/// How an attempt went, as far as the pace depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The store answered, well or with a refusal of its own making.
    Fine,
    /// 429, 5xx, lost: go on slower.
    Strained,
}

/// The queue and what it knows.
pub(super) struct Pacer {
    queue: Queue<()>,
    state: Mutex<State>,
    changed: Notify,
    caps: Vec<Semaphore>,
}

struct State {
    window: Window,
    /// True once any answer came: before that, one request goes alone to learn the quota.
    met: bool,
    under_way: u32,
    width: f64,
    width_max: f64,
    /// No request goes before this instant: a 429 said so.
    blocked: Option<Instant>,
}

impl Pacer {
    pub fn new(share: f64, at_once: u32) -> Self {
        let at_once = at_once.max(1);
        Self {
            queue: Queue::new(()),
            state: Mutex::new(State {
                window: Window::new(share, at_once),
                met: false,
                under_way: 0,
                width: WIDTH_START.min(f64::from(at_once)),
                width_max: f64::from(at_once),
                blocked: None,
            }),
            changed: Notify::new(),
            caps: CAPS.iter().map(|cap| Semaphore::new(cap.at_once)).collect(),
        }
    }

    /// See [`Window::pace`].
    pub fn pace(&self) -> Option<(u32, Duration)> {
        self.state().window.pace()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves counts that are still sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. To be dropped without harm at any moment.
    pub async fn enter(
        &self,
        api: ApiVersion,
        path: &str,
        observer: Option<&Arc<dyn WaitObserver>>,
    ) -> Permit<'_> {
        let cap = match caps::find(api, path).and_then(|at| self.caps.get(at)) {
            // Never closed, so there is always a permit in the end.
            Some(room) => room.acquire().await.ok(),
            None => None,
        };
        let _first = self.queue.lock().await;
        let mut told = None;
        loop {
            let changed = self.changed.notified();
            let (until, why) = match self.state().try_enter(Instant::now()) {
                Ok(number) => {
                    return Permit {
                        pacer: self,
                        number,
                        done: false,
                        _cap: cap,
                    };
                }
                Err(halt) => halt,
            };
            let Some(until) = until else {
                changed.await;
                continue;
            };
            let wait = until.saturating_duration_since(Instant::now());
            // Once per wait, and again where it grew longer than was told.
            if let Some(observer) = observer
                && wait >= TOLD_FROM
                && told.is_none_or(|told: Instant| until > told + TOLD_FROM)
            {
                told = Some(until);
                observer.waiting(wait, why);
            }
            tokio::select! {
                () = sleep_until(until) => {}
                () = changed => {}
            }
        }
    }

    /// Lets no request go for a while.
    pub fn block(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state();
        state.blocked = Some(state.blocked.map_or(until, |before| before.max(until)));
    }

    #[cfg(test)]
    pub fn width(&self) -> f64 {
        self.state().width
    }
}

type Halt = (Option<Instant>, WaitReason);

impl State {
    /// Counts one more request as sent and gives its window's number, or says until when to wait
    /// (none: until something changes).
    fn try_enter(&mut self, now: Instant) -> Result<u64, Halt> {
        if let Some(until) = self.blocked.filter(|until| *until > now) {
            return Err((Some(until), WaitReason::RateLimited));
        }
        self.blocked = None;
        let width = if self.met { self.width } else { 1.0 };
        if self.under_way > 0 && f64::from(self.under_way) + 1.0 > width {
            return Err((None, WaitReason::Quota));
        }
        let until = match self.window.turn(now, self.under_way) {
            Turn::Now => {
                self.window.sent(now);
                self.under_way += 1;
                return Ok(self.window.number());
            }
            Turn::Due(until) | Turn::Spent(until) => Some(until),
            Turn::Answer => None,
        };
        Err((until, WaitReason::Quota))
    }
}

/// One request under way. Dropped without [`Permit::done`], as when its caller gave up, it counts as
/// sent all the same.
pub(super) struct Permit<'a> {
    pacer: &'a Pacer,
    number: u64,
    done: bool,
    _cap: Option<SemaphorePermit<'a>>,
}

impl Permit<'_> {
    /// The attempt is over; `rate` holds what its answer told, if one came.
    pub fn done(mut self, rate: Option<&RateFacts>, outcome: Outcome) {
        self.done = true;
        let mut state = self.pacer.state();
        state.under_way = state.under_way.saturating_sub(1);
        if let Some(rate) = rate {
            state.met = true;
            let under_way = state.under_way;
            state
                .window
                .answered(Instant::now(), rate, self.number, under_way);
        }
        state.width = match outcome {
            Outcome::Fine => (state.width + 1.0 / state.width).min(state.width_max),
            Outcome::Strained => (state.width / 2.0).max(1.0),
        };
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.done {
            let mut state = self.pacer.state();
            state.under_way = state.under_way.saturating_sub(1);
        }
        // At most one waits: the first of the queue.
        self.pacer.changed.notify_one();
    }
}
