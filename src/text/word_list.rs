//! Lists of words that stand in the source, parsed when the program is compiled, and front coded
//! for the program: the browser module has them in a third of the bytes.

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

/// The front coded words of several lists: for each word the number of letters that it shares with
/// the one before, and the letters that follow; after each list [`NEXT_LIST`].
pub(super) const fn folded<const LENGTH: usize, T>(lists: &[(T, &str)]) -> [u8; LENGTH] {
    let mut folded = [0; LENGTH];
    fold(lists, &mut folded);
    folded
}

/// The length of the front coded words of several lists.
pub(super) const fn folded_length<T>(lists: &[(T, &str)]) -> usize {
    fold(lists, &mut [])
}

/// The mark behind the words of a list, below all letters; longer than any word.
const NEXT_LIST: u8 = SHORT_WORD as u8 + 1;

/// Writes front coded words as far as there is room, and returns how many bytes they are.
const fn fold<T>(lists: &[(T, &str)], folded: &mut [u8]) -> usize {
    let (mut at, mut number) = (0, 0);
    while number < lists.len() {
        let (mut list, mut last): (_, &[u8]) = (lists[number].1.as_bytes(), b"");
        while let (word @ [_, ..], rest) = next_word(list) {
            assert!(word.len() <= SHORT_WORD);
            let mut shared = 0;
            while shared < word.len() && shared < last.len() && word[shared] == last[shared] {
                shared += 1;
            }
            at = put(folded, at, shared as u8);
            while shared < word.len() {
                at = put(folded, at, word[shared]);
                shared += 1;
            }
            (list, last) = (rest, word);
        }
        at = put(folded, at, NEXT_LIST);
        number += 1;
    }
    at
}

/// Puts a byte in its place if there is room, and returns the next place.
const fn put(bytes: &mut [u8], at: usize, byte: u8) -> usize {
    if at < bytes.len() {
        bytes[at] = byte;
    }
    at + 1
}

/// Calls `each` with every one of front coded words, in their order, and with the number of its
/// list.
pub(super) fn for_each_word(folded: &[u8], mut each: impl FnMut(&[u8], usize)) {
    let (mut word, mut list, mut rest) = ([0; SHORT_WORD], 0, folded);
    while let [shared, after @ ..] = rest {
        let end = after.iter().position(|&byte| byte <= NEXT_LIST).unwrap_or(after.len());
        let own;
        (own, rest) = after.split_at(end);
        let shared = usize::from(*shared);
        match word.get_mut(shared..shared + own.len()) {
            Some(letters) => {
                letters.copy_from_slice(own);
                each(&word[..shared + own.len()], list);
            }
            None => list += 1,
        }
    }
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

    #[test]
    fn front_coding_is_undone() {
        const LISTS: &[((), &str)] =
            &[((), "rose rises rise"), ((), ""), ((), " rise  cryptocurrencies")];
        const FOLDED: [u8; folded_length(LISTS)] = folded(LISTS);
        let mut found = Vec::new();
        for_each_word(&FOLDED, |word, list| {
            found.push((String::from_utf8_lossy(word).into_owned(), list))
        });
        let lists = LISTS.iter().enumerate();
        let words = lists
            .flat_map(|(list, (_, words))| words.split_whitespace().map(move |word| (word, list)));
        assert!(words.eq(found.iter().map(|(word, list)| (word.as_str(), *list))));
    }
}
