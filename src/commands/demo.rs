//! `demo`: the store that the tour visits, and the bad day its merchant has.

use serde_json::{Number, Value};

use super::failure::{Failure, Kind};
use super::sandbox;
use crate::sandbox::{Key, Sandbox, Store};

/// Prices that the import gets wrong: many, and still few enough to be read.
const REPRICED: usize = 12;

/// Something of the store, as people know it.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What went wrong.
#[derive(Debug, Clone)]
pub struct BadDay {
    /// How many products got a wrong price.
    pub repriced: usize,
    /// One of them.
    pub product: Named,
    /// The brand that was deleted.
    pub brand: Named,
    /// The category that was deleted.
    pub category: Named,
}

/// The store of the tour.
pub struct Tour {
    sandbox: Sandbox,
    /// How to reach it.
    pub report: sandbox::Report,
}

impl Tour {
    /// Starts the store.
    pub async fn start() -> Result<Self, Failure> {
        let options = sandbox::Options {
            sample: "demo".to_owned(),
            port: None,
            quota: None,
            client_secret: None,
        };
        let (sandbox, report) = sandbox::start(options).await?;
        Ok(Self { sandbox, report })
    }

    /// The merchant's mistakes: a price import that lost the decimal point, a brand and a category
    /// deleted. As in BigCommerce, what pointed to them points to nothing afterwards.
    pub fn bad_day(&self) -> Result<BadDay, Failure> {
        let done = self.sandbox.edit(|store| {
            let product = first(store, "products", |product| {
                product
                    .get("price")
                    .is_some_and(|price| shifted(price).is_some())
            })?;
            let brand = first(store, "brands", |_| true)?;
            // A leaf of the tree: nothing below it goes with it.
            let category = last(store, "categories", &["name"])?;
            let mut left = REPRICED;
            let repriced = store.table_mut("products").edit_all(|product| {
                let price = product.get("price").and_then(shifted).filter(|_| left > 0);
                let wrong = price.is_some_and(|price| put(product, "price", price));
                left -= usize::from(wrong);
                wrong
            });
            delete_brand(store, &brand.id);
            delete_category(store, &category.id);
            Some(BadDay {
                repriced,
                product,
                brand,
                category,
            })
        });
        done.ok_or_else(|| Failure::new(Kind::Internal, "the demo's sample lacks what it needs"))
    }
}

fn delete_brand(store: &mut Store, id: &str) {
    store.table_mut("brands").remove(&Key::parse(id));
    store.table_mut("products").edit_all(|product| {
        let points = product
            .get("brand_id")
            .is_some_and(|brand| plain(brand) == id);
        points && put(product, "brand_id", Value::from(0))
    });
}

fn delete_category(store: &mut Store, id: &str) {
    store.table_mut("categories").remove(&Key::parse(id));
    store.table_mut("products").edit_all(|product| {
        let Some(list) = product.get_mut("categories").and_then(Value::as_array_mut) else {
            return false;
        };
        let before = list.len();
        list.retain(|category| plain(category) != id);
        list.len() < before
    });
}

fn put(document: &mut Value, member: &str, value: Value) -> bool {
    match document.get_mut(member) {
        Some(place) => {
            *place = value;
            true
        }
        None => false,
    }
}

/// A price without its decimal point: `19.99` becomes `1999`. None when there is nothing to lose.
fn shifted(price: &Value) -> Option<Value> {
    let text = price.as_number()?.to_string();
    let (whole, cents) = text.split_once('.')?;
    let cents: String = cents.chars().chain("00".chars()).take(2).collect();
    let digits = format!("{whole}{cents}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        None
    } else {
        digits.parse::<Number>().ok().map(Value::Number)
    }
}

fn first(store: &Store, table: &str, wanted: impl Fn(&Value) -> bool) -> Option<Named> {
    let mut rows = store.table(table).iter();
    rows.find(|(_, document)| wanted(document))
        .map(|(key, document)| named(key, &document))
}

fn last(store: &Store, table: &str, having: &[&str]) -> Option<Named> {
    let mut rows = store.table(table).iter().rev();
    let found = rows.find(|(_, document)| having.iter().all(|m| document.get(*m).is_some()));
    found.map(|(key, document)| named(key, &document))
}

fn named(key: &Key, document: &Value) -> Named {
    let name = document
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Named {
        id: key.to_string(),
        name: name.to_owned(),
    }
}

fn plain(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_loses_its_decimal_point() {
        let shift = |text: &str| {
            let price: Value = serde_json::from_str(text).unwrap();
            shifted(&price).map(|price| price.to_string())
        };
        assert_eq!(shift("19.99").as_deref(), Some("1999"));
        assert_eq!(shift("19.9900").as_deref(), Some("1999"));
        assert_eq!(shift("0.5").as_deref(), Some("50"));
        assert_eq!(shift("25"), None);
        assert_eq!(shift("0.00"), None);
    }
}
