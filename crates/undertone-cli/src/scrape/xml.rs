//! A tolerant XML tokenizer.
//!
//! The reason for not using an existing parser: feeds have bare `&` and `<`, elements, quotes and
//! sections that are never closed, text before the declaration, and entities of HTML. quick-xml
//! takes `a < b` for a tag and an unclosed quote for the rest of the document, even with all checks
//! off, and xml5ever loses the entities that a document declares. A parser that stops there costs
//! all items, so this one never stops: what is no markup is text, and what is never closed ends
//! where it does least harm. Namespaces, and which tags close which elements, are left to `feed`.
//! Every search for an end that is missing is made once, so that the time is linear in the length
//! of the document.

use std::collections::HashMap;

use super::visible;

/// Names of elements whose tags are never taken for text, whatever follows.
const STRUCTURE: [&str; 8] = ["channel", "entry", "feed", "guid", "item", "link", "rss", "title"];
/// The most bytes that a reference to a declared entity may expand to, and the most references in
/// its expansion. Feeds declare signs and names.
const MOST_EXPANDED: usize = 512;
/// The most levels of entities that refer to entities.
const DEEPEST_EXPANSION: u32 = 8;
/// The distance in bytes up to which the end of the element around an unclosed section is searched.
const FURTHEST_END: usize = 1 << 16;
/// A bound on the length of the names of entities; the longest of HTML is
/// `CounterClockwiseContourIntegral`.
const LONGEST_ENTITY: usize = 32;

