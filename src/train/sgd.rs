//! Averaged stochastic gradient descent over files that need not fit in memory.
//!
//! The objective is that of `objective`, divided by C Σ s: with λ = 1 / (C Σ s) and weights s
//! scaled to a mean of 1,
//!
//! ```text
//! (1/n) Σᵢ sᵢ · −ln p[i, yᵢ] + (λ/2) ‖W‖²
//! ```
//!
//! One pass counts terms in bounded memory (`frequent`); every further pass takes one step a
//! document, in the order of the files but for a shuffle within a bounded buffer: a file that is
//! sorted by label and larger than [`SHUFFLED_BYTES`] should be shuffled first.
//!
//! - The step at time t is ηₜ = η₀ / (1 + η₀ λ t)^¾ (Bottou 2012, "Stochastic Gradient Descent
//!   Tricks", section 5.2; Xu 2011, "Towards Optimal One Pass Large Scale Learning with Averaged
//!   Stochastic Gradient Descent", section 3), and never longer than where it could overshoot.
//! - The result is the average of all iterates, with weight t for that at time t (Lacoste-Julien,
//!   Schmidt and Bach 2012), so that the first steps soon count for little.
//! - W is kept as a·V: the penalty shrinks a, and a step touches only the row's columns. So does
//!   the average: with c = Σ t·aₜ, Σ t·Wₜ = c·V − U where U gains c·Δ whenever V gains Δ (Xu 2011,
//!   section 4).
//!
//! Memory: the table of terms, 2K numbers a feature, the buffer and a batch of documents.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::error::Error;
use super::frequent::FrequentTerms;
use super::recipe::{ClassWeight, Recipe};
use super::spellings::kept_spellings;
use super::split::random;
use super::stream::{LabelledText, LabelledTexts};
use crate::classifier::Classifier;
use crate::counts::Scratch;
use crate::files::{Place, checked_sha256, open};
use crate::link::{arg_max, softmax};
use crate::provenance::{DataSet, Provenance};
use crate::text::Tokens;
use crate::tfidf::{Entry, Vectorizer};
use crate::vocabulary::Vocabulary;

/// The first step size, η₀. Rows have length 1 and softmax a curvature of at most ½, so that 2 is
/// the longest step that can't overshoot.
const FIRST_STEP: f64 = 2.0;
/// The size in bytes of the buffer in which documents are shuffled.
pub const SHUFFLED_BYTES: usize = 1 << 24;
/// The number of documents that are made into rows in parallel.
const BATCH: usize = 1024;
/// The most labels; a column with more different values is no column of labels.
const MOST_LABELS: usize = 4096;
/// The most features × labels. Each takes two 64-bit numbers: 256 MiB.
const MOST_COEFFICIENTS: usize = 1 << 24;
/// The scale a below which it is multiplied into V, before it loses precision.
const SMALLEST_SCALE: f64 = 1e-9;

/// What streaming finds: the parts of a classifier, and how they were fitted.
///
/// ```
/// use undertone::train::recipe::{DataSource, Recipe};
/// use undertone::train::sgd::fit_stream;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "text,label\nprofit rose,up\nprofit fell,down\n")?;
/// let recipe = Recipe::default().data([DataSource::default().path(file.path())]);
/// let streamed = fit_stream(&recipe, || ())?;
/// assert_eq!((streamed.documents, streamed.features), (2, 3));
/// let classifier = streamed.classifier(Default::default())?;
/// assert_eq!(classifier.labels()[classifier.predict("it rose").class], "up");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Streamed {
    /// The labels in ascending byte order, and the number of documents of each.
    pub labels: Vec<(String, u64)>,
    /// Each spelling of a label that was given up for another one, and that one.
    pub joined: Vec<(String, String)>,
    /// The number of documents.
    pub documents: u64,
    /// The files, in the order of the recipe.
    pub sets: Vec<DataSet>,
    /// The number of features over all vectorizers.
    pub features: usize,
    /// The most by which a document frequency may be too low.
    pub missed: u32,
    /// The scores of the documents of the first pass, each scored just before it was learnt.
    pub progressive: Progressive,
    vectorizers: Vec<Vectorizer>,
    /// The coefficients, V×K.
    coefficients: Vec<f32>,
    /// The biases, K.
    bias: Vec<f64>,
}

