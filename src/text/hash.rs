//! The hash by which a feature is looked up, and the comparison that follows.
//!
//! Most words have a few letters, and so have n-grams of characters. Up to seven bytes and their number
//! fit into a hash: there equal hashes mean equal features, and nothing is compared. The hash of a longer
//! n-gram of words follows from those of its words. Nothing here branches on the length of a word of up to
//! 16 bytes, which is unpredictable.

use core::hash::{Hash, Hasher};
use core::ops::Range;

/// 2⁶⁴ divided by the golden ratio, made odd: the factor of Fibonacci hashing (Knuth, The Art of
/// Computer Programming, volume 3, section 6.4).
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Set in the hash of a feature of up to seven bytes, and in no other.
const SHORT: u64 = 1 << 63;

/// Set in the hash of a longer one, which is never 0.
const LONG: u64 = 1 << 62;

/// Bytes a step.
const STEP: usize = 8;

/// With this after it, a word is read without looking for the end of the text.
pub(super) const PADDING: &str = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The lowest so many bytes of a number, eight at most.
const LOWEST: [u64; 2 * STEP + 1] = {
    let mut masks = [u64::MAX; 2 * STEP + 1];
    let mut bytes = 0;
    while bytes < STEP {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// As [`LOWEST`], for the bytes after the first eight of a word of up to 16.
const NEXT_LOWEST: [u64; 2 * STEP + 1] = {
    let mut masks = [0; 2 * STEP + 1];
    let mut bytes = STEP;
    while bytes <= 2 * STEP {
        masks[bytes] = LOWEST[bytes - STEP];
        bytes += 1;
    }
    masks
};

/// Whether so many bytes fit into a hash.
#[inline]
pub(super) fn is_short(length: usize) -> bool {
    length < STEP
}

/// The hash of a feature, never 0.
pub(super) fn hash(feature: &[u8]) -> u64 {
    if is_short(feature.len()) {
        return short_hash(feature, 0..feature.len());
    }
    let words = feature.split(|&byte| byte == b' ').map(|word| word_hash(word, 0..word.len()));
    words.reduce(joined).unwrap_or_default()
}

/// The [`hash`] of a [short](is_short) feature, given as a range of a text. Bytes beyond the range make no
/// difference.
#[inline]
pub(super) fn short_hash(text: &[u8], Range { start, end }: Range<usize>) -> u64 {
    short_hash_of(number(text, start, STEP), end - start)
}

/// The [`hash`] of each feature of `length` bytes, a [short](is_short) length, that begins in `starts`, a range of a
/// text with [`PADDING`].
#[inline]
pub(super) fn short_hashes(
    text: &[u8],
    starts: Range<usize>,
    length: usize,
) -> impl Iterator<Item = u64> {
    let bytes = text[starts.start..].windows(STEP).take(starts.len());
    bytes.map(move |bytes| {
        short_hash_of(u64::from_le_bytes(bytes.try_into().unwrap_or_default()), length)
    })
}

/// The [`hash`] of the first `length` bytes of a little-endian number, a [short](is_short) length.
#[inline]
fn short_hash_of(bytes: u64, length: usize) -> u64 {
    first_mix(bytes & LOWEST[length % STEP], length) | SHORT
}

/// The [`hash`] of a feature without a space, given as a range of a text.
pub(super) fn word_hash(text: &[u8], Range { start, end }: Range<usize>) -> u64 {
    let length = end - start;
    if is_short(length) {
        return short_hash(text, start..end);
    }
    let mut hash = first_mix(number(text, start, STEP), length);
    let mut read = STEP;
    loop {
        hash = step(hash, number(text, start + read, (length - read).min(STEP)));
        read += STEP;
        if read >= length {
            return hash | LONG;
        }
    }
}

/// The [`hash`] of the first `length` bytes, 16 at most, of a buffer; the other bytes make no difference. Without a
/// branch on the length, which is unpredictable.
#[inline]
pub(super) const fn hash16(word: &[u8; 2 * STEP], length: usize) -> u64 {
    let [first, next] = numbers16(word, length);
    let hash = first_mix(first, length);
    select(hash | SHORT, step(hash, next) | LONG, length)
}

#[inline]
const fn numbers16(word: &[u8; 2 * STEP], length: usize) -> [u64; 2] {
    let bytes = u128::from_le_bytes(*word);
    [bytes as u64 & LOWEST[length], (bytes >> 64) as u64 & NEXT_LOWEST[length]]
}

/// A word of up to 16 bytes, as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WordKey {
    numbers: [u64; 2],
    pub(super) length: u32,
}

impl WordKey {
    /// The key of a word, given as a range of a text with [`PADDING`]; `None` where the word is longer than 16 bytes.
    #[inline]
    pub(super) fn new(text: &[u8], word: Range<usize>) -> Option<Self> {
        (word.len() <= 2 * STEP).then(|| Self::beginning(text, word))
    }

    /// The key of the first 16 bytes of a word of a text.
    #[inline]
    pub(super) fn beginning(text: &[u8], word: Range<usize>) -> Self {
        let length = word.len().min(2 * STEP);
        let word = text.get(word.start..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 2 * STEP]);
        Self { numbers: numbers16(word, length), length: length as u32 }
    }

    /// The word's bytes, and then zeros.
    pub(super) fn bytes(self) -> [u8; 2 * STEP] {
        let [first, next] = self.numbers;
        (u128::from(next) << 64 | u128::from(first)).to_le_bytes()
    }

    /// A number of so many bits by which the word may be kept.
    #[inline]
    pub(crate) fn place(self, bits: u32) -> usize {
        (self.folded().wrapping_mul(FACTOR) >> (u64::BITS - bits)) as usize
    }

    #[inline]
    fn folded(self) -> u64 {
        let [first, next] = self.numbers;
        first ^ next.rotate_left(29)
    }
}

