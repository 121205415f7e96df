//! Thresholds, chosen from texts that the models which scored them had not seen.

use serde::Serialize;

use super::cross_validation::CrossValidation;
use super::error::Error;
use super::order::order;
use super::recipe::ThresholdsRecipe;
use crate::link::arg_max;
use crate::thresholds::Thresholds;

/// The steps in which the coverage curve leaves texts out.
const COVERAGE_STEPS: usize = 20;

/// What is answered, and how well, where a model says nothing about texts below a confidence (the
/// risk-coverage curve of El-Yaniv and Wiener 2010, with accuracy for 1 − risk).
///
/// ```
/// use undertone::train::coverage_curve;
/// // The highest probability of each text, and whether its label is right.
/// let curve = coverage_curve(&[(0.9, true), (0.6, false)]);
/// assert_eq!((curve[0].coverage, curve[0].accuracy), (0.5, 1.0));
/// assert_eq!((curve[1].coverage, curve[1].accuracy), (1.0, 0.5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CoveragePoint {
    /// The share of the texts that have an answer, 0 to 1.
    pub coverage: f64,
    /// The share of these whose label is right.
    pub accuracy: f64,
    /// The least confidence of these.
    pub confidence: f64,
}

/// The coverage curve of texts, each with the probability of its most probable class and whether
/// that is right: up to 20 points, from the surest texts to all. Texts of one confidence are
/// answered together.
pub fn coverage_curve(texts: &[(f64, bool)]) -> Vec<CoveragePoint> {
    let mut curve: Vec<CoveragePoint> = Vec::new();
    for Answered { count, right, confidence } in by_confidence(texts) {
        let wanted = (curve.len() + 1) * texts.len().div_ceil(COVERAGE_STEPS);
        if count >= wanted || count == texts.len() {
            curve.push(CoveragePoint {
                coverage: count as f64 / texts.len() as f64,
                accuracy: right as f64 / count as f64,
                confidence,
            });
        }
    }
    curve
}

/// The texts of at least some confidence.
pub(super) struct Answered {
    pub(super) count: usize,
    /// How many of them have the right label.
    pub(super) right: usize,
    pub(super) confidence: f64,
}

/// The texts of at least each confidence that one of them has, from the highest confidence on.
pub(super) fn by_confidence(texts: &[(f64, bool)]) -> Vec<Answered> {
    let confidence = |text: u32| texts[text as usize].0;
    let surest = order(texts.len(), &|one, other| confidence(other).total_cmp(&confidence(one)));
    let texts: Vec<(f64, bool)> = surest.into_iter().map(|text| texts[text as usize]).collect();
    let (mut count, mut right) = (0, 0);
    let groups = texts.chunk_by(|one, other| one.0 == other.0);
    let answered = groups.map(|alike| {
        count += alike.len();
        right += alike.iter().filter(|(_, is_right)| *is_right).count();
        Answered { count, right, confidence: alike[0].0 }
    });
    answered.collect()
}

const PRECISION: &str = "thresholds.precision";

/// Of a precision asked for of a label that the data does not have.
pub(super) fn unknown_label(label: &str) -> Error {
    Error::Setting {
        key: PRECISION.to_owned(),
        expected: "labels of the data",
        found: label.to_owned(),
    }
}

/// The thresholds that a recipe asks for, by the scores of cross-validation.
///
/// # Errors
/// [`Error::Setting`] for a label that the data does not have, or a precision that the label does
/// not reach at any threshold.
pub(super) fn choose(
    recipe: &ThresholdsRecipe,
    labels: &[String],
    validation: &CrossValidation,
) -> Result<Thresholds, Error> {
    let scores = &validation.shipped;
    let mut confidence = Vec::new();
    for (label, &wanted) in &recipe.precision {
        let class = labels.iter().position(|known| known == label);
        let class = class.ok_or_else(|| unknown_label(label))?;
        // Those that are taken for it: confidence, and whether it is.
        let taken: Vec<(f64, bool)> = scores
            .probabilities
            .rows()
            .into_iter()
            .zip(&scores.truth)
            .filter(|(row, _)| arg_max(&row.to_vec()) == class)
            .map(|(row, &truth)| (row[class], truth == class))
            .collect();
        let lowest = reaching(wanted, taken).map_err(|best| unreached(label, wanted, best))?;
        confidence.resize(labels.len(), 0.0);
        confidence[class] = not_above(lowest);
    }
    Ok(Thresholds { confidence, known: quantile(&validation.known, recipe.foreign) })
}

/// The lowest confidence from which on at least this share of the texts is right, or the largest
/// share that there is.
pub(super) fn reaching(wanted: f64, texts: Vec<(f64, bool)>) -> Result<f64, f64> {
    let (mut lowest, mut best) = (None, 0f64);
    for Answered { count, right, confidence } in by_confidence(&texts) {
        let precision = right as f64 / count as f64;
        best = best.max(precision);
        lowest = if precision >= wanted { Some(confidence) } else { lowest };
    }
    lowest.ok_or(best)
}

/// Of a precision that a label does not reach.
pub(super) fn unreached(label: &str, wanted: f64, best: f64) -> Error {
    Error::Setting {
        key: PRECISION.to_owned(),
        expected: "a precision that the label reaches in cross-validation",
        found: format!("{wanted} for {label}, which reaches {best:.3} at most"),
    }
}

/// The nearest single-precision number that is not above one: the texts that were counted would be
/// below.
pub(super) fn not_above(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) > threshold { nearest.next_down() } else { nearest }
}

/// The highest value below which at most this share of the values lies; 0 of none, or for the share
/// 0.
pub(super) fn quantile(values: &[f64], share: f64) -> f32 {
    if share == 0.0 || values.is_empty() {
        return 0.0;
    }
    let value = |number: u32| values[number as usize];
    let sorted = order(values.len(), &|one, other| value(one).total_cmp(&value(other)));
    let index = (share * sorted.len() as f64) as usize;
    sorted.get(index).map_or(1.0, |&number| value(number) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_confidence_are_answered_together() {
        let curve = coverage_curve(&[(0.5, false), (0.5, true), (0.9, true), (0.5, false)]);
        let shares: Vec<_> = curve.iter().map(|point| (point.coverage, point.accuracy)).collect();
        assert_eq!(shares, [(0.25, 1.0), (1.0, 0.5)]);
        assert_eq!(coverage_curve(&[]), []);
    }

    #[test]
    fn a_long_curve_has_twenty_points_and_ends_with_all() {
        let texts: Vec<(f64, bool)> =
            (0..1000).map(|text| (f64::from(text) / 1000.0, text % 2 == 0)).collect();
        let curve = coverage_curve(&texts);
        assert_eq!(curve.len(), 20);
        assert_eq!(curve[0].coverage, 0.05);
        assert_eq!((curve[19].coverage, curve[19].accuracy), (1.0, 0.5));
    }

    #[test]
    fn a_share_of_the_values_lies_below_their_quantile() {
        let values: Vec<f64> = (0..100).map(|value| f64::from(value) / 100.0).collect();
        assert_eq!(quantile(&values, 0.05), 0.05);
        assert_eq!(values.iter().filter(|&&value| value < 0.05).count(), 5);
        assert_eq!(quantile(&values, 0.0), 0.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }
}
