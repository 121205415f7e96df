//! Killed at any instant, a command leaves its old output whole, or the new one.
#![cfg(all(feature = "cli", unix))]
#![allow(clippy::unwrap_used, reason = "clippy.toml allows it in tests, but knows only #[test]")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KILLS: u32 = 200;

fn train(model: &Path, options: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["train", "--folds=0", "--data"])
        .arg(common::fixture("headlines.csv"))
        .arg("--out")
        .arg(model)
        .args(options)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Trains over an old model and its report, again and again, and kills it at instants that are
/// spread over the time that a whole run takes.
#[test]
fn training_replaces_its_outputs_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (model, report) = (folder.path().join("model.bin"), folder.path().join("report.md"));
    let options = |c| ["--c", c, "--report", report.to_str().unwrap()];
    let outputs = || (fs::read(&model).unwrap(), fs::read(&report).unwrap());

    assert!(train(&model, &options("1")).wait().unwrap().success());
    let old = outputs();
    let start = Instant::now();
    assert!(train(&model, &options("2")).wait().unwrap().success());
    let whole_run = start.elapsed();
    let new = outputs();
    assert!(old.0 != new.0 && old.1 != new.1);

    let mut random = common::Random(7);
    let (mut unfinished, mut finished) = (0, 0);
    for _ in 0..KILLS {
        fs::write(&model, &old.0).unwrap();
        fs::write(&report, &old.1).unwrap();
        let mut child = train(&model, &options("2"));
        // Up to twice its time, so that late instants, when files are written, are met as well.
        let share = random.below(2000) as f64 / 1000.0;
        std::thread::sleep(Duration::from_secs_f64(whole_run.as_secs_f64() * share));
        child.kill().unwrap();
        child.wait().unwrap();
        let (model, report) = outputs();
        assert!(model == old.0 || model == new.0, "model.bin is neither the old nor the new one");
        assert!(report == old.1 || report == new.1, "report.md is neither the old nor the new one");
        if model == old.0 { unfinished += 1 } else { finished += 1 }
    }
    // Both happened, or the instants were badly chosen.
    assert!(unfinished > KILLS / 20 && finished > KILLS / 20, "{unfinished}, {finished}");
}
