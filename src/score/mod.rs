//! Scoring many texts: what was looked up for one text is kept for the next.
//!
//! Most words of a text have been met before in the texts around it (Zipf's law). What is kept
//! follows from the classifier alone, so [`Scorer`] gives the probabilities of
//! [`Classifier::predict`] to the last bit, whichever texts were scored before.

use alloc::vec::Vec;

mod char_cache;
mod interner;
mod word_cache;

use char_cache::CharCaches;
use word_cache::WordCache;

use crate::classifier::{Classifier, Prediction, accumulate, share};
use crate::counts::{Counts, Scratch};
use crate::text::TextBatch;
#[cfg(feature = "wasm")]
use crate::text::TextsRef;
use crate::tfidf::Vectorizer;

/// Scores many texts with one classifier, and keeps between them what may be kept: working memory,
/// and what was looked up of words and characters, about 12 MB at most. Each thread needs a scorer
/// of its own. It borrows the classifier, so that coefficients can't change under what it keeps.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let mut scorer = classifier.scorer();
/// let batches = [["Exchange halts withdrawals", "Profit doubles"], ["Sales rise", "Sales fall"]];
/// for batch in batches {
///     assert_eq!(scorer.predict_batch(&batch), batch.map(|text| classifier.predict(text)));
/// }
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug)]
pub struct Scorer<'m> {
    classifier: &'m Classifier,
    kept: Kept,
    /// Caches of characters inside words; `None` until there is a batch.
    characters: Option<CharCaches>,
    batch: TextBatch,
}

impl Classifier {
    /// A scorer of many texts by this classifier.
    pub fn scorer(&self) -> Scorer<'_> {
        Scorer {
            classifier: self,
            kept: Kept::default(),
            characters: None,
            batch: TextBatch::default(),
        }
    }

    /// Scores texts in their order, each as [`predict`](Self::predict) does. For more than one
    /// batch, a [`Scorer`] keeps what it looked up.
    pub fn predict_batch<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Prediction> {
        self.scorer().predict_batch(texts)
    }
}

impl<'m> Scorer<'m> {
    /// The classifier that scores the texts.
    pub fn classifier(&self) -> &'m Classifier {
        self.classifier
    }

    /// Scores a text as [`Classifier::predict`] does.
    pub fn predict(&mut self, text: &str) -> Prediction {
        self.kept.predict(self.classifier, text)
    }

    /// Appends the K probabilities of a text to `probabilities`, and returns the share of the text
    /// that the model knows, [`Prediction::known`].
    pub fn predict_into(&mut self, text: &str, probabilities: &mut Vec<f64>) -> f64 {
        self.kept.predict_into(self.classifier, text, probabilities)
    }

    /// Scores texts in their order, each as [`Classifier::predict`] does.
    pub fn predict_batch<T: AsRef<str>>(&mut self, texts: &[T]) -> Vec<Prediction> {
        let Self { classifier, kept: Kept { scratch, words }, characters, batch } = self;
        let words = words.get_or_insert_with(|| WordCache::new(classifier));
        let characters =
            characters.get_or_insert_with(|| CharCaches::new(classifier.vectorizers()));
        let mut predictions = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            rest = batch.take(rest);
            let texts = batch.texts();
            words.read(texts, classifier);
            characters.read(texts, classifier.vectorizers(), scratch);
            for (place, text) in texts.iter().enumerate() {
                let mut logits = Vec::with_capacity(classifier.labels().len());
                let from_cache = |index: usize,
                                  first_column,
                                  scratch: &mut Scratch,
                                  logits: &mut [f64]| {
                    let Some(characters) = characters.of(index) else {
                        return words.add(classifier, index, (place, text), scratch, logits);
                    };
                    let vectorizer = &classifier.vectorizers()[index];
                    let oov_count = characters.count(vectorizer, (texts, place), scratch)?;
                    let counts = &mut scratch.counts;
                    let found =
                        add_counts(classifier, vectorizer, first_column, counts, oov_count, logits);
                    Some(Added { vectorizers: 1, known: share(found, oov_count) })
                };
                let known = logits_by(classifier, text, scratch, &mut logits, from_cache);
                classifier.link().apply(&mut logits);
                predictions.push(Prediction::of(logits, known));
            }
        }
        predictions
    }
}

/// What scoring keeps between texts. It is valid for one classifier, until its coefficients change.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    scratch: Scratch,
    /// The cache of words; `None` until there is a batch.
    words: Option<WordCache>,
}

/// A clone keeps nothing: what is kept makes scoring faster and changes no score.
impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The longest text, in bytes, after which working memory is kept: one huge text must not occupy
/// memory for ever.
pub(crate) const KEPT_BYTES: usize = 1 << 16;

impl Kept {
    /// Drops what depends on coefficients, because they have changed.
    pub(crate) fn forget(&mut self) {
        self.words = None;
    }

