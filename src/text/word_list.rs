//! Lists of words that stand in the source, parsed when the program is compiled.

use super::hash::hash16;
use super::words::SHORT_WORD;

/// The first word of a list of words with spaces between them, and the rest of the list; the word
/// is empty where the list has none.
pub(super) const fn next_word(mut list: &[u8]) -> (&[u8], &[u8]) {
    while let [b' ', rest @ ..] = list {
        list = rest;
    }
    let mut end = 0;
    while end < list.len() && list[end] != b' ' {
        end += 1;
    }
    list.split_at(end)
}

/// The hash of a word of up to 16 bytes.
pub(super) const fn listed_hash(word: &[u8]) -> u64 {
    let mut bytes = [0; SHORT_WORD];
    bytes.split_at_mut(word.len()).0.copy_from_slice(word);
    hash16(&bytes, word.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hash::hash;

    #[test]
    fn words_are_read_one_by_one() {
        let (mut list, mut words) = (b" red  green blue ".as_slice(), Vec::new());
        while let (word @ [_, ..], rest) = next_word(list) {
            assert_eq!(listed_hash(word), hash(word));
            words.push(word);
            list = rest;
        }
        assert_eq!(words, [b"red".as_slice(), b"green", b"blue"]);
    }
}
