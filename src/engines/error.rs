//! What stops a run altogether: broken ground. What fails for one entity or object only is told in
//! the run's report instead, and the others go on.

use crate::{api, vault};

/// Why an engine could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The version store could not be read or written.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The store could not be asked, where that was the whole job (`show ... live`).
    #[error(transparent)]
    Api(#[from] api::Error),
    /// A run can't be taken back or gone on with.
    #[error("run {run} {why}")]
    Run {
        /// The run.
        run: i64,
        /// Why not.
        why: String,
    },
    /// Nothing was captured by the moment that is asked for.
    #[error("nothing was captured by {at}{}", match first { Some(first) => format!("; the first run is {first}"), None => String::new() })]
    NothingThen {
        /// The moment.
        at: String,
        /// The first run, where there is one: number and time.
        first: Option<String>,
    },
    /// An answer of the store is no object.
    #[error("{what}: the store's answer is not what BigCommerce documents: {why}")]
    Answer {
        /// What was read.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}
