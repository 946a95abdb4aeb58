//! Attributes and their values (v3).

use serde_json::{Value, json};

use crate::sandbox::answer::{self, Outcome, Page, USUAL};
use crate::sandbox::body;
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

/// How many attribute values one call sets at most.
const VALUES: usize = 10;
/// How many attributes a store has at most.
const ATTRIBUTES: usize = 50;

const PAGING: [&str; 2] = ["page", "limit"];

const DATES: [(&str, Kind); 6] = [
    ("date_created", Kind::Date),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
];

/// Answers for definitions and values.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    let ["v3", "customers", part] = segs.as_slice() else {
        return None;
    };
    match (req.method, *part) {
        (Method::Get, "attributes") => Some(attributes(store, req)),
        (Method::Post, "attributes") => Some(create(store, req)),
        (Method::Put, "attributes") => Some(rename(store, req)),
        (Method::Delete, "attributes") => Some(delete(store, req)),
        (Method::Get, "attribute-values") => Some(values(store, req)),
        (Method::Put, "attribute-values") => Some(upsert(store, req)),
        (Method::Delete, "attribute-values") => Some(super::delete_listed(
            store,
            req,
            "customer_attribute_values",
        )),
        _ => None,
    }
}

/// The definitions. Their list takes `page` and `limit`, but its `meta` is documented as empty:
/// whoever walks it goes on until a page is short.
fn attributes(store: &Store, req: &Req) -> Outcome {
    const FILTERS: [(&str, Kind); 3] = [
        ("name", Kind::Text),
        ("name:like", Kind::Text),
        ("type", Kind::Text),
    ];
    let known: Vec<(&str, Kind)> = FILTERS.into_iter().chain(DATES).collect();
    req.allow(&[&PAGING, &filter::names(&known)])?;
    let filters = Filters::read(req, store, &known)?;
    let rows = store
        .table("customer_attributes")
        .select(|row| filters.pass(row));
    let range = Page::read(req, USUAL)?.range(rows.len());
    Ok(answer::v3_all(rows[range].to_vec()))
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let rows = req.json_array()?;
    if store.table("customer_attributes").len() + rows.len() > ATTRIBUTES {
        return Err(body::refuse_field(
            req,
            "attributes",
            "would be more than 50",
        ));
    }
    for row in rows {
        let row = body::object(req, row)?;
        body::only(req, row, &["name", "type"])?;
        body::required(req, row, &["name", "type"])?;
        if !["string", "number", "date"]
            .iter()
            .any(|kind| row["type"] == *kind)
        {
            return Err(body::refuse_field(
                req,
                "type",
                "is none of string, number, date",
            ));
        }
    }
    let stamp = store.stamp();
    let mut made = Vec::new();
    for row in rows {
        let id = store.next_id("customer_attributes");
        let row = json!({"id": id, "name": row["name"], "type": row["type"],
            "date_created": stamp, "date_modified": stamp});
        store
            .table_mut("customer_attributes")
            .insert(id, row.clone());
        made.push(row);
    }
    Ok(answer::v3_all(made))
}

fn rename(store: &mut Store, req: &Req) -> Outcome {
    let stamp = store.stamp();
    let mut changed = Vec::new();
    for row in req.json_array()? {
        let row = body::object(req, row)?;
        body::only(req, row, &["id", "name"])?;
        body::required(req, row, &["id", "name"])?;
        let id = row["id"].as_u64().unwrap_or_default();
        let found = store.edit("customer_attributes", id, |attribute| {
            attribute["name"] = row["name"].clone();
            attribute["date_modified"] = json!(stamp);
        });
        if !found {
            return Err(body::refuse_field(req, "id", "names no attribute"));
        }
        changed.extend(store.document("customer_attributes", id));
    }
    Ok(answer::v3_all(changed))
}

/// With a definition go all customers' values of it.
fn delete(store: &mut Store, req: &Req) -> Outcome {
    let ids = body::ids(req, "id:in")?;
    let reply = super::delete_listed(store, req, "customer_attributes")?;
    store.table_mut("customer_attribute_values").take(|row| {
        row["attribute_id"]
            .as_u64()
            .is_some_and(|id| ids.contains(&id))
    });
    Ok(reply)
}

fn values(store: &Store, req: &Req) -> Outcome {
    const FILTERS: [(&str, Kind); 2] = [
        ("customer_id:in", Kind::Number),
        ("attribute_id:in", Kind::Number),
    ];
    let known: Vec<(&str, Kind)> = FILTERS.into_iter().chain(DATES).collect();
    req.allow(&[&PAGING, &["name"], &filter::names(&known)])?;
    let filters = Filters::read(req, store, &known)?;
    let wanted = req.query.get("name").map(str::to_lowercase);
    let named = |row: &Value| {
        let Some(wanted) = &wanted else { return true };
        let id = row["attribute_id"].as_u64().unwrap_or_default();
        let attribute = store.document("customer_attributes", id);
        let name = attribute.as_ref().and_then(|row| row["name"].as_str());
        name.is_some_and(|name| name.to_lowercase() == *wanted)
    };
    let rows = store
        .table("customer_attribute_values")
        .select(|row| filters.pass(row) && named(row));
    answer::v3_list(req, rows, USUAL)
}

/// Sets values. It is written as `value` and read as `attribute_value`.
fn upsert(store: &mut Store, req: &Req) -> Outcome {
    let rows = req.json_array()?;
    body::at_most(req, rows, VALUES)?;
    for row in rows {
        let row = body::object(req, row)?;
        body::only(req, row, &["id", "attribute_id", "customer_id", "value"])?;
        body::required(req, row, &["attribute_id", "customer_id"])?;
        if !row.get("value").is_some_and(Value::is_string) {
            return Err(body::refuse_field(req, "value", "must be a string"));
        }
        for (name, table) in [
            ("attribute_id", "customer_attributes"),
            ("customer_id", "customers"),
        ] {
            let id = row[name].as_u64().unwrap_or_default();
            if !store.table(table).contains(&Key::Number(id)) {
                return Err(body::refuse_field(req, name, "names nothing"));
            }
        }
    }
    let mut set = Vec::new();
    for row in rows {
        let number = |name: &str| row[name].as_u64().unwrap_or_default();
        set.push(set_value(
            store,
            number("customer_id"),
            number("attribute_id"),
            &row["value"],
        ));
    }
    let mut reply = answer::v3_all(set);
    answer::counted(&mut reply);
    Ok(reply)
}

/// Gives a customer a value of an attribute, over an earlier one.
pub fn set_value(store: &mut Store, customer: u64, attribute: u64, value: &Value) -> Value {
    let stamp = store.stamp();
    let table = "customer_attribute_values";
    let found = store.table(table).iter().find(|(_, row)| {
        row["customer_id"].as_u64() == Some(customer)
            && row["attribute_id"].as_u64() == Some(attribute)
    });
    let (id, created) = match found {
        Some((key, row)) => (key.number(), row["date_created"].clone()),
        None => (store.next_id(table), json!(stamp)),
    };
    let row = json!({"id": id, "customer_id": customer, "attribute_id": attribute,
        "attribute_value": value, "date_created": created, "date_modified": stamp});
    store.table_mut(table).insert(id, row.clone());
    row
}
