//! Texts with several labels: scikit-learn's one-vs-rest, thresholds, folds and scores.

use std::collections::BTreeMap;

use crate::common::{fixture_source, root, train};

use ndarray::Array2;
use serde::Deserialize;
use undertone::format::Precision;
use undertone::train::multilabel::{Metrics, Report, truth};
use undertone::train::recipe::{
    CalibrationName, ClassWeight, DataSource, ModelRecipe, Recipe, SolverName, SolverRecipe,
    ThresholdsRecipe,
};
use undertone::train::run::{Solved, run};
use undertone::train::tune::Criterion;
use undertone::train::{Corpus, Trained, Training};
use undertone::{Classifier, Learner, Link};

/// Coefficients of a model are 32-bit floats.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    data: Data,
    labels: Vec<String>,
    texts: Vec<String>,
    models: Vec<Model>,
    metrics: Scores,
}

#[derive(Deserialize)]
struct Data {
    rows: usize,
    sha256: String,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "C")]
    c: f64,
    class_weight: Option<String>,
    coefficients: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    probabilities: Vec<Vec<f64>>,
    unseen: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Scores {
    truth: Vec<Vec<u8>>,
    given: Vec<Vec<u8>>,
    micro_f1: f64,
    macro_f1: f64,
    subset_accuracy: f64,
    hamming_loss: f64,
    precision: Vec<f64>,
    recall: Vec<f64>,
    f1: Vec<f64>,
    support: Vec<u64>,
}

fn golden() -> Golden {
    let path = root().join("tests/golden/multilabel.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn recipe() -> Recipe {
    Recipe::default().data([fixture_source("topics.csv")])
}

/// A training run, and its report.
fn trained(recipe: &Recipe) -> (Trained, Report) {
    let trained = run(recipe, &mut ()).unwrap();
    let Solved::Multilabel(report) = trained.solved.clone() else { panic!("one label a text") };
    (trained, *report)
}

#[track_caller]
fn assert_close(found: impl IntoIterator<Item = f64>, expected: impl IntoIterator<Item = f64>) {
    let (found, expected): (Vec<f64>, Vec<f64>) =
        (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < TOLERANCE, "{found}, expected {expected}");
    }
}

#[test]
fn each_label_is_fitted_as_scikit_learns_one_vs_rest() {
    let golden = golden();
    let source = fixture_source("topics.csv").sha256(&golden.data.sha256);
    for model in golden.models {
        let class_weight = match model.class_weight.as_deref() {
            None => ClassWeight::None,
            Some(_) => ClassWeight::Balanced,
        };
        let solver = SolverRecipe::default().c(model.c).class_weight(class_weight);
        let solver = solver.tolerance(1e-12).max_iterations(10_000);
        let classifier = train(&Recipe::default().data([source.clone()]).solver(solver));
        assert_eq!(classifier.link(), Link::Independent);
        assert_eq!(classifier.labels(), golden.labels);
        assert_close(classifier.bias().to_vec(), model.intercept);
        let coefficients = classifier.coefficients().iter().copied().map(f64::from);
        assert_close(coefficients, model.coefficients.concat());
        let corpus = Corpus::read(std::slice::from_ref(&source)).unwrap();
        assert_eq!(corpus.documents.len(), golden.data.rows);
        let texts = corpus.documents.iter().map(|document| &document.text);
        let expected = model.probabilities.iter().chain(&model.unseen);
        for (text, expected) in texts.chain(&golden.texts).zip(expected) {
            assert_close(classifier.predict(text).probabilities, expected.iter().copied());
        }
    }
}

#[test]
fn sets_of_labels_are_scored_as_scikit_learn_does() {
    let Golden { metrics: golden, .. } = golden();
    let labels: Vec<String> = (0..golden.f1.len()).map(|label| label.to_string()).collect();
    let matrix = |rows: &[Vec<u8>]| {
        Array2::from_shape_fn((rows.len(), labels.len()), |(row, label)| rows[row][label] == 1)
    };
    let (truth, given) = (matrix(&golden.truth), matrix(&golden.given));
    let probabilities = given.mapv(|given| if given { 0.75 } else { 0.25 });
    let found = Metrics::measure(&labels, truth.view(), given.view(), probabilities.view());
    assert_eq!(found.n, golden.truth.len());
    assert_close(
        [found.micro_f1, found.macro_f1, found.subset_accuracy, found.hamming_loss],
        [golden.micro_f1, golden.macro_f1, golden.subset_accuracy, golden.hamming_loss],
    );
    let each = |score: fn(&undertone::train::metrics::ClassMetrics) -> f64| {
        found.per_label.iter().map(score).collect::<Vec<f64>>()
    };
    assert_close(each(|label| label.precision), golden.precision);
    assert_close(each(|label| label.recall), golden.recall);
    assert_close(each(|label| label.f1), golden.f1);
    assert!(found.per_label.iter().map(|label| label.support).eq(golden.support));
    // Right with 0.75 or wrong with it.
    let wrong = golden.hamming_loss;
    let log_loss = -(1.0 - wrong) * 0.75f64.ln() - wrong * 0.25f64.ln();
    assert_close([found.log_loss], [log_loss]);
}

