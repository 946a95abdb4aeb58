//! `/pricelists`: lists of other prices, their records and who is given which. Written from
//! `price_lists.v3.yml`.
//!
//! The document names no cascade: records of a deleted product's variants and assignments of a
//! deleted group stay as they are. Making and changing lists themselves is not served.

mod assignments;
mod records;
#[cfg(test)]
mod tests;

use super::answer::{self, Outcome, Reply, USUAL};
use super::filter::{self, Filters, Kind};
use super::request::{Method, Req};
use super::store::{Key, Store};

/// The tables.
pub const LISTS: &str = "price_lists";
pub const RECORDS: &str = "price_records";
pub const ASSIGNMENTS: &str = "price_list_assignments";

/// What walks a list.
const PAGING: &[&str] = &["page", "limit", "after", "before"];

const FILTERS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("name:like", Kind::Text),
    ("id:in", Kind::Number),
    ("date_created", Kind::Date),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
];

/// Routes below `/v3/pricelists`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    let ["v3", "pricelists", below @ ..] = segs.as_slice() else {
        return None;
    };
    Some(match (req.method, below) {
        (Method::Get, []) => list(store, req),
        (Method::Get, ["assignments"]) => assignments::list(store, req),
        (Method::Put, [id, "assignments"]) => assignments::put(store, req, id),
        (Method::Get, [id, "records"]) => records::list(store, req, id),
        (Method::Put, [id, "records"]) => records::put(store, req, id),
        (Method::Delete, [id, "records"]) => records::delete(store, req, id),
        _ => return None,
    })
}

/// `GET /pricelists`.
fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[PAGING, &filter::names(FILTERS)])?;
    let filters = Filters::read(req, store, FILTERS)?;
    let rows = store.table(LISTS).select(|row| filters.pass(row));
    answer::v3_cursor_list(req, rows, "id", USUAL)
}

/// The list that a path names; 404 where there is none.
fn named(store: &Store, req: &Req, id: &str) -> Result<u64, Reply> {
    let key = Key::parse(id);
    match store.table(LISTS).contains(&key) {
        true => Ok(key.number()),
        false => Err(req.not_found()),
    }
}
