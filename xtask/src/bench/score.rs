//! `cargo xtask bench score`: scoring beside npm's sentiment packages and beside scikit-learn, held
//! to its bars, and beside what learns from the same headlines.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{
    FOLDER, REQUIREMENTS, Report, json, median, number, numbers, one_thread, peers, python,
    undertone,
};
use crate::command::{cargo, node, run as execute};
use crate::package;

/// The other packages, each with the factor by which `classify` should be faster.
pub(super) const PEERS: [(&str, &str, f64); 3] = [
    ("sentiment", "5.0.2", 1.3),
    ("wink-sentiment", "5.0.2", 7.0),
    ("vader-sentiment", "1.1.3", 40.0),
];
/// How many times faster than call by call texts of a batch must be scored.
const BATCH_BAR: f64 = 1.7;
const NATIVE_BAR: f64 = 40.0;
/// The most microseconds that a headline may take natively in a batch with the shipped model: a
/// million a second.
const HEADLINE_BAR: f64 = 1.0;
const LOAD_BAR: f64 = 15.0;
/// The lengths of the parts of a long text, in UTF-16 units.
const LENGTHS: [&str; 4] = ["1000", "10000", "100000", "1000000"];
/// The factor by which a byte of the longest part may take longer than one of the shortest: time is
/// linear but for caches.
const LENGTH_BAR: f64 = 2.0;
/// The most by which the probabilities of two models trained to the same minimum may differ.
const SAME_WORK: f64 = 1e-3;

const TEXTS: &str = "10000";
pub(super) const ROUNDS: &str = "9";
const LOADS: usize = 15;

pub(super) const NODE_SCRIPT: &str = "xtask/bench/score.mjs";
const PYTHON_SCRIPT: &str = "xtask/bench/score.py";
const RECIPE: &str = "xtask/bench/score.toml";

pub(crate) fn run(to_be_written: bool) -> Result<()> {
    fs::create_dir_all(FOLDER)?;
    let python = python("python", REQUIREMENTS)?;
    let folder = Path::new(FOLDER);
    let headlines = folder.join("score-headlines.csv");
    let texts = folder.join("score-texts.txt");
    let crypto = env::var_os("UNDERTONE_DATA")
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from)
        .join("cryptolin-train.csv");
    let source = if crypto.is_file() { crypto.as_path() } else { Path::new("-") };
    let made = json(
        Command::new(&python)
            .args([PYTHON_SCRIPT, "headlines"])
            .arg(source)
            .arg(TEXTS)
            .args([&headlines, &texts]),
    )?;
    println!("{TEXTS} texts out of {} headlines of {}", made["headlines"], source.display());

    let mut report = Report::default();
    let package = package::build()?;
    let packages = peers::packages()?;
    in_node(package, &packages, &texts, &mut report)?;
    native(&python, &headlines, &texts, &mut report)?;
    let table = peers::table(package, &packages, &mut report)?;
    report.finish("score", to_be_written, "scoring, medians", "other", &table)
}

/// Measures `classify` beside the other packages in one process, and `load()` in processes of its
/// own.
fn in_node(package: &Path, packages: &Path, texts: &Path, report: &mut Report) -> Result<()> {
    let script = || {
        let mut command = node();
        command.arg(NODE_SCRIPT).env("UNDERTONE", package).env("PEERS", packages);
        command
    };
    let times = json(script().arg("texts").arg(texts).arg(ROUNDS))?;
    let micros = |name: &str| median(numbers(&times[name]));

    let single = micros("classify");
    for (name, version, bar) in PEERS {
        let what = format!("Node, one call a text, beside {name} {version}");
        report.beside(&what, shown, single, micros(name), Some(bar));
    }
    for (name, bar) in [("classifyBatch", Some(BATCH_BAR)), ("scoreBatch", None)] {
        let batch = micros(name);
        report.line(
            &format!("Node, {name}, beside one call a text"),
            shown(batch),
            format!("{} ({:.2}×)", shown(single), single / batch),
            &bar.map(|bar| format!("≥ {bar}×")).unwrap_or_default(),
            bar.map(|bar| single / batch >= bar),
        );
    }
    let times = json(script().arg("lengths").arg(texts).arg(ROUNDS))?;
    let lengths = LENGTHS.map(|length| median(numbers(&times[length])));
    let [shortest, .., longest] = lengths;
    report.line(
        "Node, classify, a byte of texts of 1 KB, 10 KB, 100 KB and 1 MB",
        lengths.map(|nanoseconds| format!("{nanoseconds:.1} ns")).join(", "),
        String::new(),
        &format!("1 MB ≤ {LENGTH_BAR}× 1 KB"),
        Some(longest <= LENGTH_BAR * shortest),
    );
    let loads: Result<Vec<f64>> = (0..LOADS)
        .map(|_| json(script().arg("load")).and_then(|milliseconds| number(&milliseconds)))
        .collect();
    let load = median(loads?);
    report.line(
        "Node, load() to the first score, new process",
        format!("{load:.1} ms"),
        String::new(),
        &format!("≤ {LOAD_BAR} ms"),
        Some(load <= LOAD_BAR),
    );
    Ok(())
}

