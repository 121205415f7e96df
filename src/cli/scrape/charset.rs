//! A response's bytes → text: the encoding by byte-order mark, header or the document's own word.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Documents name their encoding near their beginning; browsers look no further either.
const PRESCAN_BYTES: usize = 1024;

pub(super) fn text(bytes: &[u8], content_type: &str) -> String {
    let encoding = Encoding::for_bom(bytes)
        .map(|(encoding, _)| encoding)
        .or_else(|| label_after(content_type, "charset="))
        .or_else(|| declared(bytes))
        .unwrap_or(if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 });
    let (text, _, _) = encoding.decode(bytes);
    text.into_owned()
}

/// `<meta charset="…">`, `<meta http-equiv content="…; charset=…">`, `<?xml encoding="…"?>`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..PRESCAN_BYTES).unwrap_or(bytes);
    let start = String::from_utf8_lossy(start);
    let declaration = start.trim_start().strip_prefix("<?xml");
    let declaration = declaration.and_then(|rest| rest.split("?>").next());
    let found = declaration.and_then(|declaration| label_after(declaration, "encoding="));
    let found = found.or_else(|| {
        let lower = start.to_ascii_lowercase();
        lower
            .split("<meta")
            .skip(1)
            .find_map(|rest| label_after(rest.split('>').next().unwrap_or_default(), "charset="))
    });
    // As browsers do: who could be read so far is not in UTF-16, whatever it says.
    found.map(|encoding| if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}

fn label_after(text: &str, name: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let label = &lower[lower.find(name)? + name.len()..];
    let label = label.trim_start_matches([' ', '"', '\'']);
    let end = label.find(['"', '\'', ';', ' ', '>', '?']).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end])
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn mark_then_header_then_declaration_then_guess() {
        for (bytes, content_type, expected) in [
            (&b"\xef\xbb\xbf\xc3\xa9"[..], "text/html; charset=latin1", "é"),
            (b"\xff\xfee\0", "", "e"),
            (b"\xe9", "text/html; charset=ISO-8859-1", "é"),
            (b"\xe9", "text/html;charset=\"windows-1252\"", "é"),
            (b"\xcf\xf0", "text/html; Charset=windows-1251", "Пр"),
            (b"\xc3\xa9", "text/html", "é"),
            (b"\xe9", "text/html", "é"),
            (b"\xe9", "text/html; charset=no-such", "é"),
            (b"<meta charset=windows-1251>\xcf\xf0", "", "<meta charset=windows-1251>Пр"),
            (
                b"<META content='text/html; charset=windows-1251'>\xcf",
                "",
                "<META content='text/html; charset=windows-1251'>П",
            ),
            (
                b"<?xml version='1.0' encoding='koi8-r'?>\xd0",
                "",
                "<?xml version='1.0' encoding='koi8-r'?>п",
            ),
            (b"<meta charset=utf-16>\xc3\xa9", "", "<meta charset=utf-16>é"),
            (b"", "", ""),
        ] {
            assert_eq!(text(bytes, content_type), expected, "{bytes:?}");
        }
    }
}
