//! Webhooks: managed by routes, fired by changes of the store, delivered as documented.
//!
//! Nothing here may wait for a receiver while the store is locked, and nothing about an object may
//! be in an event but ids. The client secret signs and is never shown.
//!
//! ```text
//! routes     /v3/hooks, kept in the table `hooks`
//! scopes     what a hook may listen to, and what it hears
//! events     changes of the catalog -> events      commerce   of all else
//! queue      what waits, what is tried again when, who is blocked: no I/O and no clock
//! delivery   the workers that send, and the signature
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

mod commerce;
pub mod delivery;
mod events;
mod queue;
pub mod routes;
mod scopes;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_events;
#[cfg(test)]
mod tests_queue;

use super::store::{HOOKS, Store};
use delivery::Courier;
use queue::{Hook, Message};

/// How fast deliveries and their retries come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HookTiming {
    /// The documented waits (retries after 60 s to 24 h, 3 minutes of blocking) times this.
    pub scale: f64,
    /// How long an event waits before it is first sent.
    pub first_delay_ms: u64,
    /// How long a receiver may take to answer. It is not documented; 10 s is what people see.
    pub timeout_ms: u64,
}

impl Default for HookTiming {
    fn default() -> Self {
        Self {
            scale: 1.0,
            first_delay_ms: 0,
            timeout_ms: 10_000,
        }
    }
}

/// What goes wrong with deliveries, the same at every run with the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// The chance that what was delivered comes once more, under the same `webhook-id`.
    pub repeat: f64,
    /// The chance that an event is lost for good.
    pub drop: f64,
    /// Events come in disorder.
    pub shuffle: bool,
    /// Events come up to so much late.
    pub delay_ms_max: u64,
    /// Chance begins here.
    pub seed: u64,
    /// Nothing is sent until this is taken off.
    pub hold: bool,
}

/// How many messages there were: one for each event and hook.
/// `fired` = `delivered` + `dropped` + `lost` + those that wait for their first success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Deliveries {
    /// Messages made.
    pub fired: u64,
    /// Messages that a receiver took.
    pub delivered: u64,
    /// Further deliveries of the same messages: repeats and replays.
    pub repeated: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Messages that chance took.
    pub dropped: u64,
    /// Messages given up: the last retry failed, or the hook is gone or off.
    pub lost: u64,
    /// Messages that are still to be sent, repeats too.
    pub waiting: u64,
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number of a store, as text: made of its hash.
fn store_id(hash: &str) -> String {
    let digest = Sha1::digest(hash);
    let number = digest
        .iter()
        .take(4)
        .fold(0u64, |n, b| n << 8 | u64::from(*b));
    (1_000_000 + number % 9_000_000).to_string()
}

/// Turns what changed since the last call into messages, and lets the courier know of hooks that
/// came, went or changed. To be called after every change, with the store still locked.
pub fn flush(store: &mut Store, courier: &Courier) {
    let changes = store.changes();
    if changes.is_empty() {
        return;
    }
    let hooks = courier.hooks();
    let mut messages: Vec<Message> = Vec::new();
    let now = store.now().as_second();
    for change in changes.iter().filter(|change| change.table != HOOKS) {
        for event in events::of(store, change) {
            let mut body = None;
            for hook in hooks
                .iter()
                .filter(|hook| scopes::covers(&hook.scope, &event.scope))
            {
                let body = body.get_or_insert_with(|| payload(store, &event, now));
                messages.push(Message {
                    hook: hook.clone(),
                    body: body.clone(),
                });
            }
        }
    }
    if changes.iter().any(|change| change.table == HOOKS) {
        begin(store, courier);
    }
    courier.post(messages);
}

/// Lets the courier know of all hooks there are. Changes are recorded while there is one at work.
pub fn begin(store: &mut Store, courier: &Courier) {
    let active = active(store);
    store.watch(!active.is_empty());
    courier.set_hooks(active);
}

/// The bytes that are sent for an event.
fn payload(store: &Store, event: &events::Event, now: i64) -> bytes::Bytes {
    let body = json!({
        "scope": event.scope,
        "store_id": store_id(&store.hash),
        "data": event.data,
        "hash": hex(&Sha1::digest(event.data.to_string())),
        "created_at": now,
        "producer": format!("stores/{}", store.hash),
    });
    body.to_string().into()
}

/// The hooks that events are sent to.
fn active(store: &Store) -> Vec<std::sync::Arc<Hook>> {
    let rows = store.table(HOOKS).iter();
    rows.filter(|(_, row)| row["is_active"] == true)
        .map(|(key, row)| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let headers = row["headers"].as_object().into_iter().flatten();
            std::sync::Arc::new(Hook {
                id: key.number(),
                scope: text("scope"),
                domain: queue::domain(&text("destination")),
                destination: text("destination"),
                headers: headers
                    .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                    .collect(),
            })
        })
        .collect()
}

/// Takes a hook out of work, as happens after its last retry.
fn deactivate(store: &mut Store, id: u64) {
    let now = store.now().as_second();
    store.edit(HOOKS, id, |hook| {
        hook["is_active"] = Value::Bool(false);
        hook["deactivated"] = Value::Bool(true);
        hook["updated_at"] = json!(now);
    });
}
