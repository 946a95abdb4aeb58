//! From a request to the disk: group commit. One thread owns the inbox' writing connection and
//! takes in all that has arrived while the last transaction was being written.
//!
//! Nobody is told "taken" before the transaction that holds it is on the disk.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot};

use crate::model::Clock;
use crate::vault::Inbox;
use crate::vault::inbox::{Arrival, Taken};

/// Events that may wait for the disk; more are refused, and their sender tries again.
const WAITING_MAX: usize = 16 * 1024;
/// Events in one transaction at most: at some 10 µs each it stays below 50 ms.
const TOGETHER_MAX: usize = 4_096;

struct Parcel {
    arrival: Arrival,
    taken: oneshot::Sender<Option<Taken>>,
}

/// The way in; cheap to clone.
#[derive(Debug, Clone)]
pub struct Inflow {
    parcels: mpsc::Sender<Parcel>,
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parcel").finish_non_exhaustive()
    }
}

impl Inflow {
    /// Starts the thread. It ends, with all taken in, when the last clone is dropped. `wake` is
    /// told of what is new on the disk.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(
        inbox: Inbox,
        clock: Arc<dyn Clock>,
        wake: Arc<Notify>,
    ) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (parcels, arriving) = mpsc::channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("inflow".to_owned())
            .spawn(move || take_in(&inbox, arriving, clock.as_ref(), &wake))?;
        Ok((Self { parcels }, thread))
    }

    /// Puts an event on the disk; none when that failed or too many wait.
    pub async fn take(&self, arrival: Arrival) -> Option<Taken> {
        let (taken, told) = oneshot::channel();
        self.parcels.try_send(Parcel { arrival, taken }).ok()?;
        told.await.ok().flatten()
    }
}

fn take_in(inbox: &Inbox, mut arriving: mpsc::Receiver<Parcel>, clock: &dyn Clock, wake: &Notify) {
    let mut told: Vec<oneshot::Sender<Option<Taken>>> = Vec::new();
    let mut arrivals: Vec<Arrival> = Vec::new();
    while let Some(first) = arriving.blocking_recv() {
        let mut next = Some(first);
        while let Some(parcel) = next.take() {
            arrivals.push(parcel.arrival);
            told.push(parcel.taken);
            if arrivals.len() < TOGETHER_MAX {
                next = arriving.try_recv().ok();
            }
        }
        let outcome = inbox.arrive(clock.now(), &arrivals);
        if let Err(error) = &outcome {
            tracing::error!("{error}");
        }
        let mut outcome = outcome.ok().map(Vec::into_iter);
        let mut new = false;
        for sender in told.drain(..) {
            let taken = outcome.as_mut().and_then(Iterator::next);
            new |= taken == Some(Taken::New);
            // A sender that went away asks again.
            let _ = sender.send(taken);
        }
        arrivals.clear();
        if new {
            wake.notify_one();
        }
    }
}
