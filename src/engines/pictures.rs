//! The images that a document names, as its description says where: their keys, their addresses,
//! and what is held of them. Pure functions of documents, but for looking up what is held.

use serde_json::{Value, json};
use url::Url;

use super::capture::shape::{at, id_text};
use crate::entities::Entity;
use crate::entities::entity::{HELD, Pictures};
use crate::vault::{self, HeldImage, Vault};

/// What stands there for an image that lives, and can be fetched before it is taken away.
pub const LIVES: &str = "lives";

/// An image that a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What stays the same as long as the picture does.
    pub key: String,
    /// Where it may be had, best first, each with the rendition's name.
    pub urls: Vec<(&'static str, String)>,
}

/// All images that a document names.
pub fn named(entity: &Entity, doc: &Value) -> Vec<Named> {
    let mut all = Vec::new();
    for pictures in entity.pictures {
        for (_, host) in hosts(doc, pictures.at) {
            all.extend(of_host(pictures, host));
        }
    }
    all
}

/// The image that one place has, if it has one.
pub fn of_host(pictures: &Pictures, host: &Value) -> Option<Named> {
    let mut urls = Vec::new();
    for member in pictures.urls {
        let url = at(host, member).and_then(Value::as_str).unwrap_or_default();
        if url.is_empty() {
            continue;
        }
        if urls.is_empty()
            && let Some(original) = (pictures.original)(url)
        {
            urls.push(("original", original));
        }
        urls.push((*member, url.to_owned()));
    }
    let (_, last) = urls.last()?;
    let id = host.get("id").and_then(id_text).unwrap_or_default();
    let file = at(host, pictures.file).and_then(Value::as_str);
    let key = match file.filter(|file| !file.is_empty()) {
        Some(file) => format!("{id}/{file}"),
        None => stable(last),
    };
    Some(Named { key, urls })
}

/// An address without what changes while the picture stays: host, query.
fn stable(url: &str) -> String {
    let path = Url::parse(url).map(|url| url.path().to_owned());
    path.unwrap_or_else(|_| url.split(['?', '#']).next().unwrap_or_default().to_owned())
}

/// An address as it may be shown: without its query.
pub fn shown(url: &str) -> String {
    let cut = url.split(['?', '#']).next().unwrap_or_default();
    cut.chars().filter(|c| !c.is_control()).collect()
}

/// The places of a document (`modifiers[].option_values[]`), each with the ids of the rows on the
/// way to it.
pub fn hosts<'a>(doc: &'a Value, place: &str) -> Vec<(Vec<String>, &'a Value)> {
    let mut found = vec![(Vec::new(), doc)];
    for segment in place.split('.').filter(|segment| !segment.is_empty()) {
        let member = segment.strip_suffix("[]").unwrap_or(segment);
        let mut below = Vec::new();
        for (ids, host) in found {
            for row in host
                .get(member)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let mut ids = ids.clone();
                ids.push(row.get("id").and_then(id_text).unwrap_or_default());
                below.push((ids, row));
            }
        }
        found = below;
    }
    found
}

/// Writes beside each image of a document what is held of it.
///
/// # Errors
///
/// When the vault can't be read.
pub fn mark_held(vault: &Vault, entity: &Entity, doc: &mut Value) -> Result<(), vault::Error> {
    let mut failed = None;
    mark(entity, doc, &mut |named| match vault.image(&named.key) {
        Ok(Some(held)) if vault.has_media(&held) => Some(told(&held)),
        Ok(_) => None,
        Err(error) => {
            failed = Some(error);
            None
        }
    });
    failed.map_or(Ok(()), Err)
}

/// The same for a document that lives: what is not held can be fetched.
///
/// # Errors
///
/// When the vault can't be read.
pub fn mark_live(vault: &Vault, entity: &Entity, doc: &mut Value) -> Result<(), vault::Error> {
    mark_held(vault, entity, doc)?;
    for pictures in entity.pictures {
        each(doc, pictures.at, &mut |host| {
            if of_host(pictures, host).is_some() && host.get(HELD).is_none() {
                host[HELD] = json!(LIVES);
            }
        });
    }
    Ok(())
}

/// A value without what was marked in it: nobody is to read it, nor is it sent.
pub fn unmarked(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(strip),
            Value::Object(members) => {
                members.shift_remove(HELD);
                members.values_mut().for_each(strip);
            }
            _ => {}
        }
    }
    strip(&mut value);
    value
}

fn told(held: &HeldImage) -> Value {
    let hash = blake3::Hash::from_bytes(held.hash).to_hex();
    json!({
        "hash": hash.as_str(),
        "bytes": held.bytes,
        "content_type": held.content_type,
        "rendition": held.rendition,
    })
}

/// What [`mark_held`] wrote beside an image.
pub fn held_of(host: &Value) -> Option<HeldImage> {
    let told = host.get(HELD)?;
    let text = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(HeldImage {
        hash: *blake3::Hash::from_hex(text("hash")?).ok()?.as_bytes(),
        bytes: told.get("bytes")?.as_u64()?,
        content_type: text("content_type")?,
        rendition: text("rendition")?,
    })
}

