//! The L2-penalised softmax loss and its gradient.
//!
//! With a design x (n rows), labels y, weights s (n), penalised coefficients W and biases b (K),
//! scores Z = x·W + b (n×K) and probabilities p = softmax(Z),
//!
//! ```text
//! f(W, b)   = C Σᵢ sᵢ · −ln p[i, yᵢ] + ½‖W‖²
//! ∂f/∂W     = xᵀR + W        with R[i, k] = C sᵢ (p[i, k] − [yᵢ = k])
//! ∂f/∂b     = Σᵢ R[i, ·]
//! ```
//!
//! which is scikit-learn's `LogisticRegression` for more than two classes. All parameters stand in
//! one list, the penalised ones first.
//!
//! Sums are formed over pieces of a fixed size and in a fixed order, so that they are the same with
//! any number of threads.

use std::ops::Range;

use super::parallel::*;
use crate::exp::exp;
use crate::link::{divide_by_sum, subtract_highest};

/// The number of rows or columns in a piece, which one task works on.
pub(super) const PIECE: usize = 512;

/// A design matrix x, in whatever form it is stored: it maps parameters to scores, which are linear
/// in them.
pub(crate) trait Design: Sync {
    /// n, the number of rows.
    fn len(&self) -> usize;

    /// The number of parameters for K classes.
    fn parameters(&self, classes: usize) -> usize;

    /// The number of penalised parameters for K classes; they come first.
    fn penalised(&self, classes: usize) -> usize;

    /// Writes the scores Z of some rows by some parameters to `scores` (|rows|×K).
    fn scores_of(&self, rows: Range<usize>, parameters: &[f64], classes: usize, scores: &mut [f64]);

    /// Writes the scores Z of all rows by some parameters to `scores` (n×K).
    fn scores(&self, parameters: &[f64], classes: usize, scores: &mut [f64]) {
        scores.par_chunks_mut(PIECE * classes).enumerate().for_each(|(piece, scores)| {
            let first = piece * PIECE;
            let rows = first..first + scores.len() / classes;
            self.scores_of(rows, parameters, classes, scores);
        });
    }

    /// Writes ∂(Σ R∘Z)/∂parameters at residuals R (n×K) to `gradient`.
    fn gradient(&self, residuals: &[f64], classes: usize, gradient: &mut [f64]);

    /// The diagonal of the Hessian of ½ Σᵢ sᵢ ‖Z[i, ·]‖²: Σᵢₖ sᵢ (∂Z[i, k]/∂parameter)² for each
    /// parameter.
    fn hessian_diagonal(&self, weights: &[f64], classes: usize) -> Vec<f64>;
}

/// The function f that training minimises.
#[derive(Debug)]
pub(crate) struct Objective<'a, D> {
    design: &'a D,
    /// The class y of each row, n.
    labels: &'a [usize],
    /// The distribution q over the classes of each row, n×K; empty where labels are certain.
    probabilities: &'a [f64],
    /// C·s, n.
    weights: &'a [f64],
    /// The number of classes, K.
    classes: usize,
}

/// The loss at one point of a line, with its directional derivative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DirectionalValue {
    /// The loss: f without the penalty.
    pub(crate) loss: f64,
    /// The derivative of the loss by the step along the line.
    pub(crate) slope: f64,
}

impl<'a, D: Design> Objective<'a, D> {
    /// An objective for certain labels; `weights` are C times the weight of each row.
    pub(crate) fn new(
        design: &'a D,
        labels: &'a [usize],
        weights: &'a [f64],
        classes: usize,
    ) -> Self {
        Self { design, labels, probabilities: &[], weights, classes }
    }

    /// Replaces the label of each row by a distribution q over the classes (n×K): the
    /// cross-entropy Σₖ −q[i, k] ln p[i, k] takes the place of −ln p[i, yᵢ], and q[i, k] that of
    /// [yᵢ = k] (Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network").
    #[must_use]
    pub(crate) fn with_probabilities(self, probabilities: &'a [f64]) -> Self {
        Self { probabilities, ..self }
    }

