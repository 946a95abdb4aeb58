//! A restore's plan and outcome in a merchant's words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::output::{self, DIM, GOOD, Output, WARN, styled};
use super::table::{Cell, Table, left, right};
use super::words::{count, counted, visible};
use crate::cli::times::age;
use crate::commands::drill::Report;
use crate::commands::field::dotted;
use crate::entities::{self, entity::Omission};
use crate::model::RunStatus;
use crate::model::restore::{Action, FieldChange, RestoreReport, Step, StepStatus};

/// Longest value shown of a field, in characters.
const VALUE_MAX: usize = 40;
/// Skips of one kind that are shown one by one; more are counted.
const SKIPS_MAX: usize = 20;

/// The plan: a line a step, its fields below, and what it costs.
pub fn plan(output: &Output, report: &RestoreReport) {
    let mut quiet = 0;
    let mut skips = 0;
    for step in &report.steps {
        if step.action == Action::Skip && !step.lacking {
            skips += 1;
            if skips > SKIPS_MAX {
                quiet += 1;
                continue;
            }
        }
        line(output, step);
        for change in &step.changes {
            field(output, change, step.conflicts.contains(change));
        }
        for one in &step.park {
            let text = visible(&one.text);
            output.line(format!(
                "    \"{text}\" goes to another in this restore: marked with -restoring for a moment"
            ));
        }
    }
    if quiet > 0 {
        output.line(format!("and {} more that are skipped", count(quiet)));
    }
    for (entity, loss) in losses(report.steps.iter()) {
        let label = styled(WARN, "does not come back:");
        output.line(format!("{label} {entity}: {}", visible(loss)));
    }
    notes(output, report);
    output.line(format!("plan: {}", totals(report)));
}

/// What was done.
pub fn outcome(output: &Output, report: &RestoreReport) {
    // Where nothing was done the reasons are the whole result.
    let nothing = report.run.is_none();
    for (n, step) in report.steps.iter().enumerate() {
        let told = step.status == StepStatus::Failed || step.lacking || step.new_id.is_some();
        if !output.quiet && (told || (nothing && n < SKIPS_MAX)) {
            line(output, step);
        }
        if let Some(error) = &step.error {
            let step = format!("{} {}", kind(step), step.id);
            output.problem(format!("{step}: {}", visible(error)));
        }
    }
    // Whoever did not see the plan is told why the restore is not whole.
    for (entity, loss) in losses(report.steps.iter().filter(|step| step.lacking)) {
        output.problem(format!("{entity}: {}", visible(loss)));
    }
    for (entity, loss) in losses(report.steps.iter().filter(|step| !step.lacking)) {
        // What never comes back of its kind stands in the manual.
        if !is_usual(entity, loss) {
            let note = styled(DIM, "note:");
            output.note(format!(
                "{note} does not come back: {entity}: {}",
                visible(loss)
            ));
        }
    }
    for step in report.steps.iter().filter(|step| !step.dead.is_empty()) {
        let one = entities::find(&step.entity).map_or(kind(step), |entity| entity.singular);
        let (id, without) = (&step.id, step.dead.join(", "));
        let text = format!("{one} {id} is without {without}: not there any more");
        output.note(format!("{} {}", styled(DIM, "note:"), visible(&text)));
    }
    for differing in &report.differing {
        output.problem(format!(
            "{} {} {}: wanted {}, found {}",
            differing.entity,
            differing.id,
            visible(&dotted(&differing.field.path)),
            value(&differing.field.to),
            value(&differing.field.from)
        ));
    }
    notes(output, report);
    if output.quiet {
        return;
    }
    let Some(run) = report.run else {
        output.line("nothing had to be done");
        return;
    };
    let style = match report.status {
        RunStatus::Ok => GOOD,
        RunStatus::Failed => output::BAD,
        _ => WARN,
    };
    let done = report
        .steps
        .iter()
        .filter(|step| step.status == StepStatus::Done)
        .count() as u64;
    output.line(format!(
        "run {run}: {}, {}, {}",
        styled(style, report.status),
        counted(done, "step done", "steps done"),
        counted(report.requests, "request", "requests")
    ));
    let there = report.to_store.as_ref();
    let there = there.map(|name| format!(" --to-store {name}"));
    let there = there.unwrap_or_default();
    output.note(format!("take it back with: vortex undo {run}{there}"));
}

