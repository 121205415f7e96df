//! `train --tune`: C by cross-validation over a grid, and the search for a whole recipe.

use crate::common;

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use assert_cmd::Command;
use serde_json::Value;
use undertone::train::fit::Counted;
use undertone::train::tune::{Criterion, Tuning, tune};
use undertone::train::{Corpus, Recipe, cross_validate};

fn recipe() -> Recipe {
    Recipe::default().folds(4).data([common::fixture_source("headlines.csv")])
}

fn search(recipe: &Recipe, grid: &[f64], criterion: Criterion) -> (Tuning, u32) {
    let corpus = Corpus::read(&recipe.data).unwrap();
    let fits = AtomicU32::new(0);
    let counted = Counted::new(&corpus, recipe).unwrap();
    let count = || {
        fits.fetch_add(1, Ordering::Relaxed);
    };
    let tuning = tune(&counted, grid, &criterion, count).unwrap();
    (tuning, fits.into_inner())
}

#[test]
fn a_warm_start_ends_where_a_cold_one_does() {
    let recipe = recipe();
    let (tuning, _) = search(&recipe, &[8.0, 0.5, 2.0, 2.0], Criterion::LogLoss);
    let tried: Vec<f64> = tuning.candidates.iter().map(|candidate| candidate.c).collect();
    assert!(tried.is_sorted() && tried[..2] == [0.5, 2.0], "{tried:?}");
    for candidate in &tuning.candidates {
        let mut cold = recipe.clone();
        cold.solver.c = candidate.c;
        cold.solver.tolerance = 1e-7;
        let corpus = Corpus::read(&cold.data).unwrap();
        let counted = Counted::new(&corpus, &cold).unwrap();
        let scores = cross_validate(&counted, || ()).unwrap().shipped;
        let expected = scores.spread(|fold| fold.log_loss);
        assert!(
            (candidate.log_loss.mean - expected.mean).abs() < 2e-3,
            "{candidate:?}, {expected:?}"
        );
    }
}

#[test]
fn each_criterion_takes_its_best_and_stops_past_the_peak() {
    let recipe = recipe();
    let grid: Vec<f64> = (-6..=14).map(|power| f64::powi(2.0, power)).collect();
    let of_label = Criterion::F1("negative".to_owned());
    for criterion in [Criterion::LogLoss, Criterion::Accuracy, Criterion::MacroF1, of_label] {
        let (tuning, fits) = search(&recipe, &grid, criterion.clone());
        let score = |candidate: &undertone::train::tune::Candidate| match criterion {
            Criterion::LogLoss => -candidate.log_loss.mean,
            Criterion::Accuracy => candidate.accuracy.mean,
            Criterion::MacroF1 => candidate.macro_f1.mean,
            _ => candidate.deciding.mean,
        };
        let best = tuning.candidates.iter().map(score).fold(f64::MIN, f64::max);
        let first = tuning.candidates.iter().find(|candidate| score(candidate) == best).unwrap();
        assert_eq!(tuning.c, first.c);
        let last = tuning.candidates.iter().rev().take(2);
        assert!(last.into_iter().all(|candidate| candidate.c > tuning.c));
        assert!(tuning.candidates.len() < grid.len(), "{criterion:?}");
        assert_eq!(fits, 4 * tuning.candidates.len() as u32);
    }
}

#[test]
fn the_chosen_c_makes_the_same_model_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let train = |options: &[&str]| -> Value {
        let mut command = Command::cargo_bin("undertone").unwrap();
        command.args(["train", "--json", "--out", "model.bin", "--folds=3", "--data"]);
        command.arg(common::fixture("headlines.csv")).args(options).current_dir(&folder);
        serde_json::from_slice(&command.assert().success().get_output().stdout).unwrap()
    };
    let found = train(&["--tune=0.1,1,2,5,10", "--metric=macro-f1", "--report=report.html"]);
    let tuned = fs::read(folder.path().join("model.bin")).unwrap();
    let c = found["c"].as_f64().unwrap();
    assert_eq!(found["tuning"]["c"], found["c"]);
    assert_eq!(found["tuning"]["criterion"], "macro-f1");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains(&format!("{c} (chosen)")));
    let by_hand = train(&["--c", &c.to_string()]);
    assert_eq!(by_hand["tuning"], Value::Null);
    assert!(fs::read(folder.path().join("model.bin")).unwrap() == tuned);
}

