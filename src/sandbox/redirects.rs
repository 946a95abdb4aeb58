//! `/storefront/redirects`: 301s of every site.

use serde_json::{Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::fields;
use super::filter::{self, Filters, Kind};
use super::request::{Method, Req};
use super::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("site_id", Kind::Number),
    ("id:in", Kind::Number),
    ("id:min", Kind::Number),
    ("id:max", Kind::Number),
];

/// The most redirects in one upsert: no cap is documented.
const BATCH_MAX: usize = 50;

const TYPES: &[&str] = &["product", "brand", "category", "page", "post", "url"];

/// Routes below `/v3/storefront/redirects`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    let segs = req.segs();
    let ["v3", "storefront", "redirects"] = segs.as_slice() else {
        return None;
    };
    Some(match req.method {
        Method::Get => list(store, req),
        Method::Put => upsert(store, req),
        Method::Delete => delete(store, req),
        Method::Post => return None,
    })
}

/// `GET /storefront/redirects`. No default order is documented: they come by path.
fn list(store: &Store, req: &Req) -> Outcome {
    let others = &["page", "limit", "sort", "direction", "include", "keyword"];
    req.allow(&[others, &filter::names(FILTERS)])?;
    let filters = Filters::read(req, store, FILTERS)?;
    let full = !req.words("include", &["to_url"])?.is_empty();
    let order = fields::order(req, &["from_path", "type", "site_id", "id"])?;
    let keyword = req.query.get("keyword");
    let mut rows = store.table("redirects").select(|row| {
        filters.pass(row)
            && keyword.is_none_or(|start| {
                row["from_path"]
                    .as_str()
                    .is_some_and(|path| path.starts_with(start))
            })
    });
    match order.unwrap_or(("from_path", false)) {
        ("type", down) => rows.sort_by(|a, b| {
            let order = fields::compare(&a["to"]["type"], &b["to"]["type"]);
            if down { order.reverse() } else { order }
        }),
        (field, down) => fields::sort(&mut rows, field, down),
    }
    if full {
        for row in &mut rows {
            row["to_url"] = json!(destination(store, row));
        }
    }
    answer::v3_list(req, rows, USUAL)
}

/// The full address that a redirect leads to.
fn destination(store: &Store, row: &Value) -> String {
    let site = Key::of(&row["site_id"]).and_then(|id| store.table("sites").get(&id));
    let base = site
        .as_ref()
        .and_then(|site| site["url"].as_str())
        .unwrap_or("https://localhost");
    let path = match (row["to"]["type"].as_str(), Key::of(&row["to"]["entity_id"])) {
        (Some("url"), _) => row["to"]["url"].as_str().unwrap_or("/").to_owned(),
        (Some("product"), Some(id)) => path_of(store, "products", &id, "/custom_url/url"),
        (Some("brand"), Some(id)) => path_of(store, "brands", &id, "/custom_url/url"),
        (Some("category"), Some(id)) => path_of(store, "categories", &id, "/url/path"),
        (Some("page"), Some(id)) => path_of(store, "pages", &id, "/url"),
        (Some("post"), Some(id)) => format!("/blog/{id}"),
        _ => "/".to_owned(),
    };
    if path.starts_with("http") {
        return path;
    }
    format!(
        "{}/{}",
        base.trim_end_matches('/'),
        path.trim_start_matches('/')
    )
}

fn path_of(store: &Store, table: &str, id: &Key, pointer: &str) -> String {
    let row = store.table(table).get(id);
    let path = row
        .as_ref()
        .and_then(|row| row.pointer(pointer))
        .and_then(Value::as_str);
    path.unwrap_or("/").to_owned()
}

/// `PUT /storefront/redirects`: a redirect of the same site and path is overwritten.
fn upsert(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let rows = req.json_array()?.to_vec();
    if rows.len() > BATCH_MAX {
        return Err(req.refuse(413, "The batch is too large. The maximum is 50 redirects."));
    }
    for row in &rows {
        check(store, row)?;
    }
    let mut done = Vec::new();
    for row in rows {
        let old = store.table("redirects").iter().find_map(|(key, old)| {
            let same = old["site_id"] == row["site_id"] && old["from_path"] == row["from_path"];
            same.then(|| key.number())
        });
        let id = old.unwrap_or_else(|| store.next_id("redirects"));
        let redirect = json!({
            "id": id,
            "site_id": row["site_id"],
            "from_path": row["from_path"],
            "to": row["to"],
        });
        store.table_mut("redirects").insert(id, redirect.clone());
        done.push(redirect);
    }
    Ok(answer::v3_status(201, Value::Array(done)))
}

fn check(store: &Store, row: &Value) -> Result<(), Reply> {
    if row["from_path"]
        .as_str()
        .is_none_or(|path| !path.starts_with('/'))
    {
        return Err(answer::invalid(&[("from_path", "A path is required.")]));
    }
    if !Key::of(&row["site_id"]).is_some_and(|id| store.table("sites").contains(&id)) {
        return Err(answer::invalid(&[("site_id", "The site does not exist.")]));
    }
    let mut names = row
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys());
    if let Some(name) = names.find(|n| !["from_path", "site_id", "to"].contains(&n.as_str())) {
        return Err(answer::invalid(&[(
            name,
            "The field cannot be written to.",
        )]));
    }
    let kind = row["to"]["type"].as_str().unwrap_or_default();
    let aim = if kind == "url" {
        row["to"]["url"].is_string()
    } else {
        row["to"]["entity_id"].is_u64()
    };
    if !TYPES.contains(&kind) || !aim {
        return Err(answer::invalid(&[(
            "to",
            "A type and its destination are required.",
        )]));
    }
    Ok(())
}

/// `DELETE /storefront/redirects`: `id:in` is demanded.
fn delete(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&["id:in", "site_id"]])?;
    let ids: Vec<Key> = req
        .query
        .list("id:in")
        .iter()
        .map(|id| Key::parse(id))
        .collect();
    if ids.is_empty() {
        return Err(answer::invalid(&[("id:in", "Required.")]));
    }
    let site = req.query.get("site_id").map(Key::parse);
    store.table_mut("redirects").take(|row| {
        Key::of(&row["id"]).is_some_and(|id| ids.contains(&id))
            && (site.is_none() || Key::of(&row["site_id"]) == site)
    });
    Ok(answer::no_content())
}
