//! `train --tune`: C by cross-validation over a grid.

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
    let tuning = tune(&counted, grid, criterion, count).unwrap();
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
    for criterion in [Criterion::LogLoss, Criterion::Accuracy, Criterion::MacroF1] {
        let (tuning, fits) = search(&recipe, &grid, criterion);
        let score = |candidate: &undertone::train::tune::Candidate| match criterion {
            Criterion::LogLoss => -candidate.log_loss.mean,
            Criterion::Accuracy => candidate.accuracy.mean,
            Criterion::MacroF1 => candidate.macro_f1.mean,
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
    let found = train(&["--tune", "--tune-by=macro-f1", "--report=report.html"]);
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
        (&["--tune", "--folds=0"], "folds: expected 2 or more to choose C by, found 0"),
        (&["--tune", "--c=2"], "cannot be used with"),
        (&["--tune-by=accuracy"], "--tune"),
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