/// Measures `predict_batch` beside `predict_proba`, with models trained on the same headlines to
/// the same minimum.
fn native(python: &Path, headlines: &Path, texts: &Path, report: &mut Report) -> Result<()> {
    let probabilities = Path::new(FOLDER).join("score-probabilities.json");
    let mut predict = Command::new(python);
    predict.args([PYTHON_SCRIPT, "predict"]).args([headlines, texts]);
    let theirs = json(one_thread(predict.arg(ROUNDS).arg(&probabilities)))?;
    let undertone = undertone()?;
    let model = Path::new(FOLDER).join("score-model.bin");
    execute(
        Command::new(undertone)
            .args(["train", "--recipe", RECIPE, "--data-folder", FOLDER, "--out"])
            .arg(&model),
    )?;
    let ours = json(scorer().args([&model, texts]).arg(ROUNDS).arg(&probabilities))?;
    let apart = number(&ours["apart"])?;
    ensure!(
        apart <= SAME_WORK && ours["features"] == theirs["features"],
        "the two sides did other work: {} and {} features, probabilities {apart} apart",
        ours["features"],
        theirs["features"],
    );
    let micros = |found: &Value, what: &str| -> Result<f64> {
        Ok(median(numbers(&found[what])) * 1e6 / TEXTS.parse::<f64>()?)
    };
    let theirs = micros(&theirs, "seconds")?;
    for (what, scorer, bar) in [
        ("seconds", "a new scorer", Some(NATIVE_BAR)),
        ("kept", "a scorer that has met the words", None),
    ] {
        let line = format!("native, predict_batch, {scorer}, beside scikit-learn's predict_proba");
        report.beside(&line, shown, micros(&ours, what)?, theirs, bar);
    }

    let shipped = json(scorer().args([Path::new("model.bin"), texts]).arg(ROUNDS))?;
    for (name, what) in [("seconds", "a new scorer"), ("kept", "a scorer that has met the words")] {
        let found = micros(&shipped, name)?;
        report.line(
            &format!("native, predict_batch, the shipped model, {what}"),
            format!("{found:.2} µs"),
            String::new(),
            &format!("≤ {HEADLINE_BAR} µs"),
            Some(found <= HEADLINE_BAR),
        );
    }
    for (bound, what) in [
        ("hashed", "beside hashing its words and nothing else"),
        ("read", "beside reading its bytes from memory"),
    ] {
        let (ours, least) = (micros(&shipped, "kept")?, micros(&shipped, bound)?);
        report.line(
            &format!("the latter, {what}"),
            shown(ours),
            format!("{least:.4} µs (1/{:.1})", ours / least),
            "",
            None,
        );
    }
    Ok(())
}

/// The benchmark of `predict_batch`, to which a model, texts and rounds are to be named.
pub(super) fn scorer() -> Command {
    let mut command = cargo();
    command.args(["bench", "--quiet", "--package=undertone", "--bench=score", "--"]);
    command
}

pub(super) fn shown(microseconds: f64) -> String {
    format!("{microseconds:.2} µs")
}
