//! What a change of the store fires: catalog and metafields here, the rest in `commerce`.
//!
//! An event says what happened to which id and nothing of its content. What is documented as
//! silent must stay silent here, and so must a field that no list of firing fields names: whoever
//! relies on events alone must find that out. Written from the lists of scopes only.

use serde_json::{Value, json};

use super::commerce;
use crate::sandbox::store::{Change, Key, Store};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The scope, never a wildcard but where the event stands for all channels.
    pub scope: String,
    /// The payload's `data`.
    pub data: Value,
}

/// The events of one change, in the order in which they are sent.
#[derive(Debug, Default)]
pub struct Fired(pub Vec<Event>);

impl Fired {
    /// Adds `store/{scope}`.
    pub fn add(&mut self, scope: &str, data: Value) {
        let scope = format!("store/{scope}");
        self.0.push(Event { scope, data });
    }

    /// Adds `store/channel/{id}/{scope}` for each channel.
    pub fn per_channel(&mut self, channels: &[u64], scope: &str, data: &Value) {
        for channel in channels {
            self.add(&format!("channel/{channel}/{scope}"), data.clone());
        }
    }
}

/// A row before and after; null where there was or is none.
pub struct Pair<'a> {
    pub old: &'a Value,
    pub new: &'a Value,
}

impl Pair<'_> {
    /// The row that there is.
    pub fn any(&self) -> &Value {
        if self.new.is_null() {
            self.old
        } else {
            self.new
        }
    }

    /// `created`, `deleted` or `updated`.
    pub fn verb(&self) -> &'static str {
        match (self.old.is_null(), self.new.is_null()) {
            (true, _) => "created",
            (_, true) => "deleted",
            _ => "updated",
        }
    }

    /// True if one of the members changed.
    pub fn changed(&self, members: &[&str]) -> bool {
        members
            .iter()
            .any(|name| self.old[*name] != self.new[*name])
    }

    /// True if some member changed that is not one of these.
    pub fn changed_beside(&self, silent: &[&str]) -> bool {
        let names = |row: &Value| -> Vec<String> {
            let members = row.as_object().into_iter().flat_map(|row| row.keys());
            members.cloned().collect()
        };
        names(self.old)
            .iter()
            .chain(&names(self.new))
            .any(|name| !silent.contains(&name.as_str()) && self.changed(&[name]))
    }
}

/// What BigCommerce would send for a change.
pub fn of(store: &Store, change: &Change) -> Vec<Event> {
    let (old, new) = (&change.before, &change.after);
    let pair = Pair {
        old: old.as_ref().unwrap_or(&Value::Null),
        new: new.as_ref().unwrap_or(&Value::Null),
    };
    let (key, fired) = (&change.key, &mut Fired::default());
    match change.table {
        "products" => product(store, key, &pair, fired),
        "categories" => category(store, key, &pair, fired),
        "trees" => {
            let channels = channels_of(&pair.any()["channels"]);
            fired.per_channel(
                &channels,
                "categoryTree/updated",
                &json!({"tree_id": key.number()}),
            );
        }
        "product_metafields" => metafield(key, &pair, "product", "product/", fired),
        "variant_metafields" => metafield(key, &pair, "variant", "product/variant/", fired),
        "category_metafields" => metafield(key, &pair, "category", "category/", fired),
        "brand_metafields" => metafield(key, &pair, "brand", "brand/", fired),
        "channel_metafields" => metafield(key, &pair, "channel", "channel/", fired),
        "order_metafields" => metafield(key, &pair, "order", "order/", fired),
        // No scope of their own is documented.
        "customer_metafields" => metafield(key, &pair, "customer", "", fired),
        _ => commerce::events(store, change, &pair, fired),
    }
    std::mem::take(&mut fired.0)
}

/// The numbers of a list.
pub fn channels_of(list: &Value) -> Vec<u64> {
    let rows = list.as_array().into_iter().flatten();
    rows.filter_map(Value::as_u64).collect()
}

/// What is in the first list and not in the second.
fn without(list: &[u64], other: &[u64]) -> Vec<u64> {
    let mut rest = list.to_vec();
    rest.retain(|id| !other.contains(id));
    rest
}

