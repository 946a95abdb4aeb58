//! Objects that were re-created under another id: one history, found under every id it had.

use super::*;

/// Three versions of a brand, the last a tombstone.
fn gone(vault: &mut Vault) {
    run_of(vault, 1, &[("brands", "1", "{\"n\":1}")]);
    run_of(vault, 2, &[("brands", "1", "{\"n\":2}")]);
    bury(vault, 3, "brands", "1");
}

fn all(vault: &Vault) -> Vec<String> {
    let filter = ObjectFilter {
        state: StateFilter::All,
        ..ObjectFilter::default()
    };
    let rows = listed(vault, "brands", &filter);
    ids(&rows).iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn every_id_of_a_chain_leads_to_the_one_history() {
    let place = place();
    let mut vault = place.vault();
    gone(&mut vault);
    vault.renumber("brands", "1", "20").unwrap();
    run_of(&mut vault, 4, &[("brands", "20", "{\"n\":3}")]);
    bury(&mut vault, 5, "brands", "20");
    // By its oldest id, and twice, as after a crash.
    vault.renumber("brands", "1", "300").unwrap();
    vault.renumber("brands", "20", "300").unwrap();
    let last = run_of(&mut vault, 6, &[("brands", "1", "{\"n\":4}")]);
    drop(vault);
    let vault = Vault::open(&place.path, None).unwrap();
    assert_eq!(all(&vault), ["300"]);
    for id in ["1", "20", "300"] {
        assert_eq!(vault.current_id("brands", id).unwrap(), "300");
        assert_eq!(vault.former_ids("brands", id).unwrap(), ["1", "20"]);
        let head = vault.head("brands", id).unwrap().unwrap();
        assert_eq!((head.version, head.state), (6, State::Live));
        let row = vault.object("brands", id).unwrap().unwrap();
        assert_eq!((row.id.as_str(), row.versions), ("300", 6));
        assert_eq!(vault.versions("brands", id).unwrap().len(), 6);
        let document = vault.document("brands", id, 1).unwrap().unwrap();
        assert_eq!(document, b"{\"n\":1}");
        assert_eq!(vault.version_at("brands", id, hour(2)).unwrap(), Some(2));
        assert_eq!(vault.version_at_run("brands", id, last).unwrap(), Some(6));
    }
    let mut changed = Vec::new();
    vault
        .changes(hour(0), None, &[], &mut |row| {
            changed.push(row.key.to_string());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(changed, ["brands/300"]);
    let report = verified(&vault, Depth::Deep);
    assert!(report.ok, "{:?}", report.problems);
}

#[test]
fn ids_that_were_never_renumbered_are_their_own() {
    let place = place();
    let mut vault = place.vault();
    gone(&mut vault);
    vault.renumber("brands", "1", "1").unwrap();
    assert_eq!(vault.current_id("brands", "1").unwrap(), "1");
    assert!(vault.former_ids("brands", "1").unwrap().is_empty());
    assert_eq!(vault.current_id("brands", "7").unwrap(), "7");
    assert_eq!(vault.current_id("never", "7").unwrap(), "7");
    assert!(vault.former_ids("never", "7").unwrap().is_empty());
    // Other entities have ids of their own.
    vault.renumber("brands", "1", "2").unwrap();
    assert_eq!(vault.head("pages", "1").unwrap(), None);
    run_of(&mut vault, 4, &[("pages", "1", "{}")]);
    assert_eq!(vault.current_id("pages", "1").unwrap(), "1");
}

#[test]
fn an_id_of_another_object_is_refused_by_name() {
    let place = place();
    let mut vault = place.vault();
    gone(&mut vault);
    run_of(&mut vault, 4, &[("brands", "2", "{\"n\":9}")]);
    let before = told(&place.path);
    let error = vault.renumber("brands", "1", "2").unwrap_err();
    assert_eq!(error.kind(), "id_taken");
    let text = error.to_string();
    assert!(
        text.contains("brands/1") && text.contains("the id 2"),
        "{text}"
    );
    assert_eq!(told(&place.path), before);
    let mut reader = Vault::open(&place.path, None).unwrap();
    assert!(reader.renumber("brands", "1", "3").is_err());
}

#[test]
fn a_listing_shows_the_id_of_now() {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[("brands", "1", "{\"n\":1}"), ("brands", "2", "{\"n\":2}")],
    );
    // The sweep before the restore still saw the old id.
    vault.seen_add("brands", &["1", "2"]).unwrap();
    bury(&mut vault, 2, "brands", "1");
    vault.renumber("brands", "1", "30").unwrap();
    assert_eq!(vault.seen_count("brands").unwrap(), 1);
    assert_eq!(vault.head("brands", "1").unwrap().unwrap().version, 2);
    run_of(&mut vault, 3, &[("brands", "30", "{\"n\":1}")]);
    vault.seen_reset("brands").unwrap();
    vault.seen_add("brands", &["30"]).unwrap();
    let lacking = vault.unseen_live("brands", None, 10).unwrap();
    assert_eq!(lacking, [crate::model::ObjectId::new("2")]);
    assert_eq!(vault.unseen_count("brands").unwrap(), 1);
}

#[test]
fn a_former_name_that_lives_again_is_an_object_of_its_own() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "a", "{\"n\":1}")]);
    vault.renumber("brands", "a", "b").unwrap();
    // The store shows both; each night the same.
    for night in 2..4 {
        vault.seen_reset("brands").unwrap();
        vault.seen_add("brands", &["a", "b"]).unwrap();
        let bodies = [("brands", "a", "{\"n\":2}"), ("brands", "b", "{\"n\":1}")];
        run_of(&mut vault, night, &bodies);
        assert_eq!(vault.unseen_count("brands").unwrap(), 0);
    }
    assert_eq!(all(&vault), ["a", "b"]);
    assert_eq!(vault.versions("brands", "a").unwrap().len(), 1);
    assert_eq!(vault.versions("brands", "b").unwrap().len(), 1);
    let document = vault.document("brands", "a", 1).unwrap().unwrap();
    assert_eq!(document, b"{\"n\":2}");
    // The new one moves on too: the name now leads to the one that gave it up last.
    bury(&mut vault, 4, "brands", "a");
    vault.renumber("brands", "a", "c").unwrap();
    drop(vault);
    let mut vault = place.vault();
    assert_eq!(vault.current_id("brands", "a").unwrap(), "c");
    // And takes its own name back.
    vault.renumber("brands", "c", "a").unwrap();
    assert_eq!(vault.former_ids("brands", "a").unwrap(), ["c"]);
    assert_eq!(vault.current_id("brands", "c").unwrap(), "a");
    let report = verified(&vault, Depth::Deep);
    assert!(report.ok, "{:?}", report.problems);
}

