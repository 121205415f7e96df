//! Delimited text before the csv crate reads it: which delimiter it has, and whether its quotes are
//! balanced. That crate lets a quote that is never closed reach to the end of the file, and takes a
//! quote inside of quotes for text, so that rows would vanish without an error.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr3};

use super::decode::Lines;
use super::{FileError, Place};

/// The delimiters that are recognised; the comma comes first, as the one for files that show none.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// The number of first lines among which misplaced column names are looked for.
const LINES_BEFORE: usize = 20;

/// How a file is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// The length of a first line such as `sep=;`, which spreadsheets write and read, without its
    /// line end; 0 if there is none.
    pub(super) instruction: usize,
}

impl Dialect {
    /// The dialect that the first lines show. `head`, the beginning of a file, has the column
    /// names, with `wanted` among them; or, without column names, rows of `columns` cells.
    pub(super) fn of(head: &[u8], wanted: &str, columns: Option<usize>) -> Self {
        let first = line_of(head);
        if let Some(delimiter) = instruction(first) {
            return Self { delimiter, instruction: first.len() };
        }
        let record = record_of(head);
        let cells = DELIMITERS.map(|delimiter| cells_of(record, delimiter));
        let chosen = match columns {
            None => cells.iter().position(|cells| cells.iter().any(|cell| cell == wanted)),
            Some(columns) => cells.iter().position(|cells| cells.len() == columns),
        };
        let most = || {
            let most = cells.iter().map(Vec::len).max();
            cells.iter().position(|cells| Some(cells.len()) == most)
        };
        let delimiter = DELIMITERS[chosen.or_else(most).unwrap_or(0)];
        Self { delimiter, instruction: 0 }
    }
}

/// The number of the first line after the first that has the column `wanted`, counted from 1, if
/// one of the first lines has.
pub(super) fn later_heading(head: &[u8], wanted: &str) -> Option<u64> {
    let text = String::from_utf8_lossy(head).replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text.split('\n').take(LINES_BEFORE).enumerate().skip(1);
    let has = |line: &str, delimiter| {
        let cells = cells_of(line.as_bytes(), delimiter);
        // One cell may be a text of one word; a row of names has several.
        cells.len() > 1 && cells.iter().any(|cell| cell == wanted)
    };
    lines
        .find(|(_, line)| DELIMITERS.iter().any(|&delimiter| has(line, delimiter)))
        .map(|(index, _)| index as u64 + 1)
}

/// The first line, without its line end.
fn line_of(head: &[u8]) -> &[u8] {
    let end = head.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(head.len());
    &head[..end]
}

/// The first record: the first line that is not blank, with the lines that its quotes reach to.
fn record_of(head: &[u8]) -> &[u8] {
    let start = head.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(head.len());
    let head = &head[start..];
    let mut quoted = false;
    let end = head.iter().position(|byte| {
        quoted ^= *byte == b'"';
        !quoted && matches!(byte, b'\r' | b'\n')
    });
    // A quote that is not closed is reported when the file is read on.
    end.map_or_else(|| line_of(head), |end| &head[..end])
}

/// The cells of a record, without quotes and white space around them.
fn cells_of(record: &[u8], delimiter: u8) -> Vec<String> {
    let mut quoted = false;
    record
        .split(|byte| {
            quoted ^= *byte == b'"';
            !quoted && *byte == delimiter
        })
        .map(|cell| {
            let cell = String::from_utf8_lossy(cell);
            let cell = cell.trim();
            let inside = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
            inside.unwrap_or(cell).replace("\"\"", "\"").trim().to_owned()
        })
        .collect()
}

/// The delimiter that a line `sep=;` names.
fn instruction(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line.get(..4)?.eq_ignore_ascii_case(b"sep=").then_some(&line[4..])? {
        b"\\t" => Some(b'\t'),
        [delimiter] if delimiter.is_ascii_punctuation() && *delimiter != b'"' => Some(*delimiter),
        [b'\t'] => Some(b'\t'),
        [b' '] => Some(b' '),
        _ => None,
    }
}

