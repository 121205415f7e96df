//! The bytes of a file → the texts in it.

use std::borrow::Cow;
use std::io::Read;

use encoding_rs::WINDOWS_1252;
use lzma_rust2::XzReader;

use super::clean::UNDEFINED;

/// The most bytes that an xz file may be decompressed to: 1 GiB.
const MOST_UNPACKED: u64 = 1 << 30;

/// Calls `visit` with each text of the file `path`. The extension gives the format: tables (`.csv`,
/// `.tsv`), lines (`.txt`), JSON or JSON lines, and any of these as `.xz`.
///
/// # Errors
/// The reason why a compressed file can't be decompressed.
pub(super) fn for_each_text(
    path: &str,
    bytes: &[u8],
    visit: &mut impl FnMut(&str),
) -> Result<(), String> {
    let (path, bytes) = match path.strip_suffix(".xz") {
        Some(inner) => (inner, Cow::Owned(unpacked(bytes)?)),
        None => (path, Cow::Borrowed(bytes)),
    };
    let text = decoded(&bytes);
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "csv" | "tsv" => cells(&text, visit),
        "txt" => text.split(is_line_end).for_each(visit),
        _ => strings(&text, visit),
    }
    Ok(())
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    let mut reader = XzReader::new(bytes, true).take(MOST_UNPACKED + 1);
    reader.read_to_end(&mut unpacked).map_err(|error| format!("can't be unpacked: {error}"))?;
    if unpacked.len() as u64 > MOST_UNPACKED {
        return Err(format!("unpacks to more than {MOST_UNPACKED} bytes"));
    }
    Ok(unpacked)
}

/// Bytes as text: UTF-8 without a byte order mark or, if they are not valid UTF-8, windows-1252.
/// Null characters, which some writers leave, are removed.
fn decoded(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        Err(_) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            // Python has no characters for five bytes, and the hashes are of texts that it decoded.
            text.replace(UNDEFINED, "\u{fffd}")
        }
    };
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

/// Whether a character ends a line for Python's `splitlines`.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Calls `visit` with the cells of a table. The delimiter is the one that is most frequent in the
/// first line.
fn cells(text: &str, visit: &mut impl FnMut(&str)) {
    let first = text.split('\n').next().unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|&byte| byte == delimiter).count();
    // The first of several that are equal; `max_by_key` would give the last.
    let delimiter =
        *b",;\t|".iter().rev().max_by_key(|&&delimiter| count(delimiter)).unwrap_or(&b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut row = csv::StringRecord::new();
    // Reading UTF-8 from memory can't fail.
    while reader.read_record(&mut row).is_ok_and(|more| more) {
        row.iter().for_each(&mut *visit);
    }
}

/// Calls `visit` with the strings of JSON, one value or one a line, whatever stands between them:
/// also NaN, which Python writes though JSON lacks it. The names of members are strings, too, and
/// do no harm.
fn strings(text: &str, visit: &mut impl FnMut(&str)) {
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        rest = &rest[start..];
        let Some(length) = literal(rest) else {
            // A string can't go on in the next line: this one is broken, and ends here.
            let Some(end) = rest.find('\n') else { return };
            rest = &rest[end..];
            continue;
        };
        let (string, after) = rest.split_at(length);
        rest = after;
        if string.contains('\\') {
            // Fails only for half of a surrogate pair.
            if let Ok(string) = serde_json::from_str::<String>(string) {
                visit(&string);
            }
        } else {
            visit(&string[1..length - 1]);
        }
    }
}

/// The length of the string literal that `text` begins with, quotes included.
fn literal(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            b'\n' => return None,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(path: &str, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for_each_text(path, bytes, &mut |text| found.push(text.to_owned())).unwrap();
        found
    }

    #[test]
    fn the_ending_says_what_a_file_is() {
        let text = b"a b,\"c, d\"\r\n\"e\nf\",g\"h\n";
        assert_eq!(texts("x.csv", text), ["a b", "c, d", "e\nf", "g\"h"]);
        assert_eq!(texts("x/y.z.txt", b"a, b\r\nc\x0bd"), ["a, b", "", "c", "d"]);
        let json = br#"[{"title": "a \"b\" \u00e9", "n": NaN}, "c"]"#;
        assert_eq!(texts("x.json", json), ["title", "a \"b\" é", "n", "c"]);
        let lines = b"{\"a\": \"b\"}\n{\"broken\": \"c\n{\"d\": \"\\ud800\"}\n\"e\"";
        assert_eq!(texts("x.jsonl", lines), ["a", "b", "broken", "d", "e"]);
        assert_eq!(texts("Makefile", b"none"), [""; 0]);
    }

    #[test]
    fn a_table_is_separated_by_what_is_most_frequent_in_its_first_line() {
        for (table, expected) in [
            ("a;b,c;d\n", &["a", "b,c", "d"][..]),
            ("a\tb\n", &["a", "b"]),
            ("a|b\nc,d", &["a", "b", "c,d"]),
            // Equally many of both: the comma.
            ("a,b;c\n", &["a", "b;c"]),
            ("a b\n", &["a b"]),
        ] {
            assert_eq!(texts("x.csv", table.as_bytes()), expected);
        }
    }

    #[test]
    fn what_is_not_utf_8_is_windows_1252() {
        assert_eq!(texts("x.txt", b"\xef\xbb\xbfna\xc3\xafve\0"), ["naïve"]);
        assert_eq!(texts("x.txt", b"\x93na\xefve\x94 \x81"), ["“naïve” \u{fffd}"]);
    }

    #[test]
    fn what_is_packed_and_broken_has_a_reason() {
        let error = for_each_text("x.csv.xz", b"no xz", &mut |_| {}).unwrap_err();
        assert!(error.starts_with("can't be unpacked: "), "{error}");
    }
}
