//! When two documents count as the same: BLAKE3 over a canonical form of our own.
//!
//! Members are sorted by name, numbers written as exact decimals (`19.9900`, `19.99` and `1.999e1`
//! are one; `9007199254740993` and `...992` are two), strings taken raw, lists whose order means
//! nothing hashed as a multiset. No number ever goes through a float. The form is part of the
//! version store's format: changing it would make every object look edited.

use std::fmt;

use serde_json::Value;

use super::mask::{Cursor, Mask};

/// The canonical form's digest, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The fingerprint of a document without what `volatile` hits; lists that `unordered` hits count
/// as multisets.
pub fn fingerprint(doc: &Value, volatile: &Mask, unordered: &Mask) -> Fingerprint {
    fingerprint_at(doc, volatile.root(), unordered.root())
}

/// The fingerprint of a value somewhere within a document, at these places of the masks.
pub fn fingerprint_at(value: &Value, volatile: Cursor<'_>, unordered: Cursor<'_>) -> Fingerprint {
    let mut out = Vec::with_capacity(4096);
    write(value, volatile, unordered, &mut out);
    Fingerprint(*blake3::hash(&out).as_bytes())
}

fn write(value: &Value, volatile: Cursor<'_>, unordered: Cursor<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(true) => out.push(b't'),
        Value::Bool(false) => out.push(b'f'),
        Value::Number(number) => {
            out.push(b'd');
            decimal(number.as_str(), out);
            out.push(b';');
        }
        Value::String(text) => {
            out.push(b's');
            sized(text, out);
        }
        Value::Array(list) => {
            let (volatile, element) = (volatile.element(), unordered.element());
            if unordered.hit() {
                out.push(b'u');
                let mut hashes: Vec<[u8; 32]> = Vec::with_capacity(list.len());
                let mut one = Vec::new();
                for value in list {
                    one.clear();
                    write(value, volatile, element, &mut one);
                    hashes.push(*blake3::hash(&one).as_bytes());
                }
                hashes.sort_unstable();
                for hash in hashes {
                    out.extend_from_slice(&hash);
                }
            } else {
                out.push(b'a');
                for value in list {
                    write(value, volatile, element, out);
                }
            }
            out.push(b']');
            out.extend_from_slice(&(list.len() as u64).to_le_bytes());
        }
        Value::Object(members) => {
            out.push(b'o');
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| name.as_str());
            for (name, value) in sorted {
                let below = volatile.member(name);
                if !below.hides(value) {
                    sized(name, out);
                    write(value, below, unordered.member(name), out);
                }
            }
            out.push(b'}');
        }
    }
}

fn sized(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// A JSON number's text as `[-]DIGITS e EXPONENT`: no leading or trailing zeros among the digits.
fn decimal(text: &str, out: &mut Vec<u8>) {
    match split(text) {
        Some((_, digits, _)) if digits.is_empty() => out.push(b'0'),
        Some((negative, digits, exponent)) => {
            if negative {
                out.push(b'-');
            }
            out.extend_from_slice(&digits);
            out.push(b'e');
            out.extend_from_slice(exponent.to_string().as_bytes());
        }
        // An exponent beyond 64 bits: no two spellings of such a number are told to be one.
        None => {
            out.push(b'?');
            out.extend_from_slice(text.as_bytes());
        }
    }
}

fn split(text: &str) -> Option<(bool, Vec<u8>, i64)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let leading = digits.iter().take_while(|d| **d == b'0').count();
    digits.drain(..leading);
    if digits.is_empty() {
        return Some((negative, digits, 0));
    }
    let mut exponent: i64 = exponent
        .strip_prefix('+')
        .unwrap_or(exponent)
        .parse()
        .ok()?;
    exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    while digits.last() == Some(&b'0') {
        digits.pop();
        exponent = exponent.checked_add(1)?;
    }
    Some((negative, digits, exponent))
}

