//! Feature → column.

use std::ops::Range;

use crate::text::{feature_hash, same_feature};

/// The features of one vectorizer in ascending byte order, each with its column.
///
/// ```
/// use undertone::{text::feature_hash, vocabulary::Vocabulary};
///
/// let vocabulary = Vocabulary::from_sorted(["fell", "rose"]).unwrap();
/// assert_eq!(vocabulary.column(b"rose", feature_hash(b"rose")), Some(1));
/// assert_eq!(vocabulary.column(b"sank", feature_hash(b"sank")), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// All features, one after the other.
    text: String,
    /// Where each feature begins in `text`, and then where the last one ends.
    borders: Vec<u32>,
    /// Open addressing with linear probing; a power of two long and at most half full.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The upper half of the hash: most features that aren't there are told apart by it alone.
    tag: u32,
    column: u32,
}

impl Slot {
    const EMPTY: Self = Self { tag: 0, column: u32::MAX };
}

impl Vocabulary {
    /// Takes features in strictly ascending byte order.
    ///
    /// Returns `None` when the order is broken, or when there are more features, or more bytes in
    /// all, than 32 bits count.
    pub fn from_sorted<'a>(features: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let (mut text, mut borders) = (String::new(), vec![0]);
        for feature in features {
            text.push_str(feature);
            borders.push(u32::try_from(text.len()).ok()?);
        }
        Self::from_text(text, borders)
    }

    /// Takes features one after the other in a text, and the `borders` between which they are: where
    /// each of them begins, and then where the last one ends. Nothing else is allocated than an
    /// index, of [`index_size`](Self::index_size).
    ///
    /// Returns `None` unless they are in strictly ascending byte order, and the borders are between
    /// characters and reach from end to end.
    pub fn from_text(text: String, borders: Vec<u32>) -> Option<Self> {
        let mut vocabulary = Self { text, borders, slots: Vec::new() };
        let mut last = None;
        for border in vocabulary.borders.windows(2) {
            let feature = vocabulary.text.get(border[0] as usize..border[1] as usize)?;
            if last.is_some_and(|last| last >= feature) {
                return None;
            }
            last = Some(feature);
        }
        vocabulary.index()?;
        Some(vocabulary)
    }

    /// The bytes that the index of so many features takes.
    pub fn index_size(features: usize) -> Option<usize> {
        Self::slots(features)?.checked_mul(size_of::<Slot>())
    }

    fn slots(features: usize) -> Option<usize> {
        features.checked_mul(2)?.checked_next_power_of_two()
    }

    fn index(&mut self) -> Option<()> {
        let count = u32::try_from(self.len()).ok().filter(|&count| count < u32::MAX / 4)?;
        self.slots = vec![Slot::EMPTY; Self::slots(self.len())?];
        let mask = self.slots.len() - 1;
        for column in 0..count {
            let feature = self.feature(column).as_bytes();
            let hash = feature_hash(feature);
            let mut at = hash as usize & mask;
            while self.slots[at].column != u32::MAX {
                at = (at + 1) & mask;
            }
            self.slots[at] = Slot { tag: (hash >> 32) as u32, column };
        }
        Some(())
    }

    /// The column of `feature`, whose hash is `hash`.
    #[inline]
    pub fn column(&self, feature: &[u8], hash: u64) -> Option<u32> {
        let mask = self.slots.len().wrapping_sub(1);
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        loop {
            // An empty vocabulary has no slot at all.
            let slot = self.slots.get(at)?;
            if slot.column == u32::MAX {
                return None;
            }
            if slot.tag == tag && same_feature(self.bytes(slot.column), feature) {
                return Some(slot.column);
            }
            at = (at + 1) & mask;
        }
    }

    /// The feature of a column; empty beyond the last.
    pub fn feature(&self, column: u32) -> &str {
        self.text.get(self.range(column)).unwrap_or_default()
    }

    #[inline]
    fn bytes(&self, column: u32) -> &[u8] {
        self.text.as_bytes().get(self.range(column)).unwrap_or_default()
    }

    #[inline]
    fn range(&self, column: u32) -> Range<usize> {
        match self.borders.get(column as usize..) {
            Some([start, end, ..]) => *start as usize..*end as usize,
            _ => 0..0,
        }
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

    #[test]
    fn finds_each_feature_and_nothing_else() {
        let features: Vec<String> =
            (0..5000).map(|number| format!("w{number:05}{}", &"long".repeat(number % 4))).collect();
        let vocabulary = Vocabulary::from_sorted(features.iter().map(String::as_str)).unwrap();
        let column_of =
            |feature: &str| vocabulary.column(feature.as_bytes(), feature_hash(feature.as_bytes()));
        for (column, feature) in features.iter().enumerate() {
            assert_eq!(column_of(feature), Some(column as u32));
            let other = format!("x{feature}");
            assert_eq!(column_of(&other), None);
        }
        assert_eq!(Vocabulary::default().column(b"a", feature_hash(b"a")), None);
    }

    #[test]
    fn refuses_a_broken_order() {
        assert!(Vocabulary::from_sorted(["b", "a"]).is_none());
        assert!(Vocabulary::from_sorted(["a", "a"]).is_none());
    }
}
