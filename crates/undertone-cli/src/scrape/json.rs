//! JSON Feed, tolerant of errors: a feed is read item by item, and only fields that are needed, so
//! that a damaged item costs no other.

use anyhow::bail;
use url::Url;

use super::headline::{Found, Headline, one_line};
use super::source::{Source, is_web};
use super::{date, feed};

/// The depth of nesting that no feed has.
const DEEPEST: u32 = 128;

/// A value of JSON, as far as feeds need it.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    /// A number as it is written.
    Number(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
    /// One of true, false and null.
    Word,
}

impl Value {
    fn get(&self, key: &str) -> Option<&Value> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) | Self::Number(text) => Some(text),
            _ => None,
        }
    }
}

/// The headlines of a JSON Feed, in its order.
pub(super) fn headlines(text: &str, source: &Source, base: &Url) -> anyhow::Result<Found> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let mut found = Found::default();
    let document = reader.document(&mut found.damaged);
    let is_whole = document.is_whole;
    let name = document.own_name.as_deref().map(one_line).filter(|name| !name.is_empty());
    let name = source.name.clone().or(name).unwrap_or_else(|| source.shown().to_owned());
    let Some(items) = document.items else {
        bail!("expected RSS, Atom or JSON Feed, found JSON without a list \"items\"");
    };
    for item in items {
        // By the standard plain text, even if it looks like markup.
        let title = item.text("title").map(one_line).unwrap_or_default();
        if !matches!(item, Value::Object(_)) {
            found.damaged += 1;
        } else if title.is_empty() {
            found.untitled += 1;
        } else {
            // An id "is the full URL" if it can be one; it is never relative.
            let web = |url: Option<Url>| url.filter(is_web);
            let address = |key: &str| item.text(key).map(str::trim).filter(|text| !text.is_empty());
            let url = ["url", "external_url"]
                .iter()
                .find_map(|key| web(base.join(address(key)?).ok()))
                .or_else(|| web(Url::parse(address("id")?).ok()));
            let dates = ["date_published", "date_modified"];
            found.headlines.push(Headline {
                title,
                source: name.clone(),
                url: url.map(Url::into),
                published: dates.iter().find_map(|key| date::read(item.text(key)?)),
            });
        }
    }
    if !is_whole {
        found.remarks.push("it ends early".to_owned());
    }
    // JSON that is no feed may have a list of that name, too.
    if !document.has_version && found.headlines.is_empty() {
        bail!("expected RSS, Atom or JSON Feed, found JSON without a version and titles");
    }
    feed::checked(found)
}

/// The parts of a document that matter.
#[derive(Debug, Default)]
struct Document {
    own_name: Option<String>,
    has_version: bool,
    items: Option<Vec<Value>>,
    is_whole: bool,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// The error of a value that can't be read.
#[derive(Debug)]
struct Damaged;

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips white space, and byte order marks, which JSON does not count as such.
    fn skip_space(&mut self) {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        self.at += rest.len() - trimmed.len();
    }

