//! By windows of ids, for lists that take a lower and an upper id but no order: each window holds
//! all its rows in one answer, so nothing can move between pages.
//!
//! The first answer, without windows, ends the walk if it holds all. Else windows go up from the
//! lowest id, narrowed when they hold more than a page, widened when they hold little; once one is
//! empty or as many rows as were announced have come, an open window tells what is left above. What
//! an answer too full to use shows of its lowest id is a hint at a gap below: one window over the
//! gap proves it empty, however wide.

use super::envelope::Rows;
use super::row;
use super::{Next, Walk, limit_param};

pub(super) struct Windows {
    min: &'static str,
    max: &'static str,
    id: &'static str,
    /// The lowest id not read yet.
    from: u64,
    /// Ids a window spans; none for an open one.
    width: Option<u64>,
    /// Width of ordinary windows.
    wide: u64,
    /// True while the window only proves a gap.
    gap: bool,
    /// True until the first answer.
    first: bool,
    handed: u64,
    /// Rows there should be in all.
    expected: u64,
}

impl Windows {
    pub fn new(min: &'static str, max: &'static str, id: &'static str) -> Self {
        Self {
            min,
            max,
            id,
            from: 0,
            width: None,
            wide: 0,
            gap: false,
            first: true,
            handed: 0,
            expected: 0,
        }
    }

    /// A smaller window in place of one that held more than a page.
    fn narrow(&mut self, rows: &Rows, held: u64, page: u64) -> Result<Next, String> {
        match self.width {
            None => self.expected = self.handed + held,
            Some(1) => return Err(format!("{held} rows share the {} {}", self.id, self.from)),
            Some(width) => self.wide = self.wide.min(width / 2).min(page),
        }
        let ids = rows
            .items
            .iter()
            .filter_map(|row| row::number(row, self.id));
        let below = ids.min().unwrap_or(0).saturating_sub(self.from);
        self.gap = below > self.wide;
        self.width = Some(if self.gap { below } else { self.wide });
        Ok(Next::Instead)
    }

    fn top(&self) -> Option<u64> {
        self.width.map(|width| self.from.saturating_add(width - 1))
    }
}

impl Walk for Windows {
    fn query(&self, limit: u32) -> Vec<(String, String)> {
        let from = (!self.first).then(|| (self.min.to_owned(), self.from.to_string()));
        let top = self.top().map(|top| (self.max.to_owned(), top.to_string()));
        let window = from.into_iter().chain(top);
        window.chain(limit_param(limit)).collect()
    }

    fn check(&self, rows: &Rows) -> Result<(), String> {
        if rows.total().is_none() && !rows.items.is_empty() {
            return Err("the page tells no total".to_owned());
        }
        for item in &rows.items {
            let Some(id) = row::number(item, self.id) else {
                return Err(format!("a row has no whole number as {}", self.id));
            };
            if id < self.from || self.top().is_some_and(|top| id > top) {
                return Err(format!("{} {id} is outside of the ids asked for", self.id));
            }
        }
        Ok(())
    }

    fn take(&mut self, rows: &Rows, limit: u32) -> Result<Next, String> {
        let came = rows.items.len() as u64;
        let page = u64::from(limit).max(1);
        let held = rows.total().unwrap_or(0);
        let all_came = held <= came;
        if self.first {
            self.first = false;
            self.expected = held;
            self.wide = page;
        }
        if !all_came {
            return self.narrow(rows, held, page);
        }
        self.handed += came;
        let Some(width) = self.width else {
            return Ok(Next::End(None));
        };
        self.from = self.from.saturating_add(width);
        if std::mem::take(&mut self.gap) {
            self.width = Some(self.wide);
            return Ok(Next::More);
        }
        if came * 2 <= page {
            self.wide = width.saturating_mul(2);
        }
        // An empty window may be a gap or the end: an open one tells, and counts anew.
        let go_on = came > 0 && self.handed < self.expected && self.from < u64::MAX;
        self.width = go_on.then_some(self.wide);
        Ok(Next::More)
    }
}
