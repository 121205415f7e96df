//! A classifier with more words, or with one more label, and without them again.
//!
//! What is added says nothing yet: its coefficients are 0. What was there stays to the last bit, so
//! that a classifier which grew and shrank again is the one before.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::classifier::Classifier;
use crate::exp::exp;
use crate::text::{Analyzer, AnalyzerKind, AnalyzerSettings, Tokens, is_word_char};
use crate::tfidf::Vectorizer;
use crate::vocabulary::Vocabulary;

/// The longest word, in bytes, that a vocabulary takes in: longer ones are addresses and mishaps.
const LONGEST_WORD: usize = 64;

/// The most words that a text brings: no headline has as many, and a book is no correction.
const MOST_WORDS: usize = 1000;

/// The share that a label has of a text of which nothing is known when nothing has spoken for it
/// yet.
const NEW_LABEL_SHARE: f64 = 0.05;

impl Classifier {
    /// The vectorizer that takes in new words, by its place: the first that reads single words.
    pub(crate) fn growing_vectorizer(&self) -> Option<usize> {
        self.vectorizers().iter().position(|vectorizer| {
            let settings = vectorizer.analyzer().settings();
            settings.kind == AnalyzerKind::Word
                && settings.ngrams.0 == 1
                && settings.buckets.is_none()
        })
    }

    /// The words of a text that the model does not know and could learn, in byte order, each once:
    /// those with a letter, of up to 64 bytes, the first 1,000 of them. None for a model that reads
    /// no single words.
    pub fn unknown_words(&self, text: &str) -> Vec<String> {
        let mut unknown: Vec<String> = Vec::new();
        if let Some(vectorizer) = self.growing_vectorizer().map(|place| &self.vectorizers()[place])
        {
            for_each_word(vectorizer, text, |word| {
                let is_letter = |c: char| is_word_char(c) && c != '_' && !c.is_ascii_digit();
                if word.len() <= LONGEST_WORD
                    && unknown.len() < MOST_WORDS
                    && word.chars().any(is_letter)
                    && vectorizer.vocabulary().column(&word.into()).is_none()
                {
                    // Sorting them at the end would be 4 KB of the browser module.
                    let place = unknown.partition_point(|before| before.as_str() < word);
                    if unknown.get(place).is_none_or(|next| next != word) {
                        unknown.insert(place, word.to_owned());
                    }
                }
            });
        }
        unknown
    }

    /// The one word that a text is, as the model spells it; `None` for any other text.
    pub(crate) fn single_word(&self, text: &str) -> Option<String> {
        let vectorizer = &self.vectorizers()[self.growing_vectorizer()?];
        let (mut single, mut count) = (String::new(), 0);
        for_each_word(vectorizer, text, |word| {
            count += 1;
            if count == 1 && word.len() <= LONGEST_WORD {
                single.push_str(word);
            }
        });
        (count == 1 && !single.is_empty()).then_some(single)
    }

    /// Takes in words that it does not know, in byte order. Each counts as a word of one document
    /// of those that the vectorizer was fitted on.
    pub(crate) fn add_words(&mut self, words: &[String]) {
        let Some(place) = self.growing_vectorizer().filter(|_| !words.is_empty()) else { return };
        let vectorizer = &self.vectorizers()[place];
        // Without an idf all are 1, as is that of no document in none.
        let frequency = vectorizer.documents().min(1);
        let mut features = Vec::with_capacity(vectorizer.vocabulary().len() + words.len());
        let mut added = words.iter().map(String::as_str).peekable();
        for (feature, column) in vectorizer.vocabulary().features().zip(0..) {
            while let Some(word) = added.next_if(|word| *word < feature) {
                features.push((word, None));
            }
            features.push((feature, Some(column)));
        }
        features.extend(added.map(|word| (word, None)));
        if let Some((vectorizer, coefficients)) = self.with_features(place, &features, frequency) {
            self.put_vectorizer(place, vectorizer, coefficients);
        }
    }

