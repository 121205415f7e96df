//! RSS of every version, RDF and Atom → headlines.
//!
//! Feeds are read as feed readers do, by the names of elements, whatever is wrong around them:
//! feed-rs, which did this before, refuses a document for one bare `&`, for a version that it does
//! not know or a namespace that is misspelt. Items are found wherever they stand; an item ends at
//! the latest where the next begins, so that a damaged item costs no other.

use std::collections::HashMap;

use anyhow::{bail, ensure};
use chrono::{DateTime, Utc};
use url::Url;

use super::headline::{Found, Headline, one_line, plain};
use super::source::{Source, is_web};
use super::xml::{Entities, Tag, Token, Tokens};
use super::{date, json, visible};

/// The most bytes before a feed, such as the warning of a program; what comes later is part of a
/// page.
const MOST_BEFORE_FEED: usize = 1 << 16;
/// The longest title in bytes; longer HTML could be nested so deeply that reading it takes too
/// long.
const LONGEST_TITLE: usize = 1 << 16;

/// Elements that end an unclosed field before them.
const FIELDS: [&str; 17] = [
    "category",
    "comments",
    "content",
    "description",
    "enclosure",
    "entry",
    "guid",
    "id",
    "issued",
    "item",
    "link",
    "modified",
    "pubdate",
    "published",
    "summary",
    "title",
    "updated",
];
/// Elements whose titles and addresses are not those of the item.
const OTHERS: [&str; 12] = [
    "author",
    "content",
    "contributor",
    "description",
    "image",
    "inreplyto",
    "object",
    "source",
    "summary",
    "textinput",
    "track",
    "via",
];

/// The kind of a feed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// XML; the byte position of its root.
    Xml(usize),
    Json,
}

/// The kind of feed that a document is; `None` if it is a page or something else.
pub(super) fn kind(text: &str, content_type: &str) -> Option<Kind> {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    // Before JSON there may be a guard against its use as a script, or the warnings of a program.
    let is_said_to_be_json = content_type.to_ascii_lowercase().contains("json");
    if start.starts_with('{') || is_said_to_be_json && start.contains('{') {
        return Some(Kind::Json);
    }
    root(text, content_type, true).map(Kind::Xml)
}

/// Whether the beginning of a document is that of a feed in XML.
pub(super) fn is_xml(start: &str) -> bool {
    root(start, "", false).is_some()
}

/// The byte position of the root of a feed. Declarations, comments, byte order marks and unrelated
/// text may come before it.
fn root(text: &str, content_type: &str, is_whole: bool) -> Option<usize> {
    let content_type =
        content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_said_to_be_xml = content_type.ends_with("xml") && !content_type.contains("html");
    let mut is_odd = false;
    let mut tokens = Tokens::new(text);
    loop {
        let at = tokens.at();
        match tokens.next()? {
            // A document of this type is a page, unless the content type says otherwise.
            Token::Doctype(doctype) => {
                let name = doctype.trim().split([' ', '>', '[']).next().unwrap_or_default();
                if name.eq_ignore_ascii_case("html") && !is_said_to_be_xml {
                    return None;
                }
            }
            Token::Open(tag) => match &local(tag.name).to_ascii_lowercase()[..] {
                "rss" | "rdf" | "feed" | "channel" | "entry" if !is_odd => return Some(at),
                // After unrelated text it must have the elements of a feed.
                "rss" | "rdf" | "feed" => {
                    let is_item = |token| match token {
                        Token::Open(tag) => {
                            let name = local(tag.name);
                            name.eq_ignore_ascii_case("item") || name.eq_ignore_ascii_case("entry")
                        }
                        _ => false,
                    };
                    return (!is_whole || tokens.any(is_item)).then_some(at);
                }
                "html" | "head" | "body" => return None,
                _ => is_odd = true,
            },
            Token::Text(text) | Token::Literal(text) => {
                is_odd |= text.contains(|c: char| !is_nothing(c));
            }
            Token::Close(_) => is_odd = true,
        }
        if at > MOST_BEFORE_FEED {
            return None;
        }
    }
}

/// Whether a character is ignored between tokens: white space, byte order marks, null characters.
fn is_nothing(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}'
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The headlines of a feed, in its order; `address` is where it was found after redirects.
pub(super) fn headlines(
    text: &str,
    kind: Kind,
    source: &Source,
    address: &Url,
) -> anyhow::Result<Found> {
    let root = match kind {
        Kind::Json => {
            let start = text.find('{').and_then(|at| text.get(at..)).unwrap_or_default();
            return json::headlines(start, source, address);
        }
        Kind::Xml(root) => root,
    };
    let read = |takes_any_namespace| {
        let mut reader = Reader::new(text, address, takes_any_namespace);
        // Entities are declared before the root.
        for token in Tokens::new(&text[..root]) {
            if let Token::Doctype(doctype) = token {
                reader.entities.declare(doctype);
            }
        }
        reader.read(root);
        (reader.found, reader.own_name)
    };
    let (mut found, mut own_name) = read(false);
    // Items of an unknown vocabulary are better than none.
    if found.items() == 0 {
        (found, own_name) = read(true);
    }
    let name = source.name.clone().or(own_name).unwrap_or_else(|| source.shown().to_owned());
    for headline in &mut found.headlines {
        headline.source.clone_from(&name);
    }
    checked(found)
}

/// What was found in a feed. It is an error if there are items, but no headline.
pub(super) fn checked(found: Found) -> anyhow::Result<Found> {
    let items = found.items();
    ensure!(
        items == 0 || !found.headlines.is_empty(),
        "expected titles, found {items} items: {} without title, {} that can't be read",
        found.untitled,
        found.damaged
    );
    if items == 0
        && let Some(remark) = found.remarks.first()
    {
        bail!("expected items, found none; {remark}");
    }
    Ok(found)
}

/// The vocabulary of a namespace.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Vocabulary {
    /// RSS, in any of its namespaces or without one.
    Plain,
    Atom,
    DublinCore,
    Terms,
    Podcast,
    Media,
    Content,
    Html,
    Rdf,
    /// An unknown vocabulary.
    Unknown,
}

