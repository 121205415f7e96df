//! Texts with several labels, through the command: trained, evaluated, scored, served and shown.

use crate::common;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use common::fixture;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Two topics, one, and none.
const HEADLINES: [&str; 3] = [
    "Norvik Ferries cuts jobs after a wider quarterly loss",
    "Court fines Orrin Bank over pricing",
    "Orrin Bank opens a visitor centre",
];

/// Standard output of the command in a folder, or its standard error where it fails.
fn undertone(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let [out, log] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    if output.status.success() { Ok(out) } else { Err(log) }
}

/// A folder with `topics.csv` and a `model.bin` trained on it.
fn trained(options: &[&str]) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    fs::copy(fixture("topics.csv"), folder.path().join("topics.csv")).unwrap();
    let arguments = [&["train", "--data", "topics.csv"], options].concat();
    let said = undertone(folder.path(), &arguments).unwrap();
    (folder, said)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn training_tells_the_scores_of_sets_and_of_each_label() {
    let options = ["--json", "--report=report.html", "--predictions=predictions.csv"];
    let (folder, said) = trained(&options);
    let said = json_of(&said);
    assert_eq!((&said["documents"], &said["unlabelled"]), (&json!(84), &json!(12)));
    assert_eq!(said["labels"][2], json!({ "label": "law", "documents": 21 }));
    let cv = &said["cv"];
    for score in ["micro_f1", "macro_f1", "subset_accuracy"] {
        let found = cv[score].as_f64().unwrap();
        assert!(found > 0.5 && found < 1.0, "{score} {found}");
    }
    assert!(cv["hamming_loss"].as_f64().unwrap() < 0.3);
    assert_eq!(cv["pooled"]["per_label"].as_array().unwrap().len(), 4);
    assert_eq!(said["thresholds"][0]["label"], "earnings");

    let predictions = fs::read_to_string(folder.path().join("predictions.csv")).unwrap();
    assert!(predictions.starts_with("file,line,labels,predicted,earnings,jobs,law,merger\n"));
    assert!(predictions.lines().nth(1).unwrap().starts_with("topics.csv,2,earnings;jobs,"));
    assert_eq!(predictions.lines().count(), 85);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    for part in ["icro-F1", "Hamming loss", "stratified by sets of labels", "Threshold of each"] {
        assert!(page.contains(part), "{part:?} is not in the report");
    }

    let (_folder, said) = trained(&["--folds=3"]);
    for part in [
        "84 documents with several labels or none: ",
        "24 with more than one label, 12 without any",
        "micro-F1",
        "given from",
    ] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn a_column_in_which_every_text_has_one_label_is_told_of() {
    let folder = TempDir::new().unwrap();
    let rows = "text,labels\nCourt fines a bank,law\nFerry line hires,jobs\n";
    fs::write(folder.path().join("mine.csv"), rows).unwrap();
    let train = ["train", "--data", "mine.csv", "--folds=0"];
    let said = undertone(folder.path(), &train).unwrap();
    assert!(said.contains("every text has one label: name the column by --label-column"), "{said}");
    let single = [&train[..], &["--label-column=labels"]].concat();
    assert!(undertone(folder.path(), &single).unwrap().starts_with("2 documents: 1 jobs, 1 law"));
}

#[test]
fn an_evaluation_scores_sets_of_labels() {
    let (folder, _) = trained(&["--folds=0"]);
    let run = |options: &[&str]| {
        let arguments = ["evaluate", "--model", "model.bin", "--data", "topics.csv"];
        undertone(folder.path(), &[&arguments, options].concat())
    };
    let found = json_of(&run(&["--json", "--report=report.md"]).unwrap());
    assert!(found["micro_f1"].as_f64().unwrap() > 0.6, "{found}");
    assert_eq!(found["per_label"][3]["label"], "merger");
    let text = run(&[]).unwrap();
    assert!(text.starts_with("84 documents\n  micro-F1  0."), "{text}");
    assert!(text.contains("  subset accuracy  ") && text.contains("Hamming loss"), "{text}");
    let report = fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(report.contains("Hamming loss") && report.contains("Threshold of each label"));
    assert!(run(&["--by=text"]).unwrap_err().contains("one label a text"));

    // A model of one kind, data of the other.
    fs::write(folder.path().join("one.csv"), "text,label\nCourt fines a bank,law\n").unwrap();
    let one = ["evaluate", "--model", "model.bin", "--data", "one.csv", "--json"];
    assert_eq!(json_of(&undertone(folder.path(), &one).unwrap())["n"], 1);
    let headlines = fixture("headlines.csv");
    let single =
        ["train", "--data", headlines.to_str().unwrap(), "--folds=0", "--out", "single.bin"];
    undertone(folder.path(), &single).unwrap();
    let wrong = ["evaluate", "--model", "single.bin", "--data", "topics.csv"];
    assert!(undertone(folder.path(), &wrong).unwrap_err().contains("--label-column"));
}

#[test]
fn every_format_tells_the_same_labels() {
    let (folder, _) = trained(&[]);
    let predict = |options: &[&str]| {
        let arguments = [&["predict", "--model", "model.bin"], options, &HEADLINES].concat();
        undertone(folder.path(), &arguments).unwrap()
    };
    let table = predict(&["--format=csv"]);
    assert!(table.starts_with("text,labels,confidence,earnings,jobs,law,merger\n"), "{table}");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let labels: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    assert_eq!(labels, ["earnings;jobs", "law", ""]);
    let sets = [json!(["earnings", "jobs"]), json!(["law"]), json!([])];
    let found = json_of(&predict(&["--format=json"]));
    assert!(found.as_array().unwrap().iter().map(|row| &row["labels"]).eq(&sets), "{found}");
    assert!(
        found[0]["probabilities"]["jobs"].as_f64().unwrap() > 0.1 && found[0]["label"].is_null()
    );
    let lines = predict(&["--format=jsonl", "--prefix=u_"]);
    assert!(lines.lines().map(|line| json_of(line)["u_labels"].clone()).eq(sets), "{lines}");
    let text = predict(&[]);
    let first = |line: usize| text.lines().nth(line).unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!([0, 1, 2].map(first), ["earnings;jobs", "law", "none"]);
    let arguments = ["predict", "--model", "model.bin", "--input", "topics.csv", "--by", "name"];
    assert!(undertone(folder.path(), &arguments).unwrap_err().contains("one label a text"));
    let strict = json_of(&predict(&["--format=json", "--min-confidence=1"]));
    assert_eq!(strict[0]["labels"], json!([]));
}

#[test]
fn a_model_says_that_it_gives_several_labels() {
    let (folder, _) = trained(&["--precision=law=0.9", "--foreign=0.1"]);
    let text = undertone(folder.path(), &["inspect", "model.bin"]).unwrap();
    let link = "probabilities by independent: a text has every label from its threshold on";
    assert!(text.contains(link) && text.contains("threshold law from 0."), "{text}");
    let about = json_of(&undertone(folder.path(), &["inspect", "model.bin", "--json"]).unwrap());
    assert_eq!(about["link"], "independent");
    assert!(about["thresholds"]["confidence"]["jobs"].as_f64().unwrap() > 0.0, "{about}");
}

#[test]
fn labels_that_are_named_otherwise_are_asked_for() {
    let folder = TempDir::new().unwrap();
    let content = fs::read_to_string(fixture("topics.csv")).unwrap();
    let content = content.replacen("labels", "topics", 1);
    fs::write(folder.path().join("mine.csv"), content).unwrap();
    let run = |options: &[&str]| {
        undertone(folder.path(), &[&["train", "--data", "mine.csv"], options].concat())
    };
    assert!(run(&[]).unwrap_err().contains("--label-column"));
    assert!(run(&["--labels-column=topics"]).unwrap().contains("with several labels"));
    for (options, part) in [
        (&["--labels-column=topics", "--tune"][..], "tune: expected one label"),
        (&["--labels-column=topics", "--precision=int8"], "float32 where texts have several"),
        (&["--labels-column=topics", "--solver=sgd"], "solver.name: expected lbfgs"),
        (&["--labels-column=topics", "--label-column=topics"], "cannot be used with"),
        (&["--labels-column=none"], "--labels-column"),
    ] {
        let log = run(options).unwrap_err();
        assert!(log.contains(part), "{options:?}: {log}");
    }
}
