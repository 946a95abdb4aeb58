//! Paths into a document as flags take them: `a.b[0].c`, or an RFC 6901 pointer (`/a/b/0/c`).

use serde_json::Value;

use super::failure::{Failure, Kind};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

/// A path into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    text: String,
    steps: Vec<Step>,
}

impl FieldPath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let steps = match text.strip_prefix('/') {
            Some(pointer) => Some(pointer_steps(pointer)),
            None => dotted_steps(text),
        };
        let steps = steps.ok_or_else(|| {
            Failure::new(
                Kind::BadField,
                format!("'{text}' is not a path into a document"),
            )
            .hint("write it like a.b[0].c")
        })?;
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }

    /// The value there.
    pub fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.steps
            .iter()
            .try_fold(document, |value, step| match (step, value) {
                (Step::Member(name), Value::Object(members)) => members.get(name),
                // A pointer's digits count elements where the value is a list.
                (Step::Member(digits), Value::Array(list)) => {
                    list.get(digits.parse::<usize>().ok()?)
                }
                (Step::Element(at), Value::Array(list)) => list.get(*at),
                // Some members are named by a number.
                (Step::Element(at), Value::Object(members)) => members.get(&at.to_string()),
                _ => None,
            })
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// An RFC 6901 pointer as people write a path: `/a/b/0/c` is `a.b[0].c`. One that can't be written
/// so stays as it is; flags take that form too.
pub fn dotted(pointer: &str) -> String {
    let Some(rest) = pointer.strip_prefix('/') else {
        return pointer.to_owned();
    };
    let mut text = String::with_capacity(rest.len());
    for step in pointer_steps(rest) {
        let Step::Member(word) = step else { continue };
        let is_index = word.parse::<usize>().is_ok_and(|at| at.to_string() == word);
        match is_index {
            true => text.push_str(&format!("[{word}]")),
            false if word.is_empty() || word.contains(['.', '[', ']', '/']) => {
                return pointer.to_owned();
            }
            false if text.is_empty() => text.push_str(&word),
            false => text.extend([".", &word]),
        }
    }
    text
}

fn pointer_steps(pointer: &str) -> Vec<Step> {
    let plain = |word: &str| word.replace("~1", "/").replace("~0", "~");
    pointer
        .split('/')
        .map(|word| Step::Member(plain(word)))
        .collect()
}

fn dotted_steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for word in text.split('.') {
        let (name, indices) = match word.find('[') {
            Some(at) => word.split_at(at),
            None => (word, ""),
        };
        // Only the path's first step may be an index alone: `[0].name`.
        if name.is_empty() && (indices.is_empty() || !steps.is_empty()) {
            return None;
        }
        if !name.is_empty() {
            steps.push(Step::Member(name.to_owned()));
        }
        let mut rest = indices;
        while !rest.is_empty() {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            steps.push(Step::Element(index.parse().ok()?));
            rest = after;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(path: &str) -> Option<Value> {
        let document = json!({ "a": { "b": [{ "c": 1, "d/e": 2 }, [3]] }, "x.y": 4 });
        FieldPath::parse(path).unwrap().find(&document).cloned()
    }

    #[test]
    fn dots_brackets_and_pointers_lead_to_values() {
        assert_eq!(find("a.b[0].c"), Some(json!(1)));
        assert_eq!(find("a.b[1][0]"), Some(json!(3)));
        assert_eq!(find("/a/b/0/d~1e"), Some(json!(2)));
        assert_eq!(find("/x.y"), Some(json!(4)));
    }

    #[test]
    fn a_pointer_is_written_as_flags_take_it() {
        for (pointer, path) in [
            ("/name", "name"),
            ("/categories/0", "categories[0]"),
            ("/applies_to/entity", "applies_to.entity"),
            ("/a/b/0/c", "a.b[0].c"),
            ("/0/name", "[0].name"),
            ("/a/d~1e", "/a/d~1e"),
            ("/x.y", "/x.y"),
            ("/a/007", "a.007"),
            ("", ""),
        ] {
            assert_eq!(dotted(pointer), path);
            let document = json!({ "a": { "b": [{ "c": 1 }] } });
            if !pointer.is_empty() {
                let read = |text: &str| FieldPath::parse(text).unwrap().find(&document).cloned();
                assert_eq!(read(pointer), read(path), "{pointer}");
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["a.z", "a.b[9]", "a[0]", "a.b.c", "/a/b/x"] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", ".", "a..b", "a[x]", "a[0", "a[0]b", "a.[0]", "a.b[-1]"] {
            assert!(FieldPath::parse(path).is_err(), "{path:?} passed");
        }
    }
}
