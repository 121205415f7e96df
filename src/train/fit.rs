//! Fitting: the coefficients of a recipe for a set of documents.

use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::calibrate::Calibration;
use super::contrasts::{Contrasts, expand};
use super::corpus::Corpus;
use super::count::TermCounts;
use super::design::{DenseColumns, FeatureDesign};
use super::error::Error;
use super::head_start::{Known, Supplied, read_known};
use super::names::Names;
#[cfg(feature = "train")]
use super::names::read_names;
use super::objective::{Design, Objective};
use super::order::order;
use super::parallel::*;
use super::recipe::{ClassWeight, Recipe, SolverRecipe, VectorizerRecipe};
use super::selection::Selection;
use super::solver::{Solution, Stop, minimise};
use super::sparse::{DomainColumns, SparseRows};
use crate::classifier::Classifier;
use crate::link::{Link, softmax};
use crate::provenance::{DataSet, Provenance};
use crate::tfidf::Vectorizer;
use crate::vocabulary::Vocabulary;

/// The term counts of a corpus under each vectorizer of a recipe, which all folds share.
#[derive(Debug, Clone)]
pub struct Counted<'a> {
    /// The documents.
    pub corpus: &'a Corpus,
    /// The recipe that is fitted.
    pub recipe: &'a Recipe,
    /// The vectorizers of the recipe, then those of the word vectors and of the base model if there
    /// are any.
    pub vectorizers: Vec<VectorizerRecipe>,
    /// The term counts of each vectorizer.
    pub counts: Vec<TermCounts>,
    /// The names that no term may hold, as the tokens of each vectorizer.
    names: Vec<Names>,
    /// What is known beforehand of the features of each vectorizer that the recipe doesn't list.
    known: Vec<KnownTerms>,
    /// The files that this is from.
    known_sets: Vec<DataSet>,
    /// The number of the domain of each document; empty without domain adaptation.
    domains: Vec<u32>,
    /// The number of the domain that the model is for.
    target: u32,
}

/// What is known beforehand of the terms of a vectorizer.
#[derive(Debug, Clone)]
struct KnownTerms {
    known: Known,
    /// The term of each feature, V of them.
    terms: Vec<u32>,
}

/// The coefficients that were fitted to some documents, and their vocabulary.
///
/// ```
/// use undertone::train::{Corpus, Recipe, fit, fit::Counted};
///
/// let corpus = Corpus::from_documents([("profit rose", "good"), ("profit fell", "bad")]);
/// let recipe = Recipe::default();
/// let fitted = fit(&Counted::new(&corpus, &recipe)?, &[0, 1])?;
/// assert_eq!(fitted.features(), 3);
/// assert!(fitted.converged);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The terms of each vectorizer.
    pub selections: Vec<Selection>,
    /// The coefficients over all vectorizers, V×K, row by row.
    pub coefficients: Vec<f64>,
    /// The biases, K.
    pub bias: Vec<f64>,
    /// The value of the objective that the solver reached.
    pub objective: f64,
    /// The number of steps of the solver.
    pub iterations: u32,
    /// Whether the solver met its tolerance.
    pub converged: bool,
}

impl<'a> Counted<'a> {
    /// Tokenises every document, and reads the lists of names, the word vectors and the base model.
    ///
    /// # Errors
    /// [`Error::Analyzer`], or what is wrong with the files of names, word vectors and base model.
    pub fn new(corpus: &'a Corpus, recipe: &'a Recipe) -> Result<Self, Error> {
        Self::with_supplied(corpus, recipe, &Supplied::default())
    }

