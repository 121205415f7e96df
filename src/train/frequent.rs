//! The most frequent terms of a stream, in bounded memory.
//!
//! Lossy counting with a limit on the table in place of one on the error (Manku and Motwani 2002,
//! "Approximate Frequency Counts over Data Streams", section 4.2). When the table holds twice the
//! cap, the half with the lowest bounds is evicted. The bound of a term is the number of documents
//! that it was seen in, plus the number that it may have been missed in: the highest bound that was
//! evicted before the term came. Of equal bounds the lower hash stays, which favours no part of the
//! alphabet. Therefore
//!
//! - the document frequency of a term that came before the first eviction is exact, and any other
//!   is too low by at most [`FrequentTerms::missed`];
//! - every term in more documents than that is in the table;
//! - the same texts in the same order leave the same terms.

use super::count::Terms;
use super::names::Names;
use super::recipe::VectorizerRecipe;
use super::selection::{Frequencies, kept_terms};
use crate::text::{Analyzer, Tokens};

/// The length of all terms together, in bytes, beyond which half of them are evicted, whatever the
/// cap: no file of long made-up words fills the memory.
const MOST_BYTES: usize = 1 << 26;

/// The table of terms, with their frequencies.
#[derive(Debug)]
pub(crate) struct FrequentTerms {
    /// The most terms that [`finish`](Self::finish) leaves.
    cap: usize,
    terms: Terms,
    frequencies: Frequencies,
    /// For each term the number of documents in which it may have been missed, and the number of
    /// the last document that has it.
    history: Vec<(u32, u32)>,
    /// The number of documents counted.
    documents: u32,
    /// The highest bound that was evicted.
    missed: u32,
}

impl FrequentTerms {
    /// An empty table that will keep at most `cap` terms.
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            cap,
            terms: Terms::default(),
            frequencies: Frequencies::default(),
            history: Vec::new(),
            documents: 0,
            missed: 0,
        }
    }

    /// The number of terms in the table.
    pub(crate) fn len(&self) -> usize {
        self.history.len()
    }

    /// The most by which a document frequency may be too low.
    pub(crate) fn missed(&self) -> u32 {
        self.missed
    }

    /// Counts the terms of a text.
    pub(crate) fn add(&mut self, analyzer: &Analyzer, text: &str, tokens: &mut Tokens) {
        self.documents = self.documents.saturating_add(1);
        analyzer.analyze(text, tokens).for_each(|feature| {
            let term = self.terms.number(feature.bytes(), feature.hash()) as usize;
            if term == self.history.len() {
                self.frequencies.documents.push(0);
                self.frequencies.occurrences.push(0);
                self.history.push((self.missed, 0));
            }
            self.frequencies.occurrences[term] += 1;
            let (_, last) = &mut self.history[term];
            if *last != self.documents {
                *last = self.documents;
                self.frequencies.documents[term] += 1;
            }
        });
        if self.len() >= 2 * self.cap {
            self.keep(self.cap);
        }
        while self.terms.bytes() > MOST_BYTES && self.len() > 1 {
            self.keep(self.len() / 2);
        }
    }

    /// Evicts all terms but the `count` with the highest bounds.
    fn keep(&mut self, count: usize) {
        if count >= self.len() {
            return;
        }
        let bound =
            |term: u32| self.frequencies.documents[term as usize] + self.history[term as usize].0;
        let mut terms: Vec<u32> = (0..self.len() as u32).collect();
        terms.select_nth_unstable_by(count, |&one, &other| {
            bound(other)
                .cmp(&bound(one))
                .then_with(|| self.terms.hash(one).cmp(&self.terms.hash(other)))
                .then_with(|| self.terms.get(one).cmp(self.terms.get(other)))
        });
        self.missed = self.missed.max(bound(terms[count]));
        terms.truncate(count);
        terms.sort_unstable();
        let mut kept =
            Self { documents: self.documents, missed: self.missed, ..Self::new(self.cap) };
        for term in terms {
            kept.terms.number(self.terms.get(term).as_bytes(), self.terms.hash(term));
            kept.frequencies.documents.push(self.frequencies.documents[term as usize]);
            kept.frequencies.occurrences.push(self.frequencies.occurrences[term as usize]);
            kept.history.push(self.history[term as usize]);
        }
        *self = kept;
    }

    /// The terms that a vectorizer keeps, in ascending byte order, and the number of documents that
    /// each is in.
    pub(crate) fn finish(&mut self, recipe: &VectorizerRecipe) -> (Vec<&str>, Vec<u32>) {
        self.keep(self.cap);
        let documents = self.documents as usize;
        let kept = kept_terms(
            &self.frequencies,
            |term| self.terms.get(term),
            documents,
            recipe,
            &Names::default(),
        );
        let frequency = |&term: &u32| self.frequencies.documents[term as usize];
        (
            kept.iter().map(|&term| self.terms.get(term)).collect(),
            kept.iter().map(frequency).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terms of falling frequency among many that occur once.
    #[test]
    fn frequent_terms_stay_and_the_table_stays_small() {
        let recipe = VectorizerRecipe::default();
        let analyzer = recipe.to_analyzer().unwrap();
        let mut tokens = Tokens::default();
        let mut frequent = FrequentTerms::new(100);
        let documents = 20_000;
        for document in 0..documents {
            let mut text = format!("once{document} other{document}");
            for often in (1..=20).filter(|often| document % (often * often) == 0) {
                text += &format!(" often{often}");
            }
            frequent.add(&analyzer, &text, &mut tokens);
            assert!(frequent.len() < 200 + 22);
        }
        let missed = frequent.missed();
        // Fewer than 4 terms a document, shared among a table of 100.
        assert!((1..=4 * documents / 100).contains(&missed), "{missed}");
        let (terms, frequencies) = frequent.finish(&recipe);
        assert_eq!(terms.len(), 100);
        for often in 1..=20 {
            let exact = documents.div_ceil(often * often);
            if exact > missed {
                let column = terms.binary_search(&format!("often{often}").as_str()).unwrap();
                assert!((exact - missed..=exact).contains(&frequencies[column]), "often{often}");
            }
        }
    }
}
