//! What something else holds by now: names, SKUs and addresses of which there is one each. Found
//! while planning, so that the store does not refuse them half-way through a restore.
//!
//! Never here: a request that changes anything.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use serde_json::Value;

use super::chunks::{is_plain, member};
use super::document;
use super::fields::{same_key, top};
use super::park::{self, gives};
use super::plan::Planner;
use super::references::root;
use crate::api::Client;
use crate::engines::Error;
use crate::engines::capture::shape::{all_at, at, id_text};
use crate::engines::capture::{scan, words};
use crate::entities::{self, Entity};
use crate::model::restore::{Action, FieldChange, Step};
use crate::vault::{ObjectFilter, StateFilter};

/// So many addresses are looked up one by one, however few objects there are.
const ASKED_MAX: usize = 50;

/// More are, where so many objects come on each: reading one costs less than looking one up.
const WORTH: u64 = 20;

/// One text that an object is to have and that no other may have: its place among the groups of
/// [`crate::entities::entity::Writes::unique`], the pattern, the text as it is compared.
type Text = (usize, &'static str, String);

/// What an object is to be given.
pub(super) struct Seek {
    /// Its id, where it lives: it does not stand in its own way.
    own: Option<String>,
    /// It is to be made: no other may be called the same.
    anew: bool,
    wanted: Value,
    texts: Vec<Text>,
}

/// What holds it: the pattern, the entity and the id.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub member: &'static str,
    pub by: &'static Entity,
    pub id: String,
    /// The text, in lower case; empty where only the kind of name is known.
    pub text: String,
}

impl Held {
    /// For people.
    pub fn told(&self) -> String {
        let (member, one) = (self.member, self.by.singular);
        format!(
            "its {member} is held by {one} {} now: change that first",
            self.id
        )
    }
}

fn texts(entity: &Entity, doc: &Value) -> Vec<Text> {
    let mut all: Vec<Text> = Vec::new();
    for (group, patterns) in entity.writes.unique.iter().enumerate() {
        for pattern in *patterns {
            for value in all_at(doc, pattern) {
                let text = value.as_str().map(str::to_lowercase);
                // A plain product's SKU is its only variant's as well.
                let known = |text: &String| all.iter().any(|(g, _, t)| *g == group && t == text);
                if let Some(text) = text.filter(|text| !text.is_empty() && !known(text)) {
                    all.push((group, pattern, text));
                }
            }
        }
    }
    all
}

impl Seek {
    /// For an object that is to be made.
    pub fn anew(entity: &Entity, wanted: &Value) -> Self {
        Self {
            own: None,
            anew: true,
            wanted: wanted.clone(),
            texts: texts(entity, wanted),
        }
    }

    /// For one that lives: what its step gives it and it does not have. None where that is nothing.
    pub fn changed(entity: &Entity, step: &Step, wanted: &Value, live: &Value) -> Option<Self> {
        let has = texts(entity, live);
        let mut texts = texts(entity, wanted);
        texts.retain(|(group, pattern, text)| {
            let mut touched = step.changes.iter().map(|change| top(member(change)));
            touched.any(|member| member == root(pattern))
                && !has.iter().any(|(g, _, t)| g == group && t == text)
        });
        let found = !texts.is_empty();
        found.then(|| Self {
            own: Some(step.id.clone()),
            anew: false,
            wanted: wanted.clone(),
            texts,
        })
    }
}

