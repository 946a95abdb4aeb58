//! Against a store that counts, in simulated time: no 429 is ever caused, and the share is used.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

use super::*;

/// A store with windows of requests, far away: each way takes some time.
#[derive(Clone)]
struct Counting {
    state: Arc<Mutex<Counts>>,
    rules: Rules,
}

#[derive(Clone, Copy)]
struct Rules {
    quota: u32,
    span: Duration,
    /// True where a window begins with the first request after the last one's end, false where
    /// windows follow each other by the clock.
    lazy: bool,
    /// Longest way there, and longest way back.
    way: Duration,
    /// Requests of other apps: each window's first ones, in the moment it opens.
    others: u32,
}

struct Counts {
    began: Instant,
    opened: Instant,
    number: u64,
    used: u32,
    /// Our requests in each window.
    ours: BTreeMap<u64, u32>,
    refused: u32,
    under_way: u32,
    under_way_max: u32,
    dice: StdRng,
}

impl Counting {
    fn new(rules: Rules) -> Self {
        let now = Instant::now();
        Self {
            state: Arc::new(Mutex::new(Counts {
                began: now,
                opened: now,
                number: 0,
                used: rules.others,
                ours: BTreeMap::new(),
                refused: 0,
                under_way: 0,
                under_way_max: 0,
                dice: StdRng::seed_from_u64(7),
            })),
            rules,
        }
    }

