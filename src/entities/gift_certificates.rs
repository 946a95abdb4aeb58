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
    references: &[Reference { member: "customer_id", to: "customers" }],
    webhooks: &[],
    untold: "everything",
    restore: Restore::InPart("a new id; the link to its order can't be written"),
    writes: NO_WRITES,
    scope_read: "store_v2_marketing_read_only",
    scope_write: "store_v2_marketing",
    channel: None,
    counts: None,
    omits: &[],
    cost: "N/250",
};
