//! 301 redirects of every site.

use super::entity::*;
use crate::entities::webhooks::tells;
use crate::model::{ApiVersion, Paging};

/// Source: `redirects.v3.yml`.
pub static REDIRECTS: Entity = Entity {
    name: "redirects",
    singular: "redirect",
    group: "content",
    holds: "301 redirects of every site",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/storefront/redirects",
            query: &[("sort", "id"), ("direction", "asc")],
            paging: Paging::Keyset { param: "id:min", inclusive: true, id: "id" },
            ..PASS
        }],
    },
    lookup: Lookup::Filter {
        path: "/storefront/redirects",
        param: "id:in",
        chunk: 100,
        light: &[],
        full: &[],
    },
    id: "id",
    label: &["from_path"],
    search: &["from_path", "to.url"],
    natural_key: &["site_id", "from_path"],
    modified: None,
    parts: &[],
    settled: None,
    volatile: &["to_url"],
    stamped: &[],
    unordered: &[],
    moving: &[],
    read_only: &["id", "to_url"],
    personal: &[],
    references: &[
        points_where("to.entity_id", "products", ("to.type", "product")),
        points_where("to.entity_id", "categories", ("to.type", "category")),
        points_where("to.entity_id", "brands", ("to.type", "brand")),
        points_where("to.entity_id", "pages", ("to.type", "page")),
        points_where("to.entity_id", "blog-posts", ("to.type", "post")),
    ],
    // One scope is printed in a payload catalogue only, so redirects count as swept.
    // Named in the payload catalogue only, so no hook is made for it.
    webhooks: &[tells("store/redirects/updated", &["id"]).unasked()],
    untold: "everything",
    restore: Restore::InPart("a new id"),
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/storefront/redirects",
            batch: 50, // how many it takes is not documented
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/storefront/redirects",
            batch: 50, // how many it takes is not documented
            channel: None,
        }),
        delete: Some(Deleting::Filter { path: "/storefront/redirects", param: "id:in", chunk: 100 }),
        members: &["to"],
        create_only: &["from_path", "site_id"],
        local: &[Local {
            member: "site_id",
            what: "site",
            same: &["1000"],
            needed: true,
            ..LOCAL
        }],
        // The natural key: the upsert knows a redirect by these.
        always: &["from_path", "site_id"],
        takes_id: false,
        shape: without_nulls,
        twin: Err("a path leads to one place"),
        ..NO_WRITES
    },
    scope_read: "store_v2_content_read_only",
    scope_write: "store_v2_content",
    channel: Some("site_id"),
    counts: None,
    omits: &[],
    cost: "N/250",
};

/// The destination is written as an entity's id or as an address, never with the other one empty
/// (`redirects.v3.yml`).
fn without_nulls(body: &mut Body, _: bool) {
    if let Some(to) = body.get_mut("to").and_then(serde_json::Value::as_object_mut) {
        to.retain(|_, value| !value.is_null());
    }
}
