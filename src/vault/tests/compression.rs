//! Dictionaries for first documents, chains for later ones.

use super::*;

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
