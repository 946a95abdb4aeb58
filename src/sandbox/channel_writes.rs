//! What makes and changes a channel. None is ever deleted but by a status, and that is for good.

use serde_json::{Map, Value, json};

use super::answer::{self, Outcome, Reply};
use super::body;
use super::channels::{channel, shown};
use super::request::Req;
use super::store::{Key, Store};

/// What an update may set; everything else is ignored with a 200, as documented.
const WRITABLE: &[&str] = &[
    "name",
    "external_id",
    "status",
    "is_listable_from_ui",
    "is_visible",
];

/// What a new one may be given.
const CREATED: &[&str] = &[
    "external_id",
    "is_listable_from_ui",
    "is_visible",
    "status",
    "name",
    "type",
    "platform",
];

/// Which platforms a type goes with.
const PLATFORMS: &[(&str, &[&str])] = &[
    (
        "pos",
        &["clover", "square", "stripe", "talech", "vend", "custom"],
    ),
    (
        "marketplace",
        &[
            "amazon",
            "belk",
            "catch",
            "ebay",
            "etsy",
            "facebook",
            "hudsons_bay",
            "google",
            "instagram",
            "macys",
            "meta",
            "mirakl",
            "overstock",
            "pinterest",
            "target_plus",
            "tiktok",
            "wayfair",
            "wish",
            "walmart",
            "custom",
        ],
    ),
    (
        "marketing",
        &[
            "facebook",
            "google",
            "google_shopping",
            "instagram",
            "meta",
            "microsoft",
            "custom",
        ],
    ),
    (
        "storefront",
        &[
            "acquia",
            "bigcommerce",
            "bloomreach",
            "catalyst",
            "deity",
            "drupal",
            "gatsby",
            "next",
            "vue",
            "wordpress",
            "custom",
        ],
    ),
];

/// Statuses that a request may set for a type.
fn statuses(kind: &str) -> &'static [&'static str] {
    match kind {
        "storefront" => &["prelaunch", "active", "inactive", "archived", "deleted"],
        _ => &["connected", "disconnected", "archived", "deleted"],
    }
}

/// 409 where another has the same name, platform and type; the deleted ones keep theirs.
fn unique(store: &Store, channel: &Value, own: Option<&Key>) -> Result<(), Reply> {
    let same = |other: &Value| {
        let mut names = ["name", "platform", "type"].into_iter();
        names.all(|name| other[name] == channel[name])
    };
    let taken = store
        .table("channels")
        .iter()
        .any(|(key, other)| Some(key) != own && same(&other));
    match taken {
        true => Err(answer::problem(409, "The channel exists already.", &[])),
        false => Ok(()),
    }
}

/// The kinds of the fields that a write may carry.
fn typed(given: &Map<String, Value>) -> Result<(), Reply> {
    for (name, value) in given {
        let fits = match name.as_str() {
            "is_listable_from_ui" | "is_visible" => value.is_boolean(),
            name if CREATED.contains(&name) => value.is_string(),
            _ => true,
        };
        if !fits {
            return Err(answer::invalid(&[(name, "error.expected")]));
        }
    }
    Ok(())
}

/// `POST /channels`: one at a time, answered with 200. What is unknown is refused, and so is a space
/// in the name, though an example of an update has one.
pub fn create(store: &mut Store, req: &Req) -> Outcome {
    req.allow(&[])?;
    let given = body::object(req, req.json()?)?.clone();
    body::only(req, &given, CREATED)?;
    let needed = ["name", "type", "platform"];
    if let Some(name) = needed.iter().find(|name| !given.contains_key(**name)) {
        return Err(answer::invalid(&[(name, "error.path.missing")]));
    }
    typed(&given)?;
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text("name").is_empty() || !text("name").chars().all(plain) {
        let title = "Only latin alphabet letters, arabic numerals, dash and underscore are allowed \
                     to be used as channel name.";
        return Err(answer::problem(422, title, &[]));
    }
    let (kind, platform) = (text("type"), text("platform"));
    let mut pairs = PLATFORMS.iter();
    if !pairs.any(|(own, platforms)| *own == kind && platforms.contains(&platform)) {
        let title =
            format!("Input channel type [{kind}] with platform [{platform}] is not supported");
        return Err(answer::problem(422, &title, &[]));
    }
    // Which status is taken without one is not documented: an open one, so that none is left out.
    let open = if kind == "storefront" {
        "active"
    } else {
        "connected"
    };
    let status = given.get("status").and_then(Value::as_str).unwrap_or(open);
    if status == "deleted" || !statuses(kind).contains(&status) {
        let why = "This status cannot be set.";
        return Err(answer::invalid(&[("status", why)]));
    }
    let channel = Value::Object(given.clone());
    unique(store, &channel, None)?;
    room(store, kind)?;
    let enabled = matches!(status, "active" | "connected");
    let (id, stamp) = (store.next_id("channels"), store.stamp());
    let mut made = json!({
        "id": id,
        "external_id": "",
        "is_listable_from_ui": true,
        "is_enabled": enabled,
        "is_visible": true,
        "status": status,
        "name": "",
        "type": kind,
        "platform": platform,
        "date_created": stamp,
        "date_modified": stamp,
        "icon_url": "",
        "currencies": null,
        "menus": null,
        "active_theme": null,
    });
    body::merge(&mut made, &given);
    store.table_mut("channels").insert(id, made.clone());
    Ok(answer::v3_one(shown(&made, false)))
}