#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Open(Tag<'a>),
    /// An end tag, by its name.
    Close(&'a str),
    /// Text, with references undecoded.
    Text(&'a str),
    /// The text of a CDATA section, which has no references.
    Literal(&'a str),
    /// A document type declaration: all between `<!DOCTYPE` and its `>`.
    Doctype(&'a str),
}

#[derive(Debug, PartialEq)]
pub(super) struct Tag<'a> {
    /// The name, with its prefix.
    pub(super) name: &'a str,
    /// The attributes: names with their prefixes, and values with undecoded references.
    pub(super) attributes: Vec<(&'a str, &'a str)>,
    /// Whether the element is empty, as `<a/>`, which no end tag closes.
    pub(super) is_empty: bool,
}

/// An iterator over the tokens of a document. Comments and processing instructions are skipped.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// A cache of searches: for each text the position from which it was searched, and where it was
    /// found next.
    found: HashMap<&'static str, (usize, Option<usize>)>,
    /// The name of the last start tag.
    last: &'a str,
    /// Whether there was a document type declaration; further ones are skipped.
    has_type: bool,
    /// Whether the document ended inside a token.
    pub(super) is_cut: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, found: HashMap::new(), last: "", has_type: false, is_cut: false }
    }

    /// The position at which the next token begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next position of `end` in the rest of the document, from `from` on.
    fn find(&mut self, from: usize, end: &'static str) -> Option<usize> {
        let from = self.at + from;
        let next = match self.found.get(end) {
            Some((asked, next)) if *asked <= from && next.is_none_or(|next| next >= from) => *next,
            _ => {
                let next = self.text.get(from..).and_then(|rest| rest.find(end));
                let next = next.map(|next| from + next);
                self.found.insert(end, (from, next));
                next
            }
        };
        next.map(|next| next - self.at)
    }

    /// Takes `length` bytes from the rest of the document.
    fn take(&mut self, length: usize) -> &'a str {
        let rest = self.rest();
        let length = length.min(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// The position after the next `>`, or the end of the document: where an unclosed `<!--`, `<?`
    /// or the like is taken to end.
    fn first_angle(&mut self, from: usize) -> usize {
        let length = self.rest().len();
        self.find(from, ">").map_or(length, |at| at + 1)
    }

    /// Reads a CDATA section, whose content begins at `from`.
    fn literal(&mut self, from: usize) -> Token<'a> {
        if let Some(end) = self.find(from, "]]>") {
            // If another item with a section begins before that, this section was never closed.
            let is_before = |at: Option<usize>| at.is_some_and(|at| at < end);
            let has_item =
                is_before(self.find(from, "</item")) || is_before(self.find(from, "</entry"));
            if !(has_item && is_before(self.find(from, "<![CDATA["))) {
                let content = &self.rest()[from..end];
                self.at += end + "]]>".len();
                return Token::Literal(content);
            }
        }
        // An unclosed section ends with the element around it, after the markup of a title.
        let rest = self.rest();
        let near = &rest[from..rest.floor_char_boundary(from + FURTHEST_END)];
        let end = near.find(&format!("</{}", self.last)).map(|end| from + end);
        let end = end.or_else(|| self.find(from, "</")).unwrap_or(rest.len());
        self.is_cut |= end == rest.len();
        Token::Literal(&self.take(end)[from..])
    }

    /// Reads `<!DOCTYPE …>`, in which quotes, comments and brackets may contain a `>`.
    fn doctype(&mut self) -> Token<'a> {
        self.has_type = true;
        let rest = self.rest();
        let from = "<!DOCTYPE".len();
        let end = doctype_end(rest, from).unwrap_or_else(|| self.first_angle(from) - 1);
        self.at += (end + 1).min(rest.len());
        Token::Doctype(rest.get(from..end).unwrap_or_default())
    }

    fn open(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let (tag, length) = tag(rest)?;
        self.last = tag.name;
        self.at += length;
        Some(Token::Open(tag))
    }

    /// Reads an end tag; `None` if the document ends in it, so that its name may be incomplete.
    fn close(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let name = name(&rest[2..]);
        let after = 2 + name.len();
        let Some(end) = rest[after..].find(['<', '>']) else {
            self.is_cut = true;
            self.at = self.text.len();
            return None;
        };
        let is_closed = rest[after + end..].starts_with('>');
        self.at += after + end + usize::from(is_closed);
        Some(Token::Close(name))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let second = rest.chars().nth(1);
            match rest.chars().next()? {
                '<' => {}
                _ => {
                    let length = rest.find('<').unwrap_or(rest.len());
                    return Some(Token::Text(self.take(length)));
                }
            }
            if rest.starts_with("<!--") {
                // An unclosed comment hides nothing.
                let length = match self.find("<!--".len(), "-->") {
                    Some(end) => end + "-->".len(),
                    None => self.first_angle(0),
                };
                self.take(length);
            } else if rest.starts_with("<![CDATA[") {
                return Some(self.literal("<![CDATA[".len()));
            } else if !self.has_type && starts_with(rest, "<!DOCTYPE") {
                return Some(self.doctype());
            } else if second == Some('!') {
                let length = self.first_angle(0);
                self.take(length);
            } else if second == Some('?') {
                // `<?xml …>` without its second `?` must not reach to that of another one.
                let end = self.find(2, "?>").filter(|end| !rest[2..*end].contains('<'));
                let length = end.map_or_else(|| self.first_angle(0), |end| end + "?>".len());
                self.take(length);
            } else if second == Some('/') && rest[2..].starts_with(begins_name) {
                return self.close();
            } else if second.is_some_and(begins_name) {
                if let Some(token) = self.open() {
                    return Some(token);
                }
                if !rest[1..].contains(['<', '>']) {
                    // The document ends inside a tag.
                    self.is_cut = true;
                    self.at = self.text.len();
                    return None;
                }
                let length = rest[1..].find('<').map_or(rest.len(), |at| at + 1);
                return Some(Token::Text(self.take(length)));
            } else {
                let length = rest[1..].find('<').map_or(rest.len(), |at| at + 1);
                return Some(Token::Text(self.take(length)));
            }
        }
    }
}

/// Whether `text` begins with `start`, ignoring ASCII case.
fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == ':'
}

