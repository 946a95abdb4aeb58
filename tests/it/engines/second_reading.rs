//! Slips that a listing alone can't show: parts that answer otherwise than the list, lists that
//! fall short, one object that stands in the others' way.

use serde_json::{Value, json};
use vortex::model::{Cause, EntityStatus, RunStatus};
use vortex::sandbox::{Fault, Key, What, When};

use super::faults::small;
use super::{Rig, of};

fn ids(rig: &Rig, table: &str) -> Vec<u64> {
    rig.sandbox
        .edit(|store| store.table(table).keys().map(Key::number).collect())
}

fn metafield(id: u64, product: u64) -> Value {
    json!({
        "id": id, "resource_id": product, "resource_type": "product", "key": format!("k{id}"),
        "namespace": "n", "value": "v", "permission_set": "read", "description": "",
        "owner_client_id": "x", "date_created": "2026-01-01T00:00:00+00:00",
        "date_modified": "2026-01-01T00:00:00+00:00"
    })
}

#[test]
fn a_part_read_again_for_one_object_leaves_the_others_whole() {
    let rig = small();
    let products = ids(&rig, "products");
    let lost = 777_001_u64;
    rig.sandbox.edit(|store| {
        store
            .table_mut("product_metafields")
            .insert(lost, metafield(lost, products[0]));
    });
    rig.backup_of("a", &["products"], true);
    let before = rig.dump("a");
    rig.sandbox.edit(|store| {
        store
            .table_mut("product_metafields")
            .remove(&Key::from(lost))
    });
    // Between the first reading of the metafields and the second, an app writes one for each.
    let path = "/v3/catalog/products/metafields".to_owned();
    rig.sandbox.set_faults(vec![]);
    rig.sandbox
        .edit_at(When::Path { path, nth: 2 }, move |store| {
            for (n, product) in products.iter().enumerate() {
                let id = 778_000 + n as u64;
                store
                    .table_mut("product_metafields")
                    .insert(id, metafield(id, *product));
            }
        });
    assert_eq!(
        rig.backup_of("a", &["products"], false).status,
        RunStatus::Ok
    );
    for (key, versions) in rig.dump("a") {
        let old = before[&key].last().unwrap().2.as_ref().unwrap();
        let new = versions.last().unwrap().2.as_ref().unwrap();
        for member in ["options", "modifiers", "complex_rules"] {
            assert_eq!(new.get(member), old.get(member), "{key} lost its {member}");
        }
    }
}

#[test]
fn an_order_of_which_a_part_is_not_there_is_named_and_not_lost() {
    let rig = small();
    let orders = ids(&rig, "orders");
    let path = format!("/v3/orders/{}/transactions", orders[0]);
    rig.sandbox
        .set_faults(vec![Fault::on(&path, 0, What::Status(404))]);
    let run = rig.backup_of("a", &["orders"], true);
    let report = of(&run, "orders");
    assert_eq!(run.status, RunStatus::Partial, "{run:?}");
    assert!(
        report.problems[0].starts_with(&format!("orders/{}", orders[0])),
        "{report:?}"
    );
    assert_eq!(report.created, orders.len() as u64 - 1);
    assert_eq!(report.unchanged, 0);
}

#[test]
fn more_refunds_than_a_page_has_are_read_though_the_list_tells_no_total() {
    let rig = small();
    let order = ids(&rig, "orders")[0];
    rig.sandbox.edit(|store| {
        for n in 0..260_u64 {
            let refund = json!({
                "id": 9000 + n, "order_id": order, "created": "2026-01-01T00:00:00+00:00",
                "items": [], "payments": []
            });
            store.table_mut("refunds").insert(9000 + n, refund);
        }
    });
    let run = rig.backup_of("a", &["orders"], true);
    assert_eq!(run.status, RunStatus::Ok, "{run:?}");
    let doc = rig.dump("a")[&format!("orders/{order}")][0]
        .2
        .clone()
        .unwrap();
    assert!(doc["refunds"].as_array().unwrap().len() >= 260);
}

#[test]
fn a_scope_missing_for_a_part_fails_the_entity_and_counts_nothing_as_held() {
    let rig = small();
    let refused = ids(&rig, "orders")
        .iter()
        .map(|id| {
            Fault::on(
                &format!("/v3/orders/{id}/transactions"),
                0,
                What::Status(403),
            )
        })
        .collect();
    rig.sandbox.set_faults(refused);
    let run = rig.backup_of("a", &["orders"], true);
    let orders = of(&run, "orders");
    assert_eq!(
        (run.status, orders.cause),
        (RunStatus::Failed, Some(Cause::Scope)),
        "{run:?}"
    );
    assert!(
        orders
            .error
            .as_ref()
            .unwrap()
            .contains("store_v2_transactions_read_only")
    );
    assert_eq!((orders.created, orders.unchanged), (0, 0));
}

