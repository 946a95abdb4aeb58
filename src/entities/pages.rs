//! Pages of every storefront, with their bodies. A page has no date: change shows by comparing.

use super::entity::*;
use crate::model::ApiVersion;

/// Source: `pages.v3.yml`.
pub static PAGES: Entity = Entity {
    name: "pages",
    singular: "page",
    group: "content",
    holds: "pages of every storefront, with bodies",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass { path: "/content/pages", query: &[("include", "body")], ..PASS }],
    },
    lookup: Lookup::Filter {
        path: "/content/pages",
        param: "id:in",
        chunk: 100,
        light: &[],
        full: &[("include", "body")],
    },
    id: "id",
    label: &["name"],
    search: &["url", "meta_title"],
    natural_key: &["channel_id", "name"],
    modified: None,
    parts: &[],
    settled: None,
    volatile: &[],
    stamped: &[],
    unordered: &[],
    moving: &[],
    read_only: &["id"],
    personal: &["email"],
    references: &[
        Reference { member: "channel_id", to: "channels" },
        Reference { member: "parent_id", to: "pages" },
    ],
    webhooks: &["store/channel/{id}/page/created", "store/channel/{id}/page/updated"],
    untold: "deletions",
    restore: Restore::InPart("a new id; a page of type `blog` can only be made in the panel"),
    writes: NO_WRITES,
    scope_read: "store_v2_content_read_only",
    scope_write: "store_v2_content",
    channel: Some("channel_id"),
    counts: None,
    omits: &[],
    cost: "N/250",
};
