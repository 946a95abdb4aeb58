//! Customers, with addresses, attributes, form fields, store credit, metafields and their group.

use super::webhooks::tells;
use super::entity::*;
use super::hanging::{ASSIGNMENTS, ASSIGNMENTS_LOST};
use crate::model::{ApiVersion, Paging};

const INCLUDE: &str =
    "addresses,storecredit,attributes,formfields,shopper_profile_id,segment_ids";

/// Source: `customers.v3.yml`; groups: `customers.v2.yml`.
pub static CUSTOMERS: Entity = Entity {
    name: "customers",
    singular: "customer",
    group: "customers",
    holds: "customers with all addresses, attributes, form fields, store credit, metafields, group",
    listing: Listing {
        api: ApiVersion::V3,
        passes: &[Pass {
            path: "/customers",
            query: &[("include", INCLUDE)],
            paging: Paging::Cursor,
            ..PASS
        }],
    },
    lookup: Lookup::Filter {
        path: "/customers",
        param: "id:in",
        chunk: 100,
        light: &[],
        full: &[("include", INCLUDE)],
    },
    id: "id",
    label: &["first_name", "last_name", "email"],
    search: &["email", "company", "phone"],
    // an address is unique within a channel only (multi-storefront guide)
    natural_key: &["email", "origin_channel_id"],
    modified: Some("date_modified"),
    parts: &[
        // The include carries ten addresses and ten attributes at most.
        Part {
            members: &["addresses"],
            source: Source::Overflow {
                count: "address_count",
                path: "/customers/addresses",
                query: &[("include", "formfields")],
                param: "customer_id:in",
                key: "customer_id",
                chunk: 50,
            },
            ..PART
        },
        Part {
            members: &["attributes"],
            source: Source::Overflow {
                count: "attribute_count",
                path: "/customers/attribute-values",
                query: &[],
                param: "customer_id:in",
                key: "customer_id",
                chunk: 50,
            },
            ..PART
        },
        Part {
            members: &["metafields"],
            source: Source::Bulk {
                path: "/customers/metafields",
                query: &[],
                paging: Paging::Cursor,
                limit: 250,
                host: "id",
                key: "resource_id",
                many: true,
                alone: Alone::Path("/customers/{id}/metafields"),
            },
            ..PART
        },
        Part {
            members: &["customer_groups"],
            api: ApiVersion::V2,
            source: Source::Bulk {
                path: "/customer_groups",
                query: &[],
                paging: Paging::Until204,
                limit: 250,
                host: "customer_group_id",
                key: "id",
                many: false,
                alone: Alone::Single("/customer_groups/{id}"),
            },
            only: Only::NotZero("customer_group_id"),
            feature: Some("customer groups: not on this store's plan"),
            ..PART
        },
    ],
    settled: None,
    volatile: &[
        "date_modified",
        "address_count",
        "attribute_count",
        "authentication.force_password_reset",
        "attributes[].date_modified",
        "metafields[].date_modified",
        "customer_groups.date_modified",
        // whose field it is, told by where it stands
        "form_fields[].customer_id",
        "addresses[].form_fields[].address_id",
        "addresses[].form_fields[].customer_id",
    ],
    stamped: &[],
    unordered: &[
        "addresses",
        "attributes",
        "form_fields",
        "addresses[].form_fields",
        "metafields",
        "channel_ids",
        "segment_ids",
        "store_credit_amounts",
    ],
    moving: &["store_credit_amounts", "accepts_product_review_abandoned_cart_emails"],
    read_only: &[
        "id",
        "date_created",
        "date_modified",
        "address_count",
        "attribute_count",
        "registration_ip_address",
        "shopper_profile_id",
        "segment_ids",
        "customer_groups",
    ],
    personal: &[""],
    references: &[
        // An empty list, or none, would open all channels to the customer.
        points_to("channel_ids[]", "channels").needed(),
        points_to("origin_channel_id", "channels"),
    ],
    webhooks: &[
        tells("store/customer/*", &["id"]),
        tells("store/customer/address/*", &["address/customer_id"]),
        tells("store/customer/channel/login/access/updated", &["customer_id"]),
        tells("store/customer/payment/instrument/default/updated", &["id"]).unasked(),
        tells("store/metafield/*", &["resource_id"]).when("resource_type", "customer").of_part(),
    ],
    untold: "attributes changed through the API, form fields, groups",
    restore: Restore::InPart(
        "a new id and no password: BigCommerce never shows one; the customer sets a new one",
    ),
    pictures: &[],
    writes: Writes {
        create: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Post,
            path: "/customers",
            batch: 10,
            channel: None,
        }),
        update: Some(Sending {
            api: ApiVersion::V3,
            method: Method::Put,
            path: "/customers",
            batch: 10,
            channel: None,
        }),
        delete: Some(Deleting::Filter { path: "/customers", param: "id:in", chunk: 50 }),
        members: &["email", "first_name", "last_name", "company", "phone", "notes", "tax_exempt_category", "customer_group_id", "accepts_product_review_abandoned_cart_emails", "channel_ids", "form_fields", "store_credit_amounts"],
        create_only: &["origin_channel_id", "attributes"],
        alike: &["email"],
        local: &[Local {
            member: "attributes[].attribute_id",
            what: "customer attribute",
            ..LOCAL
        }],
        // No mail is sent to the person.
        fixed: &[("trigger_account_created_notification", "false")],
        // Asked at the next login; no mail is sent (customers.v3.yml).
        on_request: &[OnRequest {
            flag: "force-password-reset",
            member: "authentication",
            json: r#"{"force_password_reset":true}"#,
        }],
        shape: as_written,
        rows: &[
            Rows {
                member: "addresses",
                key: &["first_name", "last_name", "company", "phone", "address1", "address2", "city", "country_code", "state_or_province", "postal_code"],
                members: &["first_name", "last_name", "company", "phone", "address_type", "address1", "address2", "city", "country_code", "state_or_province", "postal_code", "form_fields"],
                create: Some("/customers/addresses"),
                update: Some("/customers/addresses"),
                delete: Some("/customers/addresses?id:in"),
                listed: true,
                owner: Some("customer_id"),
                shape: address,
                unmakeable: without_region,
                ..ROWS
            },
            // Ten go with a create; the rest, and those of the living, have an endpoint of their own.
            Rows {
                member: "attributes",
                key: &["attribute_id"],
                members: &["attribute_id", "attribute_value"],
                create: Some("/customers/attribute-values"),
                update: Some("/customers/attribute-values"),
                delete: Some("/customers/attribute-values?id:in"),
                listed: true,
                upsert: true,
                batch: 10,
                owner: Some("customer_id"),
                shape: attribute,
                ..ROWS
            },
            Rows {
                member: "metafields",
                key: &["namespace", "key"],
                members: &["permission_set", "namespace", "key", "value", "description"],
                create: Some("/customers/{id}/metafields"),
                update: Some("/customers/{id}/metafields/{row}"),
                delete: Some("/customers/{id}/metafields/{row}"),
                ..ROWS
            },
        ],
        nested: &[Nested {
            singular: "customer group",
            pointer: "customer_group_id",
            held: "customer_groups",
            label: "name",
            api: ApiVersion::V2,
            list: "/customer_groups",
            paging: Paging::Until204,
            one: "/customer_groups/{id}",
            members: &["name", "category_access", "discount_rules"],
            references: &[
                points_to("category_access.categories[]", "categories"),
                points_to("discount_rules[].category_id", "categories"),
                points_to("discount_rules[].product_id", "products"),
            ],
            local: &[Local {
                member: "discount_rules[].price_list_id",
                what: "price list",
                ..LOCAL
            }],
            lost: &[
                Omission {
                    what: "a group's place as the one of newcomers or guests",
                    why: "setting it takes it from the group that has it now (customers.v2.yml)",
                },
                ASSIGNMENTS_LOST,
            ],
        }],
        hanging: &[ASSIGNMENTS],
        lost: &[
            Omission {
                what: "an attribute or a form field that was deleted",
                why: "attributes are no objects of their own yet, and form fields have no endpoint \
                      (customers.v3.yml)",
            },
            Omission {
                what: "the password",
                why: "BigCommerce never shows one: the customer sets a new one; with \
                      `--force-password-reset` at the next login (customers.v3.yml)",
            },
            Omission {
                what: "the owner of a metafield",
                why: "a metafield belongs to the API account that wrote it (reassign-metafields-owner.mdx)",
            },
        ],
        twin: Err("one e-mail address is one person's account"),
        ..NO_WRITES
    },
    scope_read: "store_v2_customers_read_only",
    scope_write: "store_v2_customers",
    channel: Some("channel_ids"),
    counts: None,
    omits: &[
        Omission { what: "passwords", why: "BigCommerce never shows them" },
        Omission {
            what: "names and types of attributes",
            why: "a customer carries the attribute's id only; definitions are not captured yet",
        },
        Omission { what: "stored cards", why: "payment secrets; read-only and not restorable" },
        Omission {
            what: "consent to tracking",
            why: "it costs a request per customer and is stamped anew by every reading",
        },
    ],
    cost: "N/250, one per 50 customers with more than ten addresses or attributes, \
           metafields/250, groups/250",
};

