//! What holds for every text: found by generated texts, and by a second implementation that is
//! slow and obvious.

use crate::common;

use std::collections::HashMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use undertone::Classifier;
use undertone::format::{self, Precision};
use undertone::text::{AnalyzerKind, TokenPattern};
use undertone::train::Corpus;
use undertone::train::recipe::{DocumentLimit, Recipe, VectorizerRecipe};

/// Words and pairs of words, and three to four characters inside words; fitted on the headlines.
static TRAINED: LazyLock<Classifier> = LazyLock::new(|| {
    let weighted = VectorizerRecipe::default()
        .min_df(DocumentLimit::Count(MIN_DF as u32))
        .sublinear_tf(true)
        .count_unknown(true);
    let pairs = weighted.clone().ngrams((1, 2));
    let pieces = weighted.analyzer(AnalyzerKind::CharWb).ngrams((3, 4));
    let data = [common::fixture_source("headlines.csv")];
    common::train(&Recipe::default().data(data).vectorizer([pairs, pieces]))
});
const MIN_DF: usize = 2;

/// What [`TRAINED`] lacks is in this one: number shapes, changes, word vectors.
static SHIPPED: LazyLock<Classifier> = LazyLock::new(|| {
    Classifier::open(&std::fs::read(common::root().join("model.bin")).unwrap()).unwrap()
});

/// Both through the bytes of a `model.bin`.
static REOPENED: LazyLock<[Classifier; 2]> = LazyLock::new(|| {
    [&*TRAINED, &*SHIPPED].map(|classifier| {
        Classifier::open(&format::write(classifier, Precision::Float32).unwrap()).unwrap()
    })
});

static HEADLINES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let corpus = Corpus::read(&[common::fixture_source("headlines.csv")]).unwrap();
    corpus.documents.into_iter().map(|document| document.text).collect()
});

/// What grows or shrinks in lowercase, joins or parts words, or is a figure or a change.
const PIECES: &[&str] = &[
    " ",
    "  ",
    "\t",
    "\n",
    "\u{a0}",
    "\u{1c}",
    "\u{2028}",
    "_",
    "-",
    ".",
    ",",
    "%",
    "$",
    "€",
    "İ",
    "K",
    "Σ",
    "ΑΣ",
    "ẞ",
    "Ⱥ",
    "ǅ",
    "e\u{301}",
    "\u{200d}",
    "👩‍👩‍👧",
    "🚀",
    "日本",
    "a",
    "bb",
    "0",
    "12.5",
    "1,234",
    "2010",
    " up ",
    " fell ",
    " from ",
    " to ",
    " compared with ",
    " profit ",
    " loss ",
    " EUR ",
    " mn ",
    " (",
];

/// Known words, awkward pieces and any characters at all, in any order.
fn text() -> impl Strategy<Value = String> {
    let words: Vec<&str> = HEADLINES.iter().flat_map(|text| text.split(' ')).collect();
    let piece = prop_oneof![
        prop::sample::select(words).prop_map(|word| format!("{word} ")),
        prop::sample::select(PIECES).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// The same, half of them without any character beyond ASCII.
fn some_text() -> impl Strategy<Value = String> {
    let ascii = |text: String| text.chars().filter(char::is_ascii).collect();
    prop_oneof![text(), text().prop_map(ascii)]
}

fn config() -> ProptestConfig {
    // A failure prints its text, cut down as far as it goes; no file is written.
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

#[track_caller]
fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() <= tolerance, "{what}: {found:?}, expected {expected:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn probabilities_are_probabilities(text in text()) {
        for classifier in [&*TRAINED, &*SHIPPED] {
            let prediction = classifier.predict(&text);
            let p = &prediction.probabilities;
            prop_assert_eq!(p.len(), classifier.labels().len());
            prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{:?}", p);
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() <= 1e-9, "{:?}", p);
            prop_assert!(p.iter().all(|p| *p <= prediction.confidence()), "{:?}", p);
        }
    }

    #[test]
    fn explanations_add_up(text in text()) {
        for classifier in [&*TRAINED, &*SHIPPED] {
            let explanation = classifier.explain(&text);
            prop_assert_eq!(&explanation.prediction, &classifier.predict(&text));
            let mut sums = explanation.bias.clone();
            for contribution in &explanation.contributions {
                for (sum, weight) in sums.iter_mut().zip(&contribution.weights) {
                    *sum += weight;
                }
            }
            assert_close("sum", &sums, &explanation.logits, 1e-9);
            assert_close("logits", &explanation.logits, &classifier.logits(&text), 1e-9);
        }
    }

    #[test]
    fn explanations_point_into_the_text(text in text()) {
        for classifier in [&*TRAINED, &*SHIPPED] {
            let contributions = classifier.explain(&text).contributions;
            for contribution in &contributions {
                let range = contribution.bytes.clone();
                prop_assert!(text.get(range.clone()).is_some_and(|stretch| !stretch.is_empty()));
                let units = |end: usize| text[..end].encode_utf16().count();
                prop_assert_eq!(&contribution.utf16, &(units(range.start)..units(range.end)));
            }
            let position = |at: usize| (contributions[at].bytes.start, contributions[at].bytes.end);
            prop_assert!((1..contributions.len()).all(|at| position(at - 1) < position(at)));
        }
    }

    #[test]
    fn a_batch_is_its_texts_one_by_one(texts in prop::collection::vec(some_text(), 0..16)) {
        for classifier in [&*TRAINED, &*SHIPPED] {
            let one_by_one: Vec<_> = texts.iter().map(|text| classifier.predict(text)).collect();
            prop_assert_eq!(classifier.predict_batch(&texts), one_by_one);
        }
    }

    #[test]
    fn written_and_opened_it_is_the_same_model(text in text()) {
        for (classifier, reopened) in [&*TRAINED, &*SHIPPED].into_iter().zip(&*REOPENED) {
            prop_assert_eq!(reopened.predict(&text), classifier.predict(&text));
            prop_assert_eq!(reopened.explain(&text), classifier.explain(&text));
        }
    }

    #[test]
    fn the_slow_twin_agrees(text in text()) {
        // Undertone keeps idf and rows in 32 bits.
        assert_close("logits", &TRAINED.logits(&text), &TWIN.logits(&text), 1e-6);
    }
}

