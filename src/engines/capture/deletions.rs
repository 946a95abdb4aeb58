//! Proving deletions: what a whole listing lacked is asked for by id, and only "not there" makes a
//! tombstone (rule 3). What is still there after all is captured like any listed object.

use std::collections::HashSet;

use serde_json::Value;

use super::listing::Listed;
use super::shape::id_text;
use super::work::{Stop, Work};
use crate::engines::ask::listing;
use crate::entities::entity::{Lookup, Query};
use crate::model::{ObjectId, Paging};
use crate::vault::{State, Write};

/// Missing ids taken up at a time.
const LOT: usize = 500;

/// More than so many gone at once, and more than [`MANY_GONE_PERCENT`]: listed again first.
const MANY_GONE: u64 = 10;

/// See [`MANY_GONE`].
const MANY_GONE_PERCENT: u64 = 20;

/// What asking by id has shown.
enum Answer {
    /// Not there.
    Gone,
    /// There: its document.
    There(Value),
    /// Neither could be shown.
    Unproven(String),
}

impl Work<'_> {
    /// Finds what the whole listing lacked and proves it gone, or captures it.
    pub(super) async fn prove_deletions(&mut self) -> Result<(), Stop> {
        self.vault.flush()?;
        self.settle_vanished().await?;
        if self.many_missing()? {
            self.monitor
                .entity_step(self.entity.name, "much is missing: listing it again");
            // What either listing has seen is there; seen marks are kept.
            if let Some(why) = self.list_once(true).await? {
                return Err(Stop::Unsteady {
                    entity: self.entity.name,
                    why,
                });
            }
            self.vault.flush()?;
        }
        let mut after: Option<String> = None;
        loop {
            let lot = self
                .vault
                .unseen_live(self.entity.name, after.as_deref(), LOT)?;
            let Some(last) = lot.last() else {
                // What vanished while it was listed again or asked for is settled too.
                return self.settle_vanished().await;
            };
            after = Some(last.as_str().to_owned());
            self.monitor.entity_step(
                self.entity.name,
                &format!("proving {} deletions", lot.len()),
            );
            self.prove(&lot).await?;
        }
    }

    /// Asks by id for what vanished while it was read: it is gone after all, or a part of it can't
    /// be had.
    async fn settle_vanished(&mut self) -> Result<(), Stop> {
        let vanished = std::mem::take(&mut self.vanished);
        for lot in vanished.chunks(LOT) {
            let ids: Vec<ObjectId> = lot
                .iter()
                .map(|(id, _)| ObjectId::new(id.clone()))
                .collect();
            let mut gone = Vec::new();
            for (id, answer) in self.ask(&ids).await? {
                let part = lot
                    .iter()
                    .find(|(known, _)| *known == id)
                    .map(|(_, part)| part.as_str());
                match answer {
                    Answer::Gone => gone.push(id),
                    Answer::There(_) => {
                        let part = part.unwrap_or_default();
                        self.problem(
                            &id,
                            &format!("it is there, but a part of it is not: {part}"),
                        )?;
                    }
                    Answer::Unproven(why) => self.problem(&id, &why)?,
                }
            }
            self.gone_since += gone.len() as u64;
            self.bury(&gone)?;
        }
        Ok(())
    }

    fn many_missing(&mut self) -> Result<bool, Stop> {
        let live = self.vault.live_count(self.entity.name)?;
        let missing = self.vault.unseen_count(self.entity.name)?;
        Ok(missing > MANY_GONE && missing * 100 > live * MANY_GONE_PERCENT)
    }

    async fn prove(&mut self, lot: &[ObjectId]) -> Result<(), Stop> {
        let mut gone = Vec::new();
        let mut there = Vec::new();
        for (id, answer) in self.ask(lot).await? {
            match answer {
                Answer::Gone => gone.push(id),
                Answer::There(doc) => there.push(Listed {
                    id,
                    doc,
                    after: None,
                }),
                Answer::Unproven(why) => self.problem(&id, &why)?,
            }
        }
        for row in &there {
            self.vault.seen_add(self.entity.name, &[&row.id])?;
        }
        // The counts speak of what is listed.
        self.uncounted = true;
        self.take(there).await?;
        self.bury(&gone)
    }

    /// Writes tombstones for what is proven gone and was there.
    fn bury(&mut self, gone: &[String]) -> Result<(), Stop> {
        let mut writes = Vec::with_capacity(gone.len());
        for id in gone {
            let head = self.vault.head(self.entity.name, id)?;
            if let Some(head) = head.filter(|head| head.state == State::Live) {
                writes.push(Write::Tombstone {
                    entity: self.entity.name,
                    id,
                    expect: Some(head.version),
                });
            }
        }
        if !writes.is_empty() {
            self.vault.write(self.run, self.clock.now(), &writes)?;
            self.report.deleted += writes.len() as u64;
        }
        Ok(())
    }

    async fn ask(&mut self, lot: &[ObjectId]) -> Result<Vec<(String, Answer)>, Stop> {
        let mut answers = Vec::with_capacity(lot.len());
        match &self.entity.lookup {
            Lookup::Filter {
                path,
                param,
                chunk,
                light,
                full,
            } => {
                for ids in lot.chunks(*chunk) {
                    self.ask_filter(path, param, ids, light, full, &mut answers)
                        .await?;
                }
            }
            Lookup::One { .. } | Lookup::Path { .. } => {
                for id in lot {
                    let found = self.find_one(id.as_str()).await?;
                    answers.push((
                        id.as_str().to_owned(),
                        found.map_or(Answer::Gone, Answer::There),
                    ));
                }
            }
        }
        Ok(answers)
    }

    /// Several ids by one filter, first lightly; those that are there again whole.
    async fn ask_filter(
        &mut self,
        path: &str,
        param: &str,
        ids: &[ObjectId],
        light: Query,
        full: Query,
        answers: &mut Vec<(String, Answer)>,
    ) -> Result<(), Stop> {
        let wanted: Vec<&str> = ids.iter().map(ObjectId::as_str).collect();
        let (rows, counted) = self.by_filter(path, param, &wanted, light).await?;
        let found: HashSet<String> = rows
            .iter()
            .filter_map(|row| row.get(self.entity.id).and_then(id_text))
            .collect();
        let honoured = found.iter().all(|id| wanted.contains(&id.as_str()));
        if !honoured || found.len() != rows.len() || !counted {
            // Rows that can't be told apart, rows that were not asked for, no count at all: such an
            // answer proves nothing.
            let why = format!(
                "{path} did not answer the filter {param} as documented: nothing is proven by it"
            );
            for id in wanted {
                answers.push((id.to_owned(), Answer::Unproven(why.clone())));
            }
            return Ok(());
        }
        let there: Vec<&str> = wanted
            .iter()
            .copied()
            .filter(|id| found.contains(*id))
            .collect();
        let mut whole = Vec::new();
        if !there.is_empty() {
            (whole, _) = self.by_filter(path, param, &there, full).await?;
        }
        for id in wanted {
            if !found.contains(id) {
                answers.push((id.to_owned(), Answer::Gone));
                continue;
            }
            let doc = whole
                .iter()
                .find(|doc| doc.get(self.entity.id).and_then(id_text).as_deref() == Some(id));
            // Gone between the two: the next run proves it.
            if let Some(doc) = doc {
                answers.push((id.to_owned(), Answer::There(doc.clone())));
            }
        }
        Ok(())
    }

    async fn by_filter(
        &self,
        path: &str,
        param: &str,
        ids: &[&str],
        query: Query,
    ) -> Result<(Vec<Value>, bool), Stop> {
        let api = self.entity.listing.api;
        let mut list = listing(api, path, query, Paging::Offset, 250, self.entity.id);
        list.query.push((param.to_owned(), ids.join(",")));
        let mut pages = self.client.pages(list);
        let mut rows = Vec::new();
        loop {
            let page = pages.next().await;
            let page = page.map_err(|error| Stop::asking(error, self.entity.scope_read))?;
            let Some(page) = page else { break };
            for item in &page.items {
                let row = serde_json::from_str(item.get());
                rows.push(row.map_err(|e| Stop::Answer {
                    path: path.to_owned(),
                    why: e.to_string(),
                })?);
            }
        }
        let ending = pages.ending();
        Ok((rows, ending.whole && ending.total_last.is_some()))
    }

    /// One object by id: `None` when it is not there.
    async fn find_one(&self, id: &str) -> Result<Option<Value>, Stop> {
        let mut found = super::live::find(self.client, self.entity, id).await;
        if matches!(found, Ok(None)) {
            // One "not there" may be a slip: a second look proves it.
            found = super::live::find(self.client, self.entity, id).await;
        }
        let doc = found.map_err(|stop| stop.of_scope(self.entity.scope_read))?;
        // An override that now equals the global object is inherited: there is no override.
        match (doc, id.split_once('/')) {
            (Some(doc), Some((_, base))) if self.base.get(base) == Some(&self.print(&doc)) => {
                Ok(None)
            }
            (doc, _) => Ok(doc),
        }
    }
}
