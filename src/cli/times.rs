//! How moments are written on the command line: RFC 3339, a date, a date and time, or how long ago.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::commands::failure::{Failure, Kind};
use crate::model::clock::rfc3339_millis;

/// A moment, and whether its words left something to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The moment itself.
    pub at: Timestamp,
    /// True when a zone, a time of day or the present had to be filled in.
    pub understood: bool,
}

const FORM: &str = "write 2026-11-01, 2026-11-01T10:00:00Z, or how long ago: 2h, 7d";

/// Reads `2026-11-01T10:00:00Z`, `2026-11-01T10:00` (local), `2026-11-01` (local, 00:00), `now`,
/// `2h` (ago).
pub fn moment(word: &str, now: Timestamp, zone: &TimeZone) -> Result<Moment, String> {
    let word = word.trim();
    if let Ok(at) = word.parse::<Timestamp>() {
        return Ok(Moment {
            at,
            understood: false,
        });
    }
    let understood = |at| Moment {
        at,
        understood: true,
    };
    if word.eq_ignore_ascii_case("now") {
        return Ok(understood(now));
    }
    let local = |civil: DateTime| {
        let at = zone.to_zoned_datetime(civil).map_err(|_| FORM.to_owned())?;
        Ok(understood(at.timestamp()))
    };
    // A date first: jiff reads a bare date as a date and time too, but says no to a zone's end.
    if let Ok(date) = word.parse::<Date>() {
        // jiff takes the date out of `2026-11-01T10:00` as well; the time must not get lost.
        if word.len() <= 10 {
            return local(date.to_datetime(jiff::civil::Time::midnight()));
        }
    }
    if let Ok(civil) = word.parse::<DateTime>() {
        return local(civil);
    }
    let span: Span = word.parse().map_err(|_| FORM.to_owned())?;
    if span.is_zero() || span.is_negative() {
        return Err(FORM.to_owned());
    }
    let ago = now
        .to_zoned_datetime(zone.clone())
        .checked_sub(span)
        .map_err(|_| FORM.to_owned())?;
    Ok(understood(ago.timestamp()))
}

/// The same for a flag: a failure that names the flag.
pub fn flag(name: &str, word: &str, now: Timestamp, zone: &TimeZone) -> Result<Moment, Failure> {
    moment(word, now, zone).map_err(|form| {
        Failure::new(Kind::BadTime, format!("'{word}' is not a time for {name}")).hint(form)
    })
}

/// What to tell the user was understood, if there is anything to tell.
pub fn note(what: &str, moment: Moment) -> Option<String> {
    moment
        .understood
        .then(|| format!("{what} {}", rfc3339_millis(moment.at)))
}

/// How long ago, in the two coarsest units that matter: `3 d 4 h`, `12 min`, `40 s`.
pub fn age(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let pair = |big: u64, big_word: &str, small: u64, small_word: &str| {
        let rest = seconds % big / small;
        match rest {
            0 => format!("{} {big_word}", seconds / big),
            _ => format!("{} {big_word} {rest} {small_word}", seconds / big),
        }
    };
    match seconds {
        s if s >= DAY => pair(DAY, "d", HOUR, "h"),
        s if s >= HOUR => pair(HOUR, "h", MINUTE, "min"),
        s if s >= MINUTE => format!("{} min", s / MINUTE),
        s => format!("{s} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str) -> Result<(String, bool), String> {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        moment(word, now, &zone).map(|moment| (rfc3339_millis(moment.at), moment.understood))
    }

    #[test]
    fn a_whole_time_is_taken_as_it_stands() {
        assert_eq!(
            read("2026-11-01T10:00:00Z").unwrap(),
            ("2026-11-01T10:00:00.000Z".into(), false)
        );
        assert_eq!(
            read("2026-11-01T10:00:00+02:00").unwrap(),
            ("2026-11-01T08:00:00.000Z".into(), false)
        );
    }

    #[test]
    fn a_time_without_a_zone_is_local_and_a_date_is_midnight() {
        assert_eq!(
            read("2026-11-01T10:00").unwrap(),
            ("2026-11-01T09:00:00.000Z".into(), true)
        );
        assert_eq!(
            read("2026-11-01 10:00:30").unwrap(),
            ("2026-11-01T09:00:30.000Z".into(), true)
        );
        assert_eq!(
            read("2026-11-01").unwrap(),
            ("2026-10-31T23:00:00.000Z".into(), true)
        );
    }

    #[test]
    fn a_span_is_that_long_ago() {
        assert_eq!(
            read("2h").unwrap(),
            ("2026-11-20T10:00:00.000Z".into(), true)
        );
        assert_eq!(
            read("7d").unwrap(),
            ("2026-11-13T12:00:00.000Z".into(), true)
        );
        assert_eq!(
            read("now").unwrap(),
            ("2026-11-20T12:00:00.000Z".into(), true)
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for word in ["", "yesterdayish", "2026-13-01", "-2h", "20261", "0s"] {
            assert!(read(word).is_err(), "{word:?} passed as {:?}", read(word));
        }
    }

    #[test]
    fn ages_are_told_in_the_units_that_matter() {
        assert_eq!(age(40), "40 s");
        assert_eq!(age(750), "12 min");
        assert_eq!(age(7260), "2 h 1 min");
        assert_eq!(age(3 * 86_400 + 4 * 3600 + 59), "3 d 4 h");
    }
}
