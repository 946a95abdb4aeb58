//! The list of orders, one order, and how many there are by status.

use serde_json::{Value, json};

use super::shown::{self, Includes};
use super::statuses;
use crate::sandbox::answer::{self, Outcome, Page, Reply, USUAL};
use crate::sandbox::filter::{self, Decimal};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{ArchivedOrders, Key, Store};

/// Filters that the list and the count share.
const FILTERS: [&str; 15] = [
    "min_id",
    "max_id",
    "min_total",
    "max_total",
    "customer_id",
    "email",
    "status_id",
    "cart_id",
    "payment_method",
    "min_date_created",
    "max_date_created",
    "min_date_modified",
    "max_date_modified",
    "channel_id",
    "external_order_id",
];

/// Not documented any more; what it does is the store's setting.
const ARCHIVED: &str = "is_deleted";

const SORTS: [(&str, &str); 7] = [
    ("id", "id"),
    ("customer_id", "customer_id"),
    ("date_created", "date_created"),
    ("date_modified", "date_modified"),
    ("status_id", "status_id"),
    ("channel_id", "channel_id"),
    ("external_id", "external_id"),
];

/// Answers for the list, the count and single orders.
pub fn route(store: &Store, req: &Req) -> Option<Outcome> {
    if req.method != Method::Get {
        return None;
    }
    match req.segs().as_slice() {
        ["v2", "orders"] => Some(list(store, req)),
        ["v2", "orders", "count"] => Some(count(store, req)),
        ["v2", "orders", id] => Some(one(store, req, id)),
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    let paging = [
        "page",
        "limit",
        "sort",
        "include",
        "consignment_structure",
        ARCHIVED,
    ];
    req.allow(&[&FILTERS, &paging])?;
    let includes = Includes::read(req)?;
    let page = Page::read(req, USUAL)?;
    let mut keys = matching(store, req)?;
    sort(store, req, &mut keys)?;
    let range = page.range(keys.len());
    let rows = keys[range]
        .iter()
        .filter_map(|key| store.table("orders").get(key))
        .map(|order| shown::order(store, &order, includes))
        .collect();
    Ok(answer::v2_bare(rows))
}

/// Archived orders are answered by id like any other.
fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["include", "consignment_structure"]])?;
    let includes = Includes::read(req)?;
    let order = store
        .table("orders")
        .get(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    Ok(Reply::json(200, shown::order(store, &order, includes)))
}

fn count(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&FILTERS, &[ARCHIVED]])?;
    let keys = matching(store, req)?;
    let mut counts = vec![0u64; statuses::COUNT];
    for key in &keys {
        let order = store.table("orders").get(key);
        let status = order
            .and_then(|order| order["status_id"].as_u64())
            .unwrap_or_default();
        if let Some(count) = counts.get_mut(usize::try_from(status).unwrap_or(usize::MAX)) {
            *count += 1;
        }
    }
    let statuses = statuses::counted(store, &counts);
    Ok(Reply::json(
        200,
        json!({"statuses": statuses, "count": keys.len()}),
    ))
}

/// The keys of the orders that the request's filters take, by id.
fn matching(store: &Store, req: &Req) -> Result<Vec<Key>, Reply> {
    let archived = archived(store, req)?;
    let tests = tests(req)?;
    let fits = |order: &Value| {
        (order["is_deleted"] == true) == archived && tests.iter().all(|test| test.pass(order))
    };
    let rows = store
        .table("orders")
        .iter()
        .filter(|(_, order)| fits(order));
    Ok(rows.map(|(key, _)| key.clone()).collect())
}

/// True when the archived orders are asked for and this store lists them.
fn archived(store: &Store, req: &Req) -> Result<bool, Reply> {
    let Some(word) = req.query.get(ARCHIVED) else {
        return Ok(false);
    };
    match store.archived_orders {
        ArchivedOrders::Listed if word == "true" => Ok(true),
        ArchivedOrders::Listed if word != "false" => Err(req.wrong_type(ARCHIVED)),
        ArchivedOrders::Listed | ArchivedOrders::Ignored => Ok(false),
        ArchivedOrders::Refused => Err(req.refuse(
            400,
            "The field 'is_deleted' is not supported by this resource.",
        )),
    }
}

