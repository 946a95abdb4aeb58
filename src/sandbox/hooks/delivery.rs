//! The workers that send messages, and how they are signed.
//!
//! They run on the sandbox's own runtime. None may hold a lock while it sends: what waits is taken
//! out, sent, and its fate written down afterwards.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::Notify;

use super::queue::{Hook, Job, Message, Queue, Step};
use super::{Deliveries, Delivery, HookTiming};
use crate::model::Clock;
use crate::sandbox::server::Handle;

/// Deliveries at the same time.
const WORKERS: usize = 16;

/// What waits, and those who work on it.
pub struct Courier {
    queue: Mutex<Queue>,
    /// Told when nothing waits any more.
    idle: Condvar,
    /// Told when something was posted.
    posted: Notify,
    secret: Option<String>,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

impl Courier {
    /// One without work. The clock stamps the attempts.
    pub fn new(timing: HookTiming, secret: Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            queue: Mutex::new(Queue::new(timing, rand::random())),
            idle: Condvar::new(),
            posted: Notify::new(),
            secret,
            timeout: Duration::from_millis(timing.timeout_ms),
            clock,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that something changed.
    fn tell(&self, queue: MutexGuard<'_, Queue>) {
        let idle = queue.is_idle();
        drop(queue);
        if idle {
            self.idle.notify_all();
        } else {
            self.posted.notify_one();
        }
    }

    /// The hooks at work.
    pub fn hooks(&self) -> Vec<Arc<Hook>> {
        self.lock().hooks.clone()
    }

    /// Sets the hooks at work.
    pub fn set_hooks(&self, hooks: Vec<Arc<Hook>>) {
        let mut queue = self.lock();
        queue.set_hooks(hooks);
        self.tell(queue);
    }

    /// Takes messages to be sent.
    pub fn post(&self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        let mut queue = self.lock();
        for message in messages {
            queue.post(message, Instant::now());
        }
        self.tell(queue);
    }

    /// Sets what goes wrong.
    pub fn set_trouble(&self, trouble: Delivery) {
        let mut queue = self.lock();
        queue.set_trouble(trouble, Instant::now());
        self.tell(queue);
    }

    /// Sends the last messages once more.
    pub fn replay(&self, last: usize) -> usize {
        let mut queue = self.lock();
        let count = queue.replay(last, Instant::now());
        self.tell(queue);
        count
    }

    /// The counts.
    pub fn counts(&self) -> Deliveries {
        self.lock().counts()
    }

    /// `blocked_domains` as `GET /hooks/admin` has it.
    pub fn blocked(&self) -> Vec<Value> {
        let at = self.clock.now().as_second();
        let domains = self.lock().blocked(Instant::now());
        let row = |(domain, left, failures): (String, Duration, usize)| {
            json!({
                "destination": domain,
                "time_left": left.as_secs_f64().ceil() as u64,
                "reasons": [{
                    "failure_description": "Too many deliveries failed",
                    "count": failures,
                    "timestamp": at,
                }],
            })
        };
        domains.into_iter().map(row).collect()
    }

    /// Waits until nothing waits; false when the time is over before.
    pub fn settle(&self, timeout: Duration) -> bool {
        let queue = self.lock();
        let waited = self
            .idle
            .wait_timeout_while(queue, timeout, |queue| !queue.is_idle());
        let (_queue, over) = waited.unwrap_or_else(PoisonError::into_inner);
        !over.timed_out()
    }

    /// The headers of Standard Webhooks for one attempt; none without a secret.
    fn signed(&self, id: &str, body: &[u8]) -> Vec<(&'static str, String)> {
        let Some(secret) = &self.secret else {
            return Vec::new();
        };
        let stamp = self.clock.now().as_second().to_string();
        let signature = sign(secret, id, &stamp, body);
        vec![
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", stamp),
            ("webhook-signature", signature),
        ]
    }
}

/// `v1,` and the HMAC-SHA256 of id, time and body under the secret's own bytes.
fn sign(secret: &str, id: &str, stamp: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        // HMAC takes keys of any length, so there is no such case.
        return String::new();
    };
    mac.update(format!("{id}.{stamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Starts the workers on the runtime that this is called in.
pub fn work(courier: &Arc<Courier>, handle: &Handle) {
    // An error means that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Arc::new(tokio::sync::OnceCell::new());
    for _ in 0..WORKERS {
        let worker = Worker {
            courier: Arc::clone(courier),
            handle: handle.clone(),
            client: Arc::clone(&client),
        };
        tokio::spawn(worker.run());
    }
}

struct Worker {
    courier: Arc<Courier>,
    handle: Handle,
    /// Made when it is first needed: most sandboxes have no hooks.
    client: Arc<tokio::sync::OnceCell<reqwest::Client>>,
}

impl Worker {
    async fn run(self) {
        loop {
            let (step, more) = {
                let mut queue = self.courier.lock();
                let now = Instant::now();
                let step = queue.next(now);
                (step, queue.has_due(now))
            };
            if more {
                self.courier.posted.notify_one();
            }
            let posted = self.courier.posted.notified();
            match step {
                Step::Send(job) => self.deliver(*job).await,
                Step::Wait(None) => posted.await,
                Step::Wait(Some(due)) => {
                    // Either way the queue is looked at again.
                    let _ = tokio::time::timeout_at(due.into(), posted).await;
                }
            }
        }
    }

    async fn deliver(&self, job: Job) {
        let ok = self.send(&job).await;
        if !ok && job.is_last() {
            // Before the job counts as done, so that whoever waited for that sees it.
            let mut state = self.handle.lock();
            super::deactivate(&mut state.store, job.message.hook.id);
            state.flush();
        }
        let mut queue = self.courier.lock();
        queue.finish(job, ok, Instant::now());
        self.courier.tell(queue);
    }

    async fn send(&self, job: &Job) -> bool {
        let timeout = self.courier.timeout;
        let make = || async {
            reqwest::Client::builder()
                .no_proxy()
                .timeout(timeout)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .build()
        };
        let Ok(client) = self.client.get_or_try_init(make).await else {
            return false;
        };
        let hook = &job.message.hook;
        let mut request = client
            .post(&hook.destination)
            .header("content-type", "application/json");
        for (name, value) in &hook.headers {
            request = request.header(name, value);
        }
        for (name, value) in self.courier.signed(&job.id, &job.message.body) {
            request = request.header(name, value);
        }
        let Ok(answer) = request.body(job.message.body.clone()).send().await else {
            return false;
        };
        let ok = answer.status().is_success();
        // Read to its end, so that the connection serves again.
        let _ = answer.bytes().await;
        ok
    }
}
