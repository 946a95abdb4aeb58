//! Faults by script: at which request what goes wrong. A test sets them before or between runs and
//! asks at the end whether each was reached.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::store::Store;

/// When a fault strikes. Requests are counted from 1, from the moment the script was set; only
/// those below `/stores/` count, refused ones too.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The n-th request of all.
    Request(u64),
    /// The n-th request and all that follow.
    From(u64),
    /// Every request with this method (`POST`).
    Method(String),
    /// The k-th request whose path begins so (`/v3/catalog/products`, after the store hash).
    Path {
        /// The beginning of the path.
        path: String,
        /// Which of them, from 1; 0 is every one.
        nth: u64,
    },
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// 429 with the four rate headers and `X-Retry-After`: the quota counts as spent.
    TooMany,
    /// 429 without any of them: the platform is overloaded.
    BareTooMany,
    /// This status with a body as documented.
    Status(u16),
    /// 502 with a page of HTML, as a gateway writes it.
    HtmlBadGateway,
    /// 200 and the right length, but the connection ends half-way through the body.
    CutBody,
    /// The connection is reset before any answer.
    Reset,
    /// 200 with a body that stops being JSON half-way.
    WrongJson,
    /// 200 with well-formed JSON of another shape.
    OddJson,
    /// The page has so many rows fewer, and its counts agree with that.
    Shrink(usize),
    /// The page has so many rows fewer, while its counts still speak of all.
    Miscount(usize),
    /// An offset page begins so many rows too far on, as if rows before it had just gone.
    Shift(usize),
    /// From here on each page of this path is the one served before it, for ever.
    Repeat,
    /// The answer comes so many milliseconds late.
    Delay(u64),
}

/// One line of the script.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Fault {
    /// At which request.
    pub when: When,
    /// What happens there.
    pub what: What,
}

impl Fault {
    /// At the n-th request.
    pub fn at(request: u64, what: What) -> Self {
        Self {
            when: When::Request(request),
            what,
        }
    }

    /// At the k-th request whose path begins so.
    pub fn on(path: &str, nth: u64, what: What) -> Self {
        Self {
            when: When::Path {
                path: path.to_owned(),
                nth,
            },
            what,
        }
    }
}

/// A change to the store that is made just before a request is answered.
pub type Edit = Arc<dyn Fn(&mut Store) + Send + Sync>;

/// The script, how far it has come, and what pages must be repeated.
#[derive(Default)]
pub struct Script {
    faults: Vec<(Fault, u64)>,
    edits: Vec<(When, Edit, u64)>,
    requests: u64,
    paths: BTreeMap<String, u64>,
    last: BTreeMap<String, Value>,
    stuck: Vec<String>,
}

impl Script {
    /// Sets the script and begins to count at 1 again.
    pub fn set(&mut self, faults: Vec<Fault>) {
        *self = Self {
            faults: faults.into_iter().map(|fault| (fault, 0)).collect(),
            edits: std::mem::take(&mut self.edits),
            ..Self::default()
        };
    }

    /// Adds an edit of the store at some request.
    pub fn edit_at(&mut self, when: When, edit: Edit) {
        self.edits.push((when, edit, 0));
    }

    /// Counts a request and says what is to happen to it.
    pub fn strike(&mut self, method: &str, path: &str) -> (Vec<What>, Vec<Edit>) {
        self.requests += 1;
        let number = self.requests;
        let mut prefixes: Vec<String> = Vec::new();
        for when in self
            .faults
            .iter()
            .map(|(f, _)| &f.when)
            .chain(self.edits.iter().map(|e| &e.0))
        {
            if let When::Path { path: prefix, .. } = when
                && path.starts_with(prefix.as_str())
                && !prefixes.contains(prefix)
            {
                prefixes.push(prefix.clone());
            }
        }
        for prefix in prefixes {
            *self.paths.entry(prefix).or_default() += 1;
        }
        let paths = &self.paths;
        let due = |when: &When| match when {
            When::Request(at) => *at == number,
            When::From(at) => number >= *at,
            When::Method(name) => name == method,
            When::Path { path: prefix, nth } => {
                path.starts_with(prefix.as_str())
                    && (*nth == 0 || paths.get(prefix).is_some_and(|count| count == nth))
            }
        };
        let mut whats = Vec::new();
        for (fault, struck) in &mut self.faults {
            if due(&fault.when) {
                *struck += 1;
                whats.push(fault.what.clone());
            }
        }
        let mut edits = Vec::new();
        for (when, edit, struck) in &mut self.edits {
            if due(when) {
                *struck += 1;
                edits.push(Arc::clone(edit));
            }
        }
        (whats, edits)
    }

    /// Faults that no request has met yet.
    pub fn unreached(&self) -> Vec<Fault> {
        self.faults
            .iter()
            .filter(|(_, struck)| *struck == 0)
            .map(|(f, _)| f.clone())
            .collect()
    }

    /// The body to be sent for a page: the earlier one of the path when it is stuck.
    pub fn page(&mut self, path: &str, stick: bool, body: Value) -> Value {
        if stick && !self.stuck.iter().any(|stuck| stuck == path) {
            self.stuck.push(path.to_owned());
        }
        if self.stuck.iter().any(|stuck| stuck == path) {
            return self.last.entry(path.to_owned()).or_insert(body).clone();
        }
        if self.watches_pages() {
            self.last.insert(path.to_owned(), body.clone());
        }
        body
    }

    /// True if a page may have to be repeated later, so that bodies must be kept.
    fn watches_pages(&self) -> bool {
        self.faults
            .iter()
            .any(|(fault, _)| fault.what == What::Repeat)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// Does to an answer's body what `Shrink` and `Miscount` say.
pub fn shorten(body: &mut Value, what: &What) {
    let (rows, honest) = match what {
        What::Shrink(rows) => (*rows, true),
        What::Miscount(rows) => (*rows, false),
        _ => return,
    };
    let list = match body {
        Value::Array(list) => list,
        Value::Object(object) => match object.get_mut("data") {
            Some(Value::Array(list)) => list,
            _ => return,
        },
        _ => return,
    };
    let gone = rows.min(list.len());
    list.truncate(list.len() - gone);
    if honest {
        for place in ["/meta/pagination/count", "/meta/pagination/total"] {
            if let Some(count) = body.pointer_mut(place)
                && let Some(number) = count.as_u64()
            {
                *count = Value::from(number.saturating_sub(gone as u64));
            }
        }
    }
}

/// How long the answer is to wait.
pub fn delay(whats: &[What]) -> Duration {
    let wait_ms = whats
        .iter()
        .map(|what| if let What::Delay(ms) = what { *ms } else { 0 })
        .sum();
    Duration::from_millis(wait_ms)
}
