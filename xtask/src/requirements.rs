//! Requirements of verbs beyond Rust and Node. What is installed for the user or in this folder is
//! installed when it is missing; system packages only if that is allowed.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::command::{cargo, node, npm, output, run, succeeds};

/// The oldest version of Node, by the needs of Playwright and the tests of the page.
const OLDEST_NODE: u32 = 20;

/// Whether apt may be called to install system packages.
static SYSTEM_PACKAGES: OnceLock<bool> = OnceLock::new();

/// Allows system packages to be installed if `--yes` was given, or in CI, where nobody can be
/// asked.
pub(crate) fn allow_system_packages(yes: bool) {
    let in_ci = env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false" && ci != "0");
    // `main` sets it once.
    let _ = SYSTEM_PACKAGES.set(yes || in_ci);
}

/// The option that allows system packages in another process of this program, if they are allowed.
pub(crate) fn system_packages() -> Option<&'static str> {
    (SYSTEM_PACKAGES.get() == Some(&true)).then_some("--yes")
}

/// Whether system packages may and can be installed.
fn may_install() -> bool {
    is_root() && SYSTEM_PACKAGES.get() == Some(&true)
}

/// Whether this is a machine with apt.
fn has_apt() -> bool {
    succeeds(Command::new("apt-get").arg("--version"))
}

/// Installs a Debian package, or fails with what to type if that is not allowed.
fn system_package(what: &str, package: &str) -> Result<()> {
    let sudo = if is_root() { "" } else { "sudo " };
    ensure!(
        may_install(),
        "{what} is needed and was not found. Type\n    {sudo}apt-get install {package}\n\
         or, as root, let this install it: the same command with --yes"
    );
    println!("{what} is missing: installing {package} with apt");
    apt_install(package)
}

/// Installs the standard library for wasm32.
pub(crate) fn wasm_target() -> Result<()> {
    rust_target("wasm32-unknown-unknown")
}

/// Installs the standard library for a target.
pub(crate) fn rust_target(target: &str) -> Result<()> {
    let library =
        output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(&library).is_dir() {
        return Ok(());
    }
    println!("Rust's {target} library is missing: installing it");
    run(Command::new("rustup").args(["target", "add", target])).with_context(|| {
        format!("install Rust through https://rustup.rs, or your system's package for {target}")
    })
}

/// Installs the C compiler that SQLite and ring need in a static executable.
pub(crate) fn musl_gcc() -> Result<()> {
    debian_package("musl-gcc", "musl-tools")
}

/// Installs the Debian package of a program, if the program is missing.
pub(crate) fn debian_package(program: &str, package: &str) -> Result<()> {
    if path_folders().iter().any(|folder| folder.join(program).is_file()) {
        return Ok(());
    }
    ensure!(
        has_apt(),
        "`{program}` is needed and was not found in PATH; Debian has it in {package}"
    );
    system_package(&format!("`{program}`"), package)
}

/// Installs PostgreSQL where that is allowed. The tests of stores in it are ignored by name where
/// there is none, so that else what to type is enough.
pub(crate) fn postgresql() {
    // Debian keeps its programs out of PATH.
    let is_there =
        fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut found| found.next().is_some());
    if is_there {
        return;
    }
    if let Err(error) = debian_package("initdb", "postgresql") {
        println!("{error:#}\nuntil then its tests are ignored by name");
    }
}

/// The folder of tools that only releases of this project need.
const TOOLS: &str = "target/tools";

