//! Coupons, promotions, gift certificates, banners and the blog, asked without a socket.

use serde_json::json;

use super::asked::{ask, column, get, status, store};

#[test]
fn coupons_of_promotions_are_in_the_list_unless_excluded() {
    let mut store = store("awkward");
    let all = get(&mut store, "/v2/coupons");
    assert!(column(&all, "type").contains(&r#""promotion""#.to_owned()));
    let own = get(&mut store, "/v2/coupons?exclude_type=promotion&min_id=3");
    assert_eq!(column(&own, "id"), ["3", "4", "5", "7", "900"]);
    assert_eq!(
        get(&mut store, "/v2/coupons/count")["count"],
        all.as_array().unwrap().len()
    );
    assert_eq!(status(&mut store, "/v2/coupons/3"), 404);
    assert_eq!(column(&get(&mut store, "/v2/coupons?id=3"), "id"), ["3"]);
}

#[test]
fn an_update_without_applies_to_clears_it() {
    let mut store = store("awkward");
    let body = r#"{"name": "Per item", "amount": "0.7"}"#;
    let coupon = ask(&mut store, "PUT", "/v2/coupons/3", body).body.unwrap();
    assert_eq!(
        (&coupon["applies_to"], &coupon["amount"]),
        (&json!({}), &json!("0.7"))
    );
    let taken = ask(&mut store, "PUT", "/v2/coupons/3", r#"{"name": "$5 off"}"#);
    assert_eq!(taken.status, 409);
}

#[test]
fn three_hundred_codes_come_by_cursor() {
    let mut store = store("awkward");
    let first = get(&mut store, "/v3/promotions/4/codes?limit=250");
    assert_eq!(first["data"].as_array().unwrap().len(), 250);
    assert_eq!(first["meta"]["pagination"]["total"], 300);
    let after = first["meta"]["cursor_pagination"]["end_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v3/promotions/4/codes?limit=250&after={after}");
    let second = get(&mut store, &path);
    let ids = column(&second["data"], "id");
    assert_eq!((ids.len(), ids[49].as_str()), (50, "9007199254740993"));
    assert!(
        second["meta"]["cursor_pagination"]["links"]
            .get("next")
            .is_none()
    );
    assert_eq!(status(&mut store, &format!("{path}&page=2")), 422);
    let none = get(&mut store, "/v3/promotions/10/codes");
    assert!(
        none["meta"]["cursor_pagination"]
            .get("end_cursor")
            .is_none()
    );
}

#[test]
fn a_code_is_found_in_the_whole_store() {
    let mut store = store("awkward");
    let found = get(&mut store, "/v3/promotions/codes?code=NEWS-0007");
    assert_eq!(column(&found["data"], "code"), [r#""NEWS-0007""#]);
    assert_eq!(status(&mut store, "/v3/promotions/codes"), 422);
}

#[test]
fn promotions_are_sorted_by_a_priority_that_nobody_sees() {
    let mut store = store("awkward");
    let rows = get(&mut store, "/v3/promotions?sort=priority");
    assert_eq!(column(&rows["data"], "id"), ["2", "3", "1", "9", "4", "10"]);
    assert!(rows["data"][0].get("priority").is_none());
    let everywhere = get(&mut store, "/v3/promotions?channels=2");
    assert_eq!(
        column(&everywhere["data"], "id"),
        ["2", "3", "4", "9", "10"]
    );
    assert_eq!(
        status(&mut store, "/v3/promotions?redemption_type=COUPON"),
        422
    );
}

#[test]
fn a_promotion_that_has_codes_stays() {
    let mut store = store("awkward");
    assert_eq!(ask(&mut store, "DELETE", "/v3/promotions", "").status, 422);
    let reply = ask(&mut store, "DELETE", "/v3/promotions?id:in=1,4", "");
    assert_eq!(
        (reply.status, &reply.body.unwrap()["meta"]["success"]),
        (422, &json!(1))
    );
    assert_eq!(status(&mut store, "/v3/promotions/1"), 404);
    assert_eq!(status(&mut store, "/v3/promotions/4"), 200);
    assert_eq!(
        ask(&mut store, "DELETE", "/v3/promotions/404", "").status,
        204
    );
}

#[test]
fn overriding_others_is_refused_where_promotions_go_together() {
    let mut store = store("awkward");
    let body = r#"{"coupon_overrides_other_promotions": false}"#;
    assert_eq!(ask(&mut store, "PUT", "/v3/promotions/4", body).status, 422);
    assert_eq!(ask(&mut store, "PUT", "/v3/promotions/3", body).status, 200);
}

#[test]
fn gift_certificates_are_walked_by_ids_beyond_a_floats_reach() {
    let mut store = store("awkward");
    let rows = get(
        &mut store,
        "/v2/gift_certificates?min_id=9007199254740993&sort=id",
    );
    assert_eq!(column(&rows, "id"), ["9007199254740993"]);
    assert_eq!(
        status(&mut store, "/v2/gift_certificates?min_id=9007199254740994"),
        204
    );
    assert_eq!(status(&mut store, "/v2/gift_certificates/count"), 404);
}

#[test]
fn a_certificate_without_a_balance_gets_its_money_back() {
    let mut store = store("awkward");
    let body = r#"{"amount": "100.0000", "expiry_date": "Thu, 31 Dec 2026 00:00:00 +0000",
        "code": "A-CODE-LONGER-THAN-TWENTY-CHARACTERS"}"#;
    let row = ask(&mut store, "PUT", "/v2/gift_certificates/1", body)
        .body
        .unwrap();
    assert_eq!(row["balance"], "100.0000");
    assert_eq!(row["expiry_date"], "1798675200");
    assert_eq!(row["code"], "A-CODE-LONGER-THAN-T");
}

#[test]
fn posts_come_newest_first_and_drafts_too() {
    let mut store = store("awkward");
    assert_eq!(
        column(&get(&mut store, "/v2/blog/posts"), "id"),
        ["17", "5", "4", "3", "6"]
    );
    assert_eq!(
        column(&get(&mut store, "/v2/blog/posts?is_published=false"), "id"),
        ["4"]
    );
    assert_eq!(
        column(&get(&mut store, "/v2/blog/posts?tag=Größe"), "id"),
        ["5", "3"]
    );
    assert_eq!(get(&mut store, "/v2/blog/posts/count")["count"], 5);
    assert_eq!(status(&mut store, "/v2/blog/posts?page=2"), 204);
    assert_eq!(status(&mut store, "/v2/blog/posts?page=51"), 400);
}

#[test]
fn an_update_that_does_not_say_published_makes_a_draft() {
    let mut store = store("awkward");
    let body = r#"{"title": "Oldest", "body": "<p>b</p>",
        "published_date": "Wed, 10 Aug 2022 15:39:15 -0500"}"#;
    let post = ask(&mut store, "PUT", "/v2/blog/posts/6", body)
        .body
        .unwrap();
    assert_eq!(post["is_published"], false);
    assert_eq!(post["published_date"]["date"], "2022-08-10 20:39:15.000000");
    assert_eq!(
        ask(&mut store, "PUT", "/v2/blog/posts/6", r#"{"body": "b"}"#).status,
        400
    );
}

#[test]
fn deletes_without_a_filter_are_as_terrible_as_documented() {
    let mut store = store("awkward");
    for (path, table) in [
        ("/v2/coupons", "coupons"),
        ("/v2/gift_certificates", "gift_certificates"),
        ("/v2/banners", "banners"),
        ("/v2/blog/posts", "blog_posts"),
    ] {
        assert_eq!(ask(&mut store, "DELETE", path, "").status, 204);
        assert!(store.table(table).is_empty(), "{table}");
        assert_eq!(status(&mut store, path), 204);
    }
}