/// A reader that passes delimited text on as long as its quotes are balanced. White space between a
/// delimiter and a quote, on either side, is left out: with it the csv crate would take the quote
/// for a part of the cell, and break the cell up at the delimiters inside.
pub(super) struct Guard<R> {
    path: PathBuf,
    inner: R,
    delimiter: u8,
    /// Whether quotes mean anything.
    has_quotes: bool,
    state: State,
    lines: Lines,
    /// The number of the current cell in its row, counted from 1.
    column: usize,
    /// The number of spaces read last; the next byte decides whether they are passed on.
    spaces: usize,
    /// The text that was checked.
    passed: Vec<u8>,
    /// The length of the part of `passed` that was handed out.
    at: usize,
    ended: bool,
}

/// The place of the next byte in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Before a cell.
    Begins,
    /// In a cell without quotes.
    Bare,
    /// In a cell with quotes, which open at this place.
    Quoted { line: u64, column: usize },
    /// After a quote that closes those which open at this place, or is the first of a doubled
    /// quote.
    Closed { line: u64, column: usize },
}

impl<R: Read> Guard<R> {
    /// A guard of `inner`, the text of the file `path`.
    pub(super) fn new(path: &Path, inner: R, delimiter: u8) -> Self {
        Self {
            path: path.to_owned(),
            inner,
            delimiter,
            has_quotes: true,
            state: State::Begins,
            lines: Lines::default(),
            column: 1,
            spaces: 0,
            passed: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    /// A guard of text between tabs, in which quotes are ordinary characters.
    pub(super) fn without_quotes(path: &Path, inner: R) -> Self {
        Self { has_quotes: false, ..Self::new(path, inner, b'\t') }
    }

    /// Checks a piece of text, and passes it on.
    fn pass(&mut self, text: &[u8]) -> Result<(), FileError> {
        if !self.has_quotes {
            self.passed.extend_from_slice(text);
            return Ok(());
        }
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            // Inside of a cell, all before what may end it is passed on at once.
            let inside = match self.state {
                State::Bare => memchr3(self.delimiter, b'\r', b'\n', rest),
                State::Quoted { .. } => memchr(b'"', rest),
                State::Begins | State::Closed { .. } => Some(0),
            };
            let (inside, from_end) = rest.split_at(inside.unwrap_or(rest.len()));
            if !inside.is_empty() {
                self.passed.extend_from_slice(inside);
                self.lines.pass(inside);
                rest = from_end;
                continue;
            }
            rest = after;
            let ends = byte == self.delimiter || matches!(byte, b'\r' | b'\n');
            let is_space = byte == b' ' && !ends;
            match (self.state, byte) {
                (State::Begins | State::Closed { .. }, _) if is_space => {
                    self.spaces += 1;
                    continue;
                }
                (State::Begins, b'"') => {
                    self.spaces = 0;
                    self.state = State::Quoted { line: self.lines.line(), column: self.column };
                }
                (State::Begins | State::Bare, _) => {
                    self.state = if ends { State::Begins } else { State::Bare };
                }
                (State::Quoted { line, column }, _) => {
                    self.state = State::Closed { line, column };
                }
                (State::Closed { line, column }, b'"') if self.spaces == 0 => {
                    self.state = State::Quoted { line, column };
                }
                (State::Closed { .. }, _) if ends => {
                    self.spaces = 0;
                    self.state = State::Begins;
                }
                (State::Closed { line, column }, _) => {
                    return Err(FileError::QuoteInside {
                        place: self.place(line, column),
                        closed: self.lines.line(),
                    });
                }
            }
            self.pass_spaces();
            self.passed.push(byte);
            self.lines.pass(&[byte]);
            if self.state == State::Begins && ends {
                self.column = if byte == self.delimiter { self.column + 1 } else { 1 };
            }
        }
        Ok(())
    }

    /// Passes on the spaces that were read last.
    fn pass_spaces(&mut self) {
        self.passed.extend(std::iter::repeat_n(b' ', std::mem::take(&mut self.spaces)));
    }

    fn finish(&mut self) -> Result<(), FileError> {
        match self.state {
            State::Quoted { line, column } => {
                Err(FileError::OpenQuote { place: self.place(line, column) })
            }
            State::Closed { .. } => Ok(()),
            State::Begins | State::Bare => {
                self.pass_spaces();
                Ok(())
            }
        }
    }

    fn place(&self, line: u64, column: usize) -> Place {
        Place { path: self.path.clone(), line, column }
    }
}

impl<R: Read> Read for Guard<R> {
    /// What is wrong is an [`FileError`] inside the [`io::Error`].
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let mut chunk = [0; 1 << 13];
        while self.at == self.passed.len() && !self.ended {
            self.passed.clear();
            self.at = 0;
            let read = self.inner.read(&mut chunk)?;
            self.ended = read == 0;
            self.pass(&chunk[..read]).map_err(io::Error::other)?;
            if self.ended {
                self.finish().map_err(io::Error::other)?;
            }
        }
        let rest = &self.passed[self.at..];
        let length = rest.len().min(target.len());
        target[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, delimiter: u8) -> Result<String, String> {
        let mut passed = String::new();
        let mut guard = Guard::new(Path::new("x"), text.as_bytes(), delimiter);
        guard.read_to_string(&mut passed).map_err(|error| error.to_string())?;
        Ok(passed)
    }