/// The name that `text` begins with.
fn name(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '/' | '=' | '"' | '\'');
    &text[..text.find(ends).unwrap_or(text.len())]
}

/// The tag that `text` begins with, and its length; `None` if the `<` is text.
fn tag(text: &str) -> Option<(Tag<'_>, usize)> {
    let name = name(text.get(1..)?);
    let mut tag = Tag { name, attributes: Vec::new(), is_empty: false };
    let local = name.rsplit(':').next().unwrap_or(name);
    let is_structure = STRUCTURE.iter().any(|known| local.eq_ignore_ascii_case(known));
    let mut at = 1 + name.len();
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        match trimmed.chars().next()? {
            '>' => return Some((tag, at + 1)),
            '/' if trimmed.starts_with("/>") => {
                tag.is_empty = true;
                return Some((tag, at + 2));
            }
            // An unclosed tag; what follows is its content.
            '<' => return is_structure.then_some((tag, at)),
            _ => {}
        }
        let attribute = self::name(trimmed);
        if attribute.is_empty() {
            // A stray quote, `=` or `/`.
            at += trimmed.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        at += attribute.len();
        let after = text[at..].trim_start();
        let Some(value) = after.strip_prefix('=') else {
            // In XML every attribute has a value: `if a<b and c>d` is text.
            if !is_structure {
                return None;
            }
            tag.attributes.push((attribute, ""));
            continue;
        };
        let value = value.trim_start();
        at = text.len() - value.len();
        let (value, length) = attribute_value(value);
        at += length;
        tag.attributes.push((attribute, value));
    }
}

/// The attribute value that `text` begins with, and its length with quotes.
fn attribute_value(text: &str) -> (&str, usize) {
    let unquoted = |text: &str| {
        let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '<');
        let end = end.unwrap_or(text.len());
        // `<a href=b/>`
        if text[end..].starts_with('>') && text[..end].ends_with('/') { end - 1 } else { end }
    };
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let end = unquoted(text);
        return (&text[..end], end);
    };
    // A value that reaches into the next tags was never closed, and ends with its own tag. The
    // search ends at the first of the next tags, so that many such values take no longer than one.
    let inside = &text[1..];
    let mut from = 0;
    while let Some(at) = inside[from..].find([quote, '<']) {
        let at = from + at;
        if inside[at..].starts_with(quote) {
            return (&inside[..at], at + 2);
        }
        let is_tag =
            inside[at + 1..].starts_with('/') || STRUCTURE.contains(&self::name(&inside[at + 1..]));
        if is_tag {
            break;
        }
        from = at + 1;
    }
    let end = unquoted(inside);
    (&inside[..end], end + 1)
}

/// The position of the `>` that ends a document type declaration.
fn doctype_end(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    let mut is_inside = false;
    let mut is_declaration = false;
    loop {
        let rest = text.get(at..)?;
        let c = rest.chars().next()?;
        let skipped = match c {
            _ if rest.starts_with("<!--") => rest.find("-->")? + "-->".len(),
            _ if rest.starts_with("<?") => rest.find("?>")? + "?>".len(),
            // Quotes between declarations have no meaning.
            '"' | '\'' if !is_inside || is_declaration => {
                let value = &rest[1..];
                let end = value.find(c)?;
                if !is_inside && value[..end].contains('<') {
                    return None;
                }
                end + 2
            }
            '[' if !is_inside => {
                is_inside = true;
                1
            }
            ']' if is_inside && !is_declaration => {
                is_inside = false;
                1
            }
            '<' if is_inside => {
                is_declaration = true;
                1
            }
            '<' => return None,
            '>' if is_declaration => {
                is_declaration = false;
                1
            }
            '>' if !is_inside => return Some(at),
            c => c.len_utf8(),
        };
        at += skipped;
    }
}

