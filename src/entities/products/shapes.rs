//! What of a product and its rows is written, and how it is written where that is not as it is read.

use crate::entities::entity::{Body, HELD, Together};

pub(super) const WRITABLE: &[&str] = &[
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

pub(super) const VARIANT: &[&str] = &[
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

/// Fifty at a time, of any products; it knows fewer members than the request for one
/// (`product-variants_catalog.v3.yml`).
pub(super) const VARIANTS_TOGETHER: Together = Together {
    path: "/catalog/variants",
    batch: 50,
    members: &[
        "price",
        "sale_price",
        "retail_price",
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
        "inventory_warning_level",
        "bin_picking_number",
    ],
};

/// Each element of a list in a row, with nothing but these members that are not null.
pub(super) fn only(body: &mut Body, list: &str, members: &[&str]) {
    let list = body.get_mut(list).and_then(serde_json::Value::as_array_mut);
    for row in list.into_iter().flatten() {
        if let Some(row) = row.as_object_mut() {
            row.retain(|name, value| members.contains(&name.as_str()) && !value.is_null());
        }
    }
}

/// Values' ids are given by the store (`product-variant-options_catalog.v3.yml`).
pub(super) fn option(body: &mut Body, create: bool) {
    body.retain(|_, value| !value.is_null());
    let values: &[&str] = match create {
        true => &["label", "sort_order", "is_default", "value_data"],
        false => &["id", "label", "sort_order", "is_default", "value_data"],
    };
    only(body, "option_values", values);
}

/// A variant keeps its values for life (`product-variants_catalog.v3.yml`).
pub(super) fn variant(body: &mut Body, create: bool) {
    if create {
        only(body, "option_values", &["id", "option_id"]);
    } else {
        body.remove("option_values");
    }
}

/// A checkbox makes its two values by itself, and kinds without values take none
/// (`product-modifiers_catalog.v3.yml`).
pub(super) fn modifier(body: &mut Body, create: bool) {
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
            // A new value's image is sent by itself.
            adjusters.retain(|name, value| {
                let sent_later = create && name == "image_url";
                !value.is_null() && !sent_later
            });
        }
    }
    if dated {
        with_time(body);
    }
}

/// A plain date, as one is read, is written as ISO 8601 with time and zone
/// (`product-modifiers_catalog.v3.yml`).
pub(super) fn with_time(body: &mut Body) {
    let config = body.get_mut("config").and_then(serde_json::Value::as_object_mut);
    for value in config.into_iter().flat_map(|config| config.values_mut()) {
        let plain = value.as_str().filter(|text| text.len() == 10);
        if let Some(date) = plain.and_then(|text| text.parse::<jiff::civil::Date>().ok()) {
            *value = format!("{date}T00:00:00+00:00").into();
        }
    }
}

/// Ids of rules and conditions are given by the store (`products_catalog.v3.yml`).
pub(super) fn rule(body: &mut Body, _: bool) {
    body.retain(|_, value| !value.is_null());
    only(body, "conditions", &["modifier_id", "modifier_value_id", "variant_id"]);
}

/// The base variant comes and goes with the product's other variants; there is no request that makes
/// or deletes it (`product-variants_catalog.v3.yml`).
pub(super) fn base_variant(row: &serde_json::Value) -> Option<&'static str> {
    let values = row.get("option_values").and_then(serde_json::Value::as_array);
    values
        .is_none_or(Vec::is_empty)
        .then_some("the base variant is the store's own")
}

/// The control panel makes rules that the API refuses to (`products_catalog.v3.yml`).
pub(super) fn one_condition(row: &serde_json::Value) -> Option<&'static str> {
    let conditions = row.get("conditions").and_then(serde_json::Value::as_array);
    match conditions.map_or(0, Vec::len) {
        0 | 1 => Some("a rule with one condition can't be made through the API"),
        _ => None,
    }
}

/// The largest file of a product's image (`products_catalog.v3.yml`).
const IMAGE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// An image can be made only of its bytes.
pub(super) fn no_bytes(row: &serde_json::Value) -> Option<&'static str> {
    let held = row.get(HELD);
    let bytes = held.and_then(|held| held.get("bytes")?.as_u64());
    match held {
        None => Some("its bytes were never had"),
        _ if bytes.is_some_and(|bytes| bytes > IMAGE_BYTES_MAX) => {
            Some("it is larger than BigCommerce takes")
        }
        _ => None,
    }
}

/// Whose metafield it is can't be changed (`product-variants_catalog.v3.yml`).
pub(super) fn of_variant(body: &mut Body, create: bool) {
    if !create {
        body.remove("resource_id");
    }
}

/// Which video it is can't be changed (`products_catalog.v3.yml`).
pub(super) fn video(body: &mut Body, create: bool) {
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
