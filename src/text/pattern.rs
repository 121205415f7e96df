//! Token patterns: the part of the regular expression language that tokenizers use.
//!
//! A whole regular expression engine would be larger than the rest of the browser module. Every
//! token pattern in practice is a choice between *runs of a character class*, and that is what is
//! read here:
//!
//! ```text
//! pattern     = ["(?u)"] alternative { "|" alternative }
//! alternative = ["\b"] class { class } [quantifier] ["\b"]
//! class       = "\w" | "\S" | literal | "[" { "\w" | "\S" | literal | range } "]"
//! quantifier  = "+" | "{n,}"
//! ```
//!
//! Classes that follow each other must be the same, as in `\w\w+`. Without a quantifier an
//! alternative is exactly as many characters as it has classes. `\b` is accepted around runs of
//! `\w`, where it changes nothing because a run is always taken whole.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use core::ops::Range;

use super::{is_space, is_word_char};

/// A set of characters, such as `\w` or `[a-z$]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct CharClass {
    /// A bit for each byte that is an ASCII character of the class.
    ascii: [u64; 4],
    /// Whether the class has the non-ASCII characters of `\w`.
    word: bool,
    /// Whether the class has the non-ASCII characters of `\S`.
    not_space: bool,
    /// The ranges, first and last character, of other non-ASCII characters.
    ranges: Vec<(char, char)>,
}

impl CharClass {
    /// Whether a character is in the class.
    #[inline]
    fn contains(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.has_ascii(c as u8);
        }
        (self.word && is_word_char(c))
            || (self.not_space && !is_space(c))
            || self.ranges.iter().any(|&(low, high)| (low..=high).contains(&c))
    }

    /// Whether a byte is an ASCII character of the class.
    #[inline]
    fn has_ascii(&self, byte: u8) -> bool {
        self.ascii[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// Adds the ASCII characters for which `holds` is true.
    fn add_ascii(&mut self, holds: impl Fn(char) -> bool) {
        for code in 0..128u8 {
            if holds(char::from(code)) {
                self.ascii[usize::from(code >> 6)] |= 1 << (code & 63);
            }
        }
    }

    /// Adds the characters from `low` to `high`.
    fn add_range(&mut self, low: char, high: char) {
        self.add_ascii(|c| (low..=high).contains(&c));
        if !high.is_ascii() {
            self.ranges.push((low, high));
        }
    }

    /// Adds `\w`, `\S`, or an escaped punctuation character; false for anything else.
    fn add_escape(&mut self, letter: char) -> bool {
        match letter {
            'w' => {
                self.add_ascii(is_word_char);
                self.word = true;
            }
            'S' => {
                self.add_ascii(|c| !is_space(c));
                self.not_space = true;
            }
            c if c.is_ascii_punctuation() => self.add_range(c, c),
            _ => return false,
        }
        true
    }

    /// Whether the class is exactly `\w`.
    fn is_word(&self) -> bool {
        let mut word = Self::default();
        word.add_escape('w');
        *self == word
    }
}

/// The most alternatives of a pattern, more than any tokenizer has. It bounds what a pattern from a
/// file can cost in memory, and in time for each character of a text.
const MOST_ALTERNATIVES: usize = 32;
/// The highest minimum length of a token, in characters; a bound as [`MOST_ALTERNATIVES`] is.
const LONGEST_LEAST: usize = 255;

/// An alternative of a pattern: a run of characters of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    class: CharClass,
    /// The fewest characters of a run.
    least: usize,
    /// Whether `least` is also the most characters.
    exact: bool,
}

/// The regular expression of a token: a choice between runs of a character class.
///
/// ```
/// use undertone::text::TokenPattern;
///
/// let pattern = TokenPattern::parse(r"[\w$]{2,}|[!?]")?;
/// let mut tokens = Vec::new();
/// pattern.each("is $btc a buy?", |at| tokens.push(&"is $btc a buy?"[at]));
/// assert_eq!(tokens, ["is", "$btc", "buy", "?"]);
/// # Ok::<(), undertone::text::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPattern {
    source: String,
    runs: Vec<Run>,
    /// The kind of each byte of UTF-8: [`NEVER`], [`BY_CHARACTER`], or the number of the one run
    /// that the byte is in. Nearly all of a text is read by this alone.
    kinds: [u8; 256],
}

/// The kind of a byte that is part of no token.
const NEVER: u8 = u8::MAX;
/// The kind of a byte that is in several runs or isn't ASCII: characters are matched against each
/// run.
const BY_CHARACTER: u8 = NEVER - 1;

/// A token pattern outside the part of the regular expression language that is read.
///
/// ```
/// use undertone::text::TokenPattern;
///
/// let error = TokenPattern::parse(r"\w+(?=s)").unwrap_err();
/// assert!(error.to_string().contains("column 4"), "{error}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    pattern: String,
    /// The place of the error in the pattern, in characters counted from 1.
    column: usize,
    expected: &'static str,
}

impl core::fmt::Display for PatternError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "token pattern {:?}, column {}: expected {}; write runs of one class separated by |, \
             such as \\b\\w\\w+\\b or [\\w$']{{2,}}|[!?]",
            self.pattern, self.column, self.expected
        )
    }
}

