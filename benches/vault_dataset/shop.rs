//! The shop: products made from a seed, and what a merchant does to them each night.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

const PRODUCTS: u64 = 5_000;
const SEED: u64 = 20_261_123;

/// SplitMix64: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

const NOUNS: &[&str] = &[
    "mug", "lamp", "jacket", "table", "bicycle", "notebook", "kettle", "scarf", "speaker", "tent",
    "blanket", "knife", "backpack", "watch", "chair", "mirror", "plate", "glove", "bottle",
    "brush",
];
const QUALITIES: &[&str] = &[
    "sturdy",
    "light",
    "hand-made",
    "classic",
    "modern",
    "foldable",
    "waterproof",
    "compact",
    "generous",
    "soft",
    "Nordic",
    "rustic",
    "slim",
    "heavy-duty",
    "organic",
    "vintage",
    "bright",
];
const PLACES: &[&str] = &[
    "the kitchen",
    "the garden",
    "long journeys",
    "the office",
    "rainy days",
    "a small flat",
    "the workshop",
    "winter evenings",
    "the children's room",
    "the beach",
    "a busy morning",
];
const OPENINGS: &[&str] = &[
    "Made for",
    "A companion for",
    "Designed with care for",
    "At home in",
    "Tested over years in",
    "Our customers love it for",
    "The right choice for",
    "Built to last in",
    "Reliable in",
];
const COLOURS: &[&str] = &[
    "Red", "Blue", "Green", "Black", "White", "Grey", "Ochre", "Teal", "Plum", "Sand",
];
const SIZES: &[&str] = &["XS", "S", "M", "L", "XL", "XXL"];

/// All products, and the dice that settle what happens next.
pub struct Shop {
    products: BTreeMap<u64, Product>,
    next: u64,
    dice: Dice,
}

impl Shop {
    pub fn open() -> Self {
        let mut dice = Dice(SEED);
        Self {
            products: (1..=PRODUCTS)
                .map(|id| (id, Product::new(id, &mut dice)))
                .collect(),
            next: PRODUCTS + 1,
            dice,
        }
    }

    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.values()
    }

    /// A day's work: 2 % edited, two deleted, five added; on the day of the bad import every price
    /// up by a tenth.
    pub fn trade(&mut self, night: u64, import: bool) {
        let ids: Vec<u64> = self.products.keys().copied().collect();
        let dice = &mut self.dice;
        let any = |dice: &mut Dice| ids[dice.below(ids.len() as u64) as usize];
        for _ in 0..ids.len() / 50 {
            let Some(product) = self.products.get_mut(&any(dice)) else {
                continue;
            };
            product.edited = night * 86_400 + dice.below(80_000);
            match dice.below(10) {
                0..6 => product.price_cents = 500 + dice.below(50_000),
                6..9 => product.stock = dice.below(300),
                _ => product.text += 1,
            }
        }
        if import {
            for product in self.products.values_mut() {
                product.price_cents = product.price_cents * 11 / 10;
                product.edited = night * 86_400 + product.id % 600;
            }
        }
        for _ in 0..2 {
            self.products.remove(&any(dice));
        }
        for _ in 0..5 {
            self.products
                .insert(self.next, Product::new(self.next, dice));
            self.next += 1;
        }
    }
}

/// One product as the shop has it; its document follows from it.
pub struct Product {
    pub id: u64,
    seed: u64,
    price_cents: u64,
    stock: u64,
    text: u64,
    edited: u64,
}

impl Product {
    fn new(id: u64, dice: &mut Dice) -> Self {
        Self {
            id,
            seed: dice.roll(),
            price_cents: 500 + dice.below(50_000),
            stock: dice.below(300),
            text: 0,
            edited: 0,
        }
    }

    pub fn name(&self) -> String {
        let mut dice = Dice(self.seed);
        let (quality, noun) = (dice.pick(QUALITIES), dice.pick(NOUNS));
        format!("{quality} {noun} {}", 100 + dice.below(9_900))
    }

    pub fn search(&self) -> String {
        let mut text = format!("{} {}", self.name(), self.sku());
        for n in 0..self.variants() {
            let _ = write!(text, " {}-{n}", self.sku());
        }
        text
    }

    pub fn modified(&self) -> String {
        time(60_000_000 + self.edited)
    }

    fn sku(&self) -> String {
        format!("SKU-{:05}-{:04X}", self.id, self.seed & 0xffff)
    }

    fn variants(&self) -> u64 {
        1 + (self.seed >> 8) % 7
    }

    fn slug(&self) -> String {
        self.name().replace(' ', "-").to_lowercase()
    }

