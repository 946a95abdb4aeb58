//! Metafields of every owner: one shape, whole-store lists by cursor, and lists of one owner.
//! Each kind of owner has a table of its own, keyed by the metafield's id.

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::fields::{self, Shape};
use super::filter::{self, Filters, Kind};
use super::request::{Method, Req};
use super::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("key", Kind::Text),
    ("key:in", Kind::Text),
    ("namespace", Kind::Text),
    ("namespace:in", Kind::Text),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
];

const OTHERS: &[&str] = &[
    "page",
    "limit",
    "direction",
    "include_fields",
    "before",
    "after",
];

const FIELDS: &[&str] = &[
    "resource_id",
    "key",
    "value",
    "namespace",
    "permission_set",
    "resource_type",
    "description",
    "owner_client_id",
    "date_created",
    "date_modified",
];

const PERMISSIONS: &[&str] = &[
    "app_only",
    "read",
    "write",
    "read_and_sf_access",
    "write_and_sf_access",
];

/// The account that metafields written through the API belong to.
const OWNER: &str = "sandboxclientid0000000000000000";

/// The most metafields in one batch: no cap is documented, migration tools use fifty.
const BATCH_MAX: usize = 50;

/// Whose metafields they are.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// Where they are kept.
    pub table: &'static str,
    /// `resource_type`.
    pub kind: &'static str,
}

/// Products', variants', categories', brands' and channels'.
const PRODUCT: Owner = Owner {
    table: "product_metafields",
    kind: "product",
};
const VARIANT: Owner = Owner {
    table: "variant_metafields",
    kind: "variant",
};
const CATEGORY: Owner = Owner {
    table: "category_metafields",
    kind: "category",
};
const BRAND: Owner = Owner {
    table: "brand_metafields",
    kind: "brand",
};
const CHANNEL: Owner = Owner {
    table: "channel_metafields",
    kind: "channel",
};

/// The routes of the owners above. Other families call [`serve`] for theirs.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    let (owner, resource, rest) = match segs.as_slice() {
        ["v3", "catalog", "products", "metafields"] => (PRODUCT, None, &[][..]),
        ["v3", "catalog", "variants", "metafields"] => (VARIANT, None, &[][..]),
        ["v3", "catalog", "categories", "metafields"] => (CATEGORY, None, &[][..]),
        ["v3", "catalog", "brands", "metafields"] => (BRAND, None, &[][..]),
        ["v3", "channels", "metafields"] => (CHANNEL, None, &[][..]),
        [
            "v3",
            "catalog",
            "products",
            _,
            "variants",
            id,
            "metafields",
            rest @ ..,
        ] => {
            let owner = Key::parse(id);
            let known = store.table("products").iter().any(|(_, product)| {
                product["variants"].as_array().is_some_and(|own| {
                    own.iter()
                        .any(|v| Key::of(&v["id"]).as_ref() == Some(&owner))
                })
            });
            if !known {
                return Some(Err(req.not_found()));
            }
            (VARIANT, Some(owner), rest)
        }
        [
            "v3",
            "catalog",
            family @ ("products" | "categories" | "brands"),
            id,
            "metafields",
            rest @ ..,
        ] => {
            let owner = match *family {
                "products" => PRODUCT,
                "categories" => CATEGORY,
                _ => BRAND,
            };
            let id = Key::parse(id);
            if !store.table(family).contains(&id) {
                return Some(Err(req.not_found()));
            }
            (owner, Some(id), rest)
        }
        ["v3", "channels", id, "metafields", rest @ ..] => {
            let id = Key::parse(id);
            if !store.table("channels").contains(&id) {
                return Some(Err(req.not_found()));
            }
            (CHANNEL, Some(id), rest)
        }
        _ => return None,
    };
    serve(store, req, owner, resource.as_ref(), rest)
}

/// Serves one owner's metafields: the whole store's without `resource`, else one resource's, and
/// one of them when `rest` names it.
pub fn serve(
    store: &mut Store,
    req: &Req,
    owner: Owner,
    resource: Option<&Key>,
    rest: &[&str],
) -> Option<Outcome> {
    use Method::{Delete, Get, Post, Put};
    Some(match (req.method, resource, rest) {
        (Get, _, []) => list(store, req, owner, resource),
        (Post, None, []) => create_many(store, req, owner),
        (Put, None, []) => update_many(store, req, owner),
        (Delete, None, []) => delete_many(store, req, owner),
        (Post, Some(id), []) => create_one(store, req, owner, id),
        (Get, Some(id), [field]) => find(store, req, owner, id, field).map(answer::v3_one),
        (Put, Some(id), [field]) => update_one(store, req, owner, id, field),
        (Delete, Some(id), [field]) => find(store, req, owner, id, field).map(|_| {
            store.table_mut(owner.table).remove(&Key::parse(field));
            answer::no_content()
        }),
        _ => return None,
    })
}

