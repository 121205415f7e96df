//! The Dockerfile, built and run: `cargo xtask test --only container`.
//!
//! Base images may be out of reach, and a builder image of our own would be a Linux distribution.
//! So the builder image is empty here, and the programs of this machine are mounted into it: the
//! Dockerfile is run as it is, with another value for its one argument.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::command::{output, run as execute, succeeds};
use crate::requirements;

const MOST_BYTES: u64 = 15_000_000;
const FOLDER: &str = "target/container";
const BUILDER: &str = "localhost/undertone-builder";
const IMAGE: &str = "localhost/undertone";
/// The user of the image, which does not exist on this machine.
const USER: &str = "65532";
const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) fn test() -> Result<()> {
    ensure!(
        cfg!(target_os = "linux") && requirements::is_root(),
        "the container's test needs Linux and root, for mounts; elsewhere `docker build .` and \
         `docker compose up` do without"
    );
    for program in ["buildah", "podman", "runc"] {
        requirements::debian_package(program, program)?;
    }
    requirements::musl_gcc()?;
    build_builder()?;
    build_image()?;
    let bytes: u64 =
        output(&mut podman(&["image", "inspect", "--format={{.Size}}", IMAGE]))?.parse()?;
    println!("the image has {bytes} of {MOST_BYTES} bytes");
    ensure!(bytes < MOST_BYTES, "the image is {} bytes too large", bytes - MOST_BYTES);
    let container = Container::start()?;
    container.check()?;
    container.stop()
}

fn build_builder() -> Result<()> {
    let folder = Path::new(FOLDER).join("builder");
    let root = folder.join("rootfs");
    for name in ["dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var/tmp"] {
        fs::create_dir_all(root.join(name))?;
    }
    #[cfg(unix)]
    for name in ["bin", "lib", "lib64", "sbin"] {
        let link = root.join(name);
        // On every distribution of this decade these are links into /usr.
        if fs::symlink_metadata(&link).is_err() {
            std::os::unix::fs::symlink(Path::new("usr").join(name), link)?;
        }
    }
    let (path, home) = (env::var("PATH")?, env::var("HOME")?);
    let dockerfile = format!("FROM scratch\nCOPY rootfs/ /\nENV PATH={path} HOME={home}\n");
    fs::write(folder.join("Dockerfile"), dockerfile)?;
    execute(buildah().args(["--tag", BUILDER]).arg(&folder))
}

fn build_image() -> Result<()> {
    let mut command = buildah();
    command.args(["--build-arg", &format!("BUILDER={BUILDER}"), "--format", "docker"]);
    let home = PathBuf::from(env::var_os("HOME").context("HOME is not set")?);
    let folder = |name: &str, default: &str| {
        env::var_os(name).map_or_else(|| home.join(default), PathBuf::from)
    };
    let read_only =
        ["/usr".into(), "/etc".into(), folder("RUSTUP_HOME", ".rustup"), home.join(".npmrc")];
    for path in read_only.iter().filter(|path| path.exists()) {
        command.arg("--volume").arg(mount(path, ":ro"));
    }
    // Cargo keeps its downloads between builds.
    command.arg("--volume").arg(mount(&folder("CARGO_HOME", ".cargo"), ""));
    execute(command.args(["--tag", IMAGE, "."]))
}

fn mount(path: &Path, options: &str) -> OsString {
    let mut mount = path.as_os_str().to_owned();
    mount.push(":");
    mount.push(path);
    mount.push(options);
    mount
}

/// Adds the options by which buildah and podman keep images apart from those of the system.
fn storage(command: &mut Command) -> &mut Command {
    let root = env::current_dir().unwrap_or_default().join(FOLDER);
    command.args(["--storage-driver", "vfs", "--root"]).arg(root.join("storage"));
    command.arg("--runroot").arg(root.join("run"))
}

fn buildah() -> Command {
    let mut command = Command::new("buildah");
    // With chroot as its isolation a build works inside containers, too.
    storage(&mut command).args(["bud", "--isolation", "chroot"]);
    command
}

fn podman(arguments: &[&str]) -> Command {
    let mut command = Command::new("podman");
    storage(&mut command).args(["--cgroup-manager", "cgroupfs", "--events-backend", "file"]);
    command.args(["--runtime", "runc"]).args(arguments);
    command
}

/// A running container, removed when dropped.
struct Container {
    id: String,
    address: String,
}

