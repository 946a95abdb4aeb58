//! Ctrl-C, SIGTERM and a closed terminal (SIGHUP): the first asks the work to stop where it stands
//! whole, the second ends the process at once.
//!
//! A thread of its own listens, so that a signal is heard while the work computes and does not wait.

use tokio_util::sync::CancellationToken;

use crate::commands::failure::Exit;

/// Watches for signals until the process ends. Work that looks at the token is given the chance to
/// stop by itself; where `graceful` is false (a reading command), there is nothing to bring home.
pub fn watch(token: CancellationToken, graceful: bool) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
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
    std::thread::Builder::new().name("signals".to_owned()).spawn(watching)?;
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
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
