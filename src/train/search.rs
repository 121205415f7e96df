//! The search for a recipe: features, scales, class weights and C by cross-validation, and as many
//! features as fit a size.
//!
//! Each trial is a recipe, whose C is tuned over the folds from warm starts ([`tune`]). The first
//! is the recipe that the search begins with, and a few are known to be good; each other one is the
//! best so far with one or two of its settings changed at random (a random local search: Bergstra
//! and Bengio 2012 show why random trials beat a grid where few settings matter). The seed of the
//! recipe decides what is changed, and no clock takes part: the same data and number of trials give
//! the same recipe.
//!
//! Where the model has a size to keep to, the best of the recipes are fitted to all documents, as
//! many of their features are kept as fit, and the scores of these models, pruned and in 8 bits,
//! decide.

use serde::Serialize;

use super::corpus::Corpus;
use super::cross_validation::{Spread, cross_validate};
use super::error::Error;
use super::fit::{Counted, Fitted, fit_full};
use super::head_start::{HeadStart, Supplied};
use super::recipe::{
    ClassWeight, DocumentLimit, Recipe, SolverName, SolverRecipe, VectorizerRecipe,
};
use super::split::random;
use super::tune::{Candidate, Criterion, GRID, tune};
use crate::VERSION;
use crate::format::Precision;
use crate::provenance::{Provenance, Scores};
use crate::text::AnalyzerKind;

/// The number of trials unless another is given.
pub const TRIALS: u32 = 20;

/// The number of the best trials that are fitted to the size.
const FINALISTS: usize = 3;

/// The factor around the C of the best trial within which that of a change of it is sought.
const C_RANGE: f64 = 5.0;

/// The share of a size that is as good as all of it, when features are counted to fit.
const WELL_FILLED: f64 = 0.98;

/// The number of attempts at fitting the number of features to a size.
const ATTEMPTS: u32 = 10;

/// The tokens of the shipped model: words of one letter and signs, too.
const SIGNS: &str = r"\w+|[$%!?&]";

/// A search that can be adjusted before it starts.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Search, Training, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..12).map(text));
/// let start = Recipe::default().folds(2);
/// let found = Search::new(&start, Criterion::MacroF1).trials(4).run(&corpus, |_| true)?;
/// assert_eq!(found.tried, 4);
/// let trained = Training::new(&found.recipe).on(corpus).run(&mut ())?;
/// assert_eq!(trained.recipe.solver.c, found.trials[found.best].c);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Clone)]
pub struct Search<'a> {
    start: &'a Recipe,
    criterion: Criterion,
    trials: u32,
    head_start: Option<HeadStart<'a>>,
    words_alone: bool,
    size: Option<Size<'a>>,
}

/// The size that a model may have, and how it is measured.
#[derive(Clone)]
struct Size<'a> {
    most: usize,
    of: &'a (dyn Fn(&[u8]) -> usize + Sync),
}

/// A trial of a search: a recipe in words, and its scores.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Search, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..12).map(text));
/// let start = Recipe::default().folds(2);
/// let found = Search::new(&start, Criterion::Accuracy).trials(2).run(&corpus, |_| true)?;
/// let [first, second] = &found.trials[..] else { unreachable!("two trials") };
/// assert_eq!((first.number, &first.settings[..]), (1, "as given"));
/// assert!(second.settings.starts_with("1, 2, 3 words"));
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trial {
    /// The number of the trial, counted from 1.
    pub number: u32,
    /// What was tried, in words.
    pub settings: String,
    /// The best C.
    pub c: f64,
    /// The scores with this C, before pruning and quantisation.
    pub scores: Candidate,
    /// What came of it within the size; `None` where there is none to keep to, or where it was not
    /// among the best.
    pub within: Option<Within>,
}

/// A trial within a size.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Search, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..12).map(text));
/// let start = Recipe::default().folds(2);
/// let search = Search::new(&start, Criterion::Accuracy).trials(1);
/// let search = search.within(400, &|bytes| bytes.len());
/// let found = search.run(&corpus, |_| true)?;
/// let within = found.trials[found.best].within.as_ref().unwrap();
/// assert!(within.bytes <= 400 && within.features < 14);
/// assert_eq!(found.recipe.model.features, within.features);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Within {
    /// The number of features that fit.
    pub features: usize,
    /// The size of the model of all documents with these.
    pub bytes: usize,
    /// The score that decides, of pruned models in 8 bits.
    pub score: Spread,
}

