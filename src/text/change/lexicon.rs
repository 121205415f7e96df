//! The words of financial news that say what figures are of and how they compare, with the meaning
//! of each.

use alloc::boxed::Box;
use core::ops::Range;

use once_cell::race::OnceBox;

use super::super::derived::Triggers;
use super::super::hash::{hash, hash16, word_hash};
use super::super::word_list::{folded, folded_length, for_each_word, listed_hash, next_word};
use super::super::words::SHORT_WORD;
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

/// The number of slots of the table, a power of two: many more than there are words, so that a
/// [`FACTOR`] is found.
const SLOTS: usize = 1 << SLOTS_BITS;
const SLOTS_BITS: u32 = 12;

/// The least odd factor that gives each word's hash a slot of its own (perfect hashing): a search
/// looks into one slot and is branch-free.
const FACTOR: u64 = {
    let (mut hashes, mut count, mut group) = ([0; MOST], 0, 0);
    while group < WORDS.len() {
        let mut list = WORDS[group].1.as_bytes();
        while let (word @ [_, ..], rest) = next_word(list) {
            hashes[count] = listed_hash(word);
            count += 1;
            list = rest;
        }
        group += 1;
    }
    let mut factor = 1;
    loop {
        let mut is_taken = [false; SLOTS];
        let mut number = 0;
        while number < count && !is_taken[slot(hashes[number], factor)] {
            is_taken[slot(hashes[number], factor)] = true;
            number += 1;
        }
        if number == count {
            break factor;
        }
        factor += 2;
    }
};

const fn slot(hash: u64, factor: u64) -> usize {
    (hash.wrapping_mul(factor) >> (u64::BITS - SLOTS_BITS)) as usize
}

/// The words front coded, and the meaning of each list of them.
static FOLDED: [u8; FOLDED_LENGTH] = folded(WORDS);
const FOLDED_LENGTH: usize = folded_length(WORDS);
static MEANINGS: [Meaning; WORDS.len()] = {
    let (mut meanings, mut list) = ([Meaning::None; WORDS.len()], 0);
    while list < WORDS.len() {
        meanings[list] = WORDS[list].0;
        list += 1;
    }
    meanings
};

/// The most words that there may be, with the empty one.
const MOST: usize = 1 << u8::BITS;

/// The words by their hashes, which no two words of up to seven letters share, and hardly two
/// longer ones.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// The number of the word in each slot, or 0.
    index: [u8; SLOTS],
    /// Each word's hash and meaning, by its number, from 1 on; the number 0 stands for all other
    /// words, none of which has a hash of 0.
    entries: [(u64, Meaning); MOST],
}

impl Lexicon {
    /// The lexicon, which is made when a text is first looked through: hashes can't be compressed,
    /// and the words can.
    pub(super) fn get() -> &'static Self {
        static LEXICON: OnceBox<Lexicon> = OnceBox::new();
        LEXICON.get_or_init(|| Box::new(Self::new()))
    }

    fn new() -> Self {
        let (mut index, mut entries) = ([0; SLOTS], [(0, Meaning::None); MOST]);
        let mut number = 0;
        for_each_word(&FOLDED, |word, list| {
            number += 1;
            let hash = hash(word);
            if let (Some(entry), Some(meaning)) = (entries.get_mut(number), MEANINGS.get(list)) {
                *entry = (hash, *meaning);
                index[slot(hash, FACTOR)] = number as u8;
            }
        });
        Self { index, entries }
    }

    /// The meaning of the word that has this hash.
    #[inline]
    fn by_hash(&self, hash: u64) -> Meaning {
        let (other, meaning) = self.entries[usize::from(self.index[slot(hash, FACTOR)])];
        if other == hash { meaning } else { Meaning::None }
    }

    /// The kind of trigger word that a word is, by its hash.
    #[inline]
    pub(super) fn triggers_by_hash(&self, hash: u64) -> Triggers {
        self.by_hash(hash).triggers()
    }

    /// The meaning of a word, given as a range of a text.
    #[inline]
    pub(super) fn meaning(&self, text: &[u8], word: Range<usize>) -> Meaning {
        if word.len() > SHORT_WORD {
            return Meaning::None;
        }
        self.by_hash(match text.get(word.start..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => hash16(bytes, word.len()),
            None => word_hash(text, word),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words with their meanings.
    fn words() -> impl Iterator<Item = (&'static [u8], Meaning)> {
        let words = |(meaning, list): &'static (Meaning, &str)| {
            list.split_whitespace().map(|word| (word.as_bytes(), *meaning))
        };
        WORDS.iter().flat_map(words)
    }

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        let lexicon = Lexicon::get();
        for (word, meaning) in words() {
            assert!(word.iter().all(u8::is_ascii_lowercase), "{word:?}");
            assert_eq!(lexicon.triggers_by_hash(hash(word)), meaning.triggers());
            for (before, after) in [("", ""), ("5", "2010"), ("é ", " a long way after it")] {
                let text = [before.as_bytes(), word, after.as_bytes()].concat();
                let found = lexicon.meaning(&text, before.len()..before.len() + word.len());
                assert_eq!(found, meaning, "{word:?}");
            }
        }
        assert!(words().count() < MOST);
    }

    #[test]
    fn no_other_word_has_a_meaning() {
        let lexicon = Lexicon::get();
        for (word, _) in words() {
            for other in [&word[1..], &word[..word.len() - 1], &[word, b"q".as_slice()].concat()] {
                let is_listed = words().any(|(word, _)| word == other);
                let found = lexicon.meaning(other, 0..other.len()) != Meaning::None;
                assert_eq!(found, is_listed, "{other:?}");
            }
        }
        let others = (0..100_000).map(|number| hash(format!("w{number}").as_bytes()));
        assert_eq!(others.filter(|&hash| lexicon.by_hash(hash) != Meaning::None).count(), 0);
    }
}
