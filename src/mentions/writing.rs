//! How a text is written: its words, which of them have capitals, and what a capital says in it.

use alloc::vec::Vec;

use crate::text::{is_word_char, lowercase_of};

/// A stretch of letters and digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// Where it ends, in bytes.
    pub(super) end: usize,
    pub(super) case: Case,
}

/// How a word's letters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// It begins small, or in a script without capitals.
    Lower,
    /// It begins with a capital.
    Capital,
    /// All of its letters are capitals.
    Upper,
    /// It has no letters.
    Number,
}

/// What a capital says in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Nothing: all is in capitals.
    Capitals,
    /// Little: Most Words Begin With One.
    Title,
    /// That the word is a name, unless a sentence begins with it.
    Sentence,
}

/// Words that titles write small, so that they say nothing about the style.
const SMALL: [&str; 46] = [
    "a", "about", "after", "against", "amid", "an", "and", "are", "as", "at", "be", "before",
    "but", "by", "for", "from", "if", "in", "into", "is", "it", "its", "nor", "of", "off", "on",
    "or", "out", "over", "per", "s", "t", "than", "that", "the", "through", "to", "under", "until",
    "up", "via", "vs", "was", "while", "with", "yet",
];

/// What follows a name at the beginning of a sentence, and hardly ever the word that it also is.
const AFTER_NAMES: [&str; 34] = [
    "acquires",
    "announces",
    "beats",
    "blockchain",
    "ceo",
    "cfo",
    "coin",
    "corp",
    "earnings",
    "foundation",
    "inc",
    "investors",
    "launches",
    "misses",
    "plc",
    "posts",
    "profit",
    "protocol",
    "reports",
    "reveals",
    "revenue",
    "said",
    "says",
    "shareholders",
    "shares",
    "stock",
    "stockholders",
    "sues",
    "token",
    "tokens",
    "tops",
    "unveils",
    "warns",
    "whales",
];

/// What ends a sentence, or comes before a new one.
const BREAKS: [char; 20] = [
    '.', '!', '?', ':', ';', '|', '/', '"', '(', '[', '\n', '\u{2013}', '\u{2014}', '\u{2018}',
    '\u{201c}', '\u{201d}', '\u{ab}', '\u{bb}', '\u{2022}', '\u{b7}',
];

/// The words of a text, in their order.
#[inline(never)]
pub(super) fn words(text: &str, words: &mut Vec<Word>) {
    words.clear();
    let mut open: Option<Word> = None;
    for (at, c) in text.char_indices() {
        if is_word_char(c) && c != '_' {
            let letter = case_of(c);
            let word = open.get_or_insert(Word { start: at, end: at, case: letter });
            word.end = at + c.len_utf8();
            word.case = match (word.case, letter) {
                (before, Case::Number) => before,
                // The digits of `3M` say nothing.
                (Case::Number, letter) => letter,
                (Case::Upper, Case::Lower) => Case::Capital,
                (before, _) => before,
            };
        } else {
            words.extend(open.take());
        }
    }
    words.extend(open);
}

/// Of a single character: [`Case::Upper`] for a capital.
fn case_of(c: char) -> Case {
    let is_capital = lowercase_of(c).ne([c]);
    match c {
        _ if is_capital => Case::Upper,
        '0'..='9' => Case::Number,
        _ => Case::Lower,
    }
}

/// The style of a text, by the words for which `is_name` doesn't hold and which are not the first.
pub(super) fn style(text: &str, words: &[Word], mut is_name: impl FnMut(usize) -> bool) -> Style {
    let (mut small, mut lower, mut capital, mut upper) = (0, 0, 0, 0);
    for (place, word) in words.iter().enumerate() {
        let length = word.end - word.start;
        match word.case {
            Case::Lower if is_small(written(text, word)) => small += 1,
            Case::Lower => lower += 1,
            _ if is_name(place) => {}
            Case::Upper if length > 1 => upper += 1,
            Case::Capital if place > 0 => capital += 1,
            _ => {}
        }
    }
    if upper > small + lower + capital {
        Style::Capitals
    } else if lower > 0 && 2 * lower >= capital {
        Style::Sentence
    } else {
        Style::Title
    }
}