/// The result of a search.
///
/// ```
/// use undertone::train::{Corpus, Recipe, Search, tune::Criterion};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..12).map(text));
/// let start = Recipe::default().folds(2);
/// // A clock, for example, may end a search before its last trial.
/// let found = Search::new(&start, Criterion::Accuracy).run(&corpus, |trial| trial.number < 3)?;
/// assert_eq!(found.tried, 3);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The recipe of the best trial, C and number of features included.
    pub recipe: Recipe,
    /// The trials that left features to fit, in their order.
    pub trials: Vec<Trial>,
    /// The place of the best one among them; the first of equals.
    pub best: usize,
    /// The number of trials, also of those that left no feature.
    pub tried: u32,
}

impl Found {
    /// A caveat about the scores, for reports.
    pub const CAVEAT: &'static str = "Before pruning, quantisation and calibration, where no size \
        is said. The best of many was chosen on the folds that the cross-validation also reports, \
        so that its scores are optimistic; data kept aside tells how much.";
}

impl<'a> Search<'a> {
    /// A search that begins with a recipe and goes by a score.
    pub fn new(start: &'a Recipe, criterion: Criterion) -> Self {
        let (head_start, words_alone, size) = (None, false, None);
        Self { start, criterion, trials: TRIALS, head_start, words_alone, size }
    }

    /// Makes so many trials, at least 1.
    #[must_use]
    pub fn trials(self, trials: u32) -> Self {
        Self { trials, ..self }
    }

    /// Also tries this head start.
    #[must_use]
    pub fn with_head_start(self, head_start: HeadStart<'a>) -> Self {
        Self { head_start: Some(head_start), ..self }
    }

    /// Tries n-grams of words and characters alone: neither cues nor changes, which the browser
    /// module that is small doesn't read, nor a head start, whose base model may have both.
    #[must_use]
    pub fn words_alone(self) -> Self {
        Self { words_alone: true, ..self }
    }

    /// Keeps only so many features that a model has at most `most` bytes by `of`, which measures
    /// the bytes of a model, such as their length after a compression. Coefficients have 8 bits.
    #[must_use]
    pub fn within(self, most: usize, of: &'a (dyn Fn(&[u8]) -> usize + Sync)) -> Self {
        Self { size: Some(Size { most, of }), ..self }
    }

    /// Searches; asks `goes_on` after each trial whether to go on.
    ///
    /// # Errors
    /// [`Error::Setting`] for no trial, a metric of an unknown label, too few folds, a size that no
    /// feature fits, or a beginning with more than words alone; those of the first trial.
    pub fn run(
        &self,
        corpus: &Corpus,
        mut goes_on: impl FnMut(&Trial) -> bool,
    ) -> Result<Found, Error> {
        let solver = self.start.solver.name;
        let derives = |one: &VectorizerRecipe| one.changes || one.analyzer == AnalyzerKind::Cue;
        let has_more = self.start.base.is_some() || self.start.vectorizer.iter().any(derives);
        for (key, holds, expected, found) in [
            ("trials", self.trials > 0, "at least 1", self.trials.to_string()),
            ("solver.name", solver == SolverName::Lbfgs, "lbfgs for a search", "sgd".to_owned()),
            (
                "words-alone",
                !(self.words_alone && has_more),
                "a recipe of words and characters to begin with",
                "cues, changes or a base model".to_owned(),
            ),
            ("tune", !corpus.has_several, "one label for each text", "several labels".to_owned()),
        ] {
            if !holds {
                return Err(Error::Setting { key: key.to_owned(), expected, found });
            }
        }
        corpus.check_classes()?;
        let space = Space { start: self.start, head_start: self.head_start };
        let mut trials: Vec<Trial> = Vec::new();
        let mut points: Vec<Option<Point>> = Vec::new();
        let mut seen: Vec<Point> = Vec::new();
        let mut tried = 0;
        let (mut best, mut draws) = (0, 0);
        while tried < self.trials {
            let known = match (tried, self.head_start) {
                (0, _) => Some(None),
                (1, _) => Some(Some(self.allowed(Point::SHIPPED))),
                (2, Some(_)) if !self.words_alone => Some(Some(Point::HEAD_START)),
                _ => None,
            };
            let point = match known {
                Some(known) => known,
                None => {
                    let from = points[best].unwrap_or(Point::SHIPPED);
                    match self.changed(from, &seen, &mut draws) {
                        Some(point) => Some(point),
                        None => break,
                    }
                }
            };
            tried += 1;
            seen.extend(point);
            let near = point.and_then(|_| Some(trials.get(best)?.c));
            let (point, found) = match (point, self.attempt(corpus, &space.recipe(point), near)) {
                // Cues are English, and the data may have none.
                (Some(point), Err(Error::EmptyVocabulary { .. })) if point.has(CUES) => {
                    let point = point.without_cues();
                    if seen.contains(&point) {
                        continue;
                    }
                    seen.push(point);
                    (Some(point), self.attempt(corpus, &space.recipe(Some(point)), near))
                }
                other => other,
            };
            match found {
                Ok((c, scores)) => {
                    let settings = point.map_or("as given".to_owned(), |point| point.to_string());
                    trials.push(Trial { number: tried, settings, c, scores, within: None });
                    points.push(point);
                }
                // Where nothing is frequent enough, other settings may leave something.
                Err(Error::EmptyVocabulary { .. }) if tried > 1 => continue,
                Err(error) => return Err(error),
            }
            let last = trials.len() - 1;
            let score = |trial: &Trial| trial.scores.score(&self.criterion);
            if score(&trials[last]) > score(&trials[best]) {
                best = last;
            }
            if !goes_on(&trials[last]) {
                break;
            }
        }
        let tuned = |at: usize| {
            let recipe = space.recipe(points[at]);
            let solver = SolverRecipe { c: trials[at].c, ..recipe.solver.clone() };
            recipe.solver(solver)
        };
        let Some(size) = &self.size else {
            return Ok(Found { recipe: tuned(best), trials, best, tried });
        };
        let mut order: Vec<usize> = (0..trials.len()).collect();
        // Stable: of equal scores the first trial stays first.
        order.sort_by(|&one, &other| {
            let score = |at: usize| trials[at].scores.score(&self.criterion);
            score(other).total_cmp(&score(one))
        });
        let mut fitting: Option<(f64, usize, Recipe)> = None;
        let mut within = Vec::new();
        for &at in order.iter().take(FINALISTS) {
            let (recipe, found) = self.fitted_to(corpus, tuned(at), size)?;
            let score = self.criterion.sign() * found.score.mean;
            within.push((at, found));
            if fitting.as_ref().is_none_or(|(best, ..)| score > *best) {
                fitting = Some((score, at, recipe));
            }
        }
        let Some((_, best, recipe)) = fitting else {
            // There is a trial, as the first one has no error.
            return Ok(Found { recipe: tuned(best), trials, best, tried });
        };
        for (at, found) in within {
            trials[at].within = Some(found);
        }
        Ok(Found { recipe, trials, best, tried })
    }