    /// Forgets words that were [taken in](Self::add_words).
    pub(crate) fn remove_words(&mut self, words: &[String]) {
        let Some(place) = self.growing_vectorizer().filter(|_| !words.is_empty()) else { return };
        let mut removed = words.iter().peekable();
        let features = self.vectorizers()[place].vocabulary().features().zip(0..);
        let features: Vec<(&str, Option<u32>)> = features
            .filter(|(feature, _)| removed.next_if(|word| word.as_str() == *feature).is_none())
            .map(|(feature, column)| (feature, Some(column)))
            .collect();
        if let Some((vectorizer, coefficients)) = self.with_features(place, &features, 0) {
            self.put_vectorizer(place, vectorizer, coefficients);
        }
    }

    /// A vectorizer with other features, in byte order, each with the column that it had, or new
    /// with `frequency` and coefficients of 0; and the coefficients of all columns then. `None` for
    /// a vocabulary beyond 32 bits.
    fn with_features(
        &self,
        place: usize,
        features: &[(&str, Option<u32>)],
        frequency: u32,
    ) -> Option<(Vectorizer, Vec<f32>)> {
        let vectorizer = &self.vectorizers()[place];
        let classes = self.labels().len();
        let before: usize =
            self.vectorizers()[..place].iter().map(|one| one.vocabulary().len()).sum();
        let after = before + vectorizer.vocabulary().len();
        let mut coefficients = self.coefficients()[..before * classes].to_vec();
        let mut frequencies = Vec::with_capacity(features.len());
        for &(_, column) in features {
            match column {
                Some(column) => {
                    coefficients.extend_from_slice(self.weights(before as u32 + column));
                    frequencies.push(vectorizer.document_frequencies()[column as usize]);
                }
                None => {
                    coefficients.resize(coefficients.len() + classes, 0.0);
                    frequencies.push(frequency);
                }
            }
        }
        coefficients.extend_from_slice(&self.coefficients()[after * classes..]);
        let vocabulary = Vocabulary::from_sorted(features.iter().map(|(feature, _)| *feature));
        let (analyzer, weighting) = (vectorizer.analyzer().clone(), vectorizer.weighting());
        let documents = vectorizer.documents();
        let grown =
            Vectorizer::new(analyzer, weighting, vocabulary.ok()?, documents, frequencies).ok()?;
        Some((grown, coefficients))
    }

    /// Adds a label. It has the mean of the others' coefficients, and the bias with which it takes
    /// a small share of a text of which nothing is known.
    pub(crate) fn add_label(&mut self, label: &str) {
        let mut shares = self.bias().to_vec();
        let highest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        shares.iter_mut().for_each(|bias| *bias = exp(*bias - highest));
        let all = highest + libm::log(shares.iter().sum());
        let bias = all + libm::log(NEW_LABEL_SHARE / (1.0 - NEW_LABEL_SHARE));
        let classes = self.labels().len();
        let mut coefficients = Vec::with_capacity(self.features() * (classes + 1));
        for row in self.coefficients().chunks_exact(classes) {
            coefficients.extend_from_slice(row);
            coefficients.push(row.iter().sum::<f32>() / classes as f32);
        }
        self.put_label(Some((label.to_owned(), bias)), coefficients);
    }

    /// Takes the label back that was added last.
    pub(crate) fn remove_label(&mut self) {
        let classes = self.labels().len();
        let rows = self.coefficients().chunks_exact(classes);
        let coefficients = rows.flat_map(|row| &row[..classes - 1]).copied().collect();
        self.put_label(None, coefficients);
    }
}

/// Calls `each` with every word that a vectorizer reads off a text, as it spells them.
fn for_each_word(vectorizer: &Vectorizer, text: &str, mut each: impl FnMut(&str)) {
    let settings = AnalyzerSettings {
        ngrams: (1, 1),
        changes: false,
        ..vectorizer.analyzer().settings().clone()
    };
    if let Ok(analyzer) = Analyzer::new(settings) {
        analyzer.analyze(text, &mut Tokens::default()).for_each(|word| each(word.text()));
    }
}
