//! By page, with totals.

use super::*;

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
