//! What `watch` counts, and how it tells it: Prometheus' text form, and a short health.
//!
//! Counters only go up and live in memory: a restart begins at nought, as Prometheus expects.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use serde::Serialize;

use crate::vault::inbox::Waiting;

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Another path than ours.
    Path,
    /// Not a POST.
    Method,
    /// The secret header is missing or wrong.
    Secret,
    /// The signature is missing or wrong.
    Signature,
    /// The event is another store's.
    Producer,
    /// Not JSON, or not an event.
    Malformed,
    /// The body is too large.
    Oversized,
    /// The body took too long.
    Slow,
    /// More connections than may be open.
    Crowded,
    /// The disk could not take it: the sender tries again.
    Disk,
}

/// All of them, with the words that stand in the metrics.
const REFUSALS: [(Refusal, &str); 10] = [
    (Refusal::Path, "path"),
    (Refusal::Method, "method"),
    (Refusal::Secret, "secret"),
    (Refusal::Signature, "signature"),
    (Refusal::Producer, "producer"),
    (Refusal::Malformed, "malformed"),
    (Refusal::Oversized, "oversized"),
    (Refusal::Slow, "slow"),
    (Refusal::Crowded, "crowded"),
    (Refusal::Disk, "disk"),
];

/// The counters.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Events acknowledged for the first time.
    pub received: AtomicU64,
    /// Repeats.
    pub duplicate: AtomicU64,
    /// Authentic events older than five minutes.
    pub late: AtomicU64,
    /// Events of disabled entities, and of scopes that nothing is known of.
    pub ignored: AtomicU64,
    refused: [AtomicU64; REFUSALS.len()],
    /// Objects read again because of events.
    pub fetched: AtomicU64,
    /// Versions written because of events.
    pub captured: AtomicU64,
    /// Objects that could not be captured.
    pub failed: AtomicU64,
    /// Sweeps that ended.
    pub sweeps: AtomicU64,
    /// Versions written by sweeps.
    pub swept: AtomicU64,
    /// Requests sent to the API.
    pub requests: AtomicU64,
    /// Milliseconds between the last captured event's arrival and its version.
    pub lag_ms: AtomicU64,
    /// Hooks that are ours.
    pub hooks: AtomicU64,
    /// Hooks that ought to be active and are not.
    pub hooks_inactive: AtomicU64,
    /// When the last sweep ended, seconds since 1970; 0 before the first.
    pub swept_at: AtomicI64,
    /// From when on a sweep is overdue if none comes, seconds since 1970; 0 before that is known.
    pub overdue_at: AtomicI64,
    /// The last event that came could not be put on the disk.
    pub disk_fails: AtomicBool,
    /// Going down.
    pub draining: AtomicBool,
    /// Taking events in.
    pub ready: AtomicBool,
}

/// The state of the service.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// `ready`, `starting`, `draining`, or `degraded` when it serves and something is wrong.
    pub status: &'static str,
    /// What is wrong, in words.
    pub problems: Vec<String>,
    /// Objects to be read again.
    pub queued: u64,
    /// Objects given up for now.
    pub parked: u64,
    /// Seconds that the oldest event has waited.
    pub lag_seconds: u64,
    /// Hooks that ought to be active and are not.
    pub hooks_inactive: u64,
    /// A sweep should have come by now and has not.
    pub sweep_overdue: bool,
}

impl Health {
    /// True while it serves, with or without something wrong.
    pub fn serves(&self) -> bool {
        self.status == "ready"
    }
}

