//! Products, with variants, options, modifiers, rules, images and all else that hangs on them.

mod pictures;
mod shapes;

use pictures::PRODUCT_PICTURES;
use shapes::*;

use super::hanging::{PRICES, PRICES_LOST, templates};
use super::templates::*;
use super::webhooks::tells;
use super::entity::*;
use crate::model::{ApiVersion, Paging};

const INCLUDE: &str =
    "variants,images,custom_fields,bulk_pricing_rules,videos,reviews,channels,parent_relations";

/// Source: `products_catalog.v3.yml`, `product-variants_catalog.v3.yml`, `shipping.v3.yml`.
pub static PRODUCTS: Entity = Entity {
    name: "products",
    singular: "product",
    group: "catalog",
    holds: "products with variants, options, modifiers, complex rules, images, videos, custom \
            fields, bulk pricing, reviews, metafields (of variants too), channels, customs, custom \
            templates",
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
    search: &["custom_url.url", "sku", "upc", "mpn", "gtin", "variants[].sku", "variants[].upc"],
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
                alone: Alone::Within("/catalog/products/{outer}/variants/{id}/metafields"),
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
        associations(&[("type", "product")], "id"),
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
        // given by the store, and told by where they stand
        "modifiers[].option_values[].option_id",
        "complex_rules[].conditions[].id",
        "complex_rules[].conditions[].rule_id",
        "complex_rules[].conditions[].combination_id",
        "metafields[].date_modified",
        "variants[].metafields[].date_modified",
        "customs_information.updated_at",
        "custom_template_associations?",
        "custom_template_associations[].is_valid",
        "custom_template_associations[].date_*",
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
        "custom_template_associations",
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
        "view_count",
        "total_sold",
        "reviews_count",
        "reviews_rating_sum",
        "date_last_imported",
    ],
    personal: &["reviews"],
    references: &[
        points_to("brand_id", "brands"),
        points_to("categories[]", "categories"),
        points_to("related_products[]", "products"),
        points_to("channels[]", "channels"),
        ASSOCIATED,
        points_to("options[].option_values[].value_data.product_id", "products"),
        points_to("modifiers[].option_values[].value_data.product_id", "products"),
    ],
    webhooks: &[
        tells("store/product/*", &["id"]),
        tells("store/sku/*", &["sku/product_id"]),
        tells("store/channel/{id}/product/assigned", &["product_id"]),
        tells("store/channel/{id}/product/unassigned", &["product_id"]),
        tells("store/option/updated", &["affected_product_ids"]).of_part(),
        tells("store/modifier/updated", &["affected_product_ids"]).of_part(),
        tells("store/product/metafield/*", &["resource_id"]).of_part(),
        tells("store/metafield/*", &["resource_id"]).when("resource_type", "product").of_part().unasked(),
        tells("store/product/variant/metafield/*", &["resource_id"])
            .via("/catalog/variants", "id", "product_id")
            .of_part(),
        tells("store/metafield/*", &["resource_id"])
            .when("resource_type", "variant")
            .via("/catalog/variants", "id", "product_id")
            .of_part()
            .unasked(),
        // Stock is no part of what makes a version of a product, and every sale moves it.
        tells("store/product/inventory/updated", &["id"]).unasked(),
        tells("store/product/inventory/order/updated", &["id"]).unasked(),
        tells("store/sku/inventory/updated", &["inventory/product_id"]).unasked(),
        tells("store/sku/inventory/order/updated", &["inventory/product_id"]).unasked(),
        tells("store/channel/{id}/inventory/product/*", &["product_id"]).unasked(),
        tells("store/channel/{id}/category/product/assigned", &["product_id"]).unasked(),
        tells("store/channel/{id}/category/product/unassigned", &["product_id"]).unasked(),
    ],
    untold: "images, MPN and GTIN, custom fields, options, modifiers, videos, bulk pricing, \
             complex rules, reviews' text, customs information, custom templates",
    restore: Restore::InPart(
        "ids, statistics and digital files don't come back; complex rules with one condition \
         can't be written through the API",
    ),
    pictures: PRODUCT_PICTURES,
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Post,
            path: "/catalog/products",
            batch: 0,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/catalog/products",
            batch: 10,
            channel: None,
        }),
        delete: Some(Deleting::Filter { path: "/catalog/products", param: "id:in", chunk: 50 }),
        members: WRITABLE,
        unique: &[&["name"], &["sku", "variants[].sku"], &["custom_url.url"]],
        alike: &["sku"],
        local: &[
            Local { member: "tax_class_id", what: "tax class", ..LOCAL },
            Local { member: "gift_wrapping_options_list[]", what: "gift wrapping", ..LOCAL },
        ],
        address: Some("custom_url.url"),
        twin: Ok(Twin {
            hidden: &[("is_visible", "false"), ("is_featured", "false"), ("custom_url.is_customized", "true")],
            renamed: &[
                ("name", Rename::Words),
                ("sku", Rename::Code),
                ("variants[].sku", Rename::Code),
                ("custom_url.url", Rename::Path),
            ],
        }),
        rows: &[
            Rows {
                member: "options",
                stirs: true,
                key: &["display_name"],
                members: &["display_name", "type", "config", "sort_order", "option_values"],
                create: Some("/catalog/products/{id}/options"),
                update: Some("/catalog/products/{id}/options/{row}"),
                delete: Some("/catalog/products/{id}/options/{row}"),
                shape: option,
                ..ROWS
            },
            Rows {
                member: "variants",
                stirs: true,
                key: &["option_values"],
                members: VARIANT,
                create: Some("/catalog/products/{id}/variants"),
                update: Some("/catalog/products/{id}/variants/{row}"),
                delete: Some("/catalog/products/{id}/variants/{row}"),
                shape: variant,
                together: Some(VARIANTS_TOGETHER),
                unmakeable: base_variant,
                inner: &[
                    ("option_values[].option_id", "options[].id"),
                    ("option_values[].id", "options[].option_values[].id"),
                ],
                // the option's own, and its value's (product-variants_catalog.v3.yml)
                echoes: &["option_values[].option_display_name", "option_values[].label"],
                ..ROWS
            },
            Rows {
                member: "modifiers",
                stirs: true,
                key: &["display_name"],
                members: &["display_name", "type", "required", "config", "sort_order", "option_values"],
                create: Some("/catalog/products/{id}/modifiers"),
                update: Some("/catalog/products/{id}/modifiers/{row}"),
                delete: Some("/catalog/products/{id}/modifiers/{row}"),
                shape: modifier,
                ..ROWS
            },
            Rows {
                member: "complex_rules",
                key: &["conditions"],
                members: &["sort_order", "enabled", "stop", "price_adjuster", "weight_adjuster", "purchasing_disabled", "purchasing_disabled_message", "purchasing_hidden", "conditions"],
                create: Some("/catalog/products/{id}/complex-rules"),
                update: Some("/catalog/products/{id}/complex-rules/{row}"),
                delete: Some("/catalog/products/{id}/complex-rules/{row}"),
                shape: rule,
                unmakeable: one_condition,
                inner: &[
                    ("conditions[].modifier_id", "modifiers[].id"),
                    ("conditions[].modifier_value_id", "modifiers[].option_values[].id"),
                    ("conditions[].variant_id", "variants[].id"),
                ],
                ..ROWS
            },
            Rows {
                member: "custom_fields",
                key: &["name", "value"],
                members: &["name", "value"],
                create: Some("/catalog/products/{id}/custom-fields"),
                update: Some("/catalog/products/{id}/custom-fields/{row}"),
                delete: Some("/catalog/products/{id}/custom-fields/{row}"),
                ..ROWS
            },
            Rows {
                member: "bulk_pricing_rules",
                key: &["quantity_min", "quantity_max"],
                members: &["quantity_min", "quantity_max", "type", "amount"],
                create: Some("/catalog/products/{id}/bulk-pricing-rules"),
                update: Some("/catalog/products/{id}/bulk-pricing-rules/{row}"),
                delete: Some("/catalog/products/{id}/bulk-pricing-rules/{row}"),
                ..ROWS
            },
            Rows {
                member: "videos",
                key: &["video_id"],
                members: &["video_id", "title", "description", "sort_order", "type"],
                create: Some("/catalog/products/{id}/videos"),
                update: Some("/catalog/products/{id}/videos/{row}"),
                delete: Some("/catalog/products/{id}/videos/{row}"),
                shape: video,
                ..ROWS
            },
            Rows {
                member: "images",
                members: &["is_thumbnail", "sort_order", "description"],
                create: Some("/catalog/products/{id}/images"),
                update: Some("/catalog/products/{id}/images/{row}"),
                delete: Some("/catalog/products/{id}/images/{row}"),
                unmakeable: no_bytes,
                picture: true,
                ..ROWS
            },
            Rows {
                member: "metafields",
                key: &["namespace", "key"],
                members: &["permission_set", "namespace", "key", "value", "description"],
                create: Some("/catalog/products/{id}/metafields"),
                update: Some("/catalog/products/{id}/metafields/{row}"),
                delete: Some("/catalog/products/{id}/metafields/{row}"),
                ..ROWS
            },
            // Made many at a time; which variant it is stands in the row.
            Rows {
                within: "variants",
                member: "metafields",
                key: &["resource_id", "namespace", "key"],
                members: &["resource_id", "permission_set", "namespace", "key", "value", "description"],
                create: Some("/catalog/variants/metafields"),
                update: Some("/catalog/variants/metafields"),
                delete: Some("/catalog/products/{id}/variants/{resource_id}/metafields/{row}"),
                listed: true,
                batch: 50,
                shape: of_variant,
                inner: &[("resource_id", "variants[].id")],
                ..ROWS
            },
            Rows {
                member: "customs_information",
                form: Form::Single,
                id: "product_id",
                members: &["country_of_origin", "commodity_description", "international_shipping", "hs_codes"],
                create: Some("/shipping/products/customs-information"),
                update: Some("/shipping/products/customs-information"),
                delete: Some("/shipping/products/customs-information?product_id:in"),
                listed: true,
                upsert: true,
                batch: 50,
                owner: Some("product_id"),
                ..ROWS
            },
            // One call for several products; a deletion names both, for a list of each removes all
            // pairs between them.
            Rows {
                member: "channels",
                form: Form::Ids,
                id: "channel_id",
                members: &["channel_id"],
                create: Some("/catalog/products/channel-assignments"),
                delete: Some("/catalog/products/channel-assignments?product_id:in&channel_id:in"),
                listed: true,
                upsert: true,
                batch: 50,
                owner: Some("product_id"),
                ..ROWS
            },
            association_rows(of_product),
            Rows {
                member: "reviews",
                key: &["title", "date_reviewed"],
                members: &["title", "text", "status", "rating", "email", "name", "date_reviewed"],
                create: Some("/catalog/products/{id}/reviews"),
                update: Some("/catalog/products/{id}/reviews/{row}"),
                delete: Some("/catalog/products/{id}/reviews/{row}"),
                named_only: true,
                ..ROWS
            },
        ],
        hanging: &[PRICES, templates(&[("type", "product")], "id", of_product)],
        lost: &[
            Omission {
                what: "an image's id, file name and address, and an image that was never had",
                why: "an image is uploaded anew from its kept bytes, and gets new ones (products_catalog.v3.yml)",
            },
            Omission {
                what: "the picture of a swatch, and taking away one of a variant or a modifier's value",
                why: "no request does it (product-variant-options, product-variants and product-modifiers_catalog.v3.yml)",
            },
            Omission {
                what: "stock: what is made anew starts with none, and what lives keeps its own",
                why: "orders move it between versions, so none tells how much there is (inventory.v3.yml)",
            },
            Omission {
                what: "statistics and the date of creation",
                why: "they can't be written (products_catalog.v3.yml)",
            },
            Omission {
                what: "complex rules with one condition",
                why: "they can be read but not made through the API (products_catalog.v3.yml)",
            },
            PRICES_LOST,
            Omission {
                what: "the owner of a metafield",
                why: "a metafield belongs to the API account that wrote it (reassign-metafields-owner.mdx)",
            },
        ],
        ..NO_WRITES
    },
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
            what: "prices in price lists",
            why: "price lists are not captured yet; restore reads what stands there when a product is made anew",
        },
        Omission {
            what: "the order of products within a category",
            why: "it costs a request per category and has no date; not captured yet",
        },
    ],
    cost: "N/250, plus N/10 for options and modifiers and one per product that has any of them \
           for complex rules (at first, then for what changed and a seventh a run), plus \
           metafields/250 + customs/250 + custom templates/250",
};
