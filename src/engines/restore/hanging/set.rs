//! Setting for the new id what stood under the old one.
//!
//! What stands under the new id is read just before: what is there already is not sent again, and
//! what someone else set meanwhile is left. It is read again after.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde_json::Value;

use super::super::apply::Job;
use super::super::references::like;
use super::super::request::{halts, is_own_fault};
use super::super::{document, rows};
use super::find::within;
use super::{body, key, of, outer, same};
use crate::api::{self, Call, Change, Method};
use crate::engines::Error;
use crate::engines::capture::shape::id_text;
use crate::entities::Entity;
use crate::entities::entity::Hanging;
use crate::model::ChangeKind;
use crate::model::restore::{Action, FieldChange, Step, StepStatus};
use crate::vault::State;

/// One row to be set.
struct Row {
    /// Its step.
    at: usize,
    /// Where the plan tells of it.
    path: String,
    /// As it shall be.
    wanted: Value,
}

impl Job<'_> {
    /// Sets the rows of some steps.
    pub(in super::super) async fn hang(
        &mut self,
        entity: &'static Entity,
        range: Range<usize>,
    ) -> Result<(), Error> {
        // What was made is known by what was read back.
        self.read_back().await?;
        if self.has_halted() {
            return Ok(());
        }
        let all: Vec<usize> = range.collect();
        let Some(hanging) = of(entity, &self.steps[all[0]]) else {
            return self.leave_all(&all, "is not known to this version of vortex");
        };
        let mut lists: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        let mut ours = Vec::new();
        for at in all {
            let Some(rows) = self.rows_of(entity, hanging, at)? else {
                self.leave(at, "not set: what it hangs on was not made")?;
                continue;
            };
            ours.push(at);
            for row in rows {
                lists
                    .entry(outer(hanging, &row.wanted))
                    .or_default()
                    .push(row);
            }
        }
        self.note_all(&ours, StepStatus::Begun)?;
        for list in lists.into_values() {
            match self.set_list(entity, hanging, list).await {
                Ok(()) => {}
                Err(error) if halts(&error) => {
                    self.halt(&error);
                    return Ok(());
                }
                Err(error) => ours
                    .iter()
                    .for_each(|at| self.wrong(*at, &error.to_string())),
            }
        }
        if hanging.unless.is_some() && !self.keep_again(entity, &ours).await? {
            return Ok(());
        }
        let (failed, done): (Vec<_>, Vec<_>) = ours
            .into_iter()
            .partition(|at| self.steps[*at].error.is_some());
        self.note_all(&done, StepStatus::Done)?;
        self.note_all(&failed, StepStatus::Failed)
    }

    /// Adds to what is wrong with a step.
    fn wrong(&mut self, at: usize, why: &str) {
        let known = self.steps[at].error.take();
        self.steps[at].error = Some(match known {
            Some(known) if known.contains(why) => known,
            Some(known) => format!("{known}; {why}"),
            None => why.to_owned(),
        });
    }

    /// The step that makes what another hangs on, and the id that it made. Where rows of a living
    /// object are made, that is its own.
    fn maker(&self, at: usize) -> Option<(usize, String)> {
        let own = &self.steps[at];
        let makes = |step: &Step| {
            matches!(step.action, Action::Create | Action::Update)
                && step.copy.is_none()
                && (&step.entity, &step.id, &step.nested) == (&own.entity, &own.id, &own.nested)
        };
        let maker = self.steps.iter().position(makes)?;
        match self.steps[maker].action {
            Action::Update => Some((maker, own.id.clone())),
            _ => Some((maker, self.steps[maker].new_id.clone()?)),
        }
    }

    /// A step's rows under the ids of what was made; none where nothing was.
    fn rows_of(
        &mut self,
        entity: &'static Entity,
        hanging: &Hanging,
        at: usize,
    ) -> Result<Option<Vec<Row>>, Error> {
        let Some((maker, new)) = self.maker(at) else {
            return Ok(None);
        };
        let inner = hanging.of.is_none() && hanging.ids != entity.id;
        let mut pairs = None;
        if inner {
            // As it was read after that.
            let head = self.vault.head(entity.name, &new)?;
            let Some(head) = head.filter(|head| head.state == State::Live) else {
                return Ok(None);
            };
            let made = document(self.vault, entity, &new, head.version)?;
            let wanted = self.wanted(entity, maker)?;
            let (Some(made), Some(wanted)) = (made, wanted) else {
                return Ok(None);
            };
            pairs = Some(rows::pairs(entity, &wanted, &made));
        }
        let place = hanging.ids.strip_suffix(".id").unwrap_or_default();
        let mut all = Vec::new();
        for change in self.steps[at].changes.clone() {
            let named = change.to.get(hanging.names).cloned().unwrap_or_default();
            let now = match &pairs {
                None => Some(new.clone()),
                Some(pairs) => id_text(&named)
                    .and_then(|old| pairs.chain(place, &[old]))
                    .and_then(|mut now| now.pop()),
            };
            let Some(now) = now else {
                let why = format!("{}: what it is of was not made", change.path);
                self.wrong(at, &why);
                continue;
            };
            let mut wanted = change.to;
            wanted[hanging.names] = like(&named, &now);
            let path = change.path;
            all.push(Row { at, path, wanted });
        }
        Ok(Some(all))
    }

    /// Sets the rows of one list.
    async fn set_list(
        &mut self,
        entity: &'static Entity,
        hanging: &'static Hanging,
        rows: Vec<Row>,
    ) -> Result<(), api::Error> {
        let before = self.standing_now(hanging, &rows).await?;
        let before = by_key(hanging, &before);
        let mut missing = Vec::new();
        for row in rows {
            match find(hanging, &before, &row.wanted) {
                None => missing.push(row),
                Some(is) if same(hanging, is, &row.wanted) => {}
                Some(_) => {
                    let why = format!("{} was set meanwhile, and is left as it is", row.path);
                    self.wrong(row.at, &why);
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let list = outer(hanging, &missing[0].wanted);
        let path = hanging.set.replace("{within}", &list);
        let mut refused: Vec<(usize, String)> = Vec::new();
        for some in missing.chunks(hanging.batch.max(1)) {
            let bodies = some.iter().map(|row| {
                let id = row.wanted.get(hanging.names).cloned().unwrap_or_default();
                Value::Object(body(hanging, &row.wanted, &id))
            });
            let mut bodies: Vec<Value> = bodies.collect();
            let send = Change {
                method: Method::Put,
                call: Call::new(hanging.api, path.clone()),
                body: match hanging.batch {
                    0 => bodies.remove(0),
                    _ => Value::Array(bodies),
                },
                file: None,
            };
            match self.client.send(&send).await {
                Ok(_) => {}
                // What ends the work is seen when it is read again.
                Err(error) if halts(&error) && !is_own_fault(&error) => return Err(error),
                // Some of them may have been set all the same.
                Err(error) => refused.extend(some.iter().map(|row| (row.at, error.to_string()))),
            }
        }
        let after = self.standing_now(hanging, &missing).await?;
        let after = by_key(hanging, &after);
        for row in missing {
            let is = find(hanging, &after, &row.wanted);
            if is.is_some_and(|is| same(hanging, is, &row.wanted)) {
                continue;
            }
            match refused.iter().find(|(at, _)| *at == row.at) {
                Some((_, why)) => self.wrong(row.at, &format!("{}: {why}", row.path)),
                None => {
                    let id = self.steps[row.at].id.clone();
                    let (path, to) = (row.path, row.wanted);
                    let from = is.cloned().unwrap_or_default();
                    self.differs(entity, &id, FieldChange { path, from, to });
                }
            }
        }
        Ok(())
    }

    /// What stands now under the ids that rows of one list name.
    async fn standing_now(
        &self,
        hanging: &Hanging,
        rows: &[Row],
    ) -> Result<Vec<Value>, api::Error> {
        let named = rows.iter().filter_map(|row| row.wanted.get(hanging.names));
        let mut ids: Vec<String> = named.filter_map(id_text).collect();
        ids.sort_unstable();
        ids.dedup();
        let list = rows.first().and_then(|row| row.wanted.get(hanging.within));
        let list = list.filter(|_| hanging.over.is_some());
        within(self.client, hanging, list, &ids).await
    }

    /// Keeps as versions what was just completed. False, and the work ends, where the store can't be
    /// asked.
    async fn keep_again(&mut self, entity: &'static Entity, all: &[usize]) -> Result<bool, Error> {
        let made = all.iter().filter_map(|at| Some(self.maker(*at)?.1));
        let ids: Vec<String> = made.collect();
        let Some(now) = self.look(entity, &ids, true).await? else {
            return Ok(false);
        };
        for (id, read) in &now {
            self.keep(entity, id, read, ChangeKind::Restored).await?;
        }
        Ok(true)
    }
}

/// What tells a row from all others: its list and its key.
type Place = (String, Vec<String>);

fn place_of(hanging: &Hanging, row: &Value) -> Place {
    (outer(hanging, row), key(hanging, row))
}

/// Rows by what tells them apart.
fn by_key<'a>(hanging: &Hanging, rows: &'a [Value]) -> HashMap<Place, &'a Value> {
    let places = rows.iter().map(|row| (place_of(hanging, row), row));
    places.collect()
}

/// The row of the same key and list.
fn find<'a>(
    hanging: &Hanging,
    rows: &HashMap<Place, &'a Value>,
    wanted: &Value,
) -> Option<&'a Value> {
    rows.get(&place_of(hanging, wanted)).copied()
}
