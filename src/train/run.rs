//! A training run, from the files of a recipe to a model: all that `undertone train` does except
//! printing and writing.

use std::sync::{Mutex, PoisonError};

use super::corpus::{Corpus, Duplicates};
use super::cross_validation::{CrossValidation, cross_validate};
use super::error::Error;
use super::fit::{Counted, fit};
use super::head_start::{HeadStart, Supplied};
use super::learning_curve::{PERCENTS, Point, learning_curve};
#[cfg(feature = "train")]
use super::multilabel;
use super::recipe::{Recipe, SolverName, SolverRecipe};
#[cfg(feature = "train")]
use super::sgd::{Progressive, fit_stream};
use super::thresholds;
use super::tune::{Criterion, GRID, Tuning, tune};
use crate::error::EncodeError;
use crate::provenance::{DataSet, Provenance, Scores};
use crate::{Classifier, VERSION};

/// A step of a training run. Steps are taken in this order, without those that were not asked for.
///
/// ```
/// use undertone::train::{Corpus, Observer, Recipe, Step, Training};
///
/// struct Counter(u32);
/// impl Observer for Counter {
///     fn on(&mut self, step: Step, done: u32, _: u32) {
///         self.0 += u32::from(step == Step::CrossValidate && done > 0);
///     }
/// }
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let mut folds = Counter(0);
/// Training::new(&Recipe::default()).on(corpus).run(&mut folds)?;
/// assert_eq!(folds.0, 5);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Reads the files and counts terms. With the solver `sgd`, this is the first pass.
    Read,
    /// Chooses C: a fit for each fold and value of C.
    Tune,
    /// Cross-validates: a fit for each fold.
    CrossValidate,
    /// Fits all documents. With the solver `sgd`, this is every pass that learns.
    Fit,
    /// Fits growing shares of the data.
    LearningCurve,
}

/// An observer of a training run, which learns how far it is: a progress bar, for example.
///
/// ```
/// use undertone::train::{Corpus, Observer, Recipe, Step, Training};
///
/// struct Steps(Vec<Step>);
/// impl Observer for Steps {
///     fn on(&mut self, step: Step, done: u32, _: u32) {
///         self.0.extend((done == 0).then_some(step));
///     }
/// }
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let mut steps = Steps(Vec::new());
/// Training::new(&Recipe::default()).on(corpus).run(&mut steps)?;
/// assert_eq!(steps.0, [Step::Read, Step::CrossValidate, Step::Fit]);
/// # Ok::<(), undertone::train::Error>(())
/// ```
pub trait Observer: Send {
    /// Is called when a step begins, with `done` 0, and whenever a part of it is done: `done` of
    /// `of` parts. A step may end before all parts are done.
    fn on(&mut self, step: Step, done: u32, of: u32);
}

/// The observer that ignores everything.
impl Observer for () {
    fn on(&mut self, _: Step, _: u32, _: u32) {}
}

/// The result of a training run: a model, and what was found on the way.
///
/// ```
/// use undertone::Classifier;
/// use undertone::train::{Corpus, Recipe, Training};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let trained = Training::new(&Recipe::default()).on(corpus).run(&mut ())?;
/// assert_eq!(trained.label_counts[0], ("down".to_owned(), 5));
/// let classifier = Classifier::open(&trained.to_bytes()?)?;
/// assert_eq!(classifier.labels(), ["down", "up"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trained {
    /// The model, with the coefficients as they were fitted; [`to_bytes`](Self::to_bytes) rounds
    /// them.
    pub classifier: Classifier,
    /// The recipe, with the C that was chosen.
    pub recipe: Recipe,
    /// The number of training documents of each label, in the model's order.
    pub label_counts: Vec<(String, u64)>,
    /// Each spelling of a label that was given up for another one, and that one; empty unless the
    /// recipe joins labels.
    pub joined: Vec<(String, String)>,
    /// What the solver reports.
    pub solved: Solved,
}

/// The report of the solver, which depends on its kind.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let trained = Training::new(&Recipe::default()).on(corpus).run(&mut ())?;
/// let steps = match trained.solved {
///     Solved::Lbfgs(report) => report.iterations,
///     _ => 0,
/// };
/// assert!(steps > 0);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Solved {
    /// L-BFGS, with all documents in memory.
    Lbfgs(Box<Lbfgs>),
    /// Stochastic gradient descent over streamed files.
    #[cfg(feature = "train")]
    Sgd(Sgd),
    /// L-BFGS for each of several labels that a text may have.
    #[cfg(feature = "train")]
    Multilabel(Box<multilabel::Report>),
}