    /// [`Counted::new`] where some of the files are in memory.
    ///
    /// # Errors
    /// Those of [`Counted::new`].
    pub(super) fn with_supplied(
        corpus: &'a Corpus,
        recipe: &'a Recipe,
        supplied: &Supplied<'_>,
    ) -> Result<Self, Error> {
        let texts: Vec<&str> =
            corpus.documents.iter().map(|document| document.text.as_str()).collect();
        let (read, known_sets) = read_known(recipe, supplied)?;
        let mut vectorizers = recipe.vectorizer.clone();
        vectorizers.extend(read.iter().map(|known| known.vectorizer.clone()));
        let mut counts = vectorizers
            .iter()
            .map(|vectorizer| Ok(TermCounts::count(&vectorizer.to_analyzer()?, &texts)))
            .collect::<Result<Vec<_>, Error>>()?;
        let names = names(recipe, &vectorizers)?;
        let plain = recipe.vectorizer.len();
        let known = read.into_iter().zip(&mut counts[plain..]).zip(&names[plain..]);
        let known = known
            .map(|((mut known, counts), names)| {
                known.retain(|feature| !names.occur_in(feature));
                let terms = counts.numbers(known.features.iter().map(String::as_str));
                KnownTerms { known, terms }
            })
            .collect();

        let (domains, target) = match &recipe.adapt {
            None => (Vec::new(), 0),
            Some(adapt) => {
                let mut seen: Vec<&str> = Vec::new();
                let mut number = |name| {
                    seen.iter().position(|seen| *seen == name).unwrap_or_else(|| {
                        seen.push(name);
                        seen.len() - 1
                    }) as u32
                };
                let of_document = |document| number(corpus.domain(document));
                let domains = (0..texts.len()).map(of_document).collect();
                (domains, number(&adapt.to))
            }
        };
        Ok(Self { corpus, recipe, vectorizers, counts, names, known, known_sets, domains, target })
    }

    /// The files of the documents, and those of what is known beforehand.
    pub(super) fn sets(&self) -> Vec<DataSet> {
        [&self.corpus.sets[..], &self.known_sets].concat()
    }
}

/// The names in the recipe's list, as the tokens of each vectorizer.
#[cfg(feature = "train")]
fn names(recipe: &Recipe, vectorizers: &[VectorizerRecipe]) -> Result<Vec<Names>, Error> {
    let listed = recipe.names.as_ref().map(read_names).transpose()?.unwrap_or_default();
    let tokens = |one: &VectorizerRecipe| Ok(Names::new(&listed, &one.to_analyzer()?));
    vectorizers.iter().map(tokens).collect()
}

/// No names, which stand in a file: this build reads none.
#[cfg(not(feature = "train"))]
fn names(recipe: &Recipe, vectorizers: &[VectorizerRecipe]) -> Result<Vec<Names>, Error> {
    if recipe.names.is_none() {
        return Ok(vec![Names::default(); vectorizers.len()]);
    }
    Err(Error::Setting {
        key: "names".to_owned(),
        expected: "none, as this build reads no files",
        found: "a file".to_owned(),
    })
}

/// Fits the recipe to `documents`, indices into the corpus. If the recipe limits the number of
/// features, it is fitted twice, the second time to the features that decided most.
///
/// # Errors
/// [`Error::EmptyVocabulary`] when no feature is left.
pub fn fit(counted: &Counted<'_>, documents: &[u32]) -> Result<Fitted, Error> {
    let full = fit_full(counted, documents)?;
    Ok(full.pruned(counted, documents).unwrap_or(full))
}

/// Fits the recipe to `documents` with every feature that its vectorizers keep.
///
/// # Errors
/// [`Error::EmptyVocabulary`] when no feature is left.
pub fn fit_full(counted: &Counted<'_>, documents: &[u32]) -> Result<Fitted, Error> {
    Ok(Problem::full(counted, documents)?.fit())
}

/// Documents with selected features, ready to be solved for any C.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    counted: &'a Counted<'a>,
    #[cfg(feature = "train")]
    documents: Vec<u32>,
    /// The terms of each vectorizer, those of the recipe first.
    selections: Vec<Selection>,
    design: FeatureDesign,
    /// The copies of columns for each domain, with domain adaptation.
    copies: Option<DomainColumns>,
    /// E (V×d) of the kept features of each vectorizer that the recipe doesn't list.
    embeddings: Vec<Array2<f32>>,
    /// The label of each document, n.
    labels: Vec<usize>,
    /// The soft label of each document, n×K; empty if all labels are certain.
    probabilities: Vec<f64>,
    /// The weight of each document, without C, n.
    weights: Vec<f64>,
}

