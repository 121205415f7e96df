//! N-grams of a text.

use core::ops::Range;

use super::hash::{hash, is_short, short_hash};

/// One n-gram of a text, as the vocabulary spells it.
#[derive(Debug, Clone)]
pub struct Feature<'a> {
    /// What it is a stretch of.
    tokens: &'a [u8],
    ngram: Ngram,
}

impl<'a> Feature<'a> {
    /// The n-gram.
    pub fn text(&self) -> &'a str {
        // Tokens end where characters do.
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The n-gram in UTF-8.
    pub fn bytes(&self) -> &'a [u8] {
        self.ngram.bytes(self.tokens)
    }

    /// A hash of the n-gram alone, wherever it stands.
    pub fn hash(&self) -> u64 {
        self.ngram.hash
    }

    /// Its place among the tokens, in bytes, for [`Offsets::source_range`](super::Offsets::source_range).
    pub fn range(&self) -> Range<usize> {
        self.ngram.range.clone()
    }
}

/// A feature on its own.
impl<'a> From<&'a str> for Feature<'a> {
    fn from(text: &'a str) -> Self {
        let tokens = text.as_bytes();
        Self { tokens, ngram: Ngram { range: 0..text.len(), hash: hash(tokens) } }
    }
}

/// A feature without the tokens that it is a stretch of.
#[derive(Debug, Clone)]
pub(crate) struct Ngram {
    /// Its place among the tokens, in bytes.
    pub(crate) range: Range<usize>,
    pub(crate) hash: u64,
}

impl Ngram {
    /// The n-gram in a stretch of some tokens, which go on after it.
    #[inline]
    pub(super) fn new(tokens: &[u8], range: Range<usize>) -> Self {
        let is_short = is_short(range.len());
        let hash =
            if is_short { short_hash(tokens, range.clone()) } else { hash(&tokens[range.clone()]) };
        Self { range, hash }
    }

    /// The n-gram in UTF-8.
    #[inline]
    pub(crate) fn bytes<'a>(&self, tokens: &'a [u8]) -> &'a [u8] {
        tokens.get(self.range.clone()).unwrap_or_default()
    }

    pub(super) fn of<'a>(&self, tokens: &'a [u8]) -> Feature<'a> {
        Feature { tokens, ngram: self.clone() }
    }
}
