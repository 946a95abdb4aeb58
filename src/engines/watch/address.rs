//! Where hooks lead and what they carry: the public URL, a secret last segment, a secret header. Kept
//! in the inbox, so that a listener that starts again is still the one that its hooks lead to.
//!
//! This module must never print a secret.

use secrecy::{ExposeSecret, SecretString};

use super::hooks::Hook;
use crate::vault::{self, Inbox};

/// Characters of the secret path: 24 random bytes in hex.
pub(super) const PATH_CHARS: usize = 48;

/// Letters in a row by which a secret is known.
const SECRET_PART: usize = 6;

/// Keys of the inbox' settings.
mod keys {
    pub const PATH: &str = "path";
    pub const SECRET: &str = "secret";
    pub const PUBLIC_URL: &str = "public_url";
}

/// Where hooks lead, and what they carry.
#[derive(Debug, Clone)]
pub struct Address {
    /// The public URL without a trailing slash.
    pub public_url: String,
    /// The secret last segment.
    pub(super) path: SecretString,
    /// The secret header's value.
    pub secret: SecretString,
}

impl Address {
    /// The whole destination. A secret: never printed.
    pub(super) fn destination(&self) -> String {
        format!("{}/{}", self.public_url, self.path.expose_secret())
    }

    /// The destination for whoever asks this listener whether it is there. A secret.
    pub fn url(&self) -> SecretString {
        SecretString::from(self.destination())
    }

    /// The last segment.
    pub fn path(&self) -> &SecretString {
        &self.path
    }

    /// A text without the secrets in it, also where they were cut short. A store may repeat what it
    /// refuses.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let secrets = [self.path.expose_secret(), self.secret.expose_secret()];
        let is_part =
            |word: &str| word.len() >= SECRET_PART && secrets.iter().any(|s| s.contains(word));
        let mut told = String::with_capacity(text.len());
        let mut word = String::new();
        for letter in text.chars().chain(['\0']) {
            if letter.is_ascii_alphanumeric() {
                word.push(letter);
                continue;
            }
            told.push_str(if is_part(&word) { "…" } else { &word });
            word.clear();
            told.push(letter);
        }
        told.pop();
        told
    }

    /// Does a destination lead to this public URL, or with our own secret to an earlier one?
    pub(super) fn is_ours(&self, destination: &str) -> bool {
        let below = destination
            .strip_prefix(self.public_url.as_str())
            .and_then(|rest| rest.strip_prefix('/'));
        let last = destination.rsplit('/').next();
        below.is_some_and(is_path) || last == Some(self.path.expose_secret())
    }

    /// The address that was kept; none where nothing was ever registered from this inbox.
    ///
    /// # Errors
    ///
    /// When the inbox can't be read.
    pub fn kept(inbox: &Inbox) -> Result<Option<Self>, vault::Error> {
        let (Some(path), Some(secret), Some(public_url)) = (
            inbox.setting(keys::PATH)?,
            inbox.setting(keys::SECRET)?,
            inbox.setting(keys::PUBLIC_URL)?,
        ) else {
            return Ok(None);
        };
        Ok(Some(Self {
            public_url,
            path: SecretString::from(path),
            secret: SecretString::from(secret),
        }))
    }

    /// The address for a public URL: the secrets that were kept, else those of hooks of an earlier
    /// run that lead there, else new ones. Kept before it is used.
    ///
    /// # Errors
    ///
    /// When the inbox fails.
    pub fn settle(inbox: &Inbox, public_url: &str, hooks: &[Hook]) -> Result<Self, vault::Error> {
        let public_url = public_url.trim_end_matches('/').to_owned();
        let kept = match Self::kept(inbox)? {
            Some(kept) => Some((kept.path, kept.secret)),
            None => hooks.iter().find_map(|hook| hook.secrets(&public_url)),
        };
        let (path, secret) = kept.unwrap_or_else(|| (random(24), random(32)));
        inbox.keep_setting(keys::PATH, path.expose_secret())?;
        inbox.keep_setting(keys::SECRET, secret.expose_secret())?;
        inbox.keep_setting(keys::PUBLIC_URL, &public_url)?;
        Ok(Self {
            public_url,
            path,
            secret,
        })
    }
}

/// So many random bytes in hex.
fn random(bytes: usize) -> SecretString {
    let mut text = String::with_capacity(bytes * 2);
    for _ in 0..bytes {
        text.push_str(&format!("{:02x}", rand::random::<u8>()));
    }
    SecretString::from(text)
}

pub(super) fn is_path(text: &str) -> bool {
    text.len() == PATH_CHARS && text.bytes().all(|b| b.is_ascii_hexdigit())
}
