//! Transactions and refunds (v3): reads only. Nothing here moves money.

use serde_json::{Value, json};

use super::shown::part;
use crate::sandbox::answer::{self, Outcome, Page, Reply, USUAL};
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

/// Answers for payments of orders.
pub fn route(store: &Store, req: &Req) -> Option<Outcome> {
    if req.method != Method::Get {
        return None;
    }
    match req.segs().as_slice() {
        ["v3", "orders", "payment_actions", "refunds"] => Some(refunds(store, req)),
        ["v3", "orders", "payment_actions", "refunds", id] => Some(refund(store, req, id)),
        ["v3", "orders", id, "transactions"] => Some(transactions(store, req, id)),
        ["v3", "orders", id, "payment_actions", "refunds"] => {
            Some(refunds_of_order(store, req, id))
        }
        _ => None,
    }
}

/// All transactions of an order in one answer; 204 without any.
fn transactions(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let order = store
        .table("orders")
        .get(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    let rows = part(&order, "transactions").to_vec();
    if rows.is_empty() {
        return Ok(answer::no_content());
    }
    let mut reply = answer::v3_all(rows);
    answer::counted(&mut reply);
    Ok(reply)
}

/// All refunds by id. The list is cut into pages, but its `meta` is documented as empty.
fn refunds(store: &Store, req: &Req) -> Outcome {
    const FILTERS: [(&str, Kind); 4] = [
        ("order_id:in", Kind::Number),
        ("id:in", Kind::Number),
        ("created:min", Kind::Date),
        ("created:max", Kind::Date),
    ];
    req.allow(&[
        &["page", "limit", "transaction_id"],
        &filter::names(&FILTERS),
    ])?;
    let filters = Filters::read(req, store, &FILTERS)?;
    let rows = store
        .table("refunds")
        .select(|row| filters.pass(row) && paid_by(req, row));
    let range = Page::read(req, USUAL)?.range(rows.len());
    Ok(answer::v3_all(rows[range].to_vec()))
}

fn refunds_of_order(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["transaction_id"]])?;
    let key = Key::parse(id);
    if !store.table("orders").contains(&key) {
        return Err(req.not_found());
    }
    let own = |row: &Value| Key::of(&row["order_id"]).as_ref() == Some(&key);
    Ok(answer::v3_all(
        store
            .table("refunds")
            .select(|row| own(row) && paid_by(req, row)),
    ))
}

fn paid_by(req: &Req, refund: &Value) -> bool {
    let Some(wanted) = req.query.get("transaction_id") else {
        return true;
    };
    let payments = refund["payments"].as_array().map_or(&[][..], Vec::as_slice);
    payments
        .iter()
        .any(|payment| payment["transaction_id"] == wanted)
}

/// One refund: its amounts asked for are strings here, and numbers in the lists.
fn refund(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let mut refund = store
        .document("refunds", id)
        .ok_or_else(|| req.not_found())?;
    for item in refund["items"].as_array_mut().into_iter().flatten() {
        if let Some(amount) = item.get("requested_amount") {
            item["requested_amount"] = match amount {
                Value::Null => Value::Null,
                amount => json!(amount.to_string()),
            };
        }
        if let Value::Object(members) = item {
            members.shift_remove("adjustments");
        }
    }
    for payment in refund["payments"].as_array_mut().into_iter().flatten() {
        if let Value::Object(members) = payment {
            members.shift_remove("transaction_id");
        }
    }
    Ok(Reply::json(200, json!({"data": refund, "meta": {}})))
}
