//! RSS, Atom and JSON Feed → headlines.

use anyhow::Context;
use feed_rs::model::Link;
use url::Url;

use super::headline::{Headline, plain};
use super::source::{Source, is_web};

/// Whether a document is a feed rather than a page.
pub(super) fn is_feed(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with('{') || {
        // A declaration, comments and processing instructions may come first; the root says what
        // it is.
        let mut rest = start;
        loop {
            let skipped = rest
                .strip_prefix("<!--")
                .and_then(|comment| comment.split_once("-->"))
                .or_else(|| rest.strip_prefix("<?").and_then(|rest| rest.split_once("?>")));
            match skipped {
                Some((_, after)) => rest = after.trim_start(),
                None => break,
            }
        }
        ["<rss", "<feed", "<rdf:RDF"].iter().any(|root| rest.starts_with(root))
    }
}

/// The headlines of a feed, in its order.
pub(super) fn headlines(text: &str, source: &Source) -> anyhow::Result<Vec<Headline>> {
    let parser = feed_rs::parser::Builder::new().base_uri(Some(source.url.as_str())).build();
    // The text has been decoded, so what it says of its encoding is no longer so; and quick-xml
    // panics where it says so late. In capitals it is an instruction that nobody follows.
    let text = text.trim_start().replace("<?xml", "<?XML");
    let feed = parser.parse(text.as_bytes()).context("expected RSS, Atom or JSON Feed")?;
    let own_name = feed.title.map(|title| plain(&title.content)).filter(|name| !name.is_empty());
    let name = source.name.clone().or(own_name).unwrap_or_else(|| source.shown().to_owned());
    let headlines = feed.entries.into_iter().filter_map(|entry| {
        let title = plain(&entry.title?.content);
        (!title.is_empty()).then(|| Headline {
            title,
            source: name.clone(),
            url: link(&entry.links),
            published: entry.published.or(entry.updated),
        })
    });
    Ok(headlines.collect())
}

/// The article on the web; a feed may also name itself, sounds and pictures.
fn link(links: &[Link]) -> Option<String> {
    let addresses = |only_articles: bool| {
        links
            .iter()
            .filter(move |link| {
                let is_article = link.rel.as_deref().is_none_or(|rel| rel == "alternate");
                is_article || !only_articles
            })
            .filter_map(|link| Url::parse(&link.href).ok().filter(is_web))
    };
    addresses(true).chain(addresses(false)).next().map(Url::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_articles_on_the_web() {
        let source = super::super::source::at("https://example.org/feed", None, None).unwrap();
        for (links, expected) in [
            ("<link rel='self' href='/self'/><link href='/1'/>", Some("https://example.org/1")),
            ("<link rel='enclosure' href='http://b.example/1'/>", Some("http://b.example/1")),
            ("<link href='javascript:alert(1)'/>", None),
            ("", None),
        ] {
            let feed = format!(
                "<feed xmlns='http://www.w3.org/2005/Atom'><id>a</id><title>a</title>\
                 <entry><id>b</id><title>b</title>{links}</entry></feed>"
            );
            let found = headlines(&feed, &source).unwrap();
            assert_eq!(found[0].url.as_deref(), expected, "{links}");
        }
    }

    #[test]
    fn declarations_of_an_encoding_are_not_followed() {
        let source = super::super::source::at("https://example.org/feed", None, None).unwrap();
        let declaration = "<?xml version='1.0' encoding='windows-1251'?>";
        let items = "<item><title>Биткоин растёт</title></item>".repeat(100);
        let feed = format!(
            "{declaration}<rss version='2.0'><channel>{items}{declaration}{items}</channel></rss>"
        );
        let found = headlines(&feed, &source).unwrap();
        assert_eq!(found.len(), 200);
        assert!(found.iter().all(|headline| headline.title == "Биткоин растёт"));
    }

    #[test]
    fn tells_feeds_from_pages() {
        for feed in [
            "<rss version='2.0'>",
            "<?xml version='1.0'?>\n<!-- a -->\n<feed xmlns='http://www.w3.org/2005/Atom'>",
            "\u{20}<?xml version='1.0'?><?xml-stylesheet href='a'?><rdf:RDF>",
            "{\"version\": \"https://jsonfeed.org/version/1.1\"}",
        ] {
            assert!(is_feed(feed), "{feed}");
        }
        for page in ["<!doctype html><rss>", "<html>", "", "plain text", "<!-- <rss> -->", "<?"] {
            assert!(!is_feed(page), "{page}");
        }
    }
}
