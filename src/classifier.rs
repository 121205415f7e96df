//! Row × coefficients → probabilities.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::counts::{Counts, Scratch};
use crate::error::ModelError;
use crate::link::{Link, arg_max};
use crate::provenance::Provenance;
use crate::tfidf::{Entry, Vectorizer};
use crate::thresholds::Thresholds;

/// A trained model, ready to score texts. It can be shared between threads.
///
/// With V columns over all vectorizers and K classes, the logit of class k for a row x is
/// `bias[k] + Σⱼ x[j] · coefficients[j, k]`, and [`Link`] says how logits become probabilities.
///
/// ```
/// use undertone::Classifier;
/// use undertone::text::{Analyzer, AnalyzerSettings};
/// use undertone::tfidf::{Vectorizer, Weighting};
/// use undertone::vocabulary::Vocabulary;
///
/// let analyzer = Analyzer::new(AnalyzerSettings::default())?;
/// let vocabulary = Vocabulary::from_sorted(["fell", "rose"])?;
/// let vectorizer = Vectorizer::new(analyzer, Weighting::default(), vocabulary, 10, vec![4, 3])?;
/// let (labels, coefficients) = (["bad", "good"], vec![2.0, -2.0, -2.0, 2.0]);
/// let labels = labels.map(str::to_owned).into();
/// let biases = vec![0.0, 0.0];
/// let classifier =
///     Classifier::from_parts(labels, vec![vectorizer], coefficients, biases, Default::default())?;
/// assert_eq!(classifier.predict("Profit rose").class, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Classifier {
    labels: Vec<String>,
    vectorizers: Vec<Vectorizer>,
    /// Whether each vectorizer segments the text anew, or takes the segmentation of one before it.
    segments: Vec<bool>,
    /// V×K, row by row.
    coefficients: Vec<f32>,
    /// K.
    bias: Vec<f64>,
    link: Link,
    pub(crate) thresholds: Thresholds,
    provenance: Provenance,
}

/// What a text was found to be.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let prediction = classifier.predict("Shares plunge on fraud charges");
/// assert_eq!(classifier.labels()[prediction.class], "negative");
/// assert_eq!(prediction.confidence(), prediction.probabilities[prediction.class]);
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// The most probable class: an index into [`Classifier::labels`]; the first of equals.
    pub class: usize,
    /// The probability of each class, each in 0 to 1; their sum is 1, except with
    /// [`Link::Independent`].
    pub probabilities: Vec<f64>,
    /// The share of the text that the model knows, 0 to 1: of the features that its first
    /// vectorizer reads, repeated ones as often as they occur, those that are in the vocabulary. 0
    /// for a text without any.
    pub known: f64,
}

impl Prediction {
    /// Of the probability of each class.
    pub(crate) fn of(probabilities: Vec<f64>, known: f64) -> Self {
        Self { class: arg_max(&probabilities), probabilities, known }
    }

    /// The probability of the most probable class; in 1/K to 1 where the sum of all is 1.
    pub fn confidence(&self) -> f64 {
        self.probabilities.get(self.class).copied().unwrap_or_default()
    }
}

impl Classifier {
    /// Puts a classifier together: K labels, vectorizers with V columns in all, V×K coefficients
    /// row by row and K biases.
    ///
    /// # Errors
    /// [`ModelError::NoLabels`], [`ModelError::Length`] when the shapes disagree, or
    /// [`ModelError::NotFinite`].
    pub fn from_parts(
        labels: Vec<String>,
        vectorizers: Vec<Vectorizer>,
        coefficients: Vec<f32>,
        bias: Vec<f64>,
        provenance: Provenance,
    ) -> Result<Self, ModelError> {
        let columns: usize =
            vectorizers.iter().map(|vectorizer| vectorizer.vocabulary().len()).sum();
        if labels.is_empty() {
            return Err(ModelError::NoLabels);
        }
        if u32::try_from(columns).is_err() {
            return Err(ModelError::TooLarge);
        }
        let length = |of, expected, found| ModelError::Length { of, expected, found };
        if bias.len() != labels.len() {
            return Err(length("biases", labels.len(), bias.len()));
        }
        let expected = columns.saturating_mul(labels.len());
        if expected != coefficients.len() {
            return Err(length("coefficients", expected, coefficients.len()));
        }
        // Without a branch, so that several are looked at at a time.
        let are_finite = coefficients.iter().fold(true, |all, weight| all & weight.is_finite());
        if !are_finite
            && let Some(place) = coefficients.iter().position(|weight| !weight.is_finite())
        {
            return Err(ModelError::NotFinite { of: "coefficients", place });
        }
        if let Some(place) = bias.iter().position(|weight| !weight.is_finite()) {
            return Err(ModelError::NotFinite { of: "biases", place });
        }
        let segments = segments(&vectorizers);
        let (link, thresholds) = (Link::Softmax, Thresholds::default());
        Ok(Self { labels, vectorizers, segments, coefficients, bias, link, thresholds, provenance })
    }

