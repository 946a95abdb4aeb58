//! One file per subcommand: plain values in, a report out. Nothing here prints, reads the
//! environment or knows a terminal.

pub mod entities;
pub mod failure;
pub mod field;
pub mod sandbox;
