//! Labelled files as streams: bytes → text → rows → labelled texts.
//!
//! Everything that reads a table goes through here, whether it keeps the rows or not, and holds no
//! more than one row and a few chunks of [`CHUNK`] bytes. Whatever is wrong is said with its line
//! and column.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{DecoderResult, Encoding};
use sha2::{Digest, Sha256};

use super::delimited::{Dialect, Guard, later_heading};
use super::error::{Error, Place};
use super::foreign::Unpacked;
use super::recipe::{DataSource, hex};

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// Opens a file.
///
/// # Errors
/// [`Error::Read`].
pub fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(|reason| read_failed(path, reason))
}

/// The SHA-256 of a file that is the one its recipe names, in hexadecimal; `wanted` is empty where
/// any will do.
///
/// # Errors
/// [`Error::Read`] or [`Error::OtherData`].
pub fn checked_sha256(path: &Path, mut bytes: impl Read, wanted: &str) -> Result<String, Error> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match bytes.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => hash.update(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_failed(path, error)),
        }
    }
    let found = hex(&hash.finalize());
    if wanted.is_empty() || wanted.eq_ignore_ascii_case(&found) {
        return Ok(found);
    }
    Err(Error::OtherData { path: path.to_owned(), expected: wanted.to_owned(), found })
}

/// What went wrong while `path` was read. What our own readers had to say travels through [`Read`]
/// inside an [`io::Error`], and comes out again.
pub fn read_failed(path: &Path, reason: io::Error) -> Error {
    reason.downcast::<Error>().unwrap_or_else(|reason| Error::Read {
        path: path.to_owned(),
        reason,
        remedy: "check the path; data sets of a recipe are looked for in the folder that \
                 UNDERTONE_DATA names",
    })
}

/// Bytes in some encoding, as they are or packed → UTF-8, without byte order marks before it. Unlike
/// `encoding_rs_io`, which replaces what it can't read, it stops there.
pub struct Decoder<R: Read> {
    path: PathBuf,
    inner: Unpacked<R>,
    encoding: Coding,
    /// The last bytes of the chunk before, then a chunk.
    bytes: Vec<u8>,
    /// Where the chunk ends.
    end: usize,
    ended: bool,
    /// Whether there has been any text.
    begun: bool,
    /// Decoded, and handed out up to `at`.
    text: String,
    at: usize,
    /// Where the decoded text ends; the column is counted from 1.
    lines: Lines,
    column: usize,
}

enum Coding {
    /// ISO-8859-1 proper: WHATWG reads "latin1" as windows-1252, Python and data scientists don't.
    Latin1,
    Whatwg(encoding_rs::Decoder),
}

impl<R: Read> Decoder<R> {
    /// No encoding has longer sequences, with what it must read to tell that one is broken.
    const LONGEST: usize = 16;

    /// Decodes `inner`, the content of the file `path`. A byte order mark is believed before the
    /// encoding that is given.
    ///
    /// # Errors
    /// [`Error::UnknownEncoding`], or [`Error::Foreign`] where the first bytes are of no text.
    pub fn new(path: &Path, inner: R, encoding: &str) -> Result<Self, Error> {
        let label = encoding.to_ascii_lowercase();
        let is_latin1 = matches!(&label[..], "latin1" | "latin-1" | "iso-8859-1");
        let named = Encoding::for_label(label.as_bytes())
            .or(is_latin1.then_some(encoding_rs::WINDOWS_1252))
            .ok_or_else(|| Error::UnknownEncoding { name: encoding.to_owned() })?;
        let is_wide = named == encoding_rs::UTF_16LE || named == encoding_rs::UTF_16BE;
        let (inner, head) = Unpacked::text(path, inner, is_wide)?;
        let encoding = if is_latin1 && Encoding::for_bom(&head).is_none() {
            Coding::Latin1
        } else {
            Coding::Whatwg(named.new_decoder())
        };
        Ok(Self {
            path: path.to_owned(),
            inner,
            encoding,
            bytes: vec![0; Self::LONGEST + CHUNK],
            end: Self::LONGEST,
            ended: false,
            begun: false,
            text: String::new(),
            at: 0,
            lines: Lines::default(),
            column: 1,
        })
    }