    #[test]
    fn what_has_whole_quotes_passes_as_it_is() {
        for text in [
            "",
            "a,b\n1,2\n",
            "a,\"b\nc\"\r\n\"\",x",
            "\"a \"\"b\"\" c\"\n",
            "a 5\" screen,say \"no\"\n",
            "  a , b \n \n",
            "it's,\u{201c}fine\u{201d}\r",
        ] {
            assert_eq!(read(text, b',').as_deref(), Ok(text));
        }
    }

    #[test]
    fn spaces_between_delimiter_and_quote_are_left_out() {
        assert_eq!(read("1, \"a, b\" ,c\n", b',').as_deref(), Ok("1,\"a, b\",c\n"));
        assert_eq!(read("1, a \"b\",c", b',').as_deref(), Ok("1, a \"b\",c"));
        assert_eq!(read("\"a\"  ", b',').as_deref(), Ok("\"a\""));
    }

    #[test]
    fn a_quote_that_is_not_closed_is_named_where_it_opens() {
        for (text, place) in [
            ("a,b\n1,\"x\n2,y\n", "line 2, column 2"),
            ("a,b\r1,x\r\"2,y\r", "line 3, column 1"),
            ("a\n\"b \"\" c\n", "line 2, column 1"),
            ("a\n\"b \"c\" d\"\n", "line 2, column 1"),
            ("a\n\"b\nc\n\"d\"\n", "line 2, column 1"),
            ("a\n\"b\" \"c\"\n", "line 2, column 1"),
        ] {
            let error = read(text, b',').unwrap_err();
            assert!(error.contains(place) && error.contains("quote"), "{text:?}: {error}");
        }
        assert!(read("a\tb\n1\t\"x\n", b'\t').unwrap_err().contains("line 2, column 2"));
    }

    #[test]
    fn the_delimiter_is_the_one_that_parts_the_names() {
        let of = |head: &str| {
            let dialect = Dialect::of(head.as_bytes(), "text", None);
            (char::from(dialect.delimiter), dialect.instruction)
        };
        assert_eq!(of("id,text\n"), (',', 0));
        assert_eq!(of("id;text;label\n1,2,3,4,5"), (';', 0));
        assert_eq!(of("id\ttext\r\n"), ('\t', 0));
        assert_eq!(of("a|b|\"text\"\n"), ('|', 0));
        assert_eq!(of("\"a;b;c;d\",text\n"), (',', 0));
        assert_eq!(of("a;b;c,text\n"), (',', 0));
        assert_eq!(of("sep=;\r\nid;text"), (';', 5));
        assert_eq!(of("\"sep=|\"\ntext|id"), ('|', 7));
        assert_eq!(of("sep=\ttext"), ('\t', 0));
        assert_eq!(of("text\n1;2;3\n"), (',', 0));
        assert_eq!(of("title;when\n"), (';', 0));
        assert_eq!(of("title\n"), (',', 0));
        let rows = |head: &str| Dialect::of(head.as_bytes(), "text", Some(2)).delimiter;
        assert_eq!(rows("good;a, b, c\n"), b';');
        assert_eq!(rows("good,a; b\n"), b',');
    }

    #[test]
    fn names_below_other_lines_are_found_to_be_told_of() {
        assert_eq!(later_heading(b"# exported\r\n\r\ntext,label\r\na,b", "text"), Some(3));
        assert_eq!(later_heading(b"id,label\n1,text", "text"), Some(2));
        assert_eq!(later_heading(b"title\ntext\n", "text"), None);
    }
}