impl<'a> Problem<'a> {
    /// The problem with every feature that the recipe's vectorizers keep.
    ///
    /// # Errors
    /// [`Error::EmptyVocabulary`] when no feature is left.
    pub(super) fn full(counted: &'a Counted<'a>, documents: &[u32]) -> Result<Self, Error> {
        let mut selections = Vec::with_capacity(counted.counts.len());
        let plain = counted.counts.iter().zip(&counted.recipe.vectorizer).zip(&counted.names);
        for ((counts, vectorizer), names) in plain {
            let selection = Selection::fit(counts, documents, vectorizer, names);
            if selection.terms.is_empty() {
                let first = documents.first().map_or(0, |&first| first as usize);
                return Err(Error::EmptyVocabulary {
                    place: counted.corpus.text_place(first),
                    documents: documents.len(),
                    vectorizer: vectorizer.to_string(),
                });
            }
            selections.push(selection);
        }
        let counts = &counted.counts[counted.recipe.vectorizer.len()..];
        for (KnownTerms { known, terms }, counts) in counted.known.iter().zip(counts) {
            let terms = terms.clone();
            selections.push(match &known.frequencies {
                Some(frequencies) => Selection::given(counts.terms(), terms, frequencies.clone()),
                None => Selection::fixed(counts, documents, terms, &known.vectorizer),
            });
        }
        Ok(Self::new(counted, documents, selections))
    }

    /// The problem with these terms of each vectorizer.
    fn new(counted: &'a Counted<'a>, documents: &[u32], selections: Vec<Selection>) -> Self {
        let Counted { corpus, recipe, vectorizers, counts, .. } = counted;
        let plain = recipe.vectorizer.len();
        let rows = SparseRows::transform(
            &counts[..plain],
            &selections[..plain],
            &vectorizers[..plain],
            documents,
        );
        let strength = recipe.adapt.as_ref().map(|adapt| adapt.strength);
        let domains: Vec<u32> = match strength {
            Some(_) => documents.iter().map(|&d| counted.domains[d as usize]).collect(),
            None => Vec::new(),
        };
        let (rows, copies) = match strength {
            Some(strength) => {
                let (rows, copies) = rows.with_domain_copies(&domains, strength);
                (rows, Some(copies))
            }
            None => (rows, None),
        };
        let embeddings: Vec<Array2<f32>> = counted
            .known
            .iter()
            .zip(&selections[plain..])
            .map(|(KnownTerms { known, terms }, selection)| {
                // The kept features are a subset of the known ones, in the same order.
                let mut rows = terms.iter().zip(known.matrix.axis_iter(Axis(0)));
                let mut matrix = Array2::zeros((selection.terms.len(), known.matrix.ncols()));
                for (term, mut row) in selection.terms.iter().zip(matrix.axis_iter_mut(Axis(0))) {
                    if let Some((_, vector)) = rows.find(|(known, _)| *known == term) {
                        row.assign(&vector);
                    }
                }
                matrix
            })
            .collect();
        let width = counted.known.iter().map(|terms| terms.known.components().end).max();
        let dense = width.map(|width| {
            let mut rows = Array2::zeros((documents.len(), width));
            for (at, (embedding, terms)) in embeddings.iter().zip(&counted.known).enumerate() {
                let one = plain + at..=plain + at;
                let features = SparseRows::transform(
                    &counts[one.clone()],
                    &selections[one.clone()],
                    &vectorizers[one],
                    documents,
                );
                let mut part = rows.slice_axis_mut(Axis(1), Slice::from(terms.known.components()));
                part += &features.times(embedding.view());
            }
            DenseColumns { rows, domains, strength: strength.unwrap_or(0.0) }
        });

        let labels: Vec<usize> =
            documents.iter().map(|&document| corpus.documents[document as usize].label).collect();
        let mut weights = class_weights(recipe, &labels, corpus.labels.len());
        for (weight, &document) in weights.iter_mut().zip(documents) {
            *weight *= corpus.documents[document as usize].weight;
        }
        let design = FeatureDesign::new(rows, dense);
        let probabilities = corpus.probabilities(documents);
        Self {
            #[cfg(feature = "train")]
            documents: documents.to_vec(),
            probabilities,
            counted,
            selections,
            design,
            copies,
            embeddings,
            labels,
            weights,
        }
    }

    /// Minimises the objective for a C, from the solution for another C if there is one.
    pub(super) fn solve(&self, c: f64, start: Option<Vec<f64>>) -> Solution {
        let contrasts = Contrasts(&self.design);
        let weights: Vec<f64> = self.weights.iter().map(|weight| weight * c).collect();
        let classes = self.counted.corpus.labels.len();
        let objective = Objective::new(&contrasts, &self.labels, &weights, classes)
            .with_probabilities(&self.probabilities);
        minimise(&objective, start, self.stop())
    }

