//! An order as it is sent: with its status in words, and links or includes in the place of parts.

use serde_json::{Map, Value, json};

use super::{consignments, statuses};
use crate::sandbox::answer::Reply;
use crate::sandbox::request::Req;
use crate::sandbox::store::Store;

/// What is to be put into an order besides its own fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Includes {
    /// Consignments in place of their link.
    consignments: bool,
    /// Whole lines in them in place of their links.
    lines: bool,
    /// Fees in place of their link.
    fees: bool,
}

impl Includes {
    /// Reads `include` and `consignment_structure`. Consignments come in the supported structure
    /// only when it is asked for; the sandbox has no other.
    pub fn read(req: &Req) -> Result<Self, Reply> {
        let words = req.words(
            "include",
            &["consignments", "consignments.line_items", "fees"],
        )?;
        let with = |name: &str| words.iter().any(|word| word == name);
        let lines = with("consignments.line_items");
        let consignments = with("consignments") || lines;
        match req.query.get("consignment_structure") {
            Some("object") => {}
            None if !consignments => {}
            _ => return Err(req.wrong_type("consignment_structure")),
        }
        Ok(Self {
            consignments,
            lines,
            fees: with("fees"),
        })
    }
}

/// The rows of one part of an order.
pub fn part<'a>(order: &'a Value, name: &str) -> &'a [Value] {
    order["parts"][name].as_array().map_or(&[], Vec::as_slice)
}

/// A link as v2 writes it in the place of a part.
pub fn link(store: &Store, resource: &str) -> Value {
    let url = format!(
        "https://api.bigcommerce.com/stores/{}/v2{resource}",
        store.hash
    );
    json!({"url": url, "resource": resource})
}

/// The order as it is sent.
pub fn order(store: &Store, order: &Value, includes: Includes) -> Value {
    let (status, custom_status) = statuses::labels(store, &order["status_id"]);
    let mut out = Map::new();
    for (name, value) in order.as_object().into_iter().flatten() {
        if name == "parts" {
            continue;
        }
        out.insert(name.clone(), value.clone());
        if name == "status_id" {
            out.insert("status".to_owned(), status.clone());
        }
    }
    out.insert("custom_status".to_owned(), custom_status);
    let base = format!("/orders/{}", order["id"]);
    for (name, path) in [
        ("products", "products"),
        ("shipping_addresses", "shippingaddresses"),
        ("coupons", "coupons"),
    ] {
        out.insert(name.to_owned(), link(store, &format!("{base}/{path}")));
    }
    let fees = if includes.fees {
        Value::from(part(order, "fees").to_vec())
    } else {
        link(store, &format!("{base}/fees"))
    };
    let consignments = if includes.consignments {
        consignments::of(store, order, includes.lines)
    } else {
        link(store, &format!("{base}/consignments"))
    };
    out.insert("fees".to_owned(), fees);
    out.insert("consignments".to_owned(), consignments);
    Value::Object(out)
}
