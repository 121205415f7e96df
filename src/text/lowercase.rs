//! Lowercasing as Python's `str.lower` does it, and the way back to the text as it was.

use super::pieces::Piece;

/// Writes the lowercase of `text` into `out`, replacing what was there.
pub(crate) fn lowercase(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        // The whole string at once, because a capital sigma at the end of a word becomes ς.
        out.push_str(&text.to_lowercase());
    }
}

/// Where each stretch of the lowercase of `text` came from.
pub(crate) fn lowercase_pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut end = 0;
    for (position, c) in text.char_indices() {
        // ς and σ are equally long, so the length needs no look at the neighbours.
        let length: usize = c.to_lowercase().map(char::len_utf8).sum();
        let aligned = length == c.len_utf8();
        match pieces.last_mut() {
            Some(last) if aligned && last.at.len() == last.source.len() => {
                last.at.end += length;
                last.source.end += length;
            }
            _ => pieces
                .push(Piece { at: end..end + length, source: position..position + c.len_utf8() }),
        }
        end += length;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::pieces::source_range;
    use super::*;

    #[test]
    fn every_lowercase_position_leads_back() {
        // İ grows from two bytes to three, K (Kelvin) shrinks from three to one.
        let text = "aİb\u{212a}ΣΑΣ z";
        let mut lower = String::new();
        lowercase(text, &mut lower);
        assert_eq!(lower, "ai\u{307}bkσας z");
        let pieces = lowercase_pieces(text);
        assert_eq!(pieces.last().map(|piece| piece.at.end), Some(lower.len()));
        let at = lower.find('b').unwrap();
        assert_eq!(&text[source_range(&pieces, at..at + 2)], "b\u{212a}");
        let at = lower.find('z').unwrap();
        assert_eq!(&text[source_range(&pieces, at..at + 1)], "z");
        assert_eq!(&text[source_range(&pieces, 1..3)], "İ");
    }
}
