//! From typed arguments to plain values, to a command, to a rendered report: one function for each
//! subcommand.

pub mod backup;
pub mod login;
pub mod sandbox;
