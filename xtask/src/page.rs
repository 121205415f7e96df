//! The only built part of the page: `www/pkg/`, which has what the page needs of the npm package.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Crc;

use crate::command::{node, output, run as execute};
use crate::{module, package};

/// The folder that a web server serves, relative to the repository.
pub(crate) const FOLDER: &str = "www";
/// The folder of the built part of the page.
pub(crate) const PACKAGE: &str = "www/pkg";

/// The files of the built part that every visit loads.
pub(crate) const PACKAGE_FILES: [&str; 3] = ["worker.js", "worker-thread.js", module::WASM];
/// What the page loads only when its reader asks for it.
pub(crate) const ON_DEMAND: [&str; 13] = [
    "www/about.js",
    "www/chart.js",
    "www/export.js",
    "www/files.js",
    "www/json.js",
    "www/names.css",
    "www/names.js",
    "www/share.js",
    "www/table.js",
    "www/teach.js",
    "www/why.js",
    "www/pkg/mentions.txt",
    "www/pkg/undertone_names_bg.wasm",
];
/// What the page loads only when its reader wants to train a model.
pub(crate) const OF_TRAINING: [&str; 5] = [
    "www/train.css",
    "www/train.js",
    "www/train-thread.js",
    "www/pkg/trainer.js",
    "www/pkg/undertone_train_bg.wasm",
];
/// What the page loads only when a model that its reader trains is to have a head start.
pub(crate) const OF_HEAD_START: [&str; 3] = ["vectors64.words", "vectors64.i8", "model.bin"];
/// What goes with the module that trains.
const TRAINER: &str = "trainer.js";
const BUNDLE: &str = "require('esbuild').buildSync({
    entryPoints: ['worker.js', 'worker-thread.js', 'trainer.js'].map((name) => `target/npm/${name}`),
    outdir: 'www/pkg',
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
})";

/// The file with the list of files that the page caches for use without a network, and a version
/// that changes with them. The service worker reads it.
pub(crate) const FILE_LIST: &str = "www/pkg/files.js";
/// The service worker, which is not cached: the browser looks for a newer one by itself.
const SERVICE_WORKER: &str = "sw.js";

/// Builds `www/pkg/`, installing what that needs.
pub(crate) fn build() -> Result<()> {
    let built = package::build()?;
    if fs::exists(PACKAGE)? {
        fs::remove_dir_all(PACKAGE).with_context(|| format!("could not empty {PACKAGE}"))?;
    }
    fs::create_dir(PACKAGE).with_context(|| format!("could not create {PACKAGE}"))?;
    // The scripts of the package are bundled into those that run: for the page, its worker, and the
    // one that trains.
    execute(node().args(["--eval", BUNDLE]))?;
    let others = [module::WASM, module::NAMES_WASM, module::TRAIN_WASM, package::NAMES];
    for name in others.into_iter().chain(OF_HEAD_START) {
        fs::copy(built.join(name), Path::new(PACKAGE).join(name))
            .with_context(|| format!("could not copy {name} to {PACKAGE}"))?;
    }
    write_file_list()
}

/// What is in the built part besides the list of files.
pub(crate) fn built_files() -> impl Iterator<Item = PathBuf> {
    let others = [module::NAMES_WASM, module::TRAIN_WASM, package::NAMES, TRAINER];
    let names = PACKAGE_FILES.into_iter().chain(others).chain(OF_HEAD_START);
    names.map(|name| Path::new(PACKAGE).join(name))
}

/// The files of `www/` except the built part, sorted.
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

/// The tests of the page, sorted.
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

/// The tests of the page that need no Chromium. Those that kill a browser need a server of
/// Playwright, which works with Chromium alone.
pub(crate) fn tests_for_any_browser() -> Result<Vec<PathBuf>> {
    let mut tests = tests()?;
    tests.retain(|path| !path.ends_with("killed.test.mjs"));
    Ok(tests)
}

/// What a file must be, as `fetch` is told (Subresource Integrity).
fn integrity(path: &Path) -> Result<String> {
    const PROGRAM: &str = "
        const hash = require('crypto').createHash('sha256');
        hash.update(require('fs').readFileSync(process.argv[1])).digest('base64')";
    let hash = output(node().args(["--print", PROGRAM]).arg(path))?;
    Ok(format!("sha256-{}", hash.trim()))
}

fn write_file_list() -> Result<()> {
    let mut names = Vec::new();
    let mut later = BTreeMap::new();
    let mut checksum = Crc::new();
    for path in own_files()?.into_iter().chain(built_files()) {
        checksum.update(&fs::read(&path)?);
        let name = path.strip_prefix(FOLDER)?.to_string_lossy().replace('\\', "/");
        let is_later = |of: &&str| path.ends_with(of);
        if [module::TRAIN_WASM].iter().chain(&OF_HEAD_START).any(is_later) {
            later.insert(name, integrity(&path)?);
        } else if name != SERVICE_WORKER {
            names.push(if name == "index.html" { "./".to_owned() } else { name });
        }
    }
    let version = format!("{:08x}", checksum.sum());
    let list = format!(
        "const VERSION = {version:?};\nconst FILES = {};\nconst LATER = {};\n",
        serde_json::to_string(&names)?,
        serde_json::to_string(&later)?
    );
    fs::write(FILE_LIST, list).with_context(|| format!("could not write {FILE_LIST}"))
}
