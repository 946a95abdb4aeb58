//! The binary as people and scripts meet it.

mod help;
mod login;
mod usage;