#[cfg(test)]
impl WordKey {
    /// Of a word by itself.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::new([word, PADDING].concat().as_bytes(), 0..word.len())
    }
}

impl Hash for WordKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let product = u128::from(self.folded()) * u128::from(FACTOR);
        state.write_u64((product ^ product >> 64) as u64);
    }
}

/// The hash of a feature of so many bytes: the one if it is [short](is_short), else the other. Without a branch:
/// the length of a word is unpredictable.
#[inline]
const fn select(short: u64, long: u64, length: usize) -> u64 {
    let is_long = (STEP as i64 - 1 - length as i64) >> 63;
    short ^ (short ^ long) & is_long as u64
}

#[inline]
const fn first_mix(number: u64, length: usize) -> u64 {
    mix(number ^ (length as u64) << 56)
}

/// The hash of a feature that isn't [short](is_short): of words with one space between them, from that of all
/// but the last word and that of the last.
#[inline]
pub(super) fn joined(hash: u64, last: u64) -> u64 {
    step(hash, last) | LONG
}

/// Whether no other feature has this hash.
#[inline]
pub(crate) fn is_injective(hash: u64) -> bool {
    hash & SHORT != 0
}

/// Whether two features are the same, for those whose hashes don't say so.
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let length = one.len();
    // Four stretches that overlap, rather than a loop over as many as there are.
    if length != other.len() || !(STEP..=4 * STEP).contains(&length) {
        return one == other;
    }
    let last = length - STEP;
    let places = [0, last.min(STEP), last.saturating_sub(STEP), last];
    places
        .into_iter()
        .fold(0, |differences, at| differences | number(one, at, STEP) ^ number(other, at, STEP))
        == 0
}

/// The first `length` bytes of a text from `at` on, eight at most, as a number: the first is the
/// lowest.
#[inline]
fn number(text: &[u8], at: usize, length: usize) -> u64 {
    match text.get(at..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes) & LOWEST[length],
        None => last_number(text, at, length),
    }
}

