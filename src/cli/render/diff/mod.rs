//! A difference between two versions, in the form that was asked for.

mod source;
// mod summary;

pub use source::{Side, side_by_side, unified};
// pub use summary::text as summary;
