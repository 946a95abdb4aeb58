//! Taking turns on the version store: its lock is held for a job, and between two jobs whoever waits
//! for it has the time to take it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Error, JOB, Watch};
use crate::vault::{self, JobLock};

/// Between two jobs the lock is free for so long: whoever waits for it looks more often.
const ROOM_FOR_OTHERS: Duration = Duration::from_millis(350);
/// How often the lock is tried while another has it.
const LOCK_LOOK_EVERY: Duration = Duration::from_millis(100);

/// The vault's lock; when it is let go, others have their turn first.
pub(super) struct Turn {
    _lock: JobLock,
    released: Arc<Mutex<Option<Instant>>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        *released = Some(Instant::now());
    }
}

impl Watch<'_> {
    /// The vault's lock, as soon as nobody else has it; none when cancelled while waiting.
    pub(super) async fn lock(&self) -> Result<Option<Turn>, Error> {
        let released = *self.released.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(released) = released {
            let room = ROOM_FOR_OTHERS.saturating_sub(released.elapsed());
            tokio::time::sleep(room).await;
        }
        loop {
            match JobLock::try_acquire(self.db, JOB) {
                Ok(lock) => {
                    return Ok(Some(Turn {
                        _lock: lock,
                        released: Arc::clone(&self.released),
                    }));
                }
                Err(vault::Error::Locked { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = tokio::time::sleep(LOCK_LOOK_EVERY) => {}
                () = self.cancel.cancelled() => return Ok(None),
            }
        }
    }
}
