use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::fingerprint::fingerprint;
use crate::model::testing::{document, edited, parse};

fn told(from: Value, to: Value, lens: &Lens) -> String {
    paint(&summary(&lens.diff(&from, &to)), false)
}

fn pointers(from: Value, to: Value, lens: &Lens) -> Vec<String> {
    let changes = lens.diff(&from, &to);
    let pointer = |change: Change| format!("{} {}", change.op.as_str(), change.path);
    changes.into_iter().map(pointer).collect()
}

/// Two documents, the second often an edit of the first.
fn two() -> impl Strategy<Value = (Value, Value)> {
    prop_oneof![
        1 => (document(), document()),
        3 => document().prop_flat_map(|from| (Just(from.clone()), edited(from))),
    ]
}

/// The document with `0` for `-0`: the `json-patch` crate reads operations through serde's buffer,
/// which keeps every digit but knows no negative nought.
fn signless(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.as_str() == "-0" => json!(0),
        Value::Array(list) => list.iter().map(signless).collect(),
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), signless(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn lens() -> Lens {
    Lens::new(&["b", "a[].c", "d?"], &["a", "c[].d"], &["e"])
}

proptest! {
    #[test]
    fn a_document_does_not_differ_from_itself(doc in document()) {
        prop_assert_eq!(Lens::default().diff(&doc, &doc), vec![]);
        prop_assert_eq!(lens().diff(&doc, &doc), vec![]);
    }

    #[test]
    fn no_change_is_found_exactly_when_the_fingerprints_are_equal((from, to) in two()) {
        let lens = Lens::new(&["b", "a[].c", "c?", "d?"], &["a", "c[].d"], &[]);
        let print = |doc: &Value| fingerprint(doc, &lens.hidden, &lens.unordered);
        prop_assert_eq!(lens.diff(&from, &to).is_empty(), print(&from) == print(&to));
    }

    #[test]
    fn every_pointer_leads_to_the_value_it_tells_of((from, to) in two()) {
        for change in lens().diff(&from, &to) {
            match change.op {
                Op::Add => prop_assert_eq!(to.pointer(&change.path), change.new.as_ref()),
                Op::Remove => prop_assert_eq!(from.pointer(&change.path), change.old.as_ref()),
                Op::Replace => prop_assert_eq!(from.pointer(&change.path), change.old.as_ref()),
                Op::Reorder => prop_assert!(from.pointer(&change.path).unwrap().is_array()),
            }
        }
    }

    #[test]
    fn the_line_forms_are_empty_exactly_when_nothing_differs((from, to) in two()) {
        let (lens, options) = (lens(), LineOptions::default());
        let none = lens.diff(&from, &to).is_empty();
        prop_assert_eq!(source(&from, &to, &lens, &options).is_empty(), none);
        prop_assert_eq!(side_by_side(&from, &to, &lens, &options).is_empty(), none);
    }

    #[test]
    fn a_patch_turns_one_document_into_the_other_in_every_digit((from, to) in two()) {
        let from = signless(&from);
        let patch = json_patch(&from, &to, &Mask::default());
        let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
        let mut doc = from.clone();
        json_patch::patch(&mut doc, &patch).unwrap();
        prop_assert_eq!(doc, signless(&to));
    }

    #[test]
    fn a_patch_leaves_what_is_hidden_and_makes_the_rest_equal((from, to) in two()) {
        let (hidden, from) = (Mask::new(&["b", "c.d", "d?"]), signless(&from));
        let patch = json_patch(&from, &to, &hidden);
        let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
        let mut doc = from.clone();
        json_patch::patch(&mut doc, &patch).unwrap();
        prop_assert_eq!(hidden.without(&doc), hidden.without(&signless(&to)));
    }
}

#[test]
fn a_merchant_reads_what_changed() {
    let from = parse(
        r#"{"id": 7, "name": "Shirt", "price": 19.9900, "sale_price": 0, "upc": "", "is_visible": true,
        "weight": 5.0, "categories": [3, 5], "brand_id": null, "date_modified": "x",
        "variants": [{"id": 1, "sku": "RED-S", "inventory_warning_level": 0, "price": 20},
                     {"id": 2, "sku": "RED-L", "inventory_warning_level": 0, "price": 20}],
        "custom_fields": [{"id": 4, "name": "Material", "value": "Cotton"}],
        "images": [{"id": 8, "description": "Front"}, {"id": 9, "description": "Back"}]}"#,
    );
    let to = parse(
        r#"{"id": 7, "name": "Shirt", "price": 24.99, "sale_price": 19.99, "upc": "0123", "is_visible": true,
        "weight": 5, "categories": [5, 9], "brand_id": 12, "date_modified": "y", "mpn": "M",
        "variants": [{"id": 3, "sku": "BLUE", "inventory_warning_level": 0, "price": 20},
                     {"id": 2, "sku": "RED-L", "inventory_warning_level": 5, "price": 20.00}],
        "custom_fields": [{"id": 4, "name": "Material", "value": "Linen"},
                          {"id": 5, "name": "Care", "value": "30°"}],
        "images": [{"id": 9, "description": "Back"}, {"id": 8, "description": "Front"}]}"#,
    );
    let lens = Lens::new(&["date_modified"], &["variants", "categories"], &[]);
    insta::assert_snapshot!(told(from.clone(), to.clone(), &lens), @r#"
    price 19.9900 → 24.99
    sale_price 0 → 19.99
    upc "" → 0123
    categories removed: 3
    categories added: 9
    brand_id null → 12
    variants[SKU RED-S] removed
    variants[SKU RED-L].inventory_warning_level 0 → 5
    variants[SKU BLUE] added
    custom_fields[Material].value Cotton → Linen
    custom_fields[Care] added
    images reordered: 8, 9 → 9, 8
    mpn added: M
    "#);
    insta::assert_snapshot!(pointers(from, to, &lens).join("\n"), @r#"
    replace /price
    replace /sale_price
    replace /upc
    remove /categories/0
    add /categories/1
    replace /brand_id
    remove /variants/0
    replace /variants/1/inventory_warning_level
    add /variants/0
    replace /custom_fields/0/value
    add /custom_fields/1
    reorder /images
    add /mpn
    "#);
}

#[test]
fn a_long_text_is_told_by_its_changed_places() {
    let html = "<p>Our softest shirt yet. Made of organic cotton, woven in Portugal.</p>\n\
        <p>Wash at 30 degrees. Do not tumble dry. Iron on the reverse side only.</p>";
    let edited = html
        .replace("cotton", "linen")
        .replace("Do not tumble dry. ", "");
    let lens = Lens::default();
    let told = |new: &str| {
        told(
            json!({"description": html}),
            json!({"description": new}),
            &lens,
        )
    };
    insta::assert_snapshot!(told(&edited), @r#"
    description changed in 1 place
        …rt yet. Made of organic [-cotton-]{+linen+}, woven in Portugal.</p>\n<p>Wash at 30 degrees[-. Do not tumble dry-]. Iron on the reverse si…
    "#);
    insta::assert_snapshot!(told("Something else altogether, and nothing of what there was."), @"description <p>Our softest shirt yet. Made of organic cotton… → Something else altogether, and nothing of what t… (rewritten, 149 → 57 characters)");
}

#[test]
fn elements_that_look_alike_are_told_apart_by_id() {
    let list = |value: u8| json!({"fields": [{"id": 1, "name": "Size", "value": 1}, {"id": 2, "name": "Size", "value": value}]});
    assert_eq!(
        told(list(1), list(2), &Lens::default()),
        "fields[Size #2].value 1 → 2\n"
    );
}

#[test]
fn text_is_quoted_where_it_could_be_taken_for_something_else() {
    let of = |old: Value, new: Value| told(json!({"a": old}), json!({"a": new}), &Lens::default());
    assert_eq!(of(json!("5"), json!(5)), "a \"5\" → 5\n");
    assert_eq!(of(json!(null), json!("")), "a null → \"\"\n");
    assert_eq!(of(json!("null"), json!(" x")), "a \"null\" → \" x\"\n");
    assert_eq!(
        of(json!("\u{1b}[31mred"), json!("a\u{202e}b")),
        "a \\u{1b}[31mred → a\\u{202e}b\n"
    );
}

#[test]
fn lists_are_matched_by_what_identifies_their_elements() {
    let none = Lens::default();
    let of = |from: Value, to: Value| pointers(json!({"l": from}), json!({"l": to}), &none);
    // by id, wherever they stand; a removed one is pointed at in FROM, an added one in TO
    assert_eq!(
        of(
            json!([{"id": 1, "a": 1}, {"id": 2, "a": 1}, {"id": 3, "a": 1}]),
            json!([{"id": 2, "a": 1}, {"id": 3, "a": 2}, {"id": 4}]),
        ),
        ["remove /l/0", "replace /l/2/a", "add /l/2"]
    );
    // an id of another name, a name where there is no id
    assert_eq!(
        of(
            json!([{"x_id": "A", "v": 1}]),
            json!([{"x_id": "B"}, {"x_id": "A", "v": 2}])
        ),
        ["replace /l/0/v", "add /l/0"]
    );
    assert_eq!(
        of(
            json!([{"name": "A", "v": 1}, {"name": "B", "v": 1}]),
            json!([{"name": "B", "v": 2}])
        ),
        ["remove /l/0", "replace /l/1/v"]
    );
    // ids that are not unique identify nothing
    assert_eq!(
        of(
            json!([{"id": 0, "v": 1}, {"id": 0, "v": 2}]),
            json!([{"id": 0, "v": 1}, {"id": 0, "v": 3}])
        ),
        ["replace /l/1/v"]
    );
    // unique values are a set; repeated ones a sequence
    assert_eq!(
        of(json!([1, 2, 3]), json!([1, 3, 4])),
        ["remove /l/1", "add /l/2"]
    );
    assert_eq!(of(json!([1, 1, 2]), json!([1, 3, 2])), ["replace /l/1"]);
    // lists without anything to go by
    assert_eq!(of(json!([[1], [2]]), json!([[0], [1], [2]])), ["add /l/0"]);
}

#[test]
fn another_order_is_one_change_where_order_counts_and_none_elsewhere() {
    let from = json!({"l": [{"id": 1}, {"id": 2}, {"id": 3}], "s": ["a", "b"]});
    let to = json!({"l": [{"id": 3}, {"id": 1}, {"id": 2}], "s": ["b", "a"]});
    let all = Lens::default();
    assert_eq!(
        pointers(from.clone(), to.clone(), &all),
        ["reorder /l", "reorder /s"]
    );
    insta::assert_snapshot!(told(from.clone(), to.clone(), &all), @r#"
    l reordered: 1, 2, 3 → 3, 1, 2
    s reordered: a, b → b, a
    "#);
    let unordered = Lens::new(&[], &["l", "s"], &[]);
    assert_eq!(unordered.diff(&from, &to), vec![]);
}

#[test]
fn a_stamp_on_an_address_is_no_change_and_another_file_is() {
    let lens = Lens::new(&[], &[], &["image_url"]);
    let of = |url: &str| json!({"image_url": url});
    let old = of("https://cdn11.example/s-1/a/shirt.1.jpg?c=1");
    assert_eq!(
        lens.diff(&old, &of("https://cdn9.example/a/shirt.1.jpg?c=2")),
        vec![]
    );
    assert_eq!(
        lens.diff(&old, &of("https://cdn11.example/s-1/a/shirt.2.jpg?c=1"))
            .len(),
        1
    );
}

#[test]
fn an_absence_is_one_change_at_the_empty_pointer() {
    let doc = json!({"name": "Acme"});
    let lens = Lens::default();
    let gone = lens.diff_states(Some(&doc), None);
    assert_eq!(
        json!(gone),
        json!([{"op": "remove", "path": "", "old": {"name": "Acme"}}])
    );
    assert_eq!(lens.diff_states(None, Some(&doc))[0].op, Op::Add);
    assert_eq!(lens.diff_states(None, None), vec![]);
}

fn product(price: &str, description: &str) -> Value {
    let mut doc = parse(&format!(
        r#"{{"id": 7, "name": "Shirt", "price": {price}, "sku": "S", "weight": 1, "width": 2,
            "depth": 3, "height": 4, "tax": 5, "view_count": 9, "upc": ""}}"#
    ));
    doc["description"] = description.into();
    doc
}

#[test]
fn the_source_form_is_a_unified_diff_of_what_differs() {
    let text = "<p>Our softest shirt yet. Made of organic cotton, woven in Portugal.</p>\
        <p>Wash at 30 degrees. Do not tumble dry.</p>";
    let from = product("19.9900", text);
    let mut to = product("24.99", &text.replace("cotton", "linen"));
    to["mpn"] = "M-1".into();
    let lens = Lens::new(&["view_count"], &[], &[]);
    let options = LineOptions {
        from: "products/7 v2".into(),
        to: "products/7 v3".into(),
        context: 1,
        width: 60,
    };
    let lines = source(&from, &to, &lens, &options);
    insta::assert_snapshot!(paint(&lines, false), @r#"
    --- products/7 v2
    +++ products/7 v3
    @@ -3,3 +3,3 @@
       "name": "Shirt",
    -  "price": 19.9900,
    +  "price": 24.99,
       "sku": "S",
    @@ -13,3 +13,3 @@
         <p>Our softest shirt yet.
    -    Made of organic cotton, woven in Portugal.</p>
    +    Made of organic linen, woven in Portugal.</p>
         <p>Wash at 30 degrees.
    @@ -17,2 +17,3 @@
       ",
    +  "mpn": "M-1"
     }
    "#);
    let coloured = paint(&lines, true);
    assert!(coloured.contains("cotton\u{1b}[0m"), "{coloured:?}");
    let lines = side_by_side(&from, &to, &lens, &options);
    insta::assert_snapshot!(paint(&lines, false), @r#"
    products/7 v2                  products/7 v3
    ⋮                              ⋮
      "name": "Shirt",               "name": "Shirt",
      "price": 19.9900,          |   "price": 24.99,
      "sku": "S",                    "sku": "S",
    ⋮                              ⋮
        <p>Our softest shirt           <p>Our softest shirt
          yet.                           yet.
        Made of organic cotton,  |     Made of organic linen,
          woven in Portugal.</p> |       woven in Portugal.</p>
        <p>Wash at 30 degrees.         <p>Wash at 30 degrees.
    ⋮                              ⋮
      "                              ",
                                 >   "mpn": "M-1"
    }                              }
    "#);
}

#[test]
fn wide_letters_take_the_columns_they_take() {
    let doc = |text: &str| json!({"name": text});
    let options = LineOptions {
        width: 43,
        ..LineOptions::default()
    };
    let (from, to) = (doc("日本語の名前日本語の名前"), doc("名前"));
    let lines = side_by_side(&from, &to, &Lens::default(), &options);
    insta::assert_snapshot!(paint(&lines, false), @r#"
    {                      {
      "name": "日本語の  |   "name": "名前"
        名前日本語の名前 |
        "                |
    }                      }
    "#);
}

#[test]
fn a_variant_taken_out_of_many_is_one_operation() {
    let variants = |skip: u32| -> Vec<Value> {
        let ids = (0..600).filter(|id| *id != skip);
        ids.map(|id| json!({"id": id, "price": "1.00"})).collect()
    };
    let patch = json_patch(
        &json!({"variants": variants(600)}),
        &json!({"variants": variants(3)}),
        &Mask::default(),
    );
    assert_eq!(patch, json!([{"op": "remove", "path": "/variants/3"}]));
}
