//! The size of a page: what the store allows, and what memory bears.

use super::*;

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
    assert_eq!(
        fake.asked()[1..],
        ["/things?page=2&limit=50", "/things?page=3&limit=50"]
    );
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
