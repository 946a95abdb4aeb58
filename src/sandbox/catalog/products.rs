//! `GET /catalog/products` and `/catalog/products/{id}`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Bound;

use serde_json::Value;

use crate::sandbox::answer::{self, Caps, Outcome, Page, Reply, USUAL};
use crate::sandbox::fields::{self, SHAPING, Shape};
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store, Table};

/// What `include` may name.
pub const INCLUDES: &[&str] = &[
    "bulk_pricing_rules",
    "channels",
    "custom_fields",
    "images",
    "modifiers",
    "options",
    "parent_relations",
    "primary_image",
    "reviews",
    "variants",
    "videos",
];

/// What `include_fields` may name.
const FIELDS: &[&str] = &[
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
    "calculated_price",
    "categories",
    "brand_id",
    "option_set_id",
    "option_set_display",
    "inventory_level",
    "inventory_warning_level",
    "inventory_tracking",
    "reviews_rating_sum",
    "reviews_count",
    "total_sold",
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
    "date_last_imported",
    "search_keywords",
    "availability",
    "availability_description",
    "condition",
    "is_condition_shown",
    "order_quantity_minimum",
    "order_quantity_maximum",
    "page_title",
    "meta_keywords",
    "meta_description",
    "date_created",
    "date_modified",
    "view_count",
    "preorder_release_date",
    "preorder_message",
    "is_preorder_only",
    "is_price_hidden",
    "price_hidden_label",
    "custom_url",
    "base_variant_id",
    "open_graph_type",
    "open_graph_title",
    "open_graph_description",
    "open_graph_use_meta_description",
    "open_graph_use_product_name",
    "open_graph_use_image",
];

/// Sent whatever `include_fields` says.
const ALWAYS: &[&str] = &["gift_wrapping_options_type", "gift_wrapping_options_list"];

const SORTS: &[&str] = &[
    "id",
    "name",
    "sku",
    "price",
    "date_modified",
    "date_last_imported",
    "inventory_level",
    "is_visible",
    "total_sold",
    "calculated_price",
];

/// A page with options or modifiers holds at most so many products; a larger limit is cut.
const OPTIONS_PAGE_MAX: usize = 10;

const IDS: &[&str] = &[
    "id",
    "id:in",
    "id:not_in",
    "id:min",
    "id:max",
    "id:greater",
    "id:less",
];

const FILTERS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("mpn", Kind::Text),
    ("upc", Kind::Text),
    ("price", Kind::Number),
    ("weight", Kind::Number),
    ("condition", Kind::Text),
    ("brand_id", Kind::Number),
    ("date_modified", Kind::Date),
    ("date_modified:max", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_last_imported", Kind::Date),
    ("date_last_imported:not", Kind::Date),
    ("date_last_imported:max", Kind::Date),
    ("date_last_imported:min", Kind::Date),
    ("is_visible", Kind::Flag),
    ("is_featured", Kind::Flag),
    ("is_free_shipping", Kind::Flag),
    ("inventory_level", Kind::Number),
    ("inventory_level:in", Kind::Number),
    ("inventory_level:not_in", Kind::Number),
    ("inventory_level:min", Kind::Number),
    ("inventory_level:max", Kind::Number),
    ("inventory_level:greater", Kind::Number),
    ("inventory_level:less", Kind::Number),
    ("total_sold", Kind::Number),
    ("type", Kind::Text),
    ("categories:in", Kind::Number),
    ("availability", Kind::Text),
    ("sku", Kind::Text),
    ("sku:in", Kind::Text),
];

const OTHERS: &[&str] = &[
    "include",
    "page",
    "limit",
    "sort",
    "direction",
    "channel_id:in",
    "categories",
    "keyword",
    "keyword_context",
    "inventory_low",
    "out_of_stock",
];

