//! Every document scored by a model that did not see it.

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::Serialize;

use super::error::Error;
use super::fit::{Counted, fit};
use super::metrics::Metrics;
use super::split::stratified_folds;
use crate::provenance::Scores;

/// The scores of a recipe in stratified k-fold cross-validation.
#[derive(Debug, Clone, Serialize)]
pub struct CrossValidation {
    /// Each fold's scores.
    pub folds: Vec<Metrics>,
    /// The scores of all documents together.
    pub pooled: Metrics,
}

/// Mean and sample standard deviation over the folds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation.
    pub deviation: f64,
}

/// Cross-validates the recipe on the corpus, folds in parallel; calls `done` after each fold.
///
/// # Errors
/// When a label is too rare for the folds, or a fold's training part leaves no feature.
pub fn cross_validate(
    counted: &Counted<'_>,
    done: impl Fn() + Sync,
) -> Result<CrossValidation, Error> {
    let corpus = counted.corpus;
    let folds = counted.recipe.folds;
    let fold_of = stratified_folds(corpus, folds, counted.recipe.seed)?;
    let classes = corpus.classes();
    let part = |wanted: &dyn Fn(u32) -> bool| -> Vec<u32> {
        let all = 0..corpus.documents.len() as u32;
        all.filter(|&document| wanted(fold_of[document as usize])).collect()
    };
    let scored: Vec<(Vec<u32>, Array2<f64>)> = (0..folds)
        .into_par_iter()
        .map(|fold| {
            let fitted = fit(counted, &part(&|other| other != fold))?;
            let tested = part(&|other| other == fold);
            let probabilities = fitted.probabilities(counted, &tested);
            done();
            Ok((tested, probabilities))
        })
        .collect::<Result<_, Error>>()?;

    let mut pooled = Array2::zeros((classes.len(), corpus.labels.len()));
    let mut metrics = Vec::with_capacity(scored.len());
    for (tested, probabilities) in &scored {
        let truth: Vec<usize> = tested.iter().map(|&document| classes[document as usize]).collect();
        metrics.push(Metrics::measure(&corpus.labels, &truth, probabilities.view()));
        for (&document, row) in tested.iter().zip(probabilities.axis_iter(Axis(0))) {
            pooled.row_mut(document as usize).assign(&row);
        }
    }
    Ok(CrossValidation {
        folds: metrics,
        pooled: Metrics::measure(&corpus.labels, &classes, pooled.view()),
    })
}

impl CrossValidation {
    /// Mean and deviation of a score over the folds.
    pub fn spread(&self, score: impl Fn(&Metrics) -> f64) -> Spread {
        let count = self.folds.len() as f64;
        let mean = self.folds.iter().map(&score).sum::<f64>() / count;
        let squares: f64 = self.folds.iter().map(|fold| (score(fold) - mean).powi(2)).sum();
        Spread { mean, deviation: (squares / (count - 1.0).max(1.0)).sqrt() }
    }

    /// What a model says of it.
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