#[test]
fn a_feature_that_the_store_had_is_not_believed_to_be_missing() {
    let rig = small();
    rig.sandbox.edit(|store| {
        let group = store
            .table("customer_groups")
            .keys()
            .next()
            .cloned()
            .unwrap();
        store.table_mut("customers").edit_all(|doc| {
            doc["customer_group_id"] = json!(group.number());
            true
        });
    });
    rig.backup_of("a", &["customers"], true);
    let before = rig.dump("a");
    rig.sandbox
        .set_faults(vec![Fault::on("/v2/customer_groups", 0, What::Status(403))]);
    let run = rig.backup_of("a", &["customers"], true);
    assert_eq!(of(&run, "customers").status, EntityStatus::Failed);
    assert_eq!(rig.dump("a"), before, "a refusal was taken for a change");
}

#[test]
fn one_bad_object_does_not_hold_up_the_others_turns() {
    let rig = small();
    let orders = ids(&rig, "orders");
    rig.sandbox.edit(|store| {
        store.table_mut("orders").edit_all(|doc| {
            doc["status_id"] = json!(11);
            true
        });
    });
    rig.backup_of("a", &["orders"], true);
    rig.sandbox.edit(|store| {
        let bad = store
            .table_mut("orders")
            .get_mut(&Key::from(orders[0]))
            .unwrap();
        bad["staff_notes"] = json!("x");
    });
    let path = format!("/v2/orders/{}/messages", orders[0]);
    rig.sandbox
        .set_faults(vec![Fault::on(&path, 0, What::Status(500))]);
    rig.sandbox.clear_log();
    for _ in 0..7 {
        rig.backup_of("a", &["orders"], false);
    }
    for order in &orders[1..] {
        let path = format!("/v2/orders/{order}/messages");
        let read = rig.sandbox.log().iter().any(|e| e.path.ends_with(&path));
        assert!(read, "order {order} had no turn in seven runs");
    }
}

#[test]
fn a_post_published_between_the_count_and_the_list_fails_nothing() {
    let rig = small();
    rig.sandbox.edit_at(When::Request(2), |store| {
        let id = store.next_id("blog_posts");
        let posts = store.table_mut("blog_posts");
        let mut twin = posts.iter().next().unwrap().1.into_owned();
        twin["id"] = json!(id);
        posts.insert(id, twin);
    });
    rig.sandbox.set_faults(vec![]);
    let run = rig.backup_of("a", &["blog-posts"], true);
    assert_eq!(run.status, RunStatus::Ok, "{run:?}");
}

#[test]
fn a_list_without_a_total_that_comes_empty_is_looked_at_twice() {
    for (entity, path) in [
        ("coupons", "/v2/coupons"),
        ("gift-certificates", "/v2/gift_certificates"),
    ] {
        let rig = small();
        rig.sandbox
            .set_faults(vec![Fault::on(path, 1, What::Shrink(1000))]);
        let run = rig.backup_of("a", &[entity], true);
        assert!(of(&run, entity).seen > 0, "{run:?}");
    }
}

#[test]
fn a_list_that_the_store_does_not_know_is_skipped_unless_it_was_had() {
    let rig = small();
    rig.sandbox.set_faults(vec![Fault::on(
        "/v2/gift_certificates",
        0,
        What::Status(404),
    )]);
    let run = rig.backup_of("a", &["gift-certificates"], true);
    assert_eq!(of(&run, "gift-certificates").status, EntityStatus::Skipped);
    assert_eq!(run.status, RunStatus::Ok);
    rig.sandbox.set_faults(vec![]);
    rig.backup_of("a", &["gift-certificates"], true);
    rig.sandbox.set_faults(vec![Fault::on(
        "/v2/gift_certificates",
        0,
        What::Status(404),
    )]);
    let run = rig.backup_of("a", &["gift-certificates"], true);
    assert_eq!(of(&run, "gift-certificates").status, EntityStatus::Failed);
    assert_eq!(of(&run, "gift-certificates").deleted, 0);
}

#[test]
fn one_endpoint_that_never_answers_does_not_stop_the_other_entities() {
    let rig = small();
    rig.sandbox
        .set_faults(vec![Fault::on("/v3/catalog/brands", 0, What::Reset)]);
    let run = rig.backup_of("a", &["brands", "pages", "redirects"], true);
    assert_eq!(
        of(&run, "brands").cause,
        Some(Cause::Unreachable),
        "{run:?}"
    );
    assert_eq!(of(&run, "pages").status, EntityStatus::Ok);
    assert_eq!(of(&run, "redirects").status, EntityStatus::Ok);
}