/// Progressive validation (Blum, Kalai and Langford 1999): each document is scored before it is
/// learnt. An honest estimate without holding anything back, and a low one, as the first documents
/// are scored by a model that has learnt little.
///
/// ```
/// use undertone::train::recipe::{DataSource, Recipe};
/// use undertone::train::sgd::fit_stream;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "text,label\nprofit rose,up\nprofit fell,down\n")?;
/// let recipe = Recipe::default().data([DataSource::default().path(file.path())]);
/// let streamed = fit_stream(&recipe, || ())?;
/// // The first document is scored by a model that knows nothing.
/// assert!(streamed.progressive.log_loss > 0.3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Progressive {
    /// Share of documents whose most probable class was right, 0 to 1.
    pub accuracy: f64,
    /// Mean of −ln of the probability given to the right class, in nats.
    pub log_loss: f64,
}

impl Streamed {
    /// The classifier with the average coefficients.
    ///
    /// # Errors
    /// [`Error::Model`] when it has more features than a model can have.
    pub fn classifier(self, provenance: Provenance) -> Result<Classifier, Error> {
        Ok(Classifier::from_parts(
            self.labels.into_iter().map(|(label, _)| label).collect(),
            self.vectorizers,
            self.coefficients,
            self.bias,
            provenance,
        )?)
    }
}

/// Fits the recipe to its files without holding them in memory; calls `done` after each pass.
///
/// # Errors
/// The first file, row or cell that is not as expected, a single label, no feature left, or more
/// features times labels than memory is for.
pub fn fit_stream(recipe: &Recipe, done: impl Fn()) -> Result<Streamed, Error> {
    let counted = count(recipe)?;
    done();
    let Counted { sets, documents, labels: spelled, mut terms, first } = counted;
    let (labels, joined) =
        if recipe.join_labels { join_labels(spelled) } else { (spelled, BTreeMap::new()) };
    if let [(label, _)] = &labels.iter().collect::<Vec<_>>()[..] {
        let label = (*label).clone();
        return Err(Error::OneClass { place: first, label, rows: documents });
    }
    let mut vectorizers = Vec::with_capacity(terms.len());
    for (terms, vectorizer) in terms.iter_mut().zip(&recipe.vectorizer) {
        let (names, mut frequencies) = terms.finish(vectorizer);
        frequencies.iter_mut().for_each(|one| *one = vectorizer.rounded_df(*one));
        if names.is_empty() {
            return Err(Error::EmptyVocabulary {
                place: first,
                documents: documents as usize,
                vectorizer: vectorizer.to_string(),
            });
        }
        let made = Vectorizer::new(
            vectorizer.to_analyzer()?,
            vectorizer.weighting(0.0),
            Vocabulary::from_sorted(names)?,
            u32::try_from(documents).unwrap_or(u32::MAX),
            frequencies,
        );
        vectorizers.push(made?);
    }
    let missed = terms.iter().map(FrequentTerms::missed).max().unwrap_or_default();
    drop(terms);

    let class_weights: Vec<f64> = labels
        .values()
        .map(|totals| match recipe.solver.class_weight {
            ClassWeight::None => 1.0,
            ClassWeight::Balanced => {
                documents as f64 / (labels.len() as f64 * totals.documents as f64)
            }
        })
        .collect();
    let total_weight: f64 =
        labels.values().zip(&class_weights).map(|(totals, weight)| totals.weight * weight).sum();
    let names: Vec<&str> = labels.keys().map(String::as_str).collect();
    let features: usize = vectorizers.iter().map(|vectorizer| vectorizer.vocabulary().len()).sum();
    if features * names.len() > MOST_COEFFICIENTS {
        return Err(Error::Setting {
            key: "solver.vocabulary_cap".to_owned(),
            expected: "a smaller one: features times labels may be 2²⁴, which takes 256 MiB",
            found: format!("{features} features and {} labels", names.len()),
        });
    }
    let mut average = Average::new(features, names.len(), 1.0 / (recipe.solver.c * total_weight));
    let mut progressive = Progressive::default();
    // Weights are scaled to a mean of 1, because the λ above is for the mean loss.
    let mean = (total_weight / documents as f64).max(f64::MIN_POSITIVE);
    for pass in 0..recipe.solver.passes {
        let mut learn = |batch: &mut Vec<Buffered>| {
            let rows: Vec<Vec<Entry>> = batch
                .par_iter()
                .map_init(Scratch::default, |scratch, document| {
                    row(&vectorizers, &document.text, scratch)
                })
                .collect();
            for (document, row) in batch.drain(..).zip(rows) {
                let Buffered { class, weight, .. } = document;
                if pass == 0 {
                    let probabilities = average.probabilities(&row);
                    let right = arg_max(&probabilities) == class;
                    progressive.accuracy += f64::from(u8::from(right)) / documents as f64;
                    let probability = probabilities[class].max(f64::EPSILON);
                    progressive.log_loss -= libm::log(probability) / documents as f64;
                }
                average.step(&row, class, weight * class_weights[class] / mean);
            }
        };
        let mut shuffle = Shuffle::new(recipe.seed, pass);
        let mut batch = Vec::with_capacity(BATCH);
        let mut seen = 0;
        for source in &recipe.data {
            let mut texts = LabelledTexts::new(open(&source.path)?, source)?;
            while let Some(LabelledText { text, label, weight, .. }) = texts.read_text()? {
                let changed = || Error::Changed { path: source.path.clone() };
                let label = joined.get(label).map_or(label, String::as_str);
                let class = names.binary_search(&label).map_err(|_| changed())?;
                seen += 1;
                shuffle.push(Buffered { text: text.to_owned(), class, weight });
                while shuffle.is_full() {
                    batch.extend(shuffle.draw());
                    if batch.len() == BATCH {
                        learn(&mut batch);
                    }
                }
            }
            if recipe.data.last() == Some(source) && seen != documents {
                return Err(Error::Changed { path: source.path.clone() });
            }
        }
        while let Some(document) = shuffle.draw() {
            batch.push(document);
            if batch.len() == BATCH {
                learn(&mut batch);
            }
        }
        learn(&mut batch);
        done();
    }

    let (coefficients, bias) = average.finish();
    let labels = labels.into_iter().map(|(label, totals)| (label, totals.documents)).collect();
    Ok(Streamed {
        labels,
        joined: joined.into_iter().collect(),
        documents,
        sets,
        features,
        missed,
        progressive,
        vectorizers,
        coefficients,
        bias,
    })
}

