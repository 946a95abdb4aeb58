//! One file per subcommand: plain values in, a report out. Nothing here prints, reads the
//! environment or knows a terminal.

mod causes_api;
pub mod demo;
pub mod entities;
pub mod failure;
pub mod field;
pub mod login;
pub mod sandbox;
pub mod store;
