//! What `watch` and `hooks` tell: a line a version, a line a sweep; with `--json` an object a line.
//! Ids and scopes only: names of people and things never stand in a log.

use std::net::SocketAddr;

use serde_json::json;

use super::output::{DIM, GOOD, Output, WARN, styled};
use super::table::{Cell, Table, left};
use super::words::{count, counted, visible};
use crate::commands::hooks::{Changed, Row, Tested};
use crate::engines::watch::{Captured, Ensured, Summary};
use crate::model::clock::rfc3339_millis;
use crate::model::{RunReport, RunStatus};

/// Events are taken in.
pub fn listening(output: &Output, at: SocketAddr, admin: Option<SocketAddr>) {
    if output.json {
        let admin = admin.map(|at| at.to_string());
        event(
            output,
            &json!({"event": "listening", "listen": at.to_string(), "admin": admin}),
        );
        return;
    }
    let beside = match admin {
        Some(admin) => format!("; health and metrics on {admin}"),
        None => String::new(),
    };
    output.note(format!("listening on {at}{beside}"));
}

/// An object a line: a result that goes on.
fn event(output: &Output, value: &serde_json::Value) {
    let _ = output.json_text(&format!("{value}\n"));
}

/// Hooks were looked at.
pub fn hooks(output: &Output, done: &Ensured) {
    let quiet = done.created.is_empty()
        && done.mended.is_empty()
        && done.reactivated.is_empty()
        && done.removed.is_empty();
    if !quiet && output.json {
        let created: Vec<&String> = done.created.iter().map(|(scope, _)| scope).collect();
        let mended: Vec<&String> = done.mended.iter().map(|(scope, _)| scope).collect();
        let scopes: Vec<&String> = done.reactivated.iter().map(|(scope, ..)| scope).collect();
        event(
            output,
            &json!({"event": "hooks", "active": done.active, "created": created,
                    "mended": mended, "reactivated": scopes, "removed": done.removed}),
        );
    } else if !quiet {
        output.note(format!(
            "hooks: {} active, {} made, {} mended, {} removed",
            count(done.active),
            done.created.len(),
            done.mended.len(),
            done.removed.len()
        ));
    }
    for (scope, since, entities) in &done.reactivated {
        let since = since.map_or_else(
            || "some time ago".to_owned(),
            |at| format!("at {}", rfc3339_millis(at)),
        );
        output.warn(format!(
            "BigCommerce had switched the hook for {scope} off {since}: it is on again; events \
             since then may be lost, {} swept now",
            are(entities)
        ));
    }
    for (scope, why) in &done.failed {
        output.problem(format!("no hook for {scope}: {}", visible(why)));
    }
}

fn are(entities: &[&str]) -> String {
    match entities {
        [one] => format!("{one} is"),
        many => format!("{} are", many.join(", ")),
    }
}

/// An event became a version.
pub fn captured(output: &Output, what: &Captured) {
    let at = rfc3339_millis(what.at);
    if output.json {
        event(
            output,
            &json!({"event": "captured", "at": at, "entity": what.entity, "id": what.id,
                    "version": what.version, "change": what.change.to_string(),
                    "scope": what.scope, "lag_ms": what.lag_ms}),
        );
    } else if !output.quiet {
        output.line(format!(
            "{at} {}/{} v{} {} {}",
            what.entity,
            what.id,
            what.version,
            what.change,
            styled(
                DIM,
                format!("({}, {} ms)", visible(&what.scope), what.lag_ms)
            )
        ));
    }
}

/// A sweep ended.
pub fn swept(output: &Output, report: &RunReport) {
    let sum =
        |of: fn(&crate::model::EntityReport) -> u64| report.entities.iter().map(of).sum::<u64>();
    let (created, updated, deleted) = (sum(|e| e.created), sum(|e| e.updated), sum(|e| e.deleted));
    if output.json {
        let names: Vec<&String> = report.entities.iter().map(|e| &e.entity).collect();
        event(
            output,
            &json!({"event": "swept", "at": report.finished_at, "run": report.run,
                    "status": report.status, "entities": names, "created": created,
                    "updated": updated, "deleted": deleted, "requests": report.requests}),
        );
    } else {
        output.note(format!(
            "{} sweep {}: {}, {} created, {} updated, {} deleted, {}",
            report.finished_at,
            report.run,
            counted(report.entities.len() as u64, "entity", "entities"),
            count(created),
            count(updated),
            count(deleted),
            counted(report.requests, "request", "requests"),
        ));
    }
    if report.status != RunStatus::Interrupted {
        for entity in &report.entities {
            if let Some(error) = &entity.error {
                output.problem(format!("{}: {}", entity.entity, visible(error)));
            }
        }
    }
}

/// Something is wrong, and the work goes on.
pub fn warning(output: &Output, text: &str) {
    output.warn(visible(text));
}

/// It goes down.
pub fn draining(output: &Output) {
    output.detail("going down: no more events are taken in");
}

/// What was done.
pub fn summary(output: &Output, summary: &Summary) {
    if output.json {
        let mut value = json!(summary);
        value["event"] = json!("ended");
        event(output, &value);
        return;
    }
    output.note(format!(
        "{} taken in, {} repeated, {} refused; {} from events, {} from {}; left for the next \
         start: {}",
        counted(summary.received, "event", "events"),
        count(summary.duplicate),
        count(summary.refused),
        counted(summary.captured, "version", "versions"),
        count(summary.swept),
        counted(summary.sweeps, "sweep", "sweeps"),
        counted(summary.queued + summary.parked, "object", "objects"),
    ));
}

/// The hooks.
pub fn list(output: &Output, rows: &[Row]) {
    if rows.is_empty() {
        output.note("this token sees no hooks");
        return;
    }
    let columns = [
        left("scope"),
        left("state"),
        left("entities"),
        left("destination"),
    ];
    let mut table = Table::new(output, &columns);
    for row in rows {
        let state = match row.active {
            true => Cell::from("on").styled(GOOD),
            false => Cell::from("off").styled(WARN),
        };
        let destination = match row.ours {
            true => visible(&row.destination),
            false => format!("{} (not this listener's)", visible(&row.destination)),
        };
        let _ = table.row([
            Cell::from(visible(&row.scope)),
            state,
            Cell::from(row.entities.join(", ")),
            Cell::from(destination),
        ]);
    }
    table.finish();
}

/// What became of some entities' hooks.
pub fn changed(output: &Output, changed: &Changed) {
    let names = changed.entities.join(", ");
    match changed.enabled {
        true => output.line(format!(
            "{names}: events are captured; {} made, {} switched on again",
            counted(changed.created.len() as u64, "hook", "hooks"),
            changed.reactivated.len()
        )),
        false => output.line(format!(
            "{names}: events and sweeps are ignored from now on; {} removed",
            counted(changed.removed.len() as u64, "hook", "hooks")
        )),
    }
    for failed in &changed.failed {
        output.problem(format!(
            "no hook for {}: {}",
            failed.scope,
            visible(&failed.error)
        ));
    }
}

/// What a test found.
pub fn tested(output: &Output, tested: &Tested) {
    let verdict = match tested.ok {
        true => styled(GOOD, "ok"),
        false => styled(WARN, "not reached"),
    };
    output.line(format!(
        "{}: {verdict}: {}",
        tested.public_url,
        visible(&tested.found)
    ));
}
