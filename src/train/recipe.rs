//! What to train, and how: `model.toml`, or the same from command-line options.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Error;
#[cfg(feature = "train")]
use super::head_start::is_supplied;
use crate::classifier::Classifier;
use crate::error::EncodeError;
use crate::files::hex;
#[cfg(feature = "train")]
use crate::files::{FileError, TableOptions};
use crate::format::{self, Precision};
use crate::setters::setters;
use crate::text::{Analyzer, AnalyzerKind, AnalyzerSettings, TokenPattern};
use crate::tfidf::Weighting;

/// Everything that decides the bytes of a model, besides the data itself.
///
/// ```
/// use undertone::train::recipe::{DataSource, Recipe, VectorizerRecipe};
///
/// let recipe = Recipe::default()
///     .data([DataSource::default().path("headlines.csv")])
///     .vectorizer([VectorizerRecipe::default().ngrams((1, 2))]);
/// recipe.check()?;
/// assert_eq!(recipe.folds, 5);
/// # Ok::<(), undertone::train::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Recipe {
    /// A date to carry in the model, as text; the clock is never asked.
    pub date: String,
    /// Under what licence the model may be used, as an SPDX expression, to carry in the model;
    /// empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// Decides which documents share a fold.
    pub seed: u64,
    /// The number of folds in cross-validation, at least 2; 0 switches it off.
    pub folds: u32,
    /// The labelled files.
    pub data: Vec<DataSource>,
    /// Whether labels that differ in case or space alone are one, spelled as most often.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub join_labels: bool,
    /// The file that says which of the texts belong together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<FileRecipe>,
    /// The vectorizers, side by side.
    pub vectorizer: Vec<VectorizerRecipe>,
    /// Word vectors that add one more vectorizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<VectorsRecipe>,
    /// A model whose features and coefficients are a head start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseRecipe>,
    /// Names that no feature may hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<FileRecipe>,
    /// How coefficients are fitted.
    pub solver: SolverRecipe,
    /// Which domain the model is for, where the data sets are of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapt: Option<AdaptRecipe>,
    /// How they are stored.
    pub model: ModelRecipe,
    /// Below what the model rather says nothing.
    #[serde(skip_serializing_if = "ThresholdsRecipe::is_default")]
    pub thresholds: ThresholdsRecipe,
}

impl Default for Recipe {
    /// scikit-learn's default `TfidfVectorizer` and `LogisticRegression`, and five folds.
    fn default() -> Self {
        Self {
            date: String::new(),
            licence: String::new(),
            seed: 1,
            folds: 5,
            data: Vec::new(),
            join_labels: false,
            groups: None,
            vectorizer: vec![VectorizerRecipe::default()],
            vectors: None,
            base: None,
            names: None,
            adapt: None,
            solver: SolverRecipe::default(),
            model: ModelRecipe::default(),
            thresholds: ThresholdsRecipe::default(),
        }
    }
}

setters!(Recipe {
    date: @into String,
    licence: @into String,
    seed: u64,
    folds: u32,
    data: @into Vec<DataSource>,
    join_labels: bool,
    groups: @into Option<FileRecipe>,
    vectorizer: @into Vec<VectorizerRecipe>,
    vectors: @into Option<VectorsRecipe>,
    base: @into Option<BaseRecipe>,
    names: @into Option<FileRecipe>,
    solver: SolverRecipe,
    adapt: @into Option<AdaptRecipe>,
    model: ModelRecipe,
    thresholds: ThresholdsRecipe,
});

