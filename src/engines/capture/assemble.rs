//! A page of listed objects into versions: complete each with its parts, compare, write.

use serde_json::Value;

use super::deep::{Due, Facts};
use super::listing::Listed;
use super::shape;
use super::work::{Stop, Work};
use crate::model::ChangeKind;
use crate::model::fingerprint::Fingerprint;
use crate::vault::{Head, State, Write};

/// One object on its way into the vault.
pub(super) struct Candidate {
    pub id: String,
    pub doc: Value,
    pub head: Option<Head>,
    pub shallow: Fingerprint,
    pub stamp: Option<String>,
    /// Rows that the listing still has after it, if the API says.
    pub after: Option<u64>,
    pub due: Due,
    /// Why it can't be captured in this run.
    pub fault: Option<String>,
    /// The part that answered "not there" while it was read.
    pub vanished: Option<String>,
    /// The last version's document, where this one differs from it.
    pub before: Option<Value>,
    /// A part lacks what it had and is to be read again.
    pub recheck: bool,
}

/// What a write borrows, kept alive until the transaction.
struct Ready {
    id: String,
    kind: Kind,
}

enum Kind {
    Reprint {
        expect: Option<u32>,
        print: Fingerprint,
        shallow: Fingerprint,
    },
    Touch {
        pending: bool,
        stamp: Option<String>,
    },
    Version {
        expect: Option<u32>,
        change: ChangeKind,
        body: Vec<u8>,
        print: Fingerprint,
        shallow: Fingerprint,
        pending: bool,
        stamp: Option<String>,
        label: String,
        search: String,
        sample: Option<Vec<u8>>,
    },
}

