//! Requests that change a store. This is the only place where one can be made, and what it can't say
//! can't be sent: no DELETE without the ids that go, no request that moves money, sends mail or
//! makes codes at random.
//!
//! BigCommerce deletes or archives whole collections when a filter is missing (`DELETE /v2/orders`,
//! `/v2/coupons`, `/v3/pricelists` ...), so a [`Removal`] is built of ids and of nothing else.

use serde_json::Value;

use super::call::Call;
use super::error::{Error, ErrorKind};
use super::form::FilePart;
use crate::model::ApiVersion;

/// Path segments that no request of ours that writes has: they move money, send mail, or make what
/// no backup holds.
const NEVER: &[&str] = &[
    "payment_actions",
    "refund_quotes",
    "refunds",
    "shipments",
    "codegen",
    "transactions",
    "payments",
    "emails",
    "messages",
];

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Makes something. Never repeated blindly.
    Post,
    /// Sets something to a state: harmless when repeated.
    Put,
}

impl Method {
    pub(super) fn verb(self) -> Verb {
        match self {
            Self::Post => Verb::Post,
            Self::Put => Verb::Put,
        }
    }
}

/// The methods that vortex can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request that makes or sets something.
#[derive(Debug, Clone)]
pub struct Change {
    /// How.
    pub method: Method,
    /// Where.
    pub call: Call,
    /// What, as JSON; numbers keep their digits. With a file, an object whose members are the
    /// form's fields.
    pub body: Value,
    /// A file that is sent as a form.
    pub file: Option<FilePart>,
}

impl Change {
    /// Refuses what is never to be sent.
    pub(super) fn check(&self) -> Result<(), Error> {
        check(&self.call)
    }
}

/// A deletion of named things.
#[derive(Debug, Clone)]
pub struct Removal {
    call: Call,
}

impl Removal {
    /// The deletion of the one thing that a path names: its last segment is an id.
    ///
    /// # Errors
    ///
    /// `Refused` for a path that ends in anything but a number or a UUID.
    pub fn one(api: ApiVersion, path: impl Into<String>) -> Result<Self, Error> {
        let call = Call::new(api, path);
        check(&call)?;
        let last = call.path.rsplit('/').next().unwrap_or_default();
        if !is_id(last) {
            return Err(call.error(ErrorKind::Refused, "a deletion has to name what goes"));
        }
        Ok(Self { call })
    }

    /// The deletion of those things in a list that have these ids.
    ///
    /// # Errors
    ///
    /// `Refused` without ids, for what is none, and for a filter that takes no ids.
    pub fn some(
        api: ApiVersion,
        path: impl Into<String>,
        param: &str,
        ids: &[String],
    ) -> Result<Self, Error> {
        let call = Call::new(api, path);
        check(&call)?;
        let takes_ids = param == "id:in" || param.ends_with("_id:in");
        // v2 knows few such filters, and its lists without one are deleted whole.
        let is_list =
            api == ApiVersion::V3 && !is_id(call.path.rsplit('/').next().unwrap_or_default());
        if !is_list || !takes_ids || ids.is_empty() || !ids.iter().all(|id| is_id(id)) {
            return Err(call.error(ErrorKind::Refused, "a deletion has to name what goes"));
        }
        let call = call.with(param, ids.join(","));
        Ok(Self { call })
    }

    /// The deletion of the image of the one thing that a path names: it ends in `/{id}/image`.
    ///
    /// # Errors
    ///
    /// `Refused` for any other path.
    pub fn image(api: ApiVersion, path: impl Into<String>) -> Result<Self, Error> {
        let call = Call::new(api, path);
        check(&call)?;
        let owner = call.path.strip_suffix("/image");
        let id = owner.and_then(|owner| owner.rsplit('/').next());
        if !id.is_some_and(is_id) {
            return Err(call.error(ErrorKind::Refused, "a deletion has to name what goes"));
        }
        Ok(Self { call })
    }

    /// The same deletion, of fewer things: only of those that are these as well.
    ///
    /// # Errors
    ///
    /// `Refused` as for [`Self::some`].
    pub fn and(mut self, param: &str, ids: &[String]) -> Result<Self, Error> {
        if !param.ends_with("_id:in") || ids.is_empty() || !ids.iter().all(|id| is_id(id)) {
            let why = "a deletion has to name what goes";
            return Err(self.call.error(ErrorKind::Refused, why));
        }
        self.call = self.call.with(param, ids.join(","));
        Ok(self)
    }