    fn count(&self) -> Reply {
        let rules = self.rules;
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        if now >= state.opened + rules.span {
            state.opened = if rules.lazy {
                now
            } else {
                let windows = (now - state.began).as_nanos() / rules.span.as_nanos();
                state.began + rules.span * u32::try_from(windows).unwrap()
            };
            state.number += 1;
            state.used = rules.others;
        }
        state.used += 1;
        let refused = state.used > rules.quota;
        let number = state.number;
        *state.ours.entry(number).or_default() += 1;
        state.refused += u32::from(refused);
        // The store cuts to whole milliseconds.
        let reset = (state.opened + rules.span - now).as_millis() as u64;
        let mut reply = if refused {
            reply(429, "")
        } else {
            reply(200, r#"{"data":[]}"#)
        };
        reply.rate = RateFacts {
            quota: Some(rules.quota),
            left: Some(rules.quota.saturating_sub(state.used)),
            window: Some(rules.span),
            reset: Some(Duration::from_millis(reset)),
            retry_after: None,
        };
        reply
    }

    fn way(&self) -> Duration {
        let part: f64 = self.state.lock().unwrap().dice.random();
        self.rules.way.mul_f64(0.2 + 0.8 * part)
    }
}

impl Transport for Counting {
    fn send<'a>(&'a self, _: Outgoing<'a>) -> BoxFuture<'a, Result<Reply, Lost>> {
        Box::pin(async move {
            {
                let mut state = self.state.lock().unwrap();
                state.under_way += 1;
                state.under_way_max = state.under_way_max.max(state.under_way);
            }
            tokio::time::sleep(self.way()).await;
            let reply = self.count();
            tokio::time::sleep(self.way()).await;
            self.state.lock().unwrap().under_way -= 1;
            Ok(reply)
        })
    }
}

/// Sends `requests` from twelve tasks at once; gives the store's count and the time it took.
async fn run(rules: Rules, share: f64, requests: usize) -> (Counting, Duration) {
    let store = Counting::new(rules);
    let mut options = options("https://api.bigcommerce.com");
    options.quota_share = share;
    let client = Client::over(Box::new(store.clone()), options);
    let began = Instant::now();
    let left = Arc::new(Mutex::new(requests));
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let (client, left) = (client.clone(), left.clone());
            tokio::spawn(async move {
                loop {
                    {
                        let mut left = left.lock().unwrap();
                        if *left == 0 {
                            return;
                        }
                        *left -= 1;
                    }
                    client.get(&v3("/x")).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(client.requests(), requests as u64);
    (store, began.elapsed())
}

const USUAL: Rules = Rules {
    quota: 150,
    span: Duration::from_secs(30),
    lazy: false,
    way: Duration::from_millis(200),
    others: 0,
};

#[tokio::test(start_paused = true)]
async fn no_429_is_caused_and_the_share_is_used() {
    let slow = Duration::from_millis(900);
    let near = Duration::from_micros(150);
    for (name, rules, share) in [
        ("usual", USUAL, 0.8),
        ("all of it", USUAL, 1.0),
        ("half", USUAL, 0.5),
        (
            "lazy windows",
            Rules {
                lazy: true,
                ..USUAL
            },
            0.8,
        ),
        (
            "lazy windows, all of it",
            Rules {
                lazy: true,
                ..USUAL
            },
            1.0,
        ),
        ("far away", Rules { way: slow, ..USUAL }, 0.8),
        ("far away, all of it", Rules { way: slow, ..USUAL }, 1.0),
        ("next door, all of it", Rules { way: near, ..USUAL }, 1.0),
        (
            "a larger plan",
            Rules {
                quota: 450,
                ..USUAL
            },
            0.8,
        ),
        (
            "a short window",
            Rules {
                span: Duration::from_millis(300),
                way: near,
                ..USUAL
            },
            1.0,
        ),
    ] {
        let budget = (f64::from(rules.quota) * share) as u32;
        let (store, _) = run(rules, share, budget as usize * 6 + 10).await;
        let state = store.state.lock().unwrap();
        assert_eq!(state.refused, 0, "{name}: 429s");
        // The last window is broken off; all others are to be used.
        let whole: Vec<u32> = state.ours.values().copied().collect();
        for used in &whole[..whole.len() - 1] {
            assert!(*used <= budget, "{name}: {whole:?} over {budget}");
            assert!(*used * 10 >= budget * 9, "{name}: {whole:?} of {budget}");
        }
        // And none is left out: so many windows, by the clock.
        assert!(state.number <= 7, "{name}: {} windows", state.number);
    }
}

#[tokio::test(start_paused = true)]
async fn the_share_of_others_is_left_to_them() {
    for others in [30, 100] {
        let rules = Rules { others, ..USUAL };
        let (store, _) = run(rules, 0.8, 300).await;
        let state = store.state.lock().unwrap();
        assert_eq!(state.refused, 0);
        for used in state.ours.values() {
            assert!(
                *used + others <= 120 + 1,
                "{others} of others and {used} of ours"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_backup_does_not_last_a_window() {
    let (_, took) = run(USUAL, 0.8, 60).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn time_stays_near_the_floor_of_the_quota() {
    let (_, took) = run(USUAL, 0.8, 822).await;
    // Six windows of 120, then a last burst of 102.
    let floor = 6.0 * 30.0 + 6.0;
    assert!(took.as_secs_f64() < floor * 1.1, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn one_goes_first_and_many_only_as_the_store_bears_it() {
    let way = Duration::from_millis(900);
    let (store, _) = run(Rules { way, ..USUAL }, 0.8, 100).await;
    assert_eq!(store.state.lock().unwrap().under_way_max, 8);

    // Without any answer yet: alone.
    let fake = Fake::new(|_, _| Step::Hang);
    let client = fake.client();
    for _ in 0..5 {
        let client = client.clone();
        tokio::spawn(async move { client.get(&v3("/x")).await.map(|_| ()) });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn trouble_halves_the_width_and_success_widens_it() {
    let fake = Fake::new(|n, _| match n {
        1..=40 => answer(200, "{}"),
        41..=44 => answer(503, ""),
        _ => answer(200, "{}"),
    });
    let client = fake.client();
    for _ in 0..40 {
        client.get(&v3("/x")).await.unwrap();
    }
    assert!(client.pacer().width() > 7.9);
    client.get(&v3("/x")).await.unwrap();
    assert!(client.pacer().width() <= 2.0, "{}", client.pacer().width());
    for _ in 0..80 {
        client.get(&v3("/x")).await.unwrap();
    }
    assert!(client.pacer().width() > 7.9);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_with_a_cap_of_one_is_asked_one_at_a_time() {
    let under_way = Arc::new(Mutex::new((0, 0)));
    struct Watching(Arc<Mutex<(u32, u32)>>);
    impl Transport for Watching {
        fn send<'a>(&'a self, _: Outgoing<'a>) -> BoxFuture<'a, Result<Reply, Lost>> {
            Box::pin(async move {
                {
                    let mut count = self.0.lock().unwrap();
                    count.0 += 1;
                    count.1 = count.1.max(count.0);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.0.lock().unwrap().0 -= 1;
                Ok(reply(200, r#"{"data":[]}"#))
            })
        }
    }
    let client = Client::over(
        Box::new(Watching(under_way.clone())),
        options("https://api.bigcommerce.com"),
    );
    client.get(&v3("/x")).await.unwrap();
    let run = |path: &'static str| {
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.get(&v3(path)).await.map(|_| ()) })
            })
            .collect();
        async move {
            for task in tasks {
                task.await.unwrap().unwrap();
            }
        }
    };
    run("/catalog/trees/1/categories").await;
    assert_eq!(under_way.lock().unwrap().1, 1);
    run("/catalog/trees/categories").await;
    assert!(under_way.lock().unwrap().1 > 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_without_quota_headers_is_not_paced() {
    let fake = Fake::new(|_, _| answer(200, "{}"));
    let client = fake.client();
    let began = Instant::now();
    for _ in 0..2000 {
        client.get(&v3("/x")).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_millis(1));
}
