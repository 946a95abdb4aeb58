//! Channels: storefronts, marketplaces, points of sale; with site, currencies, listings.

use super::webhooks::tells;
use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Source: `channels.v3.yml`, `sites.v3.yml`.
pub static CHANNELS: Entity = Entity {
    name: "channels",
    singular: "channel",
    group: "channels",
    holds: "channels of every status, with sites and their routes, currencies, listings, metafields",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/channels",
            query: &[
                ("include", "currencies"),
                // which statuses come by default is not documented
                (
                    "status:in",
                    "prelaunch,active,inactive,connected,disconnected,archived,deleted,terminated",
                ),
            ],
            ..PASS
        }],
    },
    lookup: Lookup::Path {
        path: "/channels/{id}",
        full: &[("include", "currencies")],
        channel: None,
    },
    id: "id",
    label: &["name"],
    search: &["external_id", "sites[].url"],
    natural_key: &["name", "platform", "type"],
    modified: Some("date_modified"),
    parts: &[
        Part {
            members: &["sites"],
            source: Source::Bulk {
                path: "/sites",
                query: &[],
                paging: Paging::Offset,
                limit: 250,
                host: "id",
                key: "channel_id",
                many: true,
                alone: Alone::Filter("channel_id:in"),
            },
            scope_read: Some("store_sites_read_only"),
            ..PART
        },
        Part {
            members: &["routes"],
            at: "sites[]",
            source: Source::PerObject {
                path: "/sites/{id}/routes",
                query: &[],
                paging: Paging::Offset,
                limit: 250,
            },
            scope_read: Some("store_sites_read_only"),
            ..PART
        },
        // A storefront has product assignments instead of listings.
        Part {
            members: &["listings"],
            source: Source::PerObject {
                path: "/channels/{id}/listings",
                query: &[],
                paging: Paging::Keyset { param: "after", inclusive: false, id: "listing_id" },
                limit: 250,
            },
            only: Only::Differs("type", "storefront"),
            scope_read: Some("store_channel_listings_read_only"),
            ..PART
        },
        Part {
            members: &["metafields"],
            source: Source::Bulk {
                path: "/channels/metafields",
                query: &[],
                paging: Paging::Cursor,
                limit: 250,
                host: "id",
                key: "resource_id",
                many: true,
                alone: Alone::Path("/channels/{id}/metafields"),
            },
            ..PART
        },
    ],
    settled: None,
    volatile: &[
        "date_modified",
        "sites[].updated_at",
        "sites[].ssl_status",
        // moved by the channel's own app
        "listings[].state",
        "listings[].date_modified",
        "listings[].variants[].date_modified",
        "metafields[].date_modified",
    ],
    stamped: &["icon_url"],
    unordered: &["sites", "sites[].routes", "sites[].urls", "listings", "metafields"],
    moving: &[],
    read_only: &["id", "date_created", "date_modified", "icon_url"],
    personal: &[],
    references: &[],
    webhooks: &[
        tells("store/channel/*", &["id"]),
        tells("store/channel/{id}/settings/site/updated", &["{id}"]),
        tells("store/channel/{id}/settings/site/checkoutUrl/updated", &["{id}"]),
        tells("store/channel/{id}/settings/site/checkoutUrl/deleted", &["{id}"]),
        tells("store/channel/{id}/settings/route/updated", &["{id}"]),
        tells("store/channel/{id}/settings/currency/updated", &["{id}"]),
        tells("store/channel/metafield/created", &["resource_id"]).of_part(),
        tells("store/channel/metafield/updated", &["resource_id"]).of_part(),
        tells("store/channel/metafield/deleted", &["resource_id"]).of_part(),
        tells("store/metafield/*", &["resource_id"]).when("resource_type", "channel").of_part().unasked(),
    ],
    untold: "listings, currencies, certificates",
    restore: Restore::InPart(
        "in place only: a channel once deleted can't be brought back, by BigCommerce's own rule; \
         `--as-copy` makes a new one in its place",
    ),
    pictures: &[],
    writes: Writes {
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/channels/{id}",
            batch: 0,
            channel: None,
        }),
        members: &["name", "external_id", "status", "is_listable_from_ui", "is_visible"],
        create_only: &["type", "platform"],
        shape: living,
        everywhere: &["1"],
        rows: &[Rows {
            member: "metafields",
            key: &["namespace", "key"],
            members: &["permission_set", "namespace", "key", "value", "description"],
            create: Some("/channels/{id}/metafields"),
            update: Some("/channels/{id}/metafields/{row}"),
            delete: Some("/channels/{id}/metafields/{row}"),
            ..ROWS
        }],
        lost: &[
            Omission {
                what: "listings, currencies, sites and their routes",
                why: "vortex does not write them yet; those of the channel stay as they are",
            },
            Omission {
                what: "the states `deleted`, `terminated` and `prelaunch`",
                why: "the first two end a channel for good, an update takes none of them \
                      (channels.v3.yml)",
            },
            Omission {
                what: "the owner of a metafield",
                why: "a metafield belongs to the API account that wrote it (reassign-metafields-owner.mdx)",
            },
        ],
        no_create: Some("a deleted channel can't come back: BigCommerce's `deleted` is final (channels.v3.yml)"),
        // No two of a platform and type share a name, which takes no other characters.
        twin: Ok(Twin { hidden: &[], renamed: &[("name", Rename::Plain)] }),
        stand_in: Some(StandIn {
            over: ("status", &["deleted", "terminated"]),
            create: Sending {
                api: ApiVersion::V3,
                method: Method::Post,
                path: "/channels",
                batch: 0,
                channel: None,
            },
            hide: closed,
            lost: &[
                Omission {
                    what: "sites and their routes",
                    why: "a site needs an address of its own, and the old one may hold its still: give \
                          the new channel one in the control panel before you open it",
                },
                Omission {
                    what: "listings and currencies",
                    why: "vortex does not write them yet",
                },
                Omission {
                    what: "the owner of a metafield",
                    why: "a metafield belongs to the API account that wrote it (reassign-metafields-owner.mdx)",
                },
            ],
            left: &[
                Omission {
                    what: "redirects",
                    why: "they belong to a site, and the new channel has none yet (redirects.v3.yml)",
                },
                Omission {
                    what: "the category tree",
                    why: "no update changes a tree's channel (category-trees_catalog.v3.yml)",
                },
                Omission {
                    what: "orders, and the channel that a customer came from",
                    why: "neither can be changed (orders.v2.oas2.yml, customers.v3.yml)",
                },
            ],
            stays: "a channel goes only by the status `deleted`, which is final: it stays, closed to shoppers",
        }),
        ..NO_WRITES
    },
    scope_read: "store_channel_settings_read_only",
    scope_write: "store_channel_settings",
    channel: Some("id"),
    counts: None,
    omits: &[
        Omission { what: "TLS certificates", why: "their keys are write-only" },
        Omission {
            what: "which theme is active, and themes themselves",
            why: "themes are not captured yet",
        },
        Omission {
            what: "the control panel's channel menus",
            why: "they belong to the channel's app; not captured yet",
        },
    ],
    cost: "N/250 + sites/250 + metafields/250, one per site for its routes, one per channel that \
           is no storefront for its listings (or listings/250)",
};

