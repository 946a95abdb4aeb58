//! E-mail templates: the store's own, and each channel's overrides as objects `2/invoice_email`.

use super::webhooks::tells;
use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Source: `email_templates.v3.yml`.
pub static EMAIL_TEMPLATES: Entity = Entity {
    name: "email-templates",
    singular: "email-template",
    group: "content",
    holds: "global e-mail templates, and each channel's overrides where they differ",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[
            Pass {
                path: "/marketing/email-templates",
                paging: Paging::Unpaged,
                limit: 0,
                ..PASS
            },
            Pass {
                path: "/marketing/email-templates",
                paging: Paging::Unpaged,
                limit: 0,
                over: Over::Each {
                    path: "/channels",
                    query: &[
                        ("status:in", "prelaunch,active,inactive"),
                        ("type:in", "storefront"),
                    ],
                    paging: Paging::Offset,
                    limit: 250,
                    id: "id",
                    param: "channel_id",
                },
                ids: Ids::Override,
                ..PASS
            },
        ],
    },
    lookup: Lookup::Path {
        path: "/marketing/email-templates/{id}",
        full: &[],
        channel: Some("channel_id"),
    },
    id: "type_id",
    label: &["subject"],
    search: &["type_id"],
    natural_key: &["type_id"],
    modified: None,
    parts: &[],
    settled: None,
    volatile: &[],
    stamped: &[],
    unordered: &["translations"],
    moving: &[],
    read_only: &[],
    personal: &[],
    references: &[],
    // Channels' overrides have webhooks; the global set has none.
    webhooks: &[
        tells("store/channel/{id}/email/templates/updated", &[]),
        tells("store/channel/{id}/email/templates/deleted", &[]),
    ],
    untold: "edits of the global templates",
    restore: Restore::InPart(
        "BigCommerce's own text can't be reset through the API: the old text is written instead",
    ),
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/marketing/email-templates/{id}",
            batch: 0,
            channel: Some("channel_id"),
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/marketing/email-templates/{id}",
            batch: 0,
            channel: Some("channel_id"),
        }),
        members: &["subject", "body", "translations"],
        always: &["type_id", "subject", "body", "translations"],
        create_only: &["type_id"],
        within: Some("channels"),
        lost: &[Omission {
            what: "BigCommerce's own text of a global template",
            why: "no request resets one; the old text is written instead (email_templates.v3.yml)",
        }],
        ..NO_WRITES
    },
    scope_read: "store_v2_information_read_only",
    scope_write: "store_v2_information",
    channel: None,
    counts: None,
    omits: &[Omission {
        what: "a channel's override that equals the global template",
        why: "BigCommerce answers inherited values as if they were overrides",
    }],
    cost: "1 + channels/250 + 1 per storefront",
};
