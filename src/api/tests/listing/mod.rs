//! Walks over lists in memory: what is asked, what is handed out, and whether it may be called
//! whole.

mod cursor;
mod guards;
mod keyset;
mod offset;
mod sizes;
mod until;
mod windows;

use std::sync::{Arc, Mutex};

use super::*;
use crate::model::Paging;

const BY_ID: Paging = Paging::Keyset {
    param: "id:greater",
    inclusive: false,
    id: "id",
};
const BY_MIN_ID: Paging = Paging::Keyset {
    param: "min_id",
    inclusive: true,
    id: "id",
};
const WINDOWS: Paging = Paging::IdWindow {
    min: "id:min",
    max: "id:max",
    id: "id",
};

fn listing(paging: Paging, limit: u32) -> Listing {
    Listing {
        limit,
        ..Listing::new(ApiVersion::V3, "/things", paging)
    }
}

fn listing_v2(paging: Paging, limit: u32) -> Listing {
    Listing {
        api: ApiVersion::V2,
        ..listing(paging, limit)
    }
}

/// All that came of a walk.
struct Walked {
    ids: Vec<u64>,
    pages: usize,
    ending: Ending,
    error: Option<Error>,
}

impl Walked {
    fn whole(&self) -> bool {
        self.error.is_none() && self.ending.whole
    }

    fn why(&self) -> &str {
        self.ending.why.as_deref().unwrap_or_default()
    }

    fn kind(&self) -> Option<ErrorKind> {
        self.error.as_ref().map(Error::kind)
    }
}

async fn walk(client: &Client, listing: Listing) -> Walked {
    let mut pages = client.pages(listing);
    let mut walked = Walked {
        ids: Vec::new(),
        pages: 0,
        ending: pages.ending().clone(),
        error: None,
    };
    assert!(!walked.ending.whole, "nothing is whole before its end");
    loop {
        match pages.next().await {
            Ok(Some(page)) => {
                assert_eq!(page.first, walked.pages == 0);
                walked.pages += 1;
                walked
                    .ids
                    .extend(page.items.iter().map(|item| id_of(item.get())));
            }
            Ok(None) => break,
            Err(error) => {
                walked.error = Some(error);
                assert!(pages.next().await.unwrap().is_none());
                break;
            }
        }
    }
    walked.ending = pages.ending().clone();
    assert_eq!(walked.ending.rows, walked.ids.len() as u64);
    assert_eq!(walked.ending.whole, walked.ending.why.is_none());
    walked
}

fn id_of(row: &str) -> u64 {
    let from = row.find("\"id\":").unwrap() + 5;
    let digits = row[from..].chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap()
}

fn rows(ids: &[u64]) -> String {
    let rows: Vec<_> = ids.iter().map(|id| format!("{{\"id\":{id}}}")).collect();
    format!("[{}]", rows.join(","))
}

/// v3's envelope for some rows of `total`.
fn v3_page(ids: &[u64], total: usize, per_page: u64, page: u64) -> String {
    let pages = (total as u64).div_ceil(per_page);
    format!(
        r#"{{"data":{},"meta":{{"pagination":{{"total":{total},"count":{},"per_page":{per_page},
        "current_page":{page},"total_pages":{pages},"links":{{}}}}}}}}"#,
        rows(ids),
        ids.len()
    )
}

/// v3's envelope with a cursor.
fn cursor_page(ids: &[u64], per_page: u64, end: Option<&str>, next: bool) -> String {
    let end = end.map_or("null".to_owned(), |end| format!("\"{end}\""));
    let next = if next { r#","next":"?after=x""# } else { "" };
    format!(
        r#"{{"data":{},"meta":{{"cursor_pagination":{{"count":{},"per_page":{per_page},
        "start_cursor":"s","end_cursor":{end},"links":{{"current":"?x"{next}}}}}}}}}"#,
        rows(ids),
        ids.len()
    )
}

/// A store with one list, which honours every way of paging, and whose rows may change.
#[derive(Clone)]
struct Things {
    ids: Arc<Mutex<Vec<u64>>>,
    max: u64,
    default: u64,
}

impl Things {
    fn new(ids: impl IntoIterator<Item = u64>) -> Self {
        Self {
            ids: Arc::new(Mutex::new(ids.into_iter().collect())),
            max: 250,
            default: 50,
        }
    }

    fn fake(&self) -> Fake {
        let things = self.clone();
        Fake::new(move |_, url| things.answer(url))
    }

    /// With something that happens to the rows just before the n-th request.
    fn fake_with(&self, before: impl Fn(usize, &mut Vec<u64>) + Send + Sync + 'static) -> Fake {
        let things = self.clone();
        Fake::new(move |n, url| {
            before(n, &mut things.ids.lock().unwrap());
            things.answer(url)
        })
    }

    fn answer(&self, url: &Url) -> Step {
        let ids = self.ids.lock().unwrap();
        let limit = param(url, "limit").unwrap_or(self.default);
        if limit > self.max {
            let title = format!("Limit {limit} exceeds the maximum of {}", self.max);
            return answer(413, format!(r#"{{"status":413,"title":"{title}"}}"#));
        }
        let above = param(url, "id:greater").map_or(0, |id| id + 1);
        let min = param(url, "id:min").or(param(url, "min_id")).unwrap_or(0);
        let max = param(url, "id:max").unwrap_or(u64::MAX);
        let fits = |id: &u64| *id >= above && *id >= min && *id <= max;
        let found: Vec<u64> = ids.iter().copied().filter(fits).collect();
        let page = param(url, "page").unwrap_or(1);
        let skip = (page - 1) * limit;
        let part = found
            .iter()
            .copied()
            .skip(skip as usize)
            .take(limit as usize);
        let part: Vec<u64> = part.collect();
        if !url.path().contains("/v2/") {
            return answer(200, v3_page(&part, found.len(), limit, page));
        }
        if part.is_empty() {
            return answer(204, "");
        }
        answer(200, rows(&part))
    }
}

fn ids(n: u64) -> Vec<u64> {
    (1..=n).collect()
}
