use std::ops::ControlFlow;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::entities;
use crate::model::diff::{paint, summary};
use crate::model::fingerprint::fingerprint;
use crate::model::mask::Mask;
use crate::model::{RunId, RunKind, RunStatus, SystemClock};
use crate::vault::Write;

/// A vault in which brand 12 was created, renamed, deleted and came back, a run each, an hour
/// apart; brand 9 was created in the second run, and brand 10 came and went again.
struct Tale {
    vault: Vault,
    _folder: TempDir,
}

fn hour(number: u8) -> Timestamp {
    format!("2026-11-01T{number:02}:00:00Z").parse().unwrap()
}

impl Tale {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        let vault = Vault::create(&path, "abc123", &SystemClock).unwrap();
        let mut tale = Self {
            vault,
            _folder: folder,
        };
        let brand = |id: u32, name: &str| json!({"id": id, "name": name, "page_title": "", "metafields": []});
        tale.run(1, &[("12", Some(brand(12, "Acme")))]);
        let mut renamed = brand(12, "Acme Ltd");
        renamed["search_keywords"] = json!("anvils");
        tale.run(2, &[("12", Some(renamed)), ("9", Some(brand(9, "Nine")))]);
        tale.run(3, &[("12", None), ("10", Some(brand(10, "Ten")))]);
        tale.run(4, &[("12", Some(brand(12, "Acme again"))), ("10", None)]);
        tale
    }

    fn run(&mut self, number: u8, writes: &[(&str, Option<Value>)]) {
        let run = self.vault.begin_run(RunKind::Backup, hour(number)).unwrap();
        assert_eq!(run, RunId(i64::from(number)));
        for (id, doc) in writes {
            let expect = self
                .vault
                .head("brands", id)
                .unwrap()
                .map(|head| head.version);
            let entity = "brands";
            let body = doc.as_ref().map(Value::to_string).unwrap_or_default();
            let write = match doc {
                None => Write::Tombstone { entity, id, expect },
                Some(doc) => {
                    let print = fingerprint(doc, &Mask::default(), &Mask::default());
                    let change = match expect {
                        None => ChangeKind::Created,
                        Some(_) => ChangeKind::Updated,
                    };
                    Write::Version {
                        entity,
                        id,
                        expect,
                        change,
                        body: body.as_bytes(),
                        fingerprint: print,
                        shallow: print,
                        pending: false,
                        stamp: None,
                        label: doc["name"].as_str().unwrap(),
                        search: "",
                        sample: None,
                    }
                }
            };
            self.vault.write(run, hour(number), &[write]).unwrap();
        }
        self.vault.flush().unwrap();
        self.vault
            .finish_run(run, RunStatus::Ok, hour(number), 1)
            .unwrap();
    }

    fn history(&self) -> History<'_> {
        History::new(&self.vault, entities::find("brands").unwrap(), false)
    }
}

fn word(text: &str) -> VersionWord {
    VersionWord::parse(text, |time| {
        time.parse().map_err(|e: jiff::Error| e.to_string())
    })
    .unwrap()
}

