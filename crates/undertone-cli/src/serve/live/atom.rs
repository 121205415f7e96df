//! Headlines as an Atom feed (RFC 4287).

use maud::{PreEscaped, html};
use sha2::{Digest, Sha256};

use super::answers::Headline;
use super::query::Filters;
use undertone::files::hex;

/// The media type of a feed.
pub(super) const CONTENT_TYPE: &str = "application/atom+xml; charset=utf-8";

/// The feed of headlines. maud escapes what XML wants escaped, and every element here has an end.
pub(super) fn feed(headlines: &[Headline], filters: &Filters) -> String {
    let query = filters.query(&[]);
    let view = format!("/live{query}");
    // RFC 4287 wants a time; of a feed without entries there is none.
    let updated = headlines.iter().map(|one| &one.first_seen[..]).max();
    let updated = updated.unwrap_or("1970-01-01T00:00:00Z");
    let markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" {
            title { (title(filters)) }
            id { (urn(&view)) }
            updated { (updated) }
            link rel="self" type="application/atom+xml" href={ "/feed.atom" (query) } {}
            link rel="alternate" type="text/html" href=(view) {}
            generator version=(env!("CARGO_PKG_VERSION")) { "undertone" }
            @for headline in headlines {
                entry {
                    title { (xml(&headline.title)) }
                    id { (urn(&headline.title)) }
                    updated { (headline.first_seen) }
                    @if let Some(published) = &headline.published {
                        published { (published) }
                    }
                    author { name { (xml(&headline.source)) } }
                    @if let Some(url) = &headline.url {
                        link rel="alternate" href=(url) {}
                    }
                    category term=(headline.label) {}
                    @for coin in &headline.coins {
                        category scheme="urn:undertone:coin" term=(coin) {}
                    }
                    summary {
                        (format!("{} ({:.0}%)", headline.label, 100.0 * headline.confidence))
                    }
                }
            }
        }
    };
    markup.into_string()
}

/// A text without the two characters beyond U+FFFD that XML 1.0 can't hold; titles have no control
/// characters, the others that it can't.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "")
}

/// What the filters let through, in words.
fn title(filters: &Filters) -> String {
    let parts = [&filters.label, &filters.coin, &filters.source];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    match parts[..] {
        [] => "Headlines".to_owned(),
        _ => format!("Headlines: {}", parts.join(", ")),
    }
}

/// An identifier of a text that is the same in every store: a UUID of version 8 (RFC 9562) of its
/// SHA-256.
fn urn(text: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(text)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("urn:uuid:{a}-{b}-{c}-{d}-{e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_xml_whatever_titles_hold() {
        let headline = Headline {
            id: 7,
            title: "A & B <script> \"x\" ]]> Ü\u{ffff}".to_owned(),
            source: "Ledger & Sons".to_owned(),
            url: Some("https://ledger.example/?a=1&b=2".to_owned()),
            published: None,
            first_seen: "2026-11-29T17:00:00Z".to_owned(),
            at: "2026-11-29T17:00:00Z".to_owned(),
            label: "positive".to_owned(),
            confidence: 0.875,
            probabilities: serde_json::Value::Null,
            coins: vec!["Bitcoin".to_owned()],
        };
        let filters = Filters { coin: Some("Bitcoin".to_owned()), ..Filters::default() };
        let feed = feed(&[headline], &filters);
        for part in [
            "<title>A &amp; B &lt;script&gt; &quot;x&quot; ]]&gt; Ü</title>",
            "href=\"https://ledger.example/?a=1&amp;b=2\"></link>",
            "<summary>positive (88%)</summary>",
            "<link rel=\"self\" type=\"application/atom+xml\" href=\"/feed.atom?coin=Bitcoin\">",
            "<id>urn:uuid:",
        ] {
            assert!(feed.contains(part), "{part} in {feed}");
        }
        assert_eq!(urn("a").len(), "urn:uuid:".len() + 36);
        assert_ne!(urn("a"), urn("b"));
    }
}
