//! Two documents as text, line by line: one under the other, or beside each other.

use serde_json::Value;
use similar::{ChangeTag, DiffOp, InlineChange, TextDiff};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::cli::render::output::{DIM, GONE, GOOD, styled};

/// Lines shown around a difference.
const CONTEXT_LINES: usize = 3;
/// A longer line (a page of HTML is one string in JSON) is broken where its text has joints.
const LINE_CHARS_MAX: usize = 100;
/// No piece of a broken line is shorter, so that a row of tags does not become a column.
const PIECE_CHARS_MIN: usize = 40;
/// How much stronger a word's change is shown than its line's.
const STRONG: anstyle::Effects = anstyle::Effects::UNDERLINE.insert(anstyle::Effects::BOLD);

/// One side: what it is called, and its document (none for a deletion).
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// `product 12 v3`.
    pub name: &'a str,
    /// The document.
    pub document: Option<&'a Value>,
}

/// A unified diff, words marked within the lines.
pub fn unified(from: Side<'_>, to: Side<'_>) -> String {
    let (old, new) = (lines_of(from.document), lines_of(to.document));
    let diff = TextDiff::from_lines(&old, &new);
    let mut text = String::new();
    for group in diff.grouped_ops(CONTEXT_LINES) {
        if text.is_empty() {
            text += &styled(GONE, format_args!("--- {}", from.name));
            text.push('\n');
            text += &styled(GOOD, format_args!("+++ {}", to.name));
            text.push('\n');
        }
        text += &styled(DIM, hunk(&group));
        text.push('\n');
        for op in &group {
            for change in diff.iter_inline_changes(op) {
                text += &line(&change);
            }
        }
    }
    text
}

/// The documents beside each other, `width` columns in all.
pub fn side_by_side(from: Side<'_>, to: Side<'_>, width: usize) -> String {
    let (old, new) = (lines_of(from.document), lines_of(to.document));
    let diff = TextDiff::from_lines(&old, &new);
    // Three columns stand between the halves: blank, mark, blank.
    let half = (width.saturating_sub(3) / 2).max(PIECE_CHARS_MIN / 2);
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut text = String::new();
    let mut row = |left: &str, mark: char, right: &str| {
        let (left, right) = (fit(left, half), fit(right, half));
        let line = match mark {
            '|' => format!(
                "{} | {}",
                styled(GONE, left),
                styled(GOOD, right.trim_end())
            ),
            '<' => format!("{} <", styled(GONE, left)),
            '>' => format!("{left} > {}", styled(GOOD, right.trim_end())),
            _ => format!("{left}   {}", right.trim_end()),
        };
        text += line.trim_end();
        text.push('\n');
    };
    for (at, group) in diff.grouped_ops(CONTEXT_LINES).iter().enumerate() {
        if at == 0 {
            row(from.name, ' ', to.name);
        }
        row(&hunk(group), ' ', "");
        for op in group {
            let (left, right) = (&old[op.old_range()], &new[op.new_range()]);
            for at in 0..left.len().max(right.len()) {
                match (left.get(at), right.get(at)) {
                    (Some(left), Some(right)) if matches!(op, DiffOp::Equal { .. }) => {
                        row(left, ' ', right);
                    }
                    (Some(left), Some(right)) => row(left, '|', right),
                    (Some(left), None) => row(left, '<', ""),
                    (None, Some(right)) => row("", '>', right),
                    (None, None) => {}
                }
            }
        }
    }
    text
}

/// `@@ -3,7 +3,8 @@`
fn hunk(group: &[DiffOp]) -> String {
    let range = |range: fn(&DiffOp) -> std::ops::Range<usize>| {
        let start = group.first().map_or(0, |op| range(op).start);
        let end = group.last().map_or(0, |op| range(op).end);
        let first = if end > start { start + 1 } else { start };
        format!("{first},{}", end - start)
    };
    format!(
        "@@ -{} +{} @@",
        range(DiffOp::old_range),
        range(DiffOp::new_range)
    )
}

fn line(change: &InlineChange<'_, str>) -> String {
    let (sign, style) = match change.tag() {
        ChangeTag::Equal => (' ', anstyle::Style::new()),
        ChangeTag::Delete => ('-', GONE),
        ChangeTag::Insert => ('+', GOOD),
    };
    let mut text = format!("{style}{sign}");
    for (strong, words) in change.iter_strings_lossy() {
        let words = words.trim_end_matches('\n');
        if strong {
            let strong = style | STRONG;
            text += &format!("{style:#}{strong}{words}{strong:#}{style}");
        } else {
            text += words;
        }
    }
    format!("{text}{style:#}\n")
}

