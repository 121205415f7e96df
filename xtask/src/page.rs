//! The page's only built part: `www/pkg/`, the wasm module and its JavaScript.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, node, output, run};
use crate::requirements;

/// What a web server has to offer, relative to the repository.
pub(crate) const FOLDER: &str = "www";
/// The built part of it.
const PACKAGE: &str = "www/pkg";
/// The module's JavaScript.
pub(crate) const JAVASCRIPT: &str = "www/pkg/undertone.js";
/// The module, with the model inside.
pub(crate) const WASM: &str = "www/pkg/undertone_bg.wasm";

/// Builds `www/pkg/`, installing what that needs.
pub(crate) fn build() -> Result<()> {
    requirements::wasm_target()?;
    requirements::npm_packages()?;
    println!("Compiling the module");
    run(cargo().args([
        "rustc",
        "--lib",
        "--crate-type=cdylib",
        "--target=wasm32-unknown-unknown",
        "--no-default-features",
        "--features=wasm",
        "--profile=wasm-release",
    ]))?;
    println!("Writing its JavaScript to {PACKAGE}");
    let compiled = target_folder()?.join("wasm32-unknown-unknown/wasm-release/undertone.wasm");
    bind(&compiled)?;
    println!("Making the module smaller");
    run(node().args(["node_modules/binaryen/bin/wasm-opt", "-O3", WASM, "--output", WASM]))
}

fn bind(compiled: &Path) -> Result<()> {
    if Path::new(PACKAGE).exists() {
        fs::remove_dir_all(PACKAGE).with_context(|| format!("could not empty {PACKAGE}"))?;
    }
    Bindgen::new()
        .input_path(compiled)
        .out_name("undertone")
        .web(true)?
        // `init()` without arguments finds the wasm file next to the JavaScript.
        .omit_default_module_path(false)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(PACKAGE)
        .with_context(|| format!("wasm-bindgen could not process {}", compiled.display()))
}

/// Where cargo builds.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let metadata =
        output(cargo().args(["metadata", "--no-deps", "--offline", "--format-version=1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"]
        .as_str()
        .context("`cargo metadata` named no target_directory")?;
    Ok(PathBuf::from(folder))
}
