//! Several objects in one request, as many as the store takes: where it says that a batch is too large,
//! half as many from then on. How many some lists take is documented nowhere.
//!
//! Never here: a request that is sent again though it may have been done.

use std::collections::VecDeque;

use serde_json::Value;

use super::apply::Job;
use super::request;
use crate::api;
use crate::entities::Entity;
use crate::entities::entity::Sending;

/// The status that refuses a batch for its size.
const TOO_LARGE: u16 = 413;

impl Job<'_> {
    /// Sends objects. Answers the rows that came back, and the error that ended it.
    pub(super) async fn send_batch(
        &mut self,
        entity: &'static Entity,
        sending: &Sending,
        objects: Vec<Value>,
    ) -> (Vec<Value>, Option<api::Error>) {
        let mut came = Vec::new();
        let mut waiting = VecDeque::from(objects);
        while !waiting.is_empty() {
            let most = self.batches.get(entity.name).copied();
            let most = most.unwrap_or(usize::MAX).min(waiting.len());
            let some: Vec<Value> = waiting.drain(..most).collect();
            let send = request::many(sending, some);
            match self.client.send(&send).await {
                Ok(answer) => {
                    self.answers();
                    came.extend(request::rows(&answer, &send.call));
                }
                Err(error) if error.status() == Some(TOO_LARGE) && most > 1 => {
                    self.batches.insert(entity.name, most.div_ceil(2));
                    if let Value::Array(back) = send.body {
                        back.into_iter()
                            .rev()
                            .for_each(|one| waiting.push_front(one));
                    }
                }
                Err(error) => return (came, Some(error)),
            }
        }
        (came, None)
    }
}
