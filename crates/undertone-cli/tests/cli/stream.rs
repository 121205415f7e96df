//! `--solver sgd`: as good as L-BFGS, from files that are never held.

use crate::common;

use std::fmt::Write;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Headlines made of words that lean towards a label and many that don't; one text in ten has
/// another label than its words say.
fn headlines(rows: usize, seed: u64) -> String {
    let mut random = common::Random(seed);
    let mut file = String::from("label,text\n");
    for _ in 0..rows {
        let label = random.below(3);
        let said = if random.below(10) == 0 { random.below(3) } else { label };
        write!(file, "{label},").unwrap();
        for _ in 0..4 + random.below(8) {
            match random.below(4) {
                0 => write!(file, "lean{said}x{} ", random.below(150)).unwrap(),
                _ => write!(file, "word{} ", random.below(3000)).unwrap(),
            }
        }
        file.push_str("end\n");
    }
    file
}

fn undertone(arguments: &[&str], paths: &[(&str, &Path)]) -> Value {
    let mut command = Command::cargo_bin("undertone").unwrap();
    command.args(arguments).arg("--json");
    for (option, path) in paths {
        command.arg(option).arg(path);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The accuracy on `test` of a model trained on `train`.
fn accuracy(folder: &Path, train: &str, test: &str, solver: &str) -> f64 {
    let (train_path, test_path) = (folder.join("train.csv"), folder.join("test.csv"));
    let model = folder.join("model.bin");
    std::fs::write(&train_path, train).unwrap();
    std::fs::write(&test_path, test).unwrap();
    let options = ["train", "--folds=0", "--solver", solver];
    undertone(&options, &[("--data", &train_path), ("--out", &model)]);
    undertone(&["evaluate"], &[("--model", &model), ("--data", &test_path)])["accuracy"]
        .as_f64()
        .unwrap()
}

#[test]
fn within_a_point_of_lbfgs() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = (headlines(6000, 1), headlines(3000, 2));
    let of = |solver| accuracy(folder.path(), &train, &test, solver);
    let (lbfgs, sgd) = (of("lbfgs"), of("sgd"));
    assert!(lbfgs > 0.7, "{lbfgs}: a task that says nothing");
    assert!(sgd > lbfgs - 0.01, "sgd {sgd}, lbfgs {lbfgs}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.csv");
    std::fs::write(&data, headlines(3000, 3)).unwrap();
    let model = |seed: &str, threads: &str| {
        let out = folder.path().join("model.bin");
        let arguments = ["train", "--solver=sgd", "--seed", seed, "--threads", threads];
        undertone(&arguments, &[("--data", &data), ("--out", &out)]);
        std::fs::read(out).unwrap()
    };
    let first = model("1", "1");
    assert!(first == model("1", "2"));
    assert!(first != model("2", "1"));
}

#[test]
fn the_vocabulary_stays_under_its_cap_and_keeps_what_is_frequent() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data.csv"), folder.path().join("model.bin"));
    let mut file = headlines(20_000, 4);
    let mut once = 0;
    file = file.replace(" end\n", "\u{1}");
    let rows: Vec<String> = file
        .split('\u{1}')
        .map(|row| {
            once += 1;
            format!("{row} once{once} also{once} end\n")
        })
        .collect();
    // The last piece is what stands after the last row: nothing.
    std::fs::write(&data, rows[..rows.len() - 1].concat()).unwrap();
    let report = undertone(
        &["train", "--solver=sgd", "--vocabulary-cap=4000"],
        &[("--data", &data), ("--out", &out)],
    );
    assert_eq!(report["documents"], 20_000);
    assert_eq!(report["features"], 4000);
    assert!(report["missed"].as_u64().unwrap() > 0);
    let classifier = undertone::Classifier::open(&std::fs::read(out).unwrap()).unwrap();
    let vocabulary = classifier.vectorizers()[0].vocabulary();
    for leaning in (0..150).flat_map(|word| (0..3).map(move |label| format!("lean{label}x{word}")))
    {
        assert!(vocabulary.features().any(|feature| feature == leaning), "{leaning}");
    }
}

#[test]
fn whatever_is_wrong_is_said_as_without_streaming() {
    let fixtures = common::fixture("bad");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("model.bin");
    for name in [
        "ragged",
        "short-row",
        "unclosed-quote",
        "not-utf8",
        "empty-text",
        "empty-label",
        "header-only",
        "one-class",
    ] {
        let messages = ["lbfgs", "sgd"].map(|solver| {
            let output = Command::cargo_bin("undertone")
                .unwrap()
                .args(["train", "--folds=0", "--solver", solver, "--data"])
                .arg(fixtures.join(name).with_extension("csv"))
                .arg("--out")
                .arg(&out)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(2), "{name}");
            String::from_utf8(output.stderr).unwrap()
        });
        assert_eq!(messages[0], messages[1], "{name}");
        assert!(messages[0].contains(", line "), "{}", messages[0]);
    }
}

#[test]
fn too_many_features_times_labels_are_refused_before_memory_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.csv");
    let mut file = String::from("label,text\n");
    // 400 labels × 42,000 words: more than 2²⁴.
    for row in 0..4200 {
        write!(file, "label{},", row % 400).unwrap();
        for word in 0..10 {
            write!(file, "word{} ", row * 10 + word).unwrap();
        }
        file.push('\n');
    }
    std::fs::write(&data, file).unwrap();
    let train = |cap: &str| {
        let mut command = Command::cargo_bin("undertone").unwrap();
        command.args(["train", "--solver=sgd", "--passes=1", "--vocabulary-cap", cap]);
        command.arg("--data").arg(&data).current_dir(&folder).output().unwrap()
    };
    let refused = train("100000");
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("found 42000 features and 400 labels"), "{message}");
    assert!(train("1000").status.success());
}

#[test]
fn what_sgd_cannot_do_it_refuses() {
    let data = common::fixture("headlines.csv");
    for (option, key) in [
        ("--folds=5", "folds"),
        ("--features=10", "model.features"),
        ("--passes=0", "solver.passes"),
    ] {
        let output = Command::cargo_bin("undertone")
            .unwrap()
            .args(["train", "--solver=sgd", option, "--data"])
            .arg(&data)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{option}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.starts_with(&format!("error: {key}: expected ")), "{message}");
    }
}
