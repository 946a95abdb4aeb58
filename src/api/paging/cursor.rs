//! v3's cursors: the next page is `after={end_cursor}`.
//!
//! No flag says that there is more, and the documents name two signs. Either alone would be wrong
//! once: a page may be short and still have a next one, and a full last page has none. So:
//! `links.next` means more. Without it, a short page, a missing cursor or the first answer's total
//! ends the list; a full page with a cursor asks once more, for an empty page at worst. Where that
//! end leaves fewer rows than the first answer announced, the last page is asked for a second time:
//! rows may have been deleted, or the answer was a slip.

use std::collections::HashSet;

use super::envelope::Rows;
use super::{Next, Walk, limit_param};

#[derive(Default)]
pub(super) struct Cursor {
    after: Option<String>,
    used: HashSet<String>,
    total: Option<u64>,
    handed: u64,
    /// True when an end that came too early was asked for again.
    asked_again: bool,
}

impl Walk for Cursor {
    fn query(&self, limit: u32) -> Vec<(String, String)> {
        let after = self.after.clone().map(|after| ("after".to_owned(), after));
        after.into_iter().chain(limit_param(limit)).collect()
    }

    fn check(&self, rows: &Rows) -> Result<(), String> {
        let all_came = self.after.is_none() && rows.total() == Some(rows.items.len() as u64);
        match &rows.cursor {
            None if !rows.items.is_empty() && !all_came => {
                Err("the page has no cursor_pagination".to_owned())
            }
            Some(cursor) if cursor.next && cursor.end.is_none() => {
                Err("the page has a next one and no end_cursor".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn take(&mut self, rows: &Rows, limit: u32) -> Result<Next, String> {
        let came = rows.items.len() as u64;
        if self.after.is_none() {
            self.total = rows.total();
        }
        let handed = self.handed + came;
        let reached = self.total.is_some_and(|total| handed >= total);
        let cursor = rows.cursor.clone().unwrap_or_default();
        let short = came < u64::from(rows.per_page().unwrap_or(limit));
        let end = match cursor.end {
            Some(end) if came > 0 && (cursor.next || !(short || reached)) => end,
            _ if self.total.is_some() && !reached && !self.asked_again => {
                self.asked_again = true;
                return Ok(Next::Instead);
            }
            _ => return Ok(Next::End(None)),
        };
        self.handed = handed;
        if !self.used.insert(end.clone()) {
            return Err("the same cursor came twice".to_owned());
        }
        self.after = Some(end);
        Ok(Next::More)
    }
}