fn mark(entity: &Entity, doc: &mut Value, find: &mut dyn FnMut(&Named) -> Option<Value>) {
    for pictures in entity.pictures {
        each(doc, pictures.at, &mut |host| {
            let found = of_host(pictures, host).and_then(|named| find(&named));
            if let (Some(found), Value::Object(host)) = (found, host) {
                host.insert(HELD.to_owned(), found);
            }
        });
    }
}

/// Calls `f` on each place of a document.
fn each(value: &mut Value, place: &str, f: &mut dyn FnMut(&mut Value)) {
    let Some((segment, rest)) = place.split_once('.').or(match place {
        "" => None,
        last => Some((last, "")),
    }) else {
        return f(value);
    };
    let member = segment.strip_suffix("[]").unwrap_or(segment);
    let rows = value.get_mut(member).and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        each(row, rest, f);
    }
}

/// Gives the values within a row (a modifier's) the addresses that its live twin has: what is sent
/// of a row says nothing of its images, which have requests of their own.
pub fn keep_addresses(entity: &Entity, list: &str, row: &mut Value, twin: &Value) {
    for pictures in entity.pictures.iter().filter(|p| p.upload.is_some()) {
        let Some(inner) = pictures
            .at
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix("[]."))
            .and_then(|inner| inner.strip_suffix("[]"))
        else {
            continue;
        };
        let there = twin.get(inner).and_then(Value::as_array);
        let rows = row.get_mut(inner).and_then(Value::as_array_mut);
        for value in rows.into_iter().flatten() {
            let mut there = there.into_iter().flatten();
            let own = there.find(|other| other.get("id") == value.get("id"));
            for url in pictures.urls {
                let now = own.and_then(|own| at(own, url)).cloned();
                let pointer = format!("/{}", url.replace('.', "/"));
                if let Some(place) = value.pointer_mut(&pointer) {
                    *place = now.unwrap_or_default();
                }
            }
        }
    }
}

/// The name of a picture without what BigCommerce adds to it: `a/521/towel__83011.jpg` is `towel`.
pub fn stem(file: &str) -> &str {
    let name = file.split(['?', '#']).next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or(name);
    let mut stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    while let Some((before, mark)) = stem.rsplit_once("__") {
        if before.is_empty() || mark.is_empty() || !mark.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        stem = before;
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities;

    #[test]
    fn a_stem_is_what_the_merchant_called_it() {
        assert_eq!(stem("a/521/towel__83011.jpg"), "towel");
        assert_eq!(
            stem("a/521/towel_1024x1024__83011__60806.jpg"),
            "towel_1024x1024"
        );
        assert_eq!(stem("https://x/brand-35.png?c=1"), "brand-35");
        assert_eq!(stem("__12.png"), "__12");
    }

    #[test]
    fn a_key_stays_as_long_as_the_picture_does() {
        let products = entities::find("products").unwrap();
        let doc = |file: &str, stamp: u32| {
            json!({"images": [{"id": 7, "image_file": file,
                "url_zoom": format!("https://cdn/s-x/products/1/images/7/a.{stamp}.1280.1280.jpg?c=1")}]})
        };
        let key = |doc: &Value| named(products, doc)[0].key.clone();
        assert_eq!(key(&doc("a__1.jpg", 5)), key(&doc("a__1.jpg", 6)));
        assert_ne!(key(&doc("a__1.jpg", 5)), key(&doc("a__2.jpg", 5)));
        let brands = entities::find("brands").unwrap();
        let brand = |url: &str| named(brands, &json!({"image_url": url}));
        assert_eq!(
            brand("https://a/s-x/b.png?c=1")[0].key,
            brand("https://b/s-x/b.png?c=2")[0].key
        );
        assert!(brand("").is_empty());
    }

    #[test]
    fn the_original_is_asked_for_first() {
        let products = entities::find("products").unwrap();
        let base = "https://cdn11.bigcommerce.com/s-x";
        let doc = json!({"images": [{"id": 7, "image_file": "a__1.jpg",
            "url_zoom": format!("{base}/products/1/images/7/a__1.55.1280.1280.jpg?c=1"),
            "url_standard": format!("{base}/products/1/images/7/a__1.55.386.513.jpg?c=1")}]});
        let urls = &named(products, &doc)[0].urls;
        let original = format!("{base}/images/stencil/original/products/1/7/a__1.55.jpg?c=1");
        assert_eq!(urls[0], ("original", original));
        assert_eq!((urls[1].0, urls[2].0), ("url_zoom", "url_standard"));
    }

    #[test]
    fn what_is_marked_is_read_back() {
        let held = HeldImage {
            hash: [7; 32],
            bytes: 9,
            content_type: "image/png".into(),
            rendition: "original".into(),
        };
        let products = entities::find("products").unwrap();
        let mut doc = json!({"modifiers": [{"id": 1, "option_values": [
            {"id": 2, "adjusters": {"image_url": "https://a/b.png"}}, {"id": 3}]}]});
        mark(products, &mut doc, &mut |_| Some(told(&held)));
        let places = hosts(&doc, "modifiers[].option_values[]");
        assert_eq!(places[0].0, ["1", "2"]);
        assert_eq!(held_of(places[0].1), Some(held));
        assert_eq!(held_of(places[1].1), None);
    }
}
