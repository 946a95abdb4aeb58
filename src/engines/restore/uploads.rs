//! The one image that a brand, a category, a variant or a modifier's value has: steps of their own,
//! after what they belong to is there.
//!
//! Sending one takes the place of the one that is there, so that sending it twice doubles nothing.

use std::collections::HashMap;

use serde_json::Value;

use super::apply::Job;
use super::fields::{in_play, top};
use super::picture_rows::{know, part, send};
use super::plan::Planner;
use super::request::is_own_fault;
use super::row_writes::{Fault, Place};
use super::rows;
use crate::api::Removal;
use crate::engines::Error;
use crate::engines::capture::shape::at as member_at;
use crate::engines::pictures::{self, held_of, hosts, of_host, shown};
use crate::entities::Entity;
use crate::entities::entity::{HELD, Pictures, Upload};
use crate::model::ApiVersion;
use crate::model::ChangeKind;
use crate::model::restore::{Action, FieldChange, Step, StepStatus};
use crate::vault::HeldImage;

/// What is to be done about one image.
#[derive(Debug)]
pub(super) struct Work {
    pub change: FieldChange,
    pictures: &'static Pictures,
    upload: &'static Upload,
    /// Ids of the live rows on the way to it.
    ids: Vec<String>,
    /// What is sent; none: it is taken away.
    held: Option<HeldImage>,
}

/// What differs of single images.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub work: Vec<Work>,
    /// What can't be done, a line each.
    pub lost: Vec<String>,
}

/// The top-level member that an image stands in.
fn member(pictures: &Pictures) -> &'static str {
    match pictures.at {
        "" => pictures.urls.first().map_or("", |url| top(url)),
        at => top(at),
    }
}

/// Whether a member holds images that are sent by a request of their own.
pub(super) fn is_picture(entity: &Entity, name: &str) -> bool {
    let mut all = entity.pictures.iter();
    all.any(|pictures| pictures.upload.is_some() && member(pictures) == name)
}

/// Whether images are in play: nothing is named that leaves them out.
fn is_named(entity: &Entity, pictures: &Pictures, fields: &[String]) -> bool {
    if fields.is_empty() {
        return in_play(entity, member(pictures), fields);
    }
    let plain = |path: &str| {
        let segments = path.split('.').filter(|segment| !segment.is_empty());
        let segments = segments.map(|segment| top(segment).to_owned());
        segments.collect::<Vec<_>>()
    };
    let url = pictures.urls.first().copied().unwrap_or_default();
    let own = plain(&format!("{}.{url}", pictures.at));
    fields.iter().any(|field| own.starts_with(&plain(field)))
}

/// Compares the single images of a wanted document with a live one; both marked with what is held.
/// Without a live one all of them lack. Those of rows that are not there lack where `planned` makes
/// the row, else they can't come back.
pub(super) fn compare(
    entity: &'static Entity,
    wanted: &Value,
    live: Option<&Value>,
    fields: &[String],
    planned: &[FieldChange],
) -> Compared {
    let mut found = Compared::default();
    let known = live.map(|live| rows::pairs(entity, wanted, live));
    for pictures in entity.pictures {
        let Some(upload) = &pictures.upload else {
            continue;
        };
        let url = pictures.urls.first().copied().unwrap_or_default();
        if !is_named(entity, pictures, fields) {
            continue;
        }
        let there: HashMap<Vec<String>, &Value> = match live {
            Some(live) => hosts(live, pictures.at).into_iter().collect(),
            None => HashMap::new(),
        };
        for (ids, want) in hosts(wanted, pictures.at) {
            if member_at(want, url).is_none() {
                continue; // not known then
            }
            let now = known.as_ref().map(|known| known.chain(pictures.at, &ids));
            match now {
                None => one(&mut found, pictures, upload, ids, want, None),
                Some(Some(now)) => {
                    if let Some(is) = there.get(&now).copied() {
                        one(&mut found, pictures, upload, now, want, Some(is));
                    }
                }
                Some(None) => {
                    let row = format!("/{}/{}", member(pictures), ids.join("/"));
                    let made = |change: &FieldChange| {
                        let rest = row.strip_prefix(&change.path);
                        change.from.is_null()
                            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    };
                    if planned.iter().any(made) {
                        one(&mut found, pictures, upload, ids, want, None);
                    }
                }
            }
        }
    }
    found
}

