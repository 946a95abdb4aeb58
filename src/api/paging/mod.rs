//! Walking a list page by page, and saying at the end whether it was whole.
//!
//! A list that looks complete and is not is the most dangerous answer a backup can get, so nothing
//! is taken on faith. For each way of paging there is a [`Walk`]: it makes the next page's
//! parameters, refuses an answer that contradicts itself (which is then asked for again), and
//! knows the end. Around it, [`Pages`] steps the page size down when the store (413) or memory
//! asks for it, and hands out one page at a time.
//!
//! | paging | the end | whole |
//! |---|---|---|
//! | [`Paging::Keyset`] | v3: an answer whose rows are all that its total announces; else an empty page | always |
//! | [`Paging::Cursor`] | no `links.next`, and a short page, no cursor or the first answer's total reached | always |
//! | [`Paging::IdWindow`] | an open last window that holds all that its total announces | always |
//! | [`Paging::Offset`] | the last page by the last answer's total | same total first and last, as many distinct rows, none twice |
//! | [`Paging::Until204`] | 204, an empty page or a short one | one page, or as many distinct rows as were expected |
//! | [`Paging::Unpaged`] | the one answer; followed like `Offset` where it announces more | as `Offset` |

mod cursor;
mod envelope;
mod keyset;
mod offset;
mod row;
mod until;
mod windows;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::value::RawValue;

use super::call::Call;
use super::client::{BODY_MAX, Client};
use super::error::{Error, ErrorKind};
use crate::model::{ApiVersion, Paging};
use envelope::Rows;

/// Most pages of one list: 250 million rows at 250 a page, so more can only be an endless loop.
const PAGES_MAX: u64 = 1_000_000;

/// How large the body of a page may be, in bytes after unpacking.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// From here on the next pages ask for fewer rows.
    pub soft: usize,
    /// A larger one is given up and asked for again with half the rows.
    pub hard: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        // 250 products of 20 kB fit under the first, so that ordinary ones keep their 250 a page.
        Self {
            soft: 8 * 1024 * 1024,
            hard: 16 * 1024 * 1024,
        }
    }
}

/// A list to walk.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Which generation of the API.
    pub api: ApiVersion,
    /// The list's path.
    pub path: String,
    /// Parameters sent with every page; those of paging are added.
    pub query: Vec<(String, String)>,
    /// How its pages follow each other.
    pub paging: Paging,
    /// Rows a page asks for; 0 where the list takes no `limit`.
    pub limit: u32,
    /// Member that tells rows apart, where the paging does not name one; rows without it are told
    /// apart by all of their text.
    pub id: &'static str,
    /// How many rows there should be, where a count tells it (v2 lists tell none themselves).
    pub expected: Option<u64>,
    /// For `Keyset`: begin behind this id.
    pub after: Option<u64>,
}

impl Listing {
    /// A list with 250 rows a page.
    pub fn new(api: ApiVersion, path: impl Into<String>, paging: Paging) -> Self {
        Self {
            api,
            path: path.into(),
            query: Vec::new(),
            paging,
            limit: 250,
            id: "id",
            expected: None,
            after: None,
        }
    }
}

/// Some rows of a list.
#[derive(Debug)]
pub struct Page {
    /// The rows, as sent.
    pub items: Vec<Box<RawValue>>,
    /// How many rows the whole list has, as far as it tells.
    pub total: Option<u64>,
    /// True for the first page.
    pub first: bool,
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// True only if every row was handed out that was there all the time. Only then may absence
    /// suggest a deletion.
    pub whole: bool,
    /// Why not, in words.
    pub why: Option<String>,
    /// The total that the first answer told.
    pub total_first: Option<u64>,
    /// The total that the last answer told (`Keyset`: together with the rows before it).
    pub total_last: Option<u64>,
    /// Rows handed out.
    pub rows: u64,
    /// Pages handed out.
    pub pages: u64,
}

/// What follows an answer.
enum Next {
    /// Another page.
    More,
    /// The same place again with other parameters: these rows are not to be handed out.
    Instead,
    /// The end: whole, or not for this reason.
    End(Option<String>),
}

