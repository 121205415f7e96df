//! Text → rows of delimited cells, each with the line on which it begins.

use std::io::{self, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use super::decode::{Decoder, Lines};
use super::delimited::{Dialect, Guard, later_heading};
use super::{CHUNK, FileError, Place, read_failed};

/// A reader that passes text on, and counts its lines up to byte positions that only grow.
struct LineCounter<R> {
    inner: R,
    /// The text that was passed on last.
    seen: Vec<u8>,
    /// The length of the part of `seen` whose lines are counted.
    counted: usize,
    /// The number of bytes that were passed on before `seen`.
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

/// The options of reading a table: its encoding and its column names.
///
/// ```
/// use undertone::files::TableOptions;
///
/// let options = TableOptions::default().encoding("latin1").names(["label", "text"]);
/// assert_eq!(options.columns.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TableOptions {
    /// The encoding: a WHATWG label, or `latin1` for ISO-8859-1 proper; by default `utf-8`.
    pub encoding: String,
    /// Whether the first row holds the column names; by default it does.
    pub header: bool,
    /// The column names of a file without header, from left to right.
    pub columns: Vec<String>,
    /// The name of a column that the file should have; by default `text`. It helps to recognise the
    /// delimiter, and lines before the header.
    pub wanted: String,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            encoding: "utf-8".to_owned(),
            header: true,
            columns: Vec::new(),
            wanted: "text".to_owned(),
        }
    }
}

impl TableOptions {
    /// Sets the encoding.
    #[must_use]
    pub fn encoding(self, label: &str) -> Self {
        Self { encoding: label.to_owned(), ..self }
    }

    /// Sets the column that the file should have.
    #[must_use]
    pub fn wanted(self, column: &str) -> Self {
        Self { wanted: column.to_owned(), ..self }
    }

    /// Sets the column names of a file without a header.
    #[must_use]
    pub fn names<T: Into<String>>(self, columns: impl IntoIterator<Item = T>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { header: false, columns, ..self }
    }
}

/// The text of a CSV file whose first bytes have been looked at.
type Looked<R> = Chain<Cursor<Vec<u8>>, Decoder<R>>;

/// A reader of the rows of a table, one after the other.
///
/// ```
/// use std::path::Path;
/// use undertone::files::{Rows, TableOptions};
///
/// let csv = "text;label\n\"Profit; doubled\";good\n";
/// let mut rows = Rows::new(Path::new("news.csv"), csv.as_bytes(), &TableOptions::default())?;
/// assert_eq!(rows.columns, ["text", "label"]);
/// while let Some((line, row)) = rows.read_row()? {
///     assert_eq!((line, &row[0]), (2, "Profit; doubled"));
/// }
/// # Ok::<(), undertone::files::FileError>(())
/// ```
pub struct Rows<R: Read> {
    path: PathBuf,
    /// The column names, from the header or from the options.
    pub columns: Vec<String>,
    reader: csv::Reader<LineCounter<Guard<Looked<R>>>>,
    record: csv::StringRecord,
    is_empty: bool,
}

impl<R: Read> Rows<R> {
    /// A reader of `bytes`, the content of the file `path`. The delimiter is recognised by the
    /// first lines.
    ///
    /// # Errors
    /// When the encoding is unknown, or the header can't be read, is missing, or comes later.
    pub fn new(path: &Path, bytes: R, options: &TableOptions) -> Result<Self, FileError> {
        let mut text = Decoder::new(path, bytes, &options.encoding)?;
        let mut head = Vec::new();
        let read = text.by_ref().take(CHUNK as u64).read_to_end(&mut head);
        read.map_err(|error| read_failed(path, error))?;
        let columns = (!options.header).then_some(options.columns.len());
        let dialect = Dialect::of(&head, &options.wanted, columns);
        let later = later_heading(&head, &options.wanted);
        let is_json = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
        // The line end of the instruction stays, so that line numbers are right.
        head.drain(..dialect.instruction);
        let guarded = Guard::new(path, Cursor::new(head).chain(text), dialect.delimiter);
        let mut form = csv::ReaderBuilder::new();
        form.delimiter(dialect.delimiter);
        let rows = Self::of_form(path, guarded, options, &mut form)?;
        if !options.header || rows.columns.contains(&options.wanted) {
            return Ok(rows);
        }
        if is_json {
            return Err(FileError::Foreign {
                path: path.to_owned(),
                expected: "CSV",
                what: "JSON",
                remedy: "write it as CSV, or read it as JSON",
            });
        }
        match later {
            Some(line) => Err(FileError::LaterHeading {
                place: Place { path: path.to_owned(), line: 1, column: 1 },
                wanted: options.wanted.clone(),
                line,
            }),
            None => Ok(rows),
        }
    }

