//! Brands. No webhook tells of them, and no date: every capture is a full listing.

use super::entity::*;
use super::hanging::templates;
use super::templates::*;
use crate::entities::webhooks::tells;
use crate::model::{ApiVersion, Paging};

/// Source: `brands_catalog.v3.yml`.
pub static BRANDS: Entity = Entity {
    name: "brands",
    singular: "brand",
    group: "catalog",
    holds: "brands, with metafields and custom templates",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/catalog/brands",
            // It sorts by name only, so pages can shift under a rename.
            steady: Some(Paging::IdWindow { min: "id:min", max: "id:max", id: "id" }),
            ..PASS
        }],
    },
    lookup: Lookup::Filter {
        path: "/catalog/brands",
        param: "id:in",
        chunk: 100,
        light: &[("include_fields", "name")],
        full: &[],
    },
    id: "id",
    label: &["name"],
    search: &["custom_url.url"],
    natural_key: &["name"],
    modified: None,
    parts: &[Part {
        members: &["metafields"],
        source: Source::Bulk {
            path: "/catalog/brands/metafields",
            query: &[],
            paging: Paging::Cursor,
            limit: 250,
            host: "id",
            key: "resource_id",
            many: true,
            alone: Alone::Path("/catalog/brands/{id}/metafields"),
        },
        ..PART
    }, associations(&[("type", "brand")], "id")],
    settled: None,
    volatile: &["metafields[].date_modified",
        "custom_template_associations?",
        "custom_template_associations[].is_valid",
        "custom_template_associations[].date_*",],
    stamped: &["image_url"],
    unordered: &["metafields", "custom_template_associations"],
    moving: &[],
    read_only: &["id"],
    personal: &[],
    references: &[ASSOCIATED],
    // Only metafields of brands have webhooks, brands themselves none.
    webhooks: &[
        tells("store/brand/metafield/*", &["resource_id"]).of_part(),
        tells("store/metafield/*", &["resource_id"]).when("resource_type", "brand").of_part().unasked(),
    ],
    untold: "everything but metafields",
    restore: Restore::InPart("a new id; products are linked to it again"),
    pictures: &[Pictures {
        urls: &["image_url"],
        upload: Some(Upload {
            path: "/catalog/brands/{id}/image",
            remove: Some("/catalog/brands/{id}/image"),
            bytes_max: 8 * 1024 * 1024,
        }),
        ..PICTURES
    }],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Post,
            path: "/catalog/brands",
            batch: 0,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/catalog/brands/{id}",
            batch: 0,
            channel: None,
        }),
        delete: Some(Deleting::Path("/catalog/brands/{id}")),
        members: &["name", "page_title", "meta_keywords", "meta_description", "search_keywords", "custom_url"],
        always: &["name"],
        unique: &[&["name"], &["custom_url.url"]],
        address: Some("custom_url.url"),
        twin: Err("a brand can't be hidden from shoppers (brands_catalog.v3.yml)"),
        rows: &[Rows {
            member: "metafields",
            key: &["namespace", "key"],
            members: &["permission_set", "namespace", "key", "value", "description"],
            create: Some("/catalog/brands/{id}/metafields"),
            update: Some("/catalog/brands/{id}/metafields/{row}"),
            delete: Some("/catalog/brands/{id}/metafields/{row}"),
            ..ROWS
        }, association_rows(of_brand)],
        hanging: &[templates(&[("type", "brand")], "id", of_brand)],
        lost: &[
            Omission {
                what: "the owner of a metafield",
                why: "a metafield belongs to the API account that wrote it (reassign-metafields-owner.mdx)",
            },
            Omission {
                what: "an image's file name and address, and an image that was never had",
                why: "an image is uploaded anew from its kept bytes (brands_catalog.v3.yml)",
            },
        ],
        ..NO_WRITES
    },
    scope_read: "store_v2_products_read_only",
    scope_write: "store_v2_products",
    channel: None,
    counts: None,
    omits: &[],
    cost: "N/250 + metafields/250, custom templates/250",
};
