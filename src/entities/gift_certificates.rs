//! Gift certificates (v2). Code and balance are cash: they are never logged.

use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Source: `marketing.v2.yml`.
pub static GIFT_CERTIFICATES: Entity = Entity {
    name: "gift-certificates",
    singular: "gift-certificate",
    group: "marketing",
    holds: "gift certificates with codes and balances",
    listing: Listing {
        api: ApiVersion::V2,
        passes: &[Pass {
            path: "/gift_certificates",
            query: &[("sort", "id"), ("direction", "asc")],
            paging: Paging::Keyset { param: "min_id", inclusive: true, id: "id" },
            ..PASS
        }],
    },
    lookup: Lookup::Path { path: "/gift_certificates/{id}", full: &[], channel: None },
    id: "id",
    label: &["to_name"],
    search: &["code", "to_email", "from_email", "from_name"],
    natural_key: &["code"],
    modified: None,
    parts: &[],
    settled: None,
    volatile: &[],
    stamped: &[],
    unordered: &[],
    moving: &["balance", "status"],
    read_only: &["id", "order_id"],
    personal: &[""],
    references: &[points_to("customer_id", "customers")],
    webhooks: &[],
    untold: "everything",
    restore: Restore::InPart("a new id; the link to its order can't be written"),
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V2,
            method: Method::Post,
            path: "/gift_certificates",
            batch: 0,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V2,
            method: Method::Put,
            path: "/gift_certificates/{id}",
            batch: 0,
            channel: None,
        }),
        delete: Some(Deleting::Path("/gift_certificates/{id}")),
        members: &["to_name", "to_email", "from_name", "from_email", "amount", "balance", "status", "code", "template", "message", "customer_id", "currency_code", "purchase_date", "expiry_date"],
        // Left out, the balance would be the amount again: spent money (marketing.v2.yml).
        always: &["to_name", "to_email", "from_name", "from_email", "amount", "balance"],
        shape: as_written,
        unmakeable: &[
            ("to_name", "", "the API takes none without a recipient (marketing.v2.yml)"),
            ("to_email", "", "the API takes none without a recipient (marketing.v2.yml)"),
            ("from_name", "", "the API takes none without a sender (marketing.v2.yml)"),
            ("from_email", "", "the API takes none without a sender (marketing.v2.yml)"),
        ],
        lost: &[Omission {
            what: "the link to its order",
            why: "order_id can't be written (marketing.v2.yml)",
        }],
        twin: Err("a second one would be money"),
        ..NO_WRITES
    },
    scope_read: "store_v2_marketing_read_only",
    scope_write: "store_v2_marketing",
    channel: None,
    counts: None,
    omits: &[],
    cost: "N/250",
};

/// Dates are read as Unix seconds in text and written as RFC 2822 (`marketing.v2.yml`).
fn as_written(body: &mut Body, _: bool) {
    for name in ["to_name", "to_email", "from_name", "from_email"] {
        if let Some(value) = body.get_mut(name).filter(|value| value.is_null()) {
            *value = "".into(); // required, though a read may give none
        }
    }
    body.retain(|_, value| !value.is_null());
    for name in ["purchase_date", "expiry_date"] {
        let Some(value) = body.get(name) else {
            continue;
        };
        let seconds = value
            .as_str()
            .and_then(|text| text.parse().ok())
            .or_else(|| value.as_i64());
        match seconds.filter(|at| *at > 0).and_then(super::dates::of_seconds) {
            Some(date) => {
                body.insert(name.to_owned(), date.into());
            }
            None => {
                body.remove(name);
            }
        }
    }
}
