//! Which product is in which channel and category, and its customs information.

use serde_json::{Value, json};

use super::parts::rows_of;
use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::body;
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

/// `GET /catalog/products/channel-assignments`.
pub fn channels(store: &Store, req: &Req) -> Outcome {
    pairs(
        store,
        req,
        "channels",
        "channel_id",
        &[
            ("product_id:in", Kind::Number),
            ("channel_id:in", Kind::Number),
        ],
    )
}

/// `GET /catalog/products/category-assignments`.
pub fn categories(store: &Store, req: &Req) -> Outcome {
    pairs(
        store,
        req,
        "categories",
        "category_id",
        &[
            ("product_id:in", Kind::Number),
            ("category_id:in", Kind::Number),
        ],
    )
}

fn pairs(store: &Store, req: &Req, member: &str, other: &str, known: &[(&str, Kind)]) -> Outcome {
    req.allow(&[&["page", "limit"], &filter::names(known)])?;
    let filters = Filters::read(req, store, known)?;
    let mut rows = Vec::new();
    for (key, product) in store.table("products").iter() {
        for id in rows_of(&product, member) {
            let row = json!({"product_id": key.number(), other: id});
            if filters.pass(&row) {
                rows.push(row);
            }
        }
    }
    answer::v3_list(req, rows, USUAL)
}

/// `PUT /catalog/products/channel-assignments`: adds; an unknown product or channel is 422.
pub fn put_channels(store: &mut Store, req: &Req) -> Outcome {
    put(store, req, "channels", "channel_id", "channels")
}

/// `PUT /catalog/products/category-assignments`: adds; an unknown product or category is 422.
pub fn put_categories(store: &mut Store, req: &Req) -> Outcome {
    put(store, req, "categories", "category_id", "categories")
}

/// `DELETE /catalog/products/channel-assignments`: a filter is demanded.
pub fn delete_channels(store: &mut Store, req: &Req) -> Outcome {
    delete(store, req, "channels", "channel_id:in")
}

/// `DELETE /catalog/products/category-assignments`: a filter is demanded.
pub fn delete_categories(store: &mut Store, req: &Req) -> Outcome {
    delete(store, req, "categories", "category_id:in")
}

fn put(store: &mut Store, req: &Req, member: &str, other: &str, table: &str) -> Outcome {
    req.allow(&[])?;
    let wanted = req
        .json_array()?
        .iter()
        .map(|row| pair(req, row, other))
        .collect::<Result<Vec<_>, Reply>>()?;
    for (product, id) in &wanted {
        if !store.table("products").contains(product) {
            let text = "The product does not exist.";
            return Err(answer::invalid(&[("product_id", text)]));
        }
        if !store.table(table).contains(id) {
            return Err(answer::invalid(&[(other, "It does not exist.")]));
        }
    }
    for (product, id) in wanted {
        if let Some(row) = store.table_mut("products").get_mut(&product)
            && let Some(Value::Array(own)) = row.get_mut(member)
            && !own.iter().any(|own| Key::of(own).as_ref() == Some(&id))
        {
            own.push(json!(id.number()));
        }
    }
    Ok(answer::no_content())
}

fn delete(store: &mut Store, req: &Req, member: &str, other: &str) -> Outcome {
    req.allow(&[&["product_id:in", other]])?;
    let (products, others) = (body::ids(req, "product_id:in")?, body::ids(req, other)?);
    if products.is_empty() && others.is_empty() {
        let text = "At least one filter is required.";
        return Err(answer::invalid(&[("filter", text)]));
    }
    store.table_mut("products").edit_all(|product| {
        let own = product["id"].as_u64();
        if !products.is_empty() && !own.is_some_and(|id| products.contains(&id)) {
            return false;
        }
        let Some(Value::Array(assigned)) = product.get_mut(member) else {
            return false;
        };
        let before = assigned.len();
        assigned.retain(|id| {
            !(others.is_empty() || id.as_u64().is_some_and(|id| others.contains(&id)))
        });
        assigned.len() < before
    });
    Ok(answer::no_content())
}

