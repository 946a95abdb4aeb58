//! Customer groups (v2).

use serde_json::{Map, Value, json};

use crate::sandbox::answer::{self, Outcome, Reply, USUAL};
use crate::sandbox::body;
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples::commerce::blank;
use crate::sandbox::store::{Key, Store};

const FILTERS: [(&str, Kind); 10] = [
    ("name", Kind::Text),
    ("name:like", Kind::Text),
    ("is_default", Kind::Flag),
    ("is_group_for_guests", Kind::Flag),
    ("date_created", Kind::Date),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
];

const WRITABLE: [&str; 5] = [
    "name",
    "is_default",
    "category_access",
    "discount_rules",
    "is_group_for_guests",
];

/// Flags that one group has at a time: setting one takes it from another.
const EXCLUSIVE: [&str; 2] = ["is_default", "is_group_for_guests"];

/// Answers for `/v2/customer_groups`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v2", "customer_groups"]) => Some(list(store, req)),
        (Method::Post, ["v2", "customer_groups"]) => Some(create(store, req)),
        (Method::Get, ["v2", "customer_groups", "count"]) => Some(count(store, req)),
        (Method::Get, ["v2", "customer_groups", id]) => Some(one(store, req, id)),
        (Method::Put, ["v2", "customer_groups", id]) => Some(update(store, req, id)),
        (Method::Delete, ["v2", "customer_groups", id]) => Some(delete(store, req, id)),
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&["page", "limit"], &filter::names(&FILTERS)])?;
    let filters = Filters::read(req, store, &FILTERS)?;
    answer::v2_list(
        req,
        store
            .table("customer_groups")
            .select(|row| filters.pass(row)),
        USUAL,
    )
}

fn count(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        json!({"count": store.table("customer_groups").len()}),
    ))
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let group = store
        .document("customer_groups", id)
        .ok_or_else(|| req.not_found())?;
    Ok(Reply::json(200, group))
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    body::required(req, fields, &["name"])?;
    rules_fit(req, fields)?;
    let id = store.next_id("customer_groups");
    let mut group = blank("customer_groups");
    group["id"] = json!(id);
    group["date_created"] = json!(stamp(store));
    store.table_mut("customer_groups").insert(id, group);
    Ok(write(store, id, fields))
}

fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    rules_fit(req, fields)?;
    let key = Key::parse(id);
    if !store.table("customer_groups").contains(&key) {
        return Err(req.not_found());
    }
    Ok(write(store, key.number(), fields))
}

fn write(store: &mut Store, id: u64, fields: &Map<String, Value>) -> Reply {
    let stamp = stamp(store);
    for flag in EXCLUSIVE
        .into_iter()
        .filter(|flag| fields.get(*flag) == Some(&json!(true)))
    {
        store.table_mut("customer_groups").edit_all(|group| {
            let had = group[flag] == true;
            if had {
                group[flag] = json!(false);
            }
            had
        });
    }
    store.edit("customer_groups", id, |group| {
        body::merge(group, fields);
        group["date_modified"] = json!(stamp);
    });
    Reply::json(
        200,
        store.document("customer_groups", id).unwrap_or_default(),
    )
}

/// Its customers are then in no group.
fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let key = Key::parse(id);
    store
        .table_mut("customer_groups")
        .remove(&key)
        .ok_or_else(|| req.not_found())?;
    store.table_mut("customers").edit_all(|customer| {
        let member = customer["customer_group_id"].as_u64() == Some(key.number());
        if member {
            customer["customer_group_id"] = json!(0);
        }
        member
    });
    Ok(answer::no_content())
}

/// A price list rules alone, and there is one rule for everything at most.
fn rules_fit(req: &Req, fields: &Map<String, Value>) -> Result<(), Reply> {
    let Some(rules) = fields.get("discount_rules") else {
        return Ok(());
    };
    let rules = rules.as_array().map_or(&[][..], Vec::as_slice);
    let of = |kind: &str| rules.iter().filter(|rule| rule["type"] == kind).count();
    if (of("price_list") > 0 && rules.len() > 1) || of("all") > 1 {
        return Err(body::refuse_field(
            req,
            "discount_rules",
            "holds rules that exclude another",
        ));
    }
    Ok(())
}

/// Groups spell dates without a zone.
fn stamp(store: &Store) -> String {
    store.now().strftime("%Y-%m-%d %H:%M:%S").to_string()
}
