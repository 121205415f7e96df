//! Vectorizers of characters inside words: word → columns.
//!
//! The n-grams that characters of a word make up are many: most of them needn't be looked up again.

use alloc::vec;
use alloc::vec::Vec;

use core::hash::{BuildHasherDefault, Hasher};
use hashbrown::HashMap;

use crate::counts::Scratch;
use crate::text::WordKey;
use crate::tfidf::Vectorizer;

/// For a classifier's vectorizers.
#[derive(Debug)]
pub(crate) struct CharCaches {
    vectorizers: Vec<Option<CharCache>>,
}

impl CharCaches {
    /// For so many texts.
    pub(crate) fn new(texts: usize, vectorizers: &[Vectorizer]) -> Self {
        let vectorizers = vectorizers
            .iter()
            .map(|vectorizer| vectorizer.analyzer().is_by_word().then(|| CharCache::new(texts)));
        Self { vectorizers: vectorizers.collect() }
    }

    /// That of a vectorizer, by its place, if there is something to keep.
    pub(crate) fn of(&mut self, vectorizer: usize) -> Option<&mut CharCache> {
        self.vectorizers.get_mut(vectorizer)?.as_mut()
    }
}

/// Room is made at once for as many words as texts, up to so many: a headline has about one that the ones
/// before it don't have, and ever fewer.
const USUAL_WORDS: usize = 7000;

/// For one vectorizer.
#[derive(Debug)]
pub(crate) struct CharCache {
    /// By the keys of words as they stand in texts.
    words: HashMap<WordKey, Word, BuildHasherDefault<KeyHasher>>,
    /// The columns of all words, and then [`CHUNK`] numbers that are no word's.
    columns: Vec<u32>,
    /// The columns of a text.
    row: Vec<u32>,
    /// How many of them there are; then come numbers that are no word's.
    length: usize,
    /// How many features of the text the vocabulary doesn't have.
    oov_count: u32,
}

#[derive(Debug, Clone, Copy)]
struct Word {
    /// How many of its features are known and how many are not.
    known: u16,
    unknown: u16,
    /// Where its columns begin.
    start: u32,
}

/// Keys are mixed already.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// So many columns are copied at a time, whether a word has as many or not: few have more.
const CHUNK: usize = 16;

/// All words are forgotten before there are more, or more columns: 6 MB.
const MOST_WORDS: usize = 1 << 15;
const MOST_COLUMNS: usize = 1 << 20;

impl CharCache {
    fn new(texts: usize) -> Self {
        let words =
            HashMap::with_capacity_and_hasher(texts.min(USUAL_WORDS), BuildHasherDefault::new());
        Self { words, columns: vec![0; CHUNK], row: Vec::new(), length: 0, oov_count: 0 }
    }

    /// Begins a text.
    fn begin(&mut self) {
        (self.length, self.oov_count) = (0, 0);
    }

    /// Adds a word's columns to the text's. Where it is new, `find` gives them: it appends them, and returns how
    /// many features are unknown.
    #[inline]
    fn add(&mut self, key: Option<WordKey>, find: impl FnOnce(&mut Vec<u32>) -> u32) {
        let Some(key) = key else {
            self.row.truncate(self.length);
            self.oov_count += find(&mut self.row);
            self.length = self.row.len();
            return;
        };
        let word = match self.words.get(&key) {
            Some(word) => *word,
            None => self.keep(key, find),
        };
        self.copy(word);
    }

    #[inline(never)]
    fn keep(&mut self, key: WordKey, find: impl FnOnce(&mut Vec<u32>) -> u32) -> Word {
        if self.words.len() >= MOST_WORDS || self.columns.len() > MOST_COLUMNS {
            self.words.clear();
            self.columns.truncate(CHUNK);
        }
        let start = self.columns.len() - CHUNK;
        self.columns.truncate(start);
        let unknown = find(&mut self.columns) as u16;
        let known = (self.columns.len() - start) as u16;
        self.columns.resize(self.columns.len() + CHUNK, 0);
        let word = Word { known, unknown, start: start as u32 };
        self.words.insert(key, word);
        word
    }

