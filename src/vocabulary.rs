//! Feature → column.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use core::ops::Range;

use crate::error::ModelError;
use crate::text::{Feature, HashFilter, Ngram, bytes_equal, first_bytes, is_injective};

/// The column of a feature that is out of vocabulary; no feature has one as high.
const NONE: u32 = u32::MAX;
/// In the last slot of a full bucket: a feature with this home bucket stands in a later one.
const FURTHER: u32 = u32::MAX - 1;

/// The features of one vectorizer in ascending byte order, each with its column.
///
/// ```
/// use undertone::vocabulary::Vocabulary;
///
/// let vocabulary = Vocabulary::from_sorted(["fell", "rose"]).unwrap();
/// assert_eq!(vocabulary.column(&"rose".into()), Some(1));
/// assert_eq!(vocabulary.column(&"sank".into()), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// All features, one after the other.
    text: String,
    /// Where each feature begins in `text`, and then where the last one ends.
    borders: Vec<u32>,
    /// Open addressing with linear probing; one bucket for every two features, a load factor of
    /// 2 in 5.
    buckets: Vec<Bucket>,
    /// Rules out most features that are not in the hash table.
    filter: HashFilter,
}

/// A bucket of the hash table, which fills a cache line: up to five features, most often fewer.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Bucket {
    /// The hashes of the features in this bucket; 0 in an empty slot, as no feature hashes to it.
    hashes: [u64; Bucket::FEATURES],
    /// The columns of these features; in the last slot [`NONE`], or [`FURTHER`] where a feature
    /// whose home bucket this is stands in a later one.
    columns: [u32; Bucket::FEATURES + 1],
}

impl Bucket {
    const FEATURES: usize = 5;
    const EMPTY: Self = Self { hashes: [0; Self::FEATURES], columns: [NONE; Self::FEATURES + 1] };

    /// The column of the feature with a hash, or [`NONE`], or [`FURTHER`]. Branch-free: which
    /// features of a text are in the vocabulary is unpredictable.
    #[inline]
    fn column(&self, hash: u64) -> u32 {
        let places = self.hashes.iter().enumerate();
        let having = places.fold(1 << Self::FEATURES, |having: u32, (place, &other)| {
            having | u32::from(other == hash) << place
        });
        self.columns[having.trailing_zeros() as usize]
    }
}

/// The n-grams of a text that are in a vocabulary, in the order of the text.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// The matches, in `..length`; entries beyond are left over from earlier texts.
    features: Vec<Match>,
    /// The number of matches.
    length: usize,
    /// The places in `features` of the matches by hash that must be verified byte by byte, as many
    /// as [`Vocabulary::find`] counts; entries beyond are left over from earlier texts.
    unverified: Vec<u32>,
}

/// An n-gram of a text that is in a vocabulary.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Match {
    /// The place of the n-gram among those of the text.
    pub(crate) index: u32,
    /// The column of the feature.
    pub(crate) column: u32,
}

impl Matches {
    /// The matches, in the order of the text.
    pub(crate) fn features(&self) -> &[Match] {
        &self.features[..self.length]
    }
}

impl Vocabulary {
    /// Makes a vocabulary of features in strictly ascending byte order.
    ///
    /// # Errors
    /// [`ModelError::Order`], or [`ModelError::TooLarge`] for more features, or more bytes in all,
    /// than 32 bits count.
    pub fn from_sorted<'a>(
        features: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ModelError> {
        let (mut text, mut borders) = (String::new(), vec![0]);
        for feature in features {
            text.push_str(feature);
            borders.push(u32::try_from(text.len()).map_err(|_| ModelError::TooLarge)?);
        }
        Self::from_text(text, borders)
    }

    /// Makes a vocabulary of features that stand one after the other in a text. Of `borders`, each
    /// but the last says where a feature begins, and the last where the last feature ends. Nothing
    /// is allocated but an index of [`index_size`](Self::index_size) bytes.
    ///
    /// # Errors
    /// [`ModelError::Order`] unless the features are in strictly ascending byte order and the
    /// borders between characters; [`ModelError::TooLarge`].
    pub fn from_text(text: String, borders: Vec<u32>) -> Result<Self, ModelError> {
        let vocabulary = Self { text, borders, ..Self::default() };
        vocabulary.check_order()?;
        vocabulary.indexed()
    }

    /// [`from_text`](Self::from_text) of features that are known to be in order.
    pub(crate) fn from_ordered(text: String, borders: Vec<u32>) -> Result<Self, ModelError> {
        Self { text, borders, ..Self::default() }.indexed()
    }

    fn indexed(mut self) -> Result<Self, ModelError> {
        self.index().ok_or(ModelError::TooLarge)?;
        Ok(self)
    }

