//! Customers (v3): the list with its includes, and what belongs to them.
//!
//! A stored customer holds what belongs to it alone; addresses and attribute values are rows of
//! their own tables, because their lists run over the whole store.

mod addresses;
mod attributes;
mod form_fields;
mod groups;
#[cfg(test)]
mod tests;
mod writes;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::body;
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::metafields::{self, Owner};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

/// How many addresses and attribute values a customer carries at most; the counts tell the truth.
const CARRIED: usize = 10;

const INCLUDES: [&str; 6] = [
    "addresses",
    "storecredit",
    "attributes",
    "formfields",
    "shopper_profile_id",
    "segment_ids",
];

const FILTERS: [(&str, Kind); 12] = [
    ("id:in", Kind::Number),
    ("company:in", Kind::Text),
    ("customer_group_id:in", Kind::Number),
    ("date_created", Kind::Date),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
    ("email:in", Kind::Text),
    ("phone:in", Kind::Text),
    ("registration_ip_address:in", Kind::Text),
];

const OTHERS: [&str; 8] = [
    "page",
    "limit",
    "include",
    "sort",
    "after",
    "before",
    "name:in",
    "name:like",
];

/// Members of a stored customer that only an include brings.
const INCLUDED: [&str; 4] = [
    "store_credit_amounts",
    "form_fields",
    "shopper_profile_id",
    "segment_ids",
];

/// Answers for customers, their parts and their groups.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    if let (Method::Get, ["v3", "customers"]) = (req.method, req.segs().as_slice()) {
        return Some(list(store, req));
    }
    metafields_of(store, req)
        .or_else(|| writes::route(store, req))
        .or_else(|| addresses::route(store, req))
        .or_else(|| attributes::route(store, req))
        .or_else(|| form_fields::route(store, req))
        .or_else(|| groups::route(store, req))
}

fn metafields_of(store: &mut Store, req: &Req) -> Option<Outcome> {
    const OWNER: Owner = Owner {
        table: "customer_metafields",
        kind: "customer",
    };
    match req.segs().as_slice() {
        ["v3", "customers", "metafields"] => metafields::serve(store, req, OWNER, None, &[]),
        ["v3", "customers", id, "metafields", rest @ ..] => {
            let id = Key::parse(id);
            if !store.table("customers").contains(&id) {
                return Some(Err(req.not_found()));
            }
            metafields::serve(store, req, OWNER, Some(&id), rest)
        }
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&OTHERS, &filter::names(&FILTERS)])?;
    let includes = req.words("include", &INCLUDES)?;
    let mut keys = matching(store, req)?;
    let sorted = req.query.get("sort");
    if let Some(sort) = sorted {
        order(store, &mut keys, sort).ok_or_else(|| req.wrong_type("sort"))?;
    }
    let ids = keys.iter().map(|key| json!({"id": key.number()})).collect();
    let reply = if sorted.is_none() {
        answer::v3_cursor_list(req, ids, "id", USUAL)?
    } else if req.query.has("after") || req.query.has("before") {
        // A cursor holds an id, so it says nothing about a list in another order.
        return Err(req.wrong_type("sort"));
    } else {
        answer::v3_list(req, ids, USUAL)?
    };
    Ok(filled(store, reply, &includes))
}

/// The keys of the customers that the filters take. Without filters no customer is looked at: in
/// a large sample each would have to be made.
fn matching(store: &Store, req: &Req) -> Result<Vec<Key>, Reply> {
    let filters = Filters::read(req, store, &FILTERS)?;
    let table = store.table("customers");
    let mut keys: Vec<Key> = if req.query.has("id:in") {
        body::ids(req, "id:in")?
            .into_iter()
            .map(Key::Number)
            .collect()
    } else {
        table.keys().cloned().collect()
    };
    keys.sort_unstable();
    keys.dedup();
    if !filters.is_empty() || req.query.has("name:in") || req.query.has("name:like") {
        let fits = |row: &Value| filters.pass(row) && named(req, row);
        keys.retain(|key| table.get(key).is_some_and(|row| fits(&row)));
    }
    Ok(keys)
}

/// `name:in` and `name:like` look at first and last name together.
fn named(req: &Req, row: &Value) -> bool {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_lowercase();
    let name = format!("{} {}", text("first_name"), text("last_name"));
    let any = |param: &str, fits: &dyn Fn(&str) -> bool| {
        !req.query.has(param)
            || req
                .query
                .list(param)
                .iter()
                .any(|word| fits(&word.to_lowercase()))
    };
    any("name:in", &|word| name == word) && any("name:like", &|word| name.contains(word))
}