/// The report of a training run with L-BFGS, the exact solver.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, run::Solved};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let trained = Training::new(&Recipe::default()).on(corpus).run(&mut ())?;
/// let Solved::Lbfgs(report) = trained.solved else { unreachable!("the default solver") };
/// assert!(report.converged && report.tuning.is_none());
/// assert_eq!(report.corpus.documents.len(), 10);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Lbfgs {
    /// The documents that were trained on.
    pub corpus: Corpus,
    /// The documents whose texts occur more than once.
    pub duplicates: Duplicates,
    /// The search for C, if there was one.
    pub tuning: Option<Tuning>,
    /// The cross-validation, unless the recipe has 0 folds.
    pub validation: Option<CrossValidation>,
    /// The learning curve; empty unless it was asked for.
    pub learning_curve: Vec<Point>,
    /// The number of steps of the solver.
    pub iterations: u32,
    /// Whether the solver met its tolerance.
    pub converged: bool,
    /// The value of the objective that the solver reached.
    pub objective: f64,
}

/// The report of a training run with the streaming solver.
///
/// ```
/// use undertone::train::recipe::{DataSource, Recipe, SolverName, SolverRecipe};
/// use undertone::train::run::{Solved, run};
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "text,label\nprofit rose,up\nprofit fell,down\n")?;
/// let recipe = Recipe::default()
///     .data([DataSource::default().path(file.path())])
///     .solver(SolverRecipe::default().name(SolverName::Sgd))
///     .folds(0);
/// let Solved::Sgd(report) = run(&recipe, &mut ())?.solved else { unreachable!("the solver sgd") };
/// assert_eq!(report.missed, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "train")]
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Sgd {
    /// The most by which a document frequency may be too low.
    pub missed: u32,
    /// The scores of the documents of the first pass, each scored just before it was learnt.
    pub progressive: Progressive,
}

impl Trained {
    /// The bytes of `model.bin`, in the precision of the recipe. The same data and recipe give the
    /// same bytes, with any number of threads.
    ///
    /// # Errors
    /// When the model doesn't fit the format; see [`EncodeError`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        self.recipe.model.write(&self.classifier)
    }
}

/// A training run that can be adjusted before it starts: other documents, a search for C, a
/// learning curve.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Training, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// let recipe = Recipe::default();
/// let training = Training::new(&recipe).on(corpus).tune(&[0.5, 5.0], Criterion::LogLoss);
/// let trained = training.run(&mut ())?;
/// assert_eq!(trained.recipe.solver.c, 5.0);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Training<'r> {
    recipe: &'r Recipe,
    corpus: Option<Corpus>,
    supplied: Supplied<'r>,
    tuning: Option<(Vec<f64>, Criterion)>,
    learning_curve: bool,
}

/// Trains the model of a recipe on the recipe's files.
///
/// # Errors
/// Those of [`Training::run`].
pub fn run(recipe: &Recipe, observer: &mut impl Observer) -> Result<Trained, Error> {
    Training::new(recipe).run(observer)
}

impl<'r> Training<'r> {
    /// The training run of [`run`], without adjustments.
    pub fn new(recipe: &'r Recipe) -> Self {
        Self {
            recipe,
            corpus: None,
            supplied: Supplied::default(),
            tuning: None,
            learning_curve: false,
        }
    }

    /// Trains on these documents in place of the recipe's files.
    #[must_use]
    pub fn on(self, corpus: Corpus) -> Self {
        Self { corpus: Some(corpus), ..self }
    }

    /// Supplies the files of a recipe that [`HeadStart::add_to`] made.
    #[must_use]
    pub fn with_head_start(self, head_start: HeadStart<'r>) -> Self {
        Self { supplied: Supplied(Some(head_start)), ..self }
    }

    /// Chooses C from `grid` by cross-validation; an empty grid stands for [`GRID`].
    #[must_use]
    pub fn tune(self, grid: &[f64], criterion: Criterion) -> Self {
        let grid = if grid.is_empty() { &GRID } else { grid };
        Self { tuning: Some((grid.to_vec(), criterion)), ..self }
    }

    /// Also fits growing shares of the data, for the learning curve.
    #[must_use]
    pub fn with_learning_curve(self) -> Self {
        Self { learning_curve: true, ..self }
    }

    /// Runs the training: reads, tunes, cross-validates, fits and calibrates.
    ///
    /// # Errors
    /// The first file, row, cell or setting that is not as expected, a single label, a label too
    /// rare for the folds, or no feature left. With the solver `sgd` also a corpus, tuning or a
    /// learning curve, for which it would have to hold the documents.
    pub fn run(self, observer: &mut impl Observer) -> Result<Trained, Error> {
        match self.corpus {
            None => self.recipe.check()?,
            Some(_) => self.recipe.check_settings()?,
        }
        match self.recipe.solver.name {
            SolverName::Lbfgs => self.run_lbfgs(observer),
            #[cfg(feature = "train")]
            SolverName::Sgd
                if self.corpus.is_none() && self.tuning.is_none() && !self.learning_curve =>
            {
                self.run_sgd(observer)
            }
            SolverName::Sgd => Err(Error::Setting {
                key: "solver.name".to_owned(),
                expected: "lbfgs for documents in memory, tuning and a learning curve",
                found: "sgd".to_owned(),
            }),
        }
    }

