//! The parts of a document that the API serves elsewhere: fetched by the cheapest way that the
//! description names, and nested where it says.
//!
//! A part that can't be had is told as the object's fault: the object is then not written at all.

use std::collections::{HashMap, HashSet};

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Map, Value};

use super::assemble::Candidate;
use super::deep::Due;
use super::shape::{all_at, applies, each_host, id_text};
use super::work::{Stop, Work};
use crate::api::Error;
use crate::engines::ask::{self, listing};
use crate::entities::entity::{Only, Part, Source};
use crate::model::Paging;

/// Requests offered to the client at once; how many really fly is the client's own decision.
const OFFERED_MAX: usize = 16;

/// A list that shifted under the reading is read again, so many times in all (rule 3).
pub(super) const LISTINGS_MAX: u32 = 3;

/// One list to be read for one host.
struct Errand {
    candidate: usize,
    /// Which of the hosts at the part's place: 0 for the document itself.
    host: usize,
    path: String,
}

impl Work<'_> {
    pub(super) fn scope(&self, part: &Part) -> &'static str {
        part.scope_read.unwrap_or(self.entity.scope_read)
    }

    /// All parts that are read every time.
    pub(super) async fn fill_parts(&mut self, all: &mut [Candidate]) -> Result<(), Stop> {
        for (index, part) in self.entity.parts.iter().enumerate() {
            match &part.source {
                _ if part.deep => {}
                Source::Bulk { .. } => {
                    if self.join(index, part, all, |_| true)? && !self.staged[index].sure() {
                        // A host names a row that the list lacked: it may be newer than the list.
                        self.stage_part(index).await?;
                        self.staged[index].confirmed = true;
                        self.join(index, part, all, |_| true)?;
                    }
                }
                Source::Overflow { .. } => self.overflow(part, all).await?,
                Source::PerObject { .. } => self.per_object(part, all, |_| true).await?,
                Source::Include { .. } => self.include(part, all, |_| true).await?,
            }
        }
        Ok(())
    }

    /// The deep parts of those that are due.
    pub(super) async fn fill_deep(&mut self, all: &mut [Candidate]) -> Result<(), Stop> {
        let due = |c: &Candidate| c.due == Due::Read;
        if !all.iter().any(due) {
            return Ok(());
        }
        for part in self.entity.deep_parts() {
            match &part.source {
                Source::Include { .. } => self.include(part, all, due).await?,
                Source::PerObject { .. } => self.per_object(part, all, due).await?,
                Source::Bulk { .. } | Source::Overflow { .. } => {}
            }
        }
        Ok(())
    }

    /// Reads lists whole that an include cut short.
    async fn overflow(&mut self, part: &Part, all: &mut [Candidate]) -> Result<(), Stop> {
        let Source::Overflow {
            count,
            path,
            query,
            param,
            key,
            chunk,
        } = &part.source
        else {
            return Ok(());
        };
        let name = part.members[0]; // an overflowing list is one member
        let short = |doc: &Value| is_short(doc, count, name);
        let ids: Vec<String> = all
            .iter()
            .filter(|c| short(&c.doc))
            .map(|c| c.id.clone())
            .collect();
        let mut rows: HashMap<String, Vec<Value>> = HashMap::new();
        for ids in ids.chunks(*chunk) {
            let mut list = listing(part.api, path, query, Paging::Offset, 250, "id");
            list.query.push(((*param).to_owned(), ids.join(",")));
            let listed = ask::rows(self.client, &list).await;
            let listed = listed.map_err(|why| Stop::asking(why, self.scope(part)))?;
            for row in listed {
                if let Some(host) = row.get(*key).and_then(id_text) {
                    rows.entry(host).or_default().push(row);
                }
            }
        }
        for candidate in all.iter_mut() {
            if let Some(rows) = rows.remove(&candidate.id) {
                set(&mut candidate.doc, name, Value::Array(rows));
            }
            if short(&candidate.doc) {
                candidate.fault = Some(format!(
                    "{path} answered fewer {name} than `{count}` promises"
                ));
            }
        }
        Ok(())
    }

    /// Takes members from the same list with other includes, some ids at a time.
    async fn include(
        &mut self,
        part: &Part,
        all: &mut [Candidate],
        wanted: impl Fn(&Candidate) -> bool,
    ) -> Result<(), Stop> {
        let Source::Include { chunk, .. } = &part.source else {
            return Ok(());
        };
        let places: Vec<usize> = (0..all.len())
            .filter(|i| open(&all[*i]) && wanted(&all[*i]))
            .collect();
        let singly = self.include_lots(part, all, &places, *chunk).await?;
        self.include_lots(part, all, &singly, 1).await?;
        Ok(())
    }

    /// One round of it, so many ids at a time. Answers those whose lot failed.
    async fn include_lots(
        &mut self,
        part: &Part,
        all: &mut [Candidate],
        places: &[usize],
        chunk: usize,
    ) -> Result<Vec<usize>, Stop> {
        let Source::Include {
            path, query, param, ..
        } = &part.source
        else {
            return Ok(Vec::new());
        };
        let mut singly = Vec::new();
        let errands = places.chunks(chunk).map(|places| {
            let ids: Vec<&str> = places.iter().map(|i| all[*i].id.as_str()).collect();
            let limit = u32::try_from(chunk).unwrap_or(u32::MAX);
            let mut list = listing(part.api, path, query, Paging::Offset, limit, self.entity.id);
            list.query.push(((*param).to_owned(), ids.join(",")));
            let (client, places) = (self.client.clone(), places.to_vec());
            async move { (places, ask::rows(&client, &list).await.map_err(Stop::from)) }
        });
        let errands: Vec<_> = errands.collect();
        let mut answers = stream::iter(errands).buffer_unordered(OFFERED_MAX);
        let mut results = Vec::new();
        while let Some(result) = answers.next().await {
            results.push(result);
        }
        drop(answers);
        for (places, result) in results {
            let rows = match result {
                Ok(rows) => rows,
                // One bad object must not take its neighbours along.
                Err(stop) if places.len() > 1 && !stop.ends_the_entity() => {
                    singly.extend(places);
                    continue;
                }
                Err(stop) => {
                    self.fault(part, all, &places, stop)?;
                    continue;
                }
            };
            let mut by_id: HashMap<String, Value> = rows
                .into_iter()
                .filter_map(|row| Some((row.get(self.entity.id).and_then(id_text)?, row)))
                .collect();
            for place in places {
                let candidate = &mut all[place];
                let Some(mut row) = by_id.remove(&candidate.id) else {
                    candidate.vanished = Some(format!("{path} lacks it"));
                    continue;
                };
                for member in part.members {
                    match row.get_mut(*member).map(Value::take) {
                        Some(value) => set(&mut candidate.doc, member, value),
                        None => {
                            candidate.fault =
                                Some(format!("{path} answered without `{member}`, though asked"));
                        }
                    }
                }
            }
        }
        Ok(singly)
    }

    /// Reads one list for each object, or for each host nested in it.
    async fn per_object(
        &mut self,
        part: &Part,
        all: &mut [Candidate],
        wanted: impl Fn(&Candidate) -> bool,
    ) -> Result<(), Stop> {
        let Source::PerObject {
            path,
            query,
            paging,
            limit,
        } = &part.source
        else {
            return Ok(());
        };
        let name = part.members[0]; // a list for each object is one member
        let mut errands = Vec::new();
        for (index, candidate) in all.iter_mut().enumerate() {
            if !open(candidate) || !wanted(candidate) {
                continue;
            }
            let own_id = candidate.id.clone();
            // The figures that say there is none are believed where that costs nothing.
            let by_figures = matches!(part.only, Only::NotZero(_));
            let forced = by_figures && (self.deep.full() || candidate.recheck);
            let mut place = 0;
            each_host(&mut candidate.doc, part.at, |host| {
                let id = if part.at.is_empty() {
                    Some(own_id.clone())
                } else {
                    host.get("id").and_then(id_text)
                };
                match id {
                    Some(id) if forced || applies(&part.only, host) => errands.push(Errand {
                        candidate: index,
                        host: place,
                        path: path.replace("{id}", &id),
                    }),
                    _ => nest(host, part, name, Value::Array(Vec::new())),
                }
                place += 1;
            });
        }
        let requests = errands.into_iter().map(|errand| {
            let client = self.client.clone();
            let list = listing(part.api, &errand.path, query, *paging, *limit, "id");
            async move { (errand, ask::rows(&client, &list).await.map_err(Stop::from)) }
        });
        let mut answers = stream::iter(requests).buffer_unordered(OFFERED_MAX);
        while let Some((errand, result)) = answers.next().await {
            let rows = match result {
                Ok(rows) => rows,
                Err(error) => {
                    self.fault(part, all, &[errand.candidate], error)?;
                    continue;
                }
            };
            let mut place = 0;
            let mut rows = Some(rows);
            each_host(&mut all[errand.candidate].doc, part.at, |host| {
                if place == errand.host
                    && let Some(rows) = rows.take()
                {
                    nest(host, part, name, Value::Array(rows));
                }
                place += 1;
            });
        }
        Ok(())
    }

    /// A part that lacks what the last version had is read again before that is believed: no list
    /// that is read once can show that it was short.
    pub(super) async fn confirm_losses(&mut self, all: &mut [Candidate]) -> Result<(), Stop> {
        for index in 0..self.entity.parts.len() {
            let part = &self.entity.parts[index];
            let bulk = matches!(part.source, Source::Bulk { .. });
            if matches!(part.source, Source::Overflow { .. }) || (bulk && self.staged[index].sure())
            {
                continue;
            }
            let mut lost = false;
            for candidate in all.iter_mut() {
                candidate.recheck = open(candidate)
                    && (!part.deep || candidate.due == Due::Read)
                    && candidate
                        .before
                        .as_ref()
                        .is_some_and(|old| lacks(part, old, &candidate.doc));
                lost |= candidate.recheck;
            }
            if !lost {
                continue;
            }
            match &part.source {
                Source::Bulk { .. } => {
                    let rows = self.staged[index].rows;
                    self.stage_part(index).await?;
                    if self.staged[index].rows != rows {
                        self.stage_part(index).await?;
                    }
                    self.staged[index].confirmed = true;
                    self.join(index, part, all, |c| c.recheck)?;
                }
                Source::Include { .. } => self.include(part, all, |c| c.recheck).await?,
                Source::PerObject { .. } => self.per_object(part, all, |c| c.recheck).await?,
                Source::Overflow { .. } => {}
            }
        }
        Ok(())
    }

    /// A part could not be had: for a refusal the entity ends, else its objects are at fault.
    fn fault(
        &mut self,
        part: &Part,
        all: &mut [Candidate],
        places: &[usize],
        stop: Stop,
    ) -> Result<(), Stop> {
        let stop = stop.of_scope(self.scope(part));
        if stop.ends_the_entity() {
            return Err(stop);
        }
        for place in places {
            if stop.is_not_found() {
                all[*place].vanished = Some(stop.to_string());
            } else {
                all[*place].fault = Some(stop.to_string());
            }
        }
        Ok(())
    }
}

