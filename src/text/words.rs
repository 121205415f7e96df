//! Lowercase text → words: what the n-grams of [`AnalyzerKind::Word`](super::AnalyzerKind) are made of, and
//! those of [`CharWb`](super::AnalyzerKind) are taken from.

use alloc::string::String;
use alloc::vec::Vec;

use super::hash::{PADDING, hash16, word_hash};
use super::lowercase::{ascii_length, is_caseless};
use super::pattern::TokenPattern;
use super::spans::Span;

/// Segments texts into words.
///
/// If one byte is enough to classify a character, which is true of nearly all patterns, segmentation is free of
/// branches on the text: word ends are unpredictable, and a mispredicted branch costs more than a word.
#[derive(Debug, Clone)]
pub(super) struct Segmenter {
    pattern: TokenPattern,
    /// What each byte is part of: [`NOTHING`], or a [`WORD`], with the number of its run, and whether it
    /// is a [`LETTER`] or [`SINGLE`].
    marks: [u8; 256],
    /// Whether `marks` alone segments texts whose non-ASCII characters are all word characters, or all
    /// separators.
    is_told_by_bytes: bool,
    /// Whether non-ASCII characters are word characters in such texts.
    is_word_beyond: bool,
    /// Fewest characters of a word, for each run; empty where one is enough.
    least: Vec<u8>,
    /// Whether a word may have a space in it.
    has_spaces: bool,
    /// Whether letters from a to z that stand side by side are part of one word, whatever they are.
    keeps_letters: bool,
}

/// Part of no word.
const NOTHING: u8 = 0;
/// A letter from a to z.
const LETTER: u8 = 0x20;
/// A word by itself.
const SINGLE: u8 = 0x40;
/// Part of a word, with the number of its run, of which there are at most 32.
const WORD: u8 = 0x80;

/// Few words are longer, in bytes.
pub(super) const USUAL: usize = 16;

/// Bytes whose marks are compared together, a bit of a u64 each.
const BLOCK: usize = 64;

impl Segmenter {
    pub(super) fn new(pattern: TokenPattern) -> Self {
        let mut marks = [NOTHING; 256];
        for (byte, mark) in (0..128).zip(&mut marks) {
            if let Some((run, is_single)) = pattern.run_of(byte) {
                let letter = if byte.is_ascii_lowercase() { LETTER } else { 0 };
                *mark = WORD | run | letter | if is_single { SINGLE } else { 0 };
            }
        }
        let letters = &marks[usize::from(b'a')..=usize::from(b'z')];
        let least = pattern.least();
        let keeps_letters = least.is_empty()
            && letters.iter().all(|&mark| mark == letters[0] && mark & (SINGLE | LETTER) == LETTER);
        let is_told_by_bytes = pattern.is_told_by_bytes();
        // A pattern that has everything but some characters.
        let is_word_beyond = pattern.is_one_run() && pattern.holds('\u{2019}');
        if is_word_beyond {
            marks[128..].fill(WORD);
        }
        let has_spaces = pattern.holds(' ');
        Self { pattern, marks, is_told_by_bytes, is_word_beyond, least, has_spaces, keeps_letters }
    }

    /// Whether a word may have a space in it.
    pub(super) fn has_spaces(&self) -> bool {
        self.has_spaces
    }

    /// Whether each byte of most texts tells what it is part of.
    pub(super) fn is_told_by_bytes(&self) -> bool {
        self.is_told_by_bytes
    }

    /// Whether a character may be part of a word.
    pub(super) fn holds(&self, c: char) -> bool {
        self.pattern.holds(c)
    }

    /// Whether a letter from A to Z is part of what its lowercase is part of.
    pub(super) fn ignores_case(&self) -> bool {
        (b'A'..=b'Z').all(|letter| {
            let [mark, lower] =
                [letter, letter.to_ascii_lowercase()].map(|byte| self.marks[usize::from(byte)]);
            mark & !LETTER == lower & !LETTER
        })
    }

    /// Whether letters from a to z that stand side by side are part of one word, whatever they are.
    pub(super) fn keeps_letters(&self) -> bool {
        self.keeps_letters
    }

