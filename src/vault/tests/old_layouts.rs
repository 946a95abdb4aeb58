//! A vault of every layout that was ever released opens, reads and goes on.
//!
//! `fixtures/vaults/v<N>.db` is written once, by the vortex of that layout, and never edited. To
//! add one for a new layout: `cargo test --lib write_the_fixture -- --ignored`.

use std::path::{Path, PathBuf};

use super::*;

fn fixture(layout: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/vaults/v{layout}.db"))
}

/// The same few nights in every fixture.
fn grow(vault: &mut Vault) {
    run_of(
        vault,
        1,
        &[
            ("brands", "1", "{\"name\":\"Acme\"}"),
            ("brands", "2", "{\"name\":\"Bolt\"}"),
        ],
    );
    run_of(
        vault,
        2,
        &[
            ("brands", "1", "{\"name\":\"Acme Ltd\"}"),
            ("pages", "7", "{\"name\":\"Home\"}"),
        ],
    );
    bury(vault, 3, "brands", "2");
}

#[test]
#[ignore = "writes the fixture of the present layout; run it once when the layout is released"]
fn write_the_fixture() {
    let path = fixture(schema::newest());
    assert!(!path.exists(), "a fixture is never rewritten");
    let mut vault = Vault::create(&path, "abc123", &Still).unwrap();
    grow(&mut vault);
    vault.close().unwrap();
}

#[test]
fn every_layout_has_a_fixture_that_opens_reads_and_goes_on() {
    let expected = {
        let place = place();
        grow(&mut place.vault());
        told(&place.path)
    };
    for layout in 1..=schema::newest() {
        let place = place();
        std::fs::copy(fixture(layout), &place.path).unwrap();
        assert_eq!(told(&place.path), expected, "layout {layout}");
        let mut vault = place.vault();
        assert!(verified(&vault, Depth::Deep).ok, "layout {layout}");
        let run = run_of(
            &mut vault,
            4,
            &[("brands", "1", "{\"name\":\"Acme & Sons\"}")],
        );
        assert_eq!(run, RunId(4), "layout {layout}");
        let filter = ObjectFilter {
            search: Some("home".into()),
            ..ObjectFilter::default()
        };
        assert_eq!(
            ids(&listed(&vault, "pages", &filter)),
            ["7"],
            "layout {layout}"
        );
        assert!(verified(&vault, Depth::Deep).ok, "layout {layout}");
    }
}

#[test]
fn an_old_layout_that_cannot_be_written_is_read_as_it_is() {
    for layout in 1..schema::newest() {
        let place = place();
        std::fs::copy(fixture(layout), &place.path).unwrap();
        let before = std::fs::read(&place.path).unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let db = connect(&immutable(&place.path), flags).unwrap();
        let found = schema::mark(&db, &place.path).unwrap();
        fit_for_reading(&db, &place.path, &found).unwrap();
        let vault = Vault::with(db, &place.path, None, false).unwrap();
        assert_eq!(vault.head("brands", "1").unwrap().unwrap().version, 2);
        assert_eq!(vault.head("brands", "9").unwrap(), None);
        assert_eq!(vault.journal(RunId(1)).unwrap(), None);
        assert!(verified(&vault, Depth::Deep).ok, "layout {layout}");
        assert_eq!(std::fs::read(&place.path).unwrap(), before);
    }
}

#[test]
fn a_new_vault_has_the_newest_layout() {
    let place = place();
    place.vault();
    let layout: i64 = place
        .raw()
        .query_row("PRAGMA user_version", [], |r| r.get(0))
        .unwrap();
    assert_eq!(layout, schema::newest());
    let id: i64 = place
        .raw()
        .query_row("PRAGMA application_id", [], |r| r.get(0))
        .unwrap();
    assert_eq!(id, schema::APPLICATION_ID);
}
