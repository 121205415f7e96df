//! The committed `model.bin`: what it says of itself holds, and its recipe rebuilds it.
//!
//! The data sets are no part of the repository. They are looked for in the folder that
//! `UNDERTONE_DATA` names, by default `../shared/data` beside it; a test whose data is absent says
//! so and passes. Where `CI=true` and the folder is there, it fails instead.
#![cfg(feature = "cli")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

mod common;

use std::path::PathBuf;

use assert_cmd::Command;
use common::{are_there, data_folder, root};
use serde_json::Value;
use undertone::Classifier;
use undertone::train::Recipe;

fn model() -> Vec<u8> {
    std::fs::read(root().join("model.bin")).unwrap()
}

fn undertone() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.current_dir(root());
    command
}

#[test]
fn the_recipe_rebuilds_the_model_byte_for_byte() {
    let recipe = Recipe::read(&root().join("model.toml"), &data_folder()).unwrap();
    let mut files: Vec<PathBuf> = recipe.data.into_iter().map(|source| source.path).collect();
    files.extend(recipe.vectors.map(|vectors| vectors.path));
    if !are_there(&files) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rebuilt = folder.path().join("model.bin");
    let mut train = undertone();
    train.args(["train", "--recipe", "model.toml", "--data-folder"]).arg(data_folder());
    train.arg("--out").arg(&rebuilt).assert().success();
    // Not assert_eq!, which would print both.
    assert!(std::fs::read(rebuilt).unwrap() == model(), "model.toml gives another model.bin");
}

/// Holds without the data: the model carries the hash of the recipe that made it.
#[test]
fn the_model_is_of_the_recipe() {
    let recipe = Recipe::read(&root().join("model.toml"), &data_folder()).unwrap();
    let classifier = Classifier::open(&model()).unwrap();
    let provenance = classifier.provenance();
    assert_eq!(provenance.recipe, recipe.hash(|set| recipe.data[set].sha256.clone()));
    assert_eq!(provenance.date, recipe.date);
    let sets = provenance.data.iter().map(|set| (set.name.as_ref(), &set.sha256));
    let sources = recipe.data.iter().map(|set| (set.path.file_name().unwrap(), &set.sha256));
    assert!(sets.eq(sources.map(|(name, sha256)| (name.to_str().unwrap(), sha256))));
}

/// What cross-validation on CryptoLin said of the model when it was trained. A recipe that loses
/// more than chance does isn't shipped by accident.
#[test]
fn the_models_scores_are_what_readers_were_promised() {
    let scores = Classifier::open(&model()).unwrap().provenance().scores.unwrap();
    assert!(scores.folds >= 5, "{scores:?}");
    assert!(scores.accuracy >= 0.66, "{scores:?}");
    assert!(scores.macro_f1 >= 0.63, "{scores:?}");
    assert!(scores.calibration_error <= 0.04, "{scores:?}");
}

#[test]
fn the_model_card_says_what_the_model_is() {
    let card = std::fs::read_to_string(root().join("MODEL_CARD.md")).unwrap();
    let bytes = model();
    let classifier = Classifier::open(&bytes).unwrap();
    let thousands = |number: usize| match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    };
    let provenance = classifier.provenance();
    let scores = provenance.scores.unwrap();
    let mut facts = vec![
        format!("{} bytes", thousands(bytes.len())),
        format!("{} features", thousands(classifier.features())),
        format!("{:.3} ±", scores.accuracy),
        format!("{:.3} ±", scores.macro_f1),
    ];
    facts.extend(provenance.data.iter().map(|set| thousands(set.documents as usize)));
    for fact in facts {
        assert!(card.contains(&fact), "MODEL_CARD.md doesn't say {fact:?}");
    }
}

#[test]
fn every_recipe_can_be_read() {
    let mut recipes = 0;
    for entry in std::fs::read_dir(root().join("recipes")).unwrap() {
        Recipe::read(&entry.unwrap().path(), &data_folder()).unwrap();
        recipes += 1;
    }
    assert!(recipes > 0);
}

/// scikit-learn's default TfidfVectorizer and LogisticRegression: 10,070 features, accuracy 0.761,
/// macro-F1 0.674 and log-loss 0.606 in 5-fold stratified cross-validation. The folds are others.
#[test]
fn scikit_learns_scores_on_the_phrasebank() {
    let file = data_folder().join("all-data.csv");
    if !are_there(std::slice::from_ref(&file)) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut train = undertone();
    train.args(["train", "--encoding", "latin1", "--no-header", "--columns", "label,text"]);
    train.arg("--data").arg(file).arg("--out").arg(folder.path().join("model.bin")).arg("--json");
    let report: Value =
        serde_json::from_slice(&train.assert().success().get_output().stdout).unwrap();
    assert_eq!(report["documents"], 4846);
    assert_eq!(report["features"], 10_070);
    assert_eq!(report["cv"]["folds"], 5);
    for (score, expected) in [("accuracy", 0.761), ("macro_f1", 0.674), ("log_loss", 0.606)] {
        let found = report["cv"][score].as_f64().unwrap();
        assert!((found - expected).abs() <= 0.010, "{score} {found}, scikit-learn {expected}");
    }
}
