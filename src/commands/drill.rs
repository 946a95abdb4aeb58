//! `drill`: a rehearsal on a copy of the version store and an empty sandbox store.

use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, Kind};
use super::store::Access;
use crate::engines::drill::{self, Rehearsed};
use crate::engines::monitor::Monitor;
use crate::model::Clock;
use crate::sandbox::{Key, Sandbox, SandboxOptions};
use crate::vault::{ObjectFilter, Vault};

/// How it went.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Everything that can come back came back equal.
    pub ok: bool,
    /// A row per entity.
    pub entities: Vec<Rehearsed>,
}

/// Runs it.
pub async fn run(
    db: &Path,
    hash: Option<&str>,
    monitor: &dyn Monitor,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Result<Report, Failure> {
    let vault = Vault::open(db, hash)?;
    let store = vault.store_hash().to_owned();
    let folder = tempfile::tempdir()
        .map_err(|why| Failure::new(Kind::Io, format!("making a temporary folder: {why}")))?;
    let copy = folder.path().join("drill.db");
    vault.copy_to(&copy)?;
    drop(vault);
    let started = Sandbox::start(SandboxOptions {
        hash: store.clone(),
        ..SandboxOptions::sample("empty")
    });
    let sandbox = started.map_err(|why| Failure::new(Kind::Io, why.to_string()))?;
    furnish(&sandbox, &copy)?;
    let access = Access {
        hash: store.clone(),
        api_url: sandbox.url(),
        token: sandbox.token().to_owned().into(),
        quota_share: 1.0,
        waits: None,
    };
    let client = access.client(cancel)?;
    let mut vault = Vault::create(&copy, &store, clock)?;
    vault.borrow_media(db);
    let entities = drill::drill(&client, &mut vault, monitor, cancel, clock).await?;
    if cancel.is_cancelled() {
        return Err(Failure::interrupted());
    }
    Ok(Report {
        ok: entities.iter().all(|row| row.differing.is_empty()),
        entities,
    })
}

/// No id in the backup is near this one.
const IDS_ABOVE: u64 = 4_000_000_000;

/// Gives the empty store what no restore makes: the trees that categories stand in and the
/// channels that pages belong to. A merchant's store has them.
fn furnish(sandbox: &Sandbox, copy: &Path) -> Result<(), Failure> {
    let vault = Vault::open(copy, None)?;
    let mut rows = Vec::new();
    for (entity, member, table, id) in [
        ("categories", "tree_id", "trees", "id"),
        ("channels", "id", "channels", "id"),
    ] {
        let mut ids = Vec::new();
        let live = ObjectFilter::default();
        vault.objects(entity, &live, &mut |row| {
            ids.push((row.id, row.version));
            ControlFlow::Continue(())
        })?;
        for (object, version) in ids {
            let Some(body) = vault.document(entity, object.as_str(), version)? else {
                continue;
            };
            let doc: Value = serde_json::from_slice(&body).unwrap_or_default();
            let Some(number) = doc[member].as_u64() else {
                continue;
            };
            let row = match table {
                "trees" => json!({id: number, "name": format!("Tree {number}"), "channels": []}),
                _ => doc,
            };
            rows.push((table, number, row));
        }
    }
    sandbox.edit(|store| {
        store.ids_above(IDS_ABOVE);
        for (table, number, row) in rows {
            if !store.table(table).contains(&Key::Number(number)) {
                store.table_mut(table).insert(number, row);
            }
        }
    });
    Ok(())
}