impl Vocabulary {
    fn of(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let uri = uri.strip_prefix("http://").or(uri.strip_prefix("https://")).unwrap_or(&uri);
        let uri = uri.strip_prefix("www.").unwrap_or(uri).trim_end_matches(['/', '#']);
        let begins = |start: &str| uri.starts_with(start);
        match uri {
            "" | "blogs.law.harvard.edu/tech/rss" | "rssboard.org/rss-specification" => Self::Plain,
            _ if begins("purl.org/rss/1.0/modules/content") => Self::Content,
            _ if begins("purl.org/rss/1.0/modules") => Self::Unknown,
            _ if begins("purl.org/rss/1.0") || begins("purl.org/net/rss1") => Self::Plain,
            _ if begins("backend.userland.com/rss") => Self::Plain,
            _ if begins("my.netscape.com/rdf") || begins("channel.netscape.com/rdf") => Self::Plain,
            _ if begins("w3.org/2005/atom") || begins("purl.org/atom/ns") => Self::Atom,
            _ if begins("purl.org/dc/elements") => Self::DublinCore,
            _ if begins("purl.org/dc/terms") => Self::Terms,
            _ if begins("itunes.com/dtds/podcast") => Self::Podcast,
            _ if begins("search.yahoo.com/mrss") => Self::Media,
            "w3.org/1999/xhtml" => Self::Html,
            "w3.org/1999/02/22-rdf-syntax-ns" => Self::Rdf,
            _ => Self::Unknown,
        }
    }

    /// The vocabulary of an undeclared prefix, by its common meaning.
    fn of_prefix(prefix: &str) -> Self {
        match prefix {
            "" | "rss" => Self::Plain,
            "atom" | "atom10" | "a10" => Self::Atom,
            "dc" => Self::DublinCore,
            "dcterms" | "dct" => Self::Terms,
            "itunes" => Self::Podcast,
            "media" => Self::Media,
            "content" => Self::Content,
            "rdf" => Self::Rdf,
            "xhtml" => Self::Html,
            _ => Self::Unknown,
        }
    }
}

/// An element that is open.
#[derive(Debug)]
struct Element<'a> {
    /// The name in lower case, with its prefix.
    name: String,
    /// Whether the element belongs to the vocabulary of the feed.
    is_core: bool,
    /// The prefixes that the element declares.
    prefixes: Vec<&'a str>,
    has_base: bool,
    /// Whether its fields are not those of the item.
    is_other: bool,
}

impl Element<'_> {
    fn local(&self) -> &str {
        local(&self.name)
    }
}

/// The form in which a title is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Text,
    Html,
    /// Elements of XML, in which text is not escaped again.
    Xhtml,
    /// Text in base64 (Atom 0.3).
    Base64,
}

/// The kind of a field that is being read.
#[derive(Debug)]
enum What {
    Title {
        form: Form,
        is_of_feed: bool,
    },
    Link {
        href: Option<String>,
        rank: u8,
    },
    /// A text that may be an absolute address.
    Address {
        rank: u8,
    },
    Date {
        rank: u8,
    },
}

#[derive(Debug)]
struct Field {
    what: What,
    /// The number of elements around it.
    depth: usize,
    /// Whether the field stands directly in the item, and not in another element of it.
    is_own: bool,
    pieces: Vec<Piece>,
    length: usize,
    /// Whether the end of the field was found before that of the item.
    is_closed: bool,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// An unescaped tag.
    Tag(String),
}

#[derive(Debug, Default)]
struct Item {
    /// The number of elements around it.
    depth: usize,
    is_atom: bool,
    title: Option<String>,
    /// A title of another vocabulary, or of an element inside the item; with its rank.
    other_title: Option<(u8, String)>,
    is_damaged: bool,
    /// The best address so far, with its rank; lower ranks are better.
    link: Option<(u8, Url)>,
    published: Option<(u8, DateTime<Utc>)>,
}

/// The cause that closes an element.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cause {
    /// Its own end tag, that of its item, or the next field: the content is complete.
    Whole,
    /// The next item, or the end of an element around the item: the content may be incomplete.
    Broken,
    EndOfDocument,
}

