//! By id.

use super::*;

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
async fn an_empty_list_is_whole_and_costs_one_request_or_two() {
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
            // By id, where no total says that there is nothing, it is looked at twice.
            let looks = if paging == BY_ID { 2 } else { 1 };
            assert_eq!(fake.asked().len(), looks, "{paging:?}");
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
async fn a_keyset_without_totals_ends_on_a_short_page() {
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, r#"{"data":[{"id":1},{"id":2}],"meta":{}}"#),
        2 => answer(200, r#"{"data":[{"id":3}],"meta":[]}"#),
        _ => answer(200, r#"{"data":[]}"#),
    });
    let walked = walk(&fake.client(), listing(BY_ID, 2)).await;
    assert_eq!(walked.ids, ids(3));
    assert!(walked.whole());
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_short_page_of_a_round_length_may_be_a_silent_cap_and_is_not_believed() {
    let fake = Things::new(ids(10)).fake();
    let walked = walk(&fake.client(), listing_v2(BY_MIN_ID, 250)).await;
    assert_eq!((walked.ids.len(), fake.asked().len()), (10, 2));
}

#[tokio::test(start_paused = true)]
async fn a_page_with_fewer_rows_than_announced_is_asked_for_again() {
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, v3_page(&[1, 2], 3, 2, 1)),
        2 => answer(200, v3_page(&[], 0, 2, 1)),
        _ => answer(200, v3_page(&[3], 1, 2, 1)),
    });
    let walked = walk(&fake.client(), listing(BY_ID, 2)).await;
    assert_eq!(walked.ids, ids(3));
    // As is a page with fewer, however sure of itself.
    let fake = Fake::new(|n, _| match n {
        1 => answer(200, v3_page(&[1, 2], 5, 2, 1)),
        2 => answer(200, v3_page(&[3], 1, 2, 1)),
        3 => answer(200, v3_page(&[3, 4], 3, 2, 1)),
        _ => answer(200, v3_page(&[5], 1, 2, 1)),
    });
    let walked = walk(&fake.client(), listing(BY_ID, 2)).await;
    assert_eq!(walked.ids, ids(5));
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
async fn a_v2_keyset_ends_on_a_short_page_and_on_a_round_one_if_a_count_agrees() {
    let fake = Things::new(ids(7)).fake();
    let walked = walk(&fake.client(), listing_v2(BY_MIN_ID, 5)).await;
    assert!(walked.whole());
    assert_eq!(walked.ids, ids(7));
    let asked = ["/things?limit=5", "/things?min_id=6&limit=5"];
    assert_eq!(fake.asked(), asked);
    for (expected, requests) in [(10, 1), (9, 2), (20, 2)] {
        let fake = Things::new(ids(10)).fake();
        let mut listing = listing_v2(BY_MIN_ID, 250);
        listing.expected = Some(expected);
        let walked = walk(&fake.client(), listing).await;
        assert_eq!(walked.ids, ids(10));
        assert_eq!(fake.asked().len(), requests, "{expected} expected");
    }
}
