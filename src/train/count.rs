//! Documents → term counts, once for all folds.

use std::ops::Range;

use hashbrown::HashTable;

use super::parallel::*;

use crate::text::{Analyzer, Feature, Tokens, is_injective};

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

    /// The texts of all terms, in the order of their numbers.
    #[cfg(feature = "train")]
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|term| self.get(term))
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
    pub(super) fn number_of(&mut self, term: &str) -> u32 {
        let term = Feature::from(term);
        self.number(term.bytes(), term.hash())
    }

    /// The number of a term in UTF-8 by its hash as a feature; it is added if it is new.
    pub(super) fn number(&mut self, term: &[u8], hash: u64) -> u32 {
        let is_it = |&number: &u32| {
            self.hashes[number as usize] == hash
                && (is_injective(hash) || self.get(number).as_bytes() == term)
        };
        if let Some(&number) = self.table.find(hash, is_it) {
            return number;
        }
        let number = self.ends.len() as u32;
        self.text.push_str(&String::from_utf8_lossy(term));
        self.ends.push(self.text.len());
        self.hashes.push(hash);
        let hashes = &self.hashes;
        self.table.insert_unique(hash, number, |&number| hashes[number as usize]);
        number
    }
}

/// Into how many parts documents are divided for each thread. Each part numbers its own terms,
/// which are numbered anew when all are put together; the result does not depend on it.
const PARTS_A_THREAD: usize = 2;

impl TermCounts {
    /// Counts the terms of `texts` by `analyzer`, on all threads of the pool.
    pub fn count<T: AsRef<str> + Sync>(analyzer: &Analyzer, texts: &[T]) -> Self {
        // One thread needs no parts.
        let parts = if threads() == 1 { 1 } else { PARTS_A_THREAD * threads() };
        let parts: Vec<Self> = texts
            .par_chunks(texts.len().div_ceil(parts).max(1))
            .map(|texts| {
                let mut part = Self::default();
                let mut tokens = Tokens::default();
                let mut last_seen: Vec<(usize, usize)> = Vec::new();
                for (document, text) in texts.iter().enumerate() {
                    let Self { terms, counts, ends } = &mut part;
                    analyzer.analyze(text.as_ref(), &mut tokens).for_each(|feature| {
                        let term = terms.number(feature.bytes(), feature.hash());
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

        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        for part in parts {
            let numbers: Vec<u32> = (0..part.terms.ends.len() as u32)
                .map(|term| {
                    let text = part.terms.get(term).as_bytes();
                    whole.terms.number(text, part.terms.hashes[term as usize])
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
        terms.into_iter().map(|term| self.terms.number_of(term)).collect()
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
