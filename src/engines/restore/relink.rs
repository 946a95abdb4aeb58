//! Re-linking: what pointed to an object that is made anew, when that object was last seen alive,
//! and points nowhere now, is to point to it again.
//!
//! BigCommerce clears such references when the target is deleted, and the next backup sees them
//! cleared. So the version store is asked how things stood in the last run that saw the target
//! alive. A reference that holds another value now is a merchant's later choice: it is left.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use serde_json::Value;

use super::document;
use super::fields::in_play;
use super::gone::{self, Gone};
use super::plan::Planner;
use super::references::{ids, like, points, root};
use super::relink_rows;
use crate::engines::Error;
use crate::engines::capture::shape::{id_text, label};
use crate::entities::entity::{Form, Reference};
use crate::entities::{self, Entity};
use crate::model::RunId;
use crate::model::restore::{Action, FieldChange, Step};
use crate::vault::{ObjectFilter, StateFilter};

/// One pointer that an object had.
struct Held {
    reference: Reference,
    /// The id that it held.
    id: String,
    /// The member of the document then.
    then: Value,
    strict: bool,
}

/// One object that pointed to something that is made anew.
struct Referrer {
    id: String,
    held: Vec<Held>,
}

/// The steps that link again what the plan's creations leave unlinked.
pub(super) async fn find(planner: &mut Planner<'_>) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    let gone = gone::all(planner)?;
    if gone.is_empty() {
        return Ok(steps);
    }
    steps.extend(among_themselves(planner));
    for entity in entities::all().iter().copied() {
        let towards: Vec<(&Gone, Vec<Reference>)> = gone
            .iter()
            .map(|gone| (gone, gone.pointers(entity)))
            .filter(|(_, pointers)| !pointers.is_empty())
            .collect();
        if towards.is_empty()
            || entity.writes.update.is_none()
            || (entity.writes.relink_named && !planner.options.relink_orders)
        {
            continue;
        }
        let referrers = referrers(planner, entity, &towards)?;
        // Mostly what is set is in the look-up's own answer.
        for parts in [false, true] {
            let deep = |referrer: &&Referrer| {
                let mut held = referrer.held.iter();
                held.any(|held| is_part(entity, held)) == parts
            };
            let some = referrers.iter().filter(deep);
            let ids: Vec<String> = some.map(|referrer| referrer.id.clone()).collect();
            planner.read(entity, &ids, parts).await?;
        }
        for referrer in referrers {
            let key = (entity.name, referrer.id.clone());
            let Some(live) = planner.live.get(&key).map(|kept| kept.read().doc) else {
                continue; // gone itself
            };
            let mut changes = changes(entity, &referrer, &live);
            let mut own = planner.plan.steps.iter_mut();
            let own = own.find(|step| {
                let same = step.action == Action::Update && step.nested.is_none();
                same && step.entity == entity.name && step.id == referrer.id
            });
            if let Some(own) = own {
                // It is changed anyhow: in one request, and taken back in one.
                let known = |path: &str| own.changes.iter().any(|change| change.path == path);
                changes.retain(|change| own.only.is_empty() && !known(&change.path));
                own.changes.append(&mut changes);
            }
            if changes.is_empty() {
                continue;
            }
            let why = "pointed to what is made anew";
            let mut step = Step::skip(entity.name, &referrer.id, &label(entity, &live), why);
            step.action = Action::Relink;
            step.requests = 3;
            step.changes = changes;
            steps.push(step);
        }
    }
    Ok(steps)
}

/// Whether a pointer stands in what is served elsewhere than the object itself.
fn is_part(entity: &Entity, held: &Held) -> bool {
    let root = root(held.reference.member);
    let mut parts = entity.parts.iter();
    parts.any(|part| part.members.contains(&root))
}

/// Objects that are made anew and point to each other in lists: a create can name only what is
/// there by then, so the lists are set when all of them are.
fn among_themselves(planner: &Planner<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let created = planner.created.iter();
    let created: HashSet<(&str, &str)> = created.map(|(e, id, _)| (e.name, id.as_str())).collect();
    for (entity, id, wanted) in &planner.created {
        let fellow = |id: &str| created.contains(&(entity.name, id));
        let mut changes: Vec<FieldChange> = Vec::new();
        for reference in entity.references.iter().filter(|r| r.to == entity.name) {
            let member = root(reference.member);
            let listed = reference.member == format!("{member}[]");
            if listed && ids(wanted, reference).iter().any(|id| fellow(id)) {
                changes.push(FieldChange {
                    path: format!("/{member}"),
                    from: Value::Null,
                    to: wanted[member].clone(),
                });
            }
        }
        if !changes.is_empty() {
            let why = "points to others that are made anew";
            let mut step = Step::skip(entity.name, id, &label(entity, wanted), why);
            step.action = Action::Relink;
            step.requests = 3;
            step.changes = changes;
            steps.push(step);
        }
    }
    steps
}

