//! Promotions (v3) and their codes.

mod codes;

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::body;
use super::request::{Method, Req};
use super::samples::commerce::blank;
use super::store::{Key, Store};

/// How many promotions one call deletes at most.
const DELETED: usize = 50;

const WRITABLE: [&str; 18] = [
    "redemption_type",
    "name",
    "display_name",
    "channels",
    "customer",
    "rules",
    "max_uses",
    "status",
    "start_date",
    "end_date",
    "stop",
    "can_be_used_with_other_promotions",
    "currency_code",
    "notifications",
    "shipping_address",
    "schedule",
    "coupon_overrides_other_promotions",
    "coupon_type",
];

/// Answers for `/v3/promotions`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    if let Some(outcome) = codes::route(store, req) {
        return Some(outcome);
    }
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v3", "promotions"]) => Some(list(store, req)),
        (Method::Get, ["v3", "promotions", id]) => Some(one(store, req, id)),
        (Method::Post, ["v3", "promotions"]) => Some(create(store, req)),
        (Method::Put, ["v3", "promotions", id]) => Some(update(store, req, id)),
        (Method::Delete, ["v3", "promotions"]) => Some(delete_many(store, req)),
        (Method::Delete, ["v3", "promotions", id]) => Some(delete(store, req, id)),
        _ => None,
    }
}

/// A promotion as it is sent: one can sort by priority, but not see it.
fn sent(mut promotion: Value) -> Value {
    if let Value::Object(members) = &mut promotion {
        members.shift_remove("priority");
    }
    promotion
}

fn list(store: &Store, req: &Req) -> Outcome {
    let paging = ["page", "limit", "sort", "direction"];
    let filters = [
        "id",
        "name",
        "code",
        "currency_code",
        "redemption_type",
        "status",
        "channels",
        "query",
    ];
    req.allow(&[&paging, &filters])?;
    req.words("redemption_type", &["automatic", "coupon"])?;
    let id = req.positive("id")?;
    let channels = req
        .query
        .list("channels")
        .iter()
        .map(|word| word.parse::<u64>().map_err(|_| req.wrong_type("channels")))
        .collect::<Result<Vec<u64>, Reply>>()?;
    let is = |row: &Value, name: &str| {
        req.query.get(name).is_none_or(|wanted| {
            row[name]
                .as_str()
                .is_some_and(|own| own.eq_ignore_ascii_case(wanted))
        })
    };
    let coded = |row: &Value, fits: &dyn Fn(&str) -> bool| {
        store.table("promotion_codes").iter().any(|(_, code)| {
            code["promotion_id"] == row["id"] && code["code"].as_str().is_some_and(fits)
        })
    };
    let rows = store.table("promotions").select(|row| {
        id.is_none_or(|id| row["id"].as_u64() == Some(id))
            && ["name", "currency_code", "redemption_type", "status"]
                .iter()
                .all(|n| is(row, n))
            && in_channels(row, &channels)
            && req
                .query
                .get("code")
                .is_none_or(|code| coded(row, &|own| own == code))
            && req.query.get("query").is_none_or(|text| {
                let text = text.to_lowercase();
                let has = |own: &str| own.to_lowercase().contains(&text);
                row["name"].as_str().is_some_and(has) || coded(row, &has)
            })
    });
    let rows = sorted(req, rows)?;
    answer::v3_list(req, rows.into_iter().map(sent).collect(), USUAL)
}

/// A promotion without channels is for all of them.
fn in_channels(row: &Value, wanted: &[u64]) -> bool {
    let own = row["channels"].as_array().map_or(&[][..], Vec::as_slice);
    let meets = |channel: &Value| {
        channel["id"]
            .as_u64()
            .is_some_and(|id| wanted.contains(&id))
    };
    wanted.is_empty() || own.is_empty() || own.iter().any(meets)
}

fn sorted(req: &Req, mut rows: Vec<Value>) -> Result<Vec<Value>, Reply> {
    req.words("sort", &["id", "name", "priority", "start_date"])?;
    let field = req.query.get("sort").unwrap_or("id");
    rows.sort_by_cached_key(|row| {
        (
            row[field].as_u64(),
            row[field].as_str().unwrap_or_default().to_owned(),
        )
    });
    match req.query.get("direction") {
        None | Some("asc") => {}
        Some("desc") => rows.reverse(),
        Some(_) => return Err(req.wrong_type("direction")),
    }
    Ok(rows)
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let promotion = store
        .document("promotions", id)
        .ok_or_else(|| req.not_found())?;
    Ok(answer::v3_one(sent(promotion)))
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    body::required(req, fields, &["redemption_type", "name", "rules"])?;
    segments_fit(req, fields)?;
    overrides_fit(req, fields, &Value::Null)?;
    let id = store.next_id("promotions");
    let table = store.table("promotions");
    // Where in the list of priorities a new one goes is not documented: last.
    let last = table
        .iter()
        .filter_map(|(_, row)| row["priority"].as_u64())
        .max();
    let mut promotion = blank("promotions");
    promotion["id"] = json!(id);
    promotion["created_from"] = json!("api");
    promotion["priority"] = json!(last.unwrap_or_default() + 1);
    promotion["start_date"] = json!(stamp(store));
    if fields["redemption_type"] == "COUPON" {
        promotion["coupon_overrides_other_promotions"] = json!(false);
        promotion["coupon_type"] = json!("SINGLE");
    }
    body::merge(&mut promotion, fields);
    show_segments(&mut promotion);
    store.table_mut("promotions").insert(id, promotion.clone());
    Ok(answer::v3_status(201, sent(promotion)))
}

fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    segments_fit(req, fields)?;
    let before = store
        .document("promotions", id)
        .ok_or_else(|| req.not_found())?;
    overrides_fit(req, fields, &before)?;
    for name in ["redemption_type", "coupon_type"] {
        if fields.get(name).is_some_and(|value| *value != before[name]) {
            return Err(body::refuse_field(req, name, "cannot be changed"));
        }
    }
    store.edit("promotions", id, |promotion| {
        body::merge(promotion, fields);
        show_segments(promotion);
    });
    one(
        store,
        &Req {
            query: super::request::Query::default(),
            ..req.clone()
        },
        id,
    )
}

/// Segments that no write named are shown as null, though no write takes that.
fn show_segments(promotion: &mut Value) {
    if let Some(customer) = promotion["customer"].as_object_mut() {
        customer.entry("segments").or_insert(Value::Null);
    }
}

/// Segments are an object or not there.
fn segments_fit(req: &Req, fields: &Map<String, Value>) -> Result<(), Reply> {
    let segments = fields
        .get("customer")
        .and_then(|customer| customer.get("segments"));
    match segments {
        Some(Value::Null) => Err(body::refuse_field(
            req,
            "customer.segments",
            "must be an object",
        )),
        _ => Ok(()),
    }
}

/// Overriding others can be set only where the promotion does not go with others.
fn overrides_fit(req: &Req, fields: &Map<String, Value>, before: &Value) -> Result<(), Reply> {
    let name = "can_be_used_with_other_promotions";
    let with_others = fields.get(name).or_else(|| before.get(name)) != Some(&json!(false));
    if with_others && fields.contains_key("coupon_overrides_other_promotions") {
        return Err(body::refuse_field(
            req,
            "coupon_overrides_other_promotions",
            "cannot be set while the promotion can be used with others",
        ));
    }
    Ok(())
}

/// The moment of a write as promotions spell it.
fn stamp(store: &Store) -> String {
    store.now().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// 204 even when there is none. Whether one with codes is refused here is documented for the
/// batch only; both refuse.
fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let key = Key::parse(id);
    if has_codes(store, &key) {
        return Err(req.refuse(422, "Some relating codes are still present."));
    }
    store.table_mut("promotions").remove(&key);
    Ok(answer::no_content())
}

fn has_codes(store: &Store, key: &Key) -> bool {
    let mut codes = store.table("promotion_codes").iter();
    codes.any(|(_, code)| Key::of(&code["promotion_id"]).as_ref() == Some(key))
}

/// Those without codes are deleted, the others named.
fn delete_many(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["id:in"]])?;
    let ids = body::ids(req, "id:in")?;
    if ids.is_empty() {
        return Err(bulk(0, "Parameter id:in is required", Map::new()));
    }
    if ids.len() > DELETED {
        return Err(req.refuse(413, "The maximum number of items is 50."));
    }
    let mut failed = Map::new();
    for (place, id) in ids.iter().enumerate() {
        let key = Key::Number(*id);
        if has_codes(store, &key) {
            let why = format!("Failed for id={id}. Error: some relating codes are still present.");
            failed.insert(format!("{place}.code"), json!(why));
        } else {
            store.table_mut("promotions").remove(&key);
        }
    }
    if failed.is_empty() {
        return Ok(answer::no_content());
    }
    Err(bulk(
        ids.len(),
        "Errors occurred in bulk delete action.",
        failed,
    ))
}

/// The body of a batch that did not wholly succeed.
fn bulk(total: usize, title: &str, errors: Map<String, Value>) -> Reply {
    let failed = errors.len();
    let body = json!({
        "errors": [{
            "status": 422,
            "title": title,
            "type": "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes",
            "errors": errors,
        }],
        "meta": {"total": total, "success": total - failed, "failed": failed},
    });
    Reply::json(422, body)
}
