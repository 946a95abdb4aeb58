//! A product's own lists: images, videos, custom fields, bulk pricing rules, reviews, options and
//! modifiers with their values, complex rules, variants.

use serde_json::Value;

use super::products::PART_CAPS;
use crate::sandbox::answer::{self, Outcome};
use crate::sandbox::fields::{SHAPING, Shape};
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

/// How one list of parts behaves.
struct Part {
    segment: &'static str,
    member: &'static str,
    /// An empty list is 204 without a body, as documented for images and reviews.
    no_content: bool,
    /// The list takes `page` and `limit`.
    paged: bool,
    /// The list takes `include_fields`; all take `exclude_fields`.
    only: bool,
    /// Elements have values of their own below `/values`.
    values: bool,
}

const PLAIN: Part = Part {
    segment: "",
    member: "",
    no_content: false,
    paged: true,
    only: true,
    values: false,
};

const PARTS: &[Part] = &[
    Part {
        segment: "images",
        member: "images",
        no_content: true,
        only: false,
        ..PLAIN
    },
    Part {
        segment: "videos",
        member: "videos",
        only: false,
        ..PLAIN
    },
    Part {
        segment: "complex-rules",
        member: "complex_rules",
        only: false,
        ..PLAIN
    },
    Part {
        segment: "custom-fields",
        member: "custom_fields",
        ..PLAIN
    },
    Part {
        segment: "bulk-pricing-rules",
        member: "bulk_pricing_rules",
        paged: false,
        ..PLAIN
    },
    Part {
        segment: "reviews",
        member: "reviews",
        no_content: true,
        only: false,
        ..PLAIN
    },
    Part {
        segment: "options",
        member: "options",
        values: true,
        ..PLAIN
    },
    Part {
        segment: "modifiers",
        member: "modifiers",
        values: true,
        ..PLAIN
    },
    Part {
        segment: "variants",
        member: "variants",
        ..PLAIN
    },
];

/// Routes below `/catalog/products/{id}/{part}`.
pub fn route(
    store: &Store,
    req: &Req,
    product: &str,
    segment: &str,
    rest: &[&str],
) -> Option<Outcome> {
    let part = PARTS.iter().find(|part| part.segment == segment)?;
    if req.method != Method::Get {
        return None;
    }
    match rest {
        [] | [_] => {}
        [_, "values"] | [_, "values", _] if part.values => {}
        _ => return None,
    }
    Some(get(store, req, product, part, rest))
}

fn get(store: &Store, req: &Req, product: &str, part: &Part, rest: &[&str]) -> Outcome {
    let gone = || req.not_found();
    let product = store
        .table("products")
        .get(&Key::parse(product))
        .ok_or_else(gone)?;
    let rows = rows_of(&product, part.member);
    match rest {
        [] => {
            let paging: &[&str] = if part.paged { &["page", "limit"] } else { &[] };
            let status: &[&str] = if part.segment == "reviews" {
                &["status"]
            } else {
                &[]
            };
            let shaping = if part.only {
                SHAPING
            } else {
                &["exclude_fields"]
            };
            req.allow(&[paging, status, shaping])?;
            let shape = Shape::read(req, &[])?;
            let mut rows: Vec<Value> = rows
                .iter()
                .filter(|row| status.is_empty() || approved(req, row))
                .map(|row| shape.cut(row, "id"))
                .collect();
            rows.sort_by_key(|row| row["id"].as_u64());
            if rows.is_empty() && part.no_content {
                return Ok(answer::no_content());
            }
            if !part.paged {
                // The document gives this list no paging; its answer still counts itself.
                let caps = answer::Caps {
                    default: rows.len().max(1),
                    max: rows.len().max(1),
                };
                return answer::v3_list(req, rows, caps);
            }
            answer::v3_list(req, rows, PART_CAPS)
        }
        [id] => {
            req.allow(&[SHAPING])?;
            let shape = Shape::read(req, &[])?;
            let row = find(rows, id).ok_or_else(gone)?;
            Ok(answer::v3_one(shape.cut(row, "id")))
        }
        [id, _] => {
            req.allow(&[&["page", "limit"], SHAPING])?;
            let shape = Shape::read(req, &[])?;
            let values = rows_of(find(rows, id).ok_or_else(gone)?, "option_values");
            let values = values.iter().map(|value| shape.cut(value, "id")).collect();
            answer::v3_list(req, values, PART_CAPS)
        }
        [id, _, value, ..] => {
            req.allow(&[SHAPING])?;
            let values = rows_of(find(rows, id).ok_or_else(gone)?, "option_values");
            let value = find(values, value).ok_or_else(gone)?;
            Ok(answer::v3_one(value.clone()))
        }
    }
}

/// The list in a member, empty when there is none.
pub fn rows_of<'a>(document: &'a Value, member: &str) -> &'a [Value] {
    document[member].as_array().map_or(&[], Vec::as_slice)
}

fn find<'a>(rows: &'a [Value], id: &str) -> Option<&'a Value> {
    let key = Key::parse(id);
    rows.iter()
        .find(|row| Key::of(&row["id"]).as_ref() == Some(&key))
}

/// `status=1` asks for approved reviews, `status=0` for the others.
fn approved(req: &Req, review: &Value) -> bool {
    match req.query.get("status") {
        Some("1") => review["status"] == "approved",
        Some("0") => review["status"] != "approved",
        _ => true,
    }
}
