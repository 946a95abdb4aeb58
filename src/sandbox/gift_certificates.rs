//! Gift certificates (v2). Dates are read as Unix seconds in strings and written as RFC 2822.

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::body;
use super::filter;
use super::request::{Method, Req};
use super::samples::commerce::blank;
use super::store::{Key, Store};

/// Codes are cut to so many characters without a word.
const CODE: usize = 20;

const TEXTS: [&str; 5] = ["code", "to_name", "to_email", "from_name", "from_email"];

const WRITABLE: [&str; 14] = [
    "to_name",
    "to_email",
    "from_name",
    "from_email",
    "amount",
    "balance",
    "purchase_date",
    "expiry_date",
    "customer_id",
    "template",
    "message",
    "code",
    "status",
    "currency_code",
];

const NEEDED: [&str; 5] = ["to_name", "to_email", "from_name", "from_email", "amount"];

/// Answers for `/v2/gift_certificates`. There is no count.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v2", "gift_certificates"]) => Some(list(store, req)),
        (Method::Post, ["v2", "gift_certificates"]) => Some(create(store, req)),
        (Method::Delete, ["v2", "gift_certificates"]) => Some(delete_all(store, req)),
        (Method::Get, ["v2", "gift_certificates", id]) => Some(one(store, req, id)),
        (Method::Put, ["v2", "gift_certificates", id]) => Some(update(store, req, id)),
        (Method::Delete, ["v2", "gift_certificates", id]) => Some(delete(store, req, id)),
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    let others = [
        "page",
        "limit",
        "sort",
        "direction",
        "min_id",
        "max_id",
        "order_id",
    ];
    req.allow(&[&others, &TEXTS])?;
    req.words("sort", &["id"])?;
    let descending = match req.query.get("direction") {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(req.wrong_type("direction")),
    };
    let least = req.positive("min_id")?.unwrap_or_default();
    let most = req.positive("max_id")?.unwrap_or(u64::MAX);
    let order = match req.query.get("order_id") {
        Some(text) => Some(
            text.parse::<u64>()
                .map_err(|_| req.wrong_type("order_id"))?,
        ),
        None => None,
    };
    let is = |row: &Value, name: &str| {
        req.query.get(name).is_none_or(|wanted| {
            row[name]
                .as_str()
                .is_some_and(|own| own.eq_ignore_ascii_case(wanted))
        })
    };
    let mut rows = store.table("gift_certificates").select(|row| {
        (least..=most).contains(&row["id"].as_u64().unwrap_or_default())
            && order.is_none_or(|order| row["order_id"].as_u64() == Some(order))
            && TEXTS.iter().all(|name| is(row, name))
    });
    if descending {
        rows.reverse();
    }
    answer::v2_list(req, rows, USUAL)
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let certificate = store
        .document("gift_certificates", id)
        .ok_or_else(|| req.not_found())?;
    Ok(Reply::json(200, certificate))
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let fields = checked(store, req, None)?;
    body::required(req, &fields, &NEEDED)?;
    let id = store.next_id("gift_certificates");
    let mut certificate = blank("gift_certificates");
    certificate["purchase_date"] = json!(store.now().as_second().to_string());
    certificate["code"] = json!(format!("GC-{id:016X}"));
    certificate["balance"] = fields["amount"].clone();
    body::merge(&mut certificate, &fields);
    certificate["id"] = json!(id);
    store
        .table_mut("gift_certificates")
        .insert(id, certificate.clone());
    Ok(Reply::json(201, certificate))
}

/// Whoever leaves the balance out has it set to the amount: money that was spent comes back.
fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let fields = checked(store, req, Some(Key::parse(id).number()))?;
    let found = store.edit("gift_certificates", id, |certificate| {
        if let (Some(amount), None) = (fields.get("amount"), fields.get("balance")) {
            certificate["balance"] = amount.clone();
        }
        body::merge(certificate, &fields);
    });
    if found {
        one(store, req, id)
    } else {
        Err(req.not_found())
    }
}

/// The body with its dates and its code as they will be read again.
fn checked(store: &Store, req: &Req, id: Option<u64>) -> Result<Map<String, Value>, Reply> {
    let mut fields = body::object(req, req.json()?)?.clone();
    body::only(req, &fields, &WRITABLE)?;
    for name in ["purchase_date", "expiry_date"] {
        let Some(date) = fields.get(name) else {
            continue;
        };
        let at = date.as_str().and_then(filter::moment);
        let at = at.ok_or_else(|| body::refuse_field(req, name, "must be an RFC 2822 date"))?;
        fields.insert(name.to_owned(), json!(at.as_second().to_string()));
    }
    if let Some(code) = fields.get("code").and_then(Value::as_str) {
        let code: String = code.chars().take(CODE).collect();
        let taken = store
            .table("gift_certificates")
            .iter()
            .any(|(key, row)| Some(key.number()) != id && row["code"] == code.as_str());
        if taken {
            return Err(req.refuse(409, "The code is already in use."));
        }
        fields.insert("code".to_owned(), json!(code));
    }
    Ok(fields)
}

fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let key = Key::parse(id);
    store
        .table_mut("gift_certificates")
        .remove(&key)
        .ok_or_else(|| req.not_found())?;
    Ok(answer::no_content())
}

/// Documented as deleting all of them, and that is what it does.
fn delete_all(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    store.table_mut("gift_certificates").take(|_| true);
    Ok(answer::no_content())
}
