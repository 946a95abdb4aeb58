//! v3's `page` and `limit`. Rows move between pages when others are added or deleted meanwhile, so
//! the walk counts: only where the total stood still and as many different rows came is it whole.

use super::envelope::Rows;
use super::row::Seen;
use super::{Next, Walk, limit_param, moved, realign};

pub(super) struct Offset {
    id: &'static str,
    /// True where the list takes no `page`, unless its answer tells of more pages.
    unpaged: bool,
    page: u64,
    /// Rows before the next page.
    skip: u64,
    seen: Seen,
    total_first: Option<u64>,
    total_last: Option<u64>,
}

impl Offset {
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            unpaged: false,
            page: 1,
            skip: 0,
            seen: Seen::default(),
            total_first: None,
            total_last: None,
        }
    }

    pub fn unpaged(id: &'static str) -> Self {
        Self {
            unpaged: true,
            ..Self::new(id)
        }
    }

    /// Why the walk can't be called whole.
    fn doubt(&self) -> Option<String> {
        let distinct = self.seen.distinct();
        if self.seen.doubled > 0 {
            return Some(moved(&self.seen));
        }
        match (self.total_first, self.total_last) {
            (Some(first), Some(last)) if first != last => Some(format!(
                "its total went from {first} to {last} while it was read"
            )),
            (_, Some(last)) if last != distinct => {
                Some(format!("it says it has {last} rows and {distinct} came"))
            }
            (_, None) if self.page > 1 => {
                Some("it has several pages and tells no total".to_owned())
            }
            _ => None,
        }
    }
}

impl Walk for Offset {
    fn query(&self, limit: u32) -> Vec<(String, String)> {
        let asked = self.page > 1 || !self.unpaged;
        let page = asked.then(|| ("page".to_owned(), self.page.to_string()));
        page.into_iter().chain(limit_param(limit)).collect()
    }

    fn take(&mut self, rows: &Rows, limit: u32) -> Result<Next, String> {
        let came = rows.items.len();
        let new = self.seen.enter(&rows.items, self.id);
        if self.page == 1 {
            self.total_first = rows.total();
        }
        self.total_last = rows.total().or(self.total_last);
        let size = match (rows.per_page(), limit) {
            (Some(per_page), _) => u64::from(per_page),
            (None, 0) => came as u64,
            (None, limit) => u64::from(limit),
        };
        self.skip += size;
        let offset = rows.offset.as_ref();
        let by_total = self.total_last.map(|total| self.skip < total);
        let by_pages = offset
            .and_then(|o| o.total_pages)
            .map(|last| self.page < last);
        let more = match (by_total, by_pages) {
            (None, None) => !self.unpaged && came as u64 >= size,
            (total, pages) => total.unwrap_or(false) || pages.unwrap_or(false),
        };
        // One old row alone on the last page is a row that moved; more than that is no list.
        if self.page > 1 && new == 0 && came > 0 && (more || came as u64 >= size) {
            return Err(format!("page {} has only rows that came before", self.page));
        }
        if came == 0 || !more {
            return Ok(Next::End(self.doubt()));
        }
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
