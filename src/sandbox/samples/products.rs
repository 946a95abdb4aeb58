//! Whole products from a few words: a fixture names what is unusual of a product, the rest comes
//! from the template, and ids of parts are counted from the product's own, so that a row is the
//! same however often it is made.

use std::sync::OnceLock;

use serde_json::{Map, Number, Value, json};

use super::seed::Seed;

static TEMPLATE: &str = include_str!("../../../fixtures/entities/products/template.json");
static MODIFIERS: &str = include_str!("../../../fixtures/entities/products/modifiers.json");

/// The paragraph of which a description of twenty kilobytes is made.
const LONG_PARAGRAPH: &str = "<p style=\"margin:0 0 1em\">Ein <em>sehr</em> langer Text &amp; \
    mehr: <a href=\"/küche/?q=%C3%A4&amp;x=1\">weiter</a> — naïve façade, 茶は熱い。</p>\n";
/// How long that description is, in characters at least.
const LONG_DESCRIPTION: usize = 20_000;

fn parsed(text: &str) -> Value {
    // Fixtures are part of the program; the tests of the samples read each of them.
    serde_json::from_str(text).expect("a fixture is JSON")
}

fn template() -> &'static Value {
    static PARSED: OnceLock<Value> = OnceLock::new();
    PARSED.get_or_init(|| parsed(TEMPLATE))
}

fn presets() -> &'static Value {
    static PARSED: OnceLock<Value> = OnceLock::new();
    PARSED.get_or_init(|| parsed(MODIFIERS))
}

/// A number with exactly these digits.
pub fn number(digits: &str) -> Value {
    digits.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// The whole product that a fixture's row means.
pub fn expand(given: &Value) -> Value {
    let id = given["id"].as_u64().unwrap_or(0);
    let mut product = Map::new();
    product.insert("id".to_owned(), json!(id));
    for (name, value) in template().as_object().into_iter().flatten() {
        let own = given.get(name.as_str()).unwrap_or(value);
        product.insert(name.clone(), own.clone());
    }
    let mut product = Value::Object(product);
    if given["long_description"] == true {
        let times = LONG_DESCRIPTION.div_ceil(LONG_PARAGRAPH.chars().count());
        product["description"] = json!(LONG_PARAGRAPH.repeat(times));
    }
    if given["custom_url"].is_null() {
        let path = slug(given["name"].as_str().unwrap_or_default(), id);
        product["custom_url"] = json!({"url": path, "is_customized": false});
    }
    let on_sale = product["sale_price"]
        .as_f64()
        .is_some_and(|price| price > 0.0);
    product["calculated_price"] = product[if on_sale { "sale_price" } else { "price" }].clone();
    product["total_sold"] = json!(id % 97);
    product["custom_fields"] = list(
        given,
        "custom_fields",
        |place, row| json!({"id": id * 100 + place, "name": row[0], "value": row[1]}),
    );
    product["bulk_pricing_rules"] = list(given, "bulk_pricing_rules", |place, row| {
        json!({
            "id": id * 100 + place,
            "quantity_min": row[0],
            "quantity_max": row[1],
            "type": row[2],
            "amount": row[3],
        })
    });
    product["images"] = list(given, "images", |place, row| image(id, place, row));
    product["videos"] = list(given, "videos", |place, row| {
        json!({
            "id": id * 100 + place,
            "product_id": id,
            "video_id": row,
            "title": format!("Video {place}"),
            "description": "",
            "sort_order": place - 1,
            "type": "youtube",
            "length": "03:25",
        })
    });
    reviews(&mut product, given, id);
    product["options"] = list(given, "options", |place, row| option(id, place, row));
    product["modifiers"] = list(given, "modifiers", |place, row| modifier(id, place, row));
    let variants = variants(&product, id);
    if product["options"].as_array().is_some_and(Vec::is_empty) {
        product["base_variant_id"] = variants[0]["id"].clone();
    }
    product["variants"] = Value::Array(variants);
    complex_rules(
        &mut product,
        given["complex_rules"].as_u64().unwrap_or(0),
        id,
    );
    product
}

/// A product of which only what a create says is known: everything else as the template has it.
pub fn blank_product(id: u64, given: &Map<String, Value>) -> Value {
    let mut row = json!({"id": id});
    for name in ["name", "sku", "weight", "price", "sale_price"] {
        if let Some(value) = given.get(name) {
            row[name] = value.clone();
        }
    }
    let mut product = expand(&row);
    product["total_sold"] = json!(0);
    product["date_last_imported"] = json!("");
    product
}

/// A variant with nothing of its own.
pub fn blank_variant(product: &Value) -> Value {
    let id = product["id"].as_u64().unwrap_or(0);
    let mut row = variant(product, id, 1, Vec::new(), true);
    row["cost_price"] = Value::Null;
    row
}

/// The elements of a shorthand list made whole; places count from 1.
fn list(given: &Value, name: &str, make: impl Fn(u64, &Value) -> Value) -> Value {
    let rows = given[name].as_array().into_iter().flatten();
    Value::Array(
        (1..)
            .zip(rows)
            .map(|(place, row)| make(place, row))
            .collect(),
    )
}

fn slug(name: &str, id: u64) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let words = words.join("-");
    if words.is_empty() {
        format!("/product-{id}/")
    } else {
        format!("/{words}/")
    }
}