/// For each the live objects of the entity that hold what it is to have. Goes through the whole
/// list once.
async fn holders(
    client: &Client,
    entity: &'static Entity,
    seeks: &[Seek],
) -> Result<Vec<Vec<Held>>, Error> {
    let mut found: Vec<Vec<Held>> = vec![Vec::new(); seeks.len()];
    if seeks.is_empty() {
        return Ok(found);
    }
    let mut sought: HashMap<(usize, &str), Vec<usize>> = HashMap::new();
    for (n, seek) in seeks.iter().enumerate() {
        for (group, _, text) in &seek.texts {
            sought.entry((*group, text)).or_default().push(n);
        }
    }
    let patterns = entity.writes.unique.iter().copied().flatten();
    let lists: Vec<&str> = patterns
        .filter(|p| p.contains("[]"))
        .map(|p| root(p))
        .collect();
    let is_text = |member: &&&str| {
        let mut wanted = seeks.iter().map(|seek| seek.wanted.get(**member));
        wanted.any(|value| value.is_some_and(Value::is_string))
    };
    // What people call it, not what it stands in.
    let key = entity.natural_key.iter().find(is_text).copied();
    let key = key.unwrap_or_default();
    scan(client, entity, &lists, &mut |row| {
        let Some(id) = row.get(entity.id).and_then(id_text) else {
            return;
        };
        let mut hold = |n: usize, member: &'static str, text: &str| {
            if seeks[n].own.as_ref() != Some(&id) {
                let (by, id, text) = (entity, id.clone(), text.to_owned());
                found[n].push(Held {
                    member,
                    by,
                    id,
                    text,
                });
            }
        };
        for (group, _, text) in texts(entity, &row) {
            for n in sought.get(&(group, text.as_str())).into_iter().flatten() {
                let mut own = seeks[*n].texts.iter();
                let own = own.find(|(g, _, t)| *g == group && *t == text);
                hold(*n, own.map_or(key, |(_, pattern, _)| pattern), &text);
            }
        }
        for (n, seek) in seeks.iter().enumerate() {
            if seek.anew && same_key(entity, &seek.wanted, &row) {
                let text = row.get(key).and_then(Value::as_str).unwrap_or_default();
                hold(n, key, &text.to_lowercase());
            }
        }
    })
    .await?;
    Ok(found)
}

impl Planner<'_> {
    /// What holds now what objects of one entity are to have, each in its place.
    pub(super) async fn held(
        &mut self,
        entity: &'static Entity,
        seeks: &[Seek],
    ) -> Result<Vec<Option<Held>>, Error> {
        let found = self.holding(entity, seeks).await?;
        let lasting = self.lasting(&found).into_iter();
        Ok(lasting.map(|all| all.into_iter().next()).collect())
    }

    /// All that holds now what objects of one entity are to have.
    pub(super) async fn holding(
        &mut self,
        entity: &'static Entity,
        seeks: &[Seek],
    ) -> Result<Vec<Vec<Held>>, Error> {
        let mut found = holders(self.client, entity, seeks).await?;
        self.elsewhere(entity, seeks, &mut found).await?;
        Ok(found)
    }

    /// What of that lasts: one that gives it away in this very restore is none.
    pub(super) fn lasting(&mut self, found: &[Vec<Held>]) -> Vec<Vec<Held>> {
        let mut places: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (at, step) in self.plan.steps.iter().enumerate() {
            if matches!(step.action, Action::Update | Action::Delete) {
                let own = places.entry((&step.entity, &step.id)).or_default();
                own.push(at);
            }
        }
        let mut given = Vec::new();
        let mut lasting = Vec::with_capacity(found.len());
        for held in found {
            let mut left = Vec::new();
            for one in held {
                let steps = places.get(&(one.by.name, one.id.as_str()));
                let mut steps = steps.into_iter().flatten();
                match steps.find(|at| gives(&self.plan.steps[**at], one)) {
                    Some(at) => given.push((*at, one)),
                    None => left.push(one.clone()),
                }
            }
            lasting.push(left);
        }
        for (at, one) in given {
            park::give(&mut self.plan.steps[at], one);
        }
        lasting
    }

    /// Live objects that may have one of these addresses: for a few those that are found by the words
    /// of one, else all that there are.
    fn may_have<'a>(
        &self,
        entity: &'static Entity,
        address: &str,
        wanted: impl ExactSizeIterator<Item = &'a str> + Clone,
    ) -> Result<BTreeSet<String>, Error> {
        let live = self.vault.live_count(entity.name)?;
        let few = wanted.len() <= ASKED_MAX || wanted.len() as u64 * WORTH <= live;
        // Of others an upper-case letter may be more than one lower-case one, or another word.
        let told =
            |text: &str| text.is_ascii() && text.contains(|c: char| c.is_ascii_alphanumeric());
        let by_words = few
            && entity.search.contains(&address)
            && wanted.clone().all(told)
            && words::are_filled(self.vault, entity)?;
        let all = ObjectFilter {
            state: StateFilter::Live,
            ..ObjectFilter::default()
        };
        let filters: Vec<ObjectFilter> = match by_words {
            false => vec![all],
            true => wanted
                .map(|text| ObjectFilter {
                    words: Some(text.to_owned()),
                    ..all.clone()
                })
                .collect(),
        };
        let mut found = BTreeSet::new();
        for filter in filters {
            self.vault.objects(entity.name, &filter, &mut |row| {
                found.insert(row.id.to_string());
                ControlFlow::Continue(())
            })?;
        }
        Ok(found)
    }

    /// Addresses that objects of other entities have: as the vault knows them, and the store says
    /// them to be still.
    async fn elsewhere(
        &mut self,
        entity: &'static Entity,
        seeks: &[Seek],
        found: &mut [Vec<Held>],
    ) -> Result<(), Error> {
        let Some(own) = entity.writes.address else {
            return Ok(());
        };
        let mut wanted: HashMap<&str, usize> = HashMap::new();
        for (n, seek) in seeks.iter().enumerate() {
            let addresses = seek.texts.iter().filter(|(_, pattern, _)| *pattern == own);
            wanted.extend(addresses.map(|(_, _, text)| (text.as_str(), n)));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let others = entities::all().iter().copied();
        for other in others.filter(|other| other.name != entity.name) {
            let Some(address) = other.writes.address else {
                continue;
            };
            let has = |doc: &Value| {
                let text = at(doc, address).and_then(Value::as_str)?.to_lowercase();
                wanted.get(text.as_str()).copied()
            };
            let mut known = Vec::new();
            for id in self.may_have(other, address, wanted.keys().copied())? {
                if let Some(head) = self.vault.head(other.name, &id)?
                    && let Some(doc) = document(self.vault, other, &id, head.version)?
                    && has(&doc).is_some()
                {
                    known.push(id);
                }
            }
            self.read(other, &known, false).await?;
            for id in known {
                let live = self.live.get(&(other.name, id.clone()));
                if let Some(n) = live.and_then(|kept| has(&kept.read().doc)) {
                    let (member, by) = (own, other);
                    let text = seeks[n]
                        .texts
                        .iter()
                        .find(|(_, pattern, _)| *pattern == own);
                    let text = text.map(|(_, _, text)| text.clone()).unwrap_or_default();
                    found[n].push(Held {
                        member,
                        by,
                        id,
                        text,
                    });
                }
            }
        }
        Ok(())
    }
}

