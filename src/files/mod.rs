//! Files: how the trainer and the command read and write them.
//!
//! | step | what |
//! |---|---|
//! | what a file is: text, compressed text, or something else | [`Unpacked`], [`what_is`] |
//! | bytes in some encoding → UTF-8 | [`Decoder`], [`decode`] |
//! | text → rows of cells | [`Rows`] |
//! | bytes and texts → hashes | [`checked_sha256`], [`hex`], [`TextHash`] |
//! | outputs that are complete or absent | [`replace_file`], [`Replacement`] |
//!
//! With the feature `fit` alone there are only hashes and errors, as the trainer has them.
//!
//! Readers hold no more than one row and a few chunks of 64 KiB. Errors are a [`FileError`], with
//! line and column.
//!
//! ```
//! use std::path::Path;
//! use undertone::files::{Rows, TableOptions};
//!
//! let csv = "title;source\n\"Profit; doubled\";a\n";
//! let options = TableOptions::default().wanted("title");
//! let mut rows = Rows::new(Path::new("news.csv"), csv.as_bytes(), &options)?;
//! assert_eq!(rows.columns, ["title", "source"]);
//! let (line, row) = rows.read_row()?.expect("a row");
//! assert_eq!((line, &row[0]), (2, "Profit; doubled"));
//! # Ok::<(), undertone::files::FileError>(())
//! ```

#[cfg(feature = "files")]
mod decode;
#[cfg(feature = "files")]
mod delimited;
mod digest;
mod error;
#[cfg(feature = "files")]
mod foreign;
#[cfg(feature = "files")]
mod replace;
#[cfg(feature = "files")]
mod table;
#[cfg(feature = "files")]
mod text_hash;

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(feature = "files")]
pub use decode::{Decoder, decode};
pub use digest::{checked_sha256, hex};
pub use error::{FileError, Place};
#[cfg(feature = "files")]
pub use foreign::{Unpacked, what_is};
#[cfg(feature = "files")]
pub use replace::{Replacement, replace_file};
#[cfg(feature = "files")]
pub use table::{Rows, TableOptions, column};
#[cfg(feature = "files")]
pub use text_hash::TextHash;

/// The number of bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// Opens a file for reading.
///
/// # Errors
/// [`FileError::Read`].
pub fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(|reason| read_failed(path, reason))
}

/// Reads a whole file into memory.
///
/// # Errors
/// [`FileError::Read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|reason| read_failed(path, reason))
}

/// The error of reading the file `path`. A [`FileError`] that one of the readers here wrapped in
/// the [`io::Error`] is unwrapped.
pub fn read_failed(path: &Path, reason: io::Error) -> FileError {
    reason
        .downcast::<FileError>()
        .unwrap_or_else(|reason| FileError::Read { path: path.to_owned(), reason })
}
