//! Images: what goes on the wire for them, and what is never asked.

use std::io;
use std::time::Duration;

use super::server::{Server, Wire, http};
use super::*;
use crate::api::{ImageError, ImageSink};

/// What came, kept in memory.
#[derive(Default)]
struct Kept(Vec<u8>);

impl ImageSink for Kept {
    fn restart(&mut self) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(piece);
        Ok(())
    }
}

fn client(origin: &str) -> Client {
    let mut options = options(origin);
    options.patience.backoff = Duration::from_millis(1);
    options.patience.backoff_max = Duration::from_millis(2);
    Client::new(options).unwrap()
}

fn picture(body: &[u8]) -> Vec<u8> {
    http("200 OK", &[("Content-Type", "image/png")], body)
}

#[tokio::test]
async fn nothing_of_the_apis_goes_along_and_nothing_is_counted() {
    let server = Server::start(|_| Wire::Write(picture(b"\x89PNG"))).await;
    let client = client(&server.origin());
    let mut kept = Kept::default();
    let url = format!("{}/s-x/a.png?c=1", server.origin());
    let kind = client.fetch_image(&url, &mut kept).await.unwrap();
    assert_eq!(
        (kind.as_str(), kept.0.as_slice()),
        ("image/png", &b"\x89PNG"[..])
    );
    let request = &server.requests()[0];
    assert!(request.starts_with("get /s-x/a.png?c=1 "), "{request}");
    assert!(
        !request.contains("x-auth") && !request.contains(TOKEN),
        "{request}"
    );
    assert_eq!(client.requests(), 0);
}

#[tokio::test]
async fn a_cut_image_is_asked_for_again_and_its_half_is_void() {
    let server = Server::start(|n| {
        let mut bytes = picture(b"0123456789");
        bytes.truncate(bytes.len() - if n == 1 { 4 } else { 0 });
        Wire::WriteAndClose(bytes)
    })
    .await;
    let mut kept = Kept::default();
    let url = format!("{}/a.png", server.origin());
    client(&server.origin())
        .fetch_image(&url, &mut kept)
        .await
        .unwrap();
    assert_eq!(
        (kept.0.as_slice(), server.requests().len()),
        (&b"0123456789"[..], 2)
    );
}

#[tokio::test]
async fn an_image_without_end_is_given_up() {
    let server = Server::start(|_| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n",
            1_u64 << 33
        );
        let mut bytes = head.into_bytes();
        bytes.resize(bytes.len() + (33 << 20), 0);
        Wire::WriteAndClose(bytes)
    })
    .await;
    let url = format!("{}/a.png", server.origin());
    let client = client(&server.origin());
    let error = client
        .fetch_image(&url, &mut Kept::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("larger than 32 MiB"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn only_https_of_a_named_host_is_asked() {
    let client = client("https://api.bigcommerce.com");
    for url in [
        "http://127.0.0.1:1/a.png",
        "https://127.0.0.1/a.png",
        "https://localhost/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://me:pass@cdn.example/a.png",
        "file:///etc/passwd",
        "ftp://cdn.example/a.png",
        "a.png",
        "",
    ] {
        let asked = client.fetch_image(url, &mut Kept::default()).await;
        assert!(
            matches!(asked, Err(ImageError::Unfit(_))),
            "{url} {asked:?}"
        );
    }
}
