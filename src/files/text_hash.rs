//! Hashes of texts, by which a text can be named without being published.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The hash of a text: the first 64 bits of the SHA-256 of its UTF-8. The chance that any two of a
/// million texts share a hash is one in 37 million.
///
/// ```
/// use undertone::files::TextHash;
///
/// let hash = TextHash::of("Profit rose");
/// assert_eq!(hash.to_string(), "78accfb1e22a5d2c");
/// assert_eq!("78accfb1e22a5d2c".parse(), Ok(hash));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextHash(u64);

impl TextHash {
    /// The number of hexadecimal digits.
    const DIGITS: usize = 16;

    /// The hash of a text.
    pub fn of(text: &str) -> Self {
        let hash = Sha256::digest(text.as_bytes());
        Self(hash.iter().take(8).fold(0, |bits, &byte| bits << 8 | u64::from(byte)))
    }
}

impl fmt::Display for TextHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$x}", self.0, width = Self::DIGITS)
    }
}

impl FromStr for TextHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // Checked before, because `from_str_radix` also accepts a sign.
        if text.len() != Self::DIGITS || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_beginning_of_a_sha_256() {
        // FIPS 180-2, appendix B.1.
        let hash = TextHash::of("abc");
        assert_eq!(hash.to_string(), "ba7816bf8f01cfea");
        assert_eq!("ba7816bf8f01cfea".parse(), Ok(hash));
        assert_eq!("BA7816BF8F01CFEA".parse(), Ok(hash));
        for other in
            ["", "ba7816bf8f01cfe", "ba7816bf8f01cfeaa", "+a7816bf8f01cfea", "ga7816bf8f01cfea"]
        {
            assert_eq!(other.parse::<TextHash>(), Err(()), "{other}");
        }
    }
}
