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
        // given by the store, and told by where they stand
        "modifiers[].option_values[].option_id",
        "complex_rules[].conditions[].id",
        "complex_rules[].conditions[].rule_id",
        "complex_rules[].conditions[].combination_id",
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
        points_to("brand_id", "brands"),
        points_to("categories[]", "categories"),
        points_to("related_products[]", "products"),
        points_to("channels[]", "channels"),
        points_to("options[].option_values[].value_data.product_id", "products"),
        points_to("modifiers[].option_values[].value_data.product_id", "products"),
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
        unique: &["name", "sku", "custom_url.url"],
        rows: &[
            Rows {
                member: "options",
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
                key: &["option_values"],
                members: VARIANT,
                create: Some("/catalog/products/{id}/variants"),
                update: Some("/catalog/products/{id}/variants/{row}"),
                delete: Some("/catalog/products/{id}/variants/{row}"),
                shape: variant,
                unmakeable: base_variant,
                inner: &[
                    ("option_values[].option_id", "options[].id"),
                    ("option_values[].id", "options[].option_values[].id"),
                ],
                ..ROWS
            },
            Rows {
                member: "modifiers",
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
            member: "metafields",
            key: &["namespace", "key"],
            members: &["permission_set", "namespace", "key", "value", "description"],
            create: Some("/catalog/products/{id}/metafields"),
            update: Some("/catalog/products/{id}/metafields/{row}"),
            delete: Some("/catalog/products/{id}/metafields/{row}"),
            ..ROWS
        },
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
        lost: &[
            Omission {
                what: "images",
                why: "vortex keeps their data but not their bytes yet; those of a living product stay as they are",
            },
            Omission {
                what: "channel assignments, customs information and variants' metafields",
                why: "vortex does not write them yet; those of a living product stay as they are",
            },
            Omission {
                what: "stock, statistics and the date of creation",
                why: "stock is moved by orders, the rest can't be written (products_catalog.v3.yml)",
            },
            Omission {
                what: "complex rules with one condition",
                why: "they can be read but not made through the API (products_catalog.v3.yml)",
            },
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
            what: "the order of products within a category",
            why: "it costs a request per category and has no date; not captured yet",
        },
    ],
    cost: "N/250, plus N/10 for options and modifiers and one per product that has any of them \
           for complex rules (at first, then for what changed and a seventh a run), plus \
           metafields/250 + customs/250",
};

const WRITABLE: &[&str] = &[
    "name",
    "type",
    "sku",
    "description",
    "weight",
    "width",
    "depth",
    "height",
    "price",
    "cost_price",
    "retail_price",
    "sale_price",
    "map_price",
    "tax_class_id",
    "product_tax_code",
    "categories",
    "brand_id",
    "inventory_warning_level",
    "inventory_tracking",
    "fixed_cost_shipping_price",
    "is_free_shipping",
    "is_visible",
    "is_featured",
    "related_products",
    "warranty",
    "bin_picking_number",
    "layout_file",
    "upc",
    "mpn",
    "gtin",
    "search_keywords",
    "availability",
    "availability_description",
    "gift_wrapping_options_type",
    "gift_wrapping_options_list",
    "sort_order",
    "condition",
    "is_condition_shown",
    "order_quantity_minimum",
    "order_quantity_maximum",
    "page_title",
    "meta_keywords",
    "meta_description",
    "preorder_release_date",
    "preorder_message",
    "is_preorder_only",
    "is_price_hidden",
    "price_hidden_label",
    "custom_url",
    "open_graph_type",
    "open_graph_title",
    "open_graph_description",
    "open_graph_use_meta_description",
    "open_graph_use_product_name",
    "open_graph_use_image",
];

const VARIANT: &[&str] = &[
    "sku",
    "price",
    "sale_price",
    "retail_price",
    "map_price",
    "cost_price",
    "weight",
    "width",
    "height",
    "depth",
    "is_free_shipping",
    "fixed_cost_shipping_price",
    "purchasing_disabled",
    "purchasing_disabled_message",
    "upc",
    "mpn",
    "gtin",
    "inventory_warning_level",
    "bin_picking_number",
    "option_values",
];

