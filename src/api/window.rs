//! The store's quota as one client can know it: pure bookkeeping, no waiting, no clock of its own.
//!
//! BigCommerce counts all requests to a store in windows of 30 s. Each answer tells the quota, what
//! is left of it and when the window ends. From these this module keeps one estimate:
//!
//! * **The end of the window** is the earliest that any answer of the window named. Answers take
//!   time to arrive, so each names an end that is late by that time: the earliest is the closest,
//!   and still not too early. A margin covers rounding to milliseconds.
//! * **Spent** counts each request when it is sent. When a window ends, requests still under way
//!   count in the new one too, for the store may count them there.
//! * **Left** is the least that any answer of the window named, less all under way now. So what
//!   other apps spend is seen, and two requests never share a last unit.
//! * **The share** is `share × quota`, and the rest stays unspent for the merchant's other apps
//!   even when they have spent of it already: at `left <= quota - share` we stop.
//! * **Spreading**: requests become due evenly over the first part of the window
//!   ([`SPREAD`]), a burst first. Spreading over all of it would make the last, broken window of a
//!   run as long as a whole one; not spreading would shut others out at the window's start.
//! * After a window's end nothing is known of the next but that it is fresh; its first answer
//!   tells when it ends. An answer of the old window that arrives late is known by its end and
//!   changes nothing.

use std::time::Duration;

use tokio::time::Instant;

use super::call::RateFacts;

/// Part of a window over which the share is spread.
pub(super) const SPREAD: f64 = 0.5;
/// The window where an answer names none: BigCommerce's usual one.
const WINDOW: Duration = Duration::from_secs(30);
/// No window or wait is believed to be longer: a broken header must not stop us for a day.
pub(super) const WINDOW_MAX: Duration = Duration::from_secs(3600);
/// Windows' ends are rounded to milliseconds by the store; clocks drift apart by less than this
/// part of a window.
const DRIFT: u32 = 500;
const ROUNDING: Duration = Duration::from_millis(2);

/// When the next request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Now.
    Now,
    /// Not before this instant, for the sake of spreading.
    Due(Instant),
    /// Not before this instant: the share is spent.
    Spent(Instant),
    /// Not before an answer arrives: those under way may have spent the last of it.
    Answer,
}

/// What is known of the store's present window.
#[derive(Debug)]
pub(super) struct Window {
    share: f64,
    burst: u32,
    known: Option<Known>,
    number: u64,
}

#[derive(Debug)]
struct Known {
    quota: u32,
    span: Duration,
    left: u32,
    spent: u32,
    starts: Instant,
    ends: Instant,
    /// False from a window's end until the first answer of the next.
    told: bool,
    /// End of the window before.
    before: Option<Instant>,
}

impl Window {
    /// Nothing is known yet. `share` of the quota is ours; `burst` requests need not be spread.
    pub fn new(share: f64, burst: u32) -> Self {
        Self {
            share: share.clamp(0.0, 1.0),
            burst,
            known: None,
            number: 0,
        }
    }

    /// The number of the present window: a request remembers the one it was sent in.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// How many requests we may send in how long, as far as the store has told.
    pub fn pace(&self) -> Option<(u32, Duration)> {
        let known = self.known.as_ref()?;
        Some((known.ours(self.share), known.span))
    }

    /// Whether one more request may go, `under_way` being on their way.
    pub fn turn(&mut self, now: Instant, under_way: u32) -> Turn {
        let (share, burst) = (self.share, self.burst);
        let Some(known) = &mut self.known else {
            return Turn::Now;
        };
        if now >= known.ends + known.margin() {
            self.number += 1;
            known.before = Some(known.ends);
            known.starts = now;
            known.ends = now + known.span;
            known.told = false;
            known.left = known.quota;
            known.spent = under_way;
        }
        let ours = known.ours(share);
        let opens = known.ends + known.margin();
        if known.spent >= ours {
            return if known.told || under_way == 0 {
                Turn::Spent(opens)
            } else {
                Turn::Answer
            };
        }
        let kept = known.quota - ours;
        if known.left <= kept {
            return Turn::Spent(opens);
        }
        if known.left - kept <= under_way {
            return Turn::Answer;
        }
        let ahead = known.spent.saturating_sub(burst);
        let part = f64::from(ahead) / f64::from(ours) * SPREAD;
        let due = known.starts + known.span.mul_f64(part);
        if ahead > 0 && due > now {
            return Turn::Due(due);
        }
        Turn::Now
    }

