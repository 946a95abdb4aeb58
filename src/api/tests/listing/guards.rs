//! What every list guards against, however it is paged.

use tokio_util::sync::CancellationToken;

use super::*;

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

#[tokio::test(start_paused = true)]
async fn a_walk_can_move_to_another_task() {
    let client = Things::new(ids(7)).fake().client();
    let walked = tokio::spawn(async move { walk(&client, listing(BY_ID, 5)).await });
    assert_eq!(walked.await.unwrap().ids, ids(7));
}