    /// Decodes the next chunk; an [`Error`] is inside the [`io::Error`].
    fn decode_chunk(&mut self) -> io::Result<()> {
        self.bytes.copy_within(self.end - Self::LONGEST..self.end, 0);
        let read = self.inner.read(&mut self.bytes[Self::LONGEST..])?;
        self.end = Self::LONGEST + read;
        self.ended = read == 0;
        self.text.clear();
        self.at = 0;
        let chunk = &self.bytes[Self::LONGEST..self.end];
        let broken = match &mut self.encoding {
            Coding::Latin1 => {
                self.text.push_str(&encoding_rs::mem::decode_latin1(chunk));
                None
            }
            Coding::Whatwg(decoder) => {
                let most = decoder.max_utf8_buffer_length_without_replacement(chunk.len());
                self.text.reserve(most.unwrap_or(4 * CHUNK));
                let (result, read) =
                    decoder.decode_to_string_without_replacement(chunk, &mut self.text, self.ended);
                match result {
                    DecoderResult::Malformed(length, after) => Some((
                        decoder.encoding(),
                        (Self::LONGEST + read)
                            .saturating_sub(usize::from(length) + usize::from(after)),
                    )),
                    // There is room for all of it.
                    DecoderResult::InputEmpty | DecoderResult::OutputFull => None,
                }
            }
        };
        if !self.begun {
            // Programs that write a mark before a text that has one leave two of them. csv would
            // drop the second, or take it for the end of the file when it comes alone.
            self.at = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
            self.begun = self.at < self.text.len();
        }
        self.lines.pass(self.text.as_bytes());
        let tail = match self.text.rfind(['\r', '\n']) {
            None => &self.text[..],
            Some(at) => {
                self.column = 1;
                &self.text[at + 1..]
            }
        };
        self.column += tail.chars().count();
        match broken {
            None => Ok(()),
            Some((encoding, at)) => Err(io::Error::other(Error::Encoding {
                place: Place {
                    path: self.path.clone(),
                    line: self.lines.line(),
                    column: self.column,
                },
                encoding: encoding.name().to_owned(),
                byte: self.bytes[at],
            })),
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.ended {
            self.decode_chunk()?;
        }
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.len().min(target.len());
        target[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// Decodes a whole file, without its byte order mark.
///
/// # Errors
/// [`Error::UnknownEncoding`], or [`Error::Encoding`] for the first byte that doesn't belong.
pub fn decode(path: &Path, bytes: &[u8], encoding: &str) -> Result<String, Error> {
    let mut text = String::with_capacity(bytes.len());
    let mut decoder = Decoder::new(path, bytes, encoding)?;
    decoder.read_to_string(&mut text).map_err(|error| read_failed(path, error))?;
    Ok(text)
}

/// Counts lines, which end with `\n`, `\r\n` or, as old Macs wrote and csv still reads, `\r`.
#[derive(Debug, Default)]
pub(super) struct Lines {
    ended: u64,
    /// A `\n` that comes now belongs to the `\r` before it.
    after_return: bool,
}

impl Lines {
    pub(super) fn pass(&mut self, text: &[u8]) {
        for &byte in text {
            self.ended += u64::from(byte == b'\r' || byte == b'\n' && !self.after_return);
            self.after_return = byte == b'\r';
        }
    }

    /// The line of the byte that comes next, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.ended + 1
    }
}

/// Passes text on, and counts its lines up to byte positions that only grow.
struct LineCounter<R> {
    inner: R,
    /// What was passed on; counted up to `counted`.
    seen: Vec<u8>,
    counted: usize,
    /// How many bytes were passed on before `seen`.
    before: u64,
    lines: Lines,
}

impl<R> LineCounter<R> {
    fn new(inner: R) -> Self {
        Self { inner, seen: Vec::new(), counted: 0, before: 0, lines: Lines::default() }
    }

    /// The line of the first byte at or after `position` that is not a line end.
    fn at(&mut self, position: u64) -> u64 {
        let position = usize::try_from(position.saturating_sub(self.before)).unwrap_or(usize::MAX);
        let mut end = position.clamp(self.counted, self.seen.len());
        while self.seen.get(end).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            end += 1;
        }
        self.lines.pass(&self.seen[self.counted..end]);
        self.counted = end;
        if self.counted > CHUNK {
            self.seen.drain(..self.counted);
            self.before += self.counted as u64;
            self.counted = 0;
        }
        self.lines.line()
    }
}

impl<R: Read> Read for LineCounter<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(target)?;
        self.seen.extend_from_slice(&target[..length]);
        Ok(length)
    }
}

