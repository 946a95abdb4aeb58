//! Over sockets: what goes on the wire, and what becomes of what comes back from it.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::server::{Server, Wire, http};
use super::*;

const BODY: &[u8] = br#"{"data":{"id":9007199254740993,"price":19.9900},"meta":{}}"#;

/// A client that does not wait long.
fn client(server: &Server) -> Client {
    let mut options = options(&server.origin());
    options.patience.backoff = Duration::from_millis(1);
    options.timeouts.idle = Duration::from_millis(200);
    options.timeouts.whole = Duration::from_secs(5);
    Client::new(options).unwrap()
}

fn ok() -> Wire {
    Wire::Write(http("200 OK", &[], BODY))
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    http("200 OK", &[("Content-Encoding", "gzip")], &gzip(body))
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_it_takes() {
    let server = Server::start(|_| ok()).await;
    let call = v3("/catalog/products")
        .with("id:in", "1,2")
        .with("limit", "2");
    client(&server).get(&call).await.unwrap();
    let request = &server.requests()[0];
    let first = "get /stores/abc123/v3/catalog/products?id:in=1,2&limit=2 http/1.1\r\n";
    assert!(request.starts_with(first), "{request}");
    let agent = format!("user-agent: vortex/{}\r\n", env!("CARGO_PKG_VERSION"));
    for header in [
        "accept: application/json\r\n",
        "accept-encoding: gzip\r\n",
        &format!("x-auth-token: {TOKEN}\r\n"),
        &agent,
    ] {
        assert!(request.contains(header), "{header} lacks in {request}");
    }
}

#[tokio::test]
async fn digits_and_order_arrive_as_sent_packed_or_not() {
    let server = Server::start(|n| match n {
        1 => Wire::Write(gzipped(BODY)),
        _ => ok(),
    })
    .await;
    let client = client(&server);
    for _ in 0..2 {
        let document = client.document(&v3("/x/1")).await.unwrap().unwrap();
        assert_eq!(document.get(), r#"{"id":9007199254740993,"price":19.9900}"#);
    }
}

#[tokio::test]
async fn the_quota_is_read_from_the_headers() {
    let server = Server::start(|_| {
        let headers = [
            ("X-Rate-Limit-Requests-Quota", "150"),
            ("x-rate-limit-requests-left", "149"),
            ("X-Rate-Limit-Time-Window-Ms", "30000"),
            ("X-Rate-Limit-Time-Reset-Ms", "12345"),
            ("X-Retry-After", "7"),
        ];
        Wire::Write(http("200 OK", &headers, BODY))
    })
    .await;
    let answer = client(&server).get(&v3("/x")).await.unwrap();
    let wanted = RateFacts {
        quota: Some(150),
        left: Some(149),
        window: Some(Duration::from_secs(30)),
        reset: Some(Duration::from_millis(12_345)),
        retry_after: Some(Duration::from_secs(7)),
    };
    assert_eq!(answer.rate, wanted);
}

#[tokio::test]
async fn a_broken_answer_is_never_taken_and_is_asked_for_again() {
    let whole = http("200 OK", &[], BODY);
    let cut = whole[..whole.len() - 9].to_vec();
    let packed = gzipped(BODY);
    let cut_packed = packed[..packed.len() - 9].to_vec();
    // Packed data that ends too early although HTTP was whole.
    let short = gzip(BODY);
    let short = http(
        "200 OK",
        &[("Content-Encoding", "gzip")],
        &short[..short.len() - 9],
    );
    let chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n{\"data\":[]\r\n".to_vec();
    // Without a length, only the JSON itself can tell that it was cut.
    let endless = b"HTTP/1.1 200 OK\r\n\r\n{\"data\":[{\"id\":1},".to_vec();
    type Break = (&'static str, fn(Vec<u8>) -> Wire, Vec<u8>);
    let breaks: Vec<Break> = vec![
        ("closed before any answer", Wire::WriteAndClose, Vec::new()),
        ("reset before any answer", Wire::WriteAndReset, Vec::new()),
        ("cut in the body", Wire::WriteAndClose, cut.clone()),
        ("reset in the body", Wire::WriteAndReset, cut.clone()),
        ("silent in the body", Wire::WriteAndHang, cut),
        ("silent before any answer", Wire::WriteAndHang, Vec::new()),
        ("cut in packed data", Wire::WriteAndClose, cut_packed),
        ("packed data too short", Wire::Write, short),
        ("cut in chunks", Wire::WriteAndClose, chunked),
        ("cut without a length", Wire::WriteAndClose, endless),
        (
            "not HTTP",
            Wire::WriteAndClose,
            b"SSH-2.0-OpenSSH\r\n\r\n".to_vec(),
        ),
        (
            "no gzip",
            Wire::Write,
            http("200 OK", &[("Content-Encoding", "gzip")], BODY),
        ),
    ];
    for (name, wire, bytes) in breaks {
        let server = Server::start(move |n| if n == 1 { wire(bytes.clone()) } else { ok() }).await;
        let client = client(&server);
        let answer = client.get(&v3("/x")).await;
        let answer = answer.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(answer.body, BODY, "{name}");
        assert_eq!(client.requests(), 2, "{name}");
        assert_eq!(
            server.requests().len(),
            2,
            "{name}: each attempt is counted"
        );
    }
}

#[tokio::test]
async fn nobody_there_is_an_error_of_the_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut options = options(&format!("http://{address}"));
    options.patience.tries = 2;
    options.patience.backoff = Duration::from_millis(1);
    let error = Client::new(options)
        .unwrap()
        .get(&v3("/x"))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.tries()), (ErrorKind::Network, 2));
    assert_eq!(error.status(), None);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_token_stays_here() {
    let elsewhere = Server::start(|_| ok()).await;
    let to = format!("{}/stores/abc123/v3/x?token=1", elsewhere.origin());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let to = to.clone();
        let server =
            Server::start(move |_| Wire::Write(http(status, &[("Location", &to)], b""))).await;
        let error = client(&server).get(&v3("/x")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{status}");
        assert!(error.title().contains(&elsewhere.origin()), "{error}");
        assert!(!error.title().contains("token=1"), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(elsewhere.requests().len(), 0, "the other host was asked");
}

#[tokio::test]
async fn localhost_means_this_machine() {
    let server = Server::start(|_| ok()).await;
    let origin = format!("http://localhost:{}", server.address.port());
    let client = Client::new(options(&origin)).unwrap();
    client.get(&v3("/x")).await.unwrap();
}

#[tokio::test]
async fn packed_data_cannot_grow_without_bound() {
    let mut body = br#"{"data":["#.to_vec();
    body.resize(70 * 1024 * 1024, b' ');
    let bomb = gzipped(&body);
    assert!(bomb.len() < 100_000);
    let server = Server::start(move |_| Wire::Write(bomb.clone())).await;
    let error = client(&server).get(&v3("/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(server.requests().len(), 1);
}
