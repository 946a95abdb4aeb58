//! From typed arguments to plain values, to a command, to a rendered report: one function for each
//! subcommand.

pub mod backup;
pub mod demo;
pub mod documents;
pub mod drill;
pub mod login;
pub mod reading;
pub mod restore;
pub mod sandbox;
pub mod watch;
