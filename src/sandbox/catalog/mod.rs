//! `/v3/catalog` and what hangs on products: products with their parts, variants, brands, trees and
//! categories, assignments, customs information. Written from BigCommerce's catalog descriptions.
//!
//! A product's row is the whole product with all its parts nested, `complex_rules` included, which
//! no include ever shows; the routes cut it down.

use super::answer::Outcome;
use super::request::{Method, Req};
use super::store::Store;

mod assignments;
mod brands;
mod categories;
mod choices;
mod images;
mod kinds;
mod limits;
mod making;
mod parts;
mod products;
mod summary;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_images;
mod trees;
mod variants;
mod write;

pub use parts::rows_of;

/// Routes below `/v3/catalog`, and `/v3/shipping/products`.
pub fn route(store: &mut Store, req: &Req) -> Option<Outcome> {
    use Method::{Delete, Get, Post, Put};
    let segs = req.segs();
    let below = match segs.as_slice() {
        ["v3", "catalog", below @ ..] => below,
        ["v3", "shipping", "products", "customs-information"] => {
            return match req.method {
                Get => Some(assignments::customs(store, req)),
                Put => Some(assignments::put_customs(store, req)),
                Delete => Some(assignments::delete_customs(store, req)),
                Post => None,
            };
        }
        _ => return None,
    };
    if let Some(outcome) = images::route(store, req, below) {
        return Some(outcome);
    }
    Some(match (req.method, below) {
        (Get, ["summary"]) => summary::get(store, req),
        (Get, ["products"]) => products::list(store, req),
        (Post, ["products"]) => making::create(store, req),
        (Put, ["products"]) => write::update_many(store, req),
        (Delete, ["products"]) => write::delete_many(store, req),
        (Get, ["products", "channel-assignments"]) => assignments::channels(store, req),
        (Put, ["products", "channel-assignments"]) => assignments::put_channels(store, req),
        (Delete, ["products", "channel-assignments"]) => assignments::delete_channels(store, req),
        (Get, ["products", "category-assignments"]) => assignments::categories(store, req),
        (Put, ["products", "category-assignments"]) => assignments::put_categories(store, req),
        (Delete, ["products", "category-assignments"]) => {
            assignments::delete_categories(store, req)
        }
        (Get, ["products", id]) if id != &"metafields" => products::one(store, req, id),
        (Put, ["products", id]) if id != &"metafields" => write::update_one(store, req, id),
        (Delete, ["products", id]) if id != &"metafields" => write::delete_one(store, req, id),
        (_, ["products", id, part, rest @ ..]) if *part != "metafields" => {
            return match req.method {
                Get => parts::route(store, req, id, part, rest),
                _ => making::route(store, req, id, part, rest),
            };
        }
        (Get, ["variants"]) => variants::list(store, req),
        (Put, ["variants"]) => variants::update_many(store, req),
        (Get, ["brands"]) => brands::list(store, req),
        (Post, ["brands"]) => brands::create(store, req),
        (Get, ["brands", id]) if id != &"metafields" => brands::one(store, req, id),
        (Put, ["brands", id]) if id != &"metafields" => brands::update(store, req, id),
        (Delete, ["brands", id]) if id != &"metafields" => brands::delete(store, req, id),
        (Get, ["trees"]) => trees::list(store, req),
        (Get, ["trees", "categories"]) => categories::list(store, req),
        (Put, ["trees", "categories"]) => categories::update_many(store, req),
        (Post, ["trees", "categories"]) => categories::create_many(store, req),
        (Delete, ["trees", "categories"]) => categories::delete_many(store, req),
        (Get, ["trees", id, "categories"]) => trees::snapshot(store, req, id),
        (Get, ["categories", id, "products", "sort-order"]) => {
            categories::product_order(store, req, id)
        }
        _ => return None,
    })
}
