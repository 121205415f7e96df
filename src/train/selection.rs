//! Term counts → the terms that a vectorizer keeps, and rows over them.

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

    /// Takes `terms`, in ascending byte order, whether or not the documents have them.
    pub fn fixed(counts: &TermCounts, documents: &[u32], terms: Vec<u32>) -> Self {
        let mut document_frequency = vec![0u32; counts.terms()];
        for &document in documents {
            for &(term, _) in counts.document(document as usize) {
                document_frequency[term as usize] += 1;
            }
        }
        let frequencies = terms.iter().map(|&term| document_frequency[term as usize]).collect();
        Self::new(counts, terms, frequencies, documents.len() as u32)
    }

    /// The columns where `kept` holds.
    pub(super) fn keep(&self, counts: &TermCounts, kept: &[bool]) -> Self {
        let kept = |values: &[u32]| -> Vec<u32> {
            values.iter().zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| *value).collect()
        };
        Self::new(counts, kept(&self.terms), kept(&self.document_frequencies), self.documents)
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

    /// The idf of every column.
    pub fn idf(&self) -> Vec<f32> {
        self.document_frequencies.iter().map(|&df| idf(self.documents, df) as f32).collect()
    }

    /// Appends a document's row to `row`, columns counted from `first_column`.
    pub(super) fn transform(
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
