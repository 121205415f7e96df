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

use std::ops::Range;

use super::{is_space, is_word_char};

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct CharClass {
    /// One bit for each byte; those beyond ASCII are never set.
    ascii: [u64; 4],
    /// Beyond ASCII: `\w`, `\S`, and what was written out.
    word: bool,
    not_space: bool,
    ranges: Vec<(char, char)>,
}

impl CharClass {
    #[inline]
    fn contains(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.has_ascii(c as u8);
        }
        (self.word && is_word_char(c))
            || (self.not_space && !is_space(c))
            || self.ranges.iter().any(|&(low, high)| (low..=high).contains(&c))
    }

    /// Whether a byte is an ASCII character that is in it.
    #[inline]
    fn has_ascii(&self, byte: u8) -> bool {
        self.ascii[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    fn add_ascii(&mut self, holds: impl Fn(char) -> bool) {
        for code in 0..128u8 {
            if holds(char::from(code)) {
                self.ascii[usize::from(code >> 6)] |= 1 << (code & 63);
            }
        }
    }

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

    fn is_word(&self) -> bool {
        let mut word = Self::default();
        word.add_escape('w');
        *self == word
    }
}

/// More alternatives, and a longer shortest token, than any tokenizer has. They bound what a
/// pattern from a file can cost in memory, and in time for each character of a text. Each alternative
/// has a bit of a u32.
const MOST_ALTERNATIVES: usize = 32;
const LONGEST_LEAST: usize = 255;

/// A run of one class, at least `least` characters long.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    class: CharClass,
    least: usize,
    /// `least` is also the most.
    exact: bool,
}

/// What counts as a token.
///
/// ```
/// use undertone::text::TokenPattern;
///
/// let pattern = TokenPattern::parse(r"[\w$]{2,}|[!?]")?;
/// let tokens: Vec<&str> = pattern.tokens("is $btc a buy?").map(|at| &"is $btc a buy?"[at]).collect();
/// assert_eq!(tokens, ["is", "$btc", "buy", "?"]);
/// # Ok::<(), undertone::text::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPattern {
    source: String,
    runs: Vec<Run>,
    /// For each ASCII character, a bit for each run whose class has it: most texts are read by this
    /// alone. Beyond ASCII, 0.
    holders: [u32; 256],
}

/// A token pattern outside the part of the regular expression language that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    pattern: String,
    /// In characters, counted from 1.
    column: usize,
    expected: &'static str,
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "token pattern {:?}, column {}: expected {}; write runs of one class separated by |, \
             such as \\b\\w\\w+\\b or [\\w$']{{2,}}|[!?]",
            self.pattern, self.column, self.expected
        )
    }
}

impl std::error::Error for PatternError {}

impl TokenPattern {
    /// scikit-learn's default: two or more word characters.
    pub const DEFAULT: &'static str = r"\b\w\w+\b";

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
        let mut holders = [0; 256];
        for (index, run) in runs.iter().enumerate() {
            for byte in 0..128u8 {
                holders[usize::from(byte)] |= u32::from(run.class.has_ascii(byte)) << index;
            }
        }
        Ok(Self { source: pattern.to_owned(), runs, holders })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The byte ranges of the tokens, from left to right, each as long as it can be.
    #[inline]
    pub fn tokens<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let bytes = text.as_bytes();
        let mut at = 0;
        std::iter::from_fn(move || {
            while let Some(&byte) = bytes.get(at) {
                let start = at;
                let mut holders = self.holders[usize::from(byte)];
                if byte.is_ascii() {
                    while holders != 0 {
                        let run = holders.trailing_zeros() as usize;
                        if let Some(end) = self.run_end(text, start, run) {
                            at = end;
                            return Some(start..end);
                        }
                        holders &= holders - 1;
                    }
                    at += 1;
                } else {
                    if let Some(end) = self.runs.iter().find_map(|run| run.end(text, start)) {
                        at = end;
                        return Some(start..end);
                    }
                    at += text.get(at..)?.chars().next()?.len_utf8();
                }
            }
            None
        })
    }

    /// Where the run of number `index` that begins at byte `start` of `text` ends, if one does.
    #[inline]
    fn run_end(&self, text: &str, start: usize, index: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut end = start;
        while let Some(&byte) = bytes.get(end)
            && self.holders[usize::from(byte)] >> index & 1 == 1
        {
            end += 1;
        }
        let run = self.runs.get(index)?;
        if run.exact || bytes.get(end).is_some_and(|byte| !byte.is_ascii()) {
            return run.end(text, start);
        }
        (end - start >= run.least).then_some(end)
    }
}

impl Run {
    /// Where the run that begins at byte `start` of `text` ends, if one does.
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

struct Parser<'a> {
    pattern: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn error(&self, expected: &'static str) -> PatternError {
        let read = self.pattern.len() - self.rest.len();
        PatternError {
            pattern: self.pattern.to_owned(),
            column: self.pattern.get(..read).map_or(0, |read| read.chars().count()) + 1,
            expected,
        }
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    fn alternative(&mut self) -> Result<Run, PatternError> {
        let bounded = self.take(r"\b");
        let class = self.class()?;
        let mut least = 1;
        while !self.rest.is_empty() && !self.rest.starts_with(['|', '+', '{']) {
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
            let digits = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            let number = self.rest.get(..digits).unwrap_or_default().parse::<usize>();
            self.rest = self.rest.get(digits..).unwrap_or_default();
            match number {
                Ok(number) if (1..=LONGEST_LEAST).contains(&number) && self.take(",}") => {
                    least = least - 1 + number;
                }
                _ => return Err(self.error("{n,} with n from 1 to 255")),
            }
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
            Some(c) if !"^$.*?()[]{}|+".contains(c) => {
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
        let pattern = TokenPattern::parse(pattern).unwrap();
        pattern.tokens(text).map(|at| &text[at]).collect()
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
