//! Categories of every tree.

use super::webhooks::tells;
use super::entity::*;
use super::hanging::templates;
use super::templates::*;
use crate::model::{ApiVersion, Paging};

/// Source: `category-trees_catalog.v3.yml`; metafields: `categories_catalog.v3.yml`.
pub static CATEGORIES: Entity = Entity {
    name: "categories",
    singular: "category",
    group: "catalog",
    holds: "categories of every tree, with metafields and custom templates",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/catalog/trees/categories",
            over: Over::Each {
                path: "/catalog/trees",
                query: &[],
                paging: Paging::Unpaged,
                limit: 0,
                id: "id",
                param: "tree_id:in",
            },
            ..PASS
        }],
    },
    lookup: Lookup::Filter {
        path: "/catalog/trees/categories",
        param: "category_id:in",
        chunk: 100,
        light: &[("include_fields", "name")],
        full: &[],
    },
    id: "category_id",
    label: &["name"],
    search: &["url.path"],
    natural_key: &["tree_id", "parent_id", "name"],
    modified: None,
    parts: &[Part {
        members: &["metafields"],
        source: Source::Bulk {
            path: "/catalog/categories/metafields",
            query: &[],
            paging: Paging::Cursor,
            limit: 250,
            host: "category_id",
            key: "resource_id",
            many: true,
            alone: Alone::Path("/catalog/categories/{id}/metafields"),
        },
        ..PART
    }, associations(&[("type", "category")], "category_id")],
    settled: None,
    volatile: &["views", "metafields[].date_modified",
        "custom_template_associations?",
        "custom_template_associations[].is_valid",
        "custom_template_associations[].date_*",],
    stamped: &["image_url"],
    unordered: &["metafields", "custom_template_associations"],
    moving: &[],
    read_only: &["category_id", "category_uuid", "views"],
    personal: &[],
    references: &[points_to("parent_id", "categories"), ASSOCIATED],
    webhooks: &[
        tells("store/category/*", &["id"]),
        tells("store/channel/{id}/category/*", &["category_id"]).unasked(),
        tells("store/channel/{id}/categoryTree/updated", &[]),
        tells("store/category/metafield/created", &["resource_id"]).of_part(),
        tells("store/category/metafield/updated", &["resource_id"]).of_part(),
        tells("store/category/metafield/deleted", &["resource_id"]).of_part(),
        tells("store/metafield/*", &["resource_id"]).when("resource_type", "category").of_part().unasked(),
    ],
    untold: "visibility, moves within a tree, a deleted image, custom templates",
    restore: Restore::InPart("a new id; a tree's channel can't be changed by an update"),
    pictures: &[Pictures {
        urls: &["image_url"],
        upload: Some(Upload {
            path: "/catalog/categories/{id}/image",
            remove: Some("/catalog/categories/{id}/image"),
            bytes_max: 8 * 1024 * 1024,
        }),
        ..PICTURES
    }],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Post,
            path: "/catalog/trees/categories",
            batch: 50,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/catalog/trees/categories",
            batch: 50,
            channel: None,
        }),
        delete: Some(Deleting::Filter {
            path: "/catalog/trees/categories",
            param: "category_id:in",
            chunk: 50,
        }),
        members: &["name", "parent_id", "description", "sort_order", "page_title", "search_keywords", "meta_keywords", "meta_description", "layout_file", "is_visible", "default_product_sort", "url"],
        create_only: &["tree_id"],
        local: &[Local {
            member: "tree_id",
            what: "category tree",
            same: &["1"],
            needed: true,
            ..LOCAL
        }],
        // BigCommerce would take the theme's default again (custom-template-associations.v3.yml).
        always: &["layout_file"],
        rows: &[Rows {
            member: "metafields",
            key: &["namespace", "key"],
            members: &["permission_set", "namespace", "key", "value", "description"],
            create: Some("/catalog/categories/{id}/metafields"),
            update: Some("/catalog/categories/{id}/metafields/{row}"),
            delete: Some("/catalog/categories/{id}/metafields/{row}"),
            ..ROWS
        }, association_rows(of_category)],
        hanging: &[templates(&[("type", "category")], "category_id", of_category)],
        lost: &[
            Omission {
                what: "the owner of a metafield",
                why: "a metafield belongs to the API account that wrote it (reassign-metafields-owner.mdx)",
            },
            Omission {
                what: "an image's file name and address, and an image that was never had",
                why: "an image is uploaded anew from its kept bytes (categories_catalog.v3.yml)",
            },
            Omission {
                what: "a move to another tree",
                why: "an update takes no tree (category-trees_catalog.v3.yml)",
            },
        ],
        // The same path may stand in another tree or channel: found by what it stands in the way of.
        address: Some("url.path"),
        twin: Ok(Twin {
            hidden: &[("is_visible", "false"), ("url.is_customized", "true")],
            renamed: &[("name", Rename::Words), ("url.path", Rename::Path)],
        }),
        ..NO_WRITES
    },
    scope_read: "store_v2_products_read_only",
    scope_write: "store_v2_products",
    channel: None,
    counts: None,
    omits: &[Omission {
        what: "the trees' own names and channels",
        why: "a tree is no object of its own yet; each category names its tree",
    }],
    cost: "1 for the trees, N/250 (at least one per tree), metafields/250, custom templates/250",
};
