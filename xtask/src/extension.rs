//! `cargo xtask extension`: the browser extension, from `extension/` and the npm package, for both
//! kinds of browser.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use zip::ZipWriter;

use crate::command::{node, output};
use crate::{module, package, release};

/// The folder of the files that are written by hand.
const SOURCES: &str = "extension";
/// The folder of the finished extensions, each in a folder of its own.
const FOLDER: &str = "target/extension";
/// The budget of each zip, in bytes; 1 KB is 1000 bytes.
const BUDGET: u64 = 260_000;

/// The kinds of browsers, and the keys of the manifest that the other kind has and that this one
/// warns of.
const BROWSERS: [(&str, &[&str]); 2] = [
    ("chromium", &["/browser_specific_settings", "/background/scripts"]),
    ("firefox", &["/minimum_chrome_version", "/background/service_worker"]),
];
/// What is copied as it is.
const PAGES: [&str; 5] = ["popup.html", "popup.css", "options.html", "options.css", "page.css"];
const ICONS: [&str; 4] = ["16.png", "32.png", "48.png", "128.png"];
const OF_THE_PACKAGE: [&str; 3] = [module::WASM, module::NAMES_WASM, package::NAMES];
/// Bundles the scripts into a folder; the package is in another.
const BUNDLE: &str = "
    import { build } from 'esbuild';
    const [outdir, packaged] = process.argv.slice(1);
    const how = {
      outdir, bundle: true, minify: true, legalComments: 'none', target: 'es2022',
      alias: { undertone: packaged },
    };
    const entryPoints = (names) => names.map((name) => `extension/${name}.js`);
    await build({ ...how, format: 'esm', entryPoints: entryPoints(['background', 'popup', 'options']) });
    // A script in a page can't import, and may be started twice.
    await build({ ...how, format: 'iife', entryPoints: entryPoints(['content']) });";

pub(crate) fn run() -> Result<()> {
    for zip in build()? {
        println!("{}", zip.display());
    }
    Ok(())
}

/// The tests, of which the first is for any browser.
pub(crate) const TESTS: [&str; 3] = [
    "tests/extension/extension.test.mjs",
    "tests/extension/finder.test.mjs",
    "tests/extension/zips.test.mjs",
];

/// Builds the extension for both kinds of browsers. Returns the zips, and fails over budget.
pub(crate) fn build() -> Result<Vec<PathBuf>> {
    package::build()?;
    let folders = of_package()?;
    folders.iter().map(|folder| zipped(folder)).collect()
}

/// Builds the extension from the npm package as it was last built, as it can be loaded unpacked.
/// Returns the folders.
pub(crate) fn of_package() -> Result<Vec<PathBuf>> {
    let packaged = Path::new(package::FOLDER).canonicalize()?;
    let version = package::version()?;
    let manifest = Path::new(SOURCES).join("manifest.json");
    let manifest: Value = serde_json::from_str(&fs::read_to_string(&manifest)?)
        .with_context(|| format!("{} is no JSON", manifest.display()))?;
    if Path::new(FOLDER).exists() {
        fs::remove_dir_all(FOLDER).with_context(|| format!("could not empty {FOLDER}"))?;
    }
    let mut folders = Vec::new();
    for (browser, foreign) in BROWSERS {
        let folder = Path::new(FOLDER).join(browser);
        fs::create_dir_all(folder.join("icons"))?;
        output(node().args(["--input-type=module", "--eval", BUNDLE]).arg(&folder).arg(&packaged))?;
        for name in PAGES {
            copy(&Path::new(SOURCES).join(name), &folder.join(name))?;
        }
        for name in ICONS {
            let name = Path::new("icons").join(name);
            copy(&Path::new(SOURCES).join(&name), &folder.join(&name))?;
        }
        for name in OF_THE_PACKAGE {
            copy(&packaged.join(name), &folder.join(name))?;
        }
        let mut manifest = manifest.clone();
        manifest["version"] = json!(version);
        foreign.iter().for_each(|key| remove(&mut manifest, key));
        let manifest = format!("{}\n", serde_json::to_string_pretty(&manifest)?);
        fs::write(folder.join("manifest.json"), manifest)?;
        folders.push(folder);
    }
    Ok(folders)
}

/// Packs an extension. Returns the zip, and fails over budget.
fn zipped(folder: &Path) -> Result<PathBuf> {
    let browser = folder.file_name().unwrap_or_default().to_string_lossy();
    let zip = PathBuf::from(format!("{FOLDER}/undertone-{}-{browser}.zip", package::version()?));
    pack(folder, &zip)?;
    let bytes = fs::metadata(&zip)?.len();
    println!("{}: {bytes} of {BUDGET} bytes", zip.display());
    ensure!(bytes <= BUDGET, "{} is {} bytes too large", zip.display(), bytes - BUDGET);
    Ok(zip)
}

/// Removes the value that a JSON pointer names.
fn remove(manifest: &mut Value, pointer: &str) {
    if let Some((parent, key)) = pointer.rsplit_once('/')
        && let Some(parent) = manifest.pointer_mut(parent).and_then(Value::as_object_mut)
    {
        parent.remove(key);
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(drop).with_context(|| format!("could not copy {}", from.display()))
}

/// Packs a folder, with the manifest at the top.
fn pack(folder: &Path, archive: &Path) -> Result<()> {
    let mut zip = ZipWriter::new(File::create(archive)?);
    let mut paths = Vec::new();
    for folder in [folder.to_owned(), folder.join("icons")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                paths.push(path);
            }
        }
    }
    paths.sort();
    for path in paths {
        let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        release::add(&mut zip, &name, &path)?;
    }
    zip.finish()?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::remove;

    #[test]
    fn what_a_pointer_names_is_removed_and_what_is_not_there_is_no_matter() {
        let mut manifest = json!({ "background": { "scripts": [], "type": "module" }, "name": "" });
        for pointer in ["/background/scripts", "/background/worker", "/icons/16"] {
            remove(&mut manifest, pointer);
        }
        assert_eq!(manifest, json!({ "background": { "type": "module" }, "name": "" }));
    }
}