/// `cargo zigbuild`, installed from PyPI: cargo with zig as the C compiler and linker for other
/// processors, and with the headers of musl for them.
pub(crate) fn cargo_zigbuild() -> Result<Command> {
    const PACKAGES: [&str; 2] = ["cargo-zigbuild==0.24.1", "ziglang==0.17.1"];
    let environment = env::current_dir()?.join(TOOLS).join("zigbuild");
    let programs = environment.join("bin");
    if !programs.join("cargo-zigbuild").is_file() {
        println!("cargo-zigbuild is missing: installing it in {}", environment.display());
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        run(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(PACKAGES))?;
    }
    let mut command = cargo();
    let folders = [programs.clone()].into_iter().chain(path_folders());
    command.env("PATH", env::join_paths(folders)?);
    command.env("CARGO_ZIGBUILD_PYTHON_PATH", programs.join("python3"));
    command.arg("zigbuild");
    Ok(command)
}

/// `cargo cyclonedx` of the OWASP project, installed.
pub(crate) fn cargo_cyclonedx() -> Result<PathBuf> {
    const VERSION: &str = "0.5.9";
    let tools = env::current_dir()?.join(TOOLS);
    let program = tools.join("bin/cargo-cyclonedx");
    if !program.is_file() {
        println!("cargo-cyclonedx is missing: installing it in {}", tools.display());
        run(cargo()
            .args(["install", "cargo-cyclonedx", "--locked", "--version", VERSION, "--root"])
            .arg(&tools))?;
    }
    Ok(program)
}

/// Installs a component of Rust: rustup's minimal profile lacks rustfmt and clippy.
pub(crate) fn rust_component(name: &str, subcommand: &str) -> Result<()> {
    if succeeds(cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    println!("{name} is missing: installing it");
    run(Command::new("rustup").args(["component", "add", name]))
        .with_context(|| format!("install Rust through https://rustup.rs, or {name} by hand"))
}

/// Checks for Node, and installs the packages of package-lock.json.
pub(crate) fn npm_packages() -> Result<()> {
    npm_packages_of(Path::new("."))
}

/// Checks for Node, and installs the packages of the package-lock.json in `folder`.
pub(crate) fn npm_packages_of(folder: &Path) -> Result<()> {
    // Two installations in one folder would collide.
    let _turn = turn("target/npm.lock")?;
    let version = output(node().arg("--version"))
        .with_context(|| format!("install Node {OLDEST_NODE} or newer: https://nodejs.org"))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    ensure!(
        major.is_some_and(|major: u32| major >= OLDEST_NODE),
        "Node {OLDEST_NODE} or newer is needed, found {version}: https://nodejs.org"
    );
    // npm writes this file last, as its record of the installation.
    let installed = fs::metadata(folder.join("node_modules/.package-lock.json"))
        .and_then(|file| file.modified());
    let lock = folder.join("package-lock.json");
    let wanted = fs::metadata(&lock)
        .and_then(|file| file.modified())
        .with_context(|| format!("{} belongs to the repository and is missing", lock.display()))?;
    if installed.is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }
    println!("The npm packages are missing or of another {}: installing them", lock.display());
    run(npm().args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}

/// The path of a Chromium: that of `$CHROMIUM`, else one on this machine, else from apt if there is
/// one, else that of Playwright. Needs the npm packages.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        ensure!(starts(&path), "CHROMIUM is {}, and that does not start", path.display());
        return Ok(path);
    }
    if let Some(path) = chromium_on_this_machine()? {
        return Ok(path);
    }
    if has_apt() {
        system_package("Chromium", "chromium").map_err(|error| {
            anyhow!("{error}\nor set CHROMIUM to the path of a Chromium or Chrome")
        })?;
        if let Some(path) = chromium_on_this_machine()? {
            return Ok(path);
        }
        println!("what apt installed does not start");
    }
    println!("Chromium is missing: downloading Playwright's");
    match run(node().args([
        "node_modules/playwright-core/cli.js",
        "install",
        "chromium",
        "--no-shell",
    ])) {
        Err(error) => println!("the download failed: {error:#}"),
        Ok(()) => {
            if let Some(path) = chromium_on_this_machine()? {
                return Ok(path);
            }
            println!("what Playwright downloaded does not start");
        }
    }
    bail!(
        "no Chromium: install Chromium or Chrome (Debian: `apt-get install chromium`, macOS: \
         `brew install --cask chromium`), or set CHROMIUM to the path of one"
    )
}