/// A labelled CSV file and how to read it.
///
/// ```
/// use undertone::train::recipe::DataSource;
/// let source = DataSource::default()
///     .path("all-data.csv")
///     .encoding("latin1")
///     .header(false)
///     .columns(["label", "text"].map(str::to_owned));
/// assert_eq!(source.file_name(), "all-data.csv");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DataSource {
    /// The file; a relative path in a recipe is below the data folder.
    pub path: PathBuf,
    /// A WHATWG encoding label, or `latin1` for ISO-8859-1 proper.
    pub encoding: String,
    /// Whether the first row holds column names.
    pub header: bool,
    /// The column names of a file without header, from left to right.
    pub columns: Vec<String>,
    /// The name of the column of texts.
    pub text_column: String,
    /// The name of the column of labels.
    pub label_column: String,
    /// The name of a column with all labels of each document, parted by `;`, in place of the one
    /// above; an empty cell for none. Empty for no such column, but `labels` where the file has a
    /// column of that name and none named `label`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub labels_column: String,
    /// The name of a column of weights, one for each document; empty for none.
    pub weight_column: String,
    /// The names of columns of probabilities, each named as the label that it is of: what a
    /// document is taken for in training, in place of its label; empty for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probability_columns: Vec<String>,
    /// The name of a column whose equal values are tested in one fold, such as where a text is
    /// from; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fold_column: String,
    /// How many documents each of this file's counts as; finite, 0 or more.
    pub weight: f64,
    /// The domain that it is of, for [`Recipe::adapt`]; any name.
    pub domain: String,
    /// Whether its documents are tested in cross-validation. Otherwise they are in the training
    /// part of every fold, but for those whose text is being tested.
    pub tested: bool,
    /// What the file's SHA-256 must be, in hexadecimal; empty to accept any.
    pub sha256: String,
}

impl Default for DataSource {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            encoding: "utf-8".to_owned(),
            header: true,
            columns: Vec::new(),
            text_column: "text".to_owned(),
            label_column: "label".to_owned(),
            labels_column: String::new(),
            weight_column: String::new(),
            probability_columns: Vec::new(),
            fold_column: String::new(),
            weight: 1.0,
            domain: String::new(),
            tested: true,
            sha256: String::new(),
        }
    }
}

setters!(DataSource {
    path: @into PathBuf,
    encoding: @into String,
    header: bool,
    columns: @into Vec<String>,
    text_column: @into String,
    label_column: @into String,
    labels_column: @into String,
    weight_column: @into String,
    probability_columns: @into Vec<String>,
    fold_column: @into String,
    weight: f64,
    domain: @into String,
    tested: bool,
    sha256: @into String,
});

impl DataSource {
    /// How its file is read as a table.
    #[cfg(feature = "train")]
    pub fn table(&self) -> TableOptions {
        let options = TableOptions::default().encoding(&self.encoding).wanted(&self.text_column);
        if self.header { options } else { options.names(&self.columns) }
    }

    /// The file's name without its folder.
    pub fn file_name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// One vectorizer; names and defaults are scikit-learn's `TfidfVectorizer`'s.
///
/// ```
/// use undertone::train::recipe::{DocumentLimit, VectorizerRecipe};
/// let pairs = VectorizerRecipe::default().ngrams((2, 2)).min_df(DocumentLimit::Count(2));
/// assert_eq!(pairs.to_string(), "the word vectorizer (2, 2)");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct VectorizerRecipe {
    /// What the n-grams are made of.
    pub analyzer: AnalyzerKind,
    /// Fewest and most tokens or characters in an n-gram.
    pub ngrams: (u8, u8),
    /// Whether texts are lowercased.
    pub lowercase: bool,
    /// What a token is; see [`TokenPattern`].
    pub token_pattern: String,
    /// Tokens to leave out.
    pub stop_words: Vec<String>,
    /// Write every digit as `0`; see [`AnalyzerSettings::number_shapes`].
    pub number_shapes: bool,
    /// Add changes told in figures; see [`AnalyzerSettings::changes`].
    pub changes: bool,
    /// Features in fewer documents are left out.
    pub min_df: DocumentLimit,
    /// Features in more documents are left out.
    pub max_df: DocumentLimit,
    /// Keep only so many features, those that occur most often; 0 keeps all.
    pub max_features: usize,
    /// Round document frequencies to powers of this before the fit, so that a model has few
    /// different ones, which take fewer bytes after compression; 1 leaves them as counted.
    #[serde(skip_serializing_if = "is_one")]
    pub df_step: f64,
    /// `1 + ln tf` in place of `tf`.
    pub sublinear_tf: bool,
    /// Multiplies the unit rows.
    pub scale: f32,
    /// Whether features outside the vocabulary count in the length of a row; see
    /// [`Weighting::unknown`](crate::tfidf::Weighting::unknown).
    pub count_unknown: bool,
}

