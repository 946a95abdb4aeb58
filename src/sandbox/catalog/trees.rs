//! `/catalog/trees`: the trees, and the whole of one at once.

use serde_json::{Map, Value, json};

use crate::sandbox::answer::{self, Caps, Outcome};
use crate::sandbox::filter::{self, Filters, Kind};
use crate::sandbox::request::Req;
use crate::sandbox::store::{Key, Store};

/// `GET /catalog/trees`: not paged, though its answer counts itself.
pub fn list(store: &Store, req: &Req) -> Outcome {
    const FILTERS: &[(&str, Kind)] = &[("id:in", Kind::Number), ("channels:in", Kind::Number)];
    req.allow(&[&["id:in", "channel_id:in"]])?;
    let mut renamed = req.clone();
    for (name, _) in &mut renamed.query.pairs {
        if name == "channel_id:in" {
            "channels:in".clone_into(name);
        }
    }
    debug_assert!(filter::names(FILTERS).contains(&"channels:in"));
    let filters = Filters::read(&renamed, store, FILTERS)?;
    let rows = store.table("trees").select(|tree| filters.pass(tree));
    let all = rows.len().max(1);
    answer::v3_list(
        req,
        rows,
        Caps {
            default: all,
            max: all,
        },
    )
}

/// `GET /catalog/trees/{id}/categories`: nested, unpaged; `depth` cuts the levels below.
pub fn snapshot(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["depth"]])?;
    let depth = req.positive("depth")?;
    let tree = Key::parse(id);
    if !store.table("trees").contains(&tree) {
        return Err(req.not_found());
    }
    let rows = store
        .table("categories")
        .select(|row| Key::of(&row["tree_id"]).as_ref() == Some(&tree));
    Ok(answer::v3_all(children(&rows, 0, &[], depth)))
}

fn children(rows: &[Value], parent: u64, path: &[u64], depth: Option<u64>) -> Vec<Value> {
    let level = path.len() as u64;
    if depth.is_some_and(|depth| level >= depth) {
        return Vec::new();
    }
    let mut own: Vec<&Value> = rows
        .iter()
        .filter(|row| row["parent_id"].as_u64() == Some(parent))
        .collect();
    own.sort_by_key(|row| row["sort_order"].as_i64());
    let node = |row: &Value| {
        let id = row["category_id"].as_u64().unwrap_or(0);
        let mut here = path.to_vec();
        here.push(id);
        let below = children(rows, id, &here, depth);
        let mut node = Map::new();
        node.insert("id".to_owned(), json!(id));
        node.insert("parent_id".to_owned(), json!(parent));
        node.insert("depth".to_owned(), json!(level));
        node.insert("path".to_owned(), json!(here));
        node.insert("name".to_owned(), row["name"].clone());
        node.insert("is_visible".to_owned(), row["is_visible"].clone());
        node.insert("url".to_owned(), row["url"]["path"].clone());
        node.insert("children".to_owned(), Value::Array(below));
        Value::Object(node)
    };
    own.into_iter().map(node).collect()
}
