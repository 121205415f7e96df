//! Feature → column.

use crate::text::{Feature, is_unique, same};

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
    /// Open addressing with linear probing, a power of two long and at most three quarters full.
    slots: Vec<Slot>,
}

/// A feature's hash, both halves, and its column. The hash 0 is that of no feature. Twelve bytes, which
/// eight and four apart would not be.
type Slot = [u32; 3];

fn slot(hash: u64, column: u32) -> Slot {
    [hash as u32, (hash >> 32) as u32, column]
}

#[inline]
fn hash_of([low, high, _]: Slot) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// So many slots are looked at together, without a branch between them: how far from its place a feature
/// is, no processor guesses.
const WINDOW: usize = 4;

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
        (Self::slots(features)? + WINDOW - 1).checked_mul(size_of::<Slot>())
    }

    fn slots(features: usize) -> Option<usize> {
        (features.checked_mul(4)? / 3 + WINDOW).checked_next_power_of_two()
    }

    fn index(&mut self) -> Option<()> {
        let count = u32::try_from(self.len()).ok()?;
        let slots = Self::slots(self.len())?;
        self.slots = vec![slot(0, 0); slots + WINDOW - 1];
        let mask = slots - 1;
        for column in 0..count {
            let hash = Feature::from(self.feature(column)).hash();
            let mut at = hash as usize & mask;
            while hash_of(self.slots[at]) != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot(hash, column);
        }
        // So that no window wraps around.
        self.slots.copy_within(..WINDOW - 1, slots);
        Some(())
    }

    /// The column of a feature.
    #[inline]
    pub fn column(&self, feature: &Feature<'_>) -> Option<u32> {
        let hash = feature.hash();
        let at = hash as usize & self.mask();
        // A default vocabulary has no slot at all.
        let window: &[Slot; WINDOW] = self.slots.get(at..)?.first_chunk()?;
        // Which of them have it, a bit each, and whether one is empty.
        let (mut found, mut ends) = (0u32, 0u32);
        for (place, slot) in window.iter().enumerate() {
            found |= u32::from(hash_of(*slot) == hash) << place;
            ends |= u32::from(hash_of(*slot) == 0);
        }
        if found | ends == 0 {
            return self.search(at + WINDOW, feature);
        }
        let [.., column] = window[found.trailing_zeros() as usize % WINDOW];
        let is_sure = is_unique(hash) | (found == 0);
        if !is_sure && !same(self.bytes(column), feature.bytes()) {
            return self.search(at, feature);
        }
        (found != 0).then_some(column)
    }

    /// Looks for a feature in one slot after the other.
    #[cold]
    fn search(&self, mut at: usize, feature: &Feature<'_>) -> Option<u32> {
        loop {
            let slot = *self.slots.get(at & self.mask())?;
            let [.., column] = slot;
            if hash_of(slot) == 0 {
                return None;
            }
            if hash_of(slot) == feature.hash() && self.bytes(column) == feature.bytes() {
                return Some(column);
            }
            at += 1;
        }
    }

    #[inline]
    fn mask(&self) -> usize {
        self.slots.len().wrapping_sub(WINDOW)
    }

    /// The feature of a column; empty beyond the last.
    pub fn feature(&self, column: u32) -> &str {
        // The borders are between characters.
        str::from_utf8(self.bytes(column)).unwrap_or_default()
    }

    #[inline]
    fn bytes(&self, column: u32) -> &[u8] {
        let range = match self.borders.get(column as usize..) {
            Some([start, end, ..]) => *start as usize..*end as usize,
            _ => 0..0,
        };
        self.text.as_bytes().get(range).unwrap_or_default()
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
        let column_of = |feature: &str| vocabulary.column(&feature.into());
        for (column, feature) in features.iter().enumerate() {
            assert_eq!(column_of(feature), Some(column as u32));
            let other = format!("x{feature}");
            assert_eq!(column_of(&other), None);
        }
        assert_eq!(Vocabulary::default().column(&"a".into()), None);
    }

    #[test]
    fn refuses_a_broken_order() {
        assert!(Vocabulary::from_sorted(["b", "a"]).is_none());
        assert!(Vocabulary::from_sorted(["a", "a"]).is_none());
    }
}
