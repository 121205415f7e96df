//! A head start: what is known of features before the first labelled document.
//!
//! Two things can be known. Word vectors (`vectors`) say which words are alike. A
//! base model, which was fitted to other documents, has a vector for each of its features as well:
//! its K₀ coefficients S. With u a document's row as the base model makes it, u·S are that model's
//! logits, without their biases; as with word vectors, B (K₀×K) is fitted on these, and S·B is
//! stored for the features of the base model, with their document frequencies there. The base model
//! need not have the same labels: B says what its labels mean for ours (Wolpert 1992, "Stacked
//! generalization", with the document's own features beside).

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use ndarray::{Array2, Axis};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::recipe::{BaseRecipe, Recipe, VectorizerRecipe, VectorsRecipe};
use super::selection::GivenFrequencies;
use super::vectors::Vectors;
use crate::classifier::Classifier;
use crate::files::{checked_sha256, hex, read_file};
use crate::provenance::DataSet;
use crate::tfidf::Vectorizer;

/// How the path of a file begins that no folder has and the program supplies.
const SUPPLIED: &str = "supplied:";
const WORDS: &str = "supplied:vectors64.words";
const COMPONENTS: &str = "supplied:vectors64.i8";
const MODEL: &str = "supplied:model.bin";

/// The scale of the word vectors, beside logits of the base model as they are: the best of 0.25,
/// 0.5, 0.7 and 1 in cross-validation inside training sets of 100 to 1,000 headlines.
const SCALE: f32 = 0.5;

/// The project's own head start: word vectors and the model that it ships, as bytes, which a
/// command carries and a page has fetched. It is for those who have few labelled documents.
///
/// ```
/// use undertone::train::{Corpus, HeadStart, Recipe, Training};
///
/// # let (words, labels) = (["rose", "fell"], ["up", "down"]);
/// # let text = |n: usize| (format!("shares {} in week {n}", words[n % 2]), labels[n % 2]);
/// # let corpus = Corpus::from_documents((0..10).map(text));
/// # let base = Training::new(&Recipe::default()).on(corpus.clone()).run(&mut ())?.to_bytes()?;
/// // One signed byte each: "fell" and "plunged" are alike.
/// let head_start = HeadStart::new(b"fell\nplunged\nrose\n", &[0x81, 0x88, 0x7f], &base);
/// let recipe = head_start.add_to(Recipe::default());
/// let training = Training::new(&recipe).on(corpus).with_head_start(head_start);
/// let classifier = training.run(&mut ())?.classifier;
/// assert_eq!(classifier.labels()[classifier.predict("Shares plunged").class], "down");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HeadStart<'a> {
    words: &'a [u8],
    components: &'a [u8],
    model: &'a [u8],
}

impl<'a> HeadStart<'a> {
    /// How many features a model keeps unless it is told: of some 45,000 words and n-grams of the
    /// project's most decide nothing, and the model has a quarter of their bytes at the same
    /// accuracy.
    pub const FEATURES: usize = 10_000;

    /// A head start from the words of vectors, one a line, their components, equally many signed
    /// bytes for each, and the bytes of a `model.bin`.
    pub fn new(words: &'a [u8], components: &'a [u8], model: &'a [u8]) -> Self {
        Self { words, components, model }
    }

    /// The recipe with this head start, which it knows by the SHA-256 of each part.
    #[must_use]
    pub fn add_to(&self, recipe: Recipe) -> Recipe {
        let sha256 = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        let mut vectors = VectorsRecipe::default().scale(SCALE);
        vectors = vectors.path(COMPONENTS).sha256(sha256(self.components));
        vectors = vectors.words(WORDS).words_sha256(sha256(self.words));
        let base = BaseRecipe::default().path(MODEL).sha256(sha256(self.model));
        recipe.vectors(vectors).base(base)
    }
}

/// Whether a path is of a file that the program supplies.
pub(super) fn is_supplied(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(SUPPLIED))
}

/// The files of recipes that are in memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Supplied<'a>(pub(super) Option<HeadStart<'a>>);

impl<'a> Supplied<'a> {
    /// The bytes of a file, which is added to `sets`.
    ///
    /// # Errors
    /// When it can't be read or is not the one that the recipe names; [`Error::NotSupplied`].
    pub(super) fn read(
        &self,
        path: &Path,
        sha256: &str,
        sets: &mut Vec<DataSet>,
    ) -> Result<Cow<'a, [u8]>, Error> {
        let bytes = if is_supplied(path) {
            let bytes = self.0.and_then(|own| match path.to_str()? {
                WORDS => Some(own.words),
                COMPONENTS => Some(own.components),
                MODEL => Some(own.model),
                _ => None,
            });
            Cow::from(bytes.ok_or_else(|| Error::NotSupplied { path: path.to_owned() })?)
        } else {
            Cow::from(read_file(path)?)
        };
        let sha256 = checked_sha256(path, &bytes[..], sha256)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_prefix(SUPPLIED).unwrap_or(&name);
        sets.push(DataSet { name: name.to_owned(), sha256, documents: 0 });
        Ok(bytes)
    }
}

