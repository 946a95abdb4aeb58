//! Versions, time travel, races, dictionaries, runs.

use super::*;
use proptest::prelude::*;

#[test]
fn an_object_that_comes_back_goes_on_with_the_next_version() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "12", r#"{"name":"Acme"}"#)]);
    run_of(&mut vault, 2, &[("brands", "12", r#"{"name":"Acme!"}"#)]);
    bury(&mut vault, 3, "brands", "12");
    assert_eq!(
        vault.head("brands", "12").unwrap().unwrap().state,
        State::Deleted
    );
    run_of(&mut vault, 4, &[("brands", "12", r#"{"name":"Acme"}"#)]);
    let versions = vault.versions("brands", "12").unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|v| (v.version, v.change.as_str(), v.run.0))
        .collect();
    assert_eq!(
        told,
        [
            (1, "created", 1),
            (2, "updated", 2),
            (3, "deleted", 3),
            (4, "updated", 4)
        ]
    );
    assert_eq!(vault.document("brands", "12", 3).unwrap(), None);
    assert_eq!(
        vault.document("brands", "12", 4).unwrap().unwrap(),
        br#"{"name":"Acme"}"#
    );
    // The same bytes as v1: stored once.
    assert_eq!(versions[0].hash, versions[3].hash);
    assert_eq!(verified(&vault, Depth::Deep).blobs, 2);
}

#[test]
fn what_stood_at_a_time_or_in_a_run_is_looked_up() {
    let place = place();
    let mut vault = place.vault();
    for n in 0..40 {
        run_of(
            &mut vault,
            n * 2,
            &[("brands", "1", &format!("{{\"n\":{n}}}"))],
        );
        run_of(
            &mut vault,
            n * 2 + 1,
            &[("brands", "2", &format!("{{\"n\":{n}}}"))],
        );
    }
    for n in 0..40_u32 {
        let at = i64::from(n) * 2;
        assert_eq!(
            vault.version_at("brands", "1", hour(at)).unwrap(),
            Some(n + 1)
        );
        assert_eq!(
            vault.version_at("brands", "1", hour(at + 1)).unwrap(),
            Some(n + 1)
        );
        let run = RunId(at + 1);
        assert_eq!(
            vault.version_at_run("brands", "1", run).unwrap(),
            Some(n + 1)
        );
        let before = (n > 0).then_some(n);
        assert_eq!(vault.version_at_run("brands", "2", run).unwrap(), before);
    }
    assert_eq!(vault.version_at("brands", "1", hour(-1)).unwrap(), None);
    assert_eq!(vault.version_at("brands", "9", hour(99)).unwrap(), None);
    assert_eq!(vault.version_at("nothing", "9", hour(99)).unwrap(), None);
}

#[test]
fn looking_up_a_time_reads_a_few_rows_of_a_long_history() {
    let place = place();
    let mut vault = place.vault();
    let run = vault.begin_run(RunKind::Backup, hour(0)).unwrap();
    for n in 0..2_000_u32 {
        let body = format!("{{\"n\":{n}}}");
        let expect = (n > 0).then_some(n);
        vault
            .write(
                run,
                hour(i64::from(n)),
                &[version("brands", "1", expect, &body)],
            )
            .unwrap();
    }
    // SQLite counts its own steps: about a dozen for each halving.
    let steps = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counter = steps.clone();
    vault
        .db
        .progress_handler(
            1,
            Some(move || {
                counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                false
            }),
        )
        .unwrap();
    assert_eq!(
        vault.version_at("brands", "1", hour(1_000)).unwrap(),
        Some(1_001)
    );
    let steps = steps.load(std::sync::atomic::Ordering::Relaxed);
    assert!(steps < 1_000, "{steps} steps");
}

#[test]
fn the_same_fingerprint_makes_no_version() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "1", "{}")]);
    let run = vault.begin_run(RunKind::Backup, hour(2)).unwrap();
    let written = vault
        .write(run, hour(2), &[version("brands", "1", Some(1), "{}")])
        .unwrap();
    assert_eq!(written, [Written::Same(1)]);
    assert_eq!(vault.versions("brands", "1").unwrap().len(), 1);
}