fn is_small(word: &str) -> bool {
    SMALL.binary_search(&word).is_ok()
}

#[inline(never)]
pub(super) fn written<'a>(text: &'a str, word: &Word) -> &'a str {
    text.get(word.start..word.end).unwrap_or_default()
}

/// What stands between a word and the one before it.
#[inline(never)]
pub(super) fn gap<'a>(text: &'a str, words: &[Word], place: usize) -> &'a str {
    let before = place.checked_sub(1).and_then(|before| words.get(before)).map_or(0, |w| w.end);
    let start = words.get(place).map_or(text.len(), |word| word.start);
    text.get(before..start).unwrap_or_default()
}

/// Whether a sentence begins with a word, or a quotation, or what comes after a colon.
#[inline(never)]
pub(super) fn begins_sentence(text: &str, words: &[Word], place: usize) -> bool {
    place == 0 || gap(text, words, place).chars().any(|c| BREAKS.contains(&c))
}

/// Whether a hyphen joins a word to the one before it.
#[inline(never)]
pub(super) fn is_hyphened(text: &str, words: &[Word], place: usize) -> bool {
    place < words.len() && gap(text, words, place) == "-"
}

/// Whether a word, by its place, and the one before it both have a capital that no sentence gave
/// them, with nothing but a space between them.
#[inline(never)]
pub(super) fn continues_a_name(text: &str, words: &[Word], place: usize) -> bool {
    let is_capital = |place: usize| words.get(place).is_some_and(|word| word.case == Case::Capital);
    place > 1
        && is_capital(place)
        && is_capital(place - 1)
        && gap(text, words, place) == " "
        && !begins_sentence(text, words, place - 1)
}

/// Whether a word, by its place, says of the one before it that it is a name: `'s`, "shares",
/// "says".
#[inline(never)]
pub(super) fn tells_of_a_name(text: &str, words: &[Word], place: usize) -> bool {
    let Some(word) = words.get(place) else { return false };
    let word = written(text, word);
    match gap(text, words, place) {
        "'" | "\u{2019}" => word == "s",
        " " => AFTER_NAMES.iter().any(|known| known.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style_of(text: &str) -> Style {
        let mut found = Vec::new();
        words(text, &mut found);
        style(text, &found, |_| false)
    }

    #[test]
    fn words_are_stretches_of_letters_and_digits() {
        let text = "Tesla's 3M-backed BTC_x \u{1f680}İstanbul 日本 e\u{301}";
        let mut found = Vec::new();
        words(text, &mut found);
        let found: Vec<_> = found.iter().map(|word| (written(text, word), word.case)).collect();
        assert_eq!(
            found,
            [
                ("Tesla", Case::Capital),
                ("s", Case::Lower),
                ("3M", Case::Upper),
                ("backed", Case::Lower),
                ("BTC", Case::Upper),
                ("x", Case::Lower),
                ("İstanbul", Case::Capital),
                ("日本", Case::Lower),
                ("e", Case::Lower),
            ]
        );
    }

    #[test]
    fn lists_of_words_are_sorted() {
        assert!(SMALL.is_sorted() && AFTER_NAMES.is_sorted());
    }

    #[test]
    fn the_style_of_a_headline_is_seen_in_the_words_that_are_no_names() {
        for (text, expected) in [
            ("Shares fall after a weak outlook", Style::Sentence),
            ("Chipmaker's shares jump as Nvidia, AMD and Intel rally", Style::Sentence),
            ("Shares Fall After a Weak Outlook", Style::Title),
            ("Why the Fed Is Out of Options", Style::Title),
            ("SHARES FALL AFTER A WEAK OUTLOOK", Style::Capitals),
            ("BREAKING: TARGET CUTS JOBS, says CEO", Style::Capitals),
            ("Bitcoin", Style::Title),
            ("", Style::Title),
            ("$ 5 %", Style::Title),
        ] {
            assert_eq!(style_of(text), expected, "{text}");
        }
    }
}
