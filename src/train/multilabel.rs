//! Several labels a text: one-vs-rest training with independent probabilities, thresholds for each
//! label, and scores of sets of labels.
//!
//! Each label has a logistic regression of its own over the same rows ([`fit`](super::fit)), its
//! probability is the sigmoid of its logit ([`Link::Independent`]), and a text has every label that
//! is at least as probable as the label's threshold. That is the one with the best F1 in
//! cross-validation, or the lowest that reaches a precision that was asked for. Without
//! cross-validation it is 0.5.
//!
//! Folds are dealt by sets of labels, those with a rare label first; see `split`. The labels of a
//! fold's documents are given by the thresholds that the other folds ask for, so that no document
//! has a part in what it is told.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::Serialize;

use super::corpus::{Corpus, Duplicates};
use super::cross_validation::Spread;
use super::error::Error;
use super::fit::{Counted, fit};
use super::head_start::Supplied;
use super::metrics::{CALIBRATION_BINS, CalibrationBin, ClassMetrics, share};
use super::recipe::{CalibrationName, Recipe, ThresholdsRecipe};
use super::run::{Count, Observer, Solved, Step, Trained, provenance};
use super::split::Folds;
use super::thresholds::{
    Answered, by_confidence, not_above, quantile, reaching, unknown_label, unreached,
};
use crate::format::Precision;
use crate::link::Link;
use crate::provenance::{Provenance, Scores};
use crate::thresholds::Thresholds;

/// The threshold of a label that cross-validation says nothing of.
const EVEN: f64 = 0.5;

/// Scores of n documents with sets of K labels, by scikit-learn's definitions.
///
/// ```
/// use ndarray::array;
/// use undertone::train::multilabel::Metrics;
///
/// let labels = ["earnings", "merger"].map(str::to_owned);
/// let truth = array![[true, true], [false, true], [false, false]];
/// let probabilities = array![[0.9, 0.4], [0.2, 0.6], [0.1, 0.7]];
/// let given = probabilities.mapv(|one| one >= 0.5);
/// let metrics = Metrics::measure(&labels, truth.view(), given.view(), probabilities.view());
/// assert_eq!(metrics.subset_accuracy, 1.0 / 3.0);
/// assert_eq!((metrics.micro_f1, metrics.macro_f1), (2.0 / 3.0, 0.75));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Metrics {
    /// The number of documents.
    pub n: usize,
    /// F1 of all labels of all documents together, 0 to 1.
    pub micro_f1: f64,
    /// Unweighted mean of the labels' F1, 0 to 1.
    pub macro_f1: f64,
    /// Share of documents whose set of labels is right as a whole, 0 to 1.
    pub subset_accuracy: f64,
    /// Share of labels that are wrongly given or wrongly not given, over all documents, 0 to 1.
    pub hamming_loss: f64,
    /// Mean of −ln of the probability given to what is right of each label of each document, in
    /// nats.
    pub log_loss: f64,
    /// Expected calibration error of the probabilities of all labels, over
    /// [`CALIBRATION_BINS`] bins, 0 to 1.
    pub calibration_error: f64,
    /// The scores of each label.
    pub per_label: Vec<ClassMetrics>,
}

