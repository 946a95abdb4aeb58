//! The unified diff of two documents as people would print them.

use serde_json::Value;
use similar::{ChangeTag, DiffOp, group_diff_ops};

use super::Lens;
use super::paint::{Line, Tone};
use super::pretty::{Row, both};
use super::text::{common_percent, sequence_diff, word_diff};

/// Words within two lines are marked only when so much of the lines is the same.
const MARK_PERCENT_MIN: usize = 30;

/// How a line-by-line form is shown.
#[derive(Debug, Clone)]
pub struct LineOptions {
    /// What the first document is called (`brands/12 v2`).
    pub from: String,
    /// What the second document is called.
    pub to: String,
    /// So many unchanged lines stand around a change.
    pub context: usize,
    /// Columns of the whole, for side by side.
    pub width: usize,
}

impl Default for LineOptions {
    fn default() -> Self {
        Self {
            from: String::new(),
            to: String::new(),
            context: 3,
            width: 120,
        }
    }
}

/// The unified diff; nothing at all when nothing differs.
pub fn source(from: &Value, to: &Value, lens: &Lens, options: &LineOptions) -> Vec<Line> {
    let (old, new) = both(from, to, lens);
    let groups = groups(&old, &new, options.context);
    if groups.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        Line::new().with(Tone::Old, format!("--- {}", options.from)),
        Line::new().with(Tone::New, format!("+++ {}", options.to)),
    ];
    for group in groups {
        lines.push(Line::new().with(Tone::Head, header(&group)));
        for op in group {
            hunk(&op, &old, &new, &mut lines);
        }
    }
    lines
}

/// The changed lines in groups, each with some unchanged ones around.
pub(super) fn groups<'r>(old: &'r [Row], new: &'r [Row], context: usize) -> Vec<Vec<DiffOp>> {
    let texts = |rows: &'r [Row]| rows.iter().map(|row| row.text.as_str()).collect::<Vec<_>>();
    let ops = sequence_diff(&texts(old), &texts(new));
    let mut groups = group_diff_ops(ops, context);
    groups.retain(|group| group.iter().any(|op| op.tag() != similar::DiffTag::Equal));
    groups
}

/// `@@ -3,7 +3,8 @@`
fn header(group: &[DiffOp]) -> String {
    let side = |range: fn(&DiffOp) -> std::ops::Range<usize>| {
        let start = group.first().map_or(0, |op| range(op).start);
        let end = group.last().map_or(0, |op| range(op).end);
        // An empty side is said to stand after the line before it.
        let line = if start == end { start } else { start + 1 };
        match end - start {
            1 => line.to_string(),
            length => format!("{line},{length}"),
        }
    };
    format!(
        "@@ -{} +{} @@",
        side(DiffOp::old_range),
        side(DiffOp::new_range)
    )
}

fn hunk(op: &DiffOp, old: &[Row], new: &[Row], lines: &mut Vec<Line>) {
    let (old, new) = (&old[op.old_range()], &new[op.new_range()]);
    if op.tag() == similar::DiffTag::Equal {
        let unchanged = new.iter().map(|row| format!(" {}", row.shown()));
        lines.extend(unchanged.map(|text| Line::new().with(Tone::Plain, text)));
        return;
    }
    for (at, row) in old.iter().enumerate() {
        let line = Line::new().with(Tone::Old, "-");
        lines.push(marked(line, row, new.get(at), Side::Old));
    }
    for (at, row) in new.iter().enumerate() {
        let line = Line::new().with(Tone::New, "+");
        lines.push(marked(line, row, old.get(at), Side::New));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

/// Appends a changed line; the words that differ from its counterpart stand out where the two have
/// enough in common to be one line edited.
pub(super) fn marked(mut line: Line, row: &Row, other: Option<&Row>, side: Side) -> Line {
    let (tone, word_tone) = match side {
        Side::Old => (Tone::Old, Tone::OldWord),
        Side::New => (Tone::New, Tone::NewWord),
    };
    let pieces = other.map(|other| match side {
        Side::Old => word_diff(&row.text, &other.text),
        Side::New => word_diff(&other.text, &row.text),
    });
    match pieces {
        Some(pieces) if common_percent(&pieces) >= MARK_PERCENT_MIN => {
            for piece in pieces {
                match (piece.tag, side) {
                    (ChangeTag::Equal, _) => line.push(tone, piece.text),
                    (ChangeTag::Delete, Side::Old) | (ChangeTag::Insert, Side::New) => {
                        line.push(word_tone, piece.text);
                    }
                    _ => {}
                }
            }
        }
        _ => line.push(tone, row.text.as_str()),
    }
    line.push(tone, if row.comma { "," } else { "" });
    line
}