/// Adds one.
pub fn up(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Reads one.
pub fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Metrics {
    /// Counts a refusal.
    pub fn refuse(&self, why: Refusal) {
        let place = REFUSALS.iter().position(|(refusal, _)| *refusal == why);
        if let Some(counter) = place.and_then(|place| self.refused.get(place)) {
            up(counter);
        }
    }

    /// All refusals together.
    pub fn refusals(&self) -> u64 {
        self.refused.iter().map(read).sum()
    }

    /// The state of the service.
    pub fn health(&self, waiting: Option<Waiting>, now: Timestamp) -> Health {
        let (inactive, overdue) = (read(&self.hooks_inactive), self.is_overdue(now));
        let mut problems = Vec::new();
        let unwritable = waiting.is_none() || self.disk_fails.load(Ordering::Relaxed);
        if unwritable {
            problems.push("events can't be put on the disk, and are refused".to_owned());
        }
        let waiting = waiting.unwrap_or_default();
        if inactive > 0 {
            problems.push(format!("{inactive} hooks are missing or inactive"));
        }
        if overdue {
            problems.push("a sweep is overdue".to_owned());
        }
        if waiting.parked > 0 {
            problems.push(format!(
                "{} objects could not be captured and wait for the next sweep (`vortex status`)",
                waiting.parked
            ));
        }
        let status = if self.draining.load(Ordering::Relaxed) {
            "draining"
        } else if !self.ready.load(Ordering::Relaxed) {
            "starting"
        } else if inactive > 0 || overdue || unwritable {
            "degraded"
        } else {
            "ready"
        };
        Health {
            status,
            problems,
            queued: waiting.due,
            parked: waiting.parked,
            lag_seconds: lag(waiting, now),
            hooks_inactive: inactive,
            sweep_overdue: overdue,
        }
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        let at = self.overdue_at.load(Ordering::Relaxed);
        at > 0 && now.as_second() > at
    }

    /// The counters in Prometheus' text form.
    pub fn text(&self, waiting: Waiting, now: Timestamp) -> String {
        let mut out = String::new();
        let mut tell = |name: &str, kind: &str, help: &str, rows: &[(String, f64)]| {
            // Writing to a string can't fail.
            let _ = writeln!(
                out,
                "# HELP vortex_{name} {help}\n# TYPE vortex_{name} {kind}"
            );
            for (labels, value) in rows {
                let _ = writeln!(out, "vortex_{name}{labels} {value}");
            }
        };
        let one = |value: f64| vec![(String::new(), value)];
        let of = |counter: &AtomicU64| one(read(counter) as f64);
        let flag = |on: &AtomicBool| one(if on.load(Ordering::Relaxed) { 1.0 } else { 0.0 });
        let refused: Vec<_> = REFUSALS
            .iter()
            .zip(&self.refused)
            .map(|((_, word), counter)| (format!("{{reason=\"{word}\"}}"), read(counter) as f64))
            .collect();
        tell(
            "events_received_total",
            "counter",
            "Events acknowledged, repeats left out.",
            &of(&self.received),
        );
        tell(
            "events_duplicate_total",
            "counter",
            "Events that had come before.",
            &of(&self.duplicate),
        );
        tell(
            "events_late_total",
            "counter",
            "Authentic events older than five minutes.",
            &of(&self.late),
        );
        tell(
            "events_ignored_total",
            "counter",
            "Events of disabled entities or unknown scopes.",
            &of(&self.ignored),
        );
        tell(
            "requests_refused_total",
            "counter",
            "Requests refused, by reason.",
            &refused,
        );
        tell(
            "objects_queued",
            "gauge",
            "Objects that events told of and that wait to be read.",
            &one(waiting.due as f64),
        );
        tell(
            "objects_parked",
            "gauge",
            "Objects that could not be captured.",
            &one(waiting.parked as f64),
        );
        tell(
            "objects_fetched_total",
            "counter",
            "Objects read because of events.",
            &of(&self.fetched),
        );
        tell(
            "versions_captured_total",
            "counter",
            "Versions written because of events.",
            &of(&self.captured),
        );
        tell(
            "captures_failed_total",
            "counter",
            "Objects that could not be captured, tries counted.",
            &of(&self.failed),
        );
        tell(
            "lag_seconds",
            "gauge",
            "How long the oldest event has waited.",
            &one(lag(waiting, now) as f64),
        );
        tell(
            "capture_lag_seconds",
            "gauge",
            "From the arrival of the last captured event to its version.",
            &one(read(&self.lag_ms) as f64 / 1000.0),
        );
        tell(
            "api_requests_total",
            "counter",
            "Requests sent to the API.",
            &of(&self.requests),
        );
        tell(
            "sweeps_total",
            "counter",
            "Sweeps that ended.",
            &of(&self.sweeps),
        );
        tell(
            "versions_swept_total",
            "counter",
            "Versions written by sweeps.",
            &of(&self.swept),
        );
        let swept_at = self.swept_at.load(Ordering::Relaxed);
        tell(
            "sweep_finished_timestamp_seconds",
            "gauge",
            "When the last sweep ended.",
            &one(swept_at as f64),
        );
        tell(
            "sweep_overdue",
            "gauge",
            "1 when a sweep should have come and has not.",
            &one(if self.is_overdue(now) { 1.0 } else { 0.0 }),
        );
        tell(
            "hooks",
            "gauge",
            "Hooks of this listener.",
            &of(&self.hooks),
        );
        tell(
            "hooks_inactive",
            "gauge",
            "Hooks that are missing or inactive.",
            &of(&self.hooks_inactive),
        );
        tell(
            "draining",
            "gauge",
            "1 while going down.",
            &flag(&self.draining),
        );
        out
    }
}

fn lag(waiting: Waiting, now: Timestamp) -> u64 {
    waiting.oldest.map_or(0, |oldest| {
        u64::try_from(now.as_second() - oldest.as_second()).unwrap_or(0)
    })
}
