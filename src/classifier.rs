//! Row × coefficients → probabilities.

use std::cell::RefCell;
use std::ops::Range;

use crate::batch::{Characters, Words};
use crate::error::OpenError;
use crate::provenance::Provenance;
use crate::text::JoinedTexts;
#[cfg(feature = "wasm")]
use crate::text::Texts;
use crate::tfidf::{Counts, Entry, Scratch, Vectorizer};

/// A trained model, ready to score texts. It can be shared between threads.
///
/// With V columns over all vectorizers and K classes, the logit of class k for a row x is
/// `bias[k] + Σⱼ x[j] · coefficients[j, k]`, and [`Link`] says how logits become probabilities.
#[derive(Debug, Clone)]
pub struct Classifier {
    labels: Vec<String>,
    vectorizers: Vec<Vectorizer>,
    /// Of each vectorizer, whether it has to cut the text anew.
    cuts: Vec<bool>,
    /// V×K, row by row.
    coefficients: Vec<f32>,
    /// K.
    bias: Vec<f64>,
    link: Link,
    provenance: Provenance,
}

/// How K logits become K probabilities. Models trained here are [`Link::Softmax`]; the others come
/// from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// Their softmax.
    #[default]
    Softmax,
    /// The sigmoid of each, divided by the sum of all: one model for each class against the rest.
    OneVsRest,
    /// The same of margins that were never fitted as probabilities (a support vector machine's):
    /// the order of the classes is the model's, how sure it is nobody has measured.
    Margins,
}

impl Link {
    /// `softmax`, `one-vs-rest` or `margins`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::OneVsRest => "one-vs-rest",
            Self::Margins => "margins",
        }
    }

    /// Turns logits into probabilities in place.
    // Once in the browser module, for predictions and corrections.
    #[inline(never)]
    fn apply(self, logits: &mut [f64]) {
        if self != Self::Softmax {
            // σ(z)ₖ / Σ σ(z) is the softmax of ln σ(z), which no z makes 0/0.
            log_sigmoids(logits);
        }
        softmax(logits);
    }

    /// What each logit says alone that the text is of its class, 0 to 1: the sigmoids, or the
    /// softmax of all.
    pub(crate) fn votes(self, mut logits: Vec<f64>) -> Vec<f64> {
        match self {
            Self::Softmax => self.apply(&mut logits),
            Self::OneVsRest | Self::Margins => {
                log_sigmoids(&mut logits);
                logits.iter_mut().for_each(|logit| *logit = libm::exp(*logit));
            }
        }
        logits
    }
}

/// What a text was found to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The most probable class: an index into [`Classifier::labels`]; the first of equals.
    pub class: usize,
    /// The probability of each class, each in 0 to 1, their sum 1.
    pub probabilities: Vec<f64>,
}

impl Prediction {
    /// The probability of the most probable class, in 1/K to 1.
    pub fn confidence(&self) -> f64 {
        self.probabilities.get(self.class).copied().unwrap_or_default()
    }
}

/// Why a text was found to be what it is: for every class k,
/// `bias[k] + Σ contributions.weights[k] = logits[k]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The same as [`Classifier::predict`] gives.
    pub prediction: Prediction,
    /// The logit of each class without any feature.
    pub bias: Vec<f64>,
    /// The logit of each class.
    pub logits: Vec<f64>,
    /// What each stretch of the text adds, in the order of their beginnings and then ends.
    pub contributions: Vec<Contribution>,
}

/// What one stretch of a text adds to the logits. Several features can stand for one stretch, and
/// stretches overlap where n-grams do.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// Byte range in the text.
    pub bytes: Range<usize>,
    /// The same range in UTF-16 code units, as JavaScript counts.
    pub utf16: Range<usize>,
    /// What is added to the logit of each class.
    pub weights: Vec<f64>,
}

