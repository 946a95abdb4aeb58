//! Runs, the ends of entities, what an unchanged night writes.

use super::*;

#[test]
fn a_dead_run_is_told_as_interrupted_by_the_next() {
    let place = place();
    let mut vault = place.vault();
    let lock = JobLock::acquire(vault.path(), "backup", None).unwrap();
    let dead = vault.begin_run(RunKind::Backup, hour(1)).unwrap();
    assert_eq!(vault.run(dead).unwrap().unwrap().status, RunStatus::Running);
    drop(vault);
    drop(lock);
    // A reader sees that nobody is at work any more, before any writer has noted it.
    let mut vault = place.vault();
    assert_eq!(
        vault.run(dead).unwrap().unwrap().status,
        RunStatus::Interrupted
    );
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
