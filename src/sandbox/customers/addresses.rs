//! Addresses (v3): a list over all customers.

use serde_json::{Value, json};

use crate::sandbox::answer::{self, Outcome, USUAL};
use crate::sandbox::body;
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::samples::commerce::blank;
use crate::sandbox::store::{Key, Store};

const PAGING: [&str; 2] = ["page", "limit"];

const FILTERS: [(&str, Kind); 3] = [
    ("company:in", Kind::Text),
    ("customer_id:in", Kind::Number),
    ("id:in", Kind::Number),
];

/// What makes two addresses of a customer the same one.
const IDENTITY: [&str; 12] = [
    "customer_id",
    "first_name",
    "last_name",
    "company",
    "phone",
    "address_type",
    "address1",
    "address2",
    "city",
    "country_code",
    "state_or_province",
    "postal_code",
];

/// Answers for `/v3/customers/addresses`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let ["v3", "customers", "addresses"] = req.segs()[..] else {
        return None;
    };
    Some(match req.method {
        Method::Get => list(store, req),
        Method::Post => create(store, req),
        Method::Put => update(store, req),
        Method::Delete => super::delete_listed(store, req, "customer_addresses"),
    })
}

/// An address as it is sent: its form fields come with an include only.
pub fn sent(mut row: Value, form_fields: bool) -> Value {
    if let (false, Value::Object(members)) = (form_fields, &mut row) {
        members.shift_remove("form_fields");
    }
    row
}

/// An address within its customer: there its form fields do not repeat whose they are.
pub fn carried(row: Value, form_fields: bool) -> Value {
    let mut row = sent(row, form_fields);
    let fields = row.get_mut("form_fields").and_then(Value::as_array_mut);
    for members in fields
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        members.shift_remove("address_id");
    }
    row
}

fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&PAGING, &["include", "name:in"], &filter::names(&FILTERS)])?;
    let form_fields = !req.words("include", &["formfields"])?.is_empty();
    let filters = Filters::read(req, store, &FILTERS)?;
    let names = req.query.list("name:in");
    let named = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let name = format!("{} {}", text("first_name"), text("last_name")).to_lowercase();
        !req.query.has("name:in") || names.iter().any(|wanted| wanted.to_lowercase() == name)
    };
    let mut rows = if req.query.has("customer_id:in") {
        let owners = body::ids(req, "customer_id:in")?;
        let own = super::by_customer(store, "customer_addresses", owners);
        own.into_values().flatten().collect()
    } else {
        store.table("customer_addresses").select(|_| true)
    };
    rows.retain(|row| filters.pass(row) && named(row));
    rows.sort_by_key(|row| row["id"].as_u64());
    let rows = rows.into_iter().map(|row| sent(row, form_fields)).collect();
    answer::v3_list(req, rows, USUAL)
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let writable: Vec<&str> = IDENTITY.into_iter().chain(["form_fields"]).collect();
    let needed = [
        "customer_id",
        "first_name",
        "last_name",
        "address1",
        "city",
        "country_code",
        "state_or_province",
        "postal_code",
    ];
    for row in req.json_array()? {
        let row = body::object(req, row)?;
        body::only(req, row, &writable)?;
        body::required(req, row, &needed)?;
        let owner = row["customer_id"].as_u64().unwrap_or_default();
        if !store.table("customers").contains(&Key::Number(owner)) {
            return Err(body::refuse_field(req, "customer_id", "names no customer"));
        }
    }
    let mut made = Vec::new();
    for row in req.json_array()? {
        let owner = row["customer_id"].as_u64().unwrap_or_default();
        made.extend(add(store, owner, row));
    }
    Ok(answer::v3_all(made))
}

/// Adds an address, unless the customer has it: then nothing is said or changed.
pub fn add(store: &mut Store, owner: u64, fields: &Value) -> Option<Value> {
    let mut row = blank("customer_addresses");
    if let Some(fields) = fields.as_object() {
        body::merge(&mut row, fields);
    }
    row["customer_id"] = json!(owner);
    country_of(&mut row);
    if has_twin(store, &row, None) {
        return None;
    }
    let id = store.next_id("customer_addresses");
    row["id"] = json!(id);
    own_form_fields(&mut row, id);
    store
        .table_mut("customer_addresses")
        .insert(id, row.clone());
    Some(row)
}

fn update(store: &mut Store, req: &Req) -> Outcome {
    let writable: Vec<&str> = IDENTITY[1..]
        .iter()
        .copied()
        .chain(["id", "form_fields"])
        .collect();
    for row in req.json_array()? {
        let row = body::object(req, row)?;
        body::only(req, row, &writable)?;
        body::required(req, row, &["id"])?;
        let id = row["id"].as_u64().unwrap_or_default();
        if !store.table("customer_addresses").contains(&Key::Number(id)) {
            return Err(body::refuse_field(req, "id", "names no address"));
        }
    }
    let mut changed = Vec::new();
    for fields in req.json_array()?.iter().filter_map(Value::as_object) {
        let id = fields["id"].as_u64().unwrap_or_default();
        let Some(mut row) = store.document("customer_addresses", id) else {
            continue;
        };
        body::merge(&mut row, fields);
        country_of(&mut row);
        own_form_fields(&mut row, id);
        if !has_twin(store, &row, Some(id)) {
            store
                .table_mut("customer_addresses")
                .insert(id, row.clone());
            changed.push(row);
        }
    }
    Ok(answer::v3_all(changed))
}

fn has_twin(store: &Store, row: &Value, id: Option<u64>) -> bool {
    store
        .table("customer_addresses")
        .iter()
        .any(|(key, other)| {
            Some(key.number()) != id && IDENTITY.iter().all(|name| other[*name] == row[*name])
        })
}

/// The country's name is read-only and follows its code.
fn country_of(row: &mut Value) {
    const KNOWN: [(&str, &str); 6] = [
        ("US", "United States"),
        ("CA", "Canada"),
        ("GB", "United Kingdom"),
        ("DE", "Germany"),
        ("SE", "Sweden"),
        ("AU", "Australia"),
    ];
    let code = row["country_code"].as_str().unwrap_or_default().to_owned();
    if let Some((_, name)) = KNOWN.iter().find(|(known, _)| *known == code) {
        row["country"] = json!(name);
    }
}

fn own_form_fields(row: &mut Value, id: u64) {
    if let Some(fields) = row["form_fields"].as_array_mut() {
        for field in fields {
            field["address_id"] = json!(id);
        }
    }
}
