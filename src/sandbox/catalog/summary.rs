//! `GET /catalog/summary`: a few figures over all variants.

use serde_json::{Value, json};

use super::parts::rows_of;
use crate::sandbox::answer::{self, Outcome};
use crate::sandbox::request::Req;
use crate::sandbox::store::Store;

/// The figures. They are told for people, so binary fractions will do.
pub fn get(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let (mut count, mut stock, mut worth) = (0u64, 0i64, 0f64);
    let (mut lowest, mut highest, mut total) = (f64::MAX, 0f64, 0f64);
    let mut dates: Vec<String> = Vec::new();
    for (_, product) in store.table("products").iter() {
        let own = product["price"].as_f64().unwrap_or(0.0);
        for variant in rows_of(&product, "variants") {
            let price = variant["price"].as_f64().unwrap_or(own);
            let level = variant["inventory_level"].as_i64().unwrap_or(0);
            count += 1;
            stock += level;
            worth += price * f64::from(i32::try_from(level).unwrap_or(i32::MAX));
            total += price;
            lowest = lowest.min(price);
            highest = highest.max(price);
        }
        dates.extend(product["date_created"].as_str().map(str::to_owned));
    }
    dates.sort();
    let category = store
        .table("categories")
        .iter()
        .next()
        .map(|(_, row)| row.into_owned());
    let category = category.unwrap_or(Value::Null);
    let variants = f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
    Ok(answer::v3_one(json!({
        "inventory_count": stock,
        "inventory_value": worth,
        "primary_category_id": category["category_id"].as_u64().unwrap_or(0),
        "primary_category_name": category["name"].as_str().unwrap_or_default(),
        "variant_count": count,
        "highest_variant_price": highest,
        "average_variant_price": total / variants,
        "lowest_variant_price": if count == 0 { "0".to_owned() } else { lowest.to_string() },
        "oldest_variant_date": dates.first().cloned().unwrap_or_default(),
        "newest_variant_date": dates.last().cloned().unwrap_or_default(),
    })))
}
