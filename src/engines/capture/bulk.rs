//! Parts that one list serves for the whole store: read once a run, put aside in temporary tables,
//! joined to each page's objects.

use serde_json::Value;

use super::assemble::Candidate;
use super::parts::{LISTINGS_MAX, lacking, nest};
use super::shape::{applies, each_host, id_text};
use super::work::{HAD, Stop, Work};
use crate::engines::ask::listing;
use crate::entities::entity::{Only, Part, Source};

/// Rows put aside in one go.
const STAGE_ROWS: usize = 1_000;

impl Work<'_> {
    /// Reads the lists that serve a part for the whole store and puts their rows aside.
    pub(super) async fn stage_bulk_parts(&mut self) -> Result<(), Stop> {
        for index in 0..self.entity.parts.len() {
            self.stage_part(index).await?;
        }
        Ok(())
    }

    /// Reads one such list until a reading was whole. Read before: the newer reading counts.
    pub(super) async fn stage_part(&mut self, index: usize) -> Result<(), Stop> {
        let mut why = String::new();
        let mut before = None;
        for _ in 0..LISTINGS_MAX {
            self.staged[index].begin_again();
            match self.stage_once(index).await? {
                None => return Ok(()),
                Some(reason) => why = reason,
            }
            // As in `ask::rows`: a list that tells no total has to come out the same twice.
            let rows = Some(self.staged[index].rows);
            if self.staged[index].untold && before == rows {
                return Ok(());
            }
            before = rows;
        }
        Err(Stop::Unsteady {
            entity: self.entity.name,
            why,
        })
    }

    /// One reading: `None` when it was whole, else what was wrong.
    async fn stage_once(&mut self, index: usize) -> Result<Option<String>, Stop> {
        let part = &self.entity.parts[index];
        let Source::Bulk {
            path,
            query,
            paging,
            limit,
            key,
            ..
        } = &part.source
        else {
            return Ok(None);
        };
        self.monitor.entity_step(self.entity.name, path);
        let list = listing(part.api, path, query, *paging, *limit, part_id(part, key));
        let mut pages = self.client.pages(list);
        loop {
            let page = match pages.next().await {
                Ok(page) => page,
                // What the store was seen to have is not believed to be missing.
                Err(error) if lacking(part, &error) && !self.had(part)? => {
                    self.tell(part.feature.unwrap_or_default().to_owned());
                    self.staged[index].lacking = true;
                    return Ok(None);
                }
                Err(error) => return Err(Stop::asking(error, self.scope(part))),
            };
            let Some(page) = page else { break };
            for rows in page.items.chunks(STAGE_ROWS) {
                let mut staged = Vec::with_capacity(rows.len());
                for row in rows {
                    let (host, _) = super::listing::parse(row, path, key)?;
                    staged.push((host, row.get().to_owned()));
                }
                self.staged[index].rows += staged.len() as u64;
                self.vault.stage(&self.staged[index].name(index), &staged)?;
            }
        }
        let ending = pages.ending();
        self.staged[index].untold = ending.total_last.is_none();
        Ok((!ending.whole).then(|| ending.why.clone().unwrap_or_default()))
    }

    fn had(&self, part: &Part) -> Result<bool, Stop> {
        let known = self.vault.state(self.entity.name, part.members[0])?; // it fills one member
        Ok(known.as_deref() == Some(HAD))
    }

    /// Joins the rows put aside. True when a host names a row of its own that is not among them.
    pub(super) fn join(
        &mut self,
        index: usize,
        part: &Part,
        all: &mut [Candidate],
        wanted: impl Fn(&Candidate) -> bool,
    ) -> Result<bool, Stop> {
        let Source::Bulk {
            host: member, many, ..
        } = &part.source
        else {
            return Ok(false);
        };
        // Where the part is there by the host's own word, an absent row is odd.
        let named = matches!(part.only, Only::NotZero(_)) && !many;
        let mut missing = false;
        let name = part.members[0]; // a bulk part fills one member
        let any = self.staged[index].rows > 0;
        // What can't be read is not said to be empty.
        let unknown = self.staged[index].lacking && *many;
        let staged = self.staged[index].name(index);
        let mut failed = None;
        for candidate in all.iter_mut().filter(|c| wanted(c)) {
            let vault = &mut *self.vault;
            each_host(&mut candidate.doc, part.at, |host| {
                if unknown {
                    return;
                }
                let key = host.get(*member).and_then(id_text);
                let rows = match key {
                    Some(key) if any && applies(&part.only, host) => {
                        match vault.staged(&staged, &key) {
                            Ok(rows) => {
                                missing |= named && rows.is_empty();
                                rows
                            }
                            Err(error) => {
                                failed.get_or_insert(error);
                                return;
                            }
                        }
                    }
                    _ => Vec::new(),
                };
                let mut rows = rows
                    .iter()
                    .filter_map(|row| serde_json::from_str::<Value>(row).ok());
                let value = if *many {
                    Value::Array(rows.collect())
                } else {
                    rows.next().unwrap_or(Value::Null)
                };
                nest(host, part, name, value);
            });
        }
        failed.map_or(Ok(missing), |error| Err(error.into()))
    }
}

/// How often a bulk part was read in this run, and with how many rows.
#[derive(Debug, Default)]
pub(super) struct Staged {
    generation: u32,
    pub(super) rows: u64,
    /// What it lacks was looked for again.
    pub(super) confirmed: bool,
    /// The store refuses it, as the description foresees.
    lacking: bool,
    /// The list tells no total.
    untold: bool,
}

impl Staged {
    /// Another reading: rows of the one before are no longer looked at.
    fn begin_again(&mut self) {
        self.generation += 1;
        self.rows = 0;
        self.lacking = false;
    }

    /// The name that its rows are put aside under.
    fn name(&self, index: usize) -> String {
        format!("{index}.{}", self.generation)
    }

    /// True when it had rows.
    pub(super) fn any(&self) -> bool {
        self.rows > 0
    }

    /// Read twice: what it lacks is lacking.
    pub(super) fn sure(&self) -> bool {
        self.confirmed
    }
}

/// The member that tells a bulk part's rows apart: where one host has one row, the host's own id.
pub(super) fn part_id(part: &Part, key: &'static str) -> &'static str {
    match part.source {
        Source::Bulk { many: false, .. } => key,
        _ => "id",
    }
}
