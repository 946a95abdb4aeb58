//! Which file of the theme shows an object on a channel: associations of custom templates, a part of
//! products, categories, brands and pages.
//!
//! A token without the scope of themes reads everything else; the documents then lack the member,
//! which is not the same as an empty list.

use serde_json::Value;

use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Where they are listed, set and removed (`custom-template-associations.v3.yml`).
const PATH: &str = "/storefront/custom-template-associations";

/// Where they stand in a document.
const MEMBER: &str = "custom_template_associations";

/// The part of an entity; `query` has its `type`, `host` the member with its id.
pub(super) const fn associations(query: Query, host: &'static str) -> Part {
    Part {
        members: &[MEMBER],
        api: ApiVersion::V3,
        source: Source::Bulk {
            path: PATH,
            query,
            paging: Paging::Offset,
            limit: 250,
            host,
            key: "entity_id",
            many: true,
            alone: Alone::Filter("entity_id:in"),
        },
        feature: Some(
            "custom template associations are left out: the store refuses them to this token \
             (scope store_themes_read_only)",
        ),
        scope_read: Some("store_themes_read_only"),
        ..PART
    }
}

/// How they are written: one for each channel, overwritten by the next; `shape` names the entity.
pub(super) const fn association_rows(shape: fn(&mut Body, bool)) -> Rows {
    Rows {
        member: MEMBER,
        key: &["channel_id"],
        members: &["channel_id", "file_name"],
        create: Some(PATH),
        update: Some(PATH),
        delete: Some("/storefront/custom-template-associations?id:in"),
        listed: true,
        keyed: true,
        upsert: true,
        batch: 100,
        owner: Some("entity_id"),
        shape,
        ..ROWS
    }
}

/// The channels that they name.
pub(super) const ASSOCIATED: Reference =
    points_to("custom_template_associations[].channel_id", "channels");

/// Sends the kind of entity along.
fn of(body: &mut Body, kind: &str) {
    body.insert("entity_type".to_owned(), Value::from(kind));
}

pub(super) fn of_product(body: &mut Body, _: bool) {
    of(body, "product");
}

pub(super) fn of_category(body: &mut Body, _: bool) {
    of(body, "category");
}

pub(super) fn of_brand(body: &mut Body, _: bool) {
    of(body, "brand");
}

pub(super) fn of_page(body: &mut Body, _: bool) {
    of(body, "page");
}