/// The fields named as firing `store/product/updated`.
const PRODUCT: &[&str] = &[
    "type",
    "search_keywords",
    "related_products",
    "warranty",
    "page_title",
    "meta_description",
    "gift_wrapping_options_type",
    "gift_wrapping_options_list",
    "bin_picking_number",
    "fixed_cost_shipping_price",
    "is_free_shipping",
    "open_graph_type",
    "availability",
    "availability_description",
    "preorder_release_date",
    "is_preorder_only",
    "preorder_message",
    "inventory_level",
    "inventory_warning_level",
    "inventory_tracking",
    "upc",
    "sku",
    "cost_price",
    "tax_class_id",
    "weight",
    "width",
    "height",
    "depth",
    "condition",
    "is_condition_shown",
    "brand_id",
    "price",
    "sale_price",
    "retail_price",
    "is_price_hidden",
    "name",
    "description",
    "is_visible",
    "sort_order",
    "categories",
    "custom_url",
    "is_featured",
];

fn product(store: &Store, key: &Key, pair: &Pair<'_>, fired: &mut Fired) {
    let id = key.number();
    if pair.verb() != "updated" || pair.changed(PRODUCT) {
        let scope = format!("product/{}", pair.verb());
        fired.add(&scope, json!({"type": "product", "id": id}));
    }
    variants(id, pair, fired);
    if pair.new.is_null() {
        return;
    }
    let stocked = pair.new["inventory_tracking"] == "product";
    if stocked && pair.changed(&["inventory_level"]) {
        let inventory = json!({
            "product_id": id,
            "method": "absolute",
            "value": pair.new["inventory_level"],
        });
        let data = json!({"type": "product", "id": id, "inventory": inventory});
        fired.add("product/inventory/updated", data);
        let variant = pair.new["base_variant_id"].clone();
        stock(id, &variant, "stock_changed", fired);
    }
    if !pair.old.is_null() && pair.changed(&["inventory_warning_level", "inventory_tracking"]) {
        stock(id, &pair.new["base_variant_id"], "settings_changed", fired);
    }
    let channels = (
        channels_of(&pair.old["channels"]),
        channels_of(&pair.new["channels"]),
    );
    let data = json!({"product_id": id});
    fired.per_channel(
        &without(&channels.1, &channels.0),
        "product/assigned",
        &data,
    );
    fired.per_channel(
        &without(&channels.0, &channels.1),
        "product/unassigned",
        &data,
    );
    let own = (
        channels_of(&pair.old["categories"]),
        channels_of(&pair.new["categories"]),
    );
    for (gone, scope) in [
        (without(&own.1, &own.0), "category/product/assigned"),
        (without(&own.0, &own.1), "category/product/unassigned"),
    ] {
        for category in gone {
            let row = store.table("categories").get(&Key::Number(category));
            let tree = row.map(|row| row["tree_id"].clone()).unwrap_or_default();
            fired.per_channel(&tree_channels(store, &tree), scope, &data);
        }
    }
}

/// Stock is of no channel: one event stands for all.
fn stock(product: u64, variant: &Value, verb: &str, fired: &mut Fired) {
    let data = json!({"product_id": product, "variant_id": variant, "location_id": 1});
    fired.add(&format!("channel/*/inventory/product/{verb}"), data);
}

/// Above the ids of variants: a SKU's id is neither the product's nor the variant's.
const SKU_IDS: u64 = 500_000_000;

/// Silent of a variant: what is derived, and what is silent of a product.
const SILENT_OF_SKU: &[&str] = &[
    "calculated_price",
    "calculated_weight",
    "inventory_level",
    "mpn",
    "gtin",
    "image_url",
    "sku_id",
];

