//! Lowercase text → words: what the n-grams of [`AnalyzerKind::Word`](super::AnalyzerKind) are made of.

use super::analyzer::AnalyzerSettings;
use super::pattern::TokenPattern;
use super::pieces::Piece;

/// Cuts texts into words.
///
/// Where each byte tells by itself what it is part of, as nearly all do, a text is read without a branch
/// that depends on it: where words end, no processor guesses, and a wrong guess takes longer than a word.
#[derive(Debug, Clone)]
pub(super) struct Cutter {
    pattern: TokenPattern,
    /// What each byte is part of: [`NOTHING`], or a [`WORD`], with the number of its run, and whether it
    /// is a [`LETTER`] or [`SINGLE`].
    marks: [u8; 256],
    /// Whether these tell all of a text whose characters beyond ASCII are part of no word.
    is_told_by_bytes: bool,
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
const USUAL: usize = 16;

/// Bytes whose marks are compared together, a bit of a u64 each.
const BLOCK: usize = 64;

impl Cutter {
    pub(super) fn new(pattern: TokenPattern, settings: &AnalyzerSettings) -> Self {
        let mut marks = [NOTHING; 256];
        for (byte, mark) in (0..128).zip(&mut marks) {
            if let Some((run, is_single)) = pattern.run_of(byte) {
                let letter = if byte.is_ascii_lowercase() { LETTER } else { 0 };
                *mark = WORD | run | letter | if is_single { SINGLE } else { 0 };
            }
        }
        let letters = &marks[usize::from(b'a')..=usize::from(b'z')];
        let keeps_letters =
            letters.iter().all(|&mark| mark == letters[0] && mark & (SINGLE | LETTER) == LETTER);
        let is_told_by_bytes = pattern.is_told_by_bytes() && settings.stop_words.is_empty();
        let has_spaces = pattern.holds(' ');
        Self { pattern, marks, is_told_by_bytes, has_spaces, keeps_letters }
    }

    /// Whether a word may have a space in it.
    pub(super) fn has_spaces(&self) -> bool {
        self.has_spaces
    }

    /// Writes the words of `lower` to `text` with one space between neighbours, and where they are to
    /// `pieces`. Both are empty at first, and `text` has some bytes more in the end. Returns whether
    /// each run of letters from a to z is a word for sure.
    pub(super) fn cut(
        &self,
        lower: &str,
        settings: &AnalyzerSettings,
        text: &mut Vec<u8>,
        pieces: &mut Vec<Piece>,
    ) -> bool {
        let is_told_by_bytes = self.is_told_by_bytes
            && (lower.is_ascii() || !lower.chars().any(|c| !c.is_ascii() && self.pattern.holds(c)));
        let mut has_letters = false;
        if is_told_by_bytes {
            has_letters = self.mark(lower.as_bytes(), pieces) && self.keeps_letters;
        } else {
            let is_stop_word = |word: &str| {
                settings
                    .stop_words
                    .binary_search_by(|stop_word| stop_word.as_str().cmp(word))
                    .is_ok()
            };
            self.pattern.each(lower, |source| {
                if settings.stop_words.is_empty() || !is_stop_word(&lower[source.clone()]) {
                    pieces.push(Piece { at: 0..0, source });
                }
            });
        }
        join(lower.as_bytes(), text, pieces);
        if settings.number_shapes {
            shape_numbers(text);
        }
        has_letters
    }

    /// Finds the words of a text whose characters beyond ASCII are part of none. Returns whether none of
    /// them has letters and something else.
    fn mark(&self, lower: &[u8], pieces: &mut Vec<Piece>) -> bool {
        let mut finished = 0;
        let mut last = NOTHING;
        let mut mixed = 0;
        for (block, bytes) in lower.chunks(BLOCK).enumerate() {
            // Of each byte its mark, and before it the mark of the one before.
            let mut marks = [NOTHING; BLOCK + 1];
            marks[0] = last;
            for (mark, &byte) in marks[1..].iter_mut().zip(bytes) {
                *mark = self.marks[usize::from(byte)];
            }
            last = marks[bytes.len()];
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
            let mut begins = bits(&begins);
            while begins != 0 {
                pieces.push(Piece { at: 0..0, source: place(begins)..lower.len() });
                begins &= begins - 1;
            }
            let mut ends = bits(&ends);
            while ends != 0 {
                pieces[finished].source.end = place(ends).min(lower.len());
                finished += 1;
                ends &= ends - 1;
            }
        }
        mixed == 0
    }
}

/// Copies the words. Most are copied as if they were [`USUAL`] bytes long, which takes no loop; the next
/// one overwrites what was too much.
fn join(lower: &[u8], text: &mut Vec<u8>, pieces: &mut [Piece]) {
    let total: usize = pieces.iter().map(|piece| piece.source.len() + 1).sum();
    text.resize(total + USUAL, 0);
    let mut at = 0;
    for Piece { at: place, source } in pieces {
        let end = at + source.len();
        let usual = lower.get(source.start..).and_then(<[u8]>::first_chunk::<USUAL>);
        let room = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<USUAL>);
        match (usual, room) {
            (Some(word), Some(room)) if source.len() <= USUAL => *room = *word,
            _ => text[at..end].copy_from_slice(&lower[source.clone()]),
        }
        text[end] = b' ';
        *place = at..end;
        at = end + 1;
    }
}

/// A bit for each byte, which is 0 or 1; the first is the lowest. Each eight are moved to the highest byte
/// of a product.
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    bytes.as_chunks().0.iter().rev().fold(0, |bits, eight| {
        bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// Every digit becomes a 0.
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
        for pattern in [r"\w+|[$%!?&]", r"[a-z]+|[0-9]+|\$", r"\S+", r"[\w ]+", r"\w"] {
            let pattern = TokenPattern::parse(pattern).unwrap();
            let cutter = Cutter::new(pattern.clone(), &AnalyzerSettings::default());
            for start in (0..text.len()).filter(|&start| text.is_char_boundary(start)) {
                let (mut expected, mut found) = (Vec::new(), Vec::new());
                pattern.each(&text[start..], |word| expected.push(word));
                cutter.cut(
                    &text[start..],
                    &AnalyzerSettings::default(),
                    &mut Vec::new(),
                    &mut found,
                );
                assert!(found.iter().map(|piece| &piece.source).eq(&expected));
            }
        }
    }

    #[test]
    fn letters_are_kept_unless_a_word_has_something_else() {
        let keeps = |pattern, text| {
            let cutter =
                Cutter::new(TokenPattern::parse(pattern).unwrap(), &AnalyzerSettings::default());
            cutter.cut(text, &AnalyzerSettings::default(), &mut Vec::new(), &mut Vec::new())
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
