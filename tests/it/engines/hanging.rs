//! What hangs on objects by their ids: custom templates, prices of price lists, who is given which
//! list.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vortex::model::restore::RestoreReport;
use vortex::model::{EntityStatus, RunStatus};
use vortex::sandbox::{Key, SandboxOptions, Scopes, Token, scopes};

use super::restore::{everything_at, failed, usual};
use super::{Rig, of, written};

const TEMPLATES: &str = "template_associations";

const KINDS: [(&str, &str); 4] = [
    ("product", "products"),
    ("category", "categories"),
    ("brand", "brands"),
    ("page", "pages"),
];

fn whole(report: &RestoreReport) {
    assert_eq!(failed(report), Vec::<String>::new());
    assert_eq!(report.differing, vec![], "{:?}", report.differing);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.notes);
}

/// The templates of what lives, by its name; what was deleted may leave rows behind.
fn templates(rig: &Rig) -> BTreeSet<String> {
    rig.sandbox.edit(|store| {
        let rows = store.table(TEMPLATES).iter();
        let named = rows.filter_map(|(_, row)| {
            let (kind, table) = KINDS.iter().find(|(kind, _)| row["entity_type"] == *kind)?;
            let own = store.table(table).get(&Key::of(&row["entity_id"])?)?;
            let (name, channel, file) = (&own["name"], &row["channel_id"], &row["file_name"]);
            Some(format!("{kind} {name} on {channel}: {file}"))
        });
        let all: Vec<String> = named.collect();
        let one_each: BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(all.len(), one_each.len(), "{all:?}");
        one_each
    })
}

fn association(id: u64, channel: u64, kind: &str, of: u64, file: &str) -> Value {
    json!({"id": id, "channel_id": channel, "entity_type": kind, "entity_id": of,
        "file_name": file, "date_created": "2026-01-06T09:00:00Z",
        "date_modified": "2026-01-06T09:00:00Z"})
}

fn asked(rig: &Rig, method: &str, end: &str) -> usize {
    let log = rig.sandbox.log();
    let all = log
        .iter()
        .filter(|line| line.method == method && line.path.ends_with(end));
    all.count()
}

#[test]
fn templates_come_back_with_the_deleted_and_are_set_right_on_the_living() {
    let rig = Rig::new("demo");
    rig.backup("a");
    let before = templates(&rig);
    assert_eq!(before.len(), 5);
    for (name, id) in [
        ("products", "101"),
        ("categories", "20"),
        ("brands", "35"),
        ("pages", "5"),
    ] {
        rig.delete(name, &[id.to_owned()]);
    }
    rig.sandbox.edit(|store| {
        // One changed, one gone, and some that were not there, on what lives.
        store.edit(TEMPLATES, 5, |row| row["file_name"] = json!("other.html"));
        let table = store.table_mut(TEMPLATES);
        for (id, kind, of) in [
            (50, "product", 103),
            (51, "product", 104),
            (52, "brand", 36),
        ] {
            table.insert(id, association(id, 664, kind, of, "new.html"));
        }
    });
    rig.backup("a");
    let edited = templates(&rig);
    assert_eq!(edited.len(), 4);
    let path = "/custom-template-associations";
    let puts = asked(&rig, "PUT", path);
    let report = rig.restore(everything_at(&rig, 1), &usual());
    whole(&report);
    assert_eq!(templates(&rig), before);
    // Each of the four made anew and the one that lives.
    assert_eq!(asked(&rig, "PUT", path) - puts, 5);
    assert_eq!(written(&rig.backup("a")), 0);
    whole(&rig.undo(report.run.unwrap()));
    assert_eq!(templates(&rig), edited);
    assert_eq!(written(&rig.backup("a")), 0);
}

#[test]
fn templates_of_many_that_live_are_set_in_one_request() {
    let rig = Rig::new("demo");
    rig.sandbox.edit(|store| {
        for id in 105..=114 {
            let row = association(id, 1, "product", id, "wide.html");
            store.table_mut(TEMPLATES).insert(id, row);
        }
    });
    rig.backup("a");
    let before = templates(&rig);
    rig.sandbox.edit(|store| {
        store.table_mut(TEMPLATES).edit_all(|row| {
            let own = row["file_name"] == "wide.html";
            if own {
                row["file_name"] = json!("wrong.html");
            }
            own
        })
    });
    let puts = asked(&rig, "PUT", "/custom-template-associations");
    whole(&rig.restore(everything_at(&rig, 1), &usual()));
    assert_eq!(templates(&rig), before);
    let puts = asked(&rig, "PUT", "/custom-template-associations") - puts;
    assert_eq!(puts, 1);
}

/// A rig whose second token has no scope of themes.
fn without_themes() -> Rig {
    let missing = scopes(&["store_themes_read_only", "store_themes_manage"]);
    Rig::with(SandboxOptions {
        tokens: vec![
            Token::new("whole", "owner", Scopes::All),
            Token::new("narrow", "narrow", Scopes::Without(missing)),
        ],
        ..SandboxOptions::sample("demo")
    })
}

#[test]
fn a_token_without_the_scope_of_themes_backs_up_all_else_and_says_so() {
    let rig = without_themes();
    let cancel = tokio_util::sync::CancellationToken::new();
    let back_up = |token: &str| rig.backup_with("a", &[], true, token, &cancel);
    let first = back_up("narrow");
    assert_eq!(first.status, RunStatus::Ok, "{first:?}");
    for (_, name) in KINDS {
        let notes = &of(&first, name).notes;
        let told = notes
            .iter()
            .filter(|note| note.contains("store_themes_read_only"));
        assert_eq!(told.count(), 1, "{name}: {notes:?}");
    }
    assert!(!rig.bodies("a").contains("custom_template_associations"));
    assert_eq!(written(&back_up("narrow")), 0);

    // With the scope: a version of what has any, and of nothing else.
    let second = back_up("whole");
    let updated = |name: &str| of(&second, name).updated;
    assert_eq!(KINDS.map(|(_, name)| updated(name)), [2, 1, 1, 1]);
    assert_eq!(written(&second), 5);
    assert_eq!(written(&back_up("whole")), 0);

    // What was there is not believed to be gone because it can't be read any more.
    let third = back_up("narrow");
    assert_eq!(of(&third, "brands").status, EntityStatus::Failed);
    let error = of(&third, "brands").error.clone().unwrap_or_default();
    assert!(error.contains("store_themes_read_only"), "{error}");
    assert_eq!(written(&third), 0);
}
