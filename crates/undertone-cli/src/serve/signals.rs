//! Signals of the operating system to the server.

/// The signals to stop: SIGTERM, SIGINT (Ctrl-C).
pub(super) struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
mod unix {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    impl super::Stop {
        pub(in super::super) fn listen() -> io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }

        pub(in super::super) async fn asked(&mut self) {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
        }
    }

    /// The signal to read the files again: SIGHUP.
    pub(in super::super) fn reloads() -> io::Result<Signal> {
        signal(SignalKind::hangup())
    }
}

#[cfg(unix)]
pub(super) use unix::reloads;

#[cfg(not(unix))]
impl Stop {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub(super) async fn asked(&mut self) {
        // If there is no listening for Ctrl-C, only ending the process stops the server.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
