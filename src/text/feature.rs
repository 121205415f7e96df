//! N-grams of a text.

use core::ops::Range;

use super::hash::{hash, hash_of};

/// One n-gram of a text, spelled as in a vocabulary.
///
/// ```
/// use undertone::text::Feature;
///
/// let feature = Feature::from("profit fell");
/// assert_eq!((feature.text(), feature.range()), ("profit fell", 0..11));
/// assert_ne!(feature.hash(), Feature::from("profit rose").hash());
/// ```
#[derive(Debug, Clone)]
pub struct Feature<'a> {
    /// The tokens of the text, in which the n-gram stands.
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

    /// A hash of the n-gram alone, wherever it stands in a text.
    pub fn hash(&self) -> u64 {
        self.ngram.hash
    }

    /// The byte range of the n-gram among the tokens of its text, for
    /// [`Offsets::source_range`](super::Offsets::source_range).
    pub fn range(&self) -> Range<usize> {
        self.ngram.range.clone()
    }
}

/// A feature by itself, without a text around it.
impl<'a> From<&'a str> for Feature<'a> {
    fn from(text: &'a str) -> Self {
        let tokens = text.as_bytes();
        Self { tokens, ngram: Ngram { range: 0..text.len(), hash: hash(tokens) } }
    }
}

/// The place and the hash of a feature, without the tokens in which it stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ngram {
    /// The byte range of the n-gram among the tokens of its text.
    pub(crate) range: Range<usize>,
    /// The hash of the n-gram; see [`hash`].
    pub(crate) hash: u64,
}

impl Ngram {
    /// The n-gram in a range of some tokens. Where [padding](super::hash::PADDING) or more tokens
    /// follow, its bytes are read eight at a time.
    #[inline]
    pub(crate) fn new(tokens: &[u8], range: Range<usize>) -> Self {
        let hash = hash_of(tokens, range.clone());
        Self { range, hash }
    }

    /// The n-gram in UTF-8.
    #[inline]
    pub(crate) fn bytes<'a>(&self, tokens: &'a [u8]) -> &'a [u8] {
        tokens.get(self.range.clone()).unwrap_or_default()
    }

    /// The feature, given the tokens in which it stands.
    pub(super) fn of<'a>(&self, tokens: &'a [u8]) -> Feature<'a> {
        Feature { tokens, ngram: self.clone() }
    }
}