fn order(store: &Store, keys: &mut [Key], sort: &str) -> Option<()> {
    let (field, direction) = sort.split_once(':')?;
    if !["date_created", "date_modified", "last_name"].contains(&field) {
        return None;
    }
    let place = |key: &Key| {
        let row = store.table("customers").get(key);
        row.map_or(String::new(), |row| {
            row[field].as_str().unwrap_or_default().to_owned()
        })
    };
    match direction {
        "asc" => keys.sort_by_cached_key(place),
        "desc" => keys.sort_by_cached_key(|key| std::cmp::Reverse(place(key))),
        _ => return None,
    }
    Some(())
}

/// Puts the whole customers in the place of a page's ids.
fn filled(store: &Store, mut reply: Reply, includes: &[String]) -> Reply {
    let Some(Value::Array(rows)) = reply.body.as_mut().and_then(|body| body.get_mut("data")) else {
        return reply;
    };
    let wanted: Vec<u64> = rows.iter().filter_map(|row| row["id"].as_u64()).collect();
    let addresses = by_customer(store, "customer_addresses", wanted.iter().copied());
    let attributes = by_customer(store, "customer_attribute_values", wanted);
    for row in rows {
        let id = row["id"].as_u64().unwrap_or_default();
        let none = Vec::new();
        let own = |of: &HashMap<u64, Vec<Value>>| of.get(&id).unwrap_or(&none).clone();
        if let Some(stored) = store.table("customers").get(&Key::Number(id)) {
            *row = sent(&stored, own(&addresses), own(&attributes), includes);
        }
    }
    reply
}

/// The rows of a part's table that belong to these customers, each list by id. A row that a maker
/// builds belongs to the customer of its own id, so that no others need be made.
fn by_customer(
    store: &Store,
    table: &str,
    customers: impl IntoIterator<Item = u64>,
) -> HashMap<u64, Vec<Value>> {
    let table = store.table(table);
    let mut out: HashMap<u64, Vec<Value>> = customers
        .into_iter()
        .map(|id| (id, table.made(&Key::Number(id)).into_iter().collect()))
        .collect();
    for (_, row) in table.kept() {
        let owner = row["customer_id"].as_u64().unwrap_or_default();
        if let Some(rows) = out.get_mut(&owner) {
            rows.push(row.clone());
        }
    }
    for rows in out.values_mut() {
        rows.sort_by_key(|row| row["id"].as_u64());
    }
    out
}

/// A customer as it is sent.
fn sent(
    stored: &Value,
    mut addresses: Vec<Value>,
    mut attributes: Vec<Value>,
    includes: &[String],
) -> Value {
    let with = |name: &str| includes.iter().any(|include| include == name);
    let mut out: Map<String, Value> = stored.as_object().cloned().unwrap_or_default();
    for name in INCLUDED {
        out.shift_remove(name);
    }
    out.insert("address_count".to_owned(), json!(addresses.len()));
    out.insert("attribute_count".to_owned(), json!(attributes.len()));
    addresses.truncate(CARRIED);
    attributes.truncate(CARRIED);
    if with("addresses") {
        let form_fields = with("formfields");
        let cut = addresses
            .into_iter()
            .map(|row| addresses::carried(row, form_fields));
        out.insert("addresses".to_owned(), cut.collect());
    }
    if with("storecredit") {
        out.insert(
            "store_credit_amounts".to_owned(),
            stored["store_credit_amounts"].clone(),
        );
    }
    if with("attributes") {
        out.insert("attributes".to_owned(), Value::Array(attributes));
    }
    if with("formfields") {
        out.insert("form_fields".to_owned(), stored["form_fields"].clone());
    }
    for name in ["shopper_profile_id", "segment_ids"] {
        if with(name) {
            out.insert(name.to_owned(), stored[name].clone());
        }
    }
    Value::Object(out)
}

/// What is documented as "delete these" is never taken as "delete all".
fn delete_listed(store: &mut Store, req: &Req, table: &'static str) -> Outcome {
    req.allow(&[&["id:in"]])?;
    let ids = body::ids(req, "id:in")?;
    if ids.is_empty() {
        return Err(body::refuse_field(req, "id:in", "is required"));
    }
    for id in ids {
        store.table_mut(table).remove(&Key::Number(id));
    }
    Ok(answer::no_content())
}
