//! `kill -9` in the middle: the sandbox kills a backup or a restore just before it would answer a
//! request. The next run, or a resume, then ends with what an undisturbed one would have had.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use vortex::model::RunStatus;
use vortex::sandbox::When;

use super::Rig;

/// Each of these requests is the last that one backup makes. Spread over the whole of a run.
const EVERY: usize = 6;

pub fn start(rig: &Rig, vault: &str, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vortex"));
    command
        .env_clear()
        .env("HOME", rig.folder.path())
        .env("VORTEX_API_URL", rig.sandbox.url())
        .env("VORTEX_STORE_HASH", rig.sandbox.hash())
        .env("VORTEX_TOKEN", rig.sandbox.token())
        .args(line.split(' '))
        .arg("--db")
        .arg(rig.db(vault));
    command
}

/// Starts a vortex that the sandbox kills just before it would answer its n-th request.
pub fn shot_at(rig: &Rig, n: u64, command: impl Fn(&Rig) -> Command) -> Child {
    let victim = Arc::new(AtomicU32::new(0));
    rig.sandbox.set_faults(vec![]);
    let target = Arc::clone(&victim);
    rig.sandbox.edit_at(When::Request(n), move |_| {
        let pid = target.swap(0, Ordering::SeqCst);
        if let Some(pid) = i32::try_from(pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    });
    let mut command = command(rig);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    // The first request is answered under the same lock as this, so the pid is known by then.
    rig.sandbox.edit(|_| {
        let child = command.spawn().unwrap();
        victim.store(child.id(), Ordering::SeqCst);
        child
    })
}

#[test]
fn a_restore_killed_at_any_moment_is_finished_by_a_resume() {
    for n in (1..=400).step_by(EVERY) {
        let (rig, before) = super::restore::hurt();
        let line = "restore --all --at run:1 --yes -q";
        let mut child = shot_at(&rig, n, |rig| start(rig, "a", line));
        let killed = !child.wait().unwrap().success();
        rig.sandbox.set_faults(vec![]);
        let vault = vortex::vault::Vault::open(&rig.db("a"), None).unwrap();
        let run = vault
            .runs()
            .unwrap()
            .iter()
            .map(|row| row.run)
            .max()
            .unwrap();
        let again = match vault.journal(run).unwrap() {
            // Killed while it planned, or while it kept what is safe: nothing was sent yet.
            None => line.to_owned(),
            Some(_) => format!("restore --resume {run} --yes -q"),
        };
        drop(vault);
        let status = start(&rig, "a", &again).status().unwrap();
        assert!(status.success(), "request {n}: {again}: {status}");
        super::restore::same(&rig.seen(), &before);
        assert_eq!(
            super::written(&rig.backup_of("a", super::restore::HURT, true)),
            0
        );
        if !killed {
            assert!(n > 20, "it was never killed");
            return;
        }
    }
    panic!("the restore takes more requests than were tried");
}

#[test]
fn a_copy_in_a_deleted_channels_place_is_made_once_whenever_it_is_killed() {
    for n in (1..=120).step_by(4) {
        let (rig, before) = super::stand_in::bereft();
        let line = "restore channel 2 --as-copy --yes -q";
        let mut child = shot_at(&rig, n, |rig| start(rig, "a", line));
        let killed = !child.wait().unwrap().success();
        rig.sandbox.set_faults(vec![]);
        let vault = vortex::vault::Vault::open(&rig.db("a"), None).unwrap();
        let run = vault.runs().unwrap().iter().map(|row| row.run).max();
        let run = run.unwrap();
        let again = match vault.journal(run).unwrap() {
            None => line.to_owned(),
            Some(_) => format!("restore --resume {run} --yes -q"),
        };
        drop(vault);
        if killed {
            let status = start(&rig, "a", &again).status().unwrap();
            assert!(status.success(), "request {n}: {again}: {status}");
        }
        super::stand_in::once(&rig, &before, &format!("request {n}"));
        if !killed {
            assert!(n > 15, "it was never killed");
            return;
        }
    }
    panic!("the restore takes more requests than were tried");
}

#[test]
fn a_backup_killed_at_any_moment_is_made_good_by_the_next() {
    let rig = super::faults::small();
    rig.backup("reference");
    let expected = rig.dump("reference");
    let requests = rig.sandbox.requests();
    for n in (1..=requests).step_by(EVERY) {
        let vault = format!("killed-{n}");
        let mut child = shot_at(&rig, n as u64, |rig| start(rig, &vault, "backup --full -q"));
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
