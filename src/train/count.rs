//! Documents → term counts, once for all folds.

use std::ops::Range;

use hashbrown::HashTable;

use super::parallel::*;

use crate::text::{Analyzer, Feature, Tokens};

/// The number of occurrences of every term in every document, before anything is left out.
///
/// Terms are numbered in the order of their first occurrences.
#[derive(Debug, Clone, Default)]
pub struct TermCounts {
    terms: Terms,
    /// Where the counts of each document end in `counts`; n of them.
    ends: Vec<usize>,
    /// The (term, occurrences) pairs, document after document.
    counts: Vec<(u32, u32)>,
}

/// An interner of terms.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    /// All terms, one after the other.
    text: String,
    /// Where each term ends in `text`.
    ends: Vec<usize>,
    /// The hash of each term.
    hashes: Vec<u64>,
    /// The numbers of terms, by their hashes.
    table: HashTable<u32>,
}

impl Terms {
    /// The text of a term.
    pub(super) fn get(&self, term: u32) -> &str {
        let term = term as usize;
        let start = if term == 0 { 0 } else { self.ends[term - 1] };
        &self.text[start..self.ends[term]]
    }

    /// The hash of a term.
    #[cfg(feature = "train")]
    pub(super) fn hash(&self, term: u32) -> u64 {
        self.hashes[term as usize]
    }

    /// The length of all terms together, in bytes.
    #[cfg(feature = "train")]
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The number of `term`, which is added if it is new.
    pub(super) fn number(&mut self, term: &str, hash: u64) -> u32 {
        let found = self
            .table
            .find(hash, |&number| self.hashes[number as usize] == hash && self.get(number) == term);
        if let Some(&number) = found {
            return number;
        }
        let number = self.ends.len() as u32;
        self.text.push_str(term);
        self.ends.push(self.text.len());
        self.hashes.push(hash);
        let hashes = &self.hashes;
        self.table.insert_unique(hash, number, |&number| hashes[number as usize]);
        number
    }
}

/// The number of documents that one task reads; the result does not depend on it.
const DOCUMENTS_A_TASK: usize = 256;

impl TermCounts {
    /// Counts the terms of `texts` by `analyzer`, on all threads of the pool.
    pub fn count<T: AsRef<str> + Sync>(analyzer: &Analyzer, texts: &[T]) -> Self {
        let parts: Vec<Self> = texts
            .par_chunks(DOCUMENTS_A_TASK)
            .map(|texts| {
                let mut part = Self::default();
                let mut tokens = Tokens::default();
                let mut last_seen: Vec<(usize, usize)> = Vec::new();
                for (document, text) in texts.iter().enumerate() {
                    let Self { terms, counts, ends } = &mut part;
                    analyzer.analyze(text.as_ref(), &mut tokens).for_each(|feature| {
                        let term = terms.number(feature.text(), feature.hash());
                        // Where the term was counted last, and whether in this document.
                        match last_seen.get_mut(term as usize) {
                            Some((seen_in, at)) if *seen_in == document => counts[*at].1 += 1,
                            Some(seen) => {
                                *seen = (document, counts.len());
                                counts.push((term, 1));
                            }
                            None => {
                                last_seen.push((document, counts.len()));
                                counts.push((term, 1));
                            }
                        }
                    });
                    ends.push(counts.len());
                }
                part
            })
            .collect();

        let mut whole = Self::default();
        for part in parts {
            let numbers: Vec<u32> = (0..part.terms.ends.len() as u32)
                .map(|term| {
                    whole.terms.number(part.terms.get(term), part.terms.hashes[term as usize])
                })
                .collect();
            let before = whole.counts.len();
            whole.ends.extend(part.ends.iter().map(|end| before + end));
            whole
                .counts
                .extend(part.counts.iter().map(|&(term, count)| (numbers[term as usize], count)));
        }
        whole
    }

    /// The numbers of `terms`, which are added if no document has them.
    pub fn numbers<'a>(&mut self, terms: impl IntoIterator<Item = &'a str>) -> Vec<u32> {
        terms.into_iter().map(|term| self.terms.number(term, Feature::from(term).hash())).collect()
    }

    /// The number of documents.
    pub fn documents(&self) -> usize {
        self.ends.len()
    }

    /// The number of different terms.
    pub fn terms(&self) -> usize {
        self.terms.ends.len()
    }

    /// The text of a term.
    pub fn term(&self, term: u32) -> &str {
        self.terms.get(term)
    }

    /// The (term, occurrences) pairs of a document, in the order of first occurrence.
    pub fn document(&self, document: usize) -> &[(u32, u32)] {
        &self.counts[self.range(document)]
    }

    /// The range of a document in `counts`.
    fn range(&self, document: usize) -> Range<usize> {
        let start = if document == 0 { 0 } else { self.ends[document - 1] };
        start..self.ends[document]
    }
}
