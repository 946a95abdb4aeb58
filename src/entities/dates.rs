//! Dates in the form in which v2 takes them, whatever the form in which it gives them.

use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};

/// A date in RFC 2822, of one in RFC 2822, RFC 3339 or `2026-11-25 10:00:00.000000`; none of what
/// is no date.
pub(super) fn rfc2822(text: &str) -> Option<String> {
    let at = rfc2822::parse(text)
        .map(|zoned| zoned.timestamp())
        .or_else(|_| text.parse::<Timestamp>())
        .or_else(|_| {
            let plain = strtime::parse("%Y-%m-%d %H:%M:%S%.f", text)?;
            jiff::tz::TimeZone::UTC.to_timestamp(plain.to_datetime()?)
        });
    rfc2822_of(at.ok()?)
}

/// The date so many seconds after 1970 in UTC, in RFC 2822.
pub(super) fn of_seconds(seconds: i64) -> Option<String> {
    rfc2822_of(Timestamp::from_second(seconds).ok()?)
}

fn rfc2822_of(at: Timestamp) -> Option<String> {
    Some(at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_one_form() {
        let written = "Wed, 25 Nov 2026 10:00:00 +0000";
        for read in [
            "Wed, 25 Nov 2026 10:00:00 +0000",
            "2026-11-25T10:00:00Z",
            "2026-11-25 10:00:00.000000",
        ] {
            assert_eq!(rfc2822(read).as_deref(), Some(written), "{read}");
        }
        assert_eq!(of_seconds(1_795_600_800).as_deref(), Some(written));
        assert_eq!(rfc2822("tomorrow"), None);
    }
}
