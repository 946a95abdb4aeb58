//! Names and values as a merchant reads them.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::Value;

/// Members that name an element to people, the best first, with the word that goes before.
const NAMED_BY: &[(&str, &str)] = &[
    ("sku", "SKU "),
    ("name", ""),
    ("display_name", ""),
    ("label", ""),
    ("title", ""),
    ("code", ""),
    ("email", ""),
    ("key", ""),
    ("locale", ""),
];

/// A name or value longer than this is cut, so that a line stays a line.
const SHORT_CHARS_MAX: usize = 48;

/// The elements of one list by name; two of the same name are told apart by their ids.
pub(super) struct Names<'v> {
    list: &'v [Value],
    counts: OnceCell<HashMap<String, usize>>,
}

impl<'v> Names<'v> {
    pub fn new(list: &'v [Value]) -> Self {
        Self {
            list,
            counts: OnceCell::new(),
        }
    }

    /// `SKU RED-L`, `Colour`, `Colour #12`, `#12`, or the position where nothing names it.
    pub fn of(&self, at: usize) -> String {
        let element = &self.list[at];
        let id = element_id(element);
        match (element_name(element), id) {
            (Some(name), Some(id)) if self.count(&name) > 1 => format!("{name} #{id}"),
            (Some(name), None) if self.count(&name) > 1 => format!("{name} {at}"),
            (Some(name), _) => name,
            (None, Some(id)) => format!("#{id}"),
            (None, None) => at.to_string(),
        }
    }

    fn count(&self, name: &str) -> usize {
        let counts = self.counts.get_or_init(|| {
            let mut counts = HashMap::new();
            for name in self.list.iter().filter_map(element_name) {
                *counts.entry(name).or_default() += 1;
            }
            counts
        });
        counts.get(name).copied().unwrap_or_default()
    }
}

/// What an element is called: by its SKU, name, label, code or e-mail address.
pub fn element_name(element: &Value) -> Option<String> {
    let named = NAMED_BY.iter().find_map(|(member, before)| {
        let text = element.get(member)?.as_str()?.trim();
        (!text.is_empty()).then(|| format!("{before}{}", short(text)))
    })?;
    Some(named)
}

/// An element's id: `id`, else the first `..._id`.
fn element_id(element: &Value) -> Option<String> {
    let members = element.as_object()?;
    let ids = members.iter().filter(|(name, _)| name.ends_with("_id"));
    let own = members.get("id").into_iter();
    own.chain(ids.map(|(_, id)| id)).find_map(|id| match id {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(short(text)),
        _ => None,
    })
}

/// A value on one line: text bare where it can't be taken for something else, lists and objects
/// as short JSON.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Array(list) if list.is_empty() => "[]".to_owned(),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        other => short(&other.to_string()),
    }
}

fn string(text: &str) -> String {
    let padded = text.trim() != text || text.is_empty();
    let looks_like_json = serde_json::from_str::<Value>(text).is_ok();
    if padded || looks_like_json {
        return short(&Value::from(text).to_string());
    }
    short(text)
}

/// The text on one line and at most so long, its control characters made harmless.
fn short(text: &str) -> String {
    let mut out = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at == SHORT_CHARS_MAX {
            out.push('…');
            break;
        }
        push_harmless(&mut out, letter);
    }
    out
}

/// A terminal obeys control characters, and a document may hold any: they are shown escaped.
pub(super) fn push_harmless(out: &mut String, letter: char) {
    match letter {
        // The bidirectional overrides turn what follows around, as quietly.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(letter.escape_unicode()),
        letter if letter.is_control() => out.extend(letter.escape_default()),
        letter => out.push(letter),
    }
}

/// All of a text with its control characters made harmless.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars()
        .for_each(|letter| push_harmless(&mut out, letter));
    out
}
