//! Feature counts → unit tf-idf row.
//!
//! The definitions of scikit-learn's `TfidfTransformer` with `smooth_idf` and the l2 norm:
//! a feature that occurs `tf` times in the text weighs `tf · idf`, or `(1 + ln tf) · idf` when
//! sublinear, and the row of a vectorizer is then scaled to length 1, unless it is left as it is.

use alloc::vec::Vec;

use core::ops::Range;

use crate::counts::Counts;
use crate::error::ModelError;
use crate::setters::setters;
use crate::sqrt::sqrt;
use crate::text::Analyzer;
use crate::vocabulary::{Match, Vocabulary};

pub use crate::counts::Scratch;

/// The smoothed inverse document frequency, `ln((1 + n) / (1 + df)) + 1`.
///
/// `documents` is n, the number of training documents, and `frequency` is df, the number of those
/// that hold the feature. At least 1 while df ≤ n.
pub fn idf(documents: u32, frequency: u32) -> f64 {
    libm::log((1.0 + f64::from(documents)) / (1.0 + f64::from(frequency))) + 1.0
}

/// The [`idf`] of each of some frequencies.
// By itself, and the logarithm elsewhere: see format.rs.
#[inline(never)]
fn idf_of(documents: u32, frequencies: &[u32]) -> Vec<f32> {
    // Most features are rare, so that most have the frequency of many others.
    let mut known = [0.0; 512];
    let idf = |&frequency: &u32| {
        let known = known.get_mut(frequency as usize);
        if let Some(&mut idf) = known
            && idf != 0.0
        {
            return idf;
        }
        let idf = idf(documents, frequency) as f32;
        if let Some(known) = known {
            *known = idf;
        }
        idf
    };
    frequencies.iter().map(idf).collect()
}

/// One value of a sparse row.
///
/// ```
/// use undertone::tfidf::{Entry, Weighting};
///
/// let mut row = [Entry { column: 0, value: 3.0 }, Entry { column: 1, value: 1.0 }];
/// Weighting::default().weigh(&mut row, |column| [1.0, 4.0][column as usize], 0);
/// assert_eq!(row.map(|entry| entry.value), [0.6, 0.8]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The column, counted over all vectorizers side by side.
    pub column: u32,
    /// A count before [`Weighting::weigh`], a tf-idf value in −1 to 1 times the scale after.
    pub value: f32,
}

/// How counts become values.
///
/// ```
/// use undertone::tfidf::Weighting;
///
/// let weighting = Weighting::default().sublinear_tf(true);
/// assert_eq!(weighting.value(1.0, 1.5), 1.5);
/// assert!(weighting.value(4.0, 1.5) < 4.0 * 1.5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Weighting {
    /// 1 in place of `tf`, however often the feature occurs.
    pub binary: bool,
    /// `1 + ln tf` in place of `tf`.
    pub sublinear_tf: bool,
    /// Whether the row is brought to length 1 (`norm="l2"`) and scaled.
    pub unit: bool,
    /// Multiplies the unit row: `transformer_weights` of a `FeatureUnion`. Finite and positive; 1
    /// where the row is left as it is.
    pub scale: f32,
    /// What an occurrence of a feature outside the vocabulary adds to the squared length by which
    /// the row is scaled: the mean square that such features have in the training documents. 0,
    /// as in scikit-learn, leaves them out, and a text of which little is known then looks as
    /// telling as one that is known throughout. Finite and not negative.
    pub unknown: f32,
}

impl Default for Weighting {
    fn default() -> Self {
        Self { binary: false, sublinear_tf: false, unit: true, scale: 1.0, unknown: 0.0 }
    }
}

setters!(Weighting { binary: bool, sublinear_tf: bool, unit: bool, scale: f32, unknown: f32 });

impl Weighting {
    fn check(self) -> Result<(), ModelError> {
        let Self { scale, unknown, unit, .. } = self;
        for (holds, expected, found) in [
            (scale.is_finite() && scale > 0.0, "a scale that is finite and above 0", scale),
            (unit || scale == 1.0, "the scale 1 of a row that is left as it is", scale),
            (
                unknown.is_finite() && unknown >= 0.0,
                "an `unknown` that is finite and not negative",
                unknown,
            ),
        ] {
            if !holds {
                return Err(ModelError::Weighting { expected, found });
            }
        }
        Ok(())
    }

