//! What a verb needs beyond Rust and Node, each installed when it is missing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{cargo, node, npm, output, run, succeeds};

/// Playwright's and the page tests' lower bound.
const OLDEST_NODE: u32 = 20;

/// The standard library for wasm32.
pub(crate) fn wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let library =
        output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(&library).is_dir() {
        return Ok(());
    }
    println!("Rust's {TARGET} library is missing: installing it");
    run(Command::new("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!("install Rust through https://rustup.rs, or your system's package for {TARGET}")
    })
}

/// rustfmt and clippy, which rustup's minimal profile lacks.
pub(crate) fn rust_component(name: &str, subcommand: &str) -> Result<()> {
    if succeeds(cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    println!("{name} is missing: installing it");
    run(Command::new("rustup").args(["component", "add", name]))
        .with_context(|| format!("install Rust through https://rustup.rs, or {name} by hand"))
}

/// Node, and the packages of package-lock.json.
pub(crate) fn npm_packages() -> Result<()> {
    npm_packages_of(Path::new("."))
}

/// Node, and the packages of the package-lock.json in `folder`.
pub(crate) fn npm_packages_of(folder: &Path) -> Result<()> {
    let version = output(node().arg("--version"))
        .with_context(|| format!("install Node {OLDEST_NODE} or newer: https://nodejs.org"))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    ensure!(
        major.is_some_and(|major: u32| major >= OLDEST_NODE),
        "Node {OLDEST_NODE} or newer is needed, found {version}: https://nodejs.org"
    );
    // npm writes this file last, as its record of what it has installed.
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

/// A Chromium: the one of `$CHROMIUM`, else the one on this machine, else from apt, else
/// Playwright's. Needs the npm packages.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        ensure!(starts(&path), "CHROMIUM is {}, and that does not start", path.display());
        return Ok(path);
    }
    if let Some(path) = chromium_on_this_machine()? {
        return Ok(path);
    }
    if is_root() && succeeds(Command::new("apt-get").arg("--version")) {
        println!("Chromium is missing: installing it with apt");
        match apt_install("chromium") {
            Err(error) => println!("apt did not install it: {error:#}"),
            Ok(()) => {
                if let Some(path) = chromium_on_this_machine()? {
                    return Ok(path);
                }
                println!("what apt installed does not start");
            }
        }
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
    let folders = env::var_os("PATH").unwrap_or_default();
    let in_path = NAMES
        .into_iter()
        .flat_map(|name| env::split_paths(&folders).map(move |folder| folder.join(name)));
    Ok(in_path
        .chain(APPLICATIONS.into_iter().map(PathBuf::from))
        .chain([PathBuf::from(playwright)])
        .find(|path| path.is_file() && starts(path)))
}

/// Ubuntu's `chromium-browser` without snap is a file that is there and only prints advice.
fn starts(browser: &Path) -> bool {
    succeeds(Command::new(browser).arg("--version"))
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|user| user == "0")
}

fn apt_install(package: &str) -> Result<()> {
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    run(Command::new("apt-get")
        .args(["install", "--yes", "--quiet", "--no-install-recommends", package])
        .env("DEBIAN_FRONTEND", "noninteractive"))
}