fn list(store: &Store, req: &Req, owner: Owner, resource: Option<&Key>) -> Outcome {
    let known = filter::names(FILTERS);
    match resource {
        Some(_) => req.allow(&[&known, OTHERS, &["date_created", "date_modified"]])?,
        None => req.allow(&[&known, OTHERS])?,
    }
    let filters = Filters::read(req, store, FILTERS)?;
    let shape = Shape::read(req, FIELDS)?;
    // Without `sort` the direction turns the order of ids.
    let down = req.query.get("direction") == Some("desc");
    fields::order(req, &[])?;
    let mut rows = store.table(owner.table).select(|field| {
        filters.pass(field)
            && resource.is_none_or(|id| Key::of(&field["resource_id"]).as_ref() == Some(id))
    });
    if down {
        rows.reverse();
        return answer::v3_list(
            req,
            rows.iter().map(|row| shape.cut(row, "id")).collect(),
            USUAL,
        );
    }
    let rows = rows.iter().map(|row| shape.cut(row, "id")).collect();
    answer::v3_cursor_list(req, rows, "id", USUAL)
}

fn find(
    store: &Store,
    req: &Req,
    owner: Owner,
    resource: &Key,
    field: &str,
) -> Result<Value, Reply> {
    store
        .table(owner.table)
        .get(&Key::parse(field))
        .filter(|field| Key::of(&field["resource_id"]).as_ref() == Some(resource))
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| req.not_found())
}

/// A metafield's own rules; the text says what is wrong.
fn check(field: &Map<String, Value>, whole: bool) -> Result<(), String> {
    for (name, longest) in [("namespace", 64), ("key", 64), ("value", 65_535)] {
        match field.get(name).map(Value::as_str) {
            None if whole => return Err(format!("{name} is required.")),
            Some(None) => return Err(format!("{name} must be a string.")),
            Some(Some(text)) if text.is_empty() || text.chars().count() > longest => {
                return Err(format!("{name} must have 1 to {longest} characters."));
            }
            _ => {}
        }
    }
    match field
        .get("permission_set")
        .map(|set| set.as_str().unwrap_or_default())
    {
        None if whole => Err("permission_set is required.".to_owned()),
        Some(set) if !PERMISSIONS.contains(&set) => Err("Unknown permission_set.".to_owned()),
        _ => Ok(()),
    }
}

/// Makes one; the error is a status and a text.
fn make(
    store: &mut Store,
    owner: Owner,
    resource: &Key,
    given: &Map<String, Value>,
) -> Result<Value, (u16, String)> {
    check(given, true).map_err(|text| (422, text))?;
    let taken = store.table(owner.table).iter().any(|(_, row)| {
        Key::of(&row["resource_id"]).as_ref() == Some(resource)
            && row["namespace"] == given["namespace"]
            && row["key"] == given["key"]
            && row["owner_client_id"] == OWNER
    });
    if taken {
        return Err((409, "The namespace and key are already used.".to_owned()));
    }
    let (id, stamp) = (store.next_id(owner.table), store.stamp());
    let row = json!({
        "id": id,
        "key": given["key"],
        "value": given["value"],
        "namespace": given["namespace"],
        "permission_set": given["permission_set"],
        "resource_type": owner.kind,
        "resource_id": resource.number(),
        "description": given.get("description").cloned().unwrap_or_else(|| json!("")),
        "date_created": stamp,
        "date_modified": stamp,
        "owner_client_id": OWNER,
    });
    store.table_mut(owner.table).insert(id, row.clone());
    Ok(row)
}

fn change(
    store: &mut Store,
    owner: Owner,
    key: &Key,
    given: &Map<String, Value>,
) -> Result<Value, (u16, String)> {
    check(given, false).map_err(|text| (422, text))?;
    let stamp = store.stamp();
    let row = store
        .table_mut(owner.table)
        .get_mut(key)
        .ok_or_else(|| (404, "The metafield does not exist.".to_owned()))?;
    if row["owner_client_id"] != OWNER {
        return Err((403, "The metafield belongs to another account.".to_owned()));
    }
    for name in ["key", "value", "namespace", "permission_set", "description"] {
        if let Some(value) = given.get(name) {
            row[name] = value.clone();
        }
    }
    row["date_modified"] = json!(stamp);
    Ok(row.clone())
}

