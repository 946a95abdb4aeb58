//! How single words of the command line are read.

use std::ffi::OsStr;
use std::time::Duration;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};
use jiff::{Span, SpanRelativeTo};

use crate::entities;

/// A duration as people write it: `90s`, `15m`, `26h`, `7d`, `1h30m`.
pub fn duration(word: &str) -> Result<Duration, String> {
    const FORM: &str = "write a duration like 90s, 15m, 26h or 7d";
    let span: Span = word.parse().map_err(|_| FORM.to_owned())?;
    let exact = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| FORM)?;
    Duration::try_from(exact).map_err(|_| "a duration can't be negative".to_owned())
}

/// An entity's name. Any word passes here, so that the error for a wrong one can be our own; the
/// names are listed for the shells' completions.
#[derive(Debug, Clone, Copy)]
pub struct EntityWord;

impl TypedValueParser for EntityWord {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            entities::all()
                .iter()
                .map(|entity| PossibleValue::new(entity.name)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("1h30m").unwrap(), Duration::from_secs(5400));
        assert_eq!(duration("26h").unwrap(), Duration::from_secs(26 * 3600));
        assert_eq!(duration("7d").unwrap(), Duration::from_secs(7 * 86_400));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for word in ["", "backup", "5", "-5m", "1 fortnight"] {
            assert!(duration(word).is_err(), "{word:?} passed");
        }
    }
}

/// The entities that a command is about, where it may be all.
#[derive(Debug, clap::Args)]
pub struct OnlyEntities {
    /// Only this entity (may be repeated, or comma-separated)
    #[arg(
        long,
        value_name = "ENTITY",
        value_delimiter = ',',
        value_parser = EntityWord,
        hide_possible_values = true
    )]
    pub entity: Vec<String>,
}
