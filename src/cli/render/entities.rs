//! What can be backed up and brought back.

use super::output::{DIM, GOOD, Output};
use super::table::{Cell, Table, left};
use crate::commands::entities::Row;

/// The rows as a table.
pub fn text(output: &Output, rows: &[Row]) {
    let columns = [
        left("entity"),
        left("group"),
        left("found by"),
        left("restore"),
        left("scope to read"),
        left("holds"),
    ];
    let mut table = Table::new(output, &columns);
    for row in rows {
        let restore = match (row.restorable, row.except) {
            (true, None) => Cell::from("yes").styled(GOOD),
            (true, Some(_)) => Cell::from("in part").styled(GOOD),
            (false, _) => Cell::from("no").styled(DIM),
        };
        let _ = table.row([
            Cell::from(row.entity),
            Cell::from(row.group),
            Cell::from(if row.realtime { "webhook" } else { "backup" }),
            restore,
            Cell::from(row.scope_read),
            Cell::from(row.holds),
        ]);
    }
    table.finish();
    let limits = rows
        .iter()
        .filter_map(|row| Some((row.entity, row.why_not.or(row.except)?)));
    for (at, (entity, why)) in limits.enumerate() {
        if at == 0 {
            output.line("\nWhat can't be brought back:");
        }
        output.line(format!("  {entity}: {why}"));
    }
}
