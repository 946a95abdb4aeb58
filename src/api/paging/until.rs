//! v2's `page` and `limit` without any total: ends on 204, an empty page or a short one.
//!
//! A short page may also be a smaller cap that the store applied without saying so. Such caps are
//! round numbers; a page of 10, 20, ... rows, or one that leaves fewer than expected, is therefore
//! not believed to be the last until the next one is empty.

use super::envelope::Rows;
use super::row::Seen;
use super::{Next, Walk, limit_param, moved, realign};

/// Caps are multiples of this.
const ROUND: u64 = 10;

pub(super) struct Until {
    id: &'static str,
    expected: Option<u64>,
    page: u64,
    /// Rows before the next page.
    skip: u64,
    /// Pages with rows.
    filled: u64,
    seen: Seen,
}

impl Until {
    pub fn new(id: &'static str, expected: Option<u64>) -> Self {
        Self {
            id,
            expected,
            page: 1,
            skip: 0,
            filled: 0,
            seen: Seen::default(),
        }
    }

    fn doubt(&self) -> Option<String> {
        let distinct = self.seen.distinct();
        if self.seen.doubled > 0 {
            return Some(moved(&self.seen));
        }
        match self.expected {
            Some(expected) if expected != distinct => Some(format!(
                "{expected} rows were counted before and {distinct} came"
            )),
            None if self.filled > 1 => Some(format!(
                "it came in {} pages, tells no total and no count was at hand",
                self.filled
            )),
            _ => None,
        }
    }
}

impl Walk for Until {
    fn query(&self, limit: u32) -> Vec<(String, String)> {
        let page = Some(("page".to_owned(), self.page.to_string()));
        page.into_iter().chain(limit_param(limit)).collect()
    }

    fn take(&mut self, rows: &Rows, limit: u32) -> Result<Next, String> {
        let came = rows.items.len() as u64;
        if came == 0 {
            return Ok(Next::End(self.doubt()));
        }
        let new = self.seen.enter(&rows.items, self.id);
        let full = limit == 0 || came >= u64::from(limit);
        let round = came.is_multiple_of(ROUND);
        self.filled += 1;
        let distinct = self.seen.distinct();
        let missing = self.expected.is_some_and(|expected| distinct < expected);
        let counted = self.expected == Some(distinct);
        if !full && !missing && (!round || counted) {
            return Ok(Next::End(self.doubt()));
        }
        if self.page > 1 && new == 0 {
            return Err(format!("page {} has only rows that came before", self.page));
        }
        // A short page that is not the last counts as a full one of a smaller size.
        self.skip += if full { u64::from(limit) } else { came };
        self.page += 1;
        Ok(Next::More)
    }

    fn resize(&mut self, wanted: u32) -> u32 {
        let (page, size) = realign(self.skip, wanted);
        self.page = page;
        size
    }

    fn can_grow(&self) -> bool {
        false
    }
}
