//! What was asked of the sandbox, for tests that count requests or look for a forbidden one.

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

/// Requests that were answered well more than once: a page asked for twice.
pub fn repeated(entries: &[Entry]) -> Vec<&Entry> {
    let good = |entry: &&Entry| entry.method == "GET" && entry.status < 300;
    entries
        .iter()
        .filter(good)
        .filter(|entry| {
            let same = |other: &&&Entry| {
                (&other.path, &other.query) == (&entry.path, &entry.query)
                    && other.number < entry.number
            };
            entries
                .iter()
                .filter(good)
                .find(|other| same(&other))
                .is_some()
        })
        .collect()
}