/// Entities: those of XML, those that the document declares, and those of HTML, which feeds use
/// without declaring them.
#[derive(Debug, Default)]
pub(super) struct Entities {
    /// The declared entities by name; `None` for one whose value is too long. Other files are not
    /// read.
    declared: HashMap<String, Option<String>>,
    /// A cache of those entities of HTML that were looked up.
    known: HashMap<String, Option<String>>,
}

impl Entities {
    /// Adds the entities of a document type declaration; the first declaration of a name counts.
    pub(super) fn declare(&mut self, doctype: &str) {
        let mut rest = doctype;
        while let Some(at) = rest.find("<!") {
            rest = &rest[at..];
            if rest.starts_with("<!--") {
                rest = rest.find("-->").map_or("", |end| &rest[end..]);
                continue;
            }
            let declaration = rest.strip_prefix("<!ENTITY").unwrap_or_default();
            rest = &rest[2..];
            let declaration = declaration.trim_start();
            let name = name(declaration);
            let value = declaration[name.len()..].trim_start();
            if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\''))
                && let Some(end) = value[1..].find(quote)
                && !name.is_empty()
            {
                rest = &value[1 + end..];
                let value = (end <= MOST_EXPANDED).then(|| value[1..=end].to_owned());
                self.declared.entry(name.to_owned()).or_insert(value);
            }
        }
    }

    /// Decodes the references in a text; what is no reference stays. `None` if one expands beyond
    /// the bounds.
    pub(super) fn decode(&mut self, text: &str) -> Option<String> {
        let mut decoded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            decoded.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some((c, length)) = character(rest) {
                decoded.push(c);
                rest = &rest[length..];
            } else if let Some(name) = reference(rest) {
                let mut room = Room { end: decoded.len() + MOST_EXPANDED, steps: MOST_EXPANDED };
                if !self.expand(name, &mut decoded, &mut room, 0)? {
                    decoded.push_str(&rest[..name.len() + 2]);
                }
                rest = &rest[name.len() + 2..];
            } else {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
        decoded.push_str(rest);
        Some(decoded)
    }

    /// Appends the expansion of an entity, and returns whether there is such an entity.
    fn expand(
        &mut self,
        name: &str,
        out: &mut String,
        room: &mut Room,
        depth: u32,
    ) -> Option<bool> {
        // Entities with an empty expansion take time, too.
        room.steps = room.steps.checked_sub(1)?;
        if let Some(c) = predefined(name) {
            out.push(c);
        } else if let Some(value) = self.declared.get(name).cloned() {
            let value = value.filter(|_| depth < DEEPEST_EXPANSION)?;
            let mut rest = &value[..];
            while let Some(at) = rest.find('&') {
                out.push_str(&rest[..at]);
                rest = &rest[at..];
                if let Some((c, length)) = character(rest) {
                    out.push(c);
                    rest = &rest[length..];
                    continue;
                }
                let length = match reference(rest) {
                    Some(name) if self.expand(name, out, room, depth + 1)? => name.len() + 2,
                    _ => {
                        out.push('&');
                        1
                    }
                };
                rest = &rest[length..];
            }
            out.push_str(rest);
        } else {
            let of_html =
                self.known.entry(name.to_owned()).or_insert_with(|| visible::entity(name));
            let Some(text) = of_html else { return Some(false) };
            out.push_str(text);
        }
        (out.len() <= room.end).then_some(true)
    }
}