impl Default for VectorizerRecipe {
    fn default() -> Self {
        Self {
            analyzer: AnalyzerKind::Word,
            ngrams: (1, 1),
            lowercase: true,
            token_pattern: TokenPattern::DEFAULT.to_owned(),
            stop_words: Vec::new(),
            number_shapes: false,
            changes: false,
            min_df: DocumentLimit::Count(1),
            max_df: DocumentLimit::Share(1.0),
            max_features: 0,
            df_step: 1.0,
            sublinear_tf: false,
            scale: 1.0,
            count_unknown: false,
        }
    }
}

setters!(VectorizerRecipe {
    analyzer: AnalyzerKind,
    ngrams: (u8, u8),
    lowercase: bool,
    token_pattern: @into String,
    stop_words: @into Vec<String>,
    number_shapes: bool,
    changes: bool,
    min_df: DocumentLimit,
    max_df: DocumentLimit,
    max_features: usize,
    df_step: f64,
    sublinear_tf: bool,
    scale: f32,
    count_unknown: bool,
});

/// A number of documents, or a share of them: `2` and `0.5`.
///
/// ```
/// use undertone::train::recipe::DocumentLimit;
/// assert_eq!("2".parse::<DocumentLimit>()?.of(1000), 2.0);
/// assert_eq!("0.5".parse::<DocumentLimit>()?.of(1000), 500.0);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DocumentLimit {
    /// So many documents.
    Count(u32),
    /// This share of all, 0 to 1.
    Share(f64),
}

impl DocumentLimit {
    /// In documents out of `documents`; not rounded, as in scikit-learn.
    pub fn of(self, documents: usize) -> f64 {
        match self {
            Self::Count(count) => f64::from(count),
            Self::Share(share) => share * documents as f64,
        }
    }
}

impl FromStr for DocumentLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(count) = text.parse() {
            return Ok(Self::Count(count));
        }
        match text.parse() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(Self::Share(share)),
            _ => Err("expected a number of documents such as 2, or a share such as 0.5".to_owned()),
        }
    }
}

/// A file of word vectors and the vectorizer that it adds; see `vectors`.
///
/// ```
/// use undertone::train::recipe::{Recipe, VectorsRecipe};
/// let vectors = VectorsRecipe::default().path("vectors.txt").scale(2.0);
/// let recipe = Recipe::default().vectors(vectors);
/// assert!(recipe.vectors.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct VectorsRecipe {
    /// The file; a relative path in a recipe is below the data folder.
    pub path: PathBuf,
    /// What the file's SHA-256 must be, in hexadecimal; empty to accept any.
    pub sha256: String,
    /// The file of the words, one a line, where `path` holds nothing but components: a signed byte
    /// each, row by row. Empty where it holds both, as text.
    #[serde(skip_serializing_if = "is_no_path")]
    pub words: PathBuf,
    /// What the SHA-256 of the file of words must be; empty to accept any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words_sha256: String,
    /// The length that the vectors have in the root mean square; larger lets them decide more.
    pub scale: f32,
    /// What a token is.
    pub token_pattern: String,
    /// `1 + ln tf` in place of `tf`.
    pub sublinear_tf: bool,
    /// Whether words without a vector count in the length of a row.
    pub count_unknown: bool,
}

impl Default for VectorsRecipe {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            sha256: String::new(),
            words: PathBuf::new(),
            words_sha256: String::new(),
            scale: 1.0,
            token_pattern: r"\w+".to_owned(),
            sublinear_tf: true,
            count_unknown: false,
        }
    }
}

