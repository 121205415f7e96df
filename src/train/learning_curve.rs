//! The learning curve: scores over the size of the training part, which show what more data would
//! bring.

use super::corpus::Corpus;
use super::cross_validation::Spread;
use super::error::Error;
use super::fit::{Counted, fit_full};
use super::metrics::Metrics;
use super::order::sort;
use super::parallel::*;
use super::split::{Folds, random};

/// The shares of each fold's training part that are fitted, in percent.
pub const PERCENTS: [u32; 5] = [10, 25, 50, 75, 100];

/// A point of the learning curve: the scores at one size of the training part.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let recipe = Recipe::default();
/// let trained = Training::new(&recipe).on(corpus).with_learning_curve().run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// let last = report.learning_curve.last().unwrap();
/// assert_eq!((last.percent, last.documents), (100, 8.0));
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The share of the training part that is fitted, in percent.
    pub percent: u32,
    /// The number of documents that are fitted, the mean over the folds.
    pub documents: f64,
    /// The accuracy over the folds.
    pub accuracy: Spread,
    /// The macro-F1 over the folds.
    pub macro_f1: Spread,
}

/// Fits the recipe to growing shares of each fold's training part and scores them on the fold's
/// tested documents, all in parallel; calls `done` after each fit.
///
/// Each share keeps the balance of data sets and labels and contains the smaller ones. The models
/// are neither pruned nor quantised nor calibrated. Sizes at which some fold leaves no feature are
/// left out.
///
/// # Errors
/// [`Error::RareLabel`].
pub fn learning_curve(counted: &Counted<'_>, done: impl Fn() + Sync) -> Result<Vec<Point>, Error> {
    let (corpus, recipe) = (counted.corpus, counted.recipe);
    let parts = Folds::new(corpus, recipe.folds, recipe.seed)?;
    let fits: Vec<(u32, u32)> = PERCENTS
        .iter()
        .flat_map(|&percent| (0..recipe.folds).map(move |fold| (percent, fold)))
        .collect();
    let scores: Vec<Option<(usize, Metrics)>> = fits
        .into_par_iter()
        .map(|(percent, fold)| {
            let (training, tested) = parts.parts(fold);
            let training = stratified_share(corpus, &training, percent, recipe.seed);
            let fitted = match fit_full(counted, &training) {
                Err(Error::EmptyVocabulary { .. }) => None,
                other => Some(other?),
            };
            done();
            Ok(fitted.map(|fitted| {
                let truth: Vec<usize> =
                    tested.iter().map(|&d| corpus.documents[d as usize].label).collect();
                let probabilities = fitted.probabilities(counted, &tested);
                (training.len(), Metrics::measure(&corpus.labels, &truth, probabilities.view()))
            }))
        })
        .collect::<Result<_, Error>>()?;
    let folds = scores.chunks_exact(recipe.folds as usize);
    let points = PERCENTS.iter().zip(folds).filter_map(|(&percent, folds)| {
        let folds: Vec<&(usize, Metrics)> =
            folds.iter().map(Option::as_ref).collect::<Option<_>>()?;
        let spread = |score: fn(&(usize, Metrics)) -> f64| {
            Spread::of(&folds.iter().map(|fold| score(fold)).collect::<Vec<_>>())
        };
        Some(Point {
            percent,
            documents: spread(|(documents, _)| *documents as f64).mean,
            accuracy: spread(|(_, metrics)| metrics.accuracy),
            macro_f1: spread(|(_, metrics)| metrics.macro_f1),
        })
    });
    Ok(points.collect())
}

/// A share of `documents`, in their order, with at least one of each data set and label.
fn stratified_share(corpus: &Corpus, documents: &[u32], percent: u32, seed: u64) -> Vec<u32> {
    let stratum = |document: u32| {
        let document = &corpus.documents[document as usize];
        (document.set, document.label)
    };
    let mut order = documents.to_vec();
    let key = |document: u32| (stratum(document), random(seed, u64::from(document)));
    sort(&mut order, &|one, other| key(one).cmp(&key(other)));
    let mut share: Vec<u32> = order
        .chunk_by(|&one, &other| stratum(one) == stratum(other))
        .flat_map(|same| &same[..(same.len() * percent as usize).div_ceil(100)])
        .copied()
        .collect();
    sort(&mut share, &|one, other| one.cmp(&other));
    share
}
