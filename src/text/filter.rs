//! A filter of hashes: which features are certainly not among some, at the price of one bit.

use alloc::vec;
use alloc::vec::Vec;

use super::WORDS_ALONE;

/// A Bloom filter with one hash function, which is the [hash](super::hash) of a feature itself.
/// With room for 16 bits a feature it lets all of these through, and about one in 16 of the others.
/// It takes a sixteenth of the memory that a hash table does, and stays in a near processor cache.
#[derive(Debug, Clone, Default)]
pub(crate) struct HashFilter {
    /// The bits; none in the filter of nothing, which lets nothing through.
    bits: Vec<u16>,
}

impl HashFilter {
    /// A filter with room for a number of features.
    pub(crate) fn new(features: usize) -> Self {
        Self { bits: vec![0; if WORDS_ALONE { 0 } else { features }] }
    }

    /// Adds a feature, given by its hash, to a filter that has room for one.
    pub(crate) fn add(&mut self, hash: u64) {
        if WORDS_ALONE {
            return;
        }
        let (place, bit) = self.place(hash);
        if let Some(bits) = self.bits.get_mut(place) {
            *bits |= 1 << bit;
        }
    }

    /// Whether a feature with this hash may be among those that were added.
    #[inline]
    pub(crate) fn may_have(&self, hash: u64) -> bool {
        if WORDS_ALONE {
            return true;
        }
        let (place, bit) = self.place(hash);
        self.bits.get(place).is_some_and(|bits| bits >> bit & 1 == 1)
    }

    /// The place of a hash, and its bit there: its low 32 bits, scaled to the number of bits.
    #[inline]
    fn place(&self, hash: u64) -> (usize, u32) {
        let place = u64::from(hash as u32) * self.bits.len() as u64;
        ((place >> 32) as usize, place as u32 >> 28)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Feature;
    use super::*;

    #[test]
    fn lets_its_features_through_and_few_others() {
        let hash = |number: usize| Feature::from(format!("w{number}").as_str()).hash();
        let mut filter = HashFilter::new(1000);
        (0..1000).for_each(|number| filter.add(hash(number)));
        assert!((0..1000).all(|number| filter.may_have(hash(number))));
        let others = (1000..17_000).filter(|&number| filter.may_have(hash(number))).count();
        assert!((800..1200).contains(&others), "{others}");
        assert!((0..1000).all(|number| !HashFilter::default().may_have(hash(number))));
    }
}