/// One way of paging.
trait Walk: Send + Sync {
    /// Parameters of the next page; `limit` is 0 where the list takes none.
    fn query(&self, limit: u32) -> Vec<(String, String)>;

    /// Refuses an answer that can't be right: it is asked for again.
    fn check(&self, _rows: &Rows) -> Result<(), String> {
        Ok(())
    }

    /// Takes an answer in and says what follows; an error is an endless loop.
    fn take(&mut self, rows: &Rows, limit: u32) -> Result<Next, String>;

    /// The page size to go on with, at most `wanted`.
    fn resize(&mut self, wanted: u32) -> u32 {
        wanted
    }

    /// Whether the page size may grow again in mid-walk.
    fn can_grow(&self) -> bool {
        true
    }
}

/// A list being walked.
pub struct Pages {
    client: Client,
    listing: Listing,
    walk: Box<dyn Walk>,
    limit: u32,
    limit_max: u32,
    sizes: Sizes,
    ended: bool,
    ending: Ending,
}

impl Pages {
    pub(super) fn new(client: Client, listing: Listing, sizes: Sizes) -> Self {
        let limit = client.page_limits().recall(&listing);
        Self {
            client,
            walk: walk(&listing),
            listing,
            limit,
            limit_max: limit,
            sizes,
            ended: false,
            ending: Ending {
                whole: false,
                why: Some("it was not read to its end".to_owned()),
                total_first: None,
                total_last: None,
                rows: 0,
                pages: 0,
            },
        }
    }

    /// The next page, none after the last. After an error the walk is over and not whole.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        while !self.ended {
            let rows = match self.ask().await {
                Ok(rows) => rows,
                Err(error) if error.kind() == ErrorKind::TooLarge && self.shrink(&error) => {
                    continue;
                }
                Err(error) => return self.fail(error),
            };
            let next = match self.walk.take(&rows, self.limit) {
                Ok(_) if self.ending.pages >= PAGES_MAX => {
                    Err(format!("no end after {PAGES_MAX} pages"))
                }
                other => other,
            };
            let next = match next {
                Ok(next) => next,
                Err(why) => return self.fail(self.error(ErrorKind::LoopingPages, why)),
            };
            if let Next::End(why) = &next {
                self.ended = true;
                self.ending.whole = why.is_none();
                self.ending.why.clone_from(why);
            }
            self.adapt(&rows);
            if matches!(next, Next::Instead) {
                continue;
            }
            self.ending.total_last = rows.total().map(|total| match self.listing.paging {
                Paging::Keyset { .. } => self.ending.rows + total,
                _ => total,
            });
            let first = self.ending.pages == 0;
            if first {
                self.ending.total_first = self.ending.total_last;
            }
            if !rows.items.is_empty() {
                self.ending.pages += 1;
                self.ending.rows += rows.items.len() as u64;
                return Ok(Some(Page {
                    items: rows.items,
                    total: self
                        .ending
                        .total_last
                        .or(self.ending.total_first)
                        .or(self.listing.expected),
                    first,
                }));
            }
        }
        Ok(None)
    }

    /// How the walk ended; not whole as long as it has not.
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// True when no further page is asked for.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    async fn ask(&self) -> Result<Rows, Error> {
        let mut call = Call::new(self.listing.api, self.listing.path.clone());
        call.query.clone_from(&self.listing.query);
        call.query.extend(self.walk.query(self.limit));
        let body_max = if self.limit > 1 {
            self.sizes.hard
        } else {
            BODY_MAX
        };
        let api = self.listing.api;
        self.client
            .exchange(&call, body_max, |reply| {
                let rows = Rows::read(api, reply)?;
                self.walk.check(&rows)?;
                Ok(rows)
            })
            .await
    }

    fn fail(&mut self, error: Error) -> Result<Option<Page>, Error> {
        self.ended = true;
        self.ending.whole = false;
        self.ending.why = Some(error.to_string());
        Err(error)
    }

    fn error(&self, kind: ErrorKind, why: String) -> Error {
        Error::new(kind, self.listing.api, &self.listing.path, why)
    }

    /// Steps the page size down; false where it can't get any smaller.
    fn shrink(&mut self, error: &Error) -> bool {
        if self.limit <= 1 {
            return false;
        }
        let named = error.allowed_below(self.limit);
        let wanted = named.unwrap_or(self.limit / 2).max(1);
        self.limit = self.walk.resize(wanted);
        // What the store refuses once it refuses again; what was too large here may not be so there.
        if error.status() == Some(413) {
            self.limit_max = self.limit;
            self.client.page_limits().learn(&self.listing, self.limit);
        }
        tracing::debug!(
            path = self.listing.path,
            limit = self.limit,
            "smaller pages"
        );
        true
    }

    /// Follows the page size that the store really uses, and keeps bodies in bounds.
    fn adapt(&mut self, rows: &Rows) {
        if self.limit == 0 || self.ended {
            return;
        }
        if let Some(per_page) = rows.per_page().filter(|per_page| *per_page < self.limit) {
            self.limit = per_page;
            self.limit_max = per_page;
        }
        let soft = self.sizes.soft;
        if rows.bytes > soft && self.limit > 1 {
            let fits = u64::from(self.limit) * (soft as u64 / 4 * 3) / rows.bytes as u64;
            let wanted = u32::try_from(fits).unwrap_or(1).clamp(1, self.limit - 1);
            self.limit = self.walk.resize(wanted);
        } else if rows.bytes < soft / 4 && self.limit < self.limit_max && self.walk.can_grow() {
            self.limit = (self.limit * 2).min(self.limit_max);
        }
    }
}

