//! Text cleaning: a text as a repository has it → the forms in which it may have been labelled.
//!
//! The hashes of the project's labels are of texts that a Python script had cleaned, so this
//! follows Python: `html.unescape`, `str.isspace`, and windows-1252 without what the WHATWG adds to
//! it.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use regex::Regex;

use undertone::text::is_space;

/// The C1 controls that the WHATWG's windows-1252 has bytes for, and Python's doesn't.
pub(super) const UNDEFINED: [char; 5] = ['\u{81}', '\u{8d}', '\u{8f}', '\u{90}', '\u{9d}'];
/// Characters that take no room.
const INVISIBLE: [char; 4] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{feff}'];

/// The patterns of cleaning, compiled once.
#[derive(Debug)]
pub(super) struct Cleaner {
    /// `U . S .`, which tokenisers leave of "U.S."
    country: Regex,
    /// `4 , 419`, which tokenisers leave of "4,419".
    number: Regex,
    /// `down :`, which tokenisers leave of "down:".
    sign: Regex,
    /// `USD 5`, which stands for "$5".
    dollars: Regex,
    /// `J. P.`, which stands for "J.P."
    initials: Regex,
    /// A prefix of the texts in one collection.
    title: Regex,
    /// The name of a newspaper at the end of a text.
    outlet: Regex,
    /// An escape sequence for a byte: `\xe2`.
    escape: Regex,
    /// The ellipsis at the end of a truncated text.
    ellipsis: Regex,
}

impl Cleaner {
    pub(super) fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            country: Regex::new(r"\bU \. ([SKN]) \. ?")?,
            number: Regex::new(r"(\d) ([,.]) (\d)")?,
            sign: Regex::new(r" ([,.;:?!])")?,
            dollars: Regex::new(r"\bUSD (\d)")?,
            initials: Regex::new(r"\b([A-Z])\. ([A-Z])\.")?,
            title: Regex::new(r"^Title: ")?,
            outlet: Regex::new(r"\s+[-|–]\s+[^-|–]+$")?,
            escape: Regex::new(r"\\x[0-9a-f]{2}")?,
            ellipsis: Regex::new(r"\s*\[\.\.\.\]$")?,
        })
    }

    /// Calls `visit` with each form of a text: as it stands, cleaned, and cleaned with one more
    /// repair; forms that change nothing are left out.
    pub(super) fn for_each_form(&self, text: &str, mut visit: impl FnMut(&str)) {
        visit(text);
        let clean = clean(text);
        if clean != text {
            visit(&clean);
        }
        let joined = self.rejoined(&clean);
        if joined != clean {
            visit(&joined);
        }
        let mended = [
            self.dollars.replace_all(&joined, "$$${1}"),
            self.initials.replace_all(&joined, "${1}.${2}."),
            self.title.replace_all(&clean, ""),
            self.outlet.replace_all(&clean, ""),
            self.ellipsis.replace_all(&clean, ""),
        ];
        for form in &mended {
            if let Cow::Owned(form) = form {
                visit(form);
            }
        }
        if let Cow::Owned(form) = self.escape.replace_all(&clean, " ") {
            visit(&squeezed(&form));
        }
    }

    /// A text that was stored as tokens, with the tokens joined again.
    fn rejoined(&self, text: &str) -> String {
        let text = self.country.replace_all(text, "U.${1}. ");
        // Twice: in `1 , 2 , 3` the matches would overlap in the digit between the commas.
        let text = self.number.replace_all(&text, "${1}${2}${3}");
        let text = self.number.replace_all(&text, "${1}${2}${3}");
        squeezed(&self.sign.replace_all(&text, "${1}"))
    }
}

/// The cleaned form of a text: entities decoded (twice, since some were escaped twice), a wrong
/// encoding undone, invisible characters removed, white space collapsed.
fn clean(text: &str) -> String {
    let once = htmlize::unescape(text);
    let text = htmlize::unescape(&*once);
    let text = unmangled(&text).replace(r"\xa0", " ").replace(INVISIBLE, "");
    squeezed(&text)
}

/// A text with its white space collapsed: words with one space between them.
fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed
}

/// A text with mojibake undone: UTF-8 that was decoded as windows-1252 or ISO-8859-1 is decoded
/// right; any other text stays as it is.
fn unmangled(text: &str) -> Cow<'_, str> {
    if !text.contains(['Ã', 'â', 'Â']) {
        return Cow::Borrowed(text);
    }
    let windows = || {
        let (bytes, _, has_others) = WINDOWS_1252.encode(text);
        (!has_others && !text.contains(UNDEFINED)).then(|| bytes.into_owned())
    };
    let latin1 = || text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<u8>>>();
    let read = |bytes: Option<Vec<u8>>| String::from_utf8(bytes?).ok();
    read(windows()).or_else(|| read(latin1())).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<String> {
        let mut forms = Vec::new();
        Cleaner::new().unwrap().for_each_form(text, |form| forms.push(form.to_owned()));
        forms
    }

    #[test]
    fn each_form_of_a_text_is_tried() {
        for (text, expected) in [
            ("Kestrel rises", &["Kestrel rises"][..]),
            ("Profit &amp;amp; loss &ndash; Q3&nbsp;", &["Profit & loss – Q3"]),
            ("AT&ampT &#39;up&#x27; &#151;", &["AT&T 'up' —"]),
            ("Kestrelâ€™s profit", &["Kestrel’s profit"]),
            // ISO-8859-1: windows-1252 has no such byte.
            ("Kestrelâ\u{80}\u{99}s profit", &["Kestrel’s profit"]),
            ("Château sold", &[]),
            ("\u{feff}Zero\u{200b}width\\xa0and \t\u{1f}\u{3000} space", &["Zerowidth and space"]),
            ("U . S . stocks , at 4 , 419 . 5 : down !", &["U.S. stocks, at 4,419.5: down!"]),
            ("1 , 2 , 3 , 4", &["1,2,3,4"]),
            ("Fine of USD 5 million", &["Fine of $5 million"]),
            ("J. P. Halden steps down", &["J.P. Halden steps down"]),
            ("Title: Kestrel rises", &["Kestrel rises"]),
            ("Kestrel - rises – The Ledger", &["Kestrel - rises"]),
            (r"Kestrel\xe2\x80 rises", &["Kestrel rises"]),
            ("Kestrel rises, as [...]", &["Kestrel rises, as"]),
        ] {
            let found = forms(text);
            assert_eq!(found[0], text);
            for form in expected {
                assert!(found.iter().any(|found| found == form), "{form:?} is not in {found:?}");
            }
            assert!(found.len() <= 8, "{found:?}");
        }
        assert_eq!(forms("Château sold"), ["Château sold"]);
        assert_eq!(forms(""), [""]);
    }
}
