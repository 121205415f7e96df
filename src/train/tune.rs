//! The choice of C, by cross-validation over a grid.
//!
//! The documents of each fold are prepared once and solved for one C after the other, from small to
//! large, each from the solution of the one before (warm start). The folds move on together, so
//! that the search can stop once a larger C no longer helps.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::cross_validation::Spread;
use super::error::Error;
use super::fit::{Counted, Problem};
use super::metrics::Metrics;
use super::parallel::*;
use super::split::Folds;

/// The values of C that are tried by default.
pub const GRID: [f64; 9] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

/// The number of values in a row, none better than the best before them, after which the search
/// ends: scores over C rise to one broad peak, with a little noise.
const PATIENCE: usize = 2;

/// The score by which C is chosen.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let recipe = Recipe::default();
/// let training = Training::new(&recipe).on(corpus).tune(&[0.5, 5.0], Criterion::LogLoss);
/// let trained = training.run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// assert_eq!(report.tuning.unwrap().criterion, Criterion::LogLoss);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Criterion {
    /// The lowest log-loss: the best probabilities.
    LogLoss,
    /// The highest accuracy.
    Accuracy,
    /// The highest macro-F1.
    MacroF1,
    /// The highest F1 of one label.
    F1(String),
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogLoss => f.write_str("log-loss"),
            Self::Accuracy => f.write_str("accuracy"),
            Self::MacroF1 => f.write_str("macro-f1"),
            Self::F1(label) => write!(f, "f1:{label}"),
        }
    }
}

impl FromStr for Criterion {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "log-loss" => Ok(Self::LogLoss),
            "accuracy" => Ok(Self::Accuracy),
            "macro-f1" => Ok(Self::MacroF1),
            _ => match name.strip_prefix("f1:") {
                Some(label) if !label.is_empty() => Ok(Self::F1(label.to_owned())),
                _ => Err(format!(
                    "expected log-loss, accuracy, macro-f1 or f1:LABEL, found {name:?}"
                )),
            },
        }
    }
}

impl Serialize for Criterion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Criterion {
    /// The score in metrics of documents that may have any of the labels.
    pub(super) fn of(&self, metrics: &Metrics) -> f64 {
        match self {
            Self::LogLoss => metrics.log_loss,
            Self::Accuracy => metrics.accuracy,
            Self::MacroF1 => metrics.macro_f1,
            Self::F1(label) => {
                let class = metrics.per_class.iter().find(|class| class.label == *label);
                class.map_or(0.0, |class| class.f1)
            }
        }
    }

    /// 1 where a higher score is better, −1 where a lower one is.
    pub(super) fn sign(&self) -> f64 {
        if *self == Self::LogLoss { -1.0 } else { 1.0 }
    }

    /// Checks that the label is one of these.
    ///
    /// # Errors
    /// [`Error::UnknownMetric`].
    fn check(&self, labels: &[String]) -> Result<(), Error> {
        match self {
            Self::F1(label) if !labels.contains(label) => {
                Err(Error::UnknownMetric { label: label.clone(), known: labels.to_vec() })
            }
            _ => Ok(()),
        }
    }
}

/// A value of C, and its scores over the folds.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let recipe = Recipe::default();
/// let training = Training::new(&recipe).on(corpus).tune(&[0.5, 5.0], Criterion::LogLoss);
/// let trained = training.run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// let tuning = report.tuning.unwrap();
/// let [small, large] = tuning.candidates[..] else { unreachable!("two values") };
/// assert!(large.log_loss.mean < small.log_loss.mean);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Candidate {
    /// C: the weight of the data against the penalty.
    pub c: f64,
    /// The accuracy on the tested documents of each fold.
    pub accuracy: Spread,
    /// The macro-F1 on the tested documents of each fold.
    pub macro_f1: Spread,
    /// The log-loss on the tested documents of each fold.
    pub log_loss: Spread,
    /// The score that decides, which is one of the others but for the F1 of a label.
    pub deciding: Spread,
}

/// The result of a search for C.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let recipe = Recipe::default();
/// let training = Training::new(&recipe).on(corpus).tune(&[0.5, 5.0], Criterion::LogLoss);
/// let trained = training.run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// let tuning = report.tuning.unwrap();
/// assert_eq!((tuning.c, tuning.candidates.len()), (5.0, 2));
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tuning {
    /// The score that decided.
    pub criterion: Criterion,
    /// The C with the best score; the smallest of equals.
    pub c: f64,
    /// The values that were tried, in ascending order of C.
    pub candidates: Vec<Candidate>,
}