/// What the first pass finds.
struct Counted {
    sets: Vec<DataSet>,
    documents: u64,
    labels: BTreeMap<String, LabelTotals>,
    /// The terms of each vectorizer.
    terms: Vec<FrequentTerms>,
    /// The place of the first row's label.
    first: Place,
}

/// The number of documents of a label, and the sum of their weights.
#[derive(Default)]
struct LabelTotals {
    documents: u64,
    weight: f64,
}

/// Joins labels that differ in case or space alone, and gives the label that stands for each
/// spelling that is given up.
fn join_labels(
    spelled: BTreeMap<String, LabelTotals>,
) -> (BTreeMap<String, LabelTotals>, BTreeMap<String, String>) {
    let counts: Vec<(&str, u64)> =
        spelled.iter().map(|(label, totals)| (label.as_str(), totals.documents)).collect();
    let kept = kept_spellings(&counts);
    let (mut labels, mut joined) = (BTreeMap::<String, LabelTotals>::new(), BTreeMap::new());
    for ((label, totals), &kept) in spelled.iter().zip(&kept) {
        let kept = counts[kept].0.to_owned();
        if *label != kept {
            joined.insert(label.clone(), kept.clone());
        }
        let all = labels.entry(kept).or_default();
        all.documents += totals.documents;
        all.weight += totals.weight;
    }
    (labels, joined)
}

/// The first pass: counts documents, labels and terms.
fn count(recipe: &Recipe) -> Result<Counted, Error> {
    let mut counted = Counted {
        sets: Vec::new(),
        documents: 0,
        labels: BTreeMap::new(),
        terms: recipe
            .vectorizer
            .iter()
            .map(|_| FrequentTerms::new(recipe.solver.vocabulary_cap))
            .collect(),
        first: Place { path: Default::default(), line: 1, column: 1 },
    };
    let analyzers = recipe
        .vectorizer
        .iter()
        .map(|recipe| recipe.to_analyzer())
        .collect::<Result<Vec<_>, _>>()?;
    let mut tokens = Tokens::default();
    for source in &recipe.data {
        let sha256 = checked_sha256(&source.path, open(&source.path)?, &source.sha256)?;
        let mut texts = LabelledTexts::new(open(&source.path)?, source)?;
        if texts.has_several {
            return Err(Error::Setting {
                key: "solver.name".to_owned(),
                expected: "lbfgs where texts have several labels",
                found: "sgd".to_owned(),
            });
        }
        let column = texts.columns.1 + 1;
        let before = counted.documents;
        while let Some(LabelledText { text, label, line, weight, .. }) = texts.read_text()? {
            let place = || Place { path: source.path.clone(), line, column };
            if counted.documents == 0 {
                counted.first = place();
            }
            counted.documents += 1;
            if !counted.labels.contains_key(label) {
                if counted.labels.len() == MOST_LABELS {
                    return Err(Error::ManyLabels { place: place(), most: MOST_LABELS });
                }
                counted.labels.insert(label.to_owned(), LabelTotals::default());
            }
            if let Some(totals) = counted.labels.get_mut(label) {
                totals.documents += 1;
                totals.weight += weight;
            }
            for (terms, analyzer) in counted.terms.iter_mut().zip(&analyzers) {
                terms.add(analyzer, text, &mut tokens);
            }
        }
        let documents = u32::try_from(counted.documents - before).unwrap_or(u32::MAX);
        counted.sets.push(DataSet { name: source.file_name(), sha256, documents });
    }
    Ok(counted)
}

