//! The errors of training: what can go wrong between labelled files and a model.

use std::path::PathBuf;

use crate::error::{EncodeError, ModelError, OpenError};
use crate::files::{FileError, Place};
use crate::text::SettingsError;

/// Why training, or reading labelled data, stopped. Every message says what was expected, what was
/// found, where, and what to do.
///
/// ```
/// use undertone::train::{Corpus, Error, Recipe, Training};
///
/// let corpus = Corpus::from_documents([("Profit doubles", "good"), ("Sales up", "good")]);
/// let error = Training::new(&Recipe::default()).on(corpus).run(&mut ()).unwrap_err();
/// assert!(matches!(error, Error::OneClass { .. }));
/// assert!(error.to_string().contains("expected at least two labels"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file can't be read as what it should be, or can't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A row whose text or label is empty.
    #[error("{place}: expected a {what}, found nothing; fill the cell or delete the row")]
    EmptyCell {
        /// The place of the empty cell.
        place: Place,
        /// What the cell should hold: "text" or "label".
        what: &'static str,
    },
    /// A file of word vectors whose length is no multiple of the number of words.
    #[error(
        "{}: expected as many bytes for each of {words} words, found {bytes}; give the file of words \
         that belongs to it",
        path.display()
    )]
    VectorBytes {
        /// The file of components.
        path: PathBuf,
        /// The number of words, the lines of the file of words.
        words: usize,
        /// The length of the file of components in bytes.
        bytes: usize,
    },
    /// A malformed line in a list of groups.
    #[cfg(feature = "train")]
    #[error(
        "{place}: expected 16 hexadecimal digits, a tab and the number of a group, found {found:?}"
    )]
    GroupLine {
        /// The place of the line.
        place: Place,
        /// The line.
        found: String,
    },
    /// A row whose probabilities are not numbers from 0 to 1 with a sum of 1.
    #[cfg(feature = "train")]
    #[error(
        "{place}: expected probabilities, each 0 to 1 and their sum 1, one for each label, found {found}"
    )]
    Probability {
        /// The place of the cell, or of the first of the cells with a wrong sum.
        place: Place,
        /// The cell, or the sum.
        found: String,
    },
    /// A weight that is no finite number of 0 or more.
    #[cfg(feature = "train")]
    #[error("{place}: expected a weight, a finite number of 0 or more, found {found:?}")]
    Weight {
        /// The place of the cell.
        place: Place,
        /// The cell.
        found: String,
    },
    /// A file that the program should supply and doesn't have.
    #[error(
        "{}: expected a program that supplies it, as the command undertone does unless it is built without its word vectors; name a file in its place", path.display()
    )]
    NotSupplied {
        /// The path in the recipe.
        path: PathBuf,
    },
    /// A base model that can't be opened.
    #[error("{}: {reason}", path.display())]
    Base {
        /// The file.
        path: PathBuf,
        /// Why it is no model.
        reason: OpenError,
    },
    /// A word vector whose length differs from that of the vectors before it.
    #[cfg(feature = "train")]
    #[error(
        "{place}: the vector of {word:?} has {found} components, expected {expected}; repair the line or delete it"
    )]
    RaggedVector {
        /// The place of the first missing or surplus component.
        place: Place,
        /// The word of the vector.
        word: String,
        /// The number of components of the vectors before.
        expected: usize,
        /// The number of components of this vector.
        found: usize,
    },
    /// A component of a word vector that is no finite number.
    #[cfg(feature = "train")]
    #[error(
        "{place}: expected a finite number, found {found:?}; word and components are separated by spaces"
    )]
    VectorComponent {
        /// The place of the component.
        place: Place,
        /// The component as it stands in the file.
        found: String,
    },
    /// Data with a single label.
    #[error(
        "{place}: expected at least two labels, found only {label:?}, in all of {rows} row{s}; add rows with another label, or check that this is the column of labels",
        s = if *rows == 1 { "" } else { "s" }
    )]
    OneClass {
        /// The place of the first label.
        place: Place,
        /// The one label.
        label: String,
        /// The number of rows.
        rows: u64,
    },
    /// A column with more different values than labels can have.
    #[cfg(feature = "train")]
    #[error(
        "{place}: expected at most {most} different labels, found another one; check that this is the column of labels"
    )]
    ManyLabels {
        /// The place of the first label too many.
        place: Place,
        /// The most labels that there may be.
        most: usize,
    },
    /// A file whose rows changed between two readings.
    #[cfg(feature = "train")]
    #[error(
        "{}: has other rows than when it was read before; give a regular file that nobody writes to", path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A label with fewer documents than there are folds.
    #[error("{place}: label {label:?} has {rows} row{s}, expected at least {folds}, one for each fold; {}", rare_remedy(*rows, like.as_deref()), s = if *rows == 1 { "" } else { "s" })]
    RareLabel {
        /// The place of the label in its first row.
        place: Place,
        /// The label.
        label: String,
        /// The number of rows with the label.
        rows: usize,
        /// The number of folds.
        folds: u32,
        /// Another label that it differs from in case or space alone, if there is one.
        like: Option<String>,
    },
    /// A label in evaluation data that the model doesn't have.
    #[cfg(feature = "train")]
    #[error("{place}: expected one of the model's labels ({}), found {label:?}; check that this is the column of labels, or take a model trained with this one", known.join(", "))]
    UnknownLabel {
        /// The place of the label.
        place: Place,
        /// The label.
        label: String,
        /// The model's labels.
        known: Vec<String>,
    },
    /// A label in evaluation data that the model spells otherwise.
    #[cfg(feature = "train")]
    #[error(
        "{place}: expected the model's label {known:?}, found {label:?}, which differs in case or space alone; spell it as the model does, or join such labels"
    )]
    OtherSpelling {
        /// The place of the label.
        place: Place,
        /// The label.
        label: String,
        /// The model's label.
        known: String,
    },
    /// A metric of a label that the data doesn't have.
    #[error("metric: expected f1: and one of the labels ({}), found {label:?}", known.join(", "))]
    UnknownMetric {
        /// The label of the metric.
        label: String,
        /// The labels of the data.
        known: Vec<String>,
    },
    /// A vectorizer of which no feature is left.
    #[error(
        "{place}: no feature is left in any of {documents} documents for {vectorizer}; lower min_df, raise max_df, or let the token pattern accept more"
    )]
    EmptyVocabulary {
        /// The place of the first document.
        place: Place,
        /// The number of training documents.
        documents: usize,
        /// The vectorizer, as messages name it.
        vectorizer: String,
    },
    /// A recipe that isn't TOML, or has unknown or missing keys.
    #[cfg(feature = "train")]
    #[error("{}: {message}", path.display())]
    RecipeSyntax {
        /// The file of the recipe.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
    /// A value in the recipe (or the option of the same name) out of its range.
    #[error("{key}: expected {expected}, found {found}")]
    Setting {
        /// The recipe's key.
        key: String,
        /// The range of the value.
        expected: &'static str,
        /// The value that was found.
        found: String,
    },
    /// A vectorizer that can't be made.
    #[error("{vectorizer}: {reason}")]
    Analyzer {
        /// The vectorizer, as messages name it.
        vectorizer: String,
        /// Why its analyzer can't be made.
        reason: SettingsError,
    },
    /// The finished model can't be put together.
    #[error("the trained parts make no model: {0}")]
    Model(#[from] ModelError),
    /// The finished model doesn't fit its format.
    #[error("the trained model can't be stored: {0}")]
    Encode(#[from] EncodeError),
    /// A model that was just stored can't be opened.
    #[error("the trained model can't be opened again: {0}")]
    Reopen(#[from] OpenError),
}

/// What to do about a label that has too few rows, and perhaps another spelling.
fn rare_remedy(rows: usize, like: Option<&str>) -> String {
    let joining = like.map(|like| {
        format!("join it with {like:?}, from which it differs in case or space alone, or ")
    });
    let folds = match rows {
        0 | 1 => "no cross-validation (0 folds)".to_owned(),
        _ => format!("at most {rows} folds"),
    };
    let joining = joining.unwrap_or_default();
    format!("{joining}add rows, merge the label, leave it out, or take {folds}")
}
