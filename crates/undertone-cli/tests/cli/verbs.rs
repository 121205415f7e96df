//! The `undertone` command as a person or a script meets it: files in, output, exit codes.

use crate::common;

use std::path::Path;

use assert_cmd::Command;
use common::{fixture, root};
use serde_json::Value;
use tempfile::TempDir;
use undertone::Classifier;

/// A folder of its own, with the command started in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
        command.current_dir(self.0.path()).env_remove("UNDERTONE_DATA").args(arguments);
        command
    }

    /// Runs a command line, split at spaces; a word that begins with `@` is a fixture.
    fn run(&self, line: &str) -> Command {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| match word.strip_prefix('@') {
                Some(name) => fixture(name).to_str().unwrap().to_owned(),
                None => word.to_owned(),
            })
            .collect();
        self.command(words.iter().map(String::as_str))
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The output of a command that succeeds, and says nothing else.
#[track_caller]
fn succeed(mut command: Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    // What became of the rows of a file is all that is said.
    let errors = if errors.ends_with(" refused\n") { "" } else { &errors };
    assert_eq!((output.status.code(), errors), (Some(0), ""));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn json(command: Command) -> Value {
    serde_json::from_str(&succeed(command)).unwrap()
}

/// The message of a command that refuses its input.
#[track_caller]
fn refuse(mut command: Command) -> String {
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), &printed[..]), (Some(2), ""), "{message}");
    assert!(message.starts_with("error: "), "{message}");
    // A cause that is both in the message and in the chain behind it would be said twice.
    for cause in ["os error", "expected"] {
        assert!(message.matches(cause).count() <= 1, "{cause:?} twice: {message}");
    }
    message
}

#[track_caller]
fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}

/// serde_json reads numbers to within their last bit.
#[track_caller]
fn assert_number(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{found}, expected {expected}");
}

/// A place with `model.bin`, trained on the headlines without cross-validation.
fn trained() -> Place {
    let place = Place::new();
    succeed(place.run("train --data @headlines.csv --folds 0"));
    place
}

fn open(path: &Path) -> Classifier {
    Classifier::open(&std::fs::read(path).unwrap()).unwrap()
}

fn rows(file: &str) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_path(fixture(file)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn sum(list: &Value) -> u64 {
    list.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).sum()
}

// --- train ---------------------------------------------------------------------------------------

