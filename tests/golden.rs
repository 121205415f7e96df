//! Vocabulary, idf, tf-idf, coefficients, probabilities, tokens and metrics against what
//! scikit-learn computes for the same texts: `tests/golden`, written by its `make.py`.
#![cfg(feature = "cli")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ndarray::Array2;
use serde::Deserialize;
use undertone::provenance::Provenance;
use undertone::text::{Analyzer, Tokens};
use undertone::tfidf::{Entry, Scratch, Vectorizer};
use undertone::train::count::TermCounts;
use undertone::train::fit::Counted;
use undertone::train::metrics::CALIBRATION_BINS;
use undertone::train::recipe::{
    AnalyzerName, ClassWeight, DocumentLimit, Recipe, SolverRecipe, VectorizerRecipe,
};
use undertone::train::selection::Selection;
use undertone::train::sparse::SparseRows;
use undertone::train::{Corpus, Metrics, fit};
use undertone::vocabulary::Vocabulary;

/// How far a value may lie from scikit-learn's.
const TOLERANCE: f64 = 1e-6;
/// The same for the objective, which is flat where it is lowest, as a share of it.
const OBJECTIVE_TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct ModelGolden {
    data: DataGolden,
    vectorizers: Vec<VectorizerGolden>,
    tfidf: Vec<RowGolden>,
    #[serde(rename = "C")]
    c: f64,
    class_weight: Option<String>,
    sample_weights: Option<Vec<f64>>,
    objective: f64,
    classes: Vec<String>,
    intercept: Vec<f64>,
    coefficients: Vec<Vec<f64>>,
    probabilities: Vec<ScoredRow>,
    unseen: Vec<ScoredText>,
}

#[derive(Deserialize)]
struct DataGolden {
    file: String,
    rows: usize,
    sha256: String,
}

#[derive(Deserialize)]
struct VectorizerGolden {
    settings: Settings,
    vocabulary: Vec<String>,
    idf: Vec<f64>,
}

/// scikit-learn's names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    analyzer: AnalyzerName,
    ngram_range: (u8, u8),
    token_pattern: String,
    stop_words: Vec<String>,
    lowercase: bool,
    min_df: DocumentLimit,
    max_df: DocumentLimit,
    max_features: Option<usize>,
    sublinear_tf: bool,
}

impl From<Settings> for VectorizerRecipe {
    fn from(settings: Settings) -> Self {
        Self {
            analyzer: settings.analyzer,
            ngrams: settings.ngram_range,
            token_pattern: settings.token_pattern,
            stop_words: settings.stop_words,
            lowercase: settings.lowercase,
            min_df: settings.min_df,
            max_df: settings.max_df,
            max_features: settings.max_features.unwrap_or(0),
            sublinear_tf: settings.sublinear_tf,
            ..Self::default()
        }
    }
}