struct Reader<'a> {
    text: &'a str,
    /// Whether elements of an unknown vocabulary, with any prefix, belong to the feed.
    takes_any_namespace: bool,
    entities: Entities,
    open: Vec<Element<'a>>,
    /// The depths of the open elements by their names, innermost last.
    names: HashMap<String, Vec<usize>>,
    /// The vocabularies that each prefix is bound to, innermost last.
    bindings: HashMap<&'a str, Vec<Vocabulary>>,
    /// The prefix and the vocabulary of the root.
    root: Option<(&'a str, Vocabulary)>,
    bases: Vec<Url>,
    item: Option<Item>,
    /// The number of open elements inside the item whose fields are not those of the item.
    others: usize,
    field: Option<Field>,
    /// The positions of the next end of a title, and of the next beginning or end of an item; each
    /// with the position from which it was searched.
    ends: [(usize, Option<usize>); 2],
    own_name: Option<String>,
    found: Found,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, address: &Url, takes_any_namespace: bool) -> Self {
        Self {
            text,
            takes_any_namespace,
            entities: Entities::default(),
            open: Vec::new(),
            names: HashMap::new(),
            bindings: HashMap::new(),
            root: None,
            bases: vec![address.clone()],
            item: None,
            others: 0,
            field: None,
            ends: [(usize::MAX, None); 2],
            own_name: None,
            found: Found::default(),
        }
    }

    fn read(&mut self, root: usize) {
        let mut tokens = Tokens::new(&self.text[root..]);
        while let Some(token) = tokens.next() {
            match token {
                Token::Open(tag) => self.begin(&tag, root + tokens.at()),
                Token::Close(name) => self.end(name),
                Token::Text(text) => self.add(text, true),
                Token::Literal(text) => self.add(text, false),
                Token::Doctype(_) => {}
            }
        }
        if self.item.is_some() {
            self.found.remarks.push("it ends inside of an item, which is left out".to_owned());
        } else if !self.open.is_empty() || tokens.is_cut {
            self.found.remarks.push("it ends early".to_owned());
        }
        self.close_to(0, Cause::EndOfDocument);
    }

    fn begin(&mut self, tag: &Tag<'a>, after: usize) {
        let name = tag.name.to_ascii_lowercase();
        let prefix = tag.name.rsplit_once(':').map_or("", |(prefix, _)| prefix);
        let declared: Vec<(&str, Vocabulary)> =
            tag.attributes.iter().filter_map(declared).collect();
        let own = declared.iter().rev().find(|(of, _)| *of == prefix).map(|(_, bound)| *bound);
        let bound = own.or_else(|| self.bindings.get(prefix)?.last().copied());
        let vocabulary = bound.unwrap_or_else(|| Vocabulary::of_prefix(prefix));
        let prefixes = declared.iter().map(|(prefix, _)| *prefix).collect();
        let mut element =
            Element { name, is_core: false, prefixes, has_base: false, is_other: false };
        let root = *self.root.get_or_insert((prefix, vocabulary));
        element.is_core = match vocabulary {
            Vocabulary::Plain => true,
            // An element with prefix and vocabulary of the root belongs to the feed, whatever the
            // vocabulary is.
            _ if root == (prefix, vocabulary) => true,
            // In an item of RSS, elements of Atom are extensions.
            Vocabulary::Atom => {
                let is_in_entry = self.item.as_ref().is_some_and(|item| item.is_atom);
                let is_entry = element.local() == "entry";
                prefix.is_empty() || root.1 == Vocabulary::Atom || is_entry || is_in_entry
            }
            Vocabulary::Unknown => prefix.is_empty() || self.takes_any_namespace,
            _ => false,
        };
        let is_field = element.is_core && FIELDS.contains(&element.local());
        let is_item = element.is_core && matches!(element.local(), "item" | "entry");
        let around = self.item.as_ref().map(|item| item.depth);
        let field = self.field.as_ref().map(|field| (field.depth, field.is_closed));
        match (around, field) {
            (Some(depth), _) | (None, Some((depth, _))) if is_item => {
                self.close_to(depth, Cause::Broken);
            }
            (_, Some((depth, is_closed)))
                if is_field && (!is_closed || element.local() == "title") =>
            {
                self.close_to(depth, Cause::Whole);
            }
            _ => {}
        }
        for (prefix, vocabulary) in declared {
            self.bindings.entry(prefix).or_default().push(vocabulary);
        }

        if let Some(base) = attribute(tag, "xml:base") {
            let base = self.entities.decode(base).unwrap_or_default();
            if let Ok(base) = self.base().join(base.trim()) {
                self.bases.push(base);
                element.has_base = true;
            }
        }
        let depth = self.open.len();
        if is_item {
            let is_atom = element.local() == "entry";
            self.item = Some(Item { depth, is_atom, ..Item::default() });
            // RSS 1.0 identifies an item by its address.
            if let Some(about) = attribute(tag, "rdf:about") {
                self.offer_absolute(3, about);
            }
        } else if let Some(field) = &mut self.field {
            let local = element.local();
            if matches!(field.what, What::Title { .. }) && visible::is_element(local) {
                field.pieces.push(Piece::Tag(opening(local, tag)));
            }
        } else {
            self.begin_field(&element, vocabulary, tag, after);
        }
        let is_inside = !is_item && self.item.is_some();
        element.is_other = is_inside && element.is_core && OTHERS.contains(&element.local());
        self.others += usize::from(element.is_other);
        self.names.entry(element.name.clone()).or_default().push(depth);
        self.open.push(element);
        if tag.is_empty {
            self.close_to(depth, Cause::Whole);
        }
    }

    /// Begins a field if an element is one.
    fn begin_field(
        &mut self,
        element: &Element<'a>,
        vocabulary: Vocabulary,
        tag: &Tag<'a>,
        after: usize,
    ) {
        let name = element.local();
        let Some(item) = &self.item else {
            let is_of_feed =
                self.open.last().is_some_and(|parent| matches!(parent.local(), "channel" | "feed"));
            if element.is_core && name == "title" && is_of_feed && self.own_name.is_none() {
                let form = form(vocabulary == Vocabulary::Atom && self.is_atom(), tag);
                self.field = Some(self.field(What::Title { form, is_of_feed }, true, after));
            }
            return;
        };
        if self.others > 0 {
            return;
        }
        let is_own = self.open.len() == item.depth + 1;
        // An unclosed element before a field of the item seems to be around it.
        let further = if is_own { 0 } else { 10 };
        let is_atom = item.is_atom;
        let what = match (vocabulary, name) {
            (Vocabulary::DublinCore | Vocabulary::Terms | Vocabulary::Podcast, "title") => {
                What::Title { form: Form::Html, is_of_feed: false }
            }
            (_, "title") if element.is_core => {
                What::Title { form: form(is_atom, tag), is_of_feed: false }
            }
            (Vocabulary::Atom, "title") => What::Title { form: form(true, tag), is_of_feed: false },
            (Vocabulary::DublinCore, "date")
            | (Vocabulary::Terms, "issued" | "created" | "available" | "date") => {
                What::Date { rank: 1 }
            }
            (Vocabulary::Terms, "modified") => What::Date { rank: 2 },
            (Vocabulary::DublinCore | Vocabulary::Terms, "identifier") => What::Address { rank: 5 },
            _ if !element.is_core && vocabulary != Vocabulary::Atom => return,
            (_, "link") => {
                let href = attribute(tag, "href").map(str::to_owned);
                let is_foreign = vocabulary == Vocabulary::Atom && !is_atom;
                let rank = match &href {
                    Some(_) => rank_of_link(tag).max(u8::from(is_foreign)),
                    None => 0,
                };
                What::Link { href, rank: rank + further }
            }
            (_, "guid") if !is_atom => {
                let says =
                    attribute(tag, "ispermalink").unwrap_or("true").trim().to_ascii_lowercase();
                if matches!(&says[..], "false" | "no" | "0") {
                    return;
                }
                What::Address { rank: 2 + further }
            }
            (_, "enclosure") => {
                if let Some(url) = attribute(tag, "url") {
                    self.offer(6 + further, url);
                }
                return;
            }
            (_, "content") => {
                if let Some(url) = attribute(tag, "src") {
                    self.offer(4 + further, url);
                }
                return;
            }
            (_, "pubdate" | "published" | "issued") => What::Date { rank: 0 },
            (_, "created" | "date") => What::Date { rank: 1 },
            (_, "updated" | "modified") => What::Date { rank: 2 },
            _ => return,
        };
        self.field = Some(self.field(what, is_own && element.is_core, after));
    }

    fn field(&mut self, what: What, is_own: bool, after: usize) -> Field {
        let is_closed = matches!(what, What::Title { .. }) && self.is_closed(after);
        let depth = self.open.len();
        Field { what, depth, is_own, pieces: Vec::new(), length: 0, is_closed }
    }

    /// Whether a title that begins before `after` is closed before its item ends or the next
    /// begins.
    fn is_closed(&mut self, after: usize) -> bool {
        let text = self.text.as_bytes();
        let is_title_end = |tag: &[u8]| tag.first() == Some(&b'/') && begins_with(tag, b"title");
        let is_item = |tag: &[u8]| begins_with(tag, b"item") || begins_with(tag, b"entry");
        let mut next = |which: usize, is_it: &dyn Fn(&[u8]) -> bool| {
            let (asked, found) = self.ends[which];
            if asked <= after && found.is_none_or(|found| found >= after) {
                return found;
            }
            let tags = memchr(text, after);
            let found = tags.into_iter().flatten().find(|at| is_it(&text[at + 1..]));
            self.ends[which] = (after, found);
            found
        };
        match (next(0, &is_title_end), next(1, &is_item)) {
            (Some(title), Some(item)) => title < item,
            (title, None) => title.is_some(),
            (None, Some(_)) => false,
        }
    }

    fn end(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        let Some(depth) = self.names.get(&name).and_then(|depths| depths.last()).copied() else {
            return;
        };
        let is_structure =
            matches!(local(&name), "item" | "entry" | "channel" | "rss" | "rdf" | "feed");
        // A stray end tag must not close what is around an item or a field.
        if !is_structure {
            let is_outside = |around: Option<usize>| around.is_some_and(|around| depth < around);
            let around_field = self.field.as_ref().filter(|field| field.is_closed);
            if is_outside(self.item.as_ref().map(|item| item.depth))
                || is_outside(around_field.map(|field| field.depth))
            {
                return;
            }
        }
        let is_broken = self.item.as_ref().is_some_and(|item| depth < item.depth);
        // Inside a title, open elements are its markup.
        if let Some(field) = &mut self.field
            && depth > field.depth
            && matches!(field.what, What::Title { .. })
        {
            for element in self.open[depth..].iter().rev() {
                if visible::is_element(element.local()) {
                    field.pieces.push(Piece::Tag(format!("</{}>", element.local())));
                }
            }
        }
        self.close_to(depth, if is_broken { Cause::Broken } else { Cause::Whole });
    }

    /// Closes all open elements from the innermost to the one at `depth`.
    fn close_to(&mut self, depth: usize, cause: Cause) {
        while self.open.len() > depth
            && let Some(element) = self.open.pop()
        {
            let at = self.open.len();
            if let Some(field) = self.field.take_if(|field| field.depth == at) {
                self.finish_field(field, cause);
            }
            if let Some(item) = self.item.take_if(|item| item.depth == at) {
                self.finish_item(item, cause);
            }
            if let Some(depths) = self.names.get_mut(&element.name) {
                depths.pop();
            }
            self.others -= usize::from(element.is_other);
            // The root stays open: what follows it is in its scope.
            if at > 0 {
                for prefix in &element.prefixes {
                    if let Some(bound) = self.bindings.get_mut(prefix) {
                        bound.pop();
                    }
                }
                if element.has_base {
                    self.bases.pop();
                }
            }
        }
    }

    fn add(&mut self, text: &str, has_references: bool) {
        let Some(field) = &mut self.field else { return };
        field.length += text.len();
        if field.length > LONGEST_TITLE {
            field.pieces.clear();
            return;
        }
        let decoded =
            if has_references { self.entities.decode(text) } else { Some(text.to_owned()) };
        match (decoded, &mut self.item) {
            (Some(text), _) => field.pieces.push(Piece::Text(text)),
            // Its references expand beyond the bounds.
            (None, Some(item)) if field.is_own => item.is_damaged = true,
            (None, _) => {}
        }
    }

    fn finish_field(&mut self, field: Field, cause: Cause) {
        let is_whole = cause == Cause::Whole && field.length <= LONGEST_TITLE;
        let plain_text = || {
            let texts = field.pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(&text[..]),
                Piece::Tag(_) => None,
            });
            texts.collect::<String>()
        };
        match field.what {
            What::Title { form, is_of_feed } => {
                if !is_whole {
                    if let Some(item) = self.item.as_mut().filter(|_| field.is_own) {
                        item.is_damaged |= item.title.is_none();
                    }
                    return;
                }
                let title = title(form, &field.pieces);
                if title.is_empty() {
                    return;
                }
                match &mut self.item {
                    _ if is_of_feed => self.own_name = Some(title),
                    Some(item) if field.is_own => {
                        item.title.get_or_insert(title);
                    }
                    Some(item) if item.other_title.is_none() => item.other_title = Some((0, title)),
                    _ => {}
                }
            }
            What::Link { ref href, rank } => match href {
                Some(href) => self.offer(rank, href),
                None => self.offer_decoded(rank, &plain_text()),
            },
            What::Address { rank } => {
                let text = plain_text();
                if Url::parse(text.trim()).is_ok() {
                    self.offer_decoded(rank, &text);
                }
            }
            What::Date { rank } => {
                let moment = date::read(&plain_text());
                if let (Some(moment), Some(item)) = (moment, &mut self.item)
                    && item.published.is_none_or(|(known, _)| rank < known)
                {
                    item.published = Some((rank, moment));
                }
            }
        }
    }

    fn finish_item(&mut self, item: Item, cause: Cause) {
        if cause == Cause::EndOfDocument || item.is_damaged {
            self.found.damaged += 1;
            return;
        }
        let Some(title) = item.title.or(item.other_title.map(|(_, title)| title)) else {
            self.found.untitled += 1;
            return;
        };
        self.found.headlines.push(Headline {
            title,
            source: String::new(),
            url: item.link.map(|(_, url)| url.into()),
            published: item.published.map(|(_, moment)| moment),
        });
    }

    fn is_atom(&self) -> bool {
        self.open.first().is_some_and(|root| root.local() == "feed")
    }

    fn base(&self) -> &Url {
        // The first is that of the document, and is never removed.
        self.bases.last().unwrap_or(&self.bases[0])
    }

    /// Offers an attribute as the address of the item.
    fn offer(&mut self, rank: u8, address: &str) {
        let decoded = self.entities.decode(address).unwrap_or_default();
        self.offer_decoded(rank, &decoded);
    }

    /// Offers an attribute as the address of the item, if it is an absolute address.
    fn offer_absolute(&mut self, rank: u8, address: &str) {
        let decoded = self.entities.decode(address).unwrap_or_default();
        if Url::parse(decoded.trim()).is_ok() {
            self.offer_decoded(rank, &decoded);
        }
    }

    fn offer_decoded(&mut self, rank: u8, address: &str) {
        let address = address.trim();
        if address.is_empty() {
            return;
        }
        let url = self.base().join(address).ok().filter(is_web);
        if let (Some(url), Some(item)) = (url, &mut self.item)
            && item.link.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            item.link = Some((rank, url));
        }
    }
}

