//! Lowercasing as Python's `str.lower` does it, and the offset mapping back to the original text.

use alloc::string::String;
use alloc::vec::Vec;

use super::case::{lowercase_of, lowercase_sigma};
use super::spans::Span;

/// Writes the lowercase of `text` into `out`, replacing what was there.
pub(crate) fn lowercase(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
    } else {
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = ascii_length(rest.as_bytes());
            out.push_str(rest.get(..ascii).unwrap_or_default());
            let mut others = rest.get(ascii..).unwrap_or_default().chars();
            match others.next() {
                Some(c) if is_caseless(c) => out.push(c),
                Some('Σ') => {
                    let before = text.len() - rest.len() + ascii;
                    let before = text.get(..before).unwrap_or_default();
                    out.push(lowercase_sigma(before, others.as_str()));
                }
                Some(c) => out.extend(lowercase_of(c)),
                None => {}
            }
            rest = others.as_str();
        }
    }
    out.make_ascii_lowercase();
}

/// Whether a character is from ranges without letters that have a lowercase: control characters
/// (quotation marks that were read in a wrong encoding), punctuation (mostly quotation marks) and
/// signs.
#[inline]
pub(super) fn is_caseless(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{a9}' | '\u{2000}'..='\u{20ff}')
}

/// The number of bytes before the first that isn't ASCII.
pub(super) fn ascii_length(bytes: &[u8]) -> usize {
    let (chunks, _) = bytes.as_chunks::<8>();
    let whole = 8 * chunks.iter().take_while(|chunk| chunk.is_ascii()).count();
    whole + bytes[whole..].iter().take_while(|byte| byte.is_ascii()).count()
}

/// The spans of the lowercase of `text`, each with its source in `text`.
pub(crate) fn lowercase_spans(text: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut end = 0;
    for (position, c) in text.char_indices() {
        // ς and σ are equally long, so the length needs no look at the neighbours.
        let length: usize = lowercase_of(c).map(char::len_utf8).sum();
        let aligned = length == c.len_utf8();
        match spans.last_mut() {
            Some(last) if aligned && last.at.len() == last.source.len() => {
                last.at.end += length;
                last.source.end += length;
            }
            _ => spans
                .push(Span { at: end..end + length, source: position..position + c.len_utf8() }),
        }
        end += length;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::super::spans::source_range;
    use super::*;

    #[test]
    fn every_character_becomes_what_std_makes_of_it() {
        let mut lower = String::new();
        let every: String = ('\0'..=char::MAX).flat_map(|c| [c, 'A']).collect();
        for text in [every.as_str(), &every.replace('Σ', "")] {
            lowercase(text, &mut lower);
            assert!(lower == text.to_lowercase());
        }
        assert!(every.chars().filter(|&c| is_caseless(c)).all(|c| c.to_lowercase().eq([c])));
    }

    #[test]
    fn every_lowercase_position_leads_back() {
        // İ grows from two bytes to three, K (Kelvin) shrinks from three to one.
        let text = "aİb\u{212a}ΣΑΣ z";
        let mut lower = String::new();
        lowercase(text, &mut lower);
        assert_eq!(lower, "ai\u{307}bkσας z");
        let spans = lowercase_spans(text);
        assert_eq!(spans.last().map(|span| span.at.end), Some(lower.len()));
        let at = lower.find('b').unwrap();
        assert_eq!(&text[source_range(&spans, at..at + 2)], "b\u{212a}");
        let at = lower.find('z').unwrap();
        assert_eq!(&text[source_range(&spans, at..at + 1)], "z");
        assert_eq!(&text[source_range(&spans, 1..3)], "İ");
    }
}