    pub fn document(&self) -> Vec<u8> {
        let mut dice = Dice(self.seed.rotate_left(17));
        let mut json = String::with_capacity(9_000);
        self.write_fields(&mut json, &mut dice);
        json += r#""variants":["#;
        list(&mut json, self.variants(), |json, n| {
            self.write_variant(json, n, &mut dice)
        });
        json += r#"],"images":["#;
        list(&mut json, 2 + self.seed % 2, |json, n| {
            self.write_image(json, n, &mut dice)
        });
        json += r#"],"custom_fields":["#;
        let fields = ["Material", "Origin", "Care", "Batch"];
        list(&mut json, 4, |json, n| {
            let (number, name) = (40_000 + self.id * 4 + n, fields[n as usize]);
            let value = dice.pick(QUALITIES);
            let _ = write!(
                json,
                r#"{{"id":{number},"name":"{name}","value":"{value}"}}"#
            );
        });
        json += r#"],"bulk_pricing_rules":[],"videos":[],"options":["#;
        let options = [("Colour", COLOURS), ("Size", SIZES)];
        list(&mut json, 2, |json, n| {
            let (name, values) = options[n as usize];
            self.write_option(json, n, name, values, &mut dice);
        });
        json += r#"],"modifiers":[]}"#;
        json.into_bytes()
    }

    fn description(&self) -> String {
        let mut dice = Dice(self.seed ^ self.text.wrapping_mul(0x5851_f42d));
        let mut html = String::from("<p>");
        for n in 0..8 + dice.below(8) {
            let (opening, place) = (dice.pick(OPENINGS), dice.pick(PLACES));
            let (quality, noun) = (dice.pick(QUALITIES), dice.pick(NOUNS));
            let _ = write!(html, "{opening} {place}, this {quality} {noun} is ");
            let _ = write!(
                html,
                "{} and {}. ",
                dice.pick(QUALITIES),
                dice.pick(QUALITIES)
            );
            if n % 4 == 3 {
                html += "</p>\\n<p>";
            }
        }
        html + "</p>"
    }

