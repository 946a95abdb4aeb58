//! The job lock: one `backup`, sweep, `restore` or `verify` at a time works on a vault.
//!
//! It is a file beside the database (`<db>.lock`, 0600), locked through the operating system for
//! as long as the job runs and holding who that is: pid, the process' start time, since when, at
//! what. The system drops the lock when its holder dies, however it dies, so a dead holder's lock
//! is taken over without a guess; a lock that still names its holder when it is taken tells that
//! the holder died ([`JobLock::took_over`]). Where a file system knows no locks, the pid and the
//! start time decide (a pid alone may have been given to another process since).
//!
//! The file is never removed: removing it while another process waits for it would let two in.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::files::{self, Look};
use crate::model::clock::rfc3339_millis;
use crate::model::{Clock, SystemClock};

/// How often a waiting job looks again: often enough to feel immediate, rarely enough to cost
/// nothing.
const LOOK_AGAIN_MS: u64 = 100;

/// More than a holder's line ever takes; anything longer isn't ours.
const HOLDER_BYTES_MAX: u64 = 4096;

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// When that process started, in the system's own count; tells a reused pid from its owner.
    pub process_started: Option<u64>,
    /// Since when it has the lock, RFC 3339.
    pub since: String,
    /// At what work (`backup`).
    pub what: String,
}

impl Holder {
    fn this_process(what: &str) -> Self {
        let pid = std::process::id();
        Self {
            pid,
            process_started: process_started(pid),
            since: rfc3339_millis(SystemClock.now()),
            what: what.to_owned(),
        }
    }

    /// False when the process is gone, or its pid belongs to another one now.
    pub fn is_alive(&self) -> bool {
        match (self.process_started, process_started(self.pid)) {
            (Some(then), Some(now)) => then == now,
            (Some(_), None) => false,
            (None, _) => exists(self.pid),
        }
    }
}

/// The lock, held until dropped.
#[derive(Debug)]
pub struct JobLock {
    file: File,
    took_over: Option<Holder>,
}

impl JobLock {
    /// Takes the lock of the vault at `path` for `what` (a word or two that others are told).
    /// Creates the folder if it isn't there. With `wait`, tries for so long.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] with the holder when another process has it.
    pub fn acquire(path: &Path, what: &str, wait: Option<Duration>) -> Result<Self, Error> {
        let begun = Instant::now();
        loop {
            match (Self::try_acquire(path, what), wait) {
                (Err(Error::Locked { .. }), Some(wait)) if begun.elapsed() < wait => pause(),
                (outcome, _) => return outcome,
            }
        }
    }

    /// The same without waiting: for callers that wait in their own way.
    ///
    /// # Errors
    ///
    /// As [`JobLock::acquire`].
    pub fn try_acquire(path: &Path, what: &str) -> Result<Self, Error> {
        if let Look::Other(why) = files::look(path)? {
            return Err(super::foreign(path, why));
        }
        files::make_folder(path)?;
        let place = place(path);
        let failed = |e| Error::io("opening the lock", &place, e);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = files::private(&mut options).open(&place).map_err(failed)?;
        let locked = |holder| Error::Locked {
            path: path.to_owned(),
            holder,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(read_holder(&mut file))),
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {
                if let Some(holder) = read_holder(&mut file).filter(Holder::is_alive) {
                    return Err(locked(Some(holder)));
                }
            }
            Err(TryLockError::Error(e)) => return Err(Error::io("locking", &place, e)),
        }
        let took_over = read_holder(&mut file);
        write_holder(&mut file, &Holder::this_process(what))
            .map_err(|e| Error::io("writing the lock", &place, e))?;
        Ok(Self { file, took_over })
    }

    /// True while a living process holds the lock of the vault at `path`, by what the lock's file
    /// says. Looks only: a look must never make another's taking of it fail.
    pub fn is_held(path: &Path) -> bool {
        let file = File::open(place(path));
        file.ok()
            .and_then(|mut file| read_holder(&mut file))
            .is_some_and(|h| h.is_alive())
    }

    /// The holder before, if it died with the lock in its hand.
    pub fn took_over(&self) -> Option<&Holder> {
        self.took_over.as_ref()
    }
}

impl Drop for JobLock {
    fn drop(&mut self) {
        // Emptied: released in good order. Should that fail, the next one reports a dead holder,
        // which is harmless. The lock itself goes with the file handle.
        let _ = self.file.set_len(0);
    }
}

/// A file beside the file itself, so that two names of one file (a link) have one of it.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path
            .parent()
            .and_then(|folder| std::fs::canonicalize(folder).ok());
        match (folder, path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    });
    let mut name = real.into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn place(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(HOLDER_BYTES_MAX).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write_holder(file: &mut File, holder: &Holder) -> io::Result<()> {
    let text = serde_json::to_vec(holder)?;
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&text)
}

// The vault is synchronous; an async caller uses `try_acquire` and its own timer.
#[allow(clippy::disallowed_methods)]
fn pause() {
    std::thread::sleep(Duration::from_millis(LOOK_AGAIN_MS));
}

/// When a process started, in clock ticks since boot: field 22 of its `stat`, counted behind the
/// name in parentheses, which may itself hold spaces.
fn process_started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(unix)]
fn exists(pid: u32) -> bool {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn exists(_pid: u32) -> bool {
    true // unknown: better to wait for a dead holder than to run over a living one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_the_file_has_the_files_own_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        std::fs::write(&path, "").unwrap();
        let held = JobLock::acquire(&path, "backup", None).unwrap();
        #[cfg(unix)]
        {
            std::fs::create_dir(dir.path().join("links")).unwrap();
            let link = dir.path().join("links/b.db");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            assert!(JobLock::acquire(&link, "restore", None).is_err());
        }
        assert!(JobLock::is_held(&path));
        drop(held);
        assert!(!JobLock::is_held(&path));
    }

    #[test]
    fn a_second_job_is_told_who_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let held = JobLock::acquire(&path, "backup", None).unwrap();
        let error = JobLock::acquire(&path, "restore", None).unwrap_err();
        assert!(matches!(error, Error::Locked { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("backup"), "{text}");
        assert!(text.contains(&std::process::id().to_string()), "{text}");
        drop(held);
        JobLock::acquire(&path, "restore", None).unwrap();
    }

    #[test]
    fn waiting_ends_when_the_holder_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let held = JobLock::acquire(&path, "backup", None).unwrap();
        let waiting = std::thread::spawn({
            let path = path.clone();
            move || JobLock::acquire(&path, "restore", Some(Duration::from_mins(1))).map(drop)
        });
        drop(held);
        waiting.join().unwrap().unwrap();
    }

    #[test]
    fn what_a_dead_holder_left_is_taken_over_and_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let dead = Holder {
            pid: 1,
            process_started: Some(u64::MAX),
            since: "2026-11-01T10:00:00.000Z".into(),
            what: "backup".into(),
        };
        assert!(!dead.is_alive());
        std::fs::write(place(&path), serde_json::to_vec(&dead).unwrap()).unwrap();
        let lock = JobLock::acquire(&path, "backup", None).unwrap();
        assert_eq!(lock.took_over(), Some(&dead));
        drop(lock);
        let lock = JobLock::acquire(&path, "backup", None).unwrap();
        assert_eq!(lock.took_over(), None);
    }

    #[test]
    fn this_process_is_alive_and_its_lock_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/down/a.db");
        let _lock = JobLock::acquire(&path, "backup", None).unwrap();
        assert!(Holder::this_process("x").is_alive());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&place(&path)), 0o600);
            assert_eq!(mode(&dir.path().join("deep")), 0o700);
        }
    }
}