fn one(
    found: &mut Compared,
    pictures: &'static Pictures,
    upload: &'static Upload,
    ids: Vec<String>,
    want: &Value,
    is: Option<&Value>,
) {
    let path = pointer(pictures, &ids);
    let (named, there) = (
        of_host(pictures, want),
        is.and_then(|is| of_host(pictures, is)),
    );
    let held = held_of(want);
    let address = |named: &Option<pictures::Named>| match named {
        Some(named) => named
            .urls
            .last()
            .map_or(Value::Null, |(_, url)| shown(url).into()),
        None => Value::Null,
    };
    let same = match (&named, &there) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            let bytes = |host: &Value| held_of(host).map(|held| held.hash);
            let both = bytes(want).zip(is.and_then(bytes));
            a.key == b.key || both.is_some_and(|(a, b)| a == b)
        }
        _ => false,
    };
    if same {
        return;
    }
    let change = FieldChange {
        path: path.clone(),
        from: address(&there),
        to: address(&named),
    };
    let why = match (&named, &held) {
        (Some(_), None) => "the image's bytes were never had",
        (Some(_), Some(held)) if held.bytes > upload.bytes_max => {
            "the image is larger than BigCommerce takes there"
        }
        (None, _) if upload.remove.is_none() => "BigCommerce has no way to take the image away",
        // What could not come back is not removed.
        (None, _) if is.is_some_and(|is| is.get(HELD).is_none()) => {
            "the image that is there can't be had, so it is left"
        }
        _ => "",
    };
    if !why.is_empty() {
        found.lost.push(format!("{}: {why}", &path[1..]));
        return;
    }
    found.work.push(Work {
        change,
        pictures,
        upload,
        ids,
        held: named.and(held),
    });
}

/// `/variants/12/image_url`.
fn pointer(pictures: &Pictures, ids: &[String]) -> String {
    let mut path = String::new();
    let segments = pictures.at.split('.').filter(|segment| !segment.is_empty());
    for (segment, id) in segments.zip(ids) {
        path.push('/');
        path.push_str(segment.trim_end_matches("[]"));
        path.push('/');
        path.push_str(id);
    }
    let url = pictures.urls.first().copied().unwrap_or_default();
    path.push('/');
    path.push_str(&url.replace('.', "/"));
    path
}

/// The step that does it, beside another of the same object.
pub(super) fn step(beside: &Step, compared: Compared) -> Option<Step> {
    if compared.work.is_empty() {
        return None;
    }
    let reason = match beside.action {
        Action::Create => "comes back with what it belongs to",
        _ => "the image is another one, or none",
    };
    let mut step = Step::skip(&beside.entity, &beside.id, &beside.label, reason);
    step.action = Action::Upload;
    step.version = beside.version;
    step.copy = beside.copy;
    step.only = beside.only.clone();
    step.requests = 3 + compared.work.len() as u32;
    step.changes = compared.work.into_iter().map(|work| work.change).collect();
    Some(step)
}

impl Planner<'_> {
    /// The step that sends the single images of an object that lives, if they differ.
    pub(super) fn images(
        &self,
        entity: &'static Entity,
        step: &Step,
        wanted: Option<&Value>,
    ) -> Result<Option<Step>, Error> {
        let key = (entity.name, step.id.clone());
        let live = self.live.get(&key).map(|kept| kept.read().doc);
        let (Some(wanted), Some(mut live)) = (wanted, live) else {
            return Ok(None);
        };
        if step.action == Action::Delete || entity.pictures.is_empty() {
            return Ok(None);
        }
        pictures::mark_live(self.vault, entity, &mut live)?;
        let compared = compare(entity, wanted, Some(&live), &step.only, &step.changes);
        Ok(self::step(step, compared))
    }
}