/// The objects of an entity that pointed to one of those that are gone.
fn referrers(
    planner: &Planner<'_>,
    entity: &'static Entity,
    towards: &[(&Gone, Vec<Reference>)],
) -> Result<Vec<Referrer>, Error> {
    let vault = planner.vault;
    let own = planner.plan.steps.iter().filter(|step| {
        let made = matches!(step.action, Action::Create | Action::Delete);
        let own = step.nested.is_none() && step.copy.is_none();
        made && own && step.entity == entity.name
    });
    let busy: HashSet<String> = own.map(|step| step.id.clone()).collect();
    let mut all = Vec::new();
    let filter = ObjectFilter {
        state: StateFilter::Live,
        ..ObjectFilter::default()
    };
    vault.objects(entity.name, &filter, &mut |row| {
        all.push(row.id.to_string());
        ControlFlow::Continue(())
    })?;
    // One look at a document for all that were last seen in the same run.
    let mut by_run: BTreeMap<Option<RunId>, HashMap<gone::Key, &Gone>> = BTreeMap::new();
    let mut pointers: Vec<(&'static str, Reference)> = Vec::new();
    for (gone, own) in towards {
        let key = gone.key(vault)?;
        by_run.entry(gone.seen).or_default().insert(key, gone);
        for one in own {
            let known = |(held, other): &(&str, Reference)| {
                let same = (other.member, other.to, other.when);
                *held == gone.held() && same == (one.member, one.to, one.when)
            };
            if !pointers.iter().any(known) {
                pointers.push((gone.held(), points_again(one)));
            }
        }
    }
    let mut known: HashMap<gone::Key, gone::Key> = HashMap::new();
    let mut found = Vec::new();
    for id in all {
        if busy.contains(&id) {
            continue; // made anew or deleted: its own step has its references
        }
        let mut held: Vec<Held> = Vec::new();
        let mut read: Option<(Option<u32>, Option<Value>)> = None;
        for (seen, sought) in &by_run {
            let version = match seen {
                Some(run) => vault.version_at_run(entity.name, &id, *run)?,
                None => vault.head(entity.name, &id)?.map(|head| head.version),
            };
            let Some(number) = version else {
                continue;
            };
            if read.as_ref().map(|(v, _)| *v) != Some(version) {
                read = Some((version, document(vault, entity, &id, number)?));
            }
            let Some((_, Some(doc))) = &read else {
                continue;
            };
            for (told_by, reference) in &pointers {
                for pointed in ids(doc, reference) {
                    let asked = (reference.to, *told_by, pointed.clone());
                    let key = match known.get(&asked) {
                        Some(key) => key,
                        None => {
                            let now = gone::now(vault, reference.to, told_by, &pointed)?;
                            let key = (reference.to, *told_by, now);
                            known.entry(asked).or_insert(key)
                        }
                    };
                    if let Some(gone) = sought.get(key) {
                        held.push(Held {
                            reference: points_again(reference),
                            id: pointed,
                            then: doc.get(root(reference.member)).cloned().unwrap_or_default(),
                            strict: gone.strict,
                        });
                    }
                }
            }
        }
        if !held.is_empty() {
            found.push(Referrer { id, held });
        }
    }
    Ok(found)
}

fn points_again(reference: &Reference) -> Reference {
    let Reference {
        member,
        to,
        when,
        needed,
    } = *reference;
    Reference {
        member,
        to,
        when,
        needed,
    }
}

/// The members to set again, each with the id that the target had: the present one is put in its
/// place when it is sent.
fn changes(entity: &Entity, referrer: &Referrer, live: &Value) -> Vec<FieldChange> {
    let mut changes: Vec<FieldChange> = Vec::new();
    for held in &referrer.held {
        let (reference, id) = (&held.reference, &held.id);
        let pattern = reference.member;
        let member = root(pattern);
        let is = live.get(member).cloned().unwrap_or_default();
        let dangling = ids(live, reference).contains(id);
        let mut rows = entity.writes.rows.iter();
        let rows = rows.find(|rows| rows.form == Form::Ids && rows.member == member);
        if let Some(rows) = rows {
            if dangling || again(member, pattern, &is, held).is_some() {
                let row = [(rows.id.to_owned(), like(&Value::from(0), id))];
                let row = Value::Object(row.into_iter().collect());
                changes.push(FieldChange {
                    path: format!("/{member}/{id}"),
                    from: if dangling { row.clone() } else { Value::Null },
                    to: row,
                });
            }
            continue;
        }
        let mut rows = entity.writes.rows.iter();
        let list = rows.find(|rows| rows.form == Form::List && rows.place() == member);
        if let Some(list) = list {
            let more = relink_rows::changes(list, reference, id, &held.then, live.get(member));
            for change in more {
                if !changes.iter().any(|known| known.path == change.path) {
                    changes.push(change);
                }
            }
            continue;
        }
        if !entity.writes.members.contains(&member) || !in_play(entity, member, &[]) {
            continue;
        }
        let path = format!("/{member}");
        let known = changes.iter().position(|change| change.path == path);
        let before = known.map_or(&is, |at| &changes[at].to).clone();
        let to = if dangling {
            before // holds the old id: renumbered when it is sent
        } else if pattern == member && id_text(&is).is_none_or(|now| !points(&now)) {
            like(&Value::from(0), id)
        } else if let Some(list) = again(member, pattern, &before, held) {
            list
        } else {
            continue; // another value now: the merchant's later choice
        };
        match known {
            Some(at) => changes[at].to = to,
            None => changes.push(FieldChange { path, from: is, to }),
        }
    }
    changes
}

/// A member with one more entry in the list that a pattern names. What has a history of its own goes
/// back into the list whatever else stands there by now; all else only where the rest is as it was.
fn again(member: &str, pattern: &str, now: &Value, held: &Held) -> Option<Value> {
    let inner = pattern.strip_prefix(member)?;
    let (path, of_entry) = inner.rsplit_once("[]")?;
    let path = path.replace('.', "/");
    let mut all = now.clone();
    let list = all.pointer_mut(&path)?.as_array_mut()?;
    if !held.strict {
        if inner == "[]" {
            let sample = list.first().cloned().unwrap_or(Value::from(0));
            list.push(like(&sample, &held.id));
            return Some(all);
        }
        return None;
    }
    let is_it = |entry: &&Value| {
        let id = match of_entry.strip_prefix('.') {
            Some(name) => entry.get(name).and_then(id_text),
            None => id_text(entry),
        };
        id.as_deref() == Some(held.id.as_str())
    };
    let then = held.then.pointer(&path)?.as_array()?;
    let entry = then.iter().find(is_it)?.clone();
    let sorted = |all: &mut Vec<String>| all.sort();
    let mut rest: Vec<String> = then
        .iter()
        .filter(|e| !is_it(e))
        .map(Value::to_string)
        .collect();
    let mut there: Vec<String> = list.iter().map(Value::to_string).collect();
    sorted(&mut rest);
    sorted(&mut there);
    (rest == there).then(|| list.push(entry))?;
    Some(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn held(member: &'static str, id: &str, then: Value, strict: bool) -> Held {
        Held {
            reference: Reference {
                member,
                to: "channels",
                when: None,
                needed: false,
            },
            id: id.to_owned(),
            then,
            strict,
        }
    }

    #[test]
    fn what_has_no_history_goes_back_only_where_the_rest_is_as_it_was() {
        let of = |pattern: &'static str, now: Value, then: Value| {
            let member = root(pattern);
            again(member, pattern, &now, &held(pattern, "5", then, true))
        };
        let rows = "channels[].id";
        assert_eq!(
            of(rows, json!([{"id": 1}]), json!([{"id": 5}, {"id": 1}])),
            Some(json!([{"id": 1}, {"id": 5}]))
        );
        assert_eq!(of(rows, json!([{"id": 9}]), json!([{"id": 5}])), None);
        let deep = "customer.group_ids[]";
        assert_eq!(
            of(
                deep,
                json!({"group_ids": [], "x": 1}),
                json!({"group_ids": [5]})
            ),
            Some(json!({"group_ids": [5], "x": 1}))
        );
        assert_eq!(
            of(deep, json!({"group_ids": [7]}), json!({"group_ids": [5]})),
            None
        );
        // For all of them is no list.
        assert_eq!(of("channel_ids[]", Value::Null, json!([5])), None);
    }

    #[test]
    fn what_goes_on_under_a_new_id_goes_back_whatever_else_stands_there() {
        let held = held("categories[]", "5", json!([5]), false);
        assert_eq!(
            again("categories", "categories[]", &json!([7]), &held),
            Some(json!([7, 5]))
        );
    }
}
