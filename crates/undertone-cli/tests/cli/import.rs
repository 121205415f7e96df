//! `undertone import`: pipelines fitted elsewhere say here what they said there. The files under
//! `tests/golden/import` are written by the exporters, with what the pipelines themselves say.

use crate::common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use undertone::{Classifier, Link};

const TOLERANCE: f64 = 1e-6;

fn golden(name: &str) -> PathBuf {
    common::root().join("tests/golden/import").join(name)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn import(pipeline: &Path, out: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .arg("import")
        .arg(pipeline)
        .arg("--out")
        .arg(out)
        .args(arguments)
        .output()
        .unwrap()
}

fn imported(pipeline: &Path, arguments: &[&str]) -> (Classifier, String) {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model.bin");
    let output = import(pipeline, &out, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", pipeline.display());
    let opened = Classifier::open(&std::fs::read(&out).unwrap()).unwrap();
    (opened, String::from_utf8(output.stdout).unwrap())
}

/// A pipeline whose sums are of terms that nearly cancel, or whose sigmoids no float holds.
fn case(name: &str) -> PathBuf {
    common::root().join("tests/cases/import").join(name)
}

/// Imports a golden pipeline with something altered and gives the error.
fn refused(name: &str, alter: impl FnOnce(&mut Value)) -> String {
    refused_from(&golden(name), alter)
}

fn refused_from(pipeline: &Path, alter: impl FnOnce(&mut Value)) -> String {
    let folder = TempDir::new().unwrap();
    let mut pipeline = read(pipeline);
    alter(&mut pipeline);
    let path = folder.path().join("pipeline.json");
    std::fs::write(&path, pipeline.to_string()).unwrap();
    let out = folder.path().join("model.bin");
    std::fs::write(&out, "the model before").unwrap();
    let output = import(&path, &out, &["--uncalibrated"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(std::fs::read(&out).unwrap(), b"the model before", "{error}");
    assert!(error.contains("pipeline.json"), "{error}");
    error
}

/// The largest difference to what the pipeline said. Not the command's own check, which could fail.
fn largest_difference(classifier: &Classifier, pipeline: &Value) -> f64 {
    let checks = pipeline["check"].as_array().unwrap();
    assert!(checks.len() > 20);
    let mut largest = 0f64;
    for check in checks {
        let text = check["text"].as_str().unwrap();
        let expected: Vec<f64> = serde_json::from_value(check["expected"].clone()).unwrap();
        let found = match classifier.link() {
            Link::Margins => classifier.logits(text),
            _ => classifier.predict(text).probabilities,
        };
        let found = if expected.len() == 1 { &found[1..] } else { &found[..] };
        assert_eq!(found.len(), expected.len(), "{text:?}");
        for (found, expected) in found.iter().zip(&expected) {
            largest = largest.max((found - expected).abs());
        }
        // An explanation stays exact, whatever the link.
        let explanation = classifier.explain(text);
        for (logit, explained) in classifier.logits(text).iter().zip(&explanation.logits) {
            assert!((logit - explained).abs() < 1e-9 * logit.abs().max(1.0), "{text:?}");
        }
    }
    largest
}

#[test]
fn every_golden_pipeline_says_the_same_here() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(golden("")).unwrap() {
        let path = entry.unwrap().path();
        let pipeline = read(&path);
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (classifier, said) = imported(&path, &["--uncalibrated"]);
        let difference = largest_difference(&classifier, &pipeline);
        assert!(difference < TOLERANCE, "{name}: {difference}");
        assert!(said.contains("texts checked, largest difference"), "{said}");
        let source = pipeline["source"].as_str().unwrap();
        assert_eq!(classifier.provenance().data[0].name, format!("imported from {source}"));
        names.push((name, classifier.link()));
    }
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    let link = |wanted: &str| {
        names.iter().find(|(name, _)| name == wanted).unwrap_or_else(|| panic!("no {wanted}")).1
    };
    assert_eq!(link("softmax"), Link::Softmax);
    assert_eq!(link("two-labels-sgd"), Link::Softmax);
    assert_eq!(link("one-vs-rest"), Link::OneVsRest);
    assert_eq!(link("svc-calibrated"), Link::OneVsRest);
    assert_eq!(link("svc"), Link::Margins);
    assert_eq!(link("two-labels-svc"), Link::Margins);
    assert_eq!(link("several-labels"), Link::Independent);
}

#[test]
fn margins_are_no_probabilities_until_somebody_says_so() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model.bin");
    let output = import(&golden("svc.json"), &out, &[]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for word in ["LinearSVC", "CalibratedClassifierCV", "--uncalibrated", "svc.json"] {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
    assert!(!out.exists());
}

#[test]
fn int8_is_smaller_and_close() {
    let folder = TempDir::new().unwrap();
    let [exact, small] = ["float32", "int8"].map(|precision| {
        let out = folder.path().join(precision);
        let output = import(&golden("softmax.json"), &out, &["--precision", precision]);
        assert!(output.status.success());
        if precision == "int8" {
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(said.contains("of them keep their label"), "{said}");
        }
        std::fs::read(out).unwrap()
    });
    assert!(small.len() * 3 < exact.len() * 2, "{} of {}", small.len(), exact.len());
    let difference =
        largest_difference(&Classifier::open(&small).unwrap(), &read(&golden("softmax.json")));
    assert!((TOLERANCE..0.05).contains(&difference), "{difference}");

    let error =
        import(&golden("one-vs-rest.json"), &folder.path().join("x"), &["--precision=int8"]);
    let error = String::from_utf8(error.stderr).unwrap();
    assert!(error.contains("expected a softmax") && error.contains("one-vs-rest"), "{error}");
}

#[test]
fn what_cannot_be_carried_over_is_refused_by_name() {
    type Alter = fn(&mut Value);
    let alterations: &[(Alter, &[&str])] = &[
        (|p| p["undertone_pipeline"] = json!(2), &["undertone_pipeline 1", "found 2"]),
        (|p| p["link"] = json!("probit"), &["probit", "export it again"]),
        (|p| p["hidden_layers"] = json!(2), &["hidden_layers", "export it again"]),
        (|p| p["vectorizers"][0]["norm"] = json!("l1"), &["l1", "l2"]),
        (|p| p["vectorizers"][0]["analyzer"] = json!("subwords"), &["subwords", "char_wb"]),
        (
            |p| p["vectorizers"][0]["token_pattern"] = json!(r"(?<!\w)\w+"),
            &["vectorizers[0]", "column 2", "runs of one class"],
        ),
        (|p| p["vectorizers"][0]["ngram_range"] = json!([1, 17]), &["vectorizers[0]", "≤ 16"]),
        (
            |p| p["vectorizers"][0]["scale"] = json!(-1.0),
            &["a scale that is finite and above 0", "-1"],
        ),
        (|p| p["vectorizers"][0]["idf"][0] = json!(33.0), &["idf", "without setting idf_"]),
        (
            |p| p["vectorizers"][0]["idf"].as_array_mut().unwrap().truncate(3),
            &["numbers in idf", "found 3"],
        ),
        (
            |p| p["vectorizers"][0]["vocabulary"][0] = p["vectorizers"][0]["vocabulary"][1].clone(),
            &["different features", "twice"],
        ),
        (|p| p["intercept"] = json!([]), &["3 intercepts", "found 0"]),
        (|p| p["labels"] = json!(["a", "b"]), &["row of coefficients", "found 3 for 2"]),
        (|p| p["labels"] = json!(["a", "b", "b"]), &["labels that differ"]),
        (
            |p| p["coefficients"][1].as_array_mut().unwrap().truncate(9),
            &["coefficients for each label", "found 9"],
        ),
        (|p| p["coefficients"][0][0] = json!(1e300), &["finite coefficients"]),
        // Somebody edits a number: the check notices.
        (
            |p| p["intercept"][0] = json!(p["intercept"][0].as_f64().unwrap() + 0.001),
            &["check of", "nothing was written"],
        ),
        (|p| p["check"][0]["expected"] = json!([1.0]), &["expected 3 numbers, found 1"]),
    ];
    for (alter, words) in alterations {
        let error = refused("softmax.json", alter);
        for word in *words {
            assert!(error.contains(word), "{word:?} is not in: {error}");
        }
    }
}

#[test]
fn an_imported_model_says_where_it_is_from_and_takes_corrections() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model.bin");
    assert!(import(&golden("one-vs-rest.json"), &out, &[]).status.success());
    let output =
        Command::new(env!("CARGO_BIN_EXE_undertone")).arg("inspect").arg(&out).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("imported by undertone"), "{said}");
    assert!(said.contains("imported from scikit-learn"), "{said}");
    assert!(said.contains("probabilities by one-vs-rest"), "{said}");

    let text = "Bitcoin falls as Pexwell halts withdrawals";
    let mut learner =
        undertone::Learner::new(Classifier::open(&std::fs::read(&out).unwrap()).unwrap());
    for class in 0..3 {
        let before = learner.classifier().predict(text);
        let after = learner.learn(text, class).unwrap();
        assert!(after.probabilities[class] > before.probabilities[class]);
        let bytes = learner.to_bytes().unwrap();
        assert_eq!(Classifier::open(&bytes).unwrap().predict(text), after);
        assert!(learner.undo());
        assert_eq!(learner.classifier().predict(text), before);
    }
}

#[test]
fn a_check_allows_for_rounding_and_for_nothing_else() {
    for name in ["large-margins.json", "large-logits.json", "sigmoids-underflow.json"] {
        let (_, said) = imported(&case(name), &["--uncalibrated"]);
        assert!(said.contains("checked, largest difference"), "{said}");
        let is_underflown = name.starts_with("sigmoids");
        assert_eq!(said.contains("too small for a float"), is_underflown, "{said}");
        let pipeline = read(&case(name));
        let text = pipeline["check"][0]["text"].to_string();
        let error = refused_from(&case(name), |pipeline| {
            let expected = &mut pipeline["check"][0]["expected"][0];
            *expected = (expected.as_f64().unwrap() + 0.002).into();
        });
        for word in ["was not carried over", "rounding explains", "nothing was written", &text] {
            assert!(error.contains(word), "{word:?} is not in: {error}");
        }
    }
}

#[test]
fn the_worst_of_several_texts_is_shown() {
    let pipeline = read(&golden("softmax.json"));
    let error = refused("softmax.json", |pipeline| {
        for (check, by) in [(2, 0.01), (5, 0.2), (7, 0.05)] {
            let expected = &mut pipeline["check"][check]["expected"][0];
            *expected = (expected.as_f64().unwrap() + by).into();
        }
    });
    let text: &str = pipeline["check"][5]["text"].as_str().unwrap();
    assert!(error.contains(&format!("{text:?}")), "{error}");
}