fn create_one(store: &mut Store, req: &Req, owner: Owner, resource: &Key) -> Outcome {
    req.allow(&[])?;
    let given = object(req.json()?)?;
    make(store, owner, resource, &given)
        .map(answer::v3_one)
        .map_err(|e| refusal(req, e))
}

fn update_one(store: &mut Store, req: &Req, owner: Owner, resource: &Key, field: &str) -> Outcome {
    req.allow(&[])?;
    find(store, req, owner, resource, field)?;
    let given = object(req.json()?)?;
    // Of brands and channels the description requires nothing.
    if ["product", "variant", "category"].contains(&owner.kind) {
        check(&given, true).map_err(|text| req.refuse(422, &text))?;
    }
    change(store, owner, &Key::parse(field), &given)
        .map(answer::v3_one)
        .map_err(|e| refusal(req, e))
}

fn create_many(store: &mut Store, req: &Req, owner: Owner) -> Outcome {
    batch(store, req, |store, given| {
        let resource = given
            .get("resource_id")
            .and_then(Key::of)
            .ok_or_else(|| (422, "resource_id is required.".to_owned()))?;
        make(store, owner, &resource, given)
    })
}

fn update_many(store: &mut Store, req: &Req, owner: Owner) -> Outcome {
    batch(store, req, |store, given| {
        let key = given
            .get("id")
            .and_then(Key::of)
            .ok_or_else(|| (422, "id is required.".to_owned()))?;
        change(store, owner, &key, given)
    })
}

/// `DELETE` with an array of ids in its body. An empty or missing one is refused: its meaning is
/// not documented, and it may be "all".
fn delete_many(store: &mut Store, req: &Req, owner: Owner) -> Outcome {
    req.allow(&[])?;
    let ids = req.json_array()?.to_vec();
    if ids.is_empty() {
        return Err(answer::invalid(&[("body", "At least one id is required.")]));
    }
    let (mut done, mut errors) = (Vec::new(), Map::new());
    for id in &ids {
        match Key::of(id).and_then(|key| store.table_mut(owner.table).remove(&key)) {
            Some(_) => done.push(id.clone()),
            None => {
                errors.insert(id.to_string(), json!("The metafield does not exist."));
            }
        }
    }
    Ok(partly(ids.len(), done, errors))
}

type Attempt<'a> = dyn FnMut(&mut Store, &Map<String, Value>) -> Result<Value, (u16, String)> + 'a;

fn batch<F>(store: &mut Store, req: &Req, mut attempt: F) -> Outcome
where
    F: FnMut(&mut Store, &Map<String, Value>) -> Result<Value, (u16, String)>,
{
    req.allow(&[])?;
    let rows = req.json_array()?.to_vec();
    if rows.len() > BATCH_MAX {
        return Err(req.refuse(413, "The batch is too large. The maximum is 50 metafields."));
    }
    let attempt: &mut Attempt<'_> = &mut attempt;
    let (mut done, mut errors) = (Vec::new(), Map::new());
    for (place, row) in rows.iter().enumerate() {
        match object(row)
            .map_err(|_| (422, "Not an object.".to_owned()))
            .and_then(|given| attempt(store, &given))
        {
            Ok(row) => done.push(row),
            Err((_, text)) => {
                errors.insert(place.to_string(), json!(text));
            }
        }
    }
    Ok(partly(rows.len(), done, errors))
}

/// 200 when all was done; 422 with what was when only a part was.
fn partly(total: usize, done: Vec<Value>, errors: Map<String, Value>) -> Reply {
    let meta = json!({"total": total, "success": done.len(), "failed": errors.len()});
    if errors.is_empty() {
        return Reply::json(200, json!({"data": done, "errors": [], "meta": meta}));
    }
    let error = json!({
        "status": 422,
        "title": "Bulk operation has failed",
        "type": "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes",
        "errors": errors,
    });
    Reply::json(422, json!({"data": done, "errors": [error], "meta": meta}))
}

fn object(value: &Value) -> Result<Map<String, Value>, Reply> {
    value
        .as_object()
        .cloned()
        .ok_or_else(|| answer::invalid(&[("body", "An object is expected.")]))
}

fn refusal(req: &Req, (status, text): (u16, String)) -> Reply {
    req.refuse(status, &text)
}