/// True where the new document lacks an element of a part's list, or the part, that the old had.
fn lacks(part: &Part, old: &Value, new: &Value) -> bool {
    let prefix = if part.at.is_empty() {
        String::new()
    } else {
        format!("{}.", part.at)
    };
    part.members.iter().any(|member| {
        let keys = |doc: &Value| -> HashSet<String> {
            let listed = all_at(doc, &format!("{prefix}{member}[]"));
            let ids = listed.iter().map(|v| v.get("id").and_then(id_text));
            ids.enumerate()
                .map(|(n, id)| id.unwrap_or_else(|| format!("#{n}")))
                .collect()
        };
        let single = |doc: &Value| {
            all_at(doc, &format!("{prefix}{member}"))
                .iter()
                .any(|v| v.is_object())
        };
        !keys(old).is_subset(&keys(new)) || (single(old) && !single(new))
    })
}

/// Still worth a request.
fn open(candidate: &Candidate) -> bool {
    candidate.fault.is_none() && candidate.vanished.is_none()
}

/// The refusal of a feature that the store does not have, where the description knows of one.
pub(super) fn lacking(part: &Part, error: &Error) -> bool {
    part.feature.is_some() && matches!(error.status(), Some(403 | 404 | 405 | 501))
}

/// Whether a member's list has fewer rows than another member tells.
pub(super) fn is_short(doc: &Value, count: &str, name: &str) -> bool {
    let told = doc.get(count).and_then(id_text);
    let told = told.and_then(|n| n.parse::<usize>().ok());
    let came = doc.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    told.is_some_and(|told| told > came)
}

/// Nests a part. In a nested host an empty one is left out: six hundred variants need not say six
/// hundred times that they have no metafields.
pub(super) fn nest(host: &mut Map<String, Value>, part: &Part, name: &str, value: Value) {
    let nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if part.at.is_empty() || !nothing {
        host.insert(name.to_owned(), value);
    } else {
        host.shift_remove(name);
    }
}

pub(super) fn set(doc: &mut Value, name: &str, value: Value) {
    if let Some(members) = doc.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
