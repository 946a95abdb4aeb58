//! Orders (v2), and what v3 adds to them: transactions, refunds.
//!
//! A stored order is the document without its links, and under `parts` all that belongs to it
//! alone: `products`, `shipping_addresses`, `pickups`, `fees`, `coupons`, `taxes`, `shipments`,
//! `messages`, `transactions`. Refunds and metafields have lists over the whole store, and so
//! tables of their own.

mod consignments;
mod list;
mod parts;
mod payments;
mod shipments;
mod shown;
mod statuses;
mod writes;

use super::answer::Outcome;
use super::request::Req;
use super::store::Store;

/// Answers for everything about orders.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    list::route(store, req)
        .or_else(|| statuses::route(store, req))
        .or_else(|| parts::route(store, req))
        .or_else(|| payments::route(store, req))
        .or_else(|| writes::route(store, req))
}
