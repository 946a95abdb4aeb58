//! Ctrl-C and SIGTERM: the first asks the work to stop where it stands whole, the second ends the
//! process at once.

use tokio_util::sync::CancellationToken;

use crate::commands::failure::Exit;

/// Watches for signals until the runtime ends. Work that looks at the token is given the chance to
/// stop by itself; where `graceful` is false (a reading command), there is nothing to bring home.
pub fn watch(token: CancellationToken, graceful: bool) -> std::io::Result<()> {
    let mut signals = Signals::listen()?;
    tokio::spawn(async move {
        signals.next().await;
        token.cancel();
        if graceful {
            signals.next().await;
        }
        at_once();
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
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