    /// Runs the training with the exact solver.
    fn run_lbfgs(self, observer: &mut impl Observer) -> Result<Trained, Error> {
        let Self { recipe, corpus, supplied, tuning, learning_curve: has_curve } = self;
        observer.on(Step::Read, 0, 1);
        let mut corpus = match corpus {
            Some(corpus) => corpus,
            None => Corpus::of(recipe)?,
        };
        let joined = if recipe.join_labels { corpus.join_labels() } else { Vec::new() };
        corpus.check_classes()?;
        #[cfg(feature = "train")]
        if corpus.has_several {
            let is_tuned = tuning.is_some();
            return multilabel::run(recipe, corpus, joined, &supplied, is_tuned, observer);
        }
        let mut counted = Counted::with_supplied(&corpus, recipe, &supplied)?;
        observer.on(Step::Read, 1, 1);

        let tuning = tuning
            .map(|(grid, criterion)| {
                let fits = grid.len() as u32 * counted.recipe.folds;
                let count = Count::new(observer, Step::Tune, fits);
                tune(&counted, &grid, &criterion, || count.one())
            })
            .transpose()?;
        let tuned;
        if let Some(Tuning { c, .. }) = tuning {
            let solver = SolverRecipe { c, ..counted.recipe.solver.clone() };
            tuned = Recipe { solver, ..counted.recipe.clone() };
            counted.recipe = &tuned;
        }
        let folds = counted.recipe.folds;
        let validation = match folds {
            0 => None,
            _ => {
                let count = Count::new(observer, Step::CrossValidate, folds);
                Some(cross_validate(&counted, || count.one())?)
            }
        };
        observer.on(Step::Fit, 0, 1);
        let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
        let mut fitted = fit(&counted, &everything)?;
        if let Some(calibration) = validation.as_ref().and_then(|cv| cv.calibration.as_ref()) {
            fitted.calibrate(calibration);
        }
        observer.on(Step::Fit, 1, 1);
        let curve = if has_curve && folds > 0 {
            let count = Count::new(observer, Step::LearningCurve, folds * PERCENTS.len() as u32);
            learning_curve(&counted, || count.one())?
        } else {
            Vec::new()
        };

        let scores = validation.as_ref().map(|validation| validation.shipped.scores());
        let provenance = provenance(counted.recipe, &counted.sets(), scores);
        let mut classifier = fitted.classifier(&counted, provenance)?;
        if let Some(validation) = &validation {
            let thresholds =
                thresholds::choose(&counted.recipe.thresholds, &corpus.labels, validation)?;
            classifier = classifier.with_thresholds(thresholds)?;
        }
        let recipe = counted.recipe.clone();
        let label_counts = corpus.label_counts();
        let solved = Solved::Lbfgs(Box::new(Lbfgs {
            duplicates: corpus.duplicates(),
            corpus,
            tuning,
            validation,
            learning_curve: curve,
            iterations: fitted.iterations,
            converged: fitted.converged,
            objective: fitted.objective,
        }));
        Ok(Trained { classifier, recipe, label_counts, joined, solved })
    }

    /// Runs the training with the streaming solver.
    #[cfg(feature = "train")]
    fn run_sgd(self, observer: &mut impl Observer) -> Result<Trained, Error> {
        let recipe = self.recipe.clone();
        let passes = recipe.solver.passes;
        observer.on(Step::Read, 0, 1);
        let state = Mutex::new((observer, 0));
        let streamed = fit_stream(&recipe, || {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let (observer, passed) = &mut *state;
            if *passed == 0 {
                observer.on(Step::Read, 1, 1);
            }
            observer.on(Step::Fit, *passed, passes);
            *passed += 1;
        })?;
        let solved =
            Solved::Sgd(Sgd { missed: streamed.missed, progressive: streamed.progressive });
        let (label_counts, joined) = (streamed.labels.clone(), streamed.joined.clone());
        let provenance = provenance(&recipe, &streamed.sets, None);
        let classifier = streamed.classifier(provenance)?;
        Ok(Trained { classifier, recipe, label_counts, joined, solved })
    }
}

/// The provenance of a model by a recipe.
pub(super) fn provenance(recipe: &Recipe, sets: &[DataSet], scores: Option<Scores>) -> Provenance {
    Provenance {
        version: VERSION.to_owned(),
        recipe: recipe.hash(|set| sets[set].sha256.clone()),
        date: recipe.date.clone(),
        licence: recipe.licence.clone(),
        data: sets.to_vec(),
        grown: 0,
        scores,
    }
}

/// Counts the finished parts of a step, from any thread, and reports them to an observer.
pub(super) struct Count<'a, O> {
    state: Mutex<(&'a mut O, u32)>,
    step: Step,
    of: u32,
}

impl<'a, O: Observer> Count<'a, O> {
    /// Begins a step of `of` parts.
    pub(super) fn new(observer: &'a mut O, step: Step, of: u32) -> Self {
        observer.on(step, 0, of);
        Self { state: Mutex::new((observer, 0)), step, of }
    }

    /// Counts one more part.
    pub(super) fn one(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (observer, done) = &mut *state;
        *done += 1;
        observer.on(self.step, *done, self.of);
    }
}
