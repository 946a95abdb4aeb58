//! By cursor.

use super::*;

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

#[tokio::test(start_paused = true)]
async fn a_cursor_walk_that_ends_before_its_total_is_asked_for_again() {
    let first = || {
        let block = r#""meta":{"pagination":{"total":3,"count":2,"per_page":2},"#;
        cursor_page(&[1, 2], 2, Some("c2"), true).replace(r#""meta":{"#, block)
    };
    let fake = Fake::new(move |n, _| match n {
        1 => answer(200, first()),
        2 => answer(200, cursor_page(&[], 2, None, false)),
        _ => answer(200, cursor_page(&[3], 2, Some("c3"), false)),
    });
    let walked = walk(&fake.client(), listing(Paging::Cursor, 2)).await;
    assert_eq!(walked.ids, ids(3));
    assert!(walked.whole());
    // Said twice, it is the end.
    let fake = Fake::new(move |n, _| match n {
        1 => answer(200, first()),
        _ => answer(200, cursor_page(&[], 2, None, false)),
    });
    let walked = walk(&fake.client(), listing(Paging::Cursor, 2)).await;
    assert!(walked.whole());
    assert_eq!((walked.ids.len(), fake.asked().len()), (2, 3));
}
