//! The hash by which a feature is looked up, and the comparison that follows.
//!
//! Most words have a few letters, and so have n-grams of characters. Up to seven bytes and their
//! number fit into a hash, which is injective on them: equal hashes mean equal features, and
//! nothing is compared. The hash of a longer n-gram of words follows from those of its words. Words
//! of up to 16 bytes are hashed without a branch on their length, which is unpredictable.

use core::ops::Range;

/// 2⁶⁴ divided by the golden ratio, made odd: the factor of Fibonacci hashing (Knuth, The Art of
/// Computer Programming, volume 3, section 6.4).
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The bit that is set in the hash of every feature of up to seven bytes, and in no other hash.
const SHORT: u64 = 1 << 63;

/// The bit that is set in the hash of every longer feature, so that no hash is 0.
const LONG: u64 = 1 << 62;

/// The number of bytes that are mixed into a hash at a time.
pub(crate) const BLOCK: usize = 8;

/// What follows a text, so that 16 bytes can be read from the beginning of any word.
pub(super) const PADDING: &str = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Masks by a number of bytes from 0 to 16: of the lowest that many bytes of a number, eight at
/// most.
const LOW_BYTES: [u64; 2 * BLOCK + 1] = {
    let mut masks = [u64::MAX; 2 * BLOCK + 1];
    let mut bytes = 0;
    while bytes < BLOCK {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// Masks by the length of a word from 0 to 16: of the bytes beyond the first eight.
const NEXT_LOW_BYTES: [u64; 2 * BLOCK + 1] = {
    let mut masks = [0; 2 * BLOCK + 1];
    let mut bytes = BLOCK;
    while bytes <= 2 * BLOCK {
        masks[bytes] = LOW_BYTES[bytes - BLOCK];
        bytes += 1;
    }
    masks
};

/// Whether a feature of this length in bytes is short: its bytes and their number fit into a hash.
#[inline]
pub(super) fn is_short(length: usize) -> bool {
    length < BLOCK
}

/// The hash of a feature, never 0.
pub(super) fn hash(feature: &[u8]) -> u64 {
    hash_of(feature, 0..feature.len())
}

/// The [`hash`] of a feature, given as a range of a text.
pub(super) fn hash_of(text: &[u8], Range { start, end }: Range<usize>) -> u64 {
    if is_short(end - start) {
        return short_hash(text, start..end);
    }
    let (mut hash, mut at) = (None, start);
    loop {
        let word = at..word_end(text, at..end);
        at = word.end + 1;
        let last = hash_word(text, word);
        let whole = hash.map_or(last, |hash| combine(hash, last));
        if at > end {
            return whole;
        }
        hash = Some(whole);
    }
}

/// Where the first word in a range of a text ends: at a space or with the range.
// Inlined, as `hash_word` is: when a model is opened, a browser's engine has not optimised yet what
// hashes each of its features, and calls are what takes long.
#[inline(always)]
fn word_end(text: &[u8], Range { start, end }: Range<usize>) -> usize {
    let mut at = start;
    while at < end {
        let spaces = equal_bytes(number(text, at, BLOCK), b' ');
        if spaces != 0 {
            return end.min(at + spaces.trailing_zeros() as usize / 8);
        }
        at += BLOCK;
    }
    end
}

/// The highest bit of each byte of a number that is equal to `byte` (Warren, Hacker's Delight,
/// section 6-1).
#[inline]
pub(crate) fn equal_bytes(number: u64, byte: u8) -> u64 {
    const ALL_BUT_HIGHEST: u64 = u64::from_ne_bytes([0x7f; BLOCK]);
    let other = number ^ u64::from_ne_bytes([byte; BLOCK]);
    let carried = (other & ALL_BUT_HIGHEST) + ALL_BUT_HIGHEST;
    !(carried | other | ALL_BUT_HIGHEST)
}

/// The [`hash`] of a [short](is_short) feature, given as a range of a text. Bytes beyond the range
/// make no difference.
#[inline]
pub(super) fn short_hash(text: &[u8], Range { start, end }: Range<usize>) -> u64 {
    short_hash_of(number(text, start, BLOCK), end - start)
}

/// The [`hash`] of each feature of `length` bytes, a [short](is_short) length, that begins in
/// `starts`, a range of a text with [`PADDING`].
#[inline]
pub(super) fn short_hashes(
    text: &[u8],
    starts: Range<usize>,
    length: usize,
) -> impl Iterator<Item = u64> {
    let bytes = text[starts.start..].windows(BLOCK).take(starts.len());
    bytes.map(move |bytes| {
        short_hash_of(u64::from_le_bytes(bytes.try_into().unwrap_or_default()), length)
    })
}

/// The [`hash`] of the first `length` bytes of a little-endian number, a [short](is_short) length.
#[inline]
fn short_hash_of(bytes: u64, length: usize) -> u64 {
    first_mix(bytes & LOW_BYTES[length % BLOCK], length) | SHORT
}

/// The [`hash`] of a feature without a space, given as a range of a text.
pub(super) fn word_hash(text: &[u8], word: Range<usize>) -> u64 {
    hash_word(text, word)
}

/// The same as a part of what calls it.
#[inline(always)]
fn hash_word(text: &[u8], Range { start, end }: Range<usize>) -> u64 {
    let length = end - start;
    if is_short(length) {
        return short_hash(text, start..end);
    }
    let mut hash = first_mix(number(text, start, BLOCK), length);
    let mut read = BLOCK;
    loop {
        hash = step(hash, number(text, start + read, (length - read).min(BLOCK)));
        read += BLOCK;
        if read >= length {
            return hash | LONG;
        }
    }
}

/// The [`hash`] of a word without a space: the first `length` bytes of a buffer, 16 at most; the
/// other bytes make no difference. Branch-free, as the length is unpredictable.
#[inline]
pub(super) const fn hash16(word: &[u8; 2 * BLOCK], length: usize) -> u64 {
    let [first, next] = numbers16(word, length);
    let hash = first_mix(first, length);
    select(hash | SHORT, step(hash, next) | LONG, length)
}

/// The first `length` bytes of a buffer as two little-endian numbers, the other bytes as zeros.
#[inline]
const fn numbers16(word: &[u8; 2 * BLOCK], length: usize) -> [u64; 2] {
    let bytes = u128::from_le_bytes(*word);
    [bytes as u64 & LOW_BYTES[length], (bytes >> 64) as u64 & NEXT_LOW_BYTES[length]]
}

/// A word of up to 16 bytes, as it stands in a text: the key of caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WordKey {
    /// The bytes as two little-endian numbers.
    numbers: [u64; 2],
    /// The number of bytes.
    pub(super) length: u32,
}

impl WordKey {
    /// The key of a word, given as a range of a text with [`PADDING`]; `None` if the word is longer
    /// than 16 bytes.
    #[inline]
    pub(super) fn new(text: &[u8], word: Range<usize>) -> Option<Self> {
        (word.len() <= 2 * BLOCK).then(|| Self::beginning(text, word))
    }

    /// The key of a word's first 16 bytes, or of the whole word if it is shorter. The word is given
    /// as a range of a text with [`PADDING`].
    #[inline]
    pub(super) fn beginning(text: &[u8], word: Range<usize>) -> Self {
        let length = word.len().min(2 * BLOCK);
        let word = text.get(word.start..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 2 * BLOCK]);
        Self { numbers: numbers16(word, length), length: length as u32 }
    }

    /// The bytes of the word, with zeros after it.
    pub(super) fn bytes(self) -> [u8; 2 * BLOCK] {
        let [first, next] = self.numbers;
        (u128::from(next) << 64 | u128::from(first)).to_le_bytes()
    }

    /// The home slot of the word in a hash table of 2^`bits` slots.
    #[inline]
    pub(crate) fn place(self, bits: u32) -> usize {
        let [first, next] = self.numbers;
        let both = first ^ next.rotate_left(29);
        (both.wrapping_mul(FACTOR) >> (u64::BITS - bits)) as usize
    }
}