/// The budget of an expansion, from [`MOST_EXPANDED`].
struct Room {
    /// The length in bytes up to which the text may grow.
    end: usize,
    /// The number of references that may still be followed.
    steps: usize,
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// The name of the entity reference that `text` begins with.
fn reference(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('&')?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let end = rest.find(|c: char| !is_part(c)).filter(|end| (1..=LONGEST_ENTITY).contains(end))?;
    rest[end..].starts_with(';').then_some(&rest[..end])
}

/// The character of the numeric reference that `text` begins with, and the length of the reference.
fn character(text: &str) -> Option<(char, usize)> {
    let (number, length) = number(text)?;
    // Some programs write a character as two references, the halves of a surrogate pair.
    if (0xd800..0xdc00).contains(&number)
        && let Some((second, further)) = self::number(&text[length..])
        && (0xdc00..0xe000).contains(&second)
    {
        let number = 0x1_0000 + ((number - 0xd800) << 10) + (second - 0xdc00);
        return Some((char::from_u32(number)?, length + further));
    }
    let c = char::from_u32(number).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((c, length))
}

/// The number of a reference such as `&#8212;` or `&#x2014;`, and the length of the reference.
fn number(text: &str) -> Option<(u32, usize)> {
    let rest = text.strip_prefix("&#")?;
    let (radix, digits) = match rest.strip_prefix(['x', 'X']) {
        Some(digits) => (16, digits),
        None => (10, rest),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).filter(|end| *end > 0)?;
    if !digits[end..].starts_with(';') {
        return None;
    }
    // A number too large for 32 bits stands for no character.
    let number = u32::from_str_radix(&digits[..end], radix).unwrap_or(u32::MAX);
    Some((number, text.len() - digits.len() + end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let shown = |token| match token {
            Token::Open(Tag { name, attributes, is_empty }) => {
                format!("<{name} {attributes:?}{}", if is_empty { "/" } else { "" })
            }
            Token::Close(name) => format!("/{name}"),
            Token::Text(text) => text.to_owned(),
            Token::Literal(text) => format!("[{text}]"),
            Token::Doctype(text) => format!("!{text}"),
        };
        Tokens::new(text).map(shown).collect()
    }

    #[test]
    fn well_formed_documents_give_their_tokens() {
        for (text, expected) in [
            ("<a>b</a>", &["<a []", "b", "/a"][..]),
            ("<a b='c' d = \"e>f\"/>", &[r#"<a [("b", "c"), ("d", "e>f")]/"#]),
            ("<a\n\tb='c'\n></a >", &[r#"<a [("b", "c")]"#, "/a"]),
            ("<!-- <a> -->b<?c <d> ?>", &["b", " ?>"]),
            ("<![CDATA[<a> ]] &b;]]>c", &["[<a> ]] &b;]", "c"]),
            ("<!DOCTYPE a><a/>", &["! a", "<a []/"]),
            (
                "<!doctype a PUBLIC \"-//b>\" 'c' [<!-- ]> ' --><!ENTITY d ']>'>]><a/>",
                &["! a PUBLIC \"-//b>\" 'c' [<!-- ]> ' --><!ENTITY d ']>'>]", "<a []/"],
            ),
            ("<日本 β='γ'/>", &[r#"<日本 [("β", "γ")]/"#]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_costs_as_little_as_it_can() {
        for (text, expected) in [
            // No markup.
            ("a < b", &["a ", "< b"][..]),
            ("<title>if a<b then c</title>", &["<title []", "if a", "<b then c", "/title"]),
            ("<title>a<b and c>d</title>", &["<title []", "a", "<b and c>d", "/title"]),
            ("a <> b </> c", &["a ", "<> b ", "</> c"]),
            // Unclosed.
            ("<item <title>a</title<link>", &["<item []", "<title []", "a", "/title", "<link []"]),
            ("</item<item>", &["/item", "<item []"]),
            (
                "<a b=\"c></item>\n<item d=\"e\">",
                &[r#"<a [("b", "c")]"#, "/item", "\n", r#"<item [("d", "e")]"#],
            ),
            ("<!-- a><item>", &["<item []"]),
            ("<?xml version='1.0'><item/><?b?>", &["<item []/"]),
            ("<!DOCTYPE a [<!ENTITY b \"c\"><item>", &["! a [<!ENTITY b \"c\"", "<item []"]),
            ("<!DOCTYPE it's><item>", &["! it's", "<item []"]),
            ("<title><![CDATA[<b>a</b></title>b", &["<title []", "[<b>a</b>]", "/title", "b"]),
            ("<title><![CDATA[a</title>b", &["<title []", "[a]", "/title", "b"]),
            (
                "<title><![CDATA[a</title></item><title><![CDATA[b]]>",
                &["<title []", "[a]", "/title", "/item", "<title []", "[b]"],
            ),
            // Attributes.
            ("<a b=c d=e/>", &[r#"<a [("b", "c"), ("d", "e")]/"#]),
            ("<item b>", &[r#"<item [("b", "")]"#]),
            ("<a 'b' = \"c\">d", &["<a 'b' = \"c\">d"]),
            ("<a href=\"http://b/?c&d<e\">", &[r#"<a [("href", "http://b/?c&d<e")]"#]),
            // The end.
            ("<a b='", &[]),
            ("<", &["<"]),
            ("</", &["</"]),
            ("<!", &[]),
            ("<![CDATA[", &["[]"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_document_that_ends_in_a_token_is_cut() {
        for (text, is_cut) in [
            ("<a>b", false),
            ("<a>b</a", true),
            ("<a>b<a c='", true),
            ("<a>b<a", true),
            ("<a><![CDATA[b", true),
            ("<a>a < b", false),
        ] {
            let mut tokens = Tokens::new(text);
            while tokens.next().is_some() {}
            assert_eq!(tokens.is_cut, is_cut, "{text}");
        }
    }

    #[test]
    fn references_are_undone_once() {
        let mut entities = Entities::default();
        entities.declare(
            "a [<!-- <!ENTITY b 'no'> --><!ENTITY b \"B&#33;\"> <!ENTITY b 'second'>
              <!ENTITY c '&b; > &amp; &d;'><!ENTITY e SYSTEM 'file:///etc/passwd'>
              <!ENTITY % f 'g'><!ENTITY h \"&h;\">]",
        );
        for (text, expected) in [
            ("a &amp; b &lt; &quot;&apos;&gt;", Some("a & b < \"'>")),
            ("&amp;amp; &amp;lt;", Some("&amp; &lt;")),
            ("R&D & AT&T; ?a=1&b=2 &", Some("R&D & AT&T; ?a=1&b=2 &")),
            ("&#8212;&#x2014;&#X2014; &#; &#x; &#12", Some("——— &#; &#x; &#12")),
            (
                "&#55357;&#56960; &#xd83d;&#xde80; &#55357; &#0; &#9999999999;",
                Some("🚀 🚀 \u{fffd} \u{fffd} \u{fffd}"),
            ),
            ("&mdash; &nbsp; &rsquo; &AMP;", Some("— \u{a0} ’ &")),
            ("&b; &c;", Some("B! B! > & &d;")),
            (
                "&e; &f; &nosuch; &averyveryveryveryveryverylongname;",
                Some("&e; &f; &nosuch; &averyveryveryveryveryverylongname;"),
            ),
            // An entity that refers to itself.
            ("&h;", None),
        ] {
            assert_eq!(entities.decode(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn entities_do_not_grow_without_bound() {
        let mut entities = Entities::default();
        let mut doctype = "<!ENTITY a0 'aaaaaaaaaa'>".to_owned();
        for n in 1..20 {
            doctype += &format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10));
        }
        entities.declare(&doctype);
        assert_eq!(entities.decode("&a1;&a1;").unwrap().len(), 200);
        for n in 2..20 {
            assert_eq!(entities.decode(&format!("&a{n};")), None, "{n}");
        }
    }

    /// Each document would take hours if every `<` were followed to the end of the document.
    #[test]
    fn the_time_is_in_the_length() {
        for part in [
            "<!-- ",
            "<![CDATA[",
            "<?a ",
            "<a b='",
            "<a b=\"<",
            "</",
            "<a ",
            "<",
            "&",
            "<!DOCTYPE a [",
        ] {
            let text = part.repeat(200_000);
            assert!(Tokens::new(&text).count() <= 400_000, "{part}");
        }
    }
}
