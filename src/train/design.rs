//! Term counts → a vocabulary for some documents, and their unit tf-idf rows.

use rayon::prelude::*;

use super::count::TermCounts;
use super::recipe::VectorizerRecipe;
use crate::tfidf::{Entry, idf};

/// The terms that a vectorizer keeps, fitted on some documents.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Kept terms in ascending byte order: the columns.
    pub terms: Vec<u32>,
    /// The number of documents that each occurs in.
    pub document_frequencies: Vec<u32>,
    /// The number of documents it was fitted on.
    pub documents: u32,
    /// The column of every term, or [`NO_COLUMN`].
    columns: Vec<u32>,
}

const NO_COLUMN: u32 = u32::MAX;

impl Selection {
    /// Chooses the terms of `documents` that min_df, max_df and max_features leave, as
    /// scikit-learn's `CountVectorizer` does; of terms that occur equally often, `max_features`
    /// keeps those first in byte order.
    pub fn fit(counts: &TermCounts, documents: &[u32], recipe: &VectorizerRecipe) -> Self {
        let mut document_frequency = vec![0u32; counts.terms()];
        let mut occurrences = vec![0u64; counts.terms()];
        for &document in documents {
            for &(term, count) in counts.document(document as usize) {
                document_frequency[term as usize] += 1;
                occurrences[term as usize] += u64::from(count);
            }
        }
        let least = recipe.min_df.of(documents.len()).max(1.0);
        let most = recipe.max_df.of(documents.len());
        let mut terms: Vec<u32> = (0..counts.terms() as u32)
            .filter(|&term| {
                let frequency = f64::from(document_frequency[term as usize]);
                frequency >= least && frequency <= most
            })
            .collect();
        terms.par_sort_unstable_by_key(|&term| counts.term(term));
        if recipe.max_features > 0 && terms.len() > recipe.max_features {
            let mut by_occurrence = terms.clone();
            by_occurrence.sort_by_key(|&term| std::cmp::Reverse(occurrences[term as usize]));
            let mut kept = vec![false; counts.terms()];
            for &term in &by_occurrence[..recipe.max_features] {
                kept[term as usize] = true;
            }
            terms.retain(|&term| kept[term as usize]);
        }
        let frequencies = terms.iter().map(|&term| document_frequency[term as usize]).collect();
        Self::new(counts, terms, frequencies, documents.len() as u32)
    }

    fn new(
        counts: &TermCounts,
        terms: Vec<u32>,
        document_frequencies: Vec<u32>,
        documents: u32,
    ) -> Self {
        let mut columns = vec![NO_COLUMN; counts.terms()];
        for (column, &term) in terms.iter().enumerate() {
            columns[term as usize] = column as u32;
        }
        Self { terms, document_frequencies, documents, columns }
    }

    /// Appends a document's row to `row`, columns counted from `first_column`.
    fn transform(
        &self,
        counts: &TermCounts,
        document: u32,
        idf: &[f32],
        recipe: &VectorizerRecipe,
        first_column: u32,
        row: &mut Vec<Entry>,
    ) {
        let start = row.len();
        for &(term, count) in counts.document(document as usize) {
            let column = self.columns[term as usize];
            if column != NO_COLUMN {
                row.push(Entry { column, value: count as f32 });
            }
        }
        let row = &mut row[start..];
        row.sort_unstable_by_key(|entry| entry.column);
        recipe.weighting().weigh(row, |column| idf[column as usize]);
        for entry in row {
            entry.column += first_column;
        }
    }
}

/// A sparse matrix, row by row.
#[derive(Debug, Clone, Default)]
pub struct SparseRows {
    /// Where each row ends in `entries`.
    ends: Vec<usize>,
    entries: Vec<Entry>,
    width: usize,
}

impl SparseRows {
    /// The tf-idf rows of `documents`, all vectorizers side by side.
    pub fn transform(
        counts: &[TermCounts],
        selections: &[Selection],
        recipes: &[VectorizerRecipe],
        documents: &[u32],
    ) -> Self {
        let idf: Vec<Vec<f32>> = selections
            .iter()
            .map(|selection| {
                let frequencies = selection.document_frequencies.iter();
                frequencies.map(|&df| idf(selection.documents, df) as f32).collect()
            })
            .collect();
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

    /// Rows and columns exchanged.
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
