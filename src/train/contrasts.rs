//! Softmax regression in K − 1 numbers for every K.
//!
//! Softmax doesn't change when one number is added to all scores of a row, so ½‖W‖² makes the K
//! coefficients of every feature sum to zero at the minimum; from W = 0 on, those of every gradient
//! do. In an orthonormal basis Q (K×(K−1)) of the vectors that sum to zero, W = U·Qᵀ with ‖W‖ =
//! ‖U‖: the same problem with a third fewer parameters for three classes, and every pass over the
//! data is shorter by as much.
//!
//! Q is the basis of Helmert contrasts (scikit-learn has none; R calls them `contr.helmert`): with
//! dᵪ = 1/√((c+1)(c+2)), column c is −dᵪ in rows 0 to c, (c+1)·dᵪ in row c+1 and 0 below, so that
//! products with it need only running sums.

use std::ops::Range;

use super::objective::{Design, PIECE};
use super::parallel::*;

/// A design with the parameters U in place of W, in the order of the wrapped design for K − 1
/// classes.
#[derive(Debug)]
pub(crate) struct Contrasts<'a, D>(pub &'a D);

/// The K − 1 scales dᵪ of the columns of Q.
fn scales(classes: usize) -> Vec<f64> {
    (1..classes).map(|c| 1.0 / libm::sqrt((c * (c + 1)) as f64)).collect()
}

/// u·Qᵀ (K numbers) of each row u of `contrasts` (K − 1 numbers).
pub(crate) fn expand(contrasts: &[f64], classes: usize) -> Vec<f64> {
    let mut expanded = vec![0.0; contrasts.len() / (classes - 1) * classes];
    write_expanded(contrasts, classes, &mut expanded);
    expanded
}

/// [`expand`], to `expanded`.
fn write_expanded(contrasts: &[f64], classes: usize, expanded: &mut [f64]) {
    let scales = scales(classes);
    let rows = contrasts.chunks_exact(scales.len()).zip(expanded.chunks_exact_mut(classes));
    for (row, expanded) in rows {
        // The sum over the columns to the right.
        let mut below = 0.0;
        for c in (0..scales.len()).rev() {
            let scaled = row[c] * scales[c];
            expanded[c + 1] = (c + 1) as f64 * scaled - below;
            below += scaled;
        }
        expanded[0] = -below;
    }
}

/// r·Q (K − 1 numbers) of each row r of `rows` (K numbers).
fn project(rows: &[f64], classes: usize) -> Vec<f64> {
    let scales = scales(classes);
    let mut projected = vec![0.0; rows.len() / classes * scales.len()];
    let pieces = projected.par_chunks_mut(PIECE * scales.len());
    pieces.zip(rows.par_chunks(PIECE * classes)).for_each(|(projected, rows)| {
        let pairs = rows.chunks_exact(classes).zip(projected.chunks_exact_mut(scales.len()));
        for (row, projected) in pairs {
            let mut above = 0.0;
            for c in 0..scales.len() {
                above += row[c];
                projected[c] = ((c + 1) as f64 * row[c + 1] - above) * scales[c];
            }
        }
    });
    projected
}

impl<D: Design> Design for Contrasts<'_, D> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn parameters(&self, classes: usize) -> usize {
        self.0.parameters(classes - 1)
    }

    fn penalised(&self, classes: usize) -> usize {
        self.0.penalised(classes - 1)
    }

    fn scores_of(
        &self,
        rows: Range<usize>,
        parameters: &[f64],
        classes: usize,
        scores: &mut [f64],
    ) {
        let mut contrasts = vec![0.0; rows.len() * (classes - 1)];
        self.0.scores_of(rows, parameters, classes - 1, &mut contrasts);
        write_expanded(&contrasts, classes, scores);
    }

    fn gradient(&self, residuals: &[f64], classes: usize, gradient: &mut [f64]) {
        self.0.gradient(&project(residuals, classes), classes - 1, gradient);
    }

    fn hessian_diagonal(&self, weights: &[f64], classes: usize) -> Vec<f64> {
        self.0.hessian_diagonal(weights, classes - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basis_is_orthonormal_and_sums_to_zero() {
        for classes in 2..=6 {
            let width = classes - 1;
            for c in 0..width {
                let mut unit = vec![0.0; width];
                unit[c] = 1.0;
                let column = expand(&unit, classes);
                assert!(column.iter().sum::<f64>().abs() < 1e-15);
                let back = project(&column, classes);
                assert!(back.iter().zip(&unit).all(|(one, other)| (one - other).abs() < 1e-15));
            }
        }
    }
}