impl Tuning {
    /// A caveat about the scores of the chosen C, for reports.
    pub const CAVEAT: &'static str = "Before pruning, quantisation and calibration. C was chosen \
        on the folds that the cross-validation also reports, so that its scores are slightly \
        optimistic.";
}

impl Candidate {
    /// The mean of the score that decides; higher is better.
    pub(super) fn score(&self, criterion: &Criterion) -> f64 {
        criterion.sign() * self.deciding.mean
    }
}

/// Searches `grid` for the C of the best score in the recipe's cross-validation; calls `done` after
/// each fit. The models are neither pruned nor quantised nor calibrated.
///
/// # Errors
/// [`Error::Setting`] for a grid that is empty or has a value that can't be C or too few folds;
/// [`Error::UnknownMetric`]; [`Error::RareLabel`]; [`Error::EmptyVocabulary`].
pub fn tune(
    counted: &Counted<'_>,
    grid: &[f64],
    criterion: &Criterion,
    done: impl Fn() + Sync,
) -> Result<Tuning, Error> {
    let (corpus, recipe) = (counted.corpus, counted.recipe);
    let refuse = |key: &str, expected, found: String| {
        Err(Error::Setting { key: key.to_owned(), expected, found })
    };
    if recipe.folds < 2 {
        return refuse("folds", "2 or more to choose C by", recipe.folds.to_string());
    }
    if let Some(c) = grid.iter().find(|c| !(c.is_finite() && **c > 0.0)) {
        return refuse("tune", "finite numbers above 0", c.to_string());
    }
    criterion.check(&corpus.labels)?;
    let mut grid = grid.to_vec();
    grid.sort_by(f64::total_cmp);
    grid.dedup();

    let parts = Folds::new(corpus, recipe.folds, recipe.seed)?;
    let mut folds: Vec<Fold<'_>> = (0..recipe.folds)
        .into_par_iter()
        .map(|fold| {
            let (training, tested) = parts.parts(fold);
            let truth = tested.iter().map(|&d| corpus.documents[d as usize].label).collect();
            Ok(Fold { problem: Problem::full(counted, &training)?, tested, truth, end: None })
        })
        .collect::<Result<_, Error>>()?;

    let mut candidates: Vec<Candidate> = Vec::new();
    let mut best: Option<Candidate> = None;
    let mut since_best = 0;
    for c in grid {
        let scores: Vec<Metrics> = folds
            .par_iter_mut()
            .map(|fold| {
                let metrics = fold.solve(counted, c);
                done();
                metrics
            })
            .collect();
        let over_folds = |score: &dyn Fn(&Metrics) -> f64| {
            Spread::of(&scores.iter().map(score).collect::<Vec<_>>())
        };
        let candidate = Candidate {
            c,
            accuracy: over_folds(&|metrics| metrics.accuracy),
            macro_f1: over_folds(&|metrics| metrics.macro_f1),
            log_loss: over_folds(&|metrics| metrics.log_loss),
            deciding: over_folds(&|metrics| criterion.of(metrics)),
        };
        candidates.push(candidate);
        if best.is_none_or(|best| candidate.score(criterion) > best.score(criterion)) {
            best = Some(candidate);
            since_best = 0;
        } else {
            since_best += 1;
        }
        if since_best == PATIENCE {
            break;
        }
    }
    match best {
        Some(best) => Ok(Tuning { criterion: criterion.clone(), c: best.c, candidates }),
        None => refuse("tune", "at least one value of C", "none".to_owned()),
    }
}

/// A fold during the search.
struct Fold<'a> {
    problem: Problem<'a>,
    tested: Vec<u32>,
    /// The labels of the tested documents.
    truth: Vec<usize>,
    /// The solution for the last C.
    end: Option<Vec<f64>>,
}

impl Fold<'_> {
    /// The scores of a C on the tested documents.
    fn solve(&mut self, counted: &Counted<'_>, c: f64) -> Metrics {
        let solution = self.problem.solve(c, self.end.take());
        let fitted = self.problem.fitted(&solution);
        self.end = Some(solution.parameters);
        let probabilities = fitted.probabilities(counted, &self.tested);
        Metrics::measure(&counted.corpus.labels, &self.truth, probabilities.view())
    }
}
