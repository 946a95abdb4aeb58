//! Channels and what belongs to one: currencies, listings, menus, theme; sites and their routes.

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Reply, USUAL};
use super::channel_writes;
use super::filter::{self, Filters, Kind};
use super::request::{Method, Req};
use super::store::{Key, Store};

const FILTERS: &[(&str, Kind)] = &[
    ("status:in", Kind::Text),
    ("type:in", Kind::Text),
    ("platform:in", Kind::Text),
    ("date_created", Kind::Date),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
];

const LISTING_FILTERS: &[(&str, Kind)] = &[
    ("product_id:in", Kind::Number),
    ("date_created", Kind::Date),
    ("date_created:min", Kind::Date),
    ("date_created:max", Kind::Date),
    ("date_modified", Kind::Date),
    ("date_modified:min", Kind::Date),
    ("date_modified:max", Kind::Date),
];

const STATUSES: &[&str] = &[
    "prelaunch",
    "active",
    "inactive",
    "connected",
    "disconnected",
    "archived",
    "deleted",
    "terminated",
];

/// What `available=true` means.
const AVAILABLE: &[&str] = &["prelaunch", "active", "inactive", "connected"];

/// Routes below `/v3/channels` and `/v3/sites`, without metafields.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    use Method::{Get, Post, Put};
    let segs = req.segs();
    Some(match (req.method, segs.as_slice()) {
        (Get, ["v3", "channels"]) => list(store, req),
        (Post, ["v3", "channels"]) => channel_writes::create(store, req),
        (Get, ["v3", "channels", "currency-assignments"]) => currencies(store, req),
        (Get, ["v3", "channels", id]) if id != &"metafields" => one(store, req, id),
        (Put, ["v3", "channels", id]) if id != &"metafields" => {
            channel_writes::update(store, req, id)
        }
        (Get, ["v3", "channels", id, "currency-assignments"]) => own_currencies(store, req, id),
        (Get, ["v3", "channels", id, "listings"]) => listings(store, req, id),
        (Get, ["v3", "channels", id, "listings", listing]) => listing_of(store, req, id, listing),
        (Get, ["v3", "channels", id, "site"]) => site_of(store, req, id),
        (Get, ["v3", "channels", id, "channel-menus"]) => member(store, req, id, "menus"),
        (Get, ["v3", "channels", id, "active-theme"]) => member(store, req, id, "active_theme"),
        (Get, ["v3", "sites"]) => sites(store, req),
        (Get, ["v3", "sites", id]) if id != &"certificates" => site(store, req, id),
        (Get, ["v3", "sites", id, "routes"]) => routes(store, req, id),
        (Get, ["v3", "sites", id, "routes", route]) => one_route(store, req, id, route),
        _ => return None,
    })
}

/// A channel as it is sent: what hangs on it is kept in its row, but has endpoints of its own.
pub(super) fn shown(channel: &Value, currencies: bool) -> Value {
    let mut sent = Map::new();
    for (name, value) in channel.as_object().into_iter().flatten() {
        match name.as_str() {
            "menus" | "active_theme" => {}
            "currencies" if !currencies => {}
            _ => {
                sent.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(sent)
}

/// `GET /channels`. Which statuses come without `status:in` is not documented: the sandbox keeps
/// those that are not available to itself.
fn list(store: &Store, req: &Req) -> Outcome {
    req.allow(&[
        &["include", "available", "page", "limit"],
        &filter::names(FILTERS),
    ])?;
    let currencies = req.words("include", &["currencies"])?.len() == 1;
    req.words("status:in", STATUSES)?;
    let available = match req.query.get("available") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(req.wrong_type("available")),
        None if req.query.has("status:in") => None,
        None => Some(true),
    };
    let filters = Filters::read(req, store, FILTERS)?;
    let rows = store.table("channels").select(|channel| {
        let own = channel["status"]
            .as_str()
            .is_some_and(|status| AVAILABLE.contains(&status));
        available.is_none_or(|wanted| wanted == own) && filters.pass(channel)
    });
    answer::v3_list(
        req,
        rows.iter().map(|row| shown(row, currencies)).collect(),
        USUAL,
    )
}

fn one(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["include"]])?;
    let currencies = req.words("include", &["currencies"])?.len() == 1;
    Ok(answer::v3_one(shown(&channel(store, req, id)?, currencies)))
}

pub(super) fn channel(store: &Store, req: &Req, id: &str) -> Result<Value, Reply> {
    store
        .table("channels")
        .get(&Key::parse(id))
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| req.not_found())
}

fn currencies(store: &Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let rows = store
        .table("channels")
        .select(|channel| channel["currencies"].is_object());
    Ok(answer::v3_all(
        rows.into_iter()
            .map(|mut row| row["currencies"].take())
            .collect(),
    ))
}

fn own_currencies(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    match channel(store, req, id)?["currencies"].take() {
        Value::Null => Err(req.not_found()),
        own => Ok(answer::v3_one(own)),
    }
}

fn member(store: &Store, req: &Req, id: &str, name: &str) -> Outcome {
    req.allow(&[])?;
    match channel(store, req, id)?[name].take() {
        Value::Null => Err(req.not_found()),
        own => Ok(answer::v3_one(own)),
    }
}

