//! RFC 6902: operations that turn one document into another, in every digit.
//!
//! Positions are those at the moment each operation is applied, as the RFC has it, so they differ
//! from the pointers of [`super::Change`]. A list is edited element by element along what
//! identifies them, so that a variant taken out of six hundred is one operation.

use std::collections::HashMap;

use serde_json::{Value, json};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::At;
use super::identity::list_keys;
use super::walk::pointer_step;
use crate::model::mask::Mask;

/// The operations that turn `from` into `to`, as the JSON array that RFC 6902 describes. What
/// `hidden` masks is left as it stands in `from`; give an empty mask for the whole truth.
pub fn json_patch(from: &Value, to: &Value, hidden: &Mask) -> Value {
    let none = Mask::default();
    let at = At {
        hidden: hidden.root(),
        unordered: none.root(),
        stamped: none.root(),
    };
    let mut patch = Patch::default();
    patch.values(from, to, at);
    Value::Array(patch.ops)
}

#[derive(Default)]
struct Patch {
    path: String,
    ops: Vec<Value>,
}

impl Patch {
    fn below(&mut self, step: &str, f: impl FnOnce(&mut Self)) {
        let mark = self.path.len();
        self.path.push('/');
        self.path.push_str(step);
        f(self);
        self.path.truncate(mark);
    }

    fn remove(&mut self) {
        self.ops.push(json!({"op": "remove", "path": self.path}));
    }

    fn put(&mut self, op: &str, value: &Value) {
        self.ops
            .push(json!({"op": op, "path": self.path, "value": value}));
    }

    fn values(&mut self, from: &Value, to: &Value, at: At<'_>) {
        if at.hidden.hit() || from == to {
            return;
        }
        match (from, to) {
            (Value::Object(from), Value::Object(to)) => {
                for (name, old) in from {
                    let at = at.member(name);
                    self.below(&pointer_step(name), |patch| match to.get(name) {
                        Some(new) if at.hidden.hides(old) && at.hidden.hides(new) => {}
                        Some(new) => patch.values(old, new, at),
                        None if !at.hidden.hides(old) => patch.remove(),
                        None => {}
                    });
                }
                for (name, new) in to {
                    if !from.contains_key(name) && !at.member(name).hidden.hides(new) {
                        self.below(&pointer_step(name), |patch| patch.put("add", new));
                    }
                }
            }
            (Value::Array(from), Value::Array(to)) => self.lists(from, to, at),
            _ => self.put("replace", to),
        }
    }

    fn lists(&mut self, from: &[Value], to: &[Value], at: At<'_>) {
        let (by, old, new) = list_keys(from, to, at);
        // Numbers compare faster than the keys they stand for.
        let mut known = HashMap::new();
        let mut number = |key| {
            let next = known.len();
            *known.entry(key).or_insert(next)
        };
        let old: Vec<usize> = old.into_iter().map(&mut number).collect();
        let new: Vec<usize> = new.into_iter().map(&mut number).collect();
        let mut position = 0;
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let (here, there) = (op.old_range(), op.new_range());
            // Two elements that something identifies are never edits of one another.
            let common = match op {
                DiffOp::Equal { len, .. } => len,
                _ if by.is_some() => 0,
                _ => here.len().min(there.len()),
            };
            for (here, there) in here.clone().zip(there.clone()).take(common) {
                let (old, new) = (&from[here], &to[there]);
                self.below(&position.to_string(), |patch| {
                    patch.values(old, new, at.element());
                });
                position += 1;
            }
            for _ in here.skip(common) {
                self.below(&position.to_string(), Self::remove);
            }
            for there in there.skip(common) {
                self.below(&position.to_string(), |patch| patch.put("add", &to[there]));
                position += 1;
            }
        }
    }
}
