//! How reports look: text for people, JSON for programs. The only place that prints.

pub mod output;
pub mod table;
pub mod words;

pub use output::Output;
pub use table::{Cell, Table};