    pub(super) fn call(&self) -> &Call {
        &self.call
    }
}

fn check(call: &Call) -> Result<(), Error> {
    let mut segments = call.path.split('/');
    match segments.find(|segment| NEVER.contains(segment)) {
        Some(segment) => {
            let why = format!("nothing is ever written to {segment}");
            Err(call.error(ErrorKind::Refused, why))
        }
        None => Ok(()),
    }
}

/// A number above zero, or a UUID.
fn is_id(text: &str) -> bool {
    let number = text.bytes().all(|b| b.is_ascii_digit()) && text.bytes().any(|b| b != b'0');
    let uuid = text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    !text.is_empty() && (number || uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_without_bounds_can_not_be_built() {
        for path in [
            "/orders",
            "/coupons",
            "/orders/5/shipments",
            "/orders/5/shipments/7",
            "/pricelists",
            "/pricelists/1/records",
            "/pricelists/assignments",
            "/storefront/custom-template-associations",
            "/customers/subscribers",
            "/catalog/products/0",
            "/catalog/products/",
            "/catalog/products/5/metafields",
        ] {
            assert!(Removal::one(ApiVersion::V3, path).is_err(), "{path}");
        }
        assert!(Removal::one(ApiVersion::V3, "/catalog/brands/5").is_ok());
        assert!(Removal::image(ApiVersion::V3, "/catalog/brands/5/image").is_ok());
        for path in [
            "/catalog/brands/image",
            "/catalog/brands/0/image",
            "/catalog/brands/5",
        ] {
            assert!(Removal::image(ApiVersion::V3, path).is_err(), "{path}");
        }
        let some = |param: &str, ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            Removal::some(ApiVersion::V3, "/catalog/products", param, &ids)
        };
        assert!(some("id:in", &["5", "6"]).is_ok());
        assert!(some("category_id:in", &["5"]).is_ok());
        let five = ["5".to_owned()];
        for (api, path) in [
            (ApiVersion::V2, "/orders"),
            (ApiVersion::V2, "/coupons"),
            (ApiVersion::V3, "/catalog/products/5"),
        ] {
            assert!(Removal::some(api, path, "id:in", &five).is_err(), "{path}");
        }
        for (param, ids) in [
            ("id:in", &[][..]),
            ("id:in", &[""]),
            ("id:in", &["5", ""]),
            ("id:in", &["0"]),
            ("id:in", &["*"]),
            ("id:in", &["5,6&x"]),
            ("is_visible", &["1"]),
            ("id:not_in", &["1"]),
        ] {
            assert!(some(param, ids).is_err(), "{param} {ids:?}");
        }
        // What narrows a deletion names things as well.
        let both = |param: &str, ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            some("product_id:in", &["5"]).and_then(|removal| removal.and(param, &ids))
        };
        assert!(both("channel_id:in", &["1", "2"]).is_ok());
        for (param, ids) in [
            ("channel_id:in", &[][..]),
            ("channel_id:in", &["1", ""]),
            ("channel_id", &["1"]),
        ] {
            assert!(both(param, ids).is_err(), "{param} {ids:?}");
        }
    }

    #[test]
    fn nothing_is_written_where_money_moves_or_mail_is_sent() {
        for path in [
            "/orders/5/payment_actions/capture",
            "/orders/5/payment_actions/refunds",
            "/orders/5/shipments",
            "/promotions/5/codegen",
        ] {
            let send = Change {
                method: Method::Post,
                call: Call::new(ApiVersion::V3, path),
                body: Value::Null,
                file: None,
            };
            assert_eq!(
                send.check().unwrap_err().kind(),
                ErrorKind::Refused,
                "{path}"
            );
        }
    }

    #[test]
    fn no_other_place_can_send_anything_that_deletes() {
        let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![src.clone()];
        let mut elsewhere = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(&src).unwrap().display().to_string();
                let ours =
                    ["api/write.rs", "api/transport.rs", "api/probe.rs"].contains(&name.as_str());
                if ours || name.starts_with("sandbox") || name.contains("test") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let reqwest = text.contains("reqwest::") && name != "api/tests/http.rs";
                if reqwest || text.contains("Verb::Delete") && name != "api/client.rs" {
                    elsewhere.push(name);
                }
            }
        }
        assert!(elsewhere.is_empty(), "{elsewhere:?}");
    }
}