    // By itself as `index` is, and not within what calls both; see format.rs.
    #[inline(never)]
    fn check_order(&self) -> Result<(), ModelError> {
        let mut last = None;
        for (place, border) in self.borders.windows(2).enumerate() {
            let range = border[0] as usize..border[1] as usize;
            let key = first_bytes(self.text.as_bytes(), range.clone());
            let feature = self.text.get(range).map(|feature| (key, feature));
            let follows = feature.filter(|&feature| last.is_none_or(|last| last < feature));
            last = Some(follows.ok_or(ModelError::Order { place })?);
        }
        Ok(())
    }

    /// The size in bytes of the index of a vocabulary with this many features; `None` where it
    /// doesn't fit into a `usize`.
    pub fn index_size(features: usize) -> Option<usize> {
        Self::buckets(features)
            .checked_mul(size_of::<Bucket>())?
            .checked_add(features.checked_mul(size_of::<u16>())?)
    }

    /// The number of buckets for a number of features.
    fn buckets(features: usize) -> usize {
        features / 2 + 1
    }

    /// Fills the hash table. `None` where there are more features than columns.
    #[inline(never)]
    fn index(&mut self) -> Option<()> {
        let count = u32::try_from(self.len()).ok().filter(|&count| count < FURTHER)?;
        self.buckets = vec![Bucket::EMPTY; Self::buckets(self.len())];
        self.filter = HashFilter::new(self.len());
        for column in 0..count {
            let Ngram { hash, .. } = Ngram::new(self.text.as_bytes(), self.range(column));
            self.filter.add(hash);
            let mut at = self.home(hash);
            let place = loop {
                let bucket = &mut self.buckets[at];
                // Counted without a branch for each: they are filled one after the other.
                let full = bucket.hashes.iter().filter(|&&other| other != 0).count();
                if full < Bucket::FEATURES {
                    break full;
                }
                bucket.columns[Bucket::FEATURES] = FURTHER;
                at = (at + 1) % self.buckets.len();
            };
            let bucket = &mut self.buckets[at];
            (bucket.hashes[place], bucket.columns[place]) = (hash, column);
        }
        Some(())
    }