    /// Turns the counts of one vectorizer's row into values, in place; `idf_of` gives the idf of a
    /// column, and `oov_count` is how many features of the text the vocabulary doesn't have.
    pub fn weigh(self, row: &mut [Entry], idf_of: impl Fn(u32) -> f32, oov_count: u32) {
        let mut squares = self.oov_squares(oov_count);
        for entry in &mut *row {
            let value = self.value(f64::from(entry.value), idf_of(entry.column));
            squares += value * value;
            entry.value = value as f32;
        }
        let factor = self.factor(squares);
        for entry in row {
            entry.value = (f64::from(entry.value) * factor) as f32;
        }
    }

    /// The value of a feature that occurs `count` times, 1 or more, before its row is scaled.
    #[inline]
    pub fn value(self, count: f64, idf: f32) -> f64 {
        let tf = if self.binary { 1.0 } else { count };
        // Most features occur once, and ln 1 = 0.
        let tf = if self.sublinear_tf && tf > 1.0 { sublinear(tf) } else { tf };
        tf * f64::from(idf)
    }

    /// What so many features outside the vocabulary add to the squares of a row's values.
    #[inline]
    pub fn oov_squares(self, oov_count: u32) -> f64 {
        f64::from(self.unknown) * f64::from(oov_count)
    }

    /// What scales a row, from the sum of these squares.
    #[inline]
    pub fn factor(self, squares: f64) -> f64 {
        if self.unit && squares > 0.0 { f64::from(self.scale) / sqrt(squares) } else { 1.0 }
    }
}

#[cold]
fn sublinear(tf: f64) -> f64 {
    1.0 + libm::log(tf)
}

/// A fitted vectorizer: text → the values of its columns.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings};
/// use undertone::tfidf::{Scratch, Vectorizer, Weighting};
/// use undertone::vocabulary::Vocabulary;
///
/// let analyzer = Analyzer::new(AnalyzerSettings::default())?;
/// let vocabulary = Vocabulary::from_sorted(["fell", "rose"])?;
/// let vectorizer = Vectorizer::new(analyzer, Weighting::default(), vocabulary, 10, vec![4, 3])?;
/// let mut row = Vec::new();
/// vectorizer.transform("Profit rose", 0, &mut Scratch::default(), &mut row);
/// assert_eq!((row[0].column, row[0].value), (1, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Vectorizer {
    analyzer: Analyzer,
    weighting: Weighting,
    vocabulary: Vocabulary,
    documents: u32,
    document_frequencies: Vec<u32>,
    idf: Vec<f32>,
}

impl Vectorizer {
    /// Puts a vectorizer together; `document_frequencies` are those of the vocabulary's columns
    /// in `documents` training documents.
    ///
    /// # Errors
    /// [`ModelError::Length`] unless there is one frequency for each feature, and
    /// [`ModelError::Weighting`] unless the weighting is in its ranges.
    pub fn new(
        analyzer: Analyzer,
        weighting: Weighting,
        vocabulary: Vocabulary,
        documents: u32,
        document_frequencies: Vec<u32>,
    ) -> Result<Self, ModelError> {
        weighting.check()?;
        if document_frequencies.len() != vocabulary.len() {
            return Err(ModelError::Length {
                of: "document frequencies",
                expected: vocabulary.len(),
                found: document_frequencies.len(),
            });
        }
        let idf = idf_of(documents, &document_frequencies);
        Ok(Self { analyzer, weighting, vocabulary, documents, document_frequencies, idf })
    }

    /// How it reads a text.
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// How it weighs what it read.
    pub fn weighting(&self) -> Weighting {
        self.weighting
    }

    /// Its features.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The number of documents that it was fitted on.
    pub fn documents(&self) -> u32 {
        self.documents
    }

    /// In how many of them each column's feature occurs.
    pub fn document_frequencies(&self) -> &[u32] {
        &self.document_frequencies
    }

    /// The inverse document frequency of each column.
    pub fn idf(&self) -> &[f32] {
        &self.idf
    }

    /// Whether a text segmented for one of both vectorizers is segmented for the other. That one
    /// writes digits as `0` and the other does not is no matter where the vocabulary has no digit:
    /// tokens with digits are out of it either way.
    pub(crate) fn shares_segmentation(&self, other: &Self) -> bool {
        let shapes = |vectorizer: &Self| vectorizer.analyzer.settings().number_shapes;
        let has_digits = || self.vocabulary.text().bytes().any(|byte| byte.is_ascii_digit());
        self.analyzer.segments_like(&other.analyzer)
            && (shapes(self) == shapes(other) || !has_digits())
    }