    /// A point without what is not tried.
    fn allowed(&self, point: Point) -> Point {
        if self.words_alone { point.words_alone() } else { point }
    }

    /// A point that was not seen yet, one or two settings away from another; `None` if after many
    /// draws there seems to be none.
    fn changed(&self, from: Point, seen: &[Point], draws: &mut u64) -> Option<Point> {
        let mut draw = |below: usize| {
            *draws += 1;
            (random(self.start.seed, *draws) % below as u64) as usize
        };
        for _ in 0..1000 {
            let mut point = from;
            for _ in 0..=draw(2) {
                let dimension = draw(CHOICES.len());
                let is_vectors = dimension == VECTORS;
                if is_vectors && (self.words_alone || self.head_start.is_none()) {
                    continue;
                }
                point.0[dimension] = draw(usize::from(CHOICES[dimension])) as u8;
            }
            let point = self.allowed(point);
            if !seen.contains(&point) {
                return Some(point);
            }
        }
        None
    }

    /// The best C of a recipe, and its scores: near a C if there is one.
    fn attempt(
        &self,
        corpus: &Corpus,
        recipe: &Recipe,
        near: Option<f64>,
    ) -> Result<(f64, Candidate), Error> {
        recipe.check_settings()?;
        let counted = Counted::with_supplied(corpus, recipe, &Supplied(self.head_start))?;
        let is_near =
            |c: &f64| near.is_none_or(|near| (near / C_RANGE..=near * C_RANGE).contains(c));
        let grid: Vec<f64> = GRID.into_iter().filter(is_near).collect();
        let tuning = tune(&counted, &grid, &self.criterion, || ())?;
        let chosen = tuning.candidates.into_iter().find(|candidate| candidate.c == tuning.c);
        chosen.map(|chosen| (tuning.c, chosen)).ok_or_else(|| Error::Setting {
            key: "tune".to_owned(),
            expected: "at least one value of C",
            found: "none".to_owned(),
        })
    }

