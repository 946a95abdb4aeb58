//! By page, without totals.

use super::*;

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
