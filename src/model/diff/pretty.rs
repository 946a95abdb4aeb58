//! Documents as lines for people to compare: JSON, indented, long texts broken where they break by
//! themselves, the second document laid out like the first so that only what differs stands out.

use serde_json::{Map, Value};

use super::identity::Pairing;
use super::walk::same_scalar;
use super::words::harmless;
use super::{At, Lens};

/// A string up to so many characters stays on its member's line.
const INLINE_CHARS_MAX: usize = 100;

/// One line of a document. The comma is apart: a member that comes last has none, and that is no
/// difference worth showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub text: String,
    pub comma: bool,
}

impl Row {
    /// The line as it is shown.
    pub fn shown(&self) -> String {
        format!("{}{}", self.text, if self.comma { "," } else { "" })
    }
}

/// Both documents as lines, without what is hidden.
pub(super) fn both(from: &Value, to: &Value, lens: &Lens) -> (Vec<Row>, Vec<Row>) {
    let to = aligned(from, to, lens.root());
    (rows(&lens.hidden.without(from)), rows(&to))
}

/// The second document laid out like the first: members in its order, unordered lists in its order,
/// values that mean the same in its spelling. What is hidden is left out.
fn aligned(from: &Value, to: &Value, at: At<'_>) -> Value {
    match (from, to) {
        (Value::Object(from), Value::Object(to)) => {
            let kept = from.keys().filter(|name| to.contains_key(*name));
            let new = to.keys().filter(|name| !from.contains_key(*name));
            let mut members = Map::with_capacity(to.len());
            for name in kept.chain(new) {
                let at = at.member(name);
                if !at.hidden.hides(&to[name]) {
                    let old = from.get(name).unwrap_or(&Value::Null);
                    members.insert(name.clone(), aligned(old, &to[name], at));
                }
            }
            Value::Object(members)
        }
        (Value::Array(from), Value::Array(to)) => {
            let pairing = Pairing::of(from, to, at);
            let mut places: Vec<(Option<usize>, usize)> =
                pairing.new.iter().map(|there| (None, *there)).collect();
            places.extend(
                pairing
                    .pairs
                    .iter()
                    .map(|(here, there)| (Some(*here), *there)),
            );
            match at.unordered.hit() {
                true => places.sort_by_key(|(here, there)| (here.unwrap_or(usize::MAX), *there)),
                false => places.sort_by_key(|(_, there)| *there),
            }
            let element = |(here, there): (Option<usize>, usize)| {
                let old = here.map_or(&Value::Null, |here| &from[here]);
                aligned(old, &to[there], at.element())
            };
            Value::Array(places.into_iter().map(element).collect())
        }
        (_, Value::Object(_)) => aligned(&Value::Object(Map::new()), to, at),
        (_, Value::Array(_)) => aligned(&Value::Array(Vec::new()), to, at),
        _ if same_scalar(from, to, at) => from.clone(),
        _ => to.clone(),
    }
}

fn rows(doc: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    write(doc, "", 0, &mut rows);
    rows
}

fn write(value: &Value, name: &str, depth: usize, rows: &mut Vec<Row>) {
    let indent = "  ".repeat(depth);
    let mut row = |text: String| rows.push(Row { text, comma: false });
    match value {
        Value::Object(members) if !members.is_empty() => {
            row(format!("{indent}{name}{{"));
            for (at, (name, value)) in members.iter().enumerate() {
                write(value, &format!("{}: ", quoted(name)), depth + 1, rows);
                comma(rows, at + 1 < members.len());
            }
            rows.push(Row {
                text: format!("{indent}}}"),
                comma: false,
            });
        }
        Value::Array(list) if !list.is_empty() => {
            row(format!("{indent}{name}["));
            for (at, value) in list.iter().enumerate() {
                write(value, "", depth + 1, rows);
                comma(rows, at + 1 < list.len());
            }
            rows.push(Row {
                text: format!("{indent}]"),
                comma: false,
            });
        }
        Value::String(text) if text.chars().nth(INLINE_CHARS_MAX).is_some() => {
            row(format!("{indent}{name}\""));
            for piece in passages(text) {
                row(format!("{indent}  {}", escaped(piece)));
            }
            row(format!("{indent}\""));
        }
        Value::String(text) => row(format!("{indent}{name}{}", quoted(text))),
        other => row(format!("{indent}{name}{other}")),
    }
}

fn comma(rows: &mut [Row], more: bool) {
    if let Some(last) = rows.last_mut() {
        last.comma = more;
    }
}

fn quoted(text: &str) -> String {
    harmless(&Value::from(text).to_string())
}

/// A passage as it would stand between quotes.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    harmless(&quoted[1..quoted.len() - 1])
}

/// Tags of HTML after which a new line begins.
const BLOCKS: &[&str] = &[
    "</p>", "</li>", "</div>", "</tr>", "</td>", "</ul>", "</ol>", "</table>", "</h1>", "</h2>",
    "</h3>", "</h4>", "<br>", "<br/>", "<br />", "<ul>", "<ol>", "<tr>",
];

/// A long text in passages: they end where a line, a block of HTML or a sentence does, so that an
/// edit moves no other passage. One that is still long is broken between words.
fn passages(text: &str) -> Vec<&str> {
    let mut passages = Vec::new();
    let mut start = 0;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let so_far = &text[start..end];
        let long = || so_far.chars().nth(INLINE_CHARS_MAX).is_some();
        let over = match letter {
            '\n' => true,
            '>' => BLOCKS.iter().any(|block| so_far.ends_with(block)),
            ' ' => [". ", "! ", "? "].iter().any(|stop| so_far.ends_with(stop)) || long(),
            _ => so_far.len() >= 4 * INLINE_CHARS_MAX,
        };
        if over {
            passages.push(so_far);
            start = end;
        }
    }
    if start < text.len() {
        passages.push(&text[start..]);
    }
    passages
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_texts_break_where_their_parts_end() {
        let html = "<p>Soft cotton. Washed at 30.</p><ul><li>One</li><li>Two</li></ul>\n".repeat(2);
        let shown: Vec<String> = rows(&json!({"d": html, "n": 1}))
            .iter()
            .map(Row::shown)
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        {
          "d": "
            <p>Soft cotton. 
            Washed at 30.</p>
            <ul>
            <li>One</li>
            <li>Two</li>
            </ul>
            \n
            <p>Soft cotton. 
            Washed at 30.</p>
            <ul>
            <li>One</li>
            <li>Two</li>
            </ul>
            \n
          ",
          "n": 1
        }
        "#);
    }

    #[test]
    fn passages_lose_nothing() {
        for text in [
            "x".repeat(2000),
            "é ".repeat(900),
            "<br>".repeat(60),
            "a\n\nb. c".into(),
        ] {
            assert_eq!(passages(&text).concat(), text);
        }
    }

    #[test]
    fn the_second_document_is_laid_out_like_the_first() {
        let lens = Lens::new(&["seen"], &["tags", "l"], &[]);
        let from = json!({"a": 1, "tags": ["x", "y"], "l": [{"id": 1, "b": 2, "c": 3}, {"id": 2}]});
        let to = json!({
            "l": [{"id": 2}, {"c": 3, "id": 1, "b": 2}], "tags": ["y", "x"], "seen": 5, "a": 1
        });
        let (old, new) = both(&from, &to, &lens);
        assert_eq!(old, new);
    }
}