    /// A reader of `bytes`, the content of the file `path`, as tab-separated values: in UTF-8, with
    /// the column names in the first line, and without quoting.
    ///
    /// # Errors
    /// When the header can't be read or is missing.
    pub fn tab_separated(path: &Path, bytes: R) -> Result<Self, FileError> {
        let text = Decoder::new(path, bytes, "utf-8")?;
        let guarded = Guard::without_quotes(path, Cursor::new(Vec::new()).chain(text));
        let mut form = csv::ReaderBuilder::new();
        form.delimiter(b'\t').quoting(false);
        Self::of_form(path, guarded, &TableOptions::default(), &mut form)
    }

    /// A reader of guarded text in a form that the csv crate is set to.
    fn of_form(
        path: &Path,
        text: Guard<Looked<R>>,
        options: &TableOptions,
        form: &mut csv::ReaderBuilder,
    ) -> Result<Self, FileError> {
        let text = LineCounter::new(text);
        let mut reader = form.has_headers(options.header).from_reader(text);
        let columns = if options.header {
            let header = reader.headers().map_err(|error| csv_error(path, error))?;
            if header.is_empty() {
                let place = Place { path: path.to_owned(), line: 1, column: 1 };
                return Err(FileError::NoRows { place });
            }
            header.iter().map(|name| name.trim().to_owned()).collect()
        } else {
            options.columns.clone()
        };
        let record = csv::StringRecord::new();
        Ok(Self { path: path.to_owned(), columns, reader, record, is_empty: true })
    }

    /// The next row, with the line on which it begins; `None` after the last row.
    ///
    /// # Errors
    /// When the bytes are not valid in the encoding, a row is ragged, or the table has no row at
    /// all.
    pub fn read_row(&mut self) -> Result<Option<(u64, &csv::StringRecord)>, FileError> {
        let more = self.reader.read_record(&mut self.record);
        let more = more.map_err(|error| csv_error(&self.path, error))?;
        // The csv crate reports where the record before ended, and blank lines may follow that.
        let start = if more { self.record.position().map(csv::Position::byte) } else { None };
        let line = self.reader.get_mut().at(start.unwrap_or(u64::MAX));
        if !more {
            let place = Place { path: self.path.clone(), line, column: 1 };
            return if self.is_empty { Err(FileError::NoRows { place }) } else { Ok(None) };
        }
        self.is_empty = false;
        if self.record.len() != self.columns.len() {
            let column = self.record.len().min(self.columns.len()) + 1;
            return Err(FileError::Ragged {
                place: Place { path: self.path.clone(), line, column },
                expected: self.columns.len() as u64,
                found: self.record.len() as u64,
            });
        }
        Ok(Some((line, &self.record)))
    }
}

/// The place of the column named `wanted` among the columns of the file `path`, counted from 0.
///
/// # Errors
/// [`FileError::DuplicateColumn`], or [`FileError::UnknownColumn`] with the names that there are
/// and the `setting` that names the wanted one.
pub fn column(
    path: &Path,
    columns: &[String],
    wanted: &str,
    setting: &'static str,
) -> Result<usize, FileError> {
    let place = |column| Place { path: path.to_owned(), line: 1, column: column + 1 };
    let mut named = (0..columns.len()).filter(|&column| columns[column] == wanted);
    match (named.next(), named.next()) {
        (Some(column), None) => Ok(column),
        (Some(_), Some(second)) => {
            Err(FileError::DuplicateColumn { place: place(second), wanted: wanted.to_owned() })
        }
        (None, _) => Err(FileError::UnknownColumn {
            place: place(columns.len()),
            wanted: wanted.to_owned(),
            found: columns.to_vec(),
            setting,
        }),
    }
}

/// The error that the csv crate reports for the file `path`.
fn csv_error(path: &Path, error: csv::Error) -> FileError {
    let line = error.position().map_or(1, csv::Position::line);
    let message = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => read_failed(path, error),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let column = (expected_len.min(len) + 1) as usize;
            FileError::Ragged {
                place: Place { path: path.to_owned(), line, column },
                expected: expected_len,
                found: len,
            }
        }
        _ => FileError::Csv { place: Place { path: path.to_owned(), line, column: 1 }, message },
    }
}