/// `GET /channels/{id}/listings`: by `after`, the last listing's id. An unknown channel answers an
/// empty list with 200, as documented.
fn listings(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["limit", "after"], &filter::names(LISTING_FILTERS)])?;
    let filters = Filters::read(req, store, LISTING_FILTERS)?;
    let after = match req.query.get("after") {
        Some(text) => text.parse().map_err(|_| req.wrong_type("after"))?,
        None => 0u64,
    };
    let channel = Key::parse(id);
    let all = store
        .table("listings")
        .select(|row| Key::of(&row["channel_id"]).as_ref() == Some(&channel) && filters.pass(row));
    let limit = answer::Page::read(req, USUAL)?.limit;
    let total = all.len();
    let mut rows: Vec<Value> = all
        .into_iter()
        .filter(|row| row["listing_id"].as_u64() > Some(after))
        .collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let mut links = Map::new();
    links.insert("current".to_owned(), json!(req.query.link(&[], &[])));
    if let (true, Some(last)) = (more, rows.last()) {
        let last = last["listing_id"].to_string();
        links.insert(
            "next".to_owned(),
            json!(req.query.link(&["after"], &[("after", &last)])),
        );
    }
    let paging = json!({
        "count": rows.len(),
        "total": total,
        "total_pages": total.div_ceil(limit),
        "links": links,
    });
    Ok(Reply::json(
        200,
        json!({"data": rows, "meta": {"pagination": paging}}),
    ))
}

fn listing_of(store: &Store, req: &Req, channel: &str, id: &str) -> Outcome {
    req.allow(&[])?;
    let channel = Key::parse(channel);
    store
        .table("listings")
        .get(&Key::parse(id))
        .filter(|row| Key::of(&row["channel_id"]).as_ref() == Some(&channel))
        .map(|row| answer::v3_one(row.into_owned()))
        .ok_or_else(|| req.not_found())
}

/// `GET /channels/{id}/site`: a marketplace or POS channel has none.
fn site_of(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let channel = Key::parse(id);
    let row = store
        .table("sites")
        .select(|site| Key::of(&site["channel_id"]).as_ref() == Some(&channel))
        .into_iter()
        .next();
    row.map(|site| answer::v3_one(without_routes(&site)))
        .ok_or_else(|| req.not_found())
}

fn without_routes(site: &Value) -> Value {
    let mut sent = site.clone();
    if let Value::Object(sent) = &mut sent {
        sent.shift_remove("routes");
    }
    sent
}

/// `GET /sites`. The document's meta has `offset`, `limit` and `total_items` where all others have
/// pages; the sandbox sends both.
fn sites(store: &Store, req: &Req) -> Outcome {
    const SITES: &[(&str, Kind)] = &[("channel_id:in", Kind::Number)];
    req.allow(&[&["page", "limit", "url_type:in"], &filter::names(SITES)])?;
    let filters = Filters::read(req, store, SITES)?;
    let types = req.words("url_type:in", &["primary", "canonical", "checkout"])?;
    let rows = store.table("sites").select(|site| {
        let mut urls = site["urls"].as_array().into_iter().flatten();
        filters.pass(site)
            && (types.is_empty()
                || urls.any(|url| {
                    url["type"]
                        .as_str()
                        .is_some_and(|t| types.iter().any(|w| w == t))
                }))
    });
    let mut reply = answer::v3_list(req, rows.iter().map(without_routes).collect(), USUAL)?;
    let paging = reply
        .body
        .as_mut()
        .and_then(|body| body.pointer_mut("/meta/pagination"));
    if let Some(Value::Object(paging)) = paging {
        let number = |name: &str| paging.get(name).and_then(Value::as_u64).unwrap_or(1);
        let (total, limit) = (number("total"), number("per_page"));
        let offset = (number("current_page") - 1) * limit;
        paging.insert("offset".to_owned(), json!(offset));
        paging.insert("limit".to_owned(), json!(limit));
        paging.insert("total_items".to_owned(), json!(total));
    }
    Ok(reply)
}

fn find_site(store: &Store, req: &Req, id: &str) -> Result<Value, Reply> {
    store
        .table("sites")
        .get(&Key::parse(id))
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| req.not_found())
}

fn site(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    Ok(answer::v3_one(without_routes(&find_site(store, req, id)?)))
}

/// `GET /sites/{id}/routes`. Its meta spells `total_page`.
fn routes(store: &Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[&["type", "page", "limit"]])?;
    let kind = req.query.get("type");
    let mut site = find_site(store, req, id)?;
    let rows = match site["routes"].take() {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    let rows = rows
        .into_iter()
        .filter(|row| kind.is_none_or(|kind| row["type"] == kind))
        .collect();
    let mut reply = answer::v3_list(req, rows, USUAL)?;
    answer::misspell_pages(&mut reply);
    Ok(reply)
}

fn one_route(store: &Store, req: &Req, site: &str, id: &str) -> Outcome {
    req.allow(&[])?;
    let site = find_site(store, req, site)?;
    let key = Key::parse(id);
    let mut rows = site["routes"].as_array().into_iter().flatten();
    rows.find(|row| Key::of(&row["id"]).as_ref() == Some(&key))
        .map(|row| answer::v3_one(row.clone()))
        .ok_or_else(|| req.not_found())
}
