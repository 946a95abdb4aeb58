//! Changes in a merchant's words, a line a field: `price 19.99 → 24.99`.

use serde_json::Value;
use similar::ChangeTag;

use super::paint::{Line, Tone};
use super::text::{Piece, common_percent, word_diff};
use super::words::{element_name, harmless, value};
use super::{Change, Op};

/// Texts up to so many characters are shown whole, beside one another.
const BESIDE_CHARS_MAX: usize = 48;
/// So much of a text stands around a changed place.
const AROUND_CHARS: usize = 24;
/// So much of a gone or new passage is shown.
const PASSAGE_CHARS_MAX: usize = 200;
/// So many changed places of one text are shown.
const PLACES_MAX: usize = 8;
/// Texts with less in common than this are told as rewritten.
const COMMON_PERCENT_MIN: usize = 20;
/// So many elements of a reordered list are named.
const ORDER_MAX: usize = 8;

/// The lines for some changes, in their order.
pub fn summary(changes: &[Change]) -> Vec<Line> {
    changes.iter().flat_map(lines).collect()
}

fn lines(change: &Change) -> Vec<Line> {
    let name = match change.words.as_str() {
        "" => "document".to_owned(),
        words => harmless(words),
    };
    let line = Line::new().with(Tone::Name, name);
    match (change.op, &change.old, &change.new) {
        (Op::Replace, Some(Value::String(old)), Some(Value::String(new))) if long(old, new) => {
            text(line, old, new)
        }
        (Op::Replace, Some(old), Some(new)) => vec![
            line.with(Tone::Plain, " ")
                .with(Tone::Old, value(old))
                .with(Tone::Faint, " → ")
                .with(Tone::New, value(new)),
        ],
        (Op::Add, _, Some(new)) => vec![whole(line, "added", Tone::New, new)],
        (Op::Remove, Some(old), _) => vec![whole(line, "removed", Tone::Old, old)],
        (Op::Reorder, Some(old), Some(new)) => vec![order(line, old, new)],
        // A change always has the values that its kind speaks of.
        _ => vec![line],
    }
}

/// Something that is in one of the documents only. What its line names already is not repeated.
fn whole(line: Line, happened: &str, tone: Tone, what: &Value) -> Line {
    let line = line.with(tone, format!(" {happened}"));
    let named = matches!(what, Value::Object(_)) && element_name(what).is_some();
    match named {
        true => line,
        false => line.with(Tone::Faint, ": ").with(tone, value(what)),
    }
}

fn order(line: Line, old: &Value, new: &Value) -> Line {
    let list = |order: &Value| order.as_array().cloned().unwrap_or_default();
    let (old, new) = (list(old), list(new));
    if old.len() > ORDER_MAX {
        let moved = old.iter().zip(&new).filter(|(old, new)| old != new).count();
        let said = format!(" reordered: {moved} of {} stand elsewhere", old.len());
        return line.with(Tone::Plain, said);
    }
    let shown = |order: &[Value]| order.iter().map(value).collect::<Vec<_>>().join(", ");
    line.with(Tone::Plain, " reordered: ")
        .with(Tone::Old, shown(&old))
        .with(Tone::Faint, " → ")
        .with(Tone::New, shown(&new))
}

fn long(old: &str, new: &str) -> bool {
    let long = |text: &str| text.chars().nth(BESIDE_CHARS_MAX).is_some() || text.contains('\n');
    long(old) || long(new)
}

/// A long text's changed places, each with a little of what stands around it.
fn text(line: Line, old: &str, new: &str) -> Vec<Line> {
    let pieces = word_diff(old, new);
    let sizes = || {
        format!(
            "{} → {} characters",
            old.chars().count(),
            new.chars().count()
        )
    };
    if common_percent(&pieces) < COMMON_PERCENT_MIN {
        let (old, new) = (Value::from(old), Value::from(new));
        return vec![
            line.with(Tone::Plain, " ")
                .with(Tone::Old, value(&old))
                .with(Tone::Faint, " → ")
                .with(Tone::New, value(&new))
                .with(Tone::Faint, format!(" (rewritten, {})", sizes())),
        ];
    }
    let mut places = places(&pieces);
    let count = places.len();
    let said = match count {
        1 => " changed in 1 place".to_owned(),
        _ => format!(" changed in {count} places"),
    };
    places.truncate(PLACES_MAX);
    let mut lines = vec![line.with(Tone::Faint, said)];
    lines.append(&mut places);
    if count > PLACES_MAX {
        let more = format!("    … and in {} more places", count - PLACES_MAX);
        lines.push(Line::new().with(Tone::Faint, more));
    }
    lines
}

fn places(pieces: &[Piece<'_>]) -> Vec<Line> {
    let start = || Line::new().with(Tone::Plain, "    ");
    let mut lines = Vec::new();
    let mut line = start();
    for (at, piece) in pieces.iter().enumerate() {
        let (first, last) = (at == 0, at + 1 == pieces.len());
        match piece.tag {
            ChangeTag::Delete => line.push(Tone::Cut, cut_middle(piece.text)),
            ChangeTag::Insert => line.push(Tone::Put, cut_middle(piece.text)),
            ChangeTag::Equal if !first && !last && is_short(piece.text, 2 * AROUND_CHARS) => {
                line.push(Tone::Plain, harmless(piece.text));
            }
            ChangeTag::Equal => {
                if !first {
                    line.push(Tone::Plain, head(piece.text));
                    lines.push(std::mem::replace(&mut line, start()));
                }
                if !last {
                    line.push(Tone::Plain, tail(piece.text));
                }
            }
        }
    }
    if pieces
        .last()
        .is_some_and(|piece| piece.tag != ChangeTag::Equal)
    {
        lines.push(line);
    }
    lines
}

fn is_short(text: &str, chars: usize) -> bool {
    text.chars().nth(chars).is_none()
}

fn head(text: &str) -> String {
    let cut = text.char_indices().nth(AROUND_CHARS).map(|(at, _)| at);
    match cut {
        Some(at) => harmless(&text[..at]) + "…",
        None => harmless(text),
    }
}

fn tail(text: &str) -> String {
    let cut = text.char_indices().rev().nth(AROUND_CHARS - 1);
    match cut {
        Some((at, _)) if at > 0 => format!("…{}", harmless(&text[at..])),
        _ => harmless(text),
    }
}

fn cut_middle(text: &str) -> String {
    if is_short(text, PASSAGE_CHARS_MAX) {
        return harmless(text);
    }
    let chars = text.chars().count();
    let half = PASSAGE_CHARS_MAX / 2;
    let start: String = text.chars().take(half).collect();
    let end: String = text.chars().skip(chars - half).collect();
    format!("{} … {}", harmless(&start), harmless(&end))
}
