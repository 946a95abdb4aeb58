//! What is sent again, and what is not, when it writes.

use super::*;
use crate::api::{Change, Method, Removal};

fn change(method: Method) -> Change {
    Change {
        method,
        call: v3("/catalog/brands"),
        body: serde_json::json!({"name": "Acme"}),
        file: None,
    }
}

/// The first attempt ends like this, the second well.
fn twice(first: impl Fn() -> Step + Send + Sync + 'static) -> Fake {
    Fake::new(move |n, _| match n {
        1 => first(),
        _ => Step::Answer(reply(200, r#"{"data":{"id":1}}"#)),
    })
}

#[tokio::test(start_paused = true)]
async fn a_post_whose_answer_was_lost_is_in_doubt_and_not_sent_again() {
    for first in [
        || Step::Lost(Lost::CutOff),
        || Step::Lost(Lost::TimedOut),
        || Step::Answer(reply(500, "{}")),
        || Step::Answer(reply(200, "{\"data\":")),
    ] {
        let fake = twice(first);
        let error = fake.client().send(&change(Method::Post)).await.unwrap_err();
        assert!(error.is_in_doubt(), "{error}");
        assert_eq!(error.method(), "POST");
        assert_eq!(fake.asked(), ["POST /catalog/brands"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_that_surely_was_not_done_is_sent_again() {
    for first in [
        || Step::Answer(reply(429, "{}")),
        || Step::Lost(Lost::Unreachable),
    ] {
        let fake = twice(first);
        fake.client().send(&change(Method::Post)).await.unwrap();
        assert_eq!(fake.asked().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_post_is_an_answer_and_no_doubt() {
    let fake = Fake::new(|_, _| Step::Answer(reply(409, r#"{"title":"taken"}"#)));
    let error = fake.client().send(&change(Method::Post)).await.unwrap_err();
    assert!(!error.is_in_doubt() && error.status() == Some(409));
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_sets_a_state_and_what_deletes_is_repeated() {
    let fake = twice(|| Step::Answer(reply(500, "{}")));
    fake.client().send(&change(Method::Put)).await.unwrap();
    assert_eq!(fake.asked(), ["PUT /catalog/brands"; 2]);
    let removal = Removal::one(ApiVersion::V3, "/catalog/brands/7").unwrap();
    let fake = Fake::new(|n, _| match n {
        1 => Step::Lost(Lost::CutOff),
        _ => Step::Answer(reply(404, r#"{"title":"gone"}"#)),
    });
    fake.client().remove(&removal).await.unwrap();
    assert_eq!(fake.asked(), ["DELETE /catalog/brands/7"; 2]);
}
