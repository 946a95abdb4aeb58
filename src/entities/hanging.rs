//! What hangs on an object by its id and that no version holds: rows of another list of the store.
//! When the object is made anew, what still stands there under the old id is set for the new one.
//!
//! The rows under the old id are left: to take them away could not be undone, for the store sets
//! none for an id that is gone.

use super::entity::*;
use crate::model::{ApiVersion, Paging};

/// Rows of another list that name an object, or rows within it, by id.
#[derive(Debug)]
pub struct Hanging {
    /// Its name in a journal: never changed.
    pub name: &'static str,
    /// What people call some of them.
    pub what: &'static str,
    /// Set where it hangs on what the documents tell of under this member (see
    /// [`Nested::held`]), not on the objects themselves.
    pub of: Option<&'static str>,
    /// Where the ids that rows name stand in a document: the object's own (`id`), or those of a
    /// list's rows (`variants[].id`).
    pub ids: &'static str,
    /// Member of the documents that holds them by now: they are read only for a version that is
    /// older than that, and lacks it.
    pub unless: Option<&'static str>,
    /// Set where there is one such list for each row of another.
    pub over: Option<Lists>,
    /// Which generation of the API.
    pub api: ApiVersion,
    /// The list's path; `{outer}` is the id of the other list's row.
    pub list: &'static str,
    /// Its parameters.
    pub query: Query,
    /// How it is paged, at 250 a page.
    pub paging: Paging,
    /// Filter that takes the ids.
    pub param: &'static str,
    /// Ids in one request at most.
    pub chunk: usize,
    /// Member of a row that names the object.
    pub names: &'static str,
    /// Members that tell rows of one object apart; a row without one of them can't be set.
    pub key: &'static [&'static str],
    /// What else of a row is sent.
    pub members: &'static [&'static str],
    /// Path of the PUT that sets them; `{within}` is the value of that member.
    pub set: &'static str,
    /// Member of a row that stands in the path; empty for none.
    pub within: &'static str,
    /// Rows in one request: 0 for one as the body itself, else a list of so many.
    pub batch: usize,
    /// From a row as it is read to how it is written.
    pub shape: fn(&mut Body, bool),
}

/// Lists that are rows of another list.
#[derive(Debug)]
pub struct Lists {
    /// The path of that list, by cursor.
    pub path: &'static str,
}

/// One list for the whole store, set in lists of a hundred.
const HANGING: Hanging = Hanging {
    name: "",
    what: "",
    of: None,
    ids: "id",
    unless: None,
    over: None,
    api: ApiVersion::V3,
    list: "",
    query: &[],
    paging: Paging::Cursor,
    param: "",
    chunk: 100,
    names: "",
    key: &[],
    members: &[],
    set: "",
    within: "",
    batch: 100,
    shape: as_read,
};

/// Prices of a product's variants in price lists (`price_lists.v3.yml`).
pub(super) const PRICES: Hanging = Hanging {
    name: "price_list_records",
    what: "prices in price lists",
    ids: "variants[].id",
    over: Some(Lists {
        path: "/pricelists",
    }),
    list: "/pricelists/{outer}/records",
    query: &[("include", "bulk_pricing_tiers,sku")],
    param: "variant_id:in",
    names: "variant_id",
    key: &["currency"],
    members: &[
        "price",
        "sale_price",
        "retail_price",
        "map_price",
        "bulk_pricing_tiers",
    ],
    set: "/pricelists/{within}/records",
    within: "price_list_id",
    batch: 1000,
    shape: without_limits,
    ..HANGING
};

/// Who is given which price list (`price_lists.v3.yml`).
pub(super) const ASSIGNMENTS: Hanging = Hanging {
    name: "price_list_assignments",
    what: "assignments to price lists",
    of: Some("customer_groups"),
    list: "/pricelists/assignments",
    param: "customer_group_id:in",
    names: "customer_group_id",
    key: &["channel_id"],
    set: "/pricelists/{within}/assignments",
    within: "price_list_id",
    batch: 0,
    ..HANGING
};

/// Custom templates, for versions from before they were a part of the documents.
pub(super) const fn templates(
    query: Query,
    ids: &'static str,
    shape: fn(&mut Body, bool),
) -> Hanging {
    Hanging {
        name: "custom_template_associations",
        what: "custom templates",
        ids,
        unless: Some("custom_template_associations"),
        list: "/storefront/custom-template-associations",
        query,
        paging: Paging::Offset,
        param: "entity_id:in",
        names: "entity_id",
        key: &["channel_id"],
        members: &["file_name"],
        set: "/storefront/custom-template-associations",
        shape,
        ..HANGING
    }
}

/// What of prices does not come back.
pub(super) const PRICES_LOST: Omission = Omission {
    what: "prices in price lists that BigCommerce removed together with the product",
    why: "no version holds them: only what still stands under the old variants is set for the new \
          ones (price_lists.v3.yml)",
};

/// What of assignments does not come back.
pub(super) const ASSIGNMENTS_LOST: Omission = Omission {
    what: "assignments to price lists that BigCommerce removed together with the group, and those to \
           no channel",
    why: "no version holds them: only what still stands under the old group is set for the new one, \
          channel by channel (price_lists.v3.yml)",
};

/// "No limit" is read as null and written as nothing (`price_lists.v3.yml`).
fn without_limits(body: &mut Body, _: bool) {
    let tiers = body
        .get_mut("bulk_pricing_tiers")
        .and_then(serde_json::Value::as_array_mut);
    for tier in tiers.into_iter().flatten() {
        if let Some(tier) = tier.as_object_mut() {
            tier.retain(|_, value| !value.is_null());
        }
    }
}