    /// Writes where the words of `lower` are to `spans`, which is empty at first. Returns whether each run
    /// of letters from a to z is a word for sure.
    pub(super) fn segment(
        &self,
        lower: &str,
        stop_words: &[String],
        spans: &mut Vec<Span>,
    ) -> bool {
        let mut has_letters = false;
        if self.tells(lower, |_| true) {
            has_letters = self.mark(lower.as_bytes(), spans) && self.keeps_letters;
        } else {
            self.pattern.each(lower, |source| spans.push(Span { at: 0..0, source }));
        }
        if !stop_words.is_empty() {
            has_letters = false;
            spans.retain(|Span { source, .. }| {
                let word = lower.get(source.clone()).unwrap_or_default();
                stop_words.binary_search_by(|stop_word| stop_word.as_str().cmp(word)).is_err()
            });
        }
        has_letters
    }

    /// Segments a text before it is lowercased into `spans`, if lowercasing changes nothing in it but the letters
    /// from A to Z. Otherwise does nothing and returns false.
    pub(super) fn segment_if_told(&self, text: &str, spans: &mut Vec<Span>) -> bool {
        let is_segmented = self.tells(text, is_caseless);
        if is_segmented {
            spans.clear();
            self.mark(text.as_bytes(), spans);
        }
        is_segmented
    }

    /// Segments many joined texts at once into `spans`, by their bytes alone. Returns the byte positions of the
    /// characters that bytes alone misclassify.
    pub(super) fn segment_all<'a>(
        &'a self,
        texts: &'a str,
        spans: &mut Vec<Span>,
    ) -> impl Iterator<Item = usize> + use<'a> {
        spans.clear();
        self.mark(texts.as_bytes(), spans);
        self.untold(texts, is_caseless)
    }

    /// Whether each byte of a text tells what it is part of, and all characters beyond ASCII are `usual`.
    fn tells(&self, text: &str, usual: impl Fn(char) -> bool) -> bool {
        self.is_told_by_bytes && self.untold(text, usual).next().is_none()
    }

    /// Where the characters beyond ASCII are whose bytes don't tell what they are part of, or that aren't `usual`.
    fn untold<'a>(
        &'a self,
        text: &'a str,
        usual: impl Fn(char) -> bool + 'a,
    ) -> impl Iterator<Item = usize> + 'a {
        let is_told = move |c| self.pattern.holds(c) == self.is_word_beyond && usual(c);
        let mut rest = text;
        core::iter::from_fn(move || {
            loop {
                let mut others = rest.get(ascii_length(rest.as_bytes())..)?.chars();
                let at = text.len() - others.as_str().len();
                let c = others.next()?;
                rest = others.as_str();
                if !is_told(c) {
                    return Some(at);
                }
            }
        })
    }

    /// Finds the words of a text of which each byte tells what it is part of. Returns whether none of them
    /// has letters and something else.
    fn mark(&self, lower: &[u8], spans: &mut Vec<Span>) -> bool {
        let mut last = NOTHING;
        let mut mixed = 0;
        for (block, bytes) in lower.chunks(BLOCK).enumerate() {
            // Of each byte its mark, and before it the mark of the one before.
            let mut marks = [NOTHING; BLOCK + 1];
            marks[0] = last;
            for (mark, &byte) in marks[1..].iter_mut().zip(bytes) {
                *mark = self.marks[usize::from(byte)];
            }
            let (mut begins, mut ends) = ([0; BLOCK], [0; BLOCK]);
            for place in 0..BLOCK {
                let (before, mark) = (marks[place], marks[place + 1]);
                let change = before ^ mark;
                let is_border = u8::from(change & !LETTER | mark & SINGLE != 0);
                begins[place] = is_border & (mark / WORD);
                ends[place] = is_border & (before / WORD);
                mixed |= u8::from(change == LETTER);
            }
            let place = |bits: u64| block * BLOCK + bits.trailing_zeros() as usize;
            let (mut begins, mut ends) = (bits(&begins), bits(&ends));
            if last & WORD != 0 {
                // A word goes on from the block before. Where it doesn't end in this one either, its end is
                // the block's for now.
                if let Some(span) = spans.last_mut() {
                    span.source.end = place(ends);
                }
                ends &= ends.wrapping_sub(1);
            }
            while begins != 0 {
                spans.push(Span { at: 0..0, source: place(begins)..place(ends) });
                begins &= begins - 1;
                ends &= ends.wrapping_sub(1);
            }
            last = marks[bytes.len()];
        }
        if let Some(span) = spans.last_mut() {
            span.source.end = span.source.end.min(lower.len());
        }
        if !self.least.is_empty() {
            spans.retain(|Span { source, .. }| {
                let run = self.marks[usize::from(lower[source.start])] % LETTER;
                source.len() >= self.least.get(usize::from(run)).map_or(0, |&least| least.into())
            });
        }
        mixed == 0
    }
}

