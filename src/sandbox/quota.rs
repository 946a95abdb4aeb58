//! The store's quota: so many requests a window, told on every answer, and 429 beyond it.

use std::time::{Duration, Instant};

/// How many requests a window allows, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests a window.
    pub requests: u32,
    /// The window's length.
    pub window: Duration,
}

impl Quota {
    /// Standard and Plus plans: 150 in 30 s.
    pub const STANDARD: Self = Self {
        requests: 150,
        window: Duration::from_secs(30),
    };
}

/// The window that is running.
#[derive(Debug)]
pub struct Window {
    quota: Quota,
    began: Option<Instant>,
    spent: u32,
    refused: u64,
}

/// What an answer says about the quota, in the words of its headers.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// False when this request is one too many.
    pub allowed: bool,
    /// `X-Rate-Limit-Time-Window-Ms`.
    pub window_ms: u128,
    /// `X-Rate-Limit-Time-Reset-Ms`.
    pub reset_ms: u128,
    /// `X-Rate-Limit-Requests-Quota`.
    pub quota: u32,
    /// `X-Rate-Limit-Requests-Left`.
    pub left: u32,
}

impl Window {
    /// A window that begins with the first request.
    pub fn new(quota: Quota) -> Self {
        Self {
            quota,
            began: None,
            spent: 0,
            refused: 0,
        }
    }

    /// Counts a request at `now`.
    pub fn take(&mut self, now: Instant) -> Standing {
        let began = match self.began {
            Some(began) if now.duration_since(began) < self.quota.window => began,
            _ => {
                self.spent = 0;
                now
            }
        };
        self.began = Some(began);
        let allowed = self.spent < self.quota.requests;
        if allowed {
            self.spent += 1;
        } else {
            self.refused += 1;
        }
        let reset = self.quota.window.saturating_sub(now.duration_since(began));
        Standing {
            allowed,
            window_ms: self.quota.window.as_millis(),
            reset_ms: reset.as_millis().max(1),
            quota: self.quota.requests,
            left: self.quota.requests - self.spent,
        }
    }

    /// Calls the rest of the window spent: what a scripted 429 tells its client.
    pub fn spend(&mut self) {
        self.spent = self.quota.requests;
    }

    /// How many requests were refused for the quota.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_refuses_what_is_over_and_forgets_when_it_ends() {
        let quota = Quota {
            requests: 2,
            window: Duration::from_secs(30),
        };
        let mut window = Window::new(quota);
        let start = Instant::now();
        assert_eq!(window.take(start).left, 1);
        assert_eq!(window.take(start + Duration::from_secs(1)).left, 0);
        let third = window.take(start + Duration::from_secs(10));
        assert!(!third.allowed);
        assert_eq!(third.reset_ms, 20_000);
        assert!(window.take(start + Duration::from_secs(30)).allowed);
        assert_eq!(window.refused(), 1);
    }
}