/// The text of a CSV file, whose beginning has been looked at.
type Looked<R> = Chain<Cursor<Vec<u8>>, Decoder<R>>;

/// The rows of a CSV file, one after the other.
pub struct Rows<R: Read> {
    path: PathBuf,
    /// Column names, from the header or from the caller.
    pub columns: Vec<String>,
    reader: csv::Reader<LineCounter<Guard<Looked<R>>>>,
    record: csv::StringRecord,
    is_empty: bool,
}

impl<R: Read> Rows<R> {
    /// Reads `bytes`, the content of the file `path`; only the encoding, header, columns and the
    /// column of texts of `source` count. The delimiter is the one that the first lines show.
    ///
    /// # Errors
    /// When the encoding is unknown, or the header can't be read, is missing, or comes later.
    pub fn new(path: &Path, bytes: R, source: &DataSource) -> Result<Self, Error> {
        let mut text = Decoder::new(path, bytes, &source.encoding)?;
        let mut head = Vec::new();
        let read = text.by_ref().take(CHUNK as u64).read_to_end(&mut head);
        read.map_err(|error| read_failed(path, error))?;
        let columns = (!source.header).then_some(source.columns.len());
        let dialect = Dialect::of(&head, &source.text_column, columns);
        let later = later_heading(&head, &source.text_column);
        let is_json = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
        // Its line end stays, and lines keep their numbers.
        head.drain(..dialect.instruction);
        let guarded = Guard::new(path, Cursor::new(head).chain(text), dialect.delimiter);
        let mut form = csv::ReaderBuilder::new();
        form.delimiter(dialect.delimiter);
        let rows = Self::of_form(path, guarded, source, &mut form)?;
        if !source.header || rows.columns.contains(&source.text_column) {
            return Ok(rows);
        }
        if is_json {
            return Err(Error::Foreign {
                path: path.to_owned(),
                expected: "CSV",
                what: "JSON",
                remedy: "write it as CSV; `undertone predict` reads it with --input-format json or jsonl",
            });
        }
        match later {
            Some(line) => Err(Error::LaterHeading {
                place: Place { path: path.to_owned(), line: 1, column: 1 },
                wanted: source.text_column.clone(),
                line,
            }),
            None => Ok(rows),
        }
    }

    /// Reads `bytes`, the content of the file `path`: UTF-8, columns between tabs, their names in
    /// the first line; nothing quotes anything.
    ///
    /// # Errors
    /// When the header can't be read or is missing.
    pub fn tab_separated(path: &Path, bytes: R) -> Result<Self, Error> {
        let text = Decoder::new(path, bytes, "utf-8")?;
        let guarded = Guard::without_quotes(path, Cursor::new(Vec::new()).chain(text));
        let mut form = csv::ReaderBuilder::new();
        form.delimiter(b'\t').quoting(false);
        Self::of_form(path, guarded, &DataSource::default(), &mut form)
    }