impl Work<'_> {
    /// The fingerprint of a whole document.
    pub(super) fn print(&self, doc: &Value) -> Fingerprint {
        self.masks.print(self.entity, doc)
    }

    /// The same, from what the main listing alone told: only the deep parts are gone through.
    fn with_deep(&self, doc: &Value, shallow: Fingerprint) -> Fingerprint {
        self.masks.with_deep(self.entity, doc, shallow)
    }

    fn shallow(&self, doc: &Value) -> Fingerprint {
        self.masks.shallow_print(self.entity, doc)
    }

    /// Completes, compares and writes a page's objects in one transaction.
    pub(super) async fn take(&mut self, rows: Vec<Listed>) -> Result<(), Stop> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut candidates = self.candidates(rows)?;
        self.fill_parts(&mut candidates).await?;
        for candidate in &mut candidates {
            candidate.shallow = self.shallow(&candidate.doc);
        }
        self.decide(&mut candidates);
        self.fill_deep(&mut candidates).await?;
        if self.recall(&mut candidates)? {
            self.confirm_losses(&mut candidates).await?;
            for candidate in &mut candidates {
                candidate.shallow = self.shallow(&candidate.doc);
            }
        }
        self.write(candidates)
    }

    fn candidates(&mut self, rows: Vec<Listed>) -> Result<Vec<Candidate>, Stop> {
        let mut candidates = Vec::with_capacity(rows.len());
        for Listed { id, doc, after } in rows {
            let head = self.vault.head(self.entity.name, &id)?;
            let stamp = match self.entity.modified {
                Some(member) if self.deep.any() => doc.get(member).and_then(shape::plain),
                _ => None,
            };
            candidates.push(Candidate {
                id,
                doc,
                head,
                shallow: Fingerprint::default(),
                stamp,
                after,
                due: Due::Keep,
                fault: None,
                vanished: None,
                before: None,
                recheck: false,
            });
        }
        Ok(candidates)
    }

    /// Fetches the last version's document of each that differs from it, where parts are read that
    /// could have come short. True when there is any.
    fn recall(&mut self, candidates: &mut [Candidate]) -> Result<bool, Stop> {
        let mut any = false;
        if self.entity.parts.is_empty() {
            return Ok(false);
        }
        for candidate in candidates {
            let Some(head) = candidate
                .head
                .as_ref()
                .filter(|head| head.state == State::Live)
            else {
                continue;
            };
            let differs = match candidate.due {
                Due::Read => self.with_deep(&candidate.doc, candidate.shallow) != head.fingerprint,
                Due::Keep | Due::Carry | Due::Later => candidate.shallow != head.shallow,
            };
            if differs && candidate.fault.is_none() && candidate.vanished.is_none() {
                let body = self
                    .vault
                    .document(self.entity.name, &candidate.id, head.version)?;
                candidate.before = body.and_then(|body| serde_json::from_slice(&body).ok());
                any = true;
            }
        }
        Ok(any)
    }

    fn decide(&mut self, candidates: &mut [Candidate]) {
        for candidate in candidates {
            if !self.deep.any() || candidate.fault.is_some() || candidate.vanished.is_some() {
                continue;
            }
            let live = candidate
                .head
                .as_ref()
                .filter(|head| head.state == State::Live);
            let settled = self.entity.settled.as_ref().is_some_and(|settled| {
                let state = candidate.doc.get(settled.member).and_then(shape::plain);
                state.is_some_and(|state| settled.values.contains(&state.as_str()))
            });
            candidate.due = self.deep.decide(&Facts {
                id: &candidate.id,
                new: live.is_none(),
                pending: live.is_some_and(|head| head.pending),
                changed: live.is_some_and(|head| head.shallow != candidate.shallow),
                moved: live.is_some_and(|head| head.stamp != candidate.stamp),
                settled,
                after: candidate.after,
            });
        }
    }

    fn write(&mut self, candidates: Vec<Candidate>) -> Result<(), Stop> {
        let mut ready = Vec::new();
        let mut faults = Vec::new();
        for candidate in candidates {
            if let Some(part) = candidate.vanished {
                self.vanished.push((candidate.id, part));
                continue;
            }
            if let Some(fault) = candidate.fault {
                faults.push((candidate.id, fault));
                continue;
            }
            self.completed();
            self.count_state(&candidate.doc);
            let id = candidate.id.clone();
            match self.compare(candidate)? {
                Some(kind) => ready.push(Ready { id, kind }),
                None => self.report.unchanged += 1,
            }
        }
        let entity = self.entity.name;
        let writes: Vec<Write<'_>> = ready.iter().map(|r| r.as_write(entity)).collect();
        if !writes.is_empty() {
            self.vault.write(self.run, self.clock.now(), &writes)?;
        }
        for ready in &ready {
            match &ready.kind {
                Kind::Version {
                    change: ChangeKind::Created,
                    ..
                } => self.report.created += 1,
                Kind::Version { .. } => self.report.updated += 1,
                Kind::Touch { .. } | Kind::Reprint { .. } => self.report.unchanged += 1,
            }
        }
        // Only now: a page's good objects are written whatever became of the others.
        for (id, fault) in faults {
            self.problem(&id, &fault)?;
        }
        Ok(())
    }

    fn count_state(&mut self, doc: &Value) {
        let by_state = self
            .entity
            .counts
            .as_ref()
            .and_then(|c| c.by_state.as_ref());
        if let Some(state) = by_state
            .and_then(|b| doc.get(b.member))
            .and_then(shape::id_text)
        {
            if self.uncounted {
                self.beside += 1;
            } else {
                *self.states.entry(state).or_default() += 1;
            }
        }
    }

    /// What is to be written for one object, if anything.
    fn compare(&mut self, candidate: Candidate) -> Result<Option<Kind>, Stop> {
        let Candidate {
            id,
            mut doc,
            head,
            shallow,
            stamp,
            due,
            ..
        } = candidate;
        let live = head.as_ref().filter(|head| head.state == State::Live);
        if let Some(live) = live
            && due == Due::Keep
            && live.shallow == shallow
        {
            return Ok(None);
        }
        // A bulk part read again can show a change that was not there when it was decided.
        let due = match live {
            Some(live) if due == Due::Keep && self.deep.any() && live.shallow != shallow => {
                Due::Carry
            }
            _ => due,
        };
        let pending = match due {
            Due::Later => true,
            Due::Carry => {
                if let Some(live) = live {
                    self.carry(&id, live, &mut doc)?;
                }
                true
            }
            Due::Read | Due::Keep => false,
        };
        let print = self.with_deep(&doc, shallow);
        if let Some(live) = live
            && live.fingerprint == print
        {
            let touched = live.pending != pending || live.stamp != stamp;
            return Ok(touched.then_some(Kind::Touch { pending, stamp }));
        }
        if let Some(live) = live
            && self.reshaped
            && self
                .masks
                .stands(self.vault, self.entity, &id, live.version, &print)?
        {
            return Ok(Some(Kind::Reprint {
                expect: Some(live.version),
                print,
                shallow,
            }));
        }
        let label = shape::label(self.entity, &doc);
        let search = shape::search_text(self.entity, &label, &doc);
        let body = serde_json::to_vec(&doc).map_err(|e| Stop::Answer {
            path: format!("{}/{id}", self.entity.name),
            why: e.to_string(),
        })?;
        let sample = match self.entity.personal {
            _ if head.is_some() || !self.vault.wants_samples(self.entity.name)? => None,
            [""] => None,
            [] => Some(body.clone()),
            _ => serde_json::to_vec(&self.masks.personal.without(&doc)).ok(),
        };
        Ok(Some(Kind::Version {
            expect: head.as_ref().map(|head| head.version),
            change: if live.is_some() {
                ChangeKind::Updated
            } else {
                ChangeKind::Created
            },
            body,
            print,
            shallow,
            pending,
            stamp,
            label,
            search,
            sample,
        }))
    }

    /// Puts the deep parts of the last version into a document whose own were not read.
    fn carry(&mut self, id: &str, live: &Head, doc: &mut Value) -> Result<(), Stop> {
        let body = self.vault.document(self.entity.name, id, live.version)?;
        let Some(Ok(Value::Object(mut old))) = body.map(|b| serde_json::from_slice::<Value>(&b))
        else {
            return Ok(());
        };
        if let Some(members) = doc.as_object_mut() {
            for member in self.entity.deep_members() {
                if let Some(value) = old.shift_remove(member) {
                    members.insert(member.to_owned(), value);
                }
            }
        }
        Ok(())
    }
}

impl Ready {
    fn as_write<'a>(&'a self, entity: &'a str) -> Write<'a> {
        match &self.kind {
            Kind::Reprint {
                expect,
                print,
                shallow,
            } => Write::Reprint {
                entity,
                id: &self.id,
                expect: *expect,
                fingerprint: *print,
                shallow: *shallow,
            },
            Kind::Touch { pending, stamp } => Write::Touch {
                entity,
                id: &self.id,
                pending: *pending,
                stamp: stamp.as_deref(),
            },
            Kind::Version {
                expect,
                change,
                body,
                print,
                shallow,
                pending,
                stamp,
                label,
                search,
                sample,
            } => Write::Version {
                entity,
                id: &self.id,
                expect: *expect,
                change: *change,
                body,
                fingerprint: *print,
                shallow: *shallow,
                pending: *pending,
                stamp: stamp.as_deref(),
                label,
                search,
                sample: sample.as_deref(),
            },
        }
    }
}
