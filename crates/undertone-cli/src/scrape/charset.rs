//! Decoding of responses: the encoding follows from byte order mark, header or document.
//!
//! By the standards (Encoding, HTML, Appendix F of XML) a mark takes precedence over the header,
//! and the header over the document. A label that the bytes disprove is ignored, with a remark.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use super::feed;

/// The number of bytes at the beginning of a document that show whether it is a feed.
const PRESCAN_BYTES: usize = 1024;
/// The fewest non-ASCII characters that prove a document to be UTF-8; so many are not valid by
/// chance.
const FEWEST_PROOFS: usize = 3;
/// Elements whose content is raw text, in which there are no tags.
const RAW: [&[u8]; 8] =
    [b"iframe", b"noembed", b"noframes", b"script", b"style", b"textarea", b"title", b"xmp"];
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A document as text.
#[derive(Debug, PartialEq)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// A remark on what was odd about the encoding.
    pub(super) remark: Option<String>,
}

pub(super) fn text(bytes: &[u8], content_type: &str) -> Result<Decoded, String> {
    if let Some(text) = utf_32(bytes) {
        return Ok(Decoded { text, remark: None });
    }
    // A byte order mark after white space counts, too.
    let start = bytes.trim_ascii_start();
    let mark = if start.starts_with(UTF_8_MARK) {
        Some(UTF_8)
    } else {
        Encoding::for_bom(bytes).map(|(encoding, _)| encoding)
    };
    if let Some(encoding) = mark.or_else(|| utf_16(bytes)) {
        return Ok(decoded(bytes, encoding, "its byte order mark"));
    }
    let of_header = label_of_header(content_type).filter(|encoding| {
        // Markup that begins in ASCII is in no encoding with wider letters.
        let is_readable = start.starts_with(b"<") || start.starts_with(b"{");
        encoding.is_ascii_compatible() || *encoding == REPLACEMENT || !is_readable
    });
    let declared = declared(bytes);
    let (encoding, whose) = match (of_header, declared) {
        (Some(encoding), _) => (encoding, "its header"),
        (None, Some(encoding)) => (encoding, "it"),
        (None, None) if std::str::from_utf8(bytes).is_ok() => (UTF_8, "it"),
        (None, None) => {
            let mut decoded = decoded(bytes, WINDOWS_1252, "it");
            let remark = "it does not say its encoding, and was read as windows-1252";
            decoded.remark = Some(remark.to_owned());
            return Ok(decoded);
        }
    };
    if encoding == REPLACEMENT {
        return Err("expected an encoding that browsers read, found one that they refuse".into());
    }
    // Text is hardly ever valid UTF-8 by chance, so that the bytes may disprove a label both ways.
    let proofs = proofs_of_utf_8(bytes);
    let others = if encoding == UTF_8 && std::str::from_utf8(bytes).is_err() {
        let other = declared.filter(|other| *other != UTF_8 && *other != REPLACEMENT);
        let is_mostly_utf_8 = proofs.is_some_and(|n| n > 0);
        let guess = (proofs == Some(0)).then_some(WINDOWS_1252);
        other.filter(|_| !is_mostly_utf_8).or(guess)
    } else if encoding.is_single_byte() {
        let is_utf_8 = std::str::from_utf8(bytes).is_ok()
            && proofs.is_some_and(|n| n >= FEWEST_PROOFS || n > 0 && declared == Some(UTF_8));
        is_utf_8.then_some(UTF_8)
    } else {
        None
    };
    if let Some(other) = others
        && let Some(text) = other.decode_without_bom_handling_and_without_replacement(bytes)
    {
        let (wrong, right) = (encoding.name(), other.name());
        let remark = format!("{whose} says {wrong}, which it is not; it was read as {right}");
        return Ok(Decoded { text: text.into_owned(), remark: Some(remark) });
    }
    Ok(decoded(bytes, encoding, whose))
}

fn decoded(bytes: &[u8], encoding: &'static Encoding, whose: &str) -> Decoded {
    let (text, _, is_damaged) = encoding.decode(bytes);
    let name = encoding.name();
    let remark = is_damaged.then(|| format!("{whose} says {name}, and some of its bytes are none"));
    Decoded { text: text.into_owned(), remark }
}

/// The number of non-ASCII characters in valid UTF-8; `None` if too many sequences are not valid.
fn proofs_of_utf_8(bytes: &[u8]) -> Option<usize> {
    let (mut right, mut wrong) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    (right == 0 || right > wrong).then_some(right)
}

