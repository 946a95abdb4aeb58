//! Where hooks lead and what they carry: the public URL, a secret last segment, a secret header. Kept
//! in the inbox, so that a listener that starts again is still the one that its hooks lead to.
//!
//! This module must never print a secret.

use secrecy::{ExposeSecret, SecretString};

use super::hooks::Hook;
use crate::vault::{self, Inbox};

/// Characters of the secret path: 24 random bytes in hex.
pub(super) const PATH_CHARS: usize = 48;

/// Keys of the inbox' settings.
mod keys {
    pub const PATH: &str = "path";
    pub const SECRET: &str = "secret";
    pub const PUBLIC_URL: &str = "public_url";
    pub const FORMER_URL: &str = "former_url";
}

/// Where hooks lead, and what they carry.
#[derive(Debug, Clone)]
pub struct Address {
    /// The public URL without a trailing slash.
    pub public_url: String,
    /// The public URL before this one: hooks that still lead there are led here.
    pub(super) former_url: Option<String>,
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

    /// Does a destination lead to this public URL, or with our own secret to the one before?
    pub(super) fn is_ours(&self, destination: &str) -> bool {
        let path = |url: &str| {
            destination
                .strip_prefix(url)?
                .strip_prefix('/')
                .map(str::to_owned)
        };
        if path(&self.public_url).is_some_and(|path| is_path(&path)) {
            return true;
        }
        let former = self.former_url.as_deref().and_then(path);
        former.is_some_and(|path| path == self.path.expose_secret())
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
            former_url: inbox.setting(keys::FORMER_URL)?,
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
        let mut former_url = None;
        let kept = match Self::kept(inbox)? {
            Some(kept) => {
                former_url = match kept.public_url == public_url {
                    true => kept.former_url,
                    false => Some(kept.public_url),
                };
                Some((kept.path, kept.secret))
            }
            None => hooks.iter().find_map(|hook| hook.secrets(&public_url)),
        };
        let (path, secret) = kept.unwrap_or_else(|| (random(24), random(32)));
        inbox.keep_setting(keys::PATH, path.expose_secret())?;
        inbox.keep_setting(keys::SECRET, secret.expose_secret())?;
        if let Some(former) = &former_url {
            inbox.keep_setting(keys::FORMER_URL, former)?;
        }
        inbox.keep_setting(keys::PUBLIC_URL, &public_url)?;
        Ok(Self {
            public_url,
            former_url,
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
