//! `cargo xtask fuzz`: every fuzz target for a while, and how much it tried.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::command::{cargo, run as execute, succeeds};

const VERSION: &str = "0.13.2";
/// What is committed to start from, and what a run adds to.
const SEEDS: &str = "fuzz/seeds";
const CORPUS: &str = "fuzz/corpus";
/// Bytes of the longest input.
const LONGEST: usize = 4096;
/// Sanitizers need nightly Rust; without `unsafe` there is little for them to find.
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

/// All targets there are, or those asked for.
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

/// Runs one target; how many inputs it tried, and whether all of them passed.
fn fuzz(target: &str, minutes: f64) -> Result<(u64, bool)> {
    let corpus = Path::new(CORPUS).join(target);
    fs::create_dir_all(&corpus)?;
    let mut command: Command = cargo();
    command
        .args(["fuzz", "run"])
        .args(WITHOUT_SANITIZER)
        .arg(target)
        .arg(corpus)
        .arg(Path::new(SEEDS).join(target))
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
