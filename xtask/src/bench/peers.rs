//! Undertone beside what others learn from the same headlines and labels: `cargo xtask bench
//! curve`, and a table of `cargo xtask bench score`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::score::{NODE_SCRIPT, PEERS, ROUNDS, scorer, shown};
use super::{
    FOLDER, Report, json, median, number, numbers, one_thread, phrasebank, python, undertone,
};
use crate::command::{node, npm, output, run as execute};
use crate::measurements;

/// What learns, of npm.
const LEARNERS: [&str; 2] = ["bayes@1.0.0", "fasttext.wasm@1.0.1"];
/// How often native scorers take turns, as processes, and how often each scores all texts then.
const TURNS: usize = 3;
const ROUNDS_A_TURN: &str = "3";

const PYTHON_SCRIPT: &str = "xtask/bench/peers.py";
const PACKAGES_SCRIPT: &str = "xtask/bench/peers.mjs";
const PICTURE: &str = "docs/curve.svg";

/// The columns of a row of the table.
#[derive(Default)]
struct Row {
    accuracy: Option<[f64; 2]>,
    trained: Option<f64>,
    single: Option<f64>,
    batch: Option<f64>,
    bytes: Option<f64>,
}

/// The Python with the other classifiers, and with what draws.
pub(super) fn peers_python() -> Result<PathBuf> {
    python("peers-python", "xtask/bench/peers-requirements.txt")
}

/// A command of the Python script, on one thread.
fn script(python: &Path, verb: &str) -> Command {
    let mut command = Command::new(python);
    one_thread(command.args([PYTHON_SCRIPT, verb]));
    command
}

/// Splits the headlines into those to train with and those to test. Returns the folder of both.
fn split(python: &Path) -> Result<PathBuf> {
    let folder = Path::new(FOLDER).join("peers-headlines");
    let (data, _) = phrasebank()?;
    let found = output(script(python, "split").arg(data).arg(&folder))?;
    println!("headlines: {found}");
    Ok(folder)
}

/// Installs the packages of npm. Returns the folder that they are in.
pub(super) fn packages() -> Result<PathBuf> {
    let folder = Path::new(FOLDER).join("peers");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("package.json"), r#"{ "private": true }"#)?;
    let lexicons = PEERS.map(|(name, version, _)| format!("{name}@{version}"));
    execute(
        npm()
            .args(["install", "--no-audit", "--no-fund", "--save-exact"])
            .args(lexicons.iter().map(String::as_str).chain(LEARNERS))
            .current_dir(&folder),
    )?;
    Ok(folder)
}

/// What the packages of npm make of the headlines.
fn of_packages(packages: &Path, folder: &Path) -> Result<String> {
    output(node().arg(PACKAGES_SCRIPT).arg(folder).env("PEERS", packages))
}

/// Measures accuracy by bytes, and draws it.
pub(crate) fn curve(to_be_written: bool) -> Result<()> {
    fs::create_dir_all(FOLDER).context("could not make target/bench")?;
    let python = peers_python()?;
    let folder = split(&python)?;
    let found = folder.join("packages.json");
    fs::write(&found, of_packages(&packages()?, &folder)?)?;
    let picture = if to_be_written { PathBuf::from(PICTURE) } else { folder.join("curve.svg") };
    let mut command = script(&python, "curve");
    let table = output(command.arg(undertone()?).arg(&folder).arg(found).arg(&picture))?;
    println!("drawn in {}", picture.display());
    measurements::record("curve", &table, to_be_written)
}

