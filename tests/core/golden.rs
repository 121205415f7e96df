//! Vocabulary, idf, tf-idf, coefficients, probabilities, tokens and metrics against what
//! scikit-learn computes for the same texts: `tests/golden`, written by its `make.py`. What
//! scikit-learn doesn't have, word vectors and domains, against the conditions of its minimum.

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ndarray::{Array2, ArrayView1, Axis};
use serde::Deserialize;
use undertone::Classifier;
use undertone::provenance::Provenance;
use undertone::text::{Analyzer, AnalyzerKind, Tokens};
use undertone::tfidf::{Entry, Scratch, Vectorizer};
use undertone::train::count::TermCounts;
use undertone::train::fit::Counted;
use undertone::train::metrics::CALIBRATION_BINS;
use undertone::train::names::Names;
use undertone::train::recipe::{
    AdaptRecipe, ClassWeight, DataSource, DocumentLimit, Recipe, SolverRecipe, VectorizerRecipe,
    VectorsRecipe,
};
use undertone::train::selection::Selection;
use undertone::train::sparse::SparseRows;
use undertone::train::{Corpus, Fitted, Metrics, fit};
use undertone::vocabulary::Vocabulary;

/// How far a value may lie from scikit-learn's.
const TOLERANCE: f64 = 1e-6;
/// The same for the objective, as a share of it: rows are kept in 32 bits.
const OBJECTIVE_TOLERANCE: f64 = f32::EPSILON as f64 / 2.0;

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
    analyzer: AnalyzerKind,
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
        Self::default()
            .analyzer(settings.analyzer)
            .ngrams(settings.ngram_range)
            .token_pattern(settings.token_pattern)
            .stop_words(settings.stop_words)
            .lowercase(settings.lowercase)
            .min_df(settings.min_df)
            .max_df(settings.max_df)
            .max_features(settings.max_features.unwrap_or(0))
            .sublinear_tf(settings.sublinear_tf)
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
struct SameAnswersGolden {
    data: DataGolden,
    vectorizers: Vec<Settings>,
    #[serde(rename = "C")]
    c: f64,
    classes: Vec<String>,
    texts: Vec<OddText>,
}