/// The byte positions of `<`, from `from` on.
fn memchr(text: &[u8], from: usize) -> Option<impl Iterator<Item = usize>> {
    let rest = text.get(from..)?;
    Some(rest.iter().enumerate().filter(|(_, byte)| **byte == b'<').map(move |(at, _)| from + at))
}

/// Whether the text after a `<` is a start or end tag with a name, with any prefix.
fn begins_with(tag: &[u8], name: &[u8]) -> bool {
    let tag = tag.strip_prefix(b"/").unwrap_or(tag);
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<');
    // A prefix is shorter than this.
    let head = &tag[..tag.len().min(64)];
    let whole = &head[..head.iter().position(is_end).unwrap_or(head.len())];
    let local = whole.rsplit(|byte| *byte == b':').next().unwrap_or(whole);
    local.eq_ignore_ascii_case(name)
}

/// The prefix that an attribute binds, "" for the default namespace, and the vocabulary that it is
/// bound to.
fn declared<'a>((name, value): &(&'a str, &'a str)) -> Option<(&'a str, Vocabulary)> {
    let prefix = match name.split_once(':') {
        Some((xmlns, prefix)) if xmlns.eq_ignore_ascii_case("xmlns") => prefix,
        None if name.eq_ignore_ascii_case("xmlns") => "",
        _ => return None,
    };
    Some((prefix, Vocabulary::of(value)))
}

