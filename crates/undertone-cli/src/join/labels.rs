//! The table of labels: what is known of each text, by its hash.

use std::collections::HashSet;
use std::path::Path;

use anyhow::anyhow;

use super::table::{column, open, place};
use undertone::files::TextHash;

/// The name of the column of hashes.
pub(crate) const HASH: &str = "hash";
/// The name of the column of texts in the output.
pub(crate) const TEXT: &str = "text";

/// A table with a column of hashes.
#[derive(Debug)]
pub(super) struct Labels {
    /// The names of the other columns, in their order.
    pub(super) columns: Vec<String>,
    /// The hash and the other cells of each row, in ascending order of the hash; rows with equal
    /// hashes in the order of the file.
    pub(super) rows: Vec<(TextHash, Vec<String>)>,
}

impl Labels {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut table = open(path)?;
        let maker = "such a file is made by `undertone hash`";
        let hash_column = column(path, &table.columns, HASH, maker)?;
        let others = || (0..).filter(move |&column| column != hash_column);
        let columns: Vec<String> =
            others().map_while(|column| table.columns.get(column).cloned()).collect();
        if let Some(other) = table.columns.iter().position(|name| name == TEXT) {
            anyhow::bail!(
                "{}: expected no column named {TEXT:?}, which the texts come back in; rename it",
                place(path, 1, other)
            );
        }
        let mut rows = Vec::new();
        while let Some((line, row)) = table.read_row()? {
            let cell = row.get(hash_column).unwrap_or_default();
            let hash = cell.parse().map_err(|()| {
                anyhow!(
                    "{}: expected a hash, the first 16 hexadecimal digits of a text's SHA-256, found \
                     {cell:?}; {maker}",
                    place(path, line, hash_column)
                )
            })?;
            let cells = others().map_while(|column| row.get(column).map(str::to_owned));
            rows.push((hash, cells.collect()));
        }
        // A stable sort: rows with equal hashes keep their order.
        rows.sort_by_key(|(hash, _)| *hash);
        Ok(Self { columns, rows })
    }

    /// The hashes of all rows.
    pub(super) fn hashes(&self) -> HashSet<TextHash> {
        self.rows.iter().map(|(hash, _)| *hash).collect()
    }
}
