//! What changed, field by field, in words a merchant reads: `price  19.99 → 24.99`.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::cli::render::output::{BOLD, DIM, GONE, GOOD, styled};
use crate::cli::render::words::{counted, visible};
use crate::model::diff::{Change, Op};

/// A longer text is compared word by word instead of being printed twice.
const TEXT_CHARS_MAX: usize = 60;
/// Unchanged words shown around a change within a long text.
const CONTEXT_WORDS: usize = 4;
/// A longer list or object is told by its size.
const VALUE_CHARS_MAX: usize = 100;

/// One line a change; longer texts take the lines they need.
pub fn text(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        text += &line(change);
        text.push('\n');
    }
    text
}

fn line(change: &Change) -> String {
    let name = visible(&change.words);
    let whole = change.words.is_empty();
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    match (change.op, old, new) {
        (Op::Remove, _, _) if whole => styled(GONE, "deleted"),
        (Op::Add, _, _) if whole => styled(GOOD, "created"),
        (Op::Replace, Some(Value::String(old)), Some(Value::String(new))) if long(old, new) => {
            format!("{}  {}", styled(BOLD, name), words(old, new))
        }
        (Op::Replace, old, new) => {
            let arrow = styled(DIM, "→");
            let (old, new) = (short(old), short(new));
            format!("{}  {} {arrow} {}", styled(BOLD, name), styled(GONE, old), styled(GOOD, new))
        }
        (Op::Remove, old, _) => {
            format!("{} {}  {}", styled(GONE, "-"), styled(BOLD, name), styled(GONE, short(old)))
        }
        (Op::Add, _, new) => {
            format!("{} {}  {}", styled(GOOD, "+"), styled(BOLD, name), styled(GOOD, short(new)))
        }
    }
}

fn long(old: &str, new: &str) -> bool {
    old.chars().count() > TEXT_CHARS_MAX && !new.is_empty()
        || new.chars().count() > TEXT_CHARS_MAX && !old.is_empty()
}

/// A value in a few words. Text stands without quotes, unless it would not be seen without.
fn short(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    match value {
        Value::String(text) if text.trim().is_empty() || text.trim() != text => format!("\"{text}\""),
        Value::String(text) => cut(&visible(text)),
        Value::Array(list) if list.is_empty() => "[]".to_owned(),
        Value::Array(list) => sized(value, &counted(list.len() as u64, "element", "elements")),
        Value::Object(members) => {
            let name = ["name", "label", "display_name", "code", "sku", "email", "id"]
                .into_iter()
                .find_map(|member| members.get(member).filter(|v| !v.is_null() && *v != ""));
            match name {
                Some(name) if value.to_string().len() > VALUE_CHARS_MAX => short(Some(name)),
                _ => sized(value, &counted(members.len() as u64, "field", "fields")),
            }
        }
        plain => plain.to_string(),
    }
}

fn sized(value: &Value, size: &str) -> String {
    let text = value.to_string();
    if text.len() <= VALUE_CHARS_MAX { visible(&text) } else { format!("({size})") }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(2 * VALUE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Two long texts as one, what went in `[-…-]`, what came in `{+…+}`, and `…` for what stayed.
fn words(old: &str, new: &str) -> String {
    let diff = TextDiff::from_words(old, new);
    let mut text = String::new();
    for (at, group) in diff.grouped_ops(2 * CONTEXT_WORDS).iter().enumerate() {
        let opens_inside = group.first().is_some_and(|op| op.old_range().start > 0);
        if at > 0 || opens_inside {
            text += &styled(DIM, "… ");
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        let mut run: Option<(ChangeTag, String)> = None;
        for change in changes {
            match &mut run {
                Some((tag, words)) if *tag == change.tag() => words.push_str(change.value()),
                _ => {
                    text += &marked(run.take());
                    run = Some((change.tag(), change.value().to_owned()));
                }
            }
        }
        text += &marked(run);
        if group.last().is_some_and(|op| op.old_range().end < diff.old_len()) {
            text += &styled(DIM, " …");
        }
    }
    text
}

fn marked(run: Option<(ChangeTag, String)>) -> String {
    match run {
        None => String::new(),
        Some((ChangeTag::Equal, words)) => visible(&words),
        Some((ChangeTag::Delete, words)) => styled(GONE, format_args!("[-{}-]", visible(&words))),
        Some((ChangeTag::Insert, words)) => styled(GOOD, format_args!("{{+{}+}}", visible(&words))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(op: Op, words: &str, old: Value, new: Value) -> String {
        let change = Change {
            op,
            path: String::new(),
            old: (op != Op::Add).then_some(old),
            new: (op != Op::Remove).then_some(new),
            words: words.to_owned(),
        };
        anstream::adapter::strip_str(&line(&change)).to_string()
    }

    #[test]
    fn values_stand_beside_each_other() {
        let price = |digits: &str| serde_json::from_str::<Value>(digits).unwrap();
        assert_eq!(
            shown(Op::Replace, "price", price("19.9900"), price("24.99")),
            "price  19.9900 → 24.99"
        );
        assert_eq!(shown(Op::Replace, "name", json!("A"), json!("")), "name  A → \"\"");
        assert_eq!(shown(Op::Replace, "brand_id", json!(7), Value::Null), "brand_id  7 → null");
    }

    #[test]
    fn what_came_or_went_is_told_by_its_name() {
        let image = json!({ "id": 5, "description": "x".repeat(200) });
        assert_eq!(shown(Op::Add, "images[5]", json!(0), image), "+ images[5]  5");
        assert_eq!(shown(Op::Remove, "categories[2]", json!(23), json!(0)), "- categories[2]  23");
        assert_eq!(shown(Op::Remove, "", json!({ "id": 1 }), json!(0)), "deleted");
    }

    #[test]
    fn one_word_in_a_long_text_is_shown_alone() {
        let text = |word: &str| {
            let filler = "some words that stay as they are ".repeat(20);
            json!(format!("<p>{filler}{word} {filler}</p>"))
        };
        let line = shown(Op::Replace, "description", text("old"), text("new"));
        assert!(line.contains("[-old-]{+new+}"), "{line}");
        assert!(line.len() < 200, "{line}");
    }
}
