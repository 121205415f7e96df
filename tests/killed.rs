//! Killed at any instant, a command leaves its old output whole, or the new one.
#![cfg(all(feature = "cli", unix))]
#![allow(clippy::unwrap_used, reason = "clippy.toml allows it in tests, but knows only #[test]")]

mod common;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KILLS: u32 = 200;
const SIGKILL: i32 = 9;

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

/// Lets a command run for some part of `most`, and ends it as nothing can prevent: with SIGKILL.
/// Says whether it had succeeded before.
fn kill_after(mut child: Child, most: Duration, random: &mut common::Random) -> bool {
    std::thread::sleep(most.mul_f64(random.below(1000) as f64 / 1000.0));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() || status.signal() == Some(SIGKILL), "{status}");
    status.success()
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
        // Up to twice its time, so that late instants, when files are written, are met as well.
        kill_after(train(&model, &options("2")), 2 * whole_run, &mut random);
        let (model, report) = outputs();
        assert!(model == old.0 || model == new.0, "model.bin is neither the old nor the new one");
        assert!(report == old.1 || report == new.1, "report.md is neither the old nor the new one");
        if model == old.0 { unfinished += 1 } else { finished += 1 }
    }
    // Both happened, or the instants were badly chosen.
    assert!(unfinished > KILLS / 20 && finished > KILLS / 20, "{unfinished}, {finished}");
}

fn predict(input: &Path, output: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["predict", "--resume", "--part-rows=1000", "--text-column=text", "--prefix=its_"])
        .arg("--input")
        .arg(input)
        .arg("--output")
        .arg(output)
        .spawn()
        .unwrap()
}

/// Scores a file, killed again and again and taken up each time, until it is done.
#[test]
fn scoring_loses_no_row_and_doubles_none() {
    const ROWS: usize = 30_000;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let own = fs::read_to_string(common::fixture("headlines.csv")).unwrap();
    let own: Vec<&str> = own.lines().skip(1).collect();
    let mut csv = String::from("text,label,id\n");
    for id in 0..ROWS {
        csv += &format!("{},{id}\n", own[id % own.len()]);
    }
    fs::write(path("in.csv"), csv).unwrap();
    let mut random = common::Random(13);
    let mut kills = 0;
    for name in ["out.parquet", "out.csv", "out.jsonl", "out.arrow", "out.arrows"] {
        let output = path(name);
        let start = Instant::now();
        assert!(predict(&path("in.csv"), &output).wait().unwrap().success());
        let whole_run = start.elapsed();
        let expected = fs::read(&output).unwrap();
        for _ in 0..2 {
            fs::write(&output, "old").unwrap();
            while !kill_after(predict(&path("in.csv"), &output), whole_run / 2, &mut random) {
                kills += 1;
                let found = fs::read(&output).unwrap();
                assert!(found == b"old" || found == expected, "{name} is neither old nor new");
            }
            assert!(fs::read(&output).unwrap() == expected, "{name} is another than unbroken");
            assert!(!path(&format!("{name}.parts")).exists());
        }
    }
    // Or the instants were badly chosen.
    assert!(kills > 20, "{kills}");
}