impl Metrics {
    /// Measures the labels given and their probabilities against the right ones, n×K each.
    pub fn measure(
        labels: &[String],
        truth: ArrayView2<'_, bool>,
        given: ArrayView2<'_, bool>,
        probabilities: ArrayView2<'_, f64>,
    ) -> Self {
        let (n, cells) = (truth.nrows(), truth.len() as u64);
        let count = |number: usize| number as u64;
        let per_label: Vec<ClassMetrics> = labels
            .iter()
            .enumerate()
            .map(|(label, name)| {
                let (truth, given) = (truth.column(label), given.column(label));
                let right = truth.iter().zip(given).filter(|(truth, given)| **truth && **given);
                let right = count(right.count());
                let support = count(truth.iter().filter(|truth| **truth).count());
                let predicted = count(given.iter().filter(|given| **given).count());
                ClassMetrics {
                    label: name.clone(),
                    precision: share(right, predicted),
                    recall: share(right, support),
                    f1: share(2 * right, predicted + support),
                    support,
                }
            })
            .collect();
        let both = truth.iter().zip(given).filter(|(truth, given)| **truth && **given).count();
        let either = truth.iter().chain(given).filter(|one| **one).count();
        let wrong = truth.iter().zip(given).filter(|(truth, given)| truth != given).count();
        let whole = truth.rows().into_iter().zip(given.rows()).filter(|(one, other)| one == other);
        let mut bins = [CalibrationBin::default(); CALIBRATION_BINS];
        let mut log_loss = 0.0;
        for (&truth, &probability) in truth.iter().zip(probabilities) {
            let of_truth = if truth { probability } else { 1.0 - probability };
            log_loss -= libm::log(of_truth.clamp(f64::EPSILON, 1.0));
            let bin = (probability * CALIBRATION_BINS as f64) as usize;
            let bin = &mut bins[bin.min(CALIBRATION_BINS - 1)];
            bin.right += u64::from(truth);
            bin.confidence += probability;
        }
        let off: f64 = bins.iter().map(|bin| (bin.right as f64 - bin.confidence).abs()).sum();
        let of_all = |sum: f64| if cells == 0 { 0.0 } else { sum / cells as f64 };
        Self {
            n,
            micro_f1: share(2 * count(both), count(either)),
            macro_f1: per_label.iter().map(|one| one.f1).sum::<f64>() / labels.len().max(1) as f64,
            subset_accuracy: share(count(whole.count()), count(n)),
            hamming_loss: share(count(wrong), cells),
            log_loss: of_all(log_loss),
            calibration_error: of_all(off),
            per_label,
        }
    }
}

/// The scores of a recipe in cross-validation.
///
/// ```
/// # use std::fs;
/// use undertone::train::recipe::{DataSource, Recipe};
/// use undertone::train::run::{Solved, run};
///
/// let file = tempfile::NamedTempFile::new()?;
/// let line = |n: usize| format!("week {n} deal,merger\nweek {n} profit,earnings\nweek {n},\n");
/// fs::write(file.path(), "text,labels\n".to_owned() + &(0..6).map(line).collect::<String>())?;
/// let recipe = Recipe::default().data([DataSource::default().path(file.path())]).folds(3);
/// let Solved::Multilabel(report) = run(&recipe, &mut ())?.solved else { unreachable!("labels") };
/// let validation = report.validation.unwrap();
/// assert_eq!((validation.folds.len(), validation.pooled.n), (3, 18));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Validation {
    /// The scores of each fold.
    pub folds: Vec<Metrics>,
    /// The scores of all documents together.
    pub pooled: Metrics,
    /// The tested documents, indices into the corpus, fold after fold.
    #[serde(skip)]
    pub documents: Vec<u32>,
    /// The probabilities of the tested documents, |documents|×K.
    #[serde(skip)]
    pub probabilities: Array2<f64>,
    /// The labels that they were given, |documents|×K.
    #[serde(skip)]
    pub given: Array2<bool>,
    /// The share of each that the model knew; empty where the recipe doesn't ask for it.
    #[serde(skip)]
    known: Vec<f64>,
}

/// The report of a training run on documents with several labels.
///
/// ```
/// # use std::fs;
/// use undertone::train::recipe::{DataSource, Recipe};
/// use undertone::train::run::{Solved, run};
///
/// let file = tempfile::NamedTempFile::new()?;
/// fs::write(file.path(), "text,labels\nProfit rose,earnings\nMerger talks,merger;talks\n")?;
/// let recipe = Recipe::default().data([DataSource::default().path(file.path())]).folds(0);
/// let trained = run(&recipe, &mut ())?;
/// assert!(trained.classifier.gives_several());
/// let Solved::Multilabel(report) = trained.solved else { unreachable!("several labels") };
/// assert!(report.converged && report.validation.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The documents that were trained on.
    pub corpus: Corpus,
    /// The documents whose texts occur more than once.
    pub duplicates: Duplicates,
    /// The cross-validation, unless the recipe has 0 folds.
    pub validation: Option<Validation>,
    /// The most steps that the solver took for a label.
    pub iterations: u32,
    /// Whether the solver met its tolerance for every label.
    pub converged: bool,
    /// The sum of the values of the objectives that the solver reached.
    pub objective: f64,
}

/// Whether each of some documents has each label, |documents|×K.
pub fn truth(corpus: &Corpus, documents: &[u32]) -> Array2<bool> {
    Array2::from_shape_fn((documents.len(), corpus.labels.len()), |(row, label)| {
        corpus.labels_of(documents[row] as usize).contains(&label)
    })
}