    /// The home bucket of a hash, where probing for it begins: its low 32 bits, scaled to the
    /// number of buckets by a multiplication, which is faster than a remainder.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        ((u64::from(hash as u32) * self.buckets.len() as u64) >> 32) as usize
    }

    /// A filter that lets all features through, and few others.
    pub(crate) fn filter(&self) -> &HashFilter {
        &self.filter
    }

    /// The column of a feature, if the vocabulary has it.
    pub fn column(&self, feature: &Feature<'_>) -> Option<u32> {
        self.column_of(feature.hash(), feature.bytes())
    }

    /// The column of a feature, given by its hash and its bytes, if the vocabulary has it.
    #[inline]
    pub(crate) fn column_of(&self, hash: u64, feature: &[u8]) -> Option<u32> {
        // A default vocabulary has no bucket at all.
        match self.buckets.get(self.home(hash))?.column(hash) {
            NONE => None,
            column
                if column != FURTHER
                    && (is_injective(hash) || bytes_equal(self.bytes(column), feature)) =>
            {
                Some(column)
            }
            _ => self.search(hash, feature),
        }
    }

    /// Writes those of a text's n-grams that are in the vocabulary to `matches`, in place of what
    /// it holds, and returns how many are out of vocabulary.
    pub(crate) fn find(&self, tokens: &[u8], ngrams: &[Ngram], matches: &mut Matches) -> u32 {
        let all = ngrams.len();
        // A default vocabulary has no bucket at all.
        let ngrams = if self.buckets.is_empty() { &[] } else { ngrams };
        if matches.features.len() < ngrams.len() {
            matches.features.resize(ngrams.len(), Match::default());
            matches.unverified.resize(ngrams.len(), 0);
        }
        let (mut count, mut unverified) = (0, 0);
        for (index, ngram) in ngrams.iter().enumerate() {
            let mut column = self.buckets[self.home(ngram.hash)].column(ngram.hash);
            if column == FURTHER {
                column = self.search(ngram.hash, ngram.bytes(tokens)).unwrap_or(NONE);
            }
            let found = column != NONE;
            matches.features[count] = Match { index: index as u32, column };
            matches.unverified[unverified] = count as u32;
            unverified += usize::from(found & !is_injective(ngram.hash));
            count += usize::from(found);
        }
        matches.length = count;
        self.verify(tokens, ngrams, matches, unverified);
        (all - matches.length) as u32
    }

    /// Compares the bytes of the first `count` unverified matches. Where another feature has the
    /// same hash, searches on for the right one, and removes the match if there is none.
    fn verify(&self, tokens: &[u8], ngrams: &[Ngram], matches: &mut Matches, count: usize) {
        let mut has_collisions = false;
        for &place in &matches.unverified[..count] {
            let Match { index, column } = &mut matches.features[place as usize];
            let ngram = &ngrams[*index as usize];
            if !bytes_equal(self.bytes(*column), ngram.bytes(tokens)) {
                *column = self.search(ngram.hash, ngram.bytes(tokens)).unwrap_or(NONE);
                has_collisions |= *column == NONE;
            }
        }
        if has_collisions {
            matches.features.truncate(matches.length);
            matches.features.retain(|feature| feature.column != NONE);
            matches.length = matches.features.len();
        }
    }

    /// The column of a feature, by probing one bucket after the other from its home bucket on.
    #[cold]
    fn search(&self, hash: u64, feature: &[u8]) -> Option<u32> {
        if !self.filter.may_have(hash) {
            return None;
        }
        let home = self.home(hash);
        let (before, from) = self.buckets.split_at(home);
        for bucket in from.iter().chain(before) {
            for (&other, &column) in bucket.hashes.iter().zip(&bucket.columns) {
                if other == hash && self.bytes(column) == feature {
                    return Some(column);
                }
            }
            if bucket.columns[Bucket::FEATURES] == NONE {
                return None;
            }
        }
        None
    }

    /// The feature of a column; empty beyond the last.
    pub fn feature(&self, column: u32) -> &str {
        // The borders are between characters.
        str::from_utf8(self.bytes(column)).unwrap_or_default()
    }

    /// The feature of a column in UTF-8; empty beyond the last.
    #[inline]
    fn bytes(&self, column: u32) -> &[u8] {
        self.text.as_bytes().get(self.range(column)).unwrap_or_default()
    }

    /// Where the feature of a column stands in the text; nowhere beyond the last.
    #[inline]
    fn range(&self, column: u32) -> Range<usize> {
        match self.borders.get(column as usize..) {
            Some([start, end, ..]) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// The features one after the other, in column order.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The features in column order.
    pub fn features(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|column| self.feature(column as u32))
    }

    /// The number of features.
    pub fn len(&self) -> usize {
        self.borders.len().saturating_sub(1)
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places and columns of those n-grams of a text that are in the vocabulary.
    fn find(vocabulary: &Vocabulary, tokens: &str, ngrams: &[Ngram]) -> Vec<(u32, u32)> {
        let mut matches = Matches::default();
        vocabulary.find(tokens.as_bytes(), ngrams, &mut matches);
        matches.features().iter().map(|found| (found.index, found.column)).collect()
    }

    /// An n-gram with the hash of a feature, whatever its own text is.
    fn ngram(range: std::ops::Range<usize>, feature: &str) -> Ngram {
        Ngram { range, hash: Feature::from(feature).hash() }
    }

    #[test]
    fn finds_each_feature_and_nothing_else() {
        let features: Vec<String> =
            (0..5000).map(|number| format!("w{number:05}{}", &"long".repeat(number % 4))).collect();
        let vocabulary = Vocabulary::from_sorted(features.iter().map(String::as_str)).unwrap();
        let overflow = |bucket: &&Bucket| bucket.columns[Bucket::FEATURES] == FURTHER;
        assert!(vocabulary.buckets.iter().filter(overflow).count() > 10);
        for (column, feature) in (0..).zip(&features) {
            let other = format!("x{feature}");
            assert_eq!(vocabulary.column(&feature.as_str().into()), Some(column));
            assert_eq!(vocabulary.column(&other.as_str().into()), None);
            let both = other.clone() + feature;
            let ngrams = [
                ngram(0..other.len(), &other),
                ngram(1..other.len(), feature),
                ngram(other.len()..both.len(), feature),
            ];
            assert_eq!(find(&vocabulary, &both, &ngrams), [(1, column), (2, column)]);
        }
        let nothing = Vocabulary::default();
        assert_eq!(nothing.column(&"a".into()), None);
        assert_eq!(find(&nothing, "a", &[ngram(0..1, "a")]), []);
    }

    #[test]
    fn an_equal_hash_is_no_proof() {
        let vocabulary = Vocabulary::from_sorted(["up", "withdrawals"]).unwrap();
        let tokens = "up astonishing withdrawals";
        let ngrams = [ngram(0..2, "up"), ngram(3..14, "withdrawals"), ngram(15..26, "withdrawals")];
        assert_eq!(find(&vocabulary, tokens, &ngrams), [(0, 0), (2, 1)]);
    }

    #[test]
    fn refuses_a_broken_order() {
        assert!(Vocabulary::from_sorted(["b", "a"]).is_err());
        assert!(Vocabulary::from_sorted(["a", "a"]).is_err());
    }
}
