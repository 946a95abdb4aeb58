//! The binary as people and scripts meet it.

mod backup;
mod demo;
mod help;
mod login;
mod mistakes;
mod reading;
mod restore;
mod streams;
mod usage;
mod watch;
