//! The walk down two documents at once.

use serde_json::{Map, Value};

use super::identity::Pairing;
use super::words::Names;
use super::{At, Change, Op};
use crate::model::fingerprint::same_number;

/// All changes, in the first document's order; additions after what stands beside them.
pub(super) fn changes(from: &Value, to: &Value, at: At<'_>) -> Vec<Change> {
    let mut walk = Walk::default();
    walk.values(from, to, at);
    walk.changes
}

/// True when two values that are neither both lists nor both objects mean the same.
pub(super) fn same_scalar(from: &Value, to: &Value, at: At<'_>) -> bool {
    match (from, to) {
        (Value::Number(from), Value::Number(to)) => same_number(from.as_str(), to.as_str()),
        (Value::String(from), Value::String(to)) if at.stamped.hit() => {
            file_name(from) == file_name(to)
        }
        _ => from == to,
    }
}

/// An address without its stamps: the last segment of its path.
fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// One step of an RFC 6901 pointer.
pub(super) fn pointer_step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The way down so far, in both documents and in words. Cut back to a mark on the way up.
#[derive(Default)]
struct Walk {
    from: String,
    to: String,
    words: String,
    changes: Vec<Change>,
}

type Mark = (usize, usize, usize);

impl Walk {
    fn mark(&self) -> Mark {
        (self.from.len(), self.to.len(), self.words.len())
    }

    fn back(&mut self, mark: Mark) {
        self.from.truncate(mark.0);
        self.to.truncate(mark.1);
        self.words.truncate(mark.2);
    }

    fn enter_member(&mut self, name: &str) {
        let step = pointer_step(name);
        for path in [&mut self.from, &mut self.to] {
            path.push('/');
            path.push_str(&step);
        }
        if !self.words.is_empty() {
            self.words.push('.');
        }
        self.words.push_str(name);
    }

    fn enter_element(&mut self, from: Option<usize>, to: Option<usize>, name: &str) {
        for (path, at) in [(&mut self.from, from), (&mut self.to, to)] {
            path.push('/');
            path.push_str(&at.unwrap_or_default().to_string());
        }
        self.words.push_str(name);
    }

    fn note(&mut self, op: Op, old: Option<&Value>, new: Option<&Value>) {
        let path = if op == Op::Add { &self.to } else { &self.from };
        self.changes.push(Change {
            op,
            path: path.clone(),
            old: old.cloned(),
            new: new.cloned(),
            words: self.words.clone(),
        });
    }

    fn values(&mut self, from: &Value, to: &Value, at: At<'_>) {
        if at.hidden.hit() {
            return;
        }
        match (from, to) {
            (Value::Object(from), Value::Object(to)) => self.objects(from, to, at),
            (Value::Array(from), Value::Array(to)) => self.lists(from, to, at),
            _ if same_scalar(from, to, at) => {}
            _ => self.note(Op::Replace, Some(from), Some(to)),
        }
    }

    fn objects(&mut self, from: &Map<String, Value>, to: &Map<String, Value>, at: At<'_>) {
        let mark = self.mark();
        let shown = |name: &str, value: &Value| !at.member(name).hidden.hides(value);
        for (name, old) in from {
            let new = to.get(name);
            if !shown(name, old) && new.is_none_or(|new| !shown(name, new)) {
                continue;
            }
            self.enter_member(name);
            match new {
                Some(new) => self.values(old, new, at.member(name)),
                None => self.note(Op::Remove, Some(old), None),
            }
            self.back(mark);
        }
        for (name, new) in to {
            if !from.contains_key(name) && shown(name, new) {
                self.enter_member(name);
                self.note(Op::Add, None, Some(new));
                self.back(mark);
            }
        }
    }

    fn lists(&mut self, from: &[Value], to: &[Value], at: At<'_>) {
        let inner = at.element();
        if inner.hidden.hit() {
            return;
        }
        let pairing = Pairing::of(from, to, at);
        let (old_names, new_names) = (Names::new(from), Names::new(to));
        let mark = self.mark();
        let name = |names: &Names<'_>, at: usize| match pairing.values {
            true => String::new(),
            false => format!("[{}]", names.of(at)),
        };
        let mut pairs = pairing.pairs.iter().copied().peekable();
        let mut gone = pairing.gone.iter().copied().peekable();
        for here in 0..from.len() {
            if let Some((_, there)) = pairs.next_if(|(from, _)| *from == here) {
                self.enter_element(Some(here), Some(there), &name(&old_names, here));
                self.values(&from[here], &to[there], inner);
                self.back(mark);
            } else if gone.next_if_eq(&here).is_some() {
                self.enter_element(Some(here), None, &name(&old_names, here));
                self.note(Op::Remove, Some(&from[here]), None);
                self.back(mark);
            }
        }
        for there in pairing.new.iter().copied() {
            self.enter_element(None, Some(there), &name(&new_names, there));
            self.note(Op::Add, None, Some(&to[there]));
            self.back(mark);
        }
        if pairing.reordered {
            self.reordered(from, &pairing);
        }
    }

    fn reordered(&mut self, from: &[Value], pairing: &Pairing) {
        let told = |at: usize| match &pairing.by {
            Some(member) => from[at][member.as_str()].clone(),
            None => from[at].clone(),
        };
        let mut pairs = pairing.pairs.clone();
        let old: Vec<Value> = pairs.iter().map(|(here, _)| told(*here)).collect();
        pairs.sort_unstable_by_key(|(_, there)| *there);
        let new: Vec<Value> = pairs.iter().map(|(here, _)| told(*here)).collect();
        self.note(
            Op::Reorder,
            Some(&Value::Array(old)),
            Some(&Value::Array(new)),
        );
    }
}
