//! What an object is called: its entity and its id, printed like a path (`products/123`).

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

/// An object's id as text. BigCommerce's are numbers, UUIDs or names; vortex keeps all as strings.
///
/// Ordered as people expect: numbers by value (`9` before `10`) and before names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ObjectId(String);

impl ObjectId {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as the API writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn number(&self) -> Option<u128> {
        let plain = !self.0.is_empty() && self.0.bytes().all(|b| b.is_ascii_digit());
        if plain { self.0.parse().ok() } else { None }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for ObjectId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.cmp(&b).then_with(|| self.0.cmp(&other.0)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One object of the store: which entity, which id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// The entity's plural name, as `vortex entities` prints it.
    pub entity: String,
    /// The id within the entity.
    pub id: ObjectId,
}

impl ObjectKey {
    /// Puts the two together.
    pub fn new(entity: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            entity: entity.into(),
            id: ObjectId::new(id),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.entity, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_as_people_expect() {
        let mut ids: Vec<ObjectId> = ["invoice_email", "10", "9", "2/a", "007"]
            .into_iter()
            .map(ObjectId::new)
            .collect();
        ids.sort();
        let text: Vec<&str> = ids.iter().map(ObjectId::as_str).collect();
        assert_eq!(text, ["007", "9", "10", "2/a", "invoice_email"]);
    }

    #[test]
    fn a_key_prints_like_a_path() {
        assert_eq!(
            ObjectKey::new("products", "123").to_string(),
            "products/123"
        );
    }
}