/// Trains on a corpus whose documents have several labels.
pub(super) fn run(
    recipe: &Recipe,
    corpus: Corpus,
    joined: Vec<(String, String)>,
    supplied: &Supplied<'_>,
    is_tuned: bool,
    observer: &mut impl Observer,
) -> Result<Trained, Error> {
    check(recipe, is_tuned)?;
    let counted = Counted::with_supplied(&corpus, recipe, supplied)?;
    observer.on(Step::Read, 1, 1);
    let validation = match recipe.folds {
        0 => None,
        folds => {
            let count = Count::new(observer, Step::CrossValidate, folds);
            Some(cross_validate(&counted, || count.one())?)
        }
    };
    observer.on(Step::Fit, 0, 1);
    let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
    let fitted = fit(&counted, &everything)?;
    observer.on(Step::Fit, 1, 1);
    let scores = validation.as_ref().map(Validation::scores);
    let classifier = fitted.classifier(&counted, provenance(recipe, &counted.sets(), scores))?;
    let (confidence, known) = match &validation {
        None => (vec![EVEN; corpus.labels.len()], 0.0),
        Some(validation) => {
            let truth = truth(&corpus, &validation.documents);
            let probabilities = validation.probabilities.view();
            let chosen = choose(&recipe.thresholds, &corpus.labels, truth.view(), probabilities);
            (chosen?, quantile(&validation.known, recipe.thresholds.foreign))
        }
    };
    let confidence: Vec<f32> = confidence.into_iter().map(not_above).collect();
    let thresholds = Thresholds::default().confidence(confidence).known(known);
    let classifier = classifier.with_thresholds(thresholds)?;
    let label_counts = corpus.label_counts();
    let solved = Solved::Multilabel(Box::new(Report {
        duplicates: corpus.duplicates(),
        validation,
        iterations: fitted.iterations,
        converged: fitted.converged,
        objective: fitted.objective,
        corpus,
    }));
    Ok(Trained { classifier, recipe: recipe.clone(), label_counts, joined, solved })
}

/// Refuses what is for one label a text alone.
fn check(recipe: &Recipe, is_tuned: bool) -> Result<(), Error> {
    let calibration = recipe.model.calibration;
    for (key, expected, is_asked_for) in [
        ("tune", "one label for each text, to choose C for", is_tuned),
        (
            "model.calibration",
            "none where texts have several labels",
            calibration != CalibrationName::None,
        ),
        (
            "model.precision",
            "float32 where texts have several labels",
            recipe.model.precision == Precision::Int8,
        ),
    ] {
        if is_asked_for {
            let found = "texts with several labels, and another value".to_owned();
            return Err(Error::Setting { key: key.to_owned(), expected, found });
        }
    }
    Ok(())
}

/// The tested documents of a fold with their probabilities, row by row.
struct Fold {
    documents: Vec<u32>,
    probabilities: Vec<f64>,
    known: Vec<f64>,
}

/// Cross-validates the recipe on the corpus, folds in parallel; calls `done` after each fold.
fn cross_validate(counted: &Counted<'_>, done: impl Fn() + Sync) -> Result<Validation, Error> {
    let (corpus, recipe) = (counted.corpus, counted.recipe);
    let classes = corpus.labels.len();
    let parts = Folds::new(corpus, recipe.folds, recipe.seed)?;
    let folds: Vec<Fold> = (0..recipe.folds)
        .into_par_iter()
        .map(|fold| {
            let (training, documents) = parts.parts(fold);
            let fitted = fit(counted, &training)?;
            let mut probabilities = fitted.logits(counted, &documents);
            probabilities.chunks_exact_mut(classes).for_each(|row| Link::Independent.apply(row));
            let mut known = Vec::new();
            if recipe.thresholds.foreign > 0.0 {
                let classifier = fitted.classifier(counted, Provenance::default())?;
                let texts = documents.iter().map(|&d| &corpus.documents[d as usize].text);
                known.extend(texts.map(|text| classifier.logits_and_known(text).1));
            }
            done();
            Ok(Fold { documents, probabilities, known })
        })
        .collect::<Result<_, Error>>()?;

    let documents: Vec<u32> = folds.iter().flat_map(|fold| &fold.documents).copied().collect();
    let probabilities: Vec<f64> =
        folds.iter().flat_map(|fold| &fold.probabilities).copied().collect();
    let probabilities = Array2::from_shape_fn((documents.len(), classes), |(row, class)| {
        probabilities[row * classes + class]
    });
    let truth = truth(corpus, &documents);
    let mut given = Array2::from_elem(truth.dim(), false);
    let mut metrics = Vec::with_capacity(folds.len());
    let mut start = 0;
    for fold in &folds {
        let own = start..start + fold.documents.len();
        start = own.end;
        for class in 0..classes {
            let others = (0..documents.len()).filter(|row| !own.contains(row));
            let others = others.map(|row| (probabilities[(row, class)], truth[(row, class)]));
            let wanted = recipe.thresholds.precision.get(&corpus.labels[class]).copied();
            // What the other folds don't reach is not given.
            let least = threshold(others.collect(), wanted).unwrap_or(f64::INFINITY);
            for row in own.clone() {
                given[(row, class)] = probabilities[(row, class)] >= least;
            }
        }
        let rows: Vec<usize> = own.collect();
        metrics.push(Metrics::measure(
            &corpus.labels,
            truth.select(Axis(0), &rows).view(),
            given.select(Axis(0), &rows).view(),
            probabilities.select(Axis(0), &rows).view(),
        ));
    }
    let pooled = Metrics::measure(&corpus.labels, truth.view(), given.view(), probabilities.view());
    let known = folds.into_iter().flat_map(|fold| fold.known).collect();
    Ok(Validation { folds: metrics, pooled, documents, probabilities, given, known })
}