#[derive(Deserialize)]
struct OddText {
    name: String,
    parts: Vec<TextPart>,
    p: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextPart {
    Repeated {
        text: String,
        times: usize,
    },
    /// Halves of surrogate pairs, which only a JavaScript string can hold.
    Units {
        units: Vec<u16>,
    },
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
                "{what}, number {index}: found {found}, expected {expected}"
            ),
            (found, expected) => {
                panic!("{what}, number {index}: found {found:?}, expected {expected:?}")
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

/// Odd texts. `tests/package/same-answers.test.mjs` asks the command line, Node and Chromium for
/// the same probabilities.
#[test]
fn same_answers() {
    let golden: SameAnswersGolden = read("same-answers");
    let mut source = common::fixture_source(&golden.data.file);
    source.sha256 = golden.data.sha256;
    let vectorizers: Vec<_> = golden.vectorizers.into_iter().map(VectorizerRecipe::from).collect();
    let recipe =
        Recipe::default().data([source]).vectorizer(vectorizers).solver(converging(golden.c));
    let classifier = common::train(&recipe);
    assert_eq!(classifier.labels(), golden.classes);
    for OddText { name, parts, p } in golden.texts {
        let mut utf16 = Vec::new();
        for part in parts {
            match part {
                TextPart::Repeated { text, times } => {
                    utf16.extend(text.repeat(times).encode_utf16());
                }
                TextPart::Units { units } => utf16.extend(units),
            }
        }
        let prediction = classifier.predict(&String::from_utf16_lossy(&utf16));
        let expected = p.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        assert_eq!(Some(prediction.class), expected.map(|(class, _)| class), "{name}");
        assert_close(&name, prediction.probabilities, p);
    }
}

#[test]
fn every_golden_file_is_checked() {
    let there: BTreeSet<String> = std::fs::read_dir(golden_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let checked = MODELS
        .iter()
        .chain(&["tokens", "metrics", "same-answers", "multilabel"])
        .map(|&name| name.to_owned());
    assert_eq!(there, checked.collect());
}

/// A solver that goes on until nothing moves.
fn converging(c: f64) -> SolverRecipe {
    SolverRecipe::default().c(c).tolerance(1e-12).max_iterations(10_000)
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
    let class_weight = match golden.class_weight.as_deref() {
        None => ClassWeight::None,
        Some("balanced") => ClassWeight::Balanced,
        Some(other) => panic!("class_weight {other:?}"),
    };
    let solver = converging(golden.c).class_weight(class_weight);
    let recipe = Recipe::default().data([source]).vectorizer(settings).solver(solver);
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
            let mut analysis = analyzers[&name].analyze(&text, &mut tokens);
            analysis.for_each(|feature| found.push(feature.text().to_owned()));
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
        words.clone().ngrams((1, 2)).min_df(DocumentLimit::Count(2)),
        words
            .clone()
            .number_shapes(true)
            .changes(true)
            .sublinear_tf(true)
            .min_df(DocumentLimit::Count(2))
            .count_unknown(true),
        words.clone().analyzer(AnalyzerKind::Cue).count_unknown(true),
        words.clone().token_pattern(r"\S+").lowercase(false),
        words.clone().analyzer(AnalyzerKind::Char).ngrams((1, 3)),
        words.analyzer(AnalyzerKind::CharWb).ngrams((2, 5)).scale(0.5),
    ];
    let everything: Vec<u32> = (0..texts.len() as u32).collect();
    for recipe in recipes {
        let analyzer = recipe.to_analyzer().unwrap();
        let counts = TermCounts::count(&analyzer, &texts);
        // Every other text, so that the rest hold terms that the vocabulary doesn't.
        let learnt: Vec<u32> = everything.iter().copied().step_by(2).collect();
        let selection = Selection::fit(&counts, &learnt, &recipe, &Names::default());
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
            vectorizer.transform(text, 0, &mut scratch, &mut row);
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

// --- Word vectors and domains --------------------------------------------------------------------

/// Words of the headlines, and some that no headline has, each with a vector.
const WORDS: &str = "a and bank board by crypto digital eur exchange from fund in its market million \
                     motors new of on pexwell profit record sales shares steel the to token \
                     unheard unread unsaid unseen untold unwritten up what wins year σας";
/// d.
const COMPONENTS: usize = 3;
const VECTOR_SCALE: f32 = 0.7;

/// Writes a vectors file; gives E as it is fitted on (V×d).
fn write_vectors(path: &Path) -> Array2<f64> {
    let mut random = common::Random(1);
    let words: Vec<&str> = WORDS.split(' ').collect();
    let vectors = Array2::from_shape_simple_fn((words.len(), COMPONENTS), || {
        random.below(2001) as f64 / 1000.0 - 1.0
    });
    let lines = words.iter().zip(vectors.rows()).map(|(word, row)| {
        let components: Vec<String> = row.iter().map(f64::to_string).collect();
        format!("{word} {}\n", components.join(" "))
    });
    std::fs::write(path, lines.collect::<String>()).unwrap();
    let mean_square = vectors.mapv(|x| x * x).sum() / words.len() as f64;
    vectors * (f64::from(VECTOR_SCALE) / mean_square.sqrt())
}

/// The headlines as one domain, and a part of them, which counts double, as another.
fn two_domains() -> Vec<DataSource> {
    let latin1 = common::fixture_source("latin1.csv")
        .encoding("latin1")
        .header(false)
        .columns(["label", "text"].map(str::to_owned))
        .weight(2.0)
        .domain("latin1");
    vec![common::fixture_source("headlines.csv").domain("headlines"), latin1]
}

/// Pieces of words, and words with vectors.
fn recipe_with_vectors(path: &Path, c: f64, adapt: Option<AdaptRecipe>) -> Recipe {
    let pieces = VectorizerRecipe::default()
        .analyzer(AnalyzerKind::CharWb)
        .ngrams((2, 3))
        .min_df(DocumentLimit::Count(2))
        .count_unknown(true);
    let vectors = VectorsRecipe::default().path(path).scale(VECTOR_SCALE).count_unknown(true);
    Recipe::default()
        .data(two_domains())
        .vectorizer([pieces])
        .vectors(vectors)
        .adapt(adapt)
        .solver(converging(c))
}

struct Model {
    fitted: Fitted,
    classifier: Classifier,
    /// n×K.
    probabilities: Array2<f64>,
}

fn fit_all(corpus: &Corpus, recipe: &Recipe) -> Model {
    let counted = Counted::new(corpus, recipe).unwrap();
    let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
    let fitted = fit(&counted, &everything).unwrap();
    assert!(fitted.converged, "stopped after {} steps", fitted.iterations);
    let classifier = fitted.classifier(&counted, Provenance::default()).unwrap();
    let probabilities = fitted.probabilities(&counted, &everything);
    Model { fitted, classifier, probabilities }
}

/// The tf-idf rows of all vectorizers side by side, n×V.
fn rows_of(classifier: &Classifier, corpus: &Corpus) -> Array2<f64> {
    let mut rows = Array2::zeros((corpus.documents.len(), classifier.features()));
    let mut scratch = Scratch::default();
    for (document, mut row) in corpus.documents.iter().zip(rows.rows_mut()) {
        let mut entries = Vec::new();
        let mut first_column = 0;
        for vectorizer in classifier.vectorizers() {
            vectorizer.transform(&document.text, first_column, &mut scratch, &mut entries);
            first_column += vectorizer.vocabulary().len() as u32;
        }
        for entry in entries {
            row[entry.column as usize] = f64::from(entry.value);
        }
    }
    rows
}

/// At the minimum every parameter is minus the derivative of the data's loss by it. With x a row
/// over pieces of words, u one over words with vectors, r = weight · (y − p), p by the model for
/// the row's own domain, and s the strength, the model for a domain is therefore
///
/// ```text
/// W   = C Σ (1 + s² [row is of the domain]) xᵀr        bias = shared bias + C s² Σ [same] r
/// E·B = E Eᵀ C Σ (1 + s² [row is of the domain]) uᵀr      0 = Σ r
/// ```
///
/// and to check that takes no solver, no copies of columns and no product u·E.
fn check_minimum(strength: Option<f32>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.txt");
    let embedding = write_vectors(&path);
    let corpus = Corpus::read(&two_domains()).unwrap();
    let c = 2.0;
    let domains = ["headlines", "latin1"];
    let models = domains.map(|to| {
        let adapt = strength.map(|strength| AdaptRecipe::new(to, strength));
        fit_all(&corpus, &recipe_with_vectors(&path, c, adapt))
    });
    let [pieces, words] = models[0].classifier.vectorizers() else { panic!("two vectorizers") };
    assert!(words.vocabulary().features().eq(WORDS.split(' ')));

    let rows = rows_of(&models[0].classifier, &corpus);
    let residuals =
        Array2::from_shape_fn((corpus.documents.len(), corpus.labels.len()), |(row, class)| {
            let document = &corpus.documents[row];
            let own = &models[usize::from(corpus.domain(row) == domains[1])];
            let truth = if document.label == class { 1.0 } else { 0.0 };
            document.weight * (truth - own.probabilities[[row, class]])
        });
    assert_close("sum of residuals", residuals.sum_axis(Axis(0)), vec![0.0; corpus.labels.len()]);
    let square = f64::from(strength.unwrap_or(0.0)).powi(2);
    let shared_bias = [0, 1].map(|domain| {
        let of_domain = Array2::from_shape_fn(residuals.dim(), |(row, class)| {
            let is_own = corpus.domain(row) == domains[domain];
            if is_own { square * residuals[[row, class]] } else { 0.0 }
        });
        let mut expected = rows.t().dot(&(&residuals + &of_domain)) * c;
        let (_, mut of_words) = expected.view_mut().split_at(Axis(0), pieces.vocabulary().len());
        let combined = embedding.dot(&embedding.t().dot(&of_words));
        of_words.assign(&combined);
        let Fitted { coefficients, bias, .. } = &models[domain].fitted;
        assert_close("coefficient", coefficients.iter().copied(), expected);
        ArrayView1::from(bias).to_owned() - of_domain.sum_axis(Axis(0)) * c
    });
    let [of_one, of_other] = shared_bias;
    assert_close("shared bias", of_one, of_other);

    let apart = models[0].probabilities.iter().zip(&models[1].probabilities);
    let widest = apart.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
    assert_eq!(widest > 0.01, strength.is_some(), "domains are {widest} apart");
}

#[test]
fn word_vectors_are_fitted_to_the_minimum() {
    check_minimum(None);
}

#[test]
fn domains_are_fitted_to_the_minimum() {
    check_minimum(Some(0.5));
}

/// Where all is one domain, each coefficient is the sum of two, and splitting it in the ratio 1 :
/// s² costs least: 1 / (1 + s²) of the penalty.
#[test]
fn a_single_domain_only_weakens_the_penalty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.txt");
    write_vectors(&path);
    let mut data = two_domains();
    data[1].domain = data[0].domain.clone();
    let corpus = Corpus::read(&data).unwrap();
    let adapt = AdaptRecipe::new(&data[0].domain, 0.5);
    let adapted = fit_all(&corpus, &recipe_with_vectors(&path, 2.0, Some(adapt))).fitted;
    let plain = fit_all(&corpus, &recipe_with_vectors(&path, 2.0 * 1.25, None)).fitted;
    assert_close("coefficient", adapted.coefficients, plain.coefficients);
    assert_close("bias", adapted.bias, plain.bias);
}
