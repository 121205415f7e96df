//! Sources: the feeds and pages that headlines come from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use scraper::Selector;
use serde::Deserialize;
use url::Url;

use super::period;
use undertone::files::{decode, read_file};

/// Which sources are read, and how much of each.
#[derive(Debug, Args)]
pub(super) struct SourceOptions {
    /// Feeds, or pages with --selector [default: Bitcoin Ticker]
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    /// Read every source of the list
    #[arg(long, conflicts_with = "urls")]
    all: bool,
    /// A list of sources in place of the one built in (src/scrape/sources.toml)
    #[arg(long, value_name = "FILE", conflicts_with = "urls")]
    sources: Option<PathBuf>,
    /// The elements of a page whose texts are headlines
    #[arg(long, value_name = "CSS", requires = "urls")]
    selector: Option<String>,
    /// What stands between headline and source in such a text
    #[arg(long, value_name = "TEXT", requires = "selector")]
    separator: Option<String>,
    /// Take the first headlines of each source only
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(super) limit: usize,
}

impl SourceOptions {
    pub(super) fn read(&self) -> anyhow::Result<Vec<Source>> {
        if !self.urls.is_empty() {
            let (css, separator) = (self.selector.as_deref(), self.separator.as_deref());
            return self.urls.iter().map(|url| at(url, css, separator)).collect();
        }
        match &self.sources {
            Some(path) => read(path),
            None if self.all => built_in(),
            None => Ok(built_in()?.into_iter().take(1).collect()),
        }
    }
}

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
    every: Option<String>,
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
    /// How often a watcher visits the source, where its list says so.
    #[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "read by `watch` alone"))]
    pub(super) every: Option<Duration>,
}

impl Source {
    fn new(entry: SourceEntry) -> anyhow::Result<Self> {
        Ok(Self {
            name: Some(entry.name),
            url: web_address(&entry.url)?,
            selector: entry.selector.as_deref().map(selector).transpose()?,
            separator: entry.separator,
            every: entry
                .every
                .map(|every| period::parse(&every).map_err(anyhow::Error::msg).context("every"))
                .transpose()?,
        })
    }

    /// The name of the source in progress and errors.
    pub(super) fn shown(&self) -> &str {
        self.name.as_deref().or_else(|| self.url.host_str()).unwrap_or(self.url.as_str())
    }
}

/// The sources that are built into the command.
fn built_in() -> anyhow::Result<Vec<Source>> {
    parse(include_str!("sources.toml")).context("the built-in sources")
}

/// Reads sources from a file in the format of sources.toml.
fn read(path: &Path) -> anyhow::Result<Vec<Source>> {
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
    let mut source =
        known.unwrap_or(Source { name: None, url, selector: None, separator: None, every: None });
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
        for list in [
            "",
            "source = []",
            "[[source]]\nname='a'\nurl='https://a.example'\nevery='often'",
            "[[source]]\nname = 'a'",
            "[[source]]\nname='a'\nurl='b'",
        ] {
            assert!(parse(list).is_err(), "{list}");
        }
    }
}
