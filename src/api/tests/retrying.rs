//! What is tried again, how long between, and what a caller sees of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;

const OK: &str = r#"{"data":[],"meta":{}}"#;

/// Fails with `step` until the `times`-th request is over, then answers well.
fn failing(times: usize, step: fn() -> Step) -> Fake {
    Fake::new(move |n, _| if n <= times { step() } else { answer(200, OK) })
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_asked_again_until_it_does() {
    let steps: &[fn() -> Step] = &[
        || answer(429, ""),
        || answer(500, r#"{"title":"x"}"#),
        || answer(502, "<html>bad gateway</html>"),
        || answer(503, ""),
        || answer(504, ""),
        || answer(423, ""),
        || answer(200, r#"{"data":[{"id":1},"#),
        || answer(200, "<html>please log in</html>"),
        || answer(200, ""),
        || answer(404, "<html>not found</html>"),
        || Step::Lost(Lost::CutOff),
        || Step::Lost(Lost::TimedOut),
        || Step::Lost(Lost::Unreachable),
        || Step::Lost(Lost::NoSuchHost),
        || Step::Lost(Lost::Garbled),
    ];
    for (at, step) in steps.iter().enumerate() {
        let fake = failing(2, *step);
        let client = fake.client();
        let answer = client.get(&v3("/x")).await;
        let answer = answer.unwrap_or_else(|why| panic!("step {at}: {why}"));
        assert_eq!(answer.status, 200);
        assert_eq!(client.requests(), 3, "step {at}: each attempt counts");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_asked_once() {
    use ErrorKind::*;
    for (status, kind) in [
        (301, Refused),
        (307, Refused),
        (400, Invalid),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, Invalid),
        (409, Invalid),
        (413, TooLarge),
        (422, Invalid),
        (501, Server),
        (507, Server),
    ] {
        let body = r#"{"status":1,"title":"Said so","errors":{"name":"odd"}}"#;
        let fake = Fake::new(move |_, _| answer(status, body));
        let error = fake
            .client()
            .get(&v3("/catalog/x").with("secret", "y"))
            .await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.status(), Some(status));
        assert_eq!(fake.asked().len(), 1, "{status}");
        assert_eq!(error.fields(), [("name".to_owned(), "odd".to_owned())]);
        assert!(!error.hint().is_empty() && !error.is_temporary());
        let text = format!("GET /v3/catalog/x: {status} Said so (name: odd)");
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn patience_ends_and_says_how_often_it_tried() {
    let fake = Fake::new(|_, _| answer(500, ""));
    let began = Instant::now();
    let error = fake.client().get(&v3("/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!((error.tries(), fake.asked().len()), (8, 8));
    assert!(error.to_string().ends_with("tried 8 times"), "{error}");
    let took = began.elapsed();
    assert!(
        took > Duration::from_secs(31) && took < Duration::from_secs(64),
        "{took:?}"
    );

    let fake = Fake::new(|_, _| answer(200, "nonsense"));
    let error = fake.client().get(&v3("/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(fake.asked().len(), 4);
}

fn limited(reset: u64, retry: Option<u64>) -> Step {
    let mut reply = reply(429, r#"{"status":429,"title":"Too many"}"#);
    reply.rate = RateFacts {
        quota: Some(150),
        left: Some(0),
        window: Some(Duration::from_secs(30)),
        reset: Some(Duration::from_secs(reset)),
        retry_after: retry.map(Duration::from_secs),
    };
    Step::Answer(reply)
}

#[tokio::test(start_paused = true)]
async fn a_429_is_waited_out_as_told_and_the_wait_is_told() {
    for (reset, retry, least) in [(12, None, 12), (12, Some(5), 12), (5, Some(20), 20)] {
        let fake = Fake::new(move |n, _| match n {
            1 => limited(reset, retry),
            _ => answer(200, OK),
        });
        let waits = Arc::new(Mutex::new(Vec::new()));
        let told = waits.clone();
        let client = fake
            .client()
            .with_observer(Arc::new(move |wait: Duration, why| {
                told.lock().unwrap().push((wait.as_secs(), why));
            }));
        let began = Instant::now();
        client.get(&v3("/x")).await.unwrap();
        let took = began.elapsed().as_secs_f64();
        assert!(took >= least as f64 && took < least as f64 + 1.0, "{took}");
        let waits = waits.lock().unwrap();
        assert!(!waits.is_empty());
        assert!(waits.iter().all(|(wait, _)| *wait <= least), "{waits:?}");
        assert_eq!(waits[0].1, WaitReason::RateLimited);
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_halts_every_user_of_the_client() {
    let fake = Fake::new(move |n, _| match n {
        1 => limited(20, None),
        _ => answer(200, OK),
    });
    let client = fake.client();
    let one = client.clone();
    let first = tokio::spawn(async move { one.get(&v3("/x")).await.map(|_| ()) });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    client.get(&v3("/y")).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(19));
    first.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_client_ends_its_wait_and_its_request_at_once() {
    let scripts: [fn(usize) -> Step; 3] =
        [|_| Step::Hang, |_| answer(500, ""), |_| limited(300, None)];
    for script in scripts {
        let fake = Fake::new(move |n, _| script(n));
        let cancel = CancellationToken::new();
        let client = fake.client().with_cancel(cancel.clone());
        let task = tokio::spawn(async move { client.get(&v3("/x")).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        cancel.cancel();
        let error = task.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(began.elapsed() < Duration::from_millis(5));
        assert_eq!(fake.asked().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_client_sends_nothing_and_harms_no_other() {
    let fake = Fake::new(|_, _| answer(200, OK));
    let client = fake.client();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let error = client.with_cancel(cancel).get(&v3("/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(fake.asked().len(), 0);
    client.get(&v3("/x")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn absence_is_only_what_the_api_itself_says() {
    let body = r#"{"status":404,"title":"Not found"}"#;
    let fake = Fake::new(move |_, _| answer(404, body));
    assert!(fake.client().find(&v3("/x/1")).await.unwrap().is_none());
    assert!(fake.client().document(&v3("/x/1")).await.unwrap().is_none());
    for step in [
        || answer(404, "<html>nginx</html>"),
        || answer(204, ""),
        || answer(200, r#"{"meta":{}}"#),
        || answer(403, ""),
    ] {
        let fake = Fake::new(move |_, _| step());
        let error = fake.client().document(&v3("/x/1")).await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fork_counts_for_itself_and_for_its_parent() {
    let fake = Fake::new(|_, _| answer(200, OK));
    let client = fake.client();
    client.get(&v3("/x")).await.unwrap();
    let fork = client.fork();
    fork.get(&v3("/x")).await.unwrap();
    fork.fork().get(&v3("/x")).await.unwrap();
    assert_eq!((client.requests(), fork.requests()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_store_repeats_is_struck_out() {
    let body = format!(r#"{{"title":"bad token {TOKEN}","errors":{{"{TOKEN}":"{TOKEN}"}}}}"#);
    let fake = Fake::new(move |_, _| answer(401, body.clone()));
    let error = fake.client().get(&v3("/x")).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.fields());
    assert!(!shown.contains(TOKEN), "{shown}");
    assert!(shown.contains("[token]"));
}

#[test]
fn no_debug_output_shows_the_token() {
    let options = options("https://api.bigcommerce.com");
    let shown = format!("{options:?}");
    assert!(!shown.contains(TOKEN), "{shown}");
    let client = Client::new(options).unwrap();
    let shown = format!("{client:?} {:#?}", client);
    assert!(!shown.contains(TOKEN), "{shown}");
    assert!(shown.contains("abc123"));
}

#[test]
fn a_token_that_no_header_can_carry_is_said_at_once_and_not_shown() {
    let mut options = options("https://api.bigcommerce.com");
    options.token = SecretString::from("line\nbreak-77");
    let error = Client::new(options).unwrap_err();
    assert!(error.to_string().contains("token"), "{error}");
    assert!(!format!("{error} {error:?}").contains("break-77"));
}
