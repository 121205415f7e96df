//! `cargo xtask binary`: the command as one file, with the page inside.

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{cargo, run as execute};
use crate::{module, page, requirements};

pub(crate) fn run(out: Option<&Path>, small: bool) -> Result<()> {
    let built = build(small)?;
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

/// Builds the command for this machine: on Linux linked statically, so that it runs on any
/// distribution and in an empty container.
pub(crate) fn build(small: bool) -> Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return build_for(&format!("{}-unknown-linux-musl", consts::ARCH), small);
    }
    page::build()?;
    let mut command = cargo();
    execute(command.arg("build").args(options(small)))?;
    Ok(built_in(module::target_folder()?))
}

/// Builds the page and, for a musl target, the command with the page inside.
pub(crate) fn build_for(target: &str, small: bool) -> Result<PathBuf> {
    page::build()?;
    requirements::rust_target(target)?;
    let mut command = if target.starts_with(consts::ARCH) {
        requirements::musl_gcc()?;
        let mut command = cargo();
        command.arg("build");
        command
    } else {
        // SQLite, Zstandard and ring are C: another processor needs a compiler and a C library for
        // it.
        requirements::cargo_zigbuild()?
    };
    execute(command.args(options(small)).arg("--target").arg(target))?;
    Ok(built_in(module::target_folder()?.join(target)))
}

/// The options of cargo; a small build has neither Parquet nor Arrow.
fn options(small: bool) -> Vec<&'static str> {
    let mut options = vec!["--profile=ship", "--package=undertone-cli"];
    options.extend(match small {
        true => &["--no-default-features", "--features=scrape,serve,_page"][..],
        false => &["--features=_page"],
    });
    options
}

fn built_in(folder: PathBuf) -> PathBuf {
    folder.join("ship").join(format!("undertone{}", consts::EXE_SUFFIX))
}
