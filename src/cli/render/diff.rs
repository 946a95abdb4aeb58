//! Differences: of one object in the form that was asked for, of the whole store row by row.

use std::ops::ControlFlow;

use super::html;
use super::list::{change, fields, time};
use super::output::Output;
use super::table::{Cell, Table, left};
use crate::cli::args::DiffFormat;
use crate::commands::diff::Report;
use crate::engines::history::StoreChange;
use crate::model::ChangeKind;
use crate::model::diff::{Line, Tone, paint};

/// Columns for two documents beside each other where nobody says how many there are.
const PIPE_COLUMNS: usize = 160;

/// One object's difference as text.
pub fn object(output: &Output, report: &Report, format: DiffFormat) {
    let difference = &report.difference;
    let name = format!(
        "{} {}: {} to {}",
        difference.entity, difference.id, difference.from, difference.to
    );
    if report.is_empty() {
        output.note(format!("{name}: no difference"));
        return;
    }
    let lines: Vec<Line> = match format {
        DiffFormat::Summary => {
            output.note(name);
            match report.whole() {
                Some(ChangeKind::Deleted) => vec![Line::new().with(Tone::Old, "deleted")],
                Some(kind) => vec![Line::new().with(Tone::New, kind.as_str())],
                None => report.summary(),
            }
        }
        DiffFormat::Source => report.source(),
        DiffFormat::SideBySide => {
            report.side_by_side(output.columns().map_or(PIPE_COLUMNS, usize::from))
        }
        DiffFormat::Html => {
            let title = format!("vortex: {name}");
            let parts = [report.summary(), report.side_by_side(PIPE_COLUMNS)];
            let _ = output.data(&html::page(&title, &parts));
            return;
        }
        // Printed as JSON before it comes here.
        DiffFormat::JsonPatch => Vec::new(),
    };
    let _ = output.print(&paint(&lines, output.stdout_colour()));
}

/// A row per object that changed, as they come; one JSON array of them with `--json`.
pub enum Changes<'a> {
    /// For people.
    Text(Table<'a>),
    /// For programs.
    Json(super::json::List<'a>),
}

impl<'a> Changes<'a> {
    /// Nothing printed yet.
    pub fn new(output: &'a Output) -> Self {
        if output.json {
            return Self::Json(super::json::List::new(output));
        }
        let columns = [
            left("entity"),
            left("id"),
            left("change"),
            left("versions"),
            left("captured"),
            left("label"),
            left("what changed"),
        ];
        Self::Text(Table::new(output, &columns))
    }

    /// One more. `Break` when nobody reads any more.
    pub fn row(&mut self, row: &StoreChange) -> ControlFlow<()> {
        match self {
            Self::Text(table) => {
                let versions = match &row.from {
                    Some(from) => format!("{from} → {}", row.to),
                    None => row.to.clone(),
                };
                table.row([
                    Cell::from(&row.entity),
                    Cell::from(&row.id),
                    change(row.change),
                    Cell::from(versions),
                    time(&row.captured_at),
                    Cell::from(&row.label),
                    Cell::from(fields(&row.fields)),
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
