//! Values of form fields (v3). Their definitions have no API.

use serde_json::{Map, Value, json};

use crate::sandbox::answer::{self, Outcome, USUAL};
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::Store;

const FIELD_TYPES: [&str; 8] = [
    "checkboxes",
    "date",
    "multiline",
    "numbers",
    "password",
    "radiobuttons",
    "text",
    "picklist",
];

/// Answers for `/v3/customers/form-field-values`.
pub fn route(store: &Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v3", "customers", "form-field-values"]) => Some(list(store, req)),
        _ => None,
    }
}

/// Values of customers' form fields, then of addresses'. They have no ids, so the cursor is made
/// of the owner's id and the field's place.
fn list(store: &Store, req: &Req) -> Outcome {
    const FILTERS: [(&str, Kind); 3] = [
        ("customer_id", Kind::Number),
        ("address_id", Kind::Number),
        ("field_name", Kind::Text),
    ];
    req.allow(&[
        &["page", "limit"],
        &["after", "before", "field_type"],
        &filter::names(&FILTERS),
    ])?;
    let filters = Filters::read(req, store, &FILTERS)?;
    let field_type = req.words("field_type", &FIELD_TYPES)?.pop();
    let mut rows = Vec::new();
    for (table, base) in [("customers", 0), ("customer_addresses", 1 << 52)] {
        for (key, owner) in store.table(table).iter() {
            let fields = owner["form_fields"]
                .as_array()
                .map_or(&[][..], Vec::as_slice);
            for (place, field) in (0u64..).zip(fields) {
                let mut row = field.as_object().cloned().unwrap_or_default();
                row.insert("field_name".to_owned(), field["name"].clone());
                row.insert(
                    "place".to_owned(),
                    json!(base + key.number() * 1_000 + place),
                );
                rows.push(Value::Object(row));
            }
        }
    }
    let fits = |row: &Value| {
        field_type
            .as_ref()
            .is_none_or(|wanted| wanted == kind_of(row))
    };
    rows.retain(|row| filters.pass(row) && fits(row));
    let mut reply = answer::v3_cursor_list(req, rows, "place", USUAL)?;
    if let Some(Value::Array(rows)) = reply.body.as_mut().and_then(|body| body.get_mut("data")) {
        for members in rows.iter_mut().filter_map(Value::as_object_mut) {
            let without = |members: &mut Map<String, Value>, name: &str| members.shift_remove(name);
            without(members, "field_name");
            without(members, "place");
        }
    }
    Ok(reply)
}

/// The type of a field, as far as its value betrays it: definitions have no API.
fn kind_of(row: &Value) -> &'static str {
    match &row["value"] {
        Value::Array(_) => "checkboxes",
        Value::Number(_) => "numbers",
        _ => "text",
    }
}
