//! By id: each page asks for what comes behind the last id seen, always as page 1. What is created,
//! edited or deleted meanwhile neither hides nor doubles another row.
//!
//! It rests on two things, both checked in every answer: that ids ascend, and that each is greater
//! than the last one before. A store that does not honour the filter or the order fails here.

use super::envelope::Rows;
use super::row;
use super::{Next, Walk, limit_param};

/// Caps are multiples of this.
const ROUND: u64 = 10;

pub(super) struct Keyset {
    pub param: &'static str,
    pub inclusive: bool,
    pub id: &'static str,
    /// The greatest id handed out.
    pub last: Option<u64>,
    /// How many rows there should be.
    pub expected: Option<u64>,
    /// Rows handed out.
    pub handed: u64,
    /// Rows that the last answer said were still to come.
    pub announced: u64,
    /// True when an answer that fell short of what the one before announced was asked for again.
    pub asked_again: bool,
}

impl Walk for Keyset {
    fn query(&self, limit: u32) -> Vec<(String, String)> {
        let from = self.last.map(|last| {
            let from = if self.inclusive {
                last.saturating_add(1)
            } else {
                last
            };
            (self.param.to_owned(), from.to_string())
        });
        from.into_iter().chain(limit_param(limit)).collect()
    }

    fn check(&self, rows: &Rows) -> Result<(), String> {
        let mut last = self.last;
        for item in &rows.items {
            let Some(id) = row::number(item, self.id) else {
                return Err(format!("a row has no whole number as {}", self.id));
            };
            if let Some(last) = last.filter(|last| id <= *last) {
                let name = self.id;
                return Err(format!(
                    "rows do not ascend: {name} {id} comes after {last}"
                ));
            }
            last = Some(id);
        }
        Ok(())
    }

    fn take(&mut self, rows: &Rows, limit: u32) -> Result<Next, String> {
        let came = rows.items.len() as u64;
        // Fewer than were announced: they may be deleted, or the answer is a slip.
        let there = rows.total().unwrap_or(came);
        if there < self.announced && !self.asked_again {
            self.asked_again = true;
            return Ok(Next::Instead);
        }
        let Some(item) = rows.items.last() else {
            // Nothing at all, and no total that says so: looked at twice.
            if self.handed == 0 && rows.total().is_none() && !self.asked_again {
                self.asked_again = true;
                return Ok(Next::Instead);
            }
            return Ok(Next::End(None));
        };
        self.asked_again = false;
        self.last = row::number(item, self.id);
        self.handed += came;
        self.announced = match rows.total() {
            Some(total) => total - came,
            None => 0,
        };
        let end = match rows.total() {
            Some(_) => self.announced == 0,
            // A short page is the last. Of a round length it may be a smaller cap that the store
            // applied without saying so: then only if another count agrees.
            None => {
                let round = came.is_multiple_of(ROUND) && self.expected != Some(self.handed);
                came < u64::from(limit) && !round
            }
        };
        Ok(if end || self.last == Some(u64::MAX) {
            Next::End(None)
        } else {
            Next::More
        })
    }
}
