//! What waits to be sent: pure bookkeeping, told the time by its callers.
//!
//! It must never send, sleep or ask a clock, so that the schedule, the blocklist and the chances
//! can be proven without waiting.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use url::{Position, Url};

use super::{Deliveries, Delivery, HookTiming};

/// Documented waits before each retry, in seconds.
pub const RETRIES_S: [u64; 11] = [
    60, 180, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 50_400, 86_400,
];
/// The window in which a domain's answers are counted.
const WINDOW: Duration = Duration::from_secs(120);
/// Fewer answers than these prove nothing.
const WINDOW_MIN: usize = 100;
/// Successes of a hundred answers below which a domain is blocked.
const SUCCESS_PERCENT: usize = 90;
/// How long it is blocked.
const BLOCKED_S: u64 = 180;
/// Delivered messages that can be replayed.
const HISTORY_MAX: usize = 10_000;
/// How far apart events are thrown that are to come in disorder.
const SHUFFLE_MS: u64 = 25;

/// Where messages go.
#[derive(Debug, PartialEq)]
pub struct Hook {
    pub id: u64,
    pub scope: String,
    pub destination: String,
    /// The destination's host, with the port if it is not the usual one.
    pub domain: String,
    pub headers: Vec<(String, String)>,
}

/// One event for one hook.
#[derive(Debug, Clone)]
pub struct Message {
    pub hook: Arc<Hook>,
    pub body: Bytes,
}

/// A message on its way.
#[derive(Debug, Clone)]
pub struct Job {
    /// The `webhook-id`: the same at every attempt.
    pub id: String,
    pub message: Message,
    /// Attempts that failed.
    pub failed: usize,
    /// It comes once more so much later.
    repeat: Option<Duration>,
    /// It was delivered before.
    again: bool,
}

impl Job {
    /// True if a failure now is the last.
    pub fn is_last(&self) -> bool {
        self.failed >= RETRIES_S.len()
    }
}

/// What a worker is to do.
#[derive(Debug)]
pub enum Step {
    /// Send this.
    Send(Box<Job>),
    /// Nothing is due before then; none: before something is posted.
    Wait(Option<Instant>),
}

/// A fixed sequence of numbers (splitmix64).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    fn happens(&mut self, chance: f64) -> bool {
        // 53 bits fill a double's mantissa.
        let drawn = (self.draw() >> 11) as f64 / (1u64 << 53) as f64;
        drawn < chance
    }
}

#[derive(Debug, Default)]
struct Domain {
    answers: VecDeque<(Instant, bool)>,
    failures: usize,
    blocked: Option<(Instant, usize)>,
}

/// All that waits, and the counts.
#[derive(Debug)]
pub struct Queue {
    timing: HookTiming,
    trouble: Delivery,
    chance: Chance,
    /// Throws what waits into disorder. It is apart, so that how often it is asked changes no fate.
    dice: Chance,
    prefix: u64,
    number: u64,
    order: u64,
    jobs: BTreeMap<(Instant, u64), Job>,
    sending: usize,
    /// Hooks that are at work.
    pub hooks: Vec<Arc<Hook>>,
    known: BTreeSet<u64>,
    domains: BTreeMap<String, Domain>,
    history: VecDeque<Job>,
    counts: Deliveries,
}

/// What counts as the domain of a destination.
pub fn domain(destination: &str) -> String {
    Url::parse(destination)
        .map(|url| url[Position::BeforeHost..Position::AfterPort].to_owned())
        .unwrap_or_default()
}

impl Queue {
    /// An empty one. `prefix` sets its ids apart from those of other sandboxes.
    pub fn new(timing: HookTiming, prefix: u64) -> Self {
        Self {
            timing,
            trouble: Delivery::default(),
            chance: Chance(0),
            dice: Chance(0),
            prefix,
            number: 0,
            order: 0,
            jobs: BTreeMap::new(),
            sending: 0,
            hooks: Vec::new(),
            known: BTreeSet::new(),
            domains: BTreeMap::new(),
            history: VecDeque::new(),
            counts: Deliveries::default(),
        }
    }

    /// The hooks at work from now on. What waits for another one is lost.
    pub fn set_hooks(&mut self, hooks: Vec<Arc<Hook>>) {
        self.known = hooks.iter().map(|hook| hook.id).collect();
        self.hooks = hooks;
        let (known, counts) = (&self.known, &mut self.counts);
        self.jobs.retain(|_, job| {
            let stays = known.contains(&job.message.hook.id);
            counts.lost += u64::from(!stays && !job.again);
            stays
        });
    }

    /// What is to go wrong from now on. Chance begins anew.
    pub fn set_trouble(&mut self, trouble: Delivery, now: Instant) {
        self.trouble = trouble;
        self.chance = Chance(trouble.seed);
        self.dice = Chance(!trouble.seed);
        if trouble.shuffle {
            self.throw(now);
        }
    }

    /// Throws what is due into another order.
    fn throw(&mut self, now: Instant) {
        let later = self.jobs.split_off(&(now, 0));
        let due = std::mem::replace(&mut self.jobs, later);
        for job in due.into_values() {
            let place = self.dice.draw();
            self.jobs.insert((now, place), job);
        }
    }

    fn lateness(&mut self) -> Duration {
        let mut late = self.timing.first_delay_ms;
        let drawn = (self.chance.draw(), self.chance.draw());
        if self.trouble.delay_ms_max > 0 {
            late += drawn.0 % (self.trouble.delay_ms_max + 1);
        }
        if self.trouble.shuffle {
            late += drawn.1 % SHUFFLE_MS;
        }
        Duration::from_millis(late)
    }

