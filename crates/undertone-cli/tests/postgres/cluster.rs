//! A PostgreSQL server of a test's own: Debian's binaries, a temporary folder, a socket in it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// Whom the server belongs to where the tests are run by root, as whom it refuses to run.
const USER: &str = "nobody";

/// A server that ends with the test.
pub(crate) struct Cluster {
    folder: TempDir,
    server: Option<Child>,
}

/// The folder of PostgreSQL's programs, if this machine has them.
pub(crate) fn programs() -> Option<PathBuf> {
    let of_debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = of_debian.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&in_path));
    folders.into_iter().rev().find(|folder| {
        ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file())
    })
}

/// A number of `id`, such as that of a user.
fn id(arguments: &[&str]) -> u32 {
    let output = Command::new("id").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// One of PostgreSQL's programs, run by who may.
fn program(name: &str) -> Command {
    let program = programs().unwrap().join(name);
    if id(&["-u"]) != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", &id(&["-g", USER]).to_string(), "--clear-groups"]);
    command.arg(program);
    command
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if id(&["-u"]) == 0 {
            chown(folder.path(), Some(id(&["-u", USER])), Some(id(&["-g", USER]))).unwrap();
        }
        let data = folder.path().join("data");
        // Without fsync: what is killed here are processes, not the machine.
        let made = program("initdb")
            .args(["--no-sync", "--auth=trust", "--username=undertone", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--pgdata"])
            .arg(&data)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut cluster = Self { folder, server: None };
        cluster.restart();
        cluster
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server, again if it was killed, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        for _ in 0..600 {
            if let Some(server) = &mut self.server
                && server.try_wait().unwrap().is_some()
            {
                // It waits for the processes of the one that was killed by giving up.
                self.server = None;
            }
            if self.server.is_none() {
                let log = fs::File::options()
                    .create(true)
                    .append(true)
                    .open(self.folder().join("log"))
                    .unwrap();
                let server = program("postgres")
                    .arg("-D")
                    .arg(self.folder().join("data"))
                    .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c"])
                    .arg(format!("unix_socket_directories={}", self.folder().display()))
                    .current_dir(self.folder())
                    .stdout(Stdio::null())
                    .stderr(log)
                    .spawn()
                    .unwrap();
                self.server = Some(server);
            }
            if self.psql("postgres", "SELECT 1").is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{}", fs::read_to_string(self.folder().join("log")).unwrap_or_default());
    }

    /// Ends the server as nothing can prevent.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // setpriv has become the server.
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// What a statement answers, a row a line; None where the server doesn't.
    pub(crate) fn psql(&self, database: &str, statement: &str) -> Option<String> {
        let output = Command::new(programs().unwrap().join("psql"))
            .args(["--username=undertone", "--no-psqlrc", "--tuples-only", "--no-align"])
            .args([OsStr::new("--host"), self.folder().as_os_str()])
            .args(["--dbname", database, "--command", statement])
            .output()
            .unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| answer.trim_end().to_owned())
    }

    /// Makes a database and gives its address.
    pub(crate) fn database(&self, name: &str) -> String {
        self.psql("postgres", &format!("CREATE DATABASE {name}")).unwrap();
        format!("postgres:///{name}?user=undertone&host={}", self.folder().display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}