/// `GET /catalog/products`.
pub fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[IDS, &filter::names(FILTERS), OTHERS, SHAPING])?;
    let view = View::read(req)?;
    let mut page = Page::read(req, USUAL)?;
    if view.has("options") || view.has("modifiers") {
        page.limit = page.limit.min(OPTIONS_PAGE_MAX);
    }
    let table = store.table("products");
    let order = fields::order(req, SORTS)?;
    let mut keys = matching(store, req)?;
    match order {
        // Without a sort BigCommerce promises no order; the sandbox keeps to ids.
        None | Some(("id", false)) => {}
        Some(("id", true)) => keys.reverse(),
        Some((field, down)) => sort_keys(table, &mut keys, field, down),
    }
    let rows = keys[page.range(keys.len())]
        .iter()
        .filter_map(|key| table.get(key))
        .map(|product| view.cut(product))
        .collect();
    Ok(answer::v3_page(req, page, keys.len(), rows))
}

/// `GET /catalog/products/{id}`: any include, no cut of pages.
pub fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["include"], SHAPING])?;
    let view = View::read(req)?;
    let product = store
        .table("products")
        .get(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    Ok(answer::v3_one(view.cut(product)))
}

/// The keys of the products that all filters take, in the order of ids. Filters by id need no
/// document, so that a page of a large store costs only itself.
pub fn matching<'a>(store: &'a Store, req: &Req) -> Result<Vec<&'a Key>, Reply> {
    let table = store.table("products");
    let filters = Filters::read(req, store, FILTERS)?;
    let special = Special::read(req)?;
    let (from, to) = id_bounds(req)?;
    let only = id_set(req, "id:in")?;
    let except = id_set(req, "id:not_in")?;
    let passes = |key: &&Key| {
        only.as_ref().is_none_or(|ids| ids.contains(*key))
            && except.as_ref().is_none_or(|ids| !ids.contains(*key))
    };
    if from_above(&from, &to) {
        return Ok(Vec::new());
    }
    let plain = filters.is_empty() && special.is_empty();
    Ok(table
        .keys_between(from, to)
        .filter(|key| passes(key))
        .filter(|key| {
            plain
                || table
                    .get(key)
                    .is_some_and(|product| filters.pass(&product) && special.pass(&product))
        })
        .collect())
}

/// True for bounds that a range must not be asked for: they would panic, and hold nothing.
fn from_above(from: &Bound<Key>, to: &Bound<Key>) -> bool {
    match (from, to) {
        (Bound::Included(a), Bound::Included(b)) => a > b,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Excluded(b) | Bound::Included(b)) => {
            a >= b
        }
        _ => false,
    }
}

fn id_bounds(req: &Req) -> Result<(Bound<Key>, Bound<Key>), Reply> {
    let number = |name: &str| -> Result<Option<Key>, Reply> {
        let Some(text) = req.query.get(name) else {
            return Ok(None);
        };
        text.parse()
            .map(|id: u64| Some(Key::Number(id)))
            .map_err(|_| req.wrong_type(name))
    };
    let (mut from, mut to) = (Bound::Unbounded, Bound::Unbounded);
    if let Some(id) = number("id:min")? {
        from = Bound::Included(id);
    }
    if let Some(id) = number("id:greater")? {
        from = Bound::Excluded(id);
    }
    if let Some(id) = number("id:max")? {
        to = Bound::Included(id);
    }
    if let Some(id) = number("id:less")? {
        to = Bound::Excluded(id);
    }
    if let Some(id) = number("id")? {
        (from, to) = (Bound::Included(id.clone()), Bound::Included(id));
    }
    Ok((from, to))
}

fn id_set(req: &Req, name: &str) -> Result<Option<BTreeSet<Key>>, Reply> {
    if !req.query.has(name) {
        return Ok(None);
    }
    let ids = req.query.list(name);
    let parse = |id: &String| {
        id.parse()
            .map(Key::Number)
            .map_err(|_| req.wrong_type(name))
    };
    ids.iter()
        .map(parse)
        .collect::<Result<BTreeSet<Key>, Reply>>()
        .map(Some)
}