/// One filter: what it looks at, and what must be true of it.
enum Test {
    AtLeast(&'static str, Decimal),
    AtMost(&'static str, Decimal),
    Since(&'static str, jiff::Timestamp),
    Until(&'static str, jiff::Timestamp),
    Number(&'static str, Decimal),
    Text(&'static str, String),
}

impl Test {
    fn pass(&self, order: &Value) -> bool {
        let number = |at: &str| order.pointer(at).and_then(decimal);
        let moment = |at: &str| {
            order
                .pointer(at)
                .and_then(Value::as_str)
                .and_then(filter::moment)
        };
        match self {
            Self::AtLeast(at, least) => number(at).is_some_and(|own| own >= *least),
            Self::AtMost(at, most) => number(at).is_some_and(|own| own <= *most),
            Self::Since(at, from) => moment(at).is_some_and(|own| own >= *from),
            Self::Until(at, to) => moment(at).is_some_and(|own| own <= *to),
            Self::Number(at, wanted) => number(at) == Some(*wanted),
            Self::Text(at, wanted) => {
                let own = order
                    .pointer(at)
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                own.eq_ignore_ascii_case(wanted)
            }
        }
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::of(number),
        Value::String(text) => Decimal::parse(text),
        _ => None,
    }
}

fn tests(req: &Req) -> Result<Vec<Test>, Reply> {
    let mut tests = Vec::new();
    for (name, value) in &req.query.pairs {
        let number = || Decimal::parse(value).ok_or_else(|| req.wrong_type(name));
        let moment = || filter::moment(value).ok_or_else(|| req.wrong_type(name));
        tests.push(match name.as_str() {
            "min_id" => Test::AtLeast("/id", number()?),
            "max_id" => Test::AtMost("/id", number()?),
            "min_total" => Test::AtLeast("/total_inc_tax", number()?),
            "max_total" => Test::AtMost("/total_inc_tax", number()?),
            "customer_id" => Test::Number("/customer_id", number()?),
            "status_id" => Test::Number("/status_id", number()?),
            "channel_id" => Test::Number("/channel_id", number()?),
            "email" => Test::Text("/billing_address/email", value.clone()),
            "cart_id" => Test::Text("/cart_id", value.clone()),
            "payment_method" => Test::Text("/payment_method", value.clone()),
            "external_order_id" => Test::Text("/external_order_id", value.clone()),
            "min_date_created" => Test::Since("/date_created", moment()?),
            "max_date_created" => Test::Until("/date_created", moment()?),
            "min_date_modified" => Test::Since("/date_modified", moment()?),
            "max_date_modified" => Test::Until("/date_modified", moment()?),
            _ => continue,
        });
    }
    Ok(tests)
}

/// By id unless asked otherwise; equals stay in the order of their ids.
fn sort(store: &Store, req: &Req, keys: &mut [Key]) -> Result<(), Reply> {
    let Some(word) = req.query.get("sort") else {
        return Ok(());
    };
    let (name, direction) = word.split_once(':').unwrap_or((word, "asc"));
    let known = SORTS.iter().find(|(known, _)| *known == name);
    let (Some((_, field)), "asc" | "desc") = (known, direction) else {
        return Err(req.wrong_type("sort"));
    };
    let place = |key: &Key| {
        let order = store
            .table("orders")
            .get(key)
            .map(|order| order[*field].clone());
        let value = order.unwrap_or_default();
        let number = decimal(&value);
        let moment = value.as_str().and_then(filter::moment);
        (
            number,
            moment,
            value.as_str().unwrap_or_default().to_owned(),
        )
    };
    if *field == "id" {
        if direction == "desc" {
            keys.reverse();
        }
    } else if direction == "asc" {
        keys.sort_by_cached_key(place);
    } else {
        keys.sort_by_cached_key(|key| std::cmp::Reverse(place(key)));
    }
    Ok(())
}
