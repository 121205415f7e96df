//! Feature hashing: a token's bucket in place of the token.

use core::num::NonZeroU32;

/// Spark's seed (`org.apache.spark.ml.feature.HashingTF`, since Spark 3).
const SEED: u32 = 42;

/// The bucket, from 0 to `buckets` − 1, that a token falls into: MurmurHash3 (x86, 32 bit; Appleby
/// 2011) of its UTF-8, taken as a signed number, modulo the number of buckets. That is Spark's
/// `HashingTF`.
///
/// ```
/// let buckets = std::num::NonZeroU32::new(1 << 18).unwrap();
/// assert_eq!(undertone::text::bucket(b"", buckets), 249_180);
/// ```
pub fn bucket(token: &[u8], buckets: NonZeroU32) -> u32 {
    let hash = i64::from(murmur3(token).cast_signed());
    // Between 0 and `buckets` − 1.
    hash.rem_euclid(i64::from(buckets.get())) as u32
}

/// MurmurHash3 (x86, 32 bit) of bytes, with Spark's seed.
fn murmur3(bytes: &[u8]) -> u32 {
    let scramble =
        |block: u32| block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (blocks, rest) = bytes.as_chunks::<4>();
    let mut hash = SEED;
    for block in blocks {
        hash ^= scramble(u32::from_le_bytes(*block));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let last = rest.iter().rev().fold(0, |last, &byte| last << 8 | u32::from(byte));
    // The length modulo 2³², by definition.
    hash ^= scramble(last) ^ bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
