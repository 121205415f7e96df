//! Sources: the feeds and pages that headlines come from.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use scraper::Selector;
use serde::Deserialize;
use url::Url;

use undertone::files::{decode, read_file};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceList {
    source: Vec<SourceEntry>,
}

/// An entry of sources.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceEntry {
    name: String,
    url: String,
    selector: Option<String>,
    separator: Option<String>,
}

/// A feed, or a page with a selector.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The name of the source; `None` for the title of the feed, or else its host.
    pub(super) name: Option<String>,
    pub(super) url: Url,
    /// The selector of the elements whose texts are headlines; only for a page.
    pub(super) selector: Option<Selector>,
    /// The separator between a headline and the name of its source.
    pub(super) separator: Option<String>,
}

impl Source {
    fn new(entry: SourceEntry) -> anyhow::Result<Self> {
        Ok(Self {
            name: Some(entry.name),
            url: web_address(&entry.url)?,
            selector: entry.selector.as_deref().map(selector).transpose()?,
            separator: entry.separator,
        })
    }

    /// The name of the source in progress and errors.
    pub(super) fn shown(&self) -> &str {
        self.name.as_deref().or_else(|| self.url.host_str()).unwrap_or(self.url.as_str())
    }
}

/// The sources that are built into the command.
pub(super) fn built_in() -> anyhow::Result<Vec<Source>> {
    parse(include_str!("sources.toml")).context("the built-in sources")
}

/// Reads sources from a file in the format of sources.toml.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Source>> {
    let text = decode(path, &read_file(path)?, "utf-8")?;
    parse(&text).with_context(|| path.display().to_string())
}

fn parse(text: &str) -> anyhow::Result<Vec<Source>> {
    let list: SourceList = toml::from_str(text)?;
    ensure!(!list.source.is_empty(), "expected a [[source]], found none");
    let sources = list.source.into_iter().map(|entry| {
        let name = entry.name.clone();
        Source::new(entry).with_context(|| format!("source {name:?}"))
    });
    sources.collect()
}

/// The source at an address from the command line, with the settings of the built-in source if
/// there is one at it.
pub(super) fn at(
    address: &str,
    css: Option<&str>,
    separator: Option<&str>,
) -> anyhow::Result<Source> {
    let url = web_address(address)?;
    let known = built_in()?.into_iter().find(|source| source.url == url);
    let mut source = known.unwrap_or(Source { name: None, url, selector: None, separator: None });
    if let Some(css) = css {
        source.selector = Some(selector(css)?);
    }
    if let Some(separator) = separator {
        source.separator = Some(separator.to_owned());
    }
    Ok(source)
}

fn selector(css: &str) -> anyhow::Result<Selector> {
    // scraper's error borrows from `css` and is no std::error::Error.
    match Selector::parse(css) {
        Ok(selector) => Ok(selector),
        Err(error) => bail!("expected a CSS selector, found {css:?}: {error}"),
    }
}

/// Parses an address on the web, which may be fetched.
pub(super) fn web_address(address: &str) -> anyhow::Result<Url> {
    let url = Url::parse(address).ok().filter(is_web);
    url.with_context(|| format!("expected an http:// or https:// address, found {address:?}"))
}

/// Whether an address is on the web: not file:, not data:.
pub(super) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_reads() {
        let sources = built_in().unwrap();
        assert_eq!(sources[0].url.as_str(), "https://bitcointicker.co/news/");
        assert!(sources[0].selector.is_some());
        assert!(sources.len() > 5);
    }

    #[test]
    fn the_default_source_reads_titles_and_publishers() {
        // Its address alone gives the built-in source.
        let named = at("https://bitcointicker.co/news/", None, None).unwrap();
        let page = r#"<div style="color:red;">Not this - Nobody</div>
            <div style="overflow:hidden;">Exchange halts withdrawals - again - CoinDesk</div>
            <div style="overflow: hidden;">Miners report record revenue</div>"#;
        for source in [&built_in().unwrap()[0], &named] {
            let found = crate::scrape::page::headlines(page, source, &source.url).unwrap();
            let found: Vec<_> =
                found.headlines.iter().map(|one| (&one.title[..], &one.source[..])).collect();
            assert_eq!(
                found,
                [
                    ("Exchange halts withdrawals - again", "CoinDesk"),
                    ("Miners report record revenue", "Bitcoin Ticker")
                ]
            );
        }
    }

    #[test]
    fn refuses_what_is_no_source() {
        for address in ["", "news", "file:///etc/passwd", "ftp://example.org", "http://"] {
            assert!(at(address, None, None).is_err(), "{address}");
        }
        assert!(at("https://example.org", Some("a["), None).is_err());
        for list in ["", "source = []", "[[source]]\nname = 'a'", "[[source]]\nname='a'\nurl='b'"] {
            assert!(parse(list).is_err(), "{list}");
        }
    }
}
