//! Orders: incomplete, declined and archived ones included, with all that hangs on them.

use super::entity::*;
use crate::entities::webhooks::tells;
use crate::model::{ApiVersion, Paging};

const KEYSET: Paging = Paging::Keyset { param: "min_id", inclusive: true, id: "id" };

/// Source: `orders.v2.oas2.yml`; transactions, refunds, metafields: `orders.v3.yml`.
pub static ORDERS: Entity = Entity {
    name: "orders",
    singular: "order",
    group: "orders",
    holds: "orders (incomplete, declined, archived too) with products, consignments, coupons, \
            shipments, taxes, fees, messages, transactions, refunds, metafields",
    listing: Listing {
        api: ApiVersion::V2,
        passes: &[
            Pass {
                path: "/orders",
                query: &[
                    ("sort", "id:asc"),
                    ("include", "consignments,consignments.line_items,fees"),
                    ("consignment_structure", "object"),
                ],
                paging: KEYSET,
                ..PASS
            },
            Pass {
                path: "/orders",
                query: &[
                    ("sort", "id:asc"),
                    ("include", "consignments,consignments.line_items,fees"),
                    ("consignment_structure", "object"),
                ],
                paging: KEYSET,
                when: When::Uncounted { param: "status_id", status: "0" },
                ..PASS
            },
            Pass {
                path: "/orders",
                query: &[
                    ("sort", "id:asc"),
                    ("include", "consignments,consignments.line_items,fees"),
                    ("consignment_structure", "object"),
                    ("is_deleted", "true"),
                ],
                paging: KEYSET,
                when: When::Probe {
                    member: "is_deleted",
                    otherwise: "this store does not list archived orders: those archived before \
                                the first backup can't be found; later ones are kept by id",
                },
                ..PASS
            },
        ],
    },
    lookup: Lookup::Path {
        path: "/orders/{id}",
        full: &[
            ("include", "consignments,consignments.line_items,fees"),
            ("consignment_structure", "object"),
        ],
        channel: None,
    },
    id: "id",
    label: &["id", "billing_address.first_name", "billing_address.last_name"],
    search: &["billing_address.email", "billing_address.company", "external_order_id"],
    natural_key: &["id"],
    modified: Some("date_modified"),
    parts: &[
        Part {
            members: &["refunds"],
            source: Source::Bulk {
                path: "/orders/payment_actions/refunds",
                query: &[],
                // its `meta` is documented as empty: it ends on a short page
                paging: Paging::Until204,
                limit: 250,
                host: "id",
                key: "order_id",
                many: true,
                alone: Alone::Filter("order_id:in"),
            },
            ..PART
        },
        Part {
            members: &["metafields"],
            source: Source::Bulk {
                path: "/orders/metafields",
                query: &[],
                paging: Paging::Cursor,
                limit: 250,
                host: "id",
                key: "resource_id",
                many: true,
                alone: Alone::Path("/orders/{id}/metafields"),
            },
            ..PART
        },
        // The include carries fifty lines of an order at most.
        Part {
            members: &["products"],
            api: ApiVersion::V2,
            source: Source::PerObject {
                path: "/orders/{id}/products",
                query: &[],
                paging: Paging::Until204,
                limit: 250,
            },
            only: Only::Short {
                told: "items_total",
                came: &[
                    "consignments.shipping[].line_items[].quantity",
                    "consignments.pickups[].line_items[].quantity",
                    "consignments.downloads[].line_items[].quantity",
                    "consignments.email.gift_certificates[].line_items[].quantity",
                ],
            },
            deep: true,
            ..PART
        },
        Part {
            members: &["coupons"],
            api: ApiVersion::V2,
            source: Source::PerObject {
                path: "/orders/{id}/coupons",
                query: &[],
                paging: Paging::Until204,
                limit: 250,
            },
            only: Only::NotZero("coupon_discount"),
            deep: true,
            ..PART
        },
        Part {
            members: &["taxes"],
            api: ApiVersion::V2,
            source: Source::PerObject {
                path: "/orders/{id}/taxes",
                query: &[("details", "true")],
                paging: Paging::Until204,
                limit: 250,
            },
            only: Only::NotZero("total_tax"),
            deep: true,
            ..PART
        },
        Part {
            members: &["shipments"],
            api: ApiVersion::V2,
            source: Source::PerObject {
                path: "/orders/{id}/shipments",
                query: &[],
                paging: Paging::Until204,
                limit: 250,
            },
            only: Only::NotZero("items_shipped"),
            deep: true,
            ..PART
        },
        // Nothing on the order tells whether it has messages.
        Part {
            members: &["messages"],
            api: ApiVersion::V2,
            source: Source::PerObject {
                path: "/orders/{id}/messages",
                query: &[],
                paging: Paging::Until204,
                limit: 250,
            },
            deep: true,
            ..PART
        },
        Part {
            members: &["transactions"],
            source: Source::PerObject {
                path: "/orders/{id}/transactions",
                query: &[],
                paging: Paging::Unpaged,
                limit: 0,
            },
            deep: true,
            scope_read: Some("store_v2_transactions_read_only"),
            ..PART
        },
    ],
    // Refunded, cancelled, declined, completed.
    settled: Some(Settled { member: "status_id", values: &["4", "5", "6", "10"] }),
    volatile: &[
        "date_modified",
        // mere links to other paths; what they lead to is nested
        "products.url",
        "products.resource",
        "shipping_addresses",
        "metafields[].date_modified",
    ],
    stamped: &[],
    unordered: &[
        "products",
        "refunds",
        "metafields",
        "coupons",
        "taxes",
        "shipments",
        "messages",
        "transactions",
        "fees",
    ],
    moving: &[
        "status_id",
        "status",
        "custom_status",
        "payment_status",
        "items_shipped",
        "date_shipped",
        "refunded_amount",
        "is_deleted",
    ],
    read_only: &["id", "date_modified", "date_shipped", "status", "payment_status", "is_deleted"],
    personal: &[""],
    references: &[
        points_to("customer_id", "customers"),
        points_to("channel_id", "channels"),
    ],
    webhooks: &[
        tells("store/order/*", &["id"]),
        tells("store/order/message/created", &["id"]),
        tells("store/order/refund/created", &["id"]),
        tells("store/order/transaction/created", &["order_id"]),
        tells("store/order/transaction/updated", &["order_id"]),
        tells("store/shipment/*", &["orderId"]),
        tells("store/channel/{id}/order/*", &["order_id"]).unasked(),
        tells("store/channel/{id}/order/message/created", &["order_id"]).unasked(),
        tells("store/channel/{id}/order/refund/created", &["order_id"]).unasked(),
        tells("store/order/metafield/created", &["resource_id"]).of_part(),
        tells("store/order/metafield/updated", &["resource_id"]).of_part(),
        tells("store/order/metafield/deleted", &["resource_id"]).of_part(),
        tells("store/metafield/*", &["resource_id"]).when("resource_type", "order").of_part().unasked(),
    ],
    untold: "fees, coupons, edits of messages, custom status labels",
    restore: Restore::InPart(
        "an order is never created or charged again: fields that BigCommerce lets one write are \
         brought back in place",
    ),
    pictures: &[],
    writes: Writes {
        update: Some(Sending {
            api: ApiVersion::V2,
            method: Method::Put,
            path: "/orders/{id}",
            batch: 0,
            channel: None,
        }),
        members: &["staff_notes", "customer_message", "external_order_id", "customer_id"],
        no_create: Some("an order is never made anew: it would count, take stock and lose its number, coupons, taxes and payments (orders.v2.oas2.yml)"),
        relink_named: true,
        rows: &[Rows {
            member: "metafields",
            key: &["namespace", "key"],
            members: &["permission_set", "namespace", "key", "value", "description"],
            create: Some("/orders/{id}/metafields"),
            update: Some("/orders/{id}/metafields/{row}"),
            delete: Some("/orders/{id}/metafields/{row}"),
            ..ROWS
        }],
        lost: &[Omission {
                what: "the owner of a metafield",
                why: "a metafield belongs to the API account that wrote it (reassign-metafields-owner.mdx)",
            }, Omission {
            what: "the status",
            why: "a change of it may send mail to the shopper and tax documents (orders guide)",
        }, Omission {
            what: "lines, totals, taxes, coupons, shipments, payments and messages",
            why: "they can't be written, or writing them moves money, stock or mail (orders.v2.oas2.yml)",
        }],
        ..NO_WRITES
    },
    scope_read: "store_v2_orders_read_only",
    scope_write: "store_v2_orders",
    channel: Some("channel_id"),
    counts: Some(Counts {
        path: "/orders/count",
        api: ApiVersion::V2,
        by_state: Some(ByState { list: "statuses", member: "status_id" }),
    }),
    omits: &[
        Omission {
            what: "shipping quotes",
            why: "they are offers of the checkout, read-only and empty for most orders",
        },
        Omission {
            what: "coupons, taxes and shipments of orders whose totals say there are none",
            why: "each costs a request per order; `--full` reads them all the same",
        },
    ],
    cost: "1 for the count, N/250 + archived/250 + 1, refunds/250, metafields/250; and at first, \
           then for what changed and a seventh of the open ones a run: 2 an order (messages, \
           transactions) and 1 each for coupons, taxes, shipments where it has any, and for the \
           lines of orders with more than fifty",
};
