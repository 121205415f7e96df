//! Files as everything native reads and writes them.
//!
//! | step | what |
//! |---|---|
//! | what a file is: text, packed text, or something else | [`Unpacked`], [`what_is`] |
//! | bytes in some encoding → UTF-8 | [`Decoder`], [`decode`] |
//! | text → rows of cells | [`Rows`] |
//! | bytes and texts → hashes | [`checked_sha256`], [`hex`], [`TextHash`] |
//! | outputs that are whole or not there | [`replace_file`], [`Replacement`] |
//!
//! Readers hold no more than one row and a few chunks of 64 KiB. Whatever is wrong is a [`FileError`] with its
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

mod decode;
mod delimited;
mod digest;
mod error;
mod foreign;
mod replace;
mod table;
mod text_hash;

use std::fs::File;
use std::io;
use std::path::Path;

pub use decode::{Decoder, decode};
pub use digest::{checked_sha256, hex};
pub use error::{FileError, Place};
pub use foreign::{Unpacked, what_is};
pub use replace::{Replacement, replace_file};
pub use table::{Rows, TableOptions, column};
pub use text_hash::TextHash;

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// Opens a file.
///
/// # Errors
/// [`FileError::Read`].
pub fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(|reason| read_failed(path, reason))
}

/// Reads a whole file.
///
/// # Errors
/// [`FileError::Read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|reason| read_failed(path, reason))
}

/// What went wrong while `path` was read. What the readers here had to say travels through [`io::Read`]
/// inside an [`io::Error`], and comes out again.
pub fn read_failed(path: &Path, reason: io::Error) -> FileError {
    reason
        .downcast::<FileError>()
        .unwrap_or_else(|reason| FileError::Read { path: path.to_owned(), reason })
}
