//! Where requests go: the API's origin and the store's hash, checked before a token is near them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// BigCommerce's own origin.
pub const DEFAULT_ORIGIN: &str = "https://api.bigcommerce.com";

/// Longest store hash taken; real ones have about ten characters.
const STORE_HASH_MAX: usize = 64;

/// Why an address was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct AddressError {
    what: String,
    hint: &'static str,
}

impl AddressError {
    fn new(what: impl Into<String>, hint: &'static str) -> Self {
        Self {
            what: what.into(),
            hint,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

/// Scheme, host and port that a token may be sent to: https anywhere, http to this machine only.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    loopback: bool,
}

impl Origin {
    /// Reads an origin; a trailing slash is cut, anything more than an origin is refused.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        const FORM: &str = "give scheme and host only, such as https://api.bigcommerce.com; \
                            /stores/{hash}/v3 is added by itself";
        let trimmed = text.trim();
        let url = Url::parse(trimmed)
            .map_err(|why| AddressError::new(format!("the API origin is no URL: {why}"), FORM))?;
        // Said without repeating the text: it may hold a password.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::new(
                "the API origin must not hold a user name or password",
                "the access token comes from VORTEX_TOKEN, a file or the keyring",
            ));
        }
        let Some(host) = url.host() else {
            return Err(AddressError::new("the API origin has no host", FORM));
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::new(
                "the API origin goes on after the host",
                FORM,
            ));
        }
        let loopback = is_loopback(&host);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                return Err(AddressError::new(
                    format!("a token is not sent to {host} over plain http"),
                    "use https; http is taken for 127.0.0.1, [::1] and localhost only",
                ));
            }
            other => {
                return Err(AddressError::new(
                    format!("{other} is no scheme for the API"),
                    FORM,
                ));
            }
        }
        Ok(Self {
            text: url.origin().ascii_serialization(),
            loopback,
        })
    }

    /// The origin as text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True when it is this machine itself.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `localhost` counts because the transport pins it to the loopback addresses.
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => Ipv4Addr::is_loopback(address),
        Host::Ipv6(address) => Ipv6Addr::is_loopback(address),
    }
}

/// A store's hash: the `abc123` of `/stores/abc123/v3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StoreHash(String);

impl StoreHash {
    /// Reads a hash: letters and digits, nothing else, so that it can't turn into another path.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        const FORM: &str = "it is the part after /stores/ in the API path, such as abc123";
        let hash = text.trim();
        let refuse = |what: String| Err(AddressError::new(what, FORM));
        if hash.is_empty() {
            return refuse("the store hash is empty".to_owned());
        }
        if hash.contains("://") {
            return refuse("a store hash was expected, not a URL".to_owned());
        }
        if let Some(odd) = hash.chars().find(|c| !c.is_ascii_alphanumeric()) {
            return refuse(format!(
                "a store hash has only letters and digits, not {odd:?}"
            ));
        }
        if hash.len() > STORE_HASH_MAX {
            return refuse(format!(
                "a store hash has at most {STORE_HASH_MAX} characters"
            ));
        }
        Ok(Self(hash.to_owned()))
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoreHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_goes_anywhere_and_http_to_this_machine_only() {
        for (text, kept) in [
            (
                "https://api.bigcommerce.com/",
                "https://api.bigcommerce.com",
            ),
            ("https://proxy.example:8443", "https://proxy.example:8443"),
            ("http://127.0.0.1:9900/", "http://127.0.0.1:9900"),
            ("http://127.8.9.1", "http://127.8.9.1"),
            ("http://localhost:80", "http://localhost"),
            ("http://[::1]:9900", "http://[::1]:9900"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), kept);
        }
        for text in [
            "http://api.bigcommerce.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://[2001:db8::1]",
            "http://0.0.0.0",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "api.bigcommerce.com",
            "",
        ] {
            assert!(Origin::parse(text).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn an_origin_is_nothing_but_an_origin() {
        for text in [
            "https://api.bigcommerce.com/stores/abc/v3",
            "https://api.bigcommerce.com?x=1",
            "https://api.bigcommerce.com/#top",
        ] {
            assert!(Origin::parse(text).is_err(), "{text} was taken");
        }
        let refused = Origin::parse("https://me:hunter2@api.bigcommerce.com").unwrap_err();
        assert!(!format!("{refused} {refused:?} {}", refused.hint()).contains("hunter2"));
    }

    #[test]
    fn a_store_hash_is_letters_and_digits() {
        assert_eq!(StoreHash::parse(" abc123 ").unwrap().as_str(), "abc123");
        for (text, word) in [
            ("abc/123", "'/'"),
            ("abc 123", "' '"),
            ("", "empty"),
            ("https://store-abc.mybigcommerce.com", "URL"),
            ("..", "'.'"),
            ("äbc", "'ä'"),
        ] {
            let why = StoreHash::parse(text).unwrap_err();
            assert!(
                why.to_string().contains(word),
                "{text}: {why} lacks {word:?}"
            );
            assert!(!why.hint().is_empty());
        }
    }
}
