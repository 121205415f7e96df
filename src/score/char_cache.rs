//! Caches for vectorizers of characters inside words: word → columns.
//!
//! A word has many n-grams of characters. Where the word was met before, none of them is looked up
//! again.

use alloc::vec::Vec;

use core::ops::Range;

use super::interner::Interner;
use crate::counts::Scratch;
use crate::text::{TextsRef, Tokens, WordKey};
use crate::tfidf::Vectorizer;

/// A cache for each of a classifier's vectorizers of characters inside words.
#[derive(Debug)]
pub(crate) struct CharCaches {
    /// By the place of the vectorizer; `None` for vectorizers of another kind.
    vectorizers: Vec<Option<CharReader>>,
}

impl CharCaches {
    /// Empty caches.
    pub(crate) fn new(vectorizers: &[Vectorizer]) -> Self {
        let vectorizers = vectorizers
            .iter()
            .map(|vectorizer| vectorizer.analyzer().is_by_word().then(CharReader::default));
        Self { vectorizers: vectorizers.collect() }
    }

    /// Reads texts, whose features are then [counted](CharReader::count).
    pub(crate) fn read(
        &mut self,
        texts: TextsRef<'_>,
        vectorizers: &[Vectorizer],
        scratch: &mut Scratch,
    ) {
        for (reader, vectorizer) in self.vectorizers.iter_mut().zip(vectorizers) {
            if let Some(reader) = reader {
                reader.read(texts, vectorizer, scratch);
            }
        }
    }

    /// The cache of a vectorizer, by the place of the vectorizer, if it has one.
    pub(crate) fn of(&mut self, vectorizer: usize) -> Option<&mut CharReader> {
        self.vectorizers.get_mut(vectorizer)?.as_mut()
    }
}

/// The cache of a vectorizer, and the texts that it read last.
#[derive(Debug, Default)]
pub(crate) struct CharReader {
    cache: CharCache,
    /// The words of the texts.
    tokens: Tokens,
    /// The words, by their numbers in the cache; [`LONG`] for one that it can't have.
    words: Vec<u16>,
    /// The words of each text, by their places among those of all; `None` where the features of the
    /// text are not just those of its words, one by one.
    texts: Vec<Option<Range<usize>>>,
}

/// In place of the number of a word that is too long for a key.
const LONG: u16 = u16::MAX;
const _: () = assert!(Interner::MOST < LONG as usize);

impl CharReader {
    /// Reads texts by `vectorizer`, whose cache this is.
    fn read(&mut self, texts: TextsRef<'_>, vectorizer: &Vectorizer, scratch: &mut Scratch) {
        let Self { cache, tokens, words, texts: segmented } = self;
        segmented.clear();
        words.clear();
        vectorizer.analyzer().segment_all(texts, tokens, |words, is_told, _| {
            segmented.push(is_told.then_some(words));
        });
        if !cache.has_room(tokens.words()) {
            segmented.clear();
            return;
        }
        words.extend(tokens.sources().map(|(range, key)| {
            let Some(key) = key else { return LONG };
            cache.number(key, |columns| {
                find(vectorizer, texts.joined.get(range).unwrap_or_default(), scratch, columns)
            })
        }));
    }

    /// Counts the features of a text into `scratch` by `vectorizer`, whose cache this is, and
    /// returns how many are out of vocabulary. The text is that at a place of those that were read
    /// last. `None` where it must be read by itself.
    pub(crate) fn count(
        &mut self,
        vectorizer: &Vectorizer,
        (texts, place): (TextsRef<'_>, usize),
        scratch: &mut Scratch,
    ) -> Option<u32> {
        let Self { cache, tokens, words, texts: segmented } = self;
        let places = segmented.get(place)?.clone()?;
        cache.begin();
        for place in places {
            match words[place] {
                LONG => cache.extend(|columns| {
                    let word = texts.joined.get(tokens.source(place)).unwrap_or_default();
                    find(vectorizer, word, scratch, columns)
                }),
                word => cache.copy(word),
            }
        }
        scratch.counts.begin(vectorizer.vocabulary().len());
        scratch.counts.add(cache.columns().iter().copied());
        Some(cache.oov_count)
    }
}

/// Appends the columns of a word, and returns how many of its features are out of vocabulary.
fn find(
    vectorizer: &Vectorizer,
    text: &str,
    Scratch { known, word, .. }: &mut Scratch,
    columns: &mut Vec<u32>,
) -> u32 {
    let mut oov_count = 0;
    vectorizer.analyzer().segment_word(text, word);
    vectorizer.analyzer().ngrams_of_segmented(word, None, &mut |tokens, ngrams| {
        oov_count += vectorizer.vocabulary().find(tokens, ngrams, known);
        columns.extend(known.features().iter().map(|feature| feature.column));
    });
    oov_count
}

/// What one vectorizer found in each word, and in the text at hand.
#[derive(Debug, Default)]
struct CharCache {
    interner: Interner,
    /// What was found, by the numbers of words in `interner`.
    words: Vec<Word>,
    /// The columns of all words, one word after the other.
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

/// The number of columns that are copied for a word, however many it has: a copy of constant length
/// takes no loop, and few words have more.
const COPY_WIDTH: usize = 24;

/// The most columns of a cache, which is emptied before it reads a batch once it has more: 4 MB.
const MOST_COLUMNS: usize = 1 << 20;

impl CharCache {
    /// Whether the cache can have so many words more. It is emptied where that takes it.
    fn has_room(&mut self, words: usize) -> bool {
        if self.interner.len() + words > Interner::MOST || self.columns.len() > MOST_COLUMNS {
            self.interner.clear();
            self.words.clear();
            self.columns.clear();
        }
        words <= Interner::MOST
    }

