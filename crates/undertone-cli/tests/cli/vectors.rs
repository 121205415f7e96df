//! `train --vectors`: a head start for data of few rows.

use crate::common;

use std::path::Path;

use assert_cmd::Command;
use common::fixture;
use undertone::Classifier;

/// Four headlines of a market that the test invents, in words that the command knows.
const FEW: &str = "text,label\n\
    Exchange halts withdrawals after a theft,bear\n\
    Miner sinks into bankruptcy,bear\n\
    Lender wins approval and soars,bull\n\
    Record profit lifts the bank,bull\n";

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.current_dir(folder).args(arguments);
    command
}

fn train(folder: &Path, options: &[&str]) -> Vec<u8> {
    let line = [&["train", "--data=few.csv", "--folds=2"], options].concat();
    command(folder, &line).assert().success();
    std::fs::read(folder.join("model.bin")).unwrap()
}

fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("few.csv"), FEW).unwrap();
    folder
}

#[test]
fn with_the_commands_own_vectors_few_rows_say_something_of_other_words() {
    let folder = place();
    let model = train(folder.path(), &["--vectors", "--threads=1"]);
    assert!(train(folder.path(), &["--vectors", "--threads=2"]) == model);
    let classifier = Classifier::open(&model).unwrap();
    assert_eq!(classifier.features(), 10_000);
    for (text, label) in [
        ("Hackers drain the vault, losses mount", "bear"),
        ("Shares plunge on fraud charges", "bear"),
        ("Rally: tokens surge to a record high", "bull"),
    ] {
        let class = classifier.predict(text).class;
        assert_eq!(classifier.labels()[class], label, "{text}");
    }
    // The model says what it knows words from.
    let shown = command(folder.path(), &["inspect", "model.bin"]).assert().success();
    let shown = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    for name in ["vectors64.i8", "vectors64.words", "model.bin"] {
        assert!(shown.contains(&format!("data   {name} (known of words, sha256 ")), "{shown}");
    }
    let all = train(folder.path(), &["--vectors", "--features=0"]);
    assert!(Classifier::open(&all).unwrap().features() > 40_000);
    assert!(train(folder.path(), &[]).len() < 5_000);
}

#[test]
fn a_file_of_vectors_takes_their_place_in_either_form() {
    let folder = place();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("text.txt", b"soars 2 0\nzorvexes 2 0\nsinks -2 0\nquibbles -2 0\n");
    write("bytes.words", b"quibbles\nsinks\nsoars\nzorvexes\n");
    write("bytes.i8", &[0xfe, 0, 0xfe, 0, 2, 0, 2, 0]);
    let of_text = Classifier::open(&train(folder.path(), &["--vectors=text.txt"])).unwrap();
    let of_bytes = Classifier::open(&train(folder.path(), &["--vectors=bytes.i8"])).unwrap();
    assert_eq!(of_text.coefficients(), of_bytes.coefficients());
    let label = |text: &str| &of_text.labels()[of_text.predict(text).class][..];
    assert_eq!((label("zorvexes"), label("quibbles")), ("bull", "bear"));
    assert_eq!(of_text.vectorizers().len(), 2);
    // The recipe's hash is of what the file holds.
    write("bytes.i8", &[0xfe, 0, 0xfe, 0, 2, 0, 2, 1]);
    let changed = Classifier::open(&train(folder.path(), &["--vectors=bytes.i8"])).unwrap();
    assert_ne!(changed.provenance().recipe, of_bytes.provenance().recipe);
}

#[test]
fn what_gives_no_head_start_is_refused_in_words() {
    let folder = place();
    let recipe = format!("[[data]]\npath = '{}'", fixture("two.csv").display());
    std::fs::write(folder.path().join("recipe.toml"), recipe).unwrap();
    std::fs::write(folder.path().join("alone.i8"), [1, 2]).unwrap();
    for (options, said) in [
        (&["--data=few.csv", "--vectors=gone.txt"][..], "gone.txt"),
        (&["--data=few.csv", "--vectors=alone.i8"], "alone.words"),
        (&["--data=few.csv", "--vectors=few.csv"], "few.csv, line 1"),
        (&["--data=few.csv", "--vectors", "--solver=sgd"], "vectors: expected none"),
        (&["--recipe=recipe.toml", "--vectors"], "cannot be used with"),
    ] {
        let line = [&["train"], options].concat();
        let output = command(folder.path(), &line).assert().failure().get_output().stderr.clone();
        let error = String::from_utf8(output).unwrap();
        assert!(error.contains(said), "{said:?} is not in: {error}");
        assert!(!folder.path().join("model.bin").exists());
    }
}