/// True when two JSON numbers, as text, are the same decimal.
pub fn same_number(a: &str, b: &str) -> bool {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    decimal(a, &mut left);
    decimal(b, &mut right);
    left == right
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{document, leaves, scalar};
    use proptest::prelude::*;

    fn print(text: &str) -> Fingerprint {
        let doc: Value = serde_json::from_str(text).unwrap();
        fingerprint(&doc, &Mask::default(), &Mask::default())
    }

    #[test]
    fn numbers_count_by_value_and_keep_every_digit() {
        assert_eq!(print("19.9900"), print("1.999e1"));
        assert_eq!(print("-0.0"), print("0"));
        assert_eq!(print("1E+2"), print("100"));
        assert_ne!(print("9007199254740993"), print("9007199254740992"));
        assert_ne!(print("1"), print("-1"));
        assert_ne!(print("1e999999999"), print("1e999999998"));
        assert_ne!(print("1e99999999999999999999999999"), print("1"));
    }

    #[test]
    fn shapes_do_not_run_into_each_other() {
        let all = [
            "null",
            "0",
            "\"\"",
            "\"0\"",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "[null]",
            "{\"\":null}",
            "[\"a\",\"b\"]",
            "[\"ab\"]",
            "[[\"a\"],\"b\"]",
            "false",
        ];
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                assert_ne!(print(a), print(b), "{a} and {b}");
            }
        }
    }

    #[test]
    fn volatile_members_and_the_order_of_unordered_lists_do_not_count() {
        let (volatile, unordered) = (Mask::new(&["seen", "l[].at"]), Mask::new(&["l"]));
        let of =
            |text: &str| fingerprint(&serde_json::from_str(text).unwrap(), &volatile, &unordered);
        let a = of(r#"{"seen":1,"l":[{"id":1,"at":5},{"id":2}]}"#);
        assert_eq!(a, of(r#"{"l":[{"id":2},{"id":1,"at":6}],"seen":2}"#));
        assert_ne!(a, of(r#"{"l":[{"id":2},{"id":1},{"id":1}]}"#));
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-c]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-d]{1,2}", inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .rev()
                    .map(|(k, v)| (k.clone(), reversed(v)))
                    .collect(),
            ),
            Value::Array(list) => Value::Array(list.iter().map(reversed).collect()),
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn the_order_of_members_never_counts(doc in json()) {
            let none = Mask::default();
            prop_assert_eq!(
                fingerprint(&doc, &none, &none),
                fingerprint(&reversed(&doc), &none, &none)
            );
        }

        #[test]
        fn different_documents_have_different_fingerprints(a in json(), b in json()) {
            let none = Mask::default();
            prop_assume!(a != b);
            prop_assert_ne!(fingerprint(&a, &none, &none), fingerprint(&b, &none, &none));
        }

        #[test]
        fn spellings_of_one_decimal_are_one(n in any::<i64>(), shift in 0_usize..6) {
            let zeros = "0".repeat(shift);
            let plain = n.to_string();
            let long = format!("{n}.{zeros}0");
            let scientific = format!("{n}{zeros}e-{shift}");
            prop_assert!(same_number(&plain, &long));
            prop_assert!(same_number(&plain, &scientific));
        }

        #[test]
        fn any_changed_leaf_changes_the_fingerprint(
            doc in document(),
            which in any::<prop::sample::Index>(),
            new in scalar(),
        ) {
            let none = Mask::default();
            let mut changed = doc.clone();
            let paths = leaves(&doc);
            let leaf = changed.pointer_mut(which.get(&paths).as_str()).unwrap();
            let same = match (&*leaf, &new) {
                (Value::Number(a), Value::Number(b)) => same_number(a.as_str(), b.as_str()),
                (a, b) => a == b,
            };
            *leaf = new;
            let unchanged = fingerprint(&doc, &none, &none) == fingerprint(&changed, &none, &none);
            prop_assert_eq!(unchanged, same);
        }

        #[test]
        fn what_is_masked_may_change_and_nothing_else(
            a in document(),
            b in document(),
            c in document(),
        ) {
            let (mask, none) = (Mask::new(&["seen", "images[].url_*"]), Mask::default());
            let of = |seen: &Value, url: &Value, kept: &Value| {
                let images = serde_json::json!([{"url_zoom": url, "id": 1}, {"id": 2}]);
                let doc = serde_json::json!({"seen": seen, "images": images, "name": kept});
                fingerprint(&doc, &mask, &none)
            };
            prop_assert_eq!(of(&a, &b, &c), of(&b, &a, &c));
            let alike = fingerprint(&b, &none, &none) == fingerprint(&c, &none, &none);
            prop_assert_eq!(of(&a, &a, &b) == of(&a, &a, &c), alike);
        }
    }
}