impl core::error::Error for PatternError {}

impl TokenPattern {
    /// scikit-learn's default: two or more word characters.
    pub const DEFAULT: &'static str = r"\b\w\w+\b";
    /// The tokens of Python's `str.split`: stretches between white space.
    pub(super) const SOLID: &'static str = r"\S+";

    /// Reads a pattern.
    ///
    /// # Errors
    /// When the pattern is outside the language in the module's text; the error names the column.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        let mut parser = Parser { pattern, rest: pattern.strip_prefix("(?u)").unwrap_or(pattern) };
        let mut runs = vec![parser.alternative()?];
        while parser.take("|") {
            if runs.len() == MOST_ALTERNATIVES {
                return Err(parser.error("the end: at most 32 alternatives"));
            }
            runs.push(parser.alternative()?);
        }
        if !parser.rest.is_empty() {
            return Err(parser.error("the end, | or a quantifier at the end of the alternative"));
        }
        let mut kinds = [BY_CHARACTER; 256];
        kinds[..128].fill(NEVER);
        for (index, run) in runs.iter().enumerate() {
            for (byte, kind) in (0..128).zip(&mut kinds) {
                if run.class.has_ascii(byte) {
                    *kind = if *kind == NEVER { index as u8 } else { BY_CHARACTER };
                }
            }
        }
        Ok(Self { source: pattern.to_owned(), runs, kinds })
    }

    /// Whether the tokens of ASCII text follow from the kinds of its bytes: no two runs share a
    /// character, and no token of several characters has a greatest length.
    pub(super) fn is_bytewise(&self) -> bool {
        self.runs.iter().all(|run| run.least == 1 || !run.exact)
            && (0..128).all(|byte| self.kind(byte) != BY_CHARACTER)
    }

    /// Whether the pattern is one class with `+`: tokens are the longest runs of one class.
    pub(super) fn is_one_run(&self) -> bool {
        matches!(self.runs[..], [Run { least: 1, exact: false, .. }])
    }

    /// The fewest characters of a token, for each run; empty if one is enough for all.
    pub(super) fn least(&self) -> Vec<u8> {
        let least = self.runs.iter().map(|run| run.least as u8);
        if least.clone().all(|least| least == 1) { Vec::new() } else { least.collect() }
    }

    /// The number of the run that an ASCII character is in, and whether the character is a token by
    /// itself; `None` if it is in no token.
    pub(super) fn run_of(&self, byte: u8) -> Option<(u8, bool)> {
        let kind = self.kind(byte);
        Some((kind, self.runs.get(usize::from(kind))?.exact))
    }

    /// Whether a token may have a character.
    pub(super) fn holds(&self, c: char) -> bool {
        self.runs.iter().any(|run| run.class.contains(c))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Calls `found` with the byte range of each token of `text`, from left to right; each token is
    /// as long as it can be.
    #[inline]
    pub fn each(&self, text: &str, mut found: impl FnMut(Range<usize>)) {
        let bytes = text.as_bytes();
        let mut start = 0;
        while let Some((&byte, rest)) = bytes.get(start..).and_then(<[u8]>::split_first) {
            let first = self.kind(byte);
            if first == NEVER {
                start += 1;
                continue;
            }
            let mut end = start + 1;
            let mut next = first;
            if first != BY_CHARACTER {
                let alike = rest.iter().take_while(|&&byte| self.kind(byte) == first).count();
                end += alike;
                next = rest.get(alike).map_or(NEVER, |&byte| self.kind(byte));
            }
            if next == BY_CHARACTER {
                // By characters rather than bytes; the first run that matches counts.
                let token = self.runs.iter().find_map(|run| run.end(text, start));
                let length = || text.get(start..).and_then(|text| text.chars().next());
                end = token.unwrap_or_else(|| start + length().map_or(1, char::len_utf8));
                if token.is_some() {
                    found(start..end);
                }
                start = end;
                continue;
            }
            // No other run has any of these bytes: if this run is too short, no token begins in it.
            let run = &self.runs[usize::from(first)];
            if end - start >= run.least {
                end = if run.exact { start + run.least } else { end };
                found(start..end);
            }
            start = end;
        }
    }

    /// The kind of a byte.
    #[inline]
    fn kind(&self, byte: u8) -> u8 {
        self.kinds[usize::from(byte)]
    }
}

impl Run {
    /// The end of the run that begins at byte `start` of `text`, if one begins there.
    fn end(&self, text: &str, start: usize) -> Option<usize> {
        let most = if self.exact { self.least } else { usize::MAX };
        let characters = text.get(start..)?.char_indices().take(most);
        let mut end = start;
        let mut count = 0;
        for (at, c) in characters.take_while(|&(_, c)| self.class.contains(c)) {
            end = start + at + c.len_utf8();
            count += 1;
        }
        (count >= self.least).then_some(end)
    }
}

