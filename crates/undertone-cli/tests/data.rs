//! What holds of data sets that are no part of the repository, and of a PostgreSQL server. The data
//! are looked for in the folder that `UNDERTONE_DATA` names, by default `../shared/data` beside it.
//!
//! With a harness of its own: what Rust's ignores is settled when it is compiled, and whether there
//! is data, or a server, when it is run. A test without what it needs is named, as ignored and with
//! what that is, and counted.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

#[cfg(all(feature = "postgres", unix))]
#[path = "postgres/cluster.rs"]
mod cluster;
#[path = "../../../tests/common/mod.rs"]
mod common;
#[cfg(all(feature = "postgres", unix))]
mod postgres;
#[cfg(all(feature = "postgres", unix))]
#[path = "cli/site.rs"]
#[expect(dead_code, reason = "the tests of the scraper look at more of it")]
mod site;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use assert_cmd::Command;
use common::{data_folder, root};
use libtest_mimic::{Arguments, Trial};
use serde_json::Value;
use undertone::train::Recipe;

fn main() -> ExitCode {
    #[cfg_attr(not(all(feature = "postgres", unix)), expect(unused_mut, reason = "added to below"))]
    let mut trials = vec![
        trial("the_recipe_rebuilds_the_model_byte_for_byte", &files_of("model.toml"), || {
            rebuilds("model.toml", "model.bin");
        }),
        trial("the_small_recipe_rebuilds_its_model", &files_of("recipes/small.toml"), || {
            rebuilds("recipes/small.toml", "recipes/small.bin");
        }),
        trial("scikit_learns_scores_on_the_phrasebank", &[phrasebank()], scikit_learns_scores),
        trial("sgd_is_within_a_point_of_lbfgs_on_real_headlines", &[phrasebank()], sgd_and_lbfgs),
    ];
    #[cfg(all(feature = "postgres", unix))]
    {
        let is_there = cluster::programs().is_some();
        for (name, test) in postgres::TESTS {
            trials.push(trial_if(is_there, "needs PostgreSQL", name, test));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test, ignored where one of the files that it needs is absent.
fn trial(name: &str, needs: &[PathBuf], test: fn()) -> Trial {
    trial_if(needs.iter().all(|file| file.exists()), "needs UNDERTONE_DATA", name, test)
}

/// A test, ignored where what it needs is absent.
fn trial_if(is_there: bool, needs: &str, name: &str, test: fn()) -> Trial {
    let trial = Trial::test(name, move || {
        test();
        Ok(())
    });
    if is_there { trial } else { trial.with_kind(needs).with_ignored_flag(true) }
}

fn phrasebank() -> PathBuf {
    data_folder().join("all-data.csv")
}

fn files_of(recipe: &str) -> Vec<PathBuf> {
    let recipe = Recipe::read(&root().join(recipe), &data_folder()).unwrap();
    let mut files: Vec<PathBuf> = recipe.data.into_iter().map(|source| source.path).collect();
    files.extend(recipe.vectors.map(|vectors| vectors.path));
    files
}

/// Runs the command and gives what it printed.
fn undertone(arguments: &[&str], paths: &[(&str, &Path)]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.current_dir(root()).args(arguments);
    for (option, path) in paths {
        command.arg(option).arg(path);
    }
    command.assert().success().get_output().stdout.clone()
}

fn rebuilds(recipe: &str, model: &str) {
    let folder = tempfile::tempdir().unwrap();
    let rebuilt = folder.path().join("rebuilt.bin");
    let paths = [("--data-folder", &*data_folder()), ("--out", &rebuilt)];
    undertone(&["train", "--recipe", recipe], &paths);
    let shipped = std::fs::read(root().join(model)).unwrap();
    // Not assert_eq!, which would print both.
    assert!(std::fs::read(rebuilt).unwrap() == shipped, "{recipe} gives another {model}");
}

/// scikit-learn's default TfidfVectorizer and LogisticRegression: 10,070 features, accuracy 0.761,
/// macro-F1 0.674 and log-loss 0.606 in 5-fold stratified cross-validation. The folds are others.
fn scikit_learns_scores() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--encoding=latin1", "--no-header", "--columns=label,text", "--json"];
    let paths = [("--data", &*phrasebank()), ("--out", &folder.path().join("model.bin"))];
    let printed = undertone(&[&["train"], &options[..]].concat(), &paths);
    let report: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(report["documents"], 4846);
    assert_eq!(report["features"], 10_070);
    assert_eq!(report["cv"]["folds"], 5);
    for (score, expected) in [("accuracy", 0.761), ("macro_f1", 0.674), ("log_loss", 0.606)] {
        let found = report["cv"][score].as_f64().unwrap();
        assert!((found - expected).abs() <= 0.010, "{score} {found}, scikit-learn {expected}");
    }
}

/// On five held-out fifths of the PhraseBank.
fn sgd_and_lbfgs() {
    let bytes = std::fs::read(phrasebank()).unwrap();
    // No text of this file has a line end inside.
    let file: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut means = [0.0; 2];
    for fold in 0..5 {
        let part = |tested: bool| -> String {
            let lines = file.split_inclusive('\n').enumerate();
            // Neighbours are of one label: every fifth row takes from all.
            lines.filter(|(row, _)| (row % 5 == fold) == tested).map(|(_, line)| line).collect()
        };
        std::fs::write(path("train.csv"), part(false)).unwrap();
        std::fs::write(path("test.csv"), part(true)).unwrap();
        for (mean, solver) in means.iter_mut().zip(["lbfgs", "sgd"]) {
            let columns = ["--no-header", "--columns=label,text", "--json"];
            let (data, model) = (path("train.csv"), path("model.bin"));
            let training = [&["train", "--folds=0", "--solver", solver], &columns[..]].concat();
            undertone(&training, &[("--data", &data), ("--out", &model)]);
            let testing = [&["evaluate"], &columns[..]].concat();
            let printed =
                undertone(&testing, &[("--data", &path("test.csv")), ("--model", &model)]);
            let scores: Value = serde_json::from_slice(&printed).unwrap();
            *mean += scores["accuracy"].as_f64().unwrap() / 5.0;
        }
    }
    let [lbfgs, sgd] = means;
    assert!(sgd > lbfgs - 0.01, "sgd {sgd}, lbfgs {lbfgs}");
}
