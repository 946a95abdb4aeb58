//! Blog posts and their tags (v2).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Page, Reply, USUAL};
use super::body;
use super::filter;
use super::request::{Method, Req};
use super::samples::commerce::blank;
use super::store::{Key, Store};

/// The list is documented to page 50 and no further.
const PAGES: u64 = 50;
/// How many characters of a body make the summary.
const SUMMARY: usize = 60;

const WRITABLE: [&str; 10] = [
    "title",
    "url",
    "body",
    "tags",
    "is_published",
    "meta_description",
    "meta_keywords",
    "author",
    "thumbnail_path",
    "published_date",
];

/// Answers for `/v2/blog`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    match (req.method, req.segs().as_slice()) {
        (Method::Get, ["v2", "blog", "posts"]) => Some(list(store, req)),
        (Method::Get, ["v2", "blog", "posts", "count"]) => Some(count(store, req)),
        (Method::Get, ["v2", "blog", "posts", id]) => Some(one(store, req, id)),
        (Method::Get, ["v2", "blog", "tags"]) => Some(tags(store, req)),
        (Method::Post, ["v2", "blog", "posts"]) => Some(create(store, req)),
        (Method::Put, ["v2", "blog", "posts", id]) => Some(update(store, req, id)),
        (Method::Delete, ["v2", "blog", "posts"]) => Some(delete_page(store, req)),
        (Method::Delete, ["v2", "blog", "posts", id]) => Some(delete(store, req, id)),
        _ => None,
    }
}

fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[&[
        "is_published",
        "url",
        "tag",
        "published_date",
        "page",
        "limit",
    ]])?;
    if req.positive("page")?.is_some_and(|page| page > PAGES) {
        return Err(req.wrong_type("page"));
    }
    answer::v2_list(req, matching(store, req)?, USUAL)
}

/// The posts that the filters take, the newest published first.
fn matching(store: &Store, req: &Req) -> Result<Vec<Value>, Reply> {
    let published = match req.query.get("is_published") {
        None => None,
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        Some(_) => return Err(req.wrong_type("is_published")),
    };
    let date = match req.query.get("published_date") {
        None => None,
        Some(text) => Some(filter::moment(text).ok_or_else(|| req.wrong_type("published_date"))?),
    };
    let url = req.query.get("url");
    let tag = req.query.get("tag");
    let mut rows = store.table("blog_posts").select(|row| {
        published.is_none_or(|wanted| row["is_published"] == wanted)
            && url.is_none_or(|wanted| row["url"] == wanted)
            && tag.is_none_or(|wanted| tags_of(row).iter().any(|own| own == wanted))
            && date.is_none_or(|wanted| moment(row) == Some(wanted))
    });
    rows.sort_by_key(|row| Reverse((moment(row), row["id"].as_u64())));
    Ok(rows)
}

fn moment(post: &Value) -> Option<Timestamp> {
    post["published_date_iso8601"]
        .as_str()
        .and_then(filter::moment)
}

fn tags_of(post: &Value) -> &[Value] {
    post["tags"].as_array().map_or(&[], Vec::as_slice)
}

fn count(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        json!({"count": store.table("blog_posts").len()}),
    ))
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    Ok(Reply::json(
        200,
        store
            .document("blog_posts", id)
            .ok_or_else(|| req.not_found())?,
    ))
}

/// Tags with the posts that have them: a list within a list, as documented.
fn tags(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let mut posts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (_, post) in store.table("blog_posts").iter() {
        for tag in tags_of(&post) {
            let tag = tag.as_str().unwrap_or_default().to_owned();
            posts.entry(tag).or_default().push(post["id"].clone());
        }
    }
    if posts.is_empty() {
        return Ok(answer::no_content());
    }
    let rows = posts
        .into_iter()
        .map(|(tag, ids)| json!({"tag": tag, "post_ids": ids}));
    Ok(Reply::json(200, json!([rows.collect::<Vec<Value>>()])))
}

fn create(store: &mut Store, req: &Req) -> Outcome {
    let fields = checked(req)?;
    let id = store.next_id("blog_posts");
    let mut post = blank("blog_posts");
    post["id"] = json!(id);
    dated(&mut post, store.now());
    let title = fields["title"].as_str().unwrap_or_default();
    post["url"] = json!(format!("/blog/{}/", title.to_lowercase().replace(' ', "-")));
    store.table_mut("blog_posts").insert(id, post);
    Ok(write(store, id, &fields))
}

/// Title and body are required again, and whoever leaves `is_published` out unpublishes the post.
fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    let mut fields = checked(req)?;
    let key = Key::parse(id);
    if !store.table("blog_posts").contains(&key) {
        return Err(req.not_found());
    }
    fields.entry("is_published").or_insert(json!(false));
    Ok(write(store, key.number(), &fields))
}

fn checked(req: &Req) -> Result<Map<String, Value>, Reply> {
    let fields = body::object(req, req.json()?)?;
    body::only(req, fields, &WRITABLE)?;
    body::required(req, fields, &["title", "body"])?;
    if let Some(date) = fields.get("published_date")
        && date.as_str().and_then(filter::moment).is_none()
    {
        return Err(body::refuse_field(
            req,
            "published_date",
            "must be an RFC 2822 date",
        ));
    }
    Ok(fields.clone())
}

fn write(store: &mut Store, id: u64, fields: &Map<String, Value>) -> Reply {
    let mut fields = fields.clone();
    let date = fields.shift_remove("published_date");
    let date = date
        .as_ref()
        .and_then(Value::as_str)
        .and_then(filter::moment);
    store.edit("blog_posts", id, |post| {
        body::merge(post, &fields);
        if let Some(date) = date {
            dated(post, date);
        }
        let summary: String = post["body"]
            .as_str()
            .unwrap_or_default()
            .chars()
            .take(SUMMARY)
            .collect();
        post["summary"] = json!(summary);
        post["preview_url"] = post["url"].clone();
    });
    Reply::json(200, store.document("blog_posts", id).unwrap_or_default())
}

/// A date is written as a string and read as an object.
fn dated(post: &mut Value, at: Timestamp) {
    let date = at.strftime("%Y-%m-%d %H:%M:%S.000000").to_string();
    post["published_date"] = json!({"timezone_type": 1, "date": date, "timezone": "+00:00"});
    post["published_date_iso8601"] = json!(at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string());
}

fn delete(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    store
        .table_mut("blog_posts")
        .remove(&Key::parse(id))
        .ok_or_else(|| req.not_found())?;
    Ok(answer::no_content())
}

/// Documented as deleting a page of posts, and that is what it does.
fn delete_page(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[&[
        "is_published",
        "url",
        "tag",
        "published_date",
        "page",
        "limit",
    ]])?;
    let posts = matching(store, req)?;
    let range = Page::read(req, USUAL)?.range(posts.len());
    for post in &posts[range] {
        if let Some(key) = Key::of(&post["id"]) {
            store.table_mut("blog_posts").remove(&key);
        }
    }
    Ok(answer::no_content())
}
