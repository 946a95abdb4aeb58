//! `verify`: is every stored byte what it was when it was written?

use std::path::Path;

use serde::Serialize;

use super::failure::Failure;
use crate::model::VersionNumber;
use crate::vault::{self, Vault};

/// How thoroughly to look.
pub use crate::vault::Depth;

/// What a check found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Nothing is wrong.
    pub ok: bool,
    /// Versions looked at.
    pub versions: u64,
    /// Stored bodies looked at.
    pub blobs: u64,
    /// Their size as stored.
    pub bytes: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What mends some of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

/// What brings an image's file back.
const MENDS_IMAGES: &str = "`vortex backup --full` fetches images again whose files are missing or \
                            damaged, as long as the store has them";

/// Something wrong.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// The entity, where one is touched.
    pub entity: Option<String>,
    /// The object's id.
    pub id: Option<String>,
    /// The version's number.
    pub version: Option<VersionNumber>,
    /// What is wrong.
    pub what: String,
}

impl Problem {
    /// Where: `brands/12 v3`, or the file as a whole.
    pub fn place(&self) -> String {
        match (&self.entity, &self.id, self.version) {
            (Some(entity), Some(id), Some(version)) => format!("{entity}/{id} v{version}"),
            (Some(entity), Some(id), None) => format!("{entity}/{id}"),
            (Some(entity), None, _) => entity.clone(),
            (None, _, _) => "the file".to_owned(),
        }
    }
}

/// Checks, telling `progress` how many versions of how many are done.
pub fn run(
    db: &Path,
    hash: Option<&str>,
    depth: Depth,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, Failure> {
    let vault = Vault::open(db, hash)?;
    let found = vault.verify(depth, progress)?;
    let images = found.problems.iter().any(|problem| problem.image);
    let problems = found.problems.into_iter().map(problem).collect();
    Ok(Report {
        ok: found.ok,
        versions: found.versions,
        blobs: found.blobs,
        bytes: found.bytes,
        problems,
        hint: images.then_some(MENDS_IMAGES),
    })
}

fn problem(found: vault::Problem) -> Problem {
    Problem {
        entity: found.entity,
        id: found.id,
        version: found.version,
        what: found.what,
    }
}
