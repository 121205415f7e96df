//! A headline, and what is left of a title when markup and white space are gone.

use chrono::{DateTime, Utc};
use encoding_rs::WINDOWS_1252;

use super::visible;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Headline {
    pub(super) title: String,
    /// Who published it.
    pub(super) source: String,
    /// Where the article is.
    pub(super) url: Option<String>,
    /// When it was published, where the source says so.
    pub(super) published: Option<DateTime<Utc>>,
}

/// What one document gave.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) headlines: Vec<Headline>,
    /// Items that have no title.
    pub(super) untitled: usize,
    /// Items that could not be read, or not to their end.
    pub(super) damaged: usize,
    /// What else whoever reads the headlines should know of it.
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

/// One line with single spaces, and without what nobody sees: marks of order, soft hyphens.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut is_apart = false;
    for c in text.chars() {
        let c = match c {
            '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => continue,
            // Of windows-1252, in a document that said ISO 8859-1 or a reference to its number; except
            // that the next line of the one is the ellipsis of the other.
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

/// What the byte of a control character stands for in windows-1252.
fn of_windows_1252(c: char) -> char {
    let byte = [u8::try_from(c).unwrap_or_default()];
    let text = WINDOWS_1252.decode_without_bom_handling(&byte).0;
    text.chars().next().unwrap_or(c)
}

/// Whether a text looks like UTF-8 that was read as windows-1252, or could not be read in places.
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
