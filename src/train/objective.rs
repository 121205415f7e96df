//! The L2-penalised softmax loss and its gradient.
//!
//! With rows x (n×V), labels y, weights s (n), coefficients W (V×K) and biases b (K), scores
//! Z = x·W + b and probabilities p = softmax(Z),
//!
//! ```text
//! f(W, b)   = C Σᵢ sᵢ · −ln p[i, yᵢ] + ½‖W‖²
//! ∂f/∂W     = xᵀR + W        with R[i, k] = C sᵢ (p[i, k] − [yᵢ = k])
//! ∂f/∂b     = Σᵢ R[i, ·]
//! ```
//!
//! which is scikit-learn's `LogisticRegression` for more than two classes. All parameters stand in
//! one list of (V+1)·K numbers: W row by row, then b.
//!
//! Sums are formed in pieces of a fixed size and in a fixed order, whatever the number of threads.

use rayon::prelude::*;

use super::design::SparseRows;
use crate::classifier::softmax;

/// Rows or columns that one task works on.
const PIECE: usize = 512;

/// What is minimised.
#[derive(Debug)]
pub struct Objective<'a> {
    /// n×V.
    rows: &'a SparseRows,
    /// V×n, the same matrix.
    columns: SparseRows,
    /// n.
    labels: &'a [usize],
    /// C·s, n.
    weights: &'a [f64],
    /// K.
    classes: usize,
}

/// The loss at one point of a line, and how fast it changes there.
#[derive(Debug, Clone, Copy)]
pub struct LineValue {
    /// The data's part of f.
    pub loss: f64,
    /// Its derivative along the line.
    pub slope: f64,
}

impl<'a> Objective<'a> {
    /// `weights` are C times the weight of each row.
    pub fn new(
        rows: &'a SparseRows,
        labels: &'a [usize],
        weights: &'a [f64],
        classes: usize,
    ) -> Self {
        Self { rows, columns: rows.transposed(), labels, weights, classes }
    }

    /// (V+1)·K.
    pub fn parameters(&self) -> usize {
        (self.rows.width() + 1) * self.classes
    }

    /// The number of coefficients, which are penalised; the biases after them are not.
    pub fn penalised(&self) -> usize {
        self.rows.width() * self.classes
    }

    /// C Σ s: what turns the gradient into that of the mean loss.
    pub fn total_weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Z = x·W + b, n×K.
    pub fn scores(&self, parameters: &[f64]) -> Vec<f64> {
        let classes = self.classes;
        let (coefficients, bias) = parameters.split_at(self.penalised());
        let mut scores = vec![0.0; self.rows.len() * classes];
        scores.par_chunks_mut(PIECE * classes).enumerate().for_each(|(piece, scores)| {
            for (offset, scores) in scores.chunks_exact_mut(classes).enumerate() {
                scores.copy_from_slice(bias);
                add_products(self.rows, piece * PIECE + offset, coefficients, scores);
            }
        });
        scores
    }

    /// The loss, and R (n×K) into `residuals`, at scores Z.
    pub fn residuals(&self, scores: &[f64], residuals: &mut [f64]) -> f64 {
        let classes = self.classes;
        let losses: Vec<f64> = residuals
            .par_chunks_mut(PIECE * classes)
            .zip(scores.par_chunks(PIECE * classes))
            .enumerate()
            .map(|(piece, (residuals, scores))| {
                let rows = residuals.chunks_exact_mut(classes).zip(scores.chunks_exact(classes));
                let mut loss = 0.0;
                for (offset, (residual, scores)) in rows.enumerate() {
                    let row = piece * PIECE + offset;
                    residual.copy_from_slice(scores);
                    softmax(residual);
                    let (label, weight) = (self.labels[row], self.weights[row]);
                    loss -= weight * log_probability(scores, label, residual[label]);
                    residual[label] -= 1.0;
                    for value in residual {
                        *value *= weight;
                    }
                }
                loss
            })
            .collect();
        losses.iter().sum()
    }