#[test]
fn every_document_is_tested_once_and_rare_labels_are_in_every_fold() {
    let (trained, report) = trained(&recipe());
    let validation = report.validation.as_ref().unwrap();
    let mut tested = validation.documents.clone();
    tested.sort_unstable();
    assert!(tested.into_iter().eq(0..84));
    assert_eq!(validation.folds.iter().map(|fold| fold.n).sum::<usize>(), 84);
    for fold in &validation.folds {
        for (label, (_, documents)) in fold.per_label.iter().zip(&trained.label_counts) {
            let share = *documents as f64 / 5.0;
            assert!((label.support as f64 - share).abs() < 3.0, "{label:?} of {documents}");
        }
    }
    let labelled: u64 = trained.label_counts.iter().map(|(_, documents)| documents).sum();
    let supports = validation.pooled.per_label.iter().map(|label| label.support);
    assert_eq!(labelled, supports.sum::<u64>());
    assert!(validation.pooled.micro_f1 > 0.7, "{:?}", validation.pooled);
}

#[test]
fn a_threshold_has_the_best_f1_of_its_label_out_of_fold() {
    let (trained, report) = trained(&recipe());
    let validation = report.validation.unwrap();
    let truth = truth(&report.corpus, &validation.documents);
    let f1 = |class: usize, least: f64| {
        let probabilities = validation.probabilities.column(class);
        let pairs = || probabilities.iter().zip(truth.column(class));
        let both = pairs().filter(|(one, truth)| **one >= least && **truth).count();
        let either =
            pairs().map(|(one, truth)| u32::from(*one >= least) + u32::from(*truth)).sum::<u32>();
        2.0 * both as f64 / f64::from(either)
    };
    for (class, &least) in trained.classifier.thresholds().confidence.iter().enumerate() {
        let probabilities = validation.probabilities.column(class);
        let best = probabilities.iter().map(|&one| f1(class, one)).fold(0.0, f64::max);
        assert_eq!(f1(class, least.into()), best);
    }
}

#[test]
fn a_precision_asked_for_is_reached_or_refused() {
    let ask = |label: &str, share: f64| {
        let wanted = ThresholdsRecipe::default().precision([(label.to_owned(), share)]);
        recipe().thresholds(wanted.foreign(0.2))
    };
    let (trained, report) = trained(&ask("law", 0.9));
    let validation = report.validation.unwrap();
    let truth = truth(&report.corpus, &validation.documents);
    let class = report.corpus.labels.iter().position(|label| label == "law").unwrap();
    let least = f64::from(trained.classifier.thresholds().confidence[class]);
    let given: Vec<bool> = validation
        .probabilities
        .column(class)
        .iter()
        .zip(truth.column(class))
        .filter(|(probability, _)| **probability >= least)
        .map(|(_, truth)| *truth)
        .collect();
    let right = given.iter().filter(|right| **right).count();
    assert!(right as f64 >= 0.9 * given.len() as f64 && !given.is_empty(), "{given:?}");
    assert!(trained.classifier.thresholds().known > 0.0);
    let error = run(&ask("weather", 0.9), &mut ()).unwrap_err().to_string();
    assert!(error.contains("expected labels of the data, found weather"), "{error}");
}

#[test]
fn a_text_has_every_label_from_its_threshold_on_or_none() {
    let (trained, _) = trained(&recipe());
    let classifier = Classifier::open(&trained.to_bytes().unwrap()).unwrap();
    let labels = |text: &str, least: f64| -> Vec<&str> {
        let found = classifier.predict(text);
        classifier.given(&found, least).map(|class| classifier.labels()[class].as_str()).collect()
    };
    let both = "Norvik Ferries cuts jobs after a wider quarterly loss";
    assert_eq!(labels(both, 0.0), ["earnings", "jobs"]);
    assert!(labels("Orrin Bank opens a visitor centre", 0.0).is_empty());
    assert!(labels(both, 1.0).is_empty());
    let answer = classifier.answer(classifier.predict(both));
    assert_eq!(answer.labels.as_deref(), Some(&["earnings", "jobs"][..]));
    // An explanation is exact for each label by itself.
    let explained = classifier.explain(both);
    for class in 0..classifier.labels().len() {
        let sum: f64 = explained.contributions.iter().map(|part| part.weights[class]).sum();
        assert!((explained.bias[class] + sum - explained.logits[class]).abs() < 1e-9);
        let probability = 1.0 / (1.0 + (-explained.logits[class]).exp());
        assert!((explained.prediction.probabilities[class] - probability).abs() < 1e-12);
    }
}