setters!(VectorsRecipe {
    path: @into PathBuf,
    sha256: @into String,
    words: @into PathBuf,
    words_sha256: @into String,
    scale: f32,
    token_pattern: @into String,
    sublinear_tf: bool,
    count_unknown: bool,
});

/// Whether a number can be the weight of a document.
pub(super) fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

fn is_no_path(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

impl VectorsRecipe {
    /// The vectorizer over the file's words.
    pub fn vectorizer(&self) -> VectorizerRecipe {
        VectorizerRecipe {
            token_pattern: self.token_pattern.clone(),
            sublinear_tf: self.sublinear_tf,
            count_unknown: self.count_unknown,
            ..VectorizerRecipe::default()
        }
    }
}

/// A base model, which was trained before on other documents, and how much it counts: its features
/// and what it knows of them are a head start. See `head_start`.
///
/// ```
/// use undertone::train::recipe::{BaseRecipe, Recipe};
/// let recipe = Recipe::default().base(BaseRecipe::default().path("model.bin"));
/// assert_eq!(recipe.base.map(|base| base.scale), Some(1.0));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct BaseRecipe {
    /// The model; a relative path in a recipe is below the data folder.
    pub path: PathBuf,
    /// What the file's SHA-256 must be, in hexadecimal; empty to accept any.
    pub sha256: String,
    /// Multiplies the logits of the model; larger lets them decide more.
    pub scale: f32,
}

impl Default for BaseRecipe {
    fn default() -> Self {
        Self { path: PathBuf::new(), sha256: String::new(), scale: 1.0 }
    }
}

setters!(BaseRecipe {
    path: @into PathBuf,
    sha256: @into String,
    scale: f32,
});

/// A file of names ([`names`](super::names)) or of groups (`groups`).
///
/// ```
/// use undertone::train::recipe::{FileRecipe, Recipe};
/// let recipe = Recipe::default().names(FileRecipe::default().path("names.txt"));
/// assert!(recipe.names.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FileRecipe {
    /// The file; a relative path in a recipe is below the data folder.
    pub path: PathBuf,
    /// What the file's SHA-256 must be, in hexadecimal; empty to accept any.
    pub sha256: String,
}

setters!(FileRecipe {
    path: @into PathBuf,
    sha256: @into String,
});

/// Domain adaptation by feature augmentation (Daumé III 2007, "Frustratingly Easy Domain
/// Adaptation"): every feature once for all documents and once more for those of its domain. The
/// model is the sum of the shared coefficients and those of the domain it is for.
///
/// ```
/// use undertone::train::recipe::{AdaptRecipe, Recipe};
/// let recipe = Recipe::default().adapt(AdaptRecipe::new("crypto", 0.5));
/// assert!(recipe.adapt.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AdaptRecipe {
    /// The domain that the model is for: that of one or more data sets.
    pub to: String,
    /// How strongly a domain's own copies count, above 0; 1 as much as the shared ones.
    pub strength: f32,
}

impl AdaptRecipe {
    /// Adapts to the domain `to` with this `strength`.
    pub fn new(to: impl Into<String>, strength: f32) -> Self {
        Self { to: to.into(), strength }
    }
}

/// How coefficients are fitted.
///
/// ```
/// use undertone::train::recipe::{ClassWeight, SolverRecipe};
/// let solver = SolverRecipe::default().c(4.0).class_weight(ClassWeight::Balanced);
/// assert_eq!(solver.max_iterations, 1000);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SolverRecipe {
    /// Which solver.
    pub name: SolverName,
    /// The weight of the data against the penalty, as in scikit-learn: larger fits closer.
    pub c: f64,
    /// Weigh each class by n / (K · its documents).
    pub class_weight: ClassWeight,
    /// Stop when no component of the gradient of the mean loss exceeds this.
    pub tolerance: f64,
    /// Stop after so many steps all the same.
    pub max_iterations: u32,
    /// How often [`SolverName::Sgd`] learns every document.
    pub passes: u32,
    /// How many features [`SolverName::Sgd`] keeps for each vectorizer, the most frequent ones.
    pub vocabulary_cap: usize,
}

