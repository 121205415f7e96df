//! Visible text: HTML → the text that a browser shows.

use scraper::{ElementRef, Html, Node};

/// Elements of which browsers show nothing, or something other than their text.
#[rustfmt::skip]
const HIDDEN: &[&str] = &[
    "annotation", "annotation-xml", "audio", "base", "canvas", "datalist", "defs", "desc",
    "head", "iframe", "link", "meta", "metadata", "meter", "noembed", "noframes", "noscript",
    "param", "progress", "rp", "script", "style", "symbol", "template", "title", "track", "video",
];
/// Elements that are separated from the text before and after them, such as paragraphs.
#[rustfmt::skip]
const APART: &[&str] = &[
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "col",
    "colgroup", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option",
    "p", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
];
/// All other elements of HTML, SVG and MathML, present and past, beside [`HIDDEN`] and [`APART`].
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "a", "abbr", "acronym", "applet", "area", "b", "basefont", "bdi", "bdo", "bgsound", "big",
    "blink", "button", "circle", "cite", "clippath", "code", "data", "del", "dfn", "ellipse",
    "em", "embed", "font", "foreignobject", "g", "i", "image", "img", "input", "ins", "isindex",
    "kbd", "keygen", "label", "line", "lineargradient", "map", "mark", "marquee", "math",
    "menuitem", "merror", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom",
    "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable",
    "mtd", "mtext", "mtr", "munder", "munderover", "nobr", "object", "output", "path",
    "picture", "polygon", "polyline", "q", "rb", "rect", "rt", "rtc", "ruby", "s",
    "samp", "select", "semantics", "slot", "small", "source", "spacer", "span", "stop",
    "strike", "strong", "sub", "sup", "svg", "text", "textarea", "time", "tspan", "tt", "u",
    "use", "var", "wbr",
];
/// Attributes without a value.
#[rustfmt::skip]
const BARE: &[&str] = &[
    "allowfullscreen", "async", "autofocus", "autoplay", "checked", "compact", "controls",
    "defer", "disabled", "hidden", "inert", "ismap", "itemscope", "loop", "multiple", "muted",
    "nofollow", "noshade", "nowrap", "open", "readonly", "selected",
];

