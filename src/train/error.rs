//! What can go wrong between labelled files and a model.

use std::path::PathBuf;

use crate::error::{EncodeError, ModelError, OpenError};
use crate::files::{FileError, Place};
use crate::text::SettingsError;

/// Why training, or reading labelled data, stopped. Every message says what was expected, what was
/// found, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file can't be read as what it should be, or can't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A row whose text or label is empty.
    #[error("{place}: expected a {what}, found nothing; fill the cell or delete the row")]
    EmptyCell {
        /// Where.
        place: Place,
        /// "text" or "label".
        what: &'static str,
    },
    /// Vectors in bytes that are not as many for each word.
    #[error(
        "{}: expected as many bytes for each of {words} words, found {bytes}; give the file of words \
         that belongs to it",
        path.display()
    )]
    VectorBytes {
        /// The file of components.
        path: PathBuf,
        /// The lines of the file of words.
        words: usize,
        /// The length of the file of components.
        bytes: usize,
    },
    /// A line of a list of groups that is none.
    #[error(
        "{place}: expected 16 hexadecimal digits, a tab and the number of a group, found {found:?}"
    )]
    GroupLine {
        /// Where.
        place: Place,
        /// The line.
        found: String,
    },
    /// Probabilities that are none.
    #[error(
        "{place}: expected probabilities, each 0 to 1 and their sum 1, one for each label, found {found}"
    )]
    Probability {
        /// Where.
        place: Place,
        /// The cell, or the sum.
        found: String,
    },
    /// A weight that is no weight.
    #[error("{place}: expected a weight, a finite number of 0 or more, found {found:?}")]
    Weight {
        /// Where.
        place: Place,
        /// The cell.
        found: String,
    },
    /// A vector of another length than those before.
    #[error(
        "{place}: the vector of {word:?} has {found} components, expected {expected}; repair the line or delete it"
    )]
    RaggedVector {
        /// The first missing or surplus component.
        place: Place,
        /// The word.
        word: String,
        /// Components of the vectors before.
        expected: usize,
        /// Components of this one.
        found: usize,
    },
    /// A vector's component that is not a number.
    #[error(
        "{place}: expected a finite number, found {found:?}; word and components are separated by spaces"
    )]
    VectorComponent {
        /// Where.
        place: Place,
        /// The field.
        found: String,
    },
    /// Data with a single label.
    #[error(
        "{place}: expected at least two labels, found only {label:?}; check that this is the column of labels"
    )]
    OneClass {
        /// The first row's label.
        place: Place,
        /// The one label.
        label: String,
    },
    /// So many labels that they are none.
    #[error(
        "{place}: expected at most {most} different labels, found another one; check that this is the column of labels"
    )]
    ManyLabels {
        /// The first label too many.
        place: Place,
        /// How many there may be.
        most: usize,
    },
    /// A file that is read several times was not the same each time.
    #[error(
        "{}: has other rows than when it was read before; give a regular file that nobody writes to", path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A label too rare for stratified folds.
    #[error("{place}: label {label:?} has {rows} row{s}, expected at least {folds}, one for each fold; add rows, merge or delete the label, or take fewer folds", s = if *rows == 1 { "" } else { "s" })]
    RareLabel {
        /// The label's first row.
        place: Place,
        /// The label.
        label: String,
        /// How many rows carry it.
        rows: usize,
        /// How many folds were asked for.
        folds: u32,
    },
    /// A label in evaluation data that the model doesn't have.
    #[error("{place}: expected one of the model's labels ({}), found {label:?}; check that this is the column of labels, or take a model trained with this one", known.join(", "))]
    UnknownLabel {
        /// Where.
        place: Place,
        /// The label.
        label: String,
        /// The model's labels.
        known: Vec<String>,
    },
    /// No feature is left.
    #[error(
        "{place}: no feature is left in any of {documents} documents for {vectorizer}; lower min_df, raise max_df, or let the token pattern accept more"
    )]
    EmptyVocabulary {
        /// The first document.
        place: Place,
        /// The number of training documents.
        documents: usize,
        /// Which vectorizer.
        vectorizer: String,
    },
    /// A recipe that isn't TOML, or has unknown or missing keys.
    #[error("{}: {message}", path.display())]
    RecipeSyntax {
        /// The recipe.
        path: PathBuf,
        /// Names line and column.
        message: String,
    },
    /// A value in the recipe (or the option of the same name) out of its range.
    #[error("{key}: expected {expected}, found {found}")]
    Setting {
        /// The recipe's key.
        key: String,
        /// The range.
        expected: &'static str,
        /// The value.
        found: String,
    },
    /// A vectorizer that can't be made.
    #[error("{vectorizer}: {reason}")]
    Analyzer {
        /// Which.
        vectorizer: String,
        /// Why.
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