/// The text of a document in UTF-32, which XML allows though no browser reads it; recognised by its
/// byte order mark, or by the zeros of its first letter.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let read = match bytes.get(..4)? {
        [0xff, 0xfe, 0, 0] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff] => u32::from_be_bytes,
        [first, 0, 0, 0] if *first != 0 => u32::from_le_bytes,
        [0, 0, 0, last] if *last != 0 => u32::from_be_bytes,
        _ => return None,
    };
    let characters = bytes.chunks(4).map(|four| {
        let number = four.try_into().ok().map(read);
        number.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    Some(characters.collect())
}

/// The byte order of UTF-16 without a byte order mark, by the zeros of its first two letters.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes.get(..4)? {
        [first, 0, second, 0] if *first != 0 && *second != 0 => Some(UTF_16LE),
        [0, first, 0, second] if *first != 0 && *second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding by the parameter `charset` of a content type.
fn label_of_header(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_it = name.trim().eq_ignore_ascii_case("charset");
        let label = value.trim().trim_matches(['"', '\'']);
        Encoding::for_label(label.as_bytes()).filter(|_| is_it)
    })
}

/// The encoding that the document itself declares.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..PRESCAN_BYTES).unwrap_or(bytes);
    let of_xml = declared_as_xml(start);
    // A `meta` inside a feed belongs to a piece of news.
    let is_page = || {
        let start = WINDOWS_1252.decode_without_bom_handling(start).0;
        !start.trim_start().starts_with(['{', '[']) && !feed::is_xml(&start)
    };
    let found = of_xml.or_else(|| is_page().then(|| declared_as_html(bytes))?);
    found.map(|encoding| match encoding {
        // As in browsers: a document whose ASCII could be read is not in UTF-16, whatever it
        // declares.
        _ if !encoding.is_ascii_compatible() && encoding != REPLACEMENT => UTF_8,
        _ if encoding == X_USER_DEFINED => WINDOWS_1252,
        _ => encoding,
    })
}

/// The encoding by the XML declaration, `<?xml version="1.0" encoding="…"?>`.
fn declared_as_xml(start: &[u8]) -> Option<&'static Encoding> {
    let at = find(start, b"<?xml")?;
    let mut scan = Scan { bytes: start, at: at + b"<?xml".len() };
    if !scan.peek()?.is_ascii_whitespace() {
        return None;
    }
    loop {
        let (name, value) = scan.attribute(b'?')?;
        if name == b"encoding" {
            return Encoding::for_label(&value);
        }
    }
}

/// The encoding by a `meta` element: HTML's "prescan a byte stream", continued to the end of the
/// document as by a browser's parser. Comments, scripts and other attributes declare nothing.
fn declared_as_html(bytes: &[u8]) -> Option<&'static Encoding> {
    let mut scan = Scan { bytes, at: 0 };
    // The elements that are never closed, whose ends are not searched for again.
    let mut unclosed: Vec<Vec<u8>> = Vec::new();
    loop {
        scan.at += find(scan.rest(), b"<")?;
        let rest = scan.rest();
        if rest.starts_with(b"<!--") {
            // The dashes of the beginning may also be those of the end: `<!-->`.
            scan.at += 2 + find(&rest[2..], b"-->")? + 3;
            continue;
        }
        let is_end = rest.starts_with(b"</");
        let begin = scan.at + if is_end { 2 } else { 1 };
        if !bytes.get(begin).is_some_and(u8::is_ascii_alphabetic) {
            let is_odd = is_end || rest.starts_with(b"<!") || rest.starts_with(b"<?");
            scan.at += if is_odd { find(rest, b">")? } else { 1 };
            continue;
        }
        scan.at = begin;
        let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        let length = scan.rest().iter().position(ends_name)?;
        let name = scan.rest()[..length].to_ascii_lowercase();
        scan.at += length;
        let (mut is_pragma, mut charset, mut in_content) = (false, None, None);
        while let Some((name, value)) = scan.attribute(b'>') {
            match &name[..] {
                b"http-equiv" => is_pragma |= value.eq_ignore_ascii_case(b"content-type"),
                b"charset" if charset.is_none() => charset = Encoding::for_label(&value),
                b"content" if in_content.is_none() => in_content = label_in_content(&value),
                _ => {}
            }
        }
        let found = charset.or(in_content.filter(|_| is_pragma));
        if name == b"meta" && !is_end && found.is_some() {
            return found;
        }
        if !is_end && RAW.contains(&&name[..]) && !unclosed.contains(&name) {
            let end = [b"</", &name[..]].concat();
            let mut parts = scan.rest().windows(end.len());
            match parts.position(|part| part.eq_ignore_ascii_case(&end)) {
                Some(end) => scan.at += end,
                // Never closed, it hides nothing.
                None => unclosed.push(name),
            }
        }
    }
}