    fn put(&mut self, job: Job, due: Instant) {
        self.order += 1;
        self.jobs.insert((due, self.order), job);
    }

    fn scaled(&self, seconds: u64) -> Duration {
        Duration::from_secs(seconds).mul_f64(self.timing.scale.max(0.0))
    }

    /// A message of an event. Each draws the same numbers from chance, whatever becomes of it.
    pub fn post(&mut self, message: Message, now: Instant) {
        self.counts.fired += 1;
        self.number += 1;
        let dropped = self.chance.happens(self.trouble.drop);
        let repeat = self.chance.happens(self.trouble.repeat);
        let (late, later) = (self.lateness(), self.lateness());
        if dropped {
            self.counts.dropped += 1;
            return;
        }
        let job = Job {
            id: format!("msg_{:016x}{:08x}", self.prefix, self.number),
            message,
            failed: 0,
            repeat: repeat.then_some(later),
            again: false,
        };
        self.put(job, now + late);
    }

    /// The next job that is due.
    pub fn next(&mut self, now: Instant) -> Step {
        if self.trouble.hold {
            return Step::Wait(None);
        }
        if self.trouble.shuffle
            && self
                .jobs
                .first_key_value()
                .is_some_and(|(key, _)| key.0 < now)
        {
            self.throw_first(now);
        }
        while let Some(entry) = self.jobs.first_entry() {
            let due = entry.key().0;
            if due > now {
                return Step::Wait(Some(due));
            }
            let job = entry.remove();
            let blocked = self.domains.get(&job.message.hook.domain);
            match blocked.and_then(|domain| domain.blocked) {
                // To the retry queue: it is tried again when the domain is free.
                Some((until, _)) if until > now => self.put(job, until),
                _ => {
                    self.sending += 1;
                    return Step::Send(Box::new(job));
                }
            }
        }
        Step::Wait(None)
    }

    /// Swaps the first job with one that is due as well.
    fn throw_first(&mut self, now: Instant) {
        const AMONG: usize = 16;
        let due: Vec<(Instant, u64)> = self
            .jobs
            .range(..=(now, u64::MAX))
            .take(AMONG)
            .map(|(key, _)| *key)
            .collect();
        let place = (self.dice.draw() % due.len().max(1) as u64) as usize;
        if let (Some(first), Some(other)) = (due.first(), due.get(place))
            && first != other
            && let (Some(a), Some(b)) = (self.jobs.remove(first), self.jobs.remove(other))
        {
            self.jobs.insert(*first, b);
            self.jobs.insert(*other, a);
        }
    }

    /// True if another worker could be at work.
    pub fn has_due(&self, now: Instant) -> bool {
        !self.trouble.hold
            && self
                .jobs
                .first_key_value()
                .is_some_and(|(key, _)| key.0 <= now)
    }

    /// What a receiver made of a job.
    pub fn finish(&mut self, mut job: Job, ok: bool, now: Instant) {
        self.sending -= 1;
        self.count_answer(&job.message.hook.domain, ok, now);
        if ok {
            if job.again {
                self.counts.repeated += 1;
                return;
            }
            self.counts.delivered += 1;
            job.again = true;
            if let Some(late) = job.repeat {
                self.put(job.clone(), now + late);
            }
            self.history.push_back(job);
            if self.history.len() > HISTORY_MAX {
                self.history.pop_front();
            }
            return;
        }
        self.counts.failed += 1;
        let alive = self.known.contains(&job.message.hook.id);
        match RETRIES_S.get(job.failed) {
            Some(seconds) if alive => {
                job.failed += 1;
                let due = now + self.scaled(*seconds);
                self.put(job, due);
            }
            _ => self.counts.lost += u64::from(!job.again),
        }
    }

    fn count_answer(&mut self, name: &str, ok: bool, now: Instant) {
        let block = self.scaled(BLOCKED_S);
        let domain = self.domains.entry(name.to_owned()).or_default();
        domain.answers.push_back((now, ok));
        domain.failures += usize::from(!ok);
        while let Some((at, ok)) = domain.answers.front().copied()
            && now.duration_since(at) > WINDOW
        {
            domain.failures -= usize::from(!ok);
            domain.answers.pop_front();
        }
        let (total, failures) = (domain.answers.len(), domain.failures);
        if total >= WINDOW_MIN && (total - failures) * 100 < SUCCESS_PERCENT * total {
            domain.blocked = Some((now + block, failures));
            // Counting begins anew afterwards, or the old failures would block it at once again.
            domain.answers.clear();
            domain.failures = 0;
        }
    }

    /// Domains that get nothing, how long still, and after how many failures.
    pub fn blocked(&self, now: Instant) -> Vec<(String, Duration, usize)> {
        let domains = self.domains.iter();
        domains
            .filter_map(|(name, domain)| {
                let (until, failures) = domain.blocked?;
                let left = until.checked_duration_since(now)?;
                (!left.is_zero()).then(|| (name.clone(), left, failures))
            })
            .collect()
    }

    /// Sends the last messages that were delivered once more, oldest first.
    pub fn replay(&mut self, last: usize, now: Instant) -> usize {
        let from = self.history.len().saturating_sub(last);
        let jobs: Vec<Job> = self.history.iter().skip(from).cloned().collect();
        let mut count = 0;
        for mut job in jobs {
            if self.known.contains(&job.message.hook.id) {
                job.failed = 0;
                job.repeat = None;
                self.put(job, now);
                count += 1;
            }
        }
        count
    }

    /// The counts.
    pub fn counts(&self) -> Deliveries {
        Deliveries {
            waiting: (self.jobs.len() + self.sending) as u64,
            ..self.counts
        }
    }

    /// True if nothing waits and nothing is being sent.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.sending == 0
    }
}