    /// The recipe with as many features as fit the size, in 8 bits, and what came of it.
    fn fitted_to(
        &self,
        corpus: &Corpus,
        recipe: Recipe,
        size: &Size<'_>,
    ) -> Result<(Recipe, Within), Error> {
        let mut recipe = recipe;
        recipe.model.precision = Precision::Int8;
        recipe.model.features = 0;
        let (features, bytes) = {
            let counted = Counted::with_supplied(corpus, &recipe, &Supplied(self.head_start))?;
            let everything: Vec<u32> = (0..corpus.documents.len() as u32).collect();
            let full = fit_full(&counted, &everything)?;
            // The finished model's is as long: hashes, which don't pack, and scores.
            let scores = Scores::default().accuracy(0.1).macro_f1(0.1).log_loss(0.1);
            let sets = counted.sets();
            let recipe_hash = recipe.hash(|set| corpus.sets[set].sha256.clone());
            let provenance = Provenance::default()
                .version(VERSION)
                .recipe(recipe_hash)
                .date(&recipe.date)
                .licence(&recipe.licence)
                .data(sets)
                .scores(scores.calibration_error(0.1));
            let bytes_of = |features: usize| -> Result<usize, Error> {
                let cut = full.cut(&counted, &everything, features);
                let fitted: &Fitted = cut.as_ref().unwrap_or(&full);
                let classifier = fitted.classifier(&counted, provenance.clone())?;
                Ok((size.of)(&recipe.model.write(&classifier)?))
            };
            most_features(full.features(), size.most, bytes_of)?
        };
        recipe.model.features = features;
        let counted = Counted::with_supplied(corpus, &recipe, &Supplied(self.head_start))?;
        let scores = cross_validate(&counted, || ())?.shipped;
        let criterion = &self.criterion;
        let score = scores.spread(|fold| criterion.of(fold));
        Ok((recipe, Within { features, bytes, score }))
    }
}

/// The most of `all` features that fit `most` bytes, nearly, and their bytes. A feature takes about
/// as many bytes as any other, so that each attempt leads close to the next.
fn most_features(
    all: usize,
    most: usize,
    bytes_of: impl Fn(usize) -> Result<usize, Error>,
) -> Result<(usize, usize), Error> {
    // Features that fit with their bytes, and the fewest that don't.
    let (mut fitting, mut over) = (None, all + 1);
    // A model without any.
    let least = bytes_of(1)?;
    if least > most {
        return Err(Error::Setting {
            key: "max-size".to_owned(),
            expected: "more bytes than a model with one feature has",
            found: format!("{most}, where that has {least}"),
        });
    }
    let mut features = all.min((most / 6).max(1));
    for _ in 0..ATTEMPTS {
        let bytes = bytes_of(features)?;
        if bytes <= most {
            fitting = Some((features, bytes));
            if features == all || bytes as f64 >= WELL_FILLED * most as f64 {
                break;
            }
        } else {
            over = over.min(features);
        }
        let low = fitting.map_or(1, |(features, _)| features);
        if over - low <= 1 {
            break;
        }
        let each = (bytes.saturating_sub(least) as f64 / features as f64).max(1e-9);
        // A little below the size, as the last of the way is a guess.
        let guess = ((most - least) as f64 * 0.995 / each) as usize;
        features = guess.clamp(low + 1, over - 1).min(all);
    }
    Ok(fitting.unwrap_or((1, least)))
}

/// The number of choices of each setting of a [`Point`].
const CHOICES: [u8; 10] = [5, 2, 3, 2, 3, 2, 5, 4, 2, 2];
const NGRAMS: usize = 0;
const PATTERN: usize = 1;
const MIN_DF: usize = 2;
const SUBLINEAR: usize = 3;
const FIGURES: usize = 4;
const CUES: usize = 5;
const CHARACTERS: usize = 6;
const VECTORS: usize = 7;
const BALANCED: usize = 8;
const UNKNOWN: usize = 9;

/// The scale of n-grams of words in a vectorizer of their own, and of n-grams of characters.
const LOW_SCALE: f32 = 0.8;
/// The scale of cues.
const CUE_SCALE: f32 = 1.2;
/// The scales of word vectors; with the first there is no head start.
const VECTOR_SCALES: [f32; 4] = [0.0, 0.25, 0.5, 1.0];

/// A point of the space of recipes: the number of a choice for each setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point([u8; CHOICES.len()]);

impl Point {
    /// The features of the shipped model.
    const SHIPPED: Self = Self([4, 1, 1, 1, 2, 1, 0, 0, 0, 1]);
    /// Words and pairs with a head start.
    const HEAD_START: Self = Self([1, 1, 0, 1, 0, 0, 0, 2, 0, 0]);

    /// The longest n-grams of words, and whether each length has a vectorizer of its own.
    fn ngrams(self) -> (u8, bool) {
        [(1, false), (2, false), (2, true), (3, false), (3, true)][usize::from(self.0[NGRAMS])]
    }

