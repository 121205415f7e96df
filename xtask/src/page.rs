//! The page's only built part: `www/pkg/`, what the page needs of the npm package.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Crc;

use crate::command::{node, run as execute};
use crate::{module, package};

/// What a web server has to offer, relative to the repository.
pub(crate) const FOLDER: &str = "www";
/// The built part of it.
pub(crate) const PACKAGE: &str = "www/pkg";

/// What of it every page loads.
pub(crate) const PACKAGE_FILES: [&str; 3] = ["worker.js", "worker-thread.js", module::WASM];
/// What the page loads only when its reader asks for it.
pub(crate) const ON_DEMAND: [&str; 3] = ["www/names.css", "www/names.js", "www/pkg/mentions.txt"];
const BUNDLE: &str = "require('esbuild').buildSync({
    entryPoints: ['target/npm/worker.js', 'target/npm/worker-thread.js'],
    outdir: 'www/pkg',
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
})";

/// What the page keeps for when there is no network, and a version that every change of it changes:
/// the service worker reads this.
pub(crate) const FILE_LIST: &str = "www/pkg/files.js";
/// The browser looks for a newer one by itself, past every cache.
const SERVICE_WORKER: &str = "sw.js";

/// Builds `www/pkg/`, installing what that needs.
pub(crate) fn build() -> Result<()> {
    let built = package::build()?;
    if fs::exists(PACKAGE)? {
        fs::remove_dir_all(PACKAGE).with_context(|| format!("could not empty {PACKAGE}"))?;
    }
    fs::create_dir(PACKAGE).with_context(|| format!("could not create {PACKAGE}"))?;
    // The package's ten scripts as the two that run: one for the page, one for its worker.
    execute(node().args(["--eval", BUNDLE]))?;
    for name in [module::WASM, package::NAMES] {
        fs::copy(built.join(name), Path::new(PACKAGE).join(name))
            .with_context(|| format!("could not copy {name} to {PACKAGE}"))?;
    }
    write_file_list()
}

/// What is in the built part besides the list of files.
pub(crate) fn built_files() -> impl Iterator<Item = PathBuf> {
    let names = PACKAGE_FILES.into_iter().chain([package::NAMES]);
    names.map(|name| Path::new(PACKAGE).join(name))
}

/// What `www/` holds besides the built part, sorted.
pub(crate) fn own_files() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(FOLDER)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The page's tests, sorted.
pub(crate) fn tests() -> Result<Vec<PathBuf>> {
    let mut tests = Vec::new();
    for entry in fs::read_dir("tests/browser")? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            tests.push(path);
        }
    }
    tests.sort();
    Ok(tests)
}

/// Those that need no Chromium: a browser is killed through a server of Playwright's, which is Chromium's.
pub(crate) fn tests_for_any_browser() -> Result<Vec<PathBuf>> {
    let mut tests = tests()?;
    tests.retain(|path| !path.ends_with("killed.test.mjs"));
    Ok(tests)
}

fn write_file_list() -> Result<()> {
    let mut names = Vec::new();
    let mut checksum = Crc::new();
    for path in own_files()?.into_iter().chain(built_files()) {
        checksum.update(&fs::read(&path)?);
        let name = path.strip_prefix(FOLDER)?.to_string_lossy().replace('\\', "/");
        if name != SERVICE_WORKER {
            names.push(if name == "index.html" { "./".to_owned() } else { name });
        }
    }
    let version = format!("{:08x}", checksum.sum());
    let list = format!(
        "const VERSION = {version:?};\nconst FILES = {};\n",
        serde_json::to_string(&names)?
    );
    fs::write(FILE_LIST, list).with_context(|| format!("could not write {FILE_LIST}"))
}
