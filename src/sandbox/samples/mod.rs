//! What a fresh sandbox holds: documents from `fixtures/entities/`, compiled into the binary, and
//! rows that a generator makes from their ids. The same name gives the same store, always.

use serde_json::Value;

use super::store::{Key, Store};

pub use products::{blank_product, blank_variant};

mod catalog;
pub mod commerce;
mod content;
mod hanging;
mod many;
mod products;
mod seed;

/// A named sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// Only what every store has: its profile, its first channel and site, a category tree, the
    /// e-mail templates.
    Empty,
    /// A small friendly shop.
    Demo,
    /// As awkward as life.
    Awkward,
    /// So many products, and the rest in proportion.
    Large(u64),
}

impl Sample {
    /// The sample of that name (`large:5000`).
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "empty" => Some(Self::Empty),
            "demo" => Some(Self::Demo),
            "awkward" => Some(Self::Awkward),
            _ => name.strip_prefix("large:")?.parse().ok().map(Self::Large),
        }
    }
}

/// Puts one part of a sample into the store.
type Filler = fn(&mut Store, Sample);

/// The parts, in the order in which they are filled: later ones may look at earlier ones.
const FILLERS: &[Filler] = &[catalog::fill, content::fill, commerce::fill, hanging::fill];

/// Fills the store; none when there is no such sample.
pub fn fill(store: &mut Store, name: &str) -> Option<()> {
    let sample = Sample::parse(name)?;
    for filler in FILLERS {
        filler(store, sample);
    }
    Some(())
}

/// Puts the documents of a fixture file (a JSON array) into a table, keyed by their member `id`.
pub fn load(store: &mut Store, table: &'static str, id: &str, json: &str) {
    for document in documents(json) {
        if let Some(key) = Key::of(&document[id]) {
            store.table_mut(table).insert(key, document);
        }
    }
}

/// The documents of a fixture file: a JSON array.
pub fn documents(json: &str) -> Vec<Value> {
    // Fixtures are part of the program; a test reads each of them.
    serde_json::from_str(json).expect("a fixture is a JSON array")
}
