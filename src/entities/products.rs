//! Products, with variants, options, modifiers, rules, images and all else that hangs on them.

use super::entity::*;
use crate::model::{ApiVersion, Paging};

const INCLUDE: &str =
    "variants,images,custom_fields,bulk_pricing_rules,videos,reviews,channels,parent_relations";

/// Source: `products_catalog.v3.yml`, `product-variants_catalog.v3.yml`, `shipping.v3.yml`.
pub static PRODUCTS: Entity = Entity {
    name: "products",
    singular: "product",
    group: "catalog",
    holds: "products with variants, options, modifiers, complex rules, images' data, videos, custom \
            fields, bulk pricing, reviews, metafields (of variants too), channels, customs",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/catalog/products",
            query: &[("sort", "id"), ("direction", "asc"), ("include", INCLUDE)],
            paging: Paging::Keyset { param: "id:greater", inclusive: false, id: "id" },
            ..PASS
        }],
    },
    lookup: Lookup::Filter {
        path: "/catalog/products",
        param: "id:in",
        chunk: 100,
        light: &[("include_fields", "sku")],
        full: &[("include", INCLUDE)],
    },
    id: "id",
    label: &["name"],
    search: &["sku", "upc", "mpn", "gtin", "variants[].sku", "variants[].upc"],
    natural_key: &["sku", "name"],
    modified: Some("date_modified"),
    parts: &[
        Part {
            members: &["metafields"],
            source: Source::Bulk {
                path: "/catalog/products/metafields",
                query: &[],
                paging: Paging::Cursor,
                limit: 250,
                host: "id",
                key: "resource_id",
                many: true,
                alone: Alone::Path("/catalog/products/{id}/metafields"),
            },
            ..PART
        },
        Part {
            members: &["metafields"],
            at: "variants[]",
            source: Source::Bulk {
                path: "/catalog/variants/metafields",
                query: &[],
                paging: Paging::Cursor,
                limit: 250,
                host: "id",
                key: "resource_id",
                many: true,
                alone: Alone::Through,
            },
            ..PART
        },
        Part {
            members: &["customs_information"],
            source: Source::Bulk {
                path: "/shipping/products/customs-information",
                query: &[],
                paging: Paging::Offset,
                limit: 250,
                host: "id",
                key: "product_id",
                many: false,
                alone: Alone::Filter("product_id:in"),
            },
            ..PART
        },
        // These two includes cut a page to ten rows, so they are a pass of their own.
        Part {
            members: &["options", "modifiers"],
            source: Source::Include {
                path: "/catalog/products",
                query: &[("include", "options,modifiers"), ("include_fields", "sku")],
                param: "id:in",
                chunk: 10,
            },
            deep: true,
            ..PART
        },
        // A rule's conditions name modifiers or variants' options: none of these, no rules.
        Part {
            members: &["complex_rules"],
            source: Source::PerObject {
                path: "/catalog/products/{id}/complex-rules",
                query: &[],
                paging: Paging::Offset,
                limit: 250,
            },
            only: Only::AnyOf(&["options", "modifiers"]),
            deep: true,
            ..PART
        },
    ],
    settled: None,
    volatile: &[
        "date_modified",
        "date_last_imported",
        "view_count",
        "total_sold",
        "reviews_rating_sum",
        "reviews_count",
        "calculated_price",
        // changes when another product is edited
        "parent_relations",
        // stock is moved by orders; inventory is an entity of its own
        "inventory_level",
        "primary_image",
        "images[].url_*",
        "images[].date_modified",
        "variants[].calculated_price",
        "variants[].calculated_weight",
        "variants[].inventory_level",
        // made of display name, time and product id
        "options[].name",
        "modifiers[].name",
        "metafields[].date_modified",
        "variants[].metafields[].date_modified",
        "customs_information.updated_at",
    ],
    stamped: &["variants[].image_url"],
    unordered: &[
        "categories",
        "channels",
        "variants",
        "images",
        "custom_fields",
        "bulk_pricing_rules",
        "videos",
        "reviews",
        "options",
        "modifiers",
        "complex_rules",
        "metafields",
        "variants[].metafields",
        "variants[].option_values",
        "options[].option_values",
        "modifiers[].option_values",
        "gift_wrapping_options_list",
    ],
    moving: &[],
    read_only: &[
        "id",
        "date_created",
        "date_modified",
        "calculated_price",
        "base_variant_id",
        "option_set_id",
        "option_set_display",
        "parent_relations",
        "primary_image",
        "channels",
        "view_count",
        "total_sold",
        "reviews_count",
        "reviews_rating_sum",
        "date_last_imported",
    ],
    personal: &["reviews"],
    references: &[
        Reference { member: "brand_id", to: "brands" },
        Reference { member: "categories[]", to: "categories" },
        Reference { member: "related_products[]", to: "products" },
        Reference { member: "channels[]", to: "channels" },
        Reference { member: "options[].option_values[].value_data.product_id", to: "products" },
        Reference { member: "modifiers[].option_values[].value_data.product_id", to: "products" },
    ],
    webhooks: &[
        "store/product/*",
        "store/sku/*",
        "store/product/inventory/*",
        "store/sku/inventory/*",
        "store/product/metafield/*",
        "store/product/variant/metafield/*",
    ],
    untold: "images, MPN and GTIN, custom fields, options, modifiers, videos, bulk pricing, \
             complex rules, reviews' text, customs information",
    restore: Restore::InPart(
        "ids, statistics and digital files don't come back; complex rules with one condition \
         can't be written through the API",
    ),
    writes: NO_WRITES,
    scope_read: "store_v2_products_read_only",
    scope_write: "store_v2_products",
    channel: Some("channels"),
    counts: None,
    omits: &[
        Omission {
            what: "files of digital products",
            why: "BigCommerce serves them in the control panel and over WebDAV only",
        },
        Omission {
            what: "overrides of name, description and the like by channel and locale",
            why: "they are served by the GraphQL Admin API only",
        },
        Omission {
            what: "the order of products within a category",
            why: "it costs a request per category and has no date; not captured yet",
        },
    ],
    cost: "N/250, plus N/10 for options and modifiers and one per product that has any of them \
           for complex rules (at first, then for what changed and a seventh a run), plus \
           metafields/250 + customs/250",
};
