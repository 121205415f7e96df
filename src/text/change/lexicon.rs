//! The words of financial news that say what figures are of and how they compare, with the meaning
//! of each.

use core::ops::Range;

use super::super::derived::Triggers;
use super::super::hash::{hash16, word_hash};
use super::super::word_list::{listed_hash, next_word};
use Meaning::{Connective, Currency, Down, Percent, Scale, Sign, Up};
use Subject::{Cost, Loss, Profit, Sales};

/// Trigger words that join two figures.
pub(super) const CONNECTIVE: Triggers = Triggers::kind(0);
/// Trigger words that say up or down.
pub(super) const DIRECTION: Triggers = Triggers::kind(1);
/// Trigger words that say what moves.
pub(super) const SUBJECT: Triggers = Triggers::kind(2);

/// The subject of a figure: what it is an amount of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Profit,
    Sales,
    Loss,
    Cost,
    /// Something that no word of the lexicon names.
    Other,
    /// A profit that was a loss before, or a loss that was a profit.
    Turn,
}

impl Subject {
    /// The subject in the name of a feature.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Profit => "profit",
            Self::Sales => "sales",
            Self::Loss => "loss",
            Self::Cost => "cost",
            Self::Other => "other",
            Self::Turn => "turn",
        }
    }
}

/// The meaning of a word or a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The subject of a figure, and the sign of a figure that follows: 1 if it is a gain, −1 if it
    /// is a loss, 0 if the word leaves that open.
    Subject(Subject, i8),
    /// The sign of a figure that follows, by a word that is no subject; and whether the sign is for
    /// the next figure alone.
    Sign(i8, bool),
    /// A word that joins two figures which are compared.
    Connective,
    /// A word that says that something grows.
    Up,
    /// A word that says that something shrinks.
    Down,
    /// A scale word, by the power of ten that it multiplies the figure before it by.
    Scale(u8),
    /// A currency, by its number.
    Currency(u8),
    Percent,
    /// No meaning in the lexicon.
    None,
}

impl Meaning {
    /// The kind of trigger word that a word with this meaning is.
    pub(super) const fn triggers(self) -> Triggers {
        match self {
            Connective => CONNECTIVE,
            Up | Down => DIRECTION,
            Meaning::Subject(..) => SUBJECT,
            _ => Triggers::NONE,
        }
    }
}

const EUR: Meaning = Currency(0);
const USD: Meaning = Currency(1);
const GBP: Meaning = Currency(2);
const INR: Meaning = Currency(3);

/// Words of each meaning, lowercase, from a to z, none twice.
const WORDS: &[(Meaning, &str)] = &[
    (Connective, "against compared comparison from versus vs"),
    (
        Up,
        "advance advanced advances beat beats climb climbed climbing climbs doubled exceeded \
         expanded gain gained gaining gains grew grow growing grown grows growth higher improve \
         improved improvement improves increase increased increases increasing jump jumped jumps \
         raise raised raises rallied rallies rally rise risen rises rising rose soar soared soars \
         strengthened surge surged surges surging topped tops tripled up widen widened widens \
         wider",
    ),
    (
        Down,
        "contracted cut cuts cutting decline declined declines declining decrease decreased \
         decreases decreasing diminished dip dipped dips down drop dropped dropping drops fall \
         fallen falling falls fell halved lost lower miss missed misses narrowed narrower narrows \
         plummeted plunge plunged plunges reduce reduced reduces sank shed sheds shrank sink \
         sinks slid slide slides slip slipped slipping slips slump slumped slumps tanked tanks \
         tumble tumbled tumbles weaken weakened weaker",
    ),
    (Meaning::Subject(Profit, 1), "earnings ebit ebitda eps income profit profits"),
    (Meaning::Subject(Profit, 0), "margin result"),
    (Meaning::Subject(Sales, 1), "revenue revenues sales turnover"),
    (Meaning::Subject(Sales, 0), "orders volume volumes"),
    (Meaning::Subject(Loss, -1), "deficit loss losses"),
    (Meaning::Subject(Cost, 0), "charges cost costs debt expenses gearing inflation unemployment"),
    (Sign(-1, true), "minus negative"),
    (Sign(1, false), "positive surplus"),
    (Scale(3), "k thousand"),
    (Scale(5), "lakh"),
    (Scale(6), "m million millions mio mln mn"),
    (Scale(7), "cr crore"),
    (Scale(9), "b billion bln bn"),
    (Scale(12), "tn trillion"),
    (Percent, "pc pct percent"),
    (EUR, "eur euro euros"),
    (USD, "dollars usd"),
    (GBP, "gbp"),
    (INR, "inr rs"),
    (Currency(4), "sek"),
    (Currency(5), "nok"),
    (Currency(6), "dkk"),
    (Currency(7), "eek"),
    (Currency(8), "ltl"),
    (Currency(9), "lvl"),
    (Currency(10), "rub"),
    (Currency(11), "chf"),
    (Currency(12), "jpy"),
    (Currency(13), "pln"),
];

/// The meaning of a character that is neither letter nor digit; `None` if the character is ignored,
/// also in distances between words and figures.
pub(super) fn sign_meaning(sign: char) -> Option<Meaning> {
    match sign {
        '%' => Some(Percent),
        '$' => Some(USD),
        '€' => Some(EUR),
        '£' => Some(GBP),
        '&' | '?' | '!' | '(' | ')' | '+' | ';' | ',' | '.' | '-' => Some(Meaning::None),
        _ => None,
    }
}

/// A word of the lexicon.
#[derive(Debug, Clone, Copy)]
struct Entry {
    word: &'static [u8],
    meaning: Meaning,
}