    /// The loss at Z + step·D and its derivative by the step, D being the scores of a direction.
    pub fn along(&self, scores: &[f64], direction: &[f64], step: f64) -> LineValue {
        let classes = self.classes;
        let pieces: Vec<LineValue> = scores
            .par_chunks(PIECE * classes)
            .zip(direction.par_chunks(PIECE * classes))
            .enumerate()
            .map(|(piece, (scores, direction))| {
                let mut sum = LineValue { loss: 0.0, slope: 0.0 };
                let mut at = vec![0.0; classes];
                let mut probabilities = vec![0.0; classes];
                let rows = scores.chunks_exact(classes).zip(direction.chunks_exact(classes));
                for (offset, (scores, direction)) in rows.enumerate() {
                    let row = piece * PIECE + offset;
                    for ((at, score), direction) in at.iter_mut().zip(scores).zip(direction) {
                        *at = score + step * direction;
                    }
                    probabilities.copy_from_slice(&at);
                    softmax(&mut probabilities);
                    let (label, weight) = (self.labels[row], self.weights[row]);
                    sum.loss -= weight * log_probability(&at, label, probabilities[label]);
                    let mean: f64 = probabilities.iter().zip(direction).map(|(p, d)| p * d).sum();
                    sum.slope += weight * (mean - direction[label]);
                }
                sum
            })
            .collect();
        pieces.iter().fold(LineValue { loss: 0.0, slope: 0.0 }, |sum, piece| LineValue {
            loss: sum.loss + piece.loss,
            slope: sum.slope + piece.slope,
        })
    }

    /// ∂f/∂(W, b) at residuals R, into `gradient`.
    pub fn gradient(&self, parameters: &[f64], residuals: &[f64], gradient: &mut [f64]) {
        let classes = self.classes;
        let (gradient, bias_gradient) = gradient.split_at_mut(self.penalised());
        gradient
            .par_chunks_mut(PIECE * classes)
            .zip(parameters.par_chunks(PIECE * classes))
            .enumerate()
            .for_each(|(piece, (gradient, coefficients))| {
                let columns =
                    gradient.chunks_exact_mut(classes).zip(coefficients.chunks_exact(classes));
                for (offset, (gradient, coefficients)) in columns.enumerate() {
                    gradient.copy_from_slice(coefficients);
                    add_products(&self.columns, piece * PIECE + offset, residuals, gradient);
                }
            });
        bias_gradient.fill(0.0);
        for row in residuals.chunks_exact(classes) {
            for (sum, residual) in bias_gradient.iter_mut().zip(row) {
                *sum += residual;
            }
        }
    }

    /// The diagonal of the Hessian at equal probabilities: how curved f is along each parameter.
    pub fn curvature(&self) -> Vec<f64> {
        let share = 1.0 / self.classes as f64;
        let spread = share * (1.0 - share);
        let mut curvature = Vec::with_capacity(self.parameters());
        for column in 0..self.columns.len() {
            let squares: f64 = self
                .columns
                .row(column)
                .iter()
                .map(|entry| {
                    let value = f64::from(entry.value);
                    self.weights[entry.column as usize] * value * value
                })
                .sum();
            curvature.extend(std::iter::repeat_n(1.0 + spread * squares, self.classes));
        }
        let bias = (spread * self.total_weight()).max(f64::MIN_POSITIVE);
        curvature.extend(std::iter::repeat_n(bias, self.classes));
        curvature
    }
}

/// ln p, from the probability where that is exact and from the scores where it has vanished.
fn log_probability(scores: &[f64], label: usize, probability: f64) -> f64 {
    if probability > 1e-300 {
        return libm::log(probability);
    }
    scores[label] - scores.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// Adds (row of the matrix) · factors to `sums`; factors are width×K, sums K.
#[inline]
fn add_products(matrix: &SparseRows, row: usize, factors: &[f64], sums: &mut [f64]) {
    match sums.len() {
        2 => add_products_of::<2>(matrix, row, factors, sums),
        3 => add_products_of::<3>(matrix, row, factors, sums),
        classes => {
            for entry in matrix.row(row) {
                let start = entry.column as usize * classes;
                for (sum, factor) in sums.iter_mut().zip(&factors[start..start + classes]) {
                    *sum += f64::from(entry.value) * factor;
                }
            }
        }
    }
}

/// The same with the sums in registers.
#[inline]
fn add_products_of<const K: usize>(
    matrix: &SparseRows,
    row: usize,
    factors: &[f64],
    sums: &mut [f64],
) {
    let (factors, _) = factors.as_chunks::<K>();
    let mut products = [0.0; K];
    for entry in matrix.row(row) {
        let value = f64::from(entry.value);
        let factors = &factors[entry.column as usize];
        for class in 0..K {
            products[class] += value * factors[class];
        }
    }
    for (sum, product) in sums.iter_mut().zip(products) {
        *sum += product;
    }
}
