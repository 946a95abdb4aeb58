//! The schedule, the blocklist and chance, told the time by hand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::{Hook, Message, Queue, RETRIES_S, Step};
use super::*;

fn message(place: u64) -> Message {
    Message {
        hook: Arc::new(Hook {
            id: 1,
            scope: "store/order/created".to_owned(),
            destination: "https://a.example/".to_owned(),
            domain: "a.example".to_owned(),
            headers: Vec::new(),
        }),
        body: place.to_string().into(),
    }
}

fn queue(trouble: Delivery, now: Instant) -> Queue {
    let mut queue = Queue::new(HookTiming::default(), 0);
    queue.set_hooks(vec![message(0).hook]);
    queue.set_trouble(trouble, now);
    queue
}

/// Which of a thousand messages come, and how often, in ten minutes.
fn fates(seed: u64) -> BTreeMap<String, usize> {
    let now = Instant::now();
    let trouble = Delivery {
        repeat: 0.25,
        drop: 0.25,
        delay_ms_max: 500,
        seed,
        ..Delivery::default()
    };
    let mut queue = queue(trouble, now);
    for place in 0..1_000 {
        queue.post(message(place), now);
    }
    let later = now + Duration::from_secs(600);
    let mut came: BTreeMap<String, usize> = BTreeMap::new();
    while let Step::Send(job) = queue.next(later) {
        *came.entry(job.id.clone()).or_default() += 1;
        queue.finish(*job, true, later);
        if queue.is_idle() {
            break;
        }
    }
    let later = later + Duration::from_secs(1);
    while let Step::Send(job) = queue.next(later) {
        *came.entry(job.id.clone()).or_default() += 1;
        queue.finish(*job, true, later);
    }
    let counts = queue.counts();
    assert_eq!(counts.waiting, 0);
    assert_eq!(counts.delivered + counts.dropped, 1_000);
    assert_eq!(counts.delivered, came.len() as u64);
    assert!((150..350).contains(&counts.dropped), "{counts:?}");
    assert!((130..260).contains(&counts.repeated), "{counts:?}");
    came
}

#[test]
fn chance_is_the_same_with_the_same_seed() {
    assert_eq!(fates(7), fates(7));
    assert_ne!(fates(7), fates(8));
}

#[test]
fn retries_come_when_the_schedule_says() {
    let start = Instant::now();
    let mut queue = queue(Delivery::default(), start);
    queue.post(message(0), start);
    let mut now = start;
    for wait in RETRIES_S {
        let Step::Send(job) = queue.next(now) else {
            panic!("nothing is due")
        };
        assert!(!job.is_last());
        queue.finish(*job, false, now);
        now += Duration::from_secs(wait);
        let Step::Wait(Some(due)) = queue.next(now - Duration::from_millis(1)) else {
            panic!("it comes too early")
        };
        assert_eq!(due, now);
    }
    assert_eq!(now - start, Duration::from_secs(173_040));
    let Step::Send(job) = queue.next(now) else {
        panic!("nothing is due")
    };
    assert!(job.is_last());
    queue.finish(*job, false, now);
    assert_eq!(queue.counts().lost, 1);
}

#[test]
fn a_domain_that_fails_is_blocked_for_three_minutes() {
    let now = Instant::now();
    let mut queue = queue(Delivery::default(), now);
    for place in 0..100 {
        queue.post(message(place), now);
        let Step::Send(job) = queue.next(now) else {
            panic!("nothing is due")
        };
        assert!(queue.blocked(now).is_empty(), "after {place}");
        // 89 of a hundred succeed.
        queue.finish(*job, place % 9 != 0 || place == 99, now);
    }
    assert_eq!(queue.blocked(now).len(), 1);
    queue.post(message(100), now);
    let free = now + Duration::from_secs(180);
    let Step::Wait(Some(_)) = queue.next(now) else {
        panic!("a blocked domain gets something")
    };
    assert!(queue.blocked(free).is_empty());
    let mut came = Vec::new();
    while let Step::Send(job) = queue.next(free) {
        came.push(job.message.body.clone());
        queue.finish(*job, true, free);
    }
    // With it those that failed before.
    assert!(came.contains(&"100".into()));
    assert_eq!(queue.counts().waiting, 0);
}
