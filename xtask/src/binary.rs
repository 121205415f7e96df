//! `cargo xtask binary`: the command as one file, with the page inside.

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{cargo, run as execute};
use crate::{module, page, requirements};

pub(crate) fn run(out: Option<&Path>) -> Result<()> {
    let built = build()?;
    let bytes = fs::metadata(&built)?.len();
    let path = match out {
        Some(out) => {
            fs::copy(&built, out).with_context(|| {
                format!("could not copy {} to {}", built.display(), out.display())
            })?;
            out
        }
        None => &built,
    };
    println!("{}: {bytes} bytes", path.display());
    Ok(())
}

/// Builds the page and the command with it inside.
fn build() -> Result<PathBuf> {
    page::build()?;
    compile(&["--features=page"])
}

/// Builds the command for release, on Linux linked statically, so that it runs on any distribution
/// and in an empty container.
pub(crate) fn compile(options: &[&str]) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--release", "--bin=undertone"]).args(options);
    let mut folder = module::target_folder()?;
    if cfg!(target_os = "linux") {
        let target = format!("{}-unknown-linux-musl", consts::ARCH);
        requirements::rust_target(&target)?;
        requirements::musl_gcc()?;
        command.arg("--target").arg(&target);
        folder.push(target);
    }
    execute(&mut command)?;
    Ok(folder.join("release").join(format!("undertone{}", consts::EXE_SUFFIX)))
}