/// The twin on real headlines, and proof that it is no echo: it sees when it is fed another text.
#[test]
fn the_slow_twin_agrees_on_headlines() {
    for text in &*HEADLINES {
        assert_close(text, &TRAINED.logits(text), &TWIN.logits(text), 1e-6);
    }
    let (one, other) = (TRAINED.logits(&HEADLINES[0]), TWIN.logits(&HEADLINES[1]));
    assert!(one.iter().zip(other).any(|(one, other)| (one - other).abs() > 1e-3));
}

// --- The slow twin -------------------------------------------------------------------------------

/// scikit-learn's FeatureUnion of two TfidfVectorizers, over strings and hash maps; and where it
/// leaves unknown features out, each counts in the length like the mean one of the headlines.
struct Twin {
    vectorizers: [TwinVectorizer; 2],
    bias: Vec<f64>,
}

struct TwinVectorizer {
    features: fn(&str) -> Vec<String>,
    /// The idf and the coefficients of each feature.
    known: HashMap<String, (f64, Vec<f64>)>,
    /// The mean squared idf of the occurrences of all other features in the headlines.
    unknown: f64,
}

static TWIN: LazyLock<Twin> = LazyLock::new(|| {
    let classes = TRAINED.labels().len();
    let mut coefficients = TRAINED.coefficients().chunks_exact(classes);
    let mut of = |index: usize, features: fn(&str) -> Vec<String>| {
        // Documents and occurrences of each feature.
        let mut frequencies: HashMap<String, (usize, usize)> = HashMap::new();
        for text in &*HEADLINES {
            for (feature, count) in counted(features(text)) {
                let (documents, occurrences) = frequencies.entry(feature).or_default();
                *documents += 1;
                *occurrences += count;
            }
        }
        let idf = |documents: usize| {
            ((1.0 + HEADLINES.len() as f64) / (1.0 + documents as f64)).ln() + 1.0
        };
        let (mut squares, mut others) = (0.0, 0.0);
        for &(documents, occurrences) in frequencies.values().filter(|(df, _)| *df < MIN_DF) {
            squares += occurrences as f64 * idf(documents).powi(2);
            others += occurrences as f64;
        }
        frequencies.retain(|_, (documents, _)| *documents >= MIN_DF);
        let vocabulary = TRAINED.vectorizers()[index].vocabulary();
        assert_eq!(vocabulary.len(), frequencies.len());
        let known = vocabulary.features().map(|feature| {
            let weights = coefficients.next().unwrap().iter().copied().map(f64::from).collect();
            (feature.to_owned(), (idf(frequencies[feature].0), weights))
        });
        TwinVectorizer { features, known: known.collect(), unknown: squares / others }
    };
    Twin { vectorizers: [of(0, pairs_of_words), of(1, characters)], bias: TRAINED.bias().to_vec() }
});

impl Twin {
    fn logits(&self, text: &str) -> Vec<f64> {
        let mut logits = self.bias.clone();
        for vectorizer in &self.vectorizers {
            let (mut row, mut squares) = (Vec::new(), 0.0);
            for (feature, count) in counted((vectorizer.features)(text)) {
                match vectorizer.known.get(&feature) {
                    Some((idf, weights)) => {
                        let value = (1.0 + (count as f64).ln()) * idf;
                        squares += value * value;
                        row.push((value, weights));
                    }
                    None => squares += count as f64 * vectorizer.unknown,
                }
            }
            let length = squares.sqrt();
            for (value, weights) in row {
                for (logit, weight) in logits.iter_mut().zip(weights) {
                    *logit += value / length * weight;
                }
            }
        }
        logits
    }
}

/// Each feature with the number of its occurrences.
fn counted(features: Vec<String>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for feature in features {
        *counts.entry(feature).or_default() += 1;
    }
    counts
}

/// Words of two or more characters, then neighbours joined by a space.
fn pairs_of_words(text: &str) -> Vec<String> {
    // What Python's \w matches is a table, checked against Python by tests/golden.
    static WORD: LazyLock<TokenPattern> = LazyLock::new(|| TokenPattern::parse(r"\w").unwrap());
    let is_word = |c: char| {
        let mut is_word = false;
        WORD.each(c.encode_utf8(&mut [0; 4]), |_| is_word = true);
        is_word
    };
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !is_word(c)).filter(|word| word.chars().count() >= 2).collect();
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    words.iter().map(|word| (*word).to_owned()).chain(pairs).collect()
}

/// Three and four characters of each word with a space before and after it.
fn characters(text: &str) -> Vec<String> {
    let is_space = |c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c);
    let mut features = Vec::new();
    for word in text.to_lowercase().split(is_space).filter(|word| !word.is_empty()) {
        let padded: Vec<char> = format!(" {word} ").chars().collect();
        for length in 3..=4 {
            features.extend(padded.windows(length).map(|gram| gram.iter().collect::<String>()));
        }
    }
    features
}
