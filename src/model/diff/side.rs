//! Two documents side by side, as wide as the terminal.

use serde_json::Value;
use similar::{DiffOp, DiffTag};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Lens;
use super::paint::{Line, Tone};
use super::pretty::{Row, both};
use super::source::{LineOptions, Side, groups, marked};

/// Narrower columns can't be read.
const COLUMN_MIN: usize = 20;

/// The two columns; nothing at all when nothing differs. Between them stands what happened to the
/// line: `|` changed, `<` gone, `>` new.
pub fn side_by_side(from: &Value, to: &Value, lens: &Lens, options: &LineOptions) -> Vec<Line> {
    let (old, new) = both(from, to, lens);
    let groups = groups(&old, &new, options.context);
    if groups.is_empty() {
        return Vec::new();
    }
    let column = (options.width.saturating_sub(SEAM.len()) / 2).max(COLUMN_MIN);
    let mut lines = Vec::new();
    let name = |text: &str| Line::new().with(Tone::Head, text);
    if !options.from.is_empty() || !options.to.is_empty() {
        let (from, to) = (name(&options.from), name(&options.to));
        lay(&from, ' ', &to, column, &mut lines);
    }
    for (at, group) in groups.iter().enumerate() {
        let starts_within = group
            .first()
            .is_some_and(|op| op.old_range().start + op.new_range().start > 0);
        if at > 0 || starts_within {
            let gap = Line::new().with(Tone::Faint, "⋮");
            lay(&gap, ' ', &gap, column, &mut lines);
        }
        for op in group {
            hunk(op, &old, &new, column, &mut lines);
        }
    }
    lines
}

/// A blank, the sign, a blank.
const SEAM: &str = " | ";

fn hunk(op: &DiffOp, old: &[Row], new: &[Row], column: usize, lines: &mut Vec<Line>) {
    let (old, new) = (&old[op.old_range()], &new[op.new_range()]);
    for at in 0..old.len().max(new.len()) {
        let (left, right) = (old.get(at), new.get(at));
        let plain = |row: Option<&Row>| {
            let text = row.map(Row::shown).unwrap_or_default();
            Line::new().with(Tone::Plain, text)
        };
        let toned = |row: Option<&Row>, other: Option<&Row>, side| match row {
            Some(row) => marked(Line::new(), row, other, side),
            None => Line::new(),
        };
        if op.tag() == DiffTag::Equal {
            lay(&plain(left), ' ', &plain(right), column, lines);
            continue;
        }
        let sign = match (left, right) {
            (Some(_), Some(_)) => '|',
            (Some(_), None) => '<',
            _ => '>',
        };
        let (left, right) = (toned(left, right, Side::Old), toned(right, left, Side::New));
        lay(&left, sign, &right, column, lines);
    }
}

/// Lays two lines beside one another, broken into as many rows as the longer one needs.
fn lay(left: &Line, sign: char, right: &Line, column: usize, lines: &mut Vec<Line>) {
    let (left, right) = (broken(left, column), broken(right, column));
    for at in 0..left.len().max(right.len()) {
        let (mut row, width) = left.get(at).cloned().unwrap_or_default();
        row.push(Tone::Plain, " ".repeat(column - width.min(column)));
        row.push(Tone::Faint, format!(" {sign} "));
        for span in right.get(at).iter().flat_map(|(line, _)| &line.0) {
            row.push(span.tone, span.text.as_str());
        }
        lines.push(row);
    }
}

/// A line in pieces of at most so many columns, with the columns that each takes: broken between
/// words where a word has room in a piece of its own. What goes on is indented like the line itself.
fn broken(line: &Line, column: usize) -> Vec<(Line, usize)> {
    let first = line.0.first().map_or("", |span| span.text.as_str());
    let indent = first.len() - first.trim_start_matches(' ').len();
    let indent = (indent + 2).min(column / 2);
    let mut pieces = Vec::new();
    let (mut piece, mut used) = (Line::new(), 0);
    for span in &line.0 {
        for word in span.text.split_inclusive(' ') {
            let needed = word.trim_end_matches(' ').width();
            let mut full = used + needed > column && needed <= column - indent && used > indent;
            for letter in word.chars() {
                let wide = letter.width().unwrap_or(0);
                if full || used + wide > column {
                    pieces.push((std::mem::take(&mut piece), used));
                    piece.push(Tone::Plain, " ".repeat(indent));
                    used = indent;
                    full = false;
                }
                piece.push(span.tone, letter.to_string());
                used += wide;
            }
        }
    }
    pieces.push((piece, used));
    pieces
}
