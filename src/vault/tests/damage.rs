//! Damage that verification must find, and name.

use super::*;

/// A vault with three objects of twenty versions each.
fn grown() -> Place {
    let place = place();
    let mut vault = place.vault();
    for n in 0..20 {
        let body = format!(
            "{{\"n\":{n},\"text\":\"{}\"}}",
            "every day the same ".repeat(20)
        );
        run_of(
            &mut vault,
            n,
            &[
                ("brands", "1", &body),
                ("brands", "2", &body),
                ("pages", "1", &body),
            ],
        );
    }
    drop(vault);
    place
}

/// Does what no trigger would let through.
fn tamper(place: &Place, sql: &str) {
    let raw = place.raw();
    raw.execute_batch("INSERT INTO rewriting VALUES ('prune'); PRAGMA foreign_keys = OFF;")
        .unwrap();
    raw.execute_batch(sql).unwrap();
    raw.execute_batch("DELETE FROM rewriting").unwrap();
}

fn found(place: &Place, depth: Depth) -> Vec<String> {
    let vault = Vault::open(&place.path, None).unwrap();
    let report = verified(&vault, depth);
    assert_eq!(report.ok, report.problems.is_empty());
    report
        .problems
        .iter()
        .map(|p| {
            let object = p
                .entity
                .iter()
                .zip(&p.id)
                .map(|(entity, id)| format!("{entity}/{id}"));
            let version = p.version.iter().map(|n| format!("v{n}"));
            object
                .chain(version)
                .chain([p.what.clone()])
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn a_sound_vault_has_no_problems_and_is_counted() {
    let place = grown();
    let vault = Vault::open(&place.path, None).unwrap();
    for depth in [Depth::Quick, Depth::Normal, Depth::Deep] {
        let mut heard = 0;
        let report = vault.verify(depth, &mut |done, _| heard = done).unwrap();
        assert!(report.ok, "{:?}", report.problems);
        assert_eq!((report.versions, report.blobs), (60, 60));
        assert_eq!(report.bytes > 0, depth >= Depth::Normal);
        assert_eq!(heard, if depth >= Depth::Normal { 60 } else { 0 });
    }
}

#[test]
fn a_changed_byte_in_a_body_is_found_with_its_object_and_version() {
    let place = grown();
    let body = "SELECT v.body FROM versions v JOIN objects o USING (object)
                WHERE o.id = '2' AND v.version = 3";
    tamper(
        &place,
        &format!(
            "UPDATE bodies SET data = CAST(substr(data, 1, length(data) - 1) || x'5a' AS BLOB)
             WHERE body = ({body})"
        ),
    );
    assert_eq!(found(&place, Depth::Quick), Vec::<String>::new());
    let problems = found(&place, Depth::Normal);
    assert!(problems[0].starts_with("brands/2 v3 "), "{problems:#?}");
    // What leans on it is told too, and nothing of other objects.
    assert!(
        problems.iter().all(|p| p.starts_with("brands/2 ")),
        "{problems:#?}"
    );
    let vault = Vault::open(&place.path, None).unwrap();
    let error = vault.document("brands", "2", 3).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("brands/2 v3"), "{error}");
    // After the next whole copy all is well again.
    assert!(vault.document("brands", "2", 17).unwrap().is_some());
    assert!(vault.document("brands", "1", 3).unwrap().is_some());
}

#[test]
fn every_changed_byte_of_every_body_is_found() {
    let place = place();
    let mut vault = place.vault();
    for n in 0..3 {
        run_of(
            &mut vault,
            n,
            &[("brands", "1", &format!("{{\"name\":\"Acme {n}\"}}"))],
        );
    }
    drop(vault);
    let raw = place.raw();
    raw.execute_batch("INSERT INTO rewriting VALUES ('prune')")
        .unwrap();
    let bodies: Vec<(i64, Vec<u8>)> = raw
        .prepare("SELECT body, data FROM bodies")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let put = |body: i64, data: &[u8]| {
        raw.execute(
            "UPDATE bodies SET data = ?2 WHERE body = ?1",
            rusqlite::params![body, data],
        )
        .unwrap();
    };
    let vault = Vault::open(&place.path, None).unwrap();
    let mut told_as_sound = 0;
    for (body, data) in &bodies {
        for at in 0..data.len() {
            let mut changed = data.clone();
            changed[at] ^= 0x41;
            put(*body, &changed);
            told_as_sound += u32::from(verified(&vault, Depth::Normal).ok);
        }
        put(*body, data);
    }
    // A few bits of a frame's header mean nothing: the document is then still right.
    assert!(
        told_as_sound <= bodies.len() as u32,
        "{told_as_sound} changes not found"
    );
    assert!(verified(&vault, Depth::Deep).ok);
}

#[test]
fn rows_that_contradict_each_other_are_found_by_the_quick_check() {
    let cases = [
        (
            "UPDATE objects SET head = 1 WHERE id = '2'",
            "newest version",
        ),
        (
            "UPDATE objects SET live = 0 WHERE id = '2'",
            "newest version",
        ),
        (
            "UPDATE objects SET versions = 7 WHERE id = '2'",
            "another number of versions",
        ),
        (
            "DELETE FROM versions WHERE seq = 5",
            "belongs to no version",
        ),
        (
            "DELETE FROM bodies WHERE body = 5",
            "refers to one that isn't there",
        ),
        (
            "DROP TRIGGER batches_stand; UPDATE batches SET last_seq = first_seq",
            "outside of its batch",
        ),
    ];
    for (sql, expected) in cases {
        let place = grown();
        tamper(&place, sql);
        let problems = found(&place, Depth::Quick);
        assert!(
            problems.iter().any(|p| p.contains(expected)),
            "{sql}: {problems:#?}"
        );
    }
}

#[test]
fn a_newest_document_that_is_no_json_is_found_by_the_deep_check() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "1", "{\"half\":")]);
    drop(vault);
    assert_eq!(found(&place, Depth::Normal), Vec::<String>::new());
    assert!(found(&place, Depth::Deep)[0].contains("brands/1 v1 its document is no JSON"));
}

#[test]
fn a_ruined_page_is_found() {
    let place = grown();
    let mut bytes = std::fs::read(&place.path).unwrap();
    let page = 8192;
    let last = bytes.len() / page - 1;
    for n in 3..=last {
        bytes[n * page + 8..n * page + 200].fill(0xee);
    }
    std::fs::write(&place.path, &bytes).unwrap();
    match Vault::open(&place.path, None) {
        Ok(vault) => assert!(!verified(&vault, Depth::Quick).ok),
        Err(error) => assert!(matches!(error, Error::Corrupt { .. }), "{error:?}"),
    }
}

#[test]
fn nothing_new_leans_on_damaged_bytes() {
    let place = grown();
    tamper(&place, "UPDATE bodies SET data = x'00' WHERE body > 50");
    let mut vault = place.vault();
    run_of(&mut vault, 30, &[("brands", "1", "{\"n\":\"afresh\"}")]);
    assert_eq!(
        vault.document("brands", "1", 21).unwrap().unwrap(),
        b"{\"n\":\"afresh\"}"
    );
}
