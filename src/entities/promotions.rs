//! Promotions with their coupon codes.

use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Source: `promotions.v3.yml`.
pub static PROMOTIONS: Entity = Entity {
    name: "promotions",
    singular: "promotion",
    group: "marketing",
    holds: "promotions with rules and coupon codes",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/promotions",
            query: &[("sort", "id"), ("direction", "asc")],
            ..PASS
        }],
    },
    lookup: Lookup::Path { path: "/promotions/{id}", full: &[], channel: None },
    id: "id",
    label: &["name"],
    search: &["codes[].code"],
    natural_key: &["name"],
    modified: None,
    parts: &[Part {
        members: &["codes"],
        source: Source::PerObject {
            path: "/promotions/{id}/codes",
            query: &[],
            paging: Paging::Cursor,
            limit: 250,
        },
        only: Only::Equals("redemption_type", "coupon"),
        ..PART
    }],
    settled: None,
    volatile: &["current_uses", "codes[].current_uses", "multiple_codes"],
    stamped: &[],
    unordered: &["codes", "channels"],
    moving: &[],
    read_only: &["id", "created_from", "current_uses", "codes", "multiple_codes"],
    personal: &[],
    references: &[
        points_to("channels[].id", "channels"),
        points_to("rules[]..products[]", "products"),
        points_to("rules[]..categories[]", "categories"),
        points_to("rules[]..brands[]", "brands"),
        points_to("rules[]..gift_item.product_id", "products"),
    ],
    webhooks: &[],
    untold: "everything",
    restore: Restore::InPart(
        "a new id; its place among automatic promotions can't be set through the API, and uses \
         start again at nought",
    ),
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Post,
            path: "/promotions",
            batch: 0,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/promotions/{id}",
            batch: 0,
            channel: None,
        }),
        delete: Some(Deleting::Path("/promotions/{id}")),
        members: &["name", "display_name", "rules", "notifications", "max_uses", "status", "start_date", "end_date", "stop", "can_be_used_with_other_promotions", "coupon_overrides_other_promotions", "currency_code", "schedule", "customer", "shipping_address", "channels"],
        create_only: &["redemption_type", "coupon_type"],
        local: &[
            Local {
                member: "customer.group_ids[]",
                what: "customer group",
                told_by: Some(("customers", "customer_groups")),
                ..LOCAL
            },
            Local {
                member: "customer.excluded_group_ids[]",
                what: "customer group",
                told_by: Some(("customers", "customer_groups")),
                ..LOCAL
            },
            Local { member: "customer.segments.id[]", what: "customer segment", ..LOCAL },
            Local { member: "rules[]..variants[]", what: "variant", ..LOCAL },
            Local { member: "rules[]..gift_item.variant_id", what: "variant", ..LOCAL },
            Local { member: "rules[]..zone_ids[]", what: "shipping zone", ..LOCAL },
        ],
        // what overriding depends on
        always: &["can_be_used_with_other_promotions"],
        // whether an update keeps what it leaves out is not documented
        whole: true,
        unsettable: &[INVALID],
        shape: as_written,
        rows: &[Rows {
            member: "codes",
            key: &["code"],
            members: &["code", "max_uses", "max_uses_per_customer"],
            create: Some("/promotions/{id}/codes"),
            delete: Some("/promotions/{id}/codes/{row}"),
            before_delete: true,
            ..ROWS
        }],
        lost: &[
            Omission {
                what: "the state `INVALID`",
                why: "nobody can set it; any change of such a promotion makes it DISABLED \
                      (promotions.v3.yml)",
            },
            Omission {
                what: "the place among automatic promotions",
                why: "priority is no field of the API (promotions.v3.yml)",
            },
            Omission {
                what: "the count of uses",
                why: "current_uses can't be written, so it starts again at nought (promotions.v3.yml)",
            },
        ],
        twin: Err("its codes can't stand in two promotions"),
        ..NO_WRITES
    },
    scope_read: "store_v2_marketing_read_only",
    scope_write: "store_v2_marketing",
    channel: Some("channels"),
    counts: None,
    omits: &[Omission {
        what: "the order of priority",
        why: "it is no field of the API, neither to read nor to write",
    }],
    cost: "N/250, and one per promotion with codes (or codes/250)",
};

/// A state that nobody can set (`promotions.v3.yml`).
const INVALID: Unsettable = Unsettable {
    member: "status",
    text: "INVALID",
    becomes: "DISABLED",
};

/// `INVALID` is a state that nobody can set, and overriding excludes what may be used with others
/// (`promotions.v3.yml`).
fn as_written(body: &mut Body, _: bool) {
    body.retain(|_, value| !value.is_null());
    // No segments are read as null, and written by leaving them out.
    let customer = body.get_mut("customer").and_then(serde_json::Value::as_object_mut);
    if let Some(customer) = customer {
        customer.retain(|_, value| !value.is_null());
    }
    if body.get("status").and_then(serde_json::Value::as_str) == Some(INVALID.text) {
        body.insert("status".to_owned(), INVALID.becomes.into());
    }
    let with_others = body.get("can_be_used_with_other_promotions");
    if with_others.and_then(serde_json::Value::as_bool) != Some(false) {
        body.remove("coupon_overrides_other_promotions");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_segments_are_left_out() {
        let mut body = serde_json::json!({"customer": {"group_ids": [1], "segments": null}});
        as_written(body.as_object_mut().unwrap(), false);
        assert_eq!(body, serde_json::json!({"customer": {"group_ids": [1]}}));
    }

    #[test]
    fn overriding_goes_out_only_where_it_is_taken() {
        for (others, sent) in [(true, false), (false, true)] {
            let mut body = serde_json::json!({
                "can_be_used_with_other_promotions": others,
                "coupon_overrides_other_promotions": true,
            });
            as_written(body.as_object_mut().unwrap(), false);
            assert_eq!(body.get("coupon_overrides_other_promotions").is_some(), sent);
        }
        let always = PROMOTIONS.writes.always;
        assert!(always.contains(&"can_be_used_with_other_promotions"));
    }
}
