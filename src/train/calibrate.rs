//! Calibration: logits are rescaled on out-of-fold scores, so that probabilities match frequencies.
//!
//! The logit z of class k becomes aₖ·z + bₖ (vector scaling), or a·z (temperature scaling; Guo et
//! al. 2017, sections 4.2 and 4.3), with a and b minimising the log-loss of logits that their own
//! documents had no part in. Both are linear and so disappear into coefficients and biases.

use std::ops::Range;

use super::objective::{Design, Objective};
use super::recipe::CalibrationName;
use super::solver::{Stop, minimise};

/// A calibration: logit ↦ scale · logit + shift, class by class.
///
/// ```
/// use undertone::train::Calibration;
///
/// let halves = Calibration { scale: vec![0.5; 2], shift: vec![0.0, 1.0] };
/// let mut logits = [2.0, -2.0];
/// halves.apply(&mut logits);
/// assert_eq!(logits, [1.0, 0.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The factor of each class, K.
    pub scale: Vec<f64>,
    /// The summand of each class, K.
    pub shift: Vec<f64>,
}

impl Calibration {
    /// Fits a calibration to logits (n×K) and their right classes (n); `None` for the kind
    /// [`CalibrationName::None`].
    pub fn fit(
        kind: CalibrationName,
        logits: &[f64],
        labels: &[usize],
        classes: usize,
    ) -> Option<Self> {
        let shared = match kind {
            CalibrationName::None => return None,
            CalibrationName::Temperature => true,
            CalibrationName::Vector => false,
        };
        let design = Logits { logits, rows: labels.len(), shared };
        let weights = vec![1.0; labels.len()];
        let objective = Objective::new(&design, labels, &weights, classes);
        let stop = Stop { tolerance: 1e-7, max_iterations: 500 };
        let parameters = minimise(&objective, None, stop).parameters;
        Some(if shared {
            Self { scale: vec![parameters[0]; classes], shift: vec![0.0; classes] }
        } else {
            let (scale, shift) = parameters.split_at(classes);
            Self { scale: scale.to_vec(), shift: shift.to_vec() }
        })
    }

    /// Calibrates rows of K logits in place.
    pub fn apply(&self, logits: &mut [f64]) {
        for row in logits.chunks_exact_mut(self.scale.len()) {
            for ((logit, scale), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
                *logit = scale * *logit + shift;
            }
        }
    }
}

/// The design whose parameters are the scales and, unless one scale is shared, the shifts. The
/// scales are penalised as coefficients are, which matters only where documents are few.
struct Logits<'a> {
    logits: &'a [f64],
    rows: usize,
    shared: bool,
}

impl Design for Logits<'_> {
    fn len(&self) -> usize {
        self.rows
    }

    fn parameters(&self, classes: usize) -> usize {
        if self.shared { 1 } else { 2 * classes }
    }

    fn penalised(&self, classes: usize) -> usize {
        if self.shared { 1 } else { classes }
    }

    fn scores_of(
        &self,
        rows: Range<usize>,
        parameters: &[f64],
        classes: usize,
        scores: &mut [f64],
    ) {
        let logits = &self.logits[rows.start * classes..rows.end * classes];
        for ((score, logit), k) in scores.iter_mut().zip(logits).zip((0..classes).cycle()) {
            *score = if self.shared {
                parameters[0] * logit
            } else {
                parameters[k] * logit + parameters[classes + k]
            };
        }
    }

    fn gradient(&self, residuals: &[f64], classes: usize, gradient: &mut [f64]) {
        gradient.fill(0.0);
        for ((residual, logit), k) in residuals.iter().zip(self.logits).zip((0..classes).cycle()) {
            gradient[if self.shared { 0 } else { k }] += residual * logit;
            if !self.shared {
                gradient[classes + k] += residual;
            }
        }
    }

    fn hessian_diagonal(&self, weights: &[f64], classes: usize) -> Vec<f64> {
        let mut diagonal = vec![0.0; self.parameters(classes)];
        for (row, weight) in self.logits.chunks_exact(classes).zip(weights) {
            for (k, logit) in row.iter().enumerate() {
                diagonal[if self.shared { 0 } else { k }] += weight * logit * logit;
                if !self.shared {
                    diagonal[classes + k] += weight;
                }
            }
        }
        diagonal
    }
}
