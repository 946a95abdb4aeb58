//! Is the backup healthy, and is the version store sound?

use super::list::time;
use super::output::{BAD, DIM, GONE, GOOD, Output, WARN, styled};
use super::table::{Cell, Table, left, right};
use super::words::{bytes, count, counted, visible};
use crate::cli::times;
use crate::commands::status::{Report, State, Watch};
use crate::commands::verify;

/// The health report as text.
pub fn text(output: &Output, report: &Report) {
    let columns = [
        left("entity"),
        left("state"),
        left("last good run"),
        left("age"),
        left("why"),
    ];
    let mut table = Table::new(output, &columns);
    for row in &report.entities {
        let state = Cell::from(row.state).styled(match row.state {
            State::Fresh => GOOD,
            State::Stale => WARN,
            State::Never => DIM,
            State::Failing => GONE,
        });
        let age = row.age_seconds.map_or_else(|| "-".to_owned(), times::age);
        let _ = table.row([
            Cell::from(&row.entity),
            state,
            row.last_ok_at
                .as_deref()
                .map_or_else(|| Cell::from("never").styled(DIM), time),
            Cell::from(age),
            Cell::from(row.error.as_deref().unwrap_or_default()),
        ]);
    }
    table.finish();
    for orders in &report.counts {
        output.line(format!(
            "\n{} by status, as of run {}:",
            orders.entity, orders.run
        ));
        let mut table = Table::new(
            output,
            &[left("status"), right("in the store"), right("held here")],
        );
        for row in orders.counts.iter().filter(|row| row.store + row.held > 0) {
            let held = Cell::from(count(row.held));
            let held = if row.held == row.store {
                held
            } else {
                held.styled(WARN)
            };
            let _ = table.row([Cell::from(&row.label), Cell::from(count(row.store)), held]);
        }
        table.finish();
    }
    for pending in report.entities.iter().filter(|row| row.pending > 0) {
        output.line(format!(
            "{}: {} still wait for the first reading of their deep parts",
            pending.entity,
            counted(pending.pending, "object", "objects")
        ));
    }
    if let Some(watch) = &report.watch {
        watched(output, watch);
    }
    output.line(match report.healthy {
        true => styled(GOOD, "healthy"),
        false => styled(BAD, "not healthy"),
    });
}

/// How `watch` stands.
fn watched(output: &Output, watch: &Watch) {
    let state = match watch.running {
        true => "runs",
        false => "does not run",
    };
    output.line(format!(
        "\nwatch {state}: {} waiting, the oldest for {}",
        counted(watch.queued, "object", "objects"),
        times::age(watch.lag_seconds)
    ));
    if !watch.disabled.is_empty() {
        output.line(format!("  off: {}", watch.disabled.join(", ")));
    }
    for gap in &watch.gaps {
        output.line(styled(
            WARN,
            format!(
                "  {}: events since {} may be lost ({}); the next whole sweep closes it",
                gap.entity,
                gap.since,
                visible(&gap.why)
            ),
        ));
    }
    for parked in &watch.parked {
        let why = parked.error.as_deref().unwrap_or("no reason was kept");
        output.line(styled(
            WARN,
            format!(
                "  {}/{} could not be captured: {}",
                parked.entity,
                parked.id,
                visible(why)
            ),
        ));
    }
}

/// What a check found.
pub fn verified(output: &Output, report: &verify::Report) {
    for problem in &report.problems {
        output.problem(format!("{}: {}", problem.place(), visible(&problem.what)));
    }
    if let Some(hint) = report.hint {
        output.note(format!("{} {hint}", styled(GOOD, "hint:")));
    }
    if !output.quiet {
        output.line(format!(
            "{}, {}, {}: {}",
            counted(report.versions, "version", "versions"),
            counted(report.blobs, "stored body", "stored bodies"),
            bytes(report.bytes),
            match report.problems.len() {
                0 => styled(GOOD, "all sound"),
                n => styled(BAD, counted(n as u64, "problem", "problems")),
            }
        ));
    }
}