#[cfg(test)]
impl WordKey {
    /// The key of a word that stands by itself.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::new([word, PADDING].concat().as_bytes(), 0..word.len())
    }
}

/// Branch-free selection: `short` if a length is [short](is_short), otherwise `long`.
#[inline]
const fn select(short: u64, long: u64, length: usize) -> u64 {
    let is_long = (BLOCK as i64 - 1 - length as i64) >> 63;
    short ^ (short ^ long) & is_long as u64
}

/// Mixes the first eight bytes of a feature and its length.
#[inline]
const fn first_mix(number: u64, length: usize) -> u64 {
    mix(number ^ (length as u64) << 56)
}

/// The [`hash`] of an n-gram of words that isn't [short](is_short), from the hash of all words but
/// the last and that of the last.
#[inline]
pub(super) fn combine(hash: u64, last: u64) -> u64 {
    step(hash, last) | LONG
}

/// Whether a hash is injective: whether no other feature has it.
#[inline]
pub(crate) fn is_injective(hash: u64) -> bool {
    hash & SHORT != 0
}

/// Whether two features are equal, compared byte by byte because their hashes are not
/// [injective](is_injective).
#[inline]
pub(crate) fn bytes_equal(one: &[u8], other: &[u8]) -> bool {
    let length = one.len();
    // Four blocks that may overlap: no loop whose length depends on the feature.
    if length != other.len() || !(BLOCK..=4 * BLOCK).contains(&length) {
        return one == other;
    }
    let last = length - BLOCK;
    let places = [0, last.min(BLOCK), last.saturating_sub(BLOCK), last];
    places
        .into_iter()
        .fold(0, |differences, at| differences | number(one, at, BLOCK) ^ number(other, at, BLOCK))
        == 0
}