    /// Scores a text.
    pub(crate) fn predict(&mut self, classifier: &Classifier, text: &str) -> Prediction {
        let mut probabilities = Vec::with_capacity(classifier.labels().len());
        let known = self.predict_into(classifier, text, &mut probabilities);
        Prediction::of(probabilities, known)
    }

    /// Appends the K probabilities of a text, and returns the share of it that the model knows.
    pub(crate) fn predict_into(
        &mut self,
        classifier: &Classifier,
        text: &str,
        probabilities: &mut Vec<f64>,
    ) -> f64 {
        let start = probabilities.len();
        let known = self.logits_into(classifier, text, probabilities);
        classifier.link().apply(&mut probabilities[start..]);
        known
    }

    /// Appends the K logits of a text, and returns the share of it that the model knows.
    // Not inlined: the browser module holds one copy for predictions and corrections.
    #[inline(never)]
    pub(crate) fn logits_into(
        &mut self,
        classifier: &Classifier,
        text: &str,
        logits: &mut Vec<f64>,
    ) -> f64 {
        logits_by(classifier, text, &mut self.scratch, logits, |_, _, _, _| None)
    }

    /// Appends the K probabilities of each text, and after them the share of it that the model
    /// knows. Characters inside words are not cached: only the
    /// browser module calls this, and the code would make it larger.
    #[cfg(feature = "wasm")]
    pub(crate) fn predict_texts(
        &mut self,
        classifier: &Classifier,
        texts: TextsRef<'_>,
        probabilities: &mut Vec<f64>,
    ) {
        let Self { scratch, words } = self;
        let words = words.get_or_insert_with(|| WordCache::new(classifier));
        words.read(texts, classifier);
        for (place, text) in texts.iter().enumerate() {
            let start = probabilities.len();
            let known =
                logits_by(classifier, text, scratch, probabilities, |index, _, scratch, logits| {
                    words.add(classifier, index, (place, text), scratch, logits)
                });
            classifier.link().apply(&mut probabilities[start..]);
            probabilities.push(known);
        }
    }
}

/// What a cache has added to the logits of a text.
pub(crate) struct Added {
    /// For how many vectorizers.
    pub(crate) vectorizers: usize,
    /// The share of the features that the first of these reads which is in its vocabulary.
    pub(crate) known: f64,
}

/// Appends the K logits of a text, and returns the share of it that the model knows.
///
/// Before a vectorizer is read, `from_cache` is called with the vectorizer's place and its first
/// column. It may add to the logits what this vectorizer gives, and those after it that share its
/// segmentation; the text is not segmented for these.
// The callback is generic: what no build passes is not compiled into it, so that the browser module
// is without the cache of characters.
fn logits_by(
    classifier: &Classifier,
    text: &str,
    scratch: &mut Scratch,
    logits: &mut Vec<f64>,
    mut from_cache: impl FnMut(usize, u32, &mut Scratch, &mut [f64]) -> Option<Added>,
) -> f64 {
    let start = logits.len();
    logits.extend_from_slice(classifier.bias());
    let logits = &mut logits[start..];
    let (mut first_column, mut added, mut known) = (0, 0, 0.0);
    let vectorizers = classifier.vectorizers().iter().zip(classifier.segments());
    for (index, (vectorizer, segments)) in vectorizers.enumerate() {
        if added == 0
            && let Some(cached) = from_cache(index, first_column, scratch, logits)
        {
            added = cached.vectorizers;
            known = if index == 0 { cached.known } else { known };
        }
        if added > 0 {
            added -= 1;
        } else {
            if *segments {
                vectorizer.analyzer().segment(text, &mut scratch.tokens);
            }
            let share = add_segmented(classifier, vectorizer, first_column, scratch, logits);
            known = if index == 0 { share } else { known };
        }
        first_column += vectorizer.vocabulary().len() as u32;
    }
    if text.len() > KEPT_BYTES {
        *scratch = Scratch::default();
    }
    known
}

/// Adds to the logits what a vectorizer gives of the text that was segmented last, and returns the
/// share of the text's features that are in its vocabulary.
// Not inlined: a browser's engine compiles a function as a whole when it is first called, and here
// most texts come from the cache.
#[inline(never)]
fn add_segmented(
    classifier: &Classifier,
    vectorizer: &Vectorizer,
    first_column: u32,
    scratch: &mut Scratch,
    logits: &mut [f64],
) -> f64 {
    let oov_count = vectorizer.count_segmented(scratch, None);
    let counts = &mut scratch.counts;
    let found = add_counts(classifier, vectorizer, first_column, counts, oov_count, logits);
    share(found, oov_count)
}