impl Container {
    fn start() -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let listen = format!("UNDERTONE_LISTEN={address}");
        let id = output(&mut podman(&[
            "run",
            "--detach",
            "--read-only",
            "--cap-drop=all",
            "--security-opt=no-new-privileges",
            "--ulimit=nofile=1024:1024",
            "--ulimit=nproc=1024:1024",
            // A network of its own would need what build machines lack.
            "--network=host",
            "--env",
            &listen,
            IMAGE,
        ]))?;
        let container = Self { id, address };
        let begun = Instant::now();
        while container.get("/health").is_err() {
            ensure!(begun.elapsed() < PATIENCE, "no answer; it says: {}", container.log()?);
            thread::sleep(Duration::from_millis(100));
        }
        Ok(container)
    }

    fn check(&self) -> Result<()> {
        let health: Value = serde_json::from_str(&self.get("/health")?)?;
        ensure!(health["status"] == "ok", "expected health, found {health}");
        let body = r#"{"text": "Exchange halts withdrawals as losses mount"}"#;
        let url = format!("http://{}/predict", self.address);
        let json = "Content-Type: application/json";
        let answer =
            output(Command::new("curl").args(["-sS", "--fail", "-H", json, "-d", body, &url]))?;
        let answer: Value = serde_json::from_str(&answer)?;
        ensure!(answer["prediction"] == "negative", "expected a negative text, found {answer}");
        println!("POST /predict: {answer}");

        ensure!(self.get("/")?.contains("<title>Undertone"), "expected the page at /");
        let wasm = Path::new(FOLDER).join("page.wasm");
        let url = format!("http://{}/pkg/undertone_bg.wasm", self.address);
        execute(Command::new("curl").args(["-sS", "--fail", &url, "--output"]).arg(&wasm))?;
        ensure!(fs::read(&wasm)?.starts_with(b"\0asm"), "expected the page's module");

        let process = output(&mut podman(&["inspect", "--format={{.State.Pid}}", &self.id]))?;
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().split_whitespace().next().unwrap_or_default().to_owned()
        };
        ensure!(line("Uid:") == USER, "expected the user {USER}, found {}", line("Uid:"));
        let capabilities = line("CapEff:");
        ensure!(
            capabilities.chars().all(|digit| digit == '0') && !capabilities.is_empty(),
            "expected no capabilities, found {capabilities}"
        );
        let mut health = podman(&["exec", &self.id, "/undertone", "health"]);
        ensure!(succeeds(&mut health), "expected the health check to succeed");
        let write = podman(&["exec", &self.id, "/undertone", "man", "/pages"]).output()?;
        let message = String::from_utf8_lossy(&write.stderr);
        ensure!(
            !write.status.success() && message.contains("Read-only file system"),
            "expected that nothing can be written, found {message}"
        );
        let mut predict = podman(&["run", "--rm", "--read-only", "--cap-drop=all"]);
        predict.args(["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--network=host"]);
        predict.args([IMAGE, "predict", "Exchange halts withdrawals as losses mount"]);
        let scored = output(&mut predict)?;
        ensure!(scored.contains("negative"), "expected a negative text, found {scored}");
        let check = output(&mut podman(&["image", "inspect", "--format={{.HealthCheck}}", IMAGE]))?;
        ensure!(check.contains("/undertone health"), "expected a HEALTHCHECK, found {check}");
        Ok(())
    }

    /// Stops the container, and fails if it had to be killed.
    fn stop(&self) -> Result<()> {
        execute(&mut podman(&["stop", "--time=180", &self.id]))?;
        let code = output(&mut podman(&["inspect", "--format={{.State.ExitCode}}", &self.id]))?;
        ensure!(code == "0", "expected the exit code 0, found {code}: {}", self.log()?);
        println!("built, run and stopped: the container is as it should be");
        Ok(())
    }

    fn get(&self, path: &str) -> Result<String> {
        let url = format!("http://{}{path}", self.address);
        output(Command::new("curl").args(["-sS", "--fail", &url]))
    }

    fn log(&self) -> Result<String> {
        let logged = podman(&["logs", &self.id]).output()?;
        Ok(String::from_utf8_lossy(&logged.stderr).into_owned())
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Fails if the container is removed already.
        let _ = podman(&["rm", "--force", "--time=0", &self.id]).output();
    }
}
