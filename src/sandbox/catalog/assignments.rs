//! Which product is in which channel and category, and its customs information.

use serde_json::{Value, json};

use super::parts::rows_of;
use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
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

/// `PUT /catalog/products/channel-assignments`: adds; an unknown product is 422.
pub fn put_channels(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let rows = req.json_array()?.to_vec();
    let wanted = rows
        .iter()
        .map(|row| pair(req, row))
        .collect::<Result<Vec<_>, Reply>>()?;
    for (product, _) in &wanted {
        if !store.table("products").contains(product) {
            return Err(answer::invalid(&[(
                "product_id",
                "The product does not exist.",
            )]));
        }
    }
    for (product, channel) in wanted {
        if let Some(row) = store.table_mut("products").get_mut(&product)
            && let Some(Value::Array(channels)) = row.get_mut("channels")
            && !channels
                .iter()
                .any(|id| Key::of(id).as_ref() == Some(&channel))
        {
            channels.push(json!(channel.number()));
        }
    }
    Ok(answer::no_content())
}

/// `DELETE /catalog/products/channel-assignments`: a filter is demanded.
pub fn delete_channels(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["product_id:in", "channel_id:in"]])?;
    if req.query.pairs.is_empty() {
        return Err(answer::invalid(&[(
            "filter",
            "At least one filter is required.",
        )]));
    }
    let ids = |name: &str| -> Vec<Key> {
        req.query
            .list(name)
            .iter()
            .map(|id| Key::parse(id))
            .collect()
    };
    let (products, channels) = (ids("product_id:in"), ids("channel_id:in"));
    store.table_mut("products").edit_all(|product| {
        let own = Key::of(&product["id"]);
        if !products.is_empty() && !own.is_some_and(|id| products.contains(&id)) {
            return false;
        }
        let Some(Value::Array(assigned)) = product.get_mut("channels") else {
            return false;
        };
        let before = assigned.len();
        assigned.retain(|id| {
            !(channels.is_empty() || Key::of(id).is_some_and(|id| channels.contains(&id)))
        });
        assigned.len() < before
    });
    Ok(answer::no_content())
}

fn pair(req: &Req, row: &Value) -> Result<(Key, Key), Reply> {
    let key = |name: &str| match &row[name] {
        Value::Number(number) => number.as_u64().map(Key::Number),
        _ => None,
    };
    key("product_id")
        .zip(key("channel_id"))
        .ok_or_else(|| req.refuse(422, "product_id and channel_id are required."))
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