/// The table of all that have learned from the same headlines, and of the lexicons: accuracy, time
/// of training and of scoring, bytes. Holds the report to being ahead of those that learn.
pub(super) fn table(package: &Path, packages: &Path, report: &mut Report) -> Result<String> {
    let python = peers_python()?;
    let folder = split(&python)?;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let trained = json(script(&python, "train").arg(undertone()?).arg(&folder))?;
    for (name, found) in trained.as_object().into_iter().flatten() {
        add(rows.entry(name.clone()).or_default(), found)?;
    }
    let found: Value = serde_json::from_str(&of_packages(packages, &folder)?)?;
    for found in found.as_array().into_iter().flatten() {
        // Of `bayes` the last one is the whole model.
        let name = found["name"].as_str().unwrap_or_default();
        add(rows.entry(name.to_owned()).or_default(), found)?;
    }
    // What it scores with is fastText's small model.
    if let Some(bytes) = rows.get("fastText, .ftz").and_then(|row| row.bytes) {
        let row = rows.entry("fasttext.wasm".to_owned()).or_default();
        row.bytes = row.bytes.map(|code| code + bytes);
    }
    let texts = folder.join("texts.txt");
    let count = texts_of(&folder, &texts)?;

    let mut command = node();
    command
        .arg(NODE_SCRIPT)
        .env("UNDERTONE", package)
        .env("PEERS", packages)
        .env("MODELS", &folder);
    let times = json(command.arg("texts").arg(&texts).arg(ROUNDS))?;
    let micros = |name: &str| median(numbers(&times[name]));
    for (name, row) in &mut rows {
        row.single = Some(micros(name)).filter(|micros| micros.is_finite());
    }
    let mut native: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..TURNS {
        for (name, model) in [("Undertone", "undertone.bin"), ("Undertone, small", "small.bin")] {
            let ours = json(scorer().arg(folder.join(model)).arg(&texts).arg(ROUNDS_A_TURN))?;
            native.entry(name.to_owned()).or_default().extend(numbers(&ours["seconds"]));
        }
        let theirs = json(script(&python, "time").arg(&folder).arg(&texts).arg(ROUNDS_A_TURN))?;
        for (name, seconds) in theirs.as_object().into_iter().flatten() {
            native.entry(name.clone()).or_default().extend(numbers(seconds));
        }
    }
    for (name, seconds) in native {
        rows.entry(name).or_default().batch = Some(median(seconds) * 1e6 / count as f64);
    }
    ahead(&rows, report);

    let mut lines = vec![
        "| the same headlines and labels | all | the undisputed | training | Node, one call | \
         native, batch | bytes after brotli |"
            .to_owned(),
        "|---|---|---|---|---|---|---|".to_owned(),
    ];
    let or_none =
        |value: Option<f64>, form: &dyn Fn(f64) -> String| value.map(form).unwrap_or_default();
    for (name, row) in &rows {
        lines.push(format!(
            "| {name} | {} | {} | {} | {} | {} | {} |",
            or_none(row.accuracy.map(|[all, _]| all), &|share| format!("{share:.3}")),
            or_none(row.accuracy.map(|[_, undisputed]| undisputed), &|share| format!("{share:.3}")),
            or_none(row.trained, &|seconds| format!("{seconds:.1} s")),
            or_none(row.single, &shown),
            or_none(row.batch, &shown),
            or_none(row.bytes, &|bytes| format!("{bytes}")),
        ));
    }
    Ok(lines.join("\n"))
}

/// Takes what a script found of a classifier.
fn add(row: &mut Row, found: &Value) -> Result<()> {
    row.bytes = Some(number(&found["bytes"])?);
    row.trained = found["seconds"].as_f64();
    if let Some(all) = found["accuracy"].as_f64() {
        row.accuracy = Some([all, number(&found["undisputed"])?]);
    }
    Ok(())
}

/// Writes the tested texts, one a line. Returns their number.
fn texts_of(folder: &Path, out: &Path) -> Result<usize> {
    let rows: Value = serde_json::from_str(&fs::read_to_string(folder.join("test.json"))?)?;
    let texts: Vec<String> = rows
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| Some(row[0].as_str()?.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    fs::write(out, texts.join("\n") + "\n")?;
    Ok(texts.len())
}

/// Holds Undertone to being faster than each that learns, natively and in Node.
fn ahead(rows: &BTreeMap<String, Row>, report: &mut Report) {
    let Some(ours) = rows.get("Undertone") else { return };
    let mut line = |what: String, ours: Option<f64>, theirs: Option<f64>| {
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            report.beside(&what, shown, ours, theirs, Some(1.0));
        }
    };
    for (name, row) in rows {
        let learns = row.trained.is_some() || name == "fasttext.wasm";
        if name.starts_with("Undertone") || !learns {
            continue;
        }
        line(format!("native, a batch, beside {name}"), ours.batch, row.batch);
        line(format!("Node, one call a text, beside {name}"), ours.single, row.single);
    }
}