#[test]
fn kept_words_change_nothing_and_corrections_are_refused() {
    let (trained, report) = trained(&recipe());
    let texts: Vec<&str> = report.corpus.documents.iter().map(|one| &one.text[..]).collect();
    let batch = trained.classifier.predict_batch(&texts);
    for (text, found) in texts.iter().zip(batch) {
        assert_eq!(trained.classifier.predict(text), found);
    }
    let before = trained.classifier.predict(texts[0]);
    let mut learner = Learner::new(trained.classifier);
    assert_eq!(learner.learn(texts[0], 0), None);
    assert_eq!(learner.learn_growing("Zorvex", "zorvex"), None);
    assert_eq!((learner.corrections(), learner.predict(texts[0])), (0, before));
}

#[test]
fn the_same_bytes_come_of_any_number_of_threads_and_survive_pruning() {
    let recipe = recipe().model(ModelRecipe::default().features(40));
    let bytes = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&recipe, &mut ()).unwrap().to_bytes().unwrap())
    };
    let one = bytes(1);
    assert!(one == bytes(3));
    assert_eq!(Classifier::open(&one).unwrap().features(), 40);
}

fn written(content: &str) -> (tempfile::NamedTempFile, DataSource) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    let source = DataSource::default().path(file.path());
    (file, source)
}

#[test]
fn a_column_of_labels_is_found_by_its_name_or_named() {
    let rows = "Profit rose,a; b;a;\nProfit fell, \nFlat,b\n";
    let expected: [&[usize]; 3] = [&[0, 1], &[], &[1]];
    let read = |source: &DataSource| Corpus::read(std::slice::from_ref(source)).unwrap();
    let (_file, found) = written(&format!("text,labels\n{rows}"));
    let (_other, named) = written(&format!("text,topics\n{rows}"));
    for source in [found, named.labels_column("topics")] {
        let corpus = read(&source);
        assert!(corpus.has_several);
        assert_eq!(corpus.labels, ["a", "b"]);
        assert!((0..3).all(|document| corpus.labels_of(document) == expected[document]));
    }
    // A file of one label a text beside it has sets of one.
    let (_third, single) = written("text,label\nSales rose,c\n");
    let (_fourth, several) = written(&format!("text,labels\n{rows}"));
    let corpus = Corpus::read(&[single.clone(), several]).unwrap();
    assert_eq!((corpus.labels_of(0), corpus.labels_of(1)), (&[2][..], &[0, 1][..]));
    assert!(!read(&single).has_several);
}

#[test]
fn one_label_is_enough_and_none_is_refused() {
    let train = |content: &str| {
        let (_file, source) = written(content);
        run(&Recipe::default().data([source]).folds(0), &mut ())
    };
    let trained = train("text,labels\nFreight rates rise,freight\nBank opens,\n").unwrap();
    let classifier = trained.classifier;
    let [freight, bank] = ["Freight", "Bank"].map(|text| classifier.predict(text).probabilities[0]);
    assert!(freight > bank);
    assert_eq!(classifier.thresholds().confidence, [0.5]);
    let error = train("text,labels\nFreight rates rise,\nBank opens,;\n").unwrap_err().to_string();
    assert!(error.contains("line 2, column 2: expected a label in some row"), "{error}");
}

#[test]
fn what_is_for_one_label_a_text_is_refused() {
    let model = ModelRecipe::default();
    for (recipe, key) in [
        (recipe().model(model.clone().precision(Precision::Int8)), "model.precision"),
        (recipe().model(model.calibration(CalibrationName::Vector)), "model.calibration"),
        (
            recipe().folds(0).solver(SolverRecipe::default().name(SolverName::Sgd)),
            "solver.name: expected lbfgs",
        ),
    ] {
        let error = run(&recipe, &mut ()).unwrap_err().to_string();
        assert!(error.starts_with(key), "{error}");
    }
    let recipe = recipe();
    let tuned = Training::new(&recipe).tune(&[1.0], Criterion::LogLoss).run(&mut ());
    assert!(tuned.unwrap_err().to_string().starts_with("tune: expected one label"));
    let (_file, source) = written("text,labels,a,b\nx y,a,0.5,0.5\n");
    let soft = source.probability_columns(["a", "b"].map(str::to_owned));
    let error = Corpus::read(&[soft]).unwrap_err().to_string();
    assert!(error.starts_with("data.probability_columns"), "{error}");
}

#[test]
fn joined_labels_are_joined_within_a_text_too() {
    let (_file, source) = written("text,labels\nx,Deal;deal\ny,deal\nz,\n");
    let mut corpus = Corpus::read(&[source]).unwrap();
    assert_eq!(corpus.join_labels(), [("Deal".to_owned(), "deal".to_owned())]);
    let counts: BTreeMap<String, u64> = corpus.label_counts().into_iter().collect();
    assert_eq!(counts, BTreeMap::from([("deal".to_owned(), 2)]));
    assert_eq!(corpus.labels_of(0), [0]);
}
