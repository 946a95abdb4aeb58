//! Patterns of a description, compiled into a tree that is walked beside a document.
//!
//! `date_modified` is a member, `images[].url_*` a member of any element whose name begins so, the
//! empty pattern the whole document. A hit covers all that lies beneath. `notes?` is a member where it
//! is empty: there and not there are then the same.

use serde_json::{Map, Value};

/// Ends a pattern that hits only what is empty.
const EMPTY: &str = "?";

/// A set of patterns.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    root: Node,
}

#[derive(Debug, Clone, Default)]
struct Node {
    hit: bool,
    /// Hit where it is empty (`notes?`).
    empty: bool,
    members: Vec<(String, Node)>,
    /// Beginnings of names that are hit (`url_` for `url_*`).
    prefixes: Vec<String>,
    element: Option<Box<Node>>,
}

/// A place in the tree, while a document is descended.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    node: Option<&'a Node>,
    hit: bool,
}

impl Mask {
    /// Compiles patterns.
    pub fn new(patterns: &[&str]) -> Self {
        let mut root = Node::default();
        for pattern in patterns {
            root.add(pattern);
        }
        Self { root }
    }

    /// The place of the document itself.
    pub fn root(&self) -> Cursor<'_> {
        Cursor {
            node: Some(&self.root),
            hit: self.root.hit,
        }
    }

    /// The document without what the patterns hit.
    pub fn without(&self, doc: &Value) -> Value {
        without(doc, self.root())
    }
}

impl Node {
    fn add(&mut self, pattern: &str) {
        if pattern.is_empty() {
            self.hit = true;
            return;
        }
        if pattern == EMPTY {
            self.empty = true;
            return;
        }
        let (segment, rest) = pattern.split_once('.').unwrap_or((pattern, ""));
        let (segment, rest) = match segment.strip_suffix(EMPTY) {
            Some(segment) => (segment, EMPTY),
            None => (segment, rest),
        };
        if let Some(prefix) = segment.strip_suffix('*') {
            self.prefixes.push(prefix.to_owned());
            return;
        }
        let (name, list) = match segment.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (segment, false),
        };
        let at = match self.members.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                self.members.push((name.to_owned(), Self::default()));
                self.members.len() - 1
            }
        };
        let mut node = &mut self.members[at].1;
        if list {
            node = node.element.get_or_insert_default();
        }
        node.add(rest);
    }
}

impl<'a> Cursor<'a> {
    /// True where a pattern ends here or above.
    pub fn hit(self) -> bool {
        self.hit
    }

    /// True where the value at this place is hit: always, or for being empty.
    pub fn hides(self, value: &Value) -> bool {
        let empty = || match value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        self.hit || (self.node.is_some_and(|node| node.empty) && empty())
    }

    /// The place of a member.
    pub fn member(self, name: &str) -> Self {
        let Some(node) = self.node else { return self };
        let below = node
            .members
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, node)| node);
        let hit = self.hit
            || below.is_some_and(|node| node.hit)
            || node
                .prefixes
                .iter()
                .any(|prefix| name.starts_with(prefix.as_str()));
        Self { node: below, hit }
    }

    /// The place of any element of a list.
    pub fn element(self) -> Self {
        let below = self.node.and_then(|node| node.element.as_deref());
        Self {
            node: below,
            hit: self.hit || below.is_some_and(|node| node.hit),
        }
    }
}

fn without(value: &Value, at: Cursor<'_>) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept = Map::with_capacity(members.len());
            for (name, value) in members {
                let below = at.member(name);
                if !below.hides(value) {
                    kept.insert(name.clone(), without(value, below));
                }
            }
            Value::Object(kept)
        }
        Value::Array(list) => Value::Array(
            list.iter()
                .map(|value| without(value, at.element()))
                .collect(),
        ),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_hide_members_elements_and_beginnings() {
        let mask = Mask::new(&[
            "views",
            "images[].url_*",
            "a.b",
            "variants[].metafields[].date",
        ]);
        let doc = json!({
            "views": 3, "name": "x", "a": {"b": 1, "c": 2},
            "images": [{"id": 1, "url_zoom": "z", "url": "kept"}],
            "variants": [{"metafields": [{"date": 1, "key": "k"}], "views": 9}]
        });
        assert_eq!(
            mask.without(&doc),
            json!({
                "name": "x", "a": {"c": 2},
                "images": [{"id": 1, "url": "kept"}],
                "variants": [{"metafields": [{"key": "k"}], "views": 9}]
            })
        );
    }

    #[test]
    fn what_is_hidden_where_it_is_empty_shows_where_it_is_not() {
        let mask = Mask::new(&["a?", "b.c?", "a[].d"]);
        let doc = json!({"a": [], "b": {"c": {}, "d": []}, "c": []});
        assert_eq!(mask.without(&doc), json!({"b": {"d": []}, "c": []}));
        let doc = json!({"a": [{"d": 1, "e": 2}], "b": {"c": 0}});
        assert_eq!(mask.without(&doc), json!({"a": [{"e": 2}], "b": {"c": 0}}));
    }

    #[test]
    fn the_empty_pattern_is_the_whole_document() {
        assert!(Mask::new(&[""]).root().member("anything").element().hit());
        assert!(!Mask::new(&[]).root().member("anything").hit());
    }
}