/// The value of an attribute, with references undecoded; `name` is in lower case.
fn attribute<'a>(tag: &Tag<'a>, name: &str) -> Option<&'a str> {
    let found = tag.attributes.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map(|(_, value)| *value)
}

/// The rank of a link of Atom as the address of its item; lower is better.
fn rank_of_link(tag: &Tag<'_>) -> u8 {
    let rel = attribute(tag, "rel").unwrap_or_default().trim().to_ascii_lowercase();
    let rel = rel.rsplit('/').next().unwrap_or_default();
    let kind = attribute(tag, "type").unwrap_or_default().trim().to_ascii_lowercase();
    match rel {
        "" | "alternate" if kind.is_empty() || kind.contains("html") => 0,
        "" | "alternate" => 1,
        "related" | "canonical" | "via" => 5,
        "enclosure" => 6,
        _ => 7,
    }
}

/// The form of a title, by its attributes `type` and `mode`; for RSS it is always HTML.
fn form(is_atom: bool, tag: &Tag<'_>) -> Form {
    if !is_atom {
        return Form::Html;
    }
    let lower = |name| attribute(tag, name).unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, mode) = (lower("type"), lower("mode"));
    match kind.split(';').next().unwrap_or_default().trim() {
        _ if mode == "base64" => Form::Base64,
        "xhtml" | "application/xhtml+xml" => Form::Xhtml,
        "html" | "text/html" if mode == "xml" => Form::Xhtml,
        "html" | "text/html" => Form::Html,
        _ => Form::Text,
    }
}

/// A start tag as HTML, with those attributes that decide whether the element is visible.
fn opening(name: &str, tag: &Tag<'_>) -> String {
    let mut html = format!("<{name}");
    for (attribute, value) in &tag.attributes {
        if attribute.eq_ignore_ascii_case("hidden") {
            html.push_str(" hidden");
        } else if attribute.eq_ignore_ascii_case("style") {
            html.push_str(&format!(" style=\"{}\"", value.replace(['"', '<', '>'], " ")));
        }
    }
    html.push('>');
    if tag.is_empty && !matches!(name, "br" | "hr" | "img" | "wbr" | "input") {
        html.push_str(&format!("</{name}>"));
    }
    html
}

/// The visible text of a title.
fn title(form: Form, pieces: &[Piece]) -> String {
    let has_tags = pieces.iter().any(|piece| matches!(piece, Piece::Tag(_)));
    let texts = |escape: bool| {
        let texts = pieces.iter().map(|piece| match piece {
            Piece::Text(text) if escape => text.replace('&', "&amp;").replace('<', "&lt;"),
            Piece::Text(text) | Piece::Tag(text) => text.clone(),
        });
        texts.collect::<String>()
    };
    match form {
        Form::Html => plain(&texts(false)),
        Form::Base64 => one_line(&base64(&texts(false)).unwrap_or_default()),
        Form::Text if !has_tags => one_line(&texts(false)),
        Form::Text | Form::Xhtml => plain(&texts(true)),
    }
}

