//! What the version store holds: entities, objects, versions, runs.

use std::ops::ControlFlow;

use super::json::List;
use super::output::{BOLD, DIM, GONE, GOOD, Output, WARN};
use super::table::{Cell, Table, left, right};
use super::words::{bytes, count, local};
use crate::commands::field::dotted;
use crate::commands::list::{EntityRow, ObjectRow, VersionRow};
use crate::commands::runs::RunRow;
use crate::model::{ChangeKind, RunStatus};

/// Fields named in a version's row; the rest is counted.
const FIELDS_SHOWN: usize = 4;

/// A row per entity.
pub fn overview(output: &Output, rows: &[EntityRow]) {
    let columns = [
        left("entity"),
        right("live"),
        right("deleted"),
        right("versions"),
        left("last seen"),
        right("last run"),
    ];
    let mut table = Table::new(output, &columns);
    for row in rows {
        let _ = table.row([
            Cell::from(&row.entity),
            Cell::from(count(row.live)),
            Cell::from(count(row.deleted)),
            Cell::from(count(row.versions)),
            row.last_seen_at
                .as_deref()
                .map_or_else(|| Cell::from("never").styled(DIM), time),
            row.last_run.map_or_else(|| Cell::from("-"), Cell::from),
        ]);
    }
    table.finish();
}

/// A row per object, as they come; one JSON array of them with `--json`.
pub enum Objects<'a> {
    /// For people.
    Text(Table<'a>),
    /// For programs.
    Json(List<'a>),
}

impl<'a> Objects<'a> {
    /// Nothing printed yet.
    pub fn new(output: &'a Output) -> Self {
        if output.json {
            return Self::Json(List::new(output));
        }
        let columns = [
            left("id"),
            right("versions"),
            left("last change"),
            left("state"),
            left("label"),
        ];
        Self::Text(Table::new(output, &columns))
    }

    /// One more. `Break` when nobody reads any more.
    pub fn row(&mut self, row: &ObjectRow) -> ControlFlow<()> {
        match self {
            Self::Text(table) => {
                let state = match row.state {
                    "live" => Cell::from("live").styled(GOOD),
                    state => Cell::from(state).styled(GONE),
                };
                table.row([
                    Cell::from(&row.id),
                    Cell::from(row.versions),
                    time(&row.changed_at),
                    state,
                    Cell::from(&row.label),
                ])
            }
            Self::Json(list) => list.row(row),
        }
    }

    /// Closes the list.
    pub fn finish(self) {
        match self {
            Self::Text(table) => table.finish(),
            Self::Json(list) => list.finish(),
        }
    }
}

/// A row per version.
pub fn versions(output: &Output, rows: &[VersionRow]) {
    let columns = [
        left("version"),
        left("captured"),
        left("change"),
        right("run"),
        right("size"),
        left("what changed"),
    ];
    let mut table = Table::new(output, &columns);
    for row in rows {
        let size = match row.change {
            ChangeKind::Deleted => Cell::from("-").styled(DIM),
            _ => Cell::from(bytes(row.bytes)),
        };
        let _ = table.row([
            Cell::from(format!("v{}", row.version)).styled(BOLD),
            time(&row.captured_at),
            change(row.change),
            Cell::from(row.run),
            size,
            Cell::from(fields(&row.fields)),
        ]);
    }
    table.finish();
}

/// A row per run.
pub fn runs(output: &Output, rows: &[RunRow]) {
    let columns = [
        right("run"),
        left("kind"),
        left("status"),
        left("started"),
        left("finished"),
        right("requests"),
        right("created"),
        right("updated"),
        right("deleted"),
    ];
    let mut table = Table::new(output, &columns);
    for row in rows {
        let status = Cell::from(row.status).styled(match row.status {
            RunStatus::Ok => GOOD,
            RunStatus::Failed => GONE,
            RunStatus::Partial | RunStatus::Interrupted | RunStatus::Running => WARN,
        });
        let _ = table.row([
            Cell::from(row.run),
            Cell::from(row.kind),
            status,
            time(&row.started_at),
            row.finished_at
                .as_deref()
                .map_or_else(|| Cell::from("-"), time),
            Cell::from(count(row.requests)),
            Cell::from(count(row.created)),
            Cell::from(count(row.updated)),
            Cell::from(count(row.deleted)),
        ]);
    }
    table.finish();
}

/// A kind of change in its colour.
pub fn change(kind: ChangeKind) -> Cell {
    Cell::from(kind).styled(match kind {
        ChangeKind::Created | ChangeKind::Restored => GOOD,
        ChangeKind::Updated => WARN,
        ChangeKind::Deleted => GONE,
    })
}

/// The first few fields and how many more.
pub fn fields(fields: &[String]) -> String {
    let shown = fields.iter().take(FIELDS_SHOWN).map(|field| dotted(field));
    let text = shown.collect::<Vec<_>>().join(", ");
    match fields.len().saturating_sub(FIELDS_SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// An RFC 3339 time as the machine's own.
pub fn time(text: &str) -> Cell {
    match text.parse() {
        Ok(at) => Cell::from(local(at)),
        Err(_) => Cell::from(text),
    }
}
