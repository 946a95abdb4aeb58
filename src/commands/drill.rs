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

/// What no restore makes and a merchant's store has: by the entity and the member whose documents
/// point to it, and the sandbox's table for it.
const FURNITURE: [(&str, &str, &str); 4] = [
    ("categories", "/tree_id", "trees"),
    ("channels", "/id", "channels"),
    ("redirects", "/site_id", "sites"),
    (
        "customers",
        "/attributes/*/attribute_id",
        "customer_attributes",
    ),
];

/// Gives the empty store what no restore makes, and no id that anything in the backup has.
fn furnish(sandbox: &Sandbox, copy: &Path) -> Result<(), Failure> {
    let vault = Vault::open(copy, None)?;
    let free = drill::free_ids(&vault)?;
    let mut rows = Vec::new();
    for (entity, member, table) in FURNITURE {
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
            for number in numbers(&doc, member) {
                rows.push((table, number, furniture(table, number, &doc)));
            }
        }
    }
    sandbox.edit(|store| {
        store.ids_above(free);
        for (table, number, row) in rows {
            if !store.table(table).contains(&Key::Number(number)) {
                store.table_mut(table).insert(number, row);
            }
        }
    });
    Ok(())
}

/// The numbers at a pointer, of which one step may be `*`: every element of a list.
fn numbers(doc: &Value, pointer: &str) -> Vec<u64> {
    match pointer.split_once("/*") {
        None => doc
            .pointer(pointer)
            .and_then(Value::as_u64)
            .into_iter()
            .collect(),
        Some((list, rest)) => {
            let rows = doc.pointer(list).and_then(Value::as_array);
            let rows = rows.into_iter().flatten();
            rows.flat_map(|row| numbers(row, rest)).collect()
        }
    }
}

/// A row of one of the tables; `doc` is the document that told of it.
fn furniture(table: &str, id: u64, doc: &Value) -> Value {
    match table {
        "trees" => json!({"id": id, "name": format!("Tree {id}"), "channels": []}),
        "sites" => json!({"id": id, "url": format!("https://site-{id}.example")}),
        "customer_attributes" => {
            json!({"id": id, "name": format!("Attribute {id}"), "type": "string"})
        }
        _ => doc.clone(),
    }
}