/// What does not come back, each once.
fn losses<'a>(steps: impl Iterator<Item = &'a Step>) -> BTreeSet<(&'a str, &'a str)> {
    let own = |step: &'a Step| step.losses.iter().map(|loss| (kind(step), loss.as_str()));
    steps.flat_map(own).collect()
}

/// Whether a loss is one of all objects of its kind.
fn is_usual(entity: &str, loss: &str) -> bool {
    let mut all = entities::all().iter().filter(|known| known.name == entity);
    let usual = |lost: &Omission| loss == format!("{}: {}", lost.what, lost.why);
    all.any(|entity| {
        let nested = entity.writes.nested.iter().flat_map(|nested| nested.lost);
        entity.writes.lost.iter().chain(nested).any(usual)
    })
}

fn notes(output: &Output, report: &RestoreReport) {
    for note in &report.notes {
        output.note(format!("{} {}", styled(DIM, "note:"), visible(note)));
    }
}

fn line(output: &Output, step: &Step) {
    let action = match step.action {
        Action::Create | Action::Update | Action::Relink | Action::Upload => {
            styled(GOOD, step.action)
        }
        Action::Delete => styled(output::BAD, step.action),
        Action::Skip => styled(DIM, step.action),
    };
    let now = step
        .new_id
        .as_ref()
        .map(|id| format!(" as {id}"))
        .unwrap_or_default();
    let label = match step.label.is_empty() {
        true => String::new(),
        false => format!(" \"{}\"", visible(&step.label)),
    };
    let (entity, id, reason) = (kind(step), visible(&step.id), visible(&step.reason));
    output.line(format!("{action} {entity} {id}{now}{label}: {reason}"));
}

/// What a step is about: an entity, or what has none of its own.
fn kind(step: &Step) -> &str {
    let nested = step.nested.as_deref().unwrap_or(&step.entity);
    let mut all = entities::all()
        .iter()
        .flat_map(|entity| entity.writes.nested);
    all.find(|known| known.held == nested)
        .map_or(nested, |known| known.singular)
}

fn field(output: &Output, change: &FieldChange, conflict: bool) {
    let mark = match conflict {
        true => styled(WARN, "  (edited after the last backup)"),
        false => String::new(),
    };
    let (from, to) = (value(&change.from), value(&change.to));
    let path = dotted(&change.path);
    if change.from == change.to {
        // It names what has no new id yet.
        let path = visible(&path);
        return output.line(format!("    {path}: {from}, by its new id{mark}"));
    }
    output.line(format!("    {}: {from} -> {to}{mark}", visible(&path)));
}

/// A value on one short line.
fn value(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        other => visible(&other.to_string()).to_string(),
    };
    match text.char_indices().nth(VALUE_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// `2 create, 1 update, 3 skip; about 12 requests`.
fn totals(report: &RestoreReport) -> String {
    let mut parts = Vec::new();
    for action in [
        Action::Create,
        Action::Update,
        Action::Relink,
        Action::Upload,
        Action::Delete,
        Action::Skip,
    ] {
        let many = report
            .steps
            .iter()
            .filter(|step| step.action == action)
            .count() as u64;
        if many > 0 {
            parts.push(format!("{} {action}", count(many)));
        }
    }
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    let requests = counted(report.requests_planned, "request", "requests");
    let time = match report.seconds_planned {
        Some(seconds) if seconds > 0 => format!(", {} at the store's quota", age(seconds)),
        _ => String::new(),
    };
    format!("{}; about {requests}{time}", parts.join(", "))
}

/// A drill: a row per entity, and what differs.
pub fn drill(output: &Output, report: &Report) {
    let columns = [
        left("entity"),
        right("objects"),
        right("restored"),
        right("fields"),
        right("equal"),
    ];
    let mut table = Table::new(output, &columns);
    for row in &report.entities {
        let _ = table.row([
            Cell::from(&row.entity),
            Cell::from(count(row.objects)),
            Cell::from(count(row.restored)),
            Cell::from(count(row.fields)),
            Cell::from(count(row.equal)),
        ]);
    }
    table.finish();
    for row in &report.entities {
        if let Some(why) = row.skipped.as_ref().filter(|_| row.objects > 0) {
            let note = styled(DIM, "note:");
            output.note(format!("{note} {}: {}", row.entity, visible(why)));
        }
        for line in &row.differing {
            output.problem(format!("{}: {}", row.entity, visible(line)));
        }
    }
    output.line(match report.ok {
        true => styled(GOOD, "the drill went well"),
        false => styled(output::BAD, "the drill found differences"),
    });
}