impl Job<'_> {
    /// Sends the images of one step's object.
    pub(super) async fn upload(&mut self, entity: &'static Entity, at: usize) -> Result<(), Error> {
        let id = match self.steps[at].copy {
            // Never that of the object itself.
            Some(_) => self.made_by(at).and_then(|made| made.new_id.clone()),
            None => Some(self.vault.current_id(entity.name, &self.steps[at].id)?),
        };
        let Some(id) = id else {
            return self.leave(at, "what it belongs to was not made");
        };
        let Some(wanted) = self.wanted(entity, at)? else {
            return self.leave(at, "the wanted version is not there any more");
        };
        let only = self.steps[at].only.clone();
        let mut failed = Vec::new();
        // Where the store fails over one of them with a 500: once more, from what stands by then.
        for again in [true, false] {
            let Some(mut found) = self.look(entity, std::slice::from_ref(&id), true).await? else {
                return Ok(());
            };
            let Some(read) = found.remove(&id) else {
                return self.leave(at, "what it belongs to is not there");
            };
            let mut live = read.doc;
            pictures::mark_held(self.vault, entity, &mut live)?;
            let compared = compare(entity, &wanted, Some(&live), &only, &[]);
            let moved = self.moved_images(at, &compared);
            if !moved.is_empty() {
                let why = format!("left as it is: {} changed since the plan", moved.join(", "));
                return self.leave(at, why);
            }
            self.note(at, StepStatus::Begun)?;
            failed.clear();
            let mut faulty = false;
            for work in &compared.work {
                let place = self.place(entity, &id);
                let Err(fault) = send_one(place, work).await else {
                    continue;
                };
                if let Fault::Api(error) = &fault {
                    if self.ends(entity, at, &id, error).await? {
                        return Ok(());
                    }
                    faulty |= is_own_fault(error);
                }
                failed.push(format!("{}: {fault}", &work.change.path[1..]));
            }
            if !(faulty && again) {
                break;
            }
        }
        let Some(mut found) = self.look(entity, std::slice::from_ref(&id), true).await? else {
            return Ok(());
        };
        let Some(read) = found.remove(&id) else {
            return self.fail(at, "was gone when it was read back");
        };
        self.keep(entity, &id, &read, ChangeKind::Restored).await?;
        let mut live = read.doc;
        pictures::mark_live(self.vault, entity, &mut live)?;
        if failed.is_empty() {
            for left in compare(entity, &wanted, Some(&live), &only, &[]).work {
                self.differs(entity, &id, left.change);
            }
            return self.note(at, StepStatus::Done);
        }
        self.fail(at, failed.join("; "))
    }

    /// The step that makes what a step's images belong to, if one does.
    fn made_by(&self, at: usize) -> Option<&Step> {
        let own = &self.steps[at];
        self.steps.iter().find(|step| {
            step.action == Action::Create
                && step.nested.is_none()
                && (step.copy, &step.entity, &step.id) == (own.copy, &own.entity, &own.id)
        })
    }

    /// Images that are neither as the plan saw them nor as they shall be.
    fn moved_images(&self, at: usize, compared: &Compared) -> Vec<String> {
        let step = &self.steps[at];
        if self.made_by(at).is_some() || step.status == StepStatus::Begun {
            return Vec::new();
        }
        let planned = |now: &FieldChange| {
            let mut all = step.changes.iter();
            all.any(|then| match then.from.is_null() && now.from.is_null() {
                // Its row may have been made anew since, under another id.
                true => then.to == now.to,
                false => then.path == now.path && then.from == now.from,
            })
        };
        let moved = compared.work.iter().filter(|work| !planned(&work.change));
        moved.map(|work| work.change.path[1..].to_owned()).collect()
    }
}

async fn send_one(place: Place<'_>, work: &Work) -> Result<(), Fault> {
    let mut path = work.upload.path.replace("{id}", place.id);
    for (n, id) in (1..).zip(&work.ids) {
        path = path.replace(&format!("{{{n}}}"), id);
    }
    let Some(held) = &work.held else {
        let Some(path) = work.upload.remove else {
            return Err(Fault::Never("BigCommerce has no way to take it away"));
        };
        let removal = Removal::image(ApiVersion::V3, path.replace("{id}", place.id))?;
        return Ok(place.client.remove(&removal).await?);
    };
    let name = work.change.to.as_str().unwrap_or_default();
    let file = part(place, held, name)?;
    let answer = send(place, path, Value::Object(serde_json::Map::new()), file).await?;
    // The answer is the address alone, whatever the place is called in the document.
    let url = answer.and_then(|answer| answer.get("image_url").cloned());
    if let Some(url) = url {
        let mut host = Value::Object(serde_json::Map::new());
        let mut within = &mut host;
        for segment in work
            .pictures
            .urls
            .first()
            .copied()
            .unwrap_or_default()
            .split('.')
        {
            within = &mut within[segment];
        }
        *within = url;
        know(place, work.pictures, &host, held.clone())?;
    }
    Ok(())
}
