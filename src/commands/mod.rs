//! One file per subcommand: plain values in, a report out. Nothing here prints, reads the
//! environment or knows a terminal.

pub mod backup;
pub mod causes;
pub mod demo;
pub mod diff;
pub mod drill;
pub mod entities;
pub mod failure;
pub mod field;
pub mod hooks;
pub mod list;
pub mod login;
pub mod reading;
pub mod restore;
pub mod runs;
pub mod sandbox;
pub mod show;
pub mod status;
pub mod store;
pub mod to_store;
pub mod verify;
pub mod watch;