/// After a text longer than this the workspace is given back, so that one huge text does not hold
/// its memory for ever.
const KEPT_BYTES: usize = 1 << 16;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Classifier {
    /// Opens the bytes of a `model.bin`.
    ///
    /// # Errors
    /// When the bytes are not a whole, undamaged model of a version that this build reads.
    pub fn open(bytes: &[u8]) -> Result<Self, OpenError> {
        crate::format::read(bytes)
    }

    /// Puts a classifier together: K labels, vectorizers with V columns in all, V×K coefficients
    /// row by row and K biases.
    ///
    /// # Errors
    /// [`OpenError::Content`] when the shapes disagree, there is no label, or a number is not
    /// finite.
    pub fn from_parts(
        labels: Vec<String>,
        vectorizers: Vec<Vectorizer>,
        coefficients: Vec<f32>,
        bias: Vec<f64>,
        provenance: Provenance,
    ) -> Result<Self, OpenError> {
        let columns: usize =
            vectorizers.iter().map(|vectorizer| vectorizer.vocabulary().len()).sum();
        if labels.is_empty() || bias.len() != labels.len() {
            return Err(OpenError::Content("one bias for each of one or more labels"));
        }
        if columns.checked_mul(labels.len()) != Some(coefficients.len())
            || u32::try_from(columns).is_err()
        {
            return Err(OpenError::Content("one coefficient for each feature and label"));
        }
        if !coefficients.iter().all(|weight| weight.is_finite())
            || !bias.iter().all(|weight| weight.is_finite())
        {
            return Err(OpenError::Content("finite coefficients"));
        }
        let mut cutter = 0;
        let cuts = (0..vectorizers.len())
            .map(|index| {
                let cuts = index == 0 || !vectorizers[index].shares_cut(&vectorizers[cutter]);
                cutter = if cuts { index } else { cutter };
                cuts
            })
            .collect();
        let link = Link::Softmax;
        Ok(Self { labels, vectorizers, cuts, coefficients, bias, link, provenance })
    }

    /// The same logits, made into probabilities in another way.
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

    /// Of each vectorizer, whether it has to cut a text anew.
    pub(crate) fn cuts(&self) -> &[bool] {
        &self.cuts
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

    /// Scores a text.
    pub fn predict(&self, text: &str) -> Prediction {
        let mut probabilities = Vec::with_capacity(self.labels.len());
        self.predict_into(text, &mut probabilities);
        Prediction { class: arg_max(&probabilities), probabilities }
    }

    /// Scores texts, in order: the same as [`predict`](Self::predict) for each, but most words are looked up only
    /// once.
    pub fn predict_batch<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Prediction> {
        let mut words = Words::new(self);
        let mut characters = Characters::new(texts.len(), &self.vectorizers);
        let mut predictions = Vec::with_capacity(texts.len());
        let (mut joined, mut rest) = (JoinedTexts::default(), texts);
        while !rest.is_empty() {
            rest = joined.take(rest);
            words.read(joined.texts(), self);
            for (place, text) in joined.texts().iter().enumerate() {
                let mut probabilities = Vec::with_capacity(self.labels.len());
                self.logits_by(text, &mut probabilities, |index, first_column, scratch, logits| {
                    let Some(characters) = characters.of(index) else {
                        return words.add(self, index, (place, text), scratch, logits);
                    };
                    let vectorizer = &self.vectorizers[index];
                    let Some(misses) = vectorizer.count_again(text, characters, scratch) else {
                        return 0;
                    };
                    self.add_counts(index, first_column, &mut scratch.counts, misses, logits);
                    1
                });
                self.link.apply(&mut probabilities);
                predictions.push(Prediction { class: arg_max(&probabilities), probabilities });
            }
        }
        predictions
    }

    /// Appends the K probabilities of each of some texts; `words` is this classifier's.
    // A batch for the browser module, which allocates nothing for a text and keeps words from one batch to the next.
    #[cfg(feature = "wasm")]
    pub(crate) fn predict_texts(
        &self,
        texts: Texts<'_>,
        words: &mut Words,
        probabilities: &mut Vec<f64>,
    ) {
        words.read(texts, self);
        for (place, text) in texts.iter().enumerate() {
            let start = probabilities.len();
            self.logits_by(text, probabilities, |index, _, scratch, logits| {
                words.add(self, index, (place, text), scratch, logits)
            });
            self.link.apply(&mut probabilities[start..]);
        }
    }

    /// Appends the K probabilities of a text.
    pub fn predict_into(&self, text: &str, probabilities: &mut Vec<f64>) {
        let start = probabilities.len();
        self.logits_into(text, probabilities);
        self.link.apply(&mut probabilities[start..]);
    }

    /// The logits of a text, K.
    pub fn logits(&self, text: &str) -> Vec<f64> {
        let mut logits = Vec::with_capacity(self.labels.len());
        self.logits_into(text, &mut logits);
        logits
    }

    /// Appends the logits of a text.
    fn logits_into(&self, text: &str, logits: &mut Vec<f64>) {
        self.logits_by(text, logits, |_, _, _, _| 0);
    }

    /// The same. `add` may add to the logits what a vectorizer gives and those that share its cut, without the
    /// text being cut for them: it is told the first one's place and column, and returns how many these are.
    /// What is passed as a function weighs nothing where nobody passes it: the browser module keeps no
    /// characters of words.
    fn logits_by(
        &self,
        text: &str,
        logits: &mut Vec<f64>,
        mut add: impl FnMut(usize, u32, &mut Scratch, &mut [f64]) -> usize,
    ) {
        let start = logits.len();
        logits.extend_from_slice(&self.bias);
        let logits = &mut logits[start..];
        SCRATCH.with_borrow_mut(|scratch| {
            let (mut first_column, mut added) = (0, 0);
            for (index, (vectorizer, cut)) in self.vectorizers.iter().zip(&self.cuts).enumerate() {
                if added == 0 {
                    added = add(index, first_column, scratch, logits);
                }
                if added > 0 {
                    added -= 1;
                } else {
                    if *cut {
                        vectorizer.analyzer().cut(text, &mut scratch.tokens);
                    }
                    let misses = vectorizer.count_cut(scratch, None);
                    self.add_counts(index, first_column, &mut scratch.counts, misses, logits);
                }
                first_column += vectorizer.vocabulary().len() as u32;
            }
            if text.len() > KEPT_BYTES {
                *scratch = Scratch::default();
            }
        });
    }

    /// Adds what a vectorizer's counts give to the logits.
    fn add_counts(
        &self,
        vectorizer: usize,
        first_column: u32,
        counts: &mut Counts,
        misses: u32,
        logits: &mut [f64],
    ) {
        let vectorizer = &self.vectorizers[vectorizer];
        // The compiler unrolls what it knows the length of.
        match self.labels.len() {
            2 => self.add::<2>(vectorizer, first_column, counts, misses, logits),
            3 => self.add::<3>(vectorizer, first_column, counts, misses, logits),
            _ => {
                let factor = vectorizer.factor(counts, misses);
                counts.take(vectorizer.vocabulary().len(), |column, count| {
                    let weights = self.weights(first_column + column);
                    add(factor * vectorizer.value(column, count), weights, logits);
                });
            }
        }
    }

    /// Adds what a vectorizer's counts give to the logits of K classes.
    fn add<const K: usize>(
        &self,
        vectorizer: &Vectorizer,
        first_column: u32,
        counts: &mut Counts,
        misses: u32,
        logits: &mut [f64],
    ) {
        let (weighting, idf) = (vectorizer.weighting(), vectorizer.idf());
        let columns = first_column as usize..first_column as usize + idf.len();
        let weights = self.coefficients.as_chunks::<K>().0.get(columns);
        let (Some(weights), Some(logits)) = (weights, logits.first_chunk_mut::<K>()) else {
            return;
        };
        // One length, so that one comparison bounds an index.
        let idf = &idf[..weights.len()];
        let (mut squares, mut sums) = (weighting.unknown_squares(misses), [0.0; K]);
        counts.take(weights.len(), |column, count| {
            let value = weighting.value(f64::from(count), idf[column as usize]);
            squares += value * value;
            add(value, &weights[column as usize], &mut sums);
        });
        let factor = weighting.factor(squares);
        for (logit, sum) in logits.iter_mut().zip(sums) {
            *logit += factor * sum;
        }
    }

    /// The row of a text, no column twice.
    pub(crate) fn row(&self, text: &str) -> Vec<Entry> {
        let mut row = Vec::new();
        self.read(text, &mut Scratch::default(), |vectorizer, first_column, scratch| {
            vectorizer.transform_cut(first_column, scratch, &mut row);
        });
        row
    }

    /// Calls `each` with every vectorizer and its first column, when the text is cut as it needs it.
    fn read(
        &self,
        text: &str,
        scratch: &mut Scratch,
        mut each: impl FnMut(&Vectorizer, u32, &mut Scratch),
    ) {
        let mut first_column = 0;
        for (vectorizer, cut) in self.vectorizers.iter().zip(&self.cuts) {
            if *cut {
                vectorizer.analyzer().cut(text, &mut scratch.tokens);
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

    /// What the model says of itself, to be corrected.
    pub(crate) fn provenance_mut(&mut self) -> &mut Provenance {
        &mut self.provenance
    }

    /// Scores a text and says which stretches of it decided.
    pub fn explain(&self, text: &str) -> Explanation {
        // Where each feature occurs, its column, and its value there: an n-th of what it has where it
        // occurs n times.
        let mut occurrences: Vec<(Range<usize>, u32, f64)> = Vec::new();
        self.read(text, &mut Scratch::default(), |vectorizer, first_column, scratch| {
            let mut places = Vec::new();
            let misses = vectorizer.count_cut(scratch, Some(&mut places));
            let factor = vectorizer.factor(&scratch.counts, misses);
            let sources = scratch.tokens.sources(vectorizer.analyzer(), text);
            occurrences.extend(places.into_iter().map(|(range, column)| {
                let count = scratch.counts.of(column);
                let value = factor * vectorizer.value(column, count) / f64::from(count);
                (sources.find(range), first_column + column, value)
            }));
        });

        occurrences.sort_unstable_by_key(|(range, column, _)| (range.start, range.end, *column));
        let utf16 = utf16_positions(text);
        let mut contributions: Vec<Contribution> = Vec::new();
        let mut logits = self.bias.clone();
        for occurrences in occurrences.chunk_by(|one, other| one.0 == other.0) {
            let bytes = occurrences[0].0.clone();
            let mut weights = vec![0.0; self.labels.len()];
            for (_, column, value) in occurrences {
                add(*value, self.weights(*column), &mut weights);
            }
            for (logit, weight) in logits.iter_mut().zip(&weights) {
                *logit += weight;
            }
            let utf16 = utf16[bytes.start] as usize..utf16[bytes.end] as usize;
            contributions.push(Contribution { bytes, utf16, weights });
        }
        Explanation {
            prediction: self.predict(text),
            bias: self.bias.clone(),
            logits,
            contributions,
        }
    }
}

/// Adds a value times each class's weight.
#[inline]
fn add(value: f64, weights: &[f32], logits: &mut [f64]) {
    for (logit, weight) in logits.iter_mut().zip(weights) {
        *logit += value * f64::from(*weight);
    }
}

/// Turns one row of logits into probabilities in place; their maximum is subtracted so that no power
/// overflows.
pub fn softmax(logits: &mut [f64]) {
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for logit in &mut *logits {
        *logit = libm::exp(*logit - highest);
        sum += *logit;
    }
    for logit in logits {
        *logit /= sum;
    }
}

/// ln σ(z) = min(z, 0) − ln(1 + exp(−|z|)) of each, in place.
#[inline(never)]
fn log_sigmoids(logits: &mut [f64]) {
    for logit in logits {
        *logit = logit.min(0.0) - libm::log(1.0 + libm::exp(-logit.abs()));
    }
}

/// The index of the highest value, the first of equals.
pub fn arg_max(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// For every byte position in `text`, its end included, the UTF-16 units before it.
fn utf16_positions(text: &str) -> Vec<u32> {
    let mut positions = Vec::with_capacity(text.len() + 1);
    let mut units = 0;
    for c in text.chars() {
        positions.extend(std::iter::repeat_n(units, c.len_utf8()));
        units += c.len_utf16() as u32;
    }
    positions.push(units);
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Analyzer, AnalyzerKind, AnalyzerSettings};
    use crate::tfidf::Weighting;
    use crate::vocabulary::Vocabulary;

    /// Two classes by vectorizers with these settings and features, each weighted otherwise.
    fn classifier(vectorizers: &[(AnalyzerSettings, &[&str])]) -> Classifier {
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
        let (labels, bias) = (vec!["down".to_owned(), "up".to_owned()], vec![0.0, 0.5]);
        let weights = (0..2 * columns).map(|weight| weight as f32).collect();
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
        // The second needs no cut of its own. The third does: it is not the second that made the cut.
        let shared = classifier(&[
            (words(true, true), &["$", "0", "<move up profit>", "profit"]),
            (words(false, false), &["$", "profit", "rose"]),
            (words(false, false), &["0", "7", "profit"]),
            (words(true, false), &["0", "profit"]),
        ]);
        assert_eq!(shared.cuts, [true, false, true, true]);
        let own = Classifier { cuts: vec![true; 4], ..shared.clone() };
        for text in ["Profit rose 7 $ to 7 $ from 0 $", "7 0 0", "profit", "", "prófit rose 7"] {
            assert_eq!(shared.logits(text), own.logits(text), "{text}");
            assert_eq!(shared.row(text), own.row(text), "{text}");
            assert_eq!(shared.explain(text), own.explain(text), "{text}");
        }
    }

    #[track_caller]
    fn assert_batch_is_texts(classifier: &Classifier, texts: &[&str]) {
        let one_by_one: Vec<_> = texts.iter().map(|text| classifier.predict(text)).collect();
        assert_eq!(classifier.predict_batch(texts), one_by_one);
    }

    #[test]
    fn a_batch_changes_nothing() {
        let ngrams =
            |kind| AnalyzerSettings { kind, ngrams: (1, 3), ..AnalyzerSettings::default() };
        // The third shares the cut of the second, whether words are kept or not.
        let classifier = classifier(&[
            (ngrams(AnalyzerKind::Word), &["profit", "profit rose"]),
            (ngrams(AnalyzerKind::CharWb), &[" p", "e", "fit", "it ", "o", "ró"]),
            (ngrams(AnalyzerKind::CharWb), &["e ", "ose", "p", "r", "t’"]),
        ]);
        assert_eq!(classifier.cuts, [true, true, false]);
        let texts = [
            "Profit rose profit rose",
            "profit Rose ROSE",
            "pro\tprofitsprofitsprofits  pro",
            "‘Profit’ rose",
            "prófit rose",
            "ΑΣ profit",
            "",
            "profit rose",
        ];
        assert_batch_is_texts(&classifier, &texts.repeat(2));
    }

    #[test]
    fn words_of_a_batch_are_those_of_its_texts() {
        let words = |ngrams, token_pattern: &str| AnalyzerSettings {
            ngrams,
            token_pattern: token_pattern.to_owned(),
            ..AnalyzerSettings::default()
        };
        let shapes =
            AnalyzerSettings { number_shapes: true, changes: true, ..words((1, 3), r"\w+|[$%]") };
        let raised = &[
            "$",
            "0",
            "00",
            "<move up profit>",
            "<up profit>",
            "a b",
            "cryptocurrencies",
            "profit rose",
        ][..];
        let cue = AnalyzerSettings {
            kind: AnalyzerKind::Cue,
            number_shapes: false,
            changes: false,
            ngrams: (1, 1),
            ..shapes.clone()
        };
        let single = AnalyzerSettings { ngrams: (1, 1), ..shapes.clone() };
        let pairs = AnalyzerSettings { ngrams: (2, 2), changes: false, ..shapes.clone() };
        let classifiers = [
            // Five that share a cut.
            classifier(&[
                (single.clone(), raised),
                (pairs.clone(), &["a b", "layoffs fade", "profit rose"]),
                (
                    cue.clone(),
                    &["<better>", "<down bad>", "<down layoffs>", "<not end bad>", "<worse>"],
                ),
                (AnalyzerSettings { ngrams: (3, 3), ..pairs.clone() }, &["profit rose profit"]),
                (single, &["fade", "layoffs", "profit", "tax"]),
            ]),
            // Two that share a cut, and one that doesn't.
            classifier(&[
                (shapes.clone(), raised),
                (words((1, 1), r"\w+|[$%]"), &["$", "a", "profit", "rose"]),
                (words((2, 3), r"\w+|[$%]"), &["$ 7", "a b", "rose profit rose", "up up"]),
            ]),
            // None is kept: three share a cut, letters stand alone, capitals are no words, changes are.
            classifier(&vec![(words((1, 2), r"\w\w+"), &["up"][..]); 3]),
            classifier(&[(words((1, 2), r"\w"), &["a b", "p", "r o", "x"])]),
            classifier(&[(words((1, 2), "[a-z]+"), &["profit", "rofit", "up profit"])]),
            classifier(&[(
                AnalyzerSettings { token_pattern: r"\S+".to_owned(), ..shapes },
                &["<up>", "profit"],
            )]),
        ];
        let (long, longer) = ("up Profit ".repeat(700), "a b 7\u{e9} ".repeat(9000));
        let texts = [
            "Profit rose PROFIT rose profit Rose profit",
            "Profit rose to $ 13.1 mn from $ 8.7 mn",
            "Layoffs fade, Layoffs fade and profit rose as layoffs FADE",
            "does not rule out tax",
            "no tax: layoffs, profit fades",
            ", layoffs fade",
            "profit rose 7%",
            "<up> profit of EUR 13.1 mn, from EUR 8.7 mn",
            "$7 $77 07 7",
            "a b",
            "b a\nb a b",
            "up up UP up <up>",
            "cryptocurrencies0 a b",
            "cryptocurrencies a b",
            "“Profit” rose – a’b",
            "pr\u{f3}fit Ro\u{df} a b",
            "a\0b \0 a",
            &long,
            "",
            &longer,
            "\n\n",
            "a",
            "b",
        ];
        for classifier in &classifiers {
            assert_batch_is_texts(classifier, &texts.repeat(2));
        }
    }

    #[test]
    fn words_of_a_batch_are_forgotten_when_there_are_too_many() {
        let settings = AnalyzerSettings { ngrams: (1, 2), ..AnalyzerSettings::default() };
        let classifier = classifier(&[(settings, &["w7", "w7 w8", "w9999", "w9999 w10000"])]);
        let texts: Vec<String> =
            (0..40_000).map(|word| format!("W{word} w{} W7 w8 w9999 W10000", word + 1)).collect();
        // All in one are too many at any time.
        let all = texts.join(" ");
        let texts: Vec<&str> = texts.iter().map(String::as_str).chain([&*all, "w7 w8"]).collect();
        assert_batch_is_texts(&classifier, &texts);
    }
}