#[test]
fn refuses_what_it_cannot_choose_from() {
    for (options, said) in [
        (&["--tune=1,0"][..], "tune: expected finite numbers above 0, found 0"),
        (&["--tune=1,inf"], "found inf"),
        (&["--tune=NaN"], "found NaN"),
        (&["--tune=1", "--folds=0"], "folds: expected 2 or more to choose C by, found 0"),
        (&["--tune", "--folds=0"], "folds: expected 2 or more to choose C by, found 0"),
        (&["--tune", "--metric=f1:nobody"], "(negative, neutral, positive), found \"nobody\""),
        (&["--tune=1", "--metric=f1:nobody"], "(negative, neutral, positive), found \"nobody\""),
        (&["--tune", "--metric=f2"], "expected log-loss, accuracy, macro-f1 or f1:LABEL, found"),
        (&["--tune", "--metric=f1:"], "expected log-loss, accuracy, macro-f1 or f1:LABEL, found"),
        (&["--tune", "--trials=0"], "trials: expected at least 1, found 0"),
        (&["--tune=1,2", "--trials=3"], "expected --tune without values"),
        (&["--tune", "--max-size=9XB"], "expected a number and B, KB or MB, such as 40KB"),
        (&["--tune", "--max-size=0"], "expected a size above 0"),
        (&["--tune", "--max-size=99", "--trials=1"], "max-size: expected more bytes than"),
        (&["--tune", "--minutes=NaN"], "--minutes: expected 0 or more"),
        (&["--tune=1,2", "--no-vectors"], "expected --tune without values"),
        (&["--tune", "--no-vectors", "--vectors"], "cannot be used with"),
        (&["--tune=1,2", "--words-alone"], "expected --tune without values"),
        (&["--tune", "--words-alone", "--vectors"], "cannot be used with"),
        (&["--trials=3"], "--tune"),
        (&["--recipe-out=found.toml"], "--tune"),
        (&["--tune", "--c=2"], "cannot be used with"),
        (&["--metric=accuracy"], "--tune"),
        (&["--tune", "--solver=sgd"], "expected the solver lbfgs"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::cargo_bin("undertone").unwrap();
        command.arg("train").args(options).arg("--data").arg(common::fixture("headlines.csv"));
        let output = command.current_dir(&folder).assert().failure().get_output().stderr.clone();
        let error = String::from_utf8(output).unwrap();
        assert!(error.contains(said), "{said:?} is not in: {error}");
        assert!(!folder.path().join("model.bin").exists());
    }
}

/// A folder with the headlines, and the command in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let headlines = folder.path().join("data/headlines.csv");
        fs::copy(common::fixture("headlines.csv"), headlines).unwrap();
        Self(folder)
    }

    fn run(&self, options: &[&str]) -> String {
        let mut command = Command::cargo_bin("undertone").unwrap();
        command.arg("train").args(options).current_dir(&self.0);
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    }

    fn model(&self) -> Vec<u8> {
        fs::read(self.0.path().join("model.bin")).unwrap()
    }
}

const SEARCH: [&str; 4] = ["--data=data/headlines.csv", "--folds=3", "--tune", "--trials=4"];

#[test]
fn a_search_within_a_size_leaves_a_recipe_that_makes_its_model() {
    let place = Place::new();
    let within = ["--max-size=1.5KB", "--metric=f1:positive", "--recipe-out=found.toml"];
    let printed = place.run(&[&SEARCH[..], &within, &["--json"]].concat());
    let report: Value = serde_json::from_str(&printed).unwrap();
    let model = place.model();
    let mut packed = Vec::new();
    let quality = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &model[..], &mut packed, &quality).unwrap();
    assert!(packed.len() <= 1500, "{}", packed.len());
    assert!(packed.len() >= 1200, "{} bytes of 1500 are few", packed.len());
    let search = &report["search"];
    assert_eq!(search["packed_bytes"], packed.len());
    assert_eq!((&search["tried"], &search["stopped"]), (&4.into(), &false.into()));
    assert_eq!(search["metric"], "f1:positive");
    let best = search["trials"].as_array().unwrap().iter();
    let best = best.clone().find(|trial| trial["number"] == search["best"]).unwrap();
    assert_eq!(best["c"], report["c"]);
    let has_vectors = |search: &Value| search["trials"].to_string().contains("vectors");
    assert!(has_vectors(search), "{search}");

    // By the recipe alone, from wherever, with any number of threads.
    place.run(&["--recipe=found.toml", "--threads=1"]);
    assert!(place.model() == model);
    // The search itself finds the same again.
    place.run(&[&SEARCH[..], &within, &["--threads=2"]].concat());
    assert!(place.model() == model);
    let recipe = fs::read_to_string(place.0.path().join("found.toml")).unwrap();
    assert!(recipe.contains("path = \"data/headlines.csv\""), "{recipe}");
    assert_eq!(search["recipe"], recipe);
    let printed = place.run(&[&SEARCH[..], &["--no-vectors", "--json"]].concat());
    let without: Value = serde_json::from_str(&printed).unwrap();
    assert!(!has_vectors(&without["search"]), "{without}");
    let printed = place.run(&[&SEARCH[..], &["--words-alone", "--json"]].concat());
    let alone: Value = serde_json::from_str(&printed).unwrap();
    let tried = alone["search"]["trials"].to_string();
    assert!(["vectors", "cues", "changes"].iter().all(|more| !tried.contains(more)), "{tried}");
}

#[test]
fn a_search_that_time_ends_says_which_one_it_was() {
    let place = Place::new();
    let printed = place.run(&[&SEARCH[..], &["--minutes=0"]].concat());
    assert!(printed.contains("as given (chosen)"), "{printed}");
    assert!(printed.contains("--minutes ended the search; --trials 1 makes the same one"));
    // The recipe is printed, and is one.
    let recipe = printed.split("the recipe:\n\n").nth(1).unwrap();
    let recipe = recipe.split("\n\n\n").next().unwrap();
    fs::write(place.0.path().join("printed.toml"), recipe).unwrap();
    let model = place.model();
    place.run(&["--recipe=printed.toml"]);
    assert!(place.model() == model);
    place.run(&["--data=data/headlines.csv", "--folds=3", "--tune", "--trials=1"]);
    assert!(place.model() == model);
}