/// The plan's cap on storefronts, the inactive ones counted; those that are over are not.
fn room(store: &Store, kind: &str) -> Result<(), Reply> {
    let profile = store.document("store", "store").unwrap_or_default();
    let most = profile["features"]["storefront_limits"]["total_including_inactive"].as_u64();
    let there = store.table("channels").select(|channel| {
        channel["type"] == "storefront"
            && channel["status"] != "deleted"
            && channel["status"] != "terminated"
    });
    match most {
        Some(most) if kind == "storefront" && there.len() as u64 >= most => {
            let title = "The limit of storefronts of this plan is reached.";
            Err(answer::problem(422, title, &[]))
        }
        _ => Ok(()),
    }
}

/// `PUT /channels/{id}`: one that is deleted or terminated cannot be updated.
pub fn update(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let given = body::object(req, req.json()?)?.clone();
    let before = channel(store, req, id)?;
    if before["status"] == "deleted" || before["status"] == "terminated" {
        let title = "A deleted channel cannot be updated. Channel can be restored within 90 days \
                     after deleting by contacting BigCommerce support team";
        return Err(answer::problem(422, title, &[]));
    }
    typed(&given)?;
    if let Some(status) = given.get("status").and_then(Value::as_str) {
        let kind = before["type"].as_str().unwrap_or_default();
        if status == "prelaunch" || !statuses(kind).contains(&status) {
            return Err(answer::invalid(&[("status", "This status cannot be set.")]));
        }
    }
    let key = Key::parse(id);
    let mut after = before;
    for name in WRITABLE {
        if let Some(value) = given.get(*name) {
            after[*name] = value.clone();
        }
    }
    unique(store, &after, Some(&key))?;
    after["date_modified"] = json!(store.stamp());
    store.table_mut("channels").insert(key, after.clone());
    Ok(answer::v3_one(shown(&after, false)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::asked::{ask, get, status, store};

    fn asked(store: &mut Store, method: &str, path: &str, body: Value) -> u16 {
        ask(store, method, path, &body.to_string()).status
    }

    #[test]
    fn a_channel_is_made_of_a_plain_name_and_a_pair_of_type_and_platform() {
        let mut store = store("awkward");
        let path = "/v3/channels";
        let whole = json!({"name": "Second-shop_2", "type": "storefront", "platform": "custom"});
        for (member, value) in [
            ("name", json!("Two words")),
            ("name", json!("")),
            ("name", json!("Geschäft")),
            ("name", json!(7)),
            ("type", json!("shop")),
            ("platform", json!("amazon")),
            ("status", json!("deleted")),
            ("status", json!("terminated")),
            ("status", json!("connected")),
            ("is_visible", json!("yes")),
            ("icon_url", json!("x")),
            ("id", json!(9)),
        ] {
            let mut body = whole.clone();
            body[member] = value.clone();
            assert_eq!(
                asked(&mut store, "POST", path, body),
                422,
                "{member} {value}"
            );
        }
        for member in ["name", "type", "platform"] {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().shift_remove(member);
            assert_eq!(asked(&mut store, "POST", path, body), 422, "{member}");
        }
        assert_eq!(asked(&mut store, "POST", path, whole.clone()), 200);
        assert_eq!(asked(&mut store, "POST", path, whole.clone()), 409);
        let mut other = whole;
        other["platform"] = json!("next");
        other["status"] = json!("prelaunch");
        assert_eq!(asked(&mut store, "POST", path, other), 200);
        let made = get(
            &mut store,
            "/v3/channels?status:in=prelaunch&platform:in=next",
        );
        assert_eq!(made["data"][0]["is_visible"], true);
        assert_eq!(made["data"][0]["external_id"], "");
    }

    #[test]
    fn no_more_storefronts_are_made_than_the_plan_has() {
        let mut store = store("awkward");
        let mut n = 0;
        loop {
            let body =
                json!({"name": format!("shop-{n}"), "type": "storefront", "platform": "vue"});
            if asked(&mut store, "POST", "/v3/channels", body) == 422 {
                break;
            }
            n += 1;
        }
        assert_eq!(n, 12, "three are there, fifteen may be");
        let body = json!({"name": "till", "type": "pos", "platform": "square"});
        assert_eq!(asked(&mut store, "POST", "/v3/channels", body), 200);
    }

    #[test]
    fn what_is_deleted_is_never_changed_and_an_update_takes_the_words_of_its_type() {
        let mut store = store("awkward");
        for (id, word, answer) in [
            (5, json!({"status": "connected"}), 422),
            (5, json!({"name": "Back"}), 422),
            (2, json!({"status": "connected"}), 422),
            (4, json!({"status": "prelaunch"}), 422),
            (3, json!({"status": "active"}), 422),
            (3, json!({"status": "disconnected"}), 200),
            (4, json!({"name": "Fennel and Oak"}), 409),
            (4, json!({"name": "Old storefront", "platform": "vue"}), 200),
            (2, json!({"status": "deleted"}), 200),
            (2, json!({"status": "active"}), 422),
        ] {
            let path = format!("/v3/channels/{id}");
            let got = asked(&mut store, "PUT", &path, word.clone());
            assert_eq!(got, answer, "{id} {word}");
        }
        assert_eq!(
            get(&mut store, "/v3/channels/4")["data"]["platform"],
            "bigcommerce"
        );
        assert_eq!(status(&mut store, "/v3/channels/2"), 200);
    }
}