#[derive(Deserialize)]
struct RowGolden {
    row: usize,
    columns: Vec<u32>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct ScoredRow {
    row: usize,
    p: Vec<f64>,
}

#[derive(Deserialize)]
struct ScoredText {
    text: String,
    p: Vec<f64>,
}

#[derive(Deserialize)]
struct TokensGolden {
    analyzers: BTreeMap<String, Settings>,
    cases: Vec<TokensCase>,
}

#[derive(Deserialize)]
struct TokensCase {
    text: String,
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct MetricsGolden {
    bins: usize,
    epsilon: f64,
    cases: Vec<MetricsCase>,
}

#[derive(Deserialize)]
struct MetricsCase {
    name: String,
    truth: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
    accuracy: f64,
    macro_f1: f64,
    precision: Vec<f64>,
    recall: Vec<f64>,
    f1: Vec<f64>,
    support: Vec<u64>,
    log_loss: f64,
    confusion: Vec<Vec<u64>>,
    calibration_error: f64,
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    let path = golden_folder().join(name).with_extension("json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn golden_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
}

/// Fails where any of `found` is farther than [`TOLERANCE`] from `expected`.
#[track_caller]
fn assert_close(
    what: &str,
    found: impl IntoIterator<Item = f64>,
    expected: impl IntoIterator<Item = f64>,
) {
    let (mut found, mut expected) = (found.into_iter(), expected.into_iter());
    for index in 0.. {
        match (found.next(), expected.next()) {
            (None, None) => return,
            (Some(found), Some(expected)) => assert!(
                (found - expected).abs() <= TOLERANCE,
                "{what}, number {index}: found {found}, scikit-learn {expected}"
            ),
            (found, expected) => {
                panic!("{what}, number {index}: found {found:?}, scikit-learn {expected:?}")
            }
        }
    }
}

/// One test a model, and the list of them.
macro_rules! models {
    ($($test:ident: $file:literal,)*) => {
        $(
            #[test]
            fn $test() {
                check_model($file);
            }
        )*
        const MODELS: &[&str] = &[$($file),*];
    };
}

models! {
    defaults: "default",
    pairs_of_words_sublinear: "word-pairs-sublinear",
    characters_inside_words: "char-wb",
    characters_with_a_limit_of_features: "char-max-features",
    union_of_words_and_characters: "union",
    stop_words: "stop-words",
    balanced_classes: "balanced",
    weak_penalty: "c10",
    sample_weights: "sample-weights",
    short_tokens: "short-tokens",
    signs_as_tokens: "sign-tokens",
    two_classes: "two-classes",
    fifty_classes: "fifty-classes",
}

#[test]
fn every_golden_file_is_checked() {
    let there: BTreeSet<String> = std::fs::read_dir(golden_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let checked = MODELS.iter().chain(&["tokens", "metrics"]).map(|&name| name.to_owned());
    assert_eq!(there, checked.collect());
}

fn check_model(name: &str) {
    let golden: ModelGolden = read(name);
    let mut source = common::fixture_source(&golden.data.file);
    source.sha256 = golden.data.sha256;
    let (settings, fitted): (Vec<VectorizerRecipe>, Vec<_>) = golden
        .vectorizers
        .into_iter()
        .map(|vectorizer| (vectorizer.settings.into(), (vectorizer.vocabulary, vectorizer.idf)))
        .unzip();
    let recipe = Recipe {
        data: vec![source],
        vectorizer: settings,
        solver: SolverRecipe {
            c: golden.c,
            class_weight: match golden.class_weight.as_deref() {
                None => ClassWeight::None,
                Some("balanced") => ClassWeight::Balanced,
                Some(other) => panic!("class_weight {other:?}"),
            },
            tolerance: 1e-12,
            max_iterations: 10_000,
            ..SolverRecipe::default()
        },
        ..Recipe::default()
    };
    let mut corpus = Corpus::read(&recipe.data).unwrap();
    assert_eq!(corpus.documents.len(), golden.data.rows);
    assert_eq!(corpus.labels, golden.classes);
    if let Some(weights) = golden.sample_weights {
        assert_eq!(weights.len(), corpus.documents.len());
        for (document, weight) in corpus.documents.iter_mut().zip(weights) {
            document.weight = weight;
        }
    }
    let counted = Counted::new(&corpus, &recipe).unwrap();
    let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
    let model = fit(&counted, &everything).unwrap();
    assert!(model.converged, "stopped after {} steps", model.iterations);
    let classifier = model.classifier(&counted, Provenance::default()).unwrap();

    for (vectorizer, (vocabulary, idf)) in classifier.vectorizers().iter().zip(fitted) {
        assert!(vectorizer.vocabulary().features().eq(&vocabulary), "another vocabulary");
        assert_close("idf", vectorizer.idf().iter().map(|&idf| f64::from(idf)), idf);
    }
    let rows = SparseRows::transform(
        &counted.counts,
        &model.selections,
        &counted.vectorizers,
        &everything,
    );
    for golden in golden.tfidf {
        let row = rows.row(golden.row);
        let what = format!("tf-idf of row {}", golden.row);
        assert!(row.iter().map(|entry| entry.column).eq(golden.columns), "{what}: other columns");
        assert_close(&what, row.iter().map(|entry| f64::from(entry.value)), golden.values);
    }
    let relative = (model.objective - golden.objective).abs() / golden.objective;
    assert!(
        relative <= OBJECTIVE_TOLERANCE,
        "objective {}, scikit-learn {}",
        model.objective,
        golden.objective
    );
    assert_close("coefficient", model.coefficients, golden.coefficients.concat());
    assert_close("intercept", model.bias, golden.intercept);
    for ScoredRow { row, p } in golden.probabilities {
        let text = &corpus.documents[row].text;
        assert_close(&format!("row {row}"), classifier.predict(text).probabilities, p);
    }
    for ScoredText { text, p } in golden.unseen {
        assert_close(&format!("{text:?}"), classifier.predict(&text).probabilities, p);
    }
}

#[test]
fn tokens() {
    let golden: TokensGolden = read("tokens");
    let analyzers: BTreeMap<String, Analyzer> = golden
        .analyzers
        .into_iter()
        .map(|(name, settings)| (name, VectorizerRecipe::from(settings).to_analyzer().unwrap()))
        .collect();
    let mut tokens = Tokens::default();
    for TokensCase { text, features } in golden.cases {
        assert_eq!(features.len(), analyzers.len());
        for (name, mut expected) in features {
            let mut found = Vec::new();
            analyzers[&name]
                .read(&text, &mut tokens, |feature| found.push(feature.text.to_owned()));
            // scikit-learn goes length by length where Undertone goes place by place.
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{name} of {text:?}");
        }
    }
}

#[test]
fn metrics() {
    let golden: MetricsGolden = read("metrics");
    assert_eq!(golden.bins, CALIBRATION_BINS);
    assert_eq!(golden.epsilon, f64::EPSILON);
    for case in golden.cases {
        let name = &case.name;
        let classes = case.support.len();
        let labels: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
        let probabilities =
            Array2::from_shape_vec((case.truth.len(), classes), case.probabilities.concat());
        let found = Metrics::measure(&labels, &case.truth, probabilities.unwrap().view());
        assert_eq!(found.n, case.truth.len(), "{name}");
        assert_eq!(found.confusion.into_raw_vec_and_offset().0, case.confusion.concat(), "{name}");
        assert!(found.per_class.iter().map(|class| class.support).eq(case.support), "{name}");
        assert_close(
            name,
            [found.accuracy, found.macro_f1, found.log_loss, found.calibration_error],
            [case.accuracy, case.macro_f1, case.log_loss, case.calibration_error],
        );
        let column = |of: fn(&undertone::train::metrics::ClassMetrics) -> f64| {
            found.per_class.iter().map(of).collect::<Vec<_>>()
        };
        assert_close(name, column(|class| class.precision), case.precision);
        assert_close(name, column(|class| class.recall), case.recall);
        assert_close(name, column(|class| class.f1), case.f1);
    }
}

/// Training counts terms once for all folds, inference walks the text: two ways that must meet.
#[test]
fn training_and_inference_make_the_same_rows() {
    let mut texts: Vec<String> =
        read::<TokensGolden>("tokens").cases.into_iter().map(|case| case.text).collect();
    for file in ["headlines.csv", "two.csv", "fifty.csv"] {
        let corpus = Corpus::read(&[common::fixture_source(file)]).unwrap();
        texts.extend(corpus.documents.into_iter().map(|document| document.text));
    }
    let words = VectorizerRecipe::default();
    let recipes = [
        VectorizerRecipe { ngrams: (1, 2), min_df: DocumentLimit::Count(2), ..words.clone() },
        VectorizerRecipe {
            number_shapes: true,
            changes: true,
            sublinear_tf: true,
            ..words.clone()
        },
        VectorizerRecipe { token_pattern: r"\S+".to_owned(), lowercase: false, ..words.clone() },
        VectorizerRecipe { analyzer: AnalyzerName::Char, ngrams: (1, 3), ..words.clone() },
        VectorizerRecipe { analyzer: AnalyzerName::CharWb, ngrams: (2, 5), scale: 0.5, ..words },
    ];
    let everything: Vec<u32> = (0..texts.len() as u32).collect();
    for recipe in recipes {
        let analyzer = recipe.to_analyzer().unwrap();
        let counts = TermCounts::count(&analyzer, &texts);
        // Every other text, so that the rest hold terms that the vocabulary doesn't.
        let learnt: Vec<u32> = everything.iter().copied().step_by(2).collect();
        let selection = Selection::fit(&counts, &learnt, &recipe);
        let terms = selection.terms.iter().map(|&term| counts.term(term));
        let vectorizer = Vectorizer::new(
            analyzer,
            selection.weighting(&recipe),
            Vocabulary::from_sorted(terms).unwrap(),
            selection.documents,
            selection.document_frequencies.clone(),
        )
        .unwrap();
        let rows = SparseRows::transform(
            std::slice::from_ref(&counts),
            std::slice::from_ref(&selection),
            std::slice::from_ref(&recipe),
            &everything,
        );
        let mut scratch = Scratch::default();
        let mut row: Vec<Entry> = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            row.clear();
            vectorizer.transform(text, 0, &mut scratch, &mut row, |_, _| {});
            row.sort_unstable_by_key(|entry| entry.column);
            let trained = rows.row(index);
            let columns = |row: &[Entry]| row.iter().map(|entry| entry.column).collect::<Vec<_>>();
            assert_eq!(columns(&row), columns(trained), "{recipe} of {text:?}");
            for (found, trained) in row.iter().zip(trained) {
                // The squares are summed in another order, which may turn the last bit.
                let difference = (found.value - trained.value).abs();
                assert!(difference <= f32::EPSILON * trained.value, "{recipe} of {text:?}");
            }
        }
    }
}