impl Default for SolverRecipe {
    fn default() -> Self {
        Self {
            name: SolverName::Lbfgs,
            c: 1.0,
            class_weight: ClassWeight::None,
            // scikit-learn's.
            tolerance: 1e-4,
            max_iterations: 1000,
            passes: 3,
            vocabulary_cap: 1 << 18,
        }
    }
}

setters!(SolverRecipe {
    name: SolverName,
    c: f64,
    class_weight: ClassWeight,
    tolerance: f64,
    max_iterations: u32,
    passes: u32,
    vocabulary_cap: usize,
});

/// How the objective is minimised.
///
/// ```
/// use undertone::train::recipe::{SolverName, SolverRecipe};
/// assert_eq!(SolverRecipe::default().name, SolverName::Lbfgs);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SolverName {
    /// With all documents in memory, to the tolerance; see `solver`.
    Lbfgs,
    /// Reading the files several times and holding none, to an approximation; see
    /// [`sgd`](super::sgd).
    Sgd,
}

/// Whether rare classes count more.
///
/// ```
/// use undertone::train::recipe::{ClassWeight, SolverRecipe};
/// assert_eq!(SolverRecipe::default().class_weight, ClassWeight::None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ClassWeight {
    /// Every document counts the same.
    None,
    /// Every class counts the same.
    Balanced,
}

/// How a model is calibrated and stored.
///
/// ```
/// use undertone::format::Precision;
/// use undertone::train::recipe::{ModelRecipe, Recipe};
/// let model = ModelRecipe::default().features(5000).precision(Precision::Int8);
/// assert_eq!(Recipe::default().model(model).model.features, 5000);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ModelRecipe {
    /// Rescaling of the logits by what cross-validation saw.
    pub calibration: CalibrationName,
    /// Keep so many features over all vectorizers, those that decide most, and fit again; 0 keeps
    /// all.
    pub features: usize,
    /// How coefficients are stored.
    pub precision: Precision,
    /// The highest level of precision int8, 1 to 127. The fewer levels, the fewer bytes after
    /// compression; see [`format::write_levels`].
    #[serde(skip_serializing_if = "is_highest_level")]
    pub levels: u8,
}

impl Default for ModelRecipe {
    fn default() -> Self {
        Self {
            calibration: CalibrationName::None,
            features: 0,
            precision: Precision::Float32,
            levels: format::HIGHEST_LEVEL,
        }
    }
}

setters!(ModelRecipe {
    calibration: CalibrationName,
    features: usize,
    precision: Precision,
    levels: u8,
});

impl ModelRecipe {
    /// The bytes of a classifier as this stores them.
    pub(super) fn write(&self, classifier: &Classifier) -> Result<Vec<u8>, EncodeError> {
        match self.precision {
            Precision::Int8 => format::write_levels(classifier, self.levels),
            precision => format::write(classifier, precision),
        }
    }
}

/// Whether a setting that came later is as without it, and has no part in the hash of a recipe.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it; on 32 bits it is no lint")]
fn is_one(step: &f64) -> bool {
    *step == 1.0
}

/// Whether levels are the default, which a recipe neither says nor hashes.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `skip_serializing_if`")]
fn is_highest_level(levels: &u8) -> bool {
    *levels == format::HIGHEST_LEVEL
}

/// Which [`Thresholds`](crate::Thresholds) are chosen from out-of-fold scores.
///
/// ```
/// use undertone::train::recipe::{Recipe, ThresholdsRecipe};
/// let thresholds = ThresholdsRecipe::default().precision([("positive".to_owned(), 0.9)]);
/// assert_eq!(Recipe::default().thresholds(thresholds).thresholds.precision["positive"], 0.9);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ThresholdsRecipe {
    /// For a label, the share of right ones among the texts that are given it: its threshold is the
    /// lowest at which cross-validation reaches that. Above 0, at most 1.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub precision: BTreeMap<String, f64>,
    /// The share of the training data's own texts that may count as foreign, 0 to below 1; 0 for no
    /// threshold of what is known. It is chosen so that these are the texts of which the models of
    /// cross-validation knew least.
    pub foreign: f64,
}

