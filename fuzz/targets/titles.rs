//! Titles that are built from what they should show, in every form in which documents hold them:
//! each is read as what was put into it. The slow reader is the builder itself, which knows of no
//! HTML but which parts stand apart and which are never seen.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use undertone_cli::fuzzing::headlines;

/// What texts are made of; each is escaped where it is put into markup.
const PARTS: [&str; 16] = [
    "a", "Bitcoin", " ", "  ", "&", "<", ">", "\"", "R&D", "a<b", "&amp;", "é", "—", "日本", "5%", "<b>",
];
const INLINE: [&str; 6] = ["b", "i", "em", "span", "small", "sub"];
const APART: [&str; 4] = ["div", "p", "section", "ul"];
const HIDDEN: [(&str, &str); 5] = [
    ("<script>", "</script>"),
    ("<style>", "</style>"),
    ("<template>", "</template>"),
    ("<span hidden=\"\">", "</span>"),
    ("<i style=\"display:none\">", "</i>"),
];
/// Deeper trees say no more.
const DEEPEST: usize = 12;

#[derive(Debug, Arbitrary)]
enum Node {
    Text(Vec<u8>),
    Inline(u8, Vec<Node>),
    Apart(u8, Vec<Node>),
    Break,
    Hidden(u8),
}

fn one_of<T: Copy>(list: &[T], which: u8) -> T {
    list[usize::from(which) % list.len()]
}

/// Adds what a part is as HTML, and what is seen of it.
fn write(node: &Node, depth: usize, html: &mut String, seen: &mut String) {
    let inside = |nodes: &[Node], html: &mut String, seen: &mut String| {
        for node in nodes.iter().filter(|_| depth < DEEPEST) {
            write(node, depth + 1, html, seen);
        }
    };
    match node {
        Node::Text(parts) => {
            for part in parts {
                let part = one_of(&PARTS, *part);
                html.push_str(&escaped(part));
                seen.push_str(part);
            }
        }
        Node::Inline(name, nodes) => {
            let name = one_of(&INLINE, *name);
            html.push_str(&format!("<{name}>"));
            inside(nodes, html, seen);
            html.push_str(&format!("</{name}>"));
        }
        Node::Apart(name, nodes) => {
            let name = one_of(&APART, *name);
            html.push_str(&format!("<{name}>"));
            seen.push(' ');
            inside(nodes, html, seen);
            seen.push(' ');
            html.push_str(&format!("</{name}>"));
        }
        Node::Break => {
            html.push_str("<br/>");
            seen.push(' ');
        }
        Node::Hidden(which) => {
            let (begin, end) = one_of(&HIDDEN, *which);
            html.push_str(&format!("{begin}unseen{end}"));
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fuzz_target!(|nodes: Vec<Node>| {
    let (mut html, mut seen) = (String::new(), String::new());
    for node in &nodes {
        write(node, 0, &mut html, &mut seen);
    }
    let seen = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let rss = |title: &str| format!("<rss><channel><item><title>{title}</title></item></channel></rss>");
    let atom = |kind: &str, title: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"{kind}\">{title}</title>\
             </entry></feed>"
        )
    };
    let xhtml = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{html}</div>");
    let json = serde_json::json!({ "version": "a", "items": [{ "title": seen }] }).to_string();
    for (document, content_type, selector) in [
        (rss(&escaped(&html)), "application/rss+xml", None),
        (rss(&format!("<![CDATA[{html}]]>")), "application/rss+xml", None),
        (atom("html", &escaped(&html)), "application/atom+xml", None),
        (atom("xhtml", &xhtml), "application/atom+xml", None),
        (atom("text", &escaped(&seen)), "application/atom+xml", None),
        (json, "application/feed+json", None),
        (format!("<!doctype html><article>{html}</article>"), "text/html; charset=utf-8", Some("article")),
    ] {
        let found = headlines(document.as_bytes(), content_type, selector, None);
        match found {
            Ok(found) => {
                assert_eq!(found.len(), 1, "{document}");
                assert_eq!(found[0].title, seen, "{document}");
            }
            Err(reason) => assert!(seen.is_empty(), "{reason}: {document}"),
        }
    }
});
