//! What was asked of the sandbox, for tests that count requests or look for a forbidden one.

use std::collections::HashSet;

use serde::Serialize;

/// One request below `/stores/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// From 1, in the order of arrival.
    pub number: u64,
    /// `GET`.
    pub method: String,
    /// The path after the store hash, `/v3/catalog/products`.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The status that was answered; 0 when the connection was reset instead.
    pub status: u16,
    /// The name of the token, `none` or `wrong`; never the token.
    pub token: String,
    /// The client's `User-Agent`.
    pub user_agent: String,
}

impl Entry {
    /// `GET /v3/catalog/products?limit=250 200`, for messages.
    pub fn line(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!(
            "{} {}{mark}{} {}",
            self.method, self.path, self.query, self.status
        )
    }
}

/// Reads that had been answered well before, in the same words: a page asked for twice.
pub fn repeated(entries: &[Entry]) -> Vec<&Entry> {
    let mut known = HashSet::new();
    entries
        .iter()
        .filter(|entry| entry.method == "GET" && (200..300).contains(&entry.status))
        .filter(|entry| !known.insert((&entry.path, &entry.query)))
        .collect()
}