fn image(product: u64, place: u64, file: &Value) -> Value {
    let file = file.as_str().unwrap_or_default();
    let (stem, kind) = file.rsplit_once('.').unwrap_or((file, "jpg"));
    let id = product * 100 + place;
    let url = |size: &str| {
        let base = "https://cdn11.bigcommerce.com/s-sandbox/products";
        format!("{base}/{product}/images/{id}/{stem}__{id}.1741080660.{size}.{kind}?c=1")
    };
    json!({
        "id": id,
        "product_id": product,
        "is_thumbnail": place == 1,
        "sort_order": place - 1,
        "description": if place == 1 { "" } else { "Another view" },
        "image_file": format!("s/{}/{stem}__{id}.{kind}", product % 1000),
        "url_zoom": url("1280.1280"),
        "url_standard": url("386.513"),
        "url_thumbnail": url("220.290"),
        "url_tiny": url("44.58"),
        "date_modified": "2025-03-04T09:31:00+00:00",
    })
}

fn reviews(product: &mut Value, given: &Value, id: u64) {
    product["reviews"] = list(given, "reviews", |place, row| {
        json!({
            "id": id * 100 + place,
            "title": row[0],
            "text": row[1],
            "status": if place == 1 { "approved" } else { "pending" },
            "rating": row[2],
            "name": row[3],
            "email": row[4],
            "date_reviewed": "2026-01-15T19:00:00+00:00",
            "date_created": "2026-01-15T19:00:00+00:00",
            "date_modified": "2026-01-16T08:00:00+00:00",
        })
    });
    let ratings = product["reviews"].as_array().into_iter().flatten();
    let ratings: Vec<u64> = ratings
        .filter_map(|review| review["rating"].as_u64())
        .collect();
    product["reviews_count"] = json!(ratings.len());
    product["reviews_rating_sum"] = json!(ratings.iter().sum::<u64>());
}

const SWATCHES: &[&str] = &["#3b5d3a", "#a4482a", "#1f2a44", "#e9e2d0", "#b08d57"];

fn option(product: u64, place: u64, row: &Value) -> Value {
    let id = product * 100 + place;
    let kind = row["type"].as_str().unwrap_or("rectangles");
    let values = list(row, "values", |n, label| {
        let data = match kind {
            // An index of a list of five fits every machine.
            "swatch" => json!({"colors": [SWATCHES[(n % 5) as usize]]}),
            "product_list" => json!({"product_id": 200 + n}),
            _ => Value::Null,
        };
        json!({
            "id": product * 1000 + place * 100 + n,
            "label": label,
            "sort_order": n - 1,
            "value_data": data,
            "is_default": n == 1 && kind != "swatch",
        })
    });
    let name = row["display_name"].as_str().unwrap_or_default();
    json!({
        "id": id,
        "product_id": product,
        "name": format!("{name}1740000000-{product}"),
        "display_name": name,
        "type": kind,
        "config": {},
        "sort_order": place - 1,
        "option_values": values,
    })
}

fn modifier(product: u64, place: u64, preset: &Value) -> Value {
    let id = product * 100 + 50 + place;
    let mut modifier = json!({"id": id, "product_id": product});
    let preset = &presets()[preset.as_str().unwrap_or_default()];
    let name = preset["display_name"].as_str().unwrap_or_default();
    modifier["name"] = json!(format!("{name}1740000001-{product}"));
    for (name, value) in preset.as_object().into_iter().flatten() {
        modifier[name] = value.clone();
    }
    modifier["sort_order"] = json!(place - 1);
    let values = modifier["option_values"]
        .as_array_mut()
        .into_iter()
        .flatten();
    for (n, value) in (1..).zip(values) {
        value["id"] = json!(product * 1000 + 500 + place * 20 + n);
        value["option_id"] = json!(id);
    }
    modifier
}

/// Every combination of the options' values; without options the one base variant.
fn variants(product: &Value, id: u64) -> Vec<Value> {
    let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
    for option in product["options"].as_array().into_iter().flatten() {
        let mut longer = Vec::new();
        for combination in &combinations {
            for value in option["option_values"].as_array().into_iter().flatten() {
                let mut next = combination.clone();
                next.push(json!({
                    "id": value["id"],
                    "label": value["label"],
                    "option_id": option["id"],
                    "option_display_name": option["display_name"],
                }));
                longer.push(next);
            }
        }
        combinations = longer;
    }
    let base = combinations.len() == 1 && combinations[0].is_empty();
    let make = |(place, values): (u64, Vec<Value>)| variant(product, id, place, values, base);
    (1..).zip(combinations).map(make).collect()
}

