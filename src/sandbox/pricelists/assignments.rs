//! Who is given which price list: a customer group, on a channel.

use serde_json::{Value, json};

use super::{ASSIGNMENTS, PAGING, named};
use crate::sandbox::answer::{self, Outcome, USUAL};
use crate::sandbox::body;
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("id", Kind::Number),
    ("id:in", Kind::Number),
    ("price_list_id", Kind::Number),
    ("price_list_id:in", Kind::Number),
    ("customer_group_id", Kind::Number),
    ("customer_group_id:in", Kind::Number),
    ("channel_id", Kind::Number),
    ("channel_id:in", Kind::Number),
];

/// `GET /pricelists/assignments`.
pub fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[PAGING, &filter::names(FILTERS)])?;
    let filters = Filters::read(req, store, FILTERS)?;
    let rows = store.table(ASSIGNMENTS).select(|row| filters.pass(row));
    answer::v3_cursor_list(req, rows, "id", USUAL)
}

/// `PUT /pricelists/{id}/assignments`: one, for a group and a channel that are there (404 where one
/// is not). A group with discounts of its own takes no list.
pub fn put(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let price_list = named(store, req, id)?;
    let fields = body::object(req, req.json()?)?.clone();
    body::only(req, &fields, &["customer_group_id", "channel_id"])?;
    let number = |name: &str| {
        let number = fields.get(name).and_then(Value::as_u64);
        number.ok_or_else(|| body::refuse_field(req, name, "is required"))
    };
    let (group, channel) = (number("customer_group_id")?, number("channel_id")?);
    let there = store.document("customer_groups", group);
    let there = there.filter(|_| store.table("channels").contains(&Key::Number(channel)));
    let there = there.ok_or_else(|| req.not_found())?;
    let rules = there["discount_rules"].as_array();
    if rules.is_some_and(|rules| !rules.is_empty()) {
        return Err(answer::invalid(&[(
            "customer_group_id",
            "The group has discounts of its own.",
        )]));
    }
    let next = store.next_id(ASSIGNMENTS);
    let table = store.table_mut(ASSIGNMENTS);
    let same = |row: &Value| {
        row["price_list_id"] == price_list
            && row["customer_group_id"] == group
            && row["channel_id"] == channel
    };
    let old = table.iter().find(|(_, row)| same(row));
    let id = old.map_or_else(|| next, |(key, _)| key.number());
    let row = json!({
        "id": id,
        "price_list_id": price_list,
        "customer_group_id": group,
        "channel_id": channel,
    });
    table.insert(id, row.clone());
    Ok(answer::v3_one(row))
}