/// The threshold of each label, by the out-of-fold probabilities.
fn choose(
    recipe: &ThresholdsRecipe,
    labels: &[String],
    truth: ArrayView2<'_, bool>,
    probabilities: ArrayView2<'_, f64>,
) -> Result<Vec<f64>, Error> {
    if let Some(label) = recipe.precision.keys().find(|label| !labels.contains(label)) {
        return Err(unknown_label(label));
    }
    let chosen = labels.iter().enumerate().map(|(class, label)| {
        let texts = probabilities.column(class).into_iter().zip(truth.column(class));
        let texts = texts.map(|(&probability, &truth)| (probability, truth)).collect();
        let wanted = recipe.precision.get(label).copied();
        threshold(texts, wanted).map_err(|best| unreached(label, wanted.unwrap_or_default(), best))
    });
    chosen.collect()
}

/// The threshold of a label, by texts with its probability and whether they have it: the lowest
/// with a precision, or, where none is wanted, the one with the best F1; of equals the highest. It
/// stands half way to the next text below. The largest precision where the wanted one is not
/// reached.
fn threshold(texts: Vec<(f64, bool)>, wanted: Option<f64>) -> Result<f64, f64> {
    if let Some(wanted) = wanted {
        return reaching(wanted, texts);
    }
    let all = texts.iter().filter(|(_, has)| *has).count() as u64;
    let answered = by_confidence(&texts);
    let (mut best, mut place) = (0.0, None);
    for (index, Answered { count, right, .. }) in answered.iter().enumerate() {
        let f1 = share(2 * *right as u64, *count as u64 + all);
        if f1 > best {
            (best, place) = (f1, Some(index));
        }
    }
    Ok(place.map_or(EVEN, |place| {
        let at = answered[place].confidence;
        answered.get(place + 1).map_or(at, |below| f64::midpoint(at, below.confidence))
    }))
}

impl Validation {
    /// The mean and the deviation of a score over the folds.
    pub fn spread(&self, score: impl Fn(&Metrics) -> f64) -> Spread {
        Spread::of(&self.folds.iter().map(score).collect::<Vec<_>>())
    }

    /// The scores as they stand in the provenance of a model; the accuracy is that of whole sets.
    pub fn scores(&self) -> Scores {
        Scores {
            folds: self.folds.len() as u32,
            accuracy: self.spread(|fold| fold.subset_accuracy).mean,
            macro_f1: self.spread(|fold| fold.macro_f1).mean,
            log_loss: self.spread(|fold| fold.log_loss).mean,
            calibration_error: self.pooled.calibration_error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_has_the_best_f1_half_way_to_the_next_text() {
        let texts = vec![(0.9, true), (0.6, true), (0.2, false), (0.1, true)];
        // 0.9: 2/4; 0.6: 4/5; 0.2: 4/6; 0.1: 6/7.
        assert_eq!(threshold(texts.clone(), None), Ok(0.1));
        assert_eq!(threshold(texts[..3].to_vec(), None), Ok(0.4));
        assert_eq!(threshold(vec![(0.3, false)], None), Ok(0.5));
        assert_eq!(threshold(texts.clone(), Some(1.0)), Ok(0.6));
        assert_eq!(threshold(vec![(0.7, false), (0.3, true)], Some(0.8)), Err(0.5));
    }
}