#[test]
fn two_captures_racing_for_an_object_write_one_history() {
    let place = place();
    let (mut one, mut other) = (place.vault(), place.vault());
    let run = one.begin_run(RunKind::Backup, hour(1)).unwrap();
    let head = other.head("brands", "1").unwrap();
    assert_eq!(head, None);
    one.write(run, hour(1), &[version("brands", "1", None, "{\"n\":1}")])
        .unwrap();
    let late = [
        version("brands", "2", None, "{\"n\":2}"),
        version("brands", "1", None, "{\"n\":3}"),
    ];
    let error = other.write(run, hour(1), &late).unwrap_err();
    assert!(matches!(&error, Error::Raced { key, found: Some(1), .. } if key.id.as_str() == "1"));
    // Nothing of the refused batch was written.
    assert_eq!(other.head("brands", "2").unwrap(), None);
    assert_eq!(one.versions("brands", "1").unwrap().len(), 1);
    let error = other
        .write(
            run,
            hour(1),
            &[Write::Tombstone {
                entity: "brands",
                id: "1",
                expect: Some(7),
            }],
        )
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Raced {
            expected: Some(7),
            ..
        }
    ));
}

#[test]
fn a_touch_moves_what_is_remembered_and_writes_no_version() {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[
            ("orders", "1", "{}"),
            ("orders", "2", "{}"),
            ("orders", "10", "{}"),
        ],
    );
    let run = vault.begin_run(RunKind::Backup, hour(2)).unwrap();
    let touches: Vec<_> = ["1", "2", "10"]
        .iter()
        .map(|id| Write::Touch {
            entity: "orders",
            id,
            pending: true,
            stamp: Some("s"),
        })
        .collect();
    vault.write(run, hour(2), &touches).unwrap();
    let head = vault.head("orders", "2").unwrap().unwrap();
    assert!(head.pending && head.stamp.as_deref() == Some("s") && head.version == 1);
    assert_eq!(vault.pending_count("orders").unwrap(), 3);
    let floor = |n| {
        vault
            .pending_floor("orders", n)
            .unwrap()
            .map(|id| id.to_string())
    };
    assert_eq!(floor(1).as_deref(), Some("10"));
    assert_eq!(floor(2).as_deref(), Some("2"));
    assert_eq!(floor(99).as_deref(), Some("1"));
    assert_eq!(floor(0), None);
    let reprint = Write::Reprint {
        entity: "orders",
        id: "2",
        expect: Some(1),
        fingerprint: print("new"),
        shallow: print("newer"),
    };
    vault.write(run, hour(2), &[reprint]).unwrap();
    assert_eq!(
        vault.head("orders", "2").unwrap().unwrap().fingerprint,
        print("new")
    );
    assert_eq!(vault.versions("orders", "2").unwrap().len(), 1);
    bury(&mut vault, 3, "orders", "10");
    assert_eq!(vault.pending_count("orders").unwrap(), 2);
}

#[test]
fn nonsense_is_refused() {
    let place = place();
    let mut vault = place.vault();
    let run = vault.begin_run(RunKind::Backup, hour(1)).unwrap();
    let unknown = Write::Touch {
        entity: "brands",
        id: "1",
        pending: true,
        stamp: None,
    };
    assert!(matches!(
        vault.write(run, hour(1), &[unknown]),
        Err(Error::Misuse { .. })
    ));
    drop(vault);
    let mut reader = Vault::open(&place.path, None).unwrap();
    assert!(matches!(
        reader.begin_run(RunKind::Backup, hour(1)),
        Err(Error::Misuse { .. })
    ));
}

#[test]
fn versions_cannot_be_changed_by_any_tool() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "1", "{}")]);
    drop(vault);
    let raw = place.raw();
    for sql in [
        "UPDATE versions SET version = 9",
        "DELETE FROM versions",
        "UPDATE bodies SET data = x'00'",
        "DELETE FROM bodies",
        "UPDATE batches SET captured_at = 0",
        "DELETE FROM batches",
        "DELETE FROM objects",
    ] {
        let error = raw.execute(sql, []).unwrap_err().to_string();
        assert!(
            error.contains("append-only") || error.contains("history"),
            "{sql}: {error}"
        );
    }
}

/// A document with something to learn from.
fn product(n: usize) -> String {
    let words = ["mug", "lamp", "table", "chair", "kettle", "bottle"];
    let fields: String = (0..60)
        .map(|k| {
            format!(
                ",\"field_{k}\":\"a {} of kind {}\"",
                words[(n + k) % 6],
                (n * k) % 13
            )
        })
        .collect();
    format!("{{\"id\":{n}{fields}}}")
}

