//! Looking into a row without taking it apart: its text stays as it was sent.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The text of a top-level member, as sent; none where the row is no object or lacks it.
pub(super) fn member<'a>(row: &'a RawValue, name: &str) -> Option<&'a str> {
    let mut found = None;
    let seek = Seek {
        name,
        found: &mut found,
    };
    // It stops at the member, which serde_json reports as trailing input: the row as a whole was
    // read before, so it is sound.
    let _ = seek.deserialize(&mut serde_json::Deserializer::from_str(row.get()));
    found.map(RawValue::get)
}

struct Seek<'s, 'a> {
    name: &'s str,
    found: &'s mut Option<&'a RawValue>,
}

impl<'a> DeserializeSeed<'a> for Seek<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Seek<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        while let Some(name) = members.next_key::<std::borrow::Cow<'a, str>>()? {
            if name == self.name {
                *self.found = Some(members.next_value()?);
                return Ok(());
            }
            members.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The member as an exact whole number, sent as a number or in text.
pub(super) fn number(row: &RawValue, name: &str) -> Option<u64> {
    let text = member(row, name)?;
    let digits = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// Which rows came already, at 8 bytes each.
#[derive(Default)]
pub(super) struct Seen {
    hashes: HashSet<u64>,
    hasher: RandomState,
    /// Rows that came more than once.
    pub doubled: u64,
}

impl Seen {
    /// Enters rows; gives how many of them are new.
    pub fn enter(&mut self, rows: &[Box<RawValue>], id: &str) -> usize {
        let mut new = 0;
        for row in rows {
            let key = member(row, id).unwrap_or(row.get());
            if self.hashes.insert(self.hasher.hash_one(key)) {
                new += 1;
            } else {
                self.doubled += 1;
            }
        }
        new
    }

    /// How many different rows came.
    pub fn distinct(&self) -> u64 {
        self.hashes.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn a_member_is_found_wherever_it_stands() {
        for text in [
            r#"{"id":7,"x":{"id":8}}"#,
            r#"{"x":{"id":8},"y":[{"id":9}],"id" : 7 }"#,
            r#"{"i\u0064":7}"#,
        ] {
            assert_eq!(member(&row(text), "id"), Some("7"), "{text}");
        }
        for text in [r#"{"x":{"id":8}}"#, "[1]", "7", "null", "{}"] {
            assert_eq!(member(&row(text), "id"), None, "{text}");
        }
    }

    #[test]
    fn ids_are_exact_to_64_bits_and_nothing_else_is_an_id() {
        let of = |value: &str| number(&row(&format!("{{\"id\":{value}}}")), "id");
        assert_eq!(of("9007199254740993"), Some(9_007_199_254_740_993));
        assert_eq!(of("18446744073709551615"), Some(u64::MAX));
        assert_eq!(of("\"12\""), Some(12));
        for odd in [
            "18446744073709551616",
            "-1",
            "1.0",
            "1e3",
            "null",
            "true",
            "\"\"",
            "\"a\"",
            "[1]",
        ] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }

    #[test]
    fn rows_are_told_apart_by_id_or_else_by_text() {
        let mut seen = Seen::default();
        let rows = [
            row(r#"{"id":1,"a":1}"#),
            row(r#"{"id":1,"a":2}"#),
            row(r#"{"a":1}"#),
        ];
        assert_eq!(seen.enter(&rows, "id"), 2);
        assert_eq!((seen.distinct(), seen.doubled), (2, 1));
        assert_eq!(seen.enter(&rows[2..], "id"), 0);
    }
}
