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
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V2,
            method: Method::Post,
            path: "/blog/posts",
            batch: 0,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V2,
            method: Method::Put,
            path: "/blog/posts/{id}",
            batch: 0,
            channel: None,
        }),
        delete: Some(Deleting::Path("/blog/posts/{id}")),
        members: &["title", "url", "body", "tags", "is_published", "meta_description", "meta_keywords", "author", "thumbnail_path", "published_date"],
        // A post becomes a draft by every update that does not say otherwise, and both texts are
        // required (store_content.v2.yml).
        always: &["title", "body", "is_published"],
        shape: as_written,
        unmakeable: &[
            ("title", "", "the API takes no post without a title (store_content.v2.yml)"),
            ("body", "", "the API takes no post without a text (store_content.v2.yml)"),
        ],
        lost: &[Omission {
            what: "the file behind thumbnail_path",
            why: "it is served over WebDAV only, and has to be there (store_content.v2.yml)",
        }],
        // A draft.
        twin: Ok(Twin {
            hidden: &[("is_published", "false")],
            renamed: &[("title", Rename::Words), ("url", Rename::Path)],
        }),
        ..NO_WRITES
    },
    scope_read: "store_v2_content_read_only",
    scope_write: "store_v2_content",
    channel: None,
    counts: Some(Counts { path: "/blog/posts/count", api: ApiVersion::V2, by_state: None }),
    omits: &[],
    cost: "1 for the count, N/250",
};

/// The date is read as an object and written as RFC 2822 (`store_content.v2.yml`).
fn as_written(body: &mut Body, _: bool) {
    body.retain(|_, value| !value.is_null());
    let date = body.get("published_date").and_then(|date| {
        let text = date.get("date").unwrap_or(date).as_str()?;
        let zone = date.get("timezone").and_then(serde_json::Value::as_str);
        zone.and_then(|zone| super::dates::rfc2822_in(text, zone))
            .or_else(|| super::dates::rfc2822(text))
    });
    match date {
        Some(date) => {
            body.insert("published_date".to_owned(), date.into());
        }
        None => {
            body.remove("published_date");
        }
    }
}
