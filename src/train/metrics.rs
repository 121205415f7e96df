//! How good probabilities are, by scikit-learn's definitions (`sklearn.metrics`).

use ndarray::{Array2, ArrayView2, Axis};
use serde::Serialize;

use crate::link::arg_max;

/// The number of equal-width bins of the expected calibration error.
pub const CALIBRATION_BINS: usize = 15;

/// Scores of n documents in K classes.
///
/// ```
/// use ndarray::array;
/// use undertone::train::Metrics;
///
/// let labels = ["bad", "good"].map(str::to_owned);
/// let probabilities = array![[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]];
/// let metrics = Metrics::measure(&labels, &[0, 1, 1], probabilities.view());
/// assert_eq!(metrics.confusion, array![[1, 0], [1, 1]]);
/// assert!((metrics.accuracy - 2.0 / 3.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics {
    /// The number of documents.
    pub n: usize,
    /// Share whose most probable class is right, 0 to 1.
    pub accuracy: f64,
    /// Unweighted mean of F1 over the classes that occur or were predicted, 0 to 1.
    pub macro_f1: f64,
    /// Mean of −ln of the probability given to the right class, in nats.
    pub log_loss: f64,
    /// Expected calibration error over [`CALIBRATION_BINS`] bins of the highest probability
    /// (Guo et al. 2017, equation 3), 0 to 1.
    pub calibration_error: f64,
    /// The scores of each class, in the order of the labels.
    pub per_class: Vec<ClassMetrics>,
    /// The confusion matrix, K×K: the number of documents of the row's class that were predicted as
    /// the column's.
    #[serde(serialize_with = "rows")]
    pub confusion: Array2<u64>,
}

/// Scores of one class; 0 where the divisor is 0.
///
/// ```
/// use ndarray::array;
/// use undertone::train::Metrics;
///
/// let labels = ["bad", "good"].map(str::to_owned);
/// let probabilities = array![[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]];
/// let metrics = Metrics::measure(&labels, &[0, 1, 1], probabilities.view());
/// let good = &metrics.per_class[1];
/// assert_eq!((good.precision, good.recall, good.support), (1.0, 0.5, 2));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassMetrics {
    /// The label of the class.
    pub label: String,
    /// Share of the documents predicted as this class that are of it.
    pub precision: f64,
    /// Share of the documents of this class that were predicted as it.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// The number of documents of this class.
    pub support: u64,
}

/// The documents whose highest probability falls into one bin.
///
/// ```
/// use undertone::train::metrics::calibration_bins;
///
/// let bins = calibration_bins(&[0, 1], ndarray::array![[0.9, 0.1], [0.9, 0.1]].view());
/// let bin = bins[13];
/// assert_eq!((bin.documents, bin.right, bin.confidence), (2, 1, 1.8));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CalibrationBin {
    /// The number of documents.
    pub documents: u64,
    /// The number of documents whose most probable class is right.
    pub right: u64,
    /// The sum of the highest probabilities of the documents.
    pub confidence: f64,
}

/// Serializes a matrix as a list of rows.
fn rows<S: serde::Serializer>(matrix: &Array2<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(matrix.rows().into_iter().map(|row| row.to_vec()))
}

impl Metrics {
    /// Measures probabilities (n×K) against the right classes (n).
    pub fn measure(labels: &[String], truth: &[usize], probabilities: ArrayView2<'_, f64>) -> Self {
        let n = truth.len();
        let mut confusion = Array2::zeros((labels.len(), labels.len()));
        let mut log_loss = 0.0;
        for (&class, row) in truth.iter().zip(probabilities.axis_iter(Axis(0))) {
            let row = row.to_vec();
            let predicted = arg_max(&row);
            confusion[(class, predicted)] += 1;
            log_loss -= libm::log(row[class].clamp(f64::EPSILON, 1.0 - f64::EPSILON));
        }
        let of_all = |sum: f64| if n == 0 { 0.0 } else { sum / n as f64 };
        let per_class: Vec<ClassMetrics> = labels
            .iter()
            .enumerate()
            .map(|(class, label)| {
                let right = confusion[(class, class)];
                let predicted = confusion.column(class).sum();
                let support = confusion.row(class).sum();
                ClassMetrics {
                    label: label.clone(),
                    precision: share(right, predicted),
                    recall: share(right, support),
                    f1: share(2 * right, predicted + support),
                    support,
                }
            })
            .collect();
        let occurring: Vec<f64> = per_class
            .iter()
            .enumerate()
            .filter(|(class, metrics)| metrics.support + confusion.column(*class).sum() > 0)
            .map(|(_, metrics)| metrics.f1)
            .collect();
        Self {
            n,
            accuracy: share(confusion.diag().sum(), n as u64),
            macro_f1: occurring.iter().sum::<f64>() / occurring.len().max(1) as f64,
            log_loss: of_all(log_loss),
            calibration_error: of_all(
                calibration_bins(truth, probabilities)
                    .iter()
                    .map(|bin| (bin.right as f64 - bin.confidence).abs())
                    .sum(),
            ),
            per_class,
            confusion,
        }
    }
}

/// Sorts probabilities (n×K) into bins of equal width by the highest of each document.
pub fn calibration_bins(
    truth: &[usize],
    probabilities: ArrayView2<'_, f64>,
) -> [CalibrationBin; CALIBRATION_BINS] {
    let mut bins = [CalibrationBin::default(); CALIBRATION_BINS];
    for (confidence, is_right) in confidences(truth, probabilities) {
        let bin = (confidence * CALIBRATION_BINS as f64) as usize;
        let bin = &mut bins[bin.min(CALIBRATION_BINS - 1)];
        bin.documents += 1;
        bin.right += u64::from(is_right);
        bin.confidence += confidence;
    }
    bins
}

/// The highest probability of each document (n×K), and whether its class is the right one (n).
pub fn confidences(
    truth: &[usize],
    probabilities: ArrayView2<'_, f64>,
) -> impl Iterator<Item = (f64, bool)> {
    truth.iter().enumerate().map(move |(document, &class)| {
        let row = probabilities.row(document).to_vec();
        let predicted = arg_max(&row);
        (row[predicted], class == predicted)
    })
}

/// A part as a share of a whole; 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
