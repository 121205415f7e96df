//! A headline, and what is left of a title when markup and white space are gone.

use chrono::{DateTime, Utc};
use scraper::Html;

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

/// The text of a title that may hold markup and character references, as titles in feeds do.
pub(super) fn plain(title: &str) -> String {
    if title.contains(['<', '&']) {
        let fragment = Html::parse_fragment(title);
        one_line(&fragment.root_element().text().collect::<String>())
    } else {
        one_line(title)
    }
}

/// One line with single spaces.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
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
            ("", ""),
        ] {
            assert_eq!(plain(title), expected, "{title:?}");
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
