//! Lists, search, the overview, what changed between two times, what a listing lacked.

use super::*;
use crate::model::ObjectId;
use proptest::prelude::*;

#[test]
fn objects_come_in_the_order_of_their_ids_as_people_expect() {
    let place = place();
    let mut vault = place.vault();
    let mixed = [
        "10",
        "invoice_email",
        "9",
        "2/a",
        "007",
        "7",
        "0",
        "",
        "00",
        "18446744073709551617",
    ];
    let rows: Vec<_> = mixed.iter().map(|id| ("pages", *id, "{}")).collect();
    run_of(&mut vault, 1, &rows);
    let all = listed(&vault, "pages", &ObjectFilter::default());
    let mut expected: Vec<ObjectId> = mixed.iter().map(|id| ObjectId::new(*id)).collect();
    expected.sort();
    let expected: Vec<&str> = expected.iter().map(ObjectId::as_str).collect();
    assert_eq!(ids(&all), expected);
    let unseen: Vec<String> = (0..mixed.len())
        .scan(None::<String>, |after, _| {
            let lot = vault.unseen_live("pages", after.as_deref(), 1).unwrap();
            *after = lot.first().map(|id| id.to_string());
            after.clone()
        })
        .collect();
    assert_eq!(unseen, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_ids_are_ordered_and_found_alike(set in prop::collection::hash_set("[0-9]{0,5}|[a-z0-9/]{1,4}", 1..30)) {
        let place = place();
        let mut vault = place.vault();
        let rows: Vec<_> = set.iter().map(|id| ("pages", id.as_str(), "{}")).collect();
        run_of(&mut vault, 1, &rows);
        let mut sorted: Vec<ObjectId> = set.iter().map(ObjectId::new).collect();
        sorted.sort();
        let all = listed(&vault, "pages", &ObjectFilter::default());
        prop_assert_eq!(all.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), sorted);
        for id in &set {
            prop_assert!(vault.object("pages", id).unwrap().is_some(), "{}", id);
        }
    }

    #[test]
    fn any_text_is_found_by_itself_and_by_the_beginning_of_its_words(text in "\\PC{1,30}") {
        let place = place();
        let mut vault = place.vault();
        run_of(&mut vault, 1, &[("pages", "1", &text)]);
        for word in text.split_whitespace() {
            let begin: String = word.chars().take(2).collect();
            for query in [word, begin.as_str(), text.as_str()] {
                let search = Some(query.to_owned());
                let found = listed(&vault, "pages", &ObjectFilter { search, ..ObjectFilter::default() });
                let has_words = !crate::vault::search::words(query).is_empty();
                prop_assert_eq!(found.len(), usize::from(has_words), "{:?} in {:?}", query, text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_ascii_text_is_found_by_its_words_in_whatever_case(text in "[ -~]{0,20}[a-zA-Z0-9/\u{212a}][ -~]{0,8}") {
        let lower = text.to_lowercase();
        prop_assume!(lower.is_ascii());
        let place = place();
        let mut vault = place.vault();
        let around = format!("A label {text} and-more");
        run_of(&mut vault, 1, &[("pages", "1", &around), ("pages", "2", "A label and-more")]);
        let words = Some(lower.clone());
        let found = listed(&vault, "pages", &ObjectFilter { words, ..ObjectFilter::default() });
        let has_words = !crate::vault::search::words(&lower).is_empty();
        prop_assert_eq!(found.iter().any(|row| row.id.as_str() == "1"), has_words, "{:?}", text);
    }
}

#[test]
fn whole_words_are_wanted_and_the_words_can_be_filled_in() {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[
            ("pages", "1", "Kettles /sale/"),
            ("pages", "2", "Kettle /sale/"),
        ],
    );
    let found = |vault: &Vault, text: &str| {
        let words = Some(text.to_owned());
        let rows = listed(
            vault,
            "pages",
            &ObjectFilter {
                words,
                ..ObjectFilter::default()
            },
        );
        rows.iter()
            .map(|row| row.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&vault, "/SALE/"), ["1", "2"]);
    assert_eq!(found(&vault, "kettle sale"), ["2"]);
    assert_eq!(found(&vault, "--"), [""; 0]);
    let texts = [("2", "Kettle /new/".to_owned()), ("3", "nobody".to_owned())];
    vault.fill_words("pages", &texts).unwrap();
    vault.fill_words("nothing", &texts).unwrap();
    assert_eq!(found(&vault, "sale"), ["1"]);
    assert_eq!(found(&vault, "new"), ["2"]);
}

#[test]
fn filters_narrow_a_list() {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[("brands", "1", "\"Acme\""), ("brands", "2", "\"Bolt\"")],
    );
    run_of(&mut vault, 5, &[("brands", "3", "\"Crate\"")]);
    bury(&mut vault, 9, "brands", "2");
    let with = |state, changed_since: Option<i64>, limit| {
        let changed_since = changed_since.map(hour);
        let filter = ObjectFilter {
            state,
            changed_since,
            limit,
            ..ObjectFilter::default()
        };
        ids(&listed(&vault, "brands", &filter)).join(" ")
    };
    assert_eq!(with(StateFilter::Live, None, None), "1 3");
    assert_eq!(with(StateFilter::Deleted, None, None), "2");
    assert_eq!(with(StateFilter::All, None, None), "1 2 3");
    assert_eq!(with(StateFilter::All, None, Some(2)), "1 2");
    assert_eq!(with(StateFilter::Live, Some(5), None), "3");
    assert_eq!(with(StateFilter::All, Some(5), None), "2 3");
    assert_eq!(with(StateFilter::All, Some(10), None), "");
    let mut first = 0;
    let stop = &mut |_| {
        first += 1;
        ControlFlow::Break(())
    };
    vault
        .objects("brands", &ObjectFilter::default(), stop)
        .unwrap();
    assert_eq!(first, 1);
    vault
        .objects("nothing", &ObjectFilter::default(), &mut |_| {
            panic!("nothing there")
        })
        .unwrap();
}

#[test]
fn search_finds_names_codes_and_addresses_by_the_beginning_of_words() {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[
            ("products", "1", "Blue T-Shirt SKU-00123-XL"),
            ("products", "2", "Chemise bleue Été ÜBERGROSS 茶碗"),
            ("products", "3", "Blueberry \"jam\" O'Neil"),
            ("customers", "1", "Ada Lovelace ada.lovelace@example.com"),
        ],
    );
    bury(&mut vault, 2, "products", "3");
    let find = |entity: &str, text: &str, state| {
        let filter = ObjectFilter {
            search: Some(text.to_owned()),
            state,
            ..ObjectFilter::default()
        };
        ids(&listed(&vault, entity, &filter)).join(" ")
    };
    let live = StateFilter::Live;
    assert_eq!(find("products", "blue", live), "1");
    assert_eq!(find("products", "blue", StateFilter::All), "1 3");
    assert_eq!(find("products", "BLUE shir", live), "1");
    assert_eq!(find("products", "00123", live), "1");
    assert_eq!(find("products", "sku-00123-xl", live), "1");
    assert_eq!(find("products", "ete ubergross", live), "2");
    assert_eq!(find("products", "碗", live), "2");
    assert_eq!(find("products", "o'neil", StateFilter::Deleted), "3");
    assert_eq!(find("products", "lovelace", live), "");
    assert_eq!(find("customers", "ada.lovelace@example.com", live), "1");
    assert_eq!(find("customers", "love", live), "1");
    assert_eq!(find("customers", "*", live), "");
    // The text follows the newest version.
    run_of(
        &mut vault,
        3,
        &[("products", "1", "Green jumper SKU-00123-XL")],
    );
    let find = |text: &str| {
        let filter = ObjectFilter {
            search: Some(text.to_owned()),
            ..ObjectFilter::default()
        };
        ids(&listed(&vault, "products", &filter)).join(" ")
    };
    assert_eq!(find("blue"), "");
    assert_eq!(find("jump"), "1");
}

#[test]
fn last_seen_is_the_last_whole_listing() {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[("brands", "1", "\"a\""), ("brands", "2", "\"b\"")],
    );
    run_of(&mut vault, 5, &[("brands", "1", "\"c\"")]);
    bury(&mut vault, 9, "brands", "2");
    let seen = |id| vault.object("brands", id).unwrap().unwrap().seen_at;
    assert_eq!(seen("1"), Some(hour(9)));
    assert_eq!(seen("2"), Some(hour(5)));
    assert_eq!(vault.object("brands", "3").unwrap(), None);
    let overview = vault.overview().unwrap();
    assert_eq!(
        overview,
        [EntityOverview {
            entity: "brands".into(),
            live: 1,
            deleted: 1,
            versions: 4,
            last_seen_at: Some(hour(9)),
            last_run: Some(RunId(3)),
        }]
    );
    assert_eq!(vault.live_count("brands").unwrap(), 1);
    // A listing that was not whole moves nothing.
    let run = vault.begin_run(RunKind::Backup, hour(20)).unwrap();
    vault
        .end_entity(run, &report("brands"), false, hour(20), hour(20), &[])
        .unwrap();
    vault
        .finish_run(run, RunStatus::Partial, hour(20), 1)
        .unwrap();
    assert_eq!(
        vault.object("brands", "1").unwrap().unwrap().seen_at,
        Some(hour(9))
    );
    assert_eq!(vault.overview().unwrap()[0].last_run, Some(run));
}

