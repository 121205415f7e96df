//! L-BFGS for the objective (Nocedal and Wright, *Numerical Optimization*, algorithm 7.5).
//!
//! Two things make it fast here. Scores are linear in the parameters, so a line search works on
//! the n×K scores alone: a step costs one pass over the rows and one over the columns, however
//! many points of the line are tried. And the first guess of the inverse Hessian is its diagonal
//! at equal probabilities, because tf-idf columns differ in length by orders of magnitude.

use std::collections::VecDeque;

use super::objective::{Design, Objective};

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    /// Largest component of the gradient of the mean loss.
    pub(crate) tolerance: f64,
    /// Most steps.
    pub(crate) max_iterations: u32,
}

/// Where the solver stopped.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    /// As the design orders them; the biases last.
    pub(crate) parameters: Vec<f64>,
    /// f there.
    pub(crate) objective: f64,
    /// Steps taken.
    pub(crate) iterations: u32,
    /// Whether the tolerance was met.
    pub(crate) converged: bool,
}

/// Pairs of step and gradient change that are kept. More hardly help; fewer cost steps.
const MEMORY: usize = 10;
/// A step is taken when the slope at its end is at most this part of the slope at its start.
const CURVATURE: f64 = 0.5;
/// Points tried on a line. Slopes of a convex function are bracketed after a few.
const LINE_POINTS: u32 = 40;

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// 1 / (step · change).
    rho: f64,
}

/// From a start near the minimum, the gradient must also fall to this part of what it was there:
/// the tolerance alone may already hold where the solver starts, and it would stay. What is left
/// to descend goes with the square of the gradient: a hundredth.
const WARM_SHARE: f64 = 0.1;

/// Minimises the objective, from `start` or zero.
pub(crate) fn minimise<D: Design>(
    objective: &Objective<'_, D>,
    start: Option<Vec<f64>>,
    stop: Stop,
) -> Solution {
    let penalised = objective.penalised();
    let is_warm = start.is_some();
    let mut limit = stop.tolerance * objective.total_weight();
    let curvature = objective.curvature();

    let mut parameters = start.unwrap_or_else(|| vec![0.0; objective.parameters()]);
    let mut scores = objective.scores(&parameters);
    let mut residuals = vec![0.0; scores.len()];
    let mut gradient = vec![0.0; parameters.len()];
    let mut before = gradient.clone();
    let mut loss = objective.along(&scores, &scores, 0.0, &mut residuals).loss;
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

        let mut direction = descend(&gradient, &pairs, &curvature);
        let along = objective.scores(&direction);
        let line = Line {
            objective,
            scores: &scores,
            along: &along,
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
        for (score, along) in scores.iter_mut().zip(&along) {
            *score += step * along;
        }
        std::mem::swap(&mut gradient, &mut before);
        objective.gradient(&parameters, &residuals, &mut gradient);
        // What was the gradient becomes the change; the oldest pair's memory is used again.
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

/// The largest component.
fn steepest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |steepest, g| steepest.max(g.abs()))
}

/// −H·gradient, by the two-loop recursion.
fn descend(gradient: &[f64], pairs: &VecDeque<Pair>, curvature: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut factors = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let factor = pair.rho * dot(&pair.step, &direction);
        add_scaled(&mut direction, -factor, &pair.change);
        factors.push(factor);
    }
    // Scaled so that the first guess has the latest pair's curvature (ibid., equation 7.20, in the
    // metric of the diagonal).
    let scale = pairs.back().map_or(1.0, |pair| {
        let length: f64 = pair
            .change
            .iter()
            .zip(curvature)
            .map(|(change, curved)| change * change / curved)
            .sum();
        1.0 / (pair.rho * length)
    });
    for (direction, curved) in direction.iter_mut().zip(curvature) {
        *direction *= scale / curved;
    }
    for (pair, factor) in pairs.iter().zip(factors.into_iter().rev()) {
        let correction = pair.rho * dot(&pair.change, &direction);
        add_scaled(&mut direction, factor - correction, &pair.step);
    }
    direction
}

/// f along a direction.
struct Line<'a, D> {
    objective: &'a Objective<'a, D>,
    scores: &'a [f64],
    along: &'a [f64],
    /// f, its slope, ‖W‖², W·D and ‖D‖² at the start.
    value: f64,
    slope: f64,
    norm: f64,
    mixed: f64,
    direction_norm: f64,
}

impl<D: Design> Line<'_, D> {
    /// f, its slope and the data's part of it; that part's residuals into `residuals`.
    fn at(&self, step: f64, residuals: &mut [f64]) -> (f64, f64, f64) {
        let data = self.objective.along(self.scores, self.along, step, residuals);
        let norm = self.norm + step * (2.0 * self.mixed + step * self.direction_norm);
        let slope = data.slope + self.mixed + step * self.direction_norm;
        (data.loss + 0.5 * norm, slope, data.loss)
    }

    /// A step to where f is lower and much flatter, and the data's part of f there, whose residuals
    /// it leaves; none where rounding hides the descent.
    fn search(&self, residuals: &mut [f64]) -> Option<(f64, f64)> {
        if self.slope >= 0.0 {
            return None;
        }
        // f is convex: its slope rises along the line, from below zero at `low`.
        let (mut low, mut low_slope) = (0.0, self.slope);
        let mut high: Option<(f64, f64)> = None;
        let mut step = 1.0;
        // Rounding of a sum of this size; a descent below it can't be seen.
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
                    // Where a straight line through the two slopes meets zero, kept inside.
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

fn add_scaled(target: &mut [f64], factor: f64, other: &[f64]) {
    for (target, other) in target.iter_mut().zip(other) {
        *target += factor * other;
    }
}
