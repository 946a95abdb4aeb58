//! Whether a request is an event of our store: the secret path, the secret header that vortex put
//! on its hooks, the signature where a client secret is known, and the producer.
//!
//! Secrets are compared in constant time and never printed. This module must never say "authentic"
//! of anything whose raw bytes were not checked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header that vortex sets on its hooks, and BigCommerce sends with every event.
pub const SECRET_HEADER: &str = "x-vortex-secret";
/// A question whether the listener is this one; answered, never stored.
pub const TEST_HEADER: &str = "x-vortex-test";
/// How old an event may be before it is only a hint (Standard Webhooks' own tolerance), seconds.
pub const TOLERANCE_SECONDS: i64 = 300;

/// The secrets by which an event is known.
pub struct Trust {
    /// Last segment of the path.
    path: blake3::Hash,
    /// Value of the header.
    secret: SecretString,
    client_secret: Option<SecretString>,
    producer: String,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust")
            .field("producer", &self.producer)
            .field("signed", &self.client_secret.is_some())
            .finish_non_exhaustive()
    }
}

/// What a signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// No client secret is known: the header has to do.
    NotAsked,
    /// Right.
    Right,
    /// Missing or wrong.
    Wrong,
}

/// The headers of Standard Webhooks.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`, seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: `v1,BASE64`, several by spaces.
    pub signature: &'a str,
}

impl Trust {
    /// Of these secrets, for this store.
    pub fn new(
        path: &str,
        secret: SecretString,
        client_secret: Option<SecretString>,
        store_hash: &str,
    ) -> Self {
        Self {
            path: blake3::hash(path.as_bytes()),
            secret,
            client_secret,
            producer: format!("stores/{store_hash}"),
        }
    }

    /// Is it the secret path? Its last segment has to be the secret one, whatever a proxy has put
    /// before it.
    pub fn is_path(&self, path: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or_default();
        // Hashes of blake3 compare in constant time.
        blake3::hash(last.as_bytes()) == self.path
    }

    /// Is it the secret header's value?
    pub fn is_secret(&self, value: Option<&[u8]>) -> bool {
        let known = blake3::hash(self.secret.expose_secret().as_bytes());
        value.is_some_and(|value| blake3::hash(value) == known)
    }

    /// Is it our store?
    pub fn is_producer(&self, producer: &str) -> bool {
        producer == self.producer
    }

    /// Judges a signature over the raw body. The key is the client secret's own bytes
    /// (BigCommerce's page on HTTPS webhooks hands the library `base64(client_secret)`).
    pub fn judge(&self, signed: Option<Signed<'_>>, body: &[u8]) -> Signature {
        let Some(client_secret) = &self.client_secret else {
            return Signature::NotAsked;
        };
        let Some(signed) = signed else {
            return Signature::Wrong;
        };
        let matches = signed.signature.split(' ').any(|one| {
            one.strip_prefix("v1,")
                .and_then(|text| BASE64.decode(text).ok())
                .is_some_and(|given| {
                    mac(client_secret, signed.id, signed.timestamp, body)
                        .is_some_and(|mac| mac.verify_slice(&given).is_ok())
                })
        });
        if matches {
            Signature::Right
        } else {
            Signature::Wrong
        }
    }

    /// The answer by which a listener proves that it knows the secret, without telling it.
    pub fn proof(&self, nonce: &str) -> String {
        proof(&self.secret, nonce)
    }
}

/// What a listener with this secret answers to this nonce.
pub fn proof(secret: &SecretString, nonce: &str) -> String {
    let key = blake3::derive_key("vortex hooks test", secret.expose_secret().as_bytes());
    blake3::keyed_hash(&key, nonce.as_bytes())
        .to_hex()
        .to_string()
}

fn mac(secret: &SecretString, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(client_secret: Option<&str>) -> Trust {
        Trust::new(
            "path",
            SecretString::from("header"),
            client_secret.map(SecretString::from),
            "abc",
        )
    }

    fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mac = mac(&SecretString::from(secret), id, timestamp, body).unwrap();
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn a_signature_counts_only_for_the_bytes_the_id_and_the_time_that_it_was_made_of() {
        let trust = trust(Some("shhh"));
        let right = sign("shhh", "msg_1", "1700000000", b"{\"a\":1}");
        // By another implementation of HMAC.
        assert_eq!(right, "v1,Hh32NEKCyW0sH+fjsatww87EKwHZ4ukzHcdTwWc+2yo=");
        let judge = |id, timestamp, signature: &str, body: &[u8]| {
            trust.judge(
                Some(Signed {
                    id,
                    timestamp,
                    signature,
                }),
                body,
            )
        };
        assert_eq!(
            judge("msg_1", "1700000000", &right, b"{\"a\":1}"),
            Signature::Right
        );
        let several = format!("v2,xx v1,AAAA {right}");
        assert_eq!(
            judge("msg_1", "1700000000", &several, b"{\"a\":1}"),
            Signature::Right
        );
        for (id, timestamp, signature, body) in [
            ("msg_2", "1700000000", right.as_str(), &b"{\"a\":1}"[..]),
            ("msg_1", "1700000001", &right, b"{\"a\":1}"),
            ("msg_1", "1700000000", &right, b"{\"a\": 1}"),
            ("msg_1", "1700000000", &right[3..], b"{\"a\":1}"),
            ("msg_1", "1700000000", "", b"{\"a\":1}"),
            ("msg_1", "1700000000", "v1,", b"{\"a\":1}"),
            ("msg_1", "1700000000", "v1,not base64!", b"{\"a\":1}"),
            (
                "msg_1",
                "1700000000",
                &sign("other", "msg_1", "1700000000", b"{\"a\":1}"),
                b"{\"a\":1}",
            ),
        ] {
            assert_eq!(
                judge(id, timestamp, signature, body),
                Signature::Wrong,
                "{signature}"
            );
        }
        assert_eq!(trust.judge(None, b"{}"), Signature::Wrong);
        assert_eq!(
            super::tests::trust(None).judge(None, b"{}"),
            Signature::NotAsked
        );
    }

    #[test]
    fn path_and_header_are_whole_or_nothing() {
        let trust = trust(None);
        assert!(trust.is_path("/path") && trust.is_path("/vortex/path"));
        for path in ["/", "/pat", "/path/", "/pathx", "/path/x", ""] {
            assert!(!trust.is_path(path), "{path}");
        }
        assert!(trust.is_secret(Some(b"header")));
        assert!(!trust.is_secret(Some(b"")) && !trust.is_secret(None));
        assert!(trust.is_producer("stores/abc") && !trust.is_producer("stores/abcd"));
        assert_ne!(trust.proof("a"), trust.proof("b"));
        assert!(!format!("{trust:?}").contains("header"));
    }
}