/// Store credit takes no currency, form fields only name and value (`customers.v3.yml`).
fn as_written(body: &mut Body, create: bool) {
    // null channels mean "all": to be said in an update, the default of a create
    body.retain(|name, value| !value.is_null() || (name == "channel_ids" && !create));
    let attributes = body.get_mut("attributes").and_then(serde_json::Value::as_array_mut);
    if let Some(attributes) = attributes {
        attributes.truncate(10); // as many as a create takes
        for row in attributes.iter_mut().filter_map(serde_json::Value::as_object_mut) {
            row.retain(|name, _| matches!(name.as_str(), "attribute_id" | "attribute_value"));
        }
    }
    fields_only(body);
}

/// Read as `attribute_value`, written as `value` (`customers.v3.yml`).
fn attribute(body: &mut Body, _: bool) {
    if let Some(value) = body.remove("attribute_value") {
        body.insert("value".to_owned(), value);
    }
}

fn address(body: &mut Body, _: bool) {
    body.retain(|_, value| !value.is_null());
    fields_only(body);
}

/// Outside of a customer's own creation both are required, also where a country has neither
/// (`customers.v3.yml`).
fn without_region(row: &serde_json::Value) -> Option<&'static str> {
    let empty = |name: &str| {
        let text = row.get(name).and_then(serde_json::Value::as_str);
        text.unwrap_or_default().is_empty()
    };
    (empty("state_or_province") || empty("postal_code"))
        .then_some("the API takes no address without state or postal code")
}

fn fields_only(body: &mut Body) {
    let fields = body.get_mut("form_fields");
    for field in fields.and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
        if let Some(field) = field.as_object_mut() {
            field.retain(|name, _| matches!(name.as_str(), "name" | "value"));
        }
    }
}
