//! What the vault promises, tried from outside: histories, lists, faults, damage, erasure.

mod became;
mod compression;
mod damage;
mod erasure;
mod faults;
mod files;
mod former;
mod histories;
mod lists;
mod media;
mod old_layouts;
mod runs;

use std::ops::ControlFlow;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::model::fingerprint::Fingerprint;
use crate::model::{
    ChangeKind, EntityReport, EntityStatus, RunId, RunKind, RunStatus, VersionNumber,
};

/// A clock that stands still.
pub(super) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        hour(0)
    }
}

/// So many hours after the first of November 2026.
pub(super) fn hour(n: i64) -> Timestamp {
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(n)
}

/// A folder with a vault in it.
pub(super) struct Place {
    pub dir: TempDir,
    pub path: PathBuf,
}

pub(super) fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    Place { dir, path }
}

impl Place {
    pub fn vault(&self) -> Vault {
        Vault::create(&self.path, "abc123", &Still).unwrap()
    }

    /// A connection as any SQLite tool makes it, past all our care.
    pub fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.path).unwrap()
    }
}

pub(super) fn print(body: &str) -> Fingerprint {
    Fingerprint(*blake3::hash(body.as_bytes()).as_bytes())
}

/// A version that says nothing unusual.
pub(super) fn version<'a>(
    entity: &'a str,
    id: &'a str,
    expect: Option<VersionNumber>,
    body: &'a str,
) -> Write<'a> {
    Write::Version {
        entity,
        id,
        expect,
        change: if expect.is_none() {
            ChangeKind::Created
        } else {
            ChangeKind::Updated
        },
        body: body.as_bytes(),
        fingerprint: print(body),
        shallow: print(body),
        pending: false,
        stamp: None,
        label: body,
        search: body,
        sample: None,
    }
}

/// Writes bodies as the next versions of objects, each batch in a run of its own.
pub(super) fn run_of(vault: &mut Vault, at: i64, bodies: &[(&str, &str, &str)]) -> RunId {
    let run = vault.begin_run(RunKind::Backup, hour(at)).unwrap();
    let heads: Vec<_> = bodies
        .iter()
        .map(|(entity, id, _)| vault.head(entity, id).unwrap().map(|head| head.version))
        .collect();
    let writes: Vec<_> = bodies
        .iter()
        .zip(&heads)
        .map(|((entity, id, body), head)| version(entity, id, *head, body))
        .collect();
    vault.write(run, hour(at), &writes).unwrap();
    let mut entities: Vec<&str> = bodies.iter().map(|(entity, ..)| *entity).collect();
    entities.dedup();
    for entity in entities {
        vault
            .end_entity(run, &report(entity), true, hour(at), hour(at), &[])
            .unwrap();
    }
    vault.finish_run(run, RunStatus::Ok, hour(at), 1).unwrap();
    run
}

/// A run that proves one object gone.
pub(super) fn bury(vault: &mut Vault, at: i64, entity: &str, id: &str) -> RunId {
    let run = vault.begin_run(RunKind::Backup, hour(at)).unwrap();
    let expect = vault.head(entity, id).unwrap().map(|head| head.version);
    vault
        .write(run, hour(at), &[Write::Tombstone { entity, id, expect }])
        .unwrap();
    vault
        .end_entity(run, &report(entity), true, hour(at), hour(at), &[])
        .unwrap();
    vault.finish_run(run, RunStatus::Ok, hour(at), 1).unwrap();
    run
}

pub(super) fn report(entity: &str) -> EntityReport {
    EntityReport {
        entity: entity.to_owned(),
        status: EntityStatus::Ok,
        seen: 1,
        created: 0,
        updated: 0,
        deleted: 0,
        unchanged: 1,
        requests: 1,
        pending: 0,
        error: None,
        problems: Vec::new(),
        failed_ids: None,
        notes: Vec::new(),
        counts: Vec::new(),
        cause: None,
    }
}

pub(super) fn listed(vault: &Vault, entity: &str, filter: &ObjectFilter) -> Vec<ObjectRow> {
    let mut rows = Vec::new();
    vault
        .objects(entity, filter, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

pub(super) fn ids(rows: &[ObjectRow]) -> Vec<&str> {
    rows.iter().map(|row| row.id.as_str()).collect()
}

pub(super) fn verified(vault: &Vault, depth: Depth) -> VerifyReport {
    vault.verify(depth, &mut |_, _| ()).unwrap()
}

/// Everything that a vault says of itself, to compare two of them: all but times and run numbers.
pub(super) fn told(path: &std::path::Path) -> String {
    let vault = Vault::open(path, None).unwrap();
    let mut text = String::new();
    for entity in vault.overview().unwrap() {
        let all = ObjectFilter {
            state: StateFilter::All,
            ..ObjectFilter::default()
        };
        for row in listed(&vault, &entity.entity, &all) {
            text += &format!(
                "{}/{} {} {:?}\n",
                entity.entity, row.id, row.label, row.state
            );
            for version in vault.versions(&entity.entity, row.id.as_str()).unwrap() {
                let body = vault.document(&entity.entity, row.id.as_str(), version.version);
                let body = body.unwrap().map(|body| String::from_utf8(body).unwrap());
                text += &format!("  v{} {} {body:?}\n", version.version, version.change);
            }
        }
    }
    text
}