    #[inline]
    fn copy(&mut self, word: Word) {
        let known = usize::from(word.known);
        let end = self.length + known;
        if self.row.len() < end.max(self.length + CHUNK) {
            self.row.resize(2 * end + CHUNK, 0);
        }
        let columns = &self.columns[word.start as usize..];
        let row = &mut self.row[self.length..];
        match (columns.first_chunk::<CHUNK>(), row.first_chunk_mut::<CHUNK>()) {
            (Some(columns), Some(row)) if known <= CHUNK => *row = *columns,
            _ => row[..known].copy_from_slice(&columns[..known]),
        }
        self.length = end;
        self.oov_count += u32::from(word.unknown);
    }

    /// Counts the features of a text by a vectorizer, that of this cache, into `scratch`, and returns how many of
    /// them its vocabulary doesn't have. `None` where more than its words matters.
    pub(crate) fn count(
        &mut self,
        vectorizer: &Vectorizer,
        text: &str,
        scratch: &mut Scratch,
    ) -> Option<u32> {
        let (analyzer, vocabulary) = (vectorizer.analyzer(), vectorizer.vocabulary());
        let Scratch { tokens, known, counts, word } = scratch;
        self.begin();
        let is_segmented = analyzer.each_word(text, tokens, |range, key| {
            self.add(key, |columns| {
                let mut oov_count = 0;
                analyzer.segment_word(&text[range], word);
                analyzer.ngrams_of_segmented(word, &mut |tokens, ngrams| {
                    oov_count += vocabulary.find(tokens, ngrams, known);
                    columns.extend(known.features().iter().map(|feature| feature.column));
                });
                oov_count
            });
        });
        counts.begin(vocabulary.len());
        counts.add(self.columns().iter().copied());
        is_segmented.then_some(self.oov_count)
    }

    /// The columns of the text's features, in their order.
    fn columns(&self) -> &[u32] {
        &self.row[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of three words each, a number, the next one and the first again; how often words had to be found,
    /// and the most words and columns that were kept.
    fn found(texts: u32, columns: impl Fn(u32) -> std::ops::Range<u32>) -> (u32, usize, usize) {
        let mut characters = CharCache::new(1);
        let (mut found, mut most_words, mut most_columns) = (0, 0, 0);
        for text in 0..texts {
            characters.begin();
            let mut expected = Vec::new();
            for number in [text, text + 1, text] {
                let word = format!("{number:016}");
                // Every seventh word is too long for a key.
                let key = WordKey::of(&word).filter(|_| number % 7 > 0);
                characters.add(key, |appended| {
                    found += 1;
                    appended.extend(columns(number));
                    number % 3
                });
                expected.extend(columns(number));
            }
            assert_eq!(characters.columns(), expected);
            assert_eq!(characters.oov_count, 2 * (text % 3) + (text + 1) % 3);
            most_words = most_words.max(characters.words.len());
            most_columns = most_columns.max(characters.columns.len());
        }
        (found, most_words, most_columns)
    }

    #[test]
    fn words_are_found_once_until_there_are_too_many() {
        // Long ones three times.
        let once = |texts: u32| texts + 1 + 2 * texts.div_ceil(7);
        let (texts, columns) = (9_000, |number| number..number + number % 40);
        let (count, words, _) = found(texts, columns);
        assert!(count.abs_diff(once(texts)) < 3 && words > 7_000, "{count} {words}");

        // Some of those that are forgotten stand in the text at hand. The words of nothing are bounded too.
        let (count, words, _) = found(100_000, |number| number..number);
        assert!(count.abs_diff(once(100_000)) < 10, "{count}");
        assert_eq!(words, MOST_WORDS);
        let (count, words, kept) = found(20_000, |number| number..number + 100);
        assert!(count.abs_diff(once(20_000)) < 10 && words < MOST_WORDS, "{count} {words}");
        assert!((MOST_COLUMNS..MOST_COLUMNS + 200).contains(&kept), "{kept}");
    }
}