fn variant(product: &Value, id: u64, place: u64, values: Vec<Value>, base: bool) -> Value {
    let sku = product["sku"].as_str().unwrap_or_default();
    let own_price = !base && place.is_multiple_of(3);
    let tracked = product["inventory_tracking"] == "variant";
    let price = |own: &Value| if own_price { own.clone() } else { Value::Null };
    json!({
        "id": id * 1000 + place,
        "product_id": id,
        "sku": if base { sku.to_owned() } else { format!("{sku}-{place:03}") },
        "sku_id": if base { Value::Null } else { json!(id * 1000 + place) },
        "price": price(&product["price"]),
        "calculated_price": if own_price { &product["price"] } else { &product["calculated_price"] },
        "sale_price": null,
        "retail_price": null,
        "cost_price": if base { product["cost_price"].clone() } else { Value::Null },
        "weight": null,
        "calculated_weight": product["weight"],
        "width": null,
        "height": null,
        "depth": null,
        "is_free_shipping": false,
        "fixed_cost_shipping_price": null,
        "purchasing_disabled": false,
        "purchasing_disabled_message": "",
        "image_url": "",
        "upc": "",
        "mpn": "",
        "gtin": "",
        "inventory_level": if tracked { (id + place * 7) % 40 } else { 0 },
        "inventory_warning_level": if tracked { 3 } else { 0 },
        "bin_picking_number": "",
        "option_values": values,
    })
}

/// Rules over the product's modifiers; the last has a single condition, as the control panel makes
/// them.
fn complex_rules(product: &mut Value, count: u64, id: u64) {
    let mut rules = Vec::new();
    for place in 1..=count {
        let rule = id * 100 + place;
        let values = product["modifiers"].as_array().into_iter().flatten();
        let mut conditions: Vec<Value> = values
            .filter(|modifier| !modifier["option_values"][0].is_null())
            .take(if place == count { 1 } else { 2 })
            .zip(1..)
            .map(|(modifier, n): (&Value, u64)| {
                json!({
                    "id": rule * 10 + n,
                    "rule_id": rule,
                    "modifier_id": modifier["id"],
                    "modifier_value_id": modifier["option_values"][0]["id"],
                    "variant_id": null,
                    "combination_id": 0,
                })
            })
            .collect();
        if conditions.is_empty() {
            conditions.push(json!({
                "id": rule * 10,
                "rule_id": rule,
                "modifier_id": null,
                "modifier_value_id": null,
                "variant_id": product["variants"][0]["id"],
                "combination_id": 0,
            }));
        }
        rules.push(json!({
            "id": rule,
            "product_id": id,
            "sort_order": place - 1,
            "enabled": true,
            "stop": place == count,
            "price_adjuster": {"adjuster": "relative", "adjuster_value": number("-1.50")},
            "weight_adjuster": null,
            "purchasing_disabled": false,
            "purchasing_disabled_message": "",
            "purchasing_hidden": false,
            "image_url": "",
            "conditions": conditions,
        }));
    }
    product["complex_rules"] = Value::Array(rules);
}

/// How many words a made description has: about three kilobytes, so that a whole product of a
/// large sample has about eight.
const WORDS: usize = 480;

/// The product of a large sample with that id: a third have options, a sixth modifiers.
pub fn made(id: u64) -> Value {
    let mut seed = Seed::new(id);
    let name = format!("{} {} {id}", seed.word(), seed.word());
    let cents = 199 + seed.below(20_000);
    let mut given = json!({
        "id": id,
        "name": name,
        "sku": format!("SKU-{id:07}"),
        "price": number(&format!("{}.{:02}", cents / 100, cents % 100)),
        "cost_price": number(&format!("{}.{:04}", cents / 250, seed.below(10_000))),
        "brand_id": 35 + seed.below(40),
        "categories": [18 + seed.below(60)],
        "description": description(&mut seed),
        "search_keywords": format!("{}, {}", seed.word(), seed.word()),
        "page_title": name,
        "meta_description": format!("{} {} {}", seed.word(), seed.word(), seed.word()),
        "custom_fields": [[seed.word(), seed.word()], [seed.word(), seed.word()]],
        "images": [format!("{id}-front.jpg"), format!("{id}-back.jpg")],
        "inventory_tracking": "product",
        "inventory_level": seed.below(200),
    });
    if id.is_multiple_of(3) {
        given["options"] = json!([
            {"display_name": "Size", "type": "rectangles", "values": ["S", "M", "L"]},
        ]);
        given["inventory_tracking"] = json!("variant");
    }
    if id.is_multiple_of(6) {
        given["modifiers"] = json!(["giftwrap", "engraving"]);
    }
    if id.is_multiple_of(30) {
        given["complex_rules"] = json!(1);
    }
    expand(&given)
}

fn description(seed: &mut Seed) -> String {
    let mut text = String::from("<p>");
    for place in 1..=WORDS {
        text.push_str(seed.word());
        text.push_str(if place % 60 == 0 { ".</p>\n<p>" } else { " " });
    }
    text + "</p>"
}