#[test]
fn first_documents_are_held_back_for_a_dictionary_and_seen_meanwhile() {
    let place = place();
    let mut vault = place.vault();
    let run = vault.begin_run(RunKind::Backup, hour(1)).unwrap();
    let write = |vault: &mut Vault, range: std::ops::Range<usize>| {
        let bodies: Vec<_> = range.map(|n| (n.to_string(), product(n))).collect();
        let writes: Vec<_> = bodies
            .iter()
            .map(|(id, body)| match version("products", id, None, body) {
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
            })
            .collect();
        vault.write(run, hour(1), &writes).unwrap()
    };
    assert!(vault.wants_samples("products").unwrap());
    let written = write(&mut vault, 0..100);
    assert_eq!(written[99], Written::Version(1));
    let count = || -> i64 {
        place
            .raw()
            .query_row("SELECT count(*) FROM versions", [], |r| r.get(0))
            .unwrap()
    };
    assert_eq!(count(), 0);
    assert_eq!(vault.head("products", "7").unwrap().unwrap().version, 1);
    assert_eq!(
        vault.document("products", "7", 1).unwrap().unwrap(),
        product(7).as_bytes()
    );
    // A second look at a held object is a race lost, not a second history.
    let again = product(7);
    let again = [version("products", "7", None, &again)];
    assert!(matches!(
        vault.write(run, hour(1), &again),
        Err(Error::Raced { .. })
    ));
    vault.flush().unwrap();
    assert_eq!(count(), 100);
    assert!(!vault.wants_samples("products").unwrap());
    write(&mut vault, 100..150);
    assert_eq!(count(), 150);
    let leaning: i64 = place
        .raw()
        .query_row(
            "SELECT count(*) FROM bodies WHERE dictionary IS NOT NULL",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(leaning, 150);
    drop(vault);
    let vault = Vault::open(&place.path, None).unwrap();
    assert_eq!(
        vault.document("products", "149", 1).unwrap().unwrap(),
        product(149).as_bytes()
    );
    assert!(verified(&vault, Depth::Deep).ok);
}

#[test]
fn personal_data_trains_nothing() {
    let place = place();
    let mut vault = place.vault();
    let bodies: Vec<String> = (0..300).map(product).collect();
    let ids: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let rows: Vec<_> = ids
        .iter()
        .zip(&bodies)
        .map(|(id, body)| ("customers", &**id, &**body))
        .collect();
    run_of(&mut vault, 1, &rows);
    let trained: i64 = place
        .raw()
        .query_row("SELECT count(*) FROM dictionaries", [], |r| r.get(0))
        .unwrap();
    assert_eq!(trained, 0);
}

#[test]
fn chains_are_short_and_stay_within_their_object() {
    let place = place();
    let mut vault = place.vault();
    for n in 0..50 {
        let (one, two) = (product(1), product(1));
        let one = one.replace("of kind 3", &format!("of kind {n}"));
        let two = two.replace("of kind 4", &format!("of kind {n}"));
        run_of(
            &mut vault,
            n,
            &[("products", "1", &one), ("products", "2", &two)],
        );
    }
    let report = verified(&vault, Depth::Deep);
    assert!(report.ok, "{:?}", report.problems);
    let whole: i64 = place
        .raw()
        .query_row("SELECT count(*) FROM bodies WHERE base IS NULL", [], |r| {
            r.get(0)
        })
        .unwrap();
    assert_eq!(
        whole, 8,
        "a whole copy for each sixteen of fifty versions of two objects"
    );
}

#[test]
fn a_dead_run_is_told_as_interrupted_by_the_next() {
    let place = place();
    let mut vault = place.vault();
    let dead = vault.begin_run(RunKind::Backup, hour(1)).unwrap();
    drop(vault);
    let mut vault = place.vault();
    assert_eq!(vault.run(dead).unwrap().unwrap().status, RunStatus::Running);
    let next = vault.begin_run(RunKind::Sweep, hour(2)).unwrap();
    assert_eq!(next, RunId(dead.0 + 1));
    let row = vault.run(dead).unwrap().unwrap();
    assert_eq!(
        (row.status, row.finished_at),
        (RunStatus::Interrupted, None)
    );
    assert_eq!(vault.run(RunId(99)).unwrap().map(|run| run.run), None);
}

#[test]
fn the_end_of_an_entity_keeps_its_report_and_state() {
    let place = place();
    let mut vault = place.vault();
    let run = vault.begin_run(RunKind::Backup, hour(1)).unwrap();
    let mut told = report("orders");
    told.status = EntityStatus::Failed;
    told.error = Some("the token lacks a scope".into());
    told.problems = vec!["orders/5: cut off".into()];
    told.notes = vec!["no archived orders".into()];
    let state = [("position", "3".to_owned())];
    vault
        .end_entity(run, &told, false, hour(1), hour(2), &state)
        .unwrap();
    vault
        .end_entity(run, &report("brands"), true, hour(2), hour(3), &[])
        .unwrap();
    // Unchanged: still waiting for a transaction, and yet seen.
    assert_eq!(vault.last_whole("brands").unwrap(), Some((run, hour(3))));
    vault
        .finish_run(run, RunStatus::Partial, hour(4), 12)
        .unwrap();
    drop(vault);
    let vault = Vault::open(&place.path, None).unwrap();
    let row = &vault.runs().unwrap()[0];
    assert_eq!(
        (row.status, row.requests, row.finished_at),
        (RunStatus::Partial, 12, Some(hour(4)))
    );
    assert_eq!(row.entities.len(), 2);
    let orders = &row.entities[0];
    assert!(!orders.whole);
    assert_eq!(orders.report.problems, told.problems);
    assert_eq!(orders.report.notes, told.notes);
    assert_eq!(orders.report.error, told.error);
    assert_eq!(
        vault.state("orders", "position").unwrap().as_deref(),
        Some("3")
    );
    assert_eq!(vault.state("orders", "other").unwrap(), None);
    assert_eq!(vault.last_ok("orders").unwrap(), None);
    assert_eq!(vault.last_ok("brands").unwrap(), Some((run, hour(3))));
}

#[test]
fn an_unchanged_run_writes_a_handful_of_pages() {
    let place = place();
    let mut vault = place.vault();
    let entities: Vec<String> = (0..13).map(|n| format!("entity-{n}")).collect();
    let one_run = |vault: &mut Vault, at: i64| {
        let run = vault.begin_run(RunKind::Backup, hour(at)).unwrap();
        for entity in &entities {
            vault.seen_reset(entity).unwrap();
            vault.seen_add(entity, &["1", "2"]).unwrap();
            let state = [("rotation", at.to_string())];
            vault
                .end_entity(run, &report(entity), true, hour(at), hour(at), &state)
                .unwrap();
        }
        vault.finish_run(run, RunStatus::Ok, hour(at), 13).unwrap();
    };
    for at in 0..50 {
        one_run(&mut vault, at);
    }
    drop(vault);
    let mut vault = place.vault();
    one_run(&mut vault, 50);
    let log = place.dir.path().join("store.db-wal");
    let bytes = std::fs::metadata(log).unwrap().len();
    assert!(bytes <= 56 << 10, "{bytes} bytes in the write-ahead log");
}

/// What a merchant can do to an object.
#[derive(Debug, Clone)]
enum Deed {
    Edit(u8, String),
    Delete(u8),
}

fn deeds() -> impl Strategy<Value = Vec<Vec<Deed>>> {
    let deed = prop_oneof![
        4 => (0..5_u8, "[a-z ü€]{0,40}").prop_map(|(id, text)| Deed::Edit(id, text)),
        1 => (0..5_u8).prop_map(Deed::Delete),
    ];
    prop::collection::vec(prop::collection::vec(deed, 0..4), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The vault against a plain list of everything that was ever written.
    #[test]
    fn any_history_equals_a_naive_copy(runs in deeds()) {
        let place = place();
        let mut vault = place.vault();
        let mut naive: HashMap<String, Vec<(i64, Option<String>)>> = HashMap::new();
        for (at, deeds) in runs.iter().enumerate() {
            let at = at as i64;
            let run = vault.begin_run(RunKind::Backup, hour(at)).unwrap();
            for deed in deeds {
                let (id, body) = match deed {
                    Deed::Edit(id, text) => (id.to_string(), Some(format!("{{\"t\":\"{text}\"}}"))),
                    Deed::Delete(id) => (id.to_string(), None),
                };
                let history = naive.entry(id.clone()).or_default();
                let last = history.last().and_then(|(_, body)| body.clone());
                if last == body {
                    continue;
                }
                let expect = vault.head("brands", &id).unwrap().map(|head| head.version);
                prop_assert_eq!(expect.unwrap_or(0) as usize, history.len());
                let write = match &body {
                    Some(body) => version("brands", &id, expect, body),
                    None => Write::Tombstone { entity: "brands", id: &id, expect },
                };
                vault.write(run, hour(at), &[write]).unwrap();
                history.push((at, body));
            }
            vault.finish_run(run, RunStatus::Ok, hour(at), 0).unwrap();
        }
        for (id, history) in &naive {
            for (n, (_, body)) in history.iter().enumerate() {
                let read = vault.document("brands", id, n as u32 + 1).unwrap();
                prop_assert_eq!(read, body.clone().map(String::into_bytes));
            }
            for at in 0..runs.len() as i64 {
                let stood = history.iter().filter(|(then, _)| *then <= at).count() as u32;
                let stood = (stood > 0).then_some(stood);
                prop_assert_eq!(vault.version_at("brands", id, hour(at)).unwrap(), stood);
                prop_assert_eq!(vault.version_at_run("brands", id, RunId(at + 1)).unwrap(), stood);
            }
        }
        let report = verified(&vault, Depth::Deep);
        prop_assert!(report.ok, "{:?}", report.problems);
    }
}