#[test]
fn versions_say_what_they_changed() {
    let tale = Tale::new();
    let versions = tale.history().versions("12").unwrap();
    let told: Vec<String> = versions
        .iter()
        .map(|entry| {
            format!(
                "v{} {} {:?}",
                entry.row.version, entry.row.change, entry.fields
            )
        })
        .collect();
    assert_eq!(told[0], "v1 created []");
    assert_eq!(told[1], r#"v2 updated ["/name", "/search_keywords"]"#);
    assert_eq!(told[2], "v3 deleted []");
    assert!(told[3].ends_with("[]"), "{told:?}");
}

#[test]
fn every_word_finds_its_version() {
    let tale = Tale::new();
    let history = tale.history();
    for (text, version) in [
        ("1", 1),
        ("v2", 2),
        ("latest", 4),
        ("@2026-11-01T01:00:00Z", 1),
        ("@2026-11-01T02:59:59Z", 2),
        ("@2026-11-01T03:00:00Z", 3),
        ("@2027-01-01T00:00:00Z", 4),
        ("run:1", 1),
        ("run:3", 3),
        ("run:4", 4),
    ] {
        assert_eq!(
            history.resolve("12", &word(text)).unwrap(),
            version,
            "{text}"
        );
    }
    // what a run saw that wrote no version of the object
    assert_eq!(history.resolve("9", &word("run:4")).unwrap(), 1);
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let tale = Tale::new();
    let history = tale.history();
    let failure = |id: &str, text: &str| {
        let error = history.resolve(id, &word(text)).unwrap_err();
        format!(
            "{}: {error}\n  {}",
            error.kind(),
            error.hint().unwrap_or_default()
        )
    };
    let all = [
        failure("13", "latest"),
        failure("12", "v9"),
        failure("12", "@2026-11-01T00:59:59Z"),
        failure("9", "run:1"),
        failure("12", "run:17"),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    unknown_object: brands/13 was never seen
      `vortex list brands --all` shows every id that was captured
    unknown_version: brands/12 has no v9; it has v1-v4
      `vortex list brands 12` shows its versions and their times
    unknown_version: brands/12 had not been captured by 2026-11-01T00:59:59.000Z; its first version is v1 of run 1, 2026-11-01T01:00:00.000Z
      `vortex list brands 12` shows its versions and their times
    unknown_version: brands/9 had not been captured by run 1; its first version is v1 of run 2, 2026-11-01T02:00:00.000Z
      `vortex list brands 9` shows its versions and their times
    unknown_version: there is no run 17; the newest is run 4
      `vortex runs` shows every run
    "#);
}

#[test]
fn a_tombstone_can_be_compared_but_not_shown() {
    let tale = Tale::new();
    let history = tale.history();
    let state = |text: &str| history.state("12", &word(text)).unwrap();
    let error = history.shown("12", state("v3")).unwrap_err();
    assert_eq!(error.kind(), "deleted");
    assert_eq!(
        error.to_string(),
        "brands/12 v3 is its deletion, seen 2026-11-01T03:00:00.000Z; the last live version is v2"
    );
    assert_eq!(history.shown("12", state("v1")).unwrap()["name"], "Acme");
    let gone = json!(history.diff("12", &state("v2"), &state("v3")));
    assert_eq!(gone["changes"][0]["op"], "remove");
    assert_eq!(gone["changes"][0]["path"], "");
    assert!(history.shown("12", State::live(None)).is_err());
}

#[test]
fn two_versions_are_compared_in_the_promised_shape() {
    let tale = Tale::new();
    let history = tale.history();
    let state = |text: &str| history.state("12", &word(text)).unwrap();
    let difference = history.diff("12", &state("v1"), &state("v2"));
    assert_eq!(
        json!(difference),
        json!({"entity": "brands", "id": "12", "from": "v1", "to": "v2", "changes": [
            {"op": "replace", "path": "/name", "old": "Acme", "new": "Acme Ltd"},
            {"op": "add", "path": "/search_keywords", "new": "anvils"},
        ]})
    );
    assert_eq!(
        paint(&summary(&difference.changes), false),
        "name Acme → Acme Ltd\nsearch_keywords added: anvils\n"
    );
    let live = State::live(state("v2").document);
    assert_eq!(history.diff("12", &state("v2"), &live).changes, vec![]);
    assert_eq!(history.diff("12", &state("v2"), &live).to, "live");
}

#[test]
fn without_words_the_last_two_versions_are_compared() {
    let tale = Tale::new();
    let history = tale.history();
    let of = |id: &str, from: Option<&str>, to: Option<&str>| {
        history.compared(id, from.map(word), to.map(word))
    };
    let (v2, v3) = (VersionWord::Number(2), VersionWord::Number(3));
    assert_eq!(of("12", None, None).unwrap(), (v3, VersionWord::Latest));
    assert_eq!(
        of("12", Some("v2"), None).unwrap(),
        (v2.clone(), VersionWord::Latest)
    );
    assert_eq!(
        of("12", None, Some("v3")).unwrap(),
        (v2.clone(), word("v3"))
    );
    assert_eq!(
        of("12", Some("v2"), Some("live")).unwrap(),
        (v2, VersionWord::Live)
    );
    assert!(matches!(
        of("9", None, None),
        Err(Error::OnlyOne { version: 1, .. })
    ));
    assert!(matches!(of("13", None, None), Err(Error::NeverSeen { .. })));
}

fn since(tale: &Tale, from: u8, until: Option<u8>) -> Vec<StoreChange> {
    let brands = entities::find("brands").unwrap();
    let mut changes = Vec::new();
    changes_since(
        &tale.vault,
        &[brands],
        hour(from),
        until.map(hour),
        false,
        &mut |change| {
            changes.push(change);
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    changes
}

#[test]
fn changes_of_the_store_are_folded_by_object() {
    let tale = Tale::new();
    let told = |from, until| -> Vec<String> {
        let row = |c: StoreChange| {
            let from = c.from.unwrap_or_default();
            format!("{} {} {from}..{} {:?}", c.id, c.change, c.to, c.fields)
        };
        since(&tale, from, until).into_iter().map(row).collect()
    };
    assert_eq!(
        told(1, None),
        [
            "9 created ..v1 []",
            "10 deleted ..v2 []",
            r#"12 updated v1..v4 ["/name"]"#
        ]
    );
    assert_eq!(
        told(1, Some(2)),
        [
            "9 created ..v1 []",
            r#"12 updated v1..v2 ["/name", "/search_keywords"]"#
        ]
    );
    assert_eq!(
        told(2, Some(3)),
        ["10 created ..v1 []", "12 deleted v2..v3 []"]
    );
    assert_eq!(
        told(3, None),
        ["10 deleted v1..v2 []", "12 created v3..v4 []"]
    );
    assert_eq!(told(4, None), Vec::<String>::new());
}

#[test]
fn a_change_of_the_store_has_the_promised_shape() {
    let tale = Tale::new();
    let changes = since(&tale, 1, Some(2));
    // the label is the one that people know it by today
    assert_eq!(
        json!(changes[1]),
        json!({"entity": "brands", "id": "12", "label": "Acme again", "change": "updated",
            "from": "v1", "to": "v2", "captured_at": "2026-11-01T02:00:00.000Z",
            "fields": ["/name", "/search_keywords"]})
    );
}

#[test]
fn volatile_fields_are_shown_only_when_all_are_asked_for() {
    let tale = Tale::new();
    let coupons = entities::find("coupons").unwrap();
    let of = |uses: u32| State::live(Some(json!({"id": 1, "num_uses": uses})));
    let changes = |all| {
        History::new(&tale.vault, coupons, all)
            .diff("1", &of(1), &of(2))
            .changes
    };
    assert_eq!(changes(false), vec![]);
    assert_eq!(changes(true).len(), 1);
}
