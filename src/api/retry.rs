//! When a failed attempt is made again, and how long after: a pure decision, the waiting is the
//! client's.

use std::time::Duration;

use super::call::RateFacts;
use super::error::{Error, ErrorKind};

/// How patient a request is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Attempts at most, the first included. BigCommerce advises up to ten for reads.
    pub tries: u32,
    /// Attempts at most where answers come but make no sense: those seldom mend by themselves.
    pub tries_malformed: u32,
    /// The first back-off; each further one is twice as long.
    pub backoff: Duration,
    /// The longest back-off.
    pub backoff_max: Duration,
    /// No attempt begins later than this after the first.
    pub overall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 8,
            tries_malformed: 4,
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(60),
            overall: Duration::from_secs(600),
        }
    }
}

/// How long to wait before the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Again {
    pub wait: Duration,
    /// True where the whole client should wait, not only this request.
    pub all: bool,
}

impl Patience {
    /// What follows a failed attempt, the `tries`-th, `elapsed` after the first began; none to give
    /// up. `chance` between 0 and 1 sets clients apart that failed together.
    pub(super) fn after(
        &self,
        error: &Error,
        rate: Option<&RateFacts>,
        tries: u32,
        elapsed: Duration,
        chance: f64,
    ) -> Option<Again> {
        if !error.is_temporary() {
            return None;
        }
        let most = match error.kind() {
            ErrorKind::Malformed => self.tries_malformed.min(self.tries),
            _ => self.tries,
        };
        if tries >= most {
            return None;
        }
        let limited = error.kind() == ErrorKind::RateLimited;
        let told = rate.filter(|_| limited).and_then(told);
        let wait = match told {
            // As told; and longer each time that it was not enough.
            Some(told) => {
                told.saturating_add(self.backoff(tries, chance).saturating_sub(self.backoff))
            }
            None => self.backoff(tries, chance),
        };
        (elapsed.saturating_add(wait) <= self.overall).then_some(Again { wait, all: limited })
    }

    /// Doubled each time, and between a half and all of that.
    fn backoff(&self, tries: u32, chance: f64) -> Duration {
        let doubled = self.backoff.saturating_mul(1 << (tries - 1).min(16));
        doubled.min(self.backoff_max).mul_f64(0.5 + chance / 2.0)
    }
}

/// What a 429 asks for: the longer of the window's rest and `X-Retry-After`.
fn told(rate: &RateFacts) -> Option<Duration> {
    rate.reset
        .max(rate.retry_after)
        .filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ApiVersion;

    fn error(kind: ErrorKind) -> Error {
        Error::new(kind, ApiVersion::V3, "/x", "t")
    }

    fn after(error: &Error, rate: Option<RateFacts>, tries: u32) -> Option<Again> {
        let patience = Patience::default();
        patience.after(error, rate.as_ref(), tries, Duration::ZERO, 1.0)
    }

    #[test]
    fn what_may_pass_is_tried_again_and_the_rest_is_not() {
        use ErrorKind::*;
        for kind in [RateLimited, Network, Malformed] {
            assert!(after(&error(kind), None, 1).is_some(), "{kind:?}");
        }
        for kind in [
            Unauthorized,
            Forbidden,
            NotFound,
            TooLarge,
            Invalid,
            LoopingPages,
            Cancelled,
            Refused,
        ] {
            assert!(after(&error(kind), None, 1).is_none(), "{kind:?}");
        }
        for status in [423, 500, 502, 503, 504] {
            assert!(
                after(&error(Server).with_status(status), None, 1).is_some(),
                "{status}"
            );
        }
        for status in [501, 505, 507] {
            assert!(
                after(&error(Server).with_status(status), None, 1).is_none(),
                "{status}"
            );
        }
    }

    #[test]
    fn backoff_doubles_up_to_its_limit_and_ends() {
        let waits: Vec<u64> = (1..)
            .map_while(|tries| after(&error(ErrorKind::Server), None, tries))
            .map(|again| again.wait.as_millis() as u64)
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 32_000]);
        let least = Patience::default().backoff(3, 0.0);
        assert_eq!(
            least,
            Duration::from_secs(1),
            "half of it, with the worst luck"
        );
        let malformed: Vec<_> = (1..)
            .map_while(|tries| after(&error(ErrorKind::Malformed), None, tries))
            .collect();
        assert_eq!(malformed.len(), 3);
    }

    #[test]
    fn a_429_waits_the_longer_of_what_it_names_and_longer_on_repeats() {
        let rate = |reset, retry| RateFacts {
            reset: Some(Duration::from_secs(reset)),
            retry_after: Some(Duration::from_secs(retry)),
            ..RateFacts::default()
        };
        let limited = error(ErrorKind::RateLimited);
        let wait = |rate, tries| after(&limited, rate, tries).unwrap().wait.as_secs_f64();
        assert_eq!(wait(Some(rate(12, 5)), 1), 12.0);
        assert_eq!(wait(Some(rate(5, 12)), 1), 12.0);
        assert!(wait(Some(rate(5, 12)), 3) > 12.0);
        assert!(after(&limited, Some(rate(1, 1)), 1).unwrap().all);
        // Without headers: the platform is overloaded, not the window spent.
        assert_eq!(wait(None, 2), 1.0);
        assert_eq!(wait(Some(rate(0, 0)), 2), 1.0);
        // What other answers name is no order to wait.
        let server = after(&error(ErrorKind::Server), Some(rate(20, 20)), 1).unwrap();
        assert_eq!(server.wait, Duration::from_millis(500));
        assert!(!server.all);
    }

    #[test]
    fn no_attempt_begins_after_the_overall_limit() {
        let patience = Patience::default();
        let limited = error(ErrorKind::RateLimited);
        let rate = RateFacts {
            retry_after: Some(Duration::from_secs(86_400)),
            ..RateFacts::default()
        };
        let again = patience.after(&limited, Some(&rate), 1, Duration::ZERO, 0.5);
        assert_eq!(again, None);
        let again = patience.after(&limited, None, 1, Duration::from_secs(600), 0.5);
        assert_eq!(again, None);
    }
}
