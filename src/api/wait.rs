//! What the client tells of its waits, so that whoever shows progress can say why nothing moves.

use std::fmt;
use std::time::Duration;

/// Waits shorter than this are not told: they are pacing, not a halt.
pub(super) const TOLD_FROM: Duration = Duration::from_secs(1);

/// Why a request is not sent at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// Our share of the store's quota is spent until its window ends.
    Quota,
    /// The store answered 429.
    RateLimited,
    /// The store or the way to it failed, and the request will be tried again.
    Retry {
        /// The status it answered, none where no answer came.
        status: Option<u16>,
    },
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota => f.write_str("for the store's quota"),
            Self::RateLimited => f.write_str("as the store asked (429)"),
            Self::Retry {
                status: Some(status),
            } => write!(f, "to try again after a {status}"),
            Self::Retry { status: None } => f.write_str("to try again after a lost connection"),
        }
    }
}

/// Is told of each wait of a second or more, when it begins. Called from within the client: it
/// must return at once.
pub trait WaitObserver: Send + Sync {
    /// A wait begins.
    fn waiting(&self, wait: Duration, why: WaitReason);
}

/// Any closure is an observer.
impl<F: Fn(Duration, WaitReason) + Send + Sync> WaitObserver for F {
    fn waiting(&self, wait: Duration, why: WaitReason) {
        self(wait, why);
    }
}
