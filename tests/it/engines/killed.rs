//! `kill -9` in the middle: the sandbox kills the backup just before it would answer a request. The
//! next run then ends with what an undisturbed one would have had.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use vortex::model::RunStatus;
use vortex::sandbox::When;

use super::Rig;

/// Each of these requests is the last that one backup makes. Spread over the whole of a run.
const EVERY: usize = 6;

fn start(rig: &Rig, vault: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vortex"));
    command
        .env_clear()
        .env("HOME", rig.folder.path())
        .env("VORTEX_API_URL", rig.sandbox.url())
        .env("VORTEX_STORE_HASH", rig.sandbox.hash())
        .env("VORTEX_TOKEN", rig.sandbox.token())
        .args(["backup", "--full", "-q", "--db"])
        .arg(rig.db(vault));
    command
}

#[test]
fn a_backup_killed_at_any_moment_is_made_good_by_the_next() {
    let rig = super::faults::small();
    rig.backup("reference");
    let expected = rig.dump("reference");
    let requests = rig.sandbox.requests();
    let victim = Arc::new(AtomicU32::new(0));
    for n in (1..=requests).step_by(EVERY) {
        let vault = format!("killed-{n}");
        rig.sandbox.set_faults(vec![]);
        let target = Arc::clone(&victim);
        rig.sandbox.edit_at(When::Request(n as u64), move |_| {
            let pid = target.swap(0, Ordering::SeqCst);
            if let Some(pid) = i32::try_from(pid)
                .ok()
                .and_then(rustix::process::Pid::from_raw)
            {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        });
        // The first request is answered under the same lock as this, so the pid is known by then.
        let mut child = rig.sandbox.edit(|_| {
            let child = start(&rig, &vault).spawn().unwrap();
            victim.store(child.id(), Ordering::SeqCst);
            child
        });
        assert!(
            !child.wait().unwrap().success(),
            "request {n} did not kill it"
        );
        rig.sandbox.set_faults(vec![]);
        let second = rig.backup(&vault);
        assert_eq!(second.status, RunStatus::Ok, "{second:?}");
        assert!(
            rig.dump(&vault) == expected,
            "killed at request {n}: the vault differs"
        );
        let runs = vortex::vault::Vault::open(&rig.db(&vault), None)
            .unwrap()
            .runs()
            .unwrap();
        assert_eq!(
            runs[0].status,
            RunStatus::Interrupted,
            "request {n}: {:?}",
            runs[0]
        );
    }
}
