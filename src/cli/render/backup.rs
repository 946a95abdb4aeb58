//! What a backup did: a row per entity, what failed by name, and how it ended in one line.

use jiff::Timestamp;

use super::output::{self, DIM, GOOD, Output, WARN, styled};
use super::table::{Cell, Table, left, right};
use super::words::{count, counted, visible};
use crate::cli::times;
use crate::commands::causes::NO_ANSWER;
use crate::commands::failure::{Exit, Failure, Kind};
use crate::model::{Cause, EntityReport, EntityStatus, ImagesReport, RunReport, RunStatus};

/// The report as text.
pub fn text(output: &Output, report: &RunReport) {
    if !output.quiet {
        let columns = [
            left("entity"),
            left("status"),
            right("seen"),
            right("created"),
            right("updated"),
            right("deleted"),
            right("unchanged"),
            right("requests"),
        ];
        let mut table = Table::new(output, &columns);
        for entity in &report.entities {
            let _ = table.row([
                Cell::from(&entity.entity),
                status(entity.status),
                Cell::from(count(entity.seen)),
                number(entity.created),
                number(entity.updated),
                number(entity.deleted),
                Cell::from(count(entity.unchanged)),
                Cell::from(count(entity.requests)),
            ]);
        }
        table.finish();
        if let Some(images) = report.images.as_ref().filter(|i| i.held > 0) {
            output.line(pictures(images));
        }
        output.line(summary(report));
    }
    if let Some(images) = &report.images {
        lacking(output, images);
    }
    for entity in &report.entities {
        for note in &entity.notes {
            output.note(format!(
                "{} {}: {}",
                styled(DIM, "note:"),
                entity.entity,
                visible(note)
            ));
        }
        problems(output, entity);
    }
    if report.pending > 0 {
        output.note(format!(
            "{} {} still wait for the first reading of their deep parts; the next runs read them",
            styled(DIM, "note:"),
            counted(report.pending, "object", "objects"),
        ));
    }
}

/// `images: 12 fetched, 340 held`.
fn pictures(images: &ImagesReport) -> String {
    format!(
        "images: {} fetched, {} held",
        count(images.fetched),
        count(images.held)
    )
}

/// Names the images that could not be had.
fn lacking(output: &Output, images: &ImagesReport) {
    for failed in &images.failed {
        output.problem(format!(
            "image of {} {}: {}: {}",
            failed.entity,
            visible(&failed.id),
            visible(&failed.url),
            visible(&failed.reason)
        ));
    }
    let more = images.untold + images.untried;
    if more > 0 {
        output.problem(format!(
            "{} more could not be had{}; the next run tries them again",
            counted(more, "image", "images"),
            match images.untried {
                0 => "",
                _ => ", most of them not tried since the last ones brought no answer",
            }
        ));
    }
}

/// Names what failed of an entity, object by object as far as it was kept.
fn problems(output: &Output, entity: &EntityReport) {
    if let Some(error) = &entity.error {
        output.problem(format!("{}: {}", entity.entity, visible(error)));
    }
    for problem in &entity.problems {
        if entity.error.as_ref() != Some(problem) {
            output.problem(format!("{}: {}", entity.entity, visible(problem)));
        }
    }
}

/// `run 7 of store abc123: ok, 123 requests in 12 s`.
fn summary(report: &RunReport) -> String {
    let style = match report.status {
        RunStatus::Ok => GOOD,
        RunStatus::Partial | RunStatus::Interrupted | RunStatus::Running => WARN,
        RunStatus::Failed => output::BAD,
    };
    let times = (report.started_at.parse(), report.finished_at.parse());
    let took = match times {
        (Ok(from), Ok(to)) => seconds(from, to),
        _ => 0,
    };
    format!(
        "run {} of store {}: {}, {} in {}",
        report.run,
        report.store,
        styled(style, report.status),
        counted(report.requests, "request", "requests"),
        times::age(took)
    )
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second() - from.as_second()).unwrap_or(0)
}

/// An entity's status in its colour.
pub fn status(status: EntityStatus) -> Cell {
    Cell::from(status).styled(match status {
        EntityStatus::Ok => GOOD,
        EntityStatus::Failed => output::BAD,
        EntityStatus::Skipped => DIM,
        EntityStatus::Interrupted => WARN,
    })
}

fn number(value: u64) -> Cell {
    let cell = Cell::from(count(value));
    if value == 0 {
        cell
    } else {
        cell.styled(output::BOLD)
    }
}

/// The exit code of a run.
pub fn exit(report: &RunReport) -> Exit {
    match report.status {
        RunStatus::Ok => Exit::Ok,
        RunStatus::Partial => Exit::Partial,
        RunStatus::Interrupted | RunStatus::Running => Exit::Interrupted,
        RunStatus::Failed => failure(report).map_or(Exit::Failed, |failure| failure.exit()),
    }
}

/// What made a whole run fail, as one failure.
pub fn failure(report: &RunReport) -> Option<Failure> {
    if report.status != RunStatus::Failed {
        return None;
    }
    let failed = || {
        report
            .entities
            .iter()
            .filter(|e| e.status == EntityStatus::Failed)
    };
    let first = failed().find_map(|entity| entity.error.clone());
    let first = first.unwrap_or_else(|| "nothing could be captured".to_owned());
    let all_are = |cause: &dyn Fn(Option<Cause>) -> bool| failed().all(|e| cause(e.cause));
    Some(if failed().any(|e| e.cause == Some(Cause::Credentials)) {
        Failure::new(Kind::Unauthorized, first)
            .hint("the token is wrong, revoked, or another store's: `vortex login` tries a new one")
    } else if all_are(&|cause| cause == Some(Cause::Scope)) {
        Failure::new(Kind::Forbidden, first)
            .hint("`vortex entities` lists the scope of each; a wrong store hash looks the same")
    } else if unreached(&first) {
        Failure::new(Kind::Network, first).hint(NO_ANSWER)
    } else {
        Failure::new(Kind::Store, first).hint("what was captured before stands; run it again")
    })
}

/// Did no answer come at all? A run keeps its entities' errors as text.
fn unreached(error: &str) -> bool {
    ["can't be reached", "host name can't be found"]
        .iter()
        .any(|words| error.contains(words))
}
