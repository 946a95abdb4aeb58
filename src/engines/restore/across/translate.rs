//! One document of another store in the words of this one: pure functions of a document, a
//! description and what is known of the ids that it holds.
//!
//! Its own ids become ids of another store (see [`crate::model::away`]), so that none is ever taken
//! for an object or a row that lives here. What it points to and is not to be had is left out where
//! the object stays what it is without it; where it would become something else (a promotion's rule
//! without its product holds for all of them) the whole object is left.

use serde_json::Value;

use crate::engines::capture::shape::id_text;
use crate::engines::restore::references::{applies, like, points, root, walk};
use crate::entities::Entity;
use crate::entities::entity::{Form, Local, Reference, Rows};
use crate::model::away::away;

/// What a pointer becomes.
pub(super) enum Fate {
    /// This id.
    Becomes(String),
    /// Nothing: what it points to is not to be had.
    Lost,
}

/// A document as it is wanted here.
#[derive(Debug, Default)]
pub(super) struct Translated {
    pub doc: Value,
    /// What was left out, a line each.
    pub lost: Vec<String>,
    /// Why the object can't be had at all.
    pub refused: Option<String>,
}

/// Who is asked what a pointer to an entity becomes.
pub(super) type Ask<'a> = &'a dyn Fn(&'static str, &str) -> Fate;

/// Stands for what is left out until it is; no document has it.
const LOST: &str = "\u{0}lost";

/// Makes it of a document whose references have the ids of the other store.
pub(super) fn translate(entity: &Entity, doc: Value, ask: Ask<'_>) -> Translated {
    let mut made = Translated {
        doc,
        ..Translated::default()
    };
    for reference in entity.references {
        let lost = pointers(&mut made.doc, reference, ask);
        leave_out(entity, &mut made, reference.member, false, &lost);
    }
    for local in entity.writes.local {
        let lost = locals(&mut made.doc, local);
        leave_out(entity, &mut made, local.member, local.needed, &lost);
    }
    for nested in entity.writes.nested {
        if let Some(id) = made.doc.get_mut(nested.pointer) {
            shift(id);
        }
        let Some(held) = made.doc.get_mut(nested.held) else {
            continue;
        };
        let mut lost = Vec::new();
        for reference in nested.references {
            lost.extend(pointers(held, reference, ask));
        }
        for local in nested.local {
            lost.extend(locals(held, local));
        }
        // It says who may see and pay what: in part it would say something else.
        if let Some(first) = lost.first() {
            made.lost.push(format!("{}: {first}", nested.singular));
            if let Some(members) = made.doc.as_object_mut() {
                members.remove(nested.held);
                members.remove(nested.pointer);
            }
        }
    }
    renumber_rows(entity, &mut made.doc);
    made
}

/// Turns the pointers of a reference; answers what is lost, in words.
fn pointers(doc: &mut Value, reference: &Reference, ask: Ask<'_>) -> Vec<String> {
    let mut lost = Vec::new();
    if !applies(doc, reference) {
        return lost;
    }
    walk(doc, reference.member, &mut |value| {
        let Some(id) = id_text(value).filter(|id| points(id) && id != LOST) else {
            return;
        };
        match ask(reference.to, &id) {
            Fate::Becomes(new) => *value = like(value, &new),
            Fate::Lost => {
                let to = crate::entities::find(reference.to);
                let one = to.map_or(reference.to, |to| to.singular);
                lost.push(format!("{one} {id} does not come along"));
                *value = Value::from(LOST);
            }
        }
    });
    lost
}

fn locals(doc: &mut Value, local: &Local) -> Vec<String> {
    let mut lost = Vec::new();
    walk(doc, local.member, &mut |value| {
        if let Some(id) = id_text(value).filter(|id| points(id))
            && !local.same.contains(&id.as_str())
        {
            let what = local.what;
            lost.push(format!("{what} {id} means nothing in another store"));
            *value = Value::from(LOST);
        }
    });
    lost
}

/// Takes out what is lost at a pattern, or refuses the object.
fn leave_out(entity: &Entity, made: &mut Translated, pattern: &str, needed: bool, lost: &[String]) {
    let Some(first) = lost.first() else {
        return;
    };
    let member = root(pattern);
    let is_lost = |value: &Value| value.as_str() == Some(LOST);
    let list = made.doc.get_mut(member).and_then(Value::as_array_mut);
    let inner = pattern.strip_prefix(member).unwrap_or_default();
    let of_row = inner.strip_prefix("[].").filter(|name| !name.contains('.'));
    match (inner, of_row, list) {
        _ if needed => made.refused = Some(format!("{member}: {first}")),
        ("", ..) => {
            if let Some(members) = made.doc.as_object_mut() {
                members.remove(member);
            }
        }
        ("[]", _, Some(list)) => list.retain(|value| !is_lost(value)),
        (_, Some(name), Some(list)) if stands_alone(entity, member) => {
            list.retain(|row| row.get(name).is_none_or(|value| !is_lost(value)));
        }
        _ => made.refused = Some(format!("{member}: {first}")),
    }
    let lines = lost.iter().map(|line| format!("{member}: {line}"));
    made.lost.extend(lines);
}

/// Whether a list's rows can be left out one by one: no other row names one of them.
fn stands_alone(entity: &Entity, member: &str) -> bool {
    let mut rows = entity.writes.rows.iter();
    let own = rows.any(|rows| rows.within.is_empty() && rows.member == member);
    let mut inner = entity.writes.rows.iter().flat_map(|rows| rows.inner);
    own && !inner.any(|(_, place)| root(place) == member)
}

/// Gives an id the form that no store gives.
fn shift(value: &mut Value) {
    if let Some(id) = id_text(value).filter(|id| points(id))
        && let Some(kept) = away(&id)
    {
        *value = like(value, &kept);
    }
}

/// The ids of the object and of its rows, and what names these within the document.
fn renumber_rows(entity: &Entity, doc: &mut Value) {
    if let Some(id) = doc.get_mut(entity.id) {
        shift(id);
    }
    for rows in entity.writes.rows.iter().filter(|r| r.form == Form::List) {
        let place = rows.place();
        walk(doc, &format!("{place}[]"), &mut |row| {
            renumber_row(rows, row)
        });
    }
}

fn renumber_row(rows: &Rows, row: &mut Value) {
    for (member, _) in rows.inner {
        walk(row, member, &mut shift);
    }
    if let Some(id) = row.get_mut(rows.id) {
        shift(id);
    }
    for inner in row
        .as_object_mut()
        .into_iter()
        .flat_map(|row| row.values_mut())
    {
        for value in inner.as_array_mut().into_iter().flatten() {
            if let Some(id) = value.get_mut("id") {
                shift(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::entities;

    const FAR: u64 = 4_000_000_000_000_000;

    /// Odd ids come along.
    fn odd(_: &'static str, id: &str) -> Fate {
        match id.parse::<u64>().unwrap() % 2 {
            1 => Fate::Becomes(away(id).unwrap()),
            _ => Fate::Lost,
        }
    }

    #[test]
    fn every_id_of_a_product_goes_away_and_what_is_lost_is_named() {
        let products = entities::find("products").unwrap();
        let doc = json!({"id": 101, "brand_id": 7, "categories": [2, 3], "tax_class_id": 4,
            "related_products": [-1],
            "options": [{"id": 5, "option_values": [{"id": 6, "label": "Red"}]}],
            "variants": [{"id": 8, "option_values": [{"id": 6, "option_id": 5}],
                "metafields": [{"id": 9, "resource_id": 8}]}]});
        let made = translate(products, doc, &odd);
        assert_eq!(
            made.doc,
            json!({"id": FAR + 101, "brand_id": FAR + 7, "categories": [FAR + 3],
                "related_products": [-1],
                "options": [{"id": FAR + 5, "option_values": [{"id": FAR + 6, "label": "Red"}]}],
                "variants": [{"id": FAR + 8,
                    "option_values": [{"id": FAR + 6, "option_id": FAR + 5}],
                    "metafields": [{"id": FAR + 9, "resource_id": FAR + 8}]}]})
        );
        assert_eq!(made.lost.len(), 2, "{:?}", made.lost);
        assert!(made.refused.is_none());
    }

    #[test]
    fn what_would_become_something_else_is_refused() {
        let coupons = entities::find("coupons").unwrap();
        let doc = json!({"id": 1, "applies_to": {"entity": "products", "ids": [3, 4]}});
        assert!(translate(coupons, doc, &odd).refused.is_some());
        let promotions = entities::find("promotions").unwrap();
        let doc = json!({"rules": [{"action": {"shipping": {"zone_ids": "*"}}}]});
        assert!(translate(promotions, doc, &odd).refused.is_none());
        let doc = json!({"rules": [{"action": {"shipping": {"zone_ids": [1]}}}]});
        assert!(translate(promotions, doc, &odd).refused.is_some());
    }

    #[test]
    fn a_group_that_names_what_is_lost_stays_behind_and_a_row_goes_by_itself() {
        let customers = entities::find("customers").unwrap();
        let doc = json!({"id": 1, "customer_group_id": 3, "attributes": [{"attribute_id": 1}],
            "customer_groups": {"category_access": {"categories": [2]}}});
        let made = translate(customers, doc, &odd);
        assert_eq!(made.doc, json!({"id": FAR + 1, "attributes": []}));
        let doc = json!({"customer_group_id": 3, "customer_groups": {"name": "VIP"}});
        let made = translate(customers, doc, &odd);
        assert_eq!(made.doc["customer_group_id"], json!(FAR + 3));
    }
}
