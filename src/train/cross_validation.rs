//! Cross-validation: every document is scored by a model that was not trained on it.

use serde::Serialize;

use super::calibrate::Calibration;
use super::error::Error;
use super::fit::{Counted, fit_full, probabilities};
use super::metrics::Metrics;
use super::parallel::*;
use super::recipe::CalibrationName;
use super::split::Folds;
use crate::classifier::Classifier;
use crate::format::Precision;
use crate::provenance::{Provenance, Scores};

/// The scores of a recipe in stratified k-fold cross-validation.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let trained = Training::new(&Recipe::default()).on(corpus).run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// let validation = report.validation.unwrap();
/// assert_eq!(validation.shipped.folds.len(), 5);
/// assert!(validation.shipped.pooled.accuracy > 0.9);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CrossValidation {
    /// The scores of models as they are shipped: pruned, quantised, calibrated.
    pub shipped: FoldScores,
    /// The scores without pruning and quantisation; `None` if the recipe asks for neither.
    pub full: Option<FoldScores>,
    /// The share of each tested document that the model knew, fold after fold; empty where the
    /// recipe does not ask for foreign texts.
    pub known: Vec<f64>,
    /// The calibration of the final model, fitted to the out-of-fold logits of all folds.
    pub calibration: Option<Calibration>,
}

/// Scores fold by fold and of all tested documents together.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let trained = Training::new(&Recipe::default()).on(corpus).run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// let scores = report.validation.unwrap().shipped;
/// assert_eq!(scores.pooled.n, 10);
/// assert_eq!(scores.probabilities.dim(), (10, 2));
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct FoldScores {
    /// The scores of each fold.
    pub folds: Vec<Metrics>,
    /// The scores of all documents together.
    pub pooled: Metrics,
    /// The tested documents, indices into the corpus, fold after fold.
    #[serde(skip)]
    pub documents: Vec<u32>,
    /// The classes of the tested documents.
    #[serde(skip)]
    pub truth: Vec<usize>,
    /// The probabilities of the tested documents, |documents|×K.
    #[serde(skip)]
    pub probabilities: ndarray::Array2<f64>,
}

/// The mean and the sample standard deviation of a score over the folds.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let trained = Training::new(&Recipe::default()).on(corpus).run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// let spread = report.validation.unwrap().shipped.spread(|fold| fold.accuracy);
/// assert!(spread.mean > 0.9 && spread.deviation < 0.3);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation.
    pub deviation: f64,
}

impl Spread {
    /// The spread of a value for each fold.
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self { mean, deviation: (squares / (count - 1.0).max(1.0)).sqrt() }
    }
}

/// The tested documents of a fold and their logits before calibration.
struct Fold {
    documents: Vec<u32>,
    /// The logits by the pruned and quantised model.
    shipped: Vec<f64>,
    /// The logits by the model before that, if it is another.
    full: Option<Vec<f64>>,
    known: Vec<f64>,
}