fn pair(req: &Req, row: &Value, other: &str) -> Result<(Key, Key), Reply> {
    let row = body::object(req, row)?;
    body::only(req, row, &["product_id", other])?;
    let key = |name: &str| {
        row.get(name)
            .and_then(Value::as_u64)
            .map(Key::Number)
            .ok_or_else(|| body::refuse_field(req, name, "is required"))
    };
    Ok((key("product_id")?, key(other)?))
}

/// `GET /shipping/products/customs-information`. Its meta alone spells `total_page`.
pub fn customs(store: &Store, req: &Req) -> Outcome {
    const FILTERS: &[(&str, Kind)] = &[("product_id:in", Kind::Number)];
    req.allow(&[&["page", "limit"], &filter::names(FILTERS)])?;
    let filters = Filters::read(req, store, FILTERS)?;
    let rows = store.table("customs").select(|row| filters.pass(row));
    let mut reply = answer::v3_list(req, rows, USUAL)?;
    answer::misspell_pages(&mut reply);
    Ok(reply)
}

/// The most rows in one write of customs information.
const CUSTOMS_MAX: usize = 50;

/// `PUT /shipping/products/customs-information`: makes or overwrites a product's.
pub fn put_customs(store: &mut Store, req: &Req) -> Outcome {
    const FIELDS: &[&str] = &[
        "product_id",
        "country_of_origin",
        "commodity_description",
        "international_shipping",
        "hs_codes",
    ];
    req.allow(&[])?;
    let rows = req.json_array()?.to_vec();
    body::at_most(req, &rows, CUSTOMS_MAX)?;
    for row in &rows {
        let given = body::object(req, row)?;
        body::only(req, given, FIELDS)?;
        body::required(req, given, FIELDS)?;
        if !Key::of(&row["product_id"]).is_some_and(|id| store.table("products").contains(&id)) {
            return Err(body::refuse_field(req, "product_id", "is unknown"));
        }
        let country = row["country_of_origin"].as_str().unwrap_or_default();
        if country.len() != 2 {
            return Err(body::refuse_field(
                req,
                "country_of_origin",
                "is no country",
            ));
        }
        let text = row["commodity_description"].as_str().unwrap_or_default();
        if text.is_empty() || text.chars().count() > 100 {
            let what = "must have 1 to 100 characters";
            return Err(body::refuse_field(req, "commodity_description", what));
        }
        let code = |(country, code): (&String, &Value)| {
            let code = code.as_str().unwrap_or_default();
            (country == "ALL" || country.len() == 2)
                && (6..=14).contains(&code.len())
                && code.chars().all(|c| c.is_ascii_alphanumeric())
        };
        if !row["hs_codes"]
            .as_object()
            .is_some_and(|codes| codes.iter().all(code))
        {
            return Err(body::refuse_field(req, "hs_codes", "has a wrong code"));
        }
        if !row["international_shipping"].is_boolean() {
            let name = "international_shipping";
            return Err(body::refuse_field(req, name, "must be true or false"));
        }
    }
    let stamp = store.stamp();
    let mut done = Vec::new();
    for mut row in rows {
        let Some(key) = Key::of(&row["product_id"]) else {
            continue;
        };
        let old = store.table("customs").get(&key);
        let created = old.map_or_else(|| json!(stamp), |old| old["created_at"].clone());
        row["created_at"] = created;
        row["updated_at"] = json!(stamp);
        store.table_mut("customs").insert(key, row.clone());
        done.push(row);
    }
    Ok(Reply::json(200, json!({"data": done, "meta": {}})))
}

/// `DELETE /shipping/products/customs-information`: `product_id:in` is demanded.
pub fn delete_customs(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["product_id:in"]])?;
    let ids = body::ids(req, "product_id:in")?;
    if ids.is_empty() {
        return Err(body::refuse_field(req, "product_id:in", "is required"));
    }
    for id in ids {
        store.table_mut("customs").remove(&Key::Number(id));
    }
    Ok(answer::no_content())
}