    fn stop(&self) -> Stop {
        let SolverRecipe { tolerance, max_iterations, .. } = self.counted.recipe.solver;
        Stop { tolerance, max_iterations }
    }

    /// The model of the recipe's C.
    fn fit(self) -> Fitted {
        #[cfg(feature = "train")]
        if self.counted.corpus.has_several {
            return self.fit_each();
        }
        let solution = self.solve(self.counted.recipe.solver.c, None);
        self.fitted(&solution)
    }

    /// The model of K independent labels: for each a logistic regression of the documents that have
    /// it against all others, which is scikit-learn's `OneVsRestClassifier(LogisticRegression())`.
    ///
    /// A softmax of two classes with C/2 is the same: with u the parameters by their one contrast,
    /// w = √2·u is the difference of the classes' coefficients, and ½‖w‖² = 2·½‖u‖².
    #[cfg(feature = "train")]
    fn fit_each(&self) -> Fitted {
        let Counted { corpus, recipe, .. } = self.counted;
        let c = recipe.solver.c;
        let fit_one = |label: usize| {
            let documents = || self.documents.iter().map(|&document| document as usize);
            let has = |document| usize::from(corpus.labels_of(document).contains(&label));
            let labels: Vec<usize> = documents().map(has).collect();
            let mut weights = class_weights(recipe, &labels, 2);
            for (weight, document) in weights.iter_mut().zip(documents()) {
                *weight *= corpus.documents[document].weight * c / 2.0;
            }
            let contrasts = Contrasts(&self.design);
            let objective = Objective::new(&contrasts, &labels, &weights, 2);
            let Fitted { coefficients, bias, objective, iterations, converged, .. } =
                self.fitted_of(&minimise(&objective, None, self.stop()), 2);
            let differences = |pairs: &[f64]| -> Vec<f64> {
                pairs.as_chunks().0.iter().map(|[without, with]| with - without).collect()
            };
            let parameters = differences(&coefficients).into_iter().chain(differences(&bias));
            (parameters.collect::<Vec<f64>>(), 2.0 * objective, iterations, converged)
        };
        let fits: Vec<_> = (0..corpus.labels.len()).into_par_iter().map(fit_one).collect();
        let width = fits.first().map_or(0, |(parameters, ..)| parameters.len() - 1);
        let of_each = |place: usize| fits.iter().map(move |(parameters, ..)| parameters[place]);
        Fitted {
            selections: self.selections.clone(),
            coefficients: (0..width).flat_map(of_each).collect(),
            bias: of_each(width).collect(),
            objective: fits.iter().map(|(_, objective, ..)| objective).sum(),
            iterations: fits.iter().map(|(_, _, iterations, _)| *iterations).max().unwrap_or(0),
            converged: fits.iter().all(|(.., converged)| *converged),
        }
    }

    /// The model of a solution: the shared coefficients plus those of the target domain, and E·B in
    /// place of B.
    pub(super) fn fitted(&self, solution: &Solution) -> Fitted {
        self.fitted_of(solution, self.counted.corpus.labels.len())
    }

