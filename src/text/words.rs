//! Lowercase text → words: the tokens of [`AnalyzerKind::Word`](super::AnalyzerKind), and the
//! stretches that [`AnalyzerKind::CharWb`](super::AnalyzerKind) takes n-grams of characters from.

use alloc::string::String;
use alloc::vec::Vec;

use super::hash::{PADDING, hash16, word_hash};
use super::lowercase::{ascii_length, is_caseless};
use super::pattern::TokenPattern;
use super::spans::Span;

/// Segments texts into words.
///
/// If one byte is enough to classify a character, which is true of nearly all patterns,
/// segmentation is free of branches on the text: word ends are unpredictable, and a mispredicted
/// branch costs more than a word.
#[derive(Debug, Clone)]
pub(super) struct Segmenter {
    pattern: TokenPattern,
    /// The class of each byte: [`NOTHING`], or [`WORD`] with the number of the pattern's run that
    /// the byte is in, and with [`LETTER`] or [`SINGLE`] where they apply.
    marks: [u8; 256],
    /// Whether `marks` alone segments texts whose non-ASCII characters are all word characters, or
    /// all separators.
    is_bytewise: bool,
    /// Whether `marks` takes non-ASCII characters for word characters.
    non_ascii_is_word: bool,
    /// The fewest characters of a word, for each run of the pattern; empty where one is enough.
    least: Vec<u8>,
    /// Whether a word may have a space in it.
    has_spaces: bool,
    /// Whether neighbouring letters from a to z always belong to one word.
    keeps_letters: bool,
}

/// The mark of a byte that is part of no word.
const NOTHING: u8 = 0;
/// A bit in the marks of the letters from a to z.
const LETTER: u8 = 0x20;
/// A bit in the mark of a byte that is a word by itself.
const SINGLE: u8 = 0x40;
/// A bit in the mark of a byte that is part of a word. The lowest five bits are then the number of
/// the pattern's run, of which there are at most 32.
const WORD: u8 = 0x80;

/// The length in bytes up to which a word is read and written in one step; few words are longer.
pub(super) const SHORT_WORD: usize = 16;

/// The number of bytes whose marks are compared at once; each has a bit of a `u64`.
const BLOCK: usize = 64;