    fn write_fields(&self, json: &mut String, dice: &mut Dice) {
        let (id, name, sku, slug) = (self.id, self.name(), self.sku(), self.slug());
        let price = price(self.price_cents);
        let _ = write!(
            json,
            r#"{{"id":{id},"name":"{name}","type":"physical","sku":"{sku}","#
        );
        let _ = write!(json, r#""description":"{}","#, self.description());
        for side in ["weight", "width", "depth", "height"] {
            let _ = write!(json, r#""{side}":{},"#, dice.below(90));
        }
        let _ = write!(
            json,
            r#""price":{price},"cost_price":0,"retail_price":0,"sale_price":0,"#
        );
        let _ = write!(
            json,
            r#""map_price":0,"tax_class_id":0,"product_tax_code":"","#
        );
        let _ = write!(json, r#""calculated_price":{price},"#);
        let (one, two) = (20 + dice.below(180), 20 + dice.below(180));
        let _ = write!(
            json,
            r#""categories":[{one},{two}],"brand_id":{},"#,
            30 + dice.below(60)
        );
        let _ = write!(json, r#""option_set_id":{},"#, 10 + dice.below(400));
        let _ = write!(
            json,
            r#""option_set_display":"right","inventory_level":{},"#,
            self.stock
        );
        *json += concat!(
            r#""inventory_warning_level":0,"inventory_tracking":"variant","reviews_rating_sum":0,"#,
            r#""reviews_count":0,"#
        );
        let _ = write!(json, r#""total_sold":{},"#, dice.below(900));
        *json += concat!(
            r#""fixed_cost_shipping_price":0,"is_free_shipping":false,"is_visible":true,"#,
            r#""is_featured":false,"related_products":[-1],"warranty":"","bin_picking_number":"","#,
            r#""layout_file":"product.html","#
        );
        let _ = write!(json, r#""upc":"{:012}","#, dice.below(1_000_000_000_000));
        *json += r#""mpn":"","gtin":"","date_last_imported":"","#;
        let _ = write!(json, r#""search_keywords":"{slug}","#);
        *json += concat!(
            r#""availability":"available","availability_description":"","#,
            r#""gift_wrapping_options_type":"any","gift_wrapping_options_list":[],"#,
            r#""sort_order":0,"condition":"New","is_condition_shown":false,"#,
            r#""order_quantity_minimum":0,"order_quantity_maximum":0,"page_title":"","#,
            r#""meta_keywords":[],"meta_description":"","#
        );
        let _ = write!(
            json,
            r#""date_created":"{}","#,
            time(dice.below(60_000_000))
        );
        let _ = write!(json, r#""date_modified":"{}","#, self.modified());
        let _ = write!(json, r#""view_count":{},"#, dice.below(5_000));
        *json += concat!(
            r#""preorder_release_date":null,"preorder_message":"","is_preorder_only":false,"#,
            r#""is_price_hidden":false,"price_hidden_label":"","#
        );
        let _ = write!(
            json,
            r#""custom_url":{{"url":"/{slug}/","is_customized":false}},"#
        );
        *json += concat!(
            r#""base_variant_id":null,"open_graph_type":"product","open_graph_title":"","#,
            r#""open_graph_description":"","open_graph_use_meta_description":true,"#,
            r#""open_graph_use_product_name":true,"open_graph_use_image":true,"#
        );
    }

    fn write_variant(&self, json: &mut String, n: u64, dice: &mut Dice) {
        let (id, sku) = (self.id, self.sku());
        let price = price(self.price_cents + n * 100);
        let number = 70_000 + id * 8 + n;
        let _ = write!(
            json,
            r#"{{"id":{number},"product_id":{id},"sku":"{sku}-{n}","#
        );
        let _ = write!(json, r#""sku_id":{},"price":{price},"#, number + 10_000);
        let _ = write!(json, r#""calculated_price":{price},"sale_price":null,"#);
        let _ = write!(
            json,
            r#""retail_price":null,"map_price":null,"weight":null,"#
        );
        let _ = write!(json, r#""calculated_weight":{},"#, dice.below(40));
        *json += concat!(
            r#""width":null,"height":null,"depth":null,"is_free_shipping":false,"#,
            r#""fixed_cost_shipping_price":null,"purchasing_disabled":false,"#,
            r#""purchasing_disabled_message":"","image_url":"","cost_price":0,"upc":"","mpn":"","#,
            r#""gtin":"","#
        );
        let _ = write!(json, r#""inventory_level":{},"#, (self.stock + n * 7) % 300);
        *json += r#""inventory_warning_level":0,"bin_picking_number":"","option_values":["#;
        let options = [("Colour", COLOURS), ("Size", SIZES)];
        list(json, 2, |json, n| {
            let (name, values) = options[n as usize];
            let (value, label) = (100 + dice.below(300), dice.pick(values));
            let option = 10 + id * 2 + n;
            let _ = write!(
                json,
                r#"{{"id":{value},"label":"{label}","option_id":{option},"#
            );
            let _ = write!(json, r#""option_display_name":"{name}"}}"#);
        });
        *json += "]}";
    }

    fn write_image(&self, json: &mut String, n: u64, dice: &mut Dice) {
        let (id, slug, file) = (self.id, self.slug(), 90_000 + self.id * 4 + n);
        let stamp = 1_600_000_000 + dice.below(90_000_000);
        let name = dice.below(100_000);
        let first = n == 0;
        let _ = write!(
            json,
            r#"{{"id":{file},"product_id":{id},"is_thumbnail":{first},"#
        );
        let _ = write!(json, r#""sort_order":{n},"description":"","#);
        let letter = char::from(b'a' + (id % 26) as u8);
        let _ = write!(
            json,
            r#""image_file":"{letter}/{id}/{slug}__{name:05}.jpg","#
        );
        for (kind, size) in [
            ("zoom", 1280),
            ("standard", 386),
            ("thumbnail", 220),
            ("tiny", 44),
        ] {
            let _ = write!(
                json,
                r#""url_{kind}":"https://cdn11.bigcommerce.com/s-abc123/products/"#
            );
            let _ = write!(
                json,
                "{id}/images/{file}/{slug}__{name:05}.{stamp}.{size}.{size}.jpg"
            );
            *json += r#"?c=1","#;
        }
        let _ = write!(
            json,
            r#""date_modified":"{}"}}"#,
            time(dice.below(60_000_000))
        );
    }

    fn write_option(
        &self,
        json: &mut String,
        n: u64,
        name: &str,
        values: &[&str],
        dice: &mut Dice,
    ) {
        let (id, option) = (self.id, 10 + self.id * 2 + n);
        let stamp = 1_500_000_000 + dice.below(90_000_000);
        let _ = write!(
            json,
            r#"{{"id":{option},"product_id":{id},"display_name":"{name}","#
        );
        let _ = write!(
            json,
            r#""name":"{name}{stamp}-{id}","type":"swatch","sort_order":{n},"#
        );
        *json += r#""option_values":["#;
        list(json, 2 + dice.below(2), |json, n| {
            let (value, label) = (100 + dice.below(300), dice.pick(values));
            let colour = dice.below(0x0100_0000);
            let _ = write!(
                json,
                r#"{{"id":{value},"label":"{label}","sort_order":{n},"#
            );
            let _ = write!(json, r##""value_data":{{"colors":["#{colour:06x}"]}},"##);
            *json += r#""is_default":false}"#;
        });
        *json += r#"],"config":[]}"#;
    }
}

fn list(json: &mut String, count: u64, mut write: impl FnMut(&mut String, u64)) {
    for n in 0..count {
        if n > 0 {
            json.push(',');
        }
        write(json, n);
    }
}

fn price(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn time(seconds: u64) -> String {
    let at = Timestamp::from_second(1_700_000_000 + seconds as i64).expect("a time in range");
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
