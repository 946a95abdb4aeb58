//! The part of a sample that is not the catalog: store profile, channels with sites and listings,
//! pages, redirects, e-mail templates.

use serde_json::{Value, json};

use super::{Sample, documents, load};
use crate::sandbox::store::{Key, Store};

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/entities/", $path))
    };
}

/// One redirect for so many products of a large sample.
const PRODUCTS_A_REDIRECT: u64 = 10;

/// Fills the tables of channels and content.
pub fn fill(store: &mut Store, sample: Sample) {
    load(store, "store", "key", fixture!("store/store.json"));
    store.edit("store", "store", |profile| {
        if let Value::Object(members) = profile {
            members.shift_remove("key");
        }
    });
    load(
        store,
        "email_templates",
        "type_id",
        fixture!("email-templates/all.json"),
    );
    if sample == Sample::Awkward {
        load(store, "channels", "id", fixture!("channels/awkward.json"));
        load(
            store,
            "sites",
            "id",
            fixture!("channels/sites-awkward.json"),
        );
        load(
            store,
            "listings",
            "listing_id",
            fixture!("channels/listings-awkward.json"),
        );
        load(store, "pages", "id", fixture!("pages/awkward.json"));
        load(store, "redirects", "id", fixture!("redirects/awkward.json"));
        for mut template in documents(fixture!("email-templates/overrides-awkward.json")) {
            let (channel, kind) = (template["channel_id"].take(), template["type_id"].clone());
            let key = Key::Text(format!("{channel}/{}", kind.as_str().unwrap_or_default()));
            if let Value::Object(members) = &mut template {
                members.shift_remove("channel_id");
            }
            store.table_mut("email_overrides").insert(key, template);
        }
        return;
    }
    load(store, "channels", "id", fixture!("channels/demo.json"));
    load(store, "sites", "id", fixture!("channels/sites-demo.json"));
    if sample == Sample::Empty {
        store
            .table_mut("channels")
            .take(|channel| channel["id"] != 1);
        return;
    }
    load(store, "pages", "id", fixture!("pages/demo.json"));
    match sample {
        Sample::Large(count) => {
            for id in 1..=count / PRODUCTS_A_REDIRECT {
                store.table_mut("redirects").insert_made(id, redirect);
            }
        }
        _ => load(store, "redirects", "id", fixture!("redirects/demo.json")),
    }
}

fn redirect(id: u64) -> Value {
    json!({
        "id": id,
        "site_id": 1000,
        "from_path": format!("/old/{id:06}"),
        "to": {"type": "product", "entity_id": 100 + id * PRODUCTS_A_REDIRECT},
    })
}
