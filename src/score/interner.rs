//! An interner of words: word as it stands in a text → number of its normalized form.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::text::{Analyzer, NormalizedWord, WordKey};

/// A number for every normalized word: `Profit` and `profit` share one.
#[derive(Debug)]
pub(super) struct Interner {
    /// The words as they stand in texts, each with its number.
    entries: Vec<Entry>,
    /// A hash table by open addressing with linear probing: one more than the place of an entry, or
    /// 0 in an empty slot.
    index: Box<[u16; 1 << INDEX_BITS]>,
    /// The normalized word of each number.
    normalized: Vec<NormalizedWord>,
}

/// A word as it stands in texts, and the number of its normalized form.
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
        let index = Box::new([0; 1 << INDEX_BITS]);
        Self { entries: Vec::new(), index, normalized: Vec::new() }
    }
}

impl Interner {
    /// The most entries: three quarters of the slots, so that probing stays short.
    pub(super) const MOST: usize = (1 << INDEX_BITS) / 4 * 3;

    /// The number of entries.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all words.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.index.fill(0);
        self.normalized.clear();
    }

    /// The normalized word of each number.
    pub(super) fn normalized(&self) -> &[NormalizedWord] {
        &self.normalized
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

    /// Adds a word to the slot that [`find`](Self::find) gave for it, and returns its number. Adds
    /// at most two entries: the word, and its normalized form.
    #[inline(never)]
    pub(super) fn add(&mut self, key: WordKey, place: usize, analyzer: &Analyzer) -> u16 {
        let normalized = analyzer.normalize_word(key);
        let entry = self.entries.len();
        self.index[place % (1 << INDEX_BITS)] = entry as u16 + 1;
        self.entries.push(Entry { key, number: self.normalized.len() as u16 });
        let normalized_key = normalized.key();
        if normalized_key == key {
            self.normalized.push(normalized);
        } else {
            let number = match self.find(normalized_key) {
                Ok(number) => number,
                Err(place) => self.add(normalized_key, place, analyzer),
            };
            self.entries[entry].number = number;
        }
        self.entries[entry].number
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
        let mut interner = Interner::default();
        for round in 0..3 {
            let mut number = |word: &str| {
                let key = WordKey::of(word).unwrap();
                let number =
                    interner.find(key).unwrap_or_else(|place| interner.add(key, place, &analyzer));
                assert_eq!(interner.find(key), Ok(number));
                usize::from(number)
            };
            let numbers = ["UP", "Up", "up", "2010", "1987", "0000"].map(&mut number);
            assert_eq!(numbers, [0, 0, 0, 1, 1, 1], "{round}");
            // As many as there is room for.
            let words = (Interner::MOST - 6) / 2;
            let spelled = |word: usize| {
                let letters = [26 * 26, 26, 1].map(|unit| b'A' + (word / unit % 26) as u8);
                format!("{}{}", str::from_utf8(&letters).unwrap(), "X".repeat(word / 17576))
            };
            for word in 0..words {
                assert_eq!(number(&spelled(word)), 2 + word);
            }
            assert_eq!(number(&spelled(words / 2).to_lowercase()), 2 + words / 2);
            assert_eq!(
                interner.normalized()[2 + words / 2].bytes(),
                spelled(words / 2).to_lowercase().as_bytes()
            );
            assert!((Interner::MOST - 1..=Interner::MOST).contains(&interner.len()));
            interner.clear();
        }
    }
}