    /// The same of a solution for so many classes.
    fn fitted_of(&self, solution: &Solution, classes: usize) -> Fitted {
        let target = self.counted.target;
        let strength =
            self.counted.recipe.adapt.as_ref().map_or(0.0, |adapt| f64::from(adapt.strength));
        let plain = self.counted.recipe.vectorizer.len();
        let width: usize = self.selections[..plain].iter().map(|kept| kept.terms.len()).sum();
        let sparse_width = self.design.sparse_width() * (classes - 1);
        let (sparse, rest) = solution.parameters.split_at(sparse_width);
        let (dense, bias) = rest.split_at(rest.len() - (classes - 1));
        let sparse = expand(sparse, classes);
        // From class after class to component after component, K − 1 numbers each.
        let dense_width = dense.len() / (classes - 1);
        let dense: Vec<f64> = (0..dense_width)
            .flat_map(|component| dense.iter().skip(component).step_by(dense_width).copied())
            .collect();
        let dense = expand(&dense, classes);
        let mut coefficients = sparse[..width * classes].to_vec();
        let mut bias = expand(bias, classes);
        if let Some(copies) = &self.copies {
            for (column, sums) in
                coefficients.chunks_exact_mut(classes).chain([&mut bias[..]]).enumerate()
            {
                if let Some(copy) = copies.copy_of(target, column) {
                    let own = &sparse[copy as usize * classes..][..classes];
                    for (sum, own) in sums.iter_mut().zip(own) {
                        *sum += strength * own;
                    }
                }
            }
        }
        let known = || self.counted.known.iter().map(|terms| terms.known.components());
        let width = known().map(|components| components.end).max().unwrap_or(0);
        let own = width * (1 + target as usize);
        // B, d×K.
        let fitted = Array2::from_shape_fn((width, classes), |(component, class)| {
            let shared = dense[component * classes + class];
            match strength {
                0.0 => shared,
                _ => shared + strength * dense[(own + component) * classes + class],
            }
        });
        for (embedding, components) in self.embeddings.iter().zip(known()) {
            let fitted = fitted.slice_axis(Axis(0), Slice::from(components));
            // Not `dot`, whose order of adding depends on the processor.
            let product = embedding.rows().into_iter().flat_map(|vector| {
                fitted.columns().into_iter().map(move |weights| {
                    let parts = vector.iter().zip(weights);
                    parts.map(|(one, weight)| f64::from(*one) * weight).sum::<f64>()
                })
            });
            coefficients.extend(product);
        }
        Fitted {
            selections: self.selections.clone(),
            coefficients,
            bias,
            objective: solution.objective,
            iterations: solution.iterations,
            converged: solution.converged,
        }
    }
}

/// The weight of each row by its class.
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

impl SparseRows {
    /// The product with a dense matrix (width×d), n×d.
    fn times(&self, matrix: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut product = Array2::zeros((self.len(), matrix.ncols()));
        product.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(row, mut sums)| {
            for entry in self.row(row) {
                sums.scaled_add(entry.value, &matrix.row(entry.column as usize));
            }
        });
        product
    }
}

impl Fitted {
    /// The number of features over all vectorizers.
    pub fn features(&self) -> usize {
        self.selections.iter().map(|selection| selection.terms.len()).sum()
    }

    /// The recipe fitted again to the features that decide most; `None` if the recipe keeps all.
    pub(super) fn pruned(&self, counted: &Counted<'_>, documents: &[u32]) -> Option<Self> {
        let kept = self.decisive(counted, counted.recipe.model.features)?;
        let selections = self.restricted(counted, documents, &kept);
        Some(Problem::new(counted, documents, selections).fit())
    }

    /// The features that decide most, with the coefficients that they have; `None` if these are
    /// all.
    #[cfg(feature = "train")]
    pub(super) fn cut(
        &self,
        counted: &Counted<'_>,
        documents: &[u32],
        features: usize,
    ) -> Option<Self> {
        let kept = self.decisive(counted, features)?;
        let selections = self.restricted(counted, documents, &kept);
        let rows = self.coefficients.chunks_exact(self.bias.len()).zip(kept.iter().flatten());
        let rows = rows.filter(|(_, kept)| **kept).flat_map(|(row, _)| row.iter().copied());
        Some(Self { selections, coefficients: rows.collect(), ..self.clone() })
    }

    /// The selections of the features that are kept.
    fn restricted(
        &self,
        counted: &Counted<'_>,
        documents: &[u32],
        kept: &[Vec<bool>],
    ) -> Vec<Selection> {
        let of_each = self.selections.iter().zip(&counted.counts).zip(&counted.vectorizers);
        of_each
            .zip(kept)
            .map(|(((selection, counts), recipe), kept)| {
                selection.restricted(counts, documents, kept, recipe)
            })
            .collect()
    }