/// What is yet to be read of a pattern.
struct Parser<'a> {
    pattern: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    /// An error at the place up to which the pattern was read.
    fn error(&self, expected: &'static str) -> PatternError {
        let read = self.pattern.len() - self.rest.len();
        PatternError {
            pattern: self.pattern.to_owned(),
            column: self.pattern.get(..read).map_or(0, |read| read.chars().count()) + 1,
            expected,
        }
    }

    /// Reads `token` if it comes next, and returns whether it did.
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads the next character.
    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    /// Reads an alternative.
    fn alternative(&mut self) -> Result<Run, PatternError> {
        let bounded = self.take(r"\b");
        let class = self.class()?;
        let mut least = 1;
        while !matches!(self.rest.as_bytes(), [] | [b'|' | b'+' | b'{', ..]) {
            if self.rest.starts_with(r"\b") {
                break;
            }
            let next = self.class()?;
            if next != class {
                return Err(
                    self.error("the same class again: an alternative is a run of one class")
                );
            }
            least += 1;
            if least > LONGEST_LEAST {
                return Err(self.error("at most 255 classes in a row"));
            }
        }
        let exact = if self.take("+") {
            false
        } else if self.take("{") {
            least = least - 1 + self.number()?;
            false
        } else {
            true
        };
        let closed = self.take(r"\b");
        if (bounded || closed) && (!class.is_word() || exact) {
            return Err(self.error(r"\b only around an unlimited run of \w"));
        }
        Ok(Run { class, least, exact })
    }

    /// Reads `n,}`.
    // Not inlined: a browser's engine needn't compile this for a pattern without it.
    #[inline(never)]
    fn number(&mut self) -> Result<usize, PatternError> {
        let digits = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let number = self.rest.get(..digits).unwrap_or_default().parse::<usize>();
        self.rest = self.rest.get(digits..).unwrap_or_default();
        match number {
            Ok(number) if (1..=LONGEST_LEAST).contains(&number) && self.take(",}") => Ok(number),
            _ => Err(self.error("{n,} with n from 1 to 255")),
        }
    }

    /// Reads a class.
    fn class(&mut self) -> Result<CharClass, PatternError> {
        let mut class = CharClass::default();
        if self.take("[") {
            if self.rest.starts_with(['^', ']']) {
                return Err(self.error("a class of at least one character, not negated"));
            }
            while !self.take("]") {
                let Some(low) = self.next_char() else {
                    return Err(self.error("] at the end of the class"));
                };
                if low == '\\' {
                    if !self.next_char().is_some_and(|letter| class.add_escape(letter)) {
                        return Err(self.error(r"\w, \S or escaped punctuation"));
                    }
                    continue;
                }
                let high = if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                    self.take("-");
                    self.next_char().unwrap_or(low)
                } else {
                    low
                };
                if high < low {
                    return Err(self.error("a range from a lower to a higher character"));
                }
                class.add_range(low, high);
            }
            return Ok(class);
        }
        match self.next_char() {
            Some('\\') if self.next_char().is_some_and(|letter| class.add_escape(letter)) => {
                Ok(class)
            }
            Some('\\') => Err(self.error(r"\w, \S or escaped punctuation")),
            Some(c) if "^$.*?()[]{}|+".chars().all(|special| special != c) => {
                class.add_range(c, c);
                Ok(class)
            }
            _ => Err(self.error(r"a class: \w, \S, a character or [...]")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens<'a>(pattern: &str, text: &'a str) -> Vec<&'a str> {
        let mut tokens = Vec::new();
        TokenPattern::parse(pattern).unwrap().each(text, |at| tokens.push(&text[at]));
        tokens
    }

    #[test]
    fn default_is_two_or_more_word_characters() {
        let text = "a b2 c_d x-yz 5% №1 ½½ naïve";
        assert_eq!(tokens(TokenPattern::DEFAULT, text), ["b2", "c_d", "yz", "½½", "naïve"]);
        assert_eq!(tokens(r"(?u)\b\w\w+\b", text), tokens(r"\w{2,}", text));
    }

    #[test]
    fn alternatives_are_tried_in_order() {
        assert_eq!(tokens(r"[0-9]+|[a-z$]{2,}|!", "ab12!!c$ d"), ["ab", "12", "!", "!", "c$"]);
        assert_eq!(tokens(r"\S+", "x\u{a0}y\u{1f}z"), ["x", "y", "z"]);
        assert_eq!(tokens(r"\w\w", "abcde"), ["ab", "cd"]);
        assert_eq!(tokens(r"[à-ü\-]+", "où-ça"), ["ù-ç"]);
    }

    #[test]
    fn names_the_column_of_what_it_cannot_read() {
        for (pattern, column) in [
            ("", 1),
            (r"\w+?", 4),
            (r"(\w+)", 2),
            (r"\b[a-z]+\b", 11),
            (r"\w{2,3}", 5),
            (r"[abc", 5),
            (r"\q", 3),
            (r"\w\S", 5),
            ("ü|", 3),
            (r"\w{256,}", 7),
            (r"a{18446744073709551615,}", 23),
        ] {
            let error = TokenPattern::parse(pattern).unwrap_err();
            assert_eq!(error.column, column, "{error}");
        }
    }
}
