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
                _ => None,
            })
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
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