    fn of_form(
        path: &Path,
        text: Guard<Looked<R>>,
        source: &DataSource,
        form: &mut csv::ReaderBuilder,
    ) -> Result<Self, Error> {
        let text = LineCounter::new(text);
        let mut reader = form.has_headers(source.header).from_reader(text);
        let columns = if source.header {
            let header = reader.headers().map_err(|error| csv_error(path, error))?;
            if header.is_empty() {
                let place = Place { path: path.to_owned(), line: 1, column: 1 };
                return Err(Error::NoRows { place });
            }
            header.iter().map(|name| name.trim().to_owned()).collect()
        } else {
            source.columns.clone()
        };
        let record = csv::StringRecord::new();
        Ok(Self { path: path.to_owned(), columns, reader, record, is_empty: true })
    }

    /// The next row and the line on which it begins.
    ///
    /// # Errors
    /// When the bytes are not of the encoding, a row is ragged, or there is none.
    pub fn read_row(&mut self) -> Result<Option<(u64, &csv::StringRecord)>, Error> {
        let more = self.reader.read_record(&mut self.record);
        let more = more.map_err(|error| csv_error(&self.path, error))?;
        // The csv crate reports where the record before ended: blank lines may follow there.
        let start = if more { self.record.position().map(csv::Position::byte) } else { None };
        let line = self.reader.get_mut().at(start.unwrap_or(u64::MAX));
        if !more {
            let place = Place { path: self.path.clone(), line, column: 1 };
            return if self.is_empty { Err(Error::NoRows { place }) } else { Ok(None) };
        }
        self.is_empty = false;
        if self.record.len() != self.columns.len() {
            let column = self.record.len().min(self.columns.len()) + 1;
            return Err(Error::Ragged {
                place: Place { path: self.path.clone(), line, column },
                expected: self.columns.len() as u64,
                found: self.record.len() as u64,
            });
        }
        Ok(Some((line, &self.record)))
    }
}

/// The position of the column named `wanted` among `columns` of the file `path`.
///
/// # Errors
/// [`Error::DuplicateColumn`], or [`Error::UnknownColumn`] with the names there are and the
/// `option` that chooses.
pub fn column(
    path: &Path,
    columns: &[String],
    wanted: &str,
    option: &'static str,
) -> Result<usize, Error> {
    let place = |column| Place { path: path.to_owned(), line: 1, column: column + 1 };
    let mut named = (0..columns.len()).filter(|&column| columns[column] == wanted);
    match (named.next(), named.next()) {
        (Some(column), None) => Ok(column),
        (Some(_), Some(second)) => {
            Err(Error::DuplicateColumn { place: place(second), wanted: wanted.to_owned() })
        }
        (None, _) => Err(Error::UnknownColumn {
            place: place(columns.len()),
            wanted: wanted.to_owned(),
            found: columns.to_vec(),
            option,
        }),
    }
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    let message = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => read_failed(path, error),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let column = (expected_len.min(len) + 1) as usize;
            Error::Ragged {
                place: Place { path: path.to_owned(), line, column },
                expected: expected_len,
                found: len,
            }
        }
        _ => Error::Csv { place: Place { path: path.to_owned(), line, column: 1 }, message },
    }
}

/// The labelled texts of a data set, one after the other.
pub struct LabelledTexts<'a, R: Read> {
    source: &'a DataSource,
    rows: Rows<R>,
    /// The columns of text and label, counted from 0.
    pub columns: (usize, usize),
    weight_column: Option<usize>,
    /// One for each of the source's.
    probability_columns: Vec<usize>,
    fold_column: Option<usize>,
    /// Those of the row last read.
    probabilities: Vec<f64>,
    /// The columns that [`LabelledTexts::with_columns`] asked for.
    more_columns: Vec<usize>,
}

