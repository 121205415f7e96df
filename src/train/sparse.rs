//! Unit tf-idf rows, row by row and column by column.

use super::count::TermCounts;
use super::parallel::*;
use super::recipe::VectorizerRecipe;
use super::selection::Selection;
use crate::tfidf::Entry;

/// A sparse matrix, row by row.
#[derive(Debug, Clone, Default)]
pub struct SparseRows {
    /// Where each row ends in `entries`.
    ends: Vec<usize>,
    /// The entries, row by row.
    entries: Vec<Entry>,
    /// The number of columns.
    width: usize,
}

/// The columns that are copies of others for one domain.
#[derive(Debug, Clone)]
pub struct DomainColumns {
    /// The copy of each column for each domain, if it has one.
    copies: Vec<Vec<Option<u32>>>,
}

impl DomainColumns {
    /// The copy of a column for a domain, if there is one; for the column after the last, the copy
    /// of the constant.
    pub fn copy_of(&self, domain: u32, column: usize) -> Option<u32> {
        *self.copies.get(domain as usize)?.get(column)?
    }
}

impl SparseRows {
    /// The tf-idf rows of `documents`, all vectorizers side by side.
    pub fn transform(
        counts: &[TermCounts],
        selections: &[Selection],
        recipes: &[VectorizerRecipe],
        documents: &[u32],
    ) -> Self {
        let idf: Vec<Vec<f32>> = selections.iter().map(Selection::idf).collect();
        let parts: Vec<(Vec<usize>, Vec<Entry>)> = documents
            .par_chunks(1024)
            .map(|documents| {
                let mut ends = Vec::with_capacity(documents.len());
                let mut entries = Vec::new();
                for &document in documents {
                    let mut first_column = 0;
                    for (((counts, selection), idf), recipe) in
                        counts.iter().zip(selections).zip(&idf).zip(recipes)
                    {
                        selection.transform(
                            counts,
                            document,
                            idf,
                            recipe,
                            first_column,
                            &mut entries,
                        );
                        first_column += selection.terms.len() as u32;
                    }
                    ends.push(entries.len());
                }
                (ends, entries)
            })
            .collect();
        let mut rows = Self {
            width: selections.iter().map(|selection| selection.terms.len()).sum(),
            ..Self::default()
        };
        for (ends, entries) in parts {
            let before = rows.entries.len();
            rows.ends.extend(ends.into_iter().map(|end| before + end));
            rows.entries.extend(entries);
        }
        rows
    }

    /// Appends to each row a copy of itself times `strength`, in columns that belong to the row's
    /// domain, and `strength` itself in a column for the domain as a whole: the copy of the
    /// constant. A domain has copies only of columns that occur in it.
    pub fn with_domain_copies(&self, domains: &[u32], strength: f32) -> (Self, DomainColumns) {
        let mut columns = DomainColumns { copies: Vec::new() };
        let mut copied = Self { width: self.width, ..Self::default() };
        for (row, &domain) in domains.iter().enumerate() {
            let domain = domain as usize;
            while columns.copies.len() <= domain {
                // The last one is for the constant.
                columns.copies.push(vec![None; self.width + 1]);
            }
            copied.entries.extend_from_slice(self.row(row));
            let constant = Entry { column: self.width as u32, value: 1.0 };
            for entry in self.row(row).iter().chain([&constant]) {
                let column =
                    columns.copies[domain][entry.column as usize].get_or_insert_with(|| {
                        copied.width += 1;
                        copied.width as u32 - 1
                    });
                copied.entries.push(Entry { column: *column, value: entry.value * strength });
            }
            copied.ends.push(copied.entries.len());
        }
        (copied, columns)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The entries of a row, in ascending order of their columns.
    #[inline]
    pub fn row(&self, row: usize) -> &[Entry] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.entries[start..self.ends[row]]
    }

    /// The transpose.
    pub fn transposed(&self) -> Self {
        let mut ends = vec![0usize; self.width];
        for entry in &self.entries {
            ends[entry.column as usize] += 1;
        }
        let mut next = Vec::with_capacity(self.width);
        let mut total = 0;
        for end in &mut ends {
            next.push(total);
            total += *end;
            *end = total;
        }
        let mut entries = vec![Entry { column: 0, value: 0.0 }; self.entries.len()];
        for row in 0..self.len() {
            for entry in self.row(row) {
                let at = &mut next[entry.column as usize];
                entries[*at] = Entry { column: row as u32, value: entry.value };
                *at += 1;
            }
        }
        Self { ends, entries, width: self.len() }
    }
}