setters!(ThresholdsRecipe {
    precision: @into BTreeMap<String, f64>,
    foreign: f64,
});

impl ThresholdsRecipe {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How out-of-fold scores rescale the logits; see `calibrate`.
///
/// ```
/// use undertone::train::recipe::{CalibrationName, ModelRecipe};
/// let model = ModelRecipe::default().calibration(CalibrationName::Vector);
/// assert_ne!(model, ModelRecipe::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CalibrationName {
    /// Not at all.
    None,
    /// One scale for all classes.
    Temperature,
    /// A scale and a shift for each class.
    Vector,
}

impl fmt::Display for VectorizerRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} vectorizer ({}, {})", self.analyzer, self.ngrams.0, self.ngrams.1)
    }
}

impl VectorizerRecipe {
    /// A document frequency rounded to a power of [`df_step`](Self::df_step): the nearest by ratio.
    pub(super) fn rounded_df(&self, frequency: u32) -> u32 {
        if self.df_step <= 1.0 || frequency == 0 {
            return frequency;
        }
        let (frequency, border) = (f64::from(frequency), self.df_step.sqrt());
        let mut power = 1.0;
        while power * border < frequency {
            power *= self.df_step;
        }
        power.round() as u32
    }

    /// How counts become values; `unknown` as in [`Weighting`] if it is wanted.
    pub fn weighting(&self, unknown: f32) -> Weighting {
        Weighting {
            sublinear_tf: self.sublinear_tf,
            scale: self.scale,
            unknown: if self.count_unknown { unknown } else { 0.0 },
            ..Weighting::default()
        }
    }

    /// The analyzer that this describes.
    ///
    /// # Errors
    /// [`Error::Analyzer`].
    pub fn to_analyzer(&self) -> Result<Analyzer, Error> {
        let mut stop_words: BTreeSet<&String> = BTreeSet::new();
        stop_words.extend(&self.stop_words);
        Analyzer::new(AnalyzerSettings {
            kind: self.analyzer,
            ngrams: self.ngrams,
            lowercase: self.lowercase,
            token_pattern: self.token_pattern.clone(),
            stop_words: stop_words.into_iter().cloned().collect(),
            number_shapes: self.number_shapes,
            changes: self.changes,
            buckets: None,
        })
        .map_err(|reason| Error::Analyzer { vectorizer: self.to_string(), reason })
    }
}

