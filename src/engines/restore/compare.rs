//! One object of a plan: what is wanted against what lives, as a step. Sends nothing.

use serde_json::Value;

use super::became;
use super::chunks::member;
use super::fields::{Eyes, beyond_reach, differences, is_rows, top};
use super::plan::Planner;
use super::references::{renumber, root};
use super::rows;
use super::stand_in;
use super::uploads;
use super::{Target, Want, document};
use crate::engines::Error;
use crate::engines::capture::shape::{applies, label};
use crate::engines::pictures;
use crate::entities::Entity;
use crate::entities::entity::{Part, Source};
use crate::model::restore::{Action, FieldChange, Step};

impl Planner<'_> {
    /// One target against what lives: its step (a skip where nothing lives), and what is wanted, or
    /// what goes.
    pub(super) fn compare(
        &mut self,
        entity: &'static Entity,
        target: &Target,
        id: &str,
    ) -> Result<(Step, Option<Value>), Error> {
        let known = self.vault.object(entity.name, id)?.map(|row| row.label);
        let mut step = Step::skip(entity.name, id, &known.unwrap_or_default(), "");
        step.only = self.only(target);
        let key = (entity.name, id.to_owned());
        let version = match target.want {
            Want::Version(version) => version,
            Want::Absent | Want::AbsentNested(_) => {
                let live = self.live.get(&key).map(|kept| kept.read().doc);
                absent(entity, live.as_ref(), &mut step);
                return Ok((step, live));
            }
        };
        step.version = Some(version);
        let Some(mut wanted) = document(self.vault, entity, id, version)? else {
            step.reason = format!("v{version} is a deletion or is not there");
            step.lacking = target.asked;
            return Ok((step, None));
        };
        renumber(self.vault, entity, &mut wanted)?;
        if !self.options.literal {
            became::renumber(self.vault, entity, &mut wanted)?;
        }
        let live = self.live.get(&key).map(|kept| kept.read().doc);
        self.resolve(entity, id, &mut wanted, live.as_ref());
        pictures::mark_held(self.vault, entity, &mut wanted)?;
        step.label = label(entity, &wanted);
        if live
            .as_ref()
            .is_some_and(|live| stand_in::is_over(entity, live))
        {
            return Ok((self.over(entity, step, &wanted), Some(wanted)));
        }
        if let Some(live) = live {
            self.update(entity, id, &wanted, &live, &mut step, target.asked)?;
        }
        Ok((step, Some(wanted)))
    }

    pub(super) fn update(
        &self,
        entity: &'static Entity,
        id: &str,
        wanted: &Value,
        live: &Value,
        step: &mut Step,
        asked: bool,
    ) -> Result<(), Error> {
        let fields = &step.only.clone();
        let mut marked = live.clone();
        pictures::mark_live(self.vault, entity, &mut marked)?;
        let singles = uploads::compare(entity, wanted, Some(&marked), fields, &[]);
        let mut lacks = !singles.lost.is_empty();
        let mut changes = differences(entity, wanted, live, fields);
        if entity.writes.relink_named && !self.options.relink_orders {
            // What it points to is its history: left, unless that is asked for.
            let points = |path: &str| {
                let mut all = entity.references.iter();
                all.any(|reference| root(reference.member) == &path[1..])
            };
            changes.retain(|change| !fields.is_empty() || !points(&change.path));
        }
        let plain = changes.len();
        let mut row_requests = 0;
        step.losses.extend(singles.lost);
        for (rows, work) in rows::compare_all(entity, wanted, &marked, fields, false) {
            let told = rows::changes(rows, &work);
            row_requests += told.len().div_ceil(rows.batch.max(1)) as u32;
            lacks |= work.lacks;
            step.losses.extend(work.lost);
            changes.extend(told);
        }
        for field in fields {
            let member = top(field);
            let written = entity.writes.members.contains(&member) || is_rows(entity, member);
            if !written && !uploads::is_picture(entity, member) {
                step.losses.push(format!(
                    "{member}: can't be written through the API, or has no such name"
                ));
            }
        }
        if fields.is_empty() {
            for member in beyond_reach(entity, wanted, live) {
                let why = "can't be written through the API";
                step.losses.push(format!("{member}: {why}"));
            }
        }
        if changes.is_empty() {
            step.reason = match step.losses.is_empty() {
                true => "is as it was".to_owned(),
                false => "differs only in what the API does not let one write".to_owned(),
            };
            step.lacking = asked && !step.losses.is_empty();
            return Ok(());
        }
        if plain > 0 && entity.writes.update.is_none() {
            step.reason = entity.why_not().unwrap_or("can't be changed").to_owned();
            step.lacking = true;
            return Ok(());
        }
        for one in entity.writes.unsettable {
            let is = live.get(one.member).and_then(Value::as_str) == Some(one.text);
            let kept = !changes.iter().any(|change| &change.path[1..] == one.member);
            if is && kept && plain > 0 {
                let (member, text, becomes) = (one.member, one.text, one.becomes);
                step.losses.push(format!(
                    "{member}: {text} can't be written: with any change it becomes {becomes}"
                ));
            }
        }
        step.action = Action::Update;
        step.lacking = lacks;
        step.reason = "differs from the wanted version".to_owned();
        step.conflicts = self.conflicts(entity, id, live, &changes)?;
        step.requests = u32::from(plain > 0) + row_requests + 2;
        step.changes = changes;
        Ok(())
    }

    /// Of the changes those that no version holds: the store was edited after its last backup.
    fn conflicts(
        &self,
        entity: &'static Entity,
        id: &str,
        live: &Value,
        changes: &[FieldChange],
    ) -> Result<Vec<FieldChange>, Error> {
        let Some(head) = self.vault.head(entity.name, id)? else {
            return Ok(Vec::new());
        };
        let Some(known) = document(self.vault, entity, id, head.version)? else {
            return Ok(Vec::new());
        };
        let eyes = Eyes::of(entity);
        let null = Value::Null;
        let unknown = |change: &&FieldChange| {
            let member = top(member(change));
            let of = |doc: &Value| doc.get(member).cloned().unwrap_or(null.clone());
            !eyes.same(member, &of(&known), &of(live))
        };
        Ok(changes.iter().filter(unknown).cloned().collect())
    }

    pub(super) fn create(&self, entity: &'static Entity, wanted: &Value, step: &mut Step) {
        let lacking = |step: &mut Step, why: &str| {
            step.reason = why.to_owned();
            step.lacking = true;
        };
        if !step.only.is_empty() {
            return lacking(step, "is gone, and single fields don't make it anew");
        }
        if entity.writes.making(self.options.copy).is_none() {
            let why = entity.writes.no_create.or(entity.why_not());
            return lacking(step, why.unwrap_or("can't be made anew"));
        }
        for (member, text, why) in entity.writes.unmakeable {
            let told = wanted.get(*member).filter(|value| !value.is_null());
            if told.map_or(Some(""), Value::as_str) == Some(*text) {
                return lacking(step, why);
            }
        }
        step.action = Action::Create;
        let asked = entity.writes.on_request.iter().map(|asked| asked.flag);
        let asked = asked.filter(|flag| self.options.on_request.contains(flag));
        step.on_request = asked.map(str::to_owned).collect();
        step.reason = "is gone".to_owned();
        let nothing = Value::Object(serde_json::Map::new());
        let all = rows::compare_all(entity, wanted, &nothing, &[], true);
        let sent = all
            .iter()
            .filter(|(rows, _)| !entity.writes.create_only.contains(&rows.member));
        // It is read whole when it is made, and where it has rows once more after them, and between
        // lists that stir each other.
        let whole = 1 + parts_read(entity, wanted);
        let mut rows = 0;
        let mut stirred = false;
        for (list, work) in sent {
            let made = work.create.len();
            if made == 0 {
                continue;
            }
            rows += made.div_ceil(list.batch.max(1)) + usize::from(stirred) * whole;
            stirred = list.stirs;
        }
        // Several in one request are read together first, and only those with rows by themselves.
        let batch = entity
            .writes
            .create
            .as_ref()
            .map_or(0, |create| create.batch);
        let own = match rows {
            0 if batch > 1 => 0,
            0 => whole,
            rows => whole + rows + whole,
        };
        step.requests = 1 + own as u32;
        step.losses = entity
            .writes
            .lost
            .iter()
            .map(|lost| format!("{}: {}", lost.what, lost.why))
            .collect();
        for (_, work) in all {
            step.losses.extend(work.lost);
            step.lacking |= work.lacks;
        }
        let singles = uploads::compare(entity, wanted, None, &[], &[]);
        step.lacking |= !singles.lost.is_empty();
        step.losses.extend(singles.lost);
    }
}

/// Requests that the parts of an object take which the API serves elsewhere, as its document tells.
fn parts_read(entity: &Entity, doc: &Value) -> usize {
    let host = |part: &Part| match doc.as_object() {
        Some(members) if part.at.is_empty() => applies(&part.only, members),
        _ => true,
    };
    let overflows = |part: &Part| matches!(part.source, Source::Overflow { .. });
    let read = entity
        .parts
        .iter()
        .filter(|part| !overflows(part) && host(part));
    read.count()
}

/// A step that deletes what was not there then.
fn absent(entity: &Entity, live: Option<&Value>, step: &mut Step) {
    match (live, &entity.writes.delete) {
        (None, _) => step.reason = "is not there any more".to_owned(),
        (Some(live), Some(_)) => {
            step.action = Action::Delete;
            step.label = label(entity, live);
            step.reason = "was not there then".to_owned();
            step.requests = 2;
        }
        (Some(live), None) => {
            let stays = entity
                .writes
                .stand_in
                .as_ref()
                .map(|twin| twin.stays.to_owned());
            let never = || format!("{} can't be deleted through the API", entity.name);
            step.reason = stays.unwrap_or_else(never);
            step.label = label(entity, live);
            step.lacking = true;
        }
    }
}