fn sort_keys(table: &Table, keys: &mut [&Key], field: &str, down: bool) {
    keys.sort_by_cached_key(|key| {
        let value = table
            .get(key)
            .map(|row| row[field].clone())
            .unwrap_or_default();
        Sorted(value)
    });
    if down {
        keys.reverse();
    }
}

/// A member as a sort key.
#[derive(PartialEq, Eq)]
struct Sorted(Value);

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fields::compare(&self.0, &other.0)
    }
}

/// Filters that are not of the common kind.
struct Special {
    category: Option<u64>,
    channels: Vec<Key>,
    keyword: Option<String>,
    low: bool,
    out: bool,
}

impl Special {
    fn read(req: &Req) -> Result<Self, Reply> {
        Ok(Self {
            category: req.positive("categories")?,
            channels: id_set(req, "channel_id:in")?
                .unwrap_or_default()
                .into_iter()
                .collect(),
            keyword: req.query.get("keyword").map(str::to_lowercase),
            low: req.query.get("inventory_low") == Some("1"),
            out: req.query.get("out_of_stock") == Some("1"),
        })
    }

    fn is_empty(&self) -> bool {
        self.category.is_none()
            && self.channels.is_empty()
            && self.keyword.is_none()
            && !self.low
            && !self.out
    }

    fn pass(&self, product: &Value) -> bool {
        let ids = |part: &str| -> Vec<Key> {
            product[part]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Key::of)
                .collect()
        };
        let level = product["inventory_level"].as_i64().unwrap_or(0);
        let warning = product["inventory_warning_level"].as_i64().unwrap_or(0);
        let tracked = product["inventory_tracking"] != "none";
        // `categories` misses products with several of them: documented as a trap.
        self.category
            .is_none_or(|id| ids("categories") == [Key::Number(id)])
            && (self.channels.is_empty()
                || ids("channels").iter().any(|id| self.channels.contains(id)))
            && self.keyword.as_ref().is_none_or(|word| {
                ["name", "sku", "description", "search_keywords"]
                    .iter()
                    .any(|field| {
                        product[field]
                            .as_str()
                            .is_some_and(|text| text.to_lowercase().contains(word))
                    })
            })
            && (!self.low || tracked && level <= warning)
            && (!self.out || tracked && level == 0)
    }
}

/// Which fields and parts of a product are sent.
pub struct View {
    includes: Vec<String>,
    shape: Shape,
}

impl View {
    /// Reads `include`, `include_fields`, `exclude_fields`.
    pub fn read(req: &Req) -> Result<Self, Reply> {
        Ok(Self {
            includes: req.words("include", INCLUDES)?,
            shape: Shape::read(req, FIELDS)?,
        })
    }

    /// Everything that a product shows without includes.
    pub fn plain() -> Self {
        Self {
            includes: Vec::new(),
            shape: Shape::default(),
        }
    }

    fn has(&self, part: &str) -> bool {
        self.includes.iter().any(|include| include == part)
    }

    /// The product as it is sent. A row that was made for this request is cut in place.
    pub fn cut(&self, product: Cow<'_, Value>) -> Value {
        let primary = self.has("primary_image").then(|| {
            let images = product["images"].as_array();
            let primary = images
                .into_iter()
                .flatten()
                .find(|i| i["is_thumbnail"] == true);
            primary.cloned().unwrap_or_default()
        });
        let mut sent = match product {
            Cow::Owned(Value::Object(mut members)) => {
                members.retain(|name, _| self.takes(name));
                members
            }
            product => product
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, _)| self.takes(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        };
        if let Some(primary) = primary {
            sent.insert("primary_image".to_owned(), primary);
        }
        Value::Object(sent)
    }

    fn takes(&self, name: &str) -> bool {
        if INCLUDES.contains(&name) {
            return self.has(name);
        }
        name != "complex_rules" && (self.shape.takes(name, "id") || ALWAYS.contains(&name))
    }
}

/// The caps of a product's own lists.
pub const PART_CAPS: Caps = USUAL;
