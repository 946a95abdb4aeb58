//! `hooks`: what is registered, and what of it is ours; on, off, and a test.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::entities::find_all;
use super::failure::{Failure, Kind};
use super::store::Access;
use super::watch::public_url;
use crate::api::{Client, probe};
use crate::engines::watch::{
    Address, Ensured, SECRET_HEADER, TEST_HEADER, ensure, list, note_gaps, proof, remove,
};
use crate::entities::{self, Entity};
use crate::model::Clock;
use crate::model::clock::rfc3339_millis;
use crate::vault::Inbox;

/// One hook as it is told.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// What it tells of.
    pub scope: String,
    /// Where it leads; the secret end of ours is left out.
    pub destination: String,
    /// Whether BigCommerce has it on.
    pub active: bool,
    /// It leads to this version store's listener.
    pub ours: bool,
    /// The entities that it tells of.
    pub entities: Vec<&'static str>,
    /// When it last changed.
    pub updated_at: Option<String>,
}

/// What became of the hooks of some entities.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// The entities.
    pub entities: Vec<&'static str>,
    /// They are captured now.
    pub enabled: bool,
    /// Scopes for which a hook was made.
    pub created: Vec<String>,
    /// Scopes whose hook was removed.
    pub removed: Vec<String>,
    /// Scopes whose hook was switched on again.
    pub reactivated: Vec<String>,
    /// Scopes for which there is no hook, and why.
    pub failed: Vec<Failed>,
}

/// A hook that could not be made.
#[derive(Debug, Serialize)]
pub struct Failed {
    /// Its scope.
    pub scope: String,
    /// Why.
    pub error: String,
}

/// What a test found.
#[derive(Debug, Serialize)]
pub struct Tested {
    /// The public URL leads to this version store's listener.
    pub ok: bool,
    /// The public URL.
    pub public_url: String,
    /// What came back, or why nothing did.
    pub found: String,
}

/// The way to the store and to the inbox.
pub struct Place<'a> {
    /// The store.
    pub access: Access,
    /// The version store's file.
    pub db: &'a Path,
    /// The time of day.
    pub clock: &'a dyn Clock,
}

impl Place<'_> {
    fn inbox(&self) -> Result<Inbox, Failure> {
        Ok(Inbox::create(self.db, &self.access.hash, self.clock)?)
    }

    fn client(&self, cancel: &CancellationToken) -> Result<Client, Failure> {
        self.access.client(cancel)
    }
}

/// The hooks that this token sees.
pub async fn all(place: &Place<'_>, cancel: &CancellationToken) -> Result<Vec<Row>, Failure> {
    let client = place.client(cancel)?;
    let address = match Inbox::open(place.db, Some(&place.access.hash))? {
        Some(inbox) => Address::kept(&inbox)?,
        None => None,
    };
    let hooks = list(&client).await?;
    let told = |at: Timestamp| rfc3339_millis(at);
    Ok(hooks
        .iter()
        .map(|hook| Row {
            id: hook.id.clone(),
            scope: hook.scope.clone(),
            destination: hook.shown(),
            active: hook.is_active,
            ours: hook.is_ours(address.as_ref()),
            entities: tells_of(&hook.scope),
            updated_at: hook.updated_at.map(told),
        })
        .collect())
}

fn tells_of(scope: &str) -> Vec<&'static str> {
    let wants = |entity: &&&'static Entity| {
        entity
            .webhooks
            .iter()
            .any(|hook| hook.register && (hook.scope == scope || hook.matches(scope).is_some()))
    };
    entities::all()
        .iter()
        .filter(wants)
        .map(|entity| entity.name)
        .collect()
}

