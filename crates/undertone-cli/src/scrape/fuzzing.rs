//! What of the scraper the fuzz targets reach.

use super::{headline::Headline, robots::Robots, source};

/// A headline as it is read from a document.
#[derive(Debug)]
pub struct FoundHeadline {
    /// One line, never empty.
    pub title: String,
    /// Who published it.
    pub source: String,
    /// On the web.
    pub url: Option<String>,
}

/// The headlines of a response's body. A selector that is none is an error, as for the command.
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

/// Why a robots.txt does not let us read an address, and for how many seconds it asks us to pause.
pub fn robots(text: &[u8], url: &str) -> (Option<String>, f64) {
    let robots = Robots::parse("undertone", text);
    (robots.objection(url), robots.delay().as_secs_f64())
}