/// [`Classifier::add_counts`], in a version for the number of classes if it is a common one.
fn add_counts(
    classifier: &Classifier,
    vectorizer: &Vectorizer,
    first_column: u32,
    counts: &mut Counts,
    oov_count: u32,
    logits: &mut [f64],
) -> u32 {
    // The compiler unrolls loops whose length is a constant.
    match logits.len() {
        2 => add_counts_of::<2>(classifier, vectorizer, first_column, counts, oov_count, logits),
        3 => add_counts_of::<3>(classifier, vectorizer, first_column, counts, oov_count, logits),
        _ => classifier.add_counts(vectorizer, first_column, counts, oov_count, logits),
    }
}

/// [`Classifier::add_counts`] for a number of classes that is known when this is compiled.
fn add_counts_of<const K: usize>(
    classifier: &Classifier,
    vectorizer: &Vectorizer,
    first_column: u32,
    counts: &mut Counts,
    oov_count: u32,
    logits: &mut [f64],
) -> u32 {
    let (weighting, idf) = (vectorizer.weighting(), vectorizer.idf());
    let columns = first_column as usize..first_column as usize + idf.len();
    let weights = classifier.coefficients().as_chunks::<K>().0.get(columns);
    let (Some(weights), Some(logits)) = (weights, logits.first_chunk_mut::<K>()) else {
        return 0;
    };
    // Equal lengths, so that one bounds check covers both lists.
    let idf = &idf[..weights.len()];
    let (mut squares, mut sums, mut found) = (weighting.oov_squares(oov_count), [0.0; K], 0);
    counts.take(weights.len(), |column, count| {
        found += count;
        let value = weighting.value(f64::from(count), idf[column as usize]);
        squares += value * value;
        accumulate(value, &weights[column as usize], &mut sums);
    });
    let factor = weighting.factor(squares);
    for (logit, sum) in logits.iter_mut().zip(sums) {
        *logit += factor * sum;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::classifier_of;
    use crate::text::{AnalyzerKind, AnalyzerSettings};

    /// A classifier of two classes by [`classifier_of`].
    fn classifier(vectorizers: &[(AnalyzerSettings, &[&str])]) -> Classifier {
        classifier_of(2, vectorizers)
    }

    #[track_caller]
    fn assert_batch_is_texts(classifier: &Classifier, texts: &[&str]) {
        let plain: Vec<_> = texts.iter().map(|text| classifier.predict(text)).collect();
        assert_eq!(classifier.predict_batch(texts), plain);
        // What a scorer keeps matters neither to its next batch nor to its next text.
        let mut scorer = classifier.scorer();
        for _ in 0..2 {
            assert_eq!(scorer.predict_batch(texts), plain);
            let one_by_one: Vec<_> = texts.iter().map(|text| scorer.predict(text)).collect();
            assert_eq!(one_by_one, plain);
        }
    }

    #[test]
    fn a_batch_changes_nothing() {
        let ngrams =
            |kind| AnalyzerSettings { kind, ngrams: (1, 3), ..AnalyzerSettings::default() };
        // The third shares the segmentation of the second, whether words are kept or not.
        let classifier = classifier(&[
            (ngrams(AnalyzerKind::Word), &["profit", "profit rose"]),
            (ngrams(AnalyzerKind::CharWb), &[" p", "e", "fit", "it ", "o", "ró"]),
            (ngrams(AnalyzerKind::CharWb), &["e ", "ose", "p", "r", "t’"]),
        ]);
        assert_eq!(classifier.segments(), [true, true, false]);
        let texts = [
            "Profit rose profit rose",
            "profit Rose ROSE",
            "pro\tprofitsprofitsprofits  pro",
            "‘Profit’ rose",
            "prófit rose",
            "pro\u{a0}fit profit",
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
            // Five that share a segmentation.
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
            // Two that share a segmentation, and one that doesn't.
            classifier(&[
                (shapes.clone(), raised),
                (words((1, 1), r"\w+|[$%]"), &["$", "a", "profit", "rose"]),
                (words((2, 3), r"\w+|[$%]"), &["$ 7", "a b", "rose profit rose", "up up"]),
            ]),
            // No word is kept here: three share a segmentation, letters stand alone, capitals are
            // no words, changes are words.
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
        // One text with all words: more than the cache ever holds.
        let all = texts.join(" ");
        let texts: Vec<&str> = texts.iter().map(String::as_str).chain([&*all, "w7 w8"]).collect();
        assert_batch_is_texts(&classifier, &texts);
    }

    #[test]
    fn any_number_of_classes_is_scored_as_by_itself() {
        let settings =
            |kind| AnalyzerSettings { kind, ngrams: (1, 2), ..AnalyzerSettings::default() };
        for classes in [1, 2, 3, 4, 5, 9] {
            let classifier = classifier_of(
                classes,
                &[
                    (settings(AnalyzerKind::Word), &["profit", "profit rose", "rose"]),
                    (settings(AnalyzerKind::CharWb), &[" p", "e", "it", "ro"]),
                ],
            );
            assert_batch_is_texts(&classifier, &["Profit rose profit", "rose", "", "pr\u{f3}fit"]);
        }
    }
}
