//! What differs between two documents, and how people and programs are told.
//!
//! [`diff`] finds the changes field by field: elements of lists are matched by what identifies them
//! and not by position, numbers are compared as decimals, what a mask hides is not looked at. Its
//! law: no change is found exactly when both documents have the same fingerprint. The forms are
//! made from two documents, too: [`summary`] in a merchant's words, [`source`] and [`side`] line by
//! line, [`patch`] as RFC 6902. Lines carry tones; [`paint`] turns them into text.

mod identity;
mod pretty;
mod text;
mod walk;

pub mod paint;
pub mod patch;
pub mod side;
pub mod source;
pub mod summary;
pub mod words;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::mask::{Cursor, Mask};

pub use paint::{Line, Span, Tone, paint};
pub use patch::json_patch;
pub use side::side_by_side;
pub use source::{LineOptions, source};
pub use summary::summary;

/// What happened to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// It is in the second document only.
    Add,
    /// It is in the first document only.
    Remove,
    /// Its value differs.
    Replace,
    /// An ordered list's elements stand in another order; `old` and `new` hold what identifies
    /// those that are in both documents, in either order.
    Reorder,
}

impl Op {
    /// The word as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Reorder => "reorder",
        }
    }
}

impl Serialize for Op {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What happened.
    pub op: Op,
    /// Where: an RFC 6901 pointer into the first document, for an addition into the second.
    pub path: String,
    /// The value in the first document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The value in the second document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// Where, for people: `variants[SKU RED-L].inventory_warning_level`. Empty for the document.
    #[serde(skip)]
    pub words: String,
}

/// How two documents are looked at.
#[derive(Debug, Clone, Default)]
pub struct Lens {
    /// What is not looked at.
    pub hidden: Mask,
    /// Lists whose order means nothing.
    pub unordered: Mask,
    /// Addresses of which only the file's name counts: host and query are stamps.
    pub stamped: Mask,
}

impl Lens {
    /// From an entity's patterns.
    pub fn new(hidden: &[&str], unordered: &[&str], stamped: &[&str]) -> Self {
        Self {
            hidden: Mask::new(hidden),
            unordered: Mask::new(unordered),
            stamped: Mask::new(stamped),
        }
    }

    /// The differences between two documents.
    pub fn diff(&self, from: &Value, to: &Value) -> Vec<Change> {
        walk::changes(from, to, self.root())
    }

    /// The differences between two states of an object, of which `None` is its absence: a deletion
    /// is one removal at the empty pointer, an appearance one addition.
    pub fn diff_states(&self, from: Option<&Value>, to: Option<&Value>) -> Vec<Change> {
        let whole = |op, old: Option<&Value>, new: Option<&Value>| {
            vec![Change {
                op,
                path: String::new(),
                old: old.cloned(),
                new: new.cloned(),
                words: String::new(),
            }]
        };
        match (from, to) {
            (Some(from), Some(to)) => self.diff(from, to),
            (Some(_), None) => whole(Op::Remove, from, None),
            (None, Some(_)) => whole(Op::Add, None, to),
            (None, None) => Vec::new(),
        }
    }

    fn root(&self) -> At<'_> {
        At {
            hidden: self.hidden.root(),
            unordered: self.unordered.root(),
            stamped: self.stamped.root(),
        }
    }
}

/// The differences between two documents, without what `hidden` masks; `unordered` names the lists
/// whose order means nothing.
pub fn diff(from: &Value, to: &Value, hidden: &Mask, unordered: &Mask) -> Vec<Change> {
    let stamped = Mask::default();
    let at = At {
        hidden: hidden.root(),
        unordered: unordered.root(),
        stamped: stamped.root(),
    };
    walk::changes(from, to, at)
}

/// A place in all masks of a lens at once.
#[derive(Debug, Clone, Copy)]
struct At<'m> {
    hidden: Cursor<'m>,
    unordered: Cursor<'m>,
    stamped: Cursor<'m>,
}

impl At<'_> {
    fn member(self, name: &str) -> Self {
        Self {
            hidden: self.hidden.member(name),
            unordered: self.unordered.member(name),
            stamped: self.stamped.member(name),
        }
    }

    fn element(self) -> Self {
        Self {
            hidden: self.hidden.element(),
            unordered: self.unordered.element(),
            stamped: self.stamped.element(),
        }
    }
}

#[cfg(test)]
mod tests;
