//! Which element of one list is which of another.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::At;
use crate::model::fingerprint::{Fingerprint, fingerprint_at};

/// Members that identify an element where it has no id, the surest first.
const NAMES: &[&str] = &[
    "key", "name", "code", "locale", "sku", "uuid", "email", "label", "slug", "path", "url", "type",
];

/// How two lists' elements belong together. All positions ascend, those of `pairs` by the first.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// Positions of one element in both lists.
    pub pairs: Vec<(usize, usize)>,
    /// Positions of those only the first list has.
    pub gone: Vec<usize>,
    /// Positions of those only the second list has.
    pub new: Vec<usize>,
    /// The member by which elements were matched, if by one.
    pub by: Option<String>,
    /// True when elements are values matched by value, not by position.
    pub values: bool,
    /// True when the pairs stand in another order and order means something.
    pub reordered: bool,
}

impl Pairing {
    /// Matches two lists' elements. `at` is the place of the lists.
    pub fn of(from: &[Value], to: &[Value], at: At<'_>) -> Self {
        let unordered = at.unordered.hit();
        let scalars = from.iter().chain(to).all(is_scalar);
        let (by, old, new) = list_keys(from, to, at);
        let values = scalars && (unordered || (all_unique(&old) && all_unique(&new)));
        let mut pairing = match unordered || by.is_some() || values {
            true => Self::by_key(&old, &new),
            false => Self::by_sequence(&old, &new),
        };
        // What is left over of elements that nothing identifies are edits of one another.
        if unordered && by.is_none() && !scalars {
            pairing.couple_leftovers();
        }
        let ascending = pairing.pairs.windows(2).all(|pair| pair[0].1 < pair[1].1);
        pairing.reordered = !unordered && !ascending;
        pairing.by = by;
        pairing.values = values;
        pairing
    }

    fn by_key(old: &[Fingerprint], new: &[Fingerprint]) -> Self {
        let mut places: HashMap<Fingerprint, VecDeque<usize>> = HashMap::new();
        for (at, key) in new.iter().enumerate() {
            places.entry(*key).or_default().push_back(at);
        }
        let mut pairing = Self::default();
        for (at, key) in old.iter().enumerate() {
            match places.get_mut(key).and_then(VecDeque::pop_front) {
                Some(there) => pairing.pairs.push((at, there)),
                None => pairing.gone.push(at),
            }
        }
        pairing.new = places.into_values().flatten().collect();
        pairing.new.sort_unstable();
        pairing
    }

    /// By the longest common subsequence; what stands between two common elements is coupled in
    /// order.
    fn by_sequence(old: &[Fingerprint], new: &[Fingerprint]) -> Self {
        let mut pairing = Self::default();
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            let (from, to) = (op.old_range(), op.new_range());
            let common = match op {
                DiffOp::Equal { len, .. } => len,
                _ => from.len().min(to.len()),
            };
            pairing.pairs.extend(from.clone().zip(to.clone()));
            pairing.gone.extend(from.skip(common));
            pairing.new.extend(to.skip(common));
        }
        pairing
    }

    fn couple_leftovers(&mut self) {
        let common = self.gone.len().min(self.new.len());
        self.pairs
            .extend(self.gone.drain(..common).zip(self.new.drain(..common)));
        self.pairs.sort_unstable();
    }
}

/// What each element is known by: the value of the member that identifies it, which is named then,
/// or all of it. `at` is the place of the lists.
pub(super) fn list_keys(
    from: &[Value],
    to: &[Value],
    at: At<'_>,
) -> (Option<String>, Vec<Fingerprint>, Vec<Fingerprint>) {
    let inner = at.element();
    let by = identity(from, to, inner);
    let key = |element: &Value| match by {
        Some(name) => print(&element[name], inner.member(name)),
        None => print(element, inner),
    };
    let keys = |list: &[Value]| list.iter().map(key).collect();
    (by.map(str::to_owned), keys(from), keys(to))
}

fn print(value: &Value, at: At<'_>) -> Fingerprint {
    fingerprint_at(value, at.hidden, at.unordered)
}

fn all_unique(keys: &[Fingerprint]) -> bool {
    let mut seen = HashSet::with_capacity(keys.len());
    keys.iter().all(|key| seen.insert(key))
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// The member that tells the elements of both lists apart: `id`, else an id of some sort, else a
/// name of some sort; every element has it, and no two of one list the same.
fn identity<'v>(from: &'v [Value], to: &'v [Value], at: At<'_>) -> Option<&'v str> {
    let first = from.first().or(to.first())?.as_object()?;
    let names = || first.keys().map(String::as_str);
    let ids = names().filter(|name| *name == "id");
    let other_ids = names().filter(|name| name.ends_with("_id"));
    let named = NAMES
        .iter()
        .filter_map(|known| names().find(|name| name == known));
    let mut candidates = ids.chain(other_ids).chain(named);
    candidates.find(|name| {
        let at = at.member(name);
        !at.hidden.hit() && tells_apart(from, name, at) && tells_apart(to, name, at)
    })
}

fn tells_apart(list: &[Value], name: &str, at: At<'_>) -> bool {
    let mut seen = HashSet::with_capacity(list.len());
    list.iter().all(|element| match element.get(name) {
        Some(Value::String(text)) if text.is_empty() => false,
        Some(key @ (Value::String(_) | Value::Number(_))) => seen.insert(print(key, at)),
        _ => false,
    })
}
