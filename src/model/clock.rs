//! The one door through which the time of day enters, so that a test can hold it still.

use jiff::Timestamp;

/// Tells the time. Engines take a `&dyn Clock` and never ask the system by themselves.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // this is where it is allowed
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// RFC 3339 in UTC with milliseconds and `Z`: the form of every time in vortex's own JSON.
pub fn rfc3339_millis(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_with_milliseconds_and_z() {
        let at = Timestamp::from_millisecond(1_793_527_200_007).unwrap();
        assert_eq!(rfc3339_millis(at), "2026-11-01T10:00:00.007Z");
    }
}
