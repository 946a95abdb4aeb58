//! Asking a public address whether a listener of ours answers there: no token, no store, one
//! request. Only `https`, or `http` to this machine.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// How long the answer may take: BigCommerce itself waits about as long for a delivery.
const WAIT: Duration = Duration::from_secs(10);
/// Bytes of the answer that are looked at.
const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// The status.
    pub status: u16,
    /// The beginning of the body.
    pub body: String,
}

/// A public address that BigCommerce can call: https on port 443, a host, nothing secret in it.
/// Plain http and other ports are taken for this machine only.
///
/// # Errors
///
/// In one line, what is wrong with it.
pub fn check_public_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text.trim()).map_err(|why| format!("it is no URL: {why}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not hold a user name or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must end with the path: no query, no fragment".to_owned());
    }
    let Some(host) = url.host() else {
        return Err("it has no host".to_owned());
    };
    let loopback = super::address::is_loopback(&host);
    match (url.scheme(), loopback) {
        ("https" | "http", true) => {}
        ("https", false) if url.port().is_none() => {}
        ("https", false) => {
            return Err(
                "BigCommerce calls port 443 only: leave the port out, and let a proxy or \
                        tunnel lead to --listen"
                    .to_owned(),
            );
        }
        ("http", false) => {
            return Err(
                "BigCommerce calls https only; http is taken for this machine alone".to_owned(),
            );
        }
        (other, _) => return Err(format!("{other} is no scheme that BigCommerce calls")),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Sends a POST without a body; header values are secrets.
///
/// # Errors
///
/// In one line, why no answer came. The address is not repeated: it may hold a secret.
pub async fn probe(url: &SecretString, headers: &[(&str, SecretString)]) -> Result<Probed, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = Url::parse(url.expose_secret()).map_err(|why| why.to_string())?;
    let mut sent = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).map_err(|why| why.to_string())?;
        let mut value = HeaderValue::from_str(value.expose_secret())
            .map_err(|_| "a secret holds what no header can carry".to_owned())?;
        value.set_sensitive(true);
        sent.insert(name, value);
    }
    let local = url
        .host()
        .is_some_and(|host| super::address::is_loopback(&host));
    let mut builder = reqwest::Client::builder()
        .timeout(WAIT)
        .redirect(reqwest::redirect::Policy::none());
    builder = if local {
        builder.no_proxy()
    } else {
        builder.https_only(true)
    };
    let client = builder.build().map_err(|why| why.to_string())?;
    let lost = |why: &reqwest::Error| {
        let mut cause: &dyn std::error::Error = why;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        match why.is_timeout() {
            true => format!("no answer within {} s", WAIT.as_secs()),
            false => cause.to_string(),
        }
    };
    let request = client.post(url).headers(sent);
    let mut answer = request.send().await.map_err(|why| lost(&why))?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|why| lost(&why))? {
        body.extend_from_slice(&piece);
        if body.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    body.truncate(ANSWER_BYTES_MAX);
    Ok(Probed {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_one_that_bigcommerce_can_call() {
        for (text, is) in [
            (
                "https://hooks.example.com/vortex",
                "https://hooks.example.com/vortex",
            ),
            (
                "https://hooks.example.com/vortex/",
                "https://hooks.example.com/vortex",
            ),
            ("https://hooks.example.com:443", "https://hooks.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:8080/a", "http://localhost:8080/a"),
        ] {
            assert_eq!(check_public_url(text).as_deref(), Ok(is));
        }
        for text in [
            "http://hooks.example.com/vortex",
            "https://hooks.example.com:8443/vortex",
            "https://user:pass@hooks.example.com/",
            "https://hooks.example.com/?a=b",
            "https://hooks.example.com/#x",
            "ftp://127.0.0.1/",
            "hooks.example.com",
            "",
        ] {
            assert!(check_public_url(text).is_err(), "{text}");
        }
    }
}
