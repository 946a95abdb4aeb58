//! Coupons of the older kind (v2). Codes of promotions show up in the same list and are left out
//! here: they belong to their promotion.

use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Source: `marketing.v2.yml`.
pub static COUPONS: Entity = Entity {
    name: "coupons",
    singular: "coupon",
    group: "marketing",
    holds: "coupons (codes of promotions are with their promotion)",
    listing: Listing {
        api: ApiVersion::V2,
        passes: &[Pass {
            path: "/coupons",
            query: &[("exclude_type", "promotion")],
            paging: Paging::Keyset { param: "min_id", inclusive: true, id: "id" },
            ..PASS
        }],
    },
    lookup: Lookup::One {
        path: "/coupons",
        param: "id",
        full: &[("exclude_type", "promotion")],
    },
    id: "id",
    label: &["name", "code"],
    search: &["code"],
    natural_key: &["code"],
    modified: None,
    parts: &[],
    settled: None,
    volatile: &["num_uses"],
    stamped: &[],
    unordered: &["applies_to.ids"],
    moving: &[],
    read_only: &["id", "num_uses", "date_created"],
    personal: &[],
    references: &[
        points_where("applies_to.ids[]", "products", ("applies_to.entity", "products")),
        points_where("applies_to.ids[]", "categories", ("applies_to.entity", "categories")),
    ],
    webhooks: &[],
    untold: "everything",
    restore: Restore::InPart("a new id; the count of uses starts again at nought"),
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V2,
            method: Method::Post,
            path: "/coupons",
            batch: 0,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V2,
            method: Method::Put,
            path: "/coupons/{id}",
            batch: 0,
            channel: None,
        }),
        delete: Some(Deleting::Path("/coupons/{id}")),
        members: &["name", "type", "amount", "min_purchase", "expires", "enabled", "code", "applies_to", "max_uses", "max_uses_per_customer", "restricted_to", "shipping_methods"],
        whole: true,
        // read as `{}`, `[]` or null where nothing is restricted (marketing.v2.yml)
        blank: &["restricted_to", "shipping_methods"],
        unique: &[&["name"], &["code"]],
        twin: Ok(Twin {
            hidden: &[("enabled", "false")],
            renamed: &[("name", Rename::Words), ("code", Rename::Code)],
        }),
        shape: without_empty,
        lost: &[Omission {
            what: "the count of uses",
            why: "num_uses can't be written, so it starts again at nought (marketing.v2.yml)",
        }],
        ..NO_WRITES
    },
    scope_read: "store_v2_marketing_read_only",
    scope_write: "store_v2_marketing",
    channel: None,
    counts: None,
    omits: &[],
    cost: "N/250",
};

/// What reads as "none" is left out: an empty date is no date, and null no list
/// (`marketing.v2.yml`).
fn without_empty(body: &mut Body, _: bool) {
    body.retain(|name, value| {
        let empty = value.is_null() || (name == "expires" && value.as_str() == Some(""));
        !empty
    });
}
