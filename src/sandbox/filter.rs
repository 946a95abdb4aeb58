//! BigCommerce's filters: `field`, and `field:min`, `:max`, `:greater`, `:less`, `:in`, `:not_in`,
//! `:like`, `:not`. Which of them a list knows is per endpoint, so each route names its own.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::Offset;
use serde_json::{Number, Value};

use super::answer::Reply;
use super::request::Req;
use super::store::Store;

/// The filters of one request, ready to be asked of documents.
#[derive(Debug)]
pub struct Filters {
    tests: Vec<Test>,
}

#[derive(Debug)]
struct Test {
    field: String,
    op: Op,
    values: Vec<Wanted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Is,
    Not,
    In,
    NotIn,
    Min,
    Max,
    Greater,
    Less,
    Like,
}

/// What a parameter may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole or decimal number.
    Number,
    /// A date or a date-time, ISO 8601 or RFC 2822.
    Date,
    /// `true`, `false`, `1`, `0`.
    Flag,
    /// Anything; compared without regard to case.
    Text,
}

#[derive(Debug, Clone)]
enum Wanted {
    Number(Decimal),
    Date(Timestamp),
    Flag(bool),
    Text(String),
}

impl Filters {
    /// Takes the filters among `known` out of the request's query. A value of the wrong type is
    /// refused. `known` holds parameter names (`id:in`) with what they take; a field may be a
    /// dotted path into the document.
    pub fn read(req: &Req, store: &Store, known: &[(&str, Kind)]) -> Result<Self, Reply> {
        let mut tests = Vec::new();
        for (name, raw) in &req.query.pairs {
            let Some((_, kind)) = known.iter().find(|(known, _)| known == name) else {
                continue;
            };
            let (field, op) = split(name);
            let words: Vec<&str> = match op {
                Op::In | Op::NotIn => raw.split(',').map(str::trim).collect(),
                _ => vec![raw.as_str()],
            };
            let values = words
                .into_iter()
                .filter(|word| op == Op::Is || !word.is_empty())
                .map(|word| wanted(word, *kind, store).ok_or_else(|| req.wrong_type(name)))
                .collect::<Result<Vec<Wanted>, Reply>>()?;
            tests.push(Test {
                field: field.to_owned(),
                op,
                values,
            });
        }
        Ok(Self { tests })
    }

    /// True when nothing is filtered.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// True if the document passes every filter.
    pub fn pass(&self, document: &Value) -> bool {
        self.tests
            .iter()
            .all(|test| test.pass(member(document, &test.field)))
    }
}

/// The names of some filters, for [`Req::allow`].
pub fn names<'a>(known: &[(&'a str, Kind)]) -> Vec<&'a str> {
    known.iter().map(|(name, _)| *name).collect()
}

fn member<'a>(document: &'a Value, field: &str) -> &'a Value {
    field.split('.').fold(document, |value, name| &value[name])
}

fn split(name: &str) -> (&str, Op) {
    let Some((field, op)) = name.rsplit_once(':') else {
        return (name, Op::Is);
    };
    let op = match op {
        "in" => Op::In,
        "not_in" => Op::NotIn,
        "min" => Op::Min,
        "max" => Op::Max,
        "greater" => Op::Greater,
        "less" => Op::Less,
        "like" => Op::Like,
        "not" => Op::Not,
        _ => return (name, Op::Is),
    };
    (field, op)
}

fn wanted(word: &str, kind: Kind, store: &Store) -> Option<Wanted> {
    match kind {
        Kind::Number => Decimal::parse(word).map(Wanted::Number),
        Kind::Date => filter_moment(word, store).map(Wanted::Date),
        Kind::Flag => match word {
            "true" | "1" => Some(Wanted::Flag(true)),
            "false" | "0" => Some(Wanted::Flag(false)),
            _ => None,
        },
        Kind::Text => Some(Wanted::Text(word.to_lowercase())),
    }
}

impl Test {
    fn pass(&self, value: &Value) -> bool {
        if let Value::Array(elements) = value {
            let any = elements.iter().any(|element| self.any(element));
            return if matches!(self.op, Op::Not | Op::NotIn) {
                !any
            } else {
                any
            };
        }
        let any = self.any(value);
        if matches!(self.op, Op::Not | Op::NotIn) {
            !any
        } else {
            any
        }
    }

    /// True if the value stands in the wanted relation to one of the wanted values.
    fn any(&self, value: &Value) -> bool {
        self.values.iter().any(|wanted| {
            if let (Op::Like, Wanted::Text(text), Value::String(own)) = (self.op, wanted, value) {
                return own.to_lowercase().contains(text.as_str());
            }
            let Some(order) = compare(value, wanted) else {
                return false;
            };
            match self.op {
                Op::Is | Op::Not | Op::In | Op::NotIn | Op::Like => order == Ordering::Equal,
                Op::Min => order != Ordering::Less,
                Op::Max => order != Ordering::Greater,
                Op::Greater => order == Ordering::Greater,
                Op::Less => order == Ordering::Less,
            }
        })
    }
}

fn compare(value: &Value, wanted: &Wanted) -> Option<Ordering> {
    match wanted {
        Wanted::Number(number) => match value {
            Value::Number(own) => Some(Decimal::of(own)?.cmp(number)),
            Value::String(own) => Some(Decimal::parse(own)?.cmp(number)),
            _ => None,
        },
        Wanted::Date(date) => Some(moment(value.as_str()?)?.cmp(date)),
        Wanted::Flag(flag) => match value {
            Value::Bool(own) => Some(own.cmp(flag)),
            Value::Number(own) => Some((own.as_u64()? != 0).cmp(flag)),
            _ => None,
        },
        Wanted::Text(text) => match value {
            Value::String(own) => Some(own.to_lowercase().as_str().cmp(text.as_str())),
            Value::Number(own) => Some(own.to_string().as_str().cmp(text.as_str())),
            Value::Bool(own) => Some(own.to_string().as_str().cmp(text.as_str())),
            _ => None,
        },
    }
}

/// A number of a filter or a document, exact to nine decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

impl Decimal {
    /// A JSON number.
    pub fn of(number: &Number) -> Option<Self> {
        Self::parse(number.as_str())
    }

    /// Digits with an optional sign and fraction; no exponent, and no number so large that ids and
    /// prices could not reach it.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 20 || !plain(whole) || !plain(fraction) {
            return None;
        }
        let fraction: String = fraction
            .chars()
            .chain("000000000".chars())
            .take(9)
            .collect();
        let value = whole.parse::<i128>().ok()? * 1_000_000_000 + fraction.parse::<i128>().ok()?;
        Some(Self(if negative { -value } else { value }))
    }
}

/// A date-time in any form that BigCommerce writes; one without an offset is taken as UTC.
pub fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(at) = text.parse::<civil::DateTime>() {
        return Offset::UTC.to_timestamp(at).ok();
    }
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(zoned.timestamp());
    }
    // Offsets without a colon (`+0000`), which v2 and some v3 examples have.
    let loose = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%z", text).ok()?;
    loose.to_timestamp().ok()
}

/// The moment that a filter means. A bare date gets the present time of day: documented of
/// products, and a trap that the sandbox sets everywhere.
fn filter_moment(text: &str, store: &Store) -> Option<Timestamp> {
    match text.parse::<civil::Date>() {
        Ok(date) if text.len() == 10 => {
            let clock = Offset::UTC.to_datetime(store.now()).time();
            Offset::UTC.to_timestamp(date.to_datetime(clock)).ok()
        }
        _ => moment(text),
    }
}
