//! The matrix that a model is fitted on, and its products.
//!
//! The columns are, from left to right: the tf-idf columns of all vectorizers (V); with domain
//! adaptation, copies of these for each domain; with word vectors, the d components of each
//! document's vector, once for all domains and once for each. All of them are penalised; K biases
//! follow.

use std::ops::Range;

use ndarray::Array2;

use super::objective::{Design, PIECE};
use super::parallel::*;
use super::sparse::SparseRows;

/// Sparse and dense columns side by side.
#[derive(Debug)]
pub(crate) struct FeatureDesign {
    /// The sparse columns, row by row: n×V'.
    rows: SparseRows,
    /// The transpose of `rows`: V'×n.
    columns: SparseRows,
    /// The dense columns, with word vectors.
    dense: Option<DenseColumns>,
}

/// Dense columns, once for the documents of all domains and once for those of each.
#[derive(Debug)]
pub(crate) struct DenseColumns {
    /// The vector of each document, n×d.
    pub(crate) rows: Array2<f32>,
    /// The domain of each row, n; empty without domain adaptation.
    pub(crate) domains: Vec<u32>,
    /// The factor of the domains' own columns.
    pub(crate) strength: f32,
}

impl FeatureDesign {
    /// Puts the parts side by side; they have the same number of rows.
    pub(crate) fn new(rows: SparseRows, dense: Option<DenseColumns>) -> Self {
        Self { columns: rows.transposed(), rows, dense }
    }

    /// The number of sparse columns, V'.
    pub(crate) fn sparse_width(&self) -> usize {
        self.rows.width()
    }

    /// The number of dense parameters of a class: d, once for all and once for each domain.
    fn dense_width(&self) -> usize {
        self.dense.as_ref().map_or(0, DenseColumns::width)
    }
}

impl DenseColumns {
    /// The number of dense parameters of a class.
    fn width(&self) -> usize {
        let domains = self.domains.iter().max().map_or(0, |&last| last as usize + 1);
        self.rows.ncols() * (1 + domains)
    }

    /// The components of a document's vector.
    fn row(&self, row: usize) -> &[f32] {
        let width = self.rows.ncols();
        let all = self.rows.as_slice().unwrap_or_default();
        &all[row * width..(row + 1) * width]
    }

    /// The place of the columns of a row's own domain among the dense parameters of a class; `None`
    /// without domain adaptation.
    fn own(&self, row: usize) -> Option<Range<usize>> {
        let start = self.rows.ncols() * (1 + *self.domains.get(row)? as usize);
        Some(start..start + self.rows.ncols())
    }
}

/// The parameters are W (V'×K, row by row), then the dense coefficients class after class, then
/// the biases.
impl Design for FeatureDesign {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn penalised(&self, classes: usize) -> usize {
        (self.rows.width() + self.dense_width()) * classes
    }

    fn parameters(&self, classes: usize) -> usize {
        self.penalised(classes) + classes
    }

    fn scores_of(
        &self,
        rows: Range<usize>,
        parameters: &[f64],
        classes: usize,
        scores: &mut [f64],
    ) {
        let (coefficients, rest) = parameters.split_at(self.rows.width() * classes);
        let dense_width = self.dense_width();
        let (dense_coefficients, bias) = rest.split_at(dense_width * classes);
        for (row, scores) in rows.zip(scores.chunks_exact_mut(classes)) {
            scores.copy_from_slice(bias);
            add_products(&self.rows, row, coefficients, scores);
            if let Some(dense) = &self.dense {
                let vector = dense.row(row);
                let own = dense.own(row);
                let of_class = dense_coefficients.chunks_exact(dense_width);
                for (score, coefficients) in scores.iter_mut().zip(of_class) {
                    *score += dot(vector, &coefficients[..vector.len()]);
                    if let Some(own) = own.clone() {
                        *score += f64::from(dense.strength) * dot(vector, &coefficients[own]);
                    }
                }
            }
        }
    }