fn walk(listing: &Listing) -> Box<dyn Walk> {
    match listing.paging {
        Paging::Unpaged => Box::new(offset::Offset::unpaged(listing.id)),
        Paging::Offset => Box::new(offset::Offset::new(listing.id)),
        Paging::Cursor => Box::new(cursor::Cursor::default()),
        Paging::Until204 => Box::new(until::Until::new(listing.id, listing.expected)),
        Paging::Keyset {
            param,
            inclusive,
            id,
        } => Box::new(keyset::Keyset {
            param,
            inclusive,
            id,
            last: listing.after,
            expected: listing.expected,
            handed: 0,
            announced: 0,
            asked_again: false,
        }),
        Paging::IdWindow { min, max, id } => Box::new(windows::Windows::new(min, max, id)),
    }
}

/// `limit`, where the list takes one.
fn limit_param(limit: u32) -> Option<(String, String)> {
    (limit > 0).then(|| ("limit".to_owned(), limit.to_string()))
}

/// The page and its size, at most `wanted`, to go on with in mid-walk: a page must begin where the
/// one before ended, so its size divides the rows behind it.
fn realign(skip: u64, wanted: u32) -> (u64, u32) {
    let sizes = (1..=wanted.max(1)).rev();
    let fits = |size: &u32| skip.is_multiple_of(u64::from(*size));
    let size = sizes.into_iter().find(fits).unwrap_or(1);
    (skip / u64::from(size) + 1, size)
}

/// Why a list in which rows came twice is not whole.
fn moved(seen: &row::Seen) -> String {
    let doubled = seen.doubled;
    format!("{doubled} rows came twice: the list moved while it was read")
}

/// Page sizes that 413s have taught, so that each list of a kind learns them only once.
#[derive(Default)]
pub(super) struct PageLimits(Mutex<BTreeMap<(&'static str, String), u32>>);

impl PageLimits {
    fn recall(&self, listing: &Listing) -> u32 {
        let limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let learned = limits.get(&Self::kind(listing));
        learned.map_or(listing.limit, |learned| listing.limit.min(*learned))
    }

    fn learn(&self, listing: &Listing, limit: u32) {
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        limits.insert(Self::kind(listing), limit);
    }

    /// The path with its numbers left out: one kind of list.
    fn kind(listing: &Listing) -> (&'static str, String) {
        let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let segments = listing.path.split('/');
        let named: Vec<_> = segments
            .map(|segment| if number(segment) { "{id}" } else { segment })
            .collect();
        (listing.api.segment(), named.join("/"))
    }
}