    /// The number of a word. If the word is new, `find` is called for its columns: it appends them,
    /// and returns how many of its features are out of vocabulary.
    #[inline]
    fn number(&mut self, key: WordKey, find: impl FnOnce(&mut Vec<u32>) -> u32) -> u16 {
        self.interner.find(key).unwrap_or_else(|place| {
            let number = self.words.len() as u16;
            self.interner.add(key, place, number);
            self.insert(find);
            number
        })
    }

    /// Adds what is found in a word.
    #[inline(never)]
    fn insert(&mut self, find: impl FnOnce(&mut Vec<u32>) -> u32) {
        let start = self.columns.len();
        let oov_count = find(&mut self.columns) as u16;
        let columns = (self.columns.len() - start) as u16;
        self.words.push(Word { columns, oov_count, start: start as u32 });
    }

    /// Begins a new text.
    fn begin(&mut self) {
        (self.length, self.oov_count) = (0, 0);
    }

    /// Adds to the text what `find` finds, which appends columns, and returns how many features are
    /// out of vocabulary.
    fn extend(&mut self, find: impl FnOnce(&mut Vec<u32>) -> u32) {
        self.row.truncate(self.length);
        self.oov_count += find(&mut self.row);
        self.length = self.row.len();
    }

    /// Adds to the text what was found in a word.
    #[inline]
    fn copy(&mut self, word: u16) {
        let Word { columns: count, oov_count, start } = self.words[usize::from(word)];
        let count = usize::from(count);
        let end = self.length + count;
        if self.row.len() < end.max(self.length + COPY_WIDTH) {
            self.row.resize(2 * end + COPY_WIDTH, 0);
        }
        let columns = &self.columns[start as usize..];
        let row = &mut self.row[self.length..];
        match (columns.first_chunk::<COPY_WIDTH>(), row.first_chunk_mut::<COPY_WIDTH>()) {
            (Some(columns), Some(row)) if count <= COPY_WIDTH => *row = *columns,
            _ => row[..count].copy_from_slice(&columns[..count]),
        }
        self.length = end;
        self.oov_count += u32::from(oov_count);
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
    fn found(texts: u32, columns: impl Fn(u32) -> Range<u32>) -> (u32, usize, usize) {
        let mut cache = CharCache::default();
        let (mut found, mut most_words, mut most_columns) = (0, 0, 0);
        for text in 0..texts {
            assert!(cache.has_room(3));
            cache.begin();
            let mut expected = Vec::new();
            for number in [text, text + 1, text] {
                let find = |appended: &mut Vec<u32>| {
                    found += 1;
                    appended.extend(columns(number));
                    number % 3
                };
                // Every seventh word is too long for a key.
                match WordKey::of(&format!("{number:016}")).filter(|_| number % 7 > 0) {
                    Some(key) => {
                        let word = cache.number(key, find);
                        cache.copy(word);
                    }
                    None => cache.extend(find),
                }
                expected.extend(columns(number));
            }
            assert_eq!(cache.columns(), expected);
            assert_eq!(cache.oov_count, 2 * (text % 3) + (text + 1) % 3);
            most_words = most_words.max(cache.words.len());
            most_columns = most_columns.max(cache.columns.len());
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

        // Some forgotten words stand in the next text. Words without a column are bounded too.
        let (count, words, _) = found(100_000, |number| number..number);
        assert!(count.abs_diff(once(100_000)) < 10, "{count}");
        assert!((Interner::MOST - 3..=Interner::MOST).contains(&words), "{words}");
        let (count, words, kept) = found(20_000, |number| number..number + 100);
        assert!(count.abs_diff(once(20_000)) < 10 && words < 12_000, "{count} {words}");
        assert!((MOST_COLUMNS..MOST_COLUMNS + 300).contains(&kept), "{kept}");
        assert!(!CharCache::default().has_room(Interner::MOST + 1));
    }
}
