//! vortex backs a BigCommerce store up into a local SQLite version store, shows what changed, and
//! brings it back.
//!
//! Words: a *store* is always BigCommerce's, the *vault* always ours. An *entity* is a kind of
//! thing in the store, an *object* one of them, a *version* a state of an object, a *tombstone* the
//! version that records a proven deletion, a *run* one backup with what it looked at.
//!
//! Layers, each using only those below it:
//!
//! ```text
//! cli        arguments, settings, tables, bars, JSON
//! commands   one file a subcommand: plain values in, a report out
//! engines    capture, history          sandbox   a BigCommerce-shaped store on loopback
//! entities   api   vault               none of the three knows another
//! model      plain data
//! ```

pub mod api;
pub mod cli;
pub mod commands;
pub mod engines;
pub mod entities;
pub mod model;
pub mod sandbox;
pub mod vault;
