//! A page and a selector → headlines.

use anyhow::{bail, ensure};
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use scraper::{ElementRef, Html, HtmlTreeSink, Selector};
use url::Url;

use super::headline::{Found, Headline, one_line, split_source};
use super::source::{Source, is_web};
use super::visible;

/// How deep elements may be nested, as in Chromium. To parse an element takes time in proportion to
/// its depth, so that a page of a few megabytes could be made to take hours.
const DEEPEST: usize = 512;

/// How many bytes are parsed before the depth is looked at again.
const PIECE: usize = 4096;

/// The texts of the elements that the source's selector matches, in the order of the page;
/// `address` is where the page was found after redirects.
pub(super) fn headlines(text: &str, source: &Source, address: &Url) -> anyhow::Result<Found> {
    let page = parse(text)?;
    let base = base_of(&page, address);
    let Some(selector) = &source.selector else {
        match feed_of(&page, &base) {
            Some(feed) => bail!("expected a feed, found a page; it names {feed} as its feed"),
            None => bail!("expected a feed, found a page; give the headlines' --selector"),
        }
    };
    let mut found = Found::default();
    for element in page.select(selector) {
        if is_template(element) {
            continue;
        }
        let text = one_line(&visible::text(element));
        let (title, publisher) = split_source(&text, source.separator.as_deref());
        if title.is_empty() {
            found.untitled += 1;
            continue;
        }
        found.headlines.push(Headline {
            title: title.to_owned(),
            source: publisher.unwrap_or_else(|| source.shown()).to_owned(),
            url: link(element, &base),
            published: None,
        });
    }
    let elements = found.items();
    ensure!(elements > 0, "expected headlines, found no element that the selector names");
    ensure!(
        !found.headlines.is_empty(),
        "expected headlines, found {elements} elements that the selector names, all without text"
    );
    Ok(found)
}

/// Parses a page whose elements are not nested too deeply.
fn parse(mut text: &str) -> anyhow::Result<Html> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = parse_document(sink, ParseOpts::default());
    let mut seen = 0;
    while !text.is_empty() {
        let (piece, rest) = text.split_at(text.floor_char_boundary(PIECE));
        parser.process(piece.into());
        text = rest;
        let page = parser.tokenizer.sink.sink.0.borrow();
        let nodes = page.tree.nodes();
        let new = nodes.len() - seen;
        seen = nodes.len();
        ensure!(
            !nodes.rev().take(new).any(|node| node.ancestors().nth(DEEPEST).is_some()),
            "expected elements at most {DEEPEST} deep, found deeper ones"
        );
    }
    Ok(parser.finish())
}

/// Whether an element is inside a `template`: scripts copy it, but it is not shown, and no selector
/// of a browser matches it.
fn is_template(element: ElementRef<'_>) -> bool {
    let mut around = element.ancestors().filter_map(ElementRef::wrap);
    around.any(|element| element.value().name() == "template")
}

/// The base address of the links of a page: that of its first `base` element with an address, which
/// is relative to the address of the page.
fn base_of(page: &Html, address: &Url) -> Url {
    let base = Selector::parse("base[href]").ok();
    let base = base.as_ref().and_then(|base| page.select(base).find(|base| !is_template(*base)));
    let href = base.and_then(|base| base.attr("href"));
    let base = href.and_then(|href| address.join(href.trim()).ok()).filter(is_web);
    base.unwrap_or_else(|| address.clone())
}

/// The nearest link of an element: inside it, the element itself, or around it.
fn link(element: ElementRef<'_>, base: &Url) -> Option<String> {
    let inside = element.descendants().filter_map(ElementRef::wrap);
    let around = element.ancestors().filter_map(ElementRef::wrap);
    let mut links = inside.chain(around).filter(|one| matches!(one.value().name(), "a" | "area"));
    let link = links.find_map(|link| {
        // `#` is no address: a script handles the link.
        let href = link.attr("href").map(str::trim).filter(|href| !matches!(*href, "" | "#"))?;
        base.join(href).ok().filter(is_web)
    });
    link.map(Url::into)
}

/// The address of the feed that a page links to by `rel="alternate"`.
fn feed_of(page: &Html, base: &Url) -> Option<Url> {
    let links = Selector::parse("link[rel~=alternate i][href]").ok()?;
    let mut links = page.select(&links).filter(|link| {
        let kind = link.attr("type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let feeds = [
            "application/rss+xml",
            "application/atom+xml",
            "application/feed+json",
            "application/rdf+xml",
        ];
        feeds.contains(&&kind[..]) && !is_template(*link)
    });
    links.find_map(|link| base.join(link.attr("href")?.trim()).ok().filter(is_web))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Found {
        let source = super::super::source::at("https://example.org/a/b", Some("h3"), None).unwrap();
        headlines(page, &source, &source.url).unwrap()
    }

    #[test]
    fn links_are_relative_to_the_base() {
        for (page, expected) in [
            ("<h3><a href=c>x</a></h3>", Some("https://example.org/a/c")),
            (
                "<base target=_top><base href=/d/><base href=/e/><h3><a href=c>x</a></h3>",
                Some("https://example.org/d/c"),
            ),
            ("<base href='//b.example'><a href=c><h3>x</h3></a>", Some("https://b.example/c")),
            ("<base href='javascript:a'><h3><a href=c>x</a></h3>", Some("https://example.org/a/c")),
            ("<base href='http://['><h3><a href=c>x</a></h3>", Some("https://example.org/a/c")),
            (
                "<template><base href=/d/></template><h3><a href=c>x</a></h3>",
                Some("https://example.org/a/c"),
            ),
            ("<h3><a href=c>x</a></h3><base href=/late/>", Some("https://example.org/late/c")),
            (
                "<h3><a href='#'>x</a><a href='javascript:a'>y</a><a href=' c '>z</a></h3>",
                Some("https://example.org/a/c"),
            ),
            ("<h3><a>x</a></h3>", None),
        ] {
            assert_eq!(found(page).headlines[0].url.as_deref(), expected, "{page}");
        }
    }

    #[test]
    fn what_has_no_text_is_counted_and_templates_are_nothing() {
        let page =
            found("<h3> </h3><h3>a</h3><template><h3>b</h3></template><h3><script>c</script></h3>");
        assert_eq!((page.headlines.len(), page.untitled), (1, 2));
        let source = super::super::source::at("https://example.org", Some("h3"), None).unwrap();
        for page in ["<h3></h3>", "<template><h3>a</h3></template>", ""] {
            assert!(headlines(page, &source, &source.url).is_err(), "{page}");
        }
    }

    #[test]
    fn a_page_names_its_feed() {
        let source = super::super::source::at("https://example.org/a/b", None, None).unwrap();
        for (page, expected) in [
            ("<link rel=alternate type=application/rss+xml href=c>", "https://example.org/a/c"),
            (
                "<base href=/d/><link rel='ALTERNATE' type='Application/Atom+XML; a=b' href=c>",
                "https://example.org/d/c",
            ),
            ("<link rel=stylesheet href=c><p>", "--selector"),
        ] {
            let error = headlines(page, &source, &source.url).unwrap_err().to_string();
            assert!(error.contains(expected), "{page}: {error}");
        }
    }
}
