//! The interface of the scraper for fuzz targets.

use super::{headline::Headline, robots::Robots, source};

/// A headline as it is read from a document.
#[derive(Debug)]
pub struct FoundHeadline {
    /// The title: one line, never empty.
    pub title: String,
    /// The publisher.
    pub source: String,
    /// The address of the article, on the web.
    pub url: Option<String>,
}

/// The headlines in the body of a response. An invalid selector is an error, as for the command.
pub fn headlines(
    body: &[u8],
    content_type: &str,
    selector: Option<&str>,
    separator: Option<&str>,
) -> Result<Vec<FoundHeadline>, String> {
    let read = || {
        let source = source::at("https://example.org/news", selector, separator)?;
        super::headlines(body, content_type, &source, &source.url)
    };
    let shown = |Headline { title, source, url, .. }| FoundHeadline { title, source, url };
    let found = read().map_err(|error| format!("{error:#}"))?;
    Ok(found.headlines.into_iter().map(shown).collect())
}

/// The reason why a robots.txt forbids an address, if it does, and the pause in seconds that it
/// asks for.
pub fn robots(text: &[u8], url: &str) -> (Option<String>, f64) {
    let robots = Robots::parse("undertone", text);
    (robots.objection(url), robots.delay().as_secs_f64())
}
