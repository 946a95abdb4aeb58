//! Tokens and scopes: who is let in, and what the refusal says.
//!
//! The pairs of scopes are those of BigCommerce's table of OAuth scopes: a family of paths, the
//! scope that reads it and the one that changes it (which reads it too).

use std::collections::BTreeSet;

use sha1::{Digest, Sha1};

use super::hooks::hex;
use super::request::Method;

/// What a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scopes {
    /// Everything.
    All,
    /// Every read-only scope and no other.
    ReadOnly,
    /// All but these: a token with one scope missing.
    Without(BTreeSet<String>),
    /// These and no others.
    Only(BTreeSet<String>),
}

/// One API account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The `X-Auth-Token`.
    pub secret: String,
    /// What the log calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The account's `client_id`: 31 letters and digits that do not tell the token.
    pub client: String,
}

impl Token {
    /// A token with these scopes; its name is what the log shows.
    pub fn new(secret: &str, name: &str, scopes: Scopes) -> Self {
        Self {
            secret: secret.to_owned(),
            name: name.to_owned(),
            scopes,
            client: hex(&Sha1::digest(format!("client of {secret}")))[..31].to_owned(),
        }
    }

    /// True if the token may do this to that path.
    pub fn may(&self, method: Method, path: &str) -> bool {
        let Some((read, modify)) = scopes_of(path) else {
            return true;
        };
        let enough: &[&str] = if method == Method::Get {
            &[read, modify]
        } else {
            &[modify]
        };
        match &self.scopes {
            Scopes::All => true,
            Scopes::ReadOnly => method == Method::Get,
            Scopes::Without(missing) => !enough.iter().any(|scope| missing.contains(*scope)),
            Scopes::Only(given) => enough.iter().any(|scope| given.contains(*scope)),
        }
    }
}

/// A set of scopes by their names.
pub fn scopes(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const PRODUCTS: (&str, &str) = ("store_v2_products_read_only", "store_v2_products");
const CUSTOMERS: (&str, &str) = ("store_v2_customers_read_only", "store_v2_customers");
const ORDERS: (&str, &str) = ("store_v2_orders_read_only", "store_v2_orders");
const TRANSACTIONS: (&str, &str) = ("store_v2_transactions_read_only", "store_v2_transactions");
const PICKUPS: (&str, &str) = (
    "store_order_fulfillment_read_only",
    "store_order_fulfillment_manage",
);
const MARKETING: (&str, &str) = ("store_v2_marketing_read_only", "store_v2_marketing");
const CONTENT: (&str, &str) = ("store_v2_content_read_only", "store_v2_content");
const INFORMATION: (&str, &str) = ("store_v2_information_read_only", "store_v2_information");
const CHANNELS: (&str, &str) = ("store_channel_settings_read_only", "store_channel_settings");
const LISTINGS: (&str, &str) = ("store_channel_listings_read_only", "store_channel_listings");
const SITES: (&str, &str) = ("store_sites_read_only", "store_sites");
const THEMES: (&str, &str) = ("store_themes_read_only", "store_themes_manage");
const INVENTORY: (&str, &str) = ("store_inventory_read_only", "store_inventory");

/// The scopes that read and change a path (after the store hash); none for what every account may
/// read (`/v2/time`, the credentials test).
pub fn scopes_of(path: &str) -> Option<(&'static str, &'static str)> {
    let segs: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let pair = match segs.as_slice() {
        ["v2", "time"] | ["v3", "hooks", ..] => return None,
        ["v3", "catalog", ..] | ["v3", "pricelists", ..] | ["v3", "shipping", ..] => PRODUCTS,
        ["v3", "inventory", ..] => INVENTORY,
        ["v3", "orders", _, "transactions", ..] => TRANSACTIONS,
        ["v3", "orders", "pickups", ..] => PICKUPS,
        ["v3", "orders", ..] | ["v2", "orders" | "order_statuses", ..] => ORDERS,
        [
            "v3",
            "customers" | "wishlists" | "segments" | "shopper-profiles",
            ..,
        ] => CUSTOMERS,
        ["v2", "customers" | "customer_groups", ..] => CUSTOMERS,
        ["v3", "promotions", ..] | ["v2", "coupons" | "gift_certificates" | "banners", ..] => {
            MARKETING
        }
        ["v3", "marketing", ..] => INFORMATION,
        ["v3", "content", ..] | ["v2", "blog" | "pages" | "redirects", ..] => CONTENT,
        ["v3", "storefront", "custom-template-associations", ..] | ["v3", "themes", ..] => THEMES,
        ["v3", "storefront", ..] => CONTENT,
        ["v3", "channels", _, "listings", ..] => LISTINGS,
        ["v3", "channels", _, "site", ..] | ["v3", "sites", ..] => SITES,
        ["v3", "channels", ..] => CHANNELS,
        _ => INFORMATION,
    };
    Some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_without_a_scope_is_kept_out_of_its_family_only() {
        let missing = scopes(&["store_v2_orders_read_only", "store_v2_orders"]);
        let token = Token::new("t", "partial", Scopes::Without(missing));
        assert!(!token.may(Method::Get, "/v2/orders/7/products"));
        assert!(token.may(Method::Get, "/v3/orders/7/transactions"));
        assert!(token.may(Method::Get, "/v3/catalog/products"));
        assert!(token.may(Method::Get, "/v2/time"));
    }

    #[test]
    fn a_read_only_token_changes_nothing() {
        let token = Token::new("t", "reader", Scopes::ReadOnly);
        assert!(token.may(Method::Get, "/v3/catalog/brands"));
        assert!(!token.may(Method::Delete, "/v3/catalog/brands/7"));
    }
}
