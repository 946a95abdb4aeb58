//! What is taken: the objects that were asked for and what they need, and which objects of the
//! store that is restored into are taken for them. Reads, and changes nothing.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::translate::{Fate, Translated, translate};
use super::{Entry, Taken};
use crate::api::Client;
use crate::engines::Error;
use crate::engines::capture::scan;
use crate::engines::capture::shape::{id_text, label};
use crate::engines::monitor::Monitor;
use crate::engines::restore::fields::top;
use crate::engines::restore::plan::last_live;
use crate::engines::restore::references::{ids, like, renumber, renumber_by, root, walk};
use crate::engines::restore::{Options, Target, Want, document};
use crate::entities::{self, Entity};
use crate::model::VersionNumber;
use crate::model::away::{away, home, is_away};
use crate::model::restore::Step;
use crate::vault::Vault;

type Key = (&'static str, String);

/// Takes objects, and what they need, from the version store of another store.
///
/// # Errors
///
/// When the store can't be read, or either version store.
pub async fn gather(
    client: &Client,
    source: &Vault,
    pair: &Vault,
    targets: Vec<Target>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Taken, Error> {
    let mut gatherer = Gatherer {
        client,
        source,
        pair,
        options,
        entries: Vec::new(),
        places: HashMap::new(),
        skips: Vec::new(),
        failed: RefCell::default(),
    };
    gatherer.follow(targets)?;
    gatherer.find_twins(monitor).await?;
    gatherer.leave_unneeded()?;
    gatherer.translate_all()?;
    Ok(Taken {
        entries: gatherer.entries,
        skips: gatherer.skips,
    })
}

struct Gatherer<'a> {
    client: &'a Client,
    source: &'a Vault,
    pair: &'a Vault,
    options: &'a Options,
    entries: Vec<Entry>,
    /// Where an entry is, by entity and id here.
    places: HashMap<Key, usize>,
    skips: Vec<Step>,
    /// What went wrong while a document was translated.
    failed: RefCell<Option<Error>>,
}

/// How an id of the other store is kept.
struct Kept {
    id: String,
    /// It is the same in every store, or in the map already.
    known: bool,
}

impl Gatherer<'_> {
    /// How an object of the other store is kept here; none where its id is no other's than its own
    /// store's.
    fn kept(&self, entity: &Entity, id: &str) -> Result<Option<Kept>, Error> {
        if entity.writes.everywhere.contains(&id) {
            let id = id.to_owned();
            return Ok(Some(Kept { id, known: true }));
        }
        let Some(usual) = away(id) else {
            // A name is the same everywhere; what stands within a channel is not.
            let named = entity.natural_key == [entity.id] && !id.contains('/');
            let id = id.to_owned();
            return Ok(named.then_some(Kept { id, known: true }));
        };
        let former = self.source.former_ids(entity.name, id)?;
        for id in former
            .iter()
            .filter_map(|id| away(id))
            .chain([usual.clone()])
        {
            if self.pair.object(entity.name, &id)?.is_some() {
                let known = !is_away(&self.pair.current_id(entity.name, &id)?);
                return Ok(Some(Kept { id, known }));
            }
        }
        Ok(Some(Kept {
            id: usual,
            known: false,
        }))
    }

    fn skip(&mut self, entity: &Entity, id: &str, label: &str, why: &str) {
        let mut step = Step::skip(entity.name, id, label, why);
        step.lacking = true;
        self.skips.push(step);
    }

    /// The targets, and round after round what they point to.
    fn follow(&mut self, targets: Vec<Target>) -> Result<(), Error> {
        let mut queue: VecDeque<(Target, bool)> = targets.into_iter().map(|t| (t, true)).collect();
        while let Some((target, wanted)) = queue.pop_front() {
            let entity = target.entity;
            let Want::Version(version) = target.want else {
                continue; // nothing is deleted there
            };
            let own = self.source.current_id(entity.name, &target.id)?;
            let Some(from) = self.document(entity, &own, version)? else {
                let why = format!("v{version} is a deletion or is not there");
                self.skip(entity, &own, "", &why);
                continue;
            };
            let called = label(entity, &from);
            let Some(kept) = self.kept(entity, &own)? else {
                self.skip(
                    entity,
                    &own,
                    &called,
                    "belongs to a channel of its own store",
                );
                continue;
            };
            let by_id = entity.natural_key.contains(&entity.id);
            if entity.writes.create.is_none() && by_id && !kept.known {
                let why = entity.writes.no_create.or(entity.why_not());
                self.skip(entity, &own, &called, why.unwrap_or("can't be made anew"));
                continue;
            }
            let key = (entity.name, kept.id.clone());
            if self.places.contains_key(&key) {
                continue;
            }
            self.places.insert(key, self.entries.len());
            let only = match target.only.is_empty() {
                true => self.options.fields.clone(),
                false => target.only,
            };
            let only = if wanted { only } else { Vec::new() };
            for (to, id) in pointed(entity, &from, &only) {
                if let Some(needed) = self.needed(to, &id)? {
                    queue.push_back((needed, false));
                }
            }
            self.entries.push(Entry {
                entity,
                id: kept.id,
                own,
                version,
                label: called,
                doc: String::new(),
                points: Vec::new(),
                lost: Vec::new(),
                refused: None,
                only,
                wanted,
                asked: target.asked,
                mapped: kept.known,
                twin: None,
            });
        }
        Ok(())
    }

    /// A document with the references as the other store has them now.
    fn document(
        &self,
        entity: &Entity,
        id: &str,
        version: VersionNumber,
    ) -> Result<Option<Value>, Error> {
        let Some(mut doc) = document(self.source, entity, id, version)? else {
            return Ok(None);
        };
        renumber(self.source, entity, &mut doc)?;
        for nested in entity.writes.nested {
            if let Some(held) = doc.get_mut(nested.held) {
                renumber_by(self.source, nested.references, held)?;
            }
        }
        Ok(Some(doc))
    }

    /// The document of an entry; nothing where it is not there any more.
    fn from(&self, entry: &Entry) -> Result<Value, Error> {
        let found = self.document(entry.entity, &entry.own, entry.version)?;
        Ok(found.unwrap_or_default())
    }

    fn translated(&self, entry: &Entry, left: &HashSet<Key>) -> Result<Translated, Error> {
        let from = self.from(entry)?;
        let made = translate(entry.entity, from, &|to, id| self.fate(left, to, id));
        self.failed.take().map_or(Ok(made), Err)
    }

    /// What has to come along for a pointer.
    fn needed(&self, to: &'static Entity, id: &str) -> Result<Option<Target>, Error> {
        let known = self.kept(to, id)?.is_none_or(|kept| kept.known);
        if known || !self.options.dependencies || to.writes.create.is_none() {
            return Ok(None);
        }
        Ok(last_live(self.source, to, id)?.map(|version| Target {
            entity: to,
            id: id.to_owned(),
            want: Want::Version(version),
            only: Vec::new(),
            asked: false,
        }))
    }

    /// Whether what a pointer names is to be had, and as what.
    fn fate(&self, left: &HashSet<Key>, to: &'static str, id: &str) -> Fate {
        let entity = entities::find(to);
        let kept = match entity.map(|entity| self.kept(entity, id)) {
            Some(Ok(Some(kept))) => kept,
            Some(Err(error)) => {
                self.failed.replace(Some(error));
                return Fate::Lost;
            }
            _ => return Fate::Lost,
        };
        let key = (to, kept.id.clone());
        let comes = self.places.contains_key(&key) && !left.contains(&key);
        match kept.known || comes {
            true => Fate::Becomes(kept.id),
            false => Fate::Lost,
        }
    }

    /// Looks in the store for what a human would take for the objects that are not in the map.
    async fn find_twins(&mut self, monitor: &dyn Monitor) -> Result<(), Error> {
        for entity in entities::all().iter().copied() {
            let new = |entry: &Entry| entry.entity.name == entity.name && !entry.mapped;
            let own = entity.natural_key.contains(&entity.id);
            if own || entity.natural_key.is_empty() || !self.entries.iter().any(new) {
                continue;
            }
            monitor.entity_step(entity.name, "looking for what is there already");
            let mut there = There::default();
            scan(self.client, entity, &[], &mut |row| {
                let Some(id) = row.get(entity.id).and_then(id_text) else {
                    return;
                };
                for members in names(entity) {
                    if let Some(called) = called(&row, members) {
                        there.entry(called).or_default().push(id.clone());
                    }
                }
            })
            .await?;
            // What stands in another one is found when that one is.
            while self.find_some(entity, &there)? {}
        }
        Ok(())
    }

    fn find_some(&mut self, entity: &'static Entity, there: &There) -> Result<bool, Error> {
        let mut found = false;
        let mut taken: HashSet<String> = HashSet::new();
        for entry in self.entries.iter().filter(|e| e.entity.name == entity.name) {
            taken.extend(entry.twin.as_ref().map(|(id, _)| id.clone()));
        }
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            if entry.entity.name != entity.name || entry.mapped || entry.twin.is_some() {
                continue;
            }
            let mut want = self.translated(entry, &HashSet::new())?.doc;
            self.present(entity, &mut want)?;
            let mut all = names(entity);
            let by = all.find_map(|members| Some((members, called(&want, members)?)));
            let Some((members, called)) = by else {
                continue;
            };
            // Of two that are called the same none can be told to be it.
            let Some([id]) = there.get(&called).map(Vec::as_slice) else {
                continue;
            };
            if self.pair.object(entity.name, id)?.is_some() || !taken.insert(id.clone()) {
                continue;
            }
            self.entries[at].twin = Some((id.clone(), members.join(" and ")));
            found = true;
        }
        Ok(found)
    }

    /// References as the store that is restored into has them.
    fn present(&self, entity: &Entity, doc: &mut Value) -> Result<(), Error> {
        renumber(self.pair, entity, doc)?;
        for reference in entity.references {
            walk(doc, reference.member, &mut |value| {
                let id = id_text(value).unwrap_or_default();
                let place = self.places.get(&(reference.to, id));
                if let Some((twin, _)) = place.and_then(|at| self.entries[*at].twin.as_ref()) {
                    *value = like(value, twin);
                }
            });
        }
        Ok(())
    }

    /// What is needed by nothing but what is taken for something else stays behind.
    fn leave_unneeded(&mut self) -> Result<(), Error> {
        let mut needed: HashSet<usize> = HashSet::new();
        let mut queue: Vec<usize> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.wanted {
                queue.push(at);
            }
        }
        while let Some(at) = queue.pop() {
            if !needed.insert(at) || !self.entries[at].is_target() {
                continue;
            }
            let entry = &self.entries[at];
            let from = self.from(entry)?;
            for (to, id) in pointed(entry.entity, &from, &entry.only) {
                if let Some(kept) = self.kept(to, &id)?
                    && let Some(at) = self.places.get(&(to.name, kept.id))
                {
                    queue.push(*at);
                }
            }
        }
        self.keep_only(|at, _| needed.contains(&at));
        Ok(())
    }

    fn keep_only(&mut self, keep: impl Fn(usize, &Entry) -> bool) {
        let all = std::mem::take(&mut self.entries);
        self.places.clear();
        for (at, entry) in all.into_iter().enumerate() {
            if keep(at, &entry) {
                let key = (entry.entity.name, entry.id.clone());
                self.places.insert(key, self.entries.len());
                self.entries.push(entry);
            }
        }
    }

    /// Makes the documents; what can't be had takes with it what can't be without it.
    fn translate_all(&mut self) -> Result<(), Error> {
        let mut left: HashSet<Key> = HashSet::new();
        for entry in &mut self.entries {
            let (entity, found) = (entry.entity, entry.mapped || entry.twin.is_some());
            if entity.writes.create.is_none() && !found {
                let why = entity.writes.no_create.or(entity.why_not());
                entry.refused = Some(why.unwrap_or("can't be made anew").to_owned());
                left.insert((entity.name, entry.id.clone()));
            }
        }
        loop {
            let before = left.len();
            for at in 0..self.entries.len() {
                let entry = &self.entries[at];
                let key = (entry.entity.name, entry.id.clone());
                if left.contains(&key) {
                    continue;
                }
                let made = self.translated(entry, &left)?;
                let entry = &mut self.entries[at];
                entry.points = Vec::new();
                for reference in entry.entity.references {
                    let all = ids(&made.doc, reference).into_iter();
                    entry.points.extend(all.map(|id| (reference, id)));
                }
                entry.doc = made.doc.to_string();
                // Where single fields are asked for the others stay as they are.
                let named = |line: &String| {
                    let member = line.split(':').next().unwrap_or_default();
                    entry.only.is_empty() || entry.only.iter().any(|field| top(field) == member)
                };
                entry.lost = made.lost.into_iter().filter(named).collect();
                entry.refused = made.refused.filter(named);
                if entry.refused.is_some() {
                    left.insert(key);
                }
            }
            if left.len() == before {
                break;
            }
        }
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            if let Some(why) = entry.refused.clone() {
                let id = home(&entry.id).unwrap_or_else(|| entry.id.clone());
                let (entity, called) = (entry.entity, entry.label.clone());
                let version = entry.version;
                self.skip(entity, &id, &called, &why);
                if let Some(step) = self.skips.last_mut() {
                    step.version = Some(version);
                }
            }
        }
        self.keep_only(|_, entry| entry.refused.is_none());
        Ok(())
    }
}

