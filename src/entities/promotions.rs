//! Promotions with their coupon codes.

use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Source: `promotions.v3.yml`.
pub static PROMOTIONS: Entity = Entity {
    name: "promotions",
    singular: "promotion",
    group: "marketing",
    holds: "promotions with rules and coupon codes",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/promotions",
            query: &[("sort", "id"), ("direction", "asc")],
            ..PASS
        }],
    },
    lookup: Lookup::Path { path: "/promotions/{id}", full: &[], channel: None },
    id: "id",
    label: &["name"],
    search: &["codes[].code"],
    natural_key: &["name"],
    modified: None,
    parts: &[Part {
        members: &["codes"],
        source: Source::PerObject {
            path: "/promotions/{id}/codes",
            query: &[],
            paging: Paging::Cursor,
            limit: 250,
        },
        only: Only::Equals("redemption_type", "coupon"),
        ..PART
    }],
    settled: None,
    volatile: &["current_uses", "codes[].current_uses", "multiple_codes"],
    stamped: &[],
    unordered: &["codes", "channels"],
    moving: &[],
    read_only: &["id", "created_from", "current_uses", "codes", "multiple_codes"],
    personal: &[],
    references: &[
        Reference { member: "channels[].id", to: "channels" },
        Reference { member: "rules[]..products[]", to: "products" },
        Reference { member: "rules[]..categories[]", to: "categories" },
        Reference { member: "rules[]..brands[]", to: "brands" },
    ],
    webhooks: &[],
    untold: "everything",
    restore: Restore::InPart(
        "a new id; its place among automatic promotions can't be set through the API, and uses \
         start again at nought",
    ),
    writes: NO_WRITES,
    scope_read: "store_v2_marketing_read_only",
    scope_write: "store_v2_marketing",
    channel: Some("channels"),
    counts: None,
    omits: &[Omission {
        what: "the order of priority",
        why: "it is no field of the API, neither to read nor to write",
    }],
    cost: "N/250, and one per promotion with codes (or codes/250)",
};