/// A wanted document without what is left as it is: whole members, and members of rows.
pub(super) fn strip(doc: &mut Value, without: &[String]) {
    for pattern in without {
        let member = root(pattern);
        match pattern.split_once("[].") {
            Some((_, inner)) => {
                let rows = doc.get_mut(member).and_then(Value::as_array_mut);
                for row in rows.into_iter().flatten().filter_map(Value::as_object_mut) {
                    row.remove(inner);
                }
            }
            None => {
                if let Some(members) = doc.as_object_mut() {
                    members.remove(member);
                }
            }
        }
    }
}

impl Planner<'_> {
    /// Plans a change again without what its object can't have; the whole object is left where a row
    /// would have to be made with it.
    pub(super) fn leave(
        &self,
        entity: &'static Entity,
        step: &mut Step,
        seek: &Seek,
        held: &Held,
        asked: bool,
    ) -> Result<(), Error> {
        let mut groups = entity.writes.unique.iter();
        let group = groups.find(|group| group.contains(&held.member));
        let left = group.copied().unwrap_or_default();
        let more = left.iter().map(|pattern| (*pattern).to_owned());
        let known = std::mem::take(&mut step.without);
        step.without = known.into_iter().chain(more).collect();
        let mut wanted = seek.wanted.clone();
        strip(&mut wanted, &step.without);
        let key = (entity.name, step.id.clone());
        let live = self.live.get(&key).map(|kept| kept.read().doc);
        let mut again = Step::skip(&step.entity, &step.id, &step.label, "");
        (again.only, again.version) = (step.only.clone(), step.version);
        again.without = step.without.clone();
        let live = live.unwrap_or_default();
        self.update(entity, &step.id, &wanted, &live, &mut again, asked)?;
        let lists: Vec<&str> = left
            .iter()
            .filter(|p| p.contains("[]"))
            .map(|p| root(p))
            .collect();
        let made = |change: &FieldChange| {
            change.from.is_null() && !is_plain(change) && lists.contains(&member(change))
        };
        if again.action != Action::Update || again.changes.iter().any(made) {
            again = Step::skip(&step.entity, &step.id, &step.label, &held.told());
            again.version = step.version;
        } else {
            again.losses.push(held.told());
        }
        again.lacking |= asked || again.action == Action::Skip;
        *step = again;
        Ok(())
    }
}
