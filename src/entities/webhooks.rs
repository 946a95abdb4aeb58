//! Webhook scopes as descriptions name them, and where an event's data tell which object it is of.
//!
//! Sources: webhooks.v3.yml (callback schemas) and the pages on webhook events. What an event says
//! happened is never believed: it only says which object to read again. An id in the data may be a
//! child's (a customer address, a SKU, a variant): the places named here lead to the parent.

use serde_json::Value;

use super::Entity;

/// A scope that tells of an entity's objects.
#[derive(Debug, Clone, Copy)]
pub struct Webhook {
    /// The scope: concrete, or a wildcard that BigCommerce documents. `{id}` stands for a channel's
    /// id: such a scope is registered for each channel.
    pub scope: &'static str,
    /// Places in `data` that hold the object's id, or a list of ids; the first that does counts.
    /// `{id}` is the channel's id out of the scope. None: the whole entity is listed again.
    pub ids: &'static [&'static str],
    /// Only where this member of `data` holds this text.
    pub when: Option<(&'static str, &'static str)>,
    /// The id is a child's: this list tells the parent's.
    pub via: Option<Via>,
    /// It tells of a part only, never of the object itself.
    pub part: bool,
    /// A hook is made for it. Else it is only understood when it comes (a wildcard may bring it).
    pub register: bool,
}

/// A list that tells a child's parent.
#[derive(Debug, Clone, Copy)]
pub struct Via {
    /// Path of the list (v3).
    pub path: &'static str,
    /// Filter that takes the child's id.
    pub param: &'static str,
    /// Member that holds the parent's id.
    pub member: &'static str,
}

/// A scope for which a hook is made, and the places of the id.
pub const fn tells(scope: &'static str, ids: &'static [&'static str]) -> Webhook {
    Webhook {
        scope,
        ids,
        when: None,
        via: None,
        part: false,
        register: true,
    }
}

impl Webhook {
    /// Tells of a part only.
    pub const fn of_part(self) -> Self {
        Self { part: true, ..self }
    }

    /// Understood when it comes; no hook is made for it.
    pub const fn unasked(self) -> Self {
        Self {
            register: false,
            ..self
        }
    }

    /// Only where a member of `data` holds this text.
    pub const fn when(self, member: &'static str, text: &'static str) -> Self {
        Self {
            when: Some((member, text)),
            ..self
        }
    }

    /// The id is a child's.
    pub const fn via(self, path: &'static str, param: &'static str, member: &'static str) -> Self {
        Self {
            via: Some(Via {
                path,
                param,
                member,
            }),
            ..self
        }
    }

    /// The channel's id that a concrete scope carries where this one has `{id}`, or an empty text
    /// where it has none; nothing when the scopes differ. A last `*` is any one segment.
    pub fn matches<'a>(&self, scope: &'a str) -> Option<&'a str> {
        let mut channel = "";
        let mut asked = self.scope.split('/');
        let mut came = scope.split('/');
        loop {
            match (asked.next(), came.next()) {
                (None, None) => return Some(channel),
                (Some("{id}"), Some(id)) if !id.is_empty() => channel = id,
                (Some("*"), Some(word)) if !word.is_empty() => {}
                (Some(asked), Some(came)) if asked == came => {}
                _ => return None,
            }
        }
    }

    /// How many segments are spelled out: of two scopes that match, the one with more is meant.
    fn exactness(&self) -> usize {
        let spelled = |word: &&str| !matches!(*word, "*" | "{id}");
        self.scope.split('/').filter(spelled).count()
    }
}

/// What an event leads to.
#[derive(Debug, Clone)]
pub struct Lead {
    /// The entity.
    pub entity: &'static Entity,
    /// The object's id, or the child's; empty: the whole entity is to be listed again.
    pub id: String,
    /// Set where the id is a child's: the scope as described, by which the parent is asked for.
    pub child: Option<&'static Webhook>,
}

/// The objects that an event is of: none for a scope that no description knows, or data that hold
/// no id where one is due.
pub fn leads(scope: &str, data: &Value) -> Vec<Lead> {
    let mut found = Vec::new();
    // An event for many (price lists) has a list of data.
    let each: Vec<&Value> = match data {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    for entity in super::all().iter().copied() {
        for data in &each {
            let fits = |hook: &&'static Webhook| {
                hook.matches(scope).is_some()
                    && hook
                        .when
                        .is_none_or(|(member, text)| text_of(data.get(member)) == text)
            };
            let hooks = entity.webhooks.iter().filter(fits);
            let Some(hook) = hooks.max_by_key(|hook| hook.exactness()) else {
                continue;
            };
            for id in ids(hook, scope, data) {
                found.push(Lead {
                    entity,
                    id,
                    child: hook.via.is_some().then_some(hook),
                });
            }
        }
    }
    found
}

/// The scope of a description by its words.
pub fn described(entity: &Entity, scope: &str) -> Option<&'static Webhook> {
    entity.webhooks.iter().find(|hook| hook.scope == scope)
}

fn ids(hook: &Webhook, scope: &str, data: &Value) -> Vec<String> {
    if hook.ids.is_empty() {
        return vec![String::new()];
    }
    for place in hook.ids {
        if *place == "{id}" {
            return hook
                .matches(scope)
                .filter(|id| is_id(id))
                .map(str::to_owned)
                .into_iter()
                .collect();
        }
        let value = place
            .split('/')
            .try_fold(data, |value, member| value.get(member));
        let ids: Vec<String> = match value {
            Some(Value::Array(list)) => list.iter().map(|id| text_of(Some(id))).collect(),
            one => vec![text_of(one)],
        };
        let ids: Vec<String> = ids.into_iter().filter(|id| is_id(id)).collect();
        if !ids.is_empty() {
            return ids;
        }
    }
    Vec::new()
}

