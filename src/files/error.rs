//! What can go wrong between bytes and rows.

use std::path::PathBuf;

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

/// Why a file can't be read as what it should be, or can't be written. Every message says what was expected, what
/// was found, where, and what to do.
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
        "{place}: expected {encoding}, found the byte 0x{byte:02x}; give the encoding that the file has, such as windows-1252"
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
        "{place}: expected the column names, {wanted:?} among them, found another line; if they stand on line {line}, which has {wanted:?}, delete the lines before this heading, else name another column"
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
    #[error("{place}: expected a column named {wanted:?}, found {}; name another one as {setting}{}", found.join(", "), other_delimiter(found))]
    UnknownColumn {
        /// The file's first line, after its last column.
        place: Place,
        /// The name that was looked for.
        wanted: String,
        /// The names there are.
        found: Vec<String>,
        /// What names the column: a key of a recipe, or what the caller calls it.
        setting: &'static str,
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
    #[error(
        "{place}: expected at least one row, found none; check the path, and whether the first line is a header"
    )]
    NoRows {
        /// The end of the file.
        place: Place,
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
