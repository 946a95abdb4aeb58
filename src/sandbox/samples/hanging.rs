//! What hangs on catalog objects and customer groups by their ids: template associations, price
//! lists with their records and assignments.

use super::Sample;
use super::commerce::members;
use crate::sandbox::pricelists::{ASSIGNMENTS, LISTS, RECORDS};
use crate::sandbox::store::{Key, Store};
use crate::sandbox::templates;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/entities/", $path, ".json"))
    };
}

const DEMO: [&str; 2] = [
    fixture!("custom-templates/demo"),
    fixture!("pricelists/demo"),
];
const AWKWARD: [&str; 2] = [
    fixture!("custom-templates/awkward"),
    fixture!("pricelists/awkward"),
];

/// Tables, and the member that each row is kept by.
const TABLES: [(&str, &str); 4] = [
    (templates::TABLE, "id"),
    (LISTS, "id"),
    (RECORDS, "_place"),
    (ASSIGNMENTS, "id"),
];

/// Fills the tables.
pub fn fill(store: &mut Store, sample: Sample) {
    let fixtures = match sample {
        Sample::Empty | Sample::Large(_) => return,
        Sample::Demo => DEMO,
        Sample::Awkward => AWKWARD,
    };
    for mut tables in fixtures.map(members) {
        for (table, id) in TABLES {
            let rows = tables.get_mut(table).map(serde_json::Value::take);
            for row in rows
                .as_ref()
                .and_then(|rows| rows.as_array())
                .into_iter()
                .flatten()
            {
                if let Some(key) = Key::of(&row[id]) {
                    store.table_mut(table).insert(key, row.clone());
                }
            }
        }
    }
}
