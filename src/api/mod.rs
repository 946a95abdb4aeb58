//! BigCommerce over HTTP: addresses, the token, pacing, retries, paging, errors.
//!
//! From the inside out: `transport` sends one request and brings its whole answer; `pace` says
//! when it may go (concurrency, endpoint caps, the store's quota in `window`); `retry` says
//! whether it goes again; `client` puts these together; `paging` walks lists over it and
//! guards what it hands out. `images` fetches pictures from the CDN, `form` makes what uploads them. `problem` and `error` turn all that can go wrong into one error.
//!
//! Never here: any knowledge of single entities, any write to the store, any print of a token.

mod address;
mod call;
mod caps;
mod client;
mod error;
mod exchange;
mod form;
mod images;
mod pace;
mod paging;
mod probe;
mod problem;
mod retry;
#[cfg(test)]
mod tests;
mod transport;
mod wait;
mod window;
mod write;

pub use address::{AddressError, DEFAULT_ORIGIN, Origin, StoreHash};
pub use call::{Answer, Call, RateFacts};
pub use caps::{CAPS, Cap};
pub use client::{Client, ClientOptions};
pub use error::{Error, ErrorKind};
pub use form::FilePart;
pub use images::{IMAGES_AT_ONCE, ImageError, ImageSink};
pub use paging::{Ending, Listing, Page, Pages, Sizes};
pub use probe::{Probed, check_public_url, probe};
pub use retry::Patience;
pub use transport::Timeouts;
pub use wait::{WaitObserver, WaitReason};
pub use write::{Change, Method, Removal};