/// Setting `deleted` is how a channel is deleted, and that is final: never sent, as little as the
/// states that an update does not take (`channels.v3.yml`).
fn living(body: &mut Body, _: bool) {
    let status = body.get("status").and_then(serde_json::Value::as_str);
    let never = |status: &str| matches!(status, "deleted" | "terminated" | "prelaunch");
    if status.is_some_and(|status| never(&status.to_lowercase())) {
        body.remove("status");
    }
}

/// A storefront is closed by `inactive` (which, other than `prelaunch`, an update can set as well),
/// what is none by `disconnected`. `is_visible` hides a channel from the control panel only, so it
/// stays as it was (`channels.v3.yml`).
fn closed(body: &mut Body) {
    let kind = body.get("type").and_then(serde_json::Value::as_str);
    let storefront = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("storefront"));
    let status = if storefront { "inactive" } else { "disconnected" };
    body.insert("status".to_owned(), status.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_closed_by_the_word_of_its_kind() {
        for (kind, status) in [("storefront", "inactive"), ("pos", "disconnected")] {
            let mut channel = serde_json::json!({"type": kind, "status": "active"});
            closed(channel.as_object_mut().unwrap());
            assert_eq!(channel["status"], status);
        }
    }

    #[test]
    fn no_update_deletes_a_channel() {
        for (status, sent) in [("deleted", false), ("TERMINATED", false), ("inactive", true)] {
            let mut channel = serde_json::json!({"name": "n", "status": status});
            living(channel.as_object_mut().unwrap(), false);
            assert_eq!(channel.get("status").is_some(), sent, "{status}");
        }
    }
}