#[test]
fn changes_between_two_times_are_net() {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[
            ("brands", "1", "1"),
            ("brands", "2", "1"),
            ("pages", "5", "1"),
        ],
    );
    run_of(
        &mut vault,
        2,
        &[
            ("brands", "1", "2"),
            ("brands", "3", "1"),
            ("pages", "5", "2"),
        ],
    );
    run_of(
        &mut vault,
        3,
        &[("brands", "1", "3"), ("brands", "10", "1")],
    );
    bury(&mut vault, 4, "brands", "2");
    bury(&mut vault, 5, "brands", "10");
    run_of(&mut vault, 6, &[("brands", "2", "4")]);
    let told = |since, until: Option<i64>, entities: &[&str]| {
        let mut told = Vec::new();
        let visit = &mut |c: Changed| {
            let from = c.from.map_or("-".to_owned(), |n| format!("v{n}"));
            told.push(format!(
                "{} {} {from}..v{} @{}",
                c.key, c.change, c.to, c.run
            ));
            ControlFlow::Continue(())
        };
        vault
            .changes(hour(since), until.map(hour), entities, visit)
            .unwrap();
        told
    };
    assert_eq!(
        told(1, Some(4), &[]),
        [
            "brands/1 updated v1..v3 @3",
            "brands/2 deleted v1..v2 @4",
            "brands/3 created -..v1 @2",
            "brands/10 created -..v1 @3",
            "pages/5 updated v1..v2 @2",
        ]
    );
    assert_eq!(
        told(1, Some(4), &["pages", "never"]),
        ["pages/5 updated v1..v2 @2"]
    );
    assert_eq!(
        told(4, None, &[]),
        ["brands/2 created v2..v3 @6", "brands/10 deleted v1..v2 @5"]
    );
    assert_eq!(told(6, None, &[]), Vec::<String>::new());
    assert_eq!(told(0, None, &["brands"]).len(), 4);
}

