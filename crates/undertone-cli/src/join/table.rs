//! The format of the two tables that `join` reads: columns between tabs, named in the first line.

use std::fs::File;
use std::path::Path;

use undertone::files::{self, FileError, Place, Rows};

pub(super) fn open(path: &Path) -> Result<Rows<File>, FileError> {
    Rows::tab_separated(path, files::open(path)?)
}

/// The index of the column `name`. For the error message `maker` says where such a table comes
/// from.
pub(super) fn column(
    path: &Path,
    columns: &[String],
    name: &str,
    maker: &str,
) -> anyhow::Result<usize> {
    let mut named = (0..columns.len()).filter(|&column| columns[column] == name);
    match (named.next(), named.next()) {
        (Some(column), None) => Ok(column),
        (Some(_), Some(second)) => anyhow::bail!(
            "{}: expected one column named {name:?}, found another; rename or delete one",
            place(path, 1, second)
        ),
        (None, _) => anyhow::bail!(
            "{}: expected columns between tabs, one of them named {name:?}, found {}; {maker}",
            place(path, 1, columns.len()),
            columns.join(", ")
        ),
    }
}

/// The place of a cell; `column` is counted from 0.
pub(super) fn place(path: &Path, line: u64, column: usize) -> Place {
    Place { path: path.to_owned(), line, column: column + 1 }
}
