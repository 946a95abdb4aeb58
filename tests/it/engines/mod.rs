//! The engines in process: a sandbox, a temporary vault, and what must hold between them.

mod batches;
mod drill;
mod faults;
mod groups;
mod hanging;
mod held;
mod images;
mod images_back;
mod images_more;
mod killed;
mod restore;
mod restore_more;
mod restore_names;
mod second_reading;
mod stand_in;
mod to_store;
mod truth;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vortex::api::{Client, ClientOptions, Origin, StoreHash};
use vortex::engines::capture::{BackupOptions, Depth, backup};
use vortex::engines::monitor::Silent;
use vortex::entities::{self, Entity};
use vortex::model::{EntityReport, RunReport, SystemClock};
use vortex::sandbox::{Sandbox, SandboxOptions};
use vortex::vault::{ObjectFilter, StateFilter, Vault};

/// A sandbox, and a folder for vaults of it.
pub struct Rig {
    pub sandbox: Sandbox,
    pub folder: tempfile::TempDir,
    /// Whether backups fetch images.
    pub images: bool,
    runtime: tokio::runtime::Runtime,
}

/// A temporary folder, in memory where the machine has such: these tests write many vaults.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// Every object of a vault: `brands/12` to its versions, each with its kind and its document.
pub type Dump = BTreeMap<String, Vec<(u32, String, Option<Value>)>>;

impl Rig {
    pub fn new(sample: &str) -> Self {
        Self::with(SandboxOptions::sample(sample))
    }

    pub fn with(options: SandboxOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            sandbox: Sandbox::start(options).unwrap(),
            folder: folder(),
            images: true,
            runtime,
        }
    }

    pub fn db(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.db"))
    }

    /// A client that does not wait long between tries: the tests are about what, not when.
    pub fn client(&self, token: &str) -> Client {
        let origin = Origin::parse(&self.sandbox.url()).unwrap();
        let store = StoreHash::parse(self.sandbox.hash()).unwrap();
        let mut options = ClientOptions::new(origin, store, token.to_owned().into());
        options.patience.backoff = Duration::from_millis(1);
        options.patience.backoff_max = Duration::from_millis(5);
        Client::new(options).unwrap()
    }

    /// Runs what waits.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A backup of all entities into the vault of that name.
    pub fn backup(&self, vault: &str) -> RunReport {
        self.backup_of(vault, &[], true)
    }

    pub fn backup_of(&self, vault: &str, names: &[&str], full: bool) -> RunReport {
        self.backup_with(
            vault,
            names,
            full,
            self.sandbox.token(),
            &CancellationToken::new(),
        )
    }

    pub fn backup_with(
        &self,
        vault: &str,
        names: &[&str],
        full: bool,
        token: &str,
        cancel: &CancellationToken,
    ) -> RunReport {
        let mut vault = Vault::create(&self.db(vault), self.sandbox.hash(), &SystemClock).unwrap();
        let client = self.client(token).with_cancel(cancel.clone());
        let entities: Vec<&'static Entity> = match names {
            [] => entities::all().to_vec(),
            names => names
                .iter()
                .map(|name| entities::find(name).unwrap())
                .collect(),
        };
        let deep = if full { Depth::Full } else { Depth::Rotation };
        let options = BackupOptions {
            entities,
            deep,
            images: self.images,
            touched: std::collections::HashMap::new(),
        };
        let work = backup(&client, &mut vault, &options, &Silent, cancel, &SystemClock);
        self.runtime.block_on(work).unwrap()
    }

    /// All that a vault holds.
    pub fn dump(&self, vault: &str) -> Dump {
        let vault = Vault::open(&self.db(vault), None).unwrap();
        let mut dump = Dump::new();
        for entity in entities::all() {
            let mut ids = Vec::new();
            let all = ObjectFilter {
                state: StateFilter::All,
                ..ObjectFilter::default()
            };
            vault
                .objects(entity.name, &all, &mut |row| {
                    ids.push(row.id);
                    std::ops::ControlFlow::Continue(())
                })
                .unwrap();
            for id in ids {
                let mut versions = Vec::new();
                for row in vault.versions(entity.name, id.as_str()).unwrap() {
                    let body = vault
                        .document(entity.name, id.as_str(), row.version)
                        .unwrap();
                    let doc = body.map(|body| serde_json::from_slice(&body).unwrap());
                    versions.push((row.version, row.change.to_string(), doc));
                }
                dump.insert(format!("{}/{id}", entity.name), versions);
            }
        }
        dump
    }

    /// Every stored document's text, one after the other.
    pub fn bodies(&self, vault: &str) -> String {
        self.dump(vault)
            .into_values()
            .flatten()
            .filter_map(|(_, _, doc)| doc)
            .map(|doc| doc.to_string())
            .collect()
    }
}

/// One entity's report.
pub fn of<'a>(report: &'a RunReport, entity: &str) -> &'a EntityReport {
    report.entities.iter().find(|e| e.entity == entity).unwrap()
}

/// Versions written by a run, over all entities.
pub fn written(report: &RunReport) -> u64 {
    report
        .entities
        .iter()
        .map(|e| e.created + e.updated + e.deleted)
        .sum()
}