#[test]
fn what_a_listing_lacked_is_told_in_lots() {
    let place = place();
    let mut vault = place.vault();
    let all: Vec<String> = (1..=25).map(|n| n.to_string()).collect();
    let rows: Vec<_> = all.iter().map(|id| ("brands", id.as_str(), "{}")).collect();
    run_of(&mut vault, 1, &rows);
    bury(&mut vault, 2, "brands", "24");
    vault.seen_reset("brands").unwrap();
    let shown: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|id| id.len() == 1)
        .collect();
    assert_eq!(vault.seen_add("brands", &shown).unwrap(), 9);
    assert_eq!(vault.seen_add("brands", &["9", "10"]).unwrap(), 1);
    assert_eq!(vault.seen_count("brands").unwrap(), 10);
    assert_eq!(vault.unseen_count("brands").unwrap(), 14);
    let lot = vault.unseen_live("brands", Some("22"), 10).unwrap();
    assert_eq!(
        lot.iter().map(ObjectId::as_str).collect::<Vec<_>>(),
        ["23", "25"]
    );
    vault.seen_reset("brands").unwrap();
    assert_eq!(vault.unseen_count("brands").unwrap(), 24);
    assert_eq!(vault.unseen_count("never").unwrap(), 0);
}

#[test]
fn parts_put_aside_come_back_in_order() {
    let place = place();
    let mut vault = place.vault();
    let rows = |words: &[(&str, &str)]| -> Vec<(String, String)> {
        words
            .iter()
            .map(|(key, json)| ((*key).to_owned(), (*json).to_owned()))
            .collect()
    };
    vault
        .stage("rules", &rows(&[("7", "[1]"), ("8", "[2]"), ("7", "[3]")]))
        .unwrap();
    vault.stage("other", &rows(&[("7", "[4]")])).unwrap();
    assert_eq!(vault.staged("rules", "7").unwrap(), ["[1]", "[3]"]);
    assert_eq!(vault.staged("rules", "9").unwrap(), Vec::<String>::new());
    vault.stage_reset().unwrap();
    assert_eq!(vault.staged("rules", "7").unwrap(), Vec::<String>::new());
}

#[test]
fn no_list_searches_where_it_could_look_up() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "1", "{}")]);
    let plan = |sql: &str| -> String {
        let mut statement = vault
            .db
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let blank = vec![rusqlite::types::Null; statement.parameter_count()];
        let lines = statement
            .query_map(rusqlite::params_from_iter(blank), |r| r.get::<_, String>(3))
            .unwrap();
        lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    };
    let everything = plan("SELECT id FROM objects WHERE entity = 1 ORDER BY rank, digits, id");
    assert!(!everything.contains("TEMP B-TREE"), "{everything}");
    let between = plan(
        "SELECT v.seq FROM batches b CROSS JOIN versions v
         ON v.seq BETWEEN b.first_seq AND b.last_seq WHERE b.captured_at > 1",
    );
    assert!(!between.contains("SCAN"), "{between}");
}