/// Each element of a list in a row, with nothing but these members that are not null.
fn only(body: &mut Body, list: &str, members: &[&str]) {
    let list = body.get_mut(list).and_then(serde_json::Value::as_array_mut);
    for row in list.into_iter().flatten() {
        if let Some(row) = row.as_object_mut() {
            row.retain(|name, value| members.contains(&name.as_str()) && !value.is_null());
        }
    }
}

/// Values' ids are given by the store (`product-variant-options_catalog.v3.yml`).
fn option(body: &mut Body, create: bool) {
    body.retain(|_, value| !value.is_null());
    let values: &[&str] = match create {
        true => &["label", "sort_order", "is_default", "value_data"],
        false => &["id", "label", "sort_order", "is_default", "value_data"],
    };
    only(body, "option_values", values);
}

/// A variant keeps its values for life (`product-variants_catalog.v3.yml`).
fn variant(body: &mut Body, create: bool) {
    if create {
        only(body, "option_values", &["id", "option_id"]);
    } else {
        body.remove("option_values");
    }
}

/// A checkbox makes its two values by itself, and kinds without values take none
/// (`product-modifiers_catalog.v3.yml`).
fn modifier(body: &mut Body, create: bool) {
    body.retain(|_, value| !value.is_null());
    let kind = body.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
    let none = kind == "checkbox" && create;
    let dated = kind == "date";
    let values = body.get("option_values").and_then(serde_json::Value::as_array);
    if none || values.is_none_or(Vec::is_empty) {
        body.remove("option_values");
    }
    let members: &[&str] = match create {
        true => &["label", "sort_order", "is_default", "value_data", "adjusters"],
        false => &["id", "label", "sort_order", "is_default", "value_data", "adjusters"],
    };
    only(body, "option_values", members);
    let values = body.get_mut("option_values").and_then(serde_json::Value::as_array_mut);
    for value in values.into_iter().flatten() {
        let adjusters = value.get_mut("adjusters").and_then(serde_json::Value::as_object_mut);
        if let Some(adjusters) = adjusters {
            adjusters.retain(|_, value| !value.is_null());
        }
    }
    if dated {
        with_time(body);
    }
}

/// A plain date, as one is read, is written as ISO 8601 with time and zone
/// (`product-modifiers_catalog.v3.yml`).
fn with_time(body: &mut Body) {
    let config = body.get_mut("config").and_then(serde_json::Value::as_object_mut);
    for value in config.into_iter().flat_map(|config| config.values_mut()) {
        let plain = value.as_str().filter(|text| text.len() == 10);
        if let Some(date) = plain.and_then(|text| text.parse::<jiff::civil::Date>().ok()) {
            *value = format!("{date}T00:00:00+00:00").into();
        }
    }
}

/// Ids of rules and conditions are given by the store (`products_catalog.v3.yml`).
fn rule(body: &mut Body, _: bool) {
    body.retain(|_, value| !value.is_null());
    only(body, "conditions", &["modifier_id", "modifier_value_id", "variant_id"]);
}

/// The base variant comes and goes with the product's other variants; there is no request that makes
/// or deletes it (`product-variants_catalog.v3.yml`).
fn base_variant(row: &serde_json::Value) -> Option<&'static str> {
    let values = row.get("option_values").and_then(serde_json::Value::as_array);
    values
        .is_none_or(Vec::is_empty)
        .then_some("the base variant is the store's own")
}

/// The control panel makes rules that the API refuses to (`products_catalog.v3.yml`).
fn one_condition(row: &serde_json::Value) -> Option<&'static str> {
    let conditions = row.get("conditions").and_then(serde_json::Value::as_array);
    match conditions.map_or(0, Vec::len) {
        0 | 1 => Some("a rule with one condition can't be made through the API"),
        _ => None,
    }
}

/// Which video it is can't be changed (`products_catalog.v3.yml`).
fn video(body: &mut Body, create: bool) {
    if !create {
        body.remove("video_id");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_of_a_date_modifier_have_a_time_and_texts_stay_texts() {
        for (kind, written) in [("date", "2026-11-01T00:00:00+00:00"), ("text", "2026-11-01")] {
            let mut row = json!({"type": kind, "config": {"default_value": "2026-11-01"}});
            modifier(row.as_object_mut().unwrap(), true);
            assert_eq!(row["config"]["default_value"], written);
        }
    }
}