#[test]
fn what_is_held_back_is_found_under_every_id() {
    let place = place();
    let mut vault = place.vault();
    let run = vault.begin_run(RunKind::Backup, hour(1)).unwrap();
    let sampled = |id, expect, body| match version("brands", id, expect, body) {
        Write::Version {
            entity,
            id,
            expect,
            change,
            body,
            fingerprint,
            shallow,
            pending,
            stamp,
            label,
            search,
            ..
        } => Write::Version {
            entity,
            id,
            expect,
            change,
            body,
            fingerprint,
            shallow,
            pending,
            stamp,
            label,
            search,
            sample: Some(body),
        },
        other => other,
    };
    let write = |vault: &mut Vault, id, expect, body| {
        vault
            .write(run, hour(1), &[sampled(id, expect, body)])
            .unwrap()
    };
    write(&mut vault, "1", None, "{\"n\":1}");
    assert!(!vault.held.is_empty());
    vault.renumber("brands", "1", "2").unwrap();
    write(&mut vault, "2", Some(1), "{\"n\":2}");
    assert!(!vault.held.is_empty());
    for id in ["1", "2"] {
        assert_eq!(vault.head("brands", id).unwrap().unwrap().version, 2);
        let document = vault.document("brands", id, 2).unwrap().unwrap();
        assert_eq!(document, b"{\"n\":2}");
    }
    // Named by its former id it isn't held, and nothing is lost.
    write(&mut vault, "1", Some(2), "{\"n\":3}");
    assert!(vault.held.is_empty());
    for id in ["1", "2"] {
        assert_eq!(vault.head("brands", id).unwrap().unwrap().version, 3);
    }
    assert_eq!(all(&vault), ["2"]);
}

#[test]
fn a_former_id_that_leads_astray_is_a_problem() {
    let place = place();
    let mut vault = place.vault();
    gone(&mut vault);
    run_of(&mut vault, 4, &[("pages", "7", "{}")]);
    vault.renumber("brands", "1", "2").unwrap();
    drop(vault);
    place
        .raw()
        .execute_batch("PRAGMA foreign_keys = OFF; UPDATE former_ids SET object = 2")
        .unwrap();
    let vault = Vault::open(&place.path, None).unwrap();
    let report = verified(&vault, Depth::Quick);
    assert!(
        report.problems.iter().any(|p| p.what.contains("brands/1")),
        "{report:?}"
    );
}

#[test]
fn a_journal_that_is_no_json_is_a_problem() {
    let place = place();
    let mut vault = place.vault();
    let run = vault.begin_run(RunKind::Restore, hour(1)).unwrap();
    let steps = [(1, "{}".to_owned()), (2, "{\"cut\":".to_owned())];
    vault.journal_begin(run, &steps).unwrap();
    let report = verified(&vault, Depth::Quick);
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(report.problems[0].what.ends_with("run 1, step 2"));
}
