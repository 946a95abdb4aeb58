//! Hooks: what is registered with BigCommerce, and what ought to be.
//!
//! A hook is ours when it leads to our public URL. Ours are adopted from an earlier run, mended
//! where they differ, switched on again where BigCommerce switched them off, and removed where
//! their entity is disabled. Another's hook is never touched. Facts: webhooks.v3.yml; one POST at a
//! time, at most one hook per scope and destination, and to be listed before any is made.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::address::{Address, is_path};
use super::trust::SECRET_HEADER;
use crate::api::{self, Call, Change, Client, ErrorKind, Listing, Method, Removal};
use crate::engines::ask::rows;
use crate::entities::Entity;
use crate::model::{ApiVersion, Paging};

/// The list of hooks.
const HOOKS: &str = "/hooks";
/// Hooks a page.
const PAGE: u32 = 250;
/// Hooks removed at once. They are made one at a time, as BigCommerce wants it.
const REMOVED_AT_ONCE: usize = 6;

/// A hook as BigCommerce tells it.
#[derive(Clone)]
pub struct Hook {
    /// Its id.
    pub id: String,
    /// What it tells of.
    pub scope: String,
    /// Where it leads. Ends in a secret when it is ours.
    destination: String,
    /// Whether it is on.
    pub is_active: bool,
    secret: Option<SecretString>,
    /// When it last changed: for one that was switched off, when that was.
    pub updated_at: Option<Timestamp>,
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook")
            .field("id", &self.id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Hook {
    fn of(row: &Value) -> Option<Self> {
        let text = |member: &str| row.get(member).and_then(Value::as_str).map(str::to_owned);
        let header = |headers: &serde_json::Map<String, Value>| {
            headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(SECRET_HEADER))
                .and_then(|(_, value)| value.as_str().map(SecretString::from))
        };
        Some(Self {
            id: row.get("id")?.as_u64()?.to_string(),
            scope: text("scope")?,
            destination: text("destination")?,
            is_active: row
                .get("is_active")
                .and_then(Value::as_bool)
                .unwrap_or(true),
            secret: row
                .get("headers")
                .and_then(Value::as_object)
                .and_then(header),
            updated_at: row
                .get("updated_at")
                .and_then(Value::as_i64)
                .and_then(|at| Timestamp::from_second(at).ok()),
        })
    }

    /// The secrets of one of ours, for a listener that lost its own.
    pub(super) fn secrets(&self, public_url: &str) -> Option<(SecretString, SecretString)> {
        let path = self
            .destination
            .strip_prefix(public_url)?
            .strip_prefix('/')?;
        let secret = self.secret.clone()?;
        is_path(path).then(|| (SecretString::from(path), secret))
    }

    /// Where it leads, with the secret end of a listener's path left out.
    pub fn shown(&self) -> String {
        // Another version store's listener has a secret there as well.
        match self.destination.rsplit_once('/') {
            Some((open, path)) if is_path(path) => format!("{open}/…"),
            _ => self.destination.clone(),
        }
    }

    /// Does it lead to this listener's public URL?
    pub fn is_ours(&self, address: Option<&Address>) -> bool {
        address.is_some_and(|address| address.is_ours(&self.destination))
    }
}

/// What ought to be registered: each scope, and the entities that want it.
pub type Wanted = BTreeMap<String, Vec<&'static str>>;

/// The scopes of some entities. `channels` are the ids for scopes of channels; where they can't be
/// had, those scopes are left out.
pub fn wanted(entities: &[&'static Entity], channels: Option<&[String]>) -> Wanted {
    let channels = channels.unwrap_or_default();
    let mut wanted = Wanted::new();
    for entity in entities {
        for hook in entity.webhooks.iter().filter(|hook| hook.register) {
            let scopes = match hook.scope.contains("{id}") {
                true => channels
                    .iter()
                    .map(|id| hook.scope.replace("{id}", id))
                    .collect(),
                false => vec![hook.scope.to_owned()],
            };
            for scope in scopes {
                let names = wanted.entry(scope).or_default();
                if !names.contains(&entity.name) {
                    names.push(entity.name);
                }
            }
        }
    }
    wanted
}

/// True where a scope of some entity needs the channels' ids.
fn by_channel(entities: &[&'static Entity]) -> bool {
    let mut hooks = entities.iter().flat_map(|entity| entity.webhooks);
    hooks.any(|hook| hook.register && hook.scope.contains("{id}"))
}

/// True for a scope of a channel's that some entity asks for.
fn is_of_channel(entities: &[&'static Entity], scope: &str) -> bool {
    let mut hooks = entities.iter().flat_map(|entity| entity.webhooks);
    hooks.any(|hook| hook.scope.contains("{id}") && hook.matches(scope).is_some())
}

/// A change of the hooks that was made.
#[derive(Debug, Clone, Default)]
pub struct Ensured {
    /// Hooks that stand as they ought to, at the end.
    pub active: u64,
    /// Scopes for which a hook was made, and the entities that they tell of.
    pub created: Vec<(String, Vec<&'static str>)>,
    /// Scopes whose hooks led to an earlier path or carried an earlier secret, and their entities.
    pub mended: Vec<(String, Vec<&'static str>)>,
    /// Scopes whose hooks had been switched off, since when, and the entities that they tell of.
    pub reactivated: Vec<(String, Option<Timestamp>, Vec<&'static str>)>,
    /// Scopes whose hooks were removed, because nothing wants them any more.
    pub removed: Vec<String>,
    /// Scopes for which there is no hook now, and why.
    pub failed: Vec<(String, String)>,
}

/// The hooks that this token sees.
///
/// # Errors
///
/// When the store refuses or fails.
pub async fn list(client: &Client) -> Result<Vec<Hook>, api::Error> {
    let mut listing = Listing::new(ApiVersion::V3, HOOKS, Paging::Offset);
    listing.limit = PAGE;
    let rows = rows(client, &listing).await?;
    Ok(rows.iter().filter_map(Hook::of).collect())
}

/// The ids of the channels that hooks can be made for.
async fn channels(client: &Client) -> Result<Vec<String>, api::Error> {
    let mut listing = Listing::new(ApiVersion::V3, "/channels", Paging::Offset);
    listing.limit = PAGE;
    let rows = rows(client, &listing).await?;
    let open = |row: &&Value| {
        let status = row
            .get("status")
            .and_then(Value::as_str)
            .unwrap_or_default();
        !matches!(status, "deleted" | "terminated")
    };
    let id = |row: &Value| {
        row.get("id")
            .and_then(Value::as_u64)
            .map(|id| id.to_string())
    };
    Ok(rows.iter().filter(open).filter_map(id).collect())
}

/// Brings the hooks that lead to `address` to what the entities want: made, mended, switched on, and
/// removed where nothing wants them. `still` is asked before a hook is made or switched on: another
/// process may have switched its entities off meanwhile.
///
/// What is done stands in `done`, also when it ends with an error or is dropped half-way.
///
/// # Errors
///
/// When the store refuses the token, can't be reached, or the work was cancelled; what fails for one
/// hook is told in `done`.
pub async fn ensure(
    client: &Client,
    address: &Address,
    entities: &[&'static Entity],
    hooks: &[Hook],
    still: &dyn Fn(&[&'static str]) -> bool,
    done: &mut Ensured,
) -> Result<(), api::Error> {
    let channels = match by_channel(entities) {
        false => Some(Vec::new()),
        true => match channels(client).await {
            Ok(channels) => Some(channels),
            Err(error) if error.kind() != ErrorKind::Forbidden && ends_all(&error) => {
                return Err(error);
            }
            Err(error) => {
                let scopes = "the scopes of channels".to_owned();
                done.failed.push((scopes, error.to_string()));
                None
            }
        },
    };
    let wanted = wanted(entities, channels.as_deref());
    let ours: Vec<&Hook> = hooks
        .iter()
        .filter(|hook| hook.is_ours(Some(address)))
        .collect();
    let mut kept: Vec<String> = Vec::new();
    for (scope, names) in &wanted {
        if !still(names) {
            continue;
        }
        // One that leads here already before one that still has to be led here.
        let of_scope = || ours.iter().filter(|hook| hook.scope == *scope);
        let right = of_scope().find(|hook| hook.destination == address.destination());
        let found = right.or_else(|| of_scope().next());
        kept.extend(found.map(|hook| hook.id.clone()));
        let outcome = match found {
            None => create(client, address, scope).await.map(|()| {
                done.created.push((scope.clone(), names.clone()));
            }),
            Some(hook) => stand(client, address, hook, names, done).await,
        };
        // A store may repeat what it refuses, and what was sent holds secrets.
        match outcome.map_err(|error| error.reworded(|text| address.without_secrets(text))) {
            Ok(()) => done.active += 1,
            Err(error) if ends_all(&error) => return Err(error),
            Err(error) => done.failed.push((scope.clone(), error.to_string())),
        }
    }
    // What nothing wants, and what stands twice.
    let unwanted = ours.iter().filter(|hook| {
        let unknown = channels.is_none() && is_of_channel(entities, &hook.scope);
        !kept.contains(&hook.id) && !unknown
    });
    let unwanted: Vec<&Hook> = unwanted.copied().collect();
    remove_all(client, &unwanted, done).await
}

/// Removes hooks, several at once.
async fn remove_all(
    client: &Client,
    hooks: &[&Hook],
    done: &mut Ensured,
) -> Result<(), api::Error> {
    let removals = hooks
        .iter()
        .map(|hook| async move { (hook, remove(client, hook).await) });
    let mut removals = stream::iter(removals).buffer_unordered(REMOVED_AT_ONCE);
    let mut ended = Ok(());
    while let Some((hook, outcome)) = removals.next().await {
        match outcome {
            Ok(()) => done.removed.push(hook.scope.clone()),
            Err(error) if ends_all(&error) => ended = Err(error),
            Err(error) => done.failed.push((hook.scope.clone(), error.to_string())),
        }
    }
    ended
}

/// Removes every hook that leads to `address`.
///
/// # Errors
///
/// When the store refuses or fails.
pub async fn remove_ours(client: &Client, address: &Address) -> Result<Ensured, api::Error> {
    let hooks = list(client).await?;
    let ours: Vec<&Hook> = hooks
        .iter()
        .filter(|hook| hook.is_ours(Some(address)))
        .collect();
    let mut done = Ensured::default();
    remove_all(client, &ours, &mut done).await?;
    Ok(done)
}

/// What no other hook would fare better with.
fn ends_all(error: &api::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::Cancelled | ErrorKind::Network
    )
}

/// Mends a hook that is there.
async fn stand(
    client: &Client,
    address: &Address,
    hook: &Hook,
    entities: &[&'static str],
    done: &mut Ensured,
) -> Result<(), api::Error> {
    let mut body = serde_json::Map::new();
    let same_secret = hook
        .secret
        .as_ref()
        .is_some_and(|secret| secret.expose_secret() == address.secret.expose_secret());
    let mends = !same_secret || hook.destination != address.destination();
    if mends {
        body.insert("destination".to_owned(), Value::from(address.destination()));
        body.insert("headers".to_owned(), headers(address));
    }
    if !hook.is_active {
        body.insert("is_active".to_owned(), Value::from(true));
    }
    if body.is_empty() {
        return Ok(());
    }
    let change = Change {
        method: Method::Put,
        call: Call::new(ApiVersion::V3, format!("{HOOKS}/{}", hook.id)),
        body: Value::Object(body),
        file: None,
    };
    client.send(&change).await?;
    if mends {
        done.mended.push((hook.scope.clone(), entities.to_vec()));
    }
    if !hook.is_active {
        let row = (hook.scope.clone(), hook.updated_at, entities.to_vec());
        done.reactivated.push(row);
    }
    Ok(())
}

fn headers(address: &Address) -> Value {
    json!({ SECRET_HEADER: address.secret.expose_secret() })
}

async fn create(client: &Client, address: &Address, scope: &str) -> Result<(), api::Error> {
    let change = Change {
        method: Method::Post,
        call: Call::new(ApiVersion::V3, HOOKS),
        body: json!({
            "scope": scope,
            "destination": address.destination(),
            "is_active": true,
            "headers": headers(address),
        }),
        file: None,
    };
    let error = match client.send(&change).await {
        Ok(_) => return Ok(()),
        Err(error) if ends_all(&error) && !error.is_in_doubt() => return Err(error),
        Err(error) => error,
    };
    // It may have been made, by this request or by another process: looked for, not tried blindly.
    let there = list(client).await?;
    let made = |hook: &Hook| hook.scope == scope && hook.destination == address.destination();
    if there.iter().any(made) {
        return Ok(());
    }
    match error.is_in_doubt() {
        true => client.send(&change).await.map(drop),
        false => Err(error),
    }
}

/// Removes one hook; one that is gone already is as good.
///
/// # Errors
///
/// When the store refuses or fails.
pub async fn remove(client: &Client, hook: &Hook) -> Result<(), api::Error> {
    let removal = Removal::one(ApiVersion::V3, format!("{HOOKS}/{}", hook.id))?;
    match client.remove(&removal).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::PATH_CHARS;
    use super::*;
    use crate::entities;
    use crate::vault::Inbox;

    fn address() -> Address {
        Address {
            public_url: "https://hooks.example.com/vortex".to_owned(),
            path: SecretString::from("a".repeat(PATH_CHARS)),
            secret: SecretString::from("s"),
        }
    }

    fn hook(destination: &str) -> Hook {
        Hook::of(&json!({
            "id": 5, "scope": "store/order/*", "destination": destination, "is_active": true,
            "headers": {"X-Vortex-Secret": "old"}, "updated_at": 1_700_000_000,
        }))
        .unwrap()
    }

    #[test]
    fn only_what_leads_to_our_url_and_a_secret_path_is_ours() {
        let ours = format!(
            "https://hooks.example.com/vortex/{}",
            "b".repeat(PATH_CHARS)
        );
        assert!(hook(&ours).is_ours(Some(&address())));
        assert!(!hook(&ours).shown().contains("bbb"));
        for other in [
            "https://hooks.example.com/vortex".to_owned(),
            "https://hooks.example.com/vortex/other".to_owned(),
            format!(
                "https://hooks.example.com/vortexx/{}",
                "b".repeat(PATH_CHARS)
            ),
            format!(
                "https://elsewhere.example.com/vortex/{}",
                "b".repeat(PATH_CHARS)
            ),
        ] {
            assert!(!hook(&other).is_ours(Some(&address())), "{other}");
        }
    }

    #[test]
    fn what_a_store_repeats_is_told_without_the_secrets() {
        let address = address();
        let sent = format!("\"{}\" is no destination", address.destination());
        assert_eq!(
            address.without_secrets(&sent),
            "\"https://hooks.example.com/vortex/…\" is no destination"
        );
        // A message that was cut in the middle of it.
        let cut = &sent[..sent.len() - 40];
        assert!(!address.without_secrets(cut).contains("aaa"), "{cut}");
        assert_eq!(address.without_secrets("422 for añb"), "422 for añb");
    }

    #[test]
    fn secrets_of_an_earlier_run_are_taken_up_from_its_hooks() {
        let folder = tempfile::tempdir().unwrap();
        let clock = crate::model::SystemClock;
        let inbox = Inbox::create(&folder.path().join("v.db"), "abc", &clock).unwrap();
        let path = "c".repeat(PATH_CHARS);
        let earlier = hook(&format!("https://hooks.example.com/vortex/{path}"));
        let url = "https://hooks.example.com/vortex/";
        let settled = Address::settle(&inbox, url, &[earlier]).unwrap();
        assert_eq!(settled.path.expose_secret(), path);
        assert_eq!(settled.secret.expose_secret(), "old");
        let again = Address::settle(&inbox, url, &[]).unwrap();
        assert_eq!(again.path.expose_secret(), path, "it was kept");
        let moved = Address::settle(&inbox, "https://new.example.com", &[]).unwrap();
        let old = hook(&format!("https://hooks.example.com/vortex/{path}"));
        assert!(old.is_ours(Some(&moved)), "it is led to the new URL");
        assert!(
            !hook(&format!(
                "https://hooks.example.com/vortex/{}",
                "d".repeat(48)
            ))
            .is_ours(Some(&moved))
        );
    }

    #[test]
    fn scopes_of_channels_are_one_for_each_and_shared_ones_are_one_for_all() {
        let channels = ["1".to_owned(), "7".to_owned()];
        let wanted = wanted(entities::all(), Some(&channels));
        assert!(wanted.contains_key("store/channel/7/page/created"));
        assert!(!wanted.keys().any(|scope| scope.contains('{')));
        assert!(wanted.contains_key("store/product/*"));
        assert!(!wanted.keys().any(|scope| scope.contains("inventory")));
    }
}
