//! Derived features: what the words of a text say together, in addition to its n-grams.
//!
//! [`cue`](super::cue) and [`change`](super::change) each derive features of their own kind. Both
//! implement [`DerivedFeatures`], as features of another domain would: a cheap prefilter, which
//! rules most texts out, and then the features, which the analyzer appends to the tokens of the
//! text. The name of a derived feature stands between `<` and `>`; no token has a `<`, so the two
//! can't be mistaken for each other.

use alloc::vec::Vec;

use core::ops::{BitOr, BitOrAssign, Range};

use super::spans::Span;

/// A text and the words that it is segmented into.
#[derive(Debug, Clone, Copy)]
pub(super) struct SegmentedText<'a> {
    /// The text in which the words stand at their `source` ranges. It is lowercase if the analyzer
    /// lowercases, but for texts of a batch: there it is as given, and only the gaps between words
    /// are read.
    pub(super) text: &'a str,
    /// The words; their `at` ranges are their places among the tokens.
    pub(super) words: &'a [Span],
    /// The hash of each of `words`.
    pub(super) hashes: &'a [u64],
    /// Whether each longest run of letters from a to z in `text` is one of `words`.
    pub(super) runs_are_words: bool,
}

/// Kinds of trigger words that a text or a word has, a bit each. A trigger word is one without
/// which some feature isn't derived; each implementation of [`DerivedFeatures`] has its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Triggers(u8);

impl Triggers {
    /// No trigger word.
    pub(super) const NONE: Self = Self(0);

    /// The trigger words of one kind, by its number from 0 to 7.
    pub(super) const fn kind(number: u8) -> Self {
        Self(1 << number)
    }

    /// The kinds that are among these or among `other`.
    pub(super) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether each of `kinds` is among these.
    pub(super) const fn contains(self, kinds: Self) -> bool {
        self.0 & kinds.0 == kinds.0
    }
}

impl BitOr for Triggers {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for Triggers {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// One kind of derived features, with the memory that deriving them takes.
pub(super) trait DerivedFeatures {
    /// The kinds of trigger words in a text. May name some that the text doesn't have, and leaves
    /// out none that can make a difference to [`may_contain`](Self::may_contain).
    fn triggers(&self, text: &SegmentedText<'_>) -> Triggers;

    /// The prefilter: whether a text with these trigger words may have a feature. Where it says
    /// no, [`derive`](Self::derive) finds none.
    fn may_contain(&self, triggers: Triggers, text: &str) -> bool;

    /// Whether a text passes the prefilter.
    fn passes_prefilter(&self, text: &SegmentedText<'_>) -> bool {
        let triggers = self.triggers(text);
        self.may_contain(triggers, text.text)
    }

    /// Adds the features of a text to `found`.
    fn derive(&mut self, text: &SegmentedText<'_>, found: &mut Found<'_>);
}

/// A part of a derived feature's name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// A word of the feature's kind; empty where there is none.
    Name(&'static str),
    /// A word of the text, by its number.
    Word(usize),
}

/// Where derived features go.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// The tokens of the text, and after them the names of the features.
    pub(super) tokens: &'a mut Vec<u8>,
    /// The features: where their names stand in `tokens`, and the stretches of the text that they
    /// are read off.
    pub(super) spans: &'a mut Vec<Span>,
}

impl Found<'_> {
    /// Adds a feature whose name has these parts, with a space between them. `words` are those of
    /// the text, and `source` is the stretch of the text that the feature is read off, in bytes.
    pub(super) fn push(&mut self, parts: [Part; 3], words: &[Span], source: Range<usize>) {
        let Self { tokens, spans } = self;
        let start = tokens.len();
        tokens.push(b'<');
        for part in parts {
            if tokens.len() > start + 1 && !matches!(part, Part::Name("")) {
                tokens.push(b' ');
            }
            match part {
                Part::Name(name) => tokens.extend_from_slice(name.as_bytes()),
                Part::Word(word) => tokens.extend_from_within(words[word].at.clone()),
            }
        }
        tokens.push(b'>');
        spans.push(Span { at: start..tokens.len(), source });
    }
}