/// Decodes UTF-8 from base64 (RFC 4648).
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        super::super::source::at("https://example.org/a/feed", None, None).unwrap()
    }

    fn found(text: &str) -> Result<Found, String> {
        let kind = kind(text, "application/xml").ok_or("no feed")?;
        let source = source();
        headlines(text, kind, &source, &source.url).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn titles(text: &str) -> Vec<String> {
        let found = found(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        found.headlines.into_iter().map(|headline| headline.title).collect()
    }

    /// The headline of an RSS feed with this single item.
    #[track_caller]
    fn of_rss(item: &str) -> Headline {
        let feed = format!("<rss version='2.0'><channel><item>{item}</item></channel></rss>");
        let found = found(&feed).unwrap_or_else(|error| panic!("{item}: {error}"));
        assert_eq!(found.headlines.len(), 1, "{item}");
        found.headlines[0].clone()
    }

    #[track_caller]
    fn of_atom(entry: &str) -> Headline {
        let feed =
            format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{entry}</entry></feed>");
        let found = found(&feed).unwrap_or_else(|error| panic!("{entry}: {error}"));
        assert_eq!(found.headlines.len(), 1, "{entry}");
        found.headlines[0].clone()
    }

    #[test]
    fn tells_feeds_from_pages() {
        for feed in [
            "<rss version='2.0'>",
            "<?xml version='1.0'?>\n<!-- a -->\n<feed xmlns='http://www.w3.org/2005/Atom'>",
            "\u{20}<?xml version='1.0'?><?xml-stylesheet href='a'?><rdf:RDF>",
            "{\"version\": \"https://jsonfeed.org/version/1.1\"}",
            "\u{feff}\n\u{feff} {",
            "\n\u{feff}\0<rss>",
            "<RSS>",
            "<a:feed>",
            "<r:RDF>",
            "<entry>",
            "<channel>",
            "<!DOCTYPE rss PUBLIC 'a' 'b'><rss>",
            "<!DOCTYPE rss [<!-- ]> --><!ENTITY a '>'>]><rss>",
            "<br />\nWarning: in <b>feed.php</b>\n<?xml version='1.0'?><rss><item>",
        ] {
            assert!(kind(feed, "").is_some(), "{feed}");
        }
        for page in [
            "<!doctype html><rss>",
            "<html>",
            "",
            "plain text",
            "<!-- <rss> -->",
            "<?",
            "<p>What is <rss> about?</p>",
            "<html><pre><rss><item>",
            "<urlset>",
            "[]",
        ] {
            assert_eq!(kind(page, ""), None, "{page}");
        }
        assert_eq!(kind(")]}'\n{}", "application/feed+json"), Some(Kind::Json));
        assert_eq!(kind("<b>Warning</b> {}", "application/json"), Some(Kind::Json));
        let page = "<!DOCTYPE html><rss><item>";
        for (content_type, is_feed) in [
            ("application/rss+xml", true),
            ("text/xml; charset=utf-8", true),
            ("application/xhtml+xml", false),
            ("text/html", false),
            ("text/plain", false),
        ] {
            assert_eq!(kind(page, content_type).is_some(), is_feed, "{content_type}");
        }
    }

    #[test]
    fn items_are_found_whatever_their_namespace() {
        let item = "<item><title>a</title></item>";
        for feed in [
            format!("<rss><channel>{item}</channel></rss>"),
            format!("<rss version='9' xmlns='urn:x'><channel>{item}</channel></rss>"),
            format!("<rss xmlns='http://www.w3.org/2005/Atom'><channel>{item}</channel></rss>"),
            format!("<rss><channel xmlns='urn:x'>{item}</channel></rss>"),
            format!("<rss xmlns='http://purl.org/dc/elements/1.1/'><channel>{item}</channel></rss>"),
            format!("<rss><channel/>{item}</rss>"),
            format!("<rss></rss>{item}"),
            format!("<channel>{item}</channel>"),
            "<x:rss><x:channel><x:item><x:title>a</x:title></x:item></x:channel></x:rss>".to_owned(),
            "<rss xmlns:x='urn:x'><channel><item><x:title>b</x:title><title>a</title></item>".to_owned()
                + "</channel></rss>",
            "<rss><channel><item><title xmlns='http://search.yahoo.com/mrss/'>b</title>\
             <title>a</title></item></channel></rss>".to_owned(),
            "<RSS><CHANNEL><ITEM><TITLE>a</TITLE></ITEM></CHANNEL></RSS>".to_owned(),
            "<feed xmlns='https://www.w3.org/2005/Atom/'><entry><title>a</title></entry></feed>".to_owned(),
            "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>a</title></entry></feed>".to_owned(),
            "<feed><entry><title>a</title></entry></feed>".to_owned(),
            "<atom:feed><atom:entry><atom:title>a</atom:title></atom:entry></atom:feed>".to_owned(),
            "<q:feed xmlns:q='http://www.w3.org/2005/Atom'><q:entry><q:title>a</q:title></q:entry></q:feed>".to_owned(),
            "<entry xmlns='http://www.w3.org/2005/Atom'><title>a</title></entry>".to_owned(),
            "<feed xmlns='urn:x' xmlns:q='http://www.w3.org/2005/Atom'><q:entry><q:title>a</q:title>\
             <x:title>b</x:title></q:entry></feed>".to_owned(),
            "<rss xmlns:x='urn:x'><x:item><x:title>a</x:title></x:item></rss>".to_owned(),
            "<rss><x:item><media:title>b</media:title><x:title>a</x:title></x:item></rss>".to_owned(),
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' \
             xmlns='http://channel.netscape.com/rdf/simple/0.9/'><item><title>a</title></item></rdf:RDF>".to_owned(),
            "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:s='http://purl.org/rss/1.0/'>\
             <s:item><s:title>a</s:title></s:item></r:RDF>".to_owned(),
        ] {
            assert_eq!(titles(&feed), ["a"], "{feed}");
        }
    }

    #[test]
    fn titles_of_rss_are_html() {
        for (title, expected) in [
            ("<title>a &lt;b&gt;c&lt;/b&gt; &amp;amp; d</title>", "a c & d"),
            ("<title><![CDATA[a <b>c</b> &amp; d]]></title>", "a c & d"),
            ("<title>a<![CDATA[b]]>c</title>", "abc"),
            ("<title>a&lt;br&gt;b</title>", "a b"),
            ("<title>a <b>b</b><br/>c<i/>d</title>", "a b cd"),
            ("<title>a<p>b</p>c<script>d</script></title>", "a b c"),
            ("<title>a <span style=\"display:none\">b</span>c</title>", "a c"),
            ("<title>a<b then c</title>", "a<b then c"),
            ("<title>R&D at AT&T</title>", "R&D at AT&T"),
            ("<title>a &mdash; b &#8217; &hellip;</title>", "a — b ’ …"),
            ("<title>how <link> works</title>", "how works"),
            ("<title></title><title>b</title>", "b"),
            ("<title>a</title><title>b</title>", "a"),
            ("<title>a</title><media:title>b</media:title>", "a"),
            ("<media:content><media:title>b</media:title></media:content><title>a</title>", "a"),
            ("<source><title>b</title></source><title>a</title>", "a"),
            ("<image><title>b</title></image><title>a</title>", "a"),
            ("<dc:title>b</dc:title><title>a</title>", "a"),
            ("<dc:title>a</dc:title>", "a"),
            ("<title/><itunes:title>a</itunes:title>", "a"),
            ("<atom:title>a &lt;b></atom:title>", "a <b>"),
        ] {
            assert_eq!(of_rss(title).title, expected, "{title}");
        }
        assert!(found("<rss><item><media:title>b</media:title></item></rss>").is_err());
    }

    #[test]
    fn titles_of_atom_are_what_they_say() {
        for (title, expected) in [
            ("<title>a &lt;b> &amp;amp;</title>", "a <b> &amp;"),
            ("<title type='text'>a &lt;b></title>", "a <b>"),
            ("<title type='html'>a &lt;b>b&lt;/b> &amp;amp;</title>", "a b &"),
            ("<title type=' HTML '><![CDATA[a<br>b]]></title>", "a b"),
            ("<title type='text/html' mode='escaped'>a &lt;b>b&lt;/b></title>", "a b"),
            ("<title type='text/html' mode='xml'>a <b>b</b> &lt;c></title>", "a b <c>"),
            ("<title mode='base64'>YSBiIMOp</title>", "a b é"),
            (
                "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a <b>b</b><br/>c &lt;d></div></title>",
                "a b c <d>",
            ),
            (
                "<title type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>a<h:p>b</h:p></h:div></title>",
                "a b",
            ),
            ("<title>a <b>b</b></title>", "a b"),
            ("<source><title>b</title></source><title>a</title>", "a"),
            ("<author><title>b</title></author><title>a</title>", "a"),
        ] {
            assert_eq!(of_atom(title).title, expected, "{title}");
        }
    }

    #[test]
    fn one_bad_item_costs_no_other() {
        // The expected headline, and the numbers of other items.
        for (item, expected, untitled, damaged) in [
            ("<item><title>a</title><link>http://b/?c&d</link></item>", "a", 0, 0),
            ("<item><title>a</title><media:content url='b'></item>", "a", 0, 0),
            ("<item><media:content url='b'><title>a</title></item>", "a", 0, 0),
            ("<item><title>a</title><description><b>c<i>d</b></i></description></item>", "a", 0, 0),
            ("<item><title>a</title>", "a", 0, 0),
            ("<item><title>a</item>", "a", 0, 0),
            ("<item><title>a<link>http://b</link></item>", "a", 0, 0),
            ("<item><title>a</titel><link>http://b</link></item>", "a", 0, 0),
            ("<item><title>a</title></b></channle></item>", "a", 0, 0),
            ("<item><title>a</title><x y=\"z></item>", "a", 0, 0),
            ("<item><title><![CDATA[a</title></item>", "a", 0, 0),
            ("<item><title>a</title><!-- b</item>", "a", 0, 0),
            ("</rss><item><title>a</title></item>", "a", 0, 0),
            ("<item/>", "", 1, 0),
            ("<item><title> </title></item>", "", 1, 0),
            ("<item><title>a", "", 0, 1),
            ("<item><title>&grow;</title></item>", "", 0, 1),
        ] {
            let feed = format!(
                "<!DOCTYPE rss [<!ENTITY grow '&grow;'>]><rss><channel>\
                 <item><title>y</title><link>http://y</link></item>{item}\
                 <item><title>z</title><link>http://z</link></item></channel></rss>"
            );
            let found = found(&feed).unwrap();
            let mut titles: Vec<&str> =
                found.headlines.iter().map(|headline| &headline.title[..]).collect();
            assert_eq!((found.untitled, found.damaged), (untitled, damaged), "{item}");
            assert_eq!((titles.remove(0), titles.pop()), ("y", Some("z")), "{item}");
            assert_eq!(titles.concat(), expected, "{item}");
        }
    }

    #[test]
    fn what_ends_early_gives_what_is_whole() {
        let text = "<rss><channel><item><title>ab</title><link>http://c</link></item>\
                    <item><title>de</title><link>http://f</link></item></channel></rss>";
        for end in 0..text.len() {
            let cut = &text[..end];
            let whole = cut.matches("</item>").count();
            match found(cut) {
                Ok(found) => {
                    assert_eq!(found.headlines.len(), whole, "{cut}");
                    assert_eq!(found.remarks.len(), 1, "{cut}");
                }
                Err(_) => assert_eq!(whole, 0, "{cut}"),
            }
        }
        assert!(found(text).unwrap().remarks.is_empty());
        // There was nothing to lose.
        assert_eq!(
            found("<rss version='2.0'><channel><title>a</title></channel></rss>").unwrap().items(),
            0
        );
    }

    #[test]
    fn addresses_are_found_where_their_format_lets_them_stand() {
        for (links, expected) in [
            ("<link>http://b/c</link>", Some("http://b/c")),
            ("<link> \n c </link>", Some("https://example.org/a/c")),
            ("<link><![CDATA[http://b/?c&d]]></link>", Some("http://b/?c&d")),
            ("<link>http://b/?c&amp;d&e</link>", Some("http://b/?c&d&e")),
            ("<link/><guid>http://b/c</guid>", Some("http://b/c")),
            ("<guid>http://b/g</guid><link>http://b/c</link>", Some("http://b/c")),
            ("<guid isPermaLink='true'>http://b/c</guid>", Some("http://b/c")),
            ("<guid ispermalink=' FALSE '>http://b/c</guid>", None),
            ("<guid>c</guid>", None),
            ("<guid>tag:b,2026:c</guid>", None),
            ("<atom:link href='http://b/c'/>", Some("http://b/c")),
            (
                "<atom:link rel='self' href='http://b/s'/><guid>http://b/c</guid>",
                Some("http://b/c"),
            ),
            ("<atom:link href='http://b/s'/><link>http://b/c</link>", Some("http://b/c")),
            ("<link href='http://b/c'/>", Some("http://b/c")),
            ("<enclosure url='http://b/c.mp3'/>", Some("http://b/c.mp3")),
            ("<enclosure url='http://b/c.mp3'/><guid>http://b/c</guid>", Some("http://b/c")),
            ("<source url='http://b/s'>s</source>", None),
            ("<dc:identifier>http://b/c</dc:identifier>", Some("http://b/c")),
            ("<dc:identifier>c</dc:identifier>", None),
            ("<image><link>http://b/s</link></image>", None),
            ("<link>javascript:alert(1)</link>", None),
            ("<link xml:base='http://b/d/'>c</link>", Some("http://b/d/c")),
            (
                "<media:group><link>http://b/s</link></media:group><link>http://b/c</link>",
                Some("http://b/c"),
            ),
            ("", None),
        ] {
            let url = of_rss(&format!("<title>a</title>{links}")).url;
            assert_eq!(url.as_deref(), expected, "{links}");
        }
        for (links, expected) in [
            ("<link rel='self' href='/self'/><link href='/1'/>", Some("https://example.org/1")),
            ("<link rel='enclosure' href='http://b.example/1'/>", Some("http://b.example/1")),
            ("<link href='javascript:alert(1)'/>", None),
            (
                "<link rel='http://www.iana.org/assignments/relation/alternate' href='c'/>",
                Some("https://example.org/a/c"),
            ),
            (
                "<link type='application/json' href='j'/><link type='text/html' href='c'/>",
                Some("https://example.org/a/c"),
            ),
            (
                "<link rel='replies' href='r'/><link rel='ALTERNATE' href='c'/>",
                Some("https://example.org/a/c"),
            ),
            ("<content src='c'/>", Some("https://example.org/a/c")),
            ("<source><link href='s'/></source>", None),
            ("<id>http://b/c</id>", None),
            ("", None),
        ] {
            assert_eq!(
                of_atom(&format!("<title>a</title>{links}")).url.as_deref(),
                expected,
                "{links}"
            );
        }
        let feed = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://b/c/'><entry xml:base='d/'>\
                    <title>a</title><link href='e'/></entry><entry><title>a</title><link href='f'/></entry></feed>";
        let urls: Vec<_> =
            found(feed).unwrap().headlines.into_iter().filter_map(|one| one.url).collect();
        assert_eq!(urls, ["http://b/c/d/e", "http://b/c/f"]);
        let feed = "<rdf:RDF><item rdf:about='http://b/c'><title>a</title></item></rdf:RDF>";
        assert_eq!(found(feed).unwrap().headlines[0].url.as_deref(), Some("http://b/c"));
    }

    #[test]
    fn dates_are_found_by_every_name() {
        for dates in [
            "<pubDate>Wed, 04 Mar 2026 18:30:00 GMT</pubDate>",
            "<pubdate><![CDATA[2026-03-04T18:30:00]]></pubdate>",
            "<dc:date>2026-03-04T18:30:00Z</dc:date>",
            "<dcterms:created>2026-03-04T18:30:00Z</dcterms:created>",
            "<atom:published>2026-03-04T18:30:00Z</atom:published>",
            "<atom:updated>2026-03-04T18:30:00Z</atom:updated>",
            "<pubDate>yesterday</pubDate><dc:date>2026-03-04T18:30:00Z</dc:date>",
            "<updated>2026-03-05</updated><pubDate>2026-03-04T18:30:00Z</pubDate><dc:date>2026-03-06</dc:date>",
        ] {
            let published = of_rss(&format!("<title>a</title>{dates}")).published;
            assert_eq!(published.map(|date| date.timestamp()), Some(1_772_649_000), "{dates}");
        }
        let atom = of_atom(
            "<title>a</title><updated>2026-03-05</updated><published>2026-03-04</published>",
        );
        assert_eq!(atom.published.map(|date| date.timestamp()), Some(1_772_582_400));
        assert_eq!(of_rss("<title>a</title><pubDate>04/03/2026</pubDate>").published, None);
    }

    #[test]
    fn a_feed_names_itself() {
        for (feed, expected) in [
            ("<rss><channel><image><title>b</title></image><title>a &lt;i>c&lt;/i></title>", "a c"),
            ("<feed xmlns='http://www.w3.org/2005/Atom'><title>a &lt;i></title>", "a <i>"),
            ("<rdf:RDF><channel><title>a</title></channel>", "a"),
            ("<rss><channel><title></title>", "example.org"),
        ] {
            let feed = format!("{feed}<item><title>b</title></item>");
            assert_eq!(found(&feed).unwrap().headlines[0].source, expected, "{feed}");
        }
    }

    #[test]
    fn declarations_of_an_encoding_are_not_followed() {
        let declaration = "<?xml version='1.0' encoding='windows-1251'?>";
        let items = "<item><title>Биткоин растёт</title></item>".repeat(100);
        let feed = format!(
            "{declaration}<rss version='2.0'><channel>{items}{declaration}{items}</channel></rss>"
        );
        let found = titles(&feed);
        assert_eq!(found.len(), 200);
        assert!(found.iter().all(|title| title == "Биткоин растёт"));
    }

    /// Each document would take hours if every element were compared with all others.
    #[test]
    fn the_time_is_in_the_length() {
        for part in [
            "<item>",
            "<a>",
            "<item><b>",
            "<source>",
            "</a>",
            "<title>",
            "<a xmlns='b' xml:base='c'>",
            "<item><title>a",
            "<item><title><b>",
        ] {
            let all = part.repeat(50_000);
            let _ = found(&format!("<rss><i><item><title>a</title></item>{all}"));
            let _ = found(&format!("<rss><i><item><title>a</title>{all}{}", "</i>".repeat(50_000)));
        }
    }
}