/// HTML's "extracting a character encoding from a meta element", given the value in lower case.
fn label_in_content(content: &[u8]) -> Option<&'static Encoding> {
    let content = content.to_ascii_lowercase();
    let mut rest = &content[..];
    loop {
        rest = &rest[find(rest, b"charset")? + b"charset".len()..];
        let Some(value) = rest.trim_ascii_start().strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        let label = match value.first()? {
            quote @ (b'"' | b'\'') => {
                let value = &value[1..];
                &value[..value.iter().position(|byte| byte == quote)?]
            }
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b';';
                &value[..value.iter().position(ends).unwrap_or(value.len())]
            }
        };
        return Encoding::for_label(label);
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// A scanner of bytes.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// HTML's "get an attribute": the name in lower case and the value; `None` at the end of the
    /// tag, which is `end` or `>`.
    fn attribute(&mut self, end: u8) -> Option<(Vec<u8>, Vec<u8>)> {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b'/') {
            self.at += 1;
        }
        if matches!(self.peek()?, b'>') || self.peek() == Some(end) {
            return None;
        }
        let begin = self.at;
        while self
            .peek()
            .is_some_and(|byte| !(byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/')))
            || self.at == begin
        {
            self.at += 1;
        }
        let name = self.bytes.get(begin..self.at)?.to_ascii_lowercase();
        self.skip_space();
        if self.peek() != Some(b'=') {
            return Some((name, Vec::new()));
        }
        self.at += 1;
        self.skip_space();
        let value = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                let rest = &self.rest()[1..];
                let length = rest.iter().position(|byte| *byte == quote)?;
                self.at += length + 2;
                &rest[..length]
            }
            _ => {
                let rest = self.rest();
                let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'>';
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                self.at += length;
                &rest[..length]
            }
        };
        Some((name, value.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(bytes: &[u8], content_type: &str, expected: &str) {
        let found = text(bytes, content_type).unwrap();
        assert_eq!(found.text, expected, "{:?} {content_type}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn mark_then_header_then_declaration_then_guess() {
        for (bytes, content_type, expected) in [
            (&b"\xef\xbb\xbf\xc3\xa9"[..], "text/html; charset=latin1", "é"),
            (b"\xff\xfee\0", "", "e"),
            (b"\xfe\xff\0e", "text/html; charset=utf-8", "e"),
            (b"\xe9", "text/html; charset=ISO-8859-1", "é"),
            (b"\xe9", "text/html;charset=\"windows-1252\"", "é"),
            (b"\xcf\xf0", "text/html; Charset=windows-1251", "Пр"),
            (b"\xcf\xf0", "text/html; x-charset=utf-8; charset = 'windows-1251'", "Пр"),
            (b"\xc3\xa9", "text/html", "é"),
            (b"\xe9", "text/html", "é"),
            (b"\xe9", "text/html; charset=no-such", "é"),
            (b"<meta charset=windows-1251>\xcf\xf0", "", "<meta charset=windows-1251>Пр"),
            (
                b"<META http-equiv=content-type content='text/html; charset=windows-1251'>\xcf",
                "",
                "<META http-equiv=content-type content='text/html; charset=windows-1251'>П",
            ),
            (
                b"<?xml version='1.0' encoding='koi8-r'?>\xd0",
                "",
                "<?xml version='1.0' encoding='koi8-r'?>п",
            ),
            (b"<meta charset=utf-16>\xc3\xa9", "", "<meta charset=utf-16>é"),
            (b"", "", ""),
        ] {
            reads(bytes, content_type, expected);
        }
    }

    #[test]
    fn letters_of_two_and_four_bytes_need_no_mark() {
        reads(b"<\0r\0", "", "<r");
        reads(b"\0{\0\"", "application/json; charset=utf-8", "{\"");
        reads(b"<\0\0\0r\0\0\0", "", "<r");
        reads(b"\0\0\0<\0\0\0r", "", "<r");
        reads(b"\xff\xfe\0\0r\0\0\0", "", "\u{feff}r");
        reads(b"\0\0\xfe\xff\0\x01\xf6\x80\0\x11\0\0\0", "", "\u{feff}🚀\u{fffd}\u{fffd}");
        // The header is wrong: this is not UTF-16.
        reads("<p>é".as_bytes(), "text/html; charset=utf-16", "<p>é");
    }

    #[test]
    fn only_declarations_declare() {
        for head in [
            "<meta charset = \"windows-1251\">",
            "<META/CHARSET='windows-1251'>",
            "<meta name=a charset=windows-1251 charset=utf-8>",
            "<meta http-equiv='Content-Type' content='text/html; charset = windows-1251'>",
            "<meta content='charset charset=\"windows-1251\"' http-equiv='content-type'>",
            "<!-- <meta charset=utf-8> --><meta charset=windows-1251>",
            "<!--><meta charset=windows-1251>",
            "<meta name=description content='charset=utf-8'><meta charset=windows-1251>",
            "<meta data-charset=utf-8><meta charset=windows-1251>",
            "<p title='<meta charset=utf-8>'><meta charset=windows-1251>",
            "<script>'<meta charset=utf-8>'</script><meta charset=windows-1251>",
            "<title><meta charset=utf-8></TITLE><meta charset=windows-1251>",
            "<!doctype html><?php a ?></ b><3 <meta charset=windows-1251>",
            "<meta charset=nonsense><meta charset=windows-1251>",
            "<?xml version='1.0'?><meta charset=windows-1251>",
            "<?xml version = '1.0' data-encoding='utf-8' encoding = \"windows-1251\" ?>",
            "<b>Warning</b><?xml encoding='windows-1251'?><rss>",
            &format!("<!-- {} --><meta charset=windows-1251>", "x".repeat(2000)),
        ] {
            reads(&[head.as_bytes(), b"\xcf"].concat(), "", &format!("{head}П"));
        }
        // The `meta` of a feed is a piece of news.
        let feed = "<rss><item><title>é</title><description><meta charset=windows-1251>";
        reads(feed.as_bytes(), "", feed);
        for head in
            ["<script><meta charset=utf-8>", "<meta charset='utf-8", "<meta charset", "<!-- <"]
        {
            reads(head.as_bytes(), "", head);
        }
    }

    #[test]
    fn what_is_odd_is_said() {
        let remark = |bytes: &[u8], content_type: &str| {
            let Decoded { text, remark } = text(bytes, content_type).unwrap();
            (text, remark.unwrap_or_default())
        };
        assert_eq!(remark("é".as_bytes(), ""), ("é".to_owned(), String::new()));
        // In part UTF-8; the rest is lost.
        let (text, said) = remark(b"\xc3\xa9 \xc3\xa9 \xe9", "text/html; charset=utf-8");
        assert_eq!(text, "é é \u{fffd}");
        assert!(said.contains("UTF-8"), "{said}");
        // No part is UTF-8.
        let (text, said) = remark(b"caf\xe9", "text/html; charset=utf-8");
        assert_eq!(text, "café");
        assert!(said.contains("read as windows-1252"), "{said}");
        let (text, said) =
            remark(b"<meta charset=windows-1251>\xcf\xf0", "text/html; charset=utf-8");
        assert!(text.ends_with("Пр"), "{text}");
        assert!(said.contains("read as windows-1251"), "{said}");
        // All of it is UTF-8.
        let (text, said) = remark("é à ü".as_bytes(), "text/html; charset=iso-8859-1");
        assert_eq!(text, "é à ü");
        assert!(said.contains("read as UTF-8"), "{said}");
        let (_, said) = remark(b"\xe9", "");
        assert!(said.contains("windows-1252"), "{said}");
        assert!(super::text(b"a", "text/html; charset=iso-2022-kr").is_err());
    }

    /// Each document would take hours if every tag were followed to the end of the document.
    #[test]
    fn the_time_is_in_the_length() {
        for part in ["<!-- ", "<a b='", "<a ", "<", "<script>", "<meta content='charset ", "</"] {
            let document = part.repeat(200_000);
            assert_eq!(text(document.as_bytes(), "").unwrap().text, document);
        }
    }
}