/// A document as lines: pretty-printed, long strings broken at their joints.
fn lines_of(document: Option<&Value>) -> String {
    let Some(document) = document else {
        return String::new();
    };
    // A document is plain JSON: printing it can't fail.
    let pretty = serde_json::to_string_pretty(document).unwrap_or_default();
    let mut text = String::with_capacity(pretty.len() + 1);
    for line in pretty.lines() {
        if line.chars().count() <= LINE_CHARS_MAX {
            text += line;
        } else {
            broken(line, &mut text);
        }
        text.push('\n');
    }
    text
}

/// Breaks a line behind a tag, a sentence or a line end in its text. The joints depend on what
/// stands around them alone, so a change in one piece leaves the others as they are.
fn broken(line: &str, text: &mut String) {
    let indent = line.len() - line.trim_start().len();
    let mut length = 0;
    let mut characters = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = characters.next() {
        text.push(c);
        length += 1;
        let joint = match (c, characters.peek()) {
            ('>', Some('<')) => true,
            ('n', Some(next)) => before == '\\' && *next != '"',
            (' ', Some(_)) => matches!(before, '.' | '!' | '?' | ',' | ';'),
            _ => false,
        };
        before = c;
        let far = length >= 4 * LINE_CHARS_MAX && c == ' ';
        if (joint && length >= PIECE_CHARS_MIN) || far {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent + 2));
            length = 0;
        }
    }
}

/// Text cut or filled up to so many columns.
fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return format!("{text}{}", " ".repeat(columns - text.width()));
    }
    let mut cut = String::new();
    let mut width = 0;
    for c in text.chars() {
        let more = c.width().unwrap_or(0);
        if width + more > columns - 1 {
            break;
        }
        cut.push(c);
        width += more;
    }
    format!("{cut}…{}", " ".repeat(columns - 1 - width))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn sides<'a>(from: &'a Value, to: &'a Value) -> (Side<'a>, Side<'a>) {
        (
            Side {
                name: "v1",
                document: Some(from),
            },
            Side {
                name: "v2",
                document: Some(to),
            },
        )
    }

    #[test]
    fn a_change_is_shown_with_its_surroundings() {
        let from = json!({ "id": 12, "name": "Acme", "price": 1 });
        let to = json!({ "id": 12, "name": "Acme Ltd", "price": 1 });
        let (from, to) = sides(&from, &to);
        assert_eq!(
            plain(&unified(from, to)),
            "--- v1\n+++ v2\n@@ -1,5 +1,5 @@\n {\n   \"id\": 12,\n-  \"name\": \"Acme\",\n\
             +  \"name\": \"Acme Ltd\",\n   \"price\": 1\n }\n"
        );
        assert_eq!(
            plain(&side_by_side(from, to, 50)),
            "v1                        v2\n@@ -1,5 +1,5 @@\n{                         {\n  \
             \"id\": 12,                 \"id\": 12,\n  \"name\": \"Acme\",       |   \"name\": \
             \"Acme Ltd\",\n  \"price\": 1                \"price\": 1\n}                         }\n"
        );
    }

    #[test]
    fn equal_documents_differ_in_nothing() {
        let document = json!({ "a": [1, 2, 3] });
        let (from, to) = sides(&document, &document);
        assert_eq!(unified(from, to), "");
        assert_eq!(side_by_side(from, to, 80), "");
    }

    #[test]
    fn one_word_in_a_page_of_html_shows_a_few_lines_only() {
        let page = |word: &str| {
            let paragraphs: Vec<String> = (0..200)
                .map(|n| format!("<p>Paragraph {n} says something.</p>"))
                .collect();
            json!({ "description": paragraphs.concat().replace("Paragraph 100 ", word) })
        };
        let (from, to) = (page("This "), page("That "));
        let (from, to) = sides(&from, &to);
        let text = plain(&unified(from, to));
        assert!(text.lines().count() < 16, "{text}");
        assert!(
            text.contains("-") && text.contains("This") && text.contains("That"),
            "{text}"
        );
    }

    #[test]
    fn a_deletion_takes_every_line_away() {
        let from = json!({ "id": 1 });
        let text = plain(&unified(
            Side {
                name: "v1",
                document: Some(&from),
            },
            Side {
                name: "v2 (deleted)",
                document: None,
            },
        ));
        assert_eq!(
            text,
            "--- v1\n+++ v2 (deleted)\n@@ -1,3 +0,0 @@\n-{\n-  \"id\": 1\n-}\n"
        );
    }

    #[test]
    fn wide_characters_count_for_two_columns() {
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit("ab", 4), "ab  ");
    }
}
