//! What can go wrong between labelled files and a model.

use std::path::PathBuf;

use crate::error::OpenError;
use crate::text::SettingsError;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Counted from 1.
    pub line: u64,
    /// In characters for broken encodings, in fields for tables; counted from 1.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}, column {}", self.path.display(), self.line, self.column)
    }
}

/// Why training, or reading labelled data, stopped. Every message says what was expected, what was
/// found, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file can't be read.
    #[error("{}: {reason}; {remedy}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        reason: std::io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// A file can't be written; what was there before is untouched.
    #[error(
        "{}: can't be written: {reason}; check that its folder exists and may be written to; what was there before is untouched",
        path.display()
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        reason: std::io::Error,
    },
    /// An encoding that nobody knows.
    #[error(
        "unknown encoding {name:?}: expected utf-8, latin1, windows-1252 or another WHATWG encoding label"
    )]
    UnknownEncoding {
        /// As it was given.
        name: String,
    },
    /// Bytes that the encoding doesn't have.
    #[error(
        "{place}: expected {encoding}, found the byte 0x{byte:02x}; give the file's encoding with --encoding, for example --encoding windows-1252"
    )]
    Encoding {
        /// Where.
        place: Place,
        /// The encoding that was expected.
        encoding: String,
        /// The first byte that it doesn't have.
        byte: u8,
    },
    /// A file that is no text, or packed so that it can't be read.
    #[error("{}: expected {expected}, found {what}; {remedy}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A packed file that can't be unpacked.
    #[error("{}: expected whole {what} data, found: {reason}; pack it, or fetch it, again", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
        /// How it is packed.
        what: &'static str,
        /// What the unpacker says.
        reason: std::io::Error,
    },
    /// A quote that is never closed.
    #[error(
        "{place}: expected a quote that closes the one here, found the end of the file; close it, or double it (\"\") if it belongs to the text and the text stands in quotes"
    )]
    OpenQuote {
        /// Where the quote opens.
        place: Place,
    },
    /// A quote behind which its cell goes on.
    #[error(
        "{place}: expected a delimiter or a line end behind the quote that closes the one here, found text on line {closed}; double quotes inside of quotes (\"\"), or close the one that is open"
    )]
    QuoteInside {
        /// Where the first quote opens.
        place: Place,
        /// The line on which it closes.
        closed: u64,
    },
    /// Other lines before the column names.
    #[error(
        "{place}: expected the column names, {wanted:?} among them, found another line; if they stand on line {line}, which has {wanted:?}, delete the lines before this heading, else name the column with --text-column"
    )]
    LaterHeading {
        /// The first line.
        place: Place,
        /// The name that was looked for.
        wanted: String,
        /// The line that has it.
        line: u64,
    },
    /// A row of the wrong length.
    #[error(
        "{place}: expected {expected} columns, found {found}; quote texts that hold delimiters or quotes"
    )]
    Ragged {
        /// Where; the column is the first missing or surplus one.
        place: Place,
        /// Columns of the rows before.
        expected: u64,
        /// Columns of this one.
        found: u64,
    },
    /// The CSV reader's other complaints.
    #[error("{place}: {message}")]
    Csv {
        /// Where.
        place: Place,
        /// What it says.
        message: String,
    },
    /// A column name that the file doesn't have.
    #[error("{place}: expected a column named {wanted:?}, found {}; name it with {option}{}", found.join(", "), other_delimiter(found))]
    UnknownColumn {
        /// The file's first line, after its last column.
        place: Place,
        /// The name that was looked for.
        wanted: String,
        /// The names there are.
        found: Vec<String>,
        /// The option that chooses another one.
        option: &'static str,
    },
    /// Two columns of the name that is looked for.
    #[error("{place}: expected one column named {wanted:?}, found another; rename or delete one")]
    DuplicateColumn {
        /// The file's first line, the second of them.
        place: Place,
        /// The name.
        wanted: String,
    },
    /// A file without rows.
    #[error("{place}: expected at least one row, found none; check the path and --no-header")]
    NoRows {
        /// The end of the file.
        place: Place,
    },
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
        "{place}: expected at least two labels, found only {label:?}; check that --label-column is the right column"
    )]
    OneClass {
        /// The first row's label.
        place: Place,
        /// The one label.
        label: String,
    },
    /// So many labels that they are none.
    #[error(
        "{place}: expected at most {most} different labels, found another one; check that --label-column is the right column"
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
    #[error("{place}: label {label:?} has {rows} row{s}, expected at least {folds}, one for each fold; add rows, merge or delete the label, or lower --folds", s = if *rows == 1 { "" } else { "s" })]
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
    #[error("{place}: expected one of the model's labels ({}), found {label:?}; give the column with --label-column, or a model trained with this label", known.join(", "))]
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
    /// A data set that isn't the recipe's.
    #[error("{}: expected sha256 {expected}, found {found}; get the file that the recipe names, or change its sha256 there", path.display())]
    OtherData {
        /// The file.
        path: PathBuf,
        /// The recipe's.
        expected: String,
        /// The file's.
        found: String,
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
    #[error("the trained model can't be stored")]
    Model(#[from] OpenError),
}

/// What to do where a single column may be several that another delimiter parts.
fn other_delimiter(found: &[String]) -> &'static str {
    match found {
        [name] if name.contains(|c: char| c.is_ascii_punctuation() && c != '_' && c != '-') => {
            ", or, if this is a row of names, say their delimiter in a line before it, such as sep=^"
        }
        _ => "",
    }
}