    /// A request goes out.
    pub fn sent(&mut self, now: Instant) {
        if let Some(known) = &mut self.known {
            known.spent += 1;
            if !known.told {
                // A store may start its window with the first request after the last one's end.
                known.ends = known.ends.max(now + known.span);
            }
        }
    }

    /// An answer to a request of window `number` came; `under_way` others are still on their way.
    pub fn answered(&mut self, now: Instant, rate: &RateFacts, number: u64, under_way: u32) {
        let (Some(quota), Some(left)) = (rate.quota, rate.left) else {
            return;
        };
        if quota == 0 {
            return;
        }
        let span = rate
            .window
            .filter(|span| !span.is_zero())
            .unwrap_or(WINDOW)
            .min(WINDOW_MAX);
        let ends = now + rate.reset.unwrap_or(span).min(WINDOW_MAX);
        let fresh = |before| Known {
            quota,
            span,
            left: left.min(quota),
            spent: under_way + 1,
            starts: ends.checked_sub(span).unwrap_or(now),
            ends,
            told: true,
            before,
        };
        let Some(known) = &mut self.known else {
            self.known = Some(fresh(None));
            return;
        };
        let near = |end: Instant| ends <= end + span / 2;
        if number < self.number && known.before.is_some_and(near) {
            // Counted by the window before; it was counted in this one to be safe.
            known.spent = known.spent.saturating_sub(1);
            return;
        }
        if known.told && !near(known.ends) {
            // The store's window ended before we thought.
            let before = Some(known.ends);
            self.number += 1;
            self.known = Some(fresh(before));
            return;
        }
        known.ends = if known.told {
            known.ends.min(ends)
        } else {
            ends
        };
        known.told = true;
        known.quota = quota;
        known.span = span;
        known.left = known.left.min(left).min(quota);
        known.starts = known.ends.checked_sub(span).unwrap_or(now);
    }
}

impl Known {
    /// Requests a window that are ours: at least one, or nothing would ever move.
    fn ours(&self, share: f64) -> u32 {
        let ours = (f64::from(self.quota) * share).floor();
        // Within 1..=quota, so the cast is exact.
        (ours as u32).clamp(1, self.quota)
    }