    /// The lengths of n-grams of characters and their scale, if there are any.
    fn characters(self) -> Option<((u8, u8), f32)> {
        let scale = |at: u8| if at.is_multiple_of(2) { 1.0 } else { LOW_SCALE };
        match self.0[CHARACTERS] {
            0 => None,
            at @ 1..=2 => Some(((2, 4), scale(at))),
            at => Some(((3, 5), scale(at))),
        }
    }

    fn without_cues(mut self) -> Self {
        self.0[CUES] = 0;
        self
    }

    /// The point without cues and changes.
    fn words_alone(self) -> Self {
        let mut point = self.without_cues();
        point.0[FIGURES] = point.0[FIGURES].min(1);
        point
    }

    fn has(self, setting: usize) -> bool {
        self.0[setting] > 0
    }

    fn vectorizers(self) -> Vec<VectorizerRecipe> {
        let frequent = DocumentLimit::Count(u32::from(self.0[MIN_DF]) + 1);
        let words = VectorizerRecipe::default()
            .sublinear_tf(self.has(SUBLINEAR))
            .number_shapes(self.0[FIGURES] > 0)
            .count_unknown(self.has(UNKNOWN));
        let words = if self.has(PATTERN) { words.token_pattern(SIGNS) } else { words };
        let (longest, apart) = self.ngrams();
        let first = words.clone().changes(self.0[FIGURES] > 1);
        let mut vectorizers = match (longest, apart) {
            (1, _) | (_, true) => vec![first],
            _ => vec![first.ngrams((1, longest)).min_df(frequent)],
        };
        if apart {
            vectorizers.extend((2..=longest).map(|length| {
                let ngrams = words.clone().ngrams((length, length));
                ngrams.min_df(frequent).scale(LOW_SCALE)
            }));
        }
        if self.has(CUES) {
            let cues = words.clone().number_shapes(false).analyzer(AnalyzerKind::Cue);
            vectorizers.push(cues.token_pattern(SIGNS).min_df(frequent).scale(CUE_SCALE));
        }
        if let Some((lengths, scale)) = self.characters() {
            let characters = words.number_shapes(false).analyzer(AnalyzerKind::CharWb);
            vectorizers.push(characters.ngrams(lengths).min_df(frequent).scale(scale));
        }
        vectorizers
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (longest, apart) = self.ngrams();
        let lengths: Vec<String> = (1..=longest).map(|length| length.to_string()).collect();
        write!(f, "{} words", lengths.join(if apart { ", " } else { "+" }))?;
        if let Some(((fewest, most), scale)) = self.characters() {
            write!(f, "; {fewest}–{most} characters × {scale}")?;
        }
        for (setting, text) in [
            (PATTERN, "signs"),
            (SUBLINEAR, "sublinear"),
            (CUES, "cues"),
            (UNKNOWN, "unknown count"),
            (BALANCED, "balanced"),
        ] {
            if self.has(setting) {
                write!(f, "; {text}")?;
            }
        }
        match self.0[FIGURES] {
            0 => {}
            1 => write!(f, "; number shapes")?,
            _ => write!(f, "; number shapes, changes")?,
        }
        write!(f, "; min_df {}", self.0[MIN_DF] + 1)?;
        match VECTOR_SCALES[usize::from(self.0[VECTORS])] {
            0.0 => Ok(()),
            scale => write!(f, "; vectors × {scale}"),
        }
    }
}

/// The space of recipes around the one that the search begins with.
#[derive(Clone, Copy)]
struct Space<'a> {
    start: &'a Recipe,
    head_start: Option<HeadStart<'a>>,
}

impl Space<'_> {
    /// The recipe of a point, or the one that the search begins with.
    fn recipe(self, point: Option<Point>) -> Recipe {
        let Some(point) = point else { return self.start.clone() };
        let class_weight =
            if point.has(BALANCED) { ClassWeight::Balanced } else { ClassWeight::None };
        let solver = self.start.solver.clone().class_weight(class_weight);
        let recipe = self.start.clone().vectorizer(point.vectorizers()).solver(solver);
        let recipe = Recipe { vectors: None, base: None, ..recipe };
        let scale = VECTOR_SCALES[usize::from(point.0[VECTORS])];
        let Some(head_start) = self.head_start.filter(|_| scale > 0.0) else { return recipe };
        let mut recipe = head_start.add_to(recipe);
        if let Some(vectors) = &mut recipe.vectors {
            vectors.scale = scale;
        }
        if recipe.model.features == 0 {
            recipe.model.features = HeadStart::FEATURES;
        }
        recipe
    }
}
