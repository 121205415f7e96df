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

/// Builds the page and the command with it inside, on Linux linked statically, so that it runs on any
/// distribution and in an empty container. The small one has neither Parquet nor Arrow.
pub(crate) fn build(small: bool) -> Result<PathBuf> {
    page::build()?;
    let mut command = cargo();
    command.args(["build", "--profile=ship", "--bin=undertone"]);
    command.args(match small {
        true => &["--no-default-features", "--features=scrape,serve,page"][..],
        false => &["--features=page"],
    });
    let mut folder = module::target_folder()?;
    if cfg!(target_os = "linux") {
        let target = format!("{}-unknown-linux-musl", consts::ARCH);
        requirements::rust_target(&target)?;
        requirements::musl_gcc()?;
        command.arg("--target").arg(&target);
        folder.push(target);
    }
    execute(&mut command)?;
    Ok(folder.join("ship").join(format!("undertone{}", consts::EXE_SUFFIX)))
}