/// The row of a text over all vectorizers.
fn row(vectorizers: &[Vectorizer], text: &str, scratch: &mut Scratch) -> Vec<Entry> {
    let mut row = Vec::new();
    let mut first_column = 0;
    for vectorizer in vectorizers {
        vectorizer.transform(text, first_column, scratch, &mut row);
        first_column += vectorizer.vocabulary().len() as u32;
    }
    row
}

/// A document that waits to be learnt.
struct Buffered {
    text: String,
    class: usize,
    weight: f64,
}

/// A bounded buffer from which documents are drawn at random.
struct Shuffle {
    buffered: Vec<Buffered>,
    /// The memory that the documents take, in bytes.
    bytes: usize,
    /// The seed of the pass.
    seed: u64,
    /// How many documents were drawn.
    draws: u64,
}

impl Shuffle {
    /// An empty buffer for a pass.
    fn new(seed: u64, pass: u32) -> Self {
        Self { buffered: Vec::new(), bytes: 0, seed: random(seed, u64::from(pass)), draws: 0 }
    }

    /// Adds a document.
    fn push(&mut self, document: Buffered) {
        self.bytes += document.text.len() + size_of::<Buffered>();
        self.buffered.push(document);
    }

    /// Whether a document must be drawn before the next one is added.
    fn is_full(&self) -> bool {
        self.bytes > SHUFFLED_BYTES
    }

    /// Takes a random document out; `None` if the buffer is empty.
    fn draw(&mut self) -> Option<Buffered> {
        if self.buffered.is_empty() {
            return None;
        }
        let drawn = random(self.seed, self.draws) % self.buffered.len() as u64;
        self.draws += 1;
        let document = self.buffered.swap_remove(drawn as usize);
        self.bytes -= document.text.len() + size_of::<Buffered>();
        Some(document)
    }
}

/// The current iterate W, and the average of all iterates so far.
struct Average {
    classes: usize,
    /// The strength of the penalty, λ.
    penalty: f64,
    /// The time t: the number of steps taken.
    time: f64,
    /// Σ t over all steps.
    total: f64,
    /// The scale a of the iterate.
    scale: f64,
    /// c = Σ t·aₜ.
    scales: f64,
    /// For each feature the K numbers of V, then the K numbers of U.
    features: Vec<f64>,
    /// The biases of the iterate; their a is always 1.
    bias: Vec<f64>,
    /// U of the biases.
    bias_sum: Vec<f64>,
    /// Working memory for the scores of a row, K.
    scores: Vec<f64>,
}

impl Average {
    /// Zero coefficients, before the first step.
    fn new(features: usize, classes: usize, penalty: f64) -> Self {
        Self {
            classes,
            penalty,
            time: 0.0,
            total: 0.0,
            scale: 1.0,
            scales: 0.0,
            features: vec![0.0; 2 * features * classes],
            bias: vec![0.0; classes],
            bias_sum: vec![0.0; classes],
            scores: vec![0.0; classes],
        }
    }

