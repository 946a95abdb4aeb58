//! Listing an entity: every pass, page by page, until a listing was whole or three were not.

use serde_json::Value;
use serde_json::value::RawValue;

use super::shape::{at, id_text};
use super::work::{Stop, Work};
use crate::api::Pages;
use crate::engines::ask::{call, listing};
use crate::entities::entity::{Ids, Over, Pass, When};
use crate::model::{ApiVersion, Paging};
use crate::vault::State;

/// A list that shifted under the reading is read again, so many times in all (rule 3).
const LISTINGS_MAX: u32 = 3;

/// The outer ids of a pass, and what made their list less than whole.
type Outers = (Vec<Option<String>>, Option<String>);

/// One object as listed: its id, its document, and how many rows follow it if the API says.
pub(super) struct Listed {
    pub id: String,
    pub doc: Value,
    pub after: Option<u64>,
}

impl Work<'_> {
    /// Reads the counts that the API gives by itself, where it gives any.
    pub async fn read_counts(&mut self) -> Result<(), Stop> {
        let Some(counts) = &self.entity.counts else {
            return Ok(());
        };
        let call = call(counts.api, counts.path, &[]);
        let answer = self.client.get(&call).await;
        let answer = answer.map_err(|e| Stop::asking(e, self.entity.scope_read))?;
        let value: Value = answer.json(&call)?;
        let number = |value: &Value| value.get("count").and_then(id_text)?.parse::<u64>().ok();
        match &counts.by_state {
            None => {
                let all = number(&value).ok_or_else(|| Stop::Answer {
                    path: counts.path.to_owned(),
                    why: "no `count` in the answer".to_owned(),
                })?;
                self.counted.push((String::new(), "all".to_owned(), all));
            }
            Some(by_state) => {
                for state in value
                    .get(by_state.list)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    if let (Some(id), Some(n)) = (state.get("id").and_then(id_text), number(state))
                    {
                        let name = state.get("name").and_then(Value::as_str).unwrap_or(&id);
                        self.counted.push((id.clone(), name.to_owned(), n));
                    }
                }
            }
        }
        Ok(())
    }

    /// How many objects the counts promise.
    fn promised(&self) -> Option<u64> {
        self.entity.counts.as_ref()?;
        Some(self.counted.iter().map(|(_, _, n)| n).sum())
    }

    /// Lists everything; returns only when one listing was whole.
    pub async fn list_until_whole(&mut self) -> Result<(), Stop> {
        let mut why = String::new();
        for attempt in 0..LISTINGS_MAX {
            self.vault.seen_reset(self.entity.name)?;
            self.states.clear();
            self.beside = 0;
            self.base.clear();
            // What an earlier listing could not do, this one may.
            self.report.problems.clear();
            (self.failed, self.report.unchanged, self.gone_since) = (0, 0, 0);
            self.vanished.clear();
            self.written_before = self.report.created + self.report.updated;
            if attempt > 0 {
                self.counted.clear();
                self.read_counts().await?;
            }
            match self.list_once(attempt + 1 == LISTINGS_MAX).await? {
                None => return Ok(()),
                Some(reason) => why = reason,
            }
        }
        Err(Stop::Unsteady {
            entity: self.entity.name,
            why,
        })
    }

    /// One listing over all passes: `None` when it was whole, else what was wrong.
    pub(super) async fn list_once(&mut self, last: bool) -> Result<Option<String>, Stop> {
        let mut wrong = None;
        for pass in self.entity.listing.passes {
            if let When::Uncounted { status, .. } = pass.when
                && !self.uncounted(status)
            {
                continue;
            }
            let (outers, short) = self.outer_ids(pass).await?;
            if let Some(reason) = short {
                wrong.get_or_insert(reason);
            }
            for outer in outers {
                if let Some(reason) = self.walk(pass, outer.as_deref(), last).await? {
                    wrong.get_or_insert(reason);
                }
            }
        }
        Ok(wrong)
    }

    /// True where the API counts objects of a state and none was listed.
    fn uncounted(&self, state: &str) -> bool {
        let counted = self.counted.iter().any(|(id, _, n)| id == state && *n > 0);
        counted && self.states.get(state).copied().unwrap_or(0) == 0
    }

    /// The ids of the outer list, or one `None` for a pass without; and what made that list less
    /// than whole, if anything did.
    async fn outer_ids(&mut self, pass: &Pass) -> Result<Outers, Stop> {
        let Over::Each {
            path,
            query,
            paging,
            limit,
            id,
            ..
        } = &pass.over
        else {
            return Ok((vec![None], None));
        };
        let outer = listing(ApiVersion::V3, path, query, *paging, *limit, id);
        let mut pages = self.client.pages(outer);
        let mut ids = Vec::new();
        loop {
            let page = pages.next().await;
            let page = page.map_err(|e| Stop::asking(e, self.entity.scope_read))?;
            let Some(page) = page else { break };
            for item in &page.items {
                ids.push(Some(parse(item, path, id)?.0));
            }
        }
        let ending = pages.ending();
        let short = (!ending.whole).then(|| ending.why.clone().unwrap_or_default());
        Ok((ids, short))
    }

    /// Walks one list to its end. Answers what made it less than whole, if anything did.
    async fn walk(
        &mut self,
        pass: &Pass,
        outer: Option<&str>,
        last: bool,
    ) -> Result<Option<String>, Stop> {
        self.uncounted = matches!(pass.when, When::Probe { .. });
        let api = self.entity.listing.api;
        let paging = match pass.steady {
            Some(steady) if last => steady,
            _ => pass.paging,
        };
        let mut listing = listing(
            api,
            pass.path,
            pass.query,
            paging,
            pass.limit,
            self.entity.id,
        );
        if let (Over::Each { param, .. }, Some(outer)) = (&pass.over, outer) {
            listing.query.push(((*param).to_owned(), outer.to_owned()));
        }
        if let When::Uncounted { param, status } = pass.when {
            listing.query.push((param.to_owned(), status.to_owned()));
        } else if first_pass(self.entity.listing.passes, pass) {
            listing.expected = self.promised();
        }
        let mut pages = self.client.pages(listing);
        let (mut first, mut rows_before) = (true, 0_u64);
        let mut total = if first_pass(self.entity.listing.passes, pass) {
            self.promised()
        } else {
            None
        };
        loop {
            let page = pages.next().await;
            let page = match page {
                Ok(page) => page,
                Err(error) if first && not_offered(pass, &error) => {
                    self.note_absent(pass);
                    return Ok(None);
                }
                Err(error) => return Err(Stop::asking(error, self.entity.scope_read)),
            };
            let Some(page) = page else { break };
            if first {
                total = page.total.or(total);
                if let Some(total) = total {
                    self.deep.expect(total);
                    self.monitor.entity_total(self.entity.name, total);
                }
            }
            let count = page.items.len() as u64;
            let mut rows = Vec::with_capacity(page.items.len());
            for (index, item) in page.items.iter().enumerate() {
                let (id, doc) = parse(item, pass.path, self.entity.id)?;
                if first && !proves(pass, &doc) {
                    self.note_absent(pass);
                    return Ok(None);
                }
                let after = total.map(|t| t.saturating_sub(rows_before + index as u64 + 1));
                rows.push(Listed { id, doc, after });
            }
            drop(page);
            rows_before += count;
            first = false;
            if !last && self.orphans(pass, &rows) {
                return Ok(Some(
                    "an override was listed of which the first list had no base".into(),
                ));
            }
            let rows = self.true_overrides(pass, outer, rows).await?;
            let fresh = self.admit(pass, outer, rows)?;
            self.take(fresh).await?;
            let seen = self.vault.seen_count(self.entity.name)?;
            self.monitor.entity_progress(self.entity.name, seen);
        }
        if first_pass(self.entity.listing.passes, pass)
            && let Some(promised) = self.promised().filter(|promised| *promised > rows_before)
        {
            self.tell(format!(
                "the store counts {promised} {}, the list had {rows_before}",
                self.entity.name
            ));
        }
        Ok(self.judge(&pages, paging, rows_before))
    }

    /// A fact worth telling, once.
    pub(super) fn tell(&mut self, note: String) {
        if !self.report.notes.contains(&note) {
            self.report.notes.push(note);
        }
    }

    /// Whether the walk just ended was whole.
    fn judge(&self, pages: &Pages, paging: Paging, rows: u64) -> Option<String> {
        let ending = pages.ending();
        if !ending.whole {
            return Some(
                ending
                    .why
                    .clone()
                    .unwrap_or_else(|| "it had no proper end".to_owned()),
            );
        }
        // By page number, rows can hide behind a shift unless another count says there are none.
        let promised = self.promised().filter(|_| paging == Paging::Until204)?;
        (promised != rows).then(|| format!("the store counts {promised}, the list had {rows}"))
    }

    /// Drops rows that an earlier page or pass had, and inherited values of a pass of overrides;
    /// the rest counts as seen.
    fn admit(
        &mut self,
        pass: &Pass,
        outer: Option<&str>,
        rows: Vec<Listed>,
    ) -> Result<Vec<Listed>, Stop> {
        let overrides_follow = self
            .entity
            .listing
            .passes
            .iter()
            .any(|p| matches!(p.ids, Ids::Override));
        let mut fresh = Vec::with_capacity(rows.len());
        for mut row in rows {
            if overrides_follow {
                let print = self.print(&row.doc);
                match (&pass.ids, outer) {
                    (Ids::Override, Some(outer)) => {
                        if self.base.get(&row.id) == Some(&print) {
                            continue;
                        }
                        row.id = format!("{outer}/{}", row.id);
                    }
                    _ => {
                        self.base.insert(row.id.clone(), print);
                    }
                }
            }
            if self.vault.seen_add(self.entity.name, &[&row.id])? > 0 {
                fresh.push(row);
            }
        }
        Ok(fresh)
    }

    /// Drops what looks like a new override, but only because its base was edited since the first
    /// pass: the base is read again before one is believed.
    async fn true_overrides(
        &mut self,
        pass: &Pass,
        outer: Option<&str>,
        rows: Vec<Listed>,
    ) -> Result<Vec<Listed>, Stop> {
        let (Ids::Override, Some(outer)) = (&pass.ids, outer) else {
            return Ok(rows);
        };
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let print = self.print(&row.doc);
            if self.base.get(&row.id) != Some(&print) {
                let id = format!("{outer}/{}", row.id);
                let head = self.vault.head(self.entity.name, &id)?;
                if head.is_none_or(|head| head.state == State::Deleted) {
                    let base = super::live::find(self.client, self.entity, &row.id).await?;
                    if base.is_some_and(|base| self.print(&base) == print) {
                        continue;
                    }
                }
            }
            kept.push(row);
        }
        Ok(kept)
    }

    /// True where a pass of overrides lists one whose base the first pass did not: that list was
    /// short.
    fn orphans(&self, pass: &Pass, rows: &[Listed]) -> bool {
        matches!(pass.ids, Ids::Override) && rows.iter().any(|row| !self.base.contains_key(&row.id))
    }

    fn note_absent(&mut self, pass: &Pass) {
        if let When::Probe { otherwise, .. } = pass.when {
            self.tell(otherwise.to_owned());
        }
    }
}

fn first_pass(passes: &[Pass], pass: &Pass) -> bool {
    passes
        .first()
        .is_some_and(|first| std::ptr::eq(first, pass))
}

/// A probing pass whose first page is refused: the store does not offer the filter.
fn not_offered(pass: &Pass, error: &crate::api::Error) -> bool {
    matches!(pass.when, When::Probe { .. })
        && matches!(error.status(), Some(400 | 404 | 405 | 422 | 501))
}

/// A probing pass' row has to show that the filter was honoured.
fn proves(pass: &Pass, doc: &Value) -> bool {
    match pass.when {
        When::Probe { member, .. } => at(doc, member).and_then(Value::as_bool) == Some(true),
        _ => true,
    }
}

/// A row of a list into its id and document, digits untouched.
pub(super) fn parse(item: &RawValue, path: &str, id: &str) -> Result<(String, Value), Stop> {
    let bad = |why: String| Stop::Answer {
        path: path.to_owned(),
        why,
    };
    let doc: Value = serde_json::from_str(item.get()).map_err(|e| bad(e.to_string()))?;
    let id = doc
        .get(id)
        .and_then(id_text)
        .ok_or_else(|| bad(format!("a row without `{id}`: no object can be told by it")))?;
    Ok((id, doc))
}
