//! A page and a selector → headlines.

use anyhow::{bail, ensure};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::headline::{Headline, one_line, split_source};
use super::source::Source;

/// The texts of the elements that the source's selector finds, in the page's order.
pub(super) fn headlines(text: &str, source: &Source) -> anyhow::Result<Vec<Headline>> {
    let page = Html::parse_document(text);
    let Some(selector) = &source.selector else {
        match feed_of(&page, &source.url) {
            Some(feed) => bail!("expected a feed, found a page; it names {feed} as its feed"),
            None => bail!("expected a feed, found a page; give the headlines' --selector"),
        }
    };
    let mut found = 0;
    let mut headlines = Vec::new();
    for element in page.select(selector) {
        found += 1;
        let text = one_line(&element.text().collect::<String>());
        let (title, publisher) = split_source(&text, source.separator.as_deref());
        if !title.is_empty() {
            headlines.push(Headline {
                title: title.to_owned(),
                source: publisher.unwrap_or_else(|| source.shown()).to_owned(),
                url: link(element, &source.url),
                published: None,
            });
        }
    }
    ensure!(found > 0, "expected headlines, found no element that the selector names");
    Ok(headlines)
}

/// The nearest link: inside the element, or around it.
fn link(element: ElementRef<'_>, base: &Url) -> Option<String> {
    let inside = element.descendants().filter_map(ElementRef::wrap);
    let around = element.ancestors().filter_map(ElementRef::wrap);
    let mut links = inside.chain(around).filter(|element| element.value().name() == "a");
    let link = base.join(links.find_map(|link| link.attr("href"))?).ok()?;
    super::source::is_web(&link).then(|| link.into())
}

/// The feed that a page names, as browsers look for it.
fn feed_of(page: &Html, base: &Url) -> Option<Url> {
    let links = Selector::parse("link[rel~=alternate][href]").ok()?;
    let link = page.select(&links).find(|link| {
        let kind = link.attr("type").unwrap_or_default();
        ["application/rss+xml", "application/atom+xml", "application/feed+json"].contains(&kind)
    })?;
    base.join(link.attr("href")?).ok()
}