    /// Takes one step for a row of a class.
    fn step(&mut self, row: &[Entry], class: usize, weight: f64) {
        let classes = self.classes;
        let mut square = 1.0;
        self.scores.fill(0.0);
        for entry in row {
            let value = f64::from(entry.value);
            square += value * value;
            let feature = &self.features[2 * classes * entry.column as usize..][..classes];
            for (score, weight) in self.scores.iter_mut().zip(feature) {
                *score += value * weight;
            }
        }
        for (score, bias) in self.scores.iter_mut().zip(&self.bias) {
            *score = self.scale * *score + bias;
        }
        softmax(&mut self.scores);
        self.scores[class] -= 1.0;

        let decay = 1.0 + FIRST_STEP * self.penalty * self.time;
        let step = FIRST_STEP / libm::pow(decay, 0.75);
        let step = step.min(2.0 / (weight * square).max(f64::MIN_POSITIVE)).min(0.5 / self.penalty);
        self.scale *= 1.0 - step * self.penalty;
        let factor = step * weight / self.scale;
        for entry in row {
            let feature = &mut self.features[2 * classes * entry.column as usize..][..2 * classes];
            let (current, sum) = feature.split_at_mut(classes);
            let factor = factor * f64::from(entry.value);
            for ((current, sum), residual) in current.iter_mut().zip(sum).zip(&self.scores) {
                let change = -factor * residual;
                *current += change;
                *sum += self.scales * change;
            }
        }
        for ((bias, sum), residual) in
            self.bias.iter_mut().zip(&mut self.bias_sum).zip(&self.scores)
        {
            let change = -step * weight * residual;
            *bias += change;
            *sum += self.total * change;
        }
        self.time += 1.0;
        self.total += self.time;
        self.scales += self.time * self.scale;
        if self.scale < SMALLEST_SCALE {
            for feature in self.features.chunks_exact_mut(2 * classes) {
                for value in &mut feature[..classes] {
                    *value *= self.scale;
                }
            }
            self.scales /= self.scale;
            self.scale = 1.0;
        }
    }

    /// The probabilities of a row by the average coefficients.
    fn probabilities(&self, row: &[Entry]) -> Vec<f64> {
        let mut scores = self.mean_bias();
        for entry in row {
            let weights = self.mean(entry.column as usize);
            for (score, weight) in scores.iter_mut().zip(weights) {
                *score += f64::from(entry.value) * weight;
            }
        }
        softmax(&mut scores);
        scores
    }

    /// The average coefficients of a feature.
    fn mean(&self, feature: usize) -> impl Iterator<Item = f64> {
        let (current, sum) =
            self.features[2 * self.classes * feature..][..2 * self.classes].split_at(self.classes);
        let total = self.total.max(1.0);
        current.iter().zip(sum).map(move |(current, sum)| (self.scales * current - sum) / total)
    }

    /// The average biases.
    fn mean_bias(&self) -> Vec<f64> {
        let total = self.total.max(1.0);
        self.bias.iter().zip(&self.bias_sum).map(|(bias, sum)| bias - sum / total).collect()
    }

    /// The average coefficients, V×K, and biases.
    fn finish(self) -> (Vec<f32>, Vec<f64>) {
        let features = self.features.len() / (2 * self.classes);
        let coefficients =
            (0..features).flat_map(|feature| self.mean(feature)).map(|mean| mean as f32).collect();
        (coefficients, self.mean_bias())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the lazy average with sums over all iterates.
    #[test]
    fn the_average_is_that_of_all_iterates() {
        let (features, classes, penalty) = (3, 2, 0.05);
        let mut average = Average::new(features, classes, penalty);
        let (mut sums, mut total) = (vec![0.0; features * classes], 0.0);
        for step in 0..200u32 {
            let column = step * step % 3;
            let row =
                [Entry { column, value: 0.8 }, Entry { column: (column + 1) % 3, value: 0.6 }];
            average.step(&row, (step % 5 / 3) as usize, 1.0);
            let time = f64::from(step + 1);
            total += time;
            for (feature, sums) in sums.chunks_exact_mut(classes).enumerate() {
                let current = &average.features[2 * classes * feature..][..classes];
                for (sum, current) in sums.iter_mut().zip(current) {
                    *sum += time * average.scale * current;
                }
            }
            if step == 100 {
                // Makes the scale so small that it has to be multiplied in.
                average.scale *= 1e-10;
                average.scales *= 1e-10;
                for feature in average.features.chunks_exact_mut(2 * classes) {
                    for value in &mut feature[..classes] {
                        *value *= 1e10;
                    }
                }
            }
        }
        let (means, _) = average.finish();
        for (mean, sum) in means.iter().zip(sums) {
            assert!((f64::from(*mean) - sum / total).abs() < 1e-6);
        }
    }
}