    /// This classifier with another link: its logits stay, and become probabilities in another way.
    #[must_use]
    pub fn with_link(self, link: Link) -> Self {
        Self { link, ..self }
    }

    /// How its logits become probabilities.
    pub fn link(&self) -> Link {
        self.link
    }

    /// The class names, in the order of every list of K numbers here.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The vectorizers, whose columns stand side by side.
    pub fn vectorizers(&self) -> &[Vectorizer] {
        &self.vectorizers
    }

    /// Whether each vectorizer segments a text anew, or takes the segmentation of one before it.
    pub(crate) fn segments(&self) -> &[bool] {
        &self.segments
    }

    /// The coefficients, V×K, row by row.
    pub fn coefficients(&self) -> &[f32] {
        &self.coefficients
    }

    /// The logit of each class of a text without a known feature.
    pub fn bias(&self) -> &[f64] {
        &self.bias
    }

    /// What the model was trained on and how it scored.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// V, the number of features over all vectorizers.
    pub fn features(&self) -> usize {
        self.vectorizers.iter().map(|vectorizer| vectorizer.vocabulary().len()).sum()
    }

    /// Scores a text: the plain path, to which [`Scorer`](crate::Scorer) is held to the last bit.
    /// It allocates its working memory anew; use a scorer for many texts.
    pub fn predict(&self, text: &str) -> Prediction {
        let (mut logits, known) = self.logits_and_known(text);
        self.link.apply(&mut logits);
        Prediction::of(logits, known)
    }

    /// The logits of a text, K.
    pub fn logits(&self, text: &str) -> Vec<f64> {
        self.logits_and_known(text).0
    }

    /// The logits of a text, K, and the share of it that the model knows.
    pub(crate) fn logits_and_known(&self, text: &str) -> (Vec<f64>, f64) {
        let mut logits = Vec::with_capacity(self.bias.len());
        let known = self.logits_into(text, &mut Scratch::default(), &mut logits);
        (logits, known)
    }

    /// Appends the K logits of a text, and returns the share of it that the model knows.
    pub(crate) fn logits_into(
        &self,
        text: &str,
        scratch: &mut Scratch,
        logits: &mut Vec<f64>,
    ) -> f64 {
        let (start, mut known) = (logits.len(), None);
        logits.extend_from_slice(&self.bias);
        let logits = &mut logits[start..];
        self.for_each_vectorizer(text, scratch, |vectorizer, first_column, scratch| {
            let oov_count = vectorizer.count_segmented(scratch, None);
            let counts = &mut scratch.counts;
            let found = self.add_counts(vectorizer, first_column, counts, oov_count, logits);
            known.get_or_insert(share(found, oov_count));
        });
        known.unwrap_or_default()
    }

    /// Adds what a vectorizer's counts give to the K logits, and forgets the counts: factor · Σ
    /// value · coefficient. Returns the sum of the counts.
    pub(crate) fn add_counts(
        &self,
        vectorizer: &Vectorizer,
        first_column: u32,
        counts: &mut Counts,
        oov_count: u32,
        logits: &mut [f64],
    ) -> u32 {
        let mut squares = vectorizer.weighting().oov_squares(oov_count);
        let (mut sums, mut found) = (vec![0.0; logits.len()], 0);
        counts.take(vectorizer.vocabulary().len(), |column, count| {
            found += count;
            let value = vectorizer.value(column, count);
            squares += value * value;
            accumulate(value, self.weights(first_column + column), &mut sums);
        });
        let factor = vectorizer.weighting().factor(squares);
        for (logit, sum) in logits.iter_mut().zip(sums) {
            *logit += factor * sum;
        }
        found
    }

    /// The row of a text, no column twice.
    pub(crate) fn row(&self, text: &str) -> Vec<Entry> {
        let mut row = Vec::new();
        self.for_each_vectorizer(
            text,
            &mut Scratch::default(),
            |vectorizer, first_column, scratch| {
                vectorizer.transform_segmented(first_column, scratch, &mut row);
            },
        );
        row
    }

    /// Calls `each` with every vectorizer and its first column, once the text is segmented for it.
    pub(crate) fn for_each_vectorizer(
        &self,
        text: &str,
        scratch: &mut Scratch,
        mut each: impl FnMut(&Vectorizer, u32, &mut Scratch),
    ) {
        let mut first_column = 0;
        for (vectorizer, cut) in self.vectorizers.iter().zip(&self.segments) {
            if *cut {
                vectorizer.analyzer().segment(text, &mut scratch.tokens);
            }
            each(vectorizer, first_column, scratch);
            first_column += vectorizer.vocabulary().len() as u32;
        }
    }

    /// The coefficients of a column, K.
    #[inline]
    pub(crate) fn weights(&self, column: u32) -> &[f32] {
        let classes = self.labels.len();
        let start = column as usize * classes;
        &self.coefficients[start..start + classes]
    }

