//! Caches for vectorizers of characters inside words: word → columns.
//!
//! A word has many n-grams of characters. Where the word was met before, none of them is looked up
//! again.

use alloc::vec;
use alloc::vec::Vec;

use core::hash::{BuildHasherDefault, Hasher};
use hashbrown::HashMap;

use crate::counts::Scratch;
use crate::text::WordKey;
use crate::tfidf::Vectorizer;

/// A cache for each of a classifier's vectorizers of characters inside words.
#[derive(Debug)]
pub(crate) struct CharCaches {
    /// By the place of the vectorizer; `None` for vectorizers of another kind.
    vectorizers: Vec<Option<CharCache>>,
}

impl CharCaches {
    /// Empty caches, with room for the words of a number of texts.
    pub(crate) fn new(texts: usize, vectorizers: &[Vectorizer]) -> Self {
        let vectorizers = vectorizers
            .iter()
            .map(|vectorizer| vectorizer.analyzer().is_by_word().then(|| CharCache::new(texts)));
        Self { vectorizers: vectorizers.collect() }
    }

    /// The cache of a vectorizer, by the place of the vectorizer, if it has one.
    pub(crate) fn of(&mut self, vectorizer: usize) -> Option<&mut CharCache> {
        self.vectorizers.get_mut(vectorizer)?.as_mut()
    }
}

/// The most words that a new cache has room for; up to this number it has room for as many words as
/// there are texts. A headline has about one word that those before it don't have, and ever fewer.
const MOST_INITIAL_WORDS: usize = 7000;

/// What one vectorizer found in each word, and in the text at hand.
#[derive(Debug)]
pub(crate) struct CharCache {
    /// What was found, by the keys of words as they stand in texts.
    words: HashMap<WordKey, Word, BuildHasherDefault<KeyHasher>>,
    /// The columns of all words, one word after the other, and then [`COPY_WIDTH`] numbers to copy
    /// beyond the last word.
    columns: Vec<u32>,
    /// The columns of the text, in `..length`; what stands beyond is left over from copying.
    row: Vec<u32>,
    /// The number of columns of the text.
    length: usize,
    /// The number of out-of-vocabulary features of the text.
    oov_count: u32,
}

/// What was found in one word.
#[derive(Debug, Clone, Copy)]
struct Word {
    /// The number of the word's columns.
    columns: u16,
    /// The number of the word's out-of-vocabulary features.
    oov_count: u16,
    /// Where the word's columns begin in [`CharCache::columns`].
    start: u32,
}

/// The hasher of a map by [`WordKey`], whose `Hash` hands on a mixed number: nothing is left to do.
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

/// The number of columns that are copied for a word, however many it has: a copy of constant length
/// takes no loop, and few words have more.
const COPY_WIDTH: usize = 16;

/// The most words of a cache, which is emptied before it has more. With [`MOST_COLUMNS`] it takes 6
/// MB.
const MOST_WORDS: usize = 1 << 15;
/// The most columns of a cache, which is emptied once it has more.
const MOST_COLUMNS: usize = 1 << 20;

impl CharCache {
    /// An empty cache, with room for the words of a number of texts.
    fn new(texts: usize) -> Self {
        let capacity = texts.min(MOST_INITIAL_WORDS);
        let words = HashMap::with_capacity_and_hasher(capacity, BuildHasherDefault::new());
        Self { words, columns: vec![0; COPY_WIDTH], row: Vec::new(), length: 0, oov_count: 0 }
    }

    /// Begins a new text.
    fn begin(&mut self) {
        (self.length, self.oov_count) = (0, 0);
    }

    /// Adds the columns of a word to those of the text. If the word is new, or has no key, `find`
    /// is called for them: it appends the columns, and returns how many features are out of
    /// vocabulary.
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
            None => self.insert(key, find),
        };
        self.copy(word);
    }

    /// Adds a word to the cache.
    #[inline(never)]
    fn insert(&mut self, key: WordKey, find: impl FnOnce(&mut Vec<u32>) -> u32) -> Word {
        if self.words.len() >= MOST_WORDS || self.columns.len() > MOST_COLUMNS {
            self.words.clear();
            self.columns.truncate(COPY_WIDTH);
        }
        let start = self.columns.len() - COPY_WIDTH;
        self.columns.truncate(start);
        let oov_count = find(&mut self.columns) as u16;
        let columns = (self.columns.len() - start) as u16;
        self.columns.resize(self.columns.len() + COPY_WIDTH, 0);
        let word = Word { columns, oov_count, start: start as u32 };
        self.words.insert(key, word);
        word
    }

    /// Copies the columns of a word to the row of the text.
    #[inline]
    fn copy(&mut self, word: Word) {
        let count = usize::from(word.columns);
        let end = self.length + count;
        if self.row.len() < end.max(self.length + COPY_WIDTH) {
            self.row.resize(2 * end + COPY_WIDTH, 0);
        }
        let columns = &self.columns[word.start as usize..];
        let row = &mut self.row[self.length..];
        match (columns.first_chunk::<COPY_WIDTH>(), row.first_chunk_mut::<COPY_WIDTH>()) {
            (Some(columns), Some(row)) if count <= COPY_WIDTH => *row = *columns,
            _ => row[..count].copy_from_slice(&columns[..count]),
        }
        self.length = end;
        self.oov_count += u32::from(word.oov_count);
    }

    /// Counts the features of a text into `scratch` by `vectorizer`, whose cache this is, and
    /// returns how many are out of vocabulary. `None` where the features of the text are not just
    /// those of its words, one by one.
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
                analyzer.ngrams_of_segmented(word, None, &mut |tokens, ngrams| {
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

    /// The columns of the text, in the order of its features.
    fn columns(&self) -> &[u32] {
        &self.row[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads texts of three words each: a number, the next one and the first again. Returns how
    /// often words had to be found, and the most words and columns that were kept.
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

        // Some forgotten words stand in the text at hand. Words without a column are bounded too.
        let (count, words, _) = found(100_000, |number| number..number);
        assert!(count.abs_diff(once(100_000)) < 10, "{count}");
        assert_eq!(words, MOST_WORDS);
        let (count, words, kept) = found(20_000, |number| number..number + 100);
        assert!(count.abs_diff(once(20_000)) < 10 && words < MOST_WORDS, "{count} {words}");
        assert!((MOST_COLUMNS..MOST_COLUMNS + 200).contains(&kept), "{kept}");
    }
}
