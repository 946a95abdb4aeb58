//! What is asked and what comes back. A [`Call`] alone is a GET: what writes or deletes is built in
//! `write`, which can't say anything that has no bounds.

use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use super::address::{Origin, StoreHash};
use super::error::{Error, ErrorKind};
use super::problem::line;
use crate::model::ApiVersion;

/// Longest path taken, to keep a broken id from becoming a request.
const PATH_MAX: usize = 512;

/// An address: `{origin}/stores/{hash}/{v2|v3}{path}?{query}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which generation of the API.
    pub api: ApiVersion,
    /// Path behind the version, with a leading slash and no trailing one.
    pub path: String,
    /// Parameters in the order they are sent; values are encoded by the client.
    pub query: Vec<(String, String)>,
}

impl Call {
    /// A call without parameters.
    pub fn new(api: ApiVersion, path: impl Into<String>) -> Self {
        Self {
            api,
            path: path.into(),
            query: Vec::new(),
        }
    }

    /// The call with one more parameter.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// The address, or `Refused` where the path could become another one than it looks.
    pub(super) fn url(&self, origin: &Origin, store: &StoreHash) -> Result<Url, Error> {
        self.check_path()
            .map_err(|why| self.error(ErrorKind::Refused, why))?;
        let mut text = format!(
            "{origin}/stores/{store}/{}{}",
            self.api.segment(),
            self.path
        );
        for (at, (name, value)) in self.query.iter().enumerate() {
            text.push(if at == 0 { '?' } else { '&' });
            encode(name, &mut text);
            text.push('=');
            encode(value, &mut text);
        }
        Url::parse(&text).map_err(|why| self.error(ErrorKind::Refused, why.to_string()))
    }

    /// A trailing slash answers 404 or 403; the rest could lead to another path than was meant.
    fn check_path(&self) -> Result<(), String> {
        let path = &self.path;
        let odd = |c: char| !(c.is_ascii_alphanumeric() || "/-_.~".contains(c));
        let segments_ok = || {
            let mut segments = path.split('/').skip(1);
            segments.all(|segment| !matches!(segment, "" | "." | ".."))
        };
        if path.len() > PATH_MAX {
            Err(format!("the path is longer than {PATH_MAX} bytes"))
        } else if !path.starts_with('/') {
            Err("the path has no leading slash".to_owned())
        } else if let Some(odd) = path.chars().find(|c| odd(*c)) {
            Err(format!("the path must not hold {odd:?}"))
        } else if !segments_ok() {
            Err("the path has an empty or dotted segment".to_owned())
        } else {
            Ok(())
        }
    }

    pub(super) fn error(&self, kind: ErrorKind, title: impl Into<String>) -> Error {
        Error::new(kind, self.api, &self.path, title)
    }

    /// An answer to this call that is not what BigCommerce documents.
    pub fn malformed(&self, why: impl AsRef<str>) -> Error {
        self.error(ErrorKind::Malformed, line(why.as_ref()))
    }
}

/// Percent-encodes all that has a meaning in a query; `:` and `,` have none there and stay
/// readable, as BigCommerce's own documents write them.
fn encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// What the headers of an answer tell of the store's quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateFacts {
    /// Requests a window allows, all apps together.
    pub quota: Option<u32>,
    /// Requests left in it.
    pub left: Option<u32>,
    /// The window's length.
    pub window: Option<Duration>,
    /// What is left of it.
    pub reset: Option<Duration>,
    /// How long a 429 asks to wait.
    pub retry_after: Option<Duration>,
}

/// An answer with a status that means success.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, 200 to 299.
    pub status: u16,
    /// The body as decoded; valid JSON, or empty.
    pub body: Bytes,
    /// What the headers tell of the quota.
    pub rate: RateFacts,
}

impl Answer {
    /// The body as a value of one's own type.
    pub fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|why| {
            call.malformed(format!("not the JSON that was expected: {why}"))
                .with_status(self.status)
        })
    }

    /// The document in the body, digits and order as sent: v3's `data`, v2's body itself.
    pub fn document(&self, call: &Call) -> Result<Box<RawValue>, Error> {
        #[derive(serde::Deserialize)]
        struct Envelope {
            data: Box<RawValue>,
        }
        match call.api {
            ApiVersion::V2 => self.json(call),
            ApiVersion::V3 => self.json::<Envelope>(call).map(|envelope| envelope.data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(call: &Call) -> Result<String, Error> {
        let origin = Origin::parse("https://api.bigcommerce.com").unwrap();
        let store = StoreHash::parse("abc123").unwrap();
        call.url(&origin, &store).map(|url| url.to_string())
    }

    #[test]
    fn names_and_lists_stay_readable_and_the_rest_is_encoded() {
        let call = Call::new(ApiVersion::V3, "/catalog/products")
            .with("id:in", "1,2,3")
            .with("name:like", "Ö & co=#1?/+")
            .with("date_modified:min", "2026-11-01T10:00:00+00:00");
        assert_eq!(
            url(&call).unwrap(),
            "https://api.bigcommerce.com/stores/abc123/v3/catalog/products?id:in=1,2,3\
             &name:like=%C3%96%20%26%20co%3D%231%3F%2F%2B\
             &date_modified:min=2026-11-01T10:00:00%2B00:00"
        );
    }

    #[test]
    fn a_path_that_could_mean_another_is_never_sent() {
        let fine = ["/time", "/orders/1/shipments", "/pages/a-b_c.d~e"];
        for path in fine {
            assert!(url(&Call::new(ApiVersion::V2, path)).is_ok(), "{path}");
        }
        for path in [
            "",
            "/",
            "orders",
            "/orders/",
            "/orders//1",
            "/orders/../coupons",
            "/orders/./1",
            "/orders/%2e%2e",
            "/orders?is_deleted=true",
            "/orders#x",
            "/orders/1 2",
            "/orders/ü",
            "/orders\\1",
            "/orders/1\n",
        ] {
            let refused = url(&Call::new(ApiVersion::V2, path)).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Refused, "{path:?}");
        }
    }

    #[test]
    fn a_document_keeps_its_digits_and_its_order() {
        let answer = |body: &'static str| Answer {
            status: 200,
            body: Bytes::from_static(body.as_bytes()),
            rate: RateFacts::default(),
        };
        let v3 = Call::new(ApiVersion::V3, "/x/1");
        let document = answer(r#"{"data":{"z":19.9900,"a":9007199254740993},"meta":{}}"#)
            .document(&v3)
            .unwrap();
        assert_eq!(document.get(), r#"{"z":19.9900,"a":9007199254740993}"#);
        let v2 = Call::new(ApiVersion::V2, "/x/1");
        let document = answer(r#"{"total":"8.0000"}"#).document(&v2).unwrap();
        assert_eq!(document.get(), r#"{"total":"8.0000"}"#);
        let broken = answer(r#"{"meta":{}}"#).document(&v3).unwrap_err();
        assert_eq!(broken.kind(), ErrorKind::Malformed);
    }
}