fn variants(product: u64, pair: &Pair<'_>, fired: &mut Fired) {
    let rows =
        |row: &'_ Value| -> Vec<Value> { row["variants"].as_array().cloned().unwrap_or_default() };
    for part in parts(rows(pair.old), rows(pair.new)) {
        let part = part.pair();
        let row = part.any();
        // A product without a SKU has a variant and still none.
        if row["sku"].as_str().is_none_or(str::is_empty) && row["sku_id"].is_null() {
            continue;
        }
        let variant = row["id"].as_u64().unwrap_or(0);
        let sku = SKU_IDS + variant;
        if part.verb() != "updated" || part.changed_beside(SILENT_OF_SKU) {
            let data = json!({
                "type": "sku",
                "id": sku,
                "sku": {"product_id": product, "variant_id": variant},
            });
            fired.add(&format!("sku/{}", part.verb()), data);
        }
        let tracked = pair.new["inventory_tracking"] == "variant" && !part.new.is_null();
        if tracked && part.changed(&["inventory_level"]) {
            let inventory = json!({
                "product_id": product,
                "method": "absolute",
                "value": part.new["inventory_level"],
                "variant_id": variant,
            });
            let data = json!({"type": "sku", "id": sku, "inventory": inventory});
            fired.add("sku/inventory/updated", data);
            stock(product, &json!(variant), "stock_changed", fired);
        }
        if tracked && !part.old.is_null() && part.changed(&["inventory_warning_level"]) {
            stock(product, &json!(variant), "settings_changed", fired);
        }
    }
}

/// A part of a row, before and after.
pub struct Part {
    old: Value,
    new: Value,
}

impl Part {
    /// As a pair.
    pub fn pair(&self) -> Pair<'_> {
        let (old, new) = (&self.old, &self.new);
        Pair { old, new }
    }
}

/// Parts by their ids: those that are new, differ or are gone.
pub fn parts(old: Vec<Value>, new: Vec<Value>) -> Vec<Part> {
    let mut rows: Vec<Part> = Vec::new();
    let mut left = old;
    for new in new {
        let place = left.iter().position(|old| old["id"] == new["id"]);
        let old = place.map_or(Value::Null, |place| left.remove(place));
        rows.push(Part { old, new });
    }
    let gone = left.into_iter().map(|old| Part {
        old,
        new: Value::Null,
    });
    rows.extend(gone);
    rows.retain(|part| part.old != part.new);
    rows
}

/// The fields named as firing `store/category/updated`: visibility is not among them.
const CATEGORY: &[&str] = &[
    "url",
    "name",
    "description",
    "parent_id",
    "layout_file",
    "sort_order",
    "default_product_sort",
    "page_title",
    "meta_keywords",
    "meta_description",
    "search_keywords",
];

fn category(store: &Store, key: &Key, pair: &Pair<'_>, fired: &mut Fired) {
    let id = key.number();
    // An image that is taken away is silent.
    let image = pair.changed(&["image_url"]) && pair.new["image_url"].as_str() != Some("");
    let verb = pair.verb();
    let tree = &pair.any()["tree_id"];
    let channels = tree_channels(store, tree);
    if verb != "updated" || pair.changed(CATEGORY) || image {
        // As the documented sample of a deletion has it: a string there.
        let spelt = if verb == "deleted" {
            json!(id.to_string())
        } else {
            json!(id)
        };
        let data = json!({"type": "category", "id": spelt});
        fired.add(&format!("category/{verb}"), data);
        let own = json!({"category_id": id, "tree_id": tree});
        fired.per_channel(&channels, &format!("category/{verb}"), &own);
    }
    if verb != "updated" || pair.changed(&["name", "parent_id", "sort_order"]) {
        fired.per_channel(&channels, "categoryTree/updated", &json!({"tree_id": tree}));
    }
}

/// The channels that show a tree.
fn tree_channels(store: &Store, tree: &Value) -> Vec<u64> {
    let row = Key::of(tree).and_then(|id| store.table("trees").get(&id));
    row.map(|row| channels_of(&row["channels"]))
        .unwrap_or_default()
}

/// The scope of all metafields, and the owner's own where it has one.
fn metafield(key: &Key, pair: &Pair<'_>, kind: &str, owner: &str, fired: &mut Fired) {
    let telling = ["key", "value", "namespace", "permission_set", "description"];
    if pair.verb() == "updated" && !pair.changed(&telling) {
        return;
    }
    let row = pair.any();
    let resource = match &row["resource_id"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let data = json!({
        "metafield_id": key.number(),
        "resource_id": resource,
        "namespace": row["namespace"],
    });
    let mut general = data.clone();
    general["resource_type"] = json!(kind);
    fired.add(&format!("metafield/{}", pair.verb()), general);
    if !owner.is_empty() {
        fired.add(&format!("{owner}metafield/{}", pair.verb()), data);
    }
}
