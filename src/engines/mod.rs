//! What vortex does: capture (store to versions) and history (versions to answers).
//!
//! Engines read descriptions and know no entity by name, speak to the store through `api` and to
//! the version store through `vault`, and tell a [`monitor::Monitor`] how far they are. They never
//! print.

mod ask;
pub mod capture;
pub mod drill;
pub mod error;
pub mod history;
pub mod monitor;
pub mod pictures;
pub mod restore;
pub mod watch;

pub use error::Error;