/// The number of words in [`WORDS`].
const COUNT: usize = {
    let (mut count, mut group) = (0, 0);
    while group < WORDS.len() {
        let mut list = WORDS[group].1.as_bytes();
        while let ([_, ..], rest) = next_word(list) {
            count += 1;
            list = rest;
        }
        group += 1;
    }
    count
};

/// The words of [`WORDS`] by their numbers, from 1 on; the number 0 stands for all other words.
static ENTRIES: [Entry; COUNT + 1] = {
    let mut entries = [Entry { word: b"", meaning: Meaning::None }; COUNT + 1];
    let (mut number, mut group) = (1, 0);
    while group < WORDS.len() {
        let (meaning, list) = WORDS[group];
        let mut list = list.as_bytes();
        while let (word @ [_, ..], rest) = next_word(list) {
            entries[number] = Entry { word, meaning };
            number += 1;
            list = rest;
        }
        group += 1;
    }
    entries
};

/// The length of the longest word in bytes.
const LONGEST: usize = {
    let (mut longest, mut number) = (0, 0);
    while number <= COUNT {
        if ENTRIES[number].word.len() > longest {
            longest = ENTRIES[number].word.len();
        }
        number += 1;
    }
    longest
};

/// The number of slots of the index, a power of two: many more than there are words, so that a
/// [`FACTOR`] is found.
const SLOTS: usize = 1 << SLOTS_BITS;
const SLOTS_BITS: u32 = 12;

/// The least odd factor that gives each word's hash a slot of its own (perfect hashing): a search
/// looks into one slot and is branch-free.
const FACTOR: u64 = {
    let mut hashes = [0; COUNT + 1];
    let mut number = 1;
    while number <= COUNT {
        hashes[number] = listed_hash(ENTRIES[number].word);
        number += 1;
    }
    let mut factor = 1;
    loop {
        let mut is_taken = [false; SLOTS];
        let mut number = 1;
        while number <= COUNT && !is_taken[slot(hashes[number], factor)] {
            is_taken[slot(hashes[number], factor)] = true;
            number += 1;
        }
        if number > COUNT {
            break factor;
        }
        factor += 2;
    }
};

const fn slot(hash: u64, factor: u64) -> usize {
    (hash.wrapping_mul(factor) >> (u64::BITS - SLOTS_BITS)) as usize
}

/// The index: the number of the word in each slot, or 0.
static INDEX: [u8; SLOTS] = {
    assert!(COUNT <= u8::MAX as usize);
    let mut index = [0; SLOTS];
    let mut number = 1;
    while number <= COUNT {
        index[slot(listed_hash(ENTRIES[number].word), FACTOR)] = number as u8;
        number += 1;
    }
    index
};

/// The number of values that the number of a word may have.
const NUMBERS: usize = 1 << u8::BITS;

/// The lowest bits of each word's hash, by its number.
static TAGS: [u8; NUMBERS] = {
    let mut tags = [0; NUMBERS];
    let mut number = 1;
    while number <= COUNT {
        tags[number] = listed_hash(ENTRIES[number].word) as u8;
        number += 1;
    }
    tags
};

/// The kind of trigger word that each word is, by its number.
static TRIGGERS: [Triggers; NUMBERS] = {
    let mut triggers = [Triggers::NONE; NUMBERS];
    let mut number = 1;
    while number <= COUNT {
        triggers[number] = ENTRIES[number].meaning.triggers();
        number += 1;
    }
    triggers
};

/// The number of the word that has this hash, if there is one; otherwise 0 or the number of another
/// word.
#[inline]
fn number(hash: u64) -> usize {
    INDEX[slot(hash, FACTOR)].into()
}

/// The kind of trigger word that a word is, by its hash. About one in a few thousand words that are
/// no trigger word is taken for one.
#[inline]
pub(super) fn triggers_by_hash(hash: u64) -> Triggers {
    let number = number(hash);
    TRIGGERS[number].if_zero(TAGS[number] ^ hash as u8)
}

/// The meaning of a word, given as a range of a text.
#[inline]
pub(super) fn meaning(text: &[u8], word: Range<usize>) -> Meaning {
    if word.len() > LONGEST {
        return Meaning::None;
    }
    let hash = match text.get(word.start..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => hash16(bytes, word.len()),
        None => word_hash(text, word.clone()),
    };
    let entry = &ENTRIES[number(hash)];
    if text.get(word) == Some(entry.word) { entry.meaning } else { Meaning::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        for Entry { word, meaning } in &ENTRIES[1..] {
            assert!(word.iter().all(u8::is_ascii_lowercase), "{word:?}");
            assert_eq!(triggers_by_hash(listed_hash(word)), meaning.triggers());
            for (before, after) in [("", ""), ("5", "2010"), ("é ", " a long way after it")] {
                let text = [before.as_bytes(), word, after.as_bytes()].concat();
                let found = super::meaning(&text, before.len()..before.len() + word.len());
                assert_eq!(found, *meaning, "{word:?}");
            }
        }
    }

    #[test]
    fn no_other_word_has_a_meaning() {
        for Entry { word, .. } in &ENTRIES[1..] {
            for other in [&word[1..], &word[..word.len() - 1], &[word, b"q".as_slice()].concat()] {
                let is_listed = ENTRIES[1..].iter().any(|entry| entry.word == other);
                let found = meaning(other, 0..other.len()) != Meaning::None;
                assert_eq!(found, is_listed, "{other:?}");
            }
        }
        let others = (0..100_000).map(|number| listed_hash(format!("w{number}").as_bytes()));
        let taken = others.filter(|&hash| triggers_by_hash(hash) != Triggers::NONE).count();
        assert!(taken < 100, "{taken}");
    }
}
