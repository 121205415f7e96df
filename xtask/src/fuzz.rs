//! `cargo xtask fuzz`: runs every fuzz target for a while, and reports the number of inputs.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};

use crate::command::{cargo, run as execute, succeeds};

const VERSION: &str = "0.13.2";
/// The archive of the committed seeds, with a folder for each target.
const ARCHIVE: &str = "fuzz/seeds.tar.gz";
/// The folder that the seeds are unpacked to.
const SEEDS: &str = "fuzz/seeds";
/// The folder of the inputs that runs have found.
const CORPUS: &str = "fuzz/corpus";
/// The length of the longest input in bytes.
const LONGEST: usize = 4096;
/// The options that switch sanitizers off: they need nightly Rust, and find little without
/// `unsafe`.
const WITHOUT_SANITIZER: [&str; 2] = ["--sanitizer", "none"];

pub(crate) fn run(minutes: f64, only: &[String]) -> Result<()> {
    ensure!(
        minutes.is_finite() && minutes > 0.0,
        "--minutes: expected more than 0, found {minutes}"
    );
    if !succeeds(cargo().args(["fuzz", "--version"])) {
        println!("cargo-fuzz is missing: installing it");
        execute(cargo().args(["install", "cargo-fuzz", "--locked", "--version", VERSION]))?;
    }
    let targets = targets(only)?;
    let archive = File::open(ARCHIVE).with_context(|| format!("could not read {ARCHIVE}"))?;
    tar::Archive::new(GzDecoder::new(archive))
        .unpack(SEEDS)
        .with_context(|| format!("could not unpack {ARCHIVE}"))?;
    execute(cargo().args(["fuzz", "build"]).args(WITHOUT_SANITIZER))?;
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for target in &targets {
        let (runs, passed) = fuzz(target, minutes)?;
        lines.push(format!("| {target} | {runs} | {} |", if passed { "none" } else { "one" }));
        if !passed {
            failed.push(&target[..]);
        }
    }
    println!("\n| target, {minutes} min each | executions | findings |\n|---|---|---|");
    println!("{}", lines.join("\n"));
    ensure!(failed.is_empty(), "findings in {}: see fuzz/artifacts", failed.join(", "));
    Ok(())
}

/// Packs the seeds from their folder, in the order of their names and without times.
pub(crate) fn pack() -> Result<()> {
    let gzip = GzEncoder::new(File::create(ARCHIVE)?, Compression::best());
    let mut tar = tar::Builder::new(gzip);
    tar.mode(tar::HeaderMode::Deterministic);
    for folder in sorted(Path::new(SEEDS))? {
        for seed in sorted(&folder)? {
            tar.append_path_with_name(&seed, seed.strip_prefix(SEEDS)?)?;
        }
    }
    tar.into_inner()?.finish()?.sync_all()?;
    println!("{ARCHIVE}: {} bytes", fs::metadata(ARCHIVE)?.len());
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The names of all targets, or of those that were asked for.
fn targets(only: &[String]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir("fuzz/targets").context("fuzz/targets")? {
        if let Some(name) = file?.path().file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    if only.is_empty() {
        return Ok(names);
    }
    for name in only {
        ensure!(names.contains(name), "expected one of {}, found {name}", names.join(", "));
    }
    Ok(only.to_vec())
}

/// Runs one target. Returns the number of inputs, and whether all of them passed.
fn fuzz(target: &str, minutes: f64) -> Result<(u64, bool)> {
    let corpus = Path::new(CORPUS).join(target);
    fs::create_dir_all(&corpus)?;
    let mut command: Command = cargo();
    command
        .args(["fuzz", "run"])
        .args(WITHOUT_SANITIZER)
        .arg(target)
        .arg(corpus)
        .args(Some(Path::new(SEEDS).join(target)).filter(|seeds| seeds.is_dir()))
        .arg("--")
        .arg(format!("-max_total_time={}", (60.0 * minutes).ceil()))
        .arg(format!("-max_len={LONGEST}"))
        .stderr(Stdio::piped());
    println!("$ {command:?}");
    let mut child = command.spawn().context("could not start cargo fuzz")?;
    let mut runs = 0;
    for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
        let line = line?;
        // libFuzzer's status lines: `#1048576 pulse  cov: 1042 …`.
        let count = line.strip_prefix('#').and_then(|rest| rest.split_whitespace().next());
        match count.and_then(|count| count.parse().ok()) {
            Some(count) => runs = count,
            None => eprintln!("{line}"),
        }
    }
    Ok((runs, child.wait()?.success()))
}
