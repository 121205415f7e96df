//! The errors of reading and writing files.

use std::path::PathBuf;

/// A place in a file.
///
/// ```
/// use undertone::files::Place;
///
/// let place = Place { path: "news.csv".into(), line: 2, column: 1 };
/// assert_eq!(place.to_string(), "news.csv, line 2, column 1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: u64,
    /// The column, counted from 1: in characters for broken encodings, in fields for tables.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}, column {}", self.path.display(), self.line, self.column)
    }
}

/// Why a file can't be read as what it should be, or can't be written. Every message says what was
/// expected, what was found, where, and what to do.
///
/// ```
/// use std::path::Path;
/// use undertone::files::{FileError, decode};
///
/// let error = decode(Path::new("news.txt"), b"na\xefve", "utf-8").unwrap_err();
/// assert!(matches!(error, FileError::Encoding { byte: 0xef, .. }));
/// assert!(error.to_string().starts_with("news.txt, line 1, column 3: expected UTF-8"), "{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A file can't be read.
    #[error("{}: can't be read: {reason}; check the path", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        reason: std::io::Error,
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
    /// The name of an encoding that is not known.
    #[error(
        "unknown encoding {name:?}: expected utf-8, latin1, windows-1252 or another WHATWG encoding label"
    )]
    UnknownEncoding {
        /// The name as it was given.
        name: String,
    },
    /// Bytes that are not valid in the encoding.
    #[error(
        "{place}: expected {encoding}, found the byte 0x{byte:02x}; {}",
        if *mixed {
            "other lines are in it, so that the file mixes encodings: write this line in it, too"
        } else {
            "give the encoding that the file has, such as windows-1252"
        }
    )]
    Encoding {
        /// The place of the first invalid byte.
        place: Place,
        /// The encoding that was expected.
        encoding: String,
        /// The first invalid byte.
        byte: u8,
        /// Whether characters beyond ASCII near it are valid, as in a file of several encodings.
        mixed: bool,
    },
    /// A file that is no text, or packed so that it can't be read.
    #[error("{}: expected {expected}, found {what}; {remedy}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What the file should be.
        expected: &'static str,
        /// What the file is.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A compressed file that can't be decompressed.
    #[error("{}: expected whole {what} data, found: {reason}; pack it, or fetch it, again", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
        /// The name of the compression.
        what: &'static str,
        /// What the decompressor reports.
        reason: std::io::Error,
    },
    /// A quote that is never closed.
    #[error(
        "{place}: expected a quote that closes the one here, found the end of the file; close it, or double it (\"\") if it belongs to the text and the text stands in quotes"
    )]
    OpenQuote {
        /// The place of the quote.
        place: Place,
    },
    /// A closing quote with text after it in the same cell.
    #[error(
        "{place}: expected a delimiter or a line end behind the quote that closes the one here, found text on line {closed}; double quotes inside of quotes (\"\"), or close the one that is open"
    )]
    QuoteInside {
        /// The place of the opening quote.
        place: Place,
        /// The line of the closing quote.
        closed: u64,
    },
    /// A file with other lines before the column names.
    #[error(
        "{place}: expected the column names, {wanted:?} among them, found another line; if they stand on line {line}, which has {wanted:?}, delete the lines before this heading, else name another column"
    )]
    LaterHeading {
        /// The place of the first line.
        place: Place,
        /// The name that was looked for.
        wanted: String,
        /// The line that has the name.
        line: u64,
    },
    /// A row with fewer or more cells than those before it.
    #[error(
        "{place}: expected {expected} columns, found {found}; quote texts that hold delimiters or quotes"
    )]
    Ragged {
        /// The place of the first missing or surplus cell.
        place: Place,
        /// The number of cells in the rows before.
        expected: u64,
        /// The number of cells in this row.
        found: u64,
    },
    /// Any other error of the CSV reader.
    #[error("{place}: {message}")]
    Csv {
        /// The place of the error.
        place: Place,
        /// What the reader reports.
        message: String,
    },
    /// A column name that the file doesn't have.
    #[error("{place}: expected a column named {wanted:?}, found {}; name another one as {setting}{}", found.join(", "), other_delimiter(found))]
    UnknownColumn {
        /// The place after the last column of the first line.
        place: Place,
        /// The name that was looked for.
        wanted: String,
        /// The names that the file has.
        found: Vec<String>,
        /// What names the column: a key of a recipe, or what the caller calls it.
        setting: &'static str,
    },
    /// Two columns with the name that is looked for.
    #[error("{place}: expected one column named {wanted:?}, found another; rename or delete one")]
    DuplicateColumn {
        /// The place of the second of the columns.
        place: Place,
        /// The name.
        wanted: String,
    },
    /// A file without rows.
    #[error(
        "{place}: expected at least one row, found none; check the path, and whether the first line is a header"
    )]
    NoRows {
        /// The place of the end of the file.
        place: Place,
    },
    /// A file whose content is not that which the recipe names.
    #[error("{}: expected sha256 {expected}, found {found}; get the file that the recipe names, or change its sha256 there", path.display())]
    OtherData {
        /// The file.
        path: PathBuf,
        /// The SHA-256 that the recipe names.
        expected: String,
        /// The SHA-256 of the file.
        found: String,
    },
}

/// What to do if a single column may be several with an unrecognised delimiter between them.
fn other_delimiter(found: &[String]) -> &'static str {
    match found {
        [name] if name.contains(|c: char| c.is_ascii_punctuation() && c != '_' && c != '-') => {
            ", or, if this is a row of names, say their delimiter in a line before it, such as sep=^"
        }
        _ => "",
    }
}