/// As [`number`], where fewer than eight bytes are left of a text without padding.
#[cold]
fn last_number(text: &[u8], at: usize, length: usize) -> u64 {
    let bytes = text.get(at..).unwrap_or_default();
    let bytes = &bytes[..length.min(bytes.len())];
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[inline]
const fn step(hash: u64, number: u64) -> u64 {
    mix(hash.rotate_left(29) ^ number)
}

/// Turns a number of 63 bits into another, no two into the same: an odd factor and a shifted copy can
/// both be undone. A product's high bits depend on all of the factor's; the low ones, by which a table is
/// indexed, get them too.
#[inline]
const fn mix(bits: u64) -> u64 {
    let product = bits.wrapping_mul(FACTOR) & !SHORT;
    product ^ product >> 32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn short_features_do_not_collide() {
        let letters: Vec<char> = ('a'..='z').chain([' ', '0', 'é', '日', '🚀']).collect();
        let mut features = vec![String::new()];
        let mut last = features.clone();
        for _ in 0..3 {
            last = last
                .iter()
                .flat_map(|feature| letters.iter().map(move |c| format!("{feature}{c}")))
                .collect();
            features.extend(last.iter().cloned());
        }
        let hashes: HashSet<u64> =
            features.iter().map(|feature| hash(feature.as_bytes())).collect();
        assert_eq!(hashes.len(), features.len());
        // Both halves are used by themselves, as an index and as a tag.
        for shift in [0, 32] {
            let halves: HashSet<u32> = hashes.iter().map(|hash| (hash >> shift) as u32).collect();
            assert!(halves.len() > features.len() * 999 / 1000, "{}", halves.len());
        }
    }

    #[test]
    fn what_stands_around_a_stretch_makes_no_difference() {
        let letters: Vec<u8> = (0..40).map(|place| b'a' + place % 26).collect();
        for length in 0..=letters.len() {
            let stretch = &letters[..length];
            let around = [b"<<".as_slice(), stretch, b">>>>>>>>>>>>>>>>"].concat();
            let hash = word_hash(&around, 2..2 + length);
            assert_eq!(hash, super::hash(stretch), "{length}");
            assert_eq!(is_injective(hash), length < STEP);
            if let Some(word) = around[2..].first_chunk().filter(|_| length <= 2 * STEP) {
                assert_eq!(hash16(word, length), hash, "{length}");
            }
            for place in 0..length {
                let mut other = stretch.to_vec();
                other[place] ^= 1;
                assert_ne!(super::hash(&other), hash, "{place} of {length}");
                assert!(!same(stretch, &other), "{place} of {length}");
            }
            assert!(same(stretch, &around[2..2 + length]));
        }
    }

    #[test]
    fn a_short_feature_can_be_read_from_its_hash() {
        // FACTOR's inverse modulo 2⁶³, by Newton's iteration.
        let inverse =
            (0..6).fold(FACTOR, |x, _| x.wrapping_mul(2u64.wrapping_sub(FACTOR.wrapping_mul(x))));
        for feature in ["", "a", "b ", "\0", "\0\0", "bitcoin", "7 \u{1f680}", "\u{7f}\0€"] {
            let mixed = hash(feature.as_bytes()) & !SHORT;
            let bits = (mixed ^ mixed >> 32).wrapping_mul(inverse) & !SHORT;
            let length = (bits >> 56) as usize;
            assert_eq!(&bits.to_le_bytes()[..length], feature.as_bytes());
        }
    }

    #[test]
    fn words_make_up_the_hash_of_an_ngram() {
        for words in [["profit", "fell"], ["a", "b"], ["compared", "with"], ["", "naïveté"]] {
            let [one, other] = words.map(|word| word_hash(word.as_bytes(), 0..word.len()));
            let text = words.join(" ");
            assert_eq!(hash(text.as_bytes()) == joined(one, other), text.len() >= STEP);
        }
    }
}
