//! Ctrl-C, SIGTERM and a terminal that goes away (SIGHUP): the first asks the work to stop where it
//! stands whole, the second ends the process at once.
//!
//! A thread of its own listens, so that a signal is heard while the work computes and does not wait.

use tokio_util::sync::CancellationToken;

use crate::commands::failure::Exit;

/// Watches for signals until the process ends. Work that looks at the token is given the chance to
/// stop by itself; where `graceful` is false (a reading command), there is nothing to bring home.
pub fn watch(token: CancellationToken, graceful: bool) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listening = runtime.enter();
    let mut signals = Signals::listen()?;
    drop(listening);
    let watching = move || {
        runtime.block_on(async move {
            signals.next().await;
            token.cancel();
            if graceful {
                signals.next().await;
            }
            at_once();
        });
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(watching)?;
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// None where a hang-up is to be outlived.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: match hangup_is_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) {
        let hangup = self.hangup.as_mut();
        let hung_up = async {
            match hangup {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = hung_up => {}
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Was vortex started by `nohup`, to outlive its terminal? Listening would undo that. Where the
/// system does not say, its own handling stays.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| ignores_hangup(&status))
        .unwrap_or(true)
}

#[cfg(unix)]
fn ignores_hangup(status: &str) -> Option<bool> {
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"))?;
    // The lowest bit is signal 1, SIGHUP.
    Some(u64::from_str_radix(mask.trim(), 16).ok()? & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // No signal can be heard here; the system's own handling stays.
            std::future::pending::<()>().await;
        }
    }
}

#[allow(clippy::disallowed_methods)]
fn at_once() -> ! {
    std::process::exit(i32::from(Exit::Interrupted.code()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nohup_is_read_from_the_mask_of_ignored_signals() {
        let status = |mask: &str| format!("Name:\tvortex\nSigIgn:\t{mask}\nSigCgt:\t0\n");
        assert_eq!(ignores_hangup(&status("0000000000001001")), Some(true));
        assert_eq!(ignores_hangup(&status("0000000000001000")), Some(false));
        assert_eq!(ignores_hangup("Name:\tvortex\n"), None);
    }
}
