//! Labelled files that are less than one would wish: one label, a row each, words alone, many rows,
//! two encodings, one label in several spellings.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const UP: [&str; 3] = ["Profit doubles at the mill", "Shares rally", "Dairy wins a contract"];
const DOWN: [&str; 3] = ["Losses mount at the mill", "Shares plunge", "Dairy loses a permit"];

/// Standard output of the command in a folder, or its standard error where it fails.
fn undertone(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let [out, log] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    if output.status.success() { Ok(out) } else { Err(log) }
}

/// What training on a file says.
fn train(content: impl AsRef<[u8]>, options: &[&str]) -> Result<String, String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mine.csv"), content).unwrap();
    undertone(folder.path(), &[&["train", "--data", "mine.csv"], options].concat())
}

/// A file in which labels are spelled by several hands, and how often each spelling occurs.
fn spelled() -> String {
    let mut file = "text,label\n".to_owned();
    for round in 0..6 {
        let up = if round == 0 { "Up " } else { "up" };
        let down = if round < 2 { "DOWN" } else { "down" };
        for text in UP {
            writeln!(file, "{text} {round},{up}").unwrap();
        }
        for text in DOWN {
            writeln!(file, "{text} {round},{down}").unwrap();
        }
    }
    file
}

#[test]
fn spellings_of_a_label_are_named_with_counts_and_places() {
    let said = train(spelled(), &["--folds=2"]).unwrap();
    for part in [
        "\"Up\" (3 documents, first in mine.csv, line 2, column 2), \"up\" (15 documents, first in \
         mine.csv, line 8, column 2)",
        "\"DOWN\" (6 documents, first in mine.csv, line 5, column 2)",
        "--join-labels",
    ] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    let said = train(spelled(), &["--folds=0", "--solver=sgd"]).unwrap();
    assert!(said.contains("\"Up\" (3 documents), \"up\" (15 documents)"), "{said}");
    // Where one is too rare to train on, the other is named.
    let log = train(spelled(), &[]).unwrap_err();
    for part in ["label \"Up\" has 3 rows", "join it with \"up\"", "--join-labels", "3 folds"] {
        assert!(log.contains(part), "{part:?} is not in: {log}");
    }
}

#[test]
fn joined_labels_are_spelled_as_most_often_and_nothing_is_lost() {
    for solver in ["--solver=lbfgs", "--solver=sgd"] {
        let said = train(spelled(), &["--join-labels", "--json", solver]).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        let labels = serde_json::json!([
            { "label": "down", "documents": 18 }, { "label": "up", "documents": 18 }
        ]);
        assert_eq!(said["labels"], labels, "{solver}");
        assert_eq!(said["alike"], serde_json::json!([]));
        assert_eq!(said["joined"][1], serde_json::json!({ "label": "Up", "to": "up" }));
    }
    let said = train(spelled(), &["--join-labels"]).unwrap();
    assert!(said.contains("joined label \"DOWN\" with \"down\""), "{said}");
}

#[test]
fn a_recipe_joins_labels_as_the_option_does() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mine.csv"), spelled()).unwrap();
    let recipe = "join_labels = true\n[[data]]\npath = \"mine.csv\"\n";
    fs::write(folder.path().join("recipe.toml"), recipe).unwrap();
    let run = |arguments: &[&str]| {
        undertone(folder.path(), arguments).unwrap();
        fs::read(folder.path().join("model.bin")).unwrap()
    };
    let by_option = run(&["train", "--data", "mine.csv", "--join-labels"]);
    assert!(run(&["train", "--recipe", "recipe.toml"]) == by_option);
}

#[test]
fn an_evaluation_joins_the_models_labels_only_when_told() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mine.csv"), spelled()).unwrap();
    let run = |arguments: &[&str]| undertone(folder.path(), arguments);
    run(&["train", "--data", "mine.csv", "--join-labels"]).unwrap();
    let log = run(&["evaluate", "--model", "model.bin", "--data", "mine.csv"]).unwrap_err();
    for part in ["mine.csv, line 2, column 2", "\"up\", found \"Up\"", "--join-labels"] {
        assert!(log.contains(part), "{part:?} is not in: {log}");
    }
    let joined = ["evaluate", "--model", "model.bin", "--data", "mine.csv", "--join-labels"];
    assert!(run(&joined).unwrap().starts_with("36 documents"));
    fs::write(folder.path().join("other.csv"), "text,label\nFlat,sideways\n").unwrap();
    let other = ["evaluate", "--model", "model.bin", "--data", "other.csv", "--join-labels"];
    assert!(run(&other).unwrap_err().contains("found \"sideways\""));
}

#[test]
fn one_label_is_refused_with_its_rows() {
    let file = format!("text,label\n{},up\n{},up\n", UP[0], UP[1]);
    for options in [&[][..], &["--solver=sgd"]] {
        let log = train(&file, options).unwrap_err();
        for part in ["at least two labels", "only \"up\", in all of 2 rows", "another label"] {
            assert!(log.contains(part), "{part:?} is not in: {log}");
        }
    }
    let log = train("text,label\nRally,Up\nRise,up\n", &["--join-labels"]).unwrap_err();
    assert!(log.contains("in all of 2 rows"), "{log}");
}

#[test]
fn one_row_a_label_trains_without_cross_validation_alone() {
    let file = format!("text,label\n{},up\n{},down\n", UP[0], DOWN[0]);
    let log = train(&file, &[]).unwrap_err();
    for part in ["\"down\" has 1 row", "add rows", "leave it out", "0 folds", "--folds"] {
        assert!(log.contains(part), "{part:?} is not in: {log}");
    }
    assert!(train(&file, &["--folds=0"]).unwrap().contains("2 documents: 1 down, 1 up"));
}

#[test]
fn texts_of_one_word_train() {
    let mut file = "text,label\n".to_owned();
    for round in 0..10 {
        let (up, down) = (["rally", "gains"][round % 2], ["slump", "losses"][round % 2]);
        writeln!(file, "{up},up\n{down},down").unwrap();
    }
    let said = train(file, &["--folds=2"]).unwrap();
    assert!(said.contains("20 documents: 10 down, 10 up") && said.contains("4 features"), "{said}");
}

#[test]
fn a_file_of_two_encodings_is_named_with_its_line_and_no_encoding_is_guessed() {
    let mut file = format!("text,label\n{},up\nCafé opens,up\n", UP[0]).into_bytes();
    file.extend(b"Caf\xe9 shuts,down\n");
    let log = train(file, &[]).unwrap_err();
    for part in ["mine.csv, line 4, column 4", "UTF-8", "mixes encodings"] {
        assert!(log.contains(part), "{part:?} is not in: {log}");
    }
    assert!(!log.contains("windows-1252"), "{log}");
}

#[test]
fn two_hundred_thousand_rows_train_and_none_is_lost() {
    let mut file = "text,label\n".to_owned();
    for row in 0..200_000 {
        let (word, label) = [("rises", "up"), ("falls", "down"), ("rests", "flat")][row % 3];
        writeln!(file, "Share {} {word} on {}th,{label}", row % 997, row % 31).unwrap();
    }
    let said = train(file, &["--folds=0", "--json"]).unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["documents"], 200_000);
    assert_eq!(said["labels"][2], serde_json::json!({ "label": "up", "documents": 66_667 }));
    assert_eq!(said["converged"], true);
}