    fn gradient(&self, residuals: &[f64], classes: usize, gradient: &mut [f64]) {
        let (sparse, rest) = gradient.split_at_mut(self.rows.width() * classes);
        let dense_width = self.dense_width();
        let (dense_gradient, bias) = rest.split_at_mut(dense_width * classes);
        sparse.par_chunks_mut(PIECE * classes).enumerate().for_each(|(piece, gradient)| {
            for (offset, gradient) in gradient.chunks_exact_mut(classes).enumerate() {
                gradient.fill(0.0);
                add_products(&self.columns, piece * PIECE + offset, residuals, gradient);
            }
        });
        if let Some(dense) = &self.dense {
            dense_gradient.fill(0.0);
            let parts: Vec<Vec<f64>> = residuals
                .par_chunks(PIECE * classes)
                .enumerate()
                .map(|(piece, residuals)| {
                    let mut part = vec![0.0; dense_gradient.len()];
                    for (offset, residuals) in residuals.chunks_exact(classes).enumerate() {
                        let row = piece * PIECE + offset;
                        let vector = dense.row(row);
                        let own = dense.own(row);
                        let of_class = part.chunks_exact_mut(dense_width);
                        for (residual, gradient) in residuals.iter().zip(of_class) {
                            add_scaled(gradient, *residual, vector);
                            if let Some(own) = own.clone() {
                                let factor = residual * f64::from(dense.strength);
                                add_scaled(&mut gradient[own], factor, vector);
                            }
                        }
                    }
                    part
                })
                .collect();
            for part in parts {
                for (sum, value) in dense_gradient.iter_mut().zip(part) {
                    *sum += value;
                }
            }
        }
        bias.fill(0.0);
        for row in residuals.chunks_exact(classes) {
            for (sum, residual) in bias.iter_mut().zip(row) {
                *sum += residual;
            }
        }
    }

    fn hessian_diagonal(&self, weights: &[f64], classes: usize) -> Vec<f64> {
        let mut diagonal = Vec::with_capacity(self.parameters(classes));
        for column in 0..self.columns.len() {
            let entries = self.columns.row(column).iter();
            let sum: f64 = entries
                .map(|entry| {
                    let value = f64::from(entry.value);
                    weights[entry.column as usize] * value * value
                })
                .sum();
            diagonal.extend(std::iter::repeat_n(sum, classes));
        }
        if let Some(dense) = &self.dense {
            let mut sums = vec![0.0; dense.width()];
            let strength = f64::from(dense.strength);
            for (row, weight) in weights.iter().enumerate() {
                let own = dense.own(row).map_or(0, |own| own.start);
                for (component, value) in dense.row(row).iter().enumerate() {
                    let square = weight * f64::from(*value) * f64::from(*value);
                    sums[component] += square;
                    if own > 0 {
                        sums[own + component] += strength * strength * square;
                    }
                }
            }
            for _ in 0..classes {
                diagonal.extend_from_slice(&sums);
            }
        }
        diagonal.extend(std::iter::repeat_n(weights.iter().sum::<f64>(), classes));
        diagonal
    }
}

/// Adds the product of a row of the matrix (width) and `factors` (width×K) to `sums` (K).
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

/// [`add_products`] for a constant number of classes, so that the sums stay in registers.
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

/// The scalar product, in double precision.
fn dot(vector: &[f32], coefficients: &[f64]) -> f64 {
    // Eight sums side by side: the compiler may use vector instructions, in a fixed order.
    let (vectors, vector_rest) = vector.as_chunks::<8>();
    let (chunks, rest) = coefficients.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (vector, coefficients) in vectors.iter().zip(chunks) {
        for lane in 0..8 {
            sums[lane] += f64::from(vector[lane]) * coefficients[lane];
        }
    }
    let rest: f64 = vector_rest.iter().zip(rest).map(|(x, c)| f64::from(*x) * c).sum();
    sums.iter().sum::<f64>() + rest
}

/// Adds a multiple of a vector.
fn add_scaled(target: &mut [f64], factor: f64, vector: &[f32]) {
    for (target, value) in target.iter_mut().zip(vector) {
        *target += factor * f64::from(*value);
    }
}
