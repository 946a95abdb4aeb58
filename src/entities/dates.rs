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

/// The same of a date as v2 blog posts give it: its own offset (`-05:00`) or zone beside it.
pub(super) fn rfc2822_in(text: &str, zone: &str) -> Option<String> {
    let plain = strtime::parse("%Y-%m-%d %H:%M:%S%.f", text).ok()?;
    let plain = plain.to_datetime().ok()?;
    let zone = match strtime::parse("%:z", zone)
        .ok()
        .and_then(|read| read.offset())
    {
        Some(offset) => jiff::tz::TimeZone::fixed(offset),
        None => jiff::tz::TimeZone::get(zone).ok()?,
    };
    rfc2822_of(zone.to_timestamp(plain).ok()?)
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
    fn a_date_beside_its_zone_is_that_moment() {
        let read = |zone| rfc2822_in("2026-11-25 10:00:00.000000", zone);
        for (zone, hour) in [("+00:00", "10:00"), ("UTC", "10:00"), ("-05:30", "15:30")] {
            let written = format!("Wed, 25 Nov 2026 {hour}:00 +0000");
            assert_eq!(read(zone), Some(written), "{zone}");
        }
        assert_eq!(read("Nowhere/At_All"), None);
    }

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