/// The path of a Chromium for pages that nobody looks at: that of `$CHROMIUM`, else its headless
/// shell, from apt where that is allowed, else any. The shell, which Playwright drives where it
/// chose by itself, has the same engine and no windows, and takes half of the time of a processor.
/// Extensions need the whole. Needs the npm packages.
pub(crate) fn headless_chromium() -> Result<PathBuf> {
    const SHELL: &str = "chromium-headless-shell";
    if env::var_os("CHROMIUM").is_some() {
        return chromium();
    }
    let on_this_machine =
        || first_that_starts(path_folders().into_iter().map(|folder| folder.join(SHELL)));
    if let Some(path) = on_this_machine() {
        return Ok(path);
    }
    if has_apt()
        && may_install()
        && let Err(error) = system_package("Chromium's headless shell", SHELL)
    {
        // Ubuntu has no such package.
        println!("{error:#}; going on with the whole of Chromium");
    }
    on_this_machine().map_or_else(chromium, Ok)
}

/// The path of a Firefox: that of `$FIREFOX`, else one on this machine, else from apt.
pub(crate) fn firefox() -> Result<PathBuf> {
    const NAMES: [&str; 2] = ["firefox-esr", "firefox"];
    const APPLICATION: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";
    if let Some(path) = env::var_os("FIREFOX") {
        let path = PathBuf::from(path);
        ensure!(starts(&path), "FIREFOX is {}, and that does not start", path.display());
        return Ok(path);
    }
    let on_this_machine = || {
        let in_path =
            path_folders().into_iter().flat_map(|folder| NAMES.map(|name| folder.join(name)));
        first_that_starts(in_path.chain([PathBuf::from(APPLICATION)]))
    };
    if let Some(path) = on_this_machine() {
        return Ok(path);
    }
    if has_apt() {
        system_package("Firefox", "firefox-esr")
            .map_err(|error| anyhow!("{error}\nor set FIREFOX to the path of one"))?;
        if let Some(path) = on_this_machine() {
            return Ok(path);
        }
    }
    bail!("no Firefox: install it, or set FIREFOX to the path of one")
}

fn chromium_on_this_machine() -> Result<Option<PathBuf>> {
    const NAMES: [&str; 4] =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const APPLICATIONS: [&str; 2] = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    let playwright = output(node().args([
        "--input-type=module",
        "--eval",
        "import { chromium } from 'playwright-core'; console.log(chromium.executablePath())",
    ]))?;
    let folders = path_folders();
    let in_path =
        NAMES.into_iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let others = APPLICATIONS.into_iter().map(PathBuf::from).chain([PathBuf::from(playwright)]);
    Ok(first_that_starts(in_path.chain(others)))
}

/// The folders of `$PATH`.
fn path_folders() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

/// The first of these browsers that is there and starts.
fn first_that_starts(mut browsers: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    browsers.find(|path| path.is_file() && starts(path))
}

/// Whether a browser starts. Ubuntu's `chromium-browser` without snap exists, but only prints
/// advice.
fn starts(browser: &Path) -> bool {
    succeeds(Command::new(browser).arg("--version"))
}

pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|user| user == "0")
}

fn apt_install(package: &str) -> Result<()> {
    // Of two at the same time, apt fails the second.
    let _turn = turn("target/apt.lock")?;
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    run(Command::new("apt-get")
        .args(["install", "--yes", "--quiet", "--no-install-recommends", package])
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Waits until no other thread or process holds this file. It is held until it is dropped.
fn turn(path: &str) -> Result<File> {
    fs::create_dir_all("target")?;
    let turn = File::create(path).with_context(|| format!("could not create {path}"))?;
    turn.lock().with_context(|| format!("could not lock {path}"))?;
    Ok(turn)
}
