//! The WebAssembly module and the JavaScript that wasm-bindgen writes for it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Crc;
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, node, output, run};
use crate::requirements;

/// The module, with the model inside.
pub(crate) const WASM: &str = "undertone_bg.wasm";

/// The folder of the finished module and its JavaScript.
const FINISHED: &str = "target/module";
/// The file that says what the finished module was made of: a checksum of the compiled module and
/// of the packages that process it.
const MADE_OF: &str = "target/module.txt";

/// Builds the module, and writes it with its JavaScript to `folder`. Installs what that needs.
pub(crate) fn build(folder: &Path) -> Result<()> {
    requirements::wasm_target()?;
    requirements::npm_packages()?;
    println!("Compiling the module");
    run(cargo().args([
        "rustc",
        "--package=undertone",
        "--lib",
        "--crate-type=cdylib",
        "--target=wasm32-unknown-unknown",
        "--features=wasm",
        "--profile=wasm-release",
    ]))?;
    let compiled = target_folder()?.join("wasm32-unknown-unknown/wasm-release/undertone.wasm");
    finish(&compiled)?;
    fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    for entry in fs::read_dir(FINISHED)? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    Ok(())
}

/// Makes `FINISHED` from a compiled module, unless it was made from the same one.
fn finish(compiled: &Path) -> Result<()> {
    let mut sum = Crc::new();
    for path in [compiled, Path::new("package-lock.json")] {
        sum.update(&fs::read(path).with_context(|| path.display().to_string())?);
    }
    let made_of = format!("{} bytes, CRC-32 {:08x}", sum.amount(), sum.sum());
    if fs::read_to_string(MADE_OF).is_ok_and(|before| before == made_of) {
        return Ok(());
    }
    let folder = Path::new(FINISHED);
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("could not empty {FINISHED}"))?;
    }
    println!("Writing its JavaScript");
    bind(compiled, folder)?;
    println!("Making the module smaller");
    let wasm = folder.join(WASM);
    run(node()
        .args(["node_modules/binaryen/bin/wasm-opt", "-O3", "--converge"])
        .arg(&wasm)
        .arg("--output")
        .arg(&wasm))?;
    // Written last, so that an interrupted build is made again.
    fs::write(MADE_OF, made_of).with_context(|| format!("could not write {MADE_OF}"))
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

/// The target folder of cargo.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let metadata =
        output(cargo().args(["metadata", "--no-deps", "--offline", "--format-version=1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"]
        .as_str()
        .context("`cargo metadata` named no target_directory")?;
    Ok(PathBuf::from(folder))
}