/// Numbers and texts alike: BigCommerce sends ids as both.
fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// An id goes into a path or a filter: nothing but a number above zero is taken from an event.
fn is_id(text: &str) -> bool {
    text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit()) && text.bytes().any(|b| b != b'0')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn led(scope: &str, data: Value) -> Vec<(String, String)> {
        leads(scope, &data)
            .into_iter()
            .map(|lead| (lead.entity.name.to_owned(), lead.id))
            .collect()
    }

    fn one(entity: &str, id: &str) -> Vec<(String, String)> {
        vec![(entity.to_owned(), id.to_owned())]
    }

    #[test]
    fn every_child_leads_to_its_parent_and_not_to_the_number_that_is_its_own() {
        let cases = [
            (
                "store/product/updated",
                json!({"type": "product", "id": 205}),
                "products",
                "205",
            ),
            (
                "store/product/inventory/order/updated",
                json!({"type": "product", "id": 167, "inventory": {"product_id": 167, "method": "absolute", "value": 1}}),
                "products",
                "167",
            ),
            (
                "store/sku/created",
                json!({"type": "sku", "id": 461, "sku": {"product_id": 206, "variant_id": 509}}),
                "products",
                "206",
            ),
            (
                "store/sku/inventory/updated",
                json!({"type": "sku", "id": 461, "inventory": {"product_id": 206, "variant_id": 509, "value": 2}}),
                "products",
                "206",
            ),
            (
                "store/channel/2/product/assigned",
                json!({"product_id": 7}),
                "products",
                "7",
            ),
            (
                "store/product/metafield/updated",
                json!({"type": "product", "metafield_id": 3, "resource_id": "77", "namespace": "a"}),
                "products",
                "77",
            ),
            (
                "store/metafield/created",
                json!({"metafield_id": 3, "resource_id": "12", "resource_type": "brand"}),
                "brands",
                "12",
            ),
            (
                "store/customer/address/deleted",
                json!({"type": "customer", "id": 60, "address": {"customer_id": 32}}),
                "customers",
                "32",
            ),
            (
                "store/category/deleted",
                json!({"type": "category", "id": "42"}),
                "categories",
                "42",
            ),
            (
                "store/order/statusUpdated",
                json!({"type": "order", "id": 250, "status": {"previous_status_id": 0, "new_status_id": 10}}),
                "orders",
                "250",
            ),
            (
                "store/order/message/created",
                json!({"type": "order", "id": 250, "message": {"order_message_id": 3}}),
                "orders",
                "250",
            ),
            (
                "store/order/refund/created",
                json!({"type": "order", "id": 250, "refund": {"refund_id": 3}}),
                "orders",
                "250",
            ),
            (
                "store/order/transaction/updated",
                json!({"type": "transaction", "order_id": "101", "transaction_id": "9"}),
                "orders",
                "101",
            ),
            (
                "store/shipment/updated",
                json!({"type": "shipment", "id": 12, "orderId": 251}),
                "orders",
                "251",
            ),
            (
                "store/channel/updated",
                json!({"type": "channel", "id": 5}),
                "channels",
                "5",
            ),
            (
                "store/channel/3/settings/site/updated",
                json!({"site_id": 1002}),
                "channels",
                "3",
            ),
            (
                "store/channel/3/page/updated",
                json!({"page_id": 8}),
                "pages",
                "8",
            ),
        ];
        for (scope, data, entity, id) in cases {
            assert_eq!(led(scope, data), one(entity, id), "{scope}");
        }
        assert_eq!(
            led(
                "store/option/updated",
                json!({"type": "shared_option", "id": 1, "affected_product_ids": [4, 5]})
            ),
            [one("products", "4"), one("products", "5")].concat()
        );
    }

    #[test]
    fn a_variants_metafield_is_asked_for_its_product() {
        let data = json!({"metafield_id": 3, "resource_id": "509"});
        let leads = leads("store/product/variant/metafield/created", &data);
        assert_eq!(leads.len(), 1);
        assert_eq!(
            leads[0].child.and_then(|h| h.via).map(|v| v.member),
            Some("product_id")
        );
    }

    #[test]
    fn what_names_no_object_lists_the_entity_again() {
        let led = led(
            "store/channel/1/email/templates/updated",
            json!({"template_kind": "invoice_email"}),
        );
        assert_eq!(led, one("email-templates", ""));
    }

    #[test]
    fn nonsense_leads_nowhere() {
        for (scope, data) in [
            (
                "store/cart/created",
                json!({"type": "cart", "id": "09346904-4175"}),
            ),
            ("store/product/updated", json!({"id": "1,2"})),
            ("store/product/updated", json!({"id": -1})),
            ("store/product/updated", json!({"id": "../orders"})),
            ("store/product/updated", json!({"id": 1.5})),
            ("store/product/updated", json!([])),
            ("store/product/updated", Value::Null),
            ("store/product/", json!({"id": 1})),
            ("store/product/updated/more", json!({"id": 1})),
            ("store/channel//page/updated", json!({"page_id": 1})),
            ("", json!({"id": 1})),
        ] {
            assert!(led(scope, data.clone()).is_empty(), "{scope} {data}");
        }
    }
}