/// What is known of the features of one vectorizer.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) vectorizer: VectorizerRecipe,
    /// The V features, in ascending byte order.
    pub(super) features: Vec<String>,
    /// Their vectors, V×d.
    pub(super) matrix: Array2<f32>,
    /// Where these components begin among those of all vectors.
    first: usize,
    /// How frequent the features were where a base model was fitted.
    pub(super) frequencies: Option<GivenFrequencies>,
}

impl Known {
    /// The place of its components among those of all vectors.
    pub(super) fn components(&self) -> Range<usize> {
        self.first..self.first + self.matrix.ncols()
    }

    /// Leaves out the features for which `keep` doesn't hold.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let kept: Vec<usize> =
            (0..self.features.len()).filter(|&row| keep(&self.features[row])).collect();
        self.matrix = self.matrix.select(Axis(0), &kept);
        self.features = kept.iter().map(|&row| std::mem::take(&mut self.features[row])).collect();
        if let Some(GivenFrequencies { document_frequencies, .. }) = &mut self.frequencies {
            *document_frequencies = kept.iter().map(|&row| document_frequencies[row]).collect();
        }
    }
}

/// Reads the word vectors and the base model of a recipe; gives the files with them.
///
/// # Errors
/// What is wrong with one of the files.
pub(super) fn read_known(
    recipe: &Recipe,
    supplied: &Supplied<'_>,
) -> Result<(Vec<Known>, Vec<DataSet>), Error> {
    let (mut known, mut sets) = (Vec::new(), Vec::new());
    if let Some(recipe) = &recipe.vectors {
        let Vectors { words, matrix } = Vectors::read(recipe, supplied, &mut sets)?;
        let vectorizer = recipe.vectorizer();
        known.push(Known { vectorizer, features: words, matrix, first: 0, frequencies: None });
    }
    if let Some(recipe) = &recipe.base {
        let bytes = supplied.read(&recipe.path, &recipe.sha256, &mut sets)?;
        let base = Classifier::open(&bytes)
            .map_err(|reason| Error::Base { path: recipe.path.clone(), reason })?;
        let first = known.last().map_or(0, |known: &Known| known.matrix.ncols());
        let mut rows = base.coefficients().chunks_exact(base.labels().len());
        for vectorizer in base.vectorizers() {
            let features: Vec<String> =
                vectorizer.vocabulary().features().map(str::to_owned).collect();
            let mut matrix = Array2::zeros((features.len(), base.labels().len()));
            for (mut row, weights) in matrix.rows_mut().into_iter().zip(&mut rows) {
                row.iter_mut().zip(weights).for_each(|(to, weight)| *to = weight * recipe.scale);
            }
            let recipe = VectorizerRecipe::of(vectorizer).ok_or_else(|| Error::Setting {
                key: "base.path".to_owned(),
                expected: "a model whose rows have unit length and whose features have a text",
                found: recipe.path.display().to_string(),
            })?;
            let frequencies = Some(GivenFrequencies {
                documents: vectorizer.documents(),
                document_frequencies: vectorizer.document_frequencies().to_vec(),
                unknown: vectorizer.weighting().unknown,
            });
            known.push(Known { vectorizer: recipe, features, matrix, first, frequencies });
        }
    }
    Ok((known, sets))
}

impl VectorizerRecipe {
    /// The recipe of a model's vectorizer; `None` if none makes it.
    fn of(vectorizer: &Vectorizer) -> Option<Self> {
        let settings = vectorizer.analyzer().settings().clone();
        let weighting = vectorizer.weighting();
        if settings.buckets.is_some() || weighting.binary || !weighting.unit {
            return None;
        }
        Some(Self {
            analyzer: settings.kind,
            ngrams: settings.ngrams,
            lowercase: settings.lowercase,
            token_pattern: settings.token_pattern,
            stop_words: settings.stop_words,
            number_shapes: settings.number_shapes,
            changes: settings.changes,
            sublinear_tf: weighting.sublinear_tf,
            scale: weighting.scale,
            count_unknown: weighting.unknown > 0.0,
            ..Self::default()
        })
    }
}