/// The eight bytes of a text from `at` on; zeros beyond its end.
#[inline]
pub(crate) fn block(text: &[u8], at: usize) -> [u8; BLOCK] {
    number(text, at, BLOCK).to_le_bytes()
}

/// The first eight bytes in a range of a text, as a number: ranges of a lower number come first in
/// the order of bytes. A shorter range goes on with zeros.
#[inline]
pub(crate) fn first_bytes(text: &[u8], Range { start, end }: Range<usize>) -> u64 {
    number(text, start, end.saturating_sub(start).min(BLOCK)).swap_bytes()
}

/// The `length` bytes of a text from `at` on, eight at most, as a little-endian number.
#[inline]
fn number(text: &[u8], at: usize, length: usize) -> u64 {
    match text.get(at..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes) & LOW_BYTES[length],
        None => last_number(text, at, length),
    }
}

/// [`number`] where fewer than eight bytes are left of a text without padding.
#[cold]
fn last_number(text: &[u8], at: usize, length: usize) -> u64 {
    let bytes = text.get(at..).unwrap_or_default();
    let bytes = &bytes[..length.min(bytes.len())];
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Mixes a number into a hash.
#[inline]
const fn step(hash: u64, number: u64) -> u64 {
    mix(hash.rotate_left(29) ^ number)
}

/// A bijection of the numbers of 63 bits: a multiplication by an odd factor and an exclusive or
/// with a shifted copy can both be undone. The high bits of a product depend on all bits of the
/// number; the shift brings them to the low bits, by which tables are indexed.
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
        // Each half is used by itself, as an index and as a tag.
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
            assert_eq!(is_injective(hash), length < BLOCK);
            if let Some(word) = around[2..].first_chunk().filter(|_| length <= 2 * BLOCK) {
                assert_eq!(hash16(word, length), hash, "{length}");
            }
            for place in 0..length {
                let mut other = stretch.to_vec();
                other[place] ^= 1;
                assert_ne!(super::hash(&other), hash, "{place} of {length}");
                assert!(!bytes_equal(stretch, &other), "{place} of {length}");
            }
            assert!(bytes_equal(stretch, &around[2..2 + length]));
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
            assert_eq!(hash(text.as_bytes()) == combine(one, other), text.len() >= BLOCK);
        }
    }
}
