//! L-BFGS for the objective (Nocedal and Wright, *Numerical Optimization*, algorithm 7.5).
//!
//! Two things make it fast here. Scores are linear in the parameters, so a line search works on
//! the n×K scores alone: a step costs one pass over the rows and one over the columns, however
//! many points of the line are tried. And the first guess of the inverse Hessian is its diagonal
//! at equal probabilities, because tf-idf columns differ in length by orders of magnitude.

use std::collections::VecDeque;

use super::objective::{Design, Objective};

/// When the solver stops: whichever comes first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    /// The largest component that the gradient of the mean loss may have.
    pub(crate) tolerance: f64,
    /// The most steps.
    pub(crate) max_iterations: u32,
}

/// Where the solver stopped.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    /// The parameters, in the order of the design; the biases last.
    pub(crate) parameters: Vec<f64>,
    /// The value of f at the parameters.
    pub(crate) objective: f64,
    /// The number of steps taken.
    pub(crate) iterations: u32,
    /// Whether the tolerance was met.
    pub(crate) converged: bool,
}

/// The number of (step, gradient change) pairs that are kept. More hardly help; fewer cost steps.
const MEMORY: usize = 10;
/// The curvature condition of Wolfe: a step is taken when the slope at its end is at most this
/// share of the slope at its start.
const CURVATURE: f64 = 0.5;
/// The most points that a line search tries. For a convex function a few bracket the minimum.
const LINE_POINTS: u32 = 40;

/// A step of the solver, and the change of the gradient over it.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// 1 / (step · change).
    rho: f64,
}

/// The share of its initial size to which the gradient must also fall from a given start: near the
/// minimum the tolerance alone may hold from the beginning, and the solver would stay there. What
/// is left to descend goes with the square of the gradient: a hundredth.
const WARM_SHARE: f64 = 0.1;

/// Minimises the objective, from the parameters `start` or from zero.
pub(crate) fn minimise<D: Design>(
    objective: &Objective<'_, D>,
    start: Option<Vec<f64>>,
    stop: Stop,
) -> Solution {
    let penalised = objective.penalised();
    let is_warm = start.is_some();
    let mut limit = stop.tolerance * objective.total_weight();
    let diagonal = objective.hessian_diagonal();

    let mut parameters = start.unwrap_or_else(|| vec![0.0; objective.parameters()]);
    let mut scores = vec![0.0; objective.scores_len()];
    objective.scores(&parameters, &mut scores);
    let mut direction_scores = vec![0.0; scores.len()];
    let mut residuals = vec![0.0; scores.len()];
    let mut gradient = vec![0.0; parameters.len()];
    let mut before = gradient.clone();
    let mut loss = objective.eval_along(&scores, &scores, 0.0, &mut residuals).loss;
    objective.gradient(&parameters, &residuals, &mut gradient);

    if is_warm {
        limit = limit.min(WARM_SHARE * steepest(&gradient));
    }

    let mut pairs: VecDeque<Pair> = VecDeque::new();
    let mut iterations = 0;
    loop {
        let steepest = steepest(&gradient);
        let converged = steepest <= limit;
        let norm = dot(&parameters[..penalised], &parameters[..penalised]);
        let value = loss + 0.5 * norm;
        if converged || iterations == stop.max_iterations {
            return Solution { parameters, objective: value, iterations, converged };
        }

        let mut direction = descend(&gradient, &pairs, &diagonal);
        objective.scores(&direction, &mut direction_scores);
        let line = Line {
            objective,
            scores: &scores,
            direction_scores: &direction_scores,
            value,
            norm,
            mixed: dot(&parameters[..penalised], &direction[..penalised]),
            direction_norm: dot(&direction[..penalised], &direction[..penalised]),
            slope: dot(&gradient, &direction),
        };
        let Some((step, loss_there)) = line.search(&mut residuals) else {
            // No point of the line is lower within rounding: this is the minimum that f64 can
            // tell, unless old pairs misled the direction.
            if pairs.is_empty() {
                return Solution { parameters, objective: value, iterations, converged };
            }
            pairs.clear();
            continue;
        };
        iterations += 1;
        loss = loss_there;

        for (parameter, value) in parameters.iter_mut().zip(&mut direction) {
            *value *= step;
            *parameter += *value;
        }
        for (score, change) in scores.iter_mut().zip(&direction_scores) {
            *score += step * change;
        }
        std::mem::swap(&mut gradient, &mut before);
        objective.gradient(&parameters, &residuals, &mut gradient);
        // `before` becomes the change of the gradient; the memory of the oldest pair is used again.
        for (then, now) in before.iter_mut().zip(&gradient) {
            *then = now - *then;
        }
        let product = dot(&direction, &before);
        if product > 0.0 {
            let spare = match pairs.len() {
                MEMORY => pairs.pop_front().map(|oldest| oldest.change),
                _ => None,
            };
            let spare = spare.unwrap_or_else(|| vec![0.0; gradient.len()]);
            let change = std::mem::replace(&mut before, spare);
            pairs.push_back(Pair { step: direction, change, rho: 1.0 / product });
        }
    }
}

