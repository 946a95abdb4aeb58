//! What a person or a script types and sees. No rule about a store's data lives here: arguments and
//! settings become plain values, [`crate::commands`] do the work, and their reports are rendered.

pub mod app;
pub mod args;
pub mod config;
pub mod environment;
pub mod generate;
pub mod handlers;
mod logging;
mod private;
pub mod profile;
mod progress;
pub mod render;
pub mod settings;
mod signals;
pub mod times;
pub mod token;
mod usage;

pub use app::App;
pub use environment::Environment;
