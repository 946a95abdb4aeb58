//! Plain data shared by every layer: keys, versions, runs, paging, clocks, fingerprints, changes.
//!
//! Nothing here reads a file, opens a socket or asks the time by itself; every other module may
//! import this one, and this one imports none of them.

pub mod away;
pub mod clock;
pub mod diff;
pub mod fingerprint;
pub mod key;
pub mod mask;
pub mod paging;
pub mod restore;
pub mod run;
#[cfg(test)]
pub(crate) mod testing;
pub mod version;

pub use clock::{Clock, SystemClock};
pub use key::{ObjectId, ObjectKey};
pub use paging::{ApiVersion, Paging};
pub use run::{
    Cause, Count, EntityReport, EntityStatus, ImageFailure, ImagesReport, RunId, RunKind,
    RunReport, RunStatus,
};
pub use version::{ChangeKind, VersionNumber, VersionWord};
