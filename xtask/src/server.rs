//! A server process that a measurement starts, with its use of resources.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{output, run as execute};

/// The longest time until a server answers first.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is ended when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts a server, and waits until it answers at `address`.
    pub(crate) fn start(mut command: Command, address: String) -> Result<Self> {
        let process = command.stdin(Stdio::null()).spawn().context("could not start a server")?;
        let mut server = Self { process, address };
        let begun = Instant::now();
        while !server.answers() {
            if let Some(status) = server.process.try_wait()? {
                bail!("a server ended by itself with {status}");
            }
            ensure!(begun.elapsed() < PATIENCE, "a server does not answer");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    fn answers(&self) -> bool {
        let url = format!("http://{}/health", self.address);
        output(Command::new("curl").args(["--silent", "--fail", &url])).is_ok()
    }

    /// The resident memory of the process in bytes.
    pub(crate) fn resident(&self) -> Result<f64> {
        let path = PathBuf::from(format!("/proc/{}/status", self.process.id()));
        let status = fs::read_to_string(&path)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kibibytes.map(|n| 1024.0 * n).with_context(|| format!("no VmRSS in {}", path.display()))
    }

    /// The number of open file handles of the process.
    pub(crate) fn file_handles(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }

    /// The number of threads of the process.
    pub(crate) fn threads(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/task", self.process.id()))?.count())
    }

    /// Asks the server to end, and waits for it.
    pub(crate) fn stop(mut self) -> Result<ExitStatus> {
        execute(Command::new("kill").arg(self.process.id().to_string()))?;
        Ok(self.process.wait()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(Some(_))) {
            return;
        }
        // gunicorn ends its workers when it is terminated, not when it is killed.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").arg(&id).status();
        let _ = self.process.wait();
    }
}

/// An address of this machine at which nobody listens.
pub(crate) fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
