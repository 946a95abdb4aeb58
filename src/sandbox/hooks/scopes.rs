//! The scopes that a hook may have, as the tables of events name them.
//!
//! It must never take a scope that is not in a table: a hook for one would wait for ever. Scopes of
//! carts are taken though no cart is kept here; those of B2B Edition are not, since a hook for one
//! needs an account of that edition.

use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Below `store/`: a path and the verbs that stand under it. `{id}` is a channel's id.
const SCOPES: &[(&str, &str)] = &[
    ("app", "uninstalled"),
    ("brand/metafield", "created updated deleted *"),
    (
        "cart",
        "created updated deleted couponApplied abandoned converted *",
    ),
    ("cart/lineItem", "created updated deleted *"),
    ("cart/metafield", "created updated deleted"),
    ("category", "created updated deleted *"),
    ("category/metafield", "created updated deleted"),
    ("channel", "created updated *"),
    (
        "channel/*/inventory/product",
        "stock_changed low_stock_reached out_of_stock_reached settings_changed",
    ),
    ("channel/metafield", "created updated deleted"),
    ("channel/{id}/cart", "*"),
    ("channel/{id}/categoryTree", "updated"),
    ("channel/{id}/category", "created updated deleted *"),
    ("channel/{id}/category/product", "assigned unassigned"),
    ("channel/{id}/email/templates", "updated deleted"),
    ("channel/{id}/notifications/abandonedCart", "updated"),
    ("channel/{id}/notifications/inventory", "updated"),
    (
        "channel/{id}/order",
        "created updated archived statusUpdated *",
    ),
    ("channel/{id}/order/message", "created"),
    ("channel/{id}/order/refund", "created"),
    ("channel/{id}/page", "created updated"),
    ("channel/{id}/product", "assigned unassigned"),
    ("channel/{id}/script", "created updated"),
    ("channel/{id}/settings", "*"),
    ("channel/{id}/settings/SEO", "updated"),
    ("channel/{id}/settings/catalog", "updated"),
    ("channel/{id}/settings/category", "updated"),
    ("channel/{id}/settings/checkout", "updated"),
    ("channel/{id}/settings/currency", "updated"),
    ("channel/{id}/settings/customerPrivacy", "updated"),
    ("channel/{id}/settings/defaultCustomerGroup", "updated"),
    ("channel/{id}/settings/emailStatus", "updated deleted"),
    ("channel/{id}/settings/favicon/image", "updated"),
    ("channel/{id}/settings/locale", "added updated deleted"),
    ("channel/{id}/settings/logo", "updated"),
    ("channel/{id}/settings/logo/image", "updated"),
    ("channel/{id}/settings/product", "updated"),
    ("channel/{id}/settings/profile", "updated"),
    ("channel/{id}/settings/robots", "updated"),
    ("channel/{id}/settings/route", "updated"),
    ("channel/{id}/settings/searchContextFilters", "updated"),
    ("channel/{id}/settings/security", "updated"),
    ("channel/{id}/settings/site", "updated"),
    ("channel/{id}/settings/site/checkoutUrl", "updated deleted"),
    ("channel/{id}/socialMediaLinks", "updated"),
    ("channel/{id}/theme/configuration", "created activated"),
    ("customer", "created updated deleted *"),
    ("customer/address", "created updated deleted *"),
    ("customer/channel/login/access", "updated"),
    ("customer/payment/instrument/default", "updated"),
    ("hook", "deliveryException"),
    ("information", "updated"),
    ("inventory/location", "created updated"),
    ("inventory/location/metafield", "created updated deleted *"),
    ("metafield", "created updated deleted *"),
    ("modifier", "updated"),
    ("option", "updated"),
    ("order", "created updated archived statusUpdated *"),
    ("order/message", "created"),
    ("order/metafield", "created updated deleted"),
    ("order/refund", "created"),
    ("order/transaction", "created updated"),
    ("priceList", "created updated activated deactivated deleted"),
    ("priceList/assignment", "updated deleted"),
    ("priceList/record", "created updated deleted"),
    ("priceList/records", "created updated deleted"),
    ("priceLists", "deleted"),
    ("product", "created updated deleted *"),
    ("product/inventory", "updated"),
    ("product/inventory/order", "updated"),
    ("product/metafield", "created updated deleted *"),
    ("product/variant/metafield", "created updated deleted *"),
    ("redirects", "updated"),
    ("shipment", "created updated deleted *"),
    ("sku", "created updated deleted *"),
    ("sku/inventory", "updated"),
    ("sku/inventory/order", "updated"),
    ("store/metafield", "created updated deleted"),
    ("subscriber", "created updated deleted *"),
];

/// True if a hook may have this scope.
pub fn known(scope: &str) -> bool {
    static ALL: OnceLock<BTreeSet<String>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let rows = SCOPES.iter().flat_map(|(path, verbs)| {
            verbs
                .split(' ')
                .map(move |verb| format!("store/{path}/{verb}"))
        });
        rows.collect()
    });
    all.contains(&general(scope))
}

/// The scope with a channel's id as `{id}`.
fn general(scope: &str) -> String {
    let mut segs: Vec<&str> = scope.split('/').collect();
    if let ["store", "channel", id, _, ..] = segs.as_mut_slice()
        && id
            .parse::<u64>()
            .is_ok_and(|number| id == &number.to_string() && number > 0)
    {
        *id = "{id}";
    } else if scope.contains('{') {
        return String::new();
    }
    segs.join("/")
}

/// True if a hook of this scope is told of an event of that one. A wildcard stands for one word:
/// whether it covers what lies deeper is documented for the line items of carts only.
pub fn covers(hook: &str, event: &str) -> bool {
    if hook == event {
        return true;
    }
    let rest = hook
        .strip_suffix('*')
        .and_then(|start| event.strip_prefix(start));
    rest.is_some_and(|rest| !rest.contains('/') || hook == "store/cart/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_scopes_are_known_and_others_are_not() {
        for scope in [
            "store/product/updated",
            "store/customer/address/*",
            "store/channel/2/page/created",
            "store/channel/2/settings/*",
            "store/channel/*/inventory/product/stock_changed",
            "store/channel/updated",
        ] {
            assert!(known(scope), "{scope}");
        }
        for scope in [
            "store/brand/created",
            "store/coupon/*",
            "store/order/deleted",
            "store/channel/*/page/created",
            "store/channel/{id}/page/created",
            "store/channel/02/page/created",
            "store/channel/2/page/deleted",
            "store/channel/1/inventory/product/stock_changed",
            "store/*",
            "*",
        ] {
            assert!(!known(scope), "{scope}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_one_word() {
        assert!(covers("store/product/*", "store/product/updated"));
        assert!(!covers(
            "store/product/*",
            "store/product/inventory/updated"
        ));
        assert!(!covers("store/channel/*", "store/channel/1/page/updated"));
        assert!(covers(
            "store/channel/2/order/*",
            "store/channel/2/order/created"
        ));
        assert!(!covers(
            "store/channel/2/order/*",
            "store/channel/1/order/created"
        ));
        let stock = "store/channel/*/inventory/product/stock_changed";
        assert!(covers(stock, stock));
    }
}