/// The largest component of a gradient, by its absolute value.
fn steepest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |steepest, g| steepest.max(g.abs()))
}

/// The direction −H·gradient, with the inverse Hessian H that pairs and diagonal approximate, by
/// the two-loop recursion.
fn descend(gradient: &[f64], pairs: &VecDeque<Pair>, diagonal: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut factors = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let factor = pair.rho * dot(&pair.step, &direction);
        add_scaled(&mut direction, -factor, &pair.change);
        factors.push(factor);
    }
    // Scales the diagonal to the curvature of the latest pair (ibid., equation 7.20, in the metric
    // of the diagonal).
    let scale = pairs.back().map_or(1.0, |pair| {
        let length: f64 =
            pair.change.iter().zip(diagonal).map(|(change, second)| change * change / second).sum();
        1.0 / (pair.rho * length)
    });
    for (direction, second) in direction.iter_mut().zip(diagonal) {
        *direction *= scale / second;
    }
    for (pair, factor) in pairs.iter().zip(factors.into_iter().rev()) {
        let correction = pair.rho * dot(&pair.change, &direction);
        add_scaled(&mut direction, factor - correction, &pair.step);
    }
    direction
}

/// A line through the parameters W, in a direction D: f as a function of the step along it.
struct Line<'a, D> {
    objective: &'a Objective<'a, D>,
    /// The scores of W.
    scores: &'a [f64],
    /// The scores of D.
    direction_scores: &'a [f64],
    /// The value of f at the start.
    value: f64,
    /// The derivative of f by the step at the start.
    slope: f64,
    /// ‖W‖², of the penalised parameters, as in the next two.
    norm: f64,
    /// W·D.
    mixed: f64,
    /// ‖D‖².
    direction_norm: f64,
}

impl<D: Design> Line<'_, D> {
    /// The value of f after a step, its derivative by the step, and the loss alone. Writes the
    /// residuals there to `residuals`.
    fn at(&self, step: f64, residuals: &mut [f64]) -> (f64, f64, f64) {
        let data = self.objective.eval_along(self.scores, self.direction_scores, step, residuals);
        let norm = self.norm + step * (2.0 * self.mixed + step * self.direction_norm);
        let slope = data.slope + self.mixed + step * self.direction_norm;
        (data.loss + 0.5 * norm, slope, data.loss)
    }

    /// A step to where f is lower and much flatter, and the loss there; its residuals are left in
    /// `residuals`. `None` where rounding hides the descent.
    fn search(&self, residuals: &mut [f64]) -> Option<(f64, f64)> {
        if self.slope >= 0.0 {
            return None;
        }
        // f is convex: its slope rises along the line, from below zero at `low`.
        let (mut low, mut low_slope) = (0.0, self.slope);
        let mut high: Option<(f64, f64)> = None;
        let mut step = 1.0;
        // The rounding error of a sum of this size; a smaller descent can't be seen.
        let slack = 1e-14 * self.value.abs();
        for _ in 0..LINE_POINTS {
            let (value, slope, loss) = self.at(step, residuals);
            if value <= self.value + slack && slope.abs() <= CURVATURE * self.slope.abs() {
                return Some((step, loss));
            }
            if slope < 0.0 && value <= self.value + slack {
                (low, low_slope) = (step, slope);
            } else {
                high = Some((step, slope));
            }
            step = match high {
                None => 2.0 * step,
                Some((high, high_slope)) => {
                    // The secant step: where a straight line through the two slopes meets zero,
                    // kept inside the bracket.
                    let guess = low - low_slope * (high - low) / (high_slope - low_slope);
                    let margin = 0.1 * (high - low);
                    if guess.is_finite() {
                        guess.clamp(low + margin, high - margin)
                    } else {
                        low.midpoint(high)
                    }
                }
            };
        }
        (low > 0.0).then(|| (low, self.at(low, residuals).2))
    }
}

/// The scalar product.
fn dot(one: &[f64], other: &[f64]) -> f64 {
    // Eight sums side by side: the compiler may then use vector instructions, in a fixed order.
    let (one_chunks, one_rest) = one.as_chunks::<8>();
    let (other_chunks, other_rest) = other.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (one, other) in one_chunks.iter().zip(other_chunks) {
        for lane in 0..8 {
            sums[lane] += one[lane] * other[lane];
        }
    }
    let rest: f64 = one_rest.iter().zip(other_rest).map(|(one, other)| one * other).sum();
    sums.iter().sum::<f64>() + rest
}

/// Adds a multiple of a vector.
fn add_scaled(target: &mut [f64], factor: f64, other: &[f64]) {
    for (target, other) in target.iter_mut().zip(other) {
        *target += factor * other;
    }
}