impl Segmenter {
    /// A segmenter into the words that a pattern describes.
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
            && *letters == [letters[0]; 26]
            && letters[0] & (SINGLE | LETTER) == LETTER;
        let is_bytewise = pattern.is_bytewise();
        // A pattern of everything but some characters, such as `\S+`, has quotation marks in words.
        let non_ascii_is_word = pattern.is_one_run() && pattern.holds('\u{2019}');
        if non_ascii_is_word {
            marks[128..].fill(WORD);
        }
        let has_spaces = pattern.holds(' ');
        Self { pattern, marks, is_bytewise, non_ascii_is_word, least, has_spaces, keeps_letters }
    }

    /// Whether a word may have a space in it.
    pub(super) fn has_spaces(&self) -> bool {
        self.has_spaces
    }

    /// Whether most texts are segmented by their bytes alone, without decoding characters.
    pub(super) fn is_bytewise(&self) -> bool {
        self.is_bytewise
    }

    /// Whether a character may be part of a word.
    pub(super) fn holds(&self, c: char) -> bool {
        self.pattern.holds(c)
    }

    /// Whether each letter from A to Z is in the same run of the pattern as its lowercase.
    pub(super) fn ignores_case(&self) -> bool {
        (b'A'..=b'Z').all(|letter| {
            let [mark, lower] =
                [letter, letter.to_ascii_lowercase()].map(|byte| self.marks[usize::from(byte)]);
            mark & !LETTER == lower & !LETTER
        })
    }

    /// Whether neighbouring letters from a to z always belong to one word.
    pub(super) fn keeps_letters(&self) -> bool {
        self.keeps_letters
    }

    /// Appends the words of `lower` to `spans`, which is empty at first. Returns whether each
    /// longest run of letters from a to z is known to be one of the words.
    pub(super) fn segment(
        &self,
        lower: &str,
        stop_words: &[String],
        spans: &mut Vec<Span>,
    ) -> bool {
        let mut has_letters = false;
        if self.segments_bytewise(lower, |_| true) {
            has_letters = self.segment_bytes(lower.as_bytes(), spans) && self.keeps_letters;
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

    /// Writes the words of many joined texts to `spans`, by their bytes alone. Returns the byte
    /// positions of the characters for which that may be wrong.
    pub(super) fn segment_all<'a>(
        &'a self,
        texts: &'a str,
        spans: &mut Vec<Span>,
    ) -> impl Iterator<Item = usize> + use<'a> {
        spans.clear();
        self.segment_bytes(texts.as_bytes(), spans);
        self.misclassified(texts, is_caseless)
    }

    /// Whether the bytes of a text are enough to segment it, and all of its non-ASCII characters
    /// are `allowed`.
    fn segments_bytewise(&self, text: &str, allowed: fn(char) -> bool) -> bool {
        self.is_bytewise && self.misclassified(text, allowed).next().is_none()
    }

    /// The byte positions of the non-ASCII characters that [`marks`](Self::marks) classifies
    /// otherwise than the pattern does, or that are not `allowed`.
    fn misclassified<'a>(
        &'a self,
        text: &'a str,
        allowed: fn(char) -> bool,
    ) -> impl Iterator<Item = usize> + 'a {
        let mut rest = text;
        core::iter::from_fn(move || {
            let length = self.next_misclassified(&mut rest, allowed)?;
            Some(text.len() - rest.len() - length)
        })
    }

    /// The length of the next character that is [misclassified](Self::misclassified). Leaves the
    /// text after it.
    // Not inlined: the browser module holds one copy instead of three.
    #[inline(never)]
    fn next_misclassified(&self, rest: &mut &str, allowed: fn(char) -> bool) -> Option<usize> {
        loop {
            let mut others = rest.get(ascii_length(rest.as_bytes())..)?.chars();
            let c = others.next()?;
            *rest = others.as_str();
            if self.pattern.holds(c) != self.non_ascii_is_word || !allowed(c) {
                return Some(c.len_utf8());
            }
        }
    }

    /// Appends the words of a text to `spans`, by the marks of its bytes. Returns whether no word
    /// has letters from a to z beside anything else.
    fn segment_bytes(&self, lower: &[u8], spans: &mut Vec<Span>) -> bool {
        let mut last = NOTHING;
        let mut mixed = 0;
        for (block, bytes) in lower.chunks(BLOCK).enumerate() {
            // The mark of the byte before the block, then those of the block.
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
                // A word goes on from the block before. If it doesn't end in this block either, it
                // ends with the block for now.
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

/// Packs bytes that are 0 or 1 into bits, the first into the lowest: a multiplication moves eight
/// of them to the highest byte of the product.
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    bytes.as_chunks().0.iter().rev().fold(0, |bits, eight| {
        bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// Writes the words of `lower`, which ends with [`PADDING`], to `text` in place of what it holds:
/// `start` spaces, each word with a space after it, and [`PADDING`]. Appends their hashes to
/// `hashes`, which is empty at first.
///
/// A word of up to [`SHORT_WORD`] bytes is copied as if it had exactly as many, which takes no
/// loop; the next word overwrites the surplus.
pub(super) fn join(
    lower: &[u8],
    number_shapes: bool,
    start: usize,
    text: &mut Vec<u8>,
    spans: &mut [Span],
    hashes: &mut Vec<u64>,
) {
    let most = start + lower.len() + spans.len() + SHORT_WORD + PADDING.len();
    if text.len() < most {
        text.resize(most, 0);
    }
    hashes.reserve(spans.len());
    text[..start].fill(b' ');
    let mut at = start;
    for Span { at: place, source } in spans {
        let length = source.len();
        let end = at + length;
        let word = lower.get(source.start..).and_then(<[u8]>::first_chunk::<SHORT_WORD>);
        let room = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<SHORT_WORD>);
        hashes.push(match (word, room) {
            (Some(word), Some(room)) if length <= SHORT_WORD => {
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

/// Replaces every digit by `0`.
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