/// What is there, by what it is called.
type There = HashMap<String, Vec<String>>;

/// The members by which one is known again, the surest first.
fn names(entity: &'static Entity) -> impl Iterator<Item = &'static [&'static str]> {
    let alike = entity.writes.alike.iter().map(std::slice::from_ref);
    alike.chain(std::iter::once(entity.natural_key))
}

/// What a document is called by these members; nothing where the only one has no text.
fn called(doc: &Value, members: &[&str]) -> Option<String> {
    let of = |member: &&str| match doc.get(*member) {
        Some(Value::String(text)) => Value::from(text.trim().to_lowercase()),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let all: Vec<Value> = members.iter().map(of).collect();
    let nothing = matches!(all.as_slice(), [only] if only.is_null() || only == "");
    (!nothing).then(|| format!("{members:?}={}", Value::Array(all)))
}

/// What a document points to, in the fields that are in play.
fn pointed(entity: &Entity, doc: &Value, only: &[String]) -> Vec<(&'static Entity, String)> {
    let mut all = Vec::new();
    for reference in entity.references {
        let member = root(reference.member);
        let named = only.is_empty() || only.iter().any(|field| top(field) == member);
        if let Some(to) = entities::find(reference.to).filter(|_| named) {
            all.extend(ids(doc, reference).into_iter().map(|id| (to, id)));
        }
    }
    all
}
