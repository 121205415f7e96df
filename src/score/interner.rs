//! Interners of words: word as it stands in a text → number.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::text::{Analyzer, NormalizedWord, WordKey};

/// Numbers of words as they stand in texts.
#[derive(Debug)]
pub(super) struct Interner {
    /// The words, each with its number.
    entries: Vec<Entry>,
    /// A hash table by open addressing with linear probing: one more than the place of an entry, or
    /// 0 in an empty slot.
    index: Box<[u16; 1 << INDEX_BITS]>,
}

/// A word as it stands in texts, and its number.
#[derive(Debug)]
struct Entry {
    key: WordKey,
    number: u16,
}

/// The base-2 logarithm of the number of slots.
const INDEX_BITS: u32 = 15;
// One more than the place of an entry must fit into a slot.
const _: () = assert!(Interner::MOST < u16::MAX as usize);

impl Default for Interner {
    fn default() -> Self {
        Self { entries: Vec::new(), index: Box::new([0; 1 << INDEX_BITS]) }
    }
}

impl Interner {
    /// The most words: three quarters of the slots, so that probing stays short.
    pub(super) const MOST: usize = (1 << INDEX_BITS) / 4 * 3;

    /// The number of words.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all words.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.index.fill(0);
    }

    /// The number of a word, or the slot that is for it.
    #[inline]
    pub(super) fn find(&self, key: WordKey) -> Result<u16, usize> {
        let mut place = key.place(INDEX_BITS);
        loop {
            let place_of_entry = usize::from(self.index[place % (1 << INDEX_BITS)]).wrapping_sub(1);
            match self.entries.get(place_of_entry) {
                Some(entry) if entry.key == key => return Ok(entry.number),
                Some(_) => place += 1,
                None => return Err(place),
            }
        }
    }

    /// Adds a word to the slot that [`find`](Self::find) gave for it, with a number that others may
    /// have, too.
    #[inline]
    pub(super) fn add(&mut self, key: WordKey, place: usize, number: u16) {
        self.entries.push(Entry { key, number });
        self.index[place % (1 << INDEX_BITS)] = self.entries.len() as u16;
    }
}

/// A number for every normalized word: `Profit` and `profit` share one.
#[derive(Debug, Default)]
pub(super) struct NormalizedWords {
    /// The words as they stand in texts, and their normalized forms.
    interner: Interner,
    /// The normalized word of each number.
    words: Vec<NormalizedWord>,
}

impl NormalizedWords {
    /// Whether there is room for so many words more; all are forgotten where that takes it.
    pub(super) fn has_room(&mut self, words: usize) -> bool {
        // Each may add two entries.
        let most = 2 * words;
        if self.interner.len() + most > Interner::MOST {
            self.interner.clear();
            self.words.clear();
        }
        most <= Interner::MOST
    }

    /// The normalized word of each number.
    pub(super) fn words(&self) -> &[NormalizedWord] {
        &self.words
    }

    /// The number of a word's normalized form.
    #[inline]
    pub(super) fn number(&mut self, key: WordKey, analyzer: &Analyzer) -> u16 {
        self.interner.find(key).unwrap_or_else(|_| self.add(key, analyzer))
    }

    /// Adds a word: at most two entries, its normalized form and the word.
    #[inline(never)]
    fn add(&mut self, key: WordKey, analyzer: &Analyzer) -> u16 {
        let normalized = analyzer.normalize_word(key);
        let number = self.interner.find(normalized.key()).unwrap_or_else(|place| {
            let number = self.words.len() as u16;
            self.words.push(normalized);
            self.interner.add(normalized.key(), place, number);
            number
        });
        // One that is its own normalized form is there by now.
        if let Err(place) = self.interner.find(key) {
            self.interner.add(key, place, number);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::AnalyzerSettings;

    #[test]
    fn words_that_are_written_alike_share_a_number() {
        let settings = AnalyzerSettings { number_shapes: true, ..AnalyzerSettings::default() };
        let analyzer = Analyzer::new(settings).unwrap();
        let mut words = NormalizedWords::default();
        for round in 0..3 {
            // As many as there is room for.
            let most = (Interner::MOST - 6) / 2;
            assert!(words.has_room(most));
            let mut number = |word: &str| {
                let key = WordKey::of(word).unwrap();
                let number = words.number(key, &analyzer);
                assert_eq!(words.interner.find(key), Ok(number));
                usize::from(number)
            };
            let numbers = ["UP", "Up", "up", "2010", "1987", "0000"].map(&mut number);
            assert_eq!(numbers, [0, 0, 0, 1, 1, 1], "{round}");
            let spelled = |word: usize| {
                let letters = [26 * 26, 26, 1].map(|unit| b'A' + (word / unit % 26) as u8);
                format!("{}{}", str::from_utf8(&letters).unwrap(), "X".repeat(word / 17576))
            };
            for word in 0..most {
                assert_eq!(number(&spelled(word)), 2 + word);
            }
            assert_eq!(number(&spelled(most / 2).to_lowercase()), 2 + most / 2);
            assert_eq!(
                words.words()[2 + most / 2].bytes(),
                spelled(most / 2).to_lowercase().as_bytes()
            );
            assert!((Interner::MOST - 1..=Interner::MOST).contains(&words.interner.len()));
        }
        assert!(!words.has_room(Interner::MOST));
    }
}
