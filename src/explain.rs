//! Text → what each stretch of it adds to the logits.

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;

use core::ops::Range;

use crate::classifier::{Classifier, Prediction, accumulate};
use crate::counts::Scratch;

/// Why a text was found to be what it is: for every class k,
/// `bias[k] + Σ contributions.weights[k] = logits[k]`.
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let explanation = classifier.explain("Shares plunge on fraud charges");
/// let weights = explanation.contributions.iter().map(|contribution| contribution.weights[0]);
/// let logit = explanation.bias[0] + weights.sum::<f64>();
/// assert!((logit - explanation.logits[0]).abs() < 1e-9);
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// What [`Classifier::predict`] gives.
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
///
/// ```
/// use undertone::Classifier;
///
/// # #[cfg(feature = "train")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::open(&std::fs::read("model.bin")?)?;
/// let text = "Shares plunge";
/// let contributions = classifier.explain(text).contributions;
/// let plunge = contributions.iter().find(|part| part.bytes == (7..13)).unwrap();
/// assert_eq!(&text[plunge.bytes.clone()], "plunge");
/// # Ok(()) }
/// # #[cfg(not(feature = "train"))] fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Contribution {
    /// Byte range in the text.
    pub bytes: Range<usize>,
    /// That range in UTF-16 code units, as JavaScript counts.
    pub utf16: Range<usize>,
    /// What is added to the logit of each class.
    pub weights: Vec<f64>,
}

impl Classifier {
    /// Scores a text and says which stretches of it decided.
    pub fn explain(&self, text: &str) -> Explanation {
        // Where each feature occurs, its column, and its value there: an n-th of what it has where
        // it occurs n times.
        let mut occurrences: Vec<(Range<usize>, u32, f64)> = Vec::new();
        self.for_each_vectorizer(
            text,
            &mut Scratch::default(),
            |vectorizer, first_column, scratch| {
                let mut places = Vec::new();
                let misses = vectorizer.count_segmented(scratch, Some(&mut places));
                let factor = vectorizer.factor(&scratch.counts, misses);
                let offsets = scratch.tokens.offsets(vectorizer.analyzer(), text);
                occurrences.extend(places.into_iter().map(|(range, column)| {
                    let count = scratch.counts.of(column);
                    let value = factor * vectorizer.value(column, count) / f64::from(count);
                    (offsets.source_range(range), first_column + column, value)
                }));
            },
        );

        // A heap, because sorting is 2 KB of the browser module after brotli.
        let places = occurrences.iter().zip(0usize..);
        let places: Vec<_> = places
            .map(|((range, column, _), place)| (range.start, range.end, *column, place))
            .collect();
        let places = BinaryHeap::from(places).into_sorted_vec();
        let utf16 = utf16_positions(text);
        let mut contributions: Vec<Contribution> = Vec::new();
        let mut logits = self.bias().to_vec();
        for places in places.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let bytes = places[0].0..places[0].1;
            let mut weights = vec![0.0; self.labels().len()];
            for &(_, _, column, place) in places {
                accumulate(occurrences[place].2, self.weights(column), &mut weights);
            }
            for (logit, weight) in logits.iter_mut().zip(&weights) {
                *logit += weight;
            }
            let utf16 = utf16[bytes.start] as usize..utf16[bytes.end] as usize;
            contributions.push(Contribution { bytes, utf16, weights });
        }
        Explanation {
            // The plain path would be code that no other part of the browser module calls.
            prediction: self.scorer().predict(text),
            bias: self.bias().to_vec(),
            logits,
            contributions,
        }
    }
}

/// For every byte position in `text`, its end included, the UTF-16 units before it.
fn utf16_positions(text: &str) -> Vec<u32> {
    let mut positions = Vec::with_capacity(text.len() + 1);
    let mut units = 0;
    for c in text.chars() {
        positions.extend(core::iter::repeat_n(units, c.len_utf8()));
        units += c.len_utf16() as u32;
    }
    positions.push(units);
    positions
}
