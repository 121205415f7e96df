//! A recipe fitted to a set of documents.

use ndarray::Array2;

use super::corpus::Corpus;
use super::count::TermCounts;
use super::design::{Selection, SparseRows};
use super::error::Error;
use super::objective::Objective;
use super::recipe::{ClassWeight, Recipe};
use super::solver::{Solution, Stop, minimise};
use crate::classifier::{Classifier, softmax};
use crate::provenance::Provenance;
use crate::tfidf::Vectorizer;
use crate::vocabulary::Vocabulary;

/// The term counts of a corpus under each vectorizer of a recipe: what every fold shares.
#[derive(Debug, Clone)]
pub struct Counted<'a> {
    /// The documents.
    pub corpus: &'a Corpus,
    /// What is done with them.
    pub recipe: &'a Recipe,
    /// One for each vectorizer.
    pub counts: Vec<TermCounts>,
}

impl<'a> Counted<'a> {
    /// Tokenises every document.
    ///
    /// # Errors
    /// [`Error::Analyzer`].
    pub fn new(corpus: &'a Corpus, recipe: &'a Recipe) -> Result<Self, Error> {
        let texts: Vec<&str> =
            corpus.documents.iter().map(|document| document.text.as_str()).collect();
        let counts = recipe
            .vectorizer
            .iter()
            .map(|vectorizer| Ok(TermCounts::count(&vectorizer.to_analyzer()?, &texts)))
            .collect::<Result<_, Error>>()?;
        Ok(Self { corpus, recipe, counts })
    }
}

/// Coefficients for the vocabulary of some documents.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// One for each vectorizer.
    pub selections: Vec<Selection>,
    /// W and b, and how they were reached.
    pub solution: Solution,
}

/// Fits the recipe to `documents`, indices into the corpus.
///
/// # Errors
/// [`Error::EmptyVocabulary`] when no feature is left.
pub fn fit(counted: &Counted<'_>, documents: &[u32]) -> Result<Fitted, Error> {
    let Counted { corpus, recipe, counts } = counted;
    let mut selections = Vec::with_capacity(counts.len());
    for (counts, vectorizer) in counts.iter().zip(&recipe.vectorizer) {
        let selection = Selection::fit(counts, documents, vectorizer);
        if selection.terms.is_empty() {
            return Err(Error::EmptyVocabulary {
                place: corpus.text_place(documents.first().map_or(0, |&first| first as usize)),
                documents: documents.len(),
                vectorizer: vectorizer.to_string(),
            });
        }
        selections.push(selection);
    }
    let rows = SparseRows::transform(counts, &selections, &recipe.vectorizer, documents);
    let labels: Vec<usize> =
        documents.iter().map(|&document| corpus.documents[document as usize].label).collect();
    let mut weights = class_weights(recipe, &labels, corpus.labels.len());
    for (weight, &document) in weights.iter_mut().zip(documents) {
        *weight *= recipe.solver.c * corpus.documents[document as usize].weight;
    }
    let objective = Objective::new(&rows, &labels, &weights, corpus.labels.len());
    let solution = minimise(
        &objective,
        Stop { tolerance: recipe.solver.tolerance, max_iterations: recipe.solver.max_iterations },
    );
    Ok(Fitted { selections, solution })
}

/// The weight of each row for its class.
fn class_weights(recipe: &Recipe, labels: &[usize], classes: usize) -> Vec<f64> {
    let class_weights = match recipe.solver.class_weight {
        ClassWeight::None => vec![1.0; classes],
        ClassWeight::Balanced => {
            let mut rows = vec![0u32; classes];
            for &label in labels {
                rows[label] += 1;
            }
            let present = rows.iter().filter(|&&rows| rows > 0).count() as f64;
            rows.iter()
                .map(|&rows| labels.len() as f64 / (present * f64::from(rows.max(1))))
                .collect()
        }
    };
    labels.iter().map(|&label| class_weights[label]).collect()
}

impl Fitted {
    /// The probabilities of documents, |documents|×K.
    pub fn probabilities(&self, counted: &Counted<'_>, documents: &[u32]) -> Array2<f64> {
        let Counted { corpus, recipe, counts } = counted;
        let rows = SparseRows::transform(counts, &self.selections, &recipe.vectorizer, documents);
        let classes = corpus.labels.len();
        let labels = vec![0; rows.len()];
        let weights = vec![1.0; rows.len()];
        let mut scores =
            Objective::new(&rows, &labels, &weights, classes).scores(&self.solution.parameters);
        for row in scores.chunks_exact_mut(classes) {
            softmax(row);
        }
        Array2::from_shape_fn((rows.len(), classes), |(row, class)| scores[row * classes + class])
    }

    /// The number of features over all vectorizers.
    pub fn features(&self) -> usize {
        self.selections.iter().map(|selection| selection.terms.len()).sum()
    }

    /// The classifier that these coefficients make.
    ///
    /// # Errors
    /// [`Error::Model`] when it has more features than a model can have.
    pub fn classifier(
        &self,
        counted: &Counted<'_>,
        provenance: Provenance,
    ) -> Result<Classifier, Error> {
        let shape = crate::OpenError::Content("fewer than 2³⁰ features");
        let mut vectorizers = Vec::with_capacity(self.selections.len());
        for ((selection, counts), recipe) in
            self.selections.iter().zip(&counted.counts).zip(&counted.recipe.vectorizer)
        {
            let terms = selection.terms.iter().map(|&term| counts.term(term));
            let vectorizer = Vocabulary::from_sorted(terms).and_then(|vocabulary| {
                Vectorizer::new(
                    recipe.to_analyzer().ok()?,
                    recipe.weighting(),
                    vocabulary,
                    selection.documents,
                    selection.document_frequencies.clone(),
                )
            });
            vectorizers.push(vectorizer.ok_or_else(|| shape.clone())?);
        }
        let classes = counted.corpus.labels.len();
        let (coefficients, bias) = self.solution.parameters.split_at(self.features() * classes);
        Ok(Classifier::from_parts(
            counted.corpus.labels.clone(),
            vectorizers,
            coefficients.iter().map(|&weight| weight as f32).collect(),
            bias.to_vec(),
            provenance,
        )?)
    }
}
