//! Creating, changing and deleting customers (v3).

use serde_json::{Map, Value, json};

use super::{CARRIED, INCLUDES, addresses, attributes, filled};
use crate::sandbox::answer::{self, Outcome, Reply};
use crate::sandbox::body;
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples::commerce::blank;
use crate::sandbox::store::{Key, Store};

/// How many customers one call creates or updates at most.
const BATCH: usize = 10;

const WRITABLE: [&str; 13] = [
    "email",
    "first_name",
    "last_name",
    "company",
    "phone",
    "notes",
    "tax_exempt_category",
    "customer_group_id",
    "authentication",
    "accepts_product_review_abandoned_cart_emails",
    "store_credit_amounts",
    "channel_ids",
    "form_fields",
];

/// Answers for writes to `/v3/customers`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Post, ["v3", "customers"]) => Some(create(store, req)),
        (Method::Put, ["v3", "customers"]) => Some(update(store, req)),
        (Method::Delete, ["v3", "customers"]) => Some(delete(store, req)),
        _ => None,
    }
}

/// Customers as a write gives them back: with all that a write can set.
fn written(store: &Store, ids: &[u64]) -> Reply {
    let rows: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let includes: Vec<String> = INCLUDES[..4]
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    filled(store, answer::v3_all(rows), &includes)
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let rows = req.json_array()?;
    body::at_most(req, rows, BATCH)?;
    let extra = [
        "addresses",
        "attributes",
        "origin_channel_id",
        "trigger_account_created_notification",
    ];
    let writable: Vec<&str> = WRITABLE.into_iter().chain(extra).collect();
    // All of them are looked at first: a batch is taken whole or not at all.
    for row in rows {
        let row = body::object(req, row)?;
        body::only(req, row, &writable)?;
        body::required(req, row, &["email", "first_name", "last_name"])?;
        for part in ["addresses", "attributes"] {
            body::at_most(req, list_of(row, part), CARRIED)?;
        }
        unique_email(store, req, row, None)?;
    }
    let mut ids = Vec::new();
    for row in rows {
        let row = body::object(req, row)?;
        let id = store.next_id("customers");
        let stamp = store.stamp();
        let mut customer = blank("customers");
        body::merge(&mut customer, row);
        customer["id"] = json!(id);
        customer["date_created"] = json!(stamp);
        customer["date_modified"] = json!(stamp);
        own_form_fields(&mut customer, id);
        tidy(&mut customer);
        if let Value::Object(members) = &mut customer {
            for name in [
                "addresses",
                "attributes",
                "trigger_account_created_notification",
            ] {
                members.shift_remove(name);
            }
        }
        store.table_mut("customers").insert(id, customer);
        for address in list_of(row, "addresses") {
            addresses::add(store, id, address);
        }
        for value in list_of(row, "attributes") {
            let attribute = value["attribute_id"].as_u64().unwrap_or_default();
            attributes::set_value(store, id, attribute, &value["attribute_value"]);
        }
        ids.push(id);
    }
    Ok(written(store, &ids))
}

fn update(store: &mut Store, req: &Req) -> Outcome {
    let rows = req.json_array()?;
    body::at_most(req, rows, BATCH)?;
    let writable: Vec<&str> = WRITABLE.into_iter().chain(["id"]).collect();
    for row in rows {
        let row = body::object(req, row)?;
        body::only(req, row, &writable)?;
        body::required(req, row, &["id"])?;
        let id = row["id"].as_u64().unwrap_or_default();
        if !store.table("customers").contains(&Key::Number(id)) {
            return Err(body::refuse_field(req, "id", "names no customer"));
        }
        unique_email(store, req, row, Some(id))?;
    }
    let stamp = store.stamp();
    let mut ids = Vec::new();
    for row in rows {
        let row = body::object(req, row)?;
        let id = row["id"].as_u64().unwrap_or_default();
        store.edit("customers", id, |customer| {
            body::merge(customer, row);
            customer["date_modified"] = json!(stamp);
            own_form_fields(customer, id);
            tidy(customer);
        });
        ids.push(id);
    }
    Ok(written(store, &ids))
}

/// Without `id:in` nothing is deleted, and the answer is the same 204. Orders keep the id.
fn delete(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["id:in"]])?;
    for id in body::ids(req, "id:in")? {
        if store
            .table_mut("customers")
            .remove(&Key::Number(id))
            .is_none()
        {
            continue;
        }
        let own = |row: &Value| row["customer_id"].as_u64() == Some(id);
        store.table_mut("customer_addresses").take(own);
        store.table_mut("customer_attribute_values").take(own);
        store
            .table_mut("customer_metafields")
            .take(|row| row["resource_id"].as_u64() == Some(id));
    }
    Ok(answer::no_content())
}

fn list_of<'a>(row: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    row.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A password is never shown; of `authentication` only the flag is kept.
fn tidy(customer: &mut Value) {
    let force = customer["authentication"]["force_password_reset"]
        .as_bool()
        .unwrap_or(false);
    customer["authentication"] = json!({"force_password_reset": force});
}

fn own_form_fields(customer: &mut Value, id: u64) {
    if let Some(fields) = customer["form_fields"].as_array_mut() {
        for field in fields {
            field["customer_id"] = json!(id);
        }
    }
}

/// One e-mail is one customer in each channel; a global login (`channel_ids` null) is in all.
fn unique_email(
    store: &Store,
    req: &Req,
    row: &Map<String, Value>,
    id: Option<u64>,
) -> Result<(), Reply> {
    let Some(email) = row.get("email").and_then(Value::as_str) else {
        return Ok(());
    };
    let before = id.and_then(|id| store.document("customers", id));
    let stored = before
        .as_ref()
        .map_or(&Value::Null, |before| &before["channel_ids"]);
    let channels = row.get("channel_ids").unwrap_or(stored);
    let meets = |other: &Value| match (channels.as_array(), other.as_array()) {
        (Some(own), Some(other)) => own.iter().any(|channel| other.contains(channel)),
        _ => true,
    };
    let taken = store.table("customers").iter().any(|(key, other)| {
        Some(key.number()) != id
            && other["email"]
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case(email))
            && meets(&other["channel_ids"])
    });
    if taken {
        // The real one names neither the field nor which of the batch it was.
        let (title, key, text) = if req.method == Method::Post {
            (
                "Create customers failed.",
                ".customer_create",
                "Error creating customers",
            )
        } else {
            (
                "Update customers failed.",
                ".customer_update",
                "Error updating customers",
            )
        };
        return Err(answer::problem(422, title, &[(key, text)]));
    }
    Ok(())
}
