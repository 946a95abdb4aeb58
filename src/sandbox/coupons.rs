//! Coupons (v2). The list also holds a row of type `promotion` for each code of a promotion that
//! the store made one for; those are not coupons, and `exclude_type=promotion` leaves them out.

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::body;
use super::request::{Method, Req};
use super::samples::commerce::blank;
use super::store::{Key, Store};

const TYPES: [&str; 6] = [
    "per_item_discount",
    "percentage_discount",
    "per_total_discount",
    "shipping_discount",
    "free_shipping",
    "promotion",
];

const WRITABLE: [&str; 12] = [
    "name",
    "type",
    "amount",
    "min_purchase",
    "expires",
    "enabled",
    "code",
    "applies_to",
    "max_uses",
    "max_uses_per_customer",
    "restricted_to",
    "shipping_methods",
];

/// Answers for `/v2/coupons`. There is no read of one coupon by path.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v2", "coupons"]) => Some(list(store, req)),
        (Method::Get, ["v2", "coupons", "count"]) => Some(count(store, req)),
        (Method::Post, ["v2", "coupons"]) => Some(create(store, req)),
        (Method::Put, ["v2", "coupons", id]) => Some(update(store, req, id)),
        (Method::Delete, ["v2", "coupons"]) => Some(delete_many(store, req)),
        (Method::Delete, ["v2", "coupons", id]) => Some(delete(store, req, id)),
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    let filters = [
        "id",
        "code",
        "name",
        "type",
        "exclude_type",
        "min_id",
        "max_id",
    ];
    req.allow(&[&["page", "limit"], &filters])?;
    for name in ["type", "exclude_type"] {
        req.words(name, &TYPES)?;
    }
    let least = req.positive("min_id")?.unwrap_or_default();
    let most = req.positive("max_id")?.unwrap_or(u64::MAX);
    let id = req.positive("id")?;
    let is = |name: &str, value: &Value| {
        req.query.get(name).is_none_or(|wanted| {
            value
                .as_str()
                .is_some_and(|own| own.eq_ignore_ascii_case(wanted))
        })
    };
    let excluded = req.query.get("exclude_type");
    let rows = store.table("coupons").select(|row| {
        let own = row["id"].as_u64().unwrap_or_default();
        (least..=most).contains(&own)
            && id.is_none_or(|id| id == own)
            && ["code", "name", "type"]
                .iter()
                .all(|name| is(name, &row[*name]))
            && excluded.is_none_or(|kind| row["type"] != kind)
    });
    answer::v2_list(req, rows, USUAL)
}

/// Counts every row, those of promotions too: no filter is documented.
fn count(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        json!({"count": store.table("coupons").len()}),
    ))
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    body::required(
        req,
        fields,
        &["name", "code", "type", "amount", "applies_to"],
    )?;
    fits(store, req, fields, None)?;
    let id = store.next_id("coupons");
    let mut coupon = blank("coupons");
    body::merge(&mut coupon, fields);
    coupon["id"] = json!(id);
    coupon["date_created"] = json!(
        store
            .now()
            .strftime("%a, %d %b %Y %H:%M:%S +0000")
            .to_string()
    );
    store.table_mut("coupons").insert(id, coupon.clone());
    Ok(Reply::json(201, coupon))
}

/// Whoever leaves `applies_to` out clears it.
fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    fits(store, req, fields, Some(Key::parse(id).number()))?;
    let found = store.edit("coupons", id, |coupon| {
        coupon["applies_to"] = json!({});
        body::merge(coupon, fields);
    });
    if !found {
        return Err(req.not_found());
    }
    Ok(Reply::json(
        200,
        store.document("coupons", id).unwrap_or_default(),
    ))
}

/// A name or a code is one coupon's.
fn fits(
    store: &Store,
    req: &Req,
    fields: &Map<String, Value>,
    id: Option<u64>,
) -> Result<(), Reply> {
    if fields
        .get("type")
        .is_some_and(|kind| !TYPES.iter().any(|known| kind == known))
    {
        return Err(body::refuse_field(req, "type", "is no type of coupon"));
    }
    for name in ["name", "code"] {
        let Some(wanted) = fields.get(name) else {
            continue;
        };
        let taken = store
            .table("coupons")
            .iter()
            .any(|(key, row)| Some(key.number()) != id && row[name] == *wanted);
        if taken {
            return Err(req.refuse(409, &format!("The {name} is already in use.")));
        }
    }
    Ok(())
}

fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    store
        .table_mut("coupons")
        .remove(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    Ok(answer::no_content())
}

/// Without `id:in` everything goes, as documented.
fn delete_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["id:in"]])?;
    let ids = body::ids(req, "id:in")?;
    let all = !req.query.has("id:in");
    store
        .table_mut("coupons")
        .take(|row| all || row["id"].as_u64().is_some_and(|id| ids.contains(&id)));
    Ok(answer::no_content())
}
