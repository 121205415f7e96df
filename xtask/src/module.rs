//! The WebAssembly module and the JavaScript that wasm-bindgen writes for it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, node, output, run};
use crate::requirements;

/// The module, with the model inside.
pub(crate) const WASM: &str = "undertone_bg.wasm";

/// Writes it and its JavaScript to `folder`, installing what that needs.
pub(crate) fn build(folder: &Path) -> Result<()> {
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
    println!("Writing its JavaScript to {}", folder.display());
    let compiled = target_folder()?.join("wasm32-unknown-unknown/wasm-release/undertone.wasm");
    bind(&compiled, folder)?;
    println!("Making the module smaller");
    let wasm = folder.join(WASM);
    run(node()
        .args(["node_modules/binaryen/bin/wasm-opt", "-O3", "--converge"])
        .arg(&wasm)
        .arg("--output")
        .arg(&wasm))
}

fn bind(compiled: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    Bindgen::new()
        .input_path(compiled)
        .out_name("undertone")
        .web(true)?
        // The package names the wasm file itself, in a form that bundlers recognise.
        .omit_default_module_path(true)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
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