#[test]
fn train_reports_as_json() {
    let place = Place::new();
    let report = json(place.run("train --data @headlines.csv --out new.bin --json"));
    assert_eq!(place.files(), ["new.bin"]);
    let golden = std::fs::read_to_string(common::root().join("tests/golden/default.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let vocabulary = golden["vectorizers"][0]["vocabulary"].as_array().unwrap();
    assert_eq!(report["features"], vocabulary.len());
    assert_eq!(report["documents"], 240);
    assert_eq!(report["converged"], true);
    assert_eq!(report["model"]["path"], "new.bin");
    assert_eq!(report["model"]["bytes"], place.path("new.bin").metadata().unwrap().len());
    assert!(report["seconds"]["total"].as_f64().unwrap() > 0.0);

    let cv = &report["cv"];
    assert_eq!(cv["folds"], 5);
    for score in ["accuracy", "macro_f1", "log_loss"] {
        let folds = cv["per_fold"].as_array().unwrap();
        assert_eq!(folds.len(), 5);
        let mean = folds.iter().map(|fold| fold[score].as_f64().unwrap()).sum::<f64>() / 5.0;
        assert!((cv[score].as_f64().unwrap() - mean).abs() < 1e-12, "{score}");
    }
    // Each label dealt out evenly: the confusion matrix holds every document once.
    let confusion = cv["confusion"].as_array().unwrap();
    assert_eq!(confusion.iter().map(sum).collect::<Vec<_>>(), [60, 110, 70]);
    let right: u64 = (0..3).map(|class| confusion[class][class].as_u64().unwrap()).sum();
    let pooled = right as f64 / 240.0;
    assert!((cv["accuracy"].as_f64().unwrap() - pooled).abs() < 0.01);
    // The most frequent label alone gets 110 of 240.
    assert!(pooled > 110.0 / 240.0, "{pooled}");
}

#[test]
fn train_reports_as_text() {
    let place = Place::new();
    let report = succeed(place.run("train --data @two.csv"));
    assert_says(
        &report,
        &[
            "44 documents: 20 bearish, 24 bullish",
            "5-fold stratified cross-validation",
            "accuracy",
            "macro-F1",
            "log-loss",
            "confusion",
            "wrote model.bin",
        ],
    );
    assert_eq!(open(&place.path("model.bin")).labels(), ["bearish", "bullish"]);
}

#[test]
fn train_reads_latin1_without_header() {
    let place = Place::new();
    let line = "train --data @latin1.csv --no-header --columns label,text --folds 0 --encoding";
    let words = |encoding: &str| {
        succeed(place.run(&format!("{line} {encoding}")));
        let classifier = open(&place.path("model.bin"));
        let vocabulary = classifier.vectorizers()[0].vocabulary();
        ["großmann", "net", "cafˆnet"].map(|word| vocabulary.features().any(|known| known == word))
    };
    assert_eq!(words("latin1"), [true, true, false]);
    assert_eq!(words("windows-1252"), [true, false, true]);
}

#[test]
fn train_reads_byte_order_mark_crlf_and_line_breaks_in_quotes() {
    let place = Place::new();
    let report = json(place.run("train --data @bom-crlf.csv --folds 2 --json"));
    assert_eq!(report["documents"], 12);
    let classifier = open(&place.path("model.bin"));
    assert_eq!(classifier.labels(), ["negative", "positive"]);
    // "Record order\nlifts": two words, not one.
    let mut features = classifier.vectorizers()[0].vocabulary().features();
    assert!(features.any(|feature| feature == "lifts"));
}

#[test]
fn train_takes_columns_by_name() {
    let place = Place::new();
    let columns = "--text-column text --label-column sentiment --folds 0";
    let report = json(place.run(&format!("train --data @bad/missing-column.csv {columns} --json")));
    assert_eq!(report["documents"], 12);
}

#[test]
fn train_takes_fifty_classes() {
    let place = Place::new();
    let report = json(place.run("train --data @fifty.csv --folds 2 --json"));
    assert_eq!(report["labels"].as_array().unwrap().len(), 50);
    let evaluation = json(place.run("evaluate --model model.bin --data @fifty.csv --json"));
    assert_eq!(evaluation["per_class"].as_array().unwrap().len(), 50);
    assert!(evaluation["accuracy"].as_f64().unwrap() > 0.9);
}

#[test]
fn train_takes_several_files() {
    let place = Place::new();
    let report = json(place.run("train --data @headlines.csv --data @two.csv --json"));
    assert_eq!(report["documents"], 284);
    let classifier = open(&place.path("model.bin"));
    assert_eq!(classifier.labels(), ["bearish", "bullish", "negative", "neutral", "positive"]);
    let sets = &classifier.provenance().data;
    assert_eq!(
        sets.iter().map(|set| (&set.name[..], set.documents)).collect::<Vec<_>>(),
        [("headlines.csv", 240), ("two.csv", 44)]
    );
}

/// A text with two labels is data, not a mistake: annotators disagree.
#[test]
fn train_takes_conflicting_labels() {
    succeed(Place::new().run("train --data @bad/conflicting-labels.csv --folds 2"));
}

#[test]
fn train_gives_the_same_bytes_with_any_number_of_threads() {
    let recipe = r#"
date = "2026-01-31"
seed = 7
folds = 3
[[data]]
path = "headlines.csv"
domain = "news"
[[data]]
path = "bom-crlf.csv"
domain = "other"
tested = false
weight = 0.5
[[vectorizer]]
ngrams = [1, 2]
min_df = 2
sublinear_tf = true
count_unknown = true
[[vectorizer]]
analyzer = "char_wb"
ngrams = [3, 4]
scale = 0.5
[adapt]
to = "news"
strength = 0.5
[model]
calibration = "vector"
features = 500
precision = "int8"
"#;
    let place = Place::new();
    std::fs::write(place.path("recipe.toml"), recipe).unwrap();
    let models = [1, 2, 2].map(|threads| {
        let line = format!("train --recipe recipe.toml --threads {threads} --data-folder");
        let mut command = place.run(&line);
        command.arg(fixture(""));
        succeed(command);
        std::fs::read(place.path("model.bin")).unwrap()
    });
    assert_eq!(models[0], models[1]);
    assert_eq!(models[1], models[2]);

    // Where recipe and data lie is no part of the model; what is in them is.
    let elsewhere = Place::new();
    for file in ["headlines.csv", "bom-crlf.csv"] {
        std::fs::copy(fixture(file), elsewhere.path(file)).unwrap();
    }
    std::fs::write(elsewhere.path("other.toml"), recipe).unwrap();
    let train = |folder| {
        let mut command = elsewhere.run("train --recipe other.toml --out other.bin");
        command.env("UNDERTONE_DATA", folder);
        succeed(command);
        std::fs::read(elsewhere.path("other.bin")).unwrap()
    };
    assert_eq!(train("."), models[0]);
    assert_eq!(train(""), models[0], "an empty variable is none");
    std::fs::write(elsewhere.path("other.toml"), recipe.replace("seed = 7", "seed = 8")).unwrap();
    assert_ne!(train("."), models[0]);

    let classifier = open(&place.path("model.bin"));
    assert_eq!(classifier.features(), 500);
    assert_eq!(classifier.provenance().date, "2026-01-31");
    assert_eq!(classifier.provenance().scores.map(|scores| scores.folds), Some(3));
}

#[test]
fn train_fits_word_vectors_and_weighted_rows() {
    // Made-up words stand where known ones stand: "zorvexes" is like "rises", "quibbles" like
    // "falls", and no labelled row holds either.
    let vectors = "rises 1 0.1\nsoars 0.9 0\nzorvexes 1 0\nfalls -1 0.1\nquibbles -1 0\n";
    let rows = "text,label,trust\nToken falls again,negative,0.5\nToken rises,positive,0\n";
    let recipe = r#"
folds = 3
[[data]]
path = "headlines.csv"
domain = "news"
[[data]]
path = "rows.csv"
domain = "other"
weight_column = "trust"
tested = false
[[vectorizer]]
min_df = 2
[vectors]
path = "vectors.txt"
scale = 2.0
[adapt]
to = "news"
strength = 0.5
[model]
calibration = "temperature"
precision = "int8"
"#;
    let place = Place::new();
    std::fs::copy(fixture("headlines.csv"), place.path("headlines.csv")).unwrap();
    let train = |options: &str| {
        let line = format!("train --recipe recipe.toml --data-folder . {options}");
        succeed(place.run(line.trim_end()));
        std::fs::read(place.path("model.bin")).unwrap()
    };
    for (name, content) in [("vectors.txt", vectors), ("rows.csv", rows), ("recipe.toml", recipe)] {
        std::fs::write(place.path(name), content).unwrap();
    }
    let model = train("--threads 1");
    assert_eq!(train("--threads 2"), model);
    assert_eq!(train(""), model);

    let classifier = Classifier::open(&model).unwrap();
    let [words, like] = classifier.vectorizers() else { panic!("not two vectorizers") };
    assert!(like.vocabulary().features().eq(["falls", "quibbles", "rises", "soars", "zorvexes"]));
    assert!(words.vocabulary().features().all(|word| word != "zorvexes"));
    let positive = |text: &str| classifier.predict(text).probabilities[2];
    assert!(positive("zorvexes") > positive("") && positive("") > positive("quibbles"));

    // A weight decides: with the other row at 0, and with both at 1, it is another model.
    for changed in [rows.replace("0.5", "0"), rows.replace("0.5", "1")] {
        std::fs::write(place.path("rows.csv"), changed).unwrap();
        assert_ne!(train("")[20..], model[20..]);
    }

    // As many features as asked for, over both vectorizers.
    std::fs::write(place.path("rows.csv"), rows).unwrap();
    std::fs::write(place.path("recipe.toml"), format!("{recipe}features = 100")).unwrap();
    let pruned = train("--threads 1");
    assert_eq!(train("--threads 2"), pruned);
    assert_eq!(Classifier::open(&pruned).unwrap().features(), 100);
}

#[test]
fn train_refuses_bad_input_and_leaves_the_old_model_alone() {
    let cases: &[(&str, &[&str])] = &[
        ("--data nowhere.csv", &["nowhere.csv", "No such file", "check the path"]),
        (
            "--data @bad/not-utf8.csv",
            &[
                "not-utf8.csv, line 4, column 4",
                "expected UTF-8",
                "0xe9",
                "--encoding windows-1252",
            ],
        ),
        (
            "--data @latin1.csv --no-header --columns label,text",
            &["latin1.csv, line 9, column", "expected UTF-8", "--encoding windows-1252"],
        ),
        ("--data @headlines.csv --encoding klingon", &["\"klingon\"", "expected utf-8, latin1"]),
        (
            "--data @bad/ragged.csv",
            &["ragged.csv, line 5, column 3", "expected 2 columns, found 3", "quote"],
        ),
        (
            "--data @bad/short-row.csv",
            &["short-row.csv, line 5, column 2", "expected 2 columns, found 1", "quote"],
        ),
        (
            "--data @headlines.csv --no-header --columns label,date,text",
            &["headlines.csv, line 1, column 3", "expected 3 columns, found 2"],
        ),
        ("--data @bad/unclosed-quote.csv", &["unclosed-quote.csv, line 6, column 1", "quote"]),
        (
            "--data @bad/empty-text.csv",
            &["empty-text.csv, line 7, column 1", "expected a text", "fill the cell or delete"],
        ),
        ("--data @bad/blank-text.csv", &["blank-text.csv, line 7, column 1", "expected a text"]),
        ("--data @bad/empty-label.csv", &["empty-label.csv, line 8, column 2", "a label"]),
        (
            "--data @bad/missing-column.csv",
            &["missing-column.csv, line 1, column", "\"label\"", "sentiment", "--label-column"],
        ),
        (
            "--data @headlines.csv --text-column title",
            &["headlines.csv, line 1, column", "\"title\"", "text, label", "--text-column"],
        ),
        ("--data @bad/duplicate-column.csv", &["duplicate-column.csv, line 1, column 2", "text"]),
        ("--data @bad/header-only.csv", &["header-only.csv, line 2", "at least one row"]),
        ("--data @bad/empty.csv", &["empty.csv, line 1", "at least one row"]),
        (
            "--data @bad/one-class.csv",
            &["one-class.csv, line 2, column 2", "two labels", "\"positive\"", "--label-column"],
        ),
        (
            "--data @bad/few-rows.csv",
            &["few-rows.csv, line 3, column 2", "\"negative\"", "3 rows", "5", "--folds"],
        ),
        (
            "--data @bad/empty-vocabulary.csv",
            &["empty-vocabulary.csv, line 2, column 1", "no feature", "min_df", "token pattern"],
        ),
        ("--data @two.csv --min-df 1000", &["two.csv, line", "no feature", "min_df"]),
        // The second of two files.
        ("--data @headlines.csv --data @bad/ragged.csv", &["ragged.csv, line 5, column 3"]),
        ("--data @two.csv --folds 1", &["folds", "expected 2 or more", "found 1"]),
        ("--data @two.csv --c 0", &["solver.c", "expected a finite number above 0", "found 0"]),
        ("--data @two.csv --ngrams 2,1", &["2 to 1", "expected 1 ≤ fewest ≤ most ≤ 16"]),
        ("--data @two.csv --token-pattern (a", &["\"(a\", column", "expected a class"]),
        ("--data @two.csv --no-header", &["--columns"]),
        ("--recipe nowhere.toml", &["nowhere.toml", "No such file", "check the path"]),
        ("--recipe unknown-key.toml", &["unknown-key.toml", "line 1", "`sede`", "expected"]),
        ("--recipe no-data.toml", &["data", "expected at least one data set"]),
        ("--recipe gone.toml", &["gone.csv", "No such file", "UNDERTONE_DATA"]),
        ("--recipe other-data.toml", &["headlines.csv", "expected sha256 00", "b04f9a78"]),
        ("", &["--data", "--recipe"]),
    ];
    let place = Place::new();
    for (name, recipe) in [
        ("unknown-key.toml", "sede = 1".to_owned()),
        ("no-data.toml", "seed = 1".to_owned()),
        ("gone.toml", "[[data]]\npath = 'gone.csv'".to_owned()),
        (
            "other-data.toml",
            format!(
                "[[data]]\npath = '{}'\nsha256 = '{}'",
                fixture("headlines.csv").display(),
                "0".repeat(64)
            ),
        ),
    ] {
        std::fs::write(place.path(name), recipe).unwrap();
    }
    refuse_to_train(&place, cases);
}

/// Each of the arguments is refused with these words, and the old model stays as it was.
#[track_caller]
fn refuse_to_train(place: &Place, cases: &[(&str, &[&str])]) {
    let old = b"the old model";
    std::fs::write(place.path("model.bin"), old).unwrap();
    let before = place.files();
    for (arguments, words) in cases {
        let message = refuse(place.run(format!("train {arguments}").trim_end()));
        assert_says(&message, words);
        assert_eq!(std::fs::read(place.path("model.bin")).unwrap(), old, "{arguments}");
        assert_eq!(place.files(), before, "{arguments}");
    }
}

#[test]
fn train_refuses_bad_weights_and_vectors() {
    let place = Place::new();
    let rows =
        |weight: &str| format!("text,label,trust\nprofit rises,up,1\nprofit falls,down,{weight}\n");
    let weighted =
        |file: &str| format!("folds = 0\n[[data]]\npath = '{file}'\nweight_column = 'trust'\n");
    let vectors = |file: &str| {
        let data = fixture("two.csv");
        format!("folds = 0\n[[data]]\npath = '{}'\n[vectors]\n{file}\n", data.display())
    };
    for (name, content) in [
        ("nan.csv", rows("NaN")),
        ("infinite.csv", rows("inf")),
        ("negative.csv", rows("-1")),
        ("heavy.csv", rows("heavy")),
        ("nan.toml", weighted("nan.csv")),
        ("infinite.toml", weighted("infinite.csv")),
        ("negative.toml", weighted("negative.csv")),
        ("heavy.toml", weighted("heavy.csv")),
        ("no-column.toml", weighted(fixture("two.csv").to_str().unwrap())),
        ("set-weight.toml", weighted("nan.csv") + "weight = -0.5"),
        ("ragged.txt", "profit 1 2\nloss 3\n".to_owned()),
        ("ragged.toml", vectors("path = 'ragged.txt'")),
        ("words.txt", "profit 1 two\n".to_owned()),
        ("words.toml", vectors("path = 'words.txt'")),
        ("other.toml", vectors(&format!("path = 'ragged.txt'\nsha256 = '{}'", "0".repeat(64)))),
        ("gone.toml", vectors("path = 'gone.txt'")),
        ("key.toml", vectors("path = 'ragged.txt'\nscales = 2")),
    ] {
        std::fs::write(place.path(name), content).unwrap();
    }
    let cases: &[(&str, &[&str])] = &[
        ("nan.toml", &["nan.csv, line 3, column 3", "expected a weight", "\"NaN\""]),
        ("infinite.toml", &["infinite.csv, line 3, column 3", "expected a weight", "\"inf\""]),
        ("negative.toml", &["negative.csv, line 3, column 3", "0 or more", "\"-1\""]),
        ("heavy.toml", &["heavy.csv, line 3, column 3", "expected a weight", "\"heavy\""]),
        ("no-column.toml", &["two.csv, line 1, column", "\"trust\"", "weight_column"]),
        ("set-weight.toml", &["data.weight", "expected a finite number of 0 or more", "-0.5"]),
        ("ragged.toml", &["ragged.txt, line 2, column 3", "\"loss\"", "expected 2", "repair"]),
        ("words.toml", &["words.txt, line 1, column 3", "expected a finite number", "\"two\""]),
        ("other.toml", &["ragged.txt", "expected sha256 00", "get the file"]),
        ("gone.toml", &["gone.txt", "No such file", "UNDERTONE_DATA"]),
        ("key.toml", &["key.toml", "`scales`", "expected"]),
    ];
    let cases: Vec<(String, &[&str])> = cases
        .iter()
        .map(|(recipe, words)| (format!("--data-folder . --recipe {recipe}"), *words))
        .collect();
    let cases: Vec<(&str, &[&str])> =
        cases.iter().map(|(arguments, words)| (&arguments[..], *words)).collect();
    refuse_to_train(&place, &cases);
}

/// An option that a recipe would overrule is refused, not ignored.
#[test]
fn train_refuses_contradictory_options() {
    let place = Place::new();
    let recipe = format!("[[data]]\npath = '{}'", fixture("two.csv").display());
    std::fs::write(place.path("recipe.toml"), recipe).unwrap();
    let cases: &[(&str, &[&str])] = &[
        ("--recipe recipe.toml --data @two.csv", &["--recipe", "--data", "cannot be used with"]),
        ("--recipe recipe.toml --c 2", &["--recipe", "--c", "cannot be used with"]),
        ("--recipe recipe.toml --folds 2", &["--recipe", "--folds", "cannot be used with"]),
        ("--recipe recipe.toml --precision int8", &["--precision", "cannot be used with"]),
        ("--data @two.csv --columns text,label", &["--no-header"]),
        ("--data @two.csv --folds 0 --calibration vector", &["calibration", "cross-validation"]),
        ("--data @two.csv --max-df 1.5", &["--max-df", "expected a number of documents"]),
    ];
    refuse_to_train(&place, cases);
}

#[test]
fn train_refuses_an_output_that_cannot_be_written() {
    let place = Place::new();
    let message = refuse(place.run("train --data @two.csv --folds 0 --out gone/model.bin"));
    assert_says(&message, &["gone/model.bin", "can't be written", "untouched"]);
    // A folder in place of the file: the model is complete, and can't be put there.
    std::fs::create_dir(place.path("folder")).unwrap();
    let message = refuse(place.run("train --data @two.csv --folds 0 --out folder"));
    assert_says(&message, &["folder", "can't be written"]);
    assert_eq!(place.files(), ["folder"]);
}

// --- predict -------------------------------------------------------------------------------------

const TEXTS: [&str; 3] = ["Record profit lifts shares", "Hackers steal \"funds\", again", ""];

#[test]
fn predict_prints_four_formats_of_the_same() {
    let place = trained();
    let classifier = open(&place.path("model.bin"));
    let predict = |format: &str| {
        let arguments = ["predict", "--model", "model.bin", "--format", format];
        succeed(place.command(arguments.into_iter().chain(TEXTS)))
    };
    let array: Vec<Value> = serde_json::from_str(&predict("json")).unwrap();
    let lines = predict("jsonl");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(array, lines);
    let table = predict("csv");
    let mut table = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(
        table.headers().unwrap(),
        vec!["text", "label", "confidence", "negative", "neutral", "positive"]
    );
    let records: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let text = predict("text");
    let text: Vec<&str> = text.lines().collect();
    assert_eq!([array.len(), records.len(), text.len()], [TEXTS.len(); 3]);

    for (index, given) in TEXTS.into_iter().enumerate() {
        let expected = classifier.predict(given);
        let label = &classifier.labels()[expected.class][..];
        let (object, record) = (&array[index], &records[index]);
        assert_eq!((&object["text"], &object["label"]), (&given.into(), &label.into()));
        assert_eq!((&record[0], &record[1]), (given, label));
        assert_number(&object["confidence"], expected.confidence());
        assert_eq!(record[2].parse(), Ok(expected.confidence()));
        for (class, name) in classifier.labels().iter().enumerate() {
            assert_number(&object["probabilities"][name], expected.probabilities[class]);
            assert_eq!(record[3 + class].parse(), Ok(expected.probabilities[class]));
        }
        let percent = format!("{:.0}%", 100.0 * expected.confidence());
        assert!(text[index].starts_with(label) && text[index].ends_with(given), "{}", text[index]);
        assert!(text[index].contains(&percent), "{}", text[index]);
    }
}

fn texts(lines: &str) -> Vec<String> {
    let objects = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    objects.map(|object| object["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn predict_reads_lines() {
    let place = trained();
    let line = "predict --model model.bin --format jsonl --input";
    // One answer a line, for empty lines too: line numbers stay what they are.
    let given = "Profit falls\n\nGewinn fällt\r\n \nProfit rises";
    let expected = ["Profit falls", "", "Gewinn fällt", " ", "Profit rises"];
    let mut command = place.run(&format!("{line} -"));
    command.write_stdin(given);
    assert_eq!(texts(&succeed(command)), expected);
    std::fs::write(place.path("lines.txt"), given).unwrap();
    assert_eq!(texts(&succeed(place.run(&format!("{line} lines.txt")))), expected);
    let latin1: Vec<u8> = given.chars().map(|c| c as u8).collect();
    std::fs::write(place.path("lines.txt"), latin1).unwrap();
    let line = format!("{line} lines.txt --encoding latin1");
    assert_eq!(texts(&succeed(place.run(&line))), expected);
    let mut nothing = place.run("predict --model model.bin --input -");
    nothing.write_stdin("");
    assert_eq!(succeed(nothing), "");
}

#[test]
fn predict_reads_a_column_of_csv() {
    let place = trained();
    let line = "predict --model model.bin --format jsonl --input @bom-crlf.csv --text-column text";
    let found = texts(&succeed(place.run(line)));
    assert_eq!(found.len(), 12);
    assert_eq!(found[7], "Kestrel:\r\n\r\nsales miss forecasts");
    assert_eq!(found[11], "Arcwell token loses 12%");
}

#[test]
fn predict_keeps_control_characters_from_the_terminal() {
    let place = trained();
    let text = succeed(place.command(["predict", "--model", "model.bin", "a\nb\u{1b}[31mc\rd"]));
    assert_eq!(text.lines().count(), 1);
    assert!(text.trim_end().ends_with("a b [31mc d"), "{text:?}");
}

/// As in `undertone predict … | head`: no message, and no failure.
#[cfg(unix)]
#[test]
fn predict_stops_quietly_when_nobody_reads() {
    use std::process::Stdio;
    let place = trained();
    // More than a pipe holds.
    std::fs::write(place.path("lines.txt"), "Profit rises\n".repeat(20_000)).unwrap();
    for format in ["text", "json", "jsonl", "csv"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_undertone"))
            .current_dir(place.0.path())
            .args(["predict", "--model", "model.bin", "--input", "lines.txt", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(command.stdout.take());
        let output = command.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &errors[..]), (Some(0), ""), "{format}");
    }
}

#[test]
fn predict_has_a_model_built_in() {
    let place = Place::new();
    let answer = json(place.command(["predict", "--format", "json", "Profit falls"]));
    let shipped = open(&common::root().join("model.bin"));
    let expected = shipped.predict("Profit falls");
    assert_eq!(answer[0]["label"], shipped.labels()[expected.class][..]);
    assert_number(&answer[0]["confidence"], expected.confidence());
}

#[test]
fn predict_refuses_bad_input() {
    let place = trained();
    let cases: &[(&str, &[&str])] = &[
        ("--input nowhere.txt", &["nowhere.txt", "No such file", "check the path"]),
        ("--input @bad/not-utf8.csv", &["not-utf8.csv, line 4, column 4", "0xe9", "--encoding"]),
        ("--input @bad/ragged.csv --text-column text", &["ragged.csv, line 5, column 3"]),
        (
            "--input @headlines.csv --text-column title",
            &["headlines.csv, line 1, column", "\"title\"", "text, label", "--text-column"],
        ),
        ("", &["TEXT", "--input"]),
    ];
    for (arguments, words) in cases {
        let line = format!("predict --model model.bin {arguments}");
        assert_says(&refuse(place.run(line.trim_end())), words);
    }
    let mut command = place.run("predict --model model.bin --input -");
    command.write_stdin(b"fine\nb\xe9d\n");
    assert_says(&refuse(command), &["standard input, line 2, column 2", "0xe9", "--encoding"]);
}

// --- evaluate ------------------------------------------------------------------------------------

#[test]
fn evaluate_counts_what_predict_says() {
    let place = trained();
    let report = json(place.run("evaluate --model model.bin --data @headlines.csv --json"));
    let classifier = open(&place.path("model.bin"));
    let rows = rows("headlines.csv");
    let (mut right, mut log_loss) = (0, 0.0);
    for (text, label) in &rows {
        let prediction = classifier.predict(text);
        let class = classifier.labels().binary_search(label).unwrap();
        right += u32::from(prediction.class == class);
        log_loss -= prediction.probabilities[class].ln() / rows.len() as f64;
    }
    let number = |key: &str| report[key].as_f64().unwrap();
    assert_eq!(report["n"], rows.len());
    assert!((number("accuracy") - f64::from(right) / rows.len() as f64).abs() < 1e-12);
    assert!((number("log_loss") - log_loss).abs() < 1e-12);
    let classes = report["per_class"].as_array().unwrap();
    let of_class = |key: &str| classes.iter().map(|class| class[key].clone()).collect::<Vec<_>>();
    assert_eq!(of_class("label"), ["negative", "neutral", "positive"]);
    assert_eq!(of_class("support"), [60, 110, 70]);
    let f1: f64 = of_class("f1").iter().map(|f1| f1.as_f64().unwrap()).sum();
    assert!((number("macro_f1") - f1 / 3.0).abs() < 1e-12);

    let text = succeed(place.run("evaluate --model model.bin --data @headlines.csv"));
    let accuracy = format!("accuracy  {:.3}", number("accuracy"));
    assert_says(&text, &["240 documents", &accuracy, "macro-F1", "log-loss", "confusion"]);
}

#[test]
fn evaluate_takes_fewer_labels_than_the_model_and_refuses_others() {
    let place = trained();
    let report = json(place.run("evaluate --model model.bin --data @bom-crlf.csv --json"));
    assert_eq!(report["n"], 12);
    let cases: &[(&str, &[&str])] = &[
        ("@two.csv", &["two.csv, line 2, column 2", "negative, neutral, positive", "\"bullish\""]),
        ("@bad/ragged.csv", &["ragged.csv, line 5, column 3"]),
        ("@bad/empty-text.csv", &["empty-text.csv, line 7, column 1"]),
        ("@bad/missing-column.csv", &["missing-column.csv, line 1", "--label-column"]),
        ("nowhere.csv", &["nowhere.csv", "No such file"]),
    ];
    for (file, words) in cases {
        let line = format!("evaluate --model model.bin --data {file}");
        assert_says(&refuse(place.run(&line)), words);
    }
    assert_says(&refuse(place.run("evaluate --model model.bin")), &["--data"]);
}

#[test]
fn evaluate_breaks_down_by_a_column_and_scores_groups() {
    let place = trained();
    let line = "evaluate --model model.bin --data @grouped.csv --by capability --group group";
    let report = json(place.run(&format!("{line} --json")));

    // The same, counted as it is said.
    let classifier = open(&place.path("model.bin"));
    let grouped = std::fs::read_to_string(fixture("grouped.csv")).unwrap();
    let rows: Vec<Vec<String>> =
        grouped.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect();
    let predicted = |row: &[String]| classifier.labels()[classifier.predict(&row[0]).class].clone();
    let is_right = |row: &&Vec<String>| predicted(row) == row[1];
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    let check = |found: &Value, values: &[&str], groups: &[&str]| {
        let lines: Vec<&Vec<String>> =
            rows.iter().filter(|row| values.contains(&&row[2][..])).collect();
        let of = |group: &str| rows.iter().filter(|row| row[3] == group).collect::<Vec<_>>();
        let right = groups.iter().filter(|group| of(group).iter().all(is_right)).count();
        let one_label: Vec<_> = groups
            .iter()
            .map(|group| of(group))
            .filter(|group| group.iter().all(|row| row[1] == group[0][1]))
            .collect();
        let is_invariant = |group: &&Vec<&Vec<String>>| {
            group.iter().all(|row| predicted(row) == predicted(group[0]))
        };
        let invariant = one_label.iter().filter(is_invariant).count();
        assert_eq!(found["lines"], lines.len());
        let right_lines = lines.iter().copied().filter(is_right).count();
        assert_number(&found["accuracy"], share(right_lines, lines.len()));
        assert_eq!(found["groups"], groups.len());
        assert_number(&found["groups_right"], share(right, groups.len()));
        assert_eq!(found["one_label_groups"], one_label.len());
        match one_label.len() {
            0 => assert_eq!(found["invariance"], Value::Null),
            whole => assert_number(&found["invariance"], share(invariant, whole)),
        }
    };
    let breakdown = &report["breakdown"];
    assert_eq!((&breakdown["by"], &breakdown["group"]), (&"capability".into(), &"group".into()));
    let parts = breakdown["parts"].as_array().unwrap();
    assert_eq!(parts.iter().map(|part| &part["value"]).collect::<Vec<_>>(), ["9", "10"]);
    check(&parts[0], &["9"], &["c", "d"]);
    check(&parts[1], &["10"], &["a", "b"]);
    check(&breakdown["total"], &["9", "10"], &["a", "b", "c", "d"]);
    assert_eq!(breakdown["total"]["accuracy"], report["accuracy"]);

    let text = succeed(place.run(line));
    let table: Vec<Vec<&str>> = text
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("capability "))
        .map(|line| line.split_whitespace().collect())
        .collect();
    let heading = ["capability", "lines", "accuracy", "groups", "groups", "right", "invariance"];
    assert_eq!(table[0], heading);
    let first_cells = [["9", "5"], ["10", "4"], ["all", "9"]];
    assert_eq!(table[1..].iter().map(|row| [row[0], row[1]]).collect::<Vec<_>>(), first_cells);
    assert_eq!(table[2][5], "–");
}

#[test]
fn evaluate_takes_either_column_alone_and_names_those_there_are() {
    let place = trained();
    let line = "evaluate --model model.bin --data @grouped.csv --json";
    let plain = json(place.run(line));
    assert_eq!(plain["breakdown"], Value::Null);
    let by = json(place.run(&format!("{line} --by label")));
    let values: Vec<&Value> =
        by["breakdown"]["parts"].as_array().unwrap().iter().map(|part| &part["value"]).collect();
    assert_eq!(values, ["negative", "neutral", "positive"]);
    assert_eq!(by["breakdown"]["total"].as_object().unwrap().len(), 2);
    let group = json(place.run(&format!("{line} --group group")));
    assert_eq!(group["breakdown"]["parts"].as_array().unwrap().len(), 0);
    assert_eq!(group["breakdown"]["total"]["groups"], 4);
    // What was there before is what it was.
    for (report, options) in [(&by, "--by"), (&group, "--group")] {
        let mut report = report.clone();
        report.as_object_mut().unwrap().remove("breakdown");
        assert_eq!(report, plain, "{options}");
    }
    for (option, words) in [
        ("--by kind", ["\"kind\"", "text, label, capability, group", "--by"]),
        ("--by capability --group set", ["\"set\"", "text, label, capability, group", "--group"]),
    ] {
        let message = refuse(place.run(&format!("{line} {option}")));
        assert_says(&message, &["grouped.csv, line 1, column 5"]);
        assert_says(&message, &words);
    }
}

// --- inspect -------------------------------------------------------------------------------------

#[test]
fn inspect_shows_provenance_sizes_and_strongest_features() {
    let place = Place::new();
    succeed(place.run("train --data @headlines.csv --date 2026-01-31"));
    let report = json(place.run("inspect model.bin --top 7 --json"));
    assert_eq!(report["bytes"], place.path("model.bin").metadata().unwrap().len());
    assert_eq!(report["date"], "2026-01-31");
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["recipe"].as_str().unwrap().len(), 64);
    assert_eq!(report["data"][0]["name"], "headlines.csv");
    assert_eq!(report["data"][0]["documents"], 240);
    assert_eq!(report["scores"]["folds"], 5);
    assert_eq!(report["vectorizers"][0]["features"], report["features"]);

    let classifier = open(&place.path("model.bin"));
    let vocabulary = classifier.vectorizers()[0].vocabulary();
    for (class, label) in classifier.labels().iter().enumerate() {
        let mut weights: Vec<(f32, &str)> = (classifier.coefficients().iter().skip(class))
            .step_by(classifier.labels().len())
            .copied()
            .zip(vocabulary.features())
            .collect();
        weights.sort_by(|one, other| other.0.total_cmp(&one.0));
        let top = &report["top"][class];
        assert_eq!(top["label"], label[..]);
        let shown = top["features"].as_array().unwrap();
        assert_eq!(shown.len(), 7);
        for (shown, (weight, feature)) in shown.iter().zip(weights) {
            assert_eq!(shown["feature"], feature);
            assert!((shown["weight"].as_f64().unwrap() - f64::from(weight)).abs() < 1e-6);
        }
    }

    let text = succeed(place.run("inspect model.bin --top 1"));
    let strongest = report["top"][0]["features"][0]["feature"].as_str().unwrap();
    let features = format!("{} features", report["features"]);
    assert_says(&text, &["headlines.csv (240 documents", "5-fold", &features, strongest]);
}

// --- model.bin -----------------------------------------------------------------------------------

#[test]
fn every_verb_refuses_a_damaged_model() {
    let place = trained();
    let model = std::fs::read(place.path("model.bin")).unwrap();
    let altered = |alter: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = model.clone();
        alter(&mut bytes);
        bytes
    };
    let cases: &[(Vec<u8>, &[&str])] = &[
        (altered(&|bytes| bytes.truncate(1000)), &["cut short", "1000", "download it again"]),
        (altered(&|bytes| bytes.truncate(10)), &["cut short", "found 10"]),
        (Vec::new(), &["not an Undertone model", "undertone train"]),
        (altered(&|bytes| bytes[500] ^= 1), &["damaged", "checksum", "download it again"]),
        (altered(&|bytes| bytes[8] = 9), &["version 9", "expected 1", "update Undertone"]),
        (altered(&|bytes| bytes.push(0)), &["download it again"]),
        (b"text,label\n".to_vec(), &["not an Undertone model", "undertone train"]),
    ];
    for (bytes, words) in cases {
        std::fs::write(place.path("damaged.bin"), bytes).unwrap();
        for line in [
            "predict --model damaged.bin Profit",
            "evaluate --model damaged.bin --data @headlines.csv",
            "inspect damaged.bin",
        ] {
            let message = refuse(place.run(line));
            assert_says(&message, &["damaged.bin"]);
            assert_says(&message, words);
        }
    }
    for line in [
        "predict --model gone.bin Profit",
        "evaluate --model gone.bin --data @headlines.csv",
        "inspect gone.bin",
    ] {
        assert_says(&refuse(place.run(line)), &["gone.bin", "No such file"]);
    }
}

#[test]
fn a_corrected_model_is_a_model() {
    let bytes = std::fs::read(root().join("model.bin")).unwrap();
    let mut learner = undertone::Learner::new(undertone::Classifier::open(&bytes).unwrap());
    let text = "Exchange halts withdrawals as losses mount";
    learner.learn(text, 2).unwrap();
    learner.learn(text, 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corrected.bin");
    std::fs::write(&path, learner.to_bytes().unwrap()).unwrap();

    let mut inspect = Command::new(env!("CARGO_BIN_EXE_undertone"));
    let output = inspect.arg("inspect").arg(&path).assert().success().get_output().stdout.clone();
    let output = String::from_utf8(output).unwrap();
    assert!(output.contains("corrections (2 documents"), "{output}");
    let mut predict = Command::new(env!("CARGO_BIN_EXE_undertone"));
    predict.arg("predict").arg("--model").arg(&path).arg(text).assert().success();
}

#[test]
fn the_library_trains_the_commands_bytes() {
    let place = Place::new();
    let recipe = format!(
        "folds = 3\n[[data]]\npath = '{}'\n[model]\nprecision = 'int8'\ncalibration = 'temperature'\nfeatures = 50",
        fixture("headlines.csv").display()
    );
    let path = place.path("recipe.toml");
    std::fs::write(&path, recipe).unwrap();
    succeed(place.run("train --recipe recipe.toml --out by-command.bin"));
    let recipe = undertone::train::Recipe::read(&path, Path::new("")).unwrap();
    let trained = undertone::train::run(&recipe, &mut ()).unwrap();
    let by_command = std::fs::read(place.path("by-command.bin")).unwrap();
    assert!(trained.to_bytes().unwrap() == by_command, "the bytes differ");
}
