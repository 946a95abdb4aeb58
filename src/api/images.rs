//! Images, from wherever the store's documents say that they are: the CDN, not the API.
//!
//! No token and no header of the API's ever goes there. Only https is asked, and http on this
//! machine where the API itself is on it. A few at once, tried again with a back-off where that may
//! help; what comes is handed on piece by piece and never held whole. These requests cost the
//! store's quota nothing, and are not counted.

use std::io;
use std::time::Duration;

use rand::RngExt;
use url::{Host, Url};

use super::client::Client;
use super::transport::Lost;

/// Images under way at once.
pub const IMAGES_AT_ONCE: usize = 4;

/// The largest image taken in, in bytes: four times what BigCommerce takes in an upload.
pub(super) const IMAGE_MAX: u64 = 32 * 1024 * 1024;

/// Attempts at most.
const TRIES: u32 = 5;

/// What an image is written to as it comes.
pub trait ImageSink: Send {
    /// An attempt begins: what came before is void.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    fn restart(&mut self) -> io::Result<()>;

    /// A piece.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    fn take(&mut self, piece: &[u8]) -> io::Result<()>;
}

/// Why an image could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It is not there (404, 410).
    #[error("it is not there any more (status {0})")]
    Gone(u16),
    /// An address that is not asked, or an answer that is no image.
    #[error("{0}")]
    Unfit(String),
    /// No sound answer, however often it was asked for.
    #[error("{0}")]
    Failed(String),
    /// It came, but could not be written.
    #[error("it could not be written: {0}")]
    Disk(#[source] io::Error),
    /// The work was stopped.
    #[error("stopped")]
    Cancelled,
}

/// What the network made of one attempt.
#[derive(Debug)]
pub(super) enum Got {
    /// The whole image, of this type.
    Image(String),
    /// Another status, and how long it asks to wait.
    Status(u16, Option<Duration>),
}

/// Why one attempt brought nothing.
#[derive(Debug)]
pub(super) enum Missed {
    Lost(Lost),
    Disk(io::Error),
}

impl Client {
    /// Fetches an image into `sink`; answers its type. The address' query is sent along and never
    /// shown.
    ///
    /// # Errors
    ///
    /// [`ImageError`]. The sink then holds nothing of use.
    pub async fn fetch_image(
        &self,
        url: &str,
        sink: &mut dyn ImageSink,
    ) -> Result<String, ImageError> {
        let url = self.image_url(url)?;
        let mut tries = 0;
        loop {
            tries += 1;
            sink.restart().map_err(ImageError::Disk)?;
            let got = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(ImageError::Cancelled),
                got = self.attempt_image(&url, sink) => got,
            };
            let (why, wait) = match got {
                Ok(Got::Image(kind)) if is_image(&kind) => return Ok(kind),
                Ok(Got::Image(kind)) => {
                    let kind: String = kind.chars().filter(|c| !c.is_control()).take(60).collect();
                    return Err(ImageError::Unfit(format!("it is no image but '{kind}'")));
                }
                Ok(Got::Status(status @ (404 | 410), _)) => return Err(ImageError::Gone(status)),
                Ok(Got::Status(status, wait)) => {
                    let why = format!("status {status}");
                    if !matches!(status, 408 | 429 | 500 | 502 | 503 | 504) {
                        return Err(ImageError::Unfit(why));
                    }
                    (why, wait)
                }
                Err(Missed::Disk(error)) => return Err(ImageError::Disk(error)),
                Err(Missed::Lost(Lost::TooLarge)) => {
                    let most = IMAGE_MAX >> 20;
                    let why = format!("it is larger than {most} MiB");
                    return Err(ImageError::Unfit(why));
                }
                Err(Missed::Lost(lost)) => (told(lost).to_owned(), None),
            };
            let patience = &self.shared.patience;
            if tries >= TRIES.min(patience.tries) {
                return Err(ImageError::Failed(format!("{why}, {tries} times")));
            }
            let backoff = patience.backoff.saturating_mul(1 << (tries - 1));
            let wait = wait
                .unwrap_or(backoff)
                .min(patience.backoff_max)
                .mul_f64(0.5 + self.image_chance() / 2.0);
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(ImageError::Cancelled),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// The address, if it is one that is asked; one that is written with http is asked with https.
    fn image_url(&self, url: &str) -> Result<Url, ImageError> {
        let unfit = |why: &str| ImageError::Unfit(why.to_owned());
        let mut url = Url::parse(url).map_err(|_| unfit("its address is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(unfit("its address holds a password"));
        }
        // A CDN has a name; what has only a number may be anything within the network.
        let (here, named) = match url.host() {
            Some(Host::Ipv4(ip)) => (ip.is_loopback(), false),
            Some(Host::Ipv6(ip)) => (ip.is_loopback(), false),
            Some(Host::Domain(name)) => (name == "localhost", true),
            None => return Err(unfit("its address has no host")),
        };
        let scheme = url.scheme().to_owned();
        match scheme.as_str() {
            "http" | "https" if here && self.shared.origin.is_loopback() => Ok(url),
            "https" if named && !here => Ok(url),
            "http" if named && !here && url.set_scheme("https").is_ok() => Ok(url),
            _ => Err(unfit(
                "its address is not asked: it is no https of a named host",
            )),
        }
    }

    async fn attempt_image(&self, url: &Url, sink: &mut dyn ImageSink) -> Result<Got, Missed> {
        let _turn = self.shared.images.acquire().await;
        let got = self.shared.transport.fetch(url, IMAGE_MAX, sink).await;
        tracing::debug!(
            host = url.host_str(),
            path = url.path(),
            "image asked: {got:?}"
        );
        got
    }

    fn image_chance(&self) -> f64 {
        let mut dice = self
            .shared
            .dice
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        dice.random()
    }
}

fn is_image(kind: &str) -> bool {
    let kind = kind.trim().to_ascii_lowercase();
    kind.starts_with("image/") || kind.starts_with("application/octet-stream")
}

fn told(lost: Lost) -> &'static str {
    match lost {
        Lost::Unreachable => "its host can't be reached",
        Lost::NoSuchHost => "its host can't be found",
        Lost::TimedOut => "no answer in time",
        Lost::CutOff => "the connection broke off",
        Lost::Garbled => "the answer can't be read",
        Lost::TooLarge => "it is too large",
    }
}
