//! By windows of ids.

use super::*;

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