/// A row of a data set.
#[derive(Debug, Clone, Copy)]
pub struct LabelledText<'a> {
    /// As it stands in the file.
    pub text: &'a str,
    /// Without white space around it.
    pub label: &'a str,
    /// The line on which its row begins.
    pub line: u64,
    /// How many documents it counts as: its set's weight times its own; 0 or more.
    pub weight: f64,
    /// What its source's columns of probabilities say, their sum 1; empty where there are none.
    pub probabilities: &'a [f64],
    /// What its source's column of folds says; empty for none.
    pub fold: &'a str,
    /// The cells that [`LabelledTexts::with_columns`] asked for.
    pub more: Cells<'a>,
}

/// Some cells of a row.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    row: &'a csv::StringRecord,
    columns: &'a [usize],
}

impl<'a> Cells<'a> {
    /// The cells in the order in which they were asked for, without white space around them.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        self.columns.iter().map(move |&column| self.row.get(column).unwrap_or_default().trim())
    }
}

impl<'a, R: Read> LabelledTexts<'a, R> {
    /// Reads `bytes`, the content of the data set's file.
    ///
    /// # Errors
    /// When a column is missing, or as [`Rows::new`].
    pub fn new(bytes: R, source: &'a DataSource) -> Result<Self, Error> {
        let rows = Rows::new(&source.path, bytes, source)?;
        let named = |name: &str, option| column(&source.path, &rows.columns, name, option);
        let text_column = named(&source.text_column, "--text-column")?;
        let label_column = named(&source.label_column, "--label-column")?;
        let optional = |name: &str, option| match name {
            "" => Ok(None),
            name => named(name, option).map(Some),
        };
        let weight_column = optional(&source.weight_column, "weight_column")?;
        let fold_column = optional(&source.fold_column, "fold_column")?;
        let probability_columns = source
            .probability_columns
            .iter()
            .map(|name| named(name, "probability_columns"))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            source,
            rows,
            columns: (text_column, label_column),
            weight_column,
            probability_columns,
            fold_column,
            probabilities: Vec::new(),
            more_columns: Vec::new(),
        })
    }

    /// Reads these columns too, each given with the option that names it.
    ///
    /// # Errors
    /// When a column is missing.
    pub fn with_columns(mut self, wanted: &[(&str, &'static str)]) -> Result<Self, Error> {
        let named = |&(name, option)| column(&self.source.path, &self.rows.columns, name, option);
        self.more_columns = wanted.iter().map(named).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// The next text.
    ///
    /// # Errors
    /// As [`Rows::read_row`], or when text or label are empty or the weight is none.
    pub fn read_text(&mut self) -> Result<Option<LabelledText<'_>>, Error> {
        let Some((line, row)) = self.rows.read_row()? else { return Ok(None) };
        let (text_column, label_column) = self.columns;
        let place = |column| Place { path: self.source.path.clone(), line, column: column + 1 };
        for (column, what) in [(text_column, "text"), (label_column, "label")] {
            if row.get(column).is_none_or(|cell| cell.trim().is_empty()) {
                return Err(Error::EmptyCell { place: place(column), what });
            }
        }
        let weight = match self.weight_column {
            None => 1.0,
            Some(column) => {
                let cell = row.get(column).unwrap_or_default().trim();
                let weight = cell.parse().ok().filter(|&weight| is_weight(weight));
                weight
                    .ok_or_else(|| Error::Weight { place: place(column), found: cell.to_owned() })?
            }
        };
        self.probabilities.clear();
        for &column in &self.probability_columns {
            let cell = row.get(column).unwrap_or_default().trim();
            let probability = cell.parse().ok().filter(|one| (0.0..=1.0).contains(one));
            self.probabilities.push(probability.ok_or_else(|| Error::Probability {
                place: place(column),
                found: format!("{cell:?}"),
            })?);
        }
        if let Some(&column) = self.probability_columns.first() {
            let sum: f64 = self.probabilities.iter().sum();
            if (sum - 1.0).abs() > MOST_ROUNDING {
                let found = format!("a sum of {sum}");
                return Err(Error::Probability { place: place(column), found });
            }
            self.probabilities.iter_mut().for_each(|probability| *probability /= sum);
        }
        let named = |column: Option<usize>| {
            column.and_then(|column| row.get(column)).unwrap_or_default().trim()
        };
        Ok(Some(LabelledText {
            text: row.get(text_column).unwrap_or_default(),
            label: row.get(label_column).unwrap_or_default().trim(),
            line,
            weight: self.source.weight * weight,
            probabilities: &self.probabilities,
            fold: named(self.fold_column),
            more: Cells { row, columns: &self.more_columns },
        }))
    }
}

/// How far a row's probabilities may be from a sum of 1: two decimals of each of ten.
const MOST_ROUNDING: f64 = 0.05;

/// Whether a number can weigh a document.
pub(super) fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One byte at a time: every sequence is broken up.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(1);
            self.0.read(&mut target[..length])
        }
    }

    #[test]
    fn chunks_do_not_show_in_what_is_decoded() {
        let path = Path::new("x.csv");
        let long = "Größe, 市场\r\n".repeat(2 * CHUNK / 10);
        for (encoding, bytes, expected) in [
            ("utf-8", b"\xef\xbb\xbfna\xc3\xafve".to_vec(), "naïve"),
            ("utf-8", b"\xef\xbb\xbf\xef\xbb\xbfa\xef\xbb\xbf".to_vec(), "a\u{feff}"),
            ("latin1", b"\x80\xe9".to_vec(), "\u{80}é"),
            ("windows-1252", b"\x80\xe9".to_vec(), "€é"),
            ("utf-16le", b"\xff\xfea\0\x3c\xd8\xf0\xdf".to_vec(), "a🏰"),
            ("utf-8", long.clone().into_bytes(), &long),
        ] {
            assert_eq!(decode(path, &bytes, encoding).unwrap(), expected);
            let mut slow = String::new();
            let mut decoder = Decoder::new(path, Slow(&bytes), encoding).unwrap();
            decoder.read_to_string(&mut slow).unwrap();
            assert_eq!(slow, expected);
        }
    }

    #[test]
    fn rows_know_their_lines_whatever_ends_them() {
        let source = DataSource::default();
        let file = "text,label\ra,x\r\nb,x\n\n\rc,x\r";
        for slow in [false, true] {
            let bytes: Box<dyn Read> =
                if slow { Box::new(Slow(file.as_bytes())) } else { Box::new(file.as_bytes()) };
            let mut texts = LabelledTexts::new(bytes, &source).unwrap();
            let mut lines = Vec::new();
            while let Some(text) = texts.read_text().unwrap() {
                lines.push(text.line);
            }
            assert_eq!(lines, [2, 3, 6]);
        }
    }

    #[test]
    fn a_broken_byte_is_named_with_its_place() {
        let path = Path::new("x.csv");
        for (encoding, bytes, line, column, byte) in [
            ("utf-8", &b"a\nb\xc3\xa9\xffc"[..], 2, 3, 0xff),
            ("utf-8", b"ab\xe2\x82", 1, 3, 0xe2),
            ("utf-8", b"ab\xe2\x82\n", 1, 3, 0xe2),
            ("shift_jis", b"\x82\xa0\n\x82\xa0\xfd", 2, 2, 0xfd),
            ("utf-8", b"a\rb\r\nc\r\r\xff", 5, 1, 0xff),
        ] {
            for slow in [false, true] {
                let inner: Box<dyn Read> =
                    if slow { Box::new(Slow(bytes)) } else { Box::new(bytes) };
                let mut decoder = Decoder::new(path, inner, encoding).unwrap();
                let error = decoder.read_to_string(&mut String::new()).unwrap_err();
                match read_failed(path, error) {
                    Error::Encoding { place, byte: found, .. } => {
                        assert_eq!((place.line, place.column, found), (line, column, byte));
                    }
                    other => panic!("{other}"),
                }
            }
        }
    }
}
