//! A headline, and the text of a title without markup and surplus white space.

use chrono::{DateTime, Utc};
use encoding_rs::WINDOWS_1252;

use super::visible;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Headline {
    pub(super) title: String,
    /// The publisher.
    pub(super) source: String,
    /// The address of the article.
    pub(super) url: Option<String>,
    /// The time of publication, if the source gives it.
    pub(super) published: Option<DateTime<Utc>>,
}

/// What was found in one document.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) headlines: Vec<Headline>,
    /// The number of items without a title.
    pub(super) untitled: usize,
    /// The number of items that could not be read to their end.
    pub(super) damaged: usize,
    /// Remarks for the reader of the headlines.
    pub(super) remarks: Vec<String>,
}

impl Found {
    pub(super) fn items(&self) -> usize {
        self.headlines.len() + self.untitled + self.damaged
    }
}

/// The text of a title in HTML, as titles in feeds are.
pub(super) fn plain(title: &str) -> String {
    one_line(&visible::text_of(title))
}

/// A text as one line with single spaces, without invisible characters: byte order marks, soft
/// hyphens.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut is_apart = false;
    for c in text.chars() {
        let c = match c {
            '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => continue,
            // A character of windows-1252, from a document that declares ISO 8859-1, or from a
            // numeric reference; except U+0085, a line end in the one and the ellipsis in the
            // other.
            '\u{80}'..='\u{9f}' if c != '\u{85}' => of_windows_1252(c),
            c => c,
        };
        if c.is_whitespace() || c.is_control() {
            is_apart = true;
            continue;
        }
        if is_apart && !line.is_empty() {
            line.push(' ');
        }
        is_apart = false;
        line.push(c);
    }
    line
}

/// The character of windows-1252 for the byte of a control character.
fn of_windows_1252(c: char) -> char {
    let byte = [u8::try_from(c).unwrap_or_default()];
    let text = WINDOWS_1252.decode_without_bom_handling(&byte).0;
    text.chars().next().unwrap_or(c)
}

/// Whether a text looks like UTF-8 that was decoded as windows-1252, or has replacement characters.
pub(super) fn is_bent(text: &str) -> bool {
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return true;
    }
    let (bytes, _, is_other) = WINDOWS_1252.encode(text);
    !is_other && !text.is_ascii() && std::str::from_utf8(&bytes).is_ok()
}

/// Splits "Title - Source" at the last separator; without one there is no source.
pub(super) fn split_source<'a>(
    text: &'a str,
    separator: Option<&str>,
) -> (&'a str, Option<&'a str>) {
    let parts = separator.and_then(|separator| text.rsplit_once(separator));
    match parts {
        Some((title, source)) if !title.trim().is_empty() && !source.trim().is_empty() => {
            (title.trim(), Some(source.trim()))
        }
        _ => (text.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_markup_and_white_space() {
        for (title, expected) in [
            ("  Bitcoin\n\tfalls  ", "Bitcoin falls"),
            ("Bitcoin <b>falls</b> &amp; recovers", "Bitcoin falls & recovers"),
            ("AT&T &#8217;s offer", "AT&T ’s offer"),
            ("a < b", "a < b"),
            ("a\u{0}b\u{1b}[31m", "a b [31m"),
            ("Lender\u{92}s bit\u{ad}coin\u{200b} \u{feff}falls", "Lender’s bitcoin falls"),
            ("Lender&#146;s a\u{85}b\u{a0}c \u{90}", "Lender’s a b c"),
            ("👩\u{200d}🚀 می\u{200c}شود", "👩\u{200d}🚀 می\u{200c}شود"),
            ("", ""),
        ] {
            assert_eq!(plain(title), expected, "{title:?}");
        }
    }

    #[test]
    fn bent_texts_are_known() {
        for text in ["Lenderâ€™s profit", "cafÃ©", "a \u{fffd} b"] {
            assert!(is_bent(text), "{text}");
        }
        for text in ["Lender's profit", "café", "Lender’s", "Биткоин", "日本", "É a", ""]
        {
            assert!(!is_bent(text), "{text}");
        }
    }

    #[test]
    fn the_source_is_what_comes_last() {
        let split = |text| split_source(text, Some(" - "));
        assert_eq!(split("Up - and away - CoinDesk"), ("Up - and away", Some("CoinDesk")));
        assert_eq!(split("Pro-crypto bill passes"), ("Pro-crypto bill passes", None));
        assert_eq!(split(" - CoinDesk"), ("- CoinDesk", None));
        assert_eq!(split_source("A - B", None), ("A - B", None));
    }
}