    fn margin(&self) -> Duration {
        (self.span / DRIFT).max(ROUNDING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rate(quota: u32, left: u32, reset: Duration) -> RateFacts {
        RateFacts {
            quota: Some(quota),
            left: Some(left),
            window: Some(WINDOW),
            reset: Some(reset),
            retry_after: None,
        }
    }

    /// Sends all that may go at `now`, each answered at once by a store that counts.
    fn drain(window: &mut Window, now: Instant, used: &mut u32, reset: Duration) -> u32 {
        let mut sent = 0;
        while window.turn(now, 0) == Turn::Now {
            let number = window.number();
            window.sent(now);
            *used += 1;
            sent += 1;
            window.answered(now, &rate(150, 150 - *used, reset), number, 0);
        }
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn the_share_is_spent_and_not_one_more() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        window.answered(start, &rate(150, 149, WINDOW), 0, 0);
        let mut used = 1;
        drain(&mut window, start + 20 * SECOND, &mut used, 10 * SECOND);
        assert_eq!(used, 120);
        let turn = window.turn(start + 20 * SECOND, 0);
        assert!(
            matches!(turn, Turn::Spent(until) if until >= start + WINDOW),
            "{turn:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_spread_after_a_burst() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        window.answered(start, &rate(150, 149, WINDOW), 0, 0);
        let mut used = 1;
        drain(&mut window, start, &mut used, WINDOW);
        assert!((8..=9).contains(&used), "{used} went at once");
        // A quarter of the window later half of the share may have gone, and the burst.
        let later = start + WINDOW.mul_f64(SPREAD / 2.0);
        drain(
            &mut window,
            later,
            &mut used,
            WINDOW.mul_f64(1.0 - SPREAD / 2.0),
        );
        assert!((60..=70).contains(&used), "{used} after half of the spread");
    }

    #[tokio::test(start_paused = true)]
    async fn what_other_apps_spend_is_not_spent_again() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        // 100 of 150 are gone already; 30 stay for the others.
        window.answered(start, &rate(150, 50, WINDOW), 0, 0);
        let late = start + 25 * SECOND;
        let mut used = 100;
        drain(&mut window, late, &mut used, 5 * SECOND);
        assert_eq!(used, 120);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_under_way_count_as_spent() {
        let start = Instant::now();
        let mut window = Window::new(1.0, 8);
        window.answered(start, &rate(150, 3, WINDOW), 0, 0);
        let late = start + 29 * SECOND;
        assert_eq!(window.turn(late, 2), Turn::Now);
        assert_eq!(window.turn(late, 3), Turn::Answer);
        // Those under way when the window ends may be counted in the next one.
        let next = start + 31 * SECOND;
        let mut sent = 0;
        while window.turn(next, 5) == Turn::Now && sent < 500 {
            window.sent(next);
            sent += 1;
        }
        assert!(
            sent < 8,
            "{sent} went without knowing the window, beside 5 under way"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_of_the_old_window_does_not_speak_for_the_new_one() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        window.answered(start, &rate(150, 149, WINDOW), 0, 0);
        let old = window.number();
        window.sent(start + 29 * SECOND);
        let next = start + 31 * SECOND;
        assert_eq!(window.turn(next, 1), Turn::Now);
        window.sent(next);
        // Written before the end, read after it: nothing was left then.
        window.answered(next, &rate(150, 0, Duration::from_millis(5)), old, 1);
        assert_eq!(window.turn(next, 1), Turn::Now);
        // One of the new window does.
        let number = window.number();
        window.answered(next, &rate(150, 20, 29 * SECOND), number, 0);
        assert!(matches!(window.turn(next, 0), Turn::Spent(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_that_ends_early_is_noticed_by_its_answer() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        window.answered(start, &rate(150, 30, WINDOW), 0, 0);
        assert!(matches!(window.turn(start, 0), Turn::Spent(_)));
        let later = start + 20 * SECOND;
        window.answered(later, &rate(150, 149, WINDOW), 0, 0);
        assert_eq!(window.turn(later, 0), Turn::Now);
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_end_named_counts_and_a_margin_behind_it() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        window.answered(start, &rate(150, 30, WINDOW), 0, 0);
        // Two seconds on its way back, this one names an end that is two seconds late.
        let late = start + 4 * SECOND;
        window.answered(late, &rate(150, 30, 28 * SECOND), 0, 0);
        let rounded = start + WINDOW + Duration::from_micros(900);
        assert!(matches!(window.turn(rounded, 0), Turn::Spent(_)));
        assert_eq!(window.turn(start + WINDOW + SECOND / 10, 0), Turn::Now);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_nobody_has_told_of_lasts_from_its_last_request() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        window.answered(start, &rate(150, 149, WINDOW), 0, 0);
        let next = start + 31 * SECOND;
        assert_eq!(window.turn(next, 0), Turn::Now);
        let number = window.number();
        window.sent(next);
        window.sent(next + 20 * SECOND);
        window.turn(next + 40 * SECOND, 2);
        assert_eq!(
            window.number(),
            number,
            "the store may have begun it 20 s later"
        );
        window.turn(next + 51 * SECOND, 2);
        assert_eq!(window.number(), number + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn before_a_window_is_told_its_spender_waits_for_an_answer_not_for_an_end() {
        let start = Instant::now();
        let mut window = Window::new(0.0, 8);
        window.answered(start, &rate(150, 149, WINDOW), 0, 0);
        let next = start + 31 * SECOND;
        assert_eq!(window.turn(next, 0), Turn::Now);
        window.sent(next);
        assert_eq!(window.turn(next, 1), Turn::Answer);
        assert!(matches!(window.turn(next, 0), Turn::Spent(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn odd_headers_neither_stop_nor_break_it() {
        let start = Instant::now();
        let mut window = Window::new(0.8, 8);
        window.answered(start, &RateFacts::default(), 0, 0);
        assert_eq!(window.turn(start, 5), Turn::Now);
        window.answered(start, &rate(0, 0, WINDOW), 0, 0);
        assert_eq!(window.turn(start, 5), Turn::Now);
        window.answered(start, &rate(1, 7, Duration::from_secs(u64::MAX / 2)), 0, 0);
        assert!(!matches!(
            window.turn(start + 2 * WINDOW_MAX, 0),
            Turn::Spent(_)
        ));
        let mut tiny = Window::new(0.0, 8);
        tiny.answered(start, &rate(3, 3, WINDOW), 0, 0);
        assert!(matches!(tiny.turn(start, 0), Turn::Spent(_)));
        assert_eq!(tiny.turn(start + 31 * SECOND, 0), Turn::Now);
    }
}