    /// The coefficients of a column, to be corrected.
    pub(crate) fn weights_mut(&mut self, column: u32) -> &mut [f32] {
        let classes = self.labels.len();
        let start = column as usize * classes;
        &mut self.coefficients[start..start + classes]
    }

    /// Puts a vectorizer that segments texts like the one before in its place, with the
    /// coefficients of all columns.
    pub(crate) fn put_vectorizer(
        &mut self,
        place: usize,
        vectorizer: Vectorizer,
        coefficients: Vec<f32>,
    ) {
        self.vectorizers[place] = vectorizer;
        self.segments = segments(&self.vectorizers);
        self.coefficients = coefficients;
    }

    /// Adds a last label with its bias, or takes the last one away, with the coefficients of all
    /// labels.
    pub(crate) fn put_label(&mut self, added: Option<(String, f64)>, coefficients: Vec<f32>) {
        match added {
            Some((label, bias)) => {
                self.labels.push(label);
                self.bias.push(bias);
            }
            None => {
                self.labels.pop();
                self.bias.pop();
            }
        }
        if !self.thresholds.confidence.is_empty() {
            self.thresholds.confidence.resize(self.labels.len(), 0.0);
        }
        self.coefficients = coefficients;
    }

    /// What the model says of itself, to be corrected.
    pub(crate) fn provenance_mut(&mut self) -> &mut Provenance {
        &mut self.provenance
    }
}

/// Whether each of several vectorizers segments a text anew, or takes the segmentation of one
/// before it.
fn segments(vectorizers: &[Vectorizer]) -> Vec<bool> {
    let mut segmenter = 0;
    (0..vectorizers.len())
        .map(|index| {
            let segments =
                index == 0 || !vectorizers[index].shares_segmentation(&vectorizers[segmenter]);
            segmenter = if segments { index } else { segmenter };
            segments
        })
        .collect()
}

/// The share that `found` features are of these and of others that are not in the vocabulary; 0 of
/// none.
pub(crate) fn share(found: u32, oov_count: u32) -> f64 {
    let all = found.saturating_add(oov_count);
    if all == 0 { 0.0 } else { f64::from(found) / f64::from(all) }
}

/// Adds a value times each class's coefficient to the sum of the class.
#[inline]
pub(crate) fn accumulate(value: f64, weights: &[f32], sums: &mut [f64]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += value * f64::from(*weight);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::text::{Analyzer, AnalyzerSettings};
    use crate::tfidf::Weighting;
    use crate::vocabulary::Vocabulary;

    /// So many classes by vectorizers with these settings and features, each weighted otherwise.
    pub(crate) fn classifier_of(
        classes: usize,
        vectorizers: &[(AnalyzerSettings, &[&str])],
    ) -> Classifier {
        let vectorizers: Vec<_> = vectorizers
            .iter()
            .map(|(settings, features)| {
                let analyzer = Analyzer::new(settings.clone()).unwrap();
                let vocabulary = Vocabulary::from_sorted(features.iter().copied()).unwrap();
                let frequencies = vec![1; features.len()];
                let weighting = Weighting { unknown: 2.0, ..Weighting::default() };
                Vectorizer::new(analyzer, weighting, vocabulary, 9, frequencies).unwrap()
            })
            .collect();
        let columns: usize = vectorizers.iter().map(|one| one.vocabulary().len()).sum();
        let labels = (0..classes).map(|class| class.to_string()).collect();
        let bias = (0..classes).map(|class| class as f64 / 2.0).collect();
        let weights = (0..classes * columns).map(|weight| (weight % 7) as f32 / 3.0).collect();
        Classifier::from_parts(labels, vectorizers, weights, bias, Provenance::default()).unwrap()
    }

    #[test]
    fn a_shared_cut_changes_nothing() {
        let words = |number_shapes, changes| AnalyzerSettings {
            token_pattern: r"\w+|[$%]".to_owned(),
            number_shapes,
            changes,
            ..AnalyzerSettings::default()
        };
        // The second shares the segmentation of the first. The third does not: it would have to
        // share the second's, which made none.
        let shared = classifier_of(
            2,
            &[
                (words(true, true), &["$", "0", "<move up profit>", "profit"]),
                (words(false, false), &["$", "profit", "rose"]),
                (words(false, false), &["0", "7", "profit"]),
                (words(true, false), &["0", "profit"]),
            ],
        );
        assert_eq!(shared.segments, [true, false, true, true]);
        let own = Classifier { segments: vec![true; 4], ..shared.clone() };
        for text in ["Profit rose 7 $ to 7 $ from 0 $", "7 0 0", "profit", "", "prófit rose 7"] {
            assert_eq!(shared.logits(text), own.logits(text), "{text}");
            assert_eq!(shared.row(text), own.row(text), "{text}");
            assert_eq!(shared.explain(text), own.explain(text), "{text}");
        }
    }
}