    /// Appends the row of `text` to `row`, columns counted from `first_column`, in the order in
    /// which the text first has them.
    pub fn transform(
        &self,
        text: &str,
        first_column: u32,
        scratch: &mut Scratch,
        row: &mut Vec<Entry>,
    ) {
        self.analyzer.segment(text, &mut scratch.tokens);
        self.transform_segmented(first_column, scratch, row);
    }

    /// Appends the row of the text that was segmented last, by this vectorizer's analyzer or one
    /// that segments alike; otherwise as [`transform`](Self::transform).
    pub(crate) fn transform_segmented(
        &self,
        first_column: u32,
        scratch: &mut Scratch,
        row: &mut Vec<Entry>,
    ) {
        let start = row.len();
        let oov_count = self.count_segmented(scratch, None);
        scratch.counts.take(self.vocabulary.len(), |column, count| {
            row.push(Entry { column, value: count as f32 });
        });
        let row = &mut row[start..];
        self.weighting.weigh(row, |column| self.idf[column as usize], oov_count);
        row.iter_mut().for_each(|entry| entry.column += first_column);
    }

    /// The value of a column that has a count, before its row is scaled.
    #[inline]
    pub(crate) fn value(&self, column: u32, count: u32) -> f64 {
        self.weighting.value(f64::from(count), self.idf[column as usize])
    }

    /// What scales the row that some counts become.
    pub(crate) fn factor(&self, counts: &Counts, oov_count: u32) -> f64 {
        let squares = counts.columns().iter().map(|&column| {
            let value = self.value(column, counts.of(column));
            value * value
        });
        self.weighting.factor(squares.fold(self.weighting.oov_squares(oov_count), |a, b| a + b))
    }

    /// Counts the features of the text that was segmented last, by this vectorizer's analyzer or
    /// one that segments alike, and returns how many of them the vocabulary doesn't have. Adds each
    /// occurrence of one that it has to `occurrences`: its place among the tokens and its column.
    pub(crate) fn count_segmented(
        &self,
        scratch: &mut Scratch,
        mut occurrences: Option<&mut Vec<(Range<usize>, u32)>>,
    ) -> u32 {
        let Scratch { tokens, known, counts, .. } = scratch;
        counts.begin(self.vocabulary.len());
        let (mut oov_count, filter) = (0, self.vocabulary.filter());
        let ruled_out =
            self.analyzer.ngrams_of_segmented(tokens, Some(filter), &mut |tokens, ngrams| {
                oov_count += self.vocabulary.find(tokens, ngrams, known);
                let known = known.features();
                counts.add(known.iter().map(|feature| feature.column));
                if let Some(occurrences) = &mut occurrences {
                    occurrences.extend(known.iter().map(|&Match { index, column }| {
                        (ngrams[index as usize].range.clone(), column)
                    }));
                }
            });
        oov_count + ruled_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_row_stays_empty_and_a_full_one_has_its_scale_as_length() {
        let weighting = Weighting { sublinear_tf: true, scale: 0.5, ..Weighting::default() };
        weighting.weigh(&mut [], |_| 1.0, 0);
        let mut row = [Entry { column: 0, value: 3.0 }, Entry { column: 7, value: 1.0 }];
        weighting.weigh(&mut row, |column| column as f32 + 1.0, 9);
        let length: f32 = row.iter().map(|entry| entry.value * entry.value).sum();
        assert!((length.sqrt() - 0.5).abs() < 1e-6);
        let ratio = f64::from(row[0].value) / f64::from(row[1].value);
        assert!((ratio - (1.0 + 3f64.ln()) / 8.0).abs() < 1e-6);
    }

    #[test]
    fn a_row_that_is_not_brought_to_length_1_keeps_its_values() {
        let weighting = Weighting { unit: false, ..Weighting::default() };
        let mut row = [Entry { column: 0, value: 3.0 }, Entry { column: 1, value: 1.0 }];
        weighting.weigh(&mut row, |column| column as f32 + 1.0, 9);
        assert_eq!(row.map(|entry| entry.value), [3.0, 2.0]);
        let mut row = [Entry { column: 0, value: 3.0 }];
        Weighting { binary: true, ..weighting }.weigh(&mut row, |_| 1.5, 0);
        assert_eq!(row[0].value, 1.5);
    }

    #[test]
    fn unknown_features_count_in_the_length_where_they_are_asked_to() {
        let weighting = Weighting { unknown: 4.0, ..Weighting::default() };
        let mut row = [Entry { column: 0, value: 1.0 }];
        weighting.weigh(&mut row, |_| 3.0, 4);
        assert_eq!(row[0].value, 3.0 / 5.0);
    }
}
