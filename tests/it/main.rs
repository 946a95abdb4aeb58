//! The tests that use vortex from outside: one binary, so that it is linked once.

mod cli;
mod engines;
mod generated;
mod support;
mod tidy;