    fn take(&mut self, c: char) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(c);
        if is_there {
            self.at += c.len_utf8();
        }
        is_there
    }

    /// Reads as much of a document as possible; adds the number of lost items to `damaged`.
    fn document(&mut self, damaged: &mut usize) -> Document {
        let mut document = Document::default();
        if !self.take('{') {
            return document;
        }
        loop {
            if self.take('}') {
                document.is_whole = true;
                return document;
            }
            let Some(key) = self.key() else {
                // The list may come after the part that can't be read.
                let Some(at) = self.rest().find("\"items\"") else { return document };
                self.at += at;
                continue;
            };
            if key == "items" && self.rest().starts_with(['[', '{']) && document.items.is_none() {
                let (items, is_whole) = self.items(damaged);
                document.items = Some(items);
                if !is_whole {
                    return document;
                }
            } else {
                match (&key[..], self.value()) {
                    ("version", _) => document.has_version = true,
                    ("title", Ok(Value::Text(title))) => document.own_name = Some(title),
                    _ => {}
                }
            }
            self.take(',');
        }
    }

    /// Reads the items of a list, or of an object into which a list with gaps was turned. Returns
    /// also whether the list is closed. A damaged item ends where the next begins.
    fn items(&mut self, damaged: &mut usize) -> (Vec<Value>, bool) {
        let mut items = Vec::new();
        let is_object = self.take('{');
        if !is_object {
            self.take('[');
        }
        loop {
            if self.take(if is_object { '}' } else { ']' }) {
                return (items, true);
            }
            if self.take(',') {
                continue;
            }
            let begin = self.at;
            let item = if is_object && self.key().is_none() { Err(Damaged) } else { self.value() };
            self.skip_space();
            let is_followed = self.rest().starts_with([',', ']', '}']);
            match item {
                Ok(item) if is_followed => items.push(item),
                // The document ends after the item.
                Ok(item) if self.rest().is_empty() => {
                    items.push(item);
                    return (items, false);
                }
                _ => {
                    *damaged += 1;
                    self.at = self.at.max(begin);
                    if !self.skip_to_next_item() {
                        return (items, false);
                    }
                }
            }
        }
    }

    /// Skips the rest of a damaged item.
    fn skip_to_next_item(&mut self) -> bool {
        let rest = self.rest();
        let mut from = 0;
        while let Some(at) = rest[from..].find('}') {
            from += at + 1;
            let after = rest[from..].trim_start();
            let is_next =
                after.strip_prefix(',').is_some_and(|next| next.trim_start().starts_with('{'));
            if is_next || after.starts_with(']') {
                self.at += from;
                return true;
            }
        }
        self.at = self.text.len();
        false
    }

    /// Reads the name of a field, up to its value.
    fn key(&mut self) -> Option<String> {
        let key = self.string().ok()?;
        let is_key = self.take(':');
        self.skip_space();
        is_key.then_some(key)
    }

    fn value(&mut self) -> Result<Value, Damaged> {
        self.skip_space();
        if self.depth == DEEPEST {
            return Err(Damaged);
        }
        self.depth += 1;
        let value = match self.rest().chars().next() {
            Some('"') => self.string().map(Value::Text),
            Some('{') => self.object(),
            Some('[') => self.list(),
            Some(c) if c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.') => {
                let rest = self.rest();
                let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                self.at += length;
                let word = &rest[..length];
                Ok(match word.parse::<f64>() {
                    Ok(number) if number.is_finite() => Value::Number(word.to_owned()),
                    _ => Value::Word,
                })
            }
            _ => Err(Damaged),
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Value, Damaged> {
        let mut values = Vec::new();
        self.take('[');
        loop {
            if self.take(']') {
                return Ok(Value::List(values));
            }
            values.push(self.value()?);
            if !self.take(',') && !self.rest().starts_with(']') {
                return Err(Damaged);
            }
        }
    }

    fn object(&mut self) -> Result<Value, Damaged> {
        let mut fields = Vec::new();
        self.take('{');
        loop {
            if self.take('}') {
                return Ok(Value::Object(fields));
            }
            let key = self.key().ok_or(Damaged)?;
            fields.push((key, self.value()?));
            if !self.take(',') && !self.rest().starts_with('}') {
                return Err(Damaged);
            }
        }
    }

    /// Reads a string; unescaped control characters such as line ends, which are frequent, are
    /// allowed.
    fn string(&mut self) -> Result<String, Damaged> {
        if !self.take('"') {
            return Err(Damaged);
        }
        let mut string = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find(['"', '\\']).ok_or(Damaged)?;
            string.push_str(&rest[..end]);
            self.at += end + 1;
            if rest[end..].starts_with('"') {
                return Ok(string);
            }
            let escaped = self.rest().chars().next().ok_or(Damaged)?;
            self.at += escaped.len_utf8();
            string.push(match escaped {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => self.character()?,
                other => other,
            });
        }
    }

    /// Reads the character of `\u`, or of two of them; half of a surrogate pair is no character.
    fn character(&mut self) -> Result<char, Damaged> {
        let first = self.hexadecimal()?;
        let mut number = first;
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            match self.hexadecimal()? {
                second @ 0xdc00..0xe000 => {
                    number = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                }
                _ => self.at = before,
            }
        }
        Ok(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hexadecimal(&mut self) -> Result<u32, Damaged> {
        let digits = self.rest().get(..4).ok_or(Damaged)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Damaged);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<Found, String> {
        let source = super::super::source::at("https://example.org/a/feed", None, None).unwrap();
        headlines(text, &source, &source.url).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn titles(text: &str) -> (Vec<String>, usize, usize) {
        let found = found(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let titles = found.headlines.into_iter().map(|headline| headline.title).collect();
        (titles, found.untitled, found.damaged)
    }

    #[test]
    fn titles_are_plain_text() {
        let text = r#"{"version":"a","items":[{"title":"a <b> &amp; \"c\" \\ \u00e9 \ud83d\ude80 \ud83d \/"}]}"#;
        assert_eq!(titles(text).0, ["a <b> &amp; \"c\" \\ é 🚀 \u{fffd} /"]);
    }

    #[test]
    fn fields_of_the_wrong_type_cost_at_most_their_item() {
        for (item, expected) in [
            (
                r#"{"title": "b", "id": 4, "authors": {}, "tags": "c", "date_published": []}"#,
                (3, 0, 0),
            ),
            (r#"{"title": 1984}"#, (3, 0, 0)),
            (r#"{"title": {"rendered": "b"}}"#, (2, 1, 0)),
            (r#"{"title": null}"#, (2, 1, 0)),
            (r#"{"content_text": "b"}"#, (2, 1, 0)),
            (r#"{"title": "\n "}"#, (2, 1, 0)),
            ("null", (2, 0, 1)),
            (r#""b""#, (2, 0, 1)),
            // Ill-formed documents.
            (r#"{"title": "b" "url": "c"}"#, (2, 0, 1)),
            (r#"{"title": "b "c" d"}"#, (2, 0, 1)),
            (r#"{"title": "b, "url": "c"}"#, (2, 0, 1)),
            (r#"{"title": b}"#, (2, 1, 0)),
            (r#"{"title": "b\u12"}"#, (2, 0, 1)),
            ("{\"title\": \"b\nc\"}", (3, 0, 0)),
            (r#"{"title": "b",}"#, (3, 0, 0)),
            (r#"{"title": "b", "c": 1e999}"#, (3, 0, 0)),
        ] {
            let text = format!(r#"{{"items": [{{"title": "a"}}, {item}, {{"title": "z"}}]}}"#);
            let (titles, untitled, damaged) = titles(&text);
            assert_eq!((titles.len(), untitled, damaged), expected, "{item}: {titles:?}");
            assert_eq!((&titles[0][..], &titles[titles.len() - 1][..]), ("a", "z"), "{item}");
        }
    }

    #[test]
    fn items_are_found_wherever_they_are() {
        for text in [
            r#"{"items": [{"title": "a"}, {"title": "b"}]}"#,
            "\u{feff} {\"items\": [{\"title\": \"a\"}, {\"title\": \"b\"}], }",
            r#"{"author": "c", "x": {"items": []}, "items": [{"title": "a"}, {"title": "b"}]}"#,
            r#"{"items": {"0": {"title": "a"}, "2": {"title": "b"}}}"#,
            r#"{"version": oops"", "items": [{"title": "a"}, {"title": "b"}]}"#,
            r#"{"items": [{"title": "a"}, {"title": "b"}, ]}"#,
        ] {
            assert_eq!(titles(text), (vec!["a".to_owned(), "b".to_owned()], 0, 0), "{text}");
        }
    }

    #[test]
    fn what_ends_early_gives_what_is_whole() {
        let text = r#"{"items": [{"title": "a"}, {"title": "b", "url": "c"}]}"#;
        for end in 0..text.len() {
            let cut = found(&text[..end]);
            let titles = cut.as_ref().map_or(0, |found| found.headlines.len());
            let whole = text[..end].matches('}').count();
            assert_eq!(titles, whole, "{}: {cut:?}", &text[..end]);
            if let Ok(found) = cut {
                assert!(!found.remarks.is_empty());
            }
        }
    }

    #[test]
    fn addresses_are_relative_to_the_feed() {
        for (fields, expected) in [
            (r#""url": "b""#, Some("https://example.org/a/b")),
            (r#""url": " http://b.example/c ", "id": "d""#, Some("http://b.example/c")),
            (r#""url": "", "external_url": "/b""#, Some("https://example.org/b")),
            (r#""url": "javascript:a", "external_url": "/b""#, Some("https://example.org/b")),
            (r#""id": "http://b.example/c""#, Some("http://b.example/c")),
            (r#""id": "b""#, None),
            (r#""id": 4"#, None),
            (r#""url": ["b"]"#, None),
        ] {
            let text = format!(r#"{{"items": [{{"title": "a", {fields}}}]}}"#);
            assert_eq!(found(&text).unwrap().headlines[0].url.as_deref(), expected, "{fields}");
        }
    }

    #[test]
    fn other_json_is_no_feed() {
        for text in [
            "{",
            "{}",
            r#"{"version": 1}"#,
            r#"{"items": 1}"#,
            r#"{"items": []}"#,
            "{\"items\": [[1]]}",
        ] {
            assert!(found(text).is_err(), "{text}");
        }
        assert!(found(r#"{"version": "https://jsonfeed.org/version/1", "items": []}"#).is_ok());
        assert!(found(r#"{"version": "https://jsonfeed.org/version/1", "items": [{}]}"#).is_err());
        assert!(found(&format!("{{\"items\": {}", "[".repeat(100_000))).is_err());
        assert!(found(&"{\"a\":".repeat(100_000)).is_err());
    }
}