/// Cross-validates the recipe on the corpus, folds in parallel; calls `done` after each fold.
///
/// Shipped models are written, opened and applied as those of users are. The calibration of a fold
/// is fitted on the logits of the other folds, so that no document has a part in its own
/// probabilities.
///
/// # Errors
/// When a label is too rare for the folds, or a fold's training part leaves no feature.
pub fn cross_validate(
    counted: &Counted<'_>,
    done: impl Fn() + Sync,
) -> Result<CrossValidation, Error> {
    let (corpus, recipe) = (counted.corpus, counted.recipe);
    let parts = Folds::new(corpus, recipe.folds, recipe.seed)?;
    let is_exact = recipe.model.precision == Precision::Float32;
    let asks_for_known = recipe.thresholds.foreign > 0.0;
    let folds: Vec<Fold> = (0..recipe.folds)
        .into_par_iter()
        .map(|fold| {
            let (training, documents) = parts.parts(fold);
            let full = fit_full(counted, &training)?;
            let full_logits = full.logits(counted, &documents);
            let pruned = full.pruned(counted, &training);
            let texts = || documents.iter().map(|&d| &corpus.documents[d as usize].text);
            let fold = if pruned.is_none() && is_exact {
                let known = if asks_for_known {
                    let classifier = full.classifier(counted, Provenance::default())?;
                    texts().map(|text| classifier.logits_and_known(text).1).collect()
                } else {
                    Vec::new()
                };
                Fold { documents, shipped: full_logits, full: None, known }
            } else {
                let fitted = pruned.unwrap_or(full);
                let classifier = fitted.classifier(counted, Provenance::default())?;
                let shipped = Classifier::open(&recipe.model.write(&classifier)?)?;
                let (mut logits, mut known) = (Vec::new(), Vec::new());
                for text in texts() {
                    let (own, share) = shipped.logits_and_known(text);
                    logits.extend(own);
                    known.extend(asks_for_known.then_some(share));
                }
                Fold { documents, shipped: logits, full: Some(full_logits), known }
            };
            done();
            Ok(fold)
        })
        .collect::<Result<_, Error>>()?;

    let labels: Vec<Vec<usize>> = folds
        .iter()
        .map(|fold| fold.documents.iter().map(|&d| corpus.documents[d as usize].label).collect())
        .collect();
    let shipped: Vec<&[f64]> = folds.iter().map(|fold| &fold.shipped[..]).collect();
    let full: Option<Vec<&[f64]>> = folds.iter().map(|fold| fold.full.as_deref()).collect();
    let documents: Vec<u32> = folds.iter().flat_map(|fold| fold.documents.clone()).collect();
    let kind = recipe.model.calibration;
    Ok(CrossValidation {
        known: folds.iter().flat_map(|fold| fold.known.iter().copied()).collect(),
        calibration: Calibration::fit(
            kind,
            &shipped.concat(),
            &labels.concat(),
            corpus.labels.len(),
        ),
        shipped: FoldScores::measure(kind, &corpus.labels, &documents, &labels, &shipped),
        full: full
            .map(|full| FoldScores::measure(kind, &corpus.labels, &documents, &labels, &full)),
    })
}

impl FoldScores {
    /// Scores logits, a list of |fold|×K for each fold; the logits of each fold are calibrated by
    /// those of the others.
    fn measure(
        kind: CalibrationName,
        names: &[String],
        documents: &[u32],
        labels: &[Vec<usize>],
        logits: &[&[f64]],
    ) -> Self {
        let others = |fold: usize| (0..logits.len()).filter(move |&other| other != fold);
        let calibrated: Vec<Vec<f64>> = (0..logits.len())
            .map(|fold| {
                let seen: Vec<f64> = others(fold).flat_map(|f| logits[f]).copied().collect();
                let seen_labels: Vec<usize> =
                    others(fold).flat_map(|f| &labels[f]).copied().collect();
                let mut own = logits[fold].to_vec();
                if let Some(calibration) = Calibration::fit(kind, &seen, &seen_labels, names.len())
                {
                    calibration.apply(&mut own);
                }
                own
            })
            .collect();
        let pooled = probabilities(calibrated.concat(), names.len());
        Self {
            folds: calibrated
                .into_iter()
                .zip(labels)
                .map(|(logits, labels)| {
                    Metrics::measure(names, labels, probabilities(logits, names.len()).view())
                })
                .collect(),
            pooled: Metrics::measure(names, &labels.concat(), pooled.view()),
            documents: documents.to_vec(),
            truth: labels.concat(),
            probabilities: pooled,
        }
    }

    /// The mean and the deviation of a score over the folds.
    pub fn spread(&self, score: impl Fn(&Metrics) -> f64) -> Spread {
        Spread::of(&self.folds.iter().map(score).collect::<Vec<_>>())
    }

    /// The scores as they stand in the provenance of a model.
    pub fn scores(&self) -> Scores {
        Scores {
            folds: self.folds.len() as u32,
            accuracy: self.spread(|fold| fold.accuracy).mean,
            macro_f1: self.spread(|fold| fold.macro_f1).mean,
            log_loss: self.spread(|fold| fold.log_loss).mean,
            calibration_error: self.pooled.calibration_error,
        }
    }
}