impl Recipe {
    /// Reads a recipe. A relative path in it is that of a file beside the recipe, where there is
    /// one, and else of one below `data_folder`.
    ///
    /// # Errors
    /// When the file can't be read, isn't a recipe, or a value is out of its range.
    #[cfg(feature = "train")]
    pub fn read(path: &Path, data_folder: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|reason| FileError::Read { path: path.to_owned(), reason })?;
        let mut recipe: Self = toml::from_str(&text).map_err(|error| Error::RecipeSyntax {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let own_folder = path.parent().unwrap_or(Path::new(""));
        for file in recipe.files().filter(|file| !is_no_path(file) && !is_supplied(file)) {
            let beside = own_folder.join(&*file);
            *file = if beside.exists() { beside } else { data_folder.join(&*file) };
        }
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe as the text of a file in `folder`, which [`Recipe::read`] reads back: paths of
    /// files below this folder are relative to it, all others absolute.
    ///
    /// # Errors
    /// When the current folder can't be told.
    #[cfg(feature = "train")]
    pub fn to_toml(&self, folder: &Path) -> Result<String, Error> {
        let absolute = |path: &Path| {
            // An empty path is of the current folder.
            let path = if is_no_path(path) { Path::new(".") } else { path };
            std::path::absolute(path)
                .map_err(|reason| FileError::Read { path: path.to_owned(), reason })
        };
        let folder = absolute(folder)?;
        let mut recipe = self.clone();
        for file in recipe.files().filter(|file| !is_no_path(file) && !is_supplied(file)) {
            let whole = absolute(file)?;
            *file = whole.strip_prefix(&folder).map(Path::to_owned).unwrap_or(whole);
        }
        // Plain structs of numbers and strings: always TOML.
        Ok(toml::to_string(&recipe).unwrap_or_default())
    }

    /// The paths of all files that it names.
    fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let vectors = self.vectors.iter_mut();
        let vectors = vectors.flat_map(|vectors| [&mut vectors.path, &mut vectors.words]);
        let base = self.base.iter_mut().map(|base| &mut base.path);
        let lists = self.names.iter_mut().chain(&mut self.groups).map(|list| &mut list.path);
        self.data.iter_mut().map(|source| &mut source.path).chain(vectors).chain(base).chain(lists)
    }

    /// Checks every value's range.
    ///
    /// # Errors
    /// [`Error::Setting`] or [`Error::Analyzer`], for the first value out of its range.
    pub fn check(&self) -> Result<(), Error> {
        if self.data.is_empty() {
            return Err(Error::Setting {
                key: "data".to_owned(),
                expected: "at least one data set",
                found: "none".to_owned(),
            });
        }
        self.check_settings()
    }

    /// Checks what is for the streaming solver, or can't be with it.
    #[cfg(feature = "train")]
    fn check_sgd(&self) -> Result<(), Error> {
        let SolverRecipe { passes, vocabulary_cap, .. } = self.solver;
        in_range("solver.passes", passes > 0, "at least 1", &passes)?;
        in_range("solver.vocabulary_cap", vocabulary_cap > 0, "at least 1", &vocabulary_cap)?;
        if self.solver.name == SolverName::Sgd {
            let counted = self.vectorizer.iter().any(|vectorizer| vectorizer.count_unknown);
            for (key, expected, is_asked_for) in [
                (
                    "folds",
                    "0 with the solver sgd, which scores each text before it learns it",
                    self.folds > 0,
                ),
                ("vectors", "none with the solver sgd", self.vectors.is_some()),
                ("base", "none with the solver sgd", self.base.is_some()),
                ("names", "none with the solver sgd", self.names.is_some()),
                ("groups", "none with the solver sgd", self.groups.is_some()),
                ("adapt", "none with the solver sgd", self.adapt.is_some()),
                (
                    "model.features",
                    "0 with the solver sgd; give solver.vocabulary_cap",
                    self.model.features > 0,
                ),
                ("vectorizer.count_unknown", "false with the solver sgd", counted),
            ] {
                in_range(key, !is_asked_for, expected, &"another value")?;
            }
        }
        Ok(())
    }

    /// Checks all but where the documents come from.
    pub(super) fn check_settings(&self) -> Result<(), Error> {
        let levels = self.model.levels;
        in_range(
            "model.levels",
            (1..=format::HIGHEST_LEVEL).contains(&levels),
            "1 to 127",
            &levels,
        )?;
        in_range("vectorizer", !self.vectorizer.is_empty(), "at least one vectorizer", &"none")?;
        in_range("folds", self.folds != 1, "2 or more, or 0 for no cross-validation", &1)?;
        let SolverRecipe { c, tolerance, max_iterations, .. } = self.solver;
        in_range("solver.c", c.is_finite() && c > 0.0, "a finite number above 0", &c)?;
        in_range(
            "solver.tolerance",
            tolerance.is_finite() && tolerance > 0.0,
            "a finite number above 0",
            &tolerance,
        )?;
        in_range("solver.max_iterations", max_iterations > 0, "at least 1", &max_iterations)?;
        #[cfg(feature = "train")]
        self.check_sgd()?;
        let tested = self.data.is_empty() || self.data.iter().any(|source| source.tested);
        in_range(
            "data.tested",
            tested || self.folds == 0,
            "at least one tested data set",
            &"none",
        )?;
        in_range(
            "model.calibration",
            self.folds > 0 || self.model.calibration == CalibrationName::None,
            "none without cross-validation, which it is fitted on",
            &"folds = 0",
        )?;
        in_range(
            "thresholds",
            self.folds > 0 || self.thresholds.is_default(),
            "none without cross-validation, which they are chosen by",
            &"folds = 0",
        )?;
        for (label, share) in &self.thresholds.precision {
            let found = format!("{share} for {label}");
            in_range(
                "thresholds.precision",
                *share > 0.0 && *share <= 1.0,
                "above 0, at most 1",
                &found,
            )?;
        }
        let foreign = self.thresholds.foreign;
        in_range("thresholds.foreign", (0.0..1.0).contains(&foreign), "0 to below 1", &foreign)?;
        if let Some(AdaptRecipe { to, strength }) = &self.adapt {
            let known = self.data.iter().any(|source| source.domain == *to);
            in_range("adapt.to", known, "the domain of a data set", to)?;
            in_range(
                "adapt.strength",
                strength.is_finite() && *strength > 0.0,
                "a finite number above 0",
                strength,
            )?;
        }
        if let Some(vectors) = &self.vectors {
            vectors.vectorizer().to_analyzer()?;
            in_range(
                "vectors.scale",
                vectors.scale.is_finite() && vectors.scale > 0.0,
                "a finite number above 0",
                &vectors.scale,
            )?;
        }
        if let Some(base) = &self.base {
            let holds = base.scale.is_finite() && base.scale > 0.0;
            in_range("base.scale", holds, "a finite number above 0", &base.scale)?;
        }
        for source in &self.data {
            in_range(
                "data.columns",
                source.header == source.columns.is_empty(),
                "column names for a file without header, and none for one with a header",
                &format!("header = {}, columns = {:?}", source.header, source.columns),
            )?;
        }
        for source in &self.data {
            in_range(
                "data.weight",
                is_weight(source.weight),
                "a finite number of 0 or more",
                &source.weight,
            )?;
        }
        for vectorizer in &self.vectorizer {
            vectorizer.to_analyzer()?;
            for (key, limit) in
                [("vectorizer.min_df", vectorizer.min_df), ("vectorizer.max_df", vectorizer.max_df)]
            {
                if let DocumentLimit::Share(share) = limit {
                    in_range(key, (0.0..=1.0).contains(&share), "a share from 0 to 1", &share)?;
                }
            }
            let step = vectorizer.df_step;
            in_range(
                "vectorizer.df_step",
                step.is_finite() && (step == 1.0 || step >= 1.1),
                "1, or a finite number of 1.1 or more",
                &step,
            )?;
            let scale = vectorizer.scale;
            in_range(
                "vectorizer.scale",
                scale.is_finite() && scale > 0.0,
                "a finite number above 0",
                &scale,
            )?;
        }
        Ok(())
    }

    /// The SHA-256 of the recipe in a form in which comments, order and folders don't count:
    /// `sha256_of` gives that of each data set.
    pub fn hash(&self, sha256_of: impl Fn(usize) -> String) -> String {
        let mut canonical = self.clone();
        for file in canonical.files() {
            *file = file.file_name().map(PathBuf::from).unwrap_or_default();
        }
        for (index, source) in canonical.data.iter_mut().enumerate() {
            source.sha256 = sha256_of(index);
        }
        // Plain structs of numbers and strings: always TOML.
        let text = toml::to_string(&canonical).unwrap_or_default();
        hex(&Sha256::digest(text))
    }
}

/// Refuses a setting that is not as expected.
fn in_range(
    key: &str,
    holds: bool,
    expected: &'static str,
    found: &dyn fmt::Display,
) -> Result<(), Error> {
    if holds {
        return Ok(());
    }
    Err(Error::Setting { key: key.to_owned(), expected, found: found.to_string() })
}
