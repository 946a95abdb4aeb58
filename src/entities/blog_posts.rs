//! Blog posts (v2, store-wide).

use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Source: `store_content.v2.yml`.
pub static BLOG_POSTS: Entity = Entity {
    name: "blog-posts",
    singular: "blog-post",
    group: "content",
    holds: "blog posts with bodies and tags, drafts included",
    listing: Listing {
        api: ApiVersion::V2,
        passes: &[Pass { path: "/blog/posts", paging: Paging::Until204, ..PASS }],
    },
    lookup: Lookup::Path { path: "/blog/posts/{id}", full: &[], channel: None },
    id: "id",
    label: &["title"],
    search: &["url", "author", "tags[]"],
    natural_key: &["url"],
    modified: None,
    parts: &[],
    settled: None,
    volatile: &["preview_url"],
    stamped: &[],
    unordered: &["tags"],
    moving: &[],
    read_only: &["id", "preview_url", "summary", "published_date_iso8601"],
    personal: &["author"],
    references: &[],
    webhooks: &[],
    untold: "everything",
    restore: Restore::InPart("a new id; a thumbnail's file has to be there already"),
    writes: NO_WRITES,
    scope_read: "store_v2_content_read_only",
    scope_write: "store_v2_content",
    channel: None,
    counts: Some(Counts { path: "/blog/posts/count", api: ApiVersion::V2, by_state: None }),
    omits: &[],
    cost: "1 for the count, N/250",
};
