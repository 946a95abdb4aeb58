//! The list of orders, one order, and how many there are by status.

use std::borrow::Cow;
use std::ops::Bound;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::shown::{self, Includes};
use super::statuses;
use crate::sandbox::answer::{self, Outcome, Page, Reply, USUAL};
use crate::sandbox::filter::{self, Decimal};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{ArchivedOrders, Key, Store, Table};

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

const SORTS: [&str; 7] = [
    "id",
    "customer_id",
    "date_created",
    "date_modified",
    "status_id",
    "channel_id",
    "external_id",
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
    let page = Page::read(req, USUAL)?.range(usize::MAX);
    let wanted = Wanted::read(store, req)?;
    let (field, descending) = sorting(req)?;
    let table = store.table("orders");
    let rows: Vec<Value> = if field == "id" && !descending {
        // By id no more orders are looked at than the page needs: there is no total to count.
        let rows = wanted.rows(table).skip(page.start).take(page.len());
        rows.map(|(_, order)| shown::order(store, &order, includes))
            .collect()
    } else {
        let mut keys: Vec<(Place, &Key)> = wanted
            .rows(table)
            .map(|(key, order)| (place(&order[field]), key))
            .collect();
        keys.sort();
        if descending {
            keys.reverse();
        }
        let keys = keys.iter().skip(page.start).take(page.len());
        let orders = keys.filter_map(|(_, key)| table.get(key));
        orders
            .map(|order| shown::order(store, &order, includes))
            .collect()
    };
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
    let wanted = Wanted::read(store, req)?;
    let mut counts = vec![0u64; statuses::COUNT];
    let mut all = 0u64;
    for (_, order) in wanted.rows(store.table("orders")) {
        all += 1;
        let status = order["status_id"].as_u64().unwrap_or(u64::MAX);
        if let Some(count) = usize::try_from(status)
            .ok()
            .and_then(|at| counts.get_mut(at))
        {
            *count += 1;
        }
    }
    let statuses = statuses::counted(store, &counts);
    Ok(Reply::json(
        200,
        json!({"statuses": statuses, "count": all}),
    ))
}

/// Which orders a request is about.
struct Wanted {
    from: u64,
    to: u64,
    archived: bool,
    tests: Vec<Test>,
}

impl Wanted {
    fn read(store: &Store, req: &Req) -> Result<Self, Reply> {
        let bound = |name: &str| match req.query.get(name) {
            Some(text) => text.parse().map(Some).map_err(|_| req.wrong_type(name)),
            None => Ok(None),
        };
        Ok(Self {
            from: bound("min_id")?.unwrap_or_default(),
            to: bound("max_id")?.unwrap_or(u64::MAX),
            archived: archived(store, req)?,
            tests: tests(req)?,
        })
    }

    /// The orders by id, each looked at only when it is its turn.
    fn rows<'a>(&self, table: &'a Table) -> impl Iterator<Item = (&'a Key, Cow<'a, Value>)> {
        let to = self.to.max(self.from);
        table
            .range(
                Bound::Included(self.from.into()),
                Bound::Included(to.into()),
            )
            .filter(|(key, order)| {
                key.number() <= self.to
                    && (order["is_deleted"] == true) == self.archived
                    && self.tests.iter().all(|test| test.pass(order))
            })
    }
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
    Since(&'static str, Timestamp),
    Until(&'static str, Timestamp),
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

/// By what the list is sorted, and whether downwards; by id unless asked otherwise.
fn sorting(req: &Req) -> Result<(&str, bool), Reply> {
    let word = req.query.get("sort").unwrap_or("id");
    let (field, direction) = word.split_once(':').unwrap_or((word, "asc"));
    match direction {
        "asc" | "desc" if SORTS.contains(&field) => Ok((field, direction == "desc")),
        _ => Err(req.wrong_type("sort")),
    }
}

/// Where a value stands in a sorted list: by number, by date, by text.
type Place = (Option<Decimal>, Option<Timestamp>, String);

fn place(value: &Value) -> Place {
    let text = value.as_str().unwrap_or_default();
    (decimal(value), filter::moment(text), text.to_owned())
}
