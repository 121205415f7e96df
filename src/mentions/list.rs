//! A list of names as people write it: lines of a name and its other forms.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// Why a text is no list of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong in it.
    pub reason: NamesErrorReason,
}

/// What is wrong in a line of a list of names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamesErrorReason {
    /// A line that begins without a name, or a form that has neither letter nor digit.
    NoWord,
    /// A form longer than any name is.
    TooLong {
        /// The most words that are taken.
        words: usize,
        /// The most bytes that are taken.
        bytes: usize,
    },
    /// A form that an earlier line gives to another name.
    Taken {
        /// The form as it stands in the line.
        form: String,
        /// The name that has it.
        by: String,
    },
}

impl fmt::Display for NamesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.reason {
            NamesErrorReason::NoWord => f.write_str(
                "expected a name, and after commas its other forms, found an empty one; write \
                 `Name, alias, TICKER`",
            ),
            NamesErrorReason::TooLong { words, bytes } => write!(
                f,
                "expected names of at most {words} words and {bytes} bytes, found a longer one; \
                 shorten it"
            ),
            NamesErrorReason::Taken { form, by } => write!(
                f,
                "expected each form of a name once, found \"{form}\", which is {by}'s already; take \
                 it out of one of the two"
            ),
        }
    }
}

impl core::error::Error for NamesError {}

/// The fields of a line, which commas, semicolons or tabs part; one in double quotes may hold them,
/// and a doubled quote is one.
pub(super) fn fields(line: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = Some(line);
    core::iter::from_fn(move || {
        let line = rest?;
        let mut quoted = false;
        let end = line.bytes().position(|byte| {
            quoted ^= byte == b'"';
            !quoted && matches!(byte, b',' | b';' | b'\t')
        });
        rest = end.and_then(|end| line.get(end + 1..));
        let field = line.get(..end.unwrap_or(line.len())).unwrap_or_default().trim_ascii();
        let inside = field.strip_prefix('"').and_then(|field| field.strip_suffix('"'));
        Some(match inside {
            Some(inside) if inside.contains('"') => Cow::Owned(unquoted(inside)),
            Some(inside) => Cow::Borrowed(inside.trim_ascii()),
            None => Cow::Borrowed(field),
        })
    })
}

/// A text in which a doubled quote is one.
#[inline(never)]
fn unquoted(text: &str) -> String {
    let mut is_after_quote = false;
    let mut unquoted = String::new();
    for c in text.chars() {
        is_after_quote = c == '"' && !is_after_quote;
        // Of two quotes the first is kept.
        if c != '"' || is_after_quote {
            unquoted.push(c);
        }
    }
    unquoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_falls_into_fields_as_csv_does() {
        for (line, expected) in [
            ("a", &["a"][..]),
            ("a, b ,c", &["a", "b", "c"]),
            ("a;b\tc,", &["a", "b", "c", ""]),
            ("\"a, b\" , \"c \"\"d\"\"\"", &["a, b", "c \"d\""]),
            ("\"open, b", &["\"open, b"]),
            ("\"", &["\""]),
            ("ü, é ", &["ü", "é"]),
            ("", &[""]),
        ] {
            let found: Vec<_> = fields(line).collect();
            assert_eq!(found, expected, "{line}");
        }
    }
}
