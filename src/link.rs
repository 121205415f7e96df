//! Logits → probabilities.

use alloc::vec::Vec;

use crate::exp::exp;
use crate::spelling::spelled;

/// How K logits become K probabilities. Models trained here are [`Link::Softmax`], or
/// [`Link::Independent`] where texts have several labels; the others come from elsewhere.
///
/// ```
/// use undertone::Link;
///
/// assert_eq!(Link::default(), Link::Softmax);
/// assert_eq!("one-vs-rest".parse(), Ok(Link::OneVsRest));
/// assert_eq!(Link::Margins.as_str(), "margins");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Link {
    /// The softmax of the K logits.
    #[default]
    Softmax,
    /// The sigmoid of each logit, divided by the sum of all K: one binary model for each class
    /// against the rest.
    OneVsRest,
    /// [`Link::OneVsRest`] of margins that were never fitted as probabilities (a support vector
    /// machine's): the classes are in the right order, the probabilities are not calibrated.
    Margins,
    /// The sigmoid of each logit by itself: one binary model for each label, of which a text may
    /// have several, or none.
    Independent,
}

spelled!(Link {
    Softmax => "softmax",
    OneVsRest => "one-vs-rest",
    Margins => "margins",
    Independent => "independent",
});

impl Link {
    /// Turns logits into probabilities in place.
    // Not inlined: the browser module holds one copy for predictions and corrections.
    #[inline(never)]
    pub(crate) fn apply(self, logits: &mut [f64]) {
        if self != Self::Softmax {
            // σ(z)ₖ / Σ σ(z) is the softmax of ln σ(z), which no z makes 0/0.
            log_sigmoids(logits);
        }
        if self == Self::Independent {
            exponentials(logits);
        } else {
            softmax(logits);
        }
    }

    /// The probability of each class by its own logit alone, 0 to 1 each: the sigmoids; or the
    /// softmax of all logits, where a single logit has no meaning.
    pub(crate) fn class_probabilities(self, mut logits: Vec<f64>) -> Vec<f64> {
        match self {
            Self::Softmax => self.apply(&mut logits),
            _ => Self::Independent.apply(&mut logits),
        }
        logits
    }
}

/// Turns K logits into their softmax in place.
pub fn softmax(logits: &mut [f64]) {
    subtract_highest(logits);
    exponentials(logits);
    divide_by_sum(logits);
}

/// Replaces each of some numbers, 0 at most, by its exponential.
// Not inlined: the browser module holds one copy instead of two.
#[inline(never)]
fn exponentials(numbers: &mut [f64]) {
    numbers.iter_mut().for_each(|number| *number = exp(*number));
}

/// Subtracts the highest of K logits from each, so that no exponential of them overflows.
#[inline]
pub(crate) fn subtract_highest(logits: &mut [f64]) {
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logits.iter_mut().for_each(|logit| *logit -= highest);
}

/// Divides each of some numbers by the sum of all, which it returns.
#[inline]
pub(crate) fn divide_by_sum(numbers: &mut [f64]) -> f64 {
    let sum = numbers.iter().sum();
    numbers.iter_mut().for_each(|number| *number /= sum);
    sum
}

/// Replaces each logit z by ln σ(z) = min(z, 0) − ln(1 + exp(−|z|)), in place.
#[inline(never)]
fn log_sigmoids(logits: &mut [f64]) {
    for logit in logits {
        *logit = logit.min(0.0) - libm::log(1.0 + exp(-logit.abs()));
    }
}

/// The index of the highest value, the first of equals; 0 for no values.
pub fn arg_max(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// The indices of the `count` highest values, the highest first, of equals the first first.
pub fn highest(values: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| values[other].total_cmp(&values[one]));
    order.truncate(count);
    order
}
