//! Walks over lists in memory: what is asked, what is handed out, and whether it may be called
//! whole.

use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

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

// By id.

#[tokio::test(start_paused = true)]
async fn a_keyset_asks_behind_the_last_id_and_stops_at_the_total() {
    let fake = Things::new(ids(620)).fake();
    let mut listing = listing(BY_ID, 250);
    listing.query = vec![("sort".to_owned(), "id".to_owned())];
    let walked = walk(&fake.client(), listing).await;
    assert!(walked.whole());
    assert_eq!(walked.ids, ids(620));
    assert_eq!(
        fake.asked(),
        [
            "/things?sort=id&limit=250",
            "/things?sort=id&id:greater=250&limit=250",
            "/things?sort=id&id:greater=500&limit=250"
        ]
    );
    let ending = walked.ending;
    assert_eq!(
        (ending.total_first, ending.total_last),
        (Some(620), Some(620))
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_costs_one_request_and_is_whole() {
    for paging in [BY_ID, WINDOWS, Paging::Offset, Paging::Unpaged] {
        let fake = Things::new([]).fake();
        let walked = walk(&fake.client(), listing(paging, 250)).await;
        assert!(walked.whole() && walked.ids.is_empty(), "{paging:?}");
        assert_eq!(fake.asked().len(), 1, "{paging:?}");
    }
    // 204 is an empty list wherever it comes.
    for api in [ApiVersion::V2, ApiVersion::V3] {
        for paging in [
            BY_ID,
            WINDOWS,
            Paging::Offset,
            Paging::Unpaged,
            Paging::Cursor,
            Paging::Until204,
        ] {
            let fake = Fake::new(|_, _| answer(204, ""));
            let listing = Listing {
                api,
                ..listing(paging, 250)
            };
            let walked = walk(&fake.client(), listing).await;
            assert!(walked.whole() && walked.ids.is_empty(), "{paging:?}");
            assert_eq!(fake.asked().len(), 1, "{paging:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_keyset_neither_loses_nor_doubles_what_moves_meanwhile() {
    let things = Things::new(ids(1000));
    let fake = things.fake_with(|n, ids| {
        if n == 3 {
            ids.retain(|id| *id > 20 && *id != 700);
            ids.push(1001);
        }
    });
    let walked = walk(&fake.client(), listing(BY_ID, 250)).await;
    assert!(walked.whole());
    let wanted: Vec<u64> = (1..=1001).filter(|id| *id != 700).collect();
    assert_eq!(walked.ids, wanted);
}

#[tokio::test(start_paused = true)]
async fn ids_beyond_a_double_are_told_apart() {
    let big = [
        9_007_199_254_740_992,
        9_007_199_254_740_993,
        u64::MAX - 1,
        u64::MAX,
    ];
    let fake = Things::new(big).fake();
    let walked = walk(&fake.client(), listing(BY_ID, 1)).await;
    assert!(walked.whole(), "{}", walked.why());
    assert_eq!(walked.ids, big);
    assert_eq!(
        fake.asked()[1],
        "/things?id:greater=9007199254740992&limit=1"
    );
}

#[tokio::test(start_paused = true)]
async fn an_inclusive_keyset_asks_from_the_next_id_on() {
    let fake = Things::new(ids(5)).fake();
    let paging = Paging::Keyset {
        param: "id:min",
        inclusive: true,
        id: "id",
    };
    let mut listing = listing(paging, 3);
    let walked = walk(&fake.client(), listing.clone()).await;
    assert_eq!(walked.ids, ids(5));
    assert_eq!(
        fake.asked(),
        ["/things?limit=3", "/things?id:min=4&limit=3"]
    );
    listing.after = Some(4);
    assert_eq!(walk(&fake.client(), listing).await.ids, [5]);
}

#[tokio::test(start_paused = true)]
async fn a_short_page_of_a_keyset_is_not_the_end_while_more_is_announced() {
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, v3_page(&[1, 2], 5, 250, 1)),
        2 => answer(200, v3_page(&[3], 3, 250, 1)),
        _ => answer(200, v3_page(&[4, 5], 2, 250, 1)),
    });
    let walked = walk(&fake.client(), listing(BY_ID, 250)).await;
    assert_eq!(walked.ids, ids(5));
    assert!(walked.whole());
}

#[tokio::test(start_paused = true)]
async fn a_keyset_without_totals_goes_on_until_nothing_comes() {
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, r#"{"data":[{"id":1},{"id":2}],"meta":{}}"#),
        2 => answer(200, r#"{"data":[{"id":3}],"meta":[]}"#),
        _ => answer(200, r#"{"data":[]}"#),
    });
    let walked = walk(&fake.client(), listing(BY_ID, 2)).await;
    assert_eq!(walked.ids, ids(3));
    assert!(walked.whole());
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_where_rows_were_announced_is_asked_for_again() {
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, v3_page(&[1, 2], 3, 2, 1)),
        2 => answer(200, v3_page(&[], 0, 2, 1)),
        _ => answer(200, v3_page(&[3], 1, 2, 1)),
    });
    let walked = walk(&fake.client(), listing(BY_ID, 2)).await;
    assert_eq!(walked.ids, ids(3));
    // Said twice, it is the end.
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, v3_page(&[1, 2], 3, 2, 1)),
        _ => answer(200, v3_page(&[], 0, 2, 1)),
    });
    let walked = walk(&fake.client(), listing(BY_ID, 2)).await;
    assert!(walked.whole());
    assert_eq!((walked.ids.len(), fake.asked().len()), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn a_keyset_refuses_rows_that_cannot_be_right() {
    let cases = [
        ("the filter is ignored", v3_page(&[1, 2], 4, 2, 1)),
        ("rows do not ascend", v3_page(&[5, 4], 2, 2, 1)),
        ("a row comes twice", v3_page(&[4, 4], 2, 2, 1)),
        ("no id", r#"{"data":[{"name":"x"}]}"#.to_owned()),
        ("no number", r#"{"data":[{"id":"x"}]}"#.to_owned()),
        ("a fraction", r#"{"data":[{"id":7.0}]}"#.to_owned()),
        ("no object", r#"{"data":[7]}"#.to_owned()),
    ];
    for (name, odd) in cases {
        let fake = Fake::new(move |n, _| match n {
            1 => answer(200, v3_page(&[1, 2], 4, 2, 1)),
            _ => answer(200, odd.clone()),
        });
        let walked = walk(&fake.client(), listing(BY_ID, 2)).await;
        assert_eq!(walked.kind(), Some(ErrorKind::Malformed), "{name}");
        assert_eq!(walked.ids, [1, 2], "{name}");
        assert!(!walked.whole() && fake.asked().len() > 2, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_v2_keyset_ends_on_204_or_where_the_count_agrees() {
    let fake = Things::new(ids(7)).fake();
    let mut listing = listing_v2(BY_MIN_ID, 5);
    let walked = walk(&fake.client(), listing.clone()).await;
    assert!(walked.whole());
    assert_eq!(walked.ids, ids(7));
    let asked = [
        "/things?limit=5",
        "/things?min_id=6&limit=5",
        "/things?min_id=8&limit=5",
    ];
    assert_eq!(fake.asked(), asked);
    for (expected, requests) in [(7, 2), (6, 3), (9, 3)] {
        let fake = Things::new(ids(7)).fake();
        listing.expected = Some(expected);
        let walked = walk(&fake.client(), listing.clone()).await;
        assert_eq!(walked.ids, ids(7));
        assert_eq!(fake.asked().len(), requests, "{expected} expected");
    }
}

// What every list guards against.

#[tokio::test(start_paused = true)]
async fn a_page_at_odds_with_its_own_figures_is_asked_for_again() {
    let good = || v3_page(&[1, 2, 3], 3, 250, 1);
    let odd = [
        ("a row too few", good().replace("{\"id\":2},", "")),
        (
            "more rows than in all",
            good().replace("\"total\":3", "\"total\":2"),
        ),
        ("cut", good()[..good().len() - 3].to_owned()),
        (
            "a web page",
            "<!doctype html><title>Maintenance</title>".to_owned(),
        ),
        ("empty", String::new()),
        (
            "data is no list",
            r#"{"data":{"id":1},"meta":{}}"#.to_owned(),
        ),
        ("data is null", r#"{"data":null}"#.to_owned()),
        ("no data", r#"{"meta":{}}"#.to_owned()),
        ("v2's shape", "[]".to_owned()),
        ("two documents", format!("{}{}", good(), good())),
    ];
    for (name, odd) in odd {
        for paging in [
            BY_ID,
            Paging::Offset,
            Paging::Unpaged,
            Paging::Cursor,
            WINDOWS,
        ] {
            let odd = odd.clone();
            let fake =
                Fake::new(move |n, _| answer(200, if n == 1 { odd.clone() } else { good() }));
            let walked = walk(&fake.client(), listing(paging, 250)).await;
            assert!(walked.whole(), "{name}, {paging:?}: {}", walked.why());
            assert_eq!(walked.ids, [1, 2, 3], "{name}, {paging:?}");
            assert_eq!(fake.asked().len(), 2, "{name}, {paging:?}");
        }
    }
    let short = cursor_page(&[1, 2, 3], 250, None, false).replace("{\"id\":2},", "");
    let fake = Fake::new(move |_, _| answer(200, short.clone()));
    let walked = walk(&fake.client(), listing(Paging::Cursor, 250)).await;
    assert_eq!(walked.kind(), Some(ErrorKind::Malformed));
}

#[tokio::test(start_paused = true)]
async fn digits_arrive_as_sent() {
    let row = r#"{"z":19.9900,"id":9007199254740993,"e":1e400,"s":"\u00e9"}"#;
    let body = format!(r#"{{"data":[ {row} ]}}"#);
    let fake = Fake::new(move |_, _| answer(200, body.clone()));
    let mut pages = fake.client().pages(listing(Paging::Unpaged, 0));
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.items[0].get(), row);
    assert_eq!(fake.asked(), ["/things"]);
}

#[tokio::test(start_paused = true)]
async fn a_walk_that_fails_or_is_left_is_not_whole() {
    let things = Things::new(ids(10));
    let fake = Fake::new(move |n, url| match n {
        1 => things.answer(url),
        _ => answer(403, r#"{"title":"no scope"}"#),
    });
    let walked = walk(&fake.client(), listing(Paging::Offset, 5)).await;
    assert_eq!(walked.kind(), Some(ErrorKind::Forbidden));
    assert!(walked.why().contains("no scope"), "{}", walked.why());

    let fake = Things::new(ids(10)).fake();
    let cancel = CancellationToken::new();
    let mut pages = fake
        .client()
        .with_cancel(cancel.clone())
        .pages(listing(BY_ID, 5));
    pages.next().await.unwrap().unwrap();
    cancel.cancel();
    let error = pages.next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(!pages.ending().whole);
}

// By page, with totals.

#[tokio::test(start_paused = true)]
async fn pages_are_walked_to_the_last_and_are_whole_while_nothing_moves() {
    let fake = Things::new(ids(620)).fake();
    let walked = walk(&fake.client(), listing(Paging::Offset, 250)).await;
    assert!(walked.whole(), "{}", walked.why());
    assert_eq!(walked.ids, ids(620));
    let asked = [
        "/things?page=1&limit=250",
        "/things?page=2&limit=250",
        "/things?page=3&limit=250",
    ];
    assert_eq!(fake.asked(), asked);
}

#[tokio::test(start_paused = true)]
async fn pages_that_move_meanwhile_are_not_whole_and_say_why() {
    type Before = fn(usize, &mut Vec<u64>);
    let cases: [(&str, Before); 4] = [
        ("from 10 to 9", |n, ids| {
            if n == 2 {
                ids.remove(0);
            }
        }),
        ("came twice", |n, ids| {
            if n == 2 {
                ids.insert(0, 77);
                ids.pop();
            }
        }),
        // One goes in front and one comes at the end: the total stands still, one row is lost, and
        // all that tells is that a new one came.
        ("from 10 to 12", |n, ids| {
            if n == 3 {
                ids.extend([11, 12]);
            }
        }),
        ("came twice", |n, ids| {
            if n == 2 {
                ids.insert(0, 77);
            }
        }),
    ];
    for (why, before) in cases {
        let fake = Things::new(ids(10)).fake_with(before);
        let walked = walk(&fake.client(), listing(Paging::Offset, 4)).await;
        assert!(walked.error.is_none());
        assert!(
            !walked.whole() && walked.why().contains(why),
            "{why}: {}",
            walked.why()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn pages_with_fewer_rows_than_announced_are_not_whole() {
    // The second page is short, and its count agrees with it.
    let fake = Fake::new(|_, url| match param(url, "page") {
        Some(1) => answer(200, v3_page(&[1, 2], 5, 2, 1)),
        Some(2) => answer(200, v3_page(&[3], 5, 2, 2)),
        _ => answer(200, v3_page(&[5], 5, 2, 3)),
    });
    let walked = walk(&fake.client(), listing(Paging::Offset, 2)).await;
    assert_eq!(walked.ids, [1, 2, 3, 5]);
    assert!(!walked.whole());
    assert!(
        walked.why().contains("5 rows and 4 came"),
        "{}",
        walked.why()
    );
    // An empty page in the middle ends it.
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, v3_page(&[1, 2], 5, 2, 1)),
        _ => answer(204, ""),
    });
    let walked = walk(&fake.client(), listing(Paging::Offset, 2)).await;
    assert!(!walked.whole());
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_repeats_for_ever_is_an_error() {
    for (paging, limit, ids) in [
        (Paging::Offset, 3, vec![1, 2, 3]),
        (Paging::Offset, 250, vec![1, 2, 3]),
        (Paging::Unpaged, 0, vec![1, 2, 3]),
    ] {
        let fake = Fake::new(move |_, _| {
            answer(200, v3_page(&ids, 1_000_000, u64::from(limit.max(1)), 1))
        });
        let walked = walk(&fake.client(), listing(paging, limit)).await;
        assert_eq!(walked.kind(), Some(ErrorKind::LoopingPages), "{paging:?}");
        assert_eq!(fake.asked().len(), 2);
        assert!(!walked.whole());
    }
    for (limit, ids, expected) in [
        (3, vec![1, 2, 3], None),
        (250, ids(10), None),
        (250, vec![1, 2, 3], Some(9)),
    ] {
        let fake = Fake::new(move |_, _| answer(200, rows(&ids)));
        let mut listing = listing_v2(Paging::Until204, limit);
        listing.expected = expected;
        let walked = walk(&fake.client(), listing).await;
        assert_eq!(walked.kind(), Some(ErrorKind::LoopingPages));
        assert_eq!(fake.asked().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_pages_is_followed_where_it_announces_more() {
    let fake = Things::new(ids(120)).fake();
    let walked = walk(&fake.client(), listing(Paging::Unpaged, 0)).await;
    assert!(walked.whole(), "{}", walked.why());
    assert_eq!(walked.ids, ids(120));
    assert_eq!(
        fake.asked(),
        ["/things", "/things?page=2", "/things?page=3"]
    );

    let fake = Fake::new(|_, _| answer(200, rows(&ids(60))));
    let walked = walk(&fake.client(), listing_v2(Paging::Unpaged, 0)).await;
    assert!(walked.whole());
    assert_eq!((walked.ids.len(), fake.asked().len()), (60, 1));
}

// By page, without totals.

#[tokio::test(start_paused = true)]
async fn a_v2_list_ends_on_a_short_page_or_on_204() {
    for (rows, requests, whole) in [(3, 1, true), (5, 2, true), (7, 2, false), (9, 2, false)] {
        let fake = Things::new(ids(rows)).fake();
        let walked = walk(&fake.client(), listing_v2(Paging::Until204, 5)).await;
        assert_eq!(walked.ids, ids(rows));
        assert_eq!(fake.asked().len(), requests, "{rows} rows");
        assert_eq!(walked.whole(), whole, "{rows} rows: {}", walked.why());
    }
}

#[tokio::test(start_paused = true)]
async fn a_v2_list_of_several_pages_is_whole_only_where_a_count_agrees() {
    for (expected, whole) in [(7, true), (8, false), (6, false)] {
        let fake = Things::new(ids(7)).fake();
        let mut listing = listing_v2(Paging::Until204, 5);
        listing.expected = Some(expected);
        let walked = walk(&fake.client(), listing).await;
        assert_eq!(walked.ids, ids(7));
        assert_eq!(walked.whole(), whole, "{expected}: {}", walked.why());
    }
    // A row that moved to the next page comes twice, whatever was counted.
    let fake = Things::new(ids(7)).fake_with(|n, ids| {
        if n == 2 {
            ids.insert(0, 99);
        }
    });
    let mut listing = listing_v2(Paging::Until204, 5);
    listing.expected = Some(7);
    let walked = walk(&fake.client(), listing).await;
    assert!(
        !walked.whole() && walked.why().contains("twice"),
        "{}",
        walked.why()
    );
}

#[tokio::test(start_paused = true)]
async fn a_cap_that_a_v2_list_does_not_tell_is_not_taken_for_the_end() {
    // 250 were asked for, and 50 a page come.
    let fake = Fake::new(|_, url| {
        let page = param(url, "page").unwrap();
        let from = (page - 1) * 50 + 1;
        let to = (page * 50).min(120);
        if from > to {
            return answer(204, "");
        }
        answer(200, rows(&(from..=to).collect::<Vec<_>>()))
    });
    let walked = walk(&fake.client(), listing_v2(Paging::Until204, 250)).await;
    assert_eq!(walked.ids.len(), 120);
}

// The size of a page.

#[tokio::test(start_paused = true)]
async fn a_413_steps_down_to_the_size_it_names_and_it_is_remembered() {
    for paging in [BY_ID, Paging::Offset, WINDOWS] {
        let mut things = Things::new(ids(250));
        things.max = 100;
        let fake = things.fake();
        let client = fake.client();
        let walked = walk(&client, listing(paging, 250)).await;
        assert!(walked.whole(), "{paging:?}: {}", walked.why());
        assert_eq!(walked.ids, ids(250), "{paging:?}");
        assert!(fake.asked()[0].ends_with("limit=250"));
        assert!(fake.asked()[1].ends_with("limit=100"), "{:?}", fake.asked());
        let before = fake.asked().len();
        walk(&client, listing(paging, 250)).await;
        assert!(fake.asked()[before].ends_with("limit=100"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_413_that_names_nothing_halves_and_gives_up_at_one() {
    let fake = Fake::new(|_, url| match param(url, "limit") {
        Some(60..) => answer(413, ""),
        _ => answer(200, v3_page(&[1], 1, 60, 1)),
    });
    let walked = walk(&fake.client(), listing(Paging::Offset, 250)).await;
    assert!(walked.whole());
    let limits = ["250", "125", "62", "31"].map(|limit| format!("/things?page=1&limit={limit}"));
    assert_eq!(fake.asked(), limits);

    let fake = Fake::new(|_, _| {
        let details = r#"[{"status":413,"message":"no","details":{"max_limit":50}}]"#;
        answer(413, details)
    });
    let walked = walk(&fake.client(), listing_v2(Paging::Until204, 250)).await;
    assert_eq!(walked.kind(), Some(ErrorKind::TooLarge));
    assert_eq!(fake.asked()[1], "/things?page=1&limit=50");
    assert!(fake.asked().last().unwrap().ends_with("limit=1"));
}

#[tokio::test(start_paused = true)]
async fn a_size_that_changes_in_mid_walk_loses_and_doubles_nothing() {
    for api in [ApiVersion::V3, ApiVersion::V2] {
        let things = Things::new(ids(1000));
        let fake = Fake::new(move |n, url| {
            // From the third request on, sixty at most.
            if n >= 3 && param(url, "limit") > Some(60) {
                return answer(413, r#"{"title":"at most 60"}"#);
            }
            things.answer(url)
        });
        let (paging, expected) = match api {
            ApiVersion::V3 => (Paging::Offset, None),
            ApiVersion::V2 => (Paging::Until204, Some(1000)),
        };
        let mut listing = Listing {
            api,
            ..listing(paging, 250)
        };
        listing.expected = expected;
        let walked = walk(&fake.client(), listing).await;
        assert!(walked.whole(), "{}", walked.why());
        assert_eq!(walked.ids, ids(1000));
        // 500 rows came before, so the next page begins there.
        assert_eq!(fake.asked()[3], "/things?page=11&limit=50");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_size_smaller_than_asked_is_believed() {
    let things = Things::new(ids(120));
    let fake = Fake::new(move |_, url| {
        let page = param(url, "page").unwrap();
        let capped = url.as_str().split("limit=").next().unwrap().to_owned() + "limit=50";
        assert!(page < 4);
        things.answer(&Url::parse(&capped).unwrap())
    });
    let walked = walk(&fake.client(), listing(Paging::Offset, 250)).await;
    assert!(walked.whole(), "{}", walked.why());
    assert_eq!(walked.ids, ids(120));
    assert_eq!(fake.asked().len(), 3);
}

/// Rows of 1,000 bytes.
fn heavy(paging: Paging) -> (Fake, Listing) {
    let things = Things::new(ids(500));
    let fake = Fake::new(move |_, url| match things.answer(url) {
        Step::Answer(mut page) => {
            let text = String::from_utf8(page.body.to_vec()).unwrap();
            let fat = format!("{{\"fat\":\"{}\",\"id\":", "x".repeat(1000));
            page.body = text.replace("{\"id\":", &fat).into();
            Step::Answer(page)
        }
        step => step,
    });
    (fake, listing(paging, 250))
}

fn limits(fake: &Fake) -> Vec<u64> {
    let asked = fake.asked();
    let limit = |asked: &String| asked.split("limit=").nth(1).unwrap().parse().unwrap();
    asked.iter().map(limit).collect()
}

#[tokio::test(start_paused = true)]
async fn pages_that_grow_too_large_get_smaller() {
    for paging in [BY_ID, Paging::Offset, WINDOWS] {
        // Over the soft bound: taken, and the next ones are smaller.
        let (fake, listing) = heavy(paging);
        let client = fake.client_with(|options| {
            options.sizes = Sizes {
                soft: 120_000,
                hard: 400_000,
            };
        });
        let walked = walk(&client, listing).await;
        assert!(walked.whole(), "{paging:?}: {}", walked.why());
        assert_eq!(walked.ids, ids(500));
        assert!(
            limits(&fake)[1..].iter().all(|limit| *limit <= 100),
            "{:?}",
            limits(&fake)
        );
        assert!(
            limits(&fake)[2] >= 50,
            "not smaller than need be: {:?}",
            limits(&fake)
        );

        // Over the hard bound: given up and asked for again with half.
        let (fake, listing) = heavy(paging);
        let client = fake.client_with(|options| {
            options.sizes = Sizes {
                soft: 100_000,
                hard: 130_000,
            };
        });
        let walked = walk(&client, listing.clone()).await;
        assert!(walked.whole(), "{paging:?}: {}", walked.why());
        assert_eq!(walked.ids, ids(500));
        assert_eq!(limits(&fake)[..2], [250, 125]);
        // It is no rule of the store's, so the next list begins large again.
        let before = fake.asked().len();
        walk(&client, listing).await;
        assert_eq!(limits(&fake)[before], 250);
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_row_may_be_larger_than_a_page() {
    let (fake, listing) = heavy(BY_ID);
    let client = fake.client_with(|options| {
        options.sizes = Sizes {
            soft: 300,
            hard: 600,
        };
    });
    let walked = walk(&client, listing).await;
    assert_eq!(walked.ids, ids(500));
    assert!(walked.whole());
}

#[tokio::test(start_paused = true)]
async fn pages_grow_again_when_the_large_rows_are_over() {
    let things = Things::new(ids(2000));
    let fake = Fake::new(move |_, url| match things.answer(url) {
        Step::Answer(mut page) if param(url, "id:greater").unwrap_or(0) < 100 => {
            let text = String::from_utf8(page.body.to_vec()).unwrap();
            let fat = format!("{{\"fat\":\"{}\",\"id\":", "x".repeat(1000));
            page.body = text.replace("{\"id\":", &fat).into();
            Step::Answer(page)
        }
        step => step,
    });
    let client = fake.client_with(|options| {
        options.sizes = Sizes {
            soft: 100_000,
            hard: 200_000,
        };
    });
    let walked = walk(&client, listing(BY_ID, 250)).await;
    assert_eq!(walked.ids, ids(2000));
    assert_eq!(limits(&fake).last(), Some(&250), "{:?}", limits(&fake));
}

// By cursor.

#[tokio::test(start_paused = true)]
async fn cursors_are_followed_to_their_end() {
    let fake = Fake::new(|n, _| {
        answer(
            200,
            match n {
                1 => cursor_page(&[1, 2], 2, Some("c2="), true),
                // Short, and yet there is a next one.
                2 => cursor_page(&[3], 2, Some("c3"), true),
                // Full, no next one told, but a cursor: asked once more.
                3 => cursor_page(&[4, 5], 2, Some("c5"), false),
                _ => cursor_page(&[], 2, None, false),
            },
        )
    });
    let walked = walk(&fake.client(), listing(Paging::Cursor, 2)).await;
    assert!(walked.whole());
    assert_eq!(walked.ids, ids(5));
    let asked = [
        "/things?limit=2",
        "/things?after=c2%3D&limit=2",
        "/things?after=c3&limit=2",
        "/things?after=c5&limit=2",
    ];
    assert_eq!(fake.asked(), asked);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_walk_asks_for_no_page_more_than_it_must() {
    let short = || cursor_page(&[1], 2, Some("c1"), false);
    let no_cursor = || cursor_page(&[1, 2], 2, None, false);
    // Full, but the first answer's total says that this is all.
    let total = || {
        let block = r#""meta":{"pagination":{"total":2,"count":2,"per_page":2},"#;
        cursor_page(&[1, 2], 2, Some("c2"), false).replace(r#""meta":{"#, block)
    };
    // Without any cursor block, all came.
    let offset_only = || v3_page(&[1, 2], 2, 2, 1);
    for page in [short(), no_cursor(), total(), offset_only()] {
        let fake = Fake::new(move |_, _| answer(200, page.clone()));
        let walked = walk(&fake.client(), listing(Paging::Cursor, 2)).await;
        assert!(walked.whole());
        assert_eq!(fake.asked().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_comes_again_is_an_error() {
    let fake = Fake::new(|n, _| {
        let end = if n % 2 == 0 { "a" } else { "b" };
        answer(200, cursor_page(&[n as u64], 1, Some(end), true))
    });
    let walked = walk(&fake.client(), listing(Paging::Cursor, 1)).await;
    assert_eq!(walked.kind(), Some(ErrorKind::LoopingPages));
    assert_eq!(fake.asked().len(), 3);
    assert!(!walked.whole());
}

#[tokio::test(start_paused = true)]
async fn a_cursor_page_without_its_cursor_is_malformed() {
    let cases = [
        cursor_page(&[3], 2, None, true),
        r#"{"data":[{"id":3}],"meta":{}}"#.to_owned(),
        v3_page(&[3], 9, 2, 1),
    ];
    for odd in cases {
        let fake = Fake::new(move |n, _| match n {
            1 => answer(200, cursor_page(&[1, 2], 2, Some("c2"), true)),
            _ => answer(200, odd.clone()),
        });
        let walked = walk(&fake.client(), listing(Paging::Cursor, 2)).await;
        assert_eq!(walked.kind(), Some(ErrorKind::Malformed));
    }
}

// By windows of ids.

#[tokio::test(start_paused = true)]
async fn windows_find_every_row_whatever_the_order_and_the_gaps() {
    let dense = ids(100);
    let mut sparse: Vec<u64> = (0..60).map(|n| n * n * n * 7 + 1).collect();
    sparse.extend([9_007_199_254_740_992, 9_007_199_254_740_993, u64::MAX]);
    let mut clumps: Vec<u64> = (5000..5040).chain(1_000_000..1_000_030).collect();
    clumps.reverse();
    for (name, rows, most) in [
        ("dense", dense, 15),
        ("sparse", sparse, 130),
        ("clumps", clumps, 45),
    ] {
        let fake = Things::new(rows.iter().copied()).fake();
        let walked = walk(&fake.client(), listing(WINDOWS, 10)).await;
        assert!(walked.whole(), "{name}: {}", walked.why());
        let sorted = |mut ids: Vec<u64>| {
            ids.sort_unstable();
            ids
        };
        assert_eq!(sorted(walked.ids), sorted(rows), "{name}");
        assert!(
            fake.asked().len() <= most,
            "{name}: {} requests",
            fake.asked().len()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn windows_cost_one_request_where_one_page_holds_all() {
    let fake = Things::new([9, 3, 7]).fake();
    let walked = walk(&fake.client(), listing(WINDOWS, 250)).await;
    assert_eq!(walked.ids, [9, 3, 7]);
    assert!(walked.whole());
    assert_eq!(fake.asked(), ["/things?limit=250"]);
}

#[tokio::test(start_paused = true)]
async fn windows_neither_lose_nor_double_what_moves_meanwhile() {
    let things = Things::new(ids(100));
    let fake = things.fake_with(|n, ids| match n {
        4 => ids.retain(|id| *id != 5 && *id != 95),
        6 => ids.insert(0, 101),
        _ => {}
    });
    let walked = walk(&fake.client(), listing(WINDOWS, 10)).await;
    assert!(walked.whole());
    let wanted: Vec<u64> = (1..=101).filter(|id| *id != 95).collect();
    let mut ids = walked.ids;
    ids.sort_unstable();
    assert_eq!(ids, wanted);
}

#[tokio::test(start_paused = true)]
async fn windows_refuse_rows_that_were_not_asked_for() {
    let fake = Fake::new(|_, _| answer(200, v3_page(&[1, 2], 5, 2, 1)));
    let walked = walk(&fake.client(), listing(WINDOWS, 2)).await;
    assert_eq!(
        walked.kind(),
        Some(ErrorKind::Malformed),
        "{}",
        walked.why()
    );
    let fake = Fake::new(|_, _| answer(200, r#"{"data":[{"id":1}],"meta":{}}"#));
    let walked = walk(&fake.client(), listing(WINDOWS, 2)).await;
    assert_eq!(walked.kind(), Some(ErrorKind::Malformed), "no total");
}