    /// Whether each feature of each vectorizer is among the `features` that decide most; `None` if
    /// these are none or all.
    ///
    /// A feature is ranked by how far it moves logits apart, in the root mean square over
    /// documents: (its highest minus its lowest coefficient) · idf · √((df + ½) / n). With the
    /// half, words that only the vectors have compete as if they were half as frequent as those
    /// seen once. Independent labels are moved apart from not having them: from 0.
    fn decisive(&self, counted: &Counted<'_>, features: usize) -> Option<Vec<Vec<bool>>> {
        if !(1..self.features()).contains(&features) {
            return None;
        }
        let classes = counted.corpus.labels.len();
        let mut rows = self.coefficients.chunks_exact(classes);
        let mut ranked: Vec<(f64, usize, usize)> = Vec::with_capacity(self.features());
        for (number, selection) in self.selections.iter().enumerate() {
            let n = f64::from(selection.documents);
            for (column, idf) in selection.idf().into_iter().enumerate() {
                let row = rows.next().unwrap_or_default();
                let none = counted.corpus.has_several.then_some(0.0);
                let highest = row.iter().copied().chain(none).fold(f64::NEG_INFINITY, f64::max);
                let lowest = row.iter().copied().chain(none).fold(f64::INFINITY, f64::min);
                let df = f64::from(selection.document_frequencies[column]);
                let effect = (highest - lowest) * f64::from(idf) * libm::sqrt((df + 0.5) / n);
                ranked.push((effect, number, column));
            }
        }
        // Of equal effects the first column stays first.
        let effect = |feature: u32| ranked[feature as usize].0;
        let first = order(ranked.len(), &|one, other| effect(other).total_cmp(&effect(one)));
        let mut kept: Vec<Vec<bool>> =
            self.selections.iter().map(|selection| vec![false; selection.terms.len()]).collect();
        for &feature in &first[..features] {
            let (_, number, column) = ranked[feature as usize];
            kept[number][column] = true;
        }
        Some(kept)
    }

    /// The logits of documents, |documents|×K, row by row.
    pub fn logits(&self, counted: &Counted<'_>, documents: &[u32]) -> Vec<f64> {
        let rows = SparseRows::transform(
            &counted.counts,
            &self.selections,
            &counted.vectorizers,
            documents,
        );
        let design = FeatureDesign::new(rows, None);
        let parameters: Vec<f64> = self.coefficients.iter().chain(&self.bias).copied().collect();
        let mut logits = vec![0.0; documents.len() * self.bias.len()];
        design.scores(&parameters, self.bias.len(), &mut logits);
        logits
    }

    /// The probabilities of documents, |documents|×K.
    pub fn probabilities(&self, counted: &Counted<'_>, documents: &[u32]) -> Array2<f64> {
        probabilities(self.logits(counted, documents), self.bias.len())
    }

    /// Applies a calibration to the coefficients and biases, so that the logits are calibrated.
    pub fn calibrate(&mut self, calibration: &Calibration) {
        for row in self.coefficients.chunks_exact_mut(self.bias.len()) {
            for (weight, scale) in row.iter_mut().zip(&calibration.scale) {
                *weight *= scale;
            }
        }
        calibration.apply(&mut self.bias);
    }

    /// The classifier with these coefficients.
    ///
    /// # Errors
    /// [`Error::Model`] when it has more features than a model can have.
    pub fn classifier(
        &self,
        counted: &Counted<'_>,
        provenance: Provenance,
    ) -> Result<Classifier, Error> {
        let mut vectorizers = Vec::with_capacity(self.selections.len());
        for ((selection, counts), recipe) in
            self.selections.iter().zip(&counted.counts).zip(&counted.vectorizers)
        {
            let terms = selection.terms.iter().map(|&term| counts.term(term));
            let vocabulary = Vocabulary::from_sorted(terms)?;
            let vectorizer = Vectorizer::new(
                recipe.to_analyzer()?,
                selection.weighting(recipe),
                vocabulary,
                selection.documents,
                selection.document_frequencies.clone(),
            );
            vectorizers.push(vectorizer?);
        }
        let classifier = Classifier::from_parts(
            counted.corpus.labels.clone(),
            vectorizers,
            self.coefficients.iter().map(|&weight| weight as f32).collect(),
            self.bias.clone(),
            provenance,
        )?;
        let link = if counted.corpus.has_several { Link::Independent } else { Link::Softmax };
        Ok(classifier.with_link(link))
    }
}

/// The softmax of rows of K logits.
pub(super) fn probabilities(mut logits: Vec<f64>, classes: usize) -> Array2<f64> {
    for row in logits.chunks_exact_mut(classes) {
        softmax(row);
    }
    Array2::from_shape_fn((logits.len() / classes, classes), |(row, class)| {
        logits[row * classes + class]
    })
}