/// Lets the entities' events be captured, and makes the hooks that are missing.
pub async fn enable(
    place: &Place<'_>,
    named: &[String],
    url: Option<&str>,
    cancel: &CancellationToken,
) -> Result<Changed, Failure> {
    let chosen = find_all(named)?;
    let inbox = place.inbox()?;
    let url = match (url, Address::kept(&inbox)?) {
        (Some(url), _) => public_url(url)?,
        (None, Some(kept)) => kept.public_url,
        (None, None) => {
            return Err(Failure::new(Kind::Usage, "no public URL is known yet")
                .hint("give --public-url, or start `vortex watch --public-url URL` first"));
        }
    };
    let client = place.client(cancel)?;
    let hooks = list(&client).await?;
    let address = Address::settle(&inbox, &url, &hooks)?;
    // What other entities want is neither made nor removed here.
    let names: Vec<&str> = chosen.iter().map(|entity| entity.name).collect();
    let theirs: Vec<_> = hooks
        .into_iter()
        .filter(|hook| {
            tells_of(&hook.scope)
                .iter()
                .any(|name| names.contains(name))
        })
        .collect();
    // First of all, so that a running `watch` doesn't take the new hooks for unwanted. What happened
    // while it was off is a gap, which `watch` sweeps at once.
    let now = place.clock.now();
    for entity in &chosen {
        inbox.enable(entity.name, now)?;
    }
    let mut done = Ensured::default();
    let ended = ensure(&client, &address, &chosen, &theirs, &|_| true, &mut done).await;
    note_gaps(&inbox, &done, now, now)?;
    ended?;
    Ok(Changed {
        entities: chosen.iter().map(|entity| entity.name).collect(),
        enabled: true,
        created: done.created.into_iter().map(|(scope, _)| scope).collect(),
        removed: done.removed,
        reactivated: done
            .reactivated
            .into_iter()
            .map(|(scope, ..)| scope)
            .collect(),
        failed: done
            .failed
            .into_iter()
            .map(|(scope, error)| Failed { scope, error })
            .collect(),
    })
}

/// Ignores the entities' events from this moment, and removes the hooks that no other needs.
pub async fn disable(
    place: &Place<'_>,
    named: &[String],
    cancel: &CancellationToken,
) -> Result<Changed, Failure> {
    let chosen = find_all(named)?;
    let inbox = place.inbox()?;
    // First of all: whatever becomes of the requests, nothing more is captured.
    for entity in &chosen {
        inbox.disable(entity.name, place.clock.now())?;
    }
    let mut removed = Vec::new();
    if let Some(address) = Address::kept(&inbox)? {
        let client = place.client(cancel)?;
        let off = inbox.disabled()?;
        for hook in list(&client).await? {
            let tells = tells_of(&hook.scope);
            let idle = tells
                .iter()
                .all(|name| off.iter().any(|(off, _)| off == name));
            if hook.is_ours(Some(&address)) && !tells.is_empty() && idle {
                remove(&client, &hook).await?;
                removed.push(hook.scope);
            }
        }
    }
    Ok(Changed {
        entities: chosen.iter().map(|entity| entity.name).collect(),
        enabled: false,
        created: Vec::new(),
        removed,
        reactivated: Vec::new(),
        failed: Vec::new(),
    })
}

/// Asks the public URL for a proof that only this version store's listener can give.
pub async fn test(db: &Path, hash: Option<&str>) -> Result<Tested, Failure> {
    let nothing = || {
        Failure::new(
            Kind::NoVault,
            "nothing was ever registered from this version store",
        )
        .hint("start `vortex watch --public-url URL` first")
    };
    let inbox = Inbox::open(db, hash)?.ok_or_else(nothing)?;
    let address = Address::kept(&inbox)?.ok_or_else(nothing)?;
    let nonce = format!("{:032x}", rand::random::<u128>());
    let headers = [
        (SECRET_HEADER, address.secret.clone()),
        (TEST_HEADER, nonce.clone().into()),
    ];
    let (ok, found) = match probe(&address.url(), &headers).await {
        Err(why) => (false, format!("nothing answers: {why}")),
        Ok(probed) if probed.status == 200 && probed.body == proof(&address.secret, &nonce) => {
            (true, "this version store's listener answers".to_owned())
        }
        Ok(probed) => {
            let meaning = match probed.status {
                200 => "something else answers there",
                401 | 404 => {
                    "a listener of another version store answers, or a proxy that leads elsewhere"
                }
                502..=504 => "the proxy or tunnel answers and finds no listener: is `watch` up?",
                301..=308 => "a redirect, which BigCommerce does not follow",
                _ => "something else answers there",
            };
            (false, format!("status {}: {meaning}", probed.status))
        }
    };
    Ok(Tested {
        ok,
        public_url: address.public_url,
        found,
    })
}
