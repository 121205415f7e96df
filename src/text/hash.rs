//! The hash by which a feature is looked up.

/// A hash that grows with the feature: n-grams that begin at the same place share their work.
///
/// FNV-1a, 64 bit (Fowler, Noll and Vo; draft-eastlake-fnv): one xor and one multiplication a
/// byte. Strings are compared after the hash, so that a collision costs time and never an answer.
#[derive(Debug, Clone, Copy)]
pub struct FeatureHash(u64);

impl FeatureHash {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    /// The hash of the empty feature.
    #[inline]
    pub fn new() -> Self {
        Self(Self::OFFSET_BASIS)
    }

    /// Appends bytes.
    #[inline]
    #[must_use]
    pub fn extend(self, bytes: &[u8]) -> Self {
        Self(
            bytes
                .iter()
                .fold(self.0, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(Self::PRIME)),
        )
    }

    /// The hash of what was appended.
    #[inline]
    pub fn value(self) -> u64 {
        // FNV's low bits see only the low bits of its input; fold the high half in.
        self.0 ^ (self.0 >> 32)
    }
}

impl Default for FeatureHash {
    fn default() -> Self {
        Self::new()
    }
}

/// The hash of a whole feature.
pub fn feature_hash(feature: &str) -> u64 {
    FeatureHash::new().extend(feature.as_bytes()).value()
}
