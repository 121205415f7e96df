//! What a model rather says nothing about: `--min-confidence`, `--top-k`, `--known`, and the
//! thresholds that `train` keeps.

use crate::common;

use std::path::Path;

use assert_cmd::Command;
use common::{fixture, root};
use serde_json::Value;
use tempfile::TempDir;

const HEADLINES: [&str; 3] = [
    "Exchange halts withdrawals as losses mount",
    "Der Vorstand tagt im Mai",
    "Committee to meet in May",
];

/// Standard output of the command in a folder, or its standard error where it fails.
fn undertone(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let [out, log] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    if output.status.success() { Ok(out) } else { Err(log) }
}

fn predict(options: &[&str]) -> String {
    undertone(root(), &[&["predict"], options, &HEADLINES].concat()).unwrap()
}

fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_label_that_is_not_sure_enough_is_left_out() {
    let all = rows(&predict(&["--format=csv"]));
    let confidence = |row: &[String]| row[2].parse::<f64>().unwrap();
    let least = all.iter().map(|row| confidence(row)).fold(0.0, f64::max);
    let sure = rows(&predict(&["--format=csv", &format!("--min-confidence={least}")]));
    for (row, before) in sure.iter().zip(&all) {
        let label = if confidence(before) < least { "" } else { before[1].as_str() };
        assert_eq!(row[1], label);
        assert_eq!(row[2..], before[2..]);
    }
    assert!(sure.iter().any(|row| row[1].is_empty()) && sure.iter().any(|row| !row[1].is_empty()));

    let json: Value =
        serde_json::from_str(&predict(&["--format=json", "--min-confidence=1"])).unwrap();
    assert_eq!(json[0]["label"], Value::Null);
    assert!(json[0]["confidence"].is_f64() && json[0]["probabilities"]["negative"].is_f64());
    let text = predict(&["--min-confidence=1"]);
    assert!(text.lines().all(|line| line.starts_with("unsure")), "{text}");
}

#[test]
fn the_most_probable_labels_can_be_had_alone() {
    let all = rows(&predict(&["--format=csv"]));
    for (row, before) in rows(&predict(&["--format=csv", "--top-k=1"])).iter().zip(&all) {
        let given: Vec<&String> = row[3..].iter().filter(|cell| !cell.is_empty()).collect();
        assert_eq!(given, [&before[2]]);
    }
    assert_eq!(rows(&predict(&["--format=csv", "--top-k=9"])), all);
}

#[test]
fn what_is_known_of_a_text_is_told() {
    let table = predict(&["--format=csv", "--known"]);
    assert!(table.starts_with("text,label,confidence,negative,neutral,positive,known,foreign\n"));
    let rows = rows(&table);
    let known = |row: usize| rows[row][6].parse::<f64>().unwrap();
    assert!(known(0) > 0.7 && known(1) < 0.3, "{rows:?}");
    assert_eq!([0, 1, 2].map(|row| rows[row][7].as_str()), ["false", "true", "false"]);
}

#[test]
fn thresholds_are_chosen_in_training_kept_and_applied() {
    let folder = TempDir::new().unwrap();
    let data = fixture("headlines.csv");
    let data = data.to_str().unwrap();
    let train = |options: &[&str]| {
        undertone(folder.path(), &[&["train", "--data", data], options].concat())
    };
    train(&["--precision=int8", "--precision=positive=0.4", "--foreign=0.3", "--c=5"]).unwrap();
    let about = undertone(folder.path(), &["inspect", "--json", "model.bin"]).unwrap();
    let about: Value = serde_json::from_str(&about).unwrap();
    let thresholds = &about["thresholds"];
    let least = thresholds["confidence"]["positive"].as_f64().unwrap();
    assert!(least > 0.0 && thresholds["known"].as_f64().unwrap() > 0.0, "{thresholds}");
    assert_eq!(thresholds["confidence"]["negative"], 0.0);

    // Without a number of one's own that is what decides.
    let input = std::fs::read_to_string(data).unwrap();
    std::fs::write(folder.path().join("in.csv"), input).unwrap();
    let predict = |options: &[&str]| {
        let arguments =
            ["predict", "--model", "model.bin", "--input", "in.csv", "--format=csv", "--keep=text"];
        rows(&undertone(folder.path(), &[&arguments, options].concat()).unwrap())
    };
    let (all, sure) = (predict(&[]), predict(&["--min-confidence=0"]));
    let mut unsure = 0;
    for (row, before) in sure.iter().zip(&all) {
        let below = before[1] == "positive" && before[2].parse::<f64>().unwrap() < least;
        assert_eq!(row[1], if below { "" } else { before[1].as_str() });
        unsure += usize::from(below);
    }
    assert!(unsure > 0, "the threshold {least} leaves nothing out");

    for (options, part) in [
        (&["--precision=positive=0.999"][..], "which reaches"),
        (&["--precision=joyful=0.5"], "expected labels of the data, found joyful"),
        (&["--precision=positive=1.5"], "expected a share above 0 and at most 1"),
        (&["--precision=int9"], "expected float32, int8"),
        (&["--precision=positive=0.5", "--folds=0"], "none without cross-validation"),
        (&["--foreign=1"], "thresholds.foreign"),
    ] {
        let log = train(options).unwrap_err();
        assert!(log.contains(part), "{options:?}: {log}");
    }
}

#[test]
fn shares_out_of_range_are_refused() {
    for option in ["--min-confidence=1.5", "--min-confidence=much", "--top-k=0"] {
        let log = undertone(root(), &["predict", option, "Profit rises"]).unwrap_err();
        assert!(log.contains("expected") || log.contains("invalid value"), "{option}: {log}");
    }
}
