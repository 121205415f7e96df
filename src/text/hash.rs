//! The hash by which a feature is looked up.

/// 2⁶⁴ divided by the golden ratio, made odd: the factor of Fibonacci hashing (Knuth, The Art of
/// Computer Programming, volume 3, section 6.4).
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a feature. It takes eight bytes a step, so that most features need one or two.
///
/// Features are compared after the hash, so that a collision costs time and never an answer.
#[inline]
pub fn feature_hash(feature: &[u8]) -> u64 {
    let (chunks, rest) = feature.as_chunks();
    let start = (feature.len() as u64).wrapping_mul(FACTOR);
    let hash = chunks.iter().fold(start, |hash, chunk| mix(hash ^ u64::from_le_bytes(*chunk)));
    mix(hash ^ short(rest))
}

/// Whether two features are the same. Eight bytes a step, like the hash: less than a call of memcmp.
#[inline]
pub(crate) fn same_feature(one: &[u8], other: &[u8]) -> bool {
    let ((chunks, rest), (other_chunks, other_rest)) = (one.as_chunks(), other.as_chunks());
    one.len() == other.len()
        && chunks.iter().zip(other_chunks).all(|(one, other): (&[u8; 8], _)| one == other)
        && short(rest) == short(other_rest)
}

/// Up to seven bytes as one number, read without a loop. Different bytes, equally many, are
/// different numbers.
#[inline]
fn short(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    match *bytes {
        [a, b, c] => u64::from(u32::from_le_bytes([a, b, c, 0])),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a] => u64::from(a),
        _ => 0,
    }
}

/// A product's high bits depend on all of the factor's; the low ones, by which a table is indexed,
/// get them too.
#[inline]
fn mix(bits: u64) -> u64 {
    let product = bits.wrapping_mul(FACTOR);
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
            features.iter().map(|feature| feature_hash(feature.as_bytes())).collect();
        assert_eq!(hashes.len(), features.len());
        // Both halves are used by themselves, as an index and as a tag.
        for shift in [0, 32] {
            let halves: HashSet<u32> = hashes.iter().map(|hash| (hash >> shift) as u32).collect();
            assert!(halves.len() > features.len() * 999 / 1000, "{}", halves.len());
        }
    }
}