    /// The number of parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.design.parameters(self.classes)
    }

    /// The number of penalised parameters; they come first.
    pub(crate) fn penalised(&self) -> usize {
        self.design.penalised(self.classes)
    }

    /// C Σ s, the divisor that makes the mean loss of the loss.
    pub(crate) fn total_weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Writes the scores Z (n×K) of some parameters to `scores`.
    pub(crate) fn scores(&self, parameters: &[f64], scores: &mut [f64]) {
        self.design.scores(parameters, self.classes, scores);
    }

    /// The number of scores, n×K.
    pub(crate) fn scores_len(&self) -> usize {
        self.design.len() * self.classes
    }

    /// The loss at Z + step·D, where D (n×K) are the scores of a direction, and its derivative by
    /// the step. Writes the residuals R (n×K) at that point to `residuals`.
    pub(crate) fn eval_along(
        &self,
        scores: &[f64],
        direction: &[f64],
        step: f64,
        residuals: &mut [f64],
    ) -> DirectionalValue {
        let classes = self.classes;
        let pieces: Vec<DirectionalValue> = residuals
            .par_chunks_mut(PIECE * classes)
            .zip(scores.par_chunks(PIECE * classes))
            .zip(direction.par_chunks(PIECE * classes))
            .enumerate()
            .map(|(piece, ((residuals, scores), direction))| {
                for ((at, score), direction) in residuals.iter_mut().zip(scores).zip(direction) {
                    *at = score + step * direction;
                }
                let first = piece * PIECE;
                // The compiler unrolls loops whose length is a constant.
                match classes {
                    2 => self.eval_piece(first, 2, residuals, direction),
                    3 => self.eval_piece(first, 3, residuals, direction),
                    _ => self.eval_piece(first, classes, residuals, direction),
                }
            })
            .collect();
        pieces.iter().fold(DirectionalValue { loss: 0.0, slope: 0.0 }, |sum, piece| {
            DirectionalValue { loss: sum.loss + piece.loss, slope: sum.slope + piece.slope }
        })
    }

    /// [`Objective::eval_along`] for the rows from `first` on: puts the residuals in the place of
    /// the scores at the point.
    #[inline(always)]
    fn eval_piece(
        &self,
        first: usize,
        classes: usize,
        scores: &mut [f64],
        direction: &[f64],
    ) -> DirectionalValue {
        let (mut loss, mut slope) = (0.0, 0.0);
        // −Σₖ q[k] ln p[k] = ln Σₖ exp(z[k] − m) − Σₖ q[k] (z[k] − m), with m the highest score z.
        for (offset, scores) in scores.chunks_exact_mut(classes).enumerate() {
            let row = first + offset;
            subtract_highest(scores);
            let wanted: f64 = if self.probabilities.is_empty() {
                scores[self.labels[row]]
            } else {
                let wanted = &self.probabilities[row * classes..][..classes];
                wanted.iter().zip(&*scores).map(|(wanted, score)| wanted * score).sum()
            };
            loss -= self.weights[row] * wanted;
        }
        // The softmax step by step: this one is computed for several rows side by side.
        scores.iter_mut().for_each(|score| *score = exp(*score));
        let mut logarithms = LogarithmSum { sum: 0.0, weight: 0.0, product: 1.0 };
        let rows = scores.chunks_exact_mut(classes).zip(direction.chunks_exact(classes));
        for (offset, (residual, direction)) in rows.enumerate() {
            let row = first + offset;
            let weight = self.weights[row];
            logarithms.add(weight, divide_by_sum(residual));
            if self.probabilities.is_empty() {
                residual[self.labels[row]] -= 1.0;
            } else {
                let wanted = &self.probabilities[row * classes..][..classes];
                residual.iter_mut().zip(wanted).for_each(|(share, wanted)| *share -= wanted);
            }
            for (residual, direction) in residual.iter_mut().zip(direction) {
                *residual *= weight;
                slope += *residual * direction;
            }
        }
        DirectionalValue { loss: loss + logarithms.sum(), slope }
    }

    /// Writes ∂f/∂parameters at residuals R (n×K) to `gradient`.
    pub(crate) fn gradient(&self, parameters: &[f64], residuals: &[f64], gradient: &mut [f64]) {
        self.design.gradient(residuals, self.classes, gradient);
        for (gradient, parameter) in gradient.iter_mut().zip(parameters).take(self.penalised()) {
            *gradient += parameter;
        }
    }

    /// The diagonal of the Hessian of f at equal probabilities.
    pub(crate) fn hessian_diagonal(&self) -> Vec<f64> {
        let share = 1.0 / self.classes as f64;
        let spread = share * (1.0 - share);
        let penalised = self.penalised();
        let diagonal = self.design.hessian_diagonal(self.weights, self.classes);
        let of_f = diagonal.into_iter().enumerate().map(|(parameter, second)| {
            let penalty = if parameter < penalised { 1.0 } else { 0.0 };
            (penalty + spread * second).max(f64::MIN_POSITIVE)
        });
        of_f.collect()
    }
}

