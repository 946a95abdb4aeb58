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
#[cfg(test)]
mod tests;
mod writes;

use super::answer::Outcome;
use super::metafields::{self, Owner};
use super::request::Req;
use super::store::{Key, Store};

/// Answers for everything about orders.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    metafields_of(store, req)
        .or_else(|| list::route(store, req))
        .or_else(|| statuses::route(store, req))
        .or_else(|| parts::route(store, req))
        .or_else(|| payments::route(store, req))
        .or_else(|| writes::route(store, req))
}

fn metafields_of(store: &mut Store, req: &Req) -> Option<Outcome> {
    const OWNER: Owner = Owner {
        table: "order_metafields",
        kind: "order",
    };
    match req.segs().as_slice() {
        ["v3", "orders", "metafields"] => metafields::serve(store, req, OWNER, None, &[]),
        ["v3", "orders", id, "metafields", rest @ ..] => {
            let id = Key::parse(id);
            if !store.table("orders").contains(&id) {
                return Some(Err(req.not_found()));
            }
            metafields::serve(store, req, OWNER, Some(&id), rest)
        }
        _ => None,
    }
}