/// A bit for each byte, which is 0 or 1; the first is the lowest. Each eight are moved to the highest byte
/// of a product.
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    bytes.as_chunks().0.iter().rev().fold(0, |bits, eight| {
        bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// Writes the words of a text to `text` in place of what it holds: `start` spaces, each word with a space after
/// it, and [`PADDING`]; and their hashes to `hashes`, which is empty at first. The text has [`PADDING`] too.
///
/// Most words are read and written as if they were [`USUAL`] bytes long, which takes no loop; the next one
/// overwrites what was too much.
pub(super) fn join(
    lower: &[u8],
    number_shapes: bool,
    start: usize,
    text: &mut Vec<u8>,
    spans: &mut [Span],
    hashes: &mut Vec<u64>,
) {
    let most = start + lower.len() + spans.len() + USUAL + PADDING.len();
    if text.len() < most {
        text.resize(most, 0);
    }
    hashes.reserve(spans.len());
    text[..start].fill(b' ');
    let mut at = start;
    for Span { at: place, source } in spans {
        let length = source.len();
        let end = at + length;
        let usual = lower.get(source.start..).and_then(<[u8]>::first_chunk::<USUAL>);
        let room = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<USUAL>);
        hashes.push(match (usual, room) {
            (Some(word), Some(room)) if length <= USUAL => {
                *room = *word;
                if number_shapes {
                    shape_numbers(room);
                }
                hash16(room, length)
            }
            _ => {
                text[at..end].copy_from_slice(&lower[source.clone()]);
                if number_shapes {
                    shape_numbers(&mut text[at..end]);
                }
                word_hash(text, at..end)
            }
        });
        text[end] = b' ';
        *place = at..end;
        at = end + 1;
    }
}

/// Every digit becomes a 0.
#[inline]
pub(super) fn shape_numbers(text: &mut [u8]) {
    for byte in text {
        *byte = if byte.is_ascii_digit() { b'0' } else { *byte };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_characters_tell_the_same() {
        // Words of all lengths across the borders of blocks, gaps of none to three characters.
        let text: String = (0..90)
            .map(|length| {
                let word = ["q3", "profit", "12", "a_b", "%", "up", "“no”"][length % 7];
                format!("{}{}", word.repeat(1 + length / 9), ["", " ", ", ", " – "][length % 4])
            })
            .collect();
        for pattern in [r"\w+|[$%!?&]", r"[a-z]+|[0-9]+|\$", r"\S+", r"[\w ]+", r"\w", r"\b\w\w+\b"]
        {
            let pattern = TokenPattern::parse(pattern).unwrap();
            let segmenter = Segmenter::new(pattern.clone());
            for start in (0..text.len()).filter(|&start| text.is_char_boundary(start)) {
                let (mut expected, mut found) = (Vec::new(), Vec::new());
                pattern.each(&text[start..], |word| expected.push(word));
                segmenter.segment(&text[start..], &[], &mut found);
                assert!(found.iter().map(|span| &span.source).eq(&expected));
            }
        }
    }

    #[test]
    fn letters_are_kept_unless_a_word_has_something_else() {
        let keeps = |pattern, text| {
            let segmenter = Segmenter::new(TokenPattern::parse(pattern).unwrap());
            segmenter.segment(text, &[], &mut Vec::new())
        };
        assert!(keeps(r"\w+|[$%]", "sales up 5% from “12”"));
        for (pattern, text) in [
            (r"\w+", "q3 up"),
            (r"\w+", "naïve"),
            (r"[a-m]+", "up"),
            (r"\w", "up"),
            (r"\w\w+", "up"),
        ] {
            assert!(!keeps(pattern, text), "{pattern} {text}");
        }
    }
}