/// Σ wᵢ ln xᵢ, for 1 ≤ xᵢ ≤ 10¹⁰⁰. Neighbours with one weight are multiplied before their
/// logarithm is taken.
#[derive(Debug)]
struct LogarithmSum {
    sum: f64,
    weight: f64,
    product: f64,
}

impl LogarithmSum {
    #[inline]
    fn add(&mut self, weight: f64, x: f64) {
        if weight != self.weight || self.product > 1e200 {
            *self = Self { sum: self.sum(), weight, product: 1.0 };
        }
        self.product *= x;
    }

    fn sum(&self) -> f64 {
        self.sum + self.weight * libm::log(self.product)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dense design of two columns; parameters are a coefficient for each class and column.
    struct Rows(Vec<[f64; 2]>);

    impl Design for Rows {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn parameters(&self, classes: usize) -> usize {
            2 * classes
        }

        fn penalised(&self, classes: usize) -> usize {
            2 * classes
        }

        fn scores_of(&self, rows: Range<usize>, parameters: &[f64], _: usize, scores: &mut [f64]) {
            let score = |row: &[f64; 2], w: &[f64]| row[0] * w[0] + row[1] * w[1];
            let of_row = |row| parameters.chunks_exact(2).map(move |w| score(row, w));
            let all = self.0[rows].iter().flat_map(of_row);
            scores.iter_mut().zip(all).for_each(|(to, score)| *to = score);
        }

        fn gradient(&self, residuals: &[f64], classes: usize, gradient: &mut [f64]) {
            gradient.fill(0.0);
            for (row, residuals) in self.0.iter().zip(residuals.chunks_exact(classes)) {
                for (class, residual) in residuals.iter().enumerate() {
                    gradient[2 * class] += row[0] * residual;
                    gradient[2 * class + 1] += row[1] * residual;
                }
            }
        }

        fn hessian_diagonal(&self, _: &[f64], classes: usize) -> Vec<f64> {
            vec![1.0; 2 * classes]
        }
    }

    /// A distribution over the classes is as good as a document of each class, weighted by it.
    #[test]
    fn probabilities_are_as_many_documents_with_their_weights() {
        let rows = [[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]];
        let probabilities = [0.2, 0.3, 0.5, 0.0, 1.0, 0.0, 0.6, 0.0, 0.4];
        let weights = [2.0, 0.5, 1.0];
        let parameters = [0.3, -0.1, 0.0, 0.7, -0.4, 0.2];
        let direction = [1.0, 0.5, -0.25, 0.0, 2.0, -1.0];
        let value = |rows: Vec<[f64; 2]>, labels: &[usize], weights: &[f64], wanted: &[f64]| {
            let design = Rows(rows);
            let objective = Objective::new(&design, labels, weights, 3).with_probabilities(wanted);
            let (mut scores, mut along) =
                (vec![0.0; objective.scores_len()], vec![0.0; objective.scores_len()]);
            objective.scores(&parameters, &mut scores);
            objective.scores(&direction, &mut along);
            let mut residuals = scores.clone();
            let along = objective.eval_along(&scores, &along, 0.5, &mut residuals);
            let mut gradient = vec![0.0; 6];
            objective.gradient(&parameters, &residuals, &mut gradient);
            (along.loss, along.slope, gradient)
        };
        let soft = value(rows.to_vec(), &[2, 1, 0], &weights, &probabilities);
        let (mut many, mut labels, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        for ((row, wanted), weight) in rows.iter().zip(probabilities.chunks_exact(3)).zip(weights) {
            for (class, probability) in wanted.iter().enumerate() {
                many.push(*row);
                labels.push(class);
                shares.push(weight * probability);
            }
        }
        let hard = value(many, &labels, &shares, &[]);
        let near = |one: f64, other: f64| (one - other).abs() < 1e-12;
        assert!(near(soft.0, hard.0) && near(soft.1, hard.1), "{soft:?} {hard:?}");
        assert!(soft.2.iter().zip(&hard.2).all(|(&one, &other)| near(one, other)));
    }
}