/// The visible text of an element, with white space where a browser breaks lines or separates text.
pub(super) fn text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    let Some(mut node) = element.first_child() else { return text };
    // Without recursion: a page may be nested as deeply as it is long.
    loop {
        let mut child = None;
        match node.value() {
            Node::Text(part) => text.push_str(part),
            Node::Element(found) => {
                let shows = Shows::of(found);
                if shows == Shows::Apart {
                    text.push(' ');
                }
                if shows != Shows::Nothing {
                    child = node.first_child();
                }
            }
            _ => {}
        }
        if let Some(child) = child {
            node = child;
            continue;
        }
        // On to the next sibling of the node, or of an element around it.
        loop {
            if node.value().as_element().is_some_and(|found| Shows::of(found) == Shows::Apart) {
                text.push(' ');
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            match node.parent() {
                Some(parent) if parent.id() != element.id() => node = parent,
                _ => return text,
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shows {
    Nothing,
    InLine,
    Apart,
}

impl Shows {
    fn of(element: &scraper::node::Element) -> Self {
        let name = element.name();
        let is_closed = name == "dialog" && element.attr("open").is_none();
        if HIDDEN.contains(&name) || element.attr("hidden").is_some() || is_closed {
            return Self::Nothing;
        }
        let mut shows = if APART.contains(&name) { Self::Apart } else { Self::InLine };
        // Style sheets are not known, but the styles of the element itself are.
        for declaration in element.attr("style").unwrap_or_default().split(';') {
            let Some((property, value)) = declaration.split_once(':') else { continue };
            let value = value.trim().to_ascii_lowercase();
            let value = value.split([' ', '!']).next().unwrap_or_default();
            match (&property.trim().to_ascii_lowercase()[..], value) {
                ("display", "none") | ("visibility", "hidden" | "collapse") => {
                    return Self::Nothing;
                }
                ("display", "inline" | "contents") => shows = Self::InLine,
                (
                    "display",
                    "block" | "flex" | "flow-root" | "grid" | "list-item" | "table" | "table-cell"
                    | "table-row",
                ) => shows = Self::Apart,
                _ => {}
            }
        }
        shows
    }
}

/// The visible text of a piece of HTML. A `<` that opens no known element is text, even where a
/// browser would take it for a tag because a letter follows.
pub(super) fn text_of(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.to_owned();
    }
    text(Html::parse_fragment(&with_tags_only(html)).root_element())
}

/// The text that an entity of HTML stands for.
pub(super) fn entity(name: &str) -> Option<String> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let reference = format!("&{name};");
    let text = text(Html::parse_fragment(&reference).root_element());
    // `&notit;` is `&not;` and three letters.
    (!text.is_empty() && !text.contains(';')).then_some(text)
}

/// Whether HTML has an element; the name is in lower case.
pub(super) fn is_element(name: &str) -> bool {
    [HIDDEN, APART, OTHERS].iter().any(|list| list.contains(&name))
}

/// HTML in which every `<` that opens no tag, comment or section is escaped.
fn with_tags_only(html: &str) -> String {
    let mut safe = String::with_capacity(html.len());
    let mut rest = html;
    // If there are none, they are searched for once.
    let (mut has_comments, mut has_sections) = (true, true);
    while let Some(at) = rest.find('<') {
        safe.push_str(&rest[..at]);
        rest = &rest[at..];
        if has_comments && rest.starts_with("<!--") {
            match rest.get(4..).and_then(|rest| rest.find("-->")) {
                Some(end) => {
                    rest = &rest[4 + end + 3..];
                    continue;
                }
                None => has_comments = false,
            }
        }
        // Some titles are in a section twice.
        if has_sections && let Some(section) = rest.strip_prefix("<![CDATA[") {
            match section.split_once("]]>") {
                Some((content, after)) => {
                    safe.push_str(&content.replace('&', "&amp;").replace('<', "&lt;"));
                    rest = after;
                    continue;
                }
                None => has_sections = false,
            }
        }
        let length = tag_length(rest);
        match length {
            Some(length) => safe.push_str(&rest[..length]),
            None => safe.push_str("&lt;"),
        }
        rest = &rest[length.unwrap_or(1)..];
    }
    safe.push_str(rest);
    safe
}

/// The length of the tag that `text` begins with, if it begins with one.
fn tag_length(text: &str) -> Option<usize> {
    let ends_name = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let is_end = text.starts_with("</");
    let start = if is_end { 2 } else { 1 };
    let name = text.get(start..)?;
    let name = &name[..name.find(ends_name)?];
    if !is_element(&name.to_ascii_lowercase()) {
        return None;
    }
    let mut at = start + name.len();
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        let is_parted = trimmed.len() < rest.len();
        at += rest.len() - trimmed.len();
        let c = trimmed.chars().next()?;
        match c {
            '>' => return Some(at + 1),
            '/' => {
                at += 1;
                continue;
            }
            '"' | '\'' | '<' | '=' => return None,
            _ if !is_parted && at == start + name.len() => return None,
            _ => {}
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '/' | '=');
        let attribute = &trimmed[..trimmed.find(ends)?];
        at += attribute.len();
        let after = text[at..].trim_start();
        let Some(value) = after.strip_prefix('=') else {
            // "if a<b and c>d" is no element with two attributes.
            let attribute = attribute.to_ascii_lowercase();
            if !attribute.contains('-') && !BARE.contains(&&attribute[..]) {
                return None;
            }
            continue;
        };
        let value = value.trim_start();
        at = text.len() - value.len();
        at += match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].find(quote)? + 2,
            _ => value.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>'))?,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrape::headline::one_line;

    #[test]
    fn breaks_and_blocks_part_words_and_inline_elements_do_not() {
        for (html, expected) in [
            ("a<br>b<BR/>c", "a b c"),
            ("<p>a</p><p>b</p>", "a b"),
            ("a<div>b</div>c", "a b c"),
            ("a<hr>b", "a b"),
            ("<ul><li>a<li>b</ul>", "a b"),
            ("<dl><dt>a<dd>b</dl>", "a b"),
            ("<table><tr><td>a<td>b<tr><th>c</table>", "a b c"),
            ("<b>a</b>b<i>c</i><span>d</span>e", "abcde"),
            ("a<wbr>b", "ab"),
            ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢kan"),
            ("<span style='display: block'>a</span>b", "a b"),
            ("<div style='DISPLAY:inline !important'>a</div>b", "ab"),
            ("<h3>a</h3><h4>b</h4>", "a b"),
        ] {
            assert_eq!(one_line(&text_of(html)), expected, "{html}");
        }
    }

    #[test]
    fn what_is_never_shown_is_left_out() {
        for (html, expected) in [
            ("a<script>b('<p>')</script>c", "ac"),
            ("<style>a{}</style>b", "b"),
            ("a<template>b<i>c</i></template>d", "ad"),
            ("a<noscript>b</noscript>", "a"),
            ("a<!-- b -->c", "ac"),
            ("a<iframe>b</iframe><video>c</video>d", "ad"),
            ("<span hidden>a</span>b", "b"),
            ("a<dialog>b</dialog><dialog open>c</dialog>", "a c"),
            ("a<meter>b</meter><progress>c</progress>", "a"),
            ("<i style='color:red;display:none'>a</i>b", "b"),
            ("<i style=\"visibility: hidden\">a</i>b", "b"),
            ("<svg><title>a</title><text>b</text></svg>c", "bc"),
        ] {
            assert_eq!(one_line(&text_of(html)), expected, "{html}");
        }
    }

    #[test]
    fn a_sign_that_opens_nothing_is_text() {
        for (html, expected) in [
            ("a < b", "a < b"),
            ("if a<b then c", "if a<b then c"),
            ("if a<b and c>d", "if a<b and c>d"),
            ("fee<one percent", "fee<one percent"),
            ("fees <5% and >3%", "fees <5% and >3%"),
            ("<Tesla> &lt;b&gt; <3", "<Tesla> <b> <3"),
            ("a<b>c</b>", "ac"),
            ("a <a href=\"/b>c\" target=_blank rel='d'>e</a>", "a e"),
            ("<p\nclass=a>b</p\n>", "b"),
            ("<input disabled data-a>b", "b"),
            ("a</b", "a</b"),
            ("a<!-- b", "a<!-- b"),
            ("<![CDATA[a <b> & c]]> d", "a <b> & c d"),
            ("I <3 R&D &amp; AT&T &mdash;", "I <3 R&D & AT&T —"),
        ] {
            assert_eq!(one_line(&text_of(html)), expected, "{html}");
        }
    }

    #[test]
    fn entities_of_html_have_names() {
        for (name, expected) in [
            ("mdash", Some("—")),
            ("nbsp", Some("\u{a0}")),
            ("nosuch", None),
            ("notit", None),
            ("", None),
        ] {
            assert_eq!(entity(name).as_deref(), expected, "{name}");
        }
    }
}
