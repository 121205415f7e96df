//! `cargo xtask package`: the npm package, from `npm/` and the built module.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::command::{node, npm, output};
use crate::module;

/// The folder of the files that are written by hand.
const SOURCES: &str = "npm";
/// The folder that npm packs.
const FOLDER: &str = "target/npm";
/// The documents from the top of the repository that are packed, too.
const DOCUMENTS: [&str; 4] = ["MODEL_CARD.md", "LICENSE-APACHE", "LICENSE-MIT", NAMES];
/// The head start of a training, which is fetched only by who asks for it: words, their vectors,
/// and the model by itself.
pub(crate) const HEAD_START: [&str; 3] =
    ["data/vectors/vectors64.words", "data/vectors/vectors64.i8", "model.bin"];
/// The list of names, which is fetched only by who asks for it.
pub(crate) const NAMES: &str = "mentions.txt";

/// Builds the package and packs it. Returns the tarball.
pub(crate) fn run() -> Result<PathBuf> {
    build()?;
    let tarball = pack()?;
    println!("\nThe package is in {FOLDER}, and packed as {}", tarball.display());
    Ok(tarball)
}

/// Assembles the package. Returns its folder.
pub(crate) fn build() -> Result<&'static Path> {
    let folder = Path::new(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("could not empty {FOLDER}"))?;
    }
    module::build(folder)?;
    for entry in fs::read_dir(SOURCES).with_context(|| format!("could not read {SOURCES}"))? {
        let entry = entry?;
        copy(&entry.path(), &folder.join(entry.file_name()))?;
    }
    minify(folder)?;
    for path in DOCUMENTS.into_iter().chain(HEAD_START).map(Path::new) {
        copy(path, &folder.join(path.file_name().unwrap_or_default()))?;
    }
    version()?;
    Ok(folder)
}

/// The modules of `undertone/element` in the package that was last built, sorted.
pub(crate) fn element_files() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(FOLDER).with_context(|| format!("could not read {FOLDER}"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("element") && name.ends_with(".js") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A file of the package that was last built.
pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

/// An entry point of the package that was last built and the modules that it imports, sorted.
pub(crate) fn files_of(entry: &str) -> Result<Vec<PathBuf>> {
    const PROGRAM: &str = "
        require('esbuild').buildSync({
          entryPoints: [process.argv[1]], bundle: true, format: 'esm', metafile: true, write: false,
        }).metafile.inputs";
    let program = format!("JSON.stringify(Object.keys({}))", PROGRAM.trim());
    let printed = output(node().args(["--print", program.as_str()]).arg(file(entry)))?;
    let mut files: Vec<PathBuf> = serde_json::from_str(&printed)?;
    files.sort();
    Ok(files)
}

/// Minifies the modules in place, each by itself, so that they can still be imported by their names
/// and bundlers still find the files that they name. Through the API of esbuild: its command is a
/// script or a program, depending on how npm installed it.
fn minify(folder: &Path) -> Result<()> {
    const PROGRAM: &str = "
        import { readdirSync } from 'node:fs';
        import { join } from 'node:path';
        import { build } from 'esbuild';
        const [folder] = process.argv.slice(1);
        const entryPoints = readdirSync(folder)
          .filter((name) => name.endsWith('.js'))
          .map((name) => join(folder, name));
        const how = { minify: true, format: 'esm', target: 'es2022', legalComments: 'none' };
        await build({ ...how, entryPoints, outdir: folder, allowOverwrite: true });";
    output(node().args(["--input-type=module", "--eval", PROGRAM]).arg(folder)).map(drop)
}

/// Packs the assembled package. Returns the tarball.
pub(crate) fn pack() -> Result<PathBuf> {
    let printed = output(npm().args(["pack", "--json", "--pack-destination=target"]).arg(
        // npm takes a bare name for a package of the registry.
        format!("./{FOLDER}"),
    ))?;
    let printed: serde_json::Value = serde_json::from_str(&printed)?;
    let name = printed[0]["filename"].as_str().context("`npm pack` named no file")?;
    Ok(Path::new("target").join(name))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("could not copy {} to {}", from.display(), to.display()))
}

/// The version of the crate and the package, which are released together.
pub(crate) fn version() -> Result<String> {
    let package: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(Path::new(SOURCES).join("package.json"))?)?;
    let manifest = fs::read_to_string("Cargo.toml")?;
    let version = package["version"].as_str().context("npm/package.json has no version")?;
    ensure!(
        manifest.lines().any(|line| line == format!("version = \"{version}\"")),
        "npm/package.json has version {version}, expected that of Cargo.toml"
    );
    Ok(version.to_owned())
}
