//! Pages of every storefront, with their bodies. A page has no date: change shows by comparing.

use super::webhooks::tells;
use super::entity::*;
use super::hanging::templates;
use super::templates::*;
use crate::model::ApiVersion;

/// Source: `pages.v3.yml`.
pub static PAGES: Entity = Entity {
    name: "pages",
    singular: "page",
    group: "content",
    holds: "pages of every storefront, with bodies and custom templates",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass { path: "/content/pages", query: &[("include", "body")], ..PASS }],
    },
    lookup: Lookup::Filter {
        path: "/content/pages",
        param: "id:in",
        chunk: 100,
        light: &[],
        full: &[("include", "body")],
    },
    id: "id",
    label: &["name"],
    search: &["url", "meta_title"],
    natural_key: &["channel_id", "name"],
    modified: None,
    parts: &[associations(&[("type", "page")], "id")],
    settled: None,
    volatile: &["custom_template_associations?",
        "custom_template_associations[].is_valid",
        "custom_template_associations[].date_*",],
    stamped: &[],
    unordered: &["custom_template_associations"],
    moving: &[],
    read_only: &["id"],
    personal: &["email"],
    references: &[
        // It would stand in the first channel.
        points_to("channel_id", "channels").needed(),
        points_to("parent_id", "pages"),
        ASSOCIATED,
    ],
    webhooks: &[
        tells("store/channel/{id}/page/created", &["page_id"]),
        tells("store/channel/{id}/page/updated", &["page_id"]),
    ],
    untold: "deletions, custom templates",
    restore: Restore::InPart("a new id; a page of type `blog` can only be made in the panel"),
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Post,
            path: "/content/pages",
            batch: 10,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/content/pages",
            batch: 10,
            channel: None,
        }),
        delete: Some(Deleting::Filter { path: "/content/pages", param: "id:in", chunk: 50 }),
        members: &["channel_id", "name", "is_visible", "parent_id", "sort_order", "body", "is_homepage", "is_customers_only", "email", "meta_title", "link", "contact_fields", "meta_keywords", "meta_description", "search_keywords", "url"],
        create_only: &["type", "content_type"],
        always: &["body"],
        unmakeable: &[("type", "blog", "only the control panel makes the blog's page (pages.v3.yml)")],
        shape: without_nulls,
        rows: &[association_rows(of_page)],
        hanging: &[templates(&[("type", "page")], "id", of_page)],
        lost: &[Omission {
            what: "a page of type `blog`",
            why: "only the control panel makes one (pages.v3.yml)",
        }, Omission {
            what: "no text at all in the place of one",
            why: "a page with a text is refused without it; an empty one can be set (pages.v3.yml)",
        }],
        // The same path may stand in another tree or channel: found by what it stands in the way of.
        address: Some("url"),
        twin: Ok(Twin {
            hidden: &[("is_visible", "false"), ("is_homepage", "false")],
            renamed: &[("name", Rename::Words), ("url", Rename::Path)],
        }),
        ..NO_WRITES
    },
    scope_read: "store_v2_content_read_only",
    scope_write: "store_v2_content",
    channel: Some("channel_id"),
    counts: None,
    omits: &[],
    cost: "N/250 + custom templates/250",
};

/// A raw page is refused without its body, the other kinds have none to send (`pages.v3.yml`).
fn without_nulls(body: &mut Body, create: bool) {
    // These an update may empty.
    let nullable = |name: &str| name.starts_with("meta_") || name == "search_keywords";
    body.retain(|name, value| !value.is_null() || (!create && nullable(name)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_can_empty_what_may_be_null() {
        let read = serde_json::json!({"name": "n", "meta_title": null, "link": null});
        for (create, left) in [(true, 1), (false, 2)] {
            let mut body = read.as_object().unwrap().clone();
            without_nulls(&mut body, create);
            assert_eq!(body.len(), left);
        }
    }
}
