//! Full disks and killed writers: what was committed stands, and a next undisturbed run makes the
//! vault equal to one that never failed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

/// How many objects the disturbed captures work on.
const OBJECTS: usize = 120;

/// Names the child's vault to it; unset in an ordinary run of the tests.
const CHILD: &str = "VORTEX_TEST_KILLED_WRITER";

fn body(n: usize, night: usize) -> String {
    // Not to be compressed away: pages must be written.
    let noise = blake3::hash(&(n * 1_000 + night).to_le_bytes())
        .to_hex()
        .to_string();
    format!(
        "{{\"id\":{n},\"night\":{night},\"noise\":\"{}\"}}",
        noise.repeat(1 + n % 9)
    )
}

/// One undisturbed or disturbed capture: a naive one of our own, that goes by heads.
fn capture(vault: &mut Vault, night: usize) -> Result<(), Error> {
    let run = vault.begin_run(RunKind::Backup, hour(night as i64))?;
    for page in (0..OBJECTS).collect::<Vec<_>>().chunks(10) {
        let page: Vec<_> = page
            .iter()
            .map(|n| (n.to_string(), body(*n, night)))
            .collect();
        let mut writes = Vec::new();
        for (id, body) in &page {
            let head = vault.head("brands", id)?;
            if head
                .as_ref()
                .is_none_or(|head| head.fingerprint != print(body))
            {
                writes.push(version("brands", id, head.map(|head| head.version), body));
            }
        }
        if !writes.is_empty() {
            vault.write(run, hour(night as i64), &writes)?;
        }
    }
    vault.end_entity(
        run,
        &report("brands"),
        true,
        hour(0),
        hour(night as i64),
        &[],
    )?;
    vault.finish_run(run, RunStatus::Ok, hour(night as i64), 1)
}

/// What a vault says of itself after captures that nothing disturbed.
fn undisturbed(nights: usize) -> String {
    let place = place();
    let mut vault = place.vault();
    for night in 1..=nights {
        capture(&mut vault, night).unwrap();
    }
    drop(vault);
    told(&place.path)
}

#[test]
fn a_full_disk_at_any_page_leaves_what_was_committed() {
    let expected = undisturbed(2);
    let mut failures = 0;
    let mut allowed = 0;
    loop {
        let place = place();
        let mut vault = place.vault();
        capture(&mut vault, 1).unwrap();
        let pages: i64 = vault
            .db
            .query_row("PRAGMA page_count", [], |r| r.get(0))
            .unwrap();
        let limit = format!("PRAGMA max_page_count = {}", pages + allowed);
        vault
            .db
            .query_row(&limit, [], |r| r.get::<_, i64>(0))
            .unwrap();
        let outcome = capture(&mut vault, 2);
        drop(vault);
        let reader = Vault::open(&place.path, None).unwrap();
        let report = verified(&reader, Depth::Deep);
        assert!(report.ok, "{:?}", report.problems);
        drop(reader);
        let Err(error) = outcome else { break };
        assert!(matches!(error, Error::Full { .. }), "{error:?}");
        assert!(error.hint().unwrap().contains("space"));
        failures += 1;
        // With space again, the next run completes what is missing.
        let mut vault = place.vault();
        capture(&mut vault, 2).unwrap();
        drop(vault);
        assert_eq!(told(&place.path), expected);
        allowed += 1;
    }
    assert!(failures > 3, "only {failures} failures");
}

#[test]
fn a_transaction_that_is_never_committed_never_happened() {
    let place = place();
    let mut vault = place.vault();
    capture(&mut vault, 1).unwrap();
    let before = told(&place.path);
    let refused: Result<(), Fault> = vault.transact(|_, tx| {
        tx.execute("INSERT INTO entities (name) VALUES ('pages')", [])?;
        tx.execute("UPDATE objects SET live = 0", [])?;
        Err(Fault::Internal("changed its mind".into()))
    });
    assert!(refused.is_err());
    assert_eq!(told(&place.path), before);
}

/// Not a test by itself: the process that the next test kills. It captures for ever, telling of
/// each night.
#[test]
fn a_writer_that_is_killed() {
    use std::io::Write as _;
    #[allow(clippy::disallowed_methods)] // set by the parent test, for this process only
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let _lock = JobLock::acquire(Path::new(&path), "backup", None).unwrap();
    let mut vault = Vault::create(Path::new(&path), "abc123", &Still).unwrap();
    for night in 1.. {
        #[allow(clippy::disallowed_methods)] // past the test harness, which would capture it
        writeln!(std::io::stdout(), "night {night}").unwrap();
        capture(&mut vault, night).unwrap();
    }
}

#[test]
fn a_writer_killed_at_any_moment_leaves_a_sound_vault() {
    use std::io::BufRead;
    for round in 0..6_u32 {
        let place = place();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "vault::tests::faults::a_writer_that_is_killed",
                "--nocapture",
            ])
            .env(CHILD, &place.path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let mut nights = lines.map_while(Result::ok).filter_map(|line| {
            line.rsplit_once("night ")
                .and_then(|(_, night)| night.parse::<usize>().ok())
        });
        // Within a night, at another moment each round: the time a few rows take to be read here.
        let night = nights.find(|night| *night > 1 + round as usize).unwrap();
        for _ in 0..round * 3 {
            std::fs::read(&place.path).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        // The dead holder's lock is taken over, and told.
        let lock = JobLock::acquire(&place.path, "backup", None).unwrap();
        assert_eq!(lock.took_over().map(|holder| holder.pid), Some(child.id()));
        assert!(!lock.took_over().unwrap().is_alive());
        let mut vault = place.vault();
        let checked = verified(&vault, Depth::Deep);
        assert!(checked.ok, "{:?}", checked.problems);
        let dead = vault.runs().unwrap().pop().unwrap();
        let last = usize::try_from(dead.run.0).unwrap();
        assert!(last + 1 >= night, "run {last} of night {night}");
        // The same night again: nothing is doubled, nothing is missing.
        capture(&mut vault, last).unwrap();
        if dead.status == RunStatus::Running {
            let row = vault.run(dead.run).unwrap().unwrap();
            assert_eq!(row.status, RunStatus::Interrupted);
        }
        drop(vault);
        assert_eq!(told(&place.path), undisturbed(last));
    }
}

#[test]
fn a_busy_vault_is_told_as_such() {
    let place = place();
    let mut vault = place.vault();
    vault.db.busy_timeout(std::time::Duration::ZERO).unwrap();
    let other = place.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = vault.begin_run(RunKind::Backup, hour(1)).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error:?}");
    assert_eq!(error.kind(), "locked");
}
